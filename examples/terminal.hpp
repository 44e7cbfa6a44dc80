// SPDX-License-Identifier: MIT
// How the examples draw: numbers, bars and tables, in colour on a terminal only.
#ifndef NOTCH_EXAMPLES_TERMINAL_HPP
#define NOTCH_EXAMPLES_TERMINAL_HPP

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace terminal {

inline bool is_there() {
#if __has_include(<unistd.h>)
    static const bool there = isatty(1) != 0;
    return there;
#else
    return false;
#endif
}

/// `colour` is a number of ECMA-48: 1 bold, 2 faint, 32 green, 36 cyan.
inline std::string paint(const char* colour, const std::string& text) {
    static const bool plain = !is_there() || std::getenv("NO_COLOR") != nullptr;
    return plain ? text : "\x1b[" + std::string{colour} + "m" + text + "\x1b[0m";
}

/// 1234567 -> 1,234,567
inline std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
    return text;
}

/// 1536 -> 1.5 KiB
inline std::string bytes(std::uint64_t count) {
    static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto size = static_cast<double>(count);
    std::size_t unit = 0;
    for (; size >= 1024; ++unit) size /= 1024;
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    return text;
}

/// `share` of 1, in half characters.
inline std::string bar(double share, int width) {
    const int halves = static_cast<int>(std::clamp(share, 0.0, 1.0) * width * 2 + 0.5);
    std::string full, rest;
    for (int i = 0; i < halves / 2; ++i) full += "━";
    if (halves % 2 != 0) full += "╸";
    for (int i = (halves + 1) / 2; i < width; ++i) rest += "─";
    return paint("36", full) + paint("2", rest);
}

/// What somebody else wrote, such as a process's name, must not steer this terminal.
inline std::string printable(std::string text) {
    for (char& c : text) c = c < ' ' || c > '~' ? '?' : c;
    return text;
}

struct Row {
    std::string label;
    double size;
    std::string value;
};

/// The six largest rows, each with a bar: its share of `whole`, or of the largest where `whole` is 0.
inline void table(const char* title, std::vector<Row> rows, double whole = 0) {
    if (rows.empty()) return;
    std::sort(rows.begin(), rows.end(),
              [](const Row& a, const Row& b) { return a.size != b.size ? a.size > b.size : a.label < b.label; });
    if (rows.size() > 6) rows.resize(6);
    if (whole == 0) whole = std::max(rows[0].size, 1e-9);
    std::printf("\n  %s\n", paint("1", title).c_str());
    for (const Row& row : rows)
        std::printf("  %-24.24s %s %s\n", printable(row.label).c_str(), bar(row.size / whole, 24).c_str(), row.value.c_str());
}

/// Draws lines over those of the call before; elsewhere than on a terminal, prints them as one.
inline void redraw(const std::vector<std::string>& lines) {
    if (is_there()) {
        for (const std::string& line : lines) std::printf("  %s\x1b[K\n", line.c_str());
        std::printf("\x1b[%dA", static_cast<int>(lines.size()));
    } else {
        const char* between = "  ";
        for (const std::string& line : lines) {
            std::printf("%s%s", between, line.c_str());
            between = "   ";
        }
        std::puts("");
    }
    std::fflush(stdout);
}
/// Goes on below them.
inline void end_redraw(int lines) {
    if (is_there()) std::printf("\x1b[%dB", lines);
}

}  // namespace terminal

#endif
