// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_REFLECT_CXX26_HPP
#define NOTCH_EVENT_REFLECT_CXX26_HPP

#include "../config.hpp"
#include "options.hpp"

#if NOTCH_REFLECTION == 26

#include <array>
#include <cstddef>
#include <meta>
#include <string_view>
#include <type_traits>
#include <utility>

// Reflection of aggregates by C++26 (P2996) with annotations (P3394): no limit of fields, and options beside each field.
//
//     struct RunnerStart {
//         [[=notch::rename("repository"), =notch::pattern("?*/?*")]] std::string repo;
//         [[=notch::non_negative]] double idle;
//     };

namespace notch::inline NOTCH_ABI::detail {

template <class T>
inline constexpr auto members_of =
    std::define_static_array(std::meta::nonstatic_data_members_of(^^T, std::meta::access_context::unchecked()));

template <class T>
consteval bool has_base_class() {
    return !std::meta::bases_of(^^T, std::meta::access_context::unchecked()).empty();
}
template <class T>
consteval bool has_bit_field() {
    for (const std::meta::info member : members_of<T>)
        if (std::meta::is_bit_field(member)) return true;
    return false;
}
template <class T>
consteval bool has_reference_member() {
    for (const std::meta::info member : members_of<T>)
        if (std::meta::is_reference_type(std::meta::type_of(member))) return true;
    return false;
}

template <class T>
consteval std::size_t count_members() {
    constexpr bool base = has_base_class<T>();
    constexpr bool bits = has_bit_field<T>();
    constexpr bool reference = has_reference_member<T>();
    static_assert(!base, "notch: a struct with a base needs its fields listed: write NOTCH_FIELDS(a, b, c) inside it");
    static_assert(!bits, "notch: a field is a bit-field: use a whole integer such as std::uint8_t or bool");
    static_assert(!reference, "notch: a field is a reference: store a value or a pointer instead");
    return base || bits || reference ? 0 : members_of<T>.size();
}

template <class T, std::size_t Count>
consteval std::array<std::string_view, Count> member_names() {
    std::array<std::string_view, Count> names{};
    for (std::size_t i = 0; i < Count; ++i) names[i] = std::define_static_string(std::meta::identifier_of(members_of<T>[i]));
    return names;
}

/// The fields of an aggregate.
template <class T>
struct AggregateFields {
    static constexpr std::size_t count = count_members<T>();
    static constexpr std::array<std::string_view, count> names = member_names<T, count>();

    template <class V, class F>
    static constexpr decltype(auto) visit(V& value, F&& f) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) -> decltype(auto) {
            return f(value.[:members_of<T>[I]:]...);
        }(std::make_index_sequence<count>{});
    }
};

template <class Note>
inline constexpr bool is_option = std::is_same_v<Note, Option>;
template <std::size_t N>
inline constexpr bool is_option<Options<N>> = true;

/// Calls `take(member, option)` for every annotation of T's members that is an option; others belong to other libraries.
template <class T, class Take>
consteval void each_annotation(Take take) {
    template for (constexpr std::meta::info member : members_of<T>) {
        template for (constexpr std::meta::info note : std::define_static_array(std::meta::annotations_of(member))) {
            using Note = typename[:std::meta::remove_cvref(std::meta::type_of(note)):];
            if constexpr (is_option<Note>) take(member, std::meta::extract<Note>(note));
        }
    }
}

template <class T>
consteval std::size_t annotation_count() {
    std::size_t count = 0;
    each_annotation<T>([&](std::meta::info, const auto& note) { count += options_in<std::remove_cvref_t<decltype(note)>>; });
    return count;
}

/// Every annotated option of the struct's fields, each tied to its field.
template <class T>
consteval auto annotated_options() {
    Options<annotation_count<T>()> all;
    std::size_t at = 0;
    each_annotation<T>([&](std::meta::info member, const auto& note) {
        const std::size_t from = at;
        gather(all.list, at, note);
        for (std::size_t i = from; i < at; ++i) all.list[i].field = text(std::meta::identifier_of(member));
    });
    return all;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

#endif
