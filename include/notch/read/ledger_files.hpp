// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_FILES_HPP
#define NOTCH_READ_LEDGER_FILES_HPP

#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_identity.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "directory.hpp"
#include "file.hpp"
#include "ledger_names.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The files of a ledger, the oldest first, while a rotation may be renaming them. Where the reader stands is known by the file
// that it has open, never by a name: what comes next is what stands behind that file in the directory now.

namespace notch::inline NOTCH_ABI::detail {

/// How the files of a ledger are found and opened.
struct LedgerOpening {
    bool rotated = true;
    bool follow_links = false;
};

/// A file of the ledger as the directory shows it.
struct LedgerEntry {
    std::string name{};
    FileIdentity identity{};
    bool packed = false;
};

/// Regular, and with one name: a second one may be anywhere, so that this may be anybody's file. One that was removed is still
/// the ledger's.
inline Result<void> check_ledger_file(const FileStatus& status, const FilePlace& place, bool follow_links) {
    if (status.kind != FileKind::regular) return refusal(place, "a regular file", words_for(status.kind));
    if (status.links > 1 && !follow_links) return refusal(place, "a regular file with one link", links_found(status.links));
    return {};
}

inline Result<File> open_ledger_file(const std::string& path, bool follow_links) {
    const FilePlace place{{}, path};
    if (path.find('\0') != std::string::npos) return refusal(place, "the path of a file", "a path with a NUL byte");
    if (is_special_part(last_part(path))) return refusal(place, "the path of a file", "the path of a directory");
    Opened opened = open_part(AT_FDCWD, path.c_str(), follow_links ? open_to_read & ~O_NOFOLLOW : open_to_read);
    if (opened.error != 0) return open_error(place, "a regular file", opened.error);
    FileStatus status;
    if (const int number = find_status(opened.file.descriptor(), status); number != 0) return status_error(place, number);
    if (Result<void> kind = check_ledger_file(status, place, follow_links); !kind) return kind.error();
    return static_cast<File&&>(opened.file);
}

/// Goes through the files of a ledger.
class LedgerFiles {
public:
    LedgerFiles(std::string_view path, LedgerOpening opening)
        : prefix_{path.substr(0, path.size() - last_part(path).size())}, base_{last_part(path)}, opening_{opening} {}

    [[nodiscard]] const File& file() const noexcept { return file_; }
    /// Path of the file that is open, as it was called when it was opened.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Opens the file behind the one that is open: true when there is one. Files that cannot be read are passed over and told in
    /// `refused`. An error ends it: the directory cannot be listed, or there is no file at all.
    Result<bool> next(std::vector<Error>& refused) noexcept {
        NOTCH_INTERNAL_TRY { return open_next(refused); }
        NOTCH_INTERNAL_CATCH_ALL { return out_of_memory(); }
    }

    /// Whether another file stands behind the one that is open.
    Result<bool> has_next() noexcept {
        NOTCH_INTERNAL_TRY {
            Result<std::vector<LedgerEntry>> entries = list();
            if (!entries) return entries.error();
            return behind(*entries) != nullptr;
        }
        NOTCH_INTERNAL_CATCH_ALL { return out_of_memory(); }
    }

private:
    static constexpr int most_tries = 100;

    Result<bool> open_next(std::vector<Error>& refused) {
        for (int tries = 0; tries < most_tries; ++tries) {
            const Result<std::vector<LedgerEntry>> entries = list();
            if (!entries) return seen_.empty() ? why_nothing(entries.error()) : entries.error();
            for (const LedgerEntry* entry = behind(*entries); entry != nullptr; entry = behind(*entries)) {
                const Step step = open(*entry, refused);
                if (step == Step::opened) return true;
                if (step == Step::changed) break;
            }
            if (behind(*entries) != nullptr) continue;
            if (!seen_.empty()) return false;
            const Error none = why_nothing({});
            if (none.code != ErrorCode::failed) return none;
        }
        return false;  // renamed every time: what is left is read by whoever asks again
    }

    /// What opening the file itself says, or `otherwise` when it can be opened.
    [[nodiscard]] Error why_nothing(const Error& otherwise) const {
        const Result<File> file = open_ledger_file(prefix_ + base_, opening_.follow_links);
        return file ? otherwise : file.error();
    }

    enum class Step : std::uint8_t { opened, passed_over, changed };

    /// Opens what comes next, if it still does then: a rotation meanwhile may have put another file before it.
    Step open(const LedgerEntry& entry, std::vector<Error>& refused) {
        std::string path = prefix_ + entry.name;
        if (entry.packed) return pass_over(entry, refusal({{}, path}, "a ledger as it was written", "a compressed file"), refused);
        Result<File> file = open_ledger_file(path, opening_.follow_links);
        if (!file && file.error().os_error == ENOENT) return Step::changed;
        if (!file) return pass_over(entry, file.error(), refused);
        FileIdentity identity;
        if (find_identity(file->descriptor(), "", opening_.follow_links, identity) != 0) return Step::changed;
        const Result<std::vector<LedgerEntry>> after = list();
        const LedgerEntry* const again = after ? behind(*after) : nullptr;
        if (identity != entry.identity || again == nullptr || again->identity != identity) return Step::changed;
        seen_.push_back(identity);
        file_ = static_cast<File&&>(*file);
        path_ = std::move(path);
        return Step::opened;
    }

    /// Goes on behind a file that cannot be read.
    Step pass_over(const LedgerEntry& entry, Error error, std::vector<Error>& refused) {
        seen_.push_back(entry.identity);
        refused.push_back(static_cast<Error&&>(error));
        return Step::passed_over;
    }

    /// The files as they are now, the oldest first.
    [[nodiscard]] Result<std::vector<LedgerEntry>> list() const {
        std::vector<std::string> names;
        if (opening_.rotated) {
            const Result<Directory> directory = Directory::open(prefix_.empty() ? "./" : prefix_);
            if (!directory) return directory.error();
            Result<DirectoryNames> all = directory->names();
            if (!all) return all.error();
            for (Result<std::string_view> name = all->next(); !name || !name->empty(); name = all->next()) {
                if (!name) return name.error();
                if (read_ledger_name(*name, base_).age != LedgerName::Age::foreign) insert_sorted(names, *name);
            }
        } else {
            names.emplace_back(base_);
        }
        return identified(names);
    }

    void insert_sorted(std::vector<std::string>& names, std::string_view name) const {
        const LedgerName own = read_ledger_name(name, base_);
        std::size_t low = 0;
        for (std::size_t high = names.size(); low < high;) {
            const std::size_t middle = low + (high - low) / 2;
            if (is_older(own, read_ledger_name(names[middle], base_))) high = middle;
            else low = middle + 1;
        }
        names.emplace(names.begin() + static_cast<std::ptrdiff_t>(low), name);
    }

    [[nodiscard]] std::vector<LedgerEntry> identified(std::vector<std::string>& names) const {
        std::vector<LedgerEntry> out;
        out.reserve(names.size());
        for (std::string& name : names) {
            FileIdentity identity;
            if (find_identity(AT_FDCWD, (prefix_ + name).c_str(), opening_.follow_links, identity) != 0) continue;
            const bool packed = read_ledger_name(name, base_).packed;
            out.push_back({std::move(name), identity, packed});
        }
        return out;
    }

    [[nodiscard]] bool was_seen(const FileIdentity& identity) const noexcept {
        for (std::size_t i = seen_.size(); i != 0; --i)
            if (seen_[i - 1] == identity) return true;
        return false;
    }

    /// The oldest file behind the last one; when that is gone, the oldest that was not read. Null when there is none.
    [[nodiscard]] const LedgerEntry* behind(const std::vector<LedgerEntry>& entries) const noexcept {
        std::size_t at = 0;
        for (std::size_t i = 0; i < entries.size() && !seen_.empty(); ++i)
            if (entries[i].identity == seen_.back()) at = i + 1;
        for (; at < entries.size(); ++at)
            if (!was_seen(entries[at].identity)) return &entries[at];
        return nullptr;
    }

    std::string prefix_;
    std::string base_;
    LedgerOpening opening_;
    File file_{};
    std::string path_{};
    std::vector<FileIdentity> seen_{};  // read, or passed over; the last one is where the reader stands
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
