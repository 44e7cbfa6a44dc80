// SPDX-License-Identifier: MIT
// The recorder's own thread: it takes no signal, and where the system gives none nothing is kept and nothing left behind.
#include "notch.hpp"

#include "../support/accounting.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

#include <signal.h>

// Emulators do not know the filter that stands between; a sanitizer has threads of its own.
#if defined(__linux__) && !defined(NOTCH_TEST_EMULATED)
#include "../support/allocations.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <cerrno>

#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

struct Plain {
    int number;
};

/// How many of the signals that a program handles are kept from this thread.
int blocked_signals() {
    ::sigset_t set;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &set);
    int out = 0;
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE, SIGXFSZ, SIGALRM, SIGCHLD}) out += ::sigismember(&set, number) == 1 ? 1 : 0;
    return out;
}

}  // namespace

TEST_CASE("the thread takes no signal, and the one that makes the recorder goes on taking those that it took") {
    struct Looking {
        std::atomic<int>* blocked;
        notch::Delivery write(const notch::Batch& batch) {
            *blocked = blocked_signals();
            return {batch.lines.size(), {}};
        }
    };
    const int before = blocked_signals();
    std::atomic<int> blocked{0};
    notch::Recorder recorder{Looking{&blocked}};
    CHECK(blocked_signals() == before);
    CHECK(recorder.record(Plain{1}));
    CHECK(recorder.flush());
    CHECK(blocked == 8);
}

#if defined(__linux__) && !defined(NOTCH_TEST_EMULATED) && !NOTCH_TEST_SANITIZED
TEST_CASE("a recorder that gets no thread says so, drops and counts everything, and leaves no journal") {
    const test::TemporaryDirectory directory;
    const std::string journal = directory / "journal";
    std::vector<std::string> told;
    notch::Stats stats;
    bool recorded = true;
    const std::vector<int> making{
        SYS_clone3, SYS_clone,
#if defined(SYS_fork)
        SYS_fork,
#endif
    };
    test::with_refused_calls(making, EAGAIN, [&] {
        notch::RecorderOptions options;
        options.journal = journal;
        options.on_error = [&](const notch::Error& error) { told.push_back(error.message()); };
        notch::Recorder recorder{notch::NullSink{}, options};
        recorded = recorder.record(Plain{1}) || recorder.flush();
        recorder.close();
        stats = recorder.stats();
    });
    CHECK_FALSE(recorded);
    CHECK(told == std::vector<std::string>{"recorder: expected a thread for the backend, found none; every event is dropped"});
    CHECK(test::check_accounting(stats).drops.closed == 1);
    CHECK(::access(journal.c_str(), F_OK) != 0);
}
#endif
