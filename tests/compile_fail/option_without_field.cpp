// SPDX-License-Identifier: MIT
// expect: notch: notch_options() has an option without a field
#include "notch.hpp"

struct Login {
    std::string password;
    static constexpr auto notch_options() {
#ifdef REFUSED
        return notch::options(notch::redact, notch::no_envelope);
#else
        return notch::options(notch::field("password", notch::redact), notch::no_envelope);
#endif
    }
};

std::string line(const Login& login) { return notch::to_json(login); }
