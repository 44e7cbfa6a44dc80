// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>

// The sanitizers bring an operator new of their own and make system calls of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NOTCH_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NOTCH_TEST_SANITIZED 1
#endif
#endif
#ifndef NOTCH_TEST_SANITIZED
#define NOTCH_TEST_SANITIZED 0
#endif

namespace test {

/// How often this thread has called operator new; always 0 in a sanitized program.
std::size_t allocations() noexcept;

}  // namespace test
