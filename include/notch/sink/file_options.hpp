// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_FILE_OPTIONS_HPP
#define NOTCH_SINK_FILE_OPTIONS_HPP

#include "../base/clock.hpp"
#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace notch::inline NOTCH_ABI {

/// What a FileSink does when the ledger cannot be opened, locked or written. It is reported once, through RecorderOptions::on_error.
///
///     notch::FileSink sink{notch::FileOptions{.path = "audit.jsonl", .on_fault = notch::OnFault::block}};  // a full disk is waited for
enum class OnFault : std::uint8_t {
    drop,   ///< drops and counts what could not be written; each batch tries again, and so writing goes on when it can
    block,  ///< tries again, for at most block_timeout or until the recorder closes; then as drop. Meanwhile the rings fill up
    stop    ///< drops and counts everything from then on, until FileControl::reopen()
};

/// When a ledger's bytes are put on the disk with fsync(2), and so what a `true` of Recorder::flush() means.
///
///     notch::FileSink sink{notch::FileOptions{.path = "audit.jsonl", .sync = notch::Sync::each}};
enum class Sync : std::uint8_t {
    os,        ///< never: the lines stand in the system's page cache. They outlive the process, not a power cut
    /// when the last time is sync_interval ago, by a batch, a flush or the idle recorder, and at the end: what is older is on the disk
    interval,
    each       ///< after each batch: everything recorded before the flush is on the disk
};

/// Where a ledger is, what may stand there, how it is shared with other processes, kept and rotated.
///
///     notch::FileSink sink{notch::FileOptions{.path = "events.jsonl", .rotate_bytes = 64 << 20, .keep_files = 10}};
///     // events-20261124T150405.123456.jsonl, events-20261124T161203.004071.jsonl, events.jsonl
struct FileOptions {
    std::string path{};
    unsigned mode = 0600;             ///< permissions of a file that is made; an existing file keeps its own
    bool follow_links = false;        ///< accept a symbolic link as the path's last part
    bool allow_fifo = false;          ///< accept a FIFO; one without a reader is an error
    bool allow_block_device = false;  ///< accept a block device
    bool create_directory = false;    ///< make the directories that are missing, with mode 0700; otherwise that is an error

    /// Each batch is written under the file's lock, flock(2), which all notch writers take. false: no other process writes this file.
    bool lock = true;
    std::chrono::nanoseconds lock_timeout = std::chrono::seconds{5};  ///< a lock that others hold for longer is a fault

    OnFault on_fault = OnFault::drop;
    std::chrono::nanoseconds block_timeout = std::chrono::hours{24};  ///< how long OnFault::block tries one batch

    Sync sync = Sync::os;
    std::chrono::nanoseconds sync_interval = std::chrono::seconds{1};

    /// Rotation, besides FileControl::rotate(): before a batch that would make the file larger than this; 0: never. A batch that is
    /// larger by itself has a file of its own.
    std::uint64_t rotate_bytes = 0;
    /// Before the first batch of each interval, counted from 1970 on (std::chrono::hours{24}: of each day, UTC), unless the file is
    /// empty. Which interval the file is of, its modification time says. 0: never.
    std::chrono::nanoseconds rotate_interval{0};

    // What is kept of the rotated files, looked at after each rotation; the newest always is. 0: everything. Only files with names
    // that FileSink gives are counted and removed, also when they were compressed since (`.gz`).
    std::size_t keep_files = 0;
    std::uint64_t keep_bytes = 0;
    std::chrono::nanoseconds keep_age{0};  ///< since the rotation
};

}  // namespace notch::inline NOTCH_ABI

#endif
