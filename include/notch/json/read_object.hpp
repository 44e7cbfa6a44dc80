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

inline constexpr std::size_t quoted_padding = 16;

/// One key of a struct, and what is done with its value.
struct Member {
    std::string_view key{};
    const char* quoted = nullptr;     ///< `"key":`, and quoted_padding bytes that may be read; null: the key needs escapes
    std::size_t quoted_size = 0;
    std::size_t following = 0;        ///< the member expected next
    ReadMember* read = nullptr;       ///< null: never read
    Rules rules{};
    std::string_view event{};         ///< of the key `event` of a line: the name it must have
    bool required = false;
};

/// A further key of a member.
struct Alias {
    std::string_view key{};
    std::size_t member = 0;
};

struct ObjectShape {
    std::span<const Member> members;
    std::span<const Alias> aliases;
    std::size_t first = 0;      ///< the member expected first
    bool skips_notch = false;   ///< keys that begin with `notch_` belong to the ledger
};

/// A bit for every member.
using Seen = std::uint64_t;
inline constexpr std::size_t seen_bits = 64;
constexpr std::size_t seen_words(std::size_t members) noexcept { return members / seen_bits + 1; }

/// Whether `"key":` of the member stands at `at`.
NOTCH_INTERNAL_INLINE bool stands_key(const Reader& r, const char* at, const Member& member) noexcept {
    const std::size_t left = r.left(at);
    const std::size_t size = member.quoted_size;
    if (left < size || member.quoted == nullptr) return false;
    if (left < quoted_padding) return std::memcmp(at, member.quoted, size) == 0;
    const std::size_t beyond = size < quoted_padding ? quoted_padding - size : 0;
#if NOTCH_INTERNAL_SSE2
    const unsigned equal = mask_of(_mm_cmpeq_epi8(load_16(at), load_16(member.quoted)));
    const bool same = (~equal << (16 + beyond)) == 0;
#else
    const std::uint64_t low = load_8(at) ^ load_8(member.quoted);
    const std::uint64_t high = load_8(at + 8) ^ load_8(member.quoted + 8);
    const bool same = beyond >= 8 ? low << 8 * (beyond - 8) == 0 : low == 0 && high << 8 * beyond == 0;
#endif
    if (!same || size <= quoted_padding) return same;
    return std::memcmp(at + quoted_padding, member.quoted + quoted_padding, size - quoted_padding) == 0;
}

/// The member of that key; members.size() when there is none. Looking begins at the member that is due.
inline std::size_t find_member(const ObjectShape& shape, StringToken key, std::size_t due) noexcept {
    const std::size_t count = shape.members.size();
    for (std::size_t i = 0, at = due; i < count; ++i, ++at) {
        if (at >= count) at = 0;
        const Member& member = shape.members[at];
        if (member.read != nullptr && reads_as(key, member.key)) return at;
    }
    for (const Alias& alias : shape.aliases)
        if (reads_as(key, alias.key)) return alias.member;
    return count;
}

inline const char* fail_duplicate(Reader& r, const char* key) noexcept {
    return fail(r, Failure{.code = ErrorCode::duplicate_key, .scope = Scope::key, .at = key, .expected = "each key at most once"});
}

/// Reads the members of one object.
class ObjectReader {
public:
    ObjectReader(Reader& r, const ObjectShape& shape, void* const* addresses, Seen* seen) noexcept
        : r_{r}, shape_{shape}, addresses_{addresses}, seen_{seen} {}

    const char* read(const char* at) {
        if (r_.peek(at) != '{') [[unlikely]] return fail_type(r_, at, "an object");
        if (!enter(r_)) [[unlikely]] return fail_depth(r_, at);
        at = read_members(skip_space(r_, at + 1));
        leave(r_);
        return at;
    }

private:
    const char* read_members(const char* at) {
        if (r_.peek(at) == '}') return finish(at);
        std::size_t due = shape_.first;
        for (std::size_t keys = 0;; ++keys) {
            if (keys == r_.limits->max_elements) [[unlikely]] return fail_elements(r_, at, true);
            at = read_member(at, due);
            if (at == nullptr) [[unlikely]] return nullptr;
            at = skip_space(r_, at);
            if (r_.peek(at) != ',') break;
            at = skip_space(r_, at + 1);
        }
        if (r_.peek(at) != '}') [[unlikely]] return fail_separator(r_, at, true);
        return finish(at);
    }

    /// A key and its value; `due` is the member expected here and then the one expected next.
    NOTCH_INTERNAL_INLINE const char* read_member(const char* at, std::size_t& due) {
        if (due < shape_.members.size() && stands_key(r_, at, shape_.members[due])) [[likely]] {
            const Member& member = shape_.members[due];
            if (!mark(due)) [[unlikely]] return fail_duplicate(r_, at);
            const char* const value = skip_space(r_, at + member.quoted_size);
            void* const address = addresses_[due];
            due = member.following;
            return member.read(r_, value, address, member);
        }
        return read_any_member(at, due);
    }

    const char* read_any_member(const char* const key, std::size_t& due) {
        if (r_.peek(key) != '"') return fail_in_container(r_, key, "a key in quotes");
        StringToken token;
        const char* at = scan_string(r_, key, token);
        if (at == nullptr) return nullptr;
        at = skip_colon(r_, at);
        if (at == nullptr) return nullptr;
        const std::size_t found = find_member(shape_, token, due);
        if (found == shape_.members.size()) return read_unknown(key, at, token);
        if (!mark(found)) return fail_duplicate(r_, key);
        const Member& member = shape_.members[found];
        due = member.following;
        return member.read(r_, at, addresses_[found], member);
    }

    const char* read_unknown(const char* key, const char* value, StringToken token) noexcept {
        const bool reserved = shape_.skips_notch && begins_as(token, "notch_");
        if (r_.limits->unknown_keys == UnknownKeys::reject && !reserved)
            return fail(r_, Failure{.code = ErrorCode::unknown_key, .scope = Scope::key, .at = key, .expected = "a key of the struct"});
        return skip_value(r_, value);
    }

    bool mark(std::size_t member) noexcept {
        Seen& word = seen_[member / seen_bits];
        const Seen bit = Seen{1} << member % seen_bits;
        if ((word & bit) != 0) return false;
        word |= bit;
        return true;
    }

    const char* finish(const char* brace) {
        for (std::size_t i = 0; i < shape_.members.size(); ++i) {
            const Member& member = shape_.members[i];
            if (!member.required || (seen_[i / seen_bits] >> i % seen_bits & 1) != 0) continue;
            return fail(r_, Failure{.code = ErrorCode::missing_field, .scope = Scope::container, .at = brace, .expected = "a value",
                                    .found = "no such key", .member = member.key});
        }
        return brace + 1;
    }

    Reader& r_;
    const ObjectShape& shape_;
    void* const* addresses_;
    Seen* seen_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
