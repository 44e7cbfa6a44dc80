// SPDX-License-Identifier: MIT
// expect: notch: scope() fills a duration: make the member a double (seconds)
#include "notch.hpp"

#include <chrono>

struct Work {
#ifdef REFUSED
    int took;
#else
    std::chrono::milliseconds took;
#endif
};

void work(notch::Recorder& recorder) { auto scope = recorder.scope(Work{}, &Work::took); }
