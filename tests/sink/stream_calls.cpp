// SPDX-License-Identifier: MIT
// What a StreamSink asks of the system, and what it does when a call fails, is interrupted or takes a part.

#include "../support/watches.hpp"

#if NOTCH_TEST_WATCHES
#include "notch.hpp"

#include "../support/batches.hpp"
#include "../support/system_calls.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

const std::vector<int> polling{
    SYS_ppoll,
#if defined(SYS_poll)
    SYS_poll,
#endif
};

/// A non-blocking pipe that holds a page.
struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() {
        REQUIRE(::pipe2(ends, O_NONBLOCK) == 0);
        REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, 4096) == 4096);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    [[nodiscard]] notch::StreamSink sink(std::chrono::nanoseconds patience) const {
        return notch::StreamSink{notch::StreamOptions{.descriptor = ends[1], .patience = patience}};
    }
    /// Everything that is in it now.
    [[nodiscard]] std::string drain() const {
        std::string out;
        char buffer[4096];
        for (::ssize_t size = ::read(ends[0], buffer, sizeof buffer); size > 0; size = ::read(ends[0], buffer, sizeof buffer))
            out.append(buffer, static_cast<std::size_t>(size));
        return out;
    }
};

}  // namespace

TEST_CASE("a line that was cut off is ended once, before the next batch, and no batch is written before that end was") {
    const Pipe pipe;
    notch::StreamSink sink = pipe.sink({});
    const test::Lines many{"many", 600};
    const std::size_t taken = sink.write(many.batch()).accepted;
    CHECK(taken > 0);
    CHECK(taken < 600);
    std::string text = pipe.drain();
    REQUIRE(text.back() != '\n');
    const test::Lines one{"one"};
    notch::Delivery failed;
    int writes = 0;
    test::with_watched_calls({SYS_write}, [&](int, ::pid_t) { return ++writes == 1 ? EIO : 0; }, [&] { failed = sink.write(one.batch()); });
    CHECK(failed.accepted == 0);
    REQUIRE(failed.error);
    CHECK(failed.error->os_error == EIO);
    CHECK(pipe.drain().empty());
    for (int i = 0; i < 2; ++i) CHECK(sink.write(one.batch()).accepted == 1);
    CHECK(pipe.drain() == "\n" + one.text() + one.text());
}

TEST_CASE("a write that a signal interrupts is made again") {
    const Pipe pipe;
    notch::StreamSink sink = pipe.sink({});
    const test::Lines lines{"n", 3};
    notch::Delivery delivery;
    int writes = 0;
    test::with_watched_calls({SYS_write}, [&](int, ::pid_t) { return ++writes == 1 ? EINTR : 0; }, [&] { delivery = sink.write(lines.batch()); });
    CHECK(delivery.accepted == 3);
    CHECK_FALSE(delivery.error);
    CHECK(pipe.drain() == lines.text());
}

TEST_CASE("without patience a full pipe is not waited for; once it is known to be full it is asked, and once it takes bytes waited for again") {
    const Pipe pipe;
    const test::Lines lines{"n", 3};
    notch::StreamSink sink = pipe.sink({});
    while (::write(pipe.ends[1], "\n", 1) == 1) continue;
    std::size_t polls = 0;
    std::vector<std::size_t> polls_after;
    std::vector<std::size_t> accepted;
    test::with_watched_calls(polling, [&](int, ::pid_t) { return ++polls, 0; }, [&] {
        const auto write = [&] {
            accepted.push_back(sink.write(lines.batch()).accepted);
            polls_after.push_back(polls);
        };
        write();  // full, and not waited for
        write();  // asked
        static_cast<void>(pipe.drain());
        write();  // asked, and it takes them
        write();  // nothing to ask
    });
    CHECK(accepted == std::vector<std::size_t>{0, 0, 3, 3});
    CHECK(polls_after == std::vector<std::size_t>{0, 1, 2, 2});
}

TEST_CASE("patience is from the last byte that was taken on, not from the first time that it was full") {
    const test::Lines lines{"n", 2000};  // more than four pages
    std::size_t accepted = 0;
    // Each time that it is full it is read when two thirds of the patience are over; on a busy machine that may be too late.
    for (int tries = 0; tries < 20 && accepted != 2000; ++tries) {
        const Pipe pipe;
        const auto read_late = [&](int, ::pid_t) {
            notch::detail::sleep_nanoseconds(100'000'000);
            static_cast<void>(pipe.drain());
            return 0;
        };
        test::with_watched_calls(polling, read_late, [&] { accepted = pipe.sink(std::chrono::milliseconds{150}).write(lines.batch()).accepted; });
    }
    CHECK(accepted == 2000);
}
#endif
