#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""notch and the reference read the same documents, and each reads what the other writes; they extract the same runners.

    tests/interop/runner/test.py [short | full | COUNT]   documents of each model: 2500, 25000, or so many

The reference is github-runner-operator, whose models are rebuilt in models.py on the pydantic that it uses. That is
installed from PyPI into a directory of its own in the build directory. Where the two differ, kinds.py says why.
Prints "ok NAME" or "FAIL NAME" for each check.
"""

import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
import environment  # noqa: E402
from environment import BUILD, ROOT  # noqa: E402

COUNTS = {"short": 2500, "full": 25000}
SEED = 1


def compile_program():
    BUILD.mkdir(parents=True, exist_ok=True)
    program = BUILD / "runner"
    source = Path(__file__).with_name("program.cpp")
    compiler = (["ccache"] if shutil.which("ccache") else []) + ["g++"]
    subprocess.run([*compiler, "-std=c++20", "-O1", "-I", ROOT / "single_include", source, "-o", program, "-pthread"], check=True)
    return program


class Checks:
    def __init__(self):
        self.failed = False

    def report(self, name, problems):
        print(f"{'FAIL' if problems else 'ok'} {name}", flush=True)
        for problem in problems[:10]:
            print(f"    {problem}")
        self.failed |= bool(problems)


def ask(program, model, documents):
    """What notch says of each document: the text that it writes of the value, or None; and why not."""
    text = b"".join(struct.pack("<I", len(document)) + document for document in documents)
    out = subprocess.run([program, "read", model], input=text, capture_output=True, check=True).stdout
    answers = out.decode().split("\n")[:-1]
    if len(answers) != len(documents):
        raise SystemExit(f"{len(answers)} answers to {len(documents)} documents")
    return [(answer[1:].encode(), None) if answer.startswith("+") else (None, answer[1:]) for answer in answers]


def reference(model, document):
    """(value, None), or (None, why)."""
    try:
        return models.read(model, document), None
    except models.Corrupt:
        return None, "refused"
    except Exception as error:  # noqa: BLE001
        return None, f"dies: {type(error).__name__}"


def differs(model, document, value, died, echo, seen):
    """What is wrong with the two answers to a document; empty when nothing is, or a kind explains it."""
    text = document.decode("utf-8", "replace")
    if value is None:
        if echo is None:
            return ""
        if died:
            seen[kinds.DIES] += 1
            return ""
        if not kinds.is_newline(model, text):
            return "notch takes what the reference refuses"
        members = kinds.json.loads(text)
        members["repository"] = "a/b"
        models.PreJobMetrics(**members)
        seen[kinds.NEWLINE] += 1
        return ""
    why = kinds.kinds_of(model, text, value)
    if echo is None:
        seen.update(kind.name for kind in why)
        return "" if why else "notch refuses what the reference takes"
    if why:
        return f"notch takes what is said to be refused: {why[0].name}"
    again = reference(model, echo)[0]
    return "" if again == value else f"another value: {again!r}, not {value!r}"


def check_model(checks, program, model, count, seen):
    writer = Writer(f"{SEED} {model}")
    wanted = [writer.document(model) for _ in range(count)]
    problems = []
    both = 0
    written = []
    for document, (echo, why) in zip(wanted, ask(program, model, wanted)):
        value, refused = reference(model, document)
        both += value is not None and echo is not None
        if problem := differs(model, document, value, refused and refused.startswith("dies"), echo, seen):
            problems.append(f"{problem}: {document!r} {why or ''}")
        if value is not None and echo is not None and model != "installed":
            written.append((value, value.json(exclude_none=True).encode()))
    checks.report(f"{model}: {count} documents, {both} taken by both", problems if both > count / 3 else ["too few are taken", *problems])
    if model == "installed":
        return
    # What the reference writes, notch reads, and writes in a way that the reference reads as it was.
    problems = []
    for (value, line), (echo, why) in zip(written, ask(program, model, [line for _, line in written])):
        if echo is None or reference(model, echo)[0] != value:
            problems.append(f"{line!r} {why or echo!r}")
    checks.report(f"{model}: {len(written)} texts written by the reference come back equal", problems)


def check_kinds(checks, program, seen, random):
    for kind in kinds.KINDS:
        problems = []
        for model, document in kind.examples:
            value, why = reference(model, document)
            if value is None:
                problems.append(f"the reference does not take {document!r}: {why}")
            elif kind not in kinds.kinds_of(model, document.decode(), value):
                problems.append(f"{document!r} is not of this kind")
            if ask(program, model, [document])[0][0] is not None:
                problems.append(f"notch takes {document!r}")
        checks.report(f"kind: {kind.name} ({seen[kind.name]} times)", problems or ([] if seen[kind.name] or not random else ["never seen"]))
    model, document = kinds.NEWLINE_EXAMPLE
    agreed = reference(model, document)[0] is not None or ask(program, model, [document])[0][0] is None
    checks.report(f"kind: {kinds.NEWLINE} ({seen[kinds.NEWLINE]} times)", ["there is no difference"] if agreed else [])
    problems = [f"{len(kinds.KINDS) + 3} kinds, at most 10"] if len(kinds.KINDS) + 3 > 10 else []
    checks.report("no more than ten kinds", problems)


# ---- the extraction --------------------------------------------------------------------------------------------------

DECISIONS = {0: "ignored", 1: "left", 2: "cleaned up", 3: "quarantined", 4: "yielded", 5: "removed", 6: "kept"}


def make_runners(base, count):
    writer = Writer(f"{SEED} runners")
    runners = {f"runner-{i}": writer.runner() for i in range(count)}
    runners["ignored"] = runners["runner-0"]
    for name, files in runners.items():
        (base / name).mkdir(parents=True)
        for file, document in files.items():
            (base / name / file).write_bytes(document)
    return runners


def extract_by_notch(program, base, quarantine):
    decisions, metrics = {}, {}
    out = subprocess.run([program, "extract", base, quarantine], capture_output=True, check=True).stdout.decode()
    for line in out.split("\n")[:-1]:
        if line.startswith("{"):
            value = kinds.json.loads(line)
            metrics[value["runner_name"]] = value
        elif DECISIONS[int(line[0])] != "removed":
            decisions[line[2:]] = DECISIONS[int(line[0])]
    return decisions, metrics


def file_kinds(files):
    """The kinds of what is in a runner's files, as far as the reference reads them."""
    out = set()
    for file, model in ((models.INSTALLED, "installed"), (models.PRE_JOB, "PreJobMetrics"), (models.POST_JOB, "PostJobMetrics")):
        document = files.get(file)
        if document is None:
            continue
        value, why = reference(model, document)
        text = document.decode("utf-8", "replace")
        if value is not None:
            out.update(kind.name for kind in kinds.kinds_of(model, text, value))
        elif why.startswith("dies"):
            out.add(kinds.DIES)
        if kinds.is_newline(model, text):
            out.add(kinds.NEWLINE)
        if model != "installed" and re.fullmatch(r"\s*\{\s*\}\s*", text):
            out.add(kinds.EMPTY)
    return out


def check_extraction(checks, program, count, seen):
    with tempfile.TemporaryDirectory(prefix="notch-interop-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
        compare_extraction(checks, program, Path(place), count, seen)


def compare_extraction(checks, program, place, count, seen):
    places = {}
    for who in ("notch", "reference"):
        places[who] = (place / who / "runners", place / who / "quarantine")
        runners = make_runners(places[who][0], count)
    places["reference"][1].mkdir()
    theirs, their_metrics = {"ignored": "ignored"}, {}
    for name, decision, metrics in models.extract(*places["reference"], {"ignored"}, on_death=lambda *_: None):
        theirs[name] = decision
        if metrics:
            their_metrics[name] = metrics
    ours, our_metrics = extract_by_notch(program, *places["notch"])
    problems = [f"{name}: no decision" for name in runners if name not in ours]
    for name in ours.keys() & theirs.keys():
        if ours[name] == theirs[name]:
            if ours[name] == "yielded" and models.RunnerMetrics(**our_metrics[name]) != their_metrics[name]:
                problems.append(f"{name}: other metrics: {our_metrics[name]} {their_metrics[name]!r}")
            continue
        why = file_kinds(runners[name])
        seen.update(why)
        if not why or ours[name] not in ("quarantined", "cleaned up", "yielded"):
            problems.append(f"{name}: {ours[name]}, the reference {theirs[name]}: {runners[name]}")
    left = sorted(path.name for path in places["notch"][0].iterdir())
    if left != ["ignored"]:
        problems.append(f"left behind: {left[:5]}")
    said = ", ".join(f"{number} {decision}" for decision, number in sorted(Counter(ours.values()).items()))
    checks.report(f"extraction of {count} runners: {said}", problems)
    for kind in (kinds.EMPTY, kinds.DIES):
        checks.report(f"kind: {kind} ({seen[kind]} times)", [] if seen[kind] else ["never seen"])


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else "short"
    count = COUNTS.get(word) or int(word)
    program = compile_program()
    checks, seen = Checks(), Counter()
    for model in models.MODELS:
        check_model(checks, program, model, count, seen)
    check_extraction(checks, program, count // 2, seen)
    check_kinds(checks, program, seen, count >= COUNTS["short"])
    return checks.failed


if __name__ == "__main__":
    environment.enter()
    import kinds
    import models
    from documents import Writer

    sys.exit(main())
