// SPDX-License-Identifier: MIT
// expect: notch: this class cannot be reflected
#include "notch.hpp"

#include <memory>

struct Event {
    int n;
#ifdef REFUSED
    std::unique_ptr<int> value;
#else
    std::optional<int> value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
