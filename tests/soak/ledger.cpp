// SPDX-License-Identifier: MIT
// Whatever to_line writes of random structs, LedgerReader reads back equal; damage costs nothing but itself.
//
//     ledger [LEDGERS = 4000] [EVENTS = 1000]
//
// LEDGERS ledgers of about EVENTS random events each, every second one with damage of every sort between them, are read with buffers
// of 256 bytes to 32 KiB. Then each of their files has bytes changed, inserted and removed at random, and is read, visited and audited once
// more: every line that comes out must stand in the file where it is said to stand. Exit status 1 at the first that is wrong.
#include "notch.hpp"

#include "../support/random_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace {

/// Empty, or what is wrong about a ledger with damage anywhere.
std::string survive(const std::string& path, test::random::Random& random) {
    std::string text = test::contents(path);
    for (std::size_t n = 1 + random.below(20); n != 0 && !text.empty(); --n) {
        const std::size_t at = random.below(text.size());
        switch (random.below(4)) {
            case 0: text[at] = static_cast<char>(random.bits()); break;
            case 1: text.erase(at, random.below(40)); break;
            case 2: text.insert(at, random.below(300), static_cast<char>(random.bits())); break;
            default: text.insert(at, text, random.below(text.size()), random.below(100)); break;
        }
    }
    std::ofstream{path, std::ios::binary} << text;
    const notch::LedgerReader ledger{path, {.rotated = false, .buffer_bytes = 256}};
    std::uint64_t bytes = 0;
    for (const notch::LedgerLine& line : ledger.lines()) {
        if (line.text != std::string_view{text}.substr(static_cast<std::size_t>(line.byte), line.text.size()))
            return "a line is not where it is said to be";
        if (!notch::validate_json(line.text, {.max_bytes = 1U << 24, .max_depth = 1024, .max_string = 1U << 24, .max_elements = 1U << 24}))
            return "a bad line comes out";
        bytes += line.text.size() + 1;
    }
    std::uint64_t seen = 0;
    const auto visited = ledger.visit<test::random::Event>([&seen](const test::random::Event&) { ++seen; });
    const auto audit = ledger.audit();
    if (!visited || !audit) return "it cannot be read";
    if (bytes > text.size() || visited->events != seen) return "more comes out than there is";
    if (audit->counts.bytes + audit->counts.tail_bytes != text.size()) return "not every byte was looked at";
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t ledgers = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4'000;
    const std::size_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000;
    std::uint64_t events = 0;
    test::random::Random random{7};
    for (std::uint64_t seed = 0; seed < ledgers; ++seed) {
        const test::RandomLedger ledger{seed, count, seed % 2 == 1};
        std::string wrong = ledger.read_back();
        if (wrong.empty()) wrong = survive(ledger.path(), random);
        events += ledger.events.size() + ledger.plains.size() + ledger.bares.size();
        if (wrong.empty()) continue;
        std::printf("ledger %llu: %s\n", static_cast<unsigned long long>(seed), wrong.c_str());
        return 1;
    }
    std::printf("%llu ledgers, %llu events read back equal; as many ledgers with random damage\n", static_cast<unsigned long long>(ledgers),
                static_cast<unsigned long long>(events));
    return 0;
}
