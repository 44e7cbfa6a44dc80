// SPDX-License-Identifier: MIT
// From metrics to the log: which events are issued, with which values, and what happens when one cannot be.
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace notch::runner;
using notch::ErrorCode;

RunnerMetrics metrics_of_a_job() {
    return {.installed_timestamp = 100,
            .pre_job =
                {.timestamp = 110.5, .workflow = "tests", .workflow_run_id = "7", .repository = "o/r", .event = "push"},
            .post_job = PostJobMetrics{.timestamp = 130,
                                       .status = PostJobStatus::repo_policy_check_failure,
                                       .status_info = CodeInformation{403}},
            .runner_name = "runner-1"};
}

/// Writes so many lines and no more.
struct FailingSink {
    std::vector<std::string>* lines;
    std::size_t room;
    int* flushes = nullptr;

    notch::Delivery write(const notch::Batch& batch) {
        if (lines->size() == room) {
            notch::Error error;
            error.code = ErrorCode::write_failed;
            error.os_error = ENOSPC;
            return {0, error};
        }
        lines->emplace_back(batch.bytes);
        return {batch.lines.size(), {}};
    }
    notch::Result<void> flush() {
        if (flushes != nullptr) ++*flushes;
        return {};
    }
};

const std::string start_line =
    R"({"timestamp":110.5,"event":"runner_start","flavor":"large","workflow":"tests","repo":"o/r","github_event":"push","idle":10.5})";
const std::string stop_line =
    R"({"timestamp":130.0,"event":"runner_stop","flavor":"large","workflow":"tests","repo":"o/r","github_event":"push",)"
    R"("status":"repo-policy-check-failure","status_info":{"code":403},"job_duration":19.5})";

}  // namespace

TEST_CASE("a job is a start and a stop; without post-job metrics it is a start") {
    notch::Capture capture;
    RunnerMetrics metrics = metrics_of_a_job();
    const IssuedEvents both = issue_events(capture.recorder(), metrics, "large");
    CHECK(both.contains<RunnerStart>());
    CHECK(both.contains<RunnerStop>());
    CHECK(both.size() == 2);
    CHECK(capture.lines() == std::vector<std::string_view>{start_line, stop_line});
    capture.reset();
    metrics.post_job.reset();
    const IssuedEvents one = issue_events(capture.recorder(), metrics, "large");
    CHECK(one == IssuedEvents{.runner_start = true});
    CHECK_FALSE(one.contains<RunnerStop>());
    CHECK(capture.lines() == std::vector<std::string_view>{start_line});
}

TEST_CASE("what GitHub knows of the job goes along, when it is known") {
    notch::Capture capture;
    issue_events(capture.recorder(), metrics_of_a_job(), "large",
                 GithubJobMetrics{.queue_duration = 12.5, .conclusion = "cancelled"});
    CHECK(capture.events<RunnerStart>().at(0).queue_duration == 12.5);
    CHECK(capture.events<RunnerStop>().at(0).job_conclusion == "cancelled");
    capture.reset();
    issue_events(capture.recorder(), metrics_of_a_job(), "large", GithubJobMetrics{.queue_duration = 12.5});
    CHECK_FALSE(capture.events<RunnerStop>().at(0).job_conclusion);
}

TEST_CASE("durations that clocks make negative are 0, each by itself") {
    notch::Capture capture;
    RunnerMetrics metrics = metrics_of_a_job();
    metrics.installed_timestamp = 200;
    issue_events(capture.recorder(), metrics, "large", GithubJobMetrics{.queue_duration = -3});
    CHECK(capture.events<RunnerStart>().at(0).idle == 0.0);
    CHECK(capture.events<RunnerStart>().at(0).queue_duration == 0.0);
    CHECK(capture.events<RunnerStop>().at(0).job_duration == 19.5);
    capture.reset();
    metrics = metrics_of_a_job();
    metrics.post_job->timestamp = 1;
    CHECK(issue_events(capture.recorder(), metrics, "large").size() == 2);
    CHECK(capture.events<RunnerStart>().at(0).idle == 10.5);
    CHECK(capture.events<RunnerStop>().at(0).job_duration == 0.0);
    CHECK(capture.events<RunnerStop>().at(0).timestamp == 1.0);
}

TEST_CASE("a start that cannot be issued keeps the stop from being issued; a stop that cannot leaves the start") {
    std::vector<std::string> lines;
    std::vector<notch::Error> errors;
    const notch::ErrorHandler on_error = [&errors](const notch::Error& error) { errors.push_back(error); };
    for (std::size_t room = 0; room <= 2; ++room) {
        lines.clear();
        errors.clear();
        FailingSink sink{&lines, room};
        const IssuedEvents issued = issue_events(sink, metrics_of_a_job(), "large", {}, on_error);
        CHECK(issued == IssuedEvents{.runner_start = room > 0, .runner_stop = room > 1});
        CHECK(issued.size() == room);
        CHECK(lines.size() == room);
        CHECK(errors.size() == (room < 2 ? 1 : 0));
        for (const auto& error : errors) CHECK(error.os_error == ENOSPC);
    }

    // By its values: of a start nothing that is infinite can be written, of a stop neither.
    lines.clear();
    errors.clear();
    FailingSink sink{&lines, 9};
    RunnerMetrics metrics = metrics_of_a_job();
    metrics.pre_job.timestamp = std::numeric_limits<double>::infinity();
    CHECK(issue_events(sink, metrics, "large", {}, on_error).empty());
    metrics = metrics_of_a_job();
    metrics.post_job->timestamp = -1;
    CHECK(issue_events(sink, metrics, "large", {}, on_error) == IssuedEvents{.runner_start = true});
    CHECK(lines == std::vector<std::string>{start_line + "\n"});
    REQUIRE(errors.size() == 2);
    for (const auto& error : errors) {
        CHECK(error.code == ErrorCode::broken_rule);
        CHECK(error.field == "/timestamp");
    }
}

TEST_CASE("a recorder that drops the event has not issued it") {
    notch::Recorder recorder{notch::NullSink{}};
    CHECK(issue_events(recorder, metrics_of_a_job(), "large").size() == 2);
    recorder.close();
    std::vector<notch::Error> errors;
    CHECK(issue_events(recorder, metrics_of_a_job(), "large", {}, [&errors](const notch::Error& error) {
              errors.push_back(error);
          }).empty());
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].message() ==
          "record runner_start: expected a recorder that accepts the event, found one that is full or closed");
    CHECK(recorder.stats().recorded == 3);
}

TEST_CASE("a sink that takes no line has not issued the event, also when it does not say why") {
    struct Silent {
        std::size_t takes;
        notch::Delivery write(const notch::Batch&) { return {takes, {}}; }
    };
    Silent silent{0};
    const auto done = issue_event(silent, RunnerInstalled{.timestamp = 1});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::failed);
    CHECK(done.error().message() ==
          "write runner_installed: expected a sink that takes the line, found one that refuses it and does not say why");
    CHECK(issue_events(silent, metrics_of_a_job(), "large", {}, [](const notch::Error&) {}).empty());
    Silent taking{1};
    CHECK(issue_event(taking, RunnerInstalled{.timestamp = 1}));
}

TEST_CASE("the log is appended to, one line an event, and stands there when the call returns") {
    const test::TemporaryDirectory place;
    const std::string log = place / "runner-metrics.log";
    CHECK(issue_events(log, metrics_of_a_job(), "large").size() == 2);
    CHECK(test::contents(log) == start_line + "\n" + stop_line + "\n");
    CHECK(issue_event(log.c_str(), RunnerInstalled{.timestamp = 1, .flavor = "f", .duration = 2}));
    CHECK(test::lines_of(log).size() == 3);
    const auto refused = issue_event(log, RunnerInstalled{.timestamp = -1});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::broken_rule);
    CHECK(test::lines_of(log).size() == 3);
}

TEST_CASE("a log that cannot be written is an error with its path and what the system said") {
    const test::TemporaryDirectory place;
    const std::string log = place / "none/runner-metrics.log";
    const auto issued = issue_event(log, RunnerInstalled{});
    REQUIRE_FALSE(issued);
    CHECK(issued.error().code == ErrorCode::open_failed);
    CHECK(issued.error().os_error == ENOENT);
    CHECK(issued.error().message().find(log) != std::string::npos);
    CHECK_FALSE(issue_event(place.path(), RunnerInstalled{}));  // a directory
    int errors = 0;
    CHECK(issue_events(log, metrics_of_a_job(), "large", {}, [&errors](const notch::Error&) { ++errors; }).empty());
    CHECK(errors == 1);
}

TEST_CASE(
    "a sink of one's own is flushed after each event, and any struct is an event with the name that it gives itself") {
    struct Named {
        double timestamp = 0;
        std::string event{};
    };
    std::vector<std::string> lines;
    int flushes = 0;
    FailingSink sink{&lines, 9, &flushes};
    CHECK(issue_event(sink, Named{.timestamp = 1}));
    CHECK(issue_event(sink, Named{.timestamp = 2, .event = "another"}));
    CHECK(lines == std::vector<std::string>{"{\"timestamp\":1.0,\"event\":\"named\"}\n",
                                            "{\"timestamp\":2.0,\"event\":\"another\"}\n"});
    CHECK(flushes == 2);
}
