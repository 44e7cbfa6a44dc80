// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_SCHEMA_TABLE_HPP
#define NOTCH_RECORD_SCHEMA_TABLE_HPP

#include "../config.hpp"
#include "../base/platform.hpp"
#include "journal.hpp"
#include "schema.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

namespace notch::inline NOTCH_ABI::detail {

/// What number 0 stands for: a record that no event type made.
inline constexpr std::uint32_t gap_record = 0;

/// The schemas that one recorder has met, by number. A thread adds a schema before it publishes the first record of that type, so
/// the backend, which takes the number from a record, reads the table without a lock.
class SchemaTable {
public:
    SchemaTable() noexcept = default;
    SchemaTable(const SchemaTable&) = delete;
    SchemaTable& operator=(const SchemaTable&) = delete;
    ~SchemaTable() {
        for (const std::atomic<Entry*>& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
    }

    /// The schema's number, a new one if need be; 0 when memory runs out, or the journal's room for what describes it.
    std::uint32_t number_of(const EventSchema* schema, Journal* journal = nullptr) noexcept {
        const Lock lock{mutex_};
        for (std::uint32_t number = 1; number <= count_; ++number)
            if ((*this)[number] == schema) return number;
        const std::uint32_t number = count_ + 1;
        // No thread learns the number before the journal knows what it means.
        if (journal != nullptr && !journal->describe(number, *schema)) return 0;
        return set(number, schema) ? number : 0;
    }

    /// Gives the schema that number, which none has yet; false when memory runs out.
    bool set(std::uint32_t number, const EventSchema* schema) noexcept {
        const std::size_t chunk = chunk_of(number);
        if (chunk >= chunk_count) return false;
        Entry* entries = chunks_[chunk].load(std::memory_order_relaxed);
        if (entries == nullptr) {
            entries = new (std::nothrow) Entry[first_chunk << chunk]{};
            if (entries == nullptr) return false;
            chunks_[chunk].store(entries, std::memory_order_release);
        }
        entries[place_of(number, chunk)] = schema;
        if (count_ < number) count_ = number;
        return true;
    }

    /// The same as operator[], for a number that may be anything: null where there is no schema.
    [[nodiscard]] const EventSchema* find(std::uint32_t number) const noexcept {
        if (number == 0 || number > count_ || chunks_[chunk_of(number)].load(std::memory_order_relaxed) == nullptr) return nullptr;
        return (*this)[number];
    }

    const EventSchema* operator[](std::uint32_t number) const noexcept {
        const std::size_t chunk = chunk_of(number);
        return chunks_[chunk].load(std::memory_order_acquire)[place_of(number, chunk)];
    }

private:
    using Entry = const EventSchema*;
    // Chunks that double, so that an entry never moves.
    static constexpr std::size_t first_chunk = 64;
    static constexpr std::size_t chunk_count = 12;

    static std::size_t chunk_of(std::uint32_t number) noexcept {
        return static_cast<std::size_t>(std::bit_width(number + first_chunk)) - std::bit_width(first_chunk);
    }
    static std::size_t place_of(std::uint32_t number, std::size_t chunk) noexcept {
        return number + first_chunk - (first_chunk << chunk);
    }

    Mutex mutex_;
    std::uint32_t count_ = 0;
    std::atomic<Entry*> chunks_[chunk_count]{};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
