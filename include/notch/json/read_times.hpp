// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_READ_TIMES_HPP
#define NOTCH_JSON_READ_TIMES_HPP

#include "../base/buffer.hpp"
#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/instant.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "number.hpp"
#include "number_read.hpp"
#include "parse.hpp"
#include "read_time_text.hpp"
#include "read_values.hpp"
#include "scan.hpp"
#include "time.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

// Times from JSON: numbers of seconds, exact to the nanosecond without ever becoming a double, and RFC 3339 text.

namespace notch::inline NOTCH_ABI::detail {

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

inline const char* read_rfc3339(Reader& r, const char* at, ExactSeconds& out) noexcept {
    constexpr std::string_view expected = "a time such as \"2026-05-20T01:02:03.5Z\"";
    PlainText plain;
    StringToken token;
    if (r.peek(at) != '"') return fail_type(r, at, expected);
    const char* const next = scan_string(r, at, token);
    if (next == nullptr) return nullptr;
    std::string_view text = token.view();
    if (token.escaped) [[unlikely]] {  // what is longer than a piece is no time in any case
        const char* from = token.data;
        text = view_of(plain.bytes, fill_piece(plain, from, token.data + token.size, r.end));
        if (from != token.data + token.size) text = {};
    }
    if (parse_usual_rfc3339(text, out)) return next;
    out = {};
    return parse_rfc3339(text, out) ? next : fail(r, ErrorCode::type_mismatch, at, expected);
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
    if (time.finer || (unit != 1 && time.nanoseconds % unit != 0) || (num != 1 && time.seconds % num != 0))
        return fail_ticks(r, at, type);
    const std::uint64_t most = time.negative ? 0 - static_cast<std::uint64_t>(type.low) : type.high;
    const std::uint64_t parts = unit == 1 ? time.nanoseconds : time.nanoseconds / unit;
    const std::uint64_t wholes = num == 1 ? time.seconds : time.seconds / num;
    const Wide size_of_wholes = multiply_wide(wholes, den);
    if (parts > most || size_of_wholes.high != 0 || size_of_wholes.low > most - parts) return fail_time_range(r, at);
    const std::uint64_t size = size_of_wholes.low + parts;
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
        const char* const next = read_real(r, at, seconds);
        if (next == nullptr) return nullptr;
        out = Duration{static_cast<Rep>(seconds / scale)};
        if (is_finite(seconds) && !is_finite(static_cast<double>(out.count()))) return fail_time_range(r, at);
        return next;
    } else {
        constexpr bool exact = Period::num == 1 && exact_period<Period>;
        std::uint64_t bits = 0;
        at = exact ? read_exact_ticks(r, at, tick_type<Rep, Period>, bits)
                   : read_rounded_ticks(r, at, tick_type<Rep, Period>, bits);
        if (at != nullptr) out = Duration{static_cast<Rep>(bits)};
        return at;
    }
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
        if (time.overflow) return fail_time_range(r, at);
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

/// Only what can be written again.
inline const char* read_time_point(Reader& r, const char* at, bool unix_seconds, Instant& out) noexcept {
    ExactSeconds time;
    const char* const next = read_point(r, at, unix_seconds, time);
    if (next == nullptr) return nullptr;
    if (time.overflow || time.seconds > static_cast<std::uint64_t>(last_civil_second)) return fail_time_range(r, at);
    if (time.finer) return fail_ticks(r, at, {.num = 1, .den = nanoseconds_per_second, .low = 0, .high = 0});
    const auto since = static_cast<std::int64_t>(time.seconds);
    if (!time.negative) out = Instant{since, time.nanoseconds};
    else if (time.nanoseconds == 0) out = Instant{-since};
    else out = Instant{-since - 1, nanoseconds_per_second - time.nanoseconds};
    return out.seconds < first_civil_second ? fail_time_range(r, at) : next;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
