// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_INTAKE_CLAIMS_HPP
#define NOTCH_READ_INTAKE_CLAIMS_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/handler.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "directory.hpp"
#include "intake_trash.hpp"
#include "quarantine_store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Who has which entry. The directory of the claims is private to its user and holds
//
//     OWNER/             locked while its extractor lives; OWNER is made of the process's number and the time
//     OWNER/lock         held by the process itself: tells a dead extractor from a child of it that has inherited the other lock
//     OWNER/ID/NAME      a claim: the entry, under its own name; without NAME: one that has ended
//     OWNER/.gone-N      what is being removed
//
// Each step is one rename, so that whenever an extractor dies, each entry is in one place only. ID is made before the
// first claim and goes with the entry, so a repeat has the id of the first time.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr const char* owner_lock_name = "lock";
inline constexpr const char* claims_name = ".notch-intake";

// ---- names ---------------------------------------------------------------------------------------------------------

constexpr bool is_hex(std::string_view text) noexcept {
    for (const char c : text)
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
    return !text.empty();
}

/// Hexadecimal numbers of 16 digits with dashes between: an id has three, an owner two.
constexpr bool is_hex_row(std::string_view name, std::size_t numbers) noexcept {
    if (name.size() != numbers * 17 - 1) return false;
    for (std::size_t at = 0; at < name.size(); at += 17)
        if (!is_hex(name.substr(at, 16)) || (at != 0 && name[at - 1] != '-')) return false;
    return true;
}
constexpr bool is_intake_id(std::string_view name) noexcept { return is_hex_row(name, 3); }
constexpr bool is_owner_name(std::string_view name) noexcept { return is_hex_row(name, 2); }

inline std::string hex_row(const std::uint64_t* numbers, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) out += '-';
        append_padded(out, numbers[i], 16, 16);
    }
    return out;
}

/// The inode and its time tell an entry from all others of its file system; no writer can choose them. The hash of name
/// and content is for those that live within one tick of the file system's clock.
inline std::string intake_id(const FileStatus& status, std::uint64_t hash) {
    const auto time = static_cast<std::uint64_t>(status.changed.seconds) * 1'000'000'000 +
                      static_cast<std::uint64_t>(status.changed.nanoseconds);
    const std::uint64_t numbers[] = {time, status.inode, hash};
    return hex_row(numbers, 3);
}

inline std::string owner_name(std::uint64_t process, std::uint64_t time) {
    const std::uint64_t numbers[] = {process, time};
    return hex_row(numbers, 2);
}
inline bool is_owner_of_process(std::string_view name, std::uint64_t process) {
    return name.substr(0, 16) == std::string_view{owner_name(process, 0)}.substr(0, 16);
}

// ---- an owner's directory ------------------------------------------------------------------------------------------

/// A locked directory of claims. `lock` is open only in the one that the extractor itself has made.
struct IntakeOwner {
    std::string name;
    File directory;
    File lock;
};

/// Locks an owner's directory that was just made. False when another extractor took it for a dead one's meanwhile.
inline bool lock_new_owner(int claims, IntakeOwner& owner) noexcept {
    Opened opened = open_own_directory_at(claims, owner.name.c_str());
    if (opened.error != 0) return false;
    owner.directory = static_cast<File&&>(opened.file);
    const int directory = owner.directory.descriptor();
    if (set_mode(directory, 0700) != 0) return false;
    Opened lock = open_lock_file(directory, owner_lock_name);
    if (lock.error != 0) return false;
    owner.lock = static_cast<File&&>(lock.file);
    // In this order: whoever sees the first lock held finds the second one held as well.
    if (hold_by_process(owner.lock.descriptor()) != 0 || !try_lock(directory)) return false;
    FileStatus here;
    FileStatus named;
    return find_status(directory, here) == 0 && find_status_at(claims, owner.name.c_str(), named) == 0 &&
           here.is_same_file(named);
}

/// Opens the directory of an owner that is dead; false when it lives, or that cannot be told. It is locked, unless a
/// child of the dead one still has the lock.
inline bool open_dead_owner(int claims, const char* name, IntakeOwner& out) {
    if (!is_owner_name(name)) return false;
    Opened opened = open_own_directory_at(claims, name);
    if (opened.error != 0) return false;
    out = IntakeOwner{name, static_cast<File&&>(opened.file), File{}};
    if (try_lock(out.directory.descriptor())) return true;
    // Another extractor of this process: to open its lock file and close it again would take the lock from it.
    if (is_owner_of_process(name, own_process())) return false;
    const Opened lock = open_lock_file_of_other(out.directory.descriptor(), owner_lock_name);
    return lock.error == 0 && !is_held_by_other_process(lock.file.descriptor());
}

// ---- the claims ----------------------------------------------------------------------------------------------------

template <class = void>
class IntakeClaims {
public:
    /// `path` empty: inside the base.
    [[nodiscard]] static Result<IntakeClaims> open(const Directory& base, const std::string& path) {
        constexpr int most_tries = 100;
        for (int tries = 1;; ++tries) {
            Result<Directory> claims = open_claims(base, path);
            if (!claims) return claims.error();
            IntakeOwner owner;
            const int error = make_owner(claims->descriptor(), owner);
            if (error == 0) {
                Result<Directory> own = claims->open_directory(owner.name);
                if (!own) return own.error();
                return IntakeClaims{path, static_cast<Directory&&>(*claims), static_cast<Directory&&>(*own),
                                    static_cast<IntakeOwner&&>(owner)};
            }
            // ENOENT: the last extractor to leave has removed the directory of the claims.
            if (tries == most_tries || (error != EAGAIN && error != ENOENT && error != EEXIST))
                return os_error(ErrorCode::open_failed, printable(claims->path()),
                                "a directory that claims can be made in", error);
        }
    }

    /// The directory that claimed entries are read in, as "ID/NAME".
    [[nodiscard]] const Directory& own() const noexcept { return own_; }
    /// False when it was moved from or closed.
    [[nodiscard]] bool is_open() const noexcept { return owner_.directory.is_open(); }
    [[nodiscard]] int top() const noexcept { return claims_.descriptor(); }

    // All that follow return the errno, or 0.

    /// Takes an entry from the base; ENOENT when another one has it.
    int claim(const Directory& base, const std::string& name, const std::string& id) {
        const int own = own_.descriptor();
        int error = make_claim(id);
        if (error != 0) return error;
        error = move_name(base.descriptor(), name.c_str(), own, place_of(id, name).c_str());
        if (error == EACCES && set_mode_at(own, id.c_str(), 0700) == 0)  // it may have been the umask
            error = move_name(base.descriptor(), name.c_str(), own, place_of(id, name).c_str());
        if (error != 0) keep_spare(id);
        return error;
    }

    /// Puts it where it was, unless something else is there by now.
    int give_back(const Directory& base, const std::string& name, const std::string& id) {
        const int error =
            move_to_free_name(own_.descriptor(), place_of(id, name).c_str(), base.descriptor(), name.c_str());
        if (error == 0) keep_spare(id);
        return error;
    }

    /// Ends a claim: the entry will not come again. A directory that its writer has closed meanwhile goes with the claim around it.
    int finish(const std::string& id, const std::string& name) {
        const int own = own_.descriptor();
        if (trash_.take(own, place_of(id, name).c_str(), own) != 0) return trash_.take(own, id.c_str(), own);
        keep_spare(id);
        return 0;
    }
    void clear_trash(const ErrorHandler& on_error) { trash_.clear(own_.descriptor(), own_.path(), on_error); }

    /// The name of a claimed entry; empty when its owner died before it had the entry.
    int find_name(const std::string& id, std::string& name) const {
        name.clear();
        const Opened claim = open_own_directory_at(own_.descriptor(), id.c_str());
        if (claim.error != 0) return claim.error;
        NameStream names;
        int number = names.open(claim.file.descriptor());
        if (number != 0) return number;
        if (const char* const first = names.next(number)) name = first;
        if (number == 0 && name.empty()) remove_directory_at(own_.descriptor(), id.c_str());
        return number;
    }

    /// Takes over what dead extractors had, and appends the ids.
    int adopt(std::vector<std::string>& ids) {
        NameStream owners;
        int number = owners.open(top());
        while (number == 0) {
            const char* const name = owners.next(number);
            if (name == nullptr) break;
            IntakeOwner dead;
            if (open_dead_owner(top(), name, dead)) adopt_from(dead, ids);
        }
        return number;
    }

    /// Leaves nothing behind but claims that are not finished, which the next extractor takes over.
    void close(const Directory& base) {
        if (!spare_.empty()) remove_directory_at(own_.descriptor(), spare_.c_str());
        remove_file(owner_.directory.descriptor(), owner_lock_name);
        remove_directory_at(top(), owner_.name.c_str());
        owner_.directory.reset();
        if (path_.empty()) remove_directory_at(base.descriptor(), claims_name);
        else remove_directory_at(working_directory, path_.c_str());
    }

    static std::string place_of(const std::string& id, const std::string& name) { return id + "/" + name; }

private:
    IntakeClaims(std::string path, Directory claims, Directory own, IntakeOwner owner)
        : path_{static_cast<std::string&&>(path)},
          claims_{static_cast<Directory&&>(claims)},
          own_{static_cast<Directory&&>(own)},
          owner_{static_cast<IntakeOwner&&>(owner)} {}

    /// The directory of a claim: the last one's under another name, since to make and to remove one can cost more than all the rest.
    int make_claim(const std::string& id) {
        const std::string spare = static_cast<std::string&&>(spare_);
        spare_.clear();
        const int own = own_.descriptor();
        if (!spare.empty() && move_name(own, spare.c_str(), own, id.c_str()) == 0) return 0;
        return make_directory_at(own, id.c_str(), 0700);
    }
    void keep_spare(const std::string& id) {
        if (spare_.empty()) spare_ = id;
        else remove_directory_at(own_.descriptor(), id.c_str());
    }

    static Result<Directory> open_claims(const Directory& base, const std::string& path) {
        const bool inside = path.empty();
        const int made =
            inside ? make_directory_at(base.descriptor(), claims_name, 0700) : make_directory(path.c_str(), 0700);
        const std::string shown = inside ? FilePlace{base.path(), claims_name}.text() : printable(path);
        if (made != 0 && made != EEXIST)
            return open_error({{}, shown}, "a directory that is there or can be made", made);
        Result<Directory> out = inside ? base.open_directory(claims_name) : Directory::open(path);
        if (!out) return out.error();
        Opened opened = open_own_directory_at(out->descriptor(), ".");
        if (opened.error != 0) return open_error({{}, shown}, "a directory of claims", opened.error);
        if (Result<void> done = keep_private(opened.file.descriptor(), made == 0, shown); !done) return done.error();
        return static_cast<Directory&&>(*out);
    }

    static Result<void> keep_private(int directory, bool made, const std::string& shown) {
        FileStatus status;
        int number = find_status(directory, status);
        if (number == 0 && made && status.owner == own_user()) number = set_mode(directory, 0700);
        if (number == 0) number = find_status(directory, status);
        if (number != 0) return open_error({{}, shown}, "a directory of claims", number);
        if (status.owner == own_user() && status.mode == 0700) return {};
        return refusal(
            {{}, shown}, "a directory of this user with mode 0700",
            status.owner == own_user() ? "others' permissions" : "one of user " + std::to_string(status.owner));
    }

    /// The errno, or 0; EAGAIN when another extractor came between.
    static int make_owner(int claims, IntakeOwner& owner) {
        owner.name = owner_name(own_process(), static_cast<std::uint64_t>(monotonic_nanoseconds()));
        const int error = make_directory_at(claims, owner.name.c_str(), 0700);
        if (error != 0) return error;
        return lock_new_owner(claims, owner) ? 0 : EAGAIN;
    }

    void adopt_from(const IntakeOwner& dead, std::vector<std::string>& ids) {
        const int from = dead.directory.descriptor();
        NameStream names;
        int number = names.open(from);
        while (number == 0) {
            const char* const name = names.next(number);
            if (name == nullptr) break;
            if (is_trash_name(name)) trash_.take(from, name, own_.descriptor());
            else if (is_intake_id(name) && move_name(from, name, own_.descriptor(), name) == 0) ids.emplace_back(name);
        }
        remove_file(from, owner_lock_name);
        remove_directory_at(top(), dead.name.c_str());
    }

    std::string path_;
    Directory claims_;
    Directory own_;
    IntakeOwner owner_;
    std::string spare_;  // an empty directory of a claim that has ended
    IntakeTrash trash_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
