// SPDX-License-Identifier: MIT
// Strings are escaped as RFC 8259 asks, whole words at a time, the same with and without vector instructions.
#include "string_reference.hpp"

#include "../support/rounds.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace string_tests;

TEST_CASE("strings: golden bytes") {
    CHECK(escaped("") == "");
    CHECK(escaped("plain") == "plain");
    CHECK(escaped("say \"hi\"\n") == R"(say \"hi\"\n)");
    CHECK(escaped("C:\\temp") == R"(C:\\temp)");
    CHECK(escaped("\b\t\n\f\r") == R"(\b\t\n\f\r)");
    CHECK(escaped(std::string("\0\x01\x0b\x1f", 4)) == R"(\u0000\u0001\u000b\u001f)");
    CHECK(escaped("\x7f/") == "\x7f/");
    CHECK(escaped("Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80") == "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80");
    CHECK(escaped("\xe2\x80\xa8\xe2\x80\xa9") == "\xe2\x80\xa8\xe2\x80\xa9");
    CHECK(escaped("canonical/notch: a string of more than 32 bytes") ==
          "canonical/notch: a string of more than 32 bytes");
}

TEST_CASE("strings: every byte at every place of a clean string of every length up to 80") {
    int wrong = 0;
    const std::size_t step = test::rounds(10) == 10 ? 5 : 7;  // behind two vectors
    for (std::size_t size = 1; size <= 80; size += size < 33 ? 1 : step) {
        for (std::size_t at = 0; at < size; ++at) {
            for (unsigned c = 0; c < 256; c += size > 40 && c >= 0x30 && c < 0xb0 ? 13 : 1) {
                std::string s(size, 'x');
                s[at] = static_cast<char>(c);
                wrong += !right(s);
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("strings: every pair of bytes, alone and at every place up to 40 of a clean string") {
    int wrong = 0;
    for (unsigned a = 0; a < 256; ++a) {
        for (unsigned b = 0; b < 256; ++b) {
            const std::string pair{static_cast<char>(a), static_cast<char>(b)};
            wrong += !right(pair);
            const std::size_t at = (a * 256 + b) % 41;
            wrong += !right(std::string(at, 'x') + pair + std::string(40 - at, 'y'));
        }
    }
    // The pairs that are special in different ways, at all places.
    for (const char* pair : {"\"\\", "\n\"", "\xc3\xa9", "\xff\"", "\x80\x80", "\xe2\x82", "\xf0\x9f", "\x1f ", " \x1f",
                             "!\"", "[\\", "\\]"}) {
        for (std::size_t at = 0; at <= 40; ++at) {
            wrong += !right(std::string(at, 'x') + pair);
            wrong += !right(std::string(at, 'x') + pair + std::string(40 - at, 'y'));
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("strings: random bytes of several kinds") {
    std::uint64_t state = 1;
    const auto random = [&state](std::uint64_t bound) {
        state = state * 6364136223846793005 + 1442695040888963407;
        return (state >> 33) % bound;
    };
    int wrong = 0;
    for (int i = 0; i < test::rounds(15000); ++i) {
        std::string s(static_cast<std::size_t>(random(100)), ' ');
        const std::uint64_t kind = random(4);
        for (char& c : s) {
            std::uint64_t value = random(256);
            if (kind == 1) value = 0x20 + random(95);                                       // printable
            if (kind == 2) value = random(12) == 0 ? random(256) : 'a' + random(26);        // seldom special
            if (kind == 3) value = random(3) == 0 ? 0xc0 + random(64) : 0x80 + random(64);  // nearly UTF-8
            c = static_cast<char>(value);
        }
        wrong += !right(s);
    }
    CHECK(wrong == 0);
}

TEST_CASE("strings: the worst case fills the bound and no more") {
    for (const std::size_t size : {1u, 7u, 8u, 15u, 16u, 17u, 100u}) {
        CAPTURE(size);
        CHECK(escaped(std::string(size, '\x01')).size() == 6 * size);
        CHECK(right(std::string(size, '\x01')));
        CHECK(right(std::string(size, '\xff')));
    }
}
