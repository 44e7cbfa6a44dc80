// SPDX-License-Identifier: MIT
// What a writer of the base directory, or of an entry, may do: the other entries are taken all the same, nothing outside is read or
// removed, nothing blocks.
#include "notch.hpp"

#include "../support/intaking.hpp"
#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using notch::ErrorCode;
using notch::IntakeOptions;
using test::IntakePlace;
using test::Names;
using test::Numbers;

/// Made between two good entries, so that whatever the order is, one of them comes after it.
void surround(IntakePlace& place) {
    for (const char* name : {"a-good", "z-good"}) test::put_entry(place / name, test::number(1));
}
const Numbers both{{"a-good", 1}, {"z-good", 1}};

void make_socket(const std::string& path) {
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(::bind(descriptor, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
    ::close(descriptor);
}

/// A path beneath `at`, by the descriptor, so that it may be deeper than any path is long.
void make_deep(const std::string& at, int depth) {
    int here = ::open(at.c_str(), O_RDONLY | O_DIRECTORY);
    const std::string name(100, 'd');
    for (int i = 0; i < depth; ++i) {
        REQUIRE(::mkdirat(here, name.c_str(), 0700) == 0);
        const int next = ::openat(here, name.c_str(), O_RDONLY | O_DIRECTORY);
        ::close(here);
        here = next;
    }
    ::close(here);
}

/// Makes everything in a tree a user's.
void give_tree(const std::string& at, ::uid_t user) {
    static ::uid_t to;
    to = user;
    ::nftw(
        at.c_str(), [](const char* path, const struct ::stat*, int, struct ::FTW*) { return ::lchown(path, to, to); },
        16, FTW_PHYS);
}

}  // namespace

TEST_CASE("what is no directory, or no file, is no entry: never opened, never removed") {
    IntakePlace place;
    test::put(place.place / "outside", test::number(66));
    test::make(place.place / "outside-directory");
    test::put(place.place / "outside-directory/job.json", test::number(66));
    const auto strange = [&](const std::string& prefix) {
        REQUIRE(::symlink("../outside", (place / (prefix + "link")).c_str()) == 0);
        REQUIRE(::symlink((place.place / "outside-directory").c_str(), (place / (prefix + "directory-link")).c_str()) ==
                0);
        REQUIRE(::symlink("nowhere", (place / (prefix + "dangling")).c_str()) == 0);
        REQUIRE(::symlink("loop", (place / (prefix + "loop")).c_str()) == 0);
        REQUIRE(::mkfifo((place / (prefix + "fifo")).c_str(), 0600) == 0);
        make_socket(place / (prefix + "socket"));
        if (::geteuid() == 0) ::mknod((place / (prefix + "device")).c_str(), S_IFCHR | 0600, ::makedev(5, 0));
    };
    strange("m-");
    surround(place);
    ::alarm(20);
    Names left = test::names_in(place.base);
    CHECK(test::take(place.directories()) == both);
    test::put(place / "file", test::number(2));
    CHECK(test::take(place.files()) == Numbers{{"file", 2}});
    ::alarm(0);
    left.erase(std::remove_if(left.begin(), left.end(), [](const std::string& name) { return name.ends_with("good"); }),
               left.end());
    CHECK(test::names_in(place.base) == left);
    CHECK(test::contents(place.place / "outside-directory/job.json") == test::number(66));
    CHECK(place.errors.empty());
}

TEST_CASE("files of an entry that are refused make it corrupt, and what they point to is not touched") {
    const std::vector<std::pair<std::string, std::function<void(const std::string&, const std::string&)>>> traps{
        {"a symbolic link", [](const std::string& file,
                               const std::string& outside) { REQUIRE(::symlink(outside.c_str(), file.c_str()) == 0); }},
        {"a file with 2 links",
         [](const std::string& file, const std::string& outside) {
             REQUIRE(::link(outside.c_str(), file.c_str()) == 0);
         }},
        {"a FIFO", [](const std::string& file, const std::string&) { REQUIRE(::mkfifo(file.c_str(), 0666) == 0); }},
        {"a socket, or a device without a driver",
         [](const std::string& file, const std::string&) { make_socket(file); }},
        {"a directory", [](const std::string& file, const std::string&) { test::make(file); }},
        {"1099511627776 bytes",
         [](const std::string& file, const std::string&) {
             test::put(file, "start");
             REQUIRE(::truncate(file.c_str(), ::off_t{1} << 40) == 0);
         }},
    };
    for (const auto& trap : traps) {
        CAPTURE(trap.first);
        IntakePlace place;
        test::put(place.place / "outside", test::number(66));
        surround(place);
        test::make(place / "m-bad");
        trap.second(place / "m-bad/job.json", place.place / "outside");
        ::alarm(20);
        CHECK(test::take(place.directories()) == both);
        ::alarm(0);
        REQUIRE(place.errors.size() == 1);
        CHECK(place.errors[0].found == trap.first);
        CHECK(place.errors[0].place == place / "m-bad/job.json");
        CHECK(test::names_in(place.base).empty());
        CHECK(test::contents(place.place / "outside") == test::number(66));
        const auto reasons = test::reasons_in(place.bad);
        REQUIRE(reasons.size() == 1);
        CHECK(reasons[0].error == place.errors[0].message());
        CHECK(reasons[0].kept <= 1024 * 1024);
    }
}

TEST_CASE("a file that its writer goes on changing is read or quarantined, and never more of it than the limit") {
    IntakePlace place;
    surround(place);
    test::put_entry(place / "m-growing", "");
    const ::pid_t writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int file = ::open((place / "m-growing/job.json").c_str(), O_WRONLY | O_APPEND);
        const std::string block(100, 'x');
        for (int i = 0; i < 1'000'000; ++i) {
            if (::write(file, block.data(), block.size()) < 0) break;
            if (i % 1'000 == 999) (void)!::ftruncate(file, 0);
        }
        ::_exit(0);
    }
    while (test::contents(place / "m-growing/job.json").empty()) {
    }
    IntakeOptions options = place.directories();
    options.limits.max_bytes = 10'000;
    CHECK(test::take(options) == both);
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    CHECK(test::names_in(place.base).empty());
    for (const auto& reason : test::reasons_in(place.bad)) CHECK(reason.kept <= 10'000);
    CHECK(place.errors.size() == 1);
}

TEST_CASE("trees of any depth and any permissions are removed, with few descriptors and no way out") {
    IntakePlace place;
    surround(place);
    test::put_entry(place / "m-deep", test::number(1));
    make_deep(place / "m-deep", 80);  // twice as long as a path may be
    test::put(place.place / "outside", "outside");
    test::make(place.place / "outside-directory");
    test::put(place.place / "outside-directory/file", "outside");
    test::make(place / "m-deep/links");
    REQUIRE(::symlink((place.place / "outside").c_str(), (place / "m-deep/links/file").c_str()) == 0);
    REQUIRE(::symlink((place.place / "outside-directory").c_str(), (place / "m-deep/links/directory").c_str()) == 0);
    REQUIRE(::link((place.place / "outside").c_str(), (place / "m-deep/links/hard").c_str()) == 0);
    REQUIRE(::mkfifo((place / "m-deep/links/fifo").c_str(), 0600) == 0);
    for (int i = 0; i < 500; ++i) test::put(place / ("m-deep/links/" + std::to_string(i)), "");

    const int status = test::exit_status_of([&] {
        const ::rlimit few{40, 40};
        if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 10;
        const auto taken = test::take(place.directories());
        return taken.size() == 3 && place.errors.empty() ? 0 : 1;
    });
    CHECK(status == 0);
    CHECK(test::names_in(place.base).empty());
    CHECK(test::contents(place.place / "outside") == "outside");
    CHECK(test::names_in(place.place / "outside-directory") == Names{"file"});
}

TEST_CASE("directories without permissions are removed by their owner, who is not root") {
    IntakePlace place;
    REQUIRE(::chmod(place.place.path().c_str(), 0777) == 0);
    REQUIRE(::chmod(place.base.c_str(), 0777) == 0);
    const int status = test::exit_status_of([&] {
        if (!test::become_nobody()) return 10;
        place.bad.clear();
        const std::string entry = place / "entry";
        test::put_entry(entry, test::number(1));
        test::make(entry + "/closed");
        test::make(entry + "/closed/inner");
        test::put(entry + "/closed/inner/file", "");
        for (const char* name : {"/unlisted", "/unsearched"}) {
            test::make(entry + name);
            test::put(entry + name + "/file", "");
        }
        ::chmod((entry + "/unlisted").c_str(), 0300);
        ::chmod((entry + "/unsearched").c_str(), 0600);
        for (const char* name : {"/closed/inner", "/closed"}) ::chmod((entry + name).c_str(), 0);
        if (test::take(place.directories()).size() != 1) return 1;
        for (const auto& error : place.errors) std::fprintf(stderr, "%s\n", error.message().c_str());
        if (!place.errors.empty()) return 2;
        return test::names_in(place.base).empty() ? 0 : 3;
    });
    CHECK(status == 0);
}

TEST_CASE(
    "a tree that cannot be removed is reported; its entry was yielded and does not come again; the others go on") {
    if (::geteuid() != 0) return;  // only root can make a directory of another user
    IntakePlace place;
    REQUIRE(::chmod(place.place.path().c_str(), 0777) == 0);
    REQUIRE(::chmod(place.base.c_str(), 0777) == 0);
    const std::string entry = place / "m-stuck";
    test::put_entry(entry, test::number(3));
    test::make(entry + "/roots");
    test::put(entry + "/roots/file", "");
    REQUIRE(::chmod((entry + "/job.json").c_str(), 0644) == 0);
    REQUIRE(::chown(entry.c_str(), 65534, 65534) == 0);
    place.bad.clear();
    const int status = test::exit_status_of([&] {
        if (!test::become_nobody()) return 10;
        surround(place);
        if (test::take(place.directories()) != Numbers{{"a-good", 1}, {"m-stuck", 3}, {"z-good", 1}}) return 1;
        if (place.errors.size() != 1 || place.errors[0].code != ErrorCode::write_failed ||
            place.errors[0].os_error != EACCES)
            return 2;
        surround(place);
        if (test::take(place.directories()) != both) return 3;
        return place.errors.size() == 2 ? 0 : 4;  // tried again, told again
    });
    CHECK(status == 0);
    CHECK(test::names_in(place.base) == Names{".notch-intake"});
    give_tree(place / ".notch-intake", 65534);
    const int removed = test::exit_status_of([&] {
        if (!test::become_nobody()) return 10;
        return test::take(place.directories()).empty() && place.errors.empty() ? 0 : 1;
    });
    CHECK(removed == 0);
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("an entry that may not be moved, or read, is reported and left; the others go on") {
    if (::geteuid() != 0) return;  // only root can make a directory of another user
    IntakePlace place;
    REQUIRE(::chmod(place.place.path().c_str(), 0777) == 0);
    REQUIRE(::chmod(place.base.c_str(), 0777) == 0);
    test::put_entry(place / "roots",
                    test::number(3));  // moving a directory changes its "..", so it needs the right to write in it
    REQUIRE(::chmod((place / "roots").c_str(), 0755) == 0);
    test::put_entry(place / "closed", test::number(3));
    place.bad.clear();
    const int status = test::exit_status_of([&] {
        if (!test::become_nobody()) return 10;
        surround(place);
        if (test::take(place.directories()) != both) return 1;
        if (place.errors.size() != 2) return 2;
        for (const auto& error : place.errors)
            if (error.os_error != EACCES) return 3;
        return 0;
    });
    CHECK(status == 0);
    CHECK(test::names_in(place.base) == Names{"closed", "roots"});
}

TEST_CASE(
    "while entries are exchanged with links and with each other, nothing from outside is read and no entry is lost") {
    IntakePlace place;
    test::make(place.place / "outside");
    test::put(place.place / "outside/job.json", test::number(66));
    REQUIRE(::symlink((place.place / "outside").c_str(), (place / "trap").c_str()) == 0);
    const ::pid_t attacker = ::fork();
    REQUIRE(attacker >= 0);
    if (attacker == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int base = ::open(place.base.c_str(), O_RDONLY | O_DIRECTORY);
        for (;;) {
            ::syscall(SYS_renameat2, base, "target", base, "trap", RENAME_EXCHANGE);
            ::syscall(SYS_renameat2, base, "target", base, "other", RENAME_EXCHANGE);
        }
    }
    place.bad.clear();
    std::set<int> taken;
    int made = 0;
    for (int round = 0; round < 40; ++round) {
        for (const char* name :
             {"target", "other", "good"}) {  // made elsewhere: the attacker would have us write outside
            test::put_entry(place.place / "made", test::number(1'000 + made));
            if (::syscall(SYS_renameat2, AT_FDCWD, (place.place / "made").c_str(), AT_FDCWD, (place / name).c_str(),
                          RENAME_NOREPLACE) == 0) {
                ++made;
            } else {
                REQUIRE(::unlink((place.place / "made/job.json").c_str()) == 0);
                REQUIRE(::rmdir((place.place / "made").c_str()) == 0);
            }
        }
        for (const auto& one : notch::intake<test::Number>(place.directories())) {
            CHECK(one->number >= 1'000);
            CHECK(taken.insert(one->number).second);
        }
    }
    ::kill(attacker, SIGKILL);
    ::waitpid(attacker, nullptr, 0);
    for (const auto& one : notch::intake<test::Number>(place.directories())) CHECK(taken.insert(one->number).second);
    CHECK(taken.size() == static_cast<std::size_t>(made));
    CHECK(made > 40);
    CHECK(test::names_in(place.base).size() == 1);  // the link
    CHECK(test::contents(place.place / "outside/job.json") == test::number(66));
}

TEST_CASE("the directory of the claims is not followed out, nor taken from another user") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    test::make(place.place / "outside");
    REQUIRE(::symlink("../outside", (place / ".notch-intake").c_str()) == 0);
    CHECK(notch::Intake<test::Number>::open(place.files()).error().found == "a symbolic link");
    CHECK(test::names_in(place.place / "outside").empty());
    REQUIRE(::unlink((place / ".notch-intake").c_str()) == 0);
    test::put(place / ".notch-intake", "");
    CHECK(notch::Intake<test::Number>::open(place.files()).error().code == ErrorCode::refused);
    REQUIRE(::unlink((place / ".notch-intake").c_str()) == 0);
    if (::geteuid() == 0) {
        test::make(place / ".notch-intake");
        REQUIRE(::chown((place / ".notch-intake").c_str(), 65534, 65534) == 0);
        CHECK(notch::Intake<test::Number>::open(place.files()).error().found == "one of user 65534");
        REQUIRE(::rmdir((place / ".notch-intake").c_str()) == 0);
    }
    CHECK(test::take(place.files()) == Numbers{{"one", 1}});
}

TEST_CASE("very many entries take no more memory than few") {
    IntakePlace place;
    for (int i = 0; i < 1'500; ++i) test::put(place / (std::string(200, 'n') + std::to_string(i)), "");
    std::size_t calls = 0;
    std::size_t at_first = 0;
    std::size_t most = 0;
    const auto leave = [&](const notch::IntakeEntry&) -> notch::IntakeVerdict<test::Number> {
        const std::size_t in_use = ::mallinfo2().uordblks;  // 0 where a sanitizer has the memory
        if (++calls == 10) at_first = in_use;
        if (calls > 10) most = std::max(most, in_use);
        return notch::IntakeAnswer::leave;
    };
    CHECK(test::take(place.files(), leave).empty());
    CHECK(calls == 1'500);
    CHECK(most <= at_first + 10'000);
    CHECK(test::names_in(place.base).size() == 1'500);
}
