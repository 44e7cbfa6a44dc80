// SPDX-License-Identifier: MIT
// expect: notch: keys that begin with notch_ are reserved
#include "notch.hpp"

struct Event {
    int id;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("id", notch::rename("notch_"));
#else
        return notch::field("id", notch::rename("notch-id"));
#endif
    }
};

std::string line(const Event& event) { return notch::to_json(event); }
