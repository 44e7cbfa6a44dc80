#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes include/notch/json/powers.hpp: the powers of ten that writing and reading of doubles share.

    make_powers.py            writes the header
    make_powers.py --check    exit status 1 when the header differs from what would be written

Exact integer arithmetic, so the result is the same everywhere.
"""
import pathlib
import sys

# Reading needs 10^-342 (19 digits times that is below half of the least subnormal) to 10^308; writing 10^-292 to 10^324.
FIRST, LAST = -342, 324
PER_LINE = 3
HEADER = pathlib.Path(__file__).resolve().parents[2] / "include/notch/json/powers.hpp"


def floor_log2(numerator, denominator):
    """The e with 2^e <= numerator / denominator < 2^(e + 1)."""
    e = numerator.bit_length() - denominator.bit_length()
    below = numerator << -e < denominator if e < 0 else numerator < denominator << e
    return e - 1 if below else e


def significand(q):
    """The first 128 bits of 10^q, cut off."""
    numerator, denominator = (10**q, 1) if q >= 0 else (1, 10**-q)
    e = floor_log2(numerator, denominator)
    assert e == (q * 1741647) >> 19, "log2_of_power10() is off"
    shift = 127 - e
    value = (numerator << shift) // denominator if shift >= 0 else numerator // (denominator << -shift)
    assert value.bit_length() == 128
    # Writing adds one to the lower half and relies on there being no carry.
    assert value & (2**64 - 1) != 2**64 - 1
    return value


def check_logarithms():
    """The two multiply-and-shift logarithms of the header, over all exponents a double can have."""
    for q in range(-1074, 972):
        wide = 10**400 * 2 ** (q + 1100)  # 2^q, scaled to an integer
        for constant, numerator, denominator in ((0, 1, 1), (524031, 3, 4)):
            k = (q * 1262611 - constant) >> 22
            scaled = wide * numerator // denominator
            assert 10 ** (k + 400) * 2**1100 <= scaled < 10 ** (k + 401) * 2**1100, "log10_of_power2() is off"


def table():
    cells = []
    for q in range(FIRST, LAST + 1):
        value = significand(q)
        cells.append(f"0x{value >> 64:016x},0x{value & (2**64 - 1):016x},")
    return "\n".join("".join(cells[i : i + PER_LINE]) for i in range(0, len(cells), PER_LINE))


TEMPLATE = """// SPDX-License-Identifier: MIT
// Made by tests/tools/make_powers.py; change that, not this.
#ifndef NOTCH_JSON_POWERS_HPP
#define NOTCH_JSON_POWERS_HPP

#include "../config.hpp"
#include "../macros.hpp"

#include <cstddef>
#include <cstdint>

namespace notch::inline NOTCH_ABI::detail {

/// 128 bits in two halves.
struct Wide {
    std::uint64_t high;
    std::uint64_t low;
};

/// The whole product of two 64-bit numbers.
NOTCH_INTERNAL_INLINE constexpr Wide multiply_wide(std::uint64_t a, std::uint64_t b) noexcept {
#if defined(__SIZEOF_INT128__)
    __extension__ using Uint128 = unsigned __int128;
    const Uint128 product = static_cast<Uint128>(a) * b;
    return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
#else
    const std::uint64_t a_low = a & 0xffffffff, a_high = a >> 32, b_low = b & 0xffffffff, b_high = b >> 32;
    const std::uint64_t low = a_low * b_low;
    const std::uint64_t cross = a_high * b_low + (low >> 32);  // at most 2^64 - 2^32
    const std::uint64_t middle = a_low * b_high + (cross & 0xffffffff);
    return {a_high * b_high + (cross >> 32) + (middle >> 32), (middle << 32) | (low & 0xffffffff)};
#endif
}

/// floor(log2(10^q)) for |q| up to 1233.
NOTCH_INTERNAL_INLINE constexpr int log2_of_power10(int q) noexcept { return (q * 1741647) >> 19; }

/// floor(log10(2^q)) for every exponent q that a double can have.
NOTCH_INTERNAL_INLINE constexpr int log10_of_power2(int q) noexcept { return (q * 1262611) >> 22; }

/// floor(log10(3/4 * 2^q)), for the spacing just below a power of two.
NOTCH_INTERNAL_INLINE constexpr int log10_of_three_quarters(int q) noexcept { return (q * 1262611 - 524031) >> 22; }

inline constexpr int first_power10 = @FIRST@;
inline constexpr int last_power10 = @LAST@;

// clang-format off
inline constexpr std::uint64_t power10_halves[] = {
@TABLE@
};
// clang-format on

/// The first 128 bits of 10^q, cut off: 10^q = (that + something in [0, 1)) * 2^(log2_of_power10(q) - 127).
/// Nothing is cut off for q from 0 to 55.
NOTCH_INTERNAL_INLINE constexpr Wide power10(int q) noexcept {
    const auto* at = power10_halves + 2 * (std::ptrdiff_t{q} - first_power10);
    return {at[0], at[1]};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
"""


def header():
    text = TEMPLATE
    for name, value in (("@FIRST@", FIRST), ("@LAST@", LAST), ("@TABLE@", table())):
        text = text.replace(name, str(value))
    return text


def main(arguments):
    check_logarithms()
    if arguments == ["--check"]:
        same = HEADER.is_file() and HEADER.read_bytes() == header().encode()
        print(f"{HEADER.name}: {'up to date' if same else 'differs from what make_powers.py writes'}")
        return 0 if same else 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    HEADER.write_bytes(header().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
