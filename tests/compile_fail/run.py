#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What must not compile, and what it says. Usage: run.py COMPILER [--std=c++20] [--include DIR] [-- FLAGS...]

Each case is a file beside this one. With REFUSED defined it must fail, and the first error must be a failed static_assert
that contains the text of its header; without, its twin must compile without a warning:

    // expect: notch: a field is a bit-field               what the first error says
    // expect[clang<16]: cannot bind to bit-field          ... for some compilers; the first that applies counts
    // expect[cxx26]: accepted                             ... here the refused form compiles as well

Conditions: gcc, clang, gcc<N, clang<N, cxx20, cxx26 (the reflection that notch uses). A text that does not begin with
"notch:" is a message of the compiler's own, where notch has no means to say it better.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
BUILD = Path(os.environ.get("NOTCH_BUILD", REPOSITORY / "build"))
STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wdouble-promotion -Werror".split()
ASSERTION = re.compile(r"\berror: static[_ ]assert(ion)? failed")
ACCEPTED = "accepted"


class Compiler:
    def __init__(self, options):
        self.command = [options.compiler, f"-std={options.std}", "-I", str(options.include), *options.flags]
        self.traits = self.find_traits()
        self.precompiled = []

    def run(self, *arguments, source=None):
        """(exit code, what it said). A source goes through standard input."""
        done = subprocess.run(
            [*self.command, *arguments], input=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.returncode, done.stdout

    def find_traits(self):
        """Name and major version of the compiler, and which reflection notch uses there."""
        source = '#include "notch.hpp"\nnotch_is NOTCH_REFLECTION __clang_major__ __GNUC__\n'
        code, said = self.run("-E", "-P", "-x", "c++", "-", source=source)
        found = re.search(r"notch_is (\d+) (\S+) (\S+)", said)
        if code != 0 or not found:
            sys.exit(f"FAIL {self.command[0]} does not preprocess notch.hpp:\n{said}")
        reflection, clang, gcc = found.groups()
        return {"cxx" + reflection: 0, **({"clang": int(clang)} if clang.isdigit() else {"gcc": int(gcc)})}

    def precompile(self):
        """Notch precompiled, for what includes it once more for each case; without it, where that fails."""
        place = BUILD / "compile_fail" / Path(self.command[0]).name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        is_clang = "clang" in self.traits
        header = place / ("notch.pch" if is_clang else "notch.hpp.gch")
        code, _ = self.run("-x", "c++-header", str(Path(self.command[3]) / "notch.hpp"), "-o", str(header))
        if code == 0:
            self.precompiled = ["-include-pch", str(header)] if is_clang else ["-iquote", str(place)]

    def meets(self, condition):
        name, _, below = condition.partition("<")
        return name in self.traits and (not below or self.traits[name] < int(below))


class Failure(Exception):
    """Why a case does not hold."""


def expected_text(path, compiler):
    """The text of the first header line whose condition the compiler meets; a line without one comes last."""
    header = re.findall(r"^// expect(?:\[([^]]+)\])?: (.+)$", path.read_text(encoding="utf-8"), re.M)
    if [condition for condition, _ in header].count("") != 1:
        raise Failure("needs one `// expect: TEXT` without a condition")
    for condition, text in sorted(header, key=lambda line: line[0] == ""):
        if not condition or compiler.meets(condition):
            return text
    raise AssertionError


def check_accepted(path, compiler, *arguments):
    code, said = compiler.run(*STRICT, "-fsyntax-only", str(path), *arguments)
    if code != 0 or said:
        raise Failure(f"does not compile:\n{said}")


def twins_compile_together(paths, compiler):
    """All twins in one translation unit, each in a namespace of its own: it takes a moment instead of a minute. When that
    fails, each is compiled alone to find out which."""
    system = sorted({line for path in paths for line in re.findall(r"^#include <.+>$", path.read_text(encoding="utf-8"), re.M)})
    parts = [f'namespace case_{path.stem} {{\n#include "{path}"\n}}' for path in paths]
    source = "\n".join(['#include "notch.hpp"', *system, *parts]) + "\n"
    code, said = compiler.run(*STRICT, "-fsyntax-only", "-x", "c++", "-", source=source)
    return code == 0 and not said


def check_refused(path, compiler, text):
    code, said = compiler.run(*compiler.precompiled, "-fsyntax-only", "-DREFUSED", str(path))
    errors = [line for line in said.splitlines() if re.search(r"\berror: ", line)]
    if code == 0 or not errors:
        raise Failure("the refused form compiles")
    if not text.startswith("notch:"):
        if text not in errors[0]:
            raise Failure(f"the first error is another:\n{errors[0]}")
        return
    if not ASSERTION.search(errors[0]) or "notch:" not in errors[0]:
        raise Failure(f"the first error is no static_assert of notch:\n{errors[0]}")
    if text not in errors[0]:
        raise Failure(f"the first error says something else than `{text}`:\n{errors[0]}")


def verdict(path, compiler, twin_compiles):
    """(line to print, whether it is good)."""
    try:
        text = expected_text(path, compiler)
        if not twin_compiles:
            check_accepted(path, compiler)
        if text == ACCEPTED:
            check_accepted(path, compiler, "-DREFUSED")
        else:
            check_refused(path, compiler, text)
    except Failure as failure:
        return f"FAIL {path.stem}: {failure}", False
    return f"ok {path.stem}", True


def parse_arguments(arguments):
    own, flags = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        own, flags = arguments[:at], arguments[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("compiler")
    parser.add_argument("--std", default="c++20")
    parser.add_argument("--include", type=Path, default=REPOSITORY / "single_include", help="where notch.hpp is")
    options = parser.parse_args(own)
    options.include = options.include.resolve()
    options.flags = flags
    return options


def main():
    compiler = Compiler(parse_arguments(sys.argv[1:]))
    paths = sorted(HERE.glob("*.cpp"))
    compiler.precompile()
    twins_compile = twins_compile_together(paths, compiler)
    failed = False
    with ThreadPoolExecutor(max_workers=2) as pool:
        for line, good in pool.map(lambda path: verdict(path, compiler, twins_compile), paths):
            print(line, flush=True)
            failed |= not good
    return failed


if __name__ == "__main__":
    sys.exit(main())
