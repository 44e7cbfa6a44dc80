// SPDX-License-Identifier: MIT
// expect: notch: a pointer cannot be a field
#include "notch.hpp"

struct Refusal {
    int* p;
};

struct Event {
    int n;
};

#ifdef REFUSED
using Refused = Refusal;
#else
using Refused = Event;
#endif

bool line(notch::Recorder& recorder, const Refused& event) { return recorder.record(event); }
