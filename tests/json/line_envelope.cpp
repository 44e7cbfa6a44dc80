// SPDX-License-Identifier: MIT
// to_line: the time, the name, then the fields; and what a struct can change of that.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::int64_t fixed_clock() { return 1'795'190'400'123'456; }

template <class T>
std::string line_of(const T& event) {
    return notch::to_line(event, fixed_clock);
}

struct RunnerStart {
    std::string flavor;
    std::string repo;
    std::optional<double> queue_duration{};
};
struct Nothing {};

template <class Time>
struct Timed {
    int before = 1;
    Time timestamp{};
    int after = 2;
    static constexpr std::string_view notch_name() { return "timed"; }
};

struct Named {
    int before = 1;
    std::string event;
    int after = 2;
};
struct NamedByView {
    std::string_view event;
};
struct Both {
    std::string event;
    int n = 1;
    double timestamp = 0.5;
};
struct Renamed {
    std::string kind;
    double at = 1.5;
    static constexpr auto notch_options() {
        return notch::options(notch::field("kind", notch::rename("event")),
                              notch::field("at", notch::rename("timestamp")));
    }
};
struct OddName {
    static constexpr std::string_view notch_name() { return "say \"hi\"\n"; }
};
struct UnixTime {
    std::chrono::sys_time<std::chrono::milliseconds> timestamp{std::chrono::milliseconds{1'700'000'000'250}};
    static constexpr auto notch_options() { return notch::field("timestamp", notch::unix_seconds); }
};
struct Off {
    std::string event = "data";
    std::optional<double> timestamp{};
    int n = 1;
    static constexpr auto notch_options() { return notch::no_envelope; }
};
struct OffAndEmpty {
    std::optional<int> a{};
    static constexpr auto notch_options() { return notch::no_envelope; }
};
struct OmitsEnvelope {
    double timestamp = 0;
    std::string event{};
    int n = 0;
    static constexpr auto notch_options() {
        return notch::options(notch::field("timestamp", notch::omit_empty), notch::field("event", notch::omit_empty),
                              notch::field("n", notch::omit_empty));
    }
};
struct Outer {
    Both inner;
    std::vector<Both> list;
};

}  // namespace

TEST_CASE("the time, the name, the fields") {
    CHECK(line_of(RunnerStart{"small", "canonical/notch"}) ==
          R"({"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","repo":"canonical/notch"})");
    CHECK(
        line_of(RunnerStart{"small", "o/r", 0.5}) ==
        R"({"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","repo":"o/r","queue_duration":0.5})");
    CHECK(line_of(Nothing{}) == R"({"timestamp":1795190400.123456,"event":"nothing"})");
    CHECK(line_of(OddName{}) == R"({"timestamp":1795190400.123456,"event":"say \"hi\"\u000a"})");
}

TEST_CASE("a member timestamp of any kind is used as it stands, and stands first") {
    using namespace std::chrono_literals;
    CHECK(line_of(Timed<double>{1, 1700000000.25, 2}) ==
          R"({"timestamp":1700000000.25,"event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<std::int64_t>{1, -7, 2}) == R"({"timestamp":-7,"event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<std::string>{1, "now", 2}) == R"({"timestamp":"now","event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<std::chrono::sys_seconds>{1, std::chrono::sys_seconds{1s}, 2}) ==
          R"({"timestamp":"1970-01-01T00:00:01Z","event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<std::chrono::milliseconds>{1, 1500ms, 2}) ==
          R"({"timestamp":1.5,"event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<std::optional<double>>{1, 0.5, 2}) ==
          R"({"timestamp":0.5,"event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<std::optional<double>>{}) == R"({"timestamp":null,"event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<std::vector<int>>{1, {1, 2}, 2}) ==
          R"({"timestamp":[1,2],"event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<Nothing>{}) == R"({"timestamp":{},"event":"timed","before":1,"after":2})");
    CHECK(line_of(Timed<notch::RawJson>{1, {"{ }"}, 2}) == R"({"timestamp":{},"event":"timed","before":1,"after":2})");
    CHECK(line_of(UnixTime{}) == R"({"timestamp":1700000000.25,"event":"unix_time"})");
}

TEST_CASE("a text member event overrides the name when it is not empty") {
    CHECK(line_of(Named{1, "vm.start", 2}) ==
          R"({"timestamp":1795190400.123456,"event":"vm.start","before":1,"after":2})");
    CHECK(line_of(Named{1, "", 2}) == R"({"timestamp":1795190400.123456,"event":"named","before":1,"after":2})");
    CHECK(line_of(NamedByView{"view"}) == R"({"timestamp":1795190400.123456,"event":"view"})");
    CHECK(line_of(NamedByView{}) == R"({"timestamp":1795190400.123456,"event":"named_by_view"})");
    CHECK(line_of(Named{1, "say \"\xff\"\n", 2}) ==
          "{\"timestamp\":1795190400.123456,\"event\":\"say \\\"\xef\xbf\xbd\\\"\\n\",\"before\":1,\"after\":2}");
    CHECK(line_of(Named{1, std::string(5000, 'n'), 2}).substr(30, 5013) ==
          ",\"event\":\"" + std::string(5000, 'n') + "\",\"");
}

TEST_CASE("both, in whatever order and by whatever name") {
    CHECK(line_of(Both{"own", 1, 0.5}) == R"({"timestamp":0.5,"event":"own","n":1})");
    CHECK(line_of(Both{}) == R"({"timestamp":0.5,"event":"both","n":1})");
    CHECK(line_of(Renamed{"own", 2.5}) == R"({"timestamp":2.5,"event":"own"})");
    CHECK(line_of(Renamed{}) == R"({"timestamp":1.5,"event":"renamed"})");
}

TEST_CASE("elsewhere than in a line they are data") {
    CHECK(notch::to_json(Both{"", 1, 0.5}) == R"({"event":"","n":1,"timestamp":0.5})");
    CHECK(notch::to_json(Named{1, "e", 2}) == R"({"before":1,"event":"e","after":2})");
    CHECK(
        line_of(Outer{{"in", 2, 0.25}, {{"", 3, 0.5}}}) ==
        R"({"timestamp":1795190400.123456,"event":"outer","inner":{"event":"in","n":2,"timestamp":0.25},)"
        R"("list":[{"event":"","n":3,"timestamp":0.5}]})");
}

TEST_CASE("what would be left out is still the envelope") {
    CHECK(line_of(OmitsEnvelope{}) == R"({"timestamp":0.0,"event":"omits_envelope"})");
    CHECK(notch::to_json(OmitsEnvelope{}) == "{}");
}

TEST_CASE("without an envelope a line is the struct's JSON") {
    CHECK(line_of(Off{}) == R"({"event":"data","n":1})");
    CHECK(line_of(Off{"", 0.5, 2}) == R"({"event":"","timestamp":0.5,"n":2})");
    CHECK(line_of(OffAndEmpty{}) == "{}");
}

TEST_CASE("append_line adds to what is there") {
    std::string out = "first\n";
    notch::append_line(out, Both{"own"}, fixed_clock);
    out += '\n';
    notch::append_line(out, RunnerStart{"f", "r"}, fixed_clock);
    CHECK(out ==
          "first\n{\"timestamp\":0.5,\"event\":\"own\",\"n\":1}\n"
          "{\"timestamp\":1795190400.123456,\"event\":\"runner_start\",\"flavor\":\"f\",\"repo\":\"r\"}");
}
