// SPDX-License-Identifier: MIT
//
// How long it takes to write an event as JSON, for notch and for other libraries in the same run.
//
//     write RESULTS ROUNDS                  checks that all write the same, measures, prints a table, and appends every
//                                           figure to the ledger RESULTS
//     write --count WRITER EVENT VALUES N   only writes N events, so that a tool can count the instructions
//     write --list                          every WRITER, EVENT and VALUES of --count, a line each
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/events.hpp"
#include "common/measure.hpp"
#include "notch.hpp"
#include "write/writers.hpp"

/// One figure of the results.
struct WriteTime {
    std::string values;
    std::string kind;
    std::string writer;
    double ns;
    double of_glaze;  ///< the time divided by glaze's in the same round; the median of all rounds
    double bytes;     ///< of one event, on average
};

namespace {

using namespace bench;

// The floor: the line is known already and its bytes are copied.
template <class Event>
std::vector<std::string> known_lines;
template <class Event>
const Event* first_event = nullptr;

template <class Event>
void know_lines(const std::vector<Event>& events) {
    first_event<Event> = events.data();
    known_lines<Event>.clear();
    for (const Event& event : events) known_lines<Event>.emplace_back(notch_writer(event));
}

template <class Event>
std::string_view copy(const Event& event) {
    static char buffer[4096];
    const std::string& line = known_lines<Event>[static_cast<std::size_t>(&event - first_event<Event>)];
    std::memcpy(buffer, line.data(), line.size());
    return {buffer, line.size()};
}
const Writer copy_writer{"memcpy of the bytes", copy<RunnerStart>, copy<RunnerStop>, copy<MeteringEntry>};

const std::vector<const Writer*> writers{
    &notch_writer,   &glaze_writer,  &glaze_buffer_writer, &glaze_default_writer, &simdjson_writer, &yyjson_writer,
    &by_hand_writer, &format_writer, &rapidjson_writer,    &nlohmann_writer,      &copy_writer,
};

/// Calls `f(name, events)` for each kind of event and each sort of values.
template <class F>
void for_each_kind(std::string_view values, const Events& events, F f) {
    f(values, std::string_view{"RunnerStart"}, events.starts);
    f(values, std::string_view{"RunnerStop"}, events.stops);
    f(values, std::string_view{"MeteringEntry"}, events.entries);
}
template <class F>
void for_each_case(F f) {
    static const Events measured{Values::measured};
    static const Events hard{Values::hard};
    for_each_kind("measured", measured, f);
    for_each_kind("hard", hard, f);
}

bool can_write(const Writer& writer, std::string_view values) { return writer.escapes_all || values == "measured"; }

/// Whether all writers give the same JSON value for every event; prints the first that does not.
bool all_agree() {
    bool agree = true;
    for_each_case([&](std::string_view values, std::string_view kind, const auto& events) {
        know_lines(events);
        for (const Writer* writer : writers) {
            if (!can_write(*writer, values)) continue;
            for (const auto& event : events) {
                const std::string line{(*writer)(event)};
                const std::string expected{notch_writer(event)};
                const auto value = nlohmann::json::parse(line, nullptr, false);
                if (!value.is_discarded() && value == nlohmann::json::parse(expected)) continue;
                std::fprintf(stderr, "%s differs for a %s:\n  %s\n  %s\n", writer->name.data(), kind.data(), line.c_str(),
                             expected.c_str());
                agree = false;
                break;
            }
        }
    });
    return agree;
}

/// Nanoseconds for one event, when all events are written `passes` times.
template <class Event>
double time_once(const Writer& writer, const std::vector<Event>& events, int passes) {
    const std::int64_t begin = thread_nanoseconds();
    for (int i = 0; i < passes; ++i)
        for (const Event& event : events) keep(writer(event).data());
    return static_cast<double>(thread_nanoseconds() - begin) / (passes * static_cast<double>(events.size()));
}

/// How many passes take about a third of a millisecond: long enough for the clock, too short to be interrupted often.
template <class Event>
int passes_for(const Writer& writer, const std::vector<Event>& events) {
    (void)time_once(writer, events, 2);
    const double one = time_once(writer, events, 2) * static_cast<double>(events.size());
    return 1 + static_cast<int>(300'000 / one);
}

template <class Event>
double mean_size(const std::vector<Event>& events) {
    double bytes = 0;
    for (const Event& event : events) bytes += static_cast<double>(notch_writer(event).size());
    return bytes / static_cast<double>(events.size());
}

void print_table(const std::vector<WriteTime>& rows) {
    std::printf("\n%s, %s, %.0f bytes\n", rows[0].kind.c_str(), rows[0].values.c_str(), rows[0].bytes);
    for (const WriteTime& row : rows) std::printf("    %-40s %8.1f ns   %6.2f of glaze\n", row.writer.c_str(), row.ns, row.of_glaze);
}

/// All writers take turns, beginning with another one each round, so that none gets the quieter machine.
template <class Event>
std::vector<WriteTime> measure(std::string_view values, std::string_view kind, const std::vector<Event>& events, std::size_t rounds) {
    know_lines(events);
    std::vector<const Writer*> able;
    std::vector<int> passes;
    for (const Writer* writer : writers) {
        if (!can_write(*writer, values)) continue;
        able.push_back(writer);
        passes.push_back(passes_for(*writer, events));
    }
    const auto glaze = static_cast<std::size_t>(std::find(able.begin(), able.end(), &glaze_writer) - able.begin());
    std::vector<std::vector<double>> times(able.size());
    std::vector<std::vector<double>> ratios(able.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < able.size(); ++i) {
            const std::size_t at = (i + round) % able.size();
            times[at].push_back(time_once(*able[at], events, passes[at]));
        }
        for (std::size_t at = 0; at < able.size(); ++at) ratios[at].push_back(times[at].back() / times[glaze].back());
    }
    std::vector<WriteTime> rows;
    for (std::size_t at = 0; at < able.size(); ++at)
        rows.push_back({std::string{values}, std::string{kind}, std::string{able[at]->name}, median(times[at]), median(ratios[at]),
                        mean_size(events)});
    return rows;
}

int measure_all(const char* results, std::size_t rounds) {
    if (!all_agree()) return 1;
    stay_on_one_processor();
    std::vector<WriteTime> figures;
    for_each_case([&](std::string_view values, std::string_view kind, const auto& events) {
        const std::vector<WriteTime> rows = measure(values, kind, events, rounds);
        print_table(rows);
        figures.insert(figures.end(), rows.begin(), rows.end());
    });
    notch::Recorder recorder{notch::FileSink{results}};
    for (const WriteTime& figure : figures) recorder.record(figure);
    return recorder.flush() ? 0 : 1;
}

int count(std::string_view name, std::string_view wanted_kind, std::string_view wanted_values, int times) {
    int code = 1;
    for_each_case([&](std::string_view values, std::string_view kind, const auto& events) {
        if (kind != wanted_kind || values != wanted_values) return;
        know_lines(events);
        for (const Writer* writer : writers) {
            if (writer->name != name) continue;
            for (int i = 0; i < times; ++i) keep((*writer)(events[static_cast<std::size_t>(i) % events.size()]).data());
            code = 0;
        }
    });
    return code;
}

int list() {
    for_each_case([&](std::string_view values, std::string_view kind, const auto&) {
        for (const Writer* writer : writers)
            if (can_write(*writer, values)) std::printf("%s\t%s\t%s\n", writer->name.data(), kind.data(), values.data());
    });
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    if (arguments.size() == 1 && arguments[0] == "--list") return list();
    if (arguments.size() == 5 && arguments[0] == "--count") return count(arguments[1], arguments[2], arguments[3], std::atoi(argv[5]));
    if (arguments.size() == 2) return measure_all(argv[1], static_cast<std::size_t>(std::atoi(argv[2])));
    std::fprintf(stderr, "write RESULTS ROUNDS | write --count WRITER EVENT VALUES N | write --list\n");
    return 2;
}
