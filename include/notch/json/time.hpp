// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_TIME_HPP
#define NOTCH_JSON_TIME_HPP

#include "../base/clock.hpp"
#include "../base/instant.hpp"
#include "../config.hpp"
#include "integer.hpp"
#include "number.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <ratio>
#include <type_traits>

// Times as JSON: UNIX seconds with an exact decimal fraction, durations in seconds, and RFC 3339 text.

namespace notch::inline NOTCH_ABI::detail {

/// Bytes that any of the functions below may touch.
inline constexpr std::size_t max_time_size = 40;

/// `.` and the digits of a fraction without its trailing zeros; nothing for a fraction of 0. Touches ten bytes.
inline char* write_fraction(char* out, std::uint32_t fraction, int digits) noexcept {
    if (fraction == 0) return out;
    for (int i = digits; i < 9; ++i) fraction *= 10;
    const std::uint32_t first = fraction / 100'000'000;
    out[0] = '.';
    out[1] = static_cast<char>('0' + first);
    write_8_digits(out + 2, fraction - first * 100'000'000);
    out += digits + 1;
    while (out[-1] == '0') --out;
    return out;
}

/// A count of `Unit`ths of a second as a decimal number that always has a fraction: `5.0`, `-1.25`.
template <std::uint64_t Unit, int Digits>
char* write_decimal_seconds(char* out, std::uint64_t ticks) noexcept {
    out = write_u64(out, ticks / Unit);
    const auto fraction = static_cast<std::uint32_t>(ticks % Unit);
    if (fraction != 0) return write_fraction(out, fraction, Digits);
    out[0] = '.';
    out[1] = '0';
    return out + 2;
}
template <std::uint64_t Unit, int Digits>
char* write_decimal_seconds(char* out, std::int64_t ticks) noexcept {
    const auto size = static_cast<std::uint64_t>(ticks);
    if (ticks >= 0) return write_decimal_seconds<Unit, Digits>(out, size);
    *out = '-';
    return write_decimal_seconds<Unit, Digits>(out + 1, 0 - size);
}

/// The stamp of a line: always six digits of fraction, so that stamps sort as text. Never goes through a double.
inline char* write_stamp(char* out, std::int64_t microseconds) noexcept {
    const SplitTime time = split_time<1'000'000>(microseconds);
    if (time.seconds < 0) return write_decimal_seconds<1'000'000, 6>(out, microseconds);
    out = write_u64(out, static_cast<std::uint64_t>(time.seconds));
    const std::uint32_t first_two = time.fraction / 10'000;
    *out = '.';
    write_pair(out + 1, first_two);
    write_4_digits(out + 3, time.fraction - first_two * 10'000);
    return out + 7;
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
        using Ticks = std::conditional_t<std::is_signed_v<Rep>, std::int64_t, std::uint64_t>;
        return write_decimal_seconds<static_cast<std::uint64_t>(Period::den), digits>(out, static_cast<Ticks>(v.count()));
    } else {
        constexpr double scale = static_cast<double>(Period::num) / static_cast<double>(Period::den);
        return write_double(out, static_cast<double>(v.count()) * scale);
    }
}

/// The first second of the year 0000 and the last of 9999, counted from 1970-01-01: what RFC 3339 can write.
inline constexpr std::int64_t first_civil_second = -62'167'219'200;
inline constexpr std::int64_t last_civil_second = 253'402'300'799;

struct CivilDate {
    std::uint32_t year;
    std::uint32_t month;
    std::uint32_t day;
};

/// The Gregorian date of a day counted from 1970-01-01, from the year 0000 on. Years begin on 1 March, so that the leap day
/// is a year's last; each division is one multiplication. Source of the method: C. Neri, L. Schneider, "Euclidean affine
/// functions and their application to calendar algorithms", 2023.
constexpr CivilDate civil_date(std::int32_t days) noexcept {
    constexpr std::uint32_t days_of_400_years = 146'097;
    constexpr std::uint32_t start = 719'468 + days_of_400_years;  // from 1970-01-01 back to -0400-03-01
    const std::uint32_t quarters = 4 * (static_cast<std::uint32_t>(days) + start) + 3;
    const std::uint32_t century = quarters / days_of_400_years;
    const std::uint32_t quarters_of_century = quarters % days_of_400_years | 3;
    const std::uint64_t years = std::uint64_t{quarters_of_century} * 2'939'745;  // in 2^-32 years
    const std::uint32_t day_of_year = static_cast<std::uint32_t>(years) / 2'939'745 / 4;
    const std::uint32_t months = 2'141 * day_of_year + 197'913;  // in 2^-16 months
    const std::uint32_t next_year = day_of_year >= 306;
    const std::uint32_t year = 100 * century + static_cast<std::uint32_t>(years >> 32) + next_year - 400;
    return {year, (months >> 16) - 12 * next_year, (months & 0xffff) / 2'141 + 1};
}

/// Days from 1970-01-01 to a Gregorian date of the years 0 to 9999; the inverse of civil_date().
/// Years begin in March here, so that the leap day is the last of its year. The method is that of H. Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", without negative numbers: 400 years, which have 146 097 days, are added first.
constexpr std::int64_t days_to(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    const bool last_year = month <= 2;
    const auto years = static_cast<std::uint32_t>(year + 400 - (last_year ? 1 : 0));
    const auto months = static_cast<std::uint32_t>(last_year ? month + 9 : month - 3);
    const std::uint32_t centuries = years / 100;
    const std::uint32_t days = years * 1461 / 4 - centuries + centuries / 4 + (153 * months + 2) / 5;
    return std::int64_t{days} + day - 1 - 719'468 - 146'097;
}

/// `"2026-05-20T01:02:03.5Z"` with its quotes; null outside the years 0000 to 9999, which RFC 3339 cannot write.
inline char* write_rfc3339(char* out, std::int64_t seconds, std::uint32_t nanoseconds) noexcept {
    if (seconds < first_civil_second || seconds > last_civil_second) return write_null(out);
    const SplitTime time = split_time<86'400>(seconds);
    const CivilDate date = civil_date(static_cast<std::int32_t>(time.seconds));
    const std::uint32_t minutes = time.fraction / 60;
    const std::uint32_t hours = minutes / 60;
    std::memcpy(out, "\"0000-00-00T00:00:00", 20);
    write_4_digits(out + 1, date.year);
    write_pair(out + 6, date.month);
    write_pair(out + 9, date.day);
    write_pair(out + 12, hours);
    write_pair(out + 15, minutes - hours * 60);
    write_pair(out + 18, time.fraction - minutes * 60);
    out = write_fraction(out + 20, nanoseconds, 9);
    std::memcpy(out, "Z\"", 2);
    return out + 2;
}

/// UNIX seconds with an exact fraction: `1700000000.25`.
inline char* write_unix_seconds(char* out, SplitTime time) noexcept {
    if (time.seconds == no_time.seconds) return write_null(out);
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
