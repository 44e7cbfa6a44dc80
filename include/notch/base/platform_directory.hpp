// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_DIRECTORY_HPP
#define NOTCH_BASE_PLATFORM_DIRECTORY_HPP

#include "../config.hpp"
#include "clock.hpp"
#include "platform.hpp"
#include "platform_read.hpp"
#include "platform_directory_windows.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>

#if !defined(_WIN32)
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#endif

// The system's calls for a directory: the names in it, and making, placing, moving and removing files in one that is
// our own. What returns an int returns the errno, or 0. On Windows: platform_directory_windows.hpp.

#if !defined(_WIN32)
namespace notch::inline NOTCH_ABI::detail {

/// The names in a directory, one after the other, in the order the system has them; "." and ".." left out.
class NameStream {
public:
    NameStream() noexcept = default;
    NameStream(NameStream&& other) noexcept : stream_{other.stream_} { other.stream_ = nullptr; }
    NameStream& operator=(NameStream&& other) noexcept {
        if (this != &other) {
            close();
            stream_ = other.stream_;
            other.stream_ = nullptr;
        }
        return *this;
    }
    ~NameStream() { close(); }

    /// `directory` may be a handle that can only be searched; the stream has a descriptor of its own.
    int open(int directory) noexcept {
        Opened own = open_retrying([=] { return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
        if (own.error != 0) return own.error;
        close();
        stream_ = ::fdopendir(own.file.descriptor());
        if (stream_ == nullptr) return errno;
        own.file.release();
        return 0;
    }

    /// Null at the end, or with an errno in `error`. The name lives until the next call.
    const char* next(int& error) noexcept {
        for (;;) {
            errno = 0;
            const ::dirent* const entry = ::readdir(stream_);
            error = entry == nullptr ? errno : 0;
            if (entry == nullptr) return nullptr;
            const char* const name = entry->d_name;
            if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) return name;
        }
    }

private:
    void close() noexcept {
        if (stream_ != nullptr) ::closedir(stream_);
        stream_ = nullptr;
    }

    ::DIR* stream_ = nullptr;
};

/// The process's effective user.
inline std::uint64_t own_user() noexcept { return static_cast<std::uint64_t>(::geteuid()); }

/// Opens a directory of ours, links not followed in the last part, so that it can be listed, synced and changed.
inline Opened open_own_directory(const char* path) noexcept {
    Opened out = open_retrying([=] { return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW); });
    if (out.error == ENOTDIR && kind_at(path) == FileKind::symbolic_link) out.error = ELOOP;
    return out;
}

/// The same by its name in a directory.
inline Opened open_own_directory_at(int directory, const char* name) noexcept {
    return open_retrying([=] { return ::openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); });
}

inline int make_directory(const char* path, unsigned mode) noexcept {
    return ::mkdir(path, static_cast<::mode_t>(mode)) == 0 ? 0 : errno;
}
inline int make_directory_at(int directory, const char* name, unsigned mode) noexcept {
    return ::mkdirat(directory, name, static_cast<::mode_t>(mode)) == 0 ? 0 : errno;
}

/// Removes an empty directory; ENOTEMPTY when it is not.
inline int remove_directory_at(int directory, const char* name) noexcept {
    if (::unlinkat(directory, name, AT_REMOVEDIR) == 0) return 0;
    return errno == EEXIST ? ENOTEMPTY : errno;
}

/// The permissions exactly, whatever the process's umask is.
inline int set_mode(int descriptor, unsigned mode) noexcept {
    return ::fchmod(descriptor, static_cast<::mode_t>(mode)) == 0 ? 0 : errno;
}

/// The permissions of what stands under a name, never of what a link there points to; not every system can do it.
inline int set_mode_at(int directory, const char* name, unsigned mode) noexcept {
    return ::fchmodat(directory, name, static_cast<::mode_t>(mode), AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

/// Makes a file that was not there; EEXIST when anything was, be it a dangling link.
inline Opened make_file(int directory, const char* name, unsigned mode) noexcept {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    return open_retrying([=] { return ::openat(directory, name, flags, static_cast<::mode_t>(mode)); });
}

/// Opens the file that processes lock against each other, made if absent.
inline Opened open_lock_file(int directory, const char* name) noexcept {
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    return open_retrying([=] { return ::openat(directory, name, flags, static_cast<::mode_t>(0600)); });
}
inline Opened open_lock_file_of_other(int directory, const char* name) noexcept {
    return open_retrying([=] { return ::openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); });
}

/// Locks against other descriptors of the file, in this and other processes; EWOULDBLOCK when the time is over.
inline int lock_exclusively(int descriptor, std::int64_t patience_nanoseconds) noexcept {
    const std::int64_t since = monotonic_nanoseconds();
    std::int64_t pause = 20'000;  // most locks are held for a write; longer ones are not asked for all the time
    for (int tries = 0; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++tries) {
        const int error = errno;
        if (error == EINTR) continue;
        if (error != EWOULDBLOCK || monotonic_nanoseconds() - since > patience_nanoseconds) return error;
        if (tries < 8) {
            yield_processor();
        } else {
            sleep_nanoseconds(pause);
            pause = pause < 1'000'000 ? 2 * pause : pause;
        }
    }
    return 0;
}
inline void unlock(int descriptor) noexcept { ::flock(descriptor, LOCK_UN); }

/// Locks against other descriptors without waiting. The lock lives as long as any process has the descriptor: a child
/// of fork(2) keeps it when its parent is gone.
inline bool try_lock(int descriptor) noexcept {
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        if (errno != EINTR) return false;
    return true;
}

/// Locks the file for this process, which alone can have it: the lock goes when the process ends, or closes any
/// descriptor of the file.
inline int hold_by_process(int descriptor) noexcept {
    struct ::flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(descriptor, F_SETLK, &whole) == 0 ? 0 : errno;
}

/// Whether another process holds the file; also true when that cannot be told.
inline bool is_held_by_other_process(int descriptor) noexcept {
    struct ::flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(descriptor, F_GETLK, &whole) != 0 || whole.l_type != F_UNLCK;
}

/// A number of this process that its children do not have.
inline std::uint64_t own_process() noexcept { return static_cast<std::uint64_t>(::getpid()); }

/// Gives a file its second name, which must not stand for anything yet (EEXIST).
inline int link_file(int directory, const char* from, const char* to) noexcept {
    return ::linkat(directory, from, directory, to, 0) == 0 ? 0 : errno;
}
inline int remove_file(int directory, const char* name) noexcept { return ::unlinkat(directory, name, 0) == 0 ? 0 : errno; }

/// Moves whatever stands under a name, itself, within one file system. What is replaced: a file by a file, an empty
/// directory by one.
inline int move_name(int from, const char* name, int to, const char* new_name) noexcept {
    return ::renameat(from, name, to, new_name) == 0 ? 0 : errno;
}

/// The same where nothing may be replaced (EEXIST). Systems that cannot promise it look first.
inline int move_to_free_name(int from, const char* name, int to, const char* new_name) noexcept {
#if defined(SYS_renameat2)
    constexpr unsigned no_replace = 1;
    if (::syscall(SYS_renameat2, from, name, to, new_name, no_replace) == 0) return 0;
    if (errno != ENOSYS && errno != EINVAL) return errno;
#endif
    struct ::stat info {};
    if (::fstatat(to, new_name, &info, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
    return errno == ENOENT ? move_name(from, name, to, new_name) : errno;
}

/// The status of a name, links not followed.
inline int find_status_at(int directory, const char* name, FileStatus& status) noexcept {
    struct ::stat info {};
    if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    status = status_of(info);
    return 0;
}

/// Puts a file, or the names of a directory, on the disk. Some file systems have nothing to sync for some files
/// (EINVAL).
inline int sync_to_disk(int descriptor) noexcept {
#if defined(F_FULLFSYNC)
    if (::fcntl(descriptor, F_FULLFSYNC) == 0) return 0;  // macOS: fsync alone leaves it in the drive's own memory
#endif
    while (::fsync(descriptor) != 0)
        if (errno != EINTR) return errno == EINVAL ? 0 : errno;
    return 0;
}

/// For a directory that was just made: its own name in the one above.
inline int sync_name_of_directory(int descriptor) noexcept {
    const Opened above = open_retrying([=] { return ::openat(descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    return above.error != 0 ? above.error : sync_to_disk(above.file.descriptor());
}

}  // namespace notch::inline NOTCH_ABI::detail
#endif

#endif
