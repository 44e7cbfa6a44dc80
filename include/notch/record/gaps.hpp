// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_GAPS_HPP
#define NOTCH_RECORD_GAPS_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/platform.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

// Dropped events as gaps in the sequence of their producer: which numbers, and why. A gap waits where it arose until it can be
// told in the stream; with a journal, there.

namespace notch::inline NOTCH_ABI::detail {

enum class DropReason : std::uint8_t { full, timeout, too_large, no_ring, closed, sink, several, damaged };
inline constexpr std::size_t drop_reasons = 8;

constexpr std::string_view words_for(DropReason reason) noexcept {
    constexpr std::string_view words[drop_reasons] = {"full",   "timeout", "too_large", "no_ring",
                                                          "closed", "sink",    "several",   "damaged"};
    return words[static_cast<std::size_t>(reason)];
}

/// Consecutive calls of one producer that were dropped for one reason. The layout of a gap record's body.
struct Gap {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    DropReason reason{};
    bool quiet = false;  ///< events without an envelope: their stream holds nothing but them, so the gap is told elsewhere
};

/// The gaps of one producer that nobody has been told of, in their order. Where there are too many, the last ones become one.
class Gaps {
public:
    static constexpr std::size_t most = 8;

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] const Gap* begin() const noexcept { return gaps_; }
    [[nodiscard]] const Gap* end() const noexcept { return gaps_ + count_; }
    void clear() noexcept { count_ = 0; }

    void add(const Gap& gap) noexcept {
        Gap* const before = count_ == 0 ? nullptr : &gaps_[count_ - 1];
        if (before != nullptr && before->last + 1 == gap.first && before->reason == gap.reason && before->quiet == gap.quiet) {
            before->last = gap.last;
        } else if (count_ < most) {
            gaps_[count_++] = gap;
        } else {
            before->last = gap.last;
            if (before->reason != gap.reason) before->reason = DropReason::several;
            before->quiet = before->quiet && gap.quiet;
        }
    }

private:
    Gap gaps_[most]{};
    std::size_t count_ = 0;
};

/// What a producer and the backend both touch, for a few instructions at a time, and only when something was dropped.
class SpinLock {
public:
    explicit SpinLock(std::atomic<bool>& flag) noexcept : flag_{flag} {
        for (unsigned tries = 0; flag_.exchange(true, std::memory_order_acquire); ++tries) {
            if (tries < 64) pause_processor();
            else yield_processor();
        }
    }
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;
    ~SpinLock() { flag_.store(false, std::memory_order_release); }

private:
    std::atomic<bool>& flag_;
};

/// A store that what was stored before must not follow, nor what is stored later precede, as a dead process leaves them.
inline void decide(std::atomic<std::uint64_t>& word, std::uint64_t value) noexcept {
    word.store(value, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

/// Where pending gaps lie: in a circle, those with the numbers from `begin` to `end`. It may be part of a journal, so every change
/// to it counts with one store, its last.
struct GapQueue {
    static constexpr std::size_t room = 2 * Gaps::most;
    struct Entry {
        std::uint64_t first;
        std::atomic<std::uint64_t> last;
        std::uint32_t reason;
        std::uint32_t quiet;
    };
    std::atomic<std::uint64_t> begin;
    std::atomic<std::uint64_t> end;
    Entry entries[room];

    [[nodiscard]] Entry& at(std::uint64_t number) noexcept { return entries[number % room]; }
    [[nodiscard]] Gap gap(std::uint64_t number) noexcept {
        const Entry& entry = at(number);
        return {entry.first, entry.last.load(std::memory_order_relaxed), static_cast<DropReason>(entry.reason), entry.quiet != 0};
    }
};

/// The gaps that a producer could not yet put into its ring. While there are any it publishes nothing, so they are told behind
/// everything that is in the ring: by the producer, which puts them there before its next record, or by the backend, which takes
/// them when it gets that far. What the backend took stays in the queue until it settles.
class PendingGaps {
public:
    /// From now on they lie there. Before the first.
    void keep_in(GapQueue* queue) noexcept { queue_ = queue; }

    void add(std::uint64_t sequence, DropReason reason, bool quiet) noexcept {
        const SpinLock lock{busy_};
        append(sequence, reason, quiet);
    }
    /// The same for a number that several threads count.
    void add_next(std::atomic<std::uint64_t>& numbers, DropReason reason, bool quiet) noexcept {
        const SpinLock lock{busy_};
        append(numbers.fetch_add(1, std::memory_order_relaxed), reason, quiet);
    }
    /// One that a dead process left. False when there are too many.
    bool add_left(const Gap& gap) noexcept {
        const std::uint64_t end = queue_->end.load(std::memory_order_relaxed);
        if (end - taken() == GapQueue::room) return false;
        put(end, gap);
        return true;
    }

    /// Whether there may be some; certain after a look under the lock.
    [[nodiscard]] bool any() const noexcept { return any_.load(std::memory_order_relaxed); }

    /// The producer: calls `has_room(count)` unless there are none, and when that is true `put(gap)` for each; they are in its ring
    /// then, and no longer here.
    template <class HasRoom, class Put>
    void move(HasRoom has_room, Put put) noexcept {
        const SpinLock lock{busy_};
        const std::uint64_t from = taken();
        const std::uint64_t end = queue_->end.load(std::memory_order_relaxed);
        if (from == end || !has_room(static_cast<std::size_t>(end - from))) return;
        for (std::uint64_t number = from; number != end; ++number) put(queue_->gap(number));
        decide(queue_->end, from);
        any_.store(false, std::memory_order_relaxed);
    }

    /// The backend, at the number `next`: calls `use(gap)` for those that come now, and moves `next` behind them. They stay in the
    /// queue until settle(), of which nobody but a journal takes notice.
    template <class Use>
    void take(std::uint64_t& next, Use use) noexcept {
        const SpinLock lock{busy_};
        std::uint64_t from = taken();
        const std::uint64_t end = queue_->end.load(std::memory_order_relaxed);
        for (; from != end && queue_->at(from).first == next; ++from) {
            const Gap gap = queue_->gap(from);
            use(gap);
            next = gap.last + 1;
        }
        taken_.store(from, std::memory_order_relaxed);
        if (from == end) any_.store(false, std::memory_order_relaxed);
    }

    /// Whether the backend took any since it last settled.
    [[nodiscard]] bool has_taken() const noexcept { return queue_->begin.load(std::memory_order_relaxed) != taken(); }
    /// What was taken is kept elsewhere now.
    void settle() noexcept { decide(queue_->begin, taken()); }

private:
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

    void append(std::uint64_t sequence, DropReason reason, bool quiet) noexcept {
        const std::uint64_t end = queue_->end.load(std::memory_order_relaxed);
        const std::uint64_t count = end - taken();
        GapQueue::Entry& before = queue_->at(end - 1);
        const bool same = before.reason == static_cast<std::uint32_t>(reason) && before.quiet == (quiet ? 1U : 0U);
        if (count == 0 || (!same && count < Gaps::most)) return put(end, {sequence, sequence, reason, quiet});
        if (before.reason != static_cast<std::uint32_t>(reason)) before.reason = static_cast<std::uint32_t>(DropReason::several);
        if (!quiet) before.quiet = 0;
        decide(before.last, sequence);
    }
    void put(std::uint64_t number, const Gap& gap) noexcept {
        GapQueue::Entry& entry = queue_->at(number);
        entry.first = gap.first;
        entry.last.store(gap.last, std::memory_order_relaxed);
        entry.reason = static_cast<std::uint32_t>(gap.reason);
        entry.quiet = gap.quiet ? 1 : 0;
        decide(queue_->end, number + 1);
        any_.store(true, std::memory_order_relaxed);
    }

    std::atomic<bool> busy_{false};
    std::atomic<bool> any_{false};
    GapQueue own_{};
    GapQueue* queue_ = &own_;
    std::atomic<std::uint64_t> taken_{0};  // by the backend
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
