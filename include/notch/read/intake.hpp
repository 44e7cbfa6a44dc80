// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_INTAKE_HPP
#define NOTCH_READ_INTAKE_HPP

#include "../base/error.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "intake_core.hpp"
#include "intake_entry.hpp"

#include <cstddef>
#include <optional>
#include <type_traits>

namespace notch::inline NOTCH_ABI {
namespace detail {

/// The judging function of those who have none: the entry, or its first file, is JSON.
template <class T>
struct ReadIntake {
    IntakeVerdict<T> operator()(const IntakeEntry& entry) const {
        if (!entry.has()) return IntakeAnswer::leave;
        return entry.read<T>();
    }
};

}  // namespace detail

/// Takes the entries out of a directory that others put them into and yields their values; made by notch::intake.
///
///     auto spool = notch::Intake<Job>::open({.path = "spool"});
///     if (!spool) return complain(spool.error());
///     while (notch::Taken<Job>* job = spool->next()) use(**job);
///
/// A pass is a range-for, or next() until it is null; the next one begins another pass. The entry at hand is removed
/// when the loop moves on from it, and stays when the loop is left, so that the next pass yields it again. Movable
/// while no entry is at hand. One thread at a time. In a child of fork(2) it yields and removes nothing.
template <class T, class Judge = detail::ReadIntake<T>>
class Intake {
public:
    /// Opens the directory, the claims and the quarantine. Errors: those of Directory::open and Quarantine::open;
    /// refused when the directory of the claims is not private to this user.
    [[nodiscard]] static Result<Intake> open(IntakeOptions options, Judge judge = {}) {
        Result<Core> core = Core::open(static_cast<IntakeOptions&&>(options));
        if (!core) return static_cast<Result<Core>&&>(core).error();
        Intake out{static_cast<Judge&&>(judge)};
        out.core_.emplace(static_cast<Core&&>(*core));
        return out;
    }

    /// Removes the entry at hand and goes on to the next; null at the end of the pass. The value lives until the next
    /// call.
    [[nodiscard]] Taken<T>* next() {
        taken_.reset();
        if (!core_ || !core_->next({this, &Intake::call})) return nullptr;
        taken_.emplace(Taken<T>{core_->id(), core_->name(), static_cast<T&&>(*value_)});
        value_.reset();
        return &*taken_;
    }

    struct End {};

    class Iterator {
    public:
        using value_type = Taken<T>;
        using difference_type = std::ptrdiff_t;

        Iterator() noexcept = default;
        [[nodiscard]] Taken<T>& operator*() const noexcept { return *taken_; }
        [[nodiscard]] Taken<T>* operator->() const noexcept { return taken_; }
        Iterator& operator++() {
            taken_ = intake_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] friend bool operator==(const Iterator& one, const End&) noexcept { return one.taken_ == nullptr; }

    private:
        friend class Intake;
        Iterator(Intake& intake, Taken<T>* taken) noexcept : intake_{&intake}, taken_{taken} {}

        Intake* intake_ = nullptr;
        Taken<T>* taken_ = nullptr;
    };

    /// The entry at hand when the last loop was left, else the first one.
    [[nodiscard]] Iterator begin() {
        const bool at_hand = core_ && core_->has_current() && taken_;
        return {*this, at_hand ? &*taken_ : next()};
    }
    [[nodiscard]] End end() const noexcept { return {}; }

private:
    // Of a type that depends on T, so that only who takes entries compiles it.
    using Core = detail::IntakeCore<std::void_t<T>>;

    template <class U, class J>
    friend Intake<U, J> intake(const IntakeOptions& options, J judge);

    explicit Intake(Judge judge) : judge_{static_cast<Judge&&>(judge)} {}

    static detail::IntakeOutcome call(void* self, const IntakeEntry& entry, Error& why) {
        Intake& intake = *static_cast<Intake*>(self);
        IntakeVerdict<T> verdict = intake.judge_(entry);
        intake.value_ = static_cast<std::optional<T>&&>(verdict.value_);
        if (verdict.outcome_ == detail::IntakeOutcome::corrupt) why = static_cast<Error&&>(verdict.why_);
        return verdict.outcome_;
    }

    Judge judge_;
    std::optional<Core> core_;
    std::optional<T> value_;
    std::optional<Taken<T>> taken_;
};

/// Takes the entries out of a directory whose writers are not trusted, each once, and yields what is read of them.
///
///     struct Job { std::string repository; int code; };
///     for (auto& job : notch::intake<Job>({.path = "spool", .quarantine = {.path = "quarantine"}}))
///         recorder.record(JobDone{.id = job.id, .repository = job->repository});
///
/// An entry is a file, or with IntakeOptions::files a directory of files. `judge`, called with a const IntakeEntry&,
/// makes a value of what was read, or says that the entry is corrupt, to be left, or to be cleaned up; it may be called
/// twice for an entry that changes. Without it the JSON in the entry, or in the first of its files, is read by
/// from_json.
///
/// Each entry belongs to one extractor, of any number in any number of processes: it is renamed into a private
/// directory, removed when the loop moves on, and taken over by another extractor when its own dies or leaves the loop.
/// So it may come again, with the same id, but is never lost, and never half of it. Between the value and its removal
/// nothing is flushed for you: flush what you record before you move on if it must survive.
///
/// Nothing that a writer does makes it leave the directory, block or take memory beyond twice the limits, or keeps it
/// from the other entries. Corrupt entries (refused files, too large ones, errors of the judge) go to the quarantine,
/// with the bytes that were read, at least once. Links, devices and FIFOs are no entries; nor are files with a dot in
/// front. An entry on a mount of its own cannot be claimed. Needs the right to write in the directory, and to move and
/// remove what is in it.
///
/// Errors go to IntakeOptions::on_error; when the directory cannot be opened, the loop ends at once. Intake::open
/// returns that error.
template <class T, class Judge = detail::ReadIntake<T>>
[[nodiscard]] Intake<T, Judge> intake(const IntakeOptions& options, Judge judge = {}) {
    Intake<T, Judge> out{static_cast<Judge&&>(judge)};
    using Core = typename Intake<T, Judge>::Core;
    Result<Core> core = Core::open(options);
    if (core) out.core_.emplace(static_cast<Core&&>(*core));
    else options.on_error(core.error());
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif
