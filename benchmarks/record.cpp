// SPDX-License-Identifier: MIT
//
// What it costs a thread to record an event, and how many events a second reach a file.
//
//     record RESULTS DIRECTORY ROUNDS BURSTS EVENTS
//
// Latency: each producer records bursts of 20 events with a pause between them; a burst's mean is one sample, because one
// call is shorter than reading the clock. Throughput: one producer records EVENTS events to a fresh file in DIRECTORY as
// fast as it can; the time ends when all are written, and they are counted. Every measurement runs in a process of its own;
// the targets take turns for ROUNDS rounds, and the medians are appended to the ledger RESULTS.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "common/child.hpp"
#include "common/events.hpp"
#include "common/measure.hpp"
#include "notch.hpp"
#include "record/targets.hpp"

/// Nanoseconds that a call of record() takes: medians of the rounds.
struct RecordLatency {
    std::string target;
    int producers;
    double p50;
    double p99;
    double p999;
    double p9999;
};

/// One producer to a fresh file.
struct RecordThroughput {
    std::string target;
    std::uint64_t events;
    double events_per_second;
    double cpu_ns;     ///< of all threads, for one event
    double megabytes;  ///< the process's peak less what it had before
};

namespace {

using namespace bench;

using Sample = std::array<double, 4>;

// ---- latency -------------------------------------------------------------------------------------------------------

constexpr std::size_t burst = 20;
constexpr std::int64_t pause_ns = 20'000;
constexpr std::size_t warm_up = 500;  // bursts: every page of a queue has been touched

/// The events of a burst: few, so that they are in the cache as an event is that was just filled.
const std::vector<RunnerStart>& burst_events() {
    static const std::vector<RunnerStart> events = [] {
        Events all{Values::measured};
        return std::vector<RunnerStart>(all.starts.begin(), all.starts.begin() + burst);
    }();
    return events;
}

/// How many ticks a nanosecond has.
double ticks_per_nanosecond() {
    const std::int64_t begin = nanoseconds();
    const std::uint64_t first = ticks();
    while (nanoseconds() - begin < 20'000'000) continue;
    return static_cast<double>(ticks() - first) / static_cast<double>(nanoseconds() - begin);
}

template <class Target>
void produce(Target& target, std::size_t bursts, double scale, std::vector<double>& samples) {
    const std::vector<RunnerStart>& events = burst_events();
    samples.reserve(bursts);
    for (std::size_t i = 0; i < warm_up + bursts; ++i) {
        const std::uint64_t begin = ticks();
        for (const RunnerStart& event : events) target.record(event);
        const double spent = static_cast<double>(ticks() - begin) / (scale * burst);
        if (i >= warm_up) samples.push_back(spent);
        for (const std::int64_t until = nanoseconds() + pause_ns; nanoseconds() < until;) continue;
    }
}

template <class Target>
Sample latency(int producers, std::size_t bursts) {
    static const double scale = ticks_per_nanosecond();
    (void)burst_events();
    Target target{"/dev/null"};
    std::vector<std::vector<double>> samples(static_cast<std::size_t>(producers));
    std::vector<std::thread> threads;
    for (std::vector<double>& mine : samples) threads.emplace_back([&] { produce(target, bursts, scale, mine); });
    for (std::thread& thread : threads) thread.join();
    target.finish();
    std::vector<double> all;
    for (const std::vector<double>& mine : samples) all.insert(all.end(), mine.begin(), mine.end());
    return {quantile(all, 0.5), quantile(all, 0.99), quantile(all, 0.999), quantile(all, 0.9999)};
}

// ---- throughput ----------------------------------------------------------------------------------------------------

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

template <class Target>
Sample throughput(const std::string& directory, std::uint64_t count) {
    const std::string path = directory + "/record.ledger";
    std::remove(path.c_str());
    const Events events{Values::measured};
    const double memory = peak_megabytes();
    const std::int64_t begin = nanoseconds();
    const std::int64_t cpu_begin = process_nanoseconds();
    {
        Target target{path};
        for (std::uint64_t i = 0; i < count; ++i) target.record(events.starts[i % Events::count]);
        target.finish();
    }
    const double seconds = static_cast<double>(nanoseconds() - begin) / 1e9;
    const double cpu = static_cast<double>(process_nanoseconds() - cpu_begin);
    const double peak = peak_megabytes() - memory;
    const std::uint64_t lines = lines_in(path);
    std::remove(path.c_str());
    if (lines != count) {
        std::fprintf(stderr, "%s wrote %llu lines of %llu\n", Target::name, static_cast<unsigned long long>(lines),
                     static_cast<unsigned long long>(count));
        _exit(1);
    }
    const auto n = static_cast<double>(count);
    return {n / seconds, cpu / n, peak};
}

// ---- all of them ---------------------------------------------------------------------------------------------------

struct Row {
    const char* name;
    Sample (*latency)(int producers, std::size_t bursts);
    Sample (*throughput)(const std::string& directory, std::uint64_t count);
};
template <class Target>
constexpr Row row_of{Target::name, latency<Target>, throughput<Target>};

const std::vector<Row> rows{row_of<Notch>,          row_of<NotchJournal>, row_of<NotchNowhere>, row_of<NotchSpinning>,
                            row_of<QueueOfStructs>, row_of<SpdlogAsync>,  row_of<MutexAndSwap>, row_of<MutexAndWrite>};

/// Every row's median of each figure; the rows take turns.
template <class Measure>
std::vector<Sample> medians(std::size_t rounds, Measure measure) {
    std::vector<std::array<std::vector<double>, 4>> all(rows.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::size_t at = (i + round) % rows.size();
            const Sample sample = measure(rows[at]);
            for (std::size_t k = 0; k < sample.size(); ++k) all[at][k].push_back(sample[k]);
        }
    }
    std::vector<Sample> out(rows.size());
    for (std::size_t at = 0; at < rows.size(); ++at)
        for (std::size_t k = 0; k < out[at].size(); ++k) out[at][k] = median(all[at][k]);
    return out;
}

std::vector<RecordLatency> measure_latency(std::size_t rounds, std::size_t bursts) {
    std::vector<RecordLatency> out;
    for (const int producers : {1, 2, 4}) {
        std::printf("\nrecord(), ns, mean of bursts of %zu, %d producer%s\n%-28s %9s %9s %9s %9s\n", burst, producers,
                    producers == 1 ? "" : "s", "", "p50", "p99", "p99.9", "p99.99");
        const std::vector<Sample> figures =
            medians(rounds, [&](const Row& row) { return in_child([&] { return row.latency(producers, bursts); }); });
        for (std::size_t at = 0; at < rows.size(); ++at) {
            const auto& [p50, p99, p999, p9999] = figures[at];
            std::printf("    %-25s %9.1f %9.1f %9.1f %9.1f\n", rows[at].name, p50, p99, p999, p9999);
            out.push_back({rows[at].name, producers, p50, p99, p999, p9999});
        }
    }
    return out;
}

std::vector<RecordThroughput> measure_throughput(std::size_t rounds, const std::string& directory, std::uint64_t events) {
    std::vector<RecordThroughput> out;
    const std::vector<Sample> figures = medians(rounds, [&](const Row& row) {
        if (row.throughput == row_of<NotchNowhere>.throughput || row.throughput == row_of<NotchSpinning>.throughput) return Sample{};
        return in_child([&] { return row.throughput(directory, events); });
    });
    std::printf("\n%llu events to a fresh file, one producer\n%-28s %14s %12s %9s\n", static_cast<unsigned long long>(events), "",
                "events/s", "CPU ns/event", "MB");
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const auto& [rate, cpu, megabytes, unused] = figures[at];
        if (rate == 0) continue;
        std::printf("    %-24s %14.0f %12.0f %9.1f\n", rows[at].name, rate, cpu, megabytes);
        out.push_back({rows[at].name, events, rate, cpu, megabytes});
    }
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "record RESULTS DIRECTORY ROUNDS BURSTS EVENTS\n");
        return 2;
    }
    const auto number = [&](int at) { return static_cast<std::size_t>(std::strtoull(argv[at], nullptr, 10)); };
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::vector<RecordLatency> latencies = measure_latency(number(3), number(4));
    const std::vector<RecordThroughput> throughputs = measure_throughput(number(3), argv[2], number(5));
    notch::Recorder results{notch::FileSink{argv[1]}};
    for (const RecordLatency& figure : latencies) results.record(figure);
    for (const RecordThroughput& figure : throughputs) results.record(figure);
    return results.flush() ? 0 : 1;
}
