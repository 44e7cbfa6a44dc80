// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/sinks.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Numbered {
    double timestamp;
    int number;
    std::string text;
};

Numbered numbered(int number) { return {1.0, number, std::string(80, 'x')}; }

/// Fills the ring of a recorder whose sink is held up, until an event is not accepted; returns how many were.
int fill(notch::Recorder& recorder, const test::Probe& probe) {
    CHECK(recorder.record(numbered(0)));
    test::wait_until_held(probe);
    int accepted = 1;
    while (recorder.record(numbered(accepted))) ++accepted;
    return accepted;
}

}  // namespace

TEST_CASE("drop_newest drops at once when the ring is full, and counts") {
    test::Probe probe;
    probe.held = true;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    options.on_full = notch::OnFull::drop_newest;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    const int accepted = fill(recorder, probe);
    CHECK(accepted > 10);
    for (int i = 0; i < 99; ++i) CHECK_FALSE(recorder.record(numbered(0)));
    probe.held = false;
    REQUIRE(recorder.flush());
    CHECK(recorder.record(numbered(0)));
    REQUIRE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.full == 100);
    CHECK(stats.written == static_cast<std::uint64_t>(accepted) + 1);
    CHECK(probe.count() == stats.written + stats.gaps);
}

TEST_CASE("block waits for room") {
    test::Probe probe;
    probe.held = true;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    std::atomic<int> recorded{0};
    std::thread producer{[&] {
        for (int i = 0; i < 1000; ++i) {
            recorder.record(numbered(i));
            ++recorded;
        }
    }};
    while (probe.waiting == 0) std::this_thread::yield();
    std::this_thread::sleep_for(20ms);
    CHECK(recorded < 1000);
    probe.held = false;
    producer.join();
    REQUIRE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.written == 1000);
    CHECK(stats.dropped == 0);
}

TEST_CASE("block with a time-out gives up then, and counts") {
    test::Probe probe;
    probe.held = true;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    options.block_timeout = 5ms;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    const int accepted = fill(recorder, probe);
    const auto before = std::chrono::steady_clock::now();
    CHECK_FALSE(recorder.record(numbered(0)));
    CHECK(std::chrono::steady_clock::now() - before >= 5ms);
    probe.held = false;
    REQUIRE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.timeout == 2);
    CHECK(stats.written == static_cast<std::uint64_t>(accepted));
}

TEST_CASE("an event larger than its ring takes is dropped at once, never waited for") {
    test::Probe probe;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    CHECK_FALSE(recorder.record(Numbered{1.0, 1, std::string(5000, 'x')}));
    CHECK(recorder.record(Numbered{1.0, 2, std::string(1900, 'x')}));
    REQUIRE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.too_large == 1);
    CHECK(stats.written == 1);
}

TEST_CASE("a thread that finds total_bytes used up drops and counts; one that ends makes room") {
    test::Probe probe;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    options.total_bytes = 2 * 4096;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    recorder.record(numbered(1));
    std::atomic<int> stage{0};
    std::thread second{[&] {
        CHECK(recorder.record(numbered(2)));
        stage = 1;
        while (stage != 2) std::this_thread::yield();
    }};
    while (stage != 1) std::this_thread::yield();
    std::thread{[&] { CHECK_FALSE(recorder.record(numbered(3))); }}.join();
    stage = 2;
    second.join();
    std::thread{[&] { CHECK(recorder.record(numbered(4))); }}.join();
    REQUIRE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.no_ring == 1);
    CHECK(stats.written == 3);
    CHECK(stats.rings == 2);
    CHECK(stats.ring_bytes == 2 * 4096);
}

TEST_CASE("records after close are counted and nothing else") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}};
    CHECK(recorder.record(numbered(1)));
    recorder.close();
    CHECK(probe.count() == 1);
    CHECK_FALSE(recorder.record(numbered(2)));
    std::thread{[&] { CHECK_FALSE(recorder.record(numbered(3))); }}.join();
    recorder.close();
    CHECK_FALSE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.recorded == 3);
    CHECK(stats.written == 1);
    CHECK(stats.drops.closed == 2);
}

TEST_CASE("close while other threads record: every call is written or counted") {
    for (int round = 0; round < 20; ++round) {
        test::Probe probe;
        notch::RecorderOptions options;
        options.queue_bytes = 4096;
        notch::Recorder recorder{test::ProbeSink{&probe}, options};
        std::atomic<bool> stop{false};
        std::atomic<std::uint64_t> calls{0};
        std::vector<std::thread> producers;
        for (int t = 0; t < 3; ++t) {
            producers.emplace_back([&] {
                while (!stop) {
                    recorder.record(numbered(1));
                    ++calls;
                }
            });
        }
        std::this_thread::sleep_for(2ms);
        recorder.close();
        stop = true;
        for (std::thread& producer : producers) producer.join();
        const notch::Stats stats = test::check_accounting(recorder);
        CHECK(stats.recorded == calls);
        CHECK(stats.written + stats.gaps == probe.count());
    }
}

TEST_CASE("close and the destructor end in time when the sink blocks") {
    static test::Probe& probe = *new test::Probe;  // the thread that is left behind may outlive the test
    probe.held = true;
    {
        notch::RecorderOptions options;
        options.close_timeout = 20ms;
        notch::Recorder recorder{test::ProbeSink{&probe}, options};
        for (int i = 0; i < 10; ++i) recorder.record(numbered(i));
        CHECK_FALSE(recorder.flush(10ms));
        const auto before = std::chrono::steady_clock::now();
        recorder.close();
        CHECK(std::chrono::steady_clock::now() - before < 5s);
        const notch::Stats stats = test::check_accounting(recorder);
        CHECK(stats.drops.closed == 10);
    }
    probe.held = false;  // the thread ends by itself
    while (probe.count() < 10) std::this_thread::yield();
}
