// SPDX-License-Identifier: MIT
// expect: notch: an alias is a key or alias of another field too
#include "notch.hpp"

struct Job {
    int id = 0;
    int number = 0;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("id", notch::alias("number"));
#else
        return notch::field("id", notch::alias("no"));
#endif
    }
};

bool reads(std::string_view text) { return notch::from_json<Job>(text).has_value(); }
