// SPDX-License-Identifier: MIT
// An event for a piece of work: recorded when the work is over, however it ends, with the time that it took. Every line also
// says which host and process it comes from, and who it is.
#include "notch.hpp"

#include <cstdio>
#include <stdexcept>

struct Job {
    std::string name;
    std::string result;
    double duration;  // filled by scope(), in seconds, from a clock that never jumps
};

struct Origin {
    std::string host;
    int pid;
};

void run(notch::Recorder& recorder, const std::string& name) {
    auto job = recorder.scope(Job{.name = name, .result = "failed", .duration = 0});
    if (name.empty()) throw std::invalid_argument{"a job without a name"};
    if (name == "nothing to do") return job.dismiss();
    job->result = "success";
}

int main() {
    notch::Capture capture{{.identity = true, .common = Origin{.host = "a1", .pid = 4711}}};
    run(capture.recorder(), "build");
    run(capture.recorder(), "nothing to do");
    try {
        run(capture.recorder(), "");
    } catch (const std::exception& error) {
        std::printf("%s\n", error.what());
    }
    for (const Job& job : capture.events<Job>())
        std::printf("\"%s\": %s, %s\n", job.name.c_str(), job.result.c_str(), job.duration > 0 && job.duration < 60 ? "in less than a minute" : "?");
    // Durations and the first part of an identity, the recorder's epoch, differ from run to run: only what is behind them.
    for (const std::string_view line : capture.lines()) {
        const std::string_view id = line.substr(line.find("\"notch_id\":\"") + 12 + 16);
        std::printf("id ...%s, line ...%s\n", std::string{id.substr(0, id.find('"'))}.c_str(), std::string{line.substr(line.find(",\"host\""))}.c_str());
    }
}
