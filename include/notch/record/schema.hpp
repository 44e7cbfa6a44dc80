// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_SCHEMA_HPP
#define NOTCH_RECORD_SCHEMA_HPP

#include "../base/clock.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "../event/event.hpp"
#include "../json/encode.hpp"
#include "../json/keys.hpp"
#include "../json/line.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

// What a flat record means, as plain data made at compile time: enough to render it as a line without knowing its type. The
// backend knows nothing else of events, so a hundred event types cost one renderer.
//
// A record's body has two parts that are read side by side. The fixed part has every field at a place known at compile time;
// the variable part has what differs in length, in the same order:
//
//     value        fixed part                                variable part
//     bool         1 byte
//     integer      its own bytes
//     float/double its own bytes
//     text, raw    u32 length                                its bytes
//     enum         u16 place in the table (past its end: unknown)
//     duration     i64 or u64 ticks, or f64
//     time point   i64 seconds, u32 nanoseconds
//     optional     u8 present, then the value's fixed part   the value's, if present
//     list, map    u32 count                                 the fixed parts of all elements, then their variable parts
//     object       its fields; one that can be left out is stored as an optional

namespace notch::inline NOTCH_ABI::detail {

enum class FlatKind : std::uint8_t {
    boolean, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, text, raw_json, enumeration,
    ticks, unsigned_ticks, real_duration, time_point, unix_time, optional, list, map, object
};

struct FieldSchema;

/// One value: its kind, and what that kind needs besides.
struct ValueSchema {
    FlatKind kind{};
    std::uint32_t fixed_size = 0;
    std::uint32_t worst_size = 0;                 ///< most bytes of JSON, without the contents of texts, lists and maps
    const ValueSchema* element = nullptr;         ///< optional, list, map
    std::span<const FieldSchema> fields{};        ///< object
    std::span<const std::string_view> names{};    ///< enumeration
    std::int64_t numerator = 1;                   ///< durations: the period
    std::int64_t denominator = 1;
};

struct FieldSchema {
    std::string_view key{};  ///< `,"key":`; may be read in whole blocks of text_block bytes
    const ValueSchema* value = nullptr;
    bool conditional = false;  ///< a byte before the value tells whether the field is there
    bool redacted = false;     ///< nothing is stored

    [[nodiscard]] constexpr std::uint32_t fixed_size() const noexcept {
        return (conditional ? 1U : 0U) + (redacted ? 0U : value->fixed_size);
    }
};

/// One event type.
struct EventSchema {
    std::string_view name{};        ///< runner_start
    std::string_view name_member{}; ///< `,"event":"runner_start"`; may be read in whole blocks as well
    bool envelope = true;
    bool stamped = false;           ///< the fixed part begins with i64 microseconds
    bool named = false;             ///< then comes a text that, when not empty, is the event's name
    const ValueSchema* timestamp = nullptr;  ///< the event's own time, first of all
    const ValueSchema* body = nullptr;       ///< the other fields, an object
    std::uint32_t fixed_size = 0;
    std::uint32_t worst_size = 0;

    /// Bytes of the fixed part before the name, and of the name, which come before the body.
    [[nodiscard]] constexpr std::size_t time_size() const noexcept {
        return (stamped ? sizeof(std::int64_t) : 0) + (timestamp == nullptr ? 0 : timestamp->fixed_size);
    }
    [[nodiscard]] constexpr std::size_t name_size() const noexcept { return named ? sizeof(std::uint32_t) : 0; }
};

/// Bytes of a value's fixed part, without those of an optional's element and an object's fields.
constexpr std::uint32_t fixed_size_of(FlatKind kind) noexcept {
    switch (kind) {
        case FlatKind::boolean:
        case FlatKind::i8:
        case FlatKind::u8:
        case FlatKind::optional: return 1;
        case FlatKind::i16:
        case FlatKind::u16:
        case FlatKind::enumeration: return 2;
        case FlatKind::i64:
        case FlatKind::u64:
        case FlatKind::f64:
        case FlatKind::ticks:
        case FlatKind::unsigned_ticks:
        case FlatKind::real_duration: return 8;
        case FlatKind::time_point:
        case FlatKind::unix_time: return 12;
        case FlatKind::object: return 0;
        default: return 4;  // i32, u32, f32, and the lengths of texts, lists and maps
    }
}

/// The most bytes of JSON of a value, without those of its contents, element, fields and names.
constexpr std::uint32_t worst_size_of(FlatKind kind) noexcept {
    switch (kind) {
        case FlatKind::boolean:
        case FlatKind::optional:
        case FlatKind::list:
        case FlatKind::map: return 8;
        case FlatKind::f32:
        case FlatKind::f64: return max_double_size;
        case FlatKind::text: return 2 + escaped_bound(0);
        case FlatKind::raw_json: return 4;
        case FlatKind::enumeration:
        case FlatKind::object: return 2;
        case FlatKind::ticks:
        case FlatKind::unsigned_ticks:
        case FlatKind::real_duration:
        case FlatKind::time_point:
        case FlatKind::unix_time: return max_time_size;
        default: return max_integer_size + 4;
    }
}

/// The same for what an event's line has before its body, without the time of a member.
constexpr std::uint32_t worst_size_of_envelope(std::size_t name_member) noexcept {
    return static_cast<std::uint32_t>(timestamp_start.size() + max_time_size + name_member + 10 + 2 * escaped_bound(0));
}

// ---- from types to schemas ----------------------------------------------------------------------------------------

template <class T>
consteval FlatKind integer_kind() {
    constexpr FlatKind signed_kinds[] = {FlatKind::i8, FlatKind::i16, FlatKind::i32, FlatKind::i64};
    constexpr FlatKind unsigned_kinds[] = {FlatKind::u8, FlatKind::u16, FlatKind::u32, FlatKind::u64};
    constexpr std::size_t at = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return std::is_signed_v<T> ? signed_kinds[at] : unsigned_kinds[at];
}

template <class T>
inline constexpr bool has_exact_ticks = false;
template <class Rep, class Period>
inline constexpr bool has_exact_ticks<std::chrono::duration<Rep, Period>> =
    std::is_integral_v<Rep> && sizeof(Rep) <= 8 && decimal_digits<Period>() >= 0;

template <class Duration>
inline constexpr FlatKind duration_kind = !has_exact_ticks<Duration>                     ? FlatKind::real_duration
                                          : std::is_signed_v<typename Duration::rep> ? FlatKind::ticks
                                                                                     : FlatKind::unsigned_ticks;

template <class T, Form form = Form{}>
consteval ValueSchema make_value_schema();

template <class T, Form form = Form{}>
inline constexpr ValueSchema value_schema = make_value_schema<T, form>();

/// What is stored of a field that can be left out: a byte tells whether it is there, so an optional needs none of its own,
/// unless it is there although it is empty, because its default is not.
template <class T, std::size_t Index, class F>
inline constexpr bool stored_bare = is_optional<F> && may_be_omitted<T, Index, F> && !field_infos<T>[Index].omit_default;
template <class T, std::size_t Index, class F>
struct StoredType {
    using type = F;
};
template <class T, std::size_t Index, class F>
    requires stored_bare<T, Index, F>
struct StoredType<T, Index, F> {
    using type = std::remove_cv_t<typename F::value_type>;
};
template <class T, std::size_t Index, class F>
using Stored = typename StoredType<T, Index, F>::type;

/// Which fields of a struct belong to an object: of a nested one all, of an event's body those outside the envelope.
template <class T>
struct AllFields {
    template <std::size_t Index>
    static constexpr bool has = !field_infos<T>[Index].skip;
};
template <class T>
struct BodyFields {
    template <std::size_t Index>
    static constexpr bool has = AllFields<T>::template has<Index> && !in_envelope<T, Index>;
};

template <class T, std::size_t Index, class F>
consteval FieldSchema make_field_schema() {
    constexpr bool redacted_field = field_infos<T>[Index].redact;
    return {.key = key_text<T, Index>.view(),
            .value = redacted_field ? nullptr : &value_schema<Stored<T, Index, F>, form_of<T, Index>>,
            .conditional = may_be_omitted<T, Index, F>,
            .redacted = redacted_field};
}

/// The schema of a struct's chosen fields.
template <class T, template <class> class Which, class Types = FieldTypes<T>, class Index = std::make_index_sequence<Fields<T>::count>>
struct ObjectSchema;

template <class T, template <class> class Which, class... F, std::size_t... Index>
struct ObjectSchema<T, Which, TypeList<F...>, std::index_sequence<Index...>> {
    static constexpr std::size_t count_fields() {
        std::size_t wanted = 0;
        NOTCH_INTERNAL_IN_ORDER(wanted += Which<T>::template has<Index> ? 1U : 0U);
        return wanted;
    }
    static constexpr std::size_t count = count_fields();

    /// Puts the field at `*at` and gives back the next place. A field that is left out can have any type.
    template <std::size_t At, class Type>
    static constexpr FieldSchema* put(FieldSchema* at) {
        if constexpr (Which<T>::template has<At>) *at++ = make_field_schema<T, At, Type>();
        return at;
    }
    static constexpr std::array<FieldSchema, count> make_fields() {
        std::array<FieldSchema, count> out{};
        [[maybe_unused]] FieldSchema* at = out.data();
        NOTCH_INTERNAL_IN_ORDER(at = put<Index, F>(at));
        return out;
    }
    static constexpr std::array<FieldSchema, count> fields = make_fields();

    /// Where each field of the struct has its fixed part; of fields that are not chosen, where it would be.
    static constexpr std::array<std::uint32_t, sizeof...(F) + 1> make_offsets() {
        std::array<std::uint32_t, sizeof...(F) + 1> out{};
        [[maybe_unused]] std::size_t chosen = 0;
        NOTCH_INTERNAL_IN_ORDER(out[Index + 1] = out[Index] + (Which<T>::template has<Index> ? fields[chosen++].fixed_size() : 0));
        return out;
    }
    static constexpr std::array<std::uint32_t, sizeof...(F) + 1> offsets = make_offsets();

    static constexpr ValueSchema make_value() {
        ValueSchema out{.kind = FlatKind::object, .worst_size = worst_size_of(FlatKind::object), .fields = fields};
        for (const FieldSchema& field : fields) {
            const std::size_t value_size = field.redacted ? redacted.size() : field.value->worst_size;
            out.worst_size += static_cast<std::uint32_t>(field.key.size() + value_size);
        }
        out.fixed_size = offsets.back();
        return out;
    }
    static constexpr ValueSchema value = make_value();
};

consteval ValueSchema scalar_schema(FlatKind kind) {
    return {.kind = kind, .fixed_size = fixed_size_of(kind), .worst_size = worst_size_of(kind)};
}

template <class T>
consteval ValueSchema make_duration_schema() {
    ValueSchema out = scalar_schema(duration_kind<T>);
    out.numerator = T::period::num;
    out.denominator = T::period::den;
    return out;
}

template <class E>
consteval ValueSchema make_enum_schema() {
    ValueSchema out = scalar_schema(FlatKind::enumeration);
    out.worst_size += static_cast<std::uint32_t>(escaped_bound(longest_enum_text<E>()));
    out.names = enum_texts<E>;
    return out;
}

consteval ValueSchema holder_schema(FlatKind kind, const ValueSchema& element) {
    ValueSchema out = scalar_schema(kind);
    out.element = &element;
    if (kind == FlatKind::optional) {
        out.fixed_size += element.fixed_size;
        out.worst_size += element.worst_size;
    }
    return out;
}

template <class T, Form form>
consteval ValueSchema make_value_schema() {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) return scalar_schema(FlatKind::boolean);
    else if constexpr (kind == Kind::integer) return scalar_schema(integer_kind<T>());
    else if constexpr (kind == Kind::real) return scalar_schema(sizeof(T) == 4 ? FlatKind::f32 : FlatKind::f64);
    else if constexpr (kind == Kind::text) return scalar_schema(FlatKind::text);
    else if constexpr (kind == Kind::raw_json) return scalar_schema(FlatKind::raw_json);
    else if constexpr (kind == Kind::enumeration) return make_enum_schema<T>();
    else if constexpr (kind == Kind::duration) return make_duration_schema<T>();
    else if constexpr (kind == Kind::time_point) return scalar_schema(form.unix_seconds ? FlatKind::unix_time : FlatKind::time_point);
    else if constexpr (kind == Kind::foreign) return make_value_schema<ForeignValue<T>, form>();
    else if constexpr (kind == Kind::optional)
        return holder_schema(FlatKind::optional, value_schema<std::remove_cv_t<typename T::value_type>, form>);
    else if constexpr (kind == Kind::list) return holder_schema(FlatKind::list, value_schema<Element<T>, form>);
    else if constexpr (kind == Kind::map)
        return holder_schema(FlatKind::map, value_schema<std::remove_cv_t<typename T::mapped_type>, form>);
    else return ObjectSchema<T, AllFields>::value;
}

/// The schema of the envelope field Index, or null where there is none.
template <class T, std::size_t Index, class... F>
consteval const ValueSchema* envelope_value(TypeList<F...>) {
    const ValueSchema* out = nullptr;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
        NOTCH_INTERNAL_IN_ORDER(K == Index ? static_cast<void>(out = &value_schema<F, form_of<T, K>>) : static_cast<void>(0));
    }(std::index_sequence_for<F...>{});
    return out;
}

template <class T>
consteval EventSchema make_event_schema() {
    using E = Envelope<T>;
    EventSchema out;
    out.name = event_name<T>;
    out.name_member = event_text<T>.view();
    out.envelope = E::on;
    out.stamped = E::on && E::timestamp == no_field;
    out.named = E::event != no_field;
    out.body = &ObjectSchema<T, BodyFields>::value;
    out.fixed_size = out.body->fixed_size + (out.stamped ? 8 : 0) + (out.named ? 4 : 0);
    out.worst_size = out.body->worst_size + worst_size_of_envelope(event_text<T>.view().size());
    if constexpr (E::timestamp != no_field) {
        out.timestamp = envelope_value<T, E::timestamp>(FieldTypes<T>{});
        out.fixed_size += out.timestamp->fixed_size;
        out.worst_size += out.timestamp->worst_size;
    }
    return out;
}

/// What the backend knows of events of type T. Its address is the type's identity within the process.
template <class T>
inline constexpr EventSchema event_schema = make_event_schema<T>();

}  // namespace notch::inline NOTCH_ABI::detail

#endif
