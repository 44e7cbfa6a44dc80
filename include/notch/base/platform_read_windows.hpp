// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_READ_WINDOWS_HPP
#define NOTCH_BASE_PLATFORM_READ_WINDOWS_HPP

#include "../config.hpp"
#include "platform_types.hpp"
#include "platform_windows.hpp"
#include "platform_windows_calls.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
