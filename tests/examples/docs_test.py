#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds README.md, CONTRIBUTING.md, CHANGELOG.md and examples/README.md to what is really there.

Code in README.md is compiled because it is part of an example, and what it prints is what tests/examples/run.sh has
compared; the CMake and Meson fragments are built here. Prints "ok NAME" or "FAIL NAME: why" for each check.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.cpp"))
GOLDEN = REPOSITORY / "tests/examples/golden"
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


class Failure(Exception):
    """A check that did not hold; the text says why."""


def expect(condition, why):
    if not condition:
        raise Failure(why)


def text(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


def fences(document, language):
    return [match[2] for match in FENCE.finditer(document) if match[1] == language]


def stands_in(block, sources):
    """Whether the lines of a block stand together in one of the sources."""
    return any(f"\n{block}" in f"\n{source}" for source in sources)


def run(*command, cwd=None):
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    expect(done.returncode == 0, f"exit code {done.returncode}: {' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


# ---- README.md -------------------------------------------------------------------------------------------------------


def first_screen():
    head = "\n".join(README.split("\n")[:39])
    program = text("examples/01_hello.cpp").split("\n", 1)[1]
    expect("./examples/run" in head and "./tests/run" in head, "the two commands do not stand before line 40")
    expect(program in head, "the first program is not examples/01_hello.cpp, or does not stand before line 40")
    shown = [line[3:] for line in program.split("\n") if line.startswith("// {")]
    written = (GOLDEN / "01_hello.txt").read_text(encoding="utf-8").split("\n")
    stamped = [re.sub(r"\d{10}\.\d{6}", "STAMP", line) for line in shown]
    expect(shown and all(line in written for line in stamped), f"the line shown is not the line written: {shown}")
    expect(len(README.split("\n")) <= 250, "it is longer than 250 lines")


def code_is_from_examples():
    sources = [path.read_text(encoding="utf-8") for path in EXAMPLES]
    blocks = fences(README, "cpp")
    expect(len(blocks) > 5, "there is hardly any code")
    for block in blocks:
        expect(stands_in(block, sources), f"this stands in no example:\n{block}")


def output_is_from_examples():
    outputs = [path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt")]
    blocks = fences(README, "text")
    expect(blocks, "no output is shown")
    for block in blocks:
        expect(stands_in(block, outputs), f"no example prints this:\n{block}")


def types_are_as_printed():
    printed = (GOLDEN / "03_types.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    rows = re.findall(r"^\| `([^`]+)` \| `(.+?)` \|", README, re.M)
    expect(len(rows) > 10, "the table of types is not there")
    for cpp, json in rows:
        expect(f"{cpp:<44}  {json}" in printed, f"examples/03_types.cpp does not print {cpp}  {json}")


def switches_are_all():
    # A switch is what config.hpp describes: its name, then at least three spaces.
    real = set(re.findall(r"^//   (NOTCH_\w+) {3}", text("include/notch/config.hpp"), re.M))
    named = set(re.findall(r"^\| `(NOTCH_\w+)` \|", README, re.M))
    expect(real and named == real, f"the switches are {sorted(real)}, README.md has {sorted(named)}")


def names_exist():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "include").rglob("*.hpp"))
    names = set(re.findall(r"notch::(\w+)", README)) - {"notch"}  # notch::notch is the target of CMake
    names |= set(re.findall(r"`([A-Za-z]\w*)(?:<T>|\(\))`", README))
    expect(len(names) > 10, "hardly any name was found")
    for name in sorted(names):
        expect(re.search(rf"\b{name}\b", code), f"{name} is not in include/")


def links_lead_somewhere():
    for document in ("README.md", "CONTRIBUTING.md", "examples/README.md"):
        folder = (REPOSITORY / document).parent
        for link in re.findall(r"\]\(([^)#]+)\)", FENCE.sub("", text(document))):
            expect(link.startswith("https://") or (folder / link).exists(), f"{document} links to {link}, which is not there")


def figures_have_a_place():
    expect(re.search(r"^<!-- figures -->\n(.*\n)*?<!-- /figures -->$", README, re.M), "the markers of the figures are gone")


def install_fragments_build():
    cmake, meson = fences(README, "cmake"), fences(README, "meson")
    expect(len(cmake) == 2 and len(meson) == 1, "two fragments of CMake and one of Meson were expected")
    program = text("examples/01_hello.cpp").replace('"notch.hpp"', "<notch/notch.hpp>")
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        installed = place / "installed"
        run("cmake", "-S", REPOSITORY, "-B", place / "notch", "-DNOTCH_BUILD_TESTS=OFF", "-DNOTCH_BUILD_EXAMPLES=OFF")
        run("cmake", "--install", place / "notch", "--prefix", installed)
        for number, fragment in enumerate(cmake):
            host = make_host(place / f"cmake{number}", "third_party", program)
            (host / "CMakeLists.txt").write_text(
                f"cmake_minimum_required(VERSION 3.22)\nproject(app CXX)\nadd_executable(app main.cpp)\n{fragment}", encoding="utf-8"
            )
            run("cmake", "-S", host, "-B", host / "build", f"-DCMAKE_PREFIX_PATH={installed}")
            run("cmake", "--build", host / "build")
            writes_the_line(host)
        host = make_host(place / "meson", "subprojects", program)
        (host / "meson.build").write_text(
            f"project('app', 'cpp', default_options: ['cpp_std=c++20'])\n{meson[0]}", encoding="utf-8"
        )
        run("meson", "setup", host / "build", host)
        run("meson", "compile", "-C", host / "build")
        writes_the_line(host)


def make_host(host, folder, program):
    (host / folder).mkdir(parents=True)
    (host / folder / "notch").symlink_to(REPOSITORY)
    (host / "main.cpp").write_text(program, encoding="utf-8")
    return host


def writes_the_line(host):
    run(host / "build/app", cwd=host)
    ledger = (host / "events.jsonl").read_text(encoding="utf-8")
    expect('"event":"runner_start","flavor":"small"' in ledger, f"{host.name} wrote {ledger!r}")


# ---- the others ------------------------------------------------------------------------------------------------------


def examples_are_listed():
    listed = re.findall(r"^\| \[(\w+)\]\((\w+)\.cpp\) \|", text("examples/README.md"), re.M)
    expect(all(name == link for name, link in listed), "a name is not its link")
    names = [path.stem for path in EXAMPLES]
    expect([name for name, _ in listed] == names, f"listed are {[name for name, _ in listed]}, there are {names}")


def map_is_complete():
    names = re.findall(r"^- `([^`]+)`: ", text("CONTRIBUTING.md"), re.M)
    twice = sorted({name for name in names if names.count(name) > 1})
    expect(not twice, f"the map has twice: {twice}")
    mapped = {f"include/notch/{name}" if (REPOSITORY / "include/notch" / name).exists() else name for name in names}
    gone = sorted(name for name in mapped if not (REPOSITORY / name).exists())
    expect(not gone, f"the map has what is not there: {gone}")
    tracked = run("git", "-C", REPOSITORY, "ls-files", "--cached", "--others", "--exclude-standard").split("\n")
    files = {name for name in tracked if name and (REPOSITORY / name).exists()}
    missing = {name for name in files if name.startswith("include/")} - mapped
    expect(not missing, f"the map lacks: {sorted(missing)}")
    top = {name.split("/")[0] for name in files} - {name.split("/")[0] for name in mapped}
    expect(not top, f"the map lacks at the top: {sorted(top)}")


def changelog_has_the_version():
    numbers = re.findall(r"^#define NOTCH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)$", text("include/notch/version.hpp"), re.M)
    expect(f"\n## [{'.'.join(numbers)}]" in text("CHANGELOG.md"), f"CHANGELOG.md has no entry for {'.'.join(numbers)}")


CHECKS = (
    first_screen,
    code_is_from_examples,
    output_is_from_examples,
    types_are_as_printed,
    switches_are_all,
    names_exist,
    links_lead_somewhere,
    figures_have_a_place,
    install_fragments_build,
    examples_are_listed,
    map_is_complete,
    changelog_has_the_version,
)


def main():
    failed = 0
    for check in CHECKS:
        name = "docs: " + check.__name__.replace("_", " ")
        try:
            check()
            print(f"ok {name}", flush=True)
        except (Failure, OSError) as failure:
            failed += 1
            print(f"FAIL {name}: {failure}", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
