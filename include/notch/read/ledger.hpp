// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_HPP
#define NOTCH_READ_LEDGER_HPP

#include "../base/error.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "directory.hpp"
#include "ledger_audit.hpp"
#include "ledger_files.hpp"
#include "ledger_lines.hpp"
#include "ledger_pairs.hpp"
#include "ledger_visit.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// Reads a ledger back, whatever its size: every good line, and every bad one with its place.
///
///     auto ledger = notch::LedgerReader::open("events.jsonl");
///     if (!ledger) return complain(ledger.error());
///     auto seen = ledger->visit<RunnerStart, RunnerStop>(
///         [&](const RunnerStart& start) { ++starts; },
///         [&](const RunnerStop& stop) { total += stop.job_duration; },
///         [&](const notch::BadLine& bad) { complain(bad.error); });
///     // seen->lines, seen->events, seen->bad, seen->torn
///
/// **Files.** A ledger is the file and the older ones beside it, which are read first, the oldest before the others:
///
///     x.jsonl-20261124   x-20261124T150405.jsonl   a time: digits and -T:Z._ from YYYYMMDD on, in the order of the text
///     x.jsonl.2          x.2.jsonl                 a number of up to 7 digits, the largest first
///     x.jsonl                                      the file itself, which may be absent then
///
/// A rotation by renaming, before or during a pass, loses and repeats nothing. Compressed files (.gz and the like) are told as bad.
/// Each must be a regular file with one link and no symbolic link itself (see LedgerOptions::follow_links); the directory is trusted.
/// Opening never waits for another process, nothing is mapped, memory is bounded.
///
/// **Lines.** A good line is one JSON object, by the rules of from_json. What is behind a torn start and begins as notch begins a
/// line (timestamp, then event), or is behind NUL bytes, and is a whole line itself, is salvaged. A writer may append meanwhile: a
/// pass ends when it has caught up, and what stands behind the last newline of the newest file is then no bad line
/// (LedgerCounts::tail_bytes).
///
/// Every function makes a pass of its own from the oldest line on. Copyable; any number of threads may use one reader.
class LedgerReader {
public:
    /// Of a path; nothing is opened yet, so that what is wrong is the error of the first pass.
    explicit LedgerReader(std::string_view path, LedgerOptions options = {}) : path_{path}, options_{options} {}

    /// The same, once there is something to read. Errors: refused (a link, a FIFO, ...), open_failed, also
    /// when the directory cannot be listed.
    [[nodiscard]] static Result<LedgerReader> open(std::string_view path, LedgerOptions options = {}) {
        LedgerReader out{path, options};
        const Result<detail::File> file = detail::open_ledger_file(out.path_, options.follow_links);
        if (!file && (file.error().os_error != ENOENT || !options.rotated)) return file.error();
        std::vector<Error> refused;
        detail::LedgerFiles files{out.path_, {options.rotated, options.follow_links}};
        const Result<bool> opened = file ? files.has_next() : files.next(refused);
        if (!opened) return opened.error();
        if (!file && !*opened) return refused.empty() ? file.error() : refused.front();
        return out;
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// The good lines, one after the other; see LedgerLines.
    [[nodiscard]] LedgerLines lines() const { return {path_, options_}; }

    /// Hands every event of these types on as a struct: each type has its callable, in the same order, and one more may take a
    /// `const BadLine&`; or a single callable takes all of them.
    ///
    ///     ledger.visit<RunnerStart>([](RunnerStart start, const notch::LedgerLine& line) { ... });
    ///     ledger.visit<RunnerStart, RunnerStop>([](const auto& event) { ... });
    ///
    /// A callable takes the event by value or const reference, and behind it, if it likes, the line; one that returns false (a bool)
    /// ends the pass. A line is of a type by its event's name, and read as from_line reads it; where it cannot be, it is a bad line.
    /// Lines of other events are checked as JSON and counted. At most one of the types may be without envelope: lines whose
    /// names none of the others has are read as that type, and if they cannot be, they are bad lines, unless they have a name. The
    /// same goes for a type with a text member `event`, for lines with a name. std::string_view members live until the callable returns.
    ///
    /// Errors: those of LedgerLines::outcome; what was handed on before stays so.
    template <class... Ts, class... Fs>
    Result<LedgerCounts> visit(Fs&&... callables) const {
        constexpr std::size_t types = sizeof...(Ts);
        constexpr std::size_t given = sizeof...(Fs);
        static_assert(types != 0, "notch: visit needs the types of the events: visit<RunnerStart, RunnerStop>(...)");
        static_assert(given == 1 || given == types || given == types + 1,
                      "notch: visit takes one callable for each type, or one for all of them, and one more for bad lines");
        static_assert(
            detail::count_others<Ts...>() <= 1,
            "notch: only one of the types may be without envelope or have a member `event`, since any line may be of such a type");
        static_assert(detail::names_differ<Ts...>(), "notch: two of the types have the same event name: give one of them a notch_name()");
        LedgerLines all{path_, options_};
        detail::visit_lines<Ts...>(all, std::make_index_sequence<types>{}, callables...);
        if (!all.outcome()) return all.outcome().error();
        return all.counts();
    }

    /// Looks for what is missing, double, out of order or damaged.
    ///
    ///     auto audit = ledger.audit();
    ///     if (audit && !audit->clean())
    ///         for (const notch::LedgerFinding& finding : audit->findings) std::puts(finding.message().c_str());
    ///
    /// Ids are judged within their epoch and producer. What is missing before the first id of a producer, whose file may have been
    /// removed since, or behind its last, nobody can tell. A gap line (`notch_gap`) explains the ids it names; without an epoch it is
    /// about the last one seen of its producer. Lines without an id are only checked. An unfinished line at the end of the newest
    /// file counts as torn here, though its writer may be about to end it. Memory is bounded by `options`.
    ///
    /// Errors: those of LedgerLines::outcome.
    template <class Gap = detail::GapLine>
    [[nodiscard]] Result<LedgerAudit> audit(const AuditOptions& options = {}) const {
        LedgerLines all{path_, options_};
        NOTCH_INTERNAL_TRY {
            detail::Auditor<Gap> auditor{options};
            const auto bad = [&auditor](const BadLine& line) { auditor.take_bad(line); };
            while (const LedgerLine* line = all.next(bad)) auditor.take(*line);
            if (!all.outcome()) return all.outcome().error();
            if (all.counts().tail_bytes != 0) auditor.take_tail(all.buffer_.tail(), all.path_);
            return auditor.finish(all.counts());
        }
        NOTCH_INTERNAL_CATCH_ALL { return detail::out_of_memory(); }
    }

    /// Pairs starts with stops by a key, adds up how long they took, and calls `closed`, if given, with each `const ClosedPair&`.
    ///
    ///     auto runs = ledger.pair<RunnerStart, RunnerStop>(
    ///         notch::paired_by(&RunnerStart::runner, &RunnerStart::timestamp, &RunnerStart::flavor),
    ///         notch::paired_by(&RunnerStop::runner, &RunnerStop::timestamp));
    ///     // runs->counts().closed, runs->open(), runs->orphans(), runs->usage(), runs->by_shape()
    ///
    /// Events are taken in the order of the ledger: a stop that stands before its start, as two threads may write them, is an orphan.
    /// See Pairs for what a key, a time and a shape may be, and for the memory taken. Bad lines are passed over. Errors: those of
    /// LedgerLines::outcome.
    template <class Start, class Stop, class StartBy, class StopBy, class Closed = detail::Ignore>
    [[nodiscard]] auto pair(const StartBy& start_by, const StopBy& stop_by, Closed&& closed = {}) const {
        using Key = detail::KeyOf<decltype(start_by.key), Start>;
        constexpr bool same = std::is_same_v<Key, detail::KeyOf<decltype(stop_by.key), Stop>>;
        static_assert(same, "notch: the keys of starts and stops must have the same type");
        using Out = Pairs<Key, detail::PartOf<decltype(start_by.shape), Start>>;
        Out pairs;
        const auto seen = visit<Start, Stop>([&](const Start& event) { detail::pair_start(pairs, event, start_by); },
                                             [&](const Stop& event) { detail::pair_stop(pairs, event, stop_by, closed); });
        return seen ? Result<Out>{static_cast<Out&&>(pairs)} : Result<Out>{seen.error()};
    }

    /// The same where starts and stops are events of one type, and `role` tells them apart.
    ///
    ///     auto usage = ledger.pair<Entry>([](const Entry& e) { return role_of(e.kind); },  // PairRole::start, stop or neither
    ///                                     notch::paired_by(&Entry::vm_id, &Entry::emitted_at, &Entry::shape));
    template <class Event, class Role, class By, class Closed = detail::Ignore>
        requires std::is_invocable_r_v<PairRole, const Role&, const Event&>
    [[nodiscard]] auto pair(const Role& role, const By& by, Closed&& closed = {}) const {
        using Out = Pairs<detail::KeyOf<decltype(by.key), Event>, detail::PartOf<decltype(by.shape), Event>>;
        Out pairs;
        const auto seen = visit<Event>([&](const Event& event) {
            const PairRole what = role(event);
            if (what == PairRole::start) detail::pair_start(pairs, event, by);
            else if (what == PairRole::stop) detail::pair_stop(pairs, event, by, closed);
        });
        return seen ? Result<Out>{static_cast<Out&&>(pairs)} : Result<Out>{seen.error()};
    }

private:
    std::string path_;
    LedgerOptions options_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
