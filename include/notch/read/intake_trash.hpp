// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_INTAKE_TRASH_HPP
#define NOTCH_READ_INTAKE_TRASH_HPP

#include "../base/error.hpp"
#include "../base/handler.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_read.hpp"
#include "../config.hpp"
#include "directory.hpp"
#include "quarantine_store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Removes trees whose writers may still be changing them. A tree becomes garbage by one rename, so that it is never
// seen half removed. Then each directory's files are unlinked and its directories moved up, beside it: any depth takes
// the same memory and two descriptors, and no step ever goes back to where a writer could have moved things.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::string_view gone_prefix = ".gone-";    // to be removed
inline constexpr std::string_view stuck_prefix = ".stuck-";  // could not be; tried again by the next owner

constexpr bool is_trash_name(std::string_view name) noexcept {
    return name.starts_with(gone_prefix) || name.starts_with(stuck_prefix);
}

class IntakeTrash {
public:
    /// Moves what stands under a name to the trash in `own`, a private directory: from here on it is gone. The errno,
    /// or 0.
    int take(int from, const char* name, int own) {
        int error = EEXIST;
        while (error == EEXIST || error == ENOTEMPTY) {
            last_ = next_name(gone_prefix);
            error = move_name(from, name, own, last_.c_str());
        }
        if (error == 0) ++waiting_;
        return error;
    }

    /// Removes what is in the trash. What cannot be removed is reported, once for each, and set aside. Stops after so
    /// many names that a writer who goes on making them cannot go on for ever; the next call goes on.
    void clear(int own, const std::string& path, const ErrorHandler& on_error) {
        constexpr std::size_t most_names = 100'000;
        left_ = most_names;
        if (waiting_ == 0) return;
        if (waiting_ == 1) {  // as nearly always: no need to look for it
            waiting_ = 0;
            const std::string only = static_cast<std::string&&>(last_);
            const int number = remove(own, only.c_str(), path, on_error);
            if (number == 0 && waiting_ == 0 && left_ != 0) return;
        }
        waiting_ = 2;  // unless all are found and removed
        bool found = true;
        while (found && left_ != 0) {
            found = false;
            NameStream names;
            int number = names.open(own);
            while (number == 0 && left_ != 0) {
                const char* const name = names.next(number);
                if (name == nullptr) break;
                if (!std::string_view{name}.starts_with(gone_prefix)) continue;
                found = true;
                number = remove(own, name, path, on_error);
            }
            if (number != 0) return report(number, path, on_error);
        }
        if (!found) waiting_ = 0;
    }

private:
    static void report(int number, const std::string& path, const ErrorHandler& on_error) {
        on_error(os_error(ErrorCode::read_failed, printable(path), "the names of what is to be removed", number));
    }

    std::string next_name(std::string_view prefix) {
        std::string out{prefix};
        append_padded(out, counter_++, time_digits, 10);
        return out;
    }

    // Returns an errno only when going on is useless: what can be neither removed nor set aside would be found again
    // and again.
    int remove(int own, const char* name, const std::string& path, const ErrorHandler& on_error) {
        int error = remove_file(own, name);
        if (error == EISDIR || error == EPERM) error = remove_directory(own, name);
        if (error == 0 || error == ENOENT || left_ == 0) return 0;
        on_error(
            os_error(ErrorCode::write_failed, FilePlace{path, name}.text(), "an entry that can be removed", error));
        return move_name(own, name, own, next_name(stuck_prefix).c_str());
    }

    int remove_directory(int own, const char* name) {
        int error = 0;
        for (int tries = 0; tries < 3; ++tries) {  // its writer may have made another file meanwhile
            error = empty_directory(own, name);
            if (error == 0) error = remove_directory_at(own, name);
            if (error != ENOTEMPTY) break;
        }
        return error;
    }

    static Opened open_for_removal(int own, const char* name) {
        Opened out = open_own_directory_at(own, name);
        if (out.error == EACCES && set_mode_at(own, name, 0700) == 0) out = open_own_directory_at(own, name);
        if (out.error != 0) return out;
        FileStatus status;
        if (find_status(out.file.descriptor(), status) == 0 && status.owner == own_user() &&
            (status.mode & 0700U) != 0700U)
            set_mode(out.file.descriptor(), 0700);
        return out;
    }

    /// The first errno, after having tried everything in it.
    int empty_directory(int own, const char* name) {
        const Opened directory = open_for_removal(own, name);
        if (directory.error != 0) return directory.error;
        NameStream names;
        int number = names.open(directory.file.descriptor());
        if (number != 0) return number;
        int first = 0;
        while (left_ != 0) {
            const char* const inner = names.next(number);
            if (inner == nullptr) break;
            --left_;
            const int error = remove_inner(directory.file.descriptor(), inner, own);
            if (first == 0 && error != ENOENT) first = error;
        }
        return first != 0 ? first : number;
    }

    int remove_inner(int directory, const char* inner, int own) {
        int error = remove_file(directory, inner);
        if (error != EISDIR && error != EPERM) return error;
        const int told = error;
        error = take(directory, inner, own);
        if (error == EACCES && set_mode_at(directory, inner, 0700) == 0) error = take(directory, inner, own);
        return error == 0 || told == EISDIR ? error : told;
    }

    std::string last_;          // the name of what was taken last
    std::size_t waiting_ = 0;   // how much was taken and is not removed; more than one: look for it
    std::uint64_t counter_ = 0;
    std::size_t left_ = 0;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
