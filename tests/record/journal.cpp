// SPDX-License-Identifier: MIT
// What a process leaves in its journal reaches the sink of the next.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/journals.hpp"
#include "../support/sinks.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#if !defined(_WIN32)

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct Work {
    double timestamp;
    std::string status;
    int number;
};

std::string line_of(int number, const char* status = "running") {
    return R"({"timestamp":1.0,"event":"work","status":")" + std::string{status} + R"(","number":)" + std::to_string(number) + "}";
}
std::vector<std::string> lines_of_numbers(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i < to; ++i) out.push_back(line_of(i));
    return out;
}

void record(notch::Recorder& recorder, int from, int to) {
    for (int i = from; i < to; ++i) REQUIRE(recorder.record(Work{1.0, "running", i}));
}

}  // namespace

TEST_CASE("what was recorded and not handed on is in the journal") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, test::journaled(directory / "j")};
    record(recorder, 0, 100);
    test::copy_journal(directory / "j", directory / "left");
    const auto done = notch::recover(directory / "left", notch::FileSink{directory / "ledger"});
    REQUIRE(done);
    CHECK(done->found);
    CHECK(done->recovered == 100);
    CHECK(done->already_written == 0);
    CHECK(done->damaged == 0);
    CHECK(done->set_aside.empty());
    CHECK(!test::exists(directory / "left"));
    CHECK(test::lines_of(directory / "ledger").size() == 100);
}

TEST_CASE("a journal of a recorder into a file has lines without ids") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, test::journaled(directory / "j")};
    record(recorder, 0, 100);
    CHECK(test::lines_of(directory / "ledger").empty());
    test::copy_journal(directory / "j", directory / "left");
    CHECK(notch::recover(directory / "left", notch::FileSink{directory / "ledger"})->recovered == 100);
    CHECK(test::lines_of(directory / "ledger") == lines_of_numbers(0, 100));
}

TEST_CASE("what was handed on is not recovered") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, test::journaled(directory / "j")};
    for (int i = 0; i < 1000; i += 100) {
        record(recorder, i, i + 60);
        CHECK(recorder.poll());
        record(recorder, i + 60, i + 100);
        test::copy_journal(directory / "j", directory / "left");
        CHECK(notch::recover(directory / "left", notch::FileSink{directory / "other"})->recovered == 40);
    }
    recorder.close();
    CHECK(test::lines_of(directory / "ledger") == lines_of_numbers(0, 1000));
    test::check_accounting(recorder);
}

TEST_CASE("a journal is gone when everything was handed on") {
    test::TemporaryDirectory directory;
    {
        notch::RecorderOptions options = test::journaled(directory / "j");
        options.thread = true;
        notch::Recorder recorder{notch::FileSink{directory / "ledger"}, options};
        record(recorder, 0, 1000);
        CHECK(test::exists(directory / "j"));
    }
    CHECK(!test::exists(directory / "j"));
    CHECK(test::lines_of(directory / "ledger") == lines_of_numbers(0, 1000));
    const auto none = notch::recover(directory / "j", notch::FileSink{directory / "ledger"});
    REQUIRE(none);
    CHECK(!none->found);
    CHECK(!test::exists(directory / "j"));
}

TEST_CASE("a recorder hands on what was left before anything of its own") {
    test::TemporaryDirectory directory;
    notch::Recorder dead{notch::FileSink{directory / "ledger"}, test::journaled(directory / "j")};
    record(dead, 0, 50);
    test::copy_journal(directory / "j", directory / "left");
    for (const bool thread : {true, false}) {
        notch::RecorderOptions options = test::journaled(directory / (thread ? "left" : "j2"));
        options.thread = thread;
        if (!thread) test::copy_journal(directory / "j", directory / "j2");
        const std::string ledger = directory / (thread ? "ledger" : "ledger2");
        notch::Recorder recorder{notch::FileSink{ledger}, options};
        CHECK(test::lines_of(ledger) == lines_of_numbers(0, 50));
        record(recorder, 50, 80);
        CHECK(recorder.flush());
        CHECK(test::lines_of(ledger) == lines_of_numbers(0, 80));
        CHECK(recorder.stats().recovered == 50);
        CHECK(recorder.stats().recorded == 30);
        test::check_accounting(recorder);
    }
}

TEST_CASE("into a sink without a position events come at least once, with the ids they had") {
    test::TemporaryDirectory directory;
    struct Copying {
        test::ProbeSink to;
        std::string from;
        std::string into;
        notch::Delivery write(const notch::Batch& batch) {
            notch::Delivery delivery = to.write(batch);
            test::copy_journal(from, into);  // dies when the sink has it and the journal does not know yet
            return delivery;
        }
    };
    test::Probe first;
    notch::Recorder recorder{Copying{{&first}, directory / "j", directory / "left"}, test::journaled(directory / "j")};
    record(recorder, 0, 3);
    CHECK(recorder.poll());
    test::Probe second;
    CHECK(notch::recover(directory / "left", test::ProbeSink{&second})->recovered == 3);
    CHECK(second.lines == first.lines);
    REQUIRE(first.lines.size() == 3);
    const std::size_t id = first.lines[2].find(R"(,"notch_id":")");
    REQUIRE(id != std::string::npos);
    CHECK(first.lines[2].substr(id + 13 + 16, 6) == R"(-0-2",)");
    for (std::size_t i = 0; i < 3; ++i) CHECK(second.infos[i].sequence == i);
}

TEST_CASE("the sink is told the names of events whose types nobody knows") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, test::journaled(directory / "j")};
    record(recorder, 0, 3);
    test::copy_journal(directory / "j", directory / "left");
    struct Naming {
        std::string* names;
        notch::Delivery write(const notch::Batch& batch) {
            for (const notch::LineInfo& line : batch.lines) *names += std::string{line.event} + " ";
            return {batch.lines.size(), {}};
        }
    };
    std::string names;
    CHECK(notch::recover(directory / "left", Naming{&names})->recovered == 3);
    CHECK(names == "work work work ");
}

TEST_CASE("each thread's events keep their producer and their order") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, test::journaled(directory / "j")};
    constexpr int threads = 5;
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) all.emplace_back([&recorder, t] { record(recorder, 100 * t, 100 * t + 20); });
    for (std::thread& thread : all) thread.join();
    test::copy_journal(directory / "j", directory / "left");
    test::Probe probe;
    CHECK(notch::recover(directory / "left", test::ProbeSink{&probe})->recovered == 20 * threads);
    std::vector<std::uint64_t> next(threads);
    for (const notch::LineInfo& info : probe.infos) {
        REQUIRE(info.producer < threads);
        CHECK(info.sequence == next[info.producer]++);
    }
}

TEST_CASE("rings that were gone through many times, records across their end") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, test::journaled(directory / "j", 4096)};
    int next = 0;
    for (int round = 0; round < 80; ++round) {
        const int left = next;
        const int count = 1 + round % 17;
        record(recorder, next, next + count);
        next += count;
        test::copy_journal(directory / "j", directory / "left");
        test::put(directory / "other", "");
        REQUIRE(notch::recover(directory / "left", notch::FileSink{directory / "other"})->recovered == static_cast<std::uint64_t>(count));
        CHECK(test::lines_of(directory / "other") == lines_of_numbers(left, next));
        recorder.poll();
    }
}

TEST_CASE("drops leave their gap in the journal") {
    test::TemporaryDirectory directory;
    notch::RecorderOptions options = test::journaled(directory / "j", 4096);
    options.on_full = notch::OnFull::drop_newest;
    notch::Recorder recorder{notch::NullSink{}, options};
    record(recorder, 0, 2);
    CHECK(!recorder.record(Work{1.0, std::string(5000, 'x'), 2}));
    record(recorder, 3, 4);
    test::copy_journal(directory / "j", directory / "left");
    test::Probe probe;
    const auto done = notch::recover(directory / "left", test::ProbeSink{&probe});
    CHECK(done->recovered == 3);
    CHECK(done->gaps == 1);
    REQUIRE(probe.lines.size() == 4);
    CHECK(probe.lines[2].find(R"("first":2,"last":2,"count":1,"reason":"too_large"})") != std::string::npos);
    CHECK(probe.infos[3].sequence == 3);
}

TEST_CASE("gaps of what the sink refused are in the journal until a line tells of them") {
    test::TemporaryDirectory directory;
    struct Refusing {
        bool* refuses;
        notch::Delivery write(const notch::Batch& batch) { return {*refuses ? 0 : batch.lines.size(), {}}; }
    };
    bool refuses = true;
    notch::Recorder recorder{Refusing{&refuses}, test::journaled(directory / "j")};
    record(recorder, 0, 3);
    recorder.poll();
    test::copy_journal(directory / "j", directory / "left");
    test::Probe probe;
    const auto done = notch::recover(directory / "left", test::ProbeSink{&probe});
    CHECK(done->recovered == 0);
    REQUIRE(done->gaps == 1);
    CHECK(probe.lines[0].find(R"("first":0,"last":2,"count":3,"reason":"sink"})") != std::string::npos);
    refuses = false;
    recorder.flush();
    test::copy_journal(directory / "j", directory / "left");
    CHECK(notch::recover(directory / "left", test::ProbeSink{&probe})->gaps == 0);
}

TEST_CASE("so are those of a sink that knows where it writes") {
    test::TemporaryDirectory directory;
    struct Refusing {
        notch::Delivery write(const notch::Batch&) { return {}; }
        notch::Delivery write(const notch::Batch&, notch::WriteIntent& intent) {
            intent.begin({});
            return {};
        }
        notch::Result<std::size_t> settle(const notch::SinkPosition&, std::string_view) { return std::size_t{0}; }
    };
    notch::Recorder recorder{Refusing{}, test::journaled(directory / "j")};
    record(recorder, 0, 3);
    recorder.poll();
    test::copy_journal(directory / "j", directory / "left");
    test::Probe probe;
    const auto done = notch::recover(directory / "left", test::ProbeSink{&probe});
    CHECK(done->recovered == 0);
    REQUIRE(done->gaps == 1);
    CHECK(probe.lines[0].find(R"("first":0,"last":2,"count":3,"reason":"sink"})") != std::string::npos);
}

TEST_CASE("a gap line in the batch that was being written is counted as one") {
    test::TemporaryDirectory directory;
    struct Dying {
        const test::TemporaryDirectory* directory;
        notch::Delivery write(const notch::Batch& batch) { return {batch.lines.size(), {}}; }
        notch::Delivery write(const notch::Batch& batch, notch::WriteIntent& intent) {
            intent.begin({});
            test::copy_journal(*directory / "j", *directory / "left");
            return write(batch);
        }
        notch::Result<std::size_t> settle(const notch::SinkPosition&, std::string_view) { return std::size_t{0}; }
    };
    notch::Recorder recorder{Dying{&directory}, test::journaled(directory / "j", 4096)};
    record(recorder, 0, 2);
    CHECK(!recorder.record(Work{1.0, std::string(5000, 'x'), 2}));
    record(recorder, 3, 4);
    CHECK(recorder.poll());
    const auto done = notch::recover(directory / "left", notch::FileSink{directory / "ledger"});
    REQUIRE(done);
    CHECK(done->recovered == 3);
    CHECK(done->gaps == 1);
    CHECK(test::lines_of(directory / "ledger").size() == 4);
}

TEST_CASE("into a sink that does not start nothing is recovered, and the journal stays") {
    test::TemporaryDirectory directory;
    notch::Recorder dead{notch::NullSink{}, test::journaled(directory / "j")};
    record(dead, 0, 3);
    test::copy_journal(directory / "j", directory / "left");
    test::Probe probe;
    struct NotStarting : test::ProbeSink {
        notch::Result<void> start() { return notch::Error{.place = "start"}; }
    };
    const auto done = notch::recover(directory / "left", NotStarting{{&probe}});
    REQUIRE(!done);
    CHECK(done.error().place == "start");
    CHECK(probe.lines.empty());
    CHECK(notch::recover(directory / "left", test::ProbeSink{&probe})->recovered == 3);
}

TEST_CASE("lines much longer than a batch, and more types than one chunk of schemas holds") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, test::journaled(directory / "j", 1 << 20)};
    REQUIRE(recorder.record(Work{1.0, std::string(200'000, '\x01'), 1}));
    test::copy_journal(directory / "j", directory / "left");
    CHECK(notch::recover(directory / "left", notch::FileSink{directory / "other"})->recovered == 1);
    CHECK(recorder.flush());
    CHECK(test::contents(directory / "other") == test::contents(directory / "ledger"));
    CHECK(test::contents(directory / "ledger").size() > 1'200'000);
}

TEST_CASE("common fields are those of the process that recorded") {
    test::TemporaryDirectory directory;
    struct Host {
        std::string host;
        int pid;
    };
    notch::RecorderOptions options = test::journaled(directory / "j");
    options.common = Host{"a,1", 4711};
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, options};
    record(recorder, 7, 8);
    test::copy_journal(directory / "j", directory / "left");
    options.journal = directory / "left";
    options.common = Host{"b", 1};
    notch::Recorder next{notch::FileSink{directory / "other"}, options};
    CHECK(test::contents(directory / "other") == R"({"timestamp":1.0,"event":"work","status":"running","number":7,"host":"a,1","pid":4711})"
                                                 "\n");
}

TEST_CASE("a sink that refuses what was left keeps it in the journal") {
    test::TemporaryDirectory directory;
    notch::Recorder dead{notch::FileSink{directory / "x"}, test::journaled(directory / "j")};
    record(dead, 0, 200);
    test::copy_journal(directory / "j", directory / "left");
    struct Half {
        notch::FileSink to;
        notch::Delivery write(const notch::Batch& batch) {
            const std::size_t some = batch.lines.size() / 2;
            std::size_t bytes = 0;
            for (const notch::LineInfo& line : batch.lines.first(some)) bytes += line.size;
            return to.write({batch.bytes.substr(0, bytes), batch.lines.first(some)});
        }
    };
    const auto refused = notch::recover(directory / "left", Half{notch::FileSink{directory / "half"}});
    CHECK(!refused);
    CHECK(test::exists(directory / "left"));
    CHECK(!test::lines_of(directory / "half").empty());

    test::Errors errors;
    notch::RecorderOptions options = test::journaled(directory / "left");
    options.on_error = errors.handler();
    {
        notch::Recorder recorder{notch::FileSink{directory / "missing/ledger"}, options};
        CHECK(recorder.record(Work{1.0, "running", 1}));
    }
    CHECK(errors.all.size() >= 2);
    CHECK(test::exists(directory / "left"));

    options.on_error = {};
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, options};
    CHECK(recorder.stats().recovered == 200);
    CHECK(test::lines_of(directory / "ledger") == lines_of_numbers(0, 200));
}

TEST_CASE("events without an envelope come back as they are") {
    test::TemporaryDirectory directory;
    struct Bare {
        int n;
        static constexpr auto notch_options() { return notch::no_envelope; }
    };
    notch::Recorder recorder{notch::NullSink{}, test::journaled(directory / "j")};
    REQUIRE(recorder.record(Bare{5}));
    test::copy_journal(directory / "j", directory / "left");
    CHECK(notch::recover(directory / "left", notch::FileSink{directory / "ledger"})->recovered == 1);
    CHECK(test::contents(directory / "ledger") == "{\"n\":5}\n");
}

#endif
