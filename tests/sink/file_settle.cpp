// SPDX-License-Identifier: MIT
// What a sink tells a journal: where a batch is going to stand, and afterwards, whoever died meanwhile, how much of it stands there.
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

static_assert(notch::detail::PositionedSink<notch::FileSink>);

const std::string before = "{\"n\":0}\n";
const std::string lines = "{\"n\":1}\n{\"n\":22}\n{\"n\":333}\n";
const std::vector<notch::LineInfo> infos{{.size = 8}, {.size = 9}, {.size = 10}};

struct Intent final : notch::WriteIntent {
    std::vector<notch::SinkPosition> positions{};
    std::vector<std::string> then{};  ///< what the file held
    std::string path{};
    void begin(const notch::SinkPosition& position) noexcept override {
        positions.push_back(position);
        then.push_back(test::contents(path));
    }
};

void put(const std::string& path, const std::string& text) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

notch::SinkPosition position_of(const std::string& path, std::size_t offset) {
    struct ::stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return {info.st_dev, info.st_ino, offset};
}

/// The whole lines among the first `size` bytes of the batch.
std::size_t whole_lines(std::size_t size) { return lines.substr(0, size).rfind('\n') + 1; }

std::size_t settle(const std::string& path, const notch::SinkPosition& position, const std::string& bytes = lines) {
    notch::FileSink sink{path};
    const notch::Result<std::size_t> settled = sink.settle(position, bytes);
    REQUIRE(settled);
    return *settled;
}

}  // namespace

TEST_CASE("a batch's place is told before its first byte, behind the end of a torn tail") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    put(path, before + "{\"torn");
    notch::FileSink sink{path};
    Intent intent;
    intent.path = path;
    const notch::Delivery delivery = sink.write({lines, infos}, intent);
    CHECK(delivery.accepted == 3);
    CHECK_FALSE(delivery.error);
    REQUIRE(intent.positions.size() == 1);
    const notch::SinkPosition at = position_of(path, before.size() + 7);
    CHECK(intent.positions[0].device == at.device);
    CHECK(intent.positions[0].inode == at.inode);
    CHECK(intent.positions[0].offset == at.offset);
    CHECK(intent.then[0] == before + "{\"torn\n");
    CHECK(test::contents(path) == before + "{\"torn\n" + lines);
    CHECK(*sink.settle(intent.positions[0], lines) == lines.size());
    CHECK(test::contents(path) == before + "{\"torn\n" + lines);
}

TEST_CASE("a FIFO or device has no place to tell") {
    notch::FileSink sink{"/dev/null"};
    Intent intent;
    CHECK(sink.write({lines, infos}, intent).accepted == 3);
    CHECK(intent.positions.empty());
}

TEST_CASE("the rest of a batch for a FIFO, which has no places, waits for the next reader") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const std::string line(100'000, 'x');
    const std::string batch = line + "\n" + line + "\n";
    const std::vector<notch::LineInfo> two{{.size = line.size() + 1}, {.size = line.size() + 1}};
    struct Host final : notch::SinkHost {
        std::atomic<bool> told{false};
        [[nodiscard]] bool hurries() const noexcept override { return false; }
        void report(const notch::Error&) override { told = true; }
    };
    Host host;
    std::atomic<bool> over{false};
    const int first = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(first >= 0);
    std::string rest;
    std::thread reading{[&] {
        const auto read_until = [&over](int reader, std::string& to, const auto& enough) {
            std::string buffer(4096, '\0');
            while (!enough() && !over) {
                const ::ssize_t count = ::read(reader, buffer.data(), buffer.size());
                if (count > 0) to.append(buffer, 0, static_cast<std::size_t>(count));
                else notch::detail::sleep_nanoseconds(100'000);
            }
            ::close(reader);
        };
        std::string got;
        read_until(first, got, [&] { return got.size() > line.size() + 8192; });
        while (!host.told) notch::detail::sleep_nanoseconds(100'000);
        read_until(::open(path.c_str(), O_RDONLY | O_NONBLOCK), rest, [&] { return !rest.empty() && rest.back() == '\n'; });
    }};
    notch::FileSink sink{notch::FileOptions{.path = path, .allow_fifo = true, .on_fault = notch::OnFault::block}};
    sink.attach(host);
    Intent intent;
    const notch::Delivery delivery = sink.write({batch, two}, intent);
    CHECK(delivery.accepted == 2);
    if (delivery.accepted < 2) over = true;
    reading.join();
    // Before it stands what the first reader has left in the FIFO.
    CHECK(rest.size() > line.size());
    CHECK(intent.positions.empty());
}

TEST_CASE("a batch cut off anywhere: its whole lines are counted, a torn rest is cut off, and settling again changes nothing") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    for (std::size_t size = 0; size <= lines.size(); ++size) {
        put(path, before + lines.substr(0, size));
        const notch::SinkPosition at = position_of(path, before.size());
        for (int times = 0; times < 2; ++times) {
            CHECK(settle(path, at) == whole_lines(size));
            CHECK(test::contents(path) == before + lines.substr(0, whole_lines(size)));
        }
    }
}

TEST_CASE("a batch cut off anywhere, ended and appended to by another writer: nothing of his is touched") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    for (const std::string other : {"{\"other\":1}\n", "{\"n\":333}\n", "{\"n\":1}\n", "{\"ot"}) {
        for (std::size_t size = 0; size <= lines.size(); ++size) {
            const bool torn = whole_lines(size) != size;
            const std::string text = before + lines.substr(0, size) + (torn ? "\n" : "") + other;
            put(path, text);
            const bool only_newline_missing = torn && lines[size] == '\n';
            const bool other_goes_on = !torn && lines.compare(size, other.size(), other) == 0;
            const std::size_t expected = only_newline_missing ? size + 1 : whole_lines(size);
            const std::size_t settled = settle(path, position_of(path, before.size()));
            const bool goes_on_behind_it = only_newline_missing && lines.compare(size + 1, other.size(), other) == 0;
            CHECK(settled == expected + (other_goes_on || goes_on_behind_it ? other.size() : 0));
            CHECK(test::contents(path) == text);
        }
    }
}

// On ext4 an emulated program of 32 bits cannot list a directory: the kernel gives it places of 64 bits.
#if !defined(NOTCH_TEST_EMULATED) || UINTPTR_MAX > 0xFFFFFFFF
TEST_CASE("a batch is found under every name that a rotation may have given its file") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    for (const std::string name : {"events.jsonl.1", "events.1.jsonl", "events.jsonl-20261124", "events-20261124T150405.123456.jsonl"}) {
        put(path, before + lines.substr(0, 20));
        const notch::SinkPosition at = position_of(path, before.size());
        REQUIRE(std::rename(path.c_str(), (directory / name).c_str()) == 0);
        put(path, "{\"newer\":1}\n");
        CHECK(settle(path, at) == 17);
        CHECK(test::contents(directory / name) == before + lines.substr(0, 17));
        CHECK(test::contents(path) == "{\"newer\":1}\n");
        REQUIRE(::unlink((directory / name).c_str()) == 0);
    }
}

TEST_CASE("a batch is found behind a link that may be followed, and not behind one that may not") {
    const test::TemporaryDirectory directory;
    const std::string link = directory / "events.jsonl";
    const std::string target = directory / "target";
    put(target, before + lines.substr(0, 20));
    REQUIRE(::symlink("target", link.c_str()) == 0);
    const notch::SinkPosition at = position_of(target, before.size());
    CHECK(settle(link, at) == 0);
    notch::FileSink sink{notch::FileOptions{.path = link, .follow_links = true}};
    const notch::Result<std::size_t> settled = sink.settle(at, lines);
    REQUIRE(settled);
    CHECK(*settled == 17);
    CHECK(test::contents(target) == before + lines.substr(0, 17));
}

TEST_CASE("a batch whose file is gone, or is another by now, was not written") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    put(path, before + lines);
    const notch::SinkPosition at = position_of(path, before.size());
    CHECK(settle(path, at) == lines.size());
    REQUIRE(std::rename(path.c_str(), (directory / "foreign").c_str()) == 0);
    CHECK(settle(path, at) == 0);
    put(path, before + lines);
    CHECK(settle(path, at) == 0);
    CHECK(test::contents(path) == before + lines);
    REQUIRE(std::rename((directory / "foreign").c_str(), path.c_str()) == 0);
    CHECK(settle(path, at) == lines.size());
    put(path, "{\"");  // cut by somebody else: shorter than the place
    CHECK(settle(path, at) == 0);
    CHECK(test::contents(path) == "{\"");
    CHECK(settle(directory / "none/events.jsonl", at) == 0);
    put(path, before + lines);
    notch::SinkPosition elsewhere = position_of(path, before.size());
    CHECK(settle(path, elsewhere) == lines.size());
    ++elsewhere.device;  // the same number of another file system
    CHECK(settle(path, elsewhere) == 0);
}
#endif

TEST_CASE("a file that another writer has locked is settled when he is done, or not at all") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    put(path, before + lines.substr(0, 20));
    const notch::SinkPosition at = position_of(path, before.size());
    notch::FileSink sink{notch::FileOptions{.path = path, .lock_timeout = std::chrono::milliseconds{5}}};
    const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(::flock(other, LOCK_EX) == 0);
    const notch::Result<std::size_t> locked = sink.settle(at, lines);
    REQUIRE_FALSE(locked);
    CHECK(locked.error().place == "lock " + path);
    CHECK(test::contents(path) == before + lines.substr(0, 20));
    ::close(other);
    CHECK(*sink.settle(at, lines) == 17);
    CHECK(*notch::FileSink{path}.settle(at, lines) == 17);  // the lock was given back
}

TEST_CASE("a large batch is compared to its end") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    std::string large;
    for (int i = 0; large.size() < 300'000; ++i) large += "{\"number\":" + std::to_string(i) + "}\n";
    put(path, before + large);
    CHECK(settle(path, position_of(path, before.size()), large) == large.size());
    std::string other = large;
    other[other.size() - 3] = 'x';
    put(path, before + other);
    CHECK(settle(path, position_of(path, before.size()), large) == large.rfind('\n', large.size() - 2) + 1);
    CHECK(test::contents(path) == before + other);
}
