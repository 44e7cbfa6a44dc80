// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_BUFFER_HPP
#define NOTCH_BASE_BUFFER_HPP

#include "../config.hpp"
#include "../macros.hpp"

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace notch::inline NOTCH_ABI::detail {

/// The same as std::string_view{data, size}, which takes the compiler as long as a header does when these are not exactly a const char*
/// and a std::size_t: it then asks whether they are iterators.
[[nodiscard]] constexpr std::string_view view_of(const char* data, std::size_t size) noexcept { return {data, size}; }

/// Bytes that grow: room is made once for many writes, is never zeroed, and a failed allocation is an answer.
class Buffer {
public:
    Buffer() noexcept = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { ::operator delete(data_); }

    [[nodiscard]] char* end() noexcept { return data_ + size_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::string_view view() const noexcept { return view_of(data_, size_); }

    /// Makes room for `more` bytes behind the end; false, and nothing changed, when memory runs out.
    NOTCH_INTERNAL_INLINE bool reserve(std::size_t more) noexcept { return capacity_ - size_ >= more || grow(more); }

    void set_end(const char* end) noexcept { size_ = static_cast<std::size_t>(end - data_); }
    void shrink_to(std::size_t size) noexcept { size_ = size; }
    void clear() noexcept { size_ = 0; }

    /// Gives memory back that a rare large batch needed.
    void trim(std::size_t keep) noexcept {
        if (capacity_ <= keep || size_ != 0) return;
        ::operator delete(std::exchange(data_, nullptr));
        capacity_ = 0;
    }

private:
    NOTCH_INTERNAL_COLD bool grow(std::size_t more) noexcept {
        const std::size_t wanted = size_ + more > capacity_ * 2 ? size_ + more : capacity_ * 2;
        char* const larger = static_cast<char*>(::operator new(wanted, std::nothrow));
        if (larger == nullptr) return false;
        if (size_ != 0) std::memcpy(larger, data_, size_);
        ::operator delete(data_);
        data_ = larger;
        capacity_ = wanted;
        return true;
    }

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
