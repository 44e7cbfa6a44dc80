// SPDX-License-Identifier: MIT
// What happens to a journal's file between two calls of the one that opens it.

#include "../support/watches.hpp"

#if NOTCH_TEST_WATCHES
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
