// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace {

struct One {
    int number;
};
struct Two {
    int number;
};

}  // namespace

TEST_CASE("a schema has one number, however often it is asked for") {
    notch::detail::SchemaTable table;
    const notch::detail::EventSchema* const one = &notch::detail::event_schema<One>;
    const notch::detail::EventSchema* const two = &notch::detail::event_schema<Two>;
    for (int times = 0; times < 3; ++times) {
        CHECK(table.number_of(one) == 1);
        CHECK(table.number_of(two) == 2);
    }
    CHECK(table[1] == one);
    CHECK(table[2] == two);
}

TEST_CASE("any number may be looked up, whatever the order in which the schemas came; there are so many and no more") {
    notch::detail::SchemaTable table;
    const notch::detail::EventSchema* const one = &notch::detail::event_schema<One>;
    for (const std::uint32_t number : {200U, 262'079U, 3U}) REQUIRE(table.set(number, one));
    for (const std::uint32_t number : {200U, 3U, 262'079U}) CHECK(table.find(number) == one);
    for (const std::uint32_t number : {0U, 1U, 199U, 201U, 1'000U, 262'080U, 0xffff'ffffU}) CHECK(table.find(number) == nullptr);
    CHECK_FALSE(table.set(262'080, one));
}
