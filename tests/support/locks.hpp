// SPDX-License-Identifier: MIT
#pragma once
#include "allocations.hpp"

#include <cstddef>

// Calls are counted where a program can stand between itself and its C library, and no sanitizer or emulator does so already.
#if defined(__linux__) && defined(__GLIBC__) && !NOTCH_TEST_SANITIZED && !defined(NOTCH_TEST_EMULATED)
#define NOTCH_TEST_COUNTS_LOCKS 1
#else
#define NOTCH_TEST_COUNTS_LOCKS 0
#endif

namespace test {

/// How often this thread has locked or unlocked a mutex, or waited for or woken others at a condition; 0 where nothing is counted.
std::size_t lock_operations() noexcept;

}  // namespace test
