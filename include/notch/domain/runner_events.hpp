// SPDX-License-Identifier: MIT
#ifndef NOTCH_DOMAIN_RUNNER_EVENTS_HPP
#define NOTCH_DOMAIN_RUNNER_EVENTS_HPP

#include "../config.hpp"
#include "../event/options.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What the metrics of self-hosted runners are made of, as github-runner-operator's Python models write and read them. The
// options are templates so that only who uses a struct compiles them.

namespace notch::inline NOTCH_ABI::runner {

// ---- what a runner leaves behind -------------------------------------------------------------------------------------

/// What a runner wrote before its job: `pre-job-metrics.json`.
struct PreJobMetrics {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string workflow{};
    std::string workflow_run_id{};
    std::string repository{};  ///< "owner/name"
    std::string event{};       ///< GitHub's event, such as "push"

    bool operator==(const PreJobMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative), field("repository", pattern("?*/?*")));
    }
};

/// How a job ended, as its runner says.
enum class PostJobStatus : std::uint8_t { normal, abnormal, repo_policy_check_failure };
template <class = void>
constexpr auto notch_enum(PostJobStatus*) {
    return std::array<std::pair<PostJobStatus, std::string_view>, 3>{
        {{PostJobStatus::normal, "normal"},
         {PostJobStatus::abnormal, "abnormal"},
         {PostJobStatus::repo_policy_check_failure, "repo-policy-check-failure"}}};
}

/// More about a status.
struct CodeInformation {
    std::int64_t code = 0;
    bool operator==(const CodeInformation&) const = default;
};

/// What a runner wrote after its job: `post-job-metrics.json`.
struct PostJobMetrics {
    double timestamp = 0;  ///< UNIX seconds, not negative
    PostJobStatus status = PostJobStatus::normal;
    std::optional<CodeInformation> status_info{};

    bool operator==(const PostJobMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative));
    }
};

/// All that a runner left behind; what extract yields.
struct RunnerMetrics {
    double installed_timestamp = 0;  ///< UNIX seconds, not negative
    PreJobMetrics pre_job{};
    std::optional<PostJobMetrics> post_job{};
    std::string runner_name{};  ///< of its directory: any bytes but '/' and NUL
    std::string id{};           ///< of extract's: the same when this directory comes again, and no other's

    bool operator==(const RunnerMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("installed_timestamp", non_negative), field("id", omit_empty, defaulted));
    }
};

/// What GitHub knows of a job.
struct GithubJobMetrics {
    double queue_duration = 0;                ///< seconds; GitHub has it negative at times
    std::optional<std::string> conclusion{};  ///< such as "success"; GitHub's eight words

    bool operator==(const GithubJobMetrics&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("conclusion", one_of("success", "failure", "cancelled", "skipped", "timed_out", "neutral",
                                                  "action_required", "unknown")));
    }
};

// ---- the events ------------------------------------------------------------------------------------------------------

/// A number that JSON can hold; the original's reader refuses a line whose time or duration is null.
inline constexpr double most_seconds = (std::numeric_limits<double>::max)();

/// A runner was installed.
///
///     notch::to_line(RunnerInstalled{.timestamp = 1795190400.5, .flavor = "large", .duration = 61});
///     // {"timestamp":1795190400.5,"event":"runner_installed","flavor":"large","duration":61.0}
struct RunnerInstalled {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    double duration = 0;  ///< seconds, not negative

    bool operator==(const RunnerInstalled&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("duration", non_negative, maximum(most_seconds)));
    }
};

/// A job started on a runner.
struct RunnerStart {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    std::string workflow{};
    std::string repo{};
    std::string github_event{};
    double idle = 0;                         ///< seconds from the runner's installation to the job, not negative
    std::optional<double> queue_duration{};  ///< seconds that the job waited for a runner, not negative

    bool operator==(const RunnerStart&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("idle", non_negative, maximum(most_seconds)),
                       field("queue_duration", non_negative, maximum(most_seconds)));
    }
};

/// A job ended. Its status is any text, as newer runners have words of their own.
struct RunnerStop {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    std::string workflow{};
    std::string repo{};
    std::string github_event{};
    std::string status{};
    std::optional<CodeInformation> status_info{};
    double job_duration = 0;  ///< seconds, not negative
    std::optional<std::string> job_conclusion{};

    bool operator==(const RunnerStop&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("job_duration", non_negative, maximum(most_seconds)));
    }
};

/// The runners that there are were compared with those that there should be. The two optional counts are of later versions.
struct Reconciliation {
    double timestamp = 0;  ///< UNIX seconds, not negative
    std::string flavor{};
    std::int64_t crashed_runners = 0;
    std::int64_t idle_runners = 0;
    std::optional<std::int64_t> active_runners{};
    std::optional<std::int64_t> expected_runners{};
    double duration = 0;  ///< seconds, not negative

    bool operator==(const Reconciliation&) const = default;
    template <class = void>
    static constexpr auto notch_options() {
        return options(field("timestamp", non_negative, maximum(most_seconds)),
                       field("duration", non_negative, maximum(most_seconds)));
    }
};

}  // namespace notch::inline NOTCH_ABI::runner

#endif
