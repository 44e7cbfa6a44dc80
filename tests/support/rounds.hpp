// SPDX-License-Identifier: MIT
#pragma once

namespace test {

/// How often a test tries something random. On an emulated processor and under a sanitizer a tenth of it: they look for what goes
/// wrong there every time, and the processors themselves run the whole.
constexpr int rounds(int count) noexcept {
#if defined(NOTCH_TEST_EMULATED) || defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return count / 10;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
    return count / 10;
#else
    return count;
#endif
#else
    return count;
#endif
}

}  // namespace test
