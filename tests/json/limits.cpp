// SPDX-License-Identifier: MIT
// Each limit one below, at, and one above; hitting one names it.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Known {
    int known = 0;
};
struct Texts {
    std::string text;
    std::vector<std::string> list;
};

/// The reading is refused for that limit, and accepted with one more.
template <class Read>
void check_limit(std::size_t notch::Limits::* limit, std::size_t needed, std::string_view name, Read read) {
    CAPTURE(name);
    notch::Limits limits;
    limits.*limit = needed;
    CHECK(read(limits));
    limits.*limit = needed + 1;
    CHECK(read(limits));
    limits.*limit = needed - 1;
    const auto refused = read(limits);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == notch::ErrorCode::limit);
    CHECK(refused.error().expected.find(name) != std::string::npos);
    CHECK(refused.error().expected.find(std::to_string(needed - 1)) != std::string::npos);
}

template <class T>
auto reading(std::string_view text) {
    return [text](const notch::Limits& limits) { return notch::from_json<T>(text, limits); };
}
auto validating(std::string_view text) {
    return [text](const notch::Limits& limits) { return notch::validate_json(text, limits); };
}

std::string repeat(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

}  // namespace

TEST_CASE("the defaults") {
    constexpr notch::Limits limits;
    CHECK(limits.max_bytes == 1024 * 1024);
    CHECK(limits.max_depth == 64);
    CHECK(limits.max_string == 64 * 1024);
    CHECK(limits.max_elements == 10'000);
    CHECK(limits.unknown_keys == notch::UnknownKeys::skip);

    CHECK(notch::validate_json(repeat("[", 64) + repeat("]", 64)));
    CHECK_FALSE(notch::validate_json(repeat("[", 65) + repeat("]", 65)));
    CHECK(notch::validate_json('"' + repeat("a", 65'536) + '"'));
    CHECK_FALSE(notch::validate_json('"' + repeat("a", 65'537) + '"'));
    CHECK(notch::validate_json('[' + repeat("1,", 9'999) + "1]"));
    CHECK_FALSE(notch::validate_json('[' + repeat("1,", 10'000) + "1]"));
    CHECK(notch::validate_json('1' + repeat(" ", 1024 * 1024 - 1)));
    CHECK_FALSE(notch::validate_json('1' + repeat(" ", 1024 * 1024)));
}

TEST_CASE("max_bytes counts the whole text") {
    check_limit(&notch::Limits::max_bytes, 13, "max_bytes",
                reading<Known>(R"({"known":1 })"
                               "\n"));
    check_limit(&notch::Limits::max_bytes, 5, "max_bytes", validating("[1,2]"));
    CHECK(notch::validate_json("[1,2]", {.max_bytes = 4}).error().message() ==
          "line 1, column 1: expected at most 4 bytes (max_bytes), found 5 bytes");
}

TEST_CASE("max_depth counts objects and arrays, read and skipped") {
    using Deep = std::vector<std::vector<std::vector<int>>>;
    check_limit(&notch::Limits::max_depth, 3, "max_depth", reading<Deep>("[[],[[1]]]"));
    check_limit(&notch::Limits::max_depth, 2, "max_depth",
                reading<std::map<std::string, Known>>(R"({"a":{"known":1}})"));
    check_limit(&notch::Limits::max_depth, 3, "max_depth", reading<Known>(R"({"a":{},"x":[{}],"known":1})"));
    check_limit(&notch::Limits::max_depth, 3, "max_depth", reading<notch::RawJson>(R"([{"a":[]},[[]]])"));
    check_limit(&notch::Limits::max_depth, 3, "max_depth", validating("[[],[[],[]],{}]"));
    // Siblings stand at the same depth.
    check_limit(&notch::Limits::max_depth, 2, "max_depth",
                reading<std::vector<Known>>(R"([{"known":1},{"known":2},{"known":3}])"));
    check_limit(&notch::Limits::max_depth, 2, "max_depth", reading<std::vector<std::vector<int>>>("[[],[1],[],[2]]"));
    check_limit(&notch::Limits::max_depth, 2, "max_depth",
                reading<std::vector<std::map<std::string, int>>>(R"([{},{"a":1},{},{"a":1}])"));
    CHECK(notch::validate_json("1", {.max_depth = 0}));
    CHECK_FALSE(notch::validate_json("[]", {.max_depth = 0}));
    CHECK(notch::validate_json("[[{\"a\":[]}]]", {.max_depth = 3}).error().message() ==
          "line 1, column 8, /0/0/a: expected at most 3 levels (max_depth), found more");
}

TEST_CASE("max_string counts the bytes between the quotes of strings and keys") {
    check_limit(&notch::Limits::max_string, 5, "max_string", reading<Texts>(R"({"text":"abcde","list":["abcde"]})"));
    check_limit(&notch::Limits::max_string, 6, "max_string", reading<Texts>(R"({"text":"\u0041","list":[]})"));
    check_limit(&notch::Limits::max_string, 6, "max_string", reading<Texts>(R"({"text":"","list":["abcdef"]})"));
    check_limit(&notch::Limits::max_string, 7, "max_string", reading<Known>(R"({"known":1,"unknown":0})"));
    check_limit(&notch::Limits::max_string, 6, "max_string", reading<Known>(R"({"known":1,"x":"abcdef"})"));
    check_limit(&notch::Limits::max_string, 4, "max_string", reading<std::map<std::string, int>>(R"({"abcd":1})"));
    check_limit(&notch::Limits::max_string, 2, "max_string", validating("[\"\xc3\xa9\"]"));
    check_limit(&notch::Limits::max_string, 40, "max_string",
                validating(R"(["0123456789012345678901234567890123456789"])"));
    CHECK(notch::from_json<Texts>(R"({"text":"","list":["","abc"]})", {.max_string = 2}).error().message() ==
          "line 1, column 23, /list/1: expected at most 2 bytes (max_string), found more");
    // A key that is too long itself is in the object; it is not the key before it.
    CHECK(notch::validate_json(R"({"a":{"b":1,"long":2}})", {.max_string = 3}).error().message() ==
          "line 1, column 13, /a: expected at most 3 bytes (max_string), found more");
    CHECK(notch::validate_json(R"({"a":{"b":1,"c":"long"}})", {.max_string = 3}).error().message() ==
          "line 1, column 17, /a/c: expected at most 3 bytes (max_string), found more");
}

TEST_CASE("max_elements counts the elements of an array and the keys of an object") {
    check_limit(&notch::Limits::max_elements, 3, "max_elements", reading<std::vector<int>>("[1,2,3]"));
    check_limit(&notch::Limits::max_elements, 3, "max_elements", reading<std::array<int, 3>>("[1,2,3]"));
    check_limit(&notch::Limits::max_elements, 2, "max_elements",
                reading<std::map<std::string, int>>(R"({"a":1,"b":2})"));
    check_limit(&notch::Limits::max_elements, 3, "max_elements", reading<Known>(R"({"known":1,"a":[1,2,3]})"));
    check_limit(&notch::Limits::max_elements, 3, "max_elements", reading<Known>(R"({"a":1,"a":2,"known":1})"));
    check_limit(&notch::Limits::max_elements, 2, "max_elements", validating(R"([{"a":1,"a":2},[[],[]]])"));
    check_limit(&notch::Limits::max_elements, 1, "max_elements", validating("[1]"));
    CHECK(notch::from_json<std::vector<int>>("[]", {.max_elements = 0}));
    CHECK(notch::from_json<std::vector<int>>("[1,2,3]", {.max_elements = 2}).error().message() ==
          "line 1, column 6: expected at most 2 elements (max_elements), found more");
    CHECK(notch::validate_json(R"({"a":1,"b":2})", {.max_elements = 1}).error().message() ==
          "line 1, column 8: expected at most 1 keys (max_elements), found more");
}
