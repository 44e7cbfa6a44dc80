// SPDX-License-Identifier: MIT
// Elsewhere there is nothing to test here: what reading and the quarantine do with Windows' calls. Not tested: reparse points of a
// file system, which wine, where this runs, has none of.
#if defined(_WIN32)
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

namespace {

using notch::ErrorCode;

struct Job {
    std::uint32_t cpu;
    std::string repository;
};

void put(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary} << bytes; }

std::wstring wide(const std::string& path) {
    const notch::detail::WideText text{path};
    return {text.text(), text.size()};
}

notch::Directory open_directory(const std::string& path) {
    auto out = notch::Directory::open(path);
    REQUIRE(out);
    return std::move(*out);
}

std::vector<std::string> names_in(const notch::Directory& directory) {
    auto names = directory.names();
    REQUIRE(names);
    std::vector<std::string> out;
    for (auto name = names->next(); name && !name->empty(); name = names->next()) out.emplace_back(*name);
    std::sort(out.begin(), out.end());
    return out;
}

notch::Error refusal_of(const notch::Result<std::string>& text) {
    REQUIRE_FALSE(text);
    return text.error();
}

}  // namespace

TEST_CASE("a file is read beneath a directory and by its path") {
    const test::TemporaryDirectory place;
    std::filesystem::create_directories(place / "a/b");
    put(place / "a/b/job.json", R"({"cpu":4,"repository":"canonical/notch"})");
    const notch::Directory directory = open_directory(place.path());
    for (const auto& job :
         {notch::read_file<Job>(directory, "a/b/job.json"), notch::read_file<Job>(place / "a/b/job.json"),
          notch::read_file<Job>(open_directory(place / "a"), "b/job.json")}) {
        REQUIRE(job);
        CHECK(job->cpu == 4);
        CHECK(job->repository == "canonical/notch");
    }
    auto below = directory.open_directory("a/b");
    REQUIRE(below);
    CHECK(below->path() == place / "a/b");
    CHECK(notch::read_text(*below, "job.json"));
    put(place / "empty", "");
    CHECK(notch::read_text(directory, "empty").value_or("x").empty());
}

TEST_CASE("all of a file's bytes are read as they are, up to the limit") {
    const test::TemporaryDirectory place;
    std::string bytes;
    for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i % 256);
    bytes += "\r\n\x1a";
    put(place / "bytes", bytes);
    const notch::Directory directory = open_directory(place.path());
    const auto text = notch::read_text(directory, "bytes", {.max_bytes = bytes.size()});
    REQUIRE(text);
    CHECK((*text == bytes));
    const notch::Error error = refusal_of(notch::read_text(directory, "bytes", {.max_bytes = bytes.size() - 1}));
    CHECK(error.code == ErrorCode::limit);
    CHECK(error.found == "100003 bytes");
}

TEST_CASE("what is missing, a directory, or beneath a file is told as elsewhere") {
    const test::TemporaryDirectory place;
    std::filesystem::create_directory(place / "sub");
    put(place / "file", "1");
    const notch::Directory directory = open_directory(place.path());
    const notch::Error missing = refusal_of(notch::read_text(directory, "none"));
    CHECK(missing.code == ErrorCode::open_failed);
    CHECK(missing.os_error == ENOENT);
    CHECK(missing.message() ==
          place.path() + "/none: expected a regular file, found No such file or directory (errno 2)");
    CHECK(refusal_of(notch::read_text(directory, "none/file")).os_error == ENOENT);
    CHECK(refusal_of(notch::read_text(directory, "sub")).found == "a directory");
    CHECK(refusal_of(notch::read_text(place / "sub")).found == "a directory");
    CHECK(refusal_of(notch::read_text(directory, "file/x")).found == "something else in a directory's place");
    CHECK(refusal_of(notch::read_text(directory, "\xff")).os_error == EILSEQ);
    CHECK(notch::Directory::open(place / "file").error().found == "something else in a directory's place");
    CHECK(notch::Directory::open(place / "none").error().os_error == ENOENT);
    CHECK(notch::Directory::open(place / "sub/"));
}

TEST_CASE("a file with a second name is refused") {
    const test::TemporaryDirectory place;
    put(place / "one", "1");
    REQUIRE(::CreateHardLinkW(wide(place / "two").c_str(), wide(place / "one").c_str(), nullptr) != 0);
    const notch::Directory directory = open_directory(place.path());
    CHECK(refusal_of(notch::read_text(directory, "one")).found == "a file with 2 links");
    REQUIRE(::DeleteFileW(wide(place / "two").c_str()) != 0);
    CHECK(notch::read_text(directory, "one"));
}

TEST_CASE("what leads elsewhere by its attributes counts as a link") {
    using notch::detail::FileKind;
    using notch::detail::kind_of_attributes;
    CHECK(kind_of_attributes(FILE_ATTRIBUTE_REPARSE_POINT) == FileKind::symbolic_link);
    CHECK(kind_of_attributes(FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY) == FileKind::symbolic_link);
    CHECK(kind_of_attributes(FILE_ATTRIBUTE_DIRECTORY) == FileKind::directory);
    CHECK(kind_of_attributes(FILE_ATTRIBUTE_NORMAL | FILE_ATTRIBUTE_HIDDEN) == FileKind::regular);
}

TEST_CASE("a pipe is refused and never waited for; reading keeps nobody from the file") {
    const test::TemporaryDirectory place;
    const std::string pipe = "\\\\.\\pipe\\notch-test-" + std::to_string(::GetCurrentProcessId());
    const HANDLE server =
        ::CreateNamedPipeW(wide(pipe).c_str(), PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1, 4096, 4096, 0, nullptr);
    REQUIRE(server != INVALID_HANDLE_VALUE);
    CHECK(refusal_of(notch::read_text(pipe)).found == "a FIFO");
    ::CloseHandle(server);

    put(place / "file", "1");
    const notch::Directory directory = open_directory(place.path());
    const auto open = directory.open_file("file");
    REQUIRE(open);
    std::filesystem::rename(place / "file", place / "moved");
    put(place / "moved", "22");
    CHECK(std::filesystem::remove(place / "moved"));
    put(place / "file", "333");
    CHECK(notch::read_text(directory, "file").value_or("") == "333");
}

TEST_CASE("a file that its writer does not share is an error, not a wait") {
    const test::TemporaryDirectory place;
    put(place / "file", "1");
    const HANDLE writer =
        ::CreateFileW(wide(place / "file").c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
    REQUIRE(writer != INVALID_HANDLE_VALUE);
    const notch::Directory directory = open_directory(place.path());
    CHECK(refusal_of(notch::read_text(directory, "file")).os_error == EBUSY);
    CHECK(refusal_of(notch::read_text(place / "file")).os_error == EBUSY);
    ::CloseHandle(writer);
    CHECK(notch::read_text(directory, "file"));
}

TEST_CASE("a file that grows or shrinks while it is read is refused") {
    using notch::detail::FileStatus;
    const test::TemporaryDirectory place;
    put(place / "file", "12345");
    const auto file = open_directory(place.path()).open_file("file");
    REQUIRE(file);
    FileStatus before;
    REQUIRE(notch::detail::find_status(file->descriptor(), before) == 0);
    CHECK(before.size == 5);
    CHECK(before.links == 1);
    CHECK(before.modified.seconds > 1'700'000'000);
    CHECK(before.modified.seconds < 4'000'000'000);
    FileStatus after;
    REQUIRE(notch::detail::find_status(file->descriptor(), after) == 0);
    CHECK(notch::detail::change_found(before, after, 5) == nullptr);
    put(place / "file", "123456");
    REQUIRE(notch::detail::find_status(file->descriptor(), after) == 0);
    CHECK(after.is_same_file(before));
    CHECK(notch::detail::change_found(before, after, 5) == std::string_view{"a file that grew while it was read"});
}

TEST_CASE("all names in a directory are listed, however many, and each can be opened") {
    const test::TemporaryDirectory place;
    std::vector<std::string> made{"r\xc3\xa9sum\xc3\xa9", "\xf0\x9f\x98\x80", ".hidden"};
    for (int i = 0; i < 150; ++i)
        made.push_back("a-rather-long-name-so-that-one-block-does-not-hold-them-all-" + std::to_string(i));
    for (const std::string& name : made) {
        const std::string path = place / name;
        std::ofstream{std::filesystem::path{std::u8string{path.begin(), path.end()}}} << "1";
    }
    std::sort(made.begin(), made.end());
    const notch::Directory directory = open_directory(place.path());
    CHECK(names_in(directory) == made);
    for (const std::string& name : made) CHECK(notch::read_text(directory, name));
    std::filesystem::create_directory(place / "empty");
    CHECK(names_in(open_directory(place / "empty")).empty());
}

TEST_CASE("a directory's handle stays on it, whatever is renamed") {
    const test::TemporaryDirectory place;
    std::filesystem::create_directory(place / "before");
    put(place / "before/file", "1");
    const notch::Directory directory = open_directory(place / "before");
    std::filesystem::rename(place / "before", place / "after");
    std::filesystem::create_directory(place / "before");
    put(place / "before/file", "2");
    CHECK(notch::read_text(directory, "file").value_or("") == "1");
}

TEST_CASE("a quarantine keeps what could not be read, and gives way to others") {
    const test::TemporaryDirectory place;
    static std::int64_t now = 1'795'190'400'123'456;
    now = 1'795'190'400'123'456;
    const notch::QuarantineOptions options{.path = place / "quarantine", .max_files = 2, .clock = [] { return now; }};
    auto one = notch::Quarantine::open(options);
    auto other = notch::Quarantine::open(options);
    REQUIRE(one);
    REQUIRE(other);
    const notch::Error why = notch::validate_json("[1,").error();
    const auto first = one->keep("runner/job.json", "[1,", why);
    const auto second = other->keep("runner/job.json", "[1,", why);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(*first != *second);
    CHECK(test::contents(place / "quarantine/" + *first) == "[1,");
    CHECK(test::contents(place / "quarantine/" + *second + ".json")
              .starts_with(R"({"time":"2026-11-20T16:00:00.123456Z","source":)"));
    ++now;
    const auto third = one->keep("runner/job.json", "[2,", why);
    REQUIRE(third);
    const std::vector<std::string> kept{".lock", *second, *second + ".json", *third, *third + ".json"};
    CHECK(names_in(open_directory(place / "quarantine")).size() == kept.size());
    CHECK(test::contents(place / "quarantine/" + *third) == "[2,");
}

TEST_CASE("making, linking, moving and removing in a directory of ours") {
    namespace os = notch::detail;
    const test::TemporaryDirectory place;
    const os::Opened directory = os::open_own_directory(place.path().c_str());
    REQUIRE(directory.error == 0);
    const int own = directory.file.descriptor();
    {
        const os::Opened made = os::make_file(own, "one", 0600);
        REQUIRE(made.error == 0);
        CHECK(os::write_bytes(made.file.descriptor(), "12").written == 2);
        CHECK(os::sync_to_disk(made.file.descriptor()) == 0);
    }
    CHECK(os::sync_to_disk(own) == 0);
    CHECK(os::make_file(own, "one", 0600).error == EEXIST);
    CHECK(os::link_file(own, "one", "two") == 0);
    CHECK(os::link_file(own, "one", "two") == EEXIST);
    CHECK(os::link_file(own, "none", "three") == ENOENT);
    os::FileStatus status;
    CHECK(os::find_status_at(own, "two", status) == 0);
    CHECK(status.links == 2);
    CHECK(os::remove_file(own, "one") == 0);
    CHECK(os::remove_file(own, "one") == ENOENT);
    CHECK(test::contents(place / "two") == "12");

    CHECK(os::make_directory((place / "sub").c_str(), 0700) == 0);
    CHECK(os::make_directory((place / "sub").c_str(), 0700) == EEXIST);
    CHECK(os::make_directory_at(own, "sub", 0700) == EEXIST);
    CHECK(os::make_directory_at(own, "second", 0700) == 0);
    const os::Opened sub = os::open_own_directory_at(own, "sub");
    REQUIRE(sub.error == 0);
    CHECK(os::open_own_directory_at(own, "two").error == ENOTDIR);
    put(place / "free", "3");
    CHECK(os::move_to_free_name(own, "free", sub.file.descriptor(), "moved") == 0);
    CHECK(os::move_to_free_name(own, "two", sub.file.descriptor(), "moved") == EEXIST);
    CHECK(test::contents(place / "sub/moved") == "3");
    CHECK(os::move_name(own, "two", sub.file.descriptor(), "moved") == 0);
    CHECK(test::contents(place / "sub/moved") == "12");
    CHECK(os::remove_directory_at(own, "sub") == ENOTEMPTY);
    CHECK(os::remove_directory_at(own, "second") == 0);
    CHECK_FALSE(std::filesystem::exists(place / "second"));
}

TEST_CASE("a program's own path, in a directory's place") {
    namespace os = notch::detail;
    const test::TemporaryDirectory place;
    const int here = os::working_directory;
    put(place / "file", "12345");
    std::filesystem::create_directory(place / "sub");
    os::FileStatus status;
    CHECK(os::find_status_at(here, (place / "file").c_str(), status) == 0);
    CHECK(status.size == 5);
    CHECK(os::find_status_at(here, (place / "none").c_str(), status) == ENOENT);
    CHECK(os::remove_directory_at(here, (place / "file").c_str()) == ENOTDIR);
    CHECK(os::remove_file(here, (place / "sub").c_str()) == EISDIR);
    CHECK(os::remove_directory_at(here, (place / "sub").c_str()) == 0);
    CHECK_FALSE(std::filesystem::exists(place / "sub"));

    const os::Opened file = os::open_part(here, (place / "file").c_str(), os::open_to_read_through_links);
    REQUIRE(file.error == 0);
    char bytes[8];
    CHECK(os::read_at(file.file.descriptor(), 3, bytes, sizeof bytes).count == 2);
    CHECK(std::string_view{bytes, 2} == "45");
    const os::ReadOutcome behind = os::read_at(file.file.descriptor(), 9, bytes, sizeof bytes);
    CHECK(behind.count == 0);
    CHECK(behind.error == 0);
    CHECK(os::remove_file(here, (place / "file").c_str()) == 0);
    CHECK(os::open_part(here, "", os::open_to_read).error == ENOENT);
}

TEST_CASE("locks keep other handles out, and leave reading and writing alone") {
    namespace os = notch::detail;
    const test::TemporaryDirectory place;
    const os::Opened directory = os::open_own_directory(place.path().c_str());
    const os::Opened one = os::open_lock_file(directory.file.descriptor(), "lock");
    const os::Opened other = os::open_lock_file(directory.file.descriptor(), "lock");
    REQUIRE(one.error == 0);
    REQUIRE(other.error == 0);
    CHECK(os::lock_exclusively(one.file.descriptor(), 0) == 0);
    CHECK(os::lock_exclusively(other.file.descriptor(), 2'000'000) == EWOULDBLOCK);
    CHECK_FALSE(os::try_lock(other.file.descriptor()));
    put(place / "lock", "written all the same");
    CHECK(test::contents(place / "lock") == "written all the same");
    CHECK(os::hold_by_process(other.file.descriptor()) == 0);
    CHECK(os::is_held_by_other_process(one.file.descriptor()));
    os::unlock(one.file.descriptor());
    CHECK(os::try_lock(other.file.descriptor()));
}
#endif
