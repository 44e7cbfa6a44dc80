// SPDX-License-Identifier: MIT
// expect: notch: the key `event` belongs to the envelope
#include "notch.hpp"

struct Event {
    int event;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("event", notch::defaulted);
#else
        return notch::no_envelope;
#endif
    }
};

std::string line(const Event& event) { return notch::to_line(event); }
