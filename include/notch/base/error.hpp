// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_ERROR_HPP
#define NOTCH_BASE_ERROR_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI {

/// What went wrong, as a value to switch on.
enum class ErrorCode : std::uint8_t {
    syntax,          ///< the text is not JSON
    encoding,        ///< invalid UTF-8, a byte order mark, or a lone surrogate
    trailing,        ///< something follows the JSON value
    type_mismatch,   ///< valid JSON of another type than the field has
    out_of_range,    ///< a number that the field's type cannot hold exactly
    unknown_value,   ///< text that the enum's table does not have
    missing_field,   ///< a required member is absent
    duplicate_key,   ///< a field or map key given twice
    unknown_key,     ///< a key the struct does not have, where UnknownKeys::reject is set
    broken_rule,     ///< a value outside the rules of its field
    wrong_event,     ///< the line holds another event than the one asked for
    needs_copy,      ///< a string with escapes, read into a string_view
    limit,           ///< one of the Limits was reached; `expected` names it
    refused,         ///< the kind of file is not allowed (link, FIFO, device, ...)
    open_failed,     ///< the operating system could not open it
    read_failed,     ///< the operating system could not read it
    write_failed,    ///< the operating system could not write it
    no_memory,       ///< memory or another resource of the operating system ran out
    failed           ///< anything else; `found` says what
};

/// An error as a value: what was expected, what was found, and where.
///
///     auto r = notch::from_json<Job>(R"({"cpu":-1})");
///     std::puts(r.error().message().c_str());
///     // line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1
///
/// Made only on failure, so that success allocates nothing.
struct Error {
    ErrorCode code = ErrorCode::failed;
    int os_error = 0;          ///< errno or 0; what no errno says, on Windows, is 1'000'000 + GetLastError()
    std::size_t byte = 0;      ///< offset of the fault in the text, from 0
    std::size_t line = 0;      ///< from 1; 0: the error has no place in a text
    std::size_t column = 0;    ///< in bytes, from 1
    std::string field{};       ///< JSON pointer (RFC 6901), such as "/shape/cpu"; empty: the whole document
    std::string place{};       ///< a file or an operation, such as "open events.jsonl"; may be empty
    std::string expected{};
    std::string found{};

    /// One line for a person: place, line, column, field, what was expected and what was found.
    [[nodiscard]] std::string message() const {
        std::string out = place;
        const auto separate = [&out] {
            if (!out.empty()) out += ", ";
        };
        if (line != 0) {
            separate();
            out += "line " + std::to_string(line) + ", column " + std::to_string(column);
        }
        if (!field.empty()) {
            separate();
            out += field;
        }
        if (!out.empty()) out += ": ";
        out += "expected " + expected + ", found " + found;
        return out;
    }
};

}  // namespace notch::inline NOTCH_ABI

#endif
