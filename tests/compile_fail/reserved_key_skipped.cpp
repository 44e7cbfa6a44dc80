// SPDX-License-Identifier: MIT
// expect: notch: keys that begin with notch_ are reserved
#include "notch.hpp"

struct Event {
    int notch_id;
    int n;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("n", notch::defaulted);
#else
        return notch::field("notch_id", notch::skip);
#endif
    }
};

std::string line(const Event& event) { return notch::to_json(event); }
