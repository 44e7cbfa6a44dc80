// SPDX-License-Identifier: MIT
// expect: notch: a struct with a base needs its fields listed: write NOTCH_FIELDS(a, b, c) inside it
#include "notch.hpp"

struct Base {};

#ifdef REFUSED
struct Event : Base {};
#else
struct Event : Base {
    NOTCH_FIELDS()
};
#endif

std::string line(const Event& event) { return notch::to_json(event); }
