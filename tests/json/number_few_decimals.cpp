// SPDX-License-Identifier: MIT
// Values of few decimals take a shorter way to the same text as all others.
#include "number_reference.hpp"

#include "../support/rounds.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace number_tests;

namespace {

// The general way, however short the value is.
std::string generally(double v) {
    const std::uint64_t all = bits(v);
    const std::uint64_t significand = (all & 0xfffffffffffff) | std::uint64_t{1} << 52;
    const int biased = static_cast<int>(all >> 52) & 0x7ff;
    detail::Decimal decimal = detail::shortest_exactly({significand, biased - 1075, all << 12 == 0});
    std::string digits = std::to_string(decimal.digits);
    return laid_out(all >> 63 != 0, digits, decimal.exponent + static_cast<int>(digits.size()) - 1);
}

std::string generally(float v) {
    const auto all = static_cast<std::uint32_t>(bits(v));
    const std::uint32_t significand = (all & 0x7fffff) | std::uint32_t{1} << 23;
    const int biased = static_cast<int>(all >> 23) & 0xff;
    detail::Decimal decimal = detail::shortest_exactly({significand, biased - 150, all << 9 == 0});
    std::string digits = std::to_string(decimal.digits);
    return laid_out(all >> 31 != 0, digits, decimal.exponent + static_cast<int>(digits.size()) - 1);
}

}  // namespace

TEST_CASE("few decimals: a million random values of three decimals") {
    Random random{1};
    int wrong = 0;
    for (int i = 0; i < test::rounds(1000000); ++i) {
        const double v = static_cast<double>((random() >> (11 + random.below(52))) | 1) / 1000;
        wrong += text(v) != generally(v);
        wrong += text(-v) != generally(-v);
    }
    CHECK(wrong == 0);
}

TEST_CASE("few decimals: every thousandth up to 300, as double and as float") {
    int wrong = 0;
    for (int n = 1; n < 300000; ++n) {
        const std::string rest = std::to_string(1000 + n % 1000).substr(1);
        std::string expected = std::to_string(n / 1000) + "." + rest;
        while (expected.back() == '0' && expected[expected.size() - 2] != '.') expected.pop_back();
        wrong += text(n / 1000.0) != expected;
        wrong += text(static_cast<float>(n) / 1000.0f) != expected;
    }
    CHECK(wrong == 0);
}

TEST_CASE("few decimals: the neighbours of a short value are not short") {
    Random random{2};
    int wrong = 0;
    for (int i = 0; i < test::rounds(200000); ++i) {
        const double v = static_cast<double>((random() >> (11 + random.below(52))) | 1) / 1000;
        for (double w : {std::nextafter(v, 0.0), std::nextafter(v, 1e300)}) wrong += text(w) != generally(w);
    }
    CHECK(wrong == 0);
}

TEST_CASE("few decimals: the edges of the range") {
    int wrong = 0;
    for (double edge :
         {0.0009765625, 0.001, 8796093022208.0, 4398046511104.0, 1073741824.0, 8589934592.0, 4294967296.0}) {
        double below = edge;
        double above = edge;
        for (int i = 0; i < 20000; ++i) {
            wrong += text(below) != generally(below);
            wrong += text(above) != generally(above);
            below = std::nextafter(below, 0.0);
            above = std::nextafter(above, 1e300);
        }
        for (int i = -20000; i < 20000; ++i) {
            const double v = edge + i / 1000.0;
            if (v > 0) wrong += text(v) != generally(v);
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("few decimals: UNIX times in microseconds") {
    Random random{3};
    int wrong = 0;
    for (int i = 0; i < test::rounds(300000); ++i) {
        const std::uint64_t n = 1000000000000000 + random.below(8000000000000000);
        const double v = static_cast<double>(n) / 1e6;
        wrong += text(v) != generally(v);
        const double next = std::nextafter(v, 1e300);
        wrong += text(next) != generally(next);
    }
    CHECK(wrong == 0);
}

TEST_CASE("few decimals: floats") {
    Random random{4};
    int wrong = 0;
    for (int i = 0; i < test::rounds(1000000); ++i) {
        const auto v = static_cast<float>(1 + random.below(20000000)) / 1000.0f;
        for (float w : {v, std::nextafter(v, 0.0f), std::nextafter(v, 1e30f)}) wrong += text(w) != generally(w);
    }
    CHECK(wrong == 0);
}

TEST_CASE("digits: the vector and the portable way to sixteen characters") {
    Random random{5};
    int wrong = 0;
    for (int i = 0; i < test::rounds(300000); ++i) {
        std::uint64_t n = random.below(9000000000000000) + 1000000000000000;
        std::uint64_t zeros = 1;
        for (std::uint64_t cut = random.below(16); cut != 0; --cut) zeros *= 10;
        n -= n % zeros;
        const std::string expected = std::to_string(n);
        const detail::Digits digits(n / 100000000, n % 100000000);
        const detail::PortableDigits portable(n / 100000000, n % 100000000);
        const std::size_t length = expected.find_last_not_of('0') + 1;
        wrong += digits.length(false) != length || portable.length(false) != length;
        wrong += digits.length(true) != 17 || portable.length(true) != 17;
        char a[18], b[18];
        digits.store(a);
        portable.store(b);
        wrong += expected.compare(0, 16, a, 16) != 0 || expected.compare(0, 16, b, 16) != 0;
        const auto point = static_cast<unsigned>(1 + random.below(16));
        std::string pointed = expected;
        pointed.insert(point, 1, '.');
        digits.store(a, point);
        portable.store(b, point);
        wrong += pointed.compare(0, 17, a, 17) != 0 || pointed.compare(0, 17, b, 17) != 0;
    }
    CHECK(wrong == 0);
}
