// SPDX-License-Identifier: MIT
// Forks while two threads record: recorder_fork FORKS. No child hangs, none writes what is the parent's, and the parent's ledger
// has every event once.
#include "notch.hpp"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

struct Numbered {
    double timestamp;
    int producer;
    std::uint64_t number;
};

static const std::string parent_path = "recorder_fork." + std::to_string(::getpid()) + ".jsonl";
static const std::string child_path = parent_path + ".child";

/// What a child does; 0 or the number of the first thing that is wrong.
static int in_child(notch::Recorder& parents) {
    ::alarm(60);
    for (int i = 0; i < 50; ++i)
        if (parents.record(Numbered{1.0, -1, 0})) return 1;
    if (parents.stats().drops.closed != 50 || parents.flush()) return 2;
    parents.close();
    notch::Recorder own{notch::FileSink{child_path}};
    for (std::uint64_t i = 0; i < 20; ++i)
        if (!own.record(Numbered{1.0, 9, i})) return 3;
    return own.flush() && own.stats().written == 20 ? 0 : 4;
}

static std::vector<Numbered> events_of(const std::string& path) {
    std::vector<Numbered> out;
    std::ifstream file{path, std::ios::binary};
    for (std::string line; std::getline(file, line);) {
        const auto event = notch::from_line<Numbered>(line);
        out.push_back(event ? *event : Numbered{0, -2, 0});
    }
    std::remove(path.c_str());
    return out;
}

static int wrong(const char* what, int child = 0) {
    std::printf("FAIL %s %d\n", what, child);
    return 1;
}

int main(int argc, char** argv) {
    const int forks = argc > 1 ? std::atoi(argv[1]) : 1000;
    notch::RecorderOptions options;
    options.queue_bytes = 16 * 1024;
    std::atomic<bool> stop{false};
    std::uint64_t calls[2] = {};
    notch::Recorder recorder{notch::FileSink{parent_path}, options};
    std::vector<std::thread> producers;
    for (int p = 0; p < 2; ++p) {
        producers.emplace_back([&, p] {
            while (!stop) {
                recorder.record(Numbered{1.0, p, calls[p]++});
                if (calls[p] % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
            }
        });
    }
    int failed = 0;
    for (int i = 0; i < forks && failed == 0; ++i) {
        const ::pid_t child = ::fork();
        if (child == 0) ::_exit(in_child(recorder));
        int status = 0;
        ::waitpid(child, &status, 0);
        if (status != 0) failed = wrong("child", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    }
    stop = true;
    for (std::thread& producer : producers) producer.join();
    recorder.close();
    const notch::Stats stats = recorder.stats();
    if (stats.dropped != 0 || stats.written != calls[0] + calls[1] || stats.recorded != stats.written) failed = wrong("accounting");
    std::uint64_t next[2] = {};
    for (const Numbered& event : events_of(parent_path))
        if (event.producer < 0 || event.producer > 1 || event.number != next[event.producer]++)
            failed = wrong("the parent's ledger", event.producer);
    if (next[0] != calls[0] || next[1] != calls[1]) failed = wrong("lost in the parent");
    if (events_of(child_path).size() != static_cast<std::size_t>(forks) * 20) failed = wrong("the children's ledger");
    std::printf("%d forks, %llu events in the parent\n", forks, static_cast<unsigned long long>(calls[0] + calls[1]));
    return failed;
}
