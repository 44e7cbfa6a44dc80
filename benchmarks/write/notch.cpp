// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "writers.hpp"

namespace {

std::string text;

template <class Event>
std::string_view write(const Event& event) {
    text.clear();
    notch::append_json(text, event);
    return text;
}

}  // namespace

const bench::Writer bench::notch_writer{"notch", write<RunnerStart>, write<RunnerStop>, write<MeteringEntry>};
