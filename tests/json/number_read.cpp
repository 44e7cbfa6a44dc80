// SPDX-License-Identifier: MIT
// Numbers are read by the grammar of RFC 8259 and rounded to the nearest value, ties to even, whatever their length.
#include "number_reference.hpp"

#include "../support/rounds.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace number_tests;

namespace {

// The grammar once more, a character at a time: how long the number at the beginning of s is, 0 when there is none.
struct Grammar {
    std::string_view s;
    std::size_t at = 0;
    bool integral = true;

    bool take(std::string_view any) {
        const bool found = at < s.size() && any.find(s[at]) != std::string_view::npos;
        at += found;
        return found;
    }
    bool digits() {
        if (!take("0123456789")) return false;
        while (take("0123456789")) {
        }
        return true;
    }
    bool number() {
        take("-");
        const bool zero = at < s.size() && s[at] == '0';
        const std::size_t first = at;
        if (!digits() || (zero && at - first > 1)) return false;
        if (take(".")) {
            integral = false;
            if (!digits()) return false;
        }
        if (take("eE")) {
            integral = false;
            take("+-");
            if (!digits()) return false;
        }
        return true;
    }
};

// Both scanners, at the end of the text and with more text behind it.
bool agrees_with_grammar(std::string_view s) {
    Grammar grammar{s};
    const bool valid = grammar.number();
    bool right = true;
    for (const std::string& text : {std::string(s), std::string(s) + ",\"and more\":1}", std::string(s) + "        "}) {
        const char* const first = text.data();
        const char* const last = first + text.size();
        bool integral = false;
        const char* const end = detail::scan_number(first, last, integral);
        detail::NumberText number;
        const bool read = detail::read_number(first, last, number);
        right &= (end != nullptr) == valid && read == valid;
        if (!valid || !right) continue;
        right &= end == first + grammar.at && integral == grammar.integral;
        right &= number.last == end && number.integral == grammar.integral && number.negative == (s[0] == '-');
    }
    return right;
}

bool reads(std::string_view s, double expected) { return bits(parsed<double>(s)) == bits(expected); }
bool reads(std::string_view s, float expected) { return bits(parsed<float>(s)) == bits(expected); }

template <class Float>
bool refused(std::string_view s) {
    Float v = 0;
    return !parse(s, v);
}

}  // namespace

TEST_CASE("numbers: the grammar, on every text of up to six characters that numbers are made of") {
    constexpr std::string_view alphabet = "019-+.eE";
    int wrong = 0;
    for (int size = 0; size <= 6; ++size) {
        int count = 1;
        for (int i = 0; i < size; ++i) count *= static_cast<int>(alphabet.size());
        for (int code = 0; code < count; ++code) {
            std::string s;
            for (int i = 0, rest = code; i < size; ++i, rest /= 8) s += alphabet[static_cast<std::size_t>(rest % 8)];
            wrong += !agrees_with_grammar(s);
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("numbers: every byte ends a number, at any of its places") {
    int wrong = 0;
    for (std::string_view number :
         {"123456789012345678901234567890", "1.23456789012345678901234567890", "12e1234567890123456789"}) {
        for (std::size_t at = 0; at < number.size(); ++at) {
            for (int c = 0; c < 256; ++c) {
                std::string s(number);
                s[at] = static_cast<char>(c);
                wrong += !agrees_with_grammar(s);
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("numbers: the short way takes what writers write, and leaves the rest") {
    const auto takes = [](std::string_view s) {
        const std::string document = "[" + std::string{s} + ",1234567]";
        double value = 0;
        const char* const at = document.data() + 1;
        const char* const end = document.data() + document.size();
        const char* const after = detail::read_usual_double(document.data(), end, at, value);
        return after == at + s.size() && ways_agree(s);
    };
    for (const std::string_view s : {"0", "-0", "0.5", "-0.5", "7", "12345678", "123456789012345", "1795190400.123456",
                                     "1234.567", "-3600.0", "0.12345678901234", "0.0", "1234567890.123456789"})
        CHECK_MESSAGE(takes(s), s);
    for (const std::string_view s : {"1e5", "1.5e5", "1.5E-5", "1234567890123456", "0.1234567890123456", "01", "1.",
                                     ".5", "-", "+1", "12345678901.123456789", "x"})
        CHECK_FALSE_MESSAGE(takes(s), s);
    double value = 0;
    const std::string last = "[0.25,1.5";
    CHECK(detail::read_usual_double(last.data(), last.data() + 6, last.data() + 1, value) ==
          nullptr);  // too short a text
    CHECK(detail::read_usual_double(last.data(), last.data() + 9, last.data() + 6, value) == nullptr);  // up to the end
    const std::string bytes = "[0.25,1.5]";
    CHECK(detail::read_usual_double(bytes.data(), bytes.data() + 10, bytes.data() + 6, value) == bytes.data() + 9);
    CHECK(value == 1.5);
}

TEST_CASE("numbers: golden values") {
    CHECK(reads("0", 0.0));
    CHECK(reads("-0", -0.0));
    CHECK(reads("-0.0e5", -0.0));
    CHECK(reads("12", 12.0));
    CHECK(reads("12.5", 12.5));
    CHECK(reads("-1.5E+2", -150.0));
    CHECK(reads("0.1", 0.1));
    CHECK(reads("0.1", 0.1f));
    CHECK(reads("1e22", 1e22));
    CHECK(reads("1e23", 1e23));
    CHECK(reads("123456789012345678901234567890", 123456789012345678901234567890.0));
    CHECK(reads("0.000000000000000000000000000001", 1e-30));
    CHECK(reads("2.2250738585072011e-308", 2.2250738585072011e-308));
    CHECK(reads("9007199254740993", 9007199254740992.0));
    CHECK(reads("9007199254740993.0000000000000000000000000000001", 9007199254740994.0));
    CHECK(reads("9007199254740995", 9007199254740996.0));
    CHECK(reads("16777217", 16777216.0f));
    CHECK(reads("16777219", 16777220.0f));
}

TEST_CASE("numbers: a float is rounded once") {
    // To double first this is exactly halfway between two floats, and the tie would go down.
    CHECK(reads("1.00000005960464477540", 1.00000011920928955078125f));
    CHECK(reads("1.00000005960464477539", 1.0f));
}

TEST_CASE("numbers: overflow is refused, and the largest value is read") {
    CHECK(reads("1.7976931348623157e308", (std::numeric_limits<double>::max)()));
    CHECK(reads("1.7976931348623158e308", (std::numeric_limits<double>::max)()));
    CHECK(refused<double>("1.7976931348623159e308"));
    CHECK(refused<double>("1e309"));
    CHECK(refused<double>("-1e309"));
    CHECK(refused<double>("1e999999999999999999999999"));
    CHECK(reads("0e999999999999999999999999", 0.0));
    CHECK(reads("3.4028235e38", (std::numeric_limits<float>::max)()));
    CHECK(reads("3.40282356e38", (std::numeric_limits<float>::max)()));
    CHECK(refused<float>("3.40282357e38"));
    CHECK(refused<float>("1e39"));
    CHECK(refused<float>("1e300"));
    CHECK(refused<float>("1" + std::string(400, '0')));
}

TEST_CASE("numbers: underflow reads as zero with its sign, and the least value is read") {
    CHECK(reads("4.9e-324", std::bit_cast<double>(std::uint64_t{1})));
    CHECK(reads("2.4703282292062327e-324", 0.0));
    CHECK(reads("2.4703282292062328e-324", std::bit_cast<double>(std::uint64_t{1})));
    CHECK(reads("-2e-324", -0.0));
    CHECK(reads("1e-400", 0.0));
    CHECK(reads("1e-999999999999999999999999", 0.0));
    CHECK(reads("7.006492321624086e-46", 1e-45f));
    CHECK(reads("7.006492321624085e-46", 0.0f));
    CHECK(reads("-1e-300", -0.0f));
}

TEST_CASE("numbers: an exponent makes up for zeros, however many") {
    for (const std::size_t zeros : {1u, 17u, 18u, 19u, 20u, 100u, 400u, 5000u, 1200000u}) {
        CAPTURE(zeros);
        const std::string many(zeros, '0');
        CHECK(reads("0." + many + "15e" + std::to_string(zeros), 0.15));
        CHECK(reads("15" + many + "e-" + std::to_string(zeros + 1), 1.5));
        CHECK(reads("15" + many + "." + many + "e-" + std::to_string(zeros + 1), 1.5));
        CHECK(reads("0." + many + "15e" + std::to_string(zeros), 0.15f));
        CHECK(reads("1." + many + "1", 1 + std::pow(10.0, -static_cast<double>(zeros) - 1)));
    }
}

TEST_CASE("doubles: half a million come back from their shortest text, from 17 digits, from up to 30") {
    Random random{1};
    int wrong = 0;
    for (int i = 0; i < test::rounds(500000); ++i) {
        const auto v = std::bit_cast<double>(random());
        if (!detail::is_finite(v)) continue;
        char buffer[64];
        std::snprintf(buffer, sizeof buffer, "%.*e", static_cast<int>(16 + random.below(14)), v);
        wrong += !reads(text(v), v) + !reads(buffer, v);
    }
    CHECK(wrong == 0);
}

TEST_CASE("floats: half a million come back from their shortest text, from 9 digits, from up to 30") {
    Random random{2};
    int wrong = 0;
    for (int i = 0; i < test::rounds(500000); ++i) {
        const auto v = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (!detail::is_finite(v)) continue;
        char buffer[64];
        std::snprintf(buffer, sizeof buffer, "%.*e", static_cast<int>(8 + random.below(22)), static_cast<double>(v));
        wrong += !reads(text(v), v) + !reads(buffer, v);
    }
    CHECK(wrong == 0);
}

#if NUMBER_TESTS_HAVE_CHARCONV
TEST_CASE("numbers: random digits, points and exponents, against the standard library") {
    Random random{3};
    int wrong = 0;
    for (int i = 0; i < test::rounds(1000000); ++i) {
        std::string s = std::to_string(1 | random() >> random.below(64));
        if (random.below(4) == 0) s += std::to_string(random());
        const auto form = random.below(4);
        if (form == 0) s.insert(0, "0." + std::string(static_cast<std::size_t>(random.below(30)), '0'));
        if (form == 1 && s.size() > 1) s.insert(1 + static_cast<std::size_t>(random.below(s.size() - 1)), 1, '.');
        if (random.below(2) == 0) s += "e" + std::to_string(static_cast<int>(random.below(700)) - 350);
        double d = 0;
        float f = 0;
        if (std::from_chars(s.data(), s.data() + s.size(), d).ec == std::errc()) wrong += !reads(s, d);
        if (std::from_chars(s.data(), s.data() + s.size(), f).ec == std::errc()) wrong += !reads(s, f);
    }
    CHECK(wrong == 0);
}
#endif
