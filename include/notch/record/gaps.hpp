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
// told in the stream.

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

/// The gaps that a producer could not yet put into its ring.
class PendingGaps {
public:
    void add(std::uint64_t sequence, DropReason reason, bool quiet) noexcept {
        const SpinLock lock{busy_};
        gaps_.add({sequence, sequence, reason, quiet});
        any_.store(true, std::memory_order_relaxed);
    }
    /// The same for a number that several threads count.
    void add_next(std::atomic<std::uint64_t>& numbers, DropReason reason, bool quiet) noexcept {
        const SpinLock lock{busy_};
        const std::uint64_t sequence = numbers.fetch_add(1, std::memory_order_relaxed);
        gaps_.add({sequence, sequence, reason, quiet});
        any_.store(true, std::memory_order_relaxed);
    }
    /// Whether there may be some; certain after a look under the lock.
    [[nodiscard]] bool any() const noexcept { return any_.load(std::memory_order_relaxed); }

    /// Calls `use(gaps)` unless there are none; when it returns true they are done with.
    template <class Use>
    void take(Use use) noexcept {
        const SpinLock lock{busy_};
        if (gaps_.empty() || !use(static_cast<const Gaps&>(gaps_))) return;
        gaps_.clear();
        any_.store(false, std::memory_order_relaxed);
    }

private:
    std::atomic<bool> busy_{false};
    std::atomic<bool> any_{false};
    Gaps gaps_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
