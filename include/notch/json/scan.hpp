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
        const unsigned found = special_mask(plain_bytes(load_16(end - 16))) >> (16 - (end - at));
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
        const unsigned found = special_mask(plain_bytes(load_16(at)));
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

/// What each character stands for behind a backslash; zero: nothing, or more than one character.
struct ShortEscapes {
    char meaning[256]{};

    constexpr ShortEscapes() noexcept {
        for (const char c : {'"', '\\', '/'}) meaning[static_cast<unsigned char>(c)] = c;
        meaning[std::size_t{'b'}] = '\b';
        meaning[std::size_t{'f'}] = '\f';
        meaning[std::size_t{'n'}] = '\n';
        meaning[std::size_t{'r'}] = '\r';
        meaning[std::size_t{'t'}] = '\t';
    }
};
inline constexpr ShortEscapes short_escapes;
constexpr char short_escape(char c) noexcept { return short_escapes.meaning[static_cast<unsigned char>(c)]; }

inline const char* skip_escape(Reader& r, const char* at) noexcept {
    const char kind = r.peek(at + 1);
    if (short_escape(kind) != '\0') return at + 2;
    if (kind == 'u') return skip_unicode_escape(r, at);
    return fail_escape(r, ErrorCode::syntax, at, "an escape such as \\n or \\u0041");
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
        const bool escape = at != r.end && *at == '\\';
        out.escaped |= escape;
        if (escape && short_escape(r.peek(at + 1)) != '\0') {
            at = find_special(r.begin, at + 2, r.end);
            continue;
        }
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

/// assign() looks for more: text that lies in `out` itself; and growing keeps what was there.
inline void assign_text(std::string& out, const char* text, std::size_t size) {
    if (size <= out.capacity()) {
        out.clear();
        out.append(text, size);
    } else {
        out = std::string(text, size);
    }
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
    if (at[1] == 'u') return unescape_unit(at, end);
    return {{short_escape(at[1])}, 1, at + 2};
}

/// Where the text of a checked string without its escapes is put together, a piece at a time.
struct PlainText {
    char bytes[256];
    char slack[16];  ///< blocks are written whole
};

/// Copies from `at` on to the first backslash, or to the end; moves both pointers, and writes up to a block further. `stop`
/// is as far as may be read.
NOTCH_INTERNAL_INLINE void copy_to_backslash(char*& out, const char*& at, const char* end,
                                             [[maybe_unused]] const char* stop) noexcept {
#if NOTCH_INTERNAL_SSE2
    while (end > at && stop - at >= 16) {
        const __m128i bytes = load_16(at);
        store_16(out, bytes);
        const unsigned found = mask_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        const std::ptrdiff_t plain = found != 0 ? std::countr_zero(found) : 16;
        const std::ptrdiff_t size = end - at < plain ? end - at : plain;
        at += size;
        out += size;
        if (found != 0) return;
    }
#endif
    for (; at != end && *at != '\\'; ++at) *out++ = *at;
}

/// Fills `piece` from a checked string, from `at` on as far as there is room, and gives back how many bytes it has then.
inline std::size_t fill_piece(PlainText& piece, const char*& at, const char* end, const char* stop) noexcept {
    char* out = piece.bytes;
    char* const full = piece.bytes + sizeof piece.bytes;
    while (at < end && out < full) {
        copy_to_backslash(out, at, end - at < full - out ? end : at + (full - out), stop);
        if (at == end || *at != '\\') continue;
        if (at[1] != 'u') {
            *out++ = short_escape(at[1]);
            at += 2;
        } else {
            const Unescaped one = unescape_unit(at, end);
            std::memcpy(out, one.bytes, 4);
            out += one.size;
            at = one.next;
        }
    }
    return static_cast<std::size_t>(out - piece.bytes);
}

/// The text of a checked string without its escapes. `stop`: the end of the document, when that is known; it is read in
/// blocks then.
inline void assign_unescaped(std::string& out, StringToken token, const char* stop = nullptr) {
    const char* at = token.data;
    const char* const end = token.data + token.size;
    if (stop == nullptr) stop = end;
    PlainText piece;
    assign_text(out, piece.bytes, fill_piece(piece, at, end, stop));
    while (at < end) out.append(piece.bytes, fill_piece(piece, at, end, stop));
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

/// memcmp() for the short texts that keys and the names of an enum are: by loads that overlap, without a call.
NOTCH_INTERNAL_INLINE bool same_bytes(const char* a, const char* b, std::size_t size) noexcept {
    if (size >= 8 && size <= 16) return load_8(a) == load_8(b) && load_8(a + size - 8) == load_8(b + size - 8);
    return std::memcmp(a, b, size) == 0;
}

/// Whether a checked string reads as `text`; nothing is copied.
NOTCH_INTERNAL_INLINE bool reads_as(StringToken token, std::string_view text) noexcept {
    if (!token.escaped) [[likely]]
        return token.size == text.size() && same_bytes(token.data, text.data(), text.size());
    const CommonStart common = common_start(token, text);
    return common.ended && common.size == text.size();
}
inline bool begins_as(StringToken token, std::string_view text) noexcept {
    return common_start(token, text).size == text.size();
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
