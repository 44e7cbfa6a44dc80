// SPDX-License-Identifier: MIT
#ifndef NOTCH_DOMAIN_METERING_USAGE_HPP
#define NOTCH_DOMAIN_METERING_USAGE_HPP

#include "../base/clock.hpp"
#include "../base/instant.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../read/ledger.hpp"
#include "metering.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI::metering {

/// What is used up while something runs or is kept.
enum class Resource : std::uint8_t { vm_compute, vm_storage, snap_storage };
template <class E>
    requires std::is_same_v<E, Resource>
constexpr auto notch_enum(E*) {
    return std::array<std::pair<E, std::string_view>, 3>{{{E::vm_compute, "vm.compute"},
                                                          {E::vm_storage, "vm.storage"},
                                                          {E::snap_storage, "snap.storage"}}};
}

[[nodiscard]] constexpr Resource resource_of(Kind kind) noexcept {
    if (kind <= Kind::vm_compute_stop) return Resource::vm_compute;
    return kind <= Kind::vm_storage_stop ? Resource::vm_storage : Resource::snap_storage;
}
[[nodiscard]] constexpr bool is_start(Kind kind) noexcept {
    return kind == Kind::vm_compute_start || kind == Kind::vm_storage_start || kind == Kind::snap_storage_start;
}

/// Whose use of what: starts and stops pair when they have the same. The id is a machine's, of snap_storage a snapshot's.
struct Subject {
    Resource resource{};
    std::string id{};
    bool operator==(const Subject&) const = default;
};
[[nodiscard]] inline Subject subject_of(const Entry& entry) {
    const Resource resource = resource_of(entry.kind);
    return {resource, resource == Resource::snap_storage ? entry.snapshot_id : entry.vm_id};
}

/// What intervals add up to. Doubles: their products outgrow 64 bits, and each is rounded once for an id and a shape.
struct Amount {
    std::uint64_t closed = 0;
    std::uint64_t open = 0;
    double seconds = 0;
    double cpu_seconds = 0;           ///< of vm_compute, as are the next
    double memory_byte_seconds = 0;
    double storage_byte_seconds = 0;  ///< of vm_storage and snap_storage
};

namespace detail {

/// For whom intervals and bad lines need not be told of.
struct Nobody {
    template <class T>
    void operator()(const T&) const noexcept {}
};

/// Adds an interval of that shape; a negative size counts as none.
inline void use(Amount& amount, Resource resource, const Shape& shape, double seconds) noexcept {
    const auto product = [seconds](std::int64_t size) { return size > 0 ? static_cast<double>(size) * seconds : 0.0; };
    amount.seconds += seconds;
    if (resource == Resource::vm_compute) {
        amount.cpu_seconds += product(shape.cpu);
        amount.memory_byte_seconds += product(shape.mem_bytes);
    } else {
        amount.storage_byte_seconds += product(shape.storage_bytes);
    }
}

inline void add(Amount& to, const Amount& more) noexcept {
    to.closed += more.closed;
    to.open += more.open;
    to.seconds += more.seconds;
    to.cpu_seconds += more.cpu_seconds;
    to.memory_byte_seconds += more.memory_byte_seconds;
    to.storage_byte_seconds += more.storage_byte_seconds;
}

/// From one time to a later one, however far apart; nothing when it is not later.
constexpr double seconds_between(std::chrono::nanoseconds from, std::chrono::nanoseconds to) noexcept {
    if (to <= from) return 0;
    return static_cast<double>(static_cast<std::uint64_t>(to.count()) - static_cast<std::uint64_t>(from.count())) / 1e9;
}

}  // namespace detail

/// Adds entries up: intervals from a start to its stop, and what they used.
///
///     const auto usage = notch::metering::Usage::of(notch::LedgerReader{"ledger.jsonl"});
///     if (!usage) return complain(usage.error());
///     for (const auto& one : usage->by_subject()) std::printf("%s %.1f\n", one.subject.id.c_str(), one.cpu_seconds);
///     // vm1 240.0
///
/// Entries count in the order in which they come. An interval has the shape of its start, whatever the stop says. A start of what is
/// open already begins it anew: what was before counts for nothing, since nobody knows its end (PairCounts::restarted). A stop without a
/// start is an orphan. A stop before its start counts as no time (`backwards`). Entries without an id or a time are `unusable`.
/// Memory: as Pairs has it, for each id and shape. One thread at a time.
template <class E>
class UsageOf {
public:
    using Interval = ClosedPair<Subject, decltype(E::shape)>;
    using OpenInterval = OpenPair<Subject, decltype(E::shape)>;
    using Time = std::optional<decltype(E::emitted_at)>;
    /// What the intervals of one subject add up to.
    struct SubjectUsage : Amount {
        Subject subject{};
    };

    /// Everything that a ledger has. `closed`, if given, is called with each `const Interval&`, `bad` with each line that is no entry
    /// (a `const BadLine&`). Errors: those of LedgerReader::visit.
    template <class Closed = detail::Nobody, class Bad = detail::Nobody>
    [[nodiscard]] static Result<UsageOf> of(const LedgerReader& ledger, Closed&& closed = {}, Bad&& bad = {}) {
        UsageOf out;
        const auto take = [&](const E& entry) {
            if (const auto interval = out.add(entry)) closed(*interval);
        };
        const auto seen = ledger.visit<E>(take, [&bad](const BadLine& line) { bad(line); });
        return seen ? Result<UsageOf>{static_cast<UsageOf&&>(out)} : Result<UsageOf>{seen.error()};
    }

    /// One entry more; the interval that it closes, whose references live until the next call.
    std::optional<Interval> add(const E& entry) {
        const Subject subject = subject_of(entry);
        const auto time = entry.emitted_at.since_1970();
        if (subject.id.empty() || !time) pairs_.pass_over();
        else if (is_start(entry.kind)) pairs_.start(subject, *time, entry.shape);
        else return pairs_.stop(subject, *time);
        return {};
    }

    [[nodiscard]] const PairCounts& counts() const noexcept { return pairs_.counts(); }
    /// What runs, or is kept, by what the entries say.
    [[nodiscard]] std::vector<OpenInterval> open() const { return pairs_.open(); }
    /// Whose stops had no start, each once.
    [[nodiscard]] std::vector<Subject> orphans() const { return pairs_.orphans(); }
    /// Closed intervals by subject and shape.
    [[nodiscard]] const auto& by_shape() const noexcept { return pairs_.usage(); }

    /// By subject, in the order in which they first started. With `until`, what is open counts up to that time.
    [[nodiscard]] std::vector<SubjectUsage> by_subject(const Time& until = {}) const {
        std::vector<SubjectUsage> out;
        std::vector<std::size_t> place;  // of a subject's number, one more than that in `out`
        const auto amount_of = [&](const Subject& subject, std::size_t number) -> Amount& {
            if (number >= place.size()) place.resize(number + 1);
            if (place[number] == 0) {
                out.push_back({{}, subject});
                place[number] = out.size();
            }
            return out[place[number] - 1];
        };
        for (const auto& one : pairs_.usage()) {
            Amount& amount = amount_of(one.key, one.key_number);
            amount.closed += one.closed;
            detail::use(amount, one.key.resource, one.shape, detail::seconds_between({}, one.duration));
        }
        const auto end = until ? until->since_1970() : std::nullopt;
        for (const auto& one : pairs_.open()) {
            Amount& amount = amount_of(one.key, one.key_number);
            ++amount.open;
            if (end) detail::use(amount, one.key.resource, one.shape, detail::seconds_between(one.start, *end));
        }
        return out;
    }

    /// The same for everything of a resource together.
    [[nodiscard]] Amount total(Resource resource, const Time& until = {}) const {
        Amount out;
        for (const SubjectUsage& one : by_subject(until))
            if (one.subject.resource == resource) detail::add(out, one);
        return out;
    }

private:
    Pairs<Subject, decltype(E::shape)> pairs_{};
};
using Usage = UsageOf<Entry>;

}  // namespace notch::inline NOTCH_ABI::metering

#endif
