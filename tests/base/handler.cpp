// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

TEST_CASE("an error handler is any callable, copied and moved with what it holds") {
    const auto seen = std::make_shared<std::string>();
    notch::ErrorHandler handler = [seen](const notch::Error& error) { *seen += error.found; };
    CHECK(seen.use_count() == 2);
    notch::ErrorHandler copy = handler;
    CHECK(seen.use_count() == 3);
    notch::ErrorHandler moved = std::move(copy);
    CHECK_FALSE(copy);
    CHECK(seen.use_count() == 3);
    notch::Error error;
    error.found = "x";
    handler(error);
    moved(error);
    CHECK(*seen == "xx");
    moved = notch::ErrorHandler{};
    CHECK(seen.use_count() == 2);
    handler = moved;
    CHECK(seen.use_count() == 1);
}

TEST_CASE("a handler of anything calls what it was given, and without that nothing") {
    int sum = 0;
    notch::Handler<int> handler;
    handler(1);
    CHECK_FALSE(handler);
    handler = notch::Handler<int>{[&sum](const int& value) { sum += value; }};
    const notch::Handler<int> copy = handler;
    handler(2);
    copy(3);
    CHECK(copy);
    CHECK(sum == 5);
    handler = {};
    handler(4);
    CHECK(sum == 5);
}
