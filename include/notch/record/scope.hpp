// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_SCOPE_HPP
#define NOTCH_RECORD_SCOPE_HPP

#include "../config.hpp"
#include "../base/clock.hpp"
#include "../event/kind.hpp"

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace notch::inline NOTCH_ABI {

class Recorder;

namespace detail {

/// What is inside an optional.
template <class D>
struct HeldDuration {
    using type = D;
};
template <class D>
struct HeldDuration<std::optional<D>> {
    using type = D;
};

/// Sets a field to the time that passed: seconds in a floating number, or a duration.
template <class D>
void set_elapsed(D& field, std::int64_t nanoseconds) {
    using Held = typename HeldDuration<D>::type;
    static_assert(std::is_floating_point_v<Held> || is_duration<Held>,
                  "notch: scope() fills a duration: make the member a double (seconds), a std::chrono::duration or an optional of "
                  "one, or name another member with scope(event, &T::member)");
    const std::chrono::duration<std::int64_t, std::nano> elapsed{nanoseconds};
    if constexpr (std::is_floating_point_v<Held>) field = std::chrono::duration_cast<std::chrono::duration<Held>>(elapsed).count();
    else field = std::chrono::duration_cast<Held>(elapsed);
}

/// R, in a template only once it is instantiated.
template <class R, class>
struct CompleteType {
    using type = R;
};
template <class R, class E>
using Complete = typename CompleteType<R, E>::type;

/// A scope without a named member fills the one called `duration`, where there is one.
struct DurationByName {};

}  // namespace detail

/// An event that is recorded when it goes out of scope, also when an exception passes; made by Recorder::scope().
///
///     {
///         auto job = recorder.scope(Job{.name = "build"});   // struct Job { std::string name; double duration; };
///         build();
///         job->name = "build, linked";
///     }
///     // {"timestamp":1795190400.123456,"event":"job","name":"build, linked","duration":12.5}
///
/// An event without a `timestamp` member is stamped at the end. The member that was named, or the one called `duration`, is set to
/// the time since the scope began, in seconds, by a clock that never jumps. The recorder must outlive the scope. One thread at a
/// time may use it; the thread that ends it records.
template <class E, class Member = detail::DurationByName>
class Scope {
public:
    Scope(Recorder& recorder, E event, Member member = {})
        : recorder_{recorder}, event_{static_cast<E&&>(event)}, member_{member}, begin_{detail::monotonic_nanoseconds()} {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() {
        if (dismissed_) return;
        fill_duration();
        // Through this type, since the recorder is complete only where the scope ends.
        detail::Complete<Recorder, E>& recorder = recorder_;
        static_cast<void>(recorder.record(event_));
    }

    [[nodiscard]] E* operator->() noexcept { return &event_; }
    [[nodiscard]] E& operator*() noexcept { return event_; }

    /// Nothing will be recorded.
    void dismiss() noexcept { dismissed_ = true; }

private:
    void fill_duration() noexcept {
        const std::int64_t elapsed = detail::monotonic_nanoseconds() - begin_;
        if constexpr (!std::is_same_v<Member, detail::DurationByName>) detail::set_elapsed(event_.*member_, elapsed);
        else if constexpr (requires(E& event) { event.duration; }) detail::set_elapsed(event_.duration, elapsed);
        else static_cast<void>(elapsed);
    }

    Recorder& recorder_;
    E event_;
    Member member_;
    std::int64_t begin_;
    bool dismissed_ = false;
};

}  // namespace notch::inline NOTCH_ABI

#endif
