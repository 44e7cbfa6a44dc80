// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include "common/measure.hpp"
#include "readers.hpp"

namespace {

template <class Event>
bool read(const std::string& text, Event* copy) {
    auto event = notch::from_json<Event>(text);
    if (!event) return false;
    bench::keep(&*event);
    if (copy != nullptr) *copy = *event;
    return true;
}

}  // namespace

const bench::Reader bench::notch_reader{"notch", read<RunnerStart>, read<RunnerStop>, read<MeteringEntry>};
