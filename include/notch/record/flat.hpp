// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_FLAT_HPP
#define NOTCH_RECORD_FLAT_HPP

#include "../config.hpp"
#include "../json/foreign.hpp"
#include "../macros.hpp"
#include "ring_pool.hpp"
#include "schema.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

// The producer's half of a record: an event copied flat, its texts inline, in the layout that schema.hpp describes. Nothing
// is allocated and nothing is formatted; `flat_size` says how many bytes vary, `put_flat` writes them.

namespace notch::inline NOTCH_ABI::detail {

/// Copies a short text without a call: two moves of constant size, which overlap, cover every length from n to 2n and stay
/// within both buffers.
NOTCH_INTERNAL_INLINE void copy_text(char* to, const char* from, std::size_t size) noexcept {
    if (size <= 16) {
        if (size >= 8) {
            std::memcpy(to, from, 8);
            std::memcpy(to + size - 8, from + size - 8, 8);
        } else if (size >= 4) {
            std::memcpy(to, from, 4);
            std::memcpy(to + size - 4, from + size - 4, 4);
        } else if (size != 0) {
            to[0] = from[0];
            to[size / 2] = from[size / 2];
            to[size - 1] = from[size - 1];
        }
    } else if (size <= 32) {
        std::memcpy(to, from, 16);
        std::memcpy(to + size - 16, from + size - 16, 16);
    } else if (size <= 64) {
        std::memcpy(to, from, 32);
        std::memcpy(to + size - 32, from + size - 32, 32);
    } else {
        std::memcpy(to, from, size);
    }
}

// ---- how many bytes vary -------------------------------------------------------------------------------------------

template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_size(const T& v);

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE std::size_t flat_field_size(const F& field) {
    if constexpr (field_infos<T>[Index].skip || field_infos<T>[Index].redact) {
        return 0;
    } else if constexpr (may_be_omitted<T, Index, F>) {
        if (is_omitted<T, Index>(field)) return 0;
        if constexpr (stored_bare<T, Index, F>) return flat_size(*field);
        else return flat_size(field);
    } else {
        return flat_size(field);
    }
}

template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_struct_size(const T& v) {
    return Fields<T>::visit(v, [](const auto&... fields) NOTCH_INTERNAL_INLINE_LAMBDA {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) NOTCH_INTERNAL_INLINE_LAMBDA {
            std::size_t size = 0;
            NOTCH_INTERNAL_IN_ORDER(size += flat_field_size<T, Index>(fields));
            return size;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

template <class T>
std::size_t flat_list_size(const T& list) {
    using E = Element<T>;
    std::size_t size = length_of(list) * value_schema<E>.fixed_size;
    if constexpr (!std::is_arithmetic_v<E>)
        for (const auto& element : list) size += flat_size<E>(element);
    return size;
}

template <class T>
std::size_t flat_map_size(const T& map) {
    using V = std::remove_cv_t<typename T::mapped_type>;
    std::size_t size = length_of(map) * (sizeof(std::uint32_t) + value_schema<V>.fixed_size);
    for (const auto& [key, value] : map) size += as_text(key).size() + flat_size<V>(value);
    return size;
}

template <class T>
std::size_t flat_foreign_size(const T& v) {
    using V = ForeignValue<T>;
    if constexpr (has_constant_size<V>) return 0;
    else return reserve_foreign(v, [](const V& value) { return flat_size<V>(value); });
}

/// Bytes of the variable part.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_size(const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::text) return as_text(v).size();
    else if constexpr (kind == Kind::raw_json) return v.text.size();
    else if constexpr (kind == Kind::foreign) return flat_foreign_size(v);
    else if constexpr (kind == Kind::optional) return v.has_value() ? flat_size(*v) : 0;
    else if constexpr (kind == Kind::list) return flat_list_size(v);
    else if constexpr (kind == Kind::map) return flat_map_size(v);
    else if constexpr (kind == Kind::object) return flat_struct_size(v);
    else return 0;
}

// ---- the bytes -----------------------------------------------------------------------------------------------------
//
// Every function is handed the places of a value's fixed and variable parts and returns the end of the variable part. Both
// travel in registers, and the place of a field's fixed part is a constant: a writer object would be written to memory after
// every byte, since bytes may alias it.

template <class T>
NOTCH_INTERNAL_INLINE char* put_flat(char* fixed, char* variable, const T& v);

template <class Scalar>
NOTCH_INTERNAL_INLINE void put_scalar(char* fixed, Scalar v) noexcept {
    std::memcpy(fixed, &v, sizeof v);
}

NOTCH_INTERNAL_INLINE char* put_flat_text(char* fixed, char* variable, std::string_view v) noexcept {
    put_scalar(fixed, static_cast<std::uint32_t>(v.size()));
    copy_text(variable, v.data(), v.size());
    return variable + v.size();
}

template <class T>
NOTCH_INTERNAL_INLINE void put_flat_duration(char* fixed, T v) noexcept {
    if constexpr (has_exact_ticks<T>) put_scalar(fixed, static_cast<std::int64_t>(v.count()));
    else put_scalar(fixed, static_cast<double>(v.count()));
}

inline void put_flat_time(char* fixed, SplitTime time) noexcept {
    put_scalar(fixed, time.seconds);
    put_scalar(fixed + sizeof time.seconds, time.fraction);
}

/// The fixed part of an absent value stays as it is; the byte before it says not to look.
template <class T>
NOTCH_INTERNAL_INLINE char* put_flat_optional(char* fixed, char* variable, const T& v) {
    put_scalar(fixed, static_cast<std::uint8_t>(v.has_value() ? 1 : 0));
    return v.has_value() ? put_flat(fixed + 1, variable, *v) : variable;
}

template <class T>
char* put_flat_list(char* fixed, char* variable, const T& v) {
    using E = Element<T>;
    const std::size_t count = length_of(v);
    put_scalar(fixed, static_cast<std::uint32_t>(count));
    char* at = variable;
    char* behind = variable + count * value_schema<E>.fixed_size;
    for (const auto& element : v) {
        behind = put_flat<E>(at, behind, element);
        at += value_schema<E>.fixed_size;
    }
    return behind;
}

template <class T>
char* put_flat_map(char* fixed, char* variable, const T& v) {
    using V = std::remove_cv_t<typename T::mapped_type>;
    constexpr std::size_t entry_size = sizeof(std::uint32_t) + value_schema<V>.fixed_size;
    const std::size_t count = length_of(v);
    put_scalar(fixed, static_cast<std::uint32_t>(count));
    char* at = variable;
    char* behind = variable + count * entry_size;
    for (const auto& [key, element] : v) {
        behind = put_flat_text(at, behind, as_text(key));
        behind = put_flat<V>(at + sizeof(std::uint32_t), behind, element);
        at += entry_size;
    }
    return behind;
}

/// is_omitted, which asks the program about what is its own: by notch_value, or by operator== for omit_default.
template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE bool is_absent(const F& v) {
    constexpr bool has_own_equality = field_infos<T>[Index].omit_default && !has_constant_size<F> && kind_of<F>() != Kind::text;
    if constexpr (kind_of<F>() == Kind::foreign || has_own_equality) {
        const RingBeingWritten ring;
        return is_omitted<T, Index>(v);
    } else {
        return is_omitted<T, Index>(v);
    }
}

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_flat_field(char* fixed, char* variable, const F& v) {
    if constexpr (field_infos<T>[Index].redact) {
        return variable;
    } else if constexpr (may_be_omitted<T, Index, F>) {
        const bool absent = is_absent<T, Index>(v);
        put_scalar(fixed, static_cast<std::uint8_t>(absent ? 0 : 1));
        if (absent) return variable;
        if constexpr (stored_bare<T, Index, F>) return put_flat(fixed + 1, variable, *v);
        else return put_flat(fixed + 1, variable, v);
    } else {
        return put_flat(fixed, variable, v);
    }
}

template <bool Wanted, class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_flat_field_if(char* fixed, char* variable, const F& v) {
    if constexpr (Wanted) return put_flat_field<T, Index>(fixed, variable, v);
    else return variable;
}

template <template <class> class Which, class T>
NOTCH_INTERNAL_INLINE char* put_flat_object(char* fixed, char* variable, const T& v) {
    return Fields<T>::visit(v, [fixed, variable](const auto&... fields) NOTCH_INTERNAL_INLINE_LAMBDA {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) NOTCH_INTERNAL_INLINE_LAMBDA {
            [[maybe_unused]] char* const start = fixed;
            char* at = variable;
            NOTCH_INTERNAL_IN_ORDER(at = put_flat_field_if<Which<T>::template has<Index>, T, Index>(
                                        start + ObjectSchema<T, Which>::offsets[Index], at, fields));
            return at;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

/// A value that has no room is empty: no text, no elements, an optional without a value.
template <class T>
char* put_flat_foreign(char* fixed, char* variable, const T& v) {
    using V = ForeignValue<T>;
    const RingBeingWritten ring;
    const auto write = [fixed, variable](const V& value) { return put_flat<V>(fixed, variable, value); };
    if constexpr (has_constant_size<V>) return write(foreign_value(v));
    else
        return put_foreign(v, [](const V& value) { return flat_size<V>(value); }, write, [fixed, variable] {
            std::memset(fixed, 0, value_schema<V>.fixed_size);
            return variable;
        });
}

template <class T>
NOTCH_INTERNAL_INLINE char* put_flat(char* fixed, char* variable, const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) put_scalar(fixed, static_cast<std::uint8_t>(v ? 1 : 0));
    else if constexpr (kind == Kind::integer || kind == Kind::real) put_scalar(fixed, v);
    else if constexpr (kind == Kind::text) return put_flat_text(fixed, variable, as_text(v));
    else if constexpr (kind == Kind::raw_json) return put_flat_text(fixed, variable, v.text);
    else if constexpr (kind == Kind::enumeration) put_scalar(fixed, static_cast<std::uint16_t>(enum_position(v)));
    else if constexpr (kind == Kind::duration) put_flat_duration(fixed, v);
    else if constexpr (kind == Kind::time_point) put_flat_time(fixed, split_point(v));
    else if constexpr (kind == Kind::foreign) return put_flat_foreign(fixed, variable, v);
    else if constexpr (kind == Kind::optional) return put_flat_optional(fixed, variable, v);
    else if constexpr (kind == Kind::list) return put_flat_list(fixed, variable, v);
    else if constexpr (kind == Kind::map) return put_flat_map(fixed, variable, v);
    else if constexpr (kind == Kind::object) return put_flat_object<AllFields>(fixed, variable, v);
    return variable;
}

template <bool Wanted, class F>
NOTCH_INTERNAL_INLINE char* put_flat_if(char* fixed, char* variable, const F& v) {
    if constexpr (Wanted) return put_flat(fixed, variable, v);
    else return variable;
}

/// The envelope's own fields, in the order of the line: the time at `fixed`, then the name.
template <class T>
NOTCH_INTERNAL_INLINE char* put_flat_envelope(char* fixed, char* variable, const T& v) {
    return Fields<T>::visit(v, [fixed, variable](const auto&... fields) NOTCH_INTERNAL_INLINE_LAMBDA {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) NOTCH_INTERNAL_INLINE_LAMBDA {
            [[maybe_unused]] char* const name = fixed + event_schema<T>.time_size();
            char* at = variable;
            NOTCH_INTERNAL_IN_ORDER(at = put_flat_if<Index == Envelope<T>::timestamp>(fixed, at, fields));
            NOTCH_INTERNAL_IN_ORDER(at = put_flat_if<Index == Envelope<T>::event>(name, at, fields));
            return at;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

/// The bytes of an event's body.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_event_size(const T& event) {
    begin_foreign<T>();
    return event_schema<T>.fixed_size + flat_struct_size(event);
}

/// Writes an event's body at `out`, where flat_event_size bytes are free. `microseconds` is stored when the event is stamped.
template <class T>
NOTCH_INTERNAL_INLINE void write_flat_event(char* out, const T& event, [[maybe_unused]] std::int64_t microseconds) {
    constexpr EventSchema schema = event_schema<T>;
    char* variable = out + schema.fixed_size;
    if constexpr (schema.stamped) put_scalar(out, microseconds);
    if constexpr (schema.envelope) variable = put_flat_envelope(out, variable, event);
    put_flat_object<BodyFields>(out + schema.time_size() + schema.name_size(), variable, event);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
