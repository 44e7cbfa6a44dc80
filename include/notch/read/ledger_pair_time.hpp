// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_PAIR_TIME_HPP
#define NOTCH_READ_LEDGER_PAIR_TIME_HPP

#include "../base/clock.hpp"
#include "../base/instant.hpp"
#include "../config.hpp"
#include "../event/kind.hpp"

#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

// Times of events as nanoseconds, and their sums, which end at the bounds of 64 bits instead of wrapping.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::chrono::nanoseconds most_time{(std::numeric_limits<std::int64_t>::max)()};
inline constexpr std::chrono::nanoseconds least_time{(std::numeric_limits<std::int64_t>::min)()};

constexpr std::chrono::nanoseconds sum(std::chrono::nanoseconds a, std::chrono::nanoseconds b) noexcept {
    if (b.count() > 0 && a.count() > most_time.count() - b.count()) return most_time;
    if (b.count() < 0 && a.count() < least_time.count() - b.count()) return least_time;
    return a + b;
}
/// later - earlier, which is not negative.
constexpr std::chrono::nanoseconds difference(std::chrono::nanoseconds later, std::chrono::nanoseconds earlier) noexcept {
    if (earlier.count() < 0 && later.count() > most_time.count() + earlier.count()) return most_time;
    return later - earlier;
}

/// Seconds to the microsecond, which is what a double holds of the time in our days; false when it is no number.
constexpr bool seconds_to_time(double seconds, std::chrono::nanoseconds& out) noexcept {
    constexpr double most = 9'000'000'000.0;  // in the year 2255
    if (!(seconds >= -most && seconds <= most)) return false;
    const double microseconds = seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5);
    out = std::chrono::nanoseconds{static_cast<std::int64_t>(microseconds) * 1'000};
    return true;
}

template <class Rep, class Period>
constexpr bool to_time(const std::chrono::duration<Rep, Period>& since, std::chrono::nanoseconds& out) noexcept {
    if constexpr (std::is_same_v<std::chrono::duration<Rep, Period>, std::chrono::nanoseconds>) {
        out = since;
        return true;
    } else if constexpr (std::is_floating_point_v<Rep>) {
        return seconds_to_time(std::chrono::duration<double>{since}.count(), out);
    } else {
        const auto rough = std::chrono::duration_cast<std::chrono::duration<double>>(since).count();
        if (!(rough >= -9e9 && rough <= 9e9)) return false;
        out = std::chrono::duration_cast<std::chrono::nanoseconds>(since);
        return true;
    }
}
template <class Duration>
constexpr bool to_time(const std::chrono::time_point<std::chrono::system_clock, Duration>& time, std::chrono::nanoseconds& out) noexcept {
    return to_time(time.time_since_epoch(), out);
}
constexpr bool to_time(const Instant& time, std::chrono::nanoseconds& out) noexcept {
    const auto since = time.since_1970();
    if (since) out = *since;
    return since.has_value();
}
template <class T>
    requires std::is_arithmetic_v<T>
constexpr bool to_time(T seconds, std::chrono::nanoseconds& out) noexcept {
    return seconds_to_time(static_cast<double>(seconds), out);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
