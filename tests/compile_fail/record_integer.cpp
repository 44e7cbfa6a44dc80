// SPDX-License-Identifier: MIT
// expect: notch: an event is a struct
#include "notch.hpp"

struct Event {
    int n;
};

#ifdef REFUSED
using Refused = int;
#else
using Refused = Event;
#endif

bool line(notch::Recorder& recorder, const Refused& event) { return recorder.record(event); }
