// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_RESULT_HPP
#define NOTCH_BASE_RESULT_HPP

#include "error.hpp"

#include <new>
#include <type_traits>
#include <utility>

namespace notch::inline NOTCH_ABI {

/// A value or an Error; nothing throws.
///
///     notch::Result<Job> job = notch::from_json<Job>(text);
///     if (!job) return complain(job.error().message());
///     use(job->repository);
///
/// Reading the value of a failed Result, or the error of a good one, is undefined, as with std::optional.
template <class T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value) noexcept(std::is_nothrow_move_constructible_v<T>) : good_{true} {
        ::new (static_cast<void*>(&value_)) T(static_cast<T&&>(value));
    }
    Result(Error error) noexcept : good_{false} {
        ::new (static_cast<void*>(&error_)) Error(static_cast<Error&&>(error));
    }
    /// A value that is made in its place: `T{}`.
    explicit Result(std::in_place_t) noexcept(noexcept(T{})) : value_{}, good_{true} {}
    Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : good_{other.good_} { take(other); }
    Result(const Result& other)
        requires std::is_copy_constructible_v<T>
        : good_{other.good_} {
        if (good_) {
            ::new (static_cast<void*>(&value_)) T(other.value_);
        } else {
            ::new (static_cast<void*>(&error_)) Error(other.error_);
        }
    }
    Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        destroy();
        good_ = other.good_;
        take(other);
        return *this;
    }
    ~Result() { destroy(); }

    [[nodiscard]] explicit operator bool() const noexcept { return good_; }
    [[nodiscard]] bool has_value() const noexcept { return good_; }

    [[nodiscard]] T& operator*() & noexcept { return value_; }
    [[nodiscard]] const T& operator*() const& noexcept { return value_; }
    [[nodiscard]] T&& operator*() && noexcept { return static_cast<T&&>(value_); }
    [[nodiscard]] T* operator->() noexcept { return &value_; }
    [[nodiscard]] const T* operator->() const noexcept { return &value_; }

    /// The value, or `other` when this is an error.
    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return good_ ? value_ : static_cast<T>(static_cast<U&&>(other));
    }

    [[nodiscard]] const Error& error() const& noexcept { return error_; }
    [[nodiscard]] Error&& error() && noexcept { return static_cast<Error&&>(error_); }

private:
    void take(Result& other) {
        if (good_) {
            ::new (static_cast<void*>(&value_)) T(static_cast<T&&>(other.value_));
        } else {
            ::new (static_cast<void*>(&error_)) Error(static_cast<Error&&>(other.error_));
        }
    }
    void destroy() noexcept {
        if (good_) {
            value_.~T();
        } else {
            error_.~Error();
        }
    }

    union {
        T value_;
        Error error_;
    };
    bool good_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() noexcept : error_{}, good_{true} {}
    Result(Error error) noexcept : error_{static_cast<Error&&>(error)}, good_{false} {}

    [[nodiscard]] explicit operator bool() const noexcept { return good_; }
    [[nodiscard]] bool has_value() const noexcept { return good_; }
    [[nodiscard]] const Error& error() const& noexcept { return error_; }
    [[nodiscard]] Error&& error() && noexcept { return static_cast<Error&&>(error_); }

private:
    Error error_;
    bool good_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
