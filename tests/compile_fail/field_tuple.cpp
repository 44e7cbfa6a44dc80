// SPDX-License-Identifier: MIT
// expect: notch: this class cannot be reflected
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    std::pair<int, int> value;
#else
    std::array<int, 2> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
