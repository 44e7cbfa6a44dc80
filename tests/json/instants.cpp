// SPDX-License-Identifier: MIT
// Instant: time points of every year that RFC 3339 can write, to the nanosecond.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using notch::Instant;

namespace {

constexpr std::int64_t first_second = -62'167'219'200;  // 0000-01-01T00:00:00Z
constexpr std::int64_t last_second = 253'402'300'799;   // 9999-12-31T23:59:59Z

struct Event {
    Instant at{};
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
};
struct Unix {
    Instant at{};
    static constexpr auto notch_options() { return notch::options(notch::field("at", notch::unix_seconds), notch::no_envelope); }
};
struct Recent {
    Instant at{};
    static constexpr auto notch_options() { return notch::field("at", notch::minimum(1'700'000'000)); }
};

std::string read_text(std::string_view text) {
    const auto at = notch::from_json<Instant>(text);
    return at ? notch::to_json(*at) : at.error().message();
}
std::string refused(std::string_view text) {
    const auto at = notch::from_json<Instant>(text);
    return at ? "taken: " + notch::to_json(*at) : at.error().expected;
}

}  // namespace

TEST_CASE("written and read back, from the first nanosecond to the last") {
    for (const Instant at :
         {Instant{}, Instant{first_second}, Instant{last_second, 999'999'999}, Instant{-62'135'596'800}, Instant{-1, 500'000'000},
          Instant{-1, 1}, Instant{-1}, Instant{1'779'238'923, 148'228'726}, Instant{9'300'000'000, 1}}) {
        CAPTURE(at.seconds);
        const auto back = notch::from_json<Instant>(notch::to_json(at));
        REQUIRE(back);
        CHECK(*back == at);
        const auto unix_back = notch::from_json<Unix>(notch::to_json(Unix{at}));
        REQUIRE(unix_back);
        CHECK(unix_back->at == at);
    }
    CHECK(notch::to_json(Instant{first_second}) == R"("0000-01-01T00:00:00Z")");
    CHECK(notch::to_json(Instant{last_second, 999'999'999}) == R"("9999-12-31T23:59:59.999999999Z")");
    CHECK(notch::to_json(Instant{-1, 500'000'000}) == R"("1969-12-31T23:59:59.5Z")");
    CHECK(notch::to_json(Unix{Instant{-1, 750'000'000}}) == R"({"at":-0.25})");
}

TEST_CASE("outside of these years: written as null, not read") {
    CHECK(notch::to_json(Instant{first_second - 1, 999'999'999}) == "null");
    CHECK(notch::to_json(Instant{last_second + 1}) == "null");
    CHECK(read_text(R"("0000-01-01T01:00:00+01:00")") == R"("0000-01-01T00:00:00Z")");
    CHECK(refused(R"("0000-01-01T00:59:59.9+01:00")") == "a time within the range of the field's type");
    CHECK(read_text(R"("9999-12-31T22:59:59-01:00")") == R"("9999-12-31T23:59:59Z")");
    CHECK(refused(R"("9999-12-31T23:59:59-01:00")") == "a time within the range of the field's type");
    for (const char* seconds : {"253402300800", "-62167219200.1", "1e300", "18446744073709551616"}) {
        CAPTURE(seconds);
        const auto at = notch::from_json<Unix>(R"({"at":)" + std::string{seconds} + "}");
        REQUIRE_FALSE(at);
        CHECK(at.error().code == notch::ErrorCode::out_of_range);
    }
}

TEST_CASE("what is no time, or finer than a nanosecond") {
    CHECK(refused(R"("2026-02-30T00:00:00Z")") == R"(a time such as "2026-05-20T01:02:03.5Z")");
    CHECK(refused("5") == R"(a time such as "2026-05-20T01:02:03.5Z")");
    CHECK(refused("null") == R"(a time such as "2026-05-20T01:02:03.5Z")");
    CHECK(read_text(R"("2026-05-20T01:02:03.1234567890Z")") == R"("2026-05-20T01:02:03.123456789Z")");
    CHECK(refused(R"("2026-05-20T01:02:03.1234567891Z")") == "seconds in steps of 1/1000000000");
}

TEST_CASE("made of a time point") {
    using namespace std::chrono_literals;
    using std::chrono::system_clock;
    CHECK(Instant{system_clock::time_point{1500ms}} == Instant{1, 500'000'000});
    CHECK(Instant{system_clock::time_point{-1ms}} == Instant{-1, 999'000'000});
    CHECK(Instant{std::chrono::time_point<system_clock, std::chrono::hours>{24h}} == Instant{86'400});
    CHECK(Instant{std::chrono::time_point<system_clock, std::chrono::duration<double>>{2.5s}} == Instant{2, 500'000'000});
    Event event;
    event.at = system_clock::time_point{7s};
    CHECK(event.at == system_clock::time_point{7s});
    CHECK_FALSE(event.at == Instant{7, 1});
    using Nothing = std::chrono::time_point<system_clock, std::chrono::duration<double>>;
    CHECK(notch::to_json(Instant{Nothing{std::chrono::duration<double>{std::numeric_limits<double>::quiet_NaN()}}}) == "null");
}

TEST_CASE("as nanoseconds, where 64 bits hold them") {
    using std::chrono::nanoseconds;
    CHECK(Instant{1, 5}.since_1970() == nanoseconds{1'000'000'005});
    CHECK(Instant{-1, 5}.since_1970() == nanoseconds{-999'999'995});
    CHECK(Instant{9'000'000'000, 999'999'999}.since_1970() == nanoseconds{9'000'000'000'999'999'999});
    CHECK_FALSE(Instant{9'000'000'001}.since_1970());
    CHECK(Instant{-9'000'000'000}.since_1970() == nanoseconds{-9'000'000'000'000'000'000});
    CHECK_FALSE(Instant{-9'000'000'001}.since_1970());
    CHECK(Instant{-1, 500'000'000}.time_since_epoch().count() == -0.5);
}

TEST_CASE("rules are about its UNIX seconds") {
    CHECK(notch::from_json<Recent>(R"({"at":"2023-11-14T22:13:20Z"})"));
    CHECK_FALSE(notch::from_json<Recent>(R"({"at":"2023-11-14T22:13:19.999Z"})"));
}

TEST_CASE("a recorder writes it as to_line does") {
    notch::Capture capture;
    for (const Instant at :
         {Instant{}, Instant{-62'135'596'800}, Instant{-1, 1}, Instant{last_second, 999'999'999}, Instant{last_second + 1}}) {
        capture.reset();
        capture.recorder().record(Event{at});
        capture.recorder().record(Unix{at});
        REQUIRE(capture.lines().size() == 2);
        CHECK(capture.lines()[0] == notch::to_line(Event{at}));
        CHECK(capture.lines()[1] == notch::to_line(Unix{at}));
    }
}
