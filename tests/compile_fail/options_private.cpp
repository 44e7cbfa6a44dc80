// SPDX-License-Identifier: MIT
// Passed over in silence, the password would stand in the ledger.
// expect: notch: notch_options() stands in a private part of this class
#include "notch.hpp"

class Login {
public:
    Login() = default;
    NOTCH_FIELDS(password_)
#ifdef REFUSED
private:
#endif
    static constexpr auto notch_options() { return notch::field("password_", notch::redact); }

private:
    std::string password_;
};

std::string line(const Login& login) { return notch::to_json(login); }
