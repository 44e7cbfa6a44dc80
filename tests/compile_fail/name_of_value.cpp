// SPDX-License-Identifier: MIT
// expect: notch: write `static constexpr std::string_view notch_name()`
#include "notch.hpp"

struct Login {
    int user;
#ifdef REFUSED
    [[nodiscard]] std::string_view notch_name() const { return "log_in"; }
#else
    static constexpr std::string_view notch_name() { return "log_in"; }
#endif
};

std::string line(const Login& login) { return notch::to_line(login); }
