// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_ROWS_HPP
#define NOTCH_BASE_ROWS_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

namespace notch::inline NOTCH_ABI::detail {

/// A growing array of plain data, for code that is compiled with every program: std::vector takes ten times as long to compile for
/// each type. A failed allocation is an answer.
template <class T>
class Rows {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    Rows() noexcept = default;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { ::operator delete(data_); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
    T& operator[](std::size_t at) noexcept { return data_[at]; }
    const T& operator[](std::size_t at) const noexcept { return data_[at]; }

    /// False, and nothing added, when memory runs out.
    bool add(const T& row) noexcept {
        if (size_ == capacity_ && !grow(2 * size_ + 4)) return false;
        ::new (static_cast<void*>(data_ + size_)) T(row);
        ++size_;
        return true;
    }

private:
    bool grow(std::size_t capacity) noexcept {
        void* const larger = ::operator new(capacity * sizeof(T), std::nothrow);
        if (larger == nullptr) return false;
        if (size_ != 0) std::memcpy(larger, data_, size_ * sizeof(T));
        ::operator delete(data_);
        data_ = static_cast<T*>(larger);
        capacity_ = capacity;
        return true;
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
