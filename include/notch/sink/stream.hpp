// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_STREAM_HPP
#define NOTCH_SINK_STREAM_HPP

#include "../base/clock.hpp"
#include "../config.hpp"
#include "../record/batch.hpp"
#include "descriptor.hpp"

#include <string>

namespace notch::inline NOTCH_ABI {

/// Which descriptor a StreamSink writes to, and how long it waits for one that is full.
///
///     notch::StreamSink sink{notch::StreamOptions{.descriptor = 1, .patience = std::chrono::milliseconds{50}}};
struct StreamOptions {
    int descriptor = 2;
    /// Of a non-blocking descriptor: how long it may take no byte before the rest of a batch is dropped and counted. Later batches
    /// are dropped at once, until it takes bytes again. 0: it never waits.
    std::chrono::nanoseconds patience = std::chrono::seconds{1};
};

/// Writes lines to a descriptor that is open already: standard error, or any other.
///
///     notch::Recorder recorder{notch::StreamSink{}};   // stderr
///     notch::Recorder other{notch::StreamSink{1}};     // stdout
///
/// The descriptor is not closed, keeps its flags, and must stay open as long as the recorder. A batch of whole lines is one write(2). What
/// cannot be written is dropped, counted and told (ErrorCode::write_failed); a line that was cut off is ended before the next one. A
/// pipe without a reader is such an error (EPIPE) and not the end of the process, on the recorder's thread as on one that calls poll(); the
/// process's signals stay as they are. A descriptor that blocks is waited for without limit; close() and the destructor give up after
/// RecorderOptions::close_timeout. On Windows it is a descriptor of the C library, newlines stay one byte, and `patience` is a second.
class StreamSink {
public:
    explicit StreamSink(int descriptor = 2) noexcept : StreamSink{StreamOptions{.descriptor = descriptor}} {}
    explicit StreamSink(StreamOptions options) noexcept : options_{options} {}

    Delivery write(const Batch& batch) {
        const int descriptor = detail::descriptor_of_stream(options_.descriptor);
        return writer_.write(descriptor, batch, "descriptor " + std::to_string(options_.descriptor), options_.patience.count());
    }

private:
    StreamOptions options_;
    detail::LineWriter writer_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
