// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_INTAKE_ENTRY_HPP
#define NOTCH_READ_INTAKE_ENTRY_HPP

#include "../base/error.hpp"
#include "../base/handler.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/decode.hpp"
#include "../json/limits.hpp"
#include "../json/read_types.hpp"
#include "directory.hpp"
#include "quarantine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// What an intake is told, what it hands to the function that judges an entry, and what that answers.

namespace notch::inline NOTCH_ABI {
namespace detail {

template <class = void>
class IntakeReader;

enum class IntakeOutcome : std::uint8_t { value, leave, clean_up, corrupt };

}  // namespace detail

/// What has become of an entry; each pass decides once for each, `yielded` and what follows it apart.
enum class IntakeDecision : std::uint8_t {
    ignored,      ///< IntakeOptions::ignore names it
    left,         ///< it stays where it is: as its judge wants, or `error` says why
    cleaned_up,   ///< there was nothing in it, and it was removed
    quarantined,  ///< `error` says what is wrong with it; the quarantine has it
    yielded,      ///< the loop has its value; `removed` or `kept` follows, unless the loop is left
    removed,      ///< the loop has moved on from it
    kept          ///< it should have been removed, or put away, and could not be, as `error` says; it comes again
};

/// One decision of an intake, as IntakeOptions::on_decision hears it.
///
///     .on_decision = [&](const notch::IntakeNotice& notice) { ++count[notice.decision]; }
struct IntakeNotice {
    IntakeDecision decision{};
    std::string_view name{};       ///< of the entry, as its writer has called it; lives during the call
    std::string_view id{};         ///< as in Taken; empty when the entry was not claimed
    const Error* error = nullptr;  ///< null when there is nothing wrong
};

/// Which directory an intake empties and by what rules.
///
///     for (auto& job : notch::intake<Job>({.path = "spool", .quarantine = {.path = "quarantine"}})) use(*job);
struct IntakeOptions {
    std::string path{};                   ///< the directory; trusted up to its last part, which must not be a link
    std::vector<std::string> files{};     ///< an entry is a directory with these files; none: an entry is a file
    Limits limits{};                      ///< for each file: max_bytes for what is read, all for what is parsed
    std::vector<std::string> ignore{};    ///< names of entries that are left alone
    QuarantineOptions quarantine{};       ///< where corrupt entries go; without a path they are reported and stay
    std::string claims{};                 ///< a private directory on this file system; empty: ".notch-intake" in it
    std::size_t max_entries = 1'000'000;  ///< taken in one pass, so that no writer can make it endless
    ErrorHandler on_error{};              ///< told of corrupt entries, and of what cannot be read, moved or removed
    Handler<IntakeNotice> on_decision{};  ///< told what becomes of each entry, on the thread of the loop
};

/// What becomes of an entry without a value and without an error.
enum class IntakeAnswer : std::uint8_t {
    leave,    ///< not ready yet, or somebody else's: it stays where it is
    clean_up  ///< nothing in it, and nothing will come: it is removed
};

/// An entry as the judging function sees it: what was read of it.
///
///     [](const notch::IntakeEntry& entry) -> notch::IntakeVerdict<Job> {
///         if (!entry.has("job.json")) return notch::IntakeAnswer::clean_up;
///         auto job = entry.read<Job>("job.json");          // from_json with the intake's limits
///         if (!job) return job.error();                     // to the quarantine
///         auto installed = entry.read<double>("installed");  // a number as text is JSON, too
///         ...
///
/// Lives while the function runs.
class IntakeEntry {
public:
    /// As its writer has called it; it may hold any byte but NUL and '/'.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Where it stands, or one of its files: the `place` of an error.
    [[nodiscard]] std::string place(std::string_view file = {}) const {
        const std::string entry = detail::FilePlace{base_, name_}.text();
        return file.empty() ? entry : entry + "/" + detail::printable(file);
    }

    /// Whether one of IntakeOptions::files was there.
    [[nodiscard]] bool has(std::string_view file) const noexcept { return find(file) != nullptr; }
    [[nodiscard]] bool has() const noexcept { return has(first()); }

    /// The bytes of a file; empty when it is absent. Without a name: of the entry that is a file itself, or of the
    /// first one.
    [[nodiscard]] std::string_view text(std::string_view file) const noexcept {
        const File* const found = find(file);
        return found == nullptr ? std::string_view{} : std::string_view{found->bytes};
    }
    [[nodiscard]] std::string_view text() const noexcept { return text(first()); }

    /// A value from the JSON in a file, by from_json with the intake's limits. Errors: those of from_json, with the
    /// file in `place`; missing_field when it is absent. T may hold no std::string_view.
    template <class T>
    [[nodiscard]] Result<T> read(std::string_view file) const {
        static_assert(!detail::borrows_text<T>,
                      "notch: this type has a std::string_view, and the text is gone when the entry is: use "
                      "std::string in the type");
        const File* const found = find(file);
        if (found == nullptr) return absent(file);
        if constexpr (!detail::borrows_text<T>) {
            Result<T> value = from_json<T>(found->bytes, limits_);
            if (value) return value;
            Error error = static_cast<Result<T>&&>(value).error();
            error.place = place(file);
            return error;
        } else {
            return Error{};
        }
    }
    template <class T>
    [[nodiscard]] Result<T> read() const {
        return read<T>(first());
    }

private:
    template <class>
    friend class detail::IntakeReader;

    struct File {
        std::string name;
        std::string bytes;
        std::uint64_t size = 0;  // of the file, of which `bytes` may be the start only
        bool there = false;
        bool operator==(const File&) const = default;
    };

    [[nodiscard]] std::string_view first() const noexcept {
        return files_.empty() ? std::string_view{} : std::string_view{files_.front().name};
    }
    [[nodiscard]] const File* find(std::string_view file) const noexcept {
        for (const File& one : files_)
            if (one.there && one.name == file) return &one;
        return nullptr;
    }
    [[nodiscard]] Error absent(std::string_view file) const {
        Error error;
        error.code = ErrorCode::missing_field;
        error.place = place(file);
        error.expected = "a file";
        error.found = "none";
        return error;
    }

    std::string base_;
    std::string name_;
    Limits limits_;
    std::vector<File> files_;
    bool whole_ = false;  // nothing was refused
};

/// What the judging function says of an entry: a value, an error for the quarantine, or an IntakeAnswer; converts from
/// each of them.
///
///     notch::IntakeVerdict<Job> judge(const notch::IntakeEntry& entry) {
///         if (!entry.has("job.json")) return notch::IntakeAnswer::leave;
///         return entry.read<Job>("job.json");  // a value, or an error
///     }
template <class T>
class IntakeVerdict {
public:
    IntakeVerdict(T value) : value_{static_cast<T&&>(value)}, outcome_{detail::IntakeOutcome::value} {}
    IntakeVerdict(Error why) : why_{static_cast<Error&&>(why)}, outcome_{detail::IntakeOutcome::corrupt} {}
    IntakeVerdict(IntakeAnswer answer)
        : outcome_{answer == IntakeAnswer::leave ? detail::IntakeOutcome::leave : detail::IntakeOutcome::clean_up} {}
    IntakeVerdict(Result<T> result) : outcome_{result ? detail::IntakeOutcome::value : detail::IntakeOutcome::corrupt} {
        if (result) value_.emplace(static_cast<T&&>(*result));
        else why_ = static_cast<Result<T>&&>(result).error();
    }

private:
    template <class, class>
    friend class Intake;

    std::optional<T> value_;
    Error why_;
    detail::IntakeOutcome outcome_;
};

/// A value that an intake yields: `*job` and `job->member` are the value. Lives until the loop moves on.
///
///     for (auto& job : intake) std::printf("%s: %s\n", job.id.c_str(), job->repository.c_str());
template <class T>
struct Taken {
    std::string id;    ///< the same whenever this entry comes again, and no other's
    std::string name;  ///< of the entry, as its writer has called it
    T value;

    [[nodiscard]] T& operator*() noexcept { return value; }
    [[nodiscard]] const T& operator*() const noexcept { return value; }
    [[nodiscard]] T* operator->() noexcept { return &value; }
    [[nodiscard]] const T* operator->() const noexcept { return &value; }
};

}  // namespace notch::inline NOTCH_ABI

#endif
