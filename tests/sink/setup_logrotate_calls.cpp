// SPDX-License-Identifier: MIT
// Each system call of setup_logrotate fails, one after the other: the file stands there whole or not at all, and nothing beside it.

#include "../support/watches.hpp"

#if NOTCH_TEST_WATCHES
#include "notch.hpp"

#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr const char* ledger = "/var/log/app/events.jsonl";

std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> out;
    ::DIR* const stream = ::opendir(directory.c_str());
    REQUIRE(stream != nullptr);
    while (const ::dirent* const entry = ::readdir(stream))
        if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
    ::closedir(stream);
    return out;
}

notch::LogrotateOptions options_of(const test::TemporaryDirectory& directory) {
    notch::LogrotateOptions out;
    out.directory = directory.path();
    out.timer = {};
    return out;
}

}  // namespace

TEST_CASE("the N-th call fails, for every N") {
    const std::string whole = "# Made by notch for " + std::string{ledger} + "\n" + *notch::logrotate_config(ledger);
    const std::vector<int> calls{SYS_openat, SYS_read, SYS_write, SYS_fchmod, SYS_fsync, SYS_renameat};
    std::size_t most = 0;
    for (std::size_t n = 0; n <= most; ++n) {  // with 0 none fails
        CAPTURE(n);
        const test::TemporaryDirectory directory;
        notch::Result<void> done;
        std::size_t count = 0;
        const auto decide = [&](int, ::pid_t) { return ++count == n ? EIO : 0; };
        most = (std::max)(most, test::with_watched_calls(calls, decide, [&] { done = notch::setup_logrotate(ledger, options_of(directory)); }));
        CHECK(done.has_value() == (n == 0));
        const std::vector<std::string> names = names_in(directory.path());
        CHECK(names.size() <= 1);
        if (!names.empty()) CHECK(test::contents(directory / names[0]) == whole);
        if (!done) CHECK(done.error().os_error == EIO);
    }
    CHECK(most >= 8);  // opening twice and making, writing, permissions, renaming, both syncs
}

TEST_CASE("logrotate passes over what is being written: its name ends in ~, and nothing else is there before it is whole") {
    const test::TemporaryDirectory directory;
    std::vector<std::string> names;
    const auto look = [&](int, ::pid_t) { return names = names_in(directory.path()), 0; };
    test::with_watched_calls({SYS_renameat}, look, [&] { static_cast<void>(notch::setup_logrotate(ledger, options_of(directory))); });
    REQUIRE(names.size() == 1);
    CHECK(names[0].starts_with("notch-events.jsonl."));
    CHECK(names[0].ends_with('~'));
    CHECK(names_in(directory.path()) == std::vector<std::string>{"notch-events.jsonl"});
}

TEST_CASE("reading what is there goes on when a signal interrupts it") {
    const test::TemporaryDirectory directory;
    const notch::LogrotateOptions options = options_of(directory);
    REQUIRE(notch::setup_logrotate(ledger, options));
    notch::Result<void> done;
    int reads = 0;
    test::with_watched_calls({SYS_read}, [&](int, ::pid_t) { return ++reads == 1 ? EINTR : 0; }, [&] { done = notch::setup_logrotate(ledger, options); });
    CHECK(done);
    CHECK(reads > 1);
}

TEST_CASE("the file is put on the disk, and then its name") {
    const test::TemporaryDirectory directory;
    notch::Result<void> done;
    CHECK(test::with_watched_calls({SYS_fsync}, [](int, ::pid_t) { return 0; }, [&] { done = notch::setup_logrotate(ledger, options_of(directory)); }) == 2);
    CHECK(done);
}

TEST_CASE("a file that cannot be read is not replaced") {
    const test::TemporaryDirectory directory;
    const notch::LogrotateOptions options = options_of(directory);
    REQUIRE(notch::setup_logrotate(ledger, options));
    const std::string path = directory / "notch-events.jsonl";
    std::ofstream{path, std::ios::app} << "# mine\n";
    for (const std::vector<int>& calls : {std::vector<int>{SYS_openat}, std::vector<int>{SYS_read}}) {
        notch::Result<void> done;
        std::size_t count = 0;
        const std::size_t which = calls[0] == SYS_openat ? 2 : 1;  // the first that is opened is the directory
        const auto decide = [&](int, ::pid_t) { return ++count == which ? EIO : 0; };
        test::with_watched_calls(calls, decide, [&] { done = notch::setup_logrotate(ledger, options); });
        CHECK_FALSE(done);
        CHECK(test::contents(path).ends_with("# mine\n"));
    }
    CHECK(notch::setup_logrotate(ledger, options));  // it is this ledger's
    CHECK_FALSE(test::contents(path).ends_with("# mine\n"));
}

TEST_CASE("waiting for a command goes on when a signal interrupts it") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "command";
    std::ofstream{path} << "#!/bin/sh\nexit 3\n";
    REQUIRE(::chmod(path.c_str(), 0700) == 0);
    const char* const command[] = {path.c_str(), nullptr};
    notch::detail::CommandOutcome outcome;
    int waits = 0;
    test::with_watched_calls({SYS_wait4}, [&](int, ::pid_t) { return ++waits == 1 ? EINTR : 0; },
                             [&] { outcome = notch::detail::run_command(command, 60'000'000'000); });
    CHECK(outcome.error == 0);
    CHECK(outcome.signal == 0);
    CHECK(outcome.status == 3);
    CHECK(waits > 1);
}
#endif
