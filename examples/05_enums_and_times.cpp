// SPDX-License-Identifier: MIT
// Enums have the names that the wire wants; times are exact, whatever their unit.
#include "notch.hpp"

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;
using Nanoseconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

enum class Reason { boot, hibernate_wake };
constexpr auto notch_enum(Reason*) {
    return std::array<std::pair<Reason, std::string_view>, 2>{
        {{Reason::boot, "boot"}, {Reason::hibernate_wake, "hibernate-wake"}}};
}

struct VmStart {
    Reason reason;
    std::chrono::milliseconds boot_time;  // a duration: seconds
    Nanoseconds started;                  // a time point: RFC 3339 text
    Nanoseconds billed_from;              // or UNIX seconds, when the field says so
    static constexpr auto notch_options() { return notch::field("billed_from", notch::unix_seconds); }
};

int main() {
    const Nanoseconds start{1779238923s + 500ms};
    const std::string json = notch::to_json(VmStart{Reason::hibernate_wake, 1250ms, start, start + 1ns});
    std::puts(json.c_str());

    const auto back = notch::from_json<VmStart>(json);
    std::puts(back && back->billed_from == start + 1ns ? "read back to the nanosecond" : "not the same");

    // Text that the table does not have is an error, never the first enumerator.
    const auto unknown = notch::from_json<VmStart>(R"({"reason":"wake"})");
    std::puts(unknown.error().message().c_str());
}
