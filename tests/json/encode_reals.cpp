// SPDX-License-Identifier: MIT
// Floating-point fields: shortest, always with a point or an exponent, null for what JSON has no number for.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <vector>

namespace {

using Double = std::numeric_limits<double>;
using Float = std::numeric_limits<float>;

struct Reals {
    double a;
    float b;
};

}  // namespace

TEST_CASE("a whole number keeps a point") {
    CHECK(notch::to_json(Reals{12, 12}) == R"({"a":12.0,"b":12.0})");
    CHECK(notch::to_json(Reals{0, 0}) == R"({"a":0.0,"b":0.0})");
    CHECK(notch::to_json(Reals{-0.0, -0.0F}) == R"({"a":-0.0,"b":-0.0})");
    CHECK(notch::to_json(Reals{1e15, 16777216}) == R"({"a":1000000000000000.0,"b":16777216.0})");
    CHECK(notch::to_json(Reals{1e300, 1e30F}) == R"({"a":1e300,"b":1e30})");
}

TEST_CASE("the shortest digits of the type itself") {
    CHECK(notch::to_json(Reals{0.1, 0.1F}) == R"({"a":0.1,"b":0.1})");
    CHECK(notch::to_json(Reals{0.30000000000000004, 0.3F}) == R"({"a":0.30000000000000004,"b":0.3})");
    CHECK(notch::to_json(static_cast<double>(0.1F)) == "0.10000000149011612");
    CHECK(notch::to_json(Reals{(Double::max)(), (Float::max)()}) == R"({"a":1.7976931348623157e308,"b":3.4028235e38})");
    CHECK(notch::to_json(Reals{Double::lowest(), Float::lowest()}) ==
          R"({"a":-1.7976931348623157e308,"b":-3.4028235e38})");
    CHECK(notch::to_json(Reals{(Double::min)(), (Float::min)()}) ==
          R"({"a":2.2250738585072014e-308,"b":1.1754944e-38})");
    CHECK(notch::to_json(Reals{Double::denorm_min(), Float::denorm_min()}) == R"({"a":5e-324,"b":1e-45})");
}

TEST_CASE("NaN and the infinities are null") {
    CHECK(notch::to_json(Reals{Double::quiet_NaN(), Float::quiet_NaN()}) == R"({"a":null,"b":null})");
    CHECK(notch::to_json(Reals{Double::infinity(), -Float::infinity()}) == R"({"a":null,"b":null})");
    CHECK(notch::to_json(std::vector<double>{1, -Double::quiet_NaN(), 2}) == "[1.0,null,2.0]");
    CHECK(notch::to_json(std::optional<float>{Float::infinity()}) == "null");
}
