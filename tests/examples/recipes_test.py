#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the recipes of examples/README.md, on the ledgers that the examples make, and compares what they print.

A recipe is a block of sh with a block of text behind it. jq is Debian's; duckdb comes from PyPI into a directory of its own. With
--accept the blocks of text become what the commands print. Prints "ok NAME" or "FAIL NAME: why" for each recipe.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
README = REPOSITORY / "examples/README.md"
BUILD = Path(os.environ.get("NOTCH_BUILD", REPOSITORY / "build")) / "examples"
PLACE = BUILD / "recipes"
DUCKDB = "duckdb-cli==1.5.6"
LEDGERS = {"ledger_report": "22_ledger_report/jobs.ledger", "ledger_trace": "23_ledger_trace/vms.ledger"}
RECIPE = re.compile(r"(```sh\n(.*?)^```\n\n```text\n)(.*?)(^```$)", re.S | re.M)


def set_up():
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    for example, ledger in LEDGERS.items():
        subprocess.run([REPOSITORY / "examples/run", example], stdout=subprocess.DEVNULL, check=True)
        shutil.copy(BUILD / ledger, PLACE)
    tools = BUILD / "duckdb"
    made_of = tools / "made_of"
    if not made_of.exists() or made_of.read_text(encoding="utf-8") != DUCKDB:
        subprocess.run([sys.executable, "-m", "venv", "--clear", tools], check=True)
        subprocess.run([tools / "bin/pip", "install", "-q", "--disable-pip-version-check", DUCKDB], check=True)
        made_of.write_text(DUCKDB, encoding="utf-8")
    # HOME, so that nobody's own settings change what is printed.
    return {**os.environ, "PATH": f"{tools / 'bin'}:{os.environ['PATH']}", "HOME": str(PLACE), "TZ": "UTC"}


def main():
    environment = set_up()

    def printed(command):
        done = subprocess.run(
            ["bash", "-c", command], cwd=PLACE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return done.stdout if done.returncode == 0 else f"{done.stdout}exit code {done.returncode}\n"

    text = README.read_text(encoding="utf-8")
    if "--accept" in sys.argv:
        README.write_text(RECIPE.sub(lambda m: m[1] + printed(m[2]) + m[4], text), encoding="utf-8")
        return False
    recipes = RECIPE.findall(text)
    failed = len(recipes) < 5 or text.count("```sh\n") != len(recipes)
    if failed:
        print(f"FAIL recipes: {len(recipes)} have an output, there are {text.count('```sh')}")
    for number, (_, command, expected, _) in enumerate(recipes, 1):
        found = printed(command)
        failed |= found != expected
        print(f"ok recipe {number}" if found == expected else f"FAIL recipe {number}: {command}printed\n{found}instead of\n{expected}", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
