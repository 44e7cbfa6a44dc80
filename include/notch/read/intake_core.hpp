// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_INTAKE_CORE_HPP
#define NOTCH_READ_INTAKE_CORE_HPP

#include "../base/error.hpp"
#include "../base/handler.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "directory.hpp"
#include "intake_claims.hpp"
#include "intake_entry.hpp"
#include "intake_reader.hpp"
#include "quarantine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The loop of an intake, for values of any type: an entry is read where it stands, and claimed only when there is
// something to be done with it, so that what is not ready is never moved. What counts is then read again, where nobody
// can exchange it.

namespace notch::inline NOTCH_ABI::detail {

/// The judging function, its types forgotten: it keeps the value to itself.
struct IntakeJudge {
    void* self;
    IntakeOutcome (*call)(void* self, const IntakeEntry& entry, Error& why);
};

/// The loop. A template so that those who take entries compile it, and not every program that includes notch.hpp.
template <class Late = void>
class IntakeCore {
public:
    [[nodiscard]] static Result<IntakeCore> open(IntakeOptions options) {
        Result<Directory> base = Directory::open(options.path);
        if (!base) return base.error();
        std::optional<Quarantine> quarantine;
        if (!options.quarantine.path.empty()) {
            Result<Quarantine> opened = Quarantine::open(options.quarantine);
            if (!opened) return opened.error();
            quarantine.emplace(static_cast<Quarantine&&>(*opened));
        }
        Result<IntakeClaims<Late>> claims = IntakeClaims<Late>::open(*base, options.claims);
        if (!claims) return claims.error();
        return IntakeCore{static_cast<IntakeOptions&&>(options), static_cast<Directory&&>(*base),
                          static_cast<IntakeClaims<Late>&&>(*claims), static_cast<std::optional<Quarantine>&&>(quarantine)};
    }
    IntakeCore(IntakeCore&&) = default;
    IntakeCore& operator=(IntakeCore&&) = delete;
    ~IntakeCore() {
        if (is_own()) claims_.close(base_);
    }

    /// Ends the claim of the entry at hand and goes on to the next one with a value; false when the pass is over, and
    /// the next call begins another.
    [[nodiscard]] bool next(const IntakeJudge& judge) {
        if (!is_own()) return false;
        finish_current(IntakeDecision::removed);
        if (!begun_) begin();
        while (taken_ < options_.max_entries) {
            Step step = take_adopted(judge);
            if (step == Step::none) step = take_listed(judge);
            if (step == Step::none && !adopt()) break;
            if (step == Step::yielded) return true;
        }
        begun_ = false;
        return false;
    }

    [[nodiscard]] bool has_current() const noexcept { return current_.has_value() && is_own(); }
    [[nodiscard]] const std::string& id() const noexcept { return current_->id; }
    [[nodiscard]] const std::string& name() const noexcept { return current_->name; }

private:
    enum class Step : std::uint8_t { yielded, handled, none };

    struct Claim {
        std::string id;
        std::string name;
    };

    IntakeCore(IntakeOptions options, Directory base, IntakeClaims<Late> claims, std::optional<Quarantine> quarantine)
        : options_{static_cast<IntakeOptions&&>(options)},
          base_{static_cast<Directory&&>(base)},
          claims_{static_cast<IntakeClaims<Late>&&>(claims)},
          quarantine_{static_cast<std::optional<Quarantine>&&>(quarantine)} {
        find_status(claims_.top(), claims_status_);
        if (quarantine_) find_status_at(working_directory, options_.quarantine.path.c_str(), quarantine_status_);
    }

    /// A child of fork(2) has a copy of all this, but the entry is its parent's.
    [[nodiscard]] bool is_own() const noexcept { return claims_.is_open() && process_ == own_process(); }

    void report(const Error& error) const { options_.on_error(error); }
    void report(ErrorCode code, const std::string& name, const char* expected, int number) const {
        report(os_error(code, FilePlace{base_.path(), name}.text(), expected, number));
    }
    /// Reports an error, and what therefore becomes of the entry.
    void report(IntakeDecision decision, const std::string& name, const char* expected, int number) const {
        const Error error = os_error(ErrorCode::write_failed, FilePlace{base_.path(), name}.text(), expected, number);
        report(error);
        tell(decision, name, &error);
    }
    void tell(IntakeDecision decision, const std::string& name, const Error* error = nullptr) const {
        options_.on_decision({decision, name, current_ ? std::string_view{current_->id} : std::string_view{}, error});
    }
    [[nodiscard]] const Error* wrong() const noexcept { return wrong_ ? &why_ : nullptr; }

    // ---- passes
    // --------------------------------------------------------------------------------------------------------

    void begin() {
        begun_ = true;
        taken_ = 0;
        adopt();
        claims_.clear_trash(options_.on_error);
        const int number = names_.open(base_.descriptor());
        listing_ = number == 0;
        if (number != 0) report(open_error({{}, base_.path()}, "a directory that may be listed", number));
    }

    /// Takes over what extractors left that have died; whether there was something.
    bool adopt() {
        const int number = claims_.adopt(adopted_);
        if (number != 0)
            report(os_error(ErrorCode::read_failed, printable(base_.path()), "the names of other extractors", number));
        return !adopted_.empty();
    }

    /// The next name in the base that stands for an entry.
    bool next_name(std::string& name, FileStatus& status) {
        while (listing_) {
            int number = 0;
            const char* const found = names_.next(number);
            listing_ = found != nullptr;
            if (number != 0)
                report(os_error(ErrorCode::read_failed, printable(base_.path()), "the names in a directory", number));
            if (found == nullptr) return false;
            name = found;
            if (name == claims_name) continue;
            if (is_ignored(name)) {
                tell(IntakeDecision::ignored, name);
                continue;
            }
            number = find_status_at(base_.descriptor(), name.c_str(), status);
            if (number == 0 && is_entry(name, status)) return true;
            if (number != 0 && number != ENOENT) report(ErrorCode::read_failed, name, "the status of an entry", number);
        }
        return false;
    }

    [[nodiscard]] bool is_ignored(const std::string& name) const noexcept {
        for (const std::string& ignored : options_.ignore)
            if (ignored == name) return true;
        return false;
    }

    /// A file whose name begins with a dot is one that its writer will rename when it is complete.
    [[nodiscard]] bool is_entry(const std::string& name, const FileStatus& status) const noexcept {
        if (options_.files.empty()) return status.kind == FileKind::regular && name.front() != '.';
        return status.kind == FileKind::directory && !status.is_same_file(claims_status_) &&
               !status.is_same_file(quarantine_status_);
    }

    // ---- one entry
    // -----------------------------------------------------------------------------------------------------

    Step take_listed(const IntakeJudge& judge) {
        std::string name;
        FileStatus status;
        if (!next_name(name, status)) return Step::none;
        IntakeEntry entry = IntakeReader<>::named(base_.path(), name);
        const IntakeOutcome outcome = look(base_, name, entry, judge);
        if (outcome == IntakeOutcome::corrupt && !quarantine_) report(why_);
        if (outcome == IntakeOutcome::leave || (outcome == IntakeOutcome::corrupt && !quarantine_)) {
            if (!wrong_ || !has_vanished(why_)) tell(IntakeDecision::left, name, wrong());
            return Step::handled;
        }
        current_.emplace(Claim{intake_id(status, IntakeReader<>::hash_of(entry)), name});
        if (!claim_current()) return Step::handled;
        FileStatus claimed;
        const int number = find_status_at(claims_.own().descriptor(), place_of_current().c_str(), claimed);
        if (number != 0) report(ErrorCode::read_failed, name, "the status of an entry", number);
        // Exchanged since it was looked at: the id is not this one's. Another time.
        if (number != 0 || !claimed.is_same_file(status)) return settle(IntakeOutcome::leave, entry);
        return settle(confirm(outcome, entry, judge), entry);
    }

    Step take_adopted(const IntakeJudge& judge) {
        if (adopted_.empty()) return Step::none;
        Claim claim{static_cast<std::string&&>(adopted_.back()), {}};
        adopted_.pop_back();
        const int number = claims_.find_name(claim.id, claim.name);
        if (number != 0)
            report(os_error(ErrorCode::read_failed, claims_.own().path() + "/" + claim.id, "a claimed entry", number));
        if (claim.name.empty()) return Step::handled;
        current_.emplace(static_cast<Claim&&>(claim));
        IntakeEntry entry = IntakeReader<>::named(base_.path(), current_->name);
        const IntakeOutcome outcome = look(claims_.own(), place_of_current(), entry, judge);
        return settle(outcome, entry);
    }

    bool claim_current() {
        const int number = claims_.claim(base_, current_->name, current_->id);
        if (number == 0) return true;
        const std::string name = static_cast<std::string&&>(current_->name);
        current_.reset();
        if (number != ENOENT) report(IntakeDecision::left, name, "an entry that can be claimed by renaming it", number);
        return false;
    }

    [[nodiscard]] std::string place_of_current() const { return IntakeClaims<Late>::place_of(current_->id, current_->name); }

    /// Reads an entry and has it judged. After `leave` for the system's sake, and after `corrupt`, why_ says why.
    IntakeOutcome look(const Directory& directory, const std::string& place, IntakeEntry& entry,
                       const IntakeJudge& judge) {
        const IntakeOutcome read = IntakeReader<>::load(directory, place, options_, entry, why_);
        if (read == IntakeOutcome::value) return judged(entry, judge);
        wrong_ = true;
        if (read == IntakeOutcome::leave && !has_vanished(why_)) report(why_);
        return read;
    }
    static bool has_vanished(const Error& why) noexcept {
        return why.code == ErrorCode::open_failed && why.os_error == ENOENT;
    }

    IntakeOutcome judged(const IntakeEntry& entry, const IntakeJudge& judge) {
        const IntakeOutcome outcome = judge.call(judge.self, entry, why_);
        wrong_ = outcome == IntakeOutcome::corrupt;
        if (outcome == IntakeOutcome::corrupt && why_.place.empty()) why_.place = entry.place();
        return outcome;
    }

    /// Reads a claimed entry again, and has it judged again if it is not as it was.
    IntakeOutcome confirm(IntakeOutcome before, IntakeEntry& entry, const IntakeJudge& judge) {
        IntakeEntry now = IntakeReader<>::named(base_.path(), current_->name);
        Error why;
        const IntakeOutcome read = IntakeReader<>::load(claims_.own(), place_of_current(), options_, now, why);
        if (IntakeReader<>::is_same(entry, now)) return before;
        entry = static_cast<IntakeEntry&&>(now);
        if (read == IntakeOutcome::value) return judged(entry, judge);
        why_ = static_cast<Error&&>(why);
        wrong_ = true;
        if (read == IntakeOutcome::leave) report(why_);
        return read;
    }

    Step settle(IntakeOutcome outcome, const IntakeEntry& entry) {
        switch (outcome) {
            case IntakeOutcome::value:
                ++taken_;
                tell(IntakeDecision::yielded, current_->name);
                return Step::yielded;
            case IntakeOutcome::leave: give_back(); break;
            case IntakeOutcome::clean_up:
                ++taken_;
                finish_current(IntakeDecision::cleaned_up);
                break;
            case IntakeOutcome::corrupt: quarantine(entry); break;
        }
        return Step::handled;
    }

    void quarantine(const IntakeEntry& entry) {
        report(why_);
        if (!quarantine_) return give_back();
        const Result<void> kept = IntakeReader<>::keep(*quarantine_, entry, why_);
        ++taken_;
        if (kept) return finish_current(IntakeDecision::quarantined);
        report(kept.error());
        tell(IntakeDecision::kept, current_->name, &kept.error());
        current_.reset();  // stays claimed: the next extractor tries again
    }

    void give_back() {
        const int number = claims_.give_back(base_, current_->name, current_->id);
        if (number != 0) report(IntakeDecision::kept, current_->name, "an entry that can be put back", number);
        else tell(IntakeDecision::left, current_->name, wrong());
        current_.reset();
    }

    /// The entry is done with, and will not come again unless this fails.
    void finish_current(IntakeDecision done) {
        if (!current_) return;
        const int number = claims_.finish(current_->id, current_->name);
        if (number != 0) report(IntakeDecision::kept, current_->name, "an entry that can be removed", number);
        else tell(done, current_->name, done == IntakeDecision::quarantined ? &why_ : nullptr);
        current_.reset();
        claims_.clear_trash(options_.on_error);
    }

    IntakeOptions options_;
    Directory base_;
    IntakeClaims<Late> claims_;
    std::optional<Quarantine> quarantine_;
    FileStatus claims_status_{};
    FileStatus quarantine_status_{};
    std::uint64_t process_ = own_process();
    NameStream names_;
    std::vector<std::string> adopted_;
    std::optional<Claim> current_;
    Error why_;           // what is wrong with the entry, if
    bool wrong_ = false;  // something is
    std::size_t taken_ = 0;
    bool begun_ = false;
    bool listing_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
