// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_TARGETS_HPP
#define NOTCH_BENCHMARKS_TARGETS_HPP

#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "../common/events.hpp"
#include "notch.hpp"

// What a program can do with an event that happens on a thread which has no time. Each target is made with a path, takes
// events from any thread with record(), and has written everything when finish() returns. All but spdlog's write the same
// bytes with notch's own writer, so that their difference is how they hand it on.

namespace bench {

class Notch {
public:
    static constexpr const char* name = "notch";
    explicit Notch(const std::string& path) : recorder_{notch::FileSink{path}} {}
    void record(const RunnerStart& event) { (void)recorder_.record(event); }
    void finish() { recorder_.close(); }

private:
    notch::Recorder recorder_;
};

/// Nothing but the recorder: what its sink takes goes nowhere.
class NotchNowhere {
public:
    static constexpr const char* name = "notch, NullSink";
    explicit NotchNowhere(const std::string&) : recorder_{notch::NullSink{}} {}
    void record(const RunnerStart& event) { (void)recorder_.record(event); }
    void finish() { recorder_.close(); }

private:
    notch::Recorder recorder_;
};

/// One background thread and a queue of 8192 messages, as the library's own examples; a full queue blocks. It formats on
/// the caller's thread and escapes nothing.
class SpdlogAsync {
public:
    static constexpr const char* name = "spdlog async";
    explicit SpdlogAsync(const std::string& path) {
        spdlog::init_thread_pool(8192, 1);
        logger_ = spdlog::basic_logger_mt<spdlog::async_factory>("events", path);
        logger_->set_pattern("%v");
    }
    void record(const RunnerStart& v) {
        logger_->info(R"({{"timestamp":{},"event":"runner_start","flavor":"{}","workflow":"{}","repo":"{}","github_event":"{}","idle":{},"queue_duration":{}}})",
                      v.timestamp, v.flavor, v.workflow, v.repo, v.github_event, v.idle, v.queue_duration.value_or(0));
    }
    void finish() {
        logger_.reset();
        spdlog::shutdown();
    }

private:
    std::shared_ptr<spdlog::logger> logger_;
};

class Descriptor {
public:
    explicit Descriptor(const std::string& path) : number_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(number_); }

    void write(const std::string& bytes) const {
        for (std::size_t at = 0; at < bytes.size();) {
            const ssize_t written = ::write(number_, bytes.data() + at, bytes.size() - at);
            if (written <= 0) return;
            at += static_cast<std::size_t>(written);
        }
    }

private:
    int number_;
};

/// The simplest that is right: format, lock, one write(2) for each line.
class MutexAndWrite {
public:
    static constexpr const char* name = "mutex + write(2)";
    explicit MutexAndWrite(const std::string& path) : file_{path} {}
    void record(const RunnerStart& event) {
        thread_local std::string line;
        line.clear();
        notch::append_line(line, event);
        line += '\n';
        const std::lock_guard lock{mutex_};
        file_.write(line);
    }
    void finish() {}

private:
    Descriptor file_;
    std::mutex mutex_;
};

/// The best of the simple ones: format into a shared buffer under a lock; a thread takes the buffer away every millisecond.
class MutexAndSwap {
public:
    static constexpr const char* name = "mutex + swapped buffer";
    explicit MutexAndSwap(const std::string& path) : file_{path}, thread_{[this] { run(); }} {}
    void record(const RunnerStart& event) {
        const std::lock_guard lock{mutex_};
        notch::append_line(filling_, event);
        filling_ += '\n';
    }
    void finish() {
        finished_ = true;
        thread_.join();
    }

private:
    void run() {
        for (bool last = false; !last;) {
            last = finished_;
            {
                const std::lock_guard lock{mutex_};
                std::swap(filling_, writing_);
            }
            file_.write(writing_);
            if (writing_.empty()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
            writing_.clear();
        }
    }

    Descriptor file_;
    std::mutex mutex_;
    std::string filling_;
    std::string writing_;
    std::atomic<bool> finished_{false};
    std::thread thread_;
};

}  // namespace bench

#endif
