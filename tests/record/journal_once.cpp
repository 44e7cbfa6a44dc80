// SPDX-License-Identifier: MIT
// Into a file each event comes exactly once, wherever the process died: before, within and after the write of a batch, and again
// within the recovery.
#include "notch.hpp"

#include "../support/journals.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#if !defined(_WIN32)

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
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

std::string line_of(int number) {
    return R"({"timestamp":1.0,"event":"work","status":"ok","number":)" + std::to_string(number) + "}\n";
}
std::string lines_of_numbers(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) out += line_of(i);
    return out;
}

/// What a process leaves that dies when it was about to write a batch.
struct Death {
    std::string journal;
    std::string ledger;
    std::string batch;
    std::string earlier;  ///< the journal just before it was told where the batch is going to stand
};

/// Keeps what would be left by a death at each batch's beginning, and behind the last one.
struct DyingSink {
    notch::FileSink to;
    std::string journal;
    std::vector<Death>* deaths;
    std::string* behind = nullptr;  ///< the journal when the batch was written
    void (*meanwhile)() = nullptr;  ///< what happens when a batch is about to be written

    struct Hook final : notch::WriteIntent {
        DyingSink& self;
        notch::WriteIntent& intent;
        std::string_view bytes;
        Hook(DyingSink& sink, notch::WriteIntent& next, std::string_view batch) : self{sink}, intent{next}, bytes{batch} {}
        void begin(const notch::SinkPosition& position) noexcept override {
            std::string earlier = test::contents(self.journal);
            intent.begin(position);
            if (self.meanwhile != nullptr) self.meanwhile();
            self.deaths->push_back({test::contents(self.journal), test::contents(self.to.path()), std::string{bytes}, earlier});
        }
    };

    notch::Result<void> start() { return to.start(); }
    notch::Delivery write(const notch::Batch& batch) { return to.write(batch); }
    notch::Delivery write(const notch::Batch& batch, notch::WriteIntent& intent) {
        Hook hook{*this, intent, batch.bytes};
        notch::Delivery delivery = to.write(batch, hook);
        if (behind != nullptr) *behind = test::contents(journal);
        return delivery;
    }
    notch::Result<std::size_t> settle(const notch::SinkPosition& position, std::string_view bytes) { return to.settle(position, bytes); }
};

notch::Recorder* recording = nullptr;
void record_two_more() {
    if (recording == nullptr) return;
    for (int i = 20; i < 22; ++i) recording->record(Work{1.0, "ok", i});
}

/// A process that died when events 5 to 19 were about to be written behind 0 to 4; 20 and 21 are recorded.
struct Dead {
    test::TemporaryDirectory directory;
    std::string ledger = directory / "ledger";
    std::string journal = directory / "left";
    const std::string first = lines_of_numbers(0, 5);
    const std::string batch = lines_of_numbers(5, 20);
    const std::string all = lines_of_numbers(0, 22);
    std::vector<Death> deaths;
    std::string behind;

    Dead() {
        notch::Recorder recorder{DyingSink{notch::FileSink{ledger}, directory / "j", &deaths, &behind, record_two_more},
                                 test::journaled(directory / "j")};
        for (int i = 0; i < 5; ++i) recorder.record(Work{1.0, "ok", i});
        recorder.poll();
        recording = &recorder;
        for (int i = 5; i < 20; ++i) recorder.record(Work{1.0, "ok", i});
        recorder.poll();
        recording = nullptr;
        const std::string then = behind;
        recorder.close();
        behind = then;
        REQUIRE(deaths.size() == 3);
        REQUIRE(deaths[1].ledger == first);
        REQUIRE(deaths[1].batch == batch);
    }
    /// The ledger as the death left it, in the file that it was, and the journal.
    void leave(const std::string& lines, const std::string& state) const {
        test::put(ledger, lines);
        test::put(journal, state);
    }
    void leave(const std::string& lines) const { leave(lines, deaths[1].journal); }
};

}  // namespace

TEST_CASE("a write that was cut anywhere is completed") {
    const Dead dead;
    for (std::size_t cut = 0; cut <= dead.batch.size(); ++cut) {
        CAPTURE(cut);
        dead.leave(dead.first + dead.batch.substr(0, cut));
        const auto done = notch::recover(dead.journal, notch::FileSink{dead.ledger});
        REQUIRE(done);
        const auto whole =
            static_cast<std::uint64_t>(std::count(dead.batch.begin(), dead.batch.begin() + static_cast<std::ptrdiff_t>(cut), '\n'));
        CHECK(done->already_written == whole);
        CHECK(done->recovered == 17 - whole);
        REQUIRE(test::contents(dead.ledger) == dead.all);
    }
}

TEST_CASE("a process that died behind its write and before its note of it") {
    const Dead dead;
    dead.leave(dead.first + dead.batch, dead.behind);
    CHECK(notch::recover(dead.journal, notch::FileSink{dead.ledger})->recovered == 2);
    CHECK(test::contents(dead.ledger) == dead.all);
}

TEST_CASE("another process has written behind the torn batch") {
    const Dead dead;
    const std::string foreign = "{\"other\":1}\n";
    for (std::size_t cut = 0; cut <= dead.batch.size(); cut += 7) {
        CAPTURE(cut);
        const std::string there = dead.first + dead.batch.substr(0, cut);
        dead.leave(there + (there.back() == '\n' ? "" : "\n") + foreign);
        REQUIRE(notch::recover(dead.journal, notch::FileSink{dead.ledger}));
        const std::vector<std::string> lines = test::lines_of(dead.ledger);
        for (int i = 0; i < 22; ++i) {
            const std::string line = line_of(i);
            CHECK(std::count(lines.begin(), lines.end(), line.substr(0, line.size() - 1)) == 1);
        }
        CHECK(std::count(lines.begin(), lines.end(), foreign.substr(0, foreign.size() - 1)) == 1);
    }
}

TEST_CASE("the ledger is gone: the whole batch goes to the new one") {
    const Dead dead;
    dead.leave("");
    REQUIRE(std::rename(dead.ledger.c_str(), (dead.ledger + ".elsewhere").c_str()) == 0);
    REQUIRE(notch::recover(dead.journal, notch::FileSink{dead.ledger}));
    CHECK(test::contents(dead.ledger) == lines_of_numbers(5, 22));
}

TEST_CASE("the recovery dies as well, within each of its own writes, and so does the next one") {
    const Dead dead;
    const std::size_t line = line_of(10).size();
    const auto some_cuts = [line](std::size_t size) {
        std::vector<std::size_t> out;
        for (const std::size_t cut : {std::size_t{0}, line / 2, line, 3 * line + 5, size - 1, size})
            if (cut <= size) out.push_back(cut);
        return out;
    };
    const auto check_deaths = [&](const auto& self, const std::vector<Death>& deaths, int depth) -> void {
        for (const Death& death : deaths) {
            for (const std::size_t cut : some_cuts(death.batch.size())) {
                CAPTURE(cut);
                CAPTURE(depth);
                dead.leave(death.ledger + death.batch.substr(0, cut), death.journal);
                std::vector<Death> next;
                REQUIRE(notch::recover(dead.journal, DyingSink{notch::FileSink{dead.ledger}, dead.journal, &next}));
                REQUIRE(test::contents(dead.ledger) == dead.all);
                if (depth > 1) self(self, next, depth - 1);
            }
        }
    };
    check_deaths(check_deaths, {dead.deaths[1]}, 2);
}

// What was noted of the batch that never began must not count when the recovery, whose batches end elsewhere, dies as well.
TEST_CASE("a death between the notes of a batch of two rings and its write, and one within the recovery") {
    test::TemporaryDirectory directory;
    const std::string ledger = directory / "ledger";
    const std::string left = directory / "left";
    std::vector<Death> deaths;
    notch::RecorderOptions options = test::journaled(directory / "j", 1 << 18);
    options.batch_bytes = 1 << 20;
    notch::Recorder recorder{DyingSink{notch::FileSink{ledger}, directory / "j", &deaths}, options};
    constexpr int events = 1500;  // more than one batch of a recovery
    for (int i = 0; i < 2; ++i) REQUIRE(recorder.record(Work{1.0, "ok", events}));
    std::thread{[&recorder] {
        for (int i = 0; i < events; ++i) recorder.record(Work{1.0, "ok", i});
    }}.join();
    REQUIRE(recorder.poll());
    REQUIRE(deaths.size() == 1);
    const auto check_recovery = [&](const std::string& state, const std::string& lines, std::vector<Death>& next) {
        test::put(ledger, lines);
        test::put(left, state);
        REQUIRE(notch::recover(left, DyingSink{notch::FileSink{ledger}, left, &next}));
        std::vector<std::string> there = test::lines_of(ledger);
        CHECK(there.size() == events + 2);
        std::sort(there.begin(), there.end());
        CHECK(std::unique(there.begin(), there.end()) - there.begin() == events + 1);
    };
    std::vector<Death> next;
    check_recovery(deaths[0].earlier, "", next);
    REQUIRE(next.size() >= 2);
    for (const Death& death : next) {
        std::vector<Death> none;
        check_recovery(death.earlier, death.ledger, none);
        check_recovery(death.journal, death.ledger, none);
        check_recovery(death.journal, death.ledger + death.batch, none);
    }
}

TEST_CASE("a journal of a file, recovered into a sink without a position, repeats the batch with ids") {
    const Dead dead;
    dead.leave(dead.first + dead.batch);
    struct Plain {
        std::vector<std::string>* lines;
        notch::Delivery write(const notch::Batch& batch) {
            std::size_t at = 0;
            for (const notch::LineInfo& info : batch.lines) {
                lines->emplace_back(batch.bytes.substr(at, info.size));
                at += info.size;
            }
            return {batch.lines.size(), {}};
        }
    };
    std::vector<std::string> lines;
    CHECK(notch::recover(dead.journal, Plain{&lines})->recovered == 17);
    REQUIRE(lines.size() == 17);
    CHECK(lines[0].find("-0-5\"") != std::string::npos);
    CHECK(lines[16].find("-0-21\"") != std::string::npos);
}

#endif
