// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include <doctest/doctest.h>

namespace test {

/// The accounting that every test of the recorder ends with: nothing is lost silently.
inline notch::Stats check_accounting(const notch::Stats& stats) {
    const notch::DropStats& drops = stats.drops;
    CHECK(stats.recorded == stats.written + stats.dropped);
    CHECK(stats.dropped == drops.full + drops.timeout + drops.too_large + drops.no_ring + drops.closed + drops.sink);
    return stats;
}

inline notch::Stats check_accounting(const notch::Recorder& recorder) { return check_accounting(recorder.stats()); }

}  // namespace test
