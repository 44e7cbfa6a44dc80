// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_MEASURE_HPP
#define NOTCH_BENCHMARKS_MEASURE_HPP

#include <sched.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bench {

/// Makes the compiler believe that someone reads what `p` points at.
inline void keep(const void* p) { asm volatile("" : : "r"(p) : "memory"); }

inline std::int64_t nanoseconds_of(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Time that passed.
inline std::int64_t nanoseconds() { return nanoseconds_of(CLOCK_MONOTONIC); }

/// Time that this thread had a processor for: other programs on the machine do not count.
inline std::int64_t thread_nanoseconds() { return nanoseconds_of(CLOCK_THREAD_CPUTIME_ID); }

/// Time that all threads of this program had a processor for.
inline std::int64_t process_nanoseconds() { return nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID); }

/// A clock that is read in few nanoseconds; its unit is the processor's.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
    unsigned processor = 0;
    return __rdtscp(&processor);  // waits for what stands before it
#else
    return static_cast<std::uint64_t>(nanoseconds());
#endif
}

/// The value that the fraction `q` of all values does not exceed.
inline double quantile(std::vector<double> values, double q) {
    if (values.empty()) return 0;
    const auto at = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5);
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(at);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}
inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

/// Keeps this thread on one processor, the last that it may use; where that is not allowed it moves as before.
inline void stay_on_one_processor() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    int last = CPU_SETSIZE - 1;
    while (last > 0 && !CPU_ISSET(last, &allowed)) --last;
    CPU_ZERO(&allowed);
    CPU_SET(last, &allowed);
    (void)sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace bench

#endif
