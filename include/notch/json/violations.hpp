// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_VIOLATIONS_HPP
#define NOTCH_JSON_VIOLATIONS_HPP

#include "../base/plain_list.hpp"
#include "../base/error.hpp"
#include "../config.hpp"
#include "../event/rules.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "locate.hpp"
#include "number.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Broken rules as Errors: of a value in memory, and of a text while it is read.

namespace notch::inline NOTCH_ABI::detail {

/// A hostile document can break rules in every one of its values; no more of them than this are kept.
inline constexpr std::size_t most_violations = 100;

inline void append_number(std::string& out, const Bound& number) {
    if (number.kind == Bound::Kind::signed_integer) {
        out += std::to_string(number.signed_value);
    } else if (number.kind == Bound::Kind::unsigned_integer) {
        out += std::to_string(number.unsigned_value);
    } else if (number.real != number.real) {
        out += "NaN";
    } else if (!is_finite(number.real)) {
        out += number.real < 0 ? "-infinity" : "infinity";
    } else {
        char buffer[max_double_size];
        out.append(buffer, static_cast<std::size_t>(write_double(buffer, number.real) - buffer));
    }
}

inline void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_cut(out, text, longest_excerpt);
    out += '"';
}

inline void append_choices(std::string& out, const Option* rules, std::size_t count) {
    const char* between = "one of ";
    for (std::size_t i = 0; i < count; ++i) {
        if (rules[i].kind != OptionKind::one_of) continue;
        out += between;
        append_quoted(out, rules[i].text.view());
        between = ", ";
    }
}

/// What a rule asks for: `a number of at least 0`, `one of "success", "failure"`. Not of a span: to make one of a pointer costs whoever
/// includes this more than the rest of the file.
inline std::string rule_text(const Option* rules, std::size_t count, std::size_t at) {
    const Option& rule = rules[at];
    std::string out;
    switch (rule.kind) {
        case OptionKind::lowest:
            out = "at least ";
            append_number(out, rule.bound);
            break;
        case OptionKind::highest:
            out = "at most ";
            append_number(out, rule.bound);
            break;
        case OptionKind::length:
            out = "a length in [" + std::to_string(rule.low) + ", " + std::to_string(rule.high) + "]";
            break;
        case OptionKind::pattern:
            out = "a text that matches ";
            append_quoted(out, rule.text.view());
            break;
        default: append_choices(out, rules, count); break;
    }
    return out;
}

inline std::string broken_value_text(const Option& rule, const RuleValue& value) {
    std::string out;
    if (rule.kind == OptionKind::length) out = "a length of " + std::to_string(value.count);
    else if (value.type == RuleValue::Type::text) append_quoted(out, value.text);
    else append_number(out, value.number);
    return out;
}

inline void describe_broken(const Failure& failure, Error& error) {
    const auto* const rules = static_cast<const Option*>(failure.about);
    const auto at = static_cast<std::size_t>(failure.low);
    error.expected = rule_text(rules, static_cast<std::size_t>(failure.high), at);
    if (rules[at].kind == OptionKind::length) error.found = "a length of " + std::to_string(failure.count);
}

/// Notes each rule that the value at `at` breaks. False when reading ends with the first.
inline bool note_broken(Reader& r, const char* at, Rules rules, const RuleValue& value, bool lengths) {
    for (std::size_t i = 0; (i = next_broken(rules, i, value, lengths)) < rules.size(); ++i) {
        const Failure failure{.code = ErrorCode::broken_rule,
                              .at = at,
                              .describe = describe_broken,
                              .about = rules.data(),
                              .low = static_cast<std::int64_t>(i),
                              .high = rules.size(),
                              .count = value.count};
        if (r.violations == nullptr) return fail(r, failure) != nullptr;
        if (r.violations->size() < most_violations) r.violations->push_back(failure);
    }
    return true;
}

/// The failures as Errors, in the order of the text: so one walk through it finds all their places.
inline void append_errors(const Reader& r, PlainList<Failure>& failures, std::vector<Error>& out) {
    for (std::size_t i = 1; i < failures.size(); ++i)
        for (std::size_t k = i; k != 0 && failures[k].at < failures[k - 1].at; --k)
            std::swap(failures[k], failures[k - 1]);
    Locator locator{{r.begin, r.left(r.begin)}};
    for (const Failure& failure : failures) {
        Error& error = out.emplace_back();
        locator.locate(failure, error);
        describe(r, failure, error);
    }
}

/// Collects broken rules of a value in memory.
class BrokenRules final : public RuleSink {
public:
    explicit BrokenRules(std::vector<Error>& errors) noexcept : errors_{errors} {}

    bool broken(const RuleStep* where, Rules rules, std::size_t rule, const RuleValue& value) override {
        Error& error = errors_.emplace_back();
        error.code = ErrorCode::broken_rule;
        append_way(error.field, where);
        error.expected = rule_text(rules.data(), rules.size(), rule);
        error.found = broken_value_text(rules[rule], value);
        return errors_.size() < most_violations;
    }

private:
    static void append_way(std::string& out, const RuleStep* step) {
        if (step == nullptr) return;
        append_way(out, step->up);
        if (step->key.data() != nullptr) append_step(out, step->key);
        else out += '/' + std::to_string(step->index);
    }

    std::vector<Error>& errors_;
};

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Every rule that a value breaks, nested structs included; empty when it keeps them all.
///
///     for (const notch::Error& e : notch::check_rules(RunnerStart{.repo = "nobody", .idle = -1})) std::puts(e.message().c_str());
///     // /repo: expected a text that matches "?*/?*", found "nobody"
///     // /idle: expected at least 0, found -1.0
///
/// Each has code broken_rule and the field's JSON pointer; the first 100 are given. keeps_rules answers without allocating.
template <class T>
[[nodiscard]] std::vector<Error> check_rules(const T& value) {
    std::vector<Error> errors;
    detail::BrokenRules sink{errors};
    detail::walk_rules(value, {}, true, nullptr, sink);
    return errors;
}

}  // namespace notch::inline NOTCH_ABI

#endif
