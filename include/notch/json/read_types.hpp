// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_READ_TYPES_HPP
#define NOTCH_JSON_READ_TYPES_HPP

#include "../config.hpp"
#include "../event/kind.hpp"
#include "../event/reflect.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// What types can be read, and what the others should be instead. Everything that is decided by a type alone is here.

namespace notch::inline NOTCH_ABI::detail {

// ---- lists -----------------------------------------------------------------------------------------------------------

template <class T>
inline constexpr bool is_fixed_list = std::is_bounded_array_v<T>;
template <class E, std::size_t N>
inline constexpr bool is_fixed_list<std::array<E, N>> = true;

template <class T>
consteval std::size_t fixed_length() {
    if constexpr (std::is_bounded_array_v<T>) return std::extent_v<T>;
    else return T{}.size();
}

/// Makes an element in place and gives back a reference to it (a std::vector<bool> gives something else).
template <class T>
concept EmplacesBack = requires(T& list) {
    list.clear();
    { list.emplace_back() } -> std::same_as<typename T::value_type&>;
};
template <class T>
concept PushesBack = requires(T& list, typename T::value_type&& element) {
    list.clear();
    list.push_back(std::move(element));
};
template <class T>
concept Inserts = requires(T& list, typename T::value_type&& element) {
    list.clear();
    list.insert(std::move(element));
};

/// Into a set; false when it was there and the set keeps each element once.
template <class T>
bool insert_new(T& set, typename T::value_type&& element) {
    if constexpr (requires { set.insert(std::move(element)).second; }) {
        return set.insert(std::move(element)).second;
    } else {
        set.insert(std::move(element));
        return true;
    }
}

template <class T>
concept EmplacesUnique = requires(T& map, typename T::key_type key, typename T::mapped_type value) {
    map.clear();
    { map.emplace(std::move(key), std::move(value)).second } -> std::convertible_to<bool>;
};

// ---- enums and foreign types -----------------------------------------------------------------------------------------

/// What is read for a foreign type. A text that notch_value only points at needs a place to stand first.
template <class V>
using ReadableForm =
    std::conditional_t<is_text<V> && !std::is_bounded_array_v<V> && !std::is_same_v<V, std::string>, std::string, V>;

template <class V>
decltype(auto) as_foreign(const ReadableForm<V>& value) noexcept {
    if constexpr (std::is_pointer_v<V>) return value.c_str();
    else if constexpr (std::is_same_v<V, std::string_view>) return V{value};
    else return (value);
}

template <class X>
concept ForeignReadable = requires(X& out, const ReadableForm<ForeignValue<X>>& value) {
    { notch_from(as_foreign<ForeignValue<X>>(value), out) } -> std::convertible_to<bool>;
};

// ---- what cannot be read ---------------------------------------------------------------------------------------------

template <class T>
concept Initialised = requires { T{}; };

template <class T>
consteval bool list_readable() {
    if constexpr (is_fixed_list<T>) return true;
    else return (EmplacesBack<T> || PushesBack<T> || Inserts<T>) && Initialised<Element<T>>;
}

/// Refuses what notch writes but cannot read, saying what to do; the first that fits speaks.
template <class T, Kind kind>
consteval bool can_read() {
    constexpr bool pointer = std::is_pointer_v<T>;
    static_assert(!pointer, "notch: a const char* owns nothing, so nothing can be read into it: use std::string");
    if constexpr (pointer) {
        return false;
    } else if constexpr (kind == Kind::foreign) {
        constexpr bool pair = ForeignReadable<T>;
        static_assert(pair,
                      "notch: to read this type, write `bool notch_from(const V&, X&)` beside its notch_value, "
                      "where V is what notch_value returns");
        return pair;
    } else if constexpr (kind == Kind::list) {
        constexpr bool grows = list_readable<T>();
        static_assert(grows,
                      "notch: this list cannot be read: use a container with push_back or insert whose elements "
                      "have a default constructor, such as std::vector (a std::span owns nothing)");
        return grows;
    } else if constexpr (kind == Kind::map) {
        constexpr bool unique = EmplacesUnique<T> && Initialised<typename T::key_type>;
        static_assert(unique,
                      "notch: this map cannot be read: use one that keeps each key once, such as std::map, with keys "
                      "of std::string");
        return unique;
    } else {
        return true;
    }
}

template <class T>
consteval bool can_make() {
    constexpr bool made = Initialised<T>;
    static_assert(made,
                  "notch: this type has no default constructor, so it cannot be read (writing it is fine): give each "
                  "field a default, or the class a default constructor");
    return made;
}

/// The kind of a type that can be read; `unsupported` after the refusal of one that cannot.
template <class T>
consteval Kind readable_kind() {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::unsupported) return kind;
    else if constexpr (!can_read<T, kind>()) return Kind::unsupported;
    else if constexpr (std::is_bounded_array_v<T>) return kind;
    else return can_make<T>() ? kind : Kind::unsupported;
}

// ---- text that is not copied -----------------------------------------------------------------------------------------

template <class T, class... Outer>
consteval bool borrows();

template <class T, class... Outer, class... Types>
consteval bool any_borrows(TypeList<Types...>) {
    [[maybe_unused]] std::size_t i = 0;
    return (false || ... || (!field_infos<T>[i++].skip && borrows<Types, T, Outer...>()));
}

/// Whether T, which may contain itself through a list, holds a std::string_view anywhere. `Outer`: what is being asked already.
template <class T, class... Outer>
consteval bool borrows() {
    if constexpr ((false || ... || std::is_same_v<T, Outer>)) {
        return false;
    } else {
        constexpr Kind kind = kind_of<T>();
        if constexpr (kind == Kind::text) return std::is_same_v<T, std::string_view>;
        else if constexpr (kind == Kind::optional) return borrows<std::remove_cv_t<typename T::value_type>, Outer...>();
        else if constexpr (kind == Kind::list) return borrows<Element<T>, Outer...>();
        else if constexpr (kind == Kind::map)
            return borrows<typename T::key_type, Outer...>() ||
                   borrows<std::remove_cv_t<typename T::mapped_type>, Outer...>();
        else if constexpr (kind == Kind::object) return any_borrows<T, Outer...>(FieldTypes<T>{});
        else return false;
    }
}
/// Whether a T that was read still points into the text.
template <class T>
inline constexpr bool borrows_text = borrows<T>();

/// A string that ends with the expression it stands in.
template <class S>
inline constexpr bool is_string = false;
template <class Traits, class Allocator>
inline constexpr bool is_string<std::basic_string<char, Traits, Allocator>> = true;
template <class S>
concept TemporaryString = !std::is_reference_v<S> && is_string<std::remove_cv_t<S>>;

/// Whether a rule can be asked of the value itself; optionals and foreign types pass it on to what they hold.
template <class T>
inline constexpr bool has_rule_value =
    kind_of<T>() == Kind::integer || kind_of<T>() == Kind::real || kind_of<T>() == Kind::duration ||
    kind_of<T>() == Kind::time_point || kind_of<T>() == Kind::text || kind_of<T>() == Kind::enumeration ||
    kind_of<T>() == Kind::list || kind_of<T>() == Kind::map;

}  // namespace notch::inline NOTCH_ABI::detail

#endif
