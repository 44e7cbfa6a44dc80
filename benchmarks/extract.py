#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many runners' directories are extracted in a second, by notch and by the reference's algorithm with its pydantic.

    extract.py RESULTS PROGRAM [--runners N] [--rounds N] [--place DIRECTORY]

Each round makes the same directories for each of the two: three files of the usual size, all good, just written, so that nothing
waits for a disk. The reference is tests/interop/runner/models.py; starting Python is not counted. By default they are made in memory
(/dev/shm), since what a file system on a disk takes to remove a directory hides everything else. Appends each figure to RESULTS
as a JSON line.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/interop/runner"))
import environment  # noqa: E402

environment.enter()
import models  # noqa: E402

FILES = {
    models.INSTALLED: "1795190400.123456\n",
    models.PRE_JOB: '{"timestamp":1795190500.25,"workflow":"Integration tests","workflow_run_id":"11223344556","repository":"canonical/notch","event":"pull_request"}',
    models.POST_JOB: '{"timestamp":1795190999.75,"status":"normal","status_info":{"code":0}}',
}


def make_runners(base, count):
    for i in range(count):
        runner = base / f"runner-{i:06}"
        runner.mkdir(parents=True)
        for name, text in FILES.items():
            (runner / name).write_text(text)


def by_notch(program, base, quarantine):
    seconds, runners = subprocess.run([program, base, quarantine], capture_output=True, check=True, text=True).stdout.split()
    return float(seconds), int(runners)


def by_reference(base, quarantine):
    start = time.perf_counter()
    runners = sum(metrics.post_job is not None for _, _, metrics in models.extract(base, quarantine, {"ignored"}))
    return time.perf_counter() - start, runners


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("results")
    parser.add_argument("program", type=Path)
    parser.add_argument("--runners", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--place", default="/dev/shm" if Path("/dev/shm").is_dir() else None)
    options = parser.parse_args()
    readers = {"notch": lambda *place: by_notch(options.program.resolve(), *place), "reference (Python, pydantic)": by_reference}
    seconds = {name: [] for name in readers}
    for _ in range(options.rounds):
        for name, extract in readers.items():
            place = Path(tempfile.mkdtemp(prefix="notch-extract-", dir=options.place))
            try:
                (place / "quarantine").mkdir(mode=0o700)
                make_runners(place / "runners", options.runners)
                taken, runners = extract(place / "runners", place / "quarantine")
            finally:
                shutil.rmtree(place)
            if runners != options.runners:
                sys.exit(f"{name} yielded {runners} of {options.runners} runners")
            seconds[name].append(taken)
    first = seconds["notch"]
    with open(options.results, "a", encoding="utf-8") as results:
        for name, times in seconds.items():
            rate = options.runners / statistics.median(times)
            ratio = statistics.median(mine / theirs for mine, theirs in zip(times, first))
            results.write(json.dumps({"event": "extract_rate", "extractor": name, "runners_per_second": round(rate), "of_notch": round(ratio, 2)}) + "\n")
            print(f"    {name:30} {rate:10.0f} runners/s   {ratio:6.2f} times notch's time")


if __name__ == "__main__":
    main()
