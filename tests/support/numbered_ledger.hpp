// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include "temporary.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>

// Events that are counted one by one, and what a ledger has of them: for the soaks that lose, tear and repeat nothing.

namespace test {

/// The `number`-th event of a writer, as long as the soak wants its lines.
struct Numbered {
    double timestamp = 1.0;
    std::uint32_t writer = 0;
    std::uint64_t number = 0;
    std::string fill{};
};

/// An event whose line has about so many bytes; what fills it is told by its number.
inline Numbered numbered(std::uint32_t writer, std::uint64_t number, std::size_t line_bytes) {
    constexpr std::size_t others = 80;
    const auto fill = static_cast<char>('a' + (writer + number) % 26);
    return {1.0, writer, number, std::string(line_bytes > others ? line_bytes - others : 0, fill)};
}

/// All lines of a ledger's files.
struct NumberedLedger {
    std::uint64_t events = 0;
    std::uint64_t gaps = 0;
    std::uint64_t torn = 0;   ///< the beginning of a line, ended by a newline
    std::uint64_t tails = 0;  ///< the beginning of a line, at a file's end
    std::uint64_t glued = 0;  ///< anything else, such as one line in another
    std::uint64_t twice = 0;
    std::map<std::uint32_t, std::vector<bool>> seen{};  ///< numbers of each writer

    void read_file(const std::string& path) {
        std::ifstream file{path, std::ios::binary};
        for (std::string line; std::getline(file, line);) {
            if (!file.eof()) take(line);
            else ++(is_beginning(line) ? tails : glued);  // it has no newline
        }
    }

    /// Every file in a directory whose name begins so.
    void read_directory(const std::string& path, const std::string& beginning) {
        ::DIR* const directory = ::opendir(path.c_str());
        if (directory == nullptr) return;
        while (const ::dirent* const entry = ::readdir(directory))
            if (std::string_view{entry->d_name}.starts_with(beginning)) read_file(path + "/" + entry->d_name);
        ::closedir(directory);
    }

    /// How many of a writer's numbers below `end` are missing.
    [[nodiscard]] std::uint64_t missing(std::uint32_t writer, std::uint64_t end) const {
        const auto at = seen.find(writer);
        std::uint64_t out = end;
        for (std::uint64_t i = 0; at != seen.end() && i < end && i < at->second.size(); ++i) out -= at->second[i] ? 1U : 0U;
        return out;
    }

private:
    /// Of an event's line, and of no more than one.
    static bool is_beginning(std::string_view line) {
        constexpr std::string_view begin = "{\"timestamp\":1.0,\"event\":\"numbered\"";
        return line.substr(0, begin.size()) == begin.substr(0, line.size()) && line.find('{', 1) == line.npos &&
               line.find('}') == line.npos;
    }

    void take(const std::string& line) {
        constexpr std::size_t large = 1U << 24;
        if (line.find("\"event\":\"notch_gap\"") != std::string::npos) {
            ++(notch::validate_json(line) ? gaps : glued);
            return;
        }
        const auto event = notch::from_line<Numbered>(line, {.max_bytes = large, .max_string = large});
        if (!event) {
            ++(is_beginning(line) ? torn : glued);
            return;
        }
        const auto fill = static_cast<char>('a' + (event->writer + event->number) % 26);
        if (event->fill.find_first_not_of(fill) != std::string::npos) ++glued;
        std::vector<bool>& numbers = seen[event->writer];
        if (event->number >= numbers.size()) numbers.resize(std::max<std::size_t>(event->number + 1, numbers.size() * 2));
        if (numbers[event->number]) ++twice;
        numbers[event->number] = true;
        ++events;
    }
};

/// The directory that a program lies in: the build directory, for the soaks.
inline std::string directory_of(const char* program) {
    const std::string path = program;
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

inline bool says(bool good, const char* what) {
    if (!good) std::printf("FAIL %s\n", what);
    return good;
}

}  // namespace test
