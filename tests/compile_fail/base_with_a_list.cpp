// SPDX-License-Identifier: MIT
// The list that is inherited would leave out the struct's own field.
// expect: notch: a struct with a base needs its fields listed: write NOTCH_FIELDS(a, b, c) inside it
#include "notch.hpp"

struct Base {
    int inherited = 1;
    NOTCH_FIELDS(inherited)
};

#ifdef REFUSED
struct Event : Base {
    int own = 2;
};
#else
struct Event : Base {
    int own = 2;
    NOTCH_FIELDS(inherited, own)
};
#endif

std::string line(const Event& event) { return notch::to_json(event); }
