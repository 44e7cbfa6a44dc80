// SPDX-License-Identifier: MIT
// A recorder with a journal is killed at every stop at a system call in turn, before the call and behind it, writes also in their
// middle; then its recovery is, the same way: journal_kills STEP RECOVERY_STEP. Every event that was accepted is in the ledger
// once, in its order, and nothing is torn. Linux only: ptrace(2).
#include "notch.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct Numbered {
    double timestamp;
    std::uint64_t number;
    std::string text;
};

static const std::string name = "journal_kills." + std::to_string(::getpid());
static const std::string ledger = name + ".jsonl";
static const std::string journal = name + ".journal";

constexpr std::uint64_t events = 60;

/// How many were accepted, as the child last said; it lies in memory of both.
static std::uint64_t* accepted = nullptr;

static void record_all() {
    notch::RecorderOptions options;
    options.journal = journal;
    options.thread = false;
    options.queue_bytes = 4096;
    options.batch_bytes = 300;
    notch::Recorder recorder{notch::FileSink{ledger}, options};
    for (std::uint64_t i = 0; i < events; ++i) {
        if (!recorder.record(Numbered{1.0, i, std::string(i % 23, 'x')})) ::_exit(1);
        *accepted = i + 1;
        if (i % 13 == 12) recorder.poll();
    }
    recorder.close();
}

static void recover_once() {
    const auto done = notch::recover(journal, notch::FileSink{ledger});
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
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::raise(SIGSTOP);
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
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

static std::string contents(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}
static bool exists(const std::string& path) { return std::ifstream{path}.good(); }

/// Into the file that is there, if there is one: its inode is what a journal knows.
static void put(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes; }

/// Empty when the ledger is right, or what is wrong.
static std::string fault() {
    std::uint64_t next = 0;
    const std::string text = contents(ledger);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        const auto event = notch::from_line<Numbered>(std::string_view{text}.substr(at, end == std::string::npos ? end : end - at));
        if (end == std::string::npos || !event) return "a torn line at byte " + std::to_string(at);
        if (event->number != next) return "event " + std::to_string(event->number) + " where " + std::to_string(next) + " should be";
        ++next;
        at = end + 1;
    }
    // One may have been shown to the backend and not yet been counted here.
    if (next == *accepted || next == *accepted + 1) return "";
    return std::to_string(next) + " events of " + std::to_string(*accepted);
}

static int failed(long at, long again, const std::string& why) {
    std::printf("FAIL killed at stop %ld, its recovery at %ld: %s\n", at, again, why.c_str());
    return 1;
}

/// Kills the recovery at every stop, twice each, and lets it end then.
static int kill_recoveries(long at, long step, bool halve, long& kills) {
    const std::string left = contents(journal);
    const std::string written = contents(ledger);
    for (long again = at % step;; again += step) {
        put(ledger, written);
        put(journal, left);
        End end = run_and_kill(recover_once, again, halve);
        if (end == End::killed) end = run_and_kill(recover_once, again / 2 + 1, halve);
        if (end == End::failed) return failed(at, again, "the recovery failed");
        kills += end == End::killed ? 2 : 1;
        const auto done = notch::recover(journal, notch::FileSink{ledger});
        if (!done) return failed(at, again, done.error().message());
        if (const std::string why = fault(); !why.empty()) return failed(at, again, why);
        if (end == End::done) return 0;
    }
}

int main(int argc, char** argv) {
    const long step = argc > 1 ? std::atol(argv[1]) : 1;
    const long recovery_step = argc > 2 ? std::atol(argv[2]) : 1;
    accepted = static_cast<std::uint64_t*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    long kills = 0;
    long recovery_kills = 0;
    int status = 0;
    for (const bool halve : {false, true}) {
        for (long at = 0; status == 0; at += step) {
            std::remove(journal.c_str());
            put(ledger, "");
            *accepted = 0;
            const End end = run_and_kill(record_all, at, halve);
            if (end == End::failed) status = failed(at, -1, "the recorder failed");
            if (end == End::done) break;
            ++kills;
            if (exists(journal) && status == 0) status = kill_recoveries(at, recovery_step, halve, recovery_kills);
            if (const std::string why = fault(); status == 0 && !why.empty()) status = failed(at, -1, why);
            if (status == 0 && exists(journal)) status = failed(at, -1, "the journal is still there");
        }
    }
    if (status == 0) std::printf("%ld kills of a recorder, %ld of its recovery: nothing lost, repeated or torn\n", kills, recovery_kills);
    std::remove(journal.c_str());
    std::remove(ledger.c_str());
    return status == 0 && kills > 20 && recovery_kills > 20 ? 0 : 1;
}
