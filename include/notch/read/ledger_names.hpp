// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_NAMES_HPP
#define NOTCH_READ_LEDGER_NAMES_HPP

#include "../config.hpp"
#include "../sink/ledger_names.hpp"

#include <string_view>

// In which order a ledger's older files were written, as far as their names tell.

namespace notch::inline NOTCH_ABI::detail {

/// Numbers as long as they like, without their leading zeros.
constexpr std::string_view significant_digits(std::string_view number) noexcept {
    while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
    return number;
}

/// Whether `a` is older than `b`. Timed names are older than numbered ones, of which a ledger rarely has both.
constexpr bool is_older(const LedgerName& a, const LedgerName& b) noexcept {
    if (a.age != b.age) return a.age < b.age;
    if (a.age != LedgerName::Age::numbered) return a.stamp < b.stamp;
    const std::string_view x = significant_digits(a.stamp);
    const std::string_view y = significant_digits(b.stamp);
    return x.size() != y.size() ? x.size() > y.size() : x > y;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
