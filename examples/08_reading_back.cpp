// SPDX-License-Identifier: MIT
// Reading is strict, limits are on, and an error says what, where and why.
#include "notch.hpp"

#include <cstdio>

struct Job {
    std::string repository;
    int code;
    std::optional<double> duration{};  // may be absent, or null
    static constexpr auto notch_options() { return notch::field("repository", notch::pattern("?*/?*")); }
};

void read(std::string_view text) {
    const auto job = notch::from_json<Job>(text, {.max_bytes = 100, .unknown_keys = notch::UnknownKeys::reject});
    if (job) std::printf("%s exited with %d\n", job->repository.c_str(), job->code);
    else std::puts(job.error().message().c_str());
}

int main() {
    read(R"({"repository":"canonical/notch","code":0})");
    read(R"({"repository":"canonical/notch","code":0.5})");
    read(R"({"repository":"canonical/notch","code":4294967296})");
    read(R"({"repository":"canonical/notch"})");
    read(R"({"repository":"canonical/notch","code":0,"code":1})");
    read(R"({"repository":"canonical/notch","code":0,"id":1})");
    read(R"({"repository":"notch","code":0})");
    read(R"({"repository":"canonical/notch","code":0} trailing)");
    read(R"({"repository":")" + std::string(100, 'x') + R"(","code":0})");

    // explain() shows the place as well.
    const std::string_view text = R"({"repository":"canonical/notch","code":"zero"})";
    const notch::Result<Job> job = notch::from_json<Job>(text);
    if (!job) std::puts(notch::explain(job.error(), text).c_str());

    // from_line() reads what to_line() and record() write, and refuses the line of another event.
    const std::string line = notch::to_line(Job{"canonical/notch", 3, 12.5});
    const notch::Result<Job> back = notch::from_line<Job>(line);
    if (back) std::printf("code %d after %.1f s\n", back->code, *back->duration);
    std::puts(notch::from_line<Job>(R"({"timestamp":1.5,"event":"runner_stop"})").error().message().c_str());
}
