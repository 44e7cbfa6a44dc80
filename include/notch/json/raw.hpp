// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_RAW_HPP
#define NOTCH_JSON_RAW_HPP

#include "../config.hpp"
#include "parse.hpp"

#include <cstddef>
#include <cstring>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// Copies JSON without the white space between its tokens, which may hold newlines that would break a line in two.
inline char* put_compact(char* out, std::string_view json) noexcept {
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string && c == '\\') {
            *out++ = c;
            *out++ = json[++i];
            continue;
        }
        if (c == '"') in_string = !in_string;
        if (in_string || !(c == ' ' || c == '\n' || c == '\r' || c == '\t')) *out++ = c;
    }
    return out;
}

/// JSON that a user brings along. It is checked, because a line that is not JSON is lost to every reader; what is not one
/// valid value becomes null. Touches at most size + 4 bytes.
inline char* put_raw(char* out, std::string_view json) noexcept {
    if (is_json(json)) return put_compact(out, json);
    std::memcpy(out, "null", 4);
    return out + 4;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
