// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_IDENTITY_HPP
#define NOTCH_BASE_PLATFORM_IDENTITY_HPP

#include "../config.hpp"
#include "platform_read.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

// The system's calls for following files that are renamed while they are read: which file it is, whatever it is called by now,
// and reading at a place.

namespace notch::inline NOTCH_ABI::detail {

/// Which file it is. A removed file's number goes to the next one made; when it was made tells them apart, where it is known.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    FileTime made{};
    bool operator==(const FileIdentity&) const = default;
};

#if defined(_WIN32)
/// Of a path of the process's own, or of the descriptor itself when the path is empty. The errno, or 0.
inline int find_identity(int directory, const char* path, bool follow_links, FileIdentity& out) noexcept {
    const bool itself = *path == '\0';
    const std::uint32_t link = follow_links ? 0 : open_link_itself;
    const File opened = itself ? File{} : open_path_of_ours(path, access_status | access_wait, open_if_there, open_directory_too | link);
    if (!itself && !opened.is_open()) return errno;
    const int descriptor = itself ? directory : opened.descriptor();
    FileStatus status;
    BasicInformation basic;
    int error = find_status(descriptor, status);
    if (error == 0) error = query_basic(descriptor, basic);
    if (error == 0) out = {status.device, status.inode, file_time(basic.created)};
    return error;
}
#else
/// Of a path beneath `directory`, or of the descriptor itself when the path is empty. The errno, or 0.
inline int find_identity(int directory, const char* path, bool follow_links, FileIdentity& out) noexcept {
    const bool itself = *path == '\0';
    const int flags = follow_links ? 0 : AT_SYMLINK_NOFOLLOW;
#if defined(STATX_BTIME)
    struct ::statx more {};
    if (::statx(directory, path, flags | (itself ? AT_EMPTY_PATH : 0), STATX_INO | STATX_BTIME, &more) == 0) {
        out.device = std::uint64_t{more.stx_dev_major} << 32 | more.stx_dev_minor;
        out.number = more.stx_ino;
        if ((more.stx_mask & STATX_BTIME) != 0)
            out.made = {more.stx_btime.tv_sec, static_cast<std::int64_t>(more.stx_btime.tv_nsec)};
        return 0;
    }
    if (errno != ENOSYS && errno != EPERM) return errno;  // these two: an older kernel, or a filter that does not know the call
#endif
    struct ::stat info {};
    const int failed = itself ? ::fstat(directory, &info) : ::fstatat(directory, path, &info, flags);
    if (failed != 0) return errno;
    out = {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino), {}};
    return 0;
}

/// One read at a place of the file; the descriptor's own place stays.
inline ReadOutcome read_at(int descriptor, std::uint64_t place, char* out, std::size_t room) noexcept {
    for (;;) {
        const ::ssize_t count = ::pread(descriptor, out, room, static_cast<::off_t>(place));
        if (count >= 0) return {static_cast<std::size_t>(count), 0};
        if (errno != EINTR) return {0, errno};
    }
}

#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
