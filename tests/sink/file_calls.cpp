// SPDX-License-Identifier: MIT
// Each system call of a FileSink fails, one after the other: whatever was accepted stands in the ledger once, whatever was not does
// not, and no line is glued to another.

#include "../support/watches.hpp"

#if NOTCH_TEST_WATCHES
#include "notch.hpp"

#include "../support/batches.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
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

void limit_files(std::size_t bytes) {
    ::rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Makes room as soon as it hears of a fault.
struct Rescuer final : notch::SinkHost {
    int reports = 0;
    void report(const notch::Error&) override {
        ++reports;
        limit_files(0);
    }
    [[nodiscard]] bool hurries() const noexcept override { return false; }
};

struct NoIntent final : notch::WriteIntent {
    void begin(const notch::SinkPosition&) noexcept override {}
};

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

void check_run(const std::string& directory, const Run& run, std::size_t torn_before = 0) {
    std::size_t torn = 0;
    std::map<std::string, std::size_t> found = lines_in(directory, torn);
    for (const auto& [text, taken] : run.accepted) {
        const std::string& line = text;  // clang 14 lets no lambda have a structured binding
        const bool accepted = taken;
        CHECK_MESSAGE(found[line] == (accepted ? 1U : 0U), line);
        if (line.compare(0, 8, "{\"batch5") == 0 || line.compare(0, 8, "{\"batch6") == 0) CHECK_MESSAGE(accepted, line);
    }
    CHECK(found.size() == run.accepted.size());
    CHECK(torn == torn_before);
}

}  // namespace

TEST_CASE("the N-th call fails, for every N") {
    for (const int number : {EIO, EACCES}) {
        std::size_t most = 1;
        for (std::size_t n = 1; n <= most; ++n) {
            const test::TemporaryDirectory directory{quick_directory()};
            const bool torn = number == EACCES;  // a writer that was killed has been there before
            if (torn) {
                REQUIRE(::mkdir((directory / "logs").c_str(), 0700) == 0);
                std::ofstream{directory / "logs/events.jsonl"} << "{\"torn";
            }
            const Run run = run_sink(directory / "logs/events.jsonl", number, [n](std::size_t call) { return call == n; });
            CAPTURE(number);
            CAPTURE(n);
            check_run(directory / "logs", run, torn ? 1 : 0);
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

TEST_CASE("a call that a signal interrupts is made again, and nobody hears of it") {
    const std::vector<int> interrupted{
        SYS_openat, SYS_write, SYS_pread64, SYS_fsync, SYS_flock,
#if defined(SYS_open)
        SYS_open,
#endif
    };
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    std::ofstream{path, std::ios::binary} << "{\"torn";
    const test::Lines lines{"n", 3};
    std::map<int, int> count;
    bool good = true;
    // Every other call, of locking the first: an unlock never waits, and so is never interrupted.
    const auto decide = [&](int call, ::pid_t) {
        const int number = ++count[call];
        return (call == SYS_flock ? number == 1 : number % 2 == 1) ? EINTR : 0;
    };
    test::with_watched_calls(interrupted, decide, [&] {
        notch::FileSink sink{notch::FileOptions{.path = path, .sync = notch::Sync::each, .keep_files = 1}};
        for (int i = 0; i < 3; ++i) {
            if (i != 0) sink.control().rotate();
            const notch::Delivery delivery = sink.write(lines.batch());
            good = good && delivery.accepted == 3 && !delivery.error && sink.flush();
        }
    });
    CHECK(good);
    CHECK(test::contents(path) == lines.text());
    for (const int call : {SYS_openat, SYS_write, SYS_pread64, SYS_fsync, SYS_flock}) CHECK(count[call] > 1);
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

TEST_CASE("block: behind a torn rest that cannot be cut off the rest of the batch is written, of one whose place was told not") {
    const test::TemporaryDirectory directory;
    for (const bool told : {false, true}) {
        const std::string path = directory / ("events" + std::to_string(told));
        const ::pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            int out = 0;
            test::with_refused_calls({SYS_ftruncate}, EIO, [&] {
                const test::Lines lines{"n", 4};
                limit_files(lines.first(2).size() + 4);
                notch::FileSink sink{notch::FileOptions{.path = path, .on_fault = notch::OnFault::block}};
                Rescuer host;
                NoIntent intent;
                sink.attach(host);
                const notch::Delivery delivery = told ? sink.write(lines.batch(), intent) : sink.write(lines.batch());
                const std::string rest = told ? "" : "\n" + lines.text().substr(lines.first(2).size());
                if (delivery.accepted != (told ? 2U : 4U)) out = 1;
                if (delivery.error.has_value() != told) out = 2;
                if (test::contents(path) != lines.first(2) + "{\"n\"" + rest) out = 3;
                if (host.reports != 1) out = 4;
            });
            ::_exit(out);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
}

TEST_CASE("a write that the system cuts short is gone on with where it ended") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const test::Lines lines{"n", 3};
        limit_files(lines.first(1).size() + 4);
        int writes = 0;
        notch::Delivery delivery;
        const auto decide = [&](int, ::pid_t) {
            if (++writes == 2) limit_files(0);
            return 0;
        };
        test::with_watched_calls({SYS_write}, decide, [&] { delivery = notch::FileSink{path}.write(lines.batch()); });
        ::_exit(writes == 2 && delivery.accepted == 3 && !delivery.error && test::contents(path) == lines.text() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("a kernel that cannot promise to replace nothing: a rotation looks first, and takes a free name") {
    const test::TemporaryDirectory directory;
    const std::string taken = directory / "x-19700101T000000.000007.jsonl";
    std::ofstream{directory / "x.jsonl"} << "ledger";
    std::ofstream{taken} << "taken";
    for (const int number : {ENOSYS, EINVAL}) {
        std::int64_t time = 7;
        int error = -1;
        test::with_refused_calls({SYS_renameat2}, number, [&] {
            const notch::detail::Opened opened = notch::detail::LedgerPath{directory / "x.jsonl"}.open();
            error = notch::detail::give_rotated_name(opened.file.descriptor(), "x.jsonl", time);
        });
        CHECK(error == 0);
        CHECK(time == 8);
        CHECK(test::contents(taken) == "taken");
        CHECK(test::contents(directory / "x-19700101T000000.000008.jsonl") == "ledger");
        REQUIRE(::rename((directory / "x-19700101T000000.000008.jsonl").c_str(), (directory / "x.jsonl").c_str()) == 0);
    }
}

TEST_CASE("a ledger that should be readable and is not is not written: a torn line could be at its end") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    std::ofstream{path} << "{\"torn";
    if (::geteuid() == 0 && ::chown(path.c_str(), 65'534, 65'534) != 0) return;  // whose it is does not keep root from reading
    int opens = 0;
    notch::Delivery delivery;
    const std::vector<int> opening{
        SYS_openat,
#if defined(SYS_open)
        SYS_open,
#endif
    };
    const auto decide = [&](int, ::pid_t) { return ++opens == 2 ? EACCES : 0; };
    test::with_watched_calls(opening, decide, [&] { delivery = notch::FileSink{path}.write(test::Lines{"n"}.batch()); });
    CHECK(delivery.accepted == 0);
    REQUIRE(delivery.error);
    CHECK(delivery.error->code == notch::ErrorCode::open_failed);
    CHECK(test::contents(path) == "{\"torn");
}

TEST_CASE("a torn line is cut off also when a signal interrupts that") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const test::Lines lines{"n", 3};
        ::rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = lines.first(1).size() + 4;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        std::size_t accepted = 0;
        int count = 0;
        test::with_watched_calls({SYS_ftruncate}, [&](int, ::pid_t) { return ++count == 1 ? EINTR : 0; }, [&] {
            notch::FileSink sink{path};
            accepted = sink.write(lines.batch()).accepted;
        });
        ::_exit(accepted == 1 && count == 2 && test::contents(path) == lines.first(1) ? 0 : 1);
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
    int renames = 0;
    int renames_of_two_batches = 0;
    std::int64_t took = 0;
    test::with_watched_calls(
        {SYS_renameat2},
        [&](int, ::pid_t) {
            ++renames;
            return fails ? EACCES : 0;
        },
        [&] {
            notch::FileSink sink{path};
            const std::int64_t begin = notch::detail::monotonic_nanoseconds();
            for (int i = 0; i < 4; ++i) {
                if (i == 3) fails = false;
                if (i == 1 || i == 3) sink.control().rotate();
                deliveries.push_back(sink.write(lines.batch()));
                if (i != 2) continue;
                renames_of_two_batches = renames;
                took = notch::detail::monotonic_nanoseconds() - begin;
                before = test::contents(path);
            }
        });
    REQUIRE(deliveries.size() == 4);
    for (const notch::Delivery& delivery : deliveries) CHECK(delivery.accepted == 1);
    CHECK_FALSE(deliveries[0].error);
    REQUIRE(deliveries[1].error);
    CHECK(deliveries[1].error->message() == "rotate " + path + ": expected a new name for it, found Permission denied (errno 13)");
    CHECK(deliveries[2].error);  // still due: told once by the recorder
    if (took < 1'000'000'000) CHECK(renames_of_two_batches == 1);  // within a second it is not tried again
    CHECK_FALSE(deliveries[3].error);
    CHECK(before == lines.text() + lines.text() + lines.text());
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("whoever has renamed the ledger gets a moment to make the new one; a removed one is not waited for, nor one rotated here") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    const std::vector<int> sleeping{
        SYS_clock_nanosleep,
#if defined(SYS_nanosleep)
        SYS_nanosleep,
#endif
    };
    std::size_t sleeps = 0;
    std::vector<std::size_t> sleeps_after;
    bool good = true;
    const auto decide = [&](int, ::pid_t) {
        if (++sleeps == 3) std::ofstream{path} << "{\"header\":1}\n";
        return 0;
    };
    test::with_watched_calls(sleeping, decide, [&] {
        notch::FileSink sink{path};
        const auto write = [&] {
            const notch::Delivery delivery = sink.write(lines.batch());
            good = good && delivery.accepted == 1 && !delivery.error;
            sleeps_after.push_back(sleeps);
        };
        write();
        sink.control().rotate();
        write();
        ::unlink(path.c_str());
        write();
        std::rename(path.c_str(), (path + ".1").c_str());
        write();
    });
    CHECK(good);
    REQUIRE(sleeps_after.size() == 4);
    for (std::size_t i = 0; i < 3; ++i) CHECK(sleeps_after[i] == 0);
    CHECK(sleeps_after[3] >= 3);
    CHECK(test::contents(path) == "{\"header\":1}\n" + lines.text());
    CHECK(test::contents(path + ".1") == lines.text());
}

TEST_CASE("an unreadable ledger: a torn line of one's own is ended, once; what others append is taken for whole") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const std::string other = "{\"other\":1}\n";
    REQUIRE(::chmod(directory.path().c_str(), 0777) == 0);
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int out = 0;
        if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(0);  // root may read everything
        test::with_refused_calls({SYS_ftruncate}, EIO, [&] {
            const test::Lines lines{"n", 3};
            limit_files(lines.first(1).size() + 4);
            notch::FileSink sink{notch::FileOptions{.path = path, .mode = 0200}};
            if (sink.write(lines.batch()).accepted != 1) out = 1;
            limit_files(0);
            if (sink.write(lines.batch()).accepted != 3) out = 2;
            std::ofstream{path, std::ios::app} << other;
            if (sink.write(lines.batch()).accepted != 3) out = 3;
            ::chmod(path.c_str(), 0600);
            if (test::contents(path) != lines.first(1) + "{\"n\"\n" + lines.text() + other + lines.text()) out = 4;
        });
        ::_exit(out);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("old files that cannot be removed: the first fault is told, the ledger is rotated all the same, and once") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    for (const char* const day : {"20200101", "20200102"}) std::ofstream{directory / ("events-" + std::string{day} + "T000000.000000.jsonl")} << "{}\n";
    std::vector<notch::Delivery> deliveries;
    int removals = 0;
    test::with_watched_calls({SYS_unlinkat}, [&](int, ::pid_t) { return ++removals == 1 ? EACCES : EPERM; }, [&] {
        notch::FileSink sink{notch::FileOptions{.path = path, .keep_files = 1}};
        for (int i = 0; i < 3; ++i) {
            if (i == 1) sink.control().rotate();
            deliveries.push_back(sink.write(lines.batch()));
        }
    });
    REQUIRE(deliveries.size() == 3);
    for (const notch::Delivery& delivery : deliveries) CHECK(delivery.accepted == 1);
    CHECK(removals == 2);
    REQUIRE(deliveries[1].error);
    CHECK(deliveries[1].error->message() == "rotate " + path + ": expected the oldest files removed, found Permission denied (errno 13)");
    CHECK_FALSE(deliveries[2].error);
    CHECK(test::contents(path) == lines.text() + lines.text());
}

TEST_CASE("a directory that somebody else makes meanwhile is good, and one that cannot be made is the fault that is told") {
    const test::TemporaryDirectory directory;
    const std::string logs = directory / "logs";
    const std::vector<int> making{
        SYS_mkdirat,
#if defined(SYS_mkdir)
        SYS_mkdir,
#endif
    };
    for (const int number : {0, EACCES}) {
        notch::Delivery delivery;
        const auto decide = [&](int, ::pid_t) { return number == 0 ? (::mkdir(logs.c_str(), 0700), 0) : number; };
        test::with_watched_calls(making, decide, [&] {
            notch::FileSink sink{notch::FileOptions{.path = logs + "/events.jsonl", .create_directory = true}};
            delivery = sink.write(test::Lines{"n"}.batch());
        });
        CHECK(delivery.accepted == (number == 0 ? 1U : 0U));
        CHECK((delivery.error ? delivery.error->os_error : 0) == number);
        ::unlink((logs + "/events.jsonl").c_str());
        ::rmdir(logs.c_str());
    }
}

namespace {

/// A ledger in which a batch of two lines was cut off, and what became of settling it while `decide` is asked.
struct Settled {
    explicit Settled(const std::vector<int>& watched, const test::Decide& decide) {
        std::ofstream{path} << "{\"n\":0}\n{\"n\":1}\n{\"n\"";
        struct ::stat info {};
        ::stat(path.c_str(), &info);
        const notch::SinkPosition at{info.st_dev, info.st_ino, 8};
        test::with_watched_calls(watched, decide, [&] { result = notch::FileSink{path}.settle(at, "{\"n\":1}\n{\"n\":2}\n"); });
    }
    [[nodiscard]] int error() const { return result ? 0 : result.error().os_error; }

    test::TemporaryDirectory directory{};
    std::string path = directory / "events.jsonl";
    notch::Result<std::size_t> result{std::size_t{99}};
};

const std::vector<int> opening{
    SYS_openat,
#if defined(SYS_open)
    SYS_open,
#endif
};

}  // namespace

TEST_CASE("settling: a call that fails is an error, since to take a batch for one that is not there would repeat it") {
    const auto fail = [](int, ::pid_t) { return EIO; };
    CHECK(Settled{opening, fail}.error() == EIO);
    CHECK(Settled{{SYS_pread64}, fail}.error() == EIO);
    CHECK(Settled{{SYS_flock}, fail}.error() == EIO);
    CHECK(Settled{{SYS_ftruncate, SYS_write}, fail}.error() == EIO);
    const Settled ended{{SYS_ftruncate}, fail};  // then the torn line is ended
    REQUIRE(ended.result);
    CHECK(*ended.result == 8);
    CHECK(test::contents(ended.path) == "{\"n\":0}\n{\"n\":1}\n{\"n\"\n");
    const test::TemporaryDirectory directory;
    std::ofstream{directory / "events.jsonl.1"} << "{}\n";
    struct ::stat info {};
    REQUIRE(::stat((directory / "events.jsonl.1").c_str(), &info) == 0);
    notch::Result<std::size_t> listed{std::size_t{99}};
    test::with_watched_calls({SYS_getdents64}, fail, [&] {
        listed = notch::FileSink{directory / "events.jsonl"}.settle({info.st_dev, info.st_ino, 0}, "{}\n");
    });
    REQUIRE_FALSE(listed);
    CHECK(listed.error().os_error == EIO);
}

TEST_CASE("settling: a ledger that is renamed just before it is opened is found again, whatever has its name then") {
    for (const bool replaced : {false, true}) {
        std::string path;
        int opens = 0;
        const auto rename = [&](int, ::pid_t) {
            if (++opens != 1) return 0;
            std::rename(path.c_str(), (path + ".1").c_str());
            if (replaced) std::ofstream{path} << "{\"other\":1}\n";
            return 0;
        };
        const test::TemporaryDirectory directory;
        path = directory / "events.jsonl";
        std::ofstream{path} << "{\"n\":1}\n{\"n\"";
        struct ::stat info {};
        REQUIRE(::stat(path.c_str(), &info) == 0);
        notch::Result<std::size_t> settled{std::size_t{99}};
        test::with_watched_calls(opening, rename, [&] { settled = notch::FileSink{path}.settle({info.st_dev, info.st_ino, 0}, "{\"n\":1}\n{\"n\":2}\n"); });
        REQUIRE(settled);
        CHECK(*settled == 8);
        CHECK(test::contents(path + ".1") == "{\"n\":1}\n");
        CHECK(test::contents(path) == (replaced ? "{\"other\":1}\n" : ""));
    }
}
#endif
