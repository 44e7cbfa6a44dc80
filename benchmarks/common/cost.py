# SPDX-License-Identifier: MIT
"""What running a command costs: processor time and memory, in medians of rounds that take turns."""

import os
import re
import statistics
import subprocess
import sys
from typing import NamedTuple


class Cost(NamedTuple):
    seconds: float  # user time of the command and all that it starts
    megabytes: float  # the most memory that one of its processes had


def run(command):
    """The cost of one run; ends the program when the command fails."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}\n{output.decode(errors='replace')[:4000]}")
    return Cost(usage.ru_utime, usage.ru_maxrss / 1024)


def medians(jobs, rounds):
    """{name: median cost} of {name: command}. Each round runs every command once, from another one on."""
    costs = {name: [] for name in jobs}
    names = list(jobs)
    for number in range(rounds):
        for i in range(len(names)):
            name = names[(i + number) % len(names)]
            costs[name].append(run(jobs[name]))
    return {name: Cost(*(statistics.median(column) for column in zip(*rows))) for name, rows in costs.items()}


def compiles(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def version(compiler):
    """`GCC 12.2.0`, `clang 19.1.7`."""
    text = subprocess.run([*compiler, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"(\d+\.\d+\.\d+)", text.splitlines()[0])
    return f"{'clang' if 'clang' in text else 'GCC'} {number.group(1) if number else '?'}"
