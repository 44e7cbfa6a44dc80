// SPDX-License-Identifier: MIT
// Plain structs of 0 to 64 fields: each is counted, named and visited in order.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <utility>

namespace {

// Numbered<8 * q + r> has that many fields; field number 8 * i + k is called fik, in octal.
template <std::size_t Count>
struct Numbered;

#define FIELD(q, r) int f##q##r = 8 * q + r;
#define R0(q)
#define R1(q) R0(q) FIELD(q, 0)
#define R2(q) R1(q) FIELD(q, 1)
#define R3(q) R2(q) FIELD(q, 2)
#define R4(q) R3(q) FIELD(q, 3)
#define R5(q) R4(q) FIELD(q, 4)
#define R6(q) R5(q) FIELD(q, 5)
#define R7(q) R6(q) FIELD(q, 6)
#define R8(q) R7(q) FIELD(q, 7)
#define Q0
#define Q1 Q0 R8(0)
#define Q2 Q1 R8(1)
#define Q3 Q2 R8(2)
#define Q4 Q3 R8(3)
#define Q5 Q4 R8(4)
#define Q6 Q5 R8(5)
#define Q7 Q6 R8(6)
#define Q8 Q7 R8(7)
#define WITH(q, r)               \
    template <>                  \
    struct Numbered<8 * q + r> { \
        Q##q R##r(q)             \
    }
#define OCTET(q) \
    WITH(q, 0);  \
    WITH(q, 1);  \
    WITH(q, 2);  \
    WITH(q, 3);  \
    WITH(q, 4);  \
    WITH(q, 5);  \
    WITH(q, 6);  \
    WITH(q, 7)
OCTET(0);
OCTET(1);
OCTET(2);
OCTET(3);
OCTET(4);
OCTET(5);
OCTET(6);
OCTET(7);
WITH(8, 0);

std::string name_of(std::size_t field) { return "f" + std::to_string(field / 8) + std::to_string(field % 8); }

std::string expected_json(std::size_t count) {
    std::string out = "{";
    for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "\"" : ",\"") + name_of(i) + "\":" + std::to_string(i);
    return out + "}";
}

template <std::size_t Count>
void check_count() {
    CAPTURE(Count);
    using Fields = notch::detail::Fields<Numbered<Count>>;
    static_assert(Fields::count == Count);
    static_assert(Fields::names.size() == Count);
    for (std::size_t i = 0; i < Count; ++i) CHECK(Fields::names[i] == name_of(i));

    Numbered<Count> changed{};
    Fields::visit(changed, [](auto&... fields) { (static_cast<void>(++fields), ...); });
    const int sum = Fields::visit(std::as_const(changed), [](const auto&... fields) { return (0 + ... + fields); });
    CHECK(sum == static_cast<int>(Count * (Count + 1) / 2));
}

}  // namespace

TEST_CASE("structs of every number of fields from 0 to 64") {
    [&]<std::size_t... Count>(std::index_sequence<Count...>) {
        (check_count<Count>(), ...);
    }(std::make_index_sequence<65>{});
}

TEST_CASE("the order in the line is the order in the struct") {
    CHECK(notch::to_json(Numbered<0>{}) == expected_json(0));
    CHECK(notch::to_json(Numbered<1>{}) == expected_json(1));
    CHECK(notch::to_json(Numbered<9>{}) == expected_json(9));
    CHECK(notch::to_json(Numbered<63>{}) == expected_json(63));
    CHECK(notch::to_json(Numbered<64>{}) == expected_json(64));
}

#if NOTCH_REFLECTION == 26
TEST_CASE("C++26 reflection has no limit of fields") {
    struct Sixty {
        Q8 int g0 = 64;
        int g1 = 65;
    };
    static_assert(notch::detail::Fields<Sixty>::count == 66);
    const std::string json = notch::to_json(Sixty{});
    CHECK(json.ends_with("\"f77\":63,\"g0\":64,\"g1\":65}"));
}
#endif
