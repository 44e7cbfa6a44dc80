// SPDX-License-Identifier: MIT
// Lists, sets, maps and optionals.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

using notch::ErrorCode;

namespace {

template <class T>
void check_reads(std::string_view text, const T& expected) {
    CAPTURE(text);
    const auto read = notch::from_json<T>(text);
    if (!read) FAIL(read.error().message());
    CHECK(*read == expected);
}

template <class T>
void check_refuses(std::string_view text, ErrorCode code, std::string_view field) {
    CAPTURE(text);
    const auto read = notch::from_json<T>(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
    CHECK(read.error().field == field);
}

struct Point {
    int x = 0;
    bool operator==(const Point&) const = default;
};

}  // namespace

TEST_CASE("containers that grow") {
    check_reads("[]", std::vector<int>{});
    check_reads("[ ]", std::vector<int>{});
    check_reads("[1]", std::vector<int>{1});
    check_reads(" [ 1 , 2 ,\n3 ] ", std::vector<int>{1, 2, 3});
    check_reads("[1,2]", std::deque<int>{1, 2});
    check_reads("[1,2]", std::list<int>{1, 2});
    check_reads("[true,false,true]", std::vector<bool>{true, false, true});
    check_reads("[[],[1],[1,2]]", std::vector<std::vector<int>>{{}, {1}, {1, 2}});
    check_reads(R"(["a","b\n"])", std::vector<std::string>{"a", "b\n"});
    check_reads(R"([{"x":1},{"x":2}])", std::vector<Point>{{1}, {2}});
    check_reads("[1,null,3]", std::vector<std::optional<int>>{1, std::nullopt, 3});

    for (const std::string_view other : {"null", "1", "\"a\"", "{}", "true"})
        check_refuses<std::vector<int>>(other, ErrorCode::type_mismatch, "");
    check_refuses<std::vector<int>>("[1,\"2\"]", ErrorCode::type_mismatch, "/1");
    check_refuses<std::vector<int>>("[1,null]", ErrorCode::type_mismatch, "/1");
    check_refuses<std::vector<bool>>("[true,0]", ErrorCode::type_mismatch, "/1");
    check_refuses<std::vector<std::vector<int>>>("[[],[1,2.5]]", ErrorCode::type_mismatch, "/1/1");
    for (const std::string_view broken : {"[", "[1", "[1,", "[1,]", "[,]", "[1 2]", "[1}"})
        CHECK_FALSE(notch::from_json<std::vector<int>>(broken));
}

TEST_CASE("arrays take exactly their number of elements") {
    check_reads("[1,2,3]", std::array<int, 3>{1, 2, 3});
    check_reads("[]", std::array<int, 0>{});
    check_refuses<std::array<int, 3>>("[1,2]", ErrorCode::type_mismatch, "");
    check_refuses<std::array<int, 3>>("[1,2,3,4]", ErrorCode::type_mismatch, "");
    check_refuses<std::array<int, 0>>("[1]", ErrorCode::type_mismatch, "");
    CHECK(notch::from_json<std::array<int, 3>>("[1,2]").error().message() ==
          "line 1, column 1: expected an array of 3 elements, found 2");
    CHECK(notch::from_json<std::array<int, 3>>("[1,2,3,4]").error().message() ==
          "line 1, column 1: expected an array of 3 elements, found more");

    struct Arrays {
        int plain[2];
        int grid[2][2];
        std::array<std::array<int, 1>, 2> nested;
        char names[2][4];
    };
    const auto read =
        notch::from_json<Arrays>(R"({"plain":[1,2],"grid":[[3,4],[5,6]],"nested":[[7],[8]],"names":["ab","abcd"]})");
    REQUIRE(read);
    CHECK(read->plain[1] == 2);
    CHECK(read->grid[1][0] == 5);
    CHECK(read->nested[1][0] == 8);
    CHECK(std::string_view{read->names[1], 4} == "abcd");
    check_refuses<Arrays>(R"({"plain":[1,2],"grid":[[3,4],[5]],"nested":[[7],[8]],"names":["ab","abcd"]})",
                          ErrorCode::type_mismatch, "/grid/1");
    check_refuses<Arrays>(R"({"plain":[1,2,3]})", ErrorCode::type_mismatch, "/plain");
}

TEST_CASE("a set takes each element once") {
    check_reads("[2,1]", std::set<int>{1, 2});
    check_reads(R"(["a","b"])", std::unordered_set<std::string>{"a", "b"});
    check_reads("[1,1]", std::multiset<int>{1, 1});
    check_refuses<std::set<int>>("[1,2,1]", ErrorCode::duplicate_key, "/2");
}

TEST_CASE("maps with string keys") {
    check_reads("{}", std::map<std::string, int>{});
    check_reads(R"({"a":1,"b":2})", std::map<std::string, int>{{"a", 1}, {"b", 2}});
    check_reads(R"( { "b" : 2 , "a" : 1 } )", std::unordered_map<std::string, int>{{"a", 1}, {"b", 2}});
    check_reads(R"({"\u0061":1,"":2})", std::map<std::string, int>{{"a", 1}, {"", 2}});
    check_reads(R"({"a":{"b":[1]}})",
                std::map<std::string, std::map<std::string, std::vector<int>>>{{"a", {{"b", {1}}}}});
    check_reads(R"({"a":1})", std::map<std::string_view, int>{{"a", 1}});

    using Map = std::map<std::string, int>;
    check_refuses<Map>(R"({"a":1,"a":1})", ErrorCode::duplicate_key, "/a");
    check_refuses<Map>(R"({"a":1,"\u0061":1})", ErrorCode::duplicate_key, "/a");
    check_refuses<Map>(R"({"a":1,"b":"2"})", ErrorCode::type_mismatch, "/b");
    check_refuses<Map>(R"({"a":1,"b":null})", ErrorCode::type_mismatch, "/b");
    for (const std::string_view other : {"[]", "null", "1", "\"a\""})
        check_refuses<Map>(other, ErrorCode::type_mismatch, "");
    for (const std::string_view broken :
         {"{", "{\"a\"", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{\"a\":1]"})
        CHECK_FALSE(notch::from_json<Map>(broken));
    using Views = std::map<std::string_view, int>;
    check_refuses<Views>(R"({"\u0061":1})", ErrorCode::needs_copy, "");
}

TEST_CASE("what a container held by default is replaced") {
    struct Defaults {
        std::vector<int> list{1, 2, 3};
        std::map<std::string, int> map{{"a", 1}};
        std::optional<int> some = 4;
        std::optional<int> gone = 5;
        std::optional<int> kept = 6;
    };
    const auto read = notch::from_json<Defaults>(R"({"list":[7],"map":{"b":2},"some":8,"gone":null})");
    REQUIRE(read);
    CHECK(read->list == std::vector<int>{7});
    CHECK(read->map == std::map<std::string, int>{{"b", 2}});
    CHECK(read->some == 8);
    CHECK_FALSE(read->gone.has_value());
    CHECK(read->kept == 6);
}

TEST_CASE("optionals") {
    check_reads("null", std::optional<int>{});
    check_reads("1", std::optional<int>{1});
    check_reads("null", std::optional<std::string>{});
    check_reads("\"null\"", std::optional<std::string>{"null"});
    check_reads(R"({"x":1})", std::optional<Point>{Point{1}});
    check_refuses<std::optional<int>>("nul", ErrorCode::syntax, "");
    check_refuses<std::optional<int>>("nullx", ErrorCode::trailing, "");
    check_refuses<std::optional<int>>("\"1\"", ErrorCode::type_mismatch, "");
}
