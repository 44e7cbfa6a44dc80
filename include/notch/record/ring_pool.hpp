// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_RING_POOL_HPP
#define NOTCH_RECORD_RING_POOL_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/platform.hpp"
#include "gaps.hpp"
#include "journal.hpp"
#include "ring.hpp"
#include "stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

// Which thread has which ring. A ring belongs to one recorder for good and to one thread at a time; when the thread ends, the
// next one that needs a ring takes it over, with whatever is still queued in it. Recorder and thread each hold a reference,
// so neither has to outlive the other.

namespace notch::inline NOTCH_ABI::detail {

/// The producer number of calls without a ring.
inline constexpr std::uint32_t no_producer = 0xffff'ffff;

inline constexpr std::size_t gap_record_size = aligned_size(header_size + sizeof(Gap));

/// A ring, and what its recorder and its thread keep of it.
class PooledRing : public Ring {
public:
    /// In the journal, if there is one. Null when memory runs out.
    static PooledRing* make(std::size_t capacity, std::uint32_t number, Journal* journal) noexcept {
        RingPlace place;
        if (journal == nullptr) {
            void* const pages = map_pages(capacity);
            place = {{static_cast<char*>(pages), pages, capacity}, static_cast<char*>(pages), nullptr, nullptr};
        } else if (!journal->add_ring(capacity, number, place)) {
            return nullptr;
        }
        return place.data == nullptr ? nullptr : adopt(place, capacity, number);
    }
    /// A ring in memory that is there, which it unmaps in the end, also when it returns null.
    static PooledRing* adopt(const RingPlace& place, std::size_t capacity, std::uint32_t number) noexcept {
        auto* const ring = new (std::nothrow) PooledRing(place, capacity, number);
        if (ring == nullptr) unmap_pages(place.mapped.pages, place.mapped.bytes);
        return ring;
    }

    void drop_reference() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    /// The recorder that takes from this ring; null once it is closed.
    [[nodiscard]] const void* owner() const noexcept { return owner_.load(std::memory_order_relaxed); }
    void set_owner(const void* owner) noexcept { owner_.store(owner, std::memory_order_relaxed); }

    /// Makes the ring this thread's, if it is nobody's. Acquires what the former thread did with it.
    bool try_take_over() noexcept {
        bool expected = false;
        if (!in_use_.compare_exchange_strong(expected, true, std::memory_order_acquire, std::memory_order_relaxed)) return false;
        references_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
    /// Gives the ring back, at the end of its thread.
    void give_back() noexcept {
        in_use_.store(false, std::memory_order_release);
        drop_reference();
    }

    /// Counts a call that is dropped, and keeps the gap. The next record has to take the longer way, which puts the gap before it.
    void drop(DropReason reason, bool quiet) noexcept {
        const std::uint64_t number = recorded();
        count_recorded();
        dropped_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
        forget_room();
        gaps.add(number, reason, quiet);
    }
    [[nodiscard]] std::uint64_t dropped(DropReason reason) const noexcept {
        return dropped_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
    }

    /// As claim(), but the gaps before the record go into the ring first; null while there is no room for all of it.
    NOTCH_INTERNAL_COLD char* claim_behind_gaps(std::size_t size) noexcept {
        if (gaps.any())
            gaps.move([this, size](std::size_t count) { return has_room_for_gaps(count, size); }, [this](const Gap& gap) { put_gap(gap); });
        return gaps.any() ? nullptr : claim(size);
    }

    /// From now on the notes about this ring lie there. Before the first.
    void keep_in(const RingPlace& place) noexcept {
        mapped_ = place.mapped;
        noted.first = place.first_slot;
        if (place.gaps != nullptr) gaps.keep_in(place.gaps);
    }

    PendingGaps gaps;
    PooledRing* next_of_pool = nullptr;    ///< set once, before the ring is shown to the backend
    PooledRing* next_of_thread = nullptr;  ///< the thread's own
    std::uint64_t sequence = 0;            ///< the backend's: of the next record
    Gaps untold;                           ///< the backend's: gaps that the sink has not taken yet
    RingSlots noted{};                     ///< the backend's: its places in the journal, if there is one
    bool is_left = false;                  ///< a dead process's: its gaps may belong between its records, and no record is given up

    PooledRing(const RingPlace& place, std::size_t capacity, std::uint32_t number) noexcept
        : Ring{place.data, capacity, number} {
        keep_in(place);
    }
    ~PooledRing() {
        if (mapped_.pages != nullptr) unmap_pages(mapped_.pages, mapped_.bytes);
    }

private:
    /// Not one by one while the record itself has no room: then each dropped event would leave a gap record of its own.
    bool has_room_for_gaps(std::size_t count, std::size_t size) noexcept {
        const std::size_t together = count * gap_record_size + size;
        return claim(together <= largest_record() ? together : largest_record()) != nullptr;
    }
    void put_gap(const Gap& gap) noexcept {
        char* const at = claim(gap_record_size);
        RecordHeader::set_schema(at, 0);
        std::memcpy(at + header_size, &gap, sizeof gap);
        publish(at, gap_record_size);
    }

    MappedBytes mapped_;
    std::atomic<const void*> owner_{nullptr};
    std::atomic<int> references_{1};
    std::atomic<bool> in_use_{false};
    std::atomic<std::uint64_t> dropped_[drop_reasons]{};  // written by the ring's thread, summed by stats()
};

/// What a slot of a thread holds before it is used. A recorder's key is never this, and never 0, which is what a closed recorder
/// and a forked child read.
inline constexpr std::uint64_t no_key = 1;

/// The ring that this thread used last, and the key of its recorder. One comparison with the key that the recorder shows now tells
/// a closed recorder, a forked child, another recorder and a thread without a ring from the usual case. Without a constructor or
/// destructor, so that reading it costs no guard.
struct RecentRing {
    std::uint64_t key = no_key;
    PooledRing* ring = nullptr;
};
inline constinit thread_local RecentRing recent_ring{};

/// The number that a type's schema has at the recorder with that key.
struct RecentSchema {
    std::uint64_t key = no_key;
    std::uint32_t number = 0;
};
template <class E>
inline constinit thread_local RecentSchema recent_schema{};

/// The ring in which this thread has a place for a record that is not yet shown. An event that the program records meanwhile, in its
/// notch_value, must not go there.
inline constinit thread_local PooledRing* ring_being_written = nullptr;

/// For the time of such a call.
class RingBeingWritten {
public:
    RingBeingWritten() noexcept : recent_{recent_ring}, before_{ring_being_written} {
        if (recent_.ring != nullptr) ring_being_written = recent_.ring;
        recent_ring = {};
    }
    RingBeingWritten(const RingBeingWritten&) = delete;
    RingBeingWritten& operator=(const RingBeingWritten&) = delete;
    ~RingBeingWritten() {
        recent_ring = recent_;
        ring_being_written = before_;
    }

private:
    const RecentRing recent_;
    PooledRing* const before_;
};

/// Set when this thread's rings are given back: a destructor that runs later must not take one for good.
inline constinit thread_local bool thread_is_ending = false;

/// Every ring of this thread, one for each recorder that it has used.
class ThreadRings {
public:
    ThreadRings() noexcept = default;
    ThreadRings(const ThreadRings&) = delete;
    ThreadRings& operator=(const ThreadRings&) = delete;
    ~ThreadRings() {
        thread_is_ending = true;
        recent_ring = {};
        while (first_ != nullptr) remove(&first_);
    }

    void add(PooledRing* ring) noexcept {
        ring->next_of_thread = first_;
        first_ = ring;
    }

    /// This thread's ring at that recorder, or null. Rings of closed recorders are let go on the way.
    PooledRing* find(const void* owner) noexcept {
        for (PooledRing** link = &first_; *link != nullptr;) {
            if ((*link)->owner() == owner) return *link;
            if ((*link)->owner() == nullptr) remove(link);
            else link = &(*link)->next_of_thread;
        }
        return nullptr;
    }

private:
    static void remove(PooledRing** link) noexcept {
        PooledRing* const ring = *link;
        *link = ring->next_of_thread;
        if (recent_ring.ring == ring) recent_ring = {};
        ring->give_back();
    }

    PooledRing* first_ = nullptr;
};

inline ThreadRings& thread_rings() noexcept { return of_this_thread<ThreadRings>(); }

/// The rings of one recorder. Threads add to it under the mutex; the backend walks it without one.
class RingPool {
public:
    RingPool(std::size_t ring_bytes, std::size_t total_bytes) noexcept
        : ring_bytes_{rounded(ring_bytes)}, most_rings_{total_bytes / ring_bytes_} {}
    RingPool(const RingPool&) = delete;
    RingPool& operator=(const RingPool&) = delete;
    ~RingPool() {
        for (PooledRing* ring = first(); ring != &without_ring_;) {
            PooledRing* const next = ring->next_of_pool;
            ring->drop_reference();
            ring = next;
        }
    }

    [[nodiscard]] PooledRing* first() const noexcept { return first_.load(std::memory_order_acquire); }
    /// The backend: whether there is nothing to take.
    [[nodiscard]] bool is_drained() const noexcept {
        for (PooledRing* ring = first(); ring != nullptr; ring = ring->next_of_pool)
            if (ring->front() != nullptr) return false;
        return true;
    }
    [[nodiscard]] std::size_t ring_bytes() const noexcept { return ring_bytes_; }

    /// A ring for this thread: an idle one, else a new one, else null.
    NOTCH_INTERNAL_COLD PooledRing* acquire(const void* owner) noexcept {
        const Lock lock{mutex_};
        if (is_closed()) return nullptr;
        for (PooledRing* ring = first(); ring != &without_ring_; ring = ring->next_of_pool)
            if (ring->try_take_over()) return ring;
        if (count_ >= most_rings_) return nullptr;
        PooledRing* const ring = PooledRing::make(ring_bytes_, static_cast<std::uint32_t>(count_), journal_);
        if (ring == nullptr) return nullptr;
        ring->set_owner(owner);
        ring->try_take_over();
        add(ring);
        return ring;
    }

    /// Adds a ring, for good. One thread at a time.
    void add(PooledRing* ring) noexcept {
        ++count_;
        ring->next_of_pool = first();
        first_.store(ring, std::memory_order_release);
    }

    /// Later rings lie in that journal, and what is to be told of calls without one.
    void keep_in(Journal* journal) noexcept {
        journal_ = journal;
        RingPlace place;
        if (journal->add_ring(least_bytes / 2, no_producer, place)) without_ring_.keep_in(place);
    }

    [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_acquire); }

    /// From now on no thread finds a ring here.
    void close() noexcept {
        const Lock lock{mutex_};
        closed_.store(true, std::memory_order_release);
        for (PooledRing* ring = first(); ring != nullptr; ring = ring->next_of_pool) ring->set_owner(nullptr);
    }

    /// Drops a call of a thread that gets no ring. Such calls have numbers of their own, as if they came through a ring.
    void drop_without_ring(DropReason reason, bool quiet) noexcept {
        dropped_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
        without_ring_.gaps.add_next(recorded_without_ring_, reason, quiet);
    }
    /// The producers' share of the counters.
    void add_to(Stats& stats) const noexcept {
        DropStats& drops = stats.drops;
        drops.no_ring = dropped_without_ring(DropReason::no_ring);
        drops.closed = dropped_without_ring(DropReason::closed);
        stats.recorded = recorded_without_ring_.load(std::memory_order_relaxed);
        for (const PooledRing* ring = first(); ring != &without_ring_; ring = ring->next_of_pool) {
            drops.full += ring->dropped(DropReason::full);
            drops.timeout += ring->dropped(DropReason::timeout);
            drops.too_large += ring->dropped(DropReason::too_large);
            drops.closed += ring->dropped(DropReason::closed);
            stats.recorded += ring->recorded();
            stats.ring_bytes += ring->capacity();
            ++stats.rings;
        }
    }

private:
    [[nodiscard]] std::uint64_t dropped_without_ring(DropReason reason) const noexcept {
        return dropped_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
    }

    static constexpr std::size_t least_bytes = 4096;
    static constexpr std::size_t most_bytes = std::size_t{1} << 30;

    static constexpr std::size_t rounded(std::size_t bytes) noexcept {
        std::size_t size = least_bytes;
        while (size < bytes && size < most_bytes) size *= 2;
        return size;
    }

    const std::size_t ring_bytes_;
    const std::size_t most_rings_;
    Mutex mutex_;
    std::size_t count_ = 0;
    std::atomic<bool> closed_{false};
    // The last of the rings is no thread's and never holds a record: its gaps are the calls of threads that got none.
    alignas(record_alignment) char nothing_[record_alignment]{};
    PooledRing without_ring_{{{}, nothing_, nullptr, nullptr}, record_alignment, no_producer};
    std::atomic<PooledRing*> first_{&without_ring_};
    Journal* journal_ = nullptr;
    std::atomic<std::uint64_t> recorded_without_ring_{0};
    std::atomic<std::uint64_t> dropped_[drop_reasons]{};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
