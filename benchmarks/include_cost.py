# SPDX-License-Identifier: MIT
"""What one #include costs: the time that a compiler takes for a file that holds nothing else.

    include_cost.py RESULTS [--rounds N] [--quick] [--headers] COMPILER...

Takes turns between the headers, so that a busy machine meets all of them alike, and compares the medians of the user
time with that of <string>, <vector> and <optional> together. Appends each figure to RESULTS as a JSON line.
--headers instead prints where the time goes: what each header of notch adds to those before it.
"""

import argparse
import json
import pathlib

from common import cost

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASE = "string + vector + optional"
WHOLE = "notch.hpp, whole"
RECORDING = "notch, the recording half"

SOURCES = {
    BASE: "#include <string>\n#include <vector>\n#include <optional>\n",
    WHOLE: '#include "notch.hpp"\n',
    RECORDING: '#include "record/recorder.hpp"\n#include "sink/file.hpp"\n',
    "nlohmann/json": "#include <nlohmann/json.hpp>\n",
    "RapidJSON": "#include <rapidjson/writer.h>\n#include <rapidjson/stringbuffer.h>\n",
    "spdlog": "#include <spdlog/spdlog.h>\n#include <spdlog/async.h>\n#include <spdlog/sinks/basic_file_sink.h>\n",
    "simdjson": "#include <simdjson.h>\n",
    "glaze": "#include <glaze/glaze.hpp>\n",
}
GOALS = {WHOLE: 4.5, RECORDING: 3.0}

# How it is compiled: checked only, and to an object file as a build without optimisation does.
MODES = {"syntax": ["-fsyntax-only"], "object": ["-O0", "-c", "-o", "/dev/null"]}


def include_directory(name):
    """The whole is the single header; its half can only be had from the folders."""
    return ROOT / ("single_include" if name == WHOLE else "include/notch")


def command(compiler, mode, name, source):
    return [*compiler, "-std=c++20", *MODES[mode], "-I", str(include_directory(name)), str(source)]


def measure(compiler, modes, rounds, directory):
    """{(mode, name): median seconds} of what this compiler can find."""
    files = {}
    for name, text in SOURCES.items():
        source = directory / f"include{len(files)}.cpp"
        source.write_text(text)
        if name.startswith(("notch", "string")) or cost.compiles(command(compiler, "syntax", name, source)):
            files[name] = source
    jobs = {(mode, name): command(compiler, mode, name, source) for mode in modes for name, source in files.items()}
    return cost.medians(jobs, rounds)


def show(compiler, figures):
    print(f"\n{compiler}")
    for (mode, name), figure in figures.items():
        ratio = figure.seconds / figures[mode, BASE].seconds
        goal = f"   goal {GOALS[name]}" if name in GOALS else ""
        print(f"    {mode:8} {name:28} {figure.seconds:6.3f} s {ratio:7.2f} x{goal}")


def show_headers(compiler, rounds, directory):
    """Includes one header more each time, in the order of notch.hpp."""
    umbrella = (ROOT / "include/notch/notch.hpp").read_text()
    headers = [line.split('"')[1] for line in umbrella.splitlines() if line.startswith('#include "') and "/" in line]
    jobs = {"nothing": [*compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", "/dev/null"]}
    for count in range(1, len(headers) + 1):
        source = directory / f"upto{count}.cpp"
        source.write_text("".join(f'#include "{header}"\n' for header in headers[:count]))
        jobs[headers[count - 1]] = command(compiler, "syntax", RECORDING, source)
    before = 0.0
    for header, figure in cost.medians(jobs, rounds).items():
        print(f"    {header:28} {figure.seconds:6.3f} s   +{1000 * (figure.seconds - before):5.0f} ms")
        before = figure.seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("compilers", nargs="+")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--headers", action="store_true")
    arguments = parser.parse_args()
    modes = ["syntax"] if arguments.quick else list(MODES)
    rounds = 1 if arguments.quick else arguments.rounds
    directory = arguments.results.resolve().parent / "sources"
    directory.mkdir(exist_ok=True)
    for name in arguments.compilers:
        if arguments.headers:
            show_headers([name], rounds, directory)
            continue
        figures = measure([name], modes, rounds, directory)
        compiler = cost.version([name])
        show(compiler, figures)
        with arguments.results.open("a") as results:
            for (mode, header), figure in figures.items():
                row = {"event": "include_cost", "compiler": compiler, "mode": mode, "header": header,
                       "seconds": figure.seconds, "of_base": figure.seconds / figures[mode, BASE].seconds}  # fmt: skip
                results.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
