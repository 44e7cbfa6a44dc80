// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_LINE_HPP
#define NOTCH_JSON_LINE_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/clock.hpp"
#include "../event/event.hpp"
#include "encode.hpp"
#include "keys.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// An event as a line of a ledger: the envelope first, then the fields.

namespace notch::inline NOTCH_ABI::detail {


template <class T, std::size_t Index>
inline constexpr bool in_envelope = Index == Envelope<T>::timestamp || Index == Envelope<T>::event;

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_timestamp_if(char* out, const F& field) {
    if constexpr (Index == Envelope<T>::timestamp) return put<form_of<T, Index>>(out, field);
    else return out;
}

/// The name that the event gives itself, or the name of its type.
template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_event_name_if(char* out, const F& field) {
    if constexpr (Index == Envelope<T>::event) {
        if (field.empty()) return put_static(out, event_text<T>);
        out = put_plain(out, event_start);
        out = write_escaped(out, field.data(), field.size());
        *out++ = '"';
    }
    return out;
}

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_line_field(char* out, const F& field) {
    if constexpr (in_envelope<T, Index>) return out;
    else return put_field<T, Index>(out, field);
}

/// The most bytes of envelope that are not fields.
template <class T>
inline constexpr std::size_t worst_envelope_size = timestamp_start.size() + max_time_size + event_text<T>.view().size() + 2;

/// Writes the event's line, without a newline. `microseconds` stamps an event that has no time of its own.
template <class T>
NOTCH_INTERNAL_INLINE char* put_line(char* out, const T& event, [[maybe_unused]] std::int64_t microseconds) {
    if constexpr (!Envelope<T>::on) {
        return put_object(out, event);
    } else {
        return Fields<T>::visit(event, [&](const auto&... fields) {
            return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
                char* at = put_plain(out, timestamp_start);
                if constexpr (Envelope<T>::timestamp == no_field) at = write_stamp(at, microseconds);
                else NOTCH_INTERNAL_IN_ORDER(at = put_timestamp_if<T, Index>(at, fields));
                if constexpr (Envelope<T>::event == no_field) at = put_static(at, event_text<T>);
                else NOTCH_INTERNAL_IN_ORDER(at = put_event_name_if<T, Index>(at, fields));
                NOTCH_INTERNAL_IN_ORDER(at = put_line_field<T, Index>(at, fields));
                *at++ = '}';
                return at;
            }(std::make_index_sequence<sizeof...(fields)>{});
        });
    }
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Appends the event's ledger line, without its newline; see to_line.
template <class T>
void append_line(std::string& out, const T& event, Clock clock = system_microseconds) {
    using Envelope = detail::Envelope<T>;
    const std::int64_t now = Envelope::on && Envelope::timestamp == detail::no_field ? clock() : 0;
    detail::begin_foreign<T>();
    const std::size_t worst = detail::worst_envelope_size<T> + detail::worst_size(event);
    detail::append_written(out, worst, [&](char* at) { return detail::put_line(at, event, now); });
}

/// The line that a ledger keeps of an event, without its newline: the envelope (`timestamp`, `event`), then the fields.
///
///     notch::to_line(RunnerStart{.flavor = "small", .repo = "o/r"});
///     // {"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","repo":"o/r"}
///
/// A member `timestamp` is used as it stands; without one the clock stamps the line in microseconds. A non-empty text member
/// `event` replaces the name. `notch::no_envelope` among the struct's options switches both off.
template <class T>
[[nodiscard]] std::string to_line(const T& event, Clock clock = system_microseconds) {
    std::string out;
    append_line(out, event, clock);
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif
