// SPDX-License-Identifier: MIT
// Writes that fail: no torn line stays, the counts are exact, the process lives, and FileOptions::on_fault is kept.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/batches.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Plain {
    double timestamp;
    int number;
};
constexpr std::size_t plain_size = 45;  // of number 7, with its newline

/// The size that no file may exceed, of this process.
void limit_files(std::size_t bytes) {
    ::rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Runs `body` in a process of its own, since the limit is the process's; the number of the check that failed, or 0.
int in_child(const std::function<int()>& body) {
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int out = body();
        limit_files(0);  // whoever runs the test may flush what it has printed, and that may be a file
        ::_exit(out);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

notch::RecorderOptions quiet() {
    notch::RecorderOptions options;
    options.on_error = [](const notch::Error&) {};
    return options;
}

notch::FileSink blocking_sink(const std::string& path, std::chrono::nanoseconds timeout = std::chrono::hours{1}) {
    return notch::FileSink{notch::FileOptions{.path = path, .on_fault = notch::OnFault::block, .block_timeout = timeout}};
}

void record_sevens(notch::Recorder& recorder, int count) {
    for (int i = 0; i < count; ++i) recorder.record(Plain{1.0, 7});
}

}  // namespace

TEST_CASE("a write that is cut short anywhere leaves whole lines, and their number is told") {
    const test::TemporaryDirectory directory;
    const test::Lines lines{"n", 5};
    for (std::size_t most = 1; most <= lines.text().size(); ++most) {
        const std::string path = directory / ("events" + std::to_string(most));
        std::size_t whole = 0;
        while (whole < 5 && lines.first(whole + 1).size() <= most) ++whole;
        CHECK(in_child([&] {
                  limit_files(most);
                  notch::FileSink sink{path};
                  const notch::Delivery delivery = sink.write(lines.batch());
                  if (delivery.accepted != whole) return 1;
                  if (delivery.error.has_value() != (whole < 5)) return 2;
                  if (delivery.error && delivery.error->os_error != EFBIG) return 3;
                  if (test::contents(path) != lines.first(whole)) return 4;
                  limit_files(0);
                  if (sink.write(lines.batch()).accepted != 5) return 5;
                  return test::contents(path) == lines.first(whole) + lines.text() ? 0 : 6;
              }) == 0);
    }
}

TEST_CASE("drop: what fits is written, the rest counted, one report, and it goes on by itself") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    CHECK(in_child([&] {
              test::ToldErrors told;
              limit_files(10 * plain_size + 20);
              notch::Recorder recorder{notch::FileSink{path}, told.options()};
              for (int i = 0; i < 5; ++i) {
                  record_sevens(recorder, 10);
                  if (recorder.flush() != (i == 0)) return 1;
              }
              if (told.count() != 1 || told.list[0].os_error != EFBIG) return 2;
              limit_files(0);
              record_sevens(recorder, 5);
              if (!recorder.flush()) return 3;
              const notch::Stats stats = recorder.stats();
              return stats.written == 15 && stats.drops.sink == 40 && stats.recorded == 55 && stats.gaps == 1 ? 0 : 4;
          }) == 0);
    CHECK(test::lines_of(path).size() == 16);
    CHECK(test::contents(path).back() == '\n');
    for (const std::string& line : test::lines_of(path)) CHECK(notch::validate_json(line));
}

TEST_CASE("block: nothing is lost while the disk is full, and one report is made at once") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    CHECK(in_child([&] {
              test::ToldErrors told;
              limit_files(10 * plain_size + 20);
              notch::Recorder recorder{blocking_sink(path), told.options()};
              record_sevens(recorder, 100);
              while (told.count() == 0) notch::detail::sleep_nanoseconds(1'000'000);
              if (recorder.flush(std::chrono::milliseconds{20})) return 1;
              if (recorder.stats().dropped != 0) return 2;
              limit_files(0);
              if (!recorder.flush(std::chrono::minutes{1})) return 3;
              const notch::Stats stats = recorder.stats();
              return stats.written == 100 && stats.dropped == 0 && told.count() == 1 ? 0 : 4;
          }) == 0);
    CHECK(test::contents(path).size() == 100 * plain_size);
}

TEST_CASE("block ends when block_timeout is over, and when the recorder closes: then the drops are counted") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    CHECK(in_child([&] {
              limit_files(10);
              notch::FileSink sink = blocking_sink(path, std::chrono::milliseconds{20});
              const notch::Delivery delivery = sink.write(test::Lines{"number", 3}.batch());
              return delivery.accepted == 0 && delivery.error && test::contents(path).empty() ? 0 : 1;
          }) == 0);
    for (const bool thread : {true, false}) {
        CHECK(in_child([&] {
                  limit_files(10);
                  notch::RecorderOptions options = quiet();
                  options.thread = thread;
                  options.close_timeout = std::chrono::milliseconds{thread ? 2'000 : 200};
                  notch::Recorder recorder{blocking_sink(path), options};
                  record_sevens(recorder, 100);
                  recorder.close();
                  const notch::Stats stats = recorder.stats();
                  return stats.drops.sink == 100 && stats.recorded == 100 && stats.written == 0 ? 0 : 1;
              }) == 0);
    }
}

TEST_CASE("block: a batch that waited in vain leaves nothing of itself, also none of its whole lines") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    CHECK(in_child([&] {
              const test::Lines lines{"number", 3};
              limit_files(lines.first(1).size() + 4);
              notch::FileSink sink = blocking_sink(path, std::chrono::milliseconds{20});
              const notch::Delivery delivery = sink.write(lines.batch());
              return delivery.accepted == 0 && delivery.error && test::contents(path).empty() ? 0 : 1;
          }) == 0);
}

TEST_CASE("block: what is waiting hears that it is to reopen the path") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    notch::FileSink sink{notch::FileOptions{.path = path, .allow_fifo = true, .on_fault = notch::OnFault::block}};
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    const test::Lines lines{"n"};
    CHECK(sink.write(lines.batch()).accepted == 1);
    ::close(reader);
    struct Reopening final : notch::SinkHost {
        Reopening(notch::FileControl reopened, const char* removed) : control{reopened}, path{removed} {}
        void report(const notch::Error&) override {
            ::unlink(path);
            control.reopen();
        }
        [[nodiscard]] bool hurries() const noexcept override { return false; }
        notch::FileControl control;
        const char* path;
    };
    Reopening host{sink.control(), path.c_str()};
    sink.attach(host);
    const notch::Delivery delivery = sink.write(lines.batch());
    CHECK(delivery.accepted == 1);
    CHECK_FALSE(delivery.error);
    CHECK(test::contents(path) == lines.text());
}

TEST_CASE("block ends with the recorder also in a Tee, and the other sink has every line") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    CHECK(in_child([&] {
              limit_files(10);
              notch::RecorderOptions options = quiet();
              options.thread = false;
              notch::Recorder recorder{notch::Tee{blocking_sink(path), notch::NullSink{}}, options};
              record_sevens(recorder, 100);
              recorder.close();
              const notch::Stats stats = recorder.stats();
              return stats.sinks[0].dropped == 100 && stats.sinks[1].written == 100 && stats.recorded == stats.dropped ? 0 : 1;
          }) == 0);
}

TEST_CASE("stop: nothing is written after the first fault, until it is reopened") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    CHECK(in_child([&] {
              test::ToldErrors told;
              limit_files(3 * plain_size);
              notch::FileSink sink{notch::FileOptions{.path = path, .on_fault = notch::OnFault::stop}};
              const notch::FileControl control = sink.control();
              notch::Recorder recorder{std::move(sink), told.options()};
              record_sevens(recorder, 10);
              if (recorder.flush()) return 1;
              limit_files(0);
              record_sevens(recorder, 10);
              if (recorder.flush()) return 2;
              if (recorder.stats().written > 3 || told.count() != 1) return 3;
              control.reopen();
              record_sevens(recorder, 10);
              if (!recorder.flush()) return 4;
              const notch::Stats stats = recorder.stats();
              return stats.recorded == 30 && stats.recorded == stats.written + stats.dropped && stats.written >= 10 ? 0 : 5;
          }) == 0);
    for (const std::string& line : test::lines_of(path)) CHECK(notch::validate_json(line));
}

TEST_CASE("stop: a sink that was stopped does nothing while idle, has not flushed, and stops again at the next fault") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink sink{notch::FileOptions{.path = path, .on_fault = notch::OnFault::stop}};
    for (int times = 0; times < 2; ++times) {
        REQUIRE(::mkdir(path.c_str(), 0700) == 0);
        CHECK(sink.write(lines.batch()).accepted == 0);
        REQUIRE(::rmdir(path.c_str()) == 0);
        CHECK(sink.idle());
        CHECK_FALSE(sink.flush());
        const notch::Delivery delivery = sink.write(lines.batch());
        CHECK(delivery.accepted == 0);
        REQUIRE(delivery.error);
        CHECK(delivery.error->found == "a directory");
        CHECK(::access(path.c_str(), F_OK) != 0);
        sink.control().reopen();
        CHECK(sink.write(lines.batch()).accepted == 1);
        CHECK(sink.flush());
        REQUIRE(::unlink(path.c_str()) == 0);
    }
}

TEST_CASE("a recorder without a thread: the signals that failing writes cause end neither the process nor reach its thread") {
    const test::TemporaryDirectory directory;
    for (const bool blocked_before : {false, true}) {
        CHECK(in_child([&] {
                  ::sigset_t set;
                  ::sigemptyset(&set);
                  ::sigaddset(&set, SIGXFSZ);
                  if (blocked_before) ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
                  limit_files(10);
                  notch::RecorderOptions options = quiet();
                  options.thread = false;
                  notch::Recorder recorder{notch::FileSink{directory / "events.jsonl"}, options};
                  record_sevens(recorder, 10);
                  if (recorder.flush()) return 1;
                  ::sigset_t pending;
                  ::sigpending(&pending);
                  if (::sigismember(&pending, SIGXFSZ) == 1) return 2;
                  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
                  ::sigset_t now;
                  ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
                  if (::sigismember(&now, SIGXFSZ) == 1 || ::sigismember(&now, SIGPIPE) == 1) return 3;
                  struct ::sigaction action {};
                  ::sigaction(SIGXFSZ, nullptr, &action);
                  return action.sa_handler == SIG_DFL ? 0 : 4;
              }) == 0);
        CHECK(in_child([&] {
                  const std::string path = directory / ("fifo" + std::to_string(blocked_before));
                  if (::mkfifo(path.c_str(), 0600) != 0) return 1;
                  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
                  notch::FileSink sink{notch::FileOptions{.path = path, .allow_fifo = true}};
                  const test::Lines lines{"n"};
                  if (sink.write(lines.batch()).accepted != 1) return 2;
                  ::close(reader);
                  const notch::Delivery delivery = sink.write(lines.batch());
                  return delivery.accepted == 0 && delivery.error && delivery.error->os_error == EPIPE ? 0 : 3;
              }) == 0);
    }
}

TEST_CASE("a file that may grow no further: also the end to a torn tail ends neither the process nor a signal's quiet") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "events.jsonl";
    std::ofstream{path} << "{\"torn";
    CHECK(in_child([&] {
              limit_files(6);
              notch::FileSink sink{path};
              const notch::Delivery delivery = sink.write(test::Lines{"n"}.batch());
              ::sigset_t pending;
              ::sigpending(&pending);
              if (::sigismember(&pending, SIGXFSZ) == 1) return 1;
              return delivery.accepted == 0 && delivery.error && delivery.error->os_error == EFBIG ? 0 : 2;
          }) == 0);
    CHECK(test::contents(path) == "{\"torn");
}

TEST_CASE("a missing directory is made when asked, with all above it") {
    const test::TemporaryDirectory directory;
    const std::string path = directory / "a/b/c/events.jsonl";
    const test::Lines lines{"n"};
    notch::FileSink refused{path};
    const notch::Delivery delivery = refused.write(lines.batch());
    CHECK(delivery.accepted == 0);
    REQUIRE(delivery.error);
    CHECK(delivery.error->message() ==
          "open " + path + ": expected a directory to make the file in, found No such file or directory (errno 2)");
    notch::FileSink sink{notch::FileOptions{.path = path, .create_directory = true}};
    CHECK(sink.write(lines.batch()).accepted == 1);
    struct ::stat info {};
    REQUIRE(::stat((directory / "a").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
    CHECK(refused.write(lines.batch()).accepted == 1);
    CHECK(test::contents(path) == lines.text() + lines.text());
    CHECK_FALSE(notch::FileSink::open(notch::FileOptions{.path = path + "/d/e.jsonl", .create_directory = true}));
}
