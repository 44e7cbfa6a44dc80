// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_BACKEND_HPP
#define NOTCH_RECORD_BACKEND_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/buffer.hpp"
#include "../base/platform.hpp"
#include "../base/plain_list.hpp"
#include "batch.hpp"
#include "common.hpp"
#include "gap_lines.hpp"
#include "gaps.hpp"
#include "options.hpp"
#include "render.hpp"
#include "ring.hpp"
#include "ring_pool.hpp"
#include "schema_table.hpp"
#include "stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

// The consumer: takes records from every ring, renders them, and hands whole batches to the sink. One thread at a time.

namespace notch::inline NOTCH_ABI::detail {

class Backend final : public SinkHost {
public:
    Backend(AnySink& sink, RingPool& pool, const SchemaTable& schemas, std::uint64_t epoch, const RecorderOptions& options)
        : sink_{sink}, pool_{pool}, schemas_{schemas}, options_{options}, identity_{epoch} {}
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    /// What is handed on is noted in that journal.
    void keep_in(Journal* journal) noexcept { journal_ = journal; }

    void start() {
        sink_.attach(*this);
        Result<void> started = sink_.start();
        if (!started) report(started.error());
    }

    /// Takes everything that was in the rings when it began, and perhaps some that came since; false when there was nothing.
    bool pass() {
        bool moved = false;
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) moved = drain(*ring) || moved;
        // Gaps wait for events while the sink refuses everything: they would be refused as well, over and over.
        if (moved || !refusing_) tell_all_gaps();
        deliver();
        if (journal_ != nullptr) report_journal();
        if (!moved) idle();
        return moved;
    }

    /// Asks the sink to flush; true when it did and nothing was refused since the last time.
    bool flush() {
        tell_all_gaps();
        deliver();
        Result<void> flushed = sink_.flush();
        if (!flushed) report(flushed.error());
        return !std::exchange(refused_since_flush_, false) && flushed.has_value();
    }

    /// The last flush: nothing waits for a better time.
    bool finish() {
        refusing_ = false;
        return flush();
    }

    /// From another thread: a sink that waits for better times should give up.
    void hurry() noexcept { hurries_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool hurries() const noexcept override { return hurries_.load(std::memory_order_relaxed); }

    /// Once per fault: a sink that goes on failing the same way is not news.
    void report(const Error& error) override {
        if (failing_ && error.code == last_code_ && error.os_error == last_os_error_) return;
        failing_ = true;
        last_code_ = error.code;
        last_os_error_ = error.os_error;
        options_.on_error(error);
    }

    /// The backend's share of the counters.
    void add_to(Stats& stats) const {
        stats.drops.sink = dropped_.load(std::memory_order_acquire);
        stats.written = written_.load(std::memory_order_acquire);
        stats.gaps = gaps_.load(std::memory_order_relaxed);
        stats.bytes = bytes_.load(std::memory_order_relaxed);
        stats.batches = batches_.load(std::memory_order_relaxed);
        stats.non_finite = non_finite_.load(std::memory_order_relaxed);
        stats.most_queued = most_queued_.load(std::memory_order_relaxed);
        stats.most_batched = most_batched_.load(std::memory_order_relaxed);
        stats.sinks = sink_.stats();
    }

private:
    /// What a line of lines_ was made from, for the case that the sink refuses it.
    struct Origin {
        Gaps* untold;
        Gap gap;  ///< of an event: its number, as the gap that it becomes
        std::uint32_t schema;
    };

    /// Lets the sink do what is due without a batch, such as putting the last one on the disk.
    void idle() {
        const std::int64_t now = monotonic_nanoseconds();
        if (now < next_idle_) return;
        next_idle_ = now + idle_interval;
        Result<void> done = sink_.idle();
        if (!done) report(done.error());
    }
    static constexpr std::int64_t idle_interval = 100'000'000;

    bool drain(PooledRing& ring) {
        // No more than a ring's worth, so that one busy producer cannot keep the others, or a flush, waiting for ever.
        std::size_t left = ring.capacity();
        bool moved = false;
        while (const char* record = ring.front()) {
            if (ring.is_left) [[unlikely]] take_pending(ring);
            const auto* const header = reinterpret_cast<const RecordHeader*>(record);
            const std::size_t size = header->size.load(std::memory_order_relaxed);
            if (header->schema == gap_record) take_gap(ring, record + header_size, size);
            else if (!render(ring, header->schema, record + header_size, size - header_size)) return moved;
            ring.take(size);
            moved = true;
            if (rendered_.size() >= options_.batch_bytes) deliver();
            if (size >= left) return true;
            left -= size;
        }
        raise(most_queued_, ring.held());
        if (ring.gaps.any()) [[unlikely]] take_pending(ring);
        return moved;
    }

    /// A record too short for a gap stands for one event that could not be recovered.
    static void take_gap(PooledRing& ring, const char* body, std::size_t size) {
        Gap gap{ring.sequence, ring.sequence, DropReason::damaged};
        if (size >= gap_record_size) std::memcpy(&gap, body, sizeof gap);
        ring.sequence = gap.last + 1;
        ring.untold.add(gap);
    }

    /// Gaps of a producer that has recorded nothing since.
    static void take_pending(PooledRing& ring) {
        ring.gaps.take(ring.sequence, [&ring](const Gap& gap) { ring.untold.add(gap); });
    }

    /// False when memory runs out for a record that must not be lost.
    bool render(PooledRing& ring, std::uint32_t number, const char* body, std::size_t size) {
        const EventSchema& schema = *schemas_[number];
        if (!ring.untold.empty()) [[unlikely]] tell(ring.number(), ring.untold);
        const std::uint64_t sequence = ring.sequence++;
        const std::size_t before = rendered_.size();
        const bool identified = options_.identity && schema.envelope;
        const LineExtras extras{identified ? identity_.of(ring.number(), sequence) : std::string_view{""}, common_.of(number, schema)};
        // What one of several sinks refuses is no gap in the others' streams.
        const bool quiet = !schema.envelope || sink_.is_several();
        if (renderer_.line(schema, body, size, extras)) {
            LineInfo* const line = lines_.add_place();
            Origin* const origin = line == nullptr ? nullptr : origins_.add_place();
            if (origin != nullptr) [[likely]] {
                ::new (line) LineInfo{rendered_.size() - before, schema.name, ring.number(), sequence, false};
                ::new (origin) Origin{&ring.untold, {sequence, sequence, DropReason::sink, quiet}, number};
                return true;
            }
            if (line != nullptr) lines_.pop_back();
        }
        rendered_.shrink_to(before);
        report(no_memory());
        if (ring.is_left) {
            --ring.sequence;
            return false;
        }
        lose(ring.untold, {sequence, sequence, DropReason::sink, quiet});
        return true;
    }

    /// False when memory runs out.
    bool add_line(const LineInfo& info, const Origin& origin) noexcept {
        if (!lines_.add(info)) return false;
        if (origins_.add(origin)) return true;
        lines_.pop_back();
        return false;
    }

    void tell_all_gaps() {
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool)
            if (!ring->untold.empty()) tell(ring->number(), ring->untold);
    }

    void tell(std::uint32_t producer, Gaps& untold) {
        const Gaps gaps = untold;
        untold.clear();
        for (const Gap& gap : gaps) {
            if (gap.quiet) {
                // While the sink refuses everything, once at the end is enough.
                if (refusing_) untold.add(gap);
                else options_.on_error(gap_error(gap, producer));
                continue;
            }
            const std::size_t before = rendered_.size();
            if (!rendered_.reserve(max_gap_line)) {
                untold.add(gap);
                continue;
            }
            rendered_.set_end(put_gap_line(rendered_.end(), gap, identity_.epoch(), producer, options_.clock()));
            if (add_line({rendered_.size() - before, gap_event, producer, gap.first, true}, {&untold, gap, gap_record})) continue;
            rendered_.shrink_to(before);
            untold.add(gap);
        }
    }

    void deliver() {
        if (!lines_.empty()) {
            raise(most_batched_, rendered_.size());
            count(hand_over({rendered_.view(), lines_at(lines_.data(), lines_.size())}));
            rendered_.clear();
            rendered_.trim(4 * options_.batch_bytes);
            lines_.clear();
            origins_.clear();
        }
        if (journal_ != nullptr) keep_positions();
        // Room is given back only now: what the sink does not have yet is still in the rings.
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) ring->release_taken();
    }

    /// With a journal, and a sink that knows where it writes, the journal has everything that decides, after a crash, what the sink
    /// has of the batch. A batch that finds no room there is handed over as to any other sink: it may come twice, rather than never.
    Delivery hand_over(const Batch& batch) {
        is_saved_ = false;
        if (journal_ == nullptr || !sink_.has_position()) return sink_.write(batch);
        save_positions();
        if (!journal_->stage(batch, [this](std::size_t line) { return origins_[line].schema; })) return sink_.write(batch);
        Delivery delivery = sink_.write(batch, *journal_);
        is_saved_ = delivery.accepted >= batch.lines.size();
        return delivery;
    }

    /// Everything that was taken is the sink's, or its gaps are: in the file, before the producers may write over it.
    void keep_positions() {
        if (!std::exchange(is_saved_, false) && !save_positions()) return;
        journal_->commit();
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) {
            ring->noted.kept = ring->noted.written;
            if (ring->gaps.has_taken()) ring->gaps.settle();
        }
    }

    /// False when no ring has anything new.
    bool save_positions() {
        bool any = false;
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) {
            if (ring->held() == 0 && ring->untold.empty() && !ring->noted.has_gaps && ring->sequence == ring->noted.sequence) continue;
            if (ring->noted.first == nullptr) continue;  // it found no room in the journal
            if (!std::exchange(any, true)) journal_->next_generation();
            journal_->save(ring->noted, ring->taken(), ring->sequence, ring->untold);
        }
        return any;
    }

    void report_journal() {
        const int number = journal_->take_failure();
        if (number != 0 && std::exchange(journal_error_, number) != number) options_.on_error(os_error(ErrorCode::no_memory, "journal " + journal_->path(), "room for more", number));
    }

    void count(const Delivery& delivery) {
        const std::size_t accepted = delivery.accepted < lines_.size() ? delivery.accepted : lines_.size();
        std::uint64_t bytes = 0;
        std::uint64_t gaps = 0;
        for (std::size_t i = 0; i < accepted; ++i) {
            bytes += lines_[i].size;
            gaps += lines_[i].is_gap ? 1U : 0U;
        }
        add(bytes_, bytes);
        add(batches_, 1);
        add(gaps_, gaps);
        non_finite_.store(renderer_.non_finite(), std::memory_order_relaxed);
        refusing_ = accepted < lines_.size();
        for (std::size_t i = accepted; i < lines_.size(); ++i) {
            if (lines_[i].is_gap) origins_[i].untold->add(origins_[i].gap);
            else lose(*origins_[i].untold, origins_[i].gap);
        }
        add(written_, accepted - gaps);
        if (delivery.error.has_value()) report(*delivery.error);
        else failing_ = false;
    }

    /// An event that the sink does not get.
    void lose(Gaps& untold, const Gap& gap) {
        add(dropped_, 1);
        refused_since_flush_ = true;
        untold.add(gap);
    }

    /// Texts that fit into a string without memory of its own.
    NOTCH_INTERNAL_COLD static Error no_memory() {
        Error error;
        error.code = ErrorCode::no_memory;
        error.place = "render";
        error.expected = "room for a line";
        error.found = "none";
        return error;
    }

    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t more) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_release);
    }
    static void raise(std::atomic<std::uint64_t>& mark, std::uint64_t value) noexcept {
        if (value > mark.load(std::memory_order_relaxed)) mark.store(value, std::memory_order_relaxed);
    }

    AnySink& sink_;
    RingPool& pool_;
    Journal* journal_ = nullptr;
    const SchemaTable& schemas_;
    const RecorderOptions& options_;
    Identity identity_;
    CommonTexts common_{options_.common};
    Buffer rendered_;
    Renderer renderer_{rendered_};
    PlainList<LineInfo> lines_;
    PlainList<Origin> origins_;  // one for each line
    bool is_saved_ = false;  // the positions behind the batch are in the journal, and right
    std::int64_t next_idle_ = 0;
    bool refusing_ = false;
    bool refused_since_flush_ = false;
    bool failing_ = false;
    std::atomic<bool> hurries_{false};
    ErrorCode last_code_{};
    int last_os_error_ = 0;
    int journal_error_ = 0;
    std::atomic<std::uint64_t> written_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<std::uint64_t> gaps_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> batches_{0};
    std::atomic<std::uint64_t> non_finite_{0};
    std::atomic<std::uint64_t> most_queued_{0};
    std::atomic<std::uint64_t> most_batched_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
