// SPDX-License-Identifier: MIT
// Integers of every width, exact to their limits and never through a double.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

template <class T>
struct Limits {
    T lowest = (std::numeric_limits<T>::min)();
    T zero = 0;
    T one = 1;
    T highest = (std::numeric_limits<T>::max)();
};

template <class T>
std::string json_of_limits() {
    return notch::to_json(Limits<T>{});
}

}  // namespace

TEST_CASE("signed integers at their limits") {
    CHECK(json_of_limits<std::int8_t>() == R"({"lowest":-128,"zero":0,"one":1,"highest":127})");
    CHECK(json_of_limits<std::int16_t>() == R"({"lowest":-32768,"zero":0,"one":1,"highest":32767})");
    CHECK(json_of_limits<std::int32_t>() == R"({"lowest":-2147483648,"zero":0,"one":1,"highest":2147483647})");
    CHECK(json_of_limits<std::int64_t>() ==
          R"({"lowest":-9223372036854775808,"zero":0,"one":1,"highest":9223372036854775807})");
    CHECK(json_of_limits<long long>() == json_of_limits<std::int64_t>());
    CHECK(json_of_limits<signed char>() == json_of_limits<std::int8_t>());
    CHECK(json_of_limits<long>() ==
          (sizeof(long) == 8 ? json_of_limits<std::int64_t>() : json_of_limits<std::int32_t>()));
}

TEST_CASE("unsigned integers at their limits") {
    CHECK(json_of_limits<std::uint8_t>() == R"({"lowest":0,"zero":0,"one":1,"highest":255})");
    CHECK(json_of_limits<std::uint16_t>() == R"({"lowest":0,"zero":0,"one":1,"highest":65535})");
    CHECK(json_of_limits<std::uint32_t>() == R"({"lowest":0,"zero":0,"one":1,"highest":4294967295})");
    CHECK(json_of_limits<std::uint64_t>() == R"({"lowest":0,"zero":0,"one":1,"highest":18446744073709551615})");
    CHECK(json_of_limits<unsigned long long>() == json_of_limits<std::uint64_t>());
    CHECK(json_of_limits<unsigned char>() == json_of_limits<std::uint8_t>());
}

TEST_CASE("what a double would round") {
    CHECK(notch::to_json(std::int64_t{9007199254740993}) == "9007199254740993");
    CHECK(notch::to_json(std::uint64_t{18446744073709551557U}) == "18446744073709551557");
}

TEST_CASE("bool is a word, not a number") {
    CHECK(notch::to_json(std::vector<bool>{true, false}) == "[true,false]");
    struct Flags {
        bool a;
        bool b;
        bool c;
    };
    CHECK(notch::to_json(Flags{false, true, false}) == R"({"a":false,"b":true,"c":false})");
}
