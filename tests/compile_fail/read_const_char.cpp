// SPDX-License-Identifier: MIT
// expect: notch: a const char* owns nothing
#include "notch.hpp"

struct Event {
    int n = 0;
#ifdef REFUSED
    const char* text;
#else
    std::string text;
#endif
};

bool read(std::string_view text) { return static_cast<bool>(notch::from_json<Event>(text)); }
