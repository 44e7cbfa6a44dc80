// SPDX-License-Identifier: MIT
// Every system call and every allocation that a journal is made of fails, the N-th for every N until none is left that fails, once
// and for a while; and the disk of a journal has room for so many pages and no more, from none to enough.
//
//     journal_faults [STEP = 1]
//     journal_faults 0 FAULT COUNT FIRST     one run, in this process, as told where it failed
//
// In each run a process has died with a journal, in the middle of writing a batch; the next one recovers it and records with it. What
// must hold: every event of the dead process is in the ledger once, when calls no longer fail at the latest; of the new one those that
// count as written; recorded = written + dropped; nothing is torn; no process dies.
#include "notch.hpp"

#include "../support/failing_calls.hpp"
#include "../support/numbered_ledger.hpp"
#include "../support/small_disk.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>

namespace {

using test::Call;

constexpr int not_reached = 77;  // the exit status of a run in which nothing failed
constexpr std::uint64_t left_events = 30;
constexpr std::uint32_t dead = 0;  // the writers of events
constexpr std::uint32_t living = 1;

struct Other {
    double timestamp = 1.0;
    std::vector<std::string> texts{};
};

struct Fault {
    const char* name;
    test::FaultPlan plan;
};

std::vector<Fault> all_faults() {
    std::vector<Fault> out;
    const auto add = [&out](const char* name, Call call, std::vector<int> errors) {
        for (const int error : errors) out.push_back({name, {.call = call, .error = error}});
    };
    add("posix_fallocate", Call::reserve, {ENOSPC, EINTR, EFBIG, EIO});
    add("mmap", Call::map, {ENOMEM});
    add("open", Call::open, {EMFILE, EACCES, ENOSPC, EINTR});
    add("flock", Call::lock, {EINTR, ENOLCK, EWOULDBLOCK});
    add("stat", Call::look, {EIO, ENOMEM});
    add("read", Call::read, {EIO, EINTR});
    add("write", Call::write, {EIO, ENOSPC, EINTR});
    out.push_back({"write, cut short", {.call = Call::write, .error = ENOSPC, .is_cut = true}});
    add("ftruncate", Call::truncate, {EIO});
    add("unlink", Call::remove, {EIO, EACCES});
    add("rename", Call::rename, {EIO, ENOSPC});
    add("close", Call::close, {EIO, EINTR});
    add("malloc", Call::memory, {ENOMEM});
    return out;
}

struct Place {
    std::string directory;
    std::string ledger = directory + "/ledger.jsonl";
    std::string journal = directory + "/journal";
};

notch::RecorderOptions options_for(const Place& place, bool thread) {
    notch::RecorderOptions options;
    options.journal = place.journal;
    options.thread = thread;
    options.queue_bytes = 16 * 1024;
    options.batch_bytes = 2048;
    options.on_error = [](const notch::Error&) {};
    return options;
}

/// Dies when the batch that it is asked for is to be written, with half of it written.
struct Dying {
    notch::FileSink to;
    struct Hook final : notch::WriteIntent {
        notch::WriteIntent& intent;
        std::string_view bytes;
        const std::string& ledger;
        Hook(notch::WriteIntent& next, std::string_view text, const std::string& path) : intent{next}, bytes{text}, ledger{path} {}
        void begin(const notch::SinkPosition& position) noexcept override {
            intent.begin(position);
            std::ofstream{ledger, std::ios::app | std::ios::binary} << bytes.substr(0, bytes.size() / 2);
            ::_exit(0);
        }
    };
    std::string ledger;
    int batches = 0;
    notch::Delivery write(const notch::Batch& batch) { return to.write(batch); }
    notch::Delivery write(const notch::Batch& batch, notch::WriteIntent& intent) {
        if (++batches < 3) return to.write(batch, intent);
        Hook hook{intent, batch.bytes, ledger};
        return to.write(batch, hook);
    }
    notch::Result<std::size_t> settle(const notch::SinkPosition& position, std::string_view text) { return to.settle(position, text); }
};

/// Leaves a journal of `left_events` events, some of which are in the ledger.
void die(const Place& place) {
    const ::pid_t child = ::fork();
    if (child == 0) {
        notch::Recorder recorder{Dying{notch::FileSink{place.ledger}, place.ledger}, options_for(place, false)};
        for (std::uint64_t i = 0; i < left_events; ++i) recorder.record(test::numbered(dead, i, 300));
        recorder.poll();
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) std::abort();
}

/// Made before anything fails: what the program allocates for itself is not notch's affair.
const std::vector<test::Numbered>& events() {
    static const std::vector<test::Numbered> all = [] {
        std::vector<test::Numbered> out;
        for (std::uint64_t i = 0; i < 30; ++i) out.push_back(test::numbered(living, i, 300));
        return out;
    }();
    return all;
}
const Other other{1.0, {"a", "b"}};

bool exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

/// What is in the ledger at last.
bool is_whole(const Place& place, const notch::Stats& stats, std::uint64_t others) {
    bool good = true;
    if (exists(place.journal)) {
        const auto done = notch::recover(place.journal, notch::FileSink{place.ledger});
        good &= test::says(done.has_value(), "what was left cannot be recovered");
        if (!done) std::printf("    %s\n", done.error().message().c_str());
        good &= test::says(!exists(place.journal), "the journal is still there");
    }
    test::NumberedLedger ledger;
    ledger.read_directory(place.directory, "ledger");
    good &= test::says(stats.recorded == stats.written + stats.dropped, "the accounting");
    good &= test::says(ledger.missing(dead, left_events) == 0, "an event of the dead process is missing");
    good &= test::says(ledger.twice == 0, "an event stands twice");
    good &= test::says(ledger.events + others == stats.written + left_events, "lines in the ledger are not those counted as written");
    good &= test::says(ledger.torn + ledger.tails == 0 && ledger.glued == others, "a line is torn, or glued to another");
    if (!good)
        std::printf("    %llu recorded, %llu written, %llu dropped, %llu recovered; in the ledger %llu, %llu torn, %llu glued, %llu twice\n",
                    static_cast<unsigned long long>(stats.recorded), static_cast<unsigned long long>(stats.written),
                    static_cast<unsigned long long>(stats.dropped), static_cast<unsigned long long>(stats.recovered),
                    static_cast<unsigned long long>(ledger.events), static_cast<unsigned long long>(ledger.torn + ledger.tails),
                    static_cast<unsigned long long>(ledger.glued), static_cast<unsigned long long>(ledger.twice));
    return good;
}

/// Records with it; how many events of the other type were taken by the sink.
std::uint64_t live(notch::Recorder& recorder) {
    for (std::size_t i = 0; i < 10; ++i) recorder.record(events()[i]);
    recorder.flush(std::chrono::minutes{5});
    const std::uint64_t before = recorder.stats().written;
    recorder.record(other);
    recorder.flush(std::chrono::minutes{5});
    const std::uint64_t others = recorder.stats().written - before;
    for (std::size_t i = 10; i < events().size(); ++i) recorder.record(events()[i]);
    recorder.flush(std::chrono::minutes{5});
    return others;
}

/// The recovery alone, when memory runs out: it may say so or throw, and can be done again.
bool recovers_without_memory(const Place& place, const test::FaultPlan& plan) {
    notch::FileSink sink{place.ledger};
    test::arm(plan);
    bool good = true;
    try {
        const auto done = notch::recover(place.journal, std::move(sink), [](const notch::Error&) {});
        test::disarm();
        good = test::says(done.has_value() || exists(place.journal), "a recovery that failed took the journal away");
    } catch (const std::bad_alloc&) {
        test::disarm();
    }
    return is_whole(place, {}, 0) && good;
}

/// One run, in a process of its own: an exit status.
int run(const Fault& fault, const std::string& base) {
    const test::TemporaryDirectory directory{base.c_str()};
    const Place place{directory.path()};
    die(place);
    events();
    bool good = true;
    if (fault.plan.call == Call::memory) {
        good &= recovers_without_memory(place, fault.plan);
        const std::uint64_t faults = test::faults();
        const bool first = faults != 0;
        const Place second{directory.path() + "/second"};
        ::mkdir(second.directory.c_str(), 0700);
        notch::Stats stats;
        std::uint64_t others = 0;
        {
            notch::Recorder recorder{notch::FileSink{second.ledger}, options_for(second, false)};
            test::arm(fault.plan);
            others = live(recorder);
            test::disarm();
            recorder.close();
            stats = recorder.stats();
        }
        die(second);
        good &= is_whole(second, stats, others);
        if (!good) return 1;
        return first || test::faults() != 0 ? 0 : not_reached;
    }
    notch::Stats stats;
    std::uint64_t others = 0;
    {
        notch::FileSink sink{place.ledger};
        test::arm(fault.plan);
        notch::Recorder recorder{std::move(sink), options_for(place, false)};
        others = live(recorder);
        test::disarm();
        recorder.close();
        stats = recorder.stats();
    }
    good &= is_whole(place, stats, others);
    if (!good) return 1;
    return test::faults() == 0 ? not_reached : 0;
}

struct Counts {
    std::uint64_t runs = 0;
    std::uint64_t failed = 0;
};

/// The exit status of a body in a process of its own; a signal counts as 128 and its number.
template <class Body>
int status_of(Body body) {
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::alarm(120);
        const int status = body();
        std::fflush(stdout);
        ::_exit(status);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Every N; once, or so many times from N on.
void run_all(Fault fault, std::size_t at, std::uint64_t count, std::uint64_t step, const std::string& base, Counts& counts) {
    fault.plan.count = count;
    for (fault.plan.first = 1;; fault.plan.first += fault.plan.first < 4 ? 1 : step) {
        const int status = status_of([&] { return run(fault, base); });
        if (status == not_reached) return;
        ++counts.runs;
        if (status == 0) continue;
        ++counts.failed;
        std::printf("FAIL %s fails with errno %d: status %d. Again: journal_faults 0 %zu %llu %llu\n", fault.name, fault.plan.error, status, at,
                    static_cast<unsigned long long>(count), static_cast<unsigned long long>(fault.plan.first));
    }
}

/// A disk with so much room for the journal and its rings, the ledger elsewhere; then once more, with room.
int run_on_full_disk(const std::string& disk, const std::string& base, std::size_t room) {
    const test::TemporaryDirectory directory{base.c_str()};
    Place place{directory.path()};
    place.journal = disk + "/journal";
    const std::string filler = disk + "/filler";
    test::fill_disk(filler, room);
    notch::Stats stats;
    bool good = true;
    {
        notch::Recorder recorder{notch::FileSink{place.ledger}, options_for(place, true)};
        std::vector<std::thread> threads;
        for (std::uint64_t t = 0; t < 4; ++t) {
            threads.emplace_back([&recorder, t] {
                for (std::uint64_t i = 0; i < 200; ++i) recorder.record(test::numbered(living, 200 * t + i, 300));
            });
        }
        for (std::thread& thread : threads) thread.join();
        recorder.close();
        stats = recorder.stats();
    }
    good &= test::says(stats.recorded == 800 && stats.recorded == stats.written + stats.dropped, "the accounting");
    good &= test::says(stats.dropped == stats.drops.no_ring, "something was dropped that had room");
    test::NumberedLedger ledger;
    ledger.read_file(place.ledger);
    good &= test::says(ledger.events == stats.written && ledger.torn + ledger.tails + ledger.glued + ledger.twice == 0, "the ledger");
    std::remove(filler.c_str());
    // A journal that is left on a disk that is then full is recovered: it has its space.
    std::remove(place.ledger.c_str());
    die(place);
    test::fill_disk(filler, 0);
    good &= is_whole(place, {}, 0);
    std::remove(filler.c_str());
    return good ? (stats.dropped != 0 ? 0 : 1) : 2;
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t step = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    ::umask(077);
    const test::TemporaryDirectory base{"/dev/shm"};
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Counts counts;
    const std::vector<Fault> faults = all_faults();
    if (argc == 5) {
        Fault fault = faults.at(std::strtoull(argv[2], nullptr, 10));
        fault.plan.count = std::strtoull(argv[3], nullptr, 10);
        fault.plan.first = std::strtoull(argv[4], nullptr, 10);
        return run(fault, base.path());
    }
    for (std::size_t at = 0; at < faults.size(); ++at) {
        const Counts before = counts;
        for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{7}}) run_all(faults[at], at, count, step, base.path(), counts);
        std::printf("%s, errno %d: %llu runs, %llu failed\n", faults[at].name, faults[at].plan.error,
                    static_cast<unsigned long long>(counts.runs - before.runs), static_cast<unsigned long long>(counts.failed - before.failed));
    }
    const test::TemporaryDirectory disk{test::directory_of(argv[0]).c_str()};
    if (!test::mount_small_disk(disk.path())) {
        std::printf("FAIL no small disk can be mounted: neither root nor user namespaces\n");
        return 1;
    }
    std::uint64_t without_drops = 0;
    for (std::size_t room = 0; room < 200 * 1024; room += 4096) {
        const int status = status_of([&] { return run_on_full_disk(disk.path(), base.path(), room); });
        ++counts.runs;
        without_drops += status == 1 ? 1U : 0U;
        if (status > 1) std::printf("FAIL a disk with room for %zu bytes: status %d\n", room, status);
        counts.failed += status > 1 ? 1U : 0U;
    }
    ::umount2(disk.path().c_str(), MNT_DETACH);
    std::printf("%llu runs with a fault, %llu failed; with room for everything: %llu\n", static_cast<unsigned long long>(counts.runs),
                static_cast<unsigned long long>(counts.failed), static_cast<unsigned long long>(without_drops));
    return counts.failed == 0 && without_drops != 0 ? 0 : 1;
}
