// SPDX-License-Identifier: MIT
// expect: notch: this type has a std::string_view, which would point into a temporary string
#include "notch.hpp"

struct Tag {
    std::optional<std::string_view> name;
};
struct Job {
    std::vector<Tag> tags;
};

const std::string line();

std::size_t tags() {
#ifdef REFUSED
    const auto job = notch::from_line<Job>(line(), notch::Limits{});
#else
    const std::string text = line();
    const auto job = notch::from_line<Job>(text, notch::Limits{});
#endif
    return job ? job->tags.size() : 0;
}
