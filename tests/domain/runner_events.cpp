// SPDX-License-Identifier: MIT
// The lines of the runners' events, byte for byte, and what is read of the files that runners write.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace notch::runner;
using notch::ErrorCode;

std::string pre_job(const std::string& without = {}, const std::string& instead = {}) {
    const std::vector<std::pair<std::string, std::string>> members{{"timestamp", "1795190500.5"},
                                                                   {"workflow", "\"tests\""},
                                                                   {"workflow_run_id", "\"123\""},
                                                                   {"repository", "\"canonical/notch\""},
                                                                   {"event", "\"push\""}};
    std::string out;
    for (const auto& [key, value] : members) {
        const std::string& shown = key == without ? instead : value;
        if (!shown.empty()) out += (out.empty() ? "{\"" : ",\"") + key + "\":" + shown;
    }
    return out + "}";
}

template <class T>
ErrorCode code_of(const std::string& text) {
    const auto read = notch::from_json<T>(text);
    CAPTURE(text);
    REQUIRE_FALSE(read);
    return read.error().code;
}

}  // namespace

TEST_CASE("events are written as the original writes them, absent optionals left out") {
    CHECK(notch::to_line(RunnerInstalled{.timestamp = 1795190400.5, .flavor = "large", .duration = 61}) ==
          R"({"timestamp":1795190400.5,"event":"runner_installed","flavor":"large","duration":61.0})");
    RunnerStart start{.timestamp = 1, .flavor = "f", .workflow = "w", .repo = "o/r", .github_event = "push", .idle = 2};
    CHECK(
        notch::to_line(start) ==
        R"({"timestamp":1.0,"event":"runner_start","flavor":"f","workflow":"w","repo":"o/r","github_event":"push","idle":2.0})");
    start.queue_duration = 0.25;
    CHECK(notch::to_line(start).ends_with(R"("idle":2.0,"queue_duration":0.25})"));
    RunnerStop stop{.timestamp = 3,
                    .flavor = "f",
                    .workflow = "w",
                    .repo = "o/r",
                    .github_event = "push",
                    .status = "normal",
                    .job_duration = 4};
    CHECK(notch::to_line(stop) ==
          R"({"timestamp":3.0,"event":"runner_stop","flavor":"f","workflow":"w","repo":"o/r","github_event":"push",)"
          R"("status":"normal","job_duration":4.0})");
    stop.status_info = CodeInformation{-1};
    stop.job_conclusion = "timed_out";
    CHECK(notch::to_line(stop).ends_with(
        R"("status":"normal","status_info":{"code":-1},"job_duration":4.0,"job_conclusion":"timed_out"})"));
    Reconciliation reconciliation{
        .timestamp = 5, .flavor = "f", .crashed_runners = 1, .idle_runners = -2, .duration = 6};
    CHECK(
        notch::to_line(reconciliation) ==
        R"({"timestamp":5.0,"event":"reconciliation","flavor":"f","crashed_runners":1,"idle_runners":-2,"duration":6.0})");
    reconciliation.active_runners = 3;
    reconciliation.expected_runners = 4;
    CHECK(notch::to_line(reconciliation)
              .ends_with(R"("idle_runners":-2,"active_runners":3,"expected_runners":4,"duration":6.0})"));
}

TEST_CASE("what is written is read back equal, and a null stands for an absent optional") {
    const RunnerStop stop{.timestamp = 3,
                          .flavor = "f",
                          .workflow = "w\n\xc3\xa9",
                          .repo = "o/r",
                          .github_event = "push",
                          .status = "a word of a later version",
                          .status_info = CodeInformation{7},
                          .job_duration = 4,
                          .job_conclusion = "success"};
    const auto read = notch::from_line<RunnerStop>(notch::to_line(stop));
    REQUIRE(read);
    CHECK(*read == stop);
    const auto nulls = notch::from_line<RunnerStop>(
        R"({"timestamp":3,"event":"runner_stop","flavor":"f","workflow":"w","repo":"o/r","github_event":"push","status":"normal",)"
        R"("status_info":null,"job_duration":4,"job_conclusion":null,"added later":[1]})");
    REQUIRE(nulls);
    CHECK_FALSE(nulls->status_info);
    CHECK_FALSE(nulls->job_conclusion);
    const RunnerMetrics metrics{.installed_timestamp = 1,
                                .pre_job = {.repository = "o/r"},
                                .post_job = PostJobMetrics{},
                                .runner_name = "r",
                                .id = "1"};
    CHECK(notch::from_json<RunnerMetrics>(notch::to_json(metrics)).value_or(RunnerMetrics{}) == metrics);
}

TEST_CASE("a pre-job file: every rule, each beside a text that keeps it") {
    const auto read = notch::from_json<PreJobMetrics>(pre_job());
    REQUIRE(read);
    CHECK(*read == PreJobMetrics{.timestamp = 1795190500.5,
                                 .workflow = "tests",
                                 .workflow_run_id = "123",
                                 .repository = "canonical/notch",
                                 .event = "push"});
    CHECK(notch::from_json<PreJobMetrics>(pre_job("timestamp", "0,\"more\":{\"timestamp\":-1}")));
    CHECK(notch::from_json<PreJobMetrics>(pre_job("timestamp", "-0.0")));
    CHECK(code_of<PreJobMetrics>(pre_job("timestamp", "-1e-300")) == ErrorCode::broken_rule);
    for (const char* key : {"timestamp", "workflow", "workflow_run_id", "repository", "event"}) {
        CHECK(code_of<PreJobMetrics>(pre_job(key)) == ErrorCode::missing_field);
        CHECK(code_of<PreJobMetrics>(pre_job(key, "null")) == ErrorCode::type_mismatch);
        CHECK(code_of<PreJobMetrics>(pre_job(key, "[]")) == ErrorCode::type_mismatch);
        CHECK(code_of<PreJobMetrics>(pre_job(key, "true")) == ErrorCode::type_mismatch);
        CHECK(code_of<PreJobMetrics>(pre_job(key, key == std::string_view{"timestamp"} ? "\"12\"" : "12")) ==
              ErrorCode::type_mismatch);
    }
    for (const char* name : {"a/b", "a/b/c", "//a", "\xc3\xa9/\xc3\xa9"})
        CHECK(notch::from_json<PreJobMetrics>(pre_job("repository", '"' + std::string{name} + '"')));
    for (const char* name : {"", "a", "/", "/a", "a/", "//"})
        CHECK(code_of<PreJobMetrics>(pre_job("repository", '"' + std::string{name} + '"')) == ErrorCode::broken_rule);
    for (const char* text : {"", "{", "[]", "null", "1", "\"\""}) CHECK_FALSE(notch::from_json<PreJobMetrics>(text));
}

TEST_CASE("a post-job file: the three words, and a code that may be absent") {
    for (const char* word : {"normal", "abnormal", "repo-policy-check-failure"}) {
        const auto read =
            notch::from_json<PostJobMetrics>("{\"timestamp\":1,\"status\":\"" + std::string{word} + "\"}");
        REQUIRE(read);
        CHECK(notch::detail::text_of(read->status) == word);
        CHECK_FALSE(read->status_info);
    }
    for (const char* word : {"", "Normal", "repo_policy_check_failure", "normal "})
        CHECK(code_of<PostJobMetrics>("{\"timestamp\":1,\"status\":\"" + std::string{word} + "\"}") ==
              ErrorCode::unknown_value);
    const auto with = [](const std::string& info) {
        return R"({"timestamp":1,"status":"abnormal","status_info":)" + info + "}";
    };
    CHECK(notch::from_json<PostJobMetrics>(with(R"({"code":-403})"))->status_info == CodeInformation{-403});
    CHECK_FALSE(notch::from_json<PostJobMetrics>(with("null"))->status_info);
    CHECK(code_of<PostJobMetrics>(with("{}")) == ErrorCode::missing_field);
    CHECK(code_of<PostJobMetrics>(with("1")) == ErrorCode::type_mismatch);
    CHECK_FALSE(notch::from_json<PostJobMetrics>(with(R"({"code":1.0})")));
    CHECK(code_of<PostJobMetrics>(with(R"({"code":"1"})")) == ErrorCode::type_mismatch);
    CHECK(code_of<PostJobMetrics>(R"({"timestamp":-1,"status":"normal"})") == ErrorCode::broken_rule);
    CHECK(code_of<PostJobMetrics>(R"({"status":"normal"})") == ErrorCode::missing_field);
    CHECK(code_of<PostJobMetrics>(R"({"timestamp":1})") == ErrorCode::missing_field);
}

TEST_CASE("metrics of GitHub: one of its words, or none") {
    CHECK(notch::from_json<GithubJobMetrics>(R"({"queue_duration":-1.5})")->queue_duration == -1.5);
    for (const char* word :
         {"success", "failure", "cancelled", "skipped", "timed_out", "neutral", "action_required", "unknown"})
        CHECK(notch::from_json<GithubJobMetrics>("{\"queue_duration\":1,\"conclusion\":\"" + std::string{word} + "\"}")
                  ->conclusion == word);
    CHECK(code_of<GithubJobMetrics>(R"({"queue_duration":1,"conclusion":"fine"})") == ErrorCode::broken_rule);
    CHECK(code_of<GithubJobMetrics>(R"({"conclusion":"success"})") == ErrorCode::missing_field);
}

TEST_CASE("times and durations are finite and not negative") {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
    for (const double good : {0.0, 1.5, (std::numeric_limits<double>::max)()}) {
        CHECK(notch::keeps_rules(RunnerInstalled{.timestamp = good, .duration = good}));
        CHECK(notch::keeps_rules(RunnerStart{.timestamp = good, .idle = good, .queue_duration = good}));
        CHECK(notch::keeps_rules(RunnerStop{.timestamp = good, .job_duration = good}));
        CHECK(notch::keeps_rules(Reconciliation{.timestamp = good, .duration = good}));
    }
    for (const double bad : {-0.5, infinite, -infinite, not_a_number}) {
        CAPTURE(bad);
        CHECK_FALSE(notch::keeps_rules(RunnerInstalled{.timestamp = bad}));
        CHECK_FALSE(notch::keeps_rules(RunnerInstalled{.duration = bad}));
        CHECK_FALSE(notch::keeps_rules(RunnerStart{.timestamp = bad}));
        CHECK_FALSE(notch::keeps_rules(RunnerStart{.idle = bad}));
        CHECK_FALSE(notch::keeps_rules(RunnerStart{.queue_duration = bad}));
        CHECK_FALSE(notch::keeps_rules(RunnerStop{.timestamp = bad}));
        CHECK_FALSE(notch::keeps_rules(RunnerStop{.job_duration = bad}));
        CHECK_FALSE(notch::keeps_rules(Reconciliation{.timestamp = bad}));
        CHECK_FALSE(notch::keeps_rules(Reconciliation{.duration = bad}));
    }
}

TEST_CASE("a decimal number as text is taken as shells and Python write it, and nothing else is") {
    const auto number = [](std::string_view text) {
        const auto read = notch::from_json<double>(notch::detail::decimal_as_json(text));
        return read ? std::optional<double>{*read} : std::nullopt;
    };
    for (const char* text :
         {"1795190400.5", " 1795190400.5\n", "\t\v\f\r\n1795190400.50 ", "+1795190400.5", "001795190400.5",
          "17951904005e-1", "17951904005E-01", "1.7951904005e+9", "1.7951904005e09"})
        CHECK(number(text) == 1795190400.5);
    CHECK(number(".5") == 0.5);
    CHECK(number("5.") == 5.0);
    CHECK(number("5.e1") == 50.0);
    CHECK(number("000") == 0.0);
    CHECK(number("-2") == -2.0);
    CHECK(number("1e-400") == 0.0);
    for (const char* text : {"",
                             " ",
                             ".",
                             "+",
                             "-",
                             "e5",
                             "1e",
                             "1e+",
                             "+-1",
                             "--1",
                             "1 2",
                             "1,5",
                             "1_000",
                             "0x1p3",
                             "inf",
                             "nan",
                             "Infinity",
                             "1.2.3",
                             "1e5.5",
                             "\"1\"",
                             "1\n2",
                             "\xef\xbc\x91",
                             "\xc2\xa0"
                             "1",
                             "1e999"})
        CHECK_FALSE(number(text));
    CHECK_FALSE(number(std::string_view{"1\0", 2}));
}
