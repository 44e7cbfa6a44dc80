// SPDX-License-Identifier: MIT
#ifndef NOTCH_DOMAIN_RUNNER_EXTRACT_HPP
#define NOTCH_DOMAIN_RUNNER_EXTRACT_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/handler.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/decode.hpp"
#include "../read/intake.hpp"
#include "../read/intake_entry.hpp"
#include "runner_events.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI::runner {

/// How extract works; every member has a default.
///
///     notch::runner::extract("/srv/runners", ignored, {.quarantine = "/srv/quarantine"});
struct ExtractOptions {
    std::string quarantine{};  ///< a directory, made if absent, for what is corrupt; empty: reported, and left
    std::string installed_file = "runner-installed.timestamp";
    std::string pre_job_file = "pre-job-metrics.json";
    std::string post_job_file = "post-job-metrics.json";
    std::size_t max_file_bytes = 1024;                       ///< of each of the three
    std::size_t max_runners = 1'000'000;                     ///< taken in one pass
    std::size_t max_quarantined_files = 1'000;               ///< these three evict the oldest
    std::uint64_t max_quarantined_bytes = 64 * 1024 * 1024;  ///< with their reasons
    std::chrono::seconds max_quarantined_age{30 * 24 * 3600};
    std::string claims{};  ///< a private directory on the same file system; empty: ".notch-intake" beside the runners
    Handler<IntakeNotice> on_decision{};  ///< told what becomes of each runner; see IntakeDecision
    ErrorHandler on_error{};              ///< told of corrupt runners, and of what cannot be read, moved or removed
};

}  // namespace notch::inline NOTCH_ABI::runner

namespace notch::inline NOTCH_ABI::detail {

// Templates also where only one type is meant: who does not extract pays for reading the text alone.

template <class Options>
IntakeOptions runner_intake(std::string base, const Options& options) {
    IntakeOptions out;
    out.path = static_cast<std::string&&>(base);
    out.files = {options.installed_file, options.pre_job_file, options.post_job_file};
    out.limits.max_bytes = options.max_file_bytes;
    out.quarantine.path = options.quarantine;
    out.quarantine.max_files = options.max_quarantined_files;
    out.quarantine.max_bytes = options.max_quarantined_bytes;
    out.quarantine.max_age = options.max_quarantined_age;
    out.claims = options.claims;
    out.max_entries = options.max_runners;
    out.on_decision = options.on_decision;
    out.on_error = options.on_error;
    return out;
}

/// A decimal number as a shell, awk or Python writes it, as JSON's grammar has it: without the white space around it, a plus or
/// zeros in front, and with a digit on either side of a point. Empty when it is no such number.
template <class = void>
std::string decimal_as_json(std::string_view text) {
    constexpr std::string_view white = " \t\n\v\f\r";
    std::size_t at = text.find_first_not_of(white);
    if (at == std::string_view::npos) return {};
    text = text.substr(at, text.find_last_not_of(white) + 1 - at);
    at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return text.substr(from, at - from);
    };
    const auto take = [&](char one, char other) {
        return at < text.size() && (text[at] == one || text[at] == other) && ++at != 0;
    };
    const bool negative = text.front() == '-';
    take('+', '-');
    std::string_view whole = digits();
    const std::string_view fraction = take('.', '.') ? digits() : std::string_view{};
    if (whole.empty() && fraction.empty()) return {};
    std::string exponent;
    if (take('e', 'E')) {
        exponent = "e";
        if (take('-', '-')) exponent += '-';
        else take('+', '+');
        const std::string_view power = digits();
        if (power.empty()) return {};
        exponent += power;
    }
    if (at != text.size()) return {};
    while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
    std::string out{negative ? "-" : ""};
    out += whole.empty() ? std::string_view{"0"} : whole;
    if (!fraction.empty()) (out += '.') += fraction;
    return out + exponent;
}

/// What extract makes of the three files of a runner.
struct RunnerJudge {
    std::string installed_file;
    std::string pre_job_file;
    std::string post_job_file;

    template <class Metrics>
    IntakeVerdict<Metrics> operator()(const IntakeEntry& entry, Metrics out) const {
        if (!entry.has(installed_file) || !entry.has(pre_job_file)) return IntakeAnswer::clean_up;
        Result<double> installed = read_installed<double>(entry);
        if (!installed) return static_cast<Result<double>&&>(installed).error();
        out.installed_timestamp = *installed;
        if (Result<void> done = read_into(entry, pre_job_file, out.pre_job); !done)
            return static_cast<Result<void>&&>(done).error();
        if (entry.has(post_job_file))
            if (Result<void> done = read_into(entry, post_job_file, out.post_job.emplace()); !done)
                return static_cast<Result<void>&&>(done).error();
        out.runner_name = entry.name();
        return out;
    }

private:
    template <class T>
    static Result<void> read_into(const IntakeEntry& entry, const std::string& file, T& out) {
        Result<T> read = entry.read<T>(file);
        if (!read) return static_cast<Result<T>&&>(read).error();
        out = static_cast<T&&>(*read);
        return {};
    }

    template <class T>
    Result<T> read_installed(const IntakeEntry& entry) const {
        const std::string_view text = entry.text(installed_file);
        Result<T> read = from_json<T>(decimal_as_json(text));
        if (read && *read >= 0) return read;
        Error error;
        error.code = read ? ErrorCode::broken_rule : read.error().code;
        error.place = entry.place(installed_file);
        error.expected = "a decimal number that is at least 0";
        append_cut(error.found, text, longest_excerpt);
        if (error.found.empty()) error.found = "nothing";
        return error;
    }
};

}  // namespace notch::inline NOTCH_ABI::detail

namespace notch::inline NOTCH_ABI::runner {

/// The runners of a directory, one by one; made by extract.
///
/// A pass is a range-for, or next() until it is null. The runner at hand is removed when the loop moves on from it, and stays when
/// the loop is left, so that the next pass, here or of another process, yields it again with the same id. Movable while no runner is
/// at hand. One thread at a time.
template <class Metrics = RunnerMetrics>
class Extraction {
public:
    /// Removes the runner at hand and goes on to the next; null at the end of the pass.
    [[nodiscard]] Metrics* next() { return named(intake_.next()); }

    struct End {};

    class Iterator {
    public:
        using value_type = Metrics;
        using difference_type = std::ptrdiff_t;

        Iterator() noexcept = default;
        [[nodiscard]] Metrics& operator*() const noexcept { return *metrics_; }
        [[nodiscard]] Metrics* operator->() const noexcept { return metrics_; }
        Iterator& operator++() {
            metrics_ = extraction_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        [[nodiscard]] friend bool operator==(const Iterator& one, const End&) noexcept {
            return one.metrics_ == nullptr;
        }

    private:
        friend class Extraction;
        Iterator(Extraction& extraction, Metrics* metrics) noexcept : extraction_{&extraction}, metrics_{metrics} {}

        Extraction* extraction_ = nullptr;
        Metrics* metrics_ = nullptr;
    };

    /// The runner at hand when the last loop was left, else the first one.
    [[nodiscard]] Iterator begin() {
        const auto at = intake_.begin();
        return {*this, at == intake_.end() ? nullptr : named(&*at)};
    }
    [[nodiscard]] End end() const noexcept { return {}; }

    /// For extract.
    Extraction(const IntakeOptions& options, detail::RunnerJudge judge)
        : intake_{notch::intake<Metrics>(options, Judge{static_cast<detail::RunnerJudge&&>(judge)})} {}

private:
    struct Judge {
        detail::RunnerJudge judge;
        IntakeVerdict<Metrics> operator()(const IntakeEntry& entry) const { return judge(entry, Metrics{}); }
    };

    static Metrics* named(Taken<Metrics>* taken) {
        if (taken == nullptr) return nullptr;
        taken->value.id = taken->id;
        return &taken->value;
    }

    Intake<Metrics, Judge> intake_;
};

/// Takes the metrics of runners out of the directory that they leave them in; each directory in it is one runner. Nobody in
/// there is trusted.
///
///     for (auto& metrics : notch::runner::extract("runners", std::set<std::string>{"busy"}, {.quarantine = "quarantine"}))
///         notch::runner::issue_events(recorder, metrics, "large");
///
/// Of each runner whose name is not among `ignore_runners` (any range of texts), the three files of ExtractOptions are read, each within
/// its limit. Without an installed timestamp or a pre-job file it is an orphan, and is cleaned up; without a post-job file its metrics
/// have none. It is corrupt when a file is too large, of a kind that is refused (a link, a FIFO, more than one name), or no JSON of the
/// reference's rules: it goes to the quarantine with the bytes that were read, and the reason beside. Nothing is converted: the
/// reference takes "12" and true for numbers and 12 for a text, notch does not. The timestamp's file has a decimal number as text.
///
/// A runner's files are removed when the loop moves on from it, so a crash loses nothing: what was not finished comes again with the
/// same `id`. What cannot be removed is reported, and comes again too. No runner keeps the others from being extracted.
///
/// Everything is copied. Errors go to ExtractOptions::on_error, those of opening a directory too, whereupon the loop ends at once; what
/// becomes of each runner goes to ExtractOptions::on_decision. See intake for what is promised against whoever writes there.
template <class Names = std::initializer_list<std::string_view>, class Metrics = RunnerMetrics>
[[nodiscard]] Extraction<Metrics> extract(std::string base_directory, const Names& ignore_runners = {},
                                   const ExtractOptions& options = {}) {
    IntakeOptions intake = detail::runner_intake(static_cast<std::string&&>(base_directory), options);
    for (const auto& name : ignore_runners) intake.ignore.emplace_back(name);
    return {intake, detail::RunnerJudge{options.installed_file, options.pre_job_file, options.post_job_file}};
}

}  // namespace notch::inline NOTCH_ABI::runner

#endif
