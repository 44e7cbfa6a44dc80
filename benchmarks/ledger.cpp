// SPDX-License-Identifier: MIT
//
// How fast a ledger is read back: notch's LedgerReader, simdjson's document streams and jq, over the same file in the same run.
//
//     ledger RESULTS DIRECTORY MEGABYTES ROUNDS
//
// The file has as many RunnerStart as RunnerStop events and lies in the page cache. Two questions: is every line good, and what do the
// RunnerStart events say. Every row gives its answer, and all answers must agree. The time is that of the processor, for user and system,
// opening and reading included; of jq it is that of the whole process.
#include <simdjson.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "common/events.hpp"
#include "common/measure.hpp"
#include "notch.hpp"

/// One figure of the results.
struct LedgerRate {
    std::string question;
    std::string reader;
    double megabytes_per_second;
    double of_simdjson;  ///< the time divided by that of simdjson's first row of the same question in the same round; the median
    double megabytes;    ///< of the file
};

namespace {

using namespace bench;

/// What a reader says of the file.
struct Answer {
    std::uint64_t lines = 0;
    double idle = 0;         ///< sum over all RunnerStart
    std::uint64_t text = 0;  ///< bytes of all their texts
    bool operator==(const Answer&) const = default;
};

/// RunnerStart with texts that stay in the reader's buffer.
struct RunnerStartView {
    double timestamp;
    std::string_view flavor;
    std::string_view workflow;
    std::string_view repo;
    std::string_view github_event;
    double idle;
    std::optional<double> queue_duration;
    static constexpr std::string_view notch_name() { return "runner_start"; }
};

template <class Start>
void add(Answer& answer, const Start& start) {
    answer.idle += start.idle;
    answer.text += start.flavor.size() + start.workflow.size() + start.repo.size() + start.github_event.size();
}

[[noreturn]] void fail(const char* why) {
    std::fprintf(stderr, "%s\n", why);
    std::exit(1);
}

// ---- notch -----------------------------------------------------------------------------------------------------------

Answer notch_lines(const char* path) {
    Answer answer;
    for (const notch::LedgerLine& line : notch::LedgerReader{path}.lines()) answer.lines += line.event.empty() ? 0U : 1U;
    return answer;
}

template <class Start>
Answer notch_visit(const char* path) {
    Answer answer;
    const auto seen = notch::LedgerReader{path}.visit<Start>([&answer](const Start& start) { add(answer, start); });
    if (!seen) fail(seen.error().message().c_str());
    answer.lines = seen->lines;
    return answer;
}

Answer notch_audit(const char* path) {
    const auto audit = notch::LedgerReader{path}.audit();
    if (!audit) fail(audit.error().message().c_str());
    return {audit->counts.lines, 0, 0};
}

// ---- simdjson --------------------------------------------------------------------------------------------------------

simdjson::padded_string load(const char* path) {
    simdjson::padded_string text;
    if (simdjson::padded_string::load(path).get(text) != simdjson::SUCCESS) fail("simdjson cannot load the file");
    return text;
}

/// Parses every document in full, as notch does.
Answer simdjson_dom(const char* path) {
    Answer answer;
    const simdjson::padded_string text = load(path);
    simdjson::dom::parser parser;
    simdjson::dom::document_stream stream;
    if (parser.parse_many(text).get(stream) != simdjson::SUCCESS) fail("simdjson cannot parse the file");
    for (auto document : stream) {
        std::string_view event;
        if (document["event"].get(event) == simdjson::SUCCESS) ++answer.lines;
    }
    return answer;
}

/// Finds every document and its name; the rest of it is passed over.
Answer simdjson_ondemand(const char* path) {
    Answer answer;
    const simdjson::padded_string text = load(path);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document_stream stream;
    if (parser.iterate_many(text).get(stream) != simdjson::SUCCESS) fail("simdjson cannot parse the file");
    for (auto document : stream) {
        std::string_view event;
        if (document["event"].get(event) == simdjson::SUCCESS) ++answer.lines;
    }
    return answer;
}

template <class Text>
bool read(simdjson::ondemand::document_reference document, RunnerStartView& start, Text assign) {
    using simdjson::SUCCESS;
    return assign(document["flavor"], start.flavor) && assign(document["workflow"], start.workflow) &&
           assign(document["repo"], start.repo) && assign(document["github_event"], start.github_event) &&
           document["idle"].get(start.idle) == SUCCESS;
}

Answer simdjson_typed(const char* path) {
    Answer answer;
    const simdjson::padded_string text = load(path);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document_stream stream;
    if (parser.iterate_many(text).get(stream) != simdjson::SUCCESS) fail("simdjson cannot parse the file");
    RunnerStartView start{};
    for (auto document : stream) {
        std::string_view event;
        if (document["timestamp"].get(start.timestamp) != simdjson::SUCCESS || document["event"].get(event) != simdjson::SUCCESS)
            fail("no event");
        ++answer.lines;
        if (event != "runner_start") continue;
        const auto assign = [](auto value, std::string_view& out) { return value.get(out) == simdjson::SUCCESS; };
        if (!read(document.value_unsafe(), start, assign)) fail("no RunnerStart");
        double queue_duration = 0;
        start.queue_duration.reset();
        if (document["queue_duration"].get(queue_duration) == simdjson::SUCCESS) start.queue_duration = queue_duration;
        add(answer, start);
    }
    return answer;
}

// ---- jq --------------------------------------------------------------------------------------------------------------

std::string jq(const char* path, const char* program) {
    int ends[2];
    if (::pipe(ends) != 0) fail("no pipe");
    const ::pid_t child = ::fork();
    if (child < 0) fail("no process");
    if (child == 0) {
        ::dup2(ends[1], 1);
        ::close(ends[0]);
        ::close(ends[1]);
        ::execlp("jq", "jq", "-n", program, path, static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(ends[1]);
    std::string out;
    char buffer[4096];
    for (::ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;) out.append(buffer, static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) fail("jq failed");
    return out;
}
Answer jq_lines(const char* path) { return {std::strtoull(jq(path, "reduce inputs as $line (0; . + 1)").c_str(), nullptr, 10), 0, 0}; }
Answer jq_typed(const char* path) {
    Answer answer;
    constexpr const char* program =
        "reduce inputs as $e ({n: 0, idle: 0, text: 0}; .n += 1 | if $e.event == \"runner_start\" then .idle += $e.idle | .text += "
        "($e | [.flavor, .workflow, .repo, .github_event] | map(utf8bytelength) | add) else . end) | .n, .idle, .text";
    const std::string text = jq(path, program);
    unsigned long long lines = 0;
    unsigned long long bytes = 0;
    if (std::sscanf(text.c_str(), "%llu %lf %llu", &lines, &answer.idle, &bytes) != 3) fail("jq has no answer");
    answer.lines = lines;
    answer.text = bytes;
    return answer;
}

/// The floor: the file is read and its newlines are counted.
Answer newlines(const char* path) {
    Answer answer;
    std::FILE* const file = std::fopen(path, "rb");
    if (file == nullptr) fail("cannot open the file");
    std::vector<char> buffer(256 * 1024);
    for (std::size_t size = 0; (size = ::read(::fileno(file), buffer.data(), buffer.size())) > 0;)
        answer.lines += static_cast<std::uint64_t>(std::count(buffer.data(), buffer.data() + size, '\n'));
    std::fclose(file);
    return answer;
}

// ---- measuring -------------------------------------------------------------------------------------------------------

struct Row {
    const char* question;
    const char* name;
    Answer (*read)(const char* path);
};
constexpr const char* all_lines = "every line checked";
constexpr const char* all_starts = "RunnerStart read";
constexpr Row rows[] = {
    {all_lines, "notch, lines()", notch_lines},
    {all_lines, "notch, audit()", notch_audit},
    {all_lines, "simdjson parse_many", simdjson_dom},
    {all_lines, "simdjson iterate_many, unchecked", simdjson_ondemand},
    {all_lines, "jq, whole process", jq_lines},
    {all_lines, "newlines counted", newlines},
    {all_starts, "notch, visit()", notch_visit<RunnerStart>},
    {all_starts, "notch, visit() with views", notch_visit<RunnerStartView>},
    {all_starts, "simdjson iterate_many", simdjson_typed},
    {all_starts, "jq, whole process", jq_typed},
};
constexpr std::size_t row_count = sizeof rows / sizeof *rows;
constexpr std::size_t baseline_of(const Row& row) { return row.question == all_lines ? 2 : 8; }
constexpr bool is_jq(const Row& row) { return row.name[0] == 'j'; }

std::int64_t processor_nanoseconds(int who) {
    ::rusage use{};
    ::getrusage(who, &use);
    const auto of = [](const ::timeval& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000; };
    return of(use.ru_utime) + of(use.ru_stime);
}

double time_once(const Row& row, const char* path, const Answer& expected) {
    const std::int64_t children = processor_nanoseconds(RUSAGE_CHILDREN);
    const std::int64_t begin = process_nanoseconds();
    const Answer answer = row.read(path);
    const std::int64_t own = process_nanoseconds() - begin;
    const bool same_sum =
        row.question == all_lines || (std::abs(answer.idle - expected.idle) < 1e-6 * expected.idle && answer.text == expected.text);
    if (answer.lines != expected.lines || !same_sum) fail((std::string{row.name} + " gives another answer").c_str());
    return static_cast<double>(is_jq(row) ? processor_nanoseconds(RUSAGE_CHILDREN) - children : own);
}

/// Writes a ledger of at least `bytes`, which become what it has; gives back what is in it.
Answer make_ledger(const std::string& path, std::uint64_t& bytes) {
    const Events events{Values::measured};
    std::string text;
    Answer answer;
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) fail("cannot make the ledger");
    std::uint64_t written = 0;
    for (; written < bytes; written += text.size()) {
        text.clear();
        for (std::size_t i = 0; i < Events::count; ++i) {
            notch::append_line(text, events.starts[i]);
            text += '\n';
            notch::append_line(text, events.stops[i]);
            text += '\n';
            answer.lines += 2;
            add(answer, events.starts[i]);
        }
        if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) fail("cannot write the ledger");
    }
    std::fclose(file);
    bytes = written;
    return answer;
}

int measure(const char* results, const std::string& path, std::uint64_t bytes, std::size_t rounds) {
    const Answer expected = make_ledger(path, bytes);
    stay_on_one_processor();
    std::vector<std::vector<double>> times(row_count);
    for (std::size_t round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < row_count; ++i) {
            const std::size_t at = (i + round) % row_count;
            times[at].push_back(time_once(rows[at], path.c_str(), expected));
        }
    notch::Recorder recorder{notch::FileSink{results}};
    const char* question = "";
    for (std::size_t at = 0; at < row_count; ++at) {
        std::vector<double> ratios;
        for (std::size_t round = 0; round < rounds; ++round) ratios.push_back(times[at][round] / times[baseline_of(rows[at])][round]);
        const LedgerRate rate{rows[at].question, rows[at].name, static_cast<double>(bytes) * 1e3 / median(times[at]), median(ratios),
                              static_cast<double>(bytes) / 1e6};
        recorder.record(rate);
        if (std::strcmp(question, rows[at].question) != 0) std::printf("\n%s, %.0f MB\n", question = rows[at].question, rate.megabytes);
        std::printf("    %-36s %8.0f MB/s   time %6.2f of simdjson\n", rows[at].name, rate.megabytes_per_second, rate.of_simdjson);
    }
    std::remove(path.c_str());
    return recorder.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "ledger RESULTS DIRECTORY MEGABYTES ROUNDS\n");
        return 2;
    }
    return measure(argv[1], std::string{argv[2]} + "/ledger-to-read.jsonl", std::strtoull(argv[3], nullptr, 10) * 1'000'000,
                   static_cast<std::size_t>(std::atoi(argv[4])));
}
