// SPDX-License-Identifier: MIT
// Texts that stand exactly between two values, or the least bit beside: made by exact arithmetic, up to 800 digits long.
#include "number_reference.hpp"

#include "../support/rounds.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace number_tests;

namespace {

// A decimal integer that can be multiplied: the obvious way, nine digits at a time, the lowest first.
struct Digits {
    std::vector<std::uint32_t> nines;

    explicit Digits(std::uint64_t v) {
        for (; v != 0; v /= 1000000000) nines.push_back(static_cast<std::uint32_t>(v % 1000000000));
    }
    void multiply(std::uint32_t factor) {
        std::uint64_t carry = 0;
        for (auto& nine : nines) {
            carry += std::uint64_t{nine} * factor;
            nine = static_cast<std::uint32_t>(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry != 0) nines.push_back(static_cast<std::uint32_t>(carry));
    }
    std::string text() const {
        std::string s = std::to_string(nines.back());
        for (std::size_t at = nines.size() - 1; at-- > 0;) s += std::to_string(1000000000 + nines[at]).substr(1);
        return s;
    }
};

struct Decimal {
    std::string digits;
    int exponent;
};

/// odd * 2^exponent in full
Decimal exactly(std::uint64_t odd, int exponent) {
    Digits digits(odd);
    for (int i = 0; i < exponent; ++i) digits.multiply(2);
    for (int i = 0; i < -exponent; ++i) digits.multiply(5);
    return {digits.text(), exponent < 0 ? exponent : 0};
}

// The same number in several layouts.
std::vector<std::string> layouts(const Decimal& v) {
    const std::string e = "e" + std::to_string(v.exponent);
    std::vector<std::string> all{v.digits + e};
    const auto size = static_cast<int>(v.digits.size());
    all.push_back(v.digits.substr(0, 1) + "." + v.digits.substr(1) + "0e" + std::to_string(v.exponent + size - 1));
    if (v.exponent <= -size)
        all.push_back("0." + std::string(static_cast<std::size_t>(-v.exponent - size), '0') + v.digits);
    if (v.exponent < 0 && v.exponent > -size) {
        std::string pointed = v.digits;
        pointed.insert(static_cast<std::size_t>(size + v.exponent), 1, '.');
        all.push_back(pointed);
    }
    return all;
}

template <class Float>
int wrong_layouts(const Decimal& v, Float expected) {
    int wrong = 0;
    for (const std::string& s : layouts(v)) {
        wrong += bits(parsed<Float>(s)) != bits(expected);
        wrong += bits(parsed<Float>("-" + s)) != bits(-expected);
    }
    return wrong;
}

// Between `lower` and the next larger value.
template <class Float>
int wrong_between(Float lower, Float upper, std::uint64_t significand, int unit) {
    const bool even = significand % 2 == 0;
    const Decimal middle = exactly(significand * 2 + 1, unit - 1);
    int wrong = wrong_layouts(middle, even ? lower : upper);
    for (const std::size_t zeros : {0u, 1u, 30u, 700u}) {
        Decimal above = middle;
        above.digits += std::string(zeros, '0') + "1";
        above.exponent -= static_cast<int>(zeros) + 1;
        wrong += wrong_layouts(above, upper);
        // One less in the last place, and nines behind it. A middle ends in 5, or is a whole number.
        Decimal below = middle;
        std::size_t at = below.digits.size() - 1;
        while (below.digits[at] == '0') below.digits[at--] = '9';
        --below.digits[at];
        if (below.digits[0] == '0') below.digits.erase(0, 1);
        below.digits += std::string(zeros + 1, '9');
        below.exponent -= static_cast<int>(zeros) + 1;
        wrong += wrong_layouts(below, lower);
    }
    return wrong;
}

int wrong_above(double v) {
    const std::uint64_t all = bits(v);
    const auto biased = static_cast<int>(all >> 52);
    const std::uint64_t fraction = all & 0xfffffffffffff;
    const std::uint64_t significand = biased == 0 ? fraction : fraction | std::uint64_t{1} << 52;
    return wrong_between(v, std::bit_cast<double>(all + 1), significand, (biased == 0 ? 1 : biased) - 1075);
}

int wrong_above(float v) {
    const auto all = static_cast<std::uint32_t>(bits(v));
    const auto biased = static_cast<int>(all >> 23);
    const std::uint32_t fraction = all & 0x7fffff;
    const std::uint32_t significand = biased == 0 ? fraction : fraction | std::uint32_t{1} << 23;
    return wrong_between(v, std::bit_cast<float>(all + 1), significand, (biased == 0 ? 1 : biased) - 150);
}

}  // namespace

TEST_CASE("halfway: the edges of double") {
    int wrong = 0;
    for (std::uint64_t edge : {std::uint64_t{0}, std::uint64_t{1} << 52, std::uint64_t{2} << 52}) {
        for (std::uint64_t d = 0; d < 8; ++d) {
            wrong += wrong_above(std::bit_cast<double>(edge + d));
            if (edge != 0) wrong += wrong_above(std::bit_cast<double>(edge - 1 - d));
        }
    }
    for (std::uint64_t d = 0; d < 8; ++d)
        wrong += wrong_above(std::bit_cast<double>((std::uint64_t{0x7ff} << 52) - 2 - d));
    CHECK(wrong == 0);
}

TEST_CASE("halfway: above the largest double lies overflow") {
    const Decimal boundary = exactly((std::uint64_t{1} << 54) - 1, 970);
    double v = 0;
    CHECK(!parse(boundary.digits, v));
    CHECK(!parse(boundary.digits + ".0001", v));
    std::string below = boundary.digits;
    --below.back();
    CHECK(bits(parsed<double>(below)) == bits((std::numeric_limits<double>::max)()));
    CHECK(bits(parsed<double>(below + ".99999999999999999999")) == bits((std::numeric_limits<double>::max)()));
}

TEST_CASE("halfway: random doubles of every size") {
    Random random{1};
    int wrong = 0;
    for (std::uint64_t biased = 0; biased < 0x7fe; biased += 5) {
        wrong += wrong_above(std::bit_cast<double>(biased << 52 | random() >> 12));
    }
    CHECK(wrong == 0);
}

TEST_CASE("halfway: random doubles near one, where the texts are short") {
    Random random{2};
    int wrong = 0;
    for (int i = 0; i < test::rounds(1500); ++i) {
        const std::uint64_t biased = 1023 + random.below(120) - 40;
        wrong += wrong_above(std::bit_cast<double>(biased << 52 | random() >> 12));
    }
    CHECK(wrong == 0);
}

TEST_CASE("halfway: random floats of every size, and the edges of float") {
    Random random{3};
    int wrong = 0;
    for (std::uint32_t biased = 0; biased < 0xfe; ++biased) {
        for (int i = 0; i < 4; ++i)
            wrong += wrong_above(std::bit_cast<float>(biased << 23 | static_cast<std::uint32_t>(random() >> 41)));
    }
    for (std::uint32_t d = 0; d < 8; ++d) {
        wrong += wrong_above(std::bit_cast<float>(d));
        wrong += wrong_above(std::bit_cast<float>((std::uint32_t{1} << 23) - 4 + d));
        wrong += wrong_above(std::bit_cast<float>((std::uint32_t{0xff} << 23) - 2 - d));
    }
    CHECK(wrong == 0);
}

TEST_CASE("halfway: a single digit behind more than 800 others decides") {
    const Decimal middle = exactly(3, -1075);  // between the two least doubles; 751 digits
    for (const std::size_t zeros : {40u, 48u, 49u, 50u, 51u, 100u, 5000u}) {
        CAPTURE(zeros);
        const std::string s = middle.digits + std::string(zeros, '0');
        const std::string e = "e" + std::to_string(middle.exponent - static_cast<int>(zeros) - 1);
        CHECK(bits(parsed<double>(s + "0" + e)) == 2);
        CHECK(bits(parsed<double>(s + "1" + e)) == 2);
        const Decimal next = exactly(5, -1075);
        const std::string t = next.digits + std::string(zeros, '0');
        CHECK(bits(parsed<double>(t + "0" + e)) == 2);
        CHECK(bits(parsed<double>(t + "1" + e)) == 3);
    }
}
