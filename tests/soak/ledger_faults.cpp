// SPDX-License-Identifier: MIT
// Every system call that a ledger is made of fails, the N-th for every N until none is left that fails, once and for a while.
//
//     ledger_faults [STEP = 1]
//     ledger_faults 0 FAULT WAY COUNT FIRST     one run, in this process, as told where it failed
//
// Each run writes, rotates, and has its ledger renamed by others, in a process of its own, under each policy. What must hold in every
// one: recorded = written + dropped; the ledger has the lines that count as written, no more, no less, none torn or twice; when calls
// no longer fail, writing goes on. STEP 5: the first four N, in which the ledger is opened, and then every fifth.
#include "notch.hpp"

#include "../support/failing_calls.hpp"
#include "../support/numbered_ledger.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/wait.h>

namespace {

using test::Call;

/// How a recorder goes about it.
struct Way {
    const char* name;
    notch::OnFault on_fault;
    bool thread;
};
constexpr Way ways[] = {
    {"drop", notch::OnFault::drop, false},
    {"drop, with a thread", notch::OnFault::drop, true},
    {"block", notch::OnFault::block, false},
    {"stop", notch::OnFault::stop, false},
};

constexpr int not_reached = 77;  // the exit status of a run in which nothing failed

struct Fault {
    const char* name;
    test::FaultPlan plan;
};

std::vector<Fault> all_faults() {
    std::vector<Fault> out;
    const auto add = [&out](const char* name, Call call, std::vector<int> errors) {
        for (const int error : errors) out.push_back({name, {.call = call, .error = error}});
    };
    add("write", Call::write, {EIO, ENOSPC, EDQUOT, EFBIG, EINTR});
    for (const int error : {0, ENOSPC, EDQUOT, EIO, EINTR})
        out.push_back({"write, cut short", {.call = Call::write, .error = error, .is_cut = true}});
    add("open", Call::open, {EMFILE, ENFILE, EACCES, ENOSPC, EINTR, EIO});
    add("fsync", Call::sync, {EIO, ENOSPC, EDQUOT, EINTR});
    add("rename", Call::rename, {EIO, ENOSPC, EACCES, EDQUOT});
    for (const int error : {EIO, EINTR})
        out.push_back({"ftruncate, of torn lines", {.call = Call::truncate, .error = error, .tear_every = 4}});
    add("flock", Call::lock, {EINTR, ENOLCK, EWOULDBLOCK});
    add("fcntl", Call::control, {EINTR, EBADF});
    add("close", Call::close, {EINTR, EIO, ENOSPC});
    add("mmap", Call::map, {ENOMEM});
    add("stat", Call::look, {EIO, ENOMEM, EACCES});
    add("read", Call::read, {EIO, EINTR});
    add("unlink", Call::remove, {EIO, EACCES});
    add("malloc", Call::memory, {ENOMEM});
    return out;
}

constexpr std::size_t most_events = 55;

/// Made before anything fails: what the program allocates for itself is not notch's affair.
const std::vector<test::Numbered>& events() {
    static const std::vector<test::Numbered> all = [] {
        std::vector<test::Numbered> out;
        for (std::uint64_t i = 0; i < most_events; ++i) out.push_back(test::numbered(0, i, 300));
        return out;
    }();
    return all;
}

/// What stands there already: a line that a killed writer has left torn, and old files that are to be removed.
void prepare(const std::string& directory) {
    std::ofstream{directory + "/events.jsonl"} << "{\"timestamp\":1.0,\"ev";
    for (const char c : {'1', '2'}) std::ofstream{directory + "/events-2020010" + c + "T000000.000000.jsonl"};
}

/// Everything a ledger goes through; how many events were recorded.
std::uint64_t live(notch::Recorder& recorder, const notch::FileControl& control, const std::string& path) {
    std::uint64_t number = 0;
    for (int round = 0; round < 10; ++round) {
        if (round == 4) control.rotate();
        if (round == 7) {
            test::disarm();
            ::rename(path.c_str(), (path + ".1").c_str());
            ::close(::open(path.c_str(), O_WRONLY | O_CREAT, 0600));  // as logrotate does
            test::rearm();
        }
        for (int i = 0; i < 5; ++i) recorder.record(events()[number++]);
        recorder.flush(std::chrono::minutes{5});
    }
    return number;
}

/// One run, in a process of its own: an exit status.
int run(const Fault& fault, const Way& way, const std::string& base) {
    const test::TemporaryDirectory directory{base.c_str()};
    const std::string path = directory / "events.jsonl";
    notch::RecorderOptions options;
    options.thread = way.thread;
    options.queue_bytes = 16 * 1024;
    options.on_error = [](const notch::Error&) {};
    notch::FileOptions file;
    file.path = path;
    file.on_fault = way.on_fault;
    file.sync = notch::Sync::each;
    file.lock_timeout = std::chrono::milliseconds{5};
    file.rotate_bytes = 4'000;
    file.keep_age = std::chrono::hours{24};
    prepare(directory.path());
    events();
    std::uint64_t number = 0;
    notch::Stats stats;
    bool good = true;
    {
        notch::FileSink sink{file};
        const notch::FileControl control = sink.control();
        if (fault.plan.call != Call::memory) test::arm(fault.plan);
        notch::Recorder recorder{std::move(sink), options};
        if (fault.plan.call == Call::memory) test::arm(fault.plan);
        number = live(recorder, control, path);
        test::disarm();
        control.reopen();
        recorder.flush();  // says once more what was lost before
        const std::uint64_t written = recorder.stats().written;
        for (int i = 0; i < 5; ++i) recorder.record(events()[number++]);
        good &= test::says(recorder.flush() && recorder.stats().written == written + 5, "writing does not go on");
        recorder.close();
        stats = recorder.stats();
    }
    test::NumberedLedger ledger;
    ledger.read_directory(directory.path(), "events");
    const bool may_tear = fault.plan.tear_every != 0;  // a line whose end could not be cut off
    good &= test::says(stats.recorded == number && stats.recorded == stats.written + stats.dropped, "the accounting");
    good &= test::says(ledger.events == stats.written && ledger.gaps == stats.gaps, "lines in the ledger are not those counted as written");
    good &= test::says(ledger.glued == 0 && ledger.twice == 0, "a line is glued to another, or stands twice");
    good &= test::says(ledger.torn + ledger.tails <= 1 + (may_tear ? test::faults() : 0), "a torn line stays");
    const bool may_drop =
        way.on_fault != notch::OnFault::block || fault.plan.call == Call::memory;  // what has no memory cannot wait for it
    good &= test::says(may_drop || stats.drops.sink == 0, "something was dropped while it could wait");
    if (!good)
        std::printf(
            "    %llu recorded, %llu written, %llu dropped; in the ledger %llu and %llu gaps of %llu, %llu torn, %llu glued, %llu twice\n",
            static_cast<unsigned long long>(stats.recorded), static_cast<unsigned long long>(stats.written),
            static_cast<unsigned long long>(stats.dropped), static_cast<unsigned long long>(ledger.events),
            static_cast<unsigned long long>(ledger.gaps), static_cast<unsigned long long>(stats.gaps),
            static_cast<unsigned long long>(ledger.torn), static_cast<unsigned long long>(ledger.glued),
            static_cast<unsigned long long>(ledger.twice));
    if (!good) return 1;
    return test::faults() == 0 ? not_reached : 0;
}

struct Counts {
    std::uint64_t runs = 0;
    std::uint64_t failed = 0;
};

/// Every N; once, or so many times from N on.
void run_all(Fault fault, std::size_t at, const Way& way, std::uint64_t count, std::uint64_t step, const std::string& base,
             Counts& counts) {
    fault.plan.count = count;
    for (fault.plan.first = 1;; fault.plan.first += fault.plan.first < 4 ? 1 : step) {
        const ::pid_t child = ::fork();
        if (child == 0) {
            ::alarm(120);
            const int status = run(fault, way, base);
            std::fflush(stdout);
            ::_exit(status);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == not_reached) return;
        ++counts.runs;
        if (status == 0) continue;
        ++counts.failed;
        std::printf("FAIL %s: %s fails with errno %d: %s %d. Again: ledger_faults 0 %zu %td %llu %llu\n", way.name, fault.name,
                    fault.plan.error, WIFSIGNALED(status) ? "signal" : "exit status",
                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), at, &way - ways, static_cast<unsigned long long>(count),
                    static_cast<unsigned long long>(fault.plan.first));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t step = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const test::TemporaryDirectory base{"/dev/shm"};
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Counts counts;
    const std::vector<Fault> faults = all_faults();
    if (argc == 6) {
        Fault fault = faults.at(std::strtoull(argv[2], nullptr, 10));
        fault.plan.count = std::strtoull(argv[4], nullptr, 10);
        fault.plan.first = std::strtoull(argv[5], nullptr, 10);
        return run(fault, ways[std::strtoull(argv[3], nullptr, 10) % std::size(ways)], base.path());
    }
    for (std::size_t at = 0; at < faults.size(); ++at) {
        const Fault& fault = faults[at];
        const Counts before = counts;
        const std::int64_t begin = notch::detail::monotonic_nanoseconds();
        for (const Way& way : ways)
            for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{7}})
                run_all(fault, at, way, count, step, base.path(), counts);
        std::printf("%s, errno %d, %.1f s: %llu runs, %llu failed\n", fault.name, fault.plan.error,
                    static_cast<double>(notch::detail::monotonic_nanoseconds() - begin) / 1e9,
                    static_cast<unsigned long long>(counts.runs - before.runs),
                    static_cast<unsigned long long>(counts.failed - before.failed));
    }
    std::printf("%llu runs with a fault, %llu failed\n", static_cast<unsigned long long>(counts.runs),
                static_cast<unsigned long long>(counts.failed));
    return counts.failed == 0 ? 0 : 1;
}
