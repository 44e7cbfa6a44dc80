// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_READ_TIMES_HPP
#define NOTCH_JSON_READ_TIMES_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "number_read.hpp"
#include "parse.hpp"
#include "read_values.hpp"
#include "scan.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

// Times from JSON: numbers of seconds, exact to the nanosecond without ever becoming a double, and RFC 3339 text.

namespace notch::inline NOTCH_ABI::detail {

/// Sign, whole seconds and nanoseconds; of a number, and of a point counted from 1970.
struct ExactSeconds {
    bool negative = false;
    bool overflow = false;  ///< the seconds do not fit into 64 bits
    bool finer = false;     ///< there was something below a nanosecond
    std::uint64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
};

inline constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;

/// Adds the digit that stands for `digit` times 10 to the `power`, where digits come in falling order.
constexpr void add_digit(ExactSeconds& out, std::uint32_t digit, std::int64_t power) noexcept {
    constexpr std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)();
    if (power >= 0) {
        if (out.seconds > (most - digit) / 10) out.overflow = true;
        else out.seconds = out.seconds * 10 + digit;
    } else if (power >= -9) {
        std::uint32_t unit = 1;
        for (std::int64_t p = power; p > -9; --p) unit *= 10;
        out.nanoseconds += digit * unit;
    } else if (digit != 0) {
        out.finer = true;
    }
}

/// The exponent of a checked number, kept small enough to add to.
constexpr std::int64_t exponent_of(std::string_view number) noexcept {
    const std::size_t e = number.find_first_of("eE");
    if (e == std::string_view::npos) return 0;
    number.remove_prefix(e + 1);
    const bool negative = number.front() == '-';
    std::int64_t value = 0;
    for (const char c : number)
        if (is_digit(c) && value < 100'000'000) value = value * 10 + (c - '0');
    return negative ? -value : value;
}

/// The value of a checked JSON number, by its decimal digits.
constexpr ExactSeconds exact_seconds(std::string_view number) noexcept {
    ExactSeconds out;
    if (number.front() == '-') {
        out.negative = true;
        number.remove_prefix(1);
    }
    const std::int64_t exponent = exponent_of(number);
    const std::string_view digits = number.substr(0, number.find_first_of("eE"));
    const std::size_t point = digits.find('.');
    std::int64_t power = static_cast<std::int64_t>(point == std::string_view::npos ? digits.size() : point) + exponent;
    for (const char c : digits)
        if (c != '.') add_digit(out, static_cast<std::uint32_t>(c - '0'), --power);
    for (; power > 0 && out.seconds != 0 && !out.overflow; --power) add_digit(out, 0, 0);
    return out;
}

/// A number of seconds.
inline const char* read_seconds(Reader& r, const char* at, ExactSeconds& out) noexcept {
    if (r.peek(at) != '-' && !is_digit(r.peek(at))) return fail_type(r, at, "a number of seconds");
    const char* const next = skip_number(r, at);
    if (next != nullptr) out = exact_seconds({at, static_cast<std::size_t>(next - at)});
    return next;
}

// ---- RFC 3339 ------------------------------------------------------------------------------------------------------

/// Days from 1970-01-01 to a Gregorian date; the inverse of civil_date().
/// Source of the method: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr std::int64_t days_to(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t march_month = month > 2 ? month - 3 : month + 9;
    const std::int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

constexpr std::int64_t days_in_month(std::int64_t year, std::int64_t month) noexcept {
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Takes a text apart from its front. After the first thing that is missing it stays failed and gives zeros.
class TimeText {
public:
    constexpr explicit TimeText(std::string_view text) noexcept : rest_{text} {}

    constexpr std::int64_t number(std::size_t digits, std::int64_t lowest, std::int64_t highest) noexcept {
        std::int64_t value = 0;
        for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
        if (value < lowest || value > highest) good_ = false;
        return value;
    }
    constexpr void literal(char c) noexcept {
        if (!take(c)) good_ = false;
    }
    constexpr bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// The digits behind the point, as nanoseconds.
    constexpr void fraction(ExactSeconds& out) noexcept {
        std::int64_t power = 0;
        do add_digit(out, static_cast<std::uint32_t>(digit()), --power);
        while (!rest_.empty() && is_digit(rest_.front()));
    }
    [[nodiscard]] constexpr bool good() const noexcept { return good_; }
    [[nodiscard]] constexpr bool done() const noexcept { return good_ && rest_.empty(); }

private:
    constexpr std::int64_t digit() noexcept {
        if (rest_.empty() || !is_digit(rest_.front())) {
            good_ = false;
            return 0;
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c - '0';
    }

    std::string_view rest_;
    bool good_ = true;
};

/// Seconds that local time is ahead of UTC: `Z`, `+02:00`, `-05:30`.
constexpr std::int64_t take_offset(TimeText& text) noexcept {
    if (text.take('Z') || text.take('z')) return 0;
    const bool west = text.take('-');
    if (!west) text.literal('+');
    const std::int64_t hours = text.number(2, 0, 23);
    text.literal(':');
    const std::int64_t minutes = text.number(2, 0, 59);
    const std::int64_t offset = hours * 3'600 + minutes * 60;
    return west ? -offset : offset;
}

/// A time by RFC 3339, section 5.6; false when the text is none. A leap second (`:60`) is none: system_clock has no place
/// for it.
constexpr bool parse_rfc3339(std::string_view from, ExactSeconds& out) noexcept {
    TimeText text{from};
    const std::int64_t year = text.number(4, 0, 9999);
    text.literal('-');
    const std::int64_t month = text.number(2, 1, 12);
    text.literal('-');
    const std::int64_t day = text.number(2, 1, days_in_month(year, month));
    if (!text.take('T') && !text.take('t')) return false;
    const std::int64_t hour = text.number(2, 0, 23);
    text.literal(':');
    const std::int64_t minute = text.number(2, 0, 59);
    text.literal(':');
    const std::int64_t second = text.number(2, 0, 59);
    if (text.take('.')) text.fraction(out);
    const std::int64_t offset = take_offset(text);
    if (!text.done()) return false;
    std::int64_t since = days_to(year, month, day) * 86'400 + hour * 3'600 + minute * 60 + second - offset;
    if (since < 0) {  // the fraction counts forward: -1.25 is second -2 and 0.75
        out.negative = true;
        if (out.nanoseconds != 0) {
            out.nanoseconds = nanoseconds_per_second - out.nanoseconds;
            ++since;
        }
        since = -since;
    }
    out.seconds = static_cast<std::uint64_t>(since);
    return true;
}

inline const char* read_rfc3339(Reader& r, const char* at, ExactSeconds& out) noexcept {
    constexpr std::string_view expected = "a time such as \"2026-05-20T01:02:03.5Z\"";
    char buffer[256];
    StringToken token;
    if (r.peek(at) != '"') return fail_type(r, at, expected);
    const char* const next = scan_string(r, at, token);
    if (next == nullptr) return nullptr;
    std::string_view text = token.view();
    if (token.escaped && token.size <= sizeof buffer)
        text = {buffer, static_cast<std::size_t>(write_unescaped(buffer, token) - buffer)};
    if (!parse_rfc3339(text, out)) return fail(r, ErrorCode::type_mismatch, at, expected);
    return next;
}

// ---- counts of ticks -----------------------------------------------------------------------------------------------

/// A tick lasts `num / den` seconds; a count lies in [low, high].
struct TickType {
    std::int64_t num;
    std::int64_t den;
    std::int64_t low;
    std::uint64_t high;
};

template <class Rep, class Period>
inline constexpr TickType tick_type{Period::num, Period::den,
                                    static_cast<std::int64_t>((std::numeric_limits<Rep>::min)()),
                                    static_cast<std::uint64_t>((std::numeric_limits<Rep>::max)())};

/// Whether ticks are whole seconds, or a decimal part of one that is no finer than a nanosecond.
template <class Period>
inline constexpr bool exact_period =
    Period::den == 1 || (Period::num == 1 && nanoseconds_per_second % Period::den == 0);

inline void describe_ticks(const Failure& failure, Error& error) {
    error.expected = "seconds in steps of " + std::to_string(failure.low);
    if (failure.high != 1) error.expected += "/" + std::to_string(failure.high);
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_ticks(Reader& r, const char* at, const TickType& type) noexcept {
    return fail(r, Failure{.code = ErrorCode::out_of_range,
                           .at = at,
                           .describe = describe_ticks,
                           .low = type.num,
                           .high = static_cast<std::uint64_t>(type.den)});
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_time_range(Reader& r, const char* at) noexcept {
    return fail_range(r, at, "a time within the range of the field's type");
}

/// The count of ticks that is exactly the time; `next` is given back, or null when there is none. For exact_period only.
inline const char* ticks_of(Reader& r, const char* at, const char* next, const ExactSeconds& time, const TickType& type,
                            std::uint64_t& bits) noexcept {
    const auto num = static_cast<std::uint64_t>(type.num);
    const auto den = static_cast<std::uint64_t>(type.den);
    const std::uint64_t unit = nanoseconds_per_second / den;
    if (time.overflow) return fail_time_range(r, at);
    if (time.finer || time.nanoseconds % unit != 0 || time.seconds % num != 0) return fail_ticks(r, at, type);
    const std::uint64_t most = time.negative ? 0 - static_cast<std::uint64_t>(type.low) : type.high;
    const std::uint64_t parts = time.nanoseconds / unit;
    const std::uint64_t wholes = time.seconds / num;
    if (parts > most || wholes > (most - parts) / den) return fail_time_range(r, at);
    const std::uint64_t size = wholes * den + parts;
    bits = time.negative ? 0 - size : size;
    return next;
}

inline const char* read_exact_ticks(Reader& r, const char* at, const TickType& type, std::uint64_t& bits) noexcept {
    ExactSeconds time;
    const char* const next = read_seconds(r, at, time);
    return next == nullptr ? nullptr : ticks_of(r, at, next, time, type, bits);
}

/// A count of ticks that are no decimal part of a second (minutes, frames): these are written through a double, so the count
/// that is written as this double is the one that was meant.
inline const char* read_rounded_ticks(Reader& r, const char* at, const TickType& type, std::uint64_t& bits) noexcept {
    constexpr double two_63 = 9223372036854775808.0;
    const double scale = static_cast<double>(type.num) / static_cast<double>(type.den);
    double seconds = 0;
    const char* const next = read_real(r, at, seconds);
    if (next == nullptr) return nullptr;
    const double ticks = seconds / scale;
    const double rounded = ticks < 0 ? ticks - 0.5 : ticks + 0.5;
    std::int64_t count = type.low;
    if (rounded >= two_63) count = (std::numeric_limits<std::int64_t>::max)();
    else if (rounded >= -two_63) count = static_cast<std::int64_t>(rounded);
    if (static_cast<double>(count) * scale != seconds) return fail_ticks(r, at, type);
    if (count < type.low || (count > 0 && static_cast<std::uint64_t>(count) > type.high)) return fail_time_range(r, at);
    bits = static_cast<std::uint64_t>(count);
    return next;
}

template <class Rep, class Period>
const char* read_duration(Reader& r, const char* at, std::chrono::duration<Rep, Period>& out) noexcept {
    using Duration = std::chrono::duration<Rep, Period>;
    if constexpr (std::is_floating_point_v<Rep>) {
        constexpr double scale = static_cast<double>(Period::num) / static_cast<double>(Period::den);
        double seconds = 0;
        at = read_real(r, at, seconds);
        if (at != nullptr) out = Duration{static_cast<Rep>(seconds / scale)};
    } else {
        constexpr bool exact = Period::num == 1 && exact_period<Period>;
        std::uint64_t bits = 0;
        at = exact ? read_exact_ticks(r, at, tick_type<Rep, Period>, bits)
                   : read_rounded_ticks(r, at, tick_type<Rep, Period>, bits);
        if (at != nullptr) out = Duration{static_cast<Rep>(bits)};
    }
    return at;
}

inline const char* read_point(Reader& r, const char* at, bool unix_seconds, ExactSeconds& out) noexcept {
    return unix_seconds ? read_seconds(r, at, out) : read_rfc3339(r, at, out);
}

template <class Duration>
const char* read_time_point(Reader& r, const char* at, bool unix_seconds,
                            std::chrono::time_point<std::chrono::system_clock, Duration>& out) noexcept {
    using Rep = typename Duration::rep;
    using Period = typename Duration::period;
    ExactSeconds time;
    const char* const next = read_point(r, at, unix_seconds, time);
    if (next == nullptr) return nullptr;
    if constexpr (std::is_floating_point_v<Rep>) {
        const double seconds = static_cast<double>(time.seconds) + static_cast<double>(time.nanoseconds) / 1e9;
        out = std::remove_reference_t<decltype(out)>{
            Duration{static_cast<Rep>((time.negative ? -seconds : seconds) * Period::den / Period::num)}};
        return next;
    } else {
        static_assert(
            exact_period<Period>,
            "notch: a time point is read only with a period of whole seconds or of a decimal part "
            "down to a nanosecond: use std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>");
        std::uint64_t bits = 0;
        if (ticks_of(r, at, next, time, tick_type<Rep, Period>, bits) == nullptr) return nullptr;
        out = std::remove_reference_t<decltype(out)>{Duration{static_cast<Rep>(bits)}};
        return next;
    }
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
