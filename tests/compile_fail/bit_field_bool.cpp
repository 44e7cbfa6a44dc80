// SPDX-License-Identifier: MIT
// expect: notch: a field is a bit-field
#include "notch.hpp"

struct Event {
#ifdef REFUSED
    bool a : 1;
    bool b : 1;
#else
    bool a;
    bool b;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
