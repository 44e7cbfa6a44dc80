# SPDX-License-Identifier: MIT
"""Makes benchmarks/results/ from the last runs: a copy of the figures, tables in Markdown, plots in SVG.

    plot.py FIGURES RESULTS [SYSROOT]

FIGURES holds write.jsonl and the like; what is missing there keeps its last figures in RESULTS. SYSROOT is the Debian root
that the newest libraries came from, for their versions. The headline table goes into README.md beside this file.
"""

import datetime
import json
import pathlib
import platform
import shutil
import subprocess
import sys

from common import svg

KINDS = ("RunnerStart", "RunnerStop", "MeteringEntry")
VALUES = {"measured": "values as services write them", "mixed": "the same with texts of many lengths", "hard": "17-digit doubles, text that needs escaping"}
LIBRARIES = ("libglaze-dev", "libyyjson-dev", "libsimdjson-dev", "nlohmann-json3-dev", "rapidjson-dev", "libspdlog-dev")


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def is_notch(name):
    return name.startswith("notch")


def table(head, rows):
    """A Markdown table; the first column is text, the others are numbers. Rows of notch are set in bold."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for row in rows:
        cells = [f"**{cell}**" if is_notch(row[0]) and cell else cell for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


# ---- the parts -----------------------------------------------------------------------------------------------------


def json_part(name, title, figures, counts, caps):
    """Writing or reading: a table and a plot for each sort of values. `caps` are the longest bars of the plots."""
    doer, of_what = ("writer", "of_glaze") if name == "write" else ("reader", "of_best")
    against = {"of_glaze": "glaze", "of_best": "the quicker of glaze and yyjson"}[of_what]
    instructions = {(row["values"], row["kind"], row["library"]): row["instructions"] for row in counts if row["event"] == f"{name}_instructions"}
    text = f"# {title} JSON\n\nNanoseconds for one event, the ratio to {against} in the same run, and instructions.\n"
    plots = {}
    for values, meaning in VALUES.items():
        rows = [row for row in figures if row["values"] == values]
        if not rows:
            continue
        libraries = list(dict.fromkeys(row[doer] for row in rows))
        cell = {(row[doer], row["kind"]): row for row in rows}
        lines = []
        for library in libraries:
            line = [library]
            for kind in KINDS:
                row = cell[library, kind]
                count = instructions.get((values, kind, library))
                line += [f"{row['ns']:.1f}", f"{row[of_what]:.2f}", f"{count:.0f}" if count else ""]
            lines.append(line)
        head = [""]
        for kind in KINDS:
            size = cell[libraries[0], kind]["bytes"]
            head += [f"{kind}, {size:.0f} B: ns", "ratio", "instr."]
        text += f"\n## {values.capitalize()}: {meaning}\n\n" + table(head, lines)
        panels = [(kind, [(library, cell[library, kind]["ns"]) for library in libraries]) for kind in KINDS]
        plots[name if values == "measured" else f"{name}_{values}"] = svg.bars(
            f"{title} one event {'as' if name == 'write' else 'from'} JSON", f"nanoseconds, less is better; {meaning}", panels, is_notch, cap=caps[values])  # fmt: skip
    return text, plots


def write_part(figures, counts):
    return json_part("write", "Writing", figures, counts, {"measured": 450, "hard": 600})


def read_part(figures, counts):
    return json_part("read", "Reading", figures, counts, {"measured": 500, "mixed": 500, "hard": 700})


def record_part(figures, _):
    latency = [row for row in figures if row["event"] == "record_latency"]
    rates = [row for row in figures if row["event"] == "record_throughput"]
    text = "# Recording\n\n## What a call of record() costs its thread\n\nNanoseconds, means of bursts of 20, to /dev/null.\n\n"
    head = ["", "producers", "p50", "p99", "p99.9", "p99.99"]
    text += table(head, [[row["target"], str(row["producers"]), f"{row['p50']:.1f}", f"{row['p99']:.0f}", f"{row['p999']:.0f}", f"{row['p9999']:.0f}"] for row in latency])
    text += f"\n## How many events a second reach a fresh file\n\nOne producer, {rates[0]['events']} events, all of them counted in the file.\n\n"
    head = ["", "million events/s", "CPU ns/event, all threads", "MB of memory"]
    text += table(head, [[row["target"], f"{row['events_per_second'] / 1e6:.2f}", f"{row['cpu_ns']:.0f}", f"{row['megabytes']:.1f}"] for row in rates])
    panels = [(f"{count} producer{'s' if count > 1 else ''}",
               [(row["target"], (row["p50"], row["p99"], row["p999"])) for row in latency if row["producers"] == count])
              for count in (1, 2, 4)]  # fmt: skip
    plots = {
        "latency": svg.ranges("What record() costs its thread", "nanoseconds on a logarithmic scale: p50, p99 and p99.9; less is better", panels, is_notch),
        "throughput": svg.bars("From one thread to a fresh file", "", [
            ("million events a second, more is better", [(row["target"], row["events_per_second"] / 1e6) for row in rates]),
            ("CPU nanoseconds for one event, all threads, less is better", [(row["target"], row["cpu_ns"]) for row in rates]),
        ], is_notch),
    }  # fmt: skip
    return text, plots


def append_part(figures, _):
    text = "# Appending to a ledger\n\n"
    text += f"One producer, {figures[0]['events']} events to a fresh file, all of them counted in it; the time in relation to the plain write in the same run.\n\n"
    head = ["", "MB/s", "million events/s", "CPU ns/event, all threads", "time, ratio"]
    text += table(head, [[row["target"], f"{row['megabytes_per_second']:.0f}", f"{row['events_per_second'] / 1e6:.2f}", f"{row['cpu_ns']:.0f}", f"{row['of_plain']:.2f}"] for row in figures])
    synced = [row for row in figures if "fsync" in row["target"] or "each" in row["target"]]
    panels = [("in the page cache", [row for row in figures if row not in synced]), ("on the disk after each piece", synced)]
    plot = svg.bars("Appending to a ledger", "megabytes a second, more is better",
                    [(title, [(row["target"], row["megabytes_per_second"]) for row in rows]) for title, rows in panels], is_notch)  # fmt: skip
    return text, {"append": plot}


def include_part(figures, _):
    text = "# What the #include costs\n\nUser time of the compiler, and the ratio to `<string> <vector> <optional>` in the same run; C++20.\n"
    modes = {"syntax": "checked only", "object": "compiled with -O0"}
    for compiler in dict.fromkeys(row["compiler"] for row in figures):
        cell = {(row["mode"], row["header"]): row for row in figures if row["compiler"] == compiler}
        present = [mode for mode in modes if any(key[0] == mode for key in cell)]
        lines = []
        for header in dict.fromkeys(key[1] for key in cell):
            lines.append([header] + [text for mode in present for text in (f"{cell[mode, header]['seconds']:.2f}", f"{cell[mode, header]['of_base']:.2f}")])
        head = [""] + [text for mode in present for text in (f"{modes[mode]}: s", "ratio")]
        text += f"\n## {compiler}\n\n" + table(head, lines)
    compilers = list(dict.fromkeys(row["compiler"] for row in figures))
    panels = [(compiler, [(row["header"], row["seconds"]) for row in figures if row["compiler"] == compiler and row["mode"] == "syntax"]) for compiler in compilers]
    plot = svg.bars("What the #include costs", "seconds of processor time to compile a file with nothing else, less is better", panels, is_notch)
    return text, {"include": plot}


def compile_part(figures, _):
    text = "# What a program costs that writes structs\n\nStructs of 8 fields, one function for each, at -O2, C++23.\n"
    panels = []
    for compiler in dict.fromkeys(row["compiler"] for row in figures):
        cell = {(row["row"], row["structs"]): row for row in figures if row["compiler"] == compiler}
        counts = sorted({key[1] for key in cell})
        rows = list(dict.fromkeys(key[0] for key in cell))
        head = [""] + [text for count in counts for text in (f"{count} struct{'s' if count > 1 else ''}: s", "MB")]
        lines = [[row] + [text for count in counts for text in (f"{cell[row, count]['seconds']:.2f}", f"{cell[row, count]['megabytes']:.0f}")] for row in rows]
        text += f"\n## {compiler}\n\n" + table(head, lines)
        panels.append((f"{compiler}, {counts[-1]} structs", [(row, cell[row, counts[-1]]["seconds"]) for row in rows]))
    plot = svg.bars("Compiling a program that writes structs", "seconds of processor time at -O2, less is better", panels, is_notch)
    return text, {"compile": plot}


def ledger_part(figures, _):
    text = "# Reading a ledger back\n\nMegabytes for a second of processor time, and the time in relation to simdjson's first row in the same run.\n"
    panels = []
    for question in dict.fromkeys(row["question"] for row in figures):
        rows = [row for row in figures if row["question"] == question]
        lines = [[row["reader"], f"{row['megabytes_per_second']:.0f}", f"{row['of_simdjson']:.2f}"] for row in rows]
        text += f"\n## {question[0].upper()}{question[1:]}: a file of {rows[0]['megabytes']:.0f} MB\n\n" + table(["", "MB/s", "time, ratio"], lines)
        panels.append((question, [(row["reader"], row["megabytes_per_second"]) for row in rows]))
    plot = svg.bars("Reading a ledger back", "megabytes for a second of processor time, more is better", panels, is_notch)
    return text, {"ledger": plot}


PARTS = {
    "write": write_part, "read": read_part, "ledger": ledger_part, "record": record_part, "append": append_part, "include": include_part,
    "compile": compile_part,
}


# ---- the headlines -------------------------------------------------------------------------------------------------


def headlines(results):
    """What a user asks first, as a table: notch, the others, and how they compare."""
    lines = []

    def line(question, unit, ours, others):
        best = min(value for _, value in others)
        rest = " · ".join(f"{name} {svg.number(value)}" for name, value in others)
        lines.append(f"| {question} | **{svg.number(ours)}** {unit} | {rest} | {ours / best:.2f} |")

    write = {(row["writer"], row["kind"], row["values"]): row["ns"] for row in read(results / "write.jsonl")}
    for kind in KINDS if write else ():
        others = [(name, write[name, kind, "measured"]) for name in ("glaze", "yyjson", "simdjson builder", "RapidJSON", "nlohmann/json")]
        line(f"Writing a {kind} as JSON", "ns", write["notch", kind, "measured"], others)
    reading = {(row["reader"], row["kind"], row["values"]): row["ns"] for row in read(results / "read.jsonl")}
    for kind in KINDS if reading else ():
        others = [(name, reading[name, kind, "mixed"]) for name in ("glaze", "yyjson", "simdjson on demand", "RapidJSON", "nlohmann/json")]
        line(f"Reading a {kind} from JSON", "ns", reading["notch", kind, "mixed"], others)
    record = read(results / "record.jsonl")
    rivals = ("mutex + swapped buffer", "mutex + write(2)", "spdlog async")
    p50 = {row["target"]: row["p50"] for row in record if row.get("producers") == 1}
    rates = {row["target"]: row for row in record if "cpu_ns" in row}
    if record:
        line("record(), the median for its thread", "ns", p50["notch"], [(name, p50[name]) for name in rivals])
        line("An event to a fresh file, CPU of all threads", "ns", rates["notch"]["cpu_ns"], [(name, rates[name]["cpu_ns"]) for name in rivals])
        line("An event to a fresh file, time", "ns", 1e9 / rates["notch"]["events_per_second"], [(name, 1e9 / rates[name]["events_per_second"]) for name in rivals])
    ledger = {(row["question"], row["reader"]): 1e3 / row["megabytes_per_second"] for row in read(results / "ledger.jsonl")}
    for question, ours, rivals in (
        ("every line checked", "notch, lines()", ("simdjson parse_many", "jq, whole process")),
        ("RunnerStart read", "notch, visit()", ("simdjson iterate_many", "jq, whole process")),
    ) if ledger else ():  # fmt: skip
        line(f"A ledger read back, {question}", "s/GB", ledger[question, ours], [(name, ledger[question, name]) for name in rivals])
    include = {row["header"]: row["seconds"] for row in read(results / "include.jsonl") if row["compiler"].startswith("GCC 12") and row["mode"] == "syntax"}
    if include:
        line("Including the whole header, GCC 12", "s", include["notch.hpp, whole"], [(name, include[name]) for name in ("nlohmann/json", "spdlog")])
    compile_rows = [row for row in read(results / "compile.jsonl") if row["structs"] == 30]
    newest = {row["row"]: row["seconds"] for row in compile_rows if row["compiler"] == compile_rows[-1]["compiler"]}
    if newest:
        others = [(name, newest[name]) for name in newest if name.startswith(("by hand", "nlohmann", "glaze"))]
        line(f"Compiling 30 structs that write JSON, {compile_rows[-1]['compiler']} -O2", "s", newest["notch, to_json"], others)
    return "| | notch | others | notch / best of them |\n|---|---:|---|---:|\n" + "\n".join(lines) + "\n"


def put_headlines(readme, text):
    begin, end = "<!-- figures -->\n", "<!-- /figures -->"
    whole = readme.read_text()
    readme.write_text(whole[: whole.index(begin) + len(begin)] + text + whole[whole.index(end) :])


# ---- where they were measured --------------------------------------------------------------------------------------


def versions(sysroot):
    command = ["dpkg-query", f"--admindir={sysroot}/var/lib/dpkg", "-W", "-f", "${Package} ${Version}\n", *LIBRARIES]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [line for line in text.splitlines() if len(line.split()) == 2]


def machine(sysroot):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "")
    kind = "virtual machine" if "hypervisor" in flags else "machine"
    cores = len([line for line in open("/proc/cpuinfo") if line.startswith("processor")])
    memory = int(open("/proc/meminfo").readline().split()[1]) / 1024 / 1024
    text = f"# Where it was measured\n\n{datetime.date.today().isoformat()}; {kind} with {cores} cores, {cpu}, {memory:.0f} GB; Linux {platform.release()}.\n\n"
    text += "From Debian 12: " + ", ".join(versions("")) + ".\n"
    if sysroot:
        text += "\nFrom Debian sid: " + ", ".join(versions(sysroot)) + ".\n"
    return text


def main():
    figures, results, *sysroot = sys.argv[1:]
    figures, results = pathlib.Path(figures), pathlib.Path(results)
    results.mkdir(exist_ok=True)
    for name in (*PARTS, "instructions"):
        if (figures / f"{name}.jsonl").exists():
            shutil.copyfile(figures / f"{name}.jsonl", results / f"{name}.jsonl")
    for name, part in PARTS.items():
        rows = read(results / f"{name}.jsonl")
        if not rows:
            continue
        text, plots = part(rows, read(results / "instructions.jsonl"))
        for plot, drawing in plots.items():
            (results / f"{plot}.svg").write_text(drawing)
            text += f"\n![{plot}]({plot}.svg)\n"
        (results / f"{name}.md").write_text("<!-- SPDX-License-Identifier: MIT. Made by benchmarks/plot.py from the .jsonl of the same name. -->\n" + text)
    (results / "machine.md").write_text("<!-- SPDX-License-Identifier: MIT. Made by benchmarks/plot.py. -->\n" + machine(sysroot[0] if sysroot else ""))
    put_headlines(pathlib.Path(__file__).with_name("README.md"), headlines(results))


if __name__ == "__main__":
    main()
