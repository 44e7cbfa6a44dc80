// SPDX-License-Identifier: MIT
// RawJson: valid JSON goes in without its white space, anything else is null, so that a line stays one line of JSON.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string json_of(std::string_view raw) { return notch::to_json(notch::RawJson{std::string{raw}}); }

}  // namespace

TEST_CASE("values of every kind") {
    CHECK(json_of("null") == "null");
    CHECK(json_of("true") == "true");
    CHECK(json_of("-1.50E+10") == "-1.50E+10");
    CHECK(json_of("\"text\"") == "\"text\"");
    CHECK(json_of("[]") == "[]");
    CHECK(json_of(R"({"a":{"b":[1,2,{"c":null}]}})") == R"({"a":{"b":[1,2,{"c":null}]}})");
    CHECK(json_of("123456789012345678901234567890") == "123456789012345678901234567890");
}

TEST_CASE("white space goes between tokens, and stays in strings") {
    CHECK(json_of(" \t\r\n{ \"a b\" :\n[ 1 , 2 ]\r\n,\t\"c\" : \" x \\\" y \" } \n") ==
          R"({"a b":[1,2],"c":" x \" y "})");
    CHECK(json_of(R"("\\" )") == R"("\\")");
    CHECK(json_of(R"([ "\\" , "\\\"  " ])") == R"(["\\","\\\"  "])");
    CHECK(json_of("\" \\u0020 \\n \"") == R"(" \u0020 \n ")");
}

TEST_CASE("what is not one valid value is null") {
    for (const std::string_view bad : {"",
                                       " ",
                                       "{",
                                       "[1,]",
                                       "{\"a\":1,}",
                                       "{'a':1}",
                                       "01",
                                       "1.",
                                       "+1",
                                       "nul",
                                       "NaN",
                                       "\"open",
                                       "\"\n\"",
                                       "1 2",
                                       "{} {}",
                                       "[1] x",
                                       "\xef\xbb\xbf{}",
                                       "\"\xff\"",
                                       "\"\\ud800\"",
                                       "// no\n1",
                                       "\"\\x\""}) {
        CAPTURE(bad);
        CHECK(json_of(bad) == "null");
    }
}

TEST_CASE("of any size, and nested as deeply as can be read") {
    std::string many = "[0";
    for (int i = 0; i < 20'000; ++i) many += ",0";
    many += ']';
    CHECK(json_of(many) == many);
    const std::string text = '"' + std::string(100'000, 'x') + '"';
    CHECK(json_of(text) == text);
    const std::string deep = std::string(1'024, '[') + std::string(1'024, ']');
    CHECK(json_of(deep) == deep);
    CHECK(json_of('[' + deep + ']') == "null");
}

TEST_CASE("as a field it cannot break the line") {
    struct Blob {
        int before;
        notch::RawJson extra;
        std::optional<notch::RawJson> maybe;
        std::vector<notch::RawJson> list;
        int after;
    };
    CHECK(notch::to_json(Blob{1, {"{\n}"}, {}, {{"[\n1]"}, {"\n"}}, 2}) ==
          R"({"before":1,"extra":{},"list":[[1],null],"after":2})");
    CHECK(notch::to_json(Blob{1, {"},\"x\":{"}, notch::RawJson{"2"}, {}, 2}) ==
          R"({"before":1,"extra":null,"maybe":2,"list":[],"after":2})");
}
