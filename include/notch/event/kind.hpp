// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_KIND_HPP
#define NOTCH_EVENT_KIND_HPP

#include "../base/clock.hpp"
#include "../base/instant.hpp"
#include "../config.hpp"
#include "fields_macro.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace notch::inline NOTCH_ABI {

// What notch looks for beside a type, by argument-dependent lookup, so in the type's own namespace:
//
//     constexpr auto notch_enum(E*)             an enum's wire names: std::array<std::pair<E, std::string_view>, N>. An enumerator that it
//                                               does not have is written as null; a text that it does not have is an unknown_value.
//                                               Of an enum within a class: a friend function there
//     V notch_value(const T&)                   another library's type, written as the V that this returns: any type that may be a field.
//                                               It is called more than once for a value; a text or list that has become longer meanwhile
//                                               is left empty (in a record) or null
//     bool notch_from(const V&, T&)             and read: false where the V stands for no T. It may take a std::string_view for a text
//
// And within a struct, in its public part:
//
//     static constexpr auto notch_options()     options and rules: see options.hpp
//     static constexpr std::string_view notch_name()     the event's name: see name.hpp
//     NOTCH_FIELDS(a, b, c)                     the fields of a class that cannot be reflected: see fields_macro.hpp

/// JSON text that goes into the line as it is (without its insignificant white space). Text that is not one valid JSON
/// value is written as null, so that it cannot break the line.
///
///     struct Blob { notch::RawJson extra; };
///     notch::to_json(Blob{{R"({"a": 1})"}});  // {"extra":{"a":1}}
struct RawJson {
    std::string text{};
    bool operator==(const RawJson&) const = default;
};

namespace detail {

/// The shapes of JSON that a C++ type can have. Everything that handles values switches on this, and on nothing else.
enum class Kind : std::uint8_t {
    unsupported, boolean, integer, real, text, enumeration, duration, time_point, raw_json, foreign, optional, list, map, object
};

template <class T>
using Bare = std::remove_cv_t<T>;

template <class T>
inline constexpr bool is_text = std::is_same_v<T, std::string_view> || std::is_same_v<T, const char*> || std::is_same_v<T, char*>;
template <class Allocator>
inline constexpr bool is_text<std::basic_string<char, std::char_traits<char>, Allocator>> = true;
template <std::size_t N>
inline constexpr bool is_text<char[N]> = true;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
inline constexpr bool is_time_point = false;
template <class Duration>
inline constexpr bool is_time_point<std::chrono::time_point<std::chrono::system_clock, Duration>> = true;
template <>
inline constexpr bool is_time_point<Instant> = true;

// Characters other than char have no agreed text form, and a plain char may mean a letter or a number.
template <class T>
inline constexpr bool is_character = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
                                     std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !is_character<T> && sizeof(T) <= 8;

/// Has `notch_value(const T&)` beside it: a type of another library, written as what that function returns.
template <class T>
concept Foreign = requires(const T& v) { notch_value(v); };

/// The same with a `T&`, which no const event can give.
template <class T>
concept ForeignToChange = requires(T& v) { notch_value(v); } && !Foreign<T>;

/// Has a table of wire names beside it: `constexpr auto notch_enum(E*)`.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires { notch_enum(static_cast<T*>(nullptr)); };

template <class T>
concept Sized = requires(const T& v) {
    { v.size() } -> std::convertible_to<std::size_t>;
    v.begin() != v.end();
};
/// A multimap: its insert() never finds the key taken, and an object must not have a key twice.
template <class T>
concept RepeatsKeys = requires(T& v, const typename T::value_type& entry) {
    typename T::mapped_type;
    { v.insert(entry) } -> std::same_as<typename T::iterator>;
};
template <class T>
concept Map = Sized<T> && requires { typename T::mapped_type; } && is_text<typename T::key_type> && !RepeatsKeys<T>;
template <class T>
concept List = Sized<T> && !requires { typename T::mapped_type; } && requires { typename T::value_type; };

template <class T>
concept Object = std::is_class_v<T> && (ListsItsFields<T> || std::is_aggregate_v<T>);

/// Which kind a type is; the first that fits. `unsupported` is the caller's to refuse.
template <class T>
consteval Kind kind_of() {
    if constexpr (Foreign<T>) return Kind::foreign;
    else if constexpr (std::is_same_v<T, bool>) return Kind::boolean;
    else if constexpr (Integer<T>) return Kind::integer;
    else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) return Kind::real;
    else if constexpr (is_text<T>) return Kind::text;
    else if constexpr (NamedEnum<T>) return Kind::enumeration;
    else if constexpr (is_duration<T>) return Kind::duration;
    else if constexpr (is_time_point<T>) return Kind::time_point;
    else if constexpr (std::is_same_v<T, RawJson>) return Kind::raw_json;
    else if constexpr (is_optional<T>) return Kind::optional;
    else if constexpr (std::is_bounded_array_v<T>) return Kind::list;
    else if constexpr (Map<T>) return Kind::map;
    else if constexpr (List<T>) return Kind::list;
    else if constexpr (Object<T>) return Kind::object;
    else return Kind::unsupported;
}

/// Refuses what notch cannot write, saying what to write instead. One message a cause: it is the first thing a user reads.
template <class T>
consteval Kind checked_kind() {
    constexpr Kind kind = kind_of<T>();
    constexpr bool known = kind != Kind::unsupported;
    static_assert(known || !is_character<T>,
                  "notch: a character is neither a text nor a number: use std::string_view for text or std::int8_t for a number");
    static_assert(known || !std::is_enum_v<T>,
                  "notch: this enum has no wire names: write `constexpr auto notch_enum(E*)` beside it (in a class, as a friend), returning "
                  "std::array<std::pair<E, std::string_view>, N>");
    static_assert(known || !std::is_pointer_v<T>,
                  "notch: a pointer cannot be a field (const char* can): use std::optional or a value instead");
    static_assert(known || !std::is_arithmetic_v<T> || is_character<T>,
                  "notch: this number is wider than JSON readers keep: use double or std::int64_t instead of long double or 128 bits");
    constexpr bool map = requires { typename T::mapped_type; };
    constexpr bool repeats = RepeatsKeys<T>;
    static_assert(known || !map || repeats,
                  "notch: a map's keys must be texts: use std::map<std::string, ...> or a list of structs instead");
    static_assert(known || !repeats,
                  "notch: a map that repeats keys cannot be a JSON object: use a map of lists, or a list of structs instead");
    if constexpr (kind == Kind::object || (!known && std::is_class_v<T>)) {
        static_assert(!ForeignToChange<T>, "notch: notch_value() would change what it writes: let it take a `const T&`");
    }
    if constexpr (!known && std::is_class_v<T> && !map) {
        constexpr bool hidden = HidesItsFields<T>;
        static_assert(!hidden, "notch: NOTCH_FIELDS stands in a private part of this class: put it into the public one");
        static_assert(hidden, "notch: this class cannot be reflected: list its fields inside it with NOTCH_FIELDS(a, b, c), or write "
                              "`notch_value(const T&)` beside it if it is another library's; of std, use a struct for a pair, tuple or "
                              "variant, std::optional for a pointer, a std::string for a path");
    }
    static_assert(known || !std::is_union_v<T>, "notch: a union cannot be a field: use one std::optional for each member instead");
    static_assert(known || is_character<T> || std::is_enum_v<T> || std::is_pointer_v<T> || std::is_arithmetic_v<T> ||
                      std::is_class_v<T> || std::is_union_v<T>,
                  "notch: a field of this type is not supported: use a number, a text, an enum, a container or a struct of these instead");
    return kind;
}

constexpr std::string_view as_text(std::string_view v) noexcept { return v; }
template <class Allocator>
std::string_view as_text(const std::basic_string<char, std::char_traits<char>, Allocator>& v) noexcept { return {v.data(), v.size()}; }
/// A null pointer reads as an empty text. A template, so that an array of characters is not taken for a pointer to them.
template <class Pointer>
    requires std::is_pointer_v<Pointer>
constexpr std::string_view as_text(const Pointer& v) noexcept { return v == nullptr ? std::string_view{} : std::string_view{v}; }
/// A character array ends at its first NUL, or at its end.
template <std::size_t N>
std::string_view as_text(const char (&v)[N]) noexcept {
    const void* nul = std::memchr(v, 0, N);
    return {v, nul == nullptr ? N : static_cast<std::size_t>(static_cast<const char*>(nul) - v)};
}

template <class T>
inline constexpr auto enum_table = notch_enum(static_cast<T*>(nullptr));

template <class E>
consteval auto list_enum_texts() {
    std::array<std::string_view, enum_table<E>.size()> texts{};
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = enum_table<E>[i].second;
    return texts;
}
/// The table's texts alone, for code that does not know the enum.
template <class E>
inline constexpr auto enum_texts = list_enum_texts<E>();

/// The place of a value in its enum's table, or the table's size when it is not there. A table that lists its enumerators
/// in order, as most do, answers at the first look.
template <class E>
constexpr std::size_t enum_position(E v) noexcept {
    constexpr std::size_t size = enum_table<E>.size();
    const auto guess = static_cast<std::size_t>(static_cast<std::underlying_type_t<E>>(v));
    if (guess < size && enum_table<E>[guess].first == v) return guess;
    for (std::size_t i = 0; i < size; ++i)
        if (enum_table<E>[i].first == v) return i;
    return size;
}

template <class T>
constexpr std::size_t length_of(const T& list) noexcept {
    if constexpr (std::is_bounded_array_v<T>) {
        return std::extent_v<T>;
    } else {
        return static_cast<std::size_t>(list.size());
    }
}

template <class T>
struct ElementOf {
    using type = typename T::value_type;
};
template <class T, std::size_t N>
struct ElementOf<T[N]> {
    using type = T;
};
/// The bare type of a list's elements.
template <class T>
using Element = std::remove_cv_t<typename ElementOf<T>::type>;

/// What `notch_value` gives for a foreign type.
template <class T>
using ForeignValue = std::remove_cvref_t<decltype(notch_value(std::declval<const T&>()))>;

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif
