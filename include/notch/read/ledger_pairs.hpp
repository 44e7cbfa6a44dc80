// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_PAIRS_HPP
#define NOTCH_READ_LEDGER_PAIRS_HPP

#include "../base/clock.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../event/kind.hpp"
#include "../json/encode.hpp"
#include "../macros.hpp"
#include "ledger_pair_time.hpp"
#include "text_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// What an event is to its pair, where starts and stops are events of the same type; see the second LedgerReader::pair.
enum class PairRole : std::uint8_t { start, stop, neither };

/// In place of a shape, where none was asked for.
struct NoShape {
    bool operator==(const NoShape&) const = default;
};

/// A start and the stop that ended it. Lives during the call.
///
///     [](const auto& run) { std::printf("%s ran %.1f s\n", run.key.c_str(), double(run.duration.count()) / 1e9); }
template <class Key, class Shape>
struct ClosedPair {
    const Key& key;
    const Shape& shape;              ///< of the start
    std::chrono::nanoseconds start;  ///< since 1970, or since whatever the events' times count from
    std::chrono::nanoseconds stop;
    std::chrono::nanoseconds duration;  ///< never negative
};

/// A start that nothing has ended.
template <class Key, class Shape>
struct OpenPair {
    Key key;
    Shape shape;
    std::chrono::nanoseconds start;
    std::size_t key_number = 0;  ///< of the key: 0, 1, 2, ... in the order in which the keys first came
};

/// What the closed pairs of one key with one shape add up to.
template <class Key, class Shape>
struct PairUsage {
    Key key;
    Shape shape;
    std::uint64_t closed = 0;
    std::chrono::nanoseconds duration{};
    std::size_t key_number = 0;  ///< as that of OpenPair: what belongs together where one key had several shapes
};

/// The same for a shape, over all keys.
template <class Shape>
struct ShapeUsage {
    Shape shape;
    std::uint64_t closed = 0;
    std::uint64_t open = 0;
    std::chrono::nanoseconds duration{};
};

/// How often what happened.
struct PairCounts {
    std::uint64_t closed = 0;
    std::uint64_t orphans = 0;    ///< stops without a start
    std::uint64_t restarted = 0;  ///< starts of what was open: the earlier start counts for nothing, as nobody knows its end
    std::uint64_t backwards = 0;  ///< of `closed`: the stop is earlier than the start; counted as no time
    std::uint64_t unusable = 0;   ///< events without a key, or whose time is no number
    std::chrono::nanoseconds duration{};  ///< of all closed ones
};

/// Pairs starts with stops of the same key, and adds up how long they took; what LedgerReader::pair fills.
///
///     notch::Pairs<std::string, Shape> pairs;
///     pairs.start("vm-1", 10s, Shape{.cpu = 4});
///     pairs.stop("vm-1", 25s);  // pairs.counts().closed == 1, pairs.usage()[0].duration == 15s
///
/// Two keys, or shapes, are the same when they are the same JSON. Memory: two keys and two shapes, as values and as JSON, for each
/// different key and each key with another shape. A time may be a system_clock time point, a duration, or a number of seconds;
/// seconds in floating point count to the microsecond. One thread at a time.
template <class Key, class Shape = NoShape>
class Pairs {
public:
    void start(const Key& key, std::chrono::nanoseconds time, const Shape& shape = Shape{}) {
        Entry& entry = entry_of(key);
        counts_.restarted += entry.open != nothing ? 1U : 0U;
        entry.open = usage_of(static_cast<std::size_t>(&entry - entries_.data()), shape);
        entry.since = time;
    }

    /// The pair that this closes, or nothing: it is an orphan. The references live until the next call.
    std::optional<ClosedPair<Key, Shape>> stop(const Key& key, std::chrono::nanoseconds time) {
        Entry& entry = entry_of(key);
        if (entry.open == nothing) {
            ++entry.orphans;
            ++counts_.orphans;
            return {};
        }
        PairUsage<Key, Shape>& usage = usage_[std::exchange(entry.open, nothing)];
        const bool backwards = time < entry.since;
        const std::chrono::nanoseconds duration = backwards ? std::chrono::nanoseconds{} : detail::difference(time, entry.since);
        counts_.backwards += backwards ? 1U : 0U;
        ++counts_.closed;
        ++usage.closed;
        usage.duration = detail::sum(usage.duration, duration);
        counts_.duration = detail::sum(counts_.duration, duration);
        return ClosedPair<Key, Shape>{usage.key, usage.shape, entry.since, time, duration};
    }

    /// Notes an event that has no key or no time.
    void pass_over() noexcept { ++counts_.unusable; }

    [[nodiscard]] const PairCounts& counts() const noexcept { return counts_; }

    /// By key and shape, in the order in which they first came; also those that were never closed.
    [[nodiscard]] const std::vector<PairUsage<Key, Shape>>& usage() const noexcept { return usage_; }

    /// By shape alone, in the same order.
    [[nodiscard]] std::vector<ShapeUsage<Shape>> by_shape() const {
        std::vector<ShapeUsage<Shape>> out;
        detail::TextTable shapes;
        std::string text;
        std::vector<std::size_t> at;
        for (const PairUsage<Key, Shape>& one : usage_) {
            text.clear();
            append_text(text, one.shape);
            at.push_back(shapes.find_or_add(text));
            if (at.back() == out.size()) out.push_back({one.shape});
            out[at.back()].closed += one.closed;
            out[at.back()].duration = detail::sum(out[at.back()].duration, one.duration);
        }
        for (const Entry& entry : entries_)
            if (entry.open != nothing) ++out[at[entry.open]].open;
        return out;
    }

    /// What is open, in the order in which the keys first came.
    [[nodiscard]] std::vector<OpenPair<Key, Shape>> open() const {
        std::vector<OpenPair<Key, Shape>> out;
        for (const Entry& entry : entries_)
            if (entry.open != nothing)
                out.push_back({usage_[entry.open].key, usage_[entry.open].shape, entry.since, usage_[entry.open].key_number});
        return out;
    }

    /// The keys of stops without a start, each once.
    [[nodiscard]] std::vector<Key> orphans() const {
        std::vector<Key> out;
        for (const Entry& entry : entries_)
            if (entry.orphans != 0) out.push_back(entry.key);
        return out;
    }

private:
    static constexpr std::size_t nothing = static_cast<std::size_t>(-1);
    struct Entry {
        Key key;
        std::size_t open = nothing;  ///< which usage the open start belongs to
        std::chrono::nanoseconds since{};
        std::uint64_t orphans = 0;
    };

    template <class T>
    static void append_text(std::string& out, const T& value) {
        if constexpr (!std::is_same_v<T, NoShape>) append_json(out, value);
    }

    Entry& entry_of(const Key& key) {
        text_.clear();
        append_text(text_, key);
        const std::size_t at = keys_.find_or_add(text_);
        if (at == entries_.size()) entries_.push_back({key});
        return entries_[at];
    }
    /// After entry_of, whose text of the key it goes on with.
    std::size_t usage_of(std::size_t number, const Shape& shape) {
        text_ += '\n';
        append_text(text_, shape);
        const std::size_t at = usages_.find_or_add(text_);
        if (at == usage_.size()) usage_.push_back({.key = entries_[number].key, .shape = shape, .key_number = number});
        return at;
    }

    PairCounts counts_{};
    detail::TextTable keys_{};
    detail::TextTable usages_{};
    std::vector<Entry> entries_{};
    std::vector<PairUsage<Key, Shape>> usage_{};
    std::string text_{};
};

/// Which parts of an event make its pair: members, or callables that take the event. Made by paired_by.
template <class Key, class Time, class Shape>
struct PairedBy {
    Key key;
    Time time;
    Shape shape;
};

/// Says what pairs events: their key, their time, and for starts, if usage is to be added up by it, their shape.
///
///     notch::paired_by(&RunnerStart::runner, &RunnerStart::timestamp, &RunnerStart::flavor)
///     notch::paired_by([](const Entry& e) { return e.vm_id; }, &Entry::emitted_at, &Entry::shape)
///
/// A key that is an empty std::optional leaves the event out (PairCounts::unusable).
template <class Key, class Time, class Shape>
[[nodiscard]] constexpr PairedBy<Key, Time, Shape> paired_by(Key key, Time time, Shape shape) {
    return {key, time, shape};
}
template <class Key, class Time>
[[nodiscard]] constexpr auto paired_by(Key key, Time time) {
    return paired_by(key, time, [](const auto&) { return NoShape{}; });
}

namespace detail {

/// For whom pairs need not be told of one by one.
struct Ignore {
    template <class Pair>
    void operator()(const Pair&) const noexcept {}
};

/// A member or what a callable makes of an event.
template <class Part, class Event>
decltype(auto) part_of(const Part& part, const Event& event) {
    if constexpr (std::is_member_object_pointer_v<Part>) return (event.*part);
    else return part(event);
}

/// What is kept of a part: texts of every sort as std::string, all else as it is.
template <class T>
struct KeptAs {
    using type = T;
};
template <class T>
    requires is_text<T>
struct KeptAs<T> {
    using type = std::string;
};
template <class T>
struct KeptAs<std::optional<T>> {
    using type = std::optional<typename KeptAs<T>::type>;
};
template <class T>
struct Present {
    using type = T;
};
template <class T>
struct Present<std::optional<T>> {
    using type = T;
};

template <class Part, class Event>
using PartOf = typename KeptAs<
    std::remove_cvref_t<decltype(part_of(std::declval<const std::remove_cvref_t<Part>&>(), std::declval<const Event&>()))>>::type;
/// A key is never an empty optional, so it is kept as none.
template <class Part, class Event>
using KeyOf = typename Present<PartOf<Part, Event>>::type;

template <class Kept, class T>
Kept keep(const T& value) {
    if constexpr (is_text<T>) return Kept{as_text(value)};
    else if constexpr (is_optional<T>) return value ? Kept{keep<typename Kept::value_type>(*value)} : Kept{};
    else return value;
}

/// Calls `use(key, time)` when the event has both.
template <class Key, class Event, class By, class Use>
bool with_key_and_time(const Event& event, const By& by, Use use) {
    std::chrono::nanoseconds time{};
    if (!to_time(part_of(by.time, event), time)) return false;
    const auto& key = part_of(by.key, event);
    if constexpr (is_optional<std::remove_cvref_t<decltype(key)>>) {
        if (!key) return false;
        use(keep<Key>(*key), time);
    } else {
        use(keep<Key>(key), time);
    }
    return true;
}

template <class Key, class Shape, class Event, class By>
void pair_start(Pairs<Key, Shape>& pairs, const Event& event, const By& by) {
    const auto start = [&](const Key& key, std::chrono::nanoseconds time) {
        pairs.start(key, time, keep<Shape>(part_of(by.shape, event)));
    };
    if (!with_key_and_time<Key>(event, by, start)) pairs.pass_over();
}
template <class Key, class Shape, class Event, class By, class Closed>
void pair_stop(Pairs<Key, Shape>& pairs, const Event& event, const By& by, Closed& closed) {
    const auto stop = [&](const Key& key, std::chrono::nanoseconds time) {
        if (const auto pair = pairs.stop(key, time)) closed(*pair);
    };
    if (!with_key_and_time<Key>(event, by, stop)) pairs.pass_over();
}

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif
