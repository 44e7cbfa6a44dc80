// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_MEND_HPP
#define NOTCH_RECORD_JOURNAL_MEND_HPP

#include "../config.hpp"
#include "gaps.hpp"
#include "journal_check.hpp"
#include "ring.hpp"
#include "ring_pool.hpp"
#include "schema_table.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

// What is wrong with a dead process's ring is put right, so that a backend can drain it like any other. Templates, because only a
// program that recovers a journal is to compile them.

namespace notch::inline NOTCH_ABI::detail {

/// What could not be read of a journal.
struct JournalDamage {
    std::uint64_t parts = 0;
    std::string first{};  ///< which was the first of them

    void add(std::string what) {
        if (parts++ == 0) first = static_cast<std::string&&>(what);
    }
};

/// The gaps that a producer had not put into its ring. One comes before the record that would have its first number otherwise.
template <class Late = void>
class LeftGaps {
public:
    LeftGaps(GapQueue& queue, PendingGaps& to) noexcept
        : queue_{queue}, to_{to}, next_{queue.begin.load(std::memory_order_acquire)}, end_{queue.end.load(std::memory_order_relaxed)} {}

    [[nodiscard]] bool is_sound() const noexcept {
        if (end_ - next_ > GapQueue::room) return false;
        std::uint64_t least = 0;
        for (std::uint64_t number = next_; number != end_; ++number) {
            const GapQueue::Entry& entry = queue_.at(number);
            const Gap gap = queue_.gap(number);
            if (gap.first < least || gap.last < gap.first || gap.last + 1 == 0) return false;
            if (entry.reason >= drop_reasons || entry.quiet > 1) return false;
            least = gap.last + 1;
        }
        return true;
    }
    /// At a record with this number: passes on those that come before it, but for those from `told` on, of which the record itself
    /// tells. Returns the number behind them. What is over by then was told before the process died.
    std::uint64_t pass(std::uint64_t sequence, std::uint64_t told) noexcept {
        for (; next_ != end_; ++next_) {
            Gap gap = queue_.gap(next_);
            if (gap.first > sequence || gap.first >= told) break;
            if (gap.last < sequence) continue;
            gap.first = sequence;
            to_.add_left(gap);
            sequence = gap.last + 1;
        }
        return sequence;
    }
    /// At the ring's end: the rest, and one for the records between that were lost by damage.
    void finish(std::uint64_t sequence) noexcept {
        while (next_ != end_) {
            const std::uint64_t first = queue_.gap(next_).first;
            if (first > sequence) to_.add_left({sequence, first - 1, DropReason::damaged, false});
            sequence = pass(first > sequence ? first : sequence, ~std::uint64_t{0});
        }
    }
    void forget() noexcept { next_ = end_; }

private:
    GapQueue& queue_;
    PendingGaps& to_;
    std::uint64_t next_;
    const std::uint64_t end_;
};

/// One ring, in this process's copy of it.
template <class Late = void>
class RingMender {
public:
    RingMender(char* data, std::size_t capacity, std::uint32_t number, const SchemaTable& schemas, JournalDamage& damage) noexcept
        : data_{data}, capacity_{capacity}, number_{number}, schemas_{schemas}, damage_{damage} {}

    /// From the first record that was not handed on, with its number: a record that cannot be rendered becomes a gap, and where no next
    /// one can be found, the ring ends. The gaps of the queue are added to those of the ring.
    void mend(std::uint64_t position, std::uint64_t sequence, GapQueue& queue, PendingGaps& gaps) {
        LeftGaps<Late> left{queue, gaps};
        if (!left.is_sound()) {
            damage_.add("what ring " + std::to_string(number_) + " has dropped");
            left.forget();
        }
        left.finish(mend_records(position, sequence, left));
    }

private:
    static constexpr std::uint64_t none = ~std::uint64_t{0};

    /// The number behind the last record.
    std::uint64_t mend_records(std::uint64_t position, std::uint64_t sequence, LeftGaps<Late>& gaps) {
        std::size_t at = static_cast<std::size_t>(position) & (capacity_ - 1);
        std::size_t left = capacity_ - record_alignment;  // the last header is an empty one
        for (;;) {
            std::uint32_t size = 0;
            std::uint32_t schema = 0;
            std::memcpy(&size, data_ + at, sizeof size);
            std::memcpy(&schema, data_ + at + sizeof size, sizeof schema);
            if (size == 0) return sequence;
            const bool padding = (size & padding_mark) != 0;
            size &= ~padding_mark;
            const std::size_t to_end = capacity_ - at;
            const bool fits = padding ? size == to_end && at != 0 : size >= header_size && size % record_alignment == 0 && size + record_alignment <= to_end;
            if (!fits || size > left) {
                const std::uint32_t nothing = 0;
                std::memcpy(data_ + at, &nothing, sizeof nothing);
                damage_.add("ring " + std::to_string(number_) + " from event " + std::to_string(sequence) + " on");
                return sequence;
            }
            left -= size;
            if (!padding) {
                sequence = gaps.pass(sequence, schema == gap_record ? first_of_gap(data_ + at + header_size, size) : none);
                sequence = mend_record(data_ + at, size, schema, sequence);
            }
            at = padding ? 0 : at + size;
        }
    }

    /// The number behind the record.
    std::uint64_t mend_record(char* record, std::size_t size, std::uint32_t number, std::uint64_t sequence) {
        char* const body = record + header_size;
        if (number == gap_record) {
            const std::uint64_t next = behind_gap(body, size, sequence);
            if (next != 0) return next;
        } else if (const EventSchema* const schema = schemas_.find(number); schema != nullptr) {
            if (check_.is_sound(*schema, body, size - header_size)) return sequence + 1;
        }
        damage_.add("event " + std::to_string(sequence) + " of ring " + std::to_string(number_));
        RecordHeader::set_schema(record, gap_record);
        const Gap gap{sequence, sequence, DropReason::damaged, false};
        if (size >= gap_record_size) std::memcpy(body, &gap, sizeof gap);
        return sequence + 1;
    }

    static std::uint64_t first_of_gap(const char* body, std::size_t size) noexcept {
        std::uint64_t first = 0;
        if (size == gap_record_size) std::memcpy(&first, body + offsetof(Gap, first), sizeof first);
        return first;
    }

    /// The number behind a gap; 0 when it is damaged.
    static std::uint64_t behind_gap(const char* body, std::size_t size, std::uint64_t sequence) noexcept {
        if (size != gap_record_size) return 0;
        const std::uint64_t first = first_of_gap(body, size);
        std::uint64_t last = 0;
        std::memcpy(&last, body + offsetof(Gap, last), sizeof last);
        const auto reason = static_cast<unsigned char>(body[offsetof(Gap, reason)]);
        const auto quiet = static_cast<unsigned char>(body[offsetof(Gap, quiet)]);
        return first >= sequence && last >= first && last + 1 != 0 && reason < drop_reasons && quiet <= 1 ? last + 1 : 0;
    }

    char* const data_;
    const std::size_t capacity_;
    const std::uint32_t number_;
    const SchemaTable& schemas_;
    JournalDamage& damage_;
    RecordCheck check_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
