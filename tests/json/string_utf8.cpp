// SPDX-License-Identifier: MIT
// Ill-formed UTF-8 is replaced, one U+FFFD for each maximal part of a character, and well-formed UTF-8 is left alone.
#include "string_reference.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace string_tests;

namespace {

// With one '?' for each replacement character.
std::string repaired(const std::string& s) {
    std::string out = escaped(s);
    for (std::size_t at; (at = out.find("\xef\xbf\xbd")) != std::string::npos;) out.replace(at, 3, "?");
    return out;
}

bool valid(const std::string& s) { return detail::valid_utf8(s.data(), s.size()); }

std::string encoded(std::uint32_t point) {
    const auto tail = [point](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) return {static_cast<char>(point)};
    if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
    if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("utf-8: the examples of the Unicode standard, chapter 3.9") {
    CHECK(repaired("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == "????????A");
    CHECK(repaired("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == "????????A");
    CHECK(repaired("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") == "?????A??B");
    CHECK(repaired("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == "????A");
}

TEST_CASE("utf-8: refused, each with its accepted neighbour") {
    CHECK(valid("\xc2\x80"));
    CHECK(!valid("\xc1\xbf"));  // overlong
    CHECK(valid("\xe0\xa0\x80"));
    CHECK(!valid("\xe0\x9f\xbf"));  // overlong
    CHECK(valid("\xed\x9f\xbf"));
    CHECK(!valid("\xed\xa0\x80"));  // a surrogate
    CHECK(valid("\xee\x80\x80"));
    CHECK(!valid("\xed\xbf\xbf"));  // a surrogate
    CHECK(valid("\xf0\x90\x80\x80"));
    CHECK(!valid("\xf0\x8f\xbf\xbf"));  // overlong
    CHECK(valid("\xf4\x8f\xbf\xbf"));
    CHECK(!valid("\xf4\x90\x80\x80"));  // above U+10FFFF
    CHECK(!valid("\xf5\x80\x80\x80"));
    CHECK(!valid("\xe2\x82"));  // ends too early
    CHECK(!valid("\x80"));
    CHECK(valid(std::string(100, 'x')));
    CHECK(valid(std::string(100, '\0')));
    std::string ends_badly(100, 'x');  // a temporary and + is a false warning of GCC 12 for Windows
    ends_badly += '\xff';
    CHECK(!valid(ends_badly));
}

TEST_CASE("utf-8: every code point is copied, every surrogate is three replacements") {
    int wrong = 0;
    for (std::uint32_t point = 0x80; point <= 0x10ffff; ++point) {
        const std::string s = encoded(point);
        const bool surrogate = point >= 0xd800 && point <= 0xdfff;
        wrong += valid(s) == surrogate;
        if (surrogate) {
            wrong += repaired(s) != "???";
        } else {
            char out[64];
            const char* const end = detail::write_escaped(out, s.data(), s.size());
            wrong += std::string_view(out, static_cast<std::size_t>(end - out)) != s;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("utf-8: every sequence of up to four bytes from the edges of the table") {
    constexpr unsigned char edges[] = {0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                       0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    int wrong = 0;
    for (unsigned a : edges) {
        for (unsigned b : edges) {
            for (unsigned c : edges) {
                const std::string s{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
                wrong += !right(s);
                for (char d : {'\x41', '\x80', '\xbf', '\xc2', '\xf0'}) wrong += !right(s + d);
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("utf-8: text of several scripts across all word borders") {
    const std::string text = "Z\xc3\xbcrich \xd0\x9c\xd0\xb8\xd1\x80 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80 end";
    int wrong = 0;
    for (std::size_t front = 0; front <= 33; ++front) {
        for (std::size_t cut = 0; cut <= text.size(); ++cut)
            wrong += !right(std::string(front, 'x') + text.substr(0, cut));
    }
    CHECK(wrong == 0);
}
