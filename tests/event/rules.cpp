// SPDX-License-Identifier: MIT
// Rules by themselves: numbers compared exactly, globs in bounded time, and whole values.
#include "notch.hpp"

#include "../support/allocations.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using notch::detail::bound_of;
using notch::detail::compare;
using notch::detail::matches_glob;
using notch::detail::Order;

namespace {

constexpr std::int64_t lowest64 = (std::numeric_limits<std::int64_t>::min)();
constexpr std::int64_t highest64 = (std::numeric_limits<std::int64_t>::max)();
constexpr std::uint64_t highest_u64 = (std::numeric_limits<std::uint64_t>::max)();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class A, class B>
void check_less(A a, B b) {
    CHECK(compare(bound_of(a), bound_of(b)) == Order::less);
    CHECK(compare(bound_of(b), bound_of(a)) == Order::greater);
}
template <class A, class B>
void check_equal(A a, B b) {
    CHECK(compare(bound_of(a), bound_of(b)) == Order::equal);
    CHECK(compare(bound_of(b), bound_of(a)) == Order::equal);
}

enum class Color : std::uint8_t { red, green };
constexpr auto notch_enum(Color*) {
    return std::array<std::pair<Color, std::string_view>, 2>{{{Color::red, "red"}, {Color::green, "green"}}};
}

struct Celsius {
    double degrees = 0;
};
double notch_value(const Celsius& v) { return v.degrees; }

struct Inner {
    int level = 0;
    static constexpr auto notch_options() { return notch::field("level", notch::maximum(9)); }
};

struct Ruled {
    std::int64_t number = 0;
    std::uint64_t unsigned_number = 5;
    double real = 0.5;
    std::string repo = "o/r";
    std::string conclusion = "success";
    std::vector<std::string> tags{"a"};
    std::map<std::string, int> counts{};
    std::optional<int> maybe{};
    Color color = Color::red;
    std::chrono::milliseconds wait{0};
    Celsius warmth{};
    double share = 0;
    Inner inner{};
    std::vector<Inner> inners{};
    std::optional<Inner> maybe_inner{};
    static constexpr auto notch_options() {
        return notch::options(
            notch::field("number", notch::minimum(-3), notch::maximum(3)),
            notch::field("unsigned_number", notch::minimum(5U), notch::maximum(highest_u64 - 1)),
            notch::field("real", notch::non_negative, notch::maximum(0.75)),
            notch::field("repo", notch::pattern("?*/?*"), notch::length(3, 20)),
            notch::field("conclusion", notch::one_of("success", "failure")),
            notch::field("tags", notch::length(1, 2), notch::pattern("?*")),
            notch::field("counts", notch::length(0, 1), notch::minimum(0)), notch::field("maybe", notch::non_negative),
            notch::field("color", notch::one_of("red")), notch::field("wait", notch::non_negative, notch::maximum(1.5)),
            notch::field("warmth", notch::minimum(-273.15)), notch::field("share", notch::maximum(1)));
    }
};

using notch::detail::OptionKind;
using notch::detail::rule_fits;
static_assert(rule_fits<std::vector<int>>(OptionKind::length) && rule_fits<std::optional<std::string>>(OptionKind::length));
static_assert(!rule_fits<int>(OptionKind::length) && !rule_fits<std::optional<double>>(OptionKind::length));

template <class Change>
bool keeps(Change change) {
    Ruled ruled;
    change(ruled);
    return notch::keeps_rules(ruled);
}

}  // namespace

TEST_CASE("numbers of different types are compared exactly") {
    check_less(-1, 0U);
    check_less(lowest64, std::uint64_t{0});
    check_less(highest64, std::uint64_t{1} << 63);
    check_equal(highest64, static_cast<std::uint64_t>(highest64));
    check_less(highest_u64 - 1, highest_u64);
    // As doubles these would be equal.
    check_less(std::int64_t{9007199254740993}, 9007199254740994.0);
    check_less(9007199254740992.0, std::int64_t{9007199254740993});
    check_less(std::uint64_t{9007199254740993}, 9007199254740994.0);
    check_less(highest64, 9223372036854775808.0);
    check_less(highest_u64, 18446744073709551616.0);
    check_equal(lowest64, -9223372036854775808.0);
    check_less(-9223372036854777856.0, lowest64);
    check_less(18446744073709549568.0, highest_u64);
    check_equal(7, 7.0);
    check_less(7, 7.5);
    check_less(-7.5, -7);
    check_less(-8, -7.5);
    check_less(-0.5, 0U);
    check_less(-0.5, 0);
    check_equal(0U, -0.0);
    check_less(0, 5e-324);
    check_less(lowest64, infinity);
    check_less(-infinity, lowest64);
    check_less(highest_u64, infinity);
    check_less(-infinity, 0U);
    check_less(1.0, 1.5);
    for (const auto& number : {bound_of(0), bound_of(0U), bound_of(0.0), bound_of(not_a_number)}) {
        CHECK(compare(number, bound_of(not_a_number)) == Order::unordered);
        CHECK(compare(bound_of(not_a_number), number) == Order::unordered);
    }
}

TEST_CASE("globs") {
    struct Case {
        std::string_view text;
        std::string_view glob;
        bool matches;
    };
    const Case cases[] = {
        {"", "", true},
        {"a", "", false},
        {"", "*", true},
        {"abc", "*", true},
        {"", "?", false},
        {"a", "?", true},
        {"ab", "?", false},
        {"a", "a", true},
        {"a", "b", false},
        {"abc", "a*c", true},
        {"ac", "a*c", true},
        {"ab", "a*c", false},
        {"abcd", "a*c", false},
        {"abcbc", "a*bc", true},
        {"o/r", "?*/?*", true},
        {"/r", "?*/?*", false},
        {"o/", "?*/?*", false},
        {"o", "?*/?*", false},
        {"o/r/x", "?*/?*", true},
        {"//r", "?*/?*", true},
        {"aaa", "*a*a*a*", true},
        {"aa", "*a*a*a*", false},
        {"a*c", "a*c", true},
        {"a?c", "a?c", true},
        {"abc", "***", true},
        {"abc", "**c", true},
        {"abc", "?b?", true},
        {"abc", "ab?*", true},
        {"ab", "ab?*", false},
        {"mississippi", "m*iss*ppi", true},
        {"mississippi", "m*issx*ppi", false},
        {"\xc3\xa9", "?", true},
        {"\xc3\xa9", "??", false},
        {"a\xe2\x82\xac"
         "b",
         "a?b", true},
        {"\xf0\x9d\x84\x9e", "?", true},
        {"a\xc3\xa9", "*\xc3\xa9", true},
        {"\xe2\x82\xac"
         "xy",
         "*??xy", false},
        {"[x]", "[x]", true},
        {"x", "[x]", false},
        {"a", "A", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CAPTURE(c.glob);
        CHECK(matches_glob(c.text, c.glob) == c.matches);
    }
    static_assert(matches_glob("vm.compute.start", "vm.*.start"));
}

TEST_CASE("a glob of many stars neither recurses nor explodes") {
    std::string text(20'000, 'a');
    std::string glob;
    for (int i = 0; i < 200; ++i) glob += "*a";
    CHECK(matches_glob(text, glob));
    CHECK_FALSE(matches_glob(text, glob + "b"));
    text += 'b';
    CHECK(matches_glob(text, glob + "b"));
}

TEST_CASE("each rule, kept and broken") {
    CHECK(notch::keeps_rules(Ruled{}));
    CHECK(keeps([](Ruled& r) { r.number = -3; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.number = -4; }));
    CHECK(keeps([](Ruled& r) { r.number = 3; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.number = 4; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.unsigned_number = 4; }));
    CHECK(keeps([](Ruled& r) { r.unsigned_number = highest_u64 - 1; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.unsigned_number = highest_u64; }));
    CHECK(keeps([](Ruled& r) { r.real = -0.0; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.real = -5e-324; }));
    CHECK(keeps([](Ruled& r) { r.real = 0.75; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.real = 0.7500000000000001; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.real = not_a_number; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.repo = "ab"; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.repo = "abc"; }));
    CHECK(keeps([](Ruled& r) { r.repo = "owner/repo-of-20-byt"; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.repo = "owner/repo-of-21-byte"; }));
    CHECK(keeps([](Ruled& r) { r.conclusion = "failure"; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.conclusion = "skipped"; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.conclusion = ""; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.tags = {}; }));
    CHECK(keeps([](Ruled& r) { r.tags = {"a", "a longer text than two"}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.tags = {"a", "b", "c"}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.tags = {"a", ""}; }));
    CHECK(keeps([](Ruled& r) { r.counts = {{"x", 0}}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.counts = {{"x", -1}}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.counts = {{"x", 1}, {"y", 1}}; }));
    CHECK(keeps([](Ruled& r) { r.maybe = 0; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.maybe = -1; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.color = Color::green; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.color = static_cast<Color>(7); }));
    CHECK(keeps([](Ruled& r) { r.wait = std::chrono::milliseconds{1500}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.wait = std::chrono::milliseconds{1501}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.wait = std::chrono::milliseconds{-1}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.warmth.degrees = -273.16; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.warmth.degrees = not_a_number; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.share = not_a_number; }));
    CHECK(keeps([](Ruled& r) { r.share = -infinity; }));
    CHECK(keeps([](Ruled& r) { r.inner.level = 9; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.inner.level = 10; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.inners = {{9}, {10}}; }));
    CHECK_FALSE(keeps([](Ruled& r) { r.maybe_inner = Inner{10}; }));
}

TEST_CASE("a length is asked of the outermost list or map, and no rule of what is redacted") {
    struct Grid {
        std::vector<std::vector<int>> rows{{1}};
        std::map<std::string, std::vector<std::string>> texts{{"a", {"b"}}};
        std::string secret = "short";
        static constexpr auto notch_options() {
            return notch::options(notch::field("rows", notch::length(1, 2), notch::maximum(9)),
                                  notch::field("texts", notch::length(1, 2)),
                                  notch::field("secret", notch::redact, notch::length(10, 20)));
        }
    };
    CHECK(notch::keeps_rules(Grid{}));
    CHECK(notch::keeps_rules(Grid{.rows = {{1, 2, 3}, {}}}));
    CHECK_FALSE(notch::keeps_rules(Grid{.rows = {{1}, {2}, {3}}}));
    CHECK_FALSE(notch::keeps_rules(Grid{.rows = {{1, 10}}}));
    CHECK(notch::keeps_rules(Grid{.texts = {{"a", {"", "a long text", "c"}}}}));
    CHECK_FALSE(notch::keeps_rules(Grid{.texts = {}}));
    // Reading agrees.
    CHECK(notch::from_json<Grid>(R"({"rows":[[1,2,3],[]],"texts":{"a":["","a long text","c"]},"secret":"[redacted]"})"));
    CHECK_FALSE(notch::from_json<Grid>(R"({"rows":[[1],[2],[3]],"texts":{"a":["b"]},"secret":"[redacted]"})"));
}

TEST_CASE("durations at the ends of their type are compared as what they are") {
    struct Waits {
        std::chrono::hours least{0};
        std::chrono::hours most{0};
        std::chrono::duration<std::uint64_t, std::nano> long_one{0};
        static constexpr auto notch_options() {
            return notch::options(notch::field("least", notch::minimum(0)), notch::field("most", notch::maximum(0)),
                                  notch::field("long_one", notch::minimum(0), notch::maximum(18'446'744'073)));
        }
    };
    CHECK(notch::keeps_rules(Waits{}));
    CHECK(notch::keeps_rules(Waits{.least = (std::chrono::hours::max)(), .most = (std::chrono::hours::min)()}));
    CHECK_FALSE(notch::keeps_rules(Waits{.least = (std::chrono::hours::min)()}));
    CHECK_FALSE(notch::keeps_rules(Waits{.most = (std::chrono::hours::max)()}));
    using Long = std::chrono::duration<std::uint64_t, std::nano>;
    CHECK(notch::keeps_rules(Waits{.long_one = Long{18'446'744'073'000'000'000U}}));
    CHECK_FALSE(notch::keeps_rules(Waits{.long_one = (Long::max)()}));
}

TEST_CASE("asking allocates nothing") {
    const Ruled ruled;
    const std::size_t before = test::allocations();
    const bool kept = notch::keeps_rules(ruled);
    CHECK(test::allocations() == before);
    CHECK(kept);
}
