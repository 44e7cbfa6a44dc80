// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_INTEGER_HPP
#define NOTCH_JSON_INTEGER_HPP

#include "../config.hpp"
#include "../macros.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// Integers to decimal text, two digits at a time from a table of 200 bytes. The number of digits is found by a short
// tree of comparisons, which real data predicts well; dividing by a constant is a multiplication.

namespace notch::inline NOTCH_ABI::detail {

/// The most bytes that one of the integer writers touches.
inline constexpr std::size_t max_integer_size = 20;

inline constexpr char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

NOTCH_INTERNAL_INLINE void write_pair(char* out, std::uint32_t below_100) noexcept {
    std::memcpy(out, digit_pairs + std::size_t{below_100} * 2, 2);
}

NOTCH_INTERNAL_INLINE void write_4_digits(char* out, std::uint32_t below_10000) noexcept {
    const std::uint32_t high = (below_10000 * 5243) >> 19;  // below_10000 / 100
    write_pair(out, high);
    write_pair(out + 2, below_10000 - high * 100);
}

NOTCH_INTERNAL_INLINE void write_8_digits(char* out, std::uint32_t below_1e8) noexcept {
    const std::uint32_t high = below_1e8 / 10000;
    write_4_digits(out, high);
    write_4_digits(out + 4, below_1e8 - high * 10000);
}

// One or two digits without a branch: below ten the copy starts at the second character of the pair, and the
// character too many that comes with it is overwritten or lies past the returned end.
NOTCH_INTERNAL_INLINE char* write_leading_pair(char* out, std::uint32_t below_100) noexcept {
    const std::size_t single = below_100 < 10;
    std::memcpy(out, digit_pairs + std::size_t{below_100} * 2 + single, 2);
    return out + 2 - single;
}

NOTCH_INTERNAL_INLINE char* write_below_1e4(char* out, std::uint32_t v) noexcept {
    if (v < 100) return write_leading_pair(out, v);
    const std::uint32_t high = (v * 5243) >> 19;
    out = write_leading_pair(out, high);
    write_pair(out, v - high * 100);
    return out + 2;
}

NOTCH_INTERNAL_INLINE char* write_below_1e8(char* out, std::uint32_t v) noexcept {
    if (v < 10000) return write_below_1e4(out, v);
    const std::uint32_t high = v / 10000;
    out = write_below_1e4(out, high);
    write_4_digits(out, v - high * 10000);
    return out + 4;
}

/// Writes v in decimal and returns the end; touches at most 20 bytes and adds no terminator.
inline char* write_u64(char* out, std::uint64_t v) noexcept {
    if (v < 100000000) return write_below_1e8(out, static_cast<std::uint32_t>(v));
    const std::uint64_t high = v / 100000000;
    const auto low = static_cast<std::uint32_t>(v - high * 100000000);
    if (high < 100000000) {
        out = write_below_1e8(out, static_cast<std::uint32_t>(high));
    } else {
        const std::uint64_t top = high / 100000000;
        out = write_below_1e4(out, static_cast<std::uint32_t>(top));
        write_8_digits(out, static_cast<std::uint32_t>(high - top * 100000000));
        out += 8;
    }
    write_8_digits(out, low);
    return out + 8;
}

/// Writes v in decimal, with its sign when negative; the same bounds as write_u64().
inline char* write_i64(char* out, std::int64_t v) noexcept {
    const std::uint64_t negative = v < 0;
    *out = '-';
    return write_u64(out + negative, (static_cast<std::uint64_t>(v) ^ (0 - negative)) + negative);
}

/// Writes v in decimal and returns the end; touches at most 10 bytes.
inline char* write_u32(char* out, std::uint32_t v) noexcept {
    if (v < 100000000) return write_below_1e8(out, v);
    const std::uint32_t high = v / 100000000;
    out = write_leading_pair(out, high);
    write_8_digits(out, v - high * 100000000);
    return out + 8;
}

/// Writes v in decimal, with its sign when negative; touches at most 11 bytes.
inline char* write_i32(char* out, std::int32_t v) noexcept {
    const std::uint32_t negative = v < 0;
    *out = '-';
    return write_u32(out + negative, (static_cast<std::uint32_t>(v) ^ (0 - negative)) + negative);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
