// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_LAYOUT_HPP
#define NOTCH_RECORD_JOURNAL_LAYOUT_HPP

#include "../base/hash.hpp"
#include "../config.hpp"
#include "gaps.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

// What lies where in a journal. A header of one page, then chunks, each a whole number of pages: texts (the schemas of the records,
// the common fields), rings, and room for the batch that is being written.
//
// The rings' own memory says which records there are; a slot beside each says how far they have been handed on. A slot belongs to a
// generation, one for each batch, and counts once the header's `committed` has reached it: one store hands on a batch of any number
// of rings. Each ring has three slots, since two generations may be open (a batch that is being written, and the gaps that its
// refused lines leave) while the committed one must stay. Gaps that are not in the ring yet lie beside it as well.
//
// A word that changes carries a check of its own, since no other one could be changed together with it.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::uint64_t journal_magic = 0x0a31'6c61'6e72'756f;  // "ournal1\n", read as bytes on a little-endian machine
inline constexpr std::uint64_t chunk_magic = 0x0a6b'6e75'6863'6a6e;
inline constexpr std::uint32_t journal_version = 1;
inline constexpr std::size_t journal_page = 4096;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) noexcept { return (bytes + journal_page - 1) / journal_page * journal_page; }

/// A number of up to 48 bits with a check of 16: every damage to one byte of it is noticed.
constexpr std::uint64_t sealed(std::uint64_t number) noexcept {
    const auto part = [number](int index) { return static_cast<std::uint16_t>(number >> (16 * index)); };
    return number << 16 | static_cast<std::uint16_t>(part(0) ^ std::rotl(part(1), 5) ^ std::rotl(part(2), 11) ^ 0x6e6a);
}
constexpr bool unseal(std::uint64_t word, std::uint64_t& number) noexcept {
    number = word >> 16;
    return sealed(number) == word;
}

/// Where the batch of a generation is being written, and where its bytes lie.
struct JournalIntent {
    std::uint64_t area = 0;   ///< offset of the chunk with the bytes, and behind them a JournalLine for each line
    std::uint64_t size = 0;   ///< of the bytes
    std::uint64_t lines = 0;
    std::uint64_t skip = 0;   ///< bytes that the file had before, from an earlier attempt
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0; ///< in that file, of the first byte behind `skip`
    std::uint64_t checksum = 0;

    [[nodiscard]] std::uint64_t right_checksum() const noexcept { return hash_bytes(this, offsetof(JournalIntent, checksum)); }
};

struct JournalLine {
    std::uint32_t size;
    std::uint32_t schema;  ///< 0: a gap
    std::uint64_t sequence;
    std::uint32_t producer;
    std::uint32_t unused;
};

struct JournalHeader {
    std::atomic<std::uint64_t> magic;  ///< written last
    std::uint32_t byte_order;
    std::uint32_t version;
    std::uint64_t layout;  ///< a hash of the sizes that a build for another processor might have otherwise
    std::uint64_t epoch;
    std::uint64_t identity;  ///< 1: lines have a notch_id
    std::uint64_t checksum;     ///< of the four before it
    /// Whose it is: a process_token; 0: nobody's. Whoever changes it from what is nobody's, or from a dead process's, has it.
    alignas(64) std::atomic<std::uint64_t> owner;
    alignas(64) std::atomic<std::uint64_t> committed;  ///< sealed: the last generation that was handed on
    std::atomic<std::uint64_t> active;                 ///< sealed: twice the generation that is being written, plus which intent
    JournalIntent intents[2];

    [[nodiscard]] std::uint64_t right_checksum() const noexcept {
        return hash_bytes(&byte_order, offsetof(JournalHeader, checksum) - offsetof(JournalHeader, byte_order));
    }
};
static_assert(sizeof(JournalHeader) <= journal_page);

enum class ChunkKind : std::uint32_t { texts = 1, ring = 2, batch = 3 };

struct ChunkHeader {
    std::atomic<std::uint64_t> magic;  ///< written last
    std::uint64_t epoch;
    std::uint64_t offset;
    std::uint64_t size;  ///< of the chunk, this header included
    ChunkKind kind;
    std::uint32_t number;  ///< a ring's
    std::uint64_t checksum;   ///< of the five before it

    [[nodiscard]] std::uint64_t right_checksum() const noexcept {
        return hash_bytes(&epoch, offsetof(ChunkHeader, checksum) - offsetof(ChunkHeader, epoch));
    }
};
inline constexpr std::size_t chunk_start = 64;  ///< where a chunk's contents begin

/// A text in a chunk of texts, its bytes behind it. The first whose size is 0 is the end.
struct TextEntry {
    std::atomic<std::uint32_t> size;  ///< of the bytes; written last
    std::uint32_t number;             ///< the schema's; 0: the common fields
    std::uint64_t checksum;

    [[nodiscard]] static std::uint64_t right_checksum(std::uint32_t number, const char* bytes, std::size_t size) noexcept {
        return hash_bytes(bytes, size, hash_bytes(&number, sizeof number));
    }
};

struct JournalGap {
    std::uint64_t first;
    std::uint64_t last;
    std::uint32_t reason;
    std::uint32_t quiet;
};

/// How far a ring was handed on.
struct JournalSlot {
    std::atomic<std::uint64_t> generation;  ///< 0 while the others are being written
    std::uint64_t position;                 ///< of the first record that was not, counted from the ring's first byte ever
    std::uint64_t sequence;                 ///< its number
    std::uint64_t gap_count;                ///< gaps before it that no line tells of yet
    JournalGap gaps[Gaps::most];
    std::uint64_t checksum;

    [[nodiscard]] std::uint64_t right_checksum(std::uint64_t of_generation) const noexcept {
        return hash_bytes(&position, offsetof(JournalSlot, checksum) - offsetof(JournalSlot, position), of_generation);
    }
};
inline constexpr unsigned slots_of_ring = 3;

/// Where the parts of a ring lie in its chunk: its slots, the gaps that its producer could not yet put into it, and its bytes.
inline constexpr std::size_t gaps_start = chunk_start + slots_of_ring * sizeof(JournalSlot);
inline constexpr std::size_t ring_start = 2048;
static_assert(gaps_start + sizeof(GapQueue) <= ring_start && gaps_start % alignof(GapQueue) == 0 && sizeof(ChunkHeader) <= chunk_start);

inline std::uint64_t journal_layout() noexcept {
    const std::uint32_t sizes[] = {sizeof(JournalHeader), sizeof(JournalSlot), sizeof(TextEntry), sizeof(JournalLine), sizeof(ChunkHeader),
                                   sizeof(Gap), offsetof(Gap, reason), offsetof(Gap, quiet), sizeof(bool), sizeof(GapQueue)};
    return hash_bytes(sizes, sizeof sizes);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
