// SPDX-License-Identifier: MIT
// expect: notch: to read this type, write `bool notch_from(const V&, X&)` beside its notch_value
#include "notch.hpp"

class Celsius {
public:
    Celsius() {}
    double degrees = 0;
};
double notch_value(const Celsius& v) { return v.degrees; }
#ifndef REFUSED
bool notch_from(double degrees, Celsius& out) {
    out.degrees = degrees;
    return true;
}
#endif
struct Sample {
    Celsius warmth;
};

bool reads(std::string_view text) { return notch::from_json<Sample>(text).has_value(); }
std::string writes(const Sample& sample) { return notch::to_json(sample); }
