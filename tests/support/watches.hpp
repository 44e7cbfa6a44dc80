// SPDX-License-Identifier: MIT
#pragma once

// Whether system_calls.hpp works here: emulators do not know the filter that stands between; the thread sanitizer makes some of these
// calls itself, under its own locks.
#if !defined(__linux__) || defined(NOTCH_TEST_EMULATED) || defined(__SANITIZE_THREAD__)
#define NOTCH_TEST_WATCHES 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NOTCH_TEST_WATCHES 0
#endif
#endif
#ifndef NOTCH_TEST_WATCHES
#define NOTCH_TEST_WATCHES 1
#endif
