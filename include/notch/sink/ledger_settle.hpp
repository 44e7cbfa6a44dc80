// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LEDGER_SETTLE_HPP
#define NOTCH_SINK_LEDGER_SETTLE_HPP

#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_ledger.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "../record/batch.hpp"
#include "file_options.hpp"
#include "ledger_file.hpp"
#include "ledger_path.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
