// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_READ_OBJECT_HPP
#define NOTCH_JSON_READ_OBJECT_HPP

#include "../base/error.hpp"
#include "../config.hpp"
#include "../event/rules.hpp"
#include "../macros.hpp"
#include "cursor.hpp"
#include "parse.hpp"
#include "read_values.hpp"
#include "scan.hpp"
#include "word.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

// Objects into structs. The struct is a table of its members here, so one plain function reads them all. Writers keep the
// order of a struct's fields, so each key is first compared with the one that is due, its quotes and colon included,
// 16 bytes at a time; only what comes out of order is looked up. Keys of the text are put into no table: duplicates are
// told by one bit a member.

namespace notch::inline NOTCH_ABI::detail {

struct Member;
using ReadMember = const char*(Reader& r, const char* at, void* out, const Member& member);

/// Keys are compared in blocks of so many bytes.
inline constexpr std::size_t key_block = 16;

/// A bit for every member: whether it was read.
using Seen = std::uint64_t;
inline constexpr std::size_t seen_bits = 64;
constexpr std::size_t seen_words(std::size_t members) noexcept { return members / seen_bits + 1; }

/// The quoted_size of a key that needs escapes and so is looked up, and of no key at all.
inline constexpr std::uint32_t never_stands = 0xffff'ffff;

/// One key of a struct, and what is done with its value.
struct Member {
    const char* quoted = nullptr;  ///< `"key":`, readable up to a whole block at least
    ReadMember* read = nullptr;
    std::uint32_t first_block = 1;  ///< a bit for each byte of the first block that `quoted` has
    std::uint32_t quoted_size = never_stands;
    std::uint32_t index = 0;      ///< of its address
    std::uint32_t following = 0;  ///< the member expected next
    Seen seen_bit = 0;
    std::string_view key{};
    Rules rules{};
    std::string_view event{};  ///< of the key `event` of a line: the name it must have
    bool skipped = false;      ///< never read
};

/// A further key of a member.
struct Alias {
    std::string_view key{};
    std::size_t member = 0;
};

struct ObjectShape {
    std::span<const Member> members;  ///< behind the last stands one more that no key is
    std::span<const Alias> aliases;
    const Seen* required;      ///< a bit for each member that must be there
    std::size_t first = 0;     ///< the member expected first
    bool skips_notch = false;  ///< keys that begin with `notch_` belong to the ledger
};

NOTCH_INTERNAL_COLD inline bool stands_key_at_end(const char* end, const char* at, const Member& member) noexcept {
    return static_cast<std::size_t>(end - at) >= member.quoted_size &&
           std::memcmp(at, member.quoted, member.quoted_size) == 0;
}

#if NOTCH_INTERNAL_SSE2
/// A bit for each byte of a block that two texts have in common.
NOTCH_INTERNAL_INLINE std::uint32_t equal_bytes(const char* a, const char* b) noexcept {
    return mask_of(_mm_cmpeq_epi8(load_16(a), load_16(b)));
}
#else
/// The same, for bytes that are all equal up to the first that is not; what follows it is left out.
NOTCH_INTERNAL_INLINE std::uint32_t equal_bytes(const char* a, const char* b) noexcept {
    const std::uint64_t low = load_8(a) ^ load_8(b);
    const std::uint64_t high = load_8(a + 8) ^ load_8(b + 8);
    const int equal = low != 0 ? std::countr_zero(low) / 8 : 8 + std::countr_zero(high) / 8;
    return (std::uint32_t{1} << equal) - 1;
}
#endif
inline constexpr std::uint32_t whole_block = 0xffff;
NOTCH_INTERNAL_INLINE bool same_block(const char* a, const char* b) noexcept {
    return equal_bytes(a, b) == whole_block;
}

/// Whether the member's key begins at `at`, as far as the first block goes.
NOTCH_INTERNAL_INLINE bool stands_first_block(const char* at, const Member& member) noexcept {
    return (member.first_block & ~equal_bytes(at, member.quoted)) == 0;
}

/// The same for what a long key has behind its first block: its last block, which may overlap the first, and for keys of
/// more than two blocks what lies between.
NOTCH_INTERNAL_INLINE bool stands_rest(const char* end, const char* at, const Member& member) noexcept {
    const std::size_t size = member.quoted_size;
    if (static_cast<std::size_t>(end - at) < size) [[unlikely]]
        return false;
    if (size > 2 * key_block) [[unlikely]]
        return size != never_stands && std::memcmp(at, member.quoted, size) == 0;
    return same_block(at + size - key_block, member.quoted + size - key_block);
}

/// Whether `"key":` of the member stands at `at`.
NOTCH_INTERNAL_INLINE bool stands_key(const char* end, const char* at, const Member& member) noexcept {
    if (end - at < static_cast<std::ptrdiff_t>(key_block)) [[unlikely]]
        return stands_key_at_end(end, at, member);
    return stands_first_block(at, member) && (member.quoted_size <= key_block || stands_rest(end, at, member));
}

/// The member of that key, or null. Looking begins at the member that is due.
inline const Member* find_member(const ObjectShape& shape, StringToken key, std::size_t due) noexcept {
    const std::size_t count = shape.members.size();
    for (std::size_t i = 0, at = due; i < count; ++i, ++at) {
        if (at >= count) at = 0;
        const Member& member = shape.members[at];
        if (!member.skipped && reads_as(key, member.key)) return &member;
    }
    for (const Alias& alias : shape.aliases)
        if (reads_as(key, alias.key)) return &shape.members[alias.member];
    return nullptr;
}

inline const char* fail_duplicate(Reader& r, const char* key) noexcept {
    return fail(
        r,
        Failure{.code = ErrorCode::duplicate_key, .scope = Scope::key, .at = key, .expected = "each key at most once"});
}
inline void describe_repeated(const Failure& failure, Error& error) {
    error.expected = '"' + std::string{failure.expected} + "\" by one of its keys at most once";
}
/// The same for a member, whose keys may differ.
NOTCH_INTERNAL_COLD inline const char* fail_repeated(Reader& r, const char* key, const Member& member) noexcept {
    StringToken token;
    if (scan_string(r, key, token) != nullptr && reads_as(token, member.key)) return fail_duplicate(r, key);
    return fail(r, Failure{.code = ErrorCode::duplicate_key,
                           .scope = Scope::key,
                           .at = key,
                           .expected = member.key,
                           .describe = describe_repeated});
}

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_missing(Reader& r, const char* brace, const Member& member) noexcept {
    return fail(r, Failure{.code = ErrorCode::missing_field,
                           .scope = Scope::container,
                           .at = brace,
                           .expected = "a value",
                           .found = "no such key",
                           .member = member.key});
}

/// Where the members of one object go.
struct ObjectTarget {
    const ObjectShape& shape;
    void* const* addresses;  ///< of the struct's fields
    Seen* seen;
};

inline const char* read_unknown(Reader& r, const ObjectShape& shape, const char* key, const char* value,
                                StringToken token) noexcept {
    const bool reserved = shape.skips_notch && begins_as(token, "notch_");
    if (r.limits->unknown_keys == UnknownKeys::reject && !reserved)
        return fail(
            r,
            Failure{.code = ErrorCode::unknown_key, .scope = Scope::key, .at = key, .expected = "a key of the struct"});
    return skip_value(r, value);
}

/// The value of a member whose key has been read; `due` becomes the member expected next.
NOTCH_INTERNAL_INLINE const char* read_member_value(Reader& r, const ObjectTarget& target, const Member& member,
                                                    const char* key, const char* value, const Member*& due) {
    Seen& seen = target.seen[member.index / seen_bits];
    if ((seen & member.seen_bit) != 0) [[unlikely]]
        return fail_repeated(r, key, member);
    seen |= member.seen_bit;
    due = target.shape.members.data() + member.following;
    return member.read(r, value, target.addresses[member.index], member);
}

/// The member whose key stands at `at`, when it is one of the next behind the one that is due: writers leave out what is empty.
NOTCH_INTERNAL_INLINE const Member* find_near(const Reader& r, const ObjectShape& shape, const char* at,
                                              const Member* due) noexcept {
    constexpr int most = 6;
    const Member* const members = shape.members.data();
    for (int i = 0; i < most; ++i) {
        due = members + due->following;
        if (stands_key(r.end, at, *due)) return due;
        if (due == members + shape.members.size()) break;
    }
    return nullptr;
}

/// A key that is not the one that is due, and its value.
inline const char* read_any_member(Reader& r, const ObjectTarget& target, const char* const key, const Member*& due) {
    if (const Member* const member = find_near(r, target.shape, key, due))
        return read_member_value(r, target, *member, key, skip_space(r, key + member->quoted_size), due);
    if (r.peek(key) != '"') return fail_in_container(r, key, "a key in quotes");
    StringToken token;
    const char* at = scan_string(r, key, token);
    if (at == nullptr) return nullptr;
    at = skip_colon(r, at);
    if (at == nullptr) return nullptr;
    const Member* const member = find_member(target.shape, token, due->index);
    return member != nullptr ? read_member_value(r, target, *member, key, at, due)
                             : read_unknown(r, target.shape, key, at, token);
}

/// The members of an object that has some, up to what follows the last, which should be the brace.
inline const char* read_members(Reader& r, const ObjectTarget& target, const char* at) {
    const char* const end = r.end;
    const Member* due = target.shape.members.data() + target.shape.first;
    for (std::size_t room = r.limits->max_elements;; --room) {
        if (room == 0) [[unlikely]]
            return fail_elements(r, at, true);
        if (stands_key(end, at, *due)) [[likely]] {
            at = read_member_value(r, target, *due, at, skip_space(end, at + due->quoted_size), due);
        } else {
            at = read_any_member(r, target, at, due);
        }
        if (at == nullptr) [[unlikely]]
            return nullptr;
        if (at == end || *at != ',') {
            at = skip_space(end, at);
            if (at == end || *at != ',') return at;
        }
        at = skip_space(end, at + 1);
    }
}

inline bool all_required(Reader& r, const ObjectTarget& target, const char* brace) noexcept {
    for (std::size_t word = 0; word < seen_words(target.shape.members.size()); ++word) {
        const Seen missing = target.shape.required[word] & ~target.seen[word];
        if (missing == 0) [[likely]]
            continue;
        const auto member = word * seen_bits + static_cast<std::size_t>(std::countr_zero(missing));
        fail_missing(r, brace, target.shape.members[member]);
        return false;
    }
    return true;
}

/// One object into a struct.
inline const char* read_object(Reader& r, const char* at, const ObjectTarget& target) {
    if (r.peek(at) != '{') [[unlikely]]
        return fail_type(r, at, "an object");
    if (!enter(r)) [[unlikely]]
        return fail_depth(r, at);
    at = skip_space(r, at + 1);
    if (r.peek(at) != '}') [[likely]]
        at = read_members(r, target, at);
    if (at == nullptr) [[unlikely]]
        return nullptr;
    if (r.peek(at) != '}') [[unlikely]]
        return fail_separator(r, at, true);
    leave(r);
    return all_required(r, target, at) ? at + 1 : nullptr;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
