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
#include <vector>

// Reflection of aggregates by C++26 (P2996) with annotations (P3394): no limit of fields, and options beside each field.
//
//     struct RunnerStart {
//         [[=notch::rename("repository"), =notch::pattern("?*/?*")]] std::string repo;
//         [[=notch::non_negative]] double idle;
//     };

namespace notch::inline NOTCH_ABI::detail {

/// Reflections in an array of their own. Those of define_static_array are shared by content, and GCC 16 then takes the
/// members of one type for those of another where both are local to the same generic lambda.
template <std::size_t N>
struct InfoList {
    std::meta::info list[N == 0 ? 1 : N]{};

    [[nodiscard]] consteval std::size_t size() const { return N; }
    [[nodiscard]] consteval const std::meta::info* begin() const { return list; }
    [[nodiscard]] consteval const std::meta::info* end() const { return list + N; }
    consteval std::meta::info operator[](std::size_t i) const { return list[i]; }
};
template <std::size_t N>
consteval InfoList<N> to_list(const std::vector<std::meta::info>& from) {
    InfoList<N> out;
    for (std::size_t i = 0; i < N; ++i) out.list[i] = from[i];
    return out;
}

inline constexpr std::meta::access_context every_member = std::meta::access_context::unchecked();

template <class T>
inline constexpr auto members_of =
    to_list<std::meta::nonstatic_data_members_of(^^T, every_member).size()>(std::meta::nonstatic_data_members_of(^^T, every_member));
template <class T>
inline constexpr auto bases_of =
    to_list<std::meta::bases_of(^^T, every_member).size()>(std::meta::bases_of(^^T, every_member));

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
    constexpr bool base = bases_of<T>.size() != 0;
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
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) -> decltype(auto) {
            return f(value.[:members_of<T>[Index]:]...);
        }(std::make_index_sequence<count>{});
    }
};

template <class Note>
inline constexpr bool is_option = std::is_same_v<Note, Option>;
template <std::size_t N>
inline constexpr bool is_option<Options<N>> = true;

template <std::meta::info Of>
inline constexpr auto notes_of = to_list<std::meta::annotations_of(Of).size()>(std::meta::annotations_of(Of));

/// Calls `take(name, option)` for every option among the annotations of `Of`; others belong to other libraries.
template <std::meta::info Of, class Take>
consteval void each_note(std::string_view name, Take take) {
    template for (constexpr std::meta::info note : notes_of<Of>) {
        using Note = typename[:std::meta::remove_cvref(std::meta::type_of(note)):];
        if constexpr (is_option<Note>) take(name, std::meta::extract<Note>(note));
    }
}

/// The options of T itself, of its fields, and of the fields that it inherits: NOTCH_FIELDS may list those.
template <class T, class Take>
consteval void each_annotation(Take take) {
    each_note<^^T>("", take);
    template for (constexpr std::meta::info base : bases_of<T>) each_annotation<typename[:std::meta::type_of(base):]>(take);
    template for (constexpr std::meta::info member : members_of<T>) {
        if constexpr (std::meta::has_identifier(member)) each_note<member>(std::meta::identifier_of(member), take);
    }
}

template <class T>
consteval std::size_t annotation_count() {
    std::size_t count = 0;
    each_annotation<T>([&](std::string_view, const auto& note) { count += options_in<std::remove_cvref_t<decltype(note)>>; });
    return count;
}

/// Every annotated option, each tied to its field.
template <class T>
consteval auto annotated_options() {
    Options<annotation_count<T>()> all;
    std::size_t at = 0;
    each_annotation<T>([&](std::string_view name, const auto& note) {
        const std::size_t from = at;
        gather(all.list, at, note);
        for (std::size_t i = from; i < at; ++i) all.list[i].field = text(name);
    });
    return all;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

#endif
