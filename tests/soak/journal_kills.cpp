// SPDX-License-Identifier: MIT
// A recorder with a journal is killed at every stop at a system call in turn, before the call and behind it, writes also in their
// middle; then its recovery is, the same way: journal_kills STEP RECOVERY_STEP. Every event that was accepted is in the ledger
// once, in its order, every one that was not is in a gap line, and nothing is torn. Linux only: ptrace(2).
#include "notch.hpp"

#include "../support/killed_recorder.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const test::KilledRecorder killed{"journal_kills"};

static void record_all() { killed.run(); }

static void recover_once() {
    const auto done = notch::recover(killed.journal(), notch::FileSink{killed.ledger()});
    if (!done) std::printf("%s\n", done.error().message().c_str());
    if (!done) ::_exit(1);
}

/// Makes the write that is about to happen write half of its bytes; false when it is none.
static bool halve_write([[maybe_unused]] ::pid_t child) {
#if defined(__x86_64__)
    ::user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, child, nullptr, &registers);
    if (registers.orig_rax != SYS_write || registers.rdx < 2) return false;
    registers.rdx /= 2;
    ::ptrace(PTRACE_SETREGS, child, nullptr, &registers);
    return true;
#else
    return false;
#endif
}

enum class End { done, killed, failed };

/// Runs `body` in a child that is killed at its `at`-th stop. `halve`: a write that begins there is done by half first.
static End run_and_kill(void (*body)(), long at, bool halve) {
    const ::pid_t child = test::start_traced(body);
    int status = 0;
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (long stops = 0;; ++stops) {
        if (stops == at) {
            if (halve && halve_write(child)) {
                ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
                ::waitpid(child, &status, 0);
            }
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            return End::killed;
        }
        ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? End::done : End::failed;
        if (!WIFSTOPPED(status)) return End::failed;
    }
}

static bool exists(const std::string& path) { return std::ifstream{path}.good(); }

static int failed(long at, long again, const std::string& why) {
    std::printf("FAIL killed at stop %ld, its recovery at %ld: %s\n", at, again, why.c_str());
    return 1;
}

/// Kills the recovery at every stop, twice each, and lets it end then.
static int kill_recoveries(long at, long step, bool halve, long& kills) {
    const std::string left = test::contents_of(killed.journal());
    const std::string written = test::contents_of(killed.ledger());
    for (long again = at % step;; again += step) {
        test::put_into(killed.ledger(), written);
        test::put_into(killed.journal(), left);
        End end = run_and_kill(recover_once, again, halve);
        if (end == End::killed) end = run_and_kill(recover_once, again / 2 + 1, halve);
        if (end == End::failed) return failed(at, again, "the recovery failed");
        kills += end == End::killed ? 2 : 1;
        const auto done = notch::recover(killed.journal(), notch::FileSink{killed.ledger()});
        if (!done) return failed(at, again, done.error().message());
        if (const std::string why = killed.fault(); !why.empty()) return failed(at, again, why);
        if (end == End::done) return 0;
    }
}

int main(int argc, char** argv) {
    const long step = argc > 1 ? std::atol(argv[1]) : 1;
    const long recovery_step = argc > 2 ? std::atol(argv[2]) : 1;
    ::umask(077);  // as a journal is made: others cannot write to it
    long kills = 0;
    long recovery_kills = 0;
    int status = 0;
    for (const bool halve : {false, true}) {
        for (long at = 0; status == 0; at += step) {
            killed.prepare();
            const End end = run_and_kill(record_all, at, halve);
            if (end == End::failed) status = failed(at, -1, "the recorder failed");
            if (end == End::done) break;
            ++kills;
            if (exists(killed.journal()) && status == 0) status = kill_recoveries(at, recovery_step, halve, recovery_kills);
            if (const std::string why = killed.fault(); status == 0 && !why.empty()) status = failed(at, -1, why);
            if (status == 0 && exists(killed.journal())) status = failed(at, -1, "the journal is still there");
        }
    }
    if (status == 0) std::printf("%ld kills of a recorder, %ld of its recovery: nothing lost, repeated or torn\n", kills, recovery_kills);
    killed.clean_up();
    return status == 0 && kills > 20 && recovery_kills > 20 ? 0 : 1;
}
