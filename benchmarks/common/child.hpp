// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_CHILD_HPP
#define NOTCH_BENCHMARKS_CHILD_HPP

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace bench {

/// Runs `f` in a process of its own, which sends what it gives, plain data, through a pipe: no target meets threads, memory or files
/// that another left.
template <class F>
auto in_child(F f) {
    using Sample = decltype(f());
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const pid_t child = fork();
    if (child == 0) {
        const Sample sample = f();
        _exit(write(ends[1], &sample, sizeof sample) == sizeof sample ? 0 : 1);
    }
    close(ends[1]);
    Sample sample{};
    const bool whole = read(ends[0], &sample, sizeof sample) == sizeof sample;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (whole && status == 0) return sample;
    std::fprintf(stderr, "a measurement failed\n");
    std::exit(1);
}

inline std::uint64_t lines_in(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return static_cast<std::uint64_t>(std::count(std::istreambuf_iterator<char>{file}, {}, '\n'));
}

}  // namespace bench

#endif
