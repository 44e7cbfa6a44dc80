// SPDX-License-Identifier: MIT
// One body is two programs: a target of libFuzzer when NOTCH_TEST_FUZZER is defined, and else a test of the suite that
// replays what the fuzzer found worth keeping, whole and cut off at every byte.
#ifndef NOTCH_TESTS_FUZZ_FUZZ_HPP
#define NOTCH_TESTS_FUZZ_FUZZ_HPP

#include "notch.hpp"

#ifndef NOTCH_TEST_FUZZER
#include <doctest/doctest.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace fuzz {

/// A text in memory of exactly its size, so that a sanitizer sees every byte read beside it.
class Exact {
public:
    explicit Exact(std::string_view text) : bytes_{new char[text.size()]}, size_{text.size()} {
        text.copy(bytes_.get(), size_);
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

/// What must hold for every input.
inline void expect(bool holds, const char* what) {
#ifdef NOTCH_TEST_FUZZER
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
#else
    if (!holds) FAIL_CHECK(what);
#endif
}

/// An error has a place in the text and words for it.
inline void expect_good_error(const notch::Error& error, std::string_view text) {
    expect(error.byte <= text.size(), "the error is in the text");
    expect(error.line >= 1 && error.column >= 1, "lines and columns begin with 1");
    expect(!error.message().empty() && notch::validate_json(notch::to_json(error.message())), "the message is text");
    expect(!notch::explain(error, text).empty(), "the error can be shown");
}

using Body = void(std::string_view text);

#ifdef NOTCH_TEST_FUZZER
inline int run(Body* body, const std::uint8_t* data, std::size_t size) {
    body(Exact{{reinterpret_cast<const char*>(data), size}}.view());
    return 0;
}
#else
template <std::size_t N>
void replay(Body* body, const std::string_view (&corpus)[N]) {
    constexpr std::size_t longest = 48;  // of those that are cut off
    static_assert(N > 30);
    for (const std::string_view text : corpus) {
        CAPTURE(text);
        body(Exact{text}.view());
        for (std::size_t size = text.size() <= longest ? text.size() : 0; size-- > 0;)
            body(Exact{text.substr(0, size)}.view());
    }
}
#endif

}  // namespace fuzz

#endif
