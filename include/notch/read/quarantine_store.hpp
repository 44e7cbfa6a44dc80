// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_QUARANTINE_STORE_HPP
#define NOTCH_READ_QUARANTINE_STORE_HPP

#include "../base/error.hpp"
#include "../base/hash.hpp"
#include "../base/plain_list.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../base/text_store.hpp"
#include "../config.hpp"
#include "directory.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The directory of a Quarantine. All its changes are made under a lock, so whoever has it knows that a draft, or a reason
// without its file, was left by a process that died, and may remove it.

namespace notch::inline NOTCH_ABI::detail {

// ---- names: TIME-COUNTER-HASH, and the same with .json -----------------------------------------------------------------

inline constexpr std::size_t time_digits = 19;  // of any positive 64-bit count
inline constexpr std::size_t counter_digits = 6;
inline constexpr std::uint32_t counters = 1'000'000;
inline constexpr std::size_t hash_digits = 16;
inline constexpr std::size_t kept_name_size = time_digits + 1 + counter_digits + 1 + hash_digits;
inline constexpr std::string_view reason_suffix = ".json";
inline constexpr std::string_view draft_prefix = ".new-";

inline void append_padded(std::string& out, std::uint64_t value, std::size_t digits, std::uint64_t base) {
    const std::size_t begin = out.size();
    out.resize(begin + digits);
    for (std::size_t i = digits; i-- > 0; value /= base) out[begin + i] = "0123456789abcdef"[value % base];
}

inline std::string kept_name(std::uint64_t microseconds, std::uint32_t counter, std::uint64_t hash) {
    std::string out;
    append_padded(out, microseconds, time_digits, 10);
    out += '-';
    append_padded(out, counter, counter_digits, 10);
    out += '-';
    append_padded(out, hash, hash_digits, 16);
    return out;
}

constexpr bool is_kept_name(std::string_view name) noexcept {
    if (name.size() != kept_name_size) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool dash = i == time_digits || i == time_digits + 1 + counter_digits;
        const bool letter = i > time_digits + 1 + counter_digits && c >= 'a' && c <= 'f';
        if (dash ? c != '-' : !letter && (c < '0' || c > '9')) return false;
    }
    return true;
}

constexpr std::string_view without_suffix(std::string_view name, std::string_view suffix) noexcept {
    return name.substr(0, name.ends_with(suffix) ? name.size() - suffix.size() : name.size());
}
constexpr bool is_reason_name(std::string_view name) noexcept {
    return name.ends_with(reason_suffix) && is_kept_name(without_suffix(name, reason_suffix));
}
constexpr bool is_draft_name(std::string_view name) noexcept {
    return name.starts_with(draft_prefix) && is_kept_name(without_suffix(name.substr(draft_prefix.size()), reason_suffix));
}

constexpr std::uint64_t time_of(std::string_view kept) noexcept {
    std::uint64_t out = 0;
    for (const char c : kept.substr(0, time_digits)) out = out * 10 + static_cast<std::uint64_t>(c - '0');
    return out;
}

// ---- one file on its way ------------------------------------------------------------------------------------------------

/// A file that is written under a draft's name and then linked to its own. What is not settled is removed again.
class Draft {
public:
    Draft(int directory, std::string name) : directory_{directory}, name_{static_cast<std::string&&>(name)} {
        draft_ = std::string{draft_prefix} + name_;
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() {
        if (written_) remove_file(directory_, draft_.c_str());
        if (published_ && !settled_) remove_file(directory_, name_.c_str());
    }

    // All return the errno, or 0.
    int write(std::string_view bytes) {
        const Opened made = make_file(directory_, draft_.c_str(), 0600);
        if (made.error != 0) return made.error;
        written_ = true;
        const int error = set_mode(made.file.descriptor(), 0600);
        if (error != 0) return error;
        const WriteOutcome outcome = write_bytes(made.file.descriptor(), bytes);
        return outcome.error != 0 ? outcome.error : sync_to_disk(made.file.descriptor());
    }
    int publish() noexcept {
        const int error = link_file(directory_, draft_.c_str(), name_.c_str());
        if (error != 0) return error;
        published_ = true;
        written_ = remove_file(directory_, draft_.c_str()) != 0;
        return 0;
    }
    void settle() noexcept { settled_ = true; }

private:
    int directory_;
    std::string name_;
    std::string draft_;
    bool written_ = false;
    bool published_ = false;
    bool settled_ = false;
};

// ---- the directory ------------------------------------------------------------------------------------------------------

struct QuarantineCaps {
    std::size_t files = 0;
    std::uint64_t bytes = 0;
    std::int64_t age_seconds = 0;
};

class QuarantineStore {
public:
    [[nodiscard]] static Result<QuarantineStore> open(const std::string& path) {
        const int made = make_directory(path.c_str(), 0700);
        if (made != 0 && made != EEXIST) return open_error({{}, path}, "a directory that is there or can be made", made);
        Opened opened = open_own_directory(path.c_str());
        if (opened.error != 0) return open_error({{}, path}, "a directory", opened.error);
        QuarantineStore out{path, static_cast<File&&>(opened.file)};
        if (Result<void> done = out.make_private(); !done) return done.error();
        if (made == 0) sync_name_of_directory(out.descriptor());  // best effort: the directory is made again when it is gone
        Opened lock = open_lock_file(out.descriptor(), ".lock");
        if (lock.error != 0) return open_error({path, ".lock"}, "a lock file", lock.error);
        out.lock_ = static_cast<File&&>(lock.file);
        return out;
    }

    /// Others wait from here on until unlock.
    [[nodiscard]] Result<void> lock() const {
        const int error = lock_exclusively(lock_.descriptor(), 10'000'000'000);
        if (error == 0) return {};
        return os_error(ErrorCode::failed, text_of(".lock"), "the lock of the quarantine", error);
    }
    void unlock() const noexcept { detail::unlock(lock_.descriptor()); }

    /// Removes what a killed process left, what is too old at `now`, and the oldest until another file of `more` bytes fits. Locked.
    [[nodiscard]] Result<void> evict(const QuarantineCaps& caps, std::uint64_t now, std::size_t more_files,
                                     std::uint64_t more_bytes) const {
        TextStore names;
        PlainList<Kept> files;
        if (Result<void> done = survey(names, files); !done) return done;
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < files.size();) {
            if (now > time_of(*files[i].name) && is_over(caps, now - time_of(*files[i].name))) {
                if (Result<void> done = remove(files, i); !done) return done;
            } else {
                bytes += files[i++].bytes;
            }
        }
        while (!files.empty() && (files.size() + more_files > caps.files || bytes + more_bytes > caps.bytes)) {
            const std::size_t oldest = find_oldest(files);
            bytes -= files[oldest].bytes;
            if (Result<void> done = remove(files, oldest); !done) return done;
        }
        return {};
    }

    /// Keeps the bytes and the reason under a name that nothing has; that name. Locked.
    [[nodiscard]] Result<std::string> put(std::uint64_t now, std::uint32_t& counter, std::string_view bytes,
                                          std::string_view reason) const {
        const std::uint64_t hash = hash_text(bytes);
        constexpr int most_tries = 1'000;
        for (int tries = 1;; ++tries) {
            std::string name = kept_name(now, counter++ % counters, hash);
            const int error = put_pair(name, bytes, reason);
            if (error == 0) return name;
            if (error != EEXIST || tries == most_tries)
                return os_error(ErrorCode::write_failed, text_of(name), "a file with these bytes", error);
        }
    }

private:
    struct Kept {
        const std::string* name;
        std::uint64_t bytes;
    };

    QuarantineStore(std::string path, File directory) noexcept
        : path_{static_cast<std::string&&>(path)}, directory_{static_cast<File&&>(directory)} {}

    [[nodiscard]] int descriptor() const noexcept { return directory_.descriptor(); }
    [[nodiscard]] std::string text_of(std::string_view name) const { return FilePlace{path_, name}.text(); }
    [[nodiscard]] Error list_error(int number) const { return os_error(ErrorCode::read_failed, path_, "the names in a directory", number); }

    // Permissions are changed only where that cannot take away anything: on a directory with nothing in it.
    Result<void> make_private() const {
        FileStatus status;
        if (const int number = find_status(descriptor(), status); number != 0) return open_error({{}, path_}, "a directory", number);
        if (status.owner != own_user())
            return refusal({{}, path_}, "a directory of this user", "one of user " + std::to_string(status.owner));
        if (status.mode == 0700) return {};
        NameStream names;
        int number = names.open(descriptor());
        if (number != 0) return list_error(number);
        const bool empty = names.next(number) == nullptr && number == 0;
        if (!empty && (status.mode & 077U) != 0)
            return refusal({{}, path_}, "a directory that only its owner may enter (mode 0700), or an empty one",
                           "others' permissions on its files");
        if (empty) number = set_mode(descriptor(), 0700);
        if (number != 0) return open_error({{}, path_}, "a directory of mode 0700", number);
        return {};
    }

    static bool is_over(const QuarantineCaps& caps, std::uint64_t age) noexcept {
        return static_cast<std::int64_t>(age / 1'000'000) > caps.age_seconds;
    }

    static std::size_t find_oldest(const PlainList<Kept>& files) noexcept {
        std::size_t oldest = 0;
        for (std::size_t i = 1; i < files.size(); ++i)
            if (files[i].name->compare(*files[oldest].name) < 0) oldest = i;
        return oldest;
    }

    /// Lists what is kept; removes drafts, and reasons without a file.
    Result<void> survey(TextStore& kept, PlainList<Kept>& files) const {
        NameStream names;
        int number = names.open(descriptor());
        if (number != 0) return list_error(number);
        while (const char* const name = names.next(number)) {
            if (is_kept_name(name)) files.push_back({&kept.add(name), size_of(name) + size_of(std::string{name} + ".json")});
            else if (is_draft_name(name) || (is_reason_name(name) && !has_file(name))) remove_file(descriptor(), name);
        }
        return number == 0 ? Result<void>{} : list_error(number);
    }

    [[nodiscard]] std::uint64_t size_of(const std::string& name) const noexcept {
        FileStatus status;
        return find_status_at(descriptor(), name.c_str(), status) == 0 ? status.size : 0;
    }
    [[nodiscard]] bool has_file(std::string_view reason) const {
        FileStatus status;
        return find_status_at(descriptor(), std::string{without_suffix(reason, reason_suffix)}.c_str(), status) != ENOENT;
    }

    /// The file goes before its reason: a reason alone is known for a leftover.
    Result<void> remove(PlainList<Kept>& files, std::size_t index) const {
        const std::string& name = *files[index].name;
        files[index] = files.back();
        files.pop_back();
        int error = remove_file(descriptor(), name.c_str());
        if (error == 0 || error == ENOENT) error = remove_file(descriptor(), (name + ".json").c_str());
        if (error == 0 || error == ENOENT) return {};
        return os_error(ErrorCode::write_failed, text_of(name), "the oldest file removed", error);
    }

    /// The errno, or 0. The reason appears before the file: whoever sees the file finds its reason.
    [[nodiscard]] int put_pair(const std::string& name, std::string_view bytes, std::string_view reason) const {
        Draft why{descriptor(), name + ".json"};
        Draft file{descriptor(), name};
        int error = why.write(reason);
        if (error == 0) error = file.write(bytes);
        if (error == 0) error = why.publish();
        if (error == 0) error = file.publish();
        if (error == 0) error = sync_to_disk(descriptor());
        if (error != 0) return error;
        why.settle();
        file.settle();
        return 0;
    }

    std::string path_;
    File directory_;
    File lock_;
};

/// Holds the lock of a store while it lives, if it got it.
class QuarantineLock {
public:
    explicit QuarantineLock(const QuarantineStore& store) : store_{store}, got_{store.lock()} {}
    QuarantineLock(const QuarantineLock&) = delete;
    QuarantineLock& operator=(const QuarantineLock&) = delete;
    ~QuarantineLock() {
        if (got_) store_.unlock();
    }
    [[nodiscard]] const Result<void>& got() const noexcept { return got_; }

private:
    const QuarantineStore& store_;
    Result<void> got_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
