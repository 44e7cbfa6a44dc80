// SPDX-License-Identifier: MIT
// Whatever to_json and to_line write of random structs, from_json and from_line read back equal.
#include "notch.hpp"

#include "../support/random_event.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using test::random::Event;
using test::random::Random;
using test::random::random_event;

TEST_CASE("random structs of every kind of field") {
    for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
        const Event event = random_event(seed);
        const std::string json = notch::to_json(event);
        const auto from_json = notch::from_json<Event>(json);
        if (!from_json) FAIL(notch::explain(from_json.error(), json));
        if (!(*from_json == event)) FAIL("seed " << seed << ": " << json << " became " << notch::to_json(*from_json));

        const std::string line = notch::to_line(event);
        const auto from_line = notch::from_line<Event>(line, {.unknown_keys = notch::UnknownKeys::reject});
        if (!from_line) FAIL(notch::explain(from_line.error(), line));
        if (!(*from_line == event)) FAIL("seed " << seed << ": " << line << " became " << notch::to_line(*from_line));
        CHECK(notch::validate_json(json));
    }
}

TEST_CASE("a text with a byte changed or lost is read as something or refused, never worse") {
    Random random{99};
    std::size_t refused = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const std::string json = notch::to_json(random_event(seed));
        for (int i = 0; i < 20; ++i) {
            std::string changed = json;
            changed[random.below(changed.size())] = static_cast<char>(random.bits());
            if (random.below(4) == 0) changed.resize(random.below(changed.size()));
            const std::vector<char> exact(changed.begin(), changed.end());
            const std::string_view text{exact.data(), exact.size()};
            const auto event = notch::from_json<Event>(text);
            if (!event) {
                ++refused;
                CHECK_FALSE(notch::explain(event.error(), text).empty());
            } else {
                CHECK(notch::validate_json(text));  // what is read typed is valid JSON
            }
        }
    }
    CHECK(refused > 3'000);
}
