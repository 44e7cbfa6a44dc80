// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_RING_HPP
#define NOTCH_RECORD_RING_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/platform.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

// A ring of bytes between one producer and one consumer. A record is contiguous and begins with its size; a size of 0 means
// that nothing is there yet. The consumer finds new records by that word alone and never reads the producer's own index: the
// cache line that the producer writes most stays with the producer.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::size_t cache_line = 64;
inline constexpr std::size_t record_alignment = 8;
inline constexpr std::uint32_t padding_mark = 0x8000'0000;  // the record fills the end of the ring and holds nothing

constexpr std::size_t aligned_size(std::size_t bytes) noexcept {
    return (bytes + record_alignment - 1) & ~(record_alignment - 1);
}

/// What every record begins with. It says by a number what it holds, not by an address, so that a record outlives its process.
template <template <class> class Atomic>
struct BasicRecordHeader {
    Atomic<std::uint32_t> size;       ///< of the whole record, header included; 0: not written yet
    std::uint32_t schema;             ///< which of the recorder's schemas; see SchemaTable

    /// The size is not touched: publish() writes it last.
    NOTCH_INTERNAL_INLINE static void set_schema(char* record, std::uint32_t schema) noexcept {
        std::memcpy(record + sizeof(std::uint32_t), &schema, sizeof schema);
    }
};
using RecordHeader = BasicRecordHeader<std::atomic>;
inline constexpr std::size_t header_size = sizeof(RecordHeader);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && header_size == record_alignment);

/// The atomics are a parameter so that the tests can run this very code in a model of memory; everybody else uses Ring.
template <template <class> class Atomic>
class BasicRing {
public:
    BasicRing(char* data, std::size_t capacity, std::uint32_t number) noexcept
        : at_{data}, limit_{data}, data_{data}, capacity_{capacity}, number_{number} {}
    BasicRing(const BasicRing&) = delete;
    BasicRing& operator=(const BasicRing&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
    [[nodiscard]] char* data() const noexcept { return data_; }

    /// The largest record that always finds a place once the ring is empty: with the end that may have to be skipped for
    /// it, it still fits.
    [[nodiscard]] std::size_t largest_record() const noexcept { return capacity_ / 2 - record_alignment; }

    /// Counts one call of record(), and with it gives the call its sequence number; before publish, so that no reader of the
    /// counters sees more written than recorded.
    NOTCH_INTERNAL_INLINE void count_recorded() noexcept {
        recorded_.store(recorded_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_.load(std::memory_order_relaxed); }

    // ---- the producer's side ---------------------------------------------------------------------------------------

    /// Contiguous room for a record of `size` bytes (aligned), or null when it takes a longer look to know.
    /// The consumer has read the lines ahead, a lap ago, so they are fetched some records before they are written.
    NOTCH_INTERNAL_INLINE char* claim_quickly(std::size_t size) noexcept {
        char* const at = at_;
        prefetch_for_writing(at + 8 * cache_line);
        prefetch_for_writing(at + 9 * cache_line);
        return size <= static_cast<std::size_t>(limit_ - at) ? at : nullptr;
    }

    /// The longer look: room for `size` bytes (at most largest_record()), or null while there is none.
    NOTCH_INTERNAL_COLD char* claim(std::size_t size) noexcept {
        const std::uint64_t tail = tail_.load(std::memory_order_acquire);
        const auto offset = static_cast<std::size_t>(at_ - data_);
        const auto used = static_cast<std::size_t>(lap_ + offset - tail);
        const std::size_t to_end = capacity_ - offset;
        const std::size_t needed = size + record_alignment;  // the next record's header must read as empty
        if (needed <= to_end) {
            if (used + needed > capacity_) return nullptr;
            const std::size_t free = capacity_ - used;
            limit_ = at_ + ((free < to_end ? free : to_end) - record_alignment);
            return at_;
        }
        if (used + to_end + needed > capacity_) return nullptr;
        size_at(data_).store(0, std::memory_order_relaxed);
        size_at(at_).store(static_cast<std::uint32_t>(to_end) | padding_mark, std::memory_order_release);
        lap_ += capacity_;
        at_ = data_;
        limit_ = data_ + (capacity_ - used - to_end - record_alignment);
        return data_;
    }

    /// Shows the record written at the claimed place to the consumer.
    NOTCH_INTERNAL_INLINE void publish(char* record, std::size_t size) noexcept {
        char* const next = record + size;
        at_ = next;
        // The next header must read as empty before this record can be seen, or the consumer would run into old bytes.
        size_at(next).store(0, std::memory_order_relaxed);
        size_at(record).store(static_cast<std::uint32_t>(size), std::memory_order_release);
    }

    /// Makes the next claim take the longer look.
    void forget_room() noexcept { limit_ = at_; }

    // ---- the consumer's side ---------------------------------------------------------------------------------------

    /// The oldest record not yet taken, or null.
    NOTCH_INTERNAL_INLINE const char* front() noexcept {
        for (;;) {
            char* const at = data_ + (static_cast<std::size_t>(taken_) & (capacity_ - 1));
            const std::uint32_t size = size_at(at).load(std::memory_order_acquire);
            if (size == 0) return nullptr;
            if ((size & padding_mark) == 0) return at;
            taken_ += size & ~padding_mark;
        }
    }

    /// Begins elsewhere than at the start: with what a dead process left.
    void start_at(std::uint64_t position) noexcept { taken_ = released_ = position; }

    /// As far as was taken, counted from the ring's first byte ever.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

    /// Moves on behind the record that front() gave.
    void take(std::size_t size) noexcept { taken_ += size; }

    /// Bytes taken whose room has not been given back.
    [[nodiscard]] std::size_t held() const noexcept { return static_cast<std::size_t>(taken_ - released_); }

    /// Gives the room of everything taken back to the producer.
    void release_taken() noexcept {
        if (taken_ != released_) {
            released_ = taken_;
            tail_.store(taken_, std::memory_order_release);
        }
    }

private:
    static Atomic<std::uint32_t>& size_at(char* record) noexcept { return reinterpret_cast<BasicRecordHeader<Atomic>*>(record)->size; }

    // The producer's line.
    alignas(cache_line) char* at_;  // where the next record goes
    char* limit_;                   // as far as it may reach, as far as the producer knows
    Atomic<std::uint64_t> recorded_{0};
    std::uint64_t lap_ = 0;  // bytes before data_, counted from the ring's first
    char* const data_;
    const std::size_t capacity_;  // a power of two
    const std::uint32_t number_;

    // Written by the consumer once a batch, read by the producer only when the ring looks full.
    alignas(cache_line) Atomic<std::uint64_t> tail_{0};

    // The consumer's line.
    alignas(cache_line) std::uint64_t taken_ = 0;
    std::uint64_t released_ = 0;
};

using Ring = BasicRing<std::atomic>;

}  // namespace notch::inline NOTCH_ABI::detail

#endif
