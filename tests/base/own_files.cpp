// SPDX-License-Identifier: MIT
// Files and directories of one's own: what is made replaces nothing, what is locked is locked, and nothing stays open.
#include "notch.hpp"

#include "../support/temporary.hpp"
#include "../support/watches.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#if NOTCH_TEST_WATCHES
#include "../support/system_calls.hpp"

TEST_CASE("a lock that is only asked for is had also when a signal interrupts that") {
    const test::TemporaryDirectory directory;
    const int file = ::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    int calls = 0;
    bool locked = false;
    test::with_watched_calls({SYS_flock}, [&](int, ::pid_t) { return ++calls == 1 ? EINTR : 0; }, [&] { locked = notch::detail::try_lock(file); });
    CHECK(locked);
    CHECK(calls == 2);
    ::close(file);
}
#endif

namespace {

[[maybe_unused]] std::size_t open_descriptors() {  // not on every processor
    std::size_t out = 0;
    for (int i = 0; i < 256; ++i) out += ::fcntl(i, F_GETFD) >= 0 ? 1U : 0U;
    return out;
}

}  // namespace

TEST_CASE("a file that is made replaces nothing that has its name, be it a link to nowhere") {
    const test::TemporaryDirectory place;
    const notch::detail::Opened directory = notch::detail::open_own_directory(place.path().c_str());
    REQUIRE(directory.error == 0);
    const int at = directory.file.descriptor();
    std::ofstream{place / "there"} << "kept";
    REQUIRE(::symlink("nowhere", (place / "link").c_str()) == 0);
    CHECK(notch::detail::make_file(at, "there", 0600).error == EEXIST);
    CHECK(notch::detail::make_file(at, "link", 0600).error == EEXIST);
    CHECK(test::contents(place / "there") == "kept");
    CHECK(::access((place / "nowhere").c_str(), F_OK) != 0);
    CHECK(notch::detail::make_file(at, "new", 0600).error == 0);
}

// On ext4 an emulated program of 32 bits cannot list a directory: the kernel gives it places of 64 bits.
#if !defined(NOTCH_TEST_EMULATED) || UINTPTR_MAX > 0xFFFFFFFF
TEST_CASE("the names of a directory may be read again, and nothing stays open") {
    const test::TemporaryDirectory place;
    std::ofstream{place / "one"} << "1";
    const std::size_t before = open_descriptors();
    {
        const notch::detail::Opened directory = notch::detail::open_own_directory(place.path().c_str());
        REQUIRE(directory.error == 0);
        notch::detail::NameStream names;
        for (int times = 0; times < 3; ++times) {
            REQUIRE(names.open(directory.file.descriptor()) == 0);
            CHECK(open_descriptors() == before + 2);
            int error = -1;
            const char* const name = names.next(error);
            REQUIRE(name != nullptr);
            CHECK(std::string{name} == "one");
            CHECK(names.next(error) == nullptr);
            CHECK(error == 0);
        }
    }
    CHECK(open_descriptors() == before);
}
#endif

TEST_CASE("of two descriptors one has the lock") {
    const test::TemporaryDirectory place;
    const notch::detail::Opened directory = notch::detail::open_own_directory(place.path().c_str());
    REQUIRE(directory.error == 0);
    notch::detail::Opened one = notch::detail::open_lock_file(directory.file.descriptor(), "lock");
    const notch::detail::Opened two = notch::detail::open_lock_file(directory.file.descriptor(), "lock");
    REQUIRE(one.error == 0);
    REQUIRE(two.error == 0);
    CHECK(notch::detail::try_lock(one.file.descriptor()));
    CHECK_FALSE(notch::detail::try_lock(two.file.descriptor()));
    CHECK(notch::detail::lock_exclusively(two.file.descriptor(), 0) == EWOULDBLOCK);
    one.file.reset();
    CHECK(notch::detail::try_lock(two.file.descriptor()));
}
