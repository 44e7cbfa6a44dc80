// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_COUNT_FIELDS_HPP
#define NOTCH_EVENT_COUNT_FIELDS_HPP

#include "../config.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>

// How many fields an aggregate has, found by what an initialiser list for it accepts.

namespace notch::inline NOTCH_ABI::detail {

// What follows is declared and never defined: nothing of it is ever called or read.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-inline"
#endif

inline constexpr std::size_t most_fields = 64;

// The conversions are asked for and never called. Clang wants a body all the same when a field's type is local.
#if defined(__clang__)
#define NOTCH_INTERNAL_NEVER_CALLED { __builtin_trap(); }
#else
#define NOTCH_INTERNAL_NEVER_CALLED ;
#endif

/// Stands for an initialiser of any field. T is kept out so that T{any} never means a copy.
template <class T>
struct AnyInit {
    template <class U>
        requires(!std::is_same_v<U, T>)
    operator U() const noexcept NOTCH_INTERNAL_NEVER_CALLED
};

/// Binds to members of type `const U&` only.
struct ConstReferenceInit {
    template <class U>
        requires std::is_const_v<U>
    operator U&() const noexcept NOTCH_INTERNAL_NEVER_CALLED
};

/// Converts to bases of T only: accepted as the first initialiser exactly when T has a base.
template <class T>
struct BaseInit {
    template <class U>
        requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
    operator U() const noexcept NOTCH_INTERNAL_NEVER_CALLED
};

/// Converts to nothing: a field that accepts even this takes anything, so what else it accepts tells nothing of it.
struct NoInit {};

#undef NOTCH_INTERNAL_NEVER_CALLED

template <class T, std::size_t>
using AnyInitAt = AnyInit<T>;

template <class T, std::size_t... Index>
consteval bool accepts(std::index_sequence<Index...>) {
    return requires { T{AnyInitAt<T, Index>{}...}; };
}
template <class T, std::size_t N>
inline constexpr bool accepts_n = accepts<T>(std::make_index_sequence<N>{});

/// Whether `Special` is accepted in place of one initialiser, by a field that does not accept anything.
template <class T, class Special, std::size_t... Before, std::size_t... After>
consteval bool accepts_special(std::index_sequence<Before...>, std::index_sequence<After...>) {
    return requires { T{AnyInitAt<T, Before>{}..., Special{}, AnyInitAt<T, After>{}...}; } &&
           !requires { T{AnyInitAt<T, Before>{}..., NoInit{}, AnyInitAt<T, After>{}...}; };
}
template <class T, class Special, std::size_t Before, std::size_t After>
inline constexpr bool accepts_special_at =
    accepts_special<T, Special>(std::make_index_sequence<Before>{}, std::make_index_sequence<After>{});

template <class T, std::size_t... Before, std::size_t... Inside, std::size_t... After>
consteval bool accepts_braced(std::index_sequence<Before...>, std::index_sequence<Inside...>, std::index_sequence<After...>) {
    return requires { T{AnyInitAt<T, Before>{}..., {AnyInitAt<T, Inside>{}...}, AnyInitAt<T, After>{}...}; };
}
template <class T, std::size_t Before, std::size_t Inside, std::size_t After>
inline constexpr bool accepts_braces =
    accepts_braced<T>(std::make_index_sequence<Before>{}, std::make_index_sequence<Inside>{}, std::make_index_sequence<After>{});

inline constexpr std::size_t not_found = static_cast<std::size_t>(-1);

/// The least accepted number of initialisers. Above 0 when a field has no default constructor, so 0 says nothing.
template <class T, std::size_t N = 0>
consteval std::size_t fewest_inits() {
    if constexpr (accepts_n<T, N>) {
        return N;
    } else if constexpr (N <= 2 * most_fields) {
        return fewest_inits<T, N + 1>();
    } else {
        return not_found;
    }
}

/// The greatest accepted number: `Good` is accepted, `Bad` is not; what lies between is halved.
template <class T, std::size_t Good, std::size_t Bad>
consteval std::size_t most_inits_between() {
    if constexpr (Good + 1 == Bad) {
        return Good;
    } else if constexpr (accepts_n<T, (Good + Bad) / 2>) {
        return most_inits_between<T, (Good + Bad) / 2, Bad>();
    } else {
        return most_inits_between<T, Good, (Good + Bad) / 2>();
    }
}
template <class T, std::size_t Good, std::size_t Step = 8>
consteval std::size_t most_inits() {
    if constexpr (accepts_n<T, Good + Step>) {
        return most_inits<T, Good + Step, Step * 2>();
    } else {
        return most_inits_between<T, Good, Good + Step>();
    }
}

/// The array at initialiser `At` takes all that the others leave: as many as `{}` in its place makes unacceptable.
template <class T, std::size_t Inits, std::size_t At, std::size_t Good, std::size_t Bad>
consteval std::size_t inits_after_array() {
    if constexpr (Good + 1 == Bad) {
        return Good;
    } else if constexpr (accepts_braces<T, At, 0, (Good + Bad) / 2>) {
        return inits_after_array<T, Inits, At, (Good + Bad) / 2, Bad>();
    } else {
        return inits_after_array<T, Inits, At, Good, (Good + Bad) / 2>();
    }
}

/// An array whose elements have no default constructor must be given every element.
template <class T, std::size_t Inits, std::size_t At, std::size_t Width = 2>
consteval std::size_t width_of_required_array() {
    if constexpr (At + Width > Inits || Width > most_fields) {
        return 1;
    } else if constexpr (accepts_braces<T, At, Width, Inits - At - Width> && !accepts_braces<T, At, Width, Inits - At - Width + 1>) {
        return Width;
    } else {
        return width_of_required_array<T, Inits, At, Width + 1>();
    }
}

/// How many initialisers the field at initialiser `At` takes when braces are left out: 1, or an array's elements.
template <class T, std::size_t Inits, std::size_t At>
consteval std::size_t width_of_field() {
    constexpr std::size_t rest = Inits - At - 1;
    if constexpr (accepts_braces<T, At, 0, rest> || accepts_braces<T, At, 1, rest>) {
        return 1;
    } else if constexpr (accepts_braces<T, At, 0, 0>) {
        return Inits - At - inits_after_array<T, Inits, At, 0, rest>();
    } else {
        return width_of_required_array<T, Inits, At>();
    }
}

template <class T, std::size_t Inits, std::size_t At = 0, std::size_t Fields = 0>
consteval std::size_t fields_of_inits() {
    if constexpr (At >= Inits) {
        return Fields;
    } else {
        return fields_of_inits<T, Inits, At + width_of_field<T, Inits, At>(), Fields + 1>();
    }
}

template <class T, std::size_t Inits>
consteval bool has_base() {
    if constexpr (Inits == 0) {
        return !std::is_empty_v<T> || accepts_special_at<T, BaseInit<T>, 0, 0>;
    } else {
        return accepts_special_at<T, BaseInit<T>, 0, Inits - 1>;
    }
}

/// A reference or const member makes T unassignable, so only such types are searched for a reference.
template <class T, std::size_t Inits>
consteval bool has_reference() {
    if constexpr (std::is_move_assignable_v<T>) {
        return false;
    } else {
        return []<std::size_t... Index>(std::index_sequence<Index...>) {
            return (false || ... || accepts_special_at<T, ConstReferenceInit, Index, Inits - Index - 1>);
        }(std::make_index_sequence<Inits>{});
    }
}

/// The number of fields of an aggregate; every way that a type can refuse to be counted has its own message.
template <class T>
consteval std::size_t count_fields() {
    constexpr std::size_t fewest = fewest_inits<T>();
    if constexpr (fewest == not_found) {
        static_assert(fewest != not_found,
                      "notch: cannot count the fields of this struct: is one a reference? Store a value or a pointer instead of "
                      "a reference, or list the fields inside the struct with NOTCH_FIELDS(a, b, c)");
        return 0;
    } else {
        constexpr std::size_t inits = most_inits<T, fewest>();
        constexpr bool base = has_base<T, inits>();
        constexpr bool reference = has_reference<T, inits>();
        static_assert(!base, "notch: a struct with a base needs its fields listed: write NOTCH_FIELDS(a, b, c) inside it");
        static_assert(!reference, "notch: a field is a reference: store a value or a pointer instead");
        if constexpr (base || reference) {
            return 0;
        } else {
            constexpr std::size_t count = fields_of_inits<T, inits>();
            static_assert(count <= most_fields,
                          "notch: more than 64 fields: list them inside the struct with NOTCH_FIELDS(a, b, c), which has no limit");
            return count <= most_fields ? count : 0;
        }
    }
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
