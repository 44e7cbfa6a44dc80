// SPDX-License-Identifier: MIT
// On Windows there is no journal: the recorder says so and works without.
#include "notch.hpp"

#include "../support/accounting.hpp"
#include "../support/journals.hpp"
#include "../support/sinks.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#if defined(_WIN32)

namespace {
struct Work {
    double timestamp;
    int number;
};
}  // namespace

TEST_CASE("a journal on Windows is refused, and the recorder works without") {
    test::TemporaryDirectory directory;
    test::Errors errors;
    test::Probe probe;
    notch::RecorderOptions options = test::journaled(directory / "j");
    options.on_error = errors.handler();
    notch::Recorder recorder{test::ProbeSink{&probe}, options};
    REQUIRE(errors.all.size() == 1);
    CHECK(errors.all[0].find("expected a system with mappings that outlive a process, found Windows") != std::string::npos);
    CHECK(recorder.record(Work{1.0, 1}));
    CHECK(recorder.flush());
    CHECK(probe.lines.size() == 1);
    CHECK(!test::exists(directory / "j"));
    test::check_accounting(recorder);
    CHECK(notch::recover(directory / "j", notch::NullSink{}).error().code == notch::ErrorCode::refused);
}

#endif
