// SPDX-License-Identifier: MIT
// Whatever to_line writes of random structs, LedgerReader reads back equal.
#include "notch.hpp"

#include "../support/random_ledger.hpp"
#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

TEST_CASE("random events of every kind of field, over several files, with any buffer") {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const test::RandomLedger ledger{seed, 250};
        CHECK(ledger.read_back() == "");
    }
}

TEST_CASE("the same among damaged lines") {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const test::RandomLedger ledger{seed, 150, true};
        CHECK(ledger.read_back() == "");
    }
}

TEST_CASE("what the comparison is worth") {
    test::RandomLedger ledger{1, 20};
    ledger.events[3].i64 ^= 1;
    CHECK(ledger.read_back() == "event 3 is another one");
    ledger.events[3].i64 ^= 1;
    CHECK(ledger.read_back() == "");
    const std::string last = "event " + std::to_string(ledger.events.size() - 1);
    ledger.events.push_back({});
    CHECK(ledger.read_back() == "event " + std::to_string(ledger.events.size() - 1) + " is missing");
    ledger.events.resize(ledger.events.size() - 2);
    CHECK(ledger.read_back() == last + " is too many");
}

TEST_CASE("NaN comes back as NaN, and infinities do") {
    struct Reading {
        double a;
        float b;
        std::optional<double> c;
    };
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl",
              notch::to_line(Reading{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<float>::infinity(), -infinity}) + "\n");
    int seen = 0;
    const auto counts = notch::LedgerReader{place / "x.jsonl"}.visit<Reading>([&seen](const Reading& e) {
        CHECK(e.a != e.a);
        CHECK(e.b != e.b);
        CHECK_FALSE(e.c);  // null is how an empty optional reads
        ++seen;
    });
    CHECK(counts);
    CHECK(seen == 1);
}
