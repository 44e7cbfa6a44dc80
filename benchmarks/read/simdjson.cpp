// SPDX-License-Identifier: MIT
#include <simdjson.h>

#include "common/measure.hpp"
#include "members.hpp"
#include "readers.hpp"
#include "time_text.hpp"

namespace {

using simdjson::ondemand::value;

simdjson::ondemand::parser parser;

bool take(value from, double& out) { return from.get_double().get(out) == simdjson::SUCCESS; }
bool take(value from, std::uint64_t& out) { return from.get_uint64().get(out) == simdjson::SUCCESS; }
bool take(value from, std::uint32_t& out) {
    std::uint64_t wide = 0;
    if (!take(from, wide)) return false;
    out = static_cast<std::uint32_t>(wide);
    return wide == out;
}
bool take(value from, int& out) {
    std::int64_t wide = 0;
    if (from.get_int64().get(wide) != simdjson::SUCCESS) return false;
    out = static_cast<int>(wide);
    return wide == out;
}
bool take(value from, std::string& out) {
    std::string_view text;
    if (from.get_string().get(text) != simdjson::SUCCESS) return false;
    out.assign(text);
    return true;
}
template <class E>
    requires std::is_enum_v<E>
bool take(value from, E& out) {
    std::string_view text;
    return from.get_string().get(text) == simdjson::SUCCESS && from_name(text, out);
}
bool take(value from, bench::Time& out) {
    std::string_view text;
    return from.get_string().get(text) == simdjson::SUCCESS && bench::from_time_text(text, out);
}

/// Calls `f(key, value)` for every member: a lookup of a key that may be missing would search the whole object.
template <class F>
bool for_each_member(simdjson::ondemand::object object, F f) {
    for (auto member : object) {
        simdjson::ondemand::field field;
        if (std::move(member).get(field) != simdjson::SUCCESS) return false;
        if (!f(std::string_view{field.escaped_key()}, field.value())) return false;
    }
    return true;
}

template <class F>
bool for_each_member(value from, F f) {
    simdjson::ondemand::object object;
    return from.get_object().get(object) == simdjson::SUCCESS && for_each_member(object, f);
}

template <class Struct>
bool take_object(value from, Struct& v) {
    return for_each_member(
        from, [&](std::string_view key, value from) { return bench::fill(key, v, [&](auto& out) { return take(from, out); }); });
}
bool take(value from, bench::CodeInformation& v) { return take_object(from, v); }
bool take(value from, bench::Shape& v) { return take_object(from, v); }
template <class T>
bool take(value from, std::optional<T>& out) {
    return take(from, out.emplace());
}

template <class Event>
bool read(const std::string& text, Event* copy) {
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    const simdjson::padded_string_view padded{text.data(), text.size(), text.size() + bench::padding};
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS) return false;
    Event event{};
    if (!for_each_member(
            object, [&](std::string_view key, value from) { return bench::fill(key, event, [&](auto& out) { return take(from, out); }); }))
        return false;
    bench::keep(&event);
    if (copy != nullptr) *copy = event;
    return true;
}

}  // namespace

const bench::Reader bench::simdjson_reader{"simdjson on demand", read<RunnerStart>, read<RunnerStop>, read<MeteringEntry>};
