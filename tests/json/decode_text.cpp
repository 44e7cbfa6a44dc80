// SPDX-License-Identifier: MIT
// Strings into fields: escapes taken out, UTF-8 checked, views only where nothing has to be changed.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

template <class T>
struct Holds {
    T v{};
};

std::string quoted(std::string_view inside) { return "{\"v\":\"" + std::string{inside} + "\"}"; }

struct Case {
    std::string_view inside;
    std::string_view text;
};
constexpr Case cases[] = {
    {"", ""},
    {"a", "a"},
    {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
    {R"(\u0041\u00e9\u20AC\ud834\udd1e)", "A\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e"},
    {R"(\u007f\u0080\u07ff\u0800\uffff\ud800\udc00\udbff\udfff)",
     "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
    {R"(a\u0000b)", "a\0b"sv},
    {"\xc3\xa9t\xc3\xa9 \xf0\x9d\x84\x9e", "\xc3\xa9t\xc3\xa9 \xf0\x9d\x84\x9e"},
    {R"(\\u0041)", "\\u0041"},
    {R"(\\\\\\\")", "\\\\\\\""},
};

template <class C>
struct CountingAllocator : std::allocator<C> {
    template <class Other>
    struct rebind {
        using other = CountingAllocator<Other>;
    };
};
using OtherString = std::basic_string<char, std::char_traits<char>, CountingAllocator<char>>;

}  // namespace

TEST_CASE("std::string takes every string") {
    for (const Case& c : cases) {
        CAPTURE(c.inside);
        const auto read = notch::from_json<Holds<std::string>>(quoted(c.inside));
        REQUIRE(read);
        CHECK(read->v == c.text);
        const auto other = notch::from_json<Holds<OtherString>>(quoted(c.inside));
        REQUIRE(other);
        CHECK(std::string_view{other->v} == c.text);
    }
}

TEST_CASE("an escape, a character or an end at every place of a block") {
    for (std::size_t length = 0; length < 70; ++length) {
        for (const Case& c : cases) {
            const std::string before(length, 'x');
            const std::string after(69 - length, 'y');
            const auto read = notch::from_json<Holds<std::string>>(quoted(before + std::string{c.inside} + after));
            REQUIRE(read);
            CHECK(read->v == before + std::string{c.text} + after);
        }
        for (const std::string_view bad : {"\n"sv, "\xff"sv, "\xc3"sv, "\\x"sv, "\\ud800"sv, "\0"sv}) {
            const std::string text =
                quoted(std::string(length, 'x') + std::string{bad} + std::string(69 - length, 'y'));
            const auto read = notch::from_json<Holds<std::string>>(text);
            REQUIRE_FALSE(read);
            CHECK(read.error().field == "/v");
            CHECK(read.error().byte == 6 + length);
        }
    }
}

TEST_CASE("only a string is read into a text") {
    for (const std::string_view other : {"7", "true", "null", "[]", "{}", "[\"a\"]"}) {
        CAPTURE(other);
        const std::string text = "{\"v\":" + std::string{other} + "}";
        CHECK(notch::from_json<Holds<std::string>>(text).error().code == notch::ErrorCode::type_mismatch);
        CHECK(notch::from_json<Holds<std::string_view>>(text).error().code == notch::ErrorCode::type_mismatch);
        CHECK(notch::from_json<Holds<char[8]>>(text).error().code == notch::ErrorCode::type_mismatch);
    }
}

TEST_CASE("std::string_view points into the text, so it takes only strings without escapes") {
    const std::string text = quoted("caf\xc3\xa9");
    const auto view = notch::from_json<Holds<std::string_view>>(text);
    REQUIRE(view);
    CHECK(view->v == "caf\xc3\xa9");
    CHECK(view->v.data() == text.data() + 6);

    const std::string escaped = quoted("caf\\u00e9");
    const auto refused = notch::from_json<Holds<std::string_view>>(escaped);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == notch::ErrorCode::needs_copy);
    CHECK(refused.error().field == "/v");
    CHECK(notch::from_json<Holds<std::string>>(escaped)->v == "caf\xc3\xa9");
}

static_assert(notch::detail::borrows_text<std::map<std::string_view, int>>);
static_assert(notch::detail::borrows_text<std::map<std::string, std::string_view>>);
static_assert(!notch::detail::borrows_text<std::map<std::string, int>>);

TEST_CASE("a type that holds a view may be read from what outlives it") {
    const std::string text = R"({"v":["a","b"]})";
    const std::string_view view = text;
    using Views = Holds<std::vector<std::string_view>>;
    CHECK(notch::from_json<Views>(text)->v[1] == "b");
    CHECK(notch::from_json<Views>(view)->v[1] == "b");
    CHECK(notch::from_json<Views>(R"({"v":["a","b"]})")->v[1] == "b");
    CHECK(notch::from_json<Holds<std::vector<std::string>>>(std::string{text})->v[1] == "b");

    struct Node {
        std::string name;
        std::vector<Node> children;
    };
    struct ViewNode {
        std::vector<ViewNode> children;
        std::optional<std::string_view> name;
    };
    static_assert(!notch::detail::borrows_text<std::string>);
    static_assert(!notch::detail::borrows_text<Node>);
    static_assert(!notch::detail::borrows_text<char[4]>);
    static_assert(notch::detail::borrows_text<std::string_view>);
    static_assert(notch::detail::borrows_text<Views>);
    static_assert(notch::detail::borrows_text<std::vector<Holds<std::optional<std::string_view>>>>);
    static_assert(notch::detail::borrows_text<ViewNode>);
}

TEST_CASE("an array of characters takes what fits") {
    using Four = Holds<char[4]>;
    const auto text = [](const auto& read) { return std::string_view{read->v, 4}; };
    CHECK(text(notch::from_json<Four>(quoted(""))) == "\0\0\0\0"sv);
    CHECK(text(notch::from_json<Four>(quoted("abc"))) == "abc\0"sv);
    CHECK(text(notch::from_json<Four>(quoted("abcd"))) == "abcd"sv);
    CHECK(text(notch::from_json<Four>(quoted("\\u20acx"))) == "\xe2\x82\xacx"sv);
    CHECK(text(notch::from_json<Four>(quoted("\xe2\x82\xacx"))) == "\xe2\x82\xacx"sv);
    for (const std::string_view inside : {"abcde"sv, "\\u20ac\\u20ac"sv, "abcd\\n"sv, "a\\u0000b"sv, "\\u0000"sv}) {
        CAPTURE(inside);
        const auto refused = notch::from_json<Four>(quoted(inside));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == notch::ErrorCode::out_of_range);
        CHECK(refused.error().expected == "a string of at most 4 bytes without NUL");
    }
}

TEST_CASE("nothing stays of what an array of characters held before") {
    struct Code {
        char code[4] = {'a', 'b', 'c', 'd'};
        static constexpr auto notch_options() { return notch::field("code", notch::defaulted); }
    };
    const auto text = [](std::string_view json) { return std::string{notch::from_json<Code>(json)->code, 4}; };
    CHECK(text(R"({"code":"x"})") == std::string{"x\0\0\0", 4});
    CHECK(text(R"({"code":""})") == std::string(4, '\0'));
    CHECK(text("{}") == "abcd");
}

TEST_CASE("a string at the very end of the text") {
    for (std::size_t length = 0; length < 40; ++length) {
        const std::string inside(length, 'x');
        const std::string text = '"' + inside + '"';
        // On the heap and to the byte, so that a reader that looks further is caught by the address sanitizer.
        const std::vector<char> exact(text.begin(), text.end());
        CHECK(notch::from_json<std::string>(std::string_view{exact.data(), exact.size()}).value_or("-"s) == inside);
        CHECK_FALSE(notch::from_json<std::string>(std::string_view{exact.data(), exact.size() - 1}));
    }
}

TEST_CASE("escapes at every place of strings that are put together in pieces") {
    struct Escape {
        std::string_view written;
        std::string_view meant;
    };
    constexpr Escape escapes[] = {
        {"\\n", "\n"}, {"\\u00e9", "\xc3\xa9"}, {"\\u20ac", "\xe2\x82\xac"}, {"\\ud834\\udd1e", "\xf0\x9d\x84\x9e"}};
    int wrong = 0;
    for (const Escape& escape : escapes) {
        for (std::size_t before = 0; before < 540; before += before < 236 || before > 262 ? 13 : 1) {
            for (const std::size_t behind : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{300}}) {
                const std::string head(before, 'a');
                const std::string tail(behind, 'z');
                std::string text = '"' + head;
                text.append(escape.written).append(escape.written) += tail + '"';
                const std::vector<char> exact(text.begin(), text.end());
                std::string expected = head;
                expected.append(escape.meant).append(escape.meant) += tail;
                const auto read = notch::from_json<std::string>(std::string_view{exact.data(), exact.size()});
                wrong += read && *read == expected ? 0 : 1;
            }
        }
    }
    CHECK(wrong == 0);
}
