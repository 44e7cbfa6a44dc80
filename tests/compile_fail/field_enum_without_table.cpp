// SPDX-License-Identifier: MIT
// expect: notch: this enum has no wire names
#include "notch.hpp"

enum class Colour { red };
enum class State { on };
constexpr auto notch_enum(State*) { return std::array<std::pair<State, std::string_view>, 1>{{{State::on, "on"}}}; }

struct Event {
    int n;
#ifdef REFUSED
    Colour value;
#else
    State value;
#endif
};

std::string line(const Event& event) { return notch::to_json(event); }
