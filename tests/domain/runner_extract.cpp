// SPDX-License-Identifier: MIT
// Which runners are extracted, cleaned up or put in quarantine, and that every decision is told.
#include "notch.hpp"

#include "../support/runners.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace notch::runner;
using notch::ErrorCode;
using test::Names;
using test::RunnerPlace;
using Decided = std::multiset<std::string>;

}  // namespace

TEST_CASE("a runner's three files become its metrics, and its directory goes") {
    RunnerPlace place;
    place.runner("whole");
    place.runner("running", " 1795190400.5 ", test::good_pre_job, "");
    const auto runners = test::extract(place, place.options());
    REQUIRE(runners.size() == 2);
    RunnerMetrics whole = runners.at("whole");
    whole.id.clear();
    CHECK(whole == RunnerMetrics{.installed_timestamp = 1795190400.5,
                                 .pre_job = {.timestamp = 1795190500.5,
                                             .workflow = "tests",
                                             .workflow_run_id = "7",
                                             .repository = "canonical/notch",
                                             .event = "push"},
                                 .post_job = PostJobMetrics{.timestamp = 1795190600.5,
                                                            .status = PostJobStatus::abnormal,
                                                            .status_info = CodeInformation{3}},
                                 .runner_name = "whole"});
    CHECK_FALSE(runners.at("running").post_job);
    CHECK(runners.at("running").installed_timestamp == 1795190400.5);
    CHECK(place.decided() == Decided{"yielded whole", "removed whole", "yielded running", "removed running"});
    CHECK(test::names_in(place.base).empty());
    CHECK(place.errors.empty());
    CHECK(test::extract(place, place.options()).empty());
}

TEST_CASE(
    "orphans, without an installed timestamp or a pre-job file, are cleaned up; what else is in them does not count") {
    RunnerPlace place;
    place.runner("empty", "", "", "");
    place.runner("not-installed", "");
    place.runner("no-job", test::good_installed, "", "");
    place.runner("only-post", "", "", "{");
    place.runner("bad-time-no-job", "yesterday", "", test::good_post_job);
    place.runner("good");
    test::put(place / "empty/unknown", "not read");
    CHECK(test::extract(place, place.options()).size() == 1);
    CHECK(place.decided() == Decided{"cleaned_up empty", "cleaned_up not-installed", "cleaned_up no-job",
                                     "cleaned_up only-post", "cleaned_up bad-time-no-job", "yielded good",
                                     "removed good"});
    CHECK(test::names_in(place.base).empty());
    CHECK(test::kept_in(place.bad).empty());
    CHECK(place.errors.empty());
}

TEST_CASE("what is corrupt goes to the quarantine with its reason, and keeps nobody from being extracted") {
    const std::vector<std::array<std::string, 4>> cases{
        // installed, pre-job, post-job, what the error says
        {"yesterday", test::good_pre_job, test::good_post_job,
         "runner-installed.timestamp: expected a decimal number that is at least 0, found yesterday"},
        {"-1", test::good_pre_job, test::good_post_job,
         "runner-installed.timestamp: expected a decimal number that is at least 0, found -1"},
        {" \n", test::good_pre_job, test::good_post_job,
         "runner-installed.timestamp: expected a decimal number that is at least 0, found  \\u000a"},
        {"nan", test::good_pre_job, test::good_post_job, "found nan"},
        {"1", "{", test::good_post_job, "pre-job-metrics.json, line 1, column 2: expected a key in quotes"},
        {"1", "[]", test::good_post_job, "pre-job-metrics.json, line 1, column 1: expected an object"},
        {"1", "{}", test::good_post_job, "pre-job-metrics.json"},
        {"1", test::good_pre_job + "x", test::good_post_job, "pre-job-metrics.json"},
        {"1", R"({"timestamp":-1,"workflow":"","workflow_run_id":"","repository":"a/b","event":""})", "",
         "/timestamp: expected at least 0, found -1"},
        {"1", R"({"timestamp":1,"workflow":"","workflow_run_id":"","repository":"nobody","event":""})", "",
         "/repository: expected a text that matches \"?*/?*\""},
        {"1", R"({"timestamp":"1","workflow":"","workflow_run_id":"","repository":"a/b","event":""})", "",
         "/timestamp: expected a number"},
        {"1", test::good_pre_job, "null", "post-job-metrics.json, line 1, column 1: expected an object"},
        {"1", test::good_pre_job, R"({"timestamp":1,"status":"fine"})",
         "/status: expected one of \"normal\", \"abnormal\", \"repo-policy-check-failure\""},
        {"1", test::good_pre_job, R"({"timestamp":1,"status":"normal","status_info":{"code":"1"}})",
         "/status_info/code: expected an integer"},
        {"1", test::good_pre_job, R"({"timestamp":1,"timestamp":1,"status":"normal"})", "/timestamp"},
    };
    for (const auto& [installed, pre_job, post_job, message] : cases) {
        const std::string says = message;
        CAPTURE(says);
        RunnerPlace place;
        place.runner("a-good");
        place.runner("m-bad", installed, pre_job, post_job);
        place.runner("z-good");
        CHECK(test::extract(place, place.options()).size() == 2);
        CHECK(place.decided() ==
              Decided{"yielded a-good", "removed a-good", "quarantined m-bad !", "yielded z-good", "removed z-good"});
        CHECK(test::names_in(place.base).empty());
        REQUIRE(place.errors.size() == 1);
        CAPTURE(place.errors[0].message());
        CHECK(place.errors[0].message().find(says) != std::string::npos);
        CHECK(place.errors[0].message().starts_with(place / "m-bad/"));
        const auto reasons = test::reasons_in(place.bad);
        CHECK(reasons.size() == (post_job.empty() ? 2 : 3));
        for (const auto& reason : reasons) CHECK(reason.error == place.errors[0].message());
        Names kept{installed, pre_job};
        if (!post_job.empty()) kept.push_back(post_job);
        std::sort(kept.begin(), kept.end());
        CHECK(test::kept_in(place.bad) == kept);
    }
}

TEST_CASE("the limit holds for each of the files, orphans included: 1024 bytes are read, 1025 are corrupt") {
    RunnerPlace place;
    const auto padded = [](const std::string& text, std::size_t size) {
        return text + std::string(size - text.size(), ' ');
    };
    place.runner("full", padded("1", 1024), padded(test::good_pre_job, 1024), padded(test::good_post_job, 1024));
    place.runner("installed", padded("1", 1025));
    place.runner("pre", "1", padded(test::good_pre_job, 1025));
    place.runner("post", "1", test::good_pre_job, padded(test::good_post_job, 1025));
    place.runner("orphan", "", "", padded(test::good_post_job, 100'000));
    CHECK(test::extract(place, place.options()).size() == 1);
    CHECK(place.decided() == Decided{"yielded full", "removed full", "quarantined installed !", "quarantined pre !",
                                     "quarantined post !", "quarantined orphan !"});
    for (const auto& error : place.errors) CHECK(error.code == ErrorCode::limit);
    for (const auto& reason : test::reasons_in(place.bad)) CHECK(reason.kept <= 1024);
    CHECK(test::names_in(place.base).empty());

    place.runner("small", "1");
    ExtractOptions options = place.options();
    options.max_file_bytes = 20;
    CHECK(test::extract(place, options).empty());
    CHECK(place.errors.back().code == ErrorCode::limit);
}

TEST_CASE("ignored runners are left alone, whatever holds their names") {
    RunnerPlace place;
    for (const char* name : {"one", "two", "three"}) place.runner(name);
    CHECK(test::extract(place, place.options(), std::set<std::string>{"one", "two", "three", "four"}).empty());
    CHECK(place.decided() == Decided{"ignored one", "ignored two", "ignored three"});
    CHECK(test::extract(place, place.options(), std::vector<const char*>{"one", "two", "three"}).empty());
    const std::string_view views[] = {"one", "two", "three"};
    CHECK(test::extract(place, place.options(), views).empty());
    CHECK(test::names_in(place.base).size() == 3);
    std::set<std::string> names;
    for (auto& metrics : notch::runner::extract(place.base, {"two", "three"}, place.options()))
        names.insert(metrics.runner_name);
    CHECK(names == std::set<std::string>{"one"});
    for (auto& metrics :
         notch::runner::extract(std::filesystem::path{place.base}.string(), {}, {.quarantine = place.bad}))
        names.insert(metrics.runner_name);
    CHECK(names.size() == 3);
}

TEST_CASE("what is asked for may be gone before the loop begins: everything is copied") {
    RunnerPlace place;
    place.runner("one");
    place.runner("two");
    std::optional<std::string> base{place.base};
    std::optional<std::set<std::string>> ignored{{"two"}};
    std::optional<ExtractOptions> options{place.options()};
    auto extraction = notch::runner::extract(*base, *ignored, *options);
    base.reset();
    ignored.reset();
    options.reset();
    std::vector<std::string> names;
    for (auto& metrics : extraction) names.push_back(metrics.runner_name);
    CHECK(names == std::vector<std::string>{"one"});
    CHECK(place.decisions.size() == 3);
}

TEST_CASE("a loop that is left yields its runner again with the same id, here and anywhere; then it is removed") {
    RunnerPlace place;
    place.runner("one");
    std::string id;
    {
        auto extraction = notch::runner::extract(place.base, {}, place.options());
        for (auto& metrics : extraction) {
            id = metrics.id;
            break;
        }
        for (auto& metrics : extraction) {
            CHECK(metrics.id == id);
            CHECK(test::claims_in(place.base).size() == 1);
            break;
        }
    }
    int times = 0;
    for (auto& metrics : notch::runner::extract(place.base, {}, place.options())) {
        CHECK(metrics.id == id);
        CHECK(metrics.runner_name == "one");
        ++times;
    }
    CHECK(times == 1);
    CHECK(place.decisions == std::vector<std::string>{"yielded one", "yielded one", "removed one"});
    place.runner("one");  // another directory of that name is another runner
    for (auto& metrics : notch::runner::extract(place.base)) CHECK(metrics.id != id);
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("a consumer that dies has lost nothing") {
    RunnerPlace place;
    for (int i = 0; i < 3; ++i) place.runner("runner-" + std::to_string(i));
    const auto first = [&place](std::set<std::string>& ids) {
        auto extraction = notch::runner::extract(place.base);
        const RunnerMetrics* const metrics = extraction.next();
        if (metrics == nullptr) return 1;
        ids.insert(metrics->id);
        test::put(place.place / "id", metrics->id);
        ::_exit(0);
    };
    std::set<std::string> ids;
    CHECK(test::exit_status_of([&] { return first(ids); }) == 0);
    const std::string id = test::contents(place.place / "id");
    for (auto& metrics : notch::runner::extract(place.base)) ids.insert(metrics.id);
    CHECK(ids.size() == 3);
    CHECK(ids.count(id) == 1);
}

TEST_CASE("the names of the files can be others") {
    RunnerPlace place;
    test::make(place / "one");
    test::put(place / "one/a", "1");
    test::put(place / "one/b", test::good_pre_job);
    test::put(place / "one/c", test::good_post_job);
    place.runner("two");
    ExtractOptions options = place.options();
    options.installed_file = "a";
    options.pre_job_file = "b";
    options.post_job_file = "c";
    const auto runners = test::extract(place, options, std::set<std::string>{"two"});
    REQUIRE(runners.size() == 1);
    CHECK(runners.at("one").post_job);
}

TEST_CASE("without a quarantine what is corrupt is reported and left; the caps of one hold") {
    RunnerPlace place;
    for (int i = 0; i < 4; ++i) place.runner("bad-" + std::to_string(i), "never");
    ExtractOptions options = place.options();
    options.quarantine.clear();
    CHECK(test::extract(place, options).empty());
    CHECK(place.decided() == Decided{"left bad-0 !", "left bad-1 !", "left bad-2 !", "left bad-3 !"});
    CHECK(place.errors.size() == 4);
    options = place.options();
    options.max_runners = 2;
    CHECK(test::extract(place, options).empty());
    CHECK(test::names_in(place.base).size() == 2);
    options = place.options();
    options.max_quarantined_files = 3;
    CHECK(test::extract(place, options).empty());
    CHECK(test::kept_in(place.bad).size() == 3);
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("where nothing is asked for, the files have the reference's names and limit, and a quarantine keeps so much for a month") {
    const ExtractOptions options;
    CHECK(options.quarantine.empty());
    CHECK(options.installed_file == "runner-installed.timestamp");
    CHECK(options.pre_job_file == "pre-job-metrics.json");
    CHECK(options.post_job_file == "post-job-metrics.json");
    CHECK(options.max_file_bytes == 1024);
    CHECK(options.max_runners == 1'000'000);
    CHECK(options.max_quarantined_files == 1'000);
    CHECK(options.max_quarantined_bytes == 64 * 1024 * 1024);
    CHECK(options.max_quarantined_age == std::chrono::hours{30 * 24});
    CHECK(options.claims.empty());
}

TEST_CASE("every option reaches the intake") {
    ExtractOptions options;
    options.quarantine = "bad";
    options.installed_file = "1";
    options.pre_job_file = "2";
    options.post_job_file = "3";
    options.max_file_bytes = 4;
    options.max_runners = 5;
    options.max_quarantined_files = 6;
    options.max_quarantined_bytes = 7;
    options.max_quarantined_age = std::chrono::seconds{8};
    options.claims = "claims";
    options.on_decision = [](const notch::IntakeNotice&) {};
    options.on_error = [](const notch::Error&) {};
    const notch::IntakeOptions intake = notch::detail::runner_intake("base", options);
    CHECK(intake.path == "base");
    CHECK(intake.files == std::vector<std::string>{"1", "2", "3"});
    CHECK(intake.limits.max_bytes == 4);
    CHECK(intake.max_entries == 5);
    CHECK(intake.quarantine.path == "bad");
    CHECK(intake.quarantine.max_files == 6);
    CHECK(intake.quarantine.max_bytes == 7);
    CHECK(intake.quarantine.max_age == std::chrono::seconds{8});
    CHECK(intake.claims == "claims");
    CHECK(intake.on_decision);
    CHECK(intake.on_error);
}

TEST_CASE("a directory that cannot be opened is told, and the loop has nothing") {
    RunnerPlace place;
    int runners = 0;
    for (auto& metrics : notch::runner::extract(place / "none", {}, place.options()))
        runners += metrics.id.empty() ? 1 : 2;
    CHECK(runners == 0);
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].code == ErrorCode::open_failed);
    CHECK(place.errors[0].place == place / "none");
    ExtractOptions options = place.options();
    options.quarantine = place / "none/bad";
    place.runner("one");
    CHECK(test::extract(place, options).empty());
    CHECK(place.errors.size() == 2);
    CHECK(test::names_in(place.base) == Names{"one"});
}

TEST_CASE("a runner whose removal fails was yielded and is told as kept; the others go on") {
    RunnerPlace place;
    for (const char* name : {"a", "m", "z"}) place.runner(name);
    const std::string claims = place.base + "/.notch-intake";
    std::string stuck;
    std::string id;
    std::set<std::string> names;
    for (auto& metrics : notch::runner::extract(place.base, {}, place.options())) {
        names.insert(metrics.runner_name);
        if (!stuck.empty()) continue;
        stuck = metrics.runner_name;
        id = metrics.id;
        // Somebody with this user's rights takes the claim away.
        const std::string claim = claims + "/" + test::names_in(claims).at(0) + "/" + id;
        REQUIRE(::rename(claim.c_str(), (place.place / "hidden").c_str()) == 0);
    }
    CHECK(names.size() == 3);
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].code == ErrorCode::write_failed);
    CHECK(place.errors[0].os_error == ENOENT);
    CHECK(place.decided().count("kept " + stuck + " !") == 1);
    CHECK(place.decided().count("removed " + stuck) == 0);
}
