// SPDX-License-Identifier: MIT
// A schema written into a journal and read back renders the same bytes, with the same sizes; a damaged one is refused.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using notch::detail::Buffer;
using notch::detail::EventSchema;
using notch::detail::FlatKind;
using notch::detail::StoredSchema;
using notch::detail::ValueSchema;

constexpr std::int64_t stamp = 1'795'190'400'123'456;

enum class Colour : std::uint8_t { red, green };
constexpr auto notch_enum(Colour*) {
    return std::array<std::pair<Colour, std::string_view>, 2>{{{Colour::red, "red"}, {Colour::green, "a \"green\""}}};
}

struct Node {
    int n = 0;
    std::vector<Node> children{};
};
struct Inner {
    std::string a;
    std::optional<int> b;
};

/// Every FlatKind, as a field, behind an optional, in a list, in a map.
struct Everything {
    bool boolean = true;
    std::int8_t i8 = -8;
    std::int16_t i16 = -16;
    std::int32_t i32 = -32;
    std::int64_t i64 = -64;
    std::uint8_t u8 = 8;
    std::uint16_t u16 = 16;
    std::uint32_t u32 = 32;
    std::uint64_t u64 = 64;
    float f32 = 0.5F;
    double f64 = 0.25;
    std::string text = "text";
    notch::RawJson raw{"[1, 2]"};
    Colour colour = Colour::green;
    std::chrono::milliseconds ticks{1500};
    std::chrono::duration<std::uint64_t> unsigned_ticks{7};
    std::chrono::duration<double, std::ratio<60>> real_duration{0.5};
    std::chrono::system_clock::time_point time{};
    std::chrono::system_clock::time_point unix_time{};
    std::optional<std::optional<Inner>> optional{Inner{"x", 1}};
    std::vector<Colour> list{Colour::red, Colour::green};
    std::map<std::string, std::vector<Inner>> map{{"k", {{"v", std::nullopt}}}};
    Inner object{"o", 2};
    std::string secret = "secret";
    Node node{1, {{2, {{3, {}}}}, {4, {}}}};
    static constexpr auto notch_options() {
        return notch::options(notch::field("unix_time", notch::unix_seconds), notch::field("secret", notch::redact));
    }
};
struct OwnTime {
    std::chrono::system_clock::time_point timestamp{};
    std::string event = "another.name";
    int n = 5;
};
struct Bare {
    int n = 1;
    static constexpr auto notch_options() { return notch::no_envelope; }
};
struct Empty {};

std::string described(const EventSchema& schema) {
    Buffer out;
    notch::detail::SchemaWriter writer{out};
    writer.event(schema);
    REQUIRE(writer.good());
    return std::string{out.view()};
}

template <class T>
std::string flat_record(const T& event) {
    std::string body(notch::detail::flat_event_size(event), '\0');
    notch::detail::write_flat_event(body.data(), event, stamp);
    return body;
}

std::string rendered(const EventSchema& schema, const std::string& body) {
    Buffer out;
    notch::detail::Renderer renderer{out};
    REQUIRE(renderer.line(schema, body.data(), body.size()));
    return std::string{out.view()};
}

constexpr std::size_t kinds = static_cast<std::size_t>(FlatKind::object) + 1;  // object is the last

void collect_kinds(const ValueSchema& schema, std::array<bool, kinds>& seen) {
    const bool known = std::exchange(seen[static_cast<std::size_t>(schema.kind)], true);
    if (known && schema.kind == FlatKind::object) return;  // perhaps within itself
    if (schema.element != nullptr) collect_kinds(*schema.element, seen);
    for (const notch::detail::FieldSchema& field : schema.fields)
        if (!field.redacted) collect_kinds(*field.value, seen);
}

template <class T>
void check_same(const T& event) {
    const EventSchema& schema = notch::detail::event_schema<T>;
    StoredSchema stored{described(schema)};
    REQUIRE(stored.read());
    CHECK(stored.event().name == schema.name);
    CHECK(stored.event().fixed_size == schema.fixed_size);
    CHECK(stored.event().worst_size == schema.worst_size);
    CHECK(stored.event().body->fields.size() == schema.body->fields.size());
    const std::string body = flat_record(event);
    CHECK(rendered(stored.event(), body) == notch::to_line(event, [] { return stamp; }) + "\n");
    notch::detail::RecordCheck check;
    std::string aligned = body;
    aligned.resize(notch::detail::aligned_size(body.size()));
    CHECK(check.is_sound(stored.event(), aligned.data(), aligned.size()));
    CHECK(!check.is_sound(stored.event(), aligned.data(), aligned.size() + 8));
}

}  // namespace

TEST_CASE("a schema that was stored says the same") {
    check_same(Everything{});
    check_same(OwnTime{});
    check_same(Bare{});
    check_same(Empty{});
}

TEST_CASE("every kind is among them") {
    std::array<bool, kinds> seen{};
    collect_kinds(*notch::detail::event_schema<Everything>.body, seen);
    for (const bool one : seen) CHECK(one);
}

TEST_CASE("a schema that was damaged is refused, or means something that can be rendered") {
    const std::string good = described(notch::detail::event_schema<Everything>);
    const std::string body = flat_record(Everything{});
    std::mt19937 random{1};
    int refused = 0;
    for (std::size_t at = 0; at < good.size() * 4; ++at) {
        std::string bytes = good;
        bytes[at % good.size()] = static_cast<char>(at < good.size() ? bytes[at] + 1 : static_cast<int>(random()));
        StoredSchema stored{bytes};
        if (!stored.read()) {
            ++refused;
            continue;
        }
        notch::detail::RecordCheck check;
        std::vector<char> exact(body.begin(), body.end());
        exact.resize(notch::detail::aligned_size(body.size()));
        if (check.is_sound(stored.event(), exact.data(), exact.size())) rendered(stored.event(), body);
    }
    CHECK(refused > 100);
    for (std::size_t size = 0; size < good.size(); ++size) CHECK(!StoredSchema{good.substr(0, size)}.read());
}

TEST_CASE("a record that was damaged anywhere is refused, or can be rendered") {
    const EventSchema& schema = notch::detail::event_schema<Everything>;
    std::string body = flat_record(Everything{});
    body.resize(notch::detail::aligned_size(body.size()));
    int refused = 0;
    for (std::size_t at = 0; at < body.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            const std::vector<char> exact = [&] {
                std::vector<char> out(body.begin(), body.end());
                out[at] = static_cast<char>(out[at] ^ (1 << bit));
                return out;
            }();
            notch::detail::RecordCheck check;
            if (check.is_sound(schema, exact.data(), exact.size())) rendered(schema, std::string{exact.begin(), exact.end()});
            else ++refused;
        }
    }
    CHECK(refused > 100);
}

TEST_CASE("a time whose nanoseconds are a second or more is damage") {
    struct Timed {
        double timestamp;
        notch::Instant at;
    };
    const EventSchema& schema = notch::detail::event_schema<Timed>;
    notch::detail::RecordCheck check;
    for (const std::uint32_t nanoseconds : {0U, 999'999'999U, 1'000'000'000U, 4'294'967'295U}) {
        std::string body = flat_record(Timed{1.0, notch::Instant{1, nanoseconds}});
        body.resize(notch::detail::aligned_size(body.size()));
        CHECK(check.is_sound(schema, body.data(), body.size()) == (nanoseconds < 1'000'000'000U));
    }
}

TEST_CASE("a value that contains itself is refused") {
    Buffer out;
    notch::detail::SchemaWriter writer{out};
    notch::detail::FieldSchema fields[1];
    ValueSchema loop{.kind = FlatKind::object, .fields = fields};
    fields[0] = {.key = ",\"a\":", .value = &loop};
    EventSchema event;
    event.name = "a";
    event.name_member = ",\"event\":\"a\"";
    event.body = &loop;
    writer.event(event);
    CHECK(!StoredSchema{out.view()}.read());
}
