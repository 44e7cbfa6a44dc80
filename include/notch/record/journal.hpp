// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_HPP
#define NOTCH_RECORD_JOURNAL_HPP

#include "../base/buffer.hpp"
#include "../base/platform.hpp"
#include "../base/platform_journal.hpp"
#include "../config.hpp"
#include "batch.hpp"
#include "gaps.hpp"
#include "journal_layout.hpp"
#include "journal_schema.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

// The file that a recorder's rings lie in, so that what was recorded outlives the process: how it is written. A process's death
// leaves every store that was made before it, in their order, so all that is needed is that each of them leaves the file right; the
// compiler keeps to the order because the deciding ones release.

namespace notch::inline NOTCH_ABI::detail {

/// A new ring's memory in a journal.
struct RingPlace {
    MappedBytes mapped{};
    char* data = nullptr;
    JournalSlot* first_slot = nullptr;
    GapQueue* gaps = nullptr;
};

/// Which of a ring's three places in the journal is which; the backend's.
struct RingSlots {
    JournalSlot* first = nullptr;
    unsigned kept = 0;      ///< the last one that was committed
    unsigned written = 0;   ///< the last one that was written
    bool has_gaps = false;  ///< the last one that was written tells of gaps
    std::uint64_t sequence = 0;  ///< in it
};

class Journal final : public WriteIntent {
public:
    Journal(std::string path, File file, const MappedBytes& header, std::uint64_t size)
        : path_{static_cast<std::string&&>(path)}, file_{static_cast<File&&>(file)}, mapped_header_{header}, end_{size} {}
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    /// Nobody's from then on, so that it can be recovered, unless it is gone.
    ~Journal() {
        unmap(texts_.mapped);
        unmap(area_.mapped);
        header().owner.store(0, std::memory_order_release);
        unmap(mapped_header_);
    }

    [[nodiscard]] JournalHeader& header() const noexcept { return *reinterpret_cast<JournalHeader*>(mapped_header_.data); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const File& file() const noexcept { return file_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return end_; }

    /// Fills a new file. 0, or errno.
    int make(std::uint64_t epoch, bool identity, std::string_view common, std::size_t batch_bytes) {
        epoch_ = epoch;
        end_ = journal_page;
        if (!grow_area(2 * batch_bytes) || !add_text(0, common)) return take_failure();
        JournalHeader& to = header();
        to.epoch = epoch;
        to.byte_order = byte_order;
        to.version = journal_version;
        to.layout = journal_layout();
        to.identity = identity ? 1 : 0;
        to.checksum = to.right_checksum();
        generation_ = 1;
        to.active.store(sealed(0), std::memory_order_relaxed);
        to.committed.store(sealed(generation_), std::memory_order_relaxed);
        decide(to.magic, journal_magic);
        return 0;
    }
    static constexpr std::uint32_t byte_order = 0x0102'0304;

    /// Takes the name away, then lets go of the file: whoever opened it meanwhile finds that it is not the file of that name.
    void remove() noexcept {
        if (is_file_at(path_.c_str(), file_)) remove_file(working_directory, path_.c_str());
    }
    /// The same, but the file stays under another name. 0, or errno.
    int set_aside(const std::string& name) noexcept {
        if (!is_file_at(path_.c_str(), file_)) return ENOENT;
        return move_name(working_directory, path_.c_str(), working_directory, name.c_str());
    }

    /// From now on nothing is written: what is not handed on stays as it is, for another time.
    void freeze() noexcept { frozen_ = true; }

    // ---- growing: any thread ---------------------------------------------------------------------------------------

    /// Describes a schema, before the first record that has its number. False when there is no room.
    bool describe(std::uint32_t number, const EventSchema& schema) {
        Buffer bytes;
        SchemaWriter writer{bytes};
        writer.event(schema);
        return writer.good() && add_text(number, bytes.view());
    }

    /// A ring for records that are to outlive the process; false when there is no room.
    bool add_ring(std::size_t capacity, std::uint32_t number, RingPlace& place) noexcept {
        const Chunk chunk = extend(ChunkKind::ring, number, ring_start + capacity);
        if (chunk.mapped.data == nullptr) return false;
        place.mapped = chunk.mapped;
        place.data = chunk.mapped.data + ring_start;
        place.first_slot = reinterpret_cast<JournalSlot*>(chunk.mapped.data + chunk_start);
        place.gaps = reinterpret_cast<GapQueue*>(chunk.mapped.data + gaps_start);
        write_slot(place.first_slot[0], 1, 0, 0, Gaps{});
        show(chunk);
        return true;
    }

    /// Why the file could not grow since the last time: errno, or 0.
    int take_failure() noexcept { return failure_.exchange(0, std::memory_order_relaxed); }

    // ---- handing on: the backend -----------------------------------------------------------------------------------

    /// Begins another generation; save() then belongs to it.
    void next_generation() noexcept { ++generation_; }

    /// Notes how far a ring will have been handed on once the generation is committed.
    void save(RingSlots& ring, std::uint64_t position, std::uint64_t sequence, const Gaps& untold) noexcept {
        if (frozen_) return;
        ring.written = (ring.kept + (ring.written == ring.kept ? 1 : 2)) % slots_of_ring;
        write_slot(ring.first[ring.written], generation_, position, sequence, untold);
        ring.has_gaps = !untold.empty();
        ring.sequence = sequence;
    }

    /// Everything saved is handed on: one store.
    void commit() noexcept {
        if (!frozen_) decide(header().committed, sealed(generation_));
    }

    /// Keeps the bytes of a batch whose place begin() will tell. `schema_of(i)` is the schema of a line. False when they have no room.
    template <class SchemaOf>
    bool stage(const Batch& batch, SchemaOf schema_of) noexcept {
        const std::size_t table = aligned(batch.bytes.size());
        const std::size_t size = table + batch.lines.size() * sizeof(JournalLine);
        if (frozen_ || (size > area_.room && !grow_area(size > 2 * area_.room ? size : 2 * area_.room))) return false;
        char* const bytes = area_.mapped.data + chunk_start;
        std::memcpy(bytes, batch.bytes.data(), batch.bytes.size());
        char* at = bytes + table;
        for (std::size_t i = 0; i < batch.lines.size(); ++i, at += sizeof(JournalLine)) {
            const LineInfo& info = batch.lines[i];
            const JournalLine line{static_cast<std::uint32_t>(info.size), schema_of(i), info.sequence, info.producer, 0};
            std::memcpy(at, &line, sizeof line);
        }
        staged_ = {.area = area_.offset, .size = batch.bytes.size(), .lines = batch.lines.size()};
        return true;
    }
    static constexpr std::size_t aligned(std::size_t size) noexcept { return (size + 7) & ~std::size_t{7}; }

    /// The sink is about to write the staged batch there.
    void begin(const SinkPosition& position) noexcept override {
        if (frozen_) return;
        which_ ^= 1;
        staged_.device = position.device;
        staged_.inode = position.inode;
        staged_.offset = position.offset;
        staged_.checksum = staged_.right_checksum();
        header().intents[which_] = staged_;
        decide(header().active, sealed(generation_ * 2 + which_));
    }

    /// Stages batches where a dead process did: on a full disk there is no other place. Nothing may be being written from there.
    void stage_in(std::uint64_t offset, std::size_t room) noexcept {
        const MappedBytes mapped = map_file(file_, offset, chunk_start + room, true);
        if (mapped.data == nullptr) return;
        unmap(area_.mapped);
        area_ = {mapped, offset, room, 0};
    }
    [[nodiscard]] std::size_t room_for_batch() const noexcept { return area_.room; }

    /// Goes on with what a dead process had begun; see recovery.hpp.
    void resume(std::uint64_t epoch, std::uint64_t generation, unsigned which, const JournalIntent& staged) noexcept {
        epoch_ = epoch;
        generation_ = generation;
        which_ = which;
        staged_ = staged;
    }

private:
    struct Chunk {
        MappedBytes mapped{};
        std::uint64_t offset = 0;
        std::size_t room = 0;  ///< behind the chunk's header
        std::size_t used = 0;
    };

    static void unmap(const MappedBytes& mapped) noexcept {
        if (mapped.pages != nullptr) unmap_pages(mapped.pages, mapped.bytes);
    }

    /// A new chunk at the file's end, which show() completes; null data when the disk is full.
    Chunk extend(ChunkKind kind, std::uint32_t number, std::size_t bytes) noexcept {
        const Lock lock{growing_};
        Chunk out;
        const std::uint64_t offset = whole_pages(end_);  // a damaged file ends anywhere
        const std::uint64_t size = whole_pages(bytes);
        int error = reserve_bytes(file_, offset, size);
        if (error == 0) {
            out.mapped = map_file(file_, offset, static_cast<std::size_t>(size), true);
            if (out.mapped.data == nullptr) error = errno;
        }
        if (error != 0) {
            failure_.store(error, std::memory_order_relaxed);
            return out;
        }
        out.offset = offset;
        out.room = static_cast<std::size_t>(size) - chunk_start;
        ChunkHeader& to = *reinterpret_cast<ChunkHeader*>(out.mapped.data);
        to.epoch = epoch_;
        to.offset = offset;
        to.size = size;
        to.kind = kind;
        to.number = number;
        to.checksum = to.right_checksum();
        end_ = offset + size;
        return out;
    }
    static void show(const Chunk& chunk) noexcept {
        reinterpret_cast<ChunkHeader*>(chunk.mapped.data)->magic.store(chunk_magic, std::memory_order_release);
    }

    bool add_text(std::uint32_t number, std::string_view text) noexcept {
        const std::size_t size = aligned(sizeof(TextEntry) + text.size());
        if (texts_.used + size + sizeof(TextEntry) > texts_.room) {
            const std::size_t wanted = chunk_start + size + sizeof(TextEntry);
            Chunk chunk = extend(ChunkKind::texts, 0, wanted < texts_bytes ? texts_bytes : wanted);
            if (chunk.mapped.data == nullptr) return false;
            show(chunk);
            unmap(texts_.mapped);
            texts_ = chunk;
        }
        TextEntry& entry = *reinterpret_cast<TextEntry*>(texts_.mapped.data + chunk_start + texts_.used);
        if (!text.empty()) std::memcpy(reinterpret_cast<char*>(&entry) + sizeof entry, text.data(), text.size());
        entry.number = number;
        entry.checksum = TextEntry::right_checksum(number, text.data(), text.size());
        entry.size.store(static_cast<std::uint32_t>(text.size()), std::memory_order_release);
        if (!text.empty()) texts_.used += size;
        return true;
    }
    static constexpr std::size_t texts_bytes = 32 * 1024;

    bool grow_area(std::size_t bytes) noexcept {
        const Chunk chunk = extend(ChunkKind::batch, 0, chunk_start + bytes);
        if (chunk.mapped.data == nullptr) return false;
        show(chunk);
        unmap(area_.mapped);
        area_ = chunk;
        return true;
    }

    static void write_slot(JournalSlot& slot, std::uint64_t generation, std::uint64_t position, std::uint64_t sequence, const Gaps& untold) noexcept {
        decide(slot.generation, 0);
        slot.position = position;
        slot.sequence = sequence;
        slot.gap_count = untold.size();
        JournalGap* at = slot.gaps;
        for (const Gap& gap : untold) *at++ = {gap.first, gap.last, static_cast<std::uint32_t>(gap.reason), gap.quiet ? 1U : 0U};
        slot.checksum = slot.right_checksum(generation);
        decide(slot.generation, generation);
    }

    const std::string path_;
    File file_;
    MappedBytes mapped_header_;
    Mutex growing_;
    std::uint64_t end_;  // of the chunks
    std::uint64_t epoch_ = 0;  // in each of them
    Chunk texts_;        // under the lock of the SchemaTable
    Chunk area_;         // the backend's, as is all that follows
    std::uint64_t generation_ = 0;
    unsigned which_ = 0;
    JournalIntent staged_{};
    bool frozen_ = false;
    std::atomic<int> failure_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
