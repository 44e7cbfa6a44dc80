// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_HPP
#define NOTCH_BASE_PLATFORM_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "error.hpp"
#include "platform_types.hpp"
#include "result.hpp"
#include "platform_windows.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#if !defined(_WIN32)
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#endif
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Every call to the operating system, in one place: memory, threads, files. Nothing above this header includes a system
// header of its own. A failing call reports errno; EINTR is dealt with here. What differs on Windows stands in platform_windows.hpp.

namespace notch::inline NOTCH_ABI::detail {

/// Tells the processor that this is a waiting loop: it saves power and yields to the sibling thread.
NOTCH_INTERNAL_INLINE void pause_processor() noexcept {
#if defined(__SSE2__)
    _mm_pause();
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
    __asm__ __volatile__("yield");
#endif
}

/// Asks for a cache line that will be written soon, so that another processor that has read it lets go of it in time. Any address.
NOTCH_INTERNAL_INLINE void prefetch_for_writing(const void* address) noexcept {
#if defined(__GNUC__) && defined(__x86_64__)
    __asm__ __volatile__("prefetchw (%0)" : : "r"(address));  // the builtin asks for reading unless told of the processor
#elif defined(__GNUC__)
    __builtin_prefetch(address, 1);
#else
    static_cast<void>(address);
#endif
}

#if !defined(_WIN32)
// ---- errors --------------------------------------------------------------------------------------------------------

// strerror_r comes in two kinds; the overload picks the one at hand.
inline const char* error_words(const char* words, const char*) noexcept { return words; }
inline const char* error_words(int, const char* buffer) noexcept { return buffer; }

/// An Error of the operating system: `place` is the operation, `expected` what should have happened.
NOTCH_INTERNAL_COLD inline Error os_error(ErrorCode code, std::string place, std::string expected, int number) {
    char buffer[128] = "an unknown error";
    Error error;
    error.code = code;
    error.os_error = number;
    error.place = static_cast<std::string&&>(place);
    error.expected = static_cast<std::string&&>(expected);
    error.found = error_words(::strerror_r(number, buffer, sizeof buffer), buffer);
    error.found += " (errno " + std::to_string(number) + ")";
    return error;
}

// ---- memory --------------------------------------------------------------------------------------------------------

/// Zeroed pages of this process alone, or null. Pages cost memory from their first use on.
inline void* map_pages(std::size_t bytes) noexcept {
    void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? nullptr : pages;
}
inline void unmap_pages(void* pages, std::size_t bytes) noexcept { ::munmap(pages, bytes); }

// ---- waiting -------------------------------------------------------------------------------------------------------

inline void yield_processor() noexcept { ::sched_yield(); }

constexpr ::timespec to_timespec(std::int64_t nanoseconds) noexcept {
    ::timespec out{};
    out.tv_sec = static_cast<decltype(out.tv_sec)>(nanoseconds / 1'000'000'000);
    out.tv_nsec = static_cast<decltype(out.tv_nsec)>(nanoseconds % 1'000'000'000);
    return out;
}

inline void sleep_nanoseconds(std::int64_t nanoseconds) noexcept {
    const ::timespec time = to_timespec(nanoseconds);
    ::nanosleep(&time, nullptr);
}

class Mutex {
public:
    Mutex() noexcept = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    ~Mutex() { ::pthread_mutex_destroy(&mutex_); }
    void lock() noexcept { ::pthread_mutex_lock(&mutex_); }
    void unlock() noexcept { ::pthread_mutex_unlock(&mutex_); }

private:
    friend class Condition;
    ::pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

/// A condition variable whose time-outs follow the monotonic clock, so that a clock set by hand neither ends nor extends them.
class Condition {
public:
    Condition() noexcept {
#if defined(__APPLE__)
        ::pthread_cond_init(&condition_, nullptr);
#else
        ::pthread_condattr_t attributes;
        ::pthread_condattr_init(&attributes);
        ::pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        ::pthread_cond_init(&condition_, &attributes);
        ::pthread_condattr_destroy(&attributes);
#endif
    }
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;
    ~Condition() { ::pthread_cond_destroy(&condition_); }

    void wake_all() noexcept { ::pthread_cond_broadcast(&condition_); }

    /// Waits with the mutex held; may return early.
    void wait_for(Mutex& mutex, std::int64_t nanoseconds) noexcept {
#if defined(__APPLE__)
        const ::timespec time = to_timespec(nanoseconds);
        ::pthread_cond_timedwait_relative_np(&condition_, &mutex.mutex_, &time);
#else
        ::timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        const std::int64_t since = static_cast<std::int64_t>(now.tv_nsec) + nanoseconds % 1'000'000'000;
        ::timespec until = to_timespec(since);
        until.tv_sec += now.tv_sec + static_cast<decltype(now.tv_sec)>(nanoseconds / 1'000'000'000);
        ::pthread_cond_timedwait(&condition_, &mutex.mutex_, &until);
#endif
    }

private:
    ::pthread_cond_t condition_;
};

/// A thread that takes no signal: the program's handlers run on the program's own threads, and a SIGPIPE or SIGXFSZ that a
/// write here causes stays pending on this thread instead of ending the process.
class Thread {
public:
    /// False when the system gives no thread.
    bool start(void* (*body)(void*), void* argument) noexcept {
        ::sigset_t all;
        ::sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        const bool started = ::pthread_create(&thread_, nullptr, body, argument) == 0;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return started;
    }
    void join() noexcept { ::pthread_join(thread_, nullptr); }
    void detach() noexcept { ::pthread_detach(thread_); }

private:
    ::pthread_t thread_{};
};

/// A T of each thread, destroyed when the thread ends.
template <class T>
T& of_this_thread() noexcept {
    static thread_local T value;
    return value;
}

// ---- files ---------------------------------------------------------------------------------------------------------

inline FileKind kind_of_mode(::mode_t mode) noexcept {
    if (S_ISREG(mode)) return FileKind::regular;
    if (S_ISDIR(mode)) return FileKind::directory;
    if (S_ISLNK(mode)) return FileKind::symbolic_link;
    if (S_ISCHR(mode)) return FileKind::character_device;
    if (S_ISBLK(mode)) return FileKind::block_device;
    if (S_ISFIFO(mode)) return FileKind::fifo;
    if (S_ISSOCK(mode)) return FileKind::socket;
    return FileKind::other;
}

/// What stands at a path, links not followed; `other` when nothing does. For messages only: it may have changed since.
inline FileKind kind_at(const char* path) noexcept {
    struct ::stat info {};
    return ::lstat(path, &info) == 0 ? kind_of_mode(info.st_mode) : FileKind::other;
}

/// Owns a file descriptor.
class File {
public:
    File() noexcept = default;
    explicit File(int descriptor) noexcept : descriptor_{descriptor} {}
    File(File&& other) noexcept : descriptor_{other.release()} {}
    File& operator=(File&& other) noexcept {
        if (this != &other) {
            reset();
            descriptor_ = other.release();
        }
        return *this;
    }
    ~File() { reset(); }

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    int release() noexcept {
        const int descriptor = descriptor_;
        descriptor_ = -1;
        return descriptor;
    }
    void reset() noexcept {
        if (descriptor_ >= 0) ::close(release());
    }

    /// False when fstat fails; then errno says why.
    bool stat_kind(FileKind& kind) const noexcept {
        struct ::stat info {};
        if (::fstat(descriptor_, &info) != 0) return false;
        kind = kind_of_mode(info.st_mode);
        return true;
    }

    void make_blocking() const noexcept {
        const int flags = ::fcntl(descriptor_, F_GETFL);
        if (flags >= 0) ::fcntl(descriptor_, F_SETFL, flags & ~O_NONBLOCK);
    }

private:
    int descriptor_ = -1;
};

/// Opens for appending, made with `mode` if absent. Never blocks on a FIFO, never makes a terminal the process's own.
/// Not open: errno says why.
inline File open_for_append(const char* path, unsigned mode, bool follow_links) noexcept {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow_links ? 0 : O_NOFOLLOW);
    int descriptor = -1;
    do {
        descriptor = ::open(path, flags, static_cast<::mode_t>(mode));
    } while (descriptor < 0 && errno == EINTR);
    return File{descriptor};
}

/// A descriptor as a program has it; elsewhere that is another number than notch's own.
inline int descriptor_of_stream(int descriptor) noexcept { return descriptor; }

/// Writes all bytes to a file if it can: one write(2) unless the system cuts it short. For pipes and the like see write_stream.
inline WriteOutcome write_bytes(int descriptor, std::string_view bytes) noexcept {
    WriteOutcome outcome;
    while (outcome.written < bytes.size()) {
        const ::ssize_t count = ::write(descriptor, bytes.data() + outcome.written, bytes_of_one_call(bytes.size() - outcome.written));
        if (count > 0) {
            outcome.written += static_cast<std::size_t>(count);
            continue;
        }
        if (count < 0 && errno == EINTR) continue;
        outcome.error = count < 0 ? errno : EIO;
        break;
    }
    return outcome;
}
#endif

class Lock {
public:
    explicit Lock(Mutex& mutex) noexcept : mutex_{mutex} { mutex_.lock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { mutex_.unlock(); }

private:
    Mutex& mutex_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
