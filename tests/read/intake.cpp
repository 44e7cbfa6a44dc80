// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "../support/intaking.hpp"
#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using notch::ErrorCode;
using notch::IntakeAnswer;
using notch::IntakeEntry;
using notch::IntakeOptions;
using notch::IntakeVerdict;
using test::IntakePlace;
using test::Names;
using test::Number;
using test::Numbers;

/// As the files of a runner: two with JSON, of which one may be absent, and one with a number as text.
struct Run {
    std::string runner;
    double installed = 0;
    int before = 0;
    std::optional<int> after{};
};

IntakeVerdict<Run> judge_run(const IntakeEntry& entry) {
    if (!entry.has("installed") || !entry.has("pre.json")) return IntakeAnswer::clean_up;
    const auto installed = entry.read<double>("installed");
    if (!installed) return installed.error();
    const auto before = entry.read<Number>("pre.json");
    if (!before) return before.error();
    Run out{entry.name(), *installed, before->number};
    if (entry.has("post.json")) {
        const auto after = entry.read<Number>("post.json");
        if (!after) return after.error();
        out.after = after->number;
    }
    return out;
}

IntakeOptions run_options(IntakePlace& place) {
    IntakeOptions out = place.files();
    out.files = {"installed", "pre.json", "post.json"};
    out.limits.max_bytes = 1024;
    return out;
}

std::map<std::string, Run> take_runs(const IntakeOptions& options) {
    std::map<std::string, Run> out;
    for (auto& run : notch::intake<Run>(options, judge_run)) {
        CHECK(run.name == run->runner);
        out.emplace(run.name, std::move(*run));
    }
    return out;
}

}  // namespace

TEST_CASE("files are taken, each once, and the directory is left empty") {
    IntakePlace place;
    for (int i = 0; i < 5; ++i) test::put(place / ("job-" + std::to_string(i)), test::number(i));
    CHECK(test::take(place.files()) == Numbers{{"job-0", 0}, {"job-1", 1}, {"job-2", 2}, {"job-3", 3}, {"job-4", 4}});
    CHECK(test::names_in(place.base).empty());
    CHECK(test::take(place.files()).empty());
    CHECK(place.errors.empty());
}

TEST_CASE("a runner's directory: several files, some optional, one a number as text") {
    IntakePlace place;
    for (const char* name : {"whole", "running", "orphan", "early", "corrupt", "text"}) test::make(place / name);
    for (const char* name : {"whole", "running", "corrupt", "early"})
        test::put(place / (std::string{name} + "/installed"), " 1795190400.5\n");
    for (const char* name : {"whole", "running", "corrupt", "text"})
        test::put(place / (std::string{name} + "/pre.json"), test::number(1));
    test::put(place / "whole/post.json", test::number(2));
    test::put(place / "corrupt/post.json", "{\"number\":");
    test::put(place / "text/installed", "yesterday");
    test::put(place / "whole/unknown", "not read");
    const auto runs = take_runs(run_options(place));
    REQUIRE(runs.size() == 2);
    CHECK(runs.at("whole").installed == 1795190400.5);
    CHECK(runs.at("whole").before == 1);
    CHECK(runs.at("whole").after == 2);
    CHECK(runs.at("running").before == 1);
    CHECK_FALSE(runs.at("running").after);
    CHECK(test::names_in(place.base).empty());  // the orphans are cleaned up as well

    // The quarantine has the bytes of every file that was read, each with the reason.
    CHECK(test::kept_in(place.bad) ==
          Names{" 1795190400.5\n", "yesterday", "{\"number\":", test::number(1), test::number(1)});
    std::set<std::string> sources;
    for (const auto& reason : test::reasons_in(place.bad)) {
        sources.insert(reason.source);
        CHECK(reason.error.find(reason.source.substr(0, reason.source.find('/')) == "text"
                                    ? "/text/installed"
                                    : "/corrupt/post.json") != std::string::npos);
    }
    CHECK(sources == std::set<std::string>{"corrupt/installed", "corrupt/pre.json", "corrupt/post.json",
                                           "text/installed", "text/pre.json"});
    REQUIRE(place.errors.size() == 2);  // and on_error was told
}

TEST_CASE("the limit is for each file: its last byte is read, one more is corrupt and kept up to the limit") {
    IntakePlace place;
    for (const std::size_t size : {std::size_t{1024}, std::size_t{1025}, std::size_t{100'000}}) {
        const std::string name = std::to_string(size);
        test::make(place / name);
        test::put(place / (name + "/installed"), "1");
        test::put(place / (name + "/pre.json"), test::number(1) + std::string(size - test::number(1).size(), ' '));
    }
    const auto runs = take_runs(run_options(place));
    CHECK(runs.size() == 1);
    CHECK(runs.count("1024") == 1);
    CHECK(test::names_in(place.base).empty());
    std::set<std::uint64_t> sizes;
    for (const auto& reason : test::reasons_in(place.bad)) {
        sizes.insert(reason.bytes);
        CHECK(reason.kept <= 1024);
        CHECK(reason.truncated == (reason.bytes > 1024));
    }
    CHECK(sizes == std::set<std::uint64_t>{1, 1025, 100'000});
    REQUIRE(place.errors.size() == 2);
    for (const auto& error : place.errors) CHECK(error.code == ErrorCode::limit);
}

TEST_CASE("ignored names are left alone; so is what the judge wants left, without being moved") {
    IntakePlace place;
    for (const char* name : {"one", "two", "three"}) test::put(place / name, test::number(1));
    IntakeOptions options = place.files();
    options.ignore = {"two", "four"};
    struct ::stat before{};
    REQUIRE(::lstat((place / "three").c_str(), &before) == 0);
    const auto judge = [](const IntakeEntry& entry) -> IntakeVerdict<Number> {
        if (entry.name() == "three") return IntakeAnswer::leave;
        return entry.read<Number>();
    };
    CHECK(test::take(options, judge) == Numbers{{"one", 1}});
    CHECK(test::names_in(place.base) == Names{"three", "two"});
    struct ::stat after{};
    REQUIRE(::lstat((place / "three").c_str(), &after) == 0);
    CHECK(before.st_ctim.tv_sec == after.st_ctim.tv_sec);
    CHECK(before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
    CHECK(test::take(place.files()) == Numbers{{"two", 1}, {"three", 1}});
    CHECK(place.errors.empty());
}

TEST_CASE(
    "an entry without its first file is left when there is no judge, and files with a dot in front are no entries") {
    IntakePlace place;
    test::make(place / "later");
    CHECK(test::take(place.directories()).empty());
    CHECK(test::names_in(place.base) == Names{"later"});
    test::put(place / "later/job.json", test::number(7));
    CHECK(test::take(place.directories()) == Numbers{{"later", 7}});

    test::put(place / ".draft", test::number(1));
    test::put(place / "draft", test::number(2));
    CHECK(test::take(place.files()) == Numbers{{"draft", 2}});
    CHECK(test::names_in(place.base) == Names{".draft"});
    CHECK(place.errors.empty());
}

TEST_CASE("a loop that is left yields its entry again, with the same id, in whatever intake comes next") {
    IntakePlace place;
    for (int i = 0; i < 3; ++i) test::put_entry(place / std::to_string(i), test::number(i));
    std::string id;
    std::string name;
    for (int round = 0; round < 3; ++round) {
        for (const auto& one : notch::intake<Number>(place.directories())) {
            if (round == 0) {
                id = one.id;
                name = one.name;
            }
            CHECK(one.id == id);
            CHECK(one.name == name);
            CHECK(std::to_string(one->number) == name);
            break;
        }
    }
    auto intake = notch::intake<Number>(place.directories());
    for (const auto& one : intake) {
        CHECK(one.id == id);
        break;
    }
    std::map<std::string, std::string> ids;
    for (const auto& one : intake) ids[one.name] = one.id;  // the same object begins where the loop was left
    CHECK(ids.size() == 3);
    CHECK(ids[name] == id);
    CHECK(ids["0"] != ids["1"]);
    CHECK(ids["1"] != ids["2"]);
    CHECK(test::names_in(place.base) == Names{".notch-intake"});
    CHECK(intake.next() == nullptr);
    CHECK(place.errors.empty());
}

TEST_CASE("a yielded entry is removed when the loop moves on and not before") {
    IntakePlace place;
    for (int i = 0; i < 3; ++i) test::put(place / std::to_string(i), test::number(i));
    auto intake = notch::Intake<Number>::open(place.files());
    REQUIRE(intake);
    CHECK(test::claims_in(place.base).empty());
    for (std::size_t left = 3; left-- > 0;) {
        REQUIRE(intake->next() != nullptr);
        CHECK(test::claims_in(place.base).size() == 1);
        CHECK(test::names_in(place.base).size() == left + 1);
    }
    CHECK(intake->next() == nullptr);
    CHECK(test::claims_in(place.base).empty());

    test::put(place / "later", test::number(9));  // the next pass
    const auto* const later = intake->next();
    REQUIRE(later != nullptr);
    CHECK((*later)->number == 9);
    CHECK(intake->next() == nullptr);
}

TEST_CASE("entries of one name, one after the other, have ids of their own") {
    IntakePlace place;
    std::set<std::string> ids;
    std::set<std::string>
        hashes;  // alone they tell apart what lives within one tick of the clock, which is long in old kernels
    for (int i = 0; i < 20; ++i) {
        test::put_entry(place / "same", test::number(i));
        for (const auto& one : notch::intake<Number>(place.directories())) {
            ids.insert(one.id);
            hashes.insert(one.id.substr(one.id.rfind('-')));
        }
    }
    CHECK(ids.size() == 20);
    CHECK(hashes.size() == 20);
}

TEST_CASE("without a quarantine a corrupt entry is reported and stays; with one it goes there") {
    IntakePlace place;
    test::put_entry(place / "bad", "{");
    test::put_entry(place / "good", test::number(1));
    IntakeOptions options = place.directories();
    options.quarantine = {};
    CHECK(test::take(options) == Numbers{{"good", 1}});
    CHECK(test::names_in(place.base) == Names{"bad"});
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].message() ==
          place / "bad/job.json" + ", line 1, column 2: expected a key in quotes, found the end of the text");
    CHECK(test::take(place.directories()).empty());
    CHECK(test::names_in(place.base).empty());
    CHECK(test::kept_in(place.bad) == Names{"{"});
}

TEST_CASE("an error of the judge's own names the entry, and an absent file is an error when it is read") {
    IntakePlace place;
    test::put_entry(place / "own", test::number(1));
    test::make(place / "absent");
    const auto judge = [](const IntakeEntry& entry) -> IntakeVerdict<Number> {
        if (!entry.has("job.json")) return entry.read<Number>("job.json");
        notch::Error error;
        error.expected = "a number of ours";
        error.found = std::string{entry.text("job.json")};
        return error;
    };
    CHECK(test::take(place.directories(), judge).empty());
    std::set<std::string> messages;
    for (const auto& error : place.errors) messages.insert(error.message());
    CHECK(messages == std::set<std::string>{place / "absent/job.json: expected a file, found none",
                                            place / "own: expected a number of ours, found {\"number\":1}"});
    CHECK(test::kept_in(place.bad) == Names{"", test::number(1)});  // nothing was read of the first: its reason is kept
}

TEST_CASE("the claims can stand elsewhere on the file system, and leave no trace") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    IntakeOptions options = place.files();
    options.claims = place.place / "claims";
    for ([[maybe_unused]] const auto& one : notch::intake<Number>(options)) {
        CHECK(test::names_in(place.base).empty());
        CHECK(test::names_in(options.claims).size() == 1);
        break;
    }
    CHECK(test::take(place.files()).empty());  // looks elsewhere
    CHECK(test::take(options) == Numbers{{"one", 1}});
    CHECK(::access(options.claims.c_str(), F_OK) != 0);

    // A directory of the claims, or the quarantine, inside the base is no entry, whatever it is called.
    IntakeOptions inside = place.directories();
    inside.claims = place / "claims";
    inside.quarantine.path = place / "bad";
    const auto take_all = [](const IntakeEntry& entry) -> IntakeVerdict<Number> {
        return Number{static_cast<int>(entry.name().size())};
    };
    test::make(place / ".notch-intake");  // of extractors that have their claims there
    CHECK(test::take(inside, take_all).empty());
    test::make(place / "entry");
    CHECK(test::take(inside, take_all) == Numbers{{"entry", 5}});
    CHECK(test::names_in(place.base) == Names{".notch-intake", "bad"});
    CHECK(place.errors.empty());
}

TEST_CASE("what cannot be opened is an error as a value, or told to on_error and an empty loop") {
    IntakePlace place;
    IntakeOptions options = place.files();
    CHECK(notch::Intake<Number>::open(options));
    options.path = place / "none";
    CHECK(notch::Intake<Number>::open(options).error().code == ErrorCode::open_failed);
    CHECK(place.errors.empty());
    CHECK(test::take(options).empty());
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].place == place / "none");

    REQUIRE(::symlink("base", (place.place / "link").c_str()) == 0);
    options.path = place.place / "link";
    CHECK(notch::Intake<Number>::open(options).error().found == "a symbolic link");

    options = place.files();
    options.quarantine.path = place / "none/bad";
    CHECK(notch::Intake<Number>::open(options).error().code == ErrorCode::open_failed);
    options = place.files();
    options.claims = place / "open";
    test::make(place / "open");
    CHECK(notch::Intake<Number>::open(options));
    test::make(place / "open");
    REQUIRE(::chmod((place / "open").c_str(), 0755) == 0);
    const auto open = notch::Intake<Number>::open(options);
    REQUIRE_FALSE(open);
    CHECK(open.error().code == ErrorCode::refused);
    CHECK(open.error().found == "others' permissions");
}

TEST_CASE("a pass ends after max_entries, and the next one goes on") {
    IntakePlace place;
    for (int i = 0; i < 5; ++i) test::put(place / std::to_string(i), i == 0 ? "{" : test::number(i));
    IntakeOptions options = place.files();
    options.max_entries = 2;
    auto intake = notch::intake<Number>(options);
    std::size_t taken = 0;
    for (int pass = 0; pass < 3; ++pass) {
        std::size_t in_pass = 0;
        for ([[maybe_unused]] const auto& one : intake) ++in_pass;
        CHECK(in_pass <= 2);
        taken += in_pass;
    }
    CHECK(taken == 4);
    CHECK(test::names_in(place.base) == Names{".notch-intake"});
    CHECK(test::kept_in(place.bad).size() == 1);

    // What is cleaned up, or put into the quarantine, counts as well.
    for (const bool corrupt : {true, false}) {
        for (int i = 0; i < 5; ++i) test::put(place / std::to_string(i), "{");
        const auto judge = [&](const IntakeEntry& entry) -> IntakeVerdict<Number> {
            if (corrupt) return entry.read<Number>().error();
            return IntakeAnswer::clean_up;
        };
        auto cleaning = notch::intake<Number>(options, judge);
        for (const std::size_t left : {3U, 1U, 0U}) {
            CHECK(cleaning.next() == nullptr);
            CHECK(test::names_in(place.base).size() == left + 1);  // and the claims
        }
    }
}

TEST_CASE("names may hold any byte: values have them as they are, messages do not") {
    IntakePlace place;
    const std::string longest(255, 'x');
    const std::vector<std::string> names{"a\nb\x1b[31m", "\xff\xfe", "with space", "-rf", "lock", "\\", longest, "..."};
    for (const std::string& name : names) test::put_entry(place / name, test::number(1));
    test::put_entry(place / "bad\n\x1b", "{");
    const auto taken = test::take(place.directories());
    CHECK(taken.size() == names.size());
    for (const std::string& name : names) CHECK(taken.count(name) == 1);
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].place == place / "bad\\x0a\\x1b/job.json");
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("an intake can be moved; one that was moved from does nothing") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    auto first = notch::intake<Number>(place.files());
    {
        auto second = std::move(first);
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& one : second) ++count;
        CHECK(count == 1);
        test::put(place / "two", test::number(2));
        CHECK(first.next() == nullptr);
        CHECK(second.next() != nullptr);
        CHECK(second.next() == nullptr);
    }
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("a change between the two readings is judged again; what is no longer ready is put back") {
    IntakePlace place;
    test::put_entry(place / "one", test::number(1));
    int calls = 0;
    const auto judge = [&](const IntakeEntry& entry) -> IntakeVerdict<Number> {
        ++calls;
        const auto value = entry.read<Number>("job.json");
        if (calls == 1) test::put(place / "one/job.json", test::number(2));
        if (calls == 2 || calls == 3) return value;
        return calls == 1 ? value : IntakeVerdict<Number>{IntakeAnswer::leave};
    };
    for (const auto& one : notch::intake<Number>(place.directories(), judge)) {
        CHECK(calls == 2);
        CHECK(one->number == 2);
        break;
    }
    for ([[maybe_unused]] const auto& one : notch::intake<Number>(place.directories(), judge)) break;
    CHECK(calls == 3);
    CHECK(test::take(place.directories(), judge).empty());  // the fourth time: leave
    CHECK(test::names_in(place.base) == Names{"one"});
    CHECK(test::contents(place / "one/job.json") == test::number(2));
    CHECK(place.errors.empty());
}

TEST_CASE("a file that is refused at the second reading is corrupt, though the first one missed it") {
    IntakePlace place;
    test::put_entry(place / "one", test::number(1));
    IntakeOptions options = place.directories();
    options.files = {"job.json", "more.json"};
    int calls = 0;
    const auto judge = [&](const IntakeEntry& entry) -> IntakeVerdict<Number> {
        if (++calls == 1) REQUIRE(::mkfifo((place / "one/more.json").c_str(), 0600) == 0);
        return entry.read<Number>("job.json");
    };
    CHECK(test::take(options, judge).empty());
    CHECK(calls == 1);
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].message() == place / "one/more.json" + ": expected a regular file, found a FIFO");
    CHECK(test::kept_in(place.bad) == Names{test::number(1)});

    // Where several are refused, the first one is the reason.
    place.errors.clear();
    test::make(place / "two");
    for (const char* name : {"job.json", "more.json"}) test::make(place / "two/" + name);
    CHECK(test::take(options, judge).empty());
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].place == place / "two/job.json");
}

TEST_CASE("what is put back replaces nothing that was put there meanwhile; it comes again later") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    int calls = 0;
    const auto judge = [&](const IntakeEntry& entry) -> IntakeVerdict<Number> {
        if (++calls == 1) test::put(place / "one", test::number(2));  // changed, so it is judged again
        if (calls != 2) return entry.read<Number>();
        test::put(place / "one", test::number(3));
        return IntakeAnswer::leave;
    };
    auto intake = notch::intake<Number>(place.files(), judge);
    CHECK(intake.next() == nullptr);
    REQUIRE(place.errors.size() == 1);
    CHECK(place.errors[0].os_error == EEXIST);
    CHECK(test::contents(place / "one") == test::number(3));
    {
        const auto moved = std::move(intake);
    }
    std::vector<int> numbers;
    for (const auto& one : notch::intake<Number>(place.files())) numbers.push_back(one->number);
    CHECK(numbers == std::vector<int>{2, 3});
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("an entry that was exchanged after it was looked at is put back, so that no id is that of another one") {
    IntakePlace place;
    test::put_entry(place / "one", test::number(1));
    test::put_entry(place.place / "other", test::number(1));
    int calls = 0;
    const auto judge = [&](const IntakeEntry& entry) {
        if (++calls == 1) {
            REQUIRE(::rename((place / "one").c_str(), (place.place / "first").c_str()) == 0);
            REQUIRE(::rename((place.place / "other").c_str(), (place / "one").c_str()) == 0);
        }
        return IntakeVerdict<Number>{entry.read<Number>()};
    };
    CHECK(test::take(place.directories(), judge).empty());
    CHECK(test::names_in(place.base) == Names{"one"});
    struct ::stat status{};
    REQUIRE(::lstat((place / "one").c_str(), &status) == 0);
    for (const auto& one : notch::intake<Number>(place.directories(), judge))
        CHECK(std::stoull(one.id.substr(17, 16), nullptr, 16) == static_cast<std::uint64_t>(status.st_ino));
    CHECK(calls == 2);
    CHECK(test::names_in(place.base).empty());
    CHECK(place.errors.empty());
}

TEST_CASE("what becomes of each entry is told once, with its id from the claim on, and with the error when something is wrong") {
    IntakePlace place;
    for (const char* name : {"good", "bad", "empty", "later", "mine"}) test::make(place / name);
    test::put(place / "good/job.json", test::number(1));
    test::put(place / "bad/job.json", "{");
    test::put(place / "later/job.json", test::number(2));
    REQUIRE(::symlink("good", (place / "link").c_str()) == 0);
    IntakeOptions options = place.directories();
    options.ignore = {"mine"};
    std::map<std::string, std::vector<notch::IntakeDecision>> decisions;
    std::string id;
    options.on_decision = [&](const notch::IntakeNotice& notice) {
        using enum notch::IntakeDecision;
        decisions[std::string{notice.name}].push_back(notice.decision);
        CHECK(notice.id.empty() == (notice.decision == ignored || notice.decision == left));
        CHECK((notice.error == nullptr) == (notice.decision != quarantined));
        if (notice.decision == yielded) id = notice.id;
        if (notice.decision == removed) CHECK(notice.id == id);
    };
    const auto judge = [](const IntakeEntry& entry) -> IntakeVerdict<Number> {
        if (!entry.has()) return IntakeAnswer::clean_up;
        if (entry.name() == "later") return IntakeAnswer::leave;
        return entry.read<Number>();
    };
    CHECK(test::take(options, judge).size() == 1);
    using enum notch::IntakeDecision;
    CHECK(decisions ==
          std::map<std::string, std::vector<notch::IntakeDecision>>{
              {"good", {yielded, removed}}, {"bad", {quarantined}}, {"empty", {cleaned_up}}, {"later", {left}}, {"mine", {ignored}}});

    decisions.clear();
    test::put_entry(place / "worse", "{");
    options.quarantine = {};
    options.on_decision = [&](const notch::IntakeNotice& notice) {
        if (notice.name == "worse") CHECK((notice.decision == left && notice.error != nullptr));
        decisions[std::string{notice.name}].push_back(notice.decision);
    };
    CHECK(test::take(options, judge).empty());
    CHECK(decisions.size() == 3);
}
