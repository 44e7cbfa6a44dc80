// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_EVENT_HPP
#define NOTCH_EVENT_EVENT_HPP

#include "../config.hpp"
#include "kind.hpp"
#include "name.hpp"
#include "reflect.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// The envelope: what a struct becomes when it is an event, that is, a line of a ledger.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::size_t no_field = static_cast<std::size_t>(-1);

template <class T>
consteval std::size_t field_with_key(std::string_view key) {
    for (std::size_t i = 0; i < Fields<T>::count; ++i)
        if (!field_infos<T>[i].skip && field_infos<T>[i].key == key) return i;
    return no_field;
}

template <class Field>
inline constexpr bool may_name_event = std::is_same_v<Field, std::string> || std::is_same_v<Field, std::string_view>;

/// Whether the field at `index` may name the event; a field of another type with the key `event` would repeat the key.
template <class... F>
consteval bool names_event(TypeList<F...>, std::size_t index) {
    constexpr std::array<bool, sizeof...(F) + 1> allowed{may_name_event<F>..., false};
    return index == no_field || allowed[index];
}

template <class T>
consteval bool is_redacted(std::size_t field) {
    return field != no_field && field_infos<T>[field].redact;
}

/// The envelope of T, found at compile time.
template <class T>
struct Envelope {
    static_assert(kind_of<T>() == Kind::object,
                  "notch: an event is a struct: put the value into one, or list a class's fields with NOTCH_FIELDS(a, b, c) in "
                  "its public part");
    static constexpr bool on = has_envelope<T>();
    static constexpr std::string_view name = event_name<T>;
    /// The member whose key is `timestamp`: it stands first in the line and nothing is stamped.
    static constexpr std::size_t timestamp = on ? field_with_key<T>("timestamp") : no_field;
    /// The text member whose key is `event`: when not empty, it is the event's name.
    static constexpr std::size_t event = on ? field_with_key<T>("event") : no_field;
    static_assert(names_event(FieldTypes<T>{}, event),
                  "notch: the key `event` belongs to the envelope: make the field a std::string that names the event, give it "
                  "another key with notch::rename, or switch the envelope off with notch::no_envelope");
    static_assert(!is_redacted<T>(timestamp) && !is_redacted<T>(event),
                  "notch: the envelope's timestamp and event cannot be redacted: give the field another key with notch::rename");
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
