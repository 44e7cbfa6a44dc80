// SPDX-License-Identifier: MIT
// expect: notch: scope() fills a duration: make the member a double (seconds)
#include "notch.hpp"

#include <string>

struct Work {
#ifdef REFUSED
    std::string duration;
#else
    double duration;
#endif
};

void work(notch::Recorder& recorder) { auto scope = recorder.scope(Work{}); }
