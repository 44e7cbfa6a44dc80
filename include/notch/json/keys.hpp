// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_KEYS_HPP
#define NOTCH_JSON_KEYS_HPP

#include "../config.hpp"
#include "../event/event.hpp"

#include <cstddef>
#include <string_view>

// Everything of a line that is known at compile time: `,"key":` and the like, escaped and ready to copy. A copy of constant
// size becomes a few moves, which is why the keys are not looked up at run time.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr char hex_digits[] = "0123456789abcdef";

constexpr bool needs_escape(char c) noexcept { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

consteval std::size_t escaped_key_size(std::string_view key) {
    std::size_t size = 0;
    for (const char c : key) size += !needs_escape(c) ? 1U : c == '"' || c == '\\' ? 2U : 6U;
    return size;
}

/// Builds a StaticText piece by piece.
template <std::size_t N>
struct TextBuilder {
    StaticText<N> text{};
    std::size_t at = 0;

    consteval void add(std::string_view plain) {
        for (const char c : plain) text.data[at++] = c;
    }
    consteval void add_escaped(std::string_view key) {
        for (const char c : key) {
            if (!needs_escape(c)) {
                text.data[at++] = c;
            } else if (c == '"' || c == '\\') {
                text.data[at++] = '\\';
                text.data[at++] = c;
            } else {
                add("\\u00");
                text.data[at++] = hex_digits[c >> 4];
                text.data[at++] = hex_digits[c & 15];
            }
        }
    }
};

/// `before` + the escaped key + `after`.
template <std::size_t N>
consteval StaticText<N> build_key(std::string_view before, std::string_view key, std::string_view after) {
    TextBuilder<N> builder;
    builder.add(before);
    builder.add_escaped(key);
    builder.add(after);
    return builder.text;
}

/// `,"key":` of field Index of T. The comma stands first always: the object's `{` replaces the first one.
template <class T, std::size_t Index>
inline constexpr auto key_text = build_key<escaped_key_size(field_infos<T>[Index].key) + 4>(",\"", field_infos<T>[Index].key, "\":");

/// `,"key":"` of a text field: its opening quote comes along.
template <class T, std::size_t Index>
inline constexpr auto text_key_text = build_key<escaped_key_size(field_infos<T>[Index].key) + 5>(",\"", field_infos<T>[Index].key, "\":\"");

inline constexpr std::string_view timestamp_start = "{\"timestamp\":";
inline constexpr std::string_view event_start = ",\"event\":\"";

/// `,"event":"runner_start"`.
template <class T>
inline constexpr auto event_text =
    build_key<event_start.size() + escaped_key_size(event_name<T>) + 1>(event_start, event_name<T>, "\"");

}  // namespace notch::inline NOTCH_ABI::detail

#endif
