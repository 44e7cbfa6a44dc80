// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_FILE_HPP
#define NOTCH_SINK_FILE_HPP

#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_ledger.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../record/batch.hpp"
#include "descriptor.hpp"
#include "file_options.hpp"
#include "ledger_file.hpp"
#include "ledger_path.hpp"
#include "ledger_settle.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace notch::inline NOTCH_ABI {

/// Appends lines to a ledger: a file that other processes may append to and read at the same time.
///
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}};
///
/// The file is opened with O_APPEND and made with mode 0600. Each batch of whole lines is one write(2) under the file's lock, behind
/// an end to whatever a writer that was killed has left torn; what does not fit is cut off again in whole lines and counted as
/// dropped. A file that was renamed or removed is made again by the next batch. Regular files and character devices such as /dev/null
/// are accepted; links, FIFOs and block devices are refused unless the options allow them; directories and sockets always. A file that
/// does not open is reported through RecorderOptions::on_error, its lines are counted as dropped, and every batch tries again;
/// FileSink::open tells at once instead.
///
/// On Windows the path is UTF-8, a reparse point counts as a link, a pipe as a FIFO, others may rename and remove the file meanwhile,
/// and `mode` says nothing: a file that is made inherits the access list of its directory. There is no lock there: the system puts
/// each batch at the end by itself, a line that was torn is ended and not cut off, and a file that was renamed is written on.
class FileSink {
public:
    explicit FileSink(std::string path) : FileSink{FileOptions{.path = static_cast<std::string&&>(path)}} {}
    explicit FileSink(const char* path) : FileSink{std::string{path}} {}
    explicit FileSink(FileOptions options) : options_{static_cast<FileOptions&&>(options)} {}

    /// Opens now: the sink, or why it cannot be one (ErrorCode::open_failed or refused).
    [[nodiscard]] static Result<FileSink> open(FileOptions options) {
        FileSink sink{static_cast<FileOptions&&>(options)};
        Result<void> opened = sink.start();
        if (!opened) return opened.error();
        return sink;
    }
    [[nodiscard]] static Result<FileSink> open(std::string path) { return open(FileOptions{.path = static_cast<std::string&&>(path)}); }

    Result<void> start() { return ledger_.is_open() || other_.is_open() ? Result<void>{} : open_path(); }

    Delivery write(const Batch& batch) { return write_under_lock(batch, nullptr); }

    /// The same for a recorder with a journal: `intent` hears where in the file the batch is going to stand. Not of a FIFO or a device.
    Delivery write(const Batch& batch, WriteIntent& intent) { return write_under_lock(batch, &intent); }

    /// How many of these bytes, in whole lines, stand at that place; what was torn there is cut off or ended.
    Result<std::size_t> settle(const SinkPosition& position, std::string_view bytes) { return detail::settle_batch(options_, position, bytes); }

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }

private:
    Delivery write_under_lock(const Batch& batch, WriteIntent* intent) {
        Result<void> opened = start();
        if (!opened) return {0, opened.error()};
        if (other_.is_open()) return writer_.write(other_.descriptor(), batch, options_.path);
        detail::LedgerLock lock;
        detail::FileStatus status;
        std::optional<Error> trouble;
        Result<void> locked = lock_current(lock, status, trouble);
        if (!locked) return {0, locked.error()};
        if (other_.is_open()) return writer_.write(other_.descriptor(), batch, options_.path);
        Delivery delivery = ledger_.append(batch, status.size, intent, options_.path);
        if (!delivery.error) delivery.error = static_cast<std::optional<Error>&&>(trouble);
        return delivery;
    }

    // ---- opening ---------------------------------------------------------------------------------------------------

    Result<void> open_path() {
        detail::File file = open_or_make();
        if (!file.is_open()) return open_error(errno);
        detail::FileKind kind{};
        if (!file.stat_kind(kind)) return open_error(errno);
        if (!allowed(kind)) return refusal(kind);
        file.make_blocking();
        if (detail::appenders_can_share && kind == detail::FileKind::regular) return take_ledger(static_cast<detail::File&&>(file));
        other_ = static_cast<detail::File&&>(file);
        return {};
    }

    detail::File open_or_make() const {
        const auto open = [this] { return detail::open_for_append(options_.path.c_str(), options_.mode, options_.follow_links); };
        detail::File file = open();
        if (file.is_open() || errno != ENOENT || !options_.create_directory) return file;
        const int error = detail::make_directories(detail::LedgerPath{options_.path}.directory);
        if (error == 0) return open();
        errno = error;
        return file;
    }

    /// A FIFO must be opened for writing alone, a ledger's last byte must be read: so a ledger is opened twice.
    Result<void> take_ledger(detail::File file) {
        detail::FileStatus status;
        if (const int error = detail::find_status(file.descriptor(), status); error != 0) return open_error(error);
        detail::FileStatus again;
        detail::Opened readable = detail::open_to_repair(options_.path.c_str(), options_.follow_links);
        const bool same = readable.error == 0 && detail::find_status(readable.file.descriptor(), again) == 0 && again.is_same_file(status);
        if (same) file = static_cast<detail::File&&>(readable.file);
        ledger_ = detail::LedgerFile{static_cast<detail::File&&>(file), status, same};
        return {};
    }

    // ---- the lock --------------------------------------------------------------------------------------------------

    /// Locks the file that stands at the path, with its status then. A file that was renamed or removed before the lock was had is
    /// left, and the path opened again; `trouble` is why that cannot be, while the file that was renamed can still be written.
    Result<void> lock_current(detail::LedgerLock& lock, detail::FileStatus& status, std::optional<Error>& trouble) {
        constexpr int most_changes = 100;
        for (int changes = 0; changes < most_changes; ++changes) {
            const int error = options_.lock ? lock.take(ledger_.descriptor(), options_.lock_timeout.count()) : 0;
            if (error != 0) return detail::lock_error(options_.path, error);
            const int looked = detail::find_status_of(options_.path.c_str(), options_.follow_links, status);
            if (looked == 0 && ledger_.is(status)) return {};
            const bool moved = looked == 0 || looked == ENOENT || looked == ENOTDIR;
            if (!moved) return status_of_open_file(status);  // such as a directory that may no longer be searched
            detail::LedgerFile left = std::exchange(ledger_, {});
            Result<void> opened = open_path();
            if (!opened) return stay(static_cast<detail::LedgerFile&&>(left), lock, status, trouble, opened);
            lock.release();
            if (other_.is_open()) return {};
        }
        return detail::os_error(ErrorCode::open_failed, "open " + options_.path, "a file that keeps its name for a moment", EAGAIN);
    }

    /// Where the path cannot be opened: a file that still has a name is written on.
    Result<void> stay(detail::LedgerFile file, detail::LedgerLock& lock, detail::FileStatus& status, std::optional<Error>& trouble,
                      const Result<void>& opened) {
        ledger_ = static_cast<detail::LedgerFile&&>(file);
        if (status_of_open_file(status) && status.links != 0) {
            trouble = opened.error();
            return {};
        }
        lock.release();
        ledger_.close();
        return opened;
    }

    Result<void> status_of_open_file(detail::FileStatus& status) const {
        const int error = detail::find_status(ledger_.descriptor(), status);
        if (error != 0) return detail::os_error(ErrorCode::write_failed, "look at " + options_.path, "the ledger's size", error);
        return {};
    }

    [[nodiscard]] bool allowed(detail::FileKind kind) const noexcept {
        if (kind == detail::FileKind::fifo) return options_.allow_fifo;
        if (kind == detail::FileKind::block_device) return options_.allow_block_device;
        return kind == detail::FileKind::regular || kind == detail::FileKind::character_device;
    }

    [[nodiscard]] Error refusal(detail::FileKind kind) const {
        Error error;
        error.code = ErrorCode::refused;
        error.place = "open " + options_.path;
        error.expected = "a regular file or a character device";
        error.found = detail::words_for(kind);
        return error;
    }

    /// A link, a FIFO without a reader and a socket do not open at all; the message names what stands there.
    [[nodiscard]] Error open_error(int number) const {
        const detail::FileKind kind = detail::kind_at(options_.path.c_str());
        const bool link = kind == detail::FileKind::symbolic_link && number == ELOOP && !options_.follow_links;
        const bool other = kind != detail::FileKind::symbolic_link && kind != detail::FileKind::other && !allowed(kind);
        if (!link && !other) return detail::os_error(ErrorCode::open_failed, "open " + options_.path, "a file to append to", number);
        Error error = refusal(kind);
        error.os_error = number;
        return error;
    }

    FileOptions options_;
    detail::LedgerFile ledger_;  // a regular file
    detail::File other_;         // or what is none
    detail::LineWriter writer_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
