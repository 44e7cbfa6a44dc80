// SPDX-License-Identifier: MIT
// Counts the test program's calls of pthread's mutexes and conditions, which make no system call as long as nobody waits.
#include "locks.hpp"

#if NOTCH_TEST_COUNTS_LOCKS
#include <atomic>

#include <dlfcn.h>
#include <pthread.h>
#endif

namespace {

thread_local std::size_t count = 0;

}  // namespace

std::size_t test::lock_operations() noexcept { return count; }

#if NOTCH_TEST_COUNTS_LOCKS

namespace {

/// The C library's own. Looked up at the first call and not before, which may be before any constructor.
template <class F>
F* next(std::atomic<F*>& known, const char* name) noexcept {
    F* out = known.load(std::memory_order_relaxed);
    if (out == nullptr) {
        out = reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
        known.store(out, std::memory_order_relaxed);
    }
    return out;
}

}  // namespace

#define NOTCH_TEST_COUNTED(name, parameter, argument)                  \
    extern "C" int name(parameter* argument) noexcept {                \
        static constinit std::atomic<int (*)(parameter*)> known{nullptr}; \
        ++count;                                                       \
        return next(known, #name)(argument);                           \
    }

NOTCH_TEST_COUNTED(pthread_mutex_lock, pthread_mutex_t, mutex)
NOTCH_TEST_COUNTED(pthread_mutex_trylock, pthread_mutex_t, mutex)
NOTCH_TEST_COUNTED(pthread_mutex_unlock, pthread_mutex_t, mutex)
NOTCH_TEST_COUNTED(pthread_cond_signal, pthread_cond_t, condition)
NOTCH_TEST_COUNTED(pthread_cond_broadcast, pthread_cond_t, condition)

#undef NOTCH_TEST_COUNTED

#endif
