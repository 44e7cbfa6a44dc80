// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_FILE_HPP
#define NOTCH_SINK_FILE_HPP

#include "../base/platform.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../record/batch.hpp"
#include "descriptor.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace notch::inline NOTCH_ABI {

/// Where a ledger is, and what may stand there.
///
///     notch::FileSink sink{notch::FileOptions{.path = "events.jsonl", .mode = 0640}};
struct FileOptions {
    std::string path{};
    unsigned mode = 0600;             ///< permissions of a file that is made; an existing file keeps its own
    bool follow_links = false;        ///< accept a symbolic link as the path's last part
    bool allow_fifo = false;          ///< accept a FIFO; one without a reader is an error
    bool allow_block_device = false;  ///< accept a block device
};

/// Appends lines to a ledger: a file that other processes may append to and read at the same time.
///
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}};
///
/// The file is opened with O_APPEND and made with mode 0600; each batch of whole lines is one write(2). Regular files and
/// character devices such as /dev/null are accepted; links, FIFOs and block devices are refused unless the options allow
/// them; directories and sockets always. A file that does not open is reported through RecorderOptions::on_error, its lines
/// are counted as dropped, and every batch tries again; FileSink::open tells at once instead.
///
/// On Windows the path is UTF-8, a reparse point counts as a link, a pipe as a FIFO, others may rename and remove the file meanwhile,
/// and `mode` says nothing: a file that is made inherits the access list of its directory.
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

    Result<void> start() {
        if (file_.is_open()) return {};
        detail::File file = detail::open_for_append(options_.path.c_str(), options_.mode, options_.follow_links);
        if (!file.is_open()) return open_error(errno);
        detail::FileKind kind{};
        if (!file.stat_kind(kind)) return open_error(errno);
        if (!allowed(kind)) return refusal(kind);
        file.make_blocking();
        file_ = static_cast<detail::File&&>(file);
        return {};
    }

    Delivery write(const Batch& batch) {
        Result<void> opened = start();
        if (!opened) return {0, opened.error()};
        return writer_.write(file_.descriptor(), batch, options_.path);
    }

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }

private:
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
    detail::File file_;
    detail::LineWriter writer_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
