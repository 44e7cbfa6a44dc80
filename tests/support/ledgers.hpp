// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include <cstdint>
#include <string>
#include <vector>

// What the tests of ledgers share: everything that one pass over a ledger gives.

namespace test {

struct BadSeen {
    std::string text;
    std::string message;
    notch::ErrorCode code{};
    std::uint64_t byte = 0;
    std::uint64_t number = 0;
    std::uint64_t fault = 0;  ///< byte of the error
    bool torn = false;
};

struct LedgerSeen {
    std::vector<std::string> lines{};
    std::vector<std::uint64_t> bytes{};    ///< where each begins
    std::vector<std::uint64_t> numbers{};  ///< of each
    std::vector<std::string> files{};      ///< of each
    std::vector<BadSeen> bad{};
    notch::LedgerCounts counts{};
    notch::Error error{};
    bool good = false;
};

inline void read_more(notch::LedgerLines& lines, LedgerSeen& out) {
    const auto on_bad = [&out](const notch::BadLine& bad) {
        out.bad.push_back({std::string{bad.text}, bad.error.message(), bad.error.code, bad.byte, bad.number, bad.error.byte, bad.torn});
    };
    while (const notch::LedgerLine* line = lines.next(on_bad)) {
        out.lines.emplace_back(line->text);
        out.bytes.push_back(line->byte);
        out.numbers.push_back(line->number);
        out.files.emplace_back(line->file);
    }
    out.counts = lines.counts();
    out.good = lines.outcome().has_value();
    if (!out.good) out.error = lines.outcome().error();
}

inline LedgerSeen read_ledger(const std::string& path, const notch::LedgerOptions& options = {}) {
    LedgerSeen out;
    notch::LedgerLines lines = notch::LedgerReader{path, options}.lines();
    read_more(lines, out);
    return out;
}

}  // namespace test
