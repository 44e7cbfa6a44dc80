// SPDX-License-Identifier: MIT
// expect: notch: a pointer cannot be a field
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    std::vector<int*> value;
#else
    std::vector<const char*> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
