// SPDX-License-Identifier: MIT
// expect: notch: write `static constexpr auto notch_options()`
#include "notch.hpp"

struct Login {
    std::string password;
#ifdef REFUSED
    [[nodiscard]] constexpr auto notch_options() const { return notch::field("password", notch::redact); }
#else
    static constexpr auto notch_options() { return notch::field("password", notch::redact); }
#endif
};

std::string line(const Login& login) { return notch::to_json(login); }
