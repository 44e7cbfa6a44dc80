// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include "temporary.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <new>
#include <optional>
#include <string>

#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// A reader against a process that exchanges, as fast as it can, the file with a link to one outside and the file's directory with
// links to one outside.

namespace test {

struct Origin {
    std::string origin;
};

struct RaceCounts {
    std::uint64_t exchanges = 0;  ///< by the attacker meanwhile
    std::uint64_t good = 0;
    std::uint64_t leaked = 0;
    std::uint64_t refused = 0;
};

class ExchangeRace {
public:
    ExchangeRace() {
        for (const char* made : {"base", "base/sub", "outside"}) ::mkdir((place_ / made).c_str(), 0700);
        write("base/sub/file.json", "inside");
        write("outside/file.json", "outside");
        link("../../outside/file.json", "base/sub/trap.json");  // relative, at the file
        link(place_ / "outside", "base/trap");                  // absolute, at the directory
        void* const shared = ::mmap(nullptr, sizeof *exchanges_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED) std::abort();
        exchanges_ = ::new (shared) std::atomic<std::uint64_t>{0};
        parent_ = ::getpid();
        attacker_ = ::fork();
        if (attacker_ == 0) attack();
        if (attacker_ < 0) std::abort();
    }
    ExchangeRace(const ExchangeRace&) = delete;
    ExchangeRace& operator=(const ExchangeRace&) = delete;
    ~ExchangeRace() {
        ::kill(attacker_, SIGKILL);
        ::waitpid(attacker_, nullptr, 0);
        ::munmap(exchanges_, sizeof *exchanges_);
    }

    [[nodiscard]] std::string base() const { return place_ / "base"; }
    static constexpr const char* name = "sub/file.json";

    /// Reads until `wanted` reads were good and the race was one: on a busy machine both sides may run in long turns. Gives up after a
    /// minute. `read` returns what Origin held, or nothing when it was refused.
    template <class Read>
    RaceCounts run(std::uint64_t wanted, std::uint64_t leaks_wanted, Read read) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{1};
        const std::uint64_t before = *exchanges_;
        RaceCounts out;
        for (std::uint64_t reads = 1; !(out.good >= wanted && was_race(out, wanted, leaks_wanted)); ++reads) {
            const std::optional<std::string> origin = read();
            if (!origin) ++out.refused;
            else if (*origin == "inside") ++out.good;
            else ++out.leaked;
            out.exchanges = *exchanges_ - before;
            if (reads % 1'000 == 0 && std::chrono::steady_clock::now() > until) break;
        }
        return out;
    }
    static bool was_race(const RaceCounts& counts, std::uint64_t wanted, std::uint64_t leaks_wanted) {
        return counts.exchanges >= wanted && counts.refused + counts.leaked >= wanted / 100 && counts.leaked >= leaks_wanted;
    }

    [[nodiscard]] RaceCounts read_through_directory(std::uint64_t wanted, notch::detail::Opening opening) const {
        const notch::Result<notch::Directory> directory = notch::Directory::open(base(), opening);
        if (!directory) return {};
        return run(wanted, 0, [&]() -> std::optional<std::string> {
            const notch::Result<Origin> out = notch::read_file<Origin>(*directory, name);
            return out ? std::optional{out->origin} : std::nullopt;
        });
    }

    /// What the race does to a program that does not know of it: flags 0 is what everybody writes. A hundredth must leak.
    [[nodiscard]] RaceCounts read_by_path(std::uint64_t wanted, int flags) const {
        const std::string path = base() + "/" + name;
        return run(wanted, wanted / 100, [&]() -> std::optional<std::string> {
            const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
            if (descriptor < 0) return {};
            char bytes[100];
            const ::ssize_t count = ::read(descriptor, bytes, sizeof bytes);
            ::close(descriptor);
            if (count <= 0) return {};
            const auto out = notch::from_json<Origin>(std::string{bytes, static_cast<std::size_t>(count)});
            return out ? std::optional{out->origin} : std::nullopt;
        });
    }

private:
    void write(const char* path, const char* origin) const { std::ofstream{place_ / path} << notch::to_json(Origin{origin}); }
    void link(const std::string& target, const char* path) const {
        if (::symlink(target.c_str(), (place_ / path).c_str()) != 0) std::abort();
    }

    [[noreturn]] void attack() const {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent_) ::_exit(1);
        const int base = ::open((place_ / "base").c_str(), O_PATH | O_DIRECTORY);
        const int sub = ::open((place_ / "base/sub").c_str(), O_PATH | O_DIRECTORY);
        const auto exchange = [](int directory, const char* one, const char* other) {
            if (::syscall(SYS_renameat2, directory, one, directory, other, RENAME_EXCHANGE) != 0) ::_exit(2);
        };
        for (std::uint32_t random = 1;; random = random * 1664525 + 1013904223) {
            if ((random >> 24) % 2 == 0) exchange(sub, "file.json", "trap.json");
            else exchange(base, "sub", "trap");
            ++*exchanges_;
        }
    }

    TemporaryDirectory place_;
    std::atomic<std::uint64_t>* exchanges_ = nullptr;
    ::pid_t parent_ = 0;
    ::pid_t attacker_ = 0;
};

}  // namespace test
