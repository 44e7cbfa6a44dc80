// SPDX-License-Identifier: MIT
// An event that goes through the flat record and its schema gives exactly the bytes of to_line: the two writers share no code
// that knows a struct, so each is the other's reference. The structs are made at random from types of every kind, the values
// from a seed; a record that fails is printed with both.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <ratio>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

constexpr std::int64_t stamp = 1'795'190'400'123'456;

/// The bytes of an event's flat record, in a block of exactly their size, so that a sanitizer sees a step too far.
template <class T>
std::vector<char> flat_record(const T& event) {
    std::vector<char> body(notch::detail::flat_event_size(event));
    notch::detail::write_flat_event(body.data(), event, stamp);
    return body;
}

template <class T>
std::string rendered(const T& event) {
    const std::vector<char> body = flat_record(event);
    notch::detail::Buffer out;
    notch::detail::Renderer renderer{out};
    REQUIRE(renderer.line(notch::detail::event_schema<T>, body.data(), body.size()));
    return std::string{out.view()};
}

template <class T>
std::string line_of(const T& event) {
    return notch::to_line(event, [] { return stamp; }) + "\n";
}

template <class T>
void check_agree(const T& event) {
    CHECK(rendered(event) == line_of(event));
}

// ---- types of every kind -------------------------------------------------------------------------------------------

enum class Colour : std::int8_t { red = -3, green, blue = 100, unlisted };
constexpr auto notch_enum(Colour*) {
    return std::array<std::pair<Colour, std::string_view>, 3>{
        {{Colour::red, "red"},
         {Colour::blue, "blue \"quoted\""},
         {Colour::green, "a green whose name is a good deal longer than its value, which is one byte"}}};
}

struct Uuid {
    std::uint64_t v;
};
std::string notch_value(const Uuid& uuid) { return "uuid-" + std::to_string(uuid.v); }

struct Celsius {
    double v;
};
double notch_value(const Celsius& celsius) { return celsius.v; }

struct Tag {
    std::string_view name;
    int weight;
};

struct Inner {
    std::string a_key_that_is_much_longer_than_the_value_behind_it_as_they_often_are;
    std::optional<bool> b;
    std::uint8_t c;
    static constexpr auto notch_options() { return notch::field("c", notch::omit_empty, notch::rename("\"c\"\n")); }
};

class Sealed {
public:
    Sealed() = default;
    explicit Sealed(int n) : n_{n}, text_(static_cast<std::size_t>(n % 7), 'x') {}
    NOTCH_FIELDS(text_, n_)

private:
    int n_ = 0;
    std::string text_;
};

struct Node {
    int n;
    std::vector<Node> children;
};

struct Nothing {};

using Frames = std::chrono::duration<std::int32_t, std::ratio<1, 60>>;
using SystemClock = std::chrono::system_clock;

using Kinds = std::tuple<
    bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t,
    std::uint64_t, long, long long, unsigned long, float, double, std::string, std::string_view, const char*, char[7],
    Colour, notch::RawJson, Uuid, Celsius, Inner, Sealed, Tag, Node, Nothing, std::chrono::nanoseconds,
    std::chrono::microseconds, std::chrono::milliseconds, std::chrono::seconds, std::chrono::minutes,
    std::chrono::duration<double>, std::chrono::duration<float, std::milli>,
    std::chrono::duration<std::uint64_t, std::deci>, Frames, SystemClock::time_point, std::chrono::sys_seconds,
    std::chrono::time_point<SystemClock, std::chrono::duration<double>>, std::optional<int>, std::optional<std::string>,
    std::optional<Inner>, std::optional<std::optional<double>>, std::optional<std::vector<int>>, std::optional<Colour>,
    std::vector<int>, std::vector<bool>, std::vector<std::string>, std::vector<double>, std::vector<Inner>,
    std::vector<std::vector<Inner>>, std::vector<std::optional<int>>, std::vector<std::optional<std::string>>,
    std::vector<Colour>, std::vector<Uuid>, std::vector<SystemClock::time_point>,
    std::vector<std::chrono::milliseconds>, std::vector<notch::RawJson>, std::deque<Tag>, std::list<Celsius>,
    std::set<std::string>, std::array<int, 3>, std::array<std::array<std::string, 2>, 2>, int[4], Inner[2],
    std::string[2][2], std::map<std::string, int>, std::map<std::string, std::vector<Inner>>,
    std::unordered_map<std::string, std::optional<double>>, std::map<std::string, std::map<std::string, Colour>>,
    std::vector<Sealed>, std::vector<Nothing>, std::vector<std::map<std::string, std::vector<std::optional<Inner>>>>>;

constexpr std::uint64_t scrambled(std::uint64_t v) {
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
    v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
    return v ^ (v >> 31);
}

/// The type of field `Field` of the random struct `Seed`.
template <unsigned Seed, unsigned Field>
using Pick = std::tuple_element_t<scrambled(Seed * 8 + Field + 1) % std::tuple_size_v<Kinds>, Kinds>;

/// A random struct, with random options.
template <unsigned Seed>
struct Random {
    Pick<Seed, 0> a;
    Pick<Seed, 1> b;
    Pick<Seed, 2> c;
    Pick<Seed, 3> d;
    Pick<Seed, 4> e;
    Pick<Seed, 5> f;

    static constexpr auto notch_options() {
        constexpr notch::Option choices[] = {notch::omit_empty, notch::skip, notch::redact, notch::unix_seconds,
                                             notch::defaulted};
        return notch::options(notch::field("a", choices[scrambled(Seed) % 5]),
                              notch::field("b", choices[scrambled(Seed + 100) % 5]),
                              notch::field("c", notch::rename(Seed % 3 == 0 ? "timestamp" : "sea")),
                              notch::field("d", notch::unix_seconds),
                              notch::field("e", Seed % 7 == 0 ? notch::no_envelope : notch::omit_empty));
    }
};

/// Every kind is used, whatever the random structs have: eight at a time.
template <std::size_t Group>
struct Eight {
    template <std::size_t I>
    using At = std::tuple_element_t<(Group * 8 + I) % std::tuple_size_v<Kinds>, Kinds>;

    At<0> a;
    At<1> b;
    At<2> c;
    At<3> d;
    At<4> e;
    At<5> f;
    At<6> g;
    At<7> h;
};
constexpr std::size_t groups = (std::tuple_size_v<Kinds> + 7) / 8;

/// The envelope takes a time of any kind.
template <class T>
struct Stamped {
    T timestamp;
    std::string event;
};
using StampedKinds = std::tuple<double, std::int64_t, std::string, SystemClock::time_point, std::optional<double>,
                                std::vector<Inner>, Inner, Colour, notch::RawJson, std::chrono::milliseconds>;

// ---- random values -------------------------------------------------------------------------------------------------

class Source {
public:
    explicit Source(std::uint64_t seed) : engine_{seed} {}

    std::uint64_t bits() { return engine_(); }
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

    std::string text() {
        static constexpr std::string_view pieces[] = {"a",
                                                      "plain words",
                                                      "\"",
                                                      "\\",
                                                      "\n",
                                                      "\x01",
                                                      "größe",
                                                      "\xff",
                                                      "\xe2\x82",
                                                      "0123456789abcdef0123456789abcdef",
                                                      "\xf0\x9f\x98\x80",
                                                      " ",
                                                      "/"};
        std::string out;
        for (std::size_t i = below(6); i > 0; --i) out += pieces[below(std::size(pieces))];
        if (below(40) == 0) out.append(3000, 'x');
        return out;
    }
    /// Lives as long as the source.
    const std::string& kept_text() { return kept_.emplace_back(text()); }

    double real() {
        switch (below(6)) {
            case 0: return std::numeric_limits<double>::quiet_NaN();
            case 1: return -std::numeric_limits<double>::infinity();
            case 2: return static_cast<double>(below(100'000)) / 1000;
            case 3: return 0;
            default: break;
        }
        const std::uint64_t raw = bits();
        double out;
        std::memcpy(&out, &raw, sizeof out);
        return out;
    }

private:
    std::mt19937_64 engine_;
    std::deque<std::string> kept_;
};

template <class T>
void fill(Source& from, T& out);

template <class T>
void fill_list(Source& from, T& out) {
    using Element = typename T::value_type;
    for (std::size_t i = from.below(5); i > 0; --i) {
        Element element{};
        fill(from, element);
        if constexpr (requires { out.push_back(element); }) out.push_back(element);
        else out.insert(element);
    }
}

template <class T>
void fill_time(Source& from, T& out) {
    if constexpr (std::is_floating_point_v<typename T::rep>) out = T{static_cast<typename T::rep>(from.real())};
    else if (from.below(3) == 0) out = T{static_cast<typename T::rep>(from.bits())};
    else out = T{static_cast<typename T::rep>(from.below(100'000))};
}

/// A node has one level more of children now and then, so that it ends.
void fill_node(Source& from, Node& out) {
    fill(from, out.n);
    for (std::size_t i = from.below(3); i > 1; --i) fill_node(from, out.children.emplace_back());
}

void fill_raw(Source& from, notch::RawJson& out) {
    static constexpr std::string_view texts[] = {
        "", "1", "{\"a\": [1, 2,\n 3]}", "[", "\"\\u00e4 \\\" \"", " null ", "{} {}", "\xff"};
    out.text = texts[from.below(std::size(texts))];
}

template <class T>
void fill(Source& from, T& out) {
    using notch::detail::Kind;
    constexpr Kind kind = notch::detail::kind_of<T>();
    if constexpr (std::is_same_v<T, Node>) fill_node(from, out);
    else if constexpr (std::is_same_v<T, Sealed>) out = Sealed{static_cast<int>(from.below(1000))};
    else if constexpr (std::is_same_v<T, Uuid>) out.v = from.bits();
    else if constexpr (std::is_same_v<T, Celsius>) out.v = from.real();
    else if constexpr (kind == Kind::boolean) out = from.below(2) != 0;
    else if constexpr (kind == Kind::integer)
        out = from.below(4) == 0 ? T{} : static_cast<T>(from.bits() >> from.below(64));
    else if constexpr (kind == Kind::real) out = static_cast<T>(from.real());
    else if constexpr (std::is_same_v<T, std::string>) out = from.text();
    else if constexpr (std::is_same_v<T, std::string_view>) out = from.kept_text();
    else if constexpr (std::is_same_v<T, const char*>) out = from.below(3) == 0 ? nullptr : from.kept_text().c_str();
    else if constexpr (kind == Kind::text) from.text().copy(out, sizeof out);
    else if constexpr (kind == Kind::enumeration)
        out = static_cast<T>(from.below(2) == 0 ? -3 : from.below(2) == 0 ? -2 : 100 + static_cast<int>(from.below(2)));
    else if constexpr (kind == Kind::duration) fill_time(from, out);
    else if constexpr (kind == Kind::time_point) {
        typename T::duration since{};
        fill_time(from, since);
        out = T{since};
    } else if constexpr (kind == Kind::raw_json) fill_raw(from, out);
    else if constexpr (kind == Kind::optional) {
        out.reset();
        if (from.below(2) == 0) fill(from, out.emplace());
    } else if constexpr (std::is_bounded_array_v<T> || requires { std::tuple_size<T>::value; }) {
        for (auto& element : out) fill(from, element);
    } else if constexpr (kind == Kind::map) {
        for (std::size_t i = from.below(4); i > 0; --i) fill(from, out["key " + std::to_string(i) + from.text()]);
    } else if constexpr (kind == Kind::list) fill_list(from, out);
    else notch::detail::Fields<T>::visit(out, [&](auto&... fields) { (fill(from, fields), ...); });
}

constexpr int rounds = 40;

template <class T>
void check_random(unsigned seed) {
    Source from{seed};
    for (int round = 0; round < rounds; ++round) {
        T event{};
        if (round != 0) fill(from, event);  // the first is empty
        CAPTURE(seed);
        CAPTURE(round);
        check_agree(event);
    }
}

}  // namespace

TEST_CASE("every kind as a field") {
    [&]<std::size_t... Group>(std::index_sequence<Group...>) {
        (check_random<Eight<Group>>(static_cast<unsigned>(Group)), ...);
    }(std::make_index_sequence<groups>{});
}

TEST_CASE("kinds as the event's own timestamp, beside its own name") {
    [&]<class... T>(std::type_identity<std::tuple<T...>>) {
        (check_random<Stamped<T>>(7), ...);
    }(std::type_identity<StampedKinds>{});
}

TEST_CASE("random structs with random options") {
    [&]<unsigned... Seed>(std::integer_sequence<unsigned, Seed...>) {
        (check_random<Random<Seed>>(Seed), ...);
    }(std::make_integer_sequence<unsigned, 12>{});
}

namespace {

struct Defaults {
    int a = 3;
    std::string b = "default";
    std::optional<int> c = 5;
    std::optional<std::string> d{};
    std::vector<int> e{1, 2};
    int f[2] = {1, 2};
    const char* g = "g";
    std::optional<std::vector<std::string>> h = std::vector<std::string>{"x"};
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::omit_default), notch::field("b", notch::omit_default),
                              notch::field("c", notch::omit_default), notch::field("d", notch::omit_default),
                              notch::field("e", notch::omit_default), notch::field("f", notch::omit_default),
                              notch::field("g", notch::omit_default), notch::field("h", notch::omit_default));
    }
};

}  // namespace

TEST_CASE("omit_default, with optionals that are empty although their default is not") {
    check_agree(Defaults{});
    check_agree(Defaults{4, "other", std::nullopt, "d", {}, {1, 3}, "h", std::nullopt});
    check_agree(Defaults{3, "default", 6, std::nullopt, {1, 2}, {1, 2}, "g", std::vector<std::string>{}});
    CHECK(line_of(Defaults{}) == "{\"timestamp\":1795190400.123456,\"event\":\"defaults\"}\n");
    CHECK(rendered(Defaults{3, "default", std::nullopt})
              .ends_with(R"("event":"defaults","c":null})"
                         "\n"));
}

namespace {

struct Leaf {
    std::uint8_t
        a_key_so_long_that_what_is_stored_says_nothing_of_what_is_written_and_every_element_costs_a_hundred_times_its_size;
    std::uint8_t
        b_key_so_long_that_what_is_stored_says_nothing_of_what_is_written_and_every_element_costs_a_hundred_times_its_size;
};
struct Branch {
    std::vector<Leaf> leaves;
    Leaf own[8];
    std::optional<Colour> colour;
};
struct LongBranch {
    std::vector<Leaf> leaves;
    Leaf a, b, c, d, e, f, g, h;
};
struct Tree {
    std::vector<LongBranch> branches;
};
struct Wood {
    std::vector<Branch> branches;
    std::vector<Branch> more;
    Leaf own;
};

}  // namespace

// The room that a list makes must not be used up by the lists inside it. The sizes are chosen around where the buffer grows.
TEST_CASE("lists inside lists, of elements that are written much larger than they are stored") {
    for (std::size_t outer = 0; outer < 12; ++outer) {
        for (std::size_t inner = 0; inner < 40; inner += inner < 6 ? 1 : 7) {
            const std::vector<Leaf> leaves(inner, Leaf{255, 255});
            check_agree(Tree{std::vector<LongBranch>(outer, LongBranch{leaves, {}, {}, {}, {}, {}, {}, {}, {}})});
            Wood wood{};
            wood.branches.assign(outer, Branch{leaves, {{200, 200}}, static_cast<Colour>(-2)});
            if (inner % 2 == 0) wood.more = wood.branches;
            check_agree(wood);
        }
    }
}

namespace {
struct Absent {
    std::vector<std::optional<std::string>> texts;
    std::vector<std::optional<Branch>> branches;
    std::vector<Colour> colours;
    std::map<std::string, std::vector<Branch>> map;
    std::vector<std::vector<std::vector<Leaf>>> deep;
};
struct Numbers {
    std::vector<double> reals;
    std::vector<int> integers;
    std::vector<bool> truths;
    std::vector<Leaf> leaves;
};
}  // namespace

TEST_CASE("lists of absent values, of long enum names, maps of lists, lists of lists of lists") {
    Absent absent;
    absent.texts.assign(1000, std::nullopt);
    absent.branches.assign(1000, std::nullopt);
    absent.colours.assign(1000, static_cast<Colour>(-2));
    check_agree(absent);
    absent.branches.assign(3, Branch{std::vector<Leaf>(3), {}, {}});
    for (int i = 0; i < 20; ++i)
        absent.map["key" + std::to_string(i)].assign(3, Branch{std::vector<Leaf>(static_cast<std::size_t>(i)), {}, {}});
    absent.deep.assign(7, std::vector<std::vector<Leaf>>(5, std::vector<Leaf>(9)));
    check_agree(absent);
}

TEST_CASE("vectors of 10 000 elements") {
    Numbers numbers;
    for (int i = 0; i < 10'000; ++i) {
        numbers.reals.push_back(i / 7.0);
        numbers.integers.push_back(i * 200'003);
        numbers.truths.push_back(i % 3 == 0);
        numbers.leaves.push_back({static_cast<std::uint8_t>(i), 255});
    }
    check_agree(numbers);
}

TEST_CASE("texts of every length around the sizes that are copied at once") {
    struct Text {
        std::string a;
        std::string_view b;
        std::string c;
    };
    for (std::size_t size = 0; size < 300; ++size) {
        std::string text;
        for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + (i * 7 + size) % 26);
        check_agree(Text{text, text, "end"});
    }
    check_agree(Text{std::string(100'000, '\x01'), std::string(70'000, '\xff').substr(0), ""});
}

namespace {

/// Eight keys of that length and the seven after it; the struct is asked for each where keys are copied in blocks.
template <std::size_t Length>
struct Keys {
    bool a, b, c, d, e, f, g, h;

    template <std::size_t More>
    static constexpr std::string_view key() {
        constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        return letters.substr(More, Length + More);
    }
    static constexpr auto notch_options() {
        return notch::options(notch::field("a", notch::rename(key<0>())), notch::field("b", notch::rename(key<1>())),
                              notch::field("c", notch::rename(key<2>())), notch::field("d", notch::rename(key<3>())),
                              notch::field("e", notch::rename(key<4>())), notch::field("f", notch::rename(key<5>())),
                              notch::field("g", notch::rename(key<6>())), notch::field("h", notch::rename(key<7>())));
    }
};
struct OneKey {
    bool a;
};

}  // namespace

// The output is no larger than it was asked to be, so that a sanitizer sees a block too far.
TEST_CASE("keys of every length around the blocks that are copied at once") {
    check_agree(OneKey{true});
    check_agree(Keys<1>{});
    check_agree(Keys<9>{});
    check_agree(Keys<17>{});
    check_agree(Keys<25>{});
    check_agree(Keys<33>{});
}

TEST_CASE("non-finite numbers are counted") {
    struct Reals {
        double a;
        float b;
        std::vector<double> c;
        std::optional<float> d;
        std::chrono::duration<double> e;
    };
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    notch::detail::Buffer out;
    notch::detail::Renderer renderer{out};
    const std::vector<char> finite = flat_record(Reals{1, 1, {1, 2}, 1.0F, std::chrono::duration<double>{1}});
    REQUIRE(renderer.line(notch::detail::event_schema<Reals>, finite.data(), finite.size()));
    CHECK(renderer.non_finite() == 0);
    const Reals all{nan, -infinity, {1, nan, nan}, infinity, std::chrono::duration<double>{nan}};
    check_agree(all);
    const std::vector<char> body = flat_record(all);
    REQUIRE(renderer.line(notch::detail::event_schema<Reals>, body.data(), body.size()));
    CHECK(renderer.non_finite() == 6);
}

TEST_CASE("one renderer, many lines") {
    notch::detail::Buffer out;
    notch::detail::Renderer renderer{out};
    std::string expected;
    Source from{7};
    for (int i = 0; i < 100; ++i) {
        Eight<5> one{};
        Stamped<std::string> two{};
        fill(from, one);
        fill(from, two);
        const std::vector<char> first = flat_record(one);
        const std::vector<char> second = flat_record(two);
        REQUIRE(renderer.line(notch::detail::event_schema<Eight<5>>, first.data(), first.size()));
        REQUIRE(renderer.line(notch::detail::event_schema<Stamped<std::string>>, second.data(), second.size()));
        expected += line_of(one) + line_of(two);
    }
    CHECK(out.view() == expected);
}
