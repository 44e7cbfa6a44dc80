// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_RECOVERY_HPP
#define NOTCH_RECORD_RECOVERY_HPP

#include "../base/handler.hpp"
#include "../base/platform_process.hpp"
#include "../base/result.hpp"
#include "../base/plain_list.hpp"
#include "../config.hpp"
#include "backend.hpp"
#include "batch.hpp"
#include "common.hpp"
#include "gap_lines.hpp"
#include "journal.hpp"
#include "journal_claim.hpp"
#include "journal_reader.hpp"
#include "options.hpp"
#include "ring_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// What was done with a journal that a dead process had left.
struct Recovery {
    bool found = false;                 ///< whether there was one
    std::uint64_t recovered = 0;        ///< events that the sink took now
    std::uint64_t already_written = 0;  ///< events of the batch that was being written when the process died, which the sink's file has
    std::uint64_t gaps = 0;             ///< gap lines that the sink took now
    std::uint64_t damaged = 0;          ///< parts of the journal, a record or more each, that cannot be read
    std::string set_aside{};            ///< where a damaged journal was moved to; empty: it was sound, and is gone
};

namespace detail {

/// Stops at the first refusal: what is not taken stays in the journal.
class RecoverySink final : public AnySink {
public:
    RecoverySink(AnySink& to, Journal& journal) noexcept : to_{to}, journal_{journal} {}

    void attach(SinkHost&) override {}
    Result<void> start() override { return {}; }
    Delivery write(const Batch& batch) override { return is_over() ? Delivery{} : judged(batch, to_.write(batch)); }
    Delivery write(const Batch& batch, WriteIntent& intent) override { return is_over() ? Delivery{} : judged(batch, to_.write(batch, intent)); }
    Result<void> flush() override { return is_over() ? Result<void>{} : to_.flush(); }
    Result<void> idle() override { return {}; }
    [[nodiscard]] bool has_position() const noexcept override { return to_.has_position(); }
    Result<std::size_t> settle(const SinkPosition& position, std::string_view bytes) override { return to_.settle(position, bytes); }
    [[nodiscard]] std::vector<SinkStats> stats() const override { return {}; }
    [[nodiscard]] bool is_several() const noexcept override { return to_.is_several(); }

    [[nodiscard]] bool is_over() const noexcept { return error_.has_value(); }
    [[nodiscard]] const Error& error() const noexcept { return *error_; }

private:
    Delivery judged(const Batch& batch, Delivery delivery) {
        if (delivery.accepted >= batch.lines.size()) return delivery;
        journal_.freeze();
        error_ = delivery.error.has_value() ? *delivery.error : journal_error(ErrorCode::write_failed, journal_.path(), "a sink that takes what it holds", "a refusal");
        return {delivery.accepted, {}};
    }

    AnySink& to_;
    Journal& journal_;
    std::optional<Error> error_;
};

/// Hands on what a claimed journal holds, the batch that was being written first. May be killed anywhere and done again.
template <class Late>
class JournalRecovery {
public:
    JournalRecovery(Journal& journal, AnySink& sink, const ErrorHandler& on_error)
        : journal_{journal}, sink_{sink, journal}, on_error_{on_error}, reader_{journal} {}

    Result<Recovery> run() {
        Recovery report;
        report.found = true;
        reader_.read();
        if (is_hindered()) return hindrance();
        if (reader_.active > reader_.committed) {
            Result<void> settled = settle(report);
            if (!settled) return settled.error();
        }
        journal_.resume(reader_.epoch, reader_.committed, reader_.which, {});
        reader_.forget_uncommitted();
        Result<void> drained = drain(report);
        if (!drained) return drained.error();
        report.damaged = reader_.damage.parts;
        return report;
    }
    [[nodiscard]] const std::string& first_damage() const noexcept { return reader_.damage.first; }

private:
    /// The batch that was being written when the process died.
    Result<void> settle(Recovery& report) {
        JournalIntent intent;
        std::string bytes;
        PlainList<JournalLine> lines;
        const bool known = sink_.has_position() && reader_.read_batch(intent, bytes, lines);
        if (is_hindered()) return hindrance();
        if (!known) {
            // Without knowing what was written, all of it is written again.
            decide(journal_.header().active, sealed(0));
            return {};
        }
        const std::string_view text = bytes;
        Result<std::size_t> there = sink_.settle({intent.device, intent.inode, intent.offset}, text.substr(static_cast<std::size_t>(intent.skip)));
        if (!there) return there.error();
        std::uint64_t done = intent.skip + *there;
        PlainList<LineInfo> infos;
        std::uint64_t before = 0;
        std::uint64_t events = 0;
        for (const JournalLine& line : lines) {
            const bool gap = line.schema == gap_record;
            const EventSchema* const schema = reader_.schemas().find(line.schema);
            const bool have = before + line.size <= done;
            before += line.size;
            if (have) report.already_written += gap ? 0U : 1U;
            if (have) continue;
            done = infos.empty() ? before - line.size : done;  // whole lines only
            infos.push_back({line.size, gap ? gap_event : schema != nullptr ? schema->name : std::string_view{""}, line.producer, line.sequence, gap});
            events += gap ? 0U : 1U;
        }
        intent.skip = done;
        journal_.resume(reader_.epoch, reader_.active, reader_.which, intent);
        if (!infos.empty()) {
            sink_.write({text.substr(static_cast<std::size_t>(done)), lines_at(infos.data(), infos.size())}, journal_);
            if (sink_.is_over()) return sink_.error();
        }
        report.recovered += events;
        report.gaps += infos.size() - events;
        journal_.commit();
        reader_.committed = reader_.active;
        return {};
    }

    Result<void> drain(Recovery& report) {
        RingPool pool{0, 0};
        reader_.fill(pool);
        if (is_hindered()) return hindrance();
        reader_.stage_there();
        RecorderOptions options;
        // With their lines' notes, batches of this size fit where those of the dead process did.
        if (journal_.room_for_batch() != 0 && journal_.room_for_batch() / 2 < options.batch_bytes) options.batch_bytes = journal_.room_for_batch() / 2;
        options.identity = reader_.identity || !sink_.has_position();
        options.common = CommonFields::of_object(reader_.common());
        options.on_error = on_error_;
        Backend backend{sink_, pool, reader_.schemas(), reader_.epoch, options};
        backend.keep_in(&journal_);
        while (!sink_.is_over() && backend.pass()) continue;
        if (!sink_.is_over()) backend.finish();
        if (sink_.is_over()) return sink_.error();
        if (!pool.is_drained()) return hindrance();
        Stats stats;
        backend.add_to(stats);
        report.recovered += stats.written;
        report.gaps += stats.gaps;
        return {};
    }

    /// What may go better another time, and is no damage.
    [[nodiscard]] bool is_hindered() const noexcept { return reader_.no_memory || reader_.read_error != 0; }
    [[nodiscard]] Error hindrance() const {
        if (reader_.read_error != 0) return os_error(ErrorCode::read_failed, "journal " + journal_.path(), "to be read", reader_.read_error);
        return journal_error(ErrorCode::no_memory, journal_.path(), "memory", "none");
    }

    Journal& journal_;
    RecoverySink sink_;
    const ErrorHandler& on_error_;
    JournalReader<Late> reader_;
};

/// Hands on what the journal holds, then takes it away, or aside when it is damaged. An error leaves it where it is.
template <class Late>
Result<Recovery> recover_claimed(Journal& journal, AnySink& sink, const ErrorHandler& on_error) {
    JournalRecovery<Late> recovery{journal, sink, on_error};
    Result<Recovery> report = recovery.run();
    if (!report) return report;
    if (report->damaged == 0) {
        journal.remove();
        return report;
    }
    Identity number{unique_number()};
    std::string aside = journal.path() + ".damaged-" + std::string{number.epoch()};
    const int error = journal.set_aside(aside);
    if (error != 0) return os_error(ErrorCode::failed, "journal " + journal.path(), "to be moved to " + aside, error);
    on_error(journal_error(ErrorCode::failed, journal.path(), "a sound journal",
                           std::to_string(report->damaged) + " damaged parts, the first is " + recovery.first_damage() + "; kept as " + aside));
    report->set_aside = static_cast<std::string&&>(aside);
    return report;
}

/// A journal for a recorder, with what was left at its path handed on before. Null: there is to be none; the error was told.
template <class Late>
Journal* open_journal(const std::string& path, AnySink& sink, std::uint64_t epoch, const RecorderOptions& options, Recovery& recovery) {
    for (int tries = 0; tries < 10; ++tries) {
        Result<JournalClaim> claim = claim_journal(path, true);
        if (!claim) {
            options.on_error(claim.error());
            return nullptr;
        }
        Journal& journal = claim->journal();
        if (claim->content == JournalContent::nothing) {
            const int error = journal.make(epoch, options.identity || !sink.has_position(), options.common.object(), options.batch_bytes);
            if (error == 0) return claim->release();
            options.on_error(os_error(ErrorCode::no_memory, "journal " + path, "room on the disk", error));
            journal.remove();
            return nullptr;
        }
        if (claim->content == JournalContent::unfinished) {
            journal.remove();
            continue;
        }
        Result<Recovery> recovered = recover_claimed<Late>(journal, sink, options.on_error);
        if (!recovered) {
            options.on_error(recovered.error());
            options.on_error(journal_error(ErrorCode::failed, path, "to be recovered", "what it holds is kept; this recorder has no journal"));
            return nullptr;
        }
        recovery = *recovered;
    }
    return nullptr;
}

}  // namespace detail

/// Hands on what a dead process left in its journal, without knowing its types: what a Recorder with that journal does first.
///
///     notch::Result<notch::Recovery> done = notch::recover("work.journal", notch::FileSink{"work.jsonl"});
///     if (done) std::printf("%llu events\n", static_cast<unsigned long long>(done->recovered));
///
/// In the order of each producer, with the ids that they had. Into a sink that knows where it writes, such as FileSink, each event
/// comes once, even if this is killed and done again; into another one at least once, with its id. The journal is removed when
/// the sink has everything; a damaged one is moved beside itself, told to `on_error`, and what is sound of it is recovered.
///
/// Where there is no journal, `found` is false. Errors: `refused`, a live recorder has it, or the file is no journal or not this user's alone;
/// `open_failed`; `read_failed`; `no_memory`, also a full disk; and what the sink said when it refused a line: then the journal stays, with what
/// was not taken.
template <Sink S>
[[nodiscard]] Result<Recovery> recover(const std::string& path, S sink, const ErrorHandler& on_error = {}) {
    Result<detail::JournalClaim> claim = detail::claim_journal(path, false);
    if (!claim) return claim.error();
    if (!claim->is_some()) return Recovery{};
    detail::SinkHolder<S> holder{static_cast<S&&>(sink)};
    Result<void> started = holder.start();
    const bool some = started && claim->content == detail::JournalContent::records;
    Result<Recovery> out = some ? detail::recover_claimed<S>(claim->journal(), holder, on_error) : Result<Recovery>{Recovery{}};
    if (claim->content != detail::JournalContent::records) claim->journal().remove();  // its maker died before it held anything
    if (!started) return started.error();
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif
