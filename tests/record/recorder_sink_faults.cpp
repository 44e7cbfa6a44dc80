// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/sinks.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace {

struct Plain {
    int number;
};

notch::Error refusal(const char* why) {
    notch::Error error;
    error.code = notch::ErrorCode::write_failed;
    error.place = "test sink";
    error.expected = "luck";
    error.found = why;
    return error;
}

struct Errors {
    std::mutex mutex;
    std::vector<std::string> messages;
    notch::ErrorHandler handler() {
        return [this](const notch::Error& error) {
            const std::lock_guard lock{mutex};
            messages.push_back(error.message());
        };
    }
};

}  // namespace

TEST_CASE("lines that the sink refuses are counted, reported once, and flush says so") {
    struct Refusing {
        std::atomic<bool>* refusing;
        notch::Delivery write(const notch::Batch& batch) {
            if (*refusing) return {0, refusal("none")};
            return {batch.lines.size(), {}};
        }
    };
    std::atomic<bool> refusing{true};
    Errors errors;
    notch::RecorderOptions options;
    options.on_error = errors.handler();
    notch::Recorder recorder{Refusing{&refusing}, options};
    for (int i = 0; i < 5; ++i) {
        recorder.record(Plain{i});
        CHECK_FALSE(recorder.flush());
    }
    CHECK(errors.messages == std::vector<std::string>{"test sink: expected luck, found none"});
    refusing = false;
    recorder.record(Plain{5});
    CHECK(recorder.flush());
    refusing = true;
    recorder.record(Plain{6});
    CHECK_FALSE(recorder.flush());
    CHECK(errors.messages.size() == 2);
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.sink == 6);
    CHECK(stats.written == 1);
}

TEST_CASE("a sink may accept the first lines of a batch only") {
    struct Picky {
        notch::Delivery write(const notch::Batch& batch) {
            const std::size_t half = batch.lines.size() / 2;
            return {half, half == batch.lines.size() ? std::optional<notch::Error>{} : refusal("half")};
        }
    };
    Errors errors;
    notch::RecorderOptions options;
    options.on_error = errors.handler();
    notch::Recorder recorder{Picky{}, options};
    for (int i = 0; i < 1000; ++i) recorder.record(Plain{i});
    recorder.close();
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.written > 0);
    CHECK(stats.drops.sink > 0);
}

TEST_CASE("a sink that claims more lines than it was given is not believed") {
    struct Boasting {
        notch::Delivery write(const notch::Batch&) { return {1'000'000, {}}; }
    };
    notch::Recorder recorder{Boasting{}};
    recorder.record(Plain{1});
    CHECK(recorder.flush());
    CHECK(test::check_accounting(recorder).written == 1);
}

#if defined(__cpp_exceptions)
TEST_CASE("a sink that throws harms nobody") {
    struct Throwing {
        int calls = 0;
        notch::Delivery write(const notch::Batch& batch) {
            if (!batch.lines.back().is_gap && calls++ % 2 == 0) throw std::string{"anything"};
            return {batch.lines.size(), {}};
        }
        notch::Result<void> start() { throw 1; }
        notch::Result<void> flush() { throw 2; }
    };
    Errors errors;
    notch::RecorderOptions options;
    options.on_error = errors.handler();
    notch::Recorder recorder{Throwing{}, options};
    for (int i = 0; i < 4; ++i) {
        recorder.record(Plain{i});
        CHECK_FALSE(recorder.flush());
    }
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.written == 2);
    CHECK(stats.drops.sink == 2);
    CHECK(errors.messages.front() == "sink: expected no exception, found an exception");
}
#endif

TEST_CASE("a sink or an error handler may record into its own recorder without waiting for itself") {
    struct Echo {
        std::atomic<notch::Recorder*>* recorder;
        notch::Delivery write(const notch::Batch& batch) {
            for (int i = 0; i < 200; ++i)
                if (batch.lines.front().event == "plain") recorder->load()->record(Echoed{i});
            return {batch.lines.size(), {}};
        }
        struct Echoed {
            int number;
        };
    };
    std::atomic<notch::Recorder*> self{nullptr};
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    notch::Recorder recorder{Echo{&self}, options};
    self = &recorder;
    recorder.record(Plain{1});
    CHECK(recorder.flush());
    recorder.close();
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.recorded == 201);
    CHECK(stats.drops.full > 0);
}

TEST_CASE("a tee's sinks are counted apart, and one that fails does not keep the others from theirs") {
    struct Failing {
        notch::Delivery write(const notch::Batch&) { return {0, refusal("always")}; }
    };
    test::Probe probe;
    Errors errors;
    notch::RecorderOptions options;
    options.on_error = errors.handler();
    notch::Recorder recorder{notch::Tee{Failing{}, test::ProbeSink{&probe}, notch::NullSink{}}, options};
    for (int i = 0; i < 10; ++i) recorder.record(Plain{i});
    CHECK_FALSE(recorder.flush());
    CHECK(probe.count() == 10);
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.sink == 10);
    REQUIRE(stats.sinks.size() == 3);
    CHECK(stats.sinks[0].dropped == 10);
    CHECK(stats.sinks[1].written == 10);
    CHECK(stats.sinks[2].written == 10);
    CHECK(errors.messages.size() == 1);
}

TEST_CASE("a tee of good sinks is good") {
    test::Probe first;
    test::Probe second;
    notch::Recorder recorder{notch::Tee{test::ProbeSink{&first}, notch::Tee{test::ProbeSink{&second}}}};
    recorder.record(Plain{1});
    CHECK(recorder.flush());
    CHECK(first.lines == second.lines);
    CHECK(first.flushes == second.flushes);
    CHECK(test::check_accounting(recorder).written == 1);
}

TEST_CASE("NaN and infinities are written as null and counted") {
    struct Reals {
        double timestamp;
        double a;
        float b;
        std::vector<double> c;
    };
    const double inf = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}};
    recorder.record(Reals{1, nan, -std::numeric_limits<float>::infinity(), {1.0, inf, -inf}});
    recorder.record(Reals{1, 2, 3, {}});
    REQUIRE(recorder.flush());
    CHECK(probe.lines[0] == "{\"timestamp\":1.0,\"event\":\"reals\",\"a\":null,\"b\":null,\"c\":[1.0,null,null]}\n");
    CHECK(probe.lines[1] == "{\"timestamp\":1.0,\"event\":\"reals\",\"a\":2.0,\"b\":3.0,\"c\":[]}\n");
    CHECK(recorder.stats().non_finite == 4);
}
