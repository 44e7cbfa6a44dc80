// SPDX-License-Identifier: MIT
// Ledgers are rotated while they are written, and nothing is lost.
//
//     ledger_rotation [ROTATIONS = 500]
//
// By notch: one writer, by size and by call; then two processes that rotate the same ledger. By the real logrotate, with what
// logrotate_config says: in the create style, for paths with all that a path may have, which must lose nothing; and in the copytruncate
// style, whose loss is measured and printed.
#include "notch.hpp"

#include "../support/numbered_ledger.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::size_t line_bytes = 300;

/// In memory that a writer and its parent share.
struct Shared {
    std::atomic<std::uint64_t> recorded[2];
    std::atomic<bool> stop;
};

struct Soak {
    Shared* shared = nullptr;
    std::string base{};
    std::uint64_t rotations = 0;
};

/// Records until it is told to stop; `work` is called after every few events.
template <class Work>
int write_until(Soak& soak, std::uint32_t writer, notch::FileOptions file, Work work) {
    notch::FileSink sink{std::move(file)};
    const notch::FileControl control = sink.control();
    notch::Recorder recorder{std::move(sink)};
    std::uint64_t number = 0;
    while (work(control, number)) {
        for (int i = 0; i < 16; ++i) recorder.record(test::numbered(writer, number++, line_bytes));
        if (!recorder.flush()) return 1;
        soak.shared->recorded[writer] = number;
    }
    recorder.close();
    const notch::Stats stats = recorder.stats();
    return stats.written == number && stats.recorded == number ? 0 : 2;
}

bool await_all(std::size_t children) {
    bool good = true;
    for (int status = 0; children > 0; --children) {
        ::wait(&status);
        good &= test::says(status == 0, "a writer's flush or its accounting");
    }
    return good;
}

std::size_t files_in(const std::string& path, const std::string& beginning) {
    std::size_t out = 0;
    ::DIR* const directory = ::opendir(path.c_str());
    while (const ::dirent* const entry = ::readdir(directory)) out += std::string_view{entry->d_name}.starts_with(beginning) ? 1U : 0U;
    ::closedir(directory);
    return out;
}

/// What there is of what the writers have recorded; how many lines are missing.
std::uint64_t look(const Soak& soak, const test::TemporaryDirectory& directory, const std::string& beginning, std::size_t writers,
                   const char* what, std::uint64_t rotations) {
    test::NumberedLedger ledger;
    ledger.read_directory(directory.path(), beginning);
    std::uint64_t missing = 0;
    for (std::uint32_t writer = 0; writer < writers; ++writer) missing += ledger.missing(writer, soak.shared->recorded[writer]);
    std::printf("%s, %llu rotations under load: %llu lines, %llu lost, %llu twice, %llu torn\n", what,
                static_cast<unsigned long long>(rotations), static_cast<unsigned long long>(ledger.events + missing),
                static_cast<unsigned long long>(missing), static_cast<unsigned long long>(ledger.twice),
                static_cast<unsigned long long>(ledger.torn + ledger.glued + ledger.tails));
    return missing + ledger.twice + ledger.torn + ledger.glued + ledger.tails;
}

// ---- by notch --------------------------------------------------------------------------------------------------------------

bool rotate_by_notch(Soak& soak, std::size_t writers, const char* what) {
    const test::TemporaryDirectory directory{soak.base.c_str()};
    soak.shared = new (soak.shared) Shared{};
    notch::FileOptions file;
    file.path = directory / "events.jsonl";
    file.rotate_bytes = 64 * line_bytes;
    file.lock_timeout = std::chrono::minutes{10};
    for (std::uint32_t writer = 0; writer < writers; ++writer) {
        if (::fork() != 0) continue;
        // Every fifth rotation or so is one by call.
        ::_exit(write_until(soak, writer, file, [&](const notch::FileControl& control, std::uint64_t number) {
            if (number % 320 == 0) control.rotate();
            if (number % 1024 == 0 && files_in(directory.path(), "events") > soak.rotations) soak.shared->stop = true;
            return !soak.shared->stop;
        }));
    }
    bool good = await_all(writers);
    const std::size_t rotations = files_in(directory.path(), "events") - 1;
    good &= test::says(look(soak, directory, "events", writers, what, rotations) == 0, "a line is lost, torn or stands twice");
    return test::says(rotations >= soak.rotations, "not rotated often enough") && good;
}

// ---- by logrotate ----------------------------------------------------------------------------------------------------------

/// One run of logrotate, which is to rotate whatever there is.
bool run_logrotate(const std::string& config, const std::string& state) {
    const char* const arguments[] = {"/usr/sbin/logrotate", "--force", "--state", state.c_str(), config.c_str(), nullptr};
    return notch::detail::run_command(arguments, 60'000'000'000).is_good();
}

/// Rotates until it is enough; how many lines are missing, torn or there twice, or -1 when logrotate fails.
std::int64_t rotate_by_logrotate(Soak& soak, const std::string& name, std::uint64_t rotations, notch::LogrotateOptions options,
                                 const char* what) {
    const test::TemporaryDirectory directory{soak.base.c_str()};
    const test::TemporaryDirectory config{soak.base.c_str()};
    soak.shared = new (soak.shared) Shared{};
    const std::string path = directory / name;
    options.rotate = static_cast<unsigned>(rotations) + 1;
    options.directory = config.path();
    options.name = "config";
    options.timer = {};
    if (!notch::setup_logrotate(path, options)) return -1;
    if (::fork() == 0)
        ::_exit(write_until(soak, 0, notch::FileOptions{.path = path}, [&](const notch::FileControl&, std::uint64_t) {
            ::usleep(50);  // 500 files are kept: they should not fill the disk
            return !soak.shared->stop;
        }));
    bool good = true;
    std::uint64_t seen = 0;
    for (std::uint64_t i = 0; good && i < rotations; ++i) {
        while (soak.shared->recorded[0] == seen) ::usleep(100);  // an empty file is not rotated
        good = run_logrotate(config / "config", config / "state");
        seen = soak.shared->recorded[0];
    }
    soak.shared->stop = true;
    good &= await_all(1);
    const std::size_t files = files_in(directory.path(), name);
    const std::uint64_t wrong = look(soak, directory, name, 1, what, files - 1);
    good &= test::says(files > rotations / 2, "logrotate has not rotated");
    return good ? static_cast<std::int64_t>(wrong) : -1;
}

bool rotate_in_both_styles(Soak& soak) {
    bool good =
        test::says(rotate_by_logrotate(soak, "events.jsonl", soak.rotations, {}, "logrotate, create") == 0, "logrotate by renaming");
    for (const char* const name : {"a b 'c'.jsonl", "\"q\" *[x]?\\.jsonl", "#~\xc3\xa9.jsonl"})
        good &= test::says(rotate_by_logrotate(soak, name, 3, {}, name) == 0, "logrotate by renaming");
    notch::LogrotateOptions copy;
    copy.copytruncate = true;
    // Only that it works is a promise; how much it loses is for everybody to see.
    return test::says(rotate_by_logrotate(soak, "events.jsonl", soak.rotations, copy, "logrotate, copytruncate") >= 0,
                      "logrotate by copying") &&
           good;
}

}  // namespace

int main(int argc, char** argv) {
    Soak soak;
    soak.rotations = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500;
    soak.base = test::directory_of(argv[0]);
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    void* const pages = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return 1;
    soak.shared = new (pages) Shared{};
    if (soak.base[0] != '/') {  // logrotate takes nothing else
        char here[4096];
        if (::getcwd(here, sizeof here) == nullptr) return 1;
        soak.base = std::string{here} + '/' + soak.base;
    }
    bool good = rotate_by_notch(soak, 1, "notch, one process");
    good &= rotate_by_notch(soak, 2, "notch, two processes");
    good &= rotate_in_both_styles(soak);
    return good ? 0 : 1;
}
