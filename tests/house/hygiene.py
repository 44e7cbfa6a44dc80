#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What including notch does to a program, for one compiler. Usage: hygiene.py COMPILER [--run COMMAND] [--alone] [--prove]

In C++20 and C++23: no warning, with and without exceptions and RTTI, after headers that define short words as macros;
no macro left behind but NOTCH_ ones; with --alone each header compiles alone; include/ and the single header meet in one translation
unit, two versions do not; two versions, or two exception modes, link into one program. With --prove each check is also
run on a copy of the header that was broken on purpose, where it must fail. Prints "ok NAME" or "FAIL NAME" for each.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "single_include"))
import amalgamate  # noqa: E402
import readme  # noqa: E402

INCLUDE = REPOSITORY / "include"
SINGLE = REPOSITORY / "single_include"
BUILD = Path(os.environ.get("NOTCH_BUILD", REPOSITORY / "build"))
STANDARDS = ("c++20", "c++2b")  # as clang 14 and 16 call C++23
STRICT = (
    "-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wdouble-promotion -Werror".split()
)
NOTHROW = ["-fno-exceptions", "-fno-rtti"]

# What Qt, X11, Windows and POSIX headers define. Objects and functions both, since notch may use neither.
POISON = """\
#define emit POISON EMIT
#define slots POISON SLOTS
#define signals POISON SIGNALS
#define small POISON SMALL
#define near POISON NEAR
#define far POISON FAR
#define interface POISON INTERFACE
#define ERROR 0
#define DEBUG 0
#define None 0L
#define Bool int
#define Status int
#define Always 2
#define True 1
#define False 0
#define check(x) POISON (x
#define verify(x) POISON (x
#define I (POISON)
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define major(dev) POISON (dev
#define minor(dev) POISON (dev
"""

# Defined in each of two translation units that see different copies of notch, and must not be mixed up by the linker.
PART = """\
#include "notch.hpp"
#include <string>
namespace {
struct Sample { int number; std::string text; double ratio; };
}
std::string NAME() { return notch::to_json(Sample{NUMBER, "part", 0.5}); }
"""
BOTH = """\
#include <string>
std::string one();
std::string two();
int main() {
    const bool fine = one() == R"({"number":1,"text":"part","ratio":0.5})" && two() == R"({"number":2,"text":"part","ratio":0.5})";
    return fine ? 0 : 1;
}
"""


class Failure(Exception):
    """A check that did not hold; the text says why."""


class Compiler:
    def __init__(self, command, runner, place):
        self.command, self.runner, self.place = command, runner, place

    def run(self, *arguments, source=None):
        """(exit code, what it said). The source goes through standard input."""
        done = subprocess.run(
            [self.command, *map(str, arguments)], input=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, cwd=self.place,
        )  # fmt: skip
        return done.returncode, done.stdout

    def compiles(self, source, *arguments):
        code, said = self.run(*arguments, "-x", "c++", "-", source=source)
        if code != 0 or said:
            raise Failure(said or f"exit code {code}")

    def macros(self, source, *arguments):
        code, said = self.run(*arguments, "-dM", "-E", "-x", "c++", "-", source=source)
        if code != 0:
            raise Failure(said)
        return set(re.findall(r"^#define (\w+)", said, re.M))


def directory(place, name, text):
    """A directory of its own with this text as notch.hpp."""
    path = place / name
    path.mkdir(exist_ok=True)
    (path / "notch.hpp").write_text(text, encoding="ascii")
    return path


def other_version(text):
    changed = re.sub(r"(NOTCH_VERSION_IS_\d+_\d+_)\d+", r"\g<1>99", text)
    return re.sub(r"(#define NOTCH_VERSION_PATCH) \d+", r"\1 99", changed)


def system_skeleton(text):
    """The single header's system includes, each under the conditions it stands under, and NOTCH_ switches; no code."""
    header = amalgamate.Header("notch.hpp", text.split("\n"))
    code, bare = amalgamate.without_comments("single_include/notch.hpp", text)
    amalgamate.read_directives(header, code, bare)
    kept = []
    for directive in header.directives:
        if directive.name in ("define", "undef") and not directive.text.startswith("NOTCH_"):
            continue
        kept.append(f"#{directive.name} {directive.text}")
    return "\n".join(kept) + "\n"


# ---- the checks: each takes a single header's text and raises Failure ------------------------------------------------


def no_warning(compiler, text, place, *arguments):
    path = directory(place, "plain", text)
    compiler.compiles(first_program(), *arguments, *STRICT, "-O2", "-I", path, "-c", "-o", path / "program.o")


def after_poison(compiler, text, place, *arguments):
    """The system headers come first: it is them that Qt's or X11's users include before such macros, too, as many of
    them do not survive these words themselves."""
    path = directory(place, "poison", text)
    skeleton = system_skeleton(text).replace("NOTCH_", "SKELETON_NOTCH_")
    source = skeleton + own_includes(first_program()) + POISON + first_program()
    compiler.compiles(source, *arguments, "-w", "-I", path, "-fsyntax-only")


def no_macro_left(compiler, text, place, *arguments):
    path = directory(place, "macros", text)
    after = compiler.macros('#include "notch.hpp"\n', *arguments, "-I", path)
    before = compiler.macros(system_skeleton(text), *arguments)
    if "NOTCH_VERSION_MAJOR" not in after:
        raise Failure("the list of macros is not that of notch")
    left = sorted(name for name in after if name.startswith("NOTCH_INTERNAL_") or (name not in before and not name.startswith("NOTCH_")))
    if left:
        raise Failure("macros left behind: " + " ".join(left))


def versions_refused(compiler, text, place, *arguments):
    one = directory(place, "version-one", text)
    two = directory(place, "version-two", other_version(text))
    for first, second in ((one, two), (two, one)):
        source = f'#include "{first}/notch.hpp"\n#include "{second}/notch.hpp"\n'
        code, said = compiler.run(*arguments, "-fsyntax-only", "-x", "c++", "-", source=source)
        if code == 0 or "notch: two versions of notch meet" not in said:
            raise Failure(f"two versions met in one translation unit and nothing said so: {said}")
    same = directory(place, "version-same", text)
    compiler.compiles(f'#include "{one}/notch.hpp"\n#include "{same}/notch.hpp"\n', *arguments, *STRICT, "-fsyntax-only")


def both_ways(compiler, text, place, *arguments):
    path = directory(place, "both", text)
    ways = (f'#include "{path}/notch.hpp"\n', "#include <notch/notch.hpp>\n", "#include <notch/event/event.hpp>\n")
    for first, second in ((0, 1), (1, 0), (2, 0), (0, 2)):
        source = ways[first] + ways[second] + first_program()
        compiler.compiles(source, *arguments, *STRICT, "-I", path, "-I", INCLUDE, "-fsyntax-only")


def two_in_one_program(compiler, texts, modes, place, *arguments):
    """Two translation units with these texts and options, linked and run; their symbols must differ."""
    objects = []
    tags = []
    for name, number, text, mode in zip(("one", "two"), (1, 2), texts, modes):
        path = directory(place, f"part-{name}", text)
        source = PART.replace("NAME", name).replace("NUMBER", str(number))
        compiler.compiles(source, *arguments, *mode, "-O0", "-I", path, "-c", "-o", path / "part.o")
        tags.append(set(re.findall(rb"\d+(v\d+_\d+_\d+_cxx\d+_[a-z]+)", (path / "part.o").read_bytes())))
        objects.append(path / "part.o")
    if len(tags[0]) != 1 or len(tags[1]) != 1 or tags[0] == tags[1]:
        raise Failure(f"the symbols of the two do not differ by their inline namespace: {tags}")
    program = place / "two"
    code, said = compiler.run(*arguments, *objects, "-x", "c++", "-", "-pthread", "-o", program, source=BOTH)
    if code != 0:
        raise Failure(said)
    done = subprocess.run([*compiler.runner, str(program)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"the program failed: exit code {done.returncode} {done.stdout}")


def two_versions(compiler, text, place, *arguments):
    two_in_one_program(compiler, (text, other_version(text)), ([], []), place, *arguments)


def two_modes(compiler, text, place, *arguments):
    two_in_one_program(compiler, (text, text), ([], ["-fno-exceptions"]), place, *arguments)


def alone(compiler, name, *arguments):
    # Macros of its own may stay after a single part; everything else is as strict as for the whole.
    compiler.compiles(f"#include <notch/{name}>\n", *arguments, *STRICT, "-I", INCLUDE, "-fsyntax-only")


# ---- which checks, on what -------------------------------------------------------------------------------------------


def first_program():
    return next(program for _, program in readme.programs())


def own_includes(program):
    return "".join(re.findall(r"^#include <.*\n", program, re.M))


def broken(text, addition):
    """The header with something bad in it, just before the end."""
    head, end, tail = text.rpartition("#endif")
    return f"{head}{addition}\n{end}{tail}"


def checks(text, prove, each_alone):
    """(name, function(compiler, place), what its failure must say or "" when it must hold) of every check."""

    def both(name, function, sabotage, why, *arguments):
        yield name, lambda c, p: function(c, text, p, *arguments), ""
        if prove:
            yield f"{name}: a broken copy is noticed", lambda c, p: function(c, sabotage, p, *arguments), why

    for standard in STANDARDS:
        std = f"-std={standard}"
        narrowing = "inline short narrowed(int x) { return x; }"
        yield from both(f"no warning, {standard}", no_warning, broken(text, narrowing), r"-W\S*conversion", std)
        throwing = "inline void thrown() { throw 1; }"
        yield from both(f"no exceptions, no RTTI, {standard}", no_warning, broken(text, throwing), "exception", std, *NOTHROW)
        yield from both(f"after poison, {standard}", after_poison, broken(text, "inline int far = 0;"), "FAR", std)
        yield from both(f"no macro left, {standard}", no_macro_left, broken(text, "#define LEFT 1"), "left behind: LEFT$", std)
    std = f"-std={STANDARDS[0]}"
    unversioned = text.replace("#error", "//")
    yield from both("two versions in one translation unit are refused", versions_refused, unversioned, "nothing said so", std)
    twice = text.replace("NOTCH_EVENT_NAME_HPP", "NOTCH_EVENT_OTHER_HPP")
    yield from both("include/ and single_include/ in one translation unit", both_ways, twice, "redefin", std)
    untagged = re.sub(r"inline NOTCH_ABI\b", "inline same", text)
    yield from both("two versions in one program", two_versions, untagged, "do not differ", std)
    yield from both("two exception modes in one program", two_modes, untagged, "do not differ", std)
    for path in sorted((INCLUDE / "notch").rglob("*.hpp")) if each_alone else ():
        name = path.relative_to(INCLUDE / "notch").as_posix()
        yield f"{name} alone", lambda c, p, name=name: alone(c, name, "-std=c++20"), ""


def first_lines(failure):
    return "\n".join(str(failure).split("\n")[:20])


def verdict(compiler, number, name, function, must_say):
    place = compiler.place / str(number)
    place.mkdir()
    try:
        function(compiler, place)
    except Failure as failure:
        noticed = must_say and re.search(must_say, str(failure))
        return (f"ok {name}", True) if noticed else (f"FAIL {name}\n{first_lines(failure)}", False)
    return (f"FAIL {name}: it was not", False) if must_say else (f"ok {name}", True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("compiler")
    parser.add_argument("--run", default="", help="a command that runs what the compiler makes")
    parser.add_argument("--alone", action="store_true", help="compile each header by itself, too")
    parser.add_argument("--prove", action="store_true", help="run each check on a header broken on purpose, too")
    options = parser.parse_args()
    place = BUILD / "hygiene" / Path(options.compiler).name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    compiler = Compiler(options.compiler, options.run.split(), place)
    text = (SINGLE / "notch.hpp").read_text(encoding="ascii")
    failed = False
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = [pool.submit(verdict, compiler, number, *check) for number, check in enumerate(checks(text, options.prove, options.alone))]
        for job in jobs:
            line, good = job.result()
            print(line, flush=True)
            failed |= not good
    return failed


if __name__ == "__main__":
    sys.exit(main())
