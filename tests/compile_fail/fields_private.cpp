// SPDX-License-Identifier: MIT
// expect: notch: NOTCH_FIELDS stands in a private part of this class
#include "notch.hpp"

class Login {
public:
    Login() = default;
#ifdef REFUSED
private:
#endif
    NOTCH_FIELDS(user_)

private:
    int user_ = 0;
};

std::string line(const Login& login) { return notch::to_json(login); }
