// SPDX-License-Identifier: MIT
// Members that are awkward to initialise: move-only, immovable, without a default constructor, constant, greedy.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

template <class T>
constexpr std::size_t count_of = notch::detail::Fields<T>::count;

struct Given {
    int v;
    explicit Given(int from) : v{from} {}
};
int notch_value(const Given& given) { return given.v; }

struct MoveOnly {
    std::unique_ptr<int> v;
};
int notch_value(const MoveOnly& m) { return m.v ? *m.v : -1; }

struct Immovable {
    int v;
    Immovable(int from) : v{from} {}
    Immovable(const Immovable&) = delete;
    Immovable& operator=(const Immovable&) = delete;
};
int notch_value(const Immovable& m) { return m.v; }

struct Counter : std::atomic<int> {
    using std::atomic<int>::atomic;
};
int notch_value(const Counter& counter) { return counter.load(); }

struct Pair {
    int a = 1;
    std::string b = "b";
};

struct Nothing {};

int global = 0;

}  // namespace

/// Takes anything at all, so it also takes what is meant to find bases and references. A namespace of its own, since its
/// notch_value takes anything, too.
namespace greedy {
struct Any {
    int v = 0;
    Any() = default;
    template <class T>
        requires(!std::is_same_v<std::remove_cvref_t<T>, Any>)
    Any(T&&) : v{1} {}
};
int notch_value(const Any& any) { return any.v; }
}  // namespace greedy

TEST_CASE("a member without a default constructor, in every position") {
    struct Only {
        Given g;
    };
    struct First {
        Given g;
        int a;
        int b;
    };
    struct Middle {
        int a;
        Given g;
        int b;
    };
    struct Last {
        int a;
        int b;
        Given g;
    };
    struct All {
        Given g;
        Given h;
        Given i;
    };
    CHECK(notch::to_json(Only{Given{1}}) == R"({"g":1})");
    CHECK(notch::to_json(First{Given{1}, 2, 3}) == R"({"g":1,"a":2,"b":3})");
    CHECK(notch::to_json(Middle{1, Given{2}, 3}) == R"({"a":1,"g":2,"b":3})");
    CHECK(notch::to_json(Last{1, 2, Given{3}}) == R"({"a":1,"b":2,"g":3})");
    CHECK(notch::to_json(All{Given{1}, Given{2}, Given{3}}) == R"({"g":1,"h":2,"i":3})");
}

TEST_CASE("one without a default constructor at the end of 63 others") {
    struct Many {
        int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9;
        int b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
        int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9;
        int d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
        int e0, e1, e2, e3, e4, e5, e6, e7, e8, e9;
        int f0, f1, f2, f3, f4, f5, f6, f7, f8, f9;
        int g0, g1, g2;
        Given last;
    };
    static_assert(count_of<Many> == 64);
    CHECK(notch::detail::Fields<Many>::names[63] == "last");
}

TEST_CASE("move-only and immovable members") {
    struct Moves {
        MoveOnly m;
        int n;
        MoveOnly o;
    };
    struct Stays {
        int n;
        Immovable i;
        Counter c;
    };
    CHECK(notch::to_json(Moves{{std::make_unique<int>(1)}, 2, {}}) == R"({"m":1,"n":2,"o":-1})");
    CHECK(notch::to_json(Stays{1, {2}, {3}}) == R"({"n":1,"i":2,"c":3})");
}

TEST_CASE("constant members") {
    struct Constants {
        const int a;
        const std::string b;
        const std::optional<int> c;
        const Pair d;
        const char e[3];
        const int f[2];
        const bool g = true;
    };
    CHECK(count_of<Constants> == 7);
    CHECK(notch::to_json(Constants{1, "x", 2, {}, "yz", {3, 4}}) ==
          R"({"a":1,"b":"x","c":2,"d":{"a":1,"b":"b"},"e":"yz","f":[3,4],"g":true})");
}

TEST_CASE("members with defaults, of every form") {
    struct Defaults {
        int a = 1;
        int b{2};
        std::string c = "c";
        std::optional<double> d{};
        Pair e{3, "p"};
        std::vector<int> f{1, 2};
        int g = a + b;
        int h[2] = {5, 6};
        std::string_view i = "i";
    };
    CHECK(notch::to_json(Defaults{}) ==
          R"({"a":1,"b":2,"c":"c","e":{"a":3,"b":"p"},"f":[1,2],"g":3,"h":[5,6],"i":"i"})");
}

TEST_CASE("optionals of every sort") {
    struct Optionals {
        std::optional<int> a;
        std::optional<std::string> b;
        std::optional<Pair> c;
        std::optional<std::vector<int>> d;
        std::optional<std::optional<int>> e;
        std::optional<const int> f;
        std::optional<Given> g;
    };
    CHECK(count_of<Optionals> == 7);
    CHECK(notch::to_json(Optionals{}) == "{}");
    CHECK(notch::to_json(Optionals{1, "", Pair{}, std::vector<int>{}, std::optional<int>{}, 3, Given{4}}) ==
          R"({"a":1,"b":"","c":{"a":1,"b":"b"},"d":[],"e":null,"f":3,"g":4})");
}

TEST_CASE("nested structs, empty ones included") {
    struct Inner {
        Pair p;
        Nothing n;
    };
    struct Outer {
        Nothing first;
        Inner i;
        Pair p;
        Nothing last;
    };
    CHECK(notch::to_json(Outer{}) == R"({"first":{},"i":{"p":{"a":1,"b":"b"},"n":{}},"p":{"a":1,"b":"b"},"last":{}})");
    CHECK(notch::to_json(Nothing{}) == "{}");
}

TEST_CASE("fields that share an address or use no room") {
    struct Shared {
        [[no_unique_address]] Nothing nothing;
        int a;
        Pair p;
    };
    CHECK(notch::to_json(Shared{{}, 1, {2, "x"}}) == R"({"nothing":{},"a":1,"p":{"a":2,"b":"x"}})");
}

TEST_CASE("a member that takes anything is neither a base nor a reference") {
    struct First {
        greedy::Any any;
        int n;
    };
    struct Constant {
        const greedy::Any any;
        const int n;
    };
    CHECK(notch::to_json(First{{}, 2}) == R"({"any":0,"n":2})");
    CHECK(notch::to_json(Constant{{}, 2}) == R"({"any":0,"n":2})");
}

TEST_CASE("static members, functions, operators and nested types are no fields") {
    struct Busy {
        static int constant() { return 3; }
        using Number = int;
        enum class Colour { red };
        struct Inside {
            int x;
        };
        Number a = 1;
        [[nodiscard]] int twice() const { return 2 * a; }
        bool operator==(const Busy& other) const { return a == other.a; }
        ~Busy() { ++global; }
        Inside b{2};
    };
    CHECK(count_of<Busy> == 2);
    CHECK(notch::to_json(Busy{}) == R"({"a":1,"b":{"x":2}})");
}

TEST_CASE("names of every form") {
    struct Names {
        int a, _leading, trailing_, camelCase, UPPER, x1, _2, m_member, value, v0, fields, data, T, größe;
    };
    CHECK(notch::to_json(Names{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}) ==
          R"({"a":1,"_leading":2,"trailing_":3,"camelCase":4,"UPPER":5,"x1":6,"_2":7,"m_member":8,"value":9,"v0":10,)"
          R"("fields":11,"data":12,"T":13,"größe":14})");
}

TEST_CASE("templates, and types local to functions and lambdas") {
    const auto in_lambda = [](auto v) {
        struct Local {
            decltype(v) value;
            int n;
        };
        return notch::to_json(Local{v, 1});
    };
    CHECK(in_lambda(0.5) == R"({"value":0.5,"n":1})");
    CHECK(in_lambda(std::string{"x"}) == R"({"value":"x","n":1})");
}

namespace {
struct Node {
    int n = 0;
    std::vector<Node> children{};
};
template <class T>
struct Wrapped {
    T value;
    std::optional<T> maybe;
};
}  // namespace

TEST_CASE("recursive and generic structs") {
    CHECK(notch::to_json(Node{1, {Node{2, {Node{3}}}, Node{4}}}) ==
          R"({"n":1,"children":[{"n":2,"children":[{"n":3,"children":[]}]},{"n":4,"children":[]}]})");
    CHECK(notch::to_json(Wrapped<Wrapped<int>>{{1, 2}, Wrapped<int>{3, {}}}) ==
          R"({"value":{"value":1,"maybe":2},"maybe":{"value":3}})");
}

TEST_CASE("members whose type overloads the address operator") {
    struct Shy {
        int v = 0;
        Shy* operator&() = delete;
        const Shy* operator&() const = delete;
    };
    struct Holder {
        int a;
        Shy shy;
    };
    CHECK(notch::to_json(Holder{1, {2}}) == R"({"a":1,"shy":{"v":2}})");
}
