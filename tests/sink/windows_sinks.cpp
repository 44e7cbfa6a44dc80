// SPDX-License-Identifier: MIT
// Elsewhere there is nothing to test here: how FileSink and StreamSink work with Windows' files, pipes and devices.
#if defined(_WIN32)
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <io.h>
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

namespace {

struct Plain {
    double timestamp;
    int number;
};
const std::string line_of_7 = "{\"timestamp\":1.0,\"event\":\"plain\",\"number\":7}\n";

notch::RecorderOptions quiet() {
    notch::RecorderOptions options;
    options.on_error = [](const notch::Error&) {};
    return options;
}

void record_one(notch::FileSink sink) {
    notch::Recorder recorder{std::move(sink)};
    recorder.record(Plain{1.0, 7});
    CHECK(recorder.flush());
    CHECK(test::check_accounting(recorder).written == 1);
}

std::wstring wide(const std::string& path) {
    const notch::detail::WideText text{path};
    return {text.text(), text.size()};
}

}  // namespace

TEST_CASE("a ledger is made, appended to, and has a newline of one byte") {
    const test::TemporaryDirectory place;
    record_one(notch::FileSink{place / "events.jsonl"});
    record_one(notch::FileSink{place / "events.jsonl"});
    CHECK(test::contents(place / "events.jsonl") == line_of_7 + line_of_7);
    record_one(notch::FileSink{place / "r\xc3\xa9sum\xc3\xa9.jsonl"});
    const std::string path = place / "r\xc3\xa9sum\xc3\xa9.jsonl";
    CHECK(std::filesystem::file_size(std::filesystem::path{std::u8string{path.begin(), path.end()}}) ==
          line_of_7.size());
}

namespace {

/// There a write to the end asks for the end first, so that two at a time take the same place.
bool is_wine() { return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr; }

}  // namespace

TEST_CASE("several sinks append whole batches to one ledger, and a reader may have it open") {
    const test::TemporaryDirectory place;
    const std::string path = place / "events.jsonl";
    record_one(notch::FileSink{path});
    const HANDLE reader = ::CreateFileW(wide(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                        OPEN_EXISTING, 0, nullptr);
    REQUIRE(reader != INVALID_HANDLE_VALUE);
    std::mutex turns;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&path, &turns] {
            notch::RecorderOptions options = quiet();
            options.batch_bytes = 4096;
            notch::Recorder recorder{notch::FileSink{path}, options};
            for (int turn = 0; turn < 20; ++turn) {
                std::unique_lock lock{turns, std::defer_lock};
                if (is_wine()) lock.lock();
                for (int i = 0; i < 100; ++i) recorder.record(Plain{1.0, i});
                CHECK(recorder.flush());
            }
        });
    for (std::thread& thread : threads) thread.join();
    ::CloseHandle(reader);
    const std::vector<std::string> lines = test::lines_of(path);
    CHECK(lines.size() == 6'001);
    std::size_t good = 0;
    for (const std::string& line : lines) good += notch::from_line<Plain>(line) ? 1U : 0U;
    CHECK(good == lines.size());
}

TEST_CASE("a ledger can be renamed and removed while it is written") {
    const test::TemporaryDirectory place;
    notch::Recorder recorder{notch::FileSink{place / "events.jsonl"}};
    recorder.record(Plain{1.0, 7});
    CHECK(recorder.flush());
    std::filesystem::rename(place / "events.jsonl", place / "events.1.jsonl");
    recorder.record(Plain{1.0, 7});
    CHECK(recorder.flush());
    CHECK(test::contents(place / "events.1.jsonl") == line_of_7 + line_of_7);
    CHECK(std::filesystem::remove(place / "events.1.jsonl"));
}

TEST_CASE("a ledger is synced as asked, and what asks for rotation is told that there is none here") {
    const test::TemporaryDirectory place;
    record_one(notch::FileSink{notch::FileOptions{.path = place / "each.jsonl", .sync = notch::Sync::each}});
    record_one(notch::FileSink{
        notch::FileOptions{.path = place / "made/interval.jsonl", .create_directory = true, .sync = notch::Sync::interval}});
    CHECK(test::contents(place / "each.jsonl") == line_of_7);
    CHECK(test::contents(place / "made/interval.jsonl") == line_of_7);
    const auto refused = notch::FileSink::open(notch::FileOptions{.path = place / "rotated.jsonl", .rotate_bytes = 1});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == notch::ErrorCode::refused);
    notch::FileSink sink{place / "each.jsonl"};
    sink.control().rotate();
    CHECK_FALSE(sink.flush());
    CHECK(sink.flush());
    CHECK(test::contents(place / "each.jsonl") == line_of_7);
}

TEST_CASE("directories are refused, missing ones are told, NUL takes everything") {
    const test::TemporaryDirectory place;
    const auto directory = notch::FileSink::open(place.path());
    REQUIRE_FALSE(directory);
    CHECK(directory.error().code == notch::ErrorCode::refused);
    CHECK(directory.error().found == "a directory");
    const auto missing = notch::FileSink::open(place / "none/events.jsonl");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == notch::ErrorCode::open_failed);
    CHECK(missing.error().message() ==
          "open " + place.path() +
              "/none/events.jsonl: expected a directory to make the file in, found No such file or directory (errno 2)");
    CHECK(notch::FileSink::open(std::string{"\xff"}).error().os_error == EILSEQ);
    record_one(notch::FileSink{"NUL"});
}

TEST_CASE("a pipe is refused unless asked for") {
    const std::string path = "\\\\.\\pipe\\notch-sink-" + std::to_string(::GetCurrentProcessId());
    const auto serve = [&] {
        return ::CreateNamedPipeW(wide(path).c_str(), PIPE_ACCESS_INBOUND, PIPE_TYPE_BYTE, 1, 4096, 4096, 0, nullptr);
    };
    HANDLE server = serve();
    REQUIRE(server != INVALID_HANDLE_VALUE);
    const auto refused = notch::FileSink::open(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == notch::ErrorCode::refused);
    CHECK(refused.error().found == "a FIFO");
    ::CloseHandle(server);
    server = serve();
    REQUIRE(server != INVALID_HANDLE_VALUE);
    record_one(notch::FileSink{notch::FileOptions{.path = path, .allow_fifo = true}});
    char buffer[200];
    DWORD size = 0;
    CHECK(::ReadFile(server, buffer, sizeof buffer, &size, nullptr) != 0);
    CHECK(std::string(buffer, size) == line_of_7);
    ::CloseHandle(server);
}

TEST_CASE("a stream sink writes to a descriptor of the C library, without its newlines, and leaves it open") {
    int ends[2];
    REQUIRE(::_pipe(ends, 4096, _O_TEXT) == 0);
    {
        notch::Recorder recorder{notch::StreamSink{ends[1]}};
        recorder.record(Plain{1.0, 7});
        CHECK(recorder.flush());
        test::check_accounting(recorder);
    }
    CHECK(::_close(ends[1]) == 0);
    ::_setmode(ends[0], _O_BINARY);
    char buffer[200];
    const int size = ::_read(ends[0], buffer, sizeof buffer);
    REQUIRE(size > 0);
    CHECK(std::string(buffer, static_cast<std::size_t>(size)) == line_of_7);
    ::_close(ends[0]);
}

TEST_CASE("a pipe whose reader is gone: the drops are counted") {
    int ends[2];
    REQUIRE(::_pipe(ends, 4096, _O_BINARY) == 0);
    ::_close(ends[0]);
    notch::Recorder recorder{notch::StreamSink{ends[1]}, quiet()};
    for (int i = 0; i < 100; ++i) recorder.record(Plain{1.0, i});
    CHECK_FALSE(recorder.flush());
    CHECK(test::check_accounting(recorder).drops.sink == 100);
    ::_close(ends[1]);
}
#endif
