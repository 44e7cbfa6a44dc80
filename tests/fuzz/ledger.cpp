// SPDX-License-Identifier: MIT
// Any bytes, as a ledger: every line that is a JSON object by itself is read, what is read is one, and where it is said to stand.
#include "../support/temporary.hpp"
#include "events.hpp"
#include "fuzz.hpp"
#include "plain_json.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

void write_file(const std::string& path, std::string_view text) {
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) std::abort();
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
}

bool is_object(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    return first != std::string_view::npos && line[first] == '{' && fuzz::PlainJson{line}.valid();
}

/// What a pass gives: where good lines begin.
std::vector<std::uint64_t> read_lines(const notch::LedgerReader& ledger, std::string_view text) {
    std::vector<std::uint64_t> places;
    std::uint64_t behind = 0;
    std::uint64_t bad_lines = 0;
    notch::LedgerLines lines = ledger.lines();
    const auto on_bad = [&](const notch::BadLine& bad) {
        ++bad_lines;
        fuzz::expect(bad.byte + bad.size <= text.size(), "a bad line lies in the ledger");
        fuzz::expect(notch::validate_json(notch::to_json(bad.error.message())).has_value(), "its error is text");
    };
    while (const notch::LedgerLine* line = lines.next(on_bad)) {
        fuzz::expect(line->byte >= behind && line->byte + line->text.size() <= text.size(), "a line lies behind the one before");
        fuzz::expect(text.substr(static_cast<std::size_t>(line->byte), line->text.size()) == line->text, "and where it says");
        fuzz::expect(is_object(line->text), "and is a JSON object");
        behind = line->byte + line->text.size();
        places.push_back(line->byte);
    }
    fuzz::expect(lines.outcome().has_value(), "a pass over a readable file succeeds");
    fuzz::expect(lines.counts().lines == places.size() && lines.counts().bad == bad_lines, "the counts agree");
    return places;
}

/// Numbers that no double holds are valid JSON which notch refuses.
bool reads(std::string_view line) {
    return is_object(line) &&
           notch::validate_json(line, {.max_bytes = 1U << 24, .max_depth = 1024, .max_string = 1U << 24, .max_elements = 1U << 24});
}

void ledger(std::string_view text) {
    static const test::TemporaryDirectory directory;
    const std::string path = directory / "fuzz.jsonl";
    write_file(path, text);
    const notch::LedgerReader reader{path, {.rotated = false}};
    const std::vector<std::uint64_t> places = read_lines(reader, text);
    std::size_t begin = 0;
    std::size_t next = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string_view::npos; begin = end + 1) {
        while (next < places.size() && places[next] < begin) ++next;
        const bool found = next < places.size() && places[next] == begin;
        fuzz::expect(found || !reads(text.substr(begin, end - begin)), "a line that is good by itself is read");
    }
    std::uint64_t events = 0;
    const auto seen = reader.visit<fuzz::Wide>([&events](const fuzz::Wide&) { ++events; });
    fuzz::expect(seen && seen->events == events && seen->lines <= places.size(), "a visit sees no other lines");
    if (seen) fuzz::expect(seen->lines + seen->bad >= places.size(), "and tells of those that are no such event");
    const auto audit = reader.audit();
    fuzz::expect(audit.has_value(), "an audit of a readable file succeeds");
}

}  // namespace

#ifdef NOTCH_TEST_FUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::run(ledger, data, size);
}
#else
#include "corpus/ledger.inc"
TEST_CASE("fuzz: ledger") { fuzz::replay(ledger, corpus); }
#endif
