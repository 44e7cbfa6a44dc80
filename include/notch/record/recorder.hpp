// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_RECORDER_HPP
#define NOTCH_RECORD_RECORDER_HPP

#include "../base/clock.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "batch.hpp"
#include "core.hpp"
#include "flat.hpp"
#include "options.hpp"
#include "ring_pool.hpp"
#include "scope.hpp"
#include "stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace notch::inline NOTCH_ABI {

/// Takes events from any thread and hands them, as lines, to its sink on a thread of its own.
///
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}};
///     recorder.record(RunnerStart{.flavor = "small", .repo = "o/r"});
///     // {"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","repo":"o/r"}
///
/// record() may be called by any number of threads at once, and so may flush() and stats(). A thread's events keep their
/// order; those of different threads need not. The destructor closes; as with every object, no thread may use the recorder
/// while it runs. Thousands of recorders may exist at a time; each costs one thread and the rings of the threads that use it.
///
/// Library code takes a `notch::Recorder&`: this is no template, and which sink it has is one virtual call a batch away.
///
/// In a child that fork() made, the parent's recorder takes no event (they are counted as `closed` there), and closing or
/// destroying it does nothing: it is the parent's. The child makes a recorder of its own, or calls renew().
class Recorder {
public:
    template <class S>
        requires(!std::is_same_v<S, Recorder>) && Sink<S>
    explicit Recorder(S sink, RecorderOptions options = {})
        : core_{new detail::RecorderCore{detail::SinkBox::of(static_cast<S&&>(sink)), static_cast<RecorderOptions&&>(options)}},
          key_{&core_->key()} {
        core_->template start<S>();
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder() {
        core_->close();
        core_->leave();
    }

    /// Copies the event into this thread's ring; true when it was accepted. After a thread's first record of a type this makes
    /// no system call, takes no lock and allocates nothing, and it waits only when the ring is full and OnFull::block is set.
    ///
    /// False: the event was dropped, and stats() counts it by its reason. Texts are copied: views need not outlive the call.
    /// `notch_value` and `operator==` of the event's fields are called here and must not throw. What they record themselves with this
    /// recorder may be dropped (`no_ring`).
    template <class E>
    bool record(const E& event) noexcept {
        const std::uint64_t key = key_->load(std::memory_order_relaxed);
        if (detail::recent_ring.key != key || detail::recent_schema<E>.key != key) [[unlikely]]
            return record_first(event);
        return put(*detail::recent_ring.ring, detail::recent_schema<E>.number, event);
    }

    /// Records the event when the result goes out of scope; see Scope. A member called `duration` is set to the time that passed.
    ///
    ///     auto work = recorder.scope(Work{.status = "running"});
    ///     work->status = "success";
    template <class E>
    [[nodiscard]] Scope<E> scope(E event) {
        return Scope<E>{*this, static_cast<E&&>(event)};
    }
    /// The same; the member named here is set to the time that passed.
    ///
    ///     auto work = recorder.scope(Work{}, &Work::seconds);
    template <class E, class T, class D>
    [[nodiscard]] Scope<E, D T::*> scope(E event, D T::*member) {
        return Scope<E, D T::*>{*this, static_cast<E&&>(event), member};
    }

    /// Waits until the sink has everything that was recorded before; true when it has, and took all of it. False when the time
    /// is over, when the sink refused lines since the last flush, or after close().
    bool flush(std::chrono::nanoseconds timeout = std::chrono::seconds{10}) { return core_->flush(timeout.count()); }

    /// With RecorderOptions::thread = false: hands on what is queued, on this thread; true when there was something. From any
    /// thread, one at a time (others wait). A thread that finds its ring full does the same before it waits as OnFull says.
    ///
    ///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}, {.thread = false}};
    ///     while (handle_one_request()) recorder.poll();
    bool poll() { return core_->poll(); }

    /// Hands on what is queued and ends the recorder's thread, within RecorderOptions::close_timeout. Later records are counted
    /// as dropped. May be called again, to no effect.
    void close() { core_->close(); }

    /// In a child that fork() made: makes this the child's own recorder, as if it were made anew, with rings, a thread and an epoch of
    /// its own, so that code which has a reference to it goes on recording. False, and nothing done, anywhere else.
    ///
    ///     if (::fork() == 0) recorder.renew(notch::FileSink{"child.jsonl"});
    ///
    /// Before other threads of the child use it. What the parent had queued stays the parent's, and so does its journal: name another
    /// one, or none. The memory of the parent's recorder stays taken in the child: its locks may be held by threads that are not there.
    template <class S>
        requires Sink<S>
    bool renew(S sink, RecorderOptions options = {}) {
        if (!core_->is_in_child()) return false;
        core_ = new detail::RecorderCore{detail::SinkBox::of(static_cast<S&&>(sink)), static_cast<RecorderOptions&&>(options)};
        key_ = &core_->key();
        core_->template start<S>();
        return true;
    }

    /// The counters, without stopping anyone.
    [[nodiscard]] Stats stats() const { return core_->stats(); }

private:
    /// A thread's first record of a type at this recorder. What an event needs is compiled once, so this comes back to record().
    template <class E>
    NOTCH_INTERNAL_COLD bool record_first(const E& event) noexcept {
        bool borrowed = false;
        if (!core_->enter(detail::event_schema<E>, detail::recent_schema<E>, borrowed)) return false;
        const bool accepted = record(event);
        if (borrowed) core_->leave_ring();
        return accepted;
    }

    template <class E>
    NOTCH_INTERNAL_INLINE bool put(detail::PooledRing& ring, std::uint32_t number, const E& event) noexcept {
        std::int64_t now = 0;
        if constexpr (detail::event_schema<E>.stamped) now = core_->now();
        const std::size_t size = detail::aligned_size(detail::header_size + detail::flat_event_size(event));
        char* at = ring.claim_quickly(size);
        if (at == nullptr) [[unlikely]] {
            at = core_->make_room(ring, size, !detail::Envelope<E>::on);
            if (at == nullptr) return false;
        }
        detail::RecordHeader::set_schema(at, number);
        detail::write_flat_event(at + detail::header_size, event, now);
        ring.count_recorded();
        ring.publish(at, size);
        return true;
    }

    detail::RecorderCore* core_;
    const std::atomic<std::uint64_t>* key_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
