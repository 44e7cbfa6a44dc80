// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_WORD_HPP
#define NOTCH_JSON_WORD_HPP

#include "../config.hpp"
#include "../macros.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

// Text in machine words: eight characters in a 64-bit number, the first character always in the lowest byte, whatever
// the byte order of the machine. Loads and stores go through memcpy, so any address will do.

namespace notch::inline NOTCH_ABI::detail {

NOTCH_INTERNAL_INLINE constexpr std::uint64_t first_byte_lowest(std::uint64_t v) noexcept {
    if constexpr (std::endian::native == std::endian::little) return v;
    v = ((v & 0x00ff00ff00ff00ff) << 8) | ((v >> 8) & 0x00ff00ff00ff00ff);
    v = ((v & 0x0000ffff0000ffff) << 16) | ((v >> 16) & 0x0000ffff0000ffff);
    return (v << 32) | (v >> 32);
}

NOTCH_INTERNAL_INLINE std::uint64_t load_8(const char* from) noexcept {
    std::uint64_t v;
    std::memcpy(&v, from, 8);
    return first_byte_lowest(v);
}

NOTCH_INTERNAL_INLINE void store_8(char* to, std::uint64_t v) noexcept {
    v = first_byte_lowest(v);
    std::memcpy(to, &v, 8);
}

NOTCH_INTERNAL_INLINE std::uint32_t load_4(const char* from) noexcept {
    std::uint32_t v;
    std::memcpy(&v, from, 4);
    if constexpr (std::endian::native == std::endian::little) return v;
    return static_cast<std::uint32_t>(first_byte_lowest(v) >> 32);
}

/// The same byte in all eight places.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t every_byte(std::uint8_t v) noexcept {
    return v * std::uint64_t{0x0101010101010101};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
