// SPDX-License-Identifier: MIT
// Starts with their stops: what is open, closed, an orphan, and what it all adds up to.
#include "notch.hpp"

#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using notch::paired_by;
using notch::PairRole;
using std::chrono::nanoseconds;

namespace {

struct RunnerStart {
    double timestamp = 0;
    std::string runner{};
    std::string flavor{};
};
struct RunnerStop {
    double timestamp = 0;
    std::string_view runner{};
};

enum class Kind : std::uint8_t { compute_start, compute_stop, storage_start, storage_stop };
constexpr auto notch_enum(Kind*) {
    return std::array<std::pair<Kind, std::string_view>, 4>{{{Kind::compute_start, "vm.compute.start"},
                                                             {Kind::compute_stop, "vm.compute.stop"},
                                                             {Kind::storage_start, "vm.storage.start"},
                                                             {Kind::storage_stop, "vm.storage.stop"}}};
}
struct Shape {
    std::uint32_t cpu = 0;
    std::uint64_t mem_bytes = 0;
    bool operator==(const Shape&) const = default;
};
struct Entry {
    Kind kind{};
    std::optional<std::string> vm_id{};
    Shape shape{};
    std::chrono::sys_time<nanoseconds> emitted_at{};
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
};
/// A key of two parts.
struct Resource {
    std::string vm{};
    std::string what{};
    bool operator==(const Resource&) const = default;
};

template <class... Events>
notch::LedgerReader ledger_of(const test::TemporaryDirectory& place, const Events&... events) {
    test::put(place / "x.jsonl", (std::string{} + ... + (notch::to_line(events) + "\n")));
    return notch::LedgerReader{place / "x.jsonl"};
}

Entry entry(Kind kind, std::optional<std::string> id, Shape shape, std::chrono::seconds at) {
    return {kind, std::move(id), shape, decltype(Entry::emitted_at){at}};
}
PairRole role(const Entry& e) { return e.kind == Kind::compute_start || e.kind == Kind::storage_start ? PairRole::start : PairRole::stop; }

const auto starts_by = paired_by(&RunnerStart::runner, &RunnerStart::timestamp, &RunnerStart::flavor);
const auto stops_by = paired_by(&RunnerStop::runner, &RunnerStop::timestamp);

}  // namespace

TEST_CASE("closed, open, orphan, restarted") {
    const test::TemporaryDirectory place;
    const auto ledger =
        ledger_of(place, RunnerStart{1795190400.123456, "a", "small"}, RunnerStart{1795190401.0, "b", "large"},
                  RunnerStop{1795190402.123457, "a"}, RunnerStop{1795190403.0, "c"}, RunnerStart{1795190404.0, "a", "small"},
                  RunnerStart{1795190405.0, "d", "small"}, RunnerStart{1795190406.0, "d", "large"}, RunnerStop{1795190407.0, "d"},
                  RunnerStop{1795190407.5, "d"}, RunnerStop{1795190407.5, "c"});
    std::vector<std::string> closed;
    const auto pairs = ledger.pair<RunnerStart, RunnerStop>(
        starts_by, stops_by, [&](const auto& pair) { closed.push_back(pair.key + pair.shape + std::to_string(pair.duration.count())); });
    REQUIRE(pairs);
    CHECK(closed == std::vector<std::string>{"asmall2000001000", "dlarge1000000000"});
    CHECK(pairs->counts().closed == 2);
    CHECK(pairs->counts().orphans == 3);
    CHECK(pairs->counts().restarted == 1);
    CHECK(pairs->counts().backwards == 0);
    CHECK(pairs->counts().unusable == 0);
    CHECK(pairs->counts().duration == 3'000'001us);
    CHECK(pairs->orphans() == std::vector<std::string>{"c", "d"});
    const auto open = pairs->open();
    REQUIRE(open.size() == 2);
    CHECK(open[0].key == "a");
    CHECK(open[0].shape == "small");
    CHECK(open[0].start == 1795190404s);
    CHECK(open[1].key == "b");
    const auto& usage = pairs->usage();
    REQUIRE(usage.size() == 4);
    CHECK(usage[0].key == "a");
    CHECK(usage[0].shape == "small");
    CHECK(usage[0].closed == 1);
    CHECK(usage[0].duration == 2'000'001us);
    CHECK(usage[1].closed == 0);
    CHECK(usage[3].key == "d");
    CHECK(usage[3].shape == "large");
    CHECK(usage[3].duration == 1s);
    const auto shapes = pairs->by_shape();
    REQUIRE(shapes.size() == 2);
    CHECK(shapes[0].shape == "small");
    CHECK(shapes[0].closed == 1);
    CHECK(shapes[0].open == 1);
    CHECK(shapes[0].duration == 2'000'001us);
    CHECK(shapes[1].shape == "large");
    CHECK(shapes[1].closed == 1);
    CHECK(shapes[1].open == 1);
    // a, b, c (an orphan), d: of small and of large
    CHECK(open[1].key_number == 1);
    CHECK(usage[0].key_number == 0);
    CHECK(usage[2].key_number == 3);
    CHECK(usage[3].key_number == 3);
}

TEST_CASE("metering entries: one type, told apart by its kind, usage by id and shape") {
    const test::TemporaryDirectory place;
    const Shape two{2, 1024};
    const Shape four{4, 1024};
    const auto ledger = ledger_of(place, entry(Kind::compute_start, "vm-1", two, 10s), entry(Kind::storage_start, "vm-1", two, 10s),
                                  entry(Kind::compute_stop, "vm-1", two, 15s), entry(Kind::compute_start, "vm-1", four, 20s),
                                  entry(Kind::compute_stop, "vm-1", four, 22s), entry(Kind::compute_start, "vm-2", two, 20s),
                                  entry(Kind::compute_stop, "vm-2", two, 30s), entry(Kind::compute_start, {}, two, 30s));
    const auto by = paired_by(
        [](const Entry& e) -> std::optional<Resource> {
            if (!e.vm_id) return {};
            return Resource{*e.vm_id, e.kind <= Kind::compute_stop ? "compute" : "storage"};
        },
        &Entry::emitted_at, &Entry::shape);
    const auto pairs = ledger.pair<Entry>(role, by);
    REQUIRE(pairs);
    CHECK(pairs->counts().closed == 3);
    CHECK(pairs->counts().unusable == 1);
    CHECK(pairs->counts().orphans == 0);
    REQUIRE(pairs->open().size() == 1);
    CHECK(pairs->open()[0].key == Resource{"vm-1", "storage"});
    REQUIRE(pairs->usage().size() == 4);
    CHECK(pairs->usage()[0].key == Resource{"vm-1", "compute"});
    CHECK(pairs->usage()[0].shape == two);
    CHECK(pairs->usage()[0].duration == 5s);
    CHECK(pairs->usage()[2].shape == four);
    CHECK(pairs->usage()[2].duration == 2s);
    const auto shapes = pairs->by_shape();
    REQUIRE(shapes.size() == 2);
    CHECK(shapes[0].shape == two);
    CHECK(shapes[0].closed == 2);
    CHECK(shapes[0].open == 1);
    CHECK(shapes[0].duration == 15s);
    CHECK(shapes[1].duration == 2s);
    // A member that may be absent is a key as well; what is neither start nor stop counts for nothing.
    const auto plain = ledger.pair<Entry>([](const Entry& e) { return e.kind == Kind::storage_start ? PairRole::neither : role(e); },
                                          paired_by(&Entry::vm_id, &Entry::emitted_at));
    REQUIRE(plain);
    CHECK(plain->counts().closed == 3);
    CHECK(plain->counts().restarted == 0);
    CHECK(plain->counts().unusable == 1);
    REQUIRE(plain->usage().size() == 2);
    CHECK(plain->usage()[0].key == "vm-1");
    CHECK(plain->usage()[0].duration == 7s);
    CHECK(plain->usage()[0].closed == 2);
}

TEST_CASE("times of every sort") {
    nanoseconds out{};
    const auto time_of = [&out](const auto& time) {
        REQUIRE(notch::detail::to_time(time, out));
        return out;
    };
    CHECK(time_of(1.5) == 1500ms);
    CHECK(time_of(-1.5f) == -1500ms);
    CHECK(time_of(1795190400.123456) == nanoseconds{1'795'190'400'123'456'000});
    for (const std::int64_t base : {std::int64_t{0}, std::int64_t{1'000'000}, std::int64_t{1'795'190'400'000'000}})
        for (std::int64_t us = base; us < base + 2'000; ++us)
            for (const std::int64_t sign : {1, -1}) {
                REQUIRE(notch::detail::to_time(static_cast<double>(sign * us) / 1e6, out));
                if (out != std::chrono::microseconds{sign * us}) FAIL(sign * us);
            }
    CHECK(time_of(7) == 7s);
    CHECK(time_of(std::uint64_t{7}) == 7s);
    CHECK(time_of(3min) == 180s);
    CHECK(time_of(std::chrono::duration<double, std::milli>{2.5}) == 2500us);
    CHECK(time_of(nanoseconds::max()) == nanoseconds::max());
    CHECK(time_of(std::chrono::sys_time<std::chrono::milliseconds>{5ms}) == 5ms);
    CHECK(time_of(notch::Instant{-1, 5}) == nanoseconds{-999'999'995});
    CHECK_FALSE(notch::detail::to_time(notch::Instant{-62'135'596'800}, out));
    for (const double none : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e300, -1e10})
        CHECK_FALSE(notch::detail::to_time(none, out));
    CHECK_FALSE(notch::detail::to_time(std::chrono::hours{1'000'000'000}, out));
    CHECK_FALSE(notch::detail::to_time(~std::uint64_t{0}, out));
}

TEST_CASE("a time that is no number, and a stop before its start") {
    const test::TemporaryDirectory place;
    const auto ledger = ledger_of(place, RunnerStart{std::numeric_limits<double>::quiet_NaN(), "a", ""}, RunnerStart{5, "b", ""},
                                  RunnerStop{4, "b"}, RunnerStop{1e300, "b"});
    const auto pairs = ledger.pair<RunnerStart, RunnerStop>(starts_by, stops_by);
    REQUIRE(pairs);
    CHECK(pairs->counts().unusable == 2);
    CHECK(pairs->counts().closed == 1);
    CHECK(pairs->counts().backwards == 1);
    CHECK(pairs->counts().duration == 0s);

    notch::Pairs<int> instant;
    instant.start(1, 5s);
    CHECK(instant.stop(1, 5s)->duration == 0s);
    CHECK(instant.counts().closed == 1);
    CHECK(instant.counts().backwards == 0);
}

TEST_CASE("sums end at their bounds") {
    notch::Pairs<int> pairs;
    for (int i = 0; i < 3; ++i) {
        pairs.start(i, nanoseconds::min());
        const auto pair = pairs.stop(i, nanoseconds::max());
        REQUIRE(pair);
        CHECK(pair->duration == nanoseconds::max());
    }
    CHECK(pairs.counts().duration == nanoseconds::max());
    pairs.start(0, 0s);
    CHECK(pairs.stop(0, 1s)->duration == 1s);
    CHECK(pairs.usage()[0].duration == nanoseconds::max());
    CHECK(pairs.usage()[0].closed == 2);
    CHECK_FALSE(pairs.stop(9, 1s));
    CHECK(pairs.orphans() == std::vector<int>{9});
}

TEST_CASE("many keys") {
    notch::Pairs<std::string, int> pairs;
    constexpr int count = 5'000;
    for (int i = 0; i < count; ++i) pairs.start("key " + std::to_string(i), std::chrono::seconds{i}, i % 7);
    for (int i = count - 1; i >= 0; --i) {
        const auto pair = pairs.stop("key " + std::to_string(i), std::chrono::seconds{2 * i + 1});
        REQUIRE(pair);
        if (pair->duration != std::chrono::seconds{i + 1} || pair->shape != i % 7 || pair->start != std::chrono::seconds{i}) FAIL(i);
    }
    CHECK(pairs.counts().closed == count);
    CHECK(pairs.open().empty());
    CHECK(pairs.usage().size() == count);
    CHECK(pairs.by_shape().size() == 7);
    CHECK(pairs.counts().duration == std::chrono::seconds{std::int64_t{count} * (count + 1) / 2});
}

TEST_CASE("keys and shapes are the same when they are the same JSON") {
    notch::Pairs<std::string, std::string> pairs;
    pairs.start("a\nb", 1s, "c");
    pairs.start("a", 1s, "b\nc");
    CHECK(pairs.usage().size() == 2);
    CHECK(pairs.stop("a\nb", 2s)->shape == "c");
    CHECK(pairs.stop("a", 2s)->shape == "b\nc");
    notch::Pairs<int, int> numbers;
    numbers.start(1, 1s, 23);
    numbers.start(12, 1s, 3);
    CHECK(numbers.usage().size() == 2);
    CHECK(numbers.stop(1, 2s)->shape == 23);
    CHECK(numbers.stop(12, 2s)->shape == 3);
}

TEST_CASE("a ledger that cannot be read is an error, damage is passed over") {
    const test::TemporaryDirectory place;
    CHECK_FALSE(notch::LedgerReader{place / "none"}.pair<RunnerStart, RunnerStop>(starts_by, stops_by));
    test::put(place / "x.jsonl", "garbage\n" + notch::to_line(RunnerStart{1, "a", "s"}) + "\n{\"event\":\"runner_stop\"}\n");
    const auto pairs = notch::LedgerReader{place / "x.jsonl"}.pair<RunnerStart, RunnerStop>(starts_by, stops_by);
    REQUIRE(pairs);
    CHECK(pairs->open().size() == 1);
    CHECK_FALSE(notch::LedgerReader{place / "none"}.pair<Entry>(role, paired_by(&Entry::vm_id, &Entry::emitted_at)));
}
