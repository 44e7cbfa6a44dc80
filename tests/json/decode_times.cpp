// SPDX-License-Identifier: MIT
// Durations in seconds, time points as RFC 3339 text or UNIX seconds: exact, or refused.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using notch::ErrorCode;

namespace {

template <class T>
void check_reads(std::string_view text, T expected) {
    CAPTURE(text);
    const auto read = notch::from_json<T>(text);
    if (!read) FAIL(read.error().message());
    CHECK((*read == expected));
}
template <class T>
void check_refuses(std::string_view text, ErrorCode code) {
    CAPTURE(text);
    const auto read = notch::from_json<T>(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
}

using std::chrono::system_clock;
template <class Duration>
using Point = std::chrono::time_point<system_clock, Duration>;
using Nanos = Point<std::chrono::nanoseconds>;
using Millis = Point<std::chrono::milliseconds>;
using Seconds = Point<std::chrono::seconds>;

}  // namespace

TEST_CASE("a duration is a number of seconds, taken exactly") {
    check_reads("1.5", 1500ms);
    check_reads("1.500", 1500ms);
    check_reads("15e-1", 1500ms);
    check_reads("0.0015E3", 1500ms);
    check_reads("0", 0ms);
    check_reads("-0.0", 0ms);
    check_reads("-1.25", -1250ms);
    check_reads("5", 5s);
    check_reads("5.0", 5s);
    check_reads("5e0", 5s);
    check_reads("12e2", 1200s);
    check_reads("0.000000001", 1ns);
    check_reads("0.1", 100'000'000ns);
    check_reads("9223372036.854775807", (std::chrono::nanoseconds::max)());
    check_reads("-9223372036.854775808", (std::chrono::nanoseconds::min)());
    check_reads("9223372036854775807", (std::chrono::seconds::max)());
    check_reads("-9223372036854775808.0", (std::chrono::seconds::min)());
    check_reads("120.0", 2min);
    check_reads("7200", 2h);
    check_reads("0.25", std::chrono::duration<double>{0.25});
    check_reads("0.1", std::chrono::duration<float>{0.1F});
    check_reads("0.5", std::chrono::duration<double, std::milli>{500.0});
    check_reads("1.5", std::chrono::duration<std::uint32_t, std::milli>{1500});
    check_reads("0.3333333333333333", std::chrono::duration<int, std::ratio<1, 3>>{1});
}

TEST_CASE("a duration between two ticks, or out of range, is refused") {
    check_refuses<std::chrono::milliseconds>("0.0015", ErrorCode::out_of_range);
    check_refuses<std::chrono::milliseconds>("1.00000000000000000000001", ErrorCode::out_of_range);
    check_refuses<std::chrono::seconds>("5.5", ErrorCode::out_of_range);
    check_refuses<std::chrono::nanoseconds>("1e-10", ErrorCode::out_of_range);
    check_refuses<std::chrono::minutes>("90", ErrorCode::out_of_range);
    check_refuses<std::chrono::duration<int, std::ratio<1, 3>>>("0.5", ErrorCode::out_of_range);
    check_refuses<std::chrono::nanoseconds>("9223372036.854775808", ErrorCode::out_of_range);
    check_refuses<std::chrono::nanoseconds>("-9223372036.854775809", ErrorCode::out_of_range);
    check_refuses<std::chrono::seconds>("9223372036854775808", ErrorCode::out_of_range);
    check_refuses<std::chrono::seconds>("1e300", ErrorCode::out_of_range);
    check_refuses<std::chrono::seconds>("1e99999", ErrorCode::out_of_range);
    check_refuses<std::chrono::hours>("1e300", ErrorCode::out_of_range);
    check_refuses<std::chrono::duration<std::int8_t>>("128", ErrorCode::out_of_range);
    check_reads("127", std::chrono::duration<std::int8_t>{127});
    check_refuses<std::chrono::duration<std::uint32_t>>("-1", ErrorCode::out_of_range);
    check_reads("18446744073709551615", std::chrono::duration<std::uint64_t>{18'446'744'073'709'551'615U});
    check_refuses<std::chrono::duration<std::uint64_t>>("18446744073709551616", ErrorCode::out_of_range);
    check_refuses<std::chrono::duration<std::uint64_t>>("1e30", ErrorCode::out_of_range);
    check_reads("-0.0", std::chrono::duration<std::uint32_t, std::milli>{0});
    check_refuses<std::chrono::duration<std::uint32_t, std::milli>>("-0.5", ErrorCode::out_of_range);
    check_reads("0.127", std::chrono::duration<std::int8_t, std::milli>{127});
    check_refuses<std::chrono::duration<std::int8_t, std::milli>>("0.128", ErrorCode::out_of_range);
    using Minutes = std::chrono::duration<std::int8_t, std::ratio<60>>;
    check_reads("7620", Minutes{127});
    check_reads("-7680", Minutes{-128});
    check_refuses<Minutes>("7680", ErrorCode::out_of_range);
    check_refuses<Minutes>("-7740", ErrorCode::out_of_range);
    check_refuses<std::chrono::duration<float>>("1e39", ErrorCode::out_of_range);
    check_refuses<std::chrono::duration<float>>("-1e39", ErrorCode::out_of_range);
    check_reads("3e38", std::chrono::duration<float>{3e38F});
    check_refuses<std::chrono::duration<double, std::nano>>("1e300", ErrorCode::out_of_range);
    check_reads("1e299", std::chrono::duration<double, std::nano>{1e299 / 1e-9});
    for (const std::string_view other : {"\"1\"", "null", "true", "[]", "{}", "\"1s\""}) {
        check_refuses<std::chrono::seconds>(other, ErrorCode::type_mismatch);
        check_refuses<std::chrono::minutes>(other, ErrorCode::type_mismatch);
        check_refuses<std::chrono::duration<double>>(other, ErrorCode::type_mismatch);
    }
    check_refuses<std::chrono::seconds>("01", ErrorCode::syntax);
    CHECK(notch::from_json<std::chrono::milliseconds>("0.0015").error().message() ==
          "line 1, column 1: expected seconds in steps of 1/1000, found 0.0015");
    CHECK(notch::from_json<std::chrono::minutes>("90").error().message() ==
          "line 1, column 1: expected seconds in steps of 60, found 90");
}

TEST_CASE("a time point is RFC 3339 text of any offset") {
    constexpr auto day = Seconds{std::chrono::sys_days{std::chrono::year{2026} / 5 / 20}};
    constexpr auto time = day + 1h + 2min + 3s;
    check_reads(R"("2026-05-20T01:02:03Z")", time);
    check_reads(R"("2026-05-20T01:02:03z")", time);
    check_reads(R"("2026-05-20t01:02:03Z")", time);
    check_reads(R"("2026-05-20T01:02:03+00:00")", time);
    check_reads(R"("2026-05-20T01:02:03-00:00")", time);
    check_reads(R"("2026-05-20T03:02:03+02:00")", time);
    check_reads(R"("2026-05-19T19:32:03-05:30")", time);
    check_reads(R"("2026-05-21T01:01:03+23:59")", time);
    check_reads(R"("2026-05-20T01:02:03.0Z")", time);
    check_reads(R"("2026-05-20T01:02:03.000000000000Z")", time);
    check_reads(R"("2026-05-20T01\u003a02:03\u005a")", time);
    check_reads(R"("2026-05-20T01:02:03.5Z")", Millis{time} + 500ms);
    check_reads(R"("2026-05-20T01:02:03.123456789Z")", Nanos{time} + 123'456'789ns);
    check_reads(R"("1969-12-31T23:59:59.75Z")", Nanos{-250ms});
    check_reads(R"("1969-12-31T23:59:58Z")", Nanos{-2s});
    check_reads(R"("1970-01-01T00:00:00Z")", Nanos{});
    check_reads(R"("2024-02-29T00:00:00Z")", Seconds{std::chrono::sys_days{std::chrono::year{2024} / 2 / 29}});
    check_reads(R"("2000-02-29T00:00:00Z")", Seconds{std::chrono::sys_days{std::chrono::year{2000} / 2 / 29}});
    check_reads(R"("0001-01-01T00:00:00Z")", Seconds{-62'135'596'800s});
    check_reads(R"("0000-01-01T00:00:00Z")", Seconds{-62'167'219'200s});
    check_reads(R"("9999-12-31T23:59:59Z")", Seconds{253'402'300'799s});
    check_reads(R"("2026-05-20T00:00:00Z")",
                Point<std::chrono::hours>{std::chrono::duration_cast<std::chrono::hours>(day.time_since_epoch())});
    check_reads(R"("1970-01-01T00:00:01.5Z")",
                Point<std::chrono::duration<double>>{std::chrono::duration<double>{1.5}});
}

TEST_CASE("what is no time, or none that the clock holds, is refused") {
    for (const std::string_view text : {"",
                                        "2026",
                                        "2026-05-20",
                                        "2026-05-20T01:02:03",
                                        "2026-05-20 01:02:03Z",
                                        "2026-05-20T01:02Z",
                                        "2026-05-20T01:02:03.Z",
                                        "2026-05-20T01:02:03,5Z",
                                        "2026-13-20T01:02:03Z",
                                        "2026-00-20T01:02:03Z",
                                        "2026-05-32T01:02:03Z",
                                        "2026-05-00T01:02:03Z",
                                        "2026-04-31T01:02:03Z",
                                        "2026-02-29T01:02:03Z",
                                        "1900-02-29T01:02:03Z",
                                        "2026-05-20T24:00:00Z",
                                        "2026-05-20T01:60:03Z",
                                        "2026-05-20T23:59:60Z",
                                        "2026-05-20T01:02:03+24:00",
                                        "2026-05-20T01:02:03+02:60",
                                        "2026-05-20T01:02:03+02",
                                        "2026-05-20T01:02:03+0200",
                                        "2026-05-20T01:02:03ZZ",
                                        "2026-05-20T01:02:03Z ",
                                        " 2026-05-20T01:02:03Z",
                                        "02026-05-20T01:02:03Z",
                                        "2026-5-20T01:02:03Z",
                                        "2026-05-20T1:02:03Z",
                                        "+2026-05-20T01:02:03Z",
                                        "-001-05-20T01:02:03Z",
                                        "20260520T010203Z",
                                        "2026-05-20T01:02:03.5e1Z",
                                        "now"})
        check_refuses<Nanos>('"' + std::string{text} + '"', ErrorCode::type_mismatch);
    for (const std::string_view other : {"1779238923", "null", "{}", "[]"})
        check_refuses<Nanos>(other, ErrorCode::type_mismatch);
    check_refuses<Nanos>(R"("0001-01-01T00:00:00Z")", ErrorCode::out_of_range);
    check_refuses<Nanos>(R"("9999-12-31T23:59:59Z")", ErrorCode::out_of_range);
    check_refuses<Nanos>(R"("2026-05-20T01:02:03.0000000001Z")", ErrorCode::out_of_range);
    check_refuses<Millis>(R"("2026-05-20T01:02:03.0005Z")", ErrorCode::out_of_range);
    check_refuses<Seconds>(R"("2026-05-20T01:02:03.5Z")", ErrorCode::out_of_range);
    check_refuses<Point<std::chrono::hours>>(R"("2026-05-20T01:02:03Z")", ErrorCode::out_of_range);
    CHECK(notch::from_json<Nanos>("\"now\"").error().message() ==
          "line 1, column 1: expected a time such as \"2026-05-20T01:02:03.5Z\", found \"now\"");
}

TEST_CASE("every day of RFC 3339 reads back as it is written") {
    std::int64_t wrong = 0;
    for (std::int64_t day = -719'528; day <= 2'932'896; day += 7) {  // 0000-01-01 to 9999-12-31
        const Seconds time{std::chrono::seconds{day * 86'400 + (day & 0xffff)}};
        const auto read = notch::from_json<Seconds>(notch::to_json(time));
        if (!read || *read != time) ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("unix_seconds reads a number, in lists and optionals too") {
    struct Unix {
        Nanos at;
        std::optional<Millis> maybe;
        std::vector<Seconds> list;
        Nanos text;
        static constexpr auto notch_options() {
            return notch::options(notch::field("at", notch::unix_seconds), notch::field("maybe", notch::unix_seconds),
                                  notch::field("list", notch::unix_seconds));
        }
    };
    const auto unix_times =
        notch::from_json<Unix>(R"({"at":-0.25,"maybe":1.5,"list":[0.0,-7],"text":"1970-01-01T00:00:00Z"})");
    REQUIRE(unix_times);
    CHECK((unix_times->at == Nanos{-250ms}));
    CHECK((unix_times->maybe == Millis{1500ms}));
    CHECK((unix_times->list[1] == Seconds{-7s}));
    CHECK(notch::from_json<Unix>(R"({"at":"1970-01-01T00:00:00Z"})").error().field == "/at");
    CHECK(notch::from_json<Unix>(R"({"at":0,"maybe":0.0001})").error().field == "/maybe");
    CHECK(notch::from_json<Unix>(R"({"at":0,"list":[0,0.5]})").error().field == "/list/1");
    CHECK(notch::from_json<Unix>(R"({"at":0,"list":[],"text":0})").error().field == "/text");
    CHECK(notch::from_json<Unix>(R"({"at":9223372036.854775808})").error().code == ErrorCode::out_of_range);

    struct Real {
        Point<std::chrono::duration<double>> at;
        static constexpr auto notch_options() { return notch::field("at", notch::unix_seconds); }
    };
    const auto real = notch::from_json<Real>(R"({"at":-9e18})");
    REQUIRE(real);
    CHECK(real->at.time_since_epoch().count() == -9e18);
    CHECK(notch::from_json<Real>(R"({"at":1e30})").error().message() ==
          "line 1, column 7, /at: expected a time within the range of the field's type, found 1e30");
}

TEST_CASE("the short way for times agrees with the long one on every byte of every place") {
    const auto agree = [](const std::string& text) {
        notch::detail::ExactSeconds usual;
        notch::detail::ExactSeconds any;
        const std::string padded = text + "        ";  // nothing behind the text counts
        const bool good = notch::detail::parse_rfc3339(text, any);
        if (!notch::detail::parse_usual_rfc3339(std::string_view{padded}.substr(0, text.size()), usual)) return true;
        return good && usual.negative == any.negative && usual.seconds == any.seconds &&
               usual.nanoseconds == any.nanoseconds && !any.finer && !any.overflow;
    };
    const auto takes = [](std::string_view text) {
        notch::detail::ExactSeconds usual;
        return notch::detail::parse_usual_rfc3339(text, usual);
    };
    int wrong = 0;
    for (const std::string_view form :
         {"2026-05-20T01:02:03Z", "2026-05-20T01:02:03.5Z", "1999-12-31T23:59:59.123456789Z",
          "0000-01-01T00:00:00.000001Z", "2024-02-29T10:20:30.12345678Z", "1969-12-31T23:59:59.75Z",
          "2026-05-20T01:02:03.1234567890Z", "2026-05-20T01:02:03+02:00"}) {
        CHECK(takes(form) == (form.back() == 'Z' && form.size() <= 30));
        for (std::size_t at = 0; at < form.size(); ++at) {
            for (int c = 0; c < 256; ++c) {
                std::string text{form};
                text[at] = static_cast<char>(c);
                wrong += agree(text) ? 0 : 1;
            }
            wrong += agree(std::string{form.substr(0, at)}) ? 0 : 1;
            wrong += agree(std::string{form.substr(0, at)} + std::string{form.substr(at + 1)}) ? 0 : 1;
            wrong += agree(std::string{form.substr(0, at)} + "0" + std::string{form.substr(at)}) ? 0 : 1;
        }
    }
    for (int day = 0; day < 3'660'000; day += 29) {  // ten thousand years
        const std::string text = notch::to_json(Seconds{std::chrono::seconds{(day - 719'528) * std::int64_t{86'400}}});
        wrong += takes(std::string_view{text}.substr(1, text.size() - 2)) == (text.size() == 22) &&
                         agree(text.substr(1, text.size() - 2))
                     ? 0
                     : 1;
    }
    CHECK(wrong == 0);
}
