// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LEDGER_ROTATION_HPP
#define NOTCH_SINK_LEDGER_ROTATION_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/plain_list.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_read.hpp"
#include "../base/text_store.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "file_options.hpp"
#include "ledger_file.hpp"
#include "ledger_names.hpp"
#include "ledger_path.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// Rotation: the ledger is renamed while its lock is held, and whoever has waited for that lock finds, when he has it, that the path
// stands for another file. So one process rotates, the others follow, and no line goes astray; a lock file of its own is not needed.

namespace notch::inline NOTCH_ABI::detail {

/// What became of a rotation: a file can be renamed and still something go wrong after it.
struct Rotation {
    bool renamed = false;
    std::optional<Error> error{};
};

/// Files of a ledger that notch has rotated.
class RotatedFiles {
public:
    RotatedFiles(int directory, const std::string& base) : directory_{directory}, base_{base} {}

    /// The errno, or 0.
    int find(bool sizes) {
        return for_each_ledger_name(directory_, base_, [&](std::string_view name, const LedgerName& read) {
            const std::int64_t time = rotation_time_of_name(name, read, base_);
            if (time >= 0) add(std::string{name}, time, sizes);
        });
    }

    void add(const std::string& name, std::int64_t time, bool sizes) {
        FileStatus status;
        if (sizes && find_status_at(directory_, name.c_str(), status) != 0) return;  // removed by another process
        newest_ = time > newest_ ? time : newest_;
        bytes_ += status.size;
        files_.push_back({&names_.add(name), time, status.size});
    }

    [[nodiscard]] std::int64_t newest() const noexcept { return newest_; }

    /// Removes the oldest until the rest is what is to be kept; the errno of the first that could not be removed, or 0.
    int remove_old(const FileOptions& options, std::int64_t now) {
        int error = 0;
        while (files_.size() > 1) {
            const std::size_t oldest = find_oldest();
            if (!is_too_much(options, now - files_[oldest].time)) break;
            const int one = remove_file(directory_, files_[oldest].name->c_str());
            if (one != 0 && one != ENOENT && error == 0) error = one;
            bytes_ -= files_[oldest].size;
            if (oldest != files_.size() - 1) files_[oldest] = files_.back();
            files_.pop_back();
        }
        return error;
    }

private:
    struct Entry {
        const std::string* name;
        std::int64_t time;
        std::uint64_t size;
    };

    [[nodiscard]] std::size_t find_oldest() const noexcept {
        std::size_t oldest = 0;
        for (std::size_t i = 1; i < files_.size(); ++i)
            if (files_[i].time < files_[oldest].time) oldest = i;
        return oldest;
    }
    [[nodiscard]] bool is_too_much(const FileOptions& options, std::int64_t age) const noexcept {
        if (options.keep_files != 0 && files_.size() > options.keep_files) return true;
        if (options.keep_bytes != 0 && bytes_ > options.keep_bytes) return true;
        return options.keep_age.count() > 0 && age > options.keep_age.count() / 1'000;
    }

    int directory_;
    const std::string& base_;
    TextStore names_;
    PlainList<Entry> files_{};
    std::int64_t newest_ = -1;
    std::uint64_t bytes_ = 0;
};

NOTCH_INTERNAL_COLD inline Error rotation_error(const FileOptions& options, const char* expected, int number) {
    return os_error(ErrorCode::write_failed, "rotate " + options.path, expected, number);
}

/// Renames it to the first free name from that time on.
inline int give_rotated_name(int directory, const std::string& base, std::int64_t& time) {
    constexpr int most_tries = 100;
    for (int tries = 1;; ++tries, ++time) {
        const std::string name = rotated_name(base, rotation_stamp(time));
        const int error = move_to_free_name(directory, base.c_str(), directory, name.c_str());
        if (error != EEXIST || tries == most_tries) return error;
    }
}

/// Renames the ledger, whose lock is held, and removes what is not to be kept. Never overwrites a file, and leaves this one as it is
/// when it cannot be renamed.
inline Rotation rotate_ledger(const FileOptions& options, const LedgerFile& ledger, std::int64_t now) {
    const LedgerPath place{options.path};
    const Opened opened = place.open();
    if (opened.error != 0) return {false, rotation_error(options, "its directory to open", opened.error)};
    const int directory = opened.file.descriptor();
    RotatedFiles files{directory, place.name};
    const bool sizes = options.keep_bytes != 0;
    if (const int error = files.find(sizes); error != 0) return {false, rotation_error(options, "its directory to be read", error)};

    FileStatus status;
    int error = find_status_at(directory, place.name.c_str(), status);
    if (error == 0 && !ledger.is(status)) {
        Error other = rotation_error(options, "the ledger itself under its name", 0);
        other.code = ErrorCode::refused;
        other.found = status.kind == FileKind::symbolic_link ? "a symbolic link" : "another file";
        return {false, static_cast<Error&&>(other)};
    }
    std::int64_t time = now > files.newest() ? now : files.newest() + 1;  // also when the clock was set back
    if (error == 0) error = give_rotated_name(directory, place.name, time);
    if (error != 0) return {false, rotation_error(options, "a new name for it", error)};
    files.add(rotated_name(place.name, rotation_stamp(time)), time, sizes);
    error = files.remove_old(options, now);
    if (error != 0) return {true, rotation_error(options, "the oldest files removed", error)};
    return {true, {}};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
