// SPDX-License-Identifier: MIT
// Types of other libraries, written as what `notch_value(const X&)` beside them returns.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lib {

struct Uuid {
    std::array<std::uint8_t, 4> bytes{};
    bool operator==(const Uuid&) const = default;
};
std::string notch_value(const Uuid& uuid) {
    std::string out;
    for (const std::uint8_t byte : uuid.bytes) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

class Text {
public:
    explicit Text(std::string from) : kept_{std::move(from)} {}
    [[nodiscard]] const std::string& get() const { return kept_; }

private:
    std::string kept_;
};
std::string_view notch_value(const Text& text) { return text.get(); }

struct Kept {
    std::string s;
};
const std::string& notch_value(const Kept& kept) { return kept.s; }

enum class Level { low = 1, high = 9 };
int notch_value(const Level& level) { return static_cast<int>(level); }

struct Money {
    std::int64_t cents;
};
struct MoneyOnWire {
    std::int64_t whole;
    std::int64_t cents;
};
MoneyOnWire notch_value(const Money& money) { return {money.cents / 100, money.cents % 100}; }

struct Polygon {
    std::vector<int> corners;
};
const std::vector<int>& notch_value(const Polygon& polygon) { return polygon.corners; }

struct Maybe {
    int v;
};
std::optional<int> notch_value(const Maybe& maybe) { return maybe.v < 0 ? std::nullopt : std::optional{maybe.v}; }

struct Outer {
    Uuid id;
};
const Uuid& notch_value(const Outer& outer) { return outer.id; }

struct Instant {
    std::int64_t seconds;
};
std::chrono::sys_seconds notch_value(const Instant& instant) {
    return std::chrono::sys_seconds{std::chrono::seconds{instant.seconds}};
}

/// An aggregate that would be written field by field.
struct Point {
    double x;
    double y;
};
std::array<double, 2> notch_value(const Point& point) { return {point.x, point.y}; }

template <class T>
struct Box {
    T v;
};
template <class T>
const T& notch_value(const Box<T>& box) {
    return box.v;
}

struct Shape {
    int sides = 3;
};
std::string notch_value(const Shape& shape) { return std::to_string(shape.sides) + " sides"; }
struct Square : Shape {};

}  // namespace lib

TEST_CASE("a string, a view, a reference") {
    CHECK(notch::to_json(lib::Uuid{{0xde, 0xad, 0xbe, 0xef}}) == R"("deadbeef")");
    CHECK(notch::to_json(lib::Text{"say \"hi\""}) == R"("say \"hi\"")");
    CHECK(notch::to_json(lib::Kept{"kept"}) == R"("kept")");
}

TEST_CASE("a number, also for an enum without a table") { CHECK(notch::to_json(lib::Level::high) == "9"); }

TEST_CASE("a struct, a list, an optional, a time") {
    CHECK(notch::to_json(lib::Money{1234}) == R"({"whole":12,"cents":34})");
    CHECK(notch::to_json(lib::Polygon{{1, 2, 3}}) == "[1,2,3]");
    CHECK(notch::to_json(lib::Maybe{4}) == "4");
    CHECK(notch::to_json(lib::Maybe{-1}) == "null");
    CHECK(notch::to_json(lib::Instant{0}) == R"("1970-01-01T00:00:00Z")");
}

TEST_CASE("another foreign type") {
    CHECK(notch::to_json(lib::Outer{{{1, 2, 3, 4}}}) == R"("01020304")");
    CHECK(notch::to_json(lib::Box<lib::Uuid>{{{1, 2, 3, 4}}}) == R"("01020304")");
    CHECK(notch::to_json(lib::Box<lib::Box<int>>{{5}}) == "5");
}

TEST_CASE("notch_value goes before the type's own fields, and is found for derived types") {
    CHECK(notch::to_json(lib::Point{0.5, 1}) == "[0.5,1.0]");
    CHECK(notch::to_json(lib::Square{}) == R"("3 sides")");
}

TEST_CASE("as fields, with options") {
    struct Order {
        lib::Uuid id;
        lib::Level level;
        lib::Money price;
        std::optional<lib::Uuid> parent;
        std::vector<lib::Level> levels;
        std::map<std::string, lib::Money> fees;
        lib::Uuid list[2];
        lib::Text note;
        lib::Kept empty;
        lib::Instant at;
        lib::Uuid secret;
        static constexpr auto notch_options() {
            return notch::options(notch::field("level", notch::rename("severity")),
                                  notch::field("empty", notch::omit_empty), notch::field("note", notch::omit_empty),
                                  notch::field("at", notch::unix_seconds), notch::field("secret", notch::redact));
        }
    };
    const lib::Uuid id{{1, 2, 3, 4}};
    CHECK(
        notch::to_json(Order{id,
                             lib::Level::low,
                             {5},
                             {},
                             {lib::Level::high},
                             {{"tax", {199}}},
                             {id, id},
                             lib::Text{"n"},
                             {""},
                             {7},
                             id}) ==
        R"({"id":"01020304","severity":1,"price":{"whole":0,"cents":5},"levels":[9],"fees":{"tax":{"whole":1,"cents":99}},)"
        R"("list":["01020304","01020304"],"note":"n","at":7.0,"secret":"[redacted]"})");
}

TEST_CASE("omit_default compares the foreign values themselves") {
    struct Item {
        lib::Uuid id{{1, 1, 1, 1}};
        int n = 1;
        static constexpr auto notch_options() { return notch::field("id", notch::omit_default); }
    };
    CHECK(notch::to_json(Item{}) == R"({"n":1})");
    CHECK(notch::to_json(Item{{{1, 1, 1, 2}}, 1}) == R"({"id":"01010102","n":1})");
}
