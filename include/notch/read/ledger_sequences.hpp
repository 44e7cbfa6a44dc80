// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_SEQUENCES_HPP
#define NOTCH_READ_LEDGER_SEQUENCES_HPP

#include "../base/plain_list.hpp"
#include "../config.hpp"
#include "../macros.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Which numbers of a sequence were seen, as runs without a hole: one run for a ledger that is as it should be.

namespace notch::inline NOTCH_ABI::detail {

/// Where a line stands, for as many as there may be: the name of its file stands elsewhere.
struct LinePlace {
    std::uint64_t byte = 0;
    std::uint64_t number = 0;
    std::uint32_t file = 0;
};

struct SequenceRun {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    LinePlace place{};  ///< of the line that began it: what is missing is missing before that line
};

class SequenceRuns {
public:
    /// Notes one number; false when it was there.
    NOTCH_INTERNAL_INLINE bool add(std::uint64_t number, const LinePlace& place) {
        if (!runs_.empty() && number != 0 && runs_.back().last == number - 1) [[likely]] {
            runs_.back().last = number;
            return true;
        }
        return add_range(number, number, place) == 1;
    }

    /// Notes all numbers from `first` to `last`, both included; how many of them are new. (2^64 numbers do not occur.)
    std::uint64_t add_range(std::uint64_t first, std::uint64_t last, const LinePlace& place) {
        const std::size_t begin = first_touching(first);
        std::size_t end = begin;
        SequenceRun joined{first, last, place};
        std::uint64_t known = 0;
        for (; end < runs_.size() && touches(runs_[end], last); ++end) {
            const SequenceRun& run = runs_[end];
            const std::uint64_t low = run.first > first ? run.first : first;
            const std::uint64_t high = run.last < last ? run.last : last;
            if (low <= high) known += high - low + 1;
            if (run.first <= joined.first) joined = {run.first, joined.last, run.place};
            if (run.last > joined.last) joined.last = run.last;
        }
        replace(begin, end, joined);
        return last - first + 1 - known;
    }

    [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
    [[nodiscard]] const PlainList<SequenceRun>& runs() const noexcept { return runs_; }
    [[nodiscard]] std::uint64_t highest() const noexcept { return runs_.empty() ? 0 : runs_.back().last; }

    /// Calls `found(first, last)` for what of a range is not noted.
    template <class F>
    void holes(std::uint64_t first, std::uint64_t last, F found) const {
        std::uint64_t next = first;
        for (std::size_t i = first_touching(first); i < runs_.size() && runs_[i].first <= last; ++i) {
            if (runs_[i].last < next) continue;
            if (runs_[i].first > next) found(next, runs_[i].first - 1);
            if (runs_[i].last >= last) return;
            next = runs_[i].last + 1;
        }
        found(next, last);
    }

    /// Forgets everything up to a number.
    void drop_to(std::uint64_t end) {
        std::size_t count = 0;
        while (count < runs_.size() && runs_[count].last <= end) ++count;
        runs_.erase(0, count);
        if (!runs_.empty() && runs_[0].first <= end) runs_[0].first = end + 1;
    }

private:
    /// The first run that ends at `first` - 1 or later.
    [[nodiscard]] std::size_t first_touching(std::uint64_t first) const noexcept {
        std::size_t low = 0;
        for (std::size_t high = runs_.size(); low < high;) {
            const std::size_t middle = low + (high - low) / 2;
            if (first == 0 || runs_[middle].last >= first - 1) high = middle;
            else low = middle + 1;
        }
        return low;
    }
    static bool touches(const SequenceRun& run, std::uint64_t last) noexcept { return run.first <= last || run.first - 1 == last; }

    void replace(std::size_t begin, std::size_t end, const SequenceRun& run) {
        if (begin == end) return runs_.insert(begin, run);
        runs_[begin] = run;
        runs_.erase(begin + 1, end);
    }

    PlainList<SequenceRun> runs_{};  // in order, never touching each other
};

// ---- ids -----------------------------------------------------------------------------------------------------------

/// A `notch_id`: epoch as 16 lower-case hexadecimal digits, producer and sequence as decimals.
struct LedgerId {
    std::uint64_t epoch = 0;
    std::uint64_t producer = 0;
    std::uint64_t sequence = 0;
};

inline constexpr std::size_t epoch_digits = 16;

constexpr bool read_epoch(std::string_view text, std::uint64_t& out) noexcept {
    if (text.size() != epoch_digits) return false;
    out = 0;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'a' || c > 'f')) return false;
        out = out << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/// A decimal without sign and leading zeros that 64 bits hold.
constexpr bool read_decimal(std::string_view text, std::uint64_t& out) noexcept {
    if (text.empty() || text.size() > 20 || (text.size() > 1 && text[0] == '0')) return false;
    out = 0;
    for (const char c : text) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (c < '0' || c > '9' || out > (~std::uint64_t{0} - digit) / 10) return false;
        out = out * 10 + digit;
    }
    return true;
}

constexpr bool read_ledger_id(std::string_view text, LedgerId& out) noexcept {
    if (text.size() < epoch_digits + 4 || text[epoch_digits] != '-') return false;
    const std::string_view rest = text.substr(epoch_digits + 1);
    const std::size_t dash = rest.find('-');
    if (dash == std::string_view::npos) return false;
    return read_epoch(text.substr(0, epoch_digits), out.epoch) && read_decimal(rest.substr(0, dash), out.producer) &&
           read_decimal(rest.substr(dash + 1), out.sequence);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
