// SPDX-License-Identifier: MIT
// expect: notch: this type has no default constructor, so it cannot be read (writing it is fine): give each field a default
#include "notch.hpp"

class Job {
public:
    explicit Job(int id) : id_{id} {}
#ifndef REFUSED
    Job() = default;
#endif
    NOTCH_FIELDS(id_)

private:
    int id_ = 0;
};

bool reads(std::string_view text) { return notch::from_json<Job>(text).has_value(); }
