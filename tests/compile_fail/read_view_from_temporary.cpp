// SPDX-License-Identifier: MIT
// expect: notch: this type has a std::string_view, which would point into a temporary string
#include "notch.hpp"

struct Event {
    std::string_view text;
};

std::string make();
bool read() {
#ifdef REFUSED
    return static_cast<bool>(notch::from_json<Event>(make()));
#else
    const std::string text = make();
    return static_cast<bool>(notch::from_json<Event>(text));
#endif
}
