// SPDX-License-Identifier: MIT
// Any bytes, read into structs: what reads is valid JSON, and what does not has an error with a place.
#include "events.hpp"
#include "fuzz.hpp"
#include "plain_json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace {

template <class T>
void check_result(const notch::Result<T>& read, std::string_view text) {
    if (!read) fuzz::expect_good_error(read.error(), text);
    else fuzz::expect(fuzz::PlainJson{text}.valid(), "what is read is JSON");
}

template <class T>
void check_reading(std::string_view text) {
    const auto read = notch::from_json<T>(text);
    check_result(read, text);
    const auto strict = notch::from_json<T>(text, {.unknown_keys = notch::UnknownKeys::reject});
    fuzz::expect(read || !strict, "an option that refuses more takes nothing more");
    const auto tight = notch::from_json<T>(text, {.max_bytes = 64, .max_depth = 2, .max_string = 4, .max_elements = 3});
    fuzz::expect(read || !tight, "a lower limit takes nothing more");
    check_result(notch::from_line<T>(text), text);
}

void check_violations(std::string_view text) {
    std::vector<notch::Error> violations;
    const auto read = notch::from_json<fuzz::Ruled>(text);
    const auto all = notch::from_json<fuzz::Ruled>(text, {}, violations);
    fuzz::expect(static_cast<bool>(read) == static_cast<bool>(all), "collecting what is broken decides the same");
    if (all) fuzz::expect(violations.empty(), "what reads breaks no rule");
    for (const notch::Error& error : violations) fuzz::expect_good_error(error, text);
}

void check_views(std::string_view text) {
    const auto read = notch::from_json<fuzz::Views>(text);
    check_result(read, text);
    if (!read) return;
    const auto inside = [text](std::string_view part) {
        return part.empty() || (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
    };
    fuzz::expect(inside(read->a) && (!read->b || inside(*read->b)), "a view shows the text it was read from");
}

void typed_read(std::string_view text) {
    check_reading<fuzz::Wide>(text);
    check_reading<fuzz::Ruled>(text);
    check_violations(text);
    check_views(text);
    check_result(notch::from_json<double>(text), text);
    check_result(notch::from_json<std::vector<std::int64_t>>(text), text);
}

}  // namespace

#ifdef NOTCH_TEST_FUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::run(typed_read, data, size);
}
#else
#include "corpus/typed_read.inc"
TEST_CASE("fuzz: typed read") { fuzz::replay(typed_read, corpus); }
#endif
