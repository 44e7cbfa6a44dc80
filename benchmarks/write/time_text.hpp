// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_TIME_TEXT_HPP
#define NOTCH_BENCHMARKS_TIME_TEXT_HPP

#include "../common/events.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

/// A time as RFC 3339 text with nine digits of fraction, for the libraries that have nothing for it. Quick, so that it is
/// theirs and not this function's time that is measured.
class TimeText {
public:
    explicit TimeText(Time time) {
        const auto day = std::chrono::floor<std::chrono::days>(time);
        const std::chrono::year_month_day date{day};
        const std::chrono::hh_mm_ss clock{time - day};
        put(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, '-');
        put(static_cast<unsigned>(date.month()), 2, '-');
        put(static_cast<unsigned>(date.day()), 2, 'T');
        put(static_cast<std::uint64_t>(clock.hours().count()), 2, ':');
        put(static_cast<std::uint64_t>(clock.minutes().count()), 2, ':');
        put(static_cast<std::uint64_t>(clock.seconds().count()), 2, '.');
        put(static_cast<std::uint64_t>(clock.subseconds().count()), 9, 'Z');
    }

    [[nodiscard]] std::string_view view() const { return {text_, size_}; }

private:
    void put(std::uint64_t v, std::size_t digits, char after) {
        for (std::size_t i = digits; i-- > 0; v /= 10) text_[size_ + i] = static_cast<char>('0' + v % 10);
        size_ += digits;
        text_[size_++] = after;
    }

    char text_[32];
    std::size_t size_ = 0;
};

}  // namespace bench

#endif
