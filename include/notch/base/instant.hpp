// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_INSTANT_HPP
#define NOTCH_BASE_INSTANT_HPP

#include "../config.hpp"
#include "clock.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <type_traits>

namespace notch::inline NOTCH_ABI {
namespace detail {

/// Seconds and a fraction of `Unit`ths of a second, as every time is handled here. The fraction is never negative.
struct SplitTime {
    std::int64_t seconds;
    std::uint32_t fraction;
};

template <std::int64_t Unit>
constexpr SplitTime split_time(std::int64_t ticks) noexcept {
    std::int64_t seconds = ticks / Unit;
    std::int64_t rest = ticks % Unit;
    if (rest < 0) {
        rest += Unit;
        --seconds;
    }
    return {seconds, static_cast<std::uint32_t>(rest)};
}

/// Stands for what is no time: NaN, or more seconds than 64 bits hold. It is written as null.
inline constexpr SplitTime no_time{(std::numeric_limits<std::int64_t>::min)(), 0};

/// Whether a duration's seconds fit into 64 bits, and so do the steps on the way there.
template <class Rep, class Period>
constexpr bool fits_seconds(std::chrono::duration<Rep, Period> v) noexcept {
    constexpr std::int64_t most = (std::numeric_limits<std::int64_t>::max)() / Period::num;
    if constexpr (std::is_floating_point_v<Rep>) {
        constexpr auto limit = static_cast<double>(most) / 2 * static_cast<double>(Period::den);
        return v.count() > -limit && v.count() < limit;
    } else if constexpr (std::is_signed_v<Rep>) {
        return v.count() >= (std::numeric_limits<std::int64_t>::min)() / Period::num && v.count() <= most;
    } else {
        return v.count() <= static_cast<std::uint64_t>(most);
    }
}

/// A point of the system clock as seconds and nanoseconds since 1970; parts finer than a nanosecond are cut off.
template <class Duration>
constexpr SplitTime split_point(std::chrono::time_point<std::chrono::system_clock, Duration> v) noexcept {
    using Period = typename Duration::period;
    const auto since = v.time_since_epoch();
    constexpr bool decimal = Period::num == 1 && Period::den <= 1'000'000'000 && 1'000'000'000 % Period::den == 0;
    if constexpr (std::is_integral_v<typename Duration::rep> && std::is_signed_v<typename Duration::rep> && decimal) {
        // std::chrono::floor would overflow at the ends of the clock's range, where it converts the seconds back.
        const SplitTime time = split_time<static_cast<std::int64_t>(Period::den)>(static_cast<std::int64_t>(since.count()));
        return {time.seconds, time.fraction * static_cast<std::uint32_t>(1'000'000'000 / Period::den)};
    } else {
        using Seconds = std::chrono::duration<std::int64_t>;
        if (!fits_seconds(since)) return no_time;
        const auto seconds = std::chrono::floor<Seconds>(since);
        const auto rest = std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::nano>>(since - seconds);
        // A floating point just below a whole second may become that second when its own are taken away.
        if (rest.count() >= 1'000'000'000) return {seconds.count() + 1, 0};
        return {seconds.count(), static_cast<std::uint32_t>(rest.count())};
    }
}

}  // namespace detail

/// A point in time to the nanosecond, in all the years that RFC 3339 can write: 0000 to 9999. A field of this type is written and
/// read as any system_clock time point is, but those of nanoseconds end in 1677 and 2262.
///
///     notch::Instant now = std::chrono::system_clock::now();
///     notch::to_json(notch::Instant{-62'135'596'800});  // "0001-01-01T00:00:00Z"
///
/// Made of a time point it has what that has, less what is finer than a nanosecond. One outside those years is written as null.
struct Instant {
    std::int64_t seconds = 0;       ///< since 1970-01-01T00:00:00Z
    std::uint32_t nanoseconds = 0;  ///< from there on, at most 999'999'999

    constexpr Instant() noexcept = default;
    constexpr explicit Instant(std::int64_t since_1970, std::uint32_t nano = 0) noexcept : seconds{since_1970}, nanoseconds{nano} {}
    template <class Duration>
    constexpr Instant(std::chrono::time_point<std::chrono::system_clock, Duration> time) noexcept : Instant{detail::split_point(time)} {}

    /// As a double has it: today to a quarter of a microsecond.
    [[nodiscard]] constexpr std::chrono::duration<double> time_since_epoch() const noexcept {
        return std::chrono::duration<double>{static_cast<double>(seconds) + static_cast<double>(nanoseconds) / 1e9};
    }

    /// Exactly; nothing where 64 bits do not hold the nanoseconds for sure, that is before 1685 and after 2255.
    [[nodiscard]] constexpr std::optional<std::chrono::nanoseconds> since_1970() const noexcept {
        if (seconds < -9'000'000'000 || seconds > 9'000'000'000) return {};
        return std::chrono::nanoseconds{seconds * 1'000'000'000 + nanoseconds};
    }

    bool operator==(const Instant&) const = default;

private:
    constexpr explicit Instant(detail::SplitTime time) noexcept : Instant{time.seconds, time.fraction} {}
};

namespace detail {

constexpr SplitTime split_point(const Instant& v) noexcept { return {v.seconds, v.nanoseconds}; }

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif
