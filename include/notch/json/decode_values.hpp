// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_DECODE_VALUES_HPP
#define NOTCH_JSON_DECODE_VALUES_HPP

#include "../base/error.hpp"
#include "../config.hpp"
#include "../event/event.hpp"
#include "../event/rules.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "parse.hpp"
#include "read_object.hpp"
#include "read_times.hpp"
#include "read_types.hpp"
#include "read_values.hpp"
#include "violations.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// JSON into C++ values. The templates here only say which plain function reads which part; the work is done by
// read_object.hpp, read_values.hpp and read_times.hpp.

namespace notch::inline NOTCH_ABI::detail {

/// How a value is read where its type leaves a choice.
struct ReadMode {
    bool unix_seconds = false;
    bool ruled = false;   ///< its member has rules
    bool lengths = true;  ///< `length` is about this value and not about the list around it
};
constexpr ReadMode inside_list(ReadMode mode) noexcept { return {mode.unix_seconds, mode.ruled, false}; }

template <ReadMode mode, class T>
const char* read_value(Reader& r, const char* at, T& out, const Member& member);

// ---- lists and maps --------------------------------------------------------------------------------------------------

/// Calls `read(at, index)` for every element.
template <class Read>
const char* read_array(Reader& r, const char* at, Read read) {
    if (r.peek(at) != '[') [[unlikely]]
        return fail_type(r, at, "an array");
    if (!enter(r)) [[unlikely]]
        return fail_depth(r, at);
    at = skip_space(r, at + 1);
    for (std::size_t index = 0; index != 0 || r.peek(at) != ']'; ++index) {
        if (index == r.limits->max_elements) [[unlikely]]
            return fail_elements(r, at, false);
        at = read(at, index);
        if (at == nullptr) [[unlikely]]
            return nullptr;
        at = skip_space(r, at);
        if (r.peek(at) != ',') break;
        at = skip_space(r, at + 1);
    }
    if (r.peek(at) != ']') [[unlikely]]
        return fail_separator(r, at, false);
    leave(r);
    return at + 1;
}

template <ReadMode mode, class T>
const char* read_fixed_list(Reader& r, const char* const start, T& out, const Member& member) {
    constexpr std::size_t size = fixed_length<T>();
    std::size_t count = 0;
    const char* const after = read_array(r, start, [&](const char* at, std::size_t index) -> const char* {
        if (index == size) return fail_count(r, start, size, size + 1);
        count = index + 1;
        return read_value<mode>(r, at, out[index], member);
    });
    if (after == nullptr) return nullptr;
    return count == size ? after : fail_count(r, start, size, count);
}

template <ReadMode mode, class T>
const char* read_growing_list(Reader& r, const char* start, T& out, const Member& member) {
    using E = Element<T>;
    out.clear();
    return read_array(r, start, [&](const char* at, std::size_t) -> const char* {
        if constexpr (EmplacesBack<T>) {
            return read_value<mode>(r, at, out.emplace_back(), member);
        } else {
            E element{};
            const char* const next = read_value<mode>(r, at, element, member);
            if (next == nullptr) return nullptr;
            if constexpr (PushesBack<T>) out.push_back(std::move(element));
            else if (!insert_new(out, std::move(element)))
                return fail(r, ErrorCode::duplicate_key, at, "elements that differ");
            return next;
        }
    });
}

/// Past the key of a map's entry and its colon.
template <class Key>
const char* read_map_key(Reader& r, const char* at, Key& out, const Member& member) {
    if (r.peek(at) != '"') return fail_in_container(r, at, "a key in quotes");
    at = read_value<ReadMode{}>(r, at, out, member);
    return at == nullptr ? nullptr : skip_colon(r, at);
}

template <ReadMode mode, class T>
const char* read_map_entry(Reader& r, const char* key_at, T& out, const Member& member) {
    typename T::key_type key{};
    const char* const at = read_map_key(r, key_at, key, member);
    if (at == nullptr) return nullptr;
    const auto [entry, fresh] = out.emplace(std::move(key), std::remove_cv_t<typename T::mapped_type>{});
    if (!fresh) return fail_duplicate(r, key_at);
    return read_value<mode>(r, at, entry->second, member);
}

template <ReadMode mode, class T>
const char* read_map(Reader& r, const char* at, T& out, const Member& member) {
    out.clear();
    if (r.peek(at) != '{') [[unlikely]]
        return fail_type(r, at, "an object");
    if (!enter(r)) [[unlikely]]
        return fail_depth(r, at);
    at = skip_space(r, at + 1);
    for (std::size_t index = 0; index != 0 || r.peek(at) != '}'; ++index) {
        if (index == r.limits->max_elements) [[unlikely]]
            return fail_elements(r, at, true);
        at = read_map_entry<mode>(r, at, out, member);
        if (at == nullptr) [[unlikely]]
            return nullptr;
        at = skip_space(r, at);
        if (r.peek(at) != ',') break;
        at = skip_space(r, at + 1);
    }
    if (r.peek(at) != '}') [[unlikely]]
        return fail_separator(r, at, true);
    leave(r);
    return at + 1;
}

// ---- values that are read as another ---------------------------------------------------------------------------------

template <ReadMode mode, class T>
const char* read_optional(Reader& r, const char* at, T& out, const Member& member) {
    if (const char* const after = past_null(r, at)) {
        out.reset();
        return after;
    }
    return read_value<mode>(r, at, out.emplace(), member);
}

template <ReadMode mode, class T>
const char* read_foreign(Reader& r, const char* at, T& out, const Member& member) {
    ReadableForm<ForeignValue<T>> value{};
    const char* const next = read_value<mode>(r, at, value, member);
    if (next == nullptr) return nullptr;
    if (!notch_from(as_foreign<ForeignValue<T>>(value), out))
        return fail(r, ErrorCode::type_mismatch, at, "a value that notch_from takes");
    return next;
}

template <class E>
const char* read_enum(Reader& r, const char* at, E& out) noexcept {
    std::size_t index = 0;
    at = read_choice(r, at, enum_texts<E>, index);
    if (at != nullptr) out = enum_table<E>[index].first;
    return at;
}

template <class T>
const char* read_other_text(Reader& r, const char* at, T& out) {
    if constexpr (std::is_bounded_array_v<T>) {
        return read_characters(r, at, out);
    } else {  // a string with an allocator of its own
        std::string text;
        at = read_text(r, at, text);
        if (at != nullptr) out.assign(text.data(), text.size());
        return at;
    }
}

// ---- structs ---------------------------------------------------------------------------------------------------------

template <bool Line, class T>
const char* read_struct(Reader& r, const char* at, T& out);

/// Reads a value of any type that can be read.
template <ReadMode mode, class T>
const char* read_plain_value(Reader& r, const char* at, T& out, const Member& member) {
    constexpr Kind kind = readable_kind<T>();
    if constexpr (kind == Kind::boolean) return read_bool(r, at, out);
    else if constexpr (kind == Kind::integer) return read_integer(r, at, out);
    else if constexpr (kind == Kind::real) return read_real(r, at, out);
    else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>)
        return read_text(r, at, out);
    else if constexpr (kind == Kind::text) return read_other_text(r, at, out);
    else if constexpr (kind == Kind::enumeration) return read_enum(r, at, out);
    else if constexpr (kind == Kind::duration) return read_duration(r, at, out);
    else if constexpr (kind == Kind::time_point) return read_time_point(r, at, mode.unix_seconds, out);
    else if constexpr (kind == Kind::raw_json) return read_raw(r, at, out);
    else if constexpr (kind == Kind::foreign) return read_foreign<mode>(r, at, out, member);
    else if constexpr (kind == Kind::optional) return read_optional<mode>(r, at, out, member);
    else if constexpr (kind == Kind::list && is_fixed_list<T>)
        return read_fixed_list<inside_list(mode)>(r, at, out, member);
    else if constexpr (kind == Kind::list) return read_growing_list<inside_list(mode)>(r, at, out, member);
    else if constexpr (kind == Kind::map) return read_map<inside_list(mode)>(r, at, out, member);
    else if constexpr (kind == Kind::object) return read_struct<false>(r, at, out);
    else return nullptr;
}

template <ReadMode mode, class T>
const char* read_value(Reader& r, const char* at, T& out, const Member& member) {
    const char* const next = read_plain_value<mode>(r, at, out, member);
    if constexpr (mode.ruled && has_rule_value<T>) {
        if (next != nullptr && !note_broken(r, at, member.rules, rule_value(out), mode.lengths)) return nullptr;
    }
    return next;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
