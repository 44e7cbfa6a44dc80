// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_FILE_HPP
#define NOTCH_READ_FILE_HPP

#include "../base/error.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/decode.hpp"
#include "../json/limits.hpp"
#include "../json/read_types.hpp"
#include "../macros.hpp"
#include "directory.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
