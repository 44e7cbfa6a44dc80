// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/sinks.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Tick {
    double timestamp;
    std::uint32_t thread;
    std::uint64_t number;
    std::string text;
};
struct NoTime {
    int value;
};

}  // namespace

TEST_CASE("what is recorded reaches the sink as its line") {
    test::Probe probe;
    notch::RecorderOptions options;
    options.clock = [] { return std::int64_t{1'795'190'400'123'456}; };
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    CHECK(recorder.record(Tick{1.5, 2, 3, "four"}));
    CHECK(recorder.record(NoTime{5}));
    REQUIRE(recorder.flush());
    REQUIRE(probe.count() == 2);
    CHECK(probe.lines[0] == "{\"timestamp\":1.5,\"event\":\"tick\",\"thread\":2,\"number\":3,\"text\":\"four\"}\n");
    CHECK(probe.lines[1] == "{\"timestamp\":1795190400.123456,\"event\":\"no_time\",\"value\":5}\n");
    CHECK(probe.infos[0].event == "tick");
    CHECK(probe.infos[0].size == probe.lines[0].size());
    CHECK(probe.infos[1].sequence == 1);
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.recorded == 2);
    CHECK(stats.written == 2);
    CHECK(stats.bytes == probe.lines[0].size() + probe.lines[1].size());
    CHECK(stats.rings == 1);
}

TEST_CASE("nothing recorded is nothing written, and a flush of nothing is good") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}};
    CHECK(recorder.flush());
    CHECK(probe.count() == 0);
    CHECK(probe.batches == 0);
    CHECK(probe.flushes >= 1);
    test::check_accounting(recorder);
}

TEST_CASE("however an idle backend waits, an event arrives by itself, and flush and close do not wait for its sleep") {
    using namespace std::chrono_literals;
    const auto deliver = [](std::chrono::nanoseconds spin, std::chrono::nanoseconds sleep) {
        test::Probe probe;
        notch::RecorderOptions options;
        options.idle_spin = spin;
        options.idle_sleep = sleep;
        notch::Recorder recorder{test::ProbeSink{&probe}, options};
        CHECK(recorder.record(NoTime{1}));
        CHECK(recorder.flush(20s));
        CHECK(probe.count() == 1);
        if (sleep < 1h) {
            CHECK(recorder.record(NoTime{2}));
            while (probe.count() < 2) std::this_thread::yield();
        }
        recorder.close();
        test::check_accounting(recorder);
    };
    deliver(0s, 0s);
    deliver(0s, 1ms);
    deliver(1ms, 2ms);
    deliver(0s, 24h);
}

TEST_CASE("the destructor hands on what is queued") {
    test::Probe probe;
    {
        notch::Recorder recorder{test::ProbeSink{&probe}};
        for (int i = 0; i < 5000; ++i) recorder.record(NoTime{i});
    }
    CHECK(probe.count() == 5000);
}

TEST_CASE("each thread's events keep their order and none is lost, in rings that are far too small") {
    test::Probe probe;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    constexpr std::uint32_t threads = 4;
    constexpr std::uint64_t each = 20'000;
    std::vector<std::thread> producers;
    for (std::uint32_t t = 0; t < threads; ++t) {
        producers.emplace_back([&recorder, t] {
            for (std::uint64_t i = 0; i < each; ++i)
                recorder.record(Tick{1.0, t, i, std::string(static_cast<std::size_t>(i % 200), 'x')});
        });
    }
    for (std::thread& producer : producers) producer.join();
    REQUIRE(recorder.flush());
    std::map<std::uint32_t, std::uint64_t> next;
    std::size_t wrong = 0;
    for (const std::string& line : probe.lines) {
        const auto tick = notch::from_line<Tick>(std::string_view{line}.substr(0, line.size() - 1));
        REQUIRE(tick);
        wrong += next[tick->thread]++ != tick->number || tick->text.size() != tick->number % 200 ? 1U : 0U;
    }
    CHECK(wrong == 0);
    for (std::uint32_t t = 0; t < threads; ++t) CHECK(next[t] == each);
    CHECK(test::check_accounting(recorder).written == threads * each);
}

TEST_CASE("a thread that uses several recorders in turn keeps them apart") {
    test::Probe first_probe;
    test::Probe second_probe;
    notch::Recorder first{test::ProbeSink{&first_probe}};
    notch::Recorder second{test::ProbeSink{&second_probe}};
    for (int i = 0; i < 1000; ++i) {
        first.record(NoTime{i});
        second.record(NoTime{-i});
        second.record(NoTime{-i});
    }
    REQUIRE(first.flush());
    REQUIRE(second.flush());
    CHECK(first_probe.count() == 1000);
    CHECK(second_probe.count() == 2000);
    CHECK(first.stats().rings == 1);
    CHECK(second.stats().rings == 1);
    test::check_accounting(first);
    test::check_accounting(second);
}

TEST_CASE("recorders one after the other, at the same address, never see each other's rings") {
    for (int i = 0; i < 200; ++i) {
        test::Probe probe;
        notch::Recorder recorder{test::ProbeSink{&probe}};
        recorder.record(NoTime{i});
        REQUIRE(recorder.flush());
        REQUIRE(probe.count() == 1);
        REQUIRE(notch::from_line<NoTime>(std::string_view{probe.lines[0]}.substr(0, probe.lines[0].size() - 1))->value == i);
        test::check_accounting(recorder);
    }
}

TEST_CASE("threads that come and go share rings and lose nothing") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}};
    for (int i = 0; i < 300; ++i) std::thread{[&] { recorder.record(NoTime{i}); }}.join();
    REQUIRE(recorder.flush());
    CHECK(probe.count() == 300);
    CHECK(recorder.stats().rings == 1);
    std::uint64_t sequence = 0;
    for (const notch::LineInfo& info : probe.infos) CHECK(info.sequence == sequence++);
    test::check_accounting(recorder);
}

TEST_CASE("a thread may outlive the recorder that it used") {
    std::atomic<int> stage{0};
    std::thread outliving;
    {
        notch::Recorder recorder{notch::NullSink{}};
        outliving = std::thread{[&] {
            recorder.record(NoTime{1});
            stage = 1;
            while (stage != 2) std::this_thread::yield();
        }};
        while (stage != 1) std::this_thread::yield();
    }
    stage = 2;
    outliving.join();
}

// GCC for Windows frees thread_local variables before their destructors run, these as well.
#if !defined(_WIN32)
namespace {

struct RecordsWhenDestroyed {
    notch::Recorder* recorder = nullptr;
    RecordsWhenDestroyed() = default;
    RecordsWhenDestroyed(const RecordsWhenDestroyed&) = delete;
    RecordsWhenDestroyed& operator=(const RecordsWhenDestroyed&) = delete;
    ~RecordsWhenDestroyed() {
        if (recorder != nullptr) recorder->record(NoTime{2});
    }
};
thread_local RecordsWhenDestroyed late_recorder;

}  // namespace

TEST_CASE("destructors of thread_locals may record, before and after the thread's rings are given back") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}};
    for (int i = 0; i < 50; ++i) {
        std::thread{[&] {
            late_recorder.recorder = &recorder;  // made first, so destroyed after the thread's rings
            recorder.record(NoTime{1});
        }}.join();
        std::thread{[&] {
            recorder.record(NoTime{1});
            late_recorder.recorder = &recorder;
        }}.join();
    }
    REQUIRE(recorder.flush());
    CHECK(probe.count() == 200);
    CHECK(recorder.stats().rings <= 2);
    test::check_accounting(recorder);
}
#endif
