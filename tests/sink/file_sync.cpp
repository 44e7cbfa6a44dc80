// SPDX-License-Identifier: MIT
// What is put on the disk when, and what flush() means, under each Sync: fsync(2) is counted, and fails.
#if defined(__linux__) && !defined(NOTCH_TEST_EMULATED)
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/batches.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// The number of calls of fsync in `body`, of which those fail that `fails` says, counted from 1.
template <class Body, class Fails>
std::size_t count_syncs(Fails fails, Body body) {
    std::size_t count = 0;
    return test::with_watched_calls({SYS_fsync}, [&](int, ::pid_t) { return fails(++count) ? EIO : 0; }, body);
}
template <class Body>
std::size_t count_syncs(Body body) {
    return count_syncs([](std::size_t) { return false; }, body);
}

constexpr std::size_t of_the_name = 1;  // each opening syncs the directory

}  // namespace

TEST_CASE("os: nothing is synced, and flush() says that the lines stand in the file") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    bool good = true;
    CHECK(count_syncs([&] {
              notch::FileSink sink{path};
              for (int i = 0; i < 3; ++i) good = sink.write(lines.batch()).accepted == 1 && sink.flush() && good;
              sink.control().rotate();
              good = sink.write(lines.batch()).accepted == 1 && good;
          }) == 0);
    CHECK(good);
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("each: every batch and every name, and flush() adds nothing") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    bool good = true;
    CHECK(count_syncs([&] {
              notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::each}};
              for (int i = 0; i < 3; ++i) good = sink.write(lines.batch()).accepted == 1 && sink.flush() && good;
          }) == of_the_name + 3);
    CHECK(count_syncs([&] {
              notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::each}};
              sink.control().rotate();
              good = sink.write(lines.batch()).accepted == 1 && good;
              good = std::rename(path.c_str(), (path + ".1").c_str()) == 0 && sink.write(lines.batch()).accepted == 1 && good;
          }) == 3 * of_the_name + 2);
    CHECK(good);
}

TEST_CASE("interval: the first batch, then at most one in each, and the rest at the end") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    const auto syncs = [&](std::chrono::nanoseconds interval, bool flushes) {
        bool good = true;
        const std::size_t out = count_syncs([&] {
            notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::interval, .sync_interval = interval}};
            for (int i = 0; i < 4; ++i) good = sink.write(lines.batch()).accepted == 1 && (!flushes || sink.flush()) && good;
            if (flushes) good = sink.flush() && good;
        });
        CHECK(good);
        return out;
    };
    CHECK(syncs(std::chrono::hours{1}, false) == of_the_name + 1 + 1);
    CHECK(syncs(std::chrono::hours{1}, true) == of_the_name + 1 + 1);
    CHECK(syncs(std::chrono::nanoseconds{0}, false) == of_the_name + 4);
    CHECK(syncs(std::chrono::nanoseconds{0}, true) == of_the_name + 4);  // a flush without a batch before it has nothing to do
}

TEST_CASE("interval: what a ledger has that is left is synced before it is closed") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    bool good = true;
    std::optional<notch::FileSink> sink;  // its end, which syncs as well, is not counted
    CHECK(count_syncs([&] {
              sink.emplace(notch::FileOptions{.path = path, .sync = notch::Sync::interval, .sync_interval = std::chrono::hours{1}});
              for (int i = 0; i < 2; ++i) good = sink->write(lines.batch()).accepted == 1 && good;
              sink->control().rotate();
              good = sink->flush() && good;
          }) == of_the_name + 1 + 1 + of_the_name);
    CHECK(good);
}

TEST_CASE("interval: the first batch is synced, however often was flushed before it") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    bool good = true;
    std::optional<notch::FileSink> sink;
    CHECK(count_syncs([&] {
              sink.emplace(notch::FileOptions{.path = path, .sync = notch::Sync::interval, .sync_interval = std::chrono::hours{1}});
              good = sink->flush() && sink->idle() && sink->write(lines.batch()).accepted == 1;
          }) == of_the_name + 1);
    CHECK(good);
}

TEST_CASE("of several calls of fsync that failed the first is told") {
    const test::TemporaryDirectory directory;
    const test::Lines lines{"n"};
    std::vector<int> told;
    int count = 0;
    test::with_watched_calls({SYS_fsync}, [&](int, ::pid_t) { return ++count == 1 ? 0 : count == 2 ? EIO : ENOSPC; }, [&] {
        notch::FileSink sink{notch::FileOptions{.path = directory / "events.jsonl", .sync = notch::Sync::each}};
        for (int i = 0; i < 2; ++i) {
            const notch::Delivery delivery = sink.write(lines.batch());
            told.push_back(delivery.error ? delivery.error->os_error : 0);
        }
        if (const notch::Result<void> flushed = sink.flush(); !flushed) told.push_back(flushed.error().os_error);
    });
    CHECK(count == 3);
    CHECK(told == std::vector<int>{EIO, EIO, EIO});
}

TEST_CASE("interval: what a ledger has that is closed to be opened again is synced before") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    bool good = true;
    CHECK(count_syncs([&] {
              notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::interval, .sync_interval = std::chrono::hours{1}}};
              for (int i = 0; i < 3; ++i) {
                  if (i == 2) sink.control().reopen();
                  good = sink.write(lines.batch()).accepted == 1 && good;
              }
          }) == of_the_name + 1 + 1 + of_the_name + 1);
    CHECK(good);
}

TEST_CASE("a file system that has nothing to sync for a file is no fault") {
    const test::TemporaryDirectory directory;
    const test::Lines lines{"n"};
    notch::Delivery delivery;
    notch::Result<void> flushed;
    test::with_watched_calls({SYS_fsync}, [](int, ::pid_t) { return EINVAL; }, [&] {
        notch::FileSink sink{notch::FileOptions{.path = directory / "events.jsonl", .sync = notch::Sync::each}};
        delivery = sink.write(lines.batch());
        flushed = sink.flush();
    });
    CHECK(delivery.accepted == 1);
    CHECK_FALSE(delivery.error);
    CHECK(flushed);
}

TEST_CASE("interval: what is left is synced by a recorder that has nothing to do") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::interval, .sync_interval = std::chrono::seconds{1}}};
    bool good = true;
    // The first batch is synced, the second may be, and is by the time that it is a second old.
    const auto write = [&] { good = sink.write(lines.batch()).accepted == 1 && sink.write(lines.batch()).accepted == 1 && good; };
    CHECK(count_syncs([&] {
              write();
              notch::detail::sleep_nanoseconds(1'100'000'000);
              good = sink.idle() && sink.idle() && good;
          }) == of_the_name + 2);
    CHECK(good);
}

TEST_CASE("an fsync that failed is told once and not forgotten, the lines count as written, and reopening ends it") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    struct Plain {
        double timestamp;
        int number;
    };
    test::ToldErrors told;
    std::vector<bool> flushed;
    notch::Stats stats;
    count_syncs([](std::size_t number) { return number == of_the_name + 2; },
                [&] {
                    notch::RecorderOptions options = told.options();
                    options.thread = false;  // calls are watched on this thread
                    notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::each}};
                    const notch::FileControl control = sink.control();
                    notch::Recorder recorder{std::move(sink), options};
                    for (int i = 0; i < 5; ++i) {
                        if (i == 4) control.reopen();
                        recorder.record(Plain{1.0, i});
                        flushed.push_back(recorder.flush());
                    }
                    stats = recorder.stats();
                });
    CHECK(flushed == std::vector<bool>{true, false, false, false, true});
    REQUIRE(told.list.size() == 1);
    CHECK(told.list[0].message() == "fsync " + path + ": expected everything on the disk, found Input/output error (errno 5)");
    CHECK(test::check_accounting(stats).written == 5);
    CHECK(test::lines_of(path).size() == 5);
}

TEST_CASE("a name that could not be synced is a fault as well") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::Delivery delivery;
    notch::Result<void> flushed;
    count_syncs([](std::size_t number) { return number == 1; },
                [&] {
                    notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::each}};
                    delivery = sink.write(lines.batch());
                    flushed = sink.flush();
                });
    CHECK(delivery.accepted == 1);
    REQUIRE(delivery.error);
    CHECK(delivery.error->place == "fsync the directory of " + path);
    CHECK_FALSE(flushed);
}
#endif
