// SPDX-License-Identifier: MIT
// NOTCH_FIELDS has no limit of fields: 100 and 300.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

#define TEN(x) x##0, x##1, x##2, x##3, x##4, x##5, x##6, x##7, x##8, x##9
#define HUNDRED(x) \
    TEN(x##0), TEN(x##1), TEN(x##2), TEN(x##3), TEN(x##4), TEN(x##5), TEN(x##6), TEN(x##7), TEN(x##8), TEN(x##9)
// The list is taken as it is written, so it is expanded before NOTCH_FIELDS sees it.
#define LIST(...) NOTCH_FIELDS(__VA_ARGS__)

struct Hundred {
    int HUNDRED(f);
    LIST(HUNDRED(f))
};
struct ThreeHundred {
    int HUNDRED(f0), HUNDRED(f1), HUNDRED(f2);
    LIST(HUNDRED(f0), HUNDRED(f1), HUNDRED(f2))
};

/// What T is written as when its fields are numbered from 0.
template <class T>
std::string expected_json(std::size_t width) {
    std::string out;
    for (std::size_t i = 0; i < notch::detail::Fields<T>::count; ++i) {
        const std::string digits = std::to_string(i);
        out += (i == 0 ? "{\"f" : ",\"f") + std::string(width - digits.size(), '0') + digits + "\":" + digits;
    }
    return out + "}";
}

template <class T>
T numbered() {
    T value{};
    notch::detail::Fields<T>::visit(value, [](auto&... fields) {
        int* const places[] = {&fields...};
        int next = 0;
        for (int* place : places) *place = next++;
    });
    return value;
}

}  // namespace

TEST_CASE("100 fields") {
    static_assert(notch::detail::Fields<Hundred>::count == 100);
    CHECK(notch::to_json(numbered<Hundred>()) == expected_json<Hundred>(2));
}

TEST_CASE("300 fields") {
    static_assert(notch::detail::Fields<ThreeHundred>::count == 300);
    CHECK(notch::to_json(numbered<ThreeHundred>()) == expected_json<ThreeHundred>(3));
    const std::string line = notch::to_line(numbered<ThreeHundred>(), [] { return std::int64_t{0}; });
    CHECK(line == R"({"timestamp":0.000000,"event":"three_hundred",)" + expected_json<ThreeHundred>(3).substr(1));
}
