// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_REFLECT_CXX20_HPP
#define NOTCH_EVENT_REFLECT_CXX20_HPP

#include "../config.hpp"
#include "count_fields.hpp"
#include "name.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// Reflection of aggregates in plain C++20: how many fields (by what an initialiser list accepts), their values (by a
// structured binding of as many names) and their names (by the compiler's spelling of a pointer to each).

namespace notch::inline NOTCH_ABI::detail {

// The shadow objects below are declared and never defined: nothing of them is ever read.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

template <std::size_t N>
using Arity = std::integral_constant<std::size_t, N>;

template <class... Fields>
void bind_all(Fields&...);

// A bit-field binds to no reference. clang before 16 cannot ask that of a structured binding; there the sizes tell.
#if defined(__clang__) && __clang_major__ < 16
#define NOTCH_INTERNAL_NO_BIT_FIELD(T, ...) (sizeof(decltype(size_probe(__VA_ARGS__))) <= sizeof(T))
template <class... Fields>
std::array<char, (sizeof(Fields) + ... + 0)> size_probe(const Fields&...);
#else
#define NOTCH_INTERNAL_NO_BIT_FIELD(T, ...) (requires { bind_all(__VA_ARGS__); })
#endif

template <class V, class F>
constexpr decltype(auto) unpack(Arity<0>, V&, F&& f) {
    return f();
}
#define NOTCH_INTERNAL_ARITY(N, ...)                                                                                  \
    template <class V, class F>                                                                                       \
    constexpr decltype(auto) unpack(Arity<N>, V& value, F&& f) {                                                      \
        auto& [__VA_ARGS__] = value;                                                                                  \
        constexpr bool addressable = NOTCH_INTERNAL_NO_BIT_FIELD(V, __VA_ARGS__);                                     \
        static_assert(addressable, "notch: a field is a bit-field: use a whole integer such as std::uint8_t or bool"); \
        if constexpr (addressable) return f(__VA_ARGS__);                                                             \
    }

// clang-format off
#define NOTCH_INTERNAL_V8 v0, v1, v2, v3, v4, v5, v6, v7
#define NOTCH_INTERNAL_V16 NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13, v14, v15
#define NOTCH_INTERNAL_V24 NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21, v22, v23
#define NOTCH_INTERNAL_V32 NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29, v30, v31
#define NOTCH_INTERNAL_V40 NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37, v38, v39
#define NOTCH_INTERNAL_V48 NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45, v46, v47
#define NOTCH_INTERNAL_V56 NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53, v54, v55
NOTCH_INTERNAL_ARITY(1, v0)
NOTCH_INTERNAL_ARITY(2, v0, v1)
NOTCH_INTERNAL_ARITY(3, v0, v1, v2)
NOTCH_INTERNAL_ARITY(4, v0, v1, v2, v3)
NOTCH_INTERNAL_ARITY(5, v0, v1, v2, v3, v4)
NOTCH_INTERNAL_ARITY(6, v0, v1, v2, v3, v4, v5)
NOTCH_INTERNAL_ARITY(7, v0, v1, v2, v3, v4, v5, v6)
NOTCH_INTERNAL_ARITY(8, v0, v1, v2, v3, v4, v5, v6, v7)
NOTCH_INTERNAL_ARITY(9, NOTCH_INTERNAL_V8, v8)
NOTCH_INTERNAL_ARITY(10, NOTCH_INTERNAL_V8, v8, v9)
NOTCH_INTERNAL_ARITY(11, NOTCH_INTERNAL_V8, v8, v9, v10)
NOTCH_INTERNAL_ARITY(12, NOTCH_INTERNAL_V8, v8, v9, v10, v11)
NOTCH_INTERNAL_ARITY(13, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12)
NOTCH_INTERNAL_ARITY(14, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13)
NOTCH_INTERNAL_ARITY(15, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13, v14)
NOTCH_INTERNAL_ARITY(16, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13, v14, v15)
NOTCH_INTERNAL_ARITY(17, NOTCH_INTERNAL_V16, v16)
NOTCH_INTERNAL_ARITY(18, NOTCH_INTERNAL_V16, v16, v17)
NOTCH_INTERNAL_ARITY(19, NOTCH_INTERNAL_V16, v16, v17, v18)
NOTCH_INTERNAL_ARITY(20, NOTCH_INTERNAL_V16, v16, v17, v18, v19)
NOTCH_INTERNAL_ARITY(21, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20)
NOTCH_INTERNAL_ARITY(22, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21)
NOTCH_INTERNAL_ARITY(23, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21, v22)
NOTCH_INTERNAL_ARITY(24, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21, v22, v23)
NOTCH_INTERNAL_ARITY(25, NOTCH_INTERNAL_V24, v24)
NOTCH_INTERNAL_ARITY(26, NOTCH_INTERNAL_V24, v24, v25)
NOTCH_INTERNAL_ARITY(27, NOTCH_INTERNAL_V24, v24, v25, v26)
NOTCH_INTERNAL_ARITY(28, NOTCH_INTERNAL_V24, v24, v25, v26, v27)
NOTCH_INTERNAL_ARITY(29, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28)
NOTCH_INTERNAL_ARITY(30, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29)
NOTCH_INTERNAL_ARITY(31, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29, v30)
NOTCH_INTERNAL_ARITY(32, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29, v30, v31)
NOTCH_INTERNAL_ARITY(33, NOTCH_INTERNAL_V32, v32)
NOTCH_INTERNAL_ARITY(34, NOTCH_INTERNAL_V32, v32, v33)
NOTCH_INTERNAL_ARITY(35, NOTCH_INTERNAL_V32, v32, v33, v34)
NOTCH_INTERNAL_ARITY(36, NOTCH_INTERNAL_V32, v32, v33, v34, v35)
NOTCH_INTERNAL_ARITY(37, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36)
NOTCH_INTERNAL_ARITY(38, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37)
NOTCH_INTERNAL_ARITY(39, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37, v38)
NOTCH_INTERNAL_ARITY(40, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37, v38, v39)
NOTCH_INTERNAL_ARITY(41, NOTCH_INTERNAL_V40, v40)
NOTCH_INTERNAL_ARITY(42, NOTCH_INTERNAL_V40, v40, v41)
NOTCH_INTERNAL_ARITY(43, NOTCH_INTERNAL_V40, v40, v41, v42)
NOTCH_INTERNAL_ARITY(44, NOTCH_INTERNAL_V40, v40, v41, v42, v43)
NOTCH_INTERNAL_ARITY(45, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44)
NOTCH_INTERNAL_ARITY(46, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45)
NOTCH_INTERNAL_ARITY(47, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45, v46)
NOTCH_INTERNAL_ARITY(48, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45, v46, v47)
NOTCH_INTERNAL_ARITY(49, NOTCH_INTERNAL_V48, v48)
NOTCH_INTERNAL_ARITY(50, NOTCH_INTERNAL_V48, v48, v49)
NOTCH_INTERNAL_ARITY(51, NOTCH_INTERNAL_V48, v48, v49, v50)
NOTCH_INTERNAL_ARITY(52, NOTCH_INTERNAL_V48, v48, v49, v50, v51)
NOTCH_INTERNAL_ARITY(53, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52)
NOTCH_INTERNAL_ARITY(54, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53)
NOTCH_INTERNAL_ARITY(55, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53, v54)
NOTCH_INTERNAL_ARITY(56, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53, v54, v55)
NOTCH_INTERNAL_ARITY(57, NOTCH_INTERNAL_V56, v56)
NOTCH_INTERNAL_ARITY(58, NOTCH_INTERNAL_V56, v56, v57)
NOTCH_INTERNAL_ARITY(59, NOTCH_INTERNAL_V56, v56, v57, v58)
NOTCH_INTERNAL_ARITY(60, NOTCH_INTERNAL_V56, v56, v57, v58, v59)
NOTCH_INTERNAL_ARITY(61, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60)
NOTCH_INTERNAL_ARITY(62, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60, v61)
NOTCH_INTERNAL_ARITY(63, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60, v61, v62)
NOTCH_INTERNAL_ARITY(64, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60, v61, v62, v63)
#undef NOTCH_INTERNAL_V8
#undef NOTCH_INTERNAL_V16
#undef NOTCH_INTERNAL_V24
#undef NOTCH_INTERNAL_V32
#undef NOTCH_INTERNAL_V40
#undef NOTCH_INTERNAL_V48
#undef NOTCH_INTERNAL_V56
#undef NOTCH_INTERNAL_ARITY
#undef NOTCH_INTERNAL_NO_BIT_FIELD
// clang-format on

/// An object of T that is never defined: only addresses inside it are spelled.
template <class T>
struct Shadow {
    T value;
};
template <class T>
extern Shadow<T> shadow;

// Wrapped, because clang before 18 takes a pointer into an object as a template argument only inside a class type; to
// void, because then one array holds them all.
struct FieldAddress {
    const void* address;
};

template <FieldAddress Address>
consteval auto spell_address() {
#if defined(_MSC_VER) && !defined(__clang__)
    return std::string_view{__FUNCSIG__};
#else
    return std::string_view{__PRETTY_FUNCTION__};
#endif
}

/// The last identifier: GCC spells `...{((const void*)(& shadow<S>.Shadow<S>::value.S::a))}]`, clang `...{&shadow.value.a}]`.
constexpr std::string_view last_identifier(std::string_view spelling) noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
    spelling = spelling.substr(0, spelling.rfind(">(void)"));
#endif
    while (!spelling.empty() && !in_identifier(spelling.back())) spelling.remove_suffix(1);
    return identifier_at_end(spelling);
}

template <class T, std::size_t Count>
consteval auto field_addresses() {
    return unpack(Arity<Count>{}, shadow<T>.value,
                  [](auto&... fields) { return std::array<FieldAddress, Count>{FieldAddress{__builtin_addressof(fields)}...}; });
}

template <class T, std::size_t Count>
consteval auto aggregate_names() {
    constexpr auto addresses = field_addresses<T, Count>();
    return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        return std::array<std::string_view, Count>{last_identifier(spell_address<addresses[Index]>())...};
    }(std::make_index_sequence<Count>{});
}
struct AllCopyable {
    template <class... Fields>
    constexpr auto operator()(Fields&...) const {
        return std::bool_constant<(true && ... && std::is_copy_constructible_v<std::remove_all_extents_t<Fields>>)>{};
    }
};
/// An rvalue reference takes every initialiser that a value takes, but it keeps T from being copied.
template <class T, std::size_t Count>
consteval bool has_rvalue_reference() {
    if constexpr (std::is_copy_constructible_v<T> || !std::is_move_constructible_v<T>) return false;
    else return decltype(unpack(Arity<Count>{}, std::declval<T&>(), AllCopyable{}))::value;
}

/// The fields of an aggregate.
template <class T>
struct AggregateFields {
    static constexpr std::size_t count = count_fields<T>();
    static_assert(!has_rvalue_reference<T, count>(), "notch: a field is a reference: store a value or a pointer instead");
    static constexpr std::array<std::string_view, count> names = aggregate_names<T, count>();

    template <class V, class F>
    static constexpr decltype(auto) visit(V& value, F&& f) {
        return unpack(Arity<count>{}, value, f);
    }
};

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
