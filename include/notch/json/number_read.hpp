// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_NUMBER_READ_HPP
#define NOTCH_JSON_NUMBER_READ_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "big_integer.hpp"
#include "powers.hpp"
#include "word.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// Decimal text to numbers: the grammar of RFC 8259, section 6, and the nearest value, ties to even, for texts of any
// length. Everything is done in integers, so neither the locale nor the rounding mode nor -ffast-math can change a bit.
//
// The first nineteen digits times a 128-bit power of ten settle nearly every text (the method of Daniel Lemire, "Number
// Parsing at a Gigabyte per Second", 2021, here with a table that is always cut off, and an interval for what that
// costs). When a rounding boundary lies in the interval, big integers compare the text with that boundary.

namespace notch::inline NOTCH_ABI::detail {

enum class NumberStatus : unsigned char {
    ok,
    not_an_integer,  ///< a fraction or an exponent, even one of no effect
    out_of_range,
};

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

inline constexpr std::uint32_t powers_of_10[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

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

// --- to binary

/// What tells double and float apart.
struct BinaryFormat {
    int fraction_bits;
    int bias;
    std::uint64_t infinity;  ///< as bits
};
inline constexpr BinaryFormat double_format{52, 1023, std::uint64_t{0x7ff} << 52};
inline constexpr BinaryFormat float_format{23, 127, std::uint64_t{0xff} << 23};

/// Beside the bits of a value without its sign: it is this one or the next larger.
inline constexpr std::uint64_t unsettled = std::uint64_t{1} << 63;

// digits * 10^exponent, rounded. With the digits normalised to 64 bits, the product is known to 128 bits and less than
// two units of the last of them too low.
NOTCH_INTERNAL_COLD inline std::uint64_t round_decimal(std::uint64_t digits, std::int64_t exponent,
                                                       const BinaryFormat& format) noexcept {
    if (digits == 0 || exponent < -342) return 0;  // 10^19 * 10^-343 is less than half the least double
    if (exponent > 308) return format.infinity;
    const int q = static_cast<int>(exponent);
    const int zeros = std::countl_zero(digits);
    const std::uint64_t factor = digits << zeros;
    const Wide power = power10(q);
    const Wide upper = multiply_wide(factor, power.high);
    const Wide lower = multiply_wide(factor, power.low);
    const std::uint64_t low = upper.low + lower.high;
    const std::uint64_t high = upper.high + (low < upper.low);

    // The product has 127 or 128 bits. Of these a normal number keeps fraction_bits + 1, a subnormal one fewer.
    const int top = static_cast<int>(high >> 63);
    const int biased = log2_of_power10(q) + 63 - zeros + top + format.bias;
    int cut = 62 - format.fraction_bits + top;
    if (biased <= 0) [[unlikely]]
        cut += 1 - biased;
    if (cut > 64) return 0;
    if (biased > 2 * format.bias) [[unlikely]]
        return format.infinity;
    const std::uint64_t kept = high >> (cut - 1) >> 1;
    const std::uint64_t rest = high & ((std::uint64_t{2} << (cut - 1)) - 1);
    const std::uint64_t half = std::uint64_t{1} << (cut - 1);
    // The exponent goes in one too low, and the leading bit of `kept` adds the one.
    const std::uint64_t floor =
        kept + (biased > 0 ? static_cast<std::uint64_t>(biased - 1) << format.fraction_bits : 0);

    if (low + 2 <= 2 && rest + (low != 0) == half) [[unlikely]] {  // half a unit lies within the error
        const bool exact = low == 0 && lower.low == 0 && q >= 0 && q <= 55;
        return exact ? floor + (kept & 1) : floor | unsettled;
    }
    return floor + (rest >= half);
}

// The digits of a number as an integer, and in `exponent` the power of ten that belongs to it. A boundary between two
// doubles has at most 768 digits: beyond 800 it matters only whether there is anything but zeros, which a 1 stands for.
inline BigInteger all_digits(const NumberText& text, std::int64_t& exponent) noexcept {
    constexpr int most = 800;
    BigInteger value(0);
    int count = 0;
    std::int64_t dropped = 0;
    bool more = false;
    const char* p = text.first + text.negative;
    while (p != text.last && (*p == '0' || *p == '.')) ++p;
    for (; p != text.last && (is_digit(*p) || *p == '.'); ++p) {
        if (*p == '.') continue;
        if (count < most) {
            value.multiply_add(10, static_cast<std::uint32_t>(*p - '0'));
            ++count;
        } else {
            ++dropped;
            more |= *p != '0';
        }
    }
    // text.exponent belongs to the first 19 digits.
    exponent = text.exponent - (count + dropped > 19 ? count - 19 : 0);
    if (more) {
        value.multiply_add(10, 1);
        --exponent;
    }
    return value;
}

/// Whether the text, between the value `bits` and the next larger, belongs to the larger: by exact comparison.
NOTCH_INTERNAL_COLD inline bool rounds_up(const NumberText& text, std::uint64_t bits,
                                          const BinaryFormat& format) noexcept {
    const std::uint64_t hidden = std::uint64_t{1} << format.fraction_bits;
    const int biased = static_cast<int>(bits >> format.fraction_bits);
    const std::uint64_t significand = (bits & (hidden - 1)) | (biased != 0 ? hidden : 0);
    const int unit = (biased != 0 ? biased : 1) - format.bias - format.fraction_bits;  // exponent of two

    // digits * 10^ten against (2 * significand + 1) * 2^(unit - 1), without the twos that both have.
    std::int64_t ten = 0;
    BigInteger digits = all_digits(text, ten);
    BigInteger middle(significand * 2 + 1);
    if (ten >= 0) {
        digits.multiply_by_power_of_5(static_cast<unsigned>(ten));
    } else {
        middle.multiply_by_power_of_5(static_cast<unsigned>(-ten));
    }
    const std::int64_t twos = ten - (unit - 1);
    if (twos >= 0) {
        digits.shift_left(static_cast<unsigned>(twos));
    } else {
        middle.shift_left(static_cast<unsigned>(-twos));
    }
    const int order = BigInteger::compare(digits, middle);
    return order > 0 || (order == 0 && (significand & 1) != 0);
}

// The same for what is neither at an end of the range of double nor close to a rounding boundary, where the product can
// be shifted to fixed places; otherwise `unsettled`.
NOTCH_INTERNAL_INLINE std::uint64_t round_easy_double(std::uint64_t digits, std::int64_t exponent) noexcept {
    if (digits == 0) return 0;
    if (exponent < -280 || exponent > 280) [[unlikely]]
        return unsettled;
    const int q = static_cast<int>(exponent);
    const int zeros = std::countl_zero(digits);
    const std::uint64_t factor = digits << zeros;
    const Wide power = power10(q);
    const Wide product = multiply_wide(factor, power.high);
    std::uint64_t low = product.low + multiply_wide(factor, power.low).high;
    std::uint64_t high = product.high + (low < product.low);
    const int top = static_cast<int>(high >> 63);
    const int one_less = 1 - top;
    high = high << one_less | (low >> 63 & static_cast<std::uint64_t>(one_less));
    low <<= one_less;  // now less than four units too low
    const std::uint64_t rest = high & 0x7ff;
    if (low + 4 <= 4 && rest - 0x3ff <= 1) [[unlikely]]
        return unsettled;
    const auto biased = static_cast<std::uint64_t>(log2_of_power10(q) + 63 - zeros + top + double_format.bias);
    return (high >> 11) + ((biased - 1) << 52) + (rest >> 10);
}

NOTCH_INTERNAL_COLD inline std::uint64_t round_any(NumberText text, const BinaryFormat& format) noexcept {
    std::uint64_t bits = round_decimal(text.digits, text.exponent, format);
    if (bits < unsettled) {
        // What was cut lies between the 19 digits and the next such number: mostly both round to the same.
        if (!text.cut || round_decimal(text.digits + 1, text.exponent, format) == bits) return bits;
    }
    bits &= ~unsettled;
    return bits == format.infinity ? bits : bits + rounds_up(text, bits, format);
}

/// The double nearest to the number, ties to even; false when it is too large for one. What is too small reads as 0.
NOTCH_INTERNAL_INLINE bool to_double(const NumberText& text, double& out) noexcept {
    std::uint64_t bits = round_easy_double(text.digits, text.exponent);
    if (bits == unsettled || text.cut) [[unlikely]]
        bits = round_any(text, double_format);
    out = std::bit_cast<double>(bits | std::uint64_t{text.negative} << 63);
    return bits < double_format.infinity;
}

/// The float nearest to the number, in one rounding; otherwise as to_double().
NOTCH_INTERNAL_INLINE bool to_float(const NumberText& text, float& out) noexcept {
    const auto bits = static_cast<std::uint32_t>(round_any(text, float_format));
    out = std::bit_cast<float>(bits | std::uint32_t{text.negative} << 31);
    return bits < float_format.infinity;
}

NOTCH_INTERNAL_INLINE NumberStatus to_u64(const NumberText& text, std::uint64_t& out) noexcept {
    if (!text.integral) return NumberStatus::not_an_integer;
    out = text.digits;
    if (text.negative) return text.digits == 0 ? NumberStatus::ok : NumberStatus::out_of_range;
    if (!text.cut) [[likely]]
        return NumberStatus::ok;
    // The largest has twenty digits.
    constexpr std::uint64_t most = ~std::uint64_t{0};
    const auto last = static_cast<std::uint64_t>(text.last[-1] - '0');
    if (text.exponent != 1 || text.digits > (most - last) / 10) return NumberStatus::out_of_range;
    out = text.digits * 10 + last;
    return NumberStatus::ok;
}

NOTCH_INTERNAL_INLINE NumberStatus to_i64(const NumberText& text, std::int64_t& out) noexcept {
    if (!text.integral) return NumberStatus::not_an_integer;
    constexpr std::uint64_t most = ~std::uint64_t{0} >> 1;
    if (text.cut || text.digits > most + text.negative) return NumberStatus::out_of_range;
    out = static_cast<std::int64_t>(text.negative ? 0 - text.digits : text.digits);
    return NumberStatus::ok;
}

// --- whole texts: false too when [first, last) is not one JSON number

inline bool read_whole_number(const char* first, const char* last, NumberText& out) noexcept {
    return read_number(first, last, out) && out.last == last;
}

inline bool parse_double(const char* first, const char* last, double& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_double(text, out);
}

inline bool parse_float(const char* first, const char* last, float& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_float(text, out);
}

inline bool parse_u64(const char* first, const char* last, std::uint64_t& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_u64(text, out) == NumberStatus::ok;
}

inline bool parse_i64(const char* first, const char* last, std::int64_t& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_i64(text, out) == NumberStatus::ok;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
