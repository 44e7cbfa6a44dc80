// SPDX-License-Identifier: MIT
// Lines of a ledger: the envelope around the fields.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

using notch::ErrorCode;

namespace {

struct RunnerStart {
    std::string flavor;
    std::optional<double> queue_duration{};
    bool operator==(const RunnerStart&) const = default;
};
struct Timed {
    int value = 0;
    double timestamp = 0;
    bool operator==(const Timed&) const = default;
};
struct Named {
    double timestamp = 0;
    std::string event{};
    int value = 0;
    bool operator==(const Named&) const = default;
};
struct Bare {
    int value = 0;
    std::string event{};
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
    bool operator==(const Bare&) const = default;
};

constexpr notch::Limits rejecting{.unknown_keys = notch::UnknownKeys::reject};

template <class T>
void check_refuses(std::string_view line, ErrorCode code, std::string_view field, const notch::Limits& limits = {}) {
    CAPTURE(line);
    const auto read = notch::from_line<T>(line, limits);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == code);
    CHECK(read.error().field == field);
}

}  // namespace

TEST_CASE("a stamp is passed over and the name compared") {
    const RunnerStart start{"small", 2.5};
    for (const std::string_view line : {
             R"({"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","queue_duration":2.5})",
             R"({"flavor":"small","event":"runner_start","queue_duration":2.5})",
             R"({"event":"runner\u005fstart","queue_duration":2.5,"flavor":"small","timestamp":"any"})",
         }) {
        CAPTURE(line);
        CHECK(notch::from_line<RunnerStart>(line, rejecting).value_or(RunnerStart{}) == start);
    }
    check_refuses<RunnerStart>(R"({"timestamp":1.0,"event":"runner_stop","flavor":"small"})", ErrorCode::wrong_event,
                               "/event");
    check_refuses<RunnerStart>(R"({"timestamp":1.0,"event":"","flavor":"small"})", ErrorCode::wrong_event, "/event");
    check_refuses<RunnerStart>(R"({"timestamp":1.0,"event":7,"flavor":"small"})", ErrorCode::type_mismatch, "/event");
    check_refuses<RunnerStart>(R"({"timestamp":1.0,"flavor":"small"})", ErrorCode::missing_field, "/event");
    check_refuses<RunnerStart>(R"({"timestamp":1.0,"event":"runner_start"})", ErrorCode::missing_field, "/flavor");
    check_refuses<RunnerStart>(R"({"timestamp":1.0,"timestamp":1.0,"event":"runner_start","flavor":""})",
                               ErrorCode::duplicate_key, "/timestamp");
    check_refuses<RunnerStart>(R"({"event":"runner_start","flavor":"","event":"runner_start"})",
                               ErrorCode::duplicate_key, "/event");
    check_refuses<RunnerStart>(R"({"timestamp":nul,"event":"runner_start","flavor":"small"})", ErrorCode::syntax,
                               "/timestamp");
    CHECK(notch::from_line<RunnerStart>(R"({"event":"runner_stop"})").error().message() ==
          "line 1, column 10, /event: expected the event \"runner_start\", found \"runner_stop\"");
    // Without the envelope these are keys like any other.
    CHECK(notch::from_json<RunnerStart>(R"({"timestamp":1.0,"event":"runner_stop","flavor":"small"})"));
    CHECK(notch::from_json<RunnerStart>(R"({"timestamp":1.0,"flavor":"small"})", rejecting).error().field ==
          "/timestamp");
}

TEST_CASE("a member timestamp takes the time, wherever it stands") {
    CHECK(notch::from_line<Timed>(R"({"timestamp":1.5,"event":"timed","value":2})", rejecting).value_or(Timed{}) ==
          Timed{2, 1.5});
    CHECK(notch::from_line<Timed>(R"({"value":2,"event":"timed","timestamp":1.5})", rejecting).value_or(Timed{}) ==
          Timed{2, 1.5});
    check_refuses<Timed>(R"({"event":"timed","value":2})", ErrorCode::missing_field, "/timestamp");
    check_refuses<Timed>(R"({"timestamp":"now","event":"timed","value":2})", ErrorCode::type_mismatch, "/timestamp");
}

TEST_CASE("a text member event takes a name of its own, and stays empty for that of its type") {
    CHECK(notch::from_line<Named>(R"({"timestamp":1.5,"event":"custom","value":2})").value_or(Named{}) ==
          Named{1.5, "custom", 2});
    CHECK(notch::from_line<Named>(R"({"timestamp":1.5,"event":"named","value":2})").value_or(Named{}) ==
          Named{1.5, "", 2});
    CHECK(notch::from_json<Named>(R"({"timestamp":1.5,"event":"named","value":2})").value_or(Named{}) ==
          Named{1.5, "named", 2});
    for (const Named& named : {Named{1.5, "", 2}, Named{1.5, "custom \"name\"", 2}})
        CHECK(notch::from_line<Named>(notch::to_line(named)).value_or(Named{}) == named);
    check_refuses<Named>(R"({"timestamp":1.5,"value":2})", ErrorCode::missing_field, "/event");
}

TEST_CASE("keys of the ledger are passed over even where unknown keys are refused") {
    CHECK(notch::from_line<RunnerStart>(
        R"({"notch_id":[1,2,3],"event":"runner_start","flavor":"a","notch_x":{},"notch_x":1})", rejecting));
    CHECK(notch::from_line<RunnerStart>(R"({"notch\u005fid":1,"event":"runner_start","flavor":"a"})", rejecting));
    check_refuses<RunnerStart>(R"({"event":"runner_start","flavor":"a","notch":1})", ErrorCode::unknown_key, "/notch",
                               rejecting);
    check_refuses<RunnerStart>(R"({"event":"runner_start","flavor":"a","x_notch_":1})", ErrorCode::unknown_key,
                               "/x_notch_", rejecting);
    check_refuses<RunnerStart>(R"({"event":"runner_start","flavor":"a","notch_id":[1,]})", ErrorCode::syntax,
                               "/notch_id/1");
}

TEST_CASE("without an envelope a line is its fields") {
    CHECK(notch::from_line<Bare>(R"({"value":1,"event":"data"})", rejecting).value_or(Bare{}) == Bare{1, "data"});
    CHECK(notch::from_line<Bare>(R"({"value":1,"event":"bare"})", rejecting).value_or(Bare{}) == Bare{1, "bare"});
    check_refuses<Bare>(R"({"value":1})", ErrorCode::missing_field, "/event");
    check_refuses<Bare>(R"({"value":1,"event":"","timestamp":1})", ErrorCode::unknown_key, "/timestamp", rejecting);
}

TEST_CASE("a line is one whole text") {
    check_refuses<RunnerStart>(R"({"event":"runner_start","flavor":"a"})"
                               "\n{}",
                               ErrorCode::trailing, "");
    CHECK(notch::from_line<RunnerStart>(R"({"event":"runner_start","flavor":"a"})"
                                        "\n"));
    check_refuses<RunnerStart>(R"({"event":"runner_start","flavor":"a")", ErrorCode::syntax, "");
    check_refuses<RunnerStart>("[]", ErrorCode::type_mismatch, "");
    check_refuses<RunnerStart>("", ErrorCode::syntax, "");
}
