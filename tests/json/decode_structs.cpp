// SPDX-License-Identifier: MIT
// Objects into structs: which keys must be there, which may, and which are refused.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using notch::ErrorCode;

namespace {

struct Shape {
    std::uint32_t cpu = 0;
    std::uint64_t mem_bytes = 0;
    bool operator==(const Shape&) const = default;
};

struct Job {
    std::string name;
    Shape shape;
    std::optional<int> code;
    bool operator==(const Job&) const = default;
};

template <class T>
void check_refuses(std::string_view text, ErrorCode code, std::string_view field, const notch::Limits& limits = {}) {
    CAPTURE(text);
    const auto read = notch::from_json<T>(text, limits);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
    CHECK(read.error().field == field);
}

constexpr notch::Limits rejecting{.unknown_keys = notch::UnknownKeys::reject};

class Account {
public:
    explicit Account(std::string owner) : owner_{std::move(owner)} {}
    Account() = default;
    [[nodiscard]] const std::string& owner() const { return owner_; }
    [[nodiscard]] std::int64_t balance() const { return balance_; }
    NOTCH_FIELDS(owner_, balance_)

private:
    std::string owner_ = "nobody";
    std::int64_t balance_ = -1;
};

struct Optioned {
    std::string repo;
    int retries = 3;
    std::string secret = "default";
    int hidden = 7;
    int zero = 5;
    std::string text = "omitted";
    static constexpr auto notch_options() {
        return notch::options(
            notch::field("repo", notch::rename("repository"), notch::alias("repo_name"), notch::alias("project")),
            notch::field("retries", notch::defaulted), notch::field("secret", notch::redact),
            notch::field("hidden", notch::skip), notch::field("zero", notch::omit_empty),
            notch::field("text", notch::omit_default));
    }
};

}  // namespace

TEST_CASE("members in their order, in another order, and with white space") {
    const Job job{"a", {4, 5}, 6};
    for (const std::string_view text : {
             R"({"name":"a","shape":{"cpu":4,"mem_bytes":5},"code":6})",
             R"({"code":6,"shape":{"mem_bytes":5,"cpu":4},"name":"a"})",
             R"({"shape":{"cpu":4,"mem_bytes":5},"name":"a","code":6})",
             R"({"name": "a", "shape": {"cpu": 4, "mem_bytes": 5}, "code": 6})",
             "\n{\n\t\"name\" :\r\n\"a\" ,\n \"shape\" : { \"cpu\" : 4 , \"mem_bytes\" : 5 } , \"code\" : 6 }\n",
         }) {
        CAPTURE(text);
        const auto read = notch::from_json<Job>(text);
        REQUIRE(read);
        CHECK(*read == job);
    }
}

TEST_CASE("a missing member is an error unless it is optional") {
    CHECK(notch::from_json<Job>(R"({"name":"a","shape":{"cpu":4,"mem_bytes":5}})")->code == std::nullopt);
    CHECK(notch::from_json<Job>(R"({"name":"a","shape":{"cpu":4,"mem_bytes":5},"code":null})")->code == std::nullopt);
    check_refuses<Job>(R"({})", ErrorCode::missing_field, "/name");
    check_refuses<Job>(R"({ })", ErrorCode::missing_field, "/name");
    check_refuses<Job>(R"({"name":"a"})", ErrorCode::missing_field, "/shape");
    check_refuses<Job>(R"({"name":"a","shape":{"cpu":4}})", ErrorCode::missing_field, "/shape/mem_bytes");
    check_refuses<Job>(R"({"shape":{"cpu":4,"mem_bytes":5},"code":1})", ErrorCode::missing_field, "/name");
}

TEST_CASE("what is no object") {
    for (const std::string_view other : {"null", "1", "\"a\"", "[]", "true", "[{}]"}) {
        check_refuses<Job>(other, ErrorCode::type_mismatch, "");
        check_refuses<Job>(R"({"name":"a","shape":)" + std::string{other} + "}", ErrorCode::type_mismatch, "/shape");
    }
}

TEST_CASE("a field given twice is an error, however it is spelled") {
    check_refuses<Shape>(R"({"cpu":1,"mem_bytes":2,"cpu":1})", ErrorCode::duplicate_key, "/cpu");
    check_refuses<Shape>(R"({"cpu":1,"cpu":1,"mem_bytes":2})", ErrorCode::duplicate_key, "/cpu");
    check_refuses<Shape>(R"({"mem_bytes":2,"cpu":1,"mem_bytes":2})", ErrorCode::duplicate_key, "/mem_bytes");
    check_refuses<Shape>(R"({"cpu":1,"mem_bytes":2,"c\u0070u":1})", ErrorCode::duplicate_key, "/cpu");
    check_refuses<Job>(R"({"name":"a","shape":{"cpu":1,"cpu":1,"mem_bytes":2}})", ErrorCode::duplicate_key,
                       "/shape/cpu");
    check_refuses<Job>(R"({"name":"a","shape":{"cpu":1,"mem_bytes":2},"code":null,"code":null})",
                       ErrorCode::duplicate_key, "/code");
    // The same key in two objects is no duplicate, and an unknown key may repeat.
    CHECK(notch::from_json<std::vector<Shape>>(R"([{"cpu":1,"mem_bytes":2},{"cpu":1,"mem_bytes":2}])"));
    CHECK(notch::from_json<Shape>(R"({"cpu":1,"x":1,"mem_bytes":2,"x":2,"x":{"y":1,"y":1}})"));
}

TEST_CASE("escaped keys are recognised") {
    CHECK(notch::from_json<Shape>(R"({"\u0063pu":1,"mem\u005fbytes":2})").value_or(Shape{}) == Shape{1, 2});
    CHECK(notch::from_json<Shape>(R"({"\u0063\u0070\u0075":1,"\u006d\u0065\u006d_bytes":2})").value_or(Shape{}) ==
          Shape{1, 2});
    check_refuses<Shape>(R"({"\u0063pu ":1,"mem_bytes":2})", ErrorCode::missing_field, "/cpu");
    check_refuses<Shape>(R"({"\u0063p":1,"mem_bytes":2})", ErrorCode::missing_field, "/cpu");
    check_refuses<Shape>(R"({"cpu\u0000":1,"mem_bytes":2})", ErrorCode::missing_field, "/cpu");
}

TEST_CASE("keys that only begin or end as a member's are unknown") {
    for (const std::string_view key : {"cp", "cpuu", "cpu ", " cpu", "CPU", "", "mem_byte", "mem_bytess", "cpu\\\\"}) {
        CAPTURE(key);
        const std::string text = R"({"cpu":1,")" + std::string{key} + R"(":"other","mem_bytes":2})";
        CHECK(notch::from_json<Shape>(text).value_or(Shape{}) == Shape{1, 2});
        CHECK(notch::from_json<Shape>(text, rejecting).error().code == ErrorCode::unknown_key);
    }
}

TEST_CASE("unknown keys are skipped, or refused with their name") {
    constexpr std::string_view text = R"({"cpu":1,"more":{"cpu":[1,{"x":null}]},"mem_bytes":2})";
    CHECK(notch::from_json<Shape>(text).value_or(Shape{}) == Shape{1, 2});
    check_refuses<Shape>(text, ErrorCode::unknown_key, "/more", rejecting);
    check_refuses<Shape>(R"({"cpu":1,"mem_bytes":2,"a~b/c":0})", ErrorCode::unknown_key, "/a~0b~1c", rejecting);
    check_refuses<Shape>(R"({"cpu":1,"mem_bytes":2,"notch_id":0})", ErrorCode::unknown_key, "/notch_id", rejecting);
    check_refuses<Job>(R"({"name":"a","shape":{"cpu":1,"mem_bytes":2,"x":3}})", ErrorCode::unknown_key, "/shape/x",
                       rejecting);
    CHECK(notch::from_json<Shape>(R"({"cpu":1,"mem_bytes":2})", rejecting));
}

TEST_CASE("rename and alias, defaulted, redact, skip, omit_empty, omit_default") {
    const auto least = notch::from_json<Optioned>(R"({"repository":"o/r","secret":null})");
    REQUIRE(least);
    CHECK(least->repo == "o/r");
    CHECK(least->retries == 3);
    CHECK(least->secret == "default");
    CHECK(least->hidden == 7);
    CHECK(least->zero == 5);
    CHECK(least->text == "omitted");

    for (const std::string_view key : {"repository", "repo_name", "project", "pro\\u006aect"}) {
        CAPTURE(key);
        const auto read = notch::from_json<Optioned>(
            "{\"" + std::string{key} + R"(":"o/r","retries":1,"secret":{"any":["value"]},"zero":0,"text":""})");
        REQUIRE(read);
        CHECK(read->repo == "o/r");
        CHECK(read->retries == 1);
        CHECK(read->secret == "default");
        CHECK(read->zero == 0);
        CHECK(read->text.empty());
    }
    check_refuses<Optioned>(R"({"repository":"a","repo_name":"b","secret":0})", ErrorCode::duplicate_key, "/repo_name");
    check_refuses<Optioned>(R"({"project":"a","repo_name":"b","secret":0})", ErrorCode::duplicate_key, "/repo_name");
    check_refuses<Optioned>(R"({"repo":"a","secret":0})", ErrorCode::missing_field, "/repository");
    check_refuses<Optioned>(R"({"repo_name":7,"secret":0})", ErrorCode::type_mismatch, "/repo_name");
    check_refuses<Optioned>(R"({"repository":"a","secret":nul})", ErrorCode::syntax, "/secret");
    check_refuses<Optioned>(R"({"repository":"a","retries":null,"secret":0})", ErrorCode::type_mismatch, "/retries");
    // A skipped member is unknown to JSON.
    CHECK(notch::from_json<Optioned>(R"({"repository":"a","secret":0,"hidden":"any"})")->hidden == 7);
    check_refuses<Optioned>(R"({"repository":"a","secret":0,"hidden":8})", ErrorCode::unknown_key, "/hidden",
                            rejecting);
}

TEST_CASE("a class with private members is read into a default-constructed object") {
    const auto account = notch::from_json<Account>(R"({"owner_":"me","balance_":12})");
    REQUIRE(account);
    CHECK(account->owner() == "me");
    CHECK(account->balance() == 12);
    check_refuses<Account>(R"({"owner_":"me"})", ErrorCode::missing_field, "/balance_");
}

TEST_CASE("keys of every length, with bytes on all sides") {
    struct Keys {
        int a, ab, abcdefghijkl, abcdefghijklm, abcdefghijklmn, abcdefghijklmnopqrstuvwxyz_01,
            abcdefghijklmnopqrstuvwxyz_012, abcdefghijklmnopqrstuvwxyz_0123456789;
        bool operator==(const Keys&) const = default;
    };
    const Keys keys{1, 2, 3, 4, 5, 6, 7, 8};
    const std::string text = notch::to_json(keys);
    CHECK(notch::from_json<Keys>(text).value_or(Keys{}) == keys);
    // One byte of a key changed makes it another key.
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] < 'a' || text[at] > 'z') continue;
        std::string changed = text;
        changed[at] = 'Z';
        CAPTURE(changed);
        CHECK(notch::from_json<Keys>(changed).error().code == ErrorCode::missing_field);
    }
    for (std::size_t size = 0; size < text.size(); ++size) {
        const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
        const auto alone = notch::from_json<Keys>(std::string_view{exact.data(), exact.size()});
        const auto part = notch::from_json<Keys>(std::string_view{text}.substr(0, size));  // the rest of the key stands behind
        REQUIRE_FALSE(alone);
        REQUIRE_FALSE(part);
        CHECK(part.error().message() == alone.error().message());
    }
}

TEST_CASE("keys that need escapes, and keys beyond ASCII") {
    struct Odd {
        int quote = 0, slash = 0, accent = 0, control = 0;
        static constexpr auto notch_options() {
            return notch::options(
                notch::field("quote", notch::rename("a\"b")), notch::field("slash", notch::rename("a\\b")),
                notch::field("accent", notch::rename("\xc3\xa9")), notch::field("control", notch::rename("a\tb")));
        }
    };
    const auto odd = notch::from_json<Odd>(notch::to_json(Odd{1, 2, 3, 4}));
    REQUIRE(odd);
    CHECK(odd->quote == 1);
    CHECK(odd->slash == 2);
    CHECK(odd->accent == 3);
    CHECK(odd->control == 4);
    check_refuses<Odd>(R"({"a"b":1})", ErrorCode::syntax, "");
    // What stands in the text is the key with its escapes, which mean another one.
    const auto backspace = notch::from_json<Odd>(R"({"a\b":1,"a\"b":2,"\u00e9":3,"a\tb":4,"a\\b":5})");
    REQUIRE(backspace);
    CHECK(backspace->slash == 5);
}

TEST_CASE("more than 64 fields") {
    struct Many {
        int v00 = 0, v01 = 0, v02 = 0, v03 = 0, v04 = 0, v05 = 0, v06 = 0, v07 = 0, v08 = 0, v09 = 0, v10 = 0, v11 = 0,
            v12 = 0, v13 = 0;
        int v14 = 0, v15 = 0, v16 = 0, v17 = 0, v18 = 0, v19 = 0, v20 = 0, v21 = 0, v22 = 0, v23 = 0, v24 = 0, v25 = 0,
            v26 = 0, v27 = 0;
        int v28 = 0, v29 = 0, v30 = 0, v31 = 0, v32 = 0, v33 = 0, v34 = 0, v35 = 0, v36 = 0, v37 = 0, v38 = 0, v39 = 0,
            v40 = 0, v41 = 0;
        int v42 = 0, v43 = 0, v44 = 0, v45 = 0, v46 = 0, v47 = 0, v48 = 0, v49 = 0, v50 = 0, v51 = 0, v52 = 0, v53 = 0,
            v54 = 0, v55 = 0;
        int v56 = 0, v57 = 0, v58 = 0, v59 = 0, v60 = 0, v61 = 0, v62 = 0, v63 = 0, v64 = 0, v65 = 0;
        NOTCH_FIELDS(v00, v01, v02, v03, v04, v05, v06, v07, v08, v09, v10, v11, v12, v13, v14, v15, v16, v17, v18, v19,
                     v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31, v32, v33, v34, v35, v36, v37, v38, v39,
                     v40, v41, v42, v43, v44, v45, v46, v47, v48, v49, v50, v51, v52, v53, v54, v55, v56, v57, v58, v59,
                     v60, v61, v62, v63, v64, v65)
    };
    Many many;
    many.v00 = 1;
    many.v63 = 2;
    many.v64 = 3;
    many.v65 = 4;
    std::string text = notch::to_json(many);
    const auto read = notch::from_json<Many>(text);
    REQUIRE(read);
    CHECK(read->v00 == 1);
    CHECK(read->v63 == 2);
    CHECK(read->v64 == 3);
    CHECK(read->v65 == 4);
    text.pop_back();
    check_refuses<Many>(text + R"(,"v64":3})", ErrorCode::duplicate_key, "/v64");
    check_refuses<Many>(text + R"(,"v00":1})", ErrorCode::duplicate_key, "/v00");
    text.resize(text.rfind(",\"v65\""));
    check_refuses<Many>(text + "}", ErrorCode::missing_field, "/v65");
}

TEST_CASE("a struct that contains itself is bounded by the depth limit") {
    struct Node {
        std::vector<Node> children;
    };
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += R"({"children":[)";
    CHECK(notch::from_json<Node>(text).error().code == ErrorCode::limit);
    const notch::Limits deep{.max_bytes = text.size(), .max_depth = 1'000'000};
    CHECK(notch::from_json<Node>(text, deep).error().code == ErrorCode::limit);
    CHECK(notch::from_json<Node>(R"({"children":[{"children":[]},{"children":[{"children":[]}]}]})")->children.size() ==
          2);
}

TEST_CASE("an empty struct takes any object") {
    struct Empty {};
    CHECK(notch::from_json<Empty>("{}"));
    CHECK(notch::from_json<Empty>(R"({"a":1})"));
    check_refuses<Empty>(R"({"a":1})", ErrorCode::unknown_key, "/a", rejecting);
    check_refuses<Empty>("[]", ErrorCode::type_mismatch, "");
    check_refuses<Empty>("{} {}", ErrorCode::trailing, "");
}
