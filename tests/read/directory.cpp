// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/reading.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using notch::Directory;
using notch::ErrorCode;
using notch::detail::Opening;

static_assert(std::is_nothrow_move_constructible_v<Directory> && std::is_nothrow_move_assignable_v<Directory>);
static_assert(!std::is_copy_constructible_v<Directory>);

void make_directory(const std::string& path) { REQUIRE(::mkdir(path.c_str(), 0700) == 0); }

std::string text_in(const Directory& directory, const std::string& name) {
    const auto out = notch::read_text(directory, name);
    return out ? *out : out.error().message();
}

std::multiset<std::string> names_in(const Directory& directory) {
    auto names = directory.names();
    REQUIRE(names);
    std::multiset<std::string> out;
    auto name = names->next();
    for (; name && !name->empty(); name = names->next()) out.emplace(*name);
    CHECK(name);
    return out;
}

}  // namespace

TEST_CASE("a directory is opened by a path whose last part is no link, unless a slash says so") {
    const test::TemporaryDirectory place;
    make_directory(place / "real");
    test::put(place / "real/file", "inside");
    REQUIRE(::symlink("real", (place / "link").c_str()) == 0);
    test::put(place / "file", "");
    for (const Opening opening : {Opening::kernel, Opening::walk}) {
        const auto refused = [&](const std::string& path) {
            return test::refusal_of([&] { return Directory::open(path, opening); });
        };
        CHECK(refused(place / "link").message() == place.path() + "/link: expected a directory, found a symbolic link");
        CHECK(refused(place / "link").code == ErrorCode::refused);
        CHECK(refused(place / "file").message() ==
              place.path() + "/file: expected a directory, found something else in a directory's place");
        CHECK(refused(place / "none").code == ErrorCode::open_failed);
        CHECK(refused(place / "none").os_error == ENOENT);
        CHECK(refused("").found == "an empty path");
        CHECK(refused((place / "real") + std::string{"\0/x", 3}).found == "a path with a NUL byte");

        for (const char* path : {"real", "real/", "link/", "link/.", "link/../real"}) {
            CAPTURE(path);
            const Directory directory = test::open_directory(place / path, opening);
            CHECK(text_in(directory, "file") == "inside");
            CHECK(directory.path() == place / path);
        }
    }
}

TEST_CASE("a handle stays on its directory, whatever is renamed") {
    const test::TemporaryDirectory place;
    make_directory(place / "real");
    make_directory(place / "other");
    test::put(place / "real/file", "inside");
    test::put(place / "other/file", "other");
    for (const Opening opening : {Opening::kernel, Opening::walk}) {
        const Directory directory = test::open_directory(place / "real", opening);
        REQUIRE(::rename((place / "real").c_str(), (place / "moved").c_str()) == 0);
        REQUIRE(::symlink("other", (place / "real").c_str()) == 0);
        CHECK(text_in(directory, "file") == "inside");
        CHECK(names_in(directory) == std::multiset<std::string>{"file"});
        REQUIRE(::unlink((place / "real").c_str()) == 0);
        REQUIRE(::rename((place / "moved").c_str(), (place / "real").c_str()) == 0);
    }
}

TEST_CASE("a handle can be moved") {
    const test::TemporaryDirectory place;
    for (const char* name : {"one", "two"}) {
        make_directory(place / name);
        test::put((place / name) + "/file", name);
    }
    Directory one = test::open_directory(place / "one");
    Directory moved{std::move(one)};
    CHECK(text_in(moved, "file") == "one");
    moved = test::open_directory(place / "two");
    CHECK(text_in(moved, "file") == "two");
    CHECK(moved.path() == place / "two");

    // What it knows of openat2 goes with it.
    const auto go_on = [](int, ::pid_t) { return 0; };
    for (const bool by_assignment : {false, true}) {
        Directory walks = test::open_directory(place / "one", Opening::walk);
        Directory other = test::open_directory(place / "two");
        if (by_assignment) other = std::move(walks);
        Directory taken{std::move(by_assignment ? other : walks)};
        CHECK(test::with_watched_calls({SYS_openat2}, go_on, [&] { CHECK(text_in(taken, "file") == "one"); }) == 0);
    }
    const Directory asks{test::open_directory(place / "one")};
    CHECK(test::with_watched_calls({SYS_openat2}, go_on, [&] { CHECK(text_in(asks, "file") == "one"); }) == 1);
}

TEST_CASE("a directory beneath is opened by the rules for names") {
    const test::TemporaryDirectory place;
    make_directory(place / "a");
    make_directory(place / "a/b");
    test::put(place / "a/b/file", "inside");
    test::put(place / "a/file", "");
    REQUIRE(::mkfifo((place / "a/fifo").c_str(), 0600) == 0);
    REQUIRE(::symlink("b", (place / "a/link").c_str()) == 0);
    REQUIRE(::symlink("/", (place / "a/root").c_str()) == 0);
    for (const Opening opening : {Opening::kernel, Opening::walk}) {
        const Directory directory = test::open_directory(place.path(), opening);
        const auto refused = [&](const char* name) {
            const notch::Error error = test::refusal_of([&] { return directory.open_directory(name); });
            CHECK(error.code == ErrorCode::refused);
            CHECK(error.place == place / name);
            return error.found;
        };
        CHECK(refused("a/link") == "a symbolic link");
        CHECK(refused("a/root/etc") == "a symbolic link");
        CHECK(refused("a/file") == "something else in a directory's place");
        CHECK(refused("a/fifo") == "something else in a directory's place");
        CHECK(refused("a/..") == "a part that is empty, \".\" or \"..\"");
        CHECK(refused("a/b/") == "a part that is empty, \".\" or \"..\"");
        CHECK(directory.open_directory("").error().found == "an empty name");
        CHECK(directory.open_directory("/tmp").error().found == "an absolute path");

        const auto sub = directory.open_directory("a/b");
        REQUIRE(sub);
        CHECK(sub->path() == place / "a/b");
        CHECK(test::open_directory(place.path() + "/", opening).open_directory("a")->path() == place / "a");
        CHECK(text_in(*sub, "file") == "inside");
        CHECK(text_in(*sub, "none").starts_with(place / "a/b/none"));
        CHECK(notch::read_text(*sub, "../file").error().code == ErrorCode::refused);
    }
}

TEST_CASE("the names of a directory are listed, all of them, once") {
    const test::TemporaryDirectory place;
    make_directory(place / "empty");
    CHECK(names_in(test::open_directory(place / "empty")).empty());
    make_directory(place / "full");
    make_directory(place / "full/directory");
    REQUIRE(::symlink("nowhere", (place / "full/link").c_str()) == 0);
    std::multiset<std::string> expected{"directory", "link"};
    for (int i = 0; i < 2'000; ++i) {
        const std::string name = "file-" + std::to_string(i);
        test::put((place / "full/") + name, "");
        expected.insert(name);
    }
    const Directory directory = test::open_directory(place / "full");
    CHECK(names_in(directory) == expected);
    CHECK(names_in(directory) == expected);  // a second time from the start
}

TEST_CASE("a listing that fails is an error, not the end of the names") {
    const test::TemporaryDirectory place;
    test::put(place / "file", "");
    const Directory directory = test::open_directory(place.path());
    auto names = directory.names();
    REQUIRE(names);
    test::with_refused_calls({SYS_getdents64}, EIO, [&] {
        const auto name = names->next();
        REQUIRE_FALSE(name);
        CHECK(name.error().code == ErrorCode::read_failed);
        CHECK(name.error().os_error == EIO);
        CHECK(name.error().place == place.path());
        CHECK(name.error().expected == "the names in a directory");
    });
    CHECK(names_in(directory).size() == 1);
}

TEST_CASE("a directory that may only be searched is read by name, and listing it is an error") {
    const test::TemporaryDirectory place;
    REQUIRE(::chmod(place.path().c_str(), 0755) == 0);
    make_directory(place / "search");
    test::put(place / "search/file", "inside");
    REQUIRE(::chmod((place / "search/file").c_str(), 0644) == 0);
    REQUIRE(::chmod((place / "search").c_str(), 0111) == 0);
    const int status = test::exit_status_of([&] {
        if (!test::become_nobody()) return 10;
        for (const Opening opening : {Opening::kernel, Opening::walk}) {
            const auto above = Directory::open(place.path(), opening);
            const auto directory = above->open_directory("search");
            if (!directory || text_in(*directory, "file") != "inside") return 1;
            if (text_in(*above, "search/file") != "inside") return 2;
            const auto names = directory->names();
            if (names || names.error().code != ErrorCode::open_failed || names.error().os_error != EACCES) return 3;
        }
        return 0;
    });
    CHECK(status == 0);
    REQUIRE(::chmod((place / "search").c_str(), 0700) == 0);
}

TEST_CASE("threads read through one handle") {
    const test::TemporaryDirectory place;
    test::put(place / "file", "inside");
    const Directory directory = test::open_directory(place.path());
    std::vector<std::thread> threads;
    std::vector<int> good(4, 0);
    for (int& count : good)
        threads.emplace_back([&directory, &count] {
            for (int i = 0; i < 200; ++i) count += notch::read_text(directory, "file").has_value() ? 1 : 0;
        });
    for (std::thread& thread : threads) thread.join();
    for (const int count : good) CHECK(count == 200);
}

TEST_CASE("reading leaves no descriptor open, whether it is refused or not") {
    const test::TemporaryDirectory place;
    make_directory(place / "a");
    test::put(place / "a/file", "inside");
    REQUIRE(::symlink("a", (place / "link").c_str()) == 0);
    REQUIRE(::mkfifo((place / "fifo").c_str(), 0600) == 0);
    const auto next_descriptor = [] {
        const int out = ::open("/dev/null", O_RDONLY);
        ::close(out);
        return out;
    };
    const int before = next_descriptor();
    for (const Opening opening : {Opening::kernel, Opening::walk}) {
        const Directory directory = test::open_directory(place.path(), opening);
        CHECK(text_in(directory, "a/file") == "inside");
        for (const char* name : {"link/file", "fifo", "a", "none", "a/none/x", "a/file/x"}) CHECK_FALSE(notch::read_text(directory, name));
        CHECK(names_in(directory).size() == 3);
        CHECK(directory.open_directory("a"));
        CHECK_FALSE(directory.open_directory("a/file"));
    }
    CHECK(next_descriptor() == before);
}
