// SPDX-License-Identifier: MIT
// A sink goes through the lines of a batch: each text as it is parsed, beside what is known of it.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

TEST_CASE("each_line: the texts in turn, without their newlines, with their infos") {
    const std::string_view bytes = "{\"a\":1}\n{}\n{\"b\":\"\\n\"}\n";
    const std::array<notch::LineInfo, 3> infos{{{.size = 8, .event = "a"}, {.size = 3, .event = "none"}, {.size = 11, .event = "b"}}};
    std::vector<std::string> texts;
    std::vector<std::string_view> events;
    notch::Batch{bytes, infos}.each_line([&](std::string_view text, const notch::LineInfo& line) {
        texts.emplace_back(text);
        events.push_back(line.event);
    });
    CHECK(texts == std::vector<std::string>{"{\"a\":1}", "{}", "{\"b\":\"\\n\"}"});
    CHECK(events == std::vector<std::string_view>{"a", "none", "b"});
}

TEST_CASE("each_line: of an empty batch nothing") {
    int calls = 0;
    notch::Batch{}.each_line([&calls](std::string_view, const notch::LineInfo&) { ++calls; });
    CHECK(calls == 0);
}

TEST_CASE("each_line: what a recorder hands on") {
    struct Sink {
        std::vector<std::string>* kept;
        notch::Delivery write(const notch::Batch& batch) {
            batch.each_line([this](std::string_view text, const notch::LineInfo&) { kept->emplace_back(text); });
            return {batch.lines.size(), {}};
        }
    };
    struct Step {
        double timestamp;
        int n;
    };
    std::vector<std::string> kept;
    {
        notch::Recorder recorder{Sink{&kept}};
        for (int n = 0; n < 3; ++n) recorder.record(Step{1.0, n});
    }
    CHECK(kept == std::vector<std::string>{R"({"timestamp":1.0,"event":"step","n":0})", R"({"timestamp":1.0,"event":"step","n":1})",
                                           R"({"timestamp":1.0,"event":"step","n":2})"});
}
