// SPDX-License-Identifier: MIT
// NOTCH_FIELDS: constructors, private members, bases, virtual functions, local classes, templates.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

class Job {
public:
    explicit Job(int id) : id_{id} {}
    NOTCH_FIELDS(id_, name_)

private:
    int id_;
    std::string name_ = "build";
};

class Base {
public:
    explicit Base(int from) : inherited{from} {}
    virtual ~Base() = default;
    [[nodiscard]] virtual int kind() const { return 1; }
    int inherited;

protected:
    std::string guarded = "g";
};
class Derived final : public Base {
public:
    Derived() : Base{7} {}
    [[nodiscard]] int kind() const override { return 2; }
    NOTCH_FIELDS(own, inherited, guarded)

private:
    double own = 0.5;
};

struct Left {
    int x = 1;
};
struct Right {
    int y = 2;
};
struct Both : Left, virtual Right {
    int z = 3;
    NOTCH_FIELDS(z, y, x)
};

/// Lists fields, and is derived from by one that lists its own.
struct Listed {
    int a = 1;
    NOTCH_FIELDS(a)
};
struct ListedAgain : Listed {
    int b = 2;
    NOTCH_FIELDS(a, b)
};

struct Part {
    int a = 1;
    int b = 2;
    NOTCH_FIELDS(b)
};

struct Empty {
    explicit Empty(int) {}
    NOTCH_FIELDS()
};

template <class T>
class Generic {
public:
    explicit Generic(T v) : value_{std::move(v)} {}
    NOTCH_FIELDS(value_, list_)

private:
    T value_;
    T list_[2]{};
};

struct Holder {
    Job job{1};
    std::optional<Job> maybe;
    Job jobs[1]{Job{2}};
};

}  // namespace

TEST_CASE("constructors and private members") {
    CHECK(notch::to_json(Job{7}) == R"({"id_":7,"name_":"build"})");
    CHECK(notch::event_name<Job> == "job");
}

TEST_CASE("bases, virtual functions, inherited fields, in the order of the list") {
    CHECK(notch::to_json(Derived{}) == R"({"own":0.5,"inherited":7,"guarded":"g"})");
    CHECK(notch::to_json(Both{}) == R"({"z":3,"y":2,"x":1})");
    CHECK(notch::to_json(ListedAgain{}) == R"({"a":1,"b":2})");
}

TEST_CASE("a list may leave fields out, or be empty") {
    CHECK(notch::to_json(Part{}) == R"({"b":2})");
    CHECK(notch::to_json(Empty{1}) == "{}");
}

TEST_CASE("local classes, templates, and lists over several lines") {
    class Local {
    public:
        explicit Local(std::string text) : text_{std::move(text)} {}
        // clang-format off
        NOTCH_FIELDS(text_  ,
                     numbers_,/* a comment */
                     last)
        // clang-format on

    private:
        std::string text_;
        int numbers_[2] = {1, 2};

    public:
        bool last = true;
    };
    CHECK(notch::to_json(Local{"x"}) == R"({"text_":"x","numbers_":[1,2],"last":true})");
    CHECK(notch::to_json(Generic<int>{5}) == R"({"value_":5,"list_":[0,0]})");
    CHECK(notch::to_json(Generic<std::string>{"s"}) == R"({"value_":"s","list_":["",""]})");
}

TEST_CASE("inside plain structs, optionals and arrays") {
    CHECK(notch::to_json(Holder{}) == R"({"job":{"id_":1,"name_":"build"},"jobs":[{"id_":2,"name_":"build"}]})");
    CHECK(notch::to_json(Holder{Job{1}, Job{3}, {Job{2}}}) ==
          R"({"job":{"id_":1,"name_":"build"},"maybe":{"id_":3,"name_":"build"},"jobs":[{"id_":2,"name_":"build"}]})");
}

TEST_CASE("options beside the list") {
    class Account {
    public:
        Account() {}
        NOTCH_FIELDS(user_, password_)
        static constexpr auto notch_options() {
            return notch::options(notch::field("user_", notch::rename("user")),
                                  notch::field("password_", notch::redact));
        }
        static constexpr std::string_view notch_name() { return "account.used"; }

    private:
        std::string user_ = "u";
        std::string password_ = "p";
    };
    const auto clock = [] { return std::int64_t{1'000'000}; };
    CHECK(notch::to_line(Account{}, clock) ==
          R"({"timestamp":1.000000,"event":"account.used","user":"u","password_":"[redacted]"})");
}

TEST_CASE("fields are visited as what they are, constant or not") {
    Part part;
    notch::detail::Fields<Part>::visit(part, [](int& b) { b = 9; });
    CHECK(part.b == 9);
    CHECK(notch::detail::Fields<Part>::visit(std::as_const(part), [](const int& b) { return b; }) == 9);
}
