// SPDX-License-Identifier: MIT
// Every way in which a process ends, with 2000 events queued: journal_exits ROUNDS SECOND_ROUNDS. With a journal all of them are in
// the ledger after the next open, once and in order; without one exactly those that a flush confirmed, or that a close handed on.
// The sink is held all the while where they are to be queued, so that all 2000 are nowhere but in the journal. SECOND_ROUNDS of the
// rounds are with a kill after two seconds of recording at full speed.
#include "notch.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct Numbered {
    double timestamp;
    int number;
};

static const std::string name = "journal_exits." + std::to_string(::getpid());
static const std::string ledger = name + ".jsonl";
static const std::string journal = name + ".journal";

constexpr int events = 2000;
constexpr int confirmed = 100;  // of which so many are flushed before the sink is held

/// FileSink, which waits while it is held.
static std::atomic<bool> held{false};
struct HeldSink {
    notch::FileSink to;
    static void wait() {
        while (held) notch::detail::sleep_nanoseconds(100'000);
    }
    notch::Result<void> start() { return to.start(); }
    notch::Result<void> flush() { return to.flush(); }
    notch::Delivery write(const notch::Batch& batch) {
        wait();
        return to.write(batch);
    }
    notch::Delivery write(const notch::Batch& batch, notch::WriteIntent& intent) {
        wait();
        return to.write(batch, intent);
    }
    notch::Result<std::size_t> settle(const notch::SinkPosition& position, std::string_view bytes) { return to.settle(position, bytes); }
};

static std::atomic<int>* accepted = nullptr;  // in memory of both processes

enum class Ending { returns, exits, leaves_at_once, quick_exits, aborts, faults, terminated, throws, killed, killed_later };
constexpr const char* words[] = {
    "return", "exit", "_exit", "quick_exit", "abort", "SIGSEGV", "SIGTERM", "uncaught exception", "kill -9", "kill -9 after 2 s"};

static void end_by(Ending ending) {
    switch (ending) {
        case Ending::exits: std::exit(0);
        case Ending::leaves_at_once: ::_exit(0);
        case Ending::quick_exits: std::quick_exit(0);
        case Ending::aborts: std::abort();
        case Ending::faults: {
            void* const nothing = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            *static_cast<volatile int*>(nothing) = 1;
            break;
        }
        case Ending::terminated: ::raise(SIGTERM); break;
        case Ending::throws: throw std::runtime_error{"uncaught"};
        case Ending::killed: ::kill(::getpid(), SIGKILL); break;
        default: break;
    }
}

static void record_until_killed(notch::Recorder& recorder) {
    for (int i = 0;; ++i) {
        recorder.record(Numbered{1.0, i});
        accepted->store(i + 1, std::memory_order_relaxed);
    }
}

static int child(Ending ending, bool with_journal) {
    notch::RecorderOptions options;
    if (with_journal) options.journal = journal;
    notch::Recorder recorder{HeldSink{notch::FileSink{ledger}}, options};
    if (ending == Ending::killed_later) record_until_killed(recorder);
    for (int i = 0; i < confirmed; ++i) recorder.record(Numbered{1.0, i});
    if (!recorder.flush()) ::_exit(9);
    held = true;
    for (int i = confirmed; i < events; ++i) recorder.record(Numbered{1.0, i});
    *accepted = events;
    end_by(ending);
    held = false;  // returns: the destructor hands on what is queued
    return 0;
}

/// How many events the ledger has, or -1: they are not 0, 1, 2 and so on, each once.
static int events_in_ledger() {
    std::ifstream file{ledger, std::ios::binary};
    int next = 0;
    for (std::string line; std::getline(file, line); ++next) {
        const auto event = notch::from_line<Numbered>(line);
        if (!event || event->number != next) {
            std::printf("line %d: %s\n", next, line.c_str());
            return -1;
        }
    }
    return next;
}

static bool failed(Ending ending, bool with_journal, const char* what, int found) {
    std::printf("FAIL %s, %s journal: %s: %d\n", words[static_cast<int>(ending)], with_journal ? "with a" : "no", what, found);
    return false;
}

static bool check_ending(Ending ending, bool with_journal) {
    std::remove(ledger.c_str());
    *accepted = 0;
    const ::pid_t process = ::fork();
    if (process == 0) {
        if (ending != Ending::killed_later) ::alarm(60);
        // Only the ending itself is of interest, not what a terminal shows of it.
        if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(8);
        const int code = child(ending, with_journal);
        ::_exit(code);
    }
    if (ending == Ending::killed_later) {
        ::sleep(2);
        ::kill(process, SIGKILL);
    }
    int status = 0;
    ::waitpid(process, &status, 0);
    const int before = events_in_ledger();
    if (ending != Ending::killed_later && ending != Ending::returns && before != confirmed)
        return failed(ending, with_journal, "events in the ledger before the next open", before);
    if (ending == Ending::returns && before != events) return failed(ending, with_journal, "events that the destructor handed on", before);
    if (!with_journal) return before >= 0 || failed(ending, false, "the ledger is damaged", before);

    notch::RecorderOptions options;
    options.journal = journal;
    notch::Recorder next{notch::FileSink{ledger}, options};
    const int there = events_in_ledger();
    // Of a kill from outside one event may have been accepted and not yet counted.
    const bool good = there == *accepted || (ending == Ending::killed_later && there == *accepted + 1);
    if (!good) return failed(ending, true, "events in the ledger after the next open", there);
    if (next.stats().recovered + static_cast<std::uint64_t>(before) > static_cast<std::uint64_t>(there) + 1)
        return failed(ending, true, "events recovered", static_cast<int>(next.stats().recovered));
    return true;
}

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
    const int later_rounds = argc > 2 ? std::atoi(argv[2]) : rounds;
    accepted = static_cast<std::atomic<int>*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    bool good = true;
    int runs = 0;
    for (int ending = 0; ending <= static_cast<int>(Ending::killed_later); ++ending) {
        const bool later = ending == static_cast<int>(Ending::killed_later);
        for (int round = 0; round < (later ? later_rounds : rounds); ++round) {
            good = check_ending(static_cast<Ending>(ending), true) && good;
            ++runs;
            if (later) continue;
            good = check_ending(static_cast<Ending>(ending), false) && good;
            ++runs;
        }
    }
    std::remove(ledger.c_str());
    std::remove(journal.c_str());
    if (good) std::printf("%d endings: with a journal all events once, without one those that were confirmed\n", runs);
    return good ? 0 : 1;
}
