// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_STATS_HPP
#define NOTCH_RECORD_STATS_HPP

#include "../config.hpp"
#include "batch.hpp"

#include <cstdint>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// Why events were dropped, and how many for each reason.
///
///     if (recorder.stats().drops.full != 0) std::puts("queue_bytes is too small, or the sink too slow");
struct DropStats {
    std::uint64_t full = 0;       ///< the ring was full and OnFull::drop_newest says so
    std::uint64_t timeout = 0;    ///< the ring stayed full for block_timeout
    std::uint64_t too_large = 0;  ///< the event is larger than half of queue_bytes
    std::uint64_t no_ring = 0;    ///< total_bytes is used up by other threads' rings, or memory ran out
    std::uint64_t closed = 0;     ///< recorded after close(), or not yet handed on when close_timeout ended
    std::uint64_t sink = 0;       ///< the sink refused them
};

/// A recorder's counters. After a flush or a close, `recorded == written + dropped`, exactly.
///
///     const notch::Stats stats = recorder.stats();
///     std::printf("%d of %d written\n", static_cast<int>(stats.written), static_cast<int>(stats.recorded));
struct Stats {
    std::uint64_t recorded = 0;      ///< calls of record()
    std::uint64_t written = 0;       ///< event lines that the sink accepted
    std::uint64_t dropped = 0;       ///< the sum of drops
    DropStats drops{};
    std::uint64_t gaps = 0;          ///< gap lines that the sink accepted
    std::uint64_t bytes = 0;         ///< bytes of all accepted lines
    std::uint64_t batches = 0;       ///< calls of the sink
    std::uint64_t non_finite = 0;    ///< NaN and infinities that were written as null
    std::uint64_t recovered = 0;     ///< events that a dead process had left in the journal; not among those above
    std::uint64_t rings = 0;         ///< rings made so far; one serves one thread at a time
    std::uint64_t ring_bytes = 0;    ///< memory of these rings
    std::uint64_t most_queued = 0;   ///< the most bytes that the backend has found in one ring: how large queue_bytes must be
    std::uint64_t most_batched = 0;  ///< bytes of the largest batch
    std::vector<SinkStats> sinks{};  ///< of a Tee: what each of its sinks took
};

}  // namespace notch::inline NOTCH_ABI

#endif
