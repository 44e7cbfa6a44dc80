// SPDX-License-Identifier: MIT
// Enums: wire names from a table that argument-dependent lookup finds; a value outside it is null, never a neighbour.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace {

template <class E, std::size_t N>
using Table = std::array<std::pair<E, std::string_view>, N>;

enum class Colour { red, green, blue, unlisted };
constexpr auto notch_enum(Colour*) {
    return Table<Colour, 3>{{{Colour::red, "red"}, {Colour::green, "green"}, {Colour::blue, "blue"}}};
}

enum class Sparse : std::int64_t { lowest = INT64_MIN, minus = -1, zero = 0, two = 2, highest = INT64_MAX };
constexpr auto notch_enum(Sparse*) {
    return Table<Sparse, 4>{
        {{Sparse::highest, "highest"}, {Sparse::minus, "minus"}, {Sparse::two, "two"}, {Sparse::lowest, "lowest"}}};
}

enum class Wide : std::uint64_t { one = 1, highest = UINT64_MAX };
constexpr auto notch_enum(Wide*) { return Table<Wide, 2>{{{Wide::highest, "highest"}, {Wide::one, "one"}}}; }

enum Plain : std::uint8_t { plain_off, plain_on };
constexpr auto notch_enum(Plain*) { return Table<Plain, 2>{{{plain_off, "off"}, {plain_on, "on"}}}; }

enum class Truth : bool { no, yes };
constexpr auto notch_enum(Truth*) { return Table<Truth, 2>{{{Truth::no, "no"}, {Truth::yes, "yes"}}}; }

enum class Nameless { a };
constexpr auto notch_enum(Nameless*) { return Table<Nameless, 0>{}; }

enum class Texts { dotted, quoted, empty, long_text, letters };
constexpr auto notch_enum(Texts*) {
    return Table<Texts, 5>{
        {{Texts::dotted, "vm.compute.start"},
         {Texts::quoted, "say \"hi\"\n\\"},
         {Texts::empty, ""},
         {Texts::long_text, "a text longer than the sixteen bytes of a vector, and longer than the thirty-two of two"},
         {Texts::letters, "größe"}}};
}

class Machine {
public:
    enum class State { on, off };
    friend constexpr auto notch_enum(State*) { return Table<State, 2>{{{State::on, "ON"}, {State::off, "OFF"}}}; }
    State state = State::off;
};

/// Begins like a table in order, but is none.
enum class Shifted { a, b, c };
constexpr auto notch_enum(Shifted*) {
    return Table<Shifted, 3>{{{Shifted::a, "a"}, {Shifted::c, "c"}, {Shifted::b, "b"}}};
}

}  // namespace

namespace fleet {
enum class Region { north, south };
constexpr auto notch_enum(Region*) {
    return std::array<std::pair<Region, std::string_view>, 2>{
        {{Region::north, "eu-north"}, {Region::south, "eu-south"}}};
}
namespace inner {
enum class Region { far_away };
constexpr auto notch_enum(Region*) {
    return std::array<std::pair<Region, std::string_view>, 1>{{{Region::far_away, "far"}}};
}
}  // namespace inner
}  // namespace fleet

TEST_CASE("a table in the order of its values") {
    CHECK(notch::to_json(Colour::red) == R"("red")");
    CHECK(notch::to_json(Colour::green) == R"("green")");
    CHECK(notch::to_json(Colour::blue) == R"("blue")");
}

TEST_CASE("a value that the table does not list is null") {
    CHECK(notch::to_json(Colour::unlisted) == "null");
    CHECK(notch::to_json(static_cast<Colour>(-1)) == "null");
    CHECK(notch::to_json(static_cast<Colour>(1000)) == "null");
    CHECK(notch::to_json(Sparse::zero) == "null");
    CHECK(notch::to_json(static_cast<Wide>(0)) == "null");
    CHECK(notch::to_json(static_cast<Plain>(2)) == "null");
    CHECK(notch::to_json(Nameless::a) == "null");
}

TEST_CASE("sparse, negative and widest values") {
    CHECK(notch::to_json(Sparse::lowest) == R"("lowest")");
    CHECK(notch::to_json(Sparse::minus) == R"("minus")");
    CHECK(notch::to_json(Sparse::two) == R"("two")");
    CHECK(notch::to_json(Sparse::highest) == R"("highest")");
    CHECK(notch::to_json(Wide::one) == R"("one")");
    CHECK(notch::to_json(Wide::highest) == R"("highest")");
}

TEST_CASE("a table in another order than the values") {
    CHECK(notch::to_json(Shifted::a) == R"("a")");
    CHECK(notch::to_json(Shifted::b) == R"("b")");
    CHECK(notch::to_json(Shifted::c) == R"("c")");
}

TEST_CASE("unscoped enums and those over bool") {
    CHECK(notch::to_json(plain_on) == R"("on")");
    CHECK(notch::to_json(Truth::no) == R"("no")");
    CHECK(notch::to_json(Truth::yes) == R"("yes")");
}

TEST_CASE("names of any text") {
    CHECK(notch::to_json(Texts::dotted) == R"("vm.compute.start")");
    CHECK(notch::to_json(Texts::quoted) == R"("say \"hi\"\n\\")");
    CHECK(notch::to_json(Texts::empty) == R"("")");
    CHECK(notch::to_json(Texts::long_text) ==
          R"("a text longer than the sixteen bytes of a vector, and longer than the thirty-two of two")");
    CHECK(notch::to_json(Texts::letters) == R"("größe")");
}

TEST_CASE("tables in namespaces and beside nested enums") {
    CHECK(notch::to_json(fleet::Region::south) == R"("eu-south")");
    CHECK(notch::to_json(fleet::inner::Region::far_away) == R"("far")");
    CHECK(notch::to_json(Machine::State::on) == R"("ON")");
}

TEST_CASE("as fields, in optionals, lists and maps") {
    struct Palette {
        Colour colour;
        std::optional<Colour> absent;
        std::optional<Colour> present;
        std::vector<Colour> list;
        std::map<std::string_view, Sparse> map;
        const Plain plain;
    };
    CHECK(notch::to_json(Palette{
              Colour::blue, {}, Colour::red, {Colour::green, Colour::unlisted}, {{"k", Sparse::minus}}, plain_on}) ==
          R"({"colour":"blue","present":"red","list":["green",null],"map":{"k":"minus"},"plain":"on"})");
}

TEST_CASE("omit_empty leaves out an enum whose name is empty, and no other") {
    struct Chosen {
        Texts a = Texts::empty;
        Texts b = Texts::dotted;
        Colour c = Colour::unlisted;
        static constexpr auto notch_options() {
            return notch::options(notch::field("a", notch::omit_empty), notch::field("b", notch::omit_empty),
                                  notch::field("c", notch::omit_empty));
        }
    };
    CHECK(notch::to_json(Chosen{}) == R"({"b":"vm.compute.start","c":null})");
}
