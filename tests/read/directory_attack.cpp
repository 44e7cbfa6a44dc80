// SPDX-License-Identifier: MIT
// A process exchanges the file, and its directory, with links to the outside while the reader reads. Quick here; with
// NOTCH_TEST_SCALE=50, or as tests/soak/read_race.cpp, in full.
#include "notch.hpp"

#include "../support/exchange_race.hpp"
#include "../support/system_calls.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/syscall.h>

namespace {

using notch::detail::Opening;

std::uint64_t reads_wanted() {
    const char* scale = std::getenv("NOTCH_TEST_SCALE");
    const long factor = scale == nullptr ? 1 : std::atol(scale);
    return 2'000 * static_cast<std::uint64_t>(factor < 1 ? 1 : factor);
}

void check_no_leak(const test::RaceCounts& counts) {
    CHECK(counts.good >= reads_wanted());
    CHECK(test::ExchangeRace::was_race(counts, reads_wanted(), 0));
    CHECK(counts.leaked == 0);
}

}  // namespace

TEST_CASE("while files and directories are exchanged, a plain open leaks, and so does O_NOFOLLOW") {
    const test::ExchangeRace race;
    const auto enough = reads_wanted() / 100;
    CHECK(race.read_by_path(reads_wanted(), 0).leaked >= enough);
    CHECK(race.read_by_path(reads_wanted(), O_NOFOLLOW).leaked >= enough);
}

TEST_CASE("while files and directories are exchanged, nothing from outside is read: openat2") {
    const test::ExchangeRace race;
    check_no_leak(race.read_through_directory(reads_wanted(), Opening::kernel));
}

TEST_CASE("while files and directories are exchanged, nothing from outside is read: the walk") {
    const test::ExchangeRace race;
    check_no_leak(race.read_through_directory(reads_wanted(), Opening::walk));
}

TEST_CASE("while files and directories are exchanged, nothing from outside is read: openat2 is refused by a filter") {
    for (const int number : {ENOSYS, EPERM}) {
        CAPTURE(number);
        const test::ExchangeRace race;
        test::with_refused_calls({SYS_openat2}, number, [&] {
            check_no_leak(race.read_through_directory(reads_wanted(), Opening::kernel));
        });
    }
}
