// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include "intaking.hpp"
#include "reading.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

// What the tests of extract share: a directory of runners, and what became of each.

namespace test {

inline const std::string good_installed = "1795190400.5\n";
inline const std::string good_pre_job =
    R"({"timestamp":1795190500.5,"workflow":"tests","workflow_run_id":"7","repository":"canonical/notch","event":"push","more":[{}]})";
inline const std::string good_post_job = R"({"timestamp":1795190600.5,"status":"abnormal","status_info":{"code":3}})";

struct RunnerPlace {
    TemporaryDirectory place;
    std::string base = place / "runners";
    std::string bad = place / "bad";
    std::vector<notch::Error> errors;
    std::vector<std::string> decisions;  ///< in their order: the word, the runner, and "!" when there was an error

    explicit RunnerPlace(const char* where = std::getenv("TMPDIR")) : place{where} { make(base); }

    [[nodiscard]] std::string operator/(const std::string& name) const { return base + "/" + name; }

    /// A runner with these files; an empty text: it has no such file.
    void runner(const std::string& name, const std::string& installed = good_installed,
                const std::string& pre_job = good_pre_job, const std::string& post_job = good_post_job) const {
        make(*this / name);
        if (!installed.empty()) put(*this / (name + "/runner-installed.timestamp"), installed);
        if (!pre_job.empty()) put(*this / (name + "/pre-job-metrics.json"), pre_job);
        if (!post_job.empty()) put(*this / (name + "/post-job-metrics.json"), post_job);
    }

    [[nodiscard]] notch::runner::ExtractOptions options() {
        notch::runner::ExtractOptions out;
        out.quarantine = bad;
        out.on_error = [this](const notch::Error& error) { errors.push_back(error); };
        out.on_decision = [this](const notch::IntakeNotice& notice) { decisions.push_back(text_of(notice)); };
        return out;
    }

    static std::string text_of(const notch::IntakeNotice& notice) {
        constexpr const char* words[] = {"ignored", "left", "cleaned_up", "quarantined", "yielded", "removed", "kept"};
        CHECK((notice.id.empty() || notch::detail::is_intake_id(notice.id)));
        return std::string{words[static_cast<std::size_t>(notice.decision)]} + " " + std::string{notice.name} +
               (notice.error != nullptr ? " !" : "");
    }

    /// The decisions without their order, which is the file system's.
    [[nodiscard]] std::multiset<std::string> decided() const { return {decisions.begin(), decisions.end()}; }
};

/// One pass, to its end: name -> metrics.
template <class Names = std::set<std::string>>
std::map<std::string, notch::runner::RunnerMetrics> extract(const RunnerPlace& place,
                                                            const notch::runner::ExtractOptions& options,
                                                            const Names& ignored = {}) {
    std::map<std::string, notch::runner::RunnerMetrics> out;
    for (auto& metrics : notch::runner::extract(place.base, ignored, options)) {
        CHECK(notch::detail::is_intake_id(metrics.id));
        CHECK(out.emplace(metrics.runner_name, metrics).second);
    }
    return out;
}

}  // namespace test
