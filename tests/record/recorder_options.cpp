// SPDX-License-Identifier: MIT
// What options are where nobody sets them, as documented: programs rely on it without saying so.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>

TEST_CASE("a recorder has a thread, waits for room for a day, for its sink ten seconds, and a lone event a millisecond") {
    const notch::RecorderOptions options;
    CHECK(options.queue_bytes == 512 * 1024);
    CHECK(options.total_bytes == 64 * 1024 * 1024);
    CHECK(options.batch_bytes == 64 * 1024);
    CHECK(options.on_full == notch::OnFull::block);
    CHECK(options.block_timeout == std::chrono::hours{24});
    CHECK(options.close_timeout == std::chrono::seconds{10});
    CHECK(options.idle_spin == std::chrono::microseconds{50});
    CHECK(options.idle_sleep == std::chrono::milliseconds{1});
    CHECK_FALSE(options.identity);
    CHECK(options.common.empty());
    CHECK(options.journal.empty());
    CHECK(options.thread);
    CHECK((options.clock == notch::system_microseconds));
    CHECK_FALSE(options.on_error);
}
