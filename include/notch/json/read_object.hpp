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

/// One key of a struct, and what is done with its value.
struct Member {
    const char* quoted = nullptr;    ///< `"key":`, readable up to a whole block at least
    ReadMember* read = nullptr;
    std::uint32_t first_block = 0;   ///< a bit for each byte of the first block that `quoted` has; 0: the key needs escapes
    std::uint32_t quoted_size = 0;
    std::uint32_t index = 0;         ///< of its address
    std::uint32_t following = 0;     ///< the member expected next
    Seen seen_bit = 0;
    std::string_view key{};
    Rules rules{};
    std::string_view event{};        ///< of the key `event` of a line: the name it must have
    bool skipped = false;            ///< never read
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

NOTCH_INTERNAL_COLD inline bool stands_key_at_end(const Reader& r, const char* at, const Member& member) noexcept {
    return member.first_block != 0 && stands_at(r, at, {member.quoted, member.quoted_size});
}

#if NOTCH_INTERNAL_SSE2
/// A bit for each byte of a block that two texts have in common.
NOTCH_INTERNAL_INLINE std::uint32_t equal_bytes(const char* a, const char* b) noexcept { return mask_of(_mm_cmpeq_epi8(load_16(a), load_16(b))); }
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
NOTCH_INTERNAL_INLINE bool same_block(const char* a, const char* b) noexcept { return equal_bytes(a, b) == whole_block; }

/// Whether the member's key begins at `at`, as far as the first block goes.
NOTCH_INTERNAL_INLINE bool stands_first_block(const char* at, const Member& member) noexcept {
    return (member.first_block & ~equal_bytes(at, member.quoted)) == 0 && member.first_block != 0;
}

/// The same for what a long key has behind its first block: its last block, which may overlap the first, and for keys of
/// more than two blocks what lies between.
NOTCH_INTERNAL_INLINE bool stands_rest(const Reader& r, const char* at, const Member& member) noexcept {
    const std::size_t size = member.quoted_size;
    if (r.left(at) < size) [[unlikely]] return false;
    if (size > 2 * key_block) [[unlikely]] return std::memcmp(at, member.quoted, size) == 0;
    return same_block(at + size - key_block, member.quoted + size - key_block);
}

/// Whether `"key":` of the member stands at `at`.
NOTCH_INTERNAL_INLINE bool stands_key(const Reader& r, const char* at, const Member& member) noexcept {
    if (r.left(at) < key_block) [[unlikely]] return stands_key_at_end(r, at, member);
    return stands_first_block(at, member) && (member.quoted_size <= key_block || stands_rest(r, at, member));
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
    return fail(r, Failure{.code = ErrorCode::duplicate_key, .scope = Scope::key, .at = key, .expected = "each key at most once"});
}

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_missing(Reader& r, const char* brace, const Member& member) noexcept {
    return fail(r, Failure{.code = ErrorCode::missing_field, .scope = Scope::container, .at = brace, .expected = "a value",
                           .found = "no such key", .member = member.key});
}

/// Reads the members of one object into the addresses of a struct's fields.
class ObjectReader {
public:
    ObjectReader(Reader& r, const ObjectShape& shape, void* const* addresses, Seen* seen) noexcept
        : r_{r}, shape_{shape}, addresses_{addresses}, seen_{seen}, due_{shape.members.data() + shape.first} {}

    const char* read(const char* at) {
        if (r_.peek(at) != '{') [[unlikely]] return fail_type(r_, at, "an object");
        if (!enter(r_)) [[unlikely]] return fail_depth(r_, at);
        at = skip_space(r_, at + 1);
        if (r_.peek(at) != '}') [[likely]] at = read_members(at);
        if (at == nullptr) [[unlikely]] return nullptr;
        if (r_.peek(at) != '}') [[unlikely]] return fail_separator(r_, at, true);
        leave(r_);
        return all_required(at) ? at + 1 : nullptr;
    }

private:
    /// Up to what follows the last member, which should be the brace.
    const char* read_members(const char* at) {
        for (std::size_t room = r_.limits->max_elements;; --room) {
            if (room == 0) [[unlikely]] return fail_elements(r_, at, true);
            at = stands_key(r_, at, *due_) ? read_due(at) : read_any(at);
            if (at == nullptr) [[unlikely]] return nullptr;
            if (r_.peek(at) != ',') {
                at = skip_space(r_, at);
                if (r_.peek(at) != ',') return at;
            }
            at = skip_space(r_, at + 1);
        }
    }

    NOTCH_INTERNAL_INLINE const char* read_due(const char* key) {
        return read_value(*due_, key, skip_space(r_, key + due_->quoted_size));
    }

    NOTCH_INTERNAL_INLINE const char* read_value(const Member& member, const char* key, const char* value) {
        Seen& seen = seen_[member.index / seen_bits];
        if ((seen & member.seen_bit) != 0) [[unlikely]] return fail_duplicate(r_, key);
        seen |= member.seen_bit;
        due_ = shape_.members.data() + member.following;
        return member.read(r_, value, addresses_[member.index], member);
    }

    /// A key that is not the one that is due.
    const char* read_any(const char* const key) {
        if (r_.peek(key) != '"') return fail_in_container(r_, key, "a key in quotes");
        StringToken token;
        const char* at = scan_string(r_, key, token);
        if (at == nullptr) return nullptr;
        at = skip_colon(r_, at);
        if (at == nullptr) return nullptr;
        const Member* const member = find_member(shape_, token, due_->index);
        return member != nullptr ? read_value(*member, key, at) : read_unknown(key, at, token);
    }

    const char* read_unknown(const char* key, const char* value, StringToken token) noexcept {
        const bool reserved = shape_.skips_notch && begins_as(token, "notch_");
        if (r_.limits->unknown_keys == UnknownKeys::reject && !reserved)
            return fail(r_, Failure{.code = ErrorCode::unknown_key, .scope = Scope::key, .at = key, .expected = "a key of the struct"});
        return skip_value(r_, value);
    }

    bool all_required(const char* brace) noexcept {
        for (std::size_t word = 0; word < seen_words(shape_.members.size()); ++word) {
            const Seen missing = shape_.required[word] & ~seen_[word];
            if (missing == 0) [[likely]] continue;
            fail_missing(r_, brace, shape_.members[word * seen_bits + static_cast<std::size_t>(std::countr_zero(missing))]);
            return false;
        }
        return true;
    }

    Reader& r_;
    const ObjectShape& shape_;
    void* const* addresses_;
    Seen* seen_;
    const Member* due_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
