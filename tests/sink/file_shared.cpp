// SPDX-License-Identifier: MIT
// A ledger that other processes write: its lock, and the tails that killed writers leave.
#include "notch.hpp"

#include "../support/batches.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

void put(const std::string& path, const std::string& text) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

/// Somebody else who holds the ledger's lock.
class OtherLock {
public:
    explicit OtherLock(const std::string& path) : descriptor_{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)} {
        REQUIRE(descriptor_ >= 0);
        REQUIRE(::flock(descriptor_, LOCK_EX) == 0);
    }
    ~OtherLock() { ::close(descriptor_); }
    OtherLock(const OtherLock&) = delete;
    OtherLock& operator=(const OtherLock&) = delete;

private:
    int descriptor_;
};

/// A process that writes `count` lines in batches of 10 and ends; the exit status says how it went.
::pid_t start_writer(const std::string& path, const std::string& text, std::size_t count) {
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child != 0) return child;
    notch::FileSink sink{path};
    const test::Lines lines{text, 10};
    for (std::size_t i = 0; i < count; i += 10)
        if (sink.write(lines.batch()).accepted != 10) ::_exit(1);
    ::_exit(0);
}

}  // namespace

TEST_CASE("a lock that others hold for too long is an error, and the next batch tries again") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{notch::FileOptions{.path = path, .lock_timeout = std::chrono::milliseconds{5}}};
    {
        const OtherLock lock{path};
        const notch::Delivery delivery = sink.write(lines.batch());
        CHECK(delivery.accepted == 0);
        REQUIRE(delivery.error);
        CHECK(delivery.error->code == notch::ErrorCode::write_failed);
        CHECK(delivery.error->os_error == EWOULDBLOCK);
        CHECK(delivery.error->message() ==
              "lock " + path + ": expected the ledger's lock, found that others held it for the whole of lock_timeout");
        CHECK(test::contents(path).empty());
    }
    const notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 2);
    CHECK_FALSE(delivery.error);
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("a lock may be waited for as long as a duration can say") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink sink{notch::FileOptions{.path = path, .lock_timeout = (std::chrono::nanoseconds::max)()}};
    CHECK(sink.write(lines.batch()).accepted == 1);
    notch::Delivery delivery;
    std::thread writer;
    {
        const OtherLock lock{path};
        std::atomic<bool> begins{false};
        writer = std::thread{[&] {
            begins = true;
            delivery = sink.write(lines.batch());
        }};
        while (!begins) std::this_thread::yield();
        notch::detail::sleep_nanoseconds(20'000'000);
    }
    writer.join();
    CHECK(delivery.accepted == 1);
    CHECK_FALSE(delivery.error);
    CHECK(test::contents(path) == lines.text() + lines.text());
}

TEST_CASE("without a lock nobody is waited for") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink sink{notch::FileOptions{.path = path, .lock = false}};
    const OtherLock lock{path};
    CHECK(sink.write(lines.batch()).accepted == 1);
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("the lock is given back after each batch, also after one that failed") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink one{path};
    notch::FileSink two{notch::FileOptions{.path = path, .lock_timeout = std::chrono::seconds{0}}};
    for (int i = 0; i < 3; ++i) {
        CHECK(one.write(lines.batch()).accepted == 1);
        CHECK(two.write(lines.batch()).accepted == 1);
    }
    CHECK(test::lines_of(path).size() == 6);
}

TEST_CASE("a child that fork() made in the middle of a batch does not keep the lock") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink sink{path};
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    struct Forking final : notch::WriteIntent {
        int* ends = nullptr;
        ::pid_t child = -1;
        void begin(const notch::SinkPosition&) noexcept override {
            child = ::fork();
            if (child != 0) return;
            char byte = 0;
            ::close(ends[1]);
            ::_exit(::read(ends[0], &byte, 1) == 0 ? 0 : 1);
        }
    } intent;
    intent.ends = ends;
    CHECK(sink.write(lines.batch(), intent).accepted == 1);
    notch::FileSink other{notch::FileOptions{.path = path, .lock_timeout = std::chrono::seconds{0}}};
    CHECK(other.write(lines.batch()).accepted == 1);
    CHECK(sink.write(lines.batch()).accepted == 1);
    ::close(ends[1]);
    int status = 0;
    REQUIRE(::waitpid(intent.child, &status, 0) == intent.child);
    CHECK(status == 0);
    ::close(ends[0]);
}

TEST_CASE("a tail that a killed writer has left is ended before the next batch, whoever left it and whenever") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    put(path, "{\"torn");
    notch::FileSink sink{path};
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(sink.write(lines.batch()).accepted == 2);
    const std::string so_far = "{\"torn\n" + lines.text() + lines.text();
    CHECK(test::contents(path) == so_far);
    std::ofstream{path, std::ios::binary | std::ios::app} << "{\"torn again\":1}";
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(test::contents(path) == so_far + "{\"torn again\":1}\n" + lines.text());
}

TEST_CASE("whole lines of others get no newline more") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    put(path, "{\"other\":1}\n");
    notch::FileSink sink{path};
    CHECK(sink.write(lines.batch()).accepted == 2);
    std::ofstream{path, std::ios::binary | std::ios::app} << "{\"other\":2}\n";
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(test::contents(path) == "{\"other\":1}\n" + lines.text() + "{\"other\":2}\n" + lines.text());
}

TEST_CASE("a ledger that may be written and not read is written") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    put(path, "{\"other\":1}\n");
    REQUIRE(::chmod(path.c_str(), 0200) == 0);
    notch::FileSink sink{path};
    CHECK(sink.write(lines.batch()).accepted == 1);
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    CHECK(test::contents(path) == "{\"other\":1}\n" + lines.text());
}

TEST_CASE("three processes append to one ledger: every line of each is there once, whole") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    constexpr std::size_t count = 500;
    std::vector<::pid_t> children;
    for (const std::string text : {"a", "b", "c"}) children.push_back(start_writer(path, text + std::string(300, '.'), count));
    for (const ::pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    std::map<std::string, std::size_t> seen;
    for (const std::string& line : test::lines_of(path)) {
        CHECK(notch::validate_json(line));
        ++seen[line];
    }
    CHECK(seen.size() == 30);
    for (const auto& [line, times] : seen) CHECK(times == count / 10);
}
