// SPDX-License-Identifier: MIT
// An agent of self-hosted runners: each leaves a directory behind, nobody in there is trusted. The metrics of the honest go to
// a ledger, the hostile to a quarantine, and all that happens is told.
#include "notch.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include <sys/stat.h>

namespace fs = std::filesystem;
namespace runner = notch::runner;

fs::path make_runner(const std::string& name, const std::string& installed, const std::string& repository,
                     const std::string& post_job = "") {
    const fs::path path = fs::path{"runners"} / name;
    fs::create_directories(path);
    if (!installed.empty()) std::ofstream{path / "runner-installed.timestamp"} << installed;
    if (!repository.empty())
        std::ofstream{path / "pre-job-metrics.json"}
            << R"({"timestamp":1795190500,"workflow":"tests","workflow_run_id":"7","repository":")" << repository
            << R"(","event":"push"})";
    if (!post_job.empty()) std::ofstream{path / "post-job-metrics.json"} << post_job;
    return path;
}

void make_runners() {
    make_runner("done", "1795190400.5\n", "canonical/notch",
                R"({"timestamp":1795190600,"status":"normal","status_info":{"code":0}})");
    make_runner("unfinished", "1795190400\n", "canonical/notch");
    make_runner("wrong-clock", "1795190999\n", "canonical/notch", R"({"timestamp":1795190001,"status":"abnormal"})");
    make_runner("orphan", "", "");
    make_runner("busy", "1795190400\n", "canonical/notch");
    make_runner("liar", "1795190400\n", "nobody");
    make_runner("flood", "1795190400\n", std::string(2'000, 'x') + "/y");
    fs::create_symlink("/etc/passwd", make_runner("thief", "1795190400\n", "") / "pre-job-metrics.json");
    ::mkfifo((make_runner("trap", "1795190400\n", "") / "pre-job-metrics.json").c_str(), 0600);
}

int main() {
    const fs::path before = fs::current_path();
    const fs::path place =
        fs::temp_directory_path() / ("notch-runners-" + std::to_string(notch::system_microseconds()));
    fs::create_directories(place);
    fs::current_path(place);
    make_runners();

    std::set<std::string> told;  // sorted: the order of runners is the file system's
    runner::ExtractOptions options;
    options.quarantine = "quarantine";
    options.on_error = [&](const notch::Error& error) { told.insert("corrupt: " + error.message()); };
    options.on_decision = [&](const notch::IntakeNotice& notice) {
        if (notice.decision == notch::IntakeDecision::cleaned_up) told.insert("orphan: " + std::string{notice.name});
        if (notice.decision == notch::IntakeDecision::ignored) told.insert("ignored: " + std::string{notice.name});
    };
    {
        notch::Recorder recorder{notch::FileSink{"ledger.jsonl"}};
        for (auto& metrics : runner::extract("runners", std::set<std::string>{"busy"}, options)) {
            const auto issued = runner::issue_events(
                recorder, metrics, "large", runner::GithubJobMetrics{.queue_duration = 12, .conclusion = "success"});
            told.insert("extracted: " + metrics.runner_name + ", " + std::to_string(issued.size()) + " events");
            // The runner's files go when the loop moves on, so what it said must be in the ledger by then. When it is not, the loop is
            // left, and the runner comes again with the same metrics.id.
            if (!recorder.flush()) break;
        }
    }
    for (const std::string& line : told) std::printf("%s\n", line.c_str());

    std::set<std::string> lines;
    std::ifstream ledger{"ledger.jsonl"};
    for (std::string line; std::getline(ledger, line);) lines.insert(line);
    for (const std::string& line : lines) std::printf("%s\n", line.c_str());

    fs::current_path(before);
    fs::remove_all(place);
}
