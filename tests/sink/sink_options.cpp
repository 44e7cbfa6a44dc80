// SPDX-License-Identifier: MIT
// What options are where nobody sets them, as documented: programs rely on it without saying so.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>

TEST_CASE("a ledger is its user's alone, shared under its lock, dropped from when full, never synced, never rotated") {
    const notch::FileOptions options;
    CHECK(options.mode == 0600);
    CHECK_FALSE(options.follow_links);
    CHECK_FALSE(options.allow_fifo);
    CHECK_FALSE(options.allow_block_device);
    CHECK_FALSE(options.create_directory);
    CHECK(options.lock);
    CHECK(options.lock_timeout == std::chrono::seconds{5});
    CHECK(options.on_fault == notch::OnFault::drop);
    CHECK(options.block_timeout == std::chrono::hours{24});
    CHECK(options.sync == notch::Sync::os);
    CHECK(options.sync_interval == std::chrono::seconds{1});
    CHECK(options.rotate_bytes == 0);
    CHECK(options.rotate_interval == std::chrono::seconds{0});
    CHECK(options.keep_files == 0);
    CHECK(options.keep_bytes == 0);
    CHECK(options.keep_age == std::chrono::seconds{0});
}

TEST_CASE("a stream is standard error, and a full one is waited for a second") {
    const notch::StreamOptions options;
    CHECK(options.descriptor == 2);
    CHECK(options.patience == std::chrono::seconds{1});
}

TEST_CASE("logrotate is told in its own directory, its timer is started, and systemctl has a minute") {
    const notch::LogrotateOptions options;
    CHECK(options.rotate == 0);
    CHECK(options.every == notch::RotateEvery::unset);
    CHECK(options.size == 0);
    CHECK(options.mode == 0);
    CHECK_FALSE(options.compress);
    CHECK_FALSE(options.copytruncate);
    CHECK(options.directory == "/etc/logrotate.d");
    CHECK(options.timer == "logrotate.timer");
    CHECK(options.command_timeout == std::chrono::seconds{60});
}
