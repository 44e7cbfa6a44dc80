// SPDX-License-Identifier: MIT
//
// notch 0.1.0: structured metric events from plain C++20 structs. The whole library in this one header.
//
// Generated from include/notch/ by single_include/amalgamate.py. Do not edit: change include/ and run
//     python3 single_include/amalgamate.py
//
// MIT License
//
// Copyright (c) 2026 notch contributors
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.
// notch: structured metric and metering events, from a plain struct to a durable JSON-lines ledger and back.
//
// Table of contents, in the order of the data's way:
//   base    errors and results as values, the clock, the operating system
//   event   what a struct is: its name, its fields, their options and rules
//   json    values to JSON and back, strictly
//   record  the Recorder: from any thread to whole batches of lines
//   sink    where batches go: files, streams, several of these, a test
//   read    files of untrusted writers: opened safely, read within limits, taken over one by one, kept in quarantine; ledgers,
//           read back and audited
//   domain  vocabularies of systems that notch speaks with: the metrics of self-hosted runners, the metering of virtual machines

// ---- version.hpp -----------------------------------------------------------------------------------------------------

// The only place a version of notch is typed: the build files read the three numbers below.
// No include guard on purpose: a second, different notch in one translation unit must be noticed.
#if defined(NOTCH_VERSION_MAJOR) && !defined(NOTCH_VERSION_IS_0_1_0)
#error "notch: two versions of notch meet in this translation unit; include only one of them here"
#endif
#define NOTCH_VERSION_MAJOR 0
#define NOTCH_VERSION_MINOR 1
#define NOTCH_VERSION_PATCH 0
#define NOTCH_VERSION_IS_0_1_0

#ifndef NOTCH_NOTCH_HPP
#define NOTCH_NOTCH_HPP

// ---- config.hpp ------------------------------------------------------------------------------------------------------

#ifndef NOTCH_CONFIG_HPP
#define NOTCH_CONFIG_HPP

// Every switch of notch, with what it costs. None has to be set.
//
//   NOTCH_REFLECTION   20 or 26: which reflection reads the fields of a struct. Default: 26 where the compiler
//                      has it (-std=c++26 -freflection), else 20. 20 compiles faster; 26 reads annotations and
//                      has no limit of 64 fields. All parts of a program must agree, or they get two copies of notch.
//   NOTCH_NO_SIMD      defined: the portable 8-byte string scan instead of SSE2. The bytes written are the same;
//                      writing long strings takes about half as long again.

#if !defined(__cplusplus) || (__cplusplus < 202002L && !(defined(_MSVC_LANG) && _MSVC_LANG >= 202002L))
#error "notch: needs C++20 (for example -std=c++20)"
#endif

#ifndef NOTCH_REFLECTION
#if defined(__cpp_impl_reflection) && defined(__cpp_lib_reflection)
#define NOTCH_REFLECTION 26
#elif defined(__cpp_impl_reflection) && defined(__has_include)
#if __has_include(<meta>)
#define NOTCH_REFLECTION 26
#endif
#endif
#endif
#ifndef NOTCH_REFLECTION
#define NOTCH_REFLECTION 20
#endif

// NOTCH_ABI names the inline namespace: version, reflection backend, exception mode. Translation units that differ
// in one of them get different symbols and so link into one program.
#define NOTCH_ABI_PASTE2(x, y, z, cxx, mode) v##x##_##y##_##z##_cxx##cxx##_##mode
#define NOTCH_ABI_PASTE(x, y, z, cxx, mode) NOTCH_ABI_PASTE2(x, y, z, cxx, mode)
#if defined(__cpp_exceptions)
#define NOTCH_ABI NOTCH_ABI_PASTE(NOTCH_VERSION_MAJOR, NOTCH_VERSION_MINOR, NOTCH_VERSION_PATCH, NOTCH_REFLECTION, throw)
#else
#define NOTCH_ABI NOTCH_ABI_PASTE(NOTCH_VERSION_MAJOR, NOTCH_VERSION_MINOR, NOTCH_VERSION_PATCH, NOTCH_REFLECTION, nothrow)
#endif

#endif

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <ratio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>
// ---- macros.hpp ------------------------------------------------------------------------------------------------------

// Internal macros. Every header that uses one includes this file; notch.hpp ends with unmacros.hpp, so none leaks.
#ifndef NOTCH_INTERNAL_MACROS
#define NOTCH_INTERNAL_MACROS

#if defined(__GNUC__)
#define NOTCH_INTERNAL_INLINE [[gnu::always_inline]] inline
#define NOTCH_INTERNAL_COLD [[gnu::noinline, gnu::cold]]
#elif defined(_MSC_VER)
#define NOTCH_INTERNAL_INLINE __forceinline
#define NOTCH_INTERNAL_COLD __declspec(noinline)
#else
#define NOTCH_INTERNAL_INLINE inline
#define NOTCH_INTERNAL_COLD
#endif

// The same for a lambda, behind its parameters.
#if defined(__GNUC__)
#define NOTCH_INTERNAL_INLINE_LAMBDA __attribute__((always_inline))
#else
#define NOTCH_INTERNAL_INLINE_LAMBDA
#endif

// Makes the optimiser forget where a pointer came from, at no cost. GCC 12 to 16 otherwise warn (-Warray-bounds), in the
// program that called notch, about the short inside of a std::string that would not hold a text they know to be longer.
#if defined(__GNUC__)
#define NOTCH_INTERNAL_FORGET(pointer) __asm__("" : "+r"(pointer))
#else
#define NOTCH_INTERNAL_FORGET(pointer) static_cast<void>(pointer)
#endif

// Evaluates an expression for every element of the packs in it, in their order. Unlike a fold it does not nest, and clang
// nests no deeper than 256.
#define NOTCH_INTERNAL_IN_ORDER(...)                                                                     \
    do {                                                                                                 \
        [[maybe_unused]] const bool in_order[] = {true, (static_cast<void>(__VA_ARGS__), true)...};      \
    } while (false)

#if defined(__cpp_exceptions)
#define NOTCH_INTERNAL_TRY try
#define NOTCH_INTERNAL_CATCH_ALL catch (...)
#else
#define NOTCH_INTERNAL_TRY if constexpr (true)
#define NOTCH_INTERNAL_CATCH_ALL else
#endif

#if !defined(NOTCH_NO_SIMD) && (defined(__SSE2__) || defined(_M_X64))
#define NOTCH_INTERNAL_SSE2 1
#else
#define NOTCH_INTERNAL_SSE2 0
#endif

#endif

// ---- base/buffer.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_BUFFER_HPP
#define NOTCH_BASE_BUFFER_HPP

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

// ---- base/clock.hpp --------------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_CLOCK_HPP
#define NOTCH_BASE_CLOCK_HPP

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <shared_mutex>
#endif
#else
#include <chrono>
#endif

// Durations and clocks, for all stages. From GCC 12 on, libstdc++'s <chrono> also brings the formatting of dates: 0.35 s of
// the 0.99 s that notch.hpp took to include with GCC 16. Its own <bits/chrono.h> is the part of <chrono> that its other headers
// include. <shared_mutex>, whose members take durations and time points, brings just that as well, and what else a mutex needs.

namespace notch::inline NOTCH_ABI {

/// Gives microseconds since 1970-01-01T00:00:00Z. Replace it where output must not change from run to run:
///
///     notch::to_line(event, [] { return std::int64_t{1'795'190'400'123'456}; });
///     // {"timestamp":1795190400.123456,...
///
/// Called on the recording thread; must be safe from any thread.
using Clock = std::int64_t (*)();

/// The system's clock.
inline std::int64_t system_microseconds() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::micro>>(since).count();
}

namespace detail {

/// Nanoseconds of a clock that never jumps; only differences mean anything.
inline std::int64_t monotonic_nanoseconds() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::nano>>(since).count();
}

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif

// ---- base/error.hpp --------------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_ERROR_HPP
#define NOTCH_BASE_ERROR_HPP

namespace notch::inline NOTCH_ABI {

/// What went wrong, as a value to switch on.
enum class ErrorCode : std::uint8_t {
    syntax,          ///< the text is not JSON
    encoding,        ///< invalid UTF-8, a byte order mark, or a lone surrogate
    trailing,        ///< something follows the JSON value
    type_mismatch,   ///< valid JSON of another type than the field has
    out_of_range,    ///< a number that the field's type cannot hold exactly
    unknown_value,   ///< text that the enum's table does not have
    missing_field,   ///< a required member is absent
    duplicate_key,   ///< a field or map key given twice
    unknown_key,     ///< a key the struct does not have, where UnknownKeys::reject is set
    broken_rule,     ///< a value outside the rules of its field
    wrong_event,     ///< the line holds another event than the one asked for
    needs_copy,      ///< a string with escapes, read into a string_view
    limit,           ///< one of the Limits was reached; `expected` names it
    refused,         ///< the kind of file is not allowed (link, FIFO, device, ...)
    open_failed,     ///< the operating system could not open it
    read_failed,     ///< the operating system could not read it
    write_failed,    ///< the operating system could not write it
    closed,          ///< used after close()
    no_memory,       ///< memory or another resource of the operating system ran out
    failed           ///< anything else; `found` says what
};

/// An error as a value: what was expected, what was found, and where.
///
///     auto r = notch::from_json<Job>(R"({"cpu":-1})");
///     std::puts(r.error().message().c_str());
///     // line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1
///
/// Made only on failure, so that success allocates nothing.
struct Error {
    ErrorCode code = ErrorCode::failed;
    int os_error = 0;          ///< errno or 0; what no errno says, on Windows, is 1'000'000 + GetLastError()
    std::size_t byte = 0;      ///< offset of the fault in the text, from 0
    std::size_t line = 0;      ///< from 1; 0: the error has no place in a text
    std::size_t column = 0;    ///< in bytes, from 1
    std::string field{};       ///< JSON pointer (RFC 6901), such as "/shape/cpu"; empty: the whole document
    std::string place{};       ///< a file or an operation, such as "open events.jsonl"; may be empty
    std::string expected{};
    std::string found{};

    /// One line for a person: place, line, column, field, what was expected and what was found.
    [[nodiscard]] std::string message() const {
        std::string out = place;
        const auto separate = [&out] {
            if (!out.empty()) out += ", ";
        };
        if (line != 0) {
            separate();
            out += "line " + std::to_string(line) + ", column " + std::to_string(column);
        }
        if (!field.empty()) {
            separate();
            out += field;
        }
        if (!out.empty()) out += ": ";
        out += "expected " + expected + ", found " + found;
        return out;
    }
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- base/handler.hpp ------------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_HANDLER_HPP
#define NOTCH_BASE_HANDLER_HPP

namespace notch::inline NOTCH_ABI {

/// Takes what no return value can carry: any callable of `const T&`, copied in. Without one, nothing happens.
///
///     options.on_decision = [&log](const notch::IntakeNotice& notice) { log.info(notice.name); };
///
/// It must not throw. Who calls it says from which thread.
template <class T>
class Handler {
public:
    Handler() noexcept = default;

    template <class F>
        requires(!std::is_base_of_v<Handler, std::remove_cvref_t<F>> && std::is_invocable_v<F&, const T&>)
    Handler(F call) : target_{new F(static_cast<F&&>(call))}, operate_{&serve<F>} {}

    Handler(const Handler& other) : target_{other.copy_target()}, operate_{other.operate_} {}
    Handler(Handler&& other) noexcept : target_{other.target_}, operate_{other.operate_} {
        other.target_ = nullptr;
        other.operate_ = nullptr;
    }
    Handler& operator=(Handler other) noexcept {
        std::swap(target_, other.target_);
        std::swap(operate_, other.operate_);
        return *this;
    }
    ~Handler() {
        if (operate_ != nullptr) operate_(target_, nullptr, Action::destroy);
    }

    [[nodiscard]] explicit operator bool() const noexcept { return operate_ != nullptr; }

    void operator()(const T& what) const {
        if (operate_ != nullptr) operate_(target_, &what, Action::call);
    }

private:
    enum class Action { call, copy, destroy };
    using Operate = void*(void*, const T*, Action);

    template <class F>
    static void* serve(void* target, const T* what, Action action) {
        F* const call = static_cast<F*>(target);
        if (action == Action::copy) return new F(*call);
        if (action == Action::destroy) delete call;
        if (action == Action::call) (*call)(*what);
        return nullptr;
    }
    [[nodiscard]] void* copy_target() const { return operate_ == nullptr ? nullptr : operate_(target_, nullptr, Action::copy); }

    void* target_ = nullptr;
    Operate* operate_ = nullptr;
};

/// Takes errors that no return value can carry: any callable of `const notch::Error&`, copied in.
///
///     options.on_error = [&log](const notch::Error& error) { log.warn(error.message()); };
///
/// It may be called from any thread, also from several at a time, and must not throw. Without one, each error is a line on stderr.
class ErrorHandler : public Handler<Error> {
public:
    using Handler<Error>::Handler;

    void operator()(const Error& error) const {
        if (*this) Handler<Error>::operator()(error);
        else std::fprintf(stderr, "notch: %s\n", error.message().c_str());
    }
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- base/instant.hpp ------------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_INSTANT_HPP
#define NOTCH_BASE_INSTANT_HPP

namespace notch::inline NOTCH_ABI {
namespace detail {

/// Seconds and a fraction of `Unit`ths of a second, as every time is handled here. The fraction is never negative.
struct SplitTime {
    std::int64_t seconds;
    std::uint32_t fraction;
};

template <std::int64_t Unit>
constexpr SplitTime split_time(std::int64_t ticks) noexcept {
    std::int64_t seconds = ticks / Unit;
    std::int64_t rest = ticks % Unit;
    if (rest < 0) {
        rest += Unit;
        --seconds;
    }
    return {seconds, static_cast<std::uint32_t>(rest)};
}

/// Stands for what is no time: NaN, or more seconds than 64 bits hold. It is written as null.
inline constexpr SplitTime no_time{(std::numeric_limits<std::int64_t>::min)(), 0};

/// Whether a duration's seconds fit into 64 bits, and so do the steps on the way there.
template <class Rep, class Period>
constexpr bool fits_seconds(std::chrono::duration<Rep, Period> v) noexcept {
    constexpr std::int64_t most = (std::numeric_limits<std::int64_t>::max)() / Period::num;
    if constexpr (std::is_floating_point_v<Rep>) {
        constexpr auto limit = static_cast<double>(most) / 2 * static_cast<double>(Period::den);
        return v.count() > -limit && v.count() < limit;
    } else if constexpr (std::is_signed_v<Rep>) {
        return v.count() >= (std::numeric_limits<std::int64_t>::min)() / Period::num && v.count() <= most;
    } else {
        return v.count() <= static_cast<std::uint64_t>(most);
    }
}

/// A point of the system clock as seconds and nanoseconds since 1970; parts finer than a nanosecond are cut off.
template <class Duration>
constexpr SplitTime split_point(std::chrono::time_point<std::chrono::system_clock, Duration> v) noexcept {
    using Period = typename Duration::period;
    const auto since = v.time_since_epoch();
    constexpr bool decimal = Period::num == 1 && Period::den <= 1'000'000'000 && 1'000'000'000 % Period::den == 0;
    if constexpr (std::is_integral_v<typename Duration::rep> && std::is_signed_v<typename Duration::rep> && decimal) {
        // std::chrono::floor would overflow at the ends of the clock's range, where it converts the seconds back.
        const SplitTime time = split_time<static_cast<std::int64_t>(Period::den)>(static_cast<std::int64_t>(since.count()));
        return {time.seconds, time.fraction * static_cast<std::uint32_t>(1'000'000'000 / Period::den)};
    } else {
        using Seconds = std::chrono::duration<std::int64_t>;
        if (!fits_seconds(since)) return no_time;
        const auto seconds = std::chrono::floor<Seconds>(since);
        const auto rest = std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::nano>>(since - seconds);
        // A floating point just below a whole second may become that second when its own are taken away.
        if (rest.count() >= 1'000'000'000) return {seconds.count() + 1, 0};
        return {seconds.count(), static_cast<std::uint32_t>(rest.count())};
    }
}

}  // namespace detail

/// A point in time to the nanosecond, in all the years that RFC 3339 can write: 0000 to 9999. A field of this type is written and
/// read as any system_clock time point is, but those of nanoseconds end in 1677 and 2262.
///
///     notch::Instant now = std::chrono::system_clock::now();
///     notch::to_json(notch::Instant{-62'135'596'800});  // "0001-01-01T00:00:00Z"
///
/// Made of a time point it has what that has, less what is finer than a nanosecond. One outside those years is written as null.
struct Instant {
    std::int64_t seconds = 0;       ///< since 1970-01-01T00:00:00Z
    std::uint32_t nanoseconds = 0;  ///< from there on, at most 999'999'999

    constexpr Instant() noexcept = default;
    constexpr explicit Instant(std::int64_t since_1970, std::uint32_t nano = 0) noexcept : seconds{since_1970}, nanoseconds{nano} {}
    template <class Duration>
    constexpr Instant(std::chrono::time_point<std::chrono::system_clock, Duration> time) noexcept : Instant{detail::split_point(time)} {}

    /// As a double has it: today to a quarter of a microsecond.
    [[nodiscard]] constexpr std::chrono::duration<double> time_since_epoch() const noexcept {
        return std::chrono::duration<double>{static_cast<double>(seconds) + static_cast<double>(nanoseconds) / 1e9};
    }

    /// Exactly; nothing where 64 bits do not hold the nanoseconds for sure, that is before 1685 and after 2255.
    [[nodiscard]] constexpr std::optional<std::chrono::nanoseconds> since_1970() const noexcept {
        if (seconds < -9'000'000'000 || seconds > 9'000'000'000) return {};
        return std::chrono::nanoseconds{seconds * 1'000'000'000 + nanoseconds};
    }

    bool operator==(const Instant&) const = default;

private:
    constexpr explicit Instant(detail::SplitTime time) noexcept : Instant{time.seconds, time.fraction} {}
};

namespace detail {

constexpr SplitTime split_point(const Instant& v) noexcept { return {v.seconds, v.nanoseconds}; }

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif

// ---- base/platform.hpp -----------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_HPP
#define NOTCH_BASE_PLATFORM_HPP

// ---- base/platform_types.hpp -----------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_TYPES_HPP
#define NOTCH_BASE_PLATFORM_TYPES_HPP

// What the platform's calls answer with, the same on every system.

namespace notch::inline NOTCH_ABI::detail {

enum class FileKind : std::uint8_t {
    regular,
    directory,
    symbolic_link,
    character_device,
    block_device,
    fifo,
    socket,
    other
};

constexpr const char* words_for(FileKind kind) noexcept {
    switch (kind) {
        case FileKind::regular: return "a regular file";
        case FileKind::directory: return "a directory";
        case FileKind::symbolic_link: return "a symbolic link";
        case FileKind::character_device: return "a character device";
        case FileKind::block_device: return "a block device";
        case FileKind::fifo: return "a FIFO";
        case FileKind::socket: return "a socket";
        case FileKind::other: break;
    }
    return "another kind of file";
}

/// How much of a write was done, and the errno that ended it early (0: none did).
struct WriteOutcome {
    std::size_t written = 0;
    int error = 0;
};

struct ReadOutcome {
    std::size_t count = 0;
    int error = 0;
};

/// How many of the bytes that are left one call is asked for: macOS refuses 2 GiB, Windows cannot count 4.
constexpr std::size_t bytes_of_one_call(std::size_t left) noexcept {
    constexpr std::size_t most = std::size_t{1} << 30;
    return left < most ? left : most;
}

/// How a name is resolved beneath a directory. Both refuse the same; the first takes one call for a name of any depth.
enum class Opening : std::uint8_t {
    kernel,  ///< openat2(2), Linux 5.6
    walk     ///< part by part, each in the directory that the one before it was found to be
};

/// Kept in its two parts: a file's time may be any 64-bit second, which no count of nanoseconds holds.
struct FileTime {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const FileTime&) const = default;
};

struct FileStatus {
    FileKind kind = FileKind::other;
    unsigned mode = 0;  ///< permissions
    std::uint64_t links = 0;
    std::uint64_t size = 0;
    std::uint64_t owner = 0;
    FileTime modified{};
    FileTime changed{};
    std::uint64_t device = 0;
    std::uint64_t inode = 0;  ///< one at a time on a device; given out again when the file is gone

    [[nodiscard]] bool is_same_file(const FileStatus& other) const noexcept {
        return device == other.device && inode == other.inode;
    }
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- base/result.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_RESULT_HPP
#define NOTCH_BASE_RESULT_HPP

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

// ---- base/platform_windows.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_WINDOWS_HPP
#define NOTCH_BASE_PLATFORM_WINDOWS_HPP

// ---- base/platform_windows_calls.hpp ---------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_WINDOWS_CALLS_HPP
#define NOTCH_BASE_PLATFORM_WINDOWS_CALLS_HPP

// Windows' functions without <windows.h>, which takes longer to compile than all of notch and defines thousands of macros. Only
// the two that find the others are declared, as <windows.h> declares them, so that it may be included before or after; the others
// are looked up once, and have the types given here. Most work with handles, and so does what is built on them: a descriptor is
// the handle's value, of which Windows promises that it fits an int.

#if defined(_WIN32)
#if defined(NO_STRICT) && !defined(STRICT)
#define NOTCH_INTERNAL_MODULE void*
#else
struct HINSTANCE__;
#define NOTCH_INTERNAL_MODULE HINSTANCE__*
#endif
#if defined(_WIN64)
#define NOTCH_INTERNAL_ANSWER long long
#else
#define NOTCH_INTERNAL_ANSWER int
#endif
extern "C" {
__declspec(dllimport) NOTCH_INTERNAL_MODULE __stdcall GetModuleHandleW(const wchar_t* name);
__declspec(dllimport) NOTCH_INTERNAL_ANSWER(__stdcall* __stdcall GetProcAddress(NOTCH_INTERNAL_MODULE module,
                                                                                const char* name))();
}

namespace notch::inline NOTCH_ABI::detail {

// ---- what the functions take ---------------------------------------------------------------------------------------

/// UNICODE_STRING: sizes in bytes, no terminator.
struct CountedText {
    std::uint16_t size = 0;
    std::uint16_t room = 0;
    const wchar_t* text = nullptr;
};

/// OBJECT_ATTRIBUTES: a name, and the directory that it is relative to.
struct ObjectPlace {
    std::uint32_t size = 0;
    void* directory = nullptr;
    const CountedText* name = nullptr;
    std::uint32_t attributes = 0;
    void* security = nullptr;
    void* quality = nullptr;
};

/// IO_STATUS_BLOCK.
struct IoStatus {
    void* status = nullptr;
    std::uintptr_t information = 0;
};

/// OVERLAPPED: for locks, the place of the first byte.
struct LockPlace {
    std::uintptr_t reserved[2] = {};
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    void* event = nullptr;
};

struct SystemCalls {
    std::uint32_t(__stdcall* last_error)();
    std::uint32_t(__stdcall* format_message)(std::uint32_t, const void*, std::uint32_t, std::uint32_t, wchar_t*,
                                             std::uint32_t, void*);
    std::uint32_t(__stdcall* process_id)();

    void*(__stdcall* allocate)(void*, std::size_t, std::uint32_t, std::uint32_t);
    int(__stdcall* release)(void*, std::size_t, std::uint32_t);

    void(__stdcall* sleep)(std::uint32_t);
    int(__stdcall* give_way)();
    void(__stdcall* lock)(void**);
    void(__stdcall* unlock)(void**);
    int(__stdcall* wait)(void**, void**, std::uint32_t, std::uint32_t);
    void(__stdcall* wake_all)(void**);
    std::uint32_t(__stdcall* wait_for_object)(void*, std::uint32_t);
    std::uint32_t(__stdcall* make_slot)(void(__stdcall*)(void*));
    void*(__stdcall* slot_value)(std::uint32_t);
    int(__stdcall* set_slot)(std::uint32_t, void*);
    int(__stdcall* find_module)(std::uint32_t, const void*, void**);

    void*(__stdcall* create_file)(const wchar_t*, std::uint32_t, std::uint32_t, void*, std::uint32_t, std::uint32_t,
                                  void*);
    int(__stdcall* create_directory)(const wchar_t*, void*);
    std::uint32_t(__stdcall* attributes)(const wchar_t*);
    std::uint32_t(__stdcall* file_type)(void*);
    int(__stdcall* close)(void*);
    int(__stdcall* read)(void*, void*, std::uint32_t, std::uint32_t*, LockPlace*);
    int(__stdcall* write)(void*, const void*, std::uint32_t, std::uint32_t*, LockPlace*);
    int(__stdcall* flush)(void*);
    int(__stdcall* lock_range)(void*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, LockPlace*);
    int(__stdcall* unlock_range)(void*, std::uint32_t, std::uint32_t, std::uint32_t, LockPlace*);

    // The kernel's own, which alone open a name in a directory that is open. They answer with a status, negative for a failure.
    std::int32_t(__stdcall* nt_create_file)(void**, std::uint32_t, const ObjectPlace*, IoStatus*, const std::int64_t*,
                                            std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, void*,
                                            std::uint32_t);
    std::int32_t(__stdcall* nt_query_file)(void*, IoStatus*, void*, std::uint32_t, int);
    std::int32_t(__stdcall* nt_set_file)(void*, IoStatus*, void*, std::uint32_t, int);
    std::int32_t(__stdcall* nt_query_volume)(void*, IoStatus*, void*, std::uint32_t, int);
    std::int32_t(__stdcall* nt_query_directory)(void*, void*, void*, void*, IoStatus*, void*, std::uint32_t, int,
                                                unsigned char, const CountedText*, unsigned char);
    std::uint32_t(__stdcall* error_of_status)(std::int32_t);
};

using Module = decltype(::GetModuleHandleW(nullptr));

template <class F>
void look_up(Module module, const char* name, F& function) noexcept {
    function = reinterpret_cast<F>(reinterpret_cast<void (*)()>(::GetProcAddress(module, name)));
}

// Every process has both modules from its start; all of these functions are there since Windows Vista.
inline SystemCalls find_system_calls() noexcept {
    SystemCalls out{};
    Module const kernel = ::GetModuleHandleW(L"kernel32.dll");
    look_up(kernel, "GetLastError", out.last_error);
    look_up(kernel, "FormatMessageW", out.format_message);
    look_up(kernel, "GetCurrentProcessId", out.process_id);
    look_up(kernel, "VirtualAlloc", out.allocate);
    look_up(kernel, "VirtualFree", out.release);
    look_up(kernel, "Sleep", out.sleep);
    look_up(kernel, "SwitchToThread", out.give_way);
    look_up(kernel, "AcquireSRWLockExclusive", out.lock);
    look_up(kernel, "ReleaseSRWLockExclusive", out.unlock);
    look_up(kernel, "SleepConditionVariableSRW", out.wait);
    look_up(kernel, "WakeAllConditionVariable", out.wake_all);
    look_up(kernel, "WaitForSingleObject", out.wait_for_object);
    look_up(kernel, "FlsAlloc", out.make_slot);
    look_up(kernel, "FlsGetValue", out.slot_value);
    look_up(kernel, "FlsSetValue", out.set_slot);
    look_up(kernel, "GetModuleHandleExW", out.find_module);
    look_up(kernel, "CreateFileW", out.create_file);
    look_up(kernel, "CreateDirectoryW", out.create_directory);
    look_up(kernel, "GetFileAttributesW", out.attributes);
    look_up(kernel, "GetFileType", out.file_type);
    look_up(kernel, "CloseHandle", out.close);
    look_up(kernel, "ReadFile", out.read);
    look_up(kernel, "WriteFile", out.write);
    look_up(kernel, "FlushFileBuffers", out.flush);
    look_up(kernel, "LockFileEx", out.lock_range);
    look_up(kernel, "UnlockFileEx", out.unlock_range);
    Module const native = ::GetModuleHandleW(L"ntdll.dll");
    look_up(native, "NtCreateFile", out.nt_create_file);
    look_up(native, "NtQueryInformationFile", out.nt_query_file);
    look_up(native, "NtSetInformationFile", out.nt_set_file);
    look_up(native, "NtQueryVolumeInformationFile", out.nt_query_volume);
    look_up(native, "NtQueryDirectoryFile", out.nt_query_directory);
    look_up(native, "RtlNtStatusToDosError", out.error_of_status);
    return out;
}

inline const SystemCalls& system_calls() noexcept {
    static const SystemCalls calls = find_system_calls();
    return calls;
}

inline void* handle_of(int descriptor) noexcept {
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor));
}
inline int descriptor_of(void* handle) noexcept { return static_cast<int>(reinterpret_cast<std::intptr_t>(handle)); }

// ---- errors --------------------------------------------------------------------------------------------------------

/// What no errno says is this and Windows' own number.
inline constexpr int windows_errors = 1'000'000;

/// The errno that says what a number of GetLastError says, so that all systems are told from each other by the same codes.
constexpr int errno_of_error(std::uint32_t number) noexcept {
    switch (number) {
        case 2:
        case 3:
        case 15:
        case 53:
        case 67: return ENOENT;  // file, path, drive or host that is not there
        case 4: return EMFILE;
        case 5:
        case 16: return EACCES;
        case 6: return EBADF;
        case 8:
        case 14:
        case 1450:
        case 1455: return ENOMEM;
        case 17: return EXDEV;
        case 19: return EROFS;
        case 32:
        case 33:
        case 170:
        case 231: return EBUSY;  // opened, locked or taken by somebody who does not share it
        case 39:
        case 112: return ENOSPC;
        case 80:
        case 183: return EEXIST;
        case 1:
        case 50: return ENOTSUP;
        case 87:
        case 123:
        case 161: return EINVAL;
        case 109:
        case 232:
        case 233: return EPIPE;
        case 145: return ENOTEMPTY;
        case 206: return ENAMETOOLONG;
        case 267: return ENOTDIR;
        case 1117: return EIO;
        case 1314: return EPERM;
        default: return windows_errors + static_cast<int>(number);
    }
}

inline int last_errno() noexcept { return errno_of_error(system_calls().last_error()); }

/// The same of a kernel's status; 0 when it is no failure. Of these the functions above it would tell less.
inline int errno_of_status(std::int32_t status) noexcept {
    switch (static_cast<std::uint32_t>(status)) {
        case 0x00000108: return EAGAIN;  // STATUS_OPLOCK_BREAK_IN_PROGRESS: another process is still giving the file up
        case 0xC0000056: return ENOENT;  // STATUS_DELETE_PENDING
        case 0xC00000BA: return EISDIR;  // STATUS_FILE_IS_A_DIRECTORY
        case 0xC0000103: return ENOTDIR;  // STATUS_NOT_A_DIRECTORY
        default: return status >= 0 ? 0 : errno_of_error(system_calls().error_of_status(status));
    }
}

/// As other systems say it: the C library here knows half of them, and in its own words.
constexpr const char* words_for_errno(int number) noexcept {
    switch (number) {
        case EACCES: return "Permission denied";
        case EAGAIN: return "Resource temporarily unavailable";
        case EBADF: return "Bad file descriptor";
        case EBUSY: return "Device or resource busy";
        case EEXIST: return "File exists";
        case EILSEQ: return "Invalid or incomplete multibyte or wide character";
        case EINVAL: return "Invalid argument";
        case EIO: return "Input/output error";
        case EISDIR: return "Is a directory";
        case ELOOP: return "Too many levels of symbolic links";
        case EMFILE: return "Too many open files";
        case ENAMETOOLONG: return "File name too long";
        case ENOENT: return "No such file or directory";
        case ENOMEM: return "Cannot allocate memory";
        case ENOSPC: return "No space left on device";
        case ENOTDIR: return "Not a directory";
        case ENOTEMPTY: return "Directory not empty";
        case ENOTSUP: return "Operation not supported";
        case EPERM: return "Operation not permitted";
        case EPIPE: return "Broken pipe";
        case EROFS: return "Read-only file system";
        case EWOULDBLOCK: return "Resource temporarily unavailable";
        case EXDEV: return "Invalid cross-device link";
        default: return "an unknown error";
    }
}

// ---- UTF-8 and UTF-16 ----------------------------------------------------------------------------------------------

/// Appends a name of the system's. A lone surrogate, which a name may have, becomes the three bytes that WideText takes back.
inline void append_utf8(std::string& out, const wchar_t* text, std::size_t size) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    for (std::size_t i = 0; i < size; ++i) {
        std::uint32_t c = text[i];
        const bool paired = c >= 0xD800 && c < 0xDC00 && i + 1 < size && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000;
        if (paired) c = 0x10000 + ((c - 0xD800) << 10) + (text[++i] - 0xDC00U);
        if (c < 0x80) {
            put(c);
            continue;
        }
        if (c < 0x800) put(0xC0 | c >> 6);
        else if (c < 0x10000) put(0xE0 | c >> 12);
        else put(0xF0 | c >> 18);
        if (c >= 0x10000) put(0x80 | (c >> 12 & 0x3F));
        if (c >= 0x800) put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

/// A path or a name in UTF-16, ended by a NUL.
class WideText {
public:
    explicit WideText(std::string_view utf8) noexcept : text_{new (std::nothrow) wchar_t[utf8.size() + 1]} {
        if (text_ == nullptr) {
            error_ = ENOMEM;
            return;
        }
        for (std::size_t at = 0; at < utf8.size() && error_ == 0;) take(utf8, at);
        text_[size_] = L'\0';
    }
    WideText(const WideText&) = delete;
    WideText& operator=(const WideText&) = delete;
    ~WideText() { delete[] text_; }

    [[nodiscard]] int error() const noexcept { return error_; }  ///< ENOMEM, or EILSEQ when it is not UTF-8
    [[nodiscard]] const wchar_t* text() const noexcept { return text_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    void take(std::string_view utf8, std::size_t& at) noexcept {
        const std::uint32_t first = static_cast<unsigned char>(utf8[at++]);
        const std::size_t more = first < 0x80   ? 0
                                 : first < 0xC2 ? 9
                                 : first < 0xE0 ? 1
                                 : first < 0xF0 ? 2
                                 : first < 0xF5 ? 3
                                                : 9;
        if (more > utf8.size() - at) {
            error_ = EILSEQ;
            return;
        }
        std::uint32_t c = more == 0 ? first : first & (0x3FU >> more);
        for (std::size_t i = 0; i < more; ++i) {
            const std::uint32_t next = static_cast<unsigned char>(utf8[at++]);
            if ((next & 0xC0) != 0x80) error_ = EILSEQ;
            c = c << 6 | (next & 0x3F);
        }
        const bool overlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
        if (overlong || c > 0x10FFFF) error_ = EILSEQ;
        if (error_ != 0) return;
        if (c >= 0x10000) text_[size_++] = static_cast<wchar_t>(0xD800 + ((c - 0x10000) >> 10));
        text_[size_++] = static_cast<wchar_t>(c >= 0x10000 ? 0xDC00 + (c & 0x3FF) : c);
    }

    wchar_t* text_;
    std::size_t size_ = 0;
    int error_ = 0;
};

}  // namespace notch::inline NOTCH_ABI::detail
#undef NOTCH_INTERNAL_MODULE
#undef NOTCH_INTERNAL_ANSWER
#endif

#endif

// What platform.hpp does, on Windows. Failures are told by errno values, as everywhere, see errno_of_error.

#if defined(_WIN32)
#include <io.h>
#include <process.h>

namespace notch::inline NOTCH_ABI::detail {

// ---- errors --------------------------------------------------------------------------------------------------------

/// Windows' own words for a number of GetLastError.
inline std::string words_for_windows(std::uint32_t number) {
    constexpr std::uint32_t flags = 0x1000 | 0x200 | 0xFF;  // the system's table, nothing inserted, on one line
    wchar_t text[256];
    const std::uint32_t size = system_calls().format_message(flags, nullptr, number, 0, text, 256, nullptr);
    std::string out;
    append_utf8(out, text, size);
    while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
    return out.empty() ? "an unknown error" : out;
}

/// An Error of the operating system: `place` is the operation, `expected` what should have happened.
NOTCH_INTERNAL_COLD inline Error os_error(ErrorCode code, std::string place, std::string expected, int number) {
    Error error;
    error.code = code;
    error.os_error = number;
    error.place = static_cast<std::string&&>(place);
    error.expected = static_cast<std::string&&>(expected);
    if (number < windows_errors) {
        error.found = words_for_errno(number);
        error.found += " (errno " + std::to_string(number) + ")";
    } else {
        error.found = words_for_windows(static_cast<std::uint32_t>(number - windows_errors));
        error.found += " (Windows error " + std::to_string(number - windows_errors) + ")";
    }
    return error;
}

// ---- memory --------------------------------------------------------------------------------------------------------

/// Zeroed pages of this process alone, or null. Pages cost memory from their first use on, and count as used from now on.
inline void* map_pages(std::size_t bytes) noexcept {
    constexpr std::uint32_t reserve_and_commit = 0x3000;
    constexpr std::uint32_t read_and_write = 0x04;
    return system_calls().allocate(nullptr, bytes, reserve_and_commit, read_and_write);
}
inline void unmap_pages(void* pages, std::size_t) noexcept {
    constexpr std::uint32_t release_all = 0x8000;
    system_calls().release(pages, 0, release_all);
}

// ---- waiting -------------------------------------------------------------------------------------------------------

inline void yield_processor() noexcept { system_calls().give_way(); }

/// Rounded up: Windows counts in milliseconds, and where nobody has asked for more, in its clock's ticks of about 16 of them.
constexpr std::uint32_t to_milliseconds(std::int64_t nanoseconds) noexcept {
    constexpr std::int64_t longest = 0xFFFF'FFFE;  // one more stands for ever
    if (nanoseconds <= 0) return 0;
    const std::int64_t out = nanoseconds / 1'000'000 + (nanoseconds % 1'000'000 != 0 ? 1 : 0);
    return static_cast<std::uint32_t>(out < longest ? out : longest);
}

inline void sleep_nanoseconds(std::int64_t nanoseconds) noexcept { system_calls().sleep(to_milliseconds(nanoseconds)); }

/// A slim reader/writer lock: a null pointer is one that is free.
class Mutex {
public:
    Mutex() noexcept = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    ~Mutex() = default;
    void lock() noexcept { system_calls().lock(&lock_); }
    void unlock() noexcept { system_calls().unlock(&lock_); }

private:
    friend class Condition;
    void* lock_ = nullptr;
};

/// A condition variable; its time-outs follow the clock that counts from the system's start.
class Condition {
public:
    Condition() noexcept = default;
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;
    ~Condition() = default;

    void wake_all() noexcept { system_calls().wake_all(&condition_); }

    /// Waits with the mutex held; may return early.
    void wait_for(Mutex& mutex, std::int64_t nanoseconds) noexcept {
        system_calls().wait(&condition_, &mutex.lock_, to_milliseconds(nanoseconds), 0);
    }

private:
    void* condition_ = nullptr;
};

/// A thread that the C library knows of.
class Thread {
public:
    /// False when the system gives no thread.
    bool start(void* (*body)(void*), void* argument) noexcept {
        auto* const task = new (std::nothrow) Task{body, argument};
        if (task == nullptr) return false;
        thread_ = reinterpret_cast<void*>(::_beginthreadex(nullptr, 0, &run, task, 0, nullptr));
        if (thread_ == nullptr) delete task;
        return thread_ != nullptr;
    }
    void join() noexcept {
        constexpr std::uint32_t for_ever = 0xFFFF'FFFF;
        system_calls().wait_for_object(thread_, for_ever);
        detach();
    }
    void detach() noexcept { system_calls().close(thread_); }

private:
    struct Task {
        void* (*body)(void*);
        void* argument;
    };
    static unsigned __stdcall run(void* argument) {
        const Task task = *static_cast<Task*>(argument);
        delete static_cast<Task*>(argument);
        task.body(task.argument);
        return 0;
    }

    void* thread_ = nullptr;
};

/// A T of each thread, destroyed when the thread ends. GCC frees thread_local variables here before it runs their destructors, so
/// this is kept by the system. What runs then must still be there: the program or DLL that has asked for one stays loaded.
template <class T>
T& of_this_thread() noexcept {
    struct Slot {
        static void __stdcall destroy(void* value) { delete static_cast<T*>(value); }
        static std::uint32_t make() noexcept {
            constexpr std::uint32_t pin_by_address = 0x01 | 0x04;
            void* module = nullptr;
            system_calls().find_module(pin_by_address, reinterpret_cast<const void*>(&destroy), &module);
            return system_calls().make_slot(&destroy);
        }
    };
    static const std::uint32_t slot = Slot::make();
    auto* value = static_cast<T*>(system_calls().slot_value(slot));
    if (value == nullptr) {
        value = new T{};
        system_calls().set_slot(slot, value);
    }
    return *value;
}

// ---- files ---------------------------------------------------------------------------------------------------------

inline constexpr std::uint32_t attribute_directory = 0x10;       // FILE_ATTRIBUTE_DIRECTORY
inline constexpr std::uint32_t attribute_reparse_point = 0x400;  // FILE_ATTRIBUTE_REPARSE_POINT

/// A reparse point that is no link, such as a file kept in a cloud, is led elsewhere all the same.
constexpr FileKind kind_of_attributes(std::uint32_t attributes) noexcept {
    if ((attributes & attribute_reparse_point) != 0) return FileKind::symbolic_link;
    return (attributes & attribute_directory) != 0 ? FileKind::directory : FileKind::regular;
}

/// What stands at a path, links not followed; `other` when nothing does. For messages only: it may have changed since.
inline FileKind kind_at(const char* path) noexcept {
    constexpr std::uint32_t none = 0xFFFF'FFFF;
    const WideText wide{path};
    const std::uint32_t attributes = wide.error() != 0 ? none : system_calls().attributes(wide.text());
    return attributes == none ? FileKind::other : kind_of_attributes(attributes);
}

/// FILE_BASIC_INFORMATION: times in 100 nanoseconds since 1601.
struct BasicInformation {
    std::int64_t created = 0;
    std::int64_t read = 0;
    std::int64_t written = 0;
    std::int64_t changed = 0;
    std::uint32_t attributes = 0;
    std::uint32_t padding = 0;
};

template <class T>
int query_file(int descriptor, int information, T& out) noexcept {
    IoStatus done;
    return errno_of_status(system_calls().nt_query_file(handle_of(descriptor), &done, &out, sizeof out, information));
}
inline int query_basic(int descriptor, BasicInformation& out) noexcept {
    constexpr int basic_information = 4;
    return query_file(descriptor, basic_information, out);
}

/// What a handle stands for when it is not for a file on a disk; `regular` when it is.
inline FileKind kind_of_device(int descriptor) noexcept {
    switch (system_calls().file_type(handle_of(descriptor))) {
        case 1: return FileKind::regular;           // FILE_TYPE_DISK
        case 2: return FileKind::character_device;  // FILE_TYPE_CHAR
        case 3: return FileKind::fifo;              // FILE_TYPE_PIPE, also of a socket
        default: return FileKind::other;
    }
}

/// The errno, or 0.
inline int find_kind(int descriptor, FileKind& kind) noexcept {
    kind = kind_of_device(descriptor);
    if (kind != FileKind::regular) return 0;
    BasicInformation basic;
    const int error = query_basic(descriptor, basic);
    if (error == 0) kind = kind_of_attributes(basic.attributes);
    return error;
}

/// Owns a handle.
class File {
public:
    File() noexcept = default;
    explicit File(int descriptor) noexcept : descriptor_{descriptor} {}
    File(File&& other) noexcept : descriptor_{other.release()} {}
    File& operator=(File&& other) noexcept {
        if (this != &other) {
            reset();
            descriptor_ = other.release();
        }
        return *this;
    }
    ~File() { reset(); }

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ > 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    int release() noexcept {
        const int descriptor = descriptor_;
        descriptor_ = -1;
        return descriptor;
    }
    void reset() noexcept {
        if (is_open()) system_calls().close(handle_of(release()));
    }

    /// False when the system does not tell; then errno says why.
    bool stat_kind(FileKind& kind) const noexcept {
        const int error = find_kind(descriptor_, kind);
        if (error != 0) errno = error;
        return error == 0;
    }

    void make_blocking() const noexcept {}

private:
    int descriptor_ = -1;
};

inline constexpr std::uint32_t access_write = 0x02;     // FILE_WRITE_DATA, of a directory FILE_ADD_FILE
inline constexpr std::uint32_t access_append = 0x04;    // FILE_APPEND_DATA
inline constexpr std::uint32_t access_status = 0x80;    // FILE_READ_ATTRIBUTES
inline constexpr std::uint32_t access_wait = 0x100000;  // SYNCHRONIZE
inline constexpr std::uint32_t share_all = 0x07;        // others may read, write, rename and remove it meanwhile

/// Opens a path as Windows programs do: made complete, device names and links in all but the last part followed. Not open: errno.
inline File open_path_of_ours(std::string_view path, std::uint32_t access, std::uint32_t disposition,
                              std::uint32_t flags) noexcept {
    // Whoever serves a pipe there may learn who the process is, but not act as it.
    constexpr std::uint32_t identify_only = 0x00100000 | 0x00010000;
    const WideText wide{path};
    if (wide.error() != 0) {
        errno = wide.error();
        return File{};
    }
    void* const handle = system_calls().create_file(wide.text(), access, share_all, nullptr, disposition,
                                                    flags | identify_only, nullptr);
    File out{descriptor_of(handle)};
    if (!out.is_open()) errno = last_errno();
    return out;
}

inline constexpr std::uint32_t open_if_there = 3;                // OPEN_EXISTING
inline constexpr std::uint32_t open_or_make = 4;                 // OPEN_ALWAYS
inline constexpr std::uint32_t open_link_itself = 0x00200000;    // FILE_FLAG_OPEN_REPARSE_POINT
inline constexpr std::uint32_t open_directory_too = 0x02000000;  // FILE_FLAG_BACKUP_SEMANTICS

/// Whether a path is a pipe's: two separators, a machine's name, and "pipe".
constexpr bool is_path_of_pipe(std::string_view path) noexcept {
    constexpr std::string_view separators = "/\\";
    if (path.find_first_not_of(separators) != 2) return false;
    const std::size_t at = path.find_first_of(separators, 2);
    if (at == std::string_view::npos) return false;
    const std::string_view rest = path.substr(at + 1);
    for (std::size_t i = 0; i < 4; ++i)
        if (rest.size() <= 4 || (rest[i] | 0x20) != "pipe"[i]) return false;
    return separators.find(rest[4]) != std::string_view::npos;
}

/// Opens for appending, made if absent; who may read it, its directory says, not `mode`. Not open: errno says why.
inline File open_for_append(const char* path, unsigned, bool follow_links) noexcept {
    // With the right to append and none to write, the system puts each write at the end by itself. Of a pipe it is another right.
    const std::uint32_t access = is_path_of_pipe(path) ? access_write : access_append;
    return open_path_of_ours(path, access | access_status | access_wait, open_or_make,
                             follow_links ? 0 : open_link_itself);
}

/// A descriptor of the C library, as programs know 1 and 2, as one of notch; -1 when there is none.
inline int descriptor_of_stream(int descriptor) noexcept {
    const std::intptr_t handle = ::_get_osfhandle(descriptor);
    return handle > 0 ? static_cast<int>(handle) : -1;
}

/// Writes all bytes if it can: one WriteFile unless the system cuts it short. A full pipe that does not wait gets a second.
inline WriteOutcome write_bytes(int descriptor, std::string_view bytes) noexcept {
    constexpr int most_waits = 1'000;
    WriteOutcome outcome;
    for (int waits = 0; outcome.written < bytes.size();) {
        const auto size = static_cast<std::uint32_t>(bytes_of_one_call(bytes.size() - outcome.written));
        std::uint32_t count = 0;
        const int done =
            system_calls().write(handle_of(descriptor), bytes.data() + outcome.written, size, &count, nullptr);
        outcome.written += count;
        if (done == 0) outcome.error = last_errno();
        else if (count == 0 && ++waits > most_waits) outcome.error = EAGAIN;
        if (outcome.error != 0) break;
        if (count == 0) sleep_nanoseconds(1'000'000);
    }
    return outcome;
}

}  // namespace notch::inline NOTCH_ABI::detail
#endif

#endif

#if !defined(_WIN32)
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#endif
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Every call to the operating system, in one place: memory, threads, files. Nothing above this header includes a system
// header of its own. A failing call reports errno; EINTR is dealt with here. What differs on Windows stands in platform_windows.hpp.

namespace notch::inline NOTCH_ABI::detail {

/// Tells the processor that this is a waiting loop: it saves power and yields to the sibling thread.
NOTCH_INTERNAL_INLINE void pause_processor() noexcept {
#if defined(__SSE2__)
    _mm_pause();
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
    __asm__ __volatile__("yield");
#endif
}

/// Asks for a cache line that will be written soon, so that another processor that has read it lets go of it in time. Any address.
NOTCH_INTERNAL_INLINE void prefetch_for_writing(const void* address) noexcept {
#if defined(__GNUC__) && defined(__x86_64__)
    __asm__ __volatile__("prefetchw (%0)" : : "r"(address));  // the builtin asks for reading unless told of the processor
#elif defined(__GNUC__)
    __builtin_prefetch(address, 1);
#else
    static_cast<void>(address);
#endif
}

#if !defined(_WIN32)
// ---- errors --------------------------------------------------------------------------------------------------------

// strerror_r comes in two kinds; the overload picks the one at hand.
inline const char* error_words(const char* words, const char*) noexcept { return words; }
inline const char* error_words(int, const char* buffer) noexcept { return buffer; }

/// An Error of the operating system: `place` is the operation, `expected` what should have happened.
NOTCH_INTERNAL_COLD inline Error os_error(ErrorCode code, std::string place, std::string expected, int number) {
    char buffer[128] = "an unknown error";
    Error error;
    error.code = code;
    error.os_error = number;
    error.place = static_cast<std::string&&>(place);
    error.expected = static_cast<std::string&&>(expected);
    error.found = error_words(::strerror_r(number, buffer, sizeof buffer), buffer);
    error.found += " (errno " + std::to_string(number) + ")";
    return error;
}

// ---- memory --------------------------------------------------------------------------------------------------------

/// Zeroed pages of this process alone, or null. Pages cost memory from their first use on.
inline void* map_pages(std::size_t bytes) noexcept {
    void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? nullptr : pages;
}
inline void unmap_pages(void* pages, std::size_t bytes) noexcept { ::munmap(pages, bytes); }

// ---- waiting -------------------------------------------------------------------------------------------------------

inline void yield_processor() noexcept { ::sched_yield(); }

constexpr ::timespec to_timespec(std::int64_t nanoseconds) noexcept {
    ::timespec out{};
    out.tv_sec = static_cast<decltype(out.tv_sec)>(nanoseconds / 1'000'000'000);
    out.tv_nsec = static_cast<decltype(out.tv_nsec)>(nanoseconds % 1'000'000'000);
    return out;
}

inline void sleep_nanoseconds(std::int64_t nanoseconds) noexcept {
    const ::timespec time = to_timespec(nanoseconds);
    ::nanosleep(&time, nullptr);
}

class Mutex {
public:
    Mutex() noexcept = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    ~Mutex() { ::pthread_mutex_destroy(&mutex_); }
    void lock() noexcept { ::pthread_mutex_lock(&mutex_); }
    void unlock() noexcept { ::pthread_mutex_unlock(&mutex_); }

private:
    friend class Condition;
    ::pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

/// A condition variable whose time-outs follow the monotonic clock, so that a clock set by hand neither ends nor extends them.
class Condition {
public:
    Condition() noexcept {
#if defined(__APPLE__)
        ::pthread_cond_init(&condition_, nullptr);
#else
        ::pthread_condattr_t attributes;
        ::pthread_condattr_init(&attributes);
        ::pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        ::pthread_cond_init(&condition_, &attributes);
        ::pthread_condattr_destroy(&attributes);
#endif
    }
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;
    ~Condition() { ::pthread_cond_destroy(&condition_); }

    void wake_all() noexcept { ::pthread_cond_broadcast(&condition_); }

    /// Waits with the mutex held; may return early.
    void wait_for(Mutex& mutex, std::int64_t nanoseconds) noexcept {
#if defined(__APPLE__)
        const ::timespec time = to_timespec(nanoseconds);
        ::pthread_cond_timedwait_relative_np(&condition_, &mutex.mutex_, &time);
#else
        ::timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        const std::int64_t since = static_cast<std::int64_t>(now.tv_nsec) + nanoseconds % 1'000'000'000;
        ::timespec until = to_timespec(since);
        until.tv_sec += now.tv_sec + static_cast<decltype(now.tv_sec)>(nanoseconds / 1'000'000'000);
        ::pthread_cond_timedwait(&condition_, &mutex.mutex_, &until);
#endif
    }

private:
    ::pthread_cond_t condition_;
};

/// A thread that takes no signal: the program's handlers run on the program's own threads, and a SIGPIPE or SIGXFSZ that a
/// write here causes stays pending on this thread instead of ending the process.
class Thread {
public:
    /// False when the system gives no thread.
    bool start(void* (*body)(void*), void* argument) noexcept {
        ::sigset_t all;
        ::sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        const bool started = ::pthread_create(&thread_, nullptr, body, argument) == 0;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return started;
    }
    void join() noexcept { ::pthread_join(thread_, nullptr); }
    void detach() noexcept { ::pthread_detach(thread_); }

private:
    ::pthread_t thread_{};
};

/// A T of each thread, destroyed when the thread ends.
template <class T>
T& of_this_thread() noexcept {
    static thread_local T value;
    return value;
}

// ---- files ---------------------------------------------------------------------------------------------------------

inline FileKind kind_of_mode(::mode_t mode) noexcept {
    if (S_ISREG(mode)) return FileKind::regular;
    if (S_ISDIR(mode)) return FileKind::directory;
    if (S_ISLNK(mode)) return FileKind::symbolic_link;
    if (S_ISCHR(mode)) return FileKind::character_device;
    if (S_ISBLK(mode)) return FileKind::block_device;
    if (S_ISFIFO(mode)) return FileKind::fifo;
    if (S_ISSOCK(mode)) return FileKind::socket;
    return FileKind::other;
}

/// What stands at a path, links not followed; `other` when nothing does. For messages only: it may have changed since.
inline FileKind kind_at(const char* path) noexcept {
    struct ::stat info {};
    return ::lstat(path, &info) == 0 ? kind_of_mode(info.st_mode) : FileKind::other;
}

/// Owns a file descriptor.
class File {
public:
    File() noexcept = default;
    explicit File(int descriptor) noexcept : descriptor_{descriptor} {}
    File(File&& other) noexcept : descriptor_{other.release()} {}
    File& operator=(File&& other) noexcept {
        if (this != &other) {
            reset();
            descriptor_ = other.release();
        }
        return *this;
    }
    ~File() { reset(); }

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    int release() noexcept {
        const int descriptor = descriptor_;
        descriptor_ = -1;
        return descriptor;
    }
    void reset() noexcept {
        if (descriptor_ >= 0) ::close(release());
    }

    /// False when fstat fails; then errno says why.
    bool stat_kind(FileKind& kind) const noexcept {
        struct ::stat info {};
        if (::fstat(descriptor_, &info) != 0) return false;
        kind = kind_of_mode(info.st_mode);
        return true;
    }

    void make_blocking() const noexcept {
        const int flags = ::fcntl(descriptor_, F_GETFL);
        if (flags >= 0) ::fcntl(descriptor_, F_SETFL, flags & ~O_NONBLOCK);
    }

private:
    int descriptor_ = -1;
};

/// Opens for appending, made with `mode` if absent. Never blocks on a FIFO, never makes a terminal the process's own.
/// Not open: errno says why.
inline File open_for_append(const char* path, unsigned mode, bool follow_links) noexcept {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow_links ? 0 : O_NOFOLLOW);
    int descriptor = -1;
    do {
        descriptor = ::open(path, flags, static_cast<::mode_t>(mode));
    } while (descriptor < 0 && errno == EINTR);
    return File{descriptor};
}

/// A descriptor as a program has it; elsewhere that is another number than notch's own.
inline int descriptor_of_stream(int descriptor) noexcept { return descriptor; }

/// Writes all bytes to a file if it can: one write(2) unless the system cuts it short. For pipes and the like see write_stream.
inline WriteOutcome write_bytes(int descriptor, std::string_view bytes) noexcept {
    WriteOutcome outcome;
    while (outcome.written < bytes.size()) {
        const ::ssize_t count = ::write(descriptor, bytes.data() + outcome.written, bytes_of_one_call(bytes.size() - outcome.written));
        if (count > 0) {
            outcome.written += static_cast<std::size_t>(count);
            continue;
        }
        if (count < 0 && errno == EINTR) continue;
        outcome.error = count < 0 ? errno : EIO;
        break;
    }
    return outcome;
}
#endif

class Lock {
public:
    explicit Lock(Mutex& mutex) noexcept : mutex_{mutex} { mutex_.lock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { mutex_.unlock(); }

private:
    Mutex& mutex_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- base/platform_directory.hpp -------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_DIRECTORY_HPP
#define NOTCH_BASE_PLATFORM_DIRECTORY_HPP

// ---- base/platform_read.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_READ_HPP
#define NOTCH_BASE_PLATFORM_READ_HPP

// ---- base/platform_read_windows.hpp ----------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_READ_WINDOWS_HPP
#define NOTCH_BASE_PLATFORM_READ_WINDOWS_HPP

// What platform_read.hpp does, on Windows. Each part of a name is opened in the directory that the part before it was found to be,
// by the kernel's own call: it follows no reparse point in the last part of a name, and one part has no other.

#if defined(_WIN32)
namespace notch::inline NOTCH_ABI::detail {

// ---- names ---------------------------------------------------------------------------------------------------------

inline constexpr std::string_view path_separators = "/\\";

constexpr char upper_case_of(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr bool is_decimal(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_word(std::string_view text, std::string_view upper_case) noexcept {
    if (text.size() != upper_case.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (upper_case_of(text[i]) != upper_case[i]) return false;
    return true;
}

/// CON, COM1 and the like stand for a device in every directory, whatever extension follows. The superscripts 1 to 3 count as digits.
constexpr bool is_device_name(std::string_view part) noexcept {
    std::string_view stem = part.substr(0, part.find('.'));
    while (stem.ends_with(' ')) stem.remove_suffix(1);
    for (const char* const device : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"})
        if (is_word(stem, device)) return true;
    if (stem.size() < 4 || !(is_word(stem.substr(0, 3), "COM") || is_word(stem.substr(0, 3), "LPT"))) return false;
    const std::string_view number = stem.substr(3);
    return (number.size() == 1 && is_decimal(number[0])) || number == "\xc2\xb9" || number == "\xc2\xb2" ||
           number == "\xc2\xb3";
}

/// Whether Windows could have made the name up for a file with a longer one: up to eight characters that end in ~ and a number,
/// and an extension of up to three.
constexpr bool is_short_name(std::string_view part) noexcept {
    const std::size_t dot = part.rfind('.');
    std::string_view stem = part.substr(0, dot);
    if (stem.size() > 8 || (dot != std::string_view::npos && part.size() - dot > 4)) return false;
    const std::size_t size = stem.size();
    while (!stem.empty() && is_decimal(stem.back())) stem.remove_suffix(1);
    return stem.size() != size && stem.ends_with('~');
}

/// Why a part of a name is not one file's name and no other's here; null when it is.
constexpr const char* part_fault(std::string_view part) noexcept {
    for (const char c : part) {
        if (c == '\\') return "a part with a backslash";
        if (c == ':') return "a part with a colon: a drive, or another stream of a file";
        if (static_cast<unsigned char>(c) < 0x20 || std::string_view{"<>\"|?*"}.find(c) != std::string_view::npos)
            return "a part with a character that no file's name has";
    }
    if (part.ends_with('.') || part.ends_with(' ')) return "a part that ends in a dot or a space";
    if (is_device_name(part)) return "the name of a device";
    if (is_short_name(part)) return "a short name, which may stand for another file";
    return nullptr;
}

// ---- opening -------------------------------------------------------------------------------------------------------

/// What became of opening: a descriptor, or the errno.
struct Opened {
    File file{};
    int error = 0;
};

/// In a directory's place: paths are the process's own, from where it stands.
inline constexpr int working_directory = -100;

inline constexpr int open_to_read = 1;
inline constexpr int open_to_read_through_links = 3;  ///< for a program's own path that may be a link
inline constexpr int open_to_search = 2;              ///< for a directory that is only passed through

inline constexpr std::uint32_t access_data = 0x01;      // FILE_READ_DATA, of a directory FILE_LIST_DIRECTORY
inline constexpr std::uint32_t access_traverse = 0x20;  // FILE_TRAVERSE

constexpr std::uint32_t access_of(int flags) noexcept {
    return access_status | access_wait | (flags == open_to_search ? access_traverse : access_data);
}

/// What to ask of the kernel for one part of a name.
struct PartRequest {
    std::uint32_t access = 0;
    std::uint32_t disposition = 1;  // FILE_OPEN
    std::uint32_t options = 0;
};
inline constexpr std::uint32_t must_be_directory = 0x01;  // FILE_DIRECTORY_FILE
inline constexpr std::uint32_t must_be_file = 0x40;       // FILE_NON_DIRECTORY_FILE

/// Opens a path of the process's own, itself, as open_at does for a name.
inline Opened open_own_path(std::string_view path, const PartRequest& request) noexcept {
    Opened out;
    out.file = open_path_of_ours(path, request.access, open_if_there, open_directory_too | open_link_itself);
    out.error = out.file.is_open() ? 0 : errno;
    if (out.error != 0 || request.options == 0) return out;
    FileKind kind{};
    out.error = find_kind(out.file.descriptor(), kind);
    if (out.error == 0 && request.options == must_be_directory && kind != FileKind::directory) out.error = ENOTDIR;
    if (out.error == 0 && request.options == must_be_file && kind == FileKind::directory) out.error = EISDIR;
    if (out.error != 0) out.file.reset();
    return out;
}

/// Opens or makes one part of a name, itself: a link is not followed, but opened. An empty name is the directory. In the working
/// directory's place: opens a path.
inline Opened open_at(int directory, std::string_view name, const PartRequest& request) noexcept {
    if (directory == working_directory) return open_own_path(name, request);
    // Waiting is left to nobody: each call is done when it returns, and where another process must give the file up first, the
    // kernel says so instead of waiting for it.
    constexpr std::uint32_t options =
        0x20 | 0x100 | 0x00200000;            // SYNCHRONOUS_IO_NONALERT, COMPLETE_IF_OPLOCKED, OPEN_REPARSE_POINT
    constexpr std::uint32_t any_case = 0x40;  // OBJ_CASE_INSENSITIVE, as all programs here open files
    constexpr std::uint32_t plain = 0x80;     // FILE_ATTRIBUTE_NORMAL
    const WideText wide{name};
    if (wide.error() != 0) return {File{}, wide.error()};
    if (wide.size() > 0x7000) return {File{}, ENAMETOOLONG};
    CountedText text;
    text.size = text.room = static_cast<std::uint16_t>(wide.size() * sizeof(wchar_t));
    text.text = wide.text();
    ObjectPlace place;
    place.size = sizeof place;
    place.directory = handle_of(directory);
    place.name = &text;
    place.attributes = any_case;
    void* handle = nullptr;
    IoStatus done;
    const std::int32_t status =
        system_calls().nt_create_file(&handle, request.access, &place, &done, nullptr, plain, share_all,
                                      request.disposition, request.options | options, nullptr, 0);
    const int error = errno_of_status(status);
    File file{status >= 0 ? descriptor_of(handle) : -1};
    if (error != 0) return {File{}, error};
    return {static_cast<File&&>(file), 0};
}

/// Opens one part of a name, or in the working directory's place a path whose last part is one: that is no reparse point.
inline Opened open_part(int directory, const char* name, int flags) noexcept {
    constexpr int most_tries = 32;
    Opened out;
    if (directory == working_directory) {
        const std::string_view path{name};
        if (path.empty()) return {File{}, ENOENT};
        const bool trusted =
            flags == open_to_read_through_links || path_separators.find(path.back()) != std::string_view::npos;
        out.file = open_path_of_ours(path, access_of(flags), open_if_there,
                                     open_directory_too | (trusted ? 0 : open_link_itself));
        out.error = out.file.is_open() ? 0 : errno;
    } else {
        out = open_at(directory, name, {access_of(flags)});
        for (int tries = 1; out.error == EAGAIN && tries < most_tries; ++tries)
            out = open_at(directory, name, {access_of(flags)});
    }
    if (out.error != 0) return out;
    FileKind kind{};
    const int error = find_kind(out.file.descriptor(), kind);
    if (error != 0) return {File{}, error};
    if (kind == FileKind::symbolic_link) return {File{}, ELOOP};
    if (flags == open_to_search && kind != FileKind::directory) return {File{}, ENOTDIR};
    return out;
}

/// Opens a name of one or more parts, none of them empty, "." or "..", beneath a directory: no reparse point is passed, and
/// nothing else leads to another file system here. There is one way.
inline Opened open_beneath(int directory, std::string name, int flags, Opening&) {
    File here;
    std::size_t at = 0;
    for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', at)) {
        name[slash] = '\0';
        Opened next = open_part(directory, name.c_str() + at, open_to_search);
        if (next.error != 0) return next;
        here = static_cast<File&&>(next.file);
        directory = here.descriptor();
        at = slash + 1;
    }
    return open_part(directory, name.c_str() + at, flags);
}

// ---- what a descriptor stands for ----------------------------------------------------------------------------------

/// FILE_STANDARD_INFORMATION.
struct StandardInformation {
    std::int64_t allocated = 0;
    std::int64_t size = 0;
    std::uint32_t links = 0;
    unsigned char is_being_removed = 0;
    unsigned char is_of_directory = 0;
};

/// FILE_FS_VOLUME_INFORMATION.
struct VolumeInformation {
    std::int64_t created = 0;
    std::uint32_t number = 0;
    std::uint32_t label_size = 0;
    unsigned char knows_objects = 0;
    wchar_t label[33] = {};
};

inline FileTime file_time(std::int64_t since_1601) noexcept {
    constexpr std::int64_t per_second = 10'000'000;
    constexpr std::int64_t from_1601_to_1970 = 11'644'473'600;
    return {since_1601 / per_second - from_1601_to_1970, since_1601 % per_second * 100};
}

/// The errno, or 0. Access lists are not looked at: the mode says what a file gets that its owner made for himself.
inline int find_status(int descriptor, FileStatus& status) noexcept {
    constexpr int standard_information = 5;
    constexpr int number_information = 6;
    constexpr int volume_information = 1;
    status = {};
    status.kind = kind_of_device(descriptor);
    if (status.kind != FileKind::regular) return 0;
    BasicInformation basic;
    StandardInformation standard;
    VolumeInformation volume;
    int error = query_basic(descriptor, basic);
    if (error == 0) error = query_file(descriptor, standard_information, standard);
    if (error == 0) error = query_file(descriptor, number_information, status.inode);
    if (error != 0) return error;
    IoStatus done;
    if (system_calls().nt_query_volume(handle_of(descriptor), &done, &volume, sizeof volume, volume_information) == 0)
        status.device = volume.number;
    status.kind = kind_of_attributes(basic.attributes);
    status.mode = status.kind == FileKind::directory ? 0700 : 0600;
    status.links = standard.is_being_removed != 0 ? 0 : standard.links;
    status.size = static_cast<std::uint64_t>(standard.size);
    status.modified = file_time(basic.written);
    status.changed = file_time(basic.changed);
    return 0;
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Reads until at least `enough` bytes are there, the file ends, or an error ends it; never more than `room`.
inline ReadOutcome read_bytes(int descriptor, char* out, std::size_t enough, std::size_t room) noexcept {
    ReadOutcome outcome;
    do {
        const auto size = static_cast<std::uint32_t>(bytes_of_one_call(room - outcome.count));
        std::uint32_t count = 0;
        const int done = system_calls().read(handle_of(descriptor), out + outcome.count, size, &count, nullptr);
        if (done == 0) {
            const int error = last_errno();
            outcome.error = error == EPIPE ? 0 : error;  // a pipe's end
            break;
        }
        if (count == 0) break;
        outcome.count += count;
    } while (outcome.count < enough);
    return outcome;
}

/// One read at a place of the file; the descriptor's own place moves, unlike elsewhere.
inline ReadOutcome read_at(int descriptor, std::uint64_t place, char* out, std::size_t room) noexcept {
    LockPlace at;  // an OVERLAPPED, which also says from where to read
    at.low = static_cast<std::uint32_t>(place);
    at.high = static_cast<std::uint32_t>(place >> 32);
    ReadOutcome outcome;
    std::uint32_t count = 0;
    const auto size = static_cast<std::uint32_t>(bytes_of_one_call(room));
    constexpr int end_of_file = windows_errors + 38;
    if (system_calls().read(handle_of(descriptor), out, size, &count, &at) == 0) {
        const int error = last_errno();
        if (error != end_of_file) outcome.error = error;
    }
    outcome.count = count;
    return outcome;
}

}  // namespace notch::inline NOTCH_ABI::detail
#endif

#endif

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#endif

// The system's calls for reading files whose directory another process may be changing at the same time: opening beneath a
// directory, what a descriptor stands for, reading. On Windows: platform_read_windows.hpp.

namespace notch::inline NOTCH_ABI::detail {

#if !defined(_WIN32)
/// What stands between the parts of a program's own path.
inline constexpr std::string_view path_separators = "/";

/// Why a part of a name is not one file's name and no other's; null when it is. Here every one is, but for ".", ".." and nothing.
constexpr const char* part_fault(std::string_view) noexcept { return nullptr; }

/// In a directory's place: paths are the process's own, from where it stands.
inline constexpr int working_directory = AT_FDCWD;

/// What became of opening: a descriptor, or the errno.
struct Opened {
    File file{};
    int error = 0;
};

/// For reading. O_NONBLOCK: opening a FIFO must not wait for its writer, nor opening a file for the lease that another process
/// has on it. O_NOCTTY: opening a terminal must not make it the process's own.
inline constexpr int open_to_read = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW;

/// The same for a program's own path that may be a link.
inline constexpr int open_to_read_through_links = open_to_read & ~O_NOFOLLOW;

/// For a directory that is only passed through: the right to search it is enough.
#if defined(O_PATH)
inline constexpr int open_to_search = O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
#elif defined(O_SEARCH)
inline constexpr int open_to_search = O_SEARCH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
#else
inline constexpr int open_to_search = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
#endif

// Both errors can pass by themselves; a writer that goes on causing them must not hold the reader up.
template <class Open>
Opened open_retrying(Open open) noexcept {
    constexpr int most_tries = 32;
    for (int tries = 1;; ++tries) {
        const int descriptor = open();
        if (descriptor >= 0) return {File{descriptor}, 0};
        const int error = errno;
        if ((error != EINTR && error != EAGAIN) || tries == most_tries) return {File{}, error};
    }
}

/// Opens one part of a name, links not followed.
inline Opened open_part(int directory, const char* name, int flags) noexcept {
    Opened out = open_retrying([=] { return ::openat(directory, name, flags); });
    if (out.error != ENOTDIR) return out;
    // With O_DIRECTORY a link is told as "not a directory". It is refused either way; this is for the message.
    struct ::stat info {};
    if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode)) out.error = ELOOP;
    return out;
}

// ---- the kernel's way ----------------------------------------------------------------------------------------------

/// openat2's arguments, as the kernel lays them down; the C library's header for them is newer than the call.
struct OpenHow {
    std::uint64_t flags = 0;
    std::uint64_t mode = 0;
    std::uint64_t resolve = 0;
};
inline constexpr std::uint64_t resolve_no_xdev = 0x01;
inline constexpr std::uint64_t resolve_no_magiclinks = 0x02;
inline constexpr std::uint64_t resolve_no_symlinks = 0x04;
inline constexpr std::uint64_t resolve_beneath = 0x08;

inline Opened open_by_kernel([[maybe_unused]] int directory, [[maybe_unused]] const char* name, [[maybe_unused]] int flags) noexcept {
#if defined(SYS_openat2)
    OpenHow how;
    // O_NOFOLLOW would have a link in a directory's place told as "not a directory"; the kernel refuses links here anyway.
    how.flags = static_cast<unsigned>((flags & O_DIRECTORY) != 0 ? flags & ~O_NOFOLLOW : flags);
    how.resolve = resolve_beneath | resolve_no_symlinks | resolve_no_magiclinks | resolve_no_xdev;
    return open_retrying([&] { return static_cast<int>(::syscall(SYS_openat2, directory, name, &how, sizeof how)); });
#else
    return {File{}, ENOSYS};
#endif
}

/// Whether openat2 may be what was refused, by an older kernel or a seccomp filter, and not the name. The last two can be either.
constexpr bool may_be_refused_itself(int error) noexcept {
    return error == ENOSYS || error == EINVAL || error == E2BIG || error == EOPNOTSUPP || error == EPERM || error == EACCES;
}

// ---- the walk ------------------------------------------------------------------------------------------------------

/// What a file is mounted on: the mount where the kernel tells it (Linux 5.8), else the device.
struct MountId {
    std::uint64_t id = 0;
    bool exact = false;
    bool operator==(const MountId&) const = default;
};

inline int find_mount(int descriptor, MountId& mount) noexcept {
#if defined(STATX_MNT_ID)
    struct ::statx more {};
    if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &more) == 0 && (more.stx_mask & STATX_MNT_ID) != 0) {
        mount = {more.stx_mnt_id, true};
        return 0;
    }
#endif
    struct ::stat info {};
    if (::fstat(descriptor, &info) != 0) return errno;
    mount = {static_cast<std::uint64_t>(info.st_dev), false};
    return 0;
}

inline Opened open_part_on(const MountId& mount, int directory, const char* name, int flags) noexcept {
    Opened out = open_part(directory, name, flags);
    if (out.error != 0) return out;
    MountId own;
    const int error = find_mount(out.file.descriptor(), own);
    if (error != 0) return {File{}, error};
    if (own != mount) return {File{}, EXDEV};
    return out;
}

/// Each part is opened in the directory that the part before it was found to be: exchanging them meanwhile changes nothing.
inline Opened open_by_walk(int directory, std::string name, int flags) {
    MountId mount;
    const int error = find_mount(directory, mount);
    if (error != 0) return {File{}, error};
    File here;
    char* part = name.data();
    for (char* slash = std::strchr(part, '/'); slash != nullptr; slash = std::strchr(part, '/')) {
        *slash = '\0';
        Opened next = open_part_on(mount, directory, part, open_to_search);
        if (next.error != 0) return next;
        here = static_cast<File&&>(next.file);
        directory = here.descriptor();
        part = slash + 1;
    }
    return open_part_on(mount, directory, part, flags);
}

/// Opens a name of one or more parts, none of them empty, "." or "..", beneath a directory: no link is followed and no mount
/// is entered. Sets `opening` to the walk where openat2 itself is refused, so that the next call goes there at once.
inline Opened open_beneath(int directory, const std::string& name, int flags, Opening& opening) {
    if (opening == Opening::walk) return open_by_walk(directory, name, flags);
    Opened out = open_by_kernel(directory, name.c_str(), flags);
    if (!may_be_refused_itself(out.error)) return out;
    const bool certain = out.error == ENOSYS;
    out = open_by_walk(directory, name, flags);
    if (certain || out.error == 0) opening = Opening::walk;
    return out;
}

// ---- what a descriptor stands for ----------------------------------------------------------------------------------

inline FileTime file_time(const ::timespec& time) noexcept {
    return {static_cast<std::int64_t>(time.tv_sec), static_cast<std::int64_t>(time.tv_nsec)};
}

inline FileStatus status_of(const struct ::stat& info) noexcept {
    FileStatus out;
    out.kind = kind_of_mode(info.st_mode);
    out.mode = static_cast<unsigned>(info.st_mode) & 07777U;
    out.links = static_cast<std::uint64_t>(info.st_nlink);
    out.size = static_cast<std::uint64_t>(info.st_size);
    out.owner = static_cast<std::uint64_t>(info.st_uid);
    out.device = static_cast<std::uint64_t>(info.st_dev);
    out.inode = static_cast<std::uint64_t>(info.st_ino);
#if defined(__APPLE__)
    out.modified = file_time(info.st_mtimespec);
    out.changed = file_time(info.st_ctimespec);
#else
    out.modified = file_time(info.st_mtim);
    out.changed = file_time(info.st_ctim);
#endif
    return out;
}

/// The errno, or 0.
inline int find_status(int descriptor, FileStatus& status) noexcept {
    struct ::stat info {};
    if (::fstat(descriptor, &info) != 0) return errno;
    status = status_of(info);
    return 0;
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Reads until at least `enough` bytes are there, the file ends, or an error ends it; never more than `room`.
inline ReadOutcome read_bytes(int descriptor, char* out, std::size_t enough, std::size_t room) noexcept {
    ReadOutcome outcome;
    do {
        const ::ssize_t count = ::read(descriptor, out + outcome.count, bytes_of_one_call(room - outcome.count));
        if (count == 0) break;
        if (count > 0) {
            outcome.count += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            outcome.error = errno;
            break;
        }
    } while (outcome.count < enough);
    return outcome;
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- base/platform_directory_windows.hpp -----------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_DIRECTORY_WINDOWS_HPP
#define NOTCH_BASE_PLATFORM_DIRECTORY_WINDOWS_HPP

// What platform_directory.hpp does, on Windows. Permissions are the access lists that files and directories inherit; a mode changes
// nothing. Names of directories are in the file system's own journal: there is nothing to sync for them.

#if defined(_WIN32)
namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::uint32_t access_remove = 0x10000;  // DELETE
inline constexpr std::uint32_t make_new = 2;             // FILE_CREATE
inline constexpr std::uint32_t make_or_open = 3;         // FILE_OPEN_IF

// ---- listing -------------------------------------------------------------------------------------------------------

/// The names in a directory, one after the other, in the order the system has them; "." and ".." left out.
class NameStream {
public:
    NameStream() noexcept = default;
    NameStream(NameStream&&) noexcept = default;
    NameStream& operator=(NameStream&&) noexcept = default;
    ~NameStream() = default;

    /// `directory` may be a handle that can only be searched; the stream has one of its own.
    int open(int directory) noexcept {
        Opened own = open_at(directory, {}, {access_data | access_wait, 1, must_be_directory});
        if (own.error != 0) return own.error;
        file_ = static_cast<File&&>(own.file);
        at_ = left_ = 0;
        return 0;
    }

    /// Null at the end, or with an errno in `error`. The name lives until the next call.
    const char* next(int& error) {
        for (;;) {
            error = left_ == 0 ? fill() : 0;
            if (error != 0 || left_ == 0) return nullptr;
            Entry entry;
            std::memcpy(&entry, block_.data() + at_, sizeof entry);
            const std::size_t text = at_ + sizeof entry;
            left_ = entry.next;
            at_ += entry.next;
            wchar_t wide[256];
            const std::size_t size = entry.size < sizeof wide ? entry.size / sizeof(wchar_t) : 256;
            std::memcpy(wide, block_.data() + text, size * sizeof(wchar_t));
            name_.clear();
            append_utf8(name_, wide, size);
            if (name_ != "." && name_ != "..") return name_.c_str();
        }
    }

private:
    /// FILE_NAMES_INFORMATION; the name follows.
    struct Entry {
        std::uint32_t next = 0;
        std::uint32_t index = 0;
        std::uint32_t size = 0;
    };

    int fill() {
        constexpr int names_information = 12;
        constexpr std::int32_t no_more_files = static_cast<std::int32_t>(0x80000006);
        constexpr std::size_t block = 8192;
        block_.resize(block);
        IoStatus done;
        const std::int32_t status =
            system_calls().nt_query_directory(handle_of(file_.descriptor()), nullptr, nullptr, nullptr, &done,
                                              block_.data(), block, names_information, 0, nullptr, 0);
        at_ = 0;
        if (status == no_more_files) return 0;
        if (status == 0) left_ = done.information;
        return errno_of_status(status);
    }

    File file_;
    std::string block_;  // entries as the system gave them
    std::string name_;
    std::size_t at_ = 0;
    std::size_t left_ = 0;  // 0: the block has no more
};

// ---- making --------------------------------------------------------------------------------------------------------

/// The process's effective user. Files have no owner here, see find_status.
inline std::uint64_t own_user() noexcept { return 0; }

/// A number of this process that its children do not have.
inline std::uint64_t own_process() noexcept { return system_calls().process_id(); }

inline Opened checked_directory(Opened out) noexcept {
    if (out.error != 0) return out;
    FileKind kind{};
    const int error = find_kind(out.file.descriptor(), kind);
    if (error != 0) return {File{}, error};
    if (kind == FileKind::symbolic_link) return {File{}, ELOOP};
    if (kind != FileKind::directory) return {File{}, ENOTDIR};
    return out;
}

inline constexpr std::uint32_t access_own_directory = access_data | access_traverse | access_status | access_wait;

/// Opens a directory of ours, links not followed in the last part, so that it can be listed and changed.
inline Opened open_own_directory(const char* path) noexcept {
    Opened out;
    out.file = open_path_of_ours(path, access_own_directory, open_if_there, open_directory_too | open_link_itself);
    out.error = out.file.is_open() ? 0 : errno;
    return checked_directory(static_cast<Opened&&>(out));
}

/// The same by its name in a directory.
inline Opened open_own_directory_at(int directory, const char* name) noexcept {
    return checked_directory(open_at(directory, name, {access_own_directory}));
}

inline int make_directory(const char* path, unsigned) noexcept {
    const WideText wide{path};
    if (wide.error() != 0) return wide.error();
    return system_calls().create_directory(wide.text(), nullptr) != 0 ? 0 : last_errno();
}
inline int make_directory_at(int directory, const char* name, unsigned) noexcept {
    return open_at(directory, name, {access_status | access_wait, make_new, must_be_directory}).error;
}

inline int set_mode(int, unsigned) noexcept { return 0; }
inline int set_mode_at(int, const char*, unsigned) noexcept { return 0; }

/// Makes a file that was not there; EEXIST when anything was, be it a dangling link.
inline Opened make_file(int directory, const char* name, unsigned) noexcept {
    return open_at(directory, name,
                   {access_write | access_append | access_status | access_wait, make_new, must_be_file});
}

// ---- locks ---------------------------------------------------------------------------------------------------------

/// Opens the file that processes lock against each other, made if absent.
inline Opened open_lock_file(int directory, const char* name) noexcept {
    return open_at(directory, name,
                   {access_data | access_write | access_status | access_wait, make_or_open, must_be_file});
}
inline Opened open_lock_file_of_other(int directory, const char* name) noexcept {
    return open_at(directory, name, {access_data | access_write | access_status | access_wait, 1, must_be_file});
}

// A lock here keeps others from reading and writing what is locked, so one byte is, far behind any file's end. A lock goes when its
// handle is closed, at the latest with the process.
inline LockPlace lock_place(std::uint32_t which) noexcept {
    LockPlace out;
    out.low = which;
    out.high = 0x7FFF'0000;
    return out;
}
inline constexpr std::uint32_t lock_of_handle = 0;
inline constexpr std::uint32_t lock_of_process = 1;

inline int lock_at_once(int descriptor, std::uint32_t which, bool alone) noexcept {
    constexpr std::uint32_t fail_at_once = 1;
    constexpr std::uint32_t exclusively = 2;
    LockPlace place = lock_place(which);
    const std::uint32_t flags = fail_at_once | (alone ? exclusively : 0);
    if (system_calls().lock_range(handle_of(descriptor), flags, 0, 1, 0, &place) != 0) return 0;
    const int error = last_errno();
    return error == EBUSY ? EWOULDBLOCK : error;
}
inline void unlock(int descriptor, std::uint32_t which = lock_of_handle) noexcept {
    LockPlace place = lock_place(which);
    system_calls().unlock_range(handle_of(descriptor), 0, 1, 0, &place);
}

/// Locks against other descriptors of the file, in this and other processes; EWOULDBLOCK when the time is over.
inline int lock_exclusively(int descriptor, std::int64_t patience_nanoseconds) noexcept {
    const std::int64_t until = monotonic_nanoseconds() + patience_nanoseconds;
    for (;;) {
        const int error = lock_at_once(descriptor, lock_of_handle, true);
        if (error != EWOULDBLOCK || monotonic_nanoseconds() > until) return error;
        sleep_nanoseconds(1'000'000);
    }
}

/// Locks against other descriptors without waiting.
inline bool try_lock(int descriptor) noexcept { return lock_at_once(descriptor, lock_of_handle, true) == 0; }

/// Locks the file for this process, which alone can have it: the lock goes with the descriptor, and so with the process.
inline int hold_by_process(int descriptor) noexcept { return lock_at_once(descriptor, lock_of_process, true); }

/// Whether another descriptor holds the file; also true when that cannot be told.
inline bool is_held_by_other_process(int descriptor) noexcept {
    if (lock_at_once(descriptor, lock_of_process, false) != 0) return true;
    unlock(descriptor, lock_of_process);
    return false;
}

// ---- names ---------------------------------------------------------------------------------------------------------

/// FILE_RENAME_INFORMATION and FILE_LINK_INFORMATION.
struct NameChange {
    std::uint32_t flags = 0;
    void* directory = nullptr;
    std::uint32_t size = 0;
    wchar_t name[256] = {};
};

inline int set_name(int descriptor, int information, std::uint32_t flags, int directory, const char* name) noexcept {
    const WideText wide{name};
    if (wide.error() != 0) return wide.error();
    NameChange change;
    if (wide.size() > sizeof change.name / sizeof(wchar_t)) return ENAMETOOLONG;
    change.flags = flags;
    change.directory = handle_of(directory);
    change.size = static_cast<std::uint32_t>(wide.size() * sizeof(wchar_t));
    std::memcpy(change.name, wide.text(), change.size);
    IoStatus done;
    return errno_of_status(
        system_calls().nt_set_file(handle_of(descriptor), &done, &change, sizeof change, information));
}

/// Gives a file its second name, which must not stand for anything yet (EEXIST). Not every file system can (ENOTSUP).
inline int link_file(int directory, const char* from, const char* to) noexcept {
    constexpr int link_information = 11;
    const Opened file = open_at(directory, from, {access_status | access_wait});
    return file.error != 0 ? file.error : set_name(file.file.descriptor(), link_information, 0, directory, to);
}

inline int move_name_replacing(int from, const char* name, int to, const char* new_name, bool replace) noexcept {
    constexpr int rename_information = 10;
    constexpr int rename_information_ex = 65;  // Windows 10: also when another process has the replaced file open
    constexpr std::uint32_t replace_as_elsewhere = 0x01 | 0x02 | 0x40;
    const Opened file = open_at(from, name, {access_remove | access_wait});
    if (file.error != 0) return file.error;
    const int descriptor = file.file.descriptor();
    if (replace && set_name(descriptor, rename_information_ex, replace_as_elsewhere, to, new_name) == 0) return 0;
    return set_name(descriptor, rename_information, replace ? 1 : 0, to, new_name);
}

/// Moves whatever stands under a name, itself, within one file system. A file may be replaced, a directory not.
inline int move_name(int from, const char* name, int to, const char* new_name) noexcept {
    return move_name_replacing(from, name, to, new_name, true);
}
/// The same where nothing may be replaced (EEXIST).
inline int move_to_free_name(int from, const char* name, int to, const char* new_name) noexcept {
    return move_name_replacing(from, name, to, new_name, false);
}

/// Removes what stands under a name, itself: at once where the system can (Windows 10), else when its last handle is closed.
inline int remove_name(int directory, const char* name, std::uint32_t kind) noexcept {
    constexpr int disposition_information = 13;
    constexpr int disposition_information_ex = 64;
    const Opened file = open_at(directory, name, {access_remove | access_wait, 1, kind});
    if (file.error != 0) return file.error;
    void* const handle = handle_of(file.file.descriptor());
    IoStatus done;
    std::uint32_t at_once = 0x01 | 0x02 | 0x10;  // also a file that is read-only
    if (system_calls().nt_set_file(handle, &done, &at_once, sizeof at_once, disposition_information_ex) == 0) return 0;
    unsigned char at_last = 1;
    return errno_of_status(
        system_calls().nt_set_file(handle, &done, &at_last, sizeof at_last, disposition_information));
}
inline int remove_file(int directory, const char* name) noexcept { return remove_name(directory, name, must_be_file); }

/// Removes an empty directory; ENOTEMPTY when it is not.
inline int remove_directory_at(int directory, const char* name) noexcept {
    return remove_name(directory, name, must_be_directory);
}

/// The status of a name, links not followed.
inline int find_status_at(int directory, const char* name, FileStatus& status) noexcept {
    const Opened file = open_at(directory, name, {access_status | access_wait});
    return file.error != 0 ? file.error : find_status(file.file.descriptor(), status);
}

// ---- durability ----------------------------------------------------------------------------------------------------

/// Puts a file that was opened for writing on the disk.
inline int sync_to_disk(int descriptor) noexcept {
    FileKind kind{};
    if (find_kind(descriptor, kind) == 0 && kind == FileKind::directory) return 0;
    return system_calls().flush(handle_of(descriptor)) != 0 ? 0 : last_errno();
}
inline int sync_name_of_directory(int) noexcept { return 0; }

}  // namespace notch::inline NOTCH_ABI::detail
#endif

#endif

#if !defined(_WIN32)
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#endif

// The system's calls for a directory: the names in it, and making, placing, moving and removing files in one that is
// our own. What returns an int returns the errno, or 0. On Windows: platform_directory_windows.hpp.

#if !defined(_WIN32)
namespace notch::inline NOTCH_ABI::detail {

/// The names in a directory, one after the other, in the order the system has them; "." and ".." left out.
class NameStream {
public:
    NameStream() noexcept = default;
    NameStream(NameStream&& other) noexcept : stream_{other.stream_} { other.stream_ = nullptr; }
    NameStream& operator=(NameStream&& other) noexcept {
        if (this != &other) {
            close();
            stream_ = other.stream_;
            other.stream_ = nullptr;
        }
        return *this;
    }
    ~NameStream() { close(); }

    /// `directory` may be a handle that can only be searched; the stream has a descriptor of its own.
    int open(int directory) noexcept {
        Opened own = open_retrying([=] { return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
        if (own.error != 0) return own.error;
        close();
        stream_ = ::fdopendir(own.file.descriptor());
        if (stream_ == nullptr) return errno;
        own.file.release();
        return 0;
    }

    /// Null at the end, or with an errno in `error`. The name lives until the next call.
    const char* next(int& error) noexcept {
        for (;;) {
            errno = 0;
            const ::dirent* const entry = ::readdir(stream_);
            error = entry == nullptr ? errno : 0;
            if (entry == nullptr) return nullptr;
            const char* const name = entry->d_name;
            if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) return name;
        }
    }

private:
    void close() noexcept {
        if (stream_ != nullptr) ::closedir(stream_);
        stream_ = nullptr;
    }

    ::DIR* stream_ = nullptr;
};

/// The process's effective user.
inline std::uint64_t own_user() noexcept { return static_cast<std::uint64_t>(::geteuid()); }

/// Opens a directory of ours, links not followed in the last part, so that it can be listed, synced and changed.
inline Opened open_own_directory(const char* path) noexcept {
    Opened out = open_retrying([=] { return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW); });
    if (out.error == ENOTDIR && kind_at(path) == FileKind::symbolic_link) out.error = ELOOP;
    return out;
}

/// The same by its name in a directory.
inline Opened open_own_directory_at(int directory, const char* name) noexcept {
    return open_retrying([=] { return ::openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); });
}

inline int make_directory(const char* path, unsigned mode) noexcept {
    return ::mkdir(path, static_cast<::mode_t>(mode)) == 0 ? 0 : errno;
}
inline int make_directory_at(int directory, const char* name, unsigned mode) noexcept {
    return ::mkdirat(directory, name, static_cast<::mode_t>(mode)) == 0 ? 0 : errno;
}

/// Removes an empty directory; ENOTEMPTY when it is not.
inline int remove_directory_at(int directory, const char* name) noexcept {
    if (::unlinkat(directory, name, AT_REMOVEDIR) == 0) return 0;
    return errno == EEXIST ? ENOTEMPTY : errno;
}

/// The permissions exactly, whatever the process's umask is.
inline int set_mode(int descriptor, unsigned mode) noexcept {
    return ::fchmod(descriptor, static_cast<::mode_t>(mode)) == 0 ? 0 : errno;
}

/// The permissions of what stands under a name, never of what a link there points to; not every system can do it.
inline int set_mode_at(int directory, const char* name, unsigned mode) noexcept {
    return ::fchmodat(directory, name, static_cast<::mode_t>(mode), AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

/// Makes a file that was not there; EEXIST when anything was, be it a dangling link.
inline Opened make_file(int directory, const char* name, unsigned mode) noexcept {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    return open_retrying([=] { return ::openat(directory, name, flags, static_cast<::mode_t>(mode)); });
}

/// Opens the file that processes lock against each other, made if absent.
inline Opened open_lock_file(int directory, const char* name) noexcept {
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    return open_retrying([=] { return ::openat(directory, name, flags, static_cast<::mode_t>(0600)); });
}
inline Opened open_lock_file_of_other(int directory, const char* name) noexcept {
    return open_retrying([=] { return ::openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); });
}

/// Locks against other descriptors of the file, in this and other processes; EWOULDBLOCK when the time is over.
inline int lock_exclusively(int descriptor, std::int64_t patience_nanoseconds) noexcept {
    const std::int64_t until = monotonic_nanoseconds() + patience_nanoseconds;
    std::int64_t pause = 20'000;  // most locks are held for a write; longer ones are not asked for all the time
    for (int tries = 0; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++tries) {
        const int error = errno;
        if (error == EINTR) continue;
        if (error != EWOULDBLOCK || monotonic_nanoseconds() > until) return error;
        if (tries < 8) {
            yield_processor();
        } else {
            sleep_nanoseconds(pause);
            pause = pause < 1'000'000 ? 2 * pause : pause;
        }
    }
    return 0;
}
inline void unlock(int descriptor) noexcept { ::flock(descriptor, LOCK_UN); }

/// Locks against other descriptors without waiting. The lock lives as long as any process has the descriptor: a child
/// of fork(2) keeps it when its parent is gone.
inline bool try_lock(int descriptor) noexcept {
    while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        if (errno != EINTR) return false;
    return true;
}

/// Locks the file for this process, which alone can have it: the lock goes when the process ends, or closes any
/// descriptor of the file.
inline int hold_by_process(int descriptor) noexcept {
    struct ::flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(descriptor, F_SETLK, &whole) == 0 ? 0 : errno;
}

/// Whether another process holds the file; also true when that cannot be told.
inline bool is_held_by_other_process(int descriptor) noexcept {
    struct ::flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(descriptor, F_GETLK, &whole) != 0 || whole.l_type != F_UNLCK;
}

/// A number of this process that its children do not have.
inline std::uint64_t own_process() noexcept { return static_cast<std::uint64_t>(::getpid()); }

/// Gives a file its second name, which must not stand for anything yet (EEXIST).
inline int link_file(int directory, const char* from, const char* to) noexcept {
    return ::linkat(directory, from, directory, to, 0) == 0 ? 0 : errno;
}
inline int remove_file(int directory, const char* name) noexcept { return ::unlinkat(directory, name, 0) == 0 ? 0 : errno; }

/// Moves whatever stands under a name, itself, within one file system. What is replaced: a file by a file, an empty
/// directory by one.
inline int move_name(int from, const char* name, int to, const char* new_name) noexcept {
    return ::renameat(from, name, to, new_name) == 0 ? 0 : errno;
}

/// The same where nothing may be replaced (EEXIST). Systems that cannot promise it look first.
inline int move_to_free_name(int from, const char* name, int to, const char* new_name) noexcept {
#if defined(SYS_renameat2)
    constexpr unsigned no_replace = 1;
    if (::syscall(SYS_renameat2, from, name, to, new_name, no_replace) == 0) return 0;
    if (errno != ENOSYS && errno != EINVAL) return errno;
#endif
    struct ::stat info {};
    if (::fstatat(to, new_name, &info, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
    return errno == ENOENT ? move_name(from, name, to, new_name) : errno;
}

/// The status of a name, links not followed.
inline int find_status_at(int directory, const char* name, FileStatus& status) noexcept {
    struct ::stat info {};
    if (::fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    status = status_of(info);
    return 0;
}

/// Puts a file, or the names of a directory, on the disk. Some file systems have nothing to sync for some files
/// (EINVAL).
inline int sync_to_disk(int descriptor) noexcept {
#if defined(F_FULLFSYNC)
    if (::fcntl(descriptor, F_FULLFSYNC) == 0) return 0;  // macOS: fsync alone leaves it in the drive's own memory
#endif
    while (::fsync(descriptor) != 0)
        if (errno != EINTR) return errno == EINVAL ? 0 : errno;
    return 0;
}

/// For a directory that was just made: its own name in the one above.
inline int sync_name_of_directory(int descriptor) noexcept {
    const Opened above = open_retrying([=] { return ::openat(descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    return above.error != 0 ? above.error : sync_to_disk(above.file.descriptor());
}

}  // namespace notch::inline NOTCH_ABI::detail
#endif

#endif

// ---- base/platform_identity.hpp --------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_IDENTITY_HPP
#define NOTCH_BASE_PLATFORM_IDENTITY_HPP

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

// The system's calls for following files that are renamed while they are read: which file it is, whatever it is called by now,
// and reading at a place.

namespace notch::inline NOTCH_ABI::detail {

/// Which file it is. A removed file's number goes to the next one made; when it was made tells them apart, where it is known.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    FileTime made{};
    bool operator==(const FileIdentity&) const = default;
};

#if defined(_WIN32)
/// Of a path of the process's own, or of the descriptor itself when the path is empty. The errno, or 0.
inline int find_identity(int directory, const char* path, bool follow_links, FileIdentity& out) noexcept {
    const bool itself = *path == '\0';
    const std::uint32_t link = follow_links ? 0 : open_link_itself;
    const File opened = itself ? File{} : open_path_of_ours(path, access_status | access_wait, open_if_there, open_directory_too | link);
    if (!itself && !opened.is_open()) return errno;
    const int descriptor = itself ? directory : opened.descriptor();
    FileStatus status;
    BasicInformation basic;
    int error = find_status(descriptor, status);
    if (error == 0) error = query_basic(descriptor, basic);
    if (error == 0) out = {status.device, status.inode, file_time(basic.created)};
    return error;
}
#else
/// Of a path beneath `directory`, or of the descriptor itself when the path is empty. The errno, or 0.
inline int find_identity(int directory, const char* path, bool follow_links, FileIdentity& out) noexcept {
    const bool itself = *path == '\0';
    const int flags = follow_links ? 0 : AT_SYMLINK_NOFOLLOW;
#if defined(STATX_BTIME)
    struct ::statx more {};
    if (::statx(directory, path, flags | (itself ? AT_EMPTY_PATH : 0), STATX_INO | STATX_BTIME, &more) == 0) {
        out.device = std::uint64_t{more.stx_dev_major} << 32 | more.stx_dev_minor;
        out.number = more.stx_ino;
        if ((more.stx_mask & STATX_BTIME) != 0)
            out.made = {more.stx_btime.tv_sec, static_cast<std::int64_t>(more.stx_btime.tv_nsec)};
        return 0;
    }
    if (errno != ENOSYS && errno != EPERM) return errno;  // these two: an older kernel, or a filter that does not know the call
#endif
    struct ::stat info {};
    const int failed = itself ? ::fstat(directory, &info) : ::fstatat(directory, path, &info, flags);
    if (failed != 0) return errno;
    out = {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino), {}};
    return 0;
}

/// One read at a place of the file; the descriptor's own place stays.
inline ReadOutcome read_at(int descriptor, std::uint64_t place, char* out, std::size_t room) noexcept {
    for (;;) {
        const ::ssize_t count = ::pread(descriptor, out, room, static_cast<::off_t>(place));
        if (count >= 0) return {static_cast<std::size_t>(count), 0};
        if (errno != EINTR) return {0, errno};
    }
}

#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- base/platform_ledger.hpp ----------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_LEDGER_HPP
#define NOTCH_BASE_PLATFORM_LEDGER_HPP

#if !defined(_WIN32)
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

// The system's calls for a ledger: a file that several processes append to, rename and cut. What returns an int returns the errno, or 0.

namespace notch::inline NOTCH_ABI::detail {

#if defined(_WIN32)
/// Whether a file can be locked, cut and looked at through the descriptor that appends to it. On Windows a handle that may cut may
/// also write anywhere, and then the system no longer puts each write at the end by itself.
inline constexpr bool appenders_can_share = false;

/// Nothing that a write does ends a process here.
class WriteSignals {
public:
    WriteSignals() noexcept {}
    static void note(int) noexcept {}
};

inline Opened open_to_repair(const char*, bool) noexcept { return {File{}, ENOTSUP}; }
inline Opened open_directory_of_ledger(const char* path) noexcept { return open_own_directory(path); }
inline int cut_file(int, std::uint64_t) noexcept { return ENOTSUP; }

inline int find_status_of(const char* path, bool follow_links, FileStatus& status) noexcept {
    const std::uint32_t link = follow_links ? 0 : open_link_itself;
    const File file = open_path_of_ours(path, access_status | access_wait, open_if_there, open_directory_too | link);
    return file.is_open() ? find_status(file.descriptor(), status) : errno;
}
#else
inline constexpr bool appenders_can_share = true;

/// While this lives, a write on this thread that runs into the limit of a file's size, or into a pipe without a reader, fails and
/// does nothing else: the signal that would end the process is kept from the thread and then taken away. Dispositions stay.
class WriteSignals {
public:
    WriteSignals() noexcept {
        ::sigset_t both;
        ::sigemptyset(&both);
        ::sigaddset(&both, SIGXFSZ);
        ::sigaddset(&both, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &both, &before_);
    }
    WriteSignals(const WriteSignals&) = delete;
    WriteSignals& operator=(const WriteSignals&) = delete;
    ~WriteSignals() {
        // The recorder's own thread has both blocked for good, which saves it this call.
        if (::sigismember(&before_, SIGXFSZ) != 1 || ::sigismember(&before_, SIGPIPE) != 1)
            ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    /// To be told how each write ended.
    static void note(int error) noexcept {
        if (error == EFBIG) take(SIGXFSZ);
        if (error == EPIPE) take(SIGPIPE);
    }

private:
    static void take(int number) noexcept {
        ::sigset_t one;
        ::sigemptyset(&one);
        ::sigaddset(&one, number);
#if defined(__APPLE__)
        ::sigset_t pending;
        int taken = 0;
        if (::sigpending(&pending) == 0 && ::sigismember(&pending, number) == 1) ::sigwait(&one, &taken);
#else
        const ::timespec at_once{};
        while (::sigtimedwait(&one, nullptr, &at_once) < 0 && errno == EINTR) continue;
#endif
    }

    ::sigset_t before_{};
};

/// Opens a file that is there, for appending and for looking at what it holds.
inline Opened open_to_repair(const char* path, bool follow_links) noexcept {
    const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow_links ? 0 : O_NOFOLLOW);
    return open_retrying([=] { return ::open(path, flags); });
}

/// Opens the directory that a ledger is in, so that it can be listed and synced; its path is the program's own, links and all.
inline Opened open_directory_of_ledger(const char* path) noexcept {
    return open_retrying([=] { return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

/// Takes away what a file has behind `size` bytes.
inline int cut_file(int descriptor, std::uint64_t size) noexcept {
    while (::ftruncate(descriptor, static_cast<::off_t>(size)) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

/// The status of what stands at a path of the process's own.
inline int find_status_of(const char* path, bool follow_links, FileStatus& status) noexcept {
    struct ::stat info {};
    if ((follow_links ? ::stat(path, &info) : ::lstat(path, &info)) != 0) return errno;
    status = status_of(info);
    return 0;
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- base/platform_spawn.hpp -----------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_SPAWN_HPP
#define NOTCH_BASE_PLATFORM_SPAWN_HPP

#if !defined(_WIN32)
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

// The operating system's calls for running another program, never by way of a shell.

#if defined(__APPLE__)
extern "C" char*** _NSGetEnviron();  // libraries have no `environ` there
#elif !defined(_WIN32) && !defined(__linux__)
extern "C" char** environ;  // POSIX has no header for it
#endif

namespace notch::inline NOTCH_ABI::detail {

/// How a command ended: one of the three.
struct CommandOutcome {
    int error = 0;   ///< the errno that kept it from being run, or its end from being known
    int signal = 0;  ///< the signal that ended it
    int status = 0;  ///< its exit status

    [[nodiscard]] bool is_good() const noexcept { return error == 0 && signal == 0 && status == 0; }
};

#if defined(_WIN32)
inline CommandOutcome run_command(const char* const*, std::int64_t) noexcept { return {ENOSYS, 0, 0}; }
#else
#if defined(__APPLE__)
inline char** environment() noexcept { return *::_NSGetEnviron(); }
#else
inline char** environment() noexcept { return ::environ; }
#endif

/// Waits for a child; a program that ignores SIGCHLD, or reaps every child itself, leaves nothing to be known (ECHILD).
inline CommandOutcome await_command(::pid_t child, std::int64_t patience_nanoseconds) noexcept {
    const std::int64_t until = monotonic_nanoseconds() + patience_nanoseconds;
    bool is_late = false;
    for (;;) {
        int status = 0;
        const ::pid_t done = ::waitpid(child, &status, is_late ? 0 : WNOHANG);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return {errno, 0, 0};
        if (done == child && is_late) return {ETIMEDOUT, 0, 0};
        if (done == child && WIFSIGNALED(status)) return {0, WTERMSIG(status), 0};
        if (done == child) return {0, 0, WEXITSTATUS(status)};
        is_late = monotonic_nanoseconds() > until;
        if (is_late) ::kill(child, SIGKILL);
        else sleep_nanoseconds(1'000'000);
    }
}

/// Runs a command found by PATH, with the program's environment, nothing to read, and its output going nowhere; ends it (ETIMEDOUT) when
/// it takes too long. `arguments` begins with the command and ends with a null.
inline CommandOutcome run_command(const char* const* arguments, std::int64_t patience_nanoseconds) noexcept {
    ::posix_spawn_file_actions_t files;
    ::posix_spawnattr_t attributes;
    int error = ::posix_spawn_file_actions_init(&files);
    if (error != 0) return {error, 0, 0};
    error = ::posix_spawnattr_init(&attributes);
    if (error != 0) {
        ::posix_spawn_file_actions_destroy(&files);
        return {error, 0, 0};
    }
    ::sigset_t none;
    ::sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    // What the program has masked or ignored is its own affair, not the command's.
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    for (int stream = 0; error == 0 && stream < 3; ++stream)
        error = ::posix_spawn_file_actions_addopen(&files, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0);
    ::pid_t child = -1;
    // The interface has pointers to text that it does not change.
    if (error == 0) error = ::posix_spawnp(&child, arguments[0], &files, &attributes, const_cast<char* const*>(arguments), environment());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    return error != 0 ? CommandOutcome{error, 0, 0} : await_command(child, patience_nanoseconds);
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- base/platform_stream.hpp ----------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_STREAM_HPP
#define NOTCH_BASE_PLATFORM_STREAM_HPP

#if !defined(_WIN32)
#include <poll.h>
#include <unistd.h>
#endif

// The system's calls for a descriptor that somebody else has made and reads from: a pipe, a terminal, a socket.

namespace notch::inline NOTCH_ABI::detail {

#if defined(_WIN32)
inline bool takes_bytes(int) noexcept { return true; }

/// A full pipe that does not wait gets a second, whatever `patience_nanoseconds` says.
inline WriteOutcome write_stream(int descriptor, std::string_view bytes, std::int64_t) noexcept { return write_bytes(descriptor, bytes); }
#else
/// Waits until there is news of a descriptor: it takes bytes, or nobody reads them any more. False when there is none within the time.
inline bool await_stream(int descriptor, std::int64_t patience_nanoseconds) noexcept {
    constexpr std::int64_t longest = 60'000;  // milliseconds of one call
    const std::int64_t milliseconds = patience_nanoseconds <= 0 ? 0 : patience_nanoseconds / 1'000'000 + 1;
    ::pollfd entry{};
    entry.fd = descriptor;
    entry.events = POLLOUT;
    return ::poll(&entry, 1, static_cast<int>(milliseconds < longest ? milliseconds : longest)) > 0;
}
inline bool takes_bytes(int descriptor) noexcept { return await_stream(descriptor, 0); }

/// Writes all bytes if it can: one write(2) unless the system cuts it short. A full non-blocking descriptor is waited for as long
/// as it goes on taking something within the time; its flags, which other processes share, are left alone. SIGPIPE reaches nobody.
inline WriteOutcome write_stream(int descriptor, std::string_view bytes, std::int64_t patience_nanoseconds) noexcept {
    const WriteSignals guard;
    WriteOutcome outcome;
    std::int64_t full_since = 0;  // 0: it took something last time
    while (outcome.written < bytes.size()) {
        const ::ssize_t count = ::write(descriptor, bytes.data() + outcome.written, bytes_of_one_call(bytes.size() - outcome.written));
        if (count > 0) {
            outcome.written += static_cast<std::size_t>(count);
            full_since = 0;
            continue;
        }
        outcome.error = count < 0 ? errno : EIO;
        if (outcome.error == EAGAIN) {
            const std::int64_t now = monotonic_nanoseconds();
            if (full_since != 0) sleep_nanoseconds(100'000);  // some sockets tell of room and have none
            else full_since = now;
            if (now - full_since >= patience_nanoseconds) break;
            await_stream(descriptor, patience_nanoseconds - (now - full_since));
        } else if (outcome.error != EINTR) {
            WriteSignals::note(outcome.error);
            break;
        }
        outcome.error = 0;
    }
    return outcome;
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- base/text_store.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_TEXT_STORE_HPP
#define NOTCH_BASE_TEXT_STORE_HPP

// ---- base/plain_list.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLAIN_LIST_HPP
#define NOTCH_BASE_PLAIN_LIST_HPP

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
        if (size_ == room_ && !move_to(::operator new(next_room() * element_size, std::nothrow), next_room())) return false;
        ::new (static_cast<void*>(data_ + size_++)) T(copy);
        return true;
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

namespace notch::inline NOTCH_ABI::detail {

/// Keeps texts where they are: a view of one stays good until clear(), however many are added.
class TextStore {
public:
    TextStore() = default;
    TextStore(const TextStore&) = delete;
    TextStore& operator=(const TextStore&) = delete;
    ~TextStore() { clear(); }

    std::string& add(std::string_view text) {
        texts_.push_back(nullptr);
        texts_.back() = new std::string{text};
        return *texts_.back();
    }
    void clear() noexcept {
        for (const std::string* text : texts_) delete text;
        texts_.clear();
    }
    [[nodiscard]] const PlainList<std::string*>& texts() const noexcept { return texts_; }

private:
    PlainList<std::string*> texts_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- event/name.hpp --------------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_NAME_HPP
#define NOTCH_EVENT_NAME_HPP

namespace notch::inline NOTCH_ABI {
namespace detail {

/// A compile-time text with storage of its own. The extra byte keeps an empty text from being a zero-length array.
template <std::size_t N>
struct StaticText {
    char data[N + 1]{};
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data, N}; }
};

template <class T>
consteval auto compiler_name_of() {
#if defined(_MSC_VER) && !defined(__clang__)
    return std::string_view{__FUNCSIG__};
#else
    return std::string_view{__PRETTY_FUNCTION__};
#endif
}

constexpr bool in_identifier(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || (c & 0x80) != 0;
}

/// The identifier that a text ends in; empty when it ends otherwise.
constexpr std::string_view identifier_at_end(std::string_view text) noexcept {
    std::size_t start = text.size();
    while (start > 0 && in_identifier(text[start - 1])) --start;
    return text.substr(start);
}

/// Where the literal in quotes begins that ends at `last`.
constexpr std::size_t start_of_quoted(std::string_view text, std::size_t last) noexcept {
    std::size_t at = last;
    while (at > 0)
        if (text[--at] == text[last] && (at == 0 || text[at - 1] != '\\')) break;
    return at;
}

/// A type's spelling without the template arguments that it ends in. Their brackets are matched from the end; those in
/// literals (`OfValue<'>'>`) and in `operator->` are none.
constexpr std::string_view without_arguments(std::string_view spelling) noexcept {
    std::size_t depth = 0;
    for (std::size_t at = spelling.size(); at > 0;) {
        const char c = spelling[--at];
        if (c == '"' || c == '\'') at = start_of_quoted(spelling, at);
        if (c == '>' && (at == 0 || spelling[at - 1] != '-')) ++depth;
        if (c == '<') --depth;
        if (depth == 0) return spelling.substr(0, c == '<' ? at : spelling.size());
    }
    return spelling;
}

/// The unqualified name inside a compiler's spelling of a type. It is looked for at the end, because what stands before
/// may be anything: GCC spells a local type `operator<(const A&, const A&)::Local` or `f()::<lambda(auto:1)>::Local`.
constexpr std::string_view unqualified(std::string_view spelling) noexcept {
    return identifier_at_end(without_arguments(spelling));
}

template <class T>
consteval std::string_view type_name() {
    std::string_view text = compiler_name_of<T>();
#if defined(_MSC_VER) && !defined(__clang__)
    text.remove_prefix(text.find("compiler_name_of<") + 17);
    text = text.substr(0, text.rfind(">(void)"));
#else
    text.remove_prefix(text.find("T = ") + 4);
    text = text.substr(0, text.rfind(']'));
#endif
    return unqualified(text);
}

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr char lowered(char c) noexcept { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

consteval std::size_t snake_size(std::string_view name) {
    std::size_t size = name.size();
    for (std::size_t i = 1; i < name.size(); ++i) size += is_upper(name[i]) ? 1U : 0U;
    return size;
}

template <std::size_t N>
consteval StaticText<N> snake_case(std::string_view name) {
    StaticText<N> out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (i != 0 && is_upper(name[i])) out.data[at++] = '_';
        out.data[at++] = lowered(name[i]);
    }
    return out;
}

template <class T>
inline constexpr auto snake_name = snake_case<snake_size(type_name<T>())>(type_name<T>());

template <class T>
concept NamesItself = requires {
    { T::notch_name() } -> std::convertible_to<std::string_view>;
};

template <class T>
consteval std::string_view name_of_event() {
    if constexpr (NamesItself<T>) {
        return T::notch_name();
    } else {
        // What is no struct is refused where it is used, with words of its own.
        static_assert(!std::is_class_v<T> || !snake_name<T>.view().empty(),
                      "notch: an unnamed struct cannot be an event: name it, or write inside it "
                      "`static constexpr std::string_view notch_name() { return \"...\"; }`");
        return snake_name<T>.view();
    }
}

}  // namespace detail

/// The event's name: the unqualified type name in snake_case, known at compile time.
///
///     static_assert(notch::event_name<RunnerStart> == "runner_start");
///     static_assert(notch::event_name<HTTPServer> == "h_t_t_p_server");  // every later capital starts a word
///
/// Template arguments are dropped. `static constexpr std::string_view notch_name()` in the struct overrides it.
template <class T>
inline constexpr std::string_view event_name = detail::name_of_event<T>();

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- event/options.hpp -----------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_OPTIONS_HPP
#define NOTCH_EVENT_OPTIONS_HPP

#if NOTCH_REFLECTION == 26
#include <meta>
#endif

namespace notch::inline NOTCH_ABI {
namespace detail {

/// A text that may stand in a template argument or annotation, which std::string_view may not.
struct Text {
    const char* data = nullptr;
    std::size_t size = 0;
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data, size}; }
    constexpr bool operator==(const Text&) const = default;
};

// An annotation may not point at a string literal, so C++26 moves the text to an object that it may point at.
#if NOTCH_REFLECTION == 26
consteval Text text(std::string_view from) { return {std::define_static_string(from), from.size()}; }
#define NOTCH_INTERNAL_OPTION consteval
#else
constexpr Text text(std::string_view from) noexcept { return {from.data(), from.size()}; }
#define NOTCH_INTERNAL_OPTION constexpr
#endif

/// A bound of a rule: exact for every integer and double, so that a rule on a 64-bit field never rounds.
struct Bound {
    enum class Kind : std::uint8_t { signed_integer, unsigned_integer, real };
    Kind kind = Kind::signed_integer;
    std::int64_t signed_value = 0;
    std::uint64_t unsigned_value = 0;
    double real = 0;
};

constexpr Bound bound_of(std::signed_integral auto v) noexcept { return {Bound::Kind::signed_integer, v, 0, 0}; }
constexpr Bound bound_of(std::unsigned_integral auto v) noexcept { return {Bound::Kind::unsigned_integer, 0, v, 0}; }
constexpr Bound bound_of(double v) noexcept { return {Bound::Kind::real, 0, 0, v}; }

enum class OptionKind : std::uint8_t {
    rename, alias, omit_empty, omit_default, skip, redact, defaulted, unix_seconds, no_envelope,
    lowest, highest, length, pattern, one_of
};

constexpr bool is_rule(OptionKind kind) noexcept { return kind >= OptionKind::lowest; }

}  // namespace detail

/// One option of a field, or of the whole struct. Made by the functions below; plain data.
struct Option {
    detail::OptionKind kind{};
    detail::Text field{};  ///< empty: not tied to a field (an annotation, or an option of the struct)
    detail::Text text{};
    detail::Bound bound{};
    std::size_t low = 0;
    std::size_t high = 0;
};

/// Several options in one value; what `notch_options()` returns.
template <std::size_t N>
struct Options {
    Option list[N == 0 ? 1 : N]{};
    static constexpr std::size_t size = N;
};

/// Writes and reads the field under another key: `notch::field("repo", notch::rename("repository"))`.
NOTCH_INTERNAL_OPTION Option rename(std::string_view key) { return {.kind = detail::OptionKind::rename, .text = detail::text(key)}; }
/// A further key under which the field may be read; it is never written.
NOTCH_INTERNAL_OPTION Option alias(std::string_view key) { return {.kind = detail::OptionKind::alias, .text = detail::text(key)}; }
/// Leaves the field out of what is written when it is an empty string or container, zero, or false.
inline constexpr Option omit_empty{.kind = detail::OptionKind::omit_empty};
/// Leaves the field out when it equals its value in a default-constructed struct.
inline constexpr Option omit_default{.kind = detail::OptionKind::omit_default};
/// Neither writes nor reads the field, which can be of any type. Reading leaves it as the struct's default makes it; its key
/// is one that the struct does not have.
inline constexpr Option skip{.kind = detail::OptionKind::skip};
/// Writes "[redacted]" instead of the value; reading accepts any value and keeps the default.
inline constexpr Option redact{.kind = detail::OptionKind::redact};
/// Lets the field be absent when reading; it then keeps its default.
inline constexpr Option defaulted{.kind = detail::OptionKind::defaulted};
/// Writes a system_clock time point as UNIX seconds (1700000000.25) instead of RFC 3339 text.
inline constexpr Option unix_seconds{.kind = detail::OptionKind::unix_seconds};
/// Of the struct: lines carry neither `timestamp` nor `event` of notch's own.
inline constexpr Option no_envelope{.kind = detail::OptionKind::no_envelope};

/// Rule: the number is at least `bound`.
NOTCH_INTERNAL_OPTION Option minimum(auto bound) { return {.kind = detail::OptionKind::lowest, .bound = detail::bound_of(bound)}; }
/// Rule: the number is at most `bound`.
NOTCH_INTERNAL_OPTION Option maximum(auto bound) { return {.kind = detail::OptionKind::highest, .bound = detail::bound_of(bound)}; }
/// Rule: the number is not negative.
inline constexpr Option non_negative{.kind = detail::OptionKind::lowest};
/// Rule: the string's bytes or the container's elements number between `low` and `high`, both included.
NOTCH_INTERNAL_OPTION Option length(std::size_t low, std::size_t high) {
    return {.kind = detail::OptionKind::length, .low = low, .high = high};
}
/// Rule: the whole string matches a glob of `?` (one character), `*` (any run) and plain characters.
NOTCH_INTERNAL_OPTION Option pattern(std::string_view glob) { return {.kind = detail::OptionKind::pattern, .text = detail::text(glob)}; }

/// Rule: the string is one of the given: `notch::one_of("success", "failure")`.
template <class... Strings>
NOTCH_INTERNAL_OPTION Options<sizeof...(Strings)> one_of(const Strings&... allowed) {
    return {{Option{.kind = detail::OptionKind::one_of, .text = detail::text(allowed)}...}};
}

namespace detail {

constexpr std::size_t option_count(const Option&) noexcept { return 1; }
template <std::size_t N>
constexpr std::size_t option_count(const Options<N>&) noexcept { return N; }

template <class T>
inline constexpr std::size_t options_in = 1;
template <std::size_t N>
inline constexpr std::size_t options_in<Options<N>> = N;

constexpr void gather(Option* out, std::size_t& at, const Option& one) noexcept { out[at++] = one; }
template <std::size_t N>
constexpr void gather(Option* out, std::size_t& at, const Options<N>& many) noexcept {
    for (std::size_t i = 0; i < N; ++i) out[at++] = many.list[i];
}

}  // namespace detail

/// Puts options together: `static constexpr auto notch_options() { return notch::options(...); }` in the struct.
///
///     return notch::options(notch::field("idle", notch::non_negative),
///                           notch::field("repo", notch::rename("repository"), notch::pattern("?*/?*")),
///                           notch::no_envelope);
template <class... Parts>
constexpr auto options(const Parts&... parts) {
    Options<(0 + ... + detail::options_in<Parts>)> all;
    [[maybe_unused]] std::size_t at = 0;
    (detail::gather(all.list, at, parts), ...);
    return all;
}

/// Ties options to the field of that name (its name in the struct). A name that the struct lacks is a compile error.
template <class... Parts>
NOTCH_INTERNAL_OPTION auto field(std::string_view name, const Parts&... parts) {
    auto all = options(parts...);
    for (Option& one : all.list) one.field = detail::text(name);
    return all;
}

}  // namespace notch::inline NOTCH_ABI

#undef NOTCH_INTERNAL_OPTION

#endif

// ---- event/kind.hpp --------------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_KIND_HPP
#define NOTCH_EVENT_KIND_HPP

// ---- event/fields_macro.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_FIELDS_MACRO_HPP
#define NOTCH_EVENT_FIELDS_MACRO_HPP

/// Lists the fields of a class that cannot be reflected as it stands: one with constructors, private members, bases,
/// virtual functions, or more than 64 fields. It stands in the public part of the class; any number of names, also
/// inherited ones; the order is the order in the line.
///
///     class Job {
///     public:
///         explicit Job(int id) : id_{id} {}
///         NOTCH_FIELDS(id_)
///     private:
///         int id_;
///     };
///     notch::to_json(Job{7});  // {"id_":7}
//
// Members of the class see its fields by their bare names, so the list needs no preprocessor loop; and members that are no
// templates are allowed in local classes too. They are not constexpr, which a class with a virtual base may not have.
#define NOTCH_FIELDS(...)                                                                                 \
    static constexpr ::std::string_view notch_field_list() noexcept { return #__VA_ARGS__; }              \
    auto notch_field_owner() const noexcept { return this; }                                              \
    auto notch_field_references() noexcept { return ::notch::detail::references(__VA_ARGS__); }           \
    auto notch_field_references() const noexcept { return ::notch::detail::references(__VA_ARGS__); }

namespace notch::inline NOTCH_ABI::detail {

/// Holds references to fields until a visitor comes.
template <class... Fields>
constexpr auto references(Fields&... fields) noexcept {
    return [&fields...](auto&& visitor) -> decltype(auto) { return visitor(fields...); };
}

/// Whether T has a list of its own. One that it inherits would leave out what T adds.
template <class T>
concept ListsItsFields = requires(const T& v) {
    T::notch_field_list();
    { v.notch_field_owner() } -> std::same_as<const T*>;
};

consteval std::size_t count_listed(std::string_view list) {
    std::size_t count = list.empty() ? 0 : 1;
    for (const char c : list) count += c == ',' ? 1U : 0U;
    return count;
}

template <std::size_t N>
consteval std::array<std::string_view, N> split_list(std::string_view list) {
    std::array<std::string_view, N> names{};
    for (std::string_view& name : names) {
        const std::size_t comma = list.find(',');
        name = list.substr(0, comma);
        while (name.front() == ' ') name.remove_prefix(1);
        while (name.back() == ' ') name.remove_suffix(1);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return names;
}

/// The fields that NOTCH_FIELDS lists.
template <class T>
struct ListedFields {
    static constexpr std::size_t count = count_listed(T::notch_field_list());
    static constexpr std::array<std::string_view, count> names = split_list<count>(T::notch_field_list());

    template <class V, class F>
    static constexpr decltype(auto) visit(V& value, F&& f) {
        return value.notch_field_references()(f);
    }
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// JSON text that goes into the line as it is (without its insignificant white space). Text that is not one valid JSON
/// value is written as null, so that it cannot break the line.
///
///     struct Blob { notch::RawJson extra; };
///     notch::to_json(Blob{{R"({"a": 1})"}});  // {"extra":{"a":1}}
struct RawJson {
    std::string text{};
    bool operator==(const RawJson&) const = default;
};

namespace detail {

/// The shapes of JSON that a C++ type can have. Everything that handles values switches on this, and on nothing else.
enum class Kind : std::uint8_t {
    unsupported, boolean, integer, real, text, enumeration, duration, time_point, raw_json, foreign, optional, list, map, object
};

template <class T>
using Bare = std::remove_cv_t<T>;

template <class T>
inline constexpr bool is_text = std::is_same_v<T, std::string_view> || std::is_same_v<T, const char*> || std::is_same_v<T, char*>;
template <class Allocator>
inline constexpr bool is_text<std::basic_string<char, std::char_traits<char>, Allocator>> = true;
template <std::size_t N>
inline constexpr bool is_text<char[N]> = true;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
inline constexpr bool is_time_point = false;
template <class Duration>
inline constexpr bool is_time_point<std::chrono::time_point<std::chrono::system_clock, Duration>> = true;
template <>
inline constexpr bool is_time_point<Instant> = true;

// Characters other than char have no agreed text form, and a plain char may mean a letter or a number.
template <class T>
inline constexpr bool is_character = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
                                     std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !is_character<T> && sizeof(T) <= 8;

/// Has `notch_value(const T&)` beside it: a type of another library, written as what that function returns.
template <class T>
concept Foreign = requires(const T& v) { notch_value(v); };

/// Has a table of wire names beside it: `constexpr auto notch_enum(E*)`.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires { notch_enum(static_cast<T*>(nullptr)); };

template <class T>
concept Sized = requires(const T& v) {
    { v.size() } -> std::convertible_to<std::size_t>;
    v.begin() != v.end();
};
/// A multimap: its insert() never finds the key taken, and an object must not have a key twice.
template <class T>
concept RepeatsKeys = requires(T& v, const typename T::value_type& entry) {
    typename T::mapped_type;
    { v.insert(entry) } -> std::same_as<typename T::iterator>;
};
template <class T>
concept Map = Sized<T> && requires { typename T::mapped_type; } && is_text<typename T::key_type> && !RepeatsKeys<T>;
template <class T>
concept List = Sized<T> && !requires { typename T::mapped_type; } && requires { typename T::value_type; };

template <class T>
concept Object = std::is_class_v<T> && (ListsItsFields<T> || std::is_aggregate_v<T>);

/// Which kind a type is; the first that fits. `unsupported` is the caller's to refuse.
template <class T>
consteval Kind kind_of() {
    if constexpr (Foreign<T>) return Kind::foreign;
    else if constexpr (std::is_same_v<T, bool>) return Kind::boolean;
    else if constexpr (Integer<T>) return Kind::integer;
    else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) return Kind::real;
    else if constexpr (is_text<T>) return Kind::text;
    else if constexpr (NamedEnum<T>) return Kind::enumeration;
    else if constexpr (is_duration<T>) return Kind::duration;
    else if constexpr (is_time_point<T>) return Kind::time_point;
    else if constexpr (std::is_same_v<T, RawJson>) return Kind::raw_json;
    else if constexpr (is_optional<T>) return Kind::optional;
    else if constexpr (std::is_bounded_array_v<T>) return Kind::list;
    else if constexpr (Map<T>) return Kind::map;
    else if constexpr (List<T>) return Kind::list;
    else if constexpr (Object<T>) return Kind::object;
    else return Kind::unsupported;
}

/// Refuses what notch cannot write, saying what to write instead. One message a cause: it is the first thing a user reads.
template <class T>
consteval Kind checked_kind() {
    constexpr Kind kind = kind_of<T>();
    constexpr bool known = kind != Kind::unsupported;
    static_assert(known || !is_character<T>,
                  "notch: a character is neither a text nor a number: use std::string_view for text or std::int8_t for a number");
    static_assert(known || !std::is_enum_v<T>,
                  "notch: this enum has no wire names: write `constexpr auto notch_enum(E*)` beside it, returning "
                  "std::array<std::pair<E, std::string_view>, N>");
    static_assert(known || !std::is_pointer_v<T>,
                  "notch: a pointer cannot be a field (const char* can): use std::optional or a value instead");
    static_assert(known || !std::is_arithmetic_v<T> || is_character<T>,
                  "notch: this number is wider than JSON readers keep: use double or std::int64_t instead of long double or 128 bits");
    constexpr bool map = requires { typename T::mapped_type; };
    constexpr bool repeats = RepeatsKeys<T>;
    static_assert(known || !map || repeats, "notch: a map's keys must be texts: use std::map<std::string, ...> or a list of structs instead");
    static_assert(known || !repeats, "notch: a map that repeats keys cannot be a JSON object: use a map of lists, or a list of structs instead");
    static_assert(known || !std::is_class_v<T> || map,
                  "notch: this class cannot be reflected: list its fields inside it with NOTCH_FIELDS(a, b, c), or write "
                  "`notch_value(const T&)` beside it if it is another library's");
    static_assert(known || !std::is_union_v<T>, "notch: a union cannot be a field: use one std::optional for each member instead");
    static_assert(known || is_character<T> || std::is_enum_v<T> || std::is_pointer_v<T> || std::is_arithmetic_v<T> ||
                      std::is_class_v<T> || std::is_union_v<T>,
                  "notch: a field of this type is not supported: use a number, a text, an enum, a container or a struct of these instead");
    return kind;
}

constexpr std::string_view as_text(std::string_view v) noexcept { return v; }
template <class Allocator>
std::string_view as_text(const std::basic_string<char, std::char_traits<char>, Allocator>& v) noexcept { return {v.data(), v.size()}; }
/// A null pointer reads as an empty text. A template, so that an array of characters is not taken for a pointer to them.
template <class Pointer>
    requires std::is_pointer_v<Pointer>
constexpr std::string_view as_text(const Pointer& v) noexcept { return v == nullptr ? std::string_view{} : std::string_view{v}; }
/// A character array ends at its first NUL, or at its end.
template <std::size_t N>
std::string_view as_text(const char (&v)[N]) noexcept {
    const void* nul = std::memchr(v, 0, N);
    return {v, nul == nullptr ? N : static_cast<std::size_t>(static_cast<const char*>(nul) - v)};
}

template <class T>
inline constexpr auto enum_table = notch_enum(static_cast<T*>(nullptr));

template <class E>
consteval auto list_enum_texts() {
    std::array<std::string_view, enum_table<E>.size()> texts{};
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = enum_table<E>[i].second;
    return texts;
}
/// The table's texts alone, for code that does not know the enum.
template <class E>
inline constexpr auto enum_texts = list_enum_texts<E>();

/// The place of a value in its enum's table, or the table's size when it is not there. A table that lists its enumerators
/// in order, as most do, answers at the first look.
template <class E>
constexpr std::size_t enum_position(E v) noexcept {
    constexpr std::size_t size = enum_table<E>.size();
    const auto guess = static_cast<std::size_t>(static_cast<std::underlying_type_t<E>>(v));
    if (guess < size && enum_table<E>[guess].first == v) return guess;
    for (std::size_t i = 0; i < size; ++i)
        if (enum_table<E>[i].first == v) return i;
    return size;
}

template <class T>
constexpr std::size_t length_of(const T& list) noexcept {
    if constexpr (std::is_bounded_array_v<T>) {
        return std::extent_v<T>;
    } else {
        return static_cast<std::size_t>(list.size());
    }
}

template <class T>
struct ElementOf {
    using type = typename T::value_type;
};
template <class T, std::size_t N>
struct ElementOf<T[N]> {
    using type = T;
};
/// The bare type of a list's elements.
template <class T>
using Element = std::remove_cv_t<typename ElementOf<T>::type>;

/// What `notch_value` gives for a foreign type.
template <class T>
using ForeignValue = std::remove_cvref_t<decltype(notch_value(std::declval<const T&>()))>;

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif

// ---- event/reflect.hpp -----------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_REFLECT_HPP
#define NOTCH_EVENT_REFLECT_HPP

#if NOTCH_REFLECTION == 26

// ---- event/reflect_cxx26.hpp -----------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_REFLECT_CXX26_HPP
#define NOTCH_EVENT_REFLECT_CXX26_HPP

#if NOTCH_REFLECTION == 26

#include <array>
#include <cstddef>
#include <meta>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Reflection of aggregates by C++26 (P2996) with annotations (P3394): no limit of fields, and options beside each field.
//
//     struct RunnerStart {
//         [[=notch::rename("repository"), =notch::pattern("?*/?*")]] std::string repo;
//         [[=notch::non_negative]] double idle;
//     };

namespace notch::inline NOTCH_ABI::detail {

/// Reflections in an array of their own. Those of define_static_array are shared by content, and GCC 16 then takes the
/// members of one type for those of another where both are local to the same generic lambda.
template <std::size_t N>
struct InfoList {
    std::meta::info list[N == 0 ? 1 : N]{};

    [[nodiscard]] consteval std::size_t size() const { return N; }
    [[nodiscard]] consteval const std::meta::info* begin() const { return list; }
    [[nodiscard]] consteval const std::meta::info* end() const { return list + N; }
    consteval std::meta::info operator[](std::size_t i) const { return list[i]; }
};
template <std::size_t N>
consteval InfoList<N> to_list(const std::vector<std::meta::info>& from) {
    InfoList<N> out;
    for (std::size_t i = 0; i < N; ++i) out.list[i] = from[i];
    return out;
}

inline constexpr std::meta::access_context every_member = std::meta::access_context::unchecked();

template <class T>
inline constexpr auto members_of =
    to_list<std::meta::nonstatic_data_members_of(^^T, every_member).size()>(std::meta::nonstatic_data_members_of(^^T, every_member));
template <class T>
inline constexpr auto bases_of =
    to_list<std::meta::bases_of(^^T, every_member).size()>(std::meta::bases_of(^^T, every_member));

template <class T>
consteval bool has_bit_field() {
    for (const std::meta::info member : members_of<T>)
        if (std::meta::is_bit_field(member)) return true;
    return false;
}
template <class T>
consteval bool has_reference_member() {
    for (const std::meta::info member : members_of<T>)
        if (std::meta::is_reference_type(std::meta::type_of(member))) return true;
    return false;
}

template <class T>
consteval std::size_t count_members() {
    constexpr bool base = bases_of<T>.size() != 0;
    constexpr bool bits = has_bit_field<T>();
    constexpr bool reference = has_reference_member<T>();
    static_assert(!base, "notch: a struct with a base needs its fields listed: write NOTCH_FIELDS(a, b, c) inside it");
    static_assert(!bits, "notch: a field is a bit-field: use a whole integer such as std::uint8_t or bool");
    static_assert(!reference, "notch: a field is a reference: store a value or a pointer instead");
    return base || bits || reference ? 0 : members_of<T>.size();
}

template <class T, std::size_t Count>
consteval std::array<std::string_view, Count> member_names() {
    std::array<std::string_view, Count> names{};
    for (std::size_t i = 0; i < Count; ++i) names[i] = std::define_static_string(std::meta::identifier_of(members_of<T>[i]));
    return names;
}

/// The fields of an aggregate.
template <class T>
struct AggregateFields {
    static constexpr std::size_t count = count_members<T>();
    static constexpr std::array<std::string_view, count> names = member_names<T, count>();

    template <class V, class F>
    static constexpr decltype(auto) visit(V& value, F&& f) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) -> decltype(auto) {
            return f(value.[:members_of<T>[Index]:]...);
        }(std::make_index_sequence<count>{});
    }
};

template <class Note>
inline constexpr bool is_option = std::is_same_v<Note, Option>;
template <std::size_t N>
inline constexpr bool is_option<Options<N>> = true;

template <std::meta::info Of>
inline constexpr auto notes_of = to_list<std::meta::annotations_of(Of).size()>(std::meta::annotations_of(Of));

/// Calls `take(name, option)` for every option among the annotations of `Of`; others belong to other libraries.
template <std::meta::info Of, class Take>
consteval void each_note(std::string_view name, Take take) {
    template for (constexpr std::meta::info note : notes_of<Of>) {
        using Note = typename[:std::meta::remove_cvref(std::meta::type_of(note)):];
        if constexpr (is_option<Note>) take(name, std::meta::extract<Note>(note));
    }
}

/// The options of T itself, of its fields, and of the fields that it inherits: NOTCH_FIELDS may list those.
template <class T, class Take>
consteval void each_annotation(Take take) {
    each_note<^^T>("", take);
    template for (constexpr std::meta::info base : bases_of<T>) each_annotation<typename[:std::meta::type_of(base):]>(take);
    template for (constexpr std::meta::info member : members_of<T>) {
        if constexpr (std::meta::has_identifier(member)) each_note<member>(std::meta::identifier_of(member), take);
    }
}

template <class T>
consteval std::size_t annotation_count() {
    std::size_t count = 0;
    each_annotation<T>([&](std::string_view, const auto& note) { count += options_in<std::remove_cvref_t<decltype(note)>>; });
    return count;
}

/// Every annotated option, each tied to its field.
template <class T>
consteval auto annotated_options() {
    Options<annotation_count<T>()> all;
    std::size_t at = 0;
    each_annotation<T>([&](std::string_view name, const auto& note) {
        const std::size_t from = at;
        gather(all.list, at, note);
        for (std::size_t i = from; i < at; ++i) all.list[i].field = text(name);
    });
    return all;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

#endif
#else

// ---- event/reflect_cxx20.hpp -----------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_REFLECT_CXX20_HPP
#define NOTCH_EVENT_REFLECT_CXX20_HPP

// ---- event/count_fields.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_COUNT_FIELDS_HPP
#define NOTCH_EVENT_COUNT_FIELDS_HPP

#include <cstddef>
#include <type_traits>
#include <utility>

// How many fields an aggregate has, found by what an initialiser list for it accepts.

namespace notch::inline NOTCH_ABI::detail {

// What follows is declared and never defined: nothing of it is ever called or read.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-inline"
#endif

inline constexpr std::size_t most_fields = 64;

// The conversions are asked for and never called. Clang wants a body all the same when a field's type is local.
#if defined(__clang__)
#define NOTCH_INTERNAL_NEVER_CALLED { __builtin_trap(); }
#else
#define NOTCH_INTERNAL_NEVER_CALLED ;
#endif

/// Stands for an initialiser of any field. T is kept out so that T{any} never means a copy.
template <class T>
struct AnyInit {
    template <class U>
        requires(!std::is_same_v<U, T>)
    operator U() const noexcept NOTCH_INTERNAL_NEVER_CALLED
};

/// Binds to members of type `const U&` only.
struct ConstReferenceInit {
    template <class U>
        requires std::is_const_v<U>
    operator U&() const noexcept NOTCH_INTERNAL_NEVER_CALLED
};

/// Converts to bases of T only: accepted as the first initialiser exactly when T has a base.
template <class T>
struct BaseInit {
    template <class U>
        requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
    operator U() const noexcept NOTCH_INTERNAL_NEVER_CALLED
};

/// Converts to nothing: a field that accepts even this takes anything, so what else it accepts tells nothing of it.
struct NoInit {};

#undef NOTCH_INTERNAL_NEVER_CALLED

template <class T, std::size_t>
using AnyInitAt = AnyInit<T>;

template <class T, std::size_t... Index>
consteval bool accepts(std::index_sequence<Index...>) {
    return requires { T{AnyInitAt<T, Index>{}...}; };
}
template <class T, std::size_t N>
inline constexpr bool accepts_n = accepts<T>(std::make_index_sequence<N>{});

/// Whether `Special` is accepted in place of one initialiser, by a field that does not accept anything.
template <class T, class Special, std::size_t... Before, std::size_t... After>
consteval bool accepts_special(std::index_sequence<Before...>, std::index_sequence<After...>) {
    return requires { T{AnyInitAt<T, Before>{}..., Special{}, AnyInitAt<T, After>{}...}; } &&
           !requires { T{AnyInitAt<T, Before>{}..., NoInit{}, AnyInitAt<T, After>{}...}; };
}
template <class T, class Special, std::size_t Before, std::size_t After>
inline constexpr bool accepts_special_at =
    accepts_special<T, Special>(std::make_index_sequence<Before>{}, std::make_index_sequence<After>{});

template <class T, std::size_t... Before, std::size_t... Inside, std::size_t... After>
consteval bool accepts_braced(std::index_sequence<Before...>, std::index_sequence<Inside...>, std::index_sequence<After...>) {
    return requires { T{AnyInitAt<T, Before>{}..., {AnyInitAt<T, Inside>{}...}, AnyInitAt<T, After>{}...}; };
}
template <class T, std::size_t Before, std::size_t Inside, std::size_t After>
inline constexpr bool accepts_braces =
    accepts_braced<T>(std::make_index_sequence<Before>{}, std::make_index_sequence<Inside>{}, std::make_index_sequence<After>{});

inline constexpr std::size_t not_found = static_cast<std::size_t>(-1);

/// The least accepted number of initialisers. Above 0 when a field has no default constructor, so 0 says nothing.
template <class T, std::size_t N = 0>
consteval std::size_t fewest_inits() {
    if constexpr (accepts_n<T, N>) {
        return N;
    } else if constexpr (N <= 2 * most_fields) {
        return fewest_inits<T, N + 1>();
    } else {
        return not_found;
    }
}

/// The greatest accepted number: `Good` is accepted, `Bad` is not; what lies between is halved.
template <class T, std::size_t Good, std::size_t Bad>
consteval std::size_t most_inits_between() {
    if constexpr (Good + 1 == Bad) {
        return Good;
    } else if constexpr (accepts_n<T, (Good + Bad) / 2>) {
        return most_inits_between<T, (Good + Bad) / 2, Bad>();
    } else {
        return most_inits_between<T, Good, (Good + Bad) / 2>();
    }
}
template <class T, std::size_t Good, std::size_t Step = 8>
consteval std::size_t most_inits() {
    if constexpr (accepts_n<T, Good + Step>) {
        return most_inits<T, Good + Step, Step * 2>();
    } else {
        return most_inits_between<T, Good, Good + Step>();
    }
}

/// The array at initialiser `At` takes all that the others leave: as many as `{}` in its place makes unacceptable.
template <class T, std::size_t Inits, std::size_t At, std::size_t Good, std::size_t Bad>
consteval std::size_t inits_after_array() {
    if constexpr (Good + 1 == Bad) {
        return Good;
    } else if constexpr (accepts_braces<T, At, 0, (Good + Bad) / 2>) {
        return inits_after_array<T, Inits, At, (Good + Bad) / 2, Bad>();
    } else {
        return inits_after_array<T, Inits, At, Good, (Good + Bad) / 2>();
    }
}

/// An array whose elements have no default constructor must be given every element.
template <class T, std::size_t Inits, std::size_t At, std::size_t Width = 2>
consteval std::size_t width_of_required_array() {
    if constexpr (At + Width > Inits || Width > most_fields) {
        return 1;
    } else if constexpr (accepts_braces<T, At, Width, Inits - At - Width> && !accepts_braces<T, At, Width, Inits - At - Width + 1>) {
        return Width;
    } else {
        return width_of_required_array<T, Inits, At, Width + 1>();
    }
}

/// How many initialisers the field at initialiser `At` takes when braces are left out: 1, or an array's elements.
template <class T, std::size_t Inits, std::size_t At>
consteval std::size_t width_of_field() {
    constexpr std::size_t rest = Inits - At - 1;
    if constexpr (accepts_braces<T, At, 0, rest> || accepts_braces<T, At, 1, rest>) {
        return 1;
    } else if constexpr (accepts_braces<T, At, 0, 0>) {
        return Inits - At - inits_after_array<T, Inits, At, 0, rest>();
    } else {
        return width_of_required_array<T, Inits, At>();
    }
}

template <class T, std::size_t Inits, std::size_t At = 0, std::size_t Fields = 0>
consteval std::size_t fields_of_inits() {
    if constexpr (At >= Inits) {
        return Fields;
    } else {
        return fields_of_inits<T, Inits, At + width_of_field<T, Inits, At>(), Fields + 1>();
    }
}

template <class T, std::size_t Inits>
consteval bool has_base() {
    if constexpr (Inits == 0) {
        return !std::is_empty_v<T> || accepts_special_at<T, BaseInit<T>, 0, 0>;
    } else {
        return accepts_special_at<T, BaseInit<T>, 0, Inits - 1>;
    }
}

/// A reference or const member makes T unassignable, so only such types are searched for a reference.
template <class T, std::size_t Inits>
consteval bool has_reference() {
    if constexpr (std::is_move_assignable_v<T>) {
        return false;
    } else {
        return []<std::size_t... Index>(std::index_sequence<Index...>) {
            return (false || ... || accepts_special_at<T, ConstReferenceInit, Index, Inits - Index - 1>);
        }(std::make_index_sequence<Inits>{});
    }
}

/// The number of fields of an aggregate; every way that a type can refuse to be counted has its own message.
template <class T>
consteval std::size_t count_fields() {
    constexpr std::size_t fewest = fewest_inits<T>();
    if constexpr (fewest == not_found) {
        static_assert(fewest != not_found,
                      "notch: cannot count the fields of this struct: is one a reference? Store a value or a pointer instead of "
                      "a reference, or list the fields inside the struct with NOTCH_FIELDS(a, b, c)");
        return 0;
    } else {
        constexpr std::size_t inits = most_inits<T, fewest>();
        constexpr bool base = has_base<T, inits>();
        constexpr bool reference = has_reference<T, inits>();
        static_assert(!base, "notch: a struct with a base needs its fields listed: write NOTCH_FIELDS(a, b, c) inside it");
        static_assert(!reference, "notch: a field is a reference: store a value or a pointer instead");
        if constexpr (base || reference) {
            return 0;
        } else {
            constexpr std::size_t count = fields_of_inits<T, inits>();
            static_assert(count <= most_fields,
                          "notch: more than 64 fields: list them inside the struct with NOTCH_FIELDS(a, b, c), which has no limit");
            return count <= most_fields ? count : 0;
        }
    }
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// Reflection of aggregates in plain C++20: how many fields (by what an initialiser list accepts), their values (by a
// structured binding of as many names) and their names (by the compiler's spelling of a pointer to each).

namespace notch::inline NOTCH_ABI::detail {

// The shadow objects below are declared and never defined: nothing of them is ever read.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

template <std::size_t N>
using Arity = std::integral_constant<std::size_t, N>;

template <class... Fields>
void bind_all(Fields&...);

// A bit-field binds to no reference. clang before 16 cannot ask that of a structured binding; there the sizes tell.
#if defined(__clang__) && __clang_major__ < 16
#define NOTCH_INTERNAL_NO_BIT_FIELD(T, ...) (sizeof(decltype(size_probe(__VA_ARGS__))) <= sizeof(T))
template <class... Fields>
std::array<char, (sizeof(Fields) + ... + 0)> size_probe(const Fields&...);
#else
#define NOTCH_INTERNAL_NO_BIT_FIELD(T, ...) (requires { bind_all(__VA_ARGS__); })
#endif

template <class V, class F>
constexpr decltype(auto) unpack(Arity<0>, V&, F&& f) {
    return f();
}
#define NOTCH_INTERNAL_ARITY(N, ...)                                                                                  \
    template <class V, class F>                                                                                       \
    constexpr decltype(auto) unpack(Arity<N>, V& value, F&& f) {                                                      \
        auto& [__VA_ARGS__] = value;                                                                                  \
        constexpr bool addressable = NOTCH_INTERNAL_NO_BIT_FIELD(V, __VA_ARGS__);                                     \
        static_assert(addressable, "notch: a field is a bit-field: use a whole integer such as std::uint8_t or bool"); \
        if constexpr (addressable) return f(__VA_ARGS__);                                                             \
    }

// clang-format off
#define NOTCH_INTERNAL_V8 v0, v1, v2, v3, v4, v5, v6, v7
#define NOTCH_INTERNAL_V16 NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13, v14, v15
#define NOTCH_INTERNAL_V24 NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21, v22, v23
#define NOTCH_INTERNAL_V32 NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29, v30, v31
#define NOTCH_INTERNAL_V40 NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37, v38, v39
#define NOTCH_INTERNAL_V48 NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45, v46, v47
#define NOTCH_INTERNAL_V56 NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53, v54, v55
NOTCH_INTERNAL_ARITY(1, v0)
NOTCH_INTERNAL_ARITY(2, v0, v1)
NOTCH_INTERNAL_ARITY(3, v0, v1, v2)
NOTCH_INTERNAL_ARITY(4, v0, v1, v2, v3)
NOTCH_INTERNAL_ARITY(5, v0, v1, v2, v3, v4)
NOTCH_INTERNAL_ARITY(6, v0, v1, v2, v3, v4, v5)
NOTCH_INTERNAL_ARITY(7, v0, v1, v2, v3, v4, v5, v6)
NOTCH_INTERNAL_ARITY(8, v0, v1, v2, v3, v4, v5, v6, v7)
NOTCH_INTERNAL_ARITY(9, NOTCH_INTERNAL_V8, v8)
NOTCH_INTERNAL_ARITY(10, NOTCH_INTERNAL_V8, v8, v9)
NOTCH_INTERNAL_ARITY(11, NOTCH_INTERNAL_V8, v8, v9, v10)
NOTCH_INTERNAL_ARITY(12, NOTCH_INTERNAL_V8, v8, v9, v10, v11)
NOTCH_INTERNAL_ARITY(13, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12)
NOTCH_INTERNAL_ARITY(14, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13)
NOTCH_INTERNAL_ARITY(15, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13, v14)
NOTCH_INTERNAL_ARITY(16, NOTCH_INTERNAL_V8, v8, v9, v10, v11, v12, v13, v14, v15)
NOTCH_INTERNAL_ARITY(17, NOTCH_INTERNAL_V16, v16)
NOTCH_INTERNAL_ARITY(18, NOTCH_INTERNAL_V16, v16, v17)
NOTCH_INTERNAL_ARITY(19, NOTCH_INTERNAL_V16, v16, v17, v18)
NOTCH_INTERNAL_ARITY(20, NOTCH_INTERNAL_V16, v16, v17, v18, v19)
NOTCH_INTERNAL_ARITY(21, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20)
NOTCH_INTERNAL_ARITY(22, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21)
NOTCH_INTERNAL_ARITY(23, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21, v22)
NOTCH_INTERNAL_ARITY(24, NOTCH_INTERNAL_V16, v16, v17, v18, v19, v20, v21, v22, v23)
NOTCH_INTERNAL_ARITY(25, NOTCH_INTERNAL_V24, v24)
NOTCH_INTERNAL_ARITY(26, NOTCH_INTERNAL_V24, v24, v25)
NOTCH_INTERNAL_ARITY(27, NOTCH_INTERNAL_V24, v24, v25, v26)
NOTCH_INTERNAL_ARITY(28, NOTCH_INTERNAL_V24, v24, v25, v26, v27)
NOTCH_INTERNAL_ARITY(29, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28)
NOTCH_INTERNAL_ARITY(30, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29)
NOTCH_INTERNAL_ARITY(31, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29, v30)
NOTCH_INTERNAL_ARITY(32, NOTCH_INTERNAL_V24, v24, v25, v26, v27, v28, v29, v30, v31)
NOTCH_INTERNAL_ARITY(33, NOTCH_INTERNAL_V32, v32)
NOTCH_INTERNAL_ARITY(34, NOTCH_INTERNAL_V32, v32, v33)
NOTCH_INTERNAL_ARITY(35, NOTCH_INTERNAL_V32, v32, v33, v34)
NOTCH_INTERNAL_ARITY(36, NOTCH_INTERNAL_V32, v32, v33, v34, v35)
NOTCH_INTERNAL_ARITY(37, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36)
NOTCH_INTERNAL_ARITY(38, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37)
NOTCH_INTERNAL_ARITY(39, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37, v38)
NOTCH_INTERNAL_ARITY(40, NOTCH_INTERNAL_V32, v32, v33, v34, v35, v36, v37, v38, v39)
NOTCH_INTERNAL_ARITY(41, NOTCH_INTERNAL_V40, v40)
NOTCH_INTERNAL_ARITY(42, NOTCH_INTERNAL_V40, v40, v41)
NOTCH_INTERNAL_ARITY(43, NOTCH_INTERNAL_V40, v40, v41, v42)
NOTCH_INTERNAL_ARITY(44, NOTCH_INTERNAL_V40, v40, v41, v42, v43)
NOTCH_INTERNAL_ARITY(45, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44)
NOTCH_INTERNAL_ARITY(46, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45)
NOTCH_INTERNAL_ARITY(47, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45, v46)
NOTCH_INTERNAL_ARITY(48, NOTCH_INTERNAL_V40, v40, v41, v42, v43, v44, v45, v46, v47)
NOTCH_INTERNAL_ARITY(49, NOTCH_INTERNAL_V48, v48)
NOTCH_INTERNAL_ARITY(50, NOTCH_INTERNAL_V48, v48, v49)
NOTCH_INTERNAL_ARITY(51, NOTCH_INTERNAL_V48, v48, v49, v50)
NOTCH_INTERNAL_ARITY(52, NOTCH_INTERNAL_V48, v48, v49, v50, v51)
NOTCH_INTERNAL_ARITY(53, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52)
NOTCH_INTERNAL_ARITY(54, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53)
NOTCH_INTERNAL_ARITY(55, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53, v54)
NOTCH_INTERNAL_ARITY(56, NOTCH_INTERNAL_V48, v48, v49, v50, v51, v52, v53, v54, v55)
NOTCH_INTERNAL_ARITY(57, NOTCH_INTERNAL_V56, v56)
NOTCH_INTERNAL_ARITY(58, NOTCH_INTERNAL_V56, v56, v57)
NOTCH_INTERNAL_ARITY(59, NOTCH_INTERNAL_V56, v56, v57, v58)
NOTCH_INTERNAL_ARITY(60, NOTCH_INTERNAL_V56, v56, v57, v58, v59)
NOTCH_INTERNAL_ARITY(61, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60)
NOTCH_INTERNAL_ARITY(62, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60, v61)
NOTCH_INTERNAL_ARITY(63, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60, v61, v62)
NOTCH_INTERNAL_ARITY(64, NOTCH_INTERNAL_V56, v56, v57, v58, v59, v60, v61, v62, v63)
#undef NOTCH_INTERNAL_V8
#undef NOTCH_INTERNAL_V16
#undef NOTCH_INTERNAL_V24
#undef NOTCH_INTERNAL_V32
#undef NOTCH_INTERNAL_V40
#undef NOTCH_INTERNAL_V48
#undef NOTCH_INTERNAL_V56
#undef NOTCH_INTERNAL_ARITY
#undef NOTCH_INTERNAL_NO_BIT_FIELD
// clang-format on

/// An object of T that is never defined: only addresses inside it are spelled.
template <class T>
struct Shadow {
    T value;
};
template <class T>
extern Shadow<T> shadow;

// Wrapped, because clang before 18 takes a pointer into an object as a template argument only inside a class type; to
// void, because then one array holds them all.
struct FieldAddress {
    const void* address;
};

template <FieldAddress Address>
consteval auto spell_address() {
#if defined(_MSC_VER) && !defined(__clang__)
    return std::string_view{__FUNCSIG__};
#else
    return std::string_view{__PRETTY_FUNCTION__};
#endif
}

/// The last identifier: GCC spells `...{((const void*)(& shadow<S>.Shadow<S>::value.S::a))}]`, clang `...{&shadow.value.a}]`.
constexpr std::string_view last_identifier(std::string_view spelling) noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
    spelling = spelling.substr(0, spelling.rfind(">(void)"));
#endif
    while (!spelling.empty() && !in_identifier(spelling.back())) spelling.remove_suffix(1);
    return identifier_at_end(spelling);
}

template <class T, std::size_t Count>
consteval auto field_addresses() {
    return unpack(Arity<Count>{}, shadow<T>.value,
                  [](auto&... fields) { return std::array<FieldAddress, Count>{FieldAddress{__builtin_addressof(fields)}...}; });
}

template <class T, std::size_t Count>
consteval auto aggregate_names() {
    constexpr auto addresses = field_addresses<T, Count>();
    return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        return std::array<std::string_view, Count>{last_identifier(spell_address<addresses[Index]>())...};
    }(std::make_index_sequence<Count>{});
}
struct AllCopyable {
    template <class... Fields>
    constexpr auto operator()(Fields&...) const {
        return std::bool_constant<(true && ... && std::is_copy_constructible_v<std::remove_all_extents_t<Fields>>)>{};
    }
};
/// An rvalue reference takes every initialiser that a value takes, but it keeps T from being copied.
template <class T, std::size_t Count>
consteval bool has_rvalue_reference() {
    if constexpr (std::is_copy_constructible_v<T> || !std::is_move_constructible_v<T>) return false;
    else return decltype(unpack(Arity<Count>{}, std::declval<T&>(), AllCopyable{}))::value;
}

/// The fields of an aggregate.
template <class T>
struct AggregateFields {
    static constexpr std::size_t count = count_fields<T>();
    static_assert(!has_rvalue_reference<T, count>(), "notch: a field is a reference: store a value or a pointer instead");
    static constexpr std::array<std::string_view, count> names = aggregate_names<T, count>();

    template <class V, class F>
    static constexpr decltype(auto) visit(V& value, F&& f) {
        return unpack(Arity<count>{}, value, f);
    }
};

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
#endif

// What the rest of notch knows of a struct: Fields<T> (count, names, visit) and field_infos<T> (its keys and options).

namespace notch::inline NOTCH_ABI::detail {

/// Of what is no struct. It has been refused by then; counting what its constructors take could go on for ever.
struct NoFields {
    static constexpr std::size_t count = 0;
    static constexpr std::array<std::string_view, 0> names{};

    template <class V, class F>
    static constexpr decltype(auto) visit(V&, F&& f) {
        return f();
    }
};

template <class T>
struct FieldsChoice {
    using type = std::conditional_t<kind_of<T>() == Kind::object, AggregateFields<T>, NoFields>;
};
template <ListsItsFields T>
struct FieldsChoice<T> {
    using type = ListedFields<T>;
};

/// The fields of T: `count`, `names`, and `visit(value, f)`, which calls `f(field0, field1, ...)`.
template <class T>
using Fields = typename FieldsChoice<T>::type;

template <class... F>
struct TypeList {};
struct ListTypes {
    template <class... F>
    constexpr TypeList<std::remove_cv_t<F>...> operator()(F&...) const noexcept {
        return {};
    }
};
/// The types of T's fields, as a TypeList.
template <class T>
using FieldTypes = decltype(Fields<T>::visit(std::declval<T&>(), ListTypes{}));

#if NOTCH_REFLECTION == 20
template <class T>
consteval Options<0> annotated_options() {
    return Options<0>{};
}
#endif

/// Every option of T: those of `notch_options()` and those of its annotations.
template <class T>
consteval auto gather_options() {
    if constexpr (requires { T::notch_options(); }) {
        return options(T::notch_options(), annotated_options<T>());
    } else {
        return options(annotated_options<T>());
    }
}
template <class T>
inline constexpr auto options_of = gather_options<T>();

/// What notch does with one field. Plain data, so that nothing behind it needs a template.
struct FieldInfo {
    std::string_view name{};
    std::string_view key{};
    bool omit_empty = false;
    bool omit_default = false;
    bool skip = false;
    bool redact = false;
    bool defaulted = false;
    bool unix_seconds = false;
    bool has_aliases = false;
    bool has_rules = false;
};

constexpr void apply(FieldInfo& info, const Option& option) noexcept {
    switch (option.kind) {
        case OptionKind::rename: info.key = option.text.view(); break;
        case OptionKind::alias: info.has_aliases = true; break;
        case OptionKind::omit_empty: info.omit_empty = true; break;
        case OptionKind::omit_default: info.omit_default = true; break;
        case OptionKind::skip: info.skip = true; break;
        case OptionKind::redact: info.redact = true; break;
        case OptionKind::defaulted: info.defaulted = true; break;
        case OptionKind::unix_seconds: info.unix_seconds = true; break;
        case OptionKind::no_envelope: break;
        case OptionKind::lowest:
        case OptionKind::highest:
        case OptionKind::length:
        case OptionKind::pattern:
        case OptionKind::one_of: info.has_rules = true; break;
    }
}

template <class T>
consteval auto resolve_fields() {
    constexpr std::size_t count = Fields<T>::count;
    std::array<FieldInfo, count> infos{};
    for (std::size_t i = 0; i < count; ++i) {
        infos[i].name = Fields<T>::names[i];
        infos[i].key = infos[i].name;
        if constexpr (options_of<T>.size != 0) {
            for (const Option& option : options_of<T>.list)
                if (option.field.view() == infos[i].name) apply(infos[i], option);
        }
    }
    return infos;
}

template <std::size_t N>
consteval bool has_field(const std::array<FieldInfo, N>& infos, std::string_view name) {
    for (const FieldInfo& info : infos)
        if (info.name == name) return true;
    return false;
}

template <class T, std::size_t N>
consteval bool options_name_fields(const std::array<FieldInfo, N>& infos) {
    if constexpr (requires { T::notch_options(); }) {
        // Of these only: an annotation may stand at a member that NOTCH_FIELDS leaves out.
        constexpr auto written = options(T::notch_options());
        for (std::size_t i = 0; i < written.size; ++i) {
            const std::string_view name = written.list[i].field.view();
            if (!name.empty() && !has_field(infos, name)) return false;
        }
    }
    return true;
}

/// Through a hash table, because comparing each key with each takes more steps than clang grants a constant expression
/// when there are hundreds.
template <std::size_t N>
consteval bool keys_differ(const std::array<FieldInfo, N>& infos) {
    constexpr std::size_t size = 2 * N + 1;
    const FieldInfo* taken[size]{};
    for (const FieldInfo& info : infos) {
        if (info.skip) continue;
        std::size_t at = 0;
        for (const char c : info.key) at = (at * 31 + static_cast<unsigned char>(c)) % size;
        for (; taken[at] != nullptr; at = (at + 1) % size)
            if (taken[at]->key == info.key) return false;
        taken[at] = &info;
    }
    return true;
}

template <std::size_t N>
consteval bool keys_allowed(const std::array<FieldInfo, N>& infos) {
    for (const FieldInfo& info : infos)
        if (!info.skip && info.key.substr(0, 6) == "notch_") return false;
    return true;
}

template <class T>
consteval auto checked_fields() {
    constexpr auto infos = resolve_fields<T>();
    static_assert(options_name_fields<T>(infos), "notch: notch_options() names a field that the struct does not have: use the field's name in C++");
    static_assert(keys_differ(infos), "notch: two fields have the same key: give one another with notch::rename");
    static_assert(keys_allowed(infos), "notch: keys that begin with notch_ are reserved: give the field another with notch::rename");
    return infos;
}

/// What notch does with each field of T, checked.
template <class T>
inline constexpr auto field_infos = checked_fields<T>();

template <class T>
consteval bool has_envelope() {
    if constexpr (options_of<T>.size != 0) {
        for (const Option& option : options_of<T>.list)
            if (option.kind == OptionKind::no_envelope) return false;
    }
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- event/rules.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_RULES_HPP
#define NOTCH_EVENT_RULES_HPP

// Rules: minimum, maximum, non_negative, length, pattern, one_of. A rule on a list, map or optional holds for every value
// in it, but `length` on a list or map counts its elements. An empty optional breaks no rule.

namespace notch::inline NOTCH_ABI::detail {

// ---- one value against one rule ------------------------------------------------------------------------------------

enum class Order : std::uint8_t { less, equal, greater, unordered };

template <class A, class B>
constexpr Order order_of(A a, B b) noexcept {
    return a < b ? Order::less : b < a ? Order::greater : a == b ? Order::equal : Order::unordered;
}
constexpr Order reversed(Order order) noexcept {
    return order == Order::less ? Order::greater : order == Order::greater ? Order::less : order;
}

constexpr Order compare(std::int64_t a, std::uint64_t b) noexcept {
    return a < 0 ? Order::less : order_of(static_cast<std::uint64_t>(a), b);
}
/// Exact, although a double holds neither every integer nor only integers: the whole parts first, then what is left.
constexpr Order compare(std::int64_t a, double b) noexcept {
    constexpr double two_63 = 9223372036854775808.0;
    if (b != b) return Order::unordered;
    if (b >= two_63) return Order::less;
    if (b < -two_63) return Order::greater;
    const auto whole = static_cast<std::int64_t>(b);
    return a != whole ? order_of(a, whole) : order_of(static_cast<double>(whole), b);
}
constexpr Order compare(std::uint64_t a, double b) noexcept {
    constexpr double two_64 = 18446744073709551616.0;
    if (b != b) return Order::unordered;
    if (b >= two_64) return Order::less;
    if (b < 0) return Order::greater;
    const auto whole = static_cast<std::uint64_t>(b);
    return a != whole ? order_of(a, whole) : order_of(static_cast<double>(whole), b);
}

/// The order of two numbers, exact whatever their types.
constexpr Order compare(const Bound& a, const Bound& b) noexcept {
    using Type = Bound::Kind;
    if (a.kind == b.kind) {
        return a.kind == Type::signed_integer     ? order_of(a.signed_value, b.signed_value)
               : a.kind == Type::unsigned_integer ? order_of(a.unsigned_value, b.unsigned_value)
                                                  : order_of(a.real, b.real);
    }
    if (a.kind > b.kind) return reversed(compare(b, a));
    if (a.kind == Type::unsigned_integer) return compare(a.unsigned_value, b.real);
    return b.kind == Type::real ? compare(a.signed_value, b.real) : compare(a.signed_value, b.unsigned_value);
}

constexpr std::size_t character_size(std::string_view text, std::size_t at) noexcept {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return size < text.size() - at ? size : text.size() - at;
}

/// Whether the whole text matches a glob of `?` (one character, of as many bytes as it has), `*` (any run) and plain
/// characters. Only the last star is ever tried again, so the time is at most text times glob, without recursion.
constexpr bool matches_glob(std::string_view text, std::string_view glob) noexcept {
    constexpr auto no_star = static_cast<std::size_t>(-1);
    std::size_t t = 0;
    std::size_t g = 0;
    std::size_t after_star = no_star;
    std::size_t star_text = 0;  // where the last star's run ends for now
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            after_star = ++g;
            star_text = t;
        } else if (g < glob.size() && glob[g] == '?') {
            t += character_size(text, t);
            ++g;
        } else if (g < glob.size() && glob[g] == text[t]) {
            ++t;
            ++g;
        } else if (after_star != no_star) {
            star_text += character_size(text, star_text);
            t = star_text;
            g = after_star;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

/// A value as a rule sees it.
struct RuleValue {
    enum class Type : std::uint8_t { number, text, count };
    Type type = Type::number;
    Bound number{};
    std::string_view text{};
    std::size_t count = 0;

    static constexpr RuleValue of_number(const Bound& v) noexcept { return {Type::number, v, {}, 0}; }
    static constexpr RuleValue of_text(std::string_view v) noexcept { return {Type::text, {}, v, v.size()}; }
    static constexpr RuleValue of_count(std::size_t v) noexcept { return {Type::count, {}, {}, v}; }
};

using Rules = std::span<const Option>;

constexpr bool is_one_of(Rules rules, std::string_view text) noexcept {
    for (const Option& rule : rules)
        if (rule.kind == OptionKind::one_of && rule.text.view() == text) return true;
    return false;
}
constexpr bool first_one_of(Rules rules, std::size_t at) noexcept {
    for (std::size_t i = 0; i < at; ++i)
        if (rules[i].kind == OptionKind::one_of) return false;
    return true;
}

constexpr bool breaks(Rules rules, std::size_t at, const RuleValue& value) noexcept {
    const Option& rule = rules[at];
    using Type = RuleValue::Type;
    switch (rule.kind) {
        // Written so that NaN, which is unordered, breaks every bound.
        case OptionKind::lowest: {
            const Order order = compare(value.number, rule.bound);
            return value.type == Type::number && order != Order::greater && order != Order::equal;
        }
        case OptionKind::highest: {
            const Order order = compare(value.number, rule.bound);
            return value.type == Type::number && order != Order::less && order != Order::equal;
        }
        case OptionKind::length:
            return value.type != Type::number && (value.count < rule.low || value.count > rule.high);
        case OptionKind::pattern: return value.type == Type::text && !matches_glob(value.text, rule.text.view());
        case OptionKind::one_of:  // all of them are one rule, asked at the first
            return value.type == Type::text && first_one_of(rules, at) && !is_one_of(rules, value.text);
        default: return false;
    }
}

/// The first rule from `from` on that the value breaks, or rules.size(). `lengths`: whether `length` is asked too.
constexpr std::size_t next_broken(Rules rules, std::size_t from, const RuleValue& value, bool lengths) noexcept {
    for (; from < rules.size(); ++from) {
        if (rules[from].kind == OptionKind::length && !lengths) continue;
        if (breaks(rules, from, value)) break;
    }
    return from;
}

// ---- the rules of a struct -----------------------------------------------------------------------------------------

template <class T>
consteval std::size_t count_rules() {
    std::size_t count = 0;
    if constexpr (options_of<T>.size != 0)
        for (const Option& option : options_of<T>.list) count += is_rule(option.kind) ? 1U : 0U;
    return count;
}

/// All rules of a struct, those of each field together: field Index's are from `first[Index]` to `first[Index + 1]`.
template <std::size_t FieldCount, std::size_t RuleCount>
struct RuleTable {
    std::array<Option, RuleCount == 0 ? 1 : RuleCount> list{};
    std::array<std::size_t, FieldCount + 1> first{};

    [[nodiscard]] constexpr Rules of_field(std::size_t i) const noexcept {
        return Rules{list}.subspan(first[i], first[i + 1] - first[i]);
    }
};

template <class T>
consteval auto gather_rules() {
    RuleTable<Fields<T>::count, count_rules<T>()> table;
    std::size_t at = 0;
    for (std::size_t i = 0; i < Fields<T>::count; ++i) {
        table.first[i] = at;
        if constexpr (options_of<T>.size != 0)
            for (const Option& option : options_of<T>.list)
                if (is_rule(option.kind) && option.field.view() == Fields<T>::names[i]) table.list[at++] = option;
    }
    table.first[Fields<T>::count] = at;
    return table;
}
template <class T>
inline constexpr auto rules_of = gather_rules<T>();

/// The type that a rule on a field of type F is about: what optionals, lists and maps hold in the end.
template <class F>
struct RuledType {
    using type = F;
};
template <class F>
    requires(kind_of<F>() == Kind::optional)
struct RuledType<F> : RuledType<std::remove_cv_t<typename F::value_type>> {};
template <class F>
    requires(kind_of<F>() == Kind::list)
struct RuledType<F> : RuledType<Element<F>> {};
template <class F>
    requires(kind_of<F>() == Kind::map)
struct RuledType<F> : RuledType<std::remove_cv_t<typename F::mapped_type>> {};
template <class F>
    requires(kind_of<F>() == Kind::foreign)
struct RuledType<F> : RuledType<ForeignValue<F>> {};

template <class F>
consteval bool has_length() {
    constexpr Kind kind = kind_of<F>();
    if constexpr (kind == Kind::optional) return has_length<std::remove_cv_t<typename F::value_type>>();
    else if constexpr (kind == Kind::foreign) return has_length<ForeignValue<F>>();
    else return kind == Kind::text || kind == Kind::list || kind == Kind::map;
}

template <class F>
consteval bool rule_fits(OptionKind rule) {
    constexpr Kind kind = kind_of<typename RuledType<F>::type>();
    constexpr bool number =
        kind == Kind::integer || kind == Kind::real || kind == Kind::duration || kind == Kind::time_point;
    if (rule == OptionKind::lowest || rule == OptionKind::highest) return number;
    if (rule == OptionKind::length) return has_length<F>();
    return kind == Kind::text || kind == Kind::enumeration;
}

template <class F>
consteval bool rules_fit(Rules rules) {
    for (const Option& rule : rules)
        if (!rule_fits<F>(rule.kind)) return false;
    return true;
}

/// The rules of field Index of T, whose type is F; a rule that cannot be asked of F is a compile error.
template <class T, std::size_t Index, class F>
consteval Rules field_rules() {
    constexpr bool fit = rules_fit<F>(rules_of<T>.of_field(Index));
    static_assert(
        fit,
        "notch: a rule does not fit its field: minimum, maximum and non_negative are for numbers and times, length for "
        "texts and containers, pattern and one_of for texts and enums");
    return rules_of<T>.of_field(Index);
}

// ---- whole values --------------------------------------------------------------------------------------------------

/// A count of `num / den` seconds: exact when that is a whole number of seconds.
constexpr Bound seconds_bound(std::int64_t count, std::intmax_t num, std::intmax_t den) noexcept {
    constexpr std::int64_t largest = INT64_MAX;
    if (count % den == 0 && count / den <= largest / num && count / den >= -largest / num)
        return bound_of(count / den * num);
    return bound_of(static_cast<double>(count) * (static_cast<double>(num) / static_cast<double>(den)));
}

template <class Rep, class Period>
constexpr Bound number_of(const std::chrono::duration<Rep, Period>& v) noexcept {
    if constexpr (std::is_floating_point_v<Rep>) {
        return bound_of(static_cast<double>(v.count()) *
                        (static_cast<double>(Period::num) / static_cast<double>(Period::den)));
    } else {
        return seconds_bound(static_cast<std::int64_t>(v.count()), Period::num, Period::den);
    }
}

/// A number, text or enum as its rules see it; of a time point, its UNIX seconds.
template <class T>
constexpr RuleValue rule_value(const T& v) noexcept {
    constexpr Kind kind = kind_of<T>();
    if constexpr (kind == Kind::integer) return RuleValue::of_number(bound_of(v));
    else if constexpr (kind == Kind::real) return RuleValue::of_number(bound_of(static_cast<double>(v)));
    else if constexpr (kind == Kind::duration) return RuleValue::of_number(number_of(v));
    else if constexpr (kind == Kind::time_point) return RuleValue::of_number(number_of(v.time_since_epoch()));
    else if constexpr (kind == Kind::text) return RuleValue::of_text(as_text(v));
    else if constexpr (kind == Kind::list || kind == Kind::map) return RuleValue::of_count(length_of(v));
    else if (const std::size_t at = enum_position(v); at < enum_table<T>.size())
        return RuleValue::of_text(enum_table<T>[at].second);
    else return RuleValue::of_text({});
}

/// The way from a value down to one of its parts; kept on the stack of the walk.
struct RuleStep {
    const RuleStep* up = nullptr;
    std::string_view key{};  ///< of a struct or map; without data: the element `index` of a list
    std::size_t index = 0;
};

/// Is told of every broken rule; gives back whether to go on.
class RuleSink {
public:
    virtual bool broken(const RuleStep* where, Rules rules, std::size_t rule, const RuleValue& value) = 0;

protected:
    ~RuleSink() = default;
};

inline bool report_broken(const RuleStep* where, Rules rules, const RuleValue& value, bool lengths, RuleSink& sink) {
    for (std::size_t at = 0; (at = next_broken(rules, at, value, lengths)) < rules.size(); ++at)
        if (!sink.broken(where, rules, at, value)) return false;
    return true;
}

template <class T>
bool walk_rules(const T& value, Rules rules, bool lengths, const RuleStep* where, RuleSink& sink);

template <class T>
bool walk_fields(const T& value, const RuleStep* where, RuleSink& sink) {
    return Fields<T>::visit(value, [&](const auto&... fields) {
        return [&]<std::size_t... At>(std::index_sequence<At...>) {
            const auto walk = [&](const RuleStep& step, const auto& field, Rules rules, bool skip) {
                return skip || walk_rules(field, rules, true, &step, sink);
            };
            return (true && ... &&
                    walk(RuleStep{where, field_infos<T>[At].key, 0}, fields,
                         field_rules<T, At, std::remove_cvref_t<decltype(fields)>>(),
                         field_infos<T>[At].skip || field_infos<T>[At].redact));
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

/// Tells the sink of every rule that the value or a part of it breaks; false when the sink did not want to go on.
template <class T>
bool walk_rules(const T& value, Rules rules, bool lengths, const RuleStep* where, RuleSink& sink) {
    constexpr Kind kind = kind_of<T>();
    if constexpr (kind == Kind::object) {
        return walk_fields(value, where, sink);
    } else if constexpr (kind == Kind::optional) {
        return !value.has_value() ||
               walk_rules<std::remove_cv_t<typename T::value_type>>(*value, rules, lengths, where, sink);
    } else if constexpr (kind == Kind::foreign) {
        return walk_rules<ForeignValue<T>>(notch_value(value), rules, lengths, where, sink);
    } else if constexpr (kind == Kind::list) {
        if (lengths && !report_broken(where, rules, rule_value(value), true, sink)) return false;
        std::size_t index = 0;
        for (const auto& element : value) {
            const RuleStep step{where, {}, index++};
            if (!walk_rules<Element<T>>(element, rules, false, &step, sink)) return false;
        }
        return true;
    } else if constexpr (kind == Kind::map) {
        if (lengths && !report_broken(where, rules, rule_value(value), true, sink)) return false;
        for (const auto& [key, mapped] : value) {
            const RuleStep step{where, as_text(key), 0};
            if (!walk_rules<std::remove_cv_t<typename T::mapped_type>>(mapped, rules, false, &step, sink)) return false;
        }
        return true;
    } else if constexpr (kind == Kind::boolean || kind == Kind::raw_json || kind == Kind::unsupported) {
        return true;
    } else {
        return rules.empty() || report_broken(where, rules, rule_value(value), lengths, sink);
    }
}

class NoneBroken final : public RuleSink {
public:
    bool broken(const RuleStep*, Rules, std::size_t, const RuleValue&) noexcept override { return false; }
};

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Whether a value keeps every rule of its fields, those of nested structs included.
///
///     struct Idle { double seconds; static constexpr auto notch_options() { return notch::field("seconds", notch::non_negative); } };
///     notch::keeps_rules(Idle{-1.0});  // false
///
/// Allocates nothing of its own and stops at the first broken rule; check_rules says which ones are broken. NaN keeps no minimum and no maximum.
template <class T>
[[nodiscard]] bool keeps_rules(const T& value) {
    detail::NoneBroken sink;
    return detail::walk_rules(value, {}, true, nullptr, sink);
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- event/event.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_EVENT_EVENT_HPP
#define NOTCH_EVENT_EVENT_HPP

// The envelope: what a struct becomes when it is an event, that is, a line of a ledger.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::size_t no_field = static_cast<std::size_t>(-1);

template <class T>
consteval std::size_t field_with_key(std::string_view key) {
    for (std::size_t i = 0; i < Fields<T>::count; ++i)
        if (!field_infos<T>[i].skip && field_infos<T>[i].key == key) return i;
    return no_field;
}

template <class Field>
inline constexpr bool may_name_event = std::is_same_v<Field, std::string> || std::is_same_v<Field, std::string_view>;

/// Whether the field at `index` may name the event; a field of another type with the key `event` would repeat the key.
template <class... F>
consteval bool names_event(TypeList<F...>, std::size_t index) {
    constexpr std::array<bool, sizeof...(F) + 1> allowed{may_name_event<F>..., false};
    return index == no_field || allowed[index];
}

template <class T>
consteval bool is_redacted(std::size_t field) {
    return field != no_field && field_infos<T>[field].redact;
}

/// The envelope of T, found at compile time.
template <class T>
struct Envelope {
    static_assert(kind_of<T>() == Kind::object,
                  "notch: an event is a struct: put the value into one, or list a class's fields with NOTCH_FIELDS(a, b, c)");
    static constexpr bool on = has_envelope<T>();
    static constexpr std::string_view name = event_name<T>;
    /// The member whose key is `timestamp`: it stands first in the line and nothing is stamped.
    static constexpr std::size_t timestamp = on ? field_with_key<T>("timestamp") : no_field;
    /// The text member whose key is `event`: when not empty, it is the event's name.
    static constexpr std::size_t event = on ? field_with_key<T>("event") : no_field;
    static_assert(names_event(FieldTypes<T>{}, event),
                  "notch: the key `event` belongs to the envelope: make the field a std::string that names the event, give it "
                  "another key with notch::rename, or switch the envelope off with notch::no_envelope");
    static_assert(!is_redacted<T>(timestamp) && !is_redacted<T>(event),
                  "notch: the envelope's timestamp and event cannot be redacted: give the field another key with notch::rename");
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/limits.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_LIMITS_HPP
#define NOTCH_JSON_LIMITS_HPP

namespace notch::inline NOTCH_ABI {

// GCC 12 takes the enumerator `skip` for one that hides notch::skip, the option of a field.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
/// What reading does with a key that the struct does not have.
enum class UnknownKeys : std::uint8_t {
    skip,   ///< its value is checked as JSON and passed over
    reject  ///< an error of code unknown_key
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// How much one document may ask of the reader. On by default; a file of an untrusted writer can cost no more than this.
///
///     auto job = notch::from_json<Job>(text, {.max_bytes = 1024, .unknown_keys = notch::UnknownKeys::reject});
///
/// Reaching a limit is an error of code limit whose `expected` names the member. What is exactly as large as the limit
/// is still read. Limits hold for skipped values too.
struct Limits {
    std::size_t max_bytes = 1024 * 1024;  ///< of the whole text
    std::size_t max_depth = 64;           ///< objects and arrays inside each other; more than 1024 counts as 1024
    std::size_t max_string = 64 * 1024;   ///< bytes of one string or key, as it stands between its quotes
    std::size_t max_elements = 10'000;    ///< elements of one array, keys of one object
    UnknownKeys unknown_keys = UnknownKeys::skip;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- json/parse.hpp --------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_PARSE_HPP
#define NOTCH_JSON_PARSE_HPP

// ---- json/cursor.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_CURSOR_HPP
#define NOTCH_JSON_CURSOR_HPP

// What every reading function is handed. A function takes where its value begins and gives back where it ends, or null
// after it has noted the failure: so the position stays in a register, and success writes nothing down.

namespace notch::inline NOTCH_ABI::detail {

/// Nesting that the reader's own stack has room for, whatever Limits say.
inline constexpr std::size_t most_depth = 1024;

/// What the JSON pointer of a failure names.
enum class Scope : std::uint8_t {
    value,     ///< the value that stands at the byte, or around it
    key,       ///< the member whose key begins at the byte
    container  ///< the object or array around the byte
};

/// A failure as the parser sees it: plain data, so that noting one neither allocates nor costs anything where there is
/// none. Line, column, JSON pointer and texts are worked out afterwards (locate.hpp).
struct Failure {
    using Describe = void(const Failure& failure, Error& error);

    ErrorCode code = ErrorCode::failed;
    Scope scope = Scope::value;
    const char* at = nullptr;
    std::string_view expected{};
    std::string_view found{};      ///< empty: told from the text
    std::string_view member{};     ///< a key to put behind the pointer: that of a missing member
    Describe* describe = nullptr;  ///< fills in texts that have to be put together, from:
    const void* about = nullptr;
    std::int64_t low = 0;
    std::uint64_t high = 0;
    std::size_t count = 0;
};

struct Reader {
    const char* begin;
    const char* end;
    const Limits* limits;
    std::size_t depth_left;
    bool line = false;           ///< a ledger line: null reads as NaN in a floating field
    TextStore* store = nullptr;  ///< keeps what a view of an escaped string shows; without one that is an error
    PlainList<Failure>* violations = nullptr;  ///< where broken rules go when reading goes on after one
    Failure failure{};

    Reader(std::string_view text, const Limits& limits_in) noexcept
        : begin{text.data()},
          end{text.data() + text.size()},
          limits{&limits_in},
          depth_left{limits_in.max_depth < most_depth ? limits_in.max_depth : most_depth} {}

    [[nodiscard]] std::size_t left(const char* at) const noexcept { return static_cast<std::size_t>(end - at); }

    /// The byte at the cursor. A zero stands for the end of the text; as a byte of the text it is valid nowhere either.
    [[nodiscard]] NOTCH_INTERNAL_INLINE char peek(const char* at) const noexcept { return at != end ? *at : '\0'; }
};

/// Notes the failure; null, so that a reader can `return fail(...)`.
NOTCH_INTERNAL_COLD inline std::nullptr_t fail(Reader& r, const Failure& failure) noexcept {
    r.failure = failure;
    return nullptr;
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail(Reader& r, ErrorCode code, const char* at,
                                               std::string_view expected) noexcept {
    return fail(r, Failure{.code = code, .at = at, .expected = expected});
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_in_container(Reader& r, const char* at,
                                                            std::string_view expected) noexcept {
    return fail(r, Failure{.code = ErrorCode::syntax, .scope = Scope::container, .at = at, .expected = expected});
}

/// `at most 64 levels (max_depth)`: the unit and the name stand in `expected`.
inline void describe_limit(const Failure& failure, Error& error) {
    error.expected = "at most " + std::to_string(failure.high);
    error.expected.append(failure.expected);
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_limit(Reader& r, const char* at, std::size_t limit,
                                                     std::string_view unit) noexcept {
    return fail(r, Failure{.code = ErrorCode::limit,
                           .at = at,
                           .expected = unit,
                           .found = "more",
                           .describe = describe_limit,
                           .high = limit});
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_depth(Reader& r, const char* at) noexcept {
    return fail_limit(r, at, r.limits->max_depth < most_depth ? r.limits->max_depth : most_depth,
                      " levels (max_depth)");
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_string(Reader& r, const char* at) noexcept {
    return fail_limit(r, at, r.limits->max_string, " bytes (max_string)");
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_elements(Reader& r, const char* at, bool object) noexcept {
    fail_limit(r, at, r.limits->max_elements, object ? " keys (max_elements)" : " elements (max_elements)");
    r.failure.scope = Scope::container;
    return nullptr;
}

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* skip_more_space(const char* at, const char* end) noexcept {
    while (at != end && is_space(*at)) ++at;
    return at;
}
/// The next byte that is not white space, or the end.
NOTCH_INTERNAL_INLINE const char* skip_space(const char* end, const char* at) noexcept {
    if (at == end || static_cast<unsigned char>(*at) > ' ') [[likely]]
        return at;
    return skip_more_space(at, end);
}
NOTCH_INTERNAL_INLINE const char* skip_space(const Reader& r, const char* at) noexcept { return skip_space(r.end, at); }

/// One level deeper; false when the limit is reached.
NOTCH_INTERNAL_INLINE bool enter(Reader& r) noexcept {
    if (r.depth_left == 0) [[unlikely]]
        return false;
    --r.depth_left;
    return true;
}
NOTCH_INTERNAL_INLINE void leave(Reader& r) noexcept { ++r.depth_left; }

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/number_read.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_NUMBER_READ_HPP
#define NOTCH_JSON_NUMBER_READ_HPP

// ---- json/big_integer.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_BIG_INTEGER_HPP
#define NOTCH_JSON_BIG_INTEGER_HPP

namespace notch::inline NOTCH_ABI::detail {

/// A whole number of up to 4160 bits: 801 digits, or the power of five for as many places, take 2800.
class BigInteger {
public:
    explicit BigInteger(std::uint64_t v) noexcept {
        limb_[0] = static_cast<std::uint32_t>(v);
        limb_[1] = static_cast<std::uint32_t>(v >> 32);
        size_ = 2;
        trim();
    }

    void multiply_add(std::uint32_t factor, std::uint32_t carry) noexcept {
        for (unsigned at = 0; at < size_; ++at) {
            const std::uint64_t sum = std::uint64_t{limb_[at]} * factor + carry;
            limb_[at] = static_cast<std::uint32_t>(sum);
            carry = static_cast<std::uint32_t>(sum >> 32);
        }
        if (carry != 0) limb_[size_++] = carry;
    }

    void multiply_by_power_of_5(unsigned exponent) noexcept {
        for (; exponent >= 13; exponent -= 13) multiply_add(1220703125, 0);  // 5^13, the last below 2^32
        std::uint32_t factor = 1;
        while (exponent-- > 0) factor *= 5;
        multiply_add(factor, 0);
    }

    void shift_left(unsigned bits) noexcept {
        multiply_add(std::uint32_t{1} << bits % 32, 0);
        const unsigned limbs = bits / 32;
        std::memmove(limb_ + limbs, limb_, size_ * sizeof *limb_);
        std::memset(limb_, 0, limbs * sizeof *limb_);
        size_ += limbs;
        trim();
    }

    /// Negative, zero or positive.
    static int compare(const BigInteger& a, const BigInteger& b) noexcept {
        if (a.size_ != b.size_) return a.size_ < b.size_ ? -1 : 1;
        for (unsigned at = a.size_; at-- > 0;) {
            if (a.limb_[at] != b.limb_[at]) return a.limb_[at] < b.limb_[at] ? -1 : 1;
        }
        return 0;
    }

private:
    void trim() noexcept {
        while (size_ != 0 && limb_[size_ - 1] == 0) --size_;
    }

    std::uint32_t limb_[130];
    unsigned size_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/number_text.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_NUMBER_TEXT_HPP
#define NOTCH_JSON_NUMBER_TEXT_HPP

// ---- json/word.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_WORD_HPP
#define NOTCH_JSON_WORD_HPP

// Text in machine words: eight characters in a 64-bit number, the first character always in the lowest byte, whatever
// the byte order of the machine. Loads and stores go through memcpy, so any address will do.

namespace notch::inline NOTCH_ABI::detail {

NOTCH_INTERNAL_INLINE constexpr std::uint64_t first_byte_lowest(std::uint64_t v) noexcept {
    if constexpr (std::endian::native == std::endian::little) return v;
    v = ((v & 0x00ff00ff00ff00ff) << 8) | ((v >> 8) & 0x00ff00ff00ff00ff);
    v = ((v & 0x0000ffff0000ffff) << 16) | ((v >> 16) & 0x0000ffff0000ffff);
    return (v << 32) | (v >> 32);
}

NOTCH_INTERNAL_INLINE std::uint64_t load_8(const char* from) noexcept {
    std::uint64_t v;
    std::memcpy(&v, from, 8);
    return first_byte_lowest(v);
}

NOTCH_INTERNAL_INLINE void store_8(char* to, std::uint64_t v) noexcept {
    v = first_byte_lowest(v);
    std::memcpy(to, &v, 8);
}

NOTCH_INTERNAL_INLINE std::uint32_t load_4(const char* from) noexcept {
    std::uint32_t v;
    std::memcpy(&v, from, 4);
    if constexpr (std::endian::native == std::endian::little) return v;
    return static_cast<std::uint32_t>(first_byte_lowest(v) >> 32);
}

/// The same byte in all eight places.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t every_byte(std::uint8_t v) noexcept {
    return v * std::uint64_t{0x0101010101010101};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// Numbers as they stand in a text: the grammar of RFC 8259, section 6, and their digits.

namespace notch::inline NOTCH_ABI::detail {

/// A number as it stands in a text: +-digits * 10^exponent.
struct NumberText {
    const char* first;      ///< the sign, or else the first digit
    const char* last;       ///< one past the number
    std::uint64_t digits;   ///< the first 19 significant digits
    std::int64_t exponent;  ///< of ten; the digits beyond 19 are counted in
    bool negative;
    bool integral;  ///< neither a fraction nor an exponent
    bool cut;       ///< there were more than 19 digits
};

NOTCH_INTERNAL_INLINE constexpr bool is_digit(char c) noexcept { return static_cast<unsigned char>(c - '0') < 10; }

// The high bit of the first byte that is not a digit, and perhaps of some behind it; 0: all eight are digits.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t non_digits(std::uint64_t text) noexcept {
    const std::uint64_t values = text ^ every_byte('0');
    return ((values + every_byte(0x80 - 10)) | values) & every_byte(0x80);
}

// Eight digits, or fewer behind zero bytes.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t value_of_8_digits(std::uint64_t text) noexcept {
    text &= every_byte(0x0f);
    text = (text * 10 + (text >> 8)) & 0x00ff00ff00ff00ff;
    text = (text * 100 + (text >> 16)) & 0x0000ffff0000ffff;
    return (text * 10000 + (text >> 32)) & 0xffffffff;
}

NOTCH_INTERNAL_INLINE const char* skip_digits(const char* p, const char* end) noexcept {
    while (end - p >= 8) {
        const std::uint64_t other = non_digits(load_8(p));
        if (other != 0) return p + std::countr_zero(other) / 8;
        p += 8;
    }
    while (p != end && is_digit(*p)) ++p;
    return p;
}

inline constexpr std::uint32_t powers_of_10[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

// On from p, which is past the digits of `value`; a value beyond 64 bits wraps. Eight bytes at a time without asking how
// many digits these are: a branch on the length of a number is often wrong.
NOTCH_INTERNAL_INLINE const char* take_digits(const char* p, const char* end, std::uint64_t& value) noexcept {
    std::uint64_t v = value;
    while (end - p >= 8) {
        const std::uint64_t text = load_8(p);
        const std::uint64_t other = non_digits(text);
        if (other != 0) {
            const int bits = std::countr_zero(other) & 0x38;
            value = v * powers_of_10[bits / 8] + value_of_8_digits(text << 8 << (56 - bits));
            return p + bits / 8;
        }
        v = v * 100000000 + value_of_8_digits(text);
        p += 8;
    }
    for (; p != end && is_digit(*p); ++p) v = v * 10 + static_cast<unsigned char>(*p - '0');
    value = v;
    return p;
}

/// Eight bytes from p on; zeros stand for what lies behind the end, which is at least eight bytes behind `begin`.
NOTCH_INTERNAL_INLINE std::uint64_t load_up_to_8(const char* p, const char* end) noexcept {
    const auto left = end - p;
    if (left >= 8) [[likely]]
        return load_8(p);
    const int half = 4 * static_cast<int>(8 - left);  // in two steps, since a word cannot be shifted by all of its bits
    return load_8(end - 8) >> half >> half;
}

/// take_digits() for up to 15 digits, which nearly all numbers have on each side of the point, without a loop; null when there
/// are more.
NOTCH_INTERNAL_INLINE const char* take_few_digits(const char* p, const char* end, std::uint64_t& value) noexcept {
    std::uint64_t text = load_up_to_8(p, end);
    std::uint64_t other = non_digits(text);
    std::uint64_t v = value;
    if (other == 0) {
        v = v * 100000000 + value_of_8_digits(text);
        p += 8;
        text = load_up_to_8(p, end);
        other = non_digits(text);
        if (other == 0) [[unlikely]]
            return nullptr;
    }
    const int bits = std::countr_zero(other) & 0x38;
    value = v * powers_of_10[bits / 8] + value_of_8_digits(text << 8 << (56 - bits));
    return p + bits / 8;
}

/// The end of the JSON number that begins at p, or nullptr when none does; `integral`: neither fraction nor exponent.
inline const char* scan_number(const char* p, const char* end, bool& integral) noexcept {
    if (p != end && *p == '-') ++p;
    if (p == end || !is_digit(*p)) return nullptr;
    const char* const whole = p;
    p = skip_digits(p, end);
    if (*whole == '0' && p - whole > 1) return nullptr;
    integral = true;
    if (p != end && *p == '.') {
        integral = false;
        const char* const fraction = p + 1;
        p = skip_digits(fraction, end);
        if (p == fraction) return nullptr;
    }
    if (p != end && (*p == 'e' || *p == 'E')) {
        integral = false;
        ++p;
        if (p != end && (*p == '+' || *p == '-')) ++p;
        const char* const exponent = p;
        p = skip_digits(exponent, end);
        if (p == exponent) return nullptr;
    }
    return p;
}

// After 'e': sign and digits. Far out of range it stops counting, where no number of digits can make up for it.
inline const char* read_exponent(const char* p, const char* end, std::int64_t& exponent) noexcept {
    const bool negative = p != end && *p == '-';
    if (negative || (p != end && *p == '+')) ++p;
    if (p == end || !is_digit(*p)) return nullptr;
    std::int64_t value = 0;
    for (; p != end && is_digit(*p); ++p) {
        if (value < 100000000000000000) value = value * 10 + (*p - '0');
    }
    exponent += negative ? -value : value;
    return p;
}

// More than 19 digits were read, so the value has wrapped: zeros in front do not count, and the rest is cut. By value, as
// below, so that the caller's NumberText can live in registers.
NOTCH_INTERNAL_COLD inline NumberText with_19_digits(NumberText text, const char* p, const char* digits_end) noexcept {
    while (p != digits_end && (*p == '0' || *p == '.')) ++p;
    std::int64_t count = 0;
    text.digits = 0;
    for (; p != digits_end; ++p) {
        if (*p == '.') continue;
        if (count < 19) text.digits = text.digits * 10 + static_cast<unsigned char>(*p - '0');
        ++count;
    }
    text.cut = count > 19;
    text.exponent += text.cut ? count - 19 : 0;
    return text;
}

/// Reads the JSON number that begins at p; false when none does. What follows the number is the caller's business.
NOTCH_INTERNAL_INLINE bool read_number(const char* p, const char* end, NumberText& out) noexcept {
    out.first = p;
    out.negative = p != end && *p == '-';
    p += out.negative;
    const char* const whole = p;
    std::uint64_t digits = 0;
    p = take_digits(p, end, digits);
    std::ptrdiff_t count = p - whole;
    if (count == 0 || (*whole == '0' && count > 1)) return false;
    std::int64_t exponent = 0;
    bool integral = true;
    if (p != end && *p == '.') {
        integral = false;
        const char* const fraction = p + 1;
        p = take_digits(fraction, end, digits);
        if (p == fraction) return false;
        count += p - fraction;
        exponent = fraction - p;
    }
    const char* const digits_end = p;
    if (p != end && (*p == 'e' || *p == 'E')) {
        integral = false;
        p = read_exponent(p + 1, end, exponent);
        if (p == nullptr) return false;
    }
    out.last = p;
    out.digits = digits;
    out.exponent = exponent;
    out.integral = integral;
    out.cut = false;
    if (count > 19) [[unlikely]]
        out = with_19_digits(out, whole, digits_end);
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/powers.hpp -------------------------------------------------------------------------------------------------

// Made by tests/tools/make_powers.py; change that, not this.
#ifndef NOTCH_JSON_POWERS_HPP
#define NOTCH_JSON_POWERS_HPP

namespace notch::inline NOTCH_ABI::detail {

/// 128 bits in two halves.
struct Wide {
    std::uint64_t high;
    std::uint64_t low;
};

/// The whole product of two 64-bit numbers.
NOTCH_INTERNAL_INLINE constexpr Wide multiply_wide(std::uint64_t a, std::uint64_t b) noexcept {
#if defined(__SIZEOF_INT128__)
    __extension__ using Uint128 = unsigned __int128;
    const Uint128 product = static_cast<Uint128>(a) * b;
    return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
#else
    const std::uint64_t a_low = a & 0xffffffff, a_high = a >> 32, b_low = b & 0xffffffff, b_high = b >> 32;
    const std::uint64_t low = a_low * b_low;
    const std::uint64_t cross = a_high * b_low + (low >> 32);  // at most 2^64 - 2^32
    const std::uint64_t middle = a_low * b_high + (cross & 0xffffffff);
    return {a_high * b_high + (cross >> 32) + (middle >> 32), (middle << 32) | (low & 0xffffffff)};
#endif
}

/// floor(log2(10^q)) for |q| up to 1233.
NOTCH_INTERNAL_INLINE constexpr int log2_of_power10(int q) noexcept { return (q * 1741647) >> 19; }

/// floor(log10(2^q)) for every exponent q that a double can have.
NOTCH_INTERNAL_INLINE constexpr int log10_of_power2(int q) noexcept { return (q * 1262611) >> 22; }

/// floor(log10(3/4 * 2^q)), for the spacing just below a power of two.
NOTCH_INTERNAL_INLINE constexpr int log10_of_three_quarters(int q) noexcept { return (q * 1262611 - 524031) >> 22; }

inline constexpr int first_power10 = -342;
inline constexpr int last_power10 = 324;

// clang-format off
inline constexpr std::uint64_t power10_halves[] = {
0xeef453d6923bd65a,0x113faa2906a13b3f,0x9558b4661b6565f8,0x4ac7ca59a424c507,0xbaaee17fa23ebf76,0x5d79bcf00d2df649,
0xe95a99df8ace6f53,0xf4d82c2c107973dc,0x91d8a02bb6c10594,0x79071b9b8a4be869,0xb64ec836a47146f9,0x9748e2826cdee284,
0xe3e27a444d8d98b7,0xfd1b1b2308169b25,0x8e6d8c6ab0787f72,0xfe30f0f5e50e20f7,0xb208ef855c969f4f,0xbdbd2d335e51a935,
0xde8b2b66b3bc4723,0xad2c788035e61382,0x8b16fb203055ac76,0x4c3bcb5021afcc31,0xaddcb9e83c6b1793,0xdf4abe242a1bbf3d,
0xd953e8624b85dd78,0xd71d6dad34a2af0d,0x87d4713d6f33aa6b,0x8672648c40e5ad68,0xa9c98d8ccb009506,0x680efdaf511f18c2,
0xd43bf0effdc0ba48,0x0212bd1b2566def2,0x84a57695fe98746d,0x014bb630f7604b57,0xa5ced43b7e3e9188,0x419ea3bd35385e2d,
0xcf42894a5dce35ea,0x52064cac828675b9,0x818995ce7aa0e1b2,0x7343efebd1940993,0xa1ebfb4219491a1f,0x1014ebe6c5f90bf8,
0xca66fa129f9b60a6,0xd41a26e077774ef6,0xfd00b897478238d0,0x8920b098955522b4,0x9e20735e8cb16382,0x55b46e5f5d5535b0,
0xc5a890362fddbc62,0xeb2189f734aa831d,0xf712b443bbd52b7b,0xa5e9ec7501d523e4,0x9a6bb0aa55653b2d,0x47b233c92125366e,
0xc1069cd4eabe89f8,0x999ec0bb696e840a,0xf148440a256e2c76,0xc00670ea43ca250d,0x96cd2a865764dbca,0x380406926a5e5728,
0xbc807527ed3e12bc,0xc605083704f5ecf2,0xeba09271e88d976b,0xf7864a44c633682e,0x93445b8731587ea3,0x7ab3ee6afbe0211d,
0xb8157268fdae9e4c,0x5960ea05bad82964,0xe61acf033d1a45df,0x6fb92487298e33bd,0x8fd0c16206306bab,0xa5d3b6d479f8e056,
0xb3c4f1ba87bc8696,0x8f48a4899877186c,0xe0b62e2929aba83c,0x331acdabfe94de87,0x8c71dcd9ba0b4925,0x9ff0c08b7f1d0b14,
0xaf8e5410288e1b6f,0x07ecf0ae5ee44dd9,0xdb71e91432b1a24a,0xc9e82cd9f69d6150,0x892731ac9faf056e,0xbe311c083a225cd2,
0xab70fe17c79ac6ca,0x6dbd630a48aaf406,0xd64d3d9db981787d,0x092cbbccdad5b108,0x85f0468293f0eb4e,0x25bbf56008c58ea5,
0xa76c582338ed2621,0xaf2af2b80af6f24e,0xd1476e2c07286faa,0x1af5af660db4aee1,0x82cca4db847945ca,0x50d98d9fc890ed4d,
0xa37fce126597973c,0xe50ff107bab528a0,0xcc5fc196fefd7d0c,0x1e53ed49a96272c8,0xff77b1fcbebcdc4f,0x25e8e89c13bb0f7a,
0x9faacf3df73609b1,0x77b191618c54e9ac,0xc795830d75038c1d,0xd59df5b9ef6a2417,0xf97ae3d0d2446f25,0x4b0573286b44ad1d,
0x9becce62836ac577,0x4ee367f9430aec32,0xc2e801fb244576d5,0x229c41f793cda73f,0xf3a20279ed56d48a,0x6b43527578c1110f,
0x9845418c345644d6,0x830a13896b78aaa9,0xbe5691ef416bd60c,0x23cc986bc656d553,0xedec366b11c6cb8f,0x2cbfbe86b7ec8aa8,
0x94b3a202eb1c3f39,0x7bf7d71432f3d6a9,0xb9e08a83a5e34f07,0xdaf5ccd93fb0cc53,0xe858ad248f5c22c9,0xd1b3400f8f9cff68,
0x91376c36d99995be,0x23100809b9c21fa1,0xb58547448ffffb2d,0xabd40a0c2832a78a,0xe2e69915b3fff9f9,0x16c90c8f323f516c,
0x8dd01fad907ffc3b,0xae3da7d97f6792e3,0xb1442798f49ffb4a,0x99cd11cfdf41779c,0xdd95317f31c7fa1d,0x40405643d711d583,
0x8a7d3eef7f1cfc52,0x482835ea666b2572,0xad1c8eab5ee43b66,0xda3243650005eecf,0xd863b256369d4a40,0x90bed43e40076a82,
0x873e4f75e2224e68,0x5a7744a6e804a291,0xa90de3535aaae202,0x711515d0a205cb36,0xd3515c2831559a83,0x0d5a5b44ca873e03,
0x8412d9991ed58091,0xe858790afe9486c2,0xa5178fff668ae0b6,0x626e974dbe39a872,0xce5d73ff402d98e3,0xfb0a3d212dc8128f,
0x80fa687f881c7f8e,0x7ce66634bc9d0b99,0xa139029f6a239f72,0x1c1fffc1ebc44e80,0xc987434744ac874e,0xa327ffb266b56220,
0xfbe9141915d7a922,0x4bf1ff9f0062baa8,0x9d71ac8fada6c9b5,0x6f773fc3603db4a9,0xc4ce17b399107c22,0xcb550fb4384d21d3,
0xf6019da07f549b2b,0x7e2a53a146606a48,0x99c102844f94e0fb,0x2eda7444cbfc426d,0xc0314325637a1939,0xfa911155fefb5308,
0xf03d93eebc589f88,0x793555ab7eba27ca,0x96267c7535b763b5,0x4bc1558b2f3458de,0xbbb01b9283253ca2,0x9eb1aaedfb016f16,
0xea9c227723ee8bcb,0x465e15a979c1cadc,0x92a1958a7675175f,0x0bfacd89ec191ec9,0xb749faed14125d36,0xcef980ec671f667b,
0xe51c79a85916f484,0x82b7e12780e7401a,0x8f31cc0937ae58d2,0xd1b2ecb8b0908810,0xb2fe3f0b8599ef07,0x861fa7e6dcb4aa15,
0xdfbdcece67006ac9,0x67a791e093e1d49a,0x8bd6a141006042bd,0xe0c8bb2c5c6d24e0,0xaecc49914078536d,0x58fae9f773886e18,
0xda7f5bf590966848,0xaf39a475506a899e,0x888f99797a5e012d,0x6d8406c952429603,0xaab37fd7d8f58178,0xc8e5087ba6d33b83,
0xd5605fcdcf32e1d6,0xfb1e4a9a90880a64,0x855c3be0a17fcd26,0x5cf2eea09a55067f,0xa6b34ad8c9dfc06f,0xf42faa48c0ea481e,
0xd0601d8efc57b08b,0xf13b94daf124da26,0x823c12795db6ce57,0x76c53d08d6b70858,0xa2cb1717b52481ed,0x54768c4b0c64ca6e,
0xcb7ddcdda26da268,0xa9942f5dcf7dfd09,0xfe5d54150b090b02,0xd3f93b35435d7c4c,0x9efa548d26e5a6e1,0xc47bc5014a1a6daf,
0xc6b8e9b0709f109a,0x359ab6419ca1091b,0xf867241c8cc6d4c0,0xc30163d203c94b62,0x9b407691d7fc44f8,0x79e0de63425dcf1d,
0xc21094364dfb5636,0x985915fc12f542e4,0xf294b943e17a2bc4,0x3e6f5b7b17b2939d,0x979cf3ca6cec5b5a,0xa705992ceecf9c42,
0xbd8430bd08277231,0x50c6ff782a838353,0xece53cec4a314ebd,0xa4f8bf5635246428,0x940f4613ae5ed136,0x871b7795e136be99,
0xb913179899f68584,0x28e2557b59846e3f,0xe757dd7ec07426e5,0x331aeada2fe589cf,0x9096ea6f3848984f,0x3ff0d2c85def7621,
0xb4bca50b065abe63,0x0fed077a756b53a9,0xe1ebce4dc7f16dfb,0xd3e8495912c62894,0x8d3360f09cf6e4bd,0x64712dd7abbbd95c,
0xb080392cc4349dec,0xbd8d794d96aacfb3,0xdca04777f541c567,0xecf0d7a0fc5583a0,0x89e42caaf9491b60,0xf41686c49db57244,
0xac5d37d5b79b6239,0x311c2875c522ced5,0xd77485cb25823ac7,0x7d633293366b828b,0x86a8d39ef77164bc,0xae5dff9c02033197,
0xa8530886b54dbdeb,0xd9f57f830283fdfc,0xd267caa862a12d66,0xd072df63c324fd7b,0x8380dea93da4bc60,0x4247cb9e59f71e6d,
0xa46116538d0deb78,0x52d9be85f074e608,0xcd795be870516656,0x67902e276c921f8b,0x806bd9714632dff6,0x00ba1cd8a3db53b6,
0xa086cfcd97bf97f3,0x80e8a40eccd228a4,0xc8a883c0fdaf7df0,0x6122cd128006b2cd,0xfad2a4b13d1b5d6c,0x796b805720085f81,
0x9cc3a6eec6311a63,0xcbe3303674053bb0,0xc3f490aa77bd60fc,0xbedbfc4411068a9c,0xf4f1b4d515acb93b,0xee92fb5515482d44,
0x991711052d8bf3c5,0x751bdd152d4d1c4a,0xbf5cd54678eef0b6,0xd262d45a78a0635d,0xef340a98172aace4,0x86fb897116c87c34,
0x9580869f0e7aac0e,0xd45d35e6ae3d4da0,0xbae0a846d2195712,0x8974836059cca109,0xe998d258869facd7,0x2bd1a438703fc94b,
0x91ff83775423cc06,0x7b6306a34627ddcf,0xb67f6455292cbf08,0x1a3bc84c17b1d542,0xe41f3d6a7377eeca,0x20caba5f1d9e4a93,
0x8e938662882af53e,0x547eb47b7282ee9c,0xb23867fb2a35b28d,0xe99e619a4f23aa43,0xdec681f9f4c31f31,0x6405fa00e2ec94d4,
0x8b3c113c38f9f37e,0xde83bc408dd3dd04,0xae0b158b4738705e,0x9624ab50b148d445,0xd98ddaee19068c76,0x3badd624dd9b0957,
0x87f8a8d4cfa417c9,0xe54ca5d70a80e5d6,0xa9f6d30a038d1dbc,0x5e9fcf4ccd211f4c,0xd47487cc8470652b,0x7647c3200069671f,
0x84c8d4dfd2c63f3b,0x29ecd9f40041e073,0xa5fb0a17c777cf09,0xf468107100525890,0xcf79cc9db955c2cc,0x7182148d4066eeb4,
0x81ac1fe293d599bf,0xc6f14cd848405530,0xa21727db38cb002f,0xb8ada00e5a506a7c,0xca9cf1d206fdc03b,0xa6d90811f0e4851c,
0xfd442e4688bd304a,0x908f4a166d1da663,0x9e4a9cec15763e2e,0x9a598e4e043287fe,0xc5dd44271ad3cdba,0x40eff1e1853f29fd,
0xf7549530e188c128,0xd12bee59e68ef47c,0x9a94dd3e8cf578b9,0x82bb74f8301958ce,0xc13a148e3032d6e7,0xe36a52363c1faf01,
0xf18899b1bc3f8ca1,0xdc44e6c3cb279ac1,0x96f5600f15a7b7e5,0x29ab103a5ef8c0b9,0xbcb2b812db11a5de,0x7415d448f6b6f0e7,
0xebdf661791d60f56,0x111b495b3464ad21,0x936b9fcebb25c995,0xcab10dd900beec34,0xb84687c269ef3bfb,0x3d5d514f40eea742,
0xe65829b3046b0afa,0x0cb4a5a3112a5112,0x8ff71a0fe2c2e6dc,0x47f0e785eaba72ab,0xb3f4e093db73a093,0x59ed216765690f56,
0xe0f218b8d25088b8,0x306869c13ec3532c,0x8c974f7383725573,0x1e414218c73a13fb,0xafbd2350644eeacf,0xe5d1929ef90898fa,
0xdbac6c247d62a583,0xdf45f746b74abf39,0x894bc396ce5da772,0x6b8bba8c328eb783,0xab9eb47c81f5114f,0x066ea92f3f326564,
0xd686619ba27255a2,0xc80a537b0efefebd,0x8613fd0145877585,0xbd06742ce95f5f36,0xa798fc4196e952e7,0x2c48113823b73704,
0xd17f3b51fca3a7a0,0xf75a15862ca504c5,0x82ef85133de648c4,0x9a984d73dbe722fb,0xa3ab66580d5fdaf5,0xc13e60d0d2e0ebba,
0xcc963fee10b7d1b3,0x318df905079926a8,0xffbbcfe994e5c61f,0xfdf17746497f7052,0x9fd561f1fd0f9bd3,0xfeb6ea8bedefa633,
0xc7caba6e7c5382c8,0xfe64a52ee96b8fc0,0xf9bd690a1b68637b,0x3dfdce7aa3c673b0,0x9c1661a651213e2d,0x06bea10ca65c084e,
0xc31bfa0fe5698db8,0x486e494fcff30a62,0xf3e2f893dec3f126,0x5a89dba3c3efccfa,0x986ddb5c6b3a76b7,0xf89629465a75e01c,
0xbe89523386091465,0xf6bbb397f1135823,0xee2ba6c0678b597f,0x746aa07ded582e2c,0x94db483840b717ef,0xa8c2a44eb4571cdc,
0xba121a4650e4ddeb,0x92f34d62616ce413,0xe896a0d7e51e1566,0x77b020baf9c81d17,0x915e2486ef32cd60,0x0ace1474dc1d122e,
0xb5b5ada8aaff80b8,0x0d819992132456ba,0xe3231912d5bf60e6,0x10e1fff697ed6c69,0x8df5efabc5979c8f,0xca8d3ffa1ef463c1,
0xb1736b96b6fd83b3,0xbd308ff8a6b17cb2,0xddd0467c64bce4a0,0xac7cb3f6d05ddbde,0x8aa22c0dbef60ee4,0x6bcdf07a423aa96b,
0xad4ab7112eb3929d,0x86c16c98d2c953c6,0xd89d64d57a607744,0xe871c7bf077ba8b7,0x87625f056c7c4a8b,0x11471cd764ad4972,
0xa93af6c6c79b5d2d,0xd598e40d3dd89bcf,0xd389b47879823479,0x4aff1d108d4ec2c3,0x843610cb4bf160cb,0xcedf722a585139ba,
0xa54394fe1eedb8fe,0xc2974eb4ee658828,0xce947a3da6a9273e,0x733d226229feea32,0x811ccc668829b887,0x0806357d5a3f525f,
0xa163ff802a3426a8,0xca07c2dcb0cf26f7,0xc9bcff6034c13052,0xfc89b393dd02f0b5,0xfc2c3f3841f17c67,0xbbac2078d443ace2,
0x9d9ba7832936edc0,0xd54b944b84aa4c0d,0xc5029163f384a931,0x0a9e795e65d4df11,0xf64335bcf065d37d,0x4d4617b5ff4a16d5,
0x99ea0196163fa42e,0x504bced1bf8e4e45,0xc06481fb9bcf8d39,0xe45ec2862f71e1d6,0xf07da27a82c37088,0x5d767327bb4e5a4c,
0x964e858c91ba2655,0x3a6a07f8d510f86f,0xbbe226efb628afea,0x890489f70a55368b,0xeadab0aba3b2dbe5,0x2b45ac74ccea842e,
0x92c8ae6b464fc96f,0x3b0b8bc90012929d,0xb77ada0617e3bbcb,0x09ce6ebb40173744,0xe55990879ddcaabd,0xcc420a6a101d0515,
0x8f57fa54c2a9eab6,0x9fa946824a12232d,0xb32df8e9f3546564,0x47939822dc96abf9,0xdff9772470297ebd,0x59787e2b93bc56f7,
0x8bfbea76c619ef36,0x57eb4edb3c55b65a,0xaefae51477a06b03,0xede622920b6b23f1,0xdab99e59958885c4,0xe95fab368e45eced,
0x88b402f7fd75539b,0x11dbcb0218ebb414,0xaae103b5fcd2a881,0xd652bdc29f26a119,0xd59944a37c0752a2,0x4be76d3346f0495f,
0x857fcae62d8493a5,0x6f70a4400c562ddb,0xa6dfbd9fb8e5b88e,0xcb4ccd500f6bb952,0xd097ad07a71f26b2,0x7e2000a41346a7a7,
0x825ecc24c873782f,0x8ed400668c0c28c8,0xa2f67f2dfa90563b,0x728900802f0f32fa,0xcbb41ef979346bca,0x4f2b40a03ad2ffb9,
0xfea126b7d78186bc,0xe2f610c84987bfa8,0x9f24b832e6b0f436,0x0dd9ca7d2df4d7c9,0xc6ede63fa05d3143,0x91503d1c79720dbb,
0xf8a95fcf88747d94,0x75a44c6397ce912a,0x9b69dbe1b548ce7c,0xc986afbe3ee11aba,0xc24452da229b021b,0xfbe85badce996168,
0xf2d56790ab41c2a2,0xfae27299423fb9c3,0x97c560ba6b0919a5,0xdccd879fc967d41a,0xbdb6b8e905cb600f,0x5400e987bbc1c920,
0xed246723473e3813,0x290123e9aab23b68,0x9436c0760c86e30b,0xf9a0b6720aaf6521,0xb94470938fa89bce,0xf808e40e8d5b3e69,
0xe7958cb87392c2c2,0xb60b1d1230b20e04,0x90bd77f3483bb9b9,0xb1c6f22b5e6f48c2,0xb4ecd5f01a4aa828,0x1e38aeb6360b1af3,
0xe2280b6c20dd5232,0x25c6da63c38de1b0,0x8d590723948a535f,0x579c487e5a38ad0e,0xb0af48ec79ace837,0x2d835a9df0c6d851,
0xdcdb1b2798182244,0xf8e431456cf88e65,0x8a08f0f8bf0f156b,0x1b8e9ecb641b58ff,0xac8b2d36eed2dac5,0xe272467e3d222f3f,
0xd7adf884aa879177,0x5b0ed81dcc6abb0f,0x86ccbb52ea94baea,0x98e947129fc2b4e9,0xa87fea27a539e9a5,0x3f2398d747b36224,
0xd29fe4b18e88640e,0x8eec7f0d19a03aad,0x83a3eeeef9153e89,0x1953cf68300424ac,0xa48ceaaab75a8e2b,0x5fa8c3423c052dd7,
0xcdb02555653131b6,0x3792f412cb06794d,0x808e17555f3ebf11,0xe2bbd88bbee40bd0,0xa0b19d2ab70e6ed6,0x5b6aceaeae9d0ec4,
0xc8de047564d20a8b,0xf245825a5a445275,0xfb158592be068d2e,0xeed6e2f0f0d56712,0x9ced737bb6c4183d,0x55464dd69685606b,
0xc428d05aa4751e4c,0xaa97e14c3c26b886,0xf53304714d9265df,0xd53dd99f4b3066a8,0x993fe2c6d07b7fab,0xe546a8038efe4029,
0xbf8fdb78849a5f96,0xde98520472bdd033,0xef73d256a5c0f77c,0x963e66858f6d4440,0x95a8637627989aad,0xdde7001379a44aa8,
0xbb127c53b17ec159,0x5560c018580d5d52,0xe9d71b689dde71af,0xaab8f01e6e10b4a6,0x9226712162ab070d,0xcab3961304ca70e8,
0xb6b00d69bb55c8d1,0x3d607b97c5fd0d22,0xe45c10c42a2b3b05,0x8cb89a7db77c506a,0x8eb98a7a9a5b04e3,0x77f3608e92adb242,
0xb267ed1940f1c61c,0x55f038b237591ed3,0xdf01e85f912e37a3,0x6b6c46dec52f6688,0x8b61313bbabce2c6,0x2323ac4b3b3da015,
0xae397d8aa96c1b77,0xabec975e0a0d081a,0xd9c7dced53c72255,0x96e7bd358c904a21,0x881cea14545c7575,0x7e50d64177da2e54,
0xaa242499697392d2,0xdde50bd1d5d0b9e9,0xd4ad2dbfc3d07787,0x955e4ec64b44e864,0x84ec3c97da624ab4,0xbd5af13bef0b113e,
0xa6274bbdd0fadd61,0xecb1ad8aeacdd58e,0xcfb11ead453994ba,0x67de18eda5814af2,0x81ceb32c4b43fcf4,0x80eacf948770ced7,
0xa2425ff75e14fc31,0xa1258379a94d028d,0xcad2f7f5359a3b3e,0x096ee45813a04330,0xfd87b5f28300ca0d,0x8bca9d6e188853fc,
0x9e74d1b791e07e48,0x775ea264cf55347d,0xc612062576589dda,0x95364afe032a819d,0xf79687aed3eec551,0x3a83ddbd83f52204,
0x9abe14cd44753b52,0xc4926a9672793542,0xc16d9a0095928a27,0x75b7053c0f178293,0xf1c90080baf72cb1,0x5324c68b12dd6338,
0x971da05074da7bee,0xd3f6fc16ebca5e03,0xbce5086492111aea,0x88f4bb1ca6bcf584,0xec1e4a7db69561a5,0x2b31e9e3d06c32e5,
0x9392ee8e921d5d07,0x3aff322e62439fcf,0xb877aa3236a4b449,0x09befeb9fad487c2,0xe69594bec44de15b,0x4c2ebe687989a9b3,
0x901d7cf73ab0acd9,0x0f9d37014bf60a10,0xb424dc35095cd80f,0x538484c19ef38c94,0xe12e13424bb40e13,0x2865a5f206b06fb9,
0x8cbccc096f5088cb,0xf93f87b7442e45d3,0xafebff0bcb24aafe,0xf78f69a51539d748,0xdbe6fecebdedd5be,0xb573440e5a884d1b,
0x89705f4136b4a597,0x31680a88f8953030,0xabcc77118461cefc,0xfdc20d2b36ba7c3d,0xd6bf94d5e57a42bc,0x3d32907604691b4c,
0x8637bd05af6c69b5,0xa63f9a49c2c1b10f,0xa7c5ac471b478423,0x0fcf80dc33721d53,0xd1b71758e219652b,0xd3c36113404ea4a8,
0x83126e978d4fdf3b,0x645a1cac083126e9,0xa3d70a3d70a3d70a,0x3d70a3d70a3d70a3,0xcccccccccccccccc,0xcccccccccccccccc,
0x8000000000000000,0x0000000000000000,0xa000000000000000,0x0000000000000000,0xc800000000000000,0x0000000000000000,
0xfa00000000000000,0x0000000000000000,0x9c40000000000000,0x0000000000000000,0xc350000000000000,0x0000000000000000,
0xf424000000000000,0x0000000000000000,0x9896800000000000,0x0000000000000000,0xbebc200000000000,0x0000000000000000,
0xee6b280000000000,0x0000000000000000,0x9502f90000000000,0x0000000000000000,0xba43b74000000000,0x0000000000000000,
0xe8d4a51000000000,0x0000000000000000,0x9184e72a00000000,0x0000000000000000,0xb5e620f480000000,0x0000000000000000,
0xe35fa931a0000000,0x0000000000000000,0x8e1bc9bf04000000,0x0000000000000000,0xb1a2bc2ec5000000,0x0000000000000000,
0xde0b6b3a76400000,0x0000000000000000,0x8ac7230489e80000,0x0000000000000000,0xad78ebc5ac620000,0x0000000000000000,
0xd8d726b7177a8000,0x0000000000000000,0x878678326eac9000,0x0000000000000000,0xa968163f0a57b400,0x0000000000000000,
0xd3c21bcecceda100,0x0000000000000000,0x84595161401484a0,0x0000000000000000,0xa56fa5b99019a5c8,0x0000000000000000,
0xcecb8f27f4200f3a,0x0000000000000000,0x813f3978f8940984,0x4000000000000000,0xa18f07d736b90be5,0x5000000000000000,
0xc9f2c9cd04674ede,0xa400000000000000,0xfc6f7c4045812296,0x4d00000000000000,0x9dc5ada82b70b59d,0xf020000000000000,
0xc5371912364ce305,0x6c28000000000000,0xf684df56c3e01bc6,0xc732000000000000,0x9a130b963a6c115c,0x3c7f400000000000,
0xc097ce7bc90715b3,0x4b9f100000000000,0xf0bdc21abb48db20,0x1e86d40000000000,0x96769950b50d88f4,0x1314448000000000,
0xbc143fa4e250eb31,0x17d955a000000000,0xeb194f8e1ae525fd,0x5dcfab0800000000,0x92efd1b8d0cf37be,0x5aa1cae500000000,
0xb7abc627050305ad,0xf14a3d9e40000000,0xe596b7b0c643c719,0x6d9ccd05d0000000,0x8f7e32ce7bea5c6f,0xe4820023a2000000,
0xb35dbf821ae4f38b,0xdda2802c8a800000,0xe0352f62a19e306e,0xd50b2037ad200000,0x8c213d9da502de45,0x4526f422cc340000,
0xaf298d050e4395d6,0x9670b12b7f410000,0xdaf3f04651d47b4c,0x3c0cdd765f114000,0x88d8762bf324cd0f,0xa5880a69fb6ac800,
0xab0e93b6efee0053,0x8eea0d047a457a00,0xd5d238a4abe98068,0x72a4904598d6d880,0x85a36366eb71f041,0x47a6da2b7f864750,
0xa70c3c40a64e6c51,0x999090b65f67d924,0xd0cf4b50cfe20765,0xfff4b4e3f741cf6d,0x82818f1281ed449f,0xbff8f10e7a8921a4,
0xa321f2d7226895c7,0xaff72d52192b6a0d,0xcbea6f8ceb02bb39,0x9bf4f8a69f764490,0xfee50b7025c36a08,0x02f236d04753d5b4,
0x9f4f2726179a2245,0x01d762422c946590,0xc722f0ef9d80aad6,0x424d3ad2b7b97ef5,0xf8ebad2b84e0d58b,0xd2e0898765a7deb2,
0x9b934c3b330c8577,0x63cc55f49f88eb2f,0xc2781f49ffcfa6d5,0x3cbf6b71c76b25fb,0xf316271c7fc3908a,0x8bef464e3945ef7a,
0x97edd871cfda3a56,0x97758bf0e3cbb5ac,0xbde94e8e43d0c8ec,0x3d52eeed1cbea317,0xed63a231d4c4fb27,0x4ca7aaa863ee4bdd,
0x945e455f24fb1cf8,0x8fe8caa93e74ef6a,0xb975d6b6ee39e436,0xb3e2fd538e122b44,0xe7d34c64a9c85d44,0x60dbbca87196b616,
0x90e40fbeea1d3a4a,0xbc8955e946fe31cd,0xb51d13aea4a488dd,0x6babab6398bdbe41,0xe264589a4dcdab14,0xc696963c7eed2dd1,
0x8d7eb76070a08aec,0xfc1e1de5cf543ca2,0xb0de65388cc8ada8,0x3b25a55f43294bcb,0xdd15fe86affad912,0x49ef0eb713f39ebe,
0x8a2dbf142dfcc7ab,0x6e3569326c784337,0xacb92ed9397bf996,0x49c2c37f07965404,0xd7e77a8f87daf7fb,0xdc33745ec97be906,
0x86f0ac99b4e8dafd,0x69a028bb3ded71a3,0xa8acd7c0222311bc,0xc40832ea0d68ce0c,0xd2d80db02aabd62b,0xf50a3fa490c30190,
0x83c7088e1aab65db,0x792667c6da79e0fa,0xa4b8cab1a1563f52,0x577001b891185938,0xcde6fd5e09abcf26,0xed4c0226b55e6f86,
0x80b05e5ac60b6178,0x544f8158315b05b4,0xa0dc75f1778e39d6,0x696361ae3db1c721,0xc913936dd571c84c,0x03bc3a19cd1e38e9,
0xfb5878494ace3a5f,0x04ab48a04065c723,0x9d174b2dcec0e47b,0x62eb0d64283f9c76,0xc45d1df942711d9a,0x3ba5d0bd324f8394,
0xf5746577930d6500,0xca8f44ec7ee36479,0x9968bf6abbe85f20,0x7e998b13cf4e1ecb,0xbfc2ef456ae276e8,0x9e3fedd8c321a67e,
0xefb3ab16c59b14a2,0xc5cfe94ef3ea101e,0x95d04aee3b80ece5,0xbba1f1d158724a12,0xbb445da9ca61281f,0x2a8a6e45ae8edc97,
0xea1575143cf97226,0xf52d09d71a3293bd,0x924d692ca61be758,0x593c2626705f9c56,0xb6e0c377cfa2e12e,0x6f8b2fb00c77836c,
0xe498f455c38b997a,0x0b6dfb9c0f956447,0x8edf98b59a373fec,0x4724bd4189bd5eac,0xb2977ee300c50fe7,0x58edec91ec2cb657,
0xdf3d5e9bc0f653e1,0x2f2967b66737e3ed,0x8b865b215899f46c,0xbd79e0d20082ee74,0xae67f1e9aec07187,0xecd8590680a3aa11,
0xda01ee641a708de9,0xe80e6f4820cc9495,0x884134fe908658b2,0x3109058d147fdcdd,0xaa51823e34a7eede,0xbd4b46f0599fd415,
0xd4e5e2cdc1d1ea96,0x6c9e18ac7007c91a,0x850fadc09923329e,0x03e2cf6bc604ddb0,0xa6539930bf6bff45,0x84db8346b786151c,
0xcfe87f7cef46ff16,0xe612641865679a63,0x81f14fae158c5f6e,0x4fcb7e8f3f60c07e,0xa26da3999aef7749,0xe3be5e330f38f09d,
0xcb090c8001ab551c,0x5cadf5bfd3072cc5,0xfdcb4fa002162a63,0x73d9732fc7c8f7f6,0x9e9f11c4014dda7e,0x2867e7fddcdd9afa,
0xc646d63501a1511d,0xb281e1fd541501b8,0xf7d88bc24209a565,0x1f225a7ca91a4226,0x9ae757596946075f,0x3375788de9b06958,
0xc1a12d2fc3978937,0x0052d6b1641c83ae,0xf209787bb47d6b84,0xc0678c5dbd23a49a,0x9745eb4d50ce6332,0xf840b7ba963646e0,
0xbd176620a501fbff,0xb650e5a93bc3d898,0xec5d3fa8ce427aff,0xa3e51f138ab4cebe,0x93ba47c980e98cdf,0xc66f336c36b10137,
0xb8a8d9bbe123f017,0xb80b0047445d4184,0xe6d3102ad96cec1d,0xa60dc059157491e5,0x9043ea1ac7e41392,0x87c89837ad68db2f,
0xb454e4a179dd1877,0x29babe4598c311fb,0xe16a1dc9d8545e94,0xf4296dd6fef3d67a,0x8ce2529e2734bb1d,0x1899e4a65f58660c,
0xb01ae745b101e9e4,0x5ec05dcff72e7f8f,0xdc21a1171d42645d,0x76707543f4fa1f73,0x899504ae72497eba,0x6a06494a791c53a8,
0xabfa45da0edbde69,0x0487db9d17636892,0xd6f8d7509292d603,0x45a9d2845d3c42b6,0x865b86925b9bc5c2,0x0b8a2392ba45a9b2,
0xa7f26836f282b732,0x8e6cac7768d7141e,0xd1ef0244af2364ff,0x3207d795430cd926,0x8335616aed761f1f,0x7f44e6bd49e807b8,
0xa402b9c5a8d3a6e7,0x5f16206c9c6209a6,0xcd036837130890a1,0x36dba887c37a8c0f,0x802221226be55a64,0xc2494954da2c9789,
0xa02aa96b06deb0fd,0xf2db9baa10b7bd6c,0xc83553c5c8965d3d,0x6f92829494e5acc7,0xfa42a8b73abbf48c,0xcb772339ba1f17f9,
0x9c69a97284b578d7,0xff2a760414536efb,0xc38413cf25e2d70d,0xfef5138519684aba,0xf46518c2ef5b8cd1,0x7eb258665fc25d69,
0x98bf2f79d5993802,0xef2f773ffbd97a61,0xbeeefb584aff8603,0xaafb550ffacfd8fa,0xeeaaba2e5dbf6784,0x95ba2a53f983cf38,
0x952ab45cfa97a0b2,0xdd945a747bf26183,0xba756174393d88df,0x94f971119aeef9e4,0xe912b9d1478ceb17,0x7a37cd5601aab85d,
0x91abb422ccb812ee,0xac62e055c10ab33a,0xb616a12b7fe617aa,0x577b986b314d6009,0xe39c49765fdf9d94,0xed5a7e85fda0b80b,
0x8e41ade9fbebc27d,0x14588f13be847307,0xb1d219647ae6b31c,0x596eb2d8ae258fc8,0xde469fbd99a05fe3,0x6fca5f8ed9aef3bb,
0x8aec23d680043bee,0x25de7bb9480d5854,0xada72ccc20054ae9,0xaf561aa79a10ae6a,0xd910f7ff28069da4,0x1b2ba1518094da04,
0x87aa9aff79042286,0x90fb44d2f05d0842,0xa99541bf57452b28,0x353a1607ac744a53,0xd3fa922f2d1675f2,0x42889b8997915ce8,
0x847c9b5d7c2e09b7,0x69956135febada11,0xa59bc234db398c25,0x43fab9837e699095,0xcf02b2c21207ef2e,0x94f967e45e03f4bb,
0x8161afb94b44f57d,0x1d1be0eebac278f5,0xa1ba1ba79e1632dc,0x6462d92a69731732,0xca28a291859bbf93,0x7d7b8f7503cfdcfe,
0xfcb2cb35e702af78,0x5cda735244c3d43e,0x9defbf01b061adab,0x3a0888136afa64a7,0xc56baec21c7a1916,0x088aaa1845b8fdd0,
0xf6c69a72a3989f5b,0x8aad549e57273d45,0x9a3c2087a63f6399,0x36ac54e2f678864b,0xc0cb28a98fcf3c7f,0x84576a1bb416a7dd,
0xf0fdf2d3f3c30b9f,0x656d44a2a11c51d5,0x969eb7c47859e743,0x9f644ae5a4b1b325,0xbc4665b596706114,0x873d5d9f0dde1fee,
0xeb57ff22fc0c7959,0xa90cb506d155a7ea,0x9316ff75dd87cbd8,0x09a7f12442d588f2,0xb7dcbf5354e9bece,0x0c11ed6d538aeb2f,
0xe5d3ef282a242e81,0x8f1668c8a86da5fa,0x8fa475791a569d10,0xf96e017d694487bc,0xb38d92d760ec4455,0x37c981dcc395a9ac,
0xe070f78d3927556a,0x85bbe253f47b1417,0x8c469ab843b89562,0x93956d7478ccec8e,0xaf58416654a6babb,0x387ac8d1970027b2,
0xdb2e51bfe9d0696a,0x06997b05fcc0319e,0x88fcf317f22241e2,0x441fece3bdf81f03,0xab3c2fddeeaad25a,0xd527e81cad7626c3,
0xd60b3bd56a5586f1,0x8a71e223d8d3b074,0x85c7056562757456,0xf6872d5667844e49,0xa738c6bebb12d16c,0xb428f8ac016561db,
0xd106f86e69d785c7,0xe13336d701beba52,0x82a45b450226b39c,0xecc0024661173473,0xa34d721642b06084,0x27f002d7f95d0190,
0xcc20ce9bd35c78a5,0x31ec038df7b441f4,0xff290242c83396ce,0x7e67047175a15271,0x9f79a169bd203e41,0x0f0062c6e984d386,
0xc75809c42c684dd1,0x52c07b78a3e60868,0xf92e0c3537826145,0xa7709a56ccdf8a82,0x9bbcc7a142b17ccb,0x88a66076400bb691,
0xc2abf989935ddbfe,0x6acff893d00ea435,0xf356f7ebf83552fe,0x0583f6b8c4124d43,0x98165af37b2153de,0xc3727a337a8b704a,
0xbe1bf1b059e9a8d6,0x744f18c0592e4c5c,0xeda2ee1c7064130c,0x1162def06f79df73,0x9485d4d1c63e8be7,0x8addcb5645ac2ba8,
0xb9a74a0637ce2ee1,0x6d953e2bd7173692,0xe8111c87c5c1ba99,0xc8fa8db6ccdd0437,0x910ab1d4db9914a0,0x1d9c9892400a22a2,
0xb54d5e4a127f59c8,0x2503beb6d00cab4b,0xe2a0b5dc971f303a,0x2e44ae64840fd61d,0x8da471a9de737e24,0x5ceaecfed289e5d2,
0xb10d8e1456105dad,0x7425a83e872c5f47,0xdd50f1996b947518,0xd12f124e28f77719,0x8a5296ffe33cc92f,0x82bd6b70d99aaa6f,
0xace73cbfdc0bfb7b,0x636cc64d1001550b,0xd8210befd30efa5a,0x3c47f7e05401aa4e,0x8714a775e3e95c78,0x65acfaec34810a71,
0xa8d9d1535ce3b396,0x7f1839a741a14d0d,0xd31045a8341ca07c,0x1ede48111209a050,0x83ea2b892091e44d,0x934aed0aab460432,
0xa4e4b66b68b65d60,0xf81da84d5617853f,0xce1de40642e3f4b9,0x36251260ab9d668e,0x80d2ae83e9ce78f3,0xc1d72b7c6b426019,
0xa1075a24e4421730,0xb24cf65b8612f81f,0xc94930ae1d529cfc,0xdee033f26797b627,0xfb9b7cd9a4a7443c,0x169840ef017da3b1,
0x9d412e0806e88aa5,0x8e1f289560ee864e,0xc491798a08a2ad4e,0xf1a6f2bab92a27e2,0xf5b5d7ec8acb58a2,0xae10af696774b1db,
0x9991a6f3d6bf1765,0xacca6da1e0a8ef29,0xbff610b0cc6edd3f,0x17fd090a58d32af3,0xeff394dcff8a948e,0xddfc4b4cef07f5b0,
0x95f83d0a1fb69cd9,0x4abdaf101564f98e,0xbb764c4ca7a4440f,0x9d6d1ad41abe37f1,0xea53df5fd18d5513,0x84c86189216dc5ed,
0x92746b9be2f8552c,0x32fd3cf5b4e49bb4,0xb7118682dbb66a77,0x3fbc8c33221dc2a1,0xe4d5e82392a40515,0x0fabaf3feaa5334a,
0x8f05b1163ba6832d,0x29cb4d87f2a7400e,0xb2c71d5bca9023f8,0x743e20e9ef511012,0xdf78e4b2bd342cf6,0x914da9246b255416,
0x8bab8eefb6409c1a,0x1ad089b6c2f7548e,0xae9672aba3d0c320,0xa184ac2473b529b1,0xda3c0f568cc4f3e8,0xc9e5d72d90a2741e,
0x8865899617fb1871,0x7e2fa67c7a658892,0xaa7eebfb9df9de8d,0xddbb901b98feeab7,0xd51ea6fa85785631,0x552a74227f3ea565,
0x8533285c936b35de,0xd53a88958f87275f,0xa67ff273b8460356,0x8a892abaf368f137,0xd01fef10a657842c,0x2d2b7569b0432d85,
0x8213f56a67f6b29b,0x9c3b29620e29fc73,0xa298f2c501f45f42,0x8349f3ba91b47b8f,0xcb3f2f7642717713,0x241c70a936219a73,
0xfe0efb53d30dd4d7,0xed238cd383aa0110,0x9ec95d1463e8a506,0xf4363804324a40aa,0xc67bb4597ce2ce48,0xb143c6053edcd0d5,
0xf81aa16fdc1b81da,0xdd94b7868e94050a,0x9b10a4e5e9913128,0xca7cf2b4191c8326,0xc1d4ce1f63f57d72,0xfd1c2f611f63a3f0,
0xf24a01a73cf2dccf,0xbc633b39673c8cec,0x976e41088617ca01,0xd5be0503e085d813,0xbd49d14aa79dbc82,0x4b2d8644d8a74e18,
0xec9c459d51852ba2,0xddf8e7d60ed1219e,0x93e1ab8252f33b45,0xcabb90e5c942b503,0xb8da1662e7b00a17,0x3d6a751f3b936243,
0xe7109bfba19c0c9d,0x0cc512670a783ad4,0x906a617d450187e2,0x27fb2b80668b24c5,0xb484f9dc9641e9da,0xb1f9f660802dedf6,
0xe1a63853bbd26451,0x5e7873f8a0396973,0x8d07e33455637eb2,0xdb0b487b6423e1e8,0xb049dc016abc5e5f,0x91ce1a9a3d2cda62,
0xdc5c5301c56b75f7,0x7641a140cc7810fb,0x89b9b3e11b6329ba,0xa9e904c87fcb0a9d,0xac2820d9623bf429,0x546345fa9fbdcd44,
0xd732290fbacaf133,0xa97c177947ad4095,0x867f59a9d4bed6c0,0x49ed8eabcccc485d,0xa81f301449ee8c70,0x5c68f256bfff5a74,
0xd226fc195c6a2f8c,0x73832eec6fff3111,0x83585d8fd9c25db7,0xc831fd53c5ff7eab,0xa42e74f3d032f525,0xba3e7ca8b77f5e55,
0xcd3a1230c43fb26f,0x28ce1bd2e55f35eb,0x80444b5e7aa7cf85,0x7980d163cf5b81b3,0xa0555e361951c366,0xd7e105bcc332621f,
0xc86ab5c39fa63440,0x8dd9472bf3fefaa7,0xfa856334878fc150,0xb14f98f6f0feb951,0x9c935e00d4b9d8d2,0x6ed1bf9a569f33d3,
0xc3b8358109e84f07,0x0a862f80ec4700c8,0xf4a642e14c6262c8,0xcd27bb612758c0fa,0x98e7e9cccfbd7dbd,0x8038d51cb897789c,
0xbf21e44003acdd2c,0xe0470a63e6bd56c3,0xeeea5d5004981478,0x1858ccfce06cac74,0x95527a5202df0ccb,0x0f37801e0c43ebc8,
0xbaa718e68396cffd,0xd30560258f54e6ba,0xe950df20247c83fd,0x47c6b82ef32a2069,0x91d28b7416cdd27e,0x4cdc331d57fa5441,
0xb6472e511c81471d,0xe0133fe4adf8e952,0xe3d8f9e563a198e5,0x58180fddd97723a6,0x8e679c2f5e44ff8f,0x570f09eaa7ea7648,
0xb201833b35d63f73,0x2cd2cc6551e513da,0xde81e40a034bcf4f,0xf8077f7ea65e58d1,0x8b112e86420f6191,0xfb04afaf27faf782,
0xadd57a27d29339f6,0x79c5db9af1f9b563,0xd94ad8b1c7380874,0x18375281ae7822bc,0x87cec76f1c830548,0x8f2293910d0b15b5,
0xa9c2794ae3a3c69a,0xb2eb3875504ddb22,0xd433179d9c8cb841,0x5fa60692a46151eb,0x849feec281d7f328,0xdbc7c41ba6bcd333,
0xa5c7ea73224deff3,0x12b9b522906c0800,0xcf39e50feae16bef,0xd768226b34870a00,0x81842f29f2cce375,0xe6a1158300d46640,
0xa1e53af46f801c53,0x60495ae3c1097fd0,0xca5e89b18b602368,0x385bb19cb14bdfc4,0xfcf62c1dee382c42,0x46729e03dd9ed7b5,
0x9e19db92b4e31ba9,0x6c07a2c26a8346d1,
};
// clang-format on

/// The first 128 bits of 10^q, cut off: 10^q = (that + something in [0, 1)) * 2^(log2_of_power10(q) - 127).
/// Nothing is cut off for q from 0 to 55.
NOTCH_INTERNAL_INLINE constexpr Wide power10(int q) noexcept {
    const auto* at = power10_halves + 2 * (std::ptrdiff_t{q} - first_power10);
    return {at[0], at[1]};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// Decimal text to numbers: the nearest value, ties to even, for texts of any length. Everything is done in integers, so
// neither the locale nor the rounding mode nor -ffast-math can change a bit.
//
// The first nineteen digits times a 128-bit power of ten settle nearly every text (the method of Daniel Lemire, "Number
// Parsing at a Gigabyte per Second", 2021, here with a table that is always cut off, and an interval for what that
// costs). When a rounding boundary lies in the interval, big integers compare the text with that boundary.

namespace notch::inline NOTCH_ABI::detail {

enum class NumberStatus : unsigned char {
    ok,
    not_an_integer,  ///< a fraction or an exponent, even one of no effect
    out_of_range,
};

/// What tells double and float apart.
struct BinaryFormat {
    int fraction_bits;
    int bias;
    std::uint64_t infinity;  ///< as bits
};
inline constexpr BinaryFormat double_format{52, 1023, std::uint64_t{0x7ff} << 52};
inline constexpr BinaryFormat float_format{23, 127, std::uint64_t{0xff} << 23};

/// Beside the bits of a value without its sign: it is this one or the next larger.
inline constexpr std::uint64_t unsettled = std::uint64_t{1} << 63;

// digits * 10^exponent, rounded. With the digits normalised to 64 bits, the product is known to 128 bits and less than
// two units of the last of them too low.
NOTCH_INTERNAL_COLD inline std::uint64_t round_decimal(std::uint64_t digits, std::int64_t exponent,
                                                       const BinaryFormat& format) noexcept {
    if (digits == 0 || exponent < -342) return 0;  // 10^19 * 10^-343 is less than half the least double
    if (exponent > 308) return format.infinity;
    const int q = static_cast<int>(exponent);
    const int zeros = std::countl_zero(digits);
    const std::uint64_t factor = digits << zeros;
    const Wide power = power10(q);
    const Wide upper = multiply_wide(factor, power.high);
    const Wide lower = multiply_wide(factor, power.low);
    const std::uint64_t low = upper.low + lower.high;
    const std::uint64_t high = upper.high + (low < upper.low);

    // The product has 127 or 128 bits. Of these a normal number keeps fraction_bits + 1, a subnormal one fewer.
    const int top = static_cast<int>(high >> 63);
    const int biased = log2_of_power10(q) + 63 - zeros + top + format.bias;
    int cut = 62 - format.fraction_bits + top;
    if (biased <= 0) [[unlikely]]
        cut += 1 - biased;
    if (cut > 64) return 0;
    if (biased > 2 * format.bias) [[unlikely]]
        return format.infinity;
    const std::uint64_t kept = high >> (cut - 1) >> 1;
    const std::uint64_t rest = high & ((std::uint64_t{2} << (cut - 1)) - 1);
    const std::uint64_t half = std::uint64_t{1} << (cut - 1);
    // The exponent goes in one too low, and the leading bit of `kept` adds the one.
    const std::uint64_t floor =
        kept + (biased > 0 ? static_cast<std::uint64_t>(biased - 1) << format.fraction_bits : 0);

    if (low + 2 <= 2 && rest + (low != 0) == half) [[unlikely]] {  // half a unit lies within the error
        const bool exact = low == 0 && lower.low == 0 && q >= 0 && q <= 55;
        return exact ? floor + (kept & 1) : floor | unsettled;
    }
    return floor + (rest >= half);
}

// The digits of a number as an integer, and in `exponent` the power of ten that belongs to it. A boundary between two
// doubles has at most 768 digits: beyond 800 it matters only whether there is anything but zeros, which a 1 stands for.
inline BigInteger all_digits(const NumberText& text, std::int64_t& exponent) noexcept {
    constexpr int most = 800;
    BigInteger value(0);
    int count = 0;
    std::int64_t dropped = 0;
    bool more = false;
    const char* p = text.first + text.negative;
    while (p != text.last && (*p == '0' || *p == '.')) ++p;
    for (; p != text.last && (is_digit(*p) || *p == '.'); ++p) {
        if (*p == '.') continue;
        if (count < most) {
            value.multiply_add(10, static_cast<std::uint32_t>(*p - '0'));
            ++count;
        } else {
            ++dropped;
            more |= *p != '0';
        }
    }
    // text.exponent belongs to the first 19 digits.
    exponent = text.exponent - (count + dropped > 19 ? count - 19 : 0);
    if (more) {
        value.multiply_add(10, 1);
        --exponent;
    }
    return value;
}

/// Whether the text, between the value `bits` and the next larger, belongs to the larger: by exact comparison.
NOTCH_INTERNAL_COLD inline bool rounds_up(const NumberText& text, std::uint64_t bits,
                                          const BinaryFormat& format) noexcept {
    const std::uint64_t hidden = std::uint64_t{1} << format.fraction_bits;
    const int biased = static_cast<int>(bits >> format.fraction_bits);
    const std::uint64_t significand = (bits & (hidden - 1)) | (biased != 0 ? hidden : 0);
    const int unit = (biased != 0 ? biased : 1) - format.bias - format.fraction_bits;  // exponent of two

    // digits * 10^ten against (2 * significand + 1) * 2^(unit - 1), without the twos that both have.
    std::int64_t ten = 0;
    BigInteger digits = all_digits(text, ten);
    BigInteger middle(significand * 2 + 1);
    if (ten >= 0) {
        digits.multiply_by_power_of_5(static_cast<unsigned>(ten));
    } else {
        middle.multiply_by_power_of_5(static_cast<unsigned>(-ten));
    }
    const std::int64_t twos = ten - (unit - 1);
    if (twos >= 0) {
        digits.shift_left(static_cast<unsigned>(twos));
    } else {
        middle.shift_left(static_cast<unsigned>(-twos));
    }
    const int order = BigInteger::compare(digits, middle);
    return order > 0 || (order == 0 && (significand & 1) != 0);
}

// The same for what is neither at an end of the range of double nor close to a rounding boundary, where the product can
// be shifted to fixed places; otherwise `unsettled`.
NOTCH_INTERNAL_INLINE std::uint64_t round_easy_double(std::uint64_t digits, std::int64_t exponent) noexcept {
    if (digits == 0) return 0;
    if (exponent < -280 || exponent > 280) [[unlikely]]
        return unsettled;
    const int q = static_cast<int>(exponent);
    const int zeros = std::countl_zero(digits);
    const std::uint64_t factor = digits << zeros;
    const Wide power = power10(q);
    const Wide product = multiply_wide(factor, power.high);
    std::uint64_t low = product.low + multiply_wide(factor, power.low).high;
    std::uint64_t high = product.high + (low < product.low);
    const int top = static_cast<int>(high >> 63);
    const int one_less = 1 - top;
    high = high << one_less | (low >> 63 & static_cast<std::uint64_t>(one_less));
    low <<= one_less;  // now less than four units too low
    const std::uint64_t rest = high & 0x7ff;
    if (low + 4 <= 4 && rest - 0x3ff <= 1) [[unlikely]]
        return unsettled;
    const auto biased = static_cast<std::uint64_t>(log2_of_power10(q) + 63 - zeros + top + double_format.bias);
    return (high >> 11) + ((biased - 1) << 52) + (rest >> 10);
}

/// Reads a double that is written as nearly all are: without exponent, with at most 15 digits on either side of the point and
/// 19 in all, in a text of eight bytes or more. Null for any other, and for what is no number.
NOTCH_INTERNAL_INLINE const char* read_usual_double(const char* begin, const char* end, const char* p,
                                                    double& out) noexcept {
    if (end - begin < 8 || p == end) [[unlikely]]
        return nullptr;
    const bool negative = *p == '-';
    const char* const whole = p + negative;
    std::uint64_t digits = 0;
    p = take_few_digits(whole, end, digits);
    if (p == nullptr || p == whole || p == end) [[unlikely]]
        return nullptr;
    if (*whole == '0' && p - whole != 1) [[unlikely]]
        return nullptr;
    std::int64_t exponent = 0;
    if (*p == '.') [[likely]] {
        const char* const fraction = p + 1;
        const char* const last = take_few_digits(fraction, end, digits);
        if (last == nullptr || last == fraction || last == end || last - whole > 20) [[unlikely]]
            return nullptr;
        exponent = fraction - last;
        p = last;
    }
    const std::uint64_t bits = (*p | 0x20) == 'e' ? unsettled : round_easy_double(digits, exponent);
    if (bits == unsettled) [[unlikely]]
        return nullptr;
    out = std::bit_cast<double>(bits | std::uint64_t{negative} << 63);
    return p;
}

NOTCH_INTERNAL_COLD inline std::uint64_t round_any(NumberText text, const BinaryFormat& format) noexcept {
    std::uint64_t bits = round_decimal(text.digits, text.exponent, format);
    if (bits < unsettled) {
        // What was cut lies between the 19 digits and the next such number: mostly both round to the same.
        if (!text.cut || round_decimal(text.digits + 1, text.exponent, format) == bits) return bits;
    }
    bits &= ~unsettled;
    return bits == format.infinity ? bits : bits + rounds_up(text, bits, format);
}

/// The double nearest to the number, ties to even; false when it is too large for one. What is too small reads as 0.
NOTCH_INTERNAL_INLINE bool to_double(const NumberText& text, double& out) noexcept {
    std::uint64_t bits = round_easy_double(text.digits, text.exponent);
    if (bits == unsettled || text.cut) [[unlikely]]
        bits = round_any(text, double_format);
    out = std::bit_cast<double>(bits | std::uint64_t{text.negative} << 63);
    return bits < double_format.infinity;
}

/// The float nearest to the number, in one rounding; otherwise as to_double().
NOTCH_INTERNAL_INLINE bool to_float(const NumberText& text, float& out) noexcept {
    const auto bits = static_cast<std::uint32_t>(round_any(text, float_format));
    out = std::bit_cast<float>(bits | std::uint32_t{text.negative} << 31);
    return bits < float_format.infinity;
}

NOTCH_INTERNAL_INLINE NumberStatus to_u64(const NumberText& text, std::uint64_t& out) noexcept {
    if (!text.integral) return NumberStatus::not_an_integer;
    out = text.digits;
    if (text.negative) return text.digits == 0 ? NumberStatus::ok : NumberStatus::out_of_range;
    if (!text.cut) [[likely]]
        return NumberStatus::ok;
    // The largest has twenty digits.
    constexpr std::uint64_t most = ~std::uint64_t{0};
    const auto last = static_cast<std::uint64_t>(text.last[-1] - '0');
    if (text.exponent != 1 || text.digits > (most - last) / 10) return NumberStatus::out_of_range;
    out = text.digits * 10 + last;
    return NumberStatus::ok;
}

NOTCH_INTERNAL_INLINE NumberStatus to_i64(const NumberText& text, std::int64_t& out) noexcept {
    if (!text.integral) return NumberStatus::not_an_integer;
    constexpr std::uint64_t most = ~std::uint64_t{0} >> 1;
    if (text.cut || text.digits > most + text.negative) return NumberStatus::out_of_range;
    out = static_cast<std::int64_t>(text.negative ? 0 - text.digits : text.digits);
    return NumberStatus::ok;
}

// --- whole texts: false too when [first, last) is not one JSON number

inline bool read_whole_number(const char* first, const char* last, NumberText& out) noexcept {
    return read_number(first, last, out) && out.last == last;
}

inline bool parse_double(const char* first, const char* last, double& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_double(text, out);
}

inline bool parse_float(const char* first, const char* last, float& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_float(text, out);
}

inline bool parse_u64(const char* first, const char* last, std::uint64_t& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_u64(text, out) == NumberStatus::ok;
}

inline bool parse_i64(const char* first, const char* last, std::int64_t& out) noexcept {
    NumberText text;
    return read_whole_number(first, last, text) && to_i64(text, out) == NumberStatus::ok;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/scan.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_SCAN_HPP
#define NOTCH_JSON_SCAN_HPP

// ---- json/string.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_STRING_HPP
#define NOTCH_JSON_STRING_HPP

#if NOTCH_INTERNAL_SSE2
#include <emmintrin.h>
#endif

// Text to the inside of a JSON string. A string with nothing to escape, which nearly every string is, is looked at and
// copied in the same pass, 16 bytes (SSE2) or 8 bytes at a time; its last bytes are taken by a load that overlaps what
// was done already, so nothing past its end is ever read. At the first byte that needs work the rest goes to a function
// out of line.

namespace notch::inline NOTCH_ABI::detail {

/// How many bytes write_escaped() may touch for n bytes of text: every byte as \u00xx, and the slack of wide stores.
inline constexpr std::size_t escaped_bound(std::size_t n) noexcept { return 6 * n + 16; }

// The high bit of every byte that cannot be copied as it stands: a control character, a quote, a backslash, or part of
// a character beyond ASCII. Seven-bit sums, so that no byte's result depends on its neighbour.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t special_bytes(std::uint64_t v) noexcept {
    constexpr std::uint64_t low_bits = every_byte(0x7f);
    const std::uint64_t seven = v & low_bits;
    const std::uint64_t printable = seven + every_byte(0x60);
    const std::uint64_t not_quote = (seven ^ every_byte('"')) + low_bits;
    const std::uint64_t not_backslash = (seven ^ every_byte('\\')) + low_bits;
    return (v | ~(printable & not_quote & not_backslash)) & every_byte(0x80);
}

struct Utf8Step {
    unsigned length;  ///< bytes of a character, or of a maximal part of an ill-formed one
    bool valid;
};

/// The character at s, whose first byte is 0x80 or more: Unicode 15, table 3-7, and "maximal subparts" of chapter 3.9.
inline Utf8Step utf8_step(const char* s, std::size_t n) noexcept {
    const auto byte = [s](std::size_t at) { return static_cast<unsigned char>(s[at]); };
    const unsigned lead = byte(0);
    if (lead < 0xc2 || lead > 0xf4) return {1, false};
    // What may come second depends on the first byte: no overlong forms, no surrogates, nothing above U+10FFFF.
    const unsigned lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (n < 2 || byte(1) < lowest || byte(1) > highest) return {1, false};
    const unsigned length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (unsigned at = 2; at < length; ++at) {
        if (at == n || (byte(at) & 0xc0) != 0x80) return {at, false};
    }
    return {length, true};
}

inline constexpr char replacement_character[] = "\xef\xbf\xbd";  // U+FFFD

/// How many bytes an ASCII character takes when written.
NOTCH_INTERNAL_INLINE constexpr unsigned escaped_length(unsigned char c) noexcept {
    if (c == '"' || c == '\\') return 2;
    if (c >= 0x20) return 1;
    return c == '\b' || c == '\t' || c == '\n' || c == '\f' || c == '\r' ? 2 : 6;
}

/// An ASCII character as it is written: stored whole, of which `length` bytes count.
struct WrittenCharacter {
    char text[7];
    std::uint8_t length;
};

static_assert(sizeof(WrittenCharacter) == 8);

inline constexpr auto written_characters = [] {
    std::array<WrittenCharacter, 128> out{};
    for (unsigned c = 0; c < out.size(); ++c) {
        const unsigned length = escaped_length(static_cast<unsigned char>(c));
        WrittenCharacter& written = out[c];
        written.length = static_cast<std::uint8_t>(length);
        if (length == 1) {
            written.text[0] = static_cast<char>(c);
            continue;
        }
        const char unicode[] = {'\\', 'u', '0', '0', "01"[c >> 4 & 1], "0123456789abcdef"[c & 15]};
        for (unsigned at = 0; at < sizeof unicode; ++at) written.text[at] = unicode[at];
        if (length == 2) written.text[1] = c >= 0x20 ? static_cast<char>(c) : "btn?fr"[c - '\b'];
    }
    return out;
}();

/// Writes an ASCII character, escaped or not, without asking which: in a text with escapes the answer cannot be foretold.
/// Touches eight bytes.
NOTCH_INTERNAL_INLINE char* write_character(char* out, unsigned char c) noexcept {
    const WrittenCharacter& written = written_characters[c];
    std::memcpy(out, &written, sizeof written);
    return out + written.length;
}

struct EscapeProgress {
    char* out;
    std::size_t read;
};

/// Writes characters beyond ASCII, of which there is one at s, as long as they last.
inline EscapeProgress write_beyond_ascii(char* out, const char* s, std::size_t n) noexcept {
    std::size_t at = 0;
    do {
        const Utf8Step step = utf8_step(s + at, n - at);
        if (step.valid) {
            std::memcpy(out, s + at, 2);  // at most four bytes: cheaper than a call
            if (step.length > 2) out[2] = s[at + 2];
            if (step.length > 3) out[3] = s[at + 3];
            out += step.length;
        } else {
            std::memcpy(out, replacement_character, 3);
            out += 3;
        }
        at += step.length;
    } while (at < n && static_cast<unsigned char>(s[at]) >= 0x80);
    return {out, at};
}

// A text of 1 to 7 bytes in the low bytes of a word, by loads that overlap.
NOTCH_INTERNAL_INLINE std::uint64_t load_below_8(const char* s, std::size_t n) noexcept {
    const auto byte = [s](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(s[at])} << 8 * at; };
    if (n >= 4) return load_4(s) | std::uint64_t{load_4(s + n - 4)} << 8 * (n - 4);
    return byte(0) | byte(n / 2) | byte(n - 1);
}

#if NOTCH_INTERNAL_SSE2
// A bit for each byte that cannot be copied as it stands. Signed bytes: those beyond ASCII are negative. With the second bit
// turned over the quote is 0x20, what was that is 0x22, and the control characters are where they were: one comparison for all.
NOTCH_INTERNAL_INLINE __m128i special_bytes(__m128i v) noexcept {
    const __m128i backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    return _mm_or_si128(backslash, _mm_cmplt_epi8(_mm_xor_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8(0x21)));
}

NOTCH_INTERNAL_INLINE unsigned mask_of(__m128i v) noexcept { return static_cast<unsigned>(_mm_movemask_epi8(v)); }

NOTCH_INTERNAL_INLINE __m128i load_16(const char* from) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

NOTCH_INTERNAL_INLINE void store_16(char* to, __m128i v) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), v);
}

#endif

// --- block by block, when something in the text is special

/// Copies a block; whether nothing in it was special. What was is written over.
struct WordBlock {
    static constexpr std::size_t size = 8;
    NOTCH_INTERNAL_INLINE static bool copy(char* out, const char* s) noexcept {
        const std::uint64_t word = load_8(s);
        store_8(out, word);
        return special_bytes(word) == 0;
    }
};
#if NOTCH_INTERNAL_SSE2
struct VectorBlock {
    static constexpr std::size_t size = 16;
    NOTCH_INTERNAL_INLINE static bool copy(char* out, const char* s) noexcept {
        const __m128i chunk = load_16(s);
        store_16(out, chunk);
        return mask_of(special_bytes(chunk)) == 0;
    }
};
#endif

template <class Block>
[[gnu::noinline]] char* write_escaped_slowly(char* out, const char* s, std::size_t n) noexcept {
    for (std::size_t at = 0; at < n;) {
        if (n - at >= Block::size && Block::copy(out, s + at)) {
            at += Block::size;
            out += Block::size;
            continue;
        }
        const std::size_t end = n - at < Block::size ? n : at + Block::size;
        while (at < end) {
            const auto c = static_cast<unsigned char>(s[at]);
            if (c < 0x80) [[likely]] {
                out = write_character(out, c);
                ++at;
            } else {
                const EscapeProgress step = write_beyond_ascii(out, s + at, n - at);
                out = step.out;
                at += step.read;
            }
        }
    }
    return out;
}

// --- the whole string, when nothing in it is special

/// write_escaped() with 64-bit words only.
NOTCH_INTERNAL_INLINE char* write_escaped_portable(char* out, const char* s, std::size_t n) noexcept {
    std::uint64_t special = 0;
    if (n >= 8) {
        for (std::size_t at = 0; at < n - 8; at += 8) {
            const std::uint64_t word = load_8(s + at);
            store_8(out + at, word);
            special |= special_bytes(word);
        }
        const std::uint64_t last = load_8(s + n - 8);
        store_8(out + n - 8, last);
        special |= special_bytes(last);
    } else if (n != 0) {
        const std::uint64_t word = load_below_8(s, n);
        store_8(out, word);
        special = special_bytes(word) << (64 - 8 * n);
    }
    if (special != 0) [[unlikely]]
        return write_escaped_slowly<WordBlock>(out, s, n);
    return out + n;
}

#if NOTCH_INTERNAL_SSE2
/// write_escaped() with 128-bit vectors.
NOTCH_INTERNAL_INLINE char* write_escaped_sse2(char* out, const char* s, std::size_t n) noexcept {
    unsigned special = 0;
    if (n >= 16) {
        __m128i seen = _mm_setzero_si128();
        for (std::size_t at = 0; at < n - 16; at += 16) {
            const __m128i chunk = load_16(s + at);
            store_16(out + at, chunk);
            seen = _mm_or_si128(seen, special_bytes(chunk));
        }
        const __m128i last = load_16(s + n - 16);
        store_16(out + n - 16, last);
        special = mask_of(_mm_or_si128(seen, special_bytes(last)));
    } else if (n >= 8) {
        const __m128i first = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(s));
        const __m128i last = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(s + n - 8));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(out), first);
        _mm_storel_epi64(reinterpret_cast<__m128i*>(out + n - 8), last);
        special = mask_of(special_bytes(_mm_unpacklo_epi64(first, last)));
    } else if (n != 0) {
        const std::uint64_t word = load_below_8(s, n);
        std::memcpy(out, &word, 8);
        special = mask_of(special_bytes(_mm_set_epi64x(0, static_cast<long long>(word)))) << (32 - n);
    }
    if (special != 0) [[unlikely]]
        return write_escaped_slowly<VectorBlock>(out, s, n);
    return out + n;
}
#endif

/// Writes n bytes of text as the inside of a JSON string, without the quotes, and returns the end.
///
///     write_escaped(out, "say \"hi\"\n", 9)    say \"hi\"\n
///
/// Quote, backslash and the control characters below 0x20 are escaped (\b \t \n \f \r, else \u00xx); everything else in
/// valid UTF-8 is copied. Each maximal ill-formed part becomes one U+FFFD. Touches at most escaped_bound(n) bytes of `out`
/// and reads nothing past s + n.
NOTCH_INTERNAL_INLINE char* write_escaped(char* out, const char* s, std::size_t n) noexcept {
#if NOTCH_INTERNAL_SSE2
    return write_escaped_sse2(out, s, n);
#else
    return write_escaped_portable(out, s, n);
#endif
}

/// How many bytes write_escaped() writes, exactly.
inline std::size_t escaped_size(const char* s, std::size_t n) noexcept {
    std::size_t size = 0;
    for (std::size_t at = 0; at < n;) {
        if (n - at >= 8 && special_bytes(load_8(s + at)) == 0) {
            at += 8;
            size += 8;
            continue;
        }
        const auto c = static_cast<unsigned char>(s[at]);
        if (c < 0x80) {
            ++at;
            size += escaped_length(c);
            continue;
        }
        const Utf8Step step = utf8_step(s + at, n - at);
        at += step.length;
        size += step.valid ? step.length : 3;
    }
    return size;
}

/// Whether all of the text is well-formed UTF-8.
inline bool valid_utf8(const char* s, std::size_t n) noexcept {
    for (std::size_t at = 0; at < n;) {
        if (n - at >= 8 && (load_8(s + at) & every_byte(0x80)) == 0) {
            at += 8;
        } else if (static_cast<unsigned char>(s[at]) < 0x80) {
            ++at;
        } else {
            const Utf8Step step = utf8_step(s + at, n - at);
            if (!step.valid) return false;
            at += step.length;
        }
    }
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// JSON strings: finding their end while checking them, and taking their escapes out.

namespace notch::inline NOTCH_ABI::detail {

/// What stands between the quotes of a string that has been checked.
struct StringToken {
    const char* data = nullptr;
    std::size_t size = 0;
    bool escaped = false;

    [[nodiscard]] std::string_view view() const noexcept { return {data, size}; }
};

/// find_special() where less than a block is left of the text that begins at `begin`: what can be loaded in one piece are
/// the last bytes of the text, of which those before `at` do not count.
NOTCH_INTERNAL_COLD inline const char* find_special_at_end(const char* begin, const char* at,
                                                           const char* end) noexcept {
#if NOTCH_INTERNAL_SSE2
    if (end - begin >= 16 && at != end) {
        const unsigned found = mask_of(special_bytes(load_16(end - 16))) >> (16 - (end - at));
        return found != 0 ? at + std::countr_zero(found) : end;
    }
#else
    if (end - begin >= 8 && at != end) {
        const std::uint64_t found = special_bytes(load_8(end - 8)) >> 8 * (8 - (end - at));
        return found != 0 ? at + std::countr_zero(found) / 8 : end;
    }
#endif
    for (; at != end; ++at) {
        const auto c = static_cast<unsigned char>(*at);
        if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) return at;
    }
    return end;
}

/// The first byte from `at` on that is more than plain text in a string: a quote, a backslash, a control character, or
/// part of a character beyond ASCII. `end` when there is none.
NOTCH_INTERNAL_INLINE const char* find_special(const char* begin, const char* at, const char* end) noexcept {
#if NOTCH_INTERNAL_SSE2
    for (; end - at >= 16; at += 16) {
        const unsigned found = mask_of(special_bytes(load_16(at)));
        if (found != 0) return at + std::countr_zero(found);
    }
#else
    for (; end - at >= 8; at += 8) {
        const std::uint64_t found = special_bytes(load_8(at));
        if (found != 0) return at + std::countr_zero(found) / 8;
    }
#endif
    return find_special_at_end(begin, at, end);
}

/// The value of a hexadecimal digit, or 16.
constexpr unsigned hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

inline constexpr std::uint32_t no_unit = 0xffff'ffff;

/// The UTF-16 unit of the `\uXXXX` at `at`, or no_unit.
inline std::uint32_t escaped_unit(const char* at, const char* end) noexcept {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return no_unit;
    std::uint32_t unit = 0;
    for (int i = 2; i < 6; ++i) {
        const unsigned digit = hex_value(at[i]);
        if (digit == 16) return no_unit;
        unit = unit << 4 | digit;
    }
    return unit;
}

constexpr bool is_high_surrogate(std::uint32_t unit) noexcept { return unit >= 0xd800 && unit <= 0xdbff; }
constexpr bool is_low_surrogate(std::uint32_t unit) noexcept { return unit >= 0xdc00 && unit <= 0xdfff; }

/// The text of a failing escape, as far as it is one.
inline std::string_view bad_escape(const char* at, const char* end) noexcept {
    std::size_t size = 1;
    if (end - at > 1 && at[1] > ' ' && at[1] < 0x7f) size = 2;
    if (size == 2 && at[1] == 'u')
        while (size < 6 && static_cast<std::size_t>(end - at) > size && hex_value(at[size]) != 16) ++size;
    return {at, size};
}

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_escape(Reader& r, ErrorCode code, const char* at,
                                                      std::string_view expected) noexcept {
    return fail(r, Failure{.code = code, .at = at, .expected = expected, .found = bad_escape(at, r.end)});
}

inline const char* skip_unicode_escape(Reader& r, const char* at) noexcept {
    const std::uint32_t unit = escaped_unit(at, r.end);
    if (unit == no_unit) return fail_escape(r, ErrorCode::syntax, at, "four hexadecimal digits behind \\u");
    if (is_low_surrogate(unit)) return fail_escape(r, ErrorCode::encoding, at, "a high surrogate before this low one");
    if (!is_high_surrogate(unit)) return at + 6;
    if (!is_low_surrogate(escaped_unit(at + 6, r.end)))
        return fail_escape(r, ErrorCode::encoding, at, "a low surrogate behind this high one");
    return at + 12;
}

/// What each character stands for behind a backslash; zero: nothing, or more than one character.
struct ShortEscapes {
    char meaning[256]{};

    constexpr ShortEscapes() noexcept {
        for (const char c : {'"', '\\', '/'}) meaning[static_cast<unsigned char>(c)] = c;
        meaning[std::size_t{'b'}] = '\b';
        meaning[std::size_t{'f'}] = '\f';
        meaning[std::size_t{'n'}] = '\n';
        meaning[std::size_t{'r'}] = '\r';
        meaning[std::size_t{'t'}] = '\t';
    }
};
inline constexpr ShortEscapes short_escapes;
constexpr char short_escape(char c) noexcept { return short_escapes.meaning[static_cast<unsigned char>(c)]; }

inline const char* skip_escape(Reader& r, const char* at) noexcept {
    const char kind = r.peek(at + 1);
    if (short_escape(kind) != '\0') return at + 2;
    if (kind == 'u') return skip_unicode_escape(r, at);
    return fail_escape(r, ErrorCode::syntax, at, "an escape such as \\n or \\u0041");
}

/// Past one byte or character that find_special() found; null when it cannot stand in a string. Not for a quote.
inline const char* skip_special(Reader& r, const char* at) noexcept {
    if (at == r.end) return fail(r, ErrorCode::syntax, at, "the closing quote of the string");
    const auto c = static_cast<unsigned char>(*at);
    if (c == '\\') return skip_escape(r, at);
    if (c < 0x20) return fail(r, ErrorCode::syntax, at, "control characters in strings as escapes");
    const Utf8Step step = utf8_step(at, r.left(at));
    if (!step.valid) return fail(r, ErrorCode::encoding, at, "valid UTF-8");
    return at + step.length;
}

/// The rest of a string with an escape, a character beyond ASCII, or a fault, from the first of them on.
NOTCH_INTERNAL_COLD inline const char* scan_special_string(Reader& r, const char* quote, const char* at,
                                                           StringToken& out) noexcept {
    out.escaped = false;
    while (at == r.end || *at != '"') {
        const bool escape = at != r.end && *at == '\\';
        out.escaped |= escape;
        if (escape && short_escape(r.peek(at + 1)) != '\0') {
            at = find_special(r.begin, at + 2, r.end);
            continue;
        }
        at = skip_special(r, at);
        if (at == nullptr) return nullptr;
        if (at != r.end && static_cast<signed char>(*at) >= 0x20) at = find_special(r.begin, at, r.end);
    }
    out.data = quote + 1;
    out.size = static_cast<std::size_t>(at - out.data);
    if (out.size > r.limits->max_string) return fail_string(r, quote);
    return at + 1;
}

/// The string whose opening quote is at `quote`, checked in full; gives back where it ends.
NOTCH_INTERNAL_INLINE const char* scan_string(Reader& r, const char* quote, StringToken& out) noexcept {
    const char* const start = quote + 1;
    const char* const at = find_special(r.begin, start, r.end);
    if (at == r.end || *at != '"') [[unlikely]]
        return scan_special_string(r, quote, at, out);
    out = {start, static_cast<std::size_t>(at - start), false};
    if (out.size > r.limits->max_string) [[unlikely]]
        return fail_string(r, quote);
    return at + 1;
}

/// Writes a code point as UTF-8 and returns the end; touches at most 4 bytes.
inline char* write_utf8(char* out, std::uint32_t code) noexcept {
    const auto tail = [code](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        *out++ = static_cast<char>(code);
        return out;
    }
    if (code < 0x800) {
        *out++ = static_cast<char>(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = static_cast<char>(0xe0 | code >> 12);
        } else {
            *out++ = static_cast<char>(0xf0 | code >> 18);
            *out++ = tail(12);
        }
        *out++ = tail(6);
    }
    *out++ = tail(0);
    return out;
}

/// assign() looks for more: text that lies in `out` itself; and growing keeps what was there.
inline void assign_text(std::string& out, const char* text, std::size_t size) {
    if (size <= out.capacity()) {
        out.clear();
        out.append(text, size);
    } else {
        out = std::string(text, size);
    }
}

/// One escape of a checked string: what it stands for, and where it ends.
struct Unescaped {
    char bytes[4];
    std::size_t size;
    const char* next;
};

inline Unescaped unescape_unit(const char* at, const char* end) noexcept {
    Unescaped out{};
    std::uint32_t code = escaped_unit(at, end);
    out.next = at + 6;
    if (is_high_surrogate(code)) {
        code = 0x10000 + ((code - 0xd800) << 10) + (escaped_unit(at + 6, end) - 0xdc00);
        out.next = at + 12;
    }
    out.size = static_cast<std::size_t>(write_utf8(out.bytes, code) - out.bytes);
    return out;
}

inline Unescaped unescape(const char* at, const char* end) noexcept {
    if (at[1] == 'u') return unescape_unit(at, end);
    return {{short_escape(at[1])}, 1, at + 2};
}

/// Where the text of a checked string without its escapes is put together, a piece at a time.
struct PlainText {
    char bytes[256];
    char slack[16];  ///< blocks are written whole
};

/// Copies from `at` on to the first backslash, or to the end; moves both pointers, and writes up to a block further. `stop`
/// is as far as may be read.
NOTCH_INTERNAL_INLINE void copy_to_backslash(char*& out, const char*& at, const char* end,
                                             [[maybe_unused]] const char* stop) noexcept {
#if NOTCH_INTERNAL_SSE2
    while (end > at && stop - at >= 16) {
        const __m128i bytes = load_16(at);
        store_16(out, bytes);
        const unsigned found = mask_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        const std::ptrdiff_t plain = found != 0 ? std::countr_zero(found) : 16;
        const std::ptrdiff_t size = end - at < plain ? end - at : plain;
        at += size;
        out += size;
        if (found != 0) return;
    }
#endif
    for (; at != end && *at != '\\'; ++at) *out++ = *at;
}

/// Fills `piece` from a checked string, from `at` on as far as there is room, and gives back how many bytes it has then.
inline std::size_t fill_piece(PlainText& piece, const char*& at, const char* end, const char* stop) noexcept {
    char* out = piece.bytes;
    char* const full = piece.bytes + sizeof piece.bytes;
    while (at < end && out < full) {
        copy_to_backslash(out, at, end - at < full - out ? end : at + (full - out), stop);
        if (at == end || *at != '\\') continue;
        if (at[1] != 'u') {
            *out++ = short_escape(at[1]);
            at += 2;
        } else {
            const Unescaped one = unescape_unit(at, end);
            std::memcpy(out, one.bytes, 4);
            out += one.size;
            at = one.next;
        }
    }
    return static_cast<std::size_t>(out - piece.bytes);
}

/// The text of a checked string without its escapes. `stop`: the end of the document, when that is known; it is read in
/// blocks then.
inline void assign_unescaped(std::string& out, StringToken token, const char* stop = nullptr) {
    const char* at = token.data;
    const char* const end = token.data + token.size;
    if (stop == nullptr) stop = end;
    PlainText piece;
    assign_text(out, piece.bytes, fill_piece(piece, at, end, stop));
    while (at < end) out.append(piece.bytes, fill_piece(piece, at, end, stop));
}

/// How many bytes of `text` a checked string and `text` begin with in common, and whether the string ends there.
struct CommonStart {
    std::size_t size;
    bool ended;
};
inline CommonStart common_start(StringToken token, std::string_view text) noexcept {
    const char* at = token.data;
    const char* const end = token.data + token.size;
    std::size_t size = 0;
    while (at != end) {
        const Unescaped one = *at == '\\' ? unescape(at, end) : Unescaped{{*at}, 1, at + 1};
        if (text.substr(size, one.size) != std::string_view{one.bytes, one.size}) return {size, false};
        size += one.size;
        at = one.next;
    }
    return {size, true};
}

/// memcmp() for the short texts that keys and the names of an enum are: by loads that overlap, without a call.
NOTCH_INTERNAL_INLINE bool same_bytes(const char* a, const char* b, std::size_t size) noexcept {
    if (size >= 8 && size <= 16) return load_8(a) == load_8(b) && load_8(a + size - 8) == load_8(b + size - 8);
    return std::memcmp(a, b, size) == 0;
}

/// Whether a checked string reads as `text`; nothing is copied.
NOTCH_INTERNAL_INLINE bool reads_as(StringToken token, std::string_view text) noexcept {
    if (!token.escaped) [[likely]]
        return token.size == text.size() && same_bytes(token.data, text.data(), text.size());
    const CommonStart common = common_start(token, text);
    return common.ended && common.size == text.size();
}
inline bool begins_as(StringToken token, std::string_view text) noexcept {
    return common_start(token, text).size == text.size();
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// The grammar of RFC 8259 for values that nobody takes: skipped keys, RawJson, whole texts. It checks as much as reading
// does, keeps its nesting in an array instead of on the call stack, and looks at every byte once.

namespace notch::inline NOTCH_ABI::detail {

inline const char* skip_literal(Reader& r, const char* at, std::string_view literal) noexcept {
    if (r.left(at) >= literal.size() && std::memcmp(at, literal.data(), literal.size()) == 0)
        return at + literal.size();
    return fail(r, ErrorCode::syntax, at, literal);
}

inline const char* skip_string(Reader& r, const char* at) noexcept {
    StringToken token;
    return scan_string(r, at, token);
}

/// Whether a number of the grammar has an exponent; told from its end.
inline bool has_exponent(const char* number, const char* end) noexcept {
    while (end != number && is_digit(end[-1])) --end;
    return end != number && end[-1] != '.' && end - number > 1;
}

/// A number that no double can hold is refused everywhere, so that what has been checked can be read.
inline const char* skip_number(Reader& r, const char* at) noexcept {
    constexpr std::ptrdiff_t always_fits = 300;
    bool integral = false;
    const char* const end = scan_number(at, r.end, integral);
    if (end == nullptr) return fail(r, ErrorCode::syntax, at, "a number");
    if (end - at <= always_fits && (integral || !has_exponent(at, end))) return end;
    NumberText number;
    double value = 0;
    const bool fits = read_number(at, r.end, number) && to_double(number, value);
    return fits ? end : fail(r, ErrorCode::out_of_range, at, "a number that a double can hold");
}

/// A value that is neither an object nor an array.
inline const char* skip_scalar(Reader& r, const char* at) noexcept {
    switch (r.peek(at)) {
        case '"': return skip_string(r, at);
        case 't': return skip_literal(r, at, "true");
        case 'f': return skip_literal(r, at, "false");
        case 'n': return skip_literal(r, at, "null");
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9': return skip_number(r, at);
        default: return fail(r, ErrorCode::syntax, at, "a value");
    }
}

/// Past the colon of a key and the white space on both sides, to the value.
NOTCH_INTERNAL_INLINE const char* skip_colon(Reader& r, const char* at) noexcept {
    at = skip_space(r, at);
    if (r.peek(at) != ':') [[unlikely]]
        return fail_in_container(r, at, "':' behind the key");
    return skip_space(r, at + 1);
}

/// A key nobody asks for, up to its value.
inline const char* skip_key(Reader& r, const char* at) noexcept {
    if (r.peek(at) != '"') return fail_in_container(r, at, "a key in quotes");
    at = skip_string(r, at);
    return at == nullptr ? nullptr : skip_colon(r, at);
}

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_separator(Reader& r, const char* at, bool object) noexcept {
    return fail_in_container(r, at, object ? "',' or '}'" : "',' or ']'");
}

constexpr bool opens(char c) noexcept { return c == '{' || c == '['; }

/// The objects and arrays around the cursor, while they are skipped.
class Nesting {
public:
    /// Into the container that opens at `at`: to its first value, or to its end.
    const char* open(Reader& r, const char* at) noexcept {
        if (!enter(r)) return fail_depth(r, at);
        const bool object = *at == '{';
        levels_[depth_++] = {0, object};
        at = skip_space(r, at + 1);
        if (r.peek(at) == closer()) return at;
        return next(r, at);
    }
    /// Past all that end here.
    const char* close(Reader& r, const char* at) noexcept {
        while (depth_ != 0) {
            at = skip_space(r, at);
            if (r.peek(at) != closer()) break;
            ++at;
            --depth_;
            leave(r);
        }
        return at;
    }
    /// Past the comma behind a value, to the next one.
    const char* separate(Reader& r, const char* at) noexcept {
        if (r.peek(at) != ',') return fail_separator(r, at, top().object);
        return next(r, skip_space(r, at + 1));
    }
    [[nodiscard]] bool done() const noexcept { return depth_ == 0; }
    /// Whether the innermost container has no value.
    [[nodiscard]] bool empty() const noexcept { return levels_[depth_ - 1].count == 0; }

private:
    struct Level {
        std::uint32_t count;
        bool object;
    };

    [[nodiscard]] Level& top() noexcept { return levels_[depth_ - 1]; }
    [[nodiscard]] char closer() const noexcept { return levels_[depth_ - 1].object ? '}' : ']'; }

    const char* next(Reader& r, const char* at) noexcept {
        Level& level = top();
        if (level.count >= r.limits->max_elements) return fail_elements(r, at, level.object);
        ++level.count;
        return level.object ? skip_key(r, at) : at;
    }

    std::size_t depth_ = 0;
    Level levels_[most_depth];  // left as it is: only the levels in use are ever touched
};

inline const char* skip_container(Reader& r, const char* at) noexcept {
    Nesting nesting;
    for (;;) {
        bool empty = false;
        while (opens(r.peek(at)) && !empty) {
            at = nesting.open(r, at);
            if (at == nullptr) return nullptr;
            empty = nesting.empty();
        }
        if (!empty) at = skip_scalar(r, at);
        if (at == nullptr) return nullptr;
        at = nesting.close(r, at);
        if (nesting.done()) return at;
        at = nesting.separate(r, at);
        if (at == nullptr) return nullptr;
    }
}

/// The value at the cursor, whatever it is, checked in full.
inline const char* skip_value(Reader& r, const char* at) noexcept {
    return opens(r.peek(at)) ? skip_container(r, at) : skip_scalar(r, at);
}

inline void describe_size(const Failure& failure, Error& error) {
    describe_limit(failure, error);
    error.found = std::to_string(static_cast<std::uint64_t>(failure.low)) + " bytes";
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_size(Reader& r, std::size_t size) noexcept {
    fail_limit(r, r.begin, r.limits->max_bytes, " bytes (max_bytes)");
    r.failure.describe = describe_size;
    r.failure.low = static_cast<std::int64_t>(size);
    return nullptr;
}

inline bool has_mark(const Reader& r) noexcept {
    return r.left(r.begin) >= 3 && std::memcmp(r.begin, "\xef\xbb\xbf", 3) == 0;
}
inline bool foreign_encoding(const Reader& r) noexcept {
    const auto first = static_cast<unsigned char>(r.begin[0]);
    return has_mark(r) || first >= 0xfe || first == 0 || r.begin[1] == '\0';
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_encoding(Reader& r) noexcept {
    const bool mark = has_mark(r);
    fail(r, ErrorCode::encoding, r.begin, "UTF-8 without a byte order mark");
    r.failure.found = mark ? "a byte order mark" : "UTF-16 or UTF-32";
    return nullptr;
}

/// Where the text's value begins. Text in another encoding gets an error that says so.
inline const char* begin_text(Reader& r) noexcept {
    const std::size_t size = r.left(r.begin);
    if (size > r.limits->max_bytes) return fail_size(r, size);
    // JSON begins with ASCII. A byte order mark is none, and a zero among the first two tells UTF-16 or UTF-32.
    if (size >= 2 && (static_cast<signed char>(r.begin[0]) <= 0 || r.begin[1] == '\0') && foreign_encoding(r))
        return fail_encoding(r);
    return skip_space(r, r.begin);
}

/// Whether nothing but white space follows the text's value; else the failure is noted.
inline bool end_text(Reader& r, const char* at) noexcept {
    at = skip_space(r, at);
    if (at == r.end) return true;
    fail(r,
         Failure{
             .code = ErrorCode::trailing, .scope = Scope::container, .at = at, .expected = "nothing behind the value"});
    return false;
}

/// Whether the whole text is one JSON value within the limits; else the failure is in the reader.
inline bool check_text(Reader& r) noexcept {
    const char* at = begin_text(r);
    if (at != nullptr) at = skip_value(r, at);
    return at != nullptr && end_text(r, at);
}

/// Whether text is one JSON value: no limit but that of the nesting.
inline bool is_json(std::string_view text) noexcept {
    constexpr auto any = static_cast<std::size_t>(-1);
    constexpr Limits limits{.max_bytes = any, .max_depth = any, .max_string = any, .max_elements = any};
    Reader r{text, limits};
    return check_text(r);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/encode.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_ENCODE_HPP
#define NOTCH_JSON_ENCODE_HPP

// ---- json/integer.hpp ------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_INTEGER_HPP
#define NOTCH_JSON_INTEGER_HPP

// Integers to decimal text, two digits at a time from a table of 200 bytes. The number of digits is found by a short
// tree of comparisons, which real data predicts well; dividing by a constant is a multiplication.

namespace notch::inline NOTCH_ABI::detail {

/// The most bytes that one of the integer writers touches.
inline constexpr std::size_t max_integer_size = 20;

inline constexpr char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

NOTCH_INTERNAL_INLINE void write_pair(char* out, std::uint32_t below_100) noexcept {
    std::memcpy(out, digit_pairs + std::size_t{below_100} * 2, 2);
}

NOTCH_INTERNAL_INLINE void write_4_digits(char* out, std::uint32_t below_10000) noexcept {
    const std::uint32_t high = (below_10000 * 5243) >> 19;  // below_10000 / 100
    write_pair(out, high);
    write_pair(out + 2, below_10000 - high * 100);
}

NOTCH_INTERNAL_INLINE void write_8_digits(char* out, std::uint32_t below_1e8) noexcept {
    const std::uint32_t high = below_1e8 / 10000;
    write_4_digits(out, high);
    write_4_digits(out + 4, below_1e8 - high * 10000);
}

// One or two digits without a branch: below ten the copy starts at the second character of the pair, and the
// character too many that comes with it is overwritten or lies past the returned end.
NOTCH_INTERNAL_INLINE char* write_leading_pair(char* out, std::uint32_t below_100) noexcept {
    const std::size_t single = below_100 < 10;
    std::memcpy(out, digit_pairs + std::size_t{below_100} * 2 + single, 2);
    return out + 2 - single;
}

NOTCH_INTERNAL_INLINE char* write_below_1e4(char* out, std::uint32_t v) noexcept {
    if (v < 100) return write_leading_pair(out, v);
    const std::uint32_t high = (v * 5243) >> 19;
    out = write_leading_pair(out, high);
    write_pair(out, v - high * 100);
    return out + 2;
}

NOTCH_INTERNAL_INLINE char* write_below_1e8(char* out, std::uint32_t v) noexcept {
    if (v < 10000) return write_below_1e4(out, v);
    const std::uint32_t high = v / 10000;
    out = write_below_1e4(out, high);
    write_4_digits(out, v - high * 10000);
    return out + 4;
}

/// Writes v in decimal and returns the end; touches at most 20 bytes and adds no terminator.
inline char* write_u64(char* out, std::uint64_t v) noexcept {
    if (v < 100000000) return write_below_1e8(out, static_cast<std::uint32_t>(v));
    const std::uint64_t high = v / 100000000;
    const auto low = static_cast<std::uint32_t>(v - high * 100000000);
    if (high < 100000000) {
        out = write_below_1e8(out, static_cast<std::uint32_t>(high));
    } else {
        const std::uint64_t top = high / 100000000;
        out = write_below_1e4(out, static_cast<std::uint32_t>(top));
        write_8_digits(out, static_cast<std::uint32_t>(high - top * 100000000));
        out += 8;
    }
    write_8_digits(out, low);
    return out + 8;
}

/// Writes v in decimal, with its sign when negative; the same bounds as write_u64().
inline char* write_i64(char* out, std::int64_t v) noexcept {
    const std::uint64_t negative = v < 0;
    *out = '-';
    return write_u64(out + negative, (static_cast<std::uint64_t>(v) ^ (0 - negative)) + negative);
}

/// Writes v in decimal and returns the end; touches at most 10 bytes.
inline char* write_u32(char* out, std::uint32_t v) noexcept {
    if (v < 100000000) return write_below_1e8(out, v);
    const std::uint32_t high = v / 100000000;
    out = write_leading_pair(out, high);
    write_8_digits(out, v - high * 100000000);
    return out + 8;
}

/// Writes v in decimal, with its sign when negative; touches at most 11 bytes.
inline char* write_i32(char* out, std::int32_t v) noexcept {
    const std::uint32_t negative = v < 0;
    *out = '-';
    return write_u32(out + negative, (static_cast<std::uint32_t>(v) ^ (0 - negative)) + negative);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/keys.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_KEYS_HPP
#define NOTCH_JSON_KEYS_HPP

// Everything of a line that is known at compile time: `,"key":` and the like, escaped and ready to copy. A copy of constant
// size becomes a few moves, which is why the keys are not looked up at run time.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr char hex_digits[] = "0123456789abcdef";

constexpr bool needs_escape(char c) noexcept { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

consteval std::size_t escaped_key_size(std::string_view key) {
    std::size_t size = 0;
    for (const char c : key) size += !needs_escape(c) ? 1U : c == '"' || c == '\\' ? 2U : 6U;
    return size;
}

/// Builds a StaticText piece by piece.
template <std::size_t N>
struct TextBuilder {
    StaticText<N> text{};
    std::size_t at = 0;

    consteval void add(std::string_view plain) {
        for (const char c : plain) text.data[at++] = c;
    }
    consteval void add_escaped(std::string_view key) {
        for (const char c : key) {
            if (!needs_escape(c)) {
                text.data[at++] = c;
            } else if (c == '"' || c == '\\') {
                text.data[at++] = '\\';
                text.data[at++] = c;
            } else {
                add("\\u00");
                text.data[at++] = hex_digits[c >> 4];
                text.data[at++] = hex_digits[c & 15];
            }
        }
    }
};

/// `before` + the escaped key + `after`.
template <std::size_t N>
consteval StaticText<N> build_key(std::string_view before, std::string_view key, std::string_view after) {
    TextBuilder<N> builder;
    builder.add(before);
    builder.add_escaped(key);
    builder.add(after);
    return builder.text;
}

/// `,"key":` of field Index of T. The comma stands first always: the object's `{` replaces the first one.
template <class T, std::size_t Index>
inline constexpr auto key_text = build_key<escaped_key_size(field_infos<T>[Index].key) + 4>(",\"", field_infos<T>[Index].key, "\":");

/// `,"key":"` of a text field: its opening quote comes along.
template <class T, std::size_t Index>
inline constexpr auto text_key_text = build_key<escaped_key_size(field_infos<T>[Index].key) + 5>(",\"", field_infos<T>[Index].key, "\":\"");

inline constexpr std::string_view timestamp_start = "{\"timestamp\":";
inline constexpr std::string_view event_start = ",\"event\":\"";

/// `,"event":"runner_start"`.
template <class T>
inline constexpr auto event_text =
    build_key<event_start.size() + escaped_key_size(event_name<T>) + 1>(event_start, event_name<T>, "\"");

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/number.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_NUMBER_HPP
#define NOTCH_JSON_NUMBER_HPP

#if NOTCH_INTERNAL_SSE2
#include <emmintrin.h>
#endif

// Floating point to decimal text: the shortest digits that read back as the same value, and of these the closest.
// Everything is done in integers, so neither the locale nor the rounding mode nor -ffast-math can change a byte.
//
// Three ways lead to the same digits:
//   - a value of at most three decimals, as most measurements are, needs one multiplication;
//   - a fixed-point approximation with known error settles nearly every other value;
//   - where the error leaves a doubt, and for powers of two and subnormals, exact comparisons decide:
//     Raffaello Giulietti, "The Schubfach way to render doubles", 2020.

namespace notch::inline NOTCH_ABI::detail {

/// The most bytes that write_double() and write_float() touch; the text itself has at most 25.
inline constexpr std::size_t max_double_size = 32;

/// Neither NaN nor an infinity, told by the bits: it holds under -ffast-math too.
NOTCH_INTERNAL_INLINE bool is_finite(double v) noexcept {
    return (~std::bit_cast<std::uint64_t>(v) & 0x7ff0000000000000) != 0;
}

NOTCH_INTERNAL_INLINE bool is_finite(float v) noexcept { return (~std::bit_cast<std::uint32_t>(v) & 0x7f800000) != 0; }

/// digits * 10^exponent
struct Decimal {
    std::uint64_t digits;
    int exponent;
};

/// significand * 2^exponent. `uneven`: the next smaller value is only half as far away as the next larger one.
struct Binary {
    std::uint64_t significand;
    int exponent;
    bool uneven;
};

// floor(power * factor / 2^128) with the lowest bit set when something was cut off ("round to odd"): enough to compare
// the exact product with any even number. `power` is one too large in its last place, which the `> 1` makes up for.
NOTCH_INTERNAL_INLINE std::uint64_t multiply_to_odd(Wide power, std::uint64_t factor) noexcept {
    const Wide low = multiply_wide(power.low, factor);
    const Wide high = multiply_wide(power.high, factor);
    const std::uint64_t fraction = high.low + low.high;
    const std::uint64_t carry = fraction < low.high;
    return (high.high + carry) | (fraction > 1);
}

/// The shortest decimal by exact comparisons: Schubfach, for every finite value but zero.
NOTCH_INTERNAL_COLD inline Decimal shortest_exactly(Binary v) noexcept {
    const int k = v.uneven ? log10_of_three_quarters(v.exponent) : log10_of_power2(v.exponent);
    Wide power = power10(-k);
    power.low += 1;
    const int shift = v.exponent + log2_of_power10(-k) + 1;
    // Four times the value and the two ends of its rounding interval, in units of 10^k.
    const std::uint64_t four = v.significand * 4;
    const std::uint64_t value = multiply_to_odd(power, four << shift);
    std::uint64_t lower = multiply_to_odd(power, (four - (v.uneven ? 1 : 2)) << shift);
    std::uint64_t upper = multiply_to_odd(power, (four + 2) << shift);
    // An end belongs to the interval when the significand is even, for a tie rounds to even.
    lower += v.significand & 1;
    upper -= v.significand & 1;

    const std::uint64_t floor = value / 4;
    const std::uint64_t tens = floor / 10 * 10;
    const bool tens_fit = lower <= tens * 4;
    const bool next_tens_fit = (tens + 10) * 4 <= upper;
    if (tens_fit != next_tens_fit) return {next_tens_fit ? tens + 10 : tens, k};

    const bool floor_fits = lower <= floor * 4;
    const bool next_fits = (floor + 1) * 4 <= upper;
    if (floor_fits != next_fits) return {next_fits ? floor + 1 : floor, k};
    const std::uint64_t middle = floor * 4 + 2;
    const bool up = value > middle || (value == middle && (floor & 1) != 0);
    return {up ? floor + 1 : floor, k};
}

// --- the approximation

/// (tens + last / 10) * 10^exponent
struct SplitDecimal {
    std::uint64_t tens;
    std::uint64_t last;
    int exponent;
};

/// The shortest decimal of a value that is neither subnormal nor a power of two; gives false when it cannot tell.
//
// In units of 10^k, where 10^(k-1) <= 2^exponent < 10^k, half the width of the rounding interval lies in [1/20, 1/2). So at
// most one integer is inside; it is then the shortest. Otherwise it takes one digit more, and the nearest such number
// is inside.
//
// The table is cut off, and so are the products: fraction and half width come out less than two units of 2^-64 too low.
// When something stands so close to a decision that this could matter, the answer is not known here.
NOTCH_INTERNAL_INLINE bool shortest(std::uint64_t significand, int exponent, SplitDecimal& out) noexcept {
    const int k = log10_of_power2(exponent) + 1;
    const Wide power = power10(-k);
    const int shift = exponent + log2_of_power10(-k);  // -4..-1
    const std::uint64_t factor = significand << (shift + 4);
    const Wide product = multiply_wide(power.high, factor);
    const std::uint64_t low = product.low + multiply_wide(power.low, factor).high;
    const std::uint64_t high = product.high + (low < product.low);
    const std::uint64_t fraction = high << 61 | low >> 3;
    const std::uint64_t half_width = power.high >> -shift;
    const std::uint64_t sum = fraction + half_width;  // from 1 on, the next integer is inside
    const Wide digit = multiply_wide(fraction, 10);
    constexpr std::uint64_t half = std::uint64_t{1} << 63;
    if (fraction - half_width + 2 <= 4 || sum + 4 <= 8 || digit.low - half + 20 <= 40) [[unlikely]]
        return false;
    // Arithmetic instead of branches, which would be anybody's guess.
    const std::uint64_t next_fits = sum < fraction;
    const std::uint64_t any_fits = next_fits | std::uint64_t{fraction < half_width};
    out = {(high >> 3) + next_fits, (digit.high + (digit.low >> 63)) & (any_fits - 1), k};
    return true;
}

// --- sixteen digits as text

// Eight digits as the bytes 0..9 of a word, the first digit lowest: split into halves three times, all parts at once.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t spread_8_digits(std::uint64_t below_1e8) noexcept {
    const std::uint64_t fours = (below_1e8 << 32) - below_1e8 / 10000 * ((std::uint64_t{10000} << 32) - 1);
    const std::uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;
    const std::uint64_t twos = (fours << 16) - hundreds * ((100 << 16) - 1);
    const std::uint64_t tens = ((twos * 103) >> 10) & 0x000f000f000f000f;
    return (twos << 8) - tens * ((10 << 8) - 1);
}

/// Sixteen characters, the first digit not zero, in two words.
class PortableDigits {
public:
    PortableDigits(std::uint64_t high_8, std::uint64_t low_8) noexcept
        : first_(spread_8_digits(high_8)),
          second_(spread_8_digits(low_8)) {}

    /// How many digits there are without the zeros at the end, when one more follows.
    unsigned length(bool one_more) const noexcept {
        const std::uint64_t end = second_ != 0 ? second_ : first_;
        const unsigned length = (second_ != 0 ? 16u : 8u) - static_cast<unsigned>(std::countl_zero(end)) / 8;
        return one_more ? 17 : length;
    }

    void store(char* out) const noexcept {
        store_8(out, first_ + every_byte('0'));
        store_8(out + 8, second_ + every_byte('0'));
    }

    /// With a point after the first `point` characters, 1..16; seventeen in all.
    void store(char* out, unsigned point) const noexcept {
        const std::uint64_t first = first_ + every_byte('0');
        const std::uint64_t second = second_ + every_byte('0');
        const std::uint64_t moved = second << 8 | first >> 56;
        const std::uint64_t before = (std::uint64_t{1} << point % 8 * 8) - 1;
        store_8(out, point < 8 ? (first & before) | (first << 8 & ~before) : first);
        store_8(out + 8, point < 8 ? moved : point < 16 ? (second & before) | (moved & ~before) : second);
        out[16] = static_cast<char>(second >> 56);
        out[point] = '.';
    }

private:
    std::uint64_t first_;
    std::uint64_t second_;
};

#if NOTCH_INTERNAL_SSE2
/// The same in one vector.
class Sse2Digits {
public:
    Sse2Digits(std::uint64_t high_8, std::uint64_t low_8) noexcept {
        const __m128i eights = _mm_set_epi64x(static_cast<long long>(low_8), static_cast<long long>(high_8));
        const __m128i over_10000 = _mm_srli_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(3518437209)), 45);
        const __m128i below_10000 = _mm_sub_epi64(eights, _mm_mul_epu32(over_10000, _mm_set1_epi64x(10000)));
        const __m128i fours = _mm_or_si128(over_10000, _mm_slli_epi64(below_10000, 32));
        // x / 100 in both halves of a lane, then 0 + x / 100 in the lower one and x - 100 * (x / 100) in the upper one.
        const __m128i upper = _mm_slli_epi32(fours, 16);
        const __m128i over_100 = _mm_srli_epi16(_mm_mulhi_epu16(_mm_or_si128(fours, upper), _mm_set1_epi16(5243)), 3);
        const __m128i twos = _mm_sub_epi16(upper, _mm_mullo_epi16(over_100, _mm_set1_epi32((100 << 16) | 0xffff)));
        const __m128i over_10 = _mm_mulhi_epu16(twos, _mm_set1_epi16(6554));
        digits_ = _mm_sub_epi16(_mm_slli_epi16(twos, 8), _mm_mullo_epi16(over_10, _mm_set1_epi16((10 << 8) - 1)));
    }

    unsigned length(bool one_more) const noexcept {
        const __m128i nonzero = _mm_cmpgt_epi8(digits_, _mm_setzero_si128());
        const unsigned places = static_cast<unsigned>(_mm_movemask_epi8(nonzero)) | unsigned{one_more} << 16;
        return 32 - static_cast<unsigned>(std::countl_zero(places | 1));  // | 1: the compiler need not test for none
    }

    void store(char* out) const noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(out), characters()); }

    void store(char* out, unsigned point) const noexcept {
        alignas(32) static constexpr signed char ones_then_zeros[32] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                                        -1, -1, -1, -1, -1, -1, -1, -1};
        const __m128i all = characters();
        const __m128i before = _mm_loadu_si128(reinterpret_cast<const __m128i*>(ones_then_zeros + 16 - point));
        const __m128i after = _mm_andnot_si128(before, _mm_slli_si128(all, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_or_si128(_mm_and_si128(before, all), after));
        out[16] = static_cast<char>(_mm_extract_epi16(all, 7) >> 8);
        out[point] = '.';
    }

private:
    __m128i characters() const noexcept { return _mm_add_epi8(digits_, _mm_set1_epi8('0')); }

    __m128i digits_;
};
using Digits = Sse2Digits;
#else
using Digits = PortableDigits;
#endif

// 17 digits, 0.ddd * 10^point: fixed from 1e-6 to below 1e16, else with an exponent. The first digit is not zero.
NOTCH_INTERNAL_INLINE char* write_digits(char* out, std::uint64_t first_16, std::uint64_t last, int point) noexcept {
    const std::uint64_t high = first_16 / 100000000;
    const Digits digits(high, first_16 - high * 100000000);
    const std::size_t length = digits.length(last != 0);
    if (point >= 1 && point <= 16) [[likely]] {
        const auto whole = static_cast<unsigned>(point);
        out[17] = static_cast<char>('0' + last);
        digits.store(out, whole);
        return out + (length > whole ? length : whole + 1) + 1;
    }
    if (point <= 0 && point > -6) {
        std::memcpy(out, "0.000000", 8);
        out += 2 - point;
        digits.store(out);
        out[16] = static_cast<char>('0' + last);
        return out + length;
    }
    out[17] = static_cast<char>('0' + last);
    digits.store(out, 1);
    out += length == 1 ? 1 : length + 1;
    *out = 'e';
    return write_i32(out + 1, point - 1);
}

// --- values of few decimals

// For values with units in the last place, 2^-shift, smaller than 10^-3. Then the rounding interval holds at most one
// decimal of three places; if there is one, it is the shortest, because all others have more places. The value times 1000
// rounded to an integer n is the only candidate, and it is inside when it misses by less than half of 1000 units.
// Gives n, or 0 when there is none.
//
// Below a power of two the interval is half as wide. There the miss is a multiple of 2^55 (2^26 for a float), so nothing
// wrong comes through.
NOTCH_INTERNAL_INLINE std::uint64_t to_thousandths(std::uint64_t significand, int shift) noexcept {
    const std::uint64_t highest = significand * 1000 + 499;
    const std::uint64_t n = highest >> shift;
    return highest - (n << shift) <= 998 ? n : 0;
}

// The same for six places and units smaller than 10^-6.
NOTCH_INTERNAL_INLINE std::uint64_t to_millionths(std::uint64_t significand, int shift) noexcept {
    Wide highest = multiply_wide(significand, 1000000);
    highest.low += 499999;
    highest.high += highest.low < 499999;
    const std::uint64_t n = highest.high << (64 - shift) | highest.low >> shift;
    return highest.low - (n << shift) <= 999998 ? n : 0;
}

// n / 1000 without zeros at the end, but with at least one decimal.
NOTCH_INTERNAL_INLINE char* write_thousandths(char* out, std::uint64_t n) noexcept {
    const std::uint64_t whole = n / 1000;
    const auto rest = static_cast<std::uint32_t>(n - whole * 1000);
    out = write_u64(out, whole);
    const std::uint32_t first_two = (rest * 6554) >> 16;  // rest / 10
    const std::uint32_t last = rest - first_two * 10;
    *out = '.';
    write_pair(out + 1, first_two);
    out[3] = static_cast<char>('0' + last);
    return out + (last != 0 ? 4 : out[2] != '0' ? 3 : 2);
}

// --- the whole range

inline char* write_null(char* out) noexcept {
    std::memcpy(out, "null", 4);
    return out + 4;
}

inline char* write_zero(char* out) noexcept {
    std::memcpy(out, "0.0", 3);
    return out + 3;
}

NOTCH_INTERNAL_COLD inline char* write_exactly(char* out, Binary v) noexcept {
    Decimal decimal = shortest_exactly(v);
    while (decimal.digits < 10000000000000000) decimal = {decimal.digits * 10, decimal.exponent - 1};
    return write_digits(out, decimal.digits / 10, decimal.digits % 10, decimal.exponent + 17);
}

// Infinities, NaN, zero, subnormals and powers of two.
NOTCH_INTERNAL_COLD inline char* write_special_double(char* out, std::uint64_t bits) noexcept {
    const int biased = static_cast<int>(bits >> 52) & 0x7ff;
    if (biased == 0x7ff) return write_null(out);
    out += bits >> 63;
    if (bits << 1 == 0) return write_zero(out);
    if (biased == 0) return write_exactly(out, {bits << 12 >> 12, -1074, false});
    return write_exactly(out, {std::uint64_t{1} << 52, biased - 1075, biased > 1});
}

// What has more than three decimals or is very large or small.
[[gnu::noinline]] inline char* write_other_double(char* out, std::uint64_t bits, std::uint64_t significand,
                                                  int shift) noexcept {
    const bool normal = static_cast<unsigned>(shift - (1075 - 0x7fe)) <= 0x7fd;
    if (bits << 12 == 0 || !normal) [[unlikely]]
        return write_special_double(out, bits);
    out += bits >> 63;
    if (shift >= 20 && shift <= 22) {  // 2^30 <= |v| < 2^33: UNIX seconds from 2004 on
        const std::uint64_t n = to_millionths(significand, shift);
        if (n != 0) return write_digits(out, n, 0, 10);
    }
    SplitDecimal decimal;
    if (!shortest(significand, -shift, decimal)) [[unlikely]]
        return write_exactly(out, {significand, -shift, false});
    // Sixteen digits or seventeen, again without a branch: `sixteen` is all ones or all zeros.
    const std::uint64_t sixteen = 0 - std::uint64_t{decimal.tens < 1000000000000000};
    const std::uint64_t first_16 = decimal.tens + ((decimal.tens * 9 + decimal.last) & sixteen);
    return write_digits(out, first_16, decimal.last & ~sixteen, decimal.exponent + 16 + static_cast<int>(sixteen));
}

/// Writes the shortest decimal that reads back as v, and returns the end.
///
///     write_double(out, 12)      12.0
///     write_double(out, 0.1)     0.1
///     write_double(out, -0.0)    -0.0
///     write_double(out, 1e300)   1e300
///     write_double(out, NAN)     null
///
/// Fixed for 1e-6 <= |v| < 1e16, which takes in every whole number that doubles hold without gaps; otherwise with an
/// exponent. There is always a point or an exponent, so that the text stays a floating-point number to its reader. NaN
/// and the infinities, which JSON has no words for, become null; is_finite() tells. Touches at most max_double_size bytes.
inline char* write_double(char* out, double v) noexcept {
    constexpr std::uint64_t hidden = std::uint64_t{1} << 52;
    const auto bits = std::bit_cast<std::uint64_t>(v);
    const std::uint64_t significand = (bits & (hidden - 1)) | hidden;
    const int shift = 1075 - (static_cast<int>(bits >> 52) & 0x7ff);
    *out = '-';
    if (shift >= 10 && shift <= 62) {  // 2^-10 <= |v| < 2^43
        const std::uint64_t n = to_thousandths(significand, shift);
        if (n != 0) return write_thousandths(out + (bits >> 63), n);
    }
    return write_other_double(out, bits, significand, shift);
}

NOTCH_INTERNAL_COLD inline char* write_special_float(char* out, std::uint32_t bits) noexcept {
    const int biased = static_cast<int>(bits >> 23) & 0xff;
    if (biased == 0xff) return write_null(out);
    out += bits >> 31;
    if (bits << 1 == 0) return write_zero(out);
    if (biased == 0) return write_exactly(out, {bits << 9 >> 9, -149, false});
    return write_exactly(out, {std::uint32_t{1} << 23, biased - 150, biased > 1});
}

[[gnu::noinline]] inline char* write_other_float(char* out, std::uint32_t bits, std::uint32_t significand,
                                                 int shift) noexcept {
    const bool normal = static_cast<unsigned>(shift - (150 - 0xfe)) <= 0xfd;
    if (bits << 9 == 0 || !normal) [[unlikely]]
        return write_special_float(out, bits);
    out += bits >> 31;
    SplitDecimal decimal;
    if (!shortest(significand, -shift, decimal)) [[unlikely]]
        return write_exactly(out, {significand, -shift, false});
    const std::uint64_t digits = decimal.tens * 10 + decimal.last;  // 7 to 9
    const int more = digits < 10000000 ? 9 : digits < 100000000 ? 8 : 7;
    constexpr std::uint64_t scale[] = {10000000, 100000000, 1000000000};
    return write_digits(out, digits * scale[more - 7], 0, decimal.exponent + 15 - more);
}

/// As write_double(), the shortest decimal that reads back as this float: 0.1f is written 0.1.
inline char* write_float(char* out, float v) noexcept {
    constexpr std::uint32_t hidden = std::uint32_t{1} << 23;
    const auto bits = std::bit_cast<std::uint32_t>(v);
    const int shift = 150 - (static_cast<int>(bits >> 23) & 0xff);
    *out = '-';
    const std::uint32_t significand = (bits & (hidden - 1)) | hidden;
    if (shift >= 10 && shift <= 33) {  // 2^-10 <= |v| < 2^14
        const std::uint64_t n = to_thousandths(significand, shift);
        if (n != 0) return write_thousandths(out + (bits >> 31), n);
    }
    return write_other_float(out, bits, significand, shift);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/raw.hpp ----------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_RAW_HPP
#define NOTCH_JSON_RAW_HPP

namespace notch::inline NOTCH_ABI::detail {

/// Copies JSON without the white space between its tokens, which may hold newlines that would break a line in two.
inline char* put_compact(char* out, std::string_view json) noexcept {
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string && c == '\\') {
            *out++ = c;
            *out++ = json[++i];
            continue;
        }
        if (c == '"') in_string = !in_string;
        if (in_string || !(c == ' ' || c == '\n' || c == '\r' || c == '\t')) *out++ = c;
    }
    return out;
}

/// JSON that a user brings along. It is checked, because a line that is not JSON is lost to every reader; what is not one
/// valid value becomes null. Touches at most size + 4 bytes.
inline char* put_raw(char* out, std::string_view json) noexcept {
    if (is_json(json)) return put_compact(out, json);
    std::memcpy(out, "null", 4);
    return out + 4;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/time.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_TIME_HPP
#define NOTCH_JSON_TIME_HPP

// Times as JSON: UNIX seconds with an exact decimal fraction, durations in seconds, and RFC 3339 text.

namespace notch::inline NOTCH_ABI::detail {

/// Bytes that any of the functions below may touch.
inline constexpr std::size_t max_time_size = 40;

/// `.` and the digits of a fraction without its trailing zeros; nothing for a fraction of 0. Touches ten bytes.
inline char* write_fraction(char* out, std::uint32_t fraction, int digits) noexcept {
    if (fraction == 0) return out;
    for (int i = digits; i < 9; ++i) fraction *= 10;
    const std::uint32_t first = fraction / 100'000'000;
    out[0] = '.';
    out[1] = static_cast<char>('0' + first);
    write_8_digits(out + 2, fraction - first * 100'000'000);
    out += digits + 1;
    while (out[-1] == '0') --out;
    return out;
}

/// A count of `Unit`ths of a second as a decimal number that always has a fraction: `5.0`, `-1.25`.
template <std::uint64_t Unit, int Digits>
char* write_decimal_seconds(char* out, std::uint64_t ticks) noexcept {
    out = write_u64(out, ticks / Unit);
    const auto fraction = static_cast<std::uint32_t>(ticks % Unit);
    if (fraction != 0) return write_fraction(out, fraction, Digits);
    out[0] = '.';
    out[1] = '0';
    return out + 2;
}
template <std::uint64_t Unit, int Digits>
char* write_decimal_seconds(char* out, std::int64_t ticks) noexcept {
    const auto size = static_cast<std::uint64_t>(ticks);
    if (ticks >= 0) return write_decimal_seconds<Unit, Digits>(out, size);
    *out = '-';
    return write_decimal_seconds<Unit, Digits>(out + 1, 0 - size);
}

/// The stamp of a line: always six digits of fraction, so that stamps sort as text. Never goes through a double.
inline char* write_stamp(char* out, std::int64_t microseconds) noexcept {
    const SplitTime time = split_time<1'000'000>(microseconds);
    if (time.seconds < 0) return write_decimal_seconds<1'000'000, 6>(out, microseconds);
    out = write_u64(out, static_cast<std::uint64_t>(time.seconds));
    const std::uint32_t first_two = time.fraction / 10'000;
    *out = '.';
    write_pair(out + 1, first_two);
    write_4_digits(out + 3, time.fraction - first_two * 10'000);
    return out + 7;
}

/// Digits that a decimal period needs: 0 for seconds, 9 for nanoseconds; -1 when the period is not a power of ten.
template <class Period>
consteval int decimal_digits() {
    if (Period::num != 1) return -1;
    std::intmax_t den = Period::den;
    int digits = 0;
    while (den % 10 == 0) {
        den /= 10;
        ++digits;
    }
    return den == 1 && digits <= 9 ? digits : -1;
}

/// A duration in seconds; exact for integer counts of seconds and their decimal parts.
template <class Rep, class Period>
char* write_duration(char* out, std::chrono::duration<Rep, Period> v) noexcept {
    constexpr int digits = decimal_digits<Period>();
    if constexpr (std::is_integral_v<Rep> && sizeof(Rep) <= 8 && digits >= 0) {
        using Ticks = std::conditional_t<std::is_signed_v<Rep>, std::int64_t, std::uint64_t>;
        return write_decimal_seconds<static_cast<std::uint64_t>(Period::den), digits>(out, static_cast<Ticks>(v.count()));
    } else {
        constexpr double scale = static_cast<double>(Period::num) / static_cast<double>(Period::den);
        return write_double(out, static_cast<double>(v.count()) * scale);
    }
}

/// The first second of the year 0000 and the last of 9999, counted from 1970-01-01: what RFC 3339 can write.
inline constexpr std::int64_t first_civil_second = -62'167'219'200;
inline constexpr std::int64_t last_civil_second = 253'402'300'799;

struct CivilDate {
    std::uint32_t year;
    std::uint32_t month;
    std::uint32_t day;
};

/// The Gregorian date of a day counted from 1970-01-01, from the year 0000 on. Years begin on 1 March, so that the leap day
/// is a year's last; each division is one multiplication. Source of the method: C. Neri, L. Schneider, "Euclidean affine
/// functions and their application to calendar algorithms", 2023.
constexpr CivilDate civil_date(std::int32_t days) noexcept {
    constexpr std::uint32_t days_of_400_years = 146'097;
    constexpr std::uint32_t start = 719'468 + days_of_400_years;  // from 1970-01-01 back to -0400-03-01
    const std::uint32_t quarters = 4 * (static_cast<std::uint32_t>(days) + start) + 3;
    const std::uint32_t century = quarters / days_of_400_years;
    const std::uint32_t quarters_of_century = quarters % days_of_400_years | 3;
    const std::uint64_t years = std::uint64_t{quarters_of_century} * 2'939'745;  // in 2^-32 years
    const std::uint32_t day_of_year = static_cast<std::uint32_t>(years) / 2'939'745 / 4;
    const std::uint32_t months = 2'141 * day_of_year + 197'913;  // in 2^-16 months
    const std::uint32_t next_year = day_of_year >= 306;
    const std::uint32_t year = 100 * century + static_cast<std::uint32_t>(years >> 32) + next_year - 400;
    return {year, (months >> 16) - 12 * next_year, (months & 0xffff) / 2'141 + 1};
}

/// Days from 1970-01-01 to a Gregorian date of the years 0 to 9999; the inverse of civil_date().
/// Years begin in March here, so that the leap day is the last of its year. The method is that of H. Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", without negative numbers: 400 years, which have 146 097 days, are added first.
constexpr std::int64_t days_to(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    const bool last_year = month <= 2;
    const auto years = static_cast<std::uint32_t>(year + 400 - (last_year ? 1 : 0));
    const auto months = static_cast<std::uint32_t>(last_year ? month + 9 : month - 3);
    const std::uint32_t centuries = years / 100;
    const std::uint32_t days = years * 1461 / 4 - centuries + centuries / 4 + (153 * months + 2) / 5;
    return std::int64_t{days} + day - 1 - 719'468 - 146'097;
}

/// `"2026-05-20T01:02:03.5Z"` with its quotes; null outside the years 0000 to 9999, which RFC 3339 cannot write.
inline char* write_rfc3339(char* out, std::int64_t seconds, std::uint32_t nanoseconds) noexcept {
    if (seconds < first_civil_second || seconds > last_civil_second) return write_null(out);
    const SplitTime time = split_time<86'400>(seconds);
    const CivilDate date = civil_date(static_cast<std::int32_t>(time.seconds));
    const std::uint32_t minutes = time.fraction / 60;
    const std::uint32_t hours = minutes / 60;
    std::memcpy(out, "\"0000-00-00T00:00:00", 20);
    write_4_digits(out + 1, date.year);
    write_pair(out + 6, date.month);
    write_pair(out + 9, date.day);
    write_pair(out + 12, hours);
    write_pair(out + 15, minutes - hours * 60);
    write_pair(out + 18, time.fraction - minutes * 60);
    out = write_fraction(out + 20, nanoseconds, 9);
    std::memcpy(out, "Z\"", 2);
    return out + 2;
}

/// UNIX seconds with an exact fraction: `1700000000.25`.
inline char* write_unix_seconds(char* out, SplitTime time) noexcept {
    if (time.seconds == no_time.seconds) return write_null(out);
    if (time.seconds < 0 && time.fraction != 0) {  // -0.25 is kept as second -1 and fraction 0.75
        *out++ = '-';
        out = write_u64(out, static_cast<std::uint64_t>(-(time.seconds + 1)));
        return write_fraction(out, 1'000'000'000 - time.fraction, 9);
    }
    out = write_i64(out, time.seconds);
    if (time.fraction != 0) return write_fraction(out, time.fraction, 9);
    out[0] = '.';
    out[1] = '0';
    return out + 2;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// Values to JSON in two steps: `worst_size` says how many bytes a value can need at most, then `put` writes through a bare
// pointer and asks nothing more. For a struct of numbers the first step is a constant.

namespace notch::inline NOTCH_ABI::detail {

template <std::size_t N>
NOTCH_INTERNAL_INLINE char* put_static(char* out, const StaticText<N>& text) noexcept {
    std::memcpy(out, text.data, N);
    return out + N;
}
NOTCH_INTERNAL_INLINE char* put_plain(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}
NOTCH_INTERNAL_INLINE char* put_null(char* out) noexcept {
    std::memcpy(out, "null", 4);
    return out + 4;
}

inline constexpr std::string_view redacted = "\"[redacted]\"";

template <class T>
constexpr bool is_empty_value(const T& v) noexcept {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean || kind == Kind::integer || kind == Kind::real) return v == T{};
    else if constexpr (kind == Kind::duration) return v == T::zero();
    else if constexpr (kind == Kind::text) return as_text(v).empty();
    else if constexpr (kind == Kind::raw_json) return v.text.empty();
    else if constexpr (kind == Kind::list || kind == Kind::map) return length_of(v) == 0;
    else if constexpr (kind == Kind::foreign) return is_empty_value(notch_value(v));
    else if constexpr (kind == Kind::optional) return !v.has_value();
    else if constexpr (kind == Kind::enumeration) return enum_position(v) < enum_table<T>.size() && enum_table<T>[enum_position(v)].second.empty();
    else return false;
}

/// Whether two values of a field are the same; of pointers and arrays, what they hold and not where it stands.
template <class F>
constexpr bool same_value(const F& a, const F& b) {
    if constexpr (checked_kind<F>() == Kind::text) {
        return as_text(a) == as_text(b);
    } else if constexpr (std::is_bounded_array_v<F>) {
        for (std::size_t i = 0; i < std::extent_v<F>; ++i)
            if (!same_value(a[i], b[i])) return false;
        return true;
    } else {
        constexpr bool comparable = std::equality_comparable<F>;
        static_assert(comparable, "notch: omit_default has to compare the field: write `bool operator==(const F&) const = default;` in its type F");
        if constexpr (comparable) return a == b;
        else return false;
    }
}

template <std::size_t Index, class First, class... Rest>
constexpr const auto& nth(const First& first, const Rest&... rest) noexcept {
    if constexpr (Index == 0) return first;
    else return nth<Index - 1>(rest...);
}

template <class T, std::size_t Index>
bool equals_default(const auto& value) {
    constexpr bool constructible = std::is_default_constructible_v<T>;
    static_assert(constructible, "notch: omit_default needs a struct with a default constructor: give every field a default");
    if constexpr (constructible) {
        const T fresh{};
        return Fields<T>::visit(fresh, [&value](const auto&... fields) { return same_value(nth<Index>(fields...), value); });
    } else {
        return false;
    }
}

/// Whether field Index of T is left out of what is written.
template <class T, std::size_t Index, class F>
bool is_omitted(const F& value) {
    constexpr FieldInfo info = field_infos<T>[Index];
    if constexpr (info.skip) return true;
    else if constexpr (info.redact) return false;
    else if constexpr (info.omit_default) return equals_default<T, Index>(value);
    else if constexpr (info.omit_empty || is_optional<F>) return is_empty_value(value);
    else return false;
}
/// Whether `is_omitted` can ever be true, that is, has to be asked.
template <class T, std::size_t Index, class F>
inline constexpr bool may_be_omitted = field_infos<T>[Index].skip || (!field_infos<T>[Index].redact && (field_infos<T>[Index].omit_default || field_infos<T>[Index].omit_empty || is_optional<F>));

/// How a value is written where its type leaves a choice.
struct Form {
    bool unix_seconds = false;
};
template <class T, std::size_t Index>
inline constexpr Form form_of{.unix_seconds = field_infos<T>[Index].unix_seconds};

// ---- how large -----------------------------------------------------------------------------------------------------

template <class T>
NOTCH_INTERNAL_INLINE std::size_t worst_size(const T& v);

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE std::size_t worst_field_size(const F& field) {
    if constexpr (field_infos<T>[Index].skip) return 0;
    else if constexpr (field_infos<T>[Index].redact) return text_key_text<T, Index>.view().size() + redacted.size();
    else return text_key_text<T, Index>.view().size() + worst_size(field);
}

template <class T>
NOTCH_INTERNAL_INLINE std::size_t worst_fields_size(const T& v) {
    return Fields<T>::visit(v, [](const auto&... fields) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            std::size_t size = 2;
            NOTCH_INTERNAL_IN_ORDER(size += worst_field_size<T, Index>(fields));
            return size;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

template <class T>
std::size_t worst_elements_size(const T& list) {
    using E = Element<T>;
    if constexpr (kind_of<E>() == Kind::integer || kind_of<E>() == Kind::real || kind_of<E>() == Kind::boolean) {
        return 2 + length_of(list) * (worst_size(E{}) + 1);
    } else {
        std::size_t size = 2;
        for (const auto& element : list) size += 1 + worst_size(element);
        return size;
    }
}

template <class T>
std::size_t worst_entries_size(const T& map) {
    std::size_t size = 2;
    for (const auto& [key, value] : map) size += 4 + escaped_bound(as_text(key).size()) + worst_size(value);
    return size;
}

template <class E>
consteval std::size_t longest_enum_text() {
    std::size_t longest = 4;  // null
    for (const auto& entry : enum_table<E>) longest = entry.second.size() > longest ? entry.second.size() : longest;
    return longest;
}

/// The most bytes that `put(out, v)` touches.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t worst_size(const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) return 8;
    else if constexpr (kind == Kind::integer) return max_integer_size + 4;
    else if constexpr (kind == Kind::real) return max_double_size;
    else if constexpr (kind == Kind::text) return 2 + escaped_bound(as_text(v).size());
    else if constexpr (kind == Kind::enumeration) return 2 + escaped_bound(longest_enum_text<T>());
    else if constexpr (kind == Kind::duration || kind == Kind::time_point) return max_time_size;
    else if constexpr (kind == Kind::raw_json) return 4 + v.text.size();
    else if constexpr (kind == Kind::foreign) return worst_size<ForeignValue<T>>(notch_value(v));
    else if constexpr (kind == Kind::optional) return v.has_value() ? worst_size(*v) : 4;
    else if constexpr (kind == Kind::list) return worst_elements_size(v);
    else if constexpr (kind == Kind::map) return worst_entries_size(v);
    else if constexpr (kind == Kind::object) return worst_fields_size(v);
    else return 0;
}

// ---- the bytes -----------------------------------------------------------------------------------------------------

template <Form form = Form{}, class T>
NOTCH_INTERNAL_INLINE char* put(char* out, const T& v);

NOTCH_INTERNAL_INLINE char* put_bool(char* out, bool v) noexcept {
    // Four bytes always; the `e` of false lies beyond.
    std::memcpy(out, v ? "true" : "fals", 4);
    out[4] = 'e';
    return out + (v ? 4 : 5);
}

template <class T>
NOTCH_INTERNAL_INLINE char* put_integer(char* out, T v) noexcept {
    if constexpr (std::is_signed_v<T>) {
        if constexpr (sizeof(T) <= 4) return write_i32(out, static_cast<std::int32_t>(v));
        else return write_i64(out, static_cast<std::int64_t>(v));
    } else {
        if constexpr (sizeof(T) <= 4) return write_u32(out, static_cast<std::uint32_t>(v));
        else return write_u64(out, static_cast<std::uint64_t>(v));
    }
}

/// The text and its closing quote. Out of line: a call costs half a nanosecond, a copy in every field costs the compiler
/// about as much as all the rest of a struct.
[[gnu::noinline]] inline char* put_text_end(char* out, const char* s, std::size_t n) noexcept {
    out = write_escaped(out, s, n);
    *out = '"';
    return out + 1;
}

NOTCH_INTERNAL_INLINE char* put_text(char* out, std::string_view v) noexcept {
    *out = '"';
    return put_text_end(out + 1, v.data(), v.size());
}

/// A value that its enum's table does not have has no text: it is written as null.
template <class E>
char* put_enum(char* out, E v) noexcept {
    const std::size_t at = enum_position(v);
    return at < enum_table<E>.size() ? put_text(out, enum_table<E>[at].second) : put_null(out);
}

template <class Point>
char* put_time_point(char* out, const Point& v, bool unix_form) noexcept {
    const SplitTime time = split_point(v);
    return unix_form ? write_unix_seconds(out, time) : write_rfc3339(out, time.seconds, time.fraction);
}

/// Writes `[` or `{` over the first comma, or an empty pair when nothing was written.
NOTCH_INTERNAL_INLINE char* close_brackets(char* start, char* out, char open, char close) noexcept {
    if (out == start) ++out;
    *start = open;
    *out++ = close;
    return out;
}

template <Form form, class T>
char* put_elements(char* out, const T& list) {
    char* const start = out;
    for (const auto& element : list) {
        *out++ = ',';
        out = put<form, Element<T>>(out, element);
    }
    return close_brackets(start, out, '[', ']');
}

template <Form form, class T>
char* put_entries(char* out, const T& map) {
    char* const start = out;
    for (const auto& [key, value] : map) {
        *out++ = ',';
        out = put_text(out, as_text(key));
        *out++ = ':';
        out = put<form>(out, value);
    }
    return close_brackets(start, out, '{', '}');
}

/// Field Index of T as `,"key":value`, or nothing when it is left out.
template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_field(char* out, const F& field) {
    if constexpr (field_infos<T>[Index].skip) {  // whatever its type
        return out;
    } else if constexpr (field_infos<T>[Index].redact) {
        return put_plain(put_static(out, key_text<T, Index>), redacted);
    } else {
        constexpr Kind kind = checked_kind<F>();
        if constexpr (may_be_omitted<T, Index, F>) {
            if (is_omitted<T, Index>(field)) return out;
        }
        if constexpr (kind == Kind::text) {
            out = put_static(out, text_key_text<T, Index>);
            const std::string_view text = as_text(field);
            return put_text_end(out, text.data(), text.size());
        } else {
            return put<form_of<T, Index>>(put_static(out, key_text<T, Index>), field);
        }
    }
}

template <class T>
NOTCH_INTERNAL_INLINE char* put_object(char* out, const T& v) {
    char* const start = out;
    out = Fields<T>::visit(v, [out](const auto&... fields) {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            char* at = out;
            NOTCH_INTERNAL_IN_ORDER(at = put_field<T, Index>(at, fields));
            return at;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
    return close_brackets(start, out, '{', '}');
}

/// Writes `v` at `out`, where at least `worst_size(v)` bytes are free; returns the end.
template <Form form, class T>
NOTCH_INTERNAL_INLINE char* put(char* out, const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) return put_bool(out, v);
    else if constexpr (kind == Kind::integer) return put_integer(out, v);
    else if constexpr (std::is_same_v<T, float>) return write_float(out, v);
    else if constexpr (kind == Kind::real) return write_double(out, v);
    else if constexpr (kind == Kind::text) return put_text(out, as_text(v));
    else if constexpr (kind == Kind::enumeration) return put_enum(out, v);
    else if constexpr (kind == Kind::duration) return write_duration(out, v);
    else if constexpr (kind == Kind::time_point) return put_time_point(out, v, form.unix_seconds);
    else if constexpr (kind == Kind::raw_json) return put_raw(out, v.text);
    else if constexpr (kind == Kind::foreign) return put<form, ForeignValue<T>>(out, notch_value(v));
    else if constexpr (kind == Kind::optional) return v.has_value() ? put<form>(out, *v) : put_null(out);
    else if constexpr (kind == Kind::list) return put_elements<form>(out, v);
    else if constexpr (kind == Kind::map) return put_entries<form>(out, v);
    else if constexpr (kind == Kind::object) return put_object(out, v);
    else return out;
}

template <class Write>
NOTCH_INTERNAL_INLINE char* write_from(char* out, const Write& write) {
    NOTCH_INTERNAL_FORGET(out);
    return write(out);
}

/// Appends what `write(char*)` writes, at most `worst` bytes. Small values are written on the stack first: growing a
/// string would fill it with zeros before they are overwritten.
template <class Write>
NOTCH_INTERNAL_INLINE void append_written(std::string& out, std::size_t worst, const Write& write) {
#if defined(__cpp_lib_string_resize_and_overwrite)
    const std::size_t before = out.size();
    out.resize_and_overwrite(before + worst, [&](char* data, std::size_t) {
        char* const end = write_from(data + before, write);
        return static_cast<std::size_t>(end - data);
    });
#else
    constexpr std::size_t on_stack = 2048;
    if (worst <= on_stack) {
        char buffer[on_stack];
        char* const end = write_from(buffer, write);
        out.append(buffer, static_cast<std::size_t>(end - buffer));
    } else {
        const std::size_t before = out.size();
        out.resize(before + worst);
        char* const end = write_from(out.data() + before, write);
        out.resize(static_cast<std::size_t>(end - out.data()));
    }
#endif
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Appends a value as JSON to a string; with a string that is used again and again nothing is allocated.
///
///     std::string text;
///     notch::append_json(text, RunnerStart{.flavor = "small", .repo = "o/r"});
///     // {"flavor":"small","repo":"o/r"}
///
/// Takes every type that can be a field. Invalid UTF-8 becomes U+FFFD; NaN and infinities become null. Thread-safe for
/// distinct strings. Fails only as std::string does when memory runs out.
template <class T>
void append_json(std::string& out, const T& value) {
    detail::append_written(out, detail::worst_size(value), [&value](char* at) { return detail::put(at, value); });
}

/// A value as JSON, without an envelope.
///
///     notch::to_json(Shape{.cpu = 4});  // {"cpu":4}
template <class T>
[[nodiscard]] std::string to_json(const T& value) {
    std::string out;
    append_json(out, value);
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- json/line.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_LINE_HPP
#define NOTCH_JSON_LINE_HPP

// An event as a line of a ledger: the envelope first, then the fields.

namespace notch::inline NOTCH_ABI::detail {


template <class T, std::size_t Index>
inline constexpr bool in_envelope = Index == Envelope<T>::timestamp || Index == Envelope<T>::event;

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_timestamp_if(char* out, const F& field) {
    if constexpr (Index == Envelope<T>::timestamp) return put<form_of<T, Index>>(out, field);
    else return out;
}

/// The name that the event gives itself, or the name of its type.
template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_event_name_if(char* out, const F& field) {
    if constexpr (Index == Envelope<T>::event) {
        if (field.empty()) return put_static(out, event_text<T>);
        out = put_plain(out, event_start);
        out = write_escaped(out, field.data(), field.size());
        *out++ = '"';
    }
    return out;
}

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_line_field(char* out, const F& field) {
    if constexpr (in_envelope<T, Index>) return out;
    else return put_field<T, Index>(out, field);
}

/// The most bytes of envelope that are not fields.
template <class T>
inline constexpr std::size_t worst_envelope_size = timestamp_start.size() + max_time_size + event_text<T>.view().size() + 2;

/// Writes the event's line, without a newline. `microseconds` stamps an event that has no time of its own.
template <class T>
NOTCH_INTERNAL_INLINE char* put_line(char* out, const T& event, [[maybe_unused]] std::int64_t microseconds) {
    if constexpr (!Envelope<T>::on) {
        return put_object(out, event);
    } else {
        return Fields<T>::visit(event, [&](const auto&... fields) {
            return [&]<std::size_t... Index>(std::index_sequence<Index...>) {
                char* at = put_plain(out, timestamp_start);
                if constexpr (Envelope<T>::timestamp == no_field) at = write_stamp(at, microseconds);
                else NOTCH_INTERNAL_IN_ORDER(at = put_timestamp_if<T, Index>(at, fields));
                if constexpr (Envelope<T>::event == no_field) at = put_static(at, event_text<T>);
                else NOTCH_INTERNAL_IN_ORDER(at = put_event_name_if<T, Index>(at, fields));
                NOTCH_INTERNAL_IN_ORDER(at = put_line_field<T, Index>(at, fields));
                *at++ = '}';
                return at;
            }(std::make_index_sequence<sizeof...(fields)>{});
        });
    }
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Appends the event's ledger line, without its newline; see to_line.
template <class T>
void append_line(std::string& out, const T& event, Clock clock = system_microseconds) {
    using Envelope = detail::Envelope<T>;
    const std::int64_t now = Envelope::on && Envelope::timestamp == detail::no_field ? clock() : 0;
    const std::size_t worst = detail::worst_envelope_size<T> + detail::worst_size(event);
    detail::append_written(out, worst, [&](char* at) { return detail::put_line(at, event, now); });
}

/// The line that a ledger keeps of an event, without its newline: the envelope (`timestamp`, `event`), then the fields.
///
///     notch::to_line(RunnerStart{.flavor = "small", .repo = "o/r"});
///     // {"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","repo":"o/r"}
///
/// A member `timestamp` is used as it stands; without one the clock stamps the line in microseconds. A non-empty text member
/// `event` replaces the name. `notch::no_envelope` among the struct's options switches both off.
template <class T>
[[nodiscard]] std::string to_line(const T& event, Clock clock = system_microseconds) {
    std::string out;
    append_line(out, event, clock);
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- json/decode.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_DECODE_HPP
#define NOTCH_JSON_DECODE_HPP

// ---- json/decode_shape.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_DECODE_SHAPE_HPP
#define NOTCH_JSON_DECODE_SHAPE_HPP

// ---- json/decode_values.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_DECODE_VALUES_HPP
#define NOTCH_JSON_DECODE_VALUES_HPP

// ---- json/read_object.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_READ_OBJECT_HPP
#define NOTCH_JSON_READ_OBJECT_HPP

// ---- json/read_values.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_READ_VALUES_HPP
#define NOTCH_JSON_READ_VALUES_HPP

// Reading one value of each plain type. Every function takes where the value begins and gives back where it ends, or null.

namespace notch::inline NOTCH_ABI::detail {

/// The value is not what the field holds. When it is not even JSON, that is the failure to report.
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_type(Reader& r, const char* at, const Failure& failure) noexcept {
    return skip_value(r, at) == nullptr ? nullptr : fail(r, failure);
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_type(Reader& r, const char* at, std::string_view expected) noexcept {
    return fail_type(r, at, Failure{.code = ErrorCode::type_mismatch, .at = at, .expected = expected});
}

inline bool stands_at(const Reader& r, const char* at, std::string_view word) noexcept {
    return r.left(at) >= word.size() && std::memcmp(at, word.data(), word.size()) == 0;
}

inline const char* read_bool(Reader& r, const char* at, bool& out) noexcept {
    if (stands_at(r, at, "true")) {
        out = true;
        return at + 4;
    }
    if (stands_at(r, at, "false")) {
        out = false;
        return at + 5;
    }
    return fail_type(r, at, "true or false");
}

/// Past `null`, or null itself when something else stands here; not a failure.
inline const char* past_null(const Reader& r, const char* at) noexcept {
    return stands_at(r, at, "null") ? at + 4 : nullptr;
}

// ---- integers ------------------------------------------------------------------------------------------------------

inline void describe_range(const Failure& failure, Error& error) {
    error.expected = "an integer in [" + std::to_string(failure.low) + ", " + std::to_string(failure.high) + "]";
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_integer(Reader& r, const char* at, ErrorCode code, std::int64_t low,
                                                       std::uint64_t high) noexcept {
    return fail_type(r, at, Failure{.code = code, .at = at, .describe = describe_range, .low = low, .high = high});
}

/// An integer of more than 15 digits or in a text of a few bytes, or none, or outside [low, high].
NOTCH_INTERNAL_COLD inline const char* read_odd_integer(Reader& r, const char* at, std::int64_t low, std::uint64_t high,
                                                        std::uint64_t& bits) noexcept {
    NumberText number;
    if (!read_number(at, r.end, number)) return fail_integer(r, at, ErrorCode::type_mismatch, low, high);
    if (!number.integral) return fail_integer(r, at, ErrorCode::type_mismatch, low, high);
    if (number.negative) {
        std::int64_t value = 0;
        const bool fits = to_i64(number, value) == NumberStatus::ok && value >= low;
        bits = static_cast<std::uint64_t>(value);
        return fits ? number.last : fail_integer(r, at, ErrorCode::out_of_range, low, high);
    }
    const bool fits = to_u64(number, bits) == NumberStatus::ok && bits <= high;
    return fits ? number.last : fail_integer(r, at, ErrorCode::out_of_range, low, high);
}

/// An integer in [low, high], as the bits of two's complement.
inline const char* read_integer(Reader& r, const char* at, std::int64_t low, std::uint64_t high,
                                std::uint64_t& bits) noexcept {
    const bool negative = r.peek(at) == '-';
    const char* const digits = at + (negative ? 1 : 0);
    std::uint64_t size = 0;
    const char* const end = r.left(r.begin) >= 8 ? take_few_digits(digits, r.end, size) : nullptr;
    if (end == nullptr) [[unlikely]]
        return read_odd_integer(r, at, low, high, bits);
    const auto count = static_cast<std::size_t>(end - digits);
    const char after = r.peek(end);
    const bool plain = count != 0 && (count == 1 || *digits != '0') && after != '.' && (after | 0x20) != 'e';
    const std::uint64_t most = negative ? 0 - static_cast<std::uint64_t>(low) : high;
    if (!plain || size > most) [[unlikely]]
        return read_odd_integer(r, at, low, high, bits);
    bits = negative ? 0 - size : size;
    return end;
}

template <Integer T>
NOTCH_INTERNAL_INLINE const char* read_integer(Reader& r, const char* at, T& out) noexcept {
    using Range = std::numeric_limits<T>;
    std::uint64_t bits = 0;
    at = read_integer(r, at, static_cast<std::int64_t>((Range::min)()), static_cast<std::uint64_t>((Range::max)()),
                      bits);
    out = static_cast<T>(bits);
    return at;
}

// ---- floating point ------------------------------------------------------------------------------------------------

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_range(Reader& r, const char* at, std::string_view expected) noexcept {
    return fail(r, ErrorCode::out_of_range, at, expected);
}

// From constants: <cmath> is a heavy header, and -ffast-math may fold away a NaN that is computed.
inline constexpr double nan_double = std::numeric_limits<double>::quiet_NaN();
inline constexpr float nan_float = std::numeric_limits<float>::quiet_NaN();

/// In a line, null where a number should be is the NaN or infinity that could not be written.
NOTCH_INTERNAL_COLD inline const char* read_null_as_nan(Reader& r, const char* at) noexcept {
    const char* const after = r.line ? past_null(r, at) : nullptr;
    return after != nullptr ? after : fail_type(r, at, "a number");
}

NOTCH_INTERNAL_COLD inline const char* read_unusual_real(Reader& r, const char* at, double& out) noexcept {
    NumberText number;
    if (!read_number(at, r.end, number)) [[unlikely]] {
        out = nan_double;
        return read_null_as_nan(r, at);
    }
    if (!to_double(number, out)) [[unlikely]]
        return fail_range(r, at, "a number that a double can hold");
    return number.last;
}
// What is unusual is a call at the end, so that what is usual needs no memory for registers.
inline const char* read_real(Reader& r, const char* at, double& out) noexcept {
    const char* const next = read_usual_double(r.begin, r.end, at, out);
    return next != nullptr ? next : read_unusual_real(r, at, out);
}
inline const char* read_real(Reader& r, const char* at, float& out) noexcept {
    NumberText number;
    if (!read_number(at, r.end, number)) [[unlikely]] {
        out = nan_float;
        return read_null_as_nan(r, at);
    }
    if (!to_float(number, out)) [[unlikely]]
        return fail_range(r, at, "a number that a float can hold");
    return number.last;
}

// ---- text ----------------------------------------------------------------------------------------------------------

/// The string at the cursor as it stands in the text, checked.
NOTCH_INTERNAL_INLINE const char* read_token(Reader& r, const char* at, StringToken& out) noexcept {
    if (r.peek(at) != '"') [[unlikely]]
        return fail_type(r, at, "a string");
    return scan_string(r, at, out);
}

inline const char* read_text(Reader& r, const char* at, std::string& out) {
    StringToken token;
    at = read_token(r, at, token);
    if (at == nullptr) [[unlikely]]
        return nullptr;
    if (token.escaped) [[unlikely]] {
        assign_unescaped(out, token, r.end);
    } else {
        assign_text(out, token.data, token.size);
    }
    return at;
}

inline const char* read_text(Reader& r, const char* at, std::string_view& out) {
    StringToken token;
    const char* const next = read_token(r, at, token);
    if (next == nullptr) return nullptr;
    if (token.escaped && r.store != nullptr) {
        std::string& copy = r.store->add({});
        assign_unescaped(copy, token, r.end);
        out = copy;
        return next;
    }
    if (token.escaped)
        return fail(r, ErrorCode::needs_copy, at,
                    "a string without escapes, as it is read into a std::string_view; std::string takes any");
    out = token.view();
    return next;
}

inline void describe_room(const Failure& failure, Error& error) {
    error.expected = "a string of at most " + std::to_string(failure.high) + " bytes without NUL";
}

/// Into an array of characters, whose rest is filled with zeros. A text as long as the array stands there without a
/// terminator; a NUL in the text would end it early, so it is refused.
inline const char* read_characters(Reader& r, const char* at, std::span<char> out) noexcept {
    StringToken token;
    const char* const next = read_token(r, at, token);
    if (next == nullptr) return nullptr;
    std::memset(out.data(), 0, out.size());
    std::size_t size = 0;
    bool fits = true;
    for (const char* from = token.data; fits && from != token.data + token.size;) {
        const Unescaped one = *from == '\\' ? unescape(from, r.end) : Unescaped{{*from}, 1, from + 1};
        fits = size + one.size <= out.size() && one.bytes[0] != '\0';
        if (fits) std::memcpy(out.data() + size, one.bytes, one.size);
        size += one.size;
        from = one.next;
    }
    if (!fits)
        return fail(r,
                    Failure{.code = ErrorCode::out_of_range, .at = at, .describe = describe_room, .high = out.size()});
    return next;
}

// ---- one of a table of texts ---------------------------------------------------------------------------------------

using Texts = std::span<const std::string_view>;

inline void describe_choices(const Failure& failure, Error& error) {
    constexpr std::size_t shown = 12;
    const auto* const texts = static_cast<const std::string_view*>(failure.about);
    const auto count = static_cast<std::size_t>(failure.high);
    error.expected = count == 1 ? "" : "one of ";
    for (std::size_t i = 0; i < count && i < shown; ++i) {
        if (i != 0) error.expected += ", ";
        error.expected.append("\"").append(texts[i]).append("\"");
    }
    if (count > shown) error.expected += ", ...";
}
NOTCH_INTERNAL_COLD inline Failure choice_failure(ErrorCode code, const char* at, Texts texts) noexcept {
    return {.code = code, .at = at, .describe = describe_choices, .about = texts.data(), .high = texts.size()};
}

/// Which of the texts stands here.
inline const char* read_choice(Reader& r, const char* at, Texts texts, std::size_t& out) noexcept {
    if (r.peek(at) != '"') return fail_type(r, at, choice_failure(ErrorCode::type_mismatch, at, texts));
    StringToken token;
    const char* const next = scan_string(r, at, token);
    if (next == nullptr) return nullptr;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (!reads_as(token, texts[i])) continue;
        out = i;
        return next;
    }
    return fail(r, choice_failure(ErrorCode::unknown_value, at, texts));
}

// ---- lists ---------------------------------------------------------------------------------------------------------

inline void describe_count(const Failure& failure, Error& error) {
    error.expected = "an array of " + std::to_string(failure.high) + " elements";
    error.found = failure.count > failure.high ? "more" : std::to_string(failure.count);
}
/// The array at `at` does not have as many elements as the field.
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_count(Reader& r, const char* at, std::size_t size,
                                                     std::size_t count) noexcept {
    return fail(
        r,
        Failure{.code = ErrorCode::type_mismatch, .at = at, .describe = describe_count, .high = size, .count = count});
}

// ---- JSON as it is -------------------------------------------------------------------------------------------------

inline const char* read_raw(Reader& r, const char* at, RawJson& out) {
    const char* const next = skip_value(r, at);
    if (next != nullptr) out.text.assign(at, static_cast<std::size_t>(next - at));
    return next;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// Objects into structs. The struct is a table of its members here, so one plain function reads them all. Writers keep the
// order of a struct's fields, so each key is first compared with the one that is due, its quotes and colon included,
// 16 bytes at a time; only what comes out of order is looked up. Keys of the text are put into no table: duplicates are
// told by one bit a member.

namespace notch::inline NOTCH_ABI::detail {

struct Member;
using ReadMember = const char*(Reader& r, const char* at, void* out, const Member& member);

/// Keys are compared in blocks of so many bytes.
inline constexpr std::size_t key_block = 16;

/// A bit for every member: whether it was read.
using Seen = std::uint64_t;
inline constexpr std::size_t seen_bits = 64;
constexpr std::size_t seen_words(std::size_t members) noexcept { return members / seen_bits + 1; }

/// The quoted_size of a key that needs escapes and so is looked up, and of no key at all.
inline constexpr std::uint32_t never_stands = 0xffff'ffff;

/// One key of a struct, and what is done with its value.
struct Member {
    const char* quoted = nullptr;  ///< `"key":`, readable up to a whole block at least
    ReadMember* read = nullptr;
    std::uint32_t first_block = 1;  ///< a bit for each byte of the first block that `quoted` has
    std::uint32_t quoted_size = never_stands;
    std::uint32_t index = 0;      ///< of its address
    std::uint32_t following = 0;  ///< the member expected next
    Seen seen_bit = 0;
    std::string_view key{};
    Rules rules{};
    std::string_view event{};  ///< of the key `event` of a line: the name it must have
    bool skipped = false;      ///< never read
};

/// A further key of a member.
struct Alias {
    std::string_view key{};
    std::size_t member = 0;
};

struct ObjectShape {
    std::span<const Member> members;  ///< behind the last stands one more that no key is
    std::span<const Alias> aliases;
    const Seen* required;      ///< a bit for each member that must be there
    std::size_t first = 0;     ///< the member expected first
    bool skips_notch = false;  ///< keys that begin with `notch_` belong to the ledger
};

NOTCH_INTERNAL_COLD inline bool stands_key_at_end(const char* end, const char* at, const Member& member) noexcept {
    return static_cast<std::size_t>(end - at) >= member.quoted_size &&
           std::memcmp(at, member.quoted, member.quoted_size) == 0;
}

#if NOTCH_INTERNAL_SSE2
/// A bit for each byte of a block that two texts have in common.
NOTCH_INTERNAL_INLINE std::uint32_t equal_bytes(const char* a, const char* b) noexcept {
    return mask_of(_mm_cmpeq_epi8(load_16(a), load_16(b)));
}
#else
/// The same, for bytes that are all equal up to the first that is not; what follows it is left out.
NOTCH_INTERNAL_INLINE std::uint32_t equal_bytes(const char* a, const char* b) noexcept {
    const std::uint64_t low = load_8(a) ^ load_8(b);
    const std::uint64_t high = load_8(a + 8) ^ load_8(b + 8);
    const int equal = low != 0 ? std::countr_zero(low) / 8 : 8 + std::countr_zero(high) / 8;
    return (std::uint32_t{1} << equal) - 1;
}
#endif
inline constexpr std::uint32_t whole_block = 0xffff;
NOTCH_INTERNAL_INLINE bool same_block(const char* a, const char* b) noexcept {
    return equal_bytes(a, b) == whole_block;
}

/// Whether the member's key begins at `at`, as far as the first block goes.
NOTCH_INTERNAL_INLINE bool stands_first_block(const char* at, const Member& member) noexcept {
    return (member.first_block & ~equal_bytes(at, member.quoted)) == 0;
}

/// The same for what a long key has behind its first block: its last block, which may overlap the first, and for keys of
/// more than two blocks what lies between.
NOTCH_INTERNAL_INLINE bool stands_rest(const char* end, const char* at, const Member& member) noexcept {
    const std::size_t size = member.quoted_size;
    if (static_cast<std::size_t>(end - at) < size) [[unlikely]]
        return false;
    if (size > 2 * key_block) [[unlikely]]
        return size != never_stands && std::memcmp(at, member.quoted, size) == 0;
    return same_block(at + size - key_block, member.quoted + size - key_block);
}

/// Whether `"key":` of the member stands at `at`.
NOTCH_INTERNAL_INLINE bool stands_key(const char* end, const char* at, const Member& member) noexcept {
    if (end - at < static_cast<std::ptrdiff_t>(key_block)) [[unlikely]]
        return stands_key_at_end(end, at, member);
    return stands_first_block(at, member) && (member.quoted_size <= key_block || stands_rest(end, at, member));
}

/// The member of that key, or null. Looking begins at the member that is due.
inline const Member* find_member(const ObjectShape& shape, StringToken key, std::size_t due) noexcept {
    const std::size_t count = shape.members.size();
    for (std::size_t i = 0, at = due; i < count; ++i, ++at) {
        if (at >= count) at = 0;
        const Member& member = shape.members[at];
        if (!member.skipped && reads_as(key, member.key)) return &member;
    }
    for (const Alias& alias : shape.aliases)
        if (reads_as(key, alias.key)) return &shape.members[alias.member];
    return nullptr;
}

inline const char* fail_duplicate(Reader& r, const char* key) noexcept {
    return fail(
        r,
        Failure{.code = ErrorCode::duplicate_key, .scope = Scope::key, .at = key, .expected = "each key at most once"});
}
inline void describe_repeated(const Failure& failure, Error& error) {
    error.expected = '"' + std::string{failure.expected} + "\" by one of its keys at most once";
}
/// The same for a member, whose keys may differ.
NOTCH_INTERNAL_COLD inline const char* fail_repeated(Reader& r, const char* key, const Member& member) noexcept {
    StringToken token;
    if (scan_string(r, key, token) != nullptr && reads_as(token, member.key)) return fail_duplicate(r, key);
    return fail(r, Failure{.code = ErrorCode::duplicate_key,
                           .scope = Scope::key,
                           .at = key,
                           .expected = member.key,
                           .describe = describe_repeated});
}

NOTCH_INTERNAL_COLD inline std::nullptr_t fail_missing(Reader& r, const char* brace, const Member& member) noexcept {
    return fail(r, Failure{.code = ErrorCode::missing_field,
                           .scope = Scope::container,
                           .at = brace,
                           .expected = "a value",
                           .found = "no such key",
                           .member = member.key});
}

/// Where the members of one object go.
struct ObjectTarget {
    const ObjectShape& shape;
    void* const* addresses;  ///< of the struct's fields
    Seen* seen;
};

inline const char* read_unknown(Reader& r, const ObjectShape& shape, const char* key, const char* value,
                                StringToken token) noexcept {
    const bool reserved = shape.skips_notch && begins_as(token, "notch_");
    if (r.limits->unknown_keys == UnknownKeys::reject && !reserved)
        return fail(
            r,
            Failure{.code = ErrorCode::unknown_key, .scope = Scope::key, .at = key, .expected = "a key of the struct"});
    return skip_value(r, value);
}

/// The value of a member whose key has been read; `due` becomes the member expected next.
NOTCH_INTERNAL_INLINE const char* read_member_value(Reader& r, const ObjectTarget& target, const Member& member,
                                                    const char* key, const char* value, const Member*& due) {
    Seen& seen = target.seen[member.index / seen_bits];
    if ((seen & member.seen_bit) != 0) [[unlikely]]
        return fail_repeated(r, key, member);
    seen |= member.seen_bit;
    due = target.shape.members.data() + member.following;
    return member.read(r, value, target.addresses[member.index], member);
}

/// The member whose key stands at `at`, when it is one of the next behind the one that is due: writers leave out what is empty.
NOTCH_INTERNAL_INLINE const Member* find_near(const Reader& r, const ObjectShape& shape, const char* at,
                                              const Member* due) noexcept {
    constexpr int most = 6;
    const Member* const members = shape.members.data();
    for (int i = 0; i < most; ++i) {
        due = members + due->following;
        if (stands_key(r.end, at, *due)) return due;
        if (due == members + shape.members.size()) break;
    }
    return nullptr;
}

/// A key that is not the one that is due, and its value.
inline const char* read_any_member(Reader& r, const ObjectTarget& target, const char* const key, const Member*& due) {
    if (const Member* const member = find_near(r, target.shape, key, due))
        return read_member_value(r, target, *member, key, skip_space(r, key + member->quoted_size), due);
    if (r.peek(key) != '"') return fail_in_container(r, key, "a key in quotes");
    StringToken token;
    const char* at = scan_string(r, key, token);
    if (at == nullptr) return nullptr;
    at = skip_colon(r, at);
    if (at == nullptr) return nullptr;
    const Member* const member = find_member(target.shape, token, due->index);
    return member != nullptr ? read_member_value(r, target, *member, key, at, due)
                             : read_unknown(r, target.shape, key, at, token);
}

/// The members of an object that has some, up to what follows the last, which should be the brace.
inline const char* read_members(Reader& r, const ObjectTarget& target, const char* at) {
    const char* const end = r.end;
    const Member* due = target.shape.members.data() + target.shape.first;
    for (std::size_t room = r.limits->max_elements;; --room) {
        if (room == 0) [[unlikely]]
            return fail_elements(r, at, true);
        if (stands_key(end, at, *due)) [[likely]] {
            at = read_member_value(r, target, *due, at, skip_space(end, at + due->quoted_size), due);
        } else {
            at = read_any_member(r, target, at, due);
        }
        if (at == nullptr) [[unlikely]]
            return nullptr;
        if (at == end || *at != ',') {
            at = skip_space(end, at);
            if (at == end || *at != ',') return at;
        }
        at = skip_space(end, at + 1);
    }
}

inline bool all_required(Reader& r, const ObjectTarget& target, const char* brace) noexcept {
    for (std::size_t word = 0; word < seen_words(target.shape.members.size()); ++word) {
        const Seen missing = target.shape.required[word] & ~target.seen[word];
        if (missing == 0) [[likely]]
            continue;
        const auto member = word * seen_bits + static_cast<std::size_t>(std::countr_zero(missing));
        fail_missing(r, brace, target.shape.members[member]);
        return false;
    }
    return true;
}

/// One object into a struct.
inline const char* read_object(Reader& r, const char* at, const ObjectTarget& target) {
    if (r.peek(at) != '{') [[unlikely]]
        return fail_type(r, at, "an object");
    if (!enter(r)) [[unlikely]]
        return fail_depth(r, at);
    at = skip_space(r, at + 1);
    if (r.peek(at) != '}') [[likely]]
        at = read_members(r, target, at);
    if (at == nullptr) [[unlikely]]
        return nullptr;
    if (r.peek(at) != '}') [[unlikely]]
        return fail_separator(r, at, true);
    leave(r);
    return all_required(r, target, at) ? at + 1 : nullptr;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/read_times.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_READ_TIMES_HPP
#define NOTCH_JSON_READ_TIMES_HPP

// ---- json/read_time_text.hpp -----------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_READ_TIME_TEXT_HPP
#define NOTCH_JSON_READ_TIME_TEXT_HPP

// RFC 3339 text to seconds, exact to the nanosecond.

namespace notch::inline NOTCH_ABI::detail {

/// Sign, whole seconds and nanoseconds; of a number, and of a point counted from 1970.
struct ExactSeconds {
    bool negative = false;
    bool overflow = false;  ///< the seconds do not fit into 64 bits
    bool finer = false;     ///< there was something below a nanosecond
    std::uint64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
};

inline constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;

/// Adds the digit that stands for `digit` times 10 to the `power`, where digits come in falling order.
constexpr void add_digit(ExactSeconds& out, std::uint32_t digit, std::int64_t power) noexcept {
    constexpr std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)();
    if (power >= 0) {
        if (out.seconds > (most - digit) / 10) out.overflow = true;
        else out.seconds = out.seconds * 10 + digit;
    } else if (power >= -9) {
        std::uint32_t unit = 1;
        for (std::int64_t p = power; p > -9; --p) unit *= 10;
        out.nanoseconds += digit * unit;
    } else if (digit != 0) {
        out.finer = true;
    }
}

constexpr std::int64_t days_in_month(std::int64_t year, std::int64_t month) noexcept {
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Takes a text apart from its front. After the first thing that is missing it stays failed and gives zeros.
class TimeText {
public:
    constexpr explicit TimeText(std::string_view text) noexcept : rest_{text} {}

    constexpr std::int64_t number(std::size_t digits, std::int64_t lowest, std::int64_t highest) noexcept {
        std::int64_t value = 0;
        for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
        if (value < lowest || value > highest) good_ = false;
        return value;
    }
    constexpr void literal(char c) noexcept {
        if (!take(c)) good_ = false;
    }
    constexpr bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// The digits behind the point, as nanoseconds.
    constexpr void fraction(ExactSeconds& out) noexcept {
        std::int64_t power = 0;
        do add_digit(out, static_cast<std::uint32_t>(digit()), --power);
        while (!rest_.empty() && is_digit(rest_.front()));
    }
    [[nodiscard]] constexpr bool good() const noexcept { return good_; }
    [[nodiscard]] constexpr bool done() const noexcept { return good_ && rest_.empty(); }

private:
    constexpr std::int64_t digit() noexcept {
        if (rest_.empty() || !is_digit(rest_.front())) {
            good_ = false;
            return 0;
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c - '0';
    }

    std::string_view rest_;
    bool good_ = true;
};

/// Seconds that local time is ahead of UTC: `Z`, `+02:00`, `-05:30`.
constexpr std::int64_t take_offset(TimeText& text) noexcept {
    if (text.take('Z') || text.take('z')) return 0;
    const bool west = text.take('-');
    if (!west) text.literal('+');
    const std::int64_t hours = text.number(2, 0, 23);
    text.literal(':');
    const std::int64_t minutes = text.number(2, 0, 59);
    const std::int64_t offset = hours * 3'600 + minutes * 60;
    return west ? -offset : offset;
}

/// What TimeText finds in a text, and what these are together.
struct CivilTime {
    std::int64_t year;
    std::int64_t month;
    std::int64_t day;
    std::int64_t hour;
    std::int64_t minute;
    std::int64_t second;
    std::int64_t offset;  ///< seconds ahead of UTC
};

/// Sign and whole seconds of a time whose fraction is in `out` already.
constexpr void count_seconds(const CivilTime& time, ExactSeconds& out) noexcept {
    std::int64_t since = days_to(time.year, time.month, time.day) * 86'400 + time.hour * 3'600 + time.minute * 60 +
                         time.second - time.offset;
    if (since < 0) {  // the fraction counts forward: -1.25 is second -2 and 0.75
        out.negative = true;
        if (out.nanoseconds != 0) {
            out.nanoseconds = nanoseconds_per_second - out.nanoseconds;
            ++since;
        }
        since = -since;
    }
    out.seconds = static_cast<std::uint64_t>(since);
}

constexpr bool in_range(const CivilTime& time) noexcept {
    return time.month >= 1 && time.month <= 12 && time.day >= 1 &&
           (time.day <= 28 || time.day <= days_in_month(time.year, time.month)) && time.hour <= 23 &&
           time.minute <= 59 && time.second <= 59;
}

/// Eight characters of which those that are '0' stand for any digit.
struct TextForm {
    std::uint64_t shape = 0;
    std::uint64_t room = 0;  ///< what each byte can be over the shape, less than the high bit

    consteval explicit TextForm(const char (&form)[9]) noexcept {
        for (int i = 0; i < 8; ++i) {
            shape |= std::uint64_t{static_cast<unsigned char>(form[i])} << 8 * i;
            room |= std::uint64_t{form[i] == '0' ? 0x80U - 10U : 0x7fU} << 8 * i;
        }
    }
};
inline constexpr TextForm year_and_month{"0000-00-"};
inline constexpr TextForm day_to_minute{"00T00:00"};
inline constexpr TextForm clock_time{"00:00:00"};

/// Zero when the text has that form.
NOTCH_INTERNAL_INLINE constexpr std::uint64_t misfits(std::uint64_t text, const TextForm& form) noexcept {
    const std::uint64_t values = text ^ form.shape;
    return ((values + form.room) | values) & every_byte(0x80);
}
/// The two digits at that place of eight characters.
NOTCH_INTERNAL_INLINE constexpr std::int64_t two_digits(std::uint64_t text, int at) noexcept {
    const std::uint64_t both = text >> 8 * at;
    return static_cast<std::int64_t>((both & 0xf) * 10 + (both >> 8 & 0xf));
}

/// One to nine digits that end at `end`, as nanoseconds; false when one is none. Eight bytes before `end` can be read.
NOTCH_INTERNAL_INLINE bool read_usual_fraction(const char* end, std::size_t digits, std::uint32_t& out) noexcept {
    const char* const first = end - digits;
    std::uint64_t value = 0;
    if (digits == 9) value = static_cast<unsigned char>(*first - '0');
    const int foreign = digits < 8 ? 8 * static_cast<int>(8 - digits) : 0;  // bits of what stands before the digits
    const std::uint64_t text = load_8(end - 8) >> foreign << foreign;
    const std::uint64_t zeros = every_byte('0') & ((std::uint64_t{1} << foreign) - 1);
    if (value > 9 || non_digits(text | zeros) != 0) return false;
    value = value * 100000000 + value_of_8_digits(text);
    out = static_cast<std::uint32_t>(value * powers_of_10[9 - digits]);
    return true;
}

/// A time as writers usually give it, `2026-05-20T01:02:03.5Z` with up to nine digits behind the point; false for any other,
/// and for what is no time.
inline bool parse_usual_rfc3339(std::string_view from, ExactSeconds& out) noexcept {
    constexpr std::size_t whole = 19;
    const char* const text = from.data();
    const std::size_t size = from.size();
    if (size <= whole || size > whole + 11 || text[size - 1] != 'Z') return false;
    const std::uint64_t date = load_8(text);
    const std::uint64_t middle = load_8(text + 8);
    const std::uint64_t clock = load_8(text + 11);
    if ((misfits(date, year_and_month) | misfits(middle, day_to_minute) | misfits(clock, clock_time)) != 0)
        return false;
    const CivilTime time{.year = two_digits(date, 0) * 100 + two_digits(date, 2),
                         .month = two_digits(date, 5),
                         .day = two_digits(middle, 0),
                         .hour = two_digits(clock, 0),
                         .minute = two_digits(clock, 3),
                         .second = two_digits(clock, 6),
                         .offset = 0};
    if (!in_range(time)) return false;
    if (size > whole + 1) {
        const std::size_t digits = size - whole - 2;
        if (digits == 0 || text[whole] != '.' || !read_usual_fraction(text + size - 1, digits, out.nanoseconds))
            return false;
    }
    count_seconds(time, out);
    return true;
}

/// A time by RFC 3339, section 5.6; false when the text is none. A leap second (`:60`) is none: system_clock has no place
/// for it.
constexpr bool parse_rfc3339(std::string_view from, ExactSeconds& out) noexcept {
    TimeText text{from};
    CivilTime time{};
    time.year = text.number(4, 0, 9999);
    text.literal('-');
    time.month = text.number(2, 1, 12);
    text.literal('-');
    time.day = text.number(2, 1, days_in_month(time.year, time.month));
    if (!text.take('T') && !text.take('t')) return false;
    time.hour = text.number(2, 0, 23);
    text.literal(':');
    time.minute = text.number(2, 0, 59);
    text.literal(':');
    time.second = text.number(2, 0, 59);
    if (text.take('.')) text.fraction(out);
    time.offset = take_offset(text);
    if (!text.done()) return false;
    count_seconds(time, out);
    return true;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// Times from JSON: numbers of seconds, exact to the nanosecond without ever becoming a double, and RFC 3339 text.

namespace notch::inline NOTCH_ABI::detail {

/// The exponent of a checked number, kept small enough to add to.
constexpr std::int64_t exponent_of(std::string_view number) noexcept {
    const std::size_t e = number.find_first_of("eE");
    if (e == std::string_view::npos) return 0;
    number.remove_prefix(e + 1);
    const bool negative = number.front() == '-';
    std::int64_t value = 0;
    for (const char c : number)
        if (is_digit(c) && value < 100'000'000) value = value * 10 + (c - '0');
    return negative ? -value : value;
}

/// The value of a checked JSON number, by its decimal digits.
constexpr ExactSeconds exact_seconds(std::string_view number) noexcept {
    ExactSeconds out;
    if (number.front() == '-') {
        out.negative = true;
        number.remove_prefix(1);
    }
    const std::int64_t exponent = exponent_of(number);
    const std::string_view digits = number.substr(0, number.find_first_of("eE"));
    const std::size_t point = digits.find('.');
    std::int64_t power = static_cast<std::int64_t>(point == std::string_view::npos ? digits.size() : point) + exponent;
    for (const char c : digits)
        if (c != '.') add_digit(out, static_cast<std::uint32_t>(c - '0'), --power);
    for (; power > 0 && out.seconds != 0 && !out.overflow; --power) add_digit(out, 0, 0);
    return out;
}

/// A number of seconds.
inline const char* read_seconds(Reader& r, const char* at, ExactSeconds& out) noexcept {
    if (r.peek(at) != '-' && !is_digit(r.peek(at))) return fail_type(r, at, "a number of seconds");
    const char* const next = skip_number(r, at);
    if (next != nullptr) out = exact_seconds({at, static_cast<std::size_t>(next - at)});
    return next;
}

inline const char* read_rfc3339(Reader& r, const char* at, ExactSeconds& out) noexcept {
    constexpr std::string_view expected = "a time such as \"2026-05-20T01:02:03.5Z\"";
    PlainText plain;
    StringToken token;
    if (r.peek(at) != '"') return fail_type(r, at, expected);
    const char* const next = scan_string(r, at, token);
    if (next == nullptr) return nullptr;
    std::string_view text = token.view();
    if (token.escaped) [[unlikely]] {  // what is longer than a piece is no time in any case
        const char* from = token.data;
        text = view_of(plain.bytes, fill_piece(plain, from, token.data + token.size, r.end));
        if (from != token.data + token.size) text = {};
    }
    if (parse_usual_rfc3339(text, out)) return next;
    out = {};
    return parse_rfc3339(text, out) ? next : fail(r, ErrorCode::type_mismatch, at, expected);
}

// ---- counts of ticks -----------------------------------------------------------------------------------------------

/// A tick lasts `num / den` seconds; a count lies in [low, high].
struct TickType {
    std::int64_t num;
    std::int64_t den;
    std::int64_t low;
    std::uint64_t high;
};

template <class Rep, class Period>
inline constexpr TickType tick_type{Period::num, Period::den,
                                    static_cast<std::int64_t>((std::numeric_limits<Rep>::min)()),
                                    static_cast<std::uint64_t>((std::numeric_limits<Rep>::max)())};

/// Whether ticks are whole seconds, or a decimal part of one that is no finer than a nanosecond.
template <class Period>
inline constexpr bool exact_period =
    Period::den == 1 || (Period::num == 1 && nanoseconds_per_second % Period::den == 0);

inline void describe_ticks(const Failure& failure, Error& error) {
    error.expected = "seconds in steps of " + std::to_string(failure.low);
    if (failure.high != 1) error.expected += "/" + std::to_string(failure.high);
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_ticks(Reader& r, const char* at, const TickType& type) noexcept {
    return fail(r, Failure{.code = ErrorCode::out_of_range,
                           .at = at,
                           .describe = describe_ticks,
                           .low = type.num,
                           .high = static_cast<std::uint64_t>(type.den)});
}
NOTCH_INTERNAL_COLD inline std::nullptr_t fail_time_range(Reader& r, const char* at) noexcept {
    return fail_range(r, at, "a time within the range of the field's type");
}

/// The count of ticks that is exactly the time; `next` is given back, or null when there is none. For exact_period only.
inline const char* ticks_of(Reader& r, const char* at, const char* next, const ExactSeconds& time, const TickType& type,
                            std::uint64_t& bits) noexcept {
    const auto num = static_cast<std::uint64_t>(type.num);
    const auto den = static_cast<std::uint64_t>(type.den);
    const std::uint64_t unit = nanoseconds_per_second / den;
    if (time.overflow) return fail_time_range(r, at);
    if (time.finer || (unit != 1 && time.nanoseconds % unit != 0) || (num != 1 && time.seconds % num != 0))
        return fail_ticks(r, at, type);
    const std::uint64_t most = time.negative ? 0 - static_cast<std::uint64_t>(type.low) : type.high;
    const std::uint64_t parts = unit == 1 ? time.nanoseconds : time.nanoseconds / unit;
    const std::uint64_t wholes = num == 1 ? time.seconds : time.seconds / num;
    const Wide size_of_wholes = multiply_wide(wholes, den);
    if (parts > most || size_of_wholes.high != 0 || size_of_wholes.low > most - parts) return fail_time_range(r, at);
    const std::uint64_t size = size_of_wholes.low + parts;
    bits = time.negative ? 0 - size : size;
    return next;
}

inline const char* read_exact_ticks(Reader& r, const char* at, const TickType& type, std::uint64_t& bits) noexcept {
    ExactSeconds time;
    const char* const next = read_seconds(r, at, time);
    return next == nullptr ? nullptr : ticks_of(r, at, next, time, type, bits);
}

/// A count of ticks that are no decimal part of a second (minutes, frames): these are written through a double, so the count
/// that is written as this double is the one that was meant.
inline const char* read_rounded_ticks(Reader& r, const char* at, const TickType& type, std::uint64_t& bits) noexcept {
    constexpr double two_63 = 9223372036854775808.0;
    const double scale = static_cast<double>(type.num) / static_cast<double>(type.den);
    double seconds = 0;
    const char* const next = read_real(r, at, seconds);
    if (next == nullptr) return nullptr;
    const double ticks = seconds / scale;
    const double rounded = ticks < 0 ? ticks - 0.5 : ticks + 0.5;
    std::int64_t count = type.low;
    if (rounded >= two_63) count = (std::numeric_limits<std::int64_t>::max)();
    else if (rounded >= -two_63) count = static_cast<std::int64_t>(rounded);
    if (static_cast<double>(count) * scale != seconds) return fail_ticks(r, at, type);
    if (count < type.low || (count > 0 && static_cast<std::uint64_t>(count) > type.high)) return fail_time_range(r, at);
    bits = static_cast<std::uint64_t>(count);
    return next;
}

template <class Rep, class Period>
const char* read_duration(Reader& r, const char* at, std::chrono::duration<Rep, Period>& out) noexcept {
    using Duration = std::chrono::duration<Rep, Period>;
    if constexpr (std::is_floating_point_v<Rep>) {
        constexpr double scale = static_cast<double>(Period::num) / static_cast<double>(Period::den);
        double seconds = 0;
        at = read_real(r, at, seconds);
        if (at != nullptr) out = Duration{static_cast<Rep>(seconds / scale)};
    } else {
        constexpr bool exact = Period::num == 1 && exact_period<Period>;
        std::uint64_t bits = 0;
        at = exact ? read_exact_ticks(r, at, tick_type<Rep, Period>, bits)
                   : read_rounded_ticks(r, at, tick_type<Rep, Period>, bits);
        if (at != nullptr) out = Duration{static_cast<Rep>(bits)};
    }
    return at;
}

inline const char* read_point(Reader& r, const char* at, bool unix_seconds, ExactSeconds& out) noexcept {
    return unix_seconds ? read_seconds(r, at, out) : read_rfc3339(r, at, out);
}

template <class Duration>
const char* read_time_point(Reader& r, const char* at, bool unix_seconds,
                            std::chrono::time_point<std::chrono::system_clock, Duration>& out) noexcept {
    using Rep = typename Duration::rep;
    using Period = typename Duration::period;
    ExactSeconds time;
    const char* const next = read_point(r, at, unix_seconds, time);
    if (next == nullptr) return nullptr;
    if constexpr (std::is_floating_point_v<Rep>) {
        const double seconds = static_cast<double>(time.seconds) + static_cast<double>(time.nanoseconds) / 1e9;
        out = std::remove_reference_t<decltype(out)>{
            Duration{static_cast<Rep>((time.negative ? -seconds : seconds) * Period::den / Period::num)}};
        return next;
    } else {
        static_assert(
            exact_period<Period>,
            "notch: a time point is read only with a period of whole seconds or of a decimal part "
            "down to a nanosecond: use std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>");
        std::uint64_t bits = 0;
        if (ticks_of(r, at, next, time, tick_type<Rep, Period>, bits) == nullptr) return nullptr;
        out = std::remove_reference_t<decltype(out)>{Duration{static_cast<Rep>(bits)}};
        return next;
    }
}

/// Only what can be written again.
inline const char* read_time_point(Reader& r, const char* at, bool unix_seconds, Instant& out) noexcept {
    ExactSeconds time;
    const char* const next = read_point(r, at, unix_seconds, time);
    if (next == nullptr) return nullptr;
    if (time.overflow || time.seconds > static_cast<std::uint64_t>(last_civil_second)) return fail_time_range(r, at);
    if (time.finer) return fail_ticks(r, at, {.num = 1, .den = nanoseconds_per_second, .low = 0, .high = 0});
    const auto since = static_cast<std::int64_t>(time.seconds);
    if (!time.negative) out = Instant{since, time.nanoseconds};
    else if (time.nanoseconds == 0) out = Instant{-since};
    else out = Instant{-since - 1, nanoseconds_per_second - time.nanoseconds};
    return out.seconds < first_civil_second ? fail_time_range(r, at) : next;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/read_types.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_READ_TYPES_HPP
#define NOTCH_JSON_READ_TYPES_HPP

// What types can be read, and what the others should be instead. Everything that is decided by a type alone is here.

namespace notch::inline NOTCH_ABI::detail {

// ---- lists -----------------------------------------------------------------------------------------------------------

template <class T>
inline constexpr bool is_fixed_list = std::is_bounded_array_v<T>;
template <class E, std::size_t N>
inline constexpr bool is_fixed_list<std::array<E, N>> = true;

template <class T>
consteval std::size_t fixed_length() {
    if constexpr (std::is_bounded_array_v<T>) return std::extent_v<T>;
    else return T{}.size();
}

/// Makes an element in place and gives back a reference to it (a std::vector<bool> gives something else).
template <class T>
concept EmplacesBack = requires(T& list) {
    list.clear();
    { list.emplace_back() } -> std::same_as<typename T::value_type&>;
};
template <class T>
concept PushesBack = requires(T& list, typename T::value_type&& element) {
    list.clear();
    list.push_back(std::move(element));
};
template <class T>
concept Inserts = requires(T& list, typename T::value_type&& element) {
    list.clear();
    list.insert(std::move(element));
};

/// Into a set; false when it was there and the set keeps each element once.
template <class T>
bool insert_new(T& set, typename T::value_type&& element) {
    if constexpr (requires { set.insert(std::move(element)).second; }) {
        return set.insert(std::move(element)).second;
    } else {
        set.insert(std::move(element));
        return true;
    }
}

template <class T>
concept EmplacesUnique = requires(T& map, typename T::key_type key, typename T::mapped_type value) {
    map.clear();
    { map.emplace(std::move(key), std::move(value)).second } -> std::convertible_to<bool>;
};

// ---- enums and foreign types -----------------------------------------------------------------------------------------

/// What is read for a foreign type. A text that notch_value only points at needs a place to stand first.
template <class V>
using ReadableForm =
    std::conditional_t<is_text<V> && !std::is_bounded_array_v<V> && !std::is_same_v<V, std::string>, std::string, V>;

template <class V>
decltype(auto) as_foreign(const ReadableForm<V>& value) noexcept {
    if constexpr (std::is_pointer_v<V>) return value.c_str();
    else if constexpr (std::is_same_v<V, std::string_view>) return V{value};
    else return (value);
}

template <class X>
concept ForeignReadable = requires(X& out, const ReadableForm<ForeignValue<X>>& value) {
    { notch_from(as_foreign<ForeignValue<X>>(value), out) } -> std::convertible_to<bool>;
};

// ---- what cannot be read ---------------------------------------------------------------------------------------------

template <class T>
concept Initialised = requires { T{}; };

template <class T>
consteval bool list_readable() {
    if constexpr (is_fixed_list<T>) return true;
    else return (EmplacesBack<T> || PushesBack<T> || Inserts<T>) && Initialised<Element<T>>;
}

/// Refuses what notch writes but cannot read, saying what to do; the first that fits speaks.
template <class T, Kind kind>
consteval bool can_read() {
    constexpr bool pointer = std::is_pointer_v<T>;
    static_assert(!pointer, "notch: a const char* owns nothing, so nothing can be read into it: use std::string");
    if constexpr (pointer) {
        return false;
    } else if constexpr (kind == Kind::foreign) {
        constexpr bool pair = ForeignReadable<T>;
        static_assert(pair,
                      "notch: to read this type, write `bool notch_from(const V&, X&)` beside its notch_value, "
                      "where V is what notch_value returns");
        return pair;
    } else if constexpr (kind == Kind::list) {
        constexpr bool grows = list_readable<T>();
        static_assert(grows,
                      "notch: this list cannot be read: use a container with push_back or insert whose elements "
                      "have a default constructor, such as std::vector (a std::span owns nothing)");
        return grows;
    } else if constexpr (kind == Kind::map) {
        constexpr bool unique = EmplacesUnique<T> && Initialised<typename T::key_type>;
        static_assert(unique,
                      "notch: this map cannot be read: use one that keeps each key once, such as std::map, with keys "
                      "of std::string");
        return unique;
    } else {
        return true;
    }
}

template <class T>
consteval bool can_make() {
    constexpr bool made = Initialised<T>;
    static_assert(made,
                  "notch: this type has no default constructor, so it cannot be read (writing it is fine): give each "
                  "field a default, or the class a default constructor");
    return made;
}

/// The kind of a type that can be read; `unsupported` after the refusal of one that cannot.
template <class T>
consteval Kind readable_kind() {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::unsupported) return kind;
    else if constexpr (!can_read<T, kind>()) return Kind::unsupported;
    else if constexpr (std::is_bounded_array_v<T>) return kind;
    else return can_make<T>() ? kind : Kind::unsupported;
}

// ---- text that is not copied -----------------------------------------------------------------------------------------

template <class T, class... Outer>
consteval bool borrows();

template <class T, class... Outer, class... Types>
consteval bool any_borrows(TypeList<Types...>) {
    [[maybe_unused]] std::size_t i = 0;
    return (false || ... || (!field_infos<T>[i++].skip && borrows<Types, T, Outer...>()));
}

/// Whether T, which may contain itself through a list, holds a std::string_view anywhere. `Outer`: what is being asked already.
template <class T, class... Outer>
consteval bool borrows() {
    if constexpr ((false || ... || std::is_same_v<T, Outer>)) {
        return false;
    } else {
        constexpr Kind kind = kind_of<T>();
        if constexpr (kind == Kind::text) return std::is_same_v<T, std::string_view>;
        else if constexpr (kind == Kind::optional) return borrows<std::remove_cv_t<typename T::value_type>, Outer...>();
        else if constexpr (kind == Kind::list) return borrows<Element<T>, Outer...>();
        else if constexpr (kind == Kind::map)
            return borrows<typename T::key_type, Outer...>() ||
                   borrows<std::remove_cv_t<typename T::mapped_type>, Outer...>();
        else if constexpr (kind == Kind::object) return any_borrows<T, Outer...>(FieldTypes<T>{});
        else return false;
    }
}
/// Whether a T that was read still points into the text.
template <class T>
inline constexpr bool borrows_text = borrows<T>();

/// A string that ends with the expression it stands in.
template <class S>
inline constexpr bool is_string = false;
template <class Traits, class Allocator>
inline constexpr bool is_string<std::basic_string<char, Traits, Allocator>> = true;
template <class S>
concept TemporaryString = !std::is_reference_v<S> && is_string<std::remove_cv_t<S>>;

/// Whether a rule can be asked of the value itself; optionals and foreign types pass it on to what they hold.
template <class T>
inline constexpr bool has_rule_value =
    kind_of<T>() == Kind::integer || kind_of<T>() == Kind::real || kind_of<T>() == Kind::duration ||
    kind_of<T>() == Kind::time_point || kind_of<T>() == Kind::text || kind_of<T>() == Kind::enumeration ||
    kind_of<T>() == Kind::list || kind_of<T>() == Kind::map;

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- json/violations.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_VIOLATIONS_HPP
#define NOTCH_JSON_VIOLATIONS_HPP

// ---- json/locate.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_JSON_LOCATE_HPP
#define NOTCH_JSON_LOCATE_HPP

// From a failure to an Error. Where it happened is found by walking the text once more, which costs something only when
// reading has failed; all that stands before the failure is known to be valid.

namespace notch::inline NOTCH_ABI::detail {

/// Text of others in a message is cut here: a hostile file shall not write the log.
inline constexpr std::size_t longest_excerpt = 48;
inline constexpr std::size_t longest_step = 128;

constexpr char hex_character(unsigned digit) noexcept { return "0123456789abcdef"[digit & 15]; }

/// The code of a character that commands a terminal, breaks the line or turns its direction, or 0. A hostile file shall not
/// change what is shown beside it.
inline unsigned steering_code(std::string_view character) noexcept {
    const auto byte = [character](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(character[at]));
    };
    if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f ? byte(0) : 0;
    if (character.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0 ? byte(1) : 0;
    if (character.size() != 3 || byte(0) != 0xe2) return 0;
    const unsigned code = 0x2000 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ? code : 0;
}

/// Calls `f(character, valid)` for each character of a text; for each faulty part of one with false.
template <class F>
void for_each_character(std::string_view text, F f) {
    for (std::size_t at = 0; at < text.size();) {
        const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
        const Utf8Step step = ascii ? Utf8Step{1, true} : utf8_step(text.data() + at, text.size() - at);
        f(text.substr(at, step.length), step.valid);
        at += step.length;
    }
}

/// Appends text so that the message stays one printable line of valid UTF-8.
inline void append_visible(std::string& out, std::string_view text) {
    for_each_character(text, [&out](std::string_view character, bool valid) {
        const unsigned code = valid ? steering_code(character) : 0;
        if (!valid) {
            out += '?';
        } else if (code == 0 && !(character.size() == 1 && character[0] == '\0')) {
            out.append(character);
        } else {
            out += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) out += hex_character(code >> shift);
        }
    });
}

/// Cuts to at most `size` bytes and marks the cut; a character of several bytes is not cut in two.
inline void append_cut(std::string& out, std::string_view text, std::size_t size) {
    const bool cut = text.size() > size;
    if (cut) {
        while (size != 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
        text = text.substr(0, size);
    }
    append_visible(out, text);
    if (cut) out += "...";
}

/// Appends one step of a JSON pointer (RFC 6901).
inline void append_step(std::string& out, std::string_view key) {
    std::string step;
    for (const char c : key.substr(0, longest_step + 1)) {
        if (c == '~') step += "~0";
        else if (c == '/') step += "~1";
        else step += c;
    }
    out += '/';
    append_cut(out, step, key.size() > longest_step ? longest_step : step.size());
}

/// Walks forward through a text and knows at every byte the line, the column, and the way in from the root.
class Locator {
public:
    explicit Locator(std::string_view text) noexcept
        : begin_{text.data()},
          at_{begin_},
          end_{begin_ + text.size()},
          line_start_{begin_} {}

    /// Goes on to `stop`, which lies at or behind the last one.
    void advance(const char* stop) {
        while (at_ < stop) take(stop);
    }

    void locate(const Failure& failure, Error& error) {
        advance(failure.at);
        error.byte = static_cast<std::size_t>(failure.at - begin_);
        error.line = line_;
        error.column = static_cast<std::size_t>(failure.at - line_start_) + 1;
        const bool inner = failure.scope == Scope::value;
        for (std::size_t i = 0; i < levels_.size(); ++i)
            if (inner || i + 1 != levels_.size()) append_level(error.field, levels_[i]);
        if (failure.scope == Scope::key) append_key(error.field, failure.at);
        if (!failure.member.empty()) append_step(error.field, failure.member);
    }

private:
    struct Level {
        bool object;
        bool key_next;
        const char* key;
        std::size_t index;
    };

    void take(const char* stop) {
        switch (*at_) {
            case '"': return take_string(stop);
            case '{': levels_.push_back({true, true, nullptr, 0}); break;
            case '[': levels_.push_back({false, false, nullptr, 0}); break;
            case '}':
            case ']': levels_.pop_back(); break;
            case ',': take_comma(levels_.back()); break;
            case '\n':
                ++line_;
                line_start_ = at_ + 1;
                break;
            default: break;
        }
        ++at_;
    }
    static void take_comma(Level& level) noexcept {
        ++level.index;
        level.key_next = level.object;
    }
    void take_string(const char* stop) noexcept {
        const char* const after = string_end(at_, stop);
        if (!levels_.empty() && levels_.back().key_next) {
            levels_.back().key = after != nullptr ? at_ : nullptr;  // a key that fails itself names nothing
            levels_.back().key_next = false;
        }
        at_ = after != nullptr ? after : stop;
    }
    /// Past the closing quote; null when that does not come before `stop`.
    static const char* string_end(const char* quote, const char* stop) noexcept {
        for (const char* at = quote + 1; at < stop; ++at) {
            if (*at == '"') return at + 1;
            if (*at == '\\') ++at;
        }
        return nullptr;
    }
    void append_level(std::string& out, const Level& level) const {
        if (!level.object) {
            out += '/' + std::to_string(level.index);
        } else if (level.key != nullptr) {
            append_key(out, level.key);
        }
    }
    void append_key(std::string& out, const char* quote) const {
        const char* const after = string_end(quote, end_);
        const StringToken token{quote + 1, static_cast<std::size_t>(after - quote) - 2, true};
        std::string key;
        assign_unescaped(key, token, end_);
        append_step(out, key);
    }

    const char* begin_;
    const char* at_;
    const char* end_;
    const char* line_start_;
    std::size_t line_ = 1;
    PlainList<Level> levels_{};
};

/// The number, word, or run of other characters at `at`.
inline std::string_view word_at(const char* at, const char* end) noexcept {
    const char* stop = at;
    const auto belongs = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
               c == '.' || c == '_';
    };
    while (stop != end && belongs(*stop)) ++stop;
    return {at, static_cast<std::size_t>(stop - at)};
}

inline std::string_view quoted_at(const char* at, const char* end) noexcept {
    const char* stop = at + 1;
    while (stop != end && *stop != '"') stop += *stop == '\\' && end - stop > 1 ? 2 : 1;
    return {at, static_cast<std::size_t>(stop - at) + (stop != end ? 1 : 0)};
}

inline std::string name_of_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    std::string out = "the byte 0x";
    out += hex_character(byte >> 4);
    out += hex_character(byte);
    return out;
}

/// What stands at `at`, for the right side of `expected ..., found ...`.
inline std::string found_at(const char* at, const char* end) {
    if (at == end) return "the end of the text";
    const char c = *at;
    if (c == '{') return "an object";
    if (c == '[') return "an array";
    std::string out;
    if (c == '"') {
        append_cut(out, quoted_at(at, end), longest_excerpt);
        return out;
    }
    const std::string_view word = word_at(at, end);
    if (!word.empty()) {
        append_cut(out, word, longest_excerpt);
        return out;
    }
    return c > ' ' && c < 0x7f ? std::string{'\'', c, '\''} : name_of_byte(c);
}

inline void describe(const Reader& r, const Failure& failure, Error& error) {
    error.code = failure.code;
    error.expected = failure.expected;
    append_cut(error.found, failure.found, longest_excerpt);
    if (failure.describe != nullptr) failure.describe(failure, error);
    if (error.found.empty())
        error.found = failure.code == ErrorCode::encoding ? name_of_byte(*failure.at) : found_at(failure.at, r.end);
}

/// The failure that ended reading, as an Error.
NOTCH_INTERNAL_COLD inline Error make_error(const Reader& r) {
    Error error;
    Locator{{r.begin, r.left(r.begin)}}.locate(r.failure, error);
    describe(r, r.failure, error);
    return error;
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// The error's message, and below it the line of `text` that it is about with a caret under the place.
///
///     std::puts(notch::explain(result.error(), text).c_str());
///     // line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1
///     //   {"cpu":-1}
///     //          ^
///
/// `text` is the text that was read. Of a long line only the part around the place is shown. No newline at the end.
[[nodiscard]] std::string explain(const Error& error, std::string_view text);

namespace detail {

/// Appends a part of a line as it can be printed in one row, and says how many columns that took.
inline std::size_t append_row(std::string& out, std::string_view part) {
    std::size_t columns = 0;
    for_each_character(part, [&](std::string_view character, bool valid) {
        if (!valid) out += '?';
        else if (steering_code(character) != 0 || character.front() == '\0') out += ' ';
        else out.append(character);
        ++columns;
    });
    return columns;
}

inline bool inside_character(std::string_view text, std::size_t at) noexcept {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

}  // namespace detail

inline std::string explain(const Error& error, std::string_view text) {
    constexpr std::size_t before = 40;
    constexpr std::size_t behind = 36;
    std::string out = error.message();
    if (error.line == 0 || error.byte > text.size() || error.column == 0 || error.column - 1 > error.byte) return out;
    const std::size_t start = error.byte - (error.column - 1);
    const std::size_t newline = text.find('\n', error.byte);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline;
    std::size_t from = error.byte - start > before ? error.byte - before : start;
    std::size_t to = end - error.byte > behind ? error.byte + behind : end;
    while (detail::inside_character(text, from)) ++from;
    while (detail::inside_character(text, to)) ++to;
    out += from > start ? "\n  ..." : "\n  ";
    std::size_t columns = from > start ? 5 : 2;
    columns += detail::append_row(out, text.substr(from, error.byte - from));
    detail::append_row(out, text.substr(error.byte, to - error.byte));
    if (to < end) out += "...";
    out += '\n';
    out.append(columns, ' ');
    out += '^';
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif

// Broken rules as Errors: of a value in memory, and of a text while it is read.

namespace notch::inline NOTCH_ABI::detail {

/// A hostile document can break rules in every one of its values; no more of them than this are kept.
inline constexpr std::size_t most_violations = 100;

inline void append_number(std::string& out, const Bound& number) {
    if (number.kind == Bound::Kind::signed_integer) {
        out += std::to_string(number.signed_value);
    } else if (number.kind == Bound::Kind::unsigned_integer) {
        out += std::to_string(number.unsigned_value);
    } else if (number.real != number.real) {
        out += "NaN";
    } else if (!is_finite(number.real)) {
        out += number.real < 0 ? "-infinity" : "infinity";
    } else {
        char buffer[max_double_size];
        out.append(buffer, static_cast<std::size_t>(write_double(buffer, number.real) - buffer));
    }
}

inline void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_cut(out, text, longest_excerpt);
    out += '"';
}

inline void append_choices(std::string& out, const Option* rules, std::size_t count) {
    const char* between = "one of ";
    for (std::size_t i = 0; i < count; ++i) {
        if (rules[i].kind != OptionKind::one_of) continue;
        out += between;
        append_quoted(out, rules[i].text.view());
        between = ", ";
    }
}

/// What a rule asks for: `a number of at least 0`, `one of "success", "failure"`. Not of a span: to make one of a pointer costs whoever
/// includes this more than the rest of the file.
inline std::string rule_text(const Option* rules, std::size_t count, std::size_t at) {
    const Option& rule = rules[at];
    std::string out;
    switch (rule.kind) {
        case OptionKind::lowest:
            out = "at least ";
            append_number(out, rule.bound);
            break;
        case OptionKind::highest:
            out = "at most ";
            append_number(out, rule.bound);
            break;
        case OptionKind::length:
            out = "a length in [" + std::to_string(rule.low) + ", " + std::to_string(rule.high) + "]";
            break;
        case OptionKind::pattern:
            out = "a text that matches ";
            append_quoted(out, rule.text.view());
            break;
        default: append_choices(out, rules, count); break;
    }
    return out;
}

inline std::string broken_value_text(const Option& rule, const RuleValue& value) {
    std::string out;
    if (rule.kind == OptionKind::length) out = "a length of " + std::to_string(value.count);
    else if (value.type == RuleValue::Type::text) append_quoted(out, value.text);
    else append_number(out, value.number);
    return out;
}

inline void describe_broken(const Failure& failure, Error& error) {
    const auto* const rules = static_cast<const Option*>(failure.about);
    const auto at = static_cast<std::size_t>(failure.low);
    error.expected = rule_text(rules, static_cast<std::size_t>(failure.high), at);
    if (rules[at].kind == OptionKind::length) error.found = "a length of " + std::to_string(failure.count);
}

/// Notes each rule that the value at `at` breaks. False when reading ends with the first.
inline bool note_broken(Reader& r, const char* at, Rules rules, const RuleValue& value, bool lengths) {
    for (std::size_t i = 0; (i = next_broken(rules, i, value, lengths)) < rules.size(); ++i) {
        const Failure failure{.code = ErrorCode::broken_rule,
                              .at = at,
                              .describe = describe_broken,
                              .about = rules.data(),
                              .low = static_cast<std::int64_t>(i),
                              .high = rules.size(),
                              .count = value.count};
        if (r.violations == nullptr) return fail(r, failure) != nullptr;
        if (r.violations->size() < most_violations) r.violations->push_back(failure);
    }
    return true;
}

/// The failures as Errors, in the order of the text: so one walk through it finds all their places.
inline void append_errors(const Reader& r, PlainList<Failure>& failures, std::vector<Error>& out) {
    for (std::size_t i = 1; i < failures.size(); ++i)
        for (std::size_t k = i; k != 0 && failures[k].at < failures[k - 1].at; --k)
            std::swap(failures[k], failures[k - 1]);
    Locator locator{{r.begin, r.left(r.begin)}};
    for (const Failure& failure : failures) {
        Error& error = out.emplace_back();
        locator.locate(failure, error);
        describe(r, failure, error);
    }
}

/// Collects broken rules of a value in memory.
class BrokenRules final : public RuleSink {
public:
    explicit BrokenRules(std::vector<Error>& errors) noexcept : errors_{errors} {}

    bool broken(const RuleStep* where, Rules rules, std::size_t rule, const RuleValue& value) override {
        Error& error = errors_.emplace_back();
        error.code = ErrorCode::broken_rule;
        append_way(error.field, where);
        error.expected = rule_text(rules.data(), rules.size(), rule);
        error.found = broken_value_text(rules[rule], value);
        return errors_.size() < most_violations;
    }

private:
    static void append_way(std::string& out, const RuleStep* step) {
        if (step == nullptr) return;
        append_way(out, step->up);
        if (step->key.data() != nullptr) append_step(out, step->key);
        else out += '/' + std::to_string(step->index);
    }

    std::vector<Error>& errors_;
};

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Every rule that a value breaks, nested structs included; empty when it keeps them all.
///
///     for (const notch::Error& e : notch::check_rules(RunnerStart{.repo = "nobody", .idle = -1})) std::puts(e.message().c_str());
///     // /repo: expected a text that matches "?*/?*", found "nobody"
///     // /idle: expected at least 0, found -1.0
///
/// Each has code broken_rule and the field's JSON pointer; the first 100 are given. keeps_rules answers without allocating.
template <class T>
[[nodiscard]] std::vector<Error> check_rules(const T& value) {
    std::vector<Error> errors;
    detail::BrokenRules sink{errors};
    detail::walk_rules(value, {}, true, nullptr, sink);
    return errors;
}

}  // namespace notch::inline NOTCH_ABI

#endif

// JSON into C++ values. The templates here only say which plain function reads which part; the work is done by
// read_object.hpp, read_values.hpp and read_times.hpp.

namespace notch::inline NOTCH_ABI::detail {

/// How a value is read where its type leaves a choice.
struct ReadMode {
    bool unix_seconds = false;
    bool ruled = false;   ///< its member has rules
    bool lengths = true;  ///< `length` is about this value and not about the list around it
};
constexpr ReadMode inside_list(ReadMode mode) noexcept { return {mode.unix_seconds, mode.ruled, false}; }

template <ReadMode mode, class T>
const char* read_value(Reader& r, const char* at, T& out, const Member& member);

// ---- lists and maps --------------------------------------------------------------------------------------------------

/// Calls `read(at, index)` for every element.
template <class Read>
const char* read_array(Reader& r, const char* at, Read read) {
    if (r.peek(at) != '[') [[unlikely]]
        return fail_type(r, at, "an array");
    if (!enter(r)) [[unlikely]]
        return fail_depth(r, at);
    at = skip_space(r, at + 1);
    for (std::size_t index = 0; index != 0 || r.peek(at) != ']'; ++index) {
        if (index == r.limits->max_elements) [[unlikely]]
            return fail_elements(r, at, false);
        at = read(at, index);
        if (at == nullptr) [[unlikely]]
            return nullptr;
        at = skip_space(r, at);
        if (r.peek(at) != ',') break;
        at = skip_space(r, at + 1);
    }
    if (r.peek(at) != ']') [[unlikely]]
        return fail_separator(r, at, false);
    leave(r);
    return at + 1;
}

template <ReadMode mode, class T>
const char* read_fixed_list(Reader& r, const char* const start, T& out, const Member& member) {
    constexpr std::size_t size = fixed_length<T>();
    std::size_t count = 0;
    const char* const after = read_array(r, start, [&](const char* at, std::size_t index) -> const char* {
        if (index == size) return fail_count(r, start, size, size + 1);
        count = index + 1;
        return read_value<mode>(r, at, out[index], member);
    });
    if (after == nullptr) return nullptr;
    return count == size ? after : fail_count(r, start, size, count);
}

template <ReadMode mode, class T>
const char* read_growing_list(Reader& r, const char* start, T& out, const Member& member) {
    using E = Element<T>;
    out.clear();
    return read_array(r, start, [&](const char* at, std::size_t) -> const char* {
        if constexpr (EmplacesBack<T>) {
            return read_value<mode>(r, at, out.emplace_back(), member);
        } else {
            E element{};
            const char* const next = read_value<mode>(r, at, element, member);
            if (next == nullptr) return nullptr;
            if constexpr (PushesBack<T>) out.push_back(std::move(element));
            else if (!insert_new(out, std::move(element)))
                return fail(r, ErrorCode::duplicate_key, at, "elements that differ");
            return next;
        }
    });
}

/// Past the key of a map's entry and its colon.
template <class Key>
const char* read_map_key(Reader& r, const char* at, Key& out, const Member& member) {
    if (r.peek(at) != '"') return fail_in_container(r, at, "a key in quotes");
    at = read_value<ReadMode{}>(r, at, out, member);
    return at == nullptr ? nullptr : skip_colon(r, at);
}

template <ReadMode mode, class T>
const char* read_map_entry(Reader& r, const char* key_at, T& out, const Member& member) {
    typename T::key_type key{};
    const char* const at = read_map_key(r, key_at, key, member);
    if (at == nullptr) return nullptr;
    const auto [entry, fresh] = out.emplace(std::move(key), std::remove_cv_t<typename T::mapped_type>{});
    if (!fresh) return fail_duplicate(r, key_at);
    return read_value<mode>(r, at, entry->second, member);
}

template <ReadMode mode, class T>
const char* read_map(Reader& r, const char* at, T& out, const Member& member) {
    out.clear();
    if (r.peek(at) != '{') [[unlikely]]
        return fail_type(r, at, "an object");
    if (!enter(r)) [[unlikely]]
        return fail_depth(r, at);
    at = skip_space(r, at + 1);
    for (std::size_t index = 0; index != 0 || r.peek(at) != '}'; ++index) {
        if (index == r.limits->max_elements) [[unlikely]]
            return fail_elements(r, at, true);
        at = read_map_entry<mode>(r, at, out, member);
        if (at == nullptr) [[unlikely]]
            return nullptr;
        at = skip_space(r, at);
        if (r.peek(at) != ',') break;
        at = skip_space(r, at + 1);
    }
    if (r.peek(at) != '}') [[unlikely]]
        return fail_separator(r, at, true);
    leave(r);
    return at + 1;
}

// ---- values that are read as another ---------------------------------------------------------------------------------

template <ReadMode mode, class T>
const char* read_optional(Reader& r, const char* at, T& out, const Member& member) {
    if (const char* const after = past_null(r, at)) {
        out.reset();
        return after;
    }
    return read_value<mode>(r, at, out.emplace(), member);
}

template <ReadMode mode, class T>
const char* read_foreign(Reader& r, const char* at, T& out, const Member& member) {
    ReadableForm<ForeignValue<T>> value{};
    const char* const next = read_value<mode>(r, at, value, member);
    if (next == nullptr) return nullptr;
    if (!notch_from(as_foreign<ForeignValue<T>>(value), out))
        return fail(r, ErrorCode::type_mismatch, at, "a value that notch_from takes");
    return next;
}

template <class E>
const char* read_enum(Reader& r, const char* at, E& out) noexcept {
    std::size_t index = 0;
    at = read_choice(r, at, enum_texts<E>, index);
    if (at != nullptr) out = enum_table<E>[index].first;
    return at;
}

template <class T>
const char* read_other_text(Reader& r, const char* at, T& out) {
    if constexpr (std::is_bounded_array_v<T>) {
        return read_characters(r, at, out);
    } else {  // a string with an allocator of its own
        std::string text;
        at = read_text(r, at, text);
        if (at != nullptr) out.assign(text.data(), text.size());
        return at;
    }
}

// ---- structs ---------------------------------------------------------------------------------------------------------

template <bool Line, class T>
const char* read_struct(Reader& r, const char* at, T& out);

/// Reads a value of any type that can be read.
template <ReadMode mode, class T>
const char* read_plain_value(Reader& r, const char* at, T& out, const Member& member) {
    constexpr Kind kind = readable_kind<T>();
    if constexpr (kind == Kind::boolean) return read_bool(r, at, out);
    else if constexpr (kind == Kind::integer) return read_integer(r, at, out);
    else if constexpr (kind == Kind::real) return read_real(r, at, out);
    else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>)
        return read_text(r, at, out);
    else if constexpr (kind == Kind::text) return read_other_text(r, at, out);
    else if constexpr (kind == Kind::enumeration) return read_enum(r, at, out);
    else if constexpr (kind == Kind::duration) return read_duration(r, at, out);
    else if constexpr (kind == Kind::time_point) return read_time_point(r, at, mode.unix_seconds, out);
    else if constexpr (kind == Kind::raw_json) return read_raw(r, at, out);
    else if constexpr (kind == Kind::foreign) return read_foreign<mode>(r, at, out, member);
    else if constexpr (kind == Kind::optional) return read_optional<mode>(r, at, out, member);
    else if constexpr (kind == Kind::list && is_fixed_list<T>)
        return read_fixed_list<inside_list(mode)>(r, at, out, member);
    else if constexpr (kind == Kind::list) return read_growing_list<inside_list(mode)>(r, at, out, member);
    else if constexpr (kind == Kind::map) return read_map<inside_list(mode)>(r, at, out, member);
    else if constexpr (kind == Kind::object) return read_struct<false>(r, at, out);
    else return nullptr;
}

template <ReadMode mode, class T>
const char* read_value(Reader& r, const char* at, T& out, const Member& member) {
    const char* const next = read_plain_value<mode>(r, at, out, member);
    if constexpr (mode.ruled && has_rule_value<T>) {
        if (next != nullptr && !note_broken(r, at, member.rules, rule_value(out), mode.lengths)) return nullptr;
    }
    return next;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// The table of a struct's members that read_object.hpp works from, made at compile time: one for the struct by itself, one
// for the struct as a line with its envelope.

namespace notch::inline NOTCH_ABI::detail {

// ---- how each member is read -----------------------------------------------------------------------------------------

template <class F, ReadMode mode>
const char* read_member(Reader& r, const char* at, void* out, const Member& member) {
    return read_value<mode>(r, at, *static_cast<F*>(out), member);
}

/// Of a redacted field: any value will do.
inline const char* read_ignored(Reader& r, const char* at, void*, const Member&) { return skip_value(r, at); }

inline void describe_event(const Failure& failure, Error& error) {
    error.expected = "the event \"" + std::string{failure.expected} + '"';
}

/// Of a line's key `event`: the name of the struct.
inline const char* read_event_name(Reader& r, const char* at, void*, const Member& member) {
    StringToken token;
    const char* const next = read_token(r, at, token);
    if (next == nullptr || reads_as(token, member.event)) return next;
    return fail(
        r, Failure{.code = ErrorCode::wrong_event, .at = at, .expected = member.event, .describe = describe_event});
}

/// Of a struct with a text member `event`: it takes a name that is not the struct's own. The struct's own is written when the
/// member is empty, so it reads as empty.
template <class F>
const char* read_given_event_name(Reader& r, const char* at, void* out, const Member& member) {
    F& name = *static_cast<F*>(out);
    at = read_text(r, at, name);
    if (at != nullptr && name == member.event) name = F{};
    return at;
}

/// Whether the key may be absent: what a writer leaves out, a reader must not miss.
constexpr bool may_be_absent(const FieldInfo& info, bool optional) noexcept {
    return optional || info.skip || info.defaulted || info.omit_empty || info.omit_default;
}

template <class T, bool Line, std::size_t Index, class F>
consteval ReadMember* choose_reader() {
    constexpr FieldInfo info = field_infos<T>[Index];
    if constexpr (info.skip) {
        return nullptr;
    } else if constexpr (info.redact) {
        return read_ignored;
    } else {
        constexpr ReadMode mode{.unix_seconds = info.unix_seconds, .ruled = info.has_rules};
        if constexpr (Line && Index == Envelope<T>::event) return read_given_event_name<F>;
        else return read_member<F, mode>;
    }
}

// ---- the table -------------------------------------------------------------------------------------------------------

/// Whether a key stands in a text as it is. Others (with quotes, or beyond ASCII) are looked up.
constexpr bool is_plain_key(std::string_view key) noexcept {
    for (const char c : key)
        if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') return false;
    return true;
}

constexpr std::size_t quoted_size(std::string_view key) noexcept { return key.size() + 3; }

template <std::size_t Count>
consteval std::size_t quoted_sizes(const std::array<std::string_view, Count>& keys) {
    std::size_t size = 0;
    for (const std::string_view key : keys) size += quoted_size(key);
    return size;
}

/// The keys of all members as `"key":`, one behind the other, and a block that may be read behind the last.
template <std::size_t N, std::size_t Count>
consteval StaticText<N + key_block> quote_keys(const std::array<std::string_view, Count>& keys) {
    StaticText<N + key_block> quoted;
    char* at = quoted.data;
    for (const std::string_view key : keys) {
        *at++ = '"';
        for (const char c : key) *at++ = c;
        *at++ = '"';
        *at++ = ':';
    }
    return quoted;
}

/// What a member has by its key and place alone.
constexpr Member describe_key(std::string_view key, const char* quoted, std::size_t index, std::size_t count) noexcept {
    const std::size_t size = quoted_size(key);
    const std::uint32_t block = size < key_block ? (std::uint32_t{1} << size) - 1 : 0xffff;
    return {.quoted = quoted,
            .first_block = is_plain_key(key) ? block : 1,
            .quoted_size = is_plain_key(key) ? static_cast<std::uint32_t>(size) : never_stands,
            .index = static_cast<std::uint32_t>(index),
            .following = static_cast<std::uint32_t>(count),
            .seen_bit = Seen{1} << index % seen_bits,
            .key = key};
}

template <class T>
consteval std::size_t count_aliases() {
    std::size_t count = 0;
    if constexpr (options_of<T>.size != 0)
        for (const Option& option : options_of<T>.list) count += option.kind == OptionKind::alias ? 1U : 0U;
    return count;
}

template <class T, std::size_t Count>
consteval std::array<Alias, Count> list_aliases() {
    std::array<Alias, Count> aliases{};
    std::size_t at = 0;
    if constexpr (options_of<T>.size != 0)
        for (const Option& option : options_of<T>.list)
            for (std::size_t i = 0; option.kind == OptionKind::alias && i < Fields<T>::count; ++i)
                if (Fields<T>::names[i] == option.field.view()) aliases[at++] = {option.text.view(), i};
    return aliases;
}

/// No two ways to read the same key.
template <std::size_t Aliases>
consteval bool aliases_differ(std::span<const Member> members, const std::array<Alias, Aliases>& aliases) {
    for (std::size_t i = 0; i < Aliases; ++i) {
        for (const Member& member : members)
            if (!member.skipped && member.key == aliases[i].key) return false;
        for (std::size_t k = i + 1; k < Aliases; ++k)
            if (aliases[i].key == aliases[k].key) return false;
    }
    return true;
}

/// Where things stand in the table: the fields first, behind them what a line has besides.
struct Layout {
    std::size_t fields = 0;
    std::size_t size = 0;
    std::size_t timestamp = no_field;  ///< of a line's timestamp and event name; a field, or behind the fields
    std::size_t event = no_field;
    std::string_view event_name{};
};

template <class T, bool Line>
consteval Layout lay_out() {
    Layout layout{.fields = Fields<T>::count, .size = Fields<T>::count};
    if constexpr (Line) {
        if (!Envelope<T>::on) return layout;
        layout.timestamp = Envelope<T>::timestamp != no_field ? Envelope<T>::timestamp : layout.size++;
        layout.event = Envelope<T>::event != no_field ? Envelope<T>::event : layout.size++;
        layout.event_name = Envelope<T>::name;
    }
    return layout;
}
template <class T, bool Line>
inline constexpr Layout layout_of = lay_out<T, Line>();

template <class T, bool Line>
consteval auto list_keys() {
    constexpr Layout layout = layout_of<T, Line>;
    std::array<std::string_view, layout.size> keys{};
    for (std::size_t i = 0; i < layout.fields; ++i) keys[i] = field_infos<T>[i].key;
    if (layout.timestamp < layout.size) keys[layout.timestamp] = "timestamp";
    if (layout.event < layout.size) keys[layout.event] = "event";
    return keys;
}
template <class T, bool Line>
inline constexpr auto keys_of = list_keys<T, Line>();
template <class T, bool Line>
inline constexpr auto quoted_keys_of = quote_keys<quoted_sizes(keys_of<T, Line>)>(keys_of<T, Line>);

/// Links the members in the order in which writers give them, the envelope first. Gives back the first.
constexpr std::size_t link_members(Member* members, const Layout& layout) noexcept {
    std::size_t first = layout.size;
    std::size_t last = layout.size;
    const auto append = [&](std::size_t at) {
        if (at >= layout.size || members[at].skipped) return;
        if (last == layout.size) first = at;
        else members[last].following = static_cast<std::uint32_t>(at);
        last = at;
    };
    append(layout.timestamp);
    append(layout.event);
    for (std::size_t i = 0; i < layout.fields; ++i)
        if (i != layout.timestamp && i != layout.event) append(i);
    return first;
}

template <class T, bool Line, std::size_t Index, class F>
constexpr void describe_field(Member& member) {
    member.skipped = field_infos<T>[Index].skip;
    member.read = choose_reader<T, Line, Index, F>();
    if constexpr (field_infos<T>[Index].has_rules && !field_infos<T>[Index].skip && !field_infos<T>[Index].redact)
        member.rules = field_rules<T, Index, F>();
}
template <class T, bool Line, class... Types, std::size_t... At>
constexpr void describe_fields(Member* members, TypeList<Types...>, std::index_sequence<At...>) {
    (describe_field<T, Line, At, Types>(members[At]), ...);
}

/// The members, and behind the last one more that no key is.
template <class T, bool Line>
consteval auto list_members() {
    constexpr Layout layout = layout_of<T, Line>;
    std::array<Member, layout.size + 1> members{};
    const char* at = quoted_keys_of<T, Line>.data;
    for (std::size_t i = 0; i < layout.size; ++i) {
        members[i] = describe_key(keys_of<T, Line>[i], at, i, layout.size);
        at += quoted_size(keys_of<T, Line>[i]);
    }
    members[layout.size].quoted = at;
    members[layout.size].index = static_cast<std::uint32_t>(layout.size);
    describe_fields<T, Line>(members.data(), FieldTypes<T>{}, std::make_index_sequence<layout.fields>{});
    for (std::size_t i = layout.fields; i < layout.size; ++i)
        members[i].read = i == layout.event ? read_event_name : read_ignored;
    if (layout.event < layout.size) members[layout.event].event = layout.event_name;
    link_members(members.data(), layout);
    return members;
}
template <class T, bool Line>
inline constexpr auto read_table = list_members<T, Line>();
template <class T>
inline constexpr auto aliases_of = list_aliases<T, count_aliases<T>()>();

template <class T, bool Line, class... Types>
consteval auto list_required(TypeList<Types...>) {
    constexpr Layout layout = layout_of<T, Line>;
    constexpr std::array<bool, layout.size + 1> optional{is_optional<Types>...};
    std::array<Seen, seen_words(layout.size)> required{};
    for (std::size_t i = 0; i < layout.fields; ++i)
        if (!may_be_absent(field_infos<T>[i], optional[i])) required[i / seen_bits] |= Seen{1} << i % seen_bits;
    if (layout.event < layout.size) required[layout.event / seen_bits] |= Seen{1} << layout.event % seen_bits;
    return required;
}
template <class T, bool Line>
inline constexpr auto required_of = list_required<T, Line>(FieldTypes<T>{});

template <class T, bool Line>
consteval ObjectShape make_shape() {
    constexpr std::span<const Member> members{read_table<T, Line>.data(), layout_of<T, Line>.size};
    constexpr bool differ = aliases_differ(members, aliases_of<T>);
    static_assert(differ, "notch: an alias is a key or alias of another field too: give each key to one field");
    auto copy = read_table<T, Line>;
    return {members, aliases_of<T>, required_of<T, Line>.data(), link_members(copy.data(), layout_of<T, Line>), Line};
}
/// T as the table that read_object works from; by itself, or as a line.
template <class T, bool Line>
inline constexpr ObjectShape shape_of = make_shape<T, Line>();

template <class T, class... Types>
consteval void refuse_const_fields() {
    constexpr bool changeable = [] {
        [[maybe_unused]] std::size_t i = 0;
        return (true && ... && (field_infos<T>[i++].skip || !std::is_const_v<Types>));
    }();
    static_assert(changeable, "notch: a const field cannot be read: make it non-const, or give it notch::skip");
}

template <bool Line, class T>
const char* read_struct(Reader& r, const char* at, T& out) {
    constexpr std::size_t size = layout_of<T, Line>.size;
    void* addresses[size + 1] = {};
    Fields<T>::visit(out, [&addresses]<class... Types>(Types&... fields) {
        refuse_const_fields<T, Types...>();
        std::size_t i = 0;
        ((addresses[i++] = const_cast<void*>(static_cast<const volatile void*>(&fields))), ...);
    });
    Seen seen[seen_words(size)] = {};
    return read_object(r, at, {shape_of<T, Line>, addresses, seen});
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// from_json, from_line and validate_json.

namespace notch::inline NOTCH_ABI::detail {

using ReadRoot = const char*(Reader& r, const char* at, void* out);

template <class T, bool Line>
const char* read_root(Reader& r, const char* at, void* out) {
    static constexpr Member root{};
    T& value = *static_cast<T*>(out);
    if constexpr (Line) {
        constexpr bool event = kind_of<T>() == Kind::object;
        static_assert(event, "notch: a line holds an event, which is a struct: use from_json for other types");
        if constexpr (event) return read_struct<true>(r, at, value);
        else return nullptr;
    } else {
        return read_value<ReadMode{}>(r, at, value, root);
    }
}

/// The whole text into `out`; false: the failure is in the reader. What the value's own types throw is taken for a lack of
/// memory, which it nearly always is.
inline bool read_document(Reader& r, ReadRoot* read, void* out) noexcept {
    NOTCH_INTERNAL_TRY {
        const char* at = begin_text(r);
        if (at != nullptr) at = read(r, at, out);
        return at != nullptr && end_text(r, at);
    }
    NOTCH_INTERNAL_CATCH_ALL {
        r.failure.code = ErrorCode::no_memory;
        return false;
    }
}

/// The texts are short enough to need no memory themselves.
inline Error out_of_memory() noexcept {
    Error error;
    error.code = ErrorCode::no_memory;
    error.expected = "memory";
    error.found = "none";
    return error;
}

NOTCH_INTERNAL_COLD inline Error read_error(const Reader& r) noexcept {
    if (r.failure.code == ErrorCode::no_memory) return out_of_memory();
    NOTCH_INTERNAL_TRY { return make_error(r); }
    NOTCH_INTERNAL_CATCH_ALL { return out_of_memory(); }
}

/// The broken rules as Errors behind those that are in `violations`; the first of them fails the reading.
inline bool append_violations(Reader& r, PlainList<Failure>& failures, std::vector<Error>& violations) noexcept {
    NOTCH_INTERNAL_TRY {
        append_errors(r, failures, violations);
        if (!failures.empty()) r.failure = failures[0];
        return failures.empty();
    }
    NOTCH_INTERNAL_CATCH_ALL {
        r.failure.code = ErrorCode::no_memory;
        return false;
    }
}

template <class T, bool Line>
Result<T> read_text_as(std::string_view text, const Limits& limits, TextStore* store = nullptr) {
    if constexpr (readable_kind<T>() == Kind::unsupported) {
        return Error{};
    } else {
        Reader r{text, limits};
        r.line = Line;
        r.store = store;
        Result<T> result{std::in_place};
        if (!read_document(r, read_root<T, Line>, &*result)) result = read_error(r);
        return result;
    }
}

template <class T, bool Line>
Result<T> read_text_as(std::string_view text, const Limits& limits, std::vector<Error>& violations) {
    if constexpr (readable_kind<T>() == Kind::unsupported) {
        return Error{};
    } else {
        PlainList<Failure> failures;
        Reader r{text, limits};
        r.line = Line;
        r.violations = &failures;
        Result<T> result{std::in_place};
        const bool read = read_document(r, read_root<T, Line>, &*result);
        const Failure failure = r.failure;
        const bool kept = append_violations(r, failures, violations);
        if (!read) r.failure = failure;  // what ended reading is told rather than a rule broken before it
        if (!read || !kept) result = read_error(r);
        return result;
    }
}

template <class T>
consteval void refuse_dangling() {
    constexpr bool copies = !borrows_text<T>;
    static_assert(
        copies,
        "notch: this type has a std::string_view, which would point into a temporary string: keep the text in a "
        "variable that outlives the value, or use std::string in the type");
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Reads a value from JSON text; strict, bounded, exact.
///
///     struct Job { std::uint32_t cpu; std::optional<double> idle; };
///     auto job = notch::from_json<Job>(R"({"cpu":4,"comment":"skipped"})");  // job->cpu == 4
///     auto bad = notch::from_json<Job>(R"({"cpu":-1})");
///     // bad.error().message(): line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1
///
/// The text must be one JSON value by RFC 8259 and nothing else, in valid UTF-8 without byte order mark or lone surrogates. A
/// field given twice, a missing field (other than an optional or one marked defaulted, omit_empty or omit_default), a value
/// outside its type, an unknown enum text and a broken rule are errors; keys that the struct does not have are checked and skipped,
/// or refused by `limits`. Nothing is converted: no fraction or exponent is read into an integer, no number from a string. Numbers
/// too close to zero for a double read as 0, those too large are errors. Takes linear time; allocates what the value itself needs.
///
/// A std::string_view in T points into `text`, which must outlive it, and takes only strings without escapes (else
/// needs_copy). Thread-safe. Errors: syntax, encoding, trailing, type_mismatch, out_of_range, unknown_value, missing_field,
/// duplicate_key, unknown_key, broken_rule, needs_copy, limit, no_memory.
template <class T>
[[nodiscard]] Result<T> from_json(std::string_view text, const Limits& limits = {}) {
    return detail::read_text_as<T, false>(text, limits);
}

/// from_json that goes on after a broken rule and appends all of them (the first 100) to `violations`; the result is then the first.
///
///     std::vector<notch::Error> violations;
///     auto job = notch::from_json<Job>(text, {}, violations);
///     for (const notch::Error& e : violations) std::puts(notch::explain(e, text).c_str());
///
/// An error that is no broken rule ends reading as ever; it is the result, and not among the violations.
template <class T>
[[nodiscard]] Result<T> from_json(std::string_view text, const Limits& limits, std::vector<Error>& violations) {
    return detail::read_text_as<T, false>(text, limits, violations);
}

/// A temporary string is taken when T copies what it reads.
template <class T, detail::TemporaryString Text, class... Rest>
[[nodiscard]] Result<T> from_json(Text&& text, const Limits& limits = {}, Rest&... violations) {
    detail::refuse_dangling<T>();
    return detail::read_text_as<T, false>(std::string_view{text.data(), text.size()}, limits, violations...);
}

/// Reads an event from a line of a ledger, as to_line writes it.
///
///     auto start = notch::from_line<RunnerStart>(R"({"timestamp":1.5,"event":"runner_start","flavor":"small"})");
///
/// As from_json, but with the envelope: `event` must be the event's name (wrong_event), unless the struct has a text member
/// `event`, which then takes a name that is not its own; `timestamp` goes into the member of that name, or is passed over; keys
/// that begin with `notch_` are passed over. Where a number is due, null reads as NaN, since NaN is written so.
template <class T>
[[nodiscard]] Result<T> from_line(std::string_view text, const Limits& limits = {}) {
    return detail::read_text_as<T, true>(text, limits);
}
template <class T>
[[nodiscard]] Result<T> from_line(std::string_view text, const Limits& limits, std::vector<Error>& violations) {
    return detail::read_text_as<T, true>(text, limits, violations);
}
template <class T, detail::TemporaryString Text, class... Rest>
[[nodiscard]] Result<T> from_line(Text&& text, const Limits& limits = {}, Rest&... violations) {
    detail::refuse_dangling<T>();
    return detail::read_text_as<T, true>(std::string_view{text.data(), text.size()}, limits, violations...);
}

/// Whether the whole text is one valid JSON value within the limits.
///
///     if (auto valid = notch::validate_json(text); !valid) std::puts(notch::explain(valid.error(), text).c_str());
///
/// As strict as from_json. Repeated keys are allowed, as JSON allows them. Allocates nothing when the text is valid.
[[nodiscard]] inline Result<void> validate_json(std::string_view text, const Limits& limits = {}) {
    detail::Reader r{text, limits};
    if (detail::check_text(r)) return {};
    return detail::make_error(r);
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- record/batch.hpp ------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_BATCH_HPP
#define NOTCH_RECORD_BATCH_HPP

namespace notch::inline NOTCH_ABI {

/// What a sink may want to know of one line without parsing it.
struct LineInfo {
    std::size_t size = 0;          ///< bytes of the line, its newline included
    std::string_view event{};      ///< the name of the event's type
    std::uint32_t producer = 0;    ///< which of the recorder's rings it came through
    std::uint64_t sequence = 0;    ///< its number in that ring, from 0; drops consume numbers too; of a gap its first
    bool is_gap = false;           ///< no event but a line that tells of dropped ones; Stats::written does not count it
};

/// What a sink is handed: whole lines, one behind the other, each with its newline. Valid during the call only.
struct Batch {
    std::string_view bytes{};
    std::span<const LineInfo> lines{};
};

/// What a sink did with a batch: how many lines, from the first on, it has taken for good, and what kept it from the rest.
struct Delivery {
    std::size_t accepted = 0;
    std::optional<Error> error{};
};

/// Lines that one of several sinks has taken and refused.
struct SinkStats {
    std::string name{};
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
};

/// Where in a file a batch begins.
struct SinkPosition {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;  ///< bytes that stand before it
};

/// Hears where a batch is going to stand, before its first byte is written: what a journal needs to tell, after a crash, how much
/// of the batch the file has. Called again when the batch goes to another place after all; never after the batch was written.
class WriteIntent {
public:
    virtual void begin(const SinkPosition& position) noexcept = 0;

protected:
    ~WriteIntent() = default;
};

/// The recorder as its sink sees it, for a sink that waits within a call. To be used during a call of the sink, on that thread.
class SinkHost {
public:
    /// Tells RecorderOptions::on_error at once, and once per fault.
    virtual void report(const Error& error) = 0;
    /// Whether the recorder closes and half of close_timeout is over: whoever waits for better times should give up.
    [[nodiscard]] virtual bool hurries() const noexcept = 0;

protected:
    ~SinkHost() = default;
};

/// A sink is anything movable with `Delivery write(const Batch&)`.
///
///     struct Counter {
///         std::size_t lines = 0;
///         notch::Delivery write(const notch::Batch& batch) { lines += batch.lines.size(); return {batch.lines.size()}; }
///     };
///
/// It is called by one thread at a time, the recorder's own. Optional members: `void attach(SinkHost&)`, called first, for a sink that
/// waits; `Result<void> start()`, called once before the first batch; `Result<void> flush()`, called when a flush asks for it;
/// `Result<void> idle()`, called about ten times a second while there is nothing to write; `std::vector<SinkStats> stats() const`,
/// called from any thread, for sinks made of sinks. A sink that throws has accepted nothing of the batch.
///
/// A sink whose lines stand in one file can give a recorder with a journal what exactly-once needs, with two more members:
/// `Delivery write(const Batch&, WriteIntent&)`, which holds the file's lock from begin() until the batch stands there whole, up to
/// `accepted` lines; and `Result<std::size_t> settle(const SinkPosition&, std::string_view bytes)`, which finds how many of these
/// bytes, in whole lines, stand at that place already, ends or removes a torn rest, and gives 0 when the file is gone.
template <class S>
concept Sink = std::movable<S> && requires(S sink, const Batch& batch) {
    { sink.write(batch) } -> std::same_as<Delivery>;
};

namespace detail {

/// So many lines, for a Batch. Of two pointers, since std::span asks of a size whether it is an iterator, for as long as a header takes.
inline std::span<const LineInfo> lines_at(const LineInfo* first, std::size_t count) noexcept { return {first, first + count}; }

/// Lines from the first on, and their bytes.
struct WholeLines {
    std::size_t count = 0;
    std::size_t bytes = 0;
};
/// What of a batch stands within so many of its bytes.
inline WholeLines whole_lines(const Batch& batch, std::size_t bytes) noexcept {
    WholeLines out;
    while (out.count < batch.lines.size() && out.bytes + batch.lines[out.count].size <= bytes) out.bytes += batch.lines[out.count++].size;
    return out;
}

template <class S>
concept PositionedSink = Sink<S> && requires(S sink, const Batch& batch, WriteIntent& intent, const SinkPosition& position) {
    { sink.write(batch, intent) } -> std::same_as<Delivery>;
    { sink.settle(position, batch.bytes) } -> std::same_as<Result<std::size_t>>;
};

/// A sink behind one virtual call a batch, so that a recorder is no template.
class AnySink {
public:
    AnySink() = default;
    AnySink(const AnySink&) = delete;
    AnySink& operator=(const AnySink&) = delete;
    virtual ~AnySink() = default;

    virtual void attach(SinkHost& host) = 0;
    virtual Result<void> start() = 0;
    virtual Delivery write(const Batch& batch) = 0;
    virtual Result<void> flush() = 0;
    virtual Result<void> idle() = 0;
    /// Whether the next two are the sink's own; otherwise they are write(batch) and 0.
    [[nodiscard]] virtual bool has_position() const noexcept = 0;
    virtual Delivery write(const Batch& batch, WriteIntent& intent) = 0;
    virtual Result<std::size_t> settle(const SinkPosition& position, std::string_view bytes) = 0;
    [[nodiscard]] virtual std::vector<SinkStats> stats() const = 0;
    /// Whether it hands on to several sinks, of which one may have what another refused.
    [[nodiscard]] virtual bool is_several() const noexcept = 0;
};

/// Made of texts that fit into a string without memory of its own: what was thrown may say that there is none.
NOTCH_INTERNAL_COLD inline Error thrown_error() {
    Error error;
    error.place = "sink";
    error.expected = "no exception";
    error.found = "an exception";
    return error;
}

template <Sink S>
class SinkHolder final : public AnySink {
public:
    explicit SinkHolder(S sink) : sink_{static_cast<S&&>(sink)} {}

    void attach([[maybe_unused]] SinkHost& host) override {
        if constexpr (requires { sink_.attach(host); }) sink_.attach(host);
    }
    Result<void> start() override {
        NOTCH_INTERNAL_TRY {
            if constexpr (requires { sink_.start(); }) return sink_.start();
            else return {};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    Delivery write(const Batch& batch) override {
        NOTCH_INTERNAL_TRY { return sink_.write(batch); }
        NOTCH_INTERNAL_CATCH_ALL { return {0, thrown_error()}; }
    }
    Result<void> flush() override {
        NOTCH_INTERNAL_TRY {
            if constexpr (requires { sink_.flush(); }) return sink_.flush();
            else return {};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    Result<void> idle() override {
        NOTCH_INTERNAL_TRY {
            if constexpr (requires { sink_.idle(); }) return sink_.idle();
            else return {};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    [[nodiscard]] bool has_position() const noexcept override { return PositionedSink<S>; }
    Delivery write(const Batch& batch, [[maybe_unused]] WriteIntent& intent) override {
        NOTCH_INTERNAL_TRY {
            if constexpr (PositionedSink<S>) return sink_.write(batch, intent);
            else return sink_.write(batch);
        }
        NOTCH_INTERNAL_CATCH_ALL { return {0, thrown_error()}; }
    }
    Result<std::size_t> settle([[maybe_unused]] const SinkPosition& position, [[maybe_unused]] std::string_view bytes) override {
        NOTCH_INTERNAL_TRY {
            if constexpr (PositionedSink<S>) return sink_.settle(position, bytes);
            else return std::size_t{0};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    [[nodiscard]] std::vector<SinkStats> stats() const override {
        if constexpr (requires { sink_.stats(); }) return sink_.stats();
        else return {};
    }
    [[nodiscard]] bool is_several() const noexcept override { return requires(const S& sink) { sink.stats(); }; }

private:
    S sink_;
};

/// Owns a sink of any kind; may be empty after a move.
class SinkBox {
public:
    SinkBox() noexcept = default;
    template <Sink S>
    static SinkBox of(S sink) {
        SinkBox box;
        box.sink_ = new SinkHolder<S>(static_cast<S&&>(sink));
        return box;
    }
    SinkBox(SinkBox&& other) noexcept : sink_{std::exchange(other.sink_, nullptr)} {}
    SinkBox& operator=(SinkBox&& other) noexcept {
        std::swap(sink_, other.sink_);
        return *this;
    }
    ~SinkBox() { delete sink_; }

    AnySink* operator->() const noexcept { return sink_; }

private:
    AnySink* sink_ = nullptr;
};

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif

// ---- record/common.hpp -----------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_COMMON_HPP
#define NOTCH_RECORD_COMMON_HPP

// ---- record/schema.hpp -----------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_SCHEMA_HPP
#define NOTCH_RECORD_SCHEMA_HPP

// What a flat record means, as plain data made at compile time: enough to render it as a line without knowing its type. The
// backend knows nothing else of events, so a hundred event types cost one renderer.
//
// A record's body has two parts that are read side by side. The fixed part has every field at a place known at compile time;
// the variable part has what differs in length, in the same order:
//
//     value        fixed part                                variable part
//     bool         1 byte
//     integer      its own bytes
//     float/double its own bytes
//     text, raw    u32 length                                its bytes
//     enum         u16 place in the table (past its end: unknown)
//     duration     i64 or u64 ticks, or f64
//     time point   i64 seconds, u32 nanoseconds
//     optional     u8 present, then the value's fixed part   the value's, if present
//     list, map    u32 count                                 the fixed parts of all elements, then their variable parts
//     object       its fields; one that can be left out is stored as an optional

namespace notch::inline NOTCH_ABI::detail {

enum class FlatKind : std::uint8_t {
    boolean, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, text, raw_json, enumeration,
    ticks, unsigned_ticks, real_duration, time_point, unix_time, optional, list, map, object
};

struct FieldSchema;

/// One value: its kind, and what that kind needs besides.
struct ValueSchema {
    FlatKind kind{};
    std::uint32_t fixed_size = 0;
    std::uint32_t worst_size = 0;                 ///< most bytes of JSON, without the contents of texts, lists and maps
    const ValueSchema* element = nullptr;         ///< optional, list, map
    std::span<const FieldSchema> fields{};        ///< object
    std::span<const std::string_view> names{};    ///< enumeration
    std::int64_t numerator = 1;                   ///< durations: the period
    std::int64_t denominator = 1;
};

struct FieldSchema {
    std::string_view key{};  ///< `,"key":`
    const ValueSchema* value = nullptr;
    bool conditional = false;  ///< a byte before the value tells whether the field is there
    bool redacted = false;     ///< nothing is stored

    [[nodiscard]] constexpr std::uint32_t fixed_size() const noexcept {
        return (conditional ? 1U : 0U) + (redacted ? 0U : value->fixed_size);
    }
};

/// One event type.
struct EventSchema {
    std::string_view name{};        ///< runner_start
    std::string_view name_member{}; ///< `,"event":"runner_start"`
    bool envelope = true;
    bool stamped = false;           ///< the fixed part begins with i64 microseconds
    bool named = false;             ///< then comes a text that, when not empty, is the event's name
    const ValueSchema* timestamp = nullptr;  ///< the event's own time, first of all
    const ValueSchema* body = nullptr;       ///< the other fields, an object
    std::uint32_t fixed_size = 0;
    std::uint32_t worst_size = 0;

    /// Bytes of the fixed part before the name, and of the name, which come before the body.
    [[nodiscard]] constexpr std::size_t time_size() const noexcept {
        return (stamped ? sizeof(std::int64_t) : 0) + (timestamp == nullptr ? 0 : timestamp->fixed_size);
    }
    [[nodiscard]] constexpr std::size_t name_size() const noexcept { return named ? sizeof(std::uint32_t) : 0; }
};

/// Bytes of a value's fixed part, without those of an optional's element and an object's fields.
constexpr std::uint32_t fixed_size_of(FlatKind kind) noexcept {
    switch (kind) {
        case FlatKind::boolean:
        case FlatKind::i8:
        case FlatKind::u8:
        case FlatKind::optional: return 1;
        case FlatKind::i16:
        case FlatKind::u16:
        case FlatKind::enumeration: return 2;
        case FlatKind::i64:
        case FlatKind::u64:
        case FlatKind::f64:
        case FlatKind::ticks:
        case FlatKind::unsigned_ticks:
        case FlatKind::real_duration: return 8;
        case FlatKind::time_point:
        case FlatKind::unix_time: return 12;
        case FlatKind::object: return 0;
        default: return 4;  // i32, u32, f32, and the lengths of texts, lists and maps
    }
}

/// The most bytes of JSON of a value, without those of its contents, element, fields and names.
constexpr std::uint32_t worst_size_of(FlatKind kind) noexcept {
    switch (kind) {
        case FlatKind::boolean:
        case FlatKind::optional:
        case FlatKind::list:
        case FlatKind::map: return 8;
        case FlatKind::f32:
        case FlatKind::f64: return max_double_size;
        case FlatKind::text: return 2 + escaped_bound(0);
        case FlatKind::raw_json: return 4;
        case FlatKind::enumeration:
        case FlatKind::object: return 2;
        case FlatKind::ticks:
        case FlatKind::unsigned_ticks:
        case FlatKind::real_duration:
        case FlatKind::time_point:
        case FlatKind::unix_time: return max_time_size;
        default: return max_integer_size + 4;
    }
}

/// The same for what an event's line has before its body, without the time of a member.
constexpr std::uint32_t worst_size_of_envelope(std::size_t name_member) noexcept {
    return static_cast<std::uint32_t>(timestamp_start.size() + max_time_size + name_member + 10 + 2 * escaped_bound(0));
}

// ---- from types to schemas ----------------------------------------------------------------------------------------

template <class T>
consteval FlatKind integer_kind() {
    constexpr FlatKind signed_kinds[] = {FlatKind::i8, FlatKind::i16, FlatKind::i32, FlatKind::i64};
    constexpr FlatKind unsigned_kinds[] = {FlatKind::u8, FlatKind::u16, FlatKind::u32, FlatKind::u64};
    constexpr std::size_t at = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return std::is_signed_v<T> ? signed_kinds[at] : unsigned_kinds[at];
}

template <class T>
inline constexpr bool has_exact_ticks = false;
template <class Rep, class Period>
inline constexpr bool has_exact_ticks<std::chrono::duration<Rep, Period>> =
    std::is_integral_v<Rep> && sizeof(Rep) <= 8 && decimal_digits<Period>() >= 0;

template <class Duration>
inline constexpr FlatKind duration_kind = !has_exact_ticks<Duration>                     ? FlatKind::real_duration
                                          : std::is_signed_v<typename Duration::rep> ? FlatKind::ticks
                                                                                     : FlatKind::unsigned_ticks;

template <class T, Form form = Form{}>
consteval ValueSchema make_value_schema();

template <class T, Form form = Form{}>
inline constexpr ValueSchema value_schema = make_value_schema<T, form>();

/// What is stored of a field that can be left out: a byte tells whether it is there, so an optional needs none of its own,
/// unless it is there although it is empty, because its default is not.
template <class T, std::size_t Index, class F>
inline constexpr bool stored_bare = is_optional<F> && may_be_omitted<T, Index, F> && !field_infos<T>[Index].omit_default;
template <class T, std::size_t Index, class F>
struct StoredType {
    using type = F;
};
template <class T, std::size_t Index, class F>
    requires stored_bare<T, Index, F>
struct StoredType<T, Index, F> {
    using type = std::remove_cv_t<typename F::value_type>;
};
template <class T, std::size_t Index, class F>
using Stored = typename StoredType<T, Index, F>::type;

/// Which fields of a struct belong to an object: of a nested one all, of an event's body those outside the envelope.
template <class T>
struct AllFields {
    template <std::size_t Index>
    static constexpr bool has = !field_infos<T>[Index].skip;
};
template <class T>
struct BodyFields {
    template <std::size_t Index>
    static constexpr bool has = AllFields<T>::template has<Index> && !in_envelope<T, Index>;
};

template <class T, std::size_t Index, class F>
consteval FieldSchema make_field_schema() {
    constexpr bool redacted_field = field_infos<T>[Index].redact;
    return {.key = key_text<T, Index>.view(),
            .value = redacted_field ? nullptr : &value_schema<Stored<T, Index, F>, form_of<T, Index>>,
            .conditional = may_be_omitted<T, Index, F>,
            .redacted = redacted_field};
}

/// The schema of a struct's chosen fields.
template <class T, template <class> class Which, class Types = FieldTypes<T>, class Index = std::make_index_sequence<Fields<T>::count>>
struct ObjectSchema;

template <class T, template <class> class Which, class... F, std::size_t... Index>
struct ObjectSchema<T, Which, TypeList<F...>, std::index_sequence<Index...>> {
    static constexpr std::size_t count_fields() {
        std::size_t wanted = 0;
        NOTCH_INTERNAL_IN_ORDER(wanted += Which<T>::template has<Index> ? 1U : 0U);
        return wanted;
    }
    static constexpr std::size_t count = count_fields();

    /// Puts the field at `*at` and gives back the next place. A field that is left out can have any type.
    template <std::size_t At, class Type>
    static constexpr FieldSchema* put(FieldSchema* at) {
        if constexpr (Which<T>::template has<At>) *at++ = make_field_schema<T, At, Type>();
        return at;
    }
    static constexpr std::array<FieldSchema, count> make_fields() {
        std::array<FieldSchema, count> out{};
        [[maybe_unused]] FieldSchema* at = out.data();
        NOTCH_INTERNAL_IN_ORDER(at = put<Index, F>(at));
        return out;
    }
    static constexpr std::array<FieldSchema, count> fields = make_fields();

    /// Where each field of the struct has its fixed part; of fields that are not chosen, where it would be.
    static constexpr std::array<std::uint32_t, sizeof...(F) + 1> make_offsets() {
        std::array<std::uint32_t, sizeof...(F) + 1> out{};
        [[maybe_unused]] std::size_t chosen = 0;
        NOTCH_INTERNAL_IN_ORDER(out[Index + 1] = out[Index] + (Which<T>::template has<Index> ? fields[chosen++].fixed_size() : 0));
        return out;
    }
    static constexpr std::array<std::uint32_t, sizeof...(F) + 1> offsets = make_offsets();

    static constexpr ValueSchema make_value() {
        ValueSchema out{.kind = FlatKind::object, .worst_size = worst_size_of(FlatKind::object), .fields = fields};
        for (const FieldSchema& field : fields) {
            const std::size_t value_size = field.redacted ? redacted.size() : field.value->worst_size;
            out.worst_size += static_cast<std::uint32_t>(field.key.size() + value_size);
        }
        out.fixed_size = offsets.back();
        return out;
    }
    static constexpr ValueSchema value = make_value();
};

consteval ValueSchema scalar_schema(FlatKind kind) {
    return {.kind = kind, .fixed_size = fixed_size_of(kind), .worst_size = worst_size_of(kind)};
}

template <class T>
consteval ValueSchema make_duration_schema() {
    ValueSchema out = scalar_schema(duration_kind<T>);
    out.numerator = T::period::num;
    out.denominator = T::period::den;
    return out;
}

template <class E>
consteval ValueSchema make_enum_schema() {
    ValueSchema out = scalar_schema(FlatKind::enumeration);
    out.worst_size += static_cast<std::uint32_t>(escaped_bound(longest_enum_text<E>()));
    out.names = enum_texts<E>;
    return out;
}

consteval ValueSchema holder_schema(FlatKind kind, const ValueSchema& element) {
    ValueSchema out = scalar_schema(kind);
    out.element = &element;
    if (kind == FlatKind::optional) {
        out.fixed_size += element.fixed_size;
        out.worst_size += element.worst_size;
    }
    return out;
}

template <class T, Form form>
consteval ValueSchema make_value_schema() {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) return scalar_schema(FlatKind::boolean);
    else if constexpr (kind == Kind::integer) return scalar_schema(integer_kind<T>());
    else if constexpr (kind == Kind::real) return scalar_schema(sizeof(T) == 4 ? FlatKind::f32 : FlatKind::f64);
    else if constexpr (kind == Kind::text) return scalar_schema(FlatKind::text);
    else if constexpr (kind == Kind::raw_json) return scalar_schema(FlatKind::raw_json);
    else if constexpr (kind == Kind::enumeration) return make_enum_schema<T>();
    else if constexpr (kind == Kind::duration) return make_duration_schema<T>();
    else if constexpr (kind == Kind::time_point) return scalar_schema(form.unix_seconds ? FlatKind::unix_time : FlatKind::time_point);
    else if constexpr (kind == Kind::foreign) return make_value_schema<ForeignValue<T>, form>();
    else if constexpr (kind == Kind::optional) return holder_schema(FlatKind::optional, value_schema<std::remove_cv_t<typename T::value_type>, form>);
    else if constexpr (kind == Kind::list) return holder_schema(FlatKind::list, value_schema<Element<T>, form>);
    else if constexpr (kind == Kind::map) return holder_schema(FlatKind::map, value_schema<std::remove_cv_t<typename T::mapped_type>, form>);
    else return ObjectSchema<T, AllFields>::value;
}

/// The schema of the envelope field Index, or null where there is none.
template <class T, std::size_t Index, class... F>
consteval const ValueSchema* envelope_value(TypeList<F...>) {
    const ValueSchema* out = nullptr;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
        NOTCH_INTERNAL_IN_ORDER(K == Index ? static_cast<void>(out = &value_schema<F, form_of<T, K>>) : static_cast<void>(0));
    }(std::index_sequence_for<F...>{});
    return out;
}

template <class T>
consteval EventSchema make_event_schema() {
    using E = Envelope<T>;
    EventSchema out;
    out.name = event_name<T>;
    out.name_member = event_text<T>.view();
    out.envelope = E::on;
    out.stamped = E::on && E::timestamp == no_field;
    out.named = E::event != no_field;
    out.body = &ObjectSchema<T, BodyFields>::value;
    out.fixed_size = out.body->fixed_size + (out.stamped ? 8 : 0) + (out.named ? 4 : 0);
    out.worst_size = out.body->worst_size + worst_size_of_envelope(event_text<T>.view().size());
    if constexpr (E::timestamp != no_field) {
        out.timestamp = envelope_value<T, E::timestamp>(FieldTypes<T>{});
        out.fixed_size += out.timestamp->fixed_size;
        out.worst_size += out.timestamp->worst_size;
    }
    return out;
}

/// What the backend knows of events of type T. Its address is the type's identity within the process.
template <class T>
inline constexpr EventSchema event_schema = make_event_schema<T>();

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// Fields that every line of a recorder ends with: made from any struct or map with string keys, written once.
///
///     struct Host { std::string host; int pid; };
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}, {.common = Host{"a1", 4711}}};
///     // {"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","host":"a1","pid":4711}
///
/// The values are those at the time of making. A key that the event's struct has itself is left out of its lines, and so are
/// `timestamp`, `event` and keys that begin with `notch_`. Lines of events without an envelope stay as they are.
class CommonFields {
public:
    CommonFields() = default;

    template <class T>
        requires(!std::is_same_v<T, CommonFields> && (detail::kind_of<T>() == detail::Kind::object || detail::kind_of<T>() == detail::Kind::map))
    CommonFields(const T& fields) {
        split(to_json(fields));
    }

    [[nodiscard]] bool empty() const noexcept { return members_.empty(); }

    /// All members as one object, and back.
    [[nodiscard]] std::string object() const {
        std::string out;
        for_each([&out](std::string_view member) { out += member; });
        return out.empty() ? out : "{" + out.substr(1) + "}";
    }
    [[nodiscard]] static CommonFields of_object(std::string_view object) {
        CommonFields out;
        if (!object.empty()) out.split(object);
        return out;
    }

    /// What lines of that schema end with, with a comma before each member.
    [[nodiscard]] std::string text_for(const detail::EventSchema& schema) const {
        std::string out;
        for_each([&](std::string_view member) {
            if (schema.envelope && !is_taken(schema, member)) out += member;
        });
        return out;
    }

private:
    static bool is_taken(const detail::EventSchema& schema, std::string_view member) noexcept {
        for (const std::string_view reserved : {",\"timestamp\":", ",\"event\":", ",\"notch_"})
            if (member.substr(0, reserved.size()) == reserved) return true;
        for (const detail::FieldSchema& field : schema.body->fields)
            if (member.substr(0, field.key.size()) == field.key) return true;
        return false;
    }

    /// Cuts `{"a":1,"b":[2,3]}` into `,"a":1` and `,"b":[2,3]`.
    void split(std::string_view object) {
        std::size_t start = 1;
        std::size_t depth = 0;
        bool quoted = false;
        for (std::size_t at = 1; at < object.size(); ++at) {
            const char c = object[at];
            if (c == '\\') ++at;
            else if (c == '"') quoted = !quoted;
            else if (quoted) continue;
            else if ((c == ',' || c == '}') && depth == 0) start = add(object, start, at);
            else if (c == '{' || c == '[') ++depth;
            else if (c == '}' || c == ']') --depth;
        }
    }
    std::size_t add(std::string_view object, std::size_t start, std::size_t end) {
        if (end > start) {
            members_ += ',';
            members_ += object.substr(start, end - start);
            members_ += '\n';
        }
        return end + 1;
    }
    template <class Visit>
    void for_each(Visit visit) const {
        std::string_view rest = members_;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            visit(rest.substr(0, end));
            rest = rest.substr(end + 1);
        }
    }

    std::string members_;  // each with a newline behind it, which none of them holds
};

}  // namespace notch::inline NOTCH_ABI

namespace notch::inline NOTCH_ABI::detail {

/// The texts of a recorder's schemas, each made when it is first needed.
class CommonTexts {
public:
    explicit CommonTexts(const CommonFields& fields) noexcept : fields_{fields} {}
    CommonTexts(const CommonTexts&) = delete;
    CommonTexts& operator=(const CommonTexts&) = delete;
    ~CommonTexts() {
        for (const std::string* text : texts_) delete text;
    }

    std::string_view of(std::uint32_t number, const EventSchema& schema) {
        if (fields_.empty()) return "";
        if (number >= texts_.size()) texts_.resize(std::size_t{number} + 1);
        std::string*& text = texts_[number];
        if (text == nullptr) text = new std::string{fields_.text_for(schema)};
        return *text;
    }

private:
    const CommonFields& fields_;
    PlainList<std::string*> texts_;  // by the schemas' numbers
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/options.hpp ----------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_OPTIONS_HPP
#define NOTCH_RECORD_OPTIONS_HPP

namespace notch::inline NOTCH_ABI {

/// What record() does when its thread's ring is full. Whatever is dropped, for whichever reason, is counted, and the stream says so
/// in one line for consecutive events, in the place where they would be:
///
///     // {"timestamp":..,"event":"notch_gap","epoch":"00f1..","producer":3,"first":17,"last":19,"count":3,"reason":"full"}
///
/// The reasons are those of DropStats; `several` stands for more than one. Threads that got no ring share producer 4294967295. For
/// events without an envelope there is no such line; on_error tells of them.
enum class OnFull : std::uint8_t {
    block,       ///< waits for room, at most block_timeout; then the event is dropped and counted
    drop_newest  ///< drops the event at once and counts it
};

/// How a recorder works; every member has a default.
///
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}, {.queue_bytes = 1 << 20, .on_full = notch::OnFull::drop_newest}};
struct RecorderOptions {
    /// Memory of one recording thread's ring; rounded up to a power of two, at least 4 KiB. An event may fill half of it.
    std::size_t queue_bytes = 512 * 1024;
    /// Memory of all rings together. A thread that finds it used up drops its events and counts them.
    std::size_t total_bytes = 64 * 1024 * 1024;
    /// The backend hands a batch to the sink when it has this many bytes, or when nothing more is there.
    std::size_t batch_bytes = 64 * 1024;
    OnFull on_full = OnFull::block;
    /// How long OnFull::block waits.
    std::chrono::nanoseconds block_timeout = std::chrono::hours{24};
    /// How long close() and the destructor wait for what is still queued.
    std::chrono::nanoseconds close_timeout = std::chrono::seconds{10};
    /// How long a backend without work looks again, with pauses, before its first sleep, which is short; each later one is about as
    /// long as all before it. A producer never wakes it: that would be a system call.
    std::chrono::nanoseconds idle_spin = std::chrono::microseconds{50};
    /// The longest of these sleeps, and so about the longest time that a lone event waits for the sink. What an idle recorder costs
    /// of one core, measured: 10 ms 0.2 %, 1 ms 0.8 %, 0.1 ms 4 %. 0: it never sleeps, which costs the whole core.
    std::chrono::nanoseconds idle_sleep = std::chrono::milliseconds{1};
    /// Gives each line of an event with an envelope its identity, made when it was recorded:
    /// `"notch_id":"<epoch, 16 hexadecimal digits>-<producer>-<sequence>"`, behind `event`.
    bool identity = false;
    /// Fields that the lines of all events end with, such as host and process id: any struct.
    CommonFields common{};
    /// A file in which the rings lie, so that what record() accepted outlives the process: the path, or nothing.
    ///
    ///     notch::Recorder recorder{notch::FileSink{"work.jsonl"}, {.journal = "work.journal"}};
    ///
    /// However a process ends (kill -9, a crash, _exit), the next recorder with that journal, or recover(), hands on what was left
    /// before anything else, in its constructor: into a FileSink each event comes exactly once, into other sinks at least once, which
    /// then always get an `identity`. A power cut is another matter: nothing is synced. close() removes the journal when everything
    /// was handed on; what it could not hand on within close_timeout, and counted as `closed`, stays there.
    ///
    /// It takes the place of the rings' memory, grows with the threads up to about total_bytes, and its space is reserved, so a full
    /// disk is an error and no crash: then an event whose thread gets no ring is a drop, `no_ring`. Not for a network's file system.
    /// On a disk the kernel's writing it back costs a producer some time now and then; on tmpfs it does not.
    ///
    /// A recorder whose journal cannot be had works on without one and says so through on_error: a live recorder, of this process or
    /// another, has it; it is no journal, or others may write to it; the sink refuses what was left, which then stays; the system is Windows.
    /// A child of fork() leaves its parent's journal alone.
    std::string journal{};
    /// false: the recorder has no thread; the program hands on what is queued with Recorder::poll(), from its own loop.
    bool thread = true;
    /// Stamps events without a `timestamp` member.
    Clock clock = system_microseconds;
    /// Told what no return value can say, such as a sink that does not open. Once per fault, not once per event.
    ErrorHandler on_error{};
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- record/stats.hpp ------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_STATS_HPP
#define NOTCH_RECORD_STATS_HPP

namespace notch::inline NOTCH_ABI {

/// Why events were dropped, and how many for each reason.
struct DropStats {
    std::uint64_t full = 0;       ///< the ring was full and OnFull::drop_newest says so
    std::uint64_t timeout = 0;    ///< the ring stayed full for block_timeout
    std::uint64_t too_large = 0;  ///< the event is larger than half of queue_bytes
    std::uint64_t no_ring = 0;    ///< total_bytes is used up by other threads' rings, or memory ran out
    std::uint64_t closed = 0;     ///< recorded after close(), or not yet handed on when close_timeout ended
    std::uint64_t sink = 0;       ///< the sink refused them
};

/// A recorder's counters. After a flush or a close, `recorded == written + dropped`, exactly.
///
///     const notch::Stats stats = recorder.stats();
///     std::printf("%llu of %llu written\n", stats.written, stats.recorded);
struct Stats {
    std::uint64_t recorded = 0;      ///< calls of record()
    std::uint64_t written = 0;       ///< event lines that the sink accepted
    std::uint64_t dropped = 0;       ///< the sum of drops
    DropStats drops{};
    std::uint64_t gaps = 0;          ///< gap lines that the sink accepted
    std::uint64_t bytes = 0;         ///< bytes of all accepted lines
    std::uint64_t batches = 0;       ///< calls of the sink
    std::uint64_t non_finite = 0;    ///< NaN and infinities that were written as null
    std::uint64_t recovered = 0;     ///< events that a dead process had left in the journal; not among those above
    std::uint64_t rings = 0;         ///< rings made so far; one serves one thread at a time
    std::uint64_t ring_bytes = 0;    ///< memory of these rings
    std::uint64_t most_queued = 0;   ///< the most bytes that the backend has found in one ring: how large queue_bytes must be
    std::uint64_t most_batched = 0;  ///< bytes of the largest batch
    std::vector<SinkStats> sinks{};  ///< of a Tee: what each of its sinks took
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- record/scope.hpp ------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_SCOPE_HPP
#define NOTCH_RECORD_SCOPE_HPP

namespace notch::inline NOTCH_ABI {

class Recorder;

namespace detail {

/// What is inside an optional.
template <class D>
struct HeldDuration {
    using type = D;
};
template <class D>
struct HeldDuration<std::optional<D>> {
    using type = D;
};

/// Sets a field to the time that passed: seconds in a floating number, or a duration.
template <class D>
void set_elapsed(D& field, std::int64_t nanoseconds) {
    using Held = typename HeldDuration<D>::type;
    static_assert(std::is_floating_point_v<Held> || is_duration<Held>,
                  "notch: scope() fills a duration: make the member a double (seconds), a std::chrono::duration or an optional of "
                  "one, or name another member with scope(event, &T::member)");
    const std::chrono::duration<std::int64_t, std::nano> elapsed{nanoseconds};
    if constexpr (std::is_floating_point_v<Held>) field = std::chrono::duration_cast<std::chrono::duration<Held>>(elapsed).count();
    else field = std::chrono::duration_cast<Held>(elapsed);
}

/// R, in a template only once it is instantiated.
template <class R, class>
struct CompleteType {
    using type = R;
};
template <class R, class E>
using Complete = typename CompleteType<R, E>::type;

/// A scope without a named member fills the one called `duration`, where there is one.
struct DurationByName {};

}  // namespace detail

/// An event that is recorded when it goes out of scope, also when an exception passes; made by Recorder::scope().
///
///     {
///         auto job = recorder.scope(Job{.name = "build"});   // struct Job { std::string name; double duration; };
///         build();
///         job->name = "build, linked";
///     }
///     // {"timestamp":1795190400.123456,"event":"job","name":"build, linked","duration":12.5}
///
/// An event without a `timestamp` member is stamped at the end. The member that was named, or the one called `duration`, is set to
/// the time since the scope began, in seconds, by a clock that never jumps. The recorder must outlive the scope. One thread at a
/// time may use it; the thread that ends it records.
template <class E, class Member = detail::DurationByName>
class Scope {
public:
    Scope(Recorder& recorder, E event, Member member = {})
        : recorder_{recorder}, event_{static_cast<E&&>(event)}, member_{member}, begin_{detail::monotonic_nanoseconds()} {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
        if (dismissed_) return;
        fill_duration();
        // Through this type, since the recorder is complete only where the scope ends.
        detail::Complete<Recorder, E>& recorder = recorder_;
        static_cast<void>(recorder.record(event_));
    }

    [[nodiscard]] E* operator->() noexcept { return &event_; }
    [[nodiscard]] E& operator*() noexcept { return event_; }

    /// Nothing will be recorded.
    void dismiss() noexcept { dismissed_ = true; }

private:
    void fill_duration() noexcept {
        const std::int64_t elapsed = detail::monotonic_nanoseconds() - begin_;
        if constexpr (!std::is_same_v<Member, detail::DurationByName>) detail::set_elapsed(event_.*member_, elapsed);
        else if constexpr (requires(E& event) { event.duration; }) detail::set_elapsed(event_.duration, elapsed);
        else static_cast<void>(elapsed);
    }

    Recorder& recorder_;
    E event_;
    Member member_;
    std::int64_t begin_;
    bool dismissed_ = false;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- record/recorder.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_RECORDER_HPP
#define NOTCH_RECORD_RECORDER_HPP

// ---- record/core.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_CORE_HPP
#define NOTCH_RECORD_CORE_HPP

// ---- base/platform_process.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_PROCESS_HPP
#define NOTCH_BASE_PLATFORM_PROCESS_HPP

#if !defined(_WIN32)
#include <sys/mman.h>
#include <unistd.h>
#endif

// Calls to the operating system about this process: which one it is, whether it is a copy that fork() made, and numbers that no
// other process has.

namespace notch::inline NOTCH_ABI::detail {

#if defined(_WIN32)
inline std::int64_t process_id() noexcept { return static_cast<std::int64_t>(system_calls().process_id()); }
#else
inline std::int64_t process_id() noexcept { return static_cast<std::int64_t>(::getpid()); }
#endif

/// 64 bits that nobody else has: random ones, or where the system has none to give, the time, the process and an address.
inline std::uint64_t unique_number() noexcept {
    std::uint64_t out = 0;
#if defined(__linux__)
    if (::getentropy(&out, sizeof out) == 0) return out;
#endif
    const std::uint64_t parts[] = {static_cast<std::uint64_t>(system_microseconds()), static_cast<std::uint64_t>(monotonic_nanoseconds()),
                                   static_cast<std::uint64_t>(process_id()), reinterpret_cast<std::uintptr_t>(&out)};
    for (const std::uint64_t part : parts) {
        out = (out ^ part) * 0x9e37'79b9'7f4a'7c15;
        out ^= out >> 29;
    }
    return out;
}

/// A word that reads 0 in a child that fork() made, without a system call: it lies on a page that the kernel wipes there. Where
/// there is no such page, is_copy() asks for the process id instead, and the word keeps its value in the child.
class ForkWord {
public:
    ForkWord() noexcept : process_{process_id()} {
#if defined(MADV_WIPEONFORK)
        void* const page = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) return;
        if (::madvise(page, page_bytes, MADV_WIPEONFORK) != 0) {
            ::munmap(page, page_bytes);
            return;
        }
        words_ = new (page) Words;
#endif
        words_->original.store(1, std::memory_order_relaxed);
    }
    ForkWord(const ForkWord&) = delete;
    ForkWord& operator=(const ForkWord&) = delete;
    ~ForkWord() {
#if defined(MADV_WIPEONFORK)
        if (words_ != &own_) ::munmap(words_, page_bytes);
#endif
    }

    [[nodiscard]] std::atomic<std::uint64_t>& word() noexcept { return words_->word; }

    /// Whether this is a child of the process that made the word.
    [[nodiscard]] bool is_copy() const noexcept {
        if (words_ != &own_) return words_->original.load(std::memory_order_relaxed) == 0;
        return process_id() != process_;
    }

private:
    struct Words {
        std::atomic<std::uint64_t> word{0};
        std::atomic<std::uint64_t> original{0};
    };
    static constexpr std::size_t page_bytes = 4096;

    Words own_;
    Words* words_ = &own_;
    std::int64_t process_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/backend.hpp ----------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_BACKEND_HPP
#define NOTCH_RECORD_BACKEND_HPP

// ---- record/gap_lines.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_GAP_LINES_HPP
#define NOTCH_RECORD_GAP_LINES_HPP

// ---- record/gaps.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_GAPS_HPP
#define NOTCH_RECORD_GAPS_HPP

// Dropped events as gaps in the sequence of their producer: which numbers, and why. A gap waits where it arose until it can be
// told in the stream.

namespace notch::inline NOTCH_ABI::detail {

enum class DropReason : std::uint8_t { full, timeout, too_large, no_ring, closed, sink, several, damaged };
inline constexpr std::size_t drop_reasons = 8;

constexpr std::string_view words_for(DropReason reason) noexcept {
    constexpr std::string_view words[drop_reasons] = {"full",   "timeout", "too_large", "no_ring",
                                                          "closed", "sink",    "several",   "damaged"};
    return words[static_cast<std::size_t>(reason)];
}

/// Consecutive calls of one producer that were dropped for one reason. The layout of a gap record's body.
struct Gap {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    DropReason reason{};
    bool quiet = false;  ///< events without an envelope: their stream holds nothing but them, so the gap is told elsewhere
};

/// The gaps of one producer that nobody has been told of, in their order. Where there are too many, the last ones become one.
class Gaps {
public:
    static constexpr std::size_t most = 8;

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] const Gap* begin() const noexcept { return gaps_; }
    [[nodiscard]] const Gap* end() const noexcept { return gaps_ + count_; }
    void clear() noexcept { count_ = 0; }

    void add(const Gap& gap) noexcept {
        Gap* const before = count_ == 0 ? nullptr : &gaps_[count_ - 1];
        if (before != nullptr && before->last + 1 == gap.first && before->reason == gap.reason && before->quiet == gap.quiet) {
            before->last = gap.last;
        } else if (count_ < most) {
            gaps_[count_++] = gap;
        } else {
            before->last = gap.last;
            if (before->reason != gap.reason) before->reason = DropReason::several;
            before->quiet = before->quiet && gap.quiet;
        }
    }

private:
    Gap gaps_[most]{};
    std::size_t count_ = 0;
};

/// What a producer and the backend both touch, for a few instructions at a time, and only when something was dropped.
class SpinLock {
public:
    explicit SpinLock(std::atomic<bool>& flag) noexcept : flag_{flag} {
        for (unsigned tries = 0; flag_.exchange(true, std::memory_order_acquire); ++tries) {
            if (tries < 64) pause_processor();
            else yield_processor();
        }
    }
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;
    ~SpinLock() { flag_.store(false, std::memory_order_release); }

private:
    std::atomic<bool>& flag_;
};

/// The gaps that a producer could not yet put into its ring.
class PendingGaps {
public:
    void add(std::uint64_t sequence, DropReason reason, bool quiet) noexcept {
        const SpinLock lock{busy_};
        gaps_.add({sequence, sequence, reason, quiet});
        any_.store(true, std::memory_order_relaxed);
    }
    /// The same for a number that several threads count.
    void add_next(std::atomic<std::uint64_t>& numbers, DropReason reason, bool quiet) noexcept {
        const SpinLock lock{busy_};
        const std::uint64_t sequence = numbers.fetch_add(1, std::memory_order_relaxed);
        gaps_.add({sequence, sequence, reason, quiet});
        any_.store(true, std::memory_order_relaxed);
    }
    /// Whether there may be some; certain after a look under the lock.
    [[nodiscard]] bool any() const noexcept { return any_.load(std::memory_order_relaxed); }

    /// Calls `use(gaps)` unless there are none; when it returns true they are done with.
    template <class Use>
    void take(Use use) noexcept {
        const SpinLock lock{busy_};
        if (gaps_.empty() || !use(static_cast<const Gaps&>(gaps_))) return;
        gaps_.clear();
        any_.store(false, std::memory_order_relaxed);
    }

private:
    std::atomic<bool> busy_{false};
    std::atomic<bool> any_{false};
    Gaps gaps_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// What a recorder writes of its own: the identity of a line, and the line that tells of dropped events.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::string_view gap_event = "notch_gap";
inline constexpr std::size_t max_gap_line = 320;

/// `,"notch_id":"<epoch>-<producer>-<sequence>"`, made anew for each line in the same place.
class Identity {
public:
    explicit Identity(std::uint64_t epoch) noexcept {
        char* at = put_plain(text_, ",\"notch_id\":\"");
        epoch_ = at;
        for (int shift = 60; shift >= 0; shift -= 4) *at++ = hex_digits[(epoch >> shift) & 15];
        *at++ = '-';
        numbers_ = at;
    }
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;

    [[nodiscard]] std::string_view epoch() const noexcept { return view_of(epoch_, 16); }

    /// Valid until the next call.
    [[nodiscard]] std::string_view of(std::uint32_t producer, std::uint64_t sequence) noexcept {
        char* at = write_u32(numbers_, producer);
        *at++ = '-';
        at = write_u64(at, sequence);
        *at++ = '"';
        return view_of(text_, static_cast<std::size_t>(at - text_));
    }

private:
    char text_[96];
    char* epoch_;
    char* numbers_;
};

/// Writes the line of a gap, with its newline, where max_gap_line bytes are free:
/// {"timestamp":..,"event":"notch_gap","epoch":"..","producer":3,"first":17,"last":19,"count":3,"reason":"full"}
inline char* put_gap_line(char* out, const Gap& gap, std::string_view epoch, std::uint32_t producer, std::int64_t now) noexcept {
    out = write_stamp(put_plain(out, timestamp_start), now);
    out = put_plain(put_plain(put_plain(out, event_start), gap_event), "\",\"epoch\":\"");
    out = put_plain(put_plain(out, epoch), "\",\"producer\":");
    out = put_plain(write_u32(out, producer), ",\"first\":");
    out = put_plain(write_u64(out, gap.first), ",\"last\":");
    out = put_plain(write_u64(out, gap.last), ",\"count\":");
    out = put_plain(write_u64(out, gap.last - gap.first + 1), ",\"reason\":\"");
    return put_plain(put_plain(out, words_for(gap.reason)), "\"}\n");
}

/// The same as an error, for events whose stream has no gap lines.
inline Error gap_error(const Gap& gap, std::uint32_t producer) {
    Error error;
    error.place = "record";
    error.expected = "room for every event";
    error.found = std::to_string(gap.last - gap.first + 1) + " dropped (" + std::string{words_for(gap.reason)} + "), producer " +
                  std::to_string(producer) + ", numbers " + std::to_string(gap.first) + " to " + std::to_string(gap.last);
    return error;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/render.hpp -----------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_RENDER_HPP
#define NOTCH_RECORD_RENDER_HPP

namespace notch::inline NOTCH_ABI::detail {

/// What a recorder adds to the lines of events that have an envelope; members with a comma before them, or nothing.
struct LineExtras {
    std::string_view identity = "";  ///< behind the event's name
    std::string_view common = "";    ///< behind its fields
};

/// The backend's half of a record: a flat body and its schema become a line. Plain code for all types; it writes the same
/// bytes as to_line, which a test holds it to.
class Renderer {
public:
    explicit Renderer(Buffer& out) noexcept : out_{out} {}

    /// Appends the line of a body of `size` bytes, with its newline. False when memory ran out; then nothing was appended.
    bool line(const EventSchema& schema, const char* body, std::size_t size, const LineExtras& extras = {}) noexcept {
        const std::size_t before = out_.size();
        fixed_ = body;
        variable_ = body + schema.fixed_size;
        // Every byte of a text may become six; this also covers what follows a list that made room for itself.
        rest_ = schema.worst_size + 6 * size + 1 + extras.identity.size() + extras.common.size();
        if (!out_.reserve(rest_)) return false;
        at_ = out_.end();
        if (schema.envelope) {
            envelope(schema);
            plain(extras.identity);
            fields(*schema.body);
            plain(extras.common);
            *at_++ = '}';
        } else {
            object(*schema.body);
        }
        *at_++ = '\n';
        out_.set_end(at_);
        if (!failed_) return true;
        failed_ = false;
        out_.shrink_to(before);
        return false;
    }

    /// How many NaN and infinities were written as null so far, which is what the reader of a line cannot know.
    [[nodiscard]] std::uint64_t non_finite() const noexcept { return non_finite_; }

private:
    template <class Scalar>
    Scalar take() noexcept {
        Scalar v;
        std::memcpy(&v, fixed_, sizeof v);
        fixed_ += sizeof v;
        return v;
    }
    std::string_view take_text() noexcept {
        const std::size_t size = take<std::uint32_t>();
        const std::string_view text{variable_, size};
        variable_ += size;
        return text;
    }

    void plain(std::string_view text) noexcept { at_ = put_plain(at_, text); }
    void text(std::string_view v) noexcept { at_ = put_text(at_, v); }

    void envelope(const EventSchema& schema) noexcept {
        plain(timestamp_start);
        if (schema.stamped) at_ = write_stamp(at_, take<std::int64_t>());
        if (schema.timestamp != nullptr) value(*schema.timestamp);
        const std::string_view own_name = schema.named ? take_text() : std::string_view{};
        if (own_name.empty()) return plain(schema.name_member);
        plain(event_start);
        at_ = write_escaped(at_, own_name.data(), own_name.size());
        *at_++ = '"';
    }

    void fields(const ValueSchema& schema) noexcept {
        for (const FieldSchema& field : schema.fields) {
            if (field.conditional && take<std::uint8_t>() == 0) {
                fixed_ += field.value->fixed_size;
                continue;
            }
            plain(field.key);
            if (field.redacted) plain(redacted);
            else value(*field.value);
        }
    }

    void object(const ValueSchema& schema) noexcept {
        const std::size_t start = offset();
        fields(schema);
        close(start, '{', '}');
    }

    void real(double v, bool single) noexcept {
        if (!is_finite(v)) ++non_finite_;
        at_ = single ? write_float(at_, static_cast<float>(v)) : write_double(at_, v);
    }

    void time_point(bool unix_form) noexcept {
        const auto seconds = take<std::int64_t>();
        const auto nanoseconds = take<std::uint32_t>();
        at_ = unix_form ? write_unix_seconds(at_, {seconds, nanoseconds}) : write_rfc3339(at_, seconds, nanoseconds);
    }

    void ticks(const ValueSchema& schema) noexcept {
        auto count = take<std::uint64_t>();
        if (schema.kind == FlatKind::ticks && static_cast<std::int64_t>(count) < 0) {
            *at_++ = '-';
            count = 0 - count;
        }
        switch (schema.denominator) {
            case 1: at_ = write_decimal_seconds<1, 0>(at_, count); break;
            case 10: at_ = write_decimal_seconds<10, 1>(at_, count); break;
            case 100: at_ = write_decimal_seconds<100, 2>(at_, count); break;
            case 1'000: at_ = write_decimal_seconds<1'000, 3>(at_, count); break;
            case 10'000: at_ = write_decimal_seconds<10'000, 4>(at_, count); break;
            case 100'000: at_ = write_decimal_seconds<100'000, 5>(at_, count); break;
            case 1'000'000: at_ = write_decimal_seconds<1'000'000, 6>(at_, count); break;
            case 10'000'000: at_ = write_decimal_seconds<10'000'000, 7>(at_, count); break;
            case 100'000'000: at_ = write_decimal_seconds<100'000'000, 8>(at_, count); break;
            default: at_ = write_decimal_seconds<1'000'000'000, 9>(at_, count); break;
        }
    }

    void real_duration(const ValueSchema& schema) noexcept {
        const double scale = static_cast<double>(schema.numerator) / static_cast<double>(schema.denominator);
        real(take<double>() * scale, false);
    }

    void enumeration(const ValueSchema& schema) noexcept {
        const std::size_t at = take<std::uint16_t>();
        if (at < schema.names.size()) text(schema.names[at]);
        else at_ = put_null(at_);
    }

    void optional(const ValueSchema& schema) noexcept {
        if (take<std::uint8_t>() != 0) return value(*schema.element);
        fixed_ += schema.element->fixed_size;
        at_ = put_null(at_);
    }

    /// A list's elements cost more than the bytes they are stored in, so it makes room of its own. It counts as rest as long as
    /// the list lasts: a list inside an element must not use up the room of the elements behind it. The output may move, hence
    /// the offsets.
    bool make_room(const ValueSchema& element, std::size_t count) noexcept {
        rest_ += count * (std::size_t{element.worst_size} + 8 + escaped_bound(0));
        out_.set_end(at_);
        if (!out_.reserve(rest_)) {
            failed_ = true;
            return false;
        }
        at_ = out_.end();
        return true;
    }

    /// Reads `count` elements whose fixed parts stand in the variable part, one behind the other.
    template <class Each>
    void elements(const ValueSchema& schema, std::size_t fixed_size, char open, char close_with, Each each) noexcept {
        const std::size_t count = take<std::uint32_t>();
        const std::size_t outer_rest = rest_;
        if (!make_room(*schema.element, count)) return;
        const char* const outer = fixed_;
        fixed_ = variable_;
        variable_ += count * fixed_size;
        const std::size_t start = offset();
        for (std::size_t i = 0; i < count && !failed_; ++i) {
            *at_++ = ',';
            each();
        }
        close(start, open, close_with);
        fixed_ = outer;
        rest_ = outer_rest;
    }

    void list(const ValueSchema& schema) noexcept {
        elements(schema, schema.element->fixed_size, '[', ']', [&] { value(*schema.element); });
    }
    void map(const ValueSchema& schema) noexcept {
        elements(schema, sizeof(std::uint32_t) + schema.element->fixed_size, '{', '}', [&] {
            text(take_text());
            *at_++ = ':';
            value(*schema.element);
        });
    }

    [[nodiscard]] std::size_t offset() noexcept { return static_cast<std::size_t>(at_ - out_.view().data()); }
    void close(std::size_t start, char open, char close_with) noexcept {
        at_ = close_brackets(out_.end() - out_.size() + start, at_, open, close_with);
    }

    void value(const ValueSchema& schema) noexcept {
        switch (schema.kind) {
            case FlatKind::boolean: at_ = put_bool(at_, take<std::uint8_t>() != 0); break;
            case FlatKind::i8: at_ = write_i32(at_, take<std::int8_t>()); break;
            case FlatKind::i16: at_ = write_i32(at_, take<std::int16_t>()); break;
            case FlatKind::i32: at_ = write_i32(at_, take<std::int32_t>()); break;
            case FlatKind::i64: at_ = write_i64(at_, take<std::int64_t>()); break;
            case FlatKind::u8: at_ = write_u32(at_, take<std::uint8_t>()); break;
            case FlatKind::u16: at_ = write_u32(at_, take<std::uint16_t>()); break;
            case FlatKind::u32: at_ = write_u32(at_, take<std::uint32_t>()); break;
            case FlatKind::u64: at_ = write_u64(at_, take<std::uint64_t>()); break;
            case FlatKind::f32: real(static_cast<double>(take<float>()), true); break;
            case FlatKind::f64: real(take<double>(), false); break;
            case FlatKind::text: text(take_text()); break;
            case FlatKind::raw_json: at_ = put_raw(at_, take_text()); break;
            case FlatKind::enumeration: enumeration(schema); break;
            case FlatKind::ticks:
            case FlatKind::unsigned_ticks: ticks(schema); break;
            case FlatKind::real_duration: real_duration(schema); break;
            case FlatKind::time_point: time_point(false); break;
            case FlatKind::unix_time: time_point(true); break;
            case FlatKind::optional: optional(schema); break;
            case FlatKind::list: list(schema); break;
            case FlatKind::map: map(schema); break;
            case FlatKind::object: object(schema); break;
        }
    }

    Buffer& out_;
    char* at_ = nullptr;
    const char* fixed_ = nullptr;
    const char* variable_ = nullptr;
    std::size_t rest_ = 0;
    std::uint64_t non_finite_ = 0;
    bool failed_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/ring.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_RING_HPP
#define NOTCH_RECORD_RING_HPP

// A ring of bytes between one producer and one consumer. A record is contiguous and begins with its size; a size of 0 means
// that nothing is there yet. The consumer finds new records by that word alone and never reads the producer's own index: the
// cache line that the producer writes most stays with the producer.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::size_t cache_line = 64;
inline constexpr std::size_t record_alignment = 8;
inline constexpr std::uint32_t padding_mark = 0x8000'0000;  // the record fills the end of the ring and holds nothing

constexpr std::size_t aligned_size(std::size_t bytes) noexcept {
    return (bytes + record_alignment - 1) & ~(record_alignment - 1);
}

/// What every record begins with. It says by a number what it holds, not by an address, so that a record outlives its process.
template <template <class> class Atomic>
struct BasicRecordHeader {
    Atomic<std::uint32_t> size;       ///< of the whole record, header included; 0: not written yet
    std::uint32_t schema;             ///< which of the recorder's schemas; see SchemaTable

    /// The size is not touched: publish() writes it last.
    NOTCH_INTERNAL_INLINE static void set_schema(char* record, std::uint32_t schema) noexcept {
        std::memcpy(record + sizeof(std::uint32_t), &schema, sizeof schema);
    }
};
using RecordHeader = BasicRecordHeader<std::atomic>;
inline constexpr std::size_t header_size = sizeof(RecordHeader);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && header_size == record_alignment);

/// The atomics are a parameter so that the tests can run this very code in a model of memory; everybody else uses Ring.
template <template <class> class Atomic>
class BasicRing {
public:
    BasicRing(char* data, std::size_t capacity, std::uint32_t number) noexcept
        : at_{data}, limit_{data}, data_{data}, capacity_{capacity}, number_{number} {}
    BasicRing(const BasicRing&) = delete;
    BasicRing& operator=(const BasicRing&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
    [[nodiscard]] char* data() const noexcept { return data_; }

    /// The largest record that always finds a place once the ring is empty: with the end that may have to be skipped for
    /// it, it still fits.
    [[nodiscard]] std::size_t largest_record() const noexcept { return capacity_ / 2 - record_alignment; }

    /// Counts one call of record(), and with it gives the call its sequence number; before publish, so that no reader of the
    /// counters sees more written than recorded.
    NOTCH_INTERNAL_INLINE void count_recorded() noexcept {
        recorded_.store(recorded_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_.load(std::memory_order_relaxed); }

    // ---- the producer's side ---------------------------------------------------------------------------------------

    /// Contiguous room for a record of `size` bytes (aligned), or null when it takes a longer look to know.
    /// The consumer has read the lines ahead, a lap ago, so they are fetched some records before they are written.
    NOTCH_INTERNAL_INLINE char* claim_quickly(std::size_t size) noexcept {
        char* const at = at_;
        prefetch_for_writing(at + 8 * cache_line);
        prefetch_for_writing(at + 9 * cache_line);
        return size <= static_cast<std::size_t>(limit_ - at) ? at : nullptr;
    }

    /// The longer look: room for `size` bytes (at most largest_record()), or null while there is none.
    NOTCH_INTERNAL_COLD char* claim(std::size_t size) noexcept {
        const std::uint64_t tail = tail_.load(std::memory_order_acquire);
        const auto offset = static_cast<std::size_t>(at_ - data_);
        const auto used = static_cast<std::size_t>(lap_ + offset - tail);
        const std::size_t to_end = capacity_ - offset;
        const std::size_t needed = size + record_alignment;  // the next record's header must read as empty
        if (needed <= to_end) {
            if (used + needed > capacity_) return nullptr;
            const std::size_t free = capacity_ - used;
            limit_ = at_ + ((free < to_end ? free : to_end) - record_alignment);
            return at_;
        }
        if (used + to_end + needed > capacity_) return nullptr;
        size_at(data_).store(0, std::memory_order_relaxed);
        size_at(at_).store(static_cast<std::uint32_t>(to_end) | padding_mark, std::memory_order_release);
        lap_ += capacity_;
        at_ = data_;
        limit_ = data_ + (capacity_ - used - to_end - record_alignment);
        return data_;
    }

    /// Shows the record written at the claimed place to the consumer.
    NOTCH_INTERNAL_INLINE void publish(char* record, std::size_t size) noexcept {
        char* const next = record + size;
        at_ = next;
        // The next header must read as empty before this record can be seen, or the consumer would run into old bytes.
        size_at(next).store(0, std::memory_order_relaxed);
        size_at(record).store(static_cast<std::uint32_t>(size), std::memory_order_release);
    }

    /// Makes the next claim take the longer look.
    void forget_room() noexcept { limit_ = at_; }

    // ---- the consumer's side ---------------------------------------------------------------------------------------

    /// The oldest record not yet taken, or null.
    NOTCH_INTERNAL_INLINE const char* front() noexcept {
        for (;;) {
            char* const at = data_ + (static_cast<std::size_t>(taken_) & (capacity_ - 1));
            const std::uint32_t size = size_at(at).load(std::memory_order_acquire);
            if (size == 0) return nullptr;
            if ((size & padding_mark) == 0) return at;
            taken_ += size & ~padding_mark;
        }
    }

    /// Begins elsewhere than at the start: with what a dead process left.
    void start_at(std::uint64_t position) noexcept { taken_ = released_ = position; }

    /// As far as was taken, counted from the ring's first byte ever.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

    /// Moves on behind the record that front() gave.
    void take(std::size_t size) noexcept { taken_ += size; }

    /// Bytes taken whose room has not been given back.
    [[nodiscard]] std::size_t held() const noexcept { return static_cast<std::size_t>(taken_ - released_); }

    /// Gives the room of everything taken back to the producer.
    void release_taken() noexcept {
        if (taken_ != released_) {
            released_ = taken_;
            tail_.store(taken_, std::memory_order_release);
        }
    }

private:
    static Atomic<std::uint32_t>& size_at(char* record) noexcept { return reinterpret_cast<BasicRecordHeader<Atomic>*>(record)->size; }

    // The producer's line.
    alignas(cache_line) char* at_;  // where the next record goes
    char* limit_;                   // as far as it may reach, as far as the producer knows
    Atomic<std::uint64_t> recorded_{0};
    std::uint64_t lap_ = 0;  // bytes before data_, counted from the ring's first
    char* const data_;
    const std::size_t capacity_;  // a power of two
    const std::uint32_t number_;

    // Written by the consumer once a batch, read by the producer only when the ring looks full.
    alignas(cache_line) Atomic<std::uint64_t> tail_{0};

    // The consumer's line.
    alignas(cache_line) std::uint64_t taken_ = 0;
    std::uint64_t released_ = 0;
};

using Ring = BasicRing<std::atomic>;

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/ring_pool.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_RING_POOL_HPP
#define NOTCH_RECORD_RING_POOL_HPP

// ---- record/journal.hpp ----------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_JOURNAL_HPP
#define NOTCH_RECORD_JOURNAL_HPP

// ---- base/platform_journal.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_PLATFORM_JOURNAL_HPP
#define NOTCH_BASE_PLATFORM_JOURNAL_HPP

// ---- base/hash.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_BASE_HASH_HPP
#define NOTCH_BASE_HASH_HPP

namespace notch::inline NOTCH_ABI::detail {

/// FNV-1a, 64 bits: tells contents apart and notices damage; proves nothing against an enemy. `before` is the hash of what comes first.
constexpr std::uint64_t hash_text(std::string_view bytes, std::uint64_t before = 0xcbf29ce484222325) noexcept {
    std::uint64_t hash = before;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

/// The same of an object's bytes.
inline std::uint64_t hash_bytes(const void* bytes, std::size_t size, std::uint64_t before = hash_text("")) noexcept {
    return hash_text({static_cast<const char*>(bytes), size}, before);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

#if !defined(_WIN32)
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

// Calls to the operating system about a file that is memory as well, shared with whoever comes after this process: its space, its
// mappings, and whose it is. Windows has none of this here: there a journal does not open.

namespace notch::inline NOTCH_ABI::detail {

/// A mapped part of a file. `pages` is what was mapped: a page of the system may begin before `data`.
struct MappedBytes {
    char* data = nullptr;
    void* pages = nullptr;
    std::size_t bytes = 0;
};

/// Whether nobody but this process's user (and root) can write to a file.
inline bool is_private(const FileStatus& status) noexcept { return status.owner == own_user() && (status.mode & 022U) == 0; }

/// Whether the path still leads to that very file.
inline bool is_file_at(const char* path, const File& file) noexcept {
    FileStatus there;
    FileStatus here;
    return find_status_of(path, false, there) == 0 && find_status(file.descriptor(), here) == 0 && there.is_same_file(here);
}

/// How many of so many bytes could be read at that offset.
inline std::size_t read_all_at(const File& file, std::uint64_t offset, char* out, std::size_t size) noexcept {
    std::size_t done = 0;
    while (done < size) {
        const ReadOutcome read = read_at(file.descriptor(), offset + done, out + done, size - done);
        if (read.count == 0) break;
        done += read.count;
    }
    return done;
}

#if defined(_WIN32)
inline File open_journal_file(const char*, bool) noexcept {
    errno = ENOSYS;
    return File{};
}
inline int reserve_bytes(const File&, std::uint64_t, std::uint64_t) noexcept { return ENOSYS; }
inline MappedBytes map_file(const File&, std::uint64_t, std::size_t, bool) noexcept { return {}; }
inline std::uint64_t process_token(std::int64_t) noexcept { return 0; }
#else

/// For reading and writing, made if absent and wanted. Links are not followed. Not open: errno says why.
inline File open_journal_file(const char* path, bool make) noexcept {
    const int flags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | (make ? O_CREAT : 0);
    int descriptor = -1;
    do {
        descriptor = ::open(path, flags, static_cast<::mode_t>(0600));
    } while (descriptor < 0 && errno == EINTR);
    return File{descriptor};
}

/// Gives the range blocks of its own, and the file its length: a hole that is mapped ends the process on a full disk. What the file
/// holds stays. 0, or errno.
inline int reserve_bytes(const File& file, std::uint64_t offset, std::uint64_t bytes) noexcept {
#if defined(__APPLE__)
    FileStatus status;
    if (const int error = find_status(file.descriptor(), status); error != 0) return error;
    static constexpr char zeros[4096]{};
    for (std::uint64_t at = status.size; at < offset + bytes;) {
        const std::uint64_t left = offset + bytes - at;
        const ::ssize_t count = ::pwrite(file.descriptor(), zeros, left < sizeof zeros ? left : sizeof zeros, static_cast<::off_t>(at));
        if (count < 0 && errno != EINTR) return errno;
        if (count > 0) at += static_cast<std::uint64_t>(count);
    }
    return 0;
#else
    const WriteSignals guard;  // beyond the limit of a file's size this raises one, as a write does
    int error = EINTR;
    while (error == EINTR) error = ::posix_fallocate(file.descriptor(), static_cast<::off_t>(offset), static_cast<::off_t>(bytes));
    WriteSignals::note(error);
    return error;
#endif
}

/// Maps a part of a file: shared, or as a copy whose changes stay in this process. Null `data` when the system refuses.
inline MappedBytes map_file(const File& file, std::uint64_t offset, std::size_t bytes, bool shared) noexcept {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t before = offset % page;
    const std::size_t whole = bytes + static_cast<std::size_t>(before);
    void* const pages = ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, file.descriptor(),
                               static_cast<::off_t>(offset - before));
    if (pages == MAP_FAILED) return {};
    return {static_cast<char*>(pages) + before, pages, whole};
}

// A process as a number: which it is (22 bits), of which boot and PID namespace (20), started when (22). A process id alone is given
// out again. Where there is no /proc, the last two are 0.

#if defined(__linux__)
inline std::size_t read_small_file(const char* path, char* out, std::size_t size) noexcept {
    const File file{::open(path, O_RDONLY | O_CLOEXEC)};
    return file.is_open() ? read_all_at(file, 0, out, size) : 0;
}

/// The n-th word, from 0.
inline const char* word_at(const char* text, int n) noexcept {
    for (; n > 0 && *text != '\0'; ++text) n -= *text == ' ' ? 1 : 0;
    return text;
}
#endif

inline std::uint64_t world_tag() noexcept {
    std::uint64_t hash = 0;
#if defined(__linux__)
    char text[64];
    struct ::stat info {};
    hash = hash_bytes(text, read_small_file("/proc/sys/kernel/random/boot_id", text, sizeof text));
    if (::stat("/proc/self/ns/pid", &info) == 0) hash = hash_bytes(&info.st_ino, sizeof info.st_ino, hash);
#endif
    return (hash ^ (hash >> 32)) & 0xf'ffff;
}

/// The number of a process that lives in this boot and namespace; 0 when there is none. One that is dead but not yet waited for is none.
inline std::uint64_t process_token(std::int64_t process) noexcept {
    std::uint64_t started = 0;
#if defined(__linux__)
    char text[1024];
    const std::string path = "/proc/" + std::to_string(process) + "/stat";
    const std::size_t size = read_small_file(path.c_str(), text, sizeof text - 1);
    text[size] = '\0';
    const char* at = size == 0 ? nullptr : std::strrchr(text, ')');  // the program's name before it may hold anything
    if (at != nullptr && at[1] == ' ') {
        at += 2;
        const bool over = *at == 'Z' || *at == 'X';
        const char* const threads = word_at(at, 17);
        if (over && (threads[0] == '0' || threads[0] == '1') && threads[1] == ' ') return 0;
        const char* const start = word_at(at, 19);
        started = hash_bytes(start, static_cast<std::size_t>(word_at(start, 1) - start));
        started = (started ^ (started >> 32)) & 0x3f'ffff;
    } else if (process != process_id() && ::kill(static_cast<::pid_t>(process), 0) != 0 && errno != EPERM) {
        return 0;
    }
#else
    if (process != process_id() && ::kill(static_cast<::pid_t>(process), 0) != 0 && errno != EPERM) return 0;
#endif
    return started << 42 | world_tag() << 22 | (static_cast<std::uint64_t>(process) & 0x3f'ffff);
}
#endif

inline std::int64_t process_of(std::uint64_t token) noexcept { return static_cast<std::int64_t>(token & 0x3f'ffff); }
inline bool is_same_world(std::uint64_t a, std::uint64_t b) noexcept { return (a >> 22 & 0xf'ffff) == (b >> 22 & 0xf'ffff); }

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/journal_layout.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_JOURNAL_LAYOUT_HPP
#define NOTCH_RECORD_JOURNAL_LAYOUT_HPP

// What lies where in a journal. A header of one page, then chunks, each a whole number of pages: texts (the schemas of the records,
// the common fields), rings, and room for the batch that is being written.
//
// The rings' own memory says which records there are; a slot beside each says how far they have been handed on. A slot belongs to a
// generation, one for each batch, and counts once the header's `committed` has reached it: one store hands on a batch of any number
// of rings. Each ring has three slots, since two generations may be open (a batch that is being written, and the gaps that its
// refused lines leave) while the committed one must stay.
//
// A word that changes carries a check of its own, since no other one could be changed together with it.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::uint64_t journal_magic = 0x0a31'6c61'6e72'756f;  // "ournal1\n", read as bytes on a little-endian machine
inline constexpr std::uint64_t chunk_magic = 0x0a6b'6e75'6863'6a6e;
inline constexpr std::uint32_t journal_version = 1;
inline constexpr std::size_t journal_page = 4096;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) noexcept { return (bytes + journal_page - 1) / journal_page * journal_page; }

/// A number of up to 48 bits with a check of 16: every damage to one byte of it is noticed.
constexpr std::uint64_t sealed(std::uint64_t number) noexcept {
    const auto part = [number](int index) { return static_cast<std::uint16_t>(number >> (16 * index)); };
    return number << 16 | static_cast<std::uint16_t>(part(0) ^ std::rotl(part(1), 5) ^ std::rotl(part(2), 11) ^ 0x6e6a);
}
constexpr bool unseal(std::uint64_t word, std::uint64_t& number) noexcept {
    number = word >> 16;
    return sealed(number) == word;
}

/// Where the batch of a generation is being written, and where its bytes lie.
struct JournalIntent {
    std::uint64_t area = 0;   ///< offset of the chunk with the bytes, and behind them a JournalLine for each line
    std::uint64_t size = 0;   ///< of the bytes
    std::uint64_t lines = 0;
    std::uint64_t skip = 0;   ///< bytes that the file had before, from an earlier attempt
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0; ///< in that file, of the first byte behind `skip`
    std::uint64_t checksum = 0;

    [[nodiscard]] std::uint64_t right_checksum() const noexcept { return hash_bytes(this, offsetof(JournalIntent, checksum)); }
};

struct JournalLine {
    std::uint32_t size;
    std::uint32_t schema;  ///< 0: a gap
    std::uint64_t sequence;
    std::uint32_t producer;
    std::uint32_t unused;
};

struct JournalHeader {
    std::atomic<std::uint64_t> magic;  ///< written last
    std::uint32_t byte_order;
    std::uint32_t version;
    std::uint64_t layout;  ///< a hash of the sizes that a build for another processor might have otherwise
    std::uint64_t epoch;
    std::uint64_t identity;  ///< 1: lines have a notch_id
    std::uint64_t checksum;     ///< of the four before it
    /// Whose it is: a process_token; 0: nobody's. Whoever changes it from what is nobody's, or from a dead process's, has it.
    alignas(64) std::atomic<std::uint64_t> owner;
    alignas(64) std::atomic<std::uint64_t> committed;  ///< sealed: the last generation that was handed on
    std::atomic<std::uint64_t> active;                 ///< sealed: twice the generation that is being written, plus which intent
    JournalIntent intents[2];

    [[nodiscard]] std::uint64_t right_checksum() const noexcept {
        return hash_bytes(&byte_order, offsetof(JournalHeader, checksum) - offsetof(JournalHeader, byte_order));
    }
};
static_assert(sizeof(JournalHeader) <= journal_page);

enum class ChunkKind : std::uint32_t { texts = 1, ring = 2, batch = 3 };

struct ChunkHeader {
    std::atomic<std::uint64_t> magic;  ///< written last
    std::uint64_t epoch;
    std::uint64_t offset;
    std::uint64_t size;  ///< of the chunk, this header included
    ChunkKind kind;
    std::uint32_t number;  ///< a ring's
    std::uint64_t checksum;   ///< of the five before it

    [[nodiscard]] std::uint64_t right_checksum() const noexcept {
        return hash_bytes(&epoch, offsetof(ChunkHeader, checksum) - offsetof(ChunkHeader, epoch));
    }
};
inline constexpr std::size_t chunk_start = 64;  ///< where a chunk's contents begin

/// A text in a chunk of texts, its bytes behind it. The first whose size is 0 is the end.
struct TextEntry {
    std::atomic<std::uint32_t> size;  ///< of the bytes; written last
    std::uint32_t number;             ///< the schema's; 0: the common fields
    std::uint64_t checksum;

    [[nodiscard]] static std::uint64_t right_checksum(std::uint32_t number, const char* bytes, std::size_t size) noexcept {
        return hash_bytes(bytes, size, hash_bytes(&number, sizeof number));
    }
};

struct JournalGap {
    std::uint64_t first;
    std::uint64_t last;
    std::uint32_t reason;
    std::uint32_t quiet;
};

/// How far a ring was handed on.
struct JournalSlot {
    std::atomic<std::uint64_t> generation;  ///< 0 while the others are being written
    std::uint64_t position;                 ///< of the first record that was not, counted from the ring's first byte ever
    std::uint64_t sequence;                 ///< its number
    std::uint64_t gap_count;                ///< gaps before it that no line tells of yet
    JournalGap gaps[Gaps::most];
    std::uint64_t checksum;

    [[nodiscard]] std::uint64_t right_checksum(std::uint64_t of_generation) const noexcept {
        return hash_bytes(&position, offsetof(JournalSlot, checksum) - offsetof(JournalSlot, position), of_generation);
    }
};
inline constexpr unsigned slots_of_ring = 3;
inline constexpr std::size_t ring_start = 1024;  ///< where a ring's bytes begin in its chunk
static_assert(chunk_start + slots_of_ring * sizeof(JournalSlot) <= ring_start && sizeof(ChunkHeader) <= chunk_start);

inline std::uint64_t journal_layout() noexcept {
    const std::uint32_t sizes[] = {sizeof(JournalHeader), sizeof(JournalSlot), sizeof(TextEntry), sizeof(JournalLine), sizeof(ChunkHeader),
                                   sizeof(Gap), offsetof(Gap, reason), offsetof(Gap, quiet), sizeof(bool)};
    return hash_bytes(sizes, sizeof sizes);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/journal_schema.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_JOURNAL_SCHEMA_HPP
#define NOTCH_RECORD_JOURNAL_SCHEMA_HPP

// Schemas as bytes, and back in a process that knows none of the types. Values refer to each other by number, since a type may hold
// itself; the sizes that rendering relies on are not stored but worked out again. A stored schema may be damaged: nothing of it
// is believed.

namespace notch::inline NOTCH_ABI::detail {

/// Writes a schema's description; good() is false when memory ran out.
class SchemaWriter {
public:
    explicit SchemaWriter(Buffer& out) noexcept : out_{out} {}

    void event(const EventSchema& schema) {
        text(schema.name);
        text(schema.name_member);
        number<std::uint8_t>((schema.envelope ? 1U : 0U) | (schema.stamped ? 2U : 0U) | (schema.named ? 4U : 0U) |
                             (schema.timestamp != nullptr ? 8U : 0U));
        if (schema.timestamp != nullptr) reference(*schema.timestamp);
        reference(*schema.body);
        for (std::size_t at = 0; at < values_.size(); ++at) value(*values_[at]);  // grows on the way
    }
    [[nodiscard]] bool good() const noexcept { return good_; }

private:
    void value(const ValueSchema& schema) {
        number<std::uint8_t>(static_cast<unsigned>(schema.kind));
        switch (schema.kind) {
            case FlatKind::ticks:
            case FlatKind::unsigned_ticks:
            case FlatKind::real_duration:
                number<std::int64_t>(schema.numerator);
                number<std::int64_t>(schema.denominator);
                break;
            case FlatKind::enumeration:
                number<std::uint32_t>(schema.names.size());
                for (const std::string_view name : schema.names) text(name);
                break;
            case FlatKind::optional:
            case FlatKind::list:
            case FlatKind::map: reference(*schema.element); break;
            case FlatKind::object:
                number<std::uint32_t>(schema.fields.size());
                for (const FieldSchema& each : schema.fields) field(each);
                break;
            default: break;
        }
    }
    void field(const FieldSchema& schema) {
        text(schema.key);
        number<std::uint8_t>((schema.conditional ? 1U : 0U) | (schema.redacted ? 2U : 0U));
        if (!schema.redacted) reference(*schema.value);
    }
    void reference(const ValueSchema& schema) {
        std::size_t at = 0;
        while (at < values_.size() && values_[at] != &schema) ++at;
        if (at == values_.size()) good_ = values_.add(&schema) && good_;
        number<std::uint32_t>(at);
    }
    void text(std::string_view v) {
        number<std::uint32_t>(v.size());
        bytes(v.data(), v.size());
    }
    template <class Stored, class Number>
    void number(Number v) {
        const auto stored = static_cast<Stored>(v);
        bytes(&stored, sizeof stored);
    }
    void bytes(const void* from, std::size_t size) {
        good_ = good_ && out_.reserve(size);
        if (!good_ || size == 0) return;
        std::memcpy(out_.end(), from, size);
        out_.set_end(out_.end() + size);
    }

    Buffer& out_;
    PlainList<const ValueSchema*> values_;
    bool good_ = true;
};

/// A schema read back, and what it points to. A template, as everything is that recovers, so that it is compiled where a recorder is
/// made and not wherever one is used.
template <class Late = void>
class StoredSchema {
public:
    explicit StoredSchema(std::string_view bytes) : bytes_{bytes} {}
    StoredSchema(const StoredSchema&) = delete;
    StoredSchema& operator=(const StoredSchema&) = delete;

    /// False: it is damaged.
    bool read() {
        event_.name = text();
        event_.name_member = text();
        const auto flags = number<std::uint8_t>();
        event_.envelope = (flags & 1) != 0;
        event_.stamped = (flags & 2) != 0;
        event_.named = (flags & 4) != 0;
        const std::size_t timestamp = (flags & 8) != 0 ? reference() : none;
        const std::size_t body = reference();
        for (std::size_t at = 0; at < values_.size() && good_; ++at) value(at);
        if (!good_ || at_ != bytes_.size() || flags > 15) return false;
        link();
        for (std::size_t at = 0; at < values_.size(); ++at)
            if (!measure(at, 0)) return false;
        return values_[body].kind == FlatKind::object && measure_event(timestamp, body);
    }
    [[nodiscard]] const EventSchema& event() const noexcept { return event_; }

private:
    static constexpr std::size_t none = ~std::size_t{0};
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 28;
    static constexpr unsigned most_depth = 128;
    enum class Measured : std::uint8_t { no, begun, yes };

    /// What a value refers to, as numbers, until everything has its final place.
    struct Links {
        std::size_t element = none;
        std::size_t first = 0;  ///< of its fields or names
        std::size_t count = 0;
        Measured measured = Measured::no;
    };

    void value(std::size_t self) {
        const auto kind = number<std::uint8_t>();
        good_ = good_ && kind <= static_cast<std::uint8_t>(FlatKind::object);
        if (!good_) return;
        values_[self].kind = static_cast<FlatKind>(kind);
        switch (values_[self].kind) {
            case FlatKind::ticks:
            case FlatKind::unsigned_ticks:
            case FlatKind::real_duration:
                values_[self].numerator = number<std::int64_t>();
                values_[self].denominator = number<std::int64_t>();
                break;
            case FlatKind::optional:
            case FlatKind::list:
            case FlatKind::map: {
                const std::size_t element = reference();
                links_[self].element = element;
                break;
            }
            case FlatKind::enumeration:
                links_[self].first = names_.size();
                links_[self].count = number<std::uint32_t>();
                for (std::size_t i = 0; i < links_[self].count && good_; ++i) good_ = names_.add(text()) && good_;
                break;
            case FlatKind::object:
                links_[self].first = fields_.size();
                links_[self].count = number<std::uint32_t>();
                for (std::size_t i = 0; i < links_[self].count && good_; ++i) field();
                break;
            default: break;
        }
    }
    void field() {
        FieldSchema field;
        field.key = text();
        const auto flags = number<std::uint8_t>();
        field.conditional = flags == 1;
        field.redacted = flags == 2;
        good_ = good_ && flags <= 2;
        const std::size_t value = field.redacted ? none : reference();
        good_ = fields_.add(field) && values_of_fields_.add(value) && good_;
    }

    /// The number of a value; its first mention makes the value.
    std::size_t reference() {
        const std::size_t at = number<std::uint32_t>();
        good_ = good_ && at <= values_.size();
        if (!good_) return 0;
        if (at == values_.size()) good_ = values_.add({}) && links_.add({});
        return good_ ? at : 0;
    }

    void link() {
        for (std::size_t i = 0; i < fields_.size(); ++i)
            if (values_of_fields_[i] != none) fields_[i].value = &values_[values_of_fields_[i]];
        for (std::size_t i = 0; i < values_.size(); ++i) {
            const Links& links = links_[i];
            if (links.element != none) values_[i].element = &values_[links.element];
            if (values_[i].kind == FlatKind::object) values_[i].fields = {fields_.data() + links.first, links.count};
            if (values_[i].kind == FlatKind::enumeration) values_[i].names = {names_.data() + links.first, links.count};
        }
    }

    /// The sizes of a value, as make_value_schema has them. False for one that contains itself, or is too large to be true.
    bool measure(std::size_t at, unsigned depth) {
        Links& links = links_[at];
        if (links.measured == Measured::yes) return true;
        if (links.measured == Measured::begun || depth > most_depth) return false;
        links.measured = Measured::begun;
        ValueSchema& schema = values_[at];
        std::uint64_t fixed = fixed_size_of(schema.kind);
        std::uint64_t worst = worst_size_of(schema.kind);
        if (schema.kind == FlatKind::optional) {
            if (!measure(links.element, depth + 1)) return false;
            fixed += schema.element->fixed_size;
            worst += schema.element->worst_size;
        }
        std::size_t longest = 0;
        for (const std::string_view name : schema.names) longest = name.size() > longest ? name.size() : longest;
        if (schema.kind == FlatKind::enumeration) worst += escaped_bound(longest);
        for (std::size_t i = links.first; i < links.first + schema.fields.size(); ++i) {
            const FieldSchema& field = fields_[i];
            if (!field.redacted && !measure(values_of_fields_[i], depth + 1)) return false;
            fixed += field.fixed_size();
            worst += field.key.size() + (field.redacted ? redacted.size() : field.value->worst_size);
        }
        if (fixed > most_bytes || worst > most_bytes) return false;
        schema.fixed_size = static_cast<std::uint32_t>(fixed);
        schema.worst_size = static_cast<std::uint32_t>(worst);
        links.measured = Measured::yes;
        return true;
    }

    bool measure_event(std::size_t timestamp, std::size_t body) {
        event_.body = &values_[body];
        event_.timestamp = timestamp == none ? nullptr : &values_[timestamp];
        event_.fixed_size = event_.body->fixed_size + static_cast<std::uint32_t>(event_.time_size() + event_.name_size());
        event_.worst_size = event_.body->worst_size + worst_size_of_envelope(event_.name_member.size());
        if (timestamp != none) event_.worst_size += event_.timestamp->worst_size;
        return true;
    }

    std::string_view text() {
        const std::size_t size = number<std::uint32_t>();
        good_ = good_ && size <= bytes_.size() - at_;
        if (!good_) return "";
        at_ += size;
        return std::string_view{bytes_}.substr(at_ - size, size);
    }
    template <class Stored>
    Stored number() {
        Stored out{};
        good_ = good_ && sizeof out <= bytes_.size() - at_;
        if (!good_) return out;
        std::memcpy(&out, bytes_.data() + at_, sizeof out);
        at_ += sizeof out;
        return out;
    }

    const std::string bytes_;
    std::size_t at_ = 0;
    bool good_ = true;
    EventSchema event_;
    PlainList<ValueSchema> values_;
    PlainList<Links> links_;  // one for each value
    PlainList<FieldSchema> fields_;
    PlainList<std::size_t> values_of_fields_;
    PlainList<std::string_view> names_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// The file that a recorder's rings lie in, so that what was recorded outlives the process: how it is written. A process's death
// leaves every store that was made before it, in their order, so all that is needed is that each of them leaves the file right; the
// compiler keeps to the order because the deciding ones release.

namespace notch::inline NOTCH_ABI::detail {

/// A new ring's memory in a journal.
struct RingPlace {
    MappedBytes mapped{};
    char* data = nullptr;
    JournalSlot* first_slot = nullptr;
};

/// Which of a ring's three places in the journal is which; the backend's.
struct RingSlots {
    JournalSlot* first = nullptr;
    unsigned kept = 0;      ///< the last one that was committed
    unsigned written = 0;   ///< the last one that was written
    bool has_gaps = false;  ///< the kept one tells of gaps
};

class Journal final : public WriteIntent {
public:
    Journal(std::string path, File file, const MappedBytes& header, std::uint64_t size)
        : path_{static_cast<std::string&&>(path)}, file_{static_cast<File&&>(file)}, mapped_header_{header}, end_{size} {}
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    /// Nobody's from then on, so that it can be recovered, unless it is gone.
    ~Journal() {
        unmap(texts_.mapped);
        unmap(area_.mapped);
        header().owner.store(0, std::memory_order_release);
        unmap(mapped_header_);
    }

    [[nodiscard]] JournalHeader& header() const noexcept { return *reinterpret_cast<JournalHeader*>(mapped_header_.data); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const File& file() const noexcept { return file_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return end_; }

    /// Fills a new file. 0, or errno.
    int make(std::uint64_t epoch, bool identity, std::string_view common, std::size_t batch_bytes) {
        epoch_ = epoch;
        end_ = journal_page;
        if (!grow_area(2 * batch_bytes) || !add_text(0, common)) return take_failure();
        JournalHeader& to = header();
        to.epoch = epoch;
        to.byte_order = byte_order;
        to.version = journal_version;
        to.layout = journal_layout();
        to.identity = identity ? 1 : 0;
        to.checksum = to.right_checksum();
        generation_ = 1;
        to.active.store(sealed(0), std::memory_order_relaxed);
        to.committed.store(sealed(generation_), std::memory_order_relaxed);
        decide(to.magic, journal_magic);
        return 0;
    }
    static constexpr std::uint32_t byte_order = 0x0102'0304;

    /// Takes the name away, then lets go of the file: whoever opened it meanwhile finds that it is not the file of that name.
    void remove() noexcept {
        if (is_file_at(path_.c_str(), file_)) remove_file(working_directory, path_.c_str());
    }
    /// The same, but the file stays under another name. 0, or errno.
    int set_aside(const std::string& name) noexcept {
        if (!is_file_at(path_.c_str(), file_)) return ENOENT;
        return move_name(working_directory, path_.c_str(), working_directory, name.c_str());
    }

    /// From now on nothing is written: what is not handed on stays as it is, for another time.
    void freeze() noexcept { frozen_ = true; }

    // ---- growing: any thread ---------------------------------------------------------------------------------------

    /// Describes a schema, before the first record that has its number. False when there is no room.
    bool describe(std::uint32_t number, const EventSchema& schema) {
        Buffer bytes;
        SchemaWriter writer{bytes};
        writer.event(schema);
        return writer.good() && add_text(number, bytes.view());
    }

    /// A ring for records that are to outlive the process; false when there is no room.
    bool add_ring(std::size_t capacity, std::uint32_t number, RingPlace& place) noexcept {
        const Chunk chunk = extend(ChunkKind::ring, number, ring_start + capacity);
        if (chunk.mapped.data == nullptr) return false;
        place.mapped = chunk.mapped;
        place.data = chunk.mapped.data + ring_start;
        place.first_slot = reinterpret_cast<JournalSlot*>(chunk.mapped.data + chunk_start);
        write_slot(place.first_slot[0], 1, 0, 0, Gaps{});
        show(chunk);
        return true;
    }

    /// Why the file could not grow since the last time: errno, or 0.
    int take_failure() noexcept { return failure_.exchange(0, std::memory_order_relaxed); }

    // ---- handing on: the backend -----------------------------------------------------------------------------------

    /// Begins another generation; save() then belongs to it.
    void next_generation() noexcept { ++generation_; }

    /// Notes how far a ring will have been handed on once the generation is committed.
    void save(RingSlots& ring, std::uint64_t position, std::uint64_t sequence, const Gaps& untold) noexcept {
        if (frozen_) return;
        ring.written = (ring.kept + (ring.written == ring.kept ? 1 : 2)) % slots_of_ring;
        write_slot(ring.first[ring.written], generation_, position, sequence, untold);
        ring.has_gaps = !untold.empty();
    }

    /// Everything saved is handed on: one store.
    void commit() noexcept {
        if (!frozen_) decide(header().committed, sealed(generation_));
    }

    /// Keeps the bytes of a batch whose place begin() will tell. `schema_of(i)` is the schema of a line. False when they have no room.
    template <class SchemaOf>
    bool stage(const Batch& batch, SchemaOf schema_of) noexcept {
        const std::size_t table = aligned(batch.bytes.size());
        const std::size_t size = table + batch.lines.size() * sizeof(JournalLine);
        if (frozen_ || (size > area_.room && !grow_area(size > 2 * area_.room ? size : 2 * area_.room))) return false;
        char* const bytes = area_.mapped.data + chunk_start;
        std::memcpy(bytes, batch.bytes.data(), batch.bytes.size());
        char* at = bytes + table;
        for (std::size_t i = 0; i < batch.lines.size(); ++i, at += sizeof(JournalLine)) {
            const LineInfo& info = batch.lines[i];
            const JournalLine line{static_cast<std::uint32_t>(info.size), schema_of(i), info.sequence, info.producer, 0};
            std::memcpy(at, &line, sizeof line);
        }
        staged_ = {.area = area_.offset, .size = batch.bytes.size(), .lines = batch.lines.size()};
        return true;
    }
    static constexpr std::size_t aligned(std::size_t size) noexcept { return (size + 7) & ~std::size_t{7}; }

    /// The sink is about to write the staged batch there.
    void begin(const SinkPosition& position) noexcept override {
        if (frozen_) return;
        which_ ^= 1;
        staged_.device = position.device;
        staged_.inode = position.inode;
        staged_.offset = position.offset;
        staged_.checksum = staged_.right_checksum();
        header().intents[which_] = staged_;
        decide(header().active, sealed(generation_ * 2 + which_));
    }

    /// A store that what was stored before must not follow, nor what is stored later precede, as a dead process leaves them.
    static void decide(std::atomic<std::uint64_t>& word, std::uint64_t value) noexcept {
        word.store(value, std::memory_order_release);
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }

    /// Goes on with what a dead process had begun; see recovery.hpp.
    void resume(std::uint64_t epoch, std::uint64_t generation, unsigned which, const JournalIntent& staged) noexcept {
        epoch_ = epoch;
        generation_ = generation;
        which_ = which;
        staged_ = staged;
    }

private:
    struct Chunk {
        MappedBytes mapped{};
        std::uint64_t offset = 0;
        std::size_t room = 0;  ///< behind the chunk's header
        std::size_t used = 0;
    };

    static void unmap(const MappedBytes& mapped) noexcept {
        if (mapped.pages != nullptr) unmap_pages(mapped.pages, mapped.bytes);
    }

    /// A new chunk at the file's end, which show() completes; null data when the disk is full.
    Chunk extend(ChunkKind kind, std::uint32_t number, std::size_t bytes) noexcept {
        const Lock lock{growing_};
        Chunk out;
        const std::uint64_t offset = whole_pages(end_);  // a damaged file ends anywhere
        const std::uint64_t size = whole_pages(bytes);
        int error = reserve_bytes(file_, offset, size);
        if (error == 0) {
            out.mapped = map_file(file_, offset, static_cast<std::size_t>(size), true);
            if (out.mapped.data == nullptr) error = errno;
        }
        if (error != 0) {
            failure_.store(error, std::memory_order_relaxed);
            return out;
        }
        out.offset = offset;
        out.room = static_cast<std::size_t>(size) - chunk_start;
        ChunkHeader& to = *reinterpret_cast<ChunkHeader*>(out.mapped.data);
        to.epoch = epoch_;
        to.offset = offset;
        to.size = size;
        to.kind = kind;
        to.number = number;
        to.checksum = to.right_checksum();
        end_ = offset + size;
        return out;
    }
    static void show(const Chunk& chunk) noexcept {
        reinterpret_cast<ChunkHeader*>(chunk.mapped.data)->magic.store(chunk_magic, std::memory_order_release);
    }

    bool add_text(std::uint32_t number, std::string_view text) noexcept {
        const std::size_t size = aligned(sizeof(TextEntry) + text.size());
        if (texts_.used + size + sizeof(TextEntry) > texts_.room) {
            const std::size_t wanted = chunk_start + size + sizeof(TextEntry);
            Chunk chunk = extend(ChunkKind::texts, 0, wanted < texts_bytes ? texts_bytes : wanted);
            if (chunk.mapped.data == nullptr) return false;
            show(chunk);
            unmap(texts_.mapped);
            texts_ = chunk;
        }
        TextEntry& entry = *reinterpret_cast<TextEntry*>(texts_.mapped.data + chunk_start + texts_.used);
        if (!text.empty()) std::memcpy(reinterpret_cast<char*>(&entry) + sizeof entry, text.data(), text.size());
        entry.number = number;
        entry.checksum = TextEntry::right_checksum(number, text.data(), text.size());
        entry.size.store(static_cast<std::uint32_t>(text.size()), std::memory_order_release);
        if (!text.empty()) texts_.used += size;
        return true;
    }
    static constexpr std::size_t texts_bytes = 32 * 1024;

    bool grow_area(std::size_t bytes) noexcept {
        const Chunk chunk = extend(ChunkKind::batch, 0, chunk_start + bytes);
        if (chunk.mapped.data == nullptr) return false;
        show(chunk);
        unmap(area_.mapped);
        area_ = chunk;
        return true;
    }

    static void write_slot(JournalSlot& slot, std::uint64_t generation, std::uint64_t position, std::uint64_t sequence, const Gaps& untold) noexcept {
        decide(slot.generation, 0);
        slot.position = position;
        slot.sequence = sequence;
        slot.gap_count = untold.size();
        JournalGap* at = slot.gaps;
        for (const Gap& gap : untold) *at++ = {gap.first, gap.last, static_cast<std::uint32_t>(gap.reason), gap.quiet ? 1U : 0U};
        slot.checksum = slot.right_checksum(generation);
        decide(slot.generation, generation);
    }

    const std::string path_;
    File file_;
    MappedBytes mapped_header_;
    Mutex growing_;
    std::uint64_t end_;  // of the chunks
    std::uint64_t epoch_ = 0;  // in each of them
    Chunk texts_;        // under the lock of the SchemaTable
    Chunk area_;         // the backend's, as is all that follows
    std::uint64_t generation_ = 0;
    unsigned which_ = 0;
    JournalIntent staged_{};
    bool frozen_ = false;
    std::atomic<int> failure_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// Which thread has which ring. A ring belongs to one recorder for good and to one thread at a time; when the thread ends, the
// next one that needs a ring takes it over, with whatever is still queued in it. Recorder and thread each hold a reference,
// so neither has to outlive the other.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::size_t gap_record_size = aligned_size(header_size + sizeof(Gap));

/// A ring, and what its recorder and its thread keep of it.
class PooledRing : public Ring {
public:
    /// In the journal, if there is one. Null when memory runs out.
    static PooledRing* make(std::size_t capacity, std::uint32_t number, Journal* journal) noexcept {
        RingPlace place;
        if (journal == nullptr) {
            void* const pages = map_pages(capacity);
            place = {{static_cast<char*>(pages), pages, capacity}, static_cast<char*>(pages), nullptr};
        } else if (!journal->add_ring(capacity, number, place)) {
            return nullptr;
        }
        return place.data == nullptr ? nullptr : adopt(place, capacity, number);
    }
    /// A ring in memory that is there, which it unmaps in the end, also when it returns null.
    static PooledRing* adopt(const RingPlace& place, std::size_t capacity, std::uint32_t number) noexcept {
        auto* const ring = new (std::nothrow) PooledRing(place, capacity, number);
        if (ring == nullptr) unmap_pages(place.mapped.pages, place.mapped.bytes);
        return ring;
    }

    void drop_reference() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    /// The recorder that takes from this ring; null once it is closed.
    [[nodiscard]] const void* owner() const noexcept { return owner_.load(std::memory_order_relaxed); }
    void set_owner(const void* owner) noexcept { owner_.store(owner, std::memory_order_relaxed); }

    /// Makes the ring this thread's, if it is nobody's. Acquires what the former thread did with it.
    bool try_take_over() noexcept {
        bool expected = false;
        if (!in_use_.compare_exchange_strong(expected, true, std::memory_order_acquire, std::memory_order_relaxed)) return false;
        references_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
    /// Gives the ring back, at the end of its thread.
    void give_back() noexcept {
        in_use_.store(false, std::memory_order_release);
        drop_reference();
    }

    /// Counts a call that is dropped, and keeps the gap. The next record has to take the longer way, which puts the gap before it.
    void drop(DropReason reason, bool quiet) noexcept {
        const std::uint64_t number = recorded();
        count_recorded();
        dropped_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
        forget_room();
        gaps.add(number, reason, quiet);
    }
    [[nodiscard]] std::uint64_t dropped(DropReason reason) const noexcept {
        return dropped_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
    }

    /// As claim(), but the gaps before the record go into the ring first; null while there is no room for all of it.
    NOTCH_INTERNAL_COLD char* claim_behind_gaps(std::size_t size) noexcept {
        if (gaps.any()) gaps.take([this, size](const Gaps& pending) { return put_gaps(pending, size); });
        return gaps.any() ? nullptr : claim(size);
    }

    PendingGaps gaps;
    PooledRing* next_of_pool = nullptr;    ///< set once, before the ring is shown to the backend
    PooledRing* next_of_thread = nullptr;  ///< the thread's own
    std::uint64_t sequence = 0;            ///< the backend's: of the next record
    Gaps untold;                           ///< the backend's: gaps that the sink has not taken yet
    RingSlots noted;                            ///< the backend's: its places in the journal, if there is one

private:
    PooledRing(const RingPlace& place, std::size_t capacity, std::uint32_t number) noexcept
        : Ring{place.data, capacity, number}, noted{place.first_slot}, mapped_{place.mapped} {}
    ~PooledRing() { unmap_pages(mapped_.pages, mapped_.bytes); }

    /// Not one by one while the record itself has no room: then each dropped event would leave a gap record of its own.
    bool put_gaps(const Gaps& pending, std::size_t size) noexcept {
        const std::size_t together = pending.size() * gap_record_size + size;
        if (claim(together <= largest_record() ? together : largest_record()) == nullptr) return false;
        for (const Gap& gap : pending) {
            char* const at = claim(gap_record_size);
            RecordHeader::set_schema(at, 0);
            std::memcpy(at + header_size, &gap, sizeof gap);
            publish(at, gap_record_size);
        }
        return true;
    }

    const MappedBytes mapped_;
    std::atomic<const void*> owner_{nullptr};
    std::atomic<int> references_{1};
    std::atomic<bool> in_use_{false};
    std::atomic<std::uint64_t> dropped_[drop_reasons]{};  // written by the ring's thread, summed by stats()
};

/// What a slot of a thread holds before it is used. A recorder's key is never this, and never 0, which is what a closed recorder
/// and a forked child read.
inline constexpr std::uint64_t no_key = 1;

/// The ring that this thread used last, and the key of its recorder. One comparison with the key that the recorder shows now tells
/// a closed recorder, a forked child, another recorder and a thread without a ring from the usual case. Without a constructor or
/// destructor, so that reading it costs no guard.
struct RecentRing {
    std::uint64_t key = no_key;
    PooledRing* ring = nullptr;
};
inline constinit thread_local RecentRing recent_ring{};

/// The number that a type's schema has at the recorder with that key.
struct RecentSchema {
    std::uint64_t key = no_key;
    std::uint32_t number = 0;
};
template <class E>
inline constinit thread_local RecentSchema recent_schema{};

/// Set when this thread's rings are given back: a destructor that runs later must not take one for good.
inline constinit thread_local bool thread_is_ending = false;

/// Every ring of this thread, one for each recorder that it has used.
class ThreadRings {
public:
    ThreadRings() noexcept = default;
    ThreadRings(const ThreadRings&) = delete;
    ThreadRings& operator=(const ThreadRings&) = delete;
    ~ThreadRings() {
        thread_is_ending = true;
        recent_ring = {};
        while (first_ != nullptr) remove(&first_);
    }

    void add(PooledRing* ring) noexcept {
        ring->next_of_thread = first_;
        first_ = ring;
    }

    /// This thread's ring at that recorder, or null. Rings of closed recorders are let go on the way.
    PooledRing* find(const void* owner) noexcept {
        for (PooledRing** link = &first_; *link != nullptr;) {
            if ((*link)->owner() == owner) return *link;
            if ((*link)->owner() == nullptr) remove(link);
            else link = &(*link)->next_of_thread;
        }
        return nullptr;
    }

private:
    static void remove(PooledRing** link) noexcept {
        PooledRing* const ring = *link;
        *link = ring->next_of_thread;
        if (recent_ring.ring == ring) recent_ring = {};
        ring->give_back();
    }

    PooledRing* first_ = nullptr;
};

inline ThreadRings& thread_rings() noexcept { return of_this_thread<ThreadRings>(); }

/// The rings of one recorder. Threads add to it under the mutex; the backend walks it without one.
class RingPool {
public:
    RingPool(std::size_t ring_bytes, std::size_t total_bytes) noexcept
        : ring_bytes_{rounded(ring_bytes)}, most_rings_{total_bytes / ring_bytes_} {}
    RingPool(const RingPool&) = delete;
    RingPool& operator=(const RingPool&) = delete;
    ~RingPool() {
        for (PooledRing* ring = first(); ring != nullptr;) {
            PooledRing* const next = ring->next_of_pool;
            ring->drop_reference();
            ring = next;
        }
    }

    [[nodiscard]] PooledRing* first() const noexcept { return first_.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t ring_bytes() const noexcept { return ring_bytes_; }

    /// A ring for this thread: an idle one, else a new one, else null.
    NOTCH_INTERNAL_COLD PooledRing* acquire(const void* owner) noexcept {
        const Lock lock{mutex_};
        if (is_closed()) return nullptr;
        for (PooledRing* ring = first(); ring != nullptr; ring = ring->next_of_pool)
            if (ring->try_take_over()) return ring;
        if (count_ >= most_rings_) return nullptr;
        PooledRing* const ring = PooledRing::make(ring_bytes_, static_cast<std::uint32_t>(count_), journal_);
        if (ring == nullptr) return nullptr;
        ring->set_owner(owner);
        ring->try_take_over();
        add(ring);
        return ring;
    }

    /// Adds a ring, for good. One thread at a time.
    void add(PooledRing* ring) noexcept {
        ++count_;
        ring->next_of_pool = first();
        first_.store(ring, std::memory_order_release);
    }

    /// Later rings lie in that journal.
    void keep_in(Journal* journal) noexcept { journal_ = journal; }

    [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_acquire); }

    /// From now on no thread finds a ring here.
    void close() noexcept {
        const Lock lock{mutex_};
        closed_.store(true, std::memory_order_release);
        for (PooledRing* ring = first(); ring != nullptr; ring = ring->next_of_pool) ring->set_owner(nullptr);
    }

    /// Drops a call of a thread that gets no ring. Such calls have numbers of their own, as if they came through a ring.
    void drop_without_ring(DropReason reason, bool quiet) noexcept {
        dropped_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
        gaps_without_ring.add_next(without_ring_, reason, quiet);
    }
    /// The producers' share of the counters.
    void add_to(Stats& stats) const noexcept {
        DropStats& drops = stats.drops;
        drops.no_ring = dropped_without_ring(DropReason::no_ring);
        drops.closed = dropped_without_ring(DropReason::closed);
        stats.recorded = without_ring_.load(std::memory_order_relaxed);
        for (const PooledRing* ring = first(); ring != nullptr; ring = ring->next_of_pool) {
            drops.full += ring->dropped(DropReason::full);
            drops.timeout += ring->dropped(DropReason::timeout);
            drops.too_large += ring->dropped(DropReason::too_large);
            drops.closed += ring->dropped(DropReason::closed);
            stats.recorded += ring->recorded();
            stats.ring_bytes += ring->capacity();
            ++stats.rings;
        }
    }

    PendingGaps gaps_without_ring;

private:
    [[nodiscard]] std::uint64_t dropped_without_ring(DropReason reason) const noexcept {
        return dropped_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
    }

    static constexpr std::size_t least_bytes = 4096;
    static constexpr std::size_t most_bytes = std::size_t{1} << 30;

    static constexpr std::size_t rounded(std::size_t bytes) noexcept {
        std::size_t size = least_bytes;
        while (size < bytes && size < most_bytes) size *= 2;
        return size;
    }

    const std::size_t ring_bytes_;
    const std::size_t most_rings_;
    Mutex mutex_;
    std::size_t count_ = 0;
    std::atomic<bool> closed_{false};
    std::atomic<PooledRing*> first_{nullptr};
    Journal* journal_ = nullptr;
    std::atomic<std::uint64_t> without_ring_{0};
    std::atomic<std::uint64_t> dropped_[drop_reasons]{};
};

/// The producer number of calls without a ring.
inline constexpr std::uint32_t no_producer = 0xffff'ffff;

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/schema_table.hpp -----------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_SCHEMA_TABLE_HPP
#define NOTCH_RECORD_SCHEMA_TABLE_HPP

namespace notch::inline NOTCH_ABI::detail {

/// What number 0 stands for: a record that no event type made.
inline constexpr std::uint32_t gap_record = 0;

/// The schemas that one recorder has met, by number. A thread adds a schema before it publishes the first record of that type, so
/// the backend, which takes the number from a record, reads the table without a lock.
class SchemaTable {
public:
    SchemaTable() noexcept = default;
    SchemaTable(const SchemaTable&) = delete;
    SchemaTable& operator=(const SchemaTable&) = delete;
    ~SchemaTable() {
        for (const std::atomic<Entry*>& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
    }

    /// The schema's number, a new one if need be; 0 when memory runs out, or the journal's room for what describes it.
    std::uint32_t number_of(const EventSchema* schema, Journal* journal = nullptr) noexcept {
        const Lock lock{mutex_};
        for (std::uint32_t number = 1; number <= count_; ++number)
            if ((*this)[number] == schema) return number;
        const std::uint32_t number = count_ + 1;
        // No thread learns the number before the journal knows what it means.
        if (journal != nullptr && !journal->describe(number, *schema)) return 0;
        return set(number, schema) ? number : 0;
    }

    /// Gives the schema that number, which none has yet; false when memory runs out.
    bool set(std::uint32_t number, const EventSchema* schema) noexcept {
        const std::size_t chunk = chunk_of(number);
        if (chunk >= chunk_count) return false;
        Entry* entries = chunks_[chunk].load(std::memory_order_relaxed);
        if (entries == nullptr) {
            entries = new (std::nothrow) Entry[first_chunk << chunk]{};
            if (entries == nullptr) return false;
            chunks_[chunk].store(entries, std::memory_order_release);
        }
        entries[place_of(number, chunk)] = schema;
        if (count_ < number) count_ = number;
        return true;
    }

    /// The same as operator[], for a number that may be anything: null where there is no schema.
    [[nodiscard]] const EventSchema* find(std::uint32_t number) const noexcept {
        return number == 0 || number > count_ || chunks_[chunk_of(number)].load(std::memory_order_relaxed) == nullptr ? nullptr : (*this)[number];
    }

    const EventSchema* operator[](std::uint32_t number) const noexcept {
        const std::size_t chunk = chunk_of(number);
        return chunks_[chunk].load(std::memory_order_acquire)[place_of(number, chunk)];
    }

private:
    using Entry = const EventSchema*;
    // Chunks that double, so that an entry never moves.
    static constexpr std::size_t first_chunk = 64;
    static constexpr std::size_t chunk_count = 12;

    static std::size_t chunk_of(std::uint32_t number) noexcept {
        return static_cast<std::size_t>(std::bit_width(number + first_chunk)) - std::bit_width(first_chunk);
    }
    static std::size_t place_of(std::uint32_t number, std::size_t chunk) noexcept {
        return number + first_chunk - (first_chunk << chunk);
    }

    Mutex mutex_;
    std::uint32_t count_ = 0;
    std::atomic<Entry*> chunks_[chunk_count]{};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// The consumer: takes records from every ring, renders them, and hands whole batches to the sink. One thread at a time.

namespace notch::inline NOTCH_ABI::detail {

class Backend final : public SinkHost {
public:
    Backend(AnySink& sink, RingPool& pool, const SchemaTable& schemas, std::uint64_t epoch, const RecorderOptions& options)
        : sink_{sink}, pool_{pool}, schemas_{schemas}, options_{options}, identity_{epoch} {}
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    /// What is handed on is noted in that journal.
    void keep_in(Journal* journal) noexcept { journal_ = journal; }

    void start() {
        sink_.attach(*this);
        Result<void> started = sink_.start();
        if (!started) report(started.error());
    }

    /// Takes everything that was in the rings when it began, and perhaps some that came since; false when there was nothing.
    bool pass() {
        bool moved = false;
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) moved = drain(*ring) || moved;
        // Gaps wait for events while the sink refuses everything: they would be refused as well, over and over.
        if (moved || !refusing_) tell_all_gaps();
        deliver();
        if (journal_ != nullptr) report_journal();
        if (!moved) idle();
        return moved;
    }

    /// Asks the sink to flush; true when it did and nothing was refused since the last time.
    bool flush() {
        tell_all_gaps();
        deliver();
        Result<void> flushed = sink_.flush();
        if (!flushed) report(flushed.error());
        return !std::exchange(refused_since_flush_, false) && flushed.has_value();
    }

    /// The last flush: nothing waits for a better time.
    bool finish() {
        refusing_ = false;
        return flush();
    }

    /// From another thread: a sink that waits for better times should give up.
    void hurry() noexcept { hurries_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool hurries() const noexcept override { return hurries_.load(std::memory_order_relaxed); }

    /// Once per fault: a sink that goes on failing the same way is not news.
    void report(const Error& error) override {
        if (failing_ && error.code == last_code_ && error.os_error == last_os_error_) return;
        failing_ = true;
        last_code_ = error.code;
        last_os_error_ = error.os_error;
        options_.on_error(error);
    }

    /// The backend's share of the counters.
    void add_to(Stats& stats) const {
        stats.drops.sink = dropped_.load(std::memory_order_acquire);
        stats.written = written_.load(std::memory_order_acquire);
        stats.gaps = gaps_.load(std::memory_order_relaxed);
        stats.bytes = bytes_.load(std::memory_order_relaxed);
        stats.batches = batches_.load(std::memory_order_relaxed);
        stats.non_finite = non_finite_.load(std::memory_order_relaxed);
        stats.most_queued = most_queued_.load(std::memory_order_relaxed);
        stats.most_batched = most_batched_.load(std::memory_order_relaxed);
        stats.sinks = sink_.stats();
    }

private:
    /// What a line of lines_ was made from, for the case that the sink refuses it.
    struct Origin {
        Gaps* untold;
        Gap gap;  ///< of an event: its number, as the gap that it becomes
        std::uint32_t schema;
    };

    /// Lets the sink do what is due without a batch, such as putting the last one on the disk.
    void idle() {
        const std::int64_t now = monotonic_nanoseconds();
        if (now < next_idle_) return;
        next_idle_ = now + idle_interval;
        Result<void> done = sink_.idle();
        if (!done) report(done.error());
    }
    static constexpr std::int64_t idle_interval = 100'000'000;

    bool drain(PooledRing& ring) {
        // No more than a ring's worth, so that one busy producer cannot keep the others, or a flush, waiting for ever.
        std::size_t left = ring.capacity();
        bool moved = false;
        while (const char* record = ring.front()) {
            const auto* const header = reinterpret_cast<const RecordHeader*>(record);
            const std::size_t size = header->size.load(std::memory_order_relaxed);
            if (header->schema == gap_record) take_gap(ring, record + header_size, size);
            else render(ring, header->schema, record + header_size, size - header_size);
            ring.take(size);
            moved = true;
            if (rendered_.size() >= options_.batch_bytes) deliver();
            if (size >= left) return true;
            left -= size;
        }
        raise(most_queued_, ring.held());
        if (ring.gaps.any()) [[unlikely]] take_pending(ring);
        return moved;
    }

    /// A record too short for a gap stands for one event that could not be recovered.
    static void take_gap(PooledRing& ring, const char* body, std::size_t size) {
        Gap gap{ring.sequence, ring.sequence, DropReason::damaged};
        if (size >= gap_record_size) std::memcpy(&gap, body, sizeof gap);
        ring.sequence = gap.last + 1;
        ring.untold.add(gap);
    }

    /// Gaps of a producer that has recorded nothing since. While there are any it publishes nothing, so an empty ring means
    /// that everything before them has been taken.
    static void take_pending(PooledRing& ring) {
        ring.gaps.take([&ring](const Gaps& pending) {
            if (ring.front() != nullptr) return false;
            for (const Gap& gap : pending) {
                ring.sequence = gap.last + 1;
                ring.untold.add(gap);
            }
            return true;
        });
    }

    void render(PooledRing& ring, std::uint32_t number, const char* body, std::size_t size) {
        const EventSchema& schema = *schemas_[number];
        if (!ring.untold.empty()) tell(ring.number(), ring.untold);
        const std::uint64_t sequence = ring.sequence++;
        const std::size_t before = rendered_.size();
        const bool identified = options_.identity && schema.envelope;
        const LineExtras extras{identified ? identity_.of(ring.number(), sequence) : std::string_view{""}, common_.of(number, schema)};
        // What one of several sinks refuses is no gap in the others' streams.
        const Gap as_gap{sequence, sequence, DropReason::sink, !schema.envelope || sink_.is_several()};
        if (renderer_.line(schema, body, size, extras)) {
            const LineInfo info{rendered_.size() - before, schema.name, ring.number(), sequence, false};
            if (add_line(info, {&ring.untold, as_gap, number})) return;
            rendered_.shrink_to(before);
        }
        lose(ring.untold, as_gap);
        report(no_memory());
    }

    /// False when memory runs out.
    bool add_line(const LineInfo& info, const Origin& origin) noexcept {
        if (!lines_.add(info)) return false;
        if (origins_.add(origin)) return true;
        lines_.pop_back();
        return false;
    }

    void tell_all_gaps() {
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool)
            if (!ring->untold.empty()) tell(ring->number(), ring->untold);
        if (pool_.gaps_without_ring.any()) {
            pool_.gaps_without_ring.take([this](const Gaps& pending) {
                for (const Gap& gap : pending) untold_without_ring_.add(gap);
                return true;
            });
        }
        if (!untold_without_ring_.empty()) tell(no_producer, untold_without_ring_);
    }

    void tell(std::uint32_t producer, Gaps& untold) {
        const Gaps gaps = untold;
        untold.clear();
        for (const Gap& gap : gaps) {
            if (gap.quiet) {
                // While the sink refuses everything, once at the end is enough.
                if (refusing_) untold.add(gap);
                else options_.on_error(gap_error(gap, producer));
                continue;
            }
            const std::size_t before = rendered_.size();
            if (!rendered_.reserve(max_gap_line)) {
                untold.add(gap);
                continue;
            }
            rendered_.set_end(put_gap_line(rendered_.end(), gap, identity_.epoch(), producer, options_.clock()));
            if (add_line({rendered_.size() - before, gap_event, producer, gap.first, true}, {&untold, gap, gap_record})) continue;
            rendered_.shrink_to(before);
            untold.add(gap);
        }
    }

    void deliver() {
        if (!lines_.empty()) {
            raise(most_batched_, rendered_.size());
            count(hand_over({rendered_.view(), {lines_.begin(), lines_.size()}}));
            rendered_.clear();
            rendered_.trim(4 * options_.batch_bytes);
            lines_.clear();
            origins_.clear();
        }
        if (journal_ != nullptr) keep_positions();
        // Room is given back only now: what the sink does not have yet is still in the rings.
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) ring->release_taken();
    }

    /// With a journal, and a sink that knows where it writes, the journal has everything that decides, after a crash, what the sink
    /// has of the batch. A batch that finds no room there is handed over as to any other sink: it may come twice, rather than never.
    Delivery hand_over(const Batch& batch) {
        is_saved_ = false;
        if (journal_ == nullptr || !sink_.has_position()) return sink_.write(batch);
        save_positions();
        if (!journal_->stage(batch, [this](std::size_t line) { return origins_[line].schema; })) return sink_.write(batch);
        Delivery delivery = sink_.write(batch, *journal_);
        is_saved_ = delivery.accepted >= batch.lines.size();
        return delivery;
    }

    /// Everything that was taken is the sink's, or its gaps are: in the file, before the producers may write over it.
    void keep_positions() {
        if (!std::exchange(is_saved_, false) && !save_positions()) return;
        journal_->commit();
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) ring->noted.kept = ring->noted.written;
    }

    /// False when no ring has anything new.
    bool save_positions() {
        bool any = false;
        for (PooledRing* ring = pool_.first(); ring != nullptr; ring = ring->next_of_pool) {
            if (ring->held() == 0 && ring->untold.empty() && !ring->noted.has_gaps) continue;
            if (!std::exchange(any, true)) journal_->next_generation();
            journal_->save(ring->noted, ring->taken(), ring->sequence, ring->untold);
        }
        return any;
    }

    void report_journal() {
        const int number = journal_->take_failure();
        if (number != 0 && std::exchange(journal_error_, number) != number) options_.on_error(os_error(ErrorCode::no_memory, "journal " + journal_->path(), "room for more", number));
    }

    void count(const Delivery& delivery) {
        const std::size_t accepted = delivery.accepted < lines_.size() ? delivery.accepted : lines_.size();
        std::uint64_t bytes = 0;
        std::uint64_t gaps = 0;
        for (std::size_t i = 0; i < accepted; ++i) {
            bytes += lines_[i].size;
            gaps += lines_[i].is_gap ? 1U : 0U;
        }
        add(bytes_, bytes);
        add(batches_, 1);
        add(gaps_, gaps);
        non_finite_.store(renderer_.non_finite(), std::memory_order_relaxed);
        refusing_ = accepted < lines_.size();
        for (std::size_t i = accepted; i < lines_.size(); ++i) {
            if (lines_[i].is_gap) origins_[i].untold->add(origins_[i].gap);
            else lose(*origins_[i].untold, origins_[i].gap);
        }
        add(written_, accepted - gaps);
        if (delivery.error.has_value()) report(*delivery.error);
        else failing_ = false;
    }

    /// An event that the sink does not get.
    void lose(Gaps& untold, const Gap& gap) {
        add(dropped_, 1);
        refused_since_flush_ = true;
        untold.add(gap);
    }

    /// Texts that fit into a string without memory of its own.
    static Error no_memory() {
        Error error;
        error.code = ErrorCode::no_memory;
        error.place = "render";
        error.expected = "room for a line";
        error.found = "none";
        return error;
    }

    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t more) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_release);
    }
    static void raise(std::atomic<std::uint64_t>& mark, std::uint64_t value) noexcept {
        if (value > mark.load(std::memory_order_relaxed)) mark.store(value, std::memory_order_relaxed);
    }

    AnySink& sink_;
    RingPool& pool_;
    Journal* journal_ = nullptr;
    const SchemaTable& schemas_;
    const RecorderOptions& options_;
    Identity identity_;
    CommonTexts common_{options_.common};
    Buffer rendered_;
    Renderer renderer_{rendered_};
    PlainList<LineInfo> lines_;
    PlainList<Origin> origins_;  // one for each line
    Gaps untold_without_ring_;
    bool is_saved_ = false;  // the positions behind the batch are in the journal, and right
    std::int64_t next_idle_ = 0;
    bool refusing_ = false;
    bool refused_since_flush_ = false;
    bool failing_ = false;
    std::atomic<bool> hurries_{false};
    ErrorCode last_code_{};
    int last_os_error_ = 0;
    int journal_error_ = 0;
    std::atomic<std::uint64_t> written_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<std::uint64_t> gaps_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> batches_{0};
    std::atomic<std::uint64_t> non_finite_{0};
    std::atomic<std::uint64_t> most_queued_{0};
    std::atomic<std::uint64_t> most_batched_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/recovery.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_RECOVERY_HPP
#define NOTCH_RECORD_RECOVERY_HPP

// ---- record/journal_claim.hpp ----------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_JOURNAL_CLAIM_HPP
#define NOTCH_RECORD_JOURNAL_CLAIM_HPP

// Whose a journal is. The file says so itself, in one word that is only changed by compare-and-exchange from what is nobody's: of
// any number of processes and threads that want the journal of a dead one, one has it, and when that one dies as well, the next.
// Nothing is ever written to, renamed or removed by who does not have it.

namespace notch::inline NOTCH_ABI::detail {

enum class JournalContent : std::uint8_t {
    nothing,     ///< new, or what a process left that died before its journal was made
    unfinished,  ///< the same, with some of it made; it holds no records
    records,     ///< a journal, whole or damaged
    foreign      ///< something else
};

/// A journal that is this process's, and what it was.
struct JournalClaim {
    Journal* journal = nullptr;  ///< null: there is none, and none was to be made
    JournalContent content{};
};

inline bool is_zero(const char* bytes, std::size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i)
        if (bytes[i] != 0) return false;
    return true;
}

/// Whether chunks of a journal, or rings of one, begin somewhere: without a sound header that is what tells a journal.
inline bool has_chunk(const File& file, std::uint64_t size, bool ring) noexcept {
    for (std::uint64_t at = journal_page; at + journal_page <= size; at += journal_page) {
        alignas(8) char bytes[chunk_start];
        if (read_all_at(file, at, bytes, sizeof bytes) != sizeof bytes) return false;
        const ChunkHeader& chunk = *reinterpret_cast<const ChunkHeader*>(bytes);
        if (chunk.magic.load(std::memory_order_relaxed) == chunk_magic && (!ring || chunk.kind == ChunkKind::ring)) return true;
    }
    return false;
}

/// Reads only: it may be anybody's file.
inline JournalContent look_at_journal(const File& file, std::uint64_t size) noexcept {
    alignas(JournalHeader) char page[journal_page]{};
    const std::size_t there = read_all_at(file, 0, page, sizeof page);
    constexpr std::size_t owner = offsetof(JournalHeader, owner);
    const std::size_t magic = there < sizeof journal_magic ? there : sizeof journal_magic;
    if (there != 0 && std::memcmp(page, &journal_magic, magic) == 0) return JournalContent::records;
    const bool blank = is_zero(page, owner) && is_zero(page + owner + 8, sizeof page - owner - 8);
    if (blank && size <= journal_page) return JournalContent::nothing;
    if (!blank && !has_chunk(file, size, false)) return JournalContent::foreign;
    // The magic comes last: where it is not yet, there are no records, unless it was damaged.
    return is_zero(page, sizeof journal_magic) && !has_chunk(file, size, true) ? JournalContent::unfinished : JournalContent::records;
}

/// Whether the one that a journal belongs to may still write to it. `locked`: nobody else has the file's lock.
inline bool is_owned(std::uint64_t owner, std::uint64_t self, bool locked) noexcept {
    if (owner == 0) return !locked;
    // This process may be what another program became that called exec(), and of a process in another namespace nothing is known:
    // then the lock tells. Elsewhere it does not: a child of the dead one may have it. (Emulators give each thread a start of its own,
    // so of this process only the id is compared.)
    if (process_of(owner) == process_of(self) || !is_same_world(owner, self)) return !locked;
    const std::uint64_t there = process_token(process_of(owner));
    if (there == 0) return false;
    const bool started_unknown = there >> 42 == 0 || owner >> 42 == 0;
    return started_unknown || there == owner;
}

inline Error journal_error(ErrorCode code, const std::string& path, std::string expected, std::string found) {
    Error error;
    error.code = code;
    error.place = "journal " + path;
    error.expected = static_cast<std::string&&>(expected);
    error.found = static_cast<std::string&&>(found);
    return error;
}

/// Makes the journal at that path this process's. Errors: what stands there is another's or something else, or the system refuses.
inline Result<JournalClaim> claim_journal(const std::string& path, bool make) {
#if defined(_WIN32)
    static_cast<void>(make);
    return journal_error(ErrorCode::refused, path, "a system with mappings that outlive a process", "Windows");
#else
    if (!std::atomic<std::uint64_t>::is_always_lock_free) return journal_error(ErrorCode::refused, path, "a processor with atomic words of 64 bits", "none");
    const std::uint64_t self = process_token(process_id());
    for (int tries = 0; tries < 100; ++tries) {
        File file = open_journal_file(path.c_str(), make);
        if (!file.is_open() && errno == ENOENT && !make) return JournalClaim{};
        if (!file.is_open()) return os_error(ErrorCode::open_failed, "journal " + path, "a file to keep", errno);
        FileStatus status;
        if (const int number = find_status(file.descriptor(), status); number != 0)
            return os_error(ErrorCode::open_failed, "journal " + path, "its status", number);
        if (status.kind != FileKind::regular) return journal_error(ErrorCode::refused, path, "a regular file", words_for(status.kind));
        // What others may write to while it is mapped could be anything at any moment.
        if (!is_private(status)) return journal_error(ErrorCode::refused, path, "a file of this user, that no other can write to", "another");
        const JournalContent content = look_at_journal(file, status.size);
        if (content == JournalContent::foreign) return journal_error(ErrorCode::refused, path, "a journal, or nothing", "another file");
        // A copy of a journal may have holes, and a damaged one ends anywhere.
        const std::uint64_t size = status.size < journal_page ? journal_page : status.size;
        const int error = reserve_bytes(file, 0, size);
        if (error != 0) return os_error(ErrorCode::no_memory, "journal " + path, "room on the disk", error);
        // Others hold the lock for moments only, while they look whose the journal is, or as its owner.
        const bool locked = lock_exclusively(file.descriptor(), 20'000'000) == 0;
        const MappedBytes header = map_file(file, 0, journal_page, true);
        if (header.data == nullptr) return os_error(ErrorCode::no_memory, "journal " + path, "memory", errno);
        std::atomic<std::uint64_t>& word = reinterpret_cast<JournalHeader*>(header.data)->owner;
        std::uint64_t owner = word.load(std::memory_order_acquire);
        const bool owned = is_owned(owner, self, locked);
        if (!owned && word.compare_exchange_strong(owner, self, std::memory_order_acq_rel) && is_file_at(path.c_str(), file))
            return JournalClaim{new Journal{path, static_cast<File&&>(file), header, size}, content};
        const bool elsewhere = !is_file_at(path.c_str(), file);
        unmap_pages(header.pages, header.bytes);
        if (owned && !elsewhere)
            return journal_error(ErrorCode::refused, path, "a journal that no live recorder has", "that of process " + std::to_string(process_of(owner)));
    }
    return journal_error(ErrorCode::failed, path, "to be alone with it", "others, again and again");
#endif
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/journal_reader.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_JOURNAL_READER_HPP
#define NOTCH_RECORD_JOURNAL_READER_HPP

// ---- record/journal_check.hpp ----------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_JOURNAL_CHECK_HPP
#define NOTCH_RECORD_JOURNAL_CHECK_HPP

namespace notch::inline NOTCH_ABI::detail {

/// Whether a record that may be damaged can be rendered: the same walk as Renderer's, which believes every length it reads. What is
/// sound takes exactly the bytes that it says, so a length that was changed is noticed; a changed letter is not.
class RecordCheck {
public:
    /// `size` is that of the body with the bytes behind it that align the record.
    bool is_sound(const EventSchema& schema, const char* body, std::size_t size) noexcept {
        if (size < schema.fixed_size) return false;
        fixed_ = body;
        variable_ = body + schema.fixed_size;
        end_ = body + size;
        good_ = true;
        depth_ = 0;
        if (schema.stamped) fixed_ += sizeof(std::int64_t);
        if (schema.timestamp != nullptr) value(*schema.timestamp);
        if (schema.named) text();
        fields(*schema.body);
        return good_ && aligned_size(static_cast<std::size_t>(variable_ - body)) == size;
    }

private:
    static constexpr unsigned most_depth = 256;
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;   // of JSON, of one list
    static constexpr std::uint64_t most_empty = std::uint64_t{1} << 20;  // elements that take no bytes

    template <class Scalar>
    Scalar take() noexcept {
        Scalar out;
        std::memcpy(&out, fixed_, sizeof out);
        fixed_ += sizeof out;
        return out;
    }
    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - variable_); }

    void text() noexcept {
        const std::size_t size = take<std::uint32_t>();
        good_ = good_ && size <= left();
        if (good_) variable_ += size;
    }

    void fields(const ValueSchema& schema) noexcept {
        for (const FieldSchema& field : schema.fields) {
            if (!good_) return;
            if (field.conditional && take<std::uint8_t>() == 0) fixed_ += field.value->fixed_size;
            else if (!field.redacted) value(*field.value);
        }
    }

    void optional(const ValueSchema& schema) noexcept {
        if (take<std::uint8_t>() != 0) value(*schema.element);
        else fixed_ += schema.element->fixed_size;
    }

    void time_point() noexcept {
        fixed_ += sizeof(std::int64_t);
        good_ = good_ && take<std::uint32_t>() < 1'000'000'000;
    }

    void elements(const ValueSchema& schema) noexcept {
        const std::uint64_t count = take<std::uint32_t>();
        const bool keyed = schema.kind == FlatKind::map;
        const std::uint64_t each = (keyed ? sizeof(std::uint32_t) : 0) + schema.element->fixed_size;
        good_ = good_ && count * each <= left() && (each != 0 || count <= most_empty) &&
                count * (schema.element->worst_size + std::uint64_t{32}) <= most_bytes;
        if (!good_) return;
        const char* const outer = fixed_;
        fixed_ = variable_;
        variable_ += count * each;
        for (std::uint64_t i = 0; i < count && good_; ++i) {
            if (keyed) text();
            if (good_) value(*schema.element);
        }
        fixed_ = outer;
    }

    void value(const ValueSchema& schema) noexcept {
        good_ = good_ && depth_ < most_depth;
        if (!good_) return;
        ++depth_;
        switch (schema.kind) {
            case FlatKind::text:
            case FlatKind::raw_json: text(); break;
            case FlatKind::time_point:
            case FlatKind::unix_time: time_point(); break;
            case FlatKind::optional: optional(schema); break;
            case FlatKind::list:
            case FlatKind::map: elements(schema); break;
            case FlatKind::object: fields(schema); break;
            default: fixed_ += schema.fixed_size; break;
        }
        --depth_;
    }

    const char* fixed_ = nullptr;
    const char* variable_ = nullptr;
    const char* end_ = nullptr;
    unsigned depth_ = 0;
    bool good_ = true;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// A dead process's journal, read back into rings that a backend can drain. Anything in it may be damaged; what is, is left out and
// counted, and the rest is as good as it was.

namespace notch::inline NOTCH_ABI::detail {

/// See StoredSchema for why it is a template.
template <class Late = void>
class JournalReader {
public:
    explicit JournalReader(Journal& journal) : journal_{journal} {}
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;
    ~JournalReader() {
        for (const OldRing& ring : rings_) unmap_pages(ring.mapped.pages, ring.mapped.bytes);
        for (StoredSchema<Late>* schema : schemas_) delete schema;
    }

    /// Reads the header and finds the chunks. `committed` is the last generation that was handed on; `active`, when it is
    /// larger, the one whose batch was being written.
    void read() {
        const JournalHeader& header = journal_.header();
        const bool sound = header.magic.load(std::memory_order_acquire) == journal_magic && header.checksum == header.right_checksum();
        if (sound && (header.byte_order != Journal::byte_order || header.version != journal_version || header.layout != journal_layout()))
            return damage("the header: a journal of another version, or of another kind of machine");
        if (!sound) damage("the header");
        epoch = sound ? header.epoch : 0;
        identity = !sound || header.identity != 0;
        find_chunks();
        std::uint64_t word = 0;
        if (unseal(header.active.load(std::memory_order_acquire), word)) active = word / 2;
        else damage("the number of the batch that was being written");
        which = static_cast<unsigned>(word % 2);
        if (unseal(header.committed.load(std::memory_order_acquire), committed)) return;
        damage("the number of the last batch");
        committed = newest_slot();
        if (active == committed) --committed;  // perhaps it was written; that is found out
    }

    /// The batch that was being written: its bytes, and its lines. False when they are damaged.
    bool read_batch(JournalIntent& intent, std::string& bytes, PlainList<JournalLine>& lines) {
        intent = journal_.header().intents[which];
        const std::uint64_t table = Journal::aligned(static_cast<std::size_t>(intent.size));
        const std::uint64_t room = intent.checksum == intent.right_checksum() ? room_of_area(intent.area) : 0;
        if (intent.size > room || table > room || intent.lines > (room - table) / sizeof(JournalLine) || intent.skip > intent.size) {
            damage("what is known of the batch that was being written");
            return false;
        }
        bytes.resize(static_cast<std::size_t>(intent.size));
        const std::uint64_t start = intent.area + chunk_start;
        bool good = read_all_at(journal_.file(), start, bytes.data(), bytes.size()) == bytes.size();
        std::size_t at = 0;
        for (std::uint64_t i = 0; i < intent.lines && good; ++i) {
            JournalLine line{};
            good = read_all_at(journal_.file(), start + table + i * sizeof line, reinterpret_cast<char*>(&line), sizeof line) == sizeof line &&
                   line.size != 0 && line.size <= bytes.size() - at && bytes[at + line.size - 1] == '\n' && lines.add(line);
            at += good ? line.size : 0;
        }
        if (good && at == bytes.size()) return true;
        damage("the batch that was being written");
        return false;
    }

    /// What was begun and not committed is void, so that its generations can be used again.
    void forget_uncommitted() noexcept {
        for (const OldRing& ring : rings_)
            for (unsigned i = 0; i < slots_of_ring; ++i)
                if (ring.first_slot[i].generation.load(std::memory_order_relaxed) > committed) Journal::decide(ring.first_slot[i].generation, 0);
        Journal::decide(journal_.header().committed, sealed(committed));
    }

    /// Gives the pool what each ring still holds. What cannot be read of it becomes a gap, where there is room for that.
    void fill(RingPool& pool) {
        for (const OldRing& old : rings_) {
            RingSlots noted{old.first_slot};
            if (!choose_slot(old, noted)) {
                damage("how far ring " + std::to_string(old.number) + " was handed on");
                continue;
            }
            RingPlace place;
            place.mapped = map_file(journal_.file(), old.offset + ring_start, old.capacity, false);
            place.data = place.mapped.data;
            place.first_slot = old.first_slot;
            PooledRing* const ring = place.data == nullptr ? nullptr : PooledRing::adopt(place, old.capacity, old.number);
            if (ring == nullptr) {
                no_memory = true;
                return;
            }
            const JournalSlot& slot = old.first_slot[noted.kept];
            ring->noted = noted;
            ring->sequence = slot.sequence;
            ring->start_at(slot.position);
            ring->noted.has_gaps = slot.gap_count != 0;
            for (std::uint64_t i = 0; i < slot.gap_count; ++i) {
                const JournalGap& gap = slot.gaps[i];
                ring->untold.add({gap.first, gap.last, static_cast<DropReason>(gap.reason), gap.quiet != 0});
            }
            mend(place.data, old, slot.position, slot.sequence);
            pool.add(ring);
        }
    }

    [[nodiscard]] const SchemaTable& schemas() const noexcept { return table_; }
    [[nodiscard]] const std::string& common() const noexcept { return common_; }

    std::uint64_t epoch = 0;
    std::uint64_t committed = 0;
    std::uint64_t active = 0;
    unsigned which = 0;
    bool identity = false;
    bool no_memory = false;
    std::uint64_t damaged = 0;   ///< how many parts
    std::string first_damage{};  ///< the first of them

private:
    struct OldRing {
        std::uint64_t offset;
        std::size_t capacity;
        std::uint32_t number;
        MappedBytes mapped;
        JournalSlot* first_slot;
    };
    struct Area {
        std::uint64_t offset;
        std::uint64_t room;
    };

    void damage(std::string what) {
        if (damaged++ == 0) first_damage = static_cast<std::string&&>(what);
    }

    // ---- chunks ----------------------------------------------------------------------------------------------------

    /// One behind the other; where there is none, the next one is looked for page by page. A chunk that was being made when the
    /// process died has no magic and nothing behind it.
    void find_chunks() {
        const std::uint64_t end = journal_.size();
        std::uint64_t lost = 0;
        bool damaged_there = false;
        std::uint64_t at = journal_page;
        while (at + journal_page <= end) {
            alignas(8) char bytes[chunk_start];
            if (read_all_at(journal_.file(), at, bytes, sizeof bytes) != sizeof bytes) break;
            const ChunkHeader& chunk = *reinterpret_cast<const ChunkHeader*>(bytes);
            const std::uint64_t magic = chunk.magic.load(std::memory_order_relaxed);
            const bool sound = magic == chunk_magic && chunk.checksum == chunk.right_checksum() && chunk.offset == at && chunk.size <= end - at &&
                               chunk.size != 0 && chunk.size % journal_page == 0 && (epoch == 0 || chunk.epoch == epoch);
            if (!sound) {
                if (lost == 0) damaged_there = magic != 0;
                if (lost == 0) lost = at;
                at += journal_page;
                continue;
            }
            if (lost != 0) damage("the part at byte " + std::to_string(lost));
            lost = 0;
            epoch = chunk.epoch;
            add_chunk(chunk);
            at += chunk.size;
        }
        if ((lost != 0 && damaged_there) || at < end) damage("the part at byte " + std::to_string(lost == 0 ? at : lost));
    }

    void add_chunk(const ChunkHeader& chunk) {
        if (chunk.kind == ChunkKind::batch) no_memory = !areas_.add({chunk.offset, chunk.size - chunk_start}) || no_memory;
        if (chunk.kind == ChunkKind::texts) read_texts(chunk);
        if (chunk.kind != ChunkKind::ring || chunk.size <= ring_start) return;
        const MappedBytes mapped = map_file(journal_.file(), chunk.offset, ring_start, true);
        if (mapped.data == nullptr) {
            no_memory = true;
            return;
        }
        const auto capacity = static_cast<std::size_t>(std::bit_floor(chunk.size - ring_start));
        if (rings_.add({chunk.offset, capacity, chunk.number, mapped, reinterpret_cast<JournalSlot*>(mapped.data + chunk_start)})) return;
        unmap_pages(mapped.pages, mapped.bytes);
        no_memory = true;
    }

    [[nodiscard]] std::uint64_t room_of_area(std::uint64_t offset) const noexcept {
        for (const Area& area : areas_)
            if (area.offset == offset) return area.room;
        return 0;
    }

    void read_texts(const ChunkHeader& chunk) {
        std::string bytes(static_cast<std::size_t>(chunk.size) - chunk_start, '\0');
        read_all_at(journal_.file(), chunk.offset + chunk_start, bytes.data(), bytes.size());
        std::size_t at = 0;
        while (bytes.size() - at >= sizeof(TextEntry)) {
            std::uint32_t size = 0;
            std::uint32_t number = 0;
            std::uint64_t checksum = 0;
            std::memcpy(&size, bytes.data() + at, sizeof size);
            std::memcpy(&number, bytes.data() + at + offsetof(TextEntry, number), sizeof number);
            std::memcpy(&checksum, bytes.data() + at + offsetof(TextEntry, checksum), sizeof checksum);
            if (size == 0) return;
            at += sizeof(TextEntry);
            if (size > bytes.size() - at) return damage("a schema");
            const char* const text = bytes.data() + at;
            if (checksum == TextEntry::right_checksum(number, text, size)) add_text(number, {text, size});
            else damage("a schema");
            at += Journal::aligned(size);
            if (at > bytes.size()) return;
        }
    }

    void add_text(std::uint32_t number, std::string_view text) {
        if (number == 0) {
            common_ = text;
            return;
        }
        auto* const schema = new StoredSchema<Late>{text};
        if (!schemas_.add(schema)) {
            delete schema;
            no_memory = true;
        } else if (!schema->read()) damage("a schema");
        else if (!table_.set(number, &schema->event())) no_memory = true;
    }

    // ---- rings -----------------------------------------------------------------------------------------------------

    static bool is_sound(const JournalSlot& slot, std::uint64_t generation) noexcept {
        if (slot.checksum != slot.right_checksum(generation) || slot.position % record_alignment != 0 || slot.gap_count > Gaps::most) return false;
        for (std::uint64_t i = 0; i < slot.gap_count; ++i)
            if (slot.gaps[i].first > slot.gaps[i].last || slot.gaps[i].reason >= drop_reasons) return false;
        return true;
    }

    /// The newest slot that counts. Where a slot is damaged, an older one may be all there is: then events come again.
    bool choose_slot(const OldRing& ring, RingSlots& out) {
        std::uint64_t newest = 0;
        bool all_sound = true;
        for (unsigned i = 0; i < slots_of_ring; ++i) {
            const std::uint64_t generation = ring.first_slot[i].generation.load(std::memory_order_acquire);
            if (generation == 0) continue;
            const bool sound = is_sound(ring.first_slot[i], generation);
            all_sound = all_sound && sound;
            if (!sound || generation > committed || generation <= newest) continue;
            newest = generation;
            out.kept = out.written = i;
        }
        if (!all_sound && newest != 0) damage("a note of how far ring " + std::to_string(ring.number) + " was handed on");
        return newest != 0;
    }

    [[nodiscard]] std::uint64_t newest_slot() const noexcept {
        std::uint64_t newest = 1;
        for (const OldRing& ring : rings_) {
            for (unsigned i = 0; i < slots_of_ring; ++i) {
                const std::uint64_t generation = ring.first_slot[i].generation.load(std::memory_order_acquire);
                if (generation > newest && is_sound(ring.first_slot[i], generation)) newest = generation;
            }
        }
        return newest;
    }

    /// Walks over what the ring still holds, in this process's copy of it: a record that cannot be rendered becomes a gap, and
    /// where no next one can be found, the ring ends.
    void mend(char* data, const OldRing& ring, std::uint64_t position, std::uint64_t sequence) {
        std::size_t at = static_cast<std::size_t>(position) & (ring.capacity - 1);
        std::size_t left = ring.capacity - record_alignment;  // the last header is an empty one
        for (;;) {
            std::uint32_t size = 0;
            std::uint32_t number = 0;
            std::memcpy(&size, data + at, sizeof size);
            std::memcpy(&number, data + at + sizeof size, sizeof number);
            if (size == 0) return;
            const bool padding = (size & padding_mark) != 0;
            size &= ~padding_mark;
            const std::size_t to_end = ring.capacity - at;
            const bool fits = padding ? size == to_end && at != 0 : size >= header_size && size % record_alignment == 0 && size + record_alignment <= to_end;
            if (!fits || size > left) {
                const std::uint32_t nothing = 0;
                std::memcpy(data + at, &nothing, sizeof nothing);
                return damage("ring " + std::to_string(ring.number) + " from event " + std::to_string(sequence) + " on");
            }
            left -= size;
            if (!padding) sequence = mend_record(data + at, size, number, ring.number, sequence);
            at = padding ? 0 : at + size;
        }
    }

    /// The number behind the record.
    std::uint64_t mend_record(char* record, std::size_t size, std::uint32_t number, std::uint32_t ring, std::uint64_t sequence) {
        char* const body = record + header_size;
        if (number == gap_record) {
            const std::uint64_t next = behind_gap(body, size, sequence);
            if (next != 0) return next;
        } else if (const EventSchema* const schema = table_.find(number); schema != nullptr) {
            if (check_.is_sound(*schema, body, size - header_size)) return sequence + 1;
        }
        damage("event " + std::to_string(sequence) + " of ring " + std::to_string(ring));
        RecordHeader::set_schema(record, gap_record);
        const Gap gap{sequence, sequence, DropReason::damaged, false};
        if (size >= gap_record_size) std::memcpy(body, &gap, sizeof gap);
        return sequence + 1;
    }

    /// The number behind a gap; 0 when it is damaged.
    static std::uint64_t behind_gap(const char* body, std::size_t size, std::uint64_t sequence) noexcept {
        if (size != gap_record_size) return 0;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::memcpy(&first, body + offsetof(Gap, first), sizeof first);
        std::memcpy(&last, body + offsetof(Gap, last), sizeof last);
        const auto reason = static_cast<unsigned char>(body[offsetof(Gap, reason)]);
        const auto quiet = static_cast<unsigned char>(body[offsetof(Gap, quiet)]);
        return first >= sequence && last >= first && last + 1 != 0 && reason < drop_reasons && quiet <= 1 ? last + 1 : 0;
    }

    Journal& journal_;
    SchemaTable table_;
    PlainList<StoredSchema<Late>*> schemas_;
    PlainList<OldRing> rings_;
    PlainList<Area> areas_;
    std::string common_;
    RecordCheck check_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// What was done with a journal that a dead process had left.
struct Recovery {
    bool found = false;                 ///< whether there was one
    std::uint64_t recovered = 0;        ///< events that the sink took now
    std::uint64_t already_written = 0;  ///< events of the batch that was being written when the process died, which the sink's file has
    std::uint64_t gaps = 0;             ///< gap lines that the sink took now
    std::uint64_t damaged = 0;          ///< parts of the journal, a record or more each, that cannot be read
    std::string set_aside{};            ///< where a damaged journal was moved to; empty: it was sound, and is gone
};

namespace detail {

/// Stops at the first refusal: what is not taken stays in the journal.
class RecoverySink final : public AnySink {
public:
    RecoverySink(AnySink& to, Journal& journal) noexcept : to_{to}, journal_{journal} {}

    void attach(SinkHost&) override {}
    Result<void> start() override { return {}; }
    Delivery write(const Batch& batch) override { return is_over() ? Delivery{} : judged(batch, to_.write(batch)); }
    Delivery write(const Batch& batch, WriteIntent& intent) override { return is_over() ? Delivery{} : judged(batch, to_.write(batch, intent)); }
    Result<void> flush() override { return is_over() ? Result<void>{} : to_.flush(); }
    Result<void> idle() override { return {}; }
    [[nodiscard]] bool has_position() const noexcept override { return to_.has_position(); }
    Result<std::size_t> settle(const SinkPosition& position, std::string_view bytes) override { return to_.settle(position, bytes); }
    [[nodiscard]] std::vector<SinkStats> stats() const override { return {}; }
    [[nodiscard]] bool is_several() const noexcept override { return to_.is_several(); }

    [[nodiscard]] bool is_over() const noexcept { return error_.has_value(); }
    [[nodiscard]] const Error& error() const noexcept { return *error_; }

private:
    Delivery judged(const Batch& batch, Delivery delivery) {
        if (delivery.accepted >= batch.lines.size()) return delivery;
        journal_.freeze();
        error_ = delivery.error.has_value() ? *delivery.error : journal_error(ErrorCode::write_failed, journal_.path(), "a sink that takes what it holds", "a refusal");
        return {delivery.accepted, {}};
    }

    AnySink& to_;
    Journal& journal_;
    std::optional<Error> error_;
};

/// Hands on what a claimed journal holds, the batch that was being written first. May be killed anywhere and done again.
template <class Late>
class JournalRecovery {
public:
    JournalRecovery(Journal& journal, AnySink& sink, const ErrorHandler& on_error)
        : journal_{journal}, sink_{sink, journal}, on_error_{on_error}, reader_{journal} {}

    Result<Recovery> run() {
        Recovery report;
        report.found = true;
        reader_.read();
        if (reader_.active > reader_.committed) {
            Result<void> settled = settle(report);
            if (!settled) return settled.error();
        }
        journal_.resume(reader_.epoch, reader_.committed, reader_.which, {});
        reader_.forget_uncommitted();
        Result<void> drained = drain(report);
        if (!drained) return drained.error();
        report.damaged = reader_.damaged;
        return report;
    }
    [[nodiscard]] const std::string& first_damage() const noexcept { return reader_.first_damage; }

private:
    /// The batch that was being written when the process died.
    Result<void> settle(Recovery& report) {
        JournalIntent intent;
        std::string bytes;
        PlainList<JournalLine> lines;
        if (!sink_.has_position() || !reader_.read_batch(intent, bytes, lines)) {
            // Without knowing what was written, all of it is written again.
            Journal::decide(journal_.header().active, sealed(0));
            return {};
        }
        const std::string_view text = bytes;
        Result<std::size_t> there = sink_.settle({intent.device, intent.inode, intent.offset}, text.substr(static_cast<std::size_t>(intent.skip)));
        if (!there) return there.error();
        std::uint64_t done = intent.skip + *there;
        PlainList<LineInfo> infos;
        std::uint64_t before = 0;
        std::uint64_t events = 0;
        for (const JournalLine& line : lines) {
            const bool gap = line.schema == gap_record;
            const EventSchema* const schema = reader_.schemas().find(line.schema);
            const bool have = before + line.size <= done;
            before += line.size;
            if (have) report.already_written += gap ? 0U : 1U;
            if (have) continue;
            done = infos.empty() ? before - line.size : done;  // whole lines only
            infos.push_back({line.size, gap ? gap_event : schema != nullptr ? schema->name : std::string_view{""}, line.producer, line.sequence, gap});
            events += gap ? 0U : 1U;
        }
        intent.skip = done;
        journal_.resume(reader_.epoch, reader_.active, reader_.which, intent);
        if (!infos.empty()) {
            sink_.write({text.substr(static_cast<std::size_t>(done)), {infos.data(), infos.size()}}, journal_);
            if (sink_.is_over()) return sink_.error();
        }
        report.recovered += events;
        report.gaps += infos.size() - events;
        journal_.commit();
        reader_.committed = reader_.active;
        return {};
    }

    Result<void> drain(Recovery& report) {
        RingPool pool{0, 0};
        reader_.fill(pool);
        if (reader_.no_memory) return journal_error(ErrorCode::no_memory, journal_.path(), "memory", "none");
        RecorderOptions options;
        options.identity = reader_.identity || !sink_.has_position();
        options.common = CommonFields::of_object(reader_.common());
        options.on_error = on_error_;
        Backend backend{sink_, pool, reader_.schemas(), reader_.epoch, options};
        backend.keep_in(&journal_);
        while (!sink_.is_over() && backend.pass()) continue;
        if (!sink_.is_over()) backend.finish();
        if (sink_.is_over()) return sink_.error();
        Stats stats;
        backend.add_to(stats);
        report.recovered += stats.written;
        report.gaps += stats.gaps;
        return {};
    }

    Journal& journal_;
    RecoverySink sink_;
    const ErrorHandler& on_error_;
    JournalReader<Late> reader_;
};

/// Hands on what the journal holds, then takes it away, or aside when it is damaged. An error leaves it where it is.
template <class Late>
Result<Recovery> recover_claimed(Journal& journal, AnySink& sink, const ErrorHandler& on_error) {
    JournalRecovery<Late> recovery{journal, sink, on_error};
    Result<Recovery> report = recovery.run();
    if (!report) return report;
    if (report->damaged == 0) {
        journal.remove();
        return report;
    }
    Identity number{unique_number()};
    std::string aside = journal.path() + ".damaged-" + std::string{number.epoch()};
    const int error = journal.set_aside(aside);
    if (error != 0) return os_error(ErrorCode::failed, "journal " + journal.path(), "to be moved to " + aside, error);
    on_error(journal_error(ErrorCode::failed, journal.path(), "a sound journal",
                           std::to_string(report->damaged) + " damaged parts, the first is " + recovery.first_damage() + "; kept as " + aside));
    report->set_aside = static_cast<std::string&&>(aside);
    return report;
}

/// A journal for a recorder, with what was left at its path handed on before. Null: there is to be none; the error was told.
template <class Late>
Journal* open_journal(const std::string& path, AnySink& sink, std::uint64_t epoch, const RecorderOptions& options, Recovery& recovery) {
    for (int tries = 0; tries < 10; ++tries) {
        Result<JournalClaim> claim = claim_journal(path, true);
        if (!claim) {
            options.on_error(claim.error());
            return nullptr;
        }
        Journal* const journal = claim->journal;
        if (claim->content == JournalContent::nothing) {
            const int error = journal->make(epoch, options.identity || !sink.has_position(), options.common.object(), options.batch_bytes);
            if (error == 0) return journal;
            options.on_error(os_error(ErrorCode::no_memory, "journal " + path, "room on the disk", error));
            journal->remove();
            delete journal;
            return nullptr;
        }
        if (claim->content == JournalContent::unfinished) {
            journal->remove();
            delete journal;
            continue;
        }
        Result<Recovery> recovered = recover_claimed<Late>(*journal, sink, options.on_error);
        delete journal;
        if (!recovered) {
            options.on_error(recovered.error());
            options.on_error(journal_error(ErrorCode::failed, path, "to be recovered", "what it holds is kept; this recorder has no journal"));
            return nullptr;
        }
        recovery = *recovered;
    }
    return nullptr;
}

}  // namespace detail

/// Hands on what a dead process left in its journal, without knowing its types: what a Recorder with that journal does first.
///
///     notch::Result<notch::Recovery> done = notch::recover("work.journal", notch::FileSink{"work.jsonl"});
///     if (done) std::printf("%llu events\n", static_cast<unsigned long long>(done->recovered));
///
/// In the order of each producer, with the ids that they had. Into a sink that knows where it writes, such as FileSink, each event
/// comes once, even if this is killed and done again; into another one at least once, with its id. The journal is removed when
/// the sink has everything; a damaged one is moved beside itself, told to `on_error`, and what is sound of it is recovered.
///
/// Where there is no journal, `found` is false. Errors: `refused`, a live recorder has it, or the file is no journal or not this user's alone;
/// `open_failed`; `no_memory`, also a full disk; and what the sink said when it refused a line: then the journal stays, with what
/// was not taken.
template <Sink S>
[[nodiscard]] Result<Recovery> recover(const std::string& path, S sink, const ErrorHandler& on_error = {}) {
    Result<detail::JournalClaim> claim = detail::claim_journal(path, false);
    if (!claim) return claim.error();
    if (claim->journal == nullptr) return Recovery{};
    detail::SinkHolder<S> holder{static_cast<S&&>(sink)};
    Result<void> started = holder.start();
    const bool some = started && claim->content == detail::JournalContent::records;
    Result<Recovery> out = some ? detail::recover_claimed<S>(*claim->journal, holder, on_error) : Result<Recovery>{Recovery{}};
    if (claim->content != detail::JournalContent::records) claim->journal->remove();  // its maker died before it held anything
    delete claim->journal;
    if (!started) return started.error();
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- record/turn.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_TURN_HPP
#define NOTCH_RECORD_TURN_HPP

namespace notch::inline NOTCH_ABI::detail {

/// The core whose backend runs on this thread. A sink or an error handler that records must never wait for itself.
inline constinit thread_local const void* backend_of_this_thread = nullptr;

/// Who runs the backend, where no thread of its own does: one thread at a time, waiting until `until` for its turn.
class Turn {
public:
    Turn(const void* core, Mutex& mutex, Condition& done, bool& taken, std::int64_t until) noexcept : mutex_{mutex}, done_{done}, taken_{taken} {
        const Lock lock{mutex_};
        while (taken_) {
            const std::int64_t left = until - monotonic_nanoseconds();
            if (left <= 0) return;
            done_.wait_for(mutex_, left < 1'000'000'000 ? left : 1'000'000'000);
        }
        taken_ = mine_ = true;
        before_ = backend_of_this_thread;
        backend_of_this_thread = core;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (!mine_) return;
        backend_of_this_thread = before_;
        const Lock lock{mutex_};
        taken_ = false;
        done_.wake_all();
    }
    [[nodiscard]] bool mine() const noexcept { return mine_; }

private:
    Mutex& mutex_;
    Condition& done_;
    bool& taken_;
    const void* before_ = nullptr;
    bool mine_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// What stands behind a Recorder: the rings, the backend and who runs it, and every path of a producer that is not the usual one.

namespace notch::inline NOTCH_ABI::detail {

class RecorderCore {
public:
    RecorderCore(SinkBox sink, RecorderOptions options)
        : options_{static_cast<RecorderOptions&&>(options)},
          epoch_{make_epoch()},
          sink_{static_cast<SinkBox&&>(sink)},
          pool_{options_.queue_bytes, options_.total_bytes},
          backend_{*sink_.operator->(), pool_, schemas_, epoch_, options_} {}
    RecorderCore(const RecorderCore&) = delete;
    RecorderCore& operator=(const RecorderCore&) = delete;

    /// Starts the backend's thread, if there is to be one. When the system gives none, nothing can be kept: then the recorder is
    /// closed from the start.
    template <class Late>
    void start() {
        if (!options_.journal.empty()) start_journal<Late>();
        key().store(epoch_, std::memory_order_relaxed);
        if (!options_.thread) {
            const Turn turn = take_turn(never);
            return start_sink();
        }
        references_.fetch_add(1, std::memory_order_relaxed);
        if (thread_.start(&run_thread, this)) {
            started_ = true;
            return;
        }
        drop_reference();
        key().store(0, std::memory_order_relaxed);
        pool_.close();
        if (journal_ != nullptr) journal_->remove();
        finished_ = true;
        over_.store(true, std::memory_order_release);
        Error error;
        error.code = ErrorCode::no_memory;
        error.place = "recorder";
        error.expected = "a thread for the backend";
        error.found = "none; every event is dropped";
        options_.on_error(error);
    }

    /// The recorder and the backend's thread each hold a reference: a sink that blocks for ever keeps its thread, not the caller
    /// of close().
    void drop_reference() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    [[nodiscard]] std::int64_t now() const { return options_.clock(); }
    [[nodiscard]] bool is_in_child() const noexcept { return alive_.is_copy(); }

    /// The epoch while events are taken; 0 once the recorder is closed, and in a child that fork() made.
    [[nodiscard]] std::atomic<std::uint64_t>& key() noexcept { return alive_.word(); }

    // ---- producers -------------------------------------------------------------------------------------------------

    /// Makes this thread's recent ring one of this recorder's, and finds the schema's number. False after the call is counted as
    /// dropped. `borrowed` is set when the thread is ending and must leave() after this one record.
    NOTCH_INTERNAL_COLD bool enter(const EventSchema& schema, RecentSchema& recent, bool& borrowed) noexcept {
        if (alive_.is_copy()) return drop_in_child();
        borrowed = thread_is_ending;
        PooledRing* ring = borrowed ? nullptr : thread_rings().find(this);
        if (ring == nullptr) {
            ring = pool_.acquire(this);
            if (ring == nullptr) return drop_without_ring(schema);
            if (!borrowed) thread_rings().add(ring);
        }
        const std::uint32_t number = schemas_.number_of(&schema, journal_);
        if (number == 0) {
            if (borrowed) ring->give_back();
            return drop_without_ring(schema);
        }
        recent = {epoch_, number};
        recent_ring = {epoch_, ring};
        return true;
    }

    /// Gives a borrowed ring back.
    static void leave_ring() noexcept {
        if (recent_ring.ring == nullptr) return;  // an event recorded while this one was, by notch_value, gave it back
        recent_ring.ring->give_back();
        recent_ring = {};
    }

    /// What to do when the ring has no room at first sight. Null after the event is counted as dropped.
    NOTCH_INTERNAL_COLD char* make_room(PooledRing& ring, std::size_t size, bool quiet) noexcept {
        if (size > ring.largest_record()) return drop(ring, DropReason::too_large, quiet);
        if (char* const at = ring.claim_behind_gaps(size)) return at;
        if (options_.on_full == OnFull::drop_newest || backend_of_this_thread == this) return drop(ring, DropReason::full, quiet);
        return wait_for_room(ring, size, quiet);
    }

    // ---- the user's thread -----------------------------------------------------------------------------------------

    /// Hands on what is queued, on this thread; true when there was something. Not with a thread of its own.
    bool poll() {
        if (options_.thread || backend_of_this_thread == this || alive_.is_copy()) return false;
        const Turn turn = take_turn(never);
        return turn.mine() && backend_.pass();
    }

    /// True when everything recorded before the call has been taken by the sink within the time.
    bool flush(std::int64_t timeout) {
        if (backend_of_this_thread == this || alive_.is_copy()) return false;
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), timeout);
        if (!options_.thread) return flush_here(until);
        const Lock lock{mutex_};
        if (finished_) return false;
        const std::uint64_t ticket = flush_wanted_.fetch_add(1, std::memory_order_acq_rel) + 1;
        work_.wake_all();
        while (flush_done_ < ticket && !finished_) {
            const std::int64_t left = until - monotonic_nanoseconds();
            if (left <= 0) return false;
            done_.wait_for(mutex_, left);
        }
        return flush_done_ >= ticket && flush_good_;
    }

    /// Takes no more events, hands on what is queued, ends the thread; waits for that at most close_timeout.
    void close() {
        if (backend_of_this_thread == this || alive_.is_copy()) return;
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), options_.close_timeout.count());
        key().store(0, std::memory_order_relaxed);
        pool_.close();
        if (!options_.thread) finish_here(until);
        const Lock lock{mutex_};
        closing_.store(true, std::memory_order_release);
        work_.wake_all();
        const std::int64_t half = options_.close_timeout.count() / 2;  // of the time, for a sink that waits for better times
        while (!finished_) {
            const std::int64_t left = until - monotonic_nanoseconds();
            if (left <= half) backend_.hurry();
            if (left <= 0) break;
            done_.wait_for(mutex_, left <= half ? left : left - half);
        }
        over_.store(true, std::memory_order_release);
    }

    /// Ends with the recorder: after close(), once. A child of fork() has neither the thread nor any use for what it left half done.
    void leave() {
        if (alive_.is_copy()) return;
        mutex_.lock();
        const bool finished = finished_;
        mutex_.unlock();
        if (started_ && finished) thread_.join();
        if (started_ && !finished) thread_.detach();
        drop_reference();
    }

    /// Counters of the sink's side are read first, so that no event is seen written before it is seen recorded.
    [[nodiscard]] Stats stats() const {
        Stats out;
        if (alive_.is_copy()) {
            out.recorded = out.dropped = out.drops.closed = in_child_.load(std::memory_order_relaxed);
            return out;
        }
        backend_.add_to(out);
        out.recovered = recovered_;
        DropStats& drops = out.drops;
        pool_.add_to(out);
        out.dropped = drops.full + drops.timeout + drops.too_large + drops.no_ring + drops.closed + drops.sink;
        // What a closed recorder has neither written nor dropped still lies in a ring, and nobody will take it.
        if (over_.load(std::memory_order_acquire) && out.recorded > out.written + out.dropped) {
            const std::uint64_t left = out.recorded - out.written - out.dropped;
            out.drops.closed += left;
            out.dropped += left;
        }
        return out;
    }

private:
    static constexpr std::int64_t never = (std::numeric_limits<std::int64_t>::max)();

    ~RecorderCore() { delete journal_; }

    /// What a dead process left is handed on first, here: the sink must have it before anything of this recorder.
    template <class Late>
    void start_journal() {
        const Turn turn = take_turn(never);
        start_sink();
        sink_started_ = true;
        Recovery recovery;
        journal_ = open_journal<Late>(options_.journal, *sink_.operator->(), epoch_, options_, recovery);
        recovered_ = recovery.recovered;
        if (journal_ == nullptr) return;
        options_.identity = options_.identity || !sink_->has_position();
        pool_.keep_in(journal_);
        backend_.keep_in(journal_);
    }

    void start_sink() {
        if (!sink_started_) backend_.start();
    }

    [[nodiscard]] Turn take_turn(std::int64_t until) noexcept { return {this, mutex_, done_, backend_runs_, until}; }

    bool flush_here(std::int64_t until) {
        const Turn turn = take_turn(until);
        if (!turn.mine() || finished_) return false;
        backend_.pass();
        return backend_.flush() && monotonic_nanoseconds() <= until;
    }

    void finish_here(std::int64_t until) {
        const Turn turn = take_turn(until);
        if (!turn.mine() || finished_) return;
        backend_.hurry();  // there is no other thread to tell it when the time is half over
        while (backend_.pass()) continue;
        finish_backend();
        const Lock lock{mutex_};
        finished_ = true;
    }

    /// Everything was handed on, so the journal is of no more use.
    bool finish_backend() {
        const bool good = backend_.finish();
        if (journal_ != nullptr) journal_->remove();
        return good;
    }

    static void* run_thread(void* core) {
        static_cast<RecorderCore*>(core)->run();
        return nullptr;
    }

    void run() {
        backend_of_this_thread = this;
        start_sink();
        std::int64_t idle_since = 0;
        unsigned idle_rounds = 0;
        for (;;) {
            const std::uint64_t flush_wanted = flush_wanted_.load(std::memory_order_acquire);
            const bool closing = closing_.load(std::memory_order_acquire);
            const bool moved = backend_.pass();
            if (flush_wanted != flush_answered_) answer_flush(flush_wanted, backend_.flush());
            if (moved) {
                idle_rounds = 0;
                continue;
            }
            if (closing) break;
            idle(idle_rounds++, idle_since);
        }
        answer_flush(flush_wanted_.load(std::memory_order_acquire), finish_backend());
        {
            const Lock lock{mutex_};
            finished_ = true;
            done_.wake_all();
        }
        drop_reference();
    }

    void answer_flush(std::uint64_t ticket, bool good) {
        flush_answered_ = ticket;
        const Lock lock{mutex_};
        flush_done_ = ticket;
        flush_good_ = good;
        done_.wake_all();
    }

    /// Looks again for idle_spin, with pauses that leave the producers' cache lines alone, then sleeps longer and longer.
    void idle(unsigned rounds, std::int64_t& since) {
        const std::int64_t longest = options_.idle_sleep.count();
        const std::int64_t now = longest > 0 ? monotonic_nanoseconds() : 0;
        if (rounds == 0) since = now;
        if (longest <= 0 || now - since < options_.idle_spin.count()) {
            for (int i = 0; i < 32; ++i) pause_processor();
            return;
        }
        const std::int64_t idle_time = now - since;
        const std::int64_t sleep = idle_time < shortest_sleep ? shortest_sleep : idle_time;
        const Lock lock{mutex_};
        if (flush_wanted_.load(std::memory_order_relaxed) != flush_answered_ || closing_.load(std::memory_order_relaxed)) return;
        work_.wait_for(mutex_, sleep < longest ? sleep : longest);
    }
    static constexpr std::int64_t shortest_sleep = 20'000;

    // ---- producers, the unusual ways -------------------------------------------------------------------------------

    /// As OnFull::block says.
    char* wait_for_room(PooledRing& ring, std::size_t size, bool quiet) noexcept {
        const std::int64_t until = saturated_sum(monotonic_nanoseconds(), options_.block_timeout.count());
        if (options_.thread) wake();
        for (unsigned tries = 0;; ++tries) {
            if (alive_.is_copy()) {
                drop_in_child();
                return nullptr;
            }
            if (ring.owner() != this) return drop(ring, DropReason::closed, quiet);
            if (!options_.thread) drain_here(until);
            if (char* const at = ring.claim_behind_gaps(size)) return at;
            if (monotonic_nanoseconds() >= until) return drop(ring, DropReason::timeout, quiet);
            if (options_.thread) wait_a_little(tries);
        }
    }

    void drain_here(std::int64_t until) noexcept {
        const Turn turn = take_turn(until);
        if (turn.mine()) backend_.pass();
    }

    void wake() noexcept {
        const Lock lock{mutex_};
        work_.wake_all();
    }

    static void wait_a_little(unsigned tries) noexcept {
        if (tries < 64) return pause_processor();
        if (tries < 128) return yield_processor();
        sleep_nanoseconds(50'000);
    }

    static std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept { return b > never - a ? never : a + b; }

    static std::uint64_t make_epoch() noexcept {
        const std::uint64_t number = unique_number();
        return number <= no_key ? no_key + 1 : number;
    }

    static char* drop(PooledRing& ring, DropReason reason, bool quiet) noexcept {
        ring.drop(reason, quiet);
        return nullptr;
    }

    bool drop_without_ring(const EventSchema& schema) noexcept {
        pool_.drop_without_ring(pool_.is_closed() ? DropReason::closed : DropReason::no_ring, !schema.envelope);
        return false;
    }

    bool drop_in_child() noexcept {
        in_child_.fetch_add(1, std::memory_order_relaxed);
        return false;
    }

    RecorderOptions options_;
    const std::uint64_t epoch_;
    ForkWord alive_;
    SinkBox sink_;
    bool sink_started_ = false;
    SchemaTable schemas_;
    RingPool pool_;
    Journal* journal_ = nullptr;
    std::uint64_t recovered_ = 0;
    Backend backend_;
    Thread thread_;
    bool started_ = false;
    std::atomic<int> references_{1};

    // Signals between threads; the mutex is never taken by a producer that has room.
    Mutex mutex_;
    Condition work_;
    Condition done_;
    std::atomic<std::uint64_t> flush_wanted_{0};
    std::atomic<bool> closing_{false};
    std::uint64_t flush_answered_ = 0;  // the backend's own
    std::uint64_t flush_done_ = 0;      // under the mutex, as are the next three
    bool flush_good_ = true;
    bool finished_ = false;
    bool backend_runs_ = false;
    std::atomic<bool> over_{false};
    std::atomic<std::uint64_t> in_child_{0};
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- record/flat.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_RECORD_FLAT_HPP
#define NOTCH_RECORD_FLAT_HPP

// The producer's half of a record: an event copied flat, its texts inline, in the layout that schema.hpp describes. Nothing
// is allocated and nothing is formatted; `flat_size` says how many bytes vary, `put_flat` writes them.

namespace notch::inline NOTCH_ABI::detail {

/// Copies a short text without a call: two moves of constant size, which overlap, cover every length from n to 2n and stay
/// within both buffers.
NOTCH_INTERNAL_INLINE void copy_text(char* to, const char* from, std::size_t size) noexcept {
    if (size <= 16) {
        if (size >= 8) {
            std::memcpy(to, from, 8);
            std::memcpy(to + size - 8, from + size - 8, 8);
        } else if (size >= 4) {
            std::memcpy(to, from, 4);
            std::memcpy(to + size - 4, from + size - 4, 4);
        } else if (size != 0) {
            to[0] = from[0];
            to[size / 2] = from[size / 2];
            to[size - 1] = from[size - 1];
        }
    } else if (size <= 32) {
        std::memcpy(to, from, 16);
        std::memcpy(to + size - 16, from + size - 16, 16);
    } else if (size <= 64) {
        std::memcpy(to, from, 32);
        std::memcpy(to + size - 32, from + size - 32, 32);
    } else {
        std::memcpy(to, from, size);
    }
}

// ---- how many bytes vary -------------------------------------------------------------------------------------------

template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_size(const T& v);

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE std::size_t flat_field_size(const F& field) {
    if constexpr (field_infos<T>[Index].skip || field_infos<T>[Index].redact) {
        return 0;
    } else if constexpr (may_be_omitted<T, Index, F>) {
        if (is_omitted<T, Index>(field)) return 0;
        if constexpr (stored_bare<T, Index, F>) return flat_size(*field);
        else return flat_size(field);
    } else {
        return flat_size(field);
    }
}

template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_struct_size(const T& v) {
    return Fields<T>::visit(v, [](const auto&... fields) NOTCH_INTERNAL_INLINE_LAMBDA {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) NOTCH_INTERNAL_INLINE_LAMBDA {
            std::size_t size = 0;
            NOTCH_INTERNAL_IN_ORDER(size += flat_field_size<T, Index>(fields));
            return size;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

template <class T>
std::size_t flat_list_size(const T& list) {
    using E = Element<T>;
    std::size_t size = length_of(list) * value_schema<E>.fixed_size;
    if constexpr (!std::is_arithmetic_v<E>)
        for (const auto& element : list) size += flat_size<E>(element);
    return size;
}

template <class T>
std::size_t flat_map_size(const T& map) {
    using V = std::remove_cv_t<typename T::mapped_type>;
    std::size_t size = length_of(map) * (sizeof(std::uint32_t) + value_schema<V>.fixed_size);
    for (const auto& [key, value] : map) size += as_text(key).size() + flat_size<V>(value);
    return size;
}

/// Bytes of the variable part.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_size(const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::text) return as_text(v).size();
    else if constexpr (kind == Kind::raw_json) return v.text.size();
    else if constexpr (kind == Kind::foreign) return flat_size<ForeignValue<T>>(notch_value(v));
    else if constexpr (kind == Kind::optional) return v.has_value() ? flat_size(*v) : 0;
    else if constexpr (kind == Kind::list) return flat_list_size(v);
    else if constexpr (kind == Kind::map) return flat_map_size(v);
    else if constexpr (kind == Kind::object) return flat_struct_size(v);
    else return 0;
}

// ---- the bytes -----------------------------------------------------------------------------------------------------
//
// Every function is handed the places of a value's fixed and variable parts and returns the end of the variable part. Both
// travel in registers, and the place of a field's fixed part is a constant: a writer object would be written to memory after
// every byte, since bytes may alias it.

template <class T>
NOTCH_INTERNAL_INLINE char* put_flat(char* fixed, char* variable, const T& v);

template <class Scalar>
NOTCH_INTERNAL_INLINE void put_scalar(char* fixed, Scalar v) noexcept {
    std::memcpy(fixed, &v, sizeof v);
}

NOTCH_INTERNAL_INLINE char* put_flat_text(char* fixed, char* variable, std::string_view v) noexcept {
    put_scalar(fixed, static_cast<std::uint32_t>(v.size()));
    copy_text(variable, v.data(), v.size());
    return variable + v.size();
}

template <class T>
NOTCH_INTERNAL_INLINE void put_flat_duration(char* fixed, T v) noexcept {
    if constexpr (has_exact_ticks<T>) put_scalar(fixed, static_cast<std::int64_t>(v.count()));
    else put_scalar(fixed, static_cast<double>(v.count()));
}

inline void put_flat_time(char* fixed, SplitTime time) noexcept {
    put_scalar(fixed, time.seconds);
    put_scalar(fixed + sizeof time.seconds, time.fraction);
}

/// The fixed part of an absent value stays as it is; the byte before it says not to look.
template <class T>
NOTCH_INTERNAL_INLINE char* put_flat_optional(char* fixed, char* variable, const T& v) {
    put_scalar(fixed, static_cast<std::uint8_t>(v.has_value() ? 1 : 0));
    return v.has_value() ? put_flat(fixed + 1, variable, *v) : variable;
}

template <class T>
char* put_flat_list(char* fixed, char* variable, const T& v) {
    using E = Element<T>;
    const std::size_t count = length_of(v);
    put_scalar(fixed, static_cast<std::uint32_t>(count));
    char* at = variable;
    char* behind = variable + count * value_schema<E>.fixed_size;
    for (const auto& element : v) {
        behind = put_flat<E>(at, behind, element);
        at += value_schema<E>.fixed_size;
    }
    return behind;
}

template <class T>
char* put_flat_map(char* fixed, char* variable, const T& v) {
    using V = std::remove_cv_t<typename T::mapped_type>;
    constexpr std::size_t entry_size = sizeof(std::uint32_t) + value_schema<V>.fixed_size;
    const std::size_t count = length_of(v);
    put_scalar(fixed, static_cast<std::uint32_t>(count));
    char* at = variable;
    char* behind = variable + count * entry_size;
    for (const auto& [key, element] : v) {
        behind = put_flat_text(at, behind, as_text(key));
        behind = put_flat<V>(at + sizeof(std::uint32_t), behind, element);
        at += entry_size;
    }
    return behind;
}

template <class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_flat_field(char* fixed, char* variable, const F& v) {
    if constexpr (field_infos<T>[Index].redact) {
        return variable;
    } else if constexpr (may_be_omitted<T, Index, F>) {
        const bool absent = is_omitted<T, Index>(v);
        put_scalar(fixed, static_cast<std::uint8_t>(absent ? 0 : 1));
        if (absent) return variable;
        if constexpr (stored_bare<T, Index, F>) return put_flat(fixed + 1, variable, *v);
        else return put_flat(fixed + 1, variable, v);
    } else {
        return put_flat(fixed, variable, v);
    }
}

template <bool Wanted, class T, std::size_t Index, class F>
NOTCH_INTERNAL_INLINE char* put_flat_field_if(char* fixed, char* variable, const F& v) {
    if constexpr (Wanted) return put_flat_field<T, Index>(fixed, variable, v);
    else return variable;
}

template <template <class> class Which, class T>
NOTCH_INTERNAL_INLINE char* put_flat_object(char* fixed, char* variable, const T& v) {
    return Fields<T>::visit(v, [fixed, variable](const auto&... fields) NOTCH_INTERNAL_INLINE_LAMBDA {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) NOTCH_INTERNAL_INLINE_LAMBDA {
            [[maybe_unused]] char* const start = fixed;
            char* at = variable;
            NOTCH_INTERNAL_IN_ORDER(at = put_flat_field_if<Which<T>::template has<Index>, T, Index>(
                                        start + ObjectSchema<T, Which>::offsets[Index], at, fields));
            return at;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

template <class T>
NOTCH_INTERNAL_INLINE char* put_flat(char* fixed, char* variable, const T& v) {
    constexpr Kind kind = checked_kind<T>();
    if constexpr (kind == Kind::boolean) put_scalar(fixed, static_cast<std::uint8_t>(v ? 1 : 0));
    else if constexpr (kind == Kind::integer || kind == Kind::real) put_scalar(fixed, v);
    else if constexpr (kind == Kind::text) return put_flat_text(fixed, variable, as_text(v));
    else if constexpr (kind == Kind::raw_json) return put_flat_text(fixed, variable, v.text);
    else if constexpr (kind == Kind::enumeration) put_scalar(fixed, static_cast<std::uint16_t>(enum_position(v)));
    else if constexpr (kind == Kind::duration) put_flat_duration(fixed, v);
    else if constexpr (kind == Kind::time_point) put_flat_time(fixed, split_point(v));
    else if constexpr (kind == Kind::foreign) return put_flat<ForeignValue<T>>(fixed, variable, notch_value(v));
    else if constexpr (kind == Kind::optional) return put_flat_optional(fixed, variable, v);
    else if constexpr (kind == Kind::list) return put_flat_list(fixed, variable, v);
    else if constexpr (kind == Kind::map) return put_flat_map(fixed, variable, v);
    else if constexpr (kind == Kind::object) return put_flat_object<AllFields>(fixed, variable, v);
    return variable;
}

template <bool Wanted, class F>
NOTCH_INTERNAL_INLINE char* put_flat_if(char* fixed, char* variable, const F& v) {
    if constexpr (Wanted) return put_flat(fixed, variable, v);
    else return variable;
}

/// The envelope's own fields, in the order of the line: the time at `fixed`, then the name.
template <class T>
NOTCH_INTERNAL_INLINE char* put_flat_envelope(char* fixed, char* variable, const T& v) {
    return Fields<T>::visit(v, [fixed, variable](const auto&... fields) NOTCH_INTERNAL_INLINE_LAMBDA {
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) NOTCH_INTERNAL_INLINE_LAMBDA {
            [[maybe_unused]] char* const name = fixed + event_schema<T>.time_size();
            char* at = variable;
            NOTCH_INTERNAL_IN_ORDER(at = put_flat_if<Index == Envelope<T>::timestamp>(fixed, at, fields));
            NOTCH_INTERNAL_IN_ORDER(at = put_flat_if<Index == Envelope<T>::event>(name, at, fields));
            return at;
        }(std::make_index_sequence<sizeof...(fields)>{});
    });
}

/// The bytes of an event's body.
template <class T>
NOTCH_INTERNAL_INLINE std::size_t flat_event_size(const T& event) {
    return event_schema<T>.fixed_size + flat_struct_size(event);
}

/// Writes an event's body at `out`, where flat_event_size bytes are free. `microseconds` is stored when the event is stamped.
template <class T>
NOTCH_INTERNAL_INLINE void write_flat_event(char* out, const T& event, [[maybe_unused]] std::int64_t microseconds) {
    constexpr EventSchema schema = event_schema<T>;
    char* variable = out + schema.fixed_size;
    if constexpr (schema.stamped) put_scalar(out, microseconds);
    if constexpr (schema.envelope) variable = put_flat_envelope(out, variable, event);
    put_flat_object<BodyFields>(out + schema.time_size() + schema.name_size(), variable, event);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// Takes events from any thread and hands them, as lines, to its sink on a thread of its own.
///
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}};
///     recorder.record(RunnerStart{.flavor = "small", .repo = "o/r"});
///     // {"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","repo":"o/r"}
///
/// record() may be called by any number of threads at once, and so may flush() and stats(). A thread's events keep their
/// order; those of different threads need not. The destructor closes; as with every object, no thread may use the recorder
/// while it runs. Thousands of recorders may exist at a time; each costs one thread and the rings of the threads that use it.
///
/// Library code takes a `notch::Recorder&`: this is no template, and which sink it has is one virtual call a batch away.
///
/// In a child that fork() made, the parent's recorder takes no event (they are counted as `closed` there), and closing or
/// destroying it does nothing: it is the parent's. The child makes a recorder of its own, or calls renew().
class Recorder {
public:
    template <class S>
        requires(!std::is_same_v<S, Recorder>) && Sink<S>
    explicit Recorder(S sink, RecorderOptions options = {})
        : core_{new detail::RecorderCore{detail::SinkBox::of(static_cast<S&&>(sink)), static_cast<RecorderOptions&&>(options)}}, key_{&core_->key()} {
        core_->template start<S>();
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder() {
        core_->close();
        core_->leave();
    }

    /// Copies the event into this thread's ring; true when it was accepted. After a thread's first record of a type this makes
    /// no system call, takes no lock and allocates nothing, and it waits only when the ring is full and OnFull::block is set.
    ///
    /// False: the event was dropped, and stats() counts it by its reason. Texts are copied: views need not outlive the call.
    /// `notch_value` and `operator==` of the event's fields are called here and must not throw.
    template <class E>
    bool record(const E& event) noexcept {
        const std::uint64_t key = key_->load(std::memory_order_relaxed);
        if (detail::recent_ring.key != key || detail::recent_schema<E>.key != key) [[unlikely]]
            return record_first(event);
        return put(*detail::recent_ring.ring, detail::recent_schema<E>.number, event);
    }

    /// Records the event when the result goes out of scope; see Scope. A member called `duration` is set to the time that passed.
    ///
    ///     auto work = recorder.scope(Work{.status = "running"});
    ///     work->status = "success";
    template <class E>
    [[nodiscard]] Scope<E> scope(E event) {
        return Scope<E>{*this, static_cast<E&&>(event)};
    }
    /// The same; the member named here is set to the time that passed.
    ///
    ///     auto work = recorder.scope(Work{}, &Work::seconds);
    template <class E, class T, class D>
    [[nodiscard]] Scope<E, D T::*> scope(E event, D T::*member) {
        return Scope<E, D T::*>{*this, static_cast<E&&>(event), member};
    }

    /// Waits until the sink has everything that was recorded before; true when it has, and took all of it. False when the time
    /// is over, when the sink refused lines since the last flush, or after close().
    bool flush(std::chrono::nanoseconds timeout = std::chrono::seconds{10}) { return core_->flush(timeout.count()); }

    /// With RecorderOptions::thread = false: hands on what is queued, on this thread; true when there was something. From any
    /// thread, one at a time (others wait). A thread that finds its ring full does the same before it waits as OnFull says.
    ///
    ///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}, {.thread = false}};
    ///     while (handle_one_request()) recorder.poll();
    bool poll() { return core_->poll(); }

    /// Hands on what is queued and ends the recorder's thread, within RecorderOptions::close_timeout. Later records are counted
    /// as dropped. May be called again, to no effect.
    void close() { core_->close(); }

    /// In a child that fork() made: makes this the child's own recorder, as if it were made anew, with rings, a thread and an epoch of
    /// its own, so that code which has a reference to it goes on recording. False, and nothing done, anywhere else.
    ///
    ///     if (::fork() == 0) recorder.renew(notch::FileSink{"child.jsonl"});
    ///
    /// Before other threads of the child use it. What the parent had queued stays the parent's, and so does its journal: name another
    /// one, or none. The memory of the parent's recorder stays taken in the child: its locks may be held by threads that are not there.
    template <class S>
        requires Sink<S>
    bool renew(S sink, RecorderOptions options = {}) {
        if (!core_->is_in_child()) return false;
        core_ = new detail::RecorderCore{detail::SinkBox::of(static_cast<S&&>(sink)), static_cast<RecorderOptions&&>(options)};
        key_ = &core_->key();
        core_->template start<S>();
        return true;
    }

    /// The counters, without stopping anyone.
    [[nodiscard]] Stats stats() const { return core_->stats(); }

private:
    /// A thread's first record of a type at this recorder. What an event needs is compiled once, so this comes back to record().
    template <class E>
    NOTCH_INTERNAL_COLD bool record_first(const E& event) noexcept {
        bool borrowed = false;
        if (!core_->enter(detail::event_schema<E>, detail::recent_schema<E>, borrowed)) return false;
        const bool accepted = record(event);
        if (borrowed) core_->leave_ring();
        return accepted;
    }

    template <class E>
    NOTCH_INTERNAL_INLINE bool put(detail::PooledRing& ring, std::uint32_t number, const E& event) noexcept {
        const std::size_t size = detail::aligned_size(detail::header_size + detail::flat_event_size(event));
        char* at = ring.claim_quickly(size);
        if (at == nullptr) [[unlikely]] {
            at = core_->make_room(ring, size, !detail::Envelope<E>::on);
            if (at == nullptr) return false;
        }
        std::int64_t now = 0;
        if constexpr (detail::event_schema<E>.stamped) now = core_->now();
        detail::RecordHeader::set_schema(at, number);
        detail::write_flat_event(at + detail::header_size, event, now);
        ring.count_recorded();
        ring.publish(at, size);
        return true;
    }

    detail::RecorderCore* core_;
    const std::atomic<std::uint64_t>* key_;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/file_options.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_FILE_OPTIONS_HPP
#define NOTCH_SINK_FILE_OPTIONS_HPP

namespace notch::inline NOTCH_ABI {

/// What a FileSink does when the ledger cannot be opened, locked or written. It is reported once, through RecorderOptions::on_error.
enum class OnFault : std::uint8_t {
    drop,   ///< drops and counts what could not be written; each batch tries again, and so writing goes on when it can
    block,  ///< tries again, for at most block_timeout or until the recorder closes; then as drop. Meanwhile the rings fill up
    stop    ///< drops and counts everything from then on, until FileControl::reopen()
};

/// When a ledger's bytes are put on the disk with fsync(2), and so what a `true` of Recorder::flush() means.
enum class Sync : std::uint8_t {
    os,        ///< never: the lines stand in the system's page cache. They outlive the process, not a power cut
    interval,  ///< when the last time is sync_interval ago, by a batch, a flush or the idle recorder, and at the end: what is older is on the disk
    each       ///< after each batch: everything recorded before the flush is on the disk
};

/// Where a ledger is, what may stand there, how it is shared with other processes, kept and rotated.
///
///     notch::FileSink sink{notch::FileOptions{.path = "events.jsonl", .rotate_bytes = 64 << 20, .keep_files = 10}};
///     // events-20261124T150405.123456.jsonl, events-20261124T161203.004071.jsonl, events.jsonl
struct FileOptions {
    std::string path{};
    unsigned mode = 0600;             ///< permissions of a file that is made; an existing file keeps its own
    bool follow_links = false;        ///< accept a symbolic link as the path's last part
    bool allow_fifo = false;          ///< accept a FIFO; one without a reader is an error
    bool allow_block_device = false;  ///< accept a block device
    bool create_directory = false;    ///< make the directories that are missing, with mode 0700; otherwise that is an error

    /// Each batch is written under the file's lock, flock(2), which all notch writers take. false: no other process writes this file.
    bool lock = true;
    std::chrono::nanoseconds lock_timeout = std::chrono::seconds{5};  ///< a lock that others hold for longer is a fault

    OnFault on_fault = OnFault::drop;
    std::chrono::nanoseconds block_timeout = std::chrono::hours{24};  ///< how long OnFault::block tries one batch

    Sync sync = Sync::os;
    std::chrono::nanoseconds sync_interval = std::chrono::seconds{1};

    /// Rotation, besides FileControl::rotate(): before a batch that would make the file larger than this; 0: never. A batch that is
    /// larger by itself has a file of its own.
    std::uint64_t rotate_bytes = 0;
    /// Before the first batch of each interval, counted from 1970 on (std::chrono::hours{24}: of each day, UTC), unless the file is
    /// empty. Which interval the file is of, its modification time says. 0: never.
    std::chrono::nanoseconds rotate_interval{0};

    // What is kept of the rotated files, looked at after each rotation; the newest always is. 0: everything. Only files with names
    // that FileSink gives are counted and removed, also when they were compressed since (`.gz`).
    std::size_t keep_files = 0;
    std::uint64_t keep_bytes = 0;
    std::chrono::nanoseconds keep_age{0};  ///< since the rotation
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/file_control.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_FILE_CONTROL_HPP
#define NOTCH_SINK_FILE_CONTROL_HPP

namespace notch::inline NOTCH_ABI {

class FileSink;

/// Reaches a FileSink that its recorder owns.
///
///     notch::FileSink sink{"events.jsonl"};
///     notch::FileControl control = sink.control();
///     notch::Recorder recorder{std::move(sink)};
///     control.rotate();
///     recorder.flush();  // done by now, as by the next batch
///
/// A copy reaches the same sink, and may outlive it. rotate() and reopen() may be called from any thread and from a signal handler: they
/// set a number that the sink looks at before its next batch and at each flush.
class FileControl {
public:
    FileControl(const FileControl& other) noexcept : requests_{other.requests_} {
        requests_->references.fetch_add(1, std::memory_order_relaxed);
    }
    FileControl& operator=(const FileControl& other) noexcept {
        FileControl copy{other};
        Requests* const own = requests_;
        requests_ = copy.requests_;
        copy.requests_ = own;
        return *this;
    }
    ~FileControl() {
        if (requests_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete requests_;
    }

    /// Begins a new file, unless this one is empty. A rotation that fails is reported through RecorderOptions::on_error, writing goes on
    /// in the file as it is, and it is tried again.
    void rotate() const noexcept { requests_->rotations.fetch_add(1, std::memory_order_relaxed); }

    /// Closes the file and opens the path again, such as after logrotate has renamed it (which the next batch also finds by itself).
    /// Ends what OnFault::stop has stopped, and the failing of every flush after an fsync that failed.
    void reopen() const noexcept { requests_->reopenings.fetch_add(1, std::memory_order_relaxed); }

private:
    friend class FileSink;
    struct Requests {
        std::atomic<std::uint32_t> references{1};
        std::atomic<std::uint32_t> rotations{0};
        std::atomic<std::uint32_t> reopenings{0};
    };
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "a signal handler must not wait");

    FileControl() : requests_{new Requests} {}
    [[nodiscard]] std::uint32_t rotations() const noexcept { return requests_->rotations.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t reopenings() const noexcept { return requests_->reopenings.load(std::memory_order_relaxed); }

    Requests* requests_;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/file.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_FILE_HPP
#define NOTCH_SINK_FILE_HPP

// ---- sink/ledger_settle.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_LEDGER_SETTLE_HPP
#define NOTCH_SINK_LEDGER_SETTLE_HPP

// ---- sink/ledger_file.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_LEDGER_FILE_HPP
#define NOTCH_SINK_LEDGER_FILE_HPP

// One regular file that is appended to under its lock, in whole lines.

namespace notch::inline NOTCH_ABI::detail {

/// The lock is flock(2)'s. Of the other two, fcntl's own would be lost whenever anything else in the process closes the file, a
/// LedgerReader for one, and would not keep two sinks of one process apart; fcntl's for open files does what flock does, where it
/// exists. Both belong to the open file: a child that fork() made meanwhile shares it, and unlocking here unlocks it there too. Only
/// when the process dies while it writes does such a child hold on to it, until it ends or execs.
class LedgerLock {
public:
    LedgerLock() noexcept = default;
    LedgerLock(const LedgerLock&) = delete;
    LedgerLock& operator=(const LedgerLock&) = delete;
    ~LedgerLock() { release(); }

    /// The errno, or 0.
    int take(int descriptor, std::int64_t patience) noexcept {
        const int error = lock_exclusively(descriptor, patience);
        if (error == 0) descriptor_ = descriptor;
        return error;
    }
    void release() noexcept {
        if (descriptor_ >= 0) unlock(descriptor_);
        descriptor_ = -1;
    }

private:
    int descriptor_ = -1;
};

NOTCH_INTERNAL_COLD inline Error lock_error(const std::string& path, int number) {
    Error error = os_error(ErrorCode::write_failed, "lock " + path, "the ledger's lock", number);
    if (number == EWOULDBLOCK) error.found = "it was held by others for the whole of lock_timeout";
    return error;
}

/// The file that is open at the ledger's path, or was there when it was opened, and what is known of its end.
class LedgerFile {
public:
    LedgerFile() noexcept = default;
    LedgerFile(File file, const FileStatus& status, bool readable) noexcept
        : file_{static_cast<File&&>(file)}, device_{status.device}, inode_{status.inode}, readable_{readable} {}

    [[nodiscard]] bool is_open() const noexcept { return file_.is_open(); }
    [[nodiscard]] int descriptor() const noexcept { return file_.descriptor(); }
    void close() noexcept { file_.reset(); }
    [[nodiscard]] bool is(const FileStatus& status) const noexcept { return status.device == device_ && status.inode == inode_; }

    /// Appends a batch to the file, which has `size` bytes; the lock is held. What cannot be written is cut off again: the line that is
    /// torn, or the whole batch where it is going to be written again.
    Delivery append(const Batch& batch, std::uint64_t size, WriteIntent* intent, bool in_parts, const std::string& path) {
        const WriteSignals guard;
        if (const int error = seal(size); error != 0) return failure(0, error, path);
        if (intent != nullptr) intent->begin({device_, inode_, size});
        const WriteOutcome outcome = write_bytes(descriptor(), batch.bytes);
        end_ = size + outcome.written;
        if (outcome.error == 0) return {batch.lines.size(), {}};
        WriteSignals::note(outcome.error);
        const WholeLines whole = whole_lines(batch, outcome.written);
        if (!in_parts && cut_back(size)) return failure(0, outcome.error, path);
        if (in_parts) cut_back(size + whole.bytes);
        return failure(whole.count, outcome.error, path);
    }

private:
    static constexpr std::uint64_t unknown = ~std::uint64_t{0};

    static Delivery failure(std::size_t accepted, int number, const std::string& path) {
        return {accepted, os_error(ErrorCode::write_failed, "write " + path, "all bytes written", number)};
    }

    /// Ends the tail that a writer which was killed has left; then `size` is one more.
    int seal(std::uint64_t& size) noexcept {
        bool whole = size == end_;
        if (const int error = whole ? 0 : look_at_end(size, whole); error != 0) return error;
        if (whole) return 0;
        const WriteOutcome outcome = write_bytes(descriptor(), "\n");
        WriteSignals::note(outcome.error);
        if (outcome.error != 0) return outcome.error;
        ++size;
        torn_ = false;
        return 0;
    }

    /// What may not be read is taken for whole, but for what was left torn here. What should be read and cannot be is not: a line behind a
    /// torn one would be lost with it.
    int look_at_end(std::uint64_t size, bool& whole) const noexcept {
        whole = size == 0 || (!readable_ && !torn_);
        if (size == 0 || !readable_) return 0;
        char last = '\0';
        const ReadOutcome read = read_at(descriptor(), size - 1, &last, 1);
        whole = read.count == 1 ? last == '\n' : !torn_;
        return read.error;
    }

    /// Only what was just written here: when more stands there, somebody wrote without the lock, and that is not to be cut off.
    bool cut_back(std::uint64_t size) noexcept {
        FileStatus now;
        const std::uint64_t reached = end_;
        end_ = unknown;
        torn_ = reached != size && (find_status(descriptor(), now) != 0 || now.size != reached || cut_file(descriptor(), size) != 0);
        if (!torn_) end_ = size;
        return !torn_;
    }

    File file_{};
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    std::uint64_t end_ = unknown;  // a size at which it ends in a newline
    bool readable_ = false;
    bool torn_ = false;  // what was written last could not be cut off
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- sink/ledger_path.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_LEDGER_PATH_HPP
#define NOTCH_SINK_LEDGER_PATH_HPP

// ---- sink/ledger_names.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_LEDGER_NAMES_HPP
#define NOTCH_SINK_LEDGER_NAMES_HPP

// The names that a ledger's older files have: those that notch gives them, and those of others that it knows. Names alone are
// looked at here.

namespace notch::inline NOTCH_ABI::detail {

/// What a name in the ledger's directory says.
struct LedgerName {
    enum class Age : std::uint8_t {
        foreign,   ///< not of this ledger
        timed,     ///< x.jsonl-20261124 or x-20261124T150405Z.jsonl: sorted as text, the least is the oldest
        numbered,  ///< x.jsonl.2 or x.2.jsonl: the largest is the oldest
        newest     ///< x.jsonl
    };
    Age age = Age::foreign;
    bool packed = false;       ///< behind all this stands .gz or the like
    std::string_view stamp{};  ///< the time or the number, as it stands in the name
};

constexpr bool is_number_character(char c) noexcept { return c >= '0' && c <= '9'; }

/// Of a time in a name: digits and what stands between them in the formats in use.
constexpr bool is_stamp_character(char c) noexcept {
    return is_number_character(c) || c == '-' || c == 'T' || c == 'Z' || c == '.' || c == '_';
}

template <class Belongs>
constexpr bool consists_of(std::string_view text, Belongs belongs) noexcept {
    for (const char c : text)
        if (!belongs(c)) return false;
    return !text.empty();
}

/// The length of a suffix of compression, or 0.
constexpr std::size_t packed_suffix(std::string_view name) noexcept {
    for (const std::string_view suffix : {".gz", ".zst", ".xz", ".bz2", ".lz4", ".Z"})
        if (name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix) return suffix.size();
    return 0;
}

/// `.12` or `-20261124`, as it stands before or behind the ending.
constexpr LedgerName stamped_name(std::string_view stamp) noexcept {
    constexpr std::size_t shortest_time = 8;  // YYYYMMDD
    if (stamp.size() < 2 || !is_number_character(stamp[1])) return {};
    const std::string_view rest = stamp.substr(1);
    if (stamp[0] == '.' && rest.size() < shortest_time && consists_of(rest, is_number_character))
        return {LedgerName::Age::numbered, false, rest};
    if ((stamp[0] != '-' && stamp[0] != '.') || rest.size() < shortest_time || !consists_of(rest, is_stamp_character)) return {};
    return {LedgerName::Age::timed, false, rest};
}

/// What `name` is beside the ledger `base`: `x.jsonl` has `x.jsonl.2`, `x.2.jsonl`, `x.jsonl-20261124`, `x-20261124.jsonl`.
constexpr LedgerName read_ledger_name(std::string_view name, std::string_view base) noexcept {
    if (name == base) return {LedgerName::Age::newest, false, {}};
    const std::size_t suffix = packed_suffix(name);
    name = name.substr(0, name.size() - suffix);
    LedgerName out;
    if (name.substr(0, base.size()) == base) out = stamped_name(name.substr(base.size()));
    const std::size_t dot = base.rfind('.');
    if (out.age == LedgerName::Age::foreign && dot != std::string_view::npos && dot != 0 && name.size() > base.size()) {
        const std::string_view stem = base.substr(0, dot);
        const std::string_view ending = base.substr(dot);
        const std::size_t end = name.size() - ending.size();
        if (name.substr(0, dot) == stem && name.substr(end) == ending) out = stamped_name(name.substr(dot, end - dot));
    }
    out.packed = suffix != 0;
    return out;
}

// ---- the names that notch gives ------------------------------------------------------------------------------------

/// `20261124T150405.123456`, UTC: these texts have the order of their times.
inline std::string rotation_stamp(std::int64_t microseconds) {
    const SplitTime time = split_time<1'000'000>(microseconds);
    const SplitTime day = split_time<86'400>(time.seconds);
    const CivilDate date = civil_date(static_cast<std::int32_t>(day.seconds));
    const std::uint32_t minutes = day.fraction / 60;
    const std::uint32_t hours = minutes / 60;
    char text[] = "00000000T000000.000000";
    write_4_digits(text, date.year);
    write_pair(text + 4, date.month);
    write_pair(text + 6, date.day);
    write_pair(text + 9, hours);
    write_pair(text + 11, minutes - hours * 60);
    write_pair(text + 13, day.fraction - minutes * 60);
    const std::uint32_t first_two = time.fraction / 10'000;
    write_pair(text + 16, first_two);
    write_4_digits(text + 18, time.fraction - first_two * 10'000);
    return text;
}

/// The time of such a stamp; -1 when it is another text.
inline std::int64_t time_of_rotation(std::string_view stamp) {
    if (stamp.size() != 22 || stamp[8] != 'T' || stamp[15] != '.') return -1;
    for (std::size_t i = 0; i < stamp.size(); ++i)
        if (i != 8 && i != 15 && !is_number_character(stamp[i])) return -1;
    const auto number = [stamp](std::size_t at, std::size_t digits) {
        std::int64_t out = 0;
        for (std::size_t i = at; i < at + digits; ++i) out = out * 10 + (stamp[i] - '0');
        return out;
    };
    const std::int64_t seconds = number(9, 2) * 3'600 + number(11, 2) * 60 + number(13, 2);
    if (number(4, 2) < 1 || number(4, 2) > 12) return -1;
    const std::int64_t days = days_to(number(0, 4), number(4, 2), number(6, 2));
    const std::int64_t out = (days * 86'400 + seconds) * 1'000'000 + number(16, 6);
    return out >= 0 && rotation_stamp(out) == stamp ? out : -1;
}

/// What the file is called that is `x.jsonl` now: `x-20261124T150405.123456.jsonl`.
inline std::string rotated_name(std::string_view base, std::string_view stamp) {
    const std::size_t dot = base.rfind('.');
    const std::size_t stem = dot == std::string_view::npos || dot == 0 ? base.size() : dot;
    std::string out{base.substr(0, stem)};
    out += '-';
    out += stamp;
    out += base.substr(stem);
    return out;
}

/// When notch gave the name, of which `read` is what it says; -1 when it did not.
inline std::int64_t rotation_time_of_name(std::string_view name, const LedgerName& read, std::string_view base) {
    if (read.age != LedgerName::Age::timed) return -1;
    const std::string own = rotated_name(base, read.stamp);
    return name.substr(0, own.size()) == own ? time_of_rotation(read.stamp) : -1;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// A ledger's path, and the directory in which its files stand. What returns an int returns the errno, or 0.

namespace notch::inline NOTCH_ABI::detail {

/// The path in its two parts.
struct LedgerPath {
    explicit LedgerPath(std::string_view path) {
        const std::size_t slash = path.find_last_of(path_separators);
        const std::size_t size = slash == std::string_view::npos ? 0 : slash + 1;
        directory = path.substr(0, size);
        name = path.substr(size);
    }

    /// Opened, so that it can be listed and synced.
    [[nodiscard]] Opened open() const { return open_directory_of_ledger(directory.empty() ? "." : directory.c_str()); }

    std::string directory{};  ///< with its last slash; empty: the one where the process stands
    std::string name{};
};

/// Calls `visit(name, what it says)` for every file of the ledger that an open directory has, in any order.
template <class Visit>
int for_each_ledger_name(int directory, std::string_view base, Visit visit) {
    NameStream names;
    int error = names.open(directory);
    if (error != 0) return error;
    while (const char* const name = names.next(error)) {
        const LedgerName read = read_ledger_name(name, base);
        if (read.age != LedgerName::Age::foreign) visit(std::string_view{name}, read);
    }
    return error;
}

/// Makes the directories that a path goes through and that are not there, for this user alone.
inline int make_directories(const std::string& directory) {
    for (std::size_t end = directory.find_first_of(path_separators, 1); end != std::string::npos;
         end = directory.find_first_of(path_separators, end + 1)) {
        const std::string part = directory.substr(0, end);
        FileStatus status;
        if (find_status_of(part.c_str(), true, status) == 0) continue;
        const int error = make_directory(part.c_str(), 0700);
        if (error != 0 && error != EEXIST) return error;
    }
    return 0;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// How much of a batch a ledger has whose writer died while it wrote, and an end to what was torn.

namespace notch::inline NOTCH_ABI::detail {

[[nodiscard]] inline bool stands_at(const SinkPosition& position, const FileStatus& status) noexcept {
    return status.device == position.device && status.inode == position.inode;
}

/// The path of the ledger's file with this number, whatever a rotation may have called it since; empty when it is gone.
inline Result<std::string> find_ledger_file(const FileOptions& options, const SinkPosition& position) {
    const LedgerPath place{options.path};
    const auto is_it = [&](const std::string& path) {
        FileStatus status;
        return find_status_of(path.c_str(), options.follow_links, status) == 0 && stands_at(position, status);
    };
    if (is_it(options.path)) return options.path;
    std::string found;
    const Opened directory = place.open();
    int error = directory.error;
    if (error == 0) {
        error = for_each_ledger_name(directory.file.descriptor(), place.name, [&](std::string_view name, const LedgerName&) {
            std::string path = place.directory;
            path += name;
            if (found.empty() && is_it(path)) found = static_cast<std::string&&>(path);
        });
    }
    if (error == 0 || error == ENOENT) return found;
    return os_error(ErrorCode::open_failed, "list the directory of " + options.path, "the ledger's files", error);
}

/// That file, open; not open when it is gone.
inline Result<File> open_ledger_file_again(const FileOptions& options, const SinkPosition& position) {
    constexpr int most_changes = 100;  // of its name, between finding and opening it
    for (int changes = 0; changes < most_changes; ++changes) {
        const Result<std::string> path = find_ledger_file(options, position);
        if (!path) return path.error();
        if (path->empty()) return File{};
        Opened opened = open_to_repair(path->c_str(), options.follow_links);
        if (opened.error == ENOENT) continue;
        FileStatus status;
        const int error = opened.error != 0 ? opened.error : find_status(opened.file.descriptor(), status);
        if (error != 0) return os_error(ErrorCode::open_failed, "open " + *path, "the file that a batch was written to", error);
        if (stands_at(position, status)) return static_cast<File&&>(opened.file);
    }
    return os_error(ErrorCode::open_failed, "open " + options.path, "a file that keeps its name for a moment", EAGAIN);
}

/// How many of these bytes stand in the file from `offset` on.
inline ReadOutcome count_common_bytes(int descriptor, std::uint64_t offset, std::string_view bytes) {
    constexpr std::size_t most = 64 * 1024;
    std::string buffer(bytes.size() < most ? bytes.size() : most, '\0');
    ReadOutcome out;
    while (out.count < bytes.size()) {
        const std::size_t left = bytes.size() - out.count;
        const ReadOutcome read = read_at(descriptor, offset + out.count, buffer.data(), left < most ? left : most);
        out.error = read.error;
        std::size_t same = 0;
        while (same < read.count && buffer[same] == bytes[out.count + same]) ++same;
        out.count += same;
        if (read.count == 0 || same < read.count) break;
    }
    return out;
}

/// What a writer that died has begun and nobody has appended to is cut off, or else ended.
inline int end_torn_line(int descriptor, std::uint64_t whole, std::uint64_t torn) noexcept {
    FileStatus status;
    if (const int error = find_status(descriptor, status); error != 0) return error;
    if (whole == torn || status.size != torn || cut_file(descriptor, whole) == 0) return 0;
    const WriteSignals guard;
    const int error = write_bytes(descriptor, "\n").error;
    WriteSignals::note(error);
    return error;
}

/// See Sink: how many of these bytes, in whole lines, stand at that place.
inline Result<std::size_t> settle_batch(const FileOptions& options, const SinkPosition& position, std::string_view bytes) {
    const Result<File> file = open_ledger_file_again(options, position);
    if (!file) return file.error();
    if (!file->is_open()) return std::size_t{0};
    const int descriptor = file->descriptor();
    LedgerLock lock;
    int error = options.lock ? lock.take(descriptor, options.lock_timeout.count()) : 0;
    if (error != 0) return lock_error(options.path, error);
    const ReadOutcome common = count_common_bytes(descriptor, position.offset, bytes);
    if (common.error != 0) return os_error(ErrorCode::read_failed, "read " + options.path, "what was written of a batch", common.error);
    const std::size_t last = bytes.substr(0, common.count).rfind('\n');
    const std::size_t whole = last == std::string_view::npos ? 0 : last + 1;
    error = end_torn_line(descriptor, position.offset + whole, position.offset + common.count);
    if (error != 0) return os_error(ErrorCode::write_failed, "write " + options.path, "an end to a line that was torn", error);
    return whole;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- sink/ledger_writer.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_LEDGER_WRITER_HPP
#define NOTCH_SINK_LEDGER_WRITER_HPP

// ---- sink/descriptor.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_DESCRIPTOR_HPP
#define NOTCH_SINK_DESCRIPTOR_HPP

namespace notch::inline NOTCH_ABI::detail {

/// Writes batches to a descriptor and keeps track of a line that was cut off, so that the next one never runs into it.
class LineWriter {
public:
    /// A full descriptor is waited for once. From then on it is only asked, until it takes bytes again: the program is held up by
    /// each batch that waits in vain.
    Delivery write(int descriptor, const Batch& batch, std::string_view place, std::int64_t patience_nanoseconds = 1'000'000'000) {
        if (full_ && !takes_bytes(descriptor)) return failed(EAGAIN, 0, place);
        full_ = false;
        if (torn_) {
            const int error = write_stream(descriptor, "\n", patience_nanoseconds).error;
            if (error != 0) return failed(error, 0, place);
            torn_ = false;
        }
        const WriteOutcome outcome = write_stream(descriptor, batch.bytes, patience_nanoseconds);
        if (outcome.error == 0) return {batch.lines.size(), {}};
        const WholeLines whole = whole_lines(batch, outcome.written);
        torn_ = whole.bytes != outcome.written;
        return failed(outcome.error, whole.count, place);
    }

private:
    Delivery failed(int number, std::size_t accepted, std::string_view place) {
        full_ = number == EAGAIN;
        return {accepted, os_error(ErrorCode::write_failed, "write " + std::string{place}, "all bytes written", number)};
    }

    bool torn_ = false;
    bool full_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- sink/ledger_rotation.hpp ----------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_LEDGER_ROTATION_HPP
#define NOTCH_SINK_LEDGER_ROTATION_HPP

// Rotation: the ledger is renamed while its lock is held, and whoever has waited for that lock finds, when he has it, that the path
// stands for another file. So one process rotates, the others follow, and no line goes astray; a lock file of its own is not needed.

namespace notch::inline NOTCH_ABI::detail {

/// What became of a rotation: a file can be renamed and still something go wrong after it.
struct Rotation {
    bool renamed = false;
    std::optional<Error> error{};
};

/// Files of a ledger that notch has rotated.
class RotatedFiles {
public:
    RotatedFiles(int directory, const std::string& base) : directory_{directory}, base_{base} {}

    /// The errno, or 0.
    int find(bool sizes) {
        return for_each_ledger_name(directory_, base_, [&](std::string_view name, const LedgerName& read) {
            const std::int64_t time = rotation_time_of_name(name, read, base_);
            if (time >= 0) add(std::string{name}, time, sizes);
        });
    }

    void add(const std::string& name, std::int64_t time, bool sizes) {
        FileStatus status;
        if (sizes && find_status_at(directory_, name.c_str(), status) != 0) return;  // removed by another process
        newest_ = time > newest_ ? time : newest_;
        bytes_ += status.size;
        files_.push_back({&names_.add(name), time, status.size});
    }

    [[nodiscard]] std::int64_t newest() const noexcept { return newest_; }

    /// Removes the oldest until the rest is what is to be kept; the errno of the first that could not be removed, or 0.
    int remove_old(const FileOptions& options, std::int64_t now) {
        int error = 0;
        while (files_.size() > 1) {
            const std::size_t oldest = find_oldest();
            if (!is_too_much(options, now - files_[oldest].time)) break;
            const int one = remove_file(directory_, files_[oldest].name->c_str());
            if (one != 0 && one != ENOENT && error == 0) error = one;
            bytes_ -= files_[oldest].size;
            if (oldest != files_.size() - 1) files_[oldest] = files_.back();
            files_.pop_back();
        }
        return error;
    }

private:
    struct Entry {
        const std::string* name;
        std::int64_t time;
        std::uint64_t size;
    };

    [[nodiscard]] std::size_t find_oldest() const noexcept {
        std::size_t oldest = 0;
        for (std::size_t i = 1; i < files_.size(); ++i)
            if (files_[i].time < files_[oldest].time) oldest = i;
        return oldest;
    }
    [[nodiscard]] bool is_too_much(const FileOptions& options, std::int64_t age) const noexcept {
        if (options.keep_files != 0 && files_.size() > options.keep_files) return true;
        if (options.keep_bytes != 0 && bytes_ > options.keep_bytes) return true;
        return options.keep_age.count() > 0 && age > options.keep_age.count() / 1'000;
    }

    int directory_;
    const std::string& base_;
    TextStore names_;
    PlainList<Entry> files_{};
    std::int64_t newest_ = -1;
    std::uint64_t bytes_ = 0;
};

NOTCH_INTERNAL_COLD inline Error rotation_error(const FileOptions& options, const char* expected, int number) {
    return os_error(ErrorCode::write_failed, "rotate " + options.path, expected, number);
}

/// Renames it to the first free name from that time on.
inline int give_rotated_name(int directory, const std::string& base, std::int64_t& time) {
    constexpr int most_tries = 100;
    for (int tries = 1;; ++tries, ++time) {
        const std::string name = rotated_name(base, rotation_stamp(time));
        const int error = move_to_free_name(directory, base.c_str(), directory, name.c_str());
        if (error != EEXIST || tries == most_tries) return error;
    }
}

/// Renames the ledger, whose lock is held, and removes what is not to be kept. Never overwrites a file, and leaves this one as it is
/// when it cannot be renamed.
inline Rotation rotate_ledger(const FileOptions& options, const LedgerFile& ledger, std::int64_t now) {
    const LedgerPath place{options.path};
    const Opened opened = place.open();
    if (opened.error != 0) return {false, rotation_error(options, "its directory to open", opened.error)};
    const int directory = opened.file.descriptor();
    RotatedFiles files{directory, place.name};
    const bool sizes = options.keep_bytes != 0;
    if (const int error = files.find(sizes); error != 0) return {false, rotation_error(options, "its directory to be read", error)};

    FileStatus status;
    int error = find_status_at(directory, place.name.c_str(), status);
    if (error == 0 && !ledger.is(status)) {
        Error other = rotation_error(options, "the ledger itself under its name", 0);
        other.code = ErrorCode::refused;
        other.found = status.kind == FileKind::symbolic_link ? "a symbolic link" : "another file";
        return {false, static_cast<Error&&>(other)};
    }
    std::int64_t time = now > files.newest() ? now : files.newest() + 1;  // also when the clock was set back
    if (error == 0) error = give_rotated_name(directory, place.name, time);
    if (error != 0) return {false, rotation_error(options, "a new name for it", error)};
    files.add(rotated_name(place.name, rotation_stamp(time)), time, sizes);
    error = files.remove_old(options, now);
    if (error != 0) return {true, rotation_error(options, "the oldest files removed", error)};
    return {true, {}};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// What stands at a FileSink's path: opened, followed when it is renamed, rotated, written and synced. What to do about faults is the
// sink's own.

namespace notch::inline NOTCH_ABI::detail {

class LedgerWriter {
public:
    explicit LedgerWriter(FileOptions options) : options_{static_cast<FileOptions&&>(options)} {}
    LedgerWriter(LedgerWriter&&) noexcept = default;
    LedgerWriter& operator=(LedgerWriter&&) noexcept = default;
    ~LedgerWriter() {
        if (options_.sync == Sync::interval) put_on_disk();
    }

    [[nodiscard]] const FileOptions& options() const noexcept { return options_; }

    Result<void> open() { return ledger_.is_open() || other_.is_open() ? Result<void>{} : open_path(); }

    /// Closes it, so that the path is opened again. That something could not be synced before is forgotten.
    void reopen() {
        unsynced_.reset();
        put_on_disk();
        ledger_.close();
        other_.reset();
    }

    /// One try.
    Delivery write(const Batch& batch, WriteIntent* intent, bool in_parts) {
        Delivery delivery = write_under_lock(batch, intent, in_parts);
        sync(options_.sync == Sync::each);
        if (!delivery.error && unsynced_) delivery.error = unsynced_;
        return delivery;
    }

    /// As Sync says; and what was not synced is not forgotten.
    Result<void> flush() {
        sync(options_.sync == Sync::each);
        if (unsynced_) return *unsynced_;
        return {};
    }

    /// Rotates before the next batch, unless the file is empty.
    void rotate_soon() noexcept {
        rotate_ = true;
        rotation_fault_.reset();
    }
    [[nodiscard]] bool is_to_rotate() const noexcept { return rotate_; }

    /// The same now.
    Result<void> rotate() {
        Result<void> opened = open();
        if (!opened) return opened;
        if (other_.is_open()) return rotate_other();
        LedgerLock lock;
        Place place;
        Result<void> locked = lock_current(lock, place);
        if (locked) locked = rotate_if_due(lock, place, 0);
        if (locked && place.trouble) return *place.trouble;
        return locked;
    }

private:
    /// The file under lock, as it is now, and what went wrong on the way without keeping it from being written.
    struct Place {
        FileStatus status{};
        std::optional<Error> trouble{};
        bool rotated = false;  // here: nobody else makes the new file
    };

    Delivery write_under_lock(const Batch& batch, WriteIntent* intent, bool in_parts) {
        Result<void> opened = open();
        if (!opened) return {0, opened.error()};
        LedgerLock lock;
        Place place;
        if (!other_.is_open()) {
            Result<void> locked = lock_current(lock, place);
            if (locked) locked = rotate_if_due(lock, place, batch.bytes.size());
            if (!locked) return {0, locked.error()};
        }
        if (other_.is_open()) return write_other(batch);
        Delivery delivery = ledger_.append(batch, place.status.size, intent, in_parts, options_.path);
        unsynced_bytes_ = true;
        if (!delivery.error) delivery.error = static_cast<std::optional<Error>&&>(place.trouble);
        return delivery;
    }

    Delivery write_other(const Batch& batch) {
        unsynced_bytes_ = true;
        return writer_.write(other_.descriptor(), batch, options_.path);
    }

    // ---- opening ---------------------------------------------------------------------------------------------------

    Result<void> open_path() {
        if (!appenders_can_share && wants_rotation()) return refusal(no_rotation, "an option that asks for it");
        File file = open_or_make();
        if (!file.is_open()) return open_error(errno);
        FileKind kind{};
        if (!file.stat_kind(kind)) return open_error(errno);
        if (!allowed(kind)) return refusal("a regular file or a character device", words_for(kind));
        file.make_blocking();
        can_sync_ = kind == FileKind::regular || kind == FileKind::block_device;
        if (!appenders_can_share || kind != FileKind::regular) {
            other_ = static_cast<File&&>(file);
            return {};
        }
        Result<void> taken = take_ledger(static_cast<File&&>(file));
        if (taken) sync_directory();
        return taken;
    }

    File open_or_make() const {
        const auto open = [this] { return open_for_append(options_.path.c_str(), options_.mode, options_.follow_links); };
        File file = open();
        if (file.is_open() || errno != ENOENT || !options_.create_directory) return file;
        const int error = make_directories(LedgerPath{options_.path}.directory);
        if (error == 0) return open();
        errno = error;
        return file;
    }

    /// A FIFO must be opened for writing alone, a ledger's last byte must be read: so a ledger is opened twice. One that cannot be read,
    /// but for its permissions, is not written either: a line behind what a killed writer left torn would be lost with it.
    Result<void> take_ledger(File file) {
        FileStatus status;
        if (const int error = find_status(file.descriptor(), status); error != 0) return open_error(error);
        FileStatus again;
        Opened readable = open_to_repair(options_.path.c_str(), options_.follow_links);
        if (readable.error == 0) readable.error = find_status(readable.file.descriptor(), again);
        const bool gone = readable.error == ENOENT;  // the next batch finds what has its name now
        if (readable.error != 0 && !gone && !is_unreadable(status, readable.error)) return open_error(readable.error);
        const bool same = readable.error == 0 && again.is_same_file(status);
        if (same) file = static_cast<File&&>(readable.file);
        ledger_ = LedgerFile{static_cast<File&&>(file), status, same};
        return {};
    }

    /// Whether the file's permissions keep this process from reading it.
    static bool is_unreadable(const FileStatus& status, int error) noexcept {
        constexpr unsigned owner_may_read = 0400;
        return error == EACCES && own_user() != 0 && !(own_user() == status.owner && (status.mode & owner_may_read) != 0);
    }

    static constexpr const char* no_rotation = "no rotation, which this system does not have";

    [[nodiscard]] bool wants_rotation() const noexcept { return options_.rotate_bytes != 0 || options_.rotate_interval.count() > 0; }

    [[nodiscard]] bool allowed(FileKind kind) const noexcept {
        if (kind == FileKind::fifo) return options_.allow_fifo;
        if (kind == FileKind::block_device) return options_.allow_block_device;
        return kind == FileKind::regular || kind == FileKind::character_device;
    }

    [[nodiscard]] Error refusal(const char* expected, const char* found) const {
        Error error;
        error.code = ErrorCode::refused;
        error.place = "open " + options_.path;
        error.expected = expected;
        error.found = found;
        return error;
    }

    /// A link, a FIFO without a reader and a socket do not open at all; the message names what stands there.
    [[nodiscard]] Error open_error(int number) const {
        const FileKind kind = kind_at(options_.path.c_str());
        const bool link = kind == FileKind::symbolic_link && number == ELOOP && !options_.follow_links;
        const bool other = kind != FileKind::symbolic_link && kind != FileKind::other && !allowed(kind);
        if (!link && !other) {
            const bool no_directory = number == ENOENT && kind == FileKind::other;
            const char* const expected = no_directory ? "a directory to make the file in" : "a file to append to";
            return os_error(ErrorCode::open_failed, "open " + options_.path, expected, number);
        }
        Error error = refusal("a regular file or a character device", words_for(kind));
        error.os_error = number;
        return error;
    }

    // ---- the lock --------------------------------------------------------------------------------------------------

    /// Locks the file that stands at the path. One that was renamed or removed before the lock was had is left, and the path opened
    /// again. Where it cannot be, the file that was renamed is written on, as long as it has a name.
    Result<void> lock_current(LedgerLock& lock, Place& place) {
        constexpr int most_changes = 100;
        bool may_wait = !place.rotated;
        for (int changes = 0; changes < most_changes; ++changes) {
            const int error = options_.lock ? lock.take(ledger_.descriptor(), options_.lock_timeout.count()) : 0;
            if (error != 0) return lock_error(options_.path, error);
            const int looked = find_status_of(options_.path.c_str(), options_.follow_links, place.status);
            if (looked == 0 && ledger_.is(place.status)) return {};
            const bool moved = looked == 0 || looked == ENOENT || looked == ENOTDIR;
            if (!moved) return look_at_ledger(place.status);  // such as a directory that may no longer be searched
            if (looked == ENOENT && std::exchange(may_wait, false) && await_new_file()) continue;
            put_on_disk();
            LedgerFile left = std::exchange(ledger_, {});
            Result<void> opened = open_path();
            if (!opened) return stay(static_cast<LedgerFile&&>(left), lock, place, opened);
            lock.release();
            if (other_.is_open()) return {};
        }
        return os_error(ErrorCode::open_failed, "open " + options_.path, "a file that keeps its name for a moment", EAGAIN);
    }

    /// logrotate renames the ledger, and then makes the new one. Whatever has that name by then it puts aside, and over what it has put
    /// aside in the same hour; so it gets a moment. False when the ledger was removed, or nobody makes a new one.
    [[nodiscard]] bool await_new_file() const {
        constexpr int most_looks = 200;
        FileStatus status;
        for (int looks = 0; looks < most_looks; ++looks) {
            if (find_status(ledger_.descriptor(), status) != 0 || status.links == 0) return false;
            sleep_nanoseconds(1'000'000);
            if (find_status_of(options_.path.c_str(), options_.follow_links, status) != ENOENT) return true;
        }
        return false;
    }

    Result<void> stay(LedgerFile file, LedgerLock& lock, Place& place, const Result<void>& opened) {
        ledger_ = static_cast<LedgerFile&&>(file);
        if (look_at_ledger(place.status) && place.status.links != 0) {
            place.trouble = opened.error();
            return {};
        }
        lock.release();
        ledger_.close();
        return opened;
    }

    Result<void> look_at_ledger(FileStatus& status) const {
        const int error = ledger_.is_open() ? find_status(ledger_.descriptor(), status) : EBADF;
        if (error != 0) return os_error(ErrorCode::write_failed, "look at " + options_.path, "the ledger's size", error);
        return {};
    }

    // ---- rotation --------------------------------------------------------------------------------------------------

    /// With the lock held, before `more` bytes. Others may have filled the new file before its lock is had: then that is rotated, too.
    Result<void> rotate_if_due(LedgerLock& lock, Place& place, std::size_t more) {
        for (;;) {
            if (other_.is_open() || place.trouble) return {};
            if (place.status.size == 0) rotate_ = false;
            const std::int64_t now = system_microseconds();
            if (!is_due(place.status, more, now)) return {};
            place.trouble = rotate_ledger_now(now);
            if (rotation_fault_) return {};
            place.rotated = true;
            Result<void> locked = lock_current(lock, place);
            if (!locked) return locked;
        }
    }

    /// What went wrong; rotation_fault_ says whether the ledger still has its name.
    std::optional<Error> rotate_ledger_now(std::int64_t now) {
        constexpr std::int64_t pause = 1'000'000'000;  // one that fails is not tried again with every batch
        const std::int64_t clock = monotonic_nanoseconds();
        if (rotation_fault_ && clock - last_rotation_ < pause) return rotation_fault_;
        last_rotation_ = clock;
        Rotation rotation = rotate_ledger(options_, ledger_, now);
        rotation_fault_.reset();
        if (rotation.renamed) rotate_ = false;
        else rotation_fault_ = rotation.error;
        return static_cast<std::optional<Error>&&>(rotation.error);
    }

    /// What is no ledger has nothing to rotate.
    Result<void> rotate_other() {
        rotate_ = false;
        if (appenders_can_share) return {};
        return refusal(no_rotation, "a call that asks for it");
    }

    [[nodiscard]] bool is_due(const FileStatus& status, std::size_t more, std::int64_t now) const noexcept {
        if (status.size == 0) return false;
        if (rotate_) return true;
        if (options_.rotate_bytes != 0 && status.size + more > options_.rotate_bytes) return true;
        const std::int64_t interval = options_.rotate_interval.count() / 1'000;
        if (interval <= 0) return false;
        const bool plausible = status.modified.seconds >= 0 && status.modified.seconds <= last_civil_second;
        const std::int64_t written = plausible ? status.modified.seconds * 1'000'000 + status.modified.nanoseconds / 1'000 : now;
        return now / interval > written / interval;
    }

    // ---- the disk --------------------------------------------------------------------------------------------------

    void sync(bool at_once) {
        if (options_.sync == Sync::os || !unsynced_bytes_) return;
        const std::int64_t now = monotonic_nanoseconds();
        if (!at_once && last_sync_ != 0 && now - last_sync_ < options_.sync_interval.count()) return;
        last_sync_ = now;
        put_on_disk();
    }

    /// After an fsync that failed the system may take for clean what never reached the disk: to try again would prove nothing.
    void put_on_disk() {
        const int descriptor = other_.is_open() ? other_.descriptor() : ledger_.descriptor();
        if (options_.sync == Sync::os || !std::exchange(unsynced_bytes_, false) || !can_sync_ || descriptor < 0) return;
        note_sync(sync_to_disk(descriptor), "fsync ");
    }

    /// The file's name, also the one that a rotation gave to the file before it.
    void sync_directory() {
        if (options_.sync == Sync::os) return;
        const Opened directory = LedgerPath{options_.path}.open();
        note_sync(directory.error != 0 ? directory.error : sync_to_disk(directory.file.descriptor()), "fsync the directory of ");
    }

    void note_sync(int error, const char* what) {
        if (error != 0 && !unsynced_) unsynced_ = os_error(ErrorCode::write_failed, what + options_.path, "everything on the disk", error);
    }

    FileOptions options_;
    LedgerFile ledger_;  // a regular file
    File other_;         // or what is none
    LineWriter writer_;
    bool can_sync_ = false;
    bool rotate_ = false;  // asked for
    bool unsynced_bytes_ = false;
    std::int64_t last_rotation_ = 0;
    std::int64_t last_sync_ = 0;
    std::optional<Error> rotation_fault_;  // since the last that was done or asked for
    std::optional<Error> unsynced_;        // the first fsync that failed
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// Appends lines to a ledger: a file that other processes may append to, rotate and read at the same time.
///
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}};
///     notch::Recorder other{notch::FileSink{notch::FileOptions{.path = "audit.jsonl", .sync = notch::Sync::each}}};
///
/// The file is opened with O_APPEND and made with mode 0600. Each batch of whole lines is one write(2) under the file's lock, behind an
/// end to whatever a writer that was killed has left torn. When the disk is full, or whatever else a write runs into, what was torn is
/// cut off again, what stands there in whole lines is counted as written and the rest as dropped, unless FileOptions::on_fault says
/// otherwise. A file that was renamed or removed, by logrotate or by another process that rotates, is made again by the next batch.
///
/// Regular files and character devices such as /dev/null are accepted; links, FIFOs and block devices are refused unless the options
/// allow them; directories and sockets always. A file that does not open is reported through RecorderOptions::on_error, and every batch
/// tries again; FileSink::open tells at once instead.
///
/// What Recorder::flush() means beyond its lines having been taken, FileOptions::sync says. After an fsync that failed, every flush
/// returns false until FileControl::reopen(): the system may have given up what it could not put on the disk. The lines count as
/// written; they stand in the file.
///
/// On Windows the path is UTF-8, a reparse point counts as a link, a pipe as a FIFO, others may rename and remove the file meanwhile,
/// and `mode` says nothing: a file that is made inherits the access list of its directory. There is no lock and no rotation there: the
/// system puts each batch at the end by itself, a line that was torn is ended and not cut off, and a file that was renamed is written on.
class FileSink {
public:
    explicit FileSink(std::string path) : FileSink{FileOptions{.path = static_cast<std::string&&>(path)}} {}
    explicit FileSink(const char* path) : FileSink{std::string{path}} {}
    explicit FileSink(FileOptions options) : writer_{static_cast<FileOptions&&>(options)} {}

    /// Opens now: the sink, or why it cannot be one (ErrorCode::open_failed or refused).
    [[nodiscard]] static Result<FileSink> open(FileOptions options) {
        FileSink sink{static_cast<FileOptions&&>(options)};
        Result<void> opened = sink.start();
        if (!opened) return opened.error();
        return sink;
    }
    [[nodiscard]] static Result<FileSink> open(std::string path) { return open(FileOptions{.path = static_cast<std::string&&>(path)}); }

    [[nodiscard]] const std::string& path() const noexcept { return writer_.options().path; }

    /// For rotating and reopening while a recorder has the sink.
    [[nodiscard]] FileControl control() const noexcept { return control_; }

    // ---- for the recorder ------------------------------------------------------------------------------------------

    void attach(SinkHost& host) noexcept { host_ = &host; }

    Result<void> start() { return writer_.open(); }

    Delivery write(const Batch& batch) { return write_by_policy(batch, nullptr); }

    /// The same for a recorder with a journal: `intent` hears where in the file the batch is going to stand. Not of a FIFO or a device,
    /// and not on Windows.
    Delivery write(const Batch& batch, WriteIntent& intent) { return write_by_policy(batch, &intent); }

    /// How many of these bytes, in whole lines, stand at that place; what was torn there is cut off or ended.
    Result<std::size_t> settle(const SinkPosition& position, std::string_view bytes) {
        return detail::settle_batch(writer_.options(), position, bytes);
    }

    /// What is due without a batch: syncing by Sync::interval, a rotation that was asked for.
    Result<void> idle() {
        take_requests();
        return stopped_ ? Result<void>{} : flush();
    }

    Result<void> flush() {
        take_requests();
        if (stopped_) return *stopped_;
        Result<void> rotated = writer_.is_to_rotate() ? writer_.rotate() : Result<void>{};
        Result<void> flushed = writer_.flush();
        return flushed ? rotated : flushed;
    }

private:
    void take_requests() {
        if (const std::uint32_t wanted = control_.reopenings(); wanted != reopenings_) {
            reopenings_ = wanted;
            stopped_.reset();
            writer_.reopen();
        }
        if (const std::uint32_t wanted = control_.rotations(); wanted != rotations_) {
            rotations_ = wanted;
            writer_.rotate_soon();
        }
    }

    Delivery write_by_policy(const Batch& batch, WriteIntent* intent) {
        take_requests();
        if (stopped_) return {0, stopped_};
        const OnFault on_fault = writer_.options().on_fault;
        Delivery delivery = writer_.write(batch, intent, on_fault != OnFault::block);
        if (delivery.accepted == batch.lines.size()) return delivery;
        if (on_fault == OnFault::block) return write_again(batch, intent, static_cast<Delivery&&>(delivery));
        if (on_fault == OnFault::stop) stopped_ = delivery.error;
        return delivery;
    }

    // ---- OnFault::block --------------------------------------------------------------------------------------------

    /// Until it is written, block_timeout is over, or the recorder closes.
    Delivery write_again(const Batch& batch, WriteIntent* intent, Delivery delivery) {
        const std::int64_t since = detail::monotonic_nanoseconds();
        std::int64_t pause = shortest_pause;
        if (host_ != nullptr && delivery.error) host_->report(*delivery.error);
        while (delivery.accepted < batch.lines.size()) {
            // Of a batch whose place a journal was told, the rest must not go to another place.
            if (intent != nullptr && delivery.accepted != 0) break;
            const std::int64_t left = writer_.options().block_timeout.count() - (detail::monotonic_nanoseconds() - since);
            if (left <= 0 || !sleep(pause < left ? pause : left)) break;
            pause = pause < longest_pause ? 2 * pause : pause;
            take_requests();
            Delivery next = writer_.write(rest_of(batch, delivery.accepted), intent, false);
            delivery.accepted += next.accepted;
            delivery.error = static_cast<std::optional<Error>&&>(next.error);
        }
        return delivery;
    }
    static constexpr std::int64_t shortest_pause = 1'000'000;
    static constexpr std::int64_t longest_pause = 256'000'000;

    static Batch rest_of(const Batch& batch, std::size_t accepted) noexcept {
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < accepted; ++i) bytes += batch.lines[i].size;
        return {batch.bytes.substr(bytes), detail::lines_at(batch.lines.data() + accepted, batch.lines.size() - accepted)};
    }

    /// False when the recorder closes: then nobody waits any longer.
    [[nodiscard]] bool sleep(std::int64_t nanoseconds) const noexcept {
        constexpr std::int64_t slice = 10'000'000;
        for (; nanoseconds > 0; nanoseconds -= slice) {
            if (host_ != nullptr && host_->hurries()) return false;
            detail::sleep_nanoseconds(nanoseconds < slice ? nanoseconds : slice);
        }
        return true;
    }

    detail::LedgerWriter writer_;
    FileControl control_;
    SinkHost* host_ = nullptr;
    std::uint32_t rotations_ = 0;  // requests that were taken
    std::uint32_t reopenings_ = 0;
    std::optional<Error> stopped_;  // why
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/logrotate.hpp ----------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_LOGROTATE_HPP
#define NOTCH_SINK_LOGROTATE_HPP

namespace notch::inline NOTCH_ABI {

/// How often logrotate rotates a ledger; `unset`: as the system's logrotate.conf says.
enum class RotateEvery : std::uint8_t { unset, hour, day, week, month, year };

/// What logrotate does with a ledger, and where that is written down.
///
///     notch::LogrotateOptions options;
///     options.rotate = 7;
///     options.every = notch::RotateEvery::day;
struct LogrotateOptions {
    unsigned rotate = 0;                    ///< how many old files are kept; 0: what is rotated is removed
    RotateEvery every = RotateEvery::unset;
    std::uint64_t size = 0;                 ///< bytes from which on it is rotated; with `every`, before its time too; 0: whatever its size
    unsigned mode = 0;                      ///< permissions of the new file; 0: those of the old one
    std::string owner{};                    ///< of the new file, with `group`; empty: the old one's
    std::string group{};
    std::string su_user{};               ///< whom logrotate acts as, with `su_group`: it insists where others than root may write the directory
    std::string su_group{};
    /// Old files are compressed, one rotation later: a writer may have been about to append when its file was renamed.
    bool compress = false;
    /// Copies the file and truncates it. **Loses** what is appended between the two, whatever the writer does: only for writers
    /// that do not look whether their file was renamed. FileSink does.
    bool copytruncate = false;
    std::string postrotate{};               ///< shell commands that logrotate runs after a rotation; FileSink needs none

    std::string directory = "/etc/logrotate.d";
    std::string name{};                     ///< of the file there; empty: "notch-" and the ledger's name
    std::string timer = "logrotate.timer";  ///< the systemd unit that is enabled and started; empty: none
    std::chrono::nanoseconds command_timeout = std::chrono::seconds{60};  ///< for each call of systemctl
};

// Templates although none has a type to choose: who does not call them compiles none of it.

namespace detail {

template <class = void>
Error logrotate_error(std::string field, std::string expected, std::string_view found) {
    Error error;
    error.code = ErrorCode::broken_rule;
    error.place = "logrotate";
    error.field = static_cast<std::string&&>(field);
    error.expected = static_cast<std::string&&>(expected);
    error.found = found.empty() ? std::string{"nothing"} : "\"" + std::string{found} + "\"";
    return error;
}

/// A path as one word of logrotate's: it takes the text in quotes apart as a shell does, and then as a pattern.
template <class = void>
std::string logrotate_word(std::string_view path) {
    std::string out = "\"";
    for (const char c : path) {
        if (std::string_view{"*?[\\\""}.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out += '"';
}

/// logrotate looks for braces before it looks for quotes, and ends a word at a newline.
inline bool is_logrotate_path(std::string_view path) noexcept {
    for (const char c : path)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '{' || c == '}') return false;
    return path.starts_with('/') && !path.ends_with('/');
}

/// Names of users and groups stand on a line with others, unquoted.
inline bool is_account(std::string_view name) noexcept {
    for (const char c : name)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '"' || c == '\'' || c == '\\' || c == '#') return false;
    return !name.empty();
}

/// Both of a pair or neither.
template <class = void>
Result<void> check_accounts(const char* field, const std::string& user, const std::string& group) {
    if ((user.empty() && group.empty()) || (is_account(user) && is_account(group))) return {};
    return logrotate_error(field, "the names of a user and a group, or neither", user + ' ' + group);
}

/// A line of the script that logrotate would take for its end.
inline bool ends_script(std::string_view script) noexcept {
    while (!script.empty()) {
        const std::string_view line = script.substr(0, script.find('\n'));
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin != std::string_view::npos && line.substr(begin).starts_with("endscript")) return true;
        script.remove_prefix(line.size() < script.size() ? line.size() + 1 : line.size());
    }
    return false;
}

template <class = void>
Result<void> check_logrotate(std::string_view path, const LogrotateOptions& options) {
    if (!is_logrotate_path(path)) return logrotate_error("/path", "an absolute path of a file, without control characters and braces", path);
    if (options.mode > 07777) return logrotate_error("/mode", "permissions, at most 07777", std::to_string(options.mode));
    if (Result<void> good = check_accounts("/owner", options.owner, options.group); !good) return good;
    if (Result<void> good = check_accounts("/su_user", options.su_user, options.su_group); !good) return good;
    if (options.postrotate.find('\0') != std::string::npos || ends_script(options.postrotate))
        return logrotate_error("/postrotate", "commands without a NUL and without a line that begins with endscript", options.postrotate);
    return {};
}

inline void add_logrotate_line(std::string& out, std::string_view word, std::string_view rest = {}) {
    out += "    ";
    out += word;
    if (!rest.empty()) (out += ' ') += rest;
    out += '\n';
}

template <class = void>
std::string logrotate_create(const LogrotateOptions& options) {
    std::string out = "create";
    if (options.mode != 0) {
        char digits[] = " 0000";
        for (unsigned i = 4, left = options.mode; i > 0; --i, left /= 8) digits[i] = static_cast<char>('0' + left % 8);
        out += digits;
    }
    if (!options.owner.empty()) out += ' ' + options.owner + ' ' + options.group;
    return out;
}

template <class = void>
std::string logrotate_stanza(std::string_view path, const LogrotateOptions& options) {
    constexpr std::string_view intervals[] = {"", "hourly", "daily", "weekly", "monthly", "yearly"};
    const std::string_view interval = intervals[static_cast<std::size_t>(options.every)];
    std::string out = logrotate_word(path) + " {\n";
    add_logrotate_line(out, "rotate", std::to_string(options.rotate));
    if (!interval.empty()) add_logrotate_line(out, interval);
    if (options.size != 0) add_logrotate_line(out, interval.empty() ? "size" : "maxsize", std::to_string(options.size));
    add_logrotate_line(out, "missingok");
    add_logrotate_line(out, "notifempty");
    add_logrotate_line(out, options.copytruncate ? std::string{"copytruncate"} : logrotate_create(options));
    if (!options.su_user.empty()) add_logrotate_line(out, "su", options.su_user + ' ' + options.su_group);
    if (options.compress) {
        add_logrotate_line(out, "compress");
        add_logrotate_line(out, "delaycompress");
    }
    if (!options.postrotate.empty()) {
        add_logrotate_line(out, "postrotate");
        out += options.postrotate;
        if (!options.postrotate.ends_with('\n')) out += '\n';
        add_logrotate_line(out, "endscript");
    }
    return out += "}\n";
}

/// The file's own name among those of all programs, when the user gives none.
template <class = void>
std::string logrotate_name(std::string_view path) {
    std::string out = "notch-";
    for (const char c : path.substr(path.rfind('/') + 1)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        out += plain ? c : '_';
    }
    return out;
}

/// How a file begins that was made for this ledger.
template <class = void>
std::string logrotate_heading(std::string_view path) { return "# Made by notch for " + std::string{path} + '\n'; }

template <class = void>
Error logrotate_os_error(ErrorCode code, const LogrotateOptions& options, const std::string& name, std::string_view what, int number) {
    return os_error(code, "write " + options.directory + '/' + name, std::string{what}, number);
}

/// What another program, or another ledger, has put under the name is not replaced.
template <class = void>
Result<void> check_logrotate_file(int directory, const LogrotateOptions& options, const std::string& name, std::string_view heading) {
    const Opened opened = open_part(directory, name.c_str(), open_to_read);
    if (opened.error == ENOENT) return {};
    if (opened.error != 0) return logrotate_os_error(ErrorCode::open_failed, options, name, "a file that may be replaced", opened.error);
    std::string begin(heading.size(), '\0');
    const ReadOutcome read = read_bytes(opened.file.descriptor(), begin.data(), begin.size(), begin.size());
    if (read.error != 0) return logrotate_os_error(ErrorCode::read_failed, options, name, "a file that may be replaced", read.error);
    if (begin == heading) return {};
    Error error = logrotate_error("/name", "a file that was made for this ledger, or none", name);
    error.code = ErrorCode::refused;
    error.found = "a file with something else";
    return error;
}

/// The errno, or 0. Nothing is left of what could not be put in its place.
inline int place_file(int directory, const std::string& draft, const std::string& name, std::string_view text) {
    const Opened made = make_file(directory, draft.c_str(), 0600);
    if (made.error != 0) return made.error;
    int error = write_bytes(made.file.descriptor(), text).error;
    if (error == 0) error = set_mode(made.file.descriptor(), 0644);  // logrotate passes over files that others may write
    if (error == 0) error = sync_to_disk(made.file.descriptor());
    if (error == 0) error = move_name(directory, draft.c_str(), directory, name.c_str());
    if (error != 0) remove_file(directory, draft.c_str());
    return error != 0 ? error : sync_to_disk(directory);
}

template <class = void>
Result<void> write_logrotate_file(const LogrotateOptions& options, const std::string& name, std::string_view heading, std::string_view stanza) {
    const Opened directory = open_own_directory(options.directory.c_str());
    if (directory.error != 0) return logrotate_os_error(ErrorCode::open_failed, options, name, "a directory", directory.error);
    if (Result<void> mine = check_logrotate_file(directory.file.descriptor(), options, name, heading); !mine) return mine;
    // logrotate passes over names that end like this.
    const std::string draft = name + '.' + std::to_string(unique_number()) + '~';
    const int error = place_file(directory.file.descriptor(), draft, name, std::string{heading} + std::string{stanza});
    if (error != 0) return logrotate_os_error(ErrorCode::write_failed, options, name, "all bytes written", error);
    return {};
}

template <class = void>
Error command_error(std::string_view command, const CommandOutcome& outcome) {
    if (outcome.error != 0) return os_error(ErrorCode::failed, std::string{command}, "exit status 0", outcome.error);
    Error error;
    error.code = ErrorCode::failed;
    error.place = std::string{command};
    error.expected = "exit status 0";
    error.found = outcome.signal != 0 ? "signal " + std::to_string(outcome.signal) : "exit status " + std::to_string(outcome.status);
    return error;
}

template <class = void>
Result<void> enable_timer(const LogrotateOptions& options) {
    const char* const timer = options.timer.c_str();
    const std::int64_t patience = options.command_timeout.count();
    const char* const enable[] = {"systemctl", "enable", timer, nullptr};
    const char* const is_active[] = {"systemctl", "is-active", "--quiet", timer, nullptr};
    const char* const start[] = {"systemctl", "start", timer, nullptr};
    CommandOutcome outcome = run_command(enable, patience);
    if (!outcome.is_good()) return command_error("systemctl enable " + options.timer, outcome);
    outcome = run_command(is_active, patience);
    if (outcome.is_good()) return {};
    if (outcome.error != 0 || outcome.signal != 0) return command_error("systemctl is-active --quiet " + options.timer, outcome);
    outcome = run_command(start, patience);
    if (!outcome.is_good()) return command_error("systemctl start " + options.timer, outcome);
    return {};
}

}  // namespace detail

/// What logrotate is to be told of a ledger, as text for a file of its own.
///
///     std::fputs(notch::logrotate_config("/var/log/app/events.jsonl", {.rotate = 7})->c_str(), stdout);
///     // "/var/log/app/events.jsonl" {
///     //     rotate 7
///     //     missingok
///     //     notifempty
///     //     create
///     // }
///
/// Any thread. Blanks, quotes and characters of patterns in the path stand for themselves. ErrorCode::broken_rule: a path that is not
/// absolute or has control characters or braces, which logrotate cannot be told of; an owner without its group; a line of
/// `postrotate` that would end it.
template <class = void>
[[nodiscard]] Result<std::string> logrotate_config(std::string_view path, const LogrotateOptions& options = {}) {
    Result<void> good = detail::check_logrotate(path, options);
    if (!good) return static_cast<Result<void>&&>(good).error();
    return detail::logrotate_stanza(path, options);
}

/// Has the system's logrotate rotate a ledger: writes what logrotate_config gives to `options.directory`, whole or not at all, then
/// has systemd enable logrotate's timer and start it when it is not active.
///
///     if (auto done = notch::setup_logrotate("/var/log/app/events.jsonl"); !done) std::puts(done.error().message().c_str());
///     // systemctl enable logrotate.timer: expected exit status 0, found No such file or directory (errno 2)
///
/// Runs systemctl as PATH has it, without a shell, and waits for it. Any thread, root as a rule. Errors: those of logrotate_config;
/// ErrorCode::refused when the file there was made for something else; open_failed, read_failed, write_failed; failed, with the command in
/// `place`, when one fails: then the file is written all the same. Errno ECHILD: the program ignores SIGCHLD, so the command's end is unknown.
template <class = void>
Result<void> setup_logrotate(std::string_view path, const LogrotateOptions& options = {}) {
    const Result<std::string> stanza = logrotate_config(path, options);
    if (!stanza) return stanza.error();
    const std::string name = options.name.empty() ? detail::logrotate_name(path) : options.name;
    if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos || name.starts_with('.'))
        return detail::logrotate_error("/name", "a name of a file that does not begin with a dot", name);
    Result<void> written = detail::write_logrotate_file(options, name, detail::logrotate_heading(path), *stanza);
    if (!written || options.timer.empty()) return written;
    return detail::enable_timer(options);
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/null.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_NULL_HPP
#define NOTCH_SINK_NULL_HPP

namespace notch::inline NOTCH_ABI {

/// Takes every line and keeps none: to switch recording off, or to measure it.
///
///     notch::Recorder recorder{notch::NullSink{}};
struct NullSink {
    Delivery write(const Batch& batch) noexcept { return {batch.lines.size(), {}}; }
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/stream.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_STREAM_HPP
#define NOTCH_SINK_STREAM_HPP

namespace notch::inline NOTCH_ABI {

/// Which descriptor a StreamSink writes to, and how long it waits for one that is full.
///
///     notch::StreamSink sink{notch::StreamOptions{.descriptor = 1, .patience = std::chrono::milliseconds{50}}};
struct StreamOptions {
    int descriptor = 2;
    /// Of a non-blocking descriptor: how long it may take no byte before the rest of a batch is dropped and counted. Later batches
    /// are dropped at once, until it takes bytes again. 0: it never waits.
    std::chrono::nanoseconds patience = std::chrono::seconds{1};
};

/// Writes lines to a descriptor that is open already: standard error, or any other.
///
///     notch::Recorder recorder{notch::StreamSink{}};   // stderr
///     notch::Recorder other{notch::StreamSink{1}};     // stdout
///
/// The descriptor is not closed, keeps its flags, and must stay open as long as the recorder. A batch of whole lines is one write(2). What
/// cannot be written is dropped, counted and told (ErrorCode::write_failed); a line that was cut off is ended before the next one. A
/// pipe without a reader is such an error (EPIPE) and not the end of the process, on the recorder's thread as on one that calls poll(); the
/// process's signals stay as they are. A descriptor that blocks is waited for without limit; close() and the destructor give up after
/// RecorderOptions::close_timeout. On Windows it is a descriptor of the C library, newlines stay one byte, and `patience` is a second.
class StreamSink {
public:
    explicit StreamSink(int descriptor = 2) noexcept : StreamSink{StreamOptions{.descriptor = descriptor}} {}
    explicit StreamSink(StreamOptions options) noexcept : options_{options} {}

    Delivery write(const Batch& batch) {
        const int descriptor = detail::descriptor_of_stream(options_.descriptor);
        return writer_.write(descriptor, batch, "descriptor " + std::to_string(options_.descriptor), options_.patience.count());
    }

private:
    StreamOptions options_;
    detail::LineWriter writer_;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/tee.hpp ----------------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_TEE_HPP
#define NOTCH_SINK_TEE_HPP

namespace notch::inline NOTCH_ABI {

/// Hands every batch to several sinks; one that fails or throws does not keep the others from theirs.
///
///     notch::Recorder recorder{notch::Tee{notch::FileSink{"events.jsonl"}, notch::StreamSink{}}};
///     recorder.stats().sinks[1].written;  // what stderr took
///
/// A line counts as accepted when every sink took it; Stats::sinks says what each of them took, in the order given here.
/// What one sink refused leaves no gap line, since the others have it.
class Tee {
public:
    template <class First, class... Rest>
        requires(sizeof...(Rest) > 0 || !std::is_same_v<First, Tee>) && Sink<First> && (Sink<Rest> && ...)
    explicit Tee(First first, Rest... rest) {
        branches_.reserve(1 + sizeof...(Rest));
        add(static_cast<First&&>(first));
        (add(static_cast<Rest&&>(rest)), ...);
    }
    Tee(Tee&& other) noexcept = default;
    Tee& operator=(Tee&& other) noexcept = default;
    ~Tee() {
        for (Branch* branch : branches_) delete branch;
    }

    void attach(SinkHost& host) {
        for (Branch* branch : branches_) branch->sink->attach(host);
    }
    Result<void> start() {
        return each([](Branch& branch) { return branch.sink->start(); });
    }
    Result<void> idle() {
        return each([](Branch& branch) { return branch.sink->idle(); });
    }
    Result<void> flush() {
        return each([](Branch& branch) { return branch.sink->flush(); });
    }

    Delivery write(const Batch& batch) {
        Delivery together{batch.lines.size(), {}};
        for (Branch* branch : branches_) {
            Delivery one = branch->sink->write(batch);
            branch->count(batch, one.accepted);
            if (one.accepted < together.accepted) together.accepted = one.accepted;
            if (one.error.has_value() && !together.error.has_value()) together.error = static_cast<std::optional<Error>&&>(one.error);
        }
        return together;
    }

    template <class = void>
    [[nodiscard]] std::vector<SinkStats> stats() const {
        std::vector<SinkStats> out;
        for (const Branch* branch : branches_) {
            const std::string name = "sink " + std::to_string(out.size());
            out.push_back({name, branch->written.load(std::memory_order_relaxed), branch->dropped.load(std::memory_order_relaxed)});
        }
        return out;
    }

private:
    struct Branch {
        explicit Branch(detail::SinkBox box) noexcept : sink{static_cast<detail::SinkBox&&>(box)} {}

        /// Events only: gap lines are the recorder's own.
        void count(const Batch& batch, std::size_t accepted) noexcept {
            std::uint64_t taken = 0;
            std::uint64_t refused = 0;
            for (std::size_t i = 0; i < batch.lines.size(); ++i)
                if (!batch.lines[i].is_gap) ++(i < accepted ? taken : refused);
            written.fetch_add(taken, std::memory_order_relaxed);
            dropped.fetch_add(refused, std::memory_order_relaxed);
        }

        detail::SinkBox sink;
        std::atomic<std::uint64_t> written{0};
        std::atomic<std::uint64_t> dropped{0};
    };

    template <Sink S>
    void add(S sink) {
        branches_.push_back(new Branch{detail::SinkBox::of(static_cast<S&&>(sink))});
    }

    /// Every branch gets the call; the first error is the answer.
    template <class Call>
    Result<void> each(Call call) {
        Result<void> answer;
        for (Branch* branch : branches_) {
            Result<void> one = call(*branch);
            if (!one && answer) answer = one;
        }
        return answer;
    }

    detail::PlainList<Branch*> branches_;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- sink/capture.hpp ------------------------------------------------------------------------------------------------

#ifndef NOTCH_SINK_CAPTURE_HPP
#define NOTCH_SINK_CAPTURE_HPP

namespace notch::inline NOTCH_ABI {
namespace detail {

/// The lines that a capture has seen.
class CapturedLines {
public:
    void add(const Batch& batch) {
        const Lock lock{mutex_};
        std::size_t at = 0;
        for (const LineInfo& line : batch.lines) {
            lines_.add(batch.bytes.substr(at, line.size - 1));
            at += line.size;
        }
    }
    template <class = void>
    [[nodiscard]] std::vector<std::string_view> views() {
        const Lock lock{mutex_};
        std::vector<std::string_view> out;
        out.reserve(lines_.texts().size());
        for (const std::string* line : lines_.texts()) out.push_back(*line);
        return out;
    }
    void clear() {
        const Lock lock{mutex_};
        lines_.clear();
    }

private:
    Mutex mutex_;
    TextStore lines_;
};

struct CaptureSink {
    CapturedLines* lines;
    Delivery write(const Batch& batch) {
        lines->add(batch);
        return {batch.lines.size(), {}};
    }
};

}  // namespace detail

/// A recorder for tests: what the code under test records comes back as typed structs.
///
///     notch::Capture capture;
///     start_runner(capture.recorder());                       // the code under test
///     CHECK(capture.events<RunnerStart>()[0].flavor == "small");
///     CHECK(capture.lines().size() == 1);
///
/// events() and lines() flush first. Views, also those inside the structs, live until reset() or the capture's end. Call these
/// functions from one thread at a time; the recorder itself may be used from any.
class Capture {
public:
    // A template, as lines() is, so that only who makes one compiles a recorder with its sink.
    template <class = void>
    Capture() : Capture{RecorderOptions{}} {}
    template <class = void>
    explicit Capture(RecorderOptions options) : recorder_{detail::CaptureSink{&lines_}, static_cast<RecorderOptions&&>(options)} {}

    [[nodiscard]] Recorder& recorder() noexcept { return recorder_; }

    /// Every event of type T so far, in the order of the lines. An event is of type T by its name; without an envelope, by having
    /// T's fields. A line with T's name that cannot be read as a T is an error, told as the events' own are: see failures().
    template <class T>
    [[nodiscard]] std::vector<T> events() {
        failures_.clear();
        std::vector<T> out;
        for (const std::string_view line : lines()) {
            Result<T> event = detail::read_text_as<T, true>(line, unlimited(), &unescaped_);
            if (event) out.push_back(static_cast<T&&>(*event));
            else if (event.error().code != ErrorCode::wrong_event) failures_.push_back(event.error());
        }
        return out;
    }

    /// Why lines of that type were left out by the last call of events(); empty when none was.
    [[nodiscard]] const std::vector<Error>& failures() const noexcept { return failures_; }

    /// Every line so far, without its newline.
    template <class = void>
    [[nodiscard]] std::vector<std::string_view> lines() {
        recorder_.flush();
        return lines_.views();
    }

    /// Forgets everything so far; views of it end.
    void reset() {
        recorder_.flush();
        lines_.clear();
        unescaped_.clear();
        failures_.clear();
    }

private:
    // What is read back was written by this process, so only memory limits it.
    static Limits unlimited() noexcept {
        constexpr std::size_t most = static_cast<std::size_t>(-1);
        return {.max_bytes = most, .max_string = most, .max_elements = most};
    }

    detail::CapturedLines lines_;
    detail::TextStore unescaped_;  // what views of escaped texts show
    std::vector<Error> failures_;
    Recorder recorder_;  // last, so that it ends first
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/directory.hpp ----------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_DIRECTORY_HPP
#define NOTCH_READ_DIRECTORY_HPP

namespace notch::inline NOTCH_ABI {
namespace detail {

// ---- names ---------------------------------------------------------------------------------------------------------

/// Of a name's last part that no open file may have.
constexpr bool is_special_part(std::string_view part) noexcept { return part.empty() || part == "." || part == ".."; }

/// Why a name is not one beneath a directory; null when it is.
constexpr const char* name_fault(std::string_view name) noexcept {
    if (name.empty()) return "an empty name";
    if (name.find('\0') != std::string_view::npos) return "a name with a NUL byte";
    if (name.front() == '/') return "an absolute path";
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t slash = name.find('/', at);
        const std::size_t end = slash == std::string_view::npos ? name.size() : slash;
        const std::string_view part = name.substr(at, end - at);
        if (is_special_part(part)) return "a part that is empty, \".\" or \"..\"";
        if (const char* fault = part_fault(part)) return fault;
        at = end + 1;
    }
    return nullptr;
}

/// A name as it may stand in a message: its writer may be hostile, and control characters command terminals and forge lines.
inline std::string printable(std::string_view name) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            out += c;
        } else {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

/// What an error names; put together only when there is one.
struct FilePlace {
    std::string_view directory;  ///< empty: the name is a path by itself
    std::string_view name;

    [[nodiscard]] std::string text() const {
        if (directory.empty()) return printable(name);
        return printable(directory) + (directory.back() == '/' ? "" : "/") + printable(name);
    }
};

// ---- errors --------------------------------------------------------------------------------------------------------

NOTCH_INTERNAL_COLD inline Error refusal(const FilePlace& place, std::string expected, std::string found, int number = 0) {
    Error error;
    error.code = ErrorCode::refused;
    error.os_error = number;
    error.place = place.text();
    error.expected = static_cast<std::string&&>(expected);
    error.found = static_cast<std::string&&>(found);
    return error;
}

/// What an errno of opening says of the file itself; null when it says something of the system.
constexpr const char* refused_kind(int number) noexcept {
    switch (number) {
        case ELOOP: return "a symbolic link";
        case EMLINK: return "a symbolic link";  // as some BSDs tell it
        case EXDEV: return "another file system mounted there";
        case ENXIO: return "a socket, or a device without a driver";
        case ENOTDIR: return "something else in a directory's place";
        case EOVERFLOW: return "a file too large for this program";
        default: return nullptr;
    }
}

NOTCH_INTERNAL_COLD inline Error open_error(const FilePlace& place, const char* expected, int number) {
    if (const char* found = refused_kind(number)) return refusal(place, expected, found, number);
    return os_error(ErrorCode::open_failed, place.text(), expected, number);
}

}  // namespace detail

/// Goes through the names in a directory; made by Directory::names.
///
///     auto names = directory->names();
///     if (!names) return complain(names.error());
///     for (auto name = names->next(); name && !name->empty(); name = names->next()) visit(*name);
///
/// Takes the same memory however many names there are. The order is the system's. A name may stand for anything, or nothing any
/// more. One thread at a time.
class DirectoryNames {
public:
    /// The next name, without "." and ".."; empty at the end. Lives until the next call. Errors: read_failed.
    [[nodiscard]] Result<std::string_view> next() {
        int number = 0;
        const char* const name = stream_.next(number);
        if (number != 0) return detail::os_error(ErrorCode::read_failed, detail::printable(path_), "the names in a directory", number);
        return name == nullptr ? std::string_view{} : std::string_view{name};
    }

private:
    friend class Directory;
    DirectoryNames(detail::NameStream stream, std::string path)
        : stream_{static_cast<detail::NameStream&&>(stream)}, path_{static_cast<std::string&&>(path)} {}

    detail::NameStream stream_;
    std::string path_;
};

/// A handle of a directory beneath which an untrusted writer may do what it likes: nothing read through it leaves it.
///
///     auto directory = notch::Directory::open("/var/lib/runners");
///     if (!directory) return complain(directory.error());
///     auto job = notch::read_file<Job>(*directory, "runner-1/job.json", {.max_bytes = 1024});
///
/// The handle stays on the directory that was opened, whatever is renamed or exchanged. A name has one or more parts separated
/// by "/"; none may be empty, "." or "..", be a symbolic link, or lie on another mount. On Linux one openat2(2) resolves a name;
/// where the kernel (before 5.6) or a seccomp filter refuses that call, and elsewhere, each part is opened in the one before it.
/// The handle remembers which of the two works. On Windows names are UTF-8 and parts are opened one in the other; a reparse point of
/// any kind is refused like a link, and so is a part that would be another name there: one of a device (CON, COM1.txt), with a colon or
/// backslash, with a dot or space at its end, or short (LONGNA~1.TXT).
///
/// Movable, not copyable. Any number of threads may read through one handle at the same time.
class Directory {
public:
    /// Opens a directory. The path is the program's own and trusted up to its last part, which must not be a symbolic link;
    /// with a "/" at its end, that is trusted too. `opening` is for tests: the walk can be asked for.
    /// Errors: refused (a link, not a directory, an empty path or one with a NUL byte), open_failed.
    [[nodiscard]] static Result<Directory> open(std::string_view path, detail::Opening opening = detail::Opening::kernel) {
        const detail::FilePlace place{{}, path};
        if (path.empty() || path.find('\0') != std::string_view::npos)
            return detail::refusal(place, "the path of a directory", path.empty() ? "an empty path" : "a path with a NUL byte");
        std::string own{path};
        detail::Opened opened = detail::open_part(detail::working_directory, own.c_str(), detail::open_to_search);
        if (opened.error != 0) return detail::open_error(place, "a directory", opened.error);
        return Directory{static_cast<detail::File&&>(opened.file), static_cast<std::string&&>(own), opening};
    }

    Directory(Directory&& other) noexcept
        : file_{static_cast<detail::File&&>(other.file_)},
          path_{static_cast<std::string&&>(other.path_)},
          opening_{other.opening_.load(std::memory_order_relaxed)} {}
    Directory& operator=(Directory&& other) noexcept {
        file_ = static_cast<detail::File&&>(other.file_);
        path_ = static_cast<std::string&&>(other.path_);
        opening_.store(other.opening_.load(std::memory_order_relaxed), std::memory_order_relaxed);
        return *this;
    }
    ~Directory() = default;

    /// Opens a directory beneath this one, by the rules for names. Errors: refused, open_failed.
    [[nodiscard]] Result<Directory> open_directory(std::string_view name) const {
        Result<detail::File> file = open_beneath(name, detail::open_to_search, "a directory");
        if (!file) return file.error();
        return Directory{static_cast<detail::File&&>(*file), path_of(name), opening_.load(std::memory_order_relaxed)};
    }

    /// The names in this directory itself. Errors: open_failed, among others when the process may search but not list it.
    [[nodiscard]] Result<DirectoryNames> names() const {
        detail::NameStream stream;
        const int number = stream.open(file_.descriptor());
        if (number != 0) return detail::open_error({{}, path_}, "a directory that may be listed", number);
        return DirectoryNames{static_cast<detail::NameStream&&>(stream), path_};
    }

    /// The path it was opened by. For messages: something else may stand there by now.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// For the calls of base/platform_directory.hpp; it may be one that can only be searched.
    [[nodiscard]] int descriptor() const noexcept { return file_.descriptor(); }

    /// A descriptor of whatever stands under the name; read_text decides whether it is to be read.
    [[nodiscard]] Result<detail::File> open_file(std::string_view name) const {
        return open_beneath(name, detail::open_to_read, "a regular file");
    }

private:
    Directory(detail::File file, std::string path, detail::Opening opening) noexcept
        : file_{static_cast<detail::File&&>(file)}, path_{static_cast<std::string&&>(path)}, opening_{opening} {}

    [[nodiscard]] std::string path_of(std::string_view name) const {
        std::string out = path_;
        if (out.back() != '/') out += '/';
        out += name;
        return out;
    }

    Result<detail::File> open_beneath(std::string_view name, int flags, const char* expected) const {
        if (const char* fault = detail::name_fault(name)) return detail::refusal({path_, name}, "a name beneath the directory", fault);
        const detail::Opening before = opening_.load(std::memory_order_relaxed);
        detail::Opening opening = before;
        detail::Opened opened = detail::open_beneath(file_.descriptor(), std::string{name}, flags, opening);
        if (opening != before) opening_.store(opening, std::memory_order_relaxed);
        if (opened.error != 0) return detail::open_error({path_, name}, expected, opened.error);
        return static_cast<detail::File&&>(opened.file);
    }

    detail::File file_;
    std::string path_;
    mutable std::atomic<detail::Opening> opening_;  // only ever goes from kernel to walk
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/file.hpp ---------------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_FILE_HPP
#define NOTCH_READ_FILE_HPP

// read_text and read_file: a descriptor is opened once, everything is asked of it and nothing of the name again.

namespace notch::inline NOTCH_ABI::detail {

// ---- what is refused -----------------------------------------------------------------------------------------------

inline std::string links_found(std::uint64_t links) {
    if (links == 0) return "a file that was removed";
    return "a file with " + std::to_string(links) + " links";
}

NOTCH_INTERNAL_COLD inline Error too_large(const FilePlace& place, std::size_t limit, std::uint64_t size) {
    Error error;
    error.code = ErrorCode::limit;
    error.place = place.text();
    error.expected = "at most " + std::to_string(limit) + " bytes (max_bytes)";
    error.found = std::to_string(size) + " bytes";
    return error;
}

inline Result<void> check_kind(const FileStatus& status, const FilePlace& place) {
    if (status.kind != FileKind::regular) return refusal(place, "a regular file", words_for(status.kind));
    if (status.links != 1) return refusal(place, "a regular file with one link", links_found(status.links));
    return {};
}

/// What of the file is not as it was before reading; null when nothing is. `count` bytes were read.
inline const char* change_found(const FileStatus& before, const FileStatus& after, std::size_t count) noexcept {
    if (after.size > before.size || count > before.size) return "a file that grew while it was read";
    if (after.size < before.size || count < before.size) return "a file that shrank while it was read";
    if (after.modified != before.modified || after.changed != before.changed) return "a file that was changed while it was read";
    return nullptr;
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Memory for `room` bytes and the bytes themselves; what is read before an error stays in `bytes`.
inline Result<void> fill(const File& file, const FilePlace& place, std::size_t enough, std::size_t room, std::string& bytes) {
    NOTCH_INTERNAL_TRY {
        bytes.resize(room);
    }
    NOTCH_INTERNAL_CATCH_ALL {
        Error error = out_of_memory();
        error.place = place.text();
        return error;
    }
    const ReadOutcome outcome = read_bytes(file.descriptor(), bytes.data(), enough, room);
    bytes.resize(outcome.count);
    if (outcome.error == 0) return {};
    return os_error(ErrorCode::read_failed, place.text(), "the bytes of the file", outcome.error);
}

inline Error status_error(const FilePlace& place, int number) {
    return os_error(ErrorCode::read_failed, place.text(), "the status of the file", number);
}

/// Reads all of a file that stays as it is. The memory taken is the file's size and a byte, once the size is known to be within
/// the limit; the byte tells a file that grew, and one whose size the system does not know, such as those of /proc.
inline Result<void> read_whole(const File& file, const FilePlace& place, std::size_t max_bytes, std::string& bytes) {
    FileStatus before;
    if (const int number = find_status(file.descriptor(), before); number != 0) return status_error(place, number);
    if (Result<void> kind = check_kind(before, place); !kind) return kind;
    if (before.size > max_bytes) return too_large(place, max_bytes, before.size);
    const auto size = static_cast<std::size_t>(before.size);
    if (Result<void> filled = fill(file, place, size, size + 1, bytes); !filled) return filled;
    FileStatus after;
    if (const int number = find_status(file.descriptor(), after); number != 0) return status_error(place, number);
    if (const char* change = change_found(before, after, bytes.size())) return refusal(place, "a file that stays as it is", change);
    return {};
}

/// The last part of a path, behind which nothing is trusted.
constexpr std::string_view last_part(std::string_view path) noexcept {
    const std::size_t slash = path.find_last_of(path_separators);
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

inline Result<File> open_path(std::string_view path) {
    const FilePlace place{{}, path};
    if (path.find('\0') != std::string_view::npos) return refusal(place, "the path of a file", "a path with a NUL byte");
    if (is_special_part(last_part(path)))
        return refusal(place, "the path of a file", path.empty() ? "an empty path" : "the path of a directory");
    if (const char* fault = part_fault(last_part(path))) return refusal(place, "the path of a file", fault);
    Opened opened = open_part(working_directory, std::string{path}.c_str(), open_to_read);
    if (opened.error != 0) return open_error(place, "a regular file", opened.error);
    return static_cast<File&&>(opened.file);
}

inline Result<std::string> read_opened(const Result<File>& file, const FilePlace& place, const Limits& limits) {
    if (!file) return file.error();
    std::string bytes;
    Result<void> done = read_whole(*file, place, limits.max_bytes, bytes);
    if (!done) return static_cast<Result<void>&&>(done).error();
    return bytes;
}

/// The first bytes of a file that read_text found too large or changing, for what keeps evidence: they need not fit together.
inline Result<std::string> read_start(const Directory& directory, std::string_view name, std::size_t max_bytes) {
    const FilePlace place{directory.path(), name};
    const Result<File> file = directory.open_file(name);
    if (!file) return file.error();
    FileStatus status;
    if (const int number = find_status(file->descriptor(), status); number != 0) return status_error(place, number);
    if (Result<void> kind = check_kind(status, place); !kind) return kind.error();
    const auto room = status.size < max_bytes ? static_cast<std::size_t>(status.size) : max_bytes;
    std::string bytes;
    if (room == 0) return bytes;
    if (Result<void> filled = fill(*file, place, room, room, bytes); !filled) return filled.error();
    return bytes;
}

template <class T>
Result<T> parse_text(const Result<std::string>& text, const FilePlace& place, const Limits& limits) {
    constexpr bool copies = !borrows_text<T>;
    static_assert(copies, "notch: this type has a std::string_view, and the text of the file is gone when read_file returns: use "
                          "std::string in the type, or read_text and from_json, and keep the text");
    if (!text) return text.error();
    if constexpr (copies) {
        Result<T> value = from_json<T>(*text, limits);
        if (value) return value;
        Error error = static_cast<Result<T>&&>(value).error();
        error.place = place.text();
        return error;
    } else {
        return Error{};
    }
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI {

/// Reads the bytes of a file that an untrusted writer may have put beneath a directory.
///
///     auto text = notch::read_text(*directory, "runner-1/job.json", {.max_bytes = 1024});
///     if (!text) std::puts(text.error().message().c_str());
///     // /var/lib/runners/runner-1/job.json: expected a regular file, found a FIFO
///
/// Of `limits` only max_bytes counts. The file must be a regular one with exactly one link, not larger than the limit, and keep
/// its size and times while it is read. Never waits for another process, never maps the file, takes no memory beyond the limit and a
/// small constant. Not noticed: a change that leaves the size, within one tick of the file system's clock (up to 10 ms before Linux
/// 6.13). Not helped: a file system that itself answers slowly or not at all.
///
/// Thread-safe. Errors, with the path in `place`: refused (a name that leads out of the directory, a link, a FIFO, a device, ...; a
/// file that changed), limit, open_failed, read_failed, no_memory.
[[nodiscard]] inline Result<std::string> read_text(const Directory& directory, std::string_view name, const Limits& limits = {}) {
    return detail::read_opened(directory.open_file(name), {directory.path(), name}, limits);
}

/// The same by a path, of which only the last part is untrusted: links before it are followed, it must not be one. Where the writer
/// can exchange the directories on the way, open the first trusted one as a Directory. /dev/stdin and its like are links, so they
/// are refused.
[[nodiscard]] inline Result<std::string> read_text(std::string_view path, const Limits& limits = {}) {
    return detail::read_opened(detail::open_path(path), {{}, path}, limits);
}

/// Reads a value from a JSON file that an untrusted writer may have put beneath a directory: read_text, then from_json.
///
///     struct Job { std::uint32_t cpu; std::string repository; };
///     auto job = notch::read_file<Job>(*directory, "job.json", {.max_bytes = 1024});
///     if (!job) std::puts(job.error().message().c_str());
///     // /var/lib/runners/job.json, line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1
///
/// The errors of both, with the path in `place`. T may hold no std::string_view. Thread-safe.
template <class T>
[[nodiscard]] Result<T> read_file(const Directory& directory, std::string_view name, const Limits& limits = {}) {
    return detail::parse_text<T>(read_text(directory, name, limits), {directory.path(), name}, limits);
}

/// The same by a path, of which only the last part is untrusted; see read_text.
template <class T>
[[nodiscard]] Result<T> read_file(std::string_view path, const Limits& limits = {}) {
    return detail::parse_text<T>(read_text(path, limits), {{}, path}, limits);
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/quarantine.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_QUARANTINE_HPP
#define NOTCH_READ_QUARANTINE_HPP

// ---- read/quarantine_store.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_READ_QUARANTINE_STORE_HPP
#define NOTCH_READ_QUARANTINE_STORE_HPP

// The directory of a Quarantine. All its changes are made under a lock, so whoever has it knows that a draft, or a reason
// without its file, was left by a process that died, and may remove it.

namespace notch::inline NOTCH_ABI::detail {

// ---- names: TIME-COUNTER-HASH, and the same with .json -----------------------------------------------------------------

inline constexpr std::size_t time_digits = 19;  // of any positive 64-bit count
inline constexpr std::size_t counter_digits = 6;
inline constexpr std::uint32_t counters = 1'000'000;
inline constexpr std::size_t hash_digits = 16;
inline constexpr std::size_t kept_name_size = time_digits + 1 + counter_digits + 1 + hash_digits;
inline constexpr std::string_view reason_suffix = ".json";
inline constexpr std::string_view draft_prefix = ".new-";

inline void append_padded(std::string& out, std::uint64_t value, std::size_t digits, std::uint64_t base) {
    const std::size_t begin = out.size();
    out.resize(begin + digits);
    for (std::size_t i = digits; i-- > 0; value /= base) out[begin + i] = "0123456789abcdef"[value % base];
}

inline std::string kept_name(std::uint64_t microseconds, std::uint32_t counter, std::uint64_t hash) {
    std::string out;
    append_padded(out, microseconds, time_digits, 10);
    out += '-';
    append_padded(out, counter, counter_digits, 10);
    out += '-';
    append_padded(out, hash, hash_digits, 16);
    return out;
}

constexpr bool is_kept_name(std::string_view name) noexcept {
    if (name.size() != kept_name_size) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool dash = i == time_digits || i == time_digits + 1 + counter_digits;
        const bool letter = i > time_digits + 1 + counter_digits && c >= 'a' && c <= 'f';
        if (dash ? c != '-' : !letter && (c < '0' || c > '9')) return false;
    }
    return true;
}

constexpr std::string_view without_suffix(std::string_view name, std::string_view suffix) noexcept {
    return name.substr(0, name.ends_with(suffix) ? name.size() - suffix.size() : name.size());
}
constexpr bool is_reason_name(std::string_view name) noexcept {
    return name.ends_with(reason_suffix) && is_kept_name(without_suffix(name, reason_suffix));
}
constexpr bool is_draft_name(std::string_view name) noexcept {
    return name.starts_with(draft_prefix) && is_kept_name(without_suffix(name.substr(draft_prefix.size()), reason_suffix));
}

constexpr std::uint64_t time_of(std::string_view kept) noexcept {
    std::uint64_t out = 0;
    for (const char c : kept.substr(0, time_digits)) out = out * 10 + static_cast<std::uint64_t>(c - '0');
    return out;
}

// ---- one file on its way ------------------------------------------------------------------------------------------------

/// A file that is written under a draft's name and then linked to its own. What is not settled is removed again.
class Draft {
public:
    Draft(int directory, std::string name) : directory_{directory}, name_{static_cast<std::string&&>(name)} {
        draft_ = std::string{draft_prefix} + name_;
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() {
        if (written_) remove_file(directory_, draft_.c_str());
        if (published_ && !settled_) remove_file(directory_, name_.c_str());
    }

    // All return the errno, or 0.
    int write(std::string_view bytes) {
        const Opened made = make_file(directory_, draft_.c_str(), 0600);
        if (made.error != 0) return made.error;
        written_ = true;
        const int error = set_mode(made.file.descriptor(), 0600);
        if (error != 0) return error;
        const WriteOutcome outcome = write_bytes(made.file.descriptor(), bytes);
        return outcome.error != 0 ? outcome.error : sync_to_disk(made.file.descriptor());
    }
    int publish() noexcept {
        const int error = link_file(directory_, draft_.c_str(), name_.c_str());
        if (error != 0) return error;
        published_ = true;
        written_ = remove_file(directory_, draft_.c_str()) != 0;
        return 0;
    }
    void settle() noexcept { settled_ = true; }

private:
    int directory_;
    std::string name_;
    std::string draft_;
    bool written_ = false;
    bool published_ = false;
    bool settled_ = false;
};

// ---- the directory ------------------------------------------------------------------------------------------------------

struct QuarantineCaps {
    std::size_t files = 0;
    std::uint64_t bytes = 0;
    std::int64_t age_seconds = 0;
};

class QuarantineStore {
public:
    [[nodiscard]] static Result<QuarantineStore> open(const std::string& path) {
        const int made = make_directory(path.c_str(), 0700);
        if (made != 0 && made != EEXIST) return open_error({{}, path}, "a directory that is there or can be made", made);
        Opened opened = open_own_directory(path.c_str());
        if (opened.error != 0) return open_error({{}, path}, "a directory", opened.error);
        QuarantineStore out{path, static_cast<File&&>(opened.file)};
        if (Result<void> done = out.make_private(); !done) return done.error();
        if (made == 0) sync_name_of_directory(out.descriptor());  // best effort: the directory is made again when it is gone
        Opened lock = open_lock_file(out.descriptor(), ".lock");
        if (lock.error != 0) return open_error({path, ".lock"}, "a lock file", lock.error);
        out.lock_ = static_cast<File&&>(lock.file);
        return out;
    }

    /// Others wait from here on until unlock.
    [[nodiscard]] Result<void> lock() const {
        const int error = lock_exclusively(lock_.descriptor(), 10'000'000'000);
        if (error == 0) return {};
        return os_error(ErrorCode::failed, text_of(".lock"), "the lock of the quarantine", error);
    }
    void unlock() const noexcept { detail::unlock(lock_.descriptor()); }

    /// Removes what a killed process left, what is too old at `now`, and the oldest until another file of `more` bytes fits. Locked.
    [[nodiscard]] Result<void> evict(const QuarantineCaps& caps, std::uint64_t now, std::size_t more_files,
                                     std::uint64_t more_bytes) const {
        TextStore names;
        PlainList<Kept> files;
        if (Result<void> done = survey(names, files); !done) return done;
        std::uint64_t bytes = 0;
        for (std::size_t i = 0; i < files.size();) {
            if (now > time_of(*files[i].name) && is_over(caps, now - time_of(*files[i].name))) {
                if (Result<void> done = remove(files, i); !done) return done;
            } else {
                bytes += files[i++].bytes;
            }
        }
        while (!files.empty() && (files.size() + more_files > caps.files || bytes + more_bytes > caps.bytes)) {
            const std::size_t oldest = find_oldest(files);
            bytes -= files[oldest].bytes;
            if (Result<void> done = remove(files, oldest); !done) return done;
        }
        return {};
    }

    /// Keeps the bytes and the reason under a name that nothing has; that name. Locked.
    [[nodiscard]] Result<std::string> put(std::uint64_t now, std::uint32_t& counter, std::string_view bytes,
                                          std::string_view reason) const {
        const std::uint64_t hash = hash_text(bytes);
        constexpr int most_tries = 1'000;
        for (int tries = 1;; ++tries) {
            std::string name = kept_name(now, counter++ % counters, hash);
            const int error = put_pair(name, bytes, reason);
            if (error == 0) return name;
            if (error != EEXIST || tries == most_tries)
                return os_error(ErrorCode::write_failed, text_of(name), "a file with these bytes", error);
        }
    }

private:
    struct Kept {
        const std::string* name;
        std::uint64_t bytes;
    };

    QuarantineStore(std::string path, File directory) noexcept
        : path_{static_cast<std::string&&>(path)}, directory_{static_cast<File&&>(directory)} {}

    [[nodiscard]] int descriptor() const noexcept { return directory_.descriptor(); }
    [[nodiscard]] std::string text_of(std::string_view name) const { return FilePlace{path_, name}.text(); }
    [[nodiscard]] Error list_error(int number) const { return os_error(ErrorCode::read_failed, path_, "the names in a directory", number); }

    // Permissions are changed only where that cannot take away anything: on a directory with nothing in it.
    Result<void> make_private() const {
        FileStatus status;
        if (const int number = find_status(descriptor(), status); number != 0) return open_error({{}, path_}, "a directory", number);
        if (status.owner != own_user())
            return refusal({{}, path_}, "a directory of this user", "one of user " + std::to_string(status.owner));
        if (status.mode == 0700) return {};
        NameStream names;
        int number = names.open(descriptor());
        if (number != 0) return list_error(number);
        const bool empty = names.next(number) == nullptr && number == 0;
        if (!empty && (status.mode & 077U) != 0)
            return refusal({{}, path_}, "a directory that only its owner may enter (mode 0700), or an empty one",
                           "others' permissions on its files");
        if (empty) number = set_mode(descriptor(), 0700);
        if (number != 0) return open_error({{}, path_}, "a directory of mode 0700", number);
        return {};
    }

    static bool is_over(const QuarantineCaps& caps, std::uint64_t age) noexcept {
        return static_cast<std::int64_t>(age / 1'000'000) > caps.age_seconds;
    }

    static std::size_t find_oldest(const PlainList<Kept>& files) noexcept {
        std::size_t oldest = 0;
        for (std::size_t i = 1; i < files.size(); ++i)
            if (files[i].name->compare(*files[oldest].name) < 0) oldest = i;
        return oldest;
    }

    /// Lists what is kept; removes drafts, and reasons without a file.
    Result<void> survey(TextStore& kept, PlainList<Kept>& files) const {
        NameStream names;
        int number = names.open(descriptor());
        if (number != 0) return list_error(number);
        while (const char* const name = names.next(number)) {
            if (is_kept_name(name)) files.push_back({&kept.add(name), size_of(name) + size_of(std::string{name} + ".json")});
            else if (is_draft_name(name) || (is_reason_name(name) && !has_file(name))) remove_file(descriptor(), name);
        }
        return number == 0 ? Result<void>{} : list_error(number);
    }

    [[nodiscard]] std::uint64_t size_of(const std::string& name) const noexcept {
        FileStatus status;
        return find_status_at(descriptor(), name.c_str(), status) == 0 ? status.size : 0;
    }
    [[nodiscard]] bool has_file(std::string_view reason) const {
        FileStatus status;
        return find_status_at(descriptor(), std::string{without_suffix(reason, reason_suffix)}.c_str(), status) != ENOENT;
    }

    /// The file goes before its reason: a reason alone is known for a leftover.
    Result<void> remove(PlainList<Kept>& files, std::size_t index) const {
        const std::string& name = *files[index].name;
        files[index] = files.back();
        files.pop_back();
        int error = remove_file(descriptor(), name.c_str());
        if (error == 0 || error == ENOENT) error = remove_file(descriptor(), (name + ".json").c_str());
        if (error == 0 || error == ENOENT) return {};
        return os_error(ErrorCode::write_failed, text_of(name), "the oldest file removed", error);
    }

    /// The errno, or 0. The reason appears before the file: whoever sees the file finds its reason.
    [[nodiscard]] int put_pair(const std::string& name, std::string_view bytes, std::string_view reason) const {
        Draft why{descriptor(), name + ".json"};
        Draft file{descriptor(), name};
        int error = why.write(reason);
        if (error == 0) error = file.write(bytes);
        if (error == 0) error = why.publish();
        if (error == 0) error = file.publish();
        if (error == 0) error = sync_to_disk(descriptor());
        if (error != 0) return error;
        why.settle();
        file.settle();
        return 0;
    }

    std::string path_;
    File directory_;
    File lock_;
};

/// Holds the lock of a store while it lives, if it got it.
class QuarantineLock {
public:
    explicit QuarantineLock(const QuarantineStore& store) : store_{store}, got_{store.lock()} {}
    QuarantineLock(const QuarantineLock&) = delete;
    QuarantineLock& operator=(const QuarantineLock&) = delete;
    ~QuarantineLock() {
        if (got_) store_.unlock();
    }
    [[nodiscard]] const Result<void>& got() const noexcept { return got_; }

private:
    const QuarantineStore& store_;
    Result<void> got_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// Where a Quarantine is and how much it may hold. Reaching a cap evicts the oldest.
///
///     auto quarantine = notch::Quarantine::open({.path = "/var/lib/notch/quarantine", .max_files = 100});
struct QuarantineOptions {
    std::string path{};
    std::size_t max_files = 1'000;                  ///< kept at a time; the reasons beside them not counted
    std::uint64_t max_bytes = 64 * 1024 * 1024;     ///< of all that is kept, the reasons included
    std::uint64_t max_bytes_each = 1024 * 1024;     ///< of one file; what is longer is cut
    std::chrono::seconds max_age{30 * 24 * 3600};   ///< by the clock, counted from when it was kept
    Clock clock = system_microseconds;
};

/// What stands in the reason file, as JSON, beside what is kept.
///
///     {"time":"2026-11-20T17:00:00.123456Z","source":"runner-1/job.json","error":"expected a JSON value, found the end of the text",
///      "bytes":0,"kept":0,"truncated":false}
struct QuarantineReason {
    std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<std::int64_t, std::micro>> time{};
    std::string source{};    ///< the first 4 KiB of what the tenant called it
    std::string error{};     ///< the first 4 KiB of the error's message
    std::uint64_t bytes = 0; ///< size of the source
    std::uint64_t kept = 0;  ///< how many of them are in the file
    bool truncated = false;
};

namespace detail {

// What to_json makes of it, without its templates, which every program that includes notch.hpp would compile.
inline char* put_reason(char* out, const QuarantineReason& reason) noexcept {
    out = put_time_point(put_plain(out, "{\"time\":"), reason.time, false);
    out = put_text(put_plain(out, ",\"source\":"), reason.source);
    out = put_text(put_plain(out, ",\"error\":"), reason.error);
    out = write_u64(put_plain(out, ",\"bytes\":"), reason.bytes);
    out = write_u64(put_plain(out, ",\"kept\":"), reason.kept);
    return put_plain(put_bool(put_plain(out, ",\"truncated\":"), reason.truncated), "}\n");
}

/// The reason file's bytes.
inline std::string reason_text(const QuarantineReason& reason) {
    std::string out;
    const std::size_t worst = escaped_bound(reason.source.size()) + escaped_bound(reason.error.size()) + 256;
    append_written(out, worst, [&reason](char* at) { return put_reason(at, reason); });
    return out;
}

}  // namespace detail

/// Keeps what could not be read, for a person to look at later.
///
///     auto quarantine = notch::Quarantine::open({.path = "quarantine"});
///     auto text = notch::read_text(*directory, "job.json");
///     auto job = notch::from_json<Job>(*text);
///     if (!job) auto kept = quarantine->keep("runner-1/job.json", *text, job.error());
///     // *kept: 0001795190400123456-000000-cbf29ce484222325, and the same with .json: why
///
/// The bytes that were read are written anew, so it may be on another file system than the source. Their file's name is made of the
/// time in microseconds since 1970, a counter and a hash (FNV-1a) of the bytes, never of a name that the tenant chose. Files have mode 0600
/// in a directory of mode 0700, which is made if absent. A file appears complete and synced, after its reason, or not at all, even
/// when the process is killed or the machine stops; it never replaces another. Leftovers of a killed process go with the next
/// open or keep. Only files with such names are counted and evicted.
///
/// On Windows there are no modes: the directory inherits who may enter it, so make it in one that is private.
///
/// Movable. One thread at a time; any number of Quarantines, also of several processes, may share a directory: they wait for each
/// other, up to ten seconds.
class Quarantine {
public:
    /// Opens the directory. The path is trusted up to its last part, which must not be a symbolic link. A directory that others may
    /// enter is made private while it is empty, else refused, as is another user's. Errors: refused, open_failed, write_failed.
    [[nodiscard]] static Result<Quarantine> open(QuarantineOptions options) {
        const detail::FilePlace place{{}, options.path};
        if (options.path.empty() || options.path.find('\0') != std::string::npos)
            return detail::refusal(place, "the path of a directory", options.path.empty() ? "an empty path" : "a path with a NUL byte");
        Result<detail::QuarantineStore> store = detail::QuarantineStore::open(options.path);
        if (!store) return store.error();
        Quarantine out{static_cast<QuarantineOptions&&>(options), static_cast<detail::QuarantineStore&&>(*store)};
        if (Result<void> done = out.evict(); !done) return done.error();
        return out;
    }

    /// Keeps the bytes that were read of `source`, which had `source_bytes` if that is more. Returns the file's name in the
    /// directory. Errors: limit when the options have no room for a single file, write_failed, read_failed, and failed when another
    /// process does not give up the lock. After an error nothing of it is kept.
    [[nodiscard]] Result<std::string> keep(std::string_view source, std::string_view bytes, const Error& why,
                                           std::uint64_t source_bytes = 0) {
        const std::uint64_t time = now();
        QuarantineReason reason = make_reason(time, source, why);
        reason.bytes = source_bytes > bytes.size() ? source_bytes : bytes.size();
        reason.kept = reason.bytes;
        const std::size_t reason_room = detail::reason_text(reason).size() + 1;  // as long as it can get, and a newline
        if (options_.max_files == 0 || reason_room > options_.max_bytes) return no_room(source);
        reason.kept = bytes.size();
        for (const std::uint64_t most : {options_.max_bytes_each, options_.max_bytes - reason_room})
            if (reason.kept > most) reason.kept = most;
        reason.truncated = reason.kept != reason.bytes;
        return put(time, bytes.substr(0, static_cast<std::size_t>(reason.kept)), detail::reason_text(reason));
    }

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }

private:
    Quarantine(QuarantineOptions options, detail::QuarantineStore store) noexcept
        : options_{static_cast<QuarantineOptions&&>(options)}, store_{static_cast<detail::QuarantineStore&&>(store)} {}

    [[nodiscard]] std::uint64_t now() const {
        const std::int64_t time = options_.clock();
        return time < 0 ? 0 : static_cast<std::uint64_t>(time);
    }
    [[nodiscard]] detail::QuarantineCaps caps() const noexcept {
        return {options_.max_files, options_.max_bytes, options_.max_age.count()};
    }

    /// By itself, so that the lock is given up before the store moves.
    [[nodiscard]] Result<void> evict() const {
        const detail::QuarantineLock lock{store_};
        if (!lock.got()) return lock.got().error();
        return store_.evict(caps(), now(), 0, 0);
    }

    static QuarantineReason make_reason(std::uint64_t time, std::string_view source, const Error& why) {
        constexpr std::size_t most = 4096;
        QuarantineReason out;
        out.time = decltype(out.time){std::chrono::duration<std::int64_t, std::micro>{static_cast<std::int64_t>(time)}};
        out.source = source.substr(0, most);
        out.error = why.message().substr(0, most);
        return out;
    }

    [[nodiscard]] Error no_room(std::string_view source) const {
        Error error;
        error.code = ErrorCode::limit;
        error.place = detail::FilePlace{options_.path, source}.text();
        error.expected = "room for a file and its reason (max_files, max_bytes)";
        error.found = "none";
        return error;
    }

    Result<std::string> put(std::uint64_t time, std::string_view bytes, std::string_view reason) {
        const detail::QuarantineLock lock{store_};
        if (!lock.got()) return lock.got().error();
        if (Result<void> done = store_.evict(caps(), time, 1, bytes.size() + reason.size()); !done) return done.error();
        return store_.put(time, counter_, bytes, reason);
    }

    QuarantineOptions options_;
    detail::QuarantineStore store_;
    std::uint32_t counter_ = 0;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/intake.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_INTAKE_HPP
#define NOTCH_READ_INTAKE_HPP

// ---- read/intake_core.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_INTAKE_CORE_HPP
#define NOTCH_READ_INTAKE_CORE_HPP

// ---- read/intake_claims.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_INTAKE_CLAIMS_HPP
#define NOTCH_READ_INTAKE_CLAIMS_HPP

// ---- read/intake_trash.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_INTAKE_TRASH_HPP
#define NOTCH_READ_INTAKE_TRASH_HPP

// Removes trees whose writers may still be changing them. A tree becomes garbage by one rename, so that it is never
// seen half removed. Then each directory's files are unlinked and its directories moved up, beside it: any depth takes
// the same memory and two descriptors, and no step ever goes back to where a writer could have moved things.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::string_view gone_prefix = ".gone-";    // to be removed
inline constexpr std::string_view stuck_prefix = ".stuck-";  // could not be; tried again by the next owner

constexpr bool is_trash_name(std::string_view name) noexcept {
    return name.starts_with(gone_prefix) || name.starts_with(stuck_prefix);
}

class IntakeTrash {
public:
    /// Moves what stands under a name to the trash in `own`, a private directory: from here on it is gone. The errno,
    /// or 0.
    int take(int from, const char* name, int own) {
        int error = EEXIST;
        while (error == EEXIST || error == ENOTEMPTY) {
            last_ = next_name(gone_prefix);
            error = move_name(from, name, own, last_.c_str());
        }
        if (error == 0) ++waiting_;
        return error;
    }

    /// Removes what is in the trash. What cannot be removed is reported, once for each, and set aside. Stops after so
    /// many names that a writer who goes on making them cannot go on for ever; the next call goes on.
    void clear(int own, const std::string& path, const ErrorHandler& on_error) {
        constexpr std::size_t most_names = 100'000;
        left_ = most_names;
        if (waiting_ == 0) return;
        if (waiting_ == 1) {  // as nearly always: no need to look for it
            waiting_ = 0;
            const std::string only = static_cast<std::string&&>(last_);
            const int number = remove(own, only.c_str(), path, on_error);
            if (number == 0 && waiting_ == 0 && left_ != 0) return;
        }
        waiting_ = 2;  // unless all are found and removed
        bool found = true;
        while (found && left_ != 0) {
            found = false;
            NameStream names;
            int number = names.open(own);
            while (number == 0 && left_ != 0) {
                const char* const name = names.next(number);
                if (name == nullptr) break;
                if (!std::string_view{name}.starts_with(gone_prefix)) continue;
                found = true;
                number = remove(own, name, path, on_error);
            }
            if (number != 0) return report(number, path, on_error);
        }
        if (!found) waiting_ = 0;
    }

private:
    static void report(int number, const std::string& path, const ErrorHandler& on_error) {
        on_error(os_error(ErrorCode::read_failed, printable(path), "the names of what is to be removed", number));
    }

    std::string next_name(std::string_view prefix) {
        std::string out{prefix};
        append_padded(out, counter_++, time_digits, 10);
        return out;
    }

    // Returns an errno only when going on is useless: what can be neither removed nor set aside would be found again
    // and again.
    int remove(int own, const char* name, const std::string& path, const ErrorHandler& on_error) {
        int error = remove_file(own, name);
        if (error == EISDIR || error == EPERM) error = remove_directory(own, name);
        if (error == 0 || error == ENOENT || left_ == 0) return 0;
        on_error(
            os_error(ErrorCode::write_failed, FilePlace{path, name}.text(), "an entry that can be removed", error));
        return move_name(own, name, own, next_name(stuck_prefix).c_str());
    }

    int remove_directory(int own, const char* name) {
        int error = 0;
        for (int tries = 0; tries < 3; ++tries) {  // its writer may have made another file meanwhile
            error = empty_directory(own, name);
            if (error == 0) error = remove_directory_at(own, name);
            if (error != ENOTEMPTY) break;
        }
        return error;
    }

    static Opened open_for_removal(int own, const char* name) {
        Opened out = open_own_directory_at(own, name);
        if (out.error == EACCES && set_mode_at(own, name, 0700) == 0) out = open_own_directory_at(own, name);
        if (out.error != 0) return out;
        FileStatus status;
        if (find_status(out.file.descriptor(), status) == 0 && status.owner == own_user() &&
            (status.mode & 0700U) != 0700U)
            set_mode(out.file.descriptor(), 0700);
        return out;
    }

    /// The first errno, after having tried everything in it.
    int empty_directory(int own, const char* name) {
        const Opened directory = open_for_removal(own, name);
        if (directory.error != 0) return directory.error;
        NameStream names;
        int number = names.open(directory.file.descriptor());
        if (number != 0) return number;
        int first = 0;
        while (left_ != 0) {
            const char* const inner = names.next(number);
            if (inner == nullptr) break;
            --left_;
            const int error = remove_inner(directory.file.descriptor(), inner, own);
            if (first == 0 && error != ENOENT) first = error;
        }
        return first != 0 ? first : number;
    }

    int remove_inner(int directory, const char* inner, int own) {
        int error = remove_file(directory, inner);
        if (error != EISDIR && error != EPERM) return error;
        const int told = error;
        error = take(directory, inner, own);
        if (error == EACCES && set_mode_at(directory, inner, 0700) == 0) error = take(directory, inner, own);
        return error == 0 || told == EISDIR ? error : told;
    }

    std::string last_;          // the name of what was taken last
    std::size_t waiting_ = 0;   // how much was taken and is not removed; more than one: look for it
    std::uint64_t counter_ = 0;
    std::size_t left_ = 0;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// Who has which entry. The directory of the claims is private to its user and holds
//
//     OWNER/             locked while its extractor lives; OWNER is made of the process's number and the time
//     OWNER/lock         held by the process itself: tells a dead extractor from a child of it that has inherited the other lock
//     OWNER/ID/NAME      a claim: the entry, under its own name; without NAME: one that has ended
//     OWNER/.gone-N      what is being removed
//
// Each step is one rename, so that whenever an extractor dies, each entry is in one place only. ID is made before the
// first claim and goes with the entry, so a repeat has the id of the first time.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr const char* owner_lock_name = "lock";
inline constexpr const char* claims_name = ".notch-intake";

// ---- names ---------------------------------------------------------------------------------------------------------

constexpr bool is_hex(std::string_view text) noexcept {
    for (const char c : text)
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
    return !text.empty();
}

/// Hexadecimal numbers of 16 digits with dashes between: an id has three, an owner two.
constexpr bool is_hex_row(std::string_view name, std::size_t numbers) noexcept {
    if (name.size() != numbers * 17 - 1) return false;
    for (std::size_t at = 0; at < name.size(); at += 17)
        if (!is_hex(name.substr(at, 16)) || (at != 0 && name[at - 1] != '-')) return false;
    return true;
}
constexpr bool is_intake_id(std::string_view name) noexcept { return is_hex_row(name, 3); }
constexpr bool is_owner_name(std::string_view name) noexcept { return is_hex_row(name, 2); }

inline std::string hex_row(const std::uint64_t* numbers, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        if (i != 0) out += '-';
        append_padded(out, numbers[i], 16, 16);
    }
    return out;
}

/// The inode and its time tell an entry from all others of its file system; no writer can choose them. The hash of name
/// and content is for those that live within one tick of the file system's clock.
inline std::string intake_id(const FileStatus& status, std::uint64_t hash) {
    const auto time = static_cast<std::uint64_t>(status.changed.seconds) * 1'000'000'000 +
                      static_cast<std::uint64_t>(status.changed.nanoseconds);
    const std::uint64_t numbers[] = {time, status.inode, hash};
    return hex_row(numbers, 3);
}

inline std::string owner_name(std::uint64_t process, std::uint64_t time) {
    const std::uint64_t numbers[] = {process, time};
    return hex_row(numbers, 2);
}
inline bool is_owner_of_process(std::string_view name, std::uint64_t process) {
    return name.substr(0, 16) == std::string_view{owner_name(process, 0)}.substr(0, 16);
}

// ---- an owner's directory ------------------------------------------------------------------------------------------

/// A locked directory of claims. `lock` is open only in the one that the extractor itself has made.
struct IntakeOwner {
    std::string name;
    File directory;
    File lock;
};

/// Locks an owner's directory that was just made. False when another extractor took it for a dead one's meanwhile.
inline bool lock_new_owner(int claims, IntakeOwner& owner) noexcept {
    Opened opened = open_own_directory_at(claims, owner.name.c_str());
    if (opened.error != 0) return false;
    owner.directory = static_cast<File&&>(opened.file);
    const int directory = owner.directory.descriptor();
    if (set_mode(directory, 0700) != 0) return false;
    Opened lock = open_lock_file(directory, owner_lock_name);
    if (lock.error != 0) return false;
    owner.lock = static_cast<File&&>(lock.file);
    // In this order: whoever sees the first lock held finds the second one held as well.
    if (hold_by_process(owner.lock.descriptor()) != 0 || !try_lock(directory)) return false;
    FileStatus here;
    FileStatus named;
    return find_status(directory, here) == 0 && find_status_at(claims, owner.name.c_str(), named) == 0 &&
           here.is_same_file(named);
}

/// Opens the directory of an owner that is dead; false when it lives, or that cannot be told. It is locked, unless a
/// child of the dead one still has the lock.
inline bool open_dead_owner(int claims, const char* name, IntakeOwner& out) {
    if (!is_owner_name(name)) return false;
    Opened opened = open_own_directory_at(claims, name);
    if (opened.error != 0) return false;
    out = IntakeOwner{name, static_cast<File&&>(opened.file), File{}};
    if (try_lock(out.directory.descriptor())) return true;
    // Another extractor of this process: to open its lock file and close it again would take the lock from it.
    if (is_owner_of_process(name, own_process())) return false;
    const Opened lock = open_lock_file_of_other(out.directory.descriptor(), owner_lock_name);
    return lock.error == 0 && !is_held_by_other_process(lock.file.descriptor());
}

// ---- the claims ----------------------------------------------------------------------------------------------------

template <class = void>
class IntakeClaims {
public:
    /// `path` empty: inside the base.
    [[nodiscard]] static Result<IntakeClaims> open(const Directory& base, const std::string& path) {
        constexpr int most_tries = 100;
        for (int tries = 1;; ++tries) {
            Result<Directory> claims = open_claims(base, path);
            if (!claims) return claims.error();
            IntakeOwner owner;
            const int error = make_owner(claims->descriptor(), owner);
            if (error == 0) {
                Result<Directory> own = claims->open_directory(owner.name);
                if (!own) return own.error();
                return IntakeClaims{path, static_cast<Directory&&>(*claims), static_cast<Directory&&>(*own),
                                    static_cast<IntakeOwner&&>(owner)};
            }
            // ENOENT: the last extractor to leave has removed the directory of the claims.
            if (tries == most_tries || (error != EAGAIN && error != ENOENT && error != EEXIST))
                return os_error(ErrorCode::open_failed, printable(claims->path()),
                                "a directory that claims can be made in", error);
        }
    }

    /// The directory that claimed entries are read in, as "ID/NAME".
    [[nodiscard]] const Directory& own() const noexcept { return own_; }
    /// False when it was moved from or closed.
    [[nodiscard]] bool is_open() const noexcept { return owner_.directory.is_open(); }
    [[nodiscard]] int top() const noexcept { return claims_.descriptor(); }

    // All that follow return the errno, or 0.

    /// Takes an entry from the base; ENOENT when another one has it.
    int claim(const Directory& base, const std::string& name, const std::string& id) {
        const int own = own_.descriptor();
        int error = make_claim(id);
        if (error != 0) return error;
        error = move_name(base.descriptor(), name.c_str(), own, place_of(id, name).c_str());
        if (error == EACCES && set_mode_at(own, id.c_str(), 0700) == 0)  // it may have been the umask
            error = move_name(base.descriptor(), name.c_str(), own, place_of(id, name).c_str());
        if (error != 0) keep_spare(id);
        return error;
    }

    /// Puts it where it was, unless something else is there by now.
    int give_back(const Directory& base, const std::string& name, const std::string& id) {
        const int error =
            move_to_free_name(own_.descriptor(), place_of(id, name).c_str(), base.descriptor(), name.c_str());
        if (error == 0) keep_spare(id);
        return error;
    }

    /// Ends a claim: the entry will not come again. A directory that its writer has closed meanwhile goes with the claim around it.
    int finish(const std::string& id, const std::string& name) {
        const int own = own_.descriptor();
        if (trash_.take(own, place_of(id, name).c_str(), own) != 0) return trash_.take(own, id.c_str(), own);
        keep_spare(id);
        return 0;
    }
    void clear_trash(const ErrorHandler& on_error) { trash_.clear(own_.descriptor(), own_.path(), on_error); }

    /// The name of a claimed entry; empty when its owner died before it had the entry.
    int find_name(const std::string& id, std::string& name) const {
        name.clear();
        const Opened claim = open_own_directory_at(own_.descriptor(), id.c_str());
        if (claim.error != 0) return claim.error;
        NameStream names;
        int number = names.open(claim.file.descriptor());
        if (number != 0) return number;
        if (const char* const first = names.next(number)) name = first;
        if (number == 0 && name.empty()) remove_directory_at(own_.descriptor(), id.c_str());
        return number;
    }

    /// Takes over what dead extractors had, and appends the ids.
    int adopt(std::vector<std::string>& ids) {
        NameStream owners;
        int number = owners.open(top());
        while (number == 0) {
            const char* const name = owners.next(number);
            if (name == nullptr) break;
            IntakeOwner dead;
            if (open_dead_owner(top(), name, dead)) adopt_from(dead, ids);
        }
        return number;
    }

    /// Leaves nothing behind but claims that are not finished, which the next extractor takes over.
    void close(const Directory& base) {
        if (!spare_.empty()) remove_directory_at(own_.descriptor(), spare_.c_str());
        remove_file(owner_.directory.descriptor(), owner_lock_name);
        remove_directory_at(top(), owner_.name.c_str());
        owner_.directory.reset();
        if (path_.empty()) remove_directory_at(base.descriptor(), claims_name);
        else remove_directory_at(working_directory, path_.c_str());
    }

    static std::string place_of(const std::string& id, const std::string& name) { return id + "/" + name; }

private:
    IntakeClaims(std::string path, Directory claims, Directory own, IntakeOwner owner)
        : path_{static_cast<std::string&&>(path)},
          claims_{static_cast<Directory&&>(claims)},
          own_{static_cast<Directory&&>(own)},
          owner_{static_cast<IntakeOwner&&>(owner)} {}

    /// The directory of a claim: the last one's under another name, since to make and to remove one can cost more than all the rest.
    int make_claim(const std::string& id) {
        const std::string spare = static_cast<std::string&&>(spare_);
        spare_.clear();
        const int own = own_.descriptor();
        if (!spare.empty() && move_name(own, spare.c_str(), own, id.c_str()) == 0) return 0;
        return make_directory_at(own, id.c_str(), 0700);
    }
    void keep_spare(const std::string& id) {
        if (spare_.empty()) spare_ = id;
        else remove_directory_at(own_.descriptor(), id.c_str());
    }

    static Result<Directory> open_claims(const Directory& base, const std::string& path) {
        const bool inside = path.empty();
        const int made =
            inside ? make_directory_at(base.descriptor(), claims_name, 0700) : make_directory(path.c_str(), 0700);
        const std::string shown = inside ? FilePlace{base.path(), claims_name}.text() : printable(path);
        if (made != 0 && made != EEXIST)
            return open_error({{}, shown}, "a directory that is there or can be made", made);
        Result<Directory> out = inside ? base.open_directory(claims_name) : Directory::open(path);
        if (!out) return out.error();
        Opened opened = open_own_directory_at(out->descriptor(), ".");
        if (opened.error != 0) return open_error({{}, shown}, "a directory of claims", opened.error);
        if (Result<void> done = keep_private(opened.file.descriptor(), made == 0, shown); !done) return done.error();
        return static_cast<Directory&&>(*out);
    }

    static Result<void> keep_private(int directory, bool made, const std::string& shown) {
        FileStatus status;
        int number = find_status(directory, status);
        if (number == 0 && made && status.owner == own_user()) number = set_mode(directory, 0700);
        if (number == 0) number = find_status(directory, status);
        if (number != 0) return open_error({{}, shown}, "a directory of claims", number);
        if (status.owner == own_user() && status.mode == 0700) return {};
        return refusal(
            {{}, shown}, "a directory of this user with mode 0700",
            status.owner == own_user() ? "others' permissions" : "one of user " + std::to_string(status.owner));
    }

    /// The errno, or 0; EAGAIN when another extractor came between.
    static int make_owner(int claims, IntakeOwner& owner) {
        owner.name = owner_name(own_process(), static_cast<std::uint64_t>(monotonic_nanoseconds()));
        const int error = make_directory_at(claims, owner.name.c_str(), 0700);
        if (error != 0) return error;
        return lock_new_owner(claims, owner) ? 0 : EAGAIN;
    }

    void adopt_from(const IntakeOwner& dead, std::vector<std::string>& ids) {
        const int from = dead.directory.descriptor();
        NameStream names;
        int number = names.open(from);
        while (number == 0) {
            const char* const name = names.next(number);
            if (name == nullptr) break;
            if (is_trash_name(name)) trash_.take(from, name, own_.descriptor());
            else if (is_intake_id(name) && move_name(from, name, own_.descriptor(), name) == 0) ids.emplace_back(name);
        }
        remove_file(from, owner_lock_name);
        remove_directory_at(top(), dead.name.c_str());
    }

    std::string path_;
    Directory claims_;
    Directory own_;
    IntakeOwner owner_;
    std::string spare_;  // an empty directory of a claim that has ended
    IntakeTrash trash_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- read/intake_entry.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_INTAKE_ENTRY_HPP
#define NOTCH_READ_INTAKE_ENTRY_HPP

// What an intake is told, what it hands to the function that judges an entry, and what that answers.

namespace notch::inline NOTCH_ABI {
namespace detail {

template <class = void>
class IntakeReader;

enum class IntakeOutcome : std::uint8_t { value, leave, clean_up, corrupt };

}  // namespace detail

/// What has become of an entry; each pass decides once for each, `yielded` and what follows it apart.
enum class IntakeDecision : std::uint8_t {
    ignored,      ///< IntakeOptions::ignore names it
    left,         ///< it stays where it is: as its judge wants, or `error` says why
    cleaned_up,   ///< there was nothing in it, and it was removed
    quarantined,  ///< `error` says what is wrong with it; the quarantine has it
    yielded,      ///< the loop has its value; `removed` or `kept` follows, unless the loop is left
    removed,      ///< the loop has moved on from it
    kept          ///< it should have been removed, or put away, and could not be, as `error` says; it comes again
};

/// One decision of an intake.
struct IntakeNotice {
    IntakeDecision decision{};
    std::string_view name{};       ///< of the entry, as its writer has called it; lives during the call
    std::string_view id{};         ///< as in Taken; empty when the entry was not claimed
    const Error* error = nullptr;  ///< null when there is nothing wrong
};

/// Which directory an intake empties and by what rules.
///
///     for (auto& job : notch::intake<Job>({.path = "spool", .quarantine = {.path = "quarantine"}})) use(*job);
struct IntakeOptions {
    std::string path{};                   ///< the directory; trusted up to its last part, which must not be a link
    std::vector<std::string> files{};     ///< an entry is a directory with these files; none: an entry is a file
    Limits limits{};                      ///< for each file: max_bytes for what is read, all for what is parsed
    std::vector<std::string> ignore{};    ///< names of entries that are left alone
    QuarantineOptions quarantine{};       ///< where corrupt entries go; without a path they are reported and stay
    std::string claims{};                 ///< a private directory on this file system; empty: ".notch-intake" in it
    std::size_t max_entries = 1'000'000;  ///< taken in one pass, so that no writer can make it endless
    ErrorHandler on_error{};              ///< told of corrupt entries, and of what cannot be read, moved or removed
    Handler<IntakeNotice> on_decision{};  ///< told what becomes of each entry, on the thread of the loop
};

/// What becomes of an entry without a value and without an error.
enum class IntakeAnswer : std::uint8_t {
    leave,    ///< not ready yet, or somebody else's: it stays where it is
    clean_up  ///< nothing in it, and nothing will come: it is removed
};

/// An entry as the judging function sees it: what was read of it.
///
///     [](const notch::IntakeEntry& entry) -> notch::IntakeVerdict<Job> {
///         if (!entry.has("job.json")) return notch::IntakeAnswer::clean_up;
///         auto job = entry.read<Job>("job.json");          // from_json with the intake's limits
///         if (!job) return job.error();                     // to the quarantine
///         auto installed = entry.read<double>("installed");  // a number as text is JSON, too
///         ...
///
/// Lives while the function runs.
class IntakeEntry {
public:
    /// As its writer has called it; it may hold any byte but NUL and '/'.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Where it stands, or one of its files: the `place` of an error.
    [[nodiscard]] std::string place(std::string_view file = {}) const {
        const std::string entry = detail::FilePlace{base_, name_}.text();
        return file.empty() ? entry : entry + "/" + detail::printable(file);
    }

    /// Whether one of IntakeOptions::files was there.
    [[nodiscard]] bool has(std::string_view file) const noexcept { return find(file) != nullptr; }
    [[nodiscard]] bool has() const noexcept { return has(first()); }

    /// The bytes of a file; empty when it is absent. Without a name: of the entry that is a file itself, or of the
    /// first one.
    [[nodiscard]] std::string_view text(std::string_view file) const noexcept {
        const File* const found = find(file);
        return found == nullptr ? std::string_view{} : std::string_view{found->bytes};
    }
    [[nodiscard]] std::string_view text() const noexcept { return text(first()); }

    /// A value from the JSON in a file, by from_json with the intake's limits. Errors: those of from_json, with the
    /// file in `place`; missing_field when it is absent. T may hold no std::string_view.
    template <class T>
    [[nodiscard]] Result<T> read(std::string_view file) const {
        static_assert(!detail::borrows_text<T>,
                      "notch: this type has a std::string_view, and the text is gone when the entry is: use "
                      "std::string in the type");
        const File* const found = find(file);
        if (found == nullptr) return absent(file);
        if constexpr (!detail::borrows_text<T>) {
            Result<T> value = from_json<T>(found->bytes, limits_);
            if (value) return value;
            Error error = static_cast<Result<T>&&>(value).error();
            error.place = place(file);
            return error;
        } else {
            return Error{};
        }
    }
    template <class T>
    [[nodiscard]] Result<T> read() const {
        return read<T>(first());
    }

private:
    template <class>
    friend class detail::IntakeReader;

    struct File {
        std::string name;
        std::string bytes;
        std::uint64_t size = 0;  // of the file, of which `bytes` may be the start only
        bool there = false;
        bool operator==(const File&) const = default;
    };

    [[nodiscard]] std::string_view first() const noexcept {
        return files_.empty() ? std::string_view{} : std::string_view{files_.front().name};
    }
    [[nodiscard]] const File* find(std::string_view file) const noexcept {
        for (const File& one : files_)
            if (one.there && one.name == file) return &one;
        return nullptr;
    }
    [[nodiscard]] Error absent(std::string_view file) const {
        Error error;
        error.code = ErrorCode::missing_field;
        error.place = place(file);
        error.expected = "a file";
        error.found = "none";
        return error;
    }

    std::string base_;
    std::string name_;
    Limits limits_;
    std::vector<File> files_;
    bool whole_ = false;  // nothing was refused
};

/// What the judging function says of an entry: a value, an error for the quarantine, or an IntakeAnswer; converts from
/// each of them.
template <class T>
class IntakeVerdict {
public:
    IntakeVerdict(T value) : value_{static_cast<T&&>(value)}, outcome_{detail::IntakeOutcome::value} {}
    IntakeVerdict(Error why) : why_{static_cast<Error&&>(why)}, outcome_{detail::IntakeOutcome::corrupt} {}
    IntakeVerdict(IntakeAnswer answer)
        : outcome_{answer == IntakeAnswer::leave ? detail::IntakeOutcome::leave : detail::IntakeOutcome::clean_up} {}
    IntakeVerdict(Result<T> result) : outcome_{result ? detail::IntakeOutcome::value : detail::IntakeOutcome::corrupt} {
        if (result) value_.emplace(static_cast<T&&>(*result));
        else why_ = static_cast<Result<T>&&>(result).error();
    }

private:
    template <class, class>
    friend class Intake;

    std::optional<T> value_;
    Error why_;
    detail::IntakeOutcome outcome_;
};

/// A value that an intake yields: `*job` and `job->member` are the value.
template <class T>
struct Taken {
    std::string id;    ///< the same whenever this entry comes again, and no other's
    std::string name;  ///< of the entry, as its writer has called it
    T value;

    [[nodiscard]] T& operator*() noexcept { return value; }
    [[nodiscard]] const T& operator*() const noexcept { return value; }
    [[nodiscard]] T* operator->() noexcept { return &value; }
    [[nodiscard]] const T* operator->() const noexcept { return &value; }
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/intake_reader.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_INTAKE_READER_HPP
#define NOTCH_READ_INTAKE_READER_HPP

namespace notch::inline NOTCH_ABI::detail {

/// Reads an entry's files, all within limits and beneath a directory, and keeps them in the quarantine.
template <class>
class IntakeReader {
public:
    /// Reads the entry that stands at `place` beneath the directory. The outcome is `value` when nothing was refused,
    /// `corrupt` when its writer made something of it that is not read, and `leave` when the system failed; the last
    /// two with the reason.
    static IntakeOutcome load(const Directory& directory, std::string_view place, const IntakeOptions& options,
                              IntakeEntry& entry, Error& why) {
        entry.limits_ = options.limits;
        entry.files_.clear();
        entry.whole_ = true;
        if (options.files.empty()) return load_file(directory, std::string{place}, "", entry, why);
        for (const std::string& file : options.files) {
            const IntakeOutcome outcome = load_file(directory, std::string{place} + "/" + file, file, entry, why);
            if (outcome == IntakeOutcome::leave) return outcome;
        }
        return entry.whole_ ? IntakeOutcome::value : IntakeOutcome::corrupt;
    }

    static IntakeEntry named(std::string base, std::string name) {
        IntakeEntry out;
        out.base_ = static_cast<std::string&&>(base);
        out.name_ = static_cast<std::string&&>(name);
        return out;
    }

    static bool is_same(const IntakeEntry& one, const IntakeEntry& other) {
        return one.whole_ && other.whole_ && one.files_ == other.files_;
    }

    static std::uint64_t hash_of(const IntakeEntry& entry) {
        std::string all = entry.name_;
        for (const auto& file : entry.files_) {
            all += '\0';
            append_padded(all, hash_text(file.bytes), 16, 16);
        }
        return hash_text(all);
    }

    /// Keeps each file that was read under a name of the quarantine's own, all with the same reason; without one, the
    /// reason alone.
    static Result<void> keep(Quarantine& quarantine, const IntakeEntry& entry, const Error& why) {
        bool any = false;
        for (const auto& file : entry.files_) {
            if (!file.there) continue;
            any = true;
            const std::string source = file.name.empty() ? entry.name_ : entry.name_ + "/" + file.name;
            Result<std::string> kept = quarantine.keep(source, file.bytes, why, file.size);
            if (!kept) return static_cast<Result<std::string>&&>(kept).error();
        }
        if (any) return {};
        Result<std::string> kept = quarantine.keep(entry.name_, {}, why);
        return kept ? Result<void>{} : Result<void>{static_cast<Result<std::string>&&>(kept).error()};
    }

private:
    static IntakeOutcome load_file(const Directory& directory, const std::string& place, const std::string& name,
                                   IntakeEntry& entry, Error& why) {
        IntakeEntry::File& file = entry.files_.emplace_back();
        file.name = name;
        Result<std::string> text = read_text(directory, place, entry.limits_);
        if (text) {
            file.bytes = static_cast<std::string&&>(*text);
            file.size = file.bytes.size();
            file.there = true;
            return IntakeOutcome::value;
        }
        if (text.error().code == ErrorCode::open_failed && text.error().os_error == ENOENT && !name.empty())
            return IntakeOutcome::value;
        return refuse(directory, place, file, entry, static_cast<Result<std::string>&&>(text).error(), why);
    }

    static IntakeOutcome refuse(const Directory& directory, const std::string& place, IntakeEntry::File& file,
                                IntakeEntry& entry, Error error, Error& why) {
        const bool by_system = error.code != ErrorCode::refused && error.code != ErrorCode::limit;
        error.place = entry.place(file.name);
        if (by_system || entry.whole_) why = static_cast<Error&&>(error);
        entry.whole_ = false;
        if (by_system) return IntakeOutcome::leave;
        keep_start(directory, place, entry.limits_, file);
        return IntakeOutcome::corrupt;
    }

    /// What there is of a file that is too large, or does not keep still, for the quarantine.
    static void keep_start(const Directory& directory, const std::string& place, const Limits& limits,
                           IntakeEntry::File& file) {
        Result<std::string> start = read_start(directory, place, limits.max_bytes);
        if (!start) return;
        file.bytes = static_cast<std::string&&>(*start);
        file.size = file.bytes.size();
        file.there = true;
        const Result<File> opened = directory.open_file(place);
        FileStatus status;
        if (opened && find_status(opened->descriptor(), status) == 0) file.size = status.size;
    }
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// The loop of an intake, for values of any type: an entry is read where it stands, and claimed only when there is
// something to be done with it, so that what is not ready is never moved. What counts is then read again, where nobody
// can exchange it.

namespace notch::inline NOTCH_ABI::detail {

/// The judging function, its types forgotten: it keeps the value to itself.
struct IntakeJudge {
    void* self;
    IntakeOutcome (*call)(void* self, const IntakeEntry& entry, Error& why);
};

/// The loop. A template so that those who take entries compile it, and not every program that includes notch.hpp.
template <class Late = void>
class IntakeCore {
public:
    [[nodiscard]] static Result<IntakeCore> open(IntakeOptions options) {
        Result<Directory> base = Directory::open(options.path);
        if (!base) return base.error();
        std::optional<Quarantine> quarantine;
        if (!options.quarantine.path.empty()) {
            Result<Quarantine> opened = Quarantine::open(options.quarantine);
            if (!opened) return opened.error();
            quarantine.emplace(static_cast<Quarantine&&>(*opened));
        }
        Result<IntakeClaims<Late>> claims = IntakeClaims<Late>::open(*base, options.claims);
        if (!claims) return claims.error();
        return IntakeCore{static_cast<IntakeOptions&&>(options), static_cast<Directory&&>(*base),
                          static_cast<IntakeClaims<Late>&&>(*claims), static_cast<std::optional<Quarantine>&&>(quarantine)};
    }
    IntakeCore(IntakeCore&&) = default;
    IntakeCore& operator=(IntakeCore&&) = delete;
    ~IntakeCore() {
        if (is_own()) claims_.close(base_);
    }

    /// Ends the claim of the entry at hand and goes on to the next one with a value; false when the pass is over, and
    /// the next call begins another.
    [[nodiscard]] bool next(const IntakeJudge& judge) {
        if (!is_own()) return false;
        finish_current(IntakeDecision::removed);
        if (!begun_) begin();
        while (taken_ < options_.max_entries) {
            Step step = take_adopted(judge);
            if (step == Step::none) step = take_listed(judge);
            if (step == Step::none && !adopt()) break;
            if (step == Step::yielded) return true;
        }
        begun_ = false;
        return false;
    }

    [[nodiscard]] bool has_current() const noexcept { return current_.has_value() && is_own(); }
    [[nodiscard]] const std::string& id() const noexcept { return current_->id; }
    [[nodiscard]] const std::string& name() const noexcept { return current_->name; }

private:
    enum class Step : std::uint8_t { yielded, handled, none };

    struct Claim {
        std::string id;
        std::string name;
    };

    IntakeCore(IntakeOptions options, Directory base, IntakeClaims<Late> claims, std::optional<Quarantine> quarantine)
        : options_{static_cast<IntakeOptions&&>(options)},
          base_{static_cast<Directory&&>(base)},
          claims_{static_cast<IntakeClaims<Late>&&>(claims)},
          quarantine_{static_cast<std::optional<Quarantine>&&>(quarantine)} {
        find_status(claims_.top(), claims_status_);
        if (quarantine_) find_status_at(working_directory, options_.quarantine.path.c_str(), quarantine_status_);
    }

    /// A child of fork(2) has a copy of all this, but the entry is its parent's.
    [[nodiscard]] bool is_own() const noexcept { return claims_.is_open() && process_ == own_process(); }

    void report(const Error& error) const { options_.on_error(error); }
    void report(ErrorCode code, const std::string& name, const char* expected, int number) const {
        report(os_error(code, FilePlace{base_.path(), name}.text(), expected, number));
    }
    /// Reports an error, and what therefore becomes of the entry.
    void report(IntakeDecision decision, const std::string& name, const char* expected, int number) const {
        const Error error = os_error(ErrorCode::write_failed, FilePlace{base_.path(), name}.text(), expected, number);
        report(error);
        tell(decision, name, &error);
    }
    void tell(IntakeDecision decision, const std::string& name, const Error* error = nullptr) const {
        options_.on_decision({decision, name, current_ ? std::string_view{current_->id} : std::string_view{}, error});
    }
    [[nodiscard]] const Error* wrong() const noexcept { return wrong_ ? &why_ : nullptr; }

    // ---- passes
    // --------------------------------------------------------------------------------------------------------

    void begin() {
        begun_ = true;
        taken_ = 0;
        adopt();
        claims_.clear_trash(options_.on_error);
        const int number = names_.open(base_.descriptor());
        listing_ = number == 0;
        if (number != 0) report(open_error({{}, base_.path()}, "a directory that may be listed", number));
    }

    /// Takes over what extractors left that have died; whether there was something.
    bool adopt() {
        const int number = claims_.adopt(adopted_);
        if (number != 0)
            report(os_error(ErrorCode::read_failed, printable(base_.path()), "the names of other extractors", number));
        return !adopted_.empty();
    }

    /// The next name in the base that stands for an entry.
    bool next_name(std::string& name, FileStatus& status) {
        while (listing_) {
            int number = 0;
            const char* const found = names_.next(number);
            listing_ = found != nullptr;
            if (number != 0)
                report(os_error(ErrorCode::read_failed, printable(base_.path()), "the names in a directory", number));
            if (found == nullptr) return false;
            name = found;
            if (name == claims_name) continue;
            if (is_ignored(name)) {
                tell(IntakeDecision::ignored, name);
                continue;
            }
            number = find_status_at(base_.descriptor(), name.c_str(), status);
            if (number == 0 && is_entry(name, status)) return true;
            if (number != 0 && number != ENOENT) report(ErrorCode::read_failed, name, "the status of an entry", number);
        }
        return false;
    }

    [[nodiscard]] bool is_ignored(const std::string& name) const noexcept {
        for (const std::string& ignored : options_.ignore)
            if (ignored == name) return true;
        return false;
    }

    /// A file whose name begins with a dot is one that its writer will rename when it is complete.
    [[nodiscard]] bool is_entry(const std::string& name, const FileStatus& status) const noexcept {
        if (options_.files.empty()) return status.kind == FileKind::regular && name.front() != '.';
        return status.kind == FileKind::directory && !status.is_same_file(claims_status_) &&
               !status.is_same_file(quarantine_status_);
    }

    // ---- one entry
    // -----------------------------------------------------------------------------------------------------

    Step take_listed(const IntakeJudge& judge) {
        std::string name;
        FileStatus status;
        if (!next_name(name, status)) return Step::none;
        IntakeEntry entry = IntakeReader<>::named(base_.path(), name);
        const IntakeOutcome outcome = look(base_, name, entry, judge);
        if (outcome == IntakeOutcome::corrupt && !quarantine_) report(why_);
        if (outcome == IntakeOutcome::leave || (outcome == IntakeOutcome::corrupt && !quarantine_)) {
            if (!wrong_ || !has_vanished(why_)) tell(IntakeDecision::left, name, wrong());
            return Step::handled;
        }
        current_.emplace(Claim{intake_id(status, IntakeReader<>::hash_of(entry)), name});
        if (!claim_current()) return Step::handled;
        FileStatus claimed;
        const int number = find_status_at(claims_.own().descriptor(), place_of_current().c_str(), claimed);
        if (number != 0) report(ErrorCode::read_failed, name, "the status of an entry", number);
        // Exchanged since it was looked at: the id is not this one's. Another time.
        if (number != 0 || !claimed.is_same_file(status)) return settle(IntakeOutcome::leave, entry);
        return settle(confirm(outcome, entry, judge), entry);
    }

    Step take_adopted(const IntakeJudge& judge) {
        if (adopted_.empty()) return Step::none;
        Claim claim{static_cast<std::string&&>(adopted_.back()), {}};
        adopted_.pop_back();
        const int number = claims_.find_name(claim.id, claim.name);
        if (number != 0)
            report(os_error(ErrorCode::read_failed, claims_.own().path() + "/" + claim.id, "a claimed entry", number));
        if (claim.name.empty()) return Step::handled;
        current_.emplace(static_cast<Claim&&>(claim));
        IntakeEntry entry = IntakeReader<>::named(base_.path(), current_->name);
        const IntakeOutcome outcome = look(claims_.own(), place_of_current(), entry, judge);
        return settle(outcome, entry);
    }

    bool claim_current() {
        const int number = claims_.claim(base_, current_->name, current_->id);
        if (number == 0) return true;
        const std::string name = static_cast<std::string&&>(current_->name);
        current_.reset();
        if (number != ENOENT) report(IntakeDecision::left, name, "an entry that can be claimed by renaming it", number);
        return false;
    }

    [[nodiscard]] std::string place_of_current() const { return IntakeClaims<Late>::place_of(current_->id, current_->name); }

    /// Reads an entry and has it judged. After `leave` for the system's sake, and after `corrupt`, why_ says why.
    IntakeOutcome look(const Directory& directory, const std::string& place, IntakeEntry& entry,
                       const IntakeJudge& judge) {
        const IntakeOutcome read = IntakeReader<>::load(directory, place, options_, entry, why_);
        if (read == IntakeOutcome::value) return judged(entry, judge);
        wrong_ = true;
        if (read == IntakeOutcome::leave && !has_vanished(why_)) report(why_);
        return read;
    }
    static bool has_vanished(const Error& why) noexcept {
        return why.code == ErrorCode::open_failed && why.os_error == ENOENT;
    }

    IntakeOutcome judged(const IntakeEntry& entry, const IntakeJudge& judge) {
        const IntakeOutcome outcome = judge.call(judge.self, entry, why_);
        wrong_ = outcome == IntakeOutcome::corrupt;
        if (outcome == IntakeOutcome::corrupt && why_.place.empty()) why_.place = entry.place();
        return outcome;
    }

    /// Reads a claimed entry again, and has it judged again if it is not as it was.
    IntakeOutcome confirm(IntakeOutcome before, IntakeEntry& entry, const IntakeJudge& judge) {
        IntakeEntry now = IntakeReader<>::named(base_.path(), current_->name);
        Error why;
        const IntakeOutcome read = IntakeReader<>::load(claims_.own(), place_of_current(), options_, now, why);
        if (IntakeReader<>::is_same(entry, now)) return before;
        entry = static_cast<IntakeEntry&&>(now);
        if (read == IntakeOutcome::value) return judged(entry, judge);
        why_ = static_cast<Error&&>(why);
        wrong_ = true;
        if (read == IntakeOutcome::leave) report(why_);
        return read;
    }

    Step settle(IntakeOutcome outcome, const IntakeEntry& entry) {
        switch (outcome) {
            case IntakeOutcome::value:
                ++taken_;
                tell(IntakeDecision::yielded, current_->name);
                return Step::yielded;
            case IntakeOutcome::leave: give_back(); break;
            case IntakeOutcome::clean_up:
                ++taken_;
                finish_current(IntakeDecision::cleaned_up);
                break;
            case IntakeOutcome::corrupt: quarantine(entry); break;
        }
        return Step::handled;
    }

    void quarantine(const IntakeEntry& entry) {
        report(why_);
        if (!quarantine_) return give_back();
        const Result<void> kept = IntakeReader<>::keep(*quarantine_, entry, why_);
        ++taken_;
        if (kept) return finish_current(IntakeDecision::quarantined);
        report(kept.error());
        tell(IntakeDecision::kept, current_->name, &kept.error());
        current_.reset();  // stays claimed: the next extractor tries again
    }

    void give_back() {
        const int number = claims_.give_back(base_, current_->name, current_->id);
        if (number != 0) report(IntakeDecision::kept, current_->name, "an entry that can be put back", number);
        else tell(IntakeDecision::left, current_->name, wrong());
        current_.reset();
    }

    /// The entry is done with, and will not come again unless this fails.
    void finish_current(IntakeDecision done) {
        if (!current_) return;
        const int number = claims_.finish(current_->id, current_->name);
        if (number != 0) report(IntakeDecision::kept, current_->name, "an entry that can be removed", number);
        else tell(done, current_->name, done == IntakeDecision::quarantined ? &why_ : nullptr);
        current_.reset();
        claims_.clear_trash(options_.on_error);
    }

    IntakeOptions options_;
    Directory base_;
    IntakeClaims<Late> claims_;
    std::optional<Quarantine> quarantine_;
    FileStatus claims_status_{};
    FileStatus quarantine_status_{};
    std::uint64_t process_ = own_process();
    NameStream names_;
    std::vector<std::string> adopted_;
    std::optional<Claim> current_;
    Error why_;           // what is wrong with the entry, if
    bool wrong_ = false;  // something is
    std::size_t taken_ = 0;
    bool begun_ = false;
    bool listing_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {
namespace detail {

/// The judging function of those who have none: the entry, or its first file, is JSON.
template <class T>
struct ReadIntake {
    IntakeVerdict<T> operator()(const IntakeEntry& entry) const {
        if (!entry.has()) return IntakeAnswer::leave;
        return entry.read<T>();
    }
};

}  // namespace detail

/// Takes the entries out of a directory that others put them into and yields their values; made by notch::intake.
///
/// A pass is a range-for, or next() until it is null; the next one begins another pass. The entry at hand is removed
/// when the loop moves on from it, and stays when the loop is left, so that the next pass yields it again. Movable
/// while no entry is at hand. One thread at a time. In a child of fork(2) it yields and removes nothing.
template <class T, class Judge = detail::ReadIntake<T>>
class Intake {
public:
    /// Opens the directory, the claims and the quarantine. Errors: those of Directory::open and Quarantine::open;
    /// refused when the directory of the claims is not private to this user.
    [[nodiscard]] static Result<Intake> open(IntakeOptions options, Judge judge = {}) {
        Result<Core> core = Core::open(static_cast<IntakeOptions&&>(options));
        if (!core) return static_cast<Result<Core>&&>(core).error();
        Intake out{static_cast<Judge&&>(judge)};
        out.core_.emplace(static_cast<Core&&>(*core));
        return out;
    }

    /// Removes the entry at hand and goes on to the next; null at the end of the pass. The value lives until the next
    /// call.
    [[nodiscard]] Taken<T>* next() {
        taken_.reset();
        if (!core_ || !core_->next({this, &Intake::call})) return nullptr;
        taken_.emplace(Taken<T>{core_->id(), core_->name(), static_cast<T&&>(*value_)});
        value_.reset();
        return &*taken_;
    }

    struct End {};

    class Iterator {
    public:
        using value_type = Taken<T>;
        using difference_type = std::ptrdiff_t;

        Iterator() noexcept = default;
        [[nodiscard]] Taken<T>& operator*() const noexcept { return *taken_; }
        [[nodiscard]] Taken<T>* operator->() const noexcept { return taken_; }
        Iterator& operator++() {
            taken_ = intake_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] friend bool operator==(const Iterator& one, const End&) noexcept { return one.taken_ == nullptr; }

    private:
        friend class Intake;
        Iterator(Intake& intake, Taken<T>* taken) noexcept : intake_{&intake}, taken_{taken} {}

        Intake* intake_ = nullptr;
        Taken<T>* taken_ = nullptr;
    };

    /// The entry at hand when the last loop was left, else the first one.
    [[nodiscard]] Iterator begin() {
        const bool at_hand = core_ && core_->has_current() && taken_;
        return {*this, at_hand ? &*taken_ : next()};
    }
    [[nodiscard]] End end() const noexcept { return {}; }

private:
    // Of a type that depends on T, so that only who takes entries compiles it.
    using Core = detail::IntakeCore<std::void_t<T>>;

    template <class U, class J>
    friend Intake<U, J> intake(const IntakeOptions& options, J judge);

    explicit Intake(Judge judge) : judge_{static_cast<Judge&&>(judge)} {}

    static detail::IntakeOutcome call(void* self, const IntakeEntry& entry, Error& why) {
        Intake& intake = *static_cast<Intake*>(self);
        IntakeVerdict<T> verdict = intake.judge_(entry);
        intake.value_ = static_cast<std::optional<T>&&>(verdict.value_);
        if (verdict.outcome_ == detail::IntakeOutcome::corrupt) why = static_cast<Error&&>(verdict.why_);
        return verdict.outcome_;
    }

    Judge judge_;
    std::optional<Core> core_;
    std::optional<T> value_;
    std::optional<Taken<T>> taken_;
};

/// Takes the entries out of a directory whose writers are not trusted, each once, and yields what is read of them.
///
///     struct Job { std::string repository; int code; };
///     for (auto& job : notch::intake<Job>({.path = "spool", .quarantine = {.path = "quarantine"}}))
///         recorder.record(JobDone{.id = job.id, .repository = job->repository});
///
/// An entry is a file, or with IntakeOptions::files a directory of files. `judge`, called with a const IntakeEntry&,
/// makes a value of what was read, or says that the entry is corrupt, to be left, or to be cleaned up; it may be called
/// twice for an entry that changes. Without it the JSON in the entry, or in the first of its files, is read by
/// from_json.
///
/// Each entry belongs to one extractor, of any number in any number of processes: it is renamed into a private
/// directory, removed when the loop moves on, and taken over by another extractor when its own dies or leaves the loop.
/// So it may come again, with the same id, but is never lost, and never half of it. Between the value and its removal
/// nothing is flushed for you: flush what you record before you move on if it must survive.
///
/// Nothing that a writer does makes it leave the directory, block or take memory beyond twice the limits, or keeps it
/// from the other entries. Corrupt entries (refused files, too large ones, errors of the judge) go to the quarantine,
/// with the bytes that were read, at least once. Links, devices and FIFOs are no entries; nor are files with a dot in
/// front. An entry on a mount of its own cannot be claimed. Needs the right to write in the directory, and to move and
/// remove what is in it.
///
/// Errors go to IntakeOptions::on_error; when the directory cannot be opened, the loop ends at once. Intake::open
/// returns that error.
template <class T, class Judge = detail::ReadIntake<T>>
[[nodiscard]] Intake<T, Judge> intake(const IntakeOptions& options, Judge judge = {}) {
    Intake<T, Judge> out{static_cast<Judge&&>(judge)};
    using Core = typename Intake<T, Judge>::Core;
    Result<Core> core = Core::open(options);
    if (core) out.core_.emplace(static_cast<Core&&>(*core));
    else options.on_error(core.error());
    return out;
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/ledger.hpp -------------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_HPP
#define NOTCH_READ_LEDGER_HPP

// ---- read/ledger_audit.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_AUDIT_HPP
#define NOTCH_READ_LEDGER_AUDIT_HPP

// ---- read/ledger_lines.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_LINES_HPP
#define NOTCH_READ_LEDGER_LINES_HPP

// ---- read/ledger_buffer.hpp ------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_BUFFER_HPP
#define NOTCH_READ_LEDGER_BUFFER_HPP

// The bytes of a file as lines, however large the file is. One buffer takes large reads; what is unfinished at its end moves to its
// front. It grows only for lines that are longer than a read.

namespace notch::inline NOTCH_ABI::detail {

/// A line of a file as it stands there.
struct RawLine {
    std::string_view text{};    ///< without its newline; of a line over the limit only how it begins
    std::uint64_t byte = 0;     ///< where it begins in the file
    std::uint64_t number = 0;   ///< from 1
    std::uint64_t size = 0;     ///< of the whole line
    bool too_long = false;
};

class LineBuffer {
public:
    /// Of a line over the limit, so much is kept to be shown.
    static constexpr std::size_t head_size = 256;

    LineBuffer(std::size_t max_line, std::size_t block) noexcept
        : max_line_{max_line}, block_{block < head_size ? head_size : block} {}
    LineBuffer(const LineBuffer&) = delete;
    LineBuffer& operator=(const LineBuffer&) = delete;
    ~LineBuffer() { ::operator delete(data_); }

    /// Begins at the start of a file; its lines are counted anew.
    void begin_file() noexcept {
        begin_ = searched_ = end_ = head_ = 0;
        place_ = line_place_ = dropped_ = 0;
        number_ = 1;
        at_end_ = false;
    }

    /// The next line that is whole in the buffer; its text stays until fill() is called.
    NOTCH_INTERNAL_INLINE bool cut(RawLine& out) noexcept {
        if (searched_ == end_) return false;
        const char* const from = data_ + searched_;
        const void* const found = std::memchr(from, '\n', end_ - searched_);
        if (found == nullptr) {
            searched_ = end_;
            return false;
        }
        const auto stop = static_cast<std::size_t>(static_cast<const char*>(found) - data_);
        take(stop, out);
        line_place_ += out.size + 1;
        ++number_;
        begin_ = searched_ = stop + 1;
        dropped_ = 0;
        return true;
    }

    enum class Fill : std::uint8_t { more, end, no_memory, failed };

    /// Reads on. `end`: there is nothing more now; later there may be. Bytes behind the last newline that a read found at the end of
    /// the file are read again, as their writer may have taken them back since.
    Fill fill(int descriptor) noexcept {
        const std::size_t known = at_end_ && dropped_ == 0 ? end_ - begin_ : 0;
        if (known != 0) {
            place_ = line_place_;
            end_ = searched_ = begin_;
        }
        drop_excess();
        if (!make_room()) return Fill::no_memory;
        const std::size_t room = capacity_ - end_;
        const ReadOutcome outcome = read_at(descriptor, place_, data_ + end_, room);
        error_ = outcome.error;
        if (outcome.error != 0) return Fill::failed;
        place_ += outcome.count;
        end_ += outcome.count;
        at_end_ = outcome.count < room;
        if (outcome.count > known || (known != 0 && has_newline())) return Fill::more;
        return Fill::end;
    }

    /// What stands behind the last newline.
    [[nodiscard]] RawLine tail() const noexcept {
        RawLine out;
        take(end_, out);
        return out;
    }
    /// errno of the last fill().
    [[nodiscard]] int error() const noexcept { return error_; }
    /// Where the unfinished line begins, or the next one will.
    [[nodiscard]] std::uint64_t line_place() const noexcept { return line_place_; }

private:
    void take(std::size_t stop, RawLine& out) const noexcept {
        out.text = dropped_ == 0 ? view_of(data_ + begin_, stop - begin_) : view_of(data_, head_);
        out.byte = line_place_;
        out.number = number_;
        out.size = dropped_ + (stop - begin_);
        out.too_long = out.size > max_line_;
        if (out.text.size() > head_size && out.too_long) out.text = out.text.substr(0, head_size);
    }

    [[nodiscard]] bool has_newline() const noexcept {
        return end_ != begin_ && std::memchr(data_ + begin_, '\n', end_ - begin_) != nullptr;
    }

    /// Lets go of a line that is over the limit already, but for how it begins, which stays at the front.
    NOTCH_INTERNAL_INLINE void drop_excess() noexcept {
        const std::size_t size = end_ - begin_;
        if (dropped_ == 0 && (size <= max_line_ || size < head_size)) [[likely]]
            return;
        if (dropped_ == 0) {
            head_ = head_size;
            std::memmove(data_, data_ + begin_, head_);
        }
        dropped_ += size;
        begin_ = searched_ = end_ = head_;
    }

    /// Moves what is unfinished to the front, and sees to it that a read is worth its call.
    bool make_room() noexcept {
        const std::size_t front = dropped_ == 0 ? 0 : head_;
        const std::size_t size = end_ - begin_;
        if (begin_ != front) {
            std::memmove(data_ + front, data_ + begin_, size);
            searched_ -= begin_ - front;
            begin_ = front;
            end_ = front + size;
        }
        if (capacity_ - end_ >= block_ / 2 && capacity_ != 0) return true;
        const std::size_t wanted = capacity_ == 0 ? block_ : capacity_ * 2;
        char* const larger = static_cast<char*>(::operator new(wanted, std::nothrow));
        if (larger == nullptr) return capacity_ != end_;
        if (end_ != 0) std::memcpy(larger, data_, end_);
        ::operator delete(data_);
        data_ = larger;
        capacity_ = wanted;
        return true;
    }

    std::size_t max_line_;
    std::size_t block_;
    char* data_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;           // of the line that is being looked for
    std::size_t searched_ = 0;        // up to here there is no newline
    std::size_t end_ = 0;
    std::size_t head_ = 0;            // how much is kept of a line that is let go of
    std::uint64_t place_ = 0;         // in the file, of the next read
    std::uint64_t line_place_ = 0;
    std::uint64_t number_ = 1;
    std::uint64_t dropped_ = 0;       // bytes of the line that the buffer has no more
    int error_ = 0;
    bool at_end_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- read/ledger_files.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_FILES_HPP
#define NOTCH_READ_LEDGER_FILES_HPP

// ---- read/ledger_names.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_NAMES_HPP
#define NOTCH_READ_LEDGER_NAMES_HPP

// In which order a ledger's older files were written, as far as their names tell.

namespace notch::inline NOTCH_ABI::detail {

/// Numbers as long as they like, without their leading zeros.
constexpr std::string_view significant_digits(std::string_view number) noexcept {
    while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
    return number;
}

/// Whether `a` is older than `b`. Timed names are older than numbered ones, of which a ledger rarely has both.
constexpr bool is_older(const LedgerName& a, const LedgerName& b) noexcept {
    if (a.age != b.age) return a.age < b.age;
    if (a.age != LedgerName::Age::numbered) return a.stamp < b.stamp;
    const std::string_view x = significant_digits(a.stamp);
    const std::string_view y = significant_digits(b.stamp);
    return x.size() != y.size() ? x.size() > y.size() : x > y;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// The files of a ledger, the oldest first, while a rotation may be renaming them. Where the reader stands is known by the file
// that it has open, never by a name: what comes next is what stands behind that file in the directory now.

namespace notch::inline NOTCH_ABI::detail {

/// How the files of a ledger are found and opened.
struct LedgerOpening {
    bool rotated = true;
    bool follow_links = false;
};

/// A file of the ledger as the directory shows it.
struct LedgerEntry {
    std::string name{};
    FileIdentity identity{};
};

/// One of many: its name stands in its listing.
struct ListedFile {
    std::size_t name_begin = 0;
    std::size_t name_size = 0;
    FileIdentity identity{};
};

/// What the directory showed of the ledger.
class LedgerListing {
public:
    void add(std::string_view name, const FileIdentity& identity) {
        files_.push_back({names_.size(), name.size(), identity});
        names_ += name;
    }
    [[nodiscard]] const PlainList<ListedFile>& files() const noexcept { return files_; }
    [[nodiscard]] std::string_view name_of(const ListedFile& file) const noexcept {
        return std::string_view{names_}.substr(file.name_begin, file.name_size);
    }
    [[nodiscard]] bool operator==(const LedgerListing& other) const noexcept {
        if (files_.size() != other.files_.size() || names_ != other.names_) return false;
        for (std::size_t i = 0; i < files_.size(); ++i)
            if (files_[i].name_size != other.files_[i].name_size || files_[i].identity != other.files_[i].identity) return false;
        return true;
    }

private:
    std::string names_;
    PlainList<ListedFile> files_;
};

/// Regular, and with one name: a second one may be anywhere, so that this may be anybody's file. One that was removed is still
/// the ledger's.
inline Result<void> check_ledger_file(const FileStatus& status, const FilePlace& place, bool follow_links) {
    if (status.kind != FileKind::regular) return refusal(place, "a regular file", words_for(status.kind));
    if (status.links > 1 && !follow_links) return refusal(place, "a regular file with one link", links_found(status.links));
    return {};
}

inline Result<File> open_ledger_file(const std::string& path, bool follow_links) {
    const FilePlace place{{}, path};
    if (path.find('\0') != std::string::npos) return refusal(place, "the path of a file", "a path with a NUL byte");
    if (is_special_part(last_part(path))) return refusal(place, "the path of a file", "the path of a directory");
    Opened opened = open_part(working_directory, path.c_str(), follow_links ? open_to_read_through_links : open_to_read);
    if (opened.error != 0) return open_error(place, "a regular file", opened.error);
    FileStatus status;
    if (const int number = find_status(opened.file.descriptor(), status); number != 0) return status_error(place, number);
    if (Result<void> kind = check_ledger_file(status, place, follow_links); !kind) return kind.error();
    return static_cast<File&&>(opened.file);
}

/// Goes through the files of a ledger.
class LedgerFiles {
public:
    LedgerFiles(std::string_view path, LedgerOpening opening)
        : prefix_{path.substr(0, path.size() - last_part(path).size())}, base_{last_part(path)}, opening_{opening} {}

    [[nodiscard]] const File& file() const noexcept { return file_; }
    /// Path of the file that is open, as it was called when it was opened.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Opens the file behind the one that is open: true when there is one. Files that cannot be read are passed over and told in
    /// `refused`. An error ends it: the directory cannot be listed, or there is no file at all.
    Result<bool> next(std::vector<Error>& refused) noexcept {
        NOTCH_INTERNAL_TRY { return open_next(refused); }
        NOTCH_INTERNAL_CATCH_ALL { return out_of_memory(); }
    }

    /// Whether another file stands behind the one that is open.
    Result<bool> has_next() noexcept {
        NOTCH_INTERNAL_TRY {
            const Result<LedgerEntry> entry = behind();
            if (!entry) return entry.error();
            return !entry->name.empty();
        }
        NOTCH_INTERNAL_CATCH_ALL { return out_of_memory(); }
    }

private:
    static constexpr int most_changes = 100;

    Result<bool> open_next(std::vector<Error>& refused) {
        for (int changes = 0; changes < most_changes;) {
            const Result<LedgerEntry> entry = behind();
            if (!entry) return seen_.empty() ? why_nothing(entry.error()) : entry.error();
            if (entry->name.empty() && !seen_.empty()) return false;
            const Step step = entry->name.empty() ? Step::changed : open(*entry, refused);
            if (step == Step::opened) return true;
            if (step == Step::passed_over) continue;
            ++changes;
            if (!seen_.empty()) continue;
            const Error none = why_nothing({});
            if (!none.expected.empty()) return none;
        }
        return false;  // renamed every time: what is left is read by whoever asks again
    }

    /// What opening the file itself says, or `otherwise` when it can be opened.
    [[nodiscard]] Error why_nothing(const Error& otherwise) const {
        const Result<File> file = open_ledger_file(prefix_ + base_, opening_.follow_links);
        return file ? otherwise : file.error();
    }

    enum class Step : std::uint8_t { opened, passed_over, changed };

    /// Opens what comes next, if the name still means that file.
    Step open(const LedgerEntry& entry, std::vector<Error>& refused) {
        std::string path = prefix_ + entry.name;
        if (read_ledger_name(entry.name, base_).packed)
            return pass_over(entry, refusal({{}, path}, "a ledger as it was written", "a compressed file"), refused);
        Result<File> file = open_ledger_file(path, opening_.follow_links);
        if (!file && !is_still(entry)) return Step::changed;
        if (!file) return pass_over(entry, file.error(), refused);
        FileIdentity identity;
        if (find_identity(file->descriptor(), "", opening_.follow_links, identity) != 0 || identity != entry.identity) return Step::changed;
        stand_at(entry);
        file_ = static_cast<File&&>(*file);
        path_ = std::move(path);
        return Step::opened;
    }

    /// Goes on behind a file that cannot be read.
    Step pass_over(const LedgerEntry& entry, Error error, std::vector<Error>& refused) {
        stand_at(entry);
        refused.push_back(static_cast<Error&&>(error));
        return Step::passed_over;
    }
    void stand_at(const LedgerEntry& entry) {
        seen_.push_back(entry.identity);
        name_ = entry.name;
    }

    /// What could not be opened may have been another file, or none, in the middle of a rotation.
    [[nodiscard]] bool is_still(const LedgerEntry& entry) const {
        FileIdentity identity;
        return identify(entry.name, identity) && identity == entry.identity;
    }
    /// A link to nothing is itself.
    [[nodiscard]] bool identify(std::string_view name, FileIdentity& out) const {
        std::string path = prefix_;
        path += name;
        if (find_identity(working_directory, path.c_str(), opening_.follow_links, out) == 0) return true;
        return opening_.follow_links && find_identity(working_directory, path.c_str(), false, out) == 0;
    }
    [[nodiscard]] bool was_seen(const FileIdentity& identity) const noexcept {
        for (std::size_t i = seen_.size(); i != 0; --i)
            if (seen_[i - 1] == identity) return true;
        return false;
    }

    // ---- what the directory says -----------------------------------------------------------------------------------

    /// Calls `visit(name)` for every file of the ledger, in any order.
    template <class Visit>
    [[nodiscard]] Result<void> for_each_name(Visit visit) const {
        if (!opening_.rotated) {
            visit(std::string_view{base_});
            return {};
        }
        const Result<Directory> directory = Directory::open(prefix_.empty() ? "./" : prefix_);
        if (!directory) return directory.error();
        Result<DirectoryNames> names = directory->names();
        if (!names) return names.error();
        for (Result<std::string_view> name = names->next(); !name || !name->empty(); name = names->next()) {
            if (!name) return name.error();
            if (read_ledger_name(*name, base_).age != LedgerName::Age::foreign) visit(*name);
        }
        return {};
    }

    /// One listing, in the directory's own order. What went away meanwhile has no identity.
    [[nodiscard]] Result<LedgerListing> list() const {
        LedgerListing out;
        Result<void> done = for_each_name([&](std::string_view name) {
            FileIdentity identity;
            if (!identify(name, identity)) identity = {};
            out.add(name, identity);
        });
        if (!done) return static_cast<Result<void>&&>(done).error();
        return out;
    }

    /// The files as they stood at one moment; none when they never stood still. A listing misses a file that is renamed while it is
    /// made, so it counts when the next one is equal: a rotation that hides a file from both has renamed others between them.
    [[nodiscard]] Result<LedgerListing> list_at_one_moment() const {
        Result<LedgerListing> before = list();
        for (int changes = 0; before && changes < most_changes; ++changes) {
            Result<LedgerListing> again = list();
            if (!again || *again == *before) return again;
            before = static_cast<Result<LedgerListing>&&>(again);
        }
        return before ? Result<LedgerListing>{LedgerListing{}} : static_cast<Result<LedgerListing>&&>(before);
    }

    /// Names that mean the same time or number stand in the order of their texts.
    [[nodiscard]] bool comes_before(std::string_view a, std::string_view b) const noexcept {
        const LedgerName a_age = read_ledger_name(a, base_);
        const LedgerName b_age = read_ledger_name(b, base_);
        if (is_older(a_age, b_age)) return true;
        return !is_older(b_age, a_age) && a < b;
    }

    /// The file at which the reader stands, or null when it is gone.
    [[nodiscard]] const ListedFile* current(const LedgerListing& listing) const noexcept {
        const ListedFile* out = nullptr;
        if (seen_.empty()) return out;
        for (const ListedFile& file : listing.files())
            if (file.identity == seen_.back() && (out == nullptr || listing.name_of(file) == name_)) out = &file;
        return out;
    }

    /// The oldest file that is newer than `from`, or than any when that is null; null when there is none.
    [[nodiscard]] const ListedFile* oldest_behind(const LedgerListing& listing, const ListedFile* from) const noexcept {
        const ListedFile* out = nullptr;
        for (const ListedFile& file : listing.files()) {
            const std::string_view name = listing.name_of(file);
            if ((from == nullptr || comes_before(listing.name_of(*from), name)) && (out == nullptr || comes_before(name, listing.name_of(*out))))
                out = &file;
        }
        return out;
    }

    /// The newest file has nothing behind it: what is asked again and again by whoever waits for more needs no list.
    [[nodiscard]] bool stands_at_newest() const {
        FileIdentity identity;
        return !seen_.empty() && name_ == base_ && identify(name_, identity) && identity == seen_.back();
    }

    /// The oldest file behind the one where the reader stands; when that is gone, the oldest that was not read. Without a name when
    /// there is none.
    [[nodiscard]] Result<LedgerEntry> behind() const {
        if (stands_at_newest()) return LedgerEntry{};
        const Result<LedgerListing> listing = list_at_one_moment();
        if (!listing) return listing.error();
        const ListedFile* at = oldest_behind(*listing, current(*listing));
        while (at != nullptr && (at->identity == FileIdentity{} || was_seen(at->identity))) at = oldest_behind(*listing, at);
        return at == nullptr ? LedgerEntry{} : LedgerEntry{std::string{listing->name_of(*at)}, at->identity};
    }

    std::string prefix_;
    std::string base_;
    LedgerOpening opening_;
    File file_{};
    std::string path_{};
    std::string name_{};                 // of the file where the reader stands, as it was called last
    PlainList<FileIdentity> seen_{};  // read, or passed over; the last one is where the reader stands
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- read/ledger_scan.hpp --------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_SCAN_HPP
#define NOTCH_READ_LEDGER_SCAN_HPP

// One line of a ledger as JSON: whether it is an object, what its event is called, and which part of a damaged line is still a
// whole one.

namespace notch::inline NOTCH_ABI::detail {

/// What is noted of a line while it is checked: the values of two keys, where they are texts. Of a key given twice, the first.
struct LineKeys {
    StringToken event{};
    StringToken id{};
    bool has_event = false;
    bool has_id = false;
};

NOTCH_INTERNAL_INLINE const char* scan_value(Reader& r, const char* at) noexcept {
    const char c = r.peek(at);
    if (c == '"') {
        StringToken token;
        return scan_string(r, at, token);
    }
    return opens(c) ? skip_container(r, at) : skip_scalar(r, at);
}

/// The value of a key of the line; a text under one of the two keys is noted.
NOTCH_INTERNAL_INLINE const char* scan_line_value(Reader& r, const char* at, StringToken key, LineKeys& keys) noexcept {
    if (r.peek(at) != '"') return scan_value(r, at);
    StringToken token;
    at = scan_string(r, at, token);
    if ((key.size == 5 || key.escaped) && !keys.has_event && reads_as(key, "event")) {
        keys.event = token;
        keys.has_event = at != nullptr;
    } else if ((key.size == 8 || key.escaped) && !keys.has_id && reads_as(key, "notch_id")) {
        keys.id = token;
        keys.has_id = at != nullptr;
    }
    return at;
}

/// The members of an object that has some, up to what follows the last, which should be the brace.
inline const char* scan_line_members(Reader& r, const char* at, LineKeys& keys) noexcept {
    for (std::size_t room = r.limits->max_elements;; --room) {
        if (room == 0) return fail_elements(r, at, true);
        if (r.peek(at) != '"') return fail_in_container(r, at, "a key in quotes");
        StringToken key;
        at = scan_string(r, at, key);
        if (at == nullptr) return nullptr;
        at = skip_colon(r, at);
        if (at == nullptr) return nullptr;
        at = scan_line_value(r, at, key, keys);
        if (at == nullptr) return nullptr;
        at = skip_space(r, at);
        if (r.peek(at) != ',') return at;
        at = skip_space(r, at + 1);
    }
}

/// Where a line is no object: as JSON of another type, or as what it is.
NOTCH_INTERNAL_COLD inline bool fail_line(Reader& r, const char* at) noexcept {
    const char* const after = skip_value(r, at);
    if (after != nullptr && end_text(r, after)) fail(r, ErrorCode::type_mismatch, at, "an object");
    return false;
}

/// Whether the whole text is one JSON object within the limits; else the failure is in the reader.
inline bool scan_line(Reader& r, LineKeys& keys) noexcept {
    const char* at = begin_text(r);
    if (at == nullptr) return false;
    if (r.peek(at) != '{') return fail_line(r, at);
    if (!enter(r)) return fail_depth(r, at) != nullptr;
    at = skip_space(r, at + 1);
    if (r.peek(at) != '}') at = scan_line_members(r, at, keys);
    if (at == nullptr) return false;
    if (r.peek(at) != '}') return fail_separator(r, at, true) != nullptr;
    leave(r);
    return end_text(r, at + 1);
}

// ---- the name at a glance ------------------------------------------------------------------------------------------

inline constexpr std::string_view line_start = R"({"timestamp":)";
inline constexpr std::string_view line_event = R"(,"event":")";

/// Where the event's name begins in a line that begins as notch begins it: with its time. Null elsewhere.
NOTCH_INTERNAL_INLINE const char* peek_event(std::string_view line) noexcept {
    constexpr std::size_t longest_time = 48;
    constexpr std::size_t shortest = line_start.size() + line_event.size() + 2;
    if (line.size() < shortest || std::memcmp(line.data(), line_start.data(), line_start.size()) != 0) return nullptr;
    const char* at = line.data() + line_start.size();
    const char* const end = line.data() + line.size();
    const char* const stop = end - at > std::ptrdiff_t{longest_time} ? at + longest_time : end;
    while (at != stop && *at != ',') ++at;
    if (end - at < static_cast<std::ptrdiff_t>(line_event.size())) return nullptr;
    return std::memcmp(at, line_event.data(), line_event.size()) == 0 ? at + line_event.size() : nullptr;
}

/// The event's name where notch writes it, unless it has escapes. Nothing is checked: who finds a name here reads the line in full or
/// scans it.
NOTCH_INTERNAL_INLINE bool peek_event(std::string_view line, std::string_view& name) noexcept {
    const char* const from = peek_event(line);
    if (from == nullptr) return false;
    const char* const end = line.data() + line.size();
    const char* at = from;
    while (at != end && *at != '"' && *at != '\\') ++at;
    if (at == end || *at == '\\') return false;
    name = {from, static_cast<std::size_t>(at - from)};
    return true;
}

// ---- damaged lines -------------------------------------------------------------------------------------------------

/// A torn line has the next one glued to it where its writer was killed and nobody ended it; after a crash of the system there may be
/// zeros before a line. Gives back the whole line at the end of the text, or nothing. `text` is not a whole line itself.
NOTCH_INTERNAL_COLD inline std::string_view salvage_line(std::string_view text, const Limits& limits) noexcept {
    constexpr int most_tries = 8;  // each costs a pass over the line
    const auto whole = [&limits](std::string_view part) {
        Reader r{part, limits};
        LineKeys keys;
        return scan_line(r, keys);
    };
    std::size_t zeros = 0;
    while (zeros < text.size() && text[zeros] == '\0') ++zeros;
    if (zeros != 0 && whole(text.substr(zeros))) return text.substr(zeros);
    std::size_t at = text.size();
    for (int tries = 0; tries < most_tries && at != 0; ++tries) {
        at = text.rfind(line_start, at - 1);
        if (at == 0 || at == std::string_view::npos) break;
        const std::string_view part = text.substr(at);
        if (peek_event(part) != nullptr && whole(part)) return part;
    }
    return {};
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// How a ledger is read.
///
///     auto ledger = notch::LedgerReader::open("events.jsonl", {.rotated = false, .limits = {.max_bytes = 64 * 1024}});
///
/// `limits` hold for each line; max_bytes counts without the newline. Unlike those of from_json they are wide, since a ledger is
/// the program's own: what to_line writes is read back. Memory is at most twice max_bytes and the buffer.
struct LedgerOptions {
    bool rotated = true;                      ///< read the older files first; false: only the file itself
    bool follow_links = false;                ///< the ledger may be a symbolic link, or have further hard links
    std::size_t buffer_bytes = 256 * 1024;    ///< of one read
    Limits limits{.max_bytes = 16 * 1024 * 1024, .max_depth = 1024, .max_string = 16 * 1024 * 1024, .max_elements = 16 * 1024 * 1024};
};

/// A good line of a ledger: one JSON object.
///
/// The views live until the next line is asked for, or until the callable that was given the line returns.
struct LedgerLine {
    std::string_view text{};   ///< without its newline
    std::string_view event{};  ///< the event's name; empty: it has none
    std::string_view id{};     ///< its `notch_id`; empty: it has none
    std::string_view file{};   ///< path of its file, as that was called when it was opened
    std::uint64_t byte = 0;    ///< where it begins in the file, from 0
    std::uint64_t number = 0;  ///< of the line in the file, from 1
};

/// What a ledger has in place of a line, and why it is none.
///
///     // events.jsonl, line 7, column 42: expected ',' or '}', found the end of the text
///
/// `error` has the file in `place`, the line's number in the file in `line`, and where in it the fault is: in `byte` counted from the
/// start of the file, in `column` from that of the line. A file that cannot be read is told as well. The view lives until the callable
/// returns.
struct BadLine {
    std::string_view text{};   ///< what stands there; of a line over the limit only how it begins
    std::uint64_t size = 0;    ///< of the whole line in bytes
    std::uint64_t byte = 0;    ///< where it begins in the file, from 0
    std::uint64_t number = 0;  ///< of the line in the file, from 1; 0: the file itself is told of
    bool torn = false;         ///< unfinished: it has no newline, or another line is glued to it
    Error error{};
};

/// What a pass over a ledger has seen.
struct LedgerCounts {
    std::uint64_t files = 0;       ///< opened
    std::uint64_t bytes = 0;       ///< of all lines and their newlines
    std::uint64_t lines = 0;       ///< good ones
    std::uint64_t events = 0;      ///< of `lines`, those that visit() handed on as structs
    std::uint64_t bad = 0;         ///< told as BadLine
    std::uint64_t torn = 0;        ///< of `bad`, the unfinished ones
    std::uint64_t salvaged = 0;    ///< lines found behind a torn start or NUL bytes
    std::uint64_t tail_bytes = 0;  ///< at the end of the newest file behind its last newline: perhaps a line that is being written
};

namespace detail {

/// Whom bad lines are told; not owned. Null: nobody.
struct BadLineTarget {
    void* object = nullptr;
    void (*call)(void* object, const BadLine& bad) = nullptr;

    void tell(const BadLine& bad) const {
        if (call != nullptr) call(object, bad);
    }
};

template <class F>
BadLineTarget bad_line_target(F& f) noexcept {
    return {const_cast<void*>(static_cast<const volatile void*>(&f)), [](void* object, const BadLine& bad) { (*static_cast<F*>(object))(bad); }};
}
inline BadLineTarget no_bad_lines() noexcept { return {}; }

class LedgerPass;

NOTCH_INTERNAL_COLD inline Error too_long(const RawLine& line, std::size_t limit) {
    Error error;
    error.code = ErrorCode::limit;
    error.column = 1;
    error.expected = "at most " + std::to_string(limit) + " bytes (max_bytes)";
    error.found = std::to_string(line.size) + " bytes";
    return error;
}
NOTCH_INTERNAL_COLD inline Error torn_line(std::uint64_t size, const char* behind) {
    Error error;
    error.code = ErrorCode::syntax;
    error.column = static_cast<std::size_t>(size) + 1;
    error.byte = static_cast<std::size_t>(size);
    error.expected = "the newline at the end of the line";
    error.found = behind;
    return error;
}
/// The reader's failure; zeros get an error that says what they are.
NOTCH_INTERNAL_COLD inline Error line_error(const Reader& r) {
    Error error = read_error(r);
    const std::string_view text{r.begin, r.left(r.begin)};
    if (error.code == ErrorCode::no_memory || text.find('\0') == std::string_view::npos) return error;
    const bool here = error.byte < text.size() && text[error.byte] == '\0';
    if (!here && text.front() != '\0') return error;
    std::size_t from = here ? error.byte : 0;
    std::size_t end = from;
    while (end < text.size() && text[end] == '\0') ++end;
    error.code = ErrorCode::encoding;
    error.byte = from;
    error.column = from + 1;
    error.expected = "JSON";
    error.found = std::to_string(end - from) + (end - from == 1 ? " NUL byte" : " NUL bytes");
    return error;
}

}  // namespace detail

/// Goes through the good lines of a ledger, the oldest first; made by LedgerReader::lines.
///
///     for (const notch::LedgerLine& line : ledger->lines()) std::puts(std::string{line.text}.c_str());
///
///     auto lines = ledger->lines();
///     while (const notch::LedgerLine* line = lines.next([](const notch::BadLine& bad) { complain(bad.error); })) use(*line);
///     if (auto done = lines.outcome(); !done) complain(done.error());
///
/// At the end, next() may be called again later: it goes on with what was appended since, and with the file that a rotation has put
/// there. What stands behind the last newline of the newest file is no line yet; in an older file it is told as torn.
/// Not movable. One thread at a time.
class LedgerLines {
public:
    LedgerLines(const LedgerLines&) = delete;
    LedgerLines& operator=(const LedgerLines&) = delete;
    ~LedgerLines() = default;

    /// The next good line, or null when there is none now or an error ended the reading; see outcome().
    [[nodiscard]] const LedgerLine* next() { return next_good(detail::no_bad_lines()); }

    /// The same; `on_bad` is called with a `const BadLine&` for everything on the way that is no good line.
    template <class F>
    [[nodiscard]] const LedgerLine* next(F&& on_bad) {
        return next_good(detail::bad_line_target(on_bad));
    }

    /// Whether reading went well. Errors: read_failed, open_failed, refused, no_memory. Bad lines are no errors of the reading.
    [[nodiscard]] const Result<void>& outcome() const noexcept { return outcome_; }
    [[nodiscard]] const LedgerCounts& counts() const noexcept { return counts_; }

    class iterator {
    public:
        explicit iterator(LedgerLines* lines) : lines_{lines} { ++*this; }
        const LedgerLine& operator*() const noexcept { return *line_; }
        const LedgerLine* operator->() const noexcept { return line_; }
        iterator& operator++() {
            line_ = lines_->next();
            return *this;
        }
        bool operator==(std::nullptr_t) const noexcept { return line_ == nullptr; }

    private:
        LedgerLines* lines_;
        const LedgerLine* line_ = nullptr;
    };
    [[nodiscard]] iterator begin() { return iterator{this}; }
    [[nodiscard]] std::nullptr_t end() const noexcept { return nullptr; }

private:
    friend class LedgerReader;
    friend class detail::LedgerPass;

    LedgerLines(std::string_view path, const LedgerOptions& options)
        : limits_{options.limits},
          files_{path, {options.rotated, options.follow_links}},
          buffer_{options.limits.max_bytes, options.buffer_bytes} {}

    /// The next whole line within the limit, whatever it holds; false at the end.
    NOTCH_INTERNAL_INLINE bool next_raw(const detail::BadLineTarget& target) {
        for (;;) {
            while (buffer_.cut(raw_)) {
                counts_.bytes += raw_.size + 1;
                if (!raw_.too_long) [[likely]]
                    return true;
                tell(target, detail::too_long(raw_, limits_.max_bytes), false);
            }
            if (!read_on(target)) return false;
        }
    }

    const LedgerLine* next_good(const detail::BadLineTarget& target) {
        while (next_raw(target))
            if (scan(target)) return &line_;
        return nullptr;
    }

    /// Whether the raw line is a good one, or ends with a good one; then that is the line.
    bool scan(const detail::BadLineTarget& target) {
        detail::Reader r{raw_.text, limits_};
        detail::LineKeys keys;
        if (!detail::scan_line(r, keys)) return salvage(r, target);
        set_line(keys);
        return true;
    }
    NOTCH_INTERNAL_INLINE void set_line(const detail::LineKeys& keys) {
        line_ = {raw_.text, plain(keys.event, event_), plain(keys.id, id_), path_, raw_.byte, raw_.number};
        ++counts_.lines;
    }
    std::string_view plain(detail::StringToken token, std::string& store) const {
        if (!token.escaped) [[likely]]
            return token.view();
        detail::assign_unescaped(store, token, raw_.text.data() + raw_.text.size());
        return store;
    }

    NOTCH_INTERNAL_COLD bool salvage(const detail::Reader& r, const detail::BadLineTarget& target) {
        const std::string_view good = detail::salvage_line(raw_.text, limits_);
        if (good.empty()) {
            tell(target, detail::line_error(r), false);
            return false;
        }
        const std::size_t size = raw_.text.size() - good.size();
        detail::RawLine whole = raw_;
        raw_.text = whole.text.substr(0, size);
        raw_.size = size;
        const bool zeros = raw_.text.find_first_not_of('\0') == std::string_view::npos;
        tell(target, zeros ? detail::line_error(r) : detail::torn_line(size, "the beginning of another line"), !zeros);
        raw_.text = good;
        raw_.byte = whole.byte + size;
        raw_.size = good.size();
        ++counts_.salvaged;
        detail::Reader again{good, limits_};
        detail::LineKeys keys;
        if (detail::scan_line(again, keys)) set_line(keys);
        return true;
    }

    /// Tells of the raw line; the error's places are within the line so far.
    NOTCH_INTERNAL_COLD void tell(const detail::BadLineTarget& target, Error error, bool torn) {
        ++counts_.bad;
        counts_.torn += torn ? 1U : 0U;
        if (target.call == nullptr) return;
        error.place = detail::printable(path_);
        error.line = static_cast<std::size_t>(raw_.number);
        error.byte += static_cast<std::size_t>(raw_.byte);
        target.tell({raw_.text, raw_.size, raw_.byte, raw_.number, torn, static_cast<Error&&>(error)});
    }

    // ---- from one read, and one file, to the next ------------------------------------------------------------------

    NOTCH_INTERNAL_COLD bool read_on(const detail::BadLineTarget& target) {
        if (!outcome_) return false;
        if (!files_.file().is_open()) return next_file(target);
        switch (buffer_.fill(files_.file().descriptor())) {
            case detail::LineBuffer::Fill::more: return true;
            case detail::LineBuffer::Fill::end: return end_of_file(target);
            case detail::LineBuffer::Fill::failed: return failed(target);
            case detail::LineBuffer::Fill::no_memory: break;
        }
        outcome_ = detail::out_of_memory();
        return false;
    }

    /// A file that fails keeps none of the others from being read; the last one ends the reading.
    bool failed(const detail::BadLineTarget& target) {
        Error error = detail::os_error(ErrorCode::read_failed, detail::printable(path_), "the bytes of the file", buffer_.error());
        const Result<bool> more = files_.has_next();
        if (more && *more) {
            tell_file(target, static_cast<Error&&>(error));
            return next_file(target);
        }
        outcome_ = static_cast<Error&&>(error);
        return false;
    }

    /// A file that another one follows is read to its end once more: its writer may have appended before it knew.
    bool end_of_file(const detail::BadLineTarget& target) {
        if (shrank(target)) return true;
        counts_.tail_bytes = buffer_.tail().size;
        if (std::exchange(followed_, false)) return next_file(target);
        const Result<bool> more = files_.has_next();
        if (!more) outcome_ = more.error();
        followed_ = more && *more;
        return followed_;
    }

    bool next_file(const detail::BadLineTarget& target) {
        const bool first = !files_.file().is_open();
        std::vector<Error> refused;
        const Result<bool> opened = files_.next(refused);
        if (opened && *opened && !first) end_tail(target);
        for (Error& error : refused) {
            last_refusal_ = error;
            tell_file(target, static_cast<Error&&>(error));
        }
        if (!opened) outcome_ = opened.error();
        else if (!*opened && first) outcome_ = last_refusal_;
        if (!opened || !*opened) return false;
        path_ = files_.path();
        ++counts_.files;
        counts_.tail_bytes = 0;
        buffer_.begin_file();
        return true;
    }

    /// What stands behind the last newline of a file that is followed by another one.
    void end_tail(const detail::BadLineTarget& target) {
        raw_ = buffer_.tail();
        if (raw_.size == 0) return;
        counts_.bytes += raw_.size;
        tell(target, raw_.too_long ? detail::too_long(raw_, limits_.max_bytes) : detail::torn_line(raw_.size, "the end of the file"), true);
    }

    /// A file that became shorter than what was read of it has lost lines; it is read from its start, as a new one.
    bool shrank(const detail::BadLineTarget& target) {
        detail::FileStatus status;
        if (detail::find_status(files_.file().descriptor(), status) != 0 || status.size >= buffer_.line_place()) return false;
        const detail::FilePlace place{{}, path_};
        tell_file(target, detail::refusal(place, "a ledger that only grows", "a file that shrank while it was read"));
        buffer_.begin_file();
        return true;
    }

    void tell_file(const detail::BadLineTarget& target, Error error) {
        ++counts_.bad;
        target.tell({{}, 0, 0, 0, false, static_cast<Error&&>(error)});
    }

    Limits limits_;
    detail::LedgerFiles files_;
    std::string path_{};  // of the file that the lines are of
    detail::LineBuffer buffer_;
    detail::RawLine raw_{};
    LedgerLine line_{};
    std::string event_{};  // names with escapes, without them
    std::string id_{};
    LedgerCounts counts_{};
    Result<void> outcome_{};
    Error last_refusal_{};  // why there is nothing to read, where nothing is
    bool followed_ = false;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/ledger_sequences.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_SEQUENCES_HPP
#define NOTCH_READ_LEDGER_SEQUENCES_HPP

// Which numbers of a sequence were seen, as runs without a hole: one run for a ledger that is as it should be.

namespace notch::inline NOTCH_ABI::detail {

/// Where a line stands, for as many as there may be: the name of its file stands elsewhere.
struct LinePlace {
    std::uint64_t byte = 0;
    std::uint64_t number = 0;
    std::uint32_t file = 0;
};

struct SequenceRun {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    LinePlace place{};  ///< of the line that began it: what is missing is missing before that line
};

class SequenceRuns {
public:
    /// Notes one number; false when it was there.
    NOTCH_INTERNAL_INLINE bool add(std::uint64_t number, const LinePlace& place) {
        if (!runs_.empty() && number != 0 && runs_.back().last == number - 1) [[likely]] {
            runs_.back().last = number;
            return true;
        }
        return add_range(number, number, place) == 1;
    }

    /// Notes all numbers from `first` to `last`, both included; how many of them are new. (2^64 numbers do not occur.)
    std::uint64_t add_range(std::uint64_t first, std::uint64_t last, const LinePlace& place) {
        const std::size_t begin = first_touching(first);
        std::size_t end = begin;
        SequenceRun joined{first, last, place};
        std::uint64_t known = 0;
        for (; end < runs_.size() && touches(runs_[end], last); ++end) {
            const SequenceRun& run = runs_[end];
            const std::uint64_t low = run.first > first ? run.first : first;
            const std::uint64_t high = run.last < last ? run.last : last;
            if (low <= high) known += high - low + 1;
            if (run.first <= joined.first) joined = {run.first, joined.last, run.place};
            if (run.last > joined.last) joined.last = run.last;
        }
        replace(begin, end, joined);
        return last - first + 1 - known;
    }

    [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
    [[nodiscard]] const PlainList<SequenceRun>& runs() const noexcept { return runs_; }
    [[nodiscard]] std::uint64_t highest() const noexcept { return runs_.empty() ? 0 : runs_.back().last; }

    /// Calls `found(first, last)` for what of a range is not noted.
    template <class F>
    void holes(std::uint64_t first, std::uint64_t last, F found) const {
        std::uint64_t next = first;
        for (std::size_t i = first_touching(first); i < runs_.size() && runs_[i].first <= last; ++i) {
            if (runs_[i].last < next) continue;
            if (runs_[i].first > next) found(next, runs_[i].first - 1);
            if (runs_[i].last >= last) return;
            next = runs_[i].last + 1;
        }
        found(next, last);
    }

    /// Forgets everything up to a number.
    void drop_to(std::uint64_t end) {
        std::size_t count = 0;
        while (count < runs_.size() && runs_[count].last <= end) ++count;
        runs_.erase(0, count);
        if (!runs_.empty() && runs_[0].first <= end) runs_[0].first = end + 1;
    }

private:
    /// The first run that ends at `first` - 1 or later.
    [[nodiscard]] std::size_t first_touching(std::uint64_t first) const noexcept {
        std::size_t low = 0;
        for (std::size_t high = runs_.size(); low < high;) {
            const std::size_t middle = low + (high - low) / 2;
            if (first == 0 || runs_[middle].last >= first - 1) high = middle;
            else low = middle + 1;
        }
        return low;
    }
    static bool touches(const SequenceRun& run, std::uint64_t last) noexcept { return run.first <= last || run.first - 1 == last; }

    void replace(std::size_t begin, std::size_t end, const SequenceRun& run) {
        if (begin == end) return runs_.insert(begin, run);
        runs_[begin] = run;
        runs_.erase(begin + 1, end);
    }

    PlainList<SequenceRun> runs_{};  // in order, never touching each other
};

// ---- ids -----------------------------------------------------------------------------------------------------------

/// A `notch_id`: epoch as 16 lower-case hexadecimal digits, producer and sequence as decimals.
struct LedgerId {
    std::uint64_t epoch = 0;
    std::uint64_t producer = 0;
    std::uint64_t sequence = 0;
};

inline constexpr std::size_t epoch_digits = 16;

constexpr bool read_epoch(std::string_view text, std::uint64_t& out) noexcept {
    if (text.size() != epoch_digits) return false;
    out = 0;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'a' || c > 'f')) return false;
        out = out << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/// A decimal without sign and leading zeros that 64 bits hold.
constexpr bool read_decimal(std::string_view text, std::uint64_t& out) noexcept {
    if (text.empty() || text.size() > 20 || (text.size() > 1 && text[0] == '0')) return false;
    out = 0;
    for (const char c : text) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (c < '0' || c > '9' || out > (~std::uint64_t{0} - digit) / 10) return false;
        out = out * 10 + digit;
    }
    return true;
}

constexpr bool read_ledger_id(std::string_view text, LedgerId& out) noexcept {
    if (text.size() < epoch_digits + 4 || text[epoch_digits] != '-') return false;
    const std::string_view rest = text.substr(epoch_digits + 1);
    const std::size_t dash = rest.find('-');
    if (dash == std::string_view::npos) return false;
    return read_epoch(text.substr(0, epoch_digits), out.epoch) && read_decimal(rest.substr(0, dash), out.producer) &&
           read_decimal(rest.substr(dash + 1), out.sequence);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// How much an audit may keep. Memory: about 48 bytes for each hole, 300 for each producer and finding, whatever the ledger's size.
struct AuditOptions {
    std::size_t max_findings = 1'000;    ///< listed; all are counted
    std::size_t max_holes = 64 * 1024;   ///< open at the same time, over all producers; beyond that the oldest are settled
    std::size_t max_producers = 16 * 1024;
};

/// One thing that an audit found.
struct LedgerFinding {
    enum class Kind : std::uint8_t {
        gap,         ///< ids between two others are nowhere, and no gap line tells of them
        loss,        ///< a gap line: what was dropped, and the writer said so
        duplicate,   ///< an id for the second time
        reordering,  ///< an id behind a later one of its producer
        bad_id,      ///< a `notch_id` or gap line that is not as notch writes it
        bad_line     ///< see `error`; torn ones too
    };
    Kind kind = Kind::gap;
    std::uint64_t epoch = 0;
    std::uint64_t producer = 0;
    std::uint64_t first = 0;   ///< of the sequence numbers; `first` and `last` are included
    std::uint64_t last = 0;
    std::string file{};
    std::uint64_t byte = 0;    ///< where the line begins; of a gap: the line in front of which the ids are missing
    std::uint64_t number = 0;
    bool torn = false;
    Error error{};             ///< of a bad line

    /// One line for a person.
    ///
    ///     events.jsonl, line 12: ids 0198c5a1b2c3d4e5-3-17 to 19 are missing before it
    [[nodiscard]] std::string message() const;
};

/// What an audit says of a ledger.
struct LedgerAudit {
    LedgerCounts counts{};
    std::uint64_t ids = 0;         ///< lines with an id
    std::uint64_t producers = 0;   ///< pairs of epoch and producer
    std::uint64_t gaps = 0;        ///< how often ids are missing without a word
    std::uint64_t missing = 0;     ///< how many of them
    std::uint64_t lost = 0;        ///< how many gap lines tell of, and are not there
    std::uint64_t duplicates = 0;
    std::uint64_t reordered = 0;
    std::uint64_t bad_ids = 0;
    std::uint64_t torn = 0;        ///< unfinished lines, the tail of the newest file included
    bool exact = true;             ///< false: a bound of AuditOptions was reached, and ids that came very late may be misjudged
    std::vector<LedgerFinding> findings{};  ///< in the order of the ledger, the gaps at the end

    /// Nothing is missing unexplained, twice, out of order, damaged or torn. Losses that the writer told of do not count.
    [[nodiscard]] bool clean() const noexcept {
        return missing == 0 && duplicates == 0 && reordered == 0 && bad_ids == 0 && counts.bad == 0 && torn == 0;
    }
};

namespace detail {

/// The line that stands where events were dropped.
struct GapLine {
    std::uint64_t producer = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::optional<std::string> epoch{};
    static constexpr std::string_view notch_name() { return "notch_gap"; }
};

constexpr std::uint64_t lesser(std::uint64_t a, std::uint64_t b) noexcept { return a < b ? a : b; }

/// What is known of one producer of one epoch.
struct ProducerAudit {
    std::uint64_t epoch = 0;
    std::uint64_t producer = 0;
    bool epoch_known = true;  ///< false: so far only gap lines without an epoch
    SequenceRuns seen{};
    SequenceRuns told{};  ///< of by gap lines
};

/// A template so that those who call audit() compile it, and not every program that includes notch.hpp.
template <class Gap>
class Auditor {
public:
    explicit Auditor(const AuditOptions& options) noexcept : options_{options} {}

    void take(const LedgerLine& line) {
        const LinePlace place{line.byte, line.number, file_index(line.file)};
        if (!line.id.empty()) take_id(line.id, place);
        if (line.event == Gap::notch_name()) take_gap(from_line<Gap>(line.text), place);
    }

    void take_bad(const BadLine& bad) {
        if (!has_room()) return;
        LedgerFinding& finding = out_.findings.emplace_back();
        finding.kind = LedgerFinding::Kind::bad_line;
        finding.file = bad.error.place;
        finding.number = bad.number;
        finding.byte = bad.byte;
        finding.torn = bad.torn;
        finding.error = bad.error;
    }

    /// Runs of numbers that are kept now; what the bound is about.
    [[nodiscard]] std::size_t kept() const noexcept { return runs_; }

    LedgerAudit finish(const LedgerCounts& counts) {
        out_.counts = counts;
        out_.torn = counts.torn + (counts.tail_bytes != 0 ? 1U : 0U);
        for (const ProducerAudit& one : producers_) out_.producers += one.epoch_known || !one.told.empty() ? 1U : 0U;
        for (const ProducerAudit& one : producers_) judge(one, ~std::uint64_t{0});
        return std::move(out_);
    }

private:
    std::uint32_t file_index(std::string_view file) {
        if (files_.empty() || files_.back() != file) files_.emplace_back(file);
        return static_cast<std::uint32_t>(files_.size() - 1);
    }

    void take_id(std::string_view text, const LinePlace& place) {
        LedgerId id;
        if (!read_ledger_id(text, id)) return note_bad_id(place);
        ++out_.ids;
        ProducerAudit* const one = find(id.epoch, id.producer, true);
        if (one == nullptr) return;
        const bool late = !one->seen.empty() && id.sequence < one->seen.highest();
        const std::size_t before = one->seen.runs().size();
        if (!one->seen.add(id.sequence, place)) {
            ++out_.duplicates;
            note(LedgerFinding::Kind::duplicate, *one, id.sequence, id.sequence, place);
        } else if (late) {
            ++out_.reordered;
            note(LedgerFinding::Kind::reordering, *one, id.sequence, id.sequence, place);
        }
        count_holes(*one, before, one->seen.runs().size());
    }

    void take_gap(const Result<GapLine>& gap, const LinePlace& place) {
        std::uint64_t epoch = 0;
        const bool has_epoch = gap && gap->epoch;
        if (!gap || gap->last < gap->first || (has_epoch && !read_epoch(*gap->epoch, epoch))) return note_bad_id(place);
        ProducerAudit* const one = has_epoch ? find(epoch, gap->producer, true) : find_latest(gap->producer);
        if (one == nullptr) return;
        const std::size_t before = one->told.runs().size();
        one->told.add_range(gap->first, gap->last, place);
        note(LedgerFinding::Kind::loss, *one, gap->first, gap->last, place);
        count_holes(*one, before, one->told.runs().size());
    }

    // ---- producers -------------------------------------------------------------------------------------------------

    /// In the order of epoch and producer; positions of producers_.
    [[nodiscard]] std::size_t position(std::uint64_t epoch, std::uint64_t producer) const noexcept {
        std::size_t low = 0;
        for (std::size_t high = order_.size(); low < high;) {
            const std::size_t middle = low + (high - low) / 2;
            const ProducerAudit& one = producers_[order_[middle]];
            if (one.epoch < epoch || (one.epoch == epoch && one.producer < producer)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    ProducerAudit* find(std::uint64_t epoch, std::uint64_t producer, bool epoch_known) {
        if (latest_ < producers_.size()) {
            ProducerAudit& one = producers_[latest_];
            if (one.epoch == epoch && one.producer == producer && one.epoch_known) return &one;
        }
        std::size_t at = position(epoch, producer);
        if (at < order_.size() && producers_[order_[at]].epoch == epoch && producers_[order_[at]].producer == producer) {
            latest_ = order_[at];
        } else {
            if (producers_.size() >= options_.max_producers) {
                out_.exact = false;
                return nullptr;
            }
            latest_ = producers_.size();
            order_.insert(at, latest_);
            producers_.push_back({epoch, producer, epoch_known, {}, {}});
        }
        if (waiting_ && epoch_known) adopt(producers_[latest_]);
        return &producers_[latest_];
    }

    /// A gap line without an epoch is about the last one seen of its producer, or else about the next.
    ProducerAudit* find_latest(std::uint64_t producer) {
        if (latest_ < producers_.size() && producers_[latest_].producer == producer) return &producers_[latest_];
        for (std::size_t i = producers_.size(); i != 0; --i)
            if (producers_[i - 1].producer == producer && producers_[i - 1].epoch_known) return &producers_[i - 1];
        waiting_ = true;
        return find(no_epoch, producer, false);
    }

    /// Takes over what gap lines told of a producer before its first id.
    void adopt(ProducerAudit& one) {
        waiting_ = false;
        for (ProducerAudit& other : producers_) {
            if (other.epoch_known || other.told.empty()) continue;
            waiting_ = waiting_ || other.producer != one.producer;
            if (other.producer != one.producer) continue;
            for (const SequenceRun& run : other.told.runs()) one.told.add_range(run.first, run.last, run.place);
            other.told = {};
        }
    }

    // ---- bounds ----------------------------------------------------------------------------------------------------

    void count_holes(ProducerAudit& one, std::size_t before, std::size_t after) {
        runs_ += after;
        runs_ -= before;
        if (kept() > options_.max_holes + 2 * producers_.size()) settle(one);
    }

    /// Judges the older half of the holes of whoever has most of them, and forgets these.
    NOTCH_INTERNAL_COLD void settle(ProducerAudit& one) {
        ProducerAudit* most = &one;
        for (ProducerAudit& other : producers_)
            if (weight(other) > weight(*most)) most = &other;
        out_.exact = false;
        const std::size_t before = weight(*most);
        const bool by_seen = most->seen.runs().size() >= most->told.runs().size();
        const PlainList<SequenceRun>& runs = by_seen ? most->seen.runs() : most->told.runs();
        const SequenceRun middle = runs[runs.size() / 2];
        judge(*most, middle.last);
        const std::uint64_t from = most->seen.empty() ? middle.first : lesser(most->seen.runs()[0].first, middle.first);
        most->seen.add_range(from, middle.last, middle.place);
        most->told.drop_to(middle.last);
        runs_ -= before - weight(*most);
    }
    static std::size_t weight(const ProducerAudit& one) noexcept { return one.seen.runs().size() + one.told.runs().size(); }

    // ---- findings --------------------------------------------------------------------------------------------------

    /// What is missing or was lost of a producer up to the number `end`.
    void judge(const ProducerAudit& one, std::uint64_t end) {
        const PlainList<SequenceRun>& runs = one.seen.runs();
        for (std::size_t i = 1; i < runs.size() && runs[i].first <= end; ++i)
            one.told.holes(runs[i - 1].last + 1, runs[i].first - 1, [&](std::uint64_t first, std::uint64_t last) {
                ++out_.gaps;
                out_.missing += last - first + 1;
                note(LedgerFinding::Kind::gap, one, first, last, runs[i].place);
            });
        for (const SequenceRun& run : one.told.runs()) {
            if (run.first > end) break;
            one.seen.holes(run.first, lesser(run.last, end), [this](std::uint64_t first, std::uint64_t last) { out_.lost += last - first + 1; });
        }
    }

    [[nodiscard]] bool has_room() const noexcept { return out_.findings.size() < options_.max_findings; }

    void note(LedgerFinding::Kind kind, const ProducerAudit& one, std::uint64_t first, std::uint64_t last, const LinePlace& place) {
        if (!has_room()) return;
        LedgerFinding& finding = out_.findings.emplace_back();
        finding.kind = kind;
        finding.epoch = one.epoch_known ? one.epoch : 0;
        finding.producer = one.producer;
        finding.first = first;
        finding.last = last;
        finding.file = printable(files_[place.file]);
        finding.byte = place.byte;
        finding.number = place.number;
    }
    void note_bad_id(const LinePlace& place) {
        ++out_.bad_ids;
        note(LedgerFinding::Kind::bad_id, {}, 0, 0, place);
    }

    static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};

    AuditOptions options_;
    LedgerAudit out_{};
    std::vector<std::string> files_{};
    std::vector<ProducerAudit> producers_{};
    PlainList<std::size_t> order_{};
    std::size_t latest_ = 0;
    std::size_t runs_ = 0;
    bool waiting_ = false;  // gap lines without an epoch came before any id of their producer
};

inline void append_id(std::string& out, const LedgerFinding& finding, std::uint64_t sequence) {
    for (int shift = 60; shift >= 0; shift -= 4) out += hex_character(static_cast<unsigned>(finding.epoch >> shift & 15));
    out += '-' + std::to_string(finding.producer) + '-' + std::to_string(sequence);
}

}  // namespace detail

inline std::string LedgerFinding::message() const {
    if (kind == Kind::bad_line) return error.message();
    std::string out = file + ", line " + std::to_string(number) + ": ";
    if (kind == Kind::bad_id) return out + "a notch_id or gap line that is not as notch writes it";
    const bool several = first != last;
    out += several ? "ids " : "id ";
    detail::append_id(out, *this, first);
    if (several) out += " to " + std::to_string(last);
    switch (kind) {
        case Kind::gap: return out + (several ? " are" : " is") + " missing before it";
        case Kind::loss: return out + (several ? " were" : " was") + " dropped, and the writer says so";
        case Kind::duplicate: return out + " stands here for the second time";
        default: return out + " stands behind a later one";
    }
}

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/ledger_pairs.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_PAIRS_HPP
#define NOTCH_READ_LEDGER_PAIRS_HPP

// ---- read/ledger_pair_time.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_PAIR_TIME_HPP
#define NOTCH_READ_LEDGER_PAIR_TIME_HPP

// Times of events as nanoseconds, and their sums, which end at the bounds of 64 bits instead of wrapping.

namespace notch::inline NOTCH_ABI::detail {

inline constexpr std::chrono::nanoseconds most_time{(std::numeric_limits<std::int64_t>::max)()};
inline constexpr std::chrono::nanoseconds least_time{(std::numeric_limits<std::int64_t>::min)()};

constexpr std::chrono::nanoseconds sum(std::chrono::nanoseconds a, std::chrono::nanoseconds b) noexcept {
    if (b.count() > 0 && a.count() > most_time.count() - b.count()) return most_time;
    if (b.count() < 0 && a.count() < least_time.count() - b.count()) return least_time;
    return a + b;
}
/// later - earlier, which is not negative.
constexpr std::chrono::nanoseconds difference(std::chrono::nanoseconds later, std::chrono::nanoseconds earlier) noexcept {
    if (earlier.count() < 0 && later.count() > most_time.count() + earlier.count()) return most_time;
    return later - earlier;
}

/// Seconds to the microsecond, which is what a double holds of the time in our days; false when it is no number.
constexpr bool seconds_to_time(double seconds, std::chrono::nanoseconds& out) noexcept {
    constexpr double most = 9'000'000'000.0;  // in the year 2255
    if (!(seconds >= -most && seconds <= most)) return false;
    const double microseconds = seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5);
    out = std::chrono::nanoseconds{static_cast<std::int64_t>(microseconds) * 1'000};
    return true;
}

template <class Rep, class Period>
constexpr bool to_time(const std::chrono::duration<Rep, Period>& since, std::chrono::nanoseconds& out) noexcept {
    if constexpr (std::is_same_v<std::chrono::duration<Rep, Period>, std::chrono::nanoseconds>) {
        out = since;
        return true;
    } else if constexpr (std::is_floating_point_v<Rep>) {
        return seconds_to_time(std::chrono::duration<double>{since}.count(), out);
    } else {
        const auto rough = std::chrono::duration_cast<std::chrono::duration<double>>(since).count();
        if (!(rough >= -9e9 && rough <= 9e9)) return false;
        out = std::chrono::duration_cast<std::chrono::nanoseconds>(since);
        return true;
    }
}
template <class Duration>
constexpr bool to_time(const std::chrono::time_point<std::chrono::system_clock, Duration>& time, std::chrono::nanoseconds& out) noexcept {
    return to_time(time.time_since_epoch(), out);
}
constexpr bool to_time(const Instant& time, std::chrono::nanoseconds& out) noexcept {
    const auto since = time.since_1970();
    if (since) out = *since;
    return since.has_value();
}
template <class T>
    requires std::is_arithmetic_v<T>
constexpr bool to_time(T seconds, std::chrono::nanoseconds& out) noexcept {
    return seconds_to_time(static_cast<double>(seconds), out);
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

// ---- read/text_table.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_TEXT_TABLE_HPP
#define NOTCH_READ_TEXT_TABLE_HPP

namespace notch::inline NOTCH_ABI::detail {

/// Numbers texts in the order in which they first come: 0, 1, 2, ... The texts stand behind each other in one string.
class TextTable {
public:
    /// The number of the text; size() becomes one more when it is new.
    std::size_t find_or_add(std::string_view text) {
        if (2 * (ends_.size() + 1) > slots_.size()) grow();
        std::size_t& slot = slot_of(text);
        if (slot == 0) {
            all_ += text;
            ends_.push_back(all_.size());
            slot = ends_.size();
        }
        return slot - 1;
    }
    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }

private:
    /// FNV-1a over words of eight bytes; the keys are the program's own, so nobody makes them collide.
    static std::uint64_t hash(std::string_view text) noexcept {
        constexpr std::uint64_t prime = 0x100000001b3;
        std::uint64_t out = 0xcbf29ce484222325;
        const char* at = text.data();
        const char* const end = at + text.size();
        for (; end - at >= 8; at += 8) {
            out = (out ^ load_8(at)) * prime;
            out ^= out >> 32;
        }
        for (; at != end; ++at) out = (out ^ static_cast<unsigned char>(*at)) * prime;
        return out ^ out >> 29;
    }
    [[nodiscard]] std::string_view text_at(std::size_t index) const noexcept {
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view{all_}.substr(begin, ends_[index] - begin);
    }
    /// Where the text is, or belongs; there is always a free slot.
    std::size_t& slot_of(std::string_view text) noexcept {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = static_cast<std::size_t>(hash(text)) & mask;
        while (slots_[at] != 0 && text_at(slots_[at] - 1) != text) at = (at + 1) & mask;
        return slots_[at];
    }
    void grow() {
        const std::size_t size = slots_.empty() ? 64 : slots_.size() * 2;
        slots_.clear();
        slots_.resize(size);
        for (std::size_t i = 0; i < ends_.size(); ++i) slot_of(text_at(i)) = i + 1;
    }

    std::string all_{};
    PlainList<std::size_t> ends_{};
    PlainList<std::size_t> slots_{};  // a number and one; 0: free
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// What an event is to its pair, where starts and stops are events of the same type.
enum class PairRole : std::uint8_t { start, stop, neither };

/// In place of a shape, where none was asked for.
struct NoShape {
    bool operator==(const NoShape&) const = default;
};

/// A start and the stop that ended it.
template <class Key, class Shape>
struct ClosedPair {
    const Key& key;
    const Shape& shape;              ///< of the start
    std::chrono::nanoseconds start;  ///< since 1970, or since whatever the events' times count from
    std::chrono::nanoseconds stop;
    std::chrono::nanoseconds duration;  ///< never negative
};

/// A start that nothing has ended.
template <class Key, class Shape>
struct OpenPair {
    Key key;
    Shape shape;
    std::chrono::nanoseconds start;
    std::size_t key_number = 0;  ///< of the key: 0, 1, 2, ... in the order in which the keys first came
};

/// What the closed pairs of one key with one shape add up to.
template <class Key, class Shape>
struct PairUsage {
    Key key;
    Shape shape;
    std::uint64_t closed = 0;
    std::chrono::nanoseconds duration{};
    std::size_t key_number = 0;  ///< as that of OpenPair: what belongs together where one key had several shapes
};

/// The same for a shape, over all keys.
template <class Shape>
struct ShapeUsage {
    Shape shape;
    std::uint64_t closed = 0;
    std::uint64_t open = 0;
    std::chrono::nanoseconds duration{};
};

/// How often what happened.
struct PairCounts {
    std::uint64_t closed = 0;
    std::uint64_t orphans = 0;    ///< stops without a start
    std::uint64_t restarted = 0;  ///< starts of what was open: the earlier start counts for nothing, as nobody knows its end
    std::uint64_t backwards = 0;  ///< of `closed`: the stop is earlier than the start; counted as no time
    std::uint64_t unusable = 0;   ///< events without a key, or whose time is no number
    std::chrono::nanoseconds duration{};  ///< of all closed ones
};

/// Pairs starts with stops of the same key, and adds up how long they took; what LedgerReader::pair fills.
///
///     notch::Pairs<std::string, Shape> pairs;
///     pairs.start("vm-1", 10s, Shape{.cpu = 4});
///     pairs.stop("vm-1", 25s);  // pairs.counts().closed == 1, pairs.usage()[0].duration == 15s
///
/// Two keys, or shapes, are the same when they are the same JSON. Memory: two keys and two shapes, as values and as JSON, for each
/// different key and each key with another shape. A time may be a system_clock time point, a duration, or a number of seconds;
/// seconds in floating point count to the microsecond. One thread at a time.
template <class Key, class Shape = NoShape>
class Pairs {
public:
    void start(const Key& key, std::chrono::nanoseconds time, const Shape& shape = Shape{}) {
        Entry& entry = entry_of(key);
        counts_.restarted += entry.open != nothing ? 1U : 0U;
        entry.open = usage_of(static_cast<std::size_t>(&entry - entries_.data()), shape);
        entry.since = time;
    }

    /// The pair that this closes, or nothing: it is an orphan. The references live until the next call.
    std::optional<ClosedPair<Key, Shape>> stop(const Key& key, std::chrono::nanoseconds time) {
        Entry& entry = entry_of(key);
        if (entry.open == nothing) {
            ++entry.orphans;
            ++counts_.orphans;
            return {};
        }
        PairUsage<Key, Shape>& usage = usage_[std::exchange(entry.open, nothing)];
        const bool backwards = time < entry.since;
        const std::chrono::nanoseconds duration = backwards ? std::chrono::nanoseconds{} : detail::difference(time, entry.since);
        counts_.backwards += backwards ? 1U : 0U;
        ++counts_.closed;
        ++usage.closed;
        usage.duration = detail::sum(usage.duration, duration);
        counts_.duration = detail::sum(counts_.duration, duration);
        return ClosedPair<Key, Shape>{usage.key, usage.shape, entry.since, time, duration};
    }

    /// Notes an event that has no key or no time.
    void pass_over() noexcept { ++counts_.unusable; }

    [[nodiscard]] const PairCounts& counts() const noexcept { return counts_; }

    /// By key and shape, in the order in which they first came; also those that were never closed.
    [[nodiscard]] const std::vector<PairUsage<Key, Shape>>& usage() const noexcept { return usage_; }

    /// By shape alone, in the same order.
    [[nodiscard]] std::vector<ShapeUsage<Shape>> by_shape() const {
        std::vector<ShapeUsage<Shape>> out;
        detail::TextTable shapes;
        std::string text;
        std::vector<std::size_t> at;
        for (const PairUsage<Key, Shape>& one : usage_) {
            text.clear();
            append_text(text, one.shape);
            at.push_back(shapes.find_or_add(text));
            if (at.back() == out.size()) out.push_back({one.shape});
            out[at.back()].closed += one.closed;
            out[at.back()].duration = detail::sum(out[at.back()].duration, one.duration);
        }
        for (const Entry& entry : entries_)
            if (entry.open != nothing) ++out[at[entry.open]].open;
        return out;
    }

    /// What is open, in the order in which the keys first came.
    [[nodiscard]] std::vector<OpenPair<Key, Shape>> open() const {
        std::vector<OpenPair<Key, Shape>> out;
        for (const Entry& entry : entries_)
            if (entry.open != nothing) out.push_back({usage_[entry.open].key, usage_[entry.open].shape, entry.since, usage_[entry.open].key_number});
        return out;
    }

    /// The keys of stops without a start, each once.
    [[nodiscard]] std::vector<Key> orphans() const {
        std::vector<Key> out;
        for (const Entry& entry : entries_)
            if (entry.orphans != 0) out.push_back(entry.key);
        return out;
    }

private:
    static constexpr std::size_t nothing = static_cast<std::size_t>(-1);
    struct Entry {
        Key key;
        std::size_t open = nothing;  ///< which usage the open start belongs to
        std::chrono::nanoseconds since{};
        std::uint64_t orphans = 0;
    };

    template <class T>
    static void append_text(std::string& out, const T& value) {
        if constexpr (!std::is_same_v<T, NoShape>) append_json(out, value);
    }

    Entry& entry_of(const Key& key) {
        text_.clear();
        append_text(text_, key);
        const std::size_t at = keys_.find_or_add(text_);
        if (at == entries_.size()) entries_.push_back({key});
        return entries_[at];
    }
    /// After entry_of, whose text of the key it goes on with.
    std::size_t usage_of(std::size_t number, const Shape& shape) {
        text_ += '\n';
        append_text(text_, shape);
        const std::size_t at = usages_.find_or_add(text_);
        if (at == usage_.size()) usage_.push_back({.key = entries_[number].key, .shape = shape, .key_number = number});
        return at;
    }

    PairCounts counts_{};
    detail::TextTable keys_{};
    detail::TextTable usages_{};
    std::vector<Entry> entries_{};
    std::vector<PairUsage<Key, Shape>> usage_{};
    std::string text_{};
};

/// Which parts of an event make its pair: members, or callables that take the event. Made by paired_by.
template <class Key, class Time, class Shape>
struct PairedBy {
    Key key;
    Time time;
    Shape shape;
};

/// Says what pairs events: their key, their time, and for starts, if usage is to be added up by it, their shape.
///
///     notch::paired_by(&RunnerStart::runner, &RunnerStart::timestamp, &RunnerStart::flavor)
///     notch::paired_by([](const Entry& e) { return e.vm_id; }, &Entry::emitted_at, &Entry::shape)
///
/// A key that is an empty std::optional leaves the event out (PairCounts::unusable).
template <class Key, class Time, class Shape>
[[nodiscard]] constexpr PairedBy<Key, Time, Shape> paired_by(Key key, Time time, Shape shape) {
    return {key, time, shape};
}
template <class Key, class Time>
[[nodiscard]] constexpr auto paired_by(Key key, Time time) {
    return paired_by(key, time, [](const auto&) { return NoShape{}; });
}

namespace detail {

/// For whom pairs need not be told of one by one.
struct Ignore {
    template <class Pair>
    void operator()(const Pair&) const noexcept {}
};

/// A member or what a callable makes of an event.
template <class Part, class Event>
decltype(auto) part_of(const Part& part, const Event& event) {
    if constexpr (std::is_member_object_pointer_v<Part>) return (event.*part);
    else return part(event);
}

/// What is kept of a part: texts of every sort as std::string, all else as it is.
template <class T>
struct KeptAs {
    using type = T;
};
template <class T>
    requires is_text<T>
struct KeptAs<T> {
    using type = std::string;
};
template <class T>
struct KeptAs<std::optional<T>> {
    using type = std::optional<typename KeptAs<T>::type>;
};
template <class T>
struct Present {
    using type = T;
};
template <class T>
struct Present<std::optional<T>> {
    using type = T;
};

template <class Part, class Event>
using PartOf =
    typename KeptAs<std::remove_cvref_t<decltype(part_of(std::declval<const std::remove_cvref_t<Part>&>(), std::declval<const Event&>()))>>::type;
/// A key is never an empty optional, so it is kept as none.
template <class Part, class Event>
using KeyOf = typename Present<PartOf<Part, Event>>::type;

template <class Kept, class T>
Kept keep(const T& value) {
    if constexpr (is_text<T>) return Kept{as_text(value)};
    else if constexpr (is_optional<T>) return value ? Kept{keep<typename Kept::value_type>(*value)} : Kept{};
    else return value;
}

/// Calls `use(key, time)` when the event has both.
template <class Key, class Event, class By, class Use>
bool with_key_and_time(const Event& event, const By& by, Use use) {
    std::chrono::nanoseconds time{};
    if (!to_time(part_of(by.time, event), time)) return false;
    const auto& key = part_of(by.key, event);
    if constexpr (is_optional<std::remove_cvref_t<decltype(key)>>) {
        if (!key) return false;
        use(keep<Key>(*key), time);
    } else {
        use(keep<Key>(key), time);
    }
    return true;
}

template <class Key, class Shape, class Event, class By>
void pair_start(Pairs<Key, Shape>& pairs, const Event& event, const By& by) {
    const auto start = [&](const Key& key, std::chrono::nanoseconds time) { pairs.start(key, time, keep<Shape>(part_of(by.shape, event))); };
    if (!with_key_and_time<Key>(event, by, start)) pairs.pass_over();
}
template <class Key, class Shape, class Event, class By, class Closed>
void pair_stop(Pairs<Key, Shape>& pairs, const Event& event, const By& by, Closed& closed) {
    const auto stop = [&](const Key& key, std::chrono::nanoseconds time) {
        if (const auto pair = pairs.stop(key, time)) closed(*pair);
    };
    if (!with_key_and_time<Key>(event, by, stop)) pairs.pass_over();
}

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif

// ---- read/ledger_visit.hpp -------------------------------------------------------------------------------------------

#ifndef NOTCH_READ_LEDGER_VISIT_HPP
#define NOTCH_READ_LEDGER_VISIT_HPP

// A pass over a ledger that hands its events on as structs. The pass is plain code over a table of the types that are asked for;
// the templates behind it only make that table.

namespace notch::inline NOTCH_ABI::detail {

/// A type of event that a pass looks for, with a struct to read into that is used again for every line.
struct EventType {
    std::string_view name{};
    bool any_name = false;     ///< it has a member that takes other names
    bool no_envelope = false;  ///< its lines have no name
    bool wants_line = false;
    void* slot = nullptr;
    bool (*read)(void* slot, Reader& r) = nullptr;
    bool (*hand)(void* slot, const LedgerLine& line) = nullptr;  ///< false: the pass shall end
};

class LedgerPass {
public:
    LedgerPass(LedgerLines& lines, std::span<const EventType> types, BadLineTarget target) noexcept
        : lines_{lines}, types_{types}, target_{target} {
        for (const EventType& type : types_)
            if (type.any_name || type.no_envelope) other_ = &type;
    }

    void run() {
        while (lines_.next_raw(target_) && take()) unescaped_.clear();
    }

private:
    [[nodiscard]] const EventType* find(std::string_view name) const noexcept {
        for (const EventType& type : types_)
            if (!type.no_envelope && type.name.size() == name.size() && std::memcmp(type.name.data(), name.data(), name.size()) == 0)
                return &type;
        return nullptr;
    }

    /// One line; false: the pass shall end. Lines as notch writes them are parsed once, by what reads the struct.
    bool take() {
        const std::string_view text = lines_.raw_.text;
        std::string_view name;
        const EventType* type = nullptr;
        if (peek_event(text, name)) type = find(name);
        else if (other_ != nullptr && other_->no_envelope && types_.size() == 1) type = other_;
        if (type == nullptr || type->wants_line || !read(*type, text)) return take_any();
        lines_.line_ = {text, name, {}, lines_.path_, lines_.raw_.byte, lines_.raw_.number};
        ++lines_.counts_.lines;
        return hand(*type);
    }

    /// The same for any line: first it is checked and its name found.
    bool take_any() {
        if (!lines_.scan(target_)) return true;
        const std::string_view name = lines_.line_.event;
        const EventType* const type = find(name);
        if (type != nullptr && !name.empty()) return read(*type, lines_.raw_.text) ? hand(*type) : wrong_type();
        if (other_ == nullptr || name.substr(0, own_names.size()) == own_names) return true;
        if (other_->any_name && name.empty()) return true;
        if (read(*other_, lines_.raw_.text)) return hand(*other_);
        return name.empty() ? wrong_type() : true;
    }

    NOTCH_INTERNAL_INLINE bool read(const EventType& type, std::string_view text) {
        failure_ = Reader{text, lines_.limits_};
        failure_.line = true;
        failure_.store = &unescaped_;
        return type.read(type.slot, failure_);
    }

    NOTCH_INTERNAL_INLINE bool hand(const EventType& type) {
        ++lines_.counts_.events;
        return type.hand(type.slot, lines_.line_);
    }

    NOTCH_INTERNAL_COLD bool wrong_type() {
        --lines_.counts_.lines;
        lines_.tell(target_, read_error(failure_), false);
        return true;
    }

    static constexpr std::string_view own_names = "notch_";  // gap lines and the like are for notch itself

    LedgerLines& lines_;
    std::span<const EventType> types_;
    BadLineTarget target_;
    const EventType* other_ = nullptr;  // takes lines whose names are nobody's
    TextStore unescaped_{};             // what views of escaped texts show, until the next line
    Reader failure_{{}, lines_.limits_};
};

// ---- the table -------------------------------------------------------------------------------------------------------

template <class T, class F>
inline constexpr bool takes_line = std::is_invocable_v<F&, T&&, const LedgerLine&>;

template <class T, class F>
bool call_with(F& f, T& value, const LedgerLine& line) {
    if constexpr (takes_line<T, F>) {
        if constexpr (std::is_same_v<std::invoke_result_t<F&, T&&, const LedgerLine&>, bool>) return f(static_cast<T&&>(value), line);
        else f(static_cast<T&&>(value), line);
    } else {
        constexpr bool takes = std::is_invocable_v<F&, T&&>;
        static_assert(takes, "notch: the callable for this event must take it by value or as a const reference, and may take a const notch::LedgerLine& behind it");
        if constexpr (takes) {
            if constexpr (std::is_same_v<std::invoke_result_t<F&, T&&>, bool>) return f(static_cast<T&&>(value));
            else f(static_cast<T&&>(value));
        }
    }
    return true;
}

/// A struct to read into, which keeps the memory of its texts from line to line, and whom it is for.
template <std::size_t Index, class T, class F>
struct EventSlot {
    explicit EventSlot(F& f) : callable{f} {}

    static bool read(void* slot, Reader& r) {
        auto& self = *static_cast<EventSlot*>(slot);
        return self.reset(r) && read_document(r, read_root<T, true>, &self.value);
    }
    static bool hand(void* slot, const LedgerLine& line) {
        auto& self = *static_cast<EventSlot*>(slot);
        return call_with<T>(self.callable, self.value, line);
    }
    /// What a line leaves out is as in a new struct.
    bool reset(Reader& r) noexcept {
        NOTCH_INTERNAL_TRY {
            if constexpr (std::is_copy_assignable_v<T>) {
                value = blank;
            } else {
                T fresh{};
                value.~T();
                ::new (static_cast<void*>(&value)) T(static_cast<T&&>(fresh));
            }
            return true;
        }
        NOTCH_INTERNAL_CATCH_ALL {
            r.failure.code = ErrorCode::no_memory;
            return false;
        }
    }
    [[nodiscard]] EventType type() noexcept {
        constexpr bool envelope = Envelope<T>::on;
        return {envelope ? event_name<T> : std::string_view{}, envelope && Envelope<T>::event != no_field, !envelope, takes_line<T, F>, this, read, hand};
    }

    F& callable;
    T value{};
    T blank{};
};

template <std::size_t Index, class F, class... Rest>
constexpr auto& callable_at(F& first, Rest&... rest) noexcept {
    if constexpr (Index == 0) return first;
    else return callable_at<Index - 1>(rest...);
}

/// How many of the types take lines whose names are nobody's.
template <class... Ts>
consteval std::size_t count_others() {
    return (std::size_t{0} + ... + (!Envelope<Ts>::on || Envelope<Ts>::event != no_field ? 1U : 0U));
}
template <class... Ts>
consteval bool names_differ() {
    constexpr std::array<std::string_view, sizeof...(Ts)> names{(Envelope<Ts>::on ? event_name<Ts> : std::string_view{})...};
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (names[i] == names[k]) return false;
    return true;
}

/// One callable takes all events; else each type has its own, and one more takes bad lines.
template <class... Ts, std::size_t... Index, class... Fs>
void visit_lines(LedgerLines& lines, std::index_sequence<Index...>, Fs&... callables) {
    constexpr bool single = sizeof...(Fs) == 1;
    struct Slots : EventSlot<Index, Ts, std::remove_reference_t<decltype(callable_at<single ? 0 : Index>(callables...))>>... {
        explicit Slots(Fs&... all)
            : EventSlot<Index, Ts, std::remove_reference_t<decltype(callable_at<single ? 0 : Index>(all...))>>{callable_at<single ? 0 : Index>(all...)}... {}
    };
    Slots all_slots{callables...};
    const std::array<EventType, sizeof...(Ts)> types{
        static_cast<EventSlot<Index, Ts, std::remove_reference_t<decltype(callable_at<single ? 0 : Index>(callables...))>>&>(all_slots).type()...};
    BadLineTarget target;
    if constexpr (sizeof...(Fs) == sizeof...(Ts) + 1) target = bad_line_target(callable_at<sizeof...(Ts)>(callables...));
    LedgerPass{lines, types, target}.run();
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif

namespace notch::inline NOTCH_ABI {

/// Reads a ledger back, whatever its size: every good line, and every bad one with its place.
///
///     auto ledger = notch::LedgerReader::open("events.jsonl");
///     if (!ledger) return complain(ledger.error());
///     auto seen = ledger->visit<RunnerStart, RunnerStop>(
///         [&](const RunnerStart& start) { ++starts; },
///         [&](const RunnerStop& stop) { total += stop.job_duration; },
///         [&](const notch::BadLine& bad) { complain(bad.error); });
///     // seen->lines, seen->events, seen->bad, seen->torn
///
/// **Files.** A ledger is the file and the older ones beside it, which are read first, the oldest before the others:
///
///     x.jsonl-20261124   x-20261124T150405.jsonl   a time: digits and -T:Z._ from YYYYMMDD on, in the order of the text
///     x.jsonl.2          x.2.jsonl                 a number of up to 7 digits, the largest first
///     x.jsonl                                      the file itself, which may be absent then
///
/// A rotation by renaming, before or during a pass, loses and repeats nothing. Compressed files (.gz and the like) are told as bad.
/// Each must be a regular file with one link and no symbolic link itself (see LedgerOptions::follow_links); the directory is trusted.
/// Opening never waits for another process, nothing is mapped, memory is bounded.
///
/// **Lines.** A good line is one JSON object, by the rules of from_json. What is behind a torn start and begins as notch begins a
/// line (timestamp, then event), or is behind NUL bytes, and is a whole line itself, is salvaged. A writer may append meanwhile: a
/// pass ends when it has caught up, and what stands behind the last newline of the newest file is then no bad line
/// (LedgerCounts::tail_bytes).
///
/// Every function makes a pass of its own from the oldest line on. Copyable; any number of threads may use one reader.
class LedgerReader {
public:
    /// Of a path; nothing is opened yet, so that what is wrong is the error of the first pass.
    explicit LedgerReader(std::string_view path, LedgerOptions options = {}) : path_{path}, options_{options} {}

    /// The same, once there is something to read. Errors: refused (a link, a FIFO, ...), open_failed, also
    /// when the directory cannot be listed.
    [[nodiscard]] static Result<LedgerReader> open(std::string_view path, LedgerOptions options = {}) {
        LedgerReader out{path, options};
        const Result<detail::File> file = detail::open_ledger_file(out.path_, options.follow_links);
        if (!file && (file.error().os_error != ENOENT || !options.rotated)) return file.error();
        std::vector<Error> refused;
        detail::LedgerFiles files{out.path_, {options.rotated, options.follow_links}};
        const Result<bool> opened = file ? files.has_next() : files.next(refused);
        if (!opened) return opened.error();
        if (!file && !*opened) return refused.empty() ? file.error() : refused.front();
        return out;
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// The good lines, one after the other; see LedgerLines.
    [[nodiscard]] LedgerLines lines() const { return {path_, options_}; }

    /// Hands every event of these types on as a struct: each type has its callable, in the same order, and one more may take a
    /// `const BadLine&`; or a single callable takes all of them.
    ///
    ///     ledger.visit<RunnerStart>([](RunnerStart start, const notch::LedgerLine& line) { ... });
    ///     ledger.visit<RunnerStart, RunnerStop>([](const auto& event) { ... });
    ///
    /// A callable takes the event by value or const reference, and behind it, if it likes, the line; one that returns false (a bool)
    /// ends the pass. A line is of a type by its event's name, and read as from_line reads it; where it cannot be, it is a bad line.
    /// Lines of other events are checked as JSON and counted. At most one of the types may be without envelope: lines whose
    /// names none of the others has are read as that type, and if they cannot be, they are bad lines, unless they have a name. The
    /// same goes for a type with a text member `event`, for lines with a name. std::string_view members live until the callable returns.
    ///
    /// Errors: those of LedgerLines::outcome; what was handed on before stays so.
    template <class... Ts, class... Fs>
    Result<LedgerCounts> visit(Fs&&... callables) const {
        constexpr std::size_t types = sizeof...(Ts);
        constexpr std::size_t given = sizeof...(Fs);
        static_assert(types != 0, "notch: visit needs the types of the events: visit<RunnerStart, RunnerStop>(...)");
        static_assert(given == 1 || given == types || given == types + 1,
                      "notch: visit takes one callable for each type, or one for all of them, and one more for bad lines");
        static_assert(detail::count_others<Ts...>() <= 1,
                      "notch: only one of the types may be without envelope or have a member `event`, since any line may be of such a type");
        static_assert(detail::names_differ<Ts...>(), "notch: two of the types have the same event name: give one of them a notch_name()");
        LedgerLines all{path_, options_};
        detail::visit_lines<Ts...>(all, std::make_index_sequence<types>{}, callables...);
        if (!all.outcome()) return all.outcome().error();
        return all.counts();
    }

    /// Looks for what is missing, double, out of order or damaged.
    ///
    ///     auto audit = ledger.audit();
    ///     if (audit && !audit->clean())
    ///         for (const notch::LedgerFinding& finding : audit->findings) std::puts(finding.message().c_str());
    ///
    /// Ids are judged within their epoch and producer. What is missing before the first id of a producer, whose file may have been
    /// removed since, or behind its last, nobody can tell. A gap line (`notch_gap`) explains the ids it names; without an epoch it is
    /// about the last one seen of its producer. Lines without an id are only checked. An unfinished line at the end of the newest
    /// file counts as torn here, though its writer may be about to end it. Memory is bounded by `options`.
    ///
    /// Errors: those of LedgerLines::outcome.
    template <class Gap = detail::GapLine>
    [[nodiscard]] Result<LedgerAudit> audit(const AuditOptions& options = {}) const {
        LedgerLines all{path_, options_};
        NOTCH_INTERNAL_TRY {
            detail::Auditor<Gap> auditor{options};
            const auto bad = [&auditor](const BadLine& line) { auditor.take_bad(line); };
            while (const LedgerLine* line = all.next(bad)) auditor.take(*line);
            if (!all.outcome()) return all.outcome().error();
            return auditor.finish(all.counts());
        }
        NOTCH_INTERNAL_CATCH_ALL { return detail::out_of_memory(); }
    }

    /// Pairs starts with stops by a key, adds up how long they took, and calls `closed`, if given, with each `const ClosedPair&`.
    ///
    ///     auto runs = ledger.pair<RunnerStart, RunnerStop>(
    ///         notch::paired_by(&RunnerStart::runner, &RunnerStart::timestamp, &RunnerStart::flavor),
    ///         notch::paired_by(&RunnerStop::runner, &RunnerStop::timestamp));
    ///     // runs->counts().closed, runs->open(), runs->orphans(), runs->usage(), runs->by_shape()
    ///
    /// Events are taken in the order of the ledger: a stop that stands before its start, as two threads may write them, is an orphan.
    /// See Pairs for what a key, a time and a shape may be, and for the memory taken. Bad lines are passed over. Errors: those of
    /// LedgerLines::outcome.
    template <class Start, class Stop, class StartBy, class StopBy, class Closed = detail::Ignore>
    [[nodiscard]] auto pair(const StartBy& start_by, const StopBy& stop_by, Closed&& closed = {}) const {
        using Key = detail::KeyOf<decltype(start_by.key), Start>;
        constexpr bool same = std::is_same_v<Key, detail::KeyOf<decltype(stop_by.key), Stop>>;
        static_assert(same, "notch: the keys of starts and stops must have the same type");
        using Out = Pairs<Key, detail::PartOf<decltype(start_by.shape), Start>>;
        Out pairs;
        const auto seen = visit<Start, Stop>([&](const Start& event) { detail::pair_start(pairs, event, start_by); },
                                             [&](const Stop& event) { detail::pair_stop(pairs, event, stop_by, closed); });
        return seen ? Result<Out>{static_cast<Out&&>(pairs)} : Result<Out>{seen.error()};
    }

    /// The same where starts and stops are events of one type, and `role` tells them apart.
    ///
    ///     auto usage = ledger.pair<Entry>([](const Entry& e) { return role_of(e.kind); },  // PairRole::start, stop or neither
    ///                                     notch::paired_by(&Entry::vm_id, &Entry::emitted_at, &Entry::shape));
    template <class Event, class Role, class By, class Closed = detail::Ignore>
        requires std::is_invocable_r_v<PairRole, const Role&, const Event&>
    [[nodiscard]] auto pair(const Role& role, const By& by, Closed&& closed = {}) const {
        using Out = Pairs<detail::KeyOf<decltype(by.key), Event>, detail::PartOf<decltype(by.shape), Event>>;
        Out pairs;
        const auto seen = visit<Event>([&](const Event& event) {
            const PairRole what = role(event);
            if (what == PairRole::start) detail::pair_start(pairs, event, by);
            else if (what == PairRole::stop) detail::pair_stop(pairs, event, by, closed);
        });
        return seen ? Result<Out>{static_cast<Out&&>(pairs)} : Result<Out>{seen.error()};
    }

private:
    std::string path_;
    LedgerOptions options_;
};

}  // namespace notch::inline NOTCH_ABI

#endif

// ---- domain/runner.hpp -----------------------------------------------------------------------------------------------

#ifndef NOTCH_DOMAIN_RUNNER_HPP
#define NOTCH_DOMAIN_RUNNER_HPP

// ---- domain/runner_events.hpp ----------------------------------------------------------------------------------------

#ifndef NOTCH_DOMAIN_RUNNER_EVENTS_HPP
#define NOTCH_DOMAIN_RUNNER_EVENTS_HPP

// What the metrics of self-hosted runners are made of, as github-runner-operator's Python models write and read them. The
// options are templates so that only who uses a struct compiles them.

namespace notch::inline NOTCH_ABI::runner {

// ---- what a runner leaves behind -------------------------------------------------------------------------------------

/// What a runner wrote before its job: `pre-job-metrics.json`.
struct PreJobMetrics {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string workflow{};
    std::string workflow_run_id{};
    std::string repository{};  ///< "owner/name"
    std::string event{};       ///< GitHub's event, such as "push"

    bool operator==(const PreJobMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative), field("repository", pattern("?*/?*")));
    }
};

/// How a job ended, as its runner says.
enum class PostJobStatus : std::uint8_t { normal, abnormal, repo_policy_check_failure };
template <class = void>
constexpr auto notch_enum(PostJobStatus*) {
    return std::array<std::pair<PostJobStatus, std::string_view>, 3>{
        {{PostJobStatus::normal, "normal"},
         {PostJobStatus::abnormal, "abnormal"},
         {PostJobStatus::repo_policy_check_failure, "repo-policy-check-failure"}}};
}

/// More about a status.
struct CodeInformation {
    std::int64_t code = 0;
    bool operator==(const CodeInformation&) const = default;
};

/// What a runner wrote after its job: `post-job-metrics.json`.
struct PostJobMetrics {
    double timestamp = 0;  ///< UNIX seconds, not negative
    PostJobStatus status = PostJobStatus::normal;
    std::optional<CodeInformation> status_info{};

    bool operator==(const PostJobMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative));
    }
};

/// All that a runner left behind; what extract yields.
struct RunnerMetrics {
    double installed_timestamp = 0;  ///< UNIX seconds, not negative
    PreJobMetrics pre_job{};
    std::optional<PostJobMetrics> post_job{};
    std::string runner_name{};  ///< of its directory: any bytes but '/' and NUL
    std::string id{};           ///< of extract's: the same when this directory comes again, and no other's

    bool operator==(const RunnerMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("installed_timestamp", non_negative), field("id", omit_empty, defaulted));
    }
};

/// What GitHub knows of a job.
struct GithubJobMetrics {
    double queue_duration = 0;                ///< seconds; GitHub has it negative at times
    std::optional<std::string> conclusion{};  ///< such as "success"; GitHub's eight words

    bool operator==(const GithubJobMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("conclusion", one_of("success", "failure", "cancelled", "skipped", "timed_out", "neutral",
                                                  "action_required", "unknown")));
    }
};

// ---- the events ------------------------------------------------------------------------------------------------------

/// A number that JSON can hold; the original's reader refuses a line whose time or duration is null.
inline constexpr double most_seconds = (std::numeric_limits<double>::max)();

/// A runner was installed.
///
///     notch::to_line(RunnerInstalled{.timestamp = 1795190400.5, .flavor = "large", .duration = 61});
///     // {"timestamp":1795190400.5,"event":"runner_installed","flavor":"large","duration":61.0}
struct RunnerInstalled {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    double duration = 0;  ///< seconds, not negative

    bool operator==(const RunnerInstalled&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("duration", non_negative, maximum(most_seconds)));
    }
};

/// A job started on a runner.
struct RunnerStart {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    std::string workflow{};
    std::string repo{};
    std::string github_event{};
    double idle = 0;                         ///< seconds from the runner's installation to the job, not negative
    std::optional<double> queue_duration{};  ///< seconds that the job waited for a runner, not negative

    bool operator==(const RunnerStart&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("idle", non_negative, maximum(most_seconds)),
                       field("queue_duration", non_negative, maximum(most_seconds)));
    }
};

/// A job ended. Its status is any text, as newer runners have words of their own.
struct RunnerStop {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    std::string workflow{};
    std::string repo{};
    std::string github_event{};
    std::string status{};
    std::optional<CodeInformation> status_info{};
    double job_duration = 0;  ///< seconds, not negative
    std::optional<std::string> job_conclusion{};

    bool operator==(const RunnerStop&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("job_duration", non_negative, maximum(most_seconds)));
    }
};

/// The runners that there are were compared with those that there should be. The two optional counts are of later versions.
struct Reconciliation {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    std::int64_t crashed_runners = 0;
    std::int64_t idle_runners = 0;
    std::optional<std::int64_t> active_runners{};
    std::optional<std::int64_t> expected_runners{};
    double duration = 0;  ///< seconds, not negative

    bool operator==(const Reconciliation&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("duration", non_negative, maximum(most_seconds)));
    }
};

}  // namespace notch::inline NOTCH_ABI::runner

#endif

// ---- domain/runner_extract.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_DOMAIN_RUNNER_EXTRACT_HPP
#define NOTCH_DOMAIN_RUNNER_EXTRACT_HPP

namespace notch::inline NOTCH_ABI::runner {

/// How extract works; every member has a default.
///
///     notch::runner::extract("/srv/runners", ignored, {.quarantine = "/srv/quarantine"});
struct ExtractOptions {
    std::string quarantine{};  ///< a directory, made if absent, for what is corrupt; empty: reported, and left
    std::string installed_file = "runner-installed.timestamp";
    std::string pre_job_file = "pre-job-metrics.json";
    std::string post_job_file = "post-job-metrics.json";
    std::size_t max_file_bytes = 1024;                       ///< of each of the three
    std::size_t max_runners = 1'000'000;                     ///< taken in one pass
    std::size_t max_quarantined_files = 1'000;               ///< these three evict the oldest
    std::uint64_t max_quarantined_bytes = 64 * 1024 * 1024;  ///< with their reasons
    std::chrono::seconds max_quarantined_age{30 * 24 * 3600};
    std::string claims{};  ///< a private directory on the same file system; empty: ".notch-intake" beside the runners
    Handler<IntakeNotice> on_decision{};  ///< told what becomes of each runner; see IntakeDecision
    ErrorHandler on_error{};              ///< told of corrupt runners, and of what cannot be read, moved or removed
};

}  // namespace notch::inline NOTCH_ABI::runner

namespace notch::inline NOTCH_ABI::detail {

// Templates also where only one type is meant: who does not extract pays for reading the text alone.

template <class Options>
IntakeOptions runner_intake(std::string base, const Options& options) {
    IntakeOptions out;
    out.path = static_cast<std::string&&>(base);
    out.files = {options.installed_file, options.pre_job_file, options.post_job_file};
    out.limits.max_bytes = options.max_file_bytes;
    out.quarantine.path = options.quarantine;
    out.quarantine.max_files = options.max_quarantined_files;
    out.quarantine.max_bytes = options.max_quarantined_bytes;
    out.quarantine.max_age = options.max_quarantined_age;
    out.claims = options.claims;
    out.max_entries = options.max_runners;
    out.on_decision = options.on_decision;
    out.on_error = options.on_error;
    return out;
}

/// A decimal number as a shell, awk or Python writes it, as JSON's grammar has it: without the white space around it, a plus or
/// zeros in front, and with a digit on either side of a point. Empty when it is no such number.
template <class = void>
std::string decimal_as_json(std::string_view text) {
    constexpr std::string_view white = " \t\n\v\f\r";
    std::size_t at = text.find_first_not_of(white);
    if (at == std::string_view::npos) return {};
    text = text.substr(at, text.find_last_not_of(white) + 1 - at);
    at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return text.substr(from, at - from);
    };
    const auto take = [&](char one, char other) {
        return at < text.size() && (text[at] == one || text[at] == other) && ++at != 0;
    };
    const bool negative = text.front() == '-';
    take('+', '-');
    std::string_view whole = digits();
    const std::string_view fraction = take('.', '.') ? digits() : std::string_view{};
    if (whole.empty() && fraction.empty()) return {};
    std::string exponent;
    if (take('e', 'E')) {
        exponent = "e";
        if (take('-', '-')) exponent += '-';
        else take('+', '+');
        const std::string_view power = digits();
        if (power.empty()) return {};
        exponent += power;
    }
    if (at != text.size()) return {};
    while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
    std::string out{negative ? "-" : ""};
    out += whole.empty() ? std::string_view{"0"} : whole;
    if (!fraction.empty()) (out += '.') += fraction;
    return out + exponent;
}

/// What extract makes of the three files of a runner.
struct RunnerJudge {
    std::string installed_file;
    std::string pre_job_file;
    std::string post_job_file;

    template <class Metrics>
    IntakeVerdict<Metrics> operator()(const IntakeEntry& entry, Metrics out) const {
        if (!entry.has(installed_file) || !entry.has(pre_job_file)) return IntakeAnswer::clean_up;
        Result<double> installed = read_installed<double>(entry);
        if (!installed) return static_cast<Result<double>&&>(installed).error();
        out.installed_timestamp = *installed;
        if (Result<void> done = read_into(entry, pre_job_file, out.pre_job); !done)
            return static_cast<Result<void>&&>(done).error();
        if (entry.has(post_job_file))
            if (Result<void> done = read_into(entry, post_job_file, out.post_job.emplace()); !done)
                return static_cast<Result<void>&&>(done).error();
        out.runner_name = entry.name();
        return out;
    }

private:
    template <class T>
    static Result<void> read_into(const IntakeEntry& entry, const std::string& file, T& out) {
        Result<T> read = entry.read<T>(file);
        if (!read) return static_cast<Result<T>&&>(read).error();
        out = static_cast<T&&>(*read);
        return {};
    }

    template <class T>
    Result<T> read_installed(const IntakeEntry& entry) const {
        const std::string_view text = entry.text(installed_file);
        Result<T> read = from_json<T>(decimal_as_json(text));
        if (read && *read >= 0) return read;
        Error error;
        error.code = read ? ErrorCode::broken_rule : read.error().code;
        error.place = entry.place(installed_file);
        error.expected = "a decimal number that is at least 0";
        append_cut(error.found, text, longest_excerpt);
        if (error.found.empty()) error.found = "nothing";
        return error;
    }
};

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI::runner {

/// The runners of a directory, one by one; made by extract.
///
/// A pass is a range-for, or next() until it is null. The runner at hand is removed when the loop moves on from it, and stays when
/// the loop is left, so that the next pass, here or of another process, yields it again with the same id. Movable while no runner is
/// at hand. One thread at a time.
template <class Metrics = RunnerMetrics>
class Extraction {
public:
    /// Removes the runner at hand and goes on to the next; null at the end of the pass.
    [[nodiscard]] Metrics* next() { return named(intake_.next()); }

    struct End {};

    class Iterator {
    public:
        using value_type = Metrics;
        using difference_type = std::ptrdiff_t;

        Iterator() noexcept = default;
        [[nodiscard]] Metrics& operator*() const noexcept { return *metrics_; }
        [[nodiscard]] Metrics* operator->() const noexcept { return metrics_; }
        Iterator& operator++() {
            metrics_ = extraction_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] friend bool operator==(const Iterator& one, const End&) noexcept {
            return one.metrics_ == nullptr;
        }

    private:
        friend class Extraction;
        Iterator(Extraction& extraction, Metrics* metrics) noexcept : extraction_{&extraction}, metrics_{metrics} {}

        Extraction* extraction_ = nullptr;
        Metrics* metrics_ = nullptr;
    };

    /// The runner at hand when the last loop was left, else the first one.
    [[nodiscard]] Iterator begin() {
        const auto at = intake_.begin();
        return {*this, at == intake_.end() ? nullptr : named(&*at)};
    }
    [[nodiscard]] End end() const noexcept { return {}; }

    /// For extract.
    Extraction(const IntakeOptions& options, detail::RunnerJudge judge)
        : intake_{notch::intake<Metrics>(options, Judge{static_cast<detail::RunnerJudge&&>(judge)})} {}

private:
    struct Judge {
        detail::RunnerJudge judge;
        IntakeVerdict<Metrics> operator()(const IntakeEntry& entry) const { return judge(entry, Metrics{}); }
    };

    static Metrics* named(Taken<Metrics>* taken) {
        if (taken == nullptr) return nullptr;
        taken->value.id = taken->id;
        return &taken->value;
    }

    Intake<Metrics, Judge> intake_;
};

/// Takes the metrics of runners out of the directory that they leave them in; each directory in it is one runner. Nobody in
/// there is trusted.
///
///     for (auto& metrics : notch::runner::extract("runners", std::set<std::string>{"busy"}, {.quarantine = "quarantine"}))
///         notch::runner::issue_events(recorder, metrics, "large");
///
/// Of each runner whose name is not among `ignore_runners` (any range of texts), the three files of ExtractOptions are read, each within
/// its limit. Without an installed timestamp or a pre-job file it is an orphan, and is cleaned up; without a post-job file its metrics
/// have none. It is corrupt when a file is too large, of a kind that is refused (a link, a FIFO, more than one name), or no JSON of the
/// reference's rules: it goes to the quarantine with the bytes that were read, and the reason beside. Nothing is converted: the
/// reference takes "12" and true for numbers and 12 for a text, notch does not. The timestamp's file has a decimal number as text.
///
/// A runner's files are removed when the loop moves on from it, so a crash loses nothing: what was not finished comes again with the
/// same `id`. What cannot be removed is reported, and comes again too. No runner keeps the others from being extracted.
///
/// Everything is copied. Errors go to ExtractOptions::on_error, those of opening a directory too, whereupon the loop ends at once; what
/// becomes of each runner goes to ExtractOptions::on_decision. See intake for what is promised against whoever writes there.
template <class Names = std::initializer_list<std::string_view>, class Metrics = RunnerMetrics>
[[nodiscard]] Extraction<Metrics> extract(std::string base_directory, const Names& ignore_runners = {},
                                   const ExtractOptions& options = {}) {
    IntakeOptions intake = detail::runner_intake(static_cast<std::string&&>(base_directory), options);
    for (const auto& name : ignore_runners) intake.ignore.emplace_back(name);
    return {intake, detail::RunnerJudge{options.installed_file, options.pre_job_file, options.post_job_file}};
}

}  // namespace notch::inline NOTCH_ABI::runner

#endif

// The metrics of self-hosted runners: their events (runner_events.hpp), out of the runners' directories (runner_extract.hpp), and
// on their way to the log. All templates: who includes this and issues nothing compiles none of it.

namespace notch::inline NOTCH_ABI::runner {

/// Which events issue_events has issued; as a set of types.
///
///     const auto issued = notch::runner::issue_events(recorder, metrics, "large");
///     if (!issued.contains<notch::runner::RunnerStart>()) complain(metrics.runner_name);
struct IssuedEvents {
    bool runner_start = false;
    bool runner_stop = false;  ///< never without runner_start

    template <class Event>
    [[nodiscard]] constexpr bool contains() const noexcept {
        static_assert(
            std::is_same_v<Event, RunnerStart> || std::is_same_v<Event, RunnerStop>,
            "notch: issue_events issues notch::runner::RunnerStart and notch::runner::RunnerStop, nothing else");
        return std::is_same_v<Event, RunnerStart> ? runner_start : runner_stop;
    }
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        return std::size_t{runner_start} + std::size_t{runner_stop};
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return size() == 0; }
    bool operator==(const IssuedEvents&) const = default;
};

/// Records an event that keeps its rules. What the recorder accepts is written when it comes to it: flush before you rely on that.
/// Errors: broken_rule (the first of them), limit when the recorder drops the event.
template <class Event>
[[nodiscard]] Result<void> issue_event(Recorder& recorder, const Event& event) {
    if (std::vector<Error> broken = check_rules(event); !broken.empty()) return static_cast<Error&&>(broken.front());
    if (recorder.record(event)) return {};
    Error error;
    error.code = ErrorCode::limit;
    error.place = "record " + std::string{event_name<Event>};
    error.expected = "a recorder that accepts the event";
    error.found = "one that is full or closed";
    return error;
}

/// Writes the line of an event that keeps its rules to a sink, on this thread, and flushes a sink that can be flushed. Errors:
/// broken_rule, and those of the sink.
template <Sink S, class Event>
[[nodiscard]] Result<void> issue_event(S& sink, const Event& event) {
    if (std::vector<Error> broken = check_rules(event); !broken.empty()) return static_cast<Error&&>(broken.front());
    std::string line = to_line(event);
    line += '\n';
    const LineInfo info{.size = line.size(), .event = event_name<Event>};
    Delivery delivery = sink.write(Batch{line, detail::lines_at(&info, 1)});
    if (delivery.error) return static_cast<Error&&>(*delivery.error);
    if constexpr (requires { sink.flush(); }) return sink.flush();
    else return {};
}

/// Appends an event to a metrics log, which is made if absent: one line, written when this returns.
///
///     auto issued = notch::runner::issue_event("/var/log/runner-metrics.log", notch::runner::RunnerInstalled{.timestamp = now});
///     if (!issued) complain(issued.error().message());
///     // open /var/log/runner-metrics.log: expected a file to append to, found Permission denied
///
/// Any struct that can be an event will do. It is what FileSink does with a batch of one line, so other processes may append to the
/// log at the same time; a Recorder or a FileSink of your own saves opening it each time. Errors, for which the reference raises
/// IssueMetricEventError or a ValidationError: open_failed, refused, write_failed, with the path and the errno; broken_rule.
template <class Event>
[[nodiscard]] Result<void> issue_event(std::string_view path, const Event& event) {
    FileSink sink{std::string{path}};
    return issue_event(sink, event);
}

}  // namespace notch::inline NOTCH_ABI::runner

namespace notch::inline NOTCH_ABI::detail {

/// Clocks differ and GitHub errs, so differences may be negative. Of NaN it makes 0 as well.
constexpr double not_negative(double seconds) noexcept { return seconds > 0 ? seconds : 0; }

template <class Start, class Metrics, class Job>
Start runner_start(const Metrics& metrics, std::string_view flavor, const Job& job) {
    Start out;
    out.timestamp = metrics.pre_job.timestamp;
    out.flavor = flavor;
    out.workflow = metrics.pre_job.workflow;
    out.repo = metrics.pre_job.repository;
    out.github_event = metrics.pre_job.event;
    out.idle = not_negative(metrics.pre_job.timestamp - metrics.installed_timestamp);
    if (job) out.queue_duration = not_negative(job->queue_duration);
    return out;
}

template <class Enum>
constexpr std::string_view text_of(Enum status) noexcept {
    for (const auto& [value, text] : notch_enum(static_cast<Enum*>(nullptr)))
        if (value == status) return text;
    return {};
}

template <class Stop, class Metrics, class Job>
Stop runner_stop(const Metrics& metrics, std::string_view flavor, const Job& job) {
    Stop out;
    out.timestamp = metrics.post_job->timestamp;
    out.flavor = flavor;
    out.workflow = metrics.pre_job.workflow;
    out.repo = metrics.pre_job.repository;
    out.github_event = metrics.pre_job.event;
    out.status = text_of(metrics.post_job->status);
    out.status_info = metrics.post_job->status_info;
    out.job_duration = not_negative(metrics.post_job->timestamp - metrics.pre_job.timestamp);
    if (job) out.job_conclusion = job->conclusion;
    return out;
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI::runner {

/// Issues what the metrics of a runner say: RunnerStart, and RunnerStop when there are post-job metrics.
///
///     notch::runner::issue_events(recorder, metrics, "large", notch::runner::GithubJobMetrics{.queue_duration = 12});
///     // {"timestamp":1795190500.0,"event":"runner_start","flavor":"large","workflow":"tests","repo":"o/r","github_event":"push",
///     //  "idle":99.5,"queue_duration":12.0}
///     // {"timestamp":1795190600.0,"event":"runner_stop",...,"status":"normal","job_duration":100.0}
///
/// `target` is what issue_event takes: a Recorder, a sink, or the path of a log. Durations are seconds, and 0 where clocks make
/// them negative. When RunnerStart cannot be issued, RunnerStop is not; errors go to `on_error`. Any thread.
template <class Target>
IssuedEvents issue_events(Target&& target, const RunnerMetrics& metrics, std::string_view flavor,
                          const std::optional<GithubJobMetrics>& job_metrics = {}, const ErrorHandler& on_error = {}) {
    IssuedEvents issued;
    const auto issue = [&](const auto& event) {
        const Result<void> done = issue_event(target, event);
        if (!done) on_error(done.error());
        return done.has_value();
    };
    issued.runner_start = issue(detail::runner_start<RunnerStart>(metrics, flavor, job_metrics));
    if (!issued.runner_start || !metrics.post_job) return issued;
    issued.runner_stop = issue(detail::runner_stop<RunnerStop>(metrics, flavor, job_metrics));
    return issued;
}

}  // namespace notch::inline NOTCH_ABI::runner

#endif

// ---- domain/metering.hpp ---------------------------------------------------------------------------------------------

#ifndef NOTCH_DOMAIN_METERING_HPP
#define NOTCH_DOMAIN_METERING_HPP

// The vocabulary of virtual machine metering, as Go's package `metering` of cocoon writes and reads it. What makes a compiler work
// is a template here, also where one type alone is meant, so that it costs those who meter and nobody else.

namespace notch::inline NOTCH_ABI::metering {

/// What began or ended. Whoever adds up pairs `start` with `stop` by id: see Usage.
enum class Kind : std::uint8_t { vm_compute_start, vm_compute_stop, vm_storage_start, vm_storage_stop, snap_storage_start, snap_storage_stop };
template <class E>
    requires std::is_same_v<E, Kind>
constexpr auto notch_enum(E*) {
    return std::array<std::pair<E, std::string_view>, 6>{{{E::vm_compute_start, "vm.compute.start"},
                                                          {E::vm_compute_stop, "vm.compute.stop"},
                                                          {E::vm_storage_start, "vm.storage.start"},
                                                          {E::vm_storage_stop, "vm.storage.stop"},
                                                          {E::snap_storage_start, "snap.storage.start"},
                                                          {E::snap_storage_stop, "snap.storage.stop"}}};
}

/// Why; `unsaid` is left out of the line.
enum class Reason : std::uint8_t { unsaid, boot, restart, clone, restore, hibernate_wake, stop_user, stop_crash, vm_rm, snap_rm };
template <class E>
    requires std::is_same_v<E, Reason>
constexpr auto notch_enum(E*) {
    return std::array<std::pair<E, std::string_view>, 10>{{{E::unsaid, ""},
                                                           {E::boot, "boot"},
                                                           {E::restart, "restart"},
                                                           {E::clone, "clone"},
                                                           {E::restore, "restore"},
                                                           {E::hibernate_wake, "hibernate-wake"},
                                                           {E::stop_user, "stop-user"},
                                                           {E::stop_crash, "stop-crash"},
                                                           {E::vm_rm, "vm-rm"},
                                                           {E::snap_rm, "snap-rm"}}};
}

/// What a machine has when the entry is made. Signed as the original's integers are; what is 0 is left out of the line.
struct Shape {
    std::int64_t cpu = 0;
    std::int64_t mem_bytes = 0;
    std::int64_t storage_bytes = 0;

    bool operator==(const Shape&) const = default;
    static constexpr auto notch_options() {
        return options(field("cpu", omit_empty), field("mem_bytes", omit_empty), field("storage_bytes", omit_empty));
    }
};

/// Go's zero time, `0001-01-01T00:00:00Z`: the entry has none.
inline constexpr Instant zero_time{-62'135'596'800};

/// One event in the life of a virtual machine or a snapshot; a line of a metering ledger.
///
///     notch::metering::Entry entry{.kind = notch::metering::Kind::vm_compute_start, .vm_id = "vm1",
///                                  .reason = notch::metering::Reason::boot, .hypervisor = "ch", .shape = {.cpu = 4}};
///     entry.emitted_at = std::chrono::system_clock::now();
///     notch::to_line(entry);
///     // {"kind":"vm.compute.start","vm_id":"vm1","reason":"boot","hypervisor":"ch","shape":{"cpu":4},"emitted_at":"2026-05-20T01:02:03.5Z"}
///
/// There is no envelope, so a Recorder tells of dropped entries by on_error and stats() only. Texts that are empty are left out; nothing sets
/// `emitted_at` but you. Read as strictly as everything (from_json, from_line, LedgerReader::visit): `kind`, `shape` and `emitted_at`
/// must be there, and a time with an offset is taken as the same time in UTC.
struct Entry {
    Kind kind{};
    std::string vm_id{};
    std::string snapshot_id{};
    std::string source_snapshot_id{};
    Reason reason{};
    std::string hypervisor{};
    Shape shape{};
    Instant emitted_at = zero_time;

    bool operator==(const Entry&) const = default;
    static constexpr auto notch_options() {
        return options(field("vm_id", omit_empty), field("snapshot_id", omit_empty), field("source_snapshot_id", omit_empty),
                       field("reason", omit_empty), field("hypervisor", omit_empty), no_envelope);
    }
};

/// Writes the entry's line, with its newline, and gives back how many bytes were written, or the writer's error as it is.
///
///     auto written = notch::metering::write_to(notch::StreamSink{1}, entry);  // a sink
///     auto sent = notch::metering::write_to([&](std::string_view line) { return socket.send(line); }, entry);
///
/// A writer is a Sink, or takes a std::string_view and gives back a Result<std::size_t>. It is called once, on this thread.
template <class Writer>
Result<std::size_t> write_to(Writer&& writer, const Entry& entry) {
    std::string line;
    append_line(line, entry);
    line += '\n';
    if constexpr (Sink<std::remove_cvref_t<Writer>>) {
        const LineInfo info{.size = line.size()};
        Delivery delivery = writer.write(Batch{line, detail::lines_at(&info, 1)});
        if (delivery.error) return static_cast<Error&&>(*delivery.error);
        return delivery.accepted == 0 ? std::size_t{0} : line.size();
    } else {
        constexpr bool takes = std::is_invocable_r_v<Result<std::size_t>, Writer&, std::string_view>;
        static_assert(takes, "notch: a writer is a notch::Sink, or takes a std::string_view and returns a notch::Result<std::size_t>, the bytes written");
        if constexpr (takes) return writer(std::string_view{line});
        else return std::size_t{0};
    }
}

// ---- recorders -------------------------------------------------------------------------------------------------------
//
// Code that meters takes a `notch::Recorder&` and calls `record(entry)`: from any thread, to any of these.

/// Options of a recorder whose callers never wait, whatever becomes of the ledger: what does not fit into a thread's ring is dropped
/// and counted, and errors go to on_error, by default a line on stderr.
///
///     notch::Recorder ledger{notch::FileSink{"ledger.jsonl"}, notch::metering::never_wait({.queue_bytes = 1 << 20})};
[[nodiscard]] inline RecorderOptions never_wait(RecorderOptions options = {}) {
    options.on_full = OnFull::drop_newest;
    return options;
}

/// Takes every entry and keeps none, without a thread; for programs in which metering is off.
///
///     notch::Recorder off = notch::metering::nop_recorder();
template <class S = NullSink>
[[nodiscard]] Recorder nop_recorder() {
    return Recorder{S{}, RecorderOptions{.queue_bytes = 4096, .thread = false}};
}

/// Writes entries to standard error, or to another descriptor that is open already.
///
///     notch::Recorder seen = notch::metering::stream_recorder();
template <class S = StreamSink>
[[nodiscard]] Recorder stream_recorder(int descriptor = 2, RecorderOptions options = {}) {
    return Recorder{S{descriptor}, never_wait(static_cast<RecorderOptions&&>(options))};
}

/// Appends entries to a ledger that open_ledger has opened.
///
///     auto ledger = notch::metering::open_ledger("/var/lib/vms/ledger.jsonl");
///     if (!ledger) return complain(ledger.error());
///     notch::Recorder recorder = notch::metering::file_recorder(std::move(*ledger));
template <class S = FileSink>
[[nodiscard]] Recorder file_recorder(S ledger, RecorderOptions options = {}) {
    return Recorder{static_cast<S&&>(ledger), never_wait(static_cast<RecorderOptions&&>(options))};
}

/// Opens a ledger to append to, made with mode 0600 when it is not there. Errors: open_failed, also when its directory is missing; refused
/// (a link, a FIFO, a directory).
[[nodiscard]] inline Result<FileSink> open_ledger(std::string path) { return FileSink::open(static_cast<std::string&&>(path)); }

/// A recorder for tests, which keeps what it is given.
///
///     notch::metering::Capture capture;
///     boot_machine(capture.recorder());  // the code under test
///     CHECK(capture.entries()[0].kind == notch::metering::Kind::vm_compute_start);
///
/// Any threads may record meanwhile; the other functions are for one at a time. Callers wait for room, so that none is missing.
class Capture {
public:
    [[nodiscard]] Recorder& recorder() noexcept { return capture_.recorder(); }

    /// A copy of what was recorded until now, in the order of the lines.
    template <class E = Entry>
    [[nodiscard]] std::vector<E> entries() { return capture_.events<E>(); }

    void reset() { capture_.reset(); }

private:
    notch::Capture capture_;
};

}  // namespace notch::inline NOTCH_ABI::metering

#endif

// ---- domain/metering_usage.hpp ---------------------------------------------------------------------------------------

#ifndef NOTCH_DOMAIN_METERING_USAGE_HPP
#define NOTCH_DOMAIN_METERING_USAGE_HPP

namespace notch::inline NOTCH_ABI::metering {

/// What is used up while something runs or is kept.
enum class Resource : std::uint8_t { vm_compute, vm_storage, snap_storage };
template <class E>
    requires std::is_same_v<E, Resource>
constexpr auto notch_enum(E*) {
    return std::array<std::pair<E, std::string_view>, 3>{{{E::vm_compute, "vm.compute"},
                                                          {E::vm_storage, "vm.storage"},
                                                          {E::snap_storage, "snap.storage"}}};
}

[[nodiscard]] constexpr Resource resource_of(Kind kind) noexcept {
    if (kind <= Kind::vm_compute_stop) return Resource::vm_compute;
    return kind <= Kind::vm_storage_stop ? Resource::vm_storage : Resource::snap_storage;
}
[[nodiscard]] constexpr bool is_start(Kind kind) noexcept {
    return kind == Kind::vm_compute_start || kind == Kind::vm_storage_start || kind == Kind::snap_storage_start;
}

/// Whose use of what: starts and stops pair when they have the same. The id is a machine's, of snap_storage a snapshot's.
struct Subject {
    Resource resource{};
    std::string id{};
    bool operator==(const Subject&) const = default;
};
[[nodiscard]] inline Subject subject_of(const Entry& entry) {
    const Resource resource = resource_of(entry.kind);
    return {resource, resource == Resource::snap_storage ? entry.snapshot_id : entry.vm_id};
}

/// What intervals add up to. Doubles: their products outgrow 64 bits, and each is rounded once for an id and a shape.
struct Amount {
    std::uint64_t closed = 0;
    std::uint64_t open = 0;
    double seconds = 0;
    double cpu_seconds = 0;           ///< of vm_compute, as are the next
    double memory_byte_seconds = 0;
    double storage_byte_seconds = 0;  ///< of vm_storage and snap_storage
};

namespace detail {

/// For whom intervals and bad lines need not be told of.
struct Nobody {
    template <class T>
    void operator()(const T&) const noexcept {}
};

/// Adds an interval of that shape; a negative size counts as none.
inline void use(Amount& amount, Resource resource, const Shape& shape, double seconds) noexcept {
    const auto product = [seconds](std::int64_t size) { return size > 0 ? static_cast<double>(size) * seconds : 0.0; };
    amount.seconds += seconds;
    if (resource == Resource::vm_compute) {
        amount.cpu_seconds += product(shape.cpu);
        amount.memory_byte_seconds += product(shape.mem_bytes);
    } else {
        amount.storage_byte_seconds += product(shape.storage_bytes);
    }
}

inline void add(Amount& to, const Amount& more) noexcept {
    to.closed += more.closed;
    to.open += more.open;
    to.seconds += more.seconds;
    to.cpu_seconds += more.cpu_seconds;
    to.memory_byte_seconds += more.memory_byte_seconds;
    to.storage_byte_seconds += more.storage_byte_seconds;
}

/// From one time to a later one, however far apart; nothing when it is not later.
constexpr double seconds_between(std::chrono::nanoseconds from, std::chrono::nanoseconds to) noexcept {
    if (to <= from) return 0;
    return static_cast<double>(static_cast<std::uint64_t>(to.count()) - static_cast<std::uint64_t>(from.count())) / 1e9;
}

}  // namespace detail

/// Adds entries up: intervals from a start to its stop, and what they used.
///
///     const auto usage = notch::metering::Usage::of(notch::LedgerReader{"ledger.jsonl"});
///     if (!usage) return complain(usage.error());
///     for (const auto& one : usage->by_subject()) std::printf("%s %.1f\n", one.subject.id.c_str(), one.cpu_seconds);
///     // vm1 240.0
///
/// Entries count in the order in which they come. An interval has the shape of its start, whatever the stop says. A start of what is
/// open already begins it anew: what was before counts for nothing, since nobody knows its end (PairCounts::restarted). A stop without a
/// start is an orphan. A stop before its start counts as no time (`backwards`). Entries without an id or a time are `unusable`.
/// Memory: as Pairs has it, for each id and shape. One thread at a time.
template <class E>
class UsageOf {
public:
    using Interval = ClosedPair<Subject, decltype(E::shape)>;
    using OpenInterval = OpenPair<Subject, decltype(E::shape)>;
    using Time = std::optional<decltype(E::emitted_at)>;
    /// What the intervals of one subject add up to.
    struct SubjectUsage : Amount {
        Subject subject{};
    };

    /// Everything that a ledger has. `closed`, if given, is called with each `const Interval&`, `bad` with each line that is no entry
    /// (a `const BadLine&`). Errors: those of LedgerReader::visit.
    template <class Closed = detail::Nobody, class Bad = detail::Nobody>
    [[nodiscard]] static Result<UsageOf> of(const LedgerReader& ledger, Closed&& closed = {}, Bad&& bad = {}) {
        UsageOf out;
        const auto take = [&](const E& entry) {
            if (const auto interval = out.add(entry)) closed(*interval);
        };
        const auto seen = ledger.visit<E>(take, [&bad](const BadLine& line) { bad(line); });
        return seen ? Result<UsageOf>{static_cast<UsageOf&&>(out)} : Result<UsageOf>{seen.error()};
    }

    /// One entry more; the interval that it closes, whose references live until the next call.
    std::optional<Interval> add(const E& entry) {
        const Subject subject = subject_of(entry);
        const auto time = entry.emitted_at.since_1970();
        if (subject.id.empty() || !time) pairs_.pass_over();
        else if (is_start(entry.kind)) pairs_.start(subject, *time, entry.shape);
        else return pairs_.stop(subject, *time);
        return {};
    }

    [[nodiscard]] const PairCounts& counts() const noexcept { return pairs_.counts(); }
    /// What runs, or is kept, by what the entries say.
    [[nodiscard]] std::vector<OpenInterval> open() const { return pairs_.open(); }
    /// Whose stops had no start, each once.
    [[nodiscard]] std::vector<Subject> orphans() const { return pairs_.orphans(); }
    /// Closed intervals by subject and shape.
    [[nodiscard]] const auto& by_shape() const noexcept { return pairs_.usage(); }

    /// By subject, in the order in which they first started. With `until`, what is open counts up to that time.
    [[nodiscard]] std::vector<SubjectUsage> by_subject(const Time& until = {}) const {
        std::vector<SubjectUsage> out;
        std::vector<std::size_t> place;  // of a subject's number, one more than that in `out`
        const auto amount_of = [&](const Subject& subject, std::size_t number) -> Amount& {
            if (number >= place.size()) place.resize(number + 1);
            if (place[number] == 0) {
                out.push_back({{}, subject});
                place[number] = out.size();
            }
            return out[place[number] - 1];
        };
        for (const auto& one : pairs_.usage()) {
            Amount& amount = amount_of(one.key, one.key_number);
            amount.closed += one.closed;
            detail::use(amount, one.key.resource, one.shape, detail::seconds_between({}, one.duration));
        }
        const auto end = until ? until->since_1970() : std::nullopt;
        for (const auto& one : pairs_.open()) {
            Amount& amount = amount_of(one.key, one.key_number);
            ++amount.open;
            if (end) detail::use(amount, one.key.resource, one.shape, detail::seconds_between(one.start, *end));
        }
        return out;
    }

    /// The same for everything of a resource together.
    [[nodiscard]] Amount total(Resource resource, const Time& until = {}) const {
        Amount out;
        for (const SubjectUsage& one : by_subject(until))
            if (one.subject.resource == resource) detail::add(out, one);
        return out;
    }

private:
    Pairs<Subject, decltype(E::shape)> pairs_{};
};
using Usage = UsageOf<Entry>;

}  // namespace notch::inline NOTCH_ABI::metering

#endif

// ---- unmacros.hpp ----------------------------------------------------------------------------------------------------

// The end of every umbrella: takes back what macros.hpp defined.
#undef NOTCH_INTERNAL_MACROS
#undef NOTCH_INTERNAL_INLINE
#undef NOTCH_INTERNAL_INLINE_LAMBDA
#undef NOTCH_INTERNAL_COLD
#undef NOTCH_INTERNAL_FORGET
#undef NOTCH_INTERNAL_IN_ORDER
#undef NOTCH_INTERNAL_TRY
#undef NOTCH_INTERNAL_CATCH_ALL
#undef NOTCH_INTERNAL_SSE2

#endif
