// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

// A recorder with a journal that can be killed anywhere, and what must be in its ledger after that: for the soaks that do so.

namespace test {

struct Numbered {
    double timestamp;
    std::uint64_t number;
    std::string text;
};

inline std::string contents_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// Into the file that is there, if there is one: its inode is what a journal knows.
inline void put_into(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes; }

/// The number behind a key of a line.
inline std::uint64_t number_after(std::string_view line, std::string_view key) {
    const std::size_t at = line.find(key);
    return at == line.npos ? 0 : std::strtoull(line.data() + at + key.size(), nullptr, 10);
}

/// Runs `body` in a child that stops before it, for its parent to trace.
template <class Body>
::pid_t start_traced(Body body) {
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::raise(SIGSTOP);
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return child;
}

class KilledRecorder {
public:
    explicit KilledRecorder(const std::string& program) : name_{program + "." + std::to_string(::getpid())} {
        void* const shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        done_with_ = static_cast<std::uint64_t*>(shared);
    }

    /// How many were recorded or dropped, as the process last said.
    std::uint64_t& done_with() const { return *done_with_; }
    const std::string& ledger() const { return ledger_; }
    const std::string& journal() const { return journal_; }

    void prepare() const {
        std::remove(journal_.c_str());
        put_into(ledger_, "");
        *done_with_ = 0;
    }
    void clean_up() const {
        std::remove(journal_.c_str());
        std::remove(ledger_.c_str());
    }

    /// In the process that is killed. Some events are too large for the ring, so that they are dropped; of those gaps some are moved
    /// into the ring by the next event, some taken by the backend before there is one.
    void run() const {
        notch::RecorderOptions options;
        options.journal = journal_;
        options.thread = false;
        options.queue_bytes = 4096;
        options.batch_bytes = 300;
        notch::Recorder recorder{notch::FileSink{ledger_}, options};
        for (std::uint64_t i = 0; i < events; ++i) {
            if (recorder.record(Numbered{1.0, i, std::string(is_too_large(i) ? 5000 : i % 23, 'x')}) == is_too_large(i)) ::_exit(1);
            *done_with_ = i + 1;
            if (i % 13 == 12 || i % 22 == 9) recorder.poll();
        }
        recorder.close();
    }

    /// Empty when the ledger is right, or what is wrong.
    std::string fault() const {
        std::uint64_t next = 0;
        const std::string text = contents_of(ledger_);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            if (end == std::string::npos) return "a torn line at byte " + std::to_string(at);
            const std::string_view line = std::string_view{text}.substr(at, end - at);
            at = end + 1;
            if (std::string why = take(line, next); !why.empty()) return why + ": " + std::string{line};
        }
        // One may have been shown to the backend and not yet been counted here.
        if (next == *done_with_ || next == *done_with_ + 1) return "";
        return std::to_string(next) + " events and drops of " + std::to_string(*done_with_);
    }

private:
    static constexpr std::uint64_t events = 60;
    static bool is_too_large(std::uint64_t number) { return number % 11 >= 9; }

    static std::string take(std::string_view line, std::uint64_t& next) {
        if (notch::validate_json(line) && line.find("\"event\":\"notch_gap\"") != line.npos) {
            if (number_after(line, "\"first\":") != next) return "a gap where " + std::to_string(next) + " should be";
            for (const std::uint64_t last = number_after(line, "\"last\":"); next <= last; ++next)
                if (!is_too_large(next)) return "a gap that has " + std::to_string(next);
            return "";
        }
        const auto event = notch::from_line<Numbered>(line);
        if (!event) return "a torn line";
        if (event->number != next || is_too_large(next)) return "an event where " + std::to_string(next) + " should be";
        ++next;
        return "";
    }

    const std::string name_;
    const std::string ledger_ = name_ + ".jsonl";
    const std::string journal_ = name_ + ".journal";
    std::uint64_t* done_with_;  // in memory that its child shares
};

}  // namespace test
