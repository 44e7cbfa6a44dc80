// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_HASH_HPP
#define NOTCH_BASE_HASH_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// FNV-1a, 64 bits: tells contents apart and notices damage; proves nothing against an enemy. `before` is the hash of what comes first.
constexpr std::uint64_t hash_text(std::string_view bytes, std::uint64_t before = 0xcbf29ce484222325) noexcept {
    std::uint64_t hash = before;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

/// The same of an object's bytes.
inline std::uint64_t hash_bytes(const void* bytes, std::size_t size, std::uint64_t before = hash_text("")) noexcept {
    return hash_text({static_cast<const char*>(bytes), size}, before);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
