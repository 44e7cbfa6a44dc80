// SPDX-License-Identifier: MIT
// expect: notch: a field is a reference
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    std::string&& value;
#else
    std::string value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
