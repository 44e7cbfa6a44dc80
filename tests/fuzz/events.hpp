// SPDX-License-Identifier: MIT
// An event with every kind of field and rule, for the bodies that read.
#ifndef NOTCH_TESTS_FUZZ_EVENTS_HPP
#define NOTCH_TESTS_FUZZ_EVENTS_HPP

#include "notch.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

enum class Kind : std::uint8_t { start, stop, odd };
constexpr auto notch_enum(Kind*) {
    return std::array<std::pair<Kind, std::string_view>, 3>{
        {{Kind::start, "vm.start"}, {Kind::stop, "vm.stop"}, {Kind::odd, "\"\\\n\xc3\xa9"}}};
}

template <class Duration>
using Point = std::chrono::time_point<std::chrono::system_clock, Duration>;

struct Inner {
    std::uint8_t a{};
    std::string b{};
    std::optional<double> c{};
};

/// Everything may be absent, so that short texts get somewhere.
struct Wide {
    std::optional<bool> flag{};
    std::optional<std::int8_t> i8{};
    std::optional<std::int64_t> i64{};
    std::optional<std::uint16_t> u16{};
    std::optional<std::uint64_t> u64{};
    std::optional<float> real32{};
    std::optional<double> real64{};
    std::optional<std::string> text{};
    std::optional<Kind> kind{};
    std::optional<std::chrono::nanoseconds> nanos{};
    std::optional<std::chrono::milliseconds> millis{};
    std::optional<std::chrono::duration<std::int32_t, std::ratio<60>>> minutes{};
    std::optional<Point<std::chrono::nanoseconds>> at{};
    std::optional<Point<std::chrono::seconds>> coarse{};
    std::optional<Point<std::chrono::microseconds>> since{};
    notch::RawJson raw{};
    std::optional<Inner> inner{};
    std::vector<double> reals{};
    std::vector<Inner> inners{};
    std::array<std::int32_t, 2> two{};
    std::map<std::string, std::vector<std::string>> map{};
    std::string renamed{};
    char letters[6]{};
    double timestamp{};
    std::string event{};

    static constexpr auto notch_options() {
        return notch::options(notch::field("since", notch::unix_seconds), notch::field("raw", notch::defaulted),
                              notch::field("reals", notch::defaulted), notch::field("inners", notch::defaulted),
                              notch::field("two", notch::defaulted), notch::field("map", notch::defaulted),
                              notch::field("renamed", notch::defaulted, notch::rename("re\"n"), notch::alias("other")),
                              notch::field("letters", notch::defaulted), notch::field("timestamp", notch::defaulted),
                              notch::field("event", notch::defaulted));
    }
};

/// With rules, and with what must be there.
struct Ruled {
    std::string repo{};
    double idle{};
    std::uint32_t count{};
    std::string status{};

    static constexpr auto notch_options() {
        return notch::options(notch::field("repo", notch::pattern("?*/?*")), notch::field("idle", notch::non_negative),
                              notch::field("count", notch::minimum(2), notch::maximum(9)),
                              notch::field("status", notch::one_of("normal", "abnormal"), notch::omit_empty));
    }
};

/// Texts that stay in the document.
struct Views {
    std::string_view a{};
    std::optional<std::string_view> b{};
};

}  // namespace fuzz

#endif
