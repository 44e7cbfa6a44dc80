// SPDX-License-Identifier: MIT
// Rotation by FileSink itself: when, to which names, by one process at a time, and what is kept.
#include "notch.hpp"

#include "../support/batches.hpp"
#include "../support/ledgers.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// On ext4 an emulated program of 32 bits cannot list a directory: the kernel gives it places of 64 bits.
#if !defined(NOTCH_TEST_EMULATED) || UINTPTR_MAX > 0xFFFFFFFF

namespace {

void put(const std::string& path, const std::string& text) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

/// The names in the directory that begin so, sorted.
std::vector<std::string> names_in(const test::TemporaryDirectory& directory, const std::string& begin) {
    std::vector<std::string> out;
    ::DIR* const stream = ::opendir(directory.path().c_str());
    REQUIRE(stream != nullptr);
    while (const ::dirent* const entry = ::readdir(stream))
        if (std::string{entry->d_name}.compare(0, begin.size(), begin) == 0) out.emplace_back(entry->d_name);
    ::closedir(stream);
    std::sort(out.begin(), out.end());
    return out;
}

void write(notch::FileSink& sink, const test::Lines& lines) {
    const notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == lines.batch().lines.size());
    CHECK_FALSE(delivery.error);
}

/// Rotates by call and writes a line that says which.
void rotate_and_write(notch::FileSink& sink, const std::string& text) {
    sink.control().rotate();
    write(sink, test::Lines{text});
}

}  // namespace

TEST_CASE("by size: a batch that would make the file larger begins a new one, and LedgerReader reads them in their order") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const std::size_t size = test::Lines{"a"}.text().size();
    notch::FileSink sink{notch::FileOptions{.path = path, .rotate_bytes = 3 * size}};
    std::string all;
    for (int i = 0; i < 10; ++i) {
        const test::Lines line{std::string(1, static_cast<char>('a' + i))};
        write(sink, line);
        all += line.text();
    }
    const std::vector<std::string> names = names_in(directory, "events");
    REQUIRE(names.size() == 4);
    std::string read;
    for (const std::string& name : names) {
        CHECK(test::contents(directory / name).size() == (name == "events.jsonl" ? size : 3 * size));
        read += test::contents(directory / name);
    }
    CHECK(read == all);  // names sort in time, and the ledger's own behind them
    const std::string& name = names[0];
    CHECK(name.size() == std::string{"events-20261124T150405.123456.jsonl"}.size());
    const test::LedgerSeen seen = test::read_ledger(path);
    CHECK(seen.good);
    CHECK(seen.bad.empty());
    std::string in_order;
    for (const std::string& line : seen.lines) in_order += line + "\n";
    CHECK(in_order == all);
}

TEST_CASE("by size: a batch that is larger by itself has a file of its own, and an empty file is never rotated") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    notch::FileSink sink{notch::FileOptions{.path = path, .rotate_bytes = 10}};
    const test::Lines large{"n", 5};
    write(sink, large);
    CHECK(names_in(directory, "events").size() == 1);
    write(sink, large);
    write(sink, large);
    const std::vector<std::string> names = names_in(directory, "events");
    CHECK(names.size() == 3);
    for (const std::string& name : names) CHECK(test::contents(directory / name) == large.text());
}

TEST_CASE("by interval: the first batch of a later one begins a new file, whoever wrote the last") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink sink{notch::FileOptions{.path = path, .rotate_interval = std::chrono::hours{24 * 365 * 200}}};
    write(sink, lines);
    write(sink, lines);
    CHECK(names_in(directory, "events").size() == 1);  // as long as it lasts
    notch::FileSink daily{notch::FileOptions{.path = path, .rotate_interval = std::chrono::hours{24}}};
    const auto set_age = [&](std::int64_t seconds) {
        ::timespec times[2]{};
        times[0].tv_sec = times[1].tv_sec = static_cast<std::time_t>(notch::system_microseconds() / 1'000'000 - seconds);
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    };
    set_age(24 * 3'600);
    write(daily, lines);
    CHECK(names_in(directory, "events").size() == 2);
    CHECK(test::contents(path) == lines.text());
    set_age(-24 * 3'600);  // the clock was set back
    write(daily, lines);
    CHECK(names_in(directory, "events").size() == 2);
    REQUIRE(::truncate(path.c_str(), 0) == 0);
    set_age(24 * 3'600);
    write(daily, lines);
    CHECK(names_in(directory, "events").size() == 2);  // it was empty
}

TEST_CASE("by interval: intervals are counted from 1970 on, not from the last batch") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    // The second interval since 1970 began an hour ago.
    const std::int64_t begin = notch::system_microseconds() / 1'000'000 - 3'600;
    notch::FileSink sink{notch::FileOptions{.path = path, .rotate_interval = std::chrono::seconds{begin}}};
    write(sink, lines);
    const auto set_time = [&](std::int64_t seconds) {
        ::timespec times[2]{};
        times[0].tv_sec = times[1].tv_sec = static_cast<std::time_t>(seconds);
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    };
    set_time(begin + 1);
    write(sink, lines);
    CHECK(names_in(directory, "events").size() == 1);
    set_time(begin - 1);
    write(sink, lines);
    CHECK(names_in(directory, "events").size() == 2);
}

TEST_CASE("by call: before the next batch, or by a flush") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink sink{path};
    const notch::FileControl control = sink.control();
    control.rotate();
    CHECK(sink.flush());
    CHECK(names_in(directory, "events") == std::vector<std::string>{"events.jsonl"});  // empty: nothing to rotate
    for (int i = 0; i < 2; ++i) write(sink, lines);
    CHECK(names_in(directory, "events").size() == 1);  // that call is done with
    control.rotate();
    CHECK(names_in(directory, "events").size() == 1);
    write(sink, lines);
    CHECK(names_in(directory, "events").size() == 2);
    control.rotate();
    CHECK(sink.flush());
    CHECK(names_in(directory, "events").size() == 3);
    CHECK(test::contents(path).empty());
    CHECK(sink.flush());
    write(sink, lines);
    CHECK(names_in(directory, "events").size() == 3);
}

TEST_CASE("the names of ledgers without an ending, with several, and hidden") {
    for (const std::string base : {"events", "events.old.jsonl", ".events", ".events.jsonl"}) {
        const test::TemporaryDirectory directory;
        notch::FileSink sink{directory / base};
        write(sink, test::Lines{"a"});
        rotate_and_write(sink, "b");
        rotate_and_write(sink, "c");
        const test::LedgerSeen seen = test::read_ledger(directory / base);
        CHECK(seen.lines == std::vector<std::string>{"{\"a\":0}", "{\"b\":0}", "{\"c\":0}"});
    }
}

TEST_CASE("a ledger where the process stands is rotated there") {
    const test::TemporaryDirectory directory;
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::chdir(directory.path().c_str()) != 0) ::_exit(1);
        notch::FileSink sink{notch::FileOptions{.path = "events.jsonl", .create_directory = true}};
        bool good = sink.write(test::Lines{"a"}.batch()).accepted == 1;
        sink.control().rotate();
        const notch::Delivery delivery = sink.write(test::Lines{"b"}.batch());
        good = good && delivery.accepted == 1 && !delivery.error;
        ::_exit(good ? 0 : 2);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(names_in(directory, "events").size() == 2);
    CHECK(test::contents(directory / "events.jsonl") == "{\"b\":0}\n");
}

TEST_CASE("nothing is overwritten, and names keep the order of time when the clock is set back") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const std::string future = "events-20991231T235959.999999.jsonl";
    put(directory / future, "{\"future\":0}\n");
    notch::FileSink sink{path};
    write(sink, test::Lines{"a"});
    rotate_and_write(sink, "b");
    rotate_and_write(sink, "c");
    CHECK(names_in(directory, "events") ==
          std::vector<std::string>{future, "events-21000101T000000.000000.jsonl", "events-21000101T000000.000001.jsonl", "events.jsonl"});
    CHECK(test::contents(directory / future) == "{\"future\":0}\n");
    CHECK(test::contents(directory / "events-21000101T000000.000000.jsonl") == "{\"a\":0}\n");
    CHECK(test::contents(directory / "events-21000101T000000.000001.jsonl") == "{\"b\":0}\n");
}

TEST_CASE("a free name is looked for when the one at hand is taken") {
    const test::TemporaryDirectory directory;
    notch::detail::Opened opened = notch::detail::LedgerPath{directory / "x.jsonl"}.open();
    REQUIRE(opened.error == 0);
    const int at = opened.file.descriptor();
    put(directory / "x.jsonl", "ledger");
    put(directory / "x-19700101T000000.000007.jsonl", "taken");
    std::int64_t time = 7;
    CHECK(notch::detail::give_rotated_name(at, "x.jsonl", time) == 0);
    CHECK(time == 8);
    CHECK(test::contents(directory / "x-19700101T000000.000007.jsonl") == "taken");
    CHECK(test::contents(directory / "x-19700101T000000.000008.jsonl") == "ledger");
    put(directory / "x.jsonl", "next");
    for (int i = 9; i < 108; ++i) put(directory / notch::detail::rotated_name("x.jsonl", notch::detail::rotation_stamp(i)), "taken");
    time = 8;
    CHECK(notch::detail::give_rotated_name(at, "x.jsonl", time) == EEXIST);
    CHECK(test::contents(directory / "x.jsonl") == "next");
}

TEST_CASE("stamps are read back, and nothing else is taken for one") {
    for (const std::int64_t time : {0LL, 1LL, 1'795'532'645'123'456LL, 951'782'399'999'999LL, 253'402'300'799'999'999LL})
        CHECK(notch::detail::time_of_rotation(notch::detail::rotation_stamp(time)) == time);
    CHECK(notch::detail::rotation_stamp(1'795'532'645'123'456) == "20261124T150405.123456");
    for (const std::string stamp : {"20261124T150405", "20261124T150405.12345", "20261124T150405.1234567", "20261124T150405Z123456",
                                    "20261324T150405.123456", "20260024T150405.123456", "20260230T150405.123456", "20261124T240405.123456",
                                    "2026112_T150405.123456", "20261124T150405.12345Z", ""})
        CHECK(notch::detail::time_of_rotation(stamp) == -1);
}

TEST_CASE("keep_files: the newest ones are left, and files with other names") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const std::vector<std::string> foreign{"events-20200101.jsonl", "events.jsonl.1", "events-20200101T000000.000000.json",
                                           "events-20200101T000000.0000000.jsonl", "event-20200101T000000.000000.jsonl",
                                           "events.jsonl-20200101T000000.000000"};
    for (const std::string& name : foreign) put(directory / name, "{}\n");
    put(directory / "events-20200101T000000.000000.jsonl.gz", "packed");
    notch::FileSink sink{notch::FileOptions{.path = path, .keep_files = 3}};
    write(sink, test::Lines{"0"});
    for (int i = 1; i <= 2; ++i) rotate_and_write(sink, std::to_string(i));
    CHECK(test::contents(directory / "events-20200101T000000.000000.jsonl.gz") == "packed");  // the third
    for (int i = 3; i <= 6; ++i) rotate_and_write(sink, std::to_string(i));
    CHECK(test::contents(directory / "events-20200101T000000.000000.jsonl.gz").empty());
    for (const std::string& name : foreign) CHECK(test::contents(directory / name) == "{}\n");
    const std::vector<std::string> names = names_in(directory, "events-2");
    std::string text;
    for (const std::string& name : names)
        if (std::find(foreign.begin(), foreign.end(), name) == foreign.end()) text += test::contents(directory / name);
    CHECK(text + test::contents(path) == "{\"3\":0}\n{\"4\":0}\n{\"5\":0}\n{\"6\":0}\n");
}

TEST_CASE("keep_bytes: what the rotated files have together, and the newest in any case") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const std::size_t size = test::Lines{"0"}.text().size();
    notch::FileSink sink{notch::FileOptions{.path = path, .keep_bytes = 2 * size + 1}};
    write(sink, test::Lines{"0"});
    for (int i = 1; i <= 5; ++i) rotate_and_write(sink, std::to_string(i));
    CHECK(names_in(directory, "events-").size() == 2);
    const test::Lines large{"large", 100};
    sink.control().rotate();
    write(sink, large);
    CHECK(names_in(directory, "events-").size() == 2);
    rotate_and_write(sink, "7");
    const std::vector<std::string> names = names_in(directory, "events-");
    REQUIRE(names.size() == 1);
    CHECK(test::contents(directory / names[0]) == large.text());
    notch::FileSink exact{notch::FileOptions{.path = path, .keep_bytes = 2 * size}};
    for (int i = 1; i <= 5; ++i) rotate_and_write(exact, std::to_string(i));
    CHECK(names_in(directory, "events-").size() == 2);
}

TEST_CASE("keep_age: what was rotated longer ago goes") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const auto aged = [](std::int64_t hours) {
        const std::int64_t time = notch::system_microseconds() - hours * 3'600'000'000;
        return notch::detail::rotated_name("events.jsonl", notch::detail::rotation_stamp(time));
    };
    const std::string old = aged(49);
    const std::string young = aged(47);
    for (const std::string& name : {old, young}) put(directory / name, "{}\n");
    notch::FileSink sink{notch::FileOptions{.path = path, .keep_age = std::chrono::hours{48}}};
    write(sink, test::Lines{"a"});
    CHECK(test::contents(directory / old) == "{}\n");  // looked at by a rotation
    rotate_and_write(sink, "b");
    CHECK(test::contents(directory / old).empty());
    CHECK(test::contents(directory / young) == "{}\n");
    CHECK(names_in(directory, "events").size() == 3);
    const std::string future = "events-20991231T235959.999999.jsonl";  // the clock was set back: ages are still those until now
    put(directory / future, "{}\n");
    rotate_and_write(sink, "c");
    CHECK(test::contents(directory / young) == "{}\n");
    CHECK(test::contents(directory / future) == "{}\n");
    CHECK(names_in(directory, "events").size() == 5);
}

TEST_CASE("a ledger behind a link is written on and not rotated") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    REQUIRE(::symlink("target", path.c_str()) == 0);
    notch::FileSink sink{notch::FileOptions{.path = path, .follow_links = true}};
    const test::Lines lines{"n"};
    write(sink, lines);
    sink.control().rotate();
    const notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 1);
    REQUIRE(delivery.error);
    CHECK(delivery.error->message() == "rotate " + path + ": expected the ledger itself under its name, found a symbolic link");
    CHECK(test::contents(directory / "target") == lines.text() + lines.text());
    CHECK(names_in(directory, "events").size() == 1);
    sink.control().rotate();
    const notch::Result<void> flushed = sink.flush();
    REQUIRE_FALSE(flushed);
    CHECK(flushed.error().message() == delivery.error->message());
}

TEST_CASE("two processes that rotate the same ledger: each line is there once, in some file, and no file was too large") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    constexpr std::size_t count = 300;
    const test::Lines sizes{"a", 10};
    std::vector<::pid_t> children;
    for (const std::string text : {"a", "b"}) {
        const ::pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const test::Lines lines{text, 10};
            notch::FileSink sink{notch::FileOptions{.path = path, .rotate_bytes = 5 * sizes.text().size()}};
            for (std::size_t i = 0; i < count; ++i) {
                const notch::Delivery delivery = sink.write(lines.batch());
                if (delivery.accepted != 10 || delivery.error) ::_exit(1);
            }
            ::_exit(0);
        }
        children.push_back(child);
    }
    for (const ::pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    const std::vector<std::string> names = names_in(directory, "events");
    CHECK(names.size() == 2 * count / 5);  // each but the last is full: nobody rotated twice
    std::map<std::string, std::size_t> seen;
    for (const std::string& name : names) {
        CHECK(test::contents(directory / name).size() == 5 * sizes.text().size());
        for (const std::string& line : test::lines_of(directory / name)) ++seen[line];
    }
    CHECK(seen.size() == 20);
    for (const auto& [line, times] : seen) CHECK(times == count);
}
#endif
