// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_FOREIGN_HPP
#define NOTCH_JSON_FOREIGN_HPP

#include "../config.hpp"
#include "../event/kind.hpp"
#include "../event/reflect.hpp"
#include "../macros.hpp"

#include <cstddef>
#include <type_traits>

// notch_value is the program's own code. It is called once for how large a value is and once more when it is written, into room for
// just that; and a text that tells what another thread counts may be longer by then, "10" instead of "9". So the room is kept
// account of, and a value that has none is left empty.

namespace notch::inline NOTCH_ABI::detail {

/// The room for foreign values in what this thread is about to write.
inline constinit thread_local std::size_t foreign_room = 0;

/// For the time of a call, foreign values have another room: notch_value may write something itself, and a foreign value may hold others.
class ForeignRoom {
public:
    explicit ForeignRoom(std::size_t room) noexcept : before_{foreign_room} { foreign_room = room; }
    ForeignRoom(const ForeignRoom&) = delete;
    ForeignRoom& operator=(const ForeignRoom&) = delete;
    ~ForeignRoom() { foreign_room = before_; }

private:
    const std::size_t before_;
};

/// Whether all values of a type take as much room.
template <class T>
inline constexpr bool has_constant_size = kind_of<T>() == Kind::boolean || kind_of<T>() == Kind::integer || kind_of<T>() == Kind::real ||
                                          kind_of<T>() == Kind::enumeration || kind_of<T>() == Kind::duration || kind_of<T>() == Kind::time_point;

/// Whether a foreign value whose size varies is anywhere in a T. `Seen` are the types around it: a struct may hold others of its kind.
template <class T, class... Seen>
constexpr bool holds_foreign();

template <class... Seen, class... F>
constexpr bool any_holds_foreign(TypeList<F...>) {
    bool out = false;
    NOTCH_INTERNAL_IN_ORDER(out = out || holds_foreign<std::remove_cv_t<F>, Seen...>());
    return out;
}

template <class T, class... Seen>
constexpr bool holds_foreign() {
    constexpr Kind kind = kind_of<T>();
    if constexpr ((std::is_same_v<T, Seen> || ...)) return false;
    else if constexpr (kind == Kind::foreign) return !has_constant_size<ForeignValue<T>>;
    else if constexpr (kind == Kind::optional) return holds_foreign<std::remove_cv_t<typename T::value_type>, T, Seen...>();
    else if constexpr (kind == Kind::list) return holds_foreign<Element<T>, T, Seen...>();
    else if constexpr (kind == Kind::map) return holds_foreign<std::remove_cv_t<typename T::mapped_type>, T, Seen...>();
    else if constexpr (kind == Kind::object) return any_holds_foreign<T, Seen...>(FieldTypes<T>{});
    else return false;
}

/// Before a T is measured: what an earlier value has left is no room of this one.
template <class T>
NOTCH_INTERNAL_INLINE void begin_foreign() noexcept {
    if constexpr (holds_foreign<T>()) foreign_room = 0;
}

/// What notch_value gives, in a room of its own.
template <class T>
decltype(auto) foreign_value(const T& v) {
    const ForeignRoom none{0};
    return notch_value(v);
}

/// `size(value)`, which may make room for values within this one.
template <class V, class Size>
std::size_t measure_foreign(const V& value, const Size& size) {
    const ForeignRoom own{0};
    return size(value);
}

/// How large a foreign value is, by `size(value)`, and room for as much.
template <class T, class Size>
std::size_t reserve_foreign(const T& v, const Size& size) {
    const std::size_t needed = measure_foreign(foreign_value(v), size);
    foreign_room += needed;
    return needed;
}

/// `write(value)` if there is room for the value, which has `size(value)`; otherwise `write_nothing()`.
template <class T, class Size, class Write, class Nothing>
char* put_foreign(const T& v, const Size& size, const Write& write, const Nothing& write_nothing) {
    const ForeignValue<T>& value = foreign_value(v);
    const std::size_t needed = measure_foreign(value, size);
    if (needed > foreign_room) return write_nothing();
    foreign_room -= needed;
    const ForeignRoom own{needed};
    return write(value);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
