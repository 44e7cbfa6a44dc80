// SPDX-License-Identifier: MIT
// The twin names itself.
// expect: notch: an unnamed struct cannot be an event
#include "notch.hpp"

struct {
    int n = 1;
#ifndef REFUSED
    static constexpr std::string_view notch_name() { return "unnamed"; }
#endif
} const event;

std::string line() { return notch::to_line(event); }
