// SPDX-License-Identifier: MIT
// Four processes append to one ledger at once: no line is torn, lost or written twice.
//
//     ledger_writers [LINES = 200000] [LONG = 20000] [HUGE = 300]
//
// Each process writes LINES lines of 300 bytes, then, to other ledgers, LONG of 9 kB and HUGE of 1 MB; first in the file system that the
// program lies in, then in /dev/shm.
#include "notch.hpp"

#include "../support/numbered_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::uint32_t writers = 4;

int write_lines(const std::string& path, std::uint32_t writer, std::uint64_t lines, std::size_t bytes) {
    notch::RecorderOptions options;
    if (bytes > options.queue_bytes / 4) options.queue_bytes = 8 * bytes;
    options.close_timeout = std::chrono::minutes{10};
    notch::Recorder recorder{notch::FileSink{notch::FileOptions{.path = path, .lock_timeout = std::chrono::minutes{10}}}, options};
    for (std::uint64_t i = 0; i < lines; ++i) recorder.record(test::numbered(writer, i, bytes));
    recorder.close();
    const notch::Stats stats = recorder.stats();
    return stats.written == lines && stats.recorded == lines && stats.dropped == 0 ? 0 : 1;
}

bool write_and_look(const std::string& base, std::uint64_t lines, std::size_t bytes) {
    const test::TemporaryDirectory directory{base.c_str()};
    const std::string path = directory / "events.jsonl";
    const std::int64_t begin = notch::detail::monotonic_nanoseconds();
    for (std::uint32_t writer = 0; writer < writers; ++writer)
        if (::fork() == 0) ::_exit(write_lines(path, writer, lines, bytes));
    bool good = true;
    int status = 0;
    while (::wait(&status) > 0) good &= test::says(status == 0, "a writer does not say that all its lines were written");
    const double seconds = static_cast<double>(notch::detail::monotonic_nanoseconds() - begin) / 1e9;
    test::NumberedLedger ledger;
    ledger.read_file(path);
    std::uint64_t missing = 0;
    for (std::uint32_t writer = 0; writer < writers; ++writer) missing += ledger.missing(writer, lines);
    std::printf("%s, %u x %llu lines of %zu bytes, %.2f s: %llu torn, %llu lost, %llu twice\n", base.c_str(), writers,
                static_cast<unsigned long long>(lines), bytes, seconds,
                static_cast<unsigned long long>(ledger.torn + ledger.glued + ledger.tails), static_cast<unsigned long long>(missing),
                static_cast<unsigned long long>(ledger.twice));
    return good && ledger.torn + ledger.glued + ledger.tails + ledger.twice + ledger.gaps + missing == 0 &&
           ledger.events == writers * lines;
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t lines = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
    const std::uint64_t long_lines = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 20'000;
    const std::uint64_t huge_lines = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 300;
    bool good = true;
    std::setvbuf(stdout, nullptr, _IONBF, 0);  // a child must not print its parent's lines once more
    for (const std::string& base : {test::directory_of(argv[0]), std::string{"/dev/shm"}}) {
        good &= write_and_look(base, lines, 300);
        good &= write_and_look(base, long_lines, 9'000);
        good &= write_and_look(base, huge_lines, 1'000'000);
    }
    return test::says(good, "something was torn, lost or written twice") ? 0 : 1;
}
