// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_CLOCK_HPP
#define NOTCH_BASE_CLOCK_HPP

#include "../config.hpp"

#include <cstdint>
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#include <shared_mutex>
#else
#include <chrono>
#endif

// Durations and clocks, for all stages. From GCC 12 on, libstdc++'s <chrono> also brings the formatting of dates: 0.35 s of
// the 0.99 s that notch.hpp took to include with GCC 16. Its <shared_mutex>, whose members take durations and time points,
// brings just these; <mutex> also brings tuples and the errors of the system.

namespace notch::inline NOTCH_ABI {

/// Gives microseconds since 1970-01-01T00:00:00Z. Replace it where output must not change from run to run:
///
///     notch::to_line(event, [] { return std::int64_t{1'795'190'400'123'456}; });
///     // {"timestamp":1795190400.123456,...
///
/// Called on the recording thread; must be safe from any thread.
using Clock = std::int64_t (*)();

/// The system's clock.
inline std::int64_t system_microseconds() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::micro>>(since).count();
}

namespace detail {

/// Nanoseconds of a clock that never jumps; only differences mean anything.
inline std::int64_t monotonic_nanoseconds() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::nano>>(since).count();
}

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif
