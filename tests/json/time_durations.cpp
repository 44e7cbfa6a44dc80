// SPDX-License-Identifier: MIT
// Durations are numbers of seconds: exact for decimal parts of a second, through a double for other ticks.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using std::chrono::duration;

constexpr std::int64_t highest = (std::numeric_limits<std::int64_t>::max)();
constexpr std::int64_t lowest = (std::numeric_limits<std::int64_t>::min)();

template <class Period>
std::string json_of(std::int64_t count) {
    return notch::to_json(duration<std::int64_t, Period>{count});
}

}  // namespace

TEST_CASE("seconds and their decimal parts") {
    CHECK(notch::to_json(5s) == "5.0");
    CHECK(notch::to_json(0s) == "0.0");
    CHECK(notch::to_json(1500ms) == "1.5");
    CHECK(notch::to_json(1ms) == "0.001");
    CHECK(notch::to_json(1us) == "0.000001");
    CHECK(notch::to_json(1ns) == "0.000000001");
    CHECK(notch::to_json(1000000000ns) == "1.0");
    CHECK(notch::to_json(1000000010ns) == "1.00000001");
    CHECK(json_of<std::deci>(15) == "1.5");
    CHECK(json_of<std::centi>(15) == "0.15");
    CHECK(json_of<std::ratio<1, 10'000>>(15) == "0.0015");
    CHECK(json_of<std::ratio<1, 100'000>>(15) == "0.00015");
    CHECK(json_of<std::ratio<1, 10'000'000>>(15) == "0.0000015");
    CHECK(json_of<std::ratio<1, 100'000'000>>(15) == "0.00000015");
}

TEST_CASE("negative ones") {
    CHECK(notch::to_json(-5s) == "-5.0");
    CHECK(notch::to_json(-1500ms) == "-1.5");
    CHECK(notch::to_json(-1ms) == "-0.001");
    CHECK(notch::to_json(-999ns) == "-0.000000999");
}

TEST_CASE("exact at the limits of 64 bits") {
    CHECK(json_of<std::ratio<1>>(highest) == "9223372036854775807.0");
    CHECK(json_of<std::ratio<1>>(lowest) == "-9223372036854775808.0");
    CHECK(json_of<std::nano>(highest) == "9223372036.854775807");
    CHECK(json_of<std::nano>(lowest) == "-9223372036.854775808");
    CHECK(json_of<std::milli>(9007199254740993) == "9007199254740.993");
}

TEST_CASE("counts of other types") {
    CHECK(notch::to_json(duration<std::int8_t, std::milli>{-128}) == "-0.128");
    CHECK(notch::to_json(duration<std::uint8_t>{255}) == "255.0");
    CHECK(notch::to_json(duration<std::uint32_t, std::milli>{4294967295}) == "4294967.295");
    CHECK(notch::to_json(duration<std::uint64_t>{18446744073709551615U}) == "18446744073709551615.0");
    CHECK(notch::to_json(duration<std::uint64_t, std::nano>{18446744073709551615U}) == "18446744073.709551615");
}

TEST_CASE("ticks of whole seconds and of odd parts") {
    CHECK(notch::to_json(2min) == "120.0");
    CHECK(notch::to_json(-1h) == "-3600.0");
    CHECK(notch::to_json(std::chrono::days{1}) == "86400.0");
    CHECK(json_of<std::kilo>(3) == "3000.0");
    CHECK(json_of<std::ratio<1, 2>>(3) == "1.5");
    CHECK(json_of<std::ratio<1, 4>>(-1) == "-0.25");
    CHECK(json_of<std::ratio<1, 3>>(1) == "0.3333333333333333");
    CHECK(json_of<std::ratio<1, 60>>(90) == "1.5");
    CHECK(json_of<std::ratio<2, 3>>(6) == "4.0");
    CHECK(json_of<std::pico>(1) == "1e-12");
}

TEST_CASE("floating counts") {
    CHECK(notch::to_json(duration<double>{0.1}) == "0.1");
    CHECK(notch::to_json(duration<double>{12}) == "12.0");
    CHECK(notch::to_json(duration<double, std::milli>{250}) == "0.25");
    CHECK(notch::to_json(duration<double, std::ratio<60>>{0.5}) == "30.0");
    CHECK(notch::to_json(duration<float>{0.25F}) == "0.25");
    CHECK(notch::to_json(duration<double>{-1e300}) == "-1e300");
    CHECK(notch::to_json(duration<double>{std::numeric_limits<double>::quiet_NaN()}) == "null");
    CHECK(notch::to_json(duration<float, std::milli>{std::numeric_limits<float>::infinity()}) == "null");
}

TEST_CASE("as fields and in lists") {
    struct Waits {
        std::chrono::milliseconds a;
        std::optional<std::chrono::seconds> b;
        std::vector<std::chrono::microseconds> c;
    };
    CHECK(notch::to_json(Waits{1ms, {}, {1us, 2s}}) == R"({"a":0.001,"c":[0.000001,2.0]})");
}
