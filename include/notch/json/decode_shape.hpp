// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_DECODE_SHAPE_HPP
#define NOTCH_JSON_DECODE_SHAPE_HPP

#include "../base/error.hpp"
#include "../config.hpp"
#include "../event/event.hpp"
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

inline void describe_event(const Failure& failure, Error& error) { error.expected = "the event \"" + std::string{failure.expected} + '"'; }

/// Of a line's key `event`: the name of the struct.
inline const char* read_event_name(Reader& r, const char* at, void*, const Member& member) {
    StringToken token;
    const char* const next = read_token(r, at, token);
    if (next == nullptr || reads_as(token, member.event)) return next;
    return fail(r, Failure{.code = ErrorCode::wrong_event, .at = at, .expected = member.event, .describe = describe_event});
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

template <class T, std::size_t I, class F>
consteval bool may_be_absent() {
    constexpr FieldInfo info = field_infos<T>[I];
    return is_optional<F> || info.defaulted || info.omit_empty || info.omit_default;
}

template <class T, bool Line, std::size_t I, class F>
consteval ReadMember* choose_reader() {
    constexpr FieldInfo info = field_infos<T>[I];
    if constexpr (info.skip) {
        return nullptr;
    } else if constexpr (info.redact) {
        return read_ignored;
    } else {
        static_assert(!std::is_const_v<F>, "notch: a const field cannot be read: make it non-const, or give it notch::skip");
        constexpr ReadMode mode{.unix_seconds = info.unix_seconds, .ruled = info.has_rules};
        if constexpr (Line && I == Envelope<T>::event) return read_given_event_name<F>;
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

/// The keys of all members as `"key":`, one behind the other.
template <std::size_t N>
struct QuotedKeys {
    char text[N + quoted_padding] = {};
};

constexpr std::size_t quoted_size(std::string_view key) noexcept { return key.size() + 3; }

template <std::size_t Count>
consteval std::size_t quoted_sizes(const std::array<std::string_view, Count>& keys) {
    std::size_t size = 0;
    for (const std::string_view key : keys) size += quoted_size(key);
    return size;
}

template <std::size_t N, std::size_t Count>
consteval QuotedKeys<N> quote_keys(const std::array<std::string_view, Count>& keys) {
    QuotedKeys<N> quoted;
    char* at = quoted.text;
    for (const std::string_view key : keys) {
        *at++ = '"';
        for (const char c : key) *at++ = c;
        *at++ = '"';
        *at++ = ':';
    }
    return quoted;
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
template <std::size_t Keys, std::size_t Aliases>
consteval bool aliases_differ(const std::array<Member, Keys>& members, const std::array<Alias, Aliases>& aliases) {
    for (std::size_t i = 0; i < Aliases; ++i) {
        for (const Member& member : members)
            if (member.read != nullptr && member.key == aliases[i].key) return false;
        for (std::size_t k = i + 1; k < Aliases; ++k)
            if (aliases[i].key == aliases[k].key) return false;
    }
    return true;
}

/// The members of T, and behind them what a line has besides: the timestamp and the event's name.
template <class T, bool Line>
struct ShapeOf {
    static constexpr std::size_t fields = Fields<T>::count;

private:
    static consteval std::size_t timestamp_field() {
        if constexpr (Line) return Envelope<T>::timestamp;
        else return no_field;
    }
    static consteval std::size_t event_field() {
        if constexpr (Line) return Envelope<T>::event;
        else return no_field;
    }
    static consteval bool enveloped() {
        if constexpr (Line) return Envelope<T>::on;
        else return false;
    }
    static constexpr bool own_timestamp = enveloped() && timestamp_field() == no_field;
    static constexpr bool own_event = enveloped() && event_field() == no_field;
    static constexpr std::size_t timestamp_at = own_timestamp ? fields : timestamp_field();
    static constexpr std::size_t event_at = own_event ? fields + (own_timestamp ? 1 : 0) : event_field();

public:
    static constexpr std::size_t size = fields + (own_timestamp ? 1 : 0) + (own_event ? 1 : 0);

private:
    static consteval std::array<std::string_view, size> list_keys() {
        std::array<std::string_view, size> keys{};
        for (std::size_t i = 0; i < fields; ++i) keys[i] = field_infos<T>[i].key;
        if (own_timestamp) keys[timestamp_at] = "timestamp";
        if (own_event) keys[event_at] = "event";
        return keys;
    }
    static constexpr auto keys = list_keys();
    static constexpr auto quoted = quote_keys<quoted_sizes(keys)>(keys);

    /// The order in which writers give the members: the envelope first. Links each to the next; gives back the first.
    static consteval std::size_t link(std::array<Member, size>& members) {
        std::size_t first = size;
        std::size_t last = size;
        const auto append = [&](std::size_t at) {
            if (at >= size || members[at].read == nullptr) return;
            (last == size ? first : members[last].following) = at;
            last = at;
        };
        append(timestamp_at);
        append(event_at);
        for (std::size_t i = 0; i < fields; ++i)
            if (i != timestamp_at && i != event_at) append(i);
        return first;
    }

    template <std::size_t I, class F>
    static constexpr void describe(Member& member) {
        member.read = choose_reader<T, Line, I, F>();
        member.required = member.read != nullptr && !may_be_absent<T, I, std::remove_cv_t<F>>();
        if constexpr (field_infos<T>[I].has_rules && !field_infos<T>[I].skip && !field_infos<T>[I].redact)
            member.rules = field_rules<T, I, std::remove_cv_t<F>>();
    }

    static consteval std::array<Member, size> list_members() {
        std::array<Member, size> members{};
        const char* at = quoted.text;
        for (std::size_t i = 0; i < size; ++i) {
            members[i].key = keys[i];
            members[i].following = size;
            members[i].quoted_size = quoted_size(keys[i]);
            if (is_plain_key(keys[i])) members[i].quoted = at;
            at += quoted_size(keys[i]);
        }
        [&]<class... Types, std::size_t... I>(TypeList<Types...>, std::index_sequence<I...>) {
            (describe<I, Types>(members[I]), ...);
        }(FieldTypes<T>{}, std::make_index_sequence<fields>{});
        if (own_timestamp) members[timestamp_at].read = read_ignored;
        if (own_event) {
            members[event_at].read = read_event_name;
            members[event_at].required = true;
        }
        if constexpr (enveloped())
            if (event_at < size) members[event_at].event = Envelope<T>::name;
        link(members);
        return members;
    }
    static constexpr std::array<Member, size> members = list_members();
    static constexpr std::array<Alias, count_aliases<T>()> aliases = list_aliases<T, count_aliases<T>()>();
    static_assert(aliases_differ(members, aliases), "notch: an alias is a key or alias of another field too: give each key to one field");

    static consteval std::size_t first_member() {
        auto copy = list_members();
        return link(copy);
    }

public:
    static constexpr ObjectShape shape{members, aliases, first_member(), Line};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
