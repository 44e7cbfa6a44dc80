// SPDX-License-Identifier: MIT
// expect: notch: notch_options() names a field that the struct does not have
#include "notch.hpp"

struct Event {
    int repo;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::field("repository", notch::omit_empty);
#else
        return notch::field("repo", notch::rename("repository"), notch::omit_empty);
#endif
    }
};

std::string line(const Event& event) { return notch::to_json(event); }
