// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_AUDIT_HPP
#define NOTCH_READ_LEDGER_AUDIT_HPP

#include "../base/plain_list.hpp"
#include "../base/error.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../event/event.hpp"
#include "../event/options.hpp"
#include "../json/decode.hpp"
#include "../macros.hpp"
#include "ledger_lines.hpp"
#include "ledger_sequences.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// How much an audit may keep: `ledger.audit({.max_findings = 10})`. Memory: about 48 bytes for each hole, 300 for each producer and
/// finding, whatever the ledger's size.
struct AuditOptions {
    std::size_t max_findings = 1'000;    ///< listed; all are counted
    std::size_t max_holes = 64 * 1024;   ///< open at the same time, over all producers; beyond that the oldest are settled
    std::size_t max_producers = 16 * 1024;
};

/// One thing that an audit found, for a program; message() is for a person.
struct LedgerFinding {
    enum class Kind : std::uint8_t {
        gap,         ///< ids between two others are nowhere, and no gap line tells of them
        loss,        ///< a gap line: what was dropped, and the writer said so
        duplicate,   ///< an id for the second time
        reordering,  ///< an id behind a later one of its producer
        bad_id,      ///< a `notch_id` or gap line that is not as notch writes it
        bad_line     ///< see `error`; torn ones too
    };
    Kind kind = Kind::gap;
    std::uint64_t epoch = 0;
    std::uint64_t producer = 0;
    std::uint64_t first = 0;   ///< of the sequence numbers; `first` and `last` are included
    std::uint64_t last = 0;
    std::string file{};
    std::uint64_t byte = 0;    ///< where the line begins; of a gap: the line in front of which the ids are missing
    std::uint64_t number = 0;
    bool torn = false;
    Error error{};             ///< of a bad line

    /// One line for a person.
    ///
    ///     events.jsonl, line 12: ids 0198c5a1b2c3d4e5-3-17 to 19 are missing before it
    [[nodiscard]] std::string message() const;
};

/// What an audit says of a ledger; made by LedgerReader::audit.
///
///     std::printf("%d missing, %d torn\n", static_cast<int>(audit->missing), static_cast<int>(audit->torn));
struct LedgerAudit {
    LedgerCounts counts{};
    std::uint64_t ids = 0;         ///< lines with an id
    std::uint64_t producers = 0;   ///< pairs of epoch and producer
    std::uint64_t gaps = 0;        ///< how often ids are missing without a word
    std::uint64_t missing = 0;     ///< how many of them
    std::uint64_t lost = 0;        ///< how many gap lines tell of, and are not there
    std::uint64_t duplicates = 0;
    std::uint64_t reordered = 0;
    std::uint64_t bad_ids = 0;
    std::uint64_t torn = 0;        ///< unfinished lines, the tail of the newest file included
    bool exact = true;             ///< false: a bound of AuditOptions was reached, and ids that came very late may be misjudged
    std::vector<LedgerFinding> findings{};  ///< in the order of the ledger, the gaps at the end

    /// Nothing is missing unexplained, twice, out of order, damaged or torn. Losses that the writer told of do not count.
    [[nodiscard]] bool clean() const noexcept {
        return missing == 0 && duplicates == 0 && reordered == 0 && bad_ids == 0 && counts.bad == 0 && torn == 0;
    }
};

namespace detail {

/// The line that stands where events were dropped.
struct GapLine {
    std::uint64_t producer = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::optional<std::string> epoch{};
    static constexpr std::string_view notch_name() { return "notch_gap"; }
};

constexpr std::uint64_t lesser(std::uint64_t a, std::uint64_t b) noexcept { return a < b ? a : b; }

/// What is known of one producer of one epoch.
struct ProducerAudit {
    std::uint64_t epoch = 0;
    std::uint64_t producer = 0;
    bool epoch_known = true;  ///< false: so far only gap lines without an epoch
    SequenceRuns seen{};
    SequenceRuns told{};  ///< of by gap lines
};

/// A template so that those who call audit() compile it, and not every program that includes notch.hpp.
template <class Gap>
class Auditor {
public:
    explicit Auditor(const AuditOptions& options) noexcept : options_{options} {}

    void take(const LedgerLine& line) {
        const LinePlace place{line.byte, line.number, file_index(line.file)};
        if (!line.id.empty()) take_id(line.id, place);
        if (line.event == Gap::notch_name()) take_gap(from_line<Gap>(line.text), place);
    }

    void take_bad(const BadLine& bad) {
        if (!has_room()) return;
        LedgerFinding& finding = out_.findings.emplace_back();
        finding.kind = LedgerFinding::Kind::bad_line;
        finding.file = bad.error.place;
        finding.number = bad.number;
        finding.byte = bad.byte;
        finding.torn = bad.torn;
        finding.error = bad.error;
    }

    /// What stands behind the last newline.
    void take_tail(const RawLine& tail, std::string_view path) {
        Error error = torn_line(tail.size, "the end of the file");
        error.place = printable(path);
        error.line = static_cast<std::size_t>(tail.number);
        error.byte += static_cast<std::size_t>(tail.byte);
        take_bad({tail.text, tail.size, tail.byte, tail.number, true, static_cast<Error&&>(error)});
    }

    /// Runs of numbers that are kept now; what the bound is about.
    [[nodiscard]] std::size_t kept() const noexcept { return runs_; }

    LedgerAudit finish(const LedgerCounts& counts) {
        out_.counts = counts;
        out_.torn = counts.torn + (counts.tail_bytes != 0 ? 1U : 0U);
        for (const ProducerAudit& one : producers_) out_.producers += one.epoch_known || !one.told.empty() ? 1U : 0U;
        for (const ProducerAudit& one : producers_) judge(one, ~std::uint64_t{0});
        return std::move(out_);
    }

private:
    std::uint32_t file_index(std::string_view file) {
        if (files_.empty() || files_.back() != file) files_.emplace_back(file);
        return static_cast<std::uint32_t>(files_.size() - 1);
    }

    void take_id(std::string_view text, const LinePlace& place) {
        LedgerId id;
        if (!read_ledger_id(text, id)) return note_bad_id(place);
        ++out_.ids;
        ProducerAudit* const one = find(id.epoch, id.producer, true);
        if (one == nullptr) return;
        const bool late = !one->seen.empty() && id.sequence < one->seen.highest();
        const std::size_t before = one->seen.runs().size();
        if (!one->seen.add(id.sequence, place)) {
            ++out_.duplicates;
            note(LedgerFinding::Kind::duplicate, *one, id.sequence, id.sequence, place);
        } else if (late) {
            ++out_.reordered;
            note(LedgerFinding::Kind::reordering, *one, id.sequence, id.sequence, place);
        }
        count_holes(*one, before, one->seen.runs().size());
    }

    void take_gap(const Result<GapLine>& gap, const LinePlace& place) {
        std::uint64_t epoch = 0;
        const bool has_epoch = gap && gap->epoch;
        if (!gap || gap->last < gap->first || (has_epoch && !read_epoch(*gap->epoch, epoch))) return note_bad_id(place);
        ProducerAudit* const one = has_epoch ? find(epoch, gap->producer, true) : find_latest(gap->producer);
        if (one == nullptr) return;
        const std::size_t before = one->told.runs().size();
        one->told.add_range(gap->first, gap->last, place);
        note(LedgerFinding::Kind::loss, *one, gap->first, gap->last, place);
        count_holes(*one, before, one->told.runs().size());
    }

    // ---- producers -------------------------------------------------------------------------------------------------

    /// In the order of epoch and producer; positions of producers_.
    [[nodiscard]] std::size_t position(std::uint64_t epoch, std::uint64_t producer) const noexcept {
        std::size_t low = 0;
        for (std::size_t high = order_.size(); low < high;) {
            const std::size_t middle = low + (high - low) / 2;
            const ProducerAudit& one = producers_[order_[middle]];
            if (one.epoch < epoch || (one.epoch == epoch && one.producer < producer)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    ProducerAudit* find(std::uint64_t epoch, std::uint64_t producer, bool epoch_known) {
        if (latest_ < producers_.size()) {
            ProducerAudit& one = producers_[latest_];
            if (one.epoch == epoch && one.producer == producer && one.epoch_known) return &one;
        }
        std::size_t at = position(epoch, producer);
        if (at < order_.size() && producers_[order_[at]].epoch == epoch && producers_[order_[at]].producer == producer) {
            latest_ = order_[at];
        } else {
            if (producers_.size() >= options_.max_producers) {
                out_.exact = false;
                return nullptr;
            }
            latest_ = producers_.size();
            order_.insert(at, latest_);
            producers_.push_back({epoch, producer, epoch_known, {}, {}});
        }
        if (waiting_ && epoch_known) adopt(producers_[latest_]);
        return &producers_[latest_];
    }

    /// A gap line without an epoch is about the last one seen of its producer, or else about the next.
    ProducerAudit* find_latest(std::uint64_t producer) {
        if (latest_ < producers_.size() && producers_[latest_].producer == producer) return &producers_[latest_];
        for (std::size_t i = producers_.size(); i != 0; --i)
            if (producers_[i - 1].producer == producer && producers_[i - 1].epoch_known) return &producers_[i - 1];
        waiting_ = true;
        return find(no_epoch, producer, false);
    }

    /// Takes over what gap lines told of a producer before its first id.
    void adopt(ProducerAudit& one) {
        waiting_ = false;
        for (ProducerAudit& other : producers_) {
            if (other.epoch_known || other.told.empty()) continue;
            waiting_ = waiting_ || other.producer != one.producer;
            if (other.producer != one.producer) continue;
            for (const SequenceRun& run : other.told.runs()) one.told.add_range(run.first, run.last, run.place);
            other.told = {};
        }
    }

    // ---- bounds ----------------------------------------------------------------------------------------------------

    void count_holes(ProducerAudit& one, std::size_t before, std::size_t after) {
        runs_ += after;
        runs_ -= before;
        if (kept() > options_.max_holes + 2 * producers_.size()) settle(one);
    }

    /// Judges the older half of the holes of whoever has most of them, and forgets these.
    NOTCH_INTERNAL_COLD void settle(ProducerAudit& one) {
        ProducerAudit* most = &one;
        for (ProducerAudit& other : producers_)
            if (weight(other) > weight(*most)) most = &other;
        out_.exact = false;
        const std::size_t before = weight(*most);
        const bool by_seen = most->seen.runs().size() >= most->told.runs().size();
        const PlainList<SequenceRun>& runs = by_seen ? most->seen.runs() : most->told.runs();
        const SequenceRun middle = runs[runs.size() / 2];
        judge(*most, middle.last);
        const std::uint64_t from = most->seen.empty() ? middle.first : lesser(most->seen.runs()[0].first, middle.first);
        most->seen.add_range(from, middle.last, middle.place);
        most->told.drop_to(middle.last);
        runs_ -= before - weight(*most);
    }
    static std::size_t weight(const ProducerAudit& one) noexcept { return one.seen.runs().size() + one.told.runs().size(); }

    // ---- findings --------------------------------------------------------------------------------------------------

    /// What is missing or was lost of a producer up to the number `end`.
    void judge(const ProducerAudit& one, std::uint64_t end) {
        const PlainList<SequenceRun>& runs = one.seen.runs();
        for (std::size_t i = 1; i < runs.size() && runs[i].first <= end; ++i)
            one.told.holes(runs[i - 1].last + 1, runs[i].first - 1, [&](std::uint64_t first, std::uint64_t last) {
                ++out_.gaps;
                out_.missing += last - first + 1;
                note(LedgerFinding::Kind::gap, one, first, last, runs[i].place);
            });
        for (const SequenceRun& run : one.told.runs()) {
            if (run.first > end) break;
            one.seen.holes(run.first, lesser(run.last, end),
                           [this](std::uint64_t first, std::uint64_t last) { out_.lost += last - first + 1; });
        }
    }

    [[nodiscard]] bool has_room() const noexcept { return out_.findings.size() < options_.max_findings; }

    void note(LedgerFinding::Kind kind, const ProducerAudit& one, std::uint64_t first, std::uint64_t last, const LinePlace& place) {
        if (!has_room()) return;
        LedgerFinding& finding = out_.findings.emplace_back();
        finding.kind = kind;
        finding.epoch = one.epoch_known ? one.epoch : 0;
        finding.producer = one.producer;
        finding.first = first;
        finding.last = last;
        finding.file = printable(files_[place.file]);
        finding.byte = place.byte;
        finding.number = place.number;
    }
    void note_bad_id(const LinePlace& place) {
        ++out_.bad_ids;
        note(LedgerFinding::Kind::bad_id, {}, 0, 0, place);
    }

    static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};

    AuditOptions options_;
    LedgerAudit out_{};
    std::vector<std::string> files_{};
    std::vector<ProducerAudit> producers_{};
    PlainList<std::size_t> order_{};
    std::size_t latest_ = 0;
    std::size_t runs_ = 0;
    bool waiting_ = false;  // gap lines without an epoch came before any id of their producer
};

inline void append_id(std::string& out, const LedgerFinding& finding, std::uint64_t sequence) {
    for (int shift = 60; shift >= 0; shift -= 4) out += hex_character(static_cast<unsigned>(finding.epoch >> shift & 15));
    out += '-' + std::to_string(finding.producer) + '-' + std::to_string(sequence);
}

}  // namespace detail

inline std::string LedgerFinding::message() const {
    if (kind == Kind::bad_line) return error.message();
    std::string out = file + ", line " + std::to_string(number) + ": ";
    if (kind == Kind::bad_id) return out + "a notch_id or gap line that is not as notch writes it";
    const bool several = first != last;
    out += several ? "ids " : "id ";
    detail::append_id(out, *this, first);
    if (several) out += " to " + std::to_string(last);
    switch (kind) {
        case Kind::gap: return out + (several ? " are" : " is") + " missing before it";
        case Kind::loss: return out + (several ? " were" : " was") + " dropped, and the writer says so";
        case Kind::duplicate: return out + " stands here for the second time";
        default: return out + " stands behind a later one";
    }
}

}  // namespace notch::inline NOTCH_ABI

#endif
