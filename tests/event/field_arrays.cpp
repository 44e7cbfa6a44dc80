// SPDX-License-Identifier: MIT
// Arrays as fields. An initialiser list may leave their braces out, so counting has to find where each one ends.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

template <class T>
constexpr std::size_t count_of = notch::detail::Fields<T>::count;

/// Has to be given a value.
struct Given {
    int v;
    explicit Given(int from) : v{from} {}
    Given(const Given&) = default;
};
int notch_value(const Given& given) { return given.v; }

struct Pair {
    int a;
    int b;
};

struct MoveOnly {
    int v = 0;
    MoveOnly() = default;
    explicit MoveOnly(int from) : v{from} {}
    MoveOnly(MoveOnly&&) = default;
};
int notch_value(const MoveOnly& v) { return v.v; }

}  // namespace

TEST_CASE("one array, in every position") {
    struct Only {
        int a[3];
    };
    struct First {
        int a[3];
        int b;
        int c;
    };
    struct Middle {
        int a;
        int b[3];
        int c;
    };
    struct Last {
        int a;
        int b;
        int c[3];
    };
    CHECK(notch::to_json(Only{{1, 2, 3}}) == R"({"a":[1,2,3]})");
    CHECK(notch::to_json(First{{1, 2, 3}, 4, 5}) == R"({"a":[1,2,3],"b":4,"c":5})");
    CHECK(notch::to_json(Middle{1, {2, 3, 4}, 5}) == R"({"a":1,"b":[2,3,4],"c":5})");
    CHECK(notch::to_json(Last{1, 2, {3, 4, 5}}) == R"({"a":1,"b":2,"c":[3,4,5]})");
}

TEST_CASE("arrays of one, and arrays side by side") {
    struct Ones {
        int a[1];
        int b[1];
        int c[1];
    };
    struct Several {
        int a[2];
        std::string b[3];
        double c[1];
        int d;
        bool e[4];
    };
    CHECK(count_of<Ones> == 3);
    CHECK(count_of<Several> == 5);
    CHECK(notch::to_json(Ones{{1}, {2}, {3}}) == R"({"a":[1],"b":[2],"c":[3]})");
    CHECK(notch::to_json(Several{{1, 2}, {"x", "y", "z"}, {0.5}, 3, {true, false, true, false}}) ==
          R"({"a":[1,2],"b":["x","y","z"],"c":[0.5],"d":3,"e":[true,false,true,false]})");
}

TEST_CASE("arrays of arrays") {
    struct Matrix {
        int before;
        int m[2][3];
        int cube[2][1][2];
        int after;
    };
    CHECK(count_of<Matrix> == 4);
    CHECK(notch::to_json(Matrix{1, {{1, 2, 3}, {4, 5, 6}}, {{{1, 2}}, {{3, 4}}}, 9}) ==
          R"({"before":1,"m":[[1,2,3],[4,5,6]],"cube":[[[1,2]],[[3,4]]],"after":9})");
}

TEST_CASE("arrays of structs, and structs that hold arrays") {
    struct Pairs {
        Pair p[2];
        int n;
    };
    struct Inner {
        int a[2];
        char name[4];
    };
    struct Outer {
        Inner one;
        Inner many[2];
        std::array<Inner, 2> modern;
        int n;
    };
    CHECK(count_of<Pairs> == 2);
    CHECK(count_of<Outer> == 4);
    CHECK(notch::to_json(Pairs{{{1, 2}, {3, 4}}, 5}) == R"({"p":[{"a":1,"b":2},{"a":3,"b":4}],"n":5})");
    const Inner i{{1, 2}, "abc"};
    CHECK(notch::to_json(Outer{i, {i, i}, {i, i}, 7}) ==
          R"({"one":{"a":[1,2],"name":"abc"},"many":[{"a":[1,2],"name":"abc"},{"a":[1,2],"name":"abc"}],)"
          R"("modern":[{"a":[1,2],"name":"abc"},{"a":[1,2],"name":"abc"}],"n":7})");
}

TEST_CASE("std::array is one field, whatever its size") {
    struct Arrays {
        std::array<int, 0> none;
        std::array<int, 1> one;
        std::array<std::array<int, 2>, 2> nested;
        std::array<Pair, 1> pairs;
        int n;
    };
    CHECK(count_of<Arrays> == 5);
    CHECK(notch::to_json(Arrays{{}, {1}, {{{1, 2}, {3, 4}}}, {{{5, 6}}}, 7}) ==
          R"({"none":[],"one":[1],"nested":[[1,2],[3,4]],"pairs":[{"a":5,"b":6}],"n":7})");
}

TEST_CASE("arrays of optionals") {
    struct Optionals {
        std::optional<int> a[2];
        std::optional<std::string> b;
        std::array<std::optional<double>, 2> c;
    };
    CHECK(count_of<Optionals> == 3);
    CHECK(notch::to_json(Optionals{{1, std::nullopt}, std::nullopt, {std::nullopt, 0.5}}) ==
          R"({"a":[1,null],"c":[null,0.5]})");
}

TEST_CASE("character arrays are text up to their NUL, or to their end") {
    struct Names {
        char name[8];
        int n;
        char full[3];
        char empty[4];
        char single[1];
        unsigned char bytes[2];
        std::int8_t numbers[2];
        char list[2][4];
    };
    CHECK(count_of<Names> == 8);
    CHECK(
        notch::to_json(Names{"abc", 1, {'x', 'y', 'z'}, {}, {'c'}, {1, 255}, {-1, 1}, {"ab", "cd"}}) ==
        R"({"name":"abc","n":1,"full":"xyz","empty":"","single":"c","bytes":[1,255],"numbers":[-1,1],"list":["ab","cd"]})");
}

TEST_CASE("a large array does not stand in the way of counting") {
    struct Large {
        int before;
        char payload[1024];
        int after;
    };
    CHECK(count_of<Large> == 3);
    CHECK(notch::to_json(Large{1, "text", 2}) == R"({"before":1,"payload":"text","after":2})");
}

TEST_CASE("arrays whose elements have no default constructor") {
    struct First {
        Given g[2];
        int n;
    };
    struct Middle {
        int m;
        Given g[3];
        int n;
    };
    struct Last {
        int n;
        Given g[2];
    };
    struct Single {
        Given g[1];
        int n;
    };
    struct Two {
        Given g[2];
        Given h[2];
    };
    struct Nested {
        Given g[2][2];
        int n;
    };
    CHECK(count_of<First> == 2);
    CHECK(count_of<Middle> == 3);
    CHECK(count_of<Last> == 2);
    CHECK(count_of<Single> == 2);
    CHECK(count_of<Two> == 2);
    CHECK(count_of<Nested> == 2);
    CHECK(notch::to_json(First{{Given{1}, Given{2}}, 3}) == R"({"g":[1,2],"n":3})");
    CHECK(notch::to_json(Middle{0, {Given{1}, Given{2}, Given{3}}, 4}) == R"({"m":0,"g":[1,2,3],"n":4})");
    CHECK(notch::to_json(Last{0, {Given{1}, Given{2}}}) == R"({"n":0,"g":[1,2]})");
    CHECK(notch::to_json(Single{{Given{1}}, 2}) == R"({"g":[1],"n":2})");
    CHECK(notch::to_json(Two{{Given{1}, Given{2}}, {Given{3}, Given{4}}}) == R"({"g":[1,2],"h":[3,4]})");
    CHECK(notch::to_json(Nested{{{Given{1}, Given{2}}, {Given{3}, Given{4}}}, 5}) == R"({"g":[[1,2],[3,4]],"n":5})");
}

TEST_CASE("arrays beside fields without a default constructor") {
    struct Before {
        int a[2];
        Given g;
    };
    struct After {
        Given g;
        int a[2];
    };
    struct Around {
        int a[2];
        Given g;
        int b[3];
        Given h;
        int c[1];
    };
    CHECK(count_of<Before> == 2);
    CHECK(count_of<After> == 2);
    CHECK(count_of<Around> == 5);
    CHECK(notch::to_json(Around{{1, 2}, Given{3}, {4, 5, 6}, Given{7}, {8}}) ==
          R"({"a":[1,2],"g":3,"b":[4,5,6],"h":7,"c":[8]})");
    CHECK(notch::to_json(Before{{1, 2}, Given{3}}) == R"({"a":[1,2],"g":3})");
    CHECK(notch::to_json(After{Given{1}, {2, 3}}) == R"({"g":1,"a":[2,3]})");
}

TEST_CASE("arrays of move-only elements") {
    struct Movable {
        MoveOnly m[2];
        int n;
    };
    CHECK(count_of<Movable> == 2);
    CHECK(notch::to_json(Movable{{MoveOnly{1}, MoveOnly{2}}, 3}) == R"({"m":[1,2],"n":3})");
}
