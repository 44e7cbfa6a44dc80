// SPDX-License-Identifier: MIT
// When the sink is called and with how much, and what on_error hears and how often. Without a thread, so that each step is the test's.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/allocations.hpp"
#include "../support/sinks.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

struct Plain {
    int number;
};
struct Metered {
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
    int number;
};

notch::Error fault(int number) {
    notch::Error error;
    error.code = notch::ErrorCode::write_failed;
    error.os_error = number;
    return error;
}

/// What a sink does, and how often it was asked to.
struct Script {
    int refuses = 0;  ///< with that errno; 0: takes everything
    int flush_fails = 0;
    int writes = 0;
    int idles = 0;
};
struct ScriptedSink {
    Script* script;
    notch::Delivery write(const notch::Batch& batch) {
        ++script->writes;
        if (script->refuses != 0) return {0, fault(script->refuses)};
        return {batch.lines.size(), {}};
    }
    notch::Result<void> flush() {
        if (script->flush_fails != 0) return fault(script->flush_fails);
        return {};
    }
    notch::Result<void> idle() {
        ++script->idles;
        return {};
    }
};

struct Told {
    std::vector<notch::Error> list;
    [[nodiscard]] notch::RecorderOptions options() {
        notch::RecorderOptions out;
        out.thread = false;
        out.on_error = [this](const notch::Error& error) { list.push_back(error); };
        return out;
    }
    [[nodiscard]] std::vector<int> numbers() const {
        std::vector<int> out;
        for (const notch::Error& error : list) out.push_back(error.os_error);
        return out;
    }
};

}  // namespace

TEST_CASE("a gap line that a sink refuses is not offered again before there is an event to go with it") {
    Script script{.refuses = 5};
    Told told;
    notch::Recorder recorder{ScriptedSink{&script}, told.options()};
    CHECK(recorder.record(Plain{1}));
    CHECK(recorder.poll());
    CHECK(script.writes == 1);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(recorder.poll());
    CHECK(script.writes == 1);
    script.refuses = 0;
    CHECK(recorder.record(Plain{2}));
    CHECK(recorder.poll());
    CHECK(script.writes == 2);
    CHECK(test::check_accounting(recorder).gaps == 1);
}

TEST_CASE("on_error hears of a fault once, of another one after it, and of the same one again when all was well between") {
    Script script;
    Told told;
    notch::Recorder recorder{ScriptedSink{&script}, told.options()};
    for (const int number : {5, 5, 28, 28, 5, 0, 5}) {
        script.refuses = number;
        CHECK(recorder.record(Plain{1}));
        CHECK(recorder.poll());
    }
    CHECK(told.numbers() == std::vector<int>{5, 28, 5, 5});
    test::check_accounting(recorder);
}

TEST_CASE("on_error hears of a flush that failed") {
    Script script{.flush_fails = 28};
    Told told;
    notch::Recorder recorder{ScriptedSink{&script}, told.options()};
    CHECK(recorder.record(Plain{1}));
    CHECK_FALSE(recorder.flush());
    CHECK(told.numbers() == std::vector<int>{28});
    script.flush_fails = 0;
    CHECK(recorder.flush());
}

TEST_CASE("of events without an envelope that the sink refused on_error hears once, at the latest when the recorder closes") {
    Script script{.refuses = 5};
    Told told;
    notch::Recorder recorder{ScriptedSink{&script}, told.options()};
    for (int i = 0; i < 3; ++i) {
        CHECK(recorder.record(Metered{i}));
        CHECK(recorder.poll());
    }
    REQUIRE(told.list.size() == 1);  // the sink's own
    recorder.close();
    REQUIRE(told.list.size() == 2);
    CHECK(told.list[1].message() == "record: expected room for every event, found 3 dropped (sink), producer 0, numbers 0 to 2");
}

TEST_CASE("a sink hears that there is nothing to do ten times a second, however often it is polled") {
    Script script;
    Told told;
    const std::int64_t begin = notch::detail::monotonic_nanoseconds();
    notch::Recorder recorder{ScriptedSink{&script}, told.options()};
    for (int i = 0; i < 1'000; ++i) static_cast<void>(recorder.poll());
    const std::int64_t took = notch::detail::monotonic_nanoseconds() - begin;
    CHECK(script.idles >= 1);
    CHECK(script.idles <= 1 + took / 100'000'000);
}

TEST_CASE("a batch is handed on when it has batch_bytes, and counted") {
    test::Probe probe;
    Told told;
    notch::RecorderOptions options = told.options();
    options.batch_bytes = 1'000;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    for (int i = 0; i < 200; ++i) CHECK(recorder.record(Plain{i}));
    CHECK(recorder.poll());
    CHECK(probe.count() == 200);
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.batches == probe.batches);
    CHECK(stats.batches >= stats.bytes / 1'100);
    CHECK(stats.most_batched >= 1'000);
    CHECK(stats.most_batched < 1'100);
}

#if !NOTCH_TEST_SANITIZED
TEST_CASE("memory that a rare large batch needed is given back") {
    struct Text {
        std::string text;
    };
    Told told;
    notch::RecorderOptions options = told.options();
    options.queue_bytes = 1 << 20;
    options.batch_bytes = 4096;
    notch::Recorder recorder{notch::NullSink{}, options};
    const auto allocations_of = [&](std::size_t size) {
        CHECK(recorder.record(Text{std::string(size, 'x')}));
        const std::size_t before = test::allocations();
        CHECK(recorder.poll());
        return test::allocations() - before;
    };
    allocations_of(10);
    CHECK(allocations_of(10) == 0);
    CHECK(allocations_of(100'000) > 0);
    CHECK(allocations_of(10) > 0);
    CHECK(allocations_of(10) == 0);
}
#endif

TEST_CASE("a producer that records as fast as it is drained does not keep a poll for ever") {
    struct Feeding {
        std::atomic<notch::Recorder*>* recorder;
        int* lines;
        notch::Delivery write(const notch::Batch& batch) {
            for (std::size_t i = 0; i < batch.lines.size(); ++i)
                if (++*lines < 10'000) recorder->load()->record(Plain{1});
            return {batch.lines.size(), {}};
        }
    };
    int lines = 0;
    std::atomic<notch::Recorder*> self{nullptr};
    Told told;
    notch::RecorderOptions options = told.options();
    options.queue_bytes = 4096;
    options.batch_bytes = 1;
    notch::Recorder recorder{Feeding{&self, &lines}, options};
    self = &recorder;
    CHECK(recorder.record(Plain{1}));
    CHECK(recorder.poll());
    CHECK(lines < 1'000);  // a ring's worth
    lines = 10'000;
    recorder.close();
    test::check_accounting(recorder);
}

TEST_CASE("a sink may flush its own recorder, to no effect and without waiting, and poll another one") {
    struct Nesting {
        std::atomic<notch::Recorder*>* own;
        notch::Recorder* other;
        bool* good;
        notch::Delivery write(const notch::Batch& batch) {
            const std::int64_t begin = notch::detail::monotonic_nanoseconds();
            *good = other->record(Plain{2}) && other->poll();
            *good = *good && !own->load()->flush(std::chrono::seconds{30}) && !own->load()->poll();
            *good = *good && notch::detail::monotonic_nanoseconds() - begin < 30'000'000'000;
            return {batch.lines.size(), {}};
        }
    };
    bool good = false;
    Told told;
    notch::Recorder other{notch::NullSink{}, told.options()};
    std::atomic<notch::Recorder*> self{nullptr};
    notch::Recorder recorder{Nesting{&self, &other, &good}, told.options()};
    self = &recorder;
    CHECK(recorder.record(Plain{1}));
    CHECK(recorder.poll());
    CHECK(good);
    CHECK(test::check_accounting(other).written == 1);
    CHECK(test::check_accounting(recorder).written == 1);
}
