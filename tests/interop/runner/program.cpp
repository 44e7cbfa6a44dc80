// SPDX-License-Identifier: MIT
// notch's side of the comparison.
//
//     program read MODEL              documents on stdin, each behind its length in four bytes; a line for each: "-" and the error, or
//                                     "+" and what notch writes of what it has read
//     program extract BASE QUARANTINE a line for each decision: its number, the runner, and the metrics when there are any
#include "notch.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace notch::runner;

bool read_exactly(char* out, std::size_t size) { return std::fread(out, 1, size, stdin) == size; }

bool next_document(std::string& out) {
    unsigned char size[4];
    if (!read_exactly(reinterpret_cast<char*>(size), 4)) return false;
    out.resize(size[0] | std::size_t{size[1]} << 8 | std::size_t{size[2]} << 16 | std::size_t{size[3]} << 24);
    return read_exactly(out.data(), out.size());
}

void answer(const notch::Error& error) { std::printf("-%s\n", error.message().c_str()); }
void answer(const std::string& text) { std::printf("+%s\n", text.c_str()); }

template <class T>
void read_json(const std::string& text) {
    const auto value = notch::from_json<T>(text);
    if (value) answer(notch::to_json(*value));
    else answer(value.error());
}

template <class T>
void read_line(const std::string& text) {
    const auto event = notch::from_line<T>(text);
    if (event) answer(notch::to_line(*event));
    else answer(event.error());
}

/// The text of runner-installed.timestamp, by way of a runner that has nothing else wrong.
void read_installed(const std::string& text) {
    const auto value = notch::from_json<double>(notch::detail::decimal_as_json(text));
    if (value && *value >= 0) answer(notch::to_json(*value));
    else answer(value ? notch::Error{} : value.error());
}

using Read = void(const std::string&);
const std::map<std::string_view, Read*> readers{
    {"PreJobMetrics", read_json<PreJobMetrics>},     {"PostJobMetrics", read_json<PostJobMetrics>},
    {"CodeInformation", read_json<CodeInformation>}, {"RunnerInstalled", read_line<RunnerInstalled>},
    {"RunnerStart", read_line<RunnerStart>},         {"RunnerStop", read_line<RunnerStop>},
    {"Reconciliation", read_line<Reconciliation>},   {"installed", read_installed},
};

int extract_all(const char* base, const char* quarantine) {
    ExtractOptions options{.quarantine = quarantine};
    options.max_quarantined_files =
        10;  // what comes there is tested elsewhere; here it would be looked through again for each
    options.on_error = [](const notch::Error&) {};
    options.on_decision = [](const notch::IntakeNotice& notice) {
        std::printf("%d %.*s\n", static_cast<int>(notice.decision), static_cast<int>(notice.name.size()),
                    notice.name.data());
    };
    for (auto& metrics : extract(base, std::set<std::string>{"ignored"}, options))
        std::printf("%s\n", notch::to_json(metrics).c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 4 && std::string_view{argv[1]} == "extract") return extract_all(argv[2], argv[3]);
    if (argc != 3 || readers.count(argv[2]) == 0) return 2;
    std::string document;
    while (next_document(document)) readers.at(argv[2])(document);
}
