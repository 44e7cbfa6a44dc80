#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles and runs the programs of README.md against the single header and compares what they write.

A program is a ```cpp fence that holds "int main". Its comment lines that begin with "// {" are the lines it must write,
into ledgers or to standard output, in this order; digits of a timestamp may differ. Usage: readme.py COMPILER
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def programs(text=None):
    """(line number in README.md, program) of every fence that is a whole program."""
    if text is None:
        text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for match in re.finditer(r"^```cpp\n(.*?)^```$", text, re.S | re.M):
        if "int main" in match[1]:
            yield text.count("\n", 0, match.start()) + 1, match[1]


def masked(line):
    return re.sub(r'("timestamp":)[0-9.]+', r"\1T", line.strip())


def written_by(compiler, program):
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "program.cpp"
        source.write_text(program, encoding="utf-8")
        command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-I", str(REPOSITORY / "single_include"), "-pthread"]
        subprocess.run([*command, str(source), "-o", str(Path(place) / "program")], check=True)
        done = subprocess.run(["./program"], cwd=place, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        ledgers = [path.read_text(encoding="utf-8") for path in sorted(Path(place).glob("*.jsonl"))]
        return [line for text in (*ledgers, done.stdout) for line in text.split("\n")]


def main():
    failed = found = 0
    for number, program in programs():
        found += 1
        wanted = [masked(line[3:]) for line in program.split("\n") if line.startswith("// {")]
        try:
            written = [masked(line) for line in written_by(sys.argv[1], program)]
        except (subprocess.SubprocessError, OSError) as error:
            print(f"FAIL README.md:{number}: {error}")
            failed += 1
            continue
        missing = [line for line in wanted if line not in written]
        in_order = [line for line in written if line in wanted] == wanted
        first_says_nothing = found == 1 and not wanted
        bad = missing or not in_order or first_says_nothing
        print(f"{'FAIL' if bad else 'ok'} README.md:{number}: {len(wanted)} lines as promised")
        if bad:
            print("promised:", *wanted, "written:", *written, sep="\n    ")
            failed += 1
    if not found:
        print("FAIL README.md has no program")
    return bool(failed or not found)


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    sys.exit(main())
