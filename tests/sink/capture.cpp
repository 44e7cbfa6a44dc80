// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

struct RunnerStart {
    double timestamp;
    std::string flavor;
    std::optional<double> queue_duration;
    bool operator==(const RunnerStart&) const = default;
};
struct RunnerStop {
    double timestamp;
    std::string_view status;
};
struct Entry {
    std::string vm_id;
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
};
struct Stamped {
    int number;
};

}  // namespace

TEST_CASE("a capture gives typed structs back") {
    notch::Capture capture;
    capture.recorder().record(RunnerStart{1.5, "small \"1\"", std::nullopt});
    capture.recorder().record(RunnerStop{2.5, "normal"});
    capture.recorder().record(RunnerStart{3.5, "large", 0.25});
    const std::vector<RunnerStart> starts = capture.events<RunnerStart>();
    CHECK(starts == std::vector<RunnerStart>{{1.5, "small \"1\"", std::nullopt}, {3.5, "large", 0.25}});
    CHECK(capture.failures().empty());
    CHECK(capture.lines().size() == 3);
    CHECK(capture.lines()[1] == R"({"timestamp":2.5,"event":"runner_stop","status":"normal"})");
    test::check_accounting(capture.recorder());
}

TEST_CASE("a capture's views live until reset, whatever is recorded meanwhile") {
    notch::Capture capture;
    capture.recorder().record(RunnerStop{1.0, "abnormal"});
    const std::vector<RunnerStop> stops = capture.events<RunnerStop>();
    REQUIRE(stops.size() == 1);
    for (int i = 0; i < 10'000; ++i) capture.recorder().record(RunnerStop{2.0, "normal"});
    CHECK(capture.lines().size() == 10'001);
    CHECK(stops[0].status == "abnormal");
    capture.reset();
    CHECK(capture.lines().empty());
    CHECK(capture.events<RunnerStop>().empty());
    capture.recorder().record(RunnerStop{3.0, "again"});
    CHECK(capture.events<RunnerStop>().size() == 1);
}

TEST_CASE("a captured view may hold characters that were escaped in the line") {
    notch::Capture capture;
    capture.recorder().record(RunnerStop{1.0, "a \"quoted\" line\n\x01 and \xc3\xa9"});
    const std::vector<RunnerStop> stops = capture.events<RunnerStop>();
    CHECK(capture.failures().empty());
    REQUIRE(stops.size() == 1);
    CHECK(stops[0].status == "a \"quoted\" line\n\x01 and \xc3\xa9");
}

TEST_CASE("events without an envelope or a time of their own are captured as well") {
    notch::Capture capture;
    capture.recorder().record(Entry{"vm1"});
    capture.recorder().record(Stamped{5});
    CHECK(capture.lines()[0] == R"({"vm_id":"vm1"})");
    REQUIRE(capture.events<Entry>().size() == 1);
    CHECK(capture.events<Entry>()[0].vm_id == "vm1");
    REQUIRE(capture.events<Stamped>().size() == 1);
    CHECK(capture.events<Stamped>()[0].number == 5);
}

TEST_CASE("a capture sees what several threads record") {
    notch::Capture capture;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) capture.recorder().record(Stamped{i});
    });
    for (std::thread& thread : threads) thread.join();
    CHECK(capture.events<Stamped>().size() == 4000);
    test::check_accounting(capture.recorder());
}

TEST_CASE("a line with the type's name that cannot be read as that type is told, each time anew, and forgotten by reset") {
    struct Impostor {
        double timestamp;
        std::string event;
        int status;
    };
    notch::Capture capture;
    capture.recorder().record(RunnerStop{1.0, "normal"});
    capture.recorder().record(Impostor{2.0, "runner_stop", 5});
    capture.recorder().record(Stamped{5});
    for (int times = 0; times < 2; ++times) {
        CHECK(capture.events<RunnerStop>().size() == 1);
        REQUIRE(capture.failures().size() == 1);
        CHECK(capture.failures()[0].code == notch::ErrorCode::type_mismatch);
        CHECK(capture.failures()[0].field == "/status");
    }
    capture.reset();
    CHECK(capture.failures().empty());
}

TEST_CASE("reset forgets also what the recorder has not handed on yet") {
    notch::RecorderOptions options;
    options.thread = false;
    notch::Capture capture{std::move(options)};
    capture.recorder().record(Stamped{1});
    capture.reset();
    CHECK(capture.lines().empty());
}
