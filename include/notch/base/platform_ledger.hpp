// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_LEDGER_HPP
#define NOTCH_BASE_PLATFORM_LEDGER_HPP

#include "../config.hpp"
#include "platform.hpp"
#include "platform_directory.hpp"
#include "platform_identity.hpp"
#include "platform_read.hpp"

#include <cerrno>
#include <cstdint>
#include <string>

#if !defined(_WIN32)
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

// The system's calls for a ledger: a file that several processes append to, rename and cut. What returns an int returns the errno, or 0.

namespace notch::inline NOTCH_ABI::detail {

#if defined(_WIN32)
/// Whether a file can be locked, cut and looked at through the descriptor that appends to it. On Windows a handle that may cut may
/// also write anywhere, and then the system no longer puts each write at the end by itself.
inline constexpr bool appenders_can_share = false;

/// Nothing that a write does ends a process here.
class WriteSignals {
public:
    WriteSignals() noexcept {}
    static void note(int) noexcept {}
};

inline Opened open_to_repair(const char*, bool) noexcept { return {File{}, ENOTSUP}; }
inline Opened open_directory_of_ledger(const char* path) noexcept { return open_own_directory(path); }
inline int cut_file(int, std::uint64_t) noexcept { return ENOTSUP; }

inline int find_status_of(const char* path, bool follow_links, FileStatus& status) noexcept {
    const std::uint32_t link = follow_links ? 0 : open_link_itself;
    const File file = open_path_of_ours(path, access_status | access_wait, open_if_there, open_directory_too | link);
    return file.is_open() ? find_status(file.descriptor(), status) : errno;
}
#else
inline constexpr bool appenders_can_share = true;

/// While this lives, a write on this thread that runs into the limit of a file's size, or into a pipe without a reader, fails and
/// does nothing else: the signal that would end the process is kept from the thread and then taken away. Dispositions stay.
class WriteSignals {
public:
    WriteSignals() noexcept {
        ::sigset_t both;
        ::sigemptyset(&both);
        ::sigaddset(&both, SIGXFSZ);
        ::sigaddset(&both, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &both, &before_);
    }
    WriteSignals(const WriteSignals&) = delete;
    WriteSignals& operator=(const WriteSignals&) = delete;
    ~WriteSignals() {
        // The recorder's own thread has both blocked for good, which saves it this call.
        if (::sigismember(&before_, SIGXFSZ) != 1 || ::sigismember(&before_, SIGPIPE) != 1)
            ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    /// To be told how each write ended.
    static void note(int error) noexcept {
        if (error == EFBIG) take(SIGXFSZ);
        if (error == EPIPE) take(SIGPIPE);
    }

private:
    static void take(int number) noexcept {
        ::sigset_t one;
        ::sigemptyset(&one);
        ::sigaddset(&one, number);
#if defined(__APPLE__)
        ::sigset_t pending;
        int taken = 0;
        if (::sigpending(&pending) == 0 && ::sigismember(&pending, number) == 1) ::sigwait(&one, &taken);
#else
        const ::timespec at_once{};
        while (::sigtimedwait(&one, nullptr, &at_once) < 0 && errno == EINTR) continue;
#endif
    }

    ::sigset_t before_{};
};

/// Opens a file that is there, for appending and for looking at what it holds.
inline Opened open_to_repair(const char* path, bool follow_links) noexcept {
    const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow_links ? 0 : O_NOFOLLOW);
    return open_retrying([=] { return ::open(path, flags); });
}

/// Opens the directory that a ledger is in, so that it can be listed and synced; its path is the program's own, links and all.
inline Opened open_directory_of_ledger(const char* path) noexcept {
    return open_retrying([=] { return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

/// Takes away what a file has behind `size` bytes.
inline int cut_file(int descriptor, std::uint64_t size) noexcept {
    while (::ftruncate(descriptor, static_cast<::off_t>(size)) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

/// The status of what stands at a path of the process's own.
inline int find_status_of(const char* path, bool follow_links, FileStatus& status) noexcept {
    struct ::stat info {};
    if ((follow_links ? ::stat(path, &info) : ::lstat(path, &info)) != 0) return errno;
    status = status_of(info);
    return 0;
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
