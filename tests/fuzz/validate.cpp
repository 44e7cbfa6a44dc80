// SPDX-License-Identifier: MIT
// Any bytes, as JSON: the verdict is that of an obvious reader, and the same wherever the text stands.
#include "fuzz.hpp"
#include "plain_json.hpp"

#include <string>
#include <string_view>

namespace {

struct Known {
    int known = 0;
};

/// What JSON allows and notch does not: numbers that no double holds, and what goes over a limit.
bool beyond_json(const notch::Error& error) {
    return error.code == notch::ErrorCode::out_of_range || error.code == notch::ErrorCode::limit;
}

void check_nested(std::string_view text, bool valid) {
    const std::string nested = "{\"unknown\":" + std::string{text} + ",\"known\":1}";
    const auto read = notch::from_json<Known>(fuzz::Exact{nested}.view(), {.max_depth = 65});
    fuzz::expect(static_cast<bool>(read) == valid || !fuzz::PlainJson{text}.valid(),
                 "a skipped value gets the same verdict");
    if (valid && read) fuzz::expect(read->known == 1, "what follows a skipped value is read");
}

void check_raw(std::string_view text) {
    const auto raw = notch::from_json<notch::RawJson>(text);
    fuzz::expect(static_cast<bool>(raw), "valid JSON reads as RawJson");
    if (!raw) return;
    const std::string written = notch::to_json(*raw);
    fuzz::expect(static_cast<bool>(notch::validate_json(written)), "RawJson writes valid JSON");
    const auto again = notch::from_json<notch::RawJson>(std::string_view{written});
    fuzz::expect(again && notch::to_json(*again) == written, "RawJson writes the same a second time");
}

void validate(std::string_view text) {
    const auto valid = notch::validate_json(text);
    if (valid) {
        fuzz::expect(fuzz::PlainJson{text}.valid(), "what is accepted is JSON");
        check_raw(text);
    } else {
        fuzz::expect(beyond_json(valid.error()) || !fuzz::PlainJson{text}.valid(), "what is refused is no JSON");
        fuzz::expect_good_error(valid.error(), text);
    }
    check_nested(text, static_cast<bool>(valid));
}

}  // namespace

#ifdef NOTCH_TEST_FUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::run(validate, data, size);
}
#else
#include "corpus/validate.inc"
TEST_CASE("fuzz: validate") { fuzz::replay(validate, corpus); }
#endif
