// SPDX-License-Identifier: MIT
//
// One pass of extract over a directory of runners, for benchmarks/extract.py: prints the seconds that it took, opening the directory
// included, and how many runners it has yielded.
//
//     extract BASE QUARANTINE
#include <chrono>
#include <cstdio>
#include <set>
#include <string>

#include "notch.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    using Time = std::chrono::steady_clock;
    const Time::time_point start = Time::now();
    int runners = 0;
    for (auto& metrics : notch::runner::extract(argv[1], std::set<std::string>{"ignored"}, {.quarantine = argv[2]}))
        runners += metrics.post_job ? 1 : 0;
    std::printf("%.9f %d\n", std::chrono::duration<double>(Time::now() - start).count(), runners);
}
