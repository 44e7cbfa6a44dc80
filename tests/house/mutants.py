#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether the model of memory notices a ring that is broken. Usage: mutants.py COMPILER

Weakens each memory order of record/ring.hpp in turn, swaps the stores of each publication, and breaks the arithmetic of room.
Every mutant must fail in tests/support/ring_model.hpp, and the ring as it is must pass.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
INCLUDE = REPOSITORY / "include" / "notch"
PROGRAM = """
#include "ring.hpp"
#include "{support}/ring_model.hpp"
#include <cstdio>
int main() {{
    const std::string failure = test::RingModel::explore_all();
    std::puts(failure.empty() ? "right" : failure.c_str());
    return failure.empty() ? 0 : 1;
}}
"""

# Two statements that must not change places: the header behind a record reads as empty before the record can be seen.
SWAPS = [
    (
        "size_at(next).store(0, std::memory_order_relaxed);",
        "size_at(record).store(static_cast<std::uint32_t>(size), std::memory_order_release);",
    ),
    (
        "size_at(data_).store(0, std::memory_order_relaxed);",
        "size_at(at_).store(static_cast<std::uint32_t>(to_end) | padding_mark, std::memory_order_release);",
    ),
]
EDITS = [
    ("if (used + needed > capacity_)", "if (used + size > capacity_)"),
    ("if (used + to_end + needed > capacity_)", "if (used + to_end + size > capacity_)"),
    ("if (used + to_end + needed > capacity_)", "if (used + needed > capacity_)"),
    ("(free < to_end ? free : to_end) - record_alignment", "to_end - record_alignment"),
    ("(free < to_end ? free : to_end) - record_alignment", "(free < to_end ? free : to_end)"),
    ("capacity_ - used - to_end - record_alignment", "capacity_ - used - record_alignment"),
    ("tail_.store(taken_, std::memory_order_release)", "tail_.store(taken_ + record_alignment, std::memory_order_release)"),
]


def replaced_once(text, old, new):
    assert text.count(old) == 1, f"ring.hpp has {text.count(old)} times: {old}"
    return text.replace(old, new)


def mutants(ring):
    """(name, text) of each."""
    for match in re.finditer(r"std::memory_order_(acquire|release)", ring):
        line = ring.count("\n", 0, match.start()) + 1
        yield f"line {line}: {match[1]} made relaxed", ring[: match.start()] + "std::memory_order_relaxed" + ring[match.end() :]
    for first, second in SWAPS:
        swapped = replaced_once(replaced_once(ring, first, "@"), second, first).replace("@", second)
        yield f"swapped: {first}", swapped
    for old, new in EDITS:
        yield f"{old} -> {new}", replaced_once(ring, old, new)


def outcome(compiler, text):
    """What the model says of a ring; "right" of a good one."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "ring.hpp").write_text(re.sub(r'#include "\.\./', f'#include "{INCLUDE}/', text))
        (directory / "main.cpp").write_text(PROGRAM.format(support=REPOSITORY / "tests" / "support"))
        program = directory / "model"
        subprocess.run([compiler, "-std=c++20", "-O1", directory / "main.cpp", "-o", program], check=True)
        done = subprocess.run([program], stdout=subprocess.PIPE, text=True, timeout=300, check=False)
        said = done.stdout.strip()
        return said if done.returncode in (0, 1) else f"ended by {done.returncode}"


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "g++"
    ring = (INCLUDE / "record" / "ring.hpp").read_text()
    found = list(mutants(ring))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        unbroken = pool.submit(outcome, compiler, ring)
        outcomes = list(pool.map(lambda mutant: outcome(compiler, mutant[1]), found))
    survived = 0
    for (name, _), said in zip(found, outcomes):
        survived += said == "right"
        print(f"{'SURVIVED' if said == 'right' else 'killed  '}  {name}: {said}")
    good = unbroken.result() == "right" and survived == 0
    print(f"{len(found) - survived} of {len(found)} mutants killed; the ring as it is: {unbroken.result()}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
