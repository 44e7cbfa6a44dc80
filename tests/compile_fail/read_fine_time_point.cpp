// SPDX-License-Identifier: MIT
// expect: notch: a time point is read only with a period of whole seconds or of a decimal part down to a nanosecond
#include "notch.hpp"

struct Sample {
#ifdef REFUSED
    using Period = std::pico;
#else
    using Period = std::nano;
#endif
    std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<std::int64_t, Period>> at;
};

bool reads(std::string_view text) { return notch::from_json<Sample>(text).has_value(); }
