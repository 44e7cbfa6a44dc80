// SPDX-License-Identifier: MIT
// A ledger that somebody else renames, removes or replaces while it is written.
#include "notch.hpp"

#include "../support/batches.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

const notch::FileControl* control_of_handler = nullptr;

void reopen_by_signal(int) { control_of_handler->reopen(); }

std::size_t open_descriptors() {
    std::size_t out = 0;
    for (int i = 0; i < 256; ++i) out += ::fcntl(i, F_GETFD) >= 0 ? 1U : 0U;
    return out;
}

}  // namespace

TEST_CASE("a ledger that was renamed is left, and the next batch begins a new one") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{notch::FileOptions{.path = path, .mode = 0640}};
    CHECK(sink.write(lines.batch()).accepted == 2);
    const std::size_t descriptors = open_descriptors();
    for (int i = 1; i <= 3; ++i) {
        const std::string older = path + "." + std::to_string(i);
        REQUIRE(std::rename(path.c_str(), older.c_str()) == 0);
        const notch::Delivery delivery = sink.write(lines.batch());
        CHECK(delivery.accepted == 2);
        CHECK_FALSE(delivery.error);
        CHECK(test::contents(older) == lines.text());
        CHECK(test::contents(path) == lines.text());
    }
    CHECK(open_descriptors() == descriptors);
}

TEST_CASE("a ledger that was replaced by another file is left for that one") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{path};
    CHECK(sink.write(lines.batch()).accepted == 2);
    REQUIRE(std::rename(path.c_str(), (path + ".1").c_str()) == 0);
    const int created = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);  // as logrotate's `create` does
    REQUIRE(created >= 0);
    REQUIRE(::write(created, "{\"other\":1}\n", 12) == 12);
    ::close(created);
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(test::contents(path + ".1") == lines.text());
    CHECK(test::contents(path) == "{\"other\":1}\n" + lines.text());
}

TEST_CASE("a ledger that was removed is made again, also with its directory") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "logs/events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{notch::FileOptions{.path = path, .create_directory = true}};
    CHECK(sink.write(lines.batch()).accepted == 2);
    REQUIRE(::unlink(path.c_str()) == 0);
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(test::contents(path) == lines.text());
    REQUIRE(::unlink(path.c_str()) == 0);
    REQUIRE(::rmdir((directory / "logs").c_str()) == 0);
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("what was cut by copytruncate is written on from its new end") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{path};
    CHECK(sink.write(lines.batch()).accepted == 2);
    REQUIRE(::truncate(path.c_str(), 0) == 0);
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("where the path cannot be opened any more, a renamed ledger is written on and the fault told; a removed one is not") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{path};
    CHECK(sink.write(lines.batch()).accepted == 2);
    REQUIRE(std::rename(path.c_str(), (path + ".1").c_str()) == 0);
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 2);
    REQUIRE(delivery.error);
    CHECK(delivery.error->code == notch::ErrorCode::refused);
    CHECK(delivery.error->found == "a directory");
    CHECK(test::contents(path + ".1") == lines.text() + lines.text());
    sink.control().rotate();  // what is not at its path is not rotated
    delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 2);
    REQUIRE(delivery.error);
    CHECK(delivery.error->found == "a directory");
    const std::size_t descriptors = open_descriptors();
    REQUIRE(::unlink((path + ".1").c_str()) == 0);
    delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 0);
    REQUIRE(delivery.error);
    CHECK(delivery.error->code == notch::ErrorCode::refused);
    CHECK(open_descriptors() == descriptors - 1);  // a removed one gives its room back
    REQUIRE(::rmdir(path.c_str()) == 0);
    delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 2);
    CHECK_FALSE(delivery.error);
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("a ledger whose directory has become a file is written on, and that is told") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "logs/events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{notch::FileOptions{.path = path, .create_directory = true}};
    CHECK(sink.write(lines.batch()).accepted == 2);
    REQUIRE(std::rename((directory / "logs").c_str(), (directory / "older").c_str()) == 0);
    const int file = ::open((directory / "logs").c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    REQUIRE(file >= 0);
    ::close(file);
    const notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 2);
    REQUIRE(delivery.error);
    CHECK(delivery.error->os_error == ENOTDIR);
    CHECK(test::contents(directory / "older/events.jsonl") == lines.text() + lines.text());
}

TEST_CASE("a ledger in a directory that may no longer be searched is written on") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "logs/events.jsonl";
    REQUIRE(::chmod(directory.path().c_str(), 0777) == 0);
    const test::Lines lines{"n", 2};
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(0);  // root may search everything
        notch::FileSink sink{notch::FileOptions{.path = path, .create_directory = true}};
        if (sink.write(lines.batch()).accepted != 2) ::_exit(2);
        if (::chmod((directory / "logs").c_str(), 0) != 0) ::_exit(3);
        const notch::Delivery delivery = sink.write(lines.batch());
        if (::chmod((directory / "logs").c_str(), 0700) != 0) ::_exit(4);
        if (delivery.accepted != 2 || delivery.error) ::_exit(5);
        ::_exit(test::contents(path) == lines.text() + lines.text() ? 0 : 6);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("a ledger that a FIFO has replaced is left for that one, where a FIFO is allowed") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{notch::FileOptions{.path = path, .allow_fifo = true}};
    CHECK(sink.write(lines.batch()).accepted == 2);
    REQUIRE(std::rename(path.c_str(), (path + ".1").c_str()) == 0);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    const notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 2);
    CHECK_FALSE(delivery.error);
    char read[100];
    CHECK(::read(reader, read, sizeof read) == static_cast<ssize_t>(lines.text().size()));
    CHECK(test::contents(path + ".1") == lines.text());
    ::close(reader);
}

TEST_CASE("a link put in the ledger's place is not followed, unless asked for") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const std::string target = directory / "target";
    const test::Lines lines{"n", 2};
    notch::FileSink sink{path};
    notch::FileSink following{notch::FileOptions{.path = path, .follow_links = true}};
    CHECK(sink.write(lines.batch()).accepted == 2);
    CHECK(following.write(lines.batch()).accepted == 2);
    REQUIRE(std::rename(path.c_str(), (path + ".1").c_str()) == 0);
    REQUIRE(::symlink(target.c_str(), path.c_str()) == 0);
    const notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 2);
    REQUIRE(delivery.error);
    CHECK(delivery.error->found == "a symbolic link");
    CHECK(test::contents(target).empty());
    CHECK(following.write(lines.batch()).accepted == 2);
    CHECK(test::contents(target) == lines.text());
    CHECK(test::contents(path + ".1") == lines.text() + lines.text() + lines.text());
}

TEST_CASE("a ledger that is to be reopened is let go of by a flush, so that a removed one gives its room back") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    const std::size_t before = open_descriptors();
    notch::FileSink sink{path};
    CHECK(sink.write(lines.batch()).accepted == 1);
    CHECK(open_descriptors() == before + 1);
    sink.control().reopen();
    CHECK(sink.flush());
    CHECK(open_descriptors() == before);
    CHECK(sink.write(lines.batch()).accepted == 1);
    CHECK(test::contents(path) == lines.text() + lines.text());
}

TEST_CASE("a signal handler can have the ledger reopened") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const test::Lines lines{"n"};
    notch::FileSink sink{notch::FileOptions{.path = path, .allow_fifo = true}};
    const notch::FileControl control = sink.control();
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    CHECK(sink.write(lines.batch()).accepted == 1);
    REQUIRE(::unlink(path.c_str()) == 0);  // nobody looks after a FIFO by himself
    CHECK(sink.write(lines.batch()).accepted == 1);
    CHECK(::access(path.c_str(), F_OK) != 0);

    control_of_handler = &control;
    struct ::sigaction action {};
    struct ::sigaction before {};
    action.sa_handler = reopen_by_signal;
    REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
    REQUIRE(::raise(SIGUSR1) == 0);
    REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
    control_of_handler = nullptr;

    CHECK(sink.write(lines.batch()).accepted == 1);
    CHECK(test::contents(path) == lines.text());
    ::close(reader);
}

TEST_CASE("a control may outlive its sink, and copies reach the same one") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileControl last = notch::FileSink{directory / "other"}.control();
    last.rotate();
    {
        notch::FileSink sink{path};
        notch::FileControl copy{sink.control()};
        last = copy;
        notch::FileSink moved{std::move(sink)};
        CHECK(moved.write(lines.batch()).accepted == 1);
        REQUIRE(::unlink(path.c_str()) == 0);
        REQUIRE(::mkdir(path.c_str(), 0700) == 0);
        last.reopen();
        CHECK(moved.write(lines.batch()).accepted == 0);
        REQUIRE(::rmdir(path.c_str()) == 0);
        CHECK(moved.write(lines.batch()).accepted == 1);
        CHECK(test::contents(path) == lines.text());
    }
    last.reopen();
}
