// SPDX-License-Identifier: MIT
// event_name<T>: the unqualified type name in snake_case, whatever scope the type lives in and however it is spelled.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string_view>

struct RunnerStart {};
struct HTTPServer {};
struct lower {};
struct lowerThenUpper {};
struct A {};
struct AB {};
struct Version2Point10 {};
struct Snake_case {};
struct Under_Score {};
struct Trailing_ {};
struct _Leading {};
typedef struct {
    int a;
} NamedByTypedef;

namespace outer {
struct InNamespace {};
inline namespace v2 {
struct InInlineNamespace {};
}  // namespace v2
struct Holder {
    struct Nested {
        struct DeeperStill {};
    };
    template <class T>
    struct NestedTemplate {};
};
template <class T>
struct Templated {
    struct Inner {};
    template <class U>
    struct InnerTemplate {};
};
template <class... T>
struct Variadic {};
template <auto V>
struct OfValue {
    struct Inner {};
};
template <std::size_t N>
struct Literal {
    char text[N]{};
    consteval Literal(const char (&from)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
    }
};
template <Literal L>
struct OfLiteral {
    struct Inner {};
};
}  // namespace outer

namespace {

struct InAnonymousNamespace {};

struct Named {
    static constexpr std::string_view notch_name() { return "vm.compute.start"; }
};
struct InheritsName : Named {};

struct Operand {};
auto operator<(Operand, Operand) {
    struct InLess {};
    return InLess{};
}
auto operator>(Operand, Operand) {
    struct InGreater {};
    return InGreater{};
}
auto operator<<(Operand, Operand) {
    struct InShiftLeft {};
    return InShiftLeft{};
}
auto operator>>(Operand, Operand) {
    struct InShiftRight {};
    return InShiftRight{};
}
struct Callable {
    auto operator()(int) {
        struct InCall {};
        return InCall{};
    }
    auto operator[](int) {
        struct InSubscript {};
        return InSubscript{};
    }
    auto operator->() {
        struct InArrow {};
        static InArrow object;
        return &object;
    }
    template <class T>
    auto member() {
        struct InMemberTemplate {};
        return InMemberTemplate{};
    }
};

template <class T>
auto in_function_template(T) {
    struct InFunctionTemplate {};
    return InFunctionTemplate{};
}

template <class T>
constexpr std::string_view name_of(const T&) {
    return notch::event_name<T>;
}

}  // namespace

TEST_CASE("every capital but the first starts a word") {
    static_assert(notch::event_name<RunnerStart> == "runner_start");
    static_assert(notch::event_name<HTTPServer> == "h_t_t_p_server");
    static_assert(notch::event_name<lower> == "lower");
    static_assert(notch::event_name<lowerThenUpper> == "lower_then_upper");
    static_assert(notch::event_name<A> == "a");
    static_assert(notch::event_name<AB> == "a_b");
    static_assert(notch::event_name<Version2Point10> == "version2_point10");
    CHECK(notch::event_name<RunnerStart> == "runner_start");
}

TEST_CASE("underscores stay where they are") {
    CHECK(notch::event_name<Snake_case> == "snake_case");
    CHECK(notch::event_name<Under_Score> == "under__score");
    CHECK(notch::event_name<Trailing_> == "trailing_");
    CHECK(notch::event_name<_Leading> == "__leading");
}

TEST_CASE("the scope is dropped") {
    CHECK(notch::event_name<outer::InNamespace> == "in_namespace");
    CHECK(notch::event_name<outer::InInlineNamespace> == "in_inline_namespace");
    CHECK(notch::event_name<outer::Holder::Nested> == "nested");
    CHECK(notch::event_name<outer::Holder::Nested::DeeperStill> == "deeper_still");
    CHECK(notch::event_name<InAnonymousNamespace> == "in_anonymous_namespace");
    CHECK(notch::event_name<NamedByTypedef> == "named_by_typedef");
    using Alias = outer::Holder::Nested;
    CHECK(notch::event_name<Alias> == "nested");
    CHECK(notch::event_name<const RunnerStart> == "runner_start");
}

TEST_CASE("template arguments are dropped, of the type and of what it is nested in") {
    using outer::Templated;
    CHECK(notch::event_name<Templated<int>> == "templated");
    CHECK(notch::event_name<Templated<Templated<outer::Holder::Nested>>> == "templated");
    CHECK(notch::event_name<Templated<Templated<int>>::Inner> == "inner");
    CHECK(notch::event_name<Templated<outer::InNamespace>::InnerTemplate<outer::Holder>> == "inner_template");
    CHECK(notch::event_name<outer::Holder::NestedTemplate<outer::InNamespace>> == "nested_template");
    CHECK(notch::event_name<outer::Variadic<>> == "variadic");
    CHECK(notch::event_name<outer::Variadic<int (*)(char), const char*, void (RunnerStart::*)() const>> == "variadic");
}

TEST_CASE("brackets, colons and quotes among the template arguments do not mislead") {
    using outer::OfLiteral;
    using outer::OfValue;
    CHECK(notch::event_name<OfValue<'<'>> == "of_value");
    CHECK(notch::event_name<OfValue<'>'>> == "of_value");
    CHECK(notch::event_name<OfValue<':'>> == "of_value");
    CHECK(notch::event_name<OfValue<'('>> == "of_value");
    CHECK(notch::event_name<OfValue<'\''>> == "of_value");
    CHECK(notch::event_name<OfValue<'"'>> == "of_value");
    CHECK(notch::event_name<OfValue<'\\'>> == "of_value");
    CHECK(notch::event_name<OfValue<'<'>::Inner> == "inner");
    CHECK(notch::event_name<OfValue<'>'>::Inner> == "inner");
    CHECK(notch::event_name<OfValue<&Callable::operator-> >> == "of_value");
    CHECK(notch::event_name<OfValue<&Callable::operator-> >::Inner> == "inner");
    CHECK(notch::event_name<OfLiteral<"a<b">> == "of_literal");
    CHECK(notch::event_name<OfLiteral<"a>b::c">> == "of_literal");
    CHECK(notch::event_name<OfLiteral<"say \"<<\"">> == "of_literal");
    CHECK(notch::event_name<OfLiteral<"a<b">::Inner> == "inner");
}

TEST_CASE("local types") {
    struct InTestCase {};
    CHECK(notch::event_name<InTestCase> == "in_test_case");

    const auto plain = [](int) {
        struct InLambda {};
        return InLambda{};
    };
    const auto generic = [](auto) {
        struct InGenericLambda {};
        return InGenericLambda{};
    };
    const auto nested = [] {
        return [](auto...) {
            struct InNestedLambda {};
            return InNestedLambda{};
        };
    };
    CHECK(name_of(plain(1)) == "in_lambda");
    CHECK(name_of(generic(1)) == "in_generic_lambda");
    CHECK(name_of(generic(outer::Templated<int>{})) == "in_generic_lambda");
    CHECK(name_of(nested()(1, 'c')) == "in_nested_lambda");
    CHECK(name_of(in_function_template(1)) == "in_function_template");
    CHECK(name_of(in_function_template(outer::Templated<outer::Holder::Nested>{})) == "in_function_template");
    CHECK(name_of(in_function_template(plain)) == "in_function_template");
    CHECK(name_of(Callable{}.member<outer::Holder>()) == "in_member_template");
}

TEST_CASE("types local to operators, whose names hold brackets") {
    CHECK(name_of(Operand{} < Operand{}) == "in_less");
    CHECK(name_of(Operand{} > Operand{}) == "in_greater");
    CHECK(name_of(Operand{} << Operand{}) == "in_shift_left");
    CHECK(name_of(Operand{} >> Operand{}) == "in_shift_right");
    Callable callable;
    CHECK(name_of(callable(1)) == "in_call");
    CHECK(name_of(callable[1]) == "in_subscript");
    CHECK(name_of(*callable.operator->()) == "in_arrow");
}

TEST_CASE("notch_name() overrides the name, in local structs too") {
    struct Local {
        static constexpr std::string_view notch_name() { return "local.override"; }
    };
    CHECK(notch::event_name<Named> == "vm.compute.start");
    CHECK(notch::event_name<Local> == "local.override");
    CHECK(notch::event_name<InheritsName> == "vm.compute.start");
}
