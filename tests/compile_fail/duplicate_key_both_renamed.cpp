// SPDX-License-Identifier: MIT
// The twin swaps two names, which is fine.
// expect: notch: two fields have the same key
#include "notch.hpp"

struct Event {
    int a;
    int b;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::options(notch::field("a", notch::rename("x")), notch::field("b", notch::rename("x")));
#else
        return notch::options(notch::field("a", notch::rename("b")), notch::field("b", notch::rename("a")));
#endif
    }
};

std::string line(const Event& event) { return notch::to_json(event); }
