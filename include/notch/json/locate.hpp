// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_LOCATE_HPP
#define NOTCH_JSON_LOCATE_HPP

#include "../base/plain_list.hpp"
#include "../base/error.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "scan.hpp"
#include "string.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// From a failure to an Error. Where it happened is found by walking the text once more, which costs something only when
// reading has failed; all that stands before the failure is known to be valid.

namespace notch::inline NOTCH_ABI::detail {

/// Text of others in a message is cut here: a hostile file shall not write the log.
inline constexpr std::size_t longest_excerpt = 48;
inline constexpr std::size_t longest_step = 128;

constexpr char hex_character(unsigned digit) noexcept { return "0123456789abcdef"[digit & 15]; }

/// The code of a character that commands a terminal, breaks the line or turns its direction, or 0. A hostile file shall not
/// change what is shown beside it.
inline unsigned steering_code(std::string_view character) noexcept {
    const auto byte = [character](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(character[at]));
    };
    if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f ? byte(0) : 0;
    if (character.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0 ? byte(1) : 0;
    if (character.size() != 3 || byte(0) != 0xe2) return 0;
    const unsigned code = 0x2000 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ? code : 0;
}

/// Calls `f(character, valid)` for each character of a text; for each faulty part of one with false.
template <class F>
void for_each_character(std::string_view text, F f) {
    for (std::size_t at = 0; at < text.size();) {
        const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
        const Utf8Step step = ascii ? Utf8Step{1, true} : utf8_step(text.data() + at, text.size() - at);
        f(text.substr(at, step.length), step.valid);
        at += step.length;
    }
}

/// Appends text so that the message stays one printable line of valid UTF-8.
inline void append_visible(std::string& out, std::string_view text) {
    for_each_character(text, [&out](std::string_view character, bool valid) {
        const unsigned code = valid ? steering_code(character) : 0;
        if (!valid) {
            out += '?';
        } else if (code == 0 && !(character.size() == 1 && character[0] == '\0')) {
            out.append(character);
        } else {
            out += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) out += hex_character(code >> shift);
        }
    });
}

/// Cuts to at most `size` bytes and marks the cut; a character of several bytes is not cut in two.
inline void append_cut(std::string& out, std::string_view text, std::size_t size) {
    const bool cut = text.size() > size;
    if (cut) {
        while (size != 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
        text = text.substr(0, size);
    }
    append_visible(out, text);
    if (cut) out += "...";
}

/// Appends one step of a JSON pointer (RFC 6901).
inline void append_step(std::string& out, std::string_view key) {
    std::string step;
    for (const char c : key.substr(0, longest_step + 1)) {
        if (c == '~') step += "~0";
        else if (c == '/') step += "~1";
        else step += c;
    }
    out += '/';
    append_cut(out, step, key.size() > longest_step ? longest_step : step.size());
}

/// Walks forward through a text and knows at every byte the line, the column, and the way in from the root.
class Locator {
public:
    explicit Locator(std::string_view text) noexcept
        : begin_{text.data()},
          at_{begin_},
          end_{begin_ + text.size()},
          line_start_{begin_} {}

    /// Goes on to `stop`, which lies at or behind the last one.
    void advance(const char* stop) {
        while (at_ < stop) take(stop);
    }

    void locate(const Failure& failure, Error& error) {
        advance(failure.at);
        error.byte = static_cast<std::size_t>(failure.at - begin_);
        error.line = line_;
        error.column = static_cast<std::size_t>(failure.at - line_start_) + 1;
        const bool inner = failure.scope == Scope::value;
        for (std::size_t i = 0; i < levels_.size(); ++i)
            if (inner || i + 1 != levels_.size()) append_level(error.field, levels_[i]);
        if (failure.scope == Scope::key) append_key(error.field, failure.at);
        if (!failure.member.empty()) append_step(error.field, failure.member);
    }

private:
    struct Level {
        bool object;
        bool key_next;
        const char* key;
        std::size_t index;
    };

    void take(const char* stop) {
        switch (*at_) {
            case '"': return take_string(stop);
            case '{': levels_.push_back({true, true, nullptr, 0}); break;
            case '[': levels_.push_back({false, false, nullptr, 0}); break;
            case '}':
            case ']': levels_.pop_back(); break;
            case ',': take_comma(levels_.back()); break;
            case '\n':
                ++line_;
                line_start_ = at_ + 1;
                break;
            default: break;
        }
        ++at_;
    }
    static void take_comma(Level& level) noexcept {
        ++level.index;
        level.key = nullptr;  // a failure at the next key is not about this one
        level.key_next = level.object;
    }
    void take_string(const char* stop) noexcept {
        const char* const after = string_end(at_, stop);
        if (!levels_.empty() && levels_.back().key_next) {
            levels_.back().key = after != nullptr ? at_ : nullptr;  // a key that fails itself names nothing
            levels_.back().key_next = false;
        }
        at_ = after != nullptr ? after : stop;
    }
    /// Past the closing quote; null when that does not come before `stop`.
    static const char* string_end(const char* quote, const char* stop) noexcept {
        for (const char* at = quote + 1; at < stop; ++at) {
            if (*at == '"') return at + 1;
            if (*at == '\\') ++at;
        }
        return nullptr;
    }
    void append_level(std::string& out, const Level& level) const {
        if (!level.object) {
            out += '/' + std::to_string(level.index);
        } else if (level.key != nullptr) {
            append_key(out, level.key);
        }
    }
    void append_key(std::string& out, const char* quote) const {
        const char* const after = string_end(quote, end_);
        const StringToken token{quote + 1, static_cast<std::size_t>(after - quote) - 2, true};
        std::string key;
        assign_unescaped(key, token, end_);
        append_step(out, key);
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    const char* line_start_;
    std::size_t line_ = 1;
    PlainList<Level> levels_{};
};

/// The number, word, or run of other characters at `at`.
inline std::string_view word_at(const char* at, const char* end) noexcept {
    const char* stop = at;
    const auto belongs = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
               c == '.' || c == '_';
    };
    while (stop != end && belongs(*stop)) ++stop;
    return {at, static_cast<std::size_t>(stop - at)};
}

inline std::string_view quoted_at(const char* at, const char* end) noexcept {
    const char* stop = at + 1;
    while (stop != end && *stop != '"') stop += *stop == '\\' && end - stop > 1 ? 2 : 1;
    return {at, static_cast<std::size_t>(stop - at) + (stop != end ? 1 : 0)};
}

inline std::string name_of_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    std::string out = "the byte 0x";
    out += hex_character(byte >> 4);
    out += hex_character(byte);
    return out;
}

/// What stands at `at`, for the right side of `expected ..., found ...`.
inline std::string found_at(const char* at, const char* end) {
    if (at == end) return "the end of the text";
    const char c = *at;
    if (c == '{') return "an object";
    if (c == '[') return "an array";
    if (c == '\'') return "a single quote";
    std::string out;
    if (c == '"') {
        append_cut(out, quoted_at(at, end), longest_excerpt);
        return out;
    }
    const std::string_view word = word_at(at, end);
    if (!word.empty()) {
        append_cut(out, word, longest_excerpt);
        return out;
    }
    return c > ' ' && c < 0x7f ? std::string{'\'', c, '\''} : name_of_byte(c);
}

inline void describe(const Reader& r, const Failure& failure, Error& error) {
    error.code = failure.code;
    error.expected = failure.expected;
    append_cut(error.found, failure.found, longest_excerpt);
    if (failure.describe != nullptr) failure.describe(failure, error);
    if (error.found.empty())
        error.found = failure.code == ErrorCode::encoding ? name_of_byte(*failure.at) : found_at(failure.at, r.end);
}

/// The failure that ended reading, as an Error.
NOTCH_INTERNAL_COLD inline Error make_error(const Reader& r) {
    Error error;
    Locator{{r.begin, r.left(r.begin)}}.locate(r.failure, error);
    describe(r, r.failure, error);
    return error;
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// The error's message, and below it the line of `text` that it is about with a caret under the place.
///
///     std::puts(notch::explain(result.error(), text).c_str());
///     // line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1
///     //   {"cpu":-1}
///     //          ^
///
/// `text` is the text that was read. Of a long line only the part around the place is shown. No newline at the end.
[[nodiscard]] std::string explain(const Error& error, std::string_view text);

namespace detail {

/// Appends a part of a line as it can be printed in one row, and says how many columns that took.
inline std::size_t append_row(std::string& out, std::string_view part) {
    std::size_t columns = 0;
    for_each_character(part, [&](std::string_view character, bool valid) {
        if (!valid) out += '?';
        else if (steering_code(character) != 0 || character.front() == '\0') out += ' ';
        else out.append(character);
        ++columns;
    });
    return columns;
}

inline bool inside_character(std::string_view text, std::size_t at) noexcept {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

}  // namespace detail

inline std::string explain(const Error& error, std::string_view text) {
    constexpr std::size_t before = 40;
    constexpr std::size_t behind = 36;
    std::string out = error.message();
    if (error.line == 0 || error.byte > text.size() || error.column == 0 || error.column - 1 > error.byte) return out;
    const std::size_t start = error.byte - (error.column - 1);
    const std::size_t newline = text.find('\n', error.byte);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline;
    std::size_t from = error.byte - start > before ? error.byte - before : start;
    std::size_t to = end - error.byte > behind ? error.byte + behind : end;
    while (detail::inside_character(text, from)) ++from;
    while (detail::inside_character(text, to)) ++to;
    out += from > start ? "\n  ..." : "\n  ";
    std::size_t columns = from > start ? 5 : 2;
    columns += detail::append_row(out, text.substr(from, error.byte - from));
    detail::append_row(out, text.substr(error.byte, to - error.byte));
    if (to < end) out += "...";
    out += '\n';
    out.append(columns, ' ');
    out += '^';
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif
