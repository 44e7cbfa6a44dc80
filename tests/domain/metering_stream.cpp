// SPDX-License-Identifier: MIT
// Metering to descriptors, and the permissions of a ledger: what needs POSIX.
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using notch::metering::Entry;

namespace {

const std::string line = R"({"kind":"vm.compute.start","vm_id":"a","shape":{},"emitted_at":"0001-01-01T00:00:00Z"})" "\n";

/// Standard error of this process goes to a file while it lives.
class Redirected {
public:
    explicit Redirected(const std::string& path) : kept_{::dup(2)} {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(file, 2);
        ::close(file);
    }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;
    ~Redirected() {
        ::dup2(kept_, 2);
        ::close(kept_);
    }

private:
    int kept_;
};

}  // namespace

TEST_CASE("to standard error, and to any descriptor") {
    const test::TemporaryDirectory place;
    {
        const Redirected redirected{place / "stderr"};
        notch::Recorder recorder = notch::metering::stream_recorder();
        recorder.record(Entry{.vm_id = "a"});
        recorder.record(Entry{.vm_id = "a"});
        CHECK(recorder.flush(std::chrono::minutes{1}));
    }
    CHECK(test::contents(place / "stderr") == line + line);
    const int file = ::open((place / "other").c_str(), O_WRONLY | O_CREAT, 0600);
    {
        notch::Recorder recorder = notch::metering::stream_recorder(file);
        recorder.record(Entry{.vm_id = "a"});
    }
    CHECK(notch::metering::write_to(notch::StreamSink{file}, Entry{.vm_id = "a"}).value_or(0) == line.size());
    ::close(file);
    CHECK(test::contents(place / "other") == line + line);
}

TEST_CASE("an error of the descriptor is passed on by write_to and swallowed by a recorder") {
    const test::TemporaryDirectory place;
    const int file = ::open(place.path().c_str(), O_RDONLY | O_DIRECTORY);
    const auto written = notch::metering::write_to(notch::StreamSink{file}, Entry{.vm_id = "a"});
    REQUIRE_FALSE(written);
    CHECK(written.error().code == notch::ErrorCode::write_failed);
    CHECK(written.error().os_error == EBADF);
    {
        const Redirected redirected{place / "stderr"};
        notch::Recorder recorder = notch::metering::stream_recorder(file);
        CHECK(recorder.record(Entry{.vm_id = "a"}));
    }
    ::close(file);
    CHECK(test::contents(place / "stderr").find("write descriptor") != std::string::npos);
}

TEST_CASE("a ledger is made for its owner alone") {
    const test::TemporaryDirectory place;
    const ::mode_t before = ::umask(0);
    CHECK(notch::metering::open_ledger(place / "ledger.jsonl"));
    ::umask(before);
    struct ::stat file {};
    REQUIRE(::stat((place / "ledger.jsonl").c_str(), &file) == 0);
    CHECK((file.st_mode & 07777) == 0600);
}
