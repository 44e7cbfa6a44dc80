// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_ENCODE_HPP
#define NOTCH_JSON_ENCODE_HPP

#include "../base/clock.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "../event/event.hpp"
#include "foreign.hpp"
#include "integer.hpp"
#include "keys.hpp"
#include "number.hpp"
#include "omit.hpp"
#include "raw.hpp"
#include "string.hpp"
#include "time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Values to JSON in two steps: `worst_size` says how many bytes a value can need at most, then `put` writes through a bare
// pointer and asks nothing more. For a struct of numbers the first step is a constant.

namespace notch::inline NOTCH_ABI::detail {

template <std::size_t N>
NOTCH_INTERNAL_INLINE char* put_static(char* out, const StaticText<N>& text) noexcept {
    std::memcpy(out, text.data, N);
    return out + N;
}
NOTCH_INTERNAL_INLINE char* put_plain(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}
NOTCH_INTERNAL_INLINE char* put_null(char* out) noexcept {
    std::memcpy(out, "null", 4);
    return out + 4;
}

inline constexpr std::string_view redacted = "\"[redacted]\"";

/// How a value is written where its type leaves a choice.
struct Form {
    bool unix_seconds = false;
};
template <class T, std::size_t Index>
inline constexpr Form form_of{.unix_seconds = field_infos<T>[Index].unix_seconds};

// ---- how large -----------------------------------------------------------------------------------------------------

template <class T>
NOTCH_INTERNAL_INLINE std::size_t worst_size(const T& v);

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE std::size_t worst_field_size(const F& field) {
    if constexpr (field_infos<T>[Index].skip) return 0;
    else if constexpr (field_infos<T>[Index].redact) return text_key_text<T, Index>.view().size() + redacted.size();
    else return text_key_text<T, Index>.view().size() + worst_size(field);
}

template <class T>
NOTCH_INTERNAL_INLINE std::size_t worst_fields_size(const T& v) {
    return Fields<T>::visit(v, [](const auto&... fields) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            std::size_t size = 2;
            NOTCH_INTERNAL_IN_ORDER(size += worst_field_size<T, Index>(fields));
            return size;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

template <class T>
std::size_t worst_elements_size(const T& list) {
    using E = Element<T>;
    if constexpr (kind_of<E>() == Kind::integer || kind_of<E>() == Kind::real || kind_of<E>() == Kind::boolean) {
        return 2 + length_of(list) * (worst_size(E{}) + 1);
    } else {
        std::size_t size = 2;
        for (const auto& element : list) size += 1 + worst_size(element);
        return size;
    }
}

template <class T>
std::size_t worst_entries_size(const T& map) {
    std::size_t size = 2;
    for (const auto& [key, value] : map) size += 4 + escaped_bound(as_text(key).size()) + worst_size(value);
    return size;
}

template <class E>
consteval std::size_t longest_enum_text() {
    std::size_t longest = 4;  // null
    for (const auto& entry : enum_table<E>) longest = entry.second.size() > longest ? entry.second.size() : longest;
    return longest;
}

/// With a null, which takes the place of a value that has no room.
template <class T>
std::size_t worst_foreign_size(const T& v) {
    using V = ForeignValue<T>;
    if constexpr (has_constant_size<V>) return worst_size<V>(foreign_value(v));
    else return 4 + reserve_foreign(v, [](const V& value) { return worst_size<V>(value); });
}

/// The most bytes that `put(out, v)` touches.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t worst_size(const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) return 8;
    else if constexpr (kind == Kind::integer) return max_integer_size + 4;
    else if constexpr (kind == Kind::real) return max_double_size;
    else if constexpr (kind == Kind::text) return 2 + escaped_bound(as_text(v).size());
    else if constexpr (kind == Kind::enumeration) return 2 + escaped_bound(longest_enum_text<T>());
    else if constexpr (kind == Kind::duration || kind == Kind::time_point) return max_time_size;
    else if constexpr (kind == Kind::raw_json) return 4 + v.text.size();
    else if constexpr (kind == Kind::foreign) return worst_foreign_size(v);
    else if constexpr (kind == Kind::optional) return v.has_value() ? worst_size(*v) : 4;
    else if constexpr (kind == Kind::list) return worst_elements_size(v);
    else if constexpr (kind == Kind::map) return worst_entries_size(v);
    else if constexpr (kind == Kind::object) return worst_fields_size(v);
    else return 0;
}

// ---- the bytes -----------------------------------------------------------------------------------------------------

template <Form form = Form{}, class T>
NOTCH_INTERNAL_INLINE char* put(char* out, const T& v);

NOTCH_INTERNAL_INLINE char* put_bool(char* out, bool v) noexcept {
    // Four bytes always; the `e` of false lies beyond.
    std::memcpy(out, v ? "true" : "fals", 4);
    out[4] = 'e';
    return out + (v ? 4 : 5);
}

template <class T>
NOTCH_INTERNAL_INLINE char* put_integer(char* out, T v) noexcept {
    if constexpr (std::is_signed_v<T>) {
        if constexpr (sizeof(T) <= 4) return write_i32(out, static_cast<std::int32_t>(v));
        else return write_i64(out, static_cast<std::int64_t>(v));
    } else {
        if constexpr (sizeof(T) <= 4) return write_u32(out, static_cast<std::uint32_t>(v));
        else return write_u64(out, static_cast<std::uint64_t>(v));
    }
}

/// The text and its closing quote. Out of line: a call costs half a nanosecond, a copy in every field costs the compiler
/// about as much as all the rest of a struct.
[[gnu::noinline]] inline char* put_text_end(char* out, const char* s, std::size_t n) noexcept {
    out = write_escaped(out, s, n);
    *out = '"';
    return out + 1;
}

NOTCH_INTERNAL_INLINE char* put_text(char* out, std::string_view v) noexcept {
    *out = '"';
    return put_text_end(out + 1, v.data(), v.size());
}

/// A value that its enum's table does not have has no text: it is written as null.
template <class E>
char* put_enum(char* out, E v) noexcept {
    const std::size_t at = enum_position(v);
    return at < enum_table<E>.size() ? put_text(out, enum_table<E>[at].second) : put_null(out);
}

template <class Point>
char* put_time_point(char* out, const Point& v, bool unix_form) noexcept {
    const SplitTime time = split_point(v);
    return unix_form ? write_unix_seconds(out, time) : write_rfc3339(out, time.seconds, time.fraction);
}

/// Writes `[` or `{` over the first comma, or an empty pair when nothing was written.
NOTCH_INTERNAL_INLINE char* close_brackets(char* start, char* out, char open, char close) noexcept {
    if (out == start) ++out;
    *start = open;
    *out++ = close;
    return out;
}

template <Form form, class T>
char* put_elements(char* out, const T& list) {
    char* const start = out;
    for (const auto& element : list) {
        *out++ = ',';
        out = put<form, Element<T>>(out, element);
    }
    return close_brackets(start, out, '[', ']');
}

template <Form form, class T>
char* put_entries(char* out, const T& map) {
    char* const start = out;
    for (const auto& [key, value] : map) {
        *out++ = ',';
        out = put_text(out, as_text(key));
        *out++ = ':';
        out = put<form>(out, value);
    }
    return close_brackets(start, out, '{', '}');
}

/// Field Index of T as `,"key":value`, or nothing when it is left out.
template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_field(char* out, const F& field) {
    if constexpr (field_infos<T>[Index].skip) {  // whatever its type
        return out;
    } else if constexpr (field_infos<T>[Index].redact) {
        return put_plain(put_static(out, key_text<T, Index>), redacted);
    } else {
        constexpr Kind kind = checked_kind<F>();
        if constexpr (may_be_omitted<T, Index, F>) {
            if (is_omitted<T, Index>(field)) return out;
        }
        if constexpr (kind == Kind::text) {
            out = put_static(out, text_key_text<T, Index>);
            const std::string_view text = as_text(field);
            return put_text_end(out, text.data(), text.size());
        } else {
            return put<form_of<T, Index>>(put_static(out, key_text<T, Index>), field);
        }
    }
}

template <class T>
NOTCH_INTERNAL_INLINE char* put_object(char* out, const T& v) {
    char* const start = out;
    out = Fields<T>::visit(v, [out](const auto&... fields) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            char* at = out;
            NOTCH_INTERNAL_IN_ORDER(at = put_field<T, Index>(at, fields));
            return at;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
    return close_brackets(start, out, '{', '}');
}

template <Form form, class T>
char* put_foreign_value(char* out, const T& v) {
    using V = ForeignValue<T>;
    if constexpr (has_constant_size<V>) return put<form, V>(out, foreign_value(v));
    else
        return put_foreign(
            v, [](const V& value) { return worst_size<V>(value); }, [out](const V& value) { return put<form, V>(out, value); },
            [out] { return put_null(out); });
}

/// Writes `v` at `out`, where at least `worst_size(v)` bytes are free; returns the end.
template <Form form, class T>
NOTCH_INTERNAL_INLINE char* put(char* out, const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) return put_bool(out, v);
    else if constexpr (kind == Kind::integer) return put_integer(out, v);
    else if constexpr (std::is_same_v<T, float>) return write_float(out, v);
    else if constexpr (kind == Kind::real) return write_double(out, v);
    else if constexpr (kind == Kind::text) return put_text(out, as_text(v));
    else if constexpr (kind == Kind::enumeration) return put_enum(out, v);
    else if constexpr (kind == Kind::duration) return write_duration(out, v);
    else if constexpr (kind == Kind::time_point) return put_time_point(out, v, form.unix_seconds);
    else if constexpr (kind == Kind::raw_json) return put_raw(out, v.text);
    else if constexpr (kind == Kind::foreign) return put_foreign_value<form>(out, v);
    else if constexpr (kind == Kind::optional) return v.has_value() ? put<form>(out, *v) : put_null(out);
    else if constexpr (kind == Kind::list) return put_elements<form>(out, v);
    else if constexpr (kind == Kind::map) return put_entries<form>(out, v);
    else if constexpr (kind == Kind::object) return put_object(out, v);
    else return out;
}

template <class Write>
NOTCH_INTERNAL_INLINE char* write_from(char* out, const Write& write) {
    NOTCH_INTERNAL_FORGET(out);
    return write(out);
}

/// Appends what `write(char*)` writes, at most `worst` bytes. Small values are written on the stack first: growing a
/// string would fill it with zeros before they are overwritten.
template <class Write>
NOTCH_INTERNAL_INLINE void append_written(std::string& out, std::size_t worst, const Write& write) {
#if defined(__cpp_lib_string_resize_and_overwrite)
    const std::size_t before = out.size();
    out.resize_and_overwrite(before + worst, [&](char* data, std::size_t) {
        char* const end = write_from(data + before, write);
        return static_cast<std::size_t>(end - data);
    });
#else
    constexpr std::size_t on_stack = 2048;
    if (worst <= on_stack) {
        char buffer[on_stack];
        char* const end = write_from(buffer, write);
        out.append(buffer, static_cast<std::size_t>(end - buffer));
    } else {
        const std::size_t before = out.size();
        out.resize(before + worst);
        char* const end = write_from(out.data() + before, write);
        out.resize(static_cast<std::size_t>(end - out.data()));
    }
#endif
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Appends a value as JSON to a string; with a string that is used again and again nothing is allocated.
///
///     std::string text;
///     notch::append_json(text, RunnerStart{.flavor = "small", .repo = "o/r"});
///     // {"flavor":"small","repo":"o/r"}
///
/// Takes every type that can be a field. Invalid UTF-8 becomes U+FFFD; NaN and infinities become null. Thread-safe for
/// distinct strings. Fails only as std::string does when memory runs out.
template <class T>
void append_json(std::string& out, const T& value) {
    detail::begin_foreign<T>();
    detail::append_written(out, detail::worst_size(value), [&value](char* at) { return detail::put(at, value); });
}

/// A value as JSON, without an envelope.
///
///     notch::to_json(Shape{.cpu = 4});  // {"cpu":4}
template <class T>
[[nodiscard]] std::string to_json(const T& value) {
    std::string out;
    append_json(out, value);
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif
