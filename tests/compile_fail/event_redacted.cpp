// SPDX-License-Identifier: MIT
// expect: notch: the envelope's timestamp and event cannot be redacted
#include "notch.hpp"

struct Event {
    std::string event;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("event", notch::redact);
#else
        return notch::options(notch::field("event", notch::redact), notch::no_envelope);
#endif
    }
};

std::string line(const Event& event) { return notch::to_line(event); }
