// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_JOURNAL_HPP
#define NOTCH_BASE_PLATFORM_JOURNAL_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "hash.hpp"
#include "platform.hpp"
#include "platform_directory.hpp"
#include "platform_identity.hpp"
#include "platform_ledger.hpp"
#include "platform_process.hpp"
#include "platform_read.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if !defined(_WIN32)
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

// Calls to the operating system about a file that is memory as well, shared with whoever comes after this process: its space, its
// mappings, and whose it is. Windows has none of this here: there a journal does not open.

namespace notch::inline NOTCH_ABI::detail {

/// A mapped part of a file. `pages` is what was mapped: a page of the system may begin before `data`.
struct MappedBytes {
    char* data = nullptr;
    void* pages = nullptr;
    std::size_t bytes = 0;
};

/// Whether nobody but this process's user (and root) can write to a file.
inline bool is_private(const FileStatus& status) noexcept { return status.owner == own_user() && (status.mode & 022U) == 0; }

/// Whether the path still leads to that very file.
inline bool is_file_at(const char* path, const File& file) noexcept {
    FileStatus there;
    FileStatus here;
    return find_status_of(path, false, there) == 0 && find_status(file.descriptor(), here) == 0 && there.is_same_file(here);
}

/// How many of so many bytes could be read at that offset: fewer at the file's end, or with an error.
inline ReadOutcome read_all_at(const File& file, std::uint64_t offset, char* out, std::size_t size) noexcept {
    ReadOutcome all;
    while (all.count < size && all.error == 0) {
        const ReadOutcome read = read_at(file.descriptor(), offset + all.count, out + all.count, size - all.count);
        if (read.count == 0 && read.error == 0) break;
        all.count += read.count;
        all.error = read.error;
    }
    return all;
}

#if defined(_WIN32)
inline File open_journal_file(const char*, bool) noexcept {
    errno = ENOSYS;
    return File{};
}
inline int reserve_bytes(const File&, std::uint64_t, std::uint64_t) noexcept { return ENOSYS; }
inline MappedBytes map_file(const File&, std::uint64_t, std::size_t, bool) noexcept { return {}; }
inline std::uint64_t process_token(std::int64_t) noexcept { return 0; }
#else

/// For reading and writing, made if absent and wanted. Links are not followed. Not open: errno says why.
inline File open_journal_file(const char* path, bool make) noexcept {
    const int flags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | (make ? O_CREAT : 0);
    int descriptor = -1;
    do {
        descriptor = ::open(path, flags, static_cast<::mode_t>(0600));
    } while (descriptor < 0 && errno == EINTR);
    return File{descriptor};
}

/// Gives the range blocks of its own, and the file its length: a hole that is mapped ends the process on a full disk. What the file
/// holds stays. 0, or errno.
inline int reserve_bytes(const File& file, std::uint64_t offset, std::uint64_t bytes) noexcept {
#if defined(__APPLE__)
    FileStatus status;
    if (const int error = find_status(file.descriptor(), status); error != 0) return error;
    static constexpr char zeros[4096]{};
    for (std::uint64_t at = status.size; at < offset + bytes;) {
        const std::uint64_t left = offset + bytes - at;
        const ::ssize_t count = ::pwrite(file.descriptor(), zeros, left < sizeof zeros ? left : sizeof zeros, static_cast<::off_t>(at));
        if (count < 0 && errno != EINTR) return errno;
        if (count > 0) at += static_cast<std::uint64_t>(count);
    }
    return 0;
#else
    const WriteSignals guard;  // beyond the limit of a file's size this raises one, as a write does
    int error = EINTR;
    while (error == EINTR) error = ::posix_fallocate(file.descriptor(), static_cast<::off_t>(offset), static_cast<::off_t>(bytes));
    WriteSignals::note(error);
    return error;
#endif
}

/// Maps a part of a file: shared, or as a copy whose changes stay in this process. Null `data` when the system refuses.
inline MappedBytes map_file(const File& file, std::uint64_t offset, std::size_t bytes, bool shared) noexcept {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t before = offset % page;
    const std::size_t whole = bytes + static_cast<std::size_t>(before);
    void* const pages = ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, file.descriptor(),
                               static_cast<::off_t>(offset - before));
    if (pages == MAP_FAILED) return {};
    return {static_cast<char*>(pages) + before, pages, whole};
}

// A process as a number: which it is (22 bits), of which boot and PID namespace (20), started when (22). A process id alone is given
// out again. Where there is no /proc, the last two are 0.

#if defined(__linux__)
inline std::size_t read_small_file(const char* path, char* out, std::size_t size) noexcept {
    const File file{::open(path, O_RDONLY | O_CLOEXEC)};
    return file.is_open() ? read_all_at(file, 0, out, size).count : 0;
}

/// Where the system tells of a process. Without a string: there may be no memory for one.
inline void put_stat_path(std::int64_t process, char* out) noexcept {
    char digits[20];
    std::size_t count = 0;
    for (auto left = static_cast<std::uint64_t>(process); count == 0 || left != 0; left /= 10) digits[count++] = static_cast<char>('0' + left % 10);
    std::memcpy(out, "/proc/", 6);
    for (std::size_t i = 0; i < count; ++i) out[6 + i] = digits[count - 1 - i];
    std::memcpy(out + 6 + count, "/stat", 6);
}

/// The n-th word, from 0.
inline const char* word_at(const char* text, int n) noexcept {
    for (; n > 0 && *text != '\0'; ++text) n -= *text == ' ' ? 1 : 0;
    return text;
}
#endif

inline std::uint64_t world_tag() noexcept {
    std::uint64_t hash = 0;
#if defined(__linux__)
    char text[64];
    struct ::stat info {};
    hash = hash_bytes(text, read_small_file("/proc/sys/kernel/random/boot_id", text, sizeof text));
    if (::stat("/proc/self/ns/pid", &info) == 0) hash = hash_bytes(&info.st_ino, sizeof info.st_ino, hash);
#endif
    return (hash ^ (hash >> 32)) & 0xf'ffff;
}

/// The number of a process that lives in this boot and namespace; 0 when there is none. One that is dead but not yet waited for is none.
inline std::uint64_t process_token(std::int64_t process) noexcept {
    std::uint64_t started = 0;
#if defined(__linux__)
    char text[1024];
    put_stat_path(process, text);
    const std::size_t size = read_small_file(text, text, sizeof text - 1);
    text[size] = '\0';
    const char* at = size == 0 ? nullptr : std::strrchr(text, ')');  // the program's name before it may hold anything
    if (at != nullptr && at[1] == ' ') {
        at += 2;
        const bool over = *at == 'Z' || *at == 'X';
        const char* const threads = word_at(at, 17);
        if (over && (threads[0] == '0' || threads[0] == '1') && threads[1] == ' ') return 0;
        const char* const start = word_at(at, 19);
        started = hash_bytes(start, static_cast<std::size_t>(word_at(start, 1) - start));
        started = (started ^ (started >> 32)) & 0x3f'ffff;
    } else if (process != process_id() && ::kill(static_cast<::pid_t>(process), 0) != 0 && errno != EPERM) {
        return 0;
    }
#else
    if (process != process_id() && ::kill(static_cast<::pid_t>(process), 0) != 0 && errno != EPERM) return 0;
#endif
    return started << 42 | world_tag() << 22 | (static_cast<std::uint64_t>(process) & 0x3f'ffff);
}
#endif

inline std::int64_t process_of(std::uint64_t token) noexcept { return static_cast<std::int64_t>(token & 0x3f'ffff); }
inline bool is_same_world(std::uint64_t a, std::uint64_t b) noexcept { return (a >> 22 & 0xf'ffff) == (b >> 22 & 0xf'ffff); }

}  // namespace notch::inline NOTCH_ABI::detail

#endif
