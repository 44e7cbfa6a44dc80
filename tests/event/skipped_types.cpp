// SPDX-License-Identifier: MIT
// A field marked notch::skip can have any type: nothing is written of it, reading leaves it as the struct makes it, and a
// record holds nothing of it. By each of the ways to reflect a struct.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace {

struct Opaque {
    Opaque() = default;
    Opaque(Opaque&&) = default;
    Opaque& operator=(Opaque&&) = default;
    virtual ~Opaque() = default;
    int state = 7;
};
union Either {
    int a;
    float b;
};
enum class Unnamed { one };

struct Aggregate {
    int a = 1;
    Opaque opaque{};
    std::unique_ptr<int> owner{};
    void* pointer = nullptr;
    void (*function)(int) = nullptr;
    int Aggregate::* member = nullptr;
    Either either{};
    Unnamed unnamed{};
    long double wide = 0;
    wchar_t character = L'x';
    std::string_view view = "stays";
    const int constant = 3;
    int z = 2;

    static constexpr auto notch_options() {
        using notch::field, notch::skip;
        return notch::options(field("opaque", skip), field("owner", skip), field("pointer", skip),
                              field("function", skip), field("member", skip), field("either", skip),
                              field("unnamed", skip), field("wide", skip), field("character", skip),
                              field("view", skip), field("constant", skip));
    }
};

class Listed {
public:
    Listed() = default;
    int a = 1;

private:
    std::unique_ptr<Opaque> cache_{};
    int z = 2;

public:
    NOTCH_FIELDS(a, cache_, z)
    static constexpr auto notch_options() { return notch::field("cache_", notch::skip); }
};

struct Immovable {
    int a = 1;
    std::mutex mutex{};
    static constexpr auto notch_options() { return notch::field("mutex", notch::skip); }
};

struct Outer {
    Aggregate inner{};
    Listed listed{};
};

#if NOTCH_REFLECTION == 26
struct Annotated {
    int a = 1;
    [[= notch::skip]] std::unique_ptr<Opaque> cache{};
    [[= notch::skip]] void* pointer = nullptr;
    int z = 2;
};
#endif

template <class T>
std::string recorded(const T& event) {
    notch::Capture capture;
    CHECK(capture.recorder().record(event));
    return std::string{capture.lines().at(0)};
}

template <class T>
void check_reads(std::string_view text) {
    CAPTURE(text);
    const auto read = notch::from_json<T>(text);
    if (!read) FAIL(read.error().message());
    CHECK(notch::to_json(*read) == R"({"a":5,"z":6})");
}
template <class T>
void check_skips() {
    CHECK(notch::to_json(T{}) == R"({"a":1,"z":2})");
    check_reads<T>(R"({"a":5,"z":6})");
    const std::string line = notch::to_line(T{});
    CHECK(line.substr(line.find(",\"a\"")) == R"(,"a":1,"z":2})");
    const std::string event = recorded(T{});
    CHECK(event.substr(event.find(",\"a\"")) == R"(,"a":1,"z":2})");
    CHECK(notch::from_line<T>(std::string_view{line}));
    CHECK(notch::check_rules(T{}).empty());
}

}  // namespace

TEST_CASE("a skipped field of any type: an aggregate") {
    check_skips<Aggregate>();
    check_reads<Aggregate>(
        R"({"a":5,"pointer":{"b":[]},"z":6,"opaque":1})");  // its key is one the struct does not have
    CHECK_FALSE(notch::from_json<Aggregate>(R"({"a":5,"z":6,"pointer":null})",
                                            notch::Limits{.unknown_keys = notch::UnknownKeys::reject}));
    const auto read = notch::from_json<Aggregate>(R"({"a":5,"z":6})");
    REQUIRE(read);
    CHECK(read->opaque.state == 7);
    CHECK(read->view == "stays");
    CHECK(read->constant == 3);
}

TEST_CASE("a skipped view borrows nothing from a temporary text") {
    const auto read = notch::from_json<Aggregate>(std::string{R"({"a":5,"z":6,"view":"gone"})"});
    REQUIRE(read);
    CHECK(read->view == "stays");
}

TEST_CASE("a skipped field of any type: a class that lists its fields") { check_skips<Listed>(); }

TEST_CASE("a skipped field of any type: a struct that cannot be moved is written") {
    const Immovable event;
    CHECK(notch::to_json(event) == R"({"a":1})");
    CHECK(recorded(event).find(R"("a":1})") != std::string::npos);
}

TEST_CASE("a skipped field of any type: nested") {
    CHECK(notch::to_json(Outer{}) == R"({"inner":{"a":1,"z":2},"listed":{"a":1,"z":2}})");
    const auto read = notch::from_json<Outer>(R"({"inner":{"a":5,"z":6},"listed":{"z":8,"a":7}})");
    REQUIRE(read);
    CHECK(read->inner.z == 6);
    CHECK(read->listed.a == 7);
}

#if NOTCH_REFLECTION == 26
TEST_CASE("a skipped field of any type: by annotation") { check_skips<Annotated>(); }
#endif
