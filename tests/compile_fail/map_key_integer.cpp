// SPDX-License-Identifier: MIT
// expect: notch: a map's keys must be texts
#include "notch.hpp"

#include <map>

struct Event {
    int n;
#ifdef REFUSED
    std::map<int, int> value;
#else
    std::map<std::string, int> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
