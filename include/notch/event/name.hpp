// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_NAME_HPP
#define NOTCH_EVENT_NAME_HPP

#include "../config.hpp"

#include <concepts>
#include <cstddef>
#include <string_view>

namespace notch::inline NOTCH_ABI {
namespace detail {

/// A compile-time text with storage of its own. The extra byte keeps an empty text from being a zero-length array.
template <std::size_t N>
struct StaticText {
    char data[N + 1]{};
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data, N}; }
};

template <class T>
consteval auto compiler_name_of() {
#if defined(_MSC_VER) && !defined(__clang__)
    return std::string_view{__FUNCSIG__};
#else
    return std::string_view{__PRETTY_FUNCTION__};
#endif
}

/// The unqualified name inside a compiler's spelling of a type: behind the last `::` that stands outside brackets,
/// template arguments dropped. GCC spells local types `f<int>(int)::Local` and lambdas `<lambda()>`, hence the depth.
constexpr std::string_view unqualified(std::string_view spelling) noexcept {
    std::size_t start = 0;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < spelling.size(); ++i) {
        const char c = spelling[i];
        if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
        if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
        if (c == ':' && depth == 0) start = i + 1;
        if (c == ' ' && depth == 0) start = i + 1;  // MSVC writes `struct Name`
    }
    spelling.remove_prefix(start);
    return spelling.substr(0, spelling.find('<'));
}

template <class T>
consteval std::string_view type_name() {
    std::string_view text = compiler_name_of<T>();
#if defined(_MSC_VER) && !defined(__clang__)
    text.remove_prefix(text.find("compiler_name_of<") + 17);
    text = text.substr(0, text.rfind(">(void)"));
#else
    text.remove_prefix(text.find("T = ") + 4);
    text = text.substr(0, text.rfind(']'));
#endif
    return unqualified(text);
}

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr char lowered(char c) noexcept { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

consteval std::size_t snake_size(std::string_view name) {
    std::size_t size = name.size();
    for (std::size_t i = 1; i < name.size(); ++i) size += is_upper(name[i]) ? 1U : 0U;
    return size;
}

template <std::size_t N>
consteval StaticText<N> snake_case(std::string_view name) {
    StaticText<N> out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (i != 0 && is_upper(name[i])) out.data[at++] = '_';
        out.data[at++] = lowered(name[i]);
    }
    return out;
}

template <class T>
inline constexpr auto snake_name = snake_case<snake_size(type_name<T>())>(type_name<T>());

template <class T>
concept NamesItself = requires {
    { T::notch_name() } -> std::convertible_to<std::string_view>;
};

template <class T>
consteval std::string_view name_of_event() {
    if constexpr (NamesItself<T>) {
        return T::notch_name();
    } else {
        return snake_name<T>.view();
    }
}

}  // namespace detail

/// The event's name: the unqualified type name in snake_case, known at compile time.
///
///     static_assert(notch::event_name<RunnerStart> == "runner_start");
///     static_assert(notch::event_name<HTTPServer> == "h_t_t_p_server");  // every later capital starts a word
///
/// Template arguments are dropped. `static constexpr std::string_view notch_name()` in the struct overrides it.
template <class T>
inline constexpr std::string_view event_name = detail::name_of_event<T>();

}  // namespace notch::inline NOTCH_ABI

#endif
