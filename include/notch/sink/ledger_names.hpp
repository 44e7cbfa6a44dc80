// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LEDGER_NAMES_HPP
#define NOTCH_SINK_LEDGER_NAMES_HPP

#include "../config.hpp"
#include "../json/integer.hpp"
#include "../json/number_text.hpp"
#include "../json/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
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

// ---- the names that notch gives ------------------------------------------------------------------------------------

/// `20261124T150405.123456`, UTC: these texts have the order of their times.
inline std::string rotation_stamp(std::int64_t microseconds) {
    const SplitTime time = split_time<1'000'000>(microseconds);
    const SplitTime day = split_time<86'400>(time.seconds);
    const CivilDate date = civil_date(static_cast<std::int32_t>(day.seconds));
    const std::uint32_t minutes = day.fraction / 60;
    const std::uint32_t hours = minutes / 60;
    char text[] = "00000000T000000.000000";
    write_4_digits(text, date.year);
    write_pair(text + 4, date.month);
    write_pair(text + 6, date.day);
    write_pair(text + 9, hours);
    write_pair(text + 11, minutes - hours * 60);
    write_pair(text + 13, day.fraction - minutes * 60);
    const std::uint32_t first_two = time.fraction / 10'000;
    write_pair(text + 16, first_two);
    write_4_digits(text + 18, time.fraction - first_two * 10'000);
    return text;
}

/// The time of such a stamp; -1 when it is another text.
inline std::int64_t time_of_rotation(std::string_view stamp) {
    if (stamp.size() != 22 || stamp[8] != 'T' || stamp[15] != '.') return -1;
    for (std::size_t i = 0; i < stamp.size(); ++i)
        if (i != 8 && i != 15 && !is_number_character(stamp[i])) return -1;
    const auto number = [stamp](std::size_t at, std::size_t digits) {
        std::int64_t out = 0;
        for (std::size_t i = at; i < at + digits; ++i) out = out * 10 + (stamp[i] - '0');
        return out;
    };
    const std::int64_t seconds = number(9, 2) * 3'600 + number(11, 2) * 60 + number(13, 2);
    if (number(4, 2) < 1 || number(4, 2) > 12) return -1;
    const std::int64_t days = days_to(number(0, 4), number(4, 2), number(6, 2));
    const std::int64_t out = (days * 86'400 + seconds) * 1'000'000 + number(16, 6);
    return out >= 0 && rotation_stamp(out) == stamp ? out : -1;
}

/// What the file is called that is `x.jsonl` now: `x-20261124T150405.123456.jsonl`.
inline std::string rotated_name(std::string_view base, std::string_view stamp) {
    const std::size_t dot = base.rfind('.');
    const std::size_t stem = dot == std::string_view::npos || dot == 0 ? base.size() : dot;
    std::string out{base.substr(0, stem)};
    out += '-';
    out += stamp;
    out += base.substr(stem);
    return out;
}

/// When notch gave the name, of which `read` is what it says; -1 when it did not.
inline std::int64_t rotation_time_of_name(std::string_view name, const LedgerName& read, std::string_view base) {
    if (read.age != LedgerName::Age::timed) return -1;
    const std::string own = rotated_name(base, read.stamp);
    return name.substr(0, own.size()) == own ? time_of_rotation(read.stamp) : -1;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
