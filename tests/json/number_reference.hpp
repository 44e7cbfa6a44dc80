// SPDX-License-Identifier: MIT
// What the number tests share: random bits, text as notch writes it, and the same text made in an obvious way.
#ifndef NOTCH_TESTS_JSON_NUMBER_REFERENCE_HPP
#define NOTCH_TESTS_JSON_NUMBER_REFERENCE_HPP

#include "notch.hpp"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

// Not every standard library has <charconv> for floating point.
#if defined(__cpp_lib_to_chars) && __cpp_lib_to_chars >= 201611L
#define NUMBER_TESTS_HAVE_CHARCONV 1
#else
#define NUMBER_TESTS_HAVE_CHARCONV 0
#endif

namespace number_tests {

namespace detail = notch::detail;

/// splitmix64
struct Random {
    std::uint64_t state;
    std::uint64_t operator()() {
        std::uint64_t v = state += 0x9e3779b97f4a7c15;
        v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
        v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
        return v ^ (v >> 31);
    }
    std::uint64_t below(std::uint64_t bound) { return operator()() % bound; }
};

inline char* write(char* out, double v) { return detail::write_double(out, v); }
inline char* write(char* out, float v) { return detail::write_float(out, v); }

/// As written, or "(outside)" when more than max_double_size bytes were touched.
template <class Float>
std::string text(Float v) {
    char buffer[detail::max_double_size + 16];
    std::memset(buffer, '#', sizeof buffer);
    const char* const end = write(buffer, v);
    for (std::size_t at = detail::max_double_size; at < sizeof buffer; ++at) {
        if (buffer[at] != '#') return "(outside)";
    }
    return std::string(buffer, static_cast<std::size_t>(end - buffer));
}

/// Whether the short way of the reader, which takes most texts, agrees with the long way on what stands between two commas.
inline bool ways_agree(std::string_view s) {
    char document[64] = "1234567,";
    constexpr std::size_t before = 8;
    if (s.size() > sizeof document - before - 1) return true;  // more than the short way takes
    std::memcpy(document + before, s.data(), s.size());
    document[before + s.size()] = ',';
    const char* const at = document + before;
    const char* const end = at + s.size() + 1;
    double usual = 0;
    const char* const after = detail::read_usual_double(document, end, at, usual);
    if (after == nullptr) return true;
    detail::NumberText number;
    double expected = 0;
    return detail::read_number(at, end, number) && detail::to_double(number, expected) && number.last == after &&
           std::bit_cast<std::uint64_t>(usual) == std::bit_cast<std::uint64_t>(expected);
}

/// By the long way; NaN, and the opposite answer, when the short way differs.
inline bool parse(std::string_view s, double& out) {
    const bool good = detail::parse_double(s.data(), s.data() + s.size(), out);
    if (ways_agree(s)) return good;
    out = std::numeric_limits<double>::quiet_NaN();
    return !good;
}
inline bool parse(std::string_view s, float& out) { return detail::parse_float(s.data(), s.data() + s.size(), out); }

/// NaN when it is refused; the tests below never expect one.
template <class Float>
Float parsed(std::string_view s) {
    Float v = 0;
    return parse(s, v) ? v : std::numeric_limits<Float>::quiet_NaN();
}

inline std::uint64_t bits(double v) { return std::bit_cast<std::uint64_t>(v); }
inline std::uint64_t bits(float v) { return std::bit_cast<std::uint32_t>(v); }

/// The digits d.ddd * 10^exponent by the rules of write_double().
inline std::string laid_out(bool negative, std::string digits, int exponent) {
    while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
    const auto count = static_cast<int>(digits.size());
    std::string out = negative ? "-" : "";
    if (exponent >= 16 || exponent < -6) {
        out += digits.substr(0, 1);
        if (count > 1) out += "." + digits.substr(1);
        return out + "e" + std::to_string(exponent);
    }
    if (exponent < 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    if (count <= exponent + 1)
        return out + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
    const auto whole = static_cast<std::size_t>(exponent + 1);
    return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

/// From "-d.ddde-dd", as the C and C++ libraries print it.
inline std::string laid_out(std::string s) {
    const bool negative = s[0] == '-';
    if (negative) s.erase(0, 1);
    const std::size_t e = s.find('e');
    std::string digits = s.substr(0, e);
    if (digits.size() > 1) digits.erase(1, 1);
    if (digits.find_first_not_of('0') == std::string::npos) return negative ? "-0.0" : "0.0";
    return laid_out(negative, digits, std::atoi(s.c_str() + e + 1));
}

#if NUMBER_TESTS_HAVE_CHARCONV
/// The shortest text of a finite value, from the standard library's digits.
template <class Float>
std::string reference(Float v) {
    char buffer[64];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific);
    return laid_out(std::string(buffer, result.ptr));
}
#endif

}  // namespace number_tests

#endif
