// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_OPTIONS_HPP
#define NOTCH_RECORD_OPTIONS_HPP

#include "../base/clock.hpp"
#include "../base/handler.hpp"
#include "../config.hpp"
#include "common.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace notch::inline NOTCH_ABI {

/// What record() does when its thread's ring is full. Whatever is dropped, for whichever reason, is counted, and the stream says so
/// in one line for consecutive events, in the place where they would be:
///
///     // {"timestamp":..,"event":"notch_gap","epoch":"00f1..","producer":3,"first":17,"last":19,"count":3,"reason":"full"}
///
/// The reasons are those of DropStats; `several` stands for more than one. Threads that got no ring share producer 4294967295. For
/// events without an envelope there is no such line; on_error tells of them.
enum class OnFull : std::uint8_t {
    block,       ///< waits for room, at most block_timeout; then the event is dropped and counted
    drop_newest  ///< drops the event at once and counts it
};

/// How a recorder works; every member has a default.
///
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}, {.queue_bytes = 1 << 20, .on_full = notch::OnFull::drop_newest}};
struct RecorderOptions {
    /// Memory of one recording thread's ring; rounded up to a power of two, at least 4 KiB. An event may fill half of it.
    std::size_t queue_bytes = 512 * 1024;
    /// Memory of all rings together. A thread that finds it used up drops its events and counts them.
    std::size_t total_bytes = 64 * 1024 * 1024;
    /// The backend hands a batch to the sink when it has this many bytes, or when nothing more is there.
    std::size_t batch_bytes = 64 * 1024;
    OnFull on_full = OnFull::block;
    /// How long OnFull::block waits.
    std::chrono::nanoseconds block_timeout = std::chrono::hours{24};
    /// How long close() and the destructor wait for what is still queued.
    std::chrono::nanoseconds close_timeout = std::chrono::seconds{10};
    /// How long a backend without work looks again, with pauses, before its first sleep, which is short; each later one is about as
    /// long as all before it. A producer never wakes it: that would be a system call.
    std::chrono::nanoseconds idle_spin = std::chrono::microseconds{50};
    /// The longest of these sleeps, and so about the longest time that a lone event waits for the sink. What an idle recorder costs
    /// of one core, measured: 10 ms 0.2 %, 1 ms 0.8 %, 0.1 ms 4 %. 0: it never sleeps, which costs the whole core.
    std::chrono::nanoseconds idle_sleep = std::chrono::milliseconds{1};
    /// Gives each line of an event with an envelope its identity, made when it was recorded:
    /// `"notch_id":"<epoch, 16 hexadecimal digits>-<producer>-<sequence>"`, behind `event`.
    bool identity = false;
    /// Fields that the lines of all events end with, such as host and process id: any struct.
    CommonFields common{};
    /// A file in which the rings lie, so that what record() accepted outlives the process: the path, or nothing.
    ///
    ///     notch::Recorder recorder{notch::FileSink{"work.jsonl"}, {.journal = "work.journal"}};
    ///
    /// However a process ends (kill -9, a crash, _exit), the next recorder with that journal, or recover(), hands on what was left
    /// before anything else, in its constructor: into a FileSink each event comes exactly once, into other sinks at least once, which
    /// then always get an `identity`. What was dropped before is told of as well. A power cut is another matter: nothing is synced. close() removes the journal when everything
    /// was handed on; what it could not hand on within close_timeout, and counted as `closed`, stays there.
    ///
    /// It takes the place of the rings' memory, grows with the threads up to about total_bytes, and its space is reserved, so a full
    /// disk is an error and no crash: then an event whose thread gets no ring is a drop, `no_ring`. Not for a network's file system.
    /// On a disk the kernel's writing it back costs a producer some time now and then; on tmpfs it does not.
    ///
    /// A recorder whose journal cannot be had works on without one and says so through on_error: a live recorder, of this process or
    /// another, has it; it is no journal, or others may write to it; the sink refuses what was left, which then stays; the system is
    /// Windows. A child of fork() leaves its parent's journal alone.
    std::string journal{};
    /// false: the recorder has no thread; the program hands on what is queued with Recorder::poll(), from its own loop.
    bool thread = true;
    /// Stamps events without a `timestamp` member.
    Clock clock = system_microseconds;
    /// Told what no return value can say, such as a sink that does not open. Once per fault, not once per event.
    ErrorHandler on_error{};
};

}  // namespace notch::inline NOTCH_ABI

#endif
