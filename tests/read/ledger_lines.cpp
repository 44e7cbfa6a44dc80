// SPDX-License-Identifier: MIT
// Lines of a ledger: the good ones come out, whatever stands between them is told with its place.
#include "notch.hpp"

#include "../support/ledgers.hpp"
#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

using notch::ErrorCode;
using test::LedgerSeen;

namespace {

using Lines = std::vector<std::string>;

notch::LedgerOptions with_buffer(std::size_t bytes) { return {.buffer_bytes = bytes}; }

LedgerSeen read_text_of(const std::string& text, const notch::LedgerOptions& options = {}) {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl", text);
    LedgerSeen out = test::read_ledger(place / "x.jsonl", options);
    for (test::BadSeen& bad : out.bad) bad.message.erase(0, bad.message.find("x.jsonl"));
    return out;
}

/// A line of `size` bytes.
std::string line_of(std::size_t size) {
    std::string out = R"({"text":")";
    out.append(size - out.size() - 2, 'x');
    return out + "\"}";
}

}  // namespace

TEST_CASE("each line comes with its place") {
    const std::string one = R"({"timestamp":1.5,"event":"runner_start","notch_id":"0198c5a1b2c3d4e5-3-17"})";
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl", one + "\n{}\r\n " + one + " \n");
    notch::LedgerLines lines = notch::LedgerReader{place / "x.jsonl"}.lines();
    const notch::LedgerLine* line = lines.next();
    REQUIRE(line != nullptr);
    CHECK(line->text == one);
    CHECK(line->event == "runner_start");
    CHECK(line->id == "0198c5a1b2c3d4e5-3-17");
    CHECK(line->file == place / "x.jsonl");
    CHECK(line->byte == 0);
    CHECK(line->number == 1);
    line = lines.next();
    REQUIRE(line != nullptr);
    CHECK(line->text == "{}\r");
    CHECK(line->event.empty());
    CHECK(line->id.empty());
    CHECK(line->byte == one.size() + 1);
    CHECK(line->number == 2);
    line = lines.next();
    REQUIRE(line != nullptr);
    CHECK(line->byte == one.size() + 5);
    CHECK(line->number == 3);
    CHECK(lines.next() == nullptr);
    CHECK(lines.outcome());
    CHECK(lines.counts().lines == 3);
    CHECK(lines.counts().bytes == 2 * one.size() + 8);
    CHECK(lines.counts().bad == 0);
}

TEST_CASE("a loop over the good lines") {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl", "{\"a\":1}\nbad\n{\"a\":2}\n");
    std::string all;
    for (const notch::LedgerLine& line : notch::LedgerReader{place / "x.jsonl"}.lines()) all += line.text;
    CHECK(all == R"({"a":1}{"a":2})");
}

TEST_CASE("keys with escapes, and names with escapes") {
    const test::TemporaryDirectory place;
    test::put(place / "x.jsonl",
              "{\"ev\\u0065nt\":\"a\\u0062\",\"notch\\u005fid\":\"\\u0031\"}\n{\"event\":7}\n{\"x\":{\"event\":\"inner\"}}\n"
              "{\"event\":\"first\",\"event\":\"second\",\"notch_id\":\"1\",\"notch_id\":\"2\"}\n");
    std::vector<std::string> names;
    std::vector<std::string> ids;
    for (const notch::LedgerLine& line : notch::LedgerReader{place / "x.jsonl"}.lines()) {
        names.emplace_back(line.event);
        ids.emplace_back(line.id);
    }
    CHECK(names == Lines{"ab", "", "", "first"});
    CHECK(ids == Lines{"1", "", "", "1"});
}

TEST_CASE("every sort of bad line is told, and the next one is read") {
    const std::string bad[] = {
        "garbage", "", "[1]", "7", "{\"a\":1", "{\"a\":1}}", "{\"a\":\"\x80\"}", std::string(3, '\0'),
        std::string("{\"a\":\"\0\"}", 9), "{\"a\":1e999}", "{'a':1}", "{\"a\":\"\t\"}", "\xef\xbb\xbf{}",
        "{\"a\":NaN}", "{\"a\":\"\\ud800\"}", std::string("{\"a\":1}\0", 8), "[1] 2"};
    const std::string messages[] = {
        "x.jsonl, line 2, column 1: expected a value, found garbage",
        "x.jsonl, line 3, column 1: expected a value, found the end of the text",
        "x.jsonl, line 4, column 1: expected an object, found an array",
        "x.jsonl, line 5, column 1: expected an object, found 7",
        "x.jsonl, line 6, column 7: expected ',' or '}', found the end of the text",
        "x.jsonl, line 7, column 8: expected nothing behind the value, found '}'",
        "x.jsonl, line 8, column 7, /a: expected valid UTF-8, found the byte 0x80",
        "x.jsonl, line 9, column 1: expected JSON, found 3 NUL bytes",
        "x.jsonl, line 10, column 7, /a: expected JSON, found 1 NUL byte",
        "x.jsonl, line 11, column 6, /a: expected a number that a double can hold, found 1e999",
        "x.jsonl, line 12, column 2: expected a key in quotes, found a single quote",
        "x.jsonl, line 13, column 7, /a: expected control characters in strings as escapes, found the byte 0x09",
        "x.jsonl, line 14, column 1: expected UTF-8 without a byte order mark, found a byte order mark",
        "x.jsonl, line 15, column 6, /a: expected a value, found NaN",
        "x.jsonl, line 16, column 7, /a: expected a low surrogate behind this high one, found \\ud800",
        "x.jsonl, line 17, column 8: expected JSON, found 1 NUL byte",
        "x.jsonl, line 18, column 5: expected nothing behind the value, found 2",
    };
    const ErrorCode codes[] = {ErrorCode::syntax, ErrorCode::syntax, ErrorCode::type_mismatch, ErrorCode::type_mismatch, ErrorCode::syntax,
                               ErrorCode::trailing, ErrorCode::encoding, ErrorCode::encoding, ErrorCode::encoding, ErrorCode::out_of_range,
                               ErrorCode::syntax, ErrorCode::syntax, ErrorCode::encoding, ErrorCode::syntax, ErrorCode::encoding, ErrorCode::encoding, ErrorCode::trailing};
    constexpr std::size_t count = std::size(bad);
    std::string text = "{\"first\":1}\n";
    for (const std::string& line : bad) text += line + "\n";
    text += "{\"last\":1}\n";
    const LedgerSeen seen = read_text_of(text);
    CHECK(seen.lines == Lines{R"({"first":1})", R"({"last":1})"});
    REQUIRE(seen.bad.size() == count);
    std::size_t byte = 12;
    for (std::size_t i = 0; i < count; ++i) {
        CAPTURE(i);
        CHECK(seen.bad[i].message == messages[i]);
        CHECK(seen.bad[i].code == codes[i]);
        CHECK(seen.bad[i].text == bad[i]);
        CHECK(seen.bad[i].byte == byte);
        CHECK(seen.bad[i].number == i + 2);
        CHECK_FALSE(seen.bad[i].torn);
        CHECK(seen.bad[i].fault >= byte);
        byte += bad[i].size() + 1;
    }
    CHECK(seen.bad[9].fault - seen.bad[9].byte == 5);
    CHECK(seen.counts.bad == count);
    CHECK(seen.counts.lines == 2);
    CHECK(seen.counts.torn == 0);
    CHECK(seen.counts.bytes == text.size());
    CHECK(seen.good);
}

TEST_CASE("what stands behind the last newline is no line yet") {
    for (const char* const tail : {"", "{", "{}", "{\"a\":1}", "garbage"}) {
        CAPTURE(tail);
        const LedgerSeen seen = read_text_of(std::string{"{\"a\":1}\n"} + tail);
        CHECK(seen.lines.size() == 1);
        CHECK(seen.bad.empty());
        CHECK(seen.counts.tail_bytes == std::string_view{tail}.size());
        CHECK(seen.counts.bytes == 8);
    }
    CHECK(read_text_of("").counts.files == 1);
}

TEST_CASE("a line that is glued to a torn one is salvaged") {
    const std::string good = R"({"timestamp":1.5,"event":"a","nested":{"timestamp":1}})";
    for (std::size_t size = 1; size < good.size(); ++size) {
        CAPTURE(size);
        const LedgerSeen seen = read_text_of("{}\n" + good.substr(0, size) + good + "\n");
        CHECK(seen.lines == Lines{"{}", good});
        REQUIRE(seen.bad.size() == 1);
        CHECK(seen.bad[0].text == good.substr(0, size));
        CHECK(seen.bad[0].torn);
        CHECK(seen.bad[0].number == 2);
        CHECK(seen.bad[0].byte == 3);
        CHECK(seen.bad[0].fault == 3 + size);
        CHECK(seen.bytes[1] == 3 + size);
        CHECK(seen.numbers[1] == 2);
        CHECK(seen.counts.torn == 1);
        CHECK(seen.counts.salvaged == 1);
        CHECK(seen.counts.lines == 2);
    }
    const LedgerSeen twice = read_text_of(good.substr(0, 20) + good.substr(0, 30) + good + "\n");
    CHECK(twice.lines == Lines{good});
    CHECK(twice.bad.size() == 1);
    // Parts of it that look like lines are tried before it, as they stand behind its start.
    std::string deep;
    for (int i = 0; i < 7; ++i) deep += R"({"timestamp":1,"event":"a","in":)";
    deep += "0" + std::string(7, '}');
    CHECK(read_text_of(good.substr(0, 20) + deep + "\n").lines == Lines{deep});
    const LedgerSeen zeros = read_text_of(std::string(100, '\0') + "{\"a\":1}\n");
    CHECK(zeros.lines == Lines{R"({"a":1})"});
    REQUIRE(zeros.bad.size() == 1);
    CHECK(zeros.bad[0].message == "x.jsonl, line 1, column 1: expected JSON, found 100 NUL bytes");
    CHECK_FALSE(zeros.bad[0].torn);
    // What is no line by itself is not taken for one.
    CHECK(read_text_of(R"({"a":1,"b":{"timestamp":1.5,"event":"x"},,})" "\n").lines.empty());
    CHECK(read_text_of(R"({"text":"{\"timestamp\":1.5,\"event\":\"x\"}",})" "\n").lines.empty());
    CHECK(read_text_of(R"({"a":{"timestamp":1.5})" "\n").lines.empty());
}

TEST_CASE("lines at the limit and one byte over") {
    for (const std::size_t limit : {64U, 300U, 1000U, 5000U})
        for (const std::size_t buffer : {1U, 256U, 300U, 4096U, 100'000U}) {
            CAPTURE(limit);
            CAPTURE(buffer);
            notch::LedgerOptions options = with_buffer(buffer);
            options.limits.max_bytes = limit;
            const std::string text = line_of(limit) + "\n" + line_of(limit + 1) + "\n" + line_of(limit) + "\n" + line_of(20 * limit) +
                                     "\n" + line_of(limit - 1) + "\n";
            const LedgerSeen seen = read_text_of(text, options);
            CHECK(seen.lines == Lines{line_of(limit), line_of(limit), line_of(limit - 1)});
            REQUIRE(seen.bad.size() == 2);
            CHECK(seen.bad[0].code == ErrorCode::limit);
            CHECK(seen.bad[0].message == "x.jsonl, line 2, column 1: expected at most " + std::to_string(limit) +
                                             " bytes (max_bytes), found " + std::to_string(limit + 1) + " bytes");
            CHECK(seen.bad[0].text == line_of(limit + 1).substr(0, 256));
            CHECK(seen.bad[0].byte == limit + 1);
            CHECK(seen.bad[1].number == 4);
            CHECK(seen.bad[1].text == line_of(20 * limit).substr(0, 256));
            CHECK(seen.bytes == std::vector<std::uint64_t>{0, 2 * limit + 3, 23 * limit + 5});
            CHECK(seen.counts.bytes == text.size());
        }
}

TEST_CASE("the limits of a line are the reader's") {
    notch::LedgerOptions options;
    options.limits.max_depth = 3;
    options.limits.max_string = 4;
    options.limits.max_elements = 2;
    const LedgerSeen seen = read_text_of(
        "{\"a\":[[1]]}\n{\"a\":[[[1]]]}\n{\"a\":\"1234\"}\n{\"a\":\"12345\"}\n{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":2,\"c\":3}\n", options);
    CHECK(seen.numbers == std::vector<std::uint64_t>{1, 3, 5});
    CHECK(seen.bad.size() == 3);
    for (const test::BadSeen& bad : seen.bad) CHECK(bad.code == ErrorCode::limit);
    // By default there is none that a line of notch's own could reach.
    const std::string large = "{\"a\":\"" + std::string(100'000, 'x') + "\",\"b\":[" + std::string(40'000, '[') + "]}";
    std::string deep = "{\"a\":" + std::string(1'000, '[') + std::string(1'000, ']') + "}";
    std::string many = "{\"a\":[0";
    for (int i = 0; i < 20'000; ++i) many += ",0";
    CHECK(read_text_of("{\"a\":\"" + std::string(100'000, 'x') + "\"}\n" + deep + "\n" + many + "]}\n").lines.size() == 3);
    CHECK(read_text_of(large + "\n").bad[0].code == ErrorCode::limit);
}

TEST_CASE("files larger than the buffer, whatever its size") {
    std::string text;
    Lines expected;
    for (std::size_t i = 0; i < 600; ++i) {
        expected.push_back(line_of(11 + i % 97 * 7));
        text += expected.back() + "\n";
    }
    for (const std::size_t buffer : {1U, 256U, 257U, 1000U, 4096U, 65'536U, 1'000'000U}) {
        CAPTURE(buffer);
        const LedgerSeen seen = read_text_of(text, with_buffer(buffer));
        CHECK(seen.lines == expected);
        CHECK(seen.counts.bytes == text.size());
        CHECK(seen.bytes.back() == text.size() - expected.back().size() - 1);
        CHECK(seen.numbers.back() == 600);
    }
}

TEST_CASE("one damaged byte costs no line but its own") {
    const Lines good{R"({"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","idle":1.5})",
                     R"({"a":"\u00e9\n","b":[true,null,{}]})", R"({"timestamp":2.0,"event":"x"})"};
    const std::string mark = R"({"timestamp":0.0,"event":"mark"})";  // between the damaged copies
    std::string whole;
    for (const std::string& line : good) whole += line + "\n";
    std::string text;
    std::vector<std::size_t> hits;  // which byte each copy has damaged
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const char damage : {'\0', '\n', '"', '{', '\x80', '7'}) {
            if (whole[at] == damage) continue;
            hits.push_back(at);
            text += whole + mark + "\n";
            text[text.size() - whole.size() - mark.size() - 1 + at] = damage;
        }
    const LedgerSeen seen = read_text_of(text, with_buffer(512));
    std::size_t copy = 0;
    Lines group;
    for (std::size_t i = 0; i < seen.lines.size(); ++i) {
        if (text.compare(seen.bytes[i], seen.lines[i].size(), seen.lines[i]) != 0) FAIL("line " << i << " is not where it is said to be");
        group.push_back(seen.lines[i]);
        if (seen.lines[i] != mark) continue;
        REQUIRE(copy < hits.size());
        std::size_t begin = 0;
        for (const std::string& line : good) {
            const bool hit = hits[copy] >= begin && hits[copy] <= begin + line.size();  // its own newline included
            const bool glued = hits[copy] + 1 == begin && !line.starts_with(R"({"timestamp":)");
            if (!hit && !glued && std::find(group.begin(), group.end(), line) == group.end())
                FAIL("damage at byte " << hits[copy] << " costs " << line);
            begin += line.size() + 1;
        }
        group.clear();
        ++copy;
    }
    CHECK(copy == hits.size());
    CHECK(seen.bad.size() > 500);
    CHECK(seen.counts.bytes == text.size());
}

TEST_CASE("a file cut at any byte gives every whole line") {
    const std::string line = R"({"timestamp":1.5,"event":"a"})";
    const std::string text = line + "\n" + line + "\n";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        CAPTURE(size);
        const LedgerSeen seen = read_text_of(text.substr(0, size));
        CHECK(seen.lines.size() == size / (line.size() + 1));
        CHECK(seen.counts.tail_bytes == size % (line.size() + 1));
        CHECK(seen.bad.empty());
    }
}
