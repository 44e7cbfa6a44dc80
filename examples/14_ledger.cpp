// SPDX-License-Identifier: MIT
// A ledger read back: rotated, damaged, still being written. Every good line counts, every bad one is told.
#include "notch.hpp"

#include <cstdio>
#include <fstream>

struct RunnerStart {
    double timestamp;
    std::string runner;
    std::string flavor;
};
struct RunnerStop {
    double timestamp;
    std::string runner;
};

int main() {
    const auto line = [](const auto& event) { return notch::to_line(event) + '\n'; };
    std::ofstream{"events.jsonl.1", std::ios::binary}  // the older file, as logrotate names it
        << line(RunnerStart{100.0, "a", "small"}) << line(RunnerStart{105.5, "b", "large"}) << line(RunnerStop{130.0, "a"});
    std::ofstream{"events.jsonl", std::ios::binary}
        << "*** disk full ***\n"                                // some other program
        << line(RunnerStop{140.5, "b"}).substr(0, 30)           // its writer was killed here,
        << line(RunnerStart{150.0, "a", "small"})               // and the next one did not know
        << R"({"timestamp":151.0,"event":"runner_stop"})" "\n"  // whose?
        << line(RunnerStop{160.0, "a"}) << line(RunnerStop{170.0, "c"}) << R"({"timestamp":18)";

    const auto ledger = notch::LedgerReader::open("events.jsonl");
    if (!ledger) return std::puts(ledger.error().message().c_str()), 1;

    // Events as structs, the oldest file first.
    int starts = 0, stops = 0;
    const auto seen = ledger->visit<RunnerStart, RunnerStop>(
        [&](const RunnerStart&) { ++starts; },
        [&](const RunnerStop&) { ++stops; },
        [](const notch::BadLine& bad) { std::puts(bad.error.message().c_str()); });
    if (!seen) return std::puts(seen.error().message().c_str()), 1;
    std::printf("%d starts, %d stops, %d bad lines, %d bytes not finished yet\n\n", starts, stops, int(seen->bad), int(seen->tail_bytes));

    // Starts with their stops, by runner, and what each flavor adds up to.
    const auto runs = ledger->pair<RunnerStart, RunnerStop>(
        notch::paired_by(&RunnerStart::runner, &RunnerStart::timestamp, &RunnerStart::flavor),
        notch::paired_by(&RunnerStop::runner, &RunnerStop::timestamp),
        [](const auto& run) { std::printf("%s ran %.1f s\n", run.key.c_str(), double(run.duration.count()) / 1e9); });
    if (!runs) return std::puts(runs.error().message().c_str()), 1;
    for (const auto& run : runs->open()) std::printf("%s is still running\n", run.key.c_str());
    for (const auto& runner : runs->orphans()) std::printf("%s was never seen to start\n", runner.c_str());
    for (const auto& use : runs->by_shape())
        std::printf("%s: %d runs, %.1f s\n", use.shape.c_str(), int(use.closed), double(use.duration.count()) / 1e9);

    // Any line, as text.
    std::size_t bytes = 0;
    for (const notch::LedgerLine& good : ledger->lines()) bytes += good.text.size();
    std::printf("\n%zu bytes of good lines\n", bytes);
}
