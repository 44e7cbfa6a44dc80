// SPDX-License-Identifier: MIT
// The constructor is constrained, so that std::is_constructible tells the truth.
// expect[clang]: no matching
// expect: no matching function for call
#include "notch.hpp"

struct Words {
#ifdef REFUSED
    void say(const notch::Batch&) {}
#else
    notch::Delivery write(const notch::Batch& batch) { return notch::NullSink{}.write(batch); }
#endif
};

void use() { notch::Recorder recorder{Words{}}; }
