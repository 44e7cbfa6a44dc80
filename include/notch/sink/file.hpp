// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_FILE_HPP
#define NOTCH_SINK_FILE_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../record/batch.hpp"
#include "file_control.hpp"
#include "file_options.hpp"
#include "ledger_settle.hpp"
#include "ledger_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
            if (intent != nullptr && writer_.has_places() && delivery.accepted != 0) break;
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
