// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_NUMBER_TEXT_HPP
#define NOTCH_JSON_NUMBER_TEXT_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "word.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

// Numbers as they stand in a text: the grammar of RFC 8259, section 6, and their digits.

namespace notch::inline NOTCH_ABI::detail {

/// A number as it stands in a text: +-digits * 10^exponent.
struct NumberText {
    const char* first;      ///< the sign, or else the first digit
    const char* last;       ///< one past the number
    std::uint64_t digits;   ///< the first 19 significant digits
    std::int64_t exponent;  ///< of ten; the digits beyond 19 are counted in
    bool negative;
    bool integral;  ///< neither a fraction nor an exponent
    bool cut;       ///< there were more than 19 digits
};

NOTCH_INTERNAL_INLINE constexpr bool is_digit(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }

// The high bit of the first byte that is not a digit, and perhaps of some behind it; 0: all eight are digits.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t non_digits(std::uint64_t text) noexcept {
    const std::uint64_t values = text ^ every_byte('0');
    return ((values + every_byte(0x80 - 10)) | values) & every_byte(0x80);
}

// Eight digits, or fewer behind zero bytes.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t value_of_8_digits(std::uint64_t text) noexcept {
    text &= every_byte(0x0f);
    text = (text * 10 + (text >> 8)) & 0x00ff00ff00ff00ff;
    text = (text * 100 + (text >> 16)) & 0x0000ffff0000ffff;
    return (text * 10000 + (text >> 32)) & 0xffffffff;
}

NOTCH_INTERNAL_INLINE const char* skip_digits(const char* p, const char* end) noexcept {
    while (end - p >= 8) {
        const std::uint64_t other = non_digits(load_8(p));
        if (other != 0) return p + std::countr_zero(other) / 8;
        p += 8;
    }
    while (p != end && is_digit(*p)) ++p;
    return p;
}

inline constexpr std::uint32_t powers_of_10[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

// On from p, which is past the digits of `value`; a value beyond 64 bits wraps. Eight bytes at a time without asking how
// many digits these are: a branch on the length of a number is often wrong.
NOTCH_INTERNAL_INLINE const char* take_digits(const char* p, const char* end, std::uint64_t& value) noexcept {
    std::uint64_t v = value;
    while (end - p >= 8) {
        const std::uint64_t text = load_8(p);
        const std::uint64_t other = non_digits(text);
        if (other != 0) {
            const int bits = std::countr_zero(other) & 0x38;
            value = v * powers_of_10[bits / 8] + value_of_8_digits(text << 8 << (56 - bits));
            return p + bits / 8;
        }
        v = v * 100000000 + value_of_8_digits(text);
        p += 8;
    }
    for (; p != end && is_digit(*p); ++p) v = v * 10 + static_cast<unsigned char>(*p - '0');
    value = v;
    return p;
}

/// Eight bytes from p on; zeros stand for what lies behind the end, which is at least eight bytes behind `begin`.
NOTCH_INTERNAL_INLINE std::uint64_t load_up_to_8(const char* p, const char* end) noexcept {
    const auto left = end - p;
    if (left >= 8) [[likely]]
        return load_8(p);
    const int half = 4 * static_cast<int>(8 - left);  // in two steps, since a word cannot be shifted by all of its bits
    return load_8(end - 8) >> half >> half;
}

/// take_digits() for up to 15 digits, which nearly all numbers have on each side of the point, without a loop; null when there
/// are more.
NOTCH_INTERNAL_INLINE const char* take_few_digits(const char* p, const char* end, std::uint64_t& value) noexcept {
    std::uint64_t text = load_up_to_8(p, end);
    std::uint64_t other = non_digits(text);
    std::uint64_t v = value;
    if (other == 0) {
        v = v * 100000000 + value_of_8_digits(text);
        p += 8;
        text = load_up_to_8(p, end);
        other = non_digits(text);
        if (other == 0) [[unlikely]]
            return nullptr;
    }
    const int bits = std::countr_zero(other) & 0x38;
    value = v * powers_of_10[bits / 8] + value_of_8_digits(text << 8 << (56 - bits));
    return p + bits / 8;
}

/// The end of the JSON number that begins at p, or nullptr when none does; `integral`: neither fraction nor exponent.
inline const char* scan_number(const char* p, const char* end, bool& integral) noexcept {
    if (p != end && *p == '-') ++p;
    if (p == end || !is_digit(*p)) return nullptr;
    const char* const whole = p;
    p = skip_digits(p, end);
    if (*whole == '0' && p - whole > 1) return nullptr;
    integral = true;
    if (p != end && *p == '.') {
        integral = false;
        const char* const fraction = p + 1;
        p = skip_digits(fraction, end);
        if (p == fraction) return nullptr;
    }
    if (p != end && (*p == 'e' || *p == 'E')) {
        integral = false;
        ++p;
        if (p != end && (*p == '+' || *p == '-')) ++p;
        const char* const exponent = p;
        p = skip_digits(exponent, end);
        if (p == exponent) return nullptr;
    }
    return p;
}

// After 'e': sign and digits. Far out of range it stops counting, where no number of digits can make up for it.
inline const char* read_exponent(const char* p, const char* end, std::int64_t& exponent) noexcept {
    const bool negative = p != end && *p == '-';
    if (negative || (p != end && *p == '+')) ++p;
    if (p == end || !is_digit(*p)) return nullptr;
    std::int64_t value = 0;
    for (; p != end && is_digit(*p); ++p) {
        if (value < 100000000000000000) value = value * 10 + (*p - '0');
    }
    exponent += negative ? -value : value;
    return p;
}

// More than 19 digits were read, so the value has wrapped: zeros in front do not count, and the rest is cut. By value, as
// below, so that the caller's NumberText can live in registers.
NOTCH_INTERNAL_COLD inline NumberText with_19_digits(NumberText text, const char* p, const char* digits_end) noexcept {
    while (p != digits_end && (*p == '0' || *p == '.')) ++p;
    std::int64_t count = 0;
    text.digits = 0;
    for (; p != digits_end; ++p) {
        if (*p == '.') continue;
        if (count < 19) text.digits = text.digits * 10 + static_cast<unsigned char>(*p - '0');
        ++count;
    }
    text.cut = count > 19;
    text.exponent += text.cut ? count - 19 : 0;
    return text;
}

/// Reads the JSON number that begins at p; false when none does. What follows the number is the caller's business.
NOTCH_INTERNAL_INLINE bool read_number(const char* p, const char* end, NumberText& out) noexcept {
    out.first = p;
    out.negative = p != end && *p == '-';
    p += out.negative;
    const char* const whole = p;
    std::uint64_t digits = 0;
    p = take_digits(p, end, digits);
    std::ptrdiff_t count = p - whole;
    if (count == 0 || (*whole == '0' && count > 1)) return false;
    std::int64_t exponent = 0;
    bool integral = true;
    if (p != end && *p == '.') {
        integral = false;
        const char* const fraction = p + 1;
        p = take_digits(fraction, end, digits);
        if (p == fraction) return false;
        count += p - fraction;
        exponent = fraction - p;
    }
    const char* const digits_end = p;
    if (p != end && (*p == 'e' || *p == 'E')) {
        integral = false;
        p = read_exponent(p + 1, end, exponent);
        if (p == nullptr) return false;
    }
    out.last = p;
    out.digits = digits;
    out.exponent = exponent;
    out.integral = integral;
    out.cut = false;
    if (count > 19) [[unlikely]]
        out = with_19_digits(out, whole, digits_end);
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
