// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LEDGER_NAMES_HPP
#define NOTCH_SINK_LEDGER_NAMES_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// The names that a ledger's older files have: those that notch gives them, and those of others that it knows. Names alone are
// looked at here.

namespace notch::inline NOTCH_ABI::detail {

/// What a name in the ledger's directory says.
struct LedgerName {
    enum class Age : std::uint8_t {
        foreign,   ///< not of this ledger
        timed,     ///< x.jsonl-20261124 or x-20261124T150405Z.jsonl: sorted as text, the least is the oldest
        numbered,  ///< x.jsonl.2 or x.2.jsonl: the largest is the oldest
        newest     ///< x.jsonl
    };
    Age age = Age::foreign;
    bool packed = false;       ///< behind all this stands .gz or the like
    std::string_view stamp{};  ///< the time or the number, as it stands in the name
};

constexpr bool is_number_character(char c) noexcept { return c >= '0' && c <= '9'; }

/// Of a time in a name: digits and what stands between them in the formats in use.
constexpr bool is_stamp_character(char c) noexcept {
    return is_number_character(c) || c == '-' || c == 'T' || c == 'Z' || c == '.' || c == '_';
}

template <class Belongs>
constexpr bool consists_of(std::string_view text, Belongs belongs) noexcept {
    for (const char c : text)
        if (!belongs(c)) return false;
    return !text.empty();
}

/// The length of a suffix of compression, or 0.
constexpr std::size_t packed_suffix(std::string_view name) noexcept {
    for (const std::string_view suffix : {".gz", ".zst", ".xz", ".bz2", ".lz4", ".Z"})
        if (name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix) return suffix.size();
    return 0;
}

/// `.12` or `-20261124`, as it stands before or behind the ending.
constexpr LedgerName stamped_name(std::string_view stamp) noexcept {
    constexpr std::size_t shortest_time = 8;  // YYYYMMDD
    if (stamp.size() < 2 || !is_number_character(stamp[1])) return {};
    const std::string_view rest = stamp.substr(1);
    if (stamp[0] == '.' && rest.size() < shortest_time && consists_of(rest, is_number_character))
        return {LedgerName::Age::numbered, false, rest};
    if ((stamp[0] != '-' && stamp[0] != '.') || rest.size() < shortest_time || !consists_of(rest, is_stamp_character)) return {};
    return {LedgerName::Age::timed, false, rest};
}

/// What `name` is beside the ledger `base`: `x.jsonl` has `x.jsonl.2`, `x.2.jsonl`, `x.jsonl-20261124`, `x-20261124.jsonl`.
constexpr LedgerName read_ledger_name(std::string_view name, std::string_view base) noexcept {
    if (name == base) return {LedgerName::Age::newest, false, {}};
    const std::size_t suffix = packed_suffix(name);
    name = name.substr(0, name.size() - suffix);
    LedgerName out;
    if (name.substr(0, base.size()) == base) out = stamped_name(name.substr(base.size()));
    const std::size_t dot = base.rfind('.');
    if (out.age == LedgerName::Age::foreign && dot != std::string_view::npos && dot != 0 && name.size() > base.size()) {
        const std::string_view stem = base.substr(0, dot);
        const std::string_view ending = base.substr(dot);
        const std::size_t end = name.size() - ending.size();
        if (name.substr(0, dot) == stem && name.substr(end) == ending) out = stamped_name(name.substr(dot, end - dot));
    }
    out.packed = suffix != 0;
    return out;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
