// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Stands between a program and its C library (glibc): the calls a ledger is made of, defined once more here, fail when a plan says
// so. For programs of one file, since it defines functions.

namespace test {

enum class Call : std::uint8_t { none, write, open, sync, rename, truncate, lock, control, close, map, look, read, remove, reserve, memory };

/// Which calls fail, and how. The `first` is counted from 1, from when the plan is armed.
struct FaultPlan {
    Call call = Call::none;
    int error = 0;
    std::uint64_t first = 1;
    std::uint64_t count = 1;
    bool is_cut = false;        ///< of a write: half of it is done; the error, if any, comes with the call behind it
    std::uint64_t tear_every = 0;  ///< besides, each so-manieth write is cut and ends in ENOSPC
};

namespace detail {

inline FaultPlan plan;
inline std::atomic<bool> armed{false};
inline std::atomic<std::uint64_t> calls{0};
inline std::atomic<std::uint64_t> hits{0};
inline std::atomic<std::uint64_t> writes{0};
inline std::atomic<int> error_of_next_write{0};

inline bool fails(Call call) noexcept {
    if (!armed.load(std::memory_order_relaxed) || call != plan.call) return false;
    const std::uint64_t number = ++calls;
    if (number < plan.first || number - plan.first >= plan.count) return false;
    ++hits;
    errno = plan.error;
    return true;
}

/// The C library's own.
template <class F>
F* next(F*, const char* name) noexcept {
    return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace detail

/// From now on, calls fail as the plan says.
inline void arm(const FaultPlan& plan) noexcept {
    detail::plan = plan;
    detail::calls = detail::hits = detail::writes = 0;
    detail::error_of_next_write = 0;
    detail::armed = true;
}
inline void disarm() noexcept { detail::armed = false; }
inline void rearm() noexcept { detail::armed = true; }

/// How many calls have failed.
inline std::uint64_t faults() noexcept { return detail::hits; }

}  // namespace test

#define NOTCH_TEST_NEXT(name) static auto* const next = test::detail::next(&::name, #name)

extern "C" {

ssize_t write(int descriptor, const void* bytes, std::size_t size) {
    NOTCH_TEST_NEXT(write);
    if (test::detail::armed) {
        if (const int error = test::detail::error_of_next_write.exchange(0); error != 0) {
            errno = error;
            return -1;
        }
        const std::uint64_t number = ++test::detail::writes;
        const bool torn = test::detail::plan.tear_every != 0 && number % test::detail::plan.tear_every == 0;
        const bool failed = test::detail::fails(test::Call::write);
        if (failed && !test::detail::plan.is_cut) return -1;
        if ((failed || torn) && size > 1) {
            test::detail::error_of_next_write = torn ? ENOSPC : test::detail::plan.error;
            return next(descriptor, bytes, size / 2);
        }
    }
    return next(descriptor, bytes, size);
}

int open(const char* path, int flags, ...) {
    NOTCH_TEST_NEXT(open);
    std::va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return test::detail::fails(test::Call::open) ? -1 : next(path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
    NOTCH_TEST_NEXT(openat);
    std::va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return test::detail::fails(test::Call::open) ? -1 : next(directory, path, flags, mode);
}

// Nothing is lost by a power cut here, so nothing has to reach the disk.
int fsync(int) { return test::detail::fails(test::Call::sync) ? -1 : 0; }
int fdatasync(int) { return test::detail::fails(test::Call::sync) ? -1 : 0; }

int rename(const char* from, const char* to) noexcept {
    NOTCH_TEST_NEXT(rename);
    return test::detail::fails(test::Call::rename) ? -1 : next(from, to);
}

int renameat(int directory, const char* from, int other, const char* to) noexcept {
    NOTCH_TEST_NEXT(renameat);
    return test::detail::fails(test::Call::rename) ? -1 : next(directory, from, other, to);
}

long syscall(long number, ...) noexcept {
    NOTCH_TEST_NEXT(syscall);
    std::va_list arguments;
    va_start(arguments, number);
    long values[6];
    for (long& value : values) value = va_arg(arguments, long);
    va_end(arguments);
    if (number == SYS_renameat2 && test::detail::fails(test::Call::rename)) return -1;
    if (number == SYS_openat2 && test::detail::fails(test::Call::open)) return -1;
    return next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

int ftruncate(int descriptor, off_t size) noexcept {
    NOTCH_TEST_NEXT(ftruncate);
    return test::detail::fails(test::Call::truncate) ? -1 : next(descriptor, size);
}

int flock(int descriptor, int operation) noexcept {
    NOTCH_TEST_NEXT(flock);
    return operation != LOCK_UN && test::detail::fails(test::Call::lock) ? -1 : next(descriptor, operation);
}

int fcntl(int descriptor, int command, ...) {
    NOTCH_TEST_NEXT(fcntl);
    std::va_list arguments;
    va_start(arguments, command);
    void* const value = va_arg(arguments, void*);
    va_end(arguments);
    return test::detail::fails(test::Call::control) ? -1 : next(descriptor, command, value);
}

// What close(2) says comes too late: the descriptor is gone all the same.
int close(int descriptor) {
    NOTCH_TEST_NEXT(close);
    const int out = next(descriptor);
    return test::detail::fails(test::Call::close) ? -1 : out;
}

void* mmap(void* at, std::size_t size, int protection, int flags, int descriptor, off_t offset) noexcept {
    NOTCH_TEST_NEXT(mmap);
    return test::detail::fails(test::Call::map) ? MAP_FAILED : next(at, size, protection, flags, descriptor, offset);
}

int fstat(int descriptor, struct stat* out) noexcept {
    NOTCH_TEST_NEXT(fstat);
    return test::detail::fails(test::Call::look) ? -1 : next(descriptor, out);
}

int lstat(const char* path, struct stat* out) noexcept {
    NOTCH_TEST_NEXT(lstat);
    return test::detail::fails(test::Call::look) ? -1 : next(path, out);
}

int fstatat(int directory, const char* path, struct stat* out, int flags) noexcept {
    NOTCH_TEST_NEXT(fstatat);
    return test::detail::fails(test::Call::look) ? -1 : next(directory, path, out, flags);
}

ssize_t read(int descriptor, void* out, std::size_t size) {
    NOTCH_TEST_NEXT(read);
    return test::detail::fails(test::Call::read) ? -1 : next(descriptor, out, size);
}

ssize_t pread(int descriptor, void* out, std::size_t size, off_t offset) {
    NOTCH_TEST_NEXT(pread);
    return test::detail::fails(test::Call::read) ? -1 : next(descriptor, out, size, offset);
}

int unlinkat(int directory, const char* path, int flags) noexcept {
    NOTCH_TEST_NEXT(unlinkat);
    return test::detail::fails(test::Call::remove) ? -1 : next(directory, path, flags);
}

int posix_fallocate(int descriptor, off_t offset, off_t size) {
    NOTCH_TEST_NEXT(posix_fallocate);
    return test::detail::fails(test::Call::reserve) ? test::detail::plan.error : next(descriptor, offset, size);
}

// operator new ends here; dlsym() allocates, so the C library's own is called by its other name.
void* __libc_malloc(std::size_t size);
void* malloc(std::size_t size) noexcept { return test::detail::fails(test::Call::memory) ? nullptr : __libc_malloc(size); }

}  // extern "C"

#undef NOTCH_TEST_NEXT
