// SPDX-License-Identifier: MIT
// A recorder with a journal dies between any two of its instructions: journal_steps [STEP = 1] [RECOVERIES = 20]
//
// It runs step by step. Wherever its files have changed, what it would leave there is recovered: every event that was accepted is in
// the ledger once, in its order, every one that was dropped in a gap line, and nothing is torn. The recovery itself is stepped
// through in the same way, from so many of the states that it may find. STEP 7: only every seventh instruction. Linux only: ptrace(2).
#include "notch.hpp"

#include "../support/killed_recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const test::KilledRecorder killed{"journal_steps"};
static const std::string copy = killed.journal() + ".copy";

struct Files {
    std::string journal;
    std::string ledger;
    std::uint64_t done_with = 0;
};

/// A file that another process changes, looked at after each of its instructions: mapped, so that this takes no call most times.
class Watched {
public:
    explicit Watched(std::string path) : path_{std::move(path)} {}
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    ~Watched() { close(); }

    /// Whether it is another than `last`, which becomes what it is.
    bool has_changed(std::string& last) {
        struct stat status {};
        if (::stat(path_.c_str(), &status) != 0) {
            close();
            return !std::exchange(last, "").empty();
        }
        if (status.st_ino != inode_ || static_cast<std::size_t>(status.st_size) != size_) open(status);
        if (last.size() == size_ && (size_ == 0 || std::memcmp(last.data(), bytes_, size_) == 0)) return false;
        last.assign(bytes_, size_);
        return true;
    }

private:
    void open(const struct stat& status) {
        close();
        inode_ = status.st_ino;
        size_ = static_cast<std::size_t>(status.st_size);
        if (size_ == 0) return;
        const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        bytes_ = static_cast<const char*>(::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0));
        ::close(file);
    }
    void close() {
        if (size_ != 0) ::munmap(const_cast<char*>(bytes_), size_);
        size_ = 0;
        inode_ = 0;
    }

    const std::string path_;
    const char* bytes_ = nullptr;
    std::size_t size_ = 0;
    ::ino_t inode_ = 0;
};

/// Both files, and how far the process was.
class Watch {
public:
    explicit Watch(const std::string& journal) : journal_{journal} {}
    /// Null when nothing has changed.
    const Files* look() {
        const bool journal = journal_.has_changed(now_.journal);
        const bool ledger = ledger_.has_changed(now_.ledger);
        const bool more = std::exchange(now_.done_with, killed.done_with()) != killed.done_with();
        return journal || ledger || more ? &now_ : nullptr;
    }

private:
    Watched journal_;
    Watched ledger_{killed.ledger()};
    Files now_;
};

static void recover_from(const std::string& journal) {
    // The stopped process may have the ledger's lock; a dead one has not.
    const auto done = notch::recover(journal, notch::FileSink{notch::FileOptions{.path = killed.ledger(), .lock = false}});
    if (done) return;
    std::printf("FAIL %s\n", done.error().message().c_str());
    std::exit(1);
}

/// A dead process's journal is nobody's: the stopped one is alive.
static std::string without_owner(std::string journal) {
    constexpr std::size_t at = offsetof(notch::detail::JournalHeader, owner);
    if (journal.size() >= at + 8) std::memset(journal.data() + at, 0, 8);
    return journal;
}

/// Recovers from these files, and leaves the ledger as it was, for the process that goes on. False when something is wrong.
static bool is_recovered(const Files& files, const char* who, std::uint64_t instruction) {
    if (!files.journal.empty()) {
        test::put_into(copy, without_owner(files.journal));
        recover_from(copy);
    }
    const std::string why = killed.fault();
    if (!why.empty()) std::printf("FAIL %s, instruction %llu: %s\n", who, static_cast<unsigned long long>(instruction), why.c_str());
    test::put_into(killed.ledger(), files.ledger);
    return why.empty();
}

/// Steps through `body` in a child; calls `look(instruction)` after each `step`-th of its instructions. How many there were; 0: it failed.
template <class Look>
static std::uint64_t run_in_steps(void (*body)(), std::uint64_t step, Look look) {
    const ::pid_t child = test::start_traced(body);
    int status = 0;
    for (std::uint64_t count = 0;; ++count) {
        if (count % step == 0 && !look(count)) break;
        ::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr);
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? count : 0;
        if (!WIFSTOPPED(status)) return 0;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return 0;
}

static void record_all() { killed.run(); }
static const std::string second = copy + ".2";
static void recover_second() { recover_from(second); }

/// Every state of the files that a recovery from this one goes through. How many; 0: something is wrong.
static std::uint64_t step_through_recovery(const Files& from, std::uint64_t step) {
    test::put_into(second, without_owner(from.journal));
    test::put_into(killed.ledger(), from.ledger);
    killed.done_with() = from.done_with;
    Watch watch{second};
    std::uint64_t states = 0;
    const std::uint64_t instructions = run_in_steps(recover_second, step, [&](std::uint64_t instruction) {
        const Files* const now = watch.look();
        states += now != nullptr ? 1U : 0U;
        return now == nullptr || is_recovered(*now, "the recovery", instruction);
    });
    std::remove(second.c_str());
    return instructions == 0 ? 0 : states;
}

int main(int argc, char** argv) {
    const std::uint64_t step = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const std::uint64_t recoveries = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 20;
    ::umask(077);  // as a journal is made: others cannot write to it
    killed.prepare();
    std::vector<Files> some;
    Watch watch{killed.journal()};
    std::uint64_t states = 0;
    const std::uint64_t instructions = run_in_steps(record_all, step, [&](std::uint64_t instruction) {
        const Files* const now = watch.look();
        if (now == nullptr) return true;
        if (states++ % 61 == 60) some.push_back(*now);
        return is_recovered(*now, "the recorder", instruction);
    });
    bool good = instructions != 0 && killed.fault().empty();
    std::uint64_t of_recoveries = 0;
    for (std::uint64_t i = 0; i < recoveries && good; ++i) {
        const std::uint64_t seen = step_through_recovery(some[some.size() * i / recoveries], step);
        good = seen != 0;
        of_recoveries += seen;
    }
    std::remove(copy.c_str());
    killed.clean_up();
    std::printf("%llu states of the files in %llu instructions of a recorder, %llu of its recoveries: %s\n", static_cast<unsigned long long>(states),
                static_cast<unsigned long long>(instructions), static_cast<unsigned long long>(of_recoveries),
                good ? "nothing lost, repeated or torn" : "FAILED");
    return good && states > 50 ? 0 : 1;
}
