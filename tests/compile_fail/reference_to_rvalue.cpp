// SPDX-License-Identifier: MIT
// Clang 14 has only the sizes of the fields to tell by, and takes it for a bit-field.
// expect[clang<16]: notch: a field is a bit-field
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
