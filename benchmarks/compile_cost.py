# SPDX-License-Identifier: MIT
"""What it costs to compile a program that writes structs as JSON: processor time and memory of the compiler at -O2.

    compile_cost.py RESULTS [--rounds N] [--quick] COMPILER...

The sources are made here: 1 and 30 structs of 8 fields, and for each struct one function that turns it into text with one
of the libraries. The rows take turns, and the medians are compared. Appends each figure to RESULTS as a JSON line.
"""

import argparse
import json
import pathlib

from common import cost

ROOT = pathlib.Path(__file__).resolve().parent.parent
COUNTS = (1, 30)

TYPES = ("double", "std::string", "std::int64_t", "bool", "double", "std::string", "std::uint32_t", "std::string")
WORDS = ("timestamp", "name", "bytes", "ready", "duration", "owner", "retries", "result", "region", "image", "queue", "load")


def fields(number):
    """Eight (type, name), other names in each struct."""
    return [(kind, f"{WORDS[(number + i) % len(WORDS)]}_{(number * 7 + i) % 10}") for i, kind in enumerate(TYPES)]


def struct(number):
    members = "".join(f"    {kind} {name};\n" for kind, name in fields(number))
    return f"struct Event{number} {{\n{members}}};\n"


def names(number):
    return ", ".join(name for _, name in fields(number))


# ---- one function for each row: what stands before the structs, and what is written for one --------------------------


def nothing(number):
    return f"std::size_t use(const Event{number}& v) {{ return sizeof v; }}\n"


def notch_writes(number):
    return f"std::string text(const Event{number}& v) {{ return notch::to_json(v); }}\n"


def notch_records(number):
    return f"bool put(notch::Recorder& recorder, const Event{number}& v) {{ return recorder.record(v); }}\n"


def nlohmann(number):
    return (f"NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Event{number}, {names(number)})\n"
            f"std::string text(const Event{number}& v) {{ return nlohmann::json(v).dump(); }}\n")  # fmt: skip


def nlohmann_list(number):
    members = ", ".join(f'{{"{name}", v.{name}}}' for _, name in fields(number))
    return (f"void to_json(nlohmann::json& json, const Event{number}& v) {{ json = nlohmann::json{{{members}}}; }}\n"
            f"std::string text(const Event{number}& v) {{ return nlohmann::json(v).dump(); }}\n")  # fmt: skip


def glaze(number):
    return f'std::string text(const Event{number}& v) {{ return glz::write_json(v).value_or(""); }}\n'


def by_hand(number):
    lines = "".join(f'    put(out, {chr(44) if i else "{"!r}, "{name}", v.{name});\n' for i, (_, name) in enumerate(fields(number)))
    return f"std::string text(const Event{number}& v) {{\n    std::string out;\n{lines}    return out += '}}';\n}}\n"


BY_HAND = r"""
#include <charconv>
#include <string_view>
static void value(std::string& out, std::string_view v) {
    out += '"';
    for (const char c : v) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) out += "\\u00", out += "01"[c >> 4], out += "0123456789abcdef"[c & 15];
        else out += c;
    }
    out += '"';
}
static void value(std::string& out, const std::string& v) { value(out, std::string_view{v}); }
static void value(std::string& out, bool v) { out += v ? "true" : "false"; }
template <class Number>
void value(std::string& out, Number v) {
    char buffer[32];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr);
}
template <class T>
void put(std::string& out, char before, const char* key, const T& v) {
    out += before, out += '"', out += key, out += "\":";
    value(out, v);
}
"""

STANDARD = "#include <cstdint>\n#include <string>\n"
ROWS = {
    "structs alone": (STANDARD, nothing),
    "notch, to_json": ('#include "notch.hpp"\n', notch_writes),
    "notch, record": ('#include "notch.hpp"\n', notch_records),
    "by hand, std::to_chars": (STANDARD + BY_HAND, by_hand),
    "nlohmann/json, its macro": (STANDARD + "#include <nlohmann/json.hpp>\n", nlohmann),
    "nlohmann/json, by list": (STANDARD + "#include <nlohmann/json.hpp>\n", nlohmann_list),
    "glaze": (STANDARD + "#include <glaze/glaze.hpp>\n", glaze),
}


def source(row, count):
    head, function = ROWS[row]
    return head + "".join(struct(number) + function(number) for number in range(count))


def measure(compiler, counts, rounds, directory):
    """{(row, count): median cost}, without the rows whose library is not there."""
    jobs = {}
    for place, row in enumerate(ROWS):
        for count in counts:
            file = directory / f"compile{place}_{count}.cpp"
            file.write_text(source(row, count))
            command = [compiler, "-std=c++23", "-O2", "-c", "-o", "/dev/null", "-I", str(ROOT / "single_include"), str(file)]
            if count == counts[0] and not row.startswith(("structs", "notch", "by hand")) and not cost.compiles(command):
                break
            jobs[row, count] = command
    return cost.medians(jobs, rounds)


def show(compiler, figures):
    print(f"\n{compiler}, -O2")
    for (row, count), figure in figures.items():
        rival = figures.get(("nlohmann/json, its macro", count))
        ratio = f"{figure.seconds / rival.seconds:7.2f} of nlohmann" if rival else ""
        print(f"    {row:24} {count:3} structs {figure.seconds:7.2f} s {figure.megabytes:6.0f} MB{ratio}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("compilers", nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    counts = COUNTS[:1] if arguments.quick else COUNTS
    directory = arguments.results.resolve().parent / "sources"
    directory.mkdir(exist_ok=True)
    for name in arguments.compilers:
        figures = measure(name, counts, 1 if arguments.quick else arguments.rounds, directory)
        compiler = cost.version([name])
        show(compiler, figures)
        with arguments.results.open("a") as results:
            for (row, count), figure in figures.items():
                line = {"event": "compile_cost", "compiler": compiler, "row": row, "structs": count,
                        "seconds": figure.seconds, "megabytes": figure.megabytes}  # fmt: skip
                results.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
