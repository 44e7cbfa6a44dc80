// SPDX-License-Identifier: MIT
// What every consumer builds: one event into a ledger. Arguments: how notch was found, the ledger.
#ifdef CONSUMER_SINGLE_HEADER
#include "notch.hpp"
#else
#include <notch/notch.hpp>
#endif

#include <string>

struct ConsumerBuilt {
    double timestamp;
    std::string how;
    int count;
};

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    notch::Recorder recorder{notch::FileSink{argv[2]}};
    return recorder.record(ConsumerBuilt{1.5, argv[1], 3}) ? 0 : 1;
}
