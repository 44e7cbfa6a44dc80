// SPDX-License-Identifier: MIT
// A notch_value that gives more when a value is written than when it was measured takes no room that is not there.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

/// Another library's, told by a text that another thread changes: the calls of notch_value take turns.
struct Changing {
    const std::vector<std::string>* answers;
    mutable std::size_t calls = 0;
};
std::string notch_value(const Changing& v) { return (*v.answers)[v.calls++ % v.answers->size()]; }

struct Lists {
    mutable std::size_t calls = 0;
};
std::vector<int> notch_value(const Lists& v) { return std::vector<int>(v.calls++ % 2 == 0 ? 0 : 1000, 7); }

/// Writes something itself, and holds another one.
struct Writing {
    Changing inner;
};
struct Written {
    Changing inner;
    std::string text;
};
Written notch_value(const Writing& v) { return {v.inner, notch::to_json(Changing{v.inner.answers})}; }

struct Holder {
    int before = 1;
    Changing changing;
    int after = 2;
};

const std::vector<std::string> same{"ten"};
const std::vector<std::string> longer{"9", std::string(5000, 'x')};
const std::vector<std::string> shorter{std::string(5000, 'x'), "9"};

}  // namespace

TEST_CASE("what stays the same is written") {
    CHECK(notch::to_json(Holder{1, {&same}, 2}) == R"({"before":1,"changing":"ten","after":2})");
    CHECK(notch::to_json(std::vector<Changing>{{&same}, {&same}}) == R"(["ten","ten"])");
    CHECK(notch::to_json(Writing{{&same}}) == R"({"inner":"ten","text":"\"ten\""})");
}

TEST_CASE("what became longer is null") {
    CHECK(notch::to_json(Holder{1, {&longer}, 2}) == R"({"before":1,"changing":null,"after":2})");
    CHECK(notch::to_json(Lists{}) == "null");
    CHECK(notch::to_json(std::optional{Changing{&longer}}) == "null");
    std::string text = "[";
    for (int i = 0; i < 100; ++i) notch::append_json(text, Changing{&longer});
    CHECK(text.size() == 1 + 100 * 4);
}

TEST_CASE("what became shorter is written") { CHECK(notch::to_json(Holder{1, {&shorter}, 2}) == R"({"before":1,"changing":"9","after":2})"); }

TEST_CASE("a value among others has the room of its own or theirs, and never more than there is") {
    const std::vector<Changing> mixed{{&shorter}, {&longer}, {&longer}, {&same}};
    CHECK(notch::to_json(mixed) == "[\"9\",\"" + longer[1] + "\",null,\"ten\"]");
}

TEST_CASE("room that one value had is not the next one's") {
    CHECK(notch::to_json(Changing{&shorter}) == "\"9\"");
    CHECK(notch::to_json(Changing{&longer}) == "null");
}

TEST_CASE("asking whether one is left out takes no room of the others") {
    struct Sparing {
        Changing first;
        Writing writing;
        static constexpr auto notch_options() { return notch::field("first", notch::omit_empty); }
    };
    CHECK(notch::to_json(Sparing{{&same}, {{&same}}}) == R"({"first":"ten","writing":{"inner":"ten","text":"\"ten\""}})");
}
