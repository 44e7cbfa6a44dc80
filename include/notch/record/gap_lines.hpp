// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_GAP_LINES_HPP
#define NOTCH_RECORD_GAP_LINES_HPP

#include "../config.hpp"
#include "../base/buffer.hpp"
#include "../base/error.hpp"
#include "../json/encode.hpp"
#include "../json/integer.hpp"
#include "../json/keys.hpp"
#include "../json/time.hpp"
#include "gaps.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What a recorder writes of its own: the identity of a line, and the line that tells of dropped events.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::string_view gap_event = "notch_gap";
inline constexpr std::size_t max_gap_line = 320;

/// `,"notch_id":"<epoch>-<producer>-<sequence>"`, made anew for each line in the same place.
class Identity {
public:
    explicit Identity(std::uint64_t epoch) noexcept {
        char* at = put_plain(text_, ",\"notch_id\":\"");
        epoch_ = at;
        for (int shift = 60; shift >= 0; shift -= 4) *at++ = hex_digits[(epoch >> shift) & 15];
        *at++ = '-';
        numbers_ = at;
    }
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;

    [[nodiscard]] std::string_view epoch() const noexcept { return view_of(epoch_, 16); }

    /// Valid until the next call.
    [[nodiscard]] std::string_view of(std::uint32_t producer, std::uint64_t sequence) noexcept {
        char* at = write_u32(numbers_, producer);
        *at++ = '-';
        at = write_u64(at, sequence);
        *at++ = '"';
        return view_of(text_, static_cast<std::size_t>(at - text_));
    }

private:
    char text_[96];
    char* epoch_;
    char* numbers_;
};

/// Writes the line of a gap, with its newline, where max_gap_line bytes are free:
/// {"timestamp":..,"event":"notch_gap","epoch":"..","producer":3,"first":17,"last":19,"count":3,"reason":"full"}
inline char* put_gap_line(char* out, const Gap& gap, std::string_view epoch, std::uint32_t producer, std::int64_t now) noexcept {
    out = write_stamp(put_plain(out, timestamp_start), now);
    out = put_plain(put_plain(put_plain(out, event_start), gap_event), "\",\"epoch\":\"");
    out = put_plain(put_plain(out, epoch), "\",\"producer\":");
    out = put_plain(write_u32(out, producer), ",\"first\":");
    out = put_plain(write_u64(out, gap.first), ",\"last\":");
    out = put_plain(write_u64(out, gap.last), ",\"count\":");
    out = put_plain(write_u64(out, gap.last - gap.first + 1), ",\"reason\":\"");
    return put_plain(put_plain(out, words_for(gap.reason)), "\"}\n");
}

/// The same as an error, for events whose stream has no gap lines.
inline Error gap_error(const Gap& gap, std::uint32_t producer) {
    Error error;
    error.place = "record";
    error.expected = "room for every event";
    error.found = std::to_string(gap.last - gap.first + 1) + " dropped (" + std::string{words_for(gap.reason)} + "), producer " +
                  std::to_string(producer) + ", numbers " + std::to_string(gap.first) + " to " + std::to_string(gap.last);
    return error;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
