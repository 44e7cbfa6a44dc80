// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr const char* ledger = "/var/log/app/events.jsonl";

/// A directory that is all of PATH, with a systemctl that notes how it was called and ends as it is told.
class FakeSystem {
public:
    FakeSystem() {
        if (const char* const path = std::getenv("PATH")) before_ = path;
        ::setenv("PATH", directory_.path().c_str(), 1);
    }
    FakeSystem(const FakeSystem&) = delete;
    FakeSystem& operator=(const FakeSystem&) = delete;
    ~FakeSystem() { before_ ? ::setenv("PATH", before_->c_str(), 1) : ::unsetenv("PATH"); }

    /// Commands of a shell for each of systemctl's.
    void answer(const std::string& enable, const std::string& is_active, const std::string& start) const {
        const std::string path = directory_ / "systemctl";
        std::ofstream{path} << "#!/bin/sh\necho \"$*\" >>" << directory_ / "log" << "\ncase $1 in\nenable) " << enable << ";;\nis-active) "
                            << is_active << ";;\nstart) " << start << ";;\nesac\n";
        REQUIRE(::chmod(path.c_str(), 0700) == 0);
    }

    [[nodiscard]] notch::LogrotateOptions options() const {
        notch::LogrotateOptions out;
        out.directory = directory_.path();
        return out;
    }
    [[nodiscard]] std::string failure() const {
        const auto done = notch::setup_logrotate(ledger, options());
        REQUIRE_FALSE(done);
        CHECK(done.error().code == notch::ErrorCode::failed);
        CHECK(is_written());
        return done.error().message();
    }
    [[nodiscard]] bool is_written() const {
        return written() == "# Made by notch for " + std::string{ledger} + "\n" + *notch::logrotate_config(ledger);
    }
    [[nodiscard]] std::string written() const { return test::contents(directory_ / "notch-events.jsonl"); }
    [[nodiscard]] std::vector<std::string> calls() const { return test::lines_of(directory_ / "log"); }
    [[nodiscard]] const test::TemporaryDirectory& directory() const { return directory_; }

private:
    test::TemporaryDirectory directory_;
    std::optional<std::string> before_;
};

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("setup_logrotate writes the file and enables the timer, which is started when it is not active") {
    const FakeSystem system;
    system.answer("exit 0", "exit 0", "exit 1");
    CHECK(notch::setup_logrotate(ledger, system.options()));
    CHECK(system.is_written());
    CHECK(system.calls() == Calls{"enable logrotate.timer", "is-active --quiet logrotate.timer"});
    struct ::stat info {};
    REQUIRE(::stat((system.directory() / "notch-events.jsonl").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777U) == 0644U);

    system.answer("exit 0", "exit 3", "exit 0");
    CHECK(notch::setup_logrotate(ledger, system.options()));  // once more, over its own file
    CHECK(system.calls().size() == 5);
    CHECK(system.calls().back() == "start logrotate.timer");
}

TEST_CASE("setup_logrotate names the command that failed and how, and the file is written all the same") {
    const FakeSystem system;
#if !defined(NOTCH_TEST_EMULATED)  // the emulator does not tell a parent that its child could not be run
    CHECK(system.failure() == "systemctl enable logrotate.timer: expected exit status 0, found No such file or directory (errno 2)");
    std::ofstream{system.directory() / "systemctl"} << "";
    CHECK(system.failure() == "systemctl enable logrotate.timer: expected exit status 0, found Permission denied (errno 13)");
#endif
    system.answer("exit 1", "exit 0", "exit 0");
    CHECK(system.failure() == "systemctl enable logrotate.timer: expected exit status 0, found exit status 1");
    CHECK(system.calls() == Calls{"enable logrotate.timer"});
    system.answer("exit 0", "exit 3", "exit 5");
    CHECK(system.failure() == "systemctl start logrotate.timer: expected exit status 0, found exit status 5");
    system.answer("exit 0", "kill -9 $$", "exit 0");
    CHECK(system.failure() == "systemctl is-active --quiet logrotate.timer: expected exit status 0, found signal 9");
}

TEST_CASE("setup_logrotate ends a command that does not") {
    const FakeSystem system;
    system.answer("trap '' TERM INT HUP; while :; do :; done", "exit 0", "exit 0");
    notch::LogrotateOptions options = system.options();
    options.command_timeout = std::chrono::milliseconds{20};
    const auto done = notch::setup_logrotate(ledger, options);
    REQUIRE_FALSE(done);
    CHECK(done.error().message() == "systemctl enable logrotate.timer: expected exit status 0, found Connection timed out (errno 110)");
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left, not even a dead one
}

TEST_CASE("setup_logrotate waits as long as a duration can say") {
    const FakeSystem system;
    system.answer("exit 0", "exit 0", "exit 0");
    notch::LogrotateOptions options = system.options();
    options.command_timeout = (std::chrono::nanoseconds::max)();
    CHECK(notch::setup_logrotate(ledger, options));
    CHECK(system.calls().size() == 2);
}

TEST_CASE("a command has the program's environment, no signal masked or ignored, and no input") {
    const FakeSystem system;
    system.answer("kill -TERM $$; kill -USR1 $$", "read -r line && exit 7; exit 0", "exit 0");
    ::sigset_t set;
    ::sigset_t before;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, &before);
    CHECK(system.failure().ends_with("found signal 15"));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    struct ::sigaction action {};
    struct ::sigaction action_before {};
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGTERM, &action, &action_before);
    CHECK(system.failure().ends_with("found signal 15"));
    ::sigaction(SIGTERM, &action_before, nullptr);
    system.answer("echo said || exit 8; echo said >&2 || exit 9", "read -r line && exit 7; exit 0", "exit 0");
    CHECK(notch::setup_logrotate(ledger, system.options()));
    system.answer("test \"$NOTCH_TEST_WORD\" = here", "read -r line && exit 7; exit 0", "exit 0");
    CHECK(system.failure().ends_with("exit status 1"));
    ::setenv("NOTCH_TEST_WORD", "here", 1);
    CHECK(notch::setup_logrotate(ledger, system.options()));
    ::unsetenv("NOTCH_TEST_WORD");
    CHECK(system.calls().back() == "is-active --quiet logrotate.timer");
}

TEST_CASE("setup_logrotate without a timer calls nothing") {
    const FakeSystem system;
    notch::LogrotateOptions options = system.options();
    options.timer = {};
    options.name = "mine";
    CHECK(notch::setup_logrotate(ledger, options));
    CHECK_FALSE(test::contents(system.directory() / "mine").empty());
    CHECK(system.calls().empty());
}

TEST_CASE("setup_logrotate replaces no file that was made for something else, and follows no link") {
    const FakeSystem system;
    notch::LogrotateOptions options = system.options();
    options.timer = {};
    REQUIRE(notch::setup_logrotate("/srv/events.jsonl", options));
    auto done = notch::setup_logrotate(ledger, options);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == notch::ErrorCode::refused);
    CHECK(done.error().message() ==
          "logrotate, /name: expected a file that was made for this ledger, or none, found a file with something else");
    CHECK(system.written().starts_with("# Made by notch for /srv/events.jsonl\n"));

    const std::string victim = system.directory() / "victim";
    std::ofstream{victim} << "victim";
    REQUIRE(::symlink(victim.c_str(), (system.directory() / "link").c_str()) == 0);
    options.name = "link";
    done = notch::setup_logrotate(ledger, options);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == notch::ErrorCode::open_failed);
    CHECK(test::contents(victim) == "victim");

    REQUIRE(::mkdir((system.directory() / "directory").c_str(), 0700) == 0);
    options.name = "directory";
    done = notch::setup_logrotate(ledger, options);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == notch::ErrorCode::read_failed);
}

TEST_CASE("setup_logrotate: a name or a directory that is none") {
    const FakeSystem system;
    notch::LogrotateOptions options = system.options();
    for (const std::string& bad : {std::string{"../x"}, std::string{".x"}, std::string{"/x"}, std::string{"x\0y", 3}}) {
        options.name = bad;
        const auto done = notch::setup_logrotate(ledger, options);
        REQUIRE_FALSE(done);
        CHECK(done.error().field == "/name");
    }
    options = system.options();
    options.directory = system.directory() / "none";
    const auto done = notch::setup_logrotate(ledger, options);
    REQUIRE_FALSE(done);
    CHECK(done.error().message() ==
          "write " + options.directory + "/notch-events.jsonl: expected a directory, found No such file or directory (errno 2)");
    CHECK_FALSE(notch::setup_logrotate("relative", system.options()));
    CHECK(system.calls().empty());
}
