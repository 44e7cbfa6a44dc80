// SPDX-License-Identifier: MIT
// As a struct it would be written in another way than its notch_value says.
// expect: notch: notch_value() would change what it writes
#include "notch.hpp"

struct Celsius {
    double degrees;
};
#ifdef REFUSED
inline std::string notch_value(Celsius& of) { return std::to_string(of.degrees) + " °C"; }
#else
inline std::string notch_value(const Celsius& of) { return std::to_string(of.degrees) + " °C"; }
#endif

struct Weather {
    Celsius outside;
};

std::string line(const Weather& weather) { return notch::to_json(weather); }
