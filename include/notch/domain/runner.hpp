// SPDX-License-Identifier: MIT
#ifndef NOTCH_DOMAIN_RUNNER_HPP
#define NOTCH_DOMAIN_RUNNER_HPP

#include "../base/error.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/line.hpp"
#include "../json/violations.hpp"
#include "../record/batch.hpp"
#include "../record/recorder.hpp"
#include "../sink/file.hpp"
#include "runner_events.hpp"
#include "runner_extract.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The metrics of self-hosted runners: their events (runner_events.hpp), out of the runners' directories (runner_extract.hpp), and
// on their way to the log. All templates: who includes this and issues nothing compiles none of it.

namespace notch::inline NOTCH_ABI::runner {

/// Which events issue_events has issued; as a set of types.
///
///     const auto issued = notch::runner::issue_events(recorder, metrics, "large");
///     if (!issued.contains<notch::runner::RunnerStart>()) complain(metrics.runner_name);
struct IssuedEvents {
    bool runner_start = false;
    bool runner_stop = false;  ///< never without runner_start

    template <class Event>
    [[nodiscard]] constexpr bool contains() const noexcept {
        static_assert(
            std::is_same_v<Event, RunnerStart> || std::is_same_v<Event, RunnerStop>,
            "notch: issue_events issues notch::runner::RunnerStart and notch::runner::RunnerStop, nothing else");
        return std::is_same_v<Event, RunnerStart> ? runner_start : runner_stop;
    }
    [[nodiscard]] constexpr std::size_t size() const noexcept {
        return std::size_t{runner_start} + std::size_t{runner_stop};
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return size() == 0; }
    bool operator==(const IssuedEvents&) const = default;
};

}  // namespace notch::inline NOTCH_ABI::runner

namespace notch::inline NOTCH_ABI::detail {

template <class = void>
Error not_issued(ErrorCode code, std::string place, const char* expected, const char* found) {
    Error error;
    error.code = code;
    error.place = static_cast<std::string&&>(place);
    error.expected = expected;
    error.found = found;
    return error;
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI::runner {

/// Records an event that keeps its rules. What the recorder accepts is written when it comes to it: flush before you rely on that.
/// Errors: broken_rule (the first of them), limit when the recorder drops the event.
template <class Event>
[[nodiscard]] Result<void> issue_event(Recorder& recorder, const Event& event) {
    if (std::vector<Error> broken = check_rules(event); !broken.empty()) return static_cast<Error&&>(broken.front());
    if (recorder.record(event)) return {};
    return detail::not_issued(ErrorCode::limit, "record " + std::string{event_name<Event>}, "a recorder that accepts the event",
                              "one that is full or closed");
}

/// Writes the line of an event that keeps its rules to a sink, on this thread, and flushes a sink that can be flushed. Errors:
/// broken_rule, those of the sink, and failed when it takes no line and says nothing.
template <Sink S, class Event>
[[nodiscard]] Result<void> issue_event(S& sink, const Event& event) {
    if (std::vector<Error> broken = check_rules(event); !broken.empty()) return static_cast<Error&&>(broken.front());
    std::string line = to_line(event);
    line += '\n';
    const LineInfo info{.size = line.size(), .event = event_name<Event>};
    Delivery delivery = sink.write(Batch{line, detail::lines_at(&info, 1)});
    if (delivery.error) return static_cast<Error&&>(*delivery.error);
    if (delivery.accepted == 0)
        return detail::not_issued(ErrorCode::failed, "write " + std::string{event_name<Event>}, "a sink that takes the line",
                                  "one that refuses it and does not say why");
    if constexpr (requires { sink.flush(); }) return sink.flush();
    else return {};
}

/// Appends an event to a metrics log, which is made if absent: one line, written when this returns.
///
///     auto issued = notch::runner::issue_event("/var/log/runner-metrics.log", notch::runner::RunnerInstalled{.timestamp = now});
///     if (!issued) complain(issued.error().message());
///     // open /var/log/runner-metrics.log: expected a file to append to, found Permission denied
///
/// Any struct that can be an event will do. It is what FileSink does with a batch of one line, so other processes may append to the
/// log at the same time; a Recorder or a FileSink of your own saves opening it each time. Errors, for which the reference raises
/// IssueMetricEventError or a ValidationError: open_failed, refused, write_failed, with the path and the errno; broken_rule.
template <class Event>
[[nodiscard]] Result<void> issue_event(std::string_view path, const Event& event) {
    FileSink sink{std::string{path}};
    return issue_event(sink, event);
}

}  // namespace notch::inline NOTCH_ABI::runner

namespace notch::inline NOTCH_ABI::detail {

/// Clocks differ and GitHub errs, so differences may be negative. Of NaN it makes 0 as well.
constexpr double not_negative(double seconds) noexcept { return seconds > 0 ? seconds : 0; }

template <class Start, class Metrics, class Job>
Start runner_start(const Metrics& metrics, std::string_view flavor, const Job& job) {
    Start out;
    out.timestamp = metrics.pre_job.timestamp;
    out.flavor = flavor;
    out.workflow = metrics.pre_job.workflow;
    out.repo = metrics.pre_job.repository;
    out.github_event = metrics.pre_job.event;
    out.idle = not_negative(metrics.pre_job.timestamp - metrics.installed_timestamp);
    if (job) out.queue_duration = not_negative(job->queue_duration);
    return out;
}

template <class Enum>
constexpr std::string_view text_of(Enum status) noexcept {
    for (const auto& [value, text] : notch_enum(static_cast<Enum*>(nullptr)))
        if (value == status) return text;
    return {};
}

template <class Stop, class Metrics, class Job>
Stop runner_stop(const Metrics& metrics, std::string_view flavor, const Job& job) {
    Stop out;
    out.timestamp = metrics.post_job->timestamp;
    out.flavor = flavor;
    out.workflow = metrics.pre_job.workflow;
    out.repo = metrics.pre_job.repository;
    out.github_event = metrics.pre_job.event;
    out.status = text_of(metrics.post_job->status);
    out.status_info = metrics.post_job->status_info;
    out.job_duration = not_negative(metrics.post_job->timestamp - metrics.pre_job.timestamp);
    if (job) out.job_conclusion = job->conclusion;
    return out;
}

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI::runner {

/// Issues what the metrics of a runner say: RunnerStart, and RunnerStop when there are post-job metrics.
///
///     notch::runner::issue_events(recorder, metrics, "large", notch::runner::GithubJobMetrics{.queue_duration = 12});
///     // {"timestamp":1795190500.0,"event":"runner_start","flavor":"large","workflow":"tests","repo":"o/r","github_event":"push",
///     //  "idle":99.5,"queue_duration":12.0}
///     // {"timestamp":1795190600.0,"event":"runner_stop",...,"status":"normal","job_duration":100.0}
///
/// `target` is what issue_event takes: a Recorder, a sink, or the path of a log. Durations are seconds, and 0 where clocks make
/// them negative. When RunnerStart cannot be issued, RunnerStop is not; errors go to `on_error`. Any thread.
template <class Target>
IssuedEvents issue_events(Target&& target, const RunnerMetrics& metrics, std::string_view flavor,
                          const std::optional<GithubJobMetrics>& job_metrics = {}, const ErrorHandler& on_error = {}) {
    IssuedEvents issued;
    const auto issue = [&](const auto& event) {
        const Result<void> done = issue_event(target, event);
        if (!done) on_error(done.error());
        return done.has_value();
    };
    issued.runner_start = issue(detail::runner_start<RunnerStart>(metrics, flavor, job_metrics));
    if (!issued.runner_start || !metrics.post_job) return issued;
    issued.runner_stop = issue(detail::runner_stop<RunnerStop>(metrics, flavor, job_metrics));
    return issued;
}

}  // namespace notch::inline NOTCH_ABI::runner

#endif
