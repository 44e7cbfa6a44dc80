// SPDX-License-Identifier: MIT
// expect: notch: two fields have the same key
#include "notch.hpp"

struct Event {
    int a;
    int b;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("b", notch::rename("a"));
#else
        return notch::field("b", notch::rename("c"));
#endif
    }
};

std::string line(const Event& event) { return notch::to_json(event); }
