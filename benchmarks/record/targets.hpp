// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_TARGETS_HPP
#define NOTCH_BENCHMARKS_TARGETS_HPP

#include <concurrentqueue/concurrentqueue.h>
#include <fcntl.h>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

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

/// With a journal, where no disk writes it back.
class NotchJournal {
public:
    static constexpr const char* name = "notch, journal on tmpfs";
    explicit NotchJournal(const std::string& path)
        : recorder_{notch::FileSink{path}, {.journal = "/dev/shm/notch-record-" + std::to_string(::getpid()) + ".journal"}} {}
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

/// The same with a backend that never sleeps, as the rivals' benchmarks have it: it has a core of its own.
class NotchSpinning {
public:
    static constexpr const char* name = "notch, NullSink, spinning";
    explicit NotchSpinning(const std::string&) : recorder_{notch::NullSink{}, {.idle_sleep = std::chrono::nanoseconds{0}}} {}
    void record(const RunnerStart& event) { (void)recorder_.record(event); }
    void finish() { recorder_.close(); }

private:
    notch::Recorder recorder_;
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

/// What a good queue gives to those who write the rest themselves: the event copied into a struct of fixed size, a token for each
/// producer, and a thread that takes it out, renders it and writes, with a pause between looks.
class QueueOfStructs {
public:
    static constexpr const char* name = "moodycamel queue";
    explicit QueueOfStructs(const std::string& path) : file_{path}, thread_{[this] { run(); }} {}
    void record(const RunnerStart& event) {
        thread_local const moodycamel::ProducerToken token{queue_};
        Flat flat;
        flat.timestamp = event.timestamp;
        flat.idle = event.idle;
        flat.queue_duration = event.queue_duration.value_or(0);
        char* at = flat.text;
        const std::string* const texts[] = {&event.flavor, &event.workflow, &event.repo, &event.github_event};
        for (std::size_t i = 0; i < 4; ++i) {
            flat.size[i] = static_cast<std::uint16_t>(texts[i]->size());
            std::memcpy(at, texts[i]->data(), texts[i]->size());
            at += texts[i]->size();
        }
        queue_.enqueue(token, flat);
    }
    void finish() {
        finished_ = true;
        thread_.join();
    }

private:
    struct Flat {
        double timestamp;
        double idle;
        double queue_duration;
        std::uint16_t size[4];
        char text[128];  // as much as the benchmark's events have
    };

    void run() {
        std::vector<Flat> taken(256);
        std::string lines;
        for (bool last = false; !last;) {
            last = finished_;
            for (std::size_t count = 0; (count = queue_.try_dequeue_bulk(taken.data(), taken.size())) != 0;) {
                for (std::size_t i = 0; i < count; ++i) append(lines, taken[i]);
                if (lines.size() > 64 * 1024) write(lines);
            }
            write(lines);
            for (int i = 0; i < 32; ++i) notch::detail::pause_processor();
        }
    }
    static void append(std::string& lines, const Flat& flat) {
        const char* at = flat.text;
        const auto text = [&](std::size_t i) {
            const std::string out{at, flat.size[i]};
            at += flat.size[i];
            return out;
        };
        RunnerStart event{flat.timestamp, text(0), text(1), text(2), text(3), flat.idle, flat.queue_duration};
        notch::append_line(lines, event);
        lines += '\n';
    }
    void write(std::string& lines) {
        if (!lines.empty()) file_.write(lines);
        lines.clear();
    }

    Descriptor file_;
    moodycamel::ConcurrentQueue<Flat> queue_;
    std::atomic<bool> finished_{false};
    std::thread thread_;
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
        logger_->info(
            R"({{"timestamp":{},"event":"runner_start","flavor":"{}","workflow":"{}","repo":"{}","github_event":"{}",)"
                R"("idle":{},"queue_duration":{}}})",
            v.timestamp, v.flavor, v.workflow, v.repo, v.github_event, v.idle, v.queue_duration.value_or(0));
    }
    void finish() {
        logger_.reset();
        spdlog::shutdown();
    }

private:
    std::shared_ptr<spdlog::logger> logger_;
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
