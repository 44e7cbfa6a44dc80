// SPDX-License-Identifier: MIT
// Virtual machines metered by many threads, in a process that is killed with -9 in the middle. What it had recorded is there when it
// starts again, so that it goes on where the ledger ends, and the usage adds up to what was planned. (Needs POSIX, for the killing.)
#include "notch.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace notch::metering;

constexpr const char* ledger_path = "vms.ledger";
constexpr const char* journal_path = "vms.journal";
constexpr int threads = 8, machines_each = 25;
constexpr std::int64_t gib = 1 << 30, new_year = 1'767'225'600;  // 2026-01-01T00:00:00Z

/// The life of one machine, so that it can be checked what the ledger makes of it: with a disk, and as long as it is on, CPUs.
struct Plan {
    std::string id;
    Shape shape;
    notch::Instant created, on, off, removed;
};
Plan plan_of(int machine) {
    const std::int64_t created = new_year + machine * 37;
    return {.id = "vm-" + std::to_string(machine),
            .shape = {.cpu = 1 << machine % 4, .mem_bytes = (2 << machine % 3) * gib, .storage_bytes = 20 * gib},
            .created = notch::Instant{created},
            .on = notch::Instant{created + 5},
            .off = notch::Instant{created + 605 + machine * 60},
            .removed = notch::Instant{created + 86'400}};
}

/// One thread's machines, from where the ledger ends: `done` has how many entries there are of each.
void run_machines(notch::Recorder& recorder, const std::map<std::string, int>& done, int thread) {
    for (int machine = thread; machine < threads * machines_each; machine += threads) {
        const Plan plan = plan_of(machine);
        const auto entry = [&plan](Kind kind, Reason reason, notch::Instant at) {
            return Entry{.kind = kind, .vm_id = plan.id, .reason = reason, .shape = plan.shape, .emitted_at = at};
        };
        const Entry life[] = {entry(Kind::vm_storage_start, Reason::unsaid, plan.created),
                              entry(Kind::vm_compute_start, Reason::boot, plan.on),
                              entry(Kind::vm_compute_stop, Reason::stop_user, plan.off),
                              entry(Kind::vm_storage_stop, Reason::vm_rm, plan.removed)};
        const auto before = done.find(plan.id);
        for (int next = before == done.end() ? 0 : before->second; next < 4; ++next) {
            recorder.record(life[next]);  // from here on a kill does not lose it
            usleep(200);
        }
    }
}

void meter() {
    // The journal first: what the process before had not yet written is written now, by the constructor.
    notch::Recorder recorder{notch::FileSink{ledger_path}, {.journal = journal_path}};
    std::map<std::string, int> done;
    const auto seen = notch::LedgerReader{ledger_path}.visit<Entry>([&](const Entry& entry) { ++done[entry.vm_id]; });
    if (!seen) std::puts(seen.error().message().c_str());
    std::vector<std::thread> running;
    running.reserve(threads);
    for (int thread = 0; thread < threads; ++thread)
        running.emplace_back([&, thread] { run_machines(recorder, done, thread); });
    for (std::thread& one : running) one.join();
}

/// Meters in a process of its own, which is killed once the ledger has so many bytes.
void meter_until_killed(long bytes) {
    const pid_t child = fork();
    if (child == 0) {
        meter();
        for (;;) pause();
    }
    struct stat file = {};
    while (stat(ledger_path, &file) != 0 || file.st_size < bytes) usleep(100);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    std::puts(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "killed with -9 while metering" : "ended by itself");
}

int main() {
    std::remove(ledger_path);
    std::remove(journal_path);
    for (const long bytes : {10'000, 25'000, 60'000}) meter_until_killed(bytes);
    meter();

    const auto usage = Usage::of(notch::LedgerReader{ledger_path});
    if (!usage) return std::puts(usage.error().message().c_str()), 1;
    const notch::PairCounts& counts = usage->counts();
    std::printf("\n%d intervals, %d still open, %d stops without a start, %d starts twice\n", int(counts.closed),
                int(usage->open().size()), int(counts.orphans), int(counts.restarted));

    double planned_cpu = 0, planned_memory = 0, planned_storage = 0;
    for (int machine = 0; machine < threads * machines_each; ++machine) {
        const Plan plan = plan_of(machine);
        const std::int64_t on_for = plan.off.seconds - plan.on.seconds;
        planned_cpu += double(on_for * plan.shape.cpu);
        planned_memory += double(on_for * plan.shape.mem_bytes);
        planned_storage += double((plan.removed.seconds - plan.created.seconds) * plan.shape.storage_bytes);
    }
    const Amount compute = usage->total(Resource::vm_compute), storage = usage->total(Resource::vm_storage);
    const auto row = [](const char* what, double used, double planned, double unit) {
        std::printf("%-8s %12.2f %s\n", what, used / unit, used == planned ? "as planned" : "NOT AS PLANNED");
    };
    row("CPU h", compute.cpu_seconds, planned_cpu, 3600);
    row("RAM GiBh", compute.memory_byte_seconds, planned_memory, 3600.0 * gib);
    row("disk GiBh", storage.storage_byte_seconds, planned_storage, 3600.0 * gib);

    std::puts("\nby shape, of the CPUs");
    std::map<std::int64_t, double> hours;
    for (const auto& use : usage->by_shape())
        if (use.key.resource == Resource::vm_compute) hours[use.shape.cpu] += double(use.duration.count()) / 3.6e12;  // ns
    for (const auto& [cpu, time] : hours) std::printf("%2d CPU %9.2f h\n", int(cpu), time);
}
