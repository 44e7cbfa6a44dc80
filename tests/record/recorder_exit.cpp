// SPDX-License-Identifier: MIT
// Records when a process ends: from atexit, from destructors of statics and thread_locals, before and after the recorder's own.
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

// Emulators and the thread sanitizer do not support a child of a process with several threads that starts threads itself.
#if defined(__linux__) && !defined(NOTCH_TEST_EMULATED) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NOTCH_TEST_NO_FORK
#endif
#endif
#ifndef NOTCH_TEST_NO_FORK

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Late {
    double timestamp;
    int number;
};

/// What the child's exit handlers use. The child never returns to the tests.
std::unique_ptr<notch::Recorder> shared;

struct RecordsWhenDestroyed {
    int number = 0;
    RecordsWhenDestroyed() = default;
    RecordsWhenDestroyed(const RecordsWhenDestroyed&) = delete;
    RecordsWhenDestroyed& operator=(const RecordsWhenDestroyed&) = delete;
    ~RecordsWhenDestroyed() {
        if (number != 0 && shared != nullptr) shared->record(Late{1.0, number});
    }
};

thread_local RecordsWhenDestroyed late;

/// The numbers in the ledger after a child has made a recorder on it, run `body` and ended by `end`.
template <class Body>
std::vector<int> numbers_after(Body body, void (*end)(int)) {
    test::TemporaryDirectory directory;
    const std::string path = directory / "ledger";
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        shared = std::make_unique<notch::Recorder>(notch::FileSink{path});
        body();
        end(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    std::vector<int> out;
    for (const std::string& line : test::lines_of(path)) {
        const auto event = notch::from_line<Late>(line);
        REQUIRE(event);
        out.push_back(event->number);
    }
    return out;
}

void leave_at_once(int code) { ::_exit(code); }
/// Runs the handlers of this process's end, and nothing that the tests registered before the fork.
void leave_after_handlers(int code) { std::quick_exit(code); }

}  // namespace

TEST_CASE("a record from an exit handler reaches the ledger when the recorder is closed behind it") {
    const auto numbers = numbers_after(
        [] {
            std::at_quick_exit([] { shared->close(); });
            std::at_quick_exit([] { shared->record(Late{1.0, 2}); });  // handlers run in reverse
            shared->record(Late{1.0, 1});
        },
        leave_after_handlers);
    CHECK(numbers == std::vector<int>{1, 2});
}

TEST_CASE("a record from an exit handler behind the close is counted") {
    const auto numbers = numbers_after(
        [] {
            std::at_quick_exit([] {
                const bool accepted = shared->record(Late{1.0, 2});
                const notch::Stats stats = shared->stats();
                if (accepted || stats.drops.closed != 1 || stats.recorded != 2) ::_exit(1);
            });
            std::at_quick_exit([] { shared->close(); });
            shared->record(Late{1.0, 1});
        },
        leave_after_handlers);
    CHECK(numbers == std::vector<int>{1});
}

TEST_CASE("what flush confirmed is in the ledger whatever ends the process") {
    const auto numbers = numbers_after(
        [] {
            shared->record(Late{1.0, 1});
            if (!shared->flush()) ::_exit(1);
        },
        leave_at_once);
    CHECK(numbers == std::vector<int>{1});
}

TEST_CASE("thread_locals may record before and after their thread gave its ring back") {
    const auto numbers = numbers_after(
        [] {
            std::thread{[] {
                late.number = 1;
                shared->record(Late{1.0, 2});
            }}.join();
            std::thread{[] { late.number = 3; }}.join();
            shared.reset();
        },
        leave_at_once);
    CHECK(numbers == std::vector<int>{2, 1, 3});
}

#endif
#endif
