// SPDX-License-Identifier: MIT
// What is in a ledger, whoever wrote it: how many of which events and when, the percentiles of their numbers, and what is missing.
// Arguments: the ledger; without one it makes one and loses a piece of it.
#include "notch.hpp"
#include "terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

using Object = std::map<std::string, notch::RawJson>;  // any object: its members as they stand

struct Event {
    std::uint64_t count = 0;
    std::map<std::string, std::vector<double>> numbers;  // by the member's name, "shape.cpu" where it stands in another
};

struct Report {
    std::map<std::string, Event> events;
    std::vector<double> times;  // of lines that have one, seconds since 1970
};

/// The time of a line: `timestamp`, or `emitted_at` as a metering entry has it.
void take_time(Report& report, const Object& members) {
    if (const auto at = members.find("timestamp"); at != members.end()) {
        if (const auto seconds = notch::from_json<double>(at->second.text)) report.times.push_back(*seconds);
    } else if (const auto text = members.find("emitted_at"); text != members.end()) {
        const auto time = notch::from_json<notch::Instant>(text->second.text);
        if (time) report.times.push_back(time->time_since_epoch().count());
    }
}

void take_numbers(Event& event, const std::string& prefix, const Object& members) {
    for (const auto& [name, value] : members) {
        if (name == "timestamp") continue;
        if (const auto number = notch::from_json<double>(value.text)) event.numbers[prefix + name].push_back(*number);
        else if (const auto inner = notch::from_json<Object>(value.text)) take_numbers(event, prefix + name + '.', *inner);
    }
}

void take(Report& report, const notch::LedgerLine& line) {
    const auto members = notch::from_json<Object>(line.text);
    if (!members) return;
    std::string name{line.event};
    if (const auto kind = members->find("kind"); name.empty() && kind != members->end())  // as a metering entry has it
        name = notch::from_json<std::string>(kind->second.text).value_or("");
    Event& event = report.events[name.empty() ? "(no name)" : name];
    ++event.count;
    take_time(report, *members);
    take_numbers(event, "", *members);
}

/// The value that `share` of the others are not above.
double percentile(std::vector<double>& values, double share) {
    const auto at = values.begin() + std::ptrdiff_t(share * double(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

void show_times(const std::vector<double>& times) {
    if (times.empty()) return;
    const auto [first, last] = std::minmax_element(times.begin(), times.end());
    const double span = std::max(*last - *first, 1e-6);
    constexpr int slices = 8;
    double counts[slices] = {};
    for (const double time : times) ++counts[std::min(slices - 1, int((time - *first) / span * slices))];
    std::printf("\n  %s\n", terminal::paint("1", "over time").c_str());
    const double most = *std::max_element(counts, counts + slices);
    for (int slice = 0; slice < slices; ++slice) {
        const std::string bar = terminal::bar(counts[slice] / most, 24);
        std::printf("  +%-23.1f %s %.2f a second\n", span * slice / slices, bar.c_str(), counts[slice] * slices / span);
    }
}

void show_numbers(Event& event, const std::string& name) {
    if (event.numbers.empty()) return;
    std::printf("\n  %-24.24s %10s %10s %10s %10s\n", terminal::printable(name).c_str(), "median", "95 %", "99 %", "largest");
    for (auto& [member, values] : event.numbers) {
        std::printf("  %-24.24s", terminal::printable(member).c_str());
        for (const double share : {0.5, 0.95, 0.99, 1.0}) std::printf(" %10.4g", percentile(values, share));
        std::puts("");
    }
}

/// Jobs on runners; with a producer's numbers 40 to 44 cut out, and an end that was torn off.
void make_ledger(const char* path) {
    struct Job {
        double timestamp;
        std::string flavor;
        double seconds;
        int retries;
    };
    std::remove(path);
    {
        notch::Recorder recorder{notch::FileSink{path}, {.identity = true}};
        for (int job = 0; job < 200; ++job)
            recorder.record(Job{.timestamp = 1'795'190'400.0 + job * job * 0.01,
                                .flavor = job % 3 == 0 ? "large" : "small",
                                .seconds = 1.5 + job % 17 * 0.25,
                                .retries = job % 50 == 7 ? 2 : 0});
    }
    std::ifstream whole{path, std::ios::binary};
    std::string rest;
    int number = 0;
    for (std::string line; std::getline(whole, line); ++number)
        if (number < 40 || number > 44) rest += line + '\n';
    whole.close();
    std::ofstream{path, std::ios::binary} << rest.substr(0, rest.size() - 30);
}

int main(int argc, char** argv) {
    const char* const path = argc > 1 ? argv[1] : "jobs.ledger";
    if (argc < 2) make_ledger(path);
    const auto ledger = notch::LedgerReader::open(path);
    if (!ledger) return std::puts(ledger.error().message().c_str()), 1;

    Report report;
    for (const notch::LedgerLine& line : ledger->lines()) take(report, line);
    std::vector<terminal::Row> rows;
    rows.reserve(report.events.size());
    for (const auto& [name, event] : report.events) rows.push_back({name, double(event.count), terminal::grouped(event.count)});
    terminal::table("events", rows);
    show_times(report.times);
    for (auto& [name, event] : report.events) show_numbers(event, name);

    const auto audit = ledger->audit();
    if (!audit) return std::puts(audit.error().message().c_str()), 1;
    std::printf("\n  %s\n", terminal::paint("1", audit->clean() ? "nothing is missing" : "what is missing").c_str());
    std::printf("  %d ids, %d missing in %d gaps, %d lost as the writer says, %d twice, %d bad lines, %d torn\n",
                int(audit->ids), int(audit->missing), int(audit->gaps), int(audit->lost), int(audit->duplicates),
                int(audit->counts.bad), int(audit->torn));
}
