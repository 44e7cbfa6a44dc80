// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_NUMBER_READ_HPP
#define NOTCH_JSON_NUMBER_READ_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "big_integer.hpp"
#include "number_text.hpp"
#include "powers.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

// Decimal text to numbers: the nearest value, ties to even, for texts of any length. Everything is done in integers, so
// neither the locale nor the rounding mode nor -ffast-math can change a bit.
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

/// Reads a double that is written as nearly all are: without exponent, with at most 15 digits on either side of the point and
/// 19 in all, in a text of eight bytes or more. Null for any other, and for what is no number.
NOTCH_INTERNAL_INLINE const char* read_usual_double(const char* begin, const char* end, const char* p,
                                                    double& out) noexcept {
    if (end - begin < 8 || p == end) [[unlikely]]
        return nullptr;
    const bool negative = *p == '-';
    const char* const whole = p + negative;
    std::uint64_t digits = 0;
    p = take_few_digits(whole, end, digits);
    if (p == nullptr || p == whole || p == end) [[unlikely]]
        return nullptr;
    if (*whole == '0' && p - whole != 1) [[unlikely]]
        return nullptr;
    std::int64_t exponent = 0;
    if (*p == '.') [[likely]] {
        const char* const fraction = p + 1;
        const char* const last = take_few_digits(fraction, end, digits);
        if (last == nullptr || last == fraction || last == end || last - whole > 20) [[unlikely]]
            return nullptr;
        exponent = fraction - last;
        p = last;
    }
    const std::uint64_t bits = (*p | 0x20) == 'e' ? unsettled : round_easy_double(digits, exponent);
    if (bits == unsettled) [[unlikely]]
        return nullptr;
    out = std::bit_cast<double>(bits | std::uint64_t{negative} << 63);
    return p;
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
