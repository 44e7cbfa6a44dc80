// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_DESCRIPTOR_HPP
#define NOTCH_SINK_DESCRIPTOR_HPP

#include "../base/platform.hpp"
#include "../base/platform_stream.hpp"
#include "../config.hpp"
#include "../record/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// Writes batches to a descriptor and keeps track of a line that was cut off, so that the next one never runs into it.
class LineWriter {
public:
    /// A full descriptor is waited for once. From then on it is only asked, until it takes bytes again: the program is held up by
    /// each batch that waits in vain.
    Delivery write(int descriptor, const Batch& batch, std::string_view place, std::int64_t patience_nanoseconds = 1'000'000'000) {
        if (full_ && !takes_bytes(descriptor)) return failed(EAGAIN, 0, place);
        full_ = false;
        if (torn_) {
            const int error = write_stream(descriptor, "\n", patience_nanoseconds).error;
            if (error != 0) return failed(error, 0, place);
            torn_ = false;
        }
        const WriteOutcome outcome = write_stream(descriptor, batch.bytes, patience_nanoseconds);
        if (outcome.error == 0) return {batch.lines.size(), {}};
        const WholeLines whole = whole_lines(batch, outcome.written);
        torn_ = whole.bytes != outcome.written;
        return failed(outcome.error, whole.count, place);
    }

private:
    Delivery failed(int number, std::size_t accepted, std::string_view place) {
        full_ = number == EAGAIN;
        return {accepted, os_error(ErrorCode::write_failed, "write " + std::string{place}, "all bytes written", number)};
    }

    bool torn_ = false;
    bool full_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
