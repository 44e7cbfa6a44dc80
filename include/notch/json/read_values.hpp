// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_READ_VALUES_HPP
#define NOTCH_JSON_READ_VALUES_HPP

#include "../base/error.hpp"
#include "../config.hpp"
#include "../event/kind.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "number_read.hpp"
#include "parse.hpp"
#include "scan.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>

// Reading one value of each plain type. Every function takes where the value begins and gives back where it ends, or null.

namespace notch::inline NOTCH_ABI::detail {

/// The value is not what the field holds. When it is not even JSON, that is the failure to report.
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_type(Reader& r, const char* at, const Failure& failure) noexcept {
    return skip_value(r, at) == nullptr ? nullptr : fail(r, failure);
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_type(Reader& r, const char* at, std::string_view expected) noexcept {
    return fail_type(r, at, Failure{.code = ErrorCode::type_mismatch, .at = at, .expected = expected});
}

inline bool stands_at(const Reader& r, const char* at, std::string_view word) noexcept {
    return r.left(at) >= word.size() && std::memcmp(at, word.data(), word.size()) == 0;
}

inline const char* read_bool(Reader& r, const char* at, bool& out) noexcept {
    if (stands_at(r, at, "true")) {
        out = true;
        return at + 4;
    }
    if (stands_at(r, at, "false")) {
        out = false;
        return at + 5;
    }
    return fail_type(r, at, "true or false");
}

/// Past `null`, or null itself when something else stands here; not a failure.
inline const char* past_null(const Reader& r, const char* at) noexcept {
    return stands_at(r, at, "null") ? at + 4 : nullptr;
}

// ---- integers ------------------------------------------------------------------------------------------------------

inline void describe_range(const Failure& failure, Error& error) {
    error.expected = "an integer in [" + std::to_string(failure.low) + ", " + std::to_string(failure.high) + "]";
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_integer(Reader& r, const char* at, ErrorCode code, std::int64_t low,
                                                       std::uint64_t high) noexcept {
    return fail_type(r, at, Failure{.code = code, .at = at, .describe = describe_range, .low = low, .high = high});
}

/// An integer of more than 15 digits or in a text of a few bytes, or none, or outside [low, high].
NOTCH_INTERNAL_COLD inline const char* read_odd_integer(Reader& r, const char* at, std::int64_t low, std::uint64_t high,
                                                        std::uint64_t& bits) noexcept {
    NumberText number;
    if (!read_number(at, r.end, number)) return fail_integer(r, at, ErrorCode::type_mismatch, low, high);
    if (!number.integral) return fail_integer(r, at, ErrorCode::type_mismatch, low, high);
    if (number.negative) {
        std::int64_t value = 0;
        const bool fits = to_i64(number, value) == NumberStatus::ok && value >= low;
        bits = static_cast<std::uint64_t>(value);
        return fits ? number.last : fail_integer(r, at, ErrorCode::out_of_range, low, high);
    }
    const bool fits = to_u64(number, bits) == NumberStatus::ok && bits <= high;
    return fits ? number.last : fail_integer(r, at, ErrorCode::out_of_range, low, high);
}

/// An integer in [low, high], as the bits of two's complement.
inline const char* read_integer(Reader& r, const char* at, std::int64_t low, std::uint64_t high,
                                std::uint64_t& bits) noexcept {
    const bool negative = r.peek(at) == '-';
    const char* const digits = at + (negative ? 1 : 0);
    std::uint64_t size = 0;
    const char* const end = r.left(r.begin) >= 8 ? take_few_digits(digits, r.end, size) : nullptr;
    if (end == nullptr) [[unlikely]]
        return read_odd_integer(r, at, low, high, bits);
    const auto count = static_cast<std::size_t>(end - digits);
    const char after = r.peek(end);
    const bool plain = count != 0 && (count == 1 || *digits != '0') && after != '.' && (after | 0x20) != 'e';
    const std::uint64_t most = negative ? 0 - static_cast<std::uint64_t>(low) : high;
    if (!plain || size > most) [[unlikely]]
        return read_odd_integer(r, at, low, high, bits);
    bits = negative ? 0 - size : size;
    return end;
}

template <Integer T>
NOTCH_INTERNAL_INLINE const char* read_integer(Reader& r, const char* at, T& out) noexcept {
    using Range = std::numeric_limits<T>;
    std::uint64_t bits = 0;
    at = read_integer(r, at, static_cast<std::int64_t>((Range::min)()), static_cast<std::uint64_t>((Range::max)()),
                      bits);
    out = static_cast<T>(bits);
    return at;
}

// ---- floating point ------------------------------------------------------------------------------------------------

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_range(Reader& r, const char* at, std::string_view expected) noexcept {
    return fail(r, ErrorCode::out_of_range, at, expected);
}

// From constants: <cmath> is a heavy header, and -ffast-math may fold away a NaN that is computed.
inline constexpr double nan_double = std::numeric_limits<double>::quiet_NaN();
inline constexpr float nan_float = std::numeric_limits<float>::quiet_NaN();

/// In a line, null where a number should be is the NaN or infinity that could not be written.
NOTCH_INTERNAL_COLD inline const char* read_null_as_nan(Reader& r, const char* at) noexcept {
    const char* const after = r.line ? past_null(r, at) : nullptr;
    return after != nullptr ? after : fail_type(r, at, "a number");
}

NOTCH_INTERNAL_COLD inline const char* read_unusual_real(Reader& r, const char* at, double& out) noexcept {
    NumberText number;
    if (!read_number(at, r.end, number)) [[unlikely]] {
        out = nan_double;
        return read_null_as_nan(r, at);
    }
    if (!to_double(number, out)) [[unlikely]]
        return fail_range(r, at, "a number that a double can hold");
    return number.last;
}
// What is unusual is a call at the end, so that what is usual needs no memory for registers.
inline const char* read_real(Reader& r, const char* at, double& out) noexcept {
    const char* const next = read_usual_double(r.begin, r.end, at, out);
    return next != nullptr ? next : read_unusual_real(r, at, out);
}
inline const char* read_real(Reader& r, const char* at, float& out) noexcept {
    NumberText number;
    if (!read_number(at, r.end, number)) [[unlikely]] {
        out = nan_float;
        return read_null_as_nan(r, at);
    }
    if (!to_float(number, out)) [[unlikely]]
        return fail_range(r, at, "a number that a float can hold");
    return number.last;
}

// ---- text ----------------------------------------------------------------------------------------------------------

/// The string at the cursor as it stands in the text, checked.
NOTCH_INTERNAL_INLINE const char* read_token(Reader& r, const char* at, StringToken& out) noexcept {
    if (r.peek(at) != '"') [[unlikely]]
        return fail_type(r, at, "a string");
    return scan_string(r, at, out);
}

inline const char* read_text(Reader& r, const char* at, std::string& out) {
    StringToken token;
    at = read_token(r, at, token);
    if (at == nullptr) [[unlikely]]
        return nullptr;
    if (token.escaped) [[unlikely]] {
        assign_unescaped(out, token, r.end);
    } else {
        assign_text(out, token.data, token.size);
    }
    return at;
}

inline const char* read_text(Reader& r, const char* at, std::string_view& out) {
    StringToken token;
    const char* const next = read_token(r, at, token);
    if (next == nullptr) return nullptr;
    if (token.escaped && r.store != nullptr) {
        std::string& copy = r.store->add({});
        assign_unescaped(copy, token, r.end);
        out = copy;
        return next;
    }
    if (token.escaped)
        return fail(r, ErrorCode::needs_copy, at,
                    "a string without escapes, as it is read into a std::string_view; std::string takes any");
    out = token.view();
    return next;
}

inline void describe_room(const Failure& failure, Error& error) {
    error.expected = "a string of at most " + std::to_string(failure.high) + " bytes without NUL";
}

/// Into an array of characters, whose rest is filled with zeros. A text as long as the array stands there without a
/// terminator; a NUL in the text would end it early, so it is refused.
inline const char* read_characters(Reader& r, const char* at, std::span<char> out) noexcept {
    StringToken token;
    const char* const next = read_token(r, at, token);
    if (next == nullptr) return nullptr;
    std::memset(out.data(), 0, out.size());
    std::size_t size = 0;
    bool fits = true;
    for (const char* from = token.data; fits && from != token.data + token.size;) {
        const Unescaped one = *from == '\\' ? unescape(from, r.end) : Unescaped{{*from}, 1, from + 1};
        fits = size + one.size <= out.size() && one.bytes[0] != '\0';
        if (fits) std::memcpy(out.data() + size, one.bytes, one.size);
        size += one.size;
        from = one.next;
    }
    if (!fits)
        return fail(r,
                    Failure{.code = ErrorCode::out_of_range, .at = at, .describe = describe_room, .high = out.size()});
    return next;
}

// ---- one of a table of texts ---------------------------------------------------------------------------------------

using Texts = std::span<const std::string_view>;

inline void describe_choices(const Failure& failure, Error& error) {
    constexpr std::size_t shown = 12;
    const auto* const texts = static_cast<const std::string_view*>(failure.about);
    const auto count = static_cast<std::size_t>(failure.high);
    error.expected = count == 1 ? "" : "one of ";
    for (std::size_t i = 0; i < count && i < shown; ++i) {
        if (i != 0) error.expected += ", ";
        error.expected.append("\"").append(texts[i]).append("\"");
    }
    if (count > shown) error.expected += ", ...";
}
NOTCH_INTERNAL_COLD inline Failure choice_failure(ErrorCode code, const char* at, Texts texts) noexcept {
    return {.code = code, .at = at, .describe = describe_choices, .about = texts.data(), .high = texts.size()};
}

/// Which of the texts stands here.
inline const char* read_choice(Reader& r, const char* at, Texts texts, std::size_t& out) noexcept {
    if (r.peek(at) != '"') return fail_type(r, at, choice_failure(ErrorCode::type_mismatch, at, texts));
    StringToken token;
    const char* const next = scan_string(r, at, token);
    if (next == nullptr) return nullptr;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (!reads_as(token, texts[i])) continue;
        out = i;
        return next;
    }
    return fail(r, choice_failure(ErrorCode::unknown_value, at, texts));
}

// ---- lists ---------------------------------------------------------------------------------------------------------

inline void describe_count(const Failure& failure, Error& error) {
    error.expected = "an array of " + std::to_string(failure.high) + " elements";
    error.found = failure.count > failure.high ? "more" : std::to_string(failure.count);
}
/// The array at `at` does not have as many elements as the field.
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_count(Reader& r, const char* at, std::size_t size,
                                                     std::size_t count) noexcept {
    return fail(
        r,
        Failure{.code = ErrorCode::type_mismatch, .at = at, .describe = describe_count, .high = size, .count = count});
}

// ---- JSON as it is -------------------------------------------------------------------------------------------------

inline const char* read_raw(Reader& r, const char* at, RawJson& out) {
    const char* const next = skip_value(r, at);
    if (next != nullptr) out.text.assign(at, static_cast<std::size_t>(next - at));
    return next;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
