// SPDX-License-Identifier: MIT
// expect: notch: notch_name() stands in a private part of this class
#include "notch.hpp"

struct Login {
    int user;

#ifdef REFUSED
private:
#endif
    static constexpr std::string_view notch_name() { return "log_in"; }
};

std::string line(const Login& login) { return notch::to_line(login); }
