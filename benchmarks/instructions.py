# SPDX-License-Identifier: MIT
"""How many instructions writing or reading one event takes, counted by callgrind.

    instructions.py RESULTS write|read PROGRAM [SYSROOT]

PROGRAM is that benchmark; SYSROOT is the root directory that its libraries come from, when that is not this one.
The count of a run that does no event is taken off that of a run that does ten rounds of them.
"""

import json
import pathlib
import re
import subprocess
import sys

TIMES = 2560


def command(program, sysroot):
    """How to start the program under callgrind; with another system's loader when it was built for that."""
    loader = []
    if sysroot != "/":
        libraries = next(pathlib.Path(sysroot, "usr/lib").glob("*-linux-gnu"))
        loader = [str(next(pathlib.Path(sysroot, "usr/lib64").glob("ld-linux*"))), "--library-path", str(libraries)]
    return ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *loader, program]


def collected(start, case, times):
    output = subprocess.run([*start, "--count", *case, str(times)], capture_output=True, text=True, check=True).stderr
    return int(re.search(r"Collected : (\d+)", output).group(1))


def main():
    results, name, program, *sysroot = sys.argv[1:]
    start = command(program, sysroot[0] if sysroot else "/")
    listing = subprocess.run([*start[start.index("--callgrind-out-file=/dev/null") + 1 :], "--list"], capture_output=True, text=True, check=True)
    with open(results, "a") as file:
        for line in listing.stdout.splitlines():
            case = line.split("\t")
            count = (collected(start, case, TIMES) - collected(start, case, 0)) / TIMES
            library, kind, values = case
            print(f"    {values:9} {kind:14} {library:40} {count:7.0f}")
            row = {"event": f"{name}_instructions", "values": values, "kind": kind, "library": library, "instructions": count}
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
