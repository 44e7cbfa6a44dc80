#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each rule of layers.py breaks on a tree that breaks it, and only that rule; the sound tree passes all."""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import layers  # noqa: E402
from amalgamate_test import SPDX, TREE, guarded, report, run_main  # noqa: E402

HASH = "# SPDX-License-Identifier: MIT\n"

SOUND = {
    **{f"include/notch/{name}": text for name, text in TREE.items()},
    **{name: HASH for name in layers.TOP_LEVEL if "." in name and not name.endswith((".json", ".md"))},
    **{name: "" for name in layers.TOP_LEVEL if name.endswith((".json", ".md")) or name == "LICENSE"},
    **{f"{name}/here.py": HASH for name in ("single_include", "examples", "benchmarks")},
    "tests/house/system_includes.txt": HASH + "array any one\nstring any two\n",
    "tests/house/long_headers.txt": HASH,
}


def header(body):
    return {"include/notch/record/c.hpp": guarded("NOTCH_RECORD_C_HPP", body)}


def long_header(lines):
    return header("int c;\n" * (lines - 4))


# the rule that breaks, what it says, the change that breaks it, a change near it that breaks nothing
CASES = [
    ("headers can be read", "#pragma once", header("#pragma once\n"), header("int c;\n")),
    ("include direction", "later stage", {"include/notch/event/b.hpp": guarded("NOTCH_EVENT_B_HPP", '#include "../record/c.hpp"\n#include <array>\n')}, header('#include "../event/b.hpp"\n')),
    ("include direction", "cycle: record/c.hpp -> record/d.hpp", {**header('#include "d.hpp"\n'), "include/notch/record/d.hpp": guarded("NOTCH_RECORD_D_HPP", '#include "c.hpp"\n')}, {**header('#include "d.hpp"\n'), "include/notch/record/d.hpp": guarded("NOTCH_RECORD_D_HPP", "")}),
    ("include direction", "later stage", header('#include "../adapt/x.hpp"\n'), {"include/notch/adapt/y.hpp": guarded("NOTCH_ADAPT_Y_HPP", '#include "x.hpp"\n#include <map>\n')}),
    ("sinks know batch.hpp only", '"../record/c.hpp", not only', {"include/notch/sink/s.hpp": guarded("NOTCH_SINK_S_HPP", '#include "../record/c.hpp"\n')}, {"include/notch/record/batch.hpp": guarded("NOTCH_RECORD_BATCH_HPP", ""), "include/notch/sink/s.hpp": guarded("NOTCH_SINK_S_HPP", '#include "../record/batch.hpp"\n')}),
    ("system includes", "<map> is not allowed", header("#include <map>\n"), header("#include <string>\n")),
    ("system includes", "<unistd.h> is not allowed", {**header("#include <unistd.h>\n"), "include/notch/base/p.hpp": guarded("NOTCH_BASE_P_HPP", "#include <unistd.h>\n"), "tests/house/system_includes.txt": HASH + "array any one\nstring any two\nunistd.h base/p*.hpp three\n"}, {"include/notch/base/p.hpp": guarded("NOTCH_BASE_P_HPP", "#include <unistd.h>\n"), "tests/house/system_includes.txt": HASH + "array any one\nstring any two\nunistd.h base/p*.hpp three\n"}),
    ("system includes", "nothing uses <map>", {"tests/house/system_includes.txt": HASH + "array any one\nstring any two\nmap any three\n"}, {"tests/house/system_includes.txt": HASH + "# map\narray any one\nstring any two\n"}),
    ("system includes", "a reason", {"tests/house/system_includes.txt": HASH + "array any one\nstring any two\nstring any\n"}, {}),
    ("length of headers", "401 lines, at most 400", long_header(401), long_header(400)),
    ("length of headers", "411 lines, at most 410", {**long_header(411), "tests/house/long_headers.txt": HASH + "record/c.hpp 410 one thing\n"}, {**long_header(410), "tests/house/long_headers.txt": HASH + "record/c.hpp 410 one thing\n"}),
    ("length of headers", "needs no entry", {"tests/house/long_headers.txt": HASH + "record/c.hpp 410 one thing\n"}, {}),
    ("length of headers", "there is no record/z.hpp", {"tests/house/long_headers.txt": HASH + "record/z.hpp 410 one thing\n"}, {}),
    ("SPDX lines", "tests/t.cpp", {"tests/t.cpp": "int t;\n"}, {"tests/t.cpp": SPDX + "int t;\n"}),
    ("SPDX lines", "tests/t", {"tests/t": "#!/bin/sh\ntrue\n"}, {"tests/t": "#!/bin/sh\n" + HASH + "true\n"}),
    ("words that are macros elsewhere", "record/c.hpp:5: emit", header("int c;\nint emit;\n"), header("// emit\nint emitted;\n")),
    ("words that are macros elsewhere", "max", header("int c = std::max(1, 2);\n"), header("int c = (std::max)(1, 2);\n")),
    ("words that are macros elsewhere", "near", header("#define NOTCH_C(x) near(x)\n"), header('const char* c = "near";\n')),
    ("internal macros are undefined", "NOTCH_INTERNAL_C is never", header("#define NOTCH_INTERNAL_C 1\n"), header("#define NOTCH_INTERNAL_C 1\n#undef NOTCH_INTERNAL_C\n")),
    ("no machine's paths", "tests/t.py:2", {"tests/t.py": HASH + "# see /wo" + "rk/main\n"}, {"tests/t.py": HASH + "# see /network/main and net/work/main\n"}),
    ("top level", "notes.txt", {"notes.txt": HASH}, {"tests/notes.txt": HASH, "build/x": "", ".editorconfig": HASH}),
    ("top level", "README.md is missing", {"README.md": None}, {}),
]


def grow(root, changes):
    for name, text in {**SOUND, **changes}.items():
        if text is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def run(root):
    """The rules that broke, and all that was said."""
    code, said = run_main(layers.main, "--root", root)
    broken = [line[5:] for line in said.split("\n") if line.startswith("FAIL ")]
    if bool(broken) != (code == 1):
        broken.append(f"exit code {code}")
    return broken, said


def main():
    failed = False
    for rule, why, breaking, sound in CASES:
        with tempfile.TemporaryDirectory() as place:
            grow(Path(place) / "no", breaking)
            grow(Path(place) / "yes", sound)
            broken, said = run(Path(place) / "no")
            failed |= report(f"{rule}: {why}", "" if broken == [rule] and why in said else said)
            broken, said = run(Path(place) / "yes")
            failed |= report(f"{rule}: accepts the twin", said if broken else "")
    return failed


if __name__ == "__main__":
    sys.exit(main())
