// SPDX-License-Identifier: MIT
// What an error says, to a program and to a person.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using notch::ErrorCode;

namespace {

struct Shape {
    std::uint32_t cpu = 0;
};
struct Job {
    std::string repository;
    std::optional<Shape> shape;
    std::vector<std::map<std::string, int>> counts;
};

struct Code {
    char code[2];
};
struct Aliased {
    std::string repo;
    static constexpr auto notch_options() { return notch::field("repo", notch::alias("repository")); }
};

std::string message_of(std::string_view text) { return notch::from_json<Job>(text).error().message(); }

}  // namespace

TEST_CASE("the message says where, what was expected and what was found") {
    CHECK(notch::from_json<Shape>(R"({"cpu":-1})").error().message() ==
          "line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1");
    CHECK(message_of(R"({"shape":{"cpu":1.5}})") ==
          "line 1, column 17, /shape/cpu: expected an integer in [0, 4294967295], found 1.5");
    CHECK(message_of("{\n  \"repository\" : 7\n}") == "line 2, column 18, /repository: expected a string, found 7");
    CHECK(message_of(R"({"repository":"a","counts":[{},{"x":1,"y":{}}]})") ==
          "line 1, column 43, /counts/1/y: expected an integer in [-2147483648, 2147483647], found an object");
    CHECK(message_of(R"({"repository":"a","counts":{}})") ==
          "line 1, column 28, /counts: expected an array, found an object");
    CHECK(message_of(R"({"repository":"a","counts":[[]]})") ==
          "line 1, column 29, /counts/0: expected an object, found an array");
    CHECK(message_of(R"({"repository":"a"})") == "line 1, column 18, /counts: expected a value, found no such key");
    CHECK(message_of(R"({"shape":{}})") == "line 1, column 11, /shape/cpu: expected a value, found no such key");
    CHECK(message_of(R"({"repository":"a","repository":"b"})") ==
          "line 1, column 19, /repository: expected each key at most once, found \"repository\"");
    CHECK(notch::from_json<Aliased>(R"({"repo":"a","repository":"b"})").error().message() ==
          "line 1, column 13, /repository: expected \"repo\" by one of its keys at most once, found \"repository\"");
    CHECK(message_of(R"({"repository":"a","counts":[]} x)") ==
          "line 1, column 32: expected nothing behind the value, found x");
    CHECK(message_of("[]") == "line 1, column 1: expected an object, found an array");
    CHECK(message_of(R"({"repository":true})") == "line 1, column 15, /repository: expected a string, found true");
    CHECK(notch::from_json<Shape>(R"({"cpu":1,"gpu":2})", {.unknown_keys = notch::UnknownKeys::reject})
              .error()
              .message() == "line 1, column 10, /gpu: expected a key of the struct, found \"gpu\"");
    CHECK(notch::from_json<std::string_view>(R"("a\n")").error().message() ==
          "line 1, column 1: expected a string without escapes, as it is read into a std::string_view; std::string "
          "takes any, found \"a\\n\"");
    CHECK(notch::from_json<bool>("1").error().message() == "line 1, column 1: expected true or false, found 1");
    CHECK(notch::from_json<double>("\"1\"").error().message() == "line 1, column 1: expected a number, found \"1\"");
    CHECK(notch::from_json<Code>(R"({"code":"abc"})").error().message() ==
          "line 1, column 9, /code: expected a string of at most 2 bytes without NUL, found \"abc\"");
    CHECK(notch::from_json<std::int64_t>("9223372036854775808").error().message() ==
          "line 1, column 1: expected an integer in [-9223372036854775808, 9223372036854775807], found "
          "9223372036854775808");
    CHECK(notch::from_json<std::uint64_t>("-1").error().message() ==
          "line 1, column 1: expected an integer in [0, 18446744073709551615], found -1");
}

TEST_CASE("the parts are there for a program") {
    const auto read = notch::from_json<Job>("{\"repository\":\"a\",\n \"counts\":[{\"a/b~c\":null}]}");
    REQUIRE_FALSE(read);
    const notch::Error& error = read.error();
    CHECK(error.code == ErrorCode::type_mismatch);
    CHECK(error.byte == 39);
    CHECK(error.line == 2);
    CHECK(error.column == 21);
    CHECK(error.field == "/counts/0/a~1b~0c");
    CHECK(error.expected == "an integer in [-2147483648, 2147483647]");
    CHECK(error.found == "null");
    CHECK(error.place.empty());
}

TEST_CASE("text of the document is cut and made printable") {
    const std::string long_text(200, 'x');
    const auto found = [](const std::string& text) { return notch::from_json<int>(text).error().found; };
    CHECK(found('"' + long_text + '"') == '"' + std::string(47, 'x') + "...");
    CHECK(found("\"\x1b[31m\"") == "the byte 0x1b");
    CHECK(found("\"\x7f\"") == "\"\\u007f\"");
    CHECK(found("\"caf\xc3\xa9\"") == "\"caf\xc3\xa9\"");
    CHECK(found("1" + std::string(100, '0')) == "1" + std::string(47, '0') + "...");
    // What commands a terminal (8-bit CSI), breaks a line or turns its direction is shown, not done.
    CHECK(found("\"\xc2\x9b"
                "2J\"") == "\"\\u009b2J\"");
    CHECK(found("\"\xe2\x80\xae"
                "abc\xe2\x80\xa8\xe2\x81\xa6\"") == "\"\\u202eabc\\u2028\\u2066\"");
    CHECK(found("\"\xc2\x80\xc2\x9f\xe2\x80\xa9\xe2\x81\xa9\"") == "\"\\u0080\\u009f\\u2029\\u2069\"");
    CHECK(found("\"\xc2\xa0\xe2\x80\xa7\xe2\x81\xaa\"") == "\"\xc2\xa0\xe2\x80\xa7\xe2\x81\xaa\"");
    // A cut never divides a character.
    CHECK(found('"' + std::string(46, 'x') + "\xe2\x82\xac\"") == '"' + std::string(46, 'x') + "...");

    using Map = std::map<std::string, int>;
    const auto field = [](const std::string& text) { return notch::from_json<Map>(text).error().field; };
    CHECK(field("{\"" + long_text + "\":null}") == "/" + std::string(128, 'x') + "...");
    CHECK(field(R"({"a\nb\u001b":null})") == "/a\\u000ab\\u001b");
    CHECK(field("{\"\xc2\x9b"
                "2J\":null}") == "/\\u009b2J");
    CHECK(field(R"({"":null})") == "/");
    CHECK(field(R"({"\u00e9":null})") == "/\xc3\xa9");
}

TEST_CASE("explain shows the line and a caret") {
    const auto explained = [](std::string_view text) {
        return notch::explain(notch::from_json<Shape>(text).error(), text);
    };
    CHECK(explained(R"({"cpu":-1})") ==
          "line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1\n"
          "  {\"cpu\":-1}\n"
          "         ^");
    CHECK(explained("{\n\t\"cpu\" : \"\xc3\xa9\" , \"\xc3\xa9\" : x\n}\n") ==
          "line 2, column 10, /cpu: expected an integer in [0, 4294967295], found \"\xc3\xa9\"\n"
          "   \"cpu\" : \"\xc3\xa9\" , \"\xc3\xa9\" : x\n"
          "           ^");
    CHECK(explained("{\"\xc3\xa9\xc3\xa9\":0,\"cpu\":-1}") ==
          "line 1, column 17, /cpu: expected an integer in [0, 4294967295], found -1\n"
          "  {\"\xc3\xa9\xc3\xa9\":0,\"cpu\":-1}\n"
          "                ^");
    CHECK(explained("") == "line 1, column 1: expected a value, found the end of the text\n  \n  ^");
    CHECK(explained("{\"cpu\":1\n") ==
          "line 2, column 1: expected ',' or '}', found the end of the text\n"
          "  \n"
          "  ^");
    CHECK(explained("{\"x\":\"" + std::string(100, 'a') + "\",\"cpu\":-1,\"y\":\"" + std::string(100, 'b') + "\"}") ==
          "line 1, column 115, /cpu: expected an integer in [0, 4294967295], found -1\n"
          "  ..." +
              std::string(32, 'a') + "\",\"cpu\":-1,\"y\":\"" + std::string(28, 'b') + "...\n" + std::string(45, ' ') +
              "^");
    CHECK(explained("{\"\xc2\x9b"
                    "31m\xe2\x80\xaex\":0,\"cpu\":-1}") ==
          "line 1, column 22, /cpu: expected an integer in [0, 4294967295], found -1\n"
          "  {\" 31m x\":0,\"cpu\":-1}\n"
          "                    ^");
    CHECK(explained("{\"cpu\":1,\"a\":\"\xff\"}") ==
          "line 1, column 15, /a: expected valid UTF-8, found the byte 0xff\n"
          "  {\"cpu\":1,\"a\":\"?\"}\n"
          "                ^");
    notch::Error elsewhere;
    elsewhere.expected = "a";
    elsewhere.found = "b";
    CHECK(notch::explain(elsewhere, "text") == "expected a, found b");
    // An error of another text is not explained by this one.
    CHECK(notch::explain(notch::from_json<Shape>(R"({"cpu":-1})").error(), "{}") ==
          "line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1");
}

TEST_CASE("a place at every byte of a document cut short") {
    constexpr std::string_view text =
        "{\n \"repository\" : \"a\\n\\u00e9\" ,\n \"shape\" : { \"cpu\" : 12 } , \"counts\" : [ { \"x\" : -1 } ] , "
        "\"z\":[tru]}";
    for (std::size_t size = 0; size < text.size(); ++size) {
        const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
        const std::string_view part{exact.data(), size};
        const auto read = notch::from_json<Job>(part);
        REQUIRE_FALSE(read);
        CHECK(read.error().byte <= size);
        CHECK(read.error().line >= 1);
        CHECK_FALSE(notch::explain(read.error(), part).empty());
    }
}
