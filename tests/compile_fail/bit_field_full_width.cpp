// SPDX-License-Identifier: MIT
// As wide as its type: only binding a reference tells it from a whole integer.
// expect[clang<16]: cannot bind to bit-field
// expect: notch: a field is a bit-field
#include "notch.hpp"

struct Event {
#ifdef REFUSED
    unsigned a : 32;
#else
    unsigned a;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
