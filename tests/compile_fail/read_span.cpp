// SPDX-License-Identifier: MIT
// expect: notch: this list cannot be read: use a container with push_back or insert
#include "notch.hpp"

#include <span>

struct Samples {
#ifdef REFUSED
    std::span<const int> values;
#else
    std::vector<int> values;
#endif
};

bool reads(std::string_view text) { return notch::from_json<Samples>(text).has_value(); }
