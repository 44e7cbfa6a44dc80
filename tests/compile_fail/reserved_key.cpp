// SPDX-License-Identifier: MIT
// expect: notch: keys that begin with notch_ are reserved
#include "notch.hpp"

struct Event {
#ifdef REFUSED
    int notch_id;
#else
    int notchId;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
