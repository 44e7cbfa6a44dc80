// SPDX-License-Identifier: MIT
// expect: notch: this list cannot be read
#include "notch.hpp"

struct Job {
#ifdef REFUSED
    explicit Job(int from) : id{from} {}
#endif
    int id = 0;
    NOTCH_FIELDS(id)
};
struct Queue {
    std::vector<Job> jobs;
};

bool reads(std::string_view text) { return notch::from_json<Queue>(text).has_value(); }
