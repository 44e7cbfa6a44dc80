// SPDX-License-Identifier: MIT
// What the envelope makes of a struct: which member is its time, which one names it, and when there is no envelope. The bytes
// of a line are tests/json/line_*.cpp's.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

using notch::detail::Envelope;
using notch::detail::no_field;

struct Bare {
    int a;
};
struct Timed {
    int a;
    double timestamp;
    int b;
};
struct Named {
    int a;
    std::string event;
};
struct NamedByView {
    std::string_view event;
    const std::int64_t timestamp;
};
struct Renamed {
    std::string kind;
    double at;
    std::string event_;
    static constexpr auto notch_options() {
        return notch::options(notch::field("kind", notch::rename("event")),
                              notch::field("at", notch::rename("timestamp")));
    }
};
/// Called as the envelope's, and given other names.
struct Elsewhere {
    double timestamp;
    int event;
    static constexpr auto notch_options() {
        return notch::options(notch::field("timestamp", notch::rename("ts")),
                              notch::field("event", notch::rename("event_count")));
    }
};
struct Skipped {
    double timestamp;
    int event;
    static constexpr auto notch_options() {
        return notch::options(notch::field("timestamp", notch::skip), notch::field("event", notch::skip));
    }
};
struct Off {
    double timestamp;
    int event;
    static constexpr auto notch_options() { return notch::no_envelope; }
};
struct Nested {
    Off timestamp_of;
    Named inner;
};
class Listed {
public:
    Listed() {}
    NOTCH_FIELDS(n_, timestamp, event)
    double timestamp = 0;
    std::string event;

private:
    int n_ = 0;
};

template <class T>
constexpr bool is(bool on, std::size_t timestamp, std::size_t event) {
    return Envelope<T>::on == on && Envelope<T>::timestamp == timestamp && Envelope<T>::event == event;
}

}  // namespace

TEST_CASE("which members belong to the envelope") {
    CHECK(is<Bare>(true, no_field, no_field));
    CHECK(is<Timed>(true, 1, no_field));
    CHECK(is<Named>(true, no_field, 1));
    CHECK(is<NamedByView>(true, 1, 0));
    CHECK(is<Listed>(true, 1, 2));
    CHECK(is<Nested>(true, no_field, no_field));
}

TEST_CASE("keys decide, not names") {
    CHECK(is<Renamed>(true, 1, 0));
    CHECK(is<Elsewhere>(true, no_field, no_field));
    CHECK(is<Skipped>(true, no_field, no_field));
}

TEST_CASE("no envelope") { CHECK(is<Off>(false, no_field, no_field)); }

TEST_CASE("a timestamp may be of any kind, an event name is a text") {
    struct Optional {
        std::optional<double> timestamp;
    };
    struct Point {
        std::chrono::system_clock::time_point timestamp;
    };
    struct Text {
        std::string timestamp;
        const std::string event;
    };
    CHECK(is<Optional>(true, 0, no_field));
    CHECK(is<Point>(true, 0, no_field));
    CHECK(is<Text>(true, 0, 1));
    using notch::detail::may_name_event;
    CHECK(may_name_event<std::string>);
    CHECK(may_name_event<std::string_view>);
    CHECK_FALSE(may_name_event<std::optional<std::string>>);
    CHECK_FALSE(may_name_event<const char*>);
    CHECK_FALSE(may_name_event<int>);
}
