// SPDX-License-Identifier: MIT
// expect: notch: the key `event` belongs to the envelope
#include "notch.hpp"

struct Event {
#ifdef REFUSED
    int event;
#else
    std::string event;
#endif
};

std::string line(const Event& event) { return notch::to_line(event); }
