#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What single_include/amalgamate.py refuses, each with a twin that it accepts, and what it makes of a small tree."""

import contextlib
import io
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "single_include"))
import amalgamate  # noqa: E402

SPDX = "// SPDX-License-Identifier: MIT\n"


def guarded(guard, body, before=""):
    return f"{SPDX}{before}#ifndef {guard}\n#define {guard}\n{body}#endif\n"


VERSION = SPDX + (
    "#if defined(NOTCH_VERSION_MAJOR) && !defined(NOTCH_VERSION_IS_1_2_3)\n"
    '#error "two versions"\n'
    "#endif\n"
    "#define NOTCH_VERSION_MAJOR 1\n"
    "#define NOTCH_VERSION_MINOR 2\n"
    "#define NOTCH_VERSION_PATCH 3\n"
    "#define NOTCH_VERSION_IS_1_2_3\n"
)

TREE = {
    "version.hpp": VERSION,
    "config.hpp": guarded("NOTCH_CONFIG_HPP", "", '#include "version.hpp"\n'),
    "macros.hpp": SPDX + "#ifndef NOTCH_INTERNAL_MACROS\n#define NOTCH_INTERNAL_MACROS\n#endif\n",
    "unmacros.hpp": SPDX + "#undef NOTCH_INTERNAL_MACROS\n",
    "notch.hpp": guarded(
        "NOTCH_NOTCH_HPP",
        '#include "config.hpp"\n#include "event/b.hpp"\n#include "record/c.hpp"\n#include "unmacros.hpp"\n',
        '#include "version.hpp"\n',
    ),
    "base/a.hpp": guarded("NOTCH_BASE_A_HPP", '#include "../config.hpp"\n#include "../macros.hpp"\n#include <string>\nint a;\n'),
    "event/b.hpp": guarded("NOTCH_EVENT_B_HPP", '#include "../base/a.hpp"\n#include <array>\nint b;\n'),
    "record/c.hpp": guarded("NOTCH_RECORD_C_HPP", '#include "../base/a.hpp"\n#include "../event/b.hpp"\n#include <string>\nint c;\n'),
    "adapt/x.hpp": guarded("NOTCH_ADAPT_X_HPP", '#include "../record/c.hpp"\nint x;\n'),
}


def run_main(main, *arguments):
    """The exit code and all that was said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main([str(argument) for argument in arguments])
    return int(code), said.getvalue()


def run(root, *arguments):
    return run_main(amalgamate.main, "--root", root, *arguments)


def grow(root, changes):
    (root / "single_include").mkdir(parents=True)
    (root / "LICENSE").write_text(changes.get("LICENSE", "MIT License\n\nDo as you please.\n"))
    for name, text in {**TREE, **changes}.items():
        if name == "LICENSE" or text is None:
            continue
        path = root / "include" / "notch" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def c(body):
    """The tree with this body in record/c.hpp."""
    return {"record/c.hpp": guarded("NOTCH_RECORD_C_HPP", '#include "../base/a.hpp"\n' + body)}


def umbrella(body, before='#include "version.hpp"\n'):
    return {"notch.hpp": guarded("NOTCH_NOTCH_HPP", body, before)}


ALL = '#include "config.hpp"\n#include "event/b.hpp"\n#include "record/c.hpp"\n'
UNTIL_UNMACROS = ALL + '#include "unmacros.hpp"\n'

# name, what is refused, where and why (part of the message), the twin that is accepted
CASES = [
    ("unknown file", c('#include "../base/z.hpp"\n'), "record/c.hpp:5: includes", c('#include "../event/b.hpp"\n')),
    ("file outside", c('#include "../../z.hpp"\n'), "record/c.hpp:5: includes", c('#include "../config.hpp"\n')),
    (
        "include cycle",
        {"base/a.hpp": guarded("NOTCH_BASE_A_HPP", '#include "z.hpp"\n'), "base/z.hpp": guarded("NOTCH_BASE_Z_HPP", '#include "a.hpp"\n')},
        "base/z.hpp:4: an include cycle: base/a.hpp -> base/z.hpp -> base/a.hpp",
        {"base/a.hpp": guarded("NOTCH_BASE_A_HPP", '#include "../macros.hpp"\n#include "z.hpp"\n'), "base/z.hpp": guarded("NOTCH_BASE_Z_HPP", "int z;\n")},
    ),
    (
        "later stage",
        {"event/b.hpp": guarded("NOTCH_EVENT_B_HPP", '#include "../record/c.hpp"\n')},
        "event/b.hpp:4: includes record/c.hpp, which belongs to a later stage",
        {"record/c.hpp": guarded("NOTCH_RECORD_C_HPP", '#include "../event/b.hpp"\n')},
    ),
    ("umbrella from inside", c('#include "../notch.hpp"\n'), "later stage", c('#include "../version.hpp"\n')),
    (
        "no stage",
        {**umbrella('#include "misc/m.hpp"\n' + UNTIL_UNMACROS), "misc/m.hpp": guarded("NOTCH_MISC_M_HPP", "")},
        "misc/m.hpp belongs to no stage",
        {**umbrella('#include "base/m.hpp"\n' + UNTIL_UNMACROS), "base/m.hpp": guarded("NOTCH_BASE_M_HPP", "")},
    ),
    ("opt-in from the umbrella", umbrella('#include "adapt/x.hpp"\n' + UNTIL_UNMACROS), "opt-in", umbrella(UNTIL_UNMACROS)),
    ("include of a macro", c("#include NOTCH_HEADER\n"), "record/c.hpp:5: an include that is neither", c("#include <new>\n")),
    ("include in braces", c("namespace n {\n#include <new>\n}\n"), "record/c.hpp:6: an include inside braces", c("namespace n {\n}\n#include <new>\n")),
    ("pragma once", c("#pragma once\n"), "record/c.hpp:5: #pragma once", c('#pragma GCC diagnostic ignored "-Wx"\n')),
    ("other pragma", c("#pragma pack(1)\n"), "#pragma pack(1) is not understood", c("#pragma GCC diagnostic push\n#pragma GCC diagnostic pop\n")),
    ("unknown directive", c("#warning no\n"), "record/c.hpp:5: #warning", c('#error "no"\n')),
    ("include_next", c("#include_next <new>\n"), "#include_next", c("#include <new>\n")),
    ("foreign macro", c("#define min 1\n"), "does not begin with NOTCH_", c("#define NOTCH_MIN 1\n")),
    ("foreign undef", c("#undef min\n"), "does not begin with NOTCH_", c("#undef NOTCH_MIN\n")),
    ("open conditional", c("#if 1\n"), "record/c.hpp:2: #ifndef without #endif", c("#if 1\n#endif\n")),
    ("closed twice", c("#endif\n"), "record/c.hpp:6: #endif without #if", c("#if 1\n#endif\n")),
    ("else of nothing", {"macros.hpp": SPDX + "#else\n"}, "macros.hpp:2: #else without #if", {"macros.hpp": SPDX + "#if 1\n#else\n#endif\n"}),
    ("else of the guard", c("#else\n"), "#else of the include guard", c("#if 1\n#else\n#endif\n")),
    ("carriage return", c("int c;\r\n"), "record/c.hpp:5: a carriage return", c("int c;\n")),
    ("tab", c("\tint c;\n"), "record/c.hpp:5: a tab", c("    int c;\n")),
    ("not ASCII", c("// caf\u00e9\n"), "record/c.hpp:5: a byte that is not ASCII", c("// cafe\n")),
    ("no last newline", {"base/a.hpp": TREE["base/a.hpp"][:-1]}, "no newline at the end", {"base/a.hpp": TREE["base/a.hpp"]}),
    ("no SPDX", {"base/a.hpp": TREE["base/a.hpp"].replace(SPDX, "// hi\n")}, "base/a.hpp:1: the first line is not", {}),
    (
        "guard of another path",
        {"base/a.hpp": TREE["base/a.hpp"].replace("NOTCH_BASE_A_HPP", "NOTCH_BASE_B_HPP")},
        "base/a.hpp:2: the guard is NOTCH_BASE_B_HPP, but this path wants NOTCH_BASE_A_HPP",
        {},
    ),
    ("no guard", {"base/a.hpp": SPDX + "int a;\n"}, "base/a.hpp:1: no include guard", {}),
    ("guard tested only", {"base/a.hpp": SPDX + "#ifndef NOTCH_BASE_A_HPP\nint a;\n#define NOTCH_BASE_B_HPP\n#endif\n"}, "is not followed by", {}),
    ("code after the guard", {"base/a.hpp": TREE["base/a.hpp"] + "int z;\n"}, "code outside the include guard", {"base/a.hpp": TREE["base/a.hpp"] + "// z\n"}),
    ("code before the guard", {"base/a.hpp": TREE["base/a.hpp"].replace(SPDX, SPDX + "int z;\n")}, "code outside the include guard", {"base/a.hpp": TREE["base/a.hpp"].replace(SPDX, SPDX + "/* z */\n")}),
    ("include before the guard", {"base/a.hpp": TREE["base/a.hpp"].replace(SPDX, SPDX + "#include <new>\n")}, "may be included before the include guard", {"base/a.hpp": TREE["base/a.hpp"].replace(SPDX, SPDX + '#include "../version.hpp"\n')}),
    ("guard closed early", {"base/a.hpp": TREE["base/a.hpp"] + "#if 1\n#endif\n"}, "the include guard closes before", {}),
    ("never reached", {"base/z.hpp": guarded("NOTCH_BASE_Z_HPP", "")}, "base/z.hpp:1: notch.hpp never reaches this file", {"adapt/z.hpp": guarded("NOTCH_ADAPT_Z_HPP", "")}),
    ("stray file", {"base/notes.txt": "x\n"}, "never reaches", {}),
    ("marker and numbers", {"version.hpp": VERSION.replace("MINOR 2", "MINOR 3")}, "version.hpp:2: NOTCH_VERSION_IS_1_2_3 does not agree", {"version.hpp": VERSION.replace("MINOR 2", "MINOR 3").replace("1_2_3", "1_3_3")}),
    ("one marker stale", {"version.hpp": VERSION.replace("#define NOTCH_VERSION_IS_1_2_3", "#define NOTCH_VERSION_IS_1_2_4")}, "version.hpp:8:", {}),
    ("no marker", {"version.hpp": VERSION.replace("#define NOTCH_VERSION_IS_1_2_3\n", "")}, "must be tested before", {}),
    ("no patch number", {"version.hpp": VERSION.replace("PATCH 3", "PATCH x")}, "NOTCH_VERSION_PATCH is not defined", {}),
    ("version not first", umbrella(UNTIL_UNMACROS, ""), "version.hpp must be included before the include guard", umbrella(UNTIL_UNMACROS)),
    ("unmacros not last", umbrella('#include "config.hpp"\n#include "unmacros.hpp"\n#include "event/b.hpp"\n#include "record/c.hpp"\n'), "the last include must be unmacros.hpp", {}),
    ("unmacros inside", c('#include "../unmacros.hpp"\n'), "may be included by the umbrella only", {}),
    (
        "conditional, then needed",
        umbrella('#include "config.hpp"\n#if X\n#include "event/b.hpp"\n#endif\n#include "record/c.hpp"\n#include "unmacros.hpp"\n'),
        "base/a.hpp stands already, but only under the condition of include/notch/notch.hpp:6",
        umbrella('#include "config.hpp"\n#include "base/a.hpp"\n#include "event/b.hpp"\n#if X\n#include "record/c.hpp"\n#endif\n#include "unmacros.hpp"\n'),
    ),
    (
        "the other branch",
        umbrella('#include "config.hpp"\n#include "base/a.hpp"\n#if X\n#include "event/b.hpp"\n#else\n#include "event/b.hpp"\n#endif\n#include "record/c.hpp"\n#include "unmacros.hpp"\n'),
        "event/b.hpp stands already",
        umbrella('#include "config.hpp"\n#include "base/a.hpp"\n#include "event/b.hpp"\n#if X\n#include "event/b.hpp"\n#else\n#include "event/b.hpp"\n#endif\n#include "record/c.hpp"\n#include "unmacros.hpp"\n'),
    ),
    ("open string", c("// fine ' here\nconst char* s = \"x;\n"), "record/c.hpp:6: a \" that nothing closes", c("const char* s = \"'x\\\"\";\n")),
    ("open comment", c("/* never\n"), "a /* that nothing closes", c('/* #include "z.hpp"\n */\n')),
    ("continued comment", c("// on \\\nint c;\n"), "a // comment that a backslash continues", c("#define NOTCH_C \\\n    1\n")),
    ("braces", c("namespace n {\n"), "braces that do not balance", c("const char* s = \"{\"; char d = '{'; int e = 1'000; // {\n")),
    ("other licence", {"LICENSE": "Ours\n"}, "LICENSE:1: not the MIT License", {}),
    ("not an include", c('const char* s = R"x(\n)x";\n#include "z.hpp"\n'), "record/c.hpp:7: includes", c('const char* s = R"x(\n#include "z.hpp"\n)x";\n')),
]


def report(name, problem):
    print(f"FAIL {name}: {problem}" if problem else f"ok {name}")
    return bool(problem)


def refusals():
    failed = False
    for name, refused, why, accepted in CASES:
        with tempfile.TemporaryDirectory() as place:
            grow(Path(place) / "no", refused)
            grow(Path(place) / "yes", accepted)
            code, said = run(Path(place) / "no")
            problem = "" if code == 1 and why in said else f"wanted {why!r}, got {code}: {said}"
            if (Path(place) / "no" / "single_include" / "notch.hpp").exists():
                problem = "refused, but wrote a header"
            failed |= report(f"refuses: {name}", problem)
            code, said = run(Path(place) / "yes")
            failed |= report(f"accepts the twin of: {name}", "" if code == 0 else said)
    return failed


WANTED = """\
#ifndef NOTCH_NOTCH_HPP
#define NOTCH_NOTCH_HPP
// ---- config.hpp
#ifndef NOTCH_CONFIG_HPP
#define NOTCH_CONFIG_HPP
#endif
#include <array>
#include <string>
// ---- event/b.hpp
#ifndef NOTCH_EVENT_B_HPP
#define NOTCH_EVENT_B_HPP
// ---- base/a.hpp
#ifndef NOTCH_BASE_A_HPP
#define NOTCH_BASE_A_HPP
// ---- macros.hpp
#ifndef NOTCH_INTERNAL_MACROS
#define NOTCH_INTERNAL_MACROS
#endif
int a;
#endif
int b;
#endif
// ---- record/c.hpp
#ifndef NOTCH_RECORD_C_HPP
#define NOTCH_RECORD_C_HPP
#if X
#include <string>
#include <unistd.h>
#endif
int c;
#endif
// ---- unmacros.hpp
#undef NOTCH_INTERNAL_MACROS
#endif
"""


def output():
    """The whole text of a small tree, and --check on it."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "tree"
        grow(root, c("#if X\n#include <string>\n#include <unistd.h>\n#endif\nint c;\n"))
        single = root / "single_include" / "notch.hpp"
        failed = report("--check refuses a missing header", "" if run(root, "--check")[0] == 1 else "accepted")
        code, said = run(root)
        failed |= report("small tree", said if code else "")
        text = single.read_text()
        lines = [line.rstrip(" -") for line in text.split("\n") if line.strip()]
        body = "\n".join(lines[lines.index("#ifndef NOTCH_NOTCH_HPP") :]) + "\n"
        failed |= report("order and guards", "" if body == WANTED else body)
        early = lines[: lines.index("#ifndef NOTCH_NOTCH_HPP")]
        failed |= report("version before the guard", "" if "#define NOTCH_VERSION_IS_1_2_3" in early else text)
        failed |= report("no two empty lines", "" if "\n\n\n" not in text else text)
        failed |= report("one SPDX line", "" if text.count("SPDX") == 1 and text.startswith(SPDX) else text)
        failed |= report("--check accepts it", "" if run(root, "--check") == (0, "") else "refused")
        single.write_text(text.replace("int a;", "int  a;"))
        code, said = run(root, "--check")
        problem = "" if code == 1 and "-int  a;" in said and "+int a;" in said else said
        failed |= report("--check shows one changed byte", problem)
    return failed


if __name__ == "__main__":
    sys.exit(bool(refusals() | output()))
