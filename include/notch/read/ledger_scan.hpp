// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_SCAN_HPP
#define NOTCH_READ_LEDGER_SCAN_HPP

#include "../base/error.hpp"
#include "../config.hpp"
#include "../json/cursor.hpp"
#include "../json/limits.hpp"
#include "../json/parse.hpp"
#include "../json/read_values.hpp"
#include "../json/scan.hpp"
#include "../macros.hpp"

#include <cstddef>
#include <cstring>
#include <string_view>

// One line of a ledger as JSON: whether it is an object, what its event is called, and which part of a damaged line is still a
// whole one.

namespace notch::inline NOTCH_ABI::detail {

/// What is noted of a line while it is checked: the values of two keys, where they are texts. Of a key given twice, the first.
struct LineKeys {
    StringToken event{};
    StringToken id{};
    bool has_event = false;
    bool has_id = false;
};

NOTCH_INTERNAL_INLINE const char* scan_value(Reader& r, const char* at) noexcept {
    const char c = r.peek(at);
    if (c == '"') {
        StringToken token;
        return scan_string(r, at, token);
    }
    return opens(c) ? skip_container(r, at) : skip_scalar(r, at);
}

/// The value of a key of the line; a text under one of the two keys is noted.
NOTCH_INTERNAL_INLINE const char* scan_line_value(Reader& r, const char* at, StringToken key, LineKeys& keys) noexcept {
    if (r.peek(at) != '"') return scan_value(r, at);
    StringToken token;
    at = scan_string(r, at, token);
    if ((key.size == 5 || key.escaped) && !keys.has_event && reads_as(key, "event")) {
        keys.event = token;
        keys.has_event = at != nullptr;
    } else if ((key.size == 8 || key.escaped) && !keys.has_id && reads_as(key, "notch_id")) {
        keys.id = token;
        keys.has_id = at != nullptr;
    }
    return at;
}

/// The members of an object that has some, up to what follows the last, which should be the brace.
inline const char* scan_line_members(Reader& r, const char* at, LineKeys& keys) noexcept {
    for (std::size_t room = r.limits->max_elements;; --room) {
        if (room == 0) return fail_elements(r, at, true);
        if (r.peek(at) != '"') return fail_in_container(r, at, "a key in quotes");
        StringToken key;
        at = scan_string(r, at, key);
        if (at == nullptr) return nullptr;
        at = skip_colon(r, at);
        if (at == nullptr) return nullptr;
        at = scan_line_value(r, at, key, keys);
        if (at == nullptr) return nullptr;
        at = skip_space(r, at);
        if (r.peek(at) != ',') return at;
        at = skip_space(r, at + 1);
    }
}

/// Where a line is no object: as JSON of another type, or as what it is.
NOTCH_INTERNAL_COLD inline bool fail_line(Reader& r, const char* at) noexcept {
    const char* const after = skip_value(r, at);
    if (after != nullptr && end_text(r, after)) fail(r, ErrorCode::type_mismatch, at, "an object");
    return false;
}

/// Whether the whole text is one JSON object within the limits; else the failure is in the reader.
inline bool scan_line(Reader& r, LineKeys& keys) noexcept {
    const char* at = begin_text(r);
    if (at == nullptr) return false;
    if (r.peek(at) != '{') return fail_line(r, at);
    if (!enter(r)) return fail_depth(r, at) != nullptr;
    at = skip_space(r, at + 1);
    if (r.peek(at) != '}') at = scan_line_members(r, at, keys);
    if (at == nullptr) return false;
    if (r.peek(at) != '}') return fail_separator(r, at, true) != nullptr;
    leave(r);
    return end_text(r, at + 1);
}

// ---- the name at a glance ------------------------------------------------------------------------------------------

inline constexpr std::string_view line_start = R"({"timestamp":)";
inline constexpr std::string_view line_event = R"(,"event":")";

/// Where the event's name begins in a line that begins as notch begins it: with its time. Null elsewhere.
NOTCH_INTERNAL_INLINE const char* peek_event(std::string_view line) noexcept {
    constexpr std::size_t longest_time = 48;
    constexpr std::size_t shortest = line_start.size() + line_event.size() + 2;
    if (line.size() < shortest || std::memcmp(line.data(), line_start.data(), line_start.size()) != 0) return nullptr;
    const char* at = line.data() + line_start.size();
    const char* const end = line.data() + line.size();
    const char* const stop = end - at > std::ptrdiff_t{longest_time} ? at + longest_time : end;
    while (at != stop && *at != ',') ++at;
    if (end - at < static_cast<std::ptrdiff_t>(line_event.size())) return nullptr;
    return std::memcmp(at, line_event.data(), line_event.size()) == 0 ? at + line_event.size() : nullptr;
}

/// The event's name where notch writes it, unless it has escapes. Nothing is checked: who finds a name here reads the line in full or
/// scans it.
NOTCH_INTERNAL_INLINE bool peek_event(std::string_view line, std::string_view& name) noexcept {
    const char* const from = peek_event(line);
    if (from == nullptr) return false;
    const char* const end = line.data() + line.size();
    const char* at = from;
    while (at != end && *at != '"' && *at != '\\') ++at;
    if (at == end || *at == '\\') return false;
    name = {from, static_cast<std::size_t>(at - from)};
    return true;
}

// ---- damaged lines -------------------------------------------------------------------------------------------------

/// A torn line has the next one glued to it where its writer was killed and nobody ended it; after a crash of the system there may be
/// zeros before a line. Gives back the whole line at the end of the text, or nothing. `text` is not a whole line itself.
NOTCH_INTERNAL_COLD inline std::string_view salvage_line(std::string_view text, const Limits& limits) noexcept {
    constexpr int most_tries = 8;  // each costs a pass over the line
    const auto whole = [&limits](std::string_view part) {
        Reader r{part, limits};
        LineKeys keys;
        return scan_line(r, keys);
    };
    std::size_t zeros = 0;
    while (zeros < text.size() && text[zeros] == '\0') ++zeros;
    if (zeros != 0 && whole(text.substr(zeros))) return text.substr(zeros);
    std::size_t at = text.size();
    for (int tries = 0; tries < most_tries && at != 0; ++tries) {
        at = text.rfind(line_start, at - 1);
        if (at == 0 || at == std::string_view::npos) break;
        const std::string_view part = text.substr(at);
        if (peek_event(part) != nullptr && whole(part)) return part;
    }
    return {};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
