// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_FIELDS_MACRO_HPP
#define NOTCH_EVENT_FIELDS_MACRO_HPP

#include "../config.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

/// Lists the fields of a class that cannot be reflected as it stands: one with constructors, private members, bases,
/// virtual functions, or more than 64 fields. It stands in the public part of the class; any number of names, also
/// inherited ones; the order is the order in the line.
///
///     class Job {
///     public:
///         explicit Job(int id) : id_{id} {}
///         NOTCH_FIELDS(id_)
///     private:
///         int id_;
///     };
///     notch::to_json(Job{7});  // {"id_":7}
//
// Members of the class see its fields by their bare names, so the list needs no preprocessor loop; and members that are no
// templates are allowed in local classes too. They are not constexpr, which a class with a virtual base may not have.
#define NOTCH_FIELDS(...)                                                                                 \
    static constexpr ::std::string_view notch_field_list() noexcept { return #__VA_ARGS__; }              \
    auto notch_field_owner() const noexcept { return this; }                                              \
    auto notch_field_references() noexcept { return ::notch::detail::references(__VA_ARGS__); }           \
    auto notch_field_references() const noexcept { return ::notch::detail::references(__VA_ARGS__); }

namespace notch::inline NOTCH_ABI::detail {

/// Holds references to fields until a visitor comes.
template <class... Fields>
constexpr auto references(Fields&... fields) noexcept {
    return [&fields...](auto&& visitor) -> decltype(auto) { return visitor(fields...); };
}

/// Whether T has a list of its own. One that it inherits would leave out what T adds.
template <class T>
concept ListsItsFields = requires(const T& v) {
    T::notch_field_list();
    { v.notch_field_owner() } -> std::same_as<const T*>;
};

/// The names that notch looks for in a class. Beside a base that has one of them it is ambiguous, whatever its access, which tells
/// a member that nobody else may name.
struct KnownNames {
    int notch_field_list;
    int notch_options;
    int notch_name;
};
template <class T>
struct WithKnownNames : T, KnownNames {};

template <class T>
concept MayBeBase = std::is_class_v<T> && !std::is_final_v<T>;
template <class T>
concept HidesItsFields = MayBeBase<T> && !requires { T::notch_field_list(); } && !requires { &WithKnownNames<T>::notch_field_list; };
template <class T>
concept HidesItsOptions = MayBeBase<T> && !requires(T& v) { v.notch_options(); } && !requires { &WithKnownNames<T>::notch_options; };
template <class T>
concept HidesItsName = MayBeBase<T> && !requires(T& v) { v.notch_name(); } && !requires { &WithKnownNames<T>::notch_name; };

consteval std::size_t count_listed(std::string_view list) {
    std::size_t count = list.empty() ? 0 : 1;
    for (const char c : list) count += c == ',' ? 1U : 0U;
    return count;
}

template <std::size_t N>
consteval std::array<std::string_view, N> split_list(std::string_view list) {
    std::array<std::string_view, N> names{};
    for (std::string_view& name : names) {
        const std::size_t comma = list.find(',');
        name = list.substr(0, comma);
        while (name.front() == ' ') name.remove_prefix(1);
        while (name.back() == ' ') name.remove_suffix(1);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return names;
}

/// The fields that NOTCH_FIELDS lists.
template <class T>
struct ListedFields {
    static constexpr std::size_t count = count_listed(T::notch_field_list());
    static constexpr std::array<std::string_view, count> names = split_list<count>(T::notch_field_list());

    template <class V, class F>
    static constexpr decltype(auto) visit(V& value, F&& f) {
        return value.notch_field_references()(f);
    }
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
