// SPDX-License-Identifier: MIT
// Reading allocates what the value itself needs, and nothing else.
#include "notch.hpp"

#include "../support/allocations.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

enum class Kind : std::uint8_t { start, stop };
constexpr auto notch_enum(Kind*) {
    return std::array<std::pair<Kind, std::string_view>, 2>{{{Kind::start, "vm.start"}, {Kind::stop, "vm.stop"}}};
}

struct Shape {
    std::uint32_t cpu;
    std::optional<double> idle;
};

struct Entry {
    double timestamp;
    Kind kind;
    std::string_view vm_id;
    std::string reason;  // short enough for the string's own room
    char host[8];
    Shape shape;
    std::array<std::int64_t, 2> pair;
    std::chrono::milliseconds wait;
    std::chrono::system_clock::time_point emitted_at;
    static constexpr auto notch_options() {
        return notch::options(notch::field("timestamp", notch::non_negative),
                              notch::field("reason", notch::alias("why")));
    }
};

constexpr std::string_view line =
    R"({"timestamp":1.5,"event":"entry","kind":"vm.st\u006fp","vm_id":"a text that is longer than any string's own room",)"
    R"("unknown":{"\u0061":[1,2,{"b":"text \n that is also quite long, and skipped"}]},"w\u0068y":"bo\u006ft","host":"h\u006fst",)"
    R"("shape":{"idle":0.5,"cpu":4},"pair":[1,-2],"wait":0.25,"emitted_at":"2026-05-20T01:02:03+02:00"})";

}  // namespace

TEST_CASE("a value without storage of its own costs no allocation") {
    // What is counted can be seen: the same text into an owning string allocates.
    if (NOTCH_TEST_SANITIZED == 0) {
        const std::size_t before_string = test::allocations();
        const auto text = notch::from_json<std::string>("\"a text that is longer than any string's own room\"");
        CHECK(text);
        CHECK(test::allocations() == before_string + 1);
    }

    std::size_t before = test::allocations();
    const auto entry = notch::from_line<Entry>(line);
    std::size_t spent = test::allocations() - before;
    if (!entry) FAIL(entry.error().message());
    CHECK(spent == 0);
    CHECK(entry->kind == Kind::stop);
    CHECK(entry->reason == "boot");
    CHECK(std::string_view{entry->host} == "host");

    before = test::allocations();
    const bool valid = notch::validate_json(line).has_value();
    spent = test::allocations() - before;
    CHECK(valid);
    CHECK(spent == 0);

    before = test::allocations();
    const bool is_json = notch::detail::is_json("[1,");
    spent = test::allocations() - before;
    CHECK_FALSE(is_json);
    CHECK(spent == 0);
}
