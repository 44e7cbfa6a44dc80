// SPDX-License-Identifier: MIT
// Integers are written exactly, in at most 20 bytes, and read back only when they fit.
#include "number_reference.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <string>

using namespace number_tests;

namespace {

template <class Integer, class Write>
std::string written(Integer v, Write write_integer, std::size_t room) {
    char buffer[40];
    std::memset(buffer, '#', sizeof buffer);
    const char* const end = write_integer(buffer, v);
    for (std::size_t at = room; at < sizeof buffer; ++at) {
        if (buffer[at] != '#') return "(outside)";
    }
    return std::string(buffer, static_cast<std::size_t>(end - buffer));
}

std::string u64(std::uint64_t v) { return written(v, detail::write_u64, 20); }
std::string i64(std::int64_t v) { return written(v, detail::write_i64, 20); }
std::string u32(std::uint32_t v) { return written(v, detail::write_u32, 10); }
std::string i32(std::int32_t v) { return written(v, detail::write_i32, 11); }

// All four writers on the low bits of v.
bool all_agree(std::uint64_t v) {
    const auto low = static_cast<std::uint32_t>(v);
    return u64(v) == std::to_string(v) &&
           i64(static_cast<std::int64_t>(v)) == std::to_string(static_cast<std::int64_t>(v)) &&
           u32(low) == std::to_string(low) &&
           i32(static_cast<std::int32_t>(low)) == std::to_string(static_cast<std::int32_t>(low));
}

bool reads_u64(const std::string& s, std::uint64_t expected) {
    std::uint64_t v = 0;
    return detail::parse_u64(s.data(), s.data() + s.size(), v) && v == expected;
}
bool reads_i64(const std::string& s, std::int64_t expected) {
    std::int64_t v = 0;
    return detail::parse_i64(s.data(), s.data() + s.size(), v) && v == expected;
}
bool refused_u64(const std::string& s) {
    std::uint64_t v = 0;
    return !detail::parse_u64(s.data(), s.data() + s.size(), v);
}
bool refused_i64(const std::string& s) {
    std::int64_t v = 0;
    return !detail::parse_i64(s.data(), s.data() + s.size(), v);
}

}  // namespace

TEST_CASE("integers: golden bytes") {
    CHECK(u64(0) == "0");
    CHECK(u64(7) == "7");
    CHECK(u64(10) == "10");
    CHECK(u64(1234567890123) == "1234567890123");
    CHECK(u64(18446744073709551615u) == "18446744073709551615");
    CHECK(i64(-1) == "-1");
    CHECK(i64((std::numeric_limits<std::int64_t>::max)()) == "9223372036854775807");
    CHECK(i64((std::numeric_limits<std::int64_t>::min)()) == "-9223372036854775808");
    CHECK(u32(4294967295u) == "4294967295");
    CHECK(i32((std::numeric_limits<std::int32_t>::min)()) == "-2147483648");
}

TEST_CASE(
    "integers: every value below two hundred thousand, every power of two and ten and its neighbours, random ones") {
    int wrong = 0;
    for (std::uint64_t v = 0; v < 200000; ++v) wrong += !all_agree(v) + !all_agree(0 - v);
    for (int shift = 0; shift < 64; ++shift) {
        for (std::uint64_t d = 0; d < 5; ++d) wrong += !all_agree((std::uint64_t{1} << shift) + d - 2);
    }
    for (std::uint64_t power = 1, i = 0; i < 20; ++i, power *= 10) {
        for (std::uint64_t d = 0; d < 5; ++d) wrong += !all_agree(power + d - 2);
    }
    Random random{1};
    for (int i = 0; i < 500000; ++i) wrong += !all_agree(random() >> random.below(64));
    CHECK(wrong == 0);
}

TEST_CASE("integers: what fits is read, one more is refused") {
    CHECK(reads_u64("0", 0));
    CHECK(reads_u64("-0", 0));
    CHECK(reads_u64("9999999999999999999", 9999999999999999999u));
    CHECK(reads_u64("10000000000000000000", 10000000000000000000u));
    CHECK(reads_u64("18446744073709551609", 18446744073709551609u));
    CHECK(reads_u64("18446744073709551615", 18446744073709551615u));
    CHECK(refused_u64("18446744073709551616"));
    CHECK(refused_u64("18446744073709551620"));
    CHECK(refused_u64("20000000000000000000"));
    CHECK(refused_u64("100000000000000000000"));
    CHECK(refused_u64("184467440737095516150"));
    CHECK(refused_u64("-1"));
    CHECK(reads_i64("-0", 0));
    CHECK(reads_i64("9223372036854775807", (std::numeric_limits<std::int64_t>::max)()));
    CHECK(refused_i64("9223372036854775808"));
    CHECK(reads_i64("-9223372036854775808", (std::numeric_limits<std::int64_t>::min)()));
    CHECK(refused_i64("-9223372036854775809"));
    CHECK(refused_i64("18446744073709551616"));
    CHECK(refused_i64("-18446744073709551617"));
}

TEST_CASE("integers: no fraction, no exponent, nothing around it") {
    CHECK(reads_i64("12", 12));
    for (const char* s : {"12.0", "12e0", "1E2", "12.", "+12", "012", "", "-", "12 ", " 12", "0x12", "1_2", "--1"}) {
        CAPTURE(s);
        CHECK(refused_i64(s));
        CHECK(refused_u64(s));
    }
}

TEST_CASE("integers: the status tells a fraction from a number too large") {
    const auto status = [](std::string_view s) {
        detail::NumberText text;
        std::int64_t v = 0;
        REQUIRE(detail::read_number(s.data(), s.data() + s.size(), text));
        return detail::to_i64(text, v);
    };
    CHECK(status("1") == detail::NumberStatus::ok);
    CHECK(status("1.0") == detail::NumberStatus::not_an_integer);
    CHECK(status("9223372036854775808") == detail::NumberStatus::out_of_range);
}

TEST_CASE("integers: random ones come back") {
    Random random{2};
    int wrong = 0;
    for (int i = 0; i < 300000; ++i) {
        const std::uint64_t v = random() >> random.below(64);
        wrong += !reads_u64(u64(v), v);
        wrong += !reads_i64(i64(static_cast<std::int64_t>(v)), static_cast<std::int64_t>(v));
    }
    CHECK(wrong == 0);
}
