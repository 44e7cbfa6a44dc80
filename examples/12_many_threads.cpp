// SPDX-License-Identifier: MIT
// Four threads and one recorder: nothing to lock, and nothing lost unseen, whatever is to happen when a sink is too slow.
#include "notch.hpp"

#include <chrono>
#include <cstdio>
#include <thread>

struct Order {
    int thread;
    int number;
    std::string_view item;  // copied by record()
};

// Slower than four threads that do nothing else than record.
struct SlowSink {
    notch::Delivery write(const notch::Batch& batch) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        return {.accepted = batch.lines.size()};
    }
};

notch::Stats record_from_four_threads(notch::OnFull on_full) {
    constexpr int each = 25'000;
    notch::Recorder recorder{SlowSink{}, {.queue_bytes = 16 * 1024, .on_full = on_full}};
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&recorder, thread] {
            for (int number = 0; number < each; ++number) recorder.record(Order{thread, number, "a book"});
        });
    for (std::thread& thread : threads) thread.join();
    recorder.close();
    return recorder.stats();
}

int main() {
    // block, the default: record() waits for room.
    const notch::Stats waited = record_from_four_threads(notch::OnFull::block);
    std::printf("block:       recorded %d, written %d, dropped %d\n", int(waited.recorded), int(waited.written),
                int(waited.dropped));

    // drop_newest: record() never waits, says so, and every drop is counted by its reason.
    const notch::Stats dropped = record_from_four_threads(notch::OnFull::drop_newest);
    const bool exact = dropped.recorded == 100'000 && dropped.recorded == dropped.written + dropped.dropped;
    const bool because_full = dropped.dropped != 0 && dropped.drops.full == dropped.dropped;
    std::printf("drop_newest: recorded %d, %s, %s\n", int(dropped.recorded),
                exact ? "written + dropped is the same" : "NOT EXACT",
                because_full ? "all drops because a ring was full" : "other drops");
}
