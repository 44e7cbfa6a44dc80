// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace {

notch::Error sample() {
    notch::Error error;
    error.code = notch::ErrorCode::out_of_range;
    error.byte = 13;
    error.line = 1;
    error.column = 14;
    error.field = "/shape/cpu";
    error.expected = "an integer in [0, 4294967295]";
    error.found = "-1";
    return error;
}

struct MoveOnly {
    explicit MoveOnly(int v) : value{v} {}
    MoveOnly(MoveOnly&& other) noexcept : value{std::exchange(other.value, 0)} {}
    MoveOnly& operator=(MoveOnly&&) = delete;
    int value;
};

/// Counts how many of its kind are alive, to see that a Result destroys what it holds.
struct Counted {
    Counted() { ++alive; }
    Counted(const Counted&) { ++alive; }
    Counted& operator=(const Counted&) = default;
    ~Counted() { --alive; }
    static inline int alive = 0;
};

}  // namespace

TEST_CASE("a result holds a value") {
    notch::Result<std::string> result{std::string{"value"}};
    REQUIRE(result);
    CHECK(result.has_value());
    CHECK(*result == "value");
    CHECK(result->size() == 5);
    CHECK(result.value_or("other") == "value");
    CHECK(*std::move(result) == "value");
}

TEST_CASE("a result holds an error") {
    const notch::Result<std::string> result{sample()};
    REQUIRE_FALSE(result);
    CHECK(result.error().code == notch::ErrorCode::out_of_range);
    CHECK(result.value_or("other") == "other");
}

TEST_CASE("results are copied, moved and assigned across value and error") {
    notch::Result<std::string> value{std::string(100, 'v')};
    notch::Result<std::string> error{sample()};
    notch::Result<std::string> copy = value;
    CHECK(*copy == *value);
    copy = error;
    REQUIRE_FALSE(copy);
    CHECK(copy.error().field == "/shape/cpu");
    copy = std::move(value);
    REQUIRE(copy);
    CHECK(copy->size() == 100);
    const notch::Result<MoveOnly> moved = notch::Result<MoveOnly>{MoveOnly{7}};
    CHECK(moved->value == 7);
}

TEST_CASE("a result destroys what it holds, once") {
    {
        notch::Result<Counted> first{Counted{}};
        notch::Result<Counted> second = first;
        CHECK(Counted::alive == 2);
        second = notch::Result<Counted>{sample()};
        CHECK(Counted::alive == 1);
        first = second;
        CHECK(Counted::alive == 0);
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("a result of nothing is success or an error") {
    const notch::Result<void> good;
    CHECK(good);
    const notch::Result<void> bad{sample()};
    CHECK_FALSE(bad);
    CHECK(bad.error().byte == 13);
}

TEST_CASE("an error's message says where, what was expected and what was found") {
    notch::Error error = sample();
    CHECK(error.message() == "line 1, column 14, /shape/cpu: expected an integer in [0, 4294967295], found -1");
    error.place = "jobs/1.json";
    CHECK(error.message() == "jobs/1.json, line 1, column 14, /shape/cpu: expected an integer in [0, 4294967295], found -1");
    error.line = 0;
    error.field.clear();
    CHECK(error.message() == "jobs/1.json: expected an integer in [0, 4294967295], found -1");
    error.place.clear();
    CHECK(error.message() == "expected an integer in [0, 4294967295], found -1");
}
