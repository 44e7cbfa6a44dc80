// SPDX-License-Identifier: MIT
// expect: notch: a field of this type is not supported
#include "notch.hpp"

struct Other {
    int m;
};

struct Event {
    int n;
#ifdef REFUSED
    int Other::* value;
#else
    int value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
