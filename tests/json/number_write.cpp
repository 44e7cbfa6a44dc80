// SPDX-License-Identifier: MIT
// Doubles and floats are written with the fewest digits that read back as the same value, the closest of these.
#include "number_reference.hpp"

#include "../support/rounds.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

using namespace number_tests;

namespace {

// Against the standard library where it can, and always: it reads back, by notch and by strtod.
template <class Float>
bool right(Float v) {
    const std::string s = text(v);
#if NUMBER_TESTS_HAVE_CHARCONV
    if (s != reference(v)) return false;
#endif
    return bits(parsed<Float>(s)) == bits(v);
}

template <class Float>
int wrong_around(Float v) {
    constexpr Float most = (std::numeric_limits<Float>::max)();
    int wrong = 0;
    for (Float w : {v, std::nextafter(v, Float{0}), std::nextafter(v, most)}) wrong += !right(w) + !right(-w);
    return wrong;
}

}  // namespace

TEST_CASE("doubles: golden bytes") {
    CHECK(text(0.0) == "0.0");
    CHECK(text(-0.0) == "-0.0");
    CHECK(text(12.0) == "12.0");
    CHECK(text(-12.5) == "-12.5");
    CHECK(text(0.1) == "0.1");
    CHECK(text(0.1 + 0.2) == "0.30000000000000004");
    CHECK(text(1.0 / 3) == "0.3333333333333333");
    CHECK(text(100.0) == "100.0");
    CHECK(text(1795190400.123456) == "1795190400.123456");
    CHECK(text(4294967295.999999) == "4294967295.999999");
    CHECK(text(1e300) == "1e300");
    CHECK(text(1.5e-7) == "1.5e-7");
    CHECK(text(4.9e-324) == "5e-324");
    CHECK(text(2.2250738585072014e-308) == "2.2250738585072014e-308");
    CHECK(text(1.7976931348623157e308) == "1.7976931348623157e308");
    CHECK(text(-1.7976931348623157e308) == "-1.7976931348623157e308");
    CHECK(text(9007199254740993.0) == "9007199254740992.0");
    CHECK(text(5e-324 * 3) == "1.5e-323");
    CHECK(text(2e-323) == "2e-323");
    CHECK(text(9.5e-322) == "9.5e-322");
}

TEST_CASE("doubles: fixed from 1e-6 to below 1e16, else with an exponent") {
    CHECK(text(1e-6) == "0.000001");
    CHECK(text(1.2345678901234567e-6) == "0.0000012345678901234567");
    CHECK(text(std::nextafter(1e-6, 0.0)) == "9.999999999999997e-7");
    CHECK(text(9999999999999998.0) == "9999999999999998.0");
    CHECK(text(1e15) == "1000000000000000.0");
    CHECK(text(1e16) == "1e16");
    CHECK(text(1.2345678901234568e16) == "1.2345678901234568e16");
    CHECK(text(1e17) == "1e17");
    CHECK(text(123456789012345.6) == "123456789012345.6");
    CHECK(text(1234567890123456.5) == "1234567890123456.5");
}

TEST_CASE("doubles: NaN and the infinities are null, and told by their bits") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    for (double v : {nan, -nan, infinity, -infinity}) {
        CHECK(text(v) == "null");
        CHECK(text(static_cast<float>(v)) == "null");
        CHECK(!detail::is_finite(v));
        CHECK(!detail::is_finite(static_cast<float>(v)));
    }
    CHECK(detail::is_finite((std::numeric_limits<double>::max)()));
    CHECK(detail::is_finite((std::numeric_limits<float>::max)()));
    CHECK(detail::is_finite(0.0));
    CHECK(detail::is_finite(-0.0f));
}

TEST_CASE("floats: golden bytes") {
    CHECK(text(0.1f) == "0.1");
    CHECK(text(16777216.0f) == "16777216.0");
    CHECK(text(3.4028235e38f) == "3.4028235e38");
    CHECK(text(1e-45f) == "1e-45");
    CHECK(text(1.17549435e-38f) == "1.1754944e-38");
    CHECK(text(1.0f / 3) == "0.33333334");
    CHECK(text(-0.0f) == "-0.0");
    CHECK(text(1e16f) == "1e16");
    CHECK(text(9.999999e15f) == "9999999000000000.0");
    CHECK(text(-2.5f) == "-2.5");
}

TEST_CASE("doubles: every power of two and its neighbours, every power of ten and its neighbours") {
    int wrong = 0;
    for (int exponent = -1074; exponent <= 1023; ++exponent) wrong += wrong_around(std::ldexp(1.0, exponent));
    for (int exponent = -323; exponent <= 308; ++exponent) {
        wrong += wrong_around(std::strtod(("1e" + std::to_string(exponent)).c_str(), nullptr));
        wrong += wrong_around(std::strtod(("1.7e" + std::to_string(exponent)).c_str(), nullptr));
    }
    CHECK(wrong == 0);
}

TEST_CASE("floats: every power of two and its neighbours, every power of ten and its neighbours") {
    int wrong = 0;
    for (int exponent = -149; exponent <= 127; ++exponent) wrong += wrong_around(std::ldexp(1.0f, exponent));
    for (int exponent = -44; exponent <= 38; ++exponent) {
        wrong += wrong_around(std::strtof(("1e" + std::to_string(exponent)).c_str(), nullptr));
    }
    CHECK(wrong == 0);
}

TEST_CASE("doubles: the edges of the subnormals") {
    int wrong = 0;
    constexpr std::uint64_t least_normal = std::uint64_t{1} << 52;
    for (std::uint64_t d = 0; d < 3000; ++d) {
        wrong += !right(std::bit_cast<double>(1 + d));
        wrong += !right(std::bit_cast<double>(least_normal + d));
        wrong += !right(std::bit_cast<double>(least_normal - d));
        wrong += !right(std::bit_cast<double>((std::uint64_t{0x7ff} << 52) - 1 - d));
    }
    CHECK(wrong == 0);
}

TEST_CASE("doubles: two million random bit patterns") {
    Random random{3};
    int wrong = 0;
    for (int i = 0; i < test::rounds(2000000); ++i) {
        const auto v = std::bit_cast<double>(random());
        if (detail::is_finite(v)) wrong += !right(v);
    }
    CHECK(wrong == 0);
}

TEST_CASE("floats: a million random bit patterns") {
    Random random{4};
    int wrong = 0;
    for (int i = 0; i < test::rounds(1000000); ++i) {
        const auto v = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (detail::is_finite(v)) wrong += !right(v);
    }
    CHECK(wrong == 0);
}

TEST_CASE("doubles: what measurements look like") {
    Random random{5};
    int wrong = 0;
    for (int i = 0; i < test::rounds(300000); ++i) {
        const auto n = static_cast<double>(random() >> (11 + random.below(50)));
        for (double divisor : {1.0, 2.0, 3.0, 8.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e9}) wrong += !right(n / divisor);
        wrong += !right(1795190400.0 + static_cast<double>(random.below(100000000000)) / 1e6);
        wrong += !right(std::ldexp(n, static_cast<int>(random.below(120)) - 60));
    }
    CHECK(wrong == 0);
}

TEST_CASE("doubles: a decimal halfway between two candidates goes to the even digit") {
    // 2^50 + 1/4 and its like: 17 digits end in 25 or 75, which 16 digits cannot tell.
    int wrong = 0;
    for (std::uint64_t i = 0; i < 4000; ++i) wrong += !right(static_cast<double>((std::uint64_t{1} << 52) + i) / 4);
    CHECK(wrong == 0);
    CHECK(text(1125899906842624.25) == "1125899906842624.2");
    CHECK(text(1125899906842624.75) == "1125899906842624.8");
}

// Does not need the standard library's shortest form: printf rounds exactly, and the nearest decimal of n digits reads back
// when any of n digits does, but for the uneven interval of a power of two.
TEST_CASE("doubles: no shorter decimal reads back, none of the same length is closer") {
    Random random{6};
    int wrong = 0;
    for (int i = 0; i < test::rounds(30000); ++i) {
        double v = std::bit_cast<double>(random());
        if (i % 2 != 0) v = static_cast<double>(random() >> 11) / 1e10;
        if (!detail::is_finite(v) || bits(v) << 12 == 0) continue;
        for (int precision = 0; precision < 17; ++precision) {
            char buffer[64];
            std::snprintf(buffer, sizeof buffer, "%.*e", precision, v);
            if (bits(std::strtod(buffer, nullptr)) != bits(v)) continue;
            wrong += laid_out(buffer) != text(v);
            break;
        }
    }
    CHECK(wrong == 0);
}
