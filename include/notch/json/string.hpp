// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_STRING_HPP
#define NOTCH_JSON_STRING_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "word.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if NOTCH_INTERNAL_SSE2
#include <emmintrin.h>
#endif

// Text to the inside of a JSON string. A string with nothing to escape, which nearly every string is, is looked at and
// copied in the same pass, 16 bytes (SSE2) or 8 bytes at a time; its last bytes are taken by a load that overlaps what
// was done already, so nothing past its end is ever read. At the first byte that needs work the rest goes to a function
// out of line.

namespace notch::inline NOTCH_ABI::detail {

/// How many bytes write_escaped() may touch for n bytes of text: every byte as \u00xx, and the slack of wide stores.
inline constexpr std::size_t escaped_bound(std::size_t n) noexcept { return 6 * n + 16; }

// The high bit of every byte that cannot be copied as it stands: a control character, a quote, a backslash, or part of
// a character beyond ASCII. Seven-bit sums, so that no byte's result depends on its neighbour.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t special_bytes(std::uint64_t v) noexcept {
    constexpr std::uint64_t low_bits = every_byte(0x7f);
    const std::uint64_t seven = v & low_bits;
    const std::uint64_t printable = seven + every_byte(0x60);
    const std::uint64_t not_quote = (seven ^ every_byte('"')) + low_bits;
    const std::uint64_t not_backslash = (seven ^ every_byte('\\')) + low_bits;
    return (v | ~(printable & not_quote & not_backslash)) & every_byte(0x80);
}

struct Utf8Step {
    unsigned length;  ///< bytes of a character, or of a maximal part of an ill-formed one
    bool valid;
};

/// The character at s, whose first byte is 0x80 or more: Unicode 15, table 3-7, and "maximal subparts" of chapter 3.9.
inline Utf8Step utf8_step(const char* s, std::size_t n) noexcept {
    const auto byte = [s](std::size_t at) { return static_cast<unsigned char>(s[at]); };
    const unsigned lead = byte(0);
    if (lead < 0xc2 || lead > 0xf4) return {1, false};
    // What may come second depends on the first byte: no overlong forms, no surrogates, nothing above U+10FFFF.
    const unsigned lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (n < 2 || byte(1) < lowest || byte(1) > highest) return {1, false};
    const unsigned length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (unsigned at = 2; at < length; ++at) {
        if (at == n || (byte(at) & 0xc0) != 0x80) return {at, false};
    }
    return {length, true};
}

inline constexpr char replacement_character[] = "\xef\xbf\xbd";  // U+FFFD

/// How many bytes an ASCII character takes when written.
NOTCH_INTERNAL_INLINE constexpr unsigned escaped_length(unsigned char c) noexcept {
    if (c == '"' || c == '\\') return 2;
    if (c >= 0x20) return 1;
    return c == '\b' || c == '\t' || c == '\n' || c == '\f' || c == '\r' ? 2 : 6;
}

/// An ASCII character as it is written: stored whole, of which `length` bytes count.
struct WrittenCharacter {
    char text[7];
    std::uint8_t length;
};

static_assert(sizeof(WrittenCharacter) == 8);

inline constexpr auto written_characters = [] {
    std::array<WrittenCharacter, 128> out{};
    for (unsigned c = 0; c < out.size(); ++c) {
        const unsigned length = escaped_length(static_cast<unsigned char>(c));
        WrittenCharacter& written = out[c];
        written.length = static_cast<std::uint8_t>(length);
        if (length == 1) {
            written.text[0] = static_cast<char>(c);
            continue;
        }
        const char unicode[] = {'\\', 'u', '0', '0', "01"[c >> 4 & 1], "0123456789abcdef"[c & 15]};
        for (unsigned at = 0; at < sizeof unicode; ++at) written.text[at] = unicode[at];
        if (length == 2) written.text[1] = c >= 0x20 ? static_cast<char>(c) : "btn?fr"[c - '\b'];
    }
    return out;
}();

/// Writes an ASCII character, escaped or not, without asking which: in a text with escapes the answer cannot be foretold.
/// Touches eight bytes.
NOTCH_INTERNAL_INLINE char* write_character(char* out, unsigned char c) noexcept {
    const WrittenCharacter& written = written_characters[c];
    std::memcpy(out, &written, sizeof written);
    return out + written.length;
}

struct EscapeProgress {
    char* out;
    std::size_t read;
};

/// Writes characters beyond ASCII, of which there is one at s, as long as they last.
inline EscapeProgress write_beyond_ascii(char* out, const char* s, std::size_t n) noexcept {
    std::size_t at = 0;
    do {
        const Utf8Step step = utf8_step(s + at, n - at);
        if (step.valid) {
            std::memcpy(out, s + at, 2);  // at most four bytes: cheaper than a call
            if (step.length > 2) out[2] = s[at + 2];
            if (step.length > 3) out[3] = s[at + 3];
            out += step.length;
        } else {
            std::memcpy(out, replacement_character, 3);
            out += 3;
        }
        at += step.length;
    } while (at < n && static_cast<unsigned char>(s[at]) >= 0x80);
    return {out, at};
}

// A text of 1 to 7 bytes in the low bytes of a word, by loads that overlap.
NOTCH_INTERNAL_INLINE std::uint64_t load_below_8(const char* s, std::size_t n) noexcept {
    const auto byte = [s](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(s[at])} << 8 * at; };
    if (n >= 4) return load_4(s) | std::uint64_t{load_4(s + n - 4)} << 8 * (n - 4);
    return byte(0) | byte(n / 2) | byte(n - 1);
}

#if NOTCH_INTERNAL_SSE2
// All ones for each byte that can be copied as it stands. Signed bytes: those beyond ASCII are negative. With the second bit
// turned over the quote is 0x20, what was that is 0x22, and the control characters are where they were: one comparison for all.
NOTCH_INTERNAL_INLINE __m128i plain_bytes(__m128i v) noexcept {
    const __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    return _mm_andnot_si128(backslash, _mm_cmpgt_epi8(_mm_xor_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8(0x20)));
}

NOTCH_INTERNAL_INLINE unsigned mask_of(__m128i v) noexcept { return static_cast<unsigned>(_mm_movemask_epi8(v)); }

// A bit for each byte that cannot.
NOTCH_INTERNAL_INLINE unsigned special_mask(__m128i plain) noexcept { return mask_of(plain) ^ 0xffff; }

NOTCH_INTERNAL_INLINE __m128i load_16(const char* from) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

NOTCH_INTERNAL_INLINE void store_16(char* to, __m128i v) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), v);
}

#endif

// --- block by block, when something in the text is special

/// Copies a block; whether nothing in it was special. What was is written over.
struct WordBlock {
    static constexpr std::size_t size = 8;
    NOTCH_INTERNAL_INLINE static bool copy(char* out, const char* s) noexcept {
        const std::uint64_t word = load_8(s);
        store_8(out, word);
        return special_bytes(word) == 0;
    }
};
#if NOTCH_INTERNAL_SSE2
struct VectorBlock {
    static constexpr std::size_t size = 16;
    NOTCH_INTERNAL_INLINE static bool copy(char* out, const char* s) noexcept {
        const __m128i chunk = load_16(s);
        store_16(out, chunk);
        return special_mask(plain_bytes(chunk)) == 0;
    }
};
#endif

template <class Block>
[[gnu::noinline]] char* write_escaped_slowly(char* out, const char* s, std::size_t n) noexcept {
    for (std::size_t at = 0; at < n;) {
        if (n - at >= Block::size && Block::copy(out, s + at)) {
            at += Block::size;
            out += Block::size;
            continue;
        }
        const std::size_t end = n - at < Block::size ? n : at + Block::size;
        while (at < end) {
            const auto c = static_cast<unsigned char>(s[at]);
            if (c < 0x80) [[likely]] {
                out = write_character(out, c);
                ++at;
            } else {
                const EscapeProgress step = write_beyond_ascii(out, s + at, n - at);
                out = step.out;
                at += step.read;
            }
        }
    }
    return out;
}

// --- the whole string, when nothing in it is special

/// write_escaped() with 64-bit words only.
NOTCH_INTERNAL_INLINE char* write_escaped_portable(char* out, const char* s, std::size_t n) noexcept {
    std::uint64_t special = 0;
    if (n >= 8) {
        for (std::size_t at = 0; at < n - 8; at += 8) {
            const std::uint64_t word = load_8(s + at);
            store_8(out + at, word);
            special |= special_bytes(word);
        }
        const std::uint64_t last = load_8(s + n - 8);
        store_8(out + n - 8, last);
        special |= special_bytes(last);
    } else if (n != 0) {
        const std::uint64_t word = load_below_8(s, n);
        store_8(out, word);
        special = special_bytes(word) << (64 - 8 * n);
    }
    if (special != 0) [[unlikely]]
        return write_escaped_slowly<WordBlock>(out, s, n);
    return out + n;
}

#if NOTCH_INTERNAL_SSE2
/// write_escaped() with 128-bit vectors.
NOTCH_INTERNAL_INLINE char* write_escaped_sse2(char* out, const char* s, std::size_t n) noexcept {
    unsigned special = 0;
    if (n >= 16) {
        __m128i plain = _mm_set1_epi8(-1);
        for (std::size_t at = 0; at < n - 16; at += 16) {
            const __m128i chunk = load_16(s + at);
            store_16(out + at, chunk);
            plain = _mm_and_si128(plain, plain_bytes(chunk));
        }
        const __m128i last = load_16(s + n - 16);
        store_16(out + n - 16, last);
        special = special_mask(_mm_and_si128(plain, plain_bytes(last)));
    } else if (n >= 8) {
        const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(s));
        const __m128i last = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(s + n - 8));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(out), first);
        _mm_storel_epi64(reinterpret_cast<__m128i*>(out + n - 8), last);
        special = special_mask(plain_bytes(_mm_unpacklo_epi64(first, last)));
    } else if (n != 0) {
        const std::uint64_t word = load_below_8(s, n);
        std::memcpy(out, &word, 8);
        special = special_mask(plain_bytes(_mm_set_epi64x(0, static_cast<long long>(word)))) << (32 - n);
    }
    if (special != 0) [[unlikely]]
        return write_escaped_slowly<VectorBlock>(out, s, n);
    return out + n;
}
#endif

/// Writes n bytes of text as the inside of a JSON string, without the quotes, and returns the end.
///
///     write_escaped(out, "say \"hi\"\n", 9)    say \"hi\"\n
///
/// Quote, backslash and the control characters below 0x20 are escaped (\b \t \n \f \r, else \u00xx); everything else in
/// valid UTF-8 is copied. Each maximal ill-formed part becomes one U+FFFD. Touches at most escaped_bound(n) bytes of `out`
/// and reads nothing past s + n.
NOTCH_INTERNAL_INLINE char* write_escaped(char* out, const char* s, std::size_t n) noexcept {
#if NOTCH_INTERNAL_SSE2
    return write_escaped_sse2(out, s, n);
#else
    return write_escaped_portable(out, s, n);
#endif
}

/// How many bytes write_escaped() writes, exactly.
inline std::size_t escaped_size(const char* s, std::size_t n) noexcept {
    std::size_t size = 0;
    for (std::size_t at = 0; at < n;) {
        if (n - at >= 8 && special_bytes(load_8(s + at)) == 0) {
            at += 8;
            size += 8;
            continue;
        }
        const auto c = static_cast<unsigned char>(s[at]);
        if (c < 0x80) {
            ++at;
            size += escaped_length(c);
            continue;
        }
        const Utf8Step step = utf8_step(s + at, n - at);
        at += step.length;
        size += step.valid ? step.length : 3;
    }
    return size;
}

/// Whether all of the text is well-formed UTF-8.
inline bool valid_utf8(const char* s, std::size_t n) noexcept {
    for (std::size_t at = 0; at < n;) {
        if (n - at >= 8 && (load_8(s + at) & every_byte(0x80)) == 0) {
            at += 8;
        } else if (static_cast<unsigned char>(s[at]) < 0x80) {
            ++at;
        } else {
            const Utf8Step step = utf8_step(s + at, n - at);
            if (!step.valid) return false;
            at += step.length;
        }
    }
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
