// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_READERS_HPP
#define NOTCH_BENCHMARKS_READERS_HPP

#include "../common/events.hpp"

#include <string>
#include <string_view>

namespace bench {

/// What stands behind every text and may be read but not changed: some libraries are quicker when they need not look
/// where the text ends.
inline constexpr std::size_t padding = 64;

/// One way to read the events from JSON. Each function makes a fresh event, reads the text into it and says whether that
/// went well; with `copy` it also gives the event away. They are called through these pointers, and stand in a file of
/// their own for each library, so that no compiler can see the text that it will get.
struct Reader {
    template <class Event>
    using Read = bool (*)(const std::string& text, Event* copy);

    std::string_view name;
    Read<RunnerStart> start;
    Read<RunnerStop> stop;
    Read<MeteringEntry> entry;

    bool operator()(const std::string& text, RunnerStart* copy) const { return start(text, copy); }
    bool operator()(const std::string& text, RunnerStop* copy) const { return stop(text, copy); }
    bool operator()(const std::string& text, MeteringEntry* copy) const { return entry(text, copy); }
};

/// The value of that name, by its place in the table; false when there is none.
template <class E, std::size_t N>
bool find_name(const std::array<std::string_view, N>& names, std::string_view name, E& out) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] != name) continue;
        out = static_cast<E>(i);
        return true;
    }
    return false;
}
inline bool from_name(std::string_view name, Status& out) { return find_name(status_names, name, out); }
inline bool from_name(std::string_view name, Kind& out) { return find_name(kind_names, name, out); }

// One for each file of this folder.
extern const Reader notch_reader;
extern const Reader glaze_reader;
extern const Reader glaze_unchecked_reader;
extern const Reader yyjson_reader;
extern const Reader simdjson_reader;
extern const Reader rapidjson_reader;
extern const Reader nlohmann_reader;

}  // namespace bench

#endif
