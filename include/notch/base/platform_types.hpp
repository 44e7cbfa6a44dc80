// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_TYPES_HPP
#define NOTCH_BASE_PLATFORM_TYPES_HPP

#include "../config.hpp"

#include <cstddef>
#include <cstdint>

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
