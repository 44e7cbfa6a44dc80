// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_WINDOWS_CALLS_HPP
#define NOTCH_BASE_PLATFORM_WINDOWS_CALLS_HPP

#include "../config.hpp"
#include "../macros.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>

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
