// SPDX-License-Identifier: MIT
// expect: notch: a pointer cannot be a field
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    int (*value)(int);
#else
    const char* value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
