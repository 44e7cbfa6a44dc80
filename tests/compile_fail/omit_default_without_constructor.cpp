// SPDX-License-Identifier: MIT
// expect: notch: omit_default needs a struct with a default constructor
#include "notch.hpp"

struct Given {
    explicit Given(int from) : n{from} {}
    int n;
};
inline int notch_value(const Given& given) { return given.n; }

struct Event {
    int a;
#ifdef REFUSED
    Given given;
#else
    Given given{1};
#endif
    static constexpr auto notch_options() { return notch::field("a", notch::omit_default); }
};

std::string line(const Event& event) { return notch::to_json(event); }
