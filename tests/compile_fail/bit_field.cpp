// SPDX-License-Identifier: MIT
// Clang 14 cannot ask whether a structured binding is a bit-field; a bit-field alone takes as much room as its type.
// expect[clang<16]: cannot bind to bit-field
// expect: notch: a field is a bit-field
#include "notch.hpp"

struct Event {
#ifdef REFUSED
    unsigned a : 3;
#else
    unsigned a;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
