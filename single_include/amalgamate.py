#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes single_include/notch.hpp from include/notch/notch.hpp.

    python3 single_include/amalgamate.py            write the single header
    python3 single_include/amalgamate.py --check    exit 1, with a short diff, when it is not what include/ generates

Every quoted include is replaced by the file it names, once, at the first place that names it. The include guards are
kept, so that include/ and single_include/ may meet in one translation unit. Unconditional system includes are gathered,
sorted, at one place inside the umbrella's guard; conditional ones stay where they stand. The output depends on nothing
but the files read. Whatever this script does not understand it refuses, with file:line and the reason: a wrong guess
here would be a wrong header everywhere.
"""

import argparse
import difflib
import posixpath
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

# The order of the data, and so of inclusion: a header may include its own stage and the stages before it.
STAGES = ("base", "event", "json", "record", "sink", "read", "ship", "domain", "adapt")
OPT_IN = "adapt"  # included by users who want them, never by the umbrella
UMBRELLA = "notch.hpp"
VERSION, CONFIG, MACROS, UNMACROS = "version.hpp", "config.hpp", "macros.hpp", "unmacros.hpp"
UNGUARDED = (VERSION, MACROS, UNMACROS)  # version.hpp has no guard, macros.hpp one that unmacros.hpp takes back
SPDX = "// SPDX-License-Identifier: MIT"
INCLUDE_ROOT = "include/notch"


class Refusal(Exception):
    """Something this script does not understand; the text names the place and the reason."""

    def __init__(self, header, line, why):
        where = f"{INCLUDE_ROOT}/{header}" if header.endswith(".hpp") else header
        super().__init__(f"{where}:{line}: {why}")


@dataclass
class Directive:
    line: int  # of its first line, from 1
    last: int  # of its last line: a directive may be continued with backslashes
    name: str
    text: str  # what follows the name, continuations joined, comments gone
    depth: int  # how many braces are open here
    conditions: tuple = ()  # the #if branches it stands in, the include guard left out


@dataclass
class Header:
    name: str  # relative to include/notch
    lines: list
    directives: list = field(default_factory=list)
    guard: "tuple[int, int, int] | None" = None  # lines of #ifndef, #define and #endif


# ---- reading one header -------------------------------------------------------------------------------------------

# Everything in which a '#', a quote or a brace means nothing. Numbers come before characters for 1'000'000.
TOKEN = re.compile(
    r"""(?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")"""
    r"""|(?P<number>\.?\d(?:'?[\w.]|(?<=[eEpP])[+-])*)"""
    r"""|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<character>'(?:\\.|[^'\\\n])+')"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<stray>["']|/\*)""",
    re.S,
)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(name, text):
    """The text with comments blanked and with literals blanked, place by place: two views of the same length."""
    code, bare, at = [], [], 0
    for match in TOKEN.finditer(text):
        between, token = text[at : match.start()], match.group()
        at = match.end()
        why = ""
        if match["stray"]:
            why = f"a {token} that nothing closes"
        elif match["comment"] and token.startswith("//") and token.endswith("\\"):
            why = "a // comment that a backslash continues on the next line"
        if why:
            raise Refusal(name, text.count("\n", 0, match.start()) + 1, why)
        literal = match["raw"] or match["string"] or match["character"]
        code.append(between + (blank(token) if match["comment"] else token))
        bare.append(between + (blank(token) if match["comment"] or literal else token))
    code.append(text[at:])
    bare.append(text[at:])
    return "".join(code), "".join(bare)


def read_directives(header, code, bare):
    code_lines, bare_lines = code.split("\n"), bare.split("\n")
    depth, line = 0, 0
    while line < len(bare_lines):
        first = line
        match = re.match(r"\s*#\s*(\w*)", bare_lines[line])
        if not match:
            depth += bare_lines[line].count("{") - bare_lines[line].count("}")
            line += 1
            continue
        text = code_lines[line][match.end() :]
        while text.endswith("\\") and line + 1 < len(code_lines):
            line += 1
            text = text[:-1] + " " + code_lines[line]
        line += 1
        header.directives.append(Directive(first + 1, line, match[1], " ".join(text.split()), depth))
    if depth != 0:
        raise Refusal(header.name, len(header.lines), "braces that do not balance; this script cannot tell code from scope here")


def find_guard(header, bare):
    """Checks that one #ifndef NOTCH_DIR_FILE_HPP holds everything but comments and includes of version.hpp."""
    wanted = guard_name(header.name)
    directives = header.directives
    opening = next((i for i, d in enumerate(directives) if d.name != "include"), None)
    if opening is None or directives[opening].name != "ifndef":
        raise Refusal(header.name, 1, f"no include guard; expected #ifndef {wanted}")
    start, end = directives[opening], directives[-1]
    for early in directives[:opening]:
        if posixpath.basename(early.text.strip('"')) not in (VERSION, CONFIG):
            why = f"only {VERSION} and {CONFIG} may be included before the include guard: what {MACROS} defines would stay"
            raise Refusal(header.name, early.line, why + f" defined when this header is included again after {UMBRELLA}")
    if start.text != wanted:
        raise Refusal(header.name, start.line, f"the guard is {start.text}, but this path wants {wanted}")
    define = directives[opening + 1]
    if (define.name, define.text) != ("define", wanted):
        raise Refusal(header.name, start.line, f"#ifndef {wanted} is not followed by #define {wanted}")
    depth = 0
    for directive in directives[opening:]:
        depth += directive.name.startswith("if")
        depth -= directive.name == "endif"
        if depth == 0 and directive is not end:
            raise Refusal(header.name, directive.line, "the include guard closes before the end of the file")
        if depth == 1 and directive.name in ("else", "elif"):
            raise Refusal(header.name, directive.line, f"#{directive.name} of the include guard")
    lines = bare.split("\n")
    inside = {d.line for d in directives[:opening]}
    for number, line in enumerate(lines, 1):
        if line.strip() and number not in inside and not start.line <= number <= end.last:
            raise Refusal(header.name, number, "code outside the include guard")
    header.guard = (start.line, define.line, end.line)


def find_conditions(header):
    """Gives every directive the branches it stands in. A branch is named by its file and line: two branches that read
    the same may still decide differently, because a macro between them may have changed."""
    stack = []
    for directive in header.directives:
        if header.guard and directive.line in (header.guard[0], header.guard[2]):
            continue
        if directive.name in ("else", "elif"):
            if not stack:
                raise Refusal(header.name, directive.line, f"#{directive.name} without #if")
            stack[-1] = (header.name, directive.line)
        elif directive.name == "endif":
            if not stack:
                raise Refusal(header.name, directive.line, "#endif without #if")
            stack.pop()
        directive.conditions = tuple(stack)
        if directive.name in ("if", "ifdef", "ifndef"):
            stack.append((header.name, directive.line))
    if stack:
        raise Refusal(header.name, stack[-1][1], "an #if without #endif")


def balance(header):
    """#if and #endif must match before the guard can be found; says which #if is open."""
    stack = []
    for directive in header.directives:
        if directive.name in ("if", "ifdef", "ifndef"):
            stack.append(directive)
        elif directive.name == "endif":
            if not stack:
                raise Refusal(header.name, directive.line, "#endif without #if")
            stack.pop()
    if stack:
        raise Refusal(header.name, stack[-1].line, f"#{stack[-1].name} without #endif")


def refuse_unknown_directives(header):
    known = {"include", "if", "ifdef", "ifndef", "elif", "else", "endif", "define", "undef", "error", "pragma"}
    for directive in header.directives:
        name, text = directive.name, directive.text
        if name not in known:
            raise Refusal(header.name, directive.line, f"#{name} is not understood here")
        if name == "pragma" and text == "once":
            raise Refusal(header.name, directive.line, "#pragma once; notch headers have include guards")
        if name == "pragma" and not re.match(r"(GCC|clang) diagnostic (push|pop|ignored)\b", text):
            raise Refusal(header.name, directive.line, f"#pragma {text} is not understood here")
        if name in ("define", "undef") and not text.startswith("NOTCH_"):
            raise Refusal(header.name, directive.line, f"#{name} of a name that does not begin with NOTCH_")
        if name == "include" and directive.depth:
            raise Refusal(header.name, directive.line, "an include inside braces")
        if name == "include" and not re.fullmatch(r'"[^"]+"|<[^>]+>', text):
            raise Refusal(header.name, directive.line, "an include that is neither <...> nor \"...\" (a macro?)")


def guard_name(name):
    return "NOTCH_" + re.sub(r"\W", "_", name).upper()


def read_header(root, name):
    raw = (root / INCLUDE_ROOT / name).read_bytes()
    for number, line in enumerate(raw.split(b"\n"), 1):
        for byte, what in ((b"\r", "a carriage return"), (b"\t", "a tab")):
            if byte in line:
                raise Refusal(name, number, what)
        if not line.isascii():
            raise Refusal(name, number, "a byte that is not ASCII")
    if not raw.endswith(b"\n"):
        raise Refusal(name, raw.count(b"\n") + 1, "no newline at the end of the file")
    text = raw.decode("ascii")
    header = Header(name, text[:-1].split("\n"))
    if header.lines[0] != SPDX:
        raise Refusal(name, 1, f"the first line is not {SPDX}")
    code, bare = without_comments(name, text)
    read_directives(header, code, bare)
    refuse_unknown_directives(header)
    balance(header)
    if name not in UNGUARDED:
        find_guard(header, bare)
    find_conditions(header)
    return header


# ---- the version --------------------------------------------------------------------------------------------------


def read_version(header):
    """(major, minor, patch), after checking that the marker NOTCH_VERSION_IS_x_y_z says the same."""
    values = {}
    markers = []
    for directive in header.directives:
        number = re.fullmatch(r"NOTCH_VERSION_(MAJOR|MINOR|PATCH) (\d+)", directive.text)
        if directive.name == "define" and number:
            values[number[1]] = number[2]
        markers += [(m, directive.line) for m in re.findall(r"NOTCH_VERSION_IS_\w+", directive.text)]
    missing = [part for part in ("MAJOR", "MINOR", "PATCH") if part not in values]
    if missing:
        raise Refusal(VERSION, 1, f"NOTCH_VERSION_{missing[0]} is not defined as a number")
    version = (values["MAJOR"], values["MINOR"], values["PATCH"])
    wanted = "NOTCH_VERSION_IS_" + "_".join(version)
    for marker, line in markers:
        if marker != wanted:
            raise Refusal(VERSION, line, f"{marker} does not agree with the numbers: {wanted}")
    if len(markers) < 2:
        raise Refusal(VERSION, 1, f"{wanted} must be tested before the numbers and defined after them")
    return version


# ---- which header may include which -------------------------------------------------------------------------------


def stage_of(name):
    """-1 for version, config and macros; the index of a stage; one more than the last for the umbrella."""
    first, slash, _ = name.partition("/")
    if slash:
        return STAGES.index(first) if first in STAGES else None
    if name in (VERSION, CONFIG, MACROS, UNMACROS):
        return -1
    return len(STAGES) if name == UMBRELLA else None


def resolve(root, header, directive):
    """The header that a quoted include names, relative to the one it stands in."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(header.name), directive.text.strip('"')))
    if target.startswith("..") or not (root / INCLUDE_ROOT / target).is_file():
        raise Refusal(header.name, directive.line, f"includes {directive.text}, which is no file under {INCLUDE_ROOT}")
    here, there = stage_of(header.name), stage_of(target)
    if here is None or there is None:
        unknown = header.name if here is None else target
        raise Refusal(header.name, directive.line, f"{unknown} belongs to no stage; the stages are {' '.join(STAGES)}")
    if there > here:
        raise Refusal(header.name, directive.line, f"includes {target}, which belongs to a later stage")
    if header.name == UMBRELLA and target.startswith(OPT_IN + "/"):
        raise Refusal(header.name, directive.line, f"the umbrella includes {target}; {OPT_IN}/ is opt-in")
    return target


# ---- putting it together ------------------------------------------------------------------------------------------


class Amalgamation:
    def __init__(self, root):
        self.root = root
        self.headers = {}
        self.inlined = {}  # name -> the conditions it was first included under
        self.open = []  # the chain of headers being inlined, to see a cycle
        self.system = set()
        self.out = []
        self.system_place = None  # where in out the system includes go

    def header(self, name):
        if name not in self.headers:
            self.headers[name] = read_header(self.root, name)
        return self.headers[name]

    def run(self):
        version = ".".join(read_version(self.header(VERSION)))
        self.check_umbrella()
        self.inline(UMBRELLA, ())
        self.check_reached()
        block = [f"#include {name}" for name in sorted(self.system)]
        at = self.system_place
        lines = [*self.banner(version), *self.out[:at], *block, *self.out[at:]]
        return "\n".join(lines) + "\n"

    def banner(self, version):
        licence = (self.root / "LICENSE").read_text(encoding="ascii").strip().split("\n")
        if licence[0] != "MIT License":
            raise Refusal("LICENSE", 1, "not the MIT License")
        return [
            SPDX,
            "//",
            f"// notch {version}: structured metric events from plain C++20 structs. The whole library in this one header.",
            "//",
            "// Generated from include/notch/ by single_include/amalgamate.py. Do not edit: change include/ and run",
            "//     python3 single_include/amalgamate.py",
            "//",
            *[f"// {line}".rstrip() for line in licence],
        ]

    def check_umbrella(self):
        """Two versions are noticed only if version.hpp is read again although the umbrella's guard is known."""
        umbrella = self.header(UMBRELLA)
        early = [d for d in umbrella.directives if d.name == "include" and d.line < umbrella.guard[0]]
        if not early:
            raise Refusal(UMBRELLA, umbrella.guard[0], f"{VERSION} must be included before the include guard")
        includes = [d for d in umbrella.directives if d.name == "include"]
        if includes[-1].text != f'"{UNMACROS}"' or includes[-1].conditions:
            raise Refusal(UMBRELLA, includes[-1].line, f"the last include must be {UNMACROS}")

    def check_reached(self):
        base = self.root / INCLUDE_ROOT
        for path in sorted(base.rglob("*")):
            name = path.relative_to(base).as_posix()
            if path.is_file() and name not in self.inlined and not name.startswith(OPT_IN + "/"):
                raise Refusal(name, 1, f"{UMBRELLA} never reaches this file")

    def inline(self, name, conditions):
        header = self.header(name)
        self.inlined[name] = conditions
        self.open.append(name)
        at = 1  # the first line is the SPDX line, said once for all at the top
        for directive in header.directives:
            if directive.name != "include":
                continue
            self.copy(header.lines[at : directive.line - 1])
            at = directive.last
            self.include(header, directive, conditions + directive.conditions)
        self.copy(header.lines[at:])
        self.open.pop()

    def copy(self, lines):
        """Appends lines; where an include went away, one empty line stands for the two around it."""
        if self.out and not self.out[-1]:
            while lines and not lines[0]:
                lines = lines[1:]
        self.out += lines

    def include(self, header, directive, conditions):
        if directive.text.startswith("<"):
            if conditions:
                self.copy(header.lines[directive.line - 1 : directive.last])
            else:
                self.system.add(directive.text)
            return
        target = resolve(self.root, header, directive)
        if target in self.open:
            chain = " -> ".join([*self.open[self.open.index(target) :], target])
            raise Refusal(header.name, directive.line, f"an include cycle: {chain}")
        if target == UNMACROS and header.name != UMBRELLA:
            raise Refusal(header.name, directive.line, f"{UNMACROS} may be included by the umbrella only")
        if target in self.inlined:
            first = self.inlined[target]
            if conditions[: len(first)] != first:
                place = f"{INCLUDE_ROOT}/{first[-1][0]}:{first[-1][1]}"
                raise Refusal(header.name, directive.line, f"{target} stands already, but only under the condition of {place}")
            return
        # Inside the umbrella's guard and no other: a header that was included on its own before takes its guard's
        # content away, and must not take the system includes of the others with it.
        if header.name == UMBRELLA and directive.line > header.guard[0] and self.system_place is None:
            if target not in (VERSION, CONFIG):
                self.copy([""])
                self.system_place = len(self.out)
        self.copy(["", f"// ---- {target} " + "-" * (112 - len(target)), ""])
        self.inline(target, conditions)


# ---- the command --------------------------------------------------------------------------------------------------


def check(text, path):
    found = path.read_bytes() if path.is_file() else b""
    if found == text.encode("ascii"):
        return 0
    print(f"{path} is not what {INCLUDE_ROOT} generates; run python3 single_include/amalgamate.py")
    old = found.decode("utf-8", "replace").split("\n")
    diff = difflib.unified_diff(old, text.split("\n"), "checked in", "generated", lineterm="", n=1)
    print("\n".join(list(diff)[:24]))
    return 1


def main(arguments=None):
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--root", type=Path, default=here.parent, help="the repository")
    parser.add_argument("--output", type=Path, help="default: ROOT/single_include/notch.hpp")
    options = parser.parse_args(arguments)
    output = options.output or options.root / "single_include" / "notch.hpp"
    try:
        text = Amalgamation(options.root).run()
    except (Refusal, OSError, UnicodeError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.check:
        return check(text, output)
    output.write_bytes(text.encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
