// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_READ_HPP
#define NOTCH_BASE_PLATFORM_READ_HPP

#include "../config.hpp"
#include "platform.hpp"
#include "platform_types.hpp"
#include "platform_read_windows.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#endif

// The system's calls for reading files whose directory another process may be changing at the same time: opening beneath a
// directory, what a descriptor stands for, reading. On Windows: platform_read_windows.hpp.

namespace notch::inline NOTCH_ABI::detail {

#if !defined(_WIN32)
/// What stands between the parts of a program's own path.
inline constexpr std::string_view path_separators = "/";

/// Why a part of a name is not one file's name and no other's; null when it is. Here every one is, but for ".", ".." and nothing.
constexpr const char* part_fault(std::string_view) noexcept { return nullptr; }

/// In a directory's place: paths are the process's own, from where it stands.
inline constexpr int working_directory = AT_FDCWD;

/// What became of opening: a descriptor, or the errno.
struct Opened {
    File file{};
    int error = 0;
};

/// For reading. O_NONBLOCK: opening a FIFO must not wait for its writer, nor opening a file for the lease that another process
/// has on it. O_NOCTTY: opening a terminal must not make it the process's own.
inline constexpr int open_to_read = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW;

/// The same for a program's own path that may be a link.
inline constexpr int open_to_read_through_links = open_to_read & ~O_NOFOLLOW;

/// For a directory that is only passed through: the right to search it is enough.
#if defined(O_PATH)
inline constexpr int open_to_search = O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
#elif defined(O_SEARCH)
inline constexpr int open_to_search = O_SEARCH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
#else
inline constexpr int open_to_search = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
#endif

// Both errors can pass by themselves; a writer that goes on causing them must not hold the reader up.
template <class Open>
Opened open_retrying(Open open) noexcept {
    constexpr int most_tries = 32;
    for (int tries = 1;; ++tries) {
        const int descriptor = open();
        if (descriptor >= 0) return {File{descriptor}, 0};
        const int error = errno;
        if ((error != EINTR && error != EAGAIN) || tries == most_tries) return {File{}, error};
    }
}

/// Opens one part of a name, links not followed.
inline Opened open_part(int directory, const char* name, int flags) noexcept {
    Opened out = open_retrying([=] { return ::openat(directory, name, flags); });
    if (out.error != ENOTDIR) return out;
    // With O_DIRECTORY a link is told as "not a directory". It is refused either way; this is for the message.
    struct ::stat info {};
    if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode)) out.error = ELOOP;
    return out;
}

// ---- the kernel's way ----------------------------------------------------------------------------------------------

/// openat2's arguments, as the kernel lays them down; the C library's header for them is newer than the call.
struct OpenHow {
    std::uint64_t flags = 0;
    std::uint64_t mode = 0;
    std::uint64_t resolve = 0;
};
inline constexpr std::uint64_t resolve_no_xdev = 0x01;
inline constexpr std::uint64_t resolve_no_magiclinks = 0x02;
inline constexpr std::uint64_t resolve_no_symlinks = 0x04;
inline constexpr std::uint64_t resolve_beneath = 0x08;

inline Opened open_by_kernel([[maybe_unused]] int directory, [[maybe_unused]] const char* name, [[maybe_unused]] int flags) noexcept {
#if defined(SYS_openat2)
    OpenHow how;
    // O_NOFOLLOW would have a link in a directory's place told as "not a directory"; the kernel refuses links here anyway.
    how.flags = static_cast<unsigned>((flags & O_DIRECTORY) != 0 ? flags & ~O_NOFOLLOW : flags);
    how.resolve = resolve_beneath | resolve_no_symlinks | resolve_no_magiclinks | resolve_no_xdev;
    return open_retrying([&] { return static_cast<int>(::syscall(SYS_openat2, directory, name, &how, sizeof how)); });
#else
    return {File{}, ENOSYS};
#endif
}

/// Whether openat2 may be what was refused, by an older kernel or a seccomp filter, and not the name. The last two can be either.
constexpr bool may_be_refused_itself(int error) noexcept {
    return error == ENOSYS || error == EINVAL || error == E2BIG || error == EOPNOTSUPP || error == EPERM || error == EACCES;
}

// ---- the walk ------------------------------------------------------------------------------------------------------

/// What a file is mounted on: the mount where the kernel tells it (Linux 5.8), else the device.
struct MountId {
    std::uint64_t id = 0;
    bool exact = false;
    bool operator==(const MountId&) const = default;
};

inline int find_mount(int descriptor, MountId& mount) noexcept {
#if defined(STATX_MNT_ID)
    struct ::statx more {};
    if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &more) == 0 && (more.stx_mask & STATX_MNT_ID) != 0) {
        mount = {more.stx_mnt_id, true};
        return 0;
    }
#endif
    struct ::stat info {};
    if (::fstat(descriptor, &info) != 0) return errno;
    mount = {static_cast<std::uint64_t>(info.st_dev), false};
    return 0;
}

inline Opened open_part_on(const MountId& mount, int directory, const char* name, int flags) noexcept {
    Opened out = open_part(directory, name, flags);
    if (out.error != 0) return out;
    MountId own;
    const int error = find_mount(out.file.descriptor(), own);
    if (error != 0) return {File{}, error};
    if (own != mount) return {File{}, EXDEV};
    return out;
}

/// Each part is opened in the directory that the part before it was found to be: exchanging them meanwhile changes nothing.
inline Opened open_by_walk(int directory, std::string name, int flags) {
    MountId mount;
    const int error = find_mount(directory, mount);
    if (error != 0) return {File{}, error};
    File here;
    char* part = name.data();
    for (char* slash = std::strchr(part, '/'); slash != nullptr; slash = std::strchr(part, '/')) {
        *slash = '\0';
        Opened next = open_part_on(mount, directory, part, open_to_search);
        if (next.error != 0) return next;
        here = static_cast<File&&>(next.file);
        directory = here.descriptor();
        part = slash + 1;
    }
    return open_part_on(mount, directory, part, flags);
}

/// Opens a name of one or more parts, none of them empty, "." or "..", beneath a directory: no link is followed and no mount
/// is entered. Sets `opening` to the walk where openat2 itself is refused, so that the next call goes there at once.
inline Opened open_beneath(int directory, const std::string& name, int flags, Opening& opening) {
    if (opening == Opening::walk) return open_by_walk(directory, name, flags);
    Opened out = open_by_kernel(directory, name.c_str(), flags);
    if (!may_be_refused_itself(out.error)) return out;
    const bool certain = out.error == ENOSYS;
    out = open_by_walk(directory, name, flags);
    if (certain || out.error == 0) opening = Opening::walk;
    return out;
}

// ---- what a descriptor stands for ----------------------------------------------------------------------------------

inline FileTime file_time(const ::timespec& time) noexcept {
    return {static_cast<std::int64_t>(time.tv_sec), static_cast<std::int64_t>(time.tv_nsec)};
}

inline FileStatus status_of(const struct ::stat& info) noexcept {
    FileStatus out;
    out.kind = kind_of_mode(info.st_mode);
    out.mode = static_cast<unsigned>(info.st_mode) & 07777U;
    out.links = static_cast<std::uint64_t>(info.st_nlink);
    out.size = static_cast<std::uint64_t>(info.st_size);
    out.owner = static_cast<std::uint64_t>(info.st_uid);
    out.device = static_cast<std::uint64_t>(info.st_dev);
    out.inode = static_cast<std::uint64_t>(info.st_ino);
#if defined(__APPLE__)
    out.modified = file_time(info.st_mtimespec);
    out.changed = file_time(info.st_ctimespec);
#else
    out.modified = file_time(info.st_mtim);
    out.changed = file_time(info.st_ctim);
#endif
    return out;
}

/// The errno, or 0.
inline int find_status(int descriptor, FileStatus& status) noexcept {
    struct ::stat info {};
    if (::fstat(descriptor, &info) != 0) return errno;
    status = status_of(info);
    return 0;
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Reads until at least `enough` bytes are there, the file ends, or an error ends it; never more than `room`.
inline ReadOutcome read_bytes(int descriptor, char* out, std::size_t enough, std::size_t room) noexcept {
    ReadOutcome outcome;
    do {
        const ::ssize_t count = ::read(descriptor, out + outcome.count, bytes_of_one_call(room - outcome.count));
        if (count == 0) break;
        if (count > 0) {
            outcome.count += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            outcome.error = errno;
            break;
        }
    } while (outcome.count < enough);
    return outcome;
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
