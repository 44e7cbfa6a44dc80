// SPDX-License-Identifier: MIT
// expect: notch: a field is a reference
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    const std::string& value;
#else
    const std::string value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
