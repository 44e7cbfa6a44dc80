// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/accounting.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include <fcntl.h>
#include <signal.h>
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
    notch::Recorder recorder{notch::StreamSink{987}, quiet()};
    recorder.record(Plain{1.0, 1});
    CHECK_FALSE(recorder.flush());
    CHECK(test::check_accounting(recorder).drops.sink == 1);
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
