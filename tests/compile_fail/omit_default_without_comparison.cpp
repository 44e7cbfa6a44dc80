// SPDX-License-Identifier: MIT
// expect: notch: omit_default has to compare the field
#include "notch.hpp"

struct Part {
    int n = 1;
#ifndef REFUSED
    bool operator==(const Part&) const = default;
#endif
};
struct Event {
    Part part;
    static constexpr auto notch_options() { return notch::field("part", notch::omit_default); }
};

std::string line(const Event& event) { return notch::to_json(event); }
