// SPDX-License-Identifier: MIT
// Every attack that a tenant has, at once, among honest runners: nothing outside is read or removed, nothing blocks, each attack is
// refused with its reason, and the honest are extracted.
#include "notch.hpp"

#include "../support/runners.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using test::good_installed;
using test::good_pre_job;
using test::RunnerPlace;

const std::vector<std::string> files{"runner-installed.timestamp", "pre-job-metrics.json", "post-job-metrics.json"};
constexpr const char* secret =
    R"({"timestamp":1,"workflow":"secret","workflow_run_id":"","repository":"se/cret","event":""})";

void bind_socket(const std::string& path) {
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(::bind(descriptor, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
    ::close(descriptor);
}

/// How a file of a runner can be something else, and what is then found in its place.
struct Attack {
    std::string name;
    std::string found;
    std::function<void(const std::string& file, const std::string& outside)> make;
};

std::vector<Attack> attacks() {
    std::vector<Attack> out{
        {"link", "a symbolic link",
         [](const std::string& file, const std::string& outside) {
             REQUIRE(::symlink(outside.c_str(), file.c_str()) == 0);
         }},
        {"link-up", "a symbolic link",
         [](const std::string& file, const std::string&) { REQUIRE(::symlink("../../outside", file.c_str()) == 0); }},
        {"link-loop", "a symbolic link",
         [](const std::string& file, const std::string&) { REQUIRE(::symlink(file.c_str(), file.c_str()) == 0); }},
        {"link-dangling", "a symbolic link",
         [](const std::string& file, const std::string&) { REQUIRE(::symlink("nowhere", file.c_str()) == 0); }},
        {"link-proc", "a symbolic link",
         [](const std::string& file, const std::string&) {
             REQUIRE(::symlink("/proc/self/environ", file.c_str()) == 0);
         }},
        {"hard-link", "a file with ",
         [](const std::string& file, const std::string& outside) {
             REQUIRE(::link(outside.c_str(), file.c_str()) == 0);
         }},
        {"fifo", "a FIFO",
         [](const std::string& file, const std::string&) { REQUIRE(::mkfifo(file.c_str(), 0666) == 0); }},
        {"socket", "a socket, or a device without a driver",
         [](const std::string& file, const std::string&) { bind_socket(file); }},
        {"directory", "a directory", [](const std::string& file, const std::string&) { test::make(file); }},
        {"sparse", "1099511627776 bytes",
         [](const std::string& file, const std::string&) {
             test::put(file, "start");
             REQUIRE(::truncate(file.c_str(), ::off_t{1} << 40) == 0);
         }},
        {"too-large", "1025 bytes",
         [](const std::string& file, const std::string&) { test::put(file, std::string(1025, ' ')); }},
        {"binary", "",
         [](const std::string& file, const std::string&) { test::put(file, std::string{"\xff\x00\xfe{", 4}); }},
        {"deep", "", [](const std::string& file, const std::string&) { test::put(file, std::string(1024, '[')); }},
    };
    if (::geteuid() == 0)
        out.push_back({"device", "a character device", [](const std::string& file, const std::string&) {
                           REQUIRE(::mknod(file.c_str(), S_IFCHR | 0666, ::makedev(1, 5)) == 0);
                       }});
    return out;
}

/// A tree that is deeper than a path can be long, and wide.
void make_tree(const std::string& at) {
    int here = ::open(at.c_str(), O_RDONLY | O_DIRECTORY);
    const std::string name(100, 'd');
    for (int i = 0; i < 60; ++i) {
        REQUIRE(::mkdirat(here, name.c_str(), 0700) == 0);
        const int next = ::openat(here, name.c_str(), O_RDONLY | O_DIRECTORY);
        ::close(here);
        here = next;
    }
    ::close(here);
    for (int i = 0; i < 300; ++i) test::put(at + "/" + std::to_string(i), "");
}

/// Writes to a runner's file, shrinks and replaces it, for ever.
::pid_t start_rewriting(const std::string& file) {
    const ::pid_t writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer != 0) return writer;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int descriptor = ::open(file.c_str(), O_WRONLY);
    for (;;) {
        if (::pwrite(descriptor, secret, 30, 0) < 0 || ::ftruncate(descriptor, 5) != 0 ||
            ::ftruncate(descriptor, 500) != 0)
            ::_exit(1);
    }
}

}  // namespace

TEST_CASE("each attack on each file is refused with its reason, and nothing that it points to is touched") {
    RunnerPlace place;
    test::put(place.place / "outside", secret);
    std::map<std::string, std::string> found;
    for (const Attack& attack : attacks()) {
        for (std::size_t file = 0; file < files.size(); ++file) {
            const std::string name = attack.name + "-" + std::to_string(file);
            place.runner(name);
            const std::string path = place / (name + "/" + files[file]);
            REQUIRE(::unlink(path.c_str()) == 0);
            attack.make(path, place.place / "outside");
            found[name] = attack.found;
        }
    }
    place.runner("a-honest");
    place.runner("z-honest");
    ::alarm(60);
    const auto runners = test::extract(place, place.options());
    ::alarm(0);
    CHECK(runners.size() == 2);
    CHECK(runners.count("a-honest") == 1);
    CHECK(runners.count("z-honest") == 1);
    for (const auto& attacked : found) {
        const std::string& name = attacked.first;
        CAPTURE(name);
        CHECK(place.decided().count("quarantined " + name + " !") == 1);
        bool told = false;
        for (const auto& error : place.errors) {
            const std::string at = place / (name + "/" + files[static_cast<std::size_t>(name.back() - '0')]);
            told = told || (error.place == at && error.found.find(attacked.second) != std::string::npos);
        }
        CHECK(told);
    }
    CHECK(place.errors.size() == found.size());
    CHECK(test::names_in(place.base).empty());
    CHECK(test::contents(place.place / "outside") == secret);
    for (const std::string& kept : test::kept_in(place.bad)) {
        CHECK(kept.size() <= 1024);
        CHECK(kept.find("cret") == std::string::npos);
    }
    std::set<std::string> reasons;
    for (const auto& reason : test::reasons_in(place.bad))
        reasons.insert(reason.source.substr(0, reason.source.find('/')));
    CHECK(reasons.size() == found.size());  // one at least for each
}

TEST_CASE("what stands beside the runners is none: links to directories, files, FIFOs, devices") {
    RunnerPlace place;
    test::make(place.place / "outside");
    test::put(place.place / "outside/runner-installed.timestamp", "1");
    test::put(place.place / "outside/pre-job-metrics.json", secret);
    REQUIRE(::symlink((place.place / "outside").c_str(), (place / "link").c_str()) == 0);
    REQUIRE(::symlink("../outside", (place / "link-up").c_str()) == 0);
    REQUIRE(::symlink("loop", (place / "loop").c_str()) == 0);
    REQUIRE(::mkfifo((place / "fifo").c_str(), 0600) == 0);
    bind_socket(place / "socket");
    test::put(place / "file", secret);
    const auto before = test::names_in(place.base);
    place.runner("honest");
    ::alarm(60);
    CHECK(test::extract(place, place.options()).size() == 1);
    ::alarm(0);
    CHECK(test::names_in(place.base) == before);
    CHECK(test::names_in(place.place / "outside").size() == 2);
    CHECK(place.errors.empty());
    CHECK(place.decisions == std::vector<std::string>{"yielded honest", "removed honest"});
}

TEST_CASE("names of any bytes are names, and command no terminal") {
    RunnerPlace place;
    const std::string names[] = {"-rf",        "...",      "a b",           "\x1b[31m",
                                 "line\nfeed", "\xff\xfe", "'\"$(reboot)`", std::string(255, 'n')};
    for (const std::string& name : names) place.runner(name);
    place.runner("bad\n\x1b[2J", "never");
    const auto runners = test::extract(place, place.options());
    for (const std::string& name : names) CHECK(runners.count(name) == 1);
    CHECK(runners.size() == std::size(names));
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].place == place / "bad\\x0a\\x1b[2J/runner-installed.timestamp");
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("huge trees, and a file that is rewritten all the time, cost bounded memory and hold nobody up") {
    RunnerPlace place;
    place.runner("a-honest");
    place.runner("m-tree");
    make_tree(place / "m-tree");
    place.runner("m-orphan", "", "", "");
    make_tree(place / "m-orphan");
    place.runner("m-rewritten", good_installed, std::string(500, ' '));
    place.runner("z-honest");
    const ::pid_t writer = start_rewriting(place / "m-rewritten/pre-job-metrics.json");
    const std::size_t before = ::mallinfo2().uordblks;  // 0 where a sanitizer has the memory
    ::alarm(60);
    std::set<std::string> names;
    std::size_t most = 0;
    for (auto& metrics : notch::runner::extract(place.base, {}, place.options())) {
        names.insert(metrics.runner_name);
        most = std::max(most, ::mallinfo2().uordblks);
    }
    ::alarm(0);
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    CHECK(names == std::set<std::string>{"a-honest", "m-tree", "z-honest"});
    CHECK(most <= before + 200'000);
    CHECK(place.decided().count("cleaned_up m-orphan") == 1);
    CHECK(place.decided().count("quarantined m-rewritten !") == 1);
    CHECK(test::names_in(place.base).empty());
}
