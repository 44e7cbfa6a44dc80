// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_CORE_HPP
#define NOTCH_RECORD_CORE_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/clock.hpp"
#include "../base/platform.hpp"
#include "backend.hpp"
#include "options.hpp"
#include "ring_pool.hpp"
#include "stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

// What stands behind a Recorder: the rings, the backend and its thread, and every path of a producer that is not the usual one.

namespace notch::inline NOTCH_ABI::detail {

/// The core whose backend runs on this thread. A sink or an error handler that records must never wait for itself.
inline constinit thread_local const void* backend_of_this_thread = nullptr;

class RecorderCore {
public:
    RecorderCore(SinkBox sink, RecorderOptions options)
        : options_{static_cast<RecorderOptions&&>(options)},
          pool_{options_.queue_bytes, options_.total_bytes},
          backend_{static_cast<SinkBox&&>(sink), pool_, options_.batch_bytes, options_.on_error} {}
    RecorderCore(const RecorderCore&) = delete;
    RecorderCore& operator=(const RecorderCore&) = delete;

    /// Starts the backend's thread. Without one nothing can be kept: then the recorder is closed from the start.
    void start() {
        references_.fetch_add(1, std::memory_order_relaxed);
        if (thread_.start(&run_thread, this)) {
            started_ = true;
            return;
        }
        drop_reference();
        pool_.close();
        finished_ = true;
        over_.store(true, std::memory_order_release);
        Error error;
        error.code = ErrorCode::no_memory;
        error.place = "recorder";
        error.expected = "a thread for the backend";
        error.found = "none; every event is dropped";
        options_.on_error(error);
    }

    /// The recorder and the backend's thread each hold a reference: a sink that blocks for ever keeps its thread, not the caller
    /// of close().
    void drop_reference() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    [[nodiscard]] std::int64_t now() const { return options_.clock(); }

    // ---- producers -------------------------------------------------------------------------------------------------

    /// This thread's ring, or null after the call is counted as dropped. `borrowed` is set when the thread is ending and the
    /// ring must be given back after this one record.
    NOTCH_INTERNAL_COLD PooledRing* enter(bool& borrowed) noexcept {
        borrowed = thread_is_ending;
        if (!borrowed) {
            if (PooledRing* const known = thread_rings().find(this)) return recent_ring = known;
        }
        PooledRing* const ring = pool_.acquire(this);
        if (ring == nullptr) {
            count_without_ring();
            return nullptr;
        }
        if (!borrowed) {
            thread_rings().add(ring);
            recent_ring = ring;
        }
        return ring;
    }

    /// What to do when the ring has no room: waits or not, as OnFull says. Null after the event is counted as dropped.
    NOTCH_INTERNAL_COLD char* make_room(PooledRing& ring, std::size_t size) noexcept {
        if (size > ring.largest_record()) return drop(ring, ring.dropped_too_large);
        if (options_.on_full == OnFull::drop_newest || backend_of_this_thread == this) return drop(ring, ring.dropped_full);
        wake();
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), options_.block_timeout.count());
        for (unsigned tries = 0;; ++tries) {
            if (char* const at = ring.claim(size)) return at;
            if (ring.owner() != this) return drop(ring, dropped_closed_);
            if (monotonic_nanoseconds() >= until) return drop(ring, ring.dropped_timeout);
            wait_a_little(tries);
        }
    }

    // ---- the user's thread -----------------------------------------------------------------------------------------

    /// True when everything recorded before the call has been taken by the sink within the time.
    bool flush(std::int64_t timeout) {
        if (backend_of_this_thread == this) return false;
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), timeout);
        const Lock lock{mutex_};
        if (finished_) return false;
        const std::uint64_t ticket = flush_wanted_.fetch_add(1, std::memory_order_acq_rel) + 1;
        work_.wake_all();
        while (flush_done_ < ticket && !finished_) {
            const std::int64_t left = until - monotonic_nanoseconds();
            if (left <= 0) return false;
            done_.wait_for(mutex_, left);
        }
        return flush_done_ >= ticket && flush_good_;
    }

    /// Takes no more events, hands on what is queued, ends the thread; waits for that at most close_timeout.
    void close() {
        if (backend_of_this_thread == this) return;
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), options_.close_timeout.count());
        pool_.close();
        const Lock lock{mutex_};
        closing_.store(true, std::memory_order_release);
        work_.wake_all();
        while (!finished_) {
            const std::int64_t left = until - monotonic_nanoseconds();
            if (left <= 0) break;
            done_.wait_for(mutex_, left);
        }
        over_.store(true, std::memory_order_release);
    }

    /// Ends with the recorder: after close(), once.
    void leave() {
        mutex_.lock();
        const bool finished = finished_;
        mutex_.unlock();
        if (started_ && finished) thread_.join();
        if (started_ && !finished) thread_.detach();
        drop_reference();
    }

    /// Counters of the sink's side are read first, so that no event is seen written before it is seen recorded.
    [[nodiscard]] Stats stats() const {
        Stats out;
        backend_.add_to(out);
        out.drops.no_ring = dropped_no_ring_.load(std::memory_order_relaxed);
        out.drops.closed = dropped_closed_.load(std::memory_order_relaxed);
        out.recorded = recorded_without_ring_.load(std::memory_order_relaxed);
        for (const PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) {
            out.drops.full += ring->dropped_full.load(std::memory_order_relaxed);
            out.drops.timeout += ring->dropped_timeout.load(std::memory_order_relaxed);
            out.drops.too_large += ring->dropped_too_large.load(std::memory_order_relaxed);
            out.recorded += ring->recorded();
            out.ring_bytes += ring->capacity();
            ++out.rings;
        }
        const DropStats& drops = out.drops;
        out.dropped = drops.full + drops.timeout + drops.too_large + drops.no_ring + drops.closed + drops.sink;
        // What a closed recorder has neither written nor dropped still lies in a ring, and nobody will take it.
        if (over_.load(std::memory_order_acquire) && out.recorded > out.written + out.dropped) {
            const std::uint64_t left = out.recorded - out.written - out.dropped;
            out.drops.closed += left;
            out.dropped += left;
        }
        return out;
    }

private:
    ~RecorderCore() = default;

    static void* run_thread(void* core) {
        static_cast<RecorderCore*>(core)->run();
        return nullptr;
    }

    void run() {
        backend_of_this_thread = this;
        backend_.start();
        unsigned idle_rounds = 0;
        for (;;) {
            const std::uint64_t flush_wanted = flush_wanted_.load(std::memory_order_acquire);
            const bool closing = closing_.load(std::memory_order_acquire);
            const bool moved = backend_.pass();
            if (flush_wanted != flush_answered_) answer_flush(flush_wanted);
            if (moved) {
                idle_rounds = 0;
                continue;
            }
            if (closing) break;
            idle(idle_rounds++);
        }
        answer_flush(flush_wanted_.load(std::memory_order_acquire));
        {
            const Lock lock{mutex_};
            finished_ = true;
            done_.wake_all();
        }
        drop_reference();
    }

    void answer_flush(std::uint64_t ticket) {
        const bool good = backend_.flush();
        flush_answered_ = ticket;
        const Lock lock{mutex_};
        flush_done_ = ticket;
        flush_good_ = good;
        done_.wake_all();
    }

    /// Looks again at once a few times, with pauses that leave the producers' cache lines alone, then sleeps longer and longer.
    void idle(unsigned rounds) {
        constexpr unsigned looks = 32;
        if (rounds < looks) {
            for (int i = 0; i < 32; ++i) pause_processor();
            return;
        }
        constexpr std::int64_t shortest = 20'000;
        const unsigned doublings = rounds - looks < 16 ? rounds - looks : 16;
        const std::int64_t longest = options_.idle_sleep.count();
        const std::int64_t sleep = (shortest << doublings) < longest ? shortest << doublings : longest;
        const Lock lock{mutex_};
        if (flush_wanted_.load(std::memory_order_relaxed) != flush_answered_ || closing_.load(std::memory_order_relaxed)) return;
        work_.wait_for(mutex_, sleep);
    }

    void wake() noexcept {
        const Lock lock{mutex_};
        work_.wake_all();
    }

    static void wait_a_little(unsigned tries) noexcept {
        if (tries < 64) return pause_processor();
        if (tries < 128) return yield_processor();
        sleep_nanoseconds(50'000);
    }

    static std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept {
        const std::int64_t most = (std::numeric_limits<std::int64_t>::max)();
        return b > most - a ? most : a + b;
    }

    char* drop(PooledRing& ring, std::atomic<std::uint64_t>& reason) noexcept {
        ring.count_recorded();
        reason.fetch_add(1, std::memory_order_relaxed);
        return nullptr;
    }

    void count_without_ring() noexcept {
        std::atomic<std::uint64_t>& reason = pool_.is_closed() ? dropped_closed_ : dropped_no_ring_;
        reason.fetch_add(1, std::memory_order_relaxed);
        recorded_without_ring_.fetch_add(1, std::memory_order_relaxed);
    }

    RecorderOptions options_;
    RingPool pool_;
    Backend backend_;
    Thread thread_;
    bool started_ = false;
    std::atomic<int> references_{1};

    // Signals between threads; the mutex is never taken by a producer that has room.
    Mutex mutex_;
    Condition work_;
    Condition done_;
    std::atomic<std::uint64_t> flush_wanted_{0};
    std::atomic<bool> closing_{false};
    std::uint64_t flush_answered_ = 0;  // the backend's own
    std::uint64_t flush_done_ = 0;      // under the mutex, as are the next two
    bool flush_good_ = true;
    bool finished_ = false;
    std::atomic<bool> over_{false};

    std::atomic<std::uint64_t> recorded_without_ring_{0};
    std::atomic<std::uint64_t> dropped_no_ring_{0};
    std::atomic<std::uint64_t> dropped_closed_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
