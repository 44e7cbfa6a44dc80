// SPDX-License-Identifier: MIT
// The main job: several threads measure the machine this runs on, some thousand times a second, and record every
// measurement into a ledger. Then the ledger is read back, and what it says is shown.
//
//     ./examples/run machine_metrics [seconds] [measurements a second]
//
// On Linux the measurements come from /proc, elsewhere from what the C++ library knows.
#include "notch.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>
#include <tuple>
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Ticker = std::chrono::steady_clock;

// ---- what is measured: each struct is one kind of event, told apart in the summary by its key() ----------------------

enum class State : char { running = 'R', sleeping = 'S', disk_wait = 'D', stopped = 'T', zombie = 'Z', idle = 'I', other = '?' };
constexpr auto notch_enum(State*) {  // the names that the states have in the ledger
    using Name = std::pair<State, std::string_view>;
    return std::array{Name{State::running, "running"}, Name{State::sleeping, "sleeping"}, Name{State::disk_wait, "disk-wait"},
                      Name{State::stopped, "stopped"}, Name{State::zombie, "zombie"},     Name{State::idle, "idle"},
                      Name{State::other, "other"}};
}
struct MemoryUse {
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
};
struct ProcessSample {
    int pid = 0;
    std::optional<int> parent{};    // the first process has none: left out of its lines
    std::string name{};             // any bytes that a user chose: notch writes valid JSON all the same
    State state = State::other;
    milliseconds processor_time{};  // written in seconds
    int threads = 0;
    MemoryUse memory{};             // an object in the object
    static constexpr auto notch_options() {
        return notch::options(notch::field("processor_time", notch::rename("cpu_seconds"), notch::non_negative),
                              notch::field("threads", notch::minimum(1)));
    }
    std::string key() const { return std::to_string(pid); }
};
struct MachineSample {
    std::uint64_t memory_bytes = 0;
    std::uint64_t available_bytes = 0;
    std::optional<std::uint64_t> swap_used_bytes{};  // only where there is swap
    std::array<double, 3> load{};                    // over 1, 5 and 15 minutes
    std::string key() const { return "machine"; }
};
struct DiskSample {
    std::string name{};
    std::uint64_t read_bytes = 0, written_bytes = 0;
    milliseconds busy{};
    std::string key() const { return name; }
};
struct NetworkSample {
    std::string name{};
    std::uint64_t received_bytes = 0, sent_bytes = 0;
    std::string key() const { return name; }
};
struct VolumeSample {
    std::string path{};
    std::uint64_t capacity_bytes = 0, available_bytes = 0;
    std::string key() const { return path; }
};
struct WakeUp {  // how late a sleep of a millisecond ended
    std::chrono::nanoseconds late{};
    std::string key() const { return "thread"; }
};

// ---- measuring -------------------------------------------------------------------------------------------------------

/// Records at a steady rate until the time is over; every measuring thread has its own.
class Meter {
public:
    Meter(notch::Recorder& recorder, Ticker::time_point end, Ticker::duration step)
        : recorder_{recorder}, end_{end}, step_{step}, next_{Ticker::now()} {}

    template <class Event>
    void operator()(const Event& event) {
        if (Ticker::now() >= end_) return;
        recorder_.record(event);  // some nanoseconds: the line is made and written by the recorder's thread
        ++count_;
        std::this_thread::sleep_until(next_ += step_);
    }
    /// Measures again and again; a source that has nothing to say on this machine ends at once.
    template <class Source>
    void run(Source measure) {
        for (std::size_t before = count_ + 1; before != count_ && Ticker::now() < end_;) {
            before = count_;
            measure(*this);
        }
    }

private:
    notch::Recorder& recorder_;
    Ticker::time_point end_;
    Ticker::duration step_;
    Ticker::time_point next_;
    std::size_t count_ = 0;
};

void measure_volume(Meter& record) {
    const std::filesystem::path root = std::filesystem::current_path().root_path();
    const std::filesystem::space_info space = std::filesystem::space(root);
    record(VolumeSample{root.string(), space.capacity, space.available});
}
void measure_wake_up(Meter& record) {
    const Ticker::time_point start = Ticker::now();
    std::this_thread::sleep_for(1ms);
    record(WakeUp{Ticker::now() - start - 1ms});
}
#ifdef __linux__
template <std::size_t Part, std::size_t Parts>  // every Parts-th process, so that threads share them
void measure_processes(Meter& record) {
    static const long page_bytes = sysconf(_SC_PAGESIZE), ticks_a_second = sysconf(_SC_CLK_TCK);
    std::size_t position = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const int pid = std::atoi(entry.path().filename().c_str());
        if (pid == 0 || position++ % Parts != Part) continue;
        std::string text;  // pid (name) state parent ...: the name may hold spaces and brackets, see proc(5)
        if (!std::getline(std::ifstream{entry.path() / "stat"}, text, '\0')) continue;  // it has ended
        const std::size_t open = text.find('('), shut = text.rfind(')');
        std::istringstream rest{text.substr(shut + 1)};
        char state = 0;
        long long field[21] = {};  // field[i] is number i + 4 of proc(5)
        rest >> state;
        for (long long& value : field) rest >> value;
        record(ProcessSample{
            .pid = pid,
            .parent = field[0] == 0 ? std::nullopt : std::optional{static_cast<int>(field[0])},
            .name = text.substr(open + 1, shut - open - 1),
            .state = std::string_view{"RSDTZI"}.find(state) == std::string_view::npos ? State::other : State{state},
            .processor_time = milliseconds{(field[10] + field[11]) * 1000 / ticks_a_second},
            .threads = static_cast<int>(field[16]),
            .memory = {static_cast<std::uint64_t>(field[20] * page_bytes), static_cast<std::uint64_t>(field[19])},
        });
    }
}
void measure_machine(Meter& record) {
    std::map<std::string, std::uint64_t> bytes;
    std::ifstream file{"/proc/meminfo"};
    std::string name, unit;
    for (std::uint64_t value; file >> name >> value && std::getline(file, unit);) bytes[name] = value * 1024;
    MachineSample sample{.memory_bytes = bytes["MemTotal:"], .available_bytes = bytes["MemAvailable:"]};
    if (bytes["SwapTotal:"] != 0) sample.swap_used_bytes = bytes["SwapTotal:"] - bytes["SwapFree:"];
    std::ifstream{"/proc/loadavg"} >> sample.load[0] >> sample.load[1] >> sample.load[2];
    record(sample);
}
void measure_disks(Meter& record) {
    std::ifstream file{"/proc/diskstats"};
    for (std::string line, name; std::getline(file, line);) {
        std::istringstream columns{line};
        std::uint64_t n[13] = {};  // n[i] is column i + 1; sectors of 512 bytes, milliseconds
        columns >> n[0] >> n[1] >> name;
        for (std::size_t i = 3; i < 13; ++i) columns >> n[i];
        if (n[3] + n[7] != 0) record(DiskSample{name, n[5] * 512, n[9] * 512, milliseconds{n[12]}});
    }
}
void measure_networks(Meter& record) {
    std::ifstream file{"/proc/net/dev"};
    for (std::string line, name; std::getline(file, line);) {
        std::istringstream columns{line};
        std::uint64_t n[9] = {};
        std::getline(columns >> std::ws, name, ':');
        for (std::uint64_t& value : n) columns >> value;
        if (columns) record(NetworkSample{name, n[0], n[8]});  // not the headings
    }
}
#endif

constexpr void (*sources[])(Meter&) = {
    measure_volume,           measure_wake_up,
#ifdef __linux__
    measure_processes<0, 3>,  measure_processes<1, 3>, measure_processes<2, 3>, measure_machine, measure_disks, measure_networks,
#endif
};

// ---- the ledger, read back -------------------------------------------------------------------------------------------

/// Of one kind of event: how many lines, and the first and last of each key.
template <class Event>
struct Readings {
    struct Span {
        Event first, last;
    };
    std::map<std::string, Span> of{};
    std::size_t lines = 0;
    void add(const Event& event) {
        ++lines;
        of.try_emplace(event.key(), Span{event, event}).first->second.last = event;
    }
};

template <class... Events>
struct Summary {
    std::tuple<Readings<Events>...> readings{};
    std::size_t unreadable = 0;

    explicit Summary(const char* path) {
        std::ifstream ledger{path};
        // Each kind of event is tried in turn: from_line() refuses a line of another.
        for (std::string line; std::getline(ledger, line);)
            if (!(add(notch::from_line<Events>(line)) || ...)) ++unreadable;
    }
    template <class Event>
    bool add(const notch::Result<Event>& event) {
        if (event) get<Event>().add(*event);
        return event.has_value();
    }
    template <class Event>
    Readings<Event>& get() { return std::get<Readings<Event>>(readings); }
    std::size_t lines() const { return (std::get<Readings<Events>>(readings).lines + ...); }
};

// ---- showing ---------------------------------------------------------------------------------------------------------

bool on_terminal() {
#if __has_include(<unistd.h>)
    static const bool is = isatty(1) != 0;
    return is;
#else
    return false;
#endif
}
std::string paint(const char* colour, const std::string& text) {
    return on_terminal() ? "\x1b[" + std::string{colour} + "m" + text + "\x1b[0m" : text;
}
std::string grouped(std::uint64_t number) {  // 1234567 -> 1,234,567
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
    return text;
}
std::string with_unit(double bytes) {
    static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit < 5; ++unit) bytes /= 1024;
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}
std::string bar(double share, std::size_t width) {
    const auto full = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(width) + 0.5);
    std::string parts[2];
    for (std::size_t i = 0; i < width; ++i) parts[i < full ? 0 : 1] += i < full ? "━" : "─";
    return paint("36", parts[0]) + paint("2", parts[1]);
}

struct Row {
    std::string label;
    double size;
    std::string value;
};
/// The largest rows with a bar each, as long as its share of `whole` (0: of the largest).
void show(const char* title, std::vector<Row> rows, double whole = 0) {
    if (rows.empty()) return;
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.size > b.size; });
    rows.resize(std::min(rows.size(), std::size_t{6}));
    if (whole == 0) whole = std::max(rows[0].size, 1e-9);
    std::printf("\n  %s\n", paint("1", title).c_str());
    for (Row& row : rows) {
        // A process may call itself anything, and what it chose must not steer this terminal.
        for (char& c : row.label) c = c < ' ' || c > '~' ? '?' : c;
        std::printf("    %-26.26s %s %14s\n", row.label.c_str(), bar(row.size / whole, 28).c_str(), row.value.c_str());
    }
}

/// Three lines that are drawn over again on a terminal; a line a second elsewhere.
void show_progress(double elapsed, double seconds, const notch::Stats& stats, const char* path) {
    const std::uint64_t rate = stats.recorded / std::max<std::uint64_t>(1, static_cast<std::uint64_t>(elapsed * 10)) * 10;
    const std::string counters = grouped(rate) + " events/s   recorded " + grouped(stats.recorded) + "   written " +
                                 grouped(stats.written) + "   dropped " + grouped(stats.dropped);
    const std::uintmax_t ledger_bytes = std::filesystem::exists(path) ? std::filesystem::file_size(path) : 0;
    const std::string memory = "memory of " + grouped(stats.rings) + " rings " + with_unit(double(stats.ring_bytes)) +
                               "   ledger " + with_unit(double(ledger_bytes));
    if (on_terminal()) {
        std::printf("\r  %s  %.1f of %.1f s\x1b[K\n  %s\x1b[K\n  %s\x1b[K\x1b[2A", bar(elapsed / seconds, 48).c_str(), elapsed, seconds,
                    counters.c_str(), memory.c_str());
    } else {
        std::printf("  %.1f s   %s   %s\n", elapsed, counters.c_str(), memory.c_str());
    }
    std::fflush(stdout);
}

using Ledger = Summary<ProcessSample, MachineSample, DiskSample, NetworkSample, VolumeSample, WakeUp>;

void show_summary(Ledger& ledger, double seconds) {
    std::vector<Row> kinds, processors, memory, traffic;
    ledger.each_kind([&](std::string_view name, std::size_t lines) {
        kinds.push_back({std::string{name}, double(lines), grouped(lines)});
    });
    show("lines in the ledger", kinds);

    for (auto& [pid, span] : ledger.get<ProcessSample>().of) {
        const std::string label = pid + " " + span.last.name;
        const double share = double((span.last.processor_time - span.first.processor_time).count()) / (seconds * 10);
        processors.push_back({label, share, std::to_string(int(share)) + " %"});
        memory.push_back({label, double(span.last.memory.resident_bytes), with_unit(double(span.last.memory.resident_bytes))});
    }
    show("processes by processor time", processors, 100);
    show("processes by memory", memory);
}

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
    const double rate = argc > 2 ? std::atof(argv[2]) : 5000;
    if (!(seconds > 0) || !(rate > 0)) {
        std::fprintf(stderr, "usage: machine_metrics [seconds] [measurements a second]\n");
        return 2;
    }
    const char* const path = "machine_metrics.jsonl";
    std::error_code none;
    std::filesystem::remove(path, none);

    notch::Recorder recorder{notch::FileSink{path}, {.queue_bytes = 128 * 1024, .on_full = notch::OnFull::drop_newest}};
    const auto ledger_bytes = [&] { return std::filesystem::exists(path) ? std::filesystem::file_size(path) : 0; };

    std::printf("\n  %zu threads measure this machine for %g seconds\n\n", std::size(sources), seconds);
    const Ticker::time_point start = Ticker::now();
    const auto length = std::chrono::duration_cast<Ticker::duration>(std::chrono::duration<double>(seconds));
    const auto step = std::chrono::duration_cast<Ticker::duration>(std::chrono::duration<double>(double(std::size(sources)) / rate));
    std::vector<std::thread> threads;
    for (auto* const source : sources) threads.emplace_back([&, source] { Meter{recorder, start + length, step}.run(source); });
    for (Ticker::duration shown{}; shown < length;) {
        shown = std::min(length, shown + (on_terminal() ? 100ms : 1000ms));
        std::this_thread::sleep_until(start + shown);
        show_progress(std::chrono::duration<double>(shown).count(), seconds, recorder.stats(), ledger_bytes());
    }
    for (std::thread& thread : threads) thread.join();
    recorder.close();
    const notch::Stats stats = recorder.stats();
    show_progress(seconds, seconds, stats, ledger_bytes());
    if (on_terminal()) std::printf("\n\n\n");
