// SPDX-License-Identifier: MIT
// What the program's own notch_value may do while an event is recorded: answer otherwise the second time, and record events itself.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/sinks.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

/// A text that another thread changes: each call gives the next one.
struct Changing {
    const std::vector<std::string>* answers;
    mutable std::size_t calls = 0;
};
std::string notch_value(const Changing& v) { return (*v.answers)[v.calls++ % v.answers->size()]; }

struct Told {
    double timestamp = 1.0;
    std::string before{};
    Changing changing;
    std::string after{};
};

struct Tick {
    double timestamp = 1.0;
    int number = 0;
};

/// Counts its uses by events of their own.
struct Counted {
    notch::Recorder* recorder;
    int value;
};
int notch_value(const Counted& v) {
    v.recorder->record(Tick{1.0, v.value});
    return v.value;
}
struct CountedText {
    notch::Recorder* recorder;
    std::string text;
};
std::string notch_value(const CountedText& v) {
    v.recorder->record(Tick{1.0, 7});
    return v.text;
}

struct Using {
    double timestamp = 1.0;
    std::string text{};
    Counted counted;
};
struct UsingText {
    double timestamp = 1.0;
    CountedText counted;
    std::string text{};
};

struct Sparing {
    double timestamp = 1.0;
    CountedText counted;
    std::string text{};
    static constexpr auto notch_options() { return notch::field("counted", notch::omit_empty); }
};
/// Compared by the program's own operator.
struct Compared {
    notch::Recorder* recorder = nullptr;
    int value = 0;
    bool operator==(const Compared& other) const {
        notch::Recorder* const to = recorder != nullptr ? recorder : other.recorder;
        if (to != nullptr) to->record(Tick{1.0, 8});
        return value == other.value;
    }
};
int notch_value(const Compared& v) { return v.value; }
struct Comparing {
    double timestamp = 1.0;
    std::string text{};
    Compared compared{};
    static constexpr auto notch_options() { return notch::field("compared", notch::omit_default); }
};

notch::RecorderOptions polled() {
    notch::RecorderOptions options;
    options.thread = false;
    options.queue_bytes = 1 << 20;
    return options;
}

}  // namespace

TEST_CASE("a foreign text that became longer is recorded empty, one that became shorter as it is") {
    const std::vector<std::string> longer{"9", std::string(5000, 'x')};
    const std::vector<std::string> shorter{std::string(5000, 'x'), "9"};
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, polled()};
    CHECK(recorder.record(Told{1.0, "b", {&longer}, "a"}));
    CHECK(recorder.record(Told{1.0, "b", {&shorter}, "a"}));
    CHECK(recorder.record(Told{1.0, "b", {&shorter}, "a"}));
    CHECK(recorder.flush());
    REQUIRE(probe.lines.size() == 3);
    CHECK(probe.lines[0] == "{\"timestamp\":1.0,\"event\":\"told\",\"before\":\"b\",\"changing\":\"\",\"after\":\"a\"}\n");
    for (int i = 1; i < 3; ++i)
        CHECK(probe.lines[static_cast<std::size_t>(i)] == "{\"timestamp\":1.0,\"event\":\"told\",\"before\":\"b\",\"changing\":\"9\",\"after\":\"a\"}\n");
    test::check_accounting(recorder);
}

TEST_CASE("an event that notch_value records does not disturb the one that it belongs to") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, polled()};
    for (int i = 0; i < 100; ++i) {
        CHECK(recorder.record(Using{1.0, std::string(static_cast<std::size_t>(i), 'x'), {&recorder, i}}));
        CHECK(recorder.record(UsingText{1.0, {&recorder, std::string(static_cast<std::size_t>(i), 'y')}, "z"}));
    }
    CHECK(recorder.flush());
    int users = 0;
    for (const std::string& line : probe.lines) {
        CHECK(notch::validate_json(line.substr(0, line.size() - 1)));
        users += line.find("\"event\":\"using") != std::string::npos ? 1 : 0;
    }
    CHECK(users == 200);
    // A text is asked for twice, and only the second time there is a record in the making.
    CHECK(probe.lines[1] == "{\"timestamp\":1.0,\"event\":\"tick\",\"number\":7}\n");
    CHECK(probe.lines[2] == "{\"timestamp\":1.0,\"event\":\"using_text\",\"counted\":\"\",\"text\":\"z\"}\n");
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.recorded > 200);
    CHECK(stats.dropped == stats.drops.no_ring);
}

TEST_CASE("nor does one that is recorded while it is asked whether a field is left out") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, polled()};
    for (int i = 0; i < 100; ++i) {
        CHECK(recorder.record(Sparing{1.0, {&recorder, i % 2 == 0 ? "" : "kept"}, "s"}));
        CHECK(recorder.record(Comparing{1.0, "c", {&recorder, i % 2}}));
    }
    CHECK(recorder.flush());
    int right = 0;
    for (const std::string& line : probe.lines) {
        CHECK(notch::validate_json(line.substr(0, line.size() - 1)));
        for (const char* const wanted : {R"("event":"sparing","text":"s"})", R"("event":"sparing","counted":"kept","text":"s"})",
                                         R"("event":"comparing","text":"c"})", R"("event":"comparing","text":"c","compared":1})"})
            right += line == std::string{R"({"timestamp":1.0,)"} + wanted + "\n" ? 1 : 0;
    }
    CHECK(right == 200);
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.dropped == stats.drops.no_ring);
}

TEST_CASE("with another recorder it is as anywhere else") {
    test::Probe probe;
    test::Probe ticks;
    notch::Recorder recorder{test::ProbeSink{&probe}, polled()};
    notch::Recorder other{test::ProbeSink{&ticks}, polled()};
    for (int i = 0; i < 10; ++i) CHECK(recorder.record(Using{1.0, "t", {&other, i}}));
    CHECK(recorder.flush());
    CHECK(other.flush());
    CHECK(probe.lines.size() == 10);
    CHECK(probe.lines[9] == "{\"timestamp\":1.0,\"event\":\"using\",\"text\":\"t\",\"counted\":9}\n");
    CHECK(ticks.lines.size() == 10);
    CHECK(test::check_accounting(other).dropped == 0);
}
