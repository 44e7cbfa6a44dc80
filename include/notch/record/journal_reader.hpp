// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_READER_HPP
#define NOTCH_RECORD_JOURNAL_READER_HPP

#include "../base/platform.hpp"
#include "../base/platform_journal.hpp"
#include "../base/plain_list.hpp"
#include "../config.hpp"
#include "gaps.hpp"
#include "journal.hpp"
#include "journal_check.hpp"
#include "journal_layout.hpp"
#include "journal_schema.hpp"
#include "ring_pool.hpp"
#include "schema_table.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// A dead process's journal, read back into rings that a backend can drain. Anything in it may be damaged; what is, is left out and
// counted, and the rest is as good as it was.

namespace notch::inline NOTCH_ABI::detail {

/// See StoredSchema for why it is a template.
template <class Late = void>
class JournalReader {
public:
    explicit JournalReader(Journal& journal) : journal_{journal} {}
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;
    ~JournalReader() {
        for (const OldRing& ring : rings_) unmap_pages(ring.mapped.pages, ring.mapped.bytes);
        for (StoredSchema<Late>* schema : schemas_) delete schema;
    }

    /// Reads the header and finds the chunks. `committed` is the last generation that was handed on; `active`, when it is
    /// larger, the one whose batch was being written.
    void read() {
        const JournalHeader& header = journal_.header();
        const bool sound = header.magic.load(std::memory_order_acquire) == journal_magic && header.checksum == header.right_checksum();
        if (sound && (header.byte_order != Journal::byte_order || header.version != journal_version || header.layout != journal_layout()))
            return damage("the header: a journal of another version, or of another kind of machine");
        if (!sound) damage("the header");
        epoch = sound ? header.epoch : 0;
        identity = !sound || header.identity != 0;
        find_chunks();
        std::uint64_t word = 0;
        if (unseal(header.active.load(std::memory_order_acquire), word)) active = word / 2;
        else damage("the number of the batch that was being written");
        which = static_cast<unsigned>(word % 2);
        if (unseal(header.committed.load(std::memory_order_acquire), committed)) return;
        damage("the number of the last batch");
        committed = newest_slot();
        if (active == committed) --committed;  // perhaps it was written; that is found out
    }

    /// The batch that was being written: its bytes, and its lines. False when they are damaged.
    bool read_batch(JournalIntent& intent, std::string& bytes, PlainList<JournalLine>& lines) {
        intent = journal_.header().intents[which];
        const std::uint64_t table = Journal::aligned(static_cast<std::size_t>(intent.size));
        const std::uint64_t room = intent.checksum == intent.right_checksum() ? room_of_area(intent.area) : 0;
        if (intent.size > room || table > room || intent.lines > (room - table) / sizeof(JournalLine) || intent.skip > intent.size) {
            damage("what is known of the batch that was being written");
            return false;
        }
        bytes.resize(static_cast<std::size_t>(intent.size));
        const std::uint64_t start = intent.area + chunk_start;
        bool good = read_all_at(journal_.file(), start, bytes.data(), bytes.size()) == bytes.size();
        std::size_t at = 0;
        for (std::uint64_t i = 0; i < intent.lines && good; ++i) {
            JournalLine line{};
            good = read_all_at(journal_.file(), start + table + i * sizeof line, reinterpret_cast<char*>(&line), sizeof line) == sizeof line &&
                   line.size != 0 && line.size <= bytes.size() - at && bytes[at + line.size - 1] == '\n' && lines.add(line);
            at += good ? line.size : 0;
        }
        if (good && at == bytes.size()) return true;
        damage("the batch that was being written");
        return false;
    }

    /// What was begun and not committed is void, so that its generations can be used again.
    void forget_uncommitted() noexcept {
        for (const OldRing& ring : rings_)
            for (unsigned i = 0; i < slots_of_ring; ++i)
                if (ring.first_slot[i].generation.load(std::memory_order_relaxed) > committed) Journal::decide(ring.first_slot[i].generation, 0);
        Journal::decide(journal_.header().committed, sealed(committed));
    }

    /// Gives the pool what each ring still holds. What cannot be read of it becomes a gap, where there is room for that.
    void fill(RingPool& pool) {
        for (const OldRing& old : rings_) {
            RingSlots noted{old.first_slot};
            if (!choose_slot(old, noted)) {
                damage("how far ring " + std::to_string(old.number) + " was handed on");
                continue;
            }
            RingPlace place;
            place.mapped = map_file(journal_.file(), old.offset + ring_start, old.capacity, false);
            place.data = place.mapped.data;
            place.first_slot = old.first_slot;
            PooledRing* const ring = place.data == nullptr ? nullptr : PooledRing::adopt(place, old.capacity, old.number);
            if (ring == nullptr) {
                no_memory = true;
                return;
            }
            const JournalSlot& slot = old.first_slot[noted.kept];
            ring->noted = noted;
            ring->sequence = slot.sequence;
            ring->start_at(slot.position);
            ring->noted.has_gaps = slot.gap_count != 0;
            for (std::uint64_t i = 0; i < slot.gap_count; ++i) {
                const JournalGap& gap = slot.gaps[i];
                ring->untold.add({gap.first, gap.last, static_cast<DropReason>(gap.reason), gap.quiet != 0});
            }
            mend(place.data, old, slot.position, slot.sequence);
            pool.add(ring);
        }
    }

    [[nodiscard]] const SchemaTable& schemas() const noexcept { return table_; }
    [[nodiscard]] const std::string& common() const noexcept { return common_; }

    std::uint64_t epoch = 0;
    std::uint64_t committed = 0;
    std::uint64_t active = 0;
    unsigned which = 0;
    bool identity = false;
    bool no_memory = false;
    std::uint64_t damaged = 0;   ///< how many parts
    std::string first_damage{};  ///< the first of them

private:
    struct OldRing {
        std::uint64_t offset;
        std::size_t capacity;
        std::uint32_t number;
        MappedBytes mapped;
        JournalSlot* first_slot;
    };
    struct Area {
        std::uint64_t offset;
        std::uint64_t room;
    };

    void damage(std::string what) {
        if (damaged++ == 0) first_damage = static_cast<std::string&&>(what);
    }

    // ---- chunks ----------------------------------------------------------------------------------------------------

    /// One behind the other; where there is none, the next one is looked for page by page. A chunk that was being made when the
    /// process died has no magic and nothing behind it.
    void find_chunks() {
        const std::uint64_t end = journal_.size();
        std::uint64_t lost = 0;
        bool damaged_there = false;
        std::uint64_t at = journal_page;
        while (at + journal_page <= end) {
            alignas(8) char bytes[chunk_start];
            if (read_all_at(journal_.file(), at, bytes, sizeof bytes) != sizeof bytes) break;
            const ChunkHeader& chunk = *reinterpret_cast<const ChunkHeader*>(bytes);
            const std::uint64_t magic = chunk.magic.load(std::memory_order_relaxed);
            const bool sound = magic == chunk_magic && chunk.checksum == chunk.right_checksum() && chunk.offset == at && chunk.size <= end - at &&
                               chunk.size != 0 && chunk.size % journal_page == 0 && (epoch == 0 || chunk.epoch == epoch);
            if (!sound) {
                if (lost == 0) damaged_there = magic != 0;
                if (lost == 0) lost = at;
                at += journal_page;
                continue;
            }
            if (lost != 0) damage("the part at byte " + std::to_string(lost));
            lost = 0;
            epoch = chunk.epoch;
            add_chunk(chunk);
            at += chunk.size;
        }
        if ((lost != 0 && damaged_there) || at < end) damage("the part at byte " + std::to_string(lost == 0 ? at : lost));
    }

    void add_chunk(const ChunkHeader& chunk) {
        if (chunk.kind == ChunkKind::batch) no_memory = !areas_.add({chunk.offset, chunk.size - chunk_start}) || no_memory;
        if (chunk.kind == ChunkKind::texts) read_texts(chunk);
        if (chunk.kind != ChunkKind::ring || chunk.size <= ring_start) return;
        const MappedBytes mapped = map_file(journal_.file(), chunk.offset, ring_start, true);
        if (mapped.data == nullptr) {
            no_memory = true;
            return;
        }
        const auto capacity = static_cast<std::size_t>(std::bit_floor(chunk.size - ring_start));
        if (rings_.add({chunk.offset, capacity, chunk.number, mapped, reinterpret_cast<JournalSlot*>(mapped.data + chunk_start)})) return;
        unmap_pages(mapped.pages, mapped.bytes);
        no_memory = true;
    }

    [[nodiscard]] std::uint64_t room_of_area(std::uint64_t offset) const noexcept {
        for (const Area& area : areas_)
            if (area.offset == offset) return area.room;
        return 0;
    }

    void read_texts(const ChunkHeader& chunk) {
        std::string bytes(static_cast<std::size_t>(chunk.size) - chunk_start, '\0');
        read_all_at(journal_.file(), chunk.offset + chunk_start, bytes.data(), bytes.size());
        std::size_t at = 0;
        while (bytes.size() - at >= sizeof(TextEntry)) {
            std::uint32_t size = 0;
            std::uint32_t number = 0;
            std::uint64_t checksum = 0;
            std::memcpy(&size, bytes.data() + at, sizeof size);
            std::memcpy(&number, bytes.data() + at + offsetof(TextEntry, number), sizeof number);
            std::memcpy(&checksum, bytes.data() + at + offsetof(TextEntry, checksum), sizeof checksum);
            if (size == 0) return;
            at += sizeof(TextEntry);
            if (size > bytes.size() - at) return damage("a schema");
            const char* const text = bytes.data() + at;
            if (checksum == TextEntry::right_checksum(number, text, size)) add_text(number, {text, size});
            else damage("a schema");
            at += Journal::aligned(size);
            if (at > bytes.size()) return;
        }
    }

    void add_text(std::uint32_t number, std::string_view text) {
        if (number == 0) {
            common_ = text;
            return;
        }
        auto* const schema = new StoredSchema<Late>{text};
        if (!schemas_.add(schema)) {
            delete schema;
            no_memory = true;
        } else if (!schema->read()) damage("a schema");
        else if (!table_.set(number, &schema->event())) no_memory = true;
    }

    // ---- rings -----------------------------------------------------------------------------------------------------

    static bool is_sound(const JournalSlot& slot, std::uint64_t generation) noexcept {
        if (slot.checksum != slot.right_checksum(generation) || slot.position % record_alignment != 0 || slot.gap_count > Gaps::most) return false;
        for (std::uint64_t i = 0; i < slot.gap_count; ++i)
            if (slot.gaps[i].first > slot.gaps[i].last || slot.gaps[i].reason >= drop_reasons) return false;
        return true;
    }

    /// The newest slot that counts. Where a slot is damaged, an older one may be all there is: then events come again.
    bool choose_slot(const OldRing& ring, RingSlots& out) {
        std::uint64_t newest = 0;
        bool all_sound = true;
        for (unsigned i = 0; i < slots_of_ring; ++i) {
            const std::uint64_t generation = ring.first_slot[i].generation.load(std::memory_order_acquire);
            if (generation == 0) continue;
            const bool sound = is_sound(ring.first_slot[i], generation);
            all_sound = all_sound && sound;
            if (!sound || generation > committed || generation <= newest) continue;
            newest = generation;
            out.kept = out.written = i;
        }
        if (!all_sound && newest != 0) damage("a note of how far ring " + std::to_string(ring.number) + " was handed on");
        return newest != 0;
    }

    [[nodiscard]] std::uint64_t newest_slot() const noexcept {
        std::uint64_t newest = 1;
        for (const OldRing& ring : rings_) {
            for (unsigned i = 0; i < slots_of_ring; ++i) {
                const std::uint64_t generation = ring.first_slot[i].generation.load(std::memory_order_acquire);
                if (generation > newest && is_sound(ring.first_slot[i], generation)) newest = generation;
            }
        }
        return newest;
    }

    /// Walks over what the ring still holds, in this process's copy of it: a record that cannot be rendered becomes a gap, and
    /// where no next one can be found, the ring ends.
    void mend(char* data, const OldRing& ring, std::uint64_t position, std::uint64_t sequence) {
        std::size_t at = static_cast<std::size_t>(position) & (ring.capacity - 1);
        std::size_t left = ring.capacity - record_alignment;  // the last header is an empty one
        for (;;) {
            std::uint32_t size = 0;
            std::uint32_t number = 0;
            std::memcpy(&size, data + at, sizeof size);
            std::memcpy(&number, data + at + sizeof size, sizeof number);
            if (size == 0) return;
            const bool padding = (size & padding_mark) != 0;
            size &= ~padding_mark;
            const std::size_t to_end = ring.capacity - at;
            const bool fits = padding ? size == to_end && at != 0 : size >= header_size && size % record_alignment == 0 && size + record_alignment <= to_end;
            if (!fits || size > left) {
                const std::uint32_t nothing = 0;
                std::memcpy(data + at, &nothing, sizeof nothing);
                return damage("ring " + std::to_string(ring.number) + " from event " + std::to_string(sequence) + " on");
            }
            left -= size;
            if (!padding) sequence = mend_record(data + at, size, number, ring.number, sequence);
            at = padding ? 0 : at + size;
        }
    }

    /// The number behind the record.
    std::uint64_t mend_record(char* record, std::size_t size, std::uint32_t number, std::uint32_t ring, std::uint64_t sequence) {
        char* const body = record + header_size;
        if (number == gap_record) {
            const std::uint64_t next = behind_gap(body, size, sequence);
            if (next != 0) return next;
        } else if (const EventSchema* const schema = table_.find(number); schema != nullptr) {
            if (check_.is_sound(*schema, body, size - header_size)) return sequence + 1;
        }
        damage("event " + std::to_string(sequence) + " of ring " + std::to_string(ring));
        RecordHeader::set_schema(record, gap_record);
        const Gap gap{sequence, sequence, DropReason::damaged, false};
        if (size >= gap_record_size) std::memcpy(body, &gap, sizeof gap);
        return sequence + 1;
    }

    /// The number behind a gap; 0 when it is damaged.
    static std::uint64_t behind_gap(const char* body, std::size_t size, std::uint64_t sequence) noexcept {
        if (size != gap_record_size) return 0;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::memcpy(&first, body + offsetof(Gap, first), sizeof first);
        std::memcpy(&last, body + offsetof(Gap, last), sizeof last);
        const auto reason = static_cast<unsigned char>(body[offsetof(Gap, reason)]);
        const auto quiet = static_cast<unsigned char>(body[offsetof(Gap, quiet)]);
        return first >= sequence && last >= first && last + 1 != 0 && reason < drop_reasons && quiet <= 1 ? last + 1 : 0;
    }

    Journal& journal_;
    SchemaTable table_;
    PlainList<StoredSchema<Late>*> schemas_;
    PlainList<OldRing> rings_;
    PlainList<Area> areas_;
    std::string common_;
    RecordCheck check_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
