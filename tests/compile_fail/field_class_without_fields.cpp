// SPDX-License-Identifier: MIT
// expect: notch: this class cannot be reflected: list its fields inside it with NOTCH_FIELDS(a, b, c)
#include "notch.hpp"

class Hidden {
public:
    Hidden() {}
    [[nodiscard]] int n() const { return n_; }

private:
    int n_ = 0;
};
class Listed {
public:
    Listed() {}
    NOTCH_FIELDS(n_)

private:
    int n_ = 0;
};

struct Event {
    int n;
#ifdef REFUSED
    Hidden value;
#else
    Listed value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
