// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_READ_TIME_TEXT_HPP
#define NOTCH_BENCHMARKS_READ_TIME_TEXT_HPP

#include "../common/events.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

/// A time from RFC 3339 text that ends in Z, for the libraries that have nothing for it. Quick, so that it is theirs and not
/// this function's time that is measured: it does not look whether the day exists.
inline bool from_time_text(std::string_view text, Time& out) {
    const auto number = [text](std::size_t at, std::size_t digits, unsigned& value) {
        value = 0;
        for (std::size_t i = at; i < at + digits; ++i) {
            const auto digit = static_cast<unsigned>(text[i] - '0');
            if (digit > 9) return false;
            value = value * 10 + digit;
        }
        return true;
    };
    unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0;
    if (text.size() < 20 || text.size() > 30 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        text.back() != 'Z')
        return false;
    if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day) || !number(11, 2, hour) || !number(14, 2, minute) ||
        !number(17, 2, second))
        return false;
    if (text.size() > 21) {
        const std::size_t digits = text.size() - 21;
        if (text[19] != '.' || !number(20, digits, fraction)) return false;
        for (std::size_t i = digits; i < 9; ++i) fraction *= 10;
    }
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)}, std::chrono::month{month}, std::chrono::day{day}};
    out = std::chrono::sys_days{date} + std::chrono::seconds{hour * 3600 + minute * 60 + second} + std::chrono::nanoseconds{fraction};
    return true;
}

}  // namespace bench

#endif
