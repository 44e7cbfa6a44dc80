#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the house that a file's text shows: who may include whom, which system headers, how long, which words.

Prints one line, "ok RULE" or "FAIL RULE", for each rule.
"""

import argparse
import fnmatch
import os
import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "single_include"))
sys.dont_write_bytecode = True
import amalgamate  # noqa: E402  the order of the stages and the reading of headers are written there, once

TOP_LEVEL = set(
    "include single_include tests examples benchmarks CMakeLists.txt CMakePresets.json meson.build meson_options.txt"
    " README.md LICENSE CHANGELOG.md CONTRIBUTING.md".split()
)
LONGEST = 400
# Macros of Qt, X11, Windows and POSIX headers. min and max may stand where no macro can take them: (std::min)(a, b).
POISON = set(
    "emit slots signals small near far interface ERROR DEBUG None Bool Status Always True False check verify I"
    " major minor min max".split()
)
DATA = {".json", ".jsonl", ".md", ".svg", ".png", ".csv", ".bin"}  # no comments, or no place for one
MACHINE_PATH = re.compile(r"(?<![A-Za-z0-9_.])/(?:work|farm|opt/sid|root|tmp/brief)/")


class Tree:
    """Everything the rules look at, read once."""

    def __init__(self, root):
        self.root = root
        self.base = root / amalgamate.INCLUDE_ROOT
        self.files = sorted(self.walk())
        self.headers = {}
        self.bare = {}  # the text without comments and literals
        self.problems = []
        for path in sorted(self.base.rglob("*.hpp")):
            name = path.relative_to(self.base).as_posix()
            try:
                self.headers[name] = amalgamate.read_header(root, name)
                self.bare[name] = amalgamate.without_comments(name, path.read_text(encoding="ascii"))[1]
            except amalgamate.Refusal as refusal:
                self.problems.append(str(refusal))

    def walk(self):
        for directory, inner, names in os.walk(self.root):
            if Path(directory) == self.root:
                inner[:] = [d for d in inner if d != ".git" and not re.fullmatch(r"build(-.*)?", d)]
            inner[:] = [d for d in inner if d not in ("__pycache__", ".cache")]
            yield from (Path(directory) / name for name in names if name != ".git")  # of a submodule, a file

    def relative(self, path):
        return path.relative_to(self.root).as_posix()


def text_of(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # binary data of a test


def read_list(path):
    """The rows of a list file as (line number, words)."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="ascii").split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            rows.append((number, line.split(maxsplit=2)))
    return rows


# ---- the rules: each yields what is wrong ---------------------------------------------------------------------------


def readable(tree):
    yield from tree.problems
    if not tree.headers:
        yield f"no header under {tree.base}"


def direction(tree):
    """Stages include only earlier stages, and no header reaches itself."""
    edges = {}
    for name, header in tree.headers.items():
        for directive in header.directives:
            if directive.name != "include" or directive.text.startswith("<"):
                continue
            try:
                edges.setdefault(name, []).append(amalgamate.resolve(tree.root, header, directive))
            except amalgamate.Refusal as refusal:
                yield str(refusal)
    done = set()

    def visit(name, chain):
        if name in chain:
            yield "an include cycle: " + " -> ".join([*chain[chain.index(name) :], name])
            return
        if name in done:
            return
        done.add(name)
        for target in edges.get(name, ()):
            yield from visit(target, [*chain, name])

    for name in sorted(edges):
        yield from visit(name, [])


def sinks(tree):
    """A sink knows what it is handed and nothing else of recording; Capture, which brings a recorder along, may."""
    for name, header in tree.headers.items():
        if not name.startswith("sink/") or name == "sink/capture.hpp":
            continue
        for directive in header.directives:
            if directive.name == "include" and re.search(r"record/(?!batch\.hpp)", directive.text):
                yield f"{amalgamate.INCLUDE_ROOT}/{name}:{directive.line}: a sink includes {directive.text}, not only record/batch.hpp"


def system_includes(tree):
    where = "tests/house/system_includes.txt"
    rows = read_list(tree.root / where)
    used = set()
    for number, row in rows:
        if len(row) < 3:
            yield f"{where}:{number}: wants a header, a place and a reason"
    rows = [(number, row) for number, row in rows if len(row) == 3]
    for name, header in tree.headers.items():
        if name.startswith(amalgamate.OPT_IN + "/"):
            continue  # what an opt-in header adapts is its own affair
        for directive in header.directives:
            if directive.name != "include" or not directive.text.startswith("<"):
                continue
            wanted = directive.text.strip("<>")
            fitting = [n for n, (h, place, _) in rows if h == wanted and (place == "any" or fnmatch.fnmatch(name, place))]
            used.update(fitting)
            if not fitting:
                yield f"{amalgamate.INCLUDE_ROOT}/{name}:{directive.line}: <{wanted}> is not allowed here by {where}"
    for number, row in rows:
        if number not in used:
            yield f"{where}:{number}: nothing uses <{row[0]}> ({row[1]})"


def length(tree):
    where = "tests/house/long_headers.txt"
    allowed = {row[0]: (number, int(row[1])) for number, row in read_list(tree.root / where)}
    for name, header in tree.headers.items():
        number, most = allowed.pop(name, (0, LONGEST))
        lines = len(header.lines)
        if lines > most:
            yield f"{amalgamate.INCLUDE_ROOT}/{name}: {lines} lines, at most {most}: does it hold one thing?"
        elif number and lines <= LONGEST:
            yield f"{where}:{number}: {name} has {lines} lines and needs no entry"
    for name, (number, _) in allowed.items():
        yield f"{where}:{number}: there is no {name}"


def spdx(tree):
    for path in tree.files:
        name = tree.relative(path)
        if path.suffix in DATA or path.name == "LICENSE" or "/golden/" in name or "/corpus/" in name:
            continue
        lines = text_of(path).split("\n")[:2]
        if lines[0].startswith("#!"):
            lines = lines[1:]
        if lines and not re.match(r"(//|#) SPDX-License-Identifier: MIT$", lines[0]):
            yield f"{name}: the first line is not the SPDX line"


def words(tree):
    for name, bare in tree.bare.items():
        for match in re.finditer(r"[A-Za-z_]\w*", bare):
            word = match.group()
            if word not in POISON:
                continue
            if word in ("min", "max") and re.match(r"\s*\)", bare[match.end() :]):
                continue  # (std::min)(a, b)
            line = bare.count("\n", 0, match.start()) + 1
            yield f"{amalgamate.INCLUDE_ROOT}/{name}:{line}: {word} is a macro in common headers"


def internal_macros(tree):
    """What a header defines for itself it takes back itself, or unmacros.hpp does."""
    taken_back = {d.text for d in tree.headers[amalgamate.UNMACROS].directives if d.name == "undef"}
    for name, header in tree.headers.items():
        own = {d.text for d in header.directives if d.name == "undef"}
        for directive in header.directives:
            macro = re.match(r"NOTCH_INTERNAL_\w+", directive.text)
            if directive.name == "define" and macro and macro[0] not in own | taken_back:
                yield f"{amalgamate.INCLUDE_ROOT}/{name}:{directive.line}: {macro[0]} is never undefined"


def machine_paths(tree):
    for path in tree.files:
        for number, line in enumerate(text_of(path).split("\n"), 1):
            if MACHINE_PATH.search(line):
                yield f"{tree.relative(path)}:{number}: a path of one machine: {line.strip()}"


def top_level(tree):
    for entry in sorted(os.listdir(tree.root)):
        if entry not in TOP_LEVEL and not entry.startswith(".") and not re.fullmatch(r"build(-.*)?", entry):
            yield f"{entry} does not belong at the top level"
    for entry in sorted(TOP_LEVEL):
        if not (tree.root / entry).exists():
            yield f"{entry} is missing"


RULES = {
    "headers can be read": readable,
    "include direction": direction,
    "sinks know batch.hpp only": sinks,
    "system includes": system_includes,
    "length of headers": length,
    "SPDX lines": spdx,
    "words that are macros elsewhere": words,
    "internal macros are undefined": internal_macros,
    "no machine's paths": machine_paths,
    "top level": top_level,
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY)
    tree = Tree(parser.parse_args(arguments).root)
    failed = False
    for name, rule in RULES.items():
        problems = sorted(set(rule(tree)))
        print(f"{'FAIL' if problems else 'ok'} {name}")
        for problem in problems:
            print(f"    {problem}")
        failed |= bool(problems)
    return failed


if __name__ == "__main__":
    sys.exit(main())
