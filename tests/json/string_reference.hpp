// SPDX-License-Identifier: MIT
// What the string tests share: escaping once more, a byte at a time, straight from the definitions.
#ifndef NOTCH_TESTS_JSON_STRING_REFERENCE_HPP
#define NOTCH_TESTS_JSON_STRING_REFERENCE_HPP

#include "notch.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace string_tests {

namespace detail = notch::detail;

inline unsigned byte_of(char c) { return static_cast<unsigned char>(c); }

/// A well-formed sequence, by decoding it: the length, or 0.
inline std::size_t decoded(std::string_view s) {
    const unsigned lead = s.empty() ? 0 : byte_of(s[0]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc0 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf8 ? 4
                                             : 0;
    if (length == 0 || s.size() < length) return 0;
    std::uint32_t point = length == 1 ? lead : lead & (0x7fu >> length);
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte_of(s[at]) & 0xc0) != 0x80) return 0;
        point = point << 6 | (byte_of(s[at]) & 0x3f);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < least[length] || surrogate || point > 0x10ffff ? 0 : length;
}

/// Whether some well-formed sequence begins with s (of one to three bytes).
inline bool begins_a_sequence(std::string_view s) {
    for (int missing = 1; missing <= 3; ++missing) {
        // The first free byte decides over overlong forms, surrogates and the end of Unicode; try all of its values.
        for (unsigned next = 0x80; next < 0xc0; ++next) {
            std::string whole(s);
            whole += static_cast<char>(next);
            whole.append(static_cast<std::size_t>(missing - 1), '\x80');
            if (decoded(whole) == whole.size()) return true;
        }
    }
    return false;
}

/// The longest beginning of s that begins a well-formed sequence, at least one byte ("maximal subpart").
inline std::size_t ill_formed_part(std::string_view s) {
    std::size_t length = 1;
    while (length < 3 && length < s.size() && begins_a_sequence(s.substr(0, length + 1))) ++length;
    return length;
}

inline std::string escaped_slowly(std::string_view s) {
    std::string out;
    while (!s.empty()) {
        const char c = s[0];
        std::size_t taken = decoded(s);
        if (taken == 0) {
            taken = ill_formed_part(s);
            out += "\xef\xbf\xbd";
        } else if (taken > 1) {
            out += s.substr(0, taken);
        } else if (c == '"' || c == '\\') {
            out += std::string("\\") + c;
        } else if (byte_of(c) < 0x20) {
            char hex[8];
            std::snprintf(hex, sizeof hex, "\\u%04x", byte_of(c));
            const std::string name = c == '\b'   ? "\\b"
                                     : c == '\t' ? "\\t"
                                     : c == '\n' ? "\\n"
                                     : c == '\f' ? "\\f"
                                     : c == '\r' ? "\\r"
                                                 : hex;
            out += name;
        } else {
            out += c;
        }
        s.remove_prefix(taken);
    }
    return out;
}

/// Is written into exactly escaped_bound() bytes and read from exactly s.size(), so that a sanitizer sees every byte beyond.
template <class Write>
std::string escaped_by(Write write, std::string_view s) {
    const std::unique_ptr<char[]> in(new char[s.size()]);
    if (!s.empty()) std::memcpy(in.get(), s.data(), s.size());
    const std::size_t bound = detail::escaped_bound(s.size());
    const std::unique_ptr<char[]> out(new char[bound + 1]);
    out[bound] = '#';
    const char* const end = write(out.get(), in.get(), s.size());
    if (out[bound] != '#') return "(outside)";
    return std::string(out.get(), static_cast<std::size_t>(end - out.get()));
}

inline std::string escaped(std::string_view s) {
    return escaped_by([](char* out, const char* in, std::size_t n) { return detail::write_escaped(out, in, n); }, s);
}

inline std::string escaped_portably(std::string_view s) {
    return escaped_by(
        [](char* out, const char* in, std::size_t n) { return detail::write_escaped_portable(out, in, n); }, s);
}

/// Both ways, the exact size and the validity, all against the slow way.
inline bool right(std::string_view s) {
    const std::string expected = escaped_slowly(s);
    bool valid = true;
    for (std::string_view rest = s; valid && !rest.empty(); rest.remove_prefix(valid ? decoded(rest) : 0))
        valid = decoded(rest) != 0;
    const std::unique_ptr<char[]> in(new char[s.size()]);
    if (!s.empty()) std::memcpy(in.get(), s.data(), s.size());
    return escaped(s) == expected && escaped_portably(s) == expected &&
           detail::escaped_size(in.get(), s.size()) == expected.size() &&
           detail::valid_utf8(in.get(), s.size()) == valid;
}

}  // namespace string_tests

#endif
