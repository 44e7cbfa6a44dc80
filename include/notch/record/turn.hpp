// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_TURN_HPP
#define NOTCH_RECORD_TURN_HPP

#include "../base/clock.hpp"
#include "../base/platform.hpp"
#include "../config.hpp"

#include <cstdint>

namespace notch::inline NOTCH_ABI::detail {

/// The core whose backend runs on this thread. A sink or an error handler that records must never wait for itself.
inline constinit thread_local const void* backend_of_this_thread = nullptr;

/// Who runs the backend, where no thread of its own does: one thread at a time, waiting until `until` for its turn.
class Turn {
public:
    Turn(const void* core, Mutex& mutex, Condition& done, bool& taken, std::int64_t until) noexcept
        : mutex_{mutex}, done_{done}, taken_{taken} {
        const Lock lock{mutex_};
        while (taken_) {
            const std::int64_t left = until - monotonic_nanoseconds();
            if (left <= 0) return;
            done_.wait_for(mutex_, left < 1'000'000'000 ? left : 1'000'000'000);
        }
        taken_ = mine_ = true;
        before_ = backend_of_this_thread;
        backend_of_this_thread = core;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (!mine_) return;
        backend_of_this_thread = before_;
        const Lock lock{mutex_};
        taken_ = false;
        done_.wake_all();
    }
    [[nodiscard]] bool mine() const noexcept { return mine_; }

private:
    Mutex& mutex_;
    Condition& done_;
    bool& taken_;
    const void* before_ = nullptr;
    bool mine_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
