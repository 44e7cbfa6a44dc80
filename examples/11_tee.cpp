// SPDX-License-Identifier: MIT
// Several sinks for one recorder: each is counted for itself, and one that fails does not keep the others from theirs.
#include "notch.hpp"

#include <cstdio>

struct DoorOpened {
    int door;
};

int main() {
    notch::RecorderOptions options;
    options.clock = [] { return std::int64_t{1'795'190'400'000'000}; };
    options.thread = false;  // so that the three go in one batch, whatever else the machine does
    options.on_error = [](const notch::Error& error) { std::printf("told: %s\n", error.message().c_str()); };

    notch::Recorder recorder{notch::Tee{notch::FileSink{"doors.jsonl"}, notch::FileSink{"no/such/folder/doors.jsonl"}},
                             options};
    for (int door = 1; door <= 3; ++door) recorder.record(DoorOpened{door});
    recorder.close();

    const notch::Stats stats = recorder.stats();
    for (const notch::SinkStats& sink : stats.sinks)
        std::printf("%s: written %d, dropped %d\n", sink.name.c_str(), int(sink.written), int(sink.dropped));
    // A line is written when every sink took it.
    std::printf("recorded %d = written %d + dropped %d\n", int(stats.recorded), int(stats.written), int(stats.dropped));
}
