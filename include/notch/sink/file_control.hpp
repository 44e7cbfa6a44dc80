// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_FILE_CONTROL_HPP
#define NOTCH_SINK_FILE_CONTROL_HPP

#include "../config.hpp"

#include <atomic>
#include <cstdint>

namespace notch::inline NOTCH_ABI {

class FileSink;

/// Reaches a FileSink that its recorder owns.
///
///     notch::FileSink sink{"events.jsonl"};
///     notch::FileControl control = sink.control();
///     notch::Recorder recorder{std::move(sink)};
///     control.rotate();
///     recorder.flush();  // done by now, as by the next batch
///
/// A copy reaches the same sink, and may outlive it. rotate() and reopen() may be called from any thread and from a signal handler: they
/// set a number that the sink looks at before its next batch and at each flush.
class FileControl {
public:
    FileControl(const FileControl& other) noexcept : requests_{other.requests_} {
        requests_->references.fetch_add(1, std::memory_order_relaxed);
    }
    FileControl& operator=(const FileControl& other) noexcept {
        FileControl copy{other};
        Requests* const own = requests_;
        requests_ = copy.requests_;
        copy.requests_ = own;
        return *this;
    }
    ~FileControl() {
        if (requests_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete requests_;
    }

    /// Begins a new file, unless this one is empty. A rotation that fails is reported through RecorderOptions::on_error, writing goes on
    /// in the file as it is, and it is tried again.
    void rotate() const noexcept { requests_->rotations.fetch_add(1, std::memory_order_relaxed); }

    /// Closes the file and opens the path again, such as after logrotate has renamed it (which the next batch also finds by itself).
    /// Ends what OnFault::stop has stopped, and the failing of every flush after an fsync that failed.
    void reopen() const noexcept { requests_->reopenings.fetch_add(1, std::memory_order_relaxed); }

private:
    friend class FileSink;
    struct Requests {
        std::atomic<std::uint32_t> references{1};
        std::atomic<std::uint32_t> rotations{0};
        std::atomic<std::uint32_t> reopenings{0};
    };
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "a signal handler must not wait");

    FileControl() : requests_{new Requests} {}
    [[nodiscard]] std::uint32_t rotations() const noexcept { return requests_->rotations.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t reopenings() const noexcept { return requests_->reopenings.load(std::memory_order_relaxed); }

    Requests* requests_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
