// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_REFLECT_HPP
#define NOTCH_EVENT_REFLECT_HPP

#include "../config.hpp"
#include "fields_macro.hpp"
#include "kind.hpp"
#include "options.hpp"
#if NOTCH_REFLECTION == 26
#include "reflect_cxx26.hpp"
#else
#include "reflect_cxx20.hpp"
#endif

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// What the rest of notch knows of a struct: Fields<T> (count, names, visit) and field_infos<T> (its keys and options).

namespace notch::inline NOTCH_ABI::detail {

/// Of what is no struct. It has been refused by then; counting what its constructors take could go on for ever.
struct NoFields {
    static constexpr std::size_t count = 0;
    static constexpr std::array<std::string_view, 0> names{};

    template <class V, class F>
    static constexpr decltype(auto) visit(V&, F&& f) {
        return f();
    }
};

template <class T>
struct FieldsChoice {
    using type = std::conditional_t<kind_of<T>() == Kind::object, AggregateFields<T>, NoFields>;
};
template <ListsItsFields T>
struct FieldsChoice<T> {
    using type = ListedFields<T>;
};

/// The fields of T: `count`, `names`, and `visit(value, f)`, which calls `f(field0, field1, ...)`.
template <class T>
using Fields = typename FieldsChoice<T>::type;

template <class... F>
struct TypeList {};
struct ListTypes {
    template <class... F>
    constexpr TypeList<std::remove_cv_t<F>...> operator()(F&...) const noexcept {
        return {};
    }
};
/// The types of T's fields, as a TypeList.
template <class T>
using FieldTypes = decltype(Fields<T>::visit(std::declval<T&>(), ListTypes{}));

#if NOTCH_REFLECTION == 20
template <class T>
consteval Options<0> annotated_options() {
    return Options<0>{};
}
#endif

/// Every option of T: those of `notch_options()` and those of its annotations.
template <class T>
consteval auto gather_options() {
    if constexpr (requires { T::notch_options(); }) {
        return options(T::notch_options(), annotated_options<T>());
    } else {
        // Not to be passed over: a field that is to be redacted would be written.
        constexpr bool of_value = requires(T& v) { v.notch_options(); };
        static_assert(!of_value, "notch: write `static constexpr auto notch_options()`, as a part of the type and not of a value");
        static_assert(!HidesItsOptions<T>, "notch: notch_options() stands in a private part of this class: put it into the public one");
        return options(annotated_options<T>());
    }
}
template <class T>
inline constexpr auto options_of = gather_options<T>();

/// What notch does with one field. Plain data, so that nothing behind it needs a template.
struct FieldInfo {
    std::string_view name{};
    std::string_view key{};
    bool omit_empty = false;
    bool omit_default = false;
    bool skip = false;
    bool redact = false;
    bool defaulted = false;
    bool unix_seconds = false;
    bool has_aliases = false;
    bool has_rules = false;
};

constexpr void apply(FieldInfo& info, const Option& option) noexcept {
    switch (option.kind) {
        case OptionKind::rename: info.key = option.text.view(); break;
        case OptionKind::alias: info.has_aliases = true; break;
        case OptionKind::omit_empty: info.omit_empty = true; break;
        case OptionKind::omit_default: info.omit_default = true; break;
        case OptionKind::skip: info.skip = true; break;
        case OptionKind::redact: info.redact = true; break;
        case OptionKind::defaulted: info.defaulted = true; break;
        case OptionKind::unix_seconds: info.unix_seconds = true; break;
        case OptionKind::no_envelope: break;
        case OptionKind::lowest:
        case OptionKind::highest:
        case OptionKind::length:
        case OptionKind::pattern:
        case OptionKind::one_of: info.has_rules = true; break;
    }
}

template <class T>
consteval auto resolve_fields() {
    constexpr std::size_t count = Fields<T>::count;
    std::array<FieldInfo, count> infos{};
    for (std::size_t i = 0; i < count; ++i) {
        infos[i].name = Fields<T>::names[i];
        infos[i].key = infos[i].name;
        if constexpr (options_of<T>.size != 0) {
            for (const Option& option : options_of<T>.list)
                if (option.field.view() == infos[i].name) apply(infos[i], option);
        }
    }
    return infos;
}

template <std::size_t N>
consteval bool has_field(const std::array<FieldInfo, N>& infos, std::string_view name) {
    for (const FieldInfo& info : infos)
        if (info.name == name) return true;
    return false;
}

template <class T, std::size_t N>
consteval bool options_name_fields(const std::array<FieldInfo, N>& infos) {
    if constexpr (requires { T::notch_options(); }) {
        // Of these only: an annotation may stand at a member that NOTCH_FIELDS leaves out.
        constexpr auto written = options(T::notch_options());
        for (std::size_t i = 0; i < written.size; ++i) {
            const std::string_view name = written.list[i].field.view();
            if (!name.empty() && !has_field(infos, name)) return false;
        }
    }
    return true;
}

/// Whether each option has a field, or is one of the whole struct.
template <class T>
consteval bool options_have_fields() {
    for (std::size_t i = 0; i < options_of<T>.size; ++i)
        if (options_of<T>.list[i].field.size == 0 && options_of<T>.list[i].kind != OptionKind::no_envelope) return false;
    return true;
}

/// Through a hash table, because comparing each key with each takes more steps than clang grants a constant expression
/// when there are hundreds.
template <std::size_t N>
consteval bool keys_differ(const std::array<FieldInfo, N>& infos) {
    constexpr std::size_t size = 2 * N + 1;
    const FieldInfo* taken[size]{};
    for (const FieldInfo& info : infos) {
        if (info.skip) continue;
        std::size_t at = 0;
        for (const char c : info.key) at = (at * 31 + static_cast<unsigned char>(c)) % size;
        for (; taken[at] != nullptr; at = (at + 1) % size)
            if (taken[at]->key == info.key) return false;
        taken[at] = &info;
    }
    return true;
}

template <std::size_t N>
consteval bool keys_allowed(const std::array<FieldInfo, N>& infos) {
    for (const FieldInfo& info : infos)
        if (!info.skip && info.key.substr(0, 6) == "notch_") return false;
    return true;
}

template <class T>
consteval auto checked_fields() {
    constexpr auto infos = resolve_fields<T>();
    static_assert(!HidesItsName<T>, "notch: notch_name() stands in a private part of this class: put it into the public one");
    static_assert(options_have_fields<T>(), "notch: notch_options() has an option without a field: write notch::field(\"name\", option)");
    static_assert(options_name_fields<T>(infos),
                  "notch: notch_options() names a field that the struct does not have: use the field's name in C++");
    static_assert(keys_differ(infos), "notch: two fields have the same key: give one another with notch::rename");
    static_assert(keys_allowed(infos), "notch: keys that begin with notch_ are reserved: give the field another with notch::rename");
    return infos;
}

/// What notch does with each field of T, checked.
template <class T>
inline constexpr auto field_infos = checked_fields<T>();

template <class T>
consteval bool has_envelope() {
    if constexpr (options_of<T>.size != 0) {
        for (const Option& option : options_of<T>.list)
            if (option.kind == OptionKind::no_envelope) return false;
    }
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
