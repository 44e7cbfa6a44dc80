// SPDX-License-Identifier: MIT
// What happens to a journal's file between two calls of the one that opens it.

// Emulators do not know the filter that stands between; the thread sanitizer makes some of these calls itself, under its own locks.
#if defined(__linux__) && !defined(NOTCH_TEST_EMULATED) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NOTCH_TEST_NO_WATCHING
#endif
#endif
#ifndef NOTCH_TEST_NO_WATCHING
#include "notch.hpp"

#include "../support/journals.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <string>

#include <sys/syscall.h>
#include <unistd.h>

TEST_CASE("a journal that its former owner removes just before it is claimed is left, and a new one is made at the path") {
    struct Plain {
        int number;
    };
    const test::TemporaryDirectory directory;
    const std::string path = directory / "j";
    test::put(path, "");
    bool is_there = false;
    int locks = 0;
    test::Errors errors;
    const auto remove = [&](int, ::pid_t) {
        if (++locks == 1) ::unlink(path.c_str());
        return 0;
    };
    test::with_watched_calls({SYS_flock}, remove, [&] {
        notch::RecorderOptions options = test::journaled(path);
        options.on_error = errors.handler();
        notch::Recorder recorder{notch::NullSink{}, options};
        static_cast<void>(recorder.record(Plain{1}));
        is_there = test::exists(path);
    });
    CHECK(is_there);
    CHECK(errors.all.empty());
}
#endif
#endif
