// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_NAME_HPP
#define NOTCH_EVENT_NAME_HPP

#include "../config.hpp"

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace notch::inline NOTCH_ABI {
namespace detail {

/// Texts that are known at compile time may be read in whole blocks of so many bytes.
inline constexpr std::size_t text_block = 16;

/// A compile-time text with storage of its own, in whole blocks, of which an empty text has one as well.
template <std::size_t N>
struct StaticText {
    char data[(N / text_block + 1) * text_block]{};
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

constexpr bool in_identifier(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || (c & 0x80) != 0;
}

/// The identifier that a text ends in; empty when it ends otherwise.
constexpr std::string_view identifier_at_end(std::string_view text) noexcept {
    std::size_t start = text.size();
    while (start > 0 && in_identifier(text[start - 1])) --start;
    return text.substr(start);
}

/// Where the literal in quotes begins that ends at `last`.
constexpr std::size_t start_of_quoted(std::string_view text, std::size_t last) noexcept {
    std::size_t at = last;
    while (at > 0)
        if (text[--at] == text[last] && (at == 0 || text[at - 1] != '\\')) break;
    return at;
}

/// A type's spelling without the template arguments that it ends in. Their brackets are matched from the end; those in
/// literals (`OfValue<'>'>`) and in `operator->` are none.
constexpr std::string_view without_arguments(std::string_view spelling) noexcept {
    std::size_t depth = 0;
    for (std::size_t at = spelling.size(); at > 0;) {
        const char c = spelling[--at];
        if (c == '"' || c == '\'') at = start_of_quoted(spelling, at);
        if (c == '>' && (at == 0 || spelling[at - 1] != '-')) ++depth;
        if (c == '<') --depth;
        if (depth == 0) return spelling.substr(0, c == '<' ? at : spelling.size());
    }
    return spelling;
}

/// The unqualified name inside a compiler's spelling of a type. It is looked for at the end, because what stands before
/// may be anything: GCC spells a local type `operator<(const A&, const A&)::Local` or `f()::<lambda(auto:1)>::Local`.
constexpr std::string_view unqualified(std::string_view spelling) noexcept {
    return identifier_at_end(without_arguments(spelling));
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
        constexpr bool named = requires(T& v) { v.notch_name(); };
        static_assert(!named, "notch: write `static constexpr std::string_view notch_name()`, as a part of the type and not of a value");
        // What is no struct is refused where it is used, with words of its own.
        static_assert(!std::is_class_v<T> || !snake_name<T>.view().empty(),
                      "notch: an unnamed struct cannot be an event: name it, or write inside it "
                      "`static constexpr std::string_view notch_name() { return \"...\"; }`");
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
