// SPDX-License-Identifier: MIT
// Metering entries as usage: what pairs, what stays open, what had no start, and what it adds up to.
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using notch::Instant;
using notch::metering::Entry;
using notch::metering::Kind;
using notch::metering::Resource;
using notch::metering::Shape;
using notch::metering::Subject;
using notch::metering::Usage;

namespace {

Entry vm(Kind kind, std::string_view id, std::int64_t at, Shape shape = {}) {
    return {.kind = kind, .vm_id = std::string{id}, .shape = shape, .emitted_at = Instant{at}};
}
Entry snapshot(Kind kind, std::string_view id, std::int64_t at, Shape shape = {}) {
    return {.kind = kind, .vm_id = "the vm it is of", .snapshot_id = std::string{id}, .shape = shape, .emitted_at = Instant{at}};
}

constexpr Shape four{.cpu = 4, .mem_bytes = 1000, .storage_bytes = 70};
constexpr Shape eight{.cpu = 8, .mem_bytes = 2000, .storage_bytes = 70};

}  // namespace

TEST_CASE("kinds: their resource, and which of them start") {
    constexpr std::array<Kind, 6> kinds{Kind::vm_compute_start, Kind::vm_compute_stop,    Kind::vm_storage_start,
                                        Kind::vm_storage_stop,  Kind::snap_storage_start, Kind::snap_storage_stop};
    for (const Kind kind : kinds) {
        const std::string name = notch::to_json(kind);
        CHECK(notch::to_json(notch::metering::resource_of(kind)) == name.substr(0, name.rfind('.')) + "\"");
        CHECK(notch::metering::is_start(kind) == (name.find(".start") != std::string::npos));
    }
    CHECK(notch::metering::subject_of(vm(Kind::vm_storage_stop, "a", 1)) == Subject{Resource::vm_storage, "a"});
    CHECK(notch::metering::subject_of(snapshot(Kind::snap_storage_start, "s", 1)) == Subject{Resource::snap_storage, "s"});
}

TEST_CASE("the three resources of one machine are counted apart, each by what it uses") {
    Usage usage;
    CHECK_FALSE(usage.add(vm(Kind::vm_compute_start, "a", 100, four)));
    CHECK_FALSE(usage.add(vm(Kind::vm_storage_start, "a", 90, four)));
    CHECK_FALSE(usage.add(snapshot(Kind::snap_storage_start, "a", 95, four)));
    const auto interval = usage.add(vm(Kind::vm_compute_stop, "a", 110));
    REQUIRE(interval);
    CHECK(interval->key == Subject{Resource::vm_compute, "a"});
    CHECK(interval->shape == four);
    CHECK(interval->start == 100s);
    CHECK(interval->stop == 110s);
    CHECK(interval->duration == 10s);
    CHECK(usage.add(vm(Kind::vm_storage_stop, "a", 120)));
    CHECK(usage.add(snapshot(Kind::snap_storage_stop, "a", 195)));

    const auto by_subject = usage.by_subject();
    REQUIRE(by_subject.size() == 3);
    CHECK(by_subject[0].subject == Subject{Resource::vm_compute, "a"});
    CHECK(by_subject[0].closed == 1);
    CHECK(by_subject[0].open == 0);
    CHECK(by_subject[0].seconds == 10.0);
    CHECK(by_subject[0].cpu_seconds == 40.0);
    CHECK(by_subject[0].memory_byte_seconds == 10'000.0);
    CHECK(by_subject[0].storage_byte_seconds == 0.0);
    CHECK(by_subject[1].subject == Subject{Resource::vm_storage, "a"});
    CHECK(by_subject[1].cpu_seconds == 0.0);
    CHECK(by_subject[1].memory_byte_seconds == 0.0);
    CHECK(by_subject[1].storage_byte_seconds == 30.0 * 70);
    CHECK(by_subject[2].storage_byte_seconds == 100.0 * 70);
    CHECK(usage.counts().closed == 3);
    CHECK(usage.counts().duration == 140s);
}

TEST_CASE("another shape after a restart: added up by shape, and by subject over its shapes") {
    Usage usage;
    usage.add(vm(Kind::vm_compute_start, "a", 0, four));
    usage.add(vm(Kind::vm_compute_stop, "a", 10, eight));  // the shape of a stop does not count
    usage.add(vm(Kind::vm_compute_start, "b", 0, eight));
    usage.add(vm(Kind::vm_compute_start, "a", 20, eight));
    usage.add(vm(Kind::vm_compute_stop, "a", 21));
    usage.add(vm(Kind::vm_compute_start, "a", 30, four));
    usage.add(vm(Kind::vm_compute_stop, "a", 35));
    REQUIRE(usage.by_shape().size() == 3);
    CHECK(usage.by_shape()[0].shape == four);
    CHECK(usage.by_shape()[0].closed == 2);
    CHECK(usage.by_shape()[0].duration == 15s);
    CHECK(usage.by_shape()[2].shape == eight);
    CHECK(usage.by_shape()[2].duration == 1s);
    const auto by_subject = usage.by_subject();
    REQUIRE(by_subject.size() == 2);
    CHECK(by_subject[0].closed == 3);
    CHECK(by_subject[0].seconds == 16.0);
    CHECK(by_subject[0].cpu_seconds == 15.0 * 4 + 8);
    CHECK(by_subject[1].open == 1);
    CHECK(by_subject[1].cpu_seconds == 0.0);
}

TEST_CASE("open ones count up to a time when asked; total is the sum of the subjects") {
    Usage usage;
    usage.add(vm(Kind::vm_compute_start, "a", 10, four));
    usage.add(vm(Kind::vm_compute_start, "b", 20, eight));
    usage.add(vm(Kind::vm_compute_stop, "b", 25));
    usage.add(vm(Kind::vm_storage_start, "c", 0, four));
    CHECK(usage.total(Resource::vm_compute).cpu_seconds == 40.0);
    CHECK(usage.total(Resource::vm_compute, Instant{30, 500'000'000}).cpu_seconds == 40.0 + 20.5 * 4);
    CHECK(usage.total(Resource::vm_compute, Instant{30}).open == 1);
    CHECK(usage.total(Resource::vm_compute, Instant{30}).closed == 1);
    CHECK(usage.total(Resource::vm_compute, Instant{5}).cpu_seconds == 40.0);
    CHECK(usage.total(Resource::vm_compute, notch::metering::zero_time).cpu_seconds == 40.0);
    CHECK(usage.total(Resource::vm_storage, Instant{10}).storage_byte_seconds == 700.0);
    CHECK(usage.total(Resource::snap_storage).seconds == 0.0);
    const auto open = usage.open();
    REQUIRE(open.size() == 2);
    CHECK(open[0].key == Subject{Resource::vm_compute, "a"});
    CHECK(open[0].shape == four);
    CHECK(open[0].start == 10s);
}

TEST_CASE("double starts, stops without a start, time that goes backwards") {
    Usage usage;
    CHECK_FALSE(usage.add(vm(Kind::vm_compute_stop, "a", 1)));  // before any start
    usage.add(vm(Kind::vm_compute_start, "a", 10, four));
    CHECK_FALSE(usage.add(vm(Kind::vm_storage_stop, "a", 11)));  // of another resource
    CHECK_FALSE(usage.add(snapshot(Kind::snap_storage_stop, "a", 11)));
    usage.add(vm(Kind::vm_compute_start, "a", 20, eight));  // nobody knows when the first one ended
    usage.add(vm(Kind::vm_compute_stop, "a", 25));
    CHECK_FALSE(usage.add(vm(Kind::vm_compute_stop, "a", 26)));  // twice
    usage.add(vm(Kind::vm_compute_start, "b", 50, four));
    const auto backwards = usage.add(vm(Kind::vm_compute_stop, "b", 40));
    REQUIRE(backwards);
    CHECK(backwards->duration == 0s);
    CHECK(usage.counts().closed == 2);
    CHECK(usage.counts().restarted == 1);
    CHECK(usage.counts().orphans == 4);
    CHECK(usage.counts().backwards == 1);
    CHECK(usage.counts().unusable == 0);
    CHECK(usage.total(Resource::vm_compute).cpu_seconds == 40.0);
    CHECK(usage.orphans() == std::vector<Subject>{{Resource::vm_compute, "a"}, {Resource::vm_storage, "a"}, {Resource::snap_storage, "a"}});
    CHECK(usage.open().empty());
}

TEST_CASE("entries without an id or a time pair with nothing") {
    Usage usage;
    usage.add(vm(Kind::vm_compute_start, "", 1, four));
    usage.add(vm(Kind::vm_compute_stop, "", 2));
    usage.add(Entry{.kind = Kind::snap_storage_start, .vm_id = "only the vm", .emitted_at = Instant{1}});
    usage.add(Entry{.kind = Kind::vm_compute_start, .vm_id = "a"});  // the zero time
    CHECK(usage.counts().unusable == 4);
    CHECK(usage.by_subject().empty());
    CHECK(usage.open().empty());
}

TEST_CASE("nanoseconds count; a negative size is none; what outgrows 64 bits does not wrap") {
    Usage usage;
    Entry start = vm(Kind::vm_compute_start, "a", 1'779'238'923, {.cpu = 2, .mem_bytes = -5});
    start.emitted_at.nanoseconds = 999'999'999;
    Entry stop = vm(Kind::vm_compute_stop, "a", 1'779'238'925);
    stop.emitted_at.nanoseconds = 1;
    usage.add(start);
    CHECK(usage.add(stop)->duration == 1'000'000'002ns);
    CHECK(usage.total(Resource::vm_compute).memory_byte_seconds == 0.0);
    CHECK(usage.total(Resource::vm_compute).cpu_seconds == doctest::Approx(2.000000004).epsilon(1e-15));
    usage.add(vm(Kind::vm_storage_start, "big", -9'000'000'000, {.storage_bytes = std::int64_t{1} << 62}));
    CHECK(usage.total(Resource::vm_storage, Instant{9'000'000'000}).storage_byte_seconds ==
          18e9 * static_cast<double>(std::int64_t{1} << 62));
}

TEST_CASE("of a ledger, with what is no entry told") {
    const test::TemporaryDirectory place;
    std::ofstream{place / "ledger.jsonl", std::ios::binary}
        << notch::to_line(vm(Kind::vm_compute_start, "a", 10, four)) << "\nnothing\n"
        << R"({"kind":"vm.compute.pause","vm_id":"a","shape":{},"emitted_at":"2026-05-20T01:02:03Z"})" "\n"
        << R"({"timestamp":1.0,"event":"other","vm_id":"a"})" "\n"
        << notch::to_line(vm(Kind::vm_compute_stop, "a", 17)) << "\n{\"kind\":\"vm.comp";
    std::vector<std::string> intervals;
    std::vector<std::uint64_t> bad;
    const notch::LedgerReader ledger{place / "ledger.jsonl"};
    const auto usage = Usage::of(
        ledger, [&](const Usage::Interval& one) { intervals.push_back(one.key.id + std::to_string(one.duration.count())); },
        [&](const notch::BadLine& line) { bad.push_back(line.number); });
    REQUIRE(usage);
    CHECK(intervals == std::vector<std::string>{"a7000000000"});
    CHECK(bad == std::vector<std::uint64_t>{2, 3});
    CHECK(usage->total(Resource::vm_compute).cpu_seconds == 28.0);
    CHECK(Usage::of(ledger)->counts().closed == 1);
    CHECK_FALSE(Usage::of(notch::LedgerReader{place / "none"}));
}
