// SPDX-License-Identifier: MIT
// expect: notch: write `static constexpr std::string_view notch_name()`
#include "notch.hpp"

struct Login {
    int user;
#ifdef REFUSED
    static constexpr int notch_name() { return 7; }
#else
    static constexpr const char* notch_name() { return "log_in"; }
#endif
};

std::string line(const Login& login) { return notch::to_line(login); }
