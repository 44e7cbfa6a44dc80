// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_DIRECTORY_WINDOWS_HPP
#define NOTCH_BASE_PLATFORM_DIRECTORY_WINDOWS_HPP

#include "../config.hpp"
#include "clock.hpp"
#include "platform_read_windows.hpp"
#include "platform_types.hpp"
#include "platform_windows.hpp"
#include "platform_windows_calls.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// What platform_directory.hpp does, on Windows. Permissions are the access lists that files and directories inherit; a mode changes
// nothing. Names of directories are in the file system's own journal: there is nothing to sync for them.

#if defined(_WIN32)
namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::uint32_t access_remove = 0x10000;  // DELETE
inline constexpr std::uint32_t make_new = 2;             // FILE_CREATE
inline constexpr std::uint32_t make_or_open = 3;         // FILE_OPEN_IF

// ---- listing -------------------------------------------------------------------------------------------------------

/// The names in a directory, one after the other, in the order the system has them; "." and ".." left out.
class NameStream {
public:
    NameStream() noexcept = default;
    NameStream(NameStream&&) noexcept = default;
    NameStream& operator=(NameStream&&) noexcept = default;
    ~NameStream() = default;

    /// `directory` may be a handle that can only be searched; the stream has one of its own.
    int open(int directory) noexcept {
        Opened own = open_at(directory, {}, {access_data | access_wait, 1, must_be_directory});
        if (own.error != 0) return own.error;
        file_ = static_cast<File&&>(own.file);
        at_ = left_ = 0;
        return 0;
    }

    /// Null at the end, or with an errno in `error`. The name lives until the next call.
    const char* next(int& error) {
        for (;;) {
            error = left_ == 0 ? fill() : 0;
            if (error != 0 || left_ == 0) return nullptr;
            Entry entry;
            std::memcpy(&entry, block_.data() + at_, sizeof entry);
            const std::size_t text = at_ + sizeof entry;
            left_ = entry.next;
            at_ += entry.next;
            wchar_t wide[256];
            const std::size_t size = entry.size < sizeof wide ? entry.size / sizeof(wchar_t) : 256;
            std::memcpy(wide, block_.data() + text, size * sizeof(wchar_t));
            name_.clear();
            append_utf8(name_, wide, size);
            if (name_ != "." && name_ != "..") return name_.c_str();
        }
    }

private:
    /// FILE_NAMES_INFORMATION; the name follows.
    struct Entry {
        std::uint32_t next = 0;
        std::uint32_t index = 0;
        std::uint32_t size = 0;
    };

    int fill() {
        constexpr int names_information = 12;
        constexpr std::int32_t no_more_files = static_cast<std::int32_t>(0x80000006);
        constexpr std::size_t block = 8192;
        block_.resize(block);
        IoStatus done;
        const std::int32_t status =
            system_calls().nt_query_directory(handle_of(file_.descriptor()), nullptr, nullptr, nullptr, &done,
                                              block_.data(), block, names_information, 0, nullptr, 0);
        at_ = 0;
        if (status == no_more_files) return 0;
        if (status == 0) left_ = done.information;
        return errno_of_status(status);
    }

    File file_;
    std::string block_;  // entries as the system gave them
    std::string name_;
    std::size_t at_ = 0;
    std::size_t left_ = 0;  // 0: the block has no more
};

// ---- making --------------------------------------------------------------------------------------------------------

/// The process's effective user. Files have no owner here, see find_status.
inline std::uint64_t own_user() noexcept { return 0; }

/// A number of this process that its children do not have.
inline std::uint64_t own_process() noexcept { return system_calls().process_id(); }

inline Opened checked_directory(Opened out) noexcept {
    if (out.error != 0) return out;
    FileKind kind{};
    const int error = find_kind(out.file.descriptor(), kind);
    if (error != 0) return {File{}, error};
    if (kind == FileKind::symbolic_link) return {File{}, ELOOP};
    if (kind != FileKind::directory) return {File{}, ENOTDIR};
    return out;
}

inline constexpr std::uint32_t access_own_directory = access_data | access_traverse | access_status | access_wait;

/// Opens a directory of ours, links not followed in the last part, so that it can be listed and changed.
inline Opened open_own_directory(const char* path) noexcept {
    Opened out;
    out.file = open_path_of_ours(path, access_own_directory, open_if_there, open_directory_too | open_link_itself);
    out.error = out.file.is_open() ? 0 : errno;
    return checked_directory(static_cast<Opened&&>(out));
}

/// The same by its name in a directory.
inline Opened open_own_directory_at(int directory, const char* name) noexcept {
    return checked_directory(open_at(directory, name, {access_own_directory}));
}

inline int make_directory(const char* path, unsigned) noexcept {
    const WideText wide{path};
    if (wide.error() != 0) return wide.error();
    return system_calls().create_directory(wide.text(), nullptr) != 0 ? 0 : last_errno();
}
inline int make_directory_at(int directory, const char* name, unsigned) noexcept {
    return open_at(directory, name, {access_status | access_wait, make_new, must_be_directory}).error;
}

inline int set_mode(int, unsigned) noexcept { return 0; }
inline int set_mode_at(int, const char*, unsigned) noexcept { return 0; }

/// Makes a file that was not there; EEXIST when anything was, be it a dangling link.
inline Opened make_file(int directory, const char* name, unsigned) noexcept {
    return open_at(directory, name,
                   {access_write | access_append | access_status | access_wait, make_new, must_be_file});
}

// ---- locks ---------------------------------------------------------------------------------------------------------

/// Opens the file that processes lock against each other, made if absent.
inline Opened open_lock_file(int directory, const char* name) noexcept {
    return open_at(directory, name,
                   {access_data | access_write | access_status | access_wait, make_or_open, must_be_file});
}
inline Opened open_lock_file_of_other(int directory, const char* name) noexcept {
    return open_at(directory, name, {access_data | access_write | access_status | access_wait, 1, must_be_file});
}

// A lock here keeps others from reading and writing what is locked, so one byte is, far behind any file's end. A lock goes when its
// handle is closed, at the latest with the process.
inline LockPlace lock_place(std::uint32_t which) noexcept {
    LockPlace out;
    out.low = which;
    out.high = 0x7FFF'0000;
    return out;
}
inline constexpr std::uint32_t lock_of_handle = 0;
inline constexpr std::uint32_t lock_of_process = 1;

inline int lock_at_once(int descriptor, std::uint32_t which, bool alone) noexcept {
    constexpr std::uint32_t fail_at_once = 1;
    constexpr std::uint32_t exclusively = 2;
    LockPlace place = lock_place(which);
    const std::uint32_t flags = fail_at_once | (alone ? exclusively : 0);
    if (system_calls().lock_range(handle_of(descriptor), flags, 0, 1, 0, &place) != 0) return 0;
    const int error = last_errno();
    return error == EBUSY ? EWOULDBLOCK : error;
}
inline void unlock(int descriptor, std::uint32_t which = lock_of_handle) noexcept {
    LockPlace place = lock_place(which);
    system_calls().unlock_range(handle_of(descriptor), 0, 1, 0, &place);
}

/// Locks against other descriptors of the file, in this and other processes; EWOULDBLOCK when the time is over.
inline int lock_exclusively(int descriptor, std::int64_t patience_nanoseconds) noexcept {
    const std::int64_t since = monotonic_nanoseconds();
    for (;;) {
        const int error = lock_at_once(descriptor, lock_of_handle, true);
        if (error != EWOULDBLOCK || monotonic_nanoseconds() - since > patience_nanoseconds) return error;
        sleep_nanoseconds(1'000'000);
    }
}

/// Locks against other descriptors without waiting.
inline bool try_lock(int descriptor) noexcept { return lock_at_once(descriptor, lock_of_handle, true) == 0; }

/// Locks the file for this process, which alone can have it: the lock goes with the descriptor, and so with the process.
inline int hold_by_process(int descriptor) noexcept { return lock_at_once(descriptor, lock_of_process, true); }

/// Whether another descriptor holds the file; also true when that cannot be told.
inline bool is_held_by_other_process(int descriptor) noexcept {
    if (lock_at_once(descriptor, lock_of_process, false) != 0) return true;
    unlock(descriptor, lock_of_process);
    return false;
}

// ---- names ---------------------------------------------------------------------------------------------------------

/// FILE_RENAME_INFORMATION and FILE_LINK_INFORMATION.
struct NameChange {
    std::uint32_t flags = 0;
    void* directory = nullptr;
    std::uint32_t size = 0;
    wchar_t name[256] = {};
};

inline int set_name(int descriptor, int information, std::uint32_t flags, int directory, const char* name) noexcept {
    const WideText wide{name};
    if (wide.error() != 0) return wide.error();
    NameChange change;
    if (wide.size() > sizeof change.name / sizeof(wchar_t)) return ENAMETOOLONG;
    change.flags = flags;
    change.directory = handle_of(directory);
    change.size = static_cast<std::uint32_t>(wide.size() * sizeof(wchar_t));
    std::memcpy(change.name, wide.text(), change.size);
    IoStatus done;
    return errno_of_status(
        system_calls().nt_set_file(handle_of(descriptor), &done, &change, sizeof change, information));
}

/// Gives a file its second name, which must not stand for anything yet (EEXIST). Not every file system can (ENOTSUP).
inline int link_file(int directory, const char* from, const char* to) noexcept {
    constexpr int link_information = 11;
    const Opened file = open_at(directory, from, {access_status | access_wait});
    return file.error != 0 ? file.error : set_name(file.file.descriptor(), link_information, 0, directory, to);
}

inline int move_name_replacing(int from, const char* name, int to, const char* new_name, bool replace) noexcept {
    constexpr int rename_information = 10;
    constexpr int rename_information_ex = 65;  // Windows 10: also when another process has the replaced file open
    constexpr std::uint32_t replace_as_elsewhere = 0x01 | 0x02 | 0x40;
    const Opened file = open_at(from, name, {access_remove | access_wait});
    if (file.error != 0) return file.error;
    const int descriptor = file.file.descriptor();
    if (replace && set_name(descriptor, rename_information_ex, replace_as_elsewhere, to, new_name) == 0) return 0;
    return set_name(descriptor, rename_information, replace ? 1 : 0, to, new_name);
}

/// Moves whatever stands under a name, itself, within one file system. A file may be replaced, a directory not.
inline int move_name(int from, const char* name, int to, const char* new_name) noexcept {
    return move_name_replacing(from, name, to, new_name, true);
}
/// The same where nothing may be replaced (EEXIST).
inline int move_to_free_name(int from, const char* name, int to, const char* new_name) noexcept {
    return move_name_replacing(from, name, to, new_name, false);
}

/// Removes what stands under a name, itself: at once where the system can (Windows 10), else when its last handle is closed.
inline int remove_name(int directory, const char* name, std::uint32_t kind) noexcept {
    constexpr int disposition_information = 13;
    constexpr int disposition_information_ex = 64;
    const Opened file = open_at(directory, name, {access_remove | access_wait, 1, kind});
    if (file.error != 0) return file.error;
    void* const handle = handle_of(file.file.descriptor());
    IoStatus done;
    std::uint32_t at_once = 0x01 | 0x02 | 0x10;  // also a file that is read-only
    if (system_calls().nt_set_file(handle, &done, &at_once, sizeof at_once, disposition_information_ex) == 0) return 0;
    unsigned char at_last = 1;
    return errno_of_status(
        system_calls().nt_set_file(handle, &done, &at_last, sizeof at_last, disposition_information));
}
inline int remove_file(int directory, const char* name) noexcept { return remove_name(directory, name, must_be_file); }

/// Removes an empty directory; ENOTEMPTY when it is not.
inline int remove_directory_at(int directory, const char* name) noexcept {
    return remove_name(directory, name, must_be_directory);
}

/// The status of a name, links not followed.
inline int find_status_at(int directory, const char* name, FileStatus& status) noexcept {
    const Opened file = open_at(directory, name, {access_status | access_wait});
    return file.error != 0 ? file.error : find_status(file.file.descriptor(), status);
}

// ---- durability ----------------------------------------------------------------------------------------------------

/// Puts a file that was opened for writing on the disk.
inline int sync_to_disk(int descriptor) noexcept {
    FileKind kind{};
    if (find_kind(descriptor, kind) == 0 && kind == FileKind::directory) return 0;
    return system_calls().flush(handle_of(descriptor)) != 0 ? 0 : last_errno();
}
inline int sync_name_of_directory(int) noexcept { return 0; }

}  // namespace notch::inline NOTCH_ABI::detail
#endif

#endif
