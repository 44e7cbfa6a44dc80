// SPDX-License-Identifier: MIT
// Whose a journal is: one live recorder's, whoever else asks; of a dead one's, the first's who comes.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/journals.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#if !defined(_WIN32)

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Work {
    double timestamp;
    int number;
};

/// Records through a second recorder with that journal, which must have been told that it cannot have it.
void check_refused(const std::string& path, const std::string& ledger, const std::string& expected) {
    test::Errors errors;
    notch::RecorderOptions options = test::journaled(path);
    options.on_error = errors.handler();
    notch::Recorder second{notch::FileSink{ledger}, options};
    REQUIRE(errors.all.size() == 1);
    CHECK_MESSAGE(errors.all[0].find(expected) != std::string::npos, errors.all[0]);
    CHECK(second.record(Work{1.0, 2}));
    CHECK(second.flush());
    test::check_accounting(second);
    CHECK(test::lines_of(ledger).size() == 1);
}

}  // namespace

TEST_CASE("two recorders of a process never share a journal") {
    test::TemporaryDirectory directory;
    const std::string path = directory / "j";
    notch::Recorder first{notch::FileSink{directory / "ledger"}, test::journaled(path)};
    CHECK(first.record(Work{1.0, 1}));
    const std::string who = "expected a journal that no live recorder has, found that of process " + std::to_string(::getpid());
    check_refused(path, directory / "other", who);
    const auto recovered = notch::recover(path, notch::FileSink{directory / "third"});
    REQUIRE(!recovered);
    CHECK(recovered.error().code == notch::ErrorCode::refused);
    CHECK(test::exists(path));
    CHECK(first.flush());
    CHECK(test::lines_of(directory / "ledger").size() == 1);
    first.close();
    notch::Recorder next{notch::FileSink{directory / "ledger"}, test::journaled(path)};
    CHECK(next.stats().recovered == 0);
    CHECK(test::exists(path));
}

TEST_CASE("of many that open what a dead one left, one has it") {
    test::TemporaryDirectory directory;
    notch::Recorder dead{notch::FileSink{directory / "x"}, test::journaled(directory / "j")};
    for (int i = 0; i < 100; ++i) CHECK(dead.record(Work{1.0, i}));
    for (int round = 0; round < 10; ++round) {
        test::copy_journal(directory / "j", directory / "left");
        test::put(directory / "ledger", "");
        std::atomic<int> have{0};
        std::atomic<int> recovered{0};
        std::atomic<int> ready{0};
        std::atomic<int> refused{0};
        std::vector<std::thread> all;
        for (int i = 0; i < 4; ++i) {
            all.emplace_back([&] {
                notch::RecorderOptions options = test::journaled(directory / "left");
                std::atomic<int> errors{0};
                options.on_error = [&errors](const notch::Error&) { ++errors; };
                notch::Recorder recorder{notch::FileSink{directory / "ledger"}, options};
                if (errors == 0) ++have;
                else ++refused;
                recovered += static_cast<int>(recorder.stats().recovered);
                ++ready;
                while (ready < 4) std::this_thread::yield();
            });
        }
        for (std::thread& thread : all) thread.join();
        CHECK(have == 1);
        CHECK(refused == 3);
        CHECK(recovered == 100);
        CHECK(test::lines_of(directory / "ledger").size() == 100);
    }
}

TEST_CASE("where no journal can be, the recorder says so and works without") {
    test::TemporaryDirectory directory;
    check_refused(directory / "missing/j", directory / "a", "expected a file to keep, found No such file or directory");
    check_refused(directory.path(), directory / "b", "journal " + directory.path());
    test::put(directory / "target", "");
    REQUIRE(::symlink((directory / "target").c_str(), (directory / "link").c_str()) == 0);
    check_refused(directory / "link", directory / "c", "journal " + directory.path() + "/link: expected a file to keep");
    CHECK(test::contents(directory / "target").empty());
    test::put(directory / "shared", "");
    REQUIRE(::chmod((directory / "shared").c_str(), 0622) == 0);
    check_refused(directory / "shared", directory / "e", "expected a file of this user, that no other can write to, found another");
    REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
    check_refused(directory / "fifo", directory / "d", "expected a regular file, found a FIFO");
}

TEST_CASE("a journal that is nobody's yet is left to whoever has its lock") {
    test::TemporaryDirectory directory;
    test::put(directory / "j", "");
    const int other = ::open((directory / "j").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(other >= 0);
    REQUIRE(::flock(other, LOCK_EX) == 0);
    check_refused(directory / "j", directory / "ledger", "expected a journal that no live recorder has");
    ::close(other);
    test::Errors errors;
    notch::RecorderOptions options = test::journaled(directory / "j");
    options.on_error = errors.handler();
    const notch::Recorder recorder{notch::NullSink{}, options};
    CHECK(errors.all.empty());
}

TEST_CASE("a recorder without a thread of its own takes its journal away when it closes") {
    test::TemporaryDirectory directory;
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, test::journaled(directory / "j")};
    CHECK(recorder.record(Work{1.0, 1}));
    CHECK(test::exists(directory / "j"));
    recorder.close();
    CHECK(!test::exists(directory / "j"));
    CHECK(!recorder.record(Work{1.0, 2}));
    test::check_accounting(recorder);
    CHECK(test::lines_of(directory / "ledger").size() == 1);
}

// Emulators and the thread sanitizer do not support a child of a process with several threads that starts threads itself.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NOTCH_TEST_NO_FORK
#endif
#endif
#if !defined(NOTCH_TEST_EMULATED) && !defined(__SANITIZE_THREAD__) && !defined(NOTCH_TEST_NO_FORK)

// A file's size has a limit: the disk that is full at once, without a disk.
TEST_CASE("a full disk is an error, at the beginning and later") {
    test::TemporaryDirectory directory;
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        struct ::rlimit limit {};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = 8192;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        int failures = 0;
        notch::RecorderOptions options = test::journaled(directory / "j");
        options.on_error = [&failures](const notch::Error& error) { failures += error.code == notch::ErrorCode::no_memory ? 1 : 100; };
        {
            notch::Recorder recorder{notch::NullSink{}, options};
            if (failures != 1 || test::exists(directory / "j") || !recorder.record(Work{1.0, 1})) ::_exit(1);
        }
        limit.rlim_cur = 100'000;  // room for the journal and two rings
        ::setrlimit(RLIMIT_FSIZE, &limit);
        failures = 0;
        notch::Recorder recorder{notch::NullSink{}, options};
        std::vector<std::thread> threads;
        std::atomic<int> accepted{0};
        std::atomic<int> done{0};
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&] {
                accepted += recorder.record(Work{1.0, 1}) ? 1 : 0;
                ++done;
                while (done < 6) ::usleep(1000);
            });
        }
        for (std::thread& thread : threads) thread.join();
        recorder.flush();
        const notch::Stats stats = recorder.stats();
        const bool good = accepted > 0 && accepted < 6 && failures == 1 &&
                          stats.drops.no_ring + static_cast<std::uint64_t>(accepted) == 6 &&
                          stats.recorded == stats.written + stats.dropped;
        ::_exit(good ? 0 : 2);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("a child of fork() leaves its parent's journal alone, and a journal whose owner died is free although a child lives on") {
    test::TemporaryDirectory directory;
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        notch::Recorder recorder{notch::FileSink{directory / "x"}, test::journaled(directory / "j")};
        for (int i = 0; i < 10; ++i) recorder.record(Work{1.0, i});
        const ::pid_t grandchild = ::fork();
        if (grandchild == 0) {
            if (recorder.record(Work{1.0, 99}) || recorder.stats().drops.closed != 1 || recorder.poll()) ::_exit(1);
            recorder.close();
            char byte = 0;
            ::close(pipe_ends[1]);
            if (::read(pipe_ends[0], &byte, 1) < 0) ::_exit(2);  // until the test ends; it has the file's lock all the while
            ::_exit(0);
        }
        ::kill(::getpid(), SIGKILL);
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    notch::Recorder recorder{notch::FileSink{directory / "ledger"}, test::journaled(directory / "j")};
    CHECK(recorder.stats().recovered == 10);
    CHECK(test::exists(directory / "j"));
    check_refused(directory / "j", directory / "other", "that of process");
    ::close(pipe_ends[1]);
}

TEST_CASE("a process that lives has its journal for itself, until it is killed") {
    test::TemporaryDirectory directory;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        notch::Recorder recorder{notch::FileSink{directory / "x"}, test::journaled(directory / "j")};
        recorder.record(Work{1.0, 1});
        if (::write(ready[1], "r", 1) != 1) ::_exit(1);
        for (;;) ::pause();
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    check_refused(directory / "j", directory / "other", "that of process " + std::to_string(child));
    ::kill(child, SIGKILL);
    // It is dead, if not yet waited for.
    ::siginfo_t info{};
    ::waitid(P_PID, static_cast<::id_t>(child), &info, WEXITED | WNOWAIT);
    const auto done = notch::recover(directory / "j", notch::FileSink{directory / "ledger"});
    CHECK(done);
    if (done) CHECK(done->recovered == 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ready[0]);
    ::close(ready[1]);
}

#endif
#endif
