// SPDX-License-Identifier: MIT
// expect: notch: a map that repeats keys cannot be a JSON object
#include "notch.hpp"

#include <map>

struct Event {
    int n;
#ifdef REFUSED
    std::multimap<std::string, int> value;
#else
    std::map<std::string, std::vector<int>> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
