// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <ratio>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// A struct with every kind of field, and random values for it: the same from the same seed on every machine.

namespace test::random {

enum class Kind : std::uint8_t { start, stop, odd };
constexpr auto notch_enum(Kind*) {
    return std::array<std::pair<Kind, std::string_view>, 3>{
        {{Kind::start, "vm.start"}, {Kind::stop, "vm.stop"}, {Kind::odd, "\"\\\n\xc3\xa9"}}};
}

struct Hash {
    std::uint32_t v = 0;
    bool operator==(const Hash&) const = default;
};
inline std::string notch_value(const Hash& h) { return std::to_string(h.v); }
inline bool notch_from(const std::string& text, Hash& out) {
    std::uint64_t v = 0;
    for (const char c : text) v = v * 10 + static_cast<std::uint64_t>(c - '0');
    out.v = static_cast<std::uint32_t>(v);
    return true;
}

template <class Duration>
using Point = std::chrono::time_point<std::chrono::system_clock, Duration>;

struct Inner {
    std::uint8_t a{};
    std::string b{};
    std::optional<double> c{};
    bool operator==(const Inner&) const = default;
};

struct Event {
    double timestamp{};
    std::string event{};
    bool flag{};
    std::int8_t i8{};
    std::int16_t i16{};
    std::int32_t i32{};
    std::int64_t i64{};
    std::uint8_t u8{};
    std::uint16_t u16{};
    std::uint32_t u32{};
    std::uint64_t u64{};
    float real32{};
    double real64{};
    std::string text{};
    Kind kind{};
    std::chrono::nanoseconds nanoseconds{};
    std::chrono::milliseconds milliseconds{};
    std::chrono::seconds seconds{};
    std::chrono::duration<std::int32_t, std::ratio<60>> minutes{};
    std::chrono::duration<double> real_seconds{};
    Point<std::chrono::nanoseconds> precise{};
    Point<std::chrono::seconds> coarse{};
    Point<std::chrono::microseconds> unix_time{};
    notch::RawJson raw{};
    Hash foreign{};
    std::optional<std::int64_t> maybe{};
    std::optional<Inner> maybe_inner{};
    Inner inner{};
    std::vector<double> list{};
    std::vector<bool> bits{};
    std::vector<Inner> inners{};
    std::array<std::int32_t, 3> three{};
    std::map<std::string, std::vector<std::string>> map{};
    std::set<std::int32_t> set{};
    std::optional<std::vector<std::optional<Kind>>> deep{};
    std::int32_t omitted_empty{};
    std::string omitted_default = "default";
    std::string renamed{};

    static constexpr auto notch_options() {
        return notch::options(
            notch::field("unix_time", notch::unix_seconds), notch::field("omitted_empty", notch::omit_empty),
            notch::field("omitted_default", notch::omit_default), notch::field("renamed", notch::rename("re\"named")));
    }
    bool operator==(const Event&) const = default;
};

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_{seed} {}

    std::uint64_t bits() { return engine_(); }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }

    template <class T>
    void fill(T& v) {
        if constexpr (std::is_same_v<T, bool>) v = below(2) == 1;
        else if constexpr (std::is_same_v<T, Kind>) v = static_cast<Kind>(below(3));
        else if constexpr (std::integral<T>) v = static_cast<T>(bits() >> below(64));
        else if constexpr (std::is_same_v<T, float>) v = real<float>(std::uint32_t{});
        else if constexpr (std::is_same_v<T, double>) v = real<double>(std::uint64_t{});
        else v = T{};
    }
    void fill(std::string& v) { v = text(); }
    void fill(notch::RawJson& v) {
        constexpr std::string_view values[] = {"null", "1", "[]", "{\"a\":[1,\"b c\"]}", "\"\\u00e9\"", "-0.0"};
        v.text = values[below(std::size(values))];
    }
    void fill(Hash& v) { fill(v.v); }
    void fill(Inner& v) {
        fill(v.a);
        fill(v.b);
        fill(v.c);
    }
    template <class Rep, class Period>
    void fill(std::chrono::duration<Rep, Period>& v) {
        Rep count{};
        fill(count);
        v = std::chrono::duration<Rep, Period>{count};
    }
    template <class Duration>
    void fill(Point<Duration>& v) {
        if constexpr (std::is_same_v<Duration, std::chrono::nanoseconds>) {
            Duration since{};
            fill(since);
            v = Point<Duration>{since};
        } else {  // within the years that RFC 3339 can write
            v = Point<Duration>{
                std::chrono::seconds{static_cast<std::int64_t>(bits() % 315'569'520'000) - 62'167'219'200}};
        }
    }
    template <class T>
    void fill(std::optional<T>& v) {
        v.reset();
        if (below(3) != 0) fill(v.emplace());
    }
    template <class T>
    void fill(std::vector<T>& v) {
        v.clear();
        for (std::size_t n = below(5); n != 0; --n) {
            T element{};
            fill(element);
            v.push_back(std::move(element));
        }
    }
    template <class T, std::size_t N>
    void fill(std::array<T, N>& v) {
        for (T& element : v) fill(element);
    }
    void fill(std::set<std::int32_t>& v) {
        for (std::size_t n = below(5); n != 0; --n) v.insert(static_cast<std::int32_t>(bits()));
    }
    template <class T>
    void fill(std::map<std::string, T>& v) {
        for (std::size_t n = below(4); n != 0; --n) fill(v[text()]);
    }

private:
    template <class Real, class Bits>
    Real real(Bits) {
        if (below(2) == 0) return static_cast<Real>(static_cast<std::int64_t>(bits() >> below(64))) / Real{1000};
        for (;;) {
            const Real v = std::bit_cast<Real>(static_cast<Bits>(bits()));
            if (notch::detail::is_finite(v)) return v;
        }
    }
    std::string text() {
        static constexpr std::string_view pieces[] = {"a",
                                                      "runner",
                                                      " ",
                                                      "\"",
                                                      "\\",
                                                      "/",
                                                      "\n",
                                                      std::string_view{"\0", 1},
                                                      "\x1f",
                                                      "\x7f",
                                                      "\xc3\xa9",
                                                      "\xe2\x82\xac",
                                                      "\xf0\x9d\x84\x9e",
                                                      "\xe2\x80\xa8",
                                                      "0123456789abcdef",
                                                      "<&>",
                                                      "null",
                                                      "{",
                                                      ",",
                                                      ":"};
        std::string out;
        for (std::size_t n = below(8); n != 0; --n) out += pieces[below(std::size(pieces))];
        return out;
    }
    std::mt19937_64 engine_;
};

inline Event random_event(std::uint64_t seed) {
    Random random{seed};
    Event event;
    notch::detail::Fields<Event>::visit(event, [&random](auto&... fields) { (random.fill(fields), ...); });
    if (seed % 2 == 0) event.omitted_default = "default";
    return event;
}

}  // namespace test::random
