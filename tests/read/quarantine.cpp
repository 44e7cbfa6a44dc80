// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/reading.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using notch::ErrorCode;
using notch::Quarantine;
using notch::QuarantineOptions;

constexpr std::int64_t start_time = 1'795'190'400'123'456;
std::atomic<std::int64_t> time_now{start_time};
std::int64_t test_clock() { return time_now; }

QuarantineOptions options_for(const std::string& path) { return {.path = path, .clock = test_clock}; }

Quarantine open_quarantine(const QuarantineOptions& options) {
    time_now = start_time;
    auto out = Quarantine::open(options);
    REQUIRE(out);
    return std::move(*out);
}

notch::Error some_error() { return notch::validate_json("[1,").error(); }

std::string keep(Quarantine& quarantine, std::string_view bytes, std::string_view source = "runner/job.json") {
    auto kept = quarantine.keep(source, bytes, some_error());
    if (!kept) MESSAGE(kept.error().message());
    REQUIRE(kept);
    return *kept;
}

mode_t mode_of(const std::string& path) {
    struct ::stat info {};
    REQUIRE(::lstat(path.c_str(), &info) == 0);
    return info.st_mode & 07777U;
}

/// Everything in a directory but the lock: name and bytes.
std::map<std::string, std::string> files_in(const std::string& path) {
    std::map<std::string, std::string> out;
    ::DIR* const directory = ::opendir(path.c_str());
    REQUIRE(directory != nullptr);
    while (const ::dirent* entry = ::readdir(directory)) {
        const std::string name = entry->d_name;
        if (name != "." && name != ".." && name != ".lock") out[name] = test::contents(path + "/" + name);
    }
    ::closedir(directory);
    return out;
}

/// What holds at any moment, whoever was killed: each file is whole, as its name tells, and has a reason that can be read. Drafts, and
/// reasons alone, may be there only when `leftovers` are allowed. Returns how many files there are.
std::size_t check_whole(const std::string& path, bool leftovers) {
    const auto files = files_in(path);
    std::size_t count = 0;
    for (const auto& file : files) {  // clang 14 captures no structured binding
        const auto& name = file.first;
        const auto& bytes = file.second;
        CAPTURE(name);
        if (notch::detail::is_kept_name(name)) {
            ++count;
            const auto counter = static_cast<std::uint32_t>(std::stoul(name.substr(20, 6)));
            CHECK(name == notch::detail::kept_name(notch::detail::time_of(name), counter, notch::detail::hash_text(bytes)));
            REQUIRE(files.count(name + ".json") == 1);
            const auto reason = notch::from_json<notch::QuarantineReason>(files.at(name + ".json"));
            REQUIRE(reason);
            CHECK(reason->kept == bytes.size());
        } else if (notch::detail::is_reason_name(name)) {
            CHECK((leftovers || files.count(std::string{notch::detail::without_suffix(name, ".json")}) == 1));
        } else {
            CHECK(leftovers);
            CHECK(notch::detail::is_draft_name(name));
        }
    }
    return count;
}

}  // namespace

TEST_CASE("bytes are kept under a name of our own, with the reason beside them") {
    const test::TemporaryDirectory place;
    Quarantine quarantine = open_quarantine(options_for(place / "kept"));
    const std::string bytes{"\0[1,\n", 5};
    const std::string name = keep(quarantine, bytes, "../../etc/pass\nwd\xff");
    CHECK(name == "0001795190400123456-000000-aeb295e37028d901");
    const auto files = files_in(place / "kept");
    CHECK(files.size() == 2);
    CHECK(files.at(name) == bytes);
    CHECK(files.at(name + ".json") ==
          R"({"time":"2026-11-20T16:00:00.123456Z","source":"../../etc/pass\nwd)" "\ufffd"
          R"(","error":"line 1, column 4, /1: expected a value, found the end of the text","bytes":5,"kept":5,"truncated":false})" "\n");

    const auto reason = notch::read_file<notch::QuarantineReason>(test::open_directory(place / "kept"), name + ".json");
    REQUIRE(reason);
    CHECK(reason->error == some_error().message());
    const auto text = notch::read_text(test::open_directory(place / "kept"), name + ".json");
    REQUIRE(text);
    CHECK(*text == notch::to_json(*reason) + '\n');
    CHECK(check_whole(place / "kept", false) == 1);
}

TEST_CASE("files have mode 0600 in a directory of mode 0700, whatever the umask") {
    const test::TemporaryDirectory place;
    for (const mode_t mask : {mode_t{0}, mode_t{0077}, mode_t{0277}}) {
        CAPTURE(mask);
        const std::string path = place / std::to_string(mask);
        const mode_t before = ::umask(mask);
        auto quarantine = Quarantine::open(options_for(path));
        REQUIRE(quarantine);
        const std::string name = keep(*quarantine, "bytes");
        ::umask(before);
        CHECK(mode_of(path) == 0700);
        CHECK(mode_of(path + "/" + name) == 0600);
        CHECK(mode_of(path + "/" + name + ".json") == 0600);
    }
}

TEST_CASE("a directory that others may enter is taken only while it is empty; a link, a file and another's never") {
    const test::TemporaryDirectory place;
    const auto refused = [](const std::string& path) {
        const auto out = Quarantine::open(options_for(path));
        REQUIRE_FALSE(out);
        CHECK(out.error().code == ErrorCode::refused);
        return out.error().found;
    };
    REQUIRE(::mkdir((place / "open").c_str(), 0755) == 0);
    REQUIRE(::chmod((place / "open").c_str(), 0755) == 0);
    test::put(place / "open/file", "somebody's");
    CHECK(refused(place / "open") == "others' permissions on its files");
    CHECK(mode_of(place / "open") == 0755);
    CHECK(files_in(place / "open").size() == 1);
    REQUIRE(::unlink((place / "open/file").c_str()) == 0);
    CHECK(Quarantine::open(options_for(place / "open")));
    CHECK(mode_of(place / "open") == 0700);
    CHECK(Quarantine::open(options_for(place / "open")));  // and again, now that it is private and in use
    for (const mode_t mode : {mode_t{0750}, mode_t{0710}, mode_t{0701}}) {
        REQUIRE(::chmod((place / "open").c_str(), mode) == 0);
        CHECK(refused(place / "open") == "others' permissions on its files");
    }
    REQUIRE(::chmod((place / "open").c_str(), 0700) == 0);

    REQUIRE(::symlink("open", (place / "link").c_str()) == 0);
    CHECK(refused(place / "link") == "a symbolic link");
    test::put(place / "file", "");
    CHECK(refused(place / "file") == "something else in a directory's place");
    CHECK(refused("") == "an empty path");
    CHECK(refused(place / std::string{"a\0b", 3}) == "a path with a NUL byte");
    const auto missing = Quarantine::open(options_for(place / "none/kept"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::open_failed);
    if (::geteuid() == 0) {
        REQUIRE(::mkdir((place / "other").c_str(), 0700) == 0);
        REQUIRE(::chown((place / "other").c_str(), 65534, 65534) == 0);
        CHECK(refused(place / "other") == "one of user 65534");
    }
}

TEST_CASE("nothing is ever replaced: the same time and the same bytes get another name") {
    const test::TemporaryDirectory place;
    std::vector<std::string> names;
    for (int i = 0; i < 3; ++i) {
        Quarantine quarantine = open_quarantine(options_for(place / "kept"));  // counts from 0 again
        for (int j = 0; j < 3; ++j) names.push_back(keep(quarantine, "bytes"));
    }
    for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i].substr(19, 8) == "-00000" + std::to_string(i) + "-");
    CHECK(check_whole(place / "kept", false) == 9);

    // Also where only the reason's name is taken, or the file's by something that is no file.
    const std::string taken = names[0].substr(0, 19) + "-000009" + names[0].substr(26);
    REQUIRE(::symlink("/nowhere", (place / "kept/" + taken).c_str()) == 0);
    Quarantine quarantine = open_quarantine(options_for(place / "kept"));
    CHECK(keep(quarantine, "bytes").substr(19, 8) == "-000010-");
    struct ::stat info {};
    CHECK(::lstat((place / "kept/" + taken).c_str(), &info) == 0);
}

TEST_CASE("the oldest go when there are too many, too large together, or too old") {
    const test::TemporaryDirectory place;
    const std::string path = place / "kept";
    const auto kept = [&] {
        std::vector<std::string> out;
        for (const auto& [name, bytes] : files_in(path))
            if (notch::detail::is_kept_name(name)) out.push_back(bytes);
        return out;
    };
    using Texts = std::vector<std::string>;
    SUBCASE("too many") {
        QuarantineOptions options = options_for(path);
        options.max_files = 3;
        Quarantine quarantine = open_quarantine(options);
        for (const char* bytes : {"a", "b", "c", "d", "e"}) {
            keep(quarantine, bytes);
            ++time_now;
        }
        CHECK(kept() == Texts{"c", "d", "e"});
        options.max_files = 1;
        CHECK(Quarantine::open(options));
        CHECK(kept() == Texts{"e"});
    }
    SUBCASE("too large together") {
        QuarantineOptions options = options_for(path);
        options.max_bytes = 100'000;
        Quarantine quarantine = open_quarantine(options);
        std::uint64_t most = 0;
        for (const char c : std::string{"abcdef"}) {
            keep(quarantine, std::string(30'000, c));
            ++time_now;
            std::uint64_t sum = 0;
            for (const auto& [name, bytes] : files_in(path)) sum += bytes.size();
            most = sum > most ? sum : most;
            CHECK(kept().size() == (c < 'd' ? static_cast<std::size_t>(c - 'a') + 1 : 3));
        }
        CHECK(most <= 100'000);
        CHECK(kept() == Texts{std::string(30'000, 'd'), std::string(30'000, 'e'), std::string(30'000, 'f')});
    }
    SUBCASE("exactly as large as is allowed, with the reasons, and one byte less") {
        QuarantineOptions options = options_for(path);
        std::uint64_t size = 0;
        {
            Quarantine quarantine = open_quarantine(options);
            const std::string name = keep(quarantine, "aaaa");
            size = 4 + files_in(path).at(name + ".json").size();
        }
        options.max_bytes = 2 * size;
        Quarantine fits = open_quarantine(options);
        ++time_now;
        keep(fits, "bbbb");
        CHECK(kept() == Texts{"aaaa", "bbbb"});
        --options.max_bytes;
        Quarantine tight = open_quarantine(options);
        CHECK(kept() == Texts{"bbbb"});
        time_now += 2;
        keep(tight, "cccc");
        CHECK(kept() == Texts{"cccc"});
        options.max_bytes = size;
        Quarantine single = open_quarantine(options);
        time_now += 3;
        keep(single, "dddd");
        CHECK(kept() == Texts{"dddd"});  // not cut
    }
    SUBCASE("one whose reason is gone, or that goes away itself meanwhile") {
        QuarantineOptions options = options_for(path);
        options.max_files = 1;
        Quarantine quarantine = open_quarantine(options);
        const std::string a = keep(quarantine, "a");
        REQUIRE(::unlink((path + "/" + a + ".json").c_str()) == 0);
        ++time_now;
        const std::string b = keep(quarantine, "b");
        CHECK(kept() == Texts{"b"});
        ++time_now;
        std::size_t calls = 0;
        const auto remove_first = [&](int, ::pid_t) {
            if (calls++ == 0) CHECK(::unlink((path + "/" + b).c_str()) == 0);
            return 0;
        };
        test::with_watched_calls({SYS_unlinkat}, remove_first, [&] { keep(quarantine, "c"); });
        CHECK(kept() == Texts{"c"});
        CHECK(files_in(path).count(b + ".json") == 0);
    }
    SUBCASE("too old") {
        QuarantineOptions options = options_for(path);
        options.max_age = std::chrono::seconds{60};
        Quarantine quarantine = open_quarantine(options);
        keep(quarantine, "a");
        time_now += 1'000'000;
        keep(quarantine, "b");
        time_now = start_time + 60'999'999;
        keep(quarantine, "c");
        CHECK(kept() == Texts{"a", "b", "c"});
        time_now = start_time + 61'000'000;
        keep(quarantine, "d");
        CHECK(kept() == Texts{"b", "c", "d"});
        time_now = start_time - 1'000'000'000;  // a clock set back ages nothing
        keep(quarantine, "e");
        CHECK(kept() == Texts{"e", "b", "c", "d"});
    }
    CHECK(check_whole(path, false) == kept().size());
}

TEST_CASE("files that are not the quarantine's own are neither counted nor removed") {
    const test::TemporaryDirectory place;
    QuarantineOptions options = options_for(place / "kept");
    options.max_files = 1;
    Quarantine quarantine = open_quarantine(options);
    const char* const foreign[] = {"notes.txt",
                                   "x.json",
                                   ".new-notes",
                                   "0001795190400123456-000000-e71fa2190541574",
                                   "0001795190400123456-000000-e71fa2190541574b0",
                                   "0001795190400123456-000000-e71fa2190541574g",
                                   "0001795190400123456-000000-E71FA2190541574B",
                                   "a001795190400123456-000000-e71fa2190541574b",
                                   "0001795190400123456_000000_e71fa2190541574b"};
    for (const char* name : foreign) test::put(place / "kept/" + name, std::string(1000, 'x'));
    for (const char* bytes : {"a", "b"}) keep(quarantine, bytes);
    const auto files = files_in(place / "kept");
    for (const char* name : foreign) CHECK(files.count(name) == 1);
    CHECK(files.size() == std::size(foreign) + 2);
}

TEST_CASE("what is too long is cut, and the reason says so") {
    const test::TemporaryDirectory place;
    QuarantineOptions options = options_for(place / "kept");
    options.max_bytes_each = 10;
    Quarantine quarantine = open_quarantine(options);
    const auto reason_of = [&](const std::string& name) {
        const auto out = notch::read_file<notch::QuarantineReason>(place / "kept/" + name + ".json");
        REQUIRE(out);
        return *out;
    };
    const std::string name = keep(quarantine, "0123456789abc");
    CHECK(test::contents(place / "kept/" + name) == "0123456789");
    CHECK(reason_of(name).bytes == 13);
    CHECK(reason_of(name).kept == 10);
    CHECK(reason_of(name).truncated);
    CHECK_FALSE(reason_of(keep(quarantine, "0123456789")).truncated);

    const auto part = quarantine.keep("large", "0123", some_error(), 1'000'000);  // only the start was read
    REQUIRE(part);
    CHECK(reason_of(*part).bytes == 1'000'000);
    CHECK(reason_of(*part).kept == 4);
    CHECK(reason_of(*part).truncated);

    notch::Error error = some_error();
    error.found = std::string(10'000, 'x');
    const auto verbose = quarantine.keep(std::string(10'000, 'n'), "", error);
    REQUIRE(verbose);
    CHECK(reason_of(*verbose).source == std::string(4096, 'n'));
    CHECK(reason_of(*verbose).error.size() == 4096);
    CHECK(check_whole(place / "kept", false) == 4);
}

TEST_CASE("caps without room for one file are an error; with little room the bytes are cut to it") {
    const test::TemporaryDirectory place;
    for (const bool files : {true, false}) {
        QuarantineOptions options = options_for(place / "kept");
        if (files) options.max_files = 0;
        else options.max_bytes = 100;
        Quarantine quarantine = open_quarantine(options);
        const auto kept = quarantine.keep("job.json", "bytes", some_error());
        REQUIRE_FALSE(kept);
        CHECK(kept.error().code == ErrorCode::limit);
        CHECK(files_in(place / "kept").empty());
    }
    QuarantineOptions options = options_for(place / "kept");
    options.max_bytes = 250;
    Quarantine quarantine = open_quarantine(options);
    const std::string name = keep(quarantine, std::string(1000, 'x'));
    const auto files = files_in(place / "kept");
    CHECK(files.at(name).size() + files.at(name + ".json").size() <= 250);
    CHECK_FALSE(files.at(name).empty());
    CHECK(check_whole(place / "kept", false) == 1);
}

TEST_CASE("a quarantine on another file system than the source") {
    struct ::stat one {};
    struct ::stat other {};
    const test::TemporaryDirectory place;
    std::string path = "/dev/shm/notch-test-XXXXXX";
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    REQUIRE(::stat(place.path().c_str(), &one) == 0);
    REQUIRE(::stat(path.c_str(), &other) == 0);
    if (one.st_dev == other.st_dev) MESSAGE("both are on one file system here");
    test::put(place / "job.json", "{\"cpu\":");
    const notch::Directory directory = test::open_directory(place.path());
    const auto text = notch::read_text(directory, "job.json");
    REQUIRE(text);
    Quarantine quarantine = open_quarantine(options_for(path + "/kept"));
    const std::string name = keep(quarantine, *text);
    CHECK(test::contents(path + "/kept/" + name) == "{\"cpu\":");
    for (const std::string& file : {std::string{".lock"}, name, name + ".json"}) ::unlink((path + "/kept/" + file).c_str());
    ::rmdir((path + "/kept").c_str());
    CHECK(::rmdir(path.c_str()) == 0);
}

// ---- faults --------------------------------------------------------------------------------------------------------

namespace {

/// Every call by which a quarantine changes or asks something on the disk.
const std::vector<int> disk_calls{SYS_openat, SYS_write, SYS_fsync, SYS_linkat, SYS_unlinkat, SYS_fchmod, SYS_getdents64, SYS_flock};

}  // namespace

TEST_CASE("every call of keeping may fail: an error that leaves nothing of it, or it is kept") {
    const test::TemporaryDirectory place;
    const std::string path = place / "kept";
    QuarantineOptions options = options_for(path);
    options.max_files = 2;
    Quarantine quarantine = open_quarantine(options);
    for (const char* bytes : {"a", "b"}) {
        keep(quarantine, bytes);
        ++time_now;
    }
    std::size_t failures = 0;
    for (std::size_t failing = 0;; ++failing) {
        CAPTURE(failing);
        std::size_t index = 0;
        int failed_call = 0;
        const auto fail_one = [&](int call, ::pid_t) {
            if (index++ != failing) return 0;
            failed_call = call;
            return ENOSPC;
        };
        const std::string bytes = "new " + std::to_string(failing);
        bool kept = false;
        const std::size_t count = test::with_watched_calls(disk_calls, fail_one, [&] {
            const auto result = quarantine.keep("job.json", bytes, some_error());
            kept = result.has_value();
            if (!kept) CHECK(result.error().os_error == ENOSPC);
        });
        ++time_now;
        failures += kept ? 0U : 1U;
        if (count <= failing) {
            CHECK(kept);
            break;
        }
        const bool cannot_remove = failed_call == SYS_unlinkat;  // then a draft may stay, until the next time
        check_whole(path, cannot_remove);
        std::size_t found = 0;
        for (const auto& [name, content] : files_in(path)) found += content == bytes ? 1U : 0U;
        if (!cannot_remove) CHECK(found == (kept ? 1U : 0U));
        keep(quarantine, "between " + std::to_string(failing));
        ++time_now;
        CHECK(check_whole(path, false) <= 2);
    }
    CHECK(failures > 10);
}

TEST_CASE("what cannot be listed when it is opened is an error, and a clock before 1970 is none") {
    const test::TemporaryDirectory place;
    REQUIRE(Quarantine::open(options_for(place / "kept")));
    test::with_refused_calls({SYS_getdents64}, EIO, [&] {
        const auto out = Quarantine::open(options_for(place / "kept"));
        REQUIRE_FALSE(out);
        CHECK(out.error().code == ErrorCode::read_failed);
        CHECK(out.error().os_error == EIO);
    });
    Quarantine quarantine = open_quarantine(options_for(place / "kept"));
    time_now = -5;
    CHECK(keep(quarantine, "bytes").starts_with("0000000000000000000-000000-"));
    CHECK(check_whole(place / "kept", false) == 1);
}

TEST_CASE("a directory that was made is on the disk before anything is in it; one that was there is left alone") {
    const test::TemporaryDirectory place;
    const auto syncs = [&] {
        const auto go_on = [](int, ::pid_t) { return 0; };
        return test::with_watched_calls({SYS_fsync}, go_on, [&] { CHECK(Quarantine::open(options_for(place / "kept"))); });
    };
    CHECK(syncs() == 1);
    CHECK(syncs() == 0);
}

TEST_CASE("a file is on the disk before it appears, and its reason appears first") {
    const test::TemporaryDirectory place;
    Quarantine quarantine = open_quarantine(options_for(place / "kept"));
    std::vector<int> calls;
    const auto note = [&](int call, ::pid_t) {
        calls.push_back(call);
        return 0;
    };
    test::with_watched_calls({SYS_write, SYS_fsync, SYS_linkat}, note, [&] { keep(quarantine, "bytes"); });
    CHECK(calls == std::vector<int>{SYS_write, SYS_fsync, SYS_write, SYS_fsync, SYS_linkat, SYS_linkat, SYS_fsync});
}

TEST_CASE("a draft is made only where nothing is, be it a link to nowhere") {
    const test::TemporaryDirectory place;
    const int directory = ::open(place.path().c_str(), O_RDONLY | O_DIRECTORY);
    test::put(place / "file", "");
    REQUIRE(::symlink("elsewhere", (place / "link").c_str()) == 0);
    for (const char* name : {"file", "link"}) CHECK(notch::detail::make_file(directory, name, 0600).error == EEXIST);
    CHECK(notch::detail::make_file(directory, "new", 0600).error == 0);
    CHECK(files_in(place.path()).count("elsewhere") == 0);
    ::close(directory);
}

TEST_CASE("a process killed at any call of keeping leaves whole files, and the next one cleans up") {
    const test::TemporaryDirectory place;
    const std::string path = place / "kept";
    QuarantineOptions options = options_for(path);
    options.max_files = 3;
    std::size_t kills = 0;
    bool finished = false;
    for (std::size_t last = 0; !finished; ++last) {
        CAPTURE(last);
        std::size_t index = 0;
        const auto kill_at = [&](int, ::pid_t caller) {
            if (index++ == last) ::kill(caller, SIGKILL);
            return 0;
        };
        test::with_watched_calls(disk_calls, kill_at, [&] {
            finished = test::exit_status_of([&] {
                           auto quarantine = Quarantine::open(options);
                           return quarantine && quarantine->keep("job.json", "kept", some_error()) ? 0 : 1;
                       }) == 0;
        });
        kills += finished ? 0U : 1U;
        ++time_now;
        check_whole(path, true);
        REQUIRE(Quarantine::open(options));
        CHECK(check_whole(path, false) <= 3);
    }
    CHECK(kills > 15);
    CHECK(check_whole(path, false) == 3);
}

TEST_CASE("several quarantines share a directory: every file is kept once and whole, the caps hold") {
    const test::TemporaryDirectory place;
    const std::string path = place / "kept";
    constexpr int each = 25;
    std::vector<::pid_t> children;
    for (int process = 0; process < 4; ++process) {
        children.push_back(::fork());
        REQUIRE(children.back() >= 0);
        if (children.back() != 0) continue;
        auto quarantine = Quarantine::open(options_for(path));  // all have the same time and count from 0
        if (!quarantine) ::_exit(1);
        for (int i = 0; i < each; ++i)
            if (!quarantine->keep("job.json", i % 2 == 0 ? "same" : std::to_string(process), some_error())) ::_exit(2);
        ::_exit(0);
    }
    for (const ::pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    CHECK(check_whole(path, false) == 4 * each);
}

TEST_CASE("a quarantine that is open and does nothing keeps nobody waiting") {
    const test::TemporaryDirectory place;
    const Quarantine idle = open_quarantine(options_for(place / "kept"));
    const int other = ::open((place / "kept/.lock").c_str(), O_RDWR);
    CHECK(::flock(other, LOCK_EX | LOCK_NB) == 0);
    ::close(other);
    Quarantine busy = open_quarantine(options_for(place / "kept"));
    keep(busy, "bytes");
}

TEST_CASE("a lock that is not given up is an error") {
    const test::TemporaryDirectory place;
    Quarantine quarantine = open_quarantine(options_for(place / "kept"));
    const auto busy = [](int, ::pid_t) { return EBADF; };
    test::with_watched_calls({SYS_flock}, busy, [&] {
        const auto kept = quarantine.keep("job.json", "bytes", some_error());
        REQUIRE_FALSE(kept);
        CHECK(kept.error().code == ErrorCode::failed);
        CHECK(kept.error().place == place / "kept/.lock");
    });
    CHECK(files_in(place / "kept").empty());
    keep(quarantine, "bytes");

    const int other = ::open((place / "kept/.lock").c_str(), O_RDWR);  // one that is given up is waited for
    REQUIRE(::flock(other, LOCK_EX) == 0);
    std::thread release{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        ::flock(other, LOCK_UN);
    }};
    keep(quarantine, "more bytes");
    release.join();
    ::close(other);
}
