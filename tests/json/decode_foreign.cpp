// SPDX-License-Identifier: MIT
// Enums by their table, types of other libraries by notch_from, JSON as it stands.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using notch::ErrorCode;

namespace {

enum class Kind : std::uint8_t { compute_start, compute_stop, quoted };
constexpr auto notch_enum(Kind*) {
    return std::array<std::pair<Kind, std::string_view>, 3>{{{Kind::compute_start, "vm.compute.start"},
                                                             {Kind::compute_stop, "vm.compute.stop"},
                                                             {Kind::quoted, "\"\xc3\xa9\""}}};
}

enum class Single { only };
constexpr auto notch_enum(Single*) {
    return std::array<std::pair<Single, std::string_view>, 1>{{{Single::only, "only"}}};
}

/// As a class of another library would be: text outside, something else inside.
struct Version {
    int major_part = 0;
    int minor_part = 0;
    bool operator==(const Version&) const = default;
};
std::string notch_value(const Version& v) { return std::to_string(v.major_part) + "." + std::to_string(v.minor_part); }
bool notch_from(const std::string& text, Version& out) {
    if (text.size() != 3 || text[1] != '.') return false;
    out = {text[0] - '0', text[2] - '0'};
    return true;
}

/// Its text is only pointed at.
struct Label {
    std::string text;
    bool operator==(const Label&) const = default;
};
std::string_view notch_value(const Label& v) { return v.text; }
bool notch_from(std::string_view text, Label& out) {
    out.text = text;
    return !text.empty();
}

struct Name {
    std::string text;
};
const char* notch_value(const Name& v) { return v.text.c_str(); }
bool notch_from(const char* text, Name& out) {
    out.text = text;
    return true;
}

/// A number outside.
struct Celsius {
    double degrees = 0;
};
double notch_value(const Celsius& v) { return v.degrees; }
bool notch_from(double degrees, Celsius& out) {
    out.degrees = degrees;
    return degrees >= -273.15;
}

/// A list outside.
struct Rgb {
    int r = 0, g = 0, b = 0;
};
std::array<int, 3> notch_value(const Rgb& v) { return {v.r, v.g, v.b}; }
bool notch_from(const std::array<int, 3>& v, Rgb& out) {
    out = {v[0], v[1], v[2]};
    return true;
}

template <class T>
struct Holds {
    T v{};
};

template <class T>
void check_refuses(std::string_view value, ErrorCode code) {
    CAPTURE(value);
    const auto read = notch::from_json<Holds<T>>("{\"v\":" + std::string{value} + "}");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
    CHECK(read.error().field.substr(0, 2) == "/v");
}

enum class Twelve : std::uint8_t {};
enum class Thirteen : std::uint8_t {};
template <class E, std::size_t Count>
constexpr auto numbered() {
    constexpr std::string_view texts[] = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12"};
    std::array<std::pair<E, std::string_view>, Count> out{};
    for (std::size_t i = 0; i < Count; ++i) out[i] = {static_cast<E>(i), texts[i]};
    return out;
}
constexpr auto notch_enum(Twelve*) { return numbered<Twelve, 12>(); }
constexpr auto notch_enum(Thirteen*) { return numbered<Thirteen, 13>(); }

}  // namespace

TEST_CASE("enums by their texts; unknown text is never the first enumerator") {
    CHECK(notch::from_json<Kind>("\"vm.compute.stop\"").value_or(Kind::quoted) == Kind::compute_stop);
    CHECK(notch::from_json<Kind>("\"vm\\u002ecompute.start\"").value_or(Kind::quoted) == Kind::compute_start);
    CHECK(notch::from_json<Kind>("\"\\\"\\u00e9\\\"\"").value_or(Kind::compute_start) == Kind::quoted);
    for (const std::string_view text : {"\"\"", "\"vm.compute\"", "\"vm.compute.starts\"", "\"VM.COMPUTE.START\"",
                                        "\"compute_start\"", "\"vm.compute.start \""})
        check_refuses<Kind>(text, ErrorCode::unknown_value);
    for (const std::string_view other : {"0", "1", "null", "[]", "{}", "true"})
        check_refuses<Kind>(other, ErrorCode::type_mismatch);
    check_refuses<Kind>("\"vm.compute.st", ErrorCode::syntax);
    CHECK(notch::from_json<Kind>("\"boot\"").error().message() ==
          "line 1, column 1: expected one of \"vm.compute.start\", \"vm.compute.stop\", \"\"\xc3\xa9\"\", found "
          "\"boot\"");
    CHECK(notch::from_json<Single>("\"x\"").error().expected == "\"only\"");
    const std::string twelve = "one of \"t0\", \"t1\", \"t2\", \"t3\", \"t4\", \"t5\", \"t6\", \"t7\", \"t8\", \"t9\", \"t10\", \"t11\"";
    CHECK(notch::from_json<Twelve>("\"x\"").error().expected == twelve);
    CHECK(notch::from_json<Thirteen>("\"x\"").error().expected == twelve + ", ...");
    CHECK(notch::from_json<Single>("\"only\""));
    CHECK(notch::from_json<std::vector<Kind>>(R"(["vm.compute.stop","boot"])").error().field == "/1");
}

TEST_CASE("types of other libraries") {
    CHECK(notch::to_json(Version{1, 2}) == "\"1.2\"");
    CHECK(notch::to_json(Label{"a"}) == "\"a\"");
    CHECK(notch::to_json(Name{"a"}) == "\"a\"");
    CHECK(notch::to_json(Celsius{-1}) == "-1.0");
    CHECK(notch::to_json(Rgb{1, 2, 3}) == "[1,2,3]");
    CHECK(notch::from_json<Version>("\"1.2\"").value_or(Version{}) == Version{1, 2});
    CHECK(notch::from_json<Version>("\"1\\u002e2\"").value_or(Version{}) == Version{1, 2});
    CHECK(notch::from_json<Label>("\"a\\nb\"").value_or(Label{}) == Label{"a\nb"});
    CHECK(notch::from_json<Name>("\"a\\u0062\"")->text == "ab");
    CHECK(notch::from_json<Celsius>("-273.15")->degrees == -273.15);
    CHECK(notch::from_json<Rgb>("[1,2,3]")->b == 3);
    check_refuses<Version>("\"12\"", ErrorCode::type_mismatch);
    check_refuses<Version>("1.2", ErrorCode::type_mismatch);
    check_refuses<Label>("\"\"", ErrorCode::type_mismatch);
    check_refuses<Label>("null", ErrorCode::type_mismatch);
    check_refuses<Celsius>("-273.16", ErrorCode::type_mismatch);
    check_refuses<Celsius>("\"1\"", ErrorCode::type_mismatch);
    check_refuses<Rgb>("[1,2]", ErrorCode::type_mismatch);
    CHECK(notch::from_json<Version>("\"12\"").error().message() ==
          "line 1, column 1: expected a value that notch_from takes, found \"12\"");
    // A foreign text is copied, so it may come from a temporary.
    CHECK(notch::from_json<Label>(std::string{"\"a\""})->text == "a");

    struct All {
        std::optional<Version> version;
        std::vector<Label> labels;
        std::map<std::string, Celsius> degrees;
    };
    const auto all = notch::from_json<All>(R"({"version":"3.4","labels":["a","b"],"degrees":{"x":1}})");
    REQUIRE(all);
    CHECK(all->version == Version{3, 4});
    CHECK(all->labels[1].text == "b");
    CHECK(all->degrees.at("x").degrees == 1.0);
    CHECK(notch::from_json<All>(R"({"labels":["a",""],"degrees":{}})").error().field == "/labels/1");
}

TEST_CASE("RawJson keeps the text of any valid value") {
    for (const std::string_view value : {"null", "1e2", "\"a\\u0041\"", "[1, 2 ]", "{\"a\" : [ ] , \"a\":1}", "-0.0"}) {
        CAPTURE(value);
        const auto read = notch::from_json<Holds<notch::RawJson>>("{\"v\": " + std::string{value} + " }");
        REQUIRE(read);
        CHECK(read->v.text == value);
    }
    check_refuses<notch::RawJson>("[1,]", ErrorCode::syntax);
    check_refuses<notch::RawJson>("\"\\ud800\"", ErrorCode::encoding);
    check_refuses<notch::RawJson>("[1e999]", ErrorCode::out_of_range);
}

#if defined(__cpp_exceptions)
namespace {

/// Reading it always fails for want of memory.
struct Greedy {
    int v = 0;
};
int notch_value(const Greedy& v) { return v.v; }
bool notch_from(int v, Greedy& out) {
    out.v = v;
    if (v > 7) throw std::bad_alloc{};
    return true;
}

}  // namespace

TEST_CASE("a lack of memory is an error like any other") {
    CHECK(notch::from_json<std::vector<Greedy>>("[1,7]"));
    CHECK(notch::to_json(Greedy{1}) == "1");
    const auto read = notch::from_json<std::vector<Greedy>>("[1,8]");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::no_memory);
    CHECK(read.error().message() == "expected memory, found none");
}
#endif
