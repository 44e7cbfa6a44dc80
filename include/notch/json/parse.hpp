// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_PARSE_HPP
#define NOTCH_JSON_PARSE_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "limits.hpp"
#include "number_read.hpp"
#include "scan.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// The grammar of RFC 8259 for values that nobody takes: skipped keys, RawJson, whole texts. It checks as much as reading
// does, keeps its nesting in an array instead of on the call stack, and looks at every byte once.

namespace notch::inline NOTCH_ABI::detail {

inline const char* skip_literal(Reader& r, const char* at, std::string_view literal) noexcept {
    if (r.left(at) >= literal.size() && std::memcmp(at, literal.data(), literal.size()) == 0)
        return at + literal.size();
    return fail(r, ErrorCode::syntax, at, literal);
}

inline const char* skip_string(Reader& r, const char* at) noexcept {
    StringToken token;
    return scan_string(r, at, token);
}

/// Whether a number of the grammar has an exponent; told from its end.
inline bool has_exponent(const char* number, const char* end) noexcept {
    while (end != number && is_digit(end[-1])) --end;
    return end != number && end[-1] != '.' && end - number > 1;
}

/// A number that no double can hold is refused everywhere, so that what has been checked can be read.
inline const char* skip_number(Reader& r, const char* at) noexcept {
    constexpr std::ptrdiff_t always_fits = 300;
    bool integral = false;
    const char* const end = scan_number(at, r.end, integral);
    if (end == nullptr) return fail(r, ErrorCode::syntax, at, "a number");
    if (end - at <= always_fits && (integral || !has_exponent(at, end))) return end;
    NumberText number;
    double value = 0;
    const bool fits = read_number(at, r.end, number) && to_double(number, value);
    return fits ? end : fail(r, ErrorCode::out_of_range, at, "a number that a double can hold");
}

/// A value that is neither an object nor an array.
inline const char* skip_scalar(Reader& r, const char* at) noexcept {
    switch (r.peek(at)) {
        case '"': return skip_string(r, at);
        case 't': return skip_literal(r, at, "true");
        case 'f': return skip_literal(r, at, "false");
        case 'n': return skip_literal(r, at, "null");
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9': return skip_number(r, at);
        default: return fail(r, ErrorCode::syntax, at, "a value");
    }
}

/// Past the colon of a key and the white space on both sides, to the value.
NOTCH_INTERNAL_INLINE const char* skip_colon(Reader& r, const char* at) noexcept {
    at = skip_space(r, at);
    if (r.peek(at) != ':') [[unlikely]]
        return fail_in_container(r, at, "':' behind the key");
    return skip_space(r, at + 1);
}

/// A key nobody asks for, up to its value.
inline const char* skip_key(Reader& r, const char* at) noexcept {
    if (r.peek(at) != '"') return fail_in_container(r, at, "a key in quotes");
    at = skip_string(r, at);
    return at == nullptr ? nullptr : skip_colon(r, at);
}

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_separator(Reader& r, const char* at, bool object) noexcept {
    return fail_in_container(r, at, object ? "',' or '}'" : "',' or ']'");
}

constexpr bool opens(char c) noexcept { return c == '{' || c == '['; }

/// The objects and arrays around the cursor, while they are skipped.
class Nesting {
public:
    /// Into the container that opens at `at`: to its first value, or to its end.
    const char* open(Reader& r, const char* at) noexcept {
        if (!enter(r)) return fail_depth(r, at);
        const bool object = *at == '{';
        levels_[depth_++] = {0, object};
        at = skip_space(r, at + 1);
        if (r.peek(at) == closer()) return at;
        return next(r, at);
    }
    /// Past all that end here.
    const char* close(Reader& r, const char* at) noexcept {
        while (depth_ != 0) {
            at = skip_space(r, at);
            if (r.peek(at) != closer()) break;
            ++at;
            --depth_;
            leave(r);
        }
        return at;
    }
    /// Past the comma behind a value, to the next one.
    const char* separate(Reader& r, const char* at) noexcept {
        if (r.peek(at) != ',') return fail_separator(r, at, top().object);
        return next(r, skip_space(r, at + 1));
    }
    [[nodiscard]] bool done() const noexcept { return depth_ == 0; }
    /// Whether the innermost container has no value.
    [[nodiscard]] bool empty() const noexcept { return levels_[depth_ - 1].count == 0; }

private:
    struct Level {
        std::uint32_t count;
        bool object;
    };

    [[nodiscard]] Level& top() noexcept { return levels_[depth_ - 1]; }
    [[nodiscard]] char closer() const noexcept { return levels_[depth_ - 1].object ? '}' : ']'; }

    const char* next(Reader& r, const char* at) noexcept {
        Level& level = top();
        if (level.count >= r.limits->max_elements) return fail_elements(r, at, level.object);
        ++level.count;
        return level.object ? skip_key(r, at) : at;
    }

    std::size_t depth_ = 0;
    Level levels_[most_depth];  // left as it is: only the levels in use are ever touched
};

inline const char* skip_container(Reader& r, const char* at) noexcept {
    Nesting nesting;
    for (;;) {
        bool empty = false;
        while (opens(r.peek(at)) && !empty) {
            at = nesting.open(r, at);
            if (at == nullptr) return nullptr;
            empty = nesting.empty();
        }
        if (!empty) at = skip_scalar(r, at);
        if (at == nullptr) return nullptr;
        at = nesting.close(r, at);
        if (nesting.done()) return at;
        at = nesting.separate(r, at);
        if (at == nullptr) return nullptr;
    }
}

/// The value at the cursor, whatever it is, checked in full.
inline const char* skip_value(Reader& r, const char* at) noexcept {
    return opens(r.peek(at)) ? skip_container(r, at) : skip_scalar(r, at);
}

inline void describe_size(const Failure& failure, Error& error) {
    describe_limit(failure, error);
    error.found = std::to_string(static_cast<std::uint64_t>(failure.low)) + " bytes";
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_size(Reader& r, std::size_t size) noexcept {
    fail_limit(r, r.begin, r.limits->max_bytes, " bytes (max_bytes)");
    r.failure.describe = describe_size;
    r.failure.low = static_cast<std::int64_t>(size);
    return nullptr;
}

inline bool has_mark(const Reader& r) noexcept {
    return r.left(r.begin) >= 3 && std::memcmp(r.begin, "\xef\xbb\xbf", 3) == 0;
}
inline bool foreign_encoding(const Reader& r) noexcept {
    const auto first = static_cast<unsigned char>(r.begin[0]);
    return has_mark(r) || first >= 0xfe || first == 0 || r.begin[1] == '\0';
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_encoding(Reader& r) noexcept {
    const bool mark = has_mark(r);
    fail(r, ErrorCode::encoding, r.begin, "UTF-8 without a byte order mark");
    r.failure.found = mark ? "a byte order mark" : "UTF-16 or UTF-32";
    return nullptr;
}

/// Where the text's value begins. Text in another encoding gets an error that says so.
inline const char* begin_text(Reader& r) noexcept {
    const std::size_t size = r.left(r.begin);
    if (size > r.limits->max_bytes) return fail_size(r, size);
    // JSON begins with ASCII. A byte order mark is none, and a zero among the first two tells UTF-16 or UTF-32.
    if (size >= 2 && (static_cast<signed char>(r.begin[0]) <= 0 || r.begin[1] == '\0') && foreign_encoding(r))
        return fail_encoding(r);
    return skip_space(r, r.begin);
}

/// Whether nothing but white space follows the text's value; else the failure is noted.
inline bool end_text(Reader& r, const char* at) noexcept {
    at = skip_space(r, at);
    if (at == r.end) return true;
    fail(r,
         Failure{
             .code = ErrorCode::trailing, .scope = Scope::container, .at = at, .expected = "nothing behind the value"});
    return false;
}

/// Whether the whole text is one JSON value within the limits; else the failure is in the reader.
inline bool check_text(Reader& r) noexcept {
    const char* at = begin_text(r);
    if (at != nullptr) at = skip_value(r, at);
    return at != nullptr && end_text(r, at);
}

/// Whether text is one JSON value: no limit but that of the nesting.
inline bool is_json(std::string_view text) noexcept {
    constexpr auto any = static_cast<std::size_t>(-1);
    constexpr Limits limits{.max_bytes = any, .max_depth = any, .max_string = any, .max_elements = any};
    Reader r{text, limits};
    return check_text(r);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
