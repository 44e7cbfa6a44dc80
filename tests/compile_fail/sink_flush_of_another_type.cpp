// SPDX-License-Identifier: MIT
// expect: notch: a sink's start(), flush() and idle() return notch::Result<void>
#include "notch.hpp"

struct Words {
    notch::Delivery write(const notch::Batch& batch) { return {batch.lines.size(), {}}; }
#ifdef REFUSED
    void flush() {}
#else
    notch::Result<void> flush() { return {}; }
#endif
};

void use() { notch::Recorder recorder{Words{}}; }
