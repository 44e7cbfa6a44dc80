// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_CAPTURE_HPP
#define NOTCH_SINK_CAPTURE_HPP

#include "../base/platform.hpp"
#include "../base/text_store.hpp"
#include "../config.hpp"
#include "../json/decode.hpp"
#include "../record/batch.hpp"
#include "../record/recorder.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI {
namespace detail {

/// The lines that a capture has seen.
class CapturedLines {
public:
    void add(const Batch& batch) {
        const Lock lock{mutex_};
        batch.each_line([this](std::string_view text, const LineInfo&) { lines_.add(text); });
    }
    template <class = void>
    [[nodiscard]] std::vector<std::string_view> views() {
        const Lock lock{mutex_};
        std::vector<std::string_view> out;
        out.reserve(lines_.texts().size());
        for (const std::string* line : lines_.texts()) out.push_back(*line);
        return out;
    }
    void clear() {
        const Lock lock{mutex_};
        lines_.clear();
    }

private:
    Mutex mutex_;
    TextStore lines_;
};

struct CaptureSink {
    CapturedLines* lines;
    Delivery write(const Batch& batch) {
        lines->add(batch);
        return {batch.lines.size(), {}};
    }
};

}  // namespace detail

/// A recorder for tests: what the code under test records comes back as typed structs.
///
///     notch::Capture capture;
///     start_runner(capture.recorder());                       // the code under test
///     CHECK(capture.events<RunnerStart>()[0].flavor == "small");
///     CHECK(capture.lines().size() == 1);
///
/// events() and lines() flush first. Views, also those inside the structs, live until reset() or the capture's end. Call these
/// functions from one thread at a time; the recorder itself may be used from any.
class Capture {
public:
    // A template, as lines() is, so that only who makes one compiles a recorder with its sink.
    template <class = void>
    Capture() : Capture{RecorderOptions{}} {}
    template <class = void>
    explicit Capture(RecorderOptions options) : recorder_{detail::CaptureSink{&lines_}, static_cast<RecorderOptions&&>(options)} {}

    [[nodiscard]] Recorder& recorder() noexcept { return recorder_; }

    /// Every event of type T so far, in the order of the lines. An event is of type T by its name; without an envelope, by having
    /// T's fields. A line with T's name that cannot be read as a T is an error, told as the events' own are: see failures().
    template <class T>
    [[nodiscard]] std::vector<T> events() {
        failures_.clear();
        std::vector<T> out;
        for (const std::string_view line : lines()) {
            Result<T> event = detail::read_text_as<T, true>(line, unlimited(), &unescaped_);
            if (event) out.push_back(static_cast<T&&>(*event));
            else if (event.error().code != ErrorCode::wrong_event) failures_.push_back(event.error());
        }
        return out;
    }

    /// Why lines of that type were left out by the last call of events(); empty when none was.
    [[nodiscard]] const std::vector<Error>& failures() const noexcept { return failures_; }

    /// Every line so far, without its newline.
    template <class = void>
    [[nodiscard]] std::vector<std::string_view> lines() {
        recorder_.flush();
        return lines_.views();
    }

    /// Forgets everything so far; views of it end.
    void reset() {
        recorder_.flush();
        lines_.clear();
        unescaped_.clear();
        failures_.clear();
    }

private:
    // What is read back was written by this process, so only memory limits it.
    static Limits unlimited() noexcept {
        constexpr std::size_t most = static_cast<std::size_t>(-1);
        return {.max_bytes = most, .max_string = most, .max_elements = most};
    }

    detail::CapturedLines lines_;
    detail::TextStore unescaped_;  // what views of escaped texts show
    std::vector<Error> failures_;
    Recorder recorder_;  // last, so that it ends first
};

}  // namespace notch::inline NOTCH_ABI

#endif
