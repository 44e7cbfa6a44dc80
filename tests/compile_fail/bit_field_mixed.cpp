// SPDX-License-Identifier: MIT
// expect: notch: a field is a bit-field
#include "notch.hpp"

struct Event {
#ifdef REFUSED
    int first;
    unsigned a : 3;
    unsigned b : 4;
    std::string last;
#else
    int first;
    unsigned a;
    unsigned b;
    std::string last;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
