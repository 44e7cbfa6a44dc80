// SPDX-License-Identifier: MIT
// expect: notch: a sink's start(), flush() and idle() return notch::Result<void>, its stats() is const
#include "notch.hpp"

struct Words {
    notch::Delivery write(const notch::Batch& batch) { return {batch.lines.size(), {}}; }
#ifdef REFUSED
    std::vector<notch::SinkStats> stats() { return {}; }
#else
    [[nodiscard]] std::vector<notch::SinkStats> stats() const { return {}; }
#endif
};

void use() { notch::Recorder recorder{Words{}}; }
