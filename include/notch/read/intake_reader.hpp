// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_INTAKE_READER_HPP
#define NOTCH_READ_INTAKE_READER_HPP

#include "../base/error.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/limits.hpp"
#include "directory.hpp"
#include "file.hpp"
#include "intake_entry.hpp"
#include "quarantine.hpp"
#include "quarantine_store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace notch::inline NOTCH_ABI::detail {

/// Reads an entry's files, all within limits and beneath a directory, and keeps them in the quarantine.
template <class>
class IntakeReader {
public:
    /// Reads the entry that stands at `place` beneath the directory. The outcome is `value` when nothing was refused,
    /// `corrupt` when its writer made something of it that is not read, and `leave` when the system failed; the last
    /// two with the reason.
    static IntakeOutcome load(const Directory& directory, std::string_view place, const IntakeOptions& options,
                              IntakeEntry& entry, Error& why) {
        entry.limits_ = options.limits;
        entry.files_.clear();
        entry.whole_ = true;
        if (options.files.empty()) return load_file(directory, std::string{place}, "", entry, why);
        for (const std::string& file : options.files) {
            const IntakeOutcome outcome = load_file(directory, std::string{place} + "/" + file, file, entry, why);
            if (outcome == IntakeOutcome::leave) return outcome;
        }
        return entry.whole_ ? IntakeOutcome::value : IntakeOutcome::corrupt;
    }

    static IntakeEntry named(std::string base, std::string name) {
        IntakeEntry out;
        out.base_ = static_cast<std::string&&>(base);
        out.name_ = static_cast<std::string&&>(name);
        return out;
    }

    static bool is_same(const IntakeEntry& one, const IntakeEntry& other) {
        return one.whole_ && other.whole_ && one.files_ == other.files_;
    }

    static std::uint64_t hash_of(const IntakeEntry& entry) {
        std::string all = entry.name_;
        for (const auto& file : entry.files_) {
            all += '\0';
            append_padded(all, hash_text(file.bytes), 16, 16);
        }
        return hash_text(all);
    }

    /// Keeps each file that was read under a name of the quarantine's own, all with the same reason; without one, the
    /// reason alone.
    static Result<void> keep(Quarantine& quarantine, const IntakeEntry& entry, const Error& why) {
        bool any = false;
        for (const auto& file : entry.files_) {
            if (!file.there) continue;
            any = true;
            const std::string source = file.name.empty() ? entry.name_ : entry.name_ + "/" + file.name;
            Result<std::string> kept = quarantine.keep(source, file.bytes, why, file.size);
            if (!kept) return static_cast<Result<std::string>&&>(kept).error();
        }
        if (any) return {};
        Result<std::string> kept = quarantine.keep(entry.name_, {}, why);
        return kept ? Result<void>{} : Result<void>{static_cast<Result<std::string>&&>(kept).error()};
    }

private:
    static IntakeOutcome load_file(const Directory& directory, const std::string& place, const std::string& name,
                                   IntakeEntry& entry, Error& why) {
        IntakeEntry::File& file = entry.files_.emplace_back();
        file.name = name;
        Result<std::string> text = read_text(directory, place, entry.limits_);
        if (text) {
            file.bytes = static_cast<std::string&&>(*text);
            file.size = file.bytes.size();
            file.there = true;
            return IntakeOutcome::value;
        }
        if (text.error().code == ErrorCode::open_failed && text.error().os_error == ENOENT && !name.empty())
            return IntakeOutcome::value;
        return refuse(directory, place, file, entry, static_cast<Result<std::string>&&>(text).error(), why);
    }

    static IntakeOutcome refuse(const Directory& directory, const std::string& place, IntakeEntry::File& file,
                                IntakeEntry& entry, Error error, Error& why) {
        const bool by_system = error.code != ErrorCode::refused && error.code != ErrorCode::limit;
        error.place = entry.place(file.name);
        if (by_system || entry.whole_) why = static_cast<Error&&>(error);
        entry.whole_ = false;
        if (by_system) return IntakeOutcome::leave;
        keep_start(directory, place, entry.limits_, file);
        return IntakeOutcome::corrupt;
    }

    /// What there is of a file that is too large, or does not keep still, for the quarantine.
    static void keep_start(const Directory& directory, const std::string& place, const Limits& limits,
                           IntakeEntry::File& file) {
        Result<std::string> start = read_start(directory, place, limits.max_bytes);
        if (!start) return;
        file.bytes = static_cast<std::string&&>(*start);
        file.size = file.bytes.size();
        file.there = true;
        const Result<File> opened = directory.open_file(place);
        FileStatus status;
        if (opened && find_status(opened->descriptor(), status) == 0) file.size = status.size;
    }
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
