// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>

namespace test {

/// How often this thread has called operator new.
std::size_t allocations() noexcept;

}  // namespace test
