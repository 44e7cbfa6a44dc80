// SPDX-License-Identifier: MIT
// expect: notch: a rule does not fit its field
#include "notch.hpp"

struct Event {
    int count = 0;
    std::string text;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("text", notch::minimum(1));
#else
        return notch::field("count", notch::minimum(1));
#endif
    }
};

bool keeps(const Event& event) { return notch::keeps_rules(event); }
