// SPDX-License-Identifier: MIT
// append_json: adds to what is there, and writes small values and large ones, which take different ways, alike.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace {

struct Sample {
    std::string text;
    std::vector<int> numbers;
    double last = 0.5;
};

}  // namespace

TEST_CASE("what the string held stays in front") {
    std::string out = "before ";
    notch::append_json(out, Sample{"x", {1, 2}});
    CHECK(out == R"(before {"text":"x","numbers":[1,2],"last":0.5})");
    notch::append_json(out, 7);
    notch::append_json(out, std::string(5000, 'y'));
    CHECK(out == R"(before {"text":"x","numbers":[1,2],"last":0.5}7")" + std::string(5000, 'y') + "\"");
}

TEST_CASE("a string that is used again keeps its memory") {
    std::string out;
    notch::append_json(out, Sample{std::string(5000, 'x'), {}});
    const char* const data = out.data();
    const std::size_t capacity = out.capacity();
    for (int i = 0; i < 10; ++i) {
        out.clear();
        notch::append_json(out, Sample{"short", {i}});
        CHECK(out == "{\"text\":\"short\",\"numbers\":[" + std::to_string(i) + "],\"last\":0.5}");
    }
    CHECK(out.data() == data);
    CHECK(out.capacity() == capacity);
}

// Up to 2048 bytes at worst, a value is written on the stack first. A text's worst is about six times its size, so both
// sides of that bound lie between these sizes.
TEST_CASE("every size around the change from small to large") {
    for (std::size_t size = 250; size < 450; ++size) {
        const std::string clean(size, 'c');
        CHECK(notch::to_json(clean) == "\"" + clean + "\"");
        std::string escaped;
        for (std::size_t i = 0; i < size; ++i) escaped += "\\u0001";
        CHECK(notch::to_json(std::string(size, '\x01')) == "\"" + escaped + "\"");
    }
}

TEST_CASE("large texts and lists") {
    const std::string megabytes(3'000'000, 'm');
    CHECK(notch::to_json(megabytes) == "\"" + megabytes + "\"");

    std::vector<int> numbers;
    std::string expected = "[";
    for (int i = -50'000; i < 50'000; ++i) {
        numbers.push_back(i);
        expected += (expected.size() == 1 ? "" : ",") + std::to_string(i);
    }
    CHECK(notch::to_json(numbers) == expected + "]");
}
