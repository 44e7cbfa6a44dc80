// SPDX-License-Identifier: MIT
// expect: notch: the envelope's timestamp and event cannot be redacted
#include "notch.hpp"

struct Event {
    double timestamp;
    double at;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("timestamp", notch::redact);
#else
        return notch::field("at", notch::redact);
#endif
    }
};

std::string line(const Event& event) { return notch::to_line(event); }
