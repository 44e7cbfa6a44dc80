// SPDX-License-Identifier: MIT
// The main job: several threads measure the machine this runs on, some thousand times a second, and record every
// measurement into a ledger. Then the ledger is read back, and what it says is shown.
//
//     ./examples/run machine_metrics [seconds] [measurements a second]
//
// On Linux the measurements come from /proc, elsewhere from what the C++ library knows.
#include "notch.hpp"

#include "terminal.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Ticker = std::chrono::steady_clock;
using terminal::bytes;
using terminal::grouped;

// ---- what is measured: each struct is one kind of event ---------------------------------------------------------------

enum class State { running, sleeping, waiting, stopped, zombie, idle, other };
constexpr auto notch_enum(State*) {  // their names in the ledger
    using Name = std::pair<State, std::string_view>;
    return std::array{Name{State::running, "running"}, Name{State::sleeping, "sleeping"}, Name{State::waiting, "disk-wait"},
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
    std::string name{};             // any bytes that a user chose: the line is valid JSON all the same
    State state = State::other;
    milliseconds processor_time{};  // written in seconds
    int threads = 0;
    MemoryUse memory{};             // an object inside the object
    static constexpr auto notch_options() {
        return notch::options(notch::field("processor_time", notch::rename("cpu_seconds"), notch::non_negative));
    }
};
struct MachineSample {
    std::uint64_t memory_bytes = 0;
    std::uint64_t available_bytes = 0;
    std::optional<std::uint64_t> swap_used_bytes{};  // only where there is swap
    std::array<double, 3> load{};                    // over 1, 5 and 15 minutes
};
struct DiskSample {
    std::string name{};
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    milliseconds busy{};
};
struct NetworkSample {
    std::string name{};
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
};
struct VolumeSample {
    std::string path{};
    std::uint64_t capacity_bytes = 0;
    std::uint64_t available_bytes = 0;
};
struct WakeUp {
    std::chrono::nanoseconds late{};  // the end of a sleep of one millisecond
};

// ---- measuring -------------------------------------------------------------------------------------------------------

/// Records at a steady rate until the time is over; each measuring thread has its own.
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
    void run(void (*measure)(Meter&)) {
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
    std::error_code error;
    const auto root = std::filesystem::current_path(error).root_path();
    const auto space = std::filesystem::space(root, error);
    if (!error) record(VolumeSample{root.string(), space.capacity, space.available});
}
void measure_wake_up(Meter& record) {
    const auto start = Ticker::now();
    std::this_thread::sleep_for(1ms);
    record(WakeUp{Ticker::now() - start - 1ms});
}
#ifdef __linux__
template <std::size_t Part, std::size_t Parts>  // every Parts-th process: so many threads share them
void measure_processes(Meter& record) {
    static constexpr std::string_view letters = "RSDTZI";  // in the order of State; any other letter: State::other
    static const long page_bytes = sysconf(_SC_PAGESIZE), ticks_a_second = sysconf(_SC_CLK_TCK);
    std::error_code error;  // without /proc there is nothing to measure
    std::size_t position = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc", error}) {
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
            .state = static_cast<State>(std::min(letters.find(state), letters.size())),
            .processor_time = milliseconds{(field[10] + field[11]) * 1000 / ticks_a_second},
            .threads = static_cast<int>(field[16]),
            .memory = {static_cast<std::uint64_t>(field[20] * page_bytes), static_cast<std::uint64_t>(field[19])},
        });
    }
}
void measure_machine(Meter& record) {
    std::map<std::string, std::uint64_t> kib;
    std::ifstream file{"/proc/meminfo"};
    std::string name, unit;
    for (std::uint64_t value = 0; file >> name >> value && std::getline(file, unit);) kib[name] = value;
    MachineSample sample{.memory_bytes = kib["MemTotal:"] * 1024, .available_bytes = kib["MemAvailable:"] * 1024};
    if (kib["SwapTotal:"] != 0) sample.swap_used_bytes = (kib["SwapTotal:"] - kib["SwapFree:"]) * 1024;
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
        if (columns) record(NetworkSample{name, n[0], n[8]});  // the headings have no numbers
    }
}
#endif

constexpr void (*sources[])(Meter&) = {
    measure_volume,
    measure_wake_up,
#ifdef __linux__
    measure_processes<0, 3>,
    measure_processes<1, 3>,
    measure_processes<2, 3>,
    measure_machine,
    measure_disks,
    measure_networks,
#endif
};

// ---- the ledger, read back -------------------------------------------------------------------------------------------

/// Of each process, disk or network: its first event and its last.
template <class Event, class Key>
std::map<Key, std::pair<Event, Event>> first_and_last(const std::vector<Event>& events, Key Event::*key) {
    std::map<Key, std::pair<Event, Event>> ends;
    for (const Event& event : events) ends.try_emplace(event.*key, event, event).first->second.second = event;
    return ends;
}

/// Shows what the ledger says and gives back how many of its lines were read.
std::size_t show_ledger(const char* path, double seconds) {
    std::vector<ProcessSample> processes;
    std::vector<MachineSample> machine;
    std::vector<DiskSample> disks;
    std::vector<NetworkSample> networks;
    std::vector<VolumeSample> volumes;
    std::vector<WakeUp> wake_ups;
    const auto into = [](auto& events) { return [&events](auto&& event) { events.push_back(std::forward<decltype(event)>(event)); }; };
    const auto seen = notch::LedgerReader{path}.visit<ProcessSample, MachineSample, DiskSample, NetworkSample, VolumeSample, WakeUp>(
        into(processes), into(machine), into(disks), into(networks), into(volumes), into(wake_ups),
        [](const notch::BadLine& bad) { std::puts(bad.error.message().c_str()); });
    if (!seen) std::puts(seen.error().message().c_str());

    std::vector<terminal::Row> kinds, processor, memory, in_use, moved;
    const auto count = [&]<class Event>(const std::vector<Event>& events) {
        const std::size_t lines = events.size();
        if (lines != 0) kinds.push_back({std::string{notch::event_name<Event>}, double(lines), grouped(lines)});
        return lines;
    };
    const auto use = [&](const std::string& what, std::uint64_t whole, std::uint64_t left) {
        in_use.push_back({what, double(whole - left) / double(whole), bytes(whole - left) + " of " + bytes(whole)});
    };
    const auto move = [&](const std::string& what, std::uint64_t before, std::uint64_t after) {
        if (before != after) moved.push_back({what, double(after - before), bytes(after - before)});
    };
    const std::size_t lines = count(processes) + count(machine) + count(disks) + count(networks) +
                              count(volumes) + count(wake_ups);
    for (const auto& [pid, ends] : first_and_last(processes, &ProcessSample::pid)) {
        const auto& [first, last] = ends;
        const std::string label = std::to_string(pid) + " " + last.name;
        const double percent = double((last.processor_time - first.processor_time).count()) / seconds / 10;
        processor.push_back({label, percent, std::to_string(int(percent + 0.5)) + " %"});
        memory.push_back({label, double(last.memory.resident_bytes), bytes(last.memory.resident_bytes)});
    }
    if (!machine.empty()) use("memory", machine.back().memory_bytes, machine.back().available_bytes);
    for (const auto& [root, ends] : first_and_last(volumes, &VolumeSample::path))
        use("file system " + root, ends.second.capacity_bytes, ends.second.available_bytes);
    for (const auto& [name, ends] : first_and_last(disks, &DiskSample::name)) {
        move(name + " read", ends.first.read_bytes, ends.second.read_bytes);
        move(name + " written", ends.first.written_bytes, ends.second.written_bytes);
    }
    for (const auto& [name, ends] : first_and_last(networks, &NetworkSample::name)) {
        move(name + " received", ends.first.received_bytes, ends.second.received_bytes);
        move(name + " sent", ends.first.sent_bytes, ends.second.sent_bytes);
    }
    terminal::table("lines of each event", kinds);
    terminal::table("processes by processor time", processor, 100);
    terminal::table("processes by memory", memory);
    terminal::table("in use", in_use, 1);
    terminal::table("moved meanwhile", moved);

    if (!machine.empty()) {
        const auto& [one, five, fifteen] = machine.back().load;
        std::printf("\n  load %.2f %.2f %.2f\n", one, five, fifteen);
    }
    std::sort(wake_ups.begin(), wake_ups.end(), [](const WakeUp& a, const WakeUp& b) { return a.late < b.late; });
    if (!wake_ups.empty())
        std::printf("  a sleep of 1 ms ends %.0f µs late, the median; at worst %.0f µs\n",
                    double(wake_ups[wake_ups.size() / 2].late.count()) / 1000, double(wake_ups.back().late.count()) / 1000);
    return lines;
}

void show_progress(double elapsed, double seconds, const notch::Stats& stats, const char* path) {
    std::error_code none;
    const std::uintmax_t size = std::filesystem::exists(path, none) ? std::filesystem::file_size(path) : 0;
    const std::string rate = grouped(static_cast<std::uint64_t>(double(stats.recorded) / elapsed));
    char time[32];
    std::snprintf(time, sizeof time, "%.1f of %.1f s", elapsed, seconds);
    terminal::redraw({(terminal::is_there() ? terminal::bar(elapsed / seconds, 49) + " " : "") + time,
                      rate + " events/s   recorded " + grouped(stats.recorded) + "   written " + grouped(stats.written) +
                          "   dropped " + grouped(stats.dropped),
                      "ring memory " + bytes(stats.ring_bytes) + "   ledger " + bytes(size)});
}

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
    const double rate = argc > 2 ? std::atof(argv[2]) : 5000;
    if (!(seconds > 0 && seconds < 1e6 && rate > 0)) {
        std::fprintf(stderr, "usage: machine_metrics [seconds] [measurements a second]\n");
        return 2;
    }
    const char* const path = "machine_metrics.jsonl";
    std::error_code none;
    std::filesystem::remove(path, none);
    notch::Recorder recorder{notch::FileSink{path}, {.queue_bytes = 128 * 1024, .on_full = notch::OnFull::drop_newest}};

    const std::string title = std::to_string(std::size(sources)) + " threads measure this machine";
    std::printf("\n  %s\n\n", terminal::paint("1", title).c_str());
    using Seconds = std::chrono::duration<double>;
    const auto step = std::chrono::duration_cast<Ticker::duration>(Seconds{double(std::size(sources)) / rate});
    const auto start = Ticker::now();
    const auto end = start + std::chrono::duration_cast<Ticker::duration>(Seconds{seconds});
    std::vector<std::thread> threads;
    for (auto* const source : sources) threads.emplace_back([&, source] { Meter{recorder, end, step}.run(source); });
    const auto pause = terminal::is_there() ? 100ms : 1000ms;
    for (auto next = start + pause; next < end; next += pause) {
        std::this_thread::sleep_until(next);
        show_progress(Seconds{next - start}.count(), seconds, recorder.stats(), path);
    }
    for (std::thread& thread : threads) thread.join();
    recorder.close();
    const notch::Stats stats = recorder.stats();
    show_progress(seconds, seconds, stats, path);
    terminal::end_redraw(3);

    const std::size_t lines = show_ledger(path, seconds);
    const bool exact = stats.recorded == stats.written + stats.dropped && lines == stats.written;
    std::printf("\n  recorded %s = written %s + dropped %s; read back %s: %s\n", grouped(stats.recorded).c_str(),
                grouped(stats.written).c_str(), grouped(stats.dropped).c_str(), grouped(lines).c_str(),
                exact ? terminal::paint("32", "exact").c_str() : "NOT EXACT");
    std::printf("  %s\n\n", std::filesystem::absolute(path).string().c_str());
    return exact ? 0 : 1;
}
