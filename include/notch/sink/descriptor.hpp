// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_DESCRIPTOR_HPP
#define NOTCH_SINK_DESCRIPTOR_HPP

#include "../base/platform.hpp"
#include "../config.hpp"
#include "../record/batch.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// Writes batches to a descriptor and keeps track of a line that was cut off, so that the next one never runs into it.
class LineWriter {
public:
    Delivery write(int descriptor, const Batch& batch, std::string_view place) {
        if (torn_) {
            const int error = write_bytes(descriptor, "\n").error;
            if (error != 0) return failed(error, 0, place);
            torn_ = false;
        }
        const WriteOutcome outcome = write_bytes(descriptor, batch.bytes);
        if (outcome.error == 0) return {batch.lines.size(), {}};
        std::size_t whole = 0;
        std::size_t bytes = 0;
        while (bytes + batch.lines[whole].size <= outcome.written) bytes += batch.lines[whole++].size;
        torn_ = bytes != outcome.written;
        return failed(outcome.error, whole, place);
    }

private:
    static Delivery failed(int number, std::size_t accepted, std::string_view place) {
        return {accepted, os_error(ErrorCode::write_failed, "write " + std::string{place}, "all bytes written", number)};
    }

    bool torn_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
