// SPDX-License-Identifier: MIT
// expect: notch: notch_options() stands in a private part of this class
#include "notch.hpp"

struct Login {
    std::string password;

#ifdef REFUSED
private:
#endif
    static constexpr auto notch_options() { return notch::field("password", notch::redact); }
};

std::string line(const Login& login) { return notch::to_json(login); }
