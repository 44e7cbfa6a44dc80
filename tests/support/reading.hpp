// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// What the tests of reading share: asking in every way there is, that a refusal is quick, and processes with fewer rights.

namespace test {

inline void put(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary} << bytes; }

inline notch::Directory open_directory(const std::string& path, notch::detail::Opening opening = notch::detail::Opening::kernel) {
    auto out = notch::Directory::open(path, opening);
    REQUIRE(out);
    return std::move(*out);
}

/// Calls `read`, which must fail, several times: that it hangs ends the test program, and half of the calls must be done in 10 ms.
template <class Read>
notch::Error refusal_of(Read read) {
    using Time = std::chrono::steady_clock;
    std::vector<Time::duration> times;
    notch::Error error;
    while (times.size() < 11) {
        ::alarm(20);
        const Time::time_point start = Time::now();
        const auto result = read();
        times.push_back(Time::now() - start);
        ::alarm(0);
        REQUIRE_FALSE(result);
        error = result.error();
    }
    std::nth_element(times.begin(), times.begin() + 5, times.end());
    CHECK(times[5] < std::chrono::milliseconds{10});
    return error;
}

/// Asks for a name beneath a directory in both ways of opening, and where it says so by its path; all must refuse alike.
struct Asked {
    std::string base;
    bool by_path = true;

    [[nodiscard]] notch::Error refused(const std::string& name, const notch::Limits& limits = {}) const {
        const notch::Directory kernel = open_directory(base);
        const notch::Directory walk = open_directory(base, notch::detail::Opening::walk);
        const notch::Error error = refusal_of([&] { return notch::read_text(kernel, name, limits); });
        same(error, refusal_of([&] { return notch::read_text(walk, name, limits); }));
        if (by_path) same(error, refusal_of([&] { return notch::read_text(base + "/" + name, limits); }));
        CHECK(error.place == notch::detail::printable(base + "/" + name));
        return error;
    }

    /// The accepted twin; what was read.
    [[nodiscard]] std::string accepted(const std::string& name, const notch::Limits& limits = {}) const {
        const auto kernel = notch::read_text(open_directory(base), name, limits);
        const auto walk = notch::read_text(open_directory(base, notch::detail::Opening::walk), name, limits);
        const auto path = notch::read_text(base + "/" + name, limits);
        for (const auto* one : {&kernel, &walk, &path}) {
            INFO((*one ? std::string{} : one->error().message()));
            REQUIRE(*one);
        }
        CHECK(*kernel == *walk);
        CHECK(*kernel == *path);
        return *kernel;
    }

private:
    static void same(const notch::Error& one, const notch::Error& other) {
        CHECK(one.code == other.code);
        CHECK(one.message() == other.message());
        CHECK(one.os_error == other.os_error);
    }
};

/// Runs `body` in a child process; its exit status, or -1 when it was killed.
template <class Body>
int exit_status_of(Body body) {
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(body());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Gives up root's rights, for which no permission counts. Only in a child process.
inline bool become_nobody() { return ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0); }

}  // namespace test
