// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_BACKEND_HPP
#define NOTCH_RECORD_BACKEND_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/buffer.hpp"
#include "../base/platform.hpp"
#include "batch.hpp"
#include "options.hpp"
#include "render.hpp"
#include "ring.hpp"
#include "ring_pool.hpp"
#include "stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

// The consumer: takes records from every ring, renders them, and hands whole batches to the sink. One thread at a time.

namespace notch::inline NOTCH_ABI::detail {

class Backend {
public:
    Backend(SinkBox sink, RingPool& pool, std::size_t batch_bytes, const ErrorHandler& on_error)
        : sink_{static_cast<SinkBox&&>(sink)}, pool_{pool}, batch_bytes_{batch_bytes}, on_error_{on_error} {
        lines_.reserve(batch_bytes / 64 + 1);
    }
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    void start() {
        Result<void> started = sink_->start();
        if (!started) report(started.error());
    }

    /// Takes everything that was in the rings when it began, and perhaps some that came since; false when there was nothing.
    bool pass() {
        bool moved = false;
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) moved = drain(*ring) || moved;
        deliver();
        return moved;
    }

    /// Asks the sink to flush; true when it did and nothing was refused since the last time.
    bool flush() {
        Result<void> flushed = sink_->flush();
        if (!flushed) report(flushed.error());
        return !std::exchange(refused_since_flush_, false) && flushed.has_value();
    }

    /// The backend's share of the counters.
    void add_to(Stats& stats) const {
        stats.drops.sink = dropped_.load(std::memory_order_acquire);
        stats.written = written_.load(std::memory_order_acquire);
        stats.bytes = bytes_.load(std::memory_order_relaxed);
        stats.batches = batches_.load(std::memory_order_relaxed);
        stats.non_finite = non_finite_.load(std::memory_order_relaxed);
        stats.sinks = sink_->stats();
    }

private:
    bool drain(PooledRing& ring) {
        // No more than a ring's worth, so that one busy producer cannot keep the others, or a flush, waiting for ever.
        std::size_t left = ring.capacity();
        bool moved = false;
        while (const char* record = ring.front()) {
            const auto* const header = reinterpret_cast<const RecordHeader*>(record);
            const std::size_t size = header->size.load(std::memory_order_relaxed);
            render(ring, *header->schema, record + header_size, size - header_size);
            ring.take(size);
            moved = true;
            if (rendered_.size() >= batch_bytes_) deliver();
            if (size >= left) break;
            left -= size;
        }
        return moved;
    }

    void render(PooledRing& ring, const EventSchema& schema, const char* body, std::size_t size) {
        const std::uint64_t sequence = ring.sequence++;
        const std::size_t before = rendered_.size();
        if (!renderer_.line(schema, body, size)) {
            add(dropped_, 1);
            refused_since_flush_ = true;
            Error error;
            error.code = ErrorCode::no_memory;
            error.place = "render";
            error.expected = "memory for a line";
            error.found = "none";
            return report(error);
        }
        lines_.push_back({rendered_.size() - before, schema.name, ring.number(), sequence});
    }

    void deliver() {
        if (!lines_.empty()) {
            const Delivery delivery = sink_->write({rendered_.view(), lines_});
            count(delivery);
            rendered_.clear();
            rendered_.trim(4 * batch_bytes_);
            lines_.clear();
        }
        // Room is given back only now: what the sink does not have yet is still in the rings.
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) ring->release_taken();
    }

    void count(const Delivery& delivery) {
        const std::size_t accepted = delivery.accepted < lines_.size() ? delivery.accepted : lines_.size();
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < accepted; ++i) bytes += lines_[i].size;
        add(bytes_, bytes);
        add(batches_, 1);
        non_finite_.store(renderer_.non_finite(), std::memory_order_relaxed);
        add(dropped_, lines_.size() - accepted);
        add(written_, accepted);
        if (accepted < lines_.size()) refused_since_flush_ = true;
        if (delivery.error.has_value()) report(*delivery.error);
        else failing_ = false;
    }

    /// Once per fault: a sink that goes on failing the same way is not news.
    void report(const Error& error) {
        if (failing_ && error.code == last_code_ && error.os_error == last_os_error_) return;
        failing_ = true;
        last_code_ = error.code;
        last_os_error_ = error.os_error;
        on_error_(error);
    }

    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t more) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_release);
    }

    SinkBox sink_;
    RingPool& pool_;
    const std::size_t batch_bytes_;
    const ErrorHandler& on_error_;
    Buffer rendered_;
    Renderer renderer_{rendered_};
    std::vector<LineInfo> lines_;
    bool refused_since_flush_ = false;
    bool failing_ = false;
    ErrorCode last_code_{};
    int last_os_error_ = 0;
    std::atomic<std::uint64_t> written_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> batches_{0};
    std::atomic<std::uint64_t> non_finite_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
