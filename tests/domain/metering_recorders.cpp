// SPDX-License-Identifier: MIT
// Recorders of metering entries: any thread records, no caller waits, no error reaches one.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/sinks.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using notch::metering::Entry;
using notch::metering::Kind;
using notch::metering::Reason;

namespace {

constexpr int threads = 4;
constexpr int each = 500;

Entry entry_of(int thread, int number) {
    return {.kind = Kind::vm_compute_start,
            .vm_id = std::to_string(thread) + "/" + std::to_string(number),
            .reason = Reason::boot,
            .shape = {.cpu = thread + 1},
            .emitted_at = notch::Instant{number}};
}

/// The code under test of the others: it knows a recorder and nothing of where that writes.
void record_from_threads(notch::Recorder& recorder) {
    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread)
        running.emplace_back([&recorder, thread] {
            for (int number = 0; number < each; ++number) recorder.record(entry_of(thread, number));
        });
    for (std::thread& one : running) one.join();
}

/// Every entry once, and each thread's in their order.
void check_all_there(const std::vector<Entry>& entries) {
    REQUIRE(entries.size() == std::size_t{threads} * each);
    std::vector<int> next(threads, 0);
    for (const Entry& entry : entries) {
        const auto thread = static_cast<int>(entry.shape.cpu - 1);
        const int number = next[static_cast<std::size_t>(thread)]++;
        if (!(entry == entry_of(thread, number))) FAIL(notch::to_line(entry));
    }
}

std::vector<Entry> entries_in(const std::string& path) {
    std::vector<Entry> out;
    for (const std::string& line : test::lines_of(path)) {
        const auto entry = notch::from_line<Entry>(line);
        REQUIRE_MESSAGE(entry, line);
        out.push_back(*entry);
    }
    return out;
}

}  // namespace

TEST_CASE("a file: whole lines of many threads, appended to what is there") {
    const test::TemporaryDirectory place;
    const std::string path = place / "ledger.jsonl";
    std::vector<Entry> expected;
    for (int round = 1; round <= 2; ++round) {
        auto ledger = notch::metering::open_ledger(path);
        REQUIRE(ledger);
        notch::Recorder recorder = notch::metering::file_recorder(std::move(*ledger), {.queue_bytes = 1 << 20});
        record_from_threads(recorder);
        CHECK(recorder.flush(std::chrono::minutes{1}));
        CHECK(test::check_accounting(recorder).written == std::size_t{threads} * each);
        std::vector<Entry> entries = entries_in(path);
        REQUIRE(entries.size() == static_cast<std::size_t>(round) * threads * each);
        CHECK(std::vector<Entry>(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(expected.size())) == expected);
        check_all_there({entries.end() - std::ptrdiff_t{threads} * each, entries.end()});
        expected = std::move(entries);
    }
}

TEST_CASE("a ledger whose directory is missing is an error at once") {
    const test::TemporaryDirectory place;
    const auto ledger = notch::metering::open_ledger(place / "none/ledger.jsonl");
    REQUIRE_FALSE(ledger);
    CHECK(ledger.error().code == notch::ErrorCode::open_failed);
    CHECK(ledger.error().place == "open " + place / "none/ledger.jsonl");
    CHECK_FALSE(notch::metering::open_ledger(place.path()));
}

TEST_CASE("a ledger that fails later: callers hear nothing of it, the handler does") {
    const test::TemporaryDirectory place;
    std::vector<std::string> told;
    std::uint64_t dropped = 0;
    {
        notch::Recorder recorder =
            notch::metering::file_recorder(notch::FileSink{place / "none/ledger.jsonl"},
                                           {.on_error = [&told](const notch::Error& error) { told.push_back(error.place); }});
        CHECK(recorder.record(entry_of(0, 0)));
        CHECK_FALSE(recorder.flush(std::chrono::minutes{1}));
        dropped = test::check_accounting(recorder).drops.sink;
    }
    CHECK(dropped == 1);
    REQUIRE_FALSE(told.empty());
    CHECK(told.front() == "open " + place / "none/ledger.jsonl");
}

TEST_CASE("callers never wait: what a stuck ledger has no room for is dropped and counted") {
    test::Probe probe;
    probe.held = true;
    std::size_t accepted = 0;
    notch::RecorderOptions options = notch::metering::never_wait({.queue_bytes = 4096,
                                                                  .on_full = notch::OnFull::block,
                                                                  .block_timeout = std::chrono::milliseconds{1},
                                                                  .on_error = [](const notch::Error&) {}});
    CHECK(options.on_full == notch::OnFull::drop_newest);
    CHECK(options.queue_bytes == 4096);
    notch::Recorder recorder{test::ProbeSink{&probe}, std::move(options)};
    CHECK(recorder.record(entry_of(0, 0)));
    test::wait_until_held(probe);
    for (int number = 1; number <= each; ++number) accepted += recorder.record(entry_of(0, number)) ? 1U : 0U;
    CHECK(accepted < each);
    probe.held = false;
    recorder.flush(std::chrono::minutes{1});
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.recorded == each + 1);
    CHECK(stats.written == accepted + 1);
    CHECK(stats.drops.full == each - accepted);
    CHECK(probe.count() == accepted + 1);
}

TEST_CASE("every sink's recorder drops rather than waits") {
    test::Probe probe;
    probe.held = true;
    notch::Recorder recorder = notch::metering::file_recorder(
        test::ProbeSink{&probe},
        {.queue_bytes = 4096, .block_timeout = std::chrono::milliseconds{1}, .on_error = [](const notch::Error&) {}});
    recorder.record(entry_of(0, 0));
    test::wait_until_held(probe);
    for (int number = 0; number < each; ++number) recorder.record(entry_of(0, number));
    CHECK(recorder.stats().drops.full > 0);
    probe.held = false;
}

TEST_CASE("nop: takes everything, keeps nothing") {
    notch::Recorder recorder = notch::metering::nop_recorder();
    record_from_threads(recorder);
    CHECK(recorder.record(entry_of(0, 0)));
    CHECK(recorder.poll());  // there is no thread that could have
    CHECK(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.dropped == 0);
    CHECK(stats.recorded == std::size_t{threads} * each + 1);
}

TEST_CASE("a capture: copies that later entries do not change, under threads") {
    notch::metering::Capture capture;
    capture.recorder().record(entry_of(0, 7));
    std::vector<Entry> before = capture.entries();
    REQUIRE(before.size() == 1);
    before[0].vm_id += " changed";
    CHECK(capture.entries() == std::vector<Entry>{entry_of(0, 7)});
    capture.reset();
    CHECK(capture.entries().empty());
    CHECK(before[0].vm_id == "0/7 changed");

    std::thread recording{[&capture] { record_from_threads(capture.recorder()); }};
    std::size_t seen = 0;
    while (seen < std::size_t{threads} * each) {
        const std::size_t now = capture.entries().size();
        CHECK(now >= seen);
        seen = now;
    }
    recording.join();
    check_all_there(capture.entries());
    capture.reset();
    CHECK(capture.entries().empty());
}
