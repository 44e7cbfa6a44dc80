// SPDX-License-Identifier: MIT
// A field that is skipped leaves its key free.
// expect: notch: two fields have the same key
#include "notch.hpp"

struct Event {
    double timestamp;
    double at;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("at", notch::rename("timestamp"));
#else
        return notch::options(notch::field("timestamp", notch::skip), notch::field("at", notch::rename("timestamp")));
#endif
    }
};

std::string line(const Event& event) { return notch::to_line(event); }
