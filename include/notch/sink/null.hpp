// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_NULL_HPP
#define NOTCH_SINK_NULL_HPP

#include "../config.hpp"
#include "../record/batch.hpp"

namespace notch::inline NOTCH_ABI {

/// Takes every line and keeps none: to switch recording off, or to measure it.
///
///     notch::Recorder recorder{notch::NullSink{}};
struct NullSink {
    Delivery write(const Batch& batch) noexcept { return {batch.lines.size(), {}}; }
};

}  // namespace notch::inline NOTCH_ABI

#endif
