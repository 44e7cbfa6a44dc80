// SPDX-License-Identifier: MIT
// expect: notch: a character is neither a text nor a number
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    std::wstring value;
#else
    std::string value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
