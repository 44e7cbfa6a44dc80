// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

TEST_CASE("a buffer grows, keeps what it holds, and shrinks") {
    notch::detail::Buffer buffer;
    CHECK(buffer.view().empty());
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string piece(static_cast<std::size_t>(1 + i % 37), static_cast<char>('a' + i % 26));
        REQUIRE(buffer.reserve(piece.size()));
        std::memcpy(buffer.end(), piece.data(), piece.size());
        buffer.set_end(buffer.end() + piece.size());
        expected += piece;
    }
    CHECK(buffer.view() == expected);
    buffer.shrink_to(10);
    CHECK(buffer.view() == expected.substr(0, 10));
    buffer.trim(0);  // still holds something: kept
    CHECK(buffer.view() == expected.substr(0, 10));
    buffer.clear();
    buffer.trim(0);
    CHECK(buffer.size() == 0);
    REQUIRE(buffer.reserve(1));
}

TEST_CASE("a buffer that gets no memory says so and keeps what it holds") {
    notch::detail::Buffer buffer;
    REQUIRE(buffer.reserve(4));
    std::memcpy(buffer.end(), "kept", 4);
    buffer.set_end(buffer.end() + 4);
    CHECK_FALSE(buffer.reserve(static_cast<std::size_t>(-1) / 2));
    CHECK(buffer.view() == "kept");
}
