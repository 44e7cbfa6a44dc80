// SPDX-License-Identifier: MIT
// Which host and process a line comes from, and which line it is: fields that a recorder adds to every line, and an identity by
// which a line that comes twice is recognised.
#include "notch.hpp"

#include <cstdio>

struct Origin {
    std::string host;
    int pid;
};

struct Login {
    std::string user;
};

struct Moved {
    std::string user;
    std::string host;  // where to; the recorder's own `host` is left out of this line
};

int main() {
    notch::RecorderOptions options;
    options.clock = [] { return std::int64_t{1'795'190'400'123'456}; };
    options.common = Origin{.host = "a1", .pid = 4711};
    options.identity = true;
    notch::Capture capture{options};
    capture.recorder().record(Login{.user = "ada"});
    capture.recorder().record(Moved{.user = "ada", .host = "b2"});

    // An identity is epoch-producer-sequence. The epoch, 16 digits, is another one for each recorder.
    for (const std::string_view captured : capture.lines()) {
        std::string line{captured};
        const std::size_t epoch = line.find("\"notch_id\":\"") + 12;
        line.replace(epoch, 16, "................");
        std::puts(line.c_str());
    }
}
