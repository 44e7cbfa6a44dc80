// SPDX-License-Identifier: MIT
// A process exchanges the file, and its directory, with links to the outside while the reader reads.
//
//     read_race [COUNT = 100000]
//
// For each way of opening: COUNT good reads, and how many came from outside. Exit status 1 when notch lets one through, or when a
// plain open lets fewer than COUNT / 100 through, as the race was none then.
#include "notch.hpp"

#include "../support/exchange_race.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>

namespace {

using Number = unsigned long long;

bool attacked(const char* name, const test::RaceCounts& counts, std::uint64_t least, std::uint64_t most) {
    std::printf("%-28s %llu good, %llu from outside, %llu refused, %llu exchanges\n", name, Number{counts.good}, Number{counts.leaked},
                Number{counts.refused}, Number{counts.exchanges});
    std::fflush(stdout);
    return counts.good != 0 && counts.leaked >= least && counts.leaked <= most;
}

}  // namespace

int main(int argc, char** argv) {
    using notch::detail::Opening;
    const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
    const test::ExchangeRace race;
    bool good = attacked("open", race.read_by_path(count, 0), count / 100, UINT64_MAX);
    good &= attacked("open, O_NOFOLLOW", race.read_by_path(count, O_NOFOLLOW), count / 100, UINT64_MAX);
    good &= attacked("notch::Directory, openat2", race.read_through_directory(count, Opening::kernel), 0, 0);
    good &= attacked("notch::Directory, the walk", race.read_through_directory(count, Opening::walk), 0, 0);
    return good ? 0 : 1;
}
