// SPDX-License-Identifier: MIT
// Objects: braces and commas whichever fields are left out, and keys of any characters.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Empty {};
struct Three {
    std::optional<int> a;
    std::optional<int> b;
    std::optional<int> c;
};
struct Around {
    std::string first{};
    Three inner{};
    std::vector<Three> list{};
    std::string last{};
    static constexpr auto notch_options() {
        return notch::options(notch::field("first", notch::omit_empty), notch::field("last", notch::omit_empty));
    }
};

struct Keys {
    int a = 1;
    std::string b = "2";
    int c = 3;
    std::string d = "4";
    int e = 5;
    int f = 6;
    static constexpr auto notch_options() {
        using notch::field;
        using notch::rename;
        return notch::options(field("a", rename("say \"hi\"")), field("b", rename("back\\slash")),
                              field("c", rename("a\tb\n")), field("d", rename("größe 😀")), field("e", rename("")),
                              field("f", rename(std::string_view{"\0\x1f\x7f", 3})));
    }
};
struct LongKey {
    int a = 1;
    std::string b = "x";
    static constexpr auto notch_options() {
        return notch::options(
            notch::field(
                "a", notch::rename("a key of more than sixty-four bytes, which takes more than a move or two to copy")),
            notch::field(
                "b", notch::rename("another key of more than sixty-four bytes, which takes more than a move or two")));
    }
};

}  // namespace

TEST_CASE("an empty struct, and one of which nothing is left") {
    CHECK(notch::to_json(Empty{}) == "{}");
    CHECK(notch::to_json(Three{}) == "{}");
    CHECK(notch::to_json(std::vector<Empty>(3)) == "[{},{},{}]");
    CHECK(notch::to_json(std::vector<Three>(2)) == "[{},{}]");
}

TEST_CASE("commas stand between what is there") {
    CHECK(notch::to_json(Three{1, {}, {}}) == R"({"a":1})");
    CHECK(notch::to_json(Three{{}, 2, {}}) == R"({"b":2})");
    CHECK(notch::to_json(Three{{}, {}, 3}) == R"({"c":3})");
    CHECK(notch::to_json(Three{1, 2, {}}) == R"({"a":1,"b":2})");
    CHECK(notch::to_json(Three{1, {}, 3}) == R"({"a":1,"c":3})");
    CHECK(notch::to_json(Three{{}, 2, 3}) == R"({"b":2,"c":3})");
    CHECK(notch::to_json(Three{1, 2, 3}) == R"({"a":1,"b":2,"c":3})");
}

TEST_CASE("fields left out at both ends, around structs of which nothing is left") {
    CHECK(notch::to_json(Around{}) == R"({"inner":{},"list":[]})");
    CHECK(notch::to_json(Around{"f", {{}, 2, {}}, {{}, {1, {}, {}}}, "l"}) ==
          R"({"first":"f","inner":{"b":2},"list":[{},{"a":1}],"last":"l"})");
}

TEST_CASE("keys are escaped as texts are") {
    CHECK(notch::to_json(Keys{}) ==
          "{\"say \\\"hi\\\"\":1,\"back\\\\slash\":\"2\",\"a\\u0009b\\u000a\":3,\"größe 😀\":\"4\",\"\":5,"
          "\"\\u0000\\u001f\x7f\":6}");
    CHECK(notch::to_json(LongKey{}) ==
          R"({"a key of more than sixty-four bytes, which takes more than a move or two to copy":1,)"
          R"("another key of more than sixty-four bytes, which takes more than a move or two":"x"})");
}
