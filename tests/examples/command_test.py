#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs examples/run and the main job as a user would, and looks at what they do.

Prints "ok NAME" or "FAIL NAME: why" for each check.
"""

import json
import os
import pty
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = REPOSITORY / "examples/run"
BUILD = Path(os.environ.get("NOTCH_BUILD", REPOSITORY / "build")) / "examples"
LEDGER = BUILD / "02_machine_metrics/machine_metrics.jsonl"
ESCAPE = "\x1b["


class Failure(Exception):
    """A check that did not hold; the text says why."""


def expect(condition, why):
    if not condition:
        raise Failure(why)


def run(*arguments, wanted=0, cwd=REPOSITORY, **variables):
    done = subprocess.run(
        [str(COMMAND), *arguments], cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    expect(done.returncode == wanted, f"examples/run {arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def run_on_terminal(*arguments, **variables):
    """What the command writes when standard output is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(COMMAND), *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, env={**os.environ, **variables}
    )
    os.close(theirs)
    output = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # how Linux says that the other side is closed
            break
        if not part:
            break
        output += part
    os.close(ours)
    errors = process.communicate()[1].decode()
    expect(process.returncode == 0, f"exit code {process.returncode}\n{errors}")
    return output.decode()


def number(text):
    return int(text.replace(",", ""))


def lists_and_finds_examples():
    names = sorted(path.stem for path in (REPOSITORY / "examples").glob("*.cpp"))
    expect(run("--list").stdout.split() == names, "--list does not list examples/*.cpp")
    with_number = run("03_types").stdout
    with tempfile.TemporaryDirectory() as elsewhere:
        expect(run("types", cwd=elsewhere).stdout == with_number, "the name without its number runs something else")


def refuses_what_it_does_not_know():
    done = run("no_such_example", wanted=2)
    expect("no_such_example" in done.stderr and "01_hello" in done.stderr, f"it does not say what there is: {done.stderr}")
    expect("machine_metrics" in run("--no-such-option", wanted=2).stderr, "no usage is shown")


def says_what_to_install():
    """Without a compiler and without root."""
    with tempfile.TemporaryDirectory() as place:
        for tool in ("bash", "basename", "dirname", "id", "sed"):
            os.symlink(f"/usr/bin/{tool}", f"{place}/{tool}")
        fake = Path(place) / "id"
        fake.unlink()
        fake.write_text("#!/bin/sh\necho 1000\n", encoding="ascii")
        fake.chmod(0o755)
        without = {name: value for name, value in os.environ.items() if name != "CXX"}
        done = subprocess.run(
            ["/usr/bin/bash", str(COMMAND), "hello"], env={**without, "PATH": place}, capture_output=True, text=True, check=False
        )
    expect(done.returncode == 1 and "apt-get install g++" in done.stderr, f"{done.returncode}: {done.stdout}{done.stderr}")


def compiles_again_when_the_source_changes():
    program = BUILD / "01_hello/01_hello"
    run("hello")
    before = program.stat().st_mtime_ns
    run("hello")
    expect(program.stat().st_mtime_ns == before, "it compiles what has not changed")
    (BUILD / "01_hello/01_hello.made_of").write_text("something else", encoding="ascii")
    run("hello")
    expect(program.stat().st_mtime_ns != before, "it does not compile what has changed")


def shows_both_programs():
    output = run().stdout
    line = (BUILD / "01_hello/events.jsonl").read_text(encoding="utf-8")
    expect('recorder.record(RunnerStart{.flavor = "small"' in output, "the program's line is not shown")
    expect(line.count("\n") == 1 and line in output, "the ledger's line is not shown")
    expect(output.rstrip().split("\n")[-1].strip().startswith("more examples"), "the end is missing")
    expect(": exact" in output, "the main job did not run")


def measures_this_machine():
    """Every number that the main job shows is the one that another reader of its ledger finds."""
    started = os.times().elapsed
    output = run("machine_metrics", "1.5", "4000").stdout
    expect(os.times().elapsed - started > 1.4, "it did not measure for as long as it was asked to")
    counts = re.search(r"recorded ([\d,]+) = written ([\d,]+) \+ dropped ([\d,]+); read back ([\d,]+): exact", output)
    expect(counts, f"no proof of the counters:\n{output}")
    recorded, written, dropped, read = map(number, counts.groups())
    events = [json.loads(line) for line in LEDGER.read_text(encoding="utf-8").split("\n")[:-1]]
    expect(recorded == written + dropped and written == read == len(events), f"{counts[0]}, but {len(events)} lines")
    expect(recorded > 2000, f"only {recorded} events")
    kinds = Counter(event["event"] for event in events)
    for kind, count in kinds.items():
        shown = re.search(rf"^  {kind} .* ([\d,]+)$", output, re.M)
        expect(shown and number(shown[1]) == count, f"{count} lines of {kind}, shown: {shown and shown[0]}")
    expect(ESCAPE not in output, "escape sequences although this is no terminal")
    if sys.platform == "linux":
        expect_real_values(events, kinds)


def expect_real_values(events, kinds):
    expect({"process_sample", "machine_sample", "volume_sample", "wake_up"} <= set(kinds), f"only {sorted(kinds)}")
    own = [event for event in events if event.get("pid") == os.getpid()]
    expect(own and all(event["parent"] == os.getppid() for event in own), "this process is not among those measured")
    comm = Path("/proc/self/comm").read_text(encoding="utf-8").rstrip("\n")
    expect(own[0]["name"] == comm, f"this process is {comm}, measured was {own[0]['name']}")
    itself = [event for event in events if event.get("name") == "02_machine_metr"]
    expect(itself and itself[-1]["cpu_seconds"] > itself[0]["cpu_seconds"], "it does not see its own work")
    total = int(re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text(encoding="ascii"))[1]) * 1024
    machine = [event for event in events if event["event"] == "machine_sample"]
    expect(all(event["memory_bytes"] == total > event["available_bytes"] for event in machine), "another memory than /proc/meminfo")


def draws_on_a_terminal():
    output = run_on_terminal("machine_metrics", "0.5", TERM="xterm")
    expect(f"{ESCAPE}3A" in output and f"{ESCAPE}36m" in output, "nothing is drawn over, or without colour")
    plain = run_on_terminal("machine_metrics", "0.5", TERM="xterm", NO_COLOR="1")
    expect(f"{ESCAPE}3A" in plain and f"{ESCAPE}36m" not in plain, "NO_COLOR is not heeded")


def refuses_bad_arguments():
    for bad in ("0", "-1", "nan", "soon"):
        expect("usage" in run("machine_metrics", bad, wanted=2).stderr, f"no usage for {bad}")


CHECKS = (
    lists_and_finds_examples,
    refuses_what_it_does_not_know,
    says_what_to_install,
    compiles_again_when_the_source_changes,
    shows_both_programs,
    measures_this_machine,
    draws_on_a_terminal,
    refuses_bad_arguments,
)


def main():
    failed = 0
    for check in CHECKS:
        name = "examples: " + check.__name__.replace("_", " ")
        try:
            check()
            print(f"ok {name}", flush=True)
        except (Failure, OSError, ValueError, KeyError) as failure:
            failed += 1
            print(f"FAIL {name}: {failure}", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
