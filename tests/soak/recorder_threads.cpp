// SPDX-License-Identifier: MIT
// Threads that come and go: recorder_threads THREADS. Rings are used again, so memory stays what a few threads need, and nothing is
// lost.
#include "notch.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>
#include <vector>

struct FromThread {
    double timestamp;
    int thread;
};

/// Checks that each producer's numbers are whole: rings keep their sequence from thread to thread.
struct SequenceSink {
    std::map<std::uint32_t, std::uint64_t>* next;
    std::uint64_t* wrong;
    notch::Delivery write(const notch::Batch& batch) {
        for (const notch::LineInfo& line : batch.lines) *wrong += line.sequence != (*next)[line.producer]++ ? 1U : 0U;
        return {batch.lines.size(), {}};
    }
};

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::atoi(argv[1]) : 100'000;
    constexpr int at_once = 8;
    std::map<std::uint32_t, std::uint64_t> next;
    std::uint64_t wrong = 0;
    notch::Stats stats;
    {
        notch::Recorder recorder{SequenceSink{&next, &wrong}, {.queue_bytes = 4096}};
        for (int i = 0; i < threads; i += at_once) {
            std::vector<std::thread> some;
            for (int k = i; k < i + at_once && k < threads; ++k)
                some.emplace_back([&recorder, k] {
                    for (int n = 0; n < 3; ++n) recorder.record(FromThread{1.0, k});
                });
            for (std::thread& thread : some) thread.join();
        }
        recorder.close();
        stats = recorder.stats();
    }
    std::printf("%d threads, %llu rings, %llu events\n", threads, static_cast<unsigned long long>(stats.rings),
                static_cast<unsigned long long>(stats.written));
    const bool good =
        wrong == 0 && stats.rings <= at_once && stats.dropped == 0 && stats.written == static_cast<std::uint64_t>(threads) * 3;
    if (!good) std::printf("FAIL %llu out of sequence\n", static_cast<unsigned long long>(wrong));
    return good ? 0 : 1;
}
