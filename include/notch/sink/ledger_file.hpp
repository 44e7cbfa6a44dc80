// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LEDGER_FILE_HPP
#define NOTCH_SINK_LEDGER_FILE_HPP

#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_ledger.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "../record/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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
    if (number == EWOULDBLOCK) error.found = "that others held it for the whole of lock_timeout";
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
