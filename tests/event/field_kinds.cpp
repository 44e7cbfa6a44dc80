// SPDX-License-Identifier: MIT
// Which kind every type has, and what its JSON looks like.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory_resource>
#include <optional>
#include <ratio>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

using notch::detail::Kind;

template <class T>
constexpr Kind kind = notch::detail::kind_of<T>();

struct Pair {
    int a;
    int b;
    auto operator<=>(const Pair&) const = default;
};

/// A list of a program's own, counting with a signed type as some libraries do.
class Ring {
public:
    using value_type = int;
    [[nodiscard]] int size() const { return 2; }
    [[nodiscard]] const int* begin() const { return values_; }
    [[nodiscard]] const int* end() const { return values_ + 2; }

private:
    int values_[2] = {7, 8};
};

}  // namespace

TEST_CASE("kinds of scalars") {
    static_assert(kind<bool> == Kind::boolean);
    static_assert(kind<signed char> == Kind::integer && kind<unsigned char> == Kind::integer);
    static_assert(kind<short> == Kind::integer && kind<unsigned> == Kind::integer && kind<long> == Kind::integer);
    static_assert(kind<long long> == Kind::integer && kind<unsigned long long> == Kind::integer);
    static_assert(kind<float> == Kind::real && kind<double> == Kind::real);
    static_assert(kind<std::chrono::hours> == Kind::duration);
    static_assert(kind<std::chrono::duration<double, std::ratio<1, 3>>> == Kind::duration);
    static_assert(kind<std::chrono::system_clock::time_point> == Kind::time_point &&
                  kind<std::chrono::sys_days> == Kind::time_point);
    static_assert(kind<notch::RawJson> == Kind::raw_json);
    static_assert(kind<std::optional<int>> == Kind::optional);
    static_assert(kind<Pair> == Kind::object);
}

TEST_CASE("kinds that are refused") {
    static_assert(kind<char> == Kind::unsupported && kind<wchar_t> == Kind::unsupported &&
                  kind<char8_t> == Kind::unsupported);
    static_assert(kind<long double> == Kind::unsupported);
    static_assert(kind<int*> == Kind::unsupported && kind<void*> == Kind::unsupported &&
                  kind<const int*> == Kind::unsupported);
    static_assert(kind<const unsigned char*> == Kind::unsupported && kind<const wchar_t*> == Kind::unsupported);
    static_assert(kind<std::map<int, int>> == Kind::unsupported);
    static_assert(kind<std::multimap<std::string, int>> == Kind::unsupported);
    static_assert(kind<std::unordered_multimap<std::string, int>> == Kind::unsupported);
    static_assert(kind<std::pair<int, int>> == Kind::unsupported);
    static_assert(kind<std::chrono::steady_clock::time_point> == Kind::unsupported);
    CHECK(kind<std::byte> == Kind::unsupported);
}

TEST_CASE("texts") {
    struct Texts {
        std::string a;
        std::string_view b;
        const char* c;
        char* d;
        char e[8];
        const char* f;
        std::pmr::string g;
    };
    char changing[] = "d";
    CHECK(notch::to_json(Texts{"a", "b", "c", changing, "e", nullptr, "g"}) ==
          R"({"a":"a","b":"b","c":"c","d":"d","e":"e","f":"","g":"g"})");
    static_assert(kind<std::pmr::string> == Kind::text);
    CHECK(notch::to_json("literal") == R"("literal")");
}

TEST_CASE("lists") {
    struct Lists {
        std::vector<int> a;
        std::vector<bool> b;
        std::deque<std::string> c;
        std::list<double> d;
        std::set<std::string> e;
        std::array<int, 2> f;
        std::span<const int> g;
        std::span<const int, 2> h;
        std::pmr::vector<int> i;
        std::multiset<int> j;
        std::vector<Pair> k;
        std::vector<std::vector<int>> l;
        Ring m;
        std::set<Pair> n;
    };
    static constexpr int numbers[] = {1, 2};
    CHECK(
        notch::to_json(Lists{{1, 2},
                             {true, false, true},
                             {"x"},
                             {0.5},
                             {"b", "a"},
                             {3, 4},
                             numbers,
                             std::span<const int, 2>{numbers},
                             {5},
                             {6, 6},
                             {{1, 2}},
                             {{}, {1}},
                             {},
                             {{3, 4}, {1, 2}}}) ==
        R"({"a":[1,2],"b":[true,false,true],"c":["x"],"d":[0.5],"e":["a","b"],"f":[3,4],"g":[1,2],"h":[1,2],"i":[5],"j":[6,6],)"
        R"("k":[{"a":1,"b":2}],"l":[[],[1]],"m":[7,8],"n":[{"a":1,"b":2},{"a":3,"b":4}]})");
    struct Empty {
        std::vector<int> a;
        std::vector<bool> b;
        std::span<const int> c;
        std::set<std::string> d;
    };
    CHECK(notch::to_json(Empty{}) == R"({"a":[],"b":[],"c":[],"d":[]})");
    CHECK(notch::to_json(std::unordered_set<int>{3}) == "[3]");
}

TEST_CASE("a vector<bool> as long as its words and a little longer") {
    for (const std::size_t size : {1U, 63U, 64U, 65U, 1000U}) {
        const std::vector<bool> truths(size, true);
        std::string expected = "[";
        for (std::size_t i = 0; i < size; ++i) expected += i == 0 ? "true" : ",true";
        CHECK(notch::to_json(truths) == expected + "]");
    }
}

TEST_CASE("maps with keys of text") {
    struct Maps {
        std::map<std::string, int> a;
        std::map<std::string_view, double> b;
        std::unordered_map<std::string, bool> c;
        std::map<std::string, std::map<std::string, std::vector<int>>> d;
        std::map<std::string, std::optional<int>> e;
        std::map<std::string, Pair> f;
        std::map<std::string, int> g;
        std::pmr::map<std::pmr::string, int> h;
    };
    CHECK(
        notch::to_json(Maps{{{"x", 1}, {"a \"b\"\n", 2}},
                            {{"", 0.5}},
                            {{"t", true}},
                            {{"o", {{"i", {1}}}}},
                            {{"n", {}}, {"s", 1}},
                            {{"p", {1, 2}}},
                            {},
                            {{"m", 3}}}) ==
        R"({"a":{"a \"b\"\n":2,"x":1},"b":{"":0.5},"c":{"t":true},"d":{"o":{"i":[1]}},)"
        R"("e":{"n":null,"s":1},"f":{"p":{"a":1,"b":2}},"g":{},"h":{"m":3}})");
}

TEST_CASE("every supported type as a whole value") {
    CHECK(notch::to_json(true) == "true");
    CHECK(notch::to_json(7) == "7");
    CHECK(notch::to_json(0.5) == "0.5");
    CHECK(notch::to_json(std::string{"s"}) == R"("s")");
    CHECK(notch::to_json(std::optional<int>{}) == "null");
    CHECK(notch::to_json(std::vector<int>{1}) == "[1]");
    CHECK(notch::to_json(std::map<std::string, int>{{"k", 1}}) == R"({"k":1})");
    CHECK(notch::to_json(std::chrono::milliseconds{1}) == "0.001");
    CHECK(notch::to_json(notch::RawJson{"[1]"}) == "[1]");
    const int numbers[] = {1, 2};
    CHECK(notch::to_json(numbers) == "[1,2]");
}
