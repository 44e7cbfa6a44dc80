// SPDX-License-Identifier: MIT
// After a drop, the stream says so: one gap line for each run of dropped events, in its place in the producer's sequence.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/sinks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct Numbered {
    double timestamp;
    int number;
    std::string text;
};
Numbered numbered(int number) { return {1.0, number, std::string(80, 'x')}; }

struct Metered {
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
    int number;
    std::string text;
};

notch::RecorderOptions small_ring(notch::OnFull on_full = notch::OnFull::drop_newest) {
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    options.on_full = on_full;
    options.clock = [] { return std::int64_t{1'795'190'400'123'456}; };
    return options;
}

struct NotchGap {
    double timestamp;
    std::string epoch;
    std::uint32_t producer;
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t count;
    std::string reason;
};

std::string_view text_of(const std::string& line) { return std::string_view{line}.substr(0, line.size() - 1); }

/// Walks the lines of one producer: every number is an event's or in one gap, in order. Returns the gaps.
std::vector<NotchGap> check_sequence(const test::Probe& probe, std::uint64_t calls) {
    std::vector<NotchGap> gaps;
    std::uint64_t next = 0;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < probe.lines.size(); ++i) {
        const notch::LineInfo& info = probe.infos[i];
        wrong += info.sequence != next ? 1U : 0U;
        ++next;
        if (!info.is_gap) continue;
        const auto gap = notch::from_line<NotchGap>(text_of(probe.lines[i]));
        REQUIRE_MESSAGE(gap, probe.lines[i]);
        CHECK(gap->first == info.sequence);
        CHECK(gap->count == gap->last - gap->first + 1);
        next = gap->last + 1;
        gaps.push_back(*gap);
    }
    CHECK(wrong == 0);
    CHECK(next == calls);
    return gaps;
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

TEST_CASE("a gap line stands where the dropped events would be, with its reason and its numbers") {
    test::Probe probe;
    probe.held = true;
    notch::Recorder recorder{test::ProbeSink{&probe}, small_ring()};
    CHECK(recorder.record(numbered(0)));
    test::wait_until_held(probe);
    int accepted = 1;
    while (recorder.record(numbered(accepted))) ++accepted;
    for (int i = 0; i < 9; ++i) CHECK_FALSE(recorder.record(numbered(0)));
    probe.held = false;
    REQUIRE(recorder.flush());
    CHECK(recorder.record(numbered(1)));
    REQUIRE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.full == 10);
    CHECK(stats.gaps == 1);
    CHECK(stats.written == static_cast<std::uint64_t>(accepted) + 1);
    const auto gaps = check_sequence(probe, static_cast<std::uint64_t>(accepted) + 11);
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].count == 10);
    const std::string from = std::to_string(accepted);
    const std::string to = std::to_string(accepted + 9);
    CHECK(probe.lines[static_cast<std::size_t>(accepted)] ==
          "{\"timestamp\":1795190400.123456,\"event\":\"notch_gap\",\"epoch\":\"" + gaps[0].epoch + "\",\"producer\":0,\"first\":" + from +
              ",\"last\":" + to + ",\"count\":10,\"reason\":\"full\"}\n");
    CHECK(gaps[0].epoch.size() == 16);
    CHECK(gaps[0].epoch.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("nothing dropped, no gap line") {
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}, small_ring(notch::OnFull::block)};
    for (int i = 0; i < 500; ++i) CHECK(recorder.record(numbered(i)));
    REQUIRE(recorder.flush());
    CHECK(test::check_accounting(recorder).gaps == 0);
    CHECK(check_sequence(probe, 500).empty());
}

TEST_CASE("a gap is told although its producer records nothing more") {
    test::Probe probe;
    {
        notch::Recorder recorder{test::ProbeSink{&probe}, small_ring()};
        CHECK(recorder.record(numbered(1)));
        CHECK_FALSE(recorder.record(Numbered{1.0, 2, std::string(5000, 'x')}));
    }
    const auto gaps = check_sequence(probe, 2);
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].reason == "too_large");
    CHECK(gaps[0].first == 1);
}

TEST_CASE("different reasons are different gaps") {
    test::Probe probe;
    probe.held = true;
    notch::Recorder recorder{test::ProbeSink{&probe}, small_ring()};
    CHECK(recorder.record(numbered(1)));
    test::wait_until_held(probe);
    int calls = 2;
    while (recorder.record(numbered(calls))) ++calls;
    CHECK_FALSE(recorder.record(Numbered{1.0, 2, std::string(5000, 'x')}));
    CHECK_FALSE(recorder.record(numbered(3)));
    probe.held = false;
    REQUIRE(recorder.flush());
    const auto gaps = check_sequence(probe, static_cast<std::uint64_t>(calls) + 2);
    REQUIRE(gaps.size() == 3);
    CHECK(gaps[0].reason == "full");
    CHECK(gaps[1].reason == "too_large");
    CHECK(gaps[2].reason == "full");
    test::check_accounting(recorder);
}

TEST_CASE("so many gaps that they are kept as one still account for every number") {
    test::Probe probe;
    probe.held = true;
    notch::Recorder recorder{test::ProbeSink{&probe}, small_ring()};
    CHECK(recorder.record(numbered(1)));
    test::wait_until_held(probe);
    std::uint64_t calls = 2;
    while (recorder.record(numbered(1))) ++calls;
    for (int i = 0; i < 20; ++i) {
        CHECK_FALSE(recorder.record(Numbered{1.0, 2, std::string(5000, 'x')}));
        CHECK_FALSE(recorder.record(numbered(3)));
        calls += 2;
    }
    probe.held = false;
    REQUIRE(recorder.flush());
    const auto gaps = check_sequence(probe, calls);
    CHECK(gaps.back().reason == "several");
    test::check_accounting(recorder);
}

TEST_CASE("what the sink refuses becomes a gap once it takes lines again") {
    struct Refusing {
        test::ProbeSink inner;
        std::atomic<int>* refuse_from;  // how many lines of a batch are taken; -1: all
        notch::Delivery write(const notch::Batch& batch) {
            const int most = *refuse_from;
            if (most < 0) return inner.write(batch);
            notch::Batch part = batch;
            part.lines = batch.lines.first((std::min)(batch.lines.size(), static_cast<std::size_t>(most)));
            std::size_t bytes = 0;
            for (const notch::LineInfo& line : part.lines) bytes += line.size;
            part.bytes = batch.bytes.substr(0, bytes);
            inner.write(part);
            return {part.lines.size(), {}};
        }
    };
    test::Probe probe;
    std::atomic<int> most{-1};
    notch::Recorder recorder{Refusing{{&probe}, &most}, small_ring(notch::OnFull::block)};
    CHECK(recorder.record(numbered(0)));
    REQUIRE(recorder.flush());
    most = 0;
    for (int i = 0; i < 5; ++i) CHECK(recorder.record(numbered(i)));
    CHECK_FALSE(recorder.flush());
    most = -1;
    CHECK(recorder.record(numbered(6)));
    REQUIRE(recorder.flush());
    const auto gaps = check_sequence(probe, 7);
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].reason == "sink");
    CHECK(gaps[0].count == 5);
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.sink == 5);
    CHECK(stats.written == 2);
    CHECK(stats.gaps == 1);
}

TEST_CASE("a gap line that the sink refuses comes again") {
    struct RefusesGaps {
        test::ProbeSink inner;
        std::atomic<bool>* refusing;
        notch::Delivery write(const notch::Batch& batch) {
            std::size_t lines = 0;
            std::size_t bytes = 0;
            while (lines < batch.lines.size() && !(batch.lines[lines].is_gap && *refusing)) bytes += batch.lines[lines++].size;
            inner.write({batch.bytes.substr(0, bytes), batch.lines.first(lines)});
            return {lines, {}};
        }
    };
    test::Probe probe;
    std::atomic<bool> refusing{true};
    notch::Recorder recorder{RefusesGaps{{&probe}, &refusing}, small_ring(notch::OnFull::block)};
    CHECK(recorder.record(numbered(0)));
    CHECK_FALSE(recorder.record(Numbered{1.0, 2, std::string(5000, 'x')}));
    CHECK(recorder.flush());  // no event is lost by it
    refusing = false;
    REQUIRE(recorder.flush());
    const auto gaps = check_sequence(probe, 2);
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].reason == "too_large");
    CHECK(test::check_accounting(recorder).gaps == 1);
}

TEST_CASE("threads that get no ring leave a gap under a number of their own") {
    test::Probe probe;
    probe.held = true;
    notch::RecorderOptions options = small_ring();
    options.total_bytes = 4096;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    CHECK(recorder.record(numbered(0)));
    test::wait_until_held(probe);  // or a gap line might be made between the two drops
    std::thread{[&] {
        CHECK_FALSE(recorder.record(numbered(1)));
        CHECK_FALSE(recorder.record(numbered(1)));
    }}.join();
    probe.held = false;
    REQUIRE(recorder.flush());
    REQUIRE(probe.count() == 2);
    const auto gap = notch::from_line<NotchGap>(text_of(probe.lines[1]));
    REQUIRE(gap);
    CHECK(gap->producer == 4294967295U);
    CHECK(gap->first == 0);
    CHECK(gap->count == 2);
    CHECK(gap->reason == "no_ring");
    test::check_accounting(recorder);
}

TEST_CASE("events without an envelope have no gap lines; on_error tells of their gaps") {
    test::Probe probe;
    Errors errors;
    notch::RecorderOptions options = small_ring();
    options.on_error = errors.handler();
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    CHECK(recorder.record(Metered{1, "a"}));
    CHECK_FALSE(recorder.record(Metered{2, std::string(5000, 'x')}));
    CHECK(recorder.record(Metered{3, "b"}));
    REQUIRE(recorder.flush());
    REQUIRE(probe.count() == 2);
    CHECK(probe.lines[1] == "{\"number\":3,\"text\":\"b\"}\n");
    CHECK(probe.infos[1].sequence == 2);
    REQUIRE(errors.messages.size() == 1);
    CHECK(errors.messages[0] == "record: expected room for every event, found 1 dropped (too_large), producer 0, numbers 1 to 1");
    CHECK(test::check_accounting(recorder).gaps == 0);
}

TEST_CASE("a line has its identity on request, and the gap in between has the same epoch") {
    test::Probe probe;
    notch::RecorderOptions options = small_ring();
    options.identity = true;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    CHECK(recorder.record(Numbered{1.5, 7, "a"}));
    CHECK_FALSE(recorder.record(Numbered{1.0, 2, std::string(5000, 'x')}));
    CHECK(recorder.record(Numbered{2.5, 8, "b"}));
    CHECK(recorder.record(Metered{3, "b"}));
    REQUIRE(recorder.flush());
    REQUIRE(probe.count() == 4);
    const auto gap = notch::from_line<NotchGap>(text_of(probe.lines[1]));
    REQUIRE(gap);
    CHECK(probe.lines[0] ==
          "{\"timestamp\":1.5,\"event\":\"numbered\",\"notch_id\":\"" + gap->epoch + "-0-0\",\"number\":7,\"text\":\"a\"}\n");
    CHECK(probe.lines[2] ==
          "{\"timestamp\":2.5,\"event\":\"numbered\",\"notch_id\":\"" + gap->epoch + "-0-2\",\"number\":8,\"text\":\"b\"}\n");
    CHECK(probe.lines[3] == "{\"number\":3,\"text\":\"b\"}\n");
    test::check_accounting(recorder);
}

TEST_CASE("gaps with events between them stay apart, and so do those with and without lines") {
    using notch::detail::DropReason;
    notch::detail::Gaps gaps;
    gaps.add({1, 2, DropReason::full, false});
    gaps.add({3, 3, DropReason::full, false});
    CHECK(gaps.size() == 1);
    gaps.add({5, 5, DropReason::full, false});
    CHECK(gaps.size() == 2);
    gaps.add({6, 6, DropReason::full, true});
    CHECK(gaps.size() == 3);
    CHECK(gaps.begin()->first == 1);
    CHECK(gaps.begin()->last == 3);
}

TEST_CASE("under a storm of drops every number is an event's or a gap's") {
    test::Probe probe;
    notch::RecorderOptions options = small_ring();
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    constexpr std::uint64_t calls = 20'000;
    for (std::uint64_t i = 0; i < calls; ++i)
        recorder.record(Numbered{1.0, 1, std::string(static_cast<std::size_t>(i % 997 == 0 ? 3000 : i % 300), 'x')});
    recorder.close();
    const auto gaps = check_sequence(probe, calls);
    std::uint64_t dropped = 0;
    for (const NotchGap& gap : gaps) dropped += gap.count;
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(dropped == stats.dropped);
    CHECK(stats.gaps == gaps.size());
    CHECK(stats.most_queued > 1000);
    CHECK(stats.most_queued <= 4096);
    CHECK(stats.most_batched > 1000);
}
