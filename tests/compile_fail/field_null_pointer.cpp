// SPDX-License-Identifier: MIT
// expect: notch: a field of this type is not supported
#include "notch.hpp"

struct Event {
    int n;
#ifdef REFUSED
    std::nullptr_t value;
#else
    std::optional<int> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
