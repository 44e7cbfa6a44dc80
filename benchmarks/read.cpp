// SPDX-License-Identifier: MIT
//
// How long it takes to read an event from JSON into a fresh struct, for notch and for other libraries in the same run.
//
//     read RESULTS ROUNDS                  checks that all read the same, measures, prints a table, and appends every
//                                          figure to the ledger RESULTS
//     read --count READER EVENT VALUES N   only reads N events, so that a tool can count the instructions
//     read --list                          every READER, EVENT and VALUES of --count, a line each
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/events.hpp"
#include "common/measure.hpp"
#include "notch.hpp"
#include "read/readers.hpp"

/// One figure of the results.
struct ReadTime {
    std::string values;
    std::string kind;
    std::string reader;
    double ns;
    double of_best;  ///< the time divided by that of the quicker of glaze and yyjson in the same round; the median of all rounds
    double bytes;    ///< of one text, on average
};

namespace {

using namespace bench;

auto fields_of(const RunnerStart& v) {
    return std::tie(v.timestamp, v.flavor, v.workflow, v.repo, v.github_event, v.idle, v.queue_duration);
}
auto fields_of(const MeteringEntry& v) {
    return std::tuple{v.kind,       v.vm_id,     v.snapshot_id,     v.source_snapshot_id,  v.reason,
                      v.hypervisor, v.shape.cpu, v.shape.mem_bytes, v.shape.storage_bytes, v.emitted_at};
}
auto fields_of(const RunnerStop& v) {
    const std::optional<int> code = v.status_info ? std::optional{v.status_info->code} : std::nullopt;
    return std::tuple{v.timestamp, v.flavor, v.workflow, v.repo, v.github_event, v.status, code, v.job_duration, v.job_conclusion};
}

const std::vector<const Reader*> readers{
    &notch_reader, &glaze_reader, &glaze_unchecked_reader, &yyjson_reader, &simdjson_reader, &rapidjson_reader, &nlohmann_reader,
};

/// The text of one event, with room behind it, and the event for comparison.
template <class Event>
struct Known {
    std::string text;
    Event event;
};

template <class Event>
std::vector<Known<Event>> known(const std::vector<Event>& events) {
    std::vector<Known<Event>> out;
    for (const Event& event : events) {
        out.push_back({notch::to_json(event), event});
        out.back().text.append(padding, '\0');
        out.back().text.resize(out.back().text.size() - padding);
    }
    return out;
}

/// Calls `f(values, name, events)` for each kind of event and each sort of values.
template <class F>
void for_each_kind(std::string_view values, const Events& events, F f) {
    f(values, std::string_view{"RunnerStart"}, known(events.starts));
    f(values, std::string_view{"RunnerStop"}, known(events.stops));
    f(values, std::string_view{"MeteringEntry"}, known(events.entries));
}
template <class F>
void for_each_case(F f) {
    for_each_kind("measured", Events{Values::measured}, f);
    for_each_kind("mixed", Events{Values::mixed}, f);
    for_each_kind("hard", Events{Values::hard}, f);
}

/// Whether all readers give every event back; prints the first that does not.
bool all_agree() {
    bool agree = true;
    for_each_case([&](std::string_view values, std::string_view kind, const auto& events) {
        for (const Reader* reader : readers) {
            for (const auto& [text, event] : events) {
                auto copy = decltype(event){};
                if ((*reader)(text, &copy) && fields_of(copy) == fields_of(event)) continue;
                std::fprintf(stderr, "%s reads a %s with %s values wrongly:\n  %s\n", reader->name.data(), kind.data(), values.data(),
                             text.c_str());
                agree = false;
                break;
            }
        }
    });
    return agree;
}

/// Nanoseconds for one event, when all events are read `passes` times.
template <class Event>
double time_once(const Reader& reader, const std::vector<Known<Event>>& events, int passes) {
    Event* const no_copy = nullptr;
    const std::int64_t begin = thread_nanoseconds();
    for (int i = 0; i < passes; ++i)
        for (const Known<Event>& known : events) (void)reader(known.text, no_copy);
    return static_cast<double>(thread_nanoseconds() - begin) / (passes * static_cast<double>(events.size()));
}

/// How many passes take about a third of a millisecond: long enough for the clock, too short to be interrupted often.
template <class Event>
int passes_for(const Reader& reader, const std::vector<Known<Event>>& events) {
    (void)time_once(reader, events, 2);
    const double one = time_once(reader, events, 2) * static_cast<double>(events.size());
    return 1 + static_cast<int>(300'000 / one);
}

template <class Event>
double mean_size(const std::vector<Known<Event>>& events) {
    double bytes = 0;
    for (const Known<Event>& known : events) bytes += static_cast<double>(known.text.size());
    return bytes / static_cast<double>(events.size());
}

void print_table(const std::vector<ReadTime>& rows) {
    std::printf("\n%s, %s, %.0f bytes\n", rows[0].kind.c_str(), rows[0].values.c_str(), rows[0].bytes);
    for (const ReadTime& row : rows)
        std::printf("    %-40s %8.1f ns   %6.2f of the quicker of glaze and yyjson\n", row.reader.c_str(), row.ns, row.of_best);
}

std::size_t place_of(const Reader& reader) {
    return static_cast<std::size_t>(std::find(readers.begin(), readers.end(), &reader) - readers.begin());
}

/// All readers take turns, beginning with another one each round, so that none gets the quieter machine.
template <class Event>
std::vector<ReadTime> measure(std::string_view values, std::string_view kind, const std::vector<Known<Event>>& events, std::size_t rounds) {
    std::vector<int> passes;
    for (const Reader* reader : readers) passes.push_back(passes_for(*reader, events));
    std::vector<std::vector<double>> times(readers.size());
    std::vector<std::vector<double>> ratios(readers.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < readers.size(); ++i) {
            const std::size_t at = (i + round) % readers.size();
            times[at].push_back(time_once(*readers[at], events, passes[at]));
        }
        const double best = (std::min)(times[place_of(glaze_reader)].back(), times[place_of(yyjson_reader)].back());
        for (std::size_t at = 0; at < readers.size(); ++at) ratios[at].push_back(times[at].back() / best);
    }
    std::vector<ReadTime> rows;
    for (std::size_t at = 0; at < readers.size(); ++at)
        rows.push_back({std::string{values}, std::string{kind}, std::string{readers[at]->name}, median(times[at]), median(ratios[at]),
                        mean_size(events)});
    return rows;
}

int measure_all(const char* results, std::size_t rounds) {
    if (!all_agree()) return 1;
    stay_on_one_processor();
    std::vector<ReadTime> figures;
    for_each_case([&](std::string_view values, std::string_view kind, const auto& events) {
        const std::vector<ReadTime> rows = measure(values, kind, events, rounds);
        print_table(rows);
        figures.insert(figures.end(), rows.begin(), rows.end());
    });
    notch::Recorder recorder{notch::FileSink{results}};
    for (const ReadTime& figure : figures) recorder.record(figure);
    return recorder.flush() ? 0 : 1;
}

template <class Event>
void read_some(const Reader& reader, const std::vector<Known<Event>>& events, int times) {
    Event* const no_copy = nullptr;
    for (int i = 0; i < times; ++i) (void)reader(events[static_cast<std::size_t>(i) % events.size()].text, no_copy);
}

int count(std::string_view name, std::string_view wanted_kind, std::string_view wanted_values, int times) {
    int code = 1;
    for_each_case([&](std::string_view values, std::string_view kind, const auto& events) {
        if (kind != wanted_kind || values != wanted_values) return;
        for (const Reader* reader : readers) {
            if (reader->name != name) continue;
            read_some(*reader, events, times);
            code = 0;
        }
    });
    return code;
}

int list() {
    for_each_case([&](std::string_view values, std::string_view kind, const auto&) {
        for (const Reader* reader : readers) std::printf("%s\t%s\t%s\n", reader->name.data(), kind.data(), values.data());
    });
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    if (arguments.size() == 1 && arguments[0] == "--list") return list();
    if (arguments.size() == 5 && arguments[0] == "--count") return count(arguments[1], arguments[2], arguments[3], std::atoi(argv[5]));
    if (arguments.size() == 2) return measure_all(argv[1], static_cast<std::size_t>(std::atoi(argv[2])));
    std::fprintf(stderr, "read RESULTS ROUNDS | read --count READER EVENT VALUES N | read --list\n");
    return 2;
}
