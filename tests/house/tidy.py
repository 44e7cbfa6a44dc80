#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy over the headers, through programs that instantiate them: README.md's and the examples.

Usage: tidy.py CLANG_TIDY. Prints "ok NAME" or "FAIL NAME" for each program; the checks stand in .clang-tidy.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
import readme  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("NOTCH_BUILD", REPOSITORY / "build")) / "tidy"


def programs():
    BUILD.mkdir(parents=True, exist_ok=True)
    for number, program in readme.programs():
        path = BUILD / f"readme_{number}.cpp"
        path.write_text(program, encoding="utf-8")
        yield f"README.md:{number}", path
    for path in sorted((REPOSITORY / "examples").glob("*.cpp")):
        yield f"examples/{path.name}", path


def tidy(name, path):
    # The configuration is named, since the copies of README.md's programs may be built outside the repository.
    command = [sys.argv[1], "--quiet", f"--config-file={REPOSITORY / '.clang-tidy'}", str(path), "--"]
    options = ["-std=c++20", "-I", str(REPOSITORY / "include" / "notch")]
    done = subprocess.run([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        return f"ok {name}", True
    return f"FAIL {name}\n{done.stdout}{done.stderr}", False


def main():
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = list(pool.map(lambda program: tidy(*program), programs()))
    for line, _ in results:
        print(line)
    if not results:
        print("FAIL no program")
    return not results or not all(good for _, good in results)


if __name__ == "__main__":
    sys.exit(main())
