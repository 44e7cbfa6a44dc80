// SPDX-License-Identifier: MIT
// expect: notch: this class cannot be reflected: list its fields inside it with NOTCH_FIELDS(a, b, c)
#include "notch.hpp"

class Base {
public:
    Base() {}
    int inherited = 1;
    NOTCH_FIELDS(inherited)
};

#ifdef REFUSED
class Event : public Base {
public:
    Event() {}
    int own = 2;
};
#else
class Event : public Base {
public:
    Event() {}
    int own = 2;
    NOTCH_FIELDS(inherited, own)
};
#endif

std::string line(const Event& event) { return notch::to_json(event); }
