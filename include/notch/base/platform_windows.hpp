// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_WINDOWS_HPP
#define NOTCH_BASE_PLATFORM_WINDOWS_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "error.hpp"
#include "platform_types.hpp"
#include "platform_windows_calls.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>

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
