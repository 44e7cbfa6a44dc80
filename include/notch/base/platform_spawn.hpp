// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_SPAWN_HPP
#define NOTCH_BASE_PLATFORM_SPAWN_HPP

#include "../config.hpp"
#include "clock.hpp"
#include "platform.hpp"

#include <cerrno>
#include <cstdint>

#if !defined(_WIN32)
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

// The operating system's calls for running another program, never by way of a shell.

#if defined(__APPLE__)
extern "C" char*** _NSGetEnviron();  // libraries have no `environ` there
#elif !defined(_WIN32) && !defined(__linux__)
extern "C" char** environ;  // POSIX has no header for it
#endif

namespace notch::inline NOTCH_ABI::detail {

/// How a command ended: one of the three.
struct CommandOutcome {
    int error = 0;   ///< the errno that kept it from being run, or its end from being known
    int signal = 0;  ///< the signal that ended it
    int status = 0;  ///< its exit status

    [[nodiscard]] bool is_good() const noexcept { return error == 0 && signal == 0 && status == 0; }
};

#if defined(_WIN32)
inline CommandOutcome run_command(const char* const*, std::int64_t) noexcept { return {ENOSYS, 0, 0}; }
#else
#if defined(__APPLE__)
inline char** environment() noexcept { return *::_NSGetEnviron(); }
#else
inline char** environment() noexcept { return ::environ; }
#endif

/// Waits for a child; a program that ignores SIGCHLD, or reaps every child itself, leaves nothing to be known (ECHILD).
inline CommandOutcome await_command(::pid_t child, std::int64_t patience_nanoseconds) noexcept {
    const std::int64_t since = monotonic_nanoseconds();
    bool is_late = false;
    for (;;) {
        int status = 0;
        const ::pid_t done = ::waitpid(child, &status, is_late ? 0 : WNOHANG);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return {errno, 0, 0};
        if (done == child && is_late) return {ETIMEDOUT, 0, 0};
        if (done == child && WIFSIGNALED(status)) return {0, WTERMSIG(status), 0};
        if (done == child) return {0, 0, WEXITSTATUS(status)};
        is_late = monotonic_nanoseconds() - since > patience_nanoseconds;
        if (is_late) ::kill(child, SIGKILL);
        else sleep_nanoseconds(1'000'000);
    }
}

/// Runs a command found by PATH, with the program's environment, nothing to read, and its output going nowhere; ends it (ETIMEDOUT) when
/// it takes too long. `arguments` begins with the command and ends with a null.
inline CommandOutcome run_command(const char* const* arguments, std::int64_t patience_nanoseconds) noexcept {
    ::posix_spawn_file_actions_t files;
    ::posix_spawnattr_t attributes;
    int error = ::posix_spawn_file_actions_init(&files);
    if (error != 0) return {error, 0, 0};
    error = ::posix_spawnattr_init(&attributes);
    if (error != 0) {
        ::posix_spawn_file_actions_destroy(&files);
        return {error, 0, 0};
    }
    ::sigset_t none;
    ::sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    // What the program has masked or ignored is its own affair, not the command's.
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    for (int stream = 0; error == 0 && stream < 3; ++stream)
        error = ::posix_spawn_file_actions_addopen(&files, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0);
    ::pid_t child = -1;
    // The interface has pointers to text that it does not change.
    if (error == 0) error = ::posix_spawnp(&child, arguments[0], &files, &attributes, const_cast<char* const*>(arguments), environment());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    return error != 0 ? CommandOutcome{error, 0, 0} : await_command(child, patience_nanoseconds);
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
