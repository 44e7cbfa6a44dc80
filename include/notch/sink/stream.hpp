// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_STREAM_HPP
#define NOTCH_SINK_STREAM_HPP

#include "../config.hpp"
#include "../record/batch.hpp"
#include "descriptor.hpp"

#include <string>

namespace notch::inline NOTCH_ABI {

/// Writes lines to a descriptor that is open already: standard error, or any other.
///
///     notch::Recorder recorder{notch::StreamSink{}};   // stderr
///     notch::Recorder other{notch::StreamSink{1}};     // stdout
///
/// On Windows it is a descriptor of the C library, and newlines stay one byte. The descriptor is not closed and must stay open as long as the recorder. A pipe without a reader is an error of the sink,
/// not the end of the process: the recorder's thread takes no signals.
class StreamSink {
public:
    explicit StreamSink(int descriptor = 2) noexcept : descriptor_{descriptor} {}

    Delivery write(const Batch& batch) {
        return writer_.write(detail::descriptor_of_stream(descriptor_), batch, "descriptor " + std::to_string(descriptor_));
    }

private:
    int descriptor_;
    detail::LineWriter writer_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
