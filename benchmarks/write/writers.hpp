// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_WRITERS_HPP
#define NOTCH_BENCHMARKS_WRITERS_HPP

#include "../common/events.hpp"

#include <string_view>

namespace bench {

/// One way to write the events as JSON. Each function writes into memory that it keeps and uses again, and returns a
/// view of it. They are called through these pointers, and stand in a file of their own for each library, so that no
/// compiler can see the event that it will get.
struct Writer {
    template <class Event>
    using Write = std::string_view (*)(const Event&);

    std::string_view name;
    Write<RunnerStart> start;
    Write<RunnerStop> stop;
    Write<MeteringEntry> entry;
    bool escapes_all = true;  ///< false: leaves control characters as they are, and so breaks on the hard values

    std::string_view operator()(const RunnerStart& event) const { return start(event); }
    std::string_view operator()(const RunnerStop& event) const { return stop(event); }
    std::string_view operator()(const MeteringEntry& event) const { return entry(event); }
};

// One for each file of this folder.
extern const Writer notch_writer;
extern const Writer glaze_writer;
extern const Writer glaze_buffer_writer;
extern const Writer glaze_default_writer;
extern const Writer simdjson_writer;
extern const Writer yyjson_writer;
extern const Writer rapidjson_writer;
extern const Writer nlohmann_writer;
extern const Writer by_hand_writer;
extern const Writer format_writer;

}  // namespace bench

#endif
