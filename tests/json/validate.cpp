// SPDX-License-Identifier: MIT
// The grammar of RFC 8259, document by document: by itself, under a key that is skipped, and as RawJson.
#include "notch.hpp"

#include "json_corpus.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;

namespace {

struct Known {
    int known = 0;
};

std::string nested(std::string_view document) { return "{\"unknown\":" + std::string{document} + ",\"known\":1}"; }
std::string deeply_nested(std::string_view document) {
    return "{\"unknown\":[0,{\"a\":[1,{\"b\":" + std::string{document} + "}]}],\"known\":1}";
}

bool reads(std::string_view text) {
    const auto known = notch::from_json<Known>(text);
    return known && known->known == 1;
}

}  // namespace

TEST_CASE("every valid document is accepted") {
    CHECK(std::size(test::valid_documents) >= 95);
    for (const std::string_view document : test::valid_documents) {
        CAPTURE(document);
        const auto valid = notch::validate_json(document);
        if (!valid) FAIL_CHECK(notch::explain(valid.error(), document));
        CHECK(reads(nested(document)));
        CHECK(reads(deeply_nested(document)));
        CHECK(notch::from_json<notch::RawJson>(document));
        CHECK(notch::detail::is_json(document));
    }
}

TEST_CASE("every invalid document is refused") {
    CHECK(std::size(test::invalid_documents) >= 188);
    for (const std::string_view document : test::invalid_documents) {
        CAPTURE(document);
        CHECK_FALSE(notch::validate_json(document));
        CHECK_FALSE(reads(nested(document)));
        CHECK_FALSE(reads(deeply_nested(document)));
        CHECK_FALSE(notch::from_json<notch::RawJson>(document));
        CHECK_FALSE(notch::detail::is_json(document));
    }
}

TEST_CASE("what is valid inside a document alone is no document") {
    for (const std::string_view document : {"1,\"a\":2"sv, "1}, {"sv, "[1],[2]"sv, "1\n2"sv}) {
        CAPTURE(document);
        CHECK_FALSE(notch::validate_json(document));
    }
    CHECK(reads(nested("1,\"a\":2")));
}

TEST_CASE("what stands behind the end of the text is not looked at") {
    for (const std::string_view document : test::valid_documents) {
        for (std::size_t size = 0; size < document.size(); ++size) {
            const std::string_view text = document.substr(0, size);  // goes on as the document does
            const std::vector<char> alone(text.begin(), text.end());
            CAPTURE(text);
            const auto part = notch::validate_json(text);
            const auto copy = notch::validate_json({alone.data(), alone.size()});
            CHECK(part.has_value() == copy.has_value());
            if (!part && !copy) CHECK(part.error().message() == copy.error().message());
        }
    }
    // Nor is a cut escape made whole by what follows.
    CHECK_FALSE(notch::validate_json(std::string_view{"\"\\u0041\"", 6}));
    CHECK(notch::validate_json(std::string_view{"\"\\u0041\" ", 8}));
}

TEST_CASE("an error of the grammar has its place, its code and its words") {
    struct Case {
        std::string_view text;
        notch::ErrorCode code;
        std::string_view message;
    };
    using enum notch::ErrorCode;
    const Case cases[] = {
        {"", syntax, "line 1, column 1: expected a value, found the end of the text"},
        {{}, syntax, "line 1, column 1: expected a value, found the end of the text"},
        {"  ", syntax, "line 1, column 3: expected a value, found the end of the text"},
        {"nul", syntax, "line 1, column 1: expected null, found nul"},
        {"[1,2", syntax, "line 1, column 5: expected ',' or ']', found the end of the text"},
        {"[1,]", syntax, "line 1, column 4, /1: expected a value, found ']'"},
        {"[1,\n 2,\n }", syntax, "line 3, column 2, /2: expected a value, found '}'"},
        {"{\"a\":1", syntax, "line 1, column 7: expected ',' or '}', found the end of the text"},
        {"{\"a\" 1}", syntax, "line 1, column 6: expected ':' behind the key, found 1"},
        {"{a:1}", syntax, "line 1, column 2: expected a key in quotes, found a"},
        {"{'a':1}", syntax, "line 1, column 2: expected a key in quotes, found a single quote"},
        {"{\"a\":1,}", syntax, "line 1, column 8: expected a key in quotes, found '}'"},
        {"{\"a\":[{\"b\":tru}]}", syntax, "line 1, column 12, /a/0/b: expected true, found tru"},
        {"[01]", syntax, "line 1, column 2, /0: expected a number, found 01"},
        {"[1 2]", syntax, "line 1, column 4: expected ',' or ']', found 2"},
        {"1 2", trailing, "line 1, column 3: expected nothing behind the value, found 2"},
        {"[\"a", syntax, "line 1, column 4, /0: expected the closing quote of the string, found the end of the text"},
        {"[\"a\nb\"]", syntax,
         "line 1, column 4, /0: expected control characters in strings as escapes, found the byte 0x0a"},
        {"[\"\x1f\"]", syntax,
         "line 1, column 3, /0: expected control characters in strings as escapes, found the byte 0x1f"},
        {"[\"\\x\"]", syntax, "line 1, column 3, /0: expected an escape such as \\n or \\u0041, found \\x"},
        {"[\"\\u00g0\"]", syntax, "line 1, column 3, /0: expected four hexadecimal digits behind \\u, found \\u00"},
        {"[\"\\ud800\"]", encoding,
         "line 1, column 3, /0: expected a low surrogate behind this high one, found \\ud800"},
        {"[\"\\udc00\"]", encoding,
         "line 1, column 3, /0: expected a high surrogate before this low one, found \\udc00"},
        {"[\"\xff\"]", encoding, "line 1, column 3, /0: expected valid UTF-8, found the byte 0xff"},
        {"\xef\xbb\xbf[]", encoding,
         "line 1, column 1: expected UTF-8 without a byte order mark, found a byte order mark"},
        {"\xef\xbb\xbf", encoding,
         "line 1, column 1: expected UTF-8 without a byte order mark, found a byte order mark"},
        {"\xff\xfe", encoding, "line 1, column 1: expected UTF-8 without a byte order mark, found UTF-16 or UTF-32"},
        {"1\0"sv, encoding, "line 1, column 1: expected UTF-8 without a byte order mark, found UTF-16 or UTF-32"},
        {"\xfe\xff\0["sv, encoding,
         "line 1, column 1: expected UTF-8 without a byte order mark, found UTF-16 or UTF-32"},
        {"[\0]\0"sv, encoding, "line 1, column 1: expected UTF-8 without a byte order mark, found UTF-16 or UTF-32"},
        {"\xe2\x82\xac", syntax, "line 1, column 1: expected a value, found the byte 0xe2"},
        {"[1e400]", out_of_range, "line 1, column 2, /0: expected a number that a double can hold, found 1e400"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto valid = notch::validate_json(c.text);
        REQUIRE_FALSE(valid);
        CHECK(valid.error().code == c.code);
        CHECK(valid.error().message() == c.message);
    }
}

TEST_CASE("depth, keys and digits beyond reason are read or refused in linear time") {
    constexpr std::size_t many = 200'000;
    constexpr notch::Limits wide{
        .max_bytes = 64U << 20, .max_depth = many, .max_string = 8U << 20, .max_elements = many};
    const auto times = [](std::string_view text, std::size_t n) {
        std::string out;
        out.reserve(text.size() * n);
        for (std::size_t i = 0; i < n; ++i) out += text;
        return out;
    };

    SUBCASE("depth") {
        for (const std::string_view open : {"["sv, "{\"a\":"sv, "[{\"a\":"sv}) {
            CHECK(notch::validate_json(times(open, many), wide).error().code == notch::ErrorCode::limit);
            CHECK(notch::validate_json(times(open, many)).error().code == notch::ErrorCode::limit);
            CHECK(notch::from_json<Known>("{\"unknown\":" + times(open, many), wide).error().code ==
                  notch::ErrorCode::limit);
        }
        CHECK(notch::validate_json(times("[", 1024) + times("]", 1024), wide));
        CHECK(notch::validate_json(times("[", 1025) + times("]", 1025), wide).error().expected ==
              "at most 1024 levels (max_depth)");
    }
    SUBCASE("keys") {
        std::string text = "{";
        for (std::size_t i = 0; i < many; ++i) text += "\"key" + std::to_string(i) + "\":1,";
        text += "\"known\":1}";
        CHECK(notch::validate_json(text, wide).error().code == notch::ErrorCode::limit);
        const notch::Limits enough{.max_bytes = wide.max_bytes, .max_elements = many + 1};
        CHECK(notch::validate_json(text, enough));
        CHECK(notch::from_json<Known>(text, enough));
        CHECK(notch::from_json<Known>(text).error().code == notch::ErrorCode::limit);
    }
    SUBCASE("digits") {
        const std::string digits = times("9", 4U << 20);
        CHECK(notch::validate_json("0." + digits, wide));
        CHECK(notch::from_json<double>("0." + digits, wide).value_or(0.0) == 1.0);
        CHECK(notch::validate_json(digits, wide).error().code == notch::ErrorCode::out_of_range);
        CHECK(notch::from_json<double>(digits, wide).error().code == notch::ErrorCode::out_of_range);
        CHECK(notch::from_json<int>(digits, wide).error().code == notch::ErrorCode::out_of_range);
        CHECK(notch::from_json<double>("1e-" + digits, wide).value_or(1.0) == 0.0);
    }
    SUBCASE("strings and white space") {
        CHECK(notch::validate_json('"' + times("\\u00e9", 1U << 20) + '"', wide));
        CHECK(notch::validate_json('"' + times("\xc3\xa9", 1U << 20) + '"', wide));
        CHECK(notch::validate_json(times(" \n\t\r", 1U << 20) + "1", wide));
    }
}
