// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace test {

/// What a test's sink has seen and what it should do; shared with the test, since the recorder owns the sink.
struct Probe {
    std::mutex mutex;
    std::vector<std::string> lines;
    std::vector<notch::LineInfo> infos;
    std::size_t batches = 0;
    std::size_t flushes = 0;
    std::atomic<bool> held{false};       ///< write() waits while set
    std::atomic<std::size_t> waiting{0};  ///< how many calls of write() wait

    [[nodiscard]] std::size_t count() {
        const std::lock_guard lock{mutex};
        return lines.size();
    }
};

/// Waits until write() is held up with what was recorded so far: from then on the recorder takes nothing from its rings.
inline void wait_until_held(const Probe& probe) {
    while (probe.waiting == 0) notch::detail::sleep_nanoseconds(100'000);
}

/// Keeps every line; can be held up.
struct ProbeSink {
    Probe* probe;
    notch::Delivery write(const notch::Batch& batch) {
        ++probe->waiting;
        while (probe->held) notch::detail::sleep_nanoseconds(100'000);
        --probe->waiting;
        const std::lock_guard lock{probe->mutex};
        std::size_t at = 0;
        for (const notch::LineInfo& info : batch.lines) {
            probe->lines.emplace_back(batch.bytes.substr(at, info.size));
            probe->infos.push_back(info);
            at += info.size;
        }
        if (at != batch.bytes.size()) probe->lines.emplace_back("the batch's lines do not add up to its bytes");
        ++probe->batches;
        return {batch.lines.size(), {}};
    }
    notch::Result<void> flush() {
        const std::lock_guard lock{probe->mutex};
        ++probe->flushes;
        return {};
    }
};

}  // namespace test
