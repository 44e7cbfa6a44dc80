// SPDX-License-Identifier: MIT
// notch's side of the interoperation test; the same two commands as metering/metering.go.
//
//     metering write SEED COUNT   COUNT random entries, one a line
//     metering read               what notch makes of each line of standard input: "ok LINE", or "no REASON"
#include "notch.hpp"

#include "../../support/random_event.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

using notch::metering::Entry;
using test::random::Random;

namespace {

std::string text(Random& random) {
    static constexpr std::array<std::string_view, 22> pieces{
        "vm-", "0f3a", "<", ">", "&", "\"", "\\", "/", "'", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xc3\xa9",
        "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\b", "\f", "\n", "\x1f", "\x7f", "\xff", "\xed\xa0\x80", "\\u003c"};
    std::string out;
    for (std::uint64_t n = random.below(12); n > 3; --n) out += pieces[random.below(pieces.size())];
    return out;
}

std::int64_t number(Random& random) {
    if (random.below(3) == 0) return 0;
    return static_cast<std::int64_t>(random.bits()) >> random.below(64);
}

notch::Instant moment(Random& random) {
    constexpr std::int64_t first = -62'167'219'200;
    constexpr std::uint64_t seconds_of_10000_years = 315'569'520'000;
    std::uint32_t nanoseconds = static_cast<std::uint32_t>(random.below(1'000'000'000));
    for (std::uint32_t unit = 1; random.below(3) != 0 && unit < 1'000'000'000; unit *= 10) nanoseconds -= nanoseconds % (unit * 10);
    return random.below(4) == 0 ? notch::metering::zero_time
                                : notch::Instant{first + static_cast<std::int64_t>(random.below(seconds_of_10000_years)), nanoseconds};
}

Entry entry(Random& random) {
    return {.kind = static_cast<notch::metering::Kind>(random.below(6)),
            .vm_id = text(random),
            .snapshot_id = text(random),
            .source_snapshot_id = text(random),
            .reason = static_cast<notch::metering::Reason>(random.below(10)),
            .hypervisor = text(random),
            .shape = {.cpu = number(random), .mem_bytes = number(random), .storage_bytes = number(random)},
            .emitted_at = moment(random)};
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view command = argc > 1 ? argv[1] : "";
    if (command == "write" && argc == 4) {
        Random random{std::strtoull(argv[2], nullptr, 10)};
        for (std::uint64_t n = std::strtoull(argv[3], nullptr, 10); n != 0; --n) std::puts(notch::to_line(entry(random)).c_str());
    } else if (command == "read" && argc == 2) {
        std::ios::sync_with_stdio(false);
        for (std::string line; std::getline(std::cin, line);) {
            const auto entry = notch::from_line<Entry>(line);
            std::cout << (entry ? "ok " + notch::to_line(*entry) : "no " + notch::to_json(entry.error().message())) << '\n';
        }
    } else {
        std::fputs("usage: metering write SEED COUNT | metering read\n", stderr);
        return 2;
    }
}
