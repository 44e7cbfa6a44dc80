// SPDX-License-Identifier: MIT
// expect: notch: a character is neither a text nor a number
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    char value;
#else
    std::int8_t value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
