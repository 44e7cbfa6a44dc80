// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

struct Host {
    std::string host;
    std::int32_t pid;
};
struct Tick {
    double timestamp;
    int number;
};
struct OwnHost {
    double timestamp;
    std::optional<std::string> host;
};
struct Metered {
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
    int number;
};

/// The one line that the event becomes.
template <class E>
std::string line_of(notch::RecorderOptions options, const E& event) {
    notch::Capture capture{std::move(options)};
    CHECK(capture.recorder().record(event));
    REQUIRE(capture.lines().size() == 1);
    test::check_accounting(capture.recorder());
    return std::string{capture.lines()[0]};
}

notch::RecorderOptions with(notch::CommonFields common) {
    notch::RecorderOptions options;
    options.common = std::move(common);
    return options;
}

}  // namespace

TEST_CASE("common fields end every line with an envelope") {
    CHECK(line_of(with(Host{"a1", 4711}), Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2,"host":"a1","pid":4711})");
    CHECK(line_of(with({}), Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2})");
    CHECK(line_of({.common = Host{"b", 1}}, Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2,"host":"b","pid":1})");
}

TEST_CASE("a common value may hold every character of JSON") {
    const std::string value = R"("},{"timestamp":[\"])";
    const notch::CommonFields common = Host{value, 1};
    const std::string line = line_of(with(common), Tick{1.5, 2});
    CHECK(line == R"({"timestamp":1.5,"event":"tick","number":2,"host":)" + notch::to_json(value) + R"(,"pid":1})");
    CHECK(line_of(with(common), OwnHost{1.5, "mine"}) == R"({"timestamp":1.5,"event":"own_host","host":"mine","pid":1})");
}

TEST_CASE("common fields may be much longer than the event") {
    const std::string value(300'000, 'x');
    CHECK(line_of(with(Host{value, 1}), Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2,"host":")" + value + R"(","pid":1})");
}

TEST_CASE("a key that the event has itself is left out, also when the event leaves it out") {
    const notch::CommonFields common = Host{"a1", 4711};
    CHECK(line_of(with(common), OwnHost{1.5, "mine"}) == R"({"timestamp":1.5,"event":"own_host","host":"mine","pid":4711})");
    CHECK(line_of(with(common), OwnHost{1.5, {}}) == R"({"timestamp":1.5,"event":"own_host","pid":4711})");
}

TEST_CASE("a key that only begins like an event's is kept") {
    const std::map<std::string, int> common{{"numbers", 1}, {"num", 2}};
    CHECK(line_of(with(common), Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2,"num":2,"numbers":1})");
}

TEST_CASE("the envelope's keys and reserved ones are never repeated") {
    const std::map<std::string, int> common{{"timestamp", 1}, {"event", 2}, {"notch_id", 3}, {"notchless", 4}, {"events", 5}};
    CHECK(line_of(with(common), Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2,"events":5,"notchless":4})");
}

TEST_CASE("values of every shape are cut at the right places") {
    struct Nested {
        std::string text;
        std::vector<Host> hosts;
        std::map<std::string, std::vector<int>> map;
        Host last;
    };
    const Nested nested{"a,\"b\":{}[\\", {{"x}", 1}, {"y]", 2}}, {{"k,", {1, 2}}}, {"z", 3}};
    const std::string json = notch::to_json(nested);
    CHECK(line_of(with(nested), Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2,)" + json.substr(1));
    CHECK(notch::validate_json(line_of(with(nested), Tick{1.5, 2})));
}

TEST_CASE("nothing in common is nothing written") {
    struct Nothing {
        std::optional<int> absent;
    };
    CHECK(line_of(with(Nothing{}), Tick{1.5, 2}) == R"({"timestamp":1.5,"event":"tick","number":2})");
}

TEST_CASE("events without an envelope stay as they are") { CHECK(line_of(with(Host{"a1", 1}), Metered{7}) == R"({"number":7})"); }

TEST_CASE("several types through one recorder keep their own") {
    notch::Capture capture{with(Host{"a1", 1})};
    for (int i = 0; i < 3; ++i) {
        capture.recorder().record(Tick{1.5, i});
        capture.recorder().record(OwnHost{1.5, "mine"});
        capture.recorder().record(Metered{i});
    }
    const auto lines = capture.lines();
    REQUIRE(lines.size() == 9);
    for (std::size_t i = 0; i < 9; i += 3) {
        CHECK(lines[i] == R"({"timestamp":1.5,"event":"tick","number":)" + std::to_string(i / 3) + R"(,"host":"a1","pid":1})");
        CHECK(lines[i + 1] == R"({"timestamp":1.5,"event":"own_host","host":"mine","pid":1})");
    }
}
