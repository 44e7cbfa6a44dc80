// SPDX-License-Identifier: MIT
// A process is killed with events that no sink has yet. The journal has them: the next recorder hands them on first.
#include "notch.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

struct JobDone {
    double timestamp;
    std::string job;
    int number;
};

// Killed in the middle of its work, before anything was handed on.
void work_and_die() {
    notch::RecorderOptions options;
    options.journal = "jobs.journal";
    options.thread = false;  // nobody hands on what is recorded, as if the disk were slow
    notch::Recorder recorder{notch::FileSink{"jobs.jsonl"}, options};
    for (int i = 1; i <= 3; ++i) recorder.record(JobDone{1795190400.0 + i, "build", i});
    ::kill(::getpid(), SIGKILL);
}

int main() {
    std::remove("jobs.jsonl");
    if (::fork() == 0) work_and_die();
    int status = 0;
    ::wait(&status);
    std::printf("the first process was killed by signal %d\n", WTERMSIG(status));
    std::printf("the ledger has %ld bytes\n", static_cast<long>(std::ifstream{"jobs.jsonl", std::ios::ate}.tellg()));

    notch::Recorder recorder{notch::FileSink{"jobs.jsonl"}, {.journal = "jobs.journal"}};
    std::printf("recovered: %d\n", static_cast<int>(recorder.stats().recovered));
    recorder.record(JobDone{1795190410.0, "test", 4});
    recorder.close();
    std::printf("the journal is %s\n", std::ifstream{"jobs.journal"} ? "still there" : "gone");

    // recover() does the same without a recorder, and without the types. Here nothing is left to do.
    const auto done = notch::recover("jobs.journal", notch::FileSink{"jobs.jsonl"});
    if (done && !done->found) std::printf("nothing left\n");
}
