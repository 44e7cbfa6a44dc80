// SPDX-License-Identifier: MIT
// An event for a piece of work: recorded when the work ends, however it ends, with the time that it took.
#include "notch.hpp"

#include <chrono>
#include <cstdio>
#include <thread>

struct Job {
    std::string name;
    std::string status;
    double duration;  // seconds; set when the scope ends
};

// Library code takes any recorder by reference: Recorder is no template.
bool build(notch::Recorder& recorder, std::string name, int milliseconds) {
    auto job = recorder.scope(Job{.name = std::move(name), .status = "failed", .duration = 0});
    if (milliseconds == 0) job.dismiss();  // nothing to do is nothing to tell
    if (milliseconds < 0) return false;  // recorded as failed
    std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
    job->status = "success";
    return true;
}

int main() {
    notch::Capture capture;
    build(capture.recorder(), "notch", 1);
    build(capture.recorder(), "nothing", 0);
    build(capture.recorder(), "broken", -1);

    for (const Job& job : capture.events<Job>())
        std::printf("%s: %s after %s\n", job.name.c_str(), job.status.c_str(), job.duration > 0 ? "some time" : "no time");
}
