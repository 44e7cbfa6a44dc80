// SPDX-License-Identifier: MIT
// notch_options(): each option alone, several on one field, several fields, and which goes before which.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

template <class T>
constexpr notch::detail::FieldInfo info_of(std::size_t field) {
    return notch::detail::field_infos<T>[field];
}

struct Plain {
    int a = 1;
};
struct Renamed {
    int a = 1;
    int b = 2;
    static constexpr auto notch_options() { return notch::field("a", notch::rename("alpha beta")); }
};
struct Skipped {
    int a = 1;
    std::string b = "b";
    int c = 3;
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::skip), notch::field("c", notch::skip));
    }
};
struct KeyOfSkipped {  // its key is free for another field
    int a = 1;
    int b = 2;
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::skip), notch::field("b", notch::rename("a")));
    }
};
struct AllSkipped {
    int a = 1;
    static constexpr auto notch_options() { return notch::field("a", notch::skip); }
};
struct Redacted {
    std::string a = "secret";
    int b = 7;
    std::optional<int> c{};
    std::vector<int> d{1, 2};
    Plain e{};
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::redact), notch::field("b", notch::redact),
                              notch::field("c", notch::redact), notch::field("d", notch::redact),
                              notch::field("e", notch::redact));
    }
};

struct OmitsEmpty {
    bool a = false;
    int b = 0;
    unsigned long long c = 0;
    double d = 0;
    float e = -0.0F;
    std::string f{};
    std::string_view g{};
    const char* h = nullptr;
    char i[4] = "";
    std::vector<int> j{};
    std::map<std::string, int> k{};
    std::chrono::milliseconds l{};
    std::optional<int> m{};
    notch::RawJson n{};
    std::array<int, 0> o{};
    static constexpr auto notch_options() {
        using notch::field;
        using notch::omit_empty;
        return notch::options(field("a", omit_empty), field("b", omit_empty), field("c", omit_empty),
                              field("d", omit_empty), field("e", omit_empty), field("f", omit_empty),
                              field("g", omit_empty), field("h", omit_empty), field("i", omit_empty),
                              field("j", omit_empty), field("k", omit_empty), field("l", omit_empty),
                              field("m", omit_empty), field("n", omit_empty), field("o", omit_empty));
    }
};
/// What is never empty: a struct, even one without fields, an array, a point in time.
struct NeverEmpty {
    Plain a{};
    int b[2]{};
    std::chrono::sys_seconds c{};
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::omit_empty), notch::field("b", notch::omit_empty),
                              notch::field("c", notch::omit_empty));
    }
};

struct Part {
    int n = 4;
    bool operator==(const Part&) const = default;
};
struct OmitsDefault {
    int a = 5;
    std::string b = "five";
    const char* c = "a text of its own";
    char d[6] = "array";
    int e[2][2] = {{1, 2}, {3, 4}};
    std::vector<int> f{1, 2};
    Part g{};
    double h = 0.5;
    int i = 5;  // the same type as a, and another default would do
    std::optional<int> j = 6;
    bool k = true;
    static constexpr auto notch_options() {
        using notch::field;
        using notch::omit_default;
        return notch::options(field("a", omit_default), field("b", omit_default), field("c", omit_default),
                              field("d", omit_default), field("e", omit_default), field("f", omit_default),
                              field("g", omit_default), field("h", omit_default), field("i", omit_default),
                              field("j", omit_default), field("k", omit_default));
    }
};

struct Several {
    std::string repo;
    int count = 0;
    std::string status;
    static constexpr auto notch_options() {
        return notch::options(
            notch::field("repo", notch::rename("repository"), notch::alias("repo_name"), notch::omit_empty,
                         notch::pattern("?*/?*")),
            notch::field("status", notch::one_of("success", "failure"), notch::defaulted, notch::rename("result")),
            notch::field("count", notch::minimum(1), notch::maximum(9)));
    }
};
struct Repeated {
    int a = 1;
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::rename("first")),
                              notch::field("a", notch::rename("second"), notch::omit_empty));
    }
};
struct SkipsRedacted {
    int a = 1;
    int b = 2;
    static constexpr auto notch_options() { return notch::field("a", notch::redact, notch::skip); }
};
struct RedactsEmpty {
    int a = 0;
    int b = 3;
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::redact, notch::omit_empty),
                              notch::field("b", notch::redact, notch::omit_default));
    }
};
struct OneOption {
    int a = 1;
    static constexpr auto notch_options() { return notch::no_envelope; }
};
struct NoOptions {
    int a = 1;
    static constexpr auto notch_options() { return notch::options(); }
};

}  // namespace

TEST_CASE("rename") {
    CHECK(notch::to_json(Renamed{}) == R"({"alpha beta":1,"b":2})");
    CHECK(info_of<Renamed>(0).name == "a");
    CHECK(info_of<Renamed>(0).key == "alpha beta");
    CHECK(info_of<Renamed>(1).key == "b");
}

TEST_CASE("skip") {
    CHECK(notch::to_json(Skipped{}) == R"({"b":"b"})");
    CHECK(notch::to_json(AllSkipped{}) == "{}");
    CHECK(notch::to_json(KeyOfSkipped{}) == R"({"a":2})");
}

TEST_CASE("redact hides values of every kind, and whether they are empty") {
    CHECK(notch::to_json(Redacted{}) ==
          R"({"a":"[redacted]","b":"[redacted]","c":"[redacted]","d":"[redacted]","e":"[redacted]"})");
    CHECK(notch::to_json(RedactsEmpty{}) == R"({"a":"[redacted]","b":"[redacted]"})");
    CHECK(notch::to_json(SkipsRedacted{}) == R"({"b":2})");
}

TEST_CASE("omit_empty") {
    CHECK(notch::to_json(OmitsEmpty{}) == "{}");
    CHECK(
        notch::to_json(OmitsEmpty{
            true, 1, 1, 1, 1, "f", "g", "h", "i", {0}, {{"", 0}}, std::chrono::milliseconds{1}, 0, {"0"}, {}}) ==
        R"({"a":true,"b":1,"c":1,"d":1.0,"e":1.0,"f":"f","g":"g","h":"h","i":"i","j":[0],"k":{"":0},"l":0.001,"m":0,"n":0})");
    OmitsEmpty only_last{};
    only_last.n.text = "[]";
    CHECK(notch::to_json(only_last) == R"({"n":[]})");
    CHECK(notch::to_json(NeverEmpty{}) == R"({"a":{"a":1},"b":[0,0],"c":"1970-01-01T00:00:00Z"})");
}

TEST_CASE("omit_default") {
    CHECK(notch::to_json(OmitsDefault{}) == "{}");
    OmitsDefault changed{6, "six", "another", "other", {{1, 2}, {3, 5}}, {}, {5}, 0.25, 0, std::nullopt, false};
    CHECK(
        notch::to_json(changed) ==
        R"({"a":6,"b":"six","c":"another","d":"other","e":[[1,2],[3,5]],"f":[],"g":{"n":5},"h":0.25,"i":0,"j":null,"k":false})");
}

TEST_CASE("omit_default compares texts, not where they stand") {
    const std::string same = "a text of its own";
    OmitsDefault value{};
    value.c = same.c_str();
    CHECK(notch::to_json(value) == "{}");
    value.c = nullptr;
    CHECK(notch::to_json(value) == R"({"c":""})");
}

TEST_CASE("several options on one field, several fields") {
    CHECK(notch::to_json(Several{"o/r", 1, "success"}) == R"({"repository":"o/r","count":1,"result":"success"})");
    CHECK(notch::to_json(Several{"", 0, ""}) == R"({"count":0,"result":""})");
    constexpr auto repo = info_of<Several>(0);
    CHECK(repo.omit_empty);
    CHECK(repo.has_aliases);
    CHECK(repo.has_rules);
    CHECK_FALSE(repo.defaulted);
    constexpr auto count = info_of<Several>(1);
    CHECK(count.has_rules);
    CHECK_FALSE(count.omit_empty);
    constexpr auto status = info_of<Several>(2);
    CHECK(status.defaulted);
    CHECK(status.key == "result");
}

TEST_CASE("a field named twice takes all its options, of two names the last") {
    CHECK(notch::to_json(Repeated{}) == R"({"second":1})");
    CHECK(notch::to_json(Repeated{0}) == "{}");
}

TEST_CASE("one option without options(), and none at all") {
    CHECK(notch::to_line(OneOption{}) == R"({"a":1})");
    CHECK(notch::to_json(NoOptions{}) == R"({"a":1})");
}

TEST_CASE("in local structs and on nested ones, each with its own") {
    struct Inner {
        int a = 0;
        int b = 1;
        static constexpr auto notch_options() {
            return notch::options(notch::field("a", notch::omit_empty), notch::field("b", notch::rename("B")));
        }
    };
    struct Outer {
        Inner inner{};
        std::vector<Inner> list{{}, {2, 3}};
        int b = 4;
    };
    CHECK(notch::to_json(Outer{}) == R"({"inner":{"B":1},"list":[{"B":1},{"a":2,"B":3}],"b":4})");
}
