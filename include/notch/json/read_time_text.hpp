// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_READ_TIME_TEXT_HPP
#define NOTCH_JSON_READ_TIME_TEXT_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "number_text.hpp"
#include "time.hpp"
#include "word.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

// RFC 3339 text to seconds, exact to the nanosecond.

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

/// What TimeText finds in a text, and what these are together.
struct CivilTime {
    std::int64_t year;
    std::int64_t month;
    std::int64_t day;
    std::int64_t hour;
    std::int64_t minute;
    std::int64_t second;
    std::int64_t offset;  ///< seconds ahead of UTC
};

/// Sign and whole seconds of a time whose fraction is in `out` already.
constexpr void count_seconds(const CivilTime& time, ExactSeconds& out) noexcept {
    std::int64_t since = days_to(time.year, time.month, time.day) * 86'400 + time.hour * 3'600 + time.minute * 60 +
                         time.second - time.offset;
    if (since < 0) {  // the fraction counts forward: -1.25 is second -2 and 0.75
        out.negative = true;
        if (out.nanoseconds != 0) {
            out.nanoseconds = nanoseconds_per_second - out.nanoseconds;
            ++since;
        }
        since = -since;
    }
    out.seconds = static_cast<std::uint64_t>(since);
}

constexpr bool in_range(const CivilTime& time) noexcept {
    return time.month >= 1 && time.month <= 12 && time.day >= 1 &&
           (time.day <= 28 || time.day <= days_in_month(time.year, time.month)) && time.hour <= 23 &&
           time.minute <= 59 && time.second <= 59;
}

/// Eight characters of which those that are '0' stand for any digit.
struct TextForm {
    std::uint64_t shape = 0;
    std::uint64_t room = 0;  ///< what each byte can be over the shape, less than the high bit

    consteval explicit TextForm(const char (&form)[9]) noexcept {
        for (int i = 0; i < 8; ++i) {
            shape |= std::uint64_t{static_cast<unsigned char>(form[i])} << 8 * i;
            room |= std::uint64_t{form[i] == '0' ? 0x80U - 10U : 0x7fU} << 8 * i;
        }
    }
};
inline constexpr TextForm year_and_month{"0000-00-"};
inline constexpr TextForm day_to_minute{"00T00:00"};
inline constexpr TextForm clock_time{"00:00:00"};

/// Zero when the text has that form.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t misfits(std::uint64_t text, const TextForm& form) noexcept {
    const std::uint64_t values = text ^ form.shape;
    return ((values + form.room) | values) & every_byte(0x80);
}
/// The two digits at that place of eight characters.
NOTCH_INTERNAL_INLINE constexpr std::int64_t two_digits(std::uint64_t text, int at) noexcept {
    const std::uint64_t both = text >> 8 * at;
    return static_cast<std::int64_t>((both & 0xf) * 10 + (both >> 8 & 0xf));
}

/// One to nine digits that end at `end`, as nanoseconds; false when one is none. Eight bytes before `end` can be read.
NOTCH_INTERNAL_INLINE bool read_usual_fraction(const char* end, std::size_t digits, std::uint32_t& out) noexcept {
    const char* const first = end - digits;
    std::uint64_t value = 0;
    if (digits == 9) value = static_cast<unsigned char>(*first - '0');
    const int foreign = digits < 8 ? 8 * static_cast<int>(8 - digits) : 0;  // bits of what stands before the digits
    const std::uint64_t text = load_8(end - 8) >> foreign << foreign;
    const std::uint64_t zeros = every_byte('0') & ((std::uint64_t{1} << foreign) - 1);
    if (value > 9 || non_digits(text | zeros) != 0) return false;
    value = value * 100000000 + value_of_8_digits(text);
    out = static_cast<std::uint32_t>(value * powers_of_10[9 - digits]);
    return true;
}

/// A time as writers usually give it, `2026-05-20T01:02:03.5Z` with up to nine digits behind the point; false for any other,
/// and for what is no time.
inline bool parse_usual_rfc3339(std::string_view from, ExactSeconds& out) noexcept {
    constexpr std::size_t whole = 19;
    const char* const text = from.data();
    const std::size_t size = from.size();
    if (size <= whole || size > whole + 11 || text[size - 1] != 'Z') return false;
    const std::uint64_t date = load_8(text);
    const std::uint64_t middle = load_8(text + 8);
    const std::uint64_t clock = load_8(text + 11);
    if ((misfits(date, year_and_month) | misfits(middle, day_to_minute) | misfits(clock, clock_time)) != 0)
        return false;
    const CivilTime time{.year = two_digits(date, 0) * 100 + two_digits(date, 2),
                         .month = two_digits(date, 5),
                         .day = two_digits(middle, 0),
                         .hour = two_digits(clock, 0),
                         .minute = two_digits(clock, 3),
                         .second = two_digits(clock, 6),
                         .offset = 0};
    if (!in_range(time)) return false;
    if (size > whole + 1) {
        const std::size_t digits = size - whole - 2;
        if (digits == 0 || text[whole] != '.' || !read_usual_fraction(text + size - 1, digits, out.nanoseconds))
            return false;
    }
    count_seconds(time, out);
    return true;
}

/// A time by RFC 3339, section 5.6; false when the text is none. A leap second (`:60`) is none: system_clock has no place
/// for it.
constexpr bool parse_rfc3339(std::string_view from, ExactSeconds& out) noexcept {
    TimeText text{from};
    CivilTime time{};
    time.year = text.number(4, 0, 9999);
    text.literal('-');
    time.month = text.number(2, 1, 12);
    text.literal('-');
    time.day = text.number(2, 1, days_in_month(time.year, time.month));
    if (!text.take('T') && !text.take('t')) return false;
    time.hour = text.number(2, 0, 23);
    text.literal(':');
    time.minute = text.number(2, 0, 59);
    text.literal(':');
    time.second = text.number(2, 0, 59);
    if (text.take('.')) text.fraction(out);
    time.offset = take_offset(text);
    if (!text.done()) return false;
    count_seconds(time, out);
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
