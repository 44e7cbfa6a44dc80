// SPDX-License-Identifier: MIT
// expect: notch: an event is a struct
#include "notch.hpp"

struct Event {
    int n;
};

#ifdef REFUSED
bool line(notch::Recorder& recorder) { return recorder.record("text"); }
#else
bool line(notch::Recorder& recorder) { return recorder.record(Event{1}); }
#endif
