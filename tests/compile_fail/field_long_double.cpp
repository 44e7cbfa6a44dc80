// SPDX-License-Identifier: MIT
// expect: notch: this number is wider than JSON readers keep
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    long double value;
#else
    double value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
