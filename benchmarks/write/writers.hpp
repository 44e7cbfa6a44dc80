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
    std::string_view name;
    std::string_view (*start)(const RunnerStart&);
    std::string_view (*stop)(const RunnerStop&);
    std::string_view (*entry)(const MeteringEntry&);
    bool escapes_everything = true;  ///< false: leaves control characters as they are, and so breaks on the hard values
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
