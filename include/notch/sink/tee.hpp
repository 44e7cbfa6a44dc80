// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_TEE_HPP
#define NOTCH_SINK_TEE_HPP

#include "../base/plain_list.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../record/batch.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// Hands every batch to several sinks; one that fails or throws does not keep the others from theirs.
///
///     notch::Recorder recorder{notch::Tee{notch::FileSink{"events.jsonl"}, notch::StreamSink{}}};
///     recorder.stats().sinks[1].written;  // what stderr took
///
/// A line counts as accepted when every sink took it; Stats::sinks says what each of them took, in the order given here.
/// What one sink refused leaves no gap line, since the others have it.
class Tee {
public:
    template <class First, class... Rest>
        requires(sizeof...(Rest) > 0 || !std::is_same_v<First, Tee>) && Sink<First> && (Sink<Rest> && ...)
    explicit Tee(First first, Rest... rest) {
        branches_.reserve(1 + sizeof...(Rest));
        add(static_cast<First&&>(first));
        (add(static_cast<Rest&&>(rest)), ...);
    }
    Tee(Tee&& other) noexcept = default;
    Tee& operator=(Tee&& other) noexcept = default;
    ~Tee() {
        for (Branch* branch : branches_) delete branch;
    }

    void attach(SinkHost& host) {
        for (Branch* branch : branches_) branch->sink->attach(host);
    }
    Result<void> start() {
        return each([](Branch& branch) { return branch.sink->start(); });
    }
    Result<void> idle() {
        return each([](Branch& branch) { return branch.sink->idle(); });
    }
    Result<void> flush() {
        return each([](Branch& branch) { return branch.sink->flush(); });
    }

    Delivery write(const Batch& batch) {
        Delivery together{batch.lines.size(), {}};
        for (Branch* branch : branches_) {
            Delivery one = branch->sink->write(batch);
            branch->count(batch, one.accepted);
            if (one.accepted < together.accepted) together.accepted = one.accepted;
            if (one.error.has_value() && !together.error.has_value()) together.error = static_cast<std::optional<Error>&&>(one.error);
        }
        return together;
    }

    template <class = void>
    [[nodiscard]] std::vector<SinkStats> stats() const {
        std::vector<SinkStats> out;
        for (const Branch* branch : branches_) {
            const std::string name = "sink " + std::to_string(out.size());
            out.push_back({name, branch->written.load(std::memory_order_relaxed), branch->dropped.load(std::memory_order_relaxed)});
        }
        return out;
    }

private:
    struct Branch {
        explicit Branch(detail::SinkBox box) noexcept : sink{static_cast<detail::SinkBox&&>(box)} {}

        /// Events only: gap lines are the recorder's own.
        void count(const Batch& batch, std::size_t accepted) noexcept {
            std::uint64_t taken = 0;
            std::uint64_t refused = 0;
            for (std::size_t i = 0; i < batch.lines.size(); ++i)
                if (!batch.lines[i].is_gap) ++(i < accepted ? taken : refused);
            written.fetch_add(taken, std::memory_order_relaxed);
            dropped.fetch_add(refused, std::memory_order_relaxed);
        }

        detail::SinkBox sink;
        std::atomic<std::uint64_t> written{0};
        std::atomic<std::uint64_t> dropped{0};
    };

    template <Sink S>
    void add(S sink) {
        branches_.push_back(new Branch{detail::SinkBox::of(static_cast<S&&>(sink))});
    }

    /// Every branch gets the call; the first error is the answer.
    template <class Call>
    Result<void> each(Call call) {
        Result<void> answer;
        for (Branch* branch : branches_) {
            Result<void> one = call(*branch);
            if (!one && answer) answer = one;
        }
        return answer;
    }

    detail::PlainList<Branch*> branches_;
};

}  // namespace notch::inline NOTCH_ABI

#endif
