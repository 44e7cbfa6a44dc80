// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_NUMBER_HPP
#define NOTCH_JSON_NUMBER_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "integer.hpp"
#include "powers.hpp"
#include "word.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if NOTCH_INTERNAL_SSE2
#include <emmintrin.h>
#endif

// Floating point to decimal text: the shortest digits that read back as the same value, and of these the closest.
// Everything is done in integers, so neither the locale nor the rounding mode nor -ffast-math can change a byte.
//
// Three ways lead to the same digits:
//   - a value of at most three decimals, as most measurements are, needs one multiplication;
//   - a fixed-point approximation with known error settles nearly every other value;
//   - where the error leaves a doubt, and for powers of two and subnormals, exact comparisons decide:
//     Raffaello Giulietti, "The Schubfach way to render doubles", 2020.

namespace notch::inline NOTCH_ABI::detail {

/// The most bytes that write_double() and write_float() touch; the text itself has at most 25.
inline constexpr std::size_t max_double_size = 32;

/// Neither NaN nor an infinity, told by the bits: it holds under -ffast-math too.
NOTCH_INTERNAL_INLINE bool is_finite(double v) noexcept {
    return (~std::bit_cast<std::uint64_t>(v) & 0x7ff0000000000000) != 0;
}

NOTCH_INTERNAL_INLINE bool is_finite(float v) noexcept { return (~std::bit_cast<std::uint32_t>(v) & 0x7f800000) != 0; }

/// digits * 10^exponent
struct Decimal {
    std::uint64_t digits;
    int exponent;
};

/// significand * 2^exponent. `uneven`: the next smaller value is only half as far away as the next larger one.
struct Binary {
    std::uint64_t significand;
    int exponent;
    bool uneven;
};

// floor(power * factor / 2^128) with the lowest bit set when something was cut off ("round to odd"): enough to compare
// the exact product with any even number. `power` is one too large in its last place, which the `> 1` makes up for.
NOTCH_INTERNAL_INLINE std::uint64_t multiply_to_odd(Wide power, std::uint64_t factor) noexcept {
    const Wide low = multiply_wide(power.low, factor);
    const Wide high = multiply_wide(power.high, factor);
    const std::uint64_t fraction = high.low + low.high;
    const std::uint64_t carry = fraction < low.high;
    return (high.high + carry) | (fraction > 1);
}

/// The shortest decimal by exact comparisons: Schubfach, for every finite value but zero.
NOTCH_INTERNAL_COLD inline Decimal shortest_exactly(Binary v) noexcept {
    const int k = v.uneven ? log10_of_three_quarters(v.exponent) : log10_of_power2(v.exponent);
    Wide power = power10(-k);
    power.low += 1;
    const int shift = v.exponent + log2_of_power10(-k) + 1;
    // Four times the value and the two ends of its rounding interval, in units of 10^k.
    const std::uint64_t four = v.significand * 4;
    const std::uint64_t value = multiply_to_odd(power, four << shift);
    std::uint64_t lower = multiply_to_odd(power, (four - (v.uneven ? 1 : 2)) << shift);
    std::uint64_t upper = multiply_to_odd(power, (four + 2) << shift);
    // An end belongs to the interval when the significand is even, for a tie rounds to even.
    lower += v.significand & 1;
    upper -= v.significand & 1;

    const std::uint64_t floor = value / 4;
    const std::uint64_t tens = floor / 10 * 10;
    const bool tens_fit = lower <= tens * 4;
    const bool next_tens_fit = (tens + 10) * 4 <= upper;
    if (tens_fit != next_tens_fit) return {next_tens_fit ? tens + 10 : tens, k};

    const bool floor_fits = lower <= floor * 4;
    const bool next_fits = (floor + 1) * 4 <= upper;
    if (floor_fits != next_fits) return {next_fits ? floor + 1 : floor, k};
    const std::uint64_t middle = floor * 4 + 2;
    const bool up = value > middle || (value == middle && (floor & 1) != 0);
    return {up ? floor + 1 : floor, k};
}

// --- the approximation

/// (tens + last / 10) * 10^exponent
struct SplitDecimal {
    std::uint64_t tens;
    std::uint64_t last;
    int exponent;
};

/// The shortest decimal of a value that is neither subnormal nor a power of two; gives false when it cannot tell.
//
// In units of 10^k, where 10^(k-1) <= 2^exponent < 10^k, half the width of the rounding interval lies in [1/20, 1/2). So at
// most one integer is inside; it is then the shortest. Otherwise it takes one digit more, and the nearest such number
// is inside.
//
// The table is cut off, and so are the products: fraction and half width come out less than two units of 2^-64 too low.
// When something stands so close to a decision that this could matter, the answer is not known here.
NOTCH_INTERNAL_INLINE bool shortest(std::uint64_t significand, int exponent, SplitDecimal& out) noexcept {
    const int k = log10_of_power2(exponent) + 1;
    const Wide power = power10(-k);
    const int shift = exponent + log2_of_power10(-k);  // -4..-1
    const std::uint64_t factor = significand << (shift + 4);
    const Wide product = multiply_wide(power.high, factor);
    const std::uint64_t low = product.low + multiply_wide(power.low, factor).high;
    const std::uint64_t high = product.high + (low < product.low);
    const std::uint64_t fraction = high << 61 | low >> 3;
    const std::uint64_t half_width = power.high >> -shift;
    const std::uint64_t sum = fraction + half_width;  // from 1 on, the next integer is inside
    const Wide digit = multiply_wide(fraction, 10);
    constexpr std::uint64_t half = std::uint64_t{1} << 63;
    if (fraction - half_width + 2 <= 4 || sum + 4 <= 8 || digit.low - half + 20 <= 40) [[unlikely]]
        return false;
    // Arithmetic instead of branches, which would be anybody's guess.
    const std::uint64_t next_fits = sum < fraction;
    const std::uint64_t any_fits = next_fits | std::uint64_t{fraction < half_width};
    out = {(high >> 3) + next_fits, (digit.high + (digit.low >> 63)) & (any_fits - 1), k};
    return true;
}

// --- sixteen digits as text

// Eight digits as the bytes 0..9 of a word, the first digit lowest: split into halves three times, all parts at once.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t spread_8_digits(std::uint64_t below_1e8) noexcept {
    const std::uint64_t fours = (below_1e8 << 32) - below_1e8 / 10000 * ((std::uint64_t{10000} << 32) - 1);
    const std::uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
    const std::uint64_t twos = (fours << 16) - hundreds * ((100 << 16) - 1);
    const std::uint64_t tens = ((twos * 103) >> 10) & 0x000f000f000f000f;
    return (twos << 8) - tens * ((10 << 8) - 1);
}

/// Sixteen characters, the first digit not zero, in two words.
class PortableDigits {
public:
    PortableDigits(std::uint64_t high_8, std::uint64_t low_8) noexcept
        : first_(spread_8_digits(high_8)),
          second_(spread_8_digits(low_8)) {}

    /// How many digits there are without the zeros at the end, when one more follows.
    unsigned length(bool one_more) const noexcept {
        const std::uint64_t end = second_ != 0 ? second_ : first_;
        const unsigned length = (second_ != 0 ? 16u : 8u) - static_cast<unsigned>(std::countl_zero(end)) / 8;
        return one_more ? 17 : length;
    }

    void store(char* out) const noexcept {
        store_8(out, first_ + every_byte('0'));
        store_8(out + 8, second_ + every_byte('0'));
    }

    /// With a point after the first `point` characters, 1..16; seventeen in all.
    void store(char* out, unsigned point) const noexcept {
        const std::uint64_t first = first_ + every_byte('0');
        const std::uint64_t second = second_ + every_byte('0');
        const std::uint64_t moved = second << 8 | first >> 56;
        const std::uint64_t before = (std::uint64_t{1} << point % 8 * 8) - 1;
        store_8(out, point < 8 ? (first & before) | (first << 8 & ~before) : first);
        store_8(out + 8, point < 8 ? moved : point < 16 ? (second & before) | (moved & ~before) : second);
        out[16] = static_cast<char>(second >> 56);
        out[point] = '.';
    }

private:
    std::uint64_t first_;
    std::uint64_t second_;
};

#if NOTCH_INTERNAL_SSE2
/// The same in one vector.
class Sse2Digits {
public:
    Sse2Digits(std::uint64_t high_8, std::uint64_t low_8) noexcept {
        const __m128i eights = _mm_set_epi64x(static_cast<long long>(low_8), static_cast<long long>(high_8));
        const __m128i over_10000 = _mm_srli_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(3518437209)), 45);
        const __m128i below_10000 = _mm_sub_epi64(eights, _mm_mul_epu32(over_10000, _mm_set1_epi64x(10000)));
        const __m128i fours = _mm_or_si128(over_10000, _mm_slli_epi64(below_10000, 32));
        // x / 100 in both halves of a lane, then 0 + x / 100 in the lower one and x - 100 * (x / 100) in the upper one.
        const __m128i upper = _mm_slli_epi32(fours, 16);
        const __m128i over_100 = _mm_srli_epi16(_mm_mulhi_epu16(_mm_or_si128(fours, upper), _mm_set1_epi16(5243)), 3);
        const __m128i twos = _mm_sub_epi16(upper, _mm_mullo_epi16(over_100, _mm_set1_epi32((100 << 16) | 0xffff)));
        const __m128i over_10 = _mm_mulhi_epu16(twos, _mm_set1_epi16(6554));
        digits_ = _mm_sub_epi16(_mm_slli_epi16(twos, 8), _mm_mullo_epi16(over_10, _mm_set1_epi16((10 << 8) - 1)));
    }

    unsigned length(bool one_more) const noexcept {
        const __m128i nonzero = _mm_cmpgt_epi8(digits_, _mm_setzero_si128());
        const unsigned places = static_cast<unsigned>(_mm_movemask_epi8(nonzero)) | unsigned{one_more} << 16;
        return 32 - static_cast<unsigned>(std::countl_zero(places | 1));  // | 1: the compiler need not test for none
    }

    void store(char* out) const noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(out), characters()); }

    void store(char* out, unsigned point) const noexcept {
        alignas(32) static constexpr signed char ones_then_zeros[32] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                                        -1, -1, -1, -1, -1, -1, -1, -1};
        const __m128i all = characters();
        const __m128i before = _mm_loadu_si128(reinterpret_cast<const __m128i*>(ones_then_zeros + 16 - point));
        const __m128i after = _mm_andnot_si128(before, _mm_slli_si128(all, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_or_si128(_mm_and_si128(before, all), after));
        out[16] = static_cast<char>(_mm_extract_epi16(all, 7) >> 8);
        out[point] = '.';
    }

private:
    __m128i characters() const noexcept { return _mm_add_epi8(digits_, _mm_set1_epi8('0')); }

    __m128i digits_;
};
using Digits = Sse2Digits;
#else
using Digits = PortableDigits;
#endif

// 17 digits, 0.ddd * 10^point: fixed from 1e-6 to below 1e16, else with an exponent. The first digit is not zero.
NOTCH_INTERNAL_INLINE char* write_digits(char* out, std::uint64_t first_16, std::uint64_t last, int point) noexcept {
    const std::uint64_t high = first_16 / 100000000;
    const Digits digits(high, first_16 - high * 100000000);
    const std::size_t length = digits.length(last != 0);
    if (point >= 1 && point <= 16) [[likely]] {
        const auto whole = static_cast<unsigned>(point);
        out[17] = static_cast<char>('0' + last);
        digits.store(out, whole);
        return out + (length > whole ? length : whole + 1) + 1;
    }
    if (point <= 0 && point > -6) {
        std::memcpy(out, "0.000000", 8);
        out += 2 - point;
        digits.store(out);
        out[16] = static_cast<char>('0' + last);
        return out + length;
    }
    out[17] = static_cast<char>('0' + last);
    digits.store(out, 1);
    out += length == 1 ? 1 : length + 1;
    *out = 'e';
    return write_i32(out + 1, point - 1);
}

// --- values of few decimals

// For values with units in the last place, 2^-shift, smaller than 10^-3. Then the rounding interval holds at most one
// decimal of three places; if there is one, it is the shortest, because all others have more places. The value times 1000
// rounded to an integer n is the only candidate, and it is inside when it misses by less than half of 1000 units.
// Gives n, or 0 when there is none.
//
// Below a power of two the interval is half as wide. There the miss is a multiple of 2^55 (2^26 for a float), so nothing
// wrong comes through.
NOTCH_INTERNAL_INLINE std::uint64_t to_thousandths(std::uint64_t significand, int shift) noexcept {
    const std::uint64_t highest = significand * 1000 + 499;
    const std::uint64_t n = highest >> shift;
    return highest - (n << shift) <= 998 ? n : 0;
}

// The same for six places and units smaller than 10^-6.
NOTCH_INTERNAL_INLINE std::uint64_t to_millionths(std::uint64_t significand, int shift) noexcept {
    Wide highest = multiply_wide(significand, 1000000);
    highest.low += 499999;
    highest.high += highest.low < 499999;
    const std::uint64_t n = highest.high << (64 - shift) | highest.low >> shift;
    return highest.low - (n << shift) <= 999998 ? n : 0;
}

// n / 1000 without zeros at the end, but with at least one decimal.
NOTCH_INTERNAL_INLINE char* write_thousandths(char* out, std::uint64_t n) noexcept {
    const std::uint64_t whole = n / 1000;
    const auto rest = static_cast<std::uint32_t>(n - whole * 1000);
    out = write_u64(out, whole);
    const std::uint32_t first_two = (rest * 6554) >> 16;  // rest / 10
    const std::uint32_t last = rest - first_two * 10;
    *out = '.';
    write_pair(out + 1, first_two);
    out[3] = static_cast<char>('0' + last);
    return out + (last != 0 ? 4 : out[2] != '0' ? 3 : 2);
}

// --- the whole range

inline char* write_null(char* out) noexcept {
    std::memcpy(out, "null", 4);
    return out + 4;
}

inline char* write_zero(char* out) noexcept {
    std::memcpy(out, "0.0", 3);
    return out + 3;
}

NOTCH_INTERNAL_COLD inline char* write_exactly(char* out, Binary v) noexcept {
    Decimal decimal = shortest_exactly(v);
    while (decimal.digits < 10000000000000000) decimal = {decimal.digits * 10, decimal.exponent - 1};
    return write_digits(out, decimal.digits / 10, decimal.digits % 10, decimal.exponent + 17);
}

// Infinities, NaN, zero, subnormals and powers of two.
NOTCH_INTERNAL_COLD inline char* write_special_double(char* out, std::uint64_t bits) noexcept {
    const int biased = static_cast<int>(bits >> 52) & 0x7ff;
    if (biased == 0x7ff) return write_null(out);
    out += bits >> 63;
    if (bits << 1 == 0) return write_zero(out);
    if (biased == 0) return write_exactly(out, {bits << 12 >> 12, -1074, false});
    return write_exactly(out, {std::uint64_t{1} << 52, biased - 1075, biased > 1});
}

// What has more than three decimals or is very large or small.
[[gnu::noinline]] inline char* write_other_double(char* out, std::uint64_t bits, std::uint64_t significand,
                                                  int shift) noexcept {
    const bool normal = static_cast<unsigned>(shift - (1075 - 0x7fe)) <= 0x7fd;
    if (bits << 12 == 0 || !normal) [[unlikely]]
        return write_special_double(out, bits);
    out += bits >> 63;
    if (shift >= 20 && shift <= 22) {  // 2^30 <= |v| < 2^33: UNIX seconds from 2004 on
        const std::uint64_t n = to_millionths(significand, shift);
        if (n != 0) return write_digits(out, n, 0, 10);
    }
    SplitDecimal decimal;
    if (!shortest(significand, -shift, decimal)) [[unlikely]]
        return write_exactly(out, {significand, -shift, false});
    // Sixteen digits or seventeen, again without a branch: `sixteen` is all ones or all zeros.
    const std::uint64_t sixteen = 0 - std::uint64_t{decimal.tens < 1000000000000000};
    const std::uint64_t first_16 = decimal.tens + ((decimal.tens * 9 + decimal.last) & sixteen);
    return write_digits(out, first_16, decimal.last & ~sixteen, decimal.exponent + 16 + static_cast<int>(sixteen));
}

/// Writes the shortest decimal that reads back as v, and returns the end.
///
///     write_double(out, 12)      12.0
///     write_double(out, 0.1)     0.1
///     write_double(out, -0.0)    -0.0
///     write_double(out, 1e300)   1e300
///     write_double(out, NAN)     null
///
/// Fixed for 1e-6 <= |v| < 1e16, which takes in every whole number that doubles hold without gaps; otherwise with an
/// exponent. There is always a point or an exponent, so that the text stays a floating-point number to its reader. NaN
/// and the infinities, which JSON has no words for, become null; is_finite() tells. Touches at most max_double_size bytes.
inline char* write_double(char* out, double v) noexcept {
    constexpr std::uint64_t hidden = std::uint64_t{1} << 52;
    const auto bits = std::bit_cast<std::uint64_t>(v);
    const std::uint64_t significand = (bits & (hidden - 1)) | hidden;
    const int shift = 1075 - (static_cast<int>(bits >> 52) & 0x7ff);
    *out = '-';
    if (shift >= 10 && shift <= 62) {  // 2^-10 <= |v| < 2^43
        const std::uint64_t n = to_thousandths(significand, shift);
        if (n != 0) return write_thousandths(out + (bits >> 63), n);
    }
    return write_other_double(out, bits, significand, shift);
}

NOTCH_INTERNAL_COLD inline char* write_special_float(char* out, std::uint32_t bits) noexcept {
    const int biased = static_cast<int>(bits >> 23) & 0xff;
    if (biased == 0xff) return write_null(out);
    out += bits >> 31;
    if (bits << 1 == 0) return write_zero(out);
    if (biased == 0) return write_exactly(out, {bits << 9 >> 9, -149, false});
    return write_exactly(out, {std::uint32_t{1} << 23, biased - 150, biased > 1});
}

[[gnu::noinline]] inline char* write_other_float(char* out, std::uint32_t bits, std::uint32_t significand,
                                                 int shift) noexcept {
    const bool normal = static_cast<unsigned>(shift - (150 - 0xfe)) <= 0xfd;
    if (bits << 9 == 0 || !normal) [[unlikely]]
        return write_special_float(out, bits);
    out += bits >> 31;
    SplitDecimal decimal;
    if (!shortest(significand, -shift, decimal)) [[unlikely]]
        return write_exactly(out, {significand, -shift, false});
    const std::uint64_t digits = decimal.tens * 10 + decimal.last;  // 7 to 9
    const int more = digits < 10000000 ? 9 : digits < 100000000 ? 8 : 7;
    constexpr std::uint64_t scale[] = {10000000, 100000000, 1000000000};
    return write_digits(out, digits * scale[more - 7], 0, decimal.exponent + 15 - more);
}

/// As write_double(), the shortest decimal that reads back as this float: 0.1f is written 0.1.
inline char* write_float(char* out, float v) noexcept {
    constexpr std::uint32_t hidden = std::uint32_t{1} << 23;
    const auto bits = std::bit_cast<std::uint32_t>(v);
    const int shift = 150 - (static_cast<int>(bits >> 23) & 0xff);
    *out = '-';
    const std::uint32_t significand = (bits & (hidden - 1)) | hidden;
    if (shift >= 10 && shift <= 33) {  // 2^-10 <= |v| < 2^14
        const std::uint64_t n = to_thousandths(significand, shift);
        if (n != 0) return write_thousandths(out + (bits >> 31), n);
    }
    return write_other_float(out, bits, significand, shift);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
