// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_FLAT_HPP
#define NOTCH_RECORD_FLAT_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "schema.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

// The producer's half of a record: an event copied flat, its texts inline, in the layout that schema.hpp describes. Nothing
// is allocated and nothing is formatted; `flat_size` says how many bytes vary, `FlatWriter` writes them.

namespace notch::inline NOTCH_ABI::detail {

/// Copies a short text without a call: two moves of constant size, which overlap, cover every length from n to 2n and stay
/// within both buffers.
NOTCH_INTERNAL_INLINE void copy_text(char* to, const char* from, std::size_t size) noexcept {
    if (size > 64) {
        std::memcpy(to, from, size);
    } else if (size > 32) {
        std::memcpy(to, from, 32);
        std::memcpy(to + size - 32, from + size - 32, 32);
    } else if (size >= 16) {
        std::memcpy(to, from, 16);
        std::memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
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
    return Fields<T>::visit(v, [](const auto&... fields) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
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

/// Bytes of the variable part.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_size(const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::text) return as_text(v).size();
    else if constexpr (kind == Kind::raw_json) return v.text.size();
    else if constexpr (kind == Kind::foreign) return flat_size<ForeignValue<T>>(notch_value(v));
    else if constexpr (kind == Kind::optional) return v.has_value() ? flat_size(*v) : 0;
    else if constexpr (kind == Kind::list) return flat_list_size(v);
    else if constexpr (kind == Kind::map) return flat_map_size(v);
    else if constexpr (kind == Kind::object) return flat_struct_size(v);
    else return 0;
}

// ---- the bytes -----------------------------------------------------------------------------------------------------

/// Writes a record's body: `fixed` and `variable` move through its two parts.
struct FlatWriter {
    char* fixed;
    char* variable;

    template <class Scalar>
    NOTCH_INTERNAL_INLINE void scalar(Scalar v) noexcept {
        std::memcpy(fixed, &v, sizeof v);
        fixed += sizeof v;
    }

    NOTCH_INTERNAL_INLINE void text(std::string_view v) noexcept {
        scalar(static_cast<std::uint32_t>(v.size()));
        copy_text(variable, v.data(), v.size());
        variable += v.size();
    }

    template <class T>
    NOTCH_INTERNAL_INLINE void value(const T& v) {
        constexpr Kind kind = checked_kind<T>();
        if constexpr (kind == Kind::boolean) scalar(static_cast<std::uint8_t>(v ? 1 : 0));
        else if constexpr (kind == Kind::integer || kind == Kind::real) scalar(v);
        else if constexpr (kind == Kind::text) text(as_text(v));
        else if constexpr (kind == Kind::raw_json) text(v.text);
        else if constexpr (kind == Kind::enumeration) scalar(static_cast<std::uint16_t>(enum_position(v)));
        else if constexpr (kind == Kind::duration) duration(v);
        else if constexpr (kind == Kind::time_point) time_point(split_point(v));
        else if constexpr (kind == Kind::foreign) value<ForeignValue<T>>(notch_value(v));
        else if constexpr (kind == Kind::optional) optional(v);
        else if constexpr (kind == Kind::list) list(v);
        else if constexpr (kind == Kind::map) map(v);
        else if constexpr (kind == Kind::object) object<AllFields>(v);
    }

    template <class T>
    NOTCH_INTERNAL_INLINE void duration(T v) noexcept {
        if constexpr (has_exact_ticks<T>) scalar(static_cast<std::int64_t>(v.count()));
        else scalar(static_cast<double>(v.count()));
    }

    void time_point(SplitTime time) noexcept {
        scalar(time.seconds);
        scalar(time.fraction);
    }

    /// The fixed part of an absent value stays as it is; the byte before it says not to look.
    template <class T>
    void optional(const T& v) {
        scalar(static_cast<std::uint8_t>(v.has_value() ? 1 : 0));
        if (v.has_value()) value(*v);
        else fixed += value_schema<std::remove_cv_t<typename T::value_type>>.fixed_size;
    }

    template <class T>
    void list(const T& v) {
        using E = Element<T>;
        const std::size_t count = length_of(v);
        scalar(static_cast<std::uint32_t>(count));
        FlatWriter elements{variable, variable + count * value_schema<E>.fixed_size};
        for (const auto& element : v) elements.template value<E>(element);
        variable = elements.variable;
    }

    template <class T>
    void map(const T& v) {
        using V = std::remove_cv_t<typename T::mapped_type>;
        const std::size_t count = length_of(v);
        scalar(static_cast<std::uint32_t>(count));
        FlatWriter entries{variable, variable + count * (sizeof(std::uint32_t) + value_schema<V>.fixed_size)};
        for (const auto& [key, element] : v) {
            entries.text(as_text(key));
            entries.template value<V>(element);
        }
        variable = entries.variable;
    }

    template <class T, std::size_t Index, class F>
    NOTCH_INTERNAL_INLINE void field(const F& v) {
        if constexpr (field_infos<T>[Index].redact) {
            return;
        } else if constexpr (may_be_omitted<T, Index, F>) {
            const bool absent = is_omitted<T, Index>(v);
            scalar(static_cast<std::uint8_t>(absent ? 0 : 1));
            if (absent) fixed += value_schema<Stored<T, Index, F>, form_of<T, Index>>.fixed_size;
            else if constexpr (stored_bare<T, Index, F>) value(*v);
            else value(v);
        } else {
            value(v);
        }
    }

    template <template <class> class Which, class T>
    NOTCH_INTERNAL_INLINE void object(const T& v) {
        Fields<T>::visit(v, [this](const auto&... fields) {
            [&]<std::size_t... Index>(std::index_sequence<Index...>) {
                NOTCH_INTERNAL_IN_ORDER(field_if<Which<T>::template has<Index>, T, Index>(fields));
            }(std::make_index_sequence<sizeof...(fields)>{});
        });
    }
    template <bool Wanted, class T, std::size_t Index, class F>
    NOTCH_INTERNAL_INLINE void field_if(const F& v) {
        if constexpr (Wanted) field<T, Index>(v);
    }

    /// The envelope's own fields, in the order of the line.
    template <class T>
    NOTCH_INTERNAL_INLINE void envelope(const T& v) {
        Fields<T>::visit(v, [this](const auto&... fields) {
            [&]<std::size_t... Index>(std::index_sequence<Index...>) {
                NOTCH_INTERNAL_IN_ORDER(value_if<Index == Envelope<T>::timestamp>(fields));
                NOTCH_INTERNAL_IN_ORDER(value_if<Index == Envelope<T>::event>(fields));
            }(std::make_index_sequence<sizeof...(fields)>{});
        });
    }
    template <bool Wanted, class F>
    NOTCH_INTERNAL_INLINE void value_if(const F& v) {
        if constexpr (Wanted) value(v);
    }
};

/// The bytes of an event's body.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_event_size(const T& event) {
    return event_schema<T>.fixed_size + flat_struct_size(event);
}

/// Writes an event's body at `out`, where flat_event_size bytes are free. `microseconds` is stored when the event is stamped.
template <class T>
NOTCH_INTERNAL_INLINE void write_flat_event(char* out, const T& event, [[maybe_unused]] std::int64_t microseconds) {
    FlatWriter writer{out, out + event_schema<T>.fixed_size};
    if constexpr (event_schema<T>.stamped) writer.scalar(microseconds);
    if constexpr (event_schema<T>.envelope) writer.envelope(event);
    writer.template object<BodyFields>(event);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
