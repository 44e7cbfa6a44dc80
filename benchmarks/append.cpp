// SPDX-License-Identifier: MIT
//
// How many events a second one thread can append to a ledger for good, and what their safety costs.
//
//     append RESULTS DIRECTORY ROUNDS EVENTS
//
// Each target appends EVENTS events to a fresh file in DIRECTORY as fast as it can; the time ends when all are written, and they are
// counted. The limit is a program that has its lines ready and does nothing but write(2), 64 KiB at a time. Every measurement runs in a
// process of its own; the targets take turns for ROUNDS rounds, and the medians are appended to the ledger RESULTS.
#include <fcntl.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/child.hpp"
#include "common/events.hpp"
#include "common/measure.hpp"
#include "notch.hpp"
#include "record/targets.hpp"

/// One target's figures: medians of the rounds.
struct AppendRate {
    std::string target;
    std::uint64_t events;
    double megabytes_per_second;
    double events_per_second;
    double cpu_ns;    ///< of all threads, for one event
    double of_plain;  ///< the time divided by that of the plain write in the same round
};

namespace {

using namespace bench;

/// A FileSink under one policy.
template <notch::Sync sync>
class Ledger {
public:
    static constexpr const char* name = sync == notch::Sync::os         ? "notch, Sync::os"
                                        : sync == notch::Sync::interval ? "notch, Sync::interval, 1 s"
                                                                        : "notch, Sync::each";
    explicit Ledger(const std::string& path) : recorder_{notch::FileSink{notch::FileOptions{.path = path, .sync = sync}}} {}
    void append(const Events& events, std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) (void)recorder_.record(events.starts[i % Events::count]);
        (void)recorder_.flush(std::chrono::hours{1});
        recorder_.close();
    }

private:
    notch::Recorder recorder_;
};

/// Nothing but writing: the lines are ready.
template <bool synced>
class PlainWrite {
public:
    static constexpr const char* name = synced ? "plain write(2) and fsync, 64 KiB" : "plain write(2), 64 KiB";
    explicit PlainWrite(const std::string& path) : file_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)} {}
    PlainWrite(const PlainWrite&) = delete;
    PlainWrite& operator=(const PlainWrite&) = delete;
    ~PlainWrite() { ::close(file_); }

    void append(const Events& events, std::uint64_t count) {
        std::string piece;
        std::size_t lines = 0;
        for (; piece.size() < 64 * 1024; ++lines) (notch::append_line(piece, events.starts[lines % Events::count]), piece += '\n');
        std::string rest;
        for (std::size_t i = 0; i < count % lines; ++i) (notch::append_line(rest, events.starts[i % Events::count]), rest += '\n');
        for (std::uint64_t i = 0; i < count / lines; ++i) write_piece(piece);
        write_piece(rest);
    }

private:
    void write_piece(const std::string& bytes) const {
        if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
        if (synced && ::fsync(file_) != 0) std::abort();
    }
    int file_;
};

/// spdlog's own way to have no file grow for ever, with a lock around it; it formats without escaping, and buffers.
class SpdlogRotating {
public:
    static constexpr const char* name = "spdlog rotating file";
    explicit SpdlogRotating(const std::string& path)
        : logger_{"events", std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, std::size_t{1} << 40, 2)} {
        logger_.set_pattern("%v");
    }
    void append(const Events& events, std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const RunnerStart& v = events.starts[i % Events::count];
            logger_.info(
                R"({{"timestamp":{},"event":"runner_start","flavor":"{}","workflow":"{}","repo":"{}","github_event":"{}",)"
                R"("idle":{},"queue_duration":{}}})",
                v.timestamp, v.flavor, v.workflow, v.repo, v.github_event, v.idle, v.queue_duration.value_or(0));
        }
        logger_.flush();
    }

private:
    spdlog::logger logger_;
};

class OneWriteEach {
public:
    static constexpr const char* name = MutexAndWrite::name;
    explicit OneWriteEach(const std::string& path) : target_{path} {}
    void append(const Events& events, std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) target_.record(events.starts[i % Events::count]);
    }

private:
    MutexAndWrite target_;
};

struct Sample {
    double nanoseconds = 0;
    double cpu = 0;
    double bytes = 0;
};

template <class Target>
Sample measure(const std::string& directory, std::uint64_t count) {
    const std::string path = directory + "/append.ledger";
    std::remove(path.c_str());
    const Events events{Values::measured};
    const std::int64_t begin = nanoseconds();
    const std::int64_t cpu_begin = process_nanoseconds();
    {
        Target target{path};
        target.append(events, count);
    }
    Sample sample;
    sample.nanoseconds = static_cast<double>(nanoseconds() - begin);
    sample.cpu = static_cast<double>(process_nanoseconds() - cpu_begin);
    sample.bytes = static_cast<double>(std::filesystem::file_size(path));
    const std::uint64_t lines = lines_in(path);
    std::remove(path.c_str());
    if (lines == count) return sample;
    std::fprintf(stderr, "%s wrote %llu lines of %llu\n", Target::name, static_cast<unsigned long long>(lines),
                 static_cast<unsigned long long>(count));
    _exit(1);
}

struct Row {
    const char* name;
    Sample (*measure)(const std::string& directory, std::uint64_t count);
};
template <class Target>
constexpr Row row_of{Target::name, measure<Target>};

/// The first is what the others are compared with.
const std::vector<Row> rows{
    row_of<PlainWrite<false>>, row_of<Ledger<notch::Sync::os>>, row_of<Ledger<notch::Sync::interval>>, row_of<SpdlogRotating>,
    row_of<OneWriteEach>,      row_of<PlainWrite<true>>,        row_of<Ledger<notch::Sync::each>>,
};

std::vector<AppendRate> measure_all(std::size_t rounds, const std::string& directory, std::uint64_t events) {
    struct Figures {
        std::vector<double> seconds, cpu, ratio;
        double bytes = 0;
    };
    std::vector<Figures> all(rows.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        std::vector<Sample> samples(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::size_t at = (i + round) % rows.size();
            samples[at] = in_child([&] { return rows[at].measure(directory, events); });
        }
        for (std::size_t at = 0; at < rows.size(); ++at) {
            all[at].seconds.push_back(samples[at].nanoseconds / 1e9);
            all[at].cpu.push_back(samples[at].cpu / static_cast<double>(events));
            all[at].ratio.push_back(samples[at].nanoseconds / samples[0].nanoseconds);
            all[at].bytes = samples[at].bytes;
        }
    }
    std::vector<AppendRate> out;
    std::printf("\n%llu events to a fresh file, one producer\n%-36s %8s %14s %12s %9s\n", static_cast<unsigned long long>(events), "",
                "MB/s", "events/s", "CPU ns/event", "of plain");
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const double seconds = median(all[at].seconds);
        out.push_back({rows[at].name, events, all[at].bytes / seconds / 1e6, static_cast<double>(events) / seconds, median(all[at].cpu),
                       median(all[at].ratio)});
        const AppendRate& rate = out.back();
        std::printf("    %-32s %8.0f %14.0f %12.0f %9.2f\n", rows[at].name, rate.megabytes_per_second, rate.events_per_second, rate.cpu_ns,
                    rate.of_plain);
    }
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "append RESULTS DIRECTORY ROUNDS EVENTS\n");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::vector<AppendRate> rates = measure_all(std::strtoull(argv[3], nullptr, 10), argv[2], std::strtoull(argv[4], nullptr, 10));
    notch::Recorder results{notch::FileSink{argv[1]}};
    for (const AppendRate& rate : rates) results.record(rate);
    return results.flush() ? 0 : 1;
}
