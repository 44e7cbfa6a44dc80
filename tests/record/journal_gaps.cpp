// SPDX-License-Identifier: MIT
// Drops are told of even when the process dies before it could: gaps that are not in the ring yet are in the journal beside it.
#include "notch.hpp"

#include "../support/journals.hpp"
#include "../support/sinks.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#if !defined(_WIN32)

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Work {
    double timestamp;
    std::string text;
    int number;
};
const std::string too_large(5000, 'x');

notch::RecorderOptions dropping(const std::string& journal) {
    notch::RecorderOptions options = test::journaled(journal, 4096);
    options.on_full = notch::OnFull::drop_newest;
    return options;
}

/// What a stream tells, a word for each line: an event's number twice (as its sequence and as its own), or a gap's range and reason.
std::string told(const test::Probe& probe) {
    std::string out;
    for (std::size_t i = 0; i < probe.lines.size(); ++i) {
        const std::string& line = probe.lines[i];
        const auto after = [&line](const char* key) {
            const std::size_t at = line.find(key) + std::strlen(key);
            return line.substr(at, line.find_first_of(",}\"", at) - at);
        };
        if (probe.infos[i].is_gap) out += after("\"first\":") + ".." + after("\"last\":") + "=" + after("\"reason\":\"") + " ";
        else out += std::to_string(probe.infos[i].sequence) + ":" + after("\"number\":") + " ";
    }
    return out;
}

/// What comes of a copy of that journal.
std::string recovered(const std::string& journal, const std::string& copy) {
    test::copy_journal(journal, copy);
    test::Probe probe;
    test::Errors errors;
    const auto done = notch::recover(copy, test::ProbeSink{&probe}, errors.handler());
    REQUIRE(done);
    CHECK(done->damaged == 0);
    CHECK(errors.all.empty());
    return told(probe);
}

/// Where the notes about a ring's pending gaps lie in a journal.
std::size_t place_of_gaps(const std::string& journal, std::uint32_t number) {
    for (std::size_t at = notch::detail::journal_page; at < journal.size(); at += notch::detail::journal_page) {
        std::uint64_t magic = 0;
        notch::detail::ChunkKind kind{};
        std::uint32_t ring = 0;
        std::memcpy(&magic, journal.data() + at, sizeof magic);
        std::memcpy(&kind, journal.data() + at + offsetof(notch::detail::ChunkHeader, kind), sizeof kind);
        std::memcpy(&ring, journal.data() + at + offsetof(notch::detail::ChunkHeader, number), sizeof ring);
        if (magic == notch::detail::chunk_magic && kind == notch::detail::ChunkKind::ring && ring == number) return at + notch::detail::gaps_start;
    }
    FAIL("no such ring");
    return 0;
}

}  // namespace

TEST_CASE("a drop that nothing followed is in the journal") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, dropping(directory / "j")};
    CHECK(!recorder.record(Work{1.0, too_large, 0}));
    CHECK(recovered(directory / "j", directory / "left") == "0..0=too_large ");
    CHECK(recorder.record(Work{1.0, "", 1}));
    CHECK(!recorder.record(Work{1.0, too_large, 2}));
    CHECK(!recorder.record(Work{1.0, too_large, 3}));
    CHECK(recovered(directory / "j", directory / "left") == "0..0=too_large 1:1 2..3=too_large ");
    recorder.poll();
    CHECK(recovered(directory / "j", directory / "left").empty());
}

TEST_CASE("drops of a full ring are in the journal, however many and for whatever reasons") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, dropping(directory / "j")};
    int accepted = 0;
    while (recorder.record(Work{1.0, "", accepted})) ++accepted;
    std::string expected;
    for (int i = 0; i < accepted; ++i) expected += std::to_string(i) + ":" + std::to_string(i) + " ";
    int next = accepted + 1;
    // Every second one is too large in any case: two gaps for each round, until there are too many and they become one.
    for (int round = 0; round < 10; ++round) {
        CHECK(!recorder.record(Work{1.0, too_large, next++}));
        CHECK(!recorder.record(Work{1.0, "", next++}));
    }
    const auto range = [accepted](int first, int last, const char* reason) {
        return std::to_string(accepted + first) + ".." + std::to_string(accepted + last) + "=" + reason + " ";
    };
    for (int i = 0; i < 7; ++i) expected += range(i, i, i % 2 == 0 ? "full" : "too_large");
    expected += range(7, 20, "several");
    CHECK(recovered(directory / "j", directory / "left") == expected);
}

TEST_CASE("drops of threads that get no ring are in the journal") {
    test::TemporaryDirectory directory;
    notch::RecorderOptions options = dropping(directory / "j");
    options.total_bytes = options.queue_bytes;
    notch::Recorder recorder{notch::NullSink{}, options};
    CHECK(recorder.record(Work{1.0, "", 0}));
    for (int i = 0; i < 3; ++i) std::thread{[&recorder] { CHECK(!recorder.record(Work{1.0, "", 7})); }}.join();
    const std::string all = recovered(directory / "j", directory / "left");
    CHECK(all.find("0:0 ") != std::string::npos);
    CHECK(all.find("0..2=no_ring ") != std::string::npos);
    CHECK(all.size() == 4 + 13);
    recorder.poll();
    CHECK(recovered(directory / "j", directory / "left").empty());
}

TEST_CASE("a gap that is in the ring already is told once") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, dropping(directory / "j")};
    CHECK(recorder.record(Work{1.0, "", 0}));
    CHECK(!recorder.record(Work{1.0, too_large, 1}));
    const std::string before = test::contents(directory / "j");
    CHECK(recorder.record(Work{1.0, "", 2}));
    std::string between = test::contents(directory / "j");
    // As if the process had died when the gap was in the ring and still beside it.
    const std::size_t end = place_of_gaps(between, 0) + offsetof(notch::detail::GapQueue, end);
    REQUIRE(between.compare(end, 8, before, end, 8) != 0);
    between.replace(end, 8, before, end, 8);
    test::put(directory / "between", between);
    CHECK(recovered(directory / "between", directory / "left") == "0:0 1..1=too_large 2:2 ");
    CHECK(recovered(directory / "j", directory / "left") == "0:0 1..1=too_large 2:2 ");
}

TEST_CASE("a gap that the backend was telling of when the process died stays before what was recorded after it") {
    test::TemporaryDirectory directory;
    struct Recording {
        notch::Recorder** recorder;
        std::string journal;
        std::string* left;
        notch::Delivery write(const notch::Batch& batch) {
            if (!left->empty()) return {batch.lines.size(), {}};
            CHECK((*recorder)->record(Work{1.0, "", 4}));
            CHECK(!(*recorder)->record(Work{1.0, too_large, 5}));
            *left = test::contents(journal);
            return {batch.lines.size(), {}};
        }
    };
    notch::Recorder* self = nullptr;
    std::string left;
    notch::Recorder recorder{Recording{&self, directory / "j", &left}, dropping(directory / "j")};
    self = &recorder;
    CHECK(recorder.record(Work{1.0, "", 0}));
    CHECK(!recorder.record(Work{1.0, too_large, 1}));
    CHECK(recorder.record(Work{1.0, "", 2}));
    CHECK(!recorder.record(Work{1.0, too_large, 3}));
    CHECK(recorder.poll());
    test::put(directory / "during", left);
    CHECK(recovered(directory / "during", directory / "left") == "0:0 1..1=too_large 2:2 3..3=too_large 4:4 5..5=too_large ");
    CHECK(recovered(directory / "j", directory / "left") == "4:4 5..5=too_large ");
}

TEST_CASE("an event behind a gap comes again with the id that it had") {
    test::TemporaryDirectory directory;
    struct Copying {
        test::ProbeSink to;
        std::string journal;
        std::string* left;
        notch::Delivery write(const notch::Batch& batch) {
            notch::Delivery delivery = to.write(batch);
            *left = test::contents(journal);  // the sink has it, and the journal does not know
            return delivery;
        }
    };
    test::Probe first;
    std::string left;
    notch::Recorder recorder{Copying{{&first}, directory / "j", &left}, dropping(directory / "j")};
    CHECK(!recorder.record(Work{1.0, too_large, 0}));
    recorder.poll();
    CHECK(told(first) == "0..0=too_large ");
    first.lines.clear();
    first.infos.clear();
    CHECK(recorder.record(Work{1.0, "", 1}));
    recorder.poll();
    test::put(directory / "left", left);
    test::Probe second;
    CHECK(notch::recover(directory / "left", test::ProbeSink{&second})->recovered == 1);
    CHECK(told(first) == "1:1 ");
    CHECK(second.lines == first.lines);
}

TEST_CASE("gaps beside a ring that cannot be right are damage, and the ring is as good as it was") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, dropping(directory / "j")};
    CHECK(recorder.record(Work{1.0, "", 0}));
    CHECK(!recorder.record(Work{1.0, too_large, 1}));
    const std::string good = test::contents(directory / "j");
    const std::size_t at = place_of_gaps(good, 0);
    using Entry = notch::detail::GapQueue::Entry;
    const std::size_t entry = at + offsetof(notch::detail::GapQueue, entries);
    const std::size_t words[] = {at + offsetof(notch::detail::GapQueue, begin), at + offsetof(notch::detail::GapQueue, end),
                                 entry + offsetof(Entry, first), entry + offsetof(Entry, reason), entry + offsetof(Entry, quiet)};
    for (const std::size_t word : words) {
        CAPTURE(word - at);
        std::string damaged = good;
        damaged[word] = 99;
        test::put(directory / "left", damaged);
        test::Probe probe;
        test::Errors errors;
        const auto done = notch::recover(directory / "left", test::ProbeSink{&probe}, errors.handler());
        REQUIRE(done);
        CHECK(done->damaged == 1);
        CHECK(told(probe) == "0:0 ");
        REQUIRE(errors.all.size() == 1);
        CHECK(errors.all[0].find("1 damaged parts, the first is what ring 0 has dropped; kept as") != std::string::npos);
    }
}

TEST_CASE("where a damaged ring ends before its last gap, the events between are a gap as well") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, dropping(directory / "j")};
    for (int i = 0; i < 4; ++i) CHECK(recorder.record(Work{1.0, "text", i}));
    CHECK(!recorder.record(Work{1.0, too_large, 4}));
    std::string damaged = test::contents(directory / "j");
    const std::size_t ring = place_of_gaps(damaged, 0) - notch::detail::gaps_start + notch::detail::ring_start;
    std::uint32_t size = 0;
    std::memcpy(&size, damaged.data() + ring, sizeof size);
    damaged[ring + 2 * size] = 1;  // the third record's size
    test::put(directory / "left", damaged);
    test::Probe probe;
    CHECK(notch::recover(directory / "left", test::ProbeSink{&probe}, [](const notch::Error&) {})->damaged == 1);
    CHECK(told(probe) == "0:0 1:1 2..3=damaged 4..4=too_large ");
}

#endif
