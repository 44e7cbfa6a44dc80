// SPDX-License-Identifier: MIT
#ifndef NOTCH_EVENT_RULES_HPP
#define NOTCH_EVENT_RULES_HPP

#include "../base/clock.hpp"
#include "../config.hpp"
#include "kind.hpp"
#include "options.hpp"
#include "reflect.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

// Rules: minimum, maximum, non_negative, length, pattern, one_of. A rule on a list, map or optional holds for every value
// in it, but `length` on a list or map counts its elements. An empty optional breaks no rule.

namespace notch::inline NOTCH_ABI::detail {

// ---- one value against one rule ------------------------------------------------------------------------------------

enum class Order : std::uint8_t { less, equal, greater, unordered };

template <class A, class B>
constexpr Order order_of(A a, B b) noexcept {
    return a < b ? Order::less : b < a ? Order::greater : a == b ? Order::equal : Order::unordered;
}
constexpr Order reversed(Order order) noexcept {
    return order == Order::less ? Order::greater : order == Order::greater ? Order::less : order;
}

constexpr Order compare(std::int64_t a, std::uint64_t b) noexcept {
    return a < 0 ? Order::less : order_of(static_cast<std::uint64_t>(a), b);
}
/// Exact, although a double holds neither every integer nor only integers: the whole parts first, then what is left.
constexpr Order compare(std::int64_t a, double b) noexcept {
    constexpr double two_63 = 9223372036854775808.0;
    if (b != b) return Order::unordered;
    if (b >= two_63) return Order::less;
    if (b < -two_63) return Order::greater;
    const auto whole = static_cast<std::int64_t>(b);
    return a != whole ? order_of(a, whole) : order_of(static_cast<double>(whole), b);
}
constexpr Order compare(std::uint64_t a, double b) noexcept {
    constexpr double two_64 = 18446744073709551616.0;
    if (b != b) return Order::unordered;
    if (b >= two_64) return Order::less;
    if (b < 0) return Order::greater;
    const auto whole = static_cast<std::uint64_t>(b);
    return a != whole ? order_of(a, whole) : order_of(static_cast<double>(whole), b);
}

/// The order of two numbers, exact whatever their types.
constexpr Order compare(const Bound& a, const Bound& b) noexcept {
    using Type = Bound::Kind;
    if (a.kind == b.kind) {
        return a.kind == Type::signed_integer     ? order_of(a.signed_value, b.signed_value)
               : a.kind == Type::unsigned_integer ? order_of(a.unsigned_value, b.unsigned_value)
                                                  : order_of(a.real, b.real);
    }
    if (a.kind > b.kind) return reversed(compare(b, a));
    if (a.kind == Type::unsigned_integer) return compare(a.unsigned_value, b.real);
    return b.kind == Type::real ? compare(a.signed_value, b.real) : compare(a.signed_value, b.unsigned_value);
}

constexpr std::size_t character_size(std::string_view text, std::size_t at) noexcept {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return size < text.size() - at ? size : text.size() - at;
}

/// Whether the whole text matches a glob of `?` (one character, of as many bytes as it has), `*` (any run) and plain
/// characters. Only the last star is ever tried again, so the time is at most text times glob, without recursion.
constexpr bool matches_glob(std::string_view text, std::string_view glob) noexcept {
    constexpr auto no_star = static_cast<std::size_t>(-1);
    std::size_t t = 0;
    std::size_t g = 0;
    std::size_t after_star = no_star;
    std::size_t star_text = 0;  // where the last star's run ends for now
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            after_star = ++g;
            star_text = t;
        } else if (g < glob.size() && glob[g] == '?') {
            t += character_size(text, t);
            ++g;
        } else if (g < glob.size() && glob[g] == text[t]) {
            ++t;
            ++g;
        } else if (after_star != no_star) {
            star_text += character_size(text, star_text);
            t = star_text;
            g = after_star;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

/// A value as a rule sees it.
struct RuleValue {
    enum class Type : std::uint8_t { number, text, count };
    Type type = Type::number;
    Bound number{};
    std::string_view text{};
    std::size_t count = 0;

    static constexpr RuleValue of_number(const Bound& v) noexcept { return {Type::number, v, {}, 0}; }
    static constexpr RuleValue of_text(std::string_view v) noexcept { return {Type::text, {}, v, v.size()}; }
    static constexpr RuleValue of_count(std::size_t v) noexcept { return {Type::count, {}, {}, v}; }
};

using Rules = std::span<const Option>;

constexpr bool is_one_of(Rules rules, std::string_view text) noexcept {
    for (const Option& rule : rules)
        if (rule.kind == OptionKind::one_of && rule.text.view() == text) return true;
    return false;
}
constexpr bool first_one_of(Rules rules, std::size_t at) noexcept {
    for (std::size_t i = 0; i < at; ++i)
        if (rules[i].kind == OptionKind::one_of) return false;
    return true;
}

constexpr bool breaks(Rules rules, std::size_t at, const RuleValue& value) noexcept {
    const Option& rule = rules[at];
    using Type = RuleValue::Type;
    switch (rule.kind) {
        // Written so that NaN, which is unordered, breaks every bound.
        case OptionKind::lowest: {
            const Order order = compare(value.number, rule.bound);
            return value.type == Type::number && order != Order::greater && order != Order::equal;
        }
        case OptionKind::highest: {
            const Order order = compare(value.number, rule.bound);
            return value.type == Type::number && order != Order::less && order != Order::equal;
        }
        case OptionKind::length:
            return value.type != Type::number && (value.count < rule.low || value.count > rule.high);
        case OptionKind::pattern: return value.type == Type::text && !matches_glob(value.text, rule.text.view());
        case OptionKind::one_of:  // all of them are one rule, asked at the first
            return value.type == Type::text && first_one_of(rules, at) && !is_one_of(rules, value.text);
        default: return false;
    }
}

/// The first rule from `from` on that the value breaks, or rules.size(). `lengths`: whether `length` is asked too.
constexpr std::size_t next_broken(Rules rules, std::size_t from, const RuleValue& value, bool lengths) noexcept {
    for (; from < rules.size(); ++from) {
        if (rules[from].kind == OptionKind::length && !lengths) continue;
        if (breaks(rules, from, value)) break;
    }
    return from;
}

// ---- the rules of a struct -----------------------------------------------------------------------------------------

template <class T>
consteval std::size_t count_rules() {
    std::size_t count = 0;
    if constexpr (options_of<T>.size != 0)
        for (const Option& option : options_of<T>.list) count += is_rule(option.kind) ? 1U : 0U;
    return count;
}

/// All rules of a struct, those of each field together: field Index's are from `first[Index]` to `first[Index + 1]`.
template <std::size_t FieldCount, std::size_t RuleCount>
struct RuleTable {
    std::array<Option, RuleCount == 0 ? 1 : RuleCount> list{};
    std::array<std::size_t, FieldCount + 1> first{};

    [[nodiscard]] constexpr Rules of_field(std::size_t i) const noexcept {
        return Rules{list}.subspan(first[i], first[i + 1] - first[i]);
    }
};

template <class T>
consteval auto gather_rules() {
    RuleTable<Fields<T>::count, count_rules<T>()> table;
    std::size_t at = 0;
    for (std::size_t i = 0; i < Fields<T>::count; ++i) {
        table.first[i] = at;
        if constexpr (options_of<T>.size != 0)
            for (const Option& option : options_of<T>.list)
                if (is_rule(option.kind) && option.field.view() == Fields<T>::names[i]) table.list[at++] = option;
    }
    table.first[Fields<T>::count] = at;
    return table;
}
template <class T>
inline constexpr auto rules_of = gather_rules<T>();

/// The type that a rule on a field of type F is about: what optionals, lists and maps hold in the end.
template <class F>
struct RuledType {
    using type = F;
};
template <class F>
    requires(kind_of<F>() == Kind::optional)
struct RuledType<F> : RuledType<std::remove_cv_t<typename F::value_type>> {};
template <class F>
    requires(kind_of<F>() == Kind::list)
struct RuledType<F> : RuledType<Element<F>> {};
template <class F>
    requires(kind_of<F>() == Kind::map)
struct RuledType<F> : RuledType<std::remove_cv_t<typename F::mapped_type>> {};
template <class F>
    requires(kind_of<F>() == Kind::foreign)
struct RuledType<F> : RuledType<ForeignValue<F>> {};

template <class F>
consteval bool has_length() {
    constexpr Kind kind = kind_of<F>();
    if constexpr (kind == Kind::optional) return has_length<std::remove_cv_t<typename F::value_type>>();
    else if constexpr (kind == Kind::foreign) return has_length<ForeignValue<F>>();
    else return kind == Kind::text || kind == Kind::list || kind == Kind::map;
}

template <class F>
consteval bool rule_fits(OptionKind rule) {
    constexpr Kind kind = kind_of<typename RuledType<F>::type>();
    constexpr bool number =
        kind == Kind::integer || kind == Kind::real || kind == Kind::duration || kind == Kind::time_point;
    if (rule == OptionKind::lowest || rule == OptionKind::highest) return number;
    if (rule == OptionKind::length) return has_length<F>();
    return kind == Kind::text || kind == Kind::enumeration;
}

template <class F>
consteval bool rules_fit(Rules rules) {
    for (const Option& rule : rules)
        if (!rule_fits<F>(rule.kind)) return false;
    return true;
}

/// The rules of field Index of T, whose type is F; a rule that cannot be asked of F is a compile error.
template <class T, std::size_t Index, class F>
consteval Rules field_rules() {
    constexpr bool fit = rules_fit<F>(rules_of<T>.of_field(Index));
    static_assert(
        fit,
        "notch: a rule does not fit its field: minimum, maximum and non_negative are for numbers and times, length for "
        "texts and containers, pattern and one_of for texts and enums");
    return rules_of<T>.of_field(Index);
}

// ---- whole values --------------------------------------------------------------------------------------------------

/// A count of `num / den` seconds: exact when that is a whole number of seconds.
constexpr Bound seconds_bound(std::int64_t count, std::intmax_t num, std::intmax_t den) noexcept {
    constexpr std::int64_t largest = INT64_MAX;
    if (count % den == 0 && count / den <= largest / num && count / den >= -largest / num)
        return bound_of(count / den * num);
    return bound_of(static_cast<double>(count) * (static_cast<double>(num) / static_cast<double>(den)));
}

template <class Rep, class Period>
constexpr Bound number_of(const std::chrono::duration<Rep, Period>& v) noexcept {
    constexpr double scale = static_cast<double>(Period::num) / static_cast<double>(Period::den);
    if constexpr (std::is_floating_point_v<Rep>) {
        return bound_of(static_cast<double>(v.count()) * scale);
    } else {
        if (v.count() > 0 && static_cast<std::uint64_t>(v.count()) > std::uint64_t{INT64_MAX})
            return bound_of(static_cast<double>(v.count()) * scale);
        return seconds_bound(static_cast<std::int64_t>(v.count()), Period::num, Period::den);
    }
}

/// A number, text or enum as its rules see it; of a time point, its UNIX seconds.
template <class T>
constexpr RuleValue rule_value(const T& v) noexcept {
    constexpr Kind kind = kind_of<T>();
    if constexpr (kind == Kind::integer) return RuleValue::of_number(bound_of(v));
    else if constexpr (kind == Kind::real) return RuleValue::of_number(bound_of(static_cast<double>(v)));
    else if constexpr (kind == Kind::duration) return RuleValue::of_number(number_of(v));
    else if constexpr (kind == Kind::time_point) return RuleValue::of_number(number_of(v.time_since_epoch()));
    else if constexpr (kind == Kind::text) return RuleValue::of_text(as_text(v));
    else if constexpr (kind == Kind::list || kind == Kind::map) return RuleValue::of_count(length_of(v));
    else if (const std::size_t at = enum_position(v); at < enum_table<T>.size())
        return RuleValue::of_text(enum_table<T>[at].second);
    else return RuleValue::of_text({});
}

/// The way from a value down to one of its parts; kept on the stack of the walk.
struct RuleStep {
    const RuleStep* up = nullptr;
    std::string_view key{};  ///< of a struct or map; without data: the element `index` of a list
    std::size_t index = 0;
};

/// Is told of every broken rule; gives back whether to go on.
class RuleSink {
public:
    virtual bool broken(const RuleStep* where, Rules rules, std::size_t rule, const RuleValue& value) = 0;

protected:
    ~RuleSink() = default;
};

inline bool report_broken(const RuleStep* where, Rules rules, const RuleValue& value, bool lengths, RuleSink& sink) {
    for (std::size_t at = 0; (at = next_broken(rules, at, value, lengths)) < rules.size(); ++at)
        if (!sink.broken(where, rules, at, value)) return false;
    return true;
}

template <class T>
bool walk_rules(const T& value, Rules rules, bool lengths, const RuleStep* where, RuleSink& sink);

template <class T>
bool walk_fields(const T& value, const RuleStep* where, RuleSink& sink) {
    return Fields<T>::visit(value, [&](const auto&... fields) {
        return [&]<std::size_t... At>(std::index_sequence<At...>) {
            const auto walk = [&](const RuleStep& step, const auto& field, Rules rules, bool skip) {
                return skip || walk_rules(field, rules, true, &step, sink);
            };
            return (true && ... &&
                    walk(RuleStep{where, field_infos<T>[At].key, 0}, fields,
                         field_rules<T, At, std::remove_cvref_t<decltype(fields)>>(),
                         field_infos<T>[At].skip || field_infos<T>[At].redact));
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

/// Tells the sink of every rule that the value or a part of it breaks; false when the sink did not want to go on.
template <class T>
bool walk_rules(const T& value, Rules rules, bool lengths, const RuleStep* where, RuleSink& sink) {
    constexpr Kind kind = kind_of<T>();
    if constexpr (kind == Kind::object) {
        return walk_fields(value, where, sink);
    } else if constexpr (kind == Kind::optional) {
        return !value.has_value() ||
               walk_rules<std::remove_cv_t<typename T::value_type>>(*value, rules, lengths, where, sink);
    } else if constexpr (kind == Kind::foreign) {
        return walk_rules<ForeignValue<T>>(notch_value(value), rules, lengths, where, sink);
    } else if constexpr (kind == Kind::list) {
        if (lengths && !report_broken(where, rules, rule_value(value), true, sink)) return false;
        std::size_t index = 0;
        for (const auto& element : value) {
            const RuleStep step{where, {}, index++};
            if (!walk_rules<Element<T>>(element, rules, false, &step, sink)) return false;
        }
        return true;
    } else if constexpr (kind == Kind::map) {
        if (lengths && !report_broken(where, rules, rule_value(value), true, sink)) return false;
        for (const auto& [key, mapped] : value) {
            const RuleStep step{where, as_text(key), 0};
            if (!walk_rules<std::remove_cv_t<typename T::mapped_type>>(mapped, rules, false, &step, sink)) return false;
        }
        return true;
    } else if constexpr (kind == Kind::boolean || kind == Kind::raw_json || kind == Kind::unsupported) {
        return true;
    } else {
        return rules.empty() || report_broken(where, rules, rule_value(value), lengths, sink);
    }
}

class NoneBroken final : public RuleSink {
public:
    bool broken(const RuleStep*, Rules, std::size_t, const RuleValue&) noexcept override { return false; }
};

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Whether a value keeps every rule of its fields, those of nested structs included.
///
///     struct Idle { double seconds; static constexpr auto notch_options() { return notch::field("seconds", notch::non_negative); } };
///     notch::keeps_rules(Idle{-1.0});  // false
///
/// Allocates nothing of its own and stops at the first broken rule; check_rules says which ones are broken. NaN keeps no minimum and no
/// maximum.
template <class T>
[[nodiscard]] bool keeps_rules(const T& value) {
    detail::NoneBroken sink;
    return detail::walk_rules(value, {}, true, nullptr, sink);
}

}  // namespace notch::inline NOTCH_ABI

#endif
