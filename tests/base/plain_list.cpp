// SPDX-License-Identifier: MIT
// A list of plain elements does what std::vector would, also when what is added is an element of its own.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace {

using notch::detail::PlainList;

struct Pair {
    int key = 7;
    int value = 8;
};

std::vector<int> contents(const PlainList<int>& list) { return {list.begin(), list.end()}; }

PlainList<int> list_of(std::size_t count) {
    PlainList<int> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<int>(i));
    return out;
}

}  // namespace

TEST_CASE("plain list: what was added stays while it grows, added either way") {
    PlainList<int> list;
    CHECK(list.empty());
    std::vector<int> same;
    for (int i = 0; i < 1'000; ++i) {
        if (i % 2 == 0) list.push_back(i);
        else CHECK(list.add(i));
        same.push_back(i);
    }
    CHECK(list.size() == 1'000);
    CHECK(contents(list) == same);
    CHECK(list.back() == 999);
    list.pop_back();
    CHECK(list.back() == 998);
    int* const place = list.add_place();
    REQUIRE(place != nullptr);
    *place = 7;
    CHECK(list.size() == 1'000);
    CHECK(list.back() == 7);
    list.clear();
    CHECK(list.empty());
}

TEST_CASE("plain list: an element of its own is added and inserted, however full it is") {
    for (std::size_t size = 1; size < 40; ++size) {
        CAPTURE(size);
        PlainList<int> list = list_of(size);
        list.push_back(list[size - 1]);
        CHECK(list.add(list[size - 1]));
        CHECK(list[size] == static_cast<int>(size) - 1);
        CHECK(list[size + 1] == static_cast<int>(size) - 1);
        list.insert(0, list[size - 1]);
        CHECK(list[0] == static_cast<int>(size) - 1);
        CHECK(list.size() == size + 3);
    }
}

TEST_CASE("plain list: inserting and erasing at every place, as std::vector does") {
    for (std::size_t at = 0; at <= 9; ++at) {
        CAPTURE(at);
        PlainList<int> list = list_of(9);
        std::vector<int> same = contents(list);
        list.insert(at, 100);
        same.insert(same.begin() + static_cast<std::ptrdiff_t>(at), 100);
        CHECK(contents(list) == same);
        for (std::size_t last = at; last <= 10; ++last) {
            PlainList<int> shorter;
            for (const int element : list) shorter.push_back(element);
            shorter.erase(at, last);
            std::vector<int> left = same;
            left.erase(left.begin() + static_cast<std::ptrdiff_t>(at), left.begin() + static_cast<std::ptrdiff_t>(last));
            CHECK(contents(shorter) == left);
        }
    }
}

TEST_CASE("plain list: new elements are as the type makes them, also where others were before") {
    PlainList<Pair> list;
    list.resize(3);
    CHECK(list[2].value == 8);
    list[2] = {1, 2};
    list.resize(2);
    list.resize(20);
    CHECK(list.size() == 20);
    for (const Pair& pair : list) CHECK(pair.key == 7);
}

TEST_CASE("plain list: moved, it takes its elements along") {
    PlainList<int> list = list_of(5);
    PlainList<int> other{std::move(list)};
    CHECK(contents(other) == std::vector<int>{0, 1, 2, 3, 4});
    PlainList<int> third;
    third.push_back(9);
    third = std::move(other);
    CHECK(contents(third) == std::vector<int>{0, 1, 2, 3, 4});
}
