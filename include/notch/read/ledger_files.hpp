// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_FILES_HPP
#define NOTCH_READ_LEDGER_FILES_HPP

#include "../base/plain_list.hpp"
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
};

/// One of many: its name stands in its listing.
struct ListedFile {
    std::size_t name_begin = 0;
    std::size_t name_size = 0;
    FileIdentity identity{};
};

/// What the directory showed of the ledger.
class LedgerListing {
public:
    void add(std::string_view name, const FileIdentity& identity) {
        files_.push_back({names_.size(), name.size(), identity});
        names_ += name;
    }
    [[nodiscard]] const PlainList<ListedFile>& files() const noexcept { return files_; }
    [[nodiscard]] std::string_view name_of(const ListedFile& file) const noexcept {
        return std::string_view{names_}.substr(file.name_begin, file.name_size);
    }
    [[nodiscard]] bool operator==(const LedgerListing& other) const noexcept {
        if (files_.size() != other.files_.size() || names_ != other.names_) return false;
        for (std::size_t i = 0; i < files_.size(); ++i)
            if (files_[i].name_size != other.files_[i].name_size || files_[i].identity != other.files_[i].identity) return false;
        return true;
    }

private:
    std::string names_;
    PlainList<ListedFile> files_;
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
    Opened opened = open_part(working_directory, path.c_str(), follow_links ? open_to_read_through_links : open_to_read);
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
            const Result<LedgerEntry> entry = behind();
            if (!entry) return entry.error();
            return !entry->name.empty();
        }
        NOTCH_INTERNAL_CATCH_ALL { return out_of_memory(); }
    }

private:
    static constexpr int most_changes = 100;

    Result<bool> open_next(std::vector<Error>& refused) {
        for (int changes = 0; changes < most_changes;) {
            const Result<LedgerEntry> entry = behind();
            if (!entry) return seen_.empty() ? why_nothing(entry.error()) : entry.error();
            if (entry->name.empty() && !seen_.empty()) return false;
            const Step step = entry->name.empty() ? Step::changed : open(*entry, refused);
            if (step == Step::opened) return true;
            if (step == Step::passed_over) continue;
            ++changes;
            if (!seen_.empty()) continue;
            const Error none = why_nothing({});
            if (!none.expected.empty()) return none;
        }
        return false;  // renamed every time: what is left is read by whoever asks again
    }

    /// What opening the file itself says, or `otherwise` when it can be opened.
    [[nodiscard]] Error why_nothing(const Error& otherwise) const {
        const Result<File> file = open_ledger_file(prefix_ + base_, opening_.follow_links);
        return file ? otherwise : file.error();
    }

    enum class Step : std::uint8_t { opened, passed_over, changed };

    /// Opens what comes next, if the name still means that file.
    Step open(const LedgerEntry& entry, std::vector<Error>& refused) {
        std::string path = prefix_ + entry.name;
        if (read_ledger_name(entry.name, base_).packed)
            return pass_over(entry, refusal({{}, path}, "a ledger as it was written", "a compressed file"), refused);
        Result<File> file = open_ledger_file(path, opening_.follow_links);
        if (!file && !is_still(entry)) return Step::changed;
        if (!file) return pass_over(entry, file.error(), refused);
        FileIdentity identity;
        if (find_identity(file->descriptor(), "", opening_.follow_links, identity) != 0 || identity != entry.identity) return Step::changed;
        stand_at(entry);
        file_ = static_cast<File&&>(*file);
        path_ = std::move(path);
        return Step::opened;
    }

    /// Goes on behind a file that cannot be read.
    Step pass_over(const LedgerEntry& entry, Error error, std::vector<Error>& refused) {
        stand_at(entry);
        refused.push_back(static_cast<Error&&>(error));
        return Step::passed_over;
    }
    void stand_at(const LedgerEntry& entry) {
        seen_.push_back(entry.identity);
        name_ = entry.name;
    }

    /// What could not be opened may have been another file, or none, in the middle of a rotation.
    [[nodiscard]] bool is_still(const LedgerEntry& entry) const {
        FileIdentity identity;
        return identify(entry.name, identity) && identity == entry.identity;
    }
    /// A link to nothing is itself.
    [[nodiscard]] bool identify(std::string_view name, FileIdentity& out) const {
        std::string path = prefix_;
        path += name;
        if (find_identity(working_directory, path.c_str(), opening_.follow_links, out) == 0) return true;
        return opening_.follow_links && find_identity(working_directory, path.c_str(), false, out) == 0;
    }
    [[nodiscard]] bool was_seen(const FileIdentity& identity) const noexcept {
        for (std::size_t i = seen_.size(); i != 0; --i)
            if (seen_[i - 1] == identity) return true;
        return false;
    }

    // ---- what the directory says -----------------------------------------------------------------------------------

    /// Calls `visit(name)` for every file of the ledger, in any order.
    template <class Visit>
    [[nodiscard]] Result<void> for_each_name(Visit visit) const {
        if (!opening_.rotated) {
            visit(std::string_view{base_});
            return {};
        }
        const Result<Directory> directory = Directory::open(prefix_.empty() ? "./" : prefix_);
        if (!directory) return directory.error();
        Result<DirectoryNames> names = directory->names();
        if (!names) return names.error();
        for (Result<std::string_view> name = names->next(); !name || !name->empty(); name = names->next()) {
            if (!name) return name.error();
            if (read_ledger_name(*name, base_).age != LedgerName::Age::foreign) visit(*name);
        }
        return {};
    }

    /// One listing, in the directory's own order. What went away meanwhile has no identity.
    [[nodiscard]] Result<LedgerListing> list() const {
        LedgerListing out;
        Result<void> done = for_each_name([&](std::string_view name) {
            FileIdentity identity;
            if (!identify(name, identity)) identity = {};
            out.add(name, identity);
        });
        if (!done) return static_cast<Result<void>&&>(done).error();
        return out;
    }

    /// The files as they stood at one moment; none when they never stood still. A listing misses a file that is renamed while it is
    /// made, so it counts when the next one is equal: a rotation that hides a file from both has renamed others between them.
    [[nodiscard]] Result<LedgerListing> list_at_one_moment() const {
        Result<LedgerListing> before = list();
        for (int changes = 0; before && changes < most_changes; ++changes) {
            Result<LedgerListing> again = list();
            if (!again || *again == *before) return again;
            before = static_cast<Result<LedgerListing>&&>(again);
        }
        return before ? Result<LedgerListing>{LedgerListing{}} : static_cast<Result<LedgerListing>&&>(before);
    }

    /// Names that mean the same time or number stand in the order of their texts.
    [[nodiscard]] bool comes_before(std::string_view a, std::string_view b) const noexcept {
        const LedgerName a_age = read_ledger_name(a, base_);
        const LedgerName b_age = read_ledger_name(b, base_);
        if (is_older(a_age, b_age)) return true;
        return !is_older(b_age, a_age) && a < b;
    }

    /// The file at which the reader stands, or null when it is gone.
    [[nodiscard]] const ListedFile* current(const LedgerListing& listing) const noexcept {
        const ListedFile* out = nullptr;
        if (seen_.empty()) return out;
        for (const ListedFile& file : listing.files())
            if (file.identity == seen_.back() && (out == nullptr || listing.name_of(file) == name_)) out = &file;
        return out;
    }

    /// The oldest file that is newer than `from`, or than any when that is null; null when there is none.
    [[nodiscard]] const ListedFile* oldest_behind(const LedgerListing& listing, const ListedFile* from) const noexcept {
        const ListedFile* out = nullptr;
        for (const ListedFile& file : listing.files()) {
            const std::string_view name = listing.name_of(file);
            if ((from == nullptr || comes_before(listing.name_of(*from), name)) && (out == nullptr || comes_before(name, listing.name_of(*out))))
                out = &file;
        }
        return out;
    }

    /// The newest file has nothing behind it: what is asked again and again by whoever waits for more needs no list.
    [[nodiscard]] bool stands_at_newest() const {
        FileIdentity identity;
        return !seen_.empty() && name_ == base_ && identify(name_, identity) && identity == seen_.back();
    }

    /// The oldest file behind the one where the reader stands; when that is gone, the oldest that was not read. Without a name when
    /// there is none.
    [[nodiscard]] Result<LedgerEntry> behind() const {
        if (stands_at_newest()) return LedgerEntry{};
        const Result<LedgerListing> listing = list_at_one_moment();
        if (!listing) return listing.error();
        const ListedFile* at = oldest_behind(*listing, current(*listing));
        while (at != nullptr && (at->identity == FileIdentity{} || was_seen(at->identity))) at = oldest_behind(*listing, at);
        return at == nullptr ? LedgerEntry{} : LedgerEntry{std::string{listing->name_of(*at)}, at->identity};
    }

    std::string prefix_;
    std::string base_;
    LedgerOpening opening_;
    File file_{};
    std::string path_{};
    std::string name_{};                 // of the file where the reader stands, as it was called last
    PlainList<FileIdentity> seen_{};  // read, or passed over; the last one is where the reader stands
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
