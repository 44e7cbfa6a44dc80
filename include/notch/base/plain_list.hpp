// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLAIN_LIST_HPP
#define NOTCH_BASE_PLAIN_LIST_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstring>
#include <new>

namespace notch::inline NOTCH_ABI::detail {

/// As much of std::vector as elements need that are only bytes, for code that everyone compiles: each kind of std::vector costs
/// whoever includes notch ten times as long. What adds elements comes in two ways: add() answers when memory runs out, the others
/// throw as std::vector does.
template <class T>
class PlainList {
    static_assert(__is_trivially_copyable(T));

public:
    PlainList() noexcept = default;
    PlainList(const PlainList&) = delete;
    PlainList& operator=(const PlainList&) = delete;
    PlainList(PlainList&& other) noexcept { swap(other); }
    PlainList& operator=(PlainList&& other) noexcept {
        swap(other);
        return *this;
    }
    ~PlainList() { ::operator delete(static_cast<void*>(data_)); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
    [[nodiscard]] T& operator[](std::size_t at) noexcept { return data_[at]; }
    [[nodiscard]] const T& operator[](std::size_t at) const noexcept { return data_[at]; }
    [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }

    void clear() noexcept { size_ = 0; }
    void pop_back() noexcept { --size_; }

    /// False, and nothing added, when memory runs out.
    bool add(const T& element) noexcept {
        const T copy = element;  // it may be one of ours
        T* const place = add_place();
        if (place != nullptr) ::new (static_cast<void*>(place)) T(copy);
        return place != nullptr;
    }
    /// Where the next element is to be made; null when memory runs out.
    T* add_place() noexcept {
        if (size_ == room_ && !move_to(::operator new(next_room() * element_size, std::nothrow), next_room())) return nullptr;
        return data_ + size_++;
    }

    void push_back(const T& element) {
        const T copy = element;
        if (size_ == room_) reserve(next_room());
        ::new (static_cast<void*>(data_ + size_++)) T(copy);
    }
    void reserve(std::size_t count) {
        if (count > room_) move_to(::operator new(count * element_size), count);
    }
    /// New elements are as T{} makes them.
    void resize(std::size_t count) {
        reserve(count);
        for (std::size_t i = size_; i < count; ++i) ::new (static_cast<void*>(data_ + i)) T{};
        size_ = count;
    }
    void insert(std::size_t at, const T& element) {
        const T copy = element;
        push_back(copy);
        std::memmove(static_cast<void*>(data_ + at + 1), static_cast<const void*>(data_ + at), (size_ - 1 - at) * element_size);
        data_[at] = copy;
    }
    /// Those from `first` on, up to but without `last`.
    void erase(std::size_t first, std::size_t last) noexcept {
        if (first == last) return;
        std::memmove(static_cast<void*>(data_ + first), static_cast<const void*>(data_ + last), (size_ - last) * element_size);
        size_ -= last - first;
    }

private:
    static constexpr std::size_t element_size = sizeof(T[1]);

    [[nodiscard]] std::size_t next_room() const noexcept { return room_ < 8 ? 8 : 2 * room_; }

    bool move_to(void* larger, std::size_t room) noexcept {
        if (larger == nullptr) return false;
        if (size_ != 0) std::memcpy(larger, static_cast<const void*>(data_), size_ * element_size);
        ::operator delete(static_cast<void*>(data_));
        data_ = static_cast<T*>(larger);
        room_ = room;
        return true;
    }

    // By hand: std::swap and std::exchange ask what the type is, which costs as much as the rest.
    void swap(PlainList& other) noexcept {
        T* const data = data_;
        const std::size_t size = size_;
        const std::size_t room = room_;
        data_ = other.data_;
        size_ = other.size_;
        room_ = other.room_;
        other.data_ = data;
        other.size_ = size;
        other.room_ = room;
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
