// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_DECODE_HPP
#define NOTCH_JSON_DECODE_HPP

#include "../base/plain_list.hpp"
#include "../base/error.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../event/event.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "decode_shape.hpp"
#include "decode_values.hpp"
#include "limits.hpp"
#include "locate.hpp"
#include "parse.hpp"
#include "read_types.hpp"
#include "violations.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// from_json, from_line and validate_json.

namespace notch::inline NOTCH_ABI::detail {

using ReadRoot = const char*(Reader& r, const char* at, void* out);

template <class T, bool Line>
const char* read_root(Reader& r, const char* at, void* out) {
    static constexpr Member root{};
    T& value = *static_cast<T*>(out);
    if constexpr (Line) {
        constexpr bool event = kind_of<T>() == Kind::object;
        static_assert(event, "notch: a line holds an event, which is a struct: use from_json for other types");
        if constexpr (event) return read_struct<true>(r, at, value);
        else return nullptr;
    } else {
        return read_value<ReadMode{}>(r, at, value, root);
    }
}

/// The whole text into `out`; false: the failure is in the reader. What the value's own types throw is taken for a lack of
/// memory, which it nearly always is.
inline bool read_document(Reader& r, ReadRoot* read, void* out) noexcept {
    NOTCH_INTERNAL_TRY {
        const char* at = begin_text(r);
        if (at != nullptr) at = read(r, at, out);
        return at != nullptr && end_text(r, at);
    }
    NOTCH_INTERNAL_CATCH_ALL {
        r.failure.code = ErrorCode::no_memory;
        return false;
    }
}

/// The texts are short enough to need no memory themselves.
inline Error out_of_memory() noexcept {
    Error error;
    error.code = ErrorCode::no_memory;
    error.expected = "memory";
    error.found = "none";
    return error;
}

NOTCH_INTERNAL_COLD inline Error read_error(const Reader& r) noexcept {
    if (r.failure.code == ErrorCode::no_memory) return out_of_memory();
    NOTCH_INTERNAL_TRY { return make_error(r); }
    NOTCH_INTERNAL_CATCH_ALL { return out_of_memory(); }
}

/// The broken rules as Errors behind those that are in `violations`; the first of them fails the reading.
inline bool append_violations(Reader& r, PlainList<Failure>& failures, std::vector<Error>& violations) noexcept {
    NOTCH_INTERNAL_TRY {
        append_errors(r, failures, violations);
        if (!failures.empty()) r.failure = failures[0];
        return failures.empty();
    }
    NOTCH_INTERNAL_CATCH_ALL {
        r.failure.code = ErrorCode::no_memory;
        return false;
    }
}

template <class T, bool Line>
Result<T> read_text_as(std::string_view text, const Limits& limits, TextStore* store = nullptr) {
    if constexpr (readable_kind<T>() == Kind::unsupported) {
        return Error{};
    } else {
        Reader r{text, limits};
        r.line = Line;
        r.store = store;
        Result<T> result{std::in_place};
        if (!read_document(r, read_root<T, Line>, &*result)) result = read_error(r);
        return result;
    }
}

template <class T, bool Line>
Result<T> read_text_as(std::string_view text, const Limits& limits, std::vector<Error>& violations) {
    if constexpr (readable_kind<T>() == Kind::unsupported) {
        return Error{};
    } else {
        PlainList<Failure> failures;
        Reader r{text, limits};
        r.line = Line;
        r.violations = &failures;
        Result<T> result{std::in_place};
        const bool read = read_document(r, read_root<T, Line>, &*result);
        const Failure failure = r.failure;
        const bool kept = append_violations(r, failures, violations);
        if (!read) r.failure = failure;  // what ended reading is told rather than a rule broken before it
        if (!read || !kept) result = read_error(r);
        return result;
    }
}

template <class T>
consteval void refuse_dangling() {
    constexpr bool copies = !borrows_text<T>;
    static_assert(
        copies,
        "notch: this type has a std::string_view, which would point into a temporary string: keep the text in a "
        "variable that outlives the value, or use std::string in the type");
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Reads a value from JSON text; strict, bounded, exact.
///
///     struct Job { std::uint32_t cpu; std::optional<double> idle; };
///     auto job = notch::from_json<Job>(R"({"cpu":4,"comment":"skipped"})");  // job->cpu == 4
///     auto bad = notch::from_json<Job>(R"({"cpu":-1})");
///     // bad.error().message(): line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1
///
/// The text must be one JSON value by RFC 8259 and nothing else, in valid UTF-8 without byte order mark or lone surrogates. A
/// field given twice, a missing field (other than an optional or one marked defaulted, omit_empty or omit_default), a value
/// outside its type, an unknown enum text and a broken rule are errors; keys that the struct does not have are checked and skipped,
/// or refused by `limits`. Nothing is converted: no fraction or exponent is read into an integer, no number from a string. Numbers
/// too close to zero for a double read as 0, those too large are errors. Takes linear time; allocates what the value itself needs.
///
/// A std::string_view in T points into `text`, which must outlive it, and takes only strings without escapes (else
/// needs_copy). Thread-safe. Errors: syntax, encoding, trailing, type_mismatch, out_of_range, unknown_value, missing_field,
/// duplicate_key, unknown_key, broken_rule, needs_copy, limit, no_memory.
template <class T>
[[nodiscard]] Result<T> from_json(std::string_view text, const Limits& limits = {}) {
    return detail::read_text_as<T, false>(text, limits);
}

/// from_json that goes on after a broken rule and appends all of them (the first 100) to `violations`; the result is then the first.
///
///     std::vector<notch::Error> violations;
///     auto job = notch::from_json<Job>(text, {}, violations);
///     for (const notch::Error& e : violations) std::puts(notch::explain(e, text).c_str());
///
/// An error that is no broken rule ends reading as ever; it is the result, and not among the violations.
template <class T>
[[nodiscard]] Result<T> from_json(std::string_view text, const Limits& limits, std::vector<Error>& violations) {
    return detail::read_text_as<T, false>(text, limits, violations);
}

/// A temporary string is taken when T copies what it reads.
template <class T, detail::TemporaryString Text, class... Rest>
[[nodiscard]] Result<T> from_json(Text&& text, const Limits& limits = {}, Rest&... violations) {
    detail::refuse_dangling<T>();
    return detail::read_text_as<T, false>(std::string_view{text.data(), text.size()}, limits, violations...);
}

/// Reads an event from a line of a ledger, as to_line writes it.
///
///     auto start = notch::from_line<RunnerStart>(R"({"timestamp":1.5,"event":"runner_start","flavor":"small"})");
///
/// As from_json, but with the envelope: `event` must be the event's name (wrong_event), unless the struct has a text member
/// `event`, which then takes a name that is not its own; `timestamp` goes into the member of that name, or is passed over; keys
/// that begin with `notch_` are passed over. Where a number is due, null reads as NaN, since NaN is written so.
///
/// Thread-safe. Errors: those of from_json, and wrong_event. With `violations`, as from_json with them.
template <class T>
[[nodiscard]] Result<T> from_line(std::string_view text, const Limits& limits = {}) {
    return detail::read_text_as<T, true>(text, limits);
}
template <class T>
[[nodiscard]] Result<T> from_line(std::string_view text, const Limits& limits, std::vector<Error>& violations) {
    return detail::read_text_as<T, true>(text, limits, violations);
}
template <class T, detail::TemporaryString Text, class... Rest>
[[nodiscard]] Result<T> from_line(Text&& text, const Limits& limits = {}, Rest&... violations) {
    detail::refuse_dangling<T>();
    return detail::read_text_as<T, true>(std::string_view{text.data(), text.size()}, limits, violations...);
}

/// Whether the whole text is one valid JSON value within the limits.
///
///     if (auto valid = notch::validate_json(text); !valid) std::puts(notch::explain(valid.error(), text).c_str());
///
/// As strict as from_json. Repeated keys are allowed, as JSON allows them. Allocates nothing when the text is valid.
[[nodiscard]] inline Result<void> validate_json(std::string_view text, const Limits& limits = {}) {
    detail::Reader r{text, limits};
    if (detail::check_text(r)) return {};
    return detail::read_error(r);
}

}  // namespace notch::inline NOTCH_ABI

#endif
