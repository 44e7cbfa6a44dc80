// SPDX-License-Identifier: MIT
// A recorder without a thread: whoever calls poll(), flush() or close() is the backend, one at a time.
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

notch::RecorderOptions without_thread() {
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    options.thread = false;
    return options;
}

}  // namespace

TEST_CASE("nothing reaches the sink before poll, and everything with it") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, without_thread()};
    CHECK_FALSE(recorder.poll());
    for (int i = 0; i < 5; ++i) CHECK(recorder.record(numbered(i)));
    CHECK(probe.count() == 0);
    CHECK(recorder.stats().recorded == 5);
    CHECK(recorder.poll());
    CHECK(probe.count() == 5);
    CHECK_FALSE(recorder.poll());
    test::check_accounting(recorder);
}

TEST_CASE("a recorder with a thread of its own is not polled") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}};
    CHECK(recorder.record(numbered(1)));
    CHECK_FALSE(recorder.poll());
    CHECK(recorder.flush());
    CHECK(probe.count() == 1);
}

TEST_CASE("flush and close hand on what is queued") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, without_thread()};
    CHECK(recorder.record(numbered(1)));
    CHECK(recorder.flush());
    CHECK(probe.count() == 1);
    CHECK(recorder.record(numbered(2)));
    recorder.close();
    CHECK(probe.count() == 2);
    recorder.close();
    CHECK_FALSE(recorder.record(numbered(3)));
    CHECK_FALSE(recorder.flush());
    CHECK_FALSE(recorder.poll());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.written == 2);
    CHECK(stats.drops.closed == 1);
}

TEST_CASE("the destructor hands on what is queued, without a thread too") {
    test::Probe probe;
    {
        notch::Recorder recorder{test::ProbeSink{&probe}, without_thread()};
        CHECK(recorder.record(numbered(1)));
    }
    CHECK(probe.count() == 1);
}

TEST_CASE("a full ring is drained by its own thread: nothing is dropped though nobody polls") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, without_thread()};
    for (int i = 0; i < 1000; ++i) CHECK(recorder.record(numbered(i)));
    recorder.close();
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.written == 1000);
    CHECK(stats.dropped == 0);
}

TEST_CASE("with drop_newest a full ring drops") {
    test::Probe probe;
    notch::RecorderOptions options = without_thread();
    options.on_full = notch::OnFull::drop_newest;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    int accepted = 0;
    while (recorder.record(numbered(0))) ++accepted;
    CHECK(probe.count() == 0);
    recorder.close();
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.written == static_cast<std::uint64_t>(accepted));
    CHECK(stats.drops.full == 1);
    CHECK(stats.gaps == 1);
}

TEST_CASE("several threads record and poll: one at a time is the backend, and nothing is lost") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, without_thread()};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                recorder.record(numbered(i));
                if (i % 50 == 0) recorder.poll();
                if (i % 500 == 0) recorder.flush();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.written == 6000);
    CHECK(probe.count() == 6000);
}

TEST_CASE("a sink that records into its own recorder does not wait for itself, without a thread too") {
    struct Echo {
        std::atomic<notch::Recorder*>* recorder;
        notch::Delivery write(const notch::Batch& batch) {
            for (int i = 0; i < 100 && batch.lines.front().sequence == 0; ++i) recorder->load()->record(numbered(i));
            CHECK_FALSE(recorder->load()->poll());
            CHECK_FALSE(recorder->load()->flush());
            return {batch.lines.size(), {}};
        }
    };
    std::atomic<notch::Recorder*> self{nullptr};
    notch::Recorder recorder{Echo{&self}, without_thread()};
    self = &recorder;
    CHECK(recorder.record(numbered(0)));
    CHECK(recorder.poll());
    recorder.close();
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.recorded == 101);
    CHECK(stats.drops.full > 0);
}

TEST_CASE("flush and close give up in time while another thread's poll is held by the sink") {
    test::Probe probe;
    probe.held = true;
    notch::RecorderOptions options = without_thread();
    options.close_timeout = 10ms;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    CHECK(recorder.record(numbered(1)));
    std::thread poller{[&] { CHECK(recorder.poll()); }};
    while (probe.waiting == 0) std::this_thread::yield();
    CHECK_FALSE(recorder.flush(5ms));
    recorder.close();
    CHECK(recorder.stats().drops.closed == 1);
    probe.held = false;
    poller.join();
    test::check_accounting(recorder);
    CHECK(recorder.stats().written == 1);
}
