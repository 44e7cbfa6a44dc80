// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/allocations.hpp"
#include "../support/reading.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using notch::ErrorCode;
using notch::detail::Opening;

struct Job {
    std::uint32_t cpu;
    std::string repository;
};
const std::string good_job = R"({"cpu":4,"repository":"o/r"})";

void check_refused(const notch::Error& error, const std::string& found) {
    CHECK(error.code == ErrorCode::refused);
    CHECK(error.found == found);
}

void link_to(const std::string& target, const std::string& path) { REQUIRE(::symlink(target.c_str(), path.c_str()) == 0); }

}  // namespace

TEST_CASE("a file is read by its path and beneath a directory, and its faults are told with their place") {
    const test::TemporaryDirectory place;
    REQUIRE(::mkdir((place / "a").c_str(), 0700) == 0);
    REQUIRE(::mkdir((place / "a/b").c_str(), 0700) == 0);
    test::put(place / "a/b/job.json", good_job);
    test::put(place / "bad.json", "{\"cpu\":-1}");
    const test::Asked asked{place.path()};
    CHECK(asked.accepted("a/b/job.json") == good_job);

    const notch::Directory directory = test::open_directory(place.path());
    const auto job = notch::read_file<Job>(directory, "a/b/job.json");
    REQUIRE(job);
    CHECK(job->cpu == 4);
    CHECK(job->repository == "o/r");
    CHECK(notch::read_file<Job>(place / "a/b/job.json"));

    const auto bad = notch::read_file<Job>(directory, "bad.json");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == ErrorCode::out_of_range);
    CHECK(bad.error().message() == place.path() + "/bad.json, line 1, column 8, /cpu: expected an integer in [0, 4294967295], found -1");
    CHECK(notch::read_file<Job>(place / "bad.json").error().message() == bad.error().message());

    const notch::Error missing = asked.refused("none.json");
    CHECK(missing.code == ErrorCode::open_failed);
    CHECK(missing.os_error == ENOENT);
    CHECK(missing.message() == place.path() + "/none.json: expected a regular file, found No such file or directory (errno 2)");
}

// ---- links ---------------------------------------------------------------------------------------------------------

TEST_CASE("a symbolic link is refused as a file, wherever it leads; what it leads to is not") {
    const test::TemporaryDirectory place;
    test::put(place / "job.json", good_job);
    link_to("job.json", place / "relative");
    link_to(place / "job.json", place / "absolute");
    link_to("/etc/passwd", place / "outside");
    link_to("nothing", place / "dangling");
    link_to("loop", place / "loop");
    link_to(".", place / "dot");
    const test::Asked asked{place.path()};
    for (const char* name : {"relative", "absolute", "outside", "dangling", "loop", "dot"}) {
        CAPTURE(name);
        check_refused(asked.refused(name), "a symbolic link");
    }
    CHECK(asked.accepted("job.json") == good_job);
}

TEST_CASE("a symbolic link is refused as a directory on the way; the directory itself is not") {
    const test::TemporaryDirectory place;
    REQUIRE(::mkdir((place / "sub").c_str(), 0700) == 0);
    test::put(place / "sub/job.json", good_job);
    link_to("sub", place / "relative");
    link_to(place / "sub", place / "absolute");
    link_to("..", place / "sub/up");
    link_to("loop", place / "loop");
    link_to("/", place / "root");
    const test::Asked asked{place.path(), false};
    for (const char* name : {"relative/job.json", "absolute/job.json", "sub/up/sub/job.json", "loop/job.json", "root/etc/passwd"}) {
        CAPTURE(name);
        check_refused(asked.refused(name), "a symbolic link");
    }
    CHECK(asked.accepted("sub/job.json") == good_job);
    CHECK(notch::read_text(place / "relative/job.json"));  // by a path, the way is trusted, and only the last part is not
}

TEST_CASE("a file with a second link is refused; with one it is read") {
    const test::TemporaryDirectory place;
    test::put(place / "job.json", good_job);
    REQUIRE(::link((place / "job.json").c_str(), (place / "again.json").c_str()) == 0);
    const test::Asked asked{place.path()};
    check_refused(asked.refused("job.json"), "a file with 2 links");
    check_refused(asked.refused("again.json"), "a file with 2 links");
    REQUIRE(::unlink((place / "again.json").c_str()) == 0);
    CHECK(asked.accepted("job.json") == good_job);
}

TEST_CASE("magic links of /proc are refused, and so are the names for standard input") {
    const test::TemporaryDirectory place;
    test::put(place / "job.json", good_job);
    const int descriptor = ::open((place / "job.json").c_str(), O_RDONLY);
    REQUIRE(descriptor >= 0);
    const std::string number = std::to_string(descriptor);
    check_refused(test::Asked{"/proc/self/fd"}.refused(number), "a symbolic link");
    const test::Asked process{"/proc/" + std::to_string(::getpid()), false};
    for (const std::string& name : {"fd/" + number, std::string{"exe"}, std::string{"cwd/job.json"}, std::string{"root/etc/passwd"}})
        check_refused(process.refused(name), "a symbolic link");
    ::close(descriptor);
    check_refused(test::refusal_of([] { return notch::read_text("/dev/stdin"); }), "a symbolic link");
    check_refused(test::refusal_of([] { return notch::read_text("/dev/fd/0"); }), "a symbolic link");
    // A regular file by its kind, but its size is not known before it is read.
    check_refused(process.refused("status"), "a file that grew while it was read");
}

// ---- kinds ---------------------------------------------------------------------------------------------------------

TEST_CASE("a FIFO is refused at once, with a writer and without") {
    const test::TemporaryDirectory place;
    REQUIRE(::mkfifo((place / "fifo").c_str(), 0600) == 0);
    const test::Asked asked{place.path()};
    check_refused(asked.refused("fifo"), "a FIFO");
    const int writer = ::open((place / "fifo").c_str(), O_RDWR);
    REQUIRE(::write(writer, good_job.data(), good_job.size()) > 0);
    check_refused(asked.refused("fifo"), "a FIFO");
    ::close(writer);
}

TEST_CASE("directories, sockets and devices are refused") {
    const test::TemporaryDirectory place;
    REQUIRE(::mkdir((place / "directory").c_str(), 0700) == 0);
    const test::Asked asked{place.path()};
    check_refused(asked.refused("directory"), "a directory");

    const std::string path = place / "s";
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(server, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
    check_refused(asked.refused("s"), "a socket, or a device without a driver");
    ::close(server);

    const test::Asked devices{"/dev"};
    for (const char* name : {"null", "zero", "tty"}) {
        CAPTURE(name);
        const notch::Error error = devices.refused(name);
        CHECK(error.code == ErrorCode::refused);
    }
    check_refused(devices.refused("zero"), "a character device");
    if (::mknod((place / "block").c_str(), S_IFBLK | 0600, 0x0700) == 0)  // only root can
        CHECK(asked.refused("block").code == ErrorCode::refused);
}

TEST_CASE("a terminal is refused and does not become the process's own") {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(terminal >= 0);
    REQUIRE(::grantpt(terminal) == 0);
    REQUIRE(::unlockpt(terminal) == 0);
    const std::string path = ::ptsname(terminal);
    check_refused(test::refusal_of([&] { return notch::read_text(path); }), "a character device");
    const auto in_own_session = [&](bool plain) {
        return test::exit_status_of([&] {
            if (::setsid() < 0) return 2;
            if (plain) ::open(path.c_str(), O_RDONLY);
            else if (notch::read_text(path)) return 3;
            return ::open("/dev/tty", O_RDONLY) < 0 ? 0 : 1;
        });
    };
    CHECK(in_own_session(false) == 0);
    CHECK(in_own_session(true) == 1);  // a plain open takes it
    ::close(terminal);
}

TEST_CASE("a file on another mount is refused beneath a directory, with openat2 and with the walk") {
    const test::TemporaryDirectory place;
    REQUIRE(::mkdir((place / "sub").c_str(), 0700) == 0);
    REQUIRE(::mkdir((place / "other").c_str(), 0700) == 0);
    test::put(place / "sub/job.json", good_job);
    test::put(place / "other/job.json", good_job);
    test::put(place / "job.json", good_job);
    const int status = test::exit_status_of([&] {  // a child, for the sake of a mount namespace of its own
        if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 10;
        if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 11;
        if (::mount((place / "other").c_str(), (place / "sub").c_str(), nullptr, MS_BIND, nullptr) != 0) return 12;
        if (::mount((place / "other/job.json").c_str(), (place / "job.json").c_str(), nullptr, MS_BIND, nullptr) != 0) return 13;
        for (const Opening opening : {Opening::kernel, Opening::walk}) {
            const auto directory = notch::Directory::open(place.path(), opening);
            for (const char* name : {"sub/job.json", "job.json"}) {
                const auto text = notch::read_text(*directory, name);
                if (text || text.error().os_error != EXDEV || text.error().found != "another file system mounted there") return 1;
            }
            if (!notch::read_text(*directory, "other/job.json")) return 2;
        }
        return notch::read_text(place / "job.json") ? 0 : 3;  // a single file mounted is what containers do: trusted as a path
    });
    CHECK(status == 0);
    CHECK(test::Asked{place.path()}.accepted("sub/job.json") == good_job);
}

// ---- size and change -----------------------------------------------------------------------------------------------

TEST_CASE("a file as large as the limit is read, one byte more is not, nor a sparse one of a TiB") {
    const test::TemporaryDirectory place;
    const notch::Limits limits{.max_bytes = 1024};
    const test::Asked asked{place.path()};
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1023}, std::size_t{1024}}) {
        test::put(place / "file", std::string(size, 'x'));
        CHECK(asked.accepted("file", limits) == std::string(size, 'x'));
    }
    test::put(place / "file", std::string(1025, 'x'));
    const notch::Error error = asked.refused("file", limits);
    CHECK(error.code == ErrorCode::limit);
    CHECK(error.message() == place.path() + "/file: expected at most 1024 bytes (max_bytes), found 1025 bytes");
    CHECK(asked.accepted("file").size() == 1025);

    REQUIRE(::truncate((place / "file").c_str(), ::off_t{1} << 40) == 0);
    const notch::Error sparse = asked.refused("file");
    CHECK(sparse.code == ErrorCode::limit);
    CHECK(sparse.found == "1099511627776 bytes");
    CHECK(notch::read_text(place / "file", {.max_bytes = 0}).error().code == ErrorCode::limit);
}

#if !NOTCH_TEST_SANITIZED
TEST_CASE("reading takes no memory beyond the limit, and too little memory is an error") {
    const test::TemporaryDirectory place;
    constexpr std::size_t mebibyte = 1024 * 1024;
    test::put(place / "large", std::string(40 * mebibyte, 'x'));
    test::put(place / "sparse", "");
    REQUIRE(::truncate((place / "sparse").c_str(), ::off_t{1} << 40) == 0);
    const auto read_with_64_mebibytes = [&](const char* name, std::size_t limit) {
        return test::exit_status_of([&] {
            char line[100] = {};
            const int statistics = ::open("/proc/self/statm", O_RDONLY);
            if (::read(statistics, line, sizeof line - 1) <= 0) return 100;
            const ::rlim_t now = std::strtoull(line, nullptr, 10) * static_cast<::rlim_t>(::sysconf(_SC_PAGESIZE));
            const ::rlimit most{now + 64 * mebibyte, now + 64 * mebibyte};
            if (::setrlimit(RLIMIT_AS, &most) != 0) return 101;
            const auto text = notch::read_text(place / name, {.max_bytes = limit});
            return text ? 0 : 1 + static_cast<int>(text.error().code);
        });
    };
    CHECK(read_with_64_mebibytes("large", 40 * mebibyte) == 0);  // 64 MiB hold the file once
    CHECK(read_with_64_mebibytes("large", 40 * mebibyte - 1) == 1 + static_cast<int>(ErrorCode::limit));
    CHECK(read_with_64_mebibytes("sparse", mebibyte) == 1 + static_cast<int>(ErrorCode::limit));
#if defined(__cpp_exceptions)  // without them std::string ends the program
    CHECK(read_with_64_mebibytes("sparse", std::size_t{1} << 40) == 1 + static_cast<int>(ErrorCode::no_memory));
#endif
}
#endif

TEST_CASE("a file that grows, shrinks, is rewritten or gets a link while it is read is refused; one that stays is read") {
    const test::TemporaryDirectory place;
    const std::string path = place / "job.json";
    std::vector<int> status{SYS_newfstatat};
#if defined(SYS_fstat)
    status.push_back(SYS_fstat);
#endif
    const auto read_while = [&](auto change, const std::vector<int>& calls = {SYS_read}, std::size_t which = 0) {
        test::put(path, good_job);
        const ::timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};  // so that the clock's tick hides nothing
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
        std::size_t index = 0;
        std::string out;
        const auto change_before = [&](int, ::pid_t) {
            if (index++ == which) change();
            return 0;
        };
        test::with_watched_calls(calls, change_before, [&] {
            const auto text = notch::read_text(path);
            out = text ? *text : text.error().found;
            if (!text) CHECK(text.error().code == ErrorCode::refused);
        });
        CHECK(index > which);
        return out;
    };
    CHECK(read_while([] {}) == good_job);
    const auto append = [&] { std::ofstream{path, std::ios::app} << ' '; };
    CHECK(read_while(append) == "a file that grew while it was read");
    CHECK(read_while(append, status, 1) == "a file that grew while it was read");  // after the last byte was read
    CHECK(read_while(append, status, 0) == good_job + " ");                        // before the first look at it
    CHECK(read_while([&] { CHECK(::truncate(path.c_str(), 1'000'000) == 0); }) == "a file that grew while it was read");
    CHECK(read_while([&] { CHECK(::truncate(path.c_str(), 3) == 0); }) == "a file that shrank while it was read");
    CHECK(read_while([&] { CHECK(::truncate(path.c_str(), 0) == 0); }) == "a file that shrank while it was read");
    const auto cut = [&] { CHECK(::truncate(path.c_str(), 3) == 0); };
    CHECK(read_while(cut, status, 1) == "a file that shrank while it was read");  // after the last byte was read
    const auto remove = [&] { CHECK(::unlink(path.c_str()) == 0); };
    CHECK(read_while(remove, status, 0) == "a file that was removed");
    // Also when it has its size again by the second look at it.
    std::vector<int> calls = status;
    calls.push_back(SYS_read);
    bool is_cut = false;
    const auto cut_then_fill = [&](int call, ::pid_t) {
        if (call == SYS_read && !std::exchange(is_cut, true)) cut();
        else if (call != SYS_read && is_cut) CHECK(::truncate(path.c_str(), static_cast<::off_t>(good_job.size())) == 0);
        return 0;
    };
    test::put(path, good_job);
    test::with_watched_calls(calls, cut_then_fill, [&] {
        CHECK(notch::read_text(path).error().found == "a file that shrank while it was read");
    });
    const std::string changed = "a file that was changed while it was read";
    CHECK(read_while([&] { std::fstream{path, std::ios::in | std::ios::out} << "{\"cpu\":5"; }) == changed);
    CHECK(read_while([&] { CHECK(::link(path.c_str(), (place / "again").c_str()) == 0); }) == changed);
}

// ---- names ---------------------------------------------------------------------------------------------------------

TEST_CASE("names that lead elsewhere are refused before anything is opened; names that only look so are read") {
    const test::TemporaryDirectory place;
    REQUIRE(::mkdir((place / "sub").c_str(), 0700) == 0);
    test::put(place / "job.json", good_job);
    const std::string nul{"job.json\0.txt", 13};
    const std::string part = "a part that is empty, \".\" or \"..\"";
    const std::pair<std::string, std::string> rows[] = {
        {"", "an empty name"},
        {nul, "a name with a NUL byte"},
        {place / "job.json", "an absolute path"},
        {"/", "an absolute path"},
        {".", part}, {"..", part}, {"./job.json", part}, {"../etc/passwd", part}, {"sub/../job.json", part}, {"sub/..", part},
        {"sub/.", part}, {"sub//job.json", part}, {"job.json/", part}, {"sub/../../job.json", part},
    };
    for (const Opening opening : {Opening::kernel, Opening::walk}) {
        const notch::Directory directory = test::open_directory(place.path(), opening);
        for (const auto& row : rows) {  // clang 14 captures no structured binding
            const auto& name = row.first;
            const auto& found = row.second;
            CAPTURE(name);
            const notch::Error error = test::refusal_of([&, &asked = name] { return notch::read_text(directory, asked); });
            check_refused(error, found);
            CHECK(error.expected == "a name beneath the directory");
        }
    }
    for (const char* name : {"...", "..a", "a..", ".hidden", " ", "\\", "-", "sub/..json", "sub/\n"}) {
        CAPTURE(name);
        test::put(place / name, good_job);
        CHECK(test::Asked{place.path()}.accepted(name) == good_job);
    }
    CHECK(test::Asked{place.path()}.refused("job.json/x").found == "something else in a directory's place");
    CHECK(test::Asked{place.path()}.refused(std::string(300, 'x')).os_error == ENAMETOOLONG);
}

TEST_CASE("paths that name no file are refused") {
    const test::TemporaryDirectory place;
    test::put(place / "job.json", good_job);
    const auto found = [&](const std::string& path) {
        const notch::Error error = test::refusal_of([&] { return notch::read_text(path); });
        CHECK(error.code == ErrorCode::refused);
        return error.found;
    };
    CHECK(found("") == "an empty path");
    CHECK(found("/") == "the path of a directory");
    CHECK(found("..") == "the path of a directory");
    CHECK(found(place / "job.json/") == "the path of a directory");
    CHECK(found(place / "job.json/.") == "the path of a directory");
    CHECK(found((place / "job.json") + std::string{"\0x", 2}) == "a path with a NUL byte");
    CHECK(notch::read_text(place / "./job.json"));
    REQUIRE(::chdir(place.path().c_str()) == 0);
    CHECK(notch::read_text("job.json"));
    REQUIRE(::chdir("/") == 0);
}

TEST_CASE("a message shows a hostile name without its control characters") {
    const test::TemporaryDirectory place;
    const notch::Error error = test::Asked{place.path()}.refused("a\x1b[31m\nb\x7f\u00e9");
    CHECK(error.place == place.path() + "/a\\x1b[31m\\x0ab\\x7f\u00e9");

    // Nor those beyond ASCII: the 8-bit CSI, what turns the direction of text, and bytes that are no UTF-8.
    const notch::Error beyond = test::Asked{place.path()}.refused("a\xc2\x9b" "31m\xe2\x80\xae\xff\xe2\x82\xc2\xa0");
    CHECK(beyond.place == place.path() + "/a\\xc2\\x9b31m\\xe2\\x80\\xae\\xff\\xe2\\x82\u00a0");
}

// ---- permission, leases, failing calls ----------------------------------------------------------------------------

TEST_CASE("a file without permission is an error, and the others are read") {
    const test::TemporaryDirectory place;
    REQUIRE(::chmod(place.path().c_str(), 0755) == 0);
    REQUIRE(::mkdir((place / "closed").c_str(), 0700) == 0);
    for (const char* name : {"secret.json", "job.json", "closed/job.json"}) test::put(place / name, good_job);
    REQUIRE(::chmod((place / "secret.json").c_str(), 0) == 0);
    REQUIRE(::chmod((place / "job.json").c_str(), 0644) == 0);
    REQUIRE(::chmod((place / "closed").c_str(), 0) == 0);
    const int status = test::exit_status_of([&] {
        if (!test::become_nobody()) return 10;
        for (const Opening opening : {Opening::kernel, Opening::walk}) {
            const auto directory = notch::Directory::open(place.path(), opening);
            for (const char* name : {"secret.json", "closed/job.json"}) {
                const auto text = notch::read_text(*directory, name);
                if (text || text.error().code != ErrorCode::open_failed || text.error().os_error != EACCES) return 1;
            }
            if (!notch::read_text(*directory, "job.json")) return 2;
        }
        return 0;
    });
    CHECK(status == 0);
    REQUIRE(::chmod((place / "closed").c_str(), 0700) == 0);
}

TEST_CASE("a lease that another process has on the file does not hold the reader up") {
    const test::TemporaryDirectory place;
    test::put(place / "job.json", good_job);
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const ::pid_t holder = ::fork();
    REQUIRE(holder >= 0);
    if (holder == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::signal(SIGIO, SIG_IGN);  // how the kernel asks for the lease back
        const int descriptor = ::open((place / "job.json").c_str(), O_RDWR);
        const char answer = ::fcntl(descriptor, F_SETLEASE, F_WRLCK) == 0 ? 'y' : 'n';
        if (::write(ready[1], &answer, 1) == 1)
            for (;;) ::pause();
        ::_exit(1);
    }
    char answer = 0;
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    REQUIRE(answer == 'y');
    const notch::Error error = test::Asked{place.path()}.refused("job.json");
    CHECK(error.code == ErrorCode::open_failed);
    CHECK(error.os_error == EAGAIN);
    REQUIRE(::kill(holder, SIGKILL) == 0);
    REQUIRE(::waitpid(holder, nullptr, 0) == holder);
    CHECK(test::Asked{place.path()}.accepted("job.json") == good_job);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("where openat2 is refused, by whatever error, the walk is taken, and remembered") {
    const test::TemporaryDirectory place;
    REQUIRE(::mkdir((place / "sub").c_str(), 0700) == 0);
    test::put(place / "sub/job.json", good_job);
    link_to("sub", place / "link");
    for (const int number : {ENOSYS, EPERM, EINVAL, EACCES, E2BIG, EOPNOTSUPP}) {
        CAPTURE(number);
        const notch::Directory directory = test::open_directory(place.path());
        const auto refuse = [=](int, ::pid_t) { return number; };
        CHECK(test::with_watched_calls({SYS_openat2}, refuse, [&] {
                  CHECK(notch::read_file<Job>(directory, "sub/job.json"));
                  CHECK(notch::read_file<Job>(directory, "sub/job.json"));
                  CHECK(notch::read_text(directory, "link/job.json").error().found == "a symbolic link");
                  const auto sub = directory.open_directory("sub");  // inherits what is known
                  REQUIRE(sub);
                  CHECK(notch::read_file<Job>(*sub, "job.json"));
              }) == 1);
    }
    // A file that may not be opened says nothing about openat2.
    const notch::Directory directory = test::open_directory(place.path());
    const auto go_on = [](int, ::pid_t) { return 0; };
    CHECK(test::with_watched_calls({SYS_openat2}, go_on, [&] {
              CHECK(notch::read_file<Job>(directory, "sub/job.json"));
              CHECK_FALSE(notch::read_text(directory, "none"));
              CHECK(notch::read_file<Job>(directory, "sub/job.json"));
          }) == 3);
}

TEST_CASE("an opening that has to be tried again is, but not for ever") {
    const test::TemporaryDirectory place;
    test::put(place / "job.json", good_job);
    for (const int number : {EAGAIN, EINTR}) {
        CAPTURE(number);
        for (const Opening opening : {Opening::kernel, Opening::walk}) {
            const notch::Directory directory = test::open_directory(place.path(), opening);
            const std::vector<int> call{opening == Opening::kernel ? SYS_openat2 : SYS_openat};
            const auto fail_always = [=](int, ::pid_t) { return number; };
            CHECK(test::with_watched_calls(call, fail_always, [&] {
                      CHECK(notch::read_text(directory, "job.json").error().os_error == number);
                  }) == 32);
            int left = 5;
            const auto fail_first = [&](int, ::pid_t) { return left-- > 0 ? number : 0; };
            CHECK(test::with_watched_calls(call, fail_first, [&] { CHECK(notch::read_text(directory, "job.json")); }) == 6);
        }
    }
}

TEST_CASE("every call of reading may fail: an error each time, and EINTR is none") {
    const test::TemporaryDirectory place;
    test::put(place / "job.json", good_job);
    const notch::Directory directory = test::open_directory(place.path());
    std::vector<int> calls{SYS_read, SYS_newfstatat};
#if defined(SYS_fstat)
    calls.push_back(SYS_fstat);
#endif
    constexpr std::size_t count = 3;  // status, read, status
    for (std::size_t failing = 0; failing <= count; ++failing) {
        CAPTURE(failing);
        std::size_t index = 0;
        const auto fail_one = [&](int, ::pid_t) { return index++ == failing ? EIO : 0; };
        CHECK(test::with_watched_calls(calls, fail_one, [&] {
                  const auto text = notch::read_text(directory, "job.json");
                  CHECK(text.has_value() == (failing == count));
                  if (!text) CHECK(text.error().code == ErrorCode::read_failed);
                  if (!text) CHECK(text.error().os_error == EIO);
              }) == (failing == count ? count : failing + 1));
    }
    int left = 3;
    const auto interrupt = [&](int, ::pid_t) { return left-- > 0 ? EINTR : 0; };
    CHECK(test::with_watched_calls({SYS_read}, interrupt, [&] { CHECK(notch::read_text(directory, "job.json")); }) == 4);
}
