// SPDX-License-Identifier: MIT
// expect: notch: a const field cannot be read
#include "notch.hpp"

struct Event {
    int n = 0;
#ifdef REFUSED
    const int value;
#else
    int value;
#endif
};

bool read(std::string_view text) { return static_cast<bool>(notch::from_json<Event>(text)); }
