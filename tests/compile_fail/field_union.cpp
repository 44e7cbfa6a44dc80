// SPDX-License-Identifier: MIT
// expect: notch: a union cannot be a field
#include "notch.hpp"

union Number {
    int i;
    double d;
};

struct Event {
    int n;
#ifdef REFUSED
    Number value;
#else
    std::optional<int> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
