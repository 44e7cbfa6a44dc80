// SPDX-License-Identifier: MIT
// expect: notch: this type has a std::string_view, and the text of the file is gone when read_file returns
#include "notch.hpp"

struct Event {
    std::string_view text;
};

bool read(const notch::Directory& directory) {
#ifdef REFUSED
    return static_cast<bool>(notch::read_file<Event>(directory, "event.json"));
#else
    const notch::Result<std::string> text = notch::read_text(directory, "event.json");
    return text && notch::from_json<Event>(*text);
#endif
}
