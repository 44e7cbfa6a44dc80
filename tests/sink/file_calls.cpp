// SPDX-License-Identifier: MIT
// Each system call of a FileSink fails, one after the other: whatever was accepted stands in the ledger once, whatever was not does
// not, and no line is glued to another.

// Emulators do not know the filter that stands between; the thread sanitizer makes some of these calls itself, under its own locks.
#if defined(__linux__) && !defined(NOTCH_TEST_EMULATED) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NOTCH_TEST_NO_WATCHING
#endif
#endif
#ifndef NOTCH_TEST_NO_WATCHING
#include "notch.hpp"

#include "../support/batches.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

const std::vector<int> calls{
    SYS_openat, SYS_write,      SYS_pread64, SYS_fsync,     SYS_flock,    SYS_ftruncate,  SYS_fstat,
    SYS_statx,  SYS_newfstatat, SYS_mkdirat, SYS_renameat2, SYS_unlinkat, SYS_getdents64,
#if defined(SYS_open)
    SYS_open, SYS_stat, SYS_lstat, SYS_rename, SYS_mkdir,
#endif
};

/// In memory where that can be had: of what is synced here, nothing needs to reach a disk.
const char* quick_directory() { return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; }

/// What the ledger's files hold: how often each line, and how many pieces of torn ones.
std::map<std::string, std::size_t> lines_in(const std::string& directory, std::size_t& torn) {
    std::map<std::string, std::size_t> out;
    ::DIR* const stream = ::opendir(directory.c_str());
    if (stream == nullptr) return out;
    while (const ::dirent* const entry = ::readdir(stream)) {
        if (entry->d_name[0] == '.') continue;
        for (const std::string& line : test::lines_of(directory + "/" + entry->d_name)) {
            if (notch::validate_json(line)) ++out[line];
            else ++torn;
        }
    }
    ::closedir(stream);
    return out;
}

struct Run {
    std::map<std::string, bool> accepted{};  ///< each line, and whether it was
    std::size_t calls = 0;
};

/// Batches with a rotation between them, each synced, while the calls fail that `fails` says, counted from 1. The last two after that.
template <class Fails>
Run run_sink(const std::string& path, int number, Fails fails) {
    Run out;
    std::size_t count = 0;
    bool over = false;
    out.calls = test::with_watched_calls(
        calls, [&](int, ::pid_t) { return !over && fails(++count) ? number : 0; },
        [&] {
            notch::FileSink sink{notch::FileOptions{.path = path,
                                                    .create_directory = true,
                                                    .lock_timeout = std::chrono::milliseconds{1},
                                                    .sync = notch::Sync::each,
                                                    .keep_files = 100}};
            for (int i = 0; i < 7; ++i) {
                const test::Lines lines{"batch" + std::to_string(i), 3};
                if (i == 2 || i == 4) sink.control().rotate();
                if (i == 5) over = true;
                const notch::Delivery delivery = sink.write(lines.batch());
                for (std::size_t j = 0; j < 3; ++j)
                    out.accepted["{\"batch" + std::to_string(i) + "\":" + std::to_string(j) + "}"] = j < delivery.accepted;
            }
        });
    return out;
}

void check_run(const std::string& directory, const Run& run) {
    std::size_t torn = 0;
    std::map<std::string, std::size_t> found = lines_in(directory, torn);
    for (const auto& [text, taken] : run.accepted) {
        const std::string& line = text;  // clang 14 lets no lambda have a structured binding
        const bool accepted = taken;
        CHECK_MESSAGE(found[line] == (accepted ? 1U : 0U), line);
        if (line.compare(0, 8, "{\"batch5") == 0 || line.compare(0, 8, "{\"batch6") == 0) CHECK_MESSAGE(accepted, line);
    }
    CHECK(found.size() == run.accepted.size());
    CHECK(torn == 0);
}

}  // namespace

TEST_CASE("the N-th call fails, for every N") {
    for (const int number : {EIO, EACCES}) {
        std::size_t most = 1;
        for (std::size_t n = 1; n <= most; ++n) {
            const test::TemporaryDirectory directory{quick_directory()};
            const Run run = run_sink(directory / "logs/events.jsonl", number, [n](std::size_t call) { return call == n; });
            CAPTURE(number);
            CAPTURE(n);
            check_run(directory / "logs", run);
            most = (std::max)(most, run.calls);
        }
        CHECK(most > 40);
    }
}

TEST_CASE("calls fail from the N-th on, for a while, for every N") {
    std::size_t most = 1;
    for (std::size_t n = 1; n <= most; ++n) {
        const test::TemporaryDirectory directory{quick_directory()};
        const Run run = run_sink(directory / "logs/events.jsonl", EIO, [n](std::size_t call) { return call >= n && call < n + 10; });
        CAPTURE(n);
        check_run(directory / "logs", run);
        most = (std::max)(most, run.calls);
    }
}

TEST_CASE("a torn line that cannot be cut off is ended before the next batch, and was not accepted") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int out = 0;
        test::with_refused_calls({SYS_ftruncate}, EIO, [&] {
            const test::Lines lines{"n", 3};
            ::rlimit limit{};
            ::getrlimit(RLIMIT_FSIZE, &limit);
            limit.rlim_cur = lines.first(1).size() + 4;
            ::setrlimit(RLIMIT_FSIZE, &limit);
            notch::FileSink sink{path};
            if (sink.write(lines.batch()).accepted != 1) out = 1;
            limit.rlim_cur = limit.rlim_max;
            ::setrlimit(RLIMIT_FSIZE, &limit);
            if (sink.write(lines.batch()).accepted != 3) out = 2;
            if (test::contents(path) != lines.first(1) + "{\"n\"\n" + lines.text()) out = 3;
        });
        ::_exit(out);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("what somebody without the lock appends behind a write that was cut short is not cut off") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const std::string other = "{\"other\":1}\n";
    for (const bool appends : {true, false}) {
        const ::pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const test::Lines lines{"n", 3};
            ::rlimit limit{};
            ::getrlimit(RLIMIT_FSIZE, &limit);
            limit.rlim_cur = lines.first(1).size() + 4;
            ::setrlimit(RLIMIT_FSIZE, &limit);
            limit.rlim_cur = limit.rlim_max;
            std::size_t writes = 0;
            std::size_t accepted = 0;
            const auto decide = [&](int call, ::pid_t) {
                writes += call == SYS_write ? 1U : 0U;
                if (call == SYS_write || writes != 2 || !appends) return 0;  // the second is the one that fails
                ::setrlimit(RLIMIT_FSIZE, &limit);
                std::ofstream{path, std::ios::binary | std::ios::app} << other;
                return writes = 0, 0;
            };
            test::with_watched_calls({SYS_write, SYS_fstat, SYS_newfstatat, SYS_statx}, decide, [&] {
                notch::FileSink sink{path};
                accepted = sink.write(lines.batch()).accepted;
            });
            const std::string rest = appends ? lines.text().substr(lines.first(1).size(), 4) + other : "";
            ::_exit(accepted == 1 && test::contents(path) == lines.first(1) + rest ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        ::unlink(path.c_str());
    }
}

TEST_CASE("a rotation that fails is told, the ledger is written on as it is, and the next call tries again") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    std::vector<notch::Delivery> deliveries;
    std::string before;
    bool fails = true;
    test::with_watched_calls(
        {SYS_renameat2}, [&](int, ::pid_t) { return fails ? EACCES : 0; },
        [&] {
            notch::FileSink sink{path};
            for (int i = 0; i < 4; ++i) {
                if (i == 3) fails = false;
                if (i == 1 || i == 3) sink.control().rotate();
                deliveries.push_back(sink.write(lines.batch()));
                if (i == 2) before = test::contents(path);
            }
        });
    REQUIRE(deliveries.size() == 4);
    for (const notch::Delivery& delivery : deliveries) CHECK(delivery.accepted == 1);
    CHECK_FALSE(deliveries[0].error);
    REQUIRE(deliveries[1].error);
    CHECK(deliveries[1].error->message() == "rotate " + path + ": expected a new name for it, found Permission denied (errno 13)");
    CHECK(deliveries[2].error);  // still due: told once by the recorder
    CHECK_FALSE(deliveries[3].error);
    CHECK(before == lines.text() + lines.text() + lines.text());
    CHECK(test::contents(path) == lines.text());
}
#endif
#endif
