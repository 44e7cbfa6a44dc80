// SPDX-License-Identifier: MIT
#include "notch.hpp"

struct RunnerStart {                        // a plain struct: no base class, no macro
    std::string flavor;
    std::string repo;
    std::optional<double> queue_duration{}; // left out of the line when empty
};

int main() {
    notch::Recorder recorder{notch::FileSink{"events.jsonl"}};
    recorder.record(RunnerStart{.flavor = "small", .repo = "canonical/notch"});
}                                           // the destructor flushes
// {"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","repo":"canonical/notch"}
