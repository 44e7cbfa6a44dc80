// SPDX-License-Identifier: MIT
// Whatever reads, written and read again is equal, and is written the same; by itself and as a line.
#include "events.hpp"
#include "fuzz.hpp"

#include <string>
#include <string_view>

namespace {

/// Compared by what is written, since NaN, which a line may hold as null, is not equal to itself.
template <class T>
void check_json(const T& value) {
    const std::string written = notch::to_json(value);
    const auto again = notch::from_json<T>(std::string_view{written});
    fuzz::expect(static_cast<bool>(again), "what was read and written reads again");
    if (again) fuzz::expect(notch::to_json(*again) == written, "and is written the same");
}
template <class T>
void check_line(const T& value) {
    const std::string written = notch::to_line(value);
    const auto again = notch::from_line<T>(std::string_view{written}, {.unknown_keys = notch::UnknownKeys::reject});
    fuzz::expect(static_cast<bool>(again), "what was read and written as a line reads again");
    if (again)
        fuzz::expect(notch::to_json(*again) == notch::to_json(value), "and is the same but for the line's own time");
}

void check_equal(const fuzz::Wide& a, const fuzz::Wide& b) {
    fuzz::expect(a.flag == b.flag && a.i8 == b.i8 && a.i64 == b.i64 && a.u16 == b.u16 && a.u64 == b.u64,
                 "equal integers");
    fuzz::expect(a.real32 == b.real32 && a.real64 == b.real64 && a.reals == b.reals, "equal reals");
    fuzz::expect(a.text == b.text && a.map == b.map && a.renamed == b.renamed, "equal texts");
    fuzz::expect(std::string_view{a.letters, sizeof a.letters} == std::string_view{b.letters, sizeof b.letters},
                 "equal letters");
    fuzz::expect(a.nanos == b.nanos && a.millis == b.millis && a.minutes == b.minutes, "equal durations");
    fuzz::expect(a.at == b.at && a.coarse == b.coarse && a.since == b.since, "equal times");
    fuzz::expect(a.kind == b.kind && a.inner.has_value() == b.inner.has_value() && a.two == b.two, "equal rest");
}

void round_trip(std::string_view text) {
    if (const auto read = notch::from_json<fuzz::Wide>(text)) {
        check_json(*read);
        const std::string written = notch::to_json(*read);
        if (const auto again = notch::from_json<fuzz::Wide>(std::string_view{written})) check_equal(*read, *again);
    }
    if (const auto read = notch::from_line<fuzz::Wide>(text)) check_line(*read);
    if (const auto read = notch::from_json<fuzz::Ruled>(text)) {
        check_json(*read);
        check_line(*read);
    }
}

}  // namespace

#ifdef NOTCH_TEST_FUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::run(round_trip, data, size);
}
#else
#include "corpus/round_trip.inc"
TEST_CASE("fuzz: read, write, read") { fuzz::replay(round_trip, corpus); }
#endif
