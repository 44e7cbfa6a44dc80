// SPDX-License-Identifier: MIT
// expect: notch: a pointer cannot be a field
#include "notch.hpp"

struct Inner {
    int* p;
};

struct Event {
    int n;
#ifdef REFUSED
    std::optional<Inner> value;
#else
    std::optional<int> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
