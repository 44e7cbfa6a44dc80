// SPDX-License-Identifier: MIT
// A sink is anything with `Delivery write(const Batch&)`. This one is a flight recorder: it keeps the last lines in
// memory, for the moment when something goes wrong.
#include "notch.hpp"

#include <cstdio>
#include <deque>

class FlightRecorder {
public:
    FlightRecorder(std::deque<std::string>& kept, std::size_t most) : kept_{&kept}, most_{most} {}

    // Called by one thread at a time, the recorder's own, with whole lines.
    notch::Delivery write(const notch::Batch& batch) {
        batch.each_line([this](std::string_view line, const notch::LineInfo&) {
            kept_->emplace_back(line);
            if (kept_->size() > most_) kept_->pop_front();
        });
        return {.accepted = batch.lines.size()};
    }

private:
    std::deque<std::string>* kept_;  // outlives the recorder, which moves the sink into itself
    std::size_t most_;
};
static_assert(notch::Sink<FlightRecorder>);

struct Altitude {
    double timestamp;  // an event that brings its own time is not stamped
    int feet;
};

int main() {
    std::deque<std::string> kept;
    {
        notch::Recorder recorder{FlightRecorder{kept, 3}};
        for (int i = 0; i < 100; ++i) recorder.record(Altitude{1000.5 + i, 30'000 - 300 * i});
    }
    for (const std::string& line : kept) std::puts(line.c_str());
}
