// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_TIME_HPP
#define NOTCH_JSON_TIME_HPP

#include "../config.hpp"
#include "integer.hpp"
#include "number.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ratio>
#include <type_traits>

// Times as JSON: UNIX seconds with an exact decimal fraction, durations in seconds, and RFC 3339 text.

namespace notch::inline NOTCH_ABI::detail {

/// Bytes that any of the functions below may touch.
inline constexpr std::size_t max_time_size = 40;

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

/// Exactly `digits` digits of `v`, leading zeros included.
inline char* write_padded(char* out, std::uint32_t v, int digits) noexcept {
    for (int i = digits - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + v % 10);
        v /= 10;
    }
    return out + digits;
}

/// `.` and the digits of a fraction without its trailing zeros; nothing for a fraction of 0.
inline char* write_fraction(char* out, std::uint32_t fraction, int digits) noexcept {
    if (fraction == 0) return out;
    while (fraction % 10 == 0) {
        fraction /= 10;
        --digits;
    }
    *out++ = '.';
    return write_padded(out, fraction, digits);
}

/// A count of `Unit`ths of a second as a decimal number that always has a fraction: `5.0`, `-1.25`.
template <std::int64_t Unit, int Digits>
char* write_decimal_seconds(char* out, std::int64_t ticks) noexcept {
    std::uint64_t size = static_cast<std::uint64_t>(ticks);
    if (ticks < 0) {
        *out++ = '-';
        size = 0 - size;
    }
    out = write_u64(out, size / static_cast<std::uint64_t>(Unit));
    const auto fraction = static_cast<std::uint32_t>(size % static_cast<std::uint64_t>(Unit));
    if (fraction != 0) return write_fraction(out, fraction, Digits);
    out[0] = '.';
    out[1] = '0';
    return out + 2;
}

/// The stamp of a line: always six digits of fraction, so that stamps sort as text. Never goes through a double.
inline char* write_stamp(char* out, std::int64_t microseconds) noexcept {
    const SplitTime time = split_time<1'000'000>(microseconds);
    if (time.seconds < 0) return write_decimal_seconds<1'000'000, 6>(out, microseconds);
    out = write_u64(out, static_cast<std::uint64_t>(time.seconds));
    *out++ = '.';
    return write_padded(out, time.fraction, 6);
}

/// Digits that a decimal period needs: 0 for seconds, 9 for nanoseconds; -1 when the period is not a power of ten.
template <class Period>
consteval int decimal_digits() {
    if (Period::num != 1) return -1;
    std::intmax_t den = Period::den;
    int digits = 0;
    while (den % 10 == 0) {
        den /= 10;
        ++digits;
    }
    return den == 1 && digits <= 9 ? digits : -1;
}

/// A duration in seconds; exact for integer counts of seconds and their decimal parts.
template <class Rep, class Period>
char* write_duration(char* out, std::chrono::duration<Rep, Period> v) noexcept {
    constexpr int digits = decimal_digits<Period>();
    if constexpr (std::is_integral_v<Rep> && sizeof(Rep) <= 8 && digits >= 0) {
        return write_decimal_seconds<static_cast<std::int64_t>(Period::den), digits>(out, static_cast<std::int64_t>(v.count()));
    } else {
        constexpr double scale = static_cast<double>(Period::num) / static_cast<double>(Period::den);
        return write_double(out, static_cast<double>(v.count()) * scale);
    }
}

struct CivilDate {
    std::int64_t year;
    std::uint32_t month;
    std::uint32_t day;
};

/// The Gregorian date of a day counted from 1970-01-01. Eras of 400 years begin on 1 March, so that the leap day is a
/// year's last. Source of the method: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr CivilDate civil_date(std::int64_t days) noexcept {
    constexpr std::int64_t days_per_era = 146'097;
    days += 719'468;  // from 1970-01-01 back to 0000-03-01
    const std::int64_t era = (days >= 0 ? days : days - (days_per_era - 1)) / days_per_era;
    const auto day_of_era = static_cast<std::uint32_t>(days - era * days_per_era);
    const std::uint32_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::uint32_t march_month = (5 * day_of_year + 2) / 153;
    const std::uint32_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
    const std::uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

/// `"2026-05-20T01:02:03.5Z"` with its quotes; null outside the years 0000 to 9999, which RFC 3339 cannot write.
inline char* write_rfc3339(char* out, std::int64_t seconds, std::uint32_t nanoseconds) noexcept {
    const SplitTime time = split_time<86'400>(seconds);
    const CivilDate date = civil_date(time.seconds);
    if (date.year < 0 || date.year > 9999) {
        std::memcpy(out, "null", 4);
        return out + 4;
    }
    *out++ = '"';
    out = write_padded(out, static_cast<std::uint32_t>(date.year), 4);
    *out++ = '-';
    out = write_padded(out, date.month, 2);
    *out++ = '-';
    out = write_padded(out, date.day, 2);
    *out++ = 'T';
    out = write_padded(out, time.fraction / 3'600, 2);
    *out++ = ':';
    out = write_padded(out, time.fraction / 60 % 60, 2);
    *out++ = ':';
    out = write_padded(out, time.fraction % 60, 2);
    out = write_fraction(out, nanoseconds, 9);
    *out++ = 'Z';
    *out++ = '"';
    return out;
}

/// A point of the system clock as seconds and nanoseconds since 1970; parts finer than a nanosecond are cut off.
template <class Duration>
constexpr SplitTime split_point(std::chrono::time_point<std::chrono::system_clock, Duration> v) noexcept {
    using Seconds = std::chrono::duration<std::int64_t>;
    const auto since = v.time_since_epoch();
    const auto seconds = std::chrono::floor<Seconds>(since);
    const auto rest = std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::nano>>(since - seconds);
    return {seconds.count(), static_cast<std::uint32_t>(rest.count())};
}

/// UNIX seconds with an exact fraction: `1700000000.25`.
inline char* write_unix_seconds(char* out, SplitTime time) noexcept {
    if (time.seconds < 0 && time.fraction != 0) {  // -0.25 is kept as second -1 and fraction 0.75
        *out++ = '-';
        out = write_u64(out, static_cast<std::uint64_t>(-(time.seconds + 1)));
        return write_fraction(out, 1'000'000'000 - time.fraction, 9);
    }
    out = write_i64(out, time.seconds);
    if (time.fraction != 0) return write_fraction(out, time.fraction, 9);
    out[0] = '.';
    out[1] = '0';
    return out + 2;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
