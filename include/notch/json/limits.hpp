// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_LIMITS_HPP
#define NOTCH_JSON_LIMITS_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstdint>

namespace notch::inline NOTCH_ABI {

// GCC 12 takes the enumerator `skip` for one that hides notch::skip, the option of a field.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
/// What reading does with a key that the struct does not have.
enum class UnknownKeys : std::uint8_t {
    skip,   ///< its value is checked as JSON and passed over
    reject  ///< an error of code unknown_key
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// How much one document may ask of the reader. On by default; a file of an untrusted writer can cost no more than this.
///
///     auto job = notch::from_json<Job>(text, {.max_bytes = 1024, .unknown_keys = notch::UnknownKeys::reject});
///
/// Reaching a limit is an error of code limit whose `expected` names the member. What is exactly as large as the limit
/// is still read. Limits hold for skipped values too.
struct Limits {
    std::size_t max_bytes = 1024 * 1024;  ///< of the whole text
    std::size_t max_depth = 64;           ///< objects and arrays inside each other; more than 1024 counts as 1024
    std::size_t max_string = 64 * 1024;   ///< bytes of one string or key, as it stands between its quotes
    std::size_t max_elements = 10'000;    ///< elements of one array, keys of one object
    UnknownKeys unknown_keys = UnknownKeys::skip;
};

}  // namespace notch::inline NOTCH_ABI

#endif
