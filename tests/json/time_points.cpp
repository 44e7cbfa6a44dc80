// SPDX-License-Identifier: MIT
// Points of the system clock: RFC 3339 text in UTC without the fraction's trailing zeros, or UNIX seconds.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
#include <optional>
#include <ratio>
#include <string>
#include <vector>

namespace {

using std::chrono::duration;
using std::chrono::system_clock;
template <class Duration>
using Point = std::chrono::time_point<system_clock, Duration>;
using Seconds = duration<std::int64_t>;
using Nanoseconds = duration<std::int64_t, std::nano>;

constexpr std::int64_t first_second = -62'167'219'200;  // 0000-01-01T00:00:00Z
constexpr std::int64_t last_second = 253'402'300'799;   // 9999-12-31T23:59:59Z

std::string json_of(std::int64_t seconds) { return notch::to_json(Point<Seconds>{Seconds{seconds}}); }
std::string json_of_nanoseconds(std::int64_t nanoseconds) {
    return notch::to_json(Point<Nanoseconds>{Nanoseconds{nanoseconds}});
}

template <class T>
struct Unix {
    T at;
    static constexpr auto notch_options() { return notch::field("at", notch::unix_seconds); }
};
template <class Duration>
std::string unix_of(Duration since) {
    const std::string json = notch::to_json(Unix<Point<Duration>>{Point<Duration>{since}});
    return json.substr(6, json.size() - 7);  // without {"at":}
}

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
int days_of_month(int year, int month) {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}
std::string date_text(int year, int month, int day) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "\"%04d-%02d-%02dT00:00:00Z\"", year, month, day);
    return text.data();
}

}  // namespace

TEST_CASE("seconds") {
    CHECK(json_of(0) == R"("1970-01-01T00:00:00Z")");
    CHECK(json_of(1'700'000'000) == R"("2023-11-14T22:13:20Z")");
    CHECK(json_of(-1) == R"("1969-12-31T23:59:59Z")");
    CHECK(json_of(-62'135'596'800) == R"("0001-01-01T00:00:00Z")");
    CHECK(json_of(4'102'444'799) == R"("2099-12-31T23:59:59Z")");
}

TEST_CASE("the first and the last second that RFC 3339 can write, and those beyond") {
    CHECK(json_of(first_second) == R"("0000-01-01T00:00:00Z")");
    CHECK(json_of(last_second) == R"("9999-12-31T23:59:59Z")");
    CHECK(json_of(first_second - 1) == "null");
    CHECK(json_of(last_second + 1) == "null");
    CHECK(json_of((std::numeric_limits<std::int64_t>::max)()) == "null");
    CHECK(json_of((std::numeric_limits<std::int64_t>::min)()) == "null");
}

TEST_CASE("leap days") {
    CHECK(json_of(951'782'400) == R"("2000-02-29T00:00:00Z")");
    CHECK(json_of(951'868'800) == R"("2000-03-01T00:00:00Z")");
    CHECK(json_of(1'709'251'199) == R"("2024-02-29T23:59:59Z")");
    CHECK(json_of(-2'203'891'200) == R"("1900-03-01T00:00:00Z")");
    CHECK(json_of(-2'203'891'201) == R"("1900-02-28T23:59:59Z")");
    CHECK(json_of(-62'162'121'600) == R"("0000-02-29T00:00:00Z")");
}

TEST_CASE("the first and the last day of every month of 10 000 years, and every day of the first 400") {
    std::int64_t day = first_second / 86'400;
    std::size_t wrong = 0;
    const auto compare = [&](int year, int month, int of_month, std::int64_t at) {
        if (json_of(at * 86'400) == date_text(year, month, of_month)) return;
        if (wrong++ < 5) CHECK(json_of(at * 86'400) == date_text(year, month, of_month));
    };
    for (int year = 0; year < 10'000; ++year) {
        for (int month = 1; month <= 12; ++month) {
            const int days = days_of_month(year, month);
            const int step = year < 400 ? 1 : days - 1;
            for (int of_month = 0; of_month < days; of_month += step)
                compare(year, month, of_month + 1, day + of_month);
            day += days;
        }
    }
    CHECK(wrong == 0);
    CHECK(day * 86'400 == last_second + 1);
}

TEST_CASE("every second of a day") {
    std::size_t wrong = 0;
    for (int second = 0; second < 86'400; ++second) {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "\"2026-05-20T%02d:%02d:%02dZ\"", second / 3600, second / 60 % 60,
                      second % 60);
        if (json_of(1'779'235'200 + second) != text.data()) ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("a fraction without its trailing zeros") {
    CHECK(json_of_nanoseconds(1) == R"("1970-01-01T00:00:00.000000001Z")");
    CHECK(json_of_nanoseconds(500'000'000) == R"("1970-01-01T00:00:00.5Z")");
    CHECK(json_of_nanoseconds(120'000'000) == R"("1970-01-01T00:00:00.12Z")");
    CHECK(json_of_nanoseconds(123'456'000) == R"("1970-01-01T00:00:00.123456Z")");
    CHECK(json_of_nanoseconds(999'999'999) == R"("1970-01-01T00:00:00.999999999Z")");
    CHECK(json_of_nanoseconds(1'000'000'000) == R"("1970-01-01T00:00:01Z")");
    CHECK(json_of_nanoseconds(100) == R"("1970-01-01T00:00:00.0000001Z")");
    for (int digits = 1; digits <= 9; ++digits) {
        std::int64_t unit = 1;
        for (int i = digits; i < 9; ++i) unit *= 10;
        CHECK(json_of_nanoseconds(7 * unit) ==
              "\"1970-01-01T00:00:00." + std::string(static_cast<std::size_t>(digits - 1), '0') + "7Z\"");
    }
}

TEST_CASE("before 1970 the fraction still counts forward") {
    CHECK(json_of_nanoseconds(-1) == R"("1969-12-31T23:59:59.999999999Z")");
    CHECK(json_of_nanoseconds(-250'000'000) == R"("1969-12-31T23:59:59.75Z")");
    CHECK(json_of_nanoseconds(-1'000'000'000) == R"("1969-12-31T23:59:59Z")");
    CHECK(json_of_nanoseconds((std::numeric_limits<std::int64_t>::min)()) == R"("1677-09-21T00:12:43.145224192Z")");
}

TEST_CASE("durations of every sort") {
    CHECK(notch::to_json(std::chrono::sys_days{std::chrono::days{19'000}}) == R"("2022-01-08T00:00:00Z")");
    CHECK(notch::to_json(Point<duration<std::int32_t, std::ratio<3600>>>{
              duration<std::int32_t, std::ratio<3600>>{-1}}) == R"("1969-12-31T23:00:00Z")");
    CHECK(notch::to_json(Point<duration<std::int64_t, std::pico>>{
              duration<std::int64_t, std::pico>{1'500'000'001'999}}) == R"("1970-01-01T00:00:01.500000001Z")");
    CHECK(notch::to_json(Point<duration<std::int64_t, std::ratio<1, 3>>>{
              duration<std::int64_t, std::ratio<1, 3>>{4}}) == R"("1970-01-01T00:00:01.333333333Z")");
    CHECK(notch::to_json(Point<duration<std::uint64_t>>{duration<std::uint64_t>{1}}) == R"("1970-01-01T00:00:01Z")");
    CHECK(notch::to_json(Point<duration<double>>{duration<double>{1.5}}) == R"("1970-01-01T00:00:01.5Z")");
    CHECK(notch::to_json(Point<duration<double>>{duration<double>{-0.25}}) == R"("1969-12-31T23:59:59.75Z")");
    CHECK(notch::to_json(Point<duration<double>>{duration<double>{-1e-20}}) == R"("1970-01-01T00:00:00Z")");
}

TEST_CASE("what has no seconds is null, in either form") {
    using Hours = duration<std::int64_t, std::ratio<3600>>;
    using Real = duration<double>;
    const Real not_a_number{std::numeric_limits<double>::quiet_NaN()};
    const Real infinite{std::numeric_limits<double>::infinity()};
    CHECK(notch::to_json(Point<Hours>{(Hours::max)()}) == "null");
    CHECK(notch::to_json(Point<Hours>{(Hours::min)()}) == "null");
    CHECK(notch::to_json(Point<duration<std::uint64_t>>{(duration<std::uint64_t>::max)()}) == "null");
    CHECK(notch::to_json(Point<Real>{not_a_number}) == "null");
    CHECK(notch::to_json(Point<Real>{-infinite}) == "null");
    CHECK(notch::to_json(Point<Real>{Real{1e300}}) == "null");
    CHECK(unix_of((Hours::max)()) == "null");
    CHECK(unix_of(not_a_number) == "null");
    CHECK(unix_of(infinite) == "null");
}

TEST_CASE("UNIX seconds") {
    CHECK(unix_of(Seconds{0}) == "0.0");
    CHECK(unix_of(Seconds{1'700'000'000}) == "1700000000.0");
    CHECK(unix_of(Seconds{-1}) == "-1.0");
    CHECK(unix_of(Nanoseconds{1'700'000'000'250'000'000}) == "1700000000.25");
    CHECK(unix_of(Nanoseconds{1}) == "0.000000001");
    CHECK(unix_of(Nanoseconds{-1}) == "-0.000000001");
    CHECK(unix_of(Nanoseconds{-250'000'000}) == "-0.25");
    CHECK(unix_of(Nanoseconds{-1'750'000'000}) == "-1.75");
    CHECK(unix_of(Nanoseconds{-2'000'000'000}) == "-2.0");
    CHECK(unix_of(Nanoseconds{(std::numeric_limits<std::int64_t>::max)()}) == "9223372036.854775807");
    CHECK(unix_of(Nanoseconds{(std::numeric_limits<std::int64_t>::min)()}) == "-9223372036.854775808");
    CHECK(unix_of(Seconds{last_second + 1}) == "253402300800.0");
}

TEST_CASE("the form holds inside optionals, lists and maps") {
    using At = Point<Seconds>;
    struct Times {
        std::optional<At> a;
        std::vector<std::optional<At>> b;
        std::map<std::string, At> c;
        At d[1];
        std::optional<At> e;
        static constexpr auto notch_options() {
            return notch::options(notch::field("a", notch::unix_seconds), notch::field("b", notch::unix_seconds),
                                  notch::field("c", notch::unix_seconds), notch::field("d", notch::unix_seconds));
        }
    };
    const At at{Seconds{1}};
    CHECK(notch::to_json(Times{at, {at, {}}, {{"k", at}}, {at}, at}) ==
          R"({"a":1.0,"b":[1.0,null],"c":{"k":1.0},"d":[1.0],"e":"1970-01-01T00:00:01Z"})");
}
