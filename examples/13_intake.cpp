// SPDX-License-Identifier: MIT
// Runners that nobody trusts leave directories behind. Each is taken once, read within limits and removed when the loop
// moves on; what is wrong goes to the quarantine, and what is left unfinished comes again with the same id.
#include "notch.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

namespace fs = std::filesystem;

struct Job {
    std::string repository;
    int code;
    static constexpr auto notch_options() { return notch::field("repository", notch::pattern("?*/?*")); }
};

struct Run {
    double started;
    Job job;
};

// Called with what was read of an entry: a value, an error, or what else is to become of it.
notch::IntakeVerdict<Run> judge(const notch::IntakeEntry& entry) {
    if (!entry.has("started")) return notch::IntakeAnswer::clean_up;  // an orphan: nothing will come of it
    if (!entry.has("job.json")) return notch::IntakeAnswer::leave;    // still running
    const notch::Result<double> started = entry.read<double>("started");
    if (!started) return started.error();
    notch::Result<Job> job = entry.read<Job>("job.json");
    if (!job) return job.error();
    return Run{*started, *job};
}

void make_runner(const std::string& name, const std::string& started, const std::string& job) {
    fs::create_directories("runners/" + name);
    if (!started.empty()) std::ofstream{"runners/" + name + "/started"} << started;
    if (!job.empty()) std::ofstream{"runners/" + name + "/job.json"} << job;
}

std::size_t count(const char* directory, const char* suffix) {
    std::size_t found = 0;
    for (const auto& file : fs::directory_iterator{directory})
        found += file.path().string().ends_with(suffix) ? 1U : 0U;
    return found;
}

int main() {
    const fs::path before = fs::current_path();
    const fs::path place = fs::temp_directory_path() / ("notch-intake-" + std::to_string(notch::system_microseconds()));
    fs::create_directories(place);
    fs::current_path(place);

    make_runner("good", "1795190400.5\n", R"({"repository":"canonical/notch","code":3})");
    make_runner("running", "1795190401\n", "");
    make_runner("orphan", "", "");
    make_runner("liar", "1795190402\n", R"({"repository":"nobody","code":0})");
    make_runner("thief", "1795190403\n", "");
    fs::create_symlink("/etc/passwd", "runners/thief/job.json");
    make_runner("flood", "1795190404\n", std::string(5'000, ' '));
    make_runner("busy", "1795190405\n", "");

    std::set<std::string> told;  // sorted: the order of entries is the file system's
    const notch::IntakeOptions options{
        .path = "runners",
        .files = {"started", "job.json"},
        .limits = {.max_bytes = 1024},
        .ignore = {"busy"},
        .quarantine = {.path = "quarantine"},
        .on_error = [&](const notch::Error& error) { told.insert(error.message()); },
    };

    // A loop that is left, or a process that dies, has not finished its entry.
    std::string first;
    for (auto& run : notch::intake<Run>(options, judge)) {
        first = run.id;
        break;
    }
    // Another one, here or in any other process, gets it again.
    for (auto& run : notch::intake<Run>(options, judge))
        std::printf("%s: %s exited with %d, %s\n", run.name.c_str(), run->job.repository.c_str(), run->job.code,
                    run.id == first ? "the same id as before" : "another id");

    for (const std::string& message : told) std::printf("corrupt: %s\n", message.c_str());
    std::printf("%d of two left as they were\n",
                fs::exists("runners/running/started") + fs::exists("runners/busy/started"));
    std::printf("%zu files in quarantine with their reasons\n", count("quarantine", ".json"));

    fs::current_path(before);
    fs::remove_all(place);
}
