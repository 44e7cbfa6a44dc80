// SPDX-License-Identifier: MIT
// Writers of one ledger are killed at random moments, and others take their place.
//
//     ledger_kills [KILLS = 1000] [SEED = 1]
//
// First one writer at a time, then four; so many are killed of each, in lines of 300 bytes, 9 kB and 200 kB. A line is acknowledged
// when a flush behind it has returned true. Exit status 1 when an acknowledged line is missing, when a line is glued to
// what a killed writer has left torn, or stands twice.
#include "notch.hpp"

#include "../support/numbered_ledger.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::size_t kills_of_a_ledger = 40;
constexpr std::size_t most_writers = kills_of_a_ledger + 4;

/// In memory that outlives a killed writer.
struct Shared {
    std::atomic<std::uint64_t> acknowledged[most_writers];
    std::atomic<bool> stop;
};

struct Soak {
    Shared* shared = nullptr;
    std::string base{};
    std::uint64_t random = 1;
    std::uint64_t torn = 0;
    std::uint64_t lines = 0;

    std::uint64_t next_random() {
        random = random * 6364136223846793005U + 1442695040888963407U;
        return random >> 33;
    }

    [[nodiscard]] ::pid_t start(const std::string& path, std::uint32_t writer, std::size_t bytes) const {
        const ::pid_t parent = ::getpid();
        const ::pid_t child = ::fork();
        if (child != 0) return child;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        notch::RecorderOptions options;
        options.queue_bytes = bytes > 100'000 ? 16 * bytes : options.queue_bytes;
        notch::Recorder recorder{notch::FileSink{notch::FileOptions{.path = path, .lock_timeout = std::chrono::minutes{10}}}, options};
        for (std::uint64_t number = 0; !shared->stop;) {
            for (int i = 0; i < 8; ++i) recorder.record(test::numbered(writer, number++, bytes));
            if (!recorder.flush()) ::_exit(2);
            shared->acknowledged[writer] = number;
        }
        recorder.close();
        ::_exit(recorder.stats().written == recorder.stats().recorded ? 0 : 3);
    }

    /// A writer that is killed must have begun, so that as many are killed at work as are meant to be.
    void await(std::uint32_t writer) const {
        while (shared->acknowledged[writer] == 0) ::usleep(100);
    }

    /// One ledger, one kill after the other.
    bool run(std::size_t at_once, std::size_t kills, std::size_t bytes) {
        const test::TemporaryDirectory directory{base.c_str()};
        const std::string path = directory / "events.jsonl";
        shared = new (shared) Shared{};
        struct Running {
            ::pid_t process;
            std::uint32_t writer;
        };
        std::vector<Running> running;
        std::uint32_t writers = 0;
        for (; writers < at_once; ++writers) running.push_back({start(path, writers, bytes), writers});
        bool good = true;
        for (std::size_t i = 0; i < kills; ++i) {
            Running& one = running[next_random() % running.size()];
            await(one.writer);
            for (const std::int64_t until = notch::detail::monotonic_nanoseconds() + static_cast<std::int64_t>(next_random() % 1'000'000);
                 notch::detail::monotonic_nanoseconds() < until;)
                continue;
            ::kill(one.process, SIGKILL);
            int status = 0;
            ::waitpid(one.process, &status, 0);
            good &= test::says(WIFSIGNALED(status), "a writer ended by itself");
            one = {start(path, writers, bytes), writers};
            ++writers;
        }
        for (const Running& one : running) await(one.writer);
        shared->stop = true;
        for (const Running& one : running) {
            int status = 0;
            ::waitpid(one.process, &status, 0);
            good &= test::says(status == 0, "a flush, or the accounting of a writer that was not killed");
        }
        return look(path, writers, kills) && good;
    }

    bool look(const std::string& path, std::uint32_t writers, std::size_t kills) {
        test::NumberedLedger ledger;
        ledger.read_file(path);
        std::uint64_t missing = 0;
        for (std::uint32_t writer = 0; writer < writers; ++writer) missing += ledger.missing(writer, shared->acknowledged[writer]);
        torn += ledger.torn;
        lines += ledger.events;
        bool good = test::says(missing == 0, "an acknowledged line is lost");
        good &= test::says(ledger.glued + ledger.tails == 0, "a line is glued to another, or has no end");
        good &= test::says(ledger.twice == 0, "a line stands twice");
        return test::says(ledger.torn <= kills, "more torn lines than kills") && good;
    }
};

}  // namespace

int main(int argc, char** argv) {
    const std::size_t kills = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000;
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    Soak soak;
    soak.random = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    soak.base = test::directory_of(argv[0]);
    void* const pages = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return 1;
    soak.shared = new (pages) Shared{};
    bool good = true;
    constexpr std::size_t sizes[] = {300, 9'000, 200'000};
    for (const std::size_t at_once : {std::size_t{1}, std::size_t{4}}) {
        soak.torn = soak.lines = 0;
        std::size_t round = 0;
        for (std::size_t done = 0; done < kills && good; done += kills_of_a_ledger) {
            const std::size_t left = kills - done;
            good = soak.run(at_once, left < kills_of_a_ledger ? left : kills_of_a_ledger, sizes[round++ % 3]);
        }
        std::printf("%zu kills, %zu writer%s at once: %llu lines, %llu left torn and ended\n", kills, at_once, at_once == 1 ? "" : "s",
                    static_cast<unsigned long long>(soak.lines), static_cast<unsigned long long>(soak.torn));
    }
    return good ? 0 : 1;
}
