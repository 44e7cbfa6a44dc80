// SPDX-License-Identifier: MIT
// expect[cxx20]: notch: cannot count the fields of this struct: is one a reference?
// expect: notch: a field is a reference
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    int& value;
#else
    int value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
