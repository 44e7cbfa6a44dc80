// SPDX-License-Identifier: MIT
// Promise 1: after a thread's first record of a type, record() makes no system call, takes no lock and allocates nothing.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/allocations.hpp"
#include "../support/locks.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#if defined(__linux__)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

struct Everything {
    double timestamp;
    std::string flavor;
    std::optional<std::string> repo;
    std::optional<double> absent;
    std::vector<int> numbers;
    bool flag;
};

Everything everything(int i) {
    return {1.0 + i, "small", "canonical/github-runner-operator-and-more", std::nullopt, {1, 2, 3, i}, i % 2 == 0};
}

}  // namespace

TEST_CASE("after the first record of a type, record() allocates nothing") {
    notch::RecorderOptions options;
    options.queue_bytes = 1 << 22;
    notch::Recorder recorder{notch::NullSink{}, options};
    const Everything event = everything(1);
    recorder.record(event);
    const std::size_t before = test::allocations();
    for (int i = 0; i < 100'000; ++i) recorder.record(event);
    CHECK(test::allocations() == before);
    CHECK(recorder.flush());
    CHECK(test::check_accounting(recorder).written == 100'001);
}

TEST_CASE("after the first record of a type, record() locks nothing and wakes nobody") {
    const test::TemporaryDirectory directory;
    for (const bool journal : {false, true}) {
        notch::RecorderOptions options;
        options.queue_bytes = 1 << 24;
        if (journal) options.journal = directory / "journal";
        options.on_error = [](const notch::Error&) {};  // where there is no journal
        notch::Recorder recorder{notch::NullSink{}, options};
        const Everything event = everything(1);
        recorder.record(event);
        const std::size_t before = test::lock_operations();
        for (int i = 0; i < 100'000; ++i) recorder.record(event);
        CHECK(test::lock_operations() == before);
        CHECK(recorder.flush());
        CHECK(test::check_accounting(recorder).written == 100'001);
    }
}

#if NOTCH_TEST_COUNTS_LOCKS
TEST_CASE("the counter of locks counts") {
    const std::size_t before = test::lock_operations();
    std::mutex mutex;
    { const std::lock_guard lock{mutex}; }
    CHECK(test::lock_operations() == before + 2);
    notch::Recorder recorder{notch::NullSink{}};
    recorder.record(everything(1));
    CHECK(test::lock_operations() > before + 2);
}
#endif

#if !NOTCH_TEST_SANITIZED
TEST_CASE("the counter of allocations counts") {
    const std::size_t before = test::allocations();
    const std::string text = notch::to_json(everything(1));
    CHECK(text.size() > 20);
    CHECK(test::allocations() > before);
}
#endif

#if defined(__linux__) && !NOTCH_TEST_SANITIZED && !defined(NOTCH_TEST_EMULATED)
namespace {

/// From now on any system call of this thread but exit_group ends the process with SIGSYS.
bool forbid_system_calls() {
    ::sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(::seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const ::sock_fprog program{sizeof code / sizeof code[0], code};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Runs `body` in a child whose thread may make no system call; its exit code, or minus the signal that ended it.
template <class Body>
int in_child(Body body) {
    const ::pid_t child = ::fork();
    if (child == 0) body();
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("a producer that may make no system call records a million events") {
    CHECK(in_child([] {
              notch::RecorderOptions options;
              options.queue_bytes = 256 << 20;  // room for all, so that it never waits for the backend
              options.total_bytes = 256 << 20;
              notch::Recorder recorder{notch::NullSink{}, options};
              const Everything event = everything(1);
              recorder.record(event);
              if (!recorder.flush()) ::_exit(2);
              if (!forbid_system_calls()) ::_exit(3);
              int accepted = 0;
              for (int i = 0; i < 1'000'000; ++i) accepted += recorder.record(event) ? 1 : 0;
              ::_exit(accepted == 1'000'000 ? 0 : 4);
          }) == 0);
}

TEST_CASE("so does one whose ring lies in a journal") {
    const test::TemporaryDirectory directory;
    CHECK(in_child([&] {
              notch::RecorderOptions options;
              options.queue_bytes = 32 << 20;
              options.journal = directory / "journal";
              notch::Recorder recorder{notch::NullSink{}, options};
              const Everything event = everything(1);
              recorder.record(event);
              if (!recorder.flush()) ::_exit(2);
              if (!forbid_system_calls()) ::_exit(3);
              int accepted = 0;
              for (int i = 0; i < 100'000; ++i) accepted += recorder.record(event) ? 1 : 0;
              ::_exit(accepted == 100'000 ? 0 : 4);
          }) == 0);
}

TEST_CASE("the filter ends a producer that makes a system call") {
    CHECK(in_child([] {
              if (!forbid_system_calls()) ::_exit(3);
              ::syscall(SYS_getppid);
              ::_exit(0);
          }) == -SIGSYS);
}
#endif
