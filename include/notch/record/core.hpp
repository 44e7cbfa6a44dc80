// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_CORE_HPP
#define NOTCH_RECORD_CORE_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/clock.hpp"
#include "../base/platform.hpp"
#include "../base/platform_process.hpp"
#include "backend.hpp"
#include "options.hpp"
#include "recovery.hpp"
#include "ring_pool.hpp"
#include "schema_table.hpp"
#include "stats.hpp"
#include "turn.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

// What stands behind a Recorder: the rings, the backend and who runs it, and every path of a producer that is not the usual one.

namespace notch::inline NOTCH_ABI::detail {

class RecorderCore {
public:
    RecorderCore(SinkBox sink, RecorderOptions options)
        : options_{static_cast<RecorderOptions&&>(options)},
          epoch_{make_epoch()},
          sink_{static_cast<SinkBox&&>(sink)},
          pool_{options_.queue_bytes, options_.total_bytes},
          backend_{*sink_.operator->(), pool_, schemas_, epoch_, options_} {}
    RecorderCore(const RecorderCore&) = delete;
    RecorderCore& operator=(const RecorderCore&) = delete;

    /// Starts the backend's thread, if there is to be one. When the system gives none, nothing can be kept: then the recorder is
    /// closed from the start.
    template <class Late>
    void start() {
        if (!options_.journal.empty()) start_journal<Late>();
        key().store(epoch_, std::memory_order_relaxed);
        if (!options_.thread) {
            const Turn turn = take_turn(never);
            return start_sink();
        }
        references_.fetch_add(1, std::memory_order_relaxed);
        if (thread_.start(&run_thread, this)) {
            started_ = true;
            return;
        }
        drop_reference();
        key().store(0, std::memory_order_relaxed);
        pool_.close();
        if (journal_ != nullptr) journal_->remove();
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
    [[nodiscard]] bool is_in_child() const noexcept { return alive_.is_copy(); }

    /// The epoch while events are taken; 0 once the recorder is closed, and in a child that fork() made.
    [[nodiscard]] std::atomic<std::uint64_t>& key() noexcept { return alive_.word(); }

    // ---- producers -------------------------------------------------------------------------------------------------

    /// Makes this thread's recent ring one of this recorder's, and finds the schema's number. False after the call is counted as
    /// dropped. `borrowed` is set when the thread is ending and must leave() after this one record.
    NOTCH_INTERNAL_COLD bool enter(const EventSchema& schema, RecentSchema& recent, bool& borrowed) noexcept {
        if (alive_.is_copy()) return drop_in_child();
        borrowed = thread_is_ending;
        PooledRing* ring = borrowed ? nullptr : thread_rings().find(this);
        if (ring != nullptr && ring == ring_being_written) return drop_without_ring(schema);
        if (ring == nullptr) {
            ring = pool_.acquire(this);
            if (ring == nullptr) return drop_without_ring(schema);
            if (!borrowed) thread_rings().add(ring);
        }
        const std::uint32_t number = schemas_.number_of(&schema, journal_);
        if (number == 0) {
            if (borrowed) ring->give_back();
            return drop_without_ring(schema);
        }
        recent = {epoch_, number};
        recent_ring = {epoch_, ring};
        return true;
    }

    /// Gives a borrowed ring back.
    static void leave_ring() noexcept {
        if (recent_ring.ring == nullptr) return;  // an event recorded while this one was, by notch_value, gave it back
        recent_ring.ring->give_back();
        recent_ring = {};
    }

    /// What to do when the ring has no room at first sight. Null after the event is counted as dropped.
    NOTCH_INTERNAL_COLD char* make_room(PooledRing& ring, std::size_t size, bool quiet) noexcept {
        if (size > ring.largest_record()) return drop(ring, DropReason::too_large, quiet);
        if (char* const at = ring.claim_behind_gaps(size)) return at;
        if (options_.on_full == OnFull::drop_newest || backend_of_this_thread == this) return drop(ring, DropReason::full, quiet);
        return wait_for_room(ring, size, quiet);
    }

    // ---- the user's thread -----------------------------------------------------------------------------------------

    /// Hands on what is queued, on this thread; true when there was something. Not with a thread of its own.
    bool poll() {
        if (options_.thread || backend_of_this_thread == this || alive_.is_copy()) return false;
        const Turn turn = take_turn(never);
        return turn.mine() && backend_.pass();
    }

    /// True when everything recorded before the call has been taken by the sink within the time.
    bool flush(std::int64_t timeout) {
        if (backend_of_this_thread == this || alive_.is_copy()) return false;
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), timeout);
        if (!options_.thread) return flush_here(until);
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
        if (backend_of_this_thread == this || alive_.is_copy()) return;
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), options_.close_timeout.count());
        key().store(0, std::memory_order_relaxed);
        pool_.close();
        if (!options_.thread) finish_here(until);
        const Lock lock{mutex_};
        closing_.store(true, std::memory_order_release);
        work_.wake_all();
        const std::int64_t half = options_.close_timeout.count() / 2;  // of the time, for a sink that waits for better times
        while (!finished_) {
            const std::int64_t left = until - monotonic_nanoseconds();
            if (left <= half) backend_.hurry();
            if (left <= 0) break;
            done_.wait_for(mutex_, left <= half ? left : left - half);
        }
        over_.store(true, std::memory_order_release);
    }

    /// Ends with the recorder: after close(), once. A child of fork() has neither the thread nor any use for what it left half done.
    void leave() {
        if (alive_.is_copy()) return;
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
        if (alive_.is_copy()) {
            out.recorded = out.dropped = out.drops.closed = in_child_.load(std::memory_order_relaxed);
            return out;
        }
        backend_.add_to(out);
        out.recovered = recovered_;
        DropStats& drops = out.drops;
        pool_.add_to(out);
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
    static constexpr std::int64_t never = (std::numeric_limits<std::int64_t>::max)();

    ~RecorderCore() { delete journal_; }

    /// What a dead process left is handed on first, here: the sink must have it before anything of this recorder.
    template <class Late>
    void start_journal() {
        const Turn turn = take_turn(never);
        start_sink();
        sink_started_ = true;
        Recovery recovery;
        journal_ = open_journal<Late>(options_.journal, *sink_.operator->(), epoch_, options_, recovery);
        recovered_ = recovery.recovered;
        if (journal_ == nullptr) return;
        options_.identity = options_.identity || !sink_->has_position();
        pool_.keep_in(journal_);
        backend_.keep_in(journal_);
    }

    void start_sink() {
        if (!sink_started_) backend_.start();
    }

    [[nodiscard]] Turn take_turn(std::int64_t until) noexcept { return {this, mutex_, done_, backend_runs_, until}; }

    bool flush_here(std::int64_t until) {
        const Turn turn = take_turn(until);
        if (!turn.mine() || finished_) return false;
        backend_.pass();
        return backend_.flush() && monotonic_nanoseconds() <= until;
    }

    void finish_here(std::int64_t until) {
        const Turn turn = take_turn(until);
        if (!turn.mine() || finished_) return;
        backend_.hurry();  // there is no other thread to tell it when the time is half over
        while (backend_.pass()) continue;
        finish_backend();
        const Lock lock{mutex_};
        finished_ = true;
    }

    /// Everything was handed on, so the journal is of no more use.
    bool finish_backend() {
        const bool good = backend_.finish();
        if (journal_ != nullptr) journal_->remove();
        return good;
    }

    static void* run_thread(void* core) {
        static_cast<RecorderCore*>(core)->run();
        return nullptr;
    }

    void run() {
        backend_of_this_thread = this;
        start_sink();
        std::int64_t idle_since = 0;
        unsigned idle_rounds = 0;
        for (;;) {
            const std::uint64_t flush_wanted = flush_wanted_.load(std::memory_order_acquire);
            const bool closing = closing_.load(std::memory_order_acquire);
            const bool moved = backend_.pass();
            if (flush_wanted != flush_answered_) answer_flush(flush_wanted, backend_.flush());
            if (moved) {
                idle_rounds = 0;
                continue;
            }
            if (closing) break;
            idle(idle_rounds++, idle_since);
        }
        answer_flush(flush_wanted_.load(std::memory_order_acquire), finish_backend());
        {
            const Lock lock{mutex_};
            finished_ = true;
            done_.wake_all();
        }
        drop_reference();
    }

    void answer_flush(std::uint64_t ticket, bool good) {
        flush_answered_ = ticket;
        const Lock lock{mutex_};
        flush_done_ = ticket;
        flush_good_ = good;
        done_.wake_all();
    }

    /// Looks again for idle_spin, with pauses that leave the producers' cache lines alone, then sleeps longer and longer.
    void idle(unsigned rounds, std::int64_t& since) {
        const std::int64_t longest = options_.idle_sleep.count();
        const std::int64_t now = longest > 0 ? monotonic_nanoseconds() : 0;
        if (rounds == 0) since = now;
        if (longest <= 0 || now - since < options_.idle_spin.count()) {
            for (int i = 0; i < 32; ++i) pause_processor();
            return;
        }
        const std::int64_t idle_time = now - since;
        const std::int64_t sleep = idle_time < shortest_sleep ? shortest_sleep : idle_time;
        const Lock lock{mutex_};
        if (flush_wanted_.load(std::memory_order_relaxed) != flush_answered_ || closing_.load(std::memory_order_relaxed)) return;
        work_.wait_for(mutex_, sleep < longest ? sleep : longest);
    }
    static constexpr std::int64_t shortest_sleep = 20'000;

    // ---- producers, the unusual ways -------------------------------------------------------------------------------

    /// As OnFull::block says.
    char* wait_for_room(PooledRing& ring, std::size_t size, bool quiet) noexcept {
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), options_.block_timeout.count());
        if (options_.thread) wake();
        for (unsigned tries = 0;; ++tries) {
            if (alive_.is_copy()) {
                drop_in_child();
                return nullptr;
            }
            if (ring.owner() != this) return drop(ring, DropReason::closed, quiet);
            if (!options_.thread) drain_here(until);
            if (char* const at = ring.claim_behind_gaps(size)) return at;
            if (monotonic_nanoseconds() >= until) return drop(ring, DropReason::timeout, quiet);
            if (options_.thread) wait_a_little(tries);
        }
    }

    void drain_here(std::int64_t until) noexcept {
        const Turn turn = take_turn(until);
        if (turn.mine()) backend_.pass();
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

    static std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept { return b > never - a ? never : a + b; }

    static std::uint64_t make_epoch() noexcept {
        const std::uint64_t number = unique_number();
        return number <= no_key ? no_key + 1 : number;
    }

    static char* drop(PooledRing& ring, DropReason reason, bool quiet) noexcept {
        ring.drop(reason, quiet);
        return nullptr;
    }

    bool drop_without_ring(const EventSchema& schema) noexcept {
        pool_.drop_without_ring(pool_.is_closed() ? DropReason::closed : DropReason::no_ring, !schema.envelope);
        return false;
    }

    bool drop_in_child() noexcept {
        in_child_.fetch_add(1, std::memory_order_relaxed);
        return false;
    }

    RecorderOptions options_;
    const std::uint64_t epoch_;
    ForkWord alive_;
    SinkBox sink_;
    bool sink_started_ = false;
    SchemaTable schemas_;
    RingPool pool_;
    Journal* journal_ = nullptr;
    std::uint64_t recovered_ = 0;
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
    std::uint64_t flush_done_ = 0;      // under the mutex, as are the next three
    bool flush_good_ = true;
    bool finished_ = false;
    bool backend_runs_ = false;
    std::atomic<bool> over_{false};
    std::atomic<std::uint64_t> in_child_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
