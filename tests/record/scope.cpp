// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

using namespace std::chrono_literals;

namespace {

struct Work {
    double timestamp;
    std::string status;
    double duration;
};
struct Timed {
    std::string name;
    std::chrono::microseconds took;
    std::optional<double> seconds;
};
struct WithDuration {
    std::optional<std::chrono::nanoseconds> duration;
};
struct Bare {
    int number;
};

}  // namespace

TEST_CASE("a scope records when it ends, what was changed in it included") {
    notch::Capture capture;
    {
        auto work = capture.recorder().scope(Work{1.5, "running", -1});
        work->status = "success";
        CHECK((*work).duration == -1);
        CHECK(capture.lines().empty());
        std::this_thread::sleep_for(2ms);
    }
    const auto events = capture.events<Work>();
    REQUIRE(events.size() == 1);
    CHECK(events[0].timestamp == 1.5);
    CHECK(events[0].status == "success");
    CHECK(events[0].duration >= 0.002);
    CHECK(events[0].duration < 60);
    test::check_accounting(capture.recorder());
}

TEST_CASE("the member that is named gets the duration, in its own unit") {
    notch::Capture capture;
    {
        auto timed = capture.recorder().scope(Timed{"a", {}, {}}, &Timed::took);
        auto other = capture.recorder().scope(Timed{"b", {}, {}}, &Timed::seconds);
        std::this_thread::sleep_for(2ms);
    }
    const auto events = capture.events<Timed>();
    REQUIRE(events.size() == 2);
    CHECK(events[0].name == "b");  // the inner scope ends first
    CHECK(events[0].took == 0us);
    CHECK(events[0].seconds.value_or(0) >= 0.002);
    CHECK(events[1].took >= 2ms);
    CHECK(events[1].took < 60s);
    CHECK_FALSE(events[1].seconds.has_value());
}

TEST_CASE("an optional duration is filled, and an event without one is recorded as it is") {
    notch::Capture capture;
    {
        auto with = capture.recorder().scope(WithDuration{});
        auto without = capture.recorder().scope(Bare{7});
    }
    REQUIRE(capture.events<WithDuration>().size() == 1);
    CHECK(capture.events<WithDuration>()[0].duration.has_value());
    REQUIRE(capture.events<Bare>().size() == 1);
    CHECK(capture.events<Bare>()[0].number == 7);
}

TEST_CASE("an event without a time is stamped at the end of its scope") {
    notch::RecorderOptions options;
    static std::int64_t now;
    now = 1'000'000;
    options.clock = [] { return now; };
    notch::Capture capture{options};
    {
        auto bare = capture.recorder().scope(Bare{1});
        now = 9'000'000;
    }
    REQUIRE(capture.lines().size() == 1);
    CHECK(capture.lines()[0] == R"({"timestamp":9.000000,"event":"bare","number":1})");
}

TEST_CASE("a scope that is dismissed records nothing") {
    notch::Capture capture;
    {
        auto kept = capture.recorder().scope(Bare{1});
        auto work = capture.recorder().scope(Bare{2});
        work.dismiss();
    }
    REQUIRE(capture.events<Bare>().size() == 1);
    CHECK(capture.events<Bare>()[0].number == 1);
    CHECK(capture.recorder().stats().recorded == 1);
}

#if defined(__cpp_exceptions)
TEST_CASE("a scope that an exception leaves records too") {
    notch::Capture capture;
    const auto fails = [&] {
        auto work = capture.recorder().scope(Work{1, "running", 0});
        work->status = "failed";
        throw 1;
    };
    CHECK_THROWS(fails());
    REQUIRE(capture.events<Work>().size() == 1);
    CHECK(capture.events<Work>()[0].status == "failed");
}
#endif
