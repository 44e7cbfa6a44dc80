// SPDX-License-Identifier: MIT
// What an audit finds in a ledger, by the ids of its lines and by its damage.
#include "notch.hpp"

#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using Kind = notch::LedgerFinding::Kind;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* epoch = "0198c5a1b2c3d4e5";

std::string id_line(std::uint64_t sequence, std::uint64_t producer = 3, const std::string& of = epoch) {
    return R"({"timestamp":1.5,"event":"x","notch_id":")" + of + "-" + std::to_string(producer) + "-" + std::to_string(sequence) + "\"}";
}
std::string gap_line(std::uint64_t first, std::uint64_t last, const std::string& more = "", std::uint64_t producer = 3) {
    return R"({"timestamp":1.5,"event":"notch_gap","producer":)" + std::to_string(producer) + ",\"first\":" + std::to_string(first) +
           ",\"last\":" + std::to_string(last) + ",\"count\":" + std::to_string(last - first + 1) + ",\"reason\":\"full\"" + more + "}";
}
const std::string with_epoch = std::string{",\"epoch\":\""} + epoch + "\"";

notch::LedgerAudit audit_text(const std::string& text, const notch::AuditOptions& options = {}) {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl", text);
    auto audit = notch::LedgerReader{place / "x.jsonl"}.audit(options);
    REQUIRE(audit);
    for (notch::LedgerFinding& finding : audit->findings) finding.file.erase(0, place.path().size() + 1);
    return std::move(*audit);
}
std::string text_of(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}
notch::LedgerAudit audit_of(const Lines& lines, const notch::AuditOptions& options = {}) { return audit_text(text_of(lines), options); }

Lines ids(const std::vector<std::uint64_t>& sequences) {
    Lines out;
    for (const std::uint64_t sequence : sequences) out.push_back(id_line(sequence));
    return out;
}
Lines messages(const notch::LedgerAudit& audit) {
    Lines out;
    for (const notch::LedgerFinding& finding : audit.findings) out.push_back(finding.message());
    return out;
}

}  // namespace

TEST_CASE("a ledger as it should be is clean") {
    const auto audit = audit_of({id_line(16), id_line(17), id_line(1, 4), id_line(18), id_line(2, 4), "{}",
                                 id_line(0, 3, "00000000000000ff"), id_line(1, 3, "00000000000000ff")});
    CHECK(audit.clean());
    CHECK(audit.exact);
    CHECK(audit.findings.empty());
    CHECK(audit.ids == 7);
    CHECK(audit.producers == 3);
    CHECK(audit.counts.lines == 8);
    CHECK(audit_of({}).clean());
}

TEST_CASE("ids that are missing") {
    const auto audit = audit_of(ids({10, 11, 14, 15, 17}));
    CHECK_FALSE(audit.clean());
    CHECK(audit.gaps == 2);
    CHECK(audit.missing == 3);
    CHECK(audit.lost == 0);
    CHECK(audit.duplicates == 0);
    CHECK(audit.reordered == 0);
    CHECK(messages(audit) == Lines{"x.jsonl, line 3: ids 0198c5a1b2c3d4e5-3-12 to 13 are missing before it",
                                   "x.jsonl, line 5: id 0198c5a1b2c3d4e5-3-16 is missing before it"});
    CHECK(audit.findings[0].kind == Kind::gap);
    CHECK(audit.findings[0].byte == 2 * (id_line(10).size() + 1));
    CHECK(audit.findings[0].first == 12);
    CHECK(audit.findings[0].last == 13);
    CHECK(audit.findings[0].epoch == 0x0198c5a1b2c3d4e5);
    CHECK(audit.findings[0].producer == 3);
}

TEST_CASE("ids that come twice or late") {
    const auto twice = audit_of(ids({1, 2, 3, 2, 1, 3, 4}));
    CHECK(twice.duplicates == 3);
    CHECK(twice.reordered == 0);
    CHECK(twice.missing == 0);
    CHECK(messages(twice)[0] == "x.jsonl, line 4: id 0198c5a1b2c3d4e5-3-2 stands here for the second time");
    const auto late = audit_of(ids({1, 4, 3, 2, 5, 7, 6}));
    CHECK(late.reordered == 3);
    CHECK(late.duplicates == 0);
    CHECK(late.missing == 0);
    CHECK(messages(late)[1] == "x.jsonl, line 4: id 0198c5a1b2c3d4e5-3-2 stands behind a later one");
    CHECK_FALSE(late.clean());
    const auto before = audit_of(ids({5, 6, 3}));  // lower than the first that was seen
    CHECK(before.reordered == 1);
    CHECK(before.missing == 1);
    const auto ends = audit_of(ids({0, ~std::uint64_t{0}, 0, ~std::uint64_t{0}, ~std::uint64_t{0} - 1, 1}));
    CHECK(ends.duplicates == 2);
    CHECK(ends.reordered == 2);
    CHECK(ends.gaps == 1);
    CHECK(ends.missing == ~std::uint64_t{0} - 3);
}

TEST_CASE("a gap that a gap line tells of is a loss, not a mystery") {
    for (const std::string& more : {std::string{}, with_epoch}) {
        CAPTURE(more);
        const auto before = audit_of({id_line(16), gap_line(17, 19, more), id_line(20)});
        CHECK(before.clean());
        CHECK(before.lost == 3);
        CHECK(before.missing == 0);
        CHECK(messages(before) == Lines{"x.jsonl, line 2: ids 0198c5a1b2c3d4e5-3-17 to 19 were dropped, and the writer says so"});
        const auto behind = audit_of({id_line(16), id_line(20), gap_line(17, 19, more), id_line(21)});
        CHECK(behind.clean());
        CHECK(behind.lost == 3);
        const auto first = audit_of({gap_line(0, 4, more), id_line(5), id_line(7)});
        CHECK(first.lost == 5);
        CHECK(first.missing == 1);
        CHECK(first.producers == 1);
        const auto last = audit_of({id_line(5), gap_line(6, 9, more)});
        CHECK(last.lost == 4);
        CHECK(last.clean());
        const auto part = audit_of({id_line(1), gap_line(3, 4, more), id_line(8)});
        CHECK(part.lost == 2);
        CHECK(part.missing == 4);
        CHECK(part.gaps == 2);
        const auto other = audit_of({id_line(1), gap_line(2, 4, more, 4), id_line(5)});
        CHECK(other.missing == 3);
        CHECK(other.lost == 3);
        const auto there = audit_of({id_line(1), gap_line(2, 4, more), id_line(2), id_line(3), id_line(4)});
        CHECK(there.lost == 0);
        CHECK(there.clean());
        const auto twice = audit_of({id_line(1), gap_line(2, 4, more), gap_line(2, 4, more), id_line(5)});
        CHECK(twice.lost == 3);
    }
    const auto epochs = audit_of({id_line(1), id_line(1, 3, "0000000000000001"), gap_line(2, 2, with_epoch), gap_line(2, 2), id_line(3),
                                  id_line(3, 3, "0000000000000001")});
    CHECK(epochs.missing == 1);  // without its epoch the second is about the one of the gap line before it
    const auto two = audit_of({gap_line(0, 1, "", 4), gap_line(0, 2, "", 5), id_line(2, 4), id_line(3, 5)});
    CHECK(two.clean());
    CHECK(two.lost == 5);
    CHECK(two.producers == 2);
    const auto only = audit_of({gap_line(2, 3)});
    CHECK(only.lost == 2);
    CHECK(only.producers == 1);
}

TEST_CASE("ids and gap lines that are not as notch writes them") {
    for (const char* id :
         {"1", "", "0198c5a1b2c3d4e5", "0198c5a1b2c3d4e5-3", "0198c5a1b2c3d4e5-3-", "0198c5a1b2c3d4e5--1", "0198C5A1B2C3D4E5-3-1",
          "0198c5a1b2c3d4e-3-17", "0198c5a1b2c3d4e5-3-17 ", "0198c5a1b2c3d4e5-03-1", "0198c5a1b2c3d4e5-3-18446744073709551616",
          "0198c5a1b2c3d4e5-3-1-1", "0198c5a1b2c3d4g5-3-17", "0198c5a1b2c3d4e5_3-17"}) {
        CAPTURE(id);
        const auto audit = audit_of({std::string{R"({"notch_id":")"} + id + "\"}"});
        CHECK(audit.bad_ids == (*id == '\0' ? 0 : 1));
        CHECK(audit.ids == 0);
        CHECK(audit.clean() == (*id == '\0'));
    }
    CHECK(audit_of({R"({"notch_id":"0198c5a1b2c3d4e5-0-18446744073709551615"})"}).clean());
    CHECK(audit_of({R"({"x":1,"notch\u005fid":"0198c5a1b2c3d4e5-3-1\u0037"})"}).ids == 1);
    for (const std::string& line : {gap_line(3, 2), gap_line(1, 2, ",\"epoch\":\"1\""), std::string{R"({"event":"notch_gap"})"},
                                    std::string{R"({"event":"notch_gap","producer":1,"first":-1,"last":1})"}}) {
        CAPTURE(line);
        const auto audit = audit_of({line});
        CHECK(audit.bad_ids == 1);
        CHECK(messages(audit) == Lines{"x.jsonl, line 1: a notch_id or gap line that is not as notch writes it"});
    }
}

TEST_CASE("damage and torn lines") {
    const auto audit = audit_text(text_of({id_line(1), "garbage", id_line(2).substr(0, 30) + id_line(3)}) + id_line(4));
    CHECK(audit.counts.bad == 2);
    CHECK(audit.torn == 2);  // the glued one, and the tail
    CHECK(audit.missing == 1);
    CHECK(audit.ids == 2);
    CHECK_FALSE(audit.clean());
    CHECK(messages(audit)[0].find("x.jsonl, line 2, column 1: expected a value, found garbage") != std::string::npos);
    CHECK(audit.findings[0].kind == Kind::bad_line);
    CHECK(audit.findings[0].number == 2);
    CHECK(audit.findings[0].byte == id_line(1).size() + 1);
    CHECK_FALSE(audit.findings[0].torn);
    CHECK(audit.findings[1].torn);
    CHECK_FALSE(audit_of({"[]"}).clean());
}

TEST_CASE("what is not clean has a finding: the tail too") {
    const auto audit = audit_text(id_line(3) + "\n" + id_line(4));
    CHECK_FALSE(audit.clean());
    CHECK(audit.counts.bad == 0);
    CHECK(audit.torn == 1);
    REQUIRE(audit.findings.size() == 1);
    CHECK(audit.findings[0].kind == Kind::bad_line);
    CHECK(audit.findings[0].torn);
    CHECK(audit.findings[0].number == 2);
    CHECK(audit.findings[0].byte == id_line(3).size() + 1);
    const std::string column = std::to_string(id_line(4).size() + 1);
    CHECK(messages(audit)[0].find("x.jsonl, line 2, column " + column +
                                  ": expected the newline at the end of the line, found the end of the file") != std::string::npos);
    CHECK(audit_text(id_line(4) + "\n").clean());
    CHECK(audit_text(id_line(4) + "\n").findings.empty());
}

TEST_CASE("a hostile name of a ledger is shown without its control characters") {
    const test::TemporaryDirectory place;
    test::put(place / "x\x1b[2J.jsonl", text_of(ids({1, 3})) + "garbage\n");
    const auto audit = notch::LedgerReader{place / "x\x1b[2J.jsonl"}.audit();
    REQUIRE(audit);
    REQUIRE(audit->findings.size() == 2);
    for (const notch::LedgerFinding& finding : audit->findings) CHECK(finding.message().starts_with(place / "x\\x1b[2J.jsonl, line "));
}

TEST_CASE("over several files") {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl.1", text_of(ids({1, 2})) + "{");
    test::put(place / "x.jsonl", text_of(ids({4})));
    const auto audit = notch::LedgerReader{place / "x.jsonl"}.audit();
    REQUIRE(audit);
    CHECK(audit->torn == 1);
    REQUIRE(audit->findings.size() == 2);
    CHECK(audit->findings[1].file == place / "x.jsonl");
    CHECK(audit->findings[1].number == 1);
    CHECK_FALSE(notch::LedgerReader{place / "y.jsonl"}.audit());
}

TEST_CASE("random sequences against a set") {
    std::mt19937_64 random{5};
    for (int round = 0; round < 300; ++round) {
        Lines lines;
        std::set<std::uint64_t> seen;
        std::set<std::uint64_t> told;
        std::uint64_t duplicates = 0;
        std::uint64_t late = 0;
        for (int i = 0; i < 40; ++i) {
            const std::uint64_t number = random() % 50;
            if (random() % 5 == 0) {
                const std::uint64_t last = number + random() % 4;
                lines.push_back(gap_line(number, last, with_epoch));
                for (std::uint64_t n = number; n <= last; ++n) told.insert(n);
                continue;
            }
            lines.push_back(id_line(number));
            if (seen.contains(number)) ++duplicates;
            else if (!seen.empty() && number < *seen.rbegin()) ++late;
            seen.insert(number);
        }
        std::uint64_t missing = 0;
        std::uint64_t lost = 0;
        for (const std::uint64_t n : told) lost += seen.contains(n) ? 0U : 1U;
        if (!seen.empty())
            for (std::uint64_t n = *seen.begin(); n < *seen.rbegin(); ++n) missing += seen.contains(n) || told.contains(n) ? 0U : 1U;
        const auto audit = audit_of(lines);
        CAPTURE(round);
        CHECK(audit.duplicates == duplicates);
        CHECK(audit.reordered == late);
        CHECK(audit.missing == missing);
        CHECK(audit.lost == lost);
        CHECK(audit.exact);
    }
}

TEST_CASE("what is kept is bounded, and all is counted nevertheless") {
    Lines lines;
    for (std::uint64_t i = 0; i < 4'000; ++i) lines.push_back(id_line(2 * i));  // every other one is missing
    for (std::uint64_t i = 0; i < 1'000; ++i) lines.push_back(gap_line(10'000 + 3 * i, 10'000 + 3 * i, with_epoch));
    const auto whole = audit_of(lines);
    CHECK(whole.exact);
    CHECK(whole.missing == 3'999);
    CHECK(whole.lost == 1'000);
    CHECK(whole.findings.size() == 1'000);
    const auto bounded = audit_of(lines, {.max_findings = 10, .max_holes = 16, .max_producers = 2});
    CHECK_FALSE(bounded.exact);
    CHECK(bounded.gaps == 3'999);
    CHECK(bounded.missing == 3'999);
    CHECK(bounded.lost == 1'000);
    CHECK(bounded.duplicates == 0);
    CHECK(bounded.reordered == 0);
    CHECK(bounded.findings.size() == 10);
    notch::detail::Auditor<notch::detail::GapLine> auditor{{.max_holes = 16}};
    std::size_t most = 0;
    for (const std::string& line : lines) {
        const bool gap = line.find("notch_gap") != std::string::npos;
        auditor.take({line, gap ? "notch_gap" : "x", gap ? "" : line.substr(line.find("0198"), line.size() - line.find("0198") - 2),
                      "x.jsonl", 0, 1});
        most = (std::max)(most, auditor.kept());
    }
    CHECK(most >= 16);
    CHECK(most <= 18);
    // What a gap line tells of is counted once, also where only a part of it is settled.
    lines = {gap_line(0, 119, with_epoch)};
    for (std::uint64_t i = 50; i < 300; i += 2) lines.push_back(id_line(i));
    const auto exactly = audit_of(lines);
    CHECK(exactly.exact);
    CHECK(exactly.lost == 85);
    CHECK(exactly.missing == 89);
    const auto settled = audit_of(lines, {.max_holes = 8});
    CHECK_FALSE(settled.exact);
    CHECK(settled.lost == 85);
    CHECK(settled.missing == 89);
    lines.clear();
    for (std::uint64_t i = 0; i < 10; ++i) lines.push_back(id_line(1, i));
    const auto producers = audit_of(lines, {.max_producers = 4});
    CHECK(producers.producers == 4);
    CHECK(producers.ids == 10);
    CHECK_FALSE(producers.exact);
    CHECK(audit_of(lines, {.max_producers = 10}).exact);
}
