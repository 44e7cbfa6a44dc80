// SPDX-License-Identifier: MIT
#include <charconv>
#include <format>
#include <iterator>

#include "time_text.hpp"
#include "writers.hpp"

// What a program writes that wants no library: keys as literals, std::to_chars or std::format for the numbers, a loop that escapes.

namespace {

std::string text;

void put_escaped(std::string_view v) {
    for (const char c : v) {
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            static constexpr char hex[] = "0123456789abcdef";
            text += "\\u00";
            text += hex[c >> 4];
            text += hex[c & 15];
        } else {
            text += c;
        }
    }
}

struct ToChars {
    template <class Number>
    static void number(Number v) {
        char buffer[32];
        text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr);
    }
    static void time(bench::Time v) { text += bench::TimeText{v}.view(); }
};

struct Format {
    template <class Number>
    static void number(Number v) {
        std::format_to(std::back_inserter(text), "{}", v);
    }
    static void time(bench::Time v) { std::format_to(std::back_inserter(text), "{:%FT%TZ}", v); }
};

template <class Numbers>
struct ByHand {
    static void value(double v) { Numbers::number(v); }
    static void value(int v) { Numbers::number(v); }
    static void value(std::uint32_t v) { Numbers::number(v); }
    static void value(std::uint64_t v) { Numbers::number(v); }
    static void value(std::string_view v) {
        text += '"';
        put_escaped(v);
        text += '"';
    }
    static void value(const bench::CodeInformation& v) {
        add("{\"code\":", v.code);
        text += '}';
    }
    static void value(const bench::Shape& v) {
        add("{\"cpu\":", v.cpu);
        add(",\"mem_bytes\":", v.mem_bytes);
        add(",\"storage_bytes\":", v.storage_bytes);
        text += '}';
    }

    template <class T>
    static void add(std::string_view before, const T& v) {
        text += before;
        value(v);
    }
    template <class T>
    static void add(std::string_view before, const std::optional<T>& v) {
        if (v) add(before, *v);
    }

    static std::string_view start(const bench::RunnerStart& v) {
        text.clear();
        add("{\"timestamp\":", v.timestamp);
        add(",\"flavor\":", v.flavor);
        add(",\"workflow\":", v.workflow);
        add(",\"repo\":", v.repo);
        add(",\"github_event\":", v.github_event);
        add(",\"idle\":", v.idle);
        add(",\"queue_duration\":", v.queue_duration);
        return text += '}';
    }

    static std::string_view stop(const bench::RunnerStop& v) {
        text.clear();
        add("{\"timestamp\":", v.timestamp);
        add(",\"flavor\":", v.flavor);
        add(",\"workflow\":", v.workflow);
        add(",\"repo\":", v.repo);
        add(",\"github_event\":", v.github_event);
        add(",\"status\":", name_of(v.status));
        add(",\"status_info\":", v.status_info);
        add(",\"job_duration\":", v.job_duration);
        add(",\"job_conclusion\":", v.job_conclusion);
        return text += '}';
    }

    static std::string_view entry(const bench::MeteringEntry& v) {
        text.clear();
        add("{\"kind\":", name_of(v.kind));
        add(",\"vm_id\":", v.vm_id);
        add(",\"snapshot_id\":", v.snapshot_id);
        add(",\"source_snapshot_id\":", v.source_snapshot_id);
        add(",\"reason\":", v.reason);
        add(",\"hypervisor\":", v.hypervisor);
        add(",\"shape\":", v.shape);
        text += ",\"emitted_at\":\"";
        Numbers::time(v.emitted_at);
        return text += "\"}";
    }
};

}  // namespace

namespace bench {

const Writer by_hand_writer{"by hand, std::to_chars", ByHand<ToChars>::start, ByHand<ToChars>::stop, ByHand<ToChars>::entry};
const Writer format_writer{"by hand, std::format", ByHand<Format>::start, ByHand<Format>::stop, ByHand<Format>::entry};

}  // namespace bench
