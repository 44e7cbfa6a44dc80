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

std::string line(const Refused& event) { return notch::to_line(event); }
