// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_OPTIONS_HPP
#define NOTCH_EVENT_OPTIONS_HPP

#include "../config.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#if NOTCH_REFLECTION == 26
#include <meta>
#endif

namespace notch::inline NOTCH_ABI {
namespace detail {

/// A text that may stand in a template argument or annotation, which std::string_view may not.
struct Text {
    const char* data = nullptr;
    std::size_t size = 0;
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data, size}; }
    constexpr bool operator==(const Text&) const = default;
};

// An annotation may not point at a string literal, so C++26 moves the text to an object that it may point at.
#if NOTCH_REFLECTION == 26
consteval Text text(std::string_view from) { return {std::define_static_string(from), from.size()}; }
#define NOTCH_INTERNAL_OPTION consteval
#else
constexpr Text text(std::string_view from) noexcept { return {from.data(), from.size()}; }
#define NOTCH_INTERNAL_OPTION constexpr
#endif

/// A bound of a rule: exact for every integer and double, so that a rule on a 64-bit field never rounds.
struct Bound {
    enum class Kind : std::uint8_t { signed_integer, unsigned_integer, real };
    Kind kind = Kind::signed_integer;
    std::int64_t signed_value = 0;
    std::uint64_t unsigned_value = 0;
    double real = 0;
};

constexpr Bound bound_of(std::signed_integral auto v) noexcept { return {Bound::Kind::signed_integer, v, 0, 0}; }
constexpr Bound bound_of(std::unsigned_integral auto v) noexcept { return {Bound::Kind::unsigned_integer, 0, v, 0}; }
constexpr Bound bound_of(double v) noexcept { return {Bound::Kind::real, 0, 0, v}; }

enum class OptionKind : std::uint8_t {
    rename, alias, omit_empty, omit_default, skip, redact, defaulted, unix_seconds, no_envelope,
    lowest, highest, length, pattern, one_of
};

constexpr bool is_rule(OptionKind kind) noexcept { return kind >= OptionKind::lowest; }

}  // namespace detail

/// One option of a field, or of the whole struct. Made by the functions below; plain data.
struct Option {
    detail::OptionKind kind{};
    detail::Text field{};  ///< empty: not tied to a field (an annotation, or an option of the struct)
    detail::Text text{};
    detail::Bound bound{};
    std::size_t low = 0;
    std::size_t high = 0;
};

/// Several options in one value; what `notch_options()` returns.
template <std::size_t N>
struct Options {
    Option list[N == 0 ? 1 : N]{};
    static constexpr std::size_t size = N;
};

/// Writes and reads the field under another key.
///
///     notch::field("repo", notch::rename("repository"))  // {"repository":"canonical/notch"}
NOTCH_INTERNAL_OPTION Option rename(std::string_view key) { return {.kind = detail::OptionKind::rename, .text = detail::text(key)}; }
/// A further key under which the field may be read; it is never written. Both in one text are a duplicate_key.
///
///     notch::field("repo", notch::alias("repository"))  // {"repo":"o/r"} and {"repository":"o/r"} are read alike
NOTCH_INTERNAL_OPTION Option alias(std::string_view key) { return {.kind = detail::OptionKind::alias, .text = detail::text(key)}; }
/// Leaves the field out of what is written when it is an empty string or container, zero, or false; it may be absent when reading.
///
///     notch::field("retries", notch::omit_empty)  // {} for 0, {"retries":2} for 2
inline constexpr Option omit_empty{.kind = detail::OptionKind::omit_empty};
/// Leaves the field out when it equals its value in a default-constructed struct; it may be absent when reading, and then is that.
///
///     int attempts = 1;  // with notch::field("attempts", notch::omit_default): {} for 1, {"attempts":0} for 0
inline constexpr Option omit_default{.kind = detail::OptionKind::omit_default};
/// Neither writes nor reads the field, which can be of any type. Reading leaves it as the struct's default makes it; its key
/// is one that the struct does not have.
///
///     notch::field("socket", notch::skip)
inline constexpr Option skip{.kind = detail::OptionKind::skip};
/// Writes "[redacted]" instead of the value; reading accepts any value, which must be there, and keeps the default.
///
///     notch::field("password", notch::redact)  // {"password":"[redacted]"}
inline constexpr Option redact{.kind = detail::OptionKind::redact};
/// Lets the field be absent when reading; it then keeps its default.
///
///     int retries = 3;  // with notch::field("retries", notch::defaulted): 3 from {}
inline constexpr Option defaulted{.kind = detail::OptionKind::defaulted};
/// Writes a system_clock time point as UNIX seconds instead of RFC 3339 text, and reads it so.
///
///     notch::field("at", notch::unix_seconds)  // {"at":1700000000.25} instead of {"at":"2023-11-14T22:13:20.25Z"}
inline constexpr Option unix_seconds{.kind = detail::OptionKind::unix_seconds};
/// Of the struct: lines carry neither `timestamp` nor `event` of notch's own, nor a `notch_id`.
///
///     struct Sample { int n; static constexpr auto notch_options() { return notch::no_envelope; } };
///     notch::to_line(Sample{1});  // {"n":1}
inline constexpr Option no_envelope{.kind = detail::OptionKind::no_envelope};

// A broken rule is an error of from_json, from_line and check_rules; recording checks none.

/// Rule: the number is at least `bound`.
///
///     notch::field("cpu", notch::minimum(1))  // {"cpu":0}: /cpu: expected at least 1, found 0
NOTCH_INTERNAL_OPTION Option minimum(auto bound) { return {.kind = detail::OptionKind::lowest, .bound = detail::bound_of(bound)}; }
/// Rule: the number is at most `bound`.
///
///     notch::field("cpu", notch::maximum(64))  // {"cpu":65}: /cpu: expected at most 64, found 65
NOTCH_INTERNAL_OPTION Option maximum(auto bound) { return {.kind = detail::OptionKind::highest, .bound = detail::bound_of(bound)}; }
/// Rule: the number is not negative.
///
///     notch::field("idle", notch::non_negative)  // {"idle":-0.5}: /idle: expected at least 0, found -0.5
inline constexpr Option non_negative{.kind = detail::OptionKind::lowest};
/// Rule: the string's bytes or the container's elements number between `low` and `high`, both included.
///
///     notch::field("name", notch::length(1, 4))  // {"name":"abcde"}: /name: expected a length in [1, 4], found a length of 5
NOTCH_INTERNAL_OPTION Option length(std::size_t low, std::size_t high) {
    return {.kind = detail::OptionKind::length, .low = low, .high = high};
}
/// Rule: the whole string matches a glob of `?` (one character), `*` (any run) and plain characters.
///
///     notch::field("repo", notch::pattern("?*/?*"))  // {"repo":"x"}: /repo: expected a text that matches "?*/?*", found "x"
NOTCH_INTERNAL_OPTION Option pattern(std::string_view glob) { return {.kind = detail::OptionKind::pattern, .text = detail::text(glob)}; }

/// Rule: the string is one of the given.
///
///     notch::field("end", notch::one_of("success", "failure"))  // {"end":"x"}: /end: expected one of "success", "failure", found "x"
template <class... Strings>
NOTCH_INTERNAL_OPTION Options<sizeof...(Strings)> one_of(const Strings&... allowed) {
    return {{Option{.kind = detail::OptionKind::one_of, .text = detail::text(allowed)}...}};
}

namespace detail {

constexpr std::size_t option_count(const Option&) noexcept { return 1; }
template <std::size_t N>
constexpr std::size_t option_count(const Options<N>&) noexcept { return N; }

template <class T>
inline constexpr std::size_t options_in = 1;
template <std::size_t N>
inline constexpr std::size_t options_in<Options<N>> = N;

constexpr void gather(Option* out, std::size_t& at, const Option& one) noexcept { out[at++] = one; }
template <std::size_t N>
constexpr void gather(Option* out, std::size_t& at, const Options<N>& many) noexcept {
    for (std::size_t i = 0; i < N; ++i) out[at++] = many.list[i];
}

}  // namespace detail

/// Puts options together: `static constexpr auto notch_options() { return notch::options(...); }` in the struct.
///
///     return notch::options(notch::field("idle", notch::non_negative),
///                           notch::field("repo", notch::rename("repository"), notch::pattern("?*/?*")),
///                           notch::no_envelope);
template <class... Parts>
constexpr auto options(const Parts&... parts) {
    Options<(0 + ... + detail::options_in<Parts>)> all;
    [[maybe_unused]] std::size_t at = 0;
    (detail::gather(all.list, at, parts), ...);
    return all;
}

/// Ties options to the field of that name (its name in the struct). A name that the struct lacks is a compile error.
///
///     static constexpr auto notch_options() { return notch::field("repo", notch::rename("repository"), notch::pattern("?*/?*")); }
template <class... Parts>
NOTCH_INTERNAL_OPTION auto field(std::string_view name, const Parts&... parts) {
    auto all = options(parts...);
    for (Option& one : all.list) one.field = detail::text(name);
    return all;
}

}  // namespace notch::inline NOTCH_ABI

#undef NOTCH_INTERNAL_OPTION

#endif
