// SPDX-License-Identifier: MIT
// Extractors are killed at random times while they empty one directory.
//
//     intake_kills [ENTRIES = 3000] [KILLS = 200] [SEED = 1]
//
// Four processes at a time. Exit status 1 when an entry was lost, came again with another id, or shares its id with another one; when
// corrupt ones did not reach the quarantine; when something is left behind.
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Number {
    int number = 0;
};

constexpr int every_corrupt = 50;
constexpr int every_orphan = 30;

struct Soak {
    test::TemporaryDirectory place;
    std::string base = place / "base";
    std::string log = place / "log";
    std::uint64_t random = 1;

    std::uint64_t next_random() {
        random = random * 6364136223846793005U + 1442695040888963407U;
        return random >> 33;
    }

    void fill(int entries) const {
        ::mkdir(base.c_str(), 0700);
        for (int i = 0; i < entries; ++i) {
            const std::string entry = base + "/" + std::to_string(i);
            ::mkdir(entry.c_str(), 0700);
            if (i % every_orphan == 1) continue;
            std::ofstream{entry + "/job.json"} << (i % every_corrupt == 0 ? "{" : notch::to_json(Number{i}));
            std::ofstream{entry + "/more"} << i;
        }
    }

    /// Passes until there is nothing left, as a process of its own.
    [[nodiscard]] ::pid_t start() const {
        const ::pid_t parent = ::getpid();
        const ::pid_t child = ::fork();
        if (child != 0) return child;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        const auto judge = [](const notch::IntakeEntry& entry) -> notch::IntakeVerdict<Number> {
            if (!entry.has()) return notch::IntakeAnswer::clean_up;
            return entry.read<Number>();
        };
        notch::IntakeOptions options{.path = base, .files = {"job.json"}, .quarantine = {.path = place / "bad"}};
        int failed = 0;
        options.on_error = [&](const notch::Error& error) {
            if (error.code != notch::ErrorCode::syntax) std::printf("%s\n", error.message().c_str());
            if (error.code != notch::ErrorCode::syntax) failed = 2;
        };
        for (const auto& one : notch::intake<Number>(options, judge)) {
            const std::string line = one.id + " " + one.name + " " + std::to_string(one->number) + "\n";
            if (::write(file, line.data(), line.size()) < 0) ::_exit(1);
            if (one->number % 4 == 0) ::usleep(500);  // at work with it
        }
        std::fflush(stdout);
        ::_exit(failed);
    }
};

/// Kills one extractor after the other and starts another one in its place; then lets all end. How many were killed while at work.
int kill_extractors(Soak& soak, int kills) {
    std::vector<::pid_t> running;
    for (int i = 0; i < 4; ++i) running.push_back(soak.start());
    int killed = 0;
    for (int i = 0; i < kills; ++i) {
        ::usleep(static_cast<::useconds_t>(soak.next_random() % 4'000));
        ::pid_t& one = running[soak.next_random() % running.size()];
        ::kill(one, SIGKILL);
        int status = 0;
        ::waitpid(one, &status, 0);
        killed += WIFSIGNALED(status) ? 1 : 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return -1;
        one = soak.start();
    }
    running.push_back(soak.start());
    bool good = true;
    for (const ::pid_t one : running) {
        int status = 0;
        ::waitpid(one, &status, 0);
        good &= status == 0;
    }
    ::pid_t last = soak.start();  // what the others could not see: claims of one that was killed when they had ended
    int status = 0;
    ::waitpid(last, &status, 0);
    return good && status == 0 ? killed : -1;
}

bool says(bool good, const char* what) {
    if (!good) std::printf("FAIL %s\n", what);
    return good;
}

std::size_t corrupt_kept(const std::string& path) {
    std::set<std::string> sources;
    const auto directory = notch::Directory::open(path);
    auto names = directory->names();
    for (auto name = names->next(); name && !name->empty(); name = names->next()) {
        if (!notch::detail::is_reason_name(*name)) continue;
        const auto reason = notch::read_file<notch::QuarantineReason>(*directory, *name);
        if (reason) sources.insert(reason->source);
    }
    return sources.size();
}

}  // namespace

int main(int argc, char** argv) {
    const int entries = argc > 1 ? std::atoi(argv[1]) : 3'000;
    const int kills = argc > 2 ? std::atoi(argv[2]) : 200;
    Soak soak;
    soak.random = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
    soak.fill(entries);
    const int killed = kill_extractors(soak, kills);

    std::map<std::string, std::string> names;  // id -> name and number
    std::set<std::string> seen;
    std::size_t lines = 0;
    bool good = says(killed >= 0, "an extractor failed");
    for (const std::string& line : test::lines_of(soak.log)) {
        const std::string id = line.substr(0, line.find(' '));
        const std::string rest = line.substr(id.size() + 1);
        good &= says(names.emplace(id, rest).first->second == rest, "two entries with one id");
        seen.insert(rest);
        ++lines;
    }
    std::size_t values = 0;
    std::size_t corrupt = 0;
    for (int i = 0; i < entries; ++i) {
        if (i % every_orphan == 1) continue;
        if (i % every_corrupt == 0) {
            ++corrupt;
            continue;
        }
        ++values;
        const std::string name = std::to_string(i);
        good &= says(seen.count(name + " " + name) == 1, "an entry was lost");
    }
    good &= says(names.size() == values, "an entry came again with another id");
    good &= says(corrupt_kept(soak.place / "bad") == corrupt, "a corrupt entry is not in the quarantine");
    good &= says(::rmdir(soak.base.c_str()) == 0, "something is left in the directory");
    std::printf("%d entries, %d extractors killed: %zu values, %zu yielded more than once, %zu corrupt\n", entries,
                killed, names.size(), lines - names.size(), corrupt);
    return good ? 0 : 1;
}
