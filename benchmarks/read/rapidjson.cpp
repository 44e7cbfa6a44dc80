// SPDX-License-Identifier: MIT
#include <rapidjson/document.h>

#include "common/measure.hpp"
#include "members.hpp"
#include "readers.hpp"
#include "time_text.hpp"

namespace {

// The tree, and what parsing needs, live in memory that is used again: the quickest way that RapidJSON offers.
using Memory = rapidjson::MemoryPoolAllocator<>;
using Document = rapidjson::GenericDocument<rapidjson::UTF8<>, Memory, Memory>;
using Value = Document::ValueType;
alignas(16) char tree_memory[32768];
alignas(16) char stack_memory[8192];

bool take(const Value& from, double& out) {
    if (!from.IsNumber()) return false;
    out = from.GetDouble();
    return true;
}
bool take(const Value& from, int& out) {
    if (!from.IsInt()) return false;
    out = from.GetInt();
    return true;
}
bool take(const Value& from, std::uint32_t& out) {
    if (!from.IsUint()) return false;
    out = from.GetUint();
    return true;
}
bool take(const Value& from, std::uint64_t& out) {
    if (!from.IsUint64()) return false;
    out = from.GetUint64();
    return true;
}
bool take(const Value& from, std::string& out) {
    if (!from.IsString()) return false;
    out.assign(from.GetString(), from.GetStringLength());
    return true;
}
std::string_view text_of(const Value& from) { return {from.GetString(), from.GetStringLength()}; }
bool take(const Value& from, bench::Status& out) { return from.IsString() && from_name(text_of(from), out); }
bool take(const Value& from, bench::Kind& out) { return from.IsString() && from_name(text_of(from), out); }
bool take(const Value& from, bench::Time& out) { return from.IsString() && bench::from_time_text(text_of(from), out); }

bool take(const Value& from, bench::CodeInformation& v);
bool take(const Value& from, bench::Shape& v);
template <class T>
bool take(const Value& from, std::optional<T>& out) {
    return take(from, out.emplace());
}

/// Calls `f(key, value)` for every member; a lookup by key would begin at the first each time.
template <class F>
bool for_each_member(const Value& object, F f) {
    if (!object.IsObject()) return false;
    for (auto member = object.MemberBegin(); member != object.MemberEnd(); ++member)
        if (!f(text_of(member->name), member->value)) return false;
    return true;
}

template <class Struct>
bool take_object(const Value& from, Struct& v) {
    return for_each_member(
        from, [&](std::string_view key, const Value& from) { return bench::fill(key, v, [&](auto& out) { return take(from, out); }); });
}
bool take(const Value& from, bench::CodeInformation& v) { return take_object(from, v); }
bool take(const Value& from, bench::Shape& v) { return take_object(from, v); }
template <class Event>
bool read(const std::string& text, Event* copy) {
    Memory tree{tree_memory, sizeof tree_memory};
    Memory stack{stack_memory, sizeof stack_memory};
    Document document{&tree, 1024, &stack};
    // Its default takes a short way for doubles that is wrong in the last bit now and then.
    document.Parse<rapidjson::kParseFullPrecisionFlag>(text.data(), text.size());
    if (document.HasParseError()) return false;
    Event event{};
    if (!for_each_member(document, [&](std::string_view key, const Value& from) {
            return bench::fill(key, event, [&](auto& out) { return take(from, out); });
        }))
        return false;
    bench::keep(&event);
    if (copy != nullptr) *copy = event;
    return true;
}

}  // namespace

const bench::Reader bench::rapidjson_reader{"RapidJSON", read<RunnerStart>, read<RunnerStop>, read<MeteringEntry>};
