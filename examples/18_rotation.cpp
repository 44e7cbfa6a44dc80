// SPDX-License-Identifier: MIT
// A ledger that rotates itself, by size and by call, and keeps the two newest of its older files.
#include "notch.hpp"

#include <cstdio>
#include <string>

struct Reading {
    int value;
};

int main() {
    notch::FileSink sink{notch::FileOptions{
        .path = "ledgers/readings.jsonl",
        .create_directory = true,
        .on_fault = notch::OnFault::block,  // a full disk makes the recorder wait, so that nothing is dropped
        .sync = notch::Sync::interval,      // what is older than a second outlives a power cut
        .rotate_bytes = 150,                // two lines
        .keep_files = 2,                    // readings-20261124T150405.123456.jsonl and another one
    }};
    const notch::FileControl control = sink.control();  // reaches the sink when the recorder has it

    notch::RecorderOptions options;
    options.clock = [] { return std::int64_t{1'795'190'400'000'000}; };
    notch::Recorder recorder{std::move(sink), options};
    control.rotate();  // what an earlier run has left is another file's; an empty one stays
    for (int value = 1; value <= 7; ++value) {
        recorder.record(Reading{value});
        recorder.flush();
    }
    recorder.close();

    std::string file;
    for (const notch::LedgerLine& line : notch::LedgerReader{"ledgers/readings.jsonl"}.lines()) {
        if (line.file != file) std::puts(file.empty() ? "the oldest file that was kept" : "the next one");
        file = line.file;
        std::printf("  %.*s\n", int(line.text.size()), line.text.data());
    }
}
