// SPDX-License-Identifier: MIT
// A child that fork() made never hangs in the parent's recorder, never writes the parent's rings, and repeats nothing.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/sinks.hpp"
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

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Numbered {
    double timestamp;
    int number;
    std::string text;
};
Numbered numbered(int number) { return {1.0, number, std::string(80, 'x')}; }

/// Runs `body` in a child; its exit code, or minus the signal that ended it. SIGALRM ends a child that hangs.
template <class Body>
int in_child(Body body) {
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(5);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// What every child does: the number of the first thing that is wrong.
int use_in_child(notch::Recorder& parents, const std::string& path) {
    for (int i = 0; i < 200; ++i)
        if (parents.record(numbered(-1))) return 1;
    const notch::Stats stats = parents.stats();
    if (stats.recorded != 200 || stats.drops.closed != 200 || stats.written != 0 || stats.dropped != 200) return 2;
    if (parents.flush() || parents.poll()) return 3;
    parents.close();
    notch::Recorder own{notch::FileSink{path}};
    for (int i = 0; i < 100; ++i)
        if (!own.record(numbered(i))) return 4;
    if (parents.record(numbered(-1))) return 5;
    own.close();
    return own.stats().written == 100 ? 0 : 6;
}

}  // namespace

namespace {

/// The epochs of the lines' ids, each once.
std::set<std::string> epochs_of(const std::vector<std::string>& lines) {
    std::set<std::string> out;
    for (const std::string& line : lines) {
        const std::size_t at = line.find("\"notch_id\":\"");
        out.insert(at == std::string::npos ? "none" : line.substr(at + 12, 16));
    }
    return out;
}

/// Goes on with the parent's recorder; the number of the first thing that is wrong.
int renew_in_child(notch::Recorder& recorder, const std::string& path) {
    if (recorder.record(numbered(-1))) return 1;
    if (!recorder.renew(notch::FileSink{path}, {.identity = true})) return 2;
    if (recorder.renew(notch::FileSink{path + ".not"})) return 3;  // it is this process's own by now
    if (recorder.stats().recorded != 0) return 4;
    std::thread other{[&recorder] {
        for (int i = 0; i < 100; ++i) (void)recorder.record(numbered(i));
    }};
    for (int i = 0; i < 100; ++i)
        if (!recorder.record(numbered(i))) return 5;
    other.join();
    if (!recorder.flush()) return 6;
    const int grandchild = in_child([&] {
        if (recorder.record(numbered(-1)) || !recorder.renew(notch::FileSink{path}, {.identity = true})) return 1;
        return recorder.record(numbered(7)) && recorder.flush() ? 0 : 2;
    });
    if (grandchild != 0) return 7;
    recorder.close();
    const notch::Stats stats = recorder.stats();
    return stats.recorded == 200 && stats.written == 200 && stats.dropped == 0 ? 0 : 8;
}

}  // namespace

TEST_CASE("what tells a child from its parent takes no memory when it is gone") {
    std::uintptr_t page = 0;
    {
        notch::detail::ForkWord word;
        page = reinterpret_cast<std::uintptr_t>(&word.word());
        const auto object = reinterpret_cast<std::uintptr_t>(&word);
        if (page - object < sizeof word) return;  // this system has no such page
    }
    CHECK(::msync(reinterpret_cast<void*>(page / 4096 * 4096), 4096, MS_ASYNC) == -1);
    CHECK(errno == ENOMEM);
}

TEST_CASE("a child may go on with the parent's recorder, which is its own then, with an epoch of its own") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "parent";
    notch::Recorder recorder{notch::FileSink{path}, {.identity = true, .journal = directory / "journal"}};
    CHECK(recorder.record(numbered(1)));
    CHECK_FALSE(recorder.renew(notch::NullSink{}));
    std::atomic<bool> done{false};
    std::thread other{[&] {
        while (!done) {
            (void)recorder.record(numbered(2));
            notch::detail::sleep_nanoseconds(20'000);
        }
    }};
    for (int i = 0; i < 10; ++i) CHECK(in_child([&] { return renew_in_child(recorder, directory / "child"); }) == 0);
    done = true;
    other.join();
    CHECK(recorder.flush());
    CHECK(test::lines_of(directory / "child").size() == 10 * 201);
    CHECK(epochs_of(test::lines_of(directory / "child")).size() == 20);
    CHECK(epochs_of(test::lines_of(path)).size() == 1);
    CHECK(test::lines_of(path).size() == recorder.stats().written);
    CHECK_FALSE(notch::LedgerReader::open(directory / "child.not").has_value());
    test::check_accounting(recorder);
}

TEST_CASE("a child drops and counts what goes to the parent's recorder, and its own recorder works") {
    test::TemporaryDirectory directory;
    test::Probe probe;
    notch::Recorder recorder{test::ProbeSink{&probe}};
    CHECK(recorder.record(numbered(1)));
    CHECK(in_child([&] { return use_in_child(recorder, directory / "child"); }) == 0);
    CHECK(recorder.record(numbered(2)));
    CHECK(recorder.flush());
    CHECK(probe.count() == 2);
    CHECK(test::lines_of(directory / "child").size() == 100);
    test::check_accounting(recorder);
}

TEST_CASE("a child may destroy the parent's recorder, with a thread and without, and queued events appear once") {
    for (const bool thread : {false, true}) {
        CAPTURE(thread);
        test::TemporaryDirectory directory;
        const std::string path = directory / "ledger";
        notch::RecorderOptions options;
        options.thread = thread;
        auto recorder = std::make_unique<notch::Recorder>(notch::FileSink{path}, options);
        for (int i = 0; i < 10; ++i) CHECK(recorder->record(numbered(i)));
        CHECK(in_child([&] {
                  recorder.reset();
                  return 0;
              }) == 0);
        recorder->close();
        CHECK(test::lines_of(path).size() == 10);
        test::check_accounting(*recorder);
    }
}

TEST_CASE("a thread that waits for room when fork() copies it is not waited for in the child") {
    test::Probe probe;
    probe.held = true;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    std::thread producer{[&] {
        for (int i = 0; i < 200; ++i) recorder.record(numbered(i));
    }};
    while (probe.waiting == 0) std::this_thread::yield();
    CHECK(in_child([&] { return recorder.record(numbered(-1)) ? 1 : 0; }) == 0);
    probe.held = false;
    producer.join();
    CHECK(recorder.flush());
    CHECK(probe.count() == 200);
}

TEST_CASE("forks while other threads record: no child hangs, the parent loses and repeats nothing") {
    test::TemporaryDirectory directory;
    test::Probe probe;
    notch::RecorderOptions options;
    options.queue_bytes = 4096;
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> calls{0};
    std::vector<std::thread> producers;
    for (int t = 0; t < 2; ++t) {
        producers.emplace_back([&] {
            while (!stop) {
                recorder.record(numbered(1));
                ++calls;
            }
        });
    }
    for (int i = 0; i < 10; ++i) CHECK(in_child([&] { return use_in_child(recorder, directory / std::to_string(i)); }) == 0);
    stop = true;
    for (std::thread& producer : producers) producer.join();
    CHECK(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.recorded == calls);
    CHECK(stats.written == probe.count());
    CHECK(stats.dropped == 0);
}

#endif
#endif
