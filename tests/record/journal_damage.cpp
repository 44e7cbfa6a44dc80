// SPDX-License-Identifier: MIT
// A damaged journal keeps nobody from starting: what is sound of it is recovered, the damage is told, the file is kept aside.
#include "notch.hpp"

#include "../support/journals.hpp"
#include "../support/sinks.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#if !defined(_WIN32)

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Inner {
    std::string name;
    std::vector<double> values;
};
struct Mixed {
    double timestamp;
    std::string text;
    std::optional<int> perhaps;
    std::vector<Inner> inner;
    std::map<std::string, std::vector<std::optional<std::string>>> map;
    std::chrono::system_clock::time_point at;
    int number;
};
struct Plain {
    double timestamp;
    int number;
};

Mixed mixed(int number) {
    return {1.0, "text " + std::to_string(number), number % 2 == 0 ? std::optional{number} : std::nullopt,
            {{"a", {1.0, 2.0}}, {"bb", {}}}, {{"k", {"x", std::nullopt}}, {"l", {}}}, {}, number};
}

/// The smallest journal that has everything: two rings, two schemas, common fields, a gap beside a ring, a batch that is being written.
struct Sample {
    test::TemporaryDirectory directory;
    std::string ledger = directory / "ledger";
    std::string path = directory / "left";
    std::string bytes;
    std::set<std::string> lines;

    Sample() {
        struct Common {
            int pid;
        };
        struct Copying {
            notch::FileSink to;
            std::string journal;
            std::string* into;  // the first that it is asked for
            const bool* asked;
            struct Hook final : notch::WriteIntent {
                notch::WriteIntent& intent;
                Copying& self;
                Hook(notch::WriteIntent& next, Copying& sink) : intent{next}, self{sink} {}
                void begin(const notch::SinkPosition& position) noexcept override {
                    intent.begin(position);
                    if (*self.asked && self.into->empty()) *self.into = test::contents(self.journal);
                }
            };
            notch::Delivery write(const notch::Batch& batch) { return to.write(batch); }
            notch::Delivery write(const notch::Batch& batch, notch::WriteIntent& intent) {
                Hook hook{intent, *this};
                return to.write(batch, hook);
            }
            notch::Result<std::size_t> settle(const notch::SinkPosition& position, std::string_view text) {
                return to.settle(position, text);
            }
        };
        notch::RecorderOptions options = test::journaled(directory / "j", 4096);
        options.batch_bytes = 512;
        options.common = Common{7};
        bool asked = false;
        notch::Recorder recorder{Copying{notch::FileSink{ledger}, directory / "j", &bytes, &asked}, options};
        for (int i = 0; i < 4; ++i) recorder.record(mixed(i));
        for (int i = 4; i < 8; ++i) recorder.record(Plain{1.0, i});
        recorder.poll();
        asked = true;
        const std::vector<std::string> all = test::lines_of(ledger);
        lines = {all.begin(), all.end()};
        REQUIRE(lines.size() == 8);
        for (int i = 0; i < 4; ++i) recorder.record(mixed(10 + i));
        for (int i = 4; i < 8; ++i) recorder.record(Plain{1.0, 10 + i});
        std::thread{[&recorder] {
            for (int i = 0; i < 4; ++i) recorder.record(mixed(30 + i));
        }}.join();
        Mixed too_large = mixed(40);
        too_large.text.resize(5000);
        CHECK(!recorder.record(too_large));
        recorder.poll();
        for (const std::string& line : test::lines_of(ledger)) lines.insert(line);
        REQUIRE(lines.size() == 21);
        REQUIRE(!bytes.empty());
    }

    /// Recovers a journal of these bytes, of which some may be missing or, unless `only_cut`, others.
    notch::Recovery recover(const std::string& damaged, std::size_t* recovered = nullptr, bool only_cut = false) const {
        test::put(path, damaged);
        test::put(ledger, "");
        test::Errors errors;
        notch::RecorderOptions options = test::journaled(path);
        const auto done = notch::recover(path, notch::FileSink{ledger}, errors.handler());
        if (!done) {
            CHECK_MESSAGE(done.error().code == notch::ErrorCode::refused, done.error().message());
            CHECK(test::contents(path) == damaged);
            return {};
        }
        CHECK(!test::exists(path));
        CHECK((done->damaged != 0) == !errors.all.empty());
        CHECK((done->damaged != 0) == !done->set_aside.empty());
        if (!done->set_aside.empty()) std::remove(done->set_aside.c_str());
        const std::vector<std::string> there = test::lines_of(ledger);
        if (recovered != nullptr) *recovered = there.size();
        for (const std::string& line : there)
            if (only_cut) CHECK_MESSAGE((lines.count(line) == 1 || line.find("\"notch_gap\"") != std::string::npos), line);
        return *done;
    }
};

}  // namespace

TEST_CASE("a sound journal, for comparison") {
    const Sample sample;
    std::size_t there = 0;
    CHECK(sample.recover(sample.bytes, &there, true).damaged == 0);
    CHECK(there == 13);
}

TEST_CASE("a journal that was cut off at any length") {
    const Sample sample;
    for (std::size_t size = 1; size < sample.bytes.size(); size += size < 9000 ? 61 : 509) {
        CAPTURE(size);
        sample.recover(sample.bytes.substr(0, size), nullptr, true);
    }
}

// Every fifth: each takes five times as long.
TEST_CASE("a journal of which any byte was changed") {
    const Sample sample;
    const std::string nothing(48, '\0');
    int changed = 0;
    for (std::size_t at = 0; at < sample.bytes.size(); at += 5) {
        // Long runs of zeros are room that nothing uses.
        if (at > 24 && sample.bytes.compare(at - 24, 48, nothing) == 0) continue;
        ++changed;
        std::string damaged = sample.bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
        CAPTURE(at);
        sample.recover(damaged);
    }
    CHECK(changed > 600);
}

TEST_CASE("a record that cannot be read becomes a gap, and the others keep their numbers") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::NullSink{}, test::journaled(directory / "j", 4096)};
    for (int i = 0; i < 5; ++i) REQUIRE(recorder.record(Plain{1.0, i}));
    struct {
        std::uint32_t size = 24;
        std::uint32_t schema = 1;
        double timestamp = 1.0;
        std::int32_t number = 3;
    } record;
    std::string damaged = test::contents(directory / "j");
    const std::size_t at = damaged.find(std::string{reinterpret_cast<const char*>(&record), 20});
    REQUIRE(at != std::string::npos);
    damaged[at + 4] = 9;
    test::put(directory / "left", damaged);
    test::Errors errors;
    test::Probe probe;
    const auto done = notch::recover(directory / "left", test::ProbeSink{&probe}, errors.handler());
    REQUIRE(done);
    CHECK(done->recovered == 4);
    CHECK(done->damaged == 1);
    CHECK(done->gaps == 1);
    CHECK(test::contents(done->set_aside).size() == damaged.size());
    REQUIRE(errors.all.size() == 1);
    CHECK(errors.all[0].find("1 damaged parts, the first is event 3 of ring 0; kept as " + done->set_aside) != std::string::npos);
    REQUIRE(probe.lines.size() == 5);
    CHECK(probe.lines[3].find(R"("first":3,"last":3,"count":1,"reason":"damaged"})") != std::string::npos);
    CHECK(probe.lines[4].find("-0-4\",\"number\":4}") != std::string::npos);

    // Where the next record cannot be found, the ring ends.
    damaged[at + 4] = 1;
    damaged[at] = 25;
    test::put(directory / "left", damaged);
    probe.lines.clear();
    const auto cut = notch::recover(directory / "left", test::ProbeSink{&probe}, errors.handler());
    CHECK(cut->recovered == 3);
    CHECK(probe.lines.size() == 3);
    CHECK(errors.all[1].find("ring 0 from event 3 on") != std::string::npos);
}

TEST_CASE("a recorder starts with a damaged journal at its path, and has a new one") {
    const Sample sample;
    std::string damaged = sample.bytes;
    damaged[8] = static_cast<char>(damaged[8] ^ 1);  // the byte order, and so the header
    test::put(sample.path, damaged);
    test::put(sample.ledger, "");
    test::Errors errors;
    notch::RecorderOptions options = test::journaled(sample.path);
    options.on_error = errors.handler();
    {
        notch::Recorder recorder{notch::FileSink{sample.ledger}, options};
        CHECK(recorder.stats().recovered >= 4);
        CHECK(recorder.record(Plain{1.0, 99}));
        CHECK(test::exists(sample.path));
    }
    CHECK(!test::exists(sample.path));
    REQUIRE(errors.all.size() == 1);
    CHECK(errors.all[0].find("the first is the header") != std::string::npos);
    CHECK(test::lines_of(sample.ledger).back().find("\"number\":99") != std::string::npos);
}

TEST_CASE("a file that is no journal is left as it is") {
    test::TemporaryDirectory directory;
    for (const std::size_t size : {std::size_t{1}, std::size_t{3000}, std::size_t{4096}, std::size_t{20'000}}) {
        const std::string path = directory / "file";
        const std::string text(size, 'a');
        test::put(path, text);
        test::Errors errors;
        notch::RecorderOptions options = test::journaled(path);
        options.on_error = errors.handler();
        notch::Recorder recorder{notch::FileSink{directory / "ledger"}, options};
        REQUIRE(errors.all.size() == 1);
        CHECK(errors.all[0] == "journal " + path + ": expected a journal, or nothing, found another file");
        CHECK(recorder.record(Plain{1.0, 1}));
        CHECK(recorder.flush());
        CHECK(test::contents(path) == text);
        CHECK(notch::recover(path, notch::NullSink{}).error().code == notch::ErrorCode::refused);
    }
}

TEST_CASE("journals with much damage") {
    const Sample sample;
    std::mt19937 random{7};
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        std::string damaged = sample.bytes;
        for (unsigned i = 0; i < 1 + random() % 40; ++i) {
            const std::size_t at = random() % damaged.size();
            const std::size_t count = random() % 64;
            for (std::size_t k = at; k < damaged.size() && k < at + count; ++k) damaged[k] = static_cast<char>(random());
        }
        sample.recover(damaged);
    }
}

#endif
