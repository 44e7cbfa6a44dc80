// SPDX-License-Identifier: MIT
// The stamp of a line: integer microseconds, six digits always, asked for once and only when the event has no time.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace {

struct Tick {};
struct OwnTime {
    double timestamp = 0.5;
};
struct Off {
    int n = 1;
    static constexpr auto notch_options() { return notch::no_envelope; }
};

std::int64_t now = 0;
int asked = 0;
std::int64_t counting_clock() {
    ++asked;
    return now;
}

std::string stamp_of(std::int64_t microseconds) {
    now = microseconds;
    const std::string line = notch::to_line(Tick{}, counting_clock);
    return line.substr(13, line.find(',') - 13);
}

}  // namespace

TEST_CASE("six digits of fraction, whatever they are") {
    CHECK(stamp_of(1'795'190'400'123'456) == "1795190400.123456");
    CHECK(stamp_of(1'795'190'400'000'000) == "1795190400.000000");
    CHECK(stamp_of(1'795'190'400'100'000) == "1795190400.100000");
    CHECK(stamp_of(1'795'190'400'000'001) == "1795190400.000001");
    CHECK(stamp_of(999'999) == "0.999999");
    CHECK(stamp_of(0) == "0.000000");
    CHECK(stamp_of((std::numeric_limits<std::int64_t>::max)()) == "9223372036854.775807");
    CHECK(stamp_of(9'007'199'254'740'993) == "9007199254.740993");
}

TEST_CASE("before 1970") {
    CHECK(stamp_of(-1) == "-0.000001");
    CHECK(stamp_of(-1'500'000) == "-1.5");
    CHECK(stamp_of(-1'000'000) == "-1.0");
    CHECK(stamp_of((std::numeric_limits<std::int64_t>::min)()) == "-9223372036854.775808");
}

TEST_CASE("the clock is asked once, and only for an event without a time") {
    asked = 0;
    static_cast<void>(notch::to_line(Tick{}, counting_clock));
    CHECK(asked == 1);
    static_cast<void>(notch::to_line(OwnTime{}, counting_clock));
    static_cast<void>(notch::to_line(Off{}, counting_clock));
    CHECK(asked == 1);
}

TEST_CASE("the default is the system's clock") {
    const std::int64_t before = notch::system_microseconds();
    const std::string line = notch::to_line(Tick{});
    const std::int64_t after = notch::system_microseconds();
    const std::string seconds = line.substr(13, 10);
    const std::string fraction = line.substr(24, 6);
    const std::int64_t stamped = std::stoll(seconds) * 1'000'000 + std::stoll(fraction);
    CHECK(before <= stamped);
    CHECK(stamped <= after);
}
