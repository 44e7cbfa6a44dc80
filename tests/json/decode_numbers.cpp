// SPDX-License-Identifier: MIT
// Numbers into fields: exact for every width, and nothing converted. Each refusal stands beside what is accepted.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace {

template <class T>
struct Holds {
    T v{};
};

template <class T>
std::string document(std::string_view number) {
    return "{\"v\":" + std::string{number} + "}";
}

template <class T>
void check_reads(std::string_view number, T expected) {
    CAPTURE(number);
    const auto read = notch::from_json<Holds<T>>(document<T>(number));
    REQUIRE(read);
    CHECK(read->v == expected);
}

template <class T>
void check_refuses(std::string_view number, notch::ErrorCode code) {
    CAPTURE(number);
    const auto read = notch::from_json<Holds<T>>(document<T>(number));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
    CHECK(read.error().field == "/v");
    CHECK(read.error().column == 6);
}

/// One more than a decimal number of digits only.
std::string next(std::string number) {
    std::size_t at = number.size();
    while (at-- > 0) {
        if (number[at] != '9') {
            ++number[at];
            return number;
        }
        number[at] = '0';
    }
    return '1' + number;
}

template <class T>
void check_integer() {
    using Range = std::numeric_limits<T>;
    const std::string highest = std::to_string((Range::max)());
    check_reads<T>(highest, (Range::max)());
    check_refuses<T>(next(highest), notch::ErrorCode::out_of_range);
    check_refuses<T>(highest + "0", notch::ErrorCode::out_of_range);
    if constexpr (Range::is_signed) {
        const std::string lowest = std::to_string((Range::min)());
        check_reads<T>(lowest, (Range::min)());
        check_refuses<T>('-' + next(lowest.substr(1)), notch::ErrorCode::out_of_range);
        check_refuses<T>(lowest + "0", notch::ErrorCode::out_of_range);
        check_reads<T>("-1", static_cast<T>(-1));
    } else {
        check_refuses<T>("-1", notch::ErrorCode::out_of_range);
    }
    check_reads<T>("0", T{0});
    check_reads<T>("-0", T{0});
    check_reads<T>("7", T{7});
    for (const std::string_view none : {"00", "01", "-01", "-", "-a", "+1", "1.", "1e", "007"})
        check_refuses<T>(none, notch::ErrorCode::syntax);
    check_refuses<T>("99999999999999999999999999", notch::ErrorCode::out_of_range);
    check_refuses<T>("-99999999999999999999999999", notch::ErrorCode::out_of_range);
    for (const std::string_view other :
         {"1.0", "1e0", "1.5", "0.0", "1E2", "-0.0", "true", "false", "null", "\"1\"", "\"\"", "[]", "[1]", "{}"})
        check_refuses<T>(other, notch::ErrorCode::type_mismatch);
}

template <class T>
void check_real() {
    check_reads<T>("0", T{0});
    check_reads<T>("12", T{12});
    check_reads<T>("1.5", T{1.5});
    check_reads<T>("-2.5e3", T{-2500});
    check_reads<T>("1E2", T{100});
    check_reads<T>("1e-400", T{0});
    check_reads<T>("-1e-99999", T{0});
    check_reads<T>("0e999999999999999999999", T{0});
    for (const std::string_view huge : {"1e400", "-1e400", "1e99999999999999999999", "2e308"})
        check_refuses<T>(huge, notch::ErrorCode::out_of_range);
    for (const std::string_view other : {"true", "false", "null", "\"1.5\"", "[]", "{}"})
        check_refuses<T>(other, notch::ErrorCode::type_mismatch);
    for (const std::string_view none : {"NaN", "Infinity", "-Infinity", "01", ".5", "1.", "1e", "+1", "--1", "-"})
        check_refuses<T>(none, notch::ErrorCode::syntax);
}

}  // namespace

TEST_CASE("integers of every width are exact, and one more is refused") {
    check_integer<std::int8_t>();
    check_integer<std::int16_t>();
    check_integer<std::int32_t>();
    check_integer<std::int64_t>();
    check_integer<std::uint8_t>();
    check_integer<std::uint16_t>();
    check_integer<std::uint32_t>();
    check_integer<std::uint64_t>();
    check_integer<long>();
    check_integer<unsigned long long>();
    check_reads<std::uint64_t>("9007199254740993", 9007199254740993U);  // no double holds it
}

TEST_CASE("doubles and floats") {
    check_real<double>();
    check_real<float>();
    check_reads<double>("1.7976931348623157e308", (std::numeric_limits<double>::max)());
    check_reads<double>("5e-324", std::numeric_limits<double>::denorm_min());
    check_reads<double>("1795190400.123456", 1795190400.123456);
    check_reads<float>("3.4028235e38", (std::numeric_limits<float>::max)());
    check_refuses<float>("3.4028236e38", notch::ErrorCode::out_of_range);
    check_reads<double>("3.4028236e38", 3.4028236e38);
    check_reads<float>("0.1", 0.1F);
    // Read as a double first, this would round twice and end one float lower.
    check_reads<float>("1.00000005960464477540", 0x1.000002p0F);
}

TEST_CASE("bool") {
    check_reads<bool>("true", true);
    check_reads<bool>("false", false);
    for (const std::string_view other : {"0", "1", "null", "\"true\"", "[]", "{}"})
        check_refuses<bool>(other, notch::ErrorCode::type_mismatch);
    for (const std::string_view none : {"tru", "True", "truth", "yes"})
        check_refuses<bool>(none, notch::ErrorCode::syntax);
}

TEST_CASE("a wrong type that is no JSON either is told as that") {
    const auto unclosed = notch::from_json<Holds<int>>(R"({"v":"abc)");
    REQUIRE_FALSE(unclosed);
    CHECK(unclosed.error().code == notch::ErrorCode::syntax);
    CHECK(unclosed.error().message() ==
          "line 1, column 10, /v: expected the closing quote of the string, found the end of the text");
    const auto closed = notch::from_json<Holds<int>>(R"({"v":"abc"})");
    REQUIRE_FALSE(closed);
    CHECK(closed.error().code == notch::ErrorCode::type_mismatch);
}

TEST_CASE("in a line, and only there, null where a number is due is NaN") {
    struct Sample {
        double timestamp;
        double real;
        float single;
        std::optional<double> maybe;
        std::vector<double> many;
        int whole;
    };
    constexpr std::string_view line =
        R"({"timestamp":1.5,"event":"sample","real":null,"single":null,"maybe":null,"many":[1.0,null],"whole":1})";
    const auto sample = notch::from_line<Sample>(line);
    REQUIRE(sample);
    CHECK(sample->real != sample->real);
    CHECK(sample->single != sample->single);
    CHECK_FALSE(sample->maybe.has_value());
    CHECK(sample->many[1] != sample->many[1]);
    CHECK(notch::from_json<Sample>(line).error().field == "/real");
    CHECK(notch::from_line<Sample>(R"({"timestamp":1.5,"event":"sample","real":1,"single":1,"many":[],"whole":null})")
              .error()
              .field == "/whole");
}
