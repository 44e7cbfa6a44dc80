// SPDX-License-Identifier: MIT
// Texts as fields, keys of maps and names: escaped, and repaired where they are no UTF-8. Every byte pattern of a string is
// string_*.cpp's; here each place that writes one is held to the same rules.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

enum class Odd { broken };
constexpr auto notch_enum(Odd*) { return std::array<std::pair<Odd, std::string_view>, 1>{{{Odd::broken, "\xff\t"}}}; }

struct Text {
    std::string text;
    int n = 1;
};

std::string json_of(std::string_view text) { return notch::to_json(Text{std::string{text}}); }

}  // namespace

TEST_CASE("quotes, backslashes and control characters are escaped") {
    CHECK(json_of("say \"hi\" \\ /") == R"({"text":"say \"hi\" \\ /","n":1})");
    CHECK(json_of("\b\t\n\f\r") == R"({"text":"\b\t\n\f\r","n":1})");
    CHECK(json_of(std::string_view{"\0\x01\x1f\x7f", 4}) == "{\"text\":\"\\u0000\\u0001\\u001f\x7f\",\"n\":1}");
}

TEST_CASE("UTF-8 is copied, what is none becomes U+FFFD") {
    CHECK(json_of("größe € 😀") == R"({"text":"größe € 😀","n":1})");
    CHECK(json_of("a\xff"
                  "b") ==
          "{\"text\":\"a\xef\xbf\xbd"
          "b\",\"n\":1}");
    CHECK(json_of("\xe2\x82") == "{\"text\":\"\xef\xbf\xbd\",\"n\":1}");
    CHECK(json_of("\xed\xa0\x80") == "{\"text\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"n\":1}");
    CHECK(json_of("\xc0\xaf") == "{\"text\":\"\xef\xbf\xbd\xef\xbf\xbd\",\"n\":1}");
}

TEST_CASE("in every place that holds a text") {
    const std::string odd = "\xff\"";
    const std::string expected = "\"\xef\xbf\xbd\\\"\"";
    CHECK(notch::to_json(odd) == expected);
    CHECK(notch::to_json(std::string_view{odd}) == expected);
    CHECK(notch::to_json(odd.c_str()) == expected);
    CHECK(notch::to_json(std::optional<std::string>{odd}) == expected);
    CHECK(notch::to_json(std::vector<std::string>{odd, odd}) == "[" + expected + "," + expected + "]");
    CHECK(notch::to_json(std::map<std::string, std::string>{{odd, odd}}) == "{" + expected + ":" + expected + "}");
    char array[8] = {};
    std::memcpy(array, odd.data(), odd.size());
    CHECK(notch::to_json(array) == expected);
    CHECK(notch::to_json(Odd::broken) == "\"\xef\xbf\xbd\\t\"");
}

TEST_CASE("a NUL inside a string is a character, at the end of an array it is the end") {
    CHECK(notch::to_json(std::string{"a\0b", 3}) == R"("a\u0000b")");
    CHECK(notch::to_json(std::string_view{"\0", 1}) == R"("\u0000")");
    const char array[4] = {'a', '\0', 'b', '\0'};
    CHECK(notch::to_json(array) == R"("a")");
}

TEST_CASE("texts of many sizes, clean and with an escape in each place") {
    for (std::size_t size = 0; size < 100; ++size) {
        const std::string clean(size, 'x');
        CHECK(json_of(clean) == "{\"text\":\"" + clean + "\",\"n\":1}");
        for (std::size_t at = 0; at < size; ++at) {
            std::string text = clean;
            text[at] = '\n';
            CHECK(json_of(text) == "{\"text\":\"" + clean.substr(0, at) + "\\n" + clean.substr(at + 1) + "\",\"n\":1}");
        }
    }
}
