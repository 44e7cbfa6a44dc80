// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_RING_HPP
#define NOTCH_RECORD_RING_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/platform.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

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

struct EventSchema;

/// What every record begins with.
struct RecordHeader {
    std::atomic<std::uint32_t> size;  ///< of the whole record, header included; 0: not written yet
    std::uint32_t reserved;
    const EventSchema* schema;

    /// The size is not touched: publish() writes it last.
    NOTCH_INTERNAL_INLINE static void set_schema(char* record, const EventSchema* schema) noexcept {
        reinterpret_cast<RecordHeader*>(record)->schema = schema;
    }
};
inline constexpr std::size_t header_size = aligned_size(sizeof(RecordHeader));
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(std::atomic<std::uint32_t>) == 4);

class Ring {
public:
    Ring(char* data, std::size_t capacity, std::uint32_t number) noexcept : data_{data}, capacity_{capacity}, number_{number} {}
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
    [[nodiscard]] char* data() const noexcept { return data_; }

    /// The largest record that always finds a place once the ring is empty: with the end that may have to be skipped for
    /// it, it still fits.
    [[nodiscard]] std::size_t largest_record() const noexcept { return capacity_ / 2 - record_alignment; }

    /// The recorder that takes from this ring; null once it is closed. The one comparison that record() makes tells a closed
    /// recorder, another recorder and a thread without a ring apart from the usual case.
    [[nodiscard]] const void* owner() const noexcept { return owner_.load(std::memory_order_relaxed); }
    void set_owner(const void* owner) noexcept { owner_.store(owner, std::memory_order_relaxed); }

    /// Counts one call of record(); before publish, so that no reader of the counters sees more written than recorded.
    NOTCH_INTERNAL_INLINE void count_recorded() noexcept {
        recorded_.store(recorded_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_.load(std::memory_order_relaxed); }

    // ---- the producer's side ---------------------------------------------------------------------------------------

    /// Contiguous room for a record of `size` bytes (aligned, at most largest_record()), or null while there is none.
    NOTCH_INTERNAL_INLINE char* claim(std::size_t size) noexcept {
        const std::size_t at = static_cast<std::size_t>(head_) & (capacity_ - 1);
        const std::size_t to_end = capacity_ - at;
        if (size <= to_end && fits(size)) [[likely]]
            return data_ + at;
        return claim_slowly(size, to_end);
    }

    /// Shows the record written at the claimed place to the consumer.
    NOTCH_INTERNAL_INLINE void publish(std::size_t size) noexcept {
        const std::size_t at = static_cast<std::size_t>(head_) & (capacity_ - 1);
        head_ += size;
        // The next header must read as empty before this record can be seen, or the consumer would run into old bytes.
        size_at(static_cast<std::size_t>(head_) & (capacity_ - 1)).store(0, std::memory_order_relaxed);
        size_at(at).store(static_cast<std::uint32_t>(size), std::memory_order_release);
    }

    // ---- the consumer's side ---------------------------------------------------------------------------------------

    /// The oldest record not yet taken, or null.
    NOTCH_INTERNAL_INLINE const char* front() noexcept {
        for (;;) {
            const std::size_t at = static_cast<std::size_t>(taken_) & (capacity_ - 1);
            const std::uint32_t size = size_at(at).load(std::memory_order_acquire);
            if (size == 0) return nullptr;
            if ((size & padding_mark) == 0) return data_ + at;
            taken_ += size & ~padding_mark;
        }
    }

    /// Moves on behind the record that front() gave.
    void take(std::size_t size) noexcept { taken_ += size; }

    /// Gives the room of everything taken back to the producer.
    void release_taken() noexcept {
        if (taken_ != released_) {
            released_ = taken_;
            tail_.store(taken_, std::memory_order_release);
        }
    }

private:
    std::atomic<std::uint32_t>& size_at(std::size_t at) const noexcept {
        return reinterpret_cast<RecordHeader*>(data_ + at)->size;
    }

    /// Whether `size` bytes and the empty header behind them are free, as far as the producer knows.
    NOTCH_INTERNAL_INLINE bool fits(std::size_t size) const noexcept {
        return head_ - known_tail_ + size + record_alignment <= capacity_;
    }

    NOTCH_INTERNAL_COLD char* claim_slowly(std::size_t size, std::size_t to_end) noexcept {
        const std::size_t padding = size <= to_end ? 0 : to_end;
        if (!fits(size + padding)) {
            known_tail_ = tail_.load(std::memory_order_acquire);
            if (!fits(size + padding)) return nullptr;
        }
        if (padding != 0) {
            const std::size_t at = static_cast<std::size_t>(head_) & (capacity_ - 1);
            head_ += padding;
            size_at(0).store(0, std::memory_order_relaxed);
            size_at(at).store(static_cast<std::uint32_t>(padding) | padding_mark, std::memory_order_release);
        }
        return data_ + (static_cast<std::size_t>(head_) & (capacity_ - 1));
    }

    // The producer's lines.
    alignas(cache_line) char* data_;
    std::size_t capacity_;  // a power of two
    std::uint32_t number_;
    std::uint64_t head_ = 0;
    std::uint64_t known_tail_ = 0;
    std::atomic<const void*> owner_{nullptr};
    std::atomic<std::uint64_t> recorded_{0};

    // Written by the consumer once a batch, read by the producer only when the ring looks full.
    alignas(cache_line) std::atomic<std::uint64_t> tail_{0};

    // The consumer's lines.
    alignas(cache_line) std::uint64_t taken_ = 0;
    std::uint64_t released_ = 0;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
