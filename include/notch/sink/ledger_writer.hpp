// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LEDGER_WRITER_HPP
#define NOTCH_SINK_LEDGER_WRITER_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_ledger.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "../record/batch.hpp"
#include "descriptor.hpp"
#include "file_options.hpp"
#include "ledger_file.hpp"
#include "ledger_path.hpp"
#include "ledger_rotation.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

// What stands at a FileSink's path: opened, followed when it is renamed, rotated, written and synced. What to do about faults is the
// sink's own.

namespace notch::inline NOTCH_ABI::detail {

class LedgerWriter {
public:
    explicit LedgerWriter(FileOptions options) : options_{static_cast<FileOptions&&>(options)} {}
    LedgerWriter(LedgerWriter&&) noexcept = default;
    LedgerWriter& operator=(LedgerWriter&&) noexcept = default;
    ~LedgerWriter() {
        if (options_.sync == Sync::interval) put_on_disk();
    }

    [[nodiscard]] const FileOptions& options() const noexcept { return options_; }

    Result<void> open() { return ledger_.is_open() || other_.is_open() ? Result<void>{} : open_path(); }

    /// Whether a batch has a place in the file, which a journal is told; a FIFO has none.
    [[nodiscard]] bool has_places() const noexcept { return !other_.is_open(); }

    /// Closes it, so that the path is opened again. That something could not be synced before is forgotten.
    void reopen() {
        unsynced_.reset();
        put_on_disk();
        ledger_.close();
        other_.reset();
    }

    /// One try.
    Delivery write(const Batch& batch, WriteIntent* intent, bool in_parts) {
        Delivery delivery = write_under_lock(batch, intent, in_parts);
        sync(options_.sync == Sync::each);
        if (!delivery.error && unsynced_) delivery.error = unsynced_;
        return delivery;
    }

    /// As Sync says; and what was not synced is not forgotten.
    Result<void> flush() {
        sync(options_.sync == Sync::each);
        if (unsynced_) return *unsynced_;
        return {};
    }

    /// Rotates before the next batch, unless the file is empty.
    void rotate_soon() noexcept {
        rotate_ = true;
        rotation_fault_.reset();
    }
    [[nodiscard]] bool is_to_rotate() const noexcept { return rotate_; }

    /// The same now.
    Result<void> rotate() {
        Result<void> opened = open();
        if (!opened) return opened;
        if (other_.is_open()) return rotate_other();
        LedgerLock lock;
        Place place;
        Result<void> locked = lock_current(lock, place);
        if (locked) locked = rotate_if_due(lock, place, 0);
        if (locked && place.trouble) return *place.trouble;
        return locked;
    }

private:
    /// The file under lock, as it is now, and what went wrong on the way without keeping it from being written.
    struct Place {
        FileStatus status{};
        std::optional<Error> trouble{};
        bool rotated = false;  // here: nobody else makes the new file
    };

    Delivery write_under_lock(const Batch& batch, WriteIntent* intent, bool in_parts) {
        Result<void> opened = open();
        if (!opened) return {0, opened.error()};
        LedgerLock lock;
        Place place;
        if (!other_.is_open()) {
            Result<void> locked = lock_current(lock, place);
            if (locked) locked = rotate_if_due(lock, place, batch.bytes.size());
            if (!locked) return {0, locked.error()};
        }
        if (other_.is_open()) return write_other(batch);
        Delivery delivery = ledger_.append(batch, place.status.size, intent, in_parts, options_.path);
        unsynced_bytes_ = true;
        if (!delivery.error) delivery.error = static_cast<std::optional<Error>&&>(place.trouble);
        return delivery;
    }

    Delivery write_other(const Batch& batch) {
        unsynced_bytes_ = true;
        return writer_.write(other_.descriptor(), batch, options_.path);
    }

    // ---- opening ---------------------------------------------------------------------------------------------------

    Result<void> open_path() {
        if (!appenders_can_share && wants_rotation()) return refusal(no_rotation, "an option that asks for it");
        File file = open_or_make();
        if (!file.is_open()) return open_error(errno);
        FileKind kind{};
        if (!file.stat_kind(kind)) return open_error(errno);
        if (!allowed(kind)) return refusal("a regular file or a character device", words_for(kind));
        file.make_blocking();
        can_sync_ = kind == FileKind::regular || kind == FileKind::block_device;
        if (!appenders_can_share || kind != FileKind::regular) {
            other_ = static_cast<File&&>(file);
            return {};
        }
        Result<void> taken = take_ledger(static_cast<File&&>(file));
        if (taken) sync_directory();
        return taken;
    }

    File open_or_make() const {
        const auto open = [this] { return open_for_append(options_.path.c_str(), options_.mode, options_.follow_links); };
        File file = open();
        if (file.is_open() || errno != ENOENT || !options_.create_directory) return file;
        const int error = make_directories(LedgerPath{options_.path}.directory);
        if (error == 0) return open();
        errno = error;
        return file;
    }

    /// A FIFO must be opened for writing alone, a ledger's last byte must be read: so a ledger is opened twice. One that cannot be read,
    /// but for its permissions, is not written either: a line behind what a killed writer left torn would be lost with it.
    Result<void> take_ledger(File file) {
        FileStatus status;
        if (const int error = find_status(file.descriptor(), status); error != 0) return open_error(error);
        FileStatus again;
        Opened readable = open_to_repair(options_.path.c_str(), options_.follow_links);
        if (readable.error == 0) readable.error = find_status(readable.file.descriptor(), again);
        const bool gone = readable.error == ENOENT;  // the next batch finds what has its name now
        if (readable.error != 0 && !gone && !is_unreadable(status, readable.error)) return open_error(readable.error);
        const bool same = readable.error == 0 && again.is_same_file(status);
        if (same) file = static_cast<File&&>(readable.file);
        ledger_ = LedgerFile{static_cast<File&&>(file), status, same};
        return {};
    }

    /// Whether the file's permissions keep this process from reading it.
    static bool is_unreadable(const FileStatus& status, int error) noexcept {
        constexpr unsigned owner_may_read = 0400;
        return error == EACCES && own_user() != 0 && !(own_user() == status.owner && (status.mode & owner_may_read) != 0);
    }

    static constexpr const char* no_rotation = "no rotation, which this system does not have";

    [[nodiscard]] bool wants_rotation() const noexcept { return options_.rotate_bytes != 0 || options_.rotate_interval.count() > 0; }

    [[nodiscard]] bool allowed(FileKind kind) const noexcept {
        if (kind == FileKind::fifo) return options_.allow_fifo;
        if (kind == FileKind::block_device) return options_.allow_block_device;
        return kind == FileKind::regular || kind == FileKind::character_device;
    }

    [[nodiscard]] Error refusal(const char* expected, const char* found) const {
        Error error;
        error.code = ErrorCode::refused;
        error.place = "open " + options_.path;
        error.expected = expected;
        error.found = found;
        return error;
    }

    /// A link, a FIFO without a reader and a socket do not open at all; the message names what stands there.
    [[nodiscard]] Error open_error(int number) const {
        if (options_.path.empty()) {
            Error error = refusal("the path of a file", "an empty path");
            error.place = "open a ledger";
            return error;
        }
        const FileKind kind = kind_at(options_.path.c_str());
        const bool link = kind == FileKind::symbolic_link && number == ELOOP && !options_.follow_links;
        const bool other = kind != FileKind::symbolic_link && kind != FileKind::other && !allowed(kind);
        if (!link && !other) {
            const bool no_directory = number == ENOENT && kind == FileKind::other;
            const char* const expected = no_directory ? "a directory to make the file in" : "a file to append to";
            return os_error(ErrorCode::open_failed, "open " + options_.path, expected, number);
        }
        Error error = refusal("a regular file or a character device", words_for(kind));
        error.os_error = number;
        return error;
    }

    // ---- the lock --------------------------------------------------------------------------------------------------

    /// Locks the file that stands at the path. One that was renamed or removed before the lock was had is left, and the path opened
    /// again. Where it cannot be, the file that was renamed is written on, as long as it has a name.
    Result<void> lock_current(LedgerLock& lock, Place& place) {
        constexpr int most_changes = 100;
        bool may_wait = !place.rotated;
        for (int changes = 0; changes < most_changes; ++changes) {
            const int error = options_.lock ? lock.take(ledger_.descriptor(), options_.lock_timeout.count()) : 0;
            if (error != 0) return lock_error(options_.path, error);
            const int looked = find_status_of(options_.path.c_str(), options_.follow_links, place.status);
            if (looked == 0 && ledger_.is(place.status)) return {};
            const bool moved = looked == 0 || looked == ENOENT || looked == ENOTDIR;
            if (!moved) return look_at_ledger(place.status);  // such as a directory that may no longer be searched
            if (looked == ENOENT && std::exchange(may_wait, false) && await_new_file()) continue;
            put_on_disk();
            LedgerFile left = std::exchange(ledger_, {});
            Result<void> opened = open_path();
            if (!opened) return stay(static_cast<LedgerFile&&>(left), lock, place, opened);
            lock.release();
            if (other_.is_open()) return {};
        }
        return os_error(ErrorCode::open_failed, "open " + options_.path, "a file that keeps its name for a moment", EAGAIN);
    }

    /// logrotate renames the ledger, and then makes the new one. Whatever has that name by then it puts aside, and over what it has put
    /// aside in the same hour; so it gets a moment. False when the ledger was removed, or nobody makes a new one.
    [[nodiscard]] bool await_new_file() const {
        constexpr int most_looks = 200;
        FileStatus status;
        for (int looks = 0; looks < most_looks; ++looks) {
            if (find_status(ledger_.descriptor(), status) != 0 || status.links == 0) return false;
            sleep_nanoseconds(1'000'000);
            if (find_status_of(options_.path.c_str(), options_.follow_links, status) != ENOENT) return true;
        }
        return false;
    }

    Result<void> stay(LedgerFile file, LedgerLock& lock, Place& place, const Result<void>& opened) {
        ledger_ = static_cast<LedgerFile&&>(file);
        if (look_at_ledger(place.status) && place.status.links != 0) {
            place.trouble = opened.error();
            return {};
        }
        lock.release();
        ledger_.close();
        return opened;
    }

    Result<void> look_at_ledger(FileStatus& status) const {
        const int error = ledger_.is_open() ? find_status(ledger_.descriptor(), status) : EBADF;
        if (error != 0) return os_error(ErrorCode::write_failed, "look at " + options_.path, "the ledger's size", error);
        return {};
    }

    // ---- rotation --------------------------------------------------------------------------------------------------

    /// With the lock held, before `more` bytes. Others may have filled the new file before its lock is had: then that is rotated, too.
    Result<void> rotate_if_due(LedgerLock& lock, Place& place, std::size_t more) {
        for (;;) {
            if (other_.is_open() || place.trouble) return {};
            if (place.status.size == 0) rotate_ = false;
            const std::int64_t now = system_microseconds();
            if (!is_due(place.status, more, now)) return {};
            place.trouble = rotate_ledger_now(now);
            if (rotation_fault_) return {};
            place.rotated = true;
            Result<void> locked = lock_current(lock, place);
            if (!locked) return locked;
        }
    }

    /// What went wrong; rotation_fault_ says whether the ledger still has its name.
    std::optional<Error> rotate_ledger_now(std::int64_t now) {
        constexpr std::int64_t pause = 1'000'000'000;  // one that fails is not tried again with every batch
        const std::int64_t clock = monotonic_nanoseconds();
        if (rotation_fault_ && clock - last_rotation_ < pause) return rotation_fault_;
        last_rotation_ = clock;
        Rotation rotation = rotate_ledger(options_, ledger_, now);
        rotation_fault_.reset();
        if (rotation.renamed) rotate_ = false;
        else rotation_fault_ = rotation.error;
        return static_cast<std::optional<Error>&&>(rotation.error);
    }

    /// What is no ledger has nothing to rotate.
    Result<void> rotate_other() {
        rotate_ = false;
        if (appenders_can_share) return {};
        return refusal(no_rotation, "a call that asks for it");
    }

    [[nodiscard]] bool is_due(const FileStatus& status, std::size_t more, std::int64_t now) const noexcept {
        if (status.size == 0) return false;
        if (rotate_) return true;
        if (options_.rotate_bytes != 0 && status.size + more > options_.rotate_bytes) return true;
        const std::int64_t interval = options_.rotate_interval.count() / 1'000;
        if (interval <= 0) return false;
        const bool plausible = status.modified.seconds >= 0 && status.modified.seconds <= last_civil_second;
        const std::int64_t written = plausible ? status.modified.seconds * 1'000'000 + status.modified.nanoseconds / 1'000 : now;
        return now / interval > written / interval;
    }

    // ---- the disk --------------------------------------------------------------------------------------------------

    void sync(bool at_once) {
        if (options_.sync == Sync::os || !unsynced_bytes_) return;
        const std::int64_t now = monotonic_nanoseconds();
        if (!at_once && last_sync_ != 0 && now - last_sync_ < options_.sync_interval.count()) return;
        last_sync_ = now;
        put_on_disk();
    }

    /// After an fsync that failed the system may take for clean what never reached the disk: to try again would prove nothing.
    void put_on_disk() {
        const int descriptor = other_.is_open() ? other_.descriptor() : ledger_.descriptor();
        if (options_.sync == Sync::os || !std::exchange(unsynced_bytes_, false) || !can_sync_ || descriptor < 0) return;
        note_sync(sync_to_disk(descriptor), "fsync ");
    }

    /// The file's name, also the one that a rotation gave to the file before it.
    void sync_directory() {
        if (options_.sync == Sync::os) return;
        const Opened directory = LedgerPath{options_.path}.open();
        note_sync(directory.error != 0 ? directory.error : sync_to_disk(directory.file.descriptor()), "fsync the directory of ");
    }

    void note_sync(int error, const char* what) {
        if (error != 0 && !unsynced_) unsynced_ = os_error(ErrorCode::write_failed, what + options_.path, "everything on the disk", error);
    }

    FileOptions options_;
    LedgerFile ledger_;  // a regular file
    File other_;         // or what is none
    LineWriter writer_;
    bool can_sync_ = false;
    bool rotate_ = false;  // asked for
    bool unsynced_bytes_ = false;
    std::int64_t last_rotation_ = 0;
    std::int64_t last_sync_ = 0;
    std::optional<Error> rotation_fault_;  // since the last that was done or asked for
    std::optional<Error> unsynced_;        // the first fsync that failed
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
