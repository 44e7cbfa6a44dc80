// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_READER_HPP
#define NOTCH_RECORD_JOURNAL_READER_HPP

#include "../base/platform.hpp"
#include "../base/platform_journal.hpp"
#include "../base/plain_list.hpp"
#include "../config.hpp"
#include "gaps.hpp"
#include "journal.hpp"
#include "journal_layout.hpp"
#include "journal_mend.hpp"
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
            return damage.add("the header: a journal of another version, or of another kind of machine");
        if (!sound) damage.add("the header");
        epoch = sound ? header.epoch : 0;
        identity = !sound || header.identity != 0;
        find_chunks();
        std::uint64_t word = 0;
        if (unseal(header.active.load(std::memory_order_acquire), word)) active = word / 2;
        else damage.add("the number of the batch that was being written");
        which = static_cast<unsigned>(word % 2);
        if (unseal(header.committed.load(std::memory_order_acquire), committed)) return;
        damage.add("the number of the last batch");
        committed = newest_slot();
        if (active == committed) --committed;  // perhaps it was written; that is found out
    }

    /// The batch that was being written: its bytes, and its lines. False when they are damaged, or memory runs out.
    bool read_batch(JournalIntent& intent, std::string& bytes, PlainList<JournalLine>& lines) {
        intent = journal_.header().intents[which];
        const std::uint64_t table = Journal::aligned(static_cast<std::size_t>(intent.size));
        const std::uint64_t room = intent.checksum == intent.right_checksum() ? room_of_area(intent.area) : 0;
        if (intent.size > room || table > room || intent.lines > (room - table) / sizeof(JournalLine) || intent.skip > intent.size) {
            damage.add("what is known of the batch that was being written");
            return false;
        }
        bytes.resize(static_cast<std::size_t>(intent.size));
        const std::uint64_t start = intent.area + chunk_start;
        bool good = read(start, bytes.data(), bytes.size());
        std::size_t at = 0;
        for (std::uint64_t i = 0; i < intent.lines && good; ++i) {
            JournalLine line{};
            good = read(start + table + i * sizeof line, reinterpret_cast<char*>(&line), sizeof line) &&
                   line.size != 0 && line.size <= bytes.size() - at && bytes[at + line.size - 1] == '\n';
            if (!good) break;
            if (!lines.add(line)) return !(no_memory = true);
            at += line.size;
        }
        if (good && at == bytes.size()) return true;
        damage.add("the batch that was being written");
        return false;
    }

    /// What was begun and not committed is void, so that its generations can be used again.
    void forget_uncommitted() noexcept {
        for (const OldRing& ring : rings_)
            for (unsigned i = 0; i < slots_of_ring; ++i)
                if (ring.first_slot[i].generation.load(std::memory_order_relaxed) > committed) decide(ring.first_slot[i].generation, 0);
        decide(journal_.header().committed, sealed(committed));
    }

    /// Gives the pool what each ring still holds. What cannot be read of it becomes a gap, where there is room for that.
    void fill(RingPool& pool) {
        for (const OldRing& old : rings_) {
            RingSlots noted{old.first_slot};
            if (!choose_slot(old, noted)) {
                damage.add("how far ring " + std::to_string(old.number) + " was handed on");
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
            ring->noted.sequence = slot.sequence;
            ring->is_left = true;
            for (std::uint64_t i = 0; i < slot.gap_count; ++i) {
                const JournalGap& gap = slot.gaps[i];
                ring->untold.add({gap.first, gap.last, static_cast<DropReason>(gap.reason), gap.quiet != 0});
            }
            RingMender<Late> mender{place.data, old.capacity, old.number, table_, damage};
            mender.mend(slot.position, slot.sequence, *old.gaps, ring->gaps);
            pool.add(ring);
        }
    }

    /// The largest place that batches were staged in.
    void stage_there() noexcept {
        Area largest{};
        for (const Area& area : areas_)
            if (area.room > largest.room) largest = area;
        if (largest.room != 0) journal_.stage_in(largest.offset, static_cast<std::size_t>(largest.room));
    }

    [[nodiscard]] const SchemaTable& schemas() const noexcept { return table_; }
    [[nodiscard]] const std::string& common() const noexcept { return common_; }

    std::uint64_t epoch = 0;
    std::uint64_t committed = 0;
    std::uint64_t active = 0;
    unsigned which = 0;
    bool identity = false;
    bool no_memory = false;
    int read_error = 0;  ///< errno; what could not be read may be sound
    JournalDamage damage{};

private:
    struct OldRing {
        std::uint64_t offset;
        std::size_t capacity;
        std::uint32_t number;
        MappedBytes mapped;
        JournalSlot* first_slot;
        GapQueue* gaps;
    };
    struct Area {
        std::uint64_t offset;
        std::uint64_t room;
    };

    /// False when there are not so many bytes, or the system does not give them.
    bool read(std::uint64_t offset, char* out, std::size_t size) noexcept {
        const ReadOutcome outcome = read_all_at(journal_.file(), offset, out, size);
        if (outcome.error != 0) read_error = outcome.error;
        return outcome.count == size;
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
            if (!read(at, bytes, sizeof bytes)) break;
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
            if (lost != 0) damage.add("the part at byte " + std::to_string(lost));
            lost = 0;
            epoch = chunk.epoch;
            add_chunk(chunk);
            at += chunk.size;
        }
        if ((lost != 0 && damaged_there) || at < end) damage.add("the part at byte " + std::to_string(lost == 0 ? at : lost));
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
        if (rings_.add({chunk.offset, capacity, chunk.number, mapped, reinterpret_cast<JournalSlot*>(mapped.data + chunk_start),
                        reinterpret_cast<GapQueue*>(mapped.data + gaps_start)}))
            return;
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
        if (!read(chunk.offset + chunk_start, bytes.data(), bytes.size())) return damage.add("a schema");
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
            if (size > bytes.size() - at) return damage.add("a schema");
            const char* const text = bytes.data() + at;
            if (checksum == TextEntry::right_checksum(number, text, size)) add_text(number, {text, size});
            else damage.add("a schema");
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
        } else if (schema->read()) {
            no_memory = !table_.set(number, &schema->event()) || no_memory;
        } else if (schema->lacks_memory()) {
            no_memory = true;
        } else {
            damage.add("a schema");
        }
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
        if (!all_sound && newest != 0) damage.add("a note of how far ring " + std::to_string(ring.number) + " was handed on");
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

    Journal& journal_;
    SchemaTable table_;
    PlainList<StoredSchema<Late>*> schemas_;
    PlainList<OldRing> rings_;
    PlainList<Area> areas_;
    std::string common_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
