// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_BATCH_HPP
#define NOTCH_RECORD_BATCH_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "../base/error.hpp"
#include "../base/result.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// What a sink may want to know of one line without parsing it. Valid as long as its batch.
///
///     batch.each_line([&](std::string_view, const notch::LineInfo& line) { ++counts[std::string{line.event}]; });
struct LineInfo {
    std::size_t size = 0;          ///< bytes of the line, its newline included
    std::string_view event{};      ///< the name of the event's type
    std::uint32_t producer = 0;    ///< which of the recorder's rings it came through
    std::uint64_t sequence = 0;    ///< its number in that ring, from 0; drops consume numbers too; of a gap its first
    bool is_gap = false;           ///< no event but a line that tells of dropped ones; Stats::written does not count it
};

/// What a sink is handed: whole lines, one behind the other, each with its newline. Valid during the call only.
///
///     batch.each_line([&](std::string_view text, const notch::LineInfo& line) { if (line.event == "alarm") alarms.emplace_back(text); });
struct Batch {
    std::string_view bytes{};
    std::span<const LineInfo> lines{};

    /// Calls `take(text, line)` for each line in turn, its newline left out.
    template <class Take>
    void each_line(Take&& take) const {
        std::size_t at = 0;
        for (const LineInfo& line : lines) {
            take(bytes.substr(at, line.size - 1), line);
            at += line.size;
        }
    }
};

/// What a sink did with a batch: how many lines, from the first on, it has taken for good, and what kept it from the rest.
///
///     return {batch.lines.size(), {}};                                     // all of them
///     return {0, notch::Error{.place = "queue", .expected = "room", .found = "none"}};  // none: they are dropped, and on_error is told
struct Delivery {
    std::size_t accepted = 0;
    std::optional<Error> error{};
};

/// Lines that one of several sinks has taken and refused.
struct SinkStats {
    std::string name{};
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
};

/// Where in a file a batch begins.
struct SinkPosition {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;  ///< bytes that stand before it
};

/// Hears where a batch is going to stand, before its first byte is written: what a journal needs to tell, after a crash, how much
/// of the batch the file has. Called again when the batch goes to another place after all; never after the batch was written.
class WriteIntent {
public:
    virtual void begin(const SinkPosition& position) noexcept = 0;

protected:
    ~WriteIntent() = default;
};

/// The recorder as its sink sees it, for a sink that waits within a call. To be used during a call of the sink, on that thread.
class SinkHost {
public:
    /// Tells RecorderOptions::on_error at once, and once per fault.
    virtual void report(const Error& error) = 0;
    /// Whether the recorder closes and half of close_timeout is over: whoever waits for better times should give up.
    [[nodiscard]] virtual bool hurries() const noexcept = 0;

protected:
    ~SinkHost() = default;
};

/// A sink is anything movable with `Delivery write(const Batch&)`.
///
///     struct Counter {
///         std::size_t lines = 0;
///         notch::Delivery write(const notch::Batch& batch) { lines += batch.lines.size(); return {batch.lines.size()}; }
///     };
///
/// It is called by one thread at a time, the recorder's own. Optional members: `void attach(SinkHost&)`, called first, for a sink that
/// waits; `Result<void> start()`, called once before the first batch; `Result<void> flush()`, called when a flush asks for it;
/// `Result<void> idle()`, called about ten times a second while there is nothing to write; `std::vector<SinkStats> stats() const`,
/// called from any thread, for sinks made of sinks. A sink that throws has accepted nothing of the batch.
///
/// A sink whose lines stand in one file can give a recorder with a journal what exactly-once needs, with two more members:
/// `Delivery write(const Batch&, WriteIntent&)`, which holds the file's lock from begin() until the batch stands there whole, up to
/// `accepted` lines; and `Result<std::size_t> settle(const SinkPosition&, std::string_view bytes)`, which finds how many of these
/// bytes, in whole lines, stand at that place already, ends or removes a torn rest, and gives 0 when the file is gone.
template <class S>
concept Sink = std::movable<S> && requires(S sink, const Batch& batch) {
    { sink.write(batch) } -> std::same_as<Delivery>;
};

namespace detail {

/// So many lines, for a Batch. Of two pointers, since std::span asks of a size whether it is an iterator, for as long as a header takes.
inline std::span<const LineInfo> lines_at(const LineInfo* first, std::size_t count) noexcept { return {first, first + count}; }

/// Lines from the first on, and their bytes.
struct WholeLines {
    std::size_t count = 0;
    std::size_t bytes = 0;
};
/// What of a batch stands within so many of its bytes.
inline WholeLines whole_lines(const Batch& batch, std::size_t bytes) noexcept {
    WholeLines out;
    while (out.count < batch.lines.size() && out.bytes + batch.lines[out.count].size <= bytes) out.bytes += batch.lines[out.count++].size;
    return out;
}

template <class S>
concept PositionedSink = Sink<S> && requires(S sink, const Batch& batch, WriteIntent& intent, const SinkPosition& position) {
    { sink.write(batch, intent) } -> std::same_as<Delivery>;
    { sink.settle(position, batch.bytes) } -> std::same_as<Result<std::size_t>>;
};

/// A sink behind one virtual call a batch, so that a recorder is no template.
class AnySink {
public:
    AnySink() = default;
    AnySink(const AnySink&) = delete;
    AnySink& operator=(const AnySink&) = delete;
    virtual ~AnySink() = default;

    virtual void attach(SinkHost& host) = 0;
    virtual Result<void> start() = 0;
    virtual Delivery write(const Batch& batch) = 0;
    virtual Result<void> flush() = 0;
    virtual Result<void> idle() = 0;
    /// Whether the next two are the sink's own; otherwise they are write(batch) and 0.
    [[nodiscard]] virtual bool has_position() const noexcept = 0;
    virtual Delivery write(const Batch& batch, WriteIntent& intent) = 0;
    virtual Result<std::size_t> settle(const SinkPosition& position, std::string_view bytes) = 0;
    [[nodiscard]] virtual std::vector<SinkStats> stats() const = 0;
    /// Whether it hands on to several sinks, of which one may have what another refused.
    [[nodiscard]] virtual bool is_several() const noexcept = 0;
};

/// Made of texts that fit into a string without memory of its own: what was thrown may say that there is none.
NOTCH_INTERNAL_COLD inline Error thrown_error() {
    Error error;
    error.place = "sink";
    error.expected = "no exception";
    error.found = "an exception";
    return error;
}

/// Whether those of the optional members that a sink has are what they are called for.
template <class S>
concept FitsAnySink = (!requires(S& sink) { sink.start(); } || requires(S& sink) { Result<void>{sink.start()}; }) &&
                      (!requires(S& sink) { sink.flush(); } || requires(S& sink) { Result<void>{sink.flush()}; }) &&
                      (!requires(S& sink) { sink.idle(); } || requires(S& sink) { Result<void>{sink.idle()}; }) &&
                      (!requires(S& sink) { sink.stats(); } || requires(const S& sink) { std::vector<SinkStats>{sink.stats()}; });

template <Sink S>
class SinkHolder final : public AnySink {
    static_assert(FitsAnySink<S>,
                  "notch: a sink's start(), flush() and idle() return notch::Result<void>, its stats() is const and returns "
                  "std::vector<notch::SinkStats>");

public:
    explicit SinkHolder(S sink) : sink_{static_cast<S&&>(sink)} {}

    void attach([[maybe_unused]] SinkHost& host) override {
        if constexpr (requires { sink_.attach(host); }) sink_.attach(host);
    }
    Result<void> start() override {
        NOTCH_INTERNAL_TRY {
            if constexpr (requires { sink_.start(); }) return sink_.start();
            else return {};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    Delivery write(const Batch& batch) override {
        NOTCH_INTERNAL_TRY { return sink_.write(batch); }
        NOTCH_INTERNAL_CATCH_ALL { return {0, thrown_error()}; }
    }
    Result<void> flush() override {
        NOTCH_INTERNAL_TRY {
            if constexpr (requires { sink_.flush(); }) return sink_.flush();
            else return {};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    Result<void> idle() override {
        NOTCH_INTERNAL_TRY {
            if constexpr (requires { sink_.idle(); }) return sink_.idle();
            else return {};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    [[nodiscard]] bool has_position() const noexcept override { return PositionedSink<S>; }
    Delivery write(const Batch& batch, [[maybe_unused]] WriteIntent& intent) override {
        NOTCH_INTERNAL_TRY {
            if constexpr (PositionedSink<S>) return sink_.write(batch, intent);
            else return sink_.write(batch);
        }
        NOTCH_INTERNAL_CATCH_ALL { return {0, thrown_error()}; }
    }
    Result<std::size_t> settle([[maybe_unused]] const SinkPosition& position, [[maybe_unused]] std::string_view bytes) override {
        NOTCH_INTERNAL_TRY {
            if constexpr (PositionedSink<S>) return sink_.settle(position, bytes);
            else return std::size_t{0};
        }
        NOTCH_INTERNAL_CATCH_ALL { return thrown_error(); }
    }
    [[nodiscard]] std::vector<SinkStats> stats() const override {
        if constexpr (requires { sink_.stats(); }) return sink_.stats();
        else return {};
    }
    [[nodiscard]] bool is_several() const noexcept override { return requires(const S& sink) { sink.stats(); }; }

private:
    S sink_;
};

/// Owns a sink of any kind; may be empty after a move.
class SinkBox {
public:
    SinkBox() noexcept = default;
    template <Sink S>
    static SinkBox of(S sink) {
        SinkBox box;
        box.sink_ = new SinkHolder<S>(static_cast<S&&>(sink));
        return box;
    }
    SinkBox(SinkBox&& other) noexcept : sink_{std::exchange(other.sink_, nullptr)} {}
    SinkBox& operator=(SinkBox&& other) noexcept {
        std::swap(sink_, other.sink_);
        return *this;
    }
    ~SinkBox() { delete sink_; }

    AnySink* operator->() const noexcept { return sink_; }

private:
    AnySink* sink_ = nullptr;
};

}  // namespace detail
}  // namespace notch::inline NOTCH_ABI

#endif
