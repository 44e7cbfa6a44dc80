// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_CURSOR_HPP
#define NOTCH_JSON_CURSOR_HPP

#include "../base/plain_list.hpp"
#include "../base/error.hpp"
#include "../base/text_store.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What every reading function is handed. A function takes where its value begins and gives back where it ends, or null
// after it has noted the failure: so the position stays in a register, and success writes nothing down.

namespace notch::inline NOTCH_ABI::detail {

/// Nesting that the reader's own stack has room for, whatever Limits say.
inline constexpr std::size_t most_depth = 1024;

/// What the JSON pointer of a failure names.
enum class Scope : std::uint8_t {
    value,     ///< the value that stands at the byte, or around it
    key,       ///< the member whose key begins at the byte
    container  ///< the object or array around the byte
};

/// A failure as the parser sees it: plain data, so that noting one neither allocates nor costs anything where there is
/// none. Line, column, JSON pointer and texts are worked out afterwards (locate.hpp).
struct Failure {
    using Describe = void(const Failure& failure, Error& error);

    ErrorCode code = ErrorCode::failed;
    Scope scope = Scope::value;
    const char* at = nullptr;
    std::string_view expected{};
    std::string_view found{};      ///< empty: told from the text
    std::string_view member{};     ///< a key to put behind the pointer: that of a missing member
    Describe* describe = nullptr;  ///< fills in texts that have to be put together, from:
    const void* about = nullptr;
    std::int64_t low = 0;
    std::uint64_t high = 0;
    std::size_t count = 0;
};

struct Reader {
    const char* begin;
    const char* end;
    const Limits* limits;
    std::size_t depth_left;
    bool line = false;           ///< a ledger line: null reads as NaN in a floating field
    TextStore* store = nullptr;  ///< keeps what a view of an escaped string shows; without one that is an error
    PlainList<Failure>* violations = nullptr;  ///< where broken rules go when reading goes on after one
    Failure failure{};

    Reader(std::string_view text, const Limits& limits_in) noexcept
        : begin{text.data() != nullptr ? text.data() : ""},  // null means failure
          end{begin + text.size()},
          limits{&limits_in},
          depth_left{limits_in.max_depth < most_depth ? limits_in.max_depth : most_depth} {}

    [[nodiscard]] std::size_t left(const char* at) const noexcept { return static_cast<std::size_t>(end - at); }

    /// The byte at the cursor. A zero stands for the end of the text; as a byte of the text it is valid nowhere either.
    [[nodiscard]] NOTCH_INTERNAL_INLINE char peek(const char* at) const noexcept { return at != end ? *at : '\0'; }
};

/// Notes the failure; null, so that a reader can `return fail(...)`.
NOTCH_INTERNAL_COLD inline std::nullptr_t fail(Reader& r, const Failure& failure) noexcept {
    r.failure = failure;
    return nullptr;
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail(Reader& r, ErrorCode code, const char* at,
                                               std::string_view expected) noexcept {
    return fail(r, Failure{.code = code, .at = at, .expected = expected});
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_in_container(Reader& r, const char* at,
                                                            std::string_view expected) noexcept {
    return fail(r, Failure{.code = ErrorCode::syntax, .scope = Scope::container, .at = at, .expected = expected});
}

/// `at most 64 levels (max_depth)`: the unit and the name stand in `expected`.
inline void describe_limit(const Failure& failure, Error& error) {
    error.expected = "at most " + std::to_string(failure.high);
    error.expected.append(failure.expected);
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_limit(Reader& r, const char* at, std::size_t limit,
                                                     std::string_view unit) noexcept {
    return fail(r, Failure{.code = ErrorCode::limit,
                           .at = at,
                           .expected = unit,
                           .found = "more",
                           .describe = describe_limit,
                           .high = limit});
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_depth(Reader& r, const char* at) noexcept {
    return fail_limit(r, at, r.limits->max_depth < most_depth ? r.limits->max_depth : most_depth,
                      " levels (max_depth)");
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_string(Reader& r, const char* at) noexcept {
    return fail_limit(r, at, r.limits->max_string, " bytes (max_string)");
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_elements(Reader& r, const char* at, bool object) noexcept {
    fail_limit(r, at, r.limits->max_elements, object ? " keys (max_elements)" : " elements (max_elements)");
    r.failure.scope = Scope::container;
    return nullptr;
}

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* skip_more_space(const char* at, const char* end) noexcept {
    while (at != end && is_space(*at)) ++at;
    return at;
}
/// The next byte that is not white space, or the end.
NOTCH_INTERNAL_INLINE const char* skip_space(const char* end, const char* at) noexcept {
    if (at == end || static_cast<unsigned char>(*at) > ' ') [[likely]]
        return at;
    return skip_more_space(at, end);
}
NOTCH_INTERNAL_INLINE const char* skip_space(const Reader& r, const char* at) noexcept { return skip_space(r.end, at); }

/// One level deeper; false when the limit is reached.
NOTCH_INTERNAL_INLINE bool enter(Reader& r) noexcept {
    if (r.depth_left == 0) [[unlikely]]
        return false;
    --r.depth_left;
    return true;
}
NOTCH_INTERNAL_INLINE void leave(Reader& r) noexcept { ++r.depth_left; }

}  // namespace notch::inline NOTCH_ABI::detail

#endif
