// SPDX-License-Identifier: MIT
// Counts every allocation of the test program; the array and sized forms end here as well.
#include "allocations.hpp"

#include <cstdlib>
#include <new>

// GCC sees free() at the end of delete expressions elsewhere and cannot know that new is malloc() here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace {

thread_local std::size_t count = 0;

}  // namespace

std::size_t test::allocations() noexcept { return count; }

#if !NOTCH_TEST_SANITIZED
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++count;
    return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
    if (void* const memory = operator new(size, std::nothrow)) return memory;
#if defined(__cpp_exceptions)
    throw std::bad_alloc{};
#else
    std::abort();
#endif
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#endif
