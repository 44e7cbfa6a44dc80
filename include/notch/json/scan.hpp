// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_SCAN_HPP
#define NOTCH_JSON_SCAN_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "string.hpp"
#include "word.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// JSON strings: finding their end while checking them, and taking their escapes out.

namespace notch::inline NOTCH_ABI::detail {

/// What stands between the quotes of a string that has been checked.
struct StringToken {
    const char* data = nullptr;
    std::size_t size = 0;
    bool escaped = false;

    [[nodiscard]] std::string_view view() const noexcept { return {data, size}; }
};

/// find_special() where less than a block is left of the text that begins at `begin`: what can be loaded in one piece are
/// the last bytes of the text, of which those before `at` do not count.
NOTCH_INTERNAL_COLD inline const char* find_special_at_end(const char* begin, const char* at,
                                                           const char* end) noexcept {
#if NOTCH_INTERNAL_SSE2
    if (end - begin >= 16 && at != end) {
        const unsigned found = mask_of(special_bytes(load_16(end - 16))) >> (16 - (end - at));
        return found != 0 ? at + std::countr_zero(found) : end;
    }
#else
    if (end - begin >= 8 && at != end) {
        const std::uint64_t found = special_bytes(load_8(end - 8)) >> 8 * (8 - (end - at));
        return found != 0 ? at + std::countr_zero(found) / 8 : end;
    }
#endif
    for (; at != end; ++at) {
        const auto c = static_cast<unsigned char>(*at);
        if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) return at;
    }
    return end;
}

/// The first byte from `at` on that is more than plain text in a string: a quote, a backslash, a control character, or
/// part of a character beyond ASCII. `end` when there is none.
NOTCH_INTERNAL_INLINE const char* find_special(const char* begin, const char* at, const char* end) noexcept {
#if NOTCH_INTERNAL_SSE2
    for (; end - at >= 16; at += 16) {
        const unsigned found = mask_of(special_bytes(load_16(at)));
        if (found != 0) return at + std::countr_zero(found);
    }
#else
    for (; end - at >= 8; at += 8) {
        const std::uint64_t found = special_bytes(load_8(at));
        if (found != 0) return at + std::countr_zero(found) / 8;
    }
#endif
    return find_special_at_end(begin, at, end);
}

/// The value of a hexadecimal digit, or 16.
constexpr unsigned hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

inline constexpr std::uint32_t no_unit = 0xffff'ffff;

/// The UTF-16 unit of the `\uXXXX` at `at`, or no_unit.
inline std::uint32_t escaped_unit(const char* at, const char* end) noexcept {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return no_unit;
    std::uint32_t unit = 0;
    for (int i = 2; i < 6; ++i) {
        const unsigned digit = hex_value(at[i]);
        if (digit == 16) return no_unit;
        unit = unit << 4 | digit;
    }
    return unit;
}

constexpr bool is_high_surrogate(std::uint32_t unit) noexcept { return unit >= 0xd800 && unit <= 0xdbff; }
constexpr bool is_low_surrogate(std::uint32_t unit) noexcept { return unit >= 0xdc00 && unit <= 0xdfff; }

/// The text of a failing escape, as far as it is one.
inline std::string_view bad_escape(const char* at, const char* end) noexcept {
    std::size_t size = 1;
    if (end - at > 1 && at[1] > ' ' && at[1] < 0x7f) size = 2;
    if (size == 2 && at[1] == 'u')
        while (size < 6 && static_cast<std::size_t>(end - at) > size && hex_value(at[size]) != 16) ++size;
    return {at, size};
}

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_escape(Reader& r, ErrorCode code, const char* at,
                                                      std::string_view expected) noexcept {
    return fail(r, Failure{.code = code, .at = at, .expected = expected, .found = bad_escape(at, r.end)});
}

inline const char* skip_unicode_escape(Reader& r, const char* at) noexcept {
    const std::uint32_t unit = escaped_unit(at, r.end);
    if (unit == no_unit) return fail_escape(r, ErrorCode::syntax, at, "four hexadecimal digits behind \\u");
    if (is_low_surrogate(unit)) return fail_escape(r, ErrorCode::encoding, at, "a high surrogate before this low one");
    if (!is_high_surrogate(unit)) return at + 6;
    if (!is_low_surrogate(escaped_unit(at + 6, r.end)))
        return fail_escape(r, ErrorCode::encoding, at, "a low surrogate behind this high one");
    return at + 12;
}

inline const char* skip_escape(Reader& r, const char* at) noexcept {
    switch (r.peek(at + 1)) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't': return at + 2;
        case 'u': return skip_unicode_escape(r, at);
        default: return fail_escape(r, ErrorCode::syntax, at, "an escape such as \\n or \\u0041");
    }
}

/// Past one byte or character that find_special() found; null when it cannot stand in a string. Not for a quote.
inline const char* skip_special(Reader& r, const char* at) noexcept {
    if (at == r.end) return fail(r, ErrorCode::syntax, at, "the closing quote of the string");
    const auto c = static_cast<unsigned char>(*at);
    if (c == '\\') return skip_escape(r, at);
    if (c < 0x20) return fail(r, ErrorCode::syntax, at, "control characters in strings as escapes");
    const Utf8Step step = utf8_step(at, r.left(at));
    if (!step.valid) return fail(r, ErrorCode::encoding, at, "valid UTF-8");
    return at + step.length;
}

/// The rest of a string with an escape, a character beyond ASCII, or a fault, from the first of them on.
NOTCH_INTERNAL_COLD inline const char* scan_special_string(Reader& r, const char* quote, const char* at,
                                                           StringToken& out) noexcept {
    out.escaped = false;
    while (at == r.end || *at != '"') {
        if (at != r.end && *at == '\\') out.escaped = true;
        at = skip_special(r, at);
        if (at == nullptr) return nullptr;
        if (at != r.end && static_cast<signed char>(*at) >= 0x20) at = find_special(r.begin, at, r.end);
    }
    out.data = quote + 1;
    out.size = static_cast<std::size_t>(at - out.data);
    if (out.size > r.limits->max_string) return fail_string(r, quote);
    return at + 1;
}

/// The string whose opening quote is at `quote`, checked in full; gives back where it ends.
NOTCH_INTERNAL_INLINE const char* scan_string(Reader& r, const char* quote, StringToken& out) noexcept {
    const char* const start = quote + 1;
    const char* const at = find_special(r.begin, start, r.end);
    if (at == r.end || *at != '"') [[unlikely]]
        return scan_special_string(r, quote, at, out);
    out = {start, static_cast<std::size_t>(at - start), false};
    if (out.size > r.limits->max_string) [[unlikely]]
        return fail_string(r, quote);
    return at + 1;
}

/// Writes a code point as UTF-8 and returns the end; touches at most 4 bytes.
inline char* write_utf8(char* out, std::uint32_t code) noexcept {
    const auto tail = [code](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        *out++ = static_cast<char>(code);
        return out;
    }
    if (code < 0x800) {
        *out++ = static_cast<char>(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = static_cast<char>(0xe0 | code >> 12);
        } else {
            *out++ = static_cast<char>(0xf0 | code >> 18);
            *out++ = tail(12);
        }
        *out++ = tail(6);
    }
    *out++ = tail(0);
    return out;
}

/// One escape of a checked string: what it stands for, and where it ends.
struct Unescaped {
    char bytes[4];
    std::size_t size;
    const char* next;
};

inline Unescaped unescape_unit(const char* at, const char* end) noexcept {
    Unescaped out{};
    std::uint32_t code = escaped_unit(at, end);
    out.next = at + 6;
    if (is_high_surrogate(code)) {
        code = 0x10000 + ((code - 0xd800) << 10) + (escaped_unit(at + 6, end) - 0xdc00);
        out.next = at + 12;
    }
    out.size = static_cast<std::size_t>(write_utf8(out.bytes, code) - out.bytes);
    return out;
}

inline Unescaped unescape(const char* at, const char* end) noexcept {
    switch (at[1]) {
        case 'b': return {{'\b'}, 1, at + 2};
        case 'f': return {{'\f'}, 1, at + 2};
        case 'n': return {{'\n'}, 1, at + 2};
        case 'r': return {{'\r'}, 1, at + 2};
        case 't': return {{'\t'}, 1, at + 2};
        case 'u': return unescape_unit(at, end);
        default: return {{at[1]}, 1, at + 2};
    }
}

/// The first backslash, or the end.
inline const char* find_backslash(const char* at, const char* end) noexcept {
    const void* found = std::memchr(at, '\\', static_cast<std::size_t>(end - at));
    return found == nullptr ? end : static_cast<const char*>(found);
}

/// The text of a checked string without its escapes, at most as long as the token; `out` has room for that.
inline char* write_unescaped(char* out, StringToken token) noexcept {
    const char* at = token.data;
    const char* const end = token.data + token.size;
    while (at != end) {
        const char* const stop = find_backslash(at, end);
        std::memcpy(out, at, static_cast<std::size_t>(stop - at));
        out += stop - at;
        if (stop == end) break;
        const Unescaped one = unescape(stop, end);
        std::memcpy(out, one.bytes, one.size);
        out += one.size;
        at = one.next;
    }
    return out;
}

inline void assign_unescaped(std::string& out, StringToken token) {
    out.resize(token.size);
    out.resize(static_cast<std::size_t>(write_unescaped(out.data(), token) - out.data()));
}

/// How many bytes of `text` a checked string and `text` begin with in common, and whether the string ends there.
struct CommonStart {
    std::size_t size;
    bool ended;
};
inline CommonStart common_start(StringToken token, std::string_view text) noexcept {
    const char* at = token.data;
    const char* const end = token.data + token.size;
    std::size_t size = 0;
    while (at != end) {
        const Unescaped one = *at == '\\' ? unescape(at, end) : Unescaped{{*at}, 1, at + 1};
        if (text.substr(size, one.size) != std::string_view{one.bytes, one.size}) return {size, false};
        size += one.size;
        at = one.next;
    }
    return {size, true};
}

/// Whether a checked string reads as `text`; nothing is copied.
NOTCH_INTERNAL_INLINE bool reads_as(StringToken token, std::string_view text) noexcept {
    if (!token.escaped) [[likely]]
        return token.size == text.size() && std::memcmp(token.data, text.data(), text.size()) == 0;
    const CommonStart common = common_start(token, text);
    return common.ended && common.size == text.size();
}
inline bool begins_as(StringToken token, std::string_view text) noexcept {
    return common_start(token, text).size == text.size();
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
