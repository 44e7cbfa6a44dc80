// SPDX-License-Identifier: MIT
// Options and rules stand beside the struct; the struct stays plain.
#include "notch.hpp"

#include <cstdio>

struct Login {
    std::string user;
    std::string repo;
    std::string password;
    std::string note{};
    int attempts = 1;
    double idle = 0;
    std::uint64_t session = 0;

    static constexpr auto notch_options() {
        return notch::options(notch::field("repo", notch::rename("repository"), notch::pattern("?*/?*")),
                              notch::field("password", notch::redact),
                              notch::field("note", notch::omit_empty, notch::defaulted, notch::length(0, 80)),
                              notch::field("attempts", notch::omit_default, notch::defaulted, notch::minimum(1)),
                              notch::field("idle", notch::non_negative),
                              notch::field("session", notch::skip));
    }
};

int main() {
    const Login good{.user = "ada", .repo = "canonical/notch", .password = "secret"};
    std::puts(notch::to_json(good).c_str());

    const Login bad{.user = "ada", .repo = "nobody", .password = "secret", .attempts = 0, .idle = -1};
    for (const notch::Error& error : notch::check_rules(bad)) std::puts(error.message().c_str());
}
