// SPDX-License-Identifier: MIT
// The ways to reflect a struct agree: a plain aggregate (by C++20 or by C++26, as this is compiled), a class that lists its
// fields, and C++26 annotations in place of notch_options(). The same logical struct gives the same bytes and the same
// FieldInfo by each, and the bytes are pinned, so that the builds of C++20 and C++26 agree with each other as well.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

enum class Status { normal, abnormal };
constexpr auto notch_enum(Status*) {
    return std::array<std::pair<Status, std::string_view>, 2>{
        {{Status::normal, "normal"}, {Status::abnormal, "vm.abnormal"}}};
}

struct Part {
    int cpu = 4;
    std::optional<int> memory{};
};

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Labels = std::map<std::string, int>;

#define NOTCH_TEST_OPTIONS                                                                                            \
    static constexpr std::string_view notch_name() { return "runner.stop"; }                                          \
    static constexpr auto notch_options() {                                                                           \
        using notch::field;                                                                                           \
        return notch::options(                                                                                        \
            field("repo", notch::rename("repository"), notch::alias("repo_name"), notch::pattern("?*/?*")),           \
            field("idle", notch::non_negative, notch::maximum(86400.0)),                                              \
            field("retries", notch::omit_empty, notch::minimum(0), notch::maximum(9)), field("token", notch::redact), \
            field("internal", notch::skip),                                                                           \
            field("conclusion", notch::one_of("success", "failure"), notch::length(1, 9)),                            \
            field("region", notch::omit_default, notch::defaulted), field("at", notch::unix_seconds));                \
    }

/// (a) A plain aggregate.
struct Plain {
    std::string repo = "canonical/notch";
    double idle = 1.5;
    int retries = 0;
    std::string token = "secret";
    std::uint64_t internal = 7;
    std::optional<std::string> conclusion{};
    std::string region = "eu";
    Time at{};
    Status status = Status::abnormal;
    Part part{};
    std::vector<Part> parts{};
    int matrix[2][2] = {{1, 2}, {3, 4}};
    char code[4] = "ok";
    Labels labels{};
    notch::RawJson raw{"[1, 2]"};
    bool last = true;
    NOTCH_TEST_OPTIONS
};

/// (b) A class that lists its fields: they are private, some inherited, and declared in another order.
class Inherited {
public:
    virtual ~Inherited() = default;

protected:
    std::string region = "eu";
    Time at{};
    bool last = true;
};
class Listed final : public Inherited {
public:
    Listed() {}
    explicit Listed(const Plain& from)
        : conclusion{from.conclusion},
          raw{from.raw},
          repo{from.repo},
          idle{from.idle},
          retries{from.retries},
          token{from.token},
          internal{from.internal},
          status{from.status},
          part{from.part},
          parts{from.parts},
          labels{from.labels} {
        region = from.region;
        at = from.at;
        last = from.last;
    }
    NOTCH_FIELDS(repo, idle, retries, token, internal, conclusion, region, at, status, part, parts, matrix, code,
                 labels, raw, last)
    NOTCH_TEST_OPTIONS

private:
    std::optional<std::string> conclusion{};
    notch::RawJson raw{"[1, 2]"};
    std::string repo = "canonical/notch";
    double idle = 1.5;
    int retries = 0;
    std::string token = "secret";
    std::uint64_t internal = 7;
    Status status = Status::abnormal;
    Part part{};
    std::vector<Part> parts{};
    int matrix[2][2] = {{1, 2}, {3, 4}};
    char code[4] = "ok";
    Labels labels{};
};

#if NOTCH_REFLECTION == 26
/// (c) The options as annotations, and one that belongs to nobody here.
struct Foreign {
    int v;
};
// clang-format off: it does not know annotations
struct Annotated {
    [[=notch::rename("repository"), =notch::alias("repo_name"), =notch::pattern("?*/?*")]] std::string repo =
        "canonical/notch";
    [[=notch::non_negative, =Foreign{1}, =notch::maximum(86400.0)]] double idle = 1.5;
    [[=notch::omit_empty, =notch::minimum(0), =notch::maximum(9)]] int retries = 0;
    [[=notch::redact]] std::string token = "secret";
    [[=notch::skip]] std::uint64_t internal = 7;
    [[=notch::one_of("success", "failure"), =notch::length(1, 9)]] std::optional<std::string> conclusion{};
    [[=notch::omit_default, =notch::defaulted]] std::string region = "eu";
    [[=notch::unix_seconds]] Time at{};
    Status status = Status::abnormal;
    Part part{};
    std::vector<Part> parts{};
    int matrix[2][2] = {{1, 2}, {3, 4}};
    char code[4] = "ok";
    Labels labels{};
    notch::RawJson raw{"[1, 2]"};
    bool last = true;
    static constexpr std::string_view notch_name() { return "runner.stop"; }
};

/// (d) Both: a class that lists its fields, some of which are inherited, with annotations.
struct AnnotatedBase {
    [[=notch::redact]] std::string token = "secret";
    [[=notch::rename("unlisted key")]] int unlisted = 0;
};
class AnnotatedList : public AnnotatedBase {
public:
    AnnotatedList() {}
    NOTCH_FIELDS(token, repo)
    static constexpr auto notch_options() { return notch::field("repo", notch::omit_empty); }

private:
    [[=notch::rename("repository")]] std::string repo = "canonical/notch";
};

struct [[=notch::no_envelope]] AnnotatedEnvelope {
    [[=notch::rename("alpha")]] int a = 1;
};
// clang-format on
#endif

constexpr std::string_view golden_defaults =
    R"({"repository":"canonical/notch","idle":1.5,"token":"[redacted]","at":0.0,"status":"vm.abnormal","part":{"cpu":4},)"
    R"("parts":[],"matrix":[[1,2],[3,4]],"code":"ok","labels":{},"raw":[1,2],"last":true})";
constexpr std::string_view golden_changed =
    R"({"repository":"o/r","idle":0.25,"retries":3,"token":"[redacted]","conclusion":"success","region":"us","at":-0.25,"status":"normal",)"
    R"("part":{"cpu":1,"memory":2},"parts":[{"cpu":3},{"cpu":5,"memory":6}],"matrix":[[1,2],[3,4]],"code":"ok",)"
    R"("labels":{"a":1,"b":2},"raw":{"k":null},"last":false})";

template <class T>
void change(T& value) {
    value.repo = "o/r";
    value.idle = 0.25;
    value.retries = 3;
    value.token = "other";
    value.conclusion = "success";
    value.region = "us";
    value.at = Time{std::chrono::milliseconds{-250}};
    value.status = Status::normal;
    value.part = {1, 2};
    value.parts = {{3, {}}, {5, 6}};
    value.labels = {{"b", 2}, {"a", 1}};
    value.raw.text = "{ \"k\" : null }";
    value.last = false;
}

template <class T>
std::string line_of(const T& value) {
    return notch::to_line(value, [] { return std::int64_t{1'700'000'000'250'000}; });
}

std::string golden_line(std::string_view json) {
    return R"({"timestamp":1700000000.250000,"event":"runner.stop",)" + std::string{json.substr(1)};
}

template <class T>
void check_bytes(const T& defaults, const T& changed) {
    CHECK(notch::to_json(defaults) == golden_defaults);
    CHECK(notch::to_json(changed) == golden_changed);
    CHECK(line_of(defaults) == golden_line(golden_defaults));
    CHECK(line_of(changed) == golden_line(golden_changed));
    CHECK(notch::keeps_rules(defaults));
    CHECK(notch::keeps_rules(changed));
}

template <class A, class B>
void check_same_infos() {
    using notch::detail::field_infos;
    REQUIRE(field_infos<A>.size() == field_infos<B>.size());
    for (std::size_t i = 0; i < field_infos<A>.size(); ++i) {
        const notch::detail::FieldInfo& a = field_infos<A>[i];
        const notch::detail::FieldInfo& b = field_infos<B>[i];
        CAPTURE(i);
        CHECK(a.name == b.name);
        CHECK(a.key == b.key);
        CHECK(a.omit_empty == b.omit_empty);
        CHECK(a.omit_default == b.omit_default);
        CHECK(a.skip == b.skip);
        CHECK(a.redact == b.redact);
        CHECK(a.defaulted == b.defaulted);
        CHECK(a.unix_seconds == b.unix_seconds);
        CHECK(a.has_aliases == b.has_aliases);
        CHECK(a.has_rules == b.has_rules);
    }
}

/// The options themselves, in their order.
template <class A, class B>
void check_same_options() {
    using notch::detail::options_of;
    REQUIRE(options_of<A>.size == options_of<B>.size);
    for (std::size_t i = 0; i < options_of<A>.size; ++i) {
        const notch::Option& a = options_of<A>.list[i];
        const notch::Option& b = options_of<B>.list[i];
        CAPTURE(i);
        CHECK(a.kind == b.kind);
        CHECK(a.field.view() == b.field.view());
        CHECK(a.text.view() == b.text.view());
        CHECK(a.bound.kind == b.bound.kind);
        CHECK(a.bound.signed_value == b.bound.signed_value);
        CHECK(a.bound.real == b.bound.real);
        CHECK(a.low == b.low);
        CHECK(a.high == b.high);
    }
}

Plain changed_plain() {
    Plain value;
    change(value);
    return value;
}

}  // namespace

TEST_CASE("a plain aggregate") { check_bytes(Plain{}, changed_plain()); }

TEST_CASE("a class that lists its fields") {
    check_bytes(Listed{}, Listed{changed_plain()});
    check_same_infos<Plain, Listed>();
    check_same_options<Plain, Listed>();
}

TEST_CASE("what was written is read back by each") {
    const auto plain = notch::from_json<Plain>(golden_changed);
    REQUIRE(plain);
    CHECK(plain->repo == "o/r");
    CHECK(plain->parts.size() == 2);
    const auto listed = notch::from_json<Listed>(golden_changed);
    REQUIRE(listed);
    CHECK(notch::to_json(*listed) == notch::to_json(*plain));
    CHECK_FALSE(notch::from_json<Plain>(R"({"repository":"no slash"})"));
}

#if NOTCH_REFLECTION == 26
TEST_CASE("annotations in place of notch_options()") {
    Annotated changed;
    change(changed);
    check_bytes(Annotated{}, changed);
    check_same_infos<Plain, Annotated>();
    check_same_options<Plain, Annotated>();
    const auto read = notch::from_json<Annotated>(golden_changed);
    REQUIRE(read);
    CHECK(read->repo == "o/r");
    changed.repo = "no slash";
    CHECK_FALSE(notch::keeps_rules(changed));
}

TEST_CASE("annotations of a class that lists its fields, and of what it inherits") {
    CHECK(notch::to_json(AnnotatedList{}) == R"({"token":"[redacted]","repository":"canonical/notch"})");
}

TEST_CASE("an annotation of the struct itself") { CHECK(notch::to_line(AnnotatedEnvelope{}) == R"({"alpha":1})"); }

TEST_CASE("annotations of types that are local to a generic lambda, one for each instantiation") {
    const auto in_lambda = [](auto v) {
        struct Local {
            [[=notch::rename("renamed")]] decltype(v) value;
            [[=notch::omit_empty]] int n;
        };
        return notch::to_json(Local{v, 0});
    };
    CHECK(in_lambda(0.5) == R"({"renamed":0.5})");
    CHECK(in_lambda(std::string{"x"}) == R"({"renamed":"x"})");
    CHECK(in_lambda(1) == R"({"renamed":1})");
}
#endif
