// SPDX-License-Identifier: MIT
// A sink hears of it when there is nothing to write.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <atomic>

namespace {

struct IdleSink {
    std::atomic<int>* calls;
    notch::Delivery write(const notch::Batch& batch) { return {batch.lines.size(), {}}; }
    notch::Result<void> idle() {
        if (++*calls != 2) return {};
        notch::Error error;
        error.place = "idle sink";
        return error;
    }
};

void wait_for(const std::atomic<int>& calls, int count) {
    while (calls < count) notch::detail::sleep_nanoseconds(1'000'000);
}

}  // namespace

TEST_CASE("a sink is called again and again while nothing is recorded, and its error is told") {
    std::atomic<int> calls{0};
    std::atomic<int> told{0};
    notch::RecorderOptions options;
    options.on_error = [&told](const notch::Error& error) { told += error.place == "idle sink" ? 1 : 100; };
    {
        const notch::Recorder recorder{IdleSink{&calls}, options};
        wait_for(calls, 3);
    }
    CHECK(told == 1);
}

TEST_CASE("so is each sink of a Tee, and one of a recorder without a thread") {
    std::atomic<int> calls{0};
    std::atomic<int> others{0};
    {
        const notch::Recorder recorder{notch::Tee{notch::NullSink{}, IdleSink{&calls}, IdleSink{&others}},
                                       {.on_error = [](const notch::Error&) {}}};
        wait_for(calls, 3);
        wait_for(others, 3);
    }
    calls = 0;
    notch::Recorder own_loop{IdleSink{&calls}, {.thread = false, .on_error = [](const notch::Error&) {}}};
    while (calls < 2) (void)own_loop.poll();
}
