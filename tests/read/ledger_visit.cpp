// SPDX-License-Identifier: MIT
// Events of a ledger as structs: which line is of which type, what each callable is given, and when a pass ends.
#include "notch.hpp"

#include "../support/allocations.hpp"
#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using notch::ErrorCode;
using notch::LedgerReader;

namespace {

struct RunnerStart {
    double timestamp = 0;
    std::string flavor{};
    std::optional<double> idle{};
    bool operator==(const RunnerStart&) const = default;
};
struct RunnerStop {
    std::string flavor{};
    double duration = 0;
    bool operator==(const RunnerStop&) const = default;
};
struct View {
    std::string_view flavor{};
    static constexpr std::string_view notch_name() { return "runner_start"; }
};
struct Named {
    std::string event{};
    int value = 0;
};
struct Entry {
    std::string kind{};
    std::optional<std::string> event{};
    static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
};

const std::string start_line = R"({"timestamp":1.5,"event":"runner_start","flavor":"a","idle":2.0})";
const std::string stop_line = R"({"timestamp":1.5,"event":"runner_stop","flavor":"b","duration":3.0})";
const std::string entry_line = R"({"kind":"vm.start","extra":[1]})";

class Ledger {
public:
    explicit Ledger(const std::vector<std::string>& lines) {
        std::string text;
        for (const std::string& line : lines) text += line + "\n";
        test::put(place_ / "x.jsonl", text);
    }
    [[nodiscard]] LedgerReader reader() const { return LedgerReader{place_ / "x.jsonl"}; }

private:
    test::TemporaryDirectory place_;
};

struct Errors {
    std::vector<notch::Error> list{};
    void operator()(const notch::BadLine& bad) { list.push_back(bad.error); }
};

notch::LedgerCounts counts_of(const notch::Result<notch::LedgerCounts>& result) {
    REQUIRE(result);
    return *result;
}

}  // namespace

TEST_CASE("each type has its callable") {
    const Ledger ledger{{start_line, stop_line, start_line, R"({"timestamp":1.5,"event":"other","x":1})", "{}"}};
    std::vector<RunnerStart> starts;
    std::vector<RunnerStop> stops;
    const auto counts = counts_of(ledger.reader().visit<RunnerStart, RunnerStop>([&](const RunnerStart& e) { starts.push_back(e); },
                                                                              [&](RunnerStop e) { stops.push_back(std::move(e)); }));
    CHECK(starts == std::vector<RunnerStart>(2, {1.5, "a", 2.0}));
    CHECK(stops == std::vector<RunnerStop>{{"b", 3.0}});
    CHECK(counts.lines == 5);
    CHECK(counts.events == 3);
    CHECK(counts.bad == 0);
}

TEST_CASE("one callable for all types, and one type alone") {
    const Ledger ledger{{start_line, stop_line, start_line}};
    std::string all;
    const auto counts = counts_of(ledger.reader().visit<RunnerStop, RunnerStart>([&](const auto& e) { all += e.flavor; }));
    CHECK(all == "aba");
    CHECK(counts.events == 3);
    all.clear();
    (void)ledger.reader().visit<RunnerStop>([&](const RunnerStop& e) { all += e.flavor; });
    CHECK(all == "b");
    Errors errors;
    (void)ledger.reader().visit<RunnerStop>([&](const RunnerStop& e) { all += e.flavor; }, errors);
    CHECK(all == "bb");
    CHECK(errors.list.empty());
}

TEST_CASE("a callable may take the line as well") {
    const std::string with_id = R"({"timestamp":1.5,"event":"runner_start","notch_id":"y","flavor":"a"})";
    const Ledger ledger{{"{}", with_id, R"({"flavor":"late","timestamp":0.0,"event":"runner_start","notch_id":"x"})", start_line}};
    std::vector<std::string> seen;
    (void)ledger.reader().visit<RunnerStart>([&](const RunnerStart& e, const notch::LedgerLine& line) {
        seen.push_back(e.flavor + std::to_string(line.number) + "@" + std::to_string(line.byte) + std::string{line.event} +
                       std::string{line.id});
        CHECK(notch::from_line<RunnerStart>(line.text).value_or(RunnerStart{}) == e);
    });
    REQUIRE(seen.size() == 3);
    CHECK(seen[0] == "a2@3runner_starty");
    CHECK(seen[1] == "late3@" + std::to_string(4 + with_id.size()) + "runner_startx");
    CHECK(seen[2].ends_with("runner_start"));
}

TEST_CASE("a callable that returns false ends the pass") {
    const Ledger ledger{{start_line, start_line, "garbage", start_line}};
    int seen = 0;
    const auto counts = counts_of(ledger.reader().visit<RunnerStart>([&](const RunnerStart&) { return ++seen < 2; }));
    CHECK(seen == 2);
    CHECK(counts.lines == 2);
    CHECK(counts.bad == 0);
    // What it returns otherwise counts for nothing.
    seen = 0;
    (void)ledger.reader().visit<RunnerStart>([&](const RunnerStart&) { return seen++ * 0; });
    CHECK(seen == 3);
}

TEST_CASE("a line of a type that cannot be read as it is bad") {
    const Ledger ledger{{R"({"timestamp":1.5,"event":"runner_start","flavor":7})", R"({"timestamp":1.5,"event":"runner_start"})",
                         R"({"timestamp":1.5,"event":"runner_start","flavor":"a","flavor":"b"})",
                         R"({"timestamp":1.5,"event":"runner_start","flavor":"a")",
                         R"({"flavor":7,"event":"runner_start","timestamp":1.5})",
                         R"({"timestamp":1.5,"event":"runner_start","event":"runner_stop","flavor":"a"})", start_line}};
    Errors errors;
    int seen = 0;
    const auto counts = counts_of(ledger.reader().visit<RunnerStart>([&](const RunnerStart&) { ++seen; }, errors));
    CHECK(seen == 1);
    REQUIRE(errors.list.size() == 6);
    const ErrorCode codes[] = {ErrorCode::type_mismatch, ErrorCode::missing_field, ErrorCode::duplicate_key,
                               ErrorCode::syntax,        ErrorCode::type_mismatch, ErrorCode::duplicate_key};
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(errors.list[i].code == codes[i]);
        CHECK(errors.list[i].line == i + 1);
    }
    CHECK(errors.list[0].field == "/flavor");
    CHECK(errors.list[1].byte == 52 + 39);
    CHECK(counts.lines == 1);
    CHECK(counts.bad == 6);
    CHECK(counts.torn == 0);
}

TEST_CASE("lines of other events are checked") {
    const Ledger ledger{{R"({"timestamp":1.5,"event":"other","x":01})", R"({"timestamp":1.5,"event":"other","x":1})",
                         R"({"timestamp":x,"event":"other"})"}};
    Errors errors;
    const auto counts = counts_of(ledger.reader().visit<RunnerStart>([](const RunnerStart&) { CHECK(false); }, errors));
    CHECK(errors.list.size() == 2);
    CHECK(counts.lines == 1);
    CHECK(counts.events == 0);
}

TEST_CASE("what a line leaves out is as in a new struct") {
    const Ledger ledger{{start_line, R"({"timestamp":3.0,"event":"runner_start","flavor":""})", start_line}};
    std::vector<RunnerStart> starts;
    (void)ledger.reader().visit<RunnerStart>([&](RunnerStart&& e) { starts.push_back(std::move(e)); });
    CHECK(starts == std::vector<RunnerStart>{{1.5, "a", 2.0}, {3.0, "", {}}, {1.5, "a", 2.0}});
}

TEST_CASE("null reads as NaN in a floating field") {
    const Ledger ledger{{R"({"timestamp":1.5,"event":"runner_stop","flavor":"b","duration":null})"}};
    int seen = 0;
    (void)ledger.reader().visit<RunnerStop>([&](const RunnerStop& e) { seen += e.duration != e.duration ? 1 : 0; });
    CHECK(seen == 1);
}

TEST_CASE("views show the text of the line, with or without escapes") {
    const Ledger ledger{{start_line, R"({"timestamp":1.5,"event":"runner_start","flavor":"tab\tquote\"","idle":null})", start_line}};
    std::vector<std::string> seen;
    (void)ledger.reader().visit<View>([&](const View& e) { seen.emplace_back(e.flavor); });
    CHECK(seen == std::vector<std::string>{"a", "tab\tquote\"", "a"});
}

TEST_CASE("lines of a type without envelope") {
    const Ledger ledger{{entry_line, start_line, R"({"n":1})", R"({"kind":7})", R"({"kind":"k","event":"data"})", stop_line, "[]"}};
    Errors errors;
    std::vector<std::string> kinds;
    auto counts = counts_of(ledger.reader().visit<Entry>([&](const Entry& e) { kinds.push_back(e.kind + e.event.value_or("")); }, errors));
    CHECK(kinds == std::vector<std::string>{"vm.start", "kdata"});
    REQUIRE(errors.list.size() == 3);
    CHECK(errors.list[0].message().find("/kind: expected a value, found no such key") != std::string::npos);
    CHECK(errors.list[1].code == ErrorCode::type_mismatch);
    CHECK(errors.list[2].line == 7);
    CHECK(counts.lines == 4);
    CHECK(counts.events == 2);
    // Beside types with names, whose lines come first.
    kinds.clear();
    int starts = 0;
    counts = counts_of(
        ledger.reader().visit<RunnerStart, Entry>([&](const RunnerStart&) { ++starts; }, [&](const Entry& e) { kinds.push_back(e.kind); }));
    CHECK(starts == 1);
    CHECK(kinds == std::vector<std::string>{"vm.start", "k"});
    CHECK(counts.bad == 3);
}

TEST_CASE("a type whose member names its event takes the names that are nobody's") {
    const Ledger ledger{{R"({"timestamp":1.0,"event":"named","value":1})", R"({"timestamp":1.0,"event":"custom","value":2})", start_line,
                         "{}", R"({"timestamp":1.0,"event":"notch_gap","value":3})", R"({"event":"cust\u006fm","value":4})",
                         R"({"timestamp":1.0,"event":"named","value":"x"})"}};
    std::vector<std::string> seen;
    Errors errors;
    const auto counts =
        counts_of(ledger.reader().visit<Named, RunnerStart>([&](const Named& e) { seen.push_back(e.event + std::to_string(e.value)); },
                                                            [&](const RunnerStart& e) { seen.push_back(e.flavor); }, errors));
    CHECK(seen == std::vector<std::string>{"1", "custom2", "a", "custom4"});
    REQUIRE(errors.list.size() == 1);
    CHECK(errors.list[0].line == 7);
    CHECK(counts.lines == 6);

    // A name with escapes is none of its beginnings.
    const Ledger escaped{{R"({"timestamp":1.5,"event":"named\u005f2","value":7,"flavor":"a"})"}};
    struct NamedTwo {
        std::string flavor{};
        static constexpr std::string_view notch_name() { return "named_2"; }
    };
    std::string all;
    (void)counts_of(escaped.reader().visit<Named, NamedTwo>([&](const Named&) { all += "wrong"; }, [&](const NamedTwo& e) { all += e.flavor; }));
    CHECK(all == "a");
}

TEST_CASE("salvaged lines are handed on") {
    const Ledger ledger{{start_line.substr(0, 30) + start_line, std::string(5, '\0') + stop_line,
                         stop_line.substr(0, 50) + R"({"timestamp":1.5,"event":"runner_start","flavor":1})"}};
    std::string all;
    Errors errors;
    const auto counts = counts_of(ledger.reader().visit<RunnerStart, RunnerStop>([&](const RunnerStart& e) { all += e.flavor; },
                                                                                 [&](const RunnerStop& e) { all += e.flavor; }, errors));
    CHECK(all == "ab");
    CHECK(errors.list.size() == 4);
    CHECK(counts.salvaged == 3);
    CHECK(counts.events == 2);
}

TEST_CASE("a ledger that cannot be read is an error") {
    const test::TemporaryDirectory place;
    const auto result = LedgerReader{place / "nothing.jsonl"}.visit<RunnerStart>([](const RunnerStart&) {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::open_failed);
    test::put(place / "nothing.jsonl", "");
    CHECK(LedgerReader{place / "nothing.jsonl"}.visit<RunnerStart>([](const RunnerStart&) {}));
}

TEST_CASE("reading allocates nothing for a line") {
    std::vector<std::string> lines;
    for (int i = 0; i < 400; ++i) {
        lines.push_back(R"({"timestamp":1.5,"event":"runner_start","flavor":"a text that no small string holds in itself"})");
        lines.push_back(entry_line);
    }
    const Ledger ledger{lines};
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t count = 0;
    (void)ledger.reader().visit<RunnerStart>([&](const RunnerStart&) {
        if (++count == 10) first = test::allocations();
        if (count == 390) last = test::allocations();
    });
    CHECK(count == 400);
    CHECK(last == first);

    // Texts with escapes are put together anew for each line, and none is kept for longer.
    const Ledger escaped{std::vector<std::string>(400, R"({"timestamp":1.5,"event":"runner_start","flavor":"a text that no small string holds\nin itself"})")};
    std::size_t one = 0;
    count = 0;
    (void)escaped.reader().visit<View>([&](const View&) {
        if (++count == 10) first = test::allocations();
        if (count == 11) one = test::allocations() - first;
        if (count == 390) last = test::allocations();
    });
    CHECK(count == 400);
    CHECK(last - first == 380 * one);
    notch::LedgerLines raw = ledger.reader().lines();
    REQUIRE(raw.next() != nullptr);
    first = test::allocations();
    for (count = 1; count < 700; ++count) (void)raw.next();
    CHECK(test::allocations() == first);
}
