// SPDX-License-Identifier: MIT
// Metering entries: the bytes of their lines, and what is read as one.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

using notch::Instant;
using notch::metering::Entry;
using notch::metering::Kind;
using notch::metering::Reason;

namespace {

/// 2026-05-20T01:02:03Z
constexpr std::int64_t some_time = 1'779'238'923;

Entry whole() {
    return {.kind = Kind::vm_compute_start,
            .vm_id = "vm1",
            .snapshot_id = "s1",
            .source_snapshot_id = "s0",
            .reason = Reason::boot,
            .hypervisor = "ch",
            .shape = {.cpu = 4, .mem_bytes = std::int64_t{1} << 30, .storage_bytes = 10 * (std::int64_t{1} << 30)},
            .emitted_at = Instant{some_time}};
}

std::string refusal(std::string_view text) {
    const auto entry = notch::from_line<Entry>(text);
    return entry ? "taken" : entry.error().field + ": " + entry.error().expected;
}

}  // namespace

TEST_CASE("every field, in the order of the wire") {
    CHECK(notch::to_line(whole()) ==
          R"({"kind":"vm.compute.start","vm_id":"vm1","snapshot_id":"s1","source_snapshot_id":"s0","reason":"boot","hypervisor":"ch",)"
          R"("shape":{"cpu":4,"mem_bytes":1073741824,"storage_bytes":10737418240},"emitted_at":"2026-05-20T01:02:03Z"})");
    CHECK(notch::to_json(whole()) == notch::to_line(whole()));
}

TEST_CASE("what is empty or zero is left out; the shape and the time are there always") {
    CHECK(notch::to_line(Entry{}) == R"({"kind":"vm.compute.start","shape":{},"emitted_at":"0001-01-01T00:00:00Z"})");
    CHECK(notch::to_line(Entry{.kind = Kind::snap_storage_stop, .snapshot_id = "s", .shape = {.storage_bytes = -1}}) ==
          R"({"kind":"snap.storage.stop","snapshot_id":"s","shape":{"storage_bytes":-1},"emitted_at":"0001-01-01T00:00:00Z"})");
    Entry largest;
    largest.shape = {(std::numeric_limits<std::int64_t>::max)(), (std::numeric_limits<std::int64_t>::min)(), 0};
    CHECK(notch::to_json(largest.shape) == R"({"cpu":9223372036854775807,"mem_bytes":-9223372036854775808})");
    CHECK(notch::from_line<Entry>(notch::to_line(largest))->shape == largest.shape);
}

TEST_CASE("every kind and every reason") {
    constexpr std::array<std::pair<Kind, std::string_view>, 6> kinds{{{Kind::vm_compute_start, "vm.compute.start"},
                                                                      {Kind::vm_compute_stop, "vm.compute.stop"},
                                                                      {Kind::vm_storage_start, "vm.storage.start"},
                                                                      {Kind::vm_storage_stop, "vm.storage.stop"},
                                                                      {Kind::snap_storage_start, "snap.storage.start"},
                                                                      {Kind::snap_storage_stop, "snap.storage.stop"}}};
    for (const auto& [kind, name] : kinds) {
        const Entry entry{.kind = kind};
        CHECK(notch::to_line(entry) == R"({"kind":")" + std::string{name} + R"(","shape":{},"emitted_at":"0001-01-01T00:00:00Z"})");
        CHECK(notch::from_line<Entry>(notch::to_line(entry)).value_or(whole()) == entry);
    }
    constexpr std::array<std::pair<Reason, std::string_view>, 9> reasons{{{Reason::boot, "boot"},
                                                                          {Reason::restart, "restart"},
                                                                          {Reason::clone, "clone"},
                                                                          {Reason::restore, "restore"},
                                                                          {Reason::hibernate_wake, "hibernate-wake"},
                                                                          {Reason::stop_user, "stop-user"},
                                                                          {Reason::stop_crash, "stop-crash"},
                                                                          {Reason::vm_rm, "vm-rm"},
                                                                          {Reason::snap_rm, "snap-rm"}}};
    for (const auto& [reason, name] : reasons) {
        const Entry entry{.reason = reason};
        CHECK(notch::to_line(entry) ==
              R"({"kind":"vm.compute.start","reason":")" + std::string{name} + R"(","shape":{},"emitted_at":"0001-01-01T00:00:00Z"})");
        CHECK(notch::from_line<Entry>(notch::to_line(entry)).value_or(whole()) == entry);
    }
    CHECK(notch::from_line<Entry>(R"({"kind":"vm.compute.start","reason":"","shape":{},"emitted_at":"0001-01-01T00:00:00Z"})")->reason ==
          Reason::unsaid);
}

TEST_CASE("times: the fraction's zeros are dropped, offsets are read, any year of Go's") {
    Entry entry;
    const auto time_of = [&entry](Instant at) {
        entry.emitted_at = at;
        const std::string line = notch::to_line(entry);
        CHECK(notch::from_line<Entry>(line).value_or(whole()) == entry);
        const std::size_t begin = line.find("emitted_at") + 13;
        return line.substr(begin, line.size() - begin - 2);
    };
    CHECK(time_of(Instant{some_time, 500'000'000}) == "2026-05-20T01:02:03.5Z");
    CHECK(time_of(Instant{some_time, 123'456'789}) == "2026-05-20T01:02:03.123456789Z");
    CHECK(time_of(Instant{some_time, 1'000}) == "2026-05-20T01:02:03.000001Z");
    CHECK(time_of(std::chrono::system_clock::time_point{}) == "1970-01-01T00:00:00Z");
    CHECK(time_of(notch::metering::zero_time) == "0001-01-01T00:00:00Z");
    CHECK(time_of(Instant{253'402'300'799, 999'999'999}) == "9999-12-31T23:59:59.999999999Z");
    const auto read = [](std::string_view time) {
        return notch::from_line<Entry>(R"({"kind":"vm.compute.start","shape":{},"emitted_at":")" + std::string{time} + "\"}")->emitted_at;
    };
    CHECK(read("2026-05-20T03:02:03.5+02:00") == Instant{some_time, 500'000'000});
    CHECK(read("2026-05-19T17:32:03-07:30") == Instant{some_time});
    CHECK(read("2026-05-20T01:02:03+00:00") == Instant{some_time});
}

TEST_CASE("escapes of Go's encoder are read; notch writes the characters themselves") {
    const auto entry = notch::from_line<Entry>(
        R"({"kind":"vm.storage.start","vm_id":"\u003ca\u003e \u0026 \u2028\u2029\ufffd","hypervisor":"\u0001\u007f\b\f\t\\\"/",)"
        R"("shape":{},"emitted_at":"0001-01-01T00:00:00Z"})");
    REQUIRE(entry);
    CHECK(entry->vm_id == "<a> & \xe2\x80\xa8\xe2\x80\xa9\xef\xbf\xbd");
    CHECK(entry->hypervisor == "\x01\x7f\b\f\t\\\"/");
    CHECK(notch::to_line(*entry) ==
          "{\"kind\":\"vm.storage.start\",\"vm_id\":\"<a> & "
          "\xe2\x80\xa8\xe2\x80\xa9\xef\xbf\xbd\",\"hypervisor\":\"\\u0001\x7f\\b\\f\\t\\\\\\\"/"
          "\",\"shape\":{},\"emitted_at\":\"0001-01-01T00:00:00Z\"}");
}

TEST_CASE("what is no entry") {
    CHECK(refusal(R"({"vm_id":"a","shape":{},"emitted_at":"2026-05-20T01:02:03Z"})") == "/kind: a value");
    CHECK(refusal(R"({"kind":"vm.compute.start","emitted_at":"2026-05-20T01:02:03Z"})") == "/shape: a value");
    CHECK(refusal(R"({"kind":"vm.compute.start","shape":{}})") == "/emitted_at: a value");
    CHECK(refusal(R"({"kind":"vm.compute.begin","shape":{},"emitted_at":"2026-05-20T01:02:03Z"})").substr(0, 7) == "/kind: ");
    CHECK(refusal(R"({"kind":"","shape":{},"emitted_at":"2026-05-20T01:02:03Z"})").substr(0, 7) == "/kind: ");
    CHECK(refusal(R"({"kind":"vm.compute.start","reason":"bored","shape":{},"emitted_at":"2026-05-20T01:02:03Z"})").substr(0, 9) ==
          "/reason: ");
    CHECK(refusal(R"({"kind":"vm.compute.start","shape":{"cpu":1.5},"emitted_at":"2026-05-20T01:02:03Z"})").substr(0, 12) ==
          "/shape/cpu: ");
    CHECK(refusal(R"({"kind":"vm.compute.start","shape":{"cpu":9223372036854775808},"emitted_at":"2026-05-20T01:02:03Z"})").substr(0, 12) ==
          "/shape/cpu: ");
    CHECK(refusal(R"({"kind":"vm.compute.start","shape":{},"emitted_at":""})").substr(0, 13) == "/emitted_at: ");
    CHECK(refusal(R"({"kind":"vm.compute.start","shape":{"gpu":1},"owner":null,"emitted_at":"2026-05-20T01:02:03Z"})") == "taken");
}

TEST_CASE("write_to hands on a line, and what became of it") {
    const std::string line = notch::to_line(whole()) + "\n";
    std::string out;
    const auto append = [&out](std::string_view text) -> notch::Result<std::size_t> {
        out += text;
        return text.size();
    };
    CHECK(notch::metering::write_to(append, whole()).value_or(0) == line.size());
    CHECK(out == line);
    CHECK(notch::metering::write_to([](std::string_view text) -> notch::Result<std::size_t> { return text.size() - 1; }, whole())
              .value_or(0) == line.size() - 1);
    const auto refuse = [](std::string_view) -> notch::Result<std::size_t> {
        return notch::Error{.code = notch::ErrorCode::refused, .place = "boom"};
    };
    const auto refused = notch::metering::write_to(refuse, whole());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == notch::ErrorCode::refused);
    CHECK(refused.error().place == "boom");
}

TEST_CASE("write_to a sink") {
    struct Sink {
        std::string* out;
        notch::Delivery write(const notch::Batch& batch) {
            if (out == nullptr) return {0, notch::Error{.place = "boom"}};
            *out += batch.bytes;
            CHECK(batch.lines.size() == 1);
            CHECK(batch.lines[0].size == batch.bytes.size());
            return {1, {}};
        }
    };
    std::string out;
    Sink sink{&out};
    const std::string line = notch::to_line(whole()) + "\n";
    CHECK(notch::metering::write_to(sink, whole()).value_or(0) == line.size());
    CHECK(notch::metering::write_to(Sink{&out}, whole()).value_or(0) == line.size());
    CHECK(out == line + line);
    const auto refused = notch::metering::write_to(Sink{nullptr}, whole());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().place == "boom");
    CHECK(notch::metering::write_to(notch::NullSink{}, whole()).value_or(0) == line.size());
    struct Silent {
        notch::Delivery write(const notch::Batch&) { return {}; }
    };
    CHECK(notch::metering::write_to(Silent{}, whole()).value_or(99) == 0);
}
