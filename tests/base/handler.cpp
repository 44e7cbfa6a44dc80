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
