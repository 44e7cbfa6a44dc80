// SPDX-License-Identifier: MIT
// A metering ledger as a picture: starts and stops become the bars of a trace, for chrome://tracing or ui.perfetto.dev.
// Arguments: the ledger; without one it makes one.
#include "notch.hpp"

#include <cstdio>
#include <fstream>
#include <map>

using namespace notch::metering;

/// What the trace's viewer reads; times in microseconds.
struct Bar {
    std::string name;
    Resource cat;    // where it can be switched on and off
    std::string ph;  // X: a bar; i: a mark, here of what has not ended yet
    double ts;
    std::optional<double> dur;
    int pid;
    int tid;  // the row
    Shape args;
};

class Trace {
public:
    using Time = std::chrono::nanoseconds;

    void add(const Subject& subject, const Shape& shape, Time start, std::optional<Time> duration) {
        const auto microseconds = [](Time time) { return double(time.count()) / 1e3; };
        const int row = rows_.try_emplace(subject.id, int(rows_.size()) + 1).first->second;
        bars_.push_back({.name = subject.id,
                         .cat = subject.resource,
                         .ph = duration ? "X" : "i",
                         .ts = microseconds(start),
                         .dur = duration ? std::optional{microseconds(*duration)} : std::nullopt,
                         .pid = int(subject.resource) + 1,
                         .tid = row,
                         .args = shape});
    }
    [[nodiscard]] std::string json() const { return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":" + notch::to_json(bars_) + "}\n"; }
    [[nodiscard]] std::size_t size() const { return bars_.size(); }

private:
    std::map<std::string, int> rows_;
    std::vector<Bar> bars_;
};

void make_ledger(const char* path) {
    std::remove(path);
    notch::Recorder recorder{notch::FileSink{path}};
    const auto record = [&](Kind kind, const char* id, std::int64_t second, Shape shape = {}) {
        recorder.record(Entry{.kind = kind, .vm_id = id, .shape = shape, .emitted_at = notch::Instant{1'779'238'923 + second}});
    };
    record(Kind::vm_storage_start, "vm1", 0, {.storage_bytes = 1 << 30});
    record(Kind::vm_compute_start, "vm1", 2, {.cpu = 4});
    record(Kind::vm_compute_start, "vm2", 5, {.cpu = 2});
    record(Kind::vm_compute_stop, "vm1", 9);
    record(Kind::vm_compute_start, "vm1", 12, {.cpu = 8});
    record(Kind::vm_compute_stop, "vm1", 13);
    record(Kind::vm_storage_stop, "vm1", 15);
}

int main(int argc, char** argv) {
    const char* const path = argc > 1 ? argv[1] : "vms.ledger";
    if (argc < 2) make_ledger(path);

    Trace trace;
    const auto usage = Usage::of(notch::LedgerReader{path},
                                 [&](const Usage::Interval& one) { trace.add(one.key, one.shape, one.start, one.duration); });
    if (!usage) return std::puts(usage.error().message().c_str()), 1;
    for (const Usage::OpenInterval& one : usage->open()) trace.add(one.key, one.shape, one.start, {});

    std::ofstream{"trace.json", std::ios::binary} << trace.json();
    std::printf("trace.json has %zu bars: open it in ui.perfetto.dev or chrome://tracing\n", trace.size());
    if (argc < 2) std::fputs(trace.json().c_str(), stdout);
}
