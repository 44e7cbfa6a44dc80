// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/sysmacros.h>
#endif
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Plain {
    double timestamp;
    int number;
};
const std::string line_of_7 = R"({"timestamp":1.0,"event":"plain","number":7})";

struct Errors {
    std::mutex mutex;
    std::vector<notch::Error> list;
    notch::RecorderOptions options() {
        notch::RecorderOptions out;
        out.on_error = [this](const notch::Error& error) {
            const std::lock_guard lock{mutex};
            list.push_back(error);
        };
        return out;
    }
};

/// Records one event into the sink; what on_error was told.
std::vector<notch::Error> record_one(notch::FileSink sink, bool expect_good) {
    Errors errors;
    notch::Recorder recorder{std::move(sink), errors.options()};
    recorder.record(Plain{1.0, 7});
    CHECK(recorder.flush() == expect_good);
    CHECK(test::check_accounting(recorder).written == (expect_good ? 1U : 0U));
    return errors.list;
}

mode_t mode_of(const std::string& path) {
    struct ::stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a ledger is made with mode 0600, appended to, and keeps its mode") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const mode_t before = ::umask(0);
    CHECK(record_one(notch::FileSink{path}, true).empty());
    CHECK(mode_of(path) == 0600);
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    CHECK(record_one(notch::FileSink{path}, true).empty());
    CHECK(mode_of(path) == 0640);
    CHECK(test::contents(path) == line_of_7 + "\n" + line_of_7 + "\n");
    CHECK(record_one(notch::FileSink{notch::FileOptions{.path = directory / "open.jsonl", .mode = 0644}}, true).empty());
    CHECK(mode_of(directory / "open.jsonl") == 0644);
    ::umask(before);
}

TEST_CASE("a missing parent directory is told, and lines are written once it is there") {
    const test::TemporaryDirectory directory;
    Errors errors;
    notch::Recorder recorder{notch::FileSink{directory / "later/events.jsonl"}, errors.options()};
    recorder.record(Plain{1.0, 1});
    CHECK_FALSE(recorder.flush());
    REQUIRE(errors.list.size() == 1);
    CHECK(errors.list[0].code == notch::ErrorCode::open_failed);
    CHECK(errors.list[0].message() ==
          "open " + directory.path() +
              "/later/events.jsonl: expected a directory to make the file in, found No such file or directory (errno 2)");
    REQUIRE(::mkdir((directory / "later").c_str(), 0700) == 0);
    recorder.record(Plain{1.0, 7});
    CHECK(recorder.flush());
    const std::vector<std::string> lines = test::lines_of(directory / "later/events.jsonl");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("\"event\":\"notch_gap\"") != std::string::npos);
    CHECK(lines[1] == line_of_7);
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.sink == 1);
    CHECK(stats.written == 1);
}

TEST_CASE("symbolic links are refused unless asked for") {
    const test::TemporaryDirectory directory;
    const std::string target = directory / "target";
    const std::string link = directory / "link";
    REQUIRE(::symlink(target.c_str(), link.c_str()) == 0);
    const auto errors = record_one(notch::FileSink{link}, false);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].code == notch::ErrorCode::refused);
    CHECK(errors[0].message() == "open " + link + ": expected a regular file or a character device, found a symbolic link");
    CHECK(errors[0].os_error == ELOOP);
    CHECK(::access(target.c_str(), F_OK) != 0);  // nor is what it leads to made
    REQUIRE(::symlink("/dev/null", (directory / "device").c_str()) == 0);
    CHECK(record_one(notch::FileSink{directory / "device"}, false).size() == 1);
    CHECK(record_one(notch::FileSink{notch::FileOptions{.path = link, .follow_links = true}}, true).empty());
    CHECK(test::contents(target) == line_of_7 + "\n");
}

TEST_CASE("FIFOs are refused at once, with and without a reader, unless asked for") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const auto refused = [&] {
        const auto errors = record_one(notch::FileSink{path}, false);
        REQUIRE(errors.size() == 1);
        CHECK(errors[0].code == notch::ErrorCode::refused);
        CHECK(errors[0].found == "a FIFO");
    };
    refused();
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    refused();
    CHECK(record_one(notch::FileSink{notch::FileOptions{.path = path, .allow_fifo = true}}, true).empty());
    char buffer[100];
    CHECK(::read(reader, buffer, sizeof buffer) == static_cast<ssize_t>(line_of_7.size() + 1));
    ::close(reader);
    CHECK(record_one(notch::FileSink{notch::FileOptions{.path = path, .allow_fifo = true}}, false).size() == 1);
}

TEST_CASE("a program that is run has neither a ledger nor a FIFO open, and a slow reader of a FIFO is waited for") {
    const test::TemporaryDirectory directory;
    const std::string fifo = directory / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(reader >= 0);
    for (const std::string& path : {directory / "events.jsonl", fifo}) {
        const auto sink = notch::FileSink::open(notch::FileOptions{.path = path, .allow_fifo = true});
        REQUIRE(sink);
        struct ::stat wanted {};
        REQUIRE(::stat(path.c_str(), &wanted) == 0);
        int found = 0;
        for (int descriptor = 0; descriptor < 256; ++descriptor) {
            struct ::stat info {};
            if (descriptor == reader || ::fstat(descriptor, &info) != 0) continue;
            if (info.st_dev != wanted.st_dev || info.st_ino != wanted.st_ino) continue;
            ++found;
            CHECK((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
            if (path == fifo) CHECK((::fcntl(descriptor, F_GETFL) & O_NONBLOCK) == 0);
        }
        CHECK(found == 1);
    }
    ::close(reader);
}

TEST_CASE("directories and sockets are refused, character devices are not") {
    const test::TemporaryDirectory directory;
    const auto errors = record_one(notch::FileSink{directory.path()}, false);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].found == "a directory");

    const std::string path = directory / "s";
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(server, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
    const auto socket_errors = record_one(notch::FileSink{path}, false);
    REQUIRE(socket_errors.size() == 1);
    CHECK(socket_errors[0].code == notch::ErrorCode::refused);
    CHECK(socket_errors[0].found == "a socket");
    ::close(server);

    CHECK(record_one(notch::FileSink{"/dev/null"}, true).empty());
#if defined(__linux__)
    const std::string block = directory / "block";
    if (::mknod(block.c_str(), S_IFBLK | 0600, ::makedev(250, 250)) != 0) return;  // root may make one; no driver has it
    const auto block_errors = record_one(notch::FileSink{block}, false);
    REQUIRE(block_errors.size() == 1);
    CHECK(block_errors[0].code == notch::ErrorCode::refused);
    CHECK(block_errors[0].found == "a block device");
    const auto allowed = record_one(notch::FileSink{notch::FileOptions{.path = block, .allow_block_device = true}}, false);
    REQUIRE(allowed.size() == 1);
    CHECK(allowed[0].code == notch::ErrorCode::open_failed);
#endif
}

TEST_CASE("/dev/full refuses every line, and the accounting knows") {
    const auto errors = record_one(notch::FileSink{"/dev/full"}, false);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].code == notch::ErrorCode::write_failed);
    CHECK(errors[0].message() == "write /dev/full: expected all bytes written, found No space left on device (errno 28)");
}

TEST_CASE("FileSink::open tells at once") {
    const test::TemporaryDirectory directory;
    auto good = notch::FileSink::open(directory / "events.jsonl");
    REQUIRE(good);
    CHECK(record_one(std::move(*good), true).empty());
    const auto bad = notch::FileSink::open(directory.path());
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == notch::ErrorCode::refused);
    const auto nowhere = notch::FileSink::open("");
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().message() == "open a ledger: expected the path of a file, found an empty path");
}

TEST_CASE("a file that may grow no further: what was cut off never runs into a later line, and the process lives") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {  // the limit is the process's own, and SIGXFSZ would end it
        ::rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = 1000;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        notch::RecorderOptions options;
        options.on_error = [](const notch::Error&) {};
        notch::Recorder recorder{notch::FileSink{path}, options};
        for (int i = 0; i < 100; ++i) recorder.record(Plain{1.0, i});
        if (recorder.flush()) ::_exit(1);
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        for (int i = 100; i < 200; ++i) recorder.record(Plain{1.0, i});
        if (!recorder.flush()) ::_exit(2);
        const notch::Stats stats = recorder.stats();
        if (stats.recorded != 200 || stats.recorded != stats.written + stats.dropped) ::_exit(3);
        ::_exit(stats.written > 110 && stats.written < 130 ? 0 : 4);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 0);
    std::size_t good = 0;
    std::size_t torn = 0;
    std::size_t gaps = 0;
    for (const std::string& line : test::lines_of(path)) {
        if (line.find("\"event\":\"notch_gap\"") != std::string::npos) ++gaps;
        else notch::from_line<Plain>(line) ? ++good : ++torn;
    }
    CHECK(gaps == 1);
    CHECK(torn <= 1);
    CHECK(good > 110);
    CHECK(test::contents(path).back() == '\n');
}
