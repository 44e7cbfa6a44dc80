// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_DECODE_SHAPE_HPP
#define NOTCH_JSON_DECODE_SHAPE_HPP

#include "../base/error.hpp"
#include "../config.hpp"
#include "../event/event.hpp"
#include "../event/name.hpp"
#include "../event/options.hpp"
#include "../event/reflect.hpp"
#include "../event/rules.hpp"
#include "cursor.hpp"
#include "decode_values.hpp"
#include "parse.hpp"
#include "read_object.hpp"
#include "read_types.hpp"
#include "scan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// The table of a struct's members that read_object.hpp works from, made at compile time: one for the struct by itself, one
// for the struct as a line with its envelope.

namespace notch::inline NOTCH_ABI::detail {

// ---- how each member is read -----------------------------------------------------------------------------------------

template <class F, ReadMode mode>
const char* read_member(Reader& r, const char* at, void* out, const Member& member) {
    return read_value<mode>(r, at, *static_cast<F*>(out), member);
}

/// Of a redacted field: any value will do.
inline const char* read_ignored(Reader& r, const char* at, void*, const Member&) { return skip_value(r, at); }

inline void describe_event(const Failure& failure, Error& error) {
    error.expected = "the event \"" + std::string{failure.expected} + '"';
}

/// Of a line's key `event`: the name of the struct.
inline const char* read_event_name(Reader& r, const char* at, void*, const Member& member) {
    StringToken token;
    const char* const next = read_token(r, at, token);
    if (next == nullptr || reads_as(token, member.event)) return next;
    return fail(
        r, Failure{.code = ErrorCode::wrong_event, .at = at, .expected = member.event, .describe = describe_event});
}

/// Of a struct with a text member `event`: it takes a name that is not the struct's own. The struct's own is written when the
/// member is empty, so it reads as empty.
template <class F>
const char* read_given_event_name(Reader& r, const char* at, void* out, const Member& member) {
    F& name = *static_cast<F*>(out);
    at = read_text(r, at, name);
    if (at != nullptr && name == member.event) name = F{};
    return at;
}

/// Whether the key may be absent: what a writer leaves out, a reader must not miss.
constexpr bool may_be_absent(const FieldInfo& info, bool optional) noexcept {
    return optional || info.skip || info.defaulted || info.omit_empty || info.omit_default;
}

template <class T, bool Line, std::size_t Index, class F>
consteval ReadMember* choose_reader() {
    constexpr FieldInfo info = field_infos<T>[Index];
    if constexpr (info.skip) {
        return nullptr;
    } else if constexpr (info.redact) {
        return read_ignored;
    } else {
        constexpr ReadMode mode{.unix_seconds = info.unix_seconds, .ruled = info.has_rules};
        if constexpr (Line && Index == Envelope<T>::event) return read_given_event_name<F>;
        else return read_member<F, mode>;
    }
}

// ---- the table -------------------------------------------------------------------------------------------------------

/// Whether a key stands in a text as it is. Others (with quotes, or beyond ASCII) are looked up.
constexpr bool is_plain_key(std::string_view key) noexcept {
    for (const char c : key)
        if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') return false;
    return true;
}

constexpr std::size_t quoted_size(std::string_view key) noexcept { return key.size() + 3; }

template <std::size_t Count>
consteval std::size_t quoted_sizes(const std::array<std::string_view, Count>& keys) {
    std::size_t size = 0;
    for (const std::string_view key : keys) size += quoted_size(key);
    return size;
}

/// The keys of all members as `"key":`, one behind the other, and a block that may be read behind the last.
template <std::size_t N, std::size_t Count>
consteval StaticText<N + key_block> quote_keys(const std::array<std::string_view, Count>& keys) {
    StaticText<N + key_block> quoted;
    char* at = quoted.data;
    for (const std::string_view key : keys) {
        *at++ = '"';
        for (const char c : key) *at++ = c;
        *at++ = '"';
        *at++ = ':';
    }
    return quoted;
}

/// What a member has by its key and place alone.
constexpr Member describe_key(std::string_view key, const char* quoted, std::size_t index, std::size_t count) noexcept {
    const std::size_t size = quoted_size(key);
    const std::uint32_t block = size < key_block ? (std::uint32_t{1} << size) - 1 : 0xffff;
    return {.quoted = quoted,
            .first_block = is_plain_key(key) ? block : 1,
            .quoted_size = is_plain_key(key) ? static_cast<std::uint32_t>(size) : never_stands,
            .index = static_cast<std::uint32_t>(index),
            .following = static_cast<std::uint32_t>(count),
            .seen_bit = Seen{1} << index % seen_bits,
            .key = key};
}

template <class T>
consteval std::size_t count_aliases() {
    std::size_t count = 0;
    if constexpr (options_of<T>.size != 0)
        for (const Option& option : options_of<T>.list) count += option.kind == OptionKind::alias ? 1U : 0U;
    return count;
}

template <class T, std::size_t Count>
consteval std::array<Alias, Count> list_aliases() {
    std::array<Alias, Count> aliases{};
    std::size_t at = 0;
    if constexpr (options_of<T>.size != 0)
        for (const Option& option : options_of<T>.list)
            for (std::size_t i = 0; option.kind == OptionKind::alias && i < Fields<T>::count; ++i)
                if (Fields<T>::names[i] == option.field.view()) aliases[at++] = {option.text.view(), i};
    return aliases;
}

/// No two ways to read the same key.
template <std::size_t Aliases>
consteval bool aliases_differ(std::span<const Member> members, const std::array<Alias, Aliases>& aliases) {
    for (std::size_t i = 0; i < Aliases; ++i) {
        for (const Member& member : members)
            if (!member.skipped && member.key == aliases[i].key) return false;
        for (std::size_t k = i + 1; k < Aliases; ++k)
            if (aliases[i].key == aliases[k].key) return false;
    }
    return true;
}

/// Where things stand in the table: the fields first, behind them what a line has besides.
struct Layout {
    std::size_t fields = 0;
    std::size_t size = 0;
    std::size_t timestamp = no_field;  ///< of a line's timestamp and event name; a field, or behind the fields
    std::size_t event = no_field;
    std::string_view event_name{};
};

template <class T, bool Line>
consteval Layout lay_out() {
    Layout layout{.fields = Fields<T>::count, .size = Fields<T>::count};
    if constexpr (Line) {
        if (!Envelope<T>::on) return layout;
        layout.timestamp = Envelope<T>::timestamp != no_field ? Envelope<T>::timestamp : layout.size++;
        layout.event = Envelope<T>::event != no_field ? Envelope<T>::event : layout.size++;
        layout.event_name = Envelope<T>::name;
    }
    return layout;
}
template <class T, bool Line>
inline constexpr Layout layout_of = lay_out<T, Line>();

template <class T, bool Line>
consteval auto list_keys() {
    constexpr Layout layout = layout_of<T, Line>;
    std::array<std::string_view, layout.size> keys{};
    for (std::size_t i = 0; i < layout.fields; ++i) keys[i] = field_infos<T>[i].key;
    if (layout.timestamp < layout.size) keys[layout.timestamp] = "timestamp";
    if (layout.event < layout.size) keys[layout.event] = "event";
    return keys;
}
template <class T, bool Line>
inline constexpr auto keys_of = list_keys<T, Line>();
template <class T, bool Line>
inline constexpr auto quoted_keys_of = quote_keys<quoted_sizes(keys_of<T, Line>)>(keys_of<T, Line>);

/// Links the members in the order in which writers give them, the envelope first. Gives back the first.
constexpr std::size_t link_members(Member* members, const Layout& layout) noexcept {
    std::size_t first = layout.size;
    std::size_t last = layout.size;
    const auto append = [&](std::size_t at) {
        if (at >= layout.size || members[at].skipped) return;
        if (last == layout.size) first = at;
        else members[last].following = static_cast<std::uint32_t>(at);
        last = at;
    };
    append(layout.timestamp);
    append(layout.event);
    for (std::size_t i = 0; i < layout.fields; ++i)
        if (i != layout.timestamp && i != layout.event) append(i);
    return first;
}

template <class T, bool Line, std::size_t Index, class F>
constexpr void describe_field(Member& member) {
    member.skipped = field_infos<T>[Index].skip;
    member.read = choose_reader<T, Line, Index, F>();
    if constexpr (field_infos<T>[Index].has_rules && !field_infos<T>[Index].skip && !field_infos<T>[Index].redact)
        member.rules = field_rules<T, Index, F>();
}
template <class T, bool Line, class... Types, std::size_t... At>
constexpr void describe_fields(Member* members, TypeList<Types...>, std::index_sequence<At...>) {
    (describe_field<T, Line, At, Types>(members[At]), ...);
}

/// The members, and behind the last one more that no key is.
template <class T, bool Line>
consteval auto list_members() {
    constexpr Layout layout = layout_of<T, Line>;
    std::array<Member, layout.size + 1> members{};
    const char* at = quoted_keys_of<T, Line>.data;
    for (std::size_t i = 0; i < layout.size; ++i) {
        members[i] = describe_key(keys_of<T, Line>[i], at, i, layout.size);
        at += quoted_size(keys_of<T, Line>[i]);
    }
    members[layout.size].quoted = at;
    members[layout.size].index = static_cast<std::uint32_t>(layout.size);
    describe_fields<T, Line>(members.data(), FieldTypes<T>{}, std::make_index_sequence<layout.fields>{});
    for (std::size_t i = layout.fields; i < layout.size; ++i)
        members[i].read = i == layout.event ? read_event_name : read_ignored;
    if (layout.event < layout.size) members[layout.event].event = layout.event_name;
    link_members(members.data(), layout);
    return members;
}
template <class T, bool Line>
inline constexpr auto read_table = list_members<T, Line>();
template <class T>
inline constexpr auto aliases_of = list_aliases<T, count_aliases<T>()>();

template <class T, bool Line, class... Types>
consteval auto list_required(TypeList<Types...>) {
    constexpr Layout layout = layout_of<T, Line>;
    constexpr std::array<bool, layout.size + 1> optional{is_optional<Types>...};
    std::array<Seen, seen_words(layout.size)> required{};
    for (std::size_t i = 0; i < layout.fields; ++i)
        if (!may_be_absent(field_infos<T>[i], optional[i])) required[i / seen_bits] |= Seen{1} << i % seen_bits;
    if (layout.event < layout.size) required[layout.event / seen_bits] |= Seen{1} << layout.event % seen_bits;
    return required;
}
template <class T, bool Line>
inline constexpr auto required_of = list_required<T, Line>(FieldTypes<T>{});

template <class T, bool Line>
consteval ObjectShape make_shape() {
    constexpr std::span<const Member> members{read_table<T, Line>.data(), layout_of<T, Line>.size};
    constexpr bool differ = aliases_differ(members, aliases_of<T>);
    static_assert(differ, "notch: an alias is a key or alias of another field too: give each key to one field");
    auto copy = read_table<T, Line>;
    return {members, aliases_of<T>, required_of<T, Line>.data(), link_members(copy.data(), layout_of<T, Line>), Line};
}
/// T as the table that read_object works from; by itself, or as a line.
template <class T, bool Line>
inline constexpr ObjectShape shape_of = make_shape<T, Line>();

template <class T, class... Types>
consteval void refuse_const_fields() {
    constexpr bool changeable = [] {
        [[maybe_unused]] std::size_t i = 0;
        return (true && ... && (field_infos<T>[i++].skip || !std::is_const_v<Types>));
    }();
    static_assert(changeable, "notch: a const field cannot be read: make it non-const, or give it notch::skip");
}

template <bool Line, class T>
const char* read_struct(Reader& r, const char* at, T& out) {
    constexpr std::size_t size = layout_of<T, Line>.size;
    void* addresses[size + 1] = {};
    Fields<T>::visit(out, [&addresses]<class... Types>(Types&... fields) {
        refuse_const_fields<T, Types...>();
        std::size_t i = 0;
        ((addresses[i++] = const_cast<void*>(static_cast<const volatile void*>(&fields))), ...);
    });
    Seen seen[seen_words(size)] = {};
    return read_object(r, at, {shape_of<T, Line>, addresses, seen});
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
