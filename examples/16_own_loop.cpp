// SPDX-License-Identifier: MIT
// No thread of notch's: the program's own loop hands events on. Every line says which host it is of, and has an id.
#include "notch.hpp"

#include <cstdio>

struct Host {
    std::string host;
    int pid;
};

struct Request {
    double timestamp;
    std::string path;
    int status;
};

int main() {
    notch::Recorder recorder{notch::FileSink{"requests.jsonl"},
                             {.identity = true, .common = Host{.host = "a1", .pid = 4711}, .thread = false}};
    for (int i = 0; i < 3; ++i) {
        recorder.record(Request{.timestamp = 1795190400.5 + i, .path = "/", .status = i == 1 ? 503 : 200});
        recorder.poll();
    }
    recorder.close();

    const auto ledger = notch::LedgerReader::open("requests.jsonl");
    if (!ledger) return std::puts(ledger.error().message().c_str()), 1;
    for (const notch::LedgerLine& line : ledger->lines()) {
        const std::size_t id = line.text.find(line.id);  // begins with this run's epoch, 16 digits
        std::printf("%s...%s\n", std::string{line.text.substr(0, id)}.c_str(), std::string{line.text.substr(id + 16)}.c_str());
    }
    const auto audit = ledger->audit();
    std::printf("%d ids, %d missing\n", int(audit->ids), int(audit->missing));
    std::remove("requests.jsonl");
}
