// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_OMIT_HPP
#define NOTCH_JSON_OMIT_HPP

#include "../base/clock.hpp"
#include "../config.hpp"
#include "../event/event.hpp"
#include "foreign.hpp"

#include <concepts>
#include <cstddef>
#include <type_traits>

// Which fields are left out of what is written, by their options and their values.

namespace notch::inline NOTCH_ABI::detail {

template <class T>
constexpr bool is_empty_value(const T& v) noexcept {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean || kind == Kind::integer || kind == Kind::real) return v == T{};
    else if constexpr (kind == Kind::duration) return v == T::zero();
    else if constexpr (kind == Kind::text) return as_text(v).empty();
    else if constexpr (kind == Kind::raw_json) return v.text.empty();
    else if constexpr (kind == Kind::list || kind == Kind::map) return length_of(v) == 0;
    else if constexpr (kind == Kind::foreign) return is_empty_value(foreign_value(v));
    else if constexpr (kind == Kind::optional) return !v.has_value();
    else if constexpr (kind == Kind::enumeration)
        return enum_position(v) < enum_table<T>.size() && enum_table<T>[enum_position(v)].second.empty();
    else return false;
}

/// Whether two values of a field are the same; of pointers and arrays, what they hold and not where it stands.
template <class F>
constexpr bool same_value(const F& a, const F& b) {
    if constexpr (checked_kind<F>() == Kind::text) {
        return as_text(a) == as_text(b);
    } else if constexpr (std::is_bounded_array_v<F>) {
        for (std::size_t i = 0; i < std::extent_v<F>; ++i)
            if (!same_value(a[i], b[i])) return false;
        return true;
    } else {
        constexpr bool comparable = std::equality_comparable<F>;
        static_assert(comparable,
                      "notch: omit_default has to compare the field: write `bool operator==(const F&) const = default;` in its type F");
        if constexpr (comparable) return a == b;
        else return false;
    }
}

template <std::size_t Index, class First, class... Rest>
constexpr const auto& nth(const First& first, const Rest&... rest) noexcept {
    if constexpr (Index == 0) return first;
    else return nth<Index - 1>(rest...);
}

template <class T, std::size_t Index>
bool equals_default(const auto& value) {
    constexpr bool constructible = std::is_default_constructible_v<T>;
    static_assert(constructible, "notch: omit_default needs a struct with a default constructor: give every field a default");
    if constexpr (constructible) {
        const T fresh{};
        return Fields<T>::visit(fresh, [&value](const auto&... fields) { return same_value(nth<Index>(fields...), value); });
    } else {
        return false;
    }
}

/// Whether field Index of T is left out of what is written.
template <class T, std::size_t Index, class F>
bool is_omitted(const F& value) {
    constexpr FieldInfo info = field_infos<T>[Index];
    if constexpr (info.skip) return true;
    else if constexpr (info.redact) return false;
    else if constexpr (info.omit_default) return equals_default<T, Index>(value);
    else if constexpr (info.omit_empty || is_optional<F>) return is_empty_value(value);
    else return false;
}
/// Whether `is_omitted` can ever be true, that is, has to be asked.
template <class T, std::size_t Index, class F>
inline constexpr bool may_be_omitted =
    field_infos<T>[Index].skip ||
    (!field_infos<T>[Index].redact && (field_infos<T>[Index].omit_default || field_infos<T>[Index].omit_empty || is_optional<F>));

}  // namespace notch::inline NOTCH_ABI::detail

#endif
