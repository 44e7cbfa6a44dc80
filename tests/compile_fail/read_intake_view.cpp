// SPDX-License-Identifier: MIT
// expect: notch: this type has a std::string_view, and the text is gone when the entry is
#include "notch.hpp"

struct Event {
    std::string_view text;
};
struct Kept {
    std::string text;
};

std::size_t take(const notch::IntakeOptions& options) {
    std::size_t count = 0;
#ifdef REFUSED
    for (auto& event : notch::intake<Event>(options)) count += event->text.size();
#else
    for (auto& event : notch::intake<Kept>(options)) count += event->text.size();
#endif
    return count;
}
