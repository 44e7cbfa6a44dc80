// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Plain {
    double timestamp;
    int number;
};

notch::RecorderOptions quiet() {
    notch::RecorderOptions options;
    options.on_error = [](const notch::Error&) {};
    return options;
}

notch::RecorderOptions own_loop() {
    notch::RecorderOptions options = quiet();
    options.thread = false;
    return options;
}

/// Both ends of a pipe, closed with the test.
struct Pipe {
    int ends[2] = {-1, -1};
    explicit Pipe(int flags) { REQUIRE(::pipe2(ends, flags) == 0); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close(0);
        close(1);
    }
    void close(int end) {
        if (ends[end] >= 0) ::close(ends[end]);
        ends[end] = -1;
    }
    /// Everything that is in it now.
    [[nodiscard]] std::string drain() const {
        std::string out;
        char buffer[4096];
        for (int left = 0; ::ioctl(ends[0], FIONREAD, &left) == 0 && left > 0;) {
            const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
            if (size <= 0) break;
            out.append(buffer, static_cast<std::size_t>(size));
        }
        return out;
    }
};

struct Seen {
    std::uint64_t events = 0;
    std::uint64_t gaps = 0;
    std::uint64_t torn = 0;
};
Seen look_at(const std::string& text) {
    Seen out;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        if (line.find("\"event\":\"notch_gap\"") != std::string::npos) ++out.gaps;
        else ++(notch::from_line<Plain>(line) ? out.events : out.torn);
    }
    return out;
}

bool is_pending(int number) {
    ::sigset_t set;
    return ::sigpending(&set) == 0 && ::sigismember(&set, number) == 1;
}

}  // namespace

TEST_CASE("a stream sink writes lines to a descriptor and leaves it open") {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    {
        notch::Recorder recorder{notch::StreamSink{pipe_ends[1]}};
        recorder.record(Plain{1.0, 7});
        CHECK(recorder.flush());
        test::check_accounting(recorder);
    }
    CHECK(::fcntl(pipe_ends[1], F_GETFD) >= 0);
    ::close(pipe_ends[1]);
    char buffer[200];
    const ssize_t size = ::read(pipe_ends[0], buffer, sizeof buffer);
    REQUIRE(size > 0);
    CHECK(std::string(buffer, static_cast<std::size_t>(size)) == "{\"timestamp\":1.0,\"event\":\"plain\",\"number\":7}\n");
    ::close(pipe_ends[0]);
}

TEST_CASE("a batch is one write") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);  // keeps each write apart
    notch::RecorderOptions options = quiet();
    options.batch_bytes = 8192;
    notch::Recorder recorder{notch::StreamSink{ends[1]}, options};
    std::size_t lines = 0;
    std::size_t writes = 0;
    std::thread reader{[&] {
        std::string buffer(1 << 16, '\0');
        while (lines < 2000) {
            const ssize_t size = ::recv(ends[0], buffer.data(), buffer.size(), 0);
            if (size <= 0) break;
            ++writes;
            const std::string_view batch{buffer.data(), static_cast<std::size_t>(size)};
            for (const char c : batch) lines += c == '\n' ? 1U : 0U;
            if (batch.front() != '{' || batch.back() != '\n') break;
        }
    }};
    for (int i = 0; i < 2000; ++i) recorder.record(Plain{1.0, i});
    CHECK(recorder.flush());
    reader.join();
    CHECK(lines == 2000);
    CHECK(writes == recorder.stats().batches);
    test::check_accounting(recorder);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("a pipe whose reader is gone: the process lives, the drops are counted") {
    struct ::sigaction before {};
    ::sigaction(SIGPIPE, nullptr, &before);
    CHECK((before.sa_handler == SIG_DFL));
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    ::close(pipe_ends[0]);
    notch::Recorder recorder{notch::StreamSink{pipe_ends[1]}, quiet()};
    for (int i = 0; i < 100; ++i) recorder.record(Plain{1.0, i});
    CHECK_FALSE(recorder.flush());
    const notch::Stats stats = test::check_accounting(recorder);
    CHECK(stats.drops.sink == 100);
    ::close(pipe_ends[1]);
    struct ::sigaction after {};
    ::sigaction(SIGPIPE, nullptr, &after);
    CHECK((after.sa_handler == SIG_DFL));
}

TEST_CASE("a descriptor that is not open is an error of the sink") {
    std::vector<notch::Error> errors;
    notch::RecorderOptions options;
    options.on_error = [&errors](const notch::Error& error) { errors.push_back(error); };
    notch::Recorder recorder{notch::StreamSink{987}, options};
    recorder.record(Plain{1.0, 1});
    CHECK_FALSE(recorder.flush());
    CHECK(test::check_accounting(recorder).drops.sink == 1);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].message() == "write descriptor 987: expected all bytes written, found Bad file descriptor (errno 9)");
}

TEST_CASE("a full non-blocking pipe is waited for") {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    REQUIRE(::fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK) == 0);
    notch::Recorder recorder{notch::StreamSink{pipe_ends[1]}, quiet()};
    std::size_t read_lines = 0;
    std::thread reader{[&] {
        char buffer[4096];
        while (read_lines < 20'000) {
            const ssize_t size = ::read(pipe_ends[0], buffer, sizeof buffer);
            if (size <= 0) break;
            for (ssize_t i = 0; i < size; ++i) read_lines += buffer[i] == '\n' ? 1U : 0U;
        }
    }};
    for (int i = 0; i < 20'000; ++i) recorder.record(Plain{1.0, i});
    CHECK(recorder.flush());
    reader.join();
    CHECK(read_lines == 20'000);
    CHECK(test::check_accounting(recorder).written == 20'000);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
}

TEST_CASE("a pipe whose reader is gone, in a loop of one's own: no SIGPIPE, neither now nor later, and no mask is changed") {
    Pipe pipe{0};
    pipe.close(0);
    int sockets[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
    ::close(sockets[0]);
    ::sigset_t before;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
    REQUIRE(::sigismember(&before, SIGPIPE) == 0);
    for (const int descriptor : {pipe.ends[1], sockets[1]}) {
        notch::Recorder recorder{notch::StreamSink{descriptor}, own_loop()};
        for (int i = 0; i < 100; ++i) {
            recorder.record(Plain{1.0, i});
            recorder.poll();
        }
        CHECK_FALSE(recorder.flush());
        CHECK(test::check_accounting(recorder).drops.sink == 100);
    }
    ::sigset_t after;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(::sigismember(&after, SIGPIPE) == 0);
    CHECK_FALSE(is_pending(SIGPIPE));
    ::close(sockets[1]);
}

TEST_CASE("a full pipe that nobody reads is waited for so long and no longer; a line that was cut off is ended; writing resumes") {
    for (const bool thread : {true, false}) {
        const Pipe pipe{O_NONBLOCK};
        notch::RecorderOptions options = quiet();
        options.thread = thread;
        notch::Recorder recorder{
            notch::StreamSink{notch::StreamOptions{.descriptor = pipe.ends[1], .patience = std::chrono::milliseconds{5}}}, options};
        for (int i = 0; i < 3000; ++i) recorder.record(Plain{1.0, i});
        CHECK_FALSE(recorder.flush());
        const notch::Stats full = test::check_accounting(recorder);
        CHECK(full.drops.sink > 0);
        CHECK(full.written > 0);
        std::string text = pipe.drain();
        // A thread may hand on so few lines at a time that the pipe takes each batch whole or not at all.
        const bool torn = text.back() != '\n';
        CHECK((torn || thread));
        for (int i = 0; i < 100; ++i) recorder.record(Plain{2.0, i});
        CHECK(recorder.flush());
        text += pipe.drain();
        CHECK(text.back() == '\n');
        const Seen seen = look_at(text);
        const notch::Stats stats = test::check_accounting(recorder);
        CHECK(seen.torn == (torn ? 1U : 0U));
        CHECK(seen.gaps > 0);
        CHECK(seen.gaps == stats.gaps);
        CHECK(seen.events == stats.written);
        CHECK(stats.written == full.written + 100);
    }
}

TEST_CASE("a full pipe holds the program up once, not once a batch") {
    const Pipe pipe{O_NONBLOCK};
    while (::write(pipe.ends[1], "\n", 1) == 1) continue;
    const auto begin = std::chrono::steady_clock::now();
    {
        notch::Recorder recorder{
            notch::StreamSink{notch::StreamOptions{.descriptor = pipe.ends[1], .patience = std::chrono::milliseconds{500}}}, own_loop()};
        for (int i = 0; i < 200; ++i) {
            recorder.record(Plain{1.0, i});
            recorder.poll();
        }
        CHECK(test::check_accounting(recorder).drops.sink == 200);
    }
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(took >= std::chrono::milliseconds{500});
    CHECK(took < std::chrono::seconds{50});
}

TEST_CASE("a descriptor keeps its flags") {
    for (const int flags : {0, O_NONBLOCK}) {
        const Pipe pipe{flags};
        const int before = ::fcntl(pipe.ends[1], F_GETFL);
        notch::Recorder recorder{notch::StreamSink{pipe.ends[1]}, quiet()};
        recorder.record(Plain{1.0, 1});
        CHECK(recorder.flush());
        CHECK(::fcntl(pipe.ends[1], F_GETFL) == before);
    }
}
