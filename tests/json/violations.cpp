// SPDX-License-Identifier: MIT
// Broken rules as errors: while a text is read, all of them on request, and of a value in memory.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using notch::ErrorCode;

namespace {

struct Usage {
    double idle = 0;
    std::optional<double> wait{};
    static constexpr auto notch_options() {
        return notch::options(notch::field("idle", notch::non_negative), notch::field("wait", notch::maximum(10U)));
    }
};

struct Run {
    std::string repo = "o/r";
    std::string conclusion = "success";
    std::vector<std::string> tags{};
    std::map<std::string, int> counts{};
    std::vector<Usage> usages{};
    static constexpr auto notch_options() {
        return notch::options(
            notch::field("repo", notch::rename("repository"), notch::pattern("?*/?*"), notch::length(3, 8)),
            notch::field("conclusion", notch::defaulted, notch::one_of("success", "failure")),
            notch::field("tags", notch::defaulted, notch::length(0, 2), notch::pattern("?*")),
            notch::field("counts", notch::defaulted, notch::minimum(-1), notch::maximum(1)),
            notch::field("usages", notch::defaulted));
    }
};

std::vector<std::string> messages(const std::vector<notch::Error>& errors) {
    std::vector<std::string> out;
    for (const notch::Error& error : errors) {
        CHECK(error.code == ErrorCode::broken_rule);
        out.push_back(error.message());
    }
    return out;
}

}  // namespace

TEST_CASE("reading ends with the first broken rule") {
    const auto run = notch::from_json<Run>(R"({"repository":"nobody","conclusion":"skipped"})");
    REQUIRE_FALSE(run);
    CHECK(run.error().code == ErrorCode::broken_rule);
    CHECK(run.error().message() ==
          "line 1, column 15, /repository: expected a text that matches \"?*/?*\", found \"nobody\"");
    CHECK(notch::from_json<Run>(R"({"repository":"o/r","conclusion":"failure"})"));
    CHECK(notch::from_json<Usage>(R"({"idle":-0.5})").error().message() ==
          "line 1, column 9, /idle: expected at least 0, found -0.5");
    CHECK(notch::from_json<Usage>(R"({"idle":0,"wait":10.5})").error().message() ==
          "line 1, column 18, /wait: expected at most 10, found 10.5");
    CHECK(notch::from_json<Usage>(R"({"idle":0,"wait":null})"));
    CHECK(notch::from_line<Usage>(R"({"event":"usage","idle":-1})").error().code == ErrorCode::broken_rule);
}

TEST_CASE("all broken rules of a document, in its order, with their places") {
    constexpr std::string_view text =
        "{\"repository\":\"no repository\",\n"
        " \"conclusion\":\"skipped\",\n"
        " \"tags\":[\"a\",\"\",\"long\"],\n"
        " \"counts\":{\"x\":-2,\"y\":0,\"z\":2},\n"
        " \"usages\":[{\"idle\":-1},{\"wait\":11,\"idle\":0}]}";
    std::vector<notch::Error> violations;
    const auto run = notch::from_json<Run>(text, {}, violations);
    REQUIRE_FALSE(run);
    CHECK(messages(violations) ==
          std::vector<std::string>{
              "line 1, column 15, /repository: expected a text that matches \"?*/?*\", found \"no repository\"",
              "line 1, column 15, /repository: expected a length in [3, 8], found a length of 13",
              "line 2, column 15, /conclusion: expected one of \"success\", \"failure\", found \"skipped\"",
              "line 3, column 9, /tags: expected a length in [0, 2], found a length of 3",
              "line 3, column 14, /tags/1: expected a text that matches \"?*\", found \"\"",
              "line 4, column 16, /counts/x: expected at least -1, found -2",
              "line 4, column 29, /counts/z: expected at most 1, found 2",
              "line 5, column 20, /usages/0/idle: expected at least 0, found -1",
              "line 5, column 32, /usages/1/wait: expected at most 10, found 11",
          });
    CHECK(run.error().message() == violations.front().message());

    violations.clear();
    CHECK(notch::from_json<Run>(R"({"repository":"o/r"})", {}, violations));
    CHECK(violations.empty());
}

TEST_CASE("an error of another kind ends reading; the rules broken before it are there") {
    std::vector<notch::Error> violations;
    const auto run = notch::from_json<Run>(R"({"repository":"nobody","conclusion":7})", {}, violations);
    REQUIRE_FALSE(run);
    CHECK(run.error().code == ErrorCode::type_mismatch);
    CHECK(violations.size() == 1);
    // What was in the vector before stays.
    CHECK_FALSE(notch::from_line<Usage>(R"({"event":"usage","idle":-1})", {}, violations));
    CHECK(violations.size() == 2);
    CHECK(violations[1].field == "/idle");
    CHECK_FALSE(notch::from_json<Usage>(std::string{R"({"idle":-1})"}, {}, violations));
    CHECK(violations.size() == 3);
}

TEST_CASE("no document makes more than a hundred of them") {
    std::string text = R"({"repository":"o/r","usages":[)";
    for (int i = 0; i < 5'000; ++i) text += R"({"idle":-1},)";
    text.back() = ']';
    text += '}';
    std::vector<notch::Error> violations;
    CHECK_FALSE(notch::from_json<Run>(text, {}, violations));
    CHECK(violations.size() == 100);
    CHECK(violations.back().field == "/usages/99/idle");

    Run run;
    run.usages.assign(5'000, Usage{-1, 11});
    CHECK(notch::check_rules(run).size() == 100);
}

TEST_CASE("check_rules asks a value in memory") {
    CHECK(notch::check_rules(Run{}).empty());
    const Run run{
        .repo = "nobody", .tags = {"", "b", "c"}, .counts = {{"a/b", 7}}, .usages = {Usage{0, 1}, Usage{-0.5, 10.5}}};
    CHECK(messages(notch::check_rules(run)) ==
          std::vector<std::string>{
              "/repository: expected a text that matches \"?*/?*\", found \"nobody\"",
              "/tags: expected a length in [0, 2], found a length of 3",
              "/tags/0: expected a text that matches \"?*\", found \"\"",
              "/counts/a~1b: expected at most 1, found 7",
              "/usages/1/idle: expected at least 0, found -0.5",
              "/usages/1/wait: expected at most 10, found 10.5",
          });
}
