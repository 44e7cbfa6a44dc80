// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_EVENTS_HPP
#define NOTCH_BENCHMARKS_EVENTS_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The events that every benchmark uses: two of a CI runner's life, one of a virtual machine's metering. They are plain
// structs without anything of notch or of a rival, except the table of names that notch wants for an enum.

namespace bench {

struct RunnerStart {
    double timestamp;
    std::string flavor;
    std::string workflow;
    std::string repo;
    std::string github_event;
    double idle;
    std::optional<double> queue_duration;
};

enum class Status : std::uint8_t { normal, abnormal, repo_policy_check_failure };
inline constexpr std::array<std::string_view, 3> status_names{"normal", "abnormal", "repo-policy-check-failure"};

struct CodeInformation {
    int code;
};

struct RunnerStop {
    double timestamp;
    std::string flavor;
    std::string workflow;
    std::string repo;
    std::string github_event;
    Status status;
    std::optional<CodeInformation> status_info;
    double job_duration;
    std::optional<std::string> job_conclusion;
};

enum class Kind : std::uint8_t {
    vm_compute_start, vm_compute_stop, vm_storage_start, vm_storage_stop, snap_storage_start, snap_storage_stop
};
inline constexpr std::array<std::string_view, 6> kind_names{"vm.compute.start", "vm.compute.stop",    "vm.storage.start",
                                                            "vm.storage.stop",  "snap.storage.start", "snap.storage.stop"};

struct Shape {
    std::uint32_t cpu;
    std::uint64_t mem_bytes;
    std::uint64_t storage_bytes;
};

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

struct MeteringEntry {
    Kind kind;
    std::optional<std::string> vm_id;
    std::optional<std::string> snapshot_id;
    std::optional<std::string> source_snapshot_id;
    std::optional<std::string> reason;
    std::string hypervisor;
    Shape shape;
    Time emitted_at;
};

/// A table of an enum's names as notch takes it, made from the plain array that the rivals use.
template <class E, std::size_t N>
constexpr auto named(const std::array<std::string_view, N>& names) {
    std::array<std::pair<E, std::string_view>, N> table{};
    for (std::size_t i = 0; i < N; ++i) table[i] = {static_cast<E>(i), names[i]};
    return table;
}
constexpr auto notch_enum(Status*) { return named<Status>(status_names); }
constexpr auto notch_enum(Kind*) { return named<Kind>(kind_names); }

constexpr std::string_view name_of(Status v) noexcept { return status_names[static_cast<std::size_t>(v)]; }
constexpr std::string_view name_of(Kind v) noexcept { return kind_names[static_cast<std::size_t>(v)]; }

/// Which values the events get.
enum class Values {
    measured,  ///< as the services write them: times in microseconds, durations in milliseconds, text without escapes
    mixed,     ///< the same with texts of many lengths, which no branch predictor learns
    hard       ///< doubles of 16 and 17 digits, and in every text some characters that JSON escapes
};

/// Events of one kind each, all different, the same on every machine.
struct Events {
    explicit Events(Values values);

    static constexpr std::size_t count = 256;
    std::vector<RunnerStart> starts;
    std::vector<RunnerStop> stops;
    std::vector<MeteringEntry> entries;
};

namespace detail {

/// splitmix64: the same numbers everywhere, which std::uniform_int_distribution does not promise.
class Random {
public:
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t n) { return next() % n; }
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
    std::uint64_t state_ = 42;
};

class Maker {
public:
    explicit Maker(Values values) : hard_{values == Values::hard}, mixed_{values == Values::mixed} {}

    RunnerStart start() {
        return {time(), text(5), text(27), text(35), text(12), duration(3600), one_of(8) ? std::nullopt : std::optional{duration(600)}};
    }

    RunnerStop stop() {
        const auto status = static_cast<Status>(one_of(8) ? 1 + random_.below(2) : 0);
        RunnerStop event{time(), text(5), text(27), text(35), text(12), status, {}, duration(7200), text(7)};
        if (status == Status::repo_policy_check_failure) event.status_info = CodeInformation{static_cast<int>(random_.below(600))};
        return event;
    }

    MeteringEntry entry() {
        const auto kind = static_cast<Kind>(random_.below(6));
        const bool snapshot = kind >= Kind::snap_storage_start;
        MeteringEntry event{kind, {}, {}, {}, {}, text(16), {}, {}};
        (snapshot ? event.snapshot_id : event.vm_id) = text(36);
        if (!snapshot && one_of(4)) event.source_snapshot_id = text(36);
        if (!snapshot) event.reason = text(4 + random_.below(10));
        event.shape = {static_cast<std::uint32_t>(1 + random_.below(64)), (1 + random_.below(256)) << 30, (1 + random_.below(2000)) << 30};
        // The last digit is never 0: some writers drop zeros at the end of the fraction and some do not.
        event.emitted_at =
            Time{std::chrono::nanoseconds{1'795'190'400'000'000'001 + static_cast<std::int64_t>(random_.below(86'400'000'000'000) * 10)}};
        return event;
    }

private:
    bool one_of(std::uint64_t n) { return random_.below(n) == 0; }

    double time() {
        if (hard_) return 1e9 * random_.unit();
        return static_cast<double>(1'795'190'400'000'000 + random_.below(86'400'000'000)) / 1e6;
    }
    double duration(std::uint64_t most) {
        if (hard_) return static_cast<double>(most) * random_.unit();
        return static_cast<double>(random_.below(most * 1000)) / 1e3;
    }

    std::string text(std::size_t size) {
        static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789-/._";
        static constexpr std::string_view escaped = "\"\\\n\t\x1f";
        if (mixed_) size = 1 + random_.below(2 * size);
        std::string out(size, 'x');
        for (char& c : out) c = plain[random_.below(plain.size())];
        if (!hard_) return out;
        for (std::size_t i = 0; i < 1 + size / 12; ++i) out[random_.below(size)] = escaped[random_.below(escaped.size())];
        return out;
    }

    bool hard_;
    bool mixed_;
    Random random_;
};

}  // namespace detail

inline Events::Events(Values values) {
    detail::Maker maker{values};
    for (std::size_t i = 0; i < count; ++i) {
        starts.push_back(maker.start());
        stops.push_back(maker.stop());
        entries.push_back(maker.entry());
    }
}

}  // namespace bench

#endif
