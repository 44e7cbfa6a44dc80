// SPDX-License-Identifier: MIT
// A test asks for the events that the code under test recorded, as the structs that they were.
#include "notch.hpp"

#include <cstdio>

struct PaymentTaken {
    std::string account;
    std::int64_t cents;
};
struct PaymentRefused {
    std::string account;
    std::string why;
};

// The code under test knows a Recorder, and not where its events go.
class Till {
public:
    explicit Till(notch::Recorder& recorder) : recorder_{recorder} {}
    void pay(const std::string& account, std::int64_t cents) {
        if (cents <= 0) recorder_.record(PaymentRefused{account, "nothing to pay"});
        else recorder_.record(PaymentTaken{account, cents});
    }

private:
    notch::Recorder& recorder_;
};

int main() {
    notch::RecorderOptions options;
    options.clock = [] { return std::int64_t{1'795'190'400'000'000}; };  // the same line in every run
    notch::Capture capture{options};

    Till till{capture.recorder()};
    till.pay("ada", 1250);
    till.pay("bob", 0);

    const auto taken = capture.events<PaymentTaken>();
    const auto refused = capture.events<PaymentRefused>();
    const bool passed = taken.size() == 1 && taken[0].account == "ada" && taken[0].cents == 1250 &&
                        refused.size() == 1 && refused[0].why == "nothing to pay";
    for (const std::string_view line : capture.lines())
        std::printf("%.*s\n", static_cast<int>(line.size()), line.data());

    capture.reset();
    std::puts(passed && capture.lines().empty() ? "passed" : "failed");
    return passed ? 0 : 1;
}
