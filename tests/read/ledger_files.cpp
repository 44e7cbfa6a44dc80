// SPDX-License-Identifier: MIT
// The files of a ledger: which they are, in which order they are read, and what a rotation meanwhile does.
#include "notch.hpp"

#include "../support/ledgers.hpp"
#include "../support/reading.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using notch::ErrorCode;
using notch::LedgerReader;
using test::LedgerSeen;

namespace {

using Numbers = std::vector<std::uint64_t>;

std::string line_of(std::uint64_t number) { return "{\"n\":" + std::to_string(number) + "}\n"; }
std::uint64_t number_of(std::string_view line) { return std::strtoull(line.data() + 5, nullptr, 10); }

void append(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary | std::ios::app} << bytes; }

Numbers numbers_of(const LedgerSeen& seen) {
    Numbers out;
    for (const std::string& line : seen.lines) out.push_back(number_of(line));
    return out;
}
Numbers from_to(std::uint64_t first, std::uint64_t last) {
    Numbers out;
    for (; first <= last; ++first) out.push_back(first);
    return out;
}

/// x.jsonl.1 becomes x.jsonl.2 and so on, as logrotate does it; what would be number `most` + 1 is removed.
void rotate(const std::string& path, int most) {
    std::remove((path + "." + std::to_string(most)).c_str());
    for (int i = most; i > 1; --i) std::rename((path + "." + std::to_string(i - 1)).c_str(), (path + "." + std::to_string(i)).c_str());
    std::rename(path.c_str(), (path + ".1").c_str());
}

bool is_accepted(const std::string& path, const notch::LedgerOptions& options = {}) {
    return LedgerReader::open(path, options).has_value();
}

notch::Error refused(const std::string& path, const notch::LedgerOptions& options = {}) {
    const notch::Error error = test::refusal_of([&] { return LedgerReader::open(path, options); });
    const LedgerSeen seen = test::read_ledger(path, options);
    CHECK_FALSE(seen.good);
    CHECK(seen.error.message() == error.message());
    CHECK(seen.lines.empty());
    return error;
}

}  // namespace

TEST_CASE("the oldest file is read first") {
    using Names = std::vector<std::string>;
    for (const Names& names :
         {Names{"x.jsonl.10", "x.jsonl.2", "x.jsonl.1", "x.jsonl"}, Names{"x.10.jsonl", "x.9.jsonl", "x.jsonl"},
          Names{"x.jsonl.0012", "x.jsonl.3", "x.jsonl"}, Names{"x.jsonl.10", "x.jsonl.0009", "x.jsonl.1", "x.jsonl"},
          Names{"x.jsonl-20261123", "x.jsonl-20261124", "x.jsonl-20261124-1530", "x.jsonl"},
          Names{"x-20251231T235959Z.jsonl", "x-20261124T150405.000001Z.jsonl", "x-20261124T150405.5Z.jsonl", "x.jsonl"},
          Names{"x.jsonl.20261124", "x.jsonl.2", "x.jsonl.1"}}) {
        CAPTURE(names.front());
        const test::TemporaryDirectory place;
        for (std::size_t i = names.size(); i != 0; --i) test::put(place / names[i - 1], line_of(i - 1));
        for (const char* other : {"x.jsonl.1.bak", "x.jsonl.foo", "x.jsonl~", "y.jsonl", "xx.jsonl", "x.json", "x.jsonl.", "x.jsonl-",
                                  "x.jsonl-2026", "x-a.jsonl", "x..jsonl", "a.x.jsonl"})
            test::put(place / other, line_of(99));
        const LedgerSeen seen = test::read_ledger(place / "x.jsonl");
        CHECK(numbers_of(seen) == from_to(0, names.size() - 1));
        CHECK(seen.bad.empty());
        CHECK(seen.good);
        for (std::size_t i = 0; i < seen.files.size(); ++i) CHECK(seen.files[i] == place / names[i]);
        CHECK(seen.counts.files == names.size());
        CHECK(is_accepted(place / "x.jsonl"));
        if (names.back() == "x.jsonl")
            CHECK(numbers_of(test::read_ledger(place / "x.jsonl", {.rotated = false})) == Numbers{names.size() - 1});
    }
}

TEST_CASE("a ledger without an ending, and one by a relative path") {
    const test::TemporaryDirectory place;
    for (const char* name : {"events", "events.1", ".hidden", ".hidden.1"}) test::put(place / name, line_of(name[0] == '.' ? 1 : 2));
    CHECK(numbers_of(test::read_ledger(place / "events")) == Numbers{2, 2});
    CHECK(numbers_of(test::read_ledger(place / ".hidden")) == Numbers{1, 1});
    const int status = test::exit_status_of([&] {
        if (::chdir(place.path().c_str()) != 0) return 1;
        return test::read_ledger("events").lines.size() == 2 && test::read_ledger("./events").lines.size() == 2 ? 0 : 2;
    });
    CHECK(status == 0);
}

TEST_CASE("compressed files are told of, and the others are read") {
    const test::TemporaryDirectory place;
    for (int i = 130; i > 2; --i) test::put(place / ("x.jsonl." + std::to_string(i) + ".gz"), "\x1f\x8b");
    test::put(place / "x.jsonl.2.zst", "");
    test::put(place / "x.jsonl.1", line_of(1));
    test::put(place / "x.jsonl", line_of(2));
    const LedgerSeen seen = test::read_ledger(place / "x.jsonl");
    CHECK(numbers_of(seen) == Numbers{1, 2});
    REQUIRE(seen.bad.size() == 129);
    CHECK(seen.bad[0].message == place / "x.jsonl.130.gz: expected a ledger as it was written, found a compressed file");
    CHECK(seen.bad[0].number == 0);
    CHECK(seen.bad[128].message.find("x.jsonl.2.zst") != std::string::npos);
    CHECK(seen.counts.bad == 129);
    CHECK(seen.good);
}

TEST_CASE("links and what is no file are refused") {
    const test::TemporaryDirectory place;
    test::put(place / "real.jsonl", line_of(1));
    test::put(place / "hard.jsonl", line_of(2));
    REQUIRE(::symlink("real.jsonl", (place / "link.jsonl").c_str()) == 0);
    REQUIRE(::symlink("gone", (place / "dangling.jsonl").c_str()) == 0);
    REQUIRE(::link((place / "hard.jsonl").c_str(), (place / "second").c_str()) == 0);
    REQUIRE(::mkfifo((place / "fifo.jsonl").c_str(), 0600) == 0);
    REQUIRE(::mkdir((place / "directory.jsonl").c_str(), 0700) == 0);
    const auto message = [&place](const std::string& name, const char* what) { return place / name + ": expected a regular file" + what; };
    CHECK(refused(place / "link.jsonl").message() == message("link.jsonl", ", found a symbolic link"));
    CHECK(refused(place / "dangling.jsonl").code == ErrorCode::refused);
    CHECK(refused(place / "hard.jsonl").message() == message("hard.jsonl", " with one link, found a file with 2 links"));
    CHECK(refused(place / "fifo.jsonl").message() == message("fifo.jsonl", ", found a FIFO"));
    CHECK(refused(place / "directory.jsonl").message() == message("directory.jsonl", ", found a directory"));
    CHECK(refused(place / "nothing.jsonl").code == ErrorCode::open_failed);
    CHECK(refused(place / "nothing/x.jsonl").code == ErrorCode::open_failed);
    CHECK(refused("").code == ErrorCode::refused);
    CHECK(refused(place.path() + "/").code == ErrorCode::refused);
    CHECK(refused(place / std::string{"real.jsonl\0x", 12}).code == ErrorCode::refused);
    CHECK(refused(place / "nothing.jsonl", {.rotated = false}).code == ErrorCode::open_failed);
    CHECK(refused("/dev/zero").message() == "/dev/zero: expected a regular file, found a character device");
    // When they are asked for, links are followed; a FIFO stays refused.
    const notch::LedgerOptions following{.follow_links = true};
    CHECK(numbers_of(test::read_ledger(place / "link.jsonl", following)) == Numbers{1});
    CHECK(numbers_of(test::read_ledger(place / "hard.jsonl", following)) == Numbers{2});
    CHECK(is_accepted(place / "link.jsonl", following));
    CHECK(refused(place / "fifo.jsonl", following).code == ErrorCode::refused);
    CHECK(refused(place / "dangling.jsonl", following).code == ErrorCode::open_failed);
    CHECK(is_accepted(place / "real.jsonl"));
}

TEST_CASE("an older file that is refused keeps the others from nothing") {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl.3", line_of(1));
    REQUIRE(::mkfifo((place / "x.jsonl.2").c_str(), 0600) == 0);
    REQUIRE(::symlink("x.jsonl.3", (place / "x.jsonl.1").c_str()) == 0);
    test::put(place / "x.jsonl", line_of(2));
    const LedgerSeen seen = test::read_ledger(place / "x.jsonl");
    CHECK(numbers_of(seen) == Numbers{1, 2});
    REQUIRE(seen.bad.size() == 2);
    CHECK(seen.bad[0].message == place / "x.jsonl.2: expected a regular file, found a FIFO");
    CHECK(seen.bad[1].message == place / "x.jsonl.1: expected a regular file, found a symbolic link");
    CHECK(seen.good);
}

TEST_CASE("without permission there is an error") {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl", line_of(1));
    ::chmod((place / "x.jsonl").c_str(), 0);
    ::chmod(place.path().c_str(), 0755);
    const int status = test::exit_status_of([&] {
        if (!test::become_nobody()) return 1;
        const auto opened = LedgerReader::open(place / "x.jsonl");
        return !opened && opened.error().code == ErrorCode::open_failed && !test::read_ledger(place / "x.jsonl").good ? 0 : 2;
    });
    CHECK(status == 0);
    // In a directory that may not be listed only the file itself can be read, when nothing else is asked for.
    ::chmod((place / "x.jsonl").c_str(), 0644);
    ::chmod(place.path().c_str(), 0711);
    const int unlisted = test::exit_status_of([&] {
        if (!test::become_nobody()) return 1;
        if (is_accepted(place / "x.jsonl") || test::read_ledger(place / "x.jsonl").good) return 2;
        return is_accepted(place / "x.jsonl", {.rotated = false}) &&
                       test::read_ledger(place / "x.jsonl", {.rotated = false}).lines.size() == 1
                   ? 0
                   : 3;
    });
    CHECK(unlisted == 0);
}

TEST_CASE("an unfinished line at the end of an older file is torn") {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl.1", line_of(1) + "{\"n\":");
    test::put(place / "x.jsonl", line_of(2) + "{\"n\":3}");
    const LedgerSeen seen = test::read_ledger(place / "x.jsonl");
    CHECK(numbers_of(seen) == Numbers{1, 2});
    REQUIRE(seen.bad.size() == 1);
    CHECK(seen.bad[0].torn);
    CHECK(seen.bad[0].message ==
          place / "x.jsonl.1, line 2, column 6: expected the newline at the end of the line, found the end of the file");
    CHECK(seen.bad[0].byte == 8);
    CHECK(seen.bad[0].text == "{\"n\":");
    CHECK(seen.counts.torn == 1);
    CHECK(seen.counts.tail_bytes == 7);
    CHECK(seen.counts.bytes == 8 + 5 + 8);

    notch::LedgerOptions options;
    options.limits.max_bytes = 10;
    test::put(place / "x.jsonl.1", line_of(1) + "{\"n\":\"long\"");
    const LedgerSeen limited = test::read_ledger(place / "x.jsonl", options);
    CHECK(numbers_of(limited) == Numbers{1, 2});
    REQUIRE(limited.bad.size() == 1);
    CHECK(limited.bad[0].message == place / "x.jsonl.1, line 2, column 1: expected at most 10 bytes (max_bytes), found 11 bytes");
    CHECK(limited.bad[0].torn);
}

TEST_CASE("a rotation before any line loses and repeats nothing") {
    // Four files of five lines each; after `step` lines, `times` rotations, each followed by a line of the writer.
    for (const int most : {100, 4})
        for (const int times : {1, 2})
            for (std::size_t step = 0; step <= 20; ++step) {
                CAPTURE(most);
                CAPTURE(times);
                CAPTURE(step);
                const test::TemporaryDirectory place;
                const std::string path = place / "x.jsonl";
                std::uint64_t next = 1;
                for (int file = 3; file >= 0; --file)
                    for (int i = 0; i < 5; ++i) append(file == 0 ? path : path + "." + std::to_string(file), line_of(next++));
                notch::LedgerLines lines = LedgerReader{path}.lines();
                LedgerSeen seen;
                for (std::size_t i = 0; i < step; ++i) {
                    const notch::LedgerLine* const line = lines.next();
                    REQUIRE(line != nullptr);
                    seen.lines.emplace_back(line->text);
                }
                for (int i = 0; i < times; ++i) {
                    rotate(path, most);
                    append(path, line_of(next++));
                }
                test::read_more(lines, seen);
                Numbers expected = from_to(1, next - 1);
                // What was removed before it was opened is gone: at most the first file, by the second rotation.
                if (most == 4 && times == 2 && step == 0) expected.erase(expected.begin(), expected.begin() + 5);
                if (numbers_of(seen) != expected) {
                    std::string all;
                    for (const std::uint64_t n : numbers_of(seen)) all += std::to_string(n) + " ";
                    FAIL(all);
                }
                CHECK(seen.bad.empty());
                CHECK(seen.good);
            }
}

TEST_CASE("at the end, next() goes on with what comes later") {
    const test::TemporaryDirectory place;
    const std::string path = place / "x.jsonl";
    test::put(path, line_of(1) + "{\"n\"");
    notch::LedgerLines lines = LedgerReader{path}.lines();
    LedgerSeen seen;
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == Numbers{1});
    CHECK(seen.counts.tail_bytes == 4);
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == Numbers{1});
    append(path, ":2}\n" + line_of(3) + "{\"wrong\":");
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == Numbers{1, 2, 3});
    // The writer takes its unfinished line back, as after a full disk, and writes another one.
    REQUIRE(::truncate(path.c_str(), 24) == 0);
    append(path, line_of(4) + line_of(5));
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 5));
    // It writes on into the renamed file before it opens the new one.
    rotate(path, 9);
    append(path + ".1", line_of(6));
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 6));
    append(path + ".1", line_of(7));
    append(path, line_of(8));
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 8));
    // The file is removed, and a new one has its name.
    std::remove(path.c_str());
    append(path, line_of(9));
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 9));
    CHECK(seen.bad.empty());
    CHECK(seen.counts.files == 3);
    CHECK(seen.counts.tail_bytes == 0);
}

TEST_CASE("what is put among the older files meanwhile is not read") {
    const test::TemporaryDirectory place;
    const std::string path = place / "x.jsonl";
    test::put(path + ".1", line_of(1));
    test::put(path, line_of(2));
    notch::LedgerLines lines = LedgerReader{path}.lines();
    LedgerSeen seen;
    test::read_more(lines, seen);
    rotate(path, 9);
    test::put(path, line_of(3));
    test::put(path + ".2.gz", "\x1f\x8b");  // logrotate compresses what has been read
    test::put(path + ".7", line_of(9));
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 3));
    CHECK(seen.bad.empty());
    CHECK(test::read_ledger(path).lines.size() == 4);
    CHECK(test::read_ledger(path).bad.size() == 1);
}

TEST_CASE("a line that is appended to a file while the reader looks for the next one") {
    const test::TemporaryDirectory place;
    const std::string path = place / "x.jsonl";
    test::put(path, line_of(1));
    LedgerSeen seen;
    notch::LedgerLines lines = LedgerReader{path}.lines();
    test::read_more(lines, seen);
    rotate(path, 9);
    test::put(path, line_of(3));
    bool appended = false;
    test::with_watched_calls(
        {SYS_getdents64},
        [&](int, ::pid_t) {
            if (!std::exchange(appended, true)) append(path + ".1", line_of(2));
            return 0;
        },
        [&] { test::read_more(lines, seen); });
    CHECK(appended);
    CHECK(numbers_of(seen) == from_to(1, 3));
}

TEST_CASE("a file that a listing misses because it is renamed meanwhile") {
    for (int hidden_at = 1; hidden_at <= 8; ++hidden_at) {
        CAPTURE(hidden_at);
        const test::TemporaryDirectory place;
        const std::string path = place / "x.jsonl";
        test::put(path, line_of(1));
        LedgerSeen seen;
        notch::LedgerLines lines = LedgerReader{path}.lines();
        test::read_more(lines, seen);
        rotate(path, 9);
        test::put(path, line_of(2));
        rotate(path, 9);
        test::put(path, line_of(3));
        int listed = 0;
        test::with_watched_calls(
            {SYS_getdents64},
            [&](int, ::pid_t) {
                if (++listed == hidden_at) std::rename((path + ".1").c_str(), (place / "hidden").c_str());
                if (listed == hidden_at + 1) std::rename((place / "hidden").c_str(), (path + ".1").c_str());
                return 0;
            },
            [&] { test::read_more(lines, seen); });
        CHECK(listed > hidden_at);
        CHECK(numbers_of(seen) == from_to(1, 3));
        CHECK(seen.bad.empty());
    }
}

TEST_CASE("a file whose name is another's by the time that it is opened") {
    const test::TemporaryDirectory place;
    const std::string path = place / "x.jsonl";
    test::put(path, line_of(1));
    LedgerSeen seen;
    notch::LedgerLines lines = LedgerReader{path}.lines();
    test::read_more(lines, seen);
    rotate(path, 9);
    test::put(path, line_of(2));
    int listed = 0;
    bool rotated = false;
    test::with_watched_calls(
        {SYS_getdents64, SYS_openat, SYS_openat2},
        [&](int call, ::pid_t) {
            if (call == SYS_getdents64) ++listed;
            else if (listed >= 8 && !std::exchange(rotated, true)) {  // it is known that there is one, then which: this opens it
                rotate(path, 9);
                test::put(path, line_of(3));
                return ENOENT;  // as between the two steps of that rotation
            }
            return 0;
        },
        [&] { test::read_more(lines, seen); });
    CHECK(rotated);
    CHECK(numbers_of(seen) == from_to(1, 3));
    CHECK(seen.bad.empty());
}

TEST_CASE("an unfinished line that is replaced by a whole one, or grows beyond the limit") {
    const test::TemporaryDirectory place;
    const std::string path = place / "x.jsonl";
    test::put(path, line_of(1) + "{\"n\":999");
    notch::LedgerOptions options;
    options.limits.max_bytes = 600;
    options.buffer_bytes = 256;
    notch::LedgerLines lines = LedgerReader{path, options}.lines();
    LedgerSeen seen;
    test::read_more(lines, seen);
    REQUIRE(::truncate(path.c_str(), 8) == 0);
    append(path, line_of(2));  // as many bytes as what it replaces
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 2));
    append(path, std::string(3'000, 'x'));  // more than the buffer has: only its head is kept
    test::read_more(lines, seen);
    CHECK(seen.counts.tail_bytes == 3'000);
    test::read_more(lines, seen);
    append(path, std::string(100, 'x'));
    test::read_more(lines, seen);
    CHECK(seen.counts.tail_bytes == 3'100);
    append(path, std::string(200, 'x') + "\n" + line_of(3));
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 3));
    REQUIRE(seen.bad.size() == 1);
    CHECK(seen.bad[0].message == path + ", line 3, column 1: expected at most 600 bytes (max_bytes), found 3300 bytes");

    // Between the read that found it and the next one, too.
    test::put(path, line_of(1) + "{\"n\":77");
    std::size_t reads = 0;
    const auto replace = [&](int, ::pid_t) {
        if (++reads == 2) {
            CHECK(::truncate(path.c_str(), 8) == 0);
            append(path, line_of(2));
        }
        return 0;
    };
    LedgerSeen again;
    test::with_watched_calls({SYS_pread64}, replace, [&] { again = test::read_ledger(path); });
    CHECK(reads >= 2);
    CHECK(numbers_of(again) == from_to(1, 2));
    CHECK(again.bad.empty());
}

TEST_CASE("an older file that cannot be read is told of, and the others are read; the last one ends the reading") {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl.1", line_of(1));
    test::put(place / "x.jsonl", line_of(2));
    for (const std::size_t failing : {1U, 4U}) {
        CAPTURE(failing);
        std::size_t reads = 0;
        const auto fail_one = [&](int, ::pid_t) { return ++reads == failing ? EIO : 0; };
        LedgerSeen seen;
        test::with_watched_calls({SYS_pread64}, fail_one, [&] { seen = test::read_ledger(place / "x.jsonl"); });
        if (failing == 1) {
            CHECK(seen.good);
            CHECK(numbers_of(seen) == Numbers{2});
            REQUIRE(seen.bad.size() == 1);
            CHECK(seen.bad[0].code == ErrorCode::read_failed);
            CHECK(seen.bad[0].message.starts_with(place / "x.jsonl.1: expected the bytes of the file, found "));
            CHECK(seen.bad[0].number == 0);
        } else {
            CHECK_FALSE(seen.good);
            CHECK(seen.error.code == ErrorCode::read_failed);
            CHECK(seen.error.place == place / "x.jsonl");
            CHECK(numbers_of(seen) == Numbers{1});
        }
    }
}

TEST_CASE("two names of one file, with another between them") {
    for (int i = 4; i < 20; ++i) {  // in whatever order the system lists them
        CAPTURE(i);
        const bool newest_first = i % 2 == 0;
        const test::TemporaryDirectory place;
        const std::string names[] = {place / "x.jsonl", place / ("x.jsonl." + std::to_string(i / 2))};
        test::put(names[newest_first ? 0 : 1], line_of(1));
        REQUIRE(::link(names[newest_first ? 0 : 1].c_str(), names[newest_first ? 1 : 0].c_str()) == 0);
        test::put(place / "x.jsonl.1", line_of(2));
        CHECK(numbers_of(test::read_ledger(place / "x.jsonl", {.follow_links = true})) == Numbers{1, 2});
        CHECK(numbers_of(test::read_ledger(place / "x.jsonl")) == Numbers{2});
    }
}

TEST_CASE("a file that shrinks below what was read is told of and read from its start") {
    const test::TemporaryDirectory place;
    const std::string path = place / "x.jsonl";
    test::put(path, line_of(1) + line_of(2));
    notch::LedgerLines lines = LedgerReader{path}.lines();
    LedgerSeen seen;
    test::read_more(lines, seen);
    test::put(path, line_of(3));
    test::read_more(lines, seen);
    CHECK(numbers_of(seen) == from_to(1, 3));
    CHECK(seen.numbers == Numbers{1, 2, 1});
    REQUIRE(seen.bad.size() == 1);
    CHECK(seen.bad[0].message == path + ": expected a ledger that only grows, found a file that shrank while it was read");
}

TEST_CASE("a writer that rotates as it likes, at the same time") {
    constexpr std::uint64_t count = 1'500;
    const test::TemporaryDirectory place;
    const std::string path = place / "x.jsonl";
    test::put(path, line_of(1));
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        for (std::uint64_t n = 2; n <= count; ++n) {
            if (n % 20 == 0) rotate(path, static_cast<int>(n / 20) + 1);
            append(path, line_of(n));
        }
        ::_exit(0);
    }
    LedgerSeen seen;
    notch::LedgerLines lines = LedgerReader{path, {.buffer_bytes = 256}}.lines();
    for (bool ended = false; !ended;) {
        ended = ::waitpid(child, nullptr, WNOHANG) == child;
        test::read_more(lines, seen);  // once more after the writer's end
    }
    CHECK(seen.bad.empty());
    CHECK(seen.good);
    CHECK(seen.lines.size() == count);
    CHECK(numbers_of(seen) == from_to(1, count));
}
