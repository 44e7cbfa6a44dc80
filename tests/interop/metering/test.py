#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Metering entries between notch and Go: test.py short | full | COUNT [--fixtures]

cocoon's package `metering` is not to be had from the registries that the tests may ask, so metering.go has its entry again,
field by field, and encodes it as that package does: with Go's encoding/json.

COUNT random entries each way: what Go writes, notch reads and writes back byte for byte, but for characters that Go escapes and notch
writes as they are; what notch writes, Go reads and writes back so. Then COUNT documents that were changed at random, which both must
take or refuse alike, with the same entry. Where they do not, the reason must be one of DISAGREEMENTS: found here by a reader of
its own, and each shown by a fixture in disagreements.jsonl. --fixtures shows what both say of each fixture.

Prints "ok NAME" or "FAIL NAME: why" for each check.
"""

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
BUILD = Path(os.environ.get("NOTCH_BUILD", REPOSITORY / "build")) / "interop"
FIXTURES = HERE / "disagreements.jsonl"
COUNTS = {"short": 20_000, "full": 500_000}

DISAGREEMENTS = {
    "null": "Go takes null for any member and leaves it as it was; notch takes it for an optional one only",
    "missing": "Go takes an entry without kind, shape or emitted_at, which every writer writes; notch refuses it as damaged",
    "case": "Go takes VM_ID for vm_id; keys of JSON differ by case, so to notch it is an unknown key",
    "repeated": "Go keeps the last of two members with one key; notch refuses them, since another reader may keep the first",
    "unknown": "Go's kinds and reasons are any text; notch refuses what it has no enumerator for",
    "encoding": "Go puts U+FFFD in place of invalid UTF-8 and lone surrogates when reading; notch refuses them",
    "finer": "Go cuts off what is finer than a nanosecond; notch refuses it",
    "time form": "Go takes a comma, hours of one digit and offsets of 24 hours, which RFC 3339 does not have, and refuses its t and z; notch does not",
    "offset": "Go writes a time with an offset back with that offset; notch writes the same time in UTC, and refuses one outside the years 0000 to 9999",
    "limits": "Go reads texts of any length, 10000 levels, and under unknown keys numbers that no double holds; notch does not",
}
FIELDS = ("kind", "vm_id", "snapshot_id", "source_snapshot_id", "reason", "hypervisor", "shape", "emitted_at")
SIZES = ("cpu", "mem_bytes", "storage_bytes")
KINDS = {f"{what}.{end}" for what in ("vm.compute", "vm.storage", "snap.storage") for end in ("start", "stop")}
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)")
REASONS = {"", "boot", "restart", "clone", "restore", "hibernate-wake", "stop-user", "stop-crash", "vm-rm", "snap-rm"}


class Failure(Exception):
    """A check that did not hold; the text says why."""


def expect(condition, why):
    if not condition:
        raise Failure(why)


def run(*command, given=b"", **options):
    done = subprocess.run([str(c) for c in command], input=given, stdout=subprocess.PIPE, check=False, **options)
    expect(done.returncode == 0, f"exit code {done.returncode}: {' '.join(map(str, command))}")
    return done.stdout


def lines(output):
    return output.split(b"\n")[:-1]


class Side:
    """One of the two programs."""

    def __init__(self, program):
        self.program = program

    def write(self, seed, count):
        return lines(run(self.program, "write", seed, count))

    def read(self, documents):
        """What it makes of each document: the entry written again, or None."""
        answers = lines(run(self.program, "read", given=b"".join(document + b"\n" for document in documents)))
        expect(len(answers) == len(documents), f"{self.program}: {len(answers)} answers to {len(documents)} documents")
        return [answer[3:] if answer.startswith(b"ok ") else None for answer in answers]


def build():
    BUILD.mkdir(parents=True, exist_ok=True)
    compiler = os.environ.get("CXX", "g++")
    run(compiler, "-std=c++20", "-O1", "-I", REPOSITORY / "single_include", HERE / "program.cpp", "-o", BUILD / "metering_notch")
    environment = {**os.environ, "GOCACHE": str(BUILD / "go-cache"), "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    run("go", "build", "-o", BUILD / "metering_go", ".", cwd=HERE, env=environment)
    return Side(BUILD / "metering_notch"), Side(BUILD / "metering_go")


# ---- the same bytes --------------------------------------------------------------------------------------------------

# What Go's encoder escapes though JSON does not ask for it; older ones have no \b and \f.
GO_ESCAPES = {
    "003c": "<", "003e": ">", "0026": "&", "2028": "\u2028", "2029": "\u2029", "fffd": "\ufffd", "007f": "\x7f", "0008": "\\b", "000c": "\\f",
}  # fmt: skip
ESCAPE = re.compile(rb"\\(?:u([0-9a-f]{4})|.)", re.S)


def without_go_escapes(line):
    def plain(match):
        written = GO_ESCAPES.get((match[1] or b"").decode())
        return match[0] if written is None else written.encode()

    return ESCAPE.sub(plain, line)


def go_to_notch(notch, go, count):
    written = go.write(1, count)
    expect(len(set(written)) > count * 9 // 10, "the entries are hardly random")
    for line, back in zip(written, notch.read(written)):
        expect(back == without_go_escapes(line), f"Go wrote {line!r}, notch {back!r}")


def notch_to_go(notch, go, count):
    written = notch.write(2, count)
    expect(len(set(written)) > count * 9 // 10, "the entries are hardly random")
    for line, back in zip(written, go.read(written)):
        expect(back is not None and without_go_escapes(back) == line, f"notch wrote {line!r}, Go {back!r}")


# ---- what both take and refuse ---------------------------------------------------------------------------------------


def explanations(document):
    """Which of DISAGREEMENTS a document gives reason for, found by Python's own reader."""
    out = set()
    try:
        text = document.decode()
    except UnicodeDecodeError:
        out.add("encoding")
        text = document.decode(errors="replace")
    try:
        entry = json.loads(text, object_pairs_hook=lambda members: members, parse_int=str)
    except (ValueError, RecursionError):
        return out
    if re.search(r"[\ud800-\udfff]", json.dumps(entry, ensure_ascii=False)):
        out.add("encoding")
    if entry is None:
        out.add("null")
    if isinstance(entry, list) and all(isinstance(member, tuple) for member in entry):
        look_at_members(entry, FIELDS, out)
        look_at_values(entry, out)
    if any(number == float("inf") for number in numbers_in(entry)):
        out.add("limits")
    depth = max((text[:i].count("[") + text[:i].count("{") - text[:i].count("]") - text[:i].count("}") for i in range(min(len(text), 400))), default=0)
    if depth > 60 or max((len(t.encode()) for t in texts_in(entry)), default=0) > 65536:
        out.add("limits")
    return out


def texts_in(value):
    if isinstance(value, str):
        yield value.encode("utf-8", "replace").decode()
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from texts_in(part)


def numbers_in(value):
    if isinstance(value, float):
        yield abs(value)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from numbers_in(part)


def look_at_members(members, names, out):
    keys = [key for key, _ in members]
    folded = [key.casefold() for key in keys]
    if any(key not in names and key.casefold() in names for key in keys):
        out.add("case")
    if any(folded.count(name) > 1 for name in names):
        out.add("repeated")
    if any(value is None for key, value in members if key.casefold() in names):
        out.add("null")
    if names == FIELDS and any(name not in keys for name in ("kind", "shape", "emitted_at")):
        out.add("missing")


def look_at_values(members, out):
    for key, value in members:
        key = key.casefold()
        if key == "kind" and value not in KINDS or key == "reason" and value not in REASONS:
            out.add("unknown")
        if key == "shape" and isinstance(value, list):
            look_at_members([member for member in value if isinstance(member, tuple)], SIZES, out)
        if key == "emitted_at" and isinstance(value, str):
            if re.search(r"\.\d{10}", value):
                out.add("finer")
            if not TIME.fullmatch(value) or re.search("[tz]", value):
                out.add("time form")
            if re.search(r"[+-]\d\d:\d\d$", value):
                out.add("offset")


def without(text, key):
    return re.sub(rf'"{key}":(?:"(?:[^"\\]|\\.)*"|\{{[^}}]*\}}),?', "", text, count=1).replace(",}", "}")


def replaced(text, old, new):
    return text.replace(old, new, 1)


# Each takes a line of Go's and a source of random numbers.
CHANGES = (
    lambda t, r: t[: r.randrange(len(t))],
    lambda t, r: t[: (i := r.randrange(len(t)))] + t[i + 1 :],
    lambda t, r: t[: (i := r.randrange(len(t)))] + r.choice('"\\{}[]:,0-.eE+ tfnu/') + t[i:],
    lambda t, r: t[: (i := r.randrange(len(t)))] + chr(r.randrange(1, 256)) + t[i + 1 :],
    lambda t, r: t + r.choice([" ", "\t", "x", "{}", ",", "\0", "\r"]),
    lambda t, r: r.choice([" ", "\ufeff", "x", "[", "\t"]) + t,
    lambda t, r: replaced(t, '"shape":{', '"shape":{' + r.choice(['"gpu":1,', '"cpu":-0,', '"cpu":1.0,', '"cpu":1e2,', '"cpu":"4",', '"cpu":true,', '"cpu":[],', '"cpu":null,', '"cpu":01,', '"CPU":3,'])),
    lambda t, r: re.sub(r'"(cpu|mem_bytes|storage_bytes)":(-?)\d+', r'"\1":\g<2>' + r.choice(["9223372036854775808", "9223372036854775809", "0", "00", "7", "1e400"]), t, count=1),
    lambda t, r: replaced(t, r.choice(FIELDS), r.choice(["owner", "vm_id", "Kind", "VM_ID", "\\u006bind", "emitted_at", "EMITTED_AT", "", "\u212aind", "reason"])),
    lambda t, r: without(t, r.choice(FIELDS)),
    lambda t, r: re.sub(rf'"{r.choice(FIELDS)}":"(?:[^"\\]|\\.)*"', lambda m: m[0].split(":")[0] + ":" + r.choice(["null", "1", "true", "[]", "{}", '""', '"\\ud83d"', '"\\ud83d\\ude00"', '"vm.compute.start"', '"boot"', '"Boot"']), t, count=1),
    lambda t, r: replaced(t, r.choice(["boot", "restart", "clone", "restore", "vm.", "snap.", "stop"]), r.choice(["Boot", "", "vm.", "\\u0076m.", "other"])),
    lambda t, r: re.sub(r'"emitted_at":"[^"]*"', '"emitted_at":"' + time_text(r) + '"', t),
    lambda t, r: re.sub(r"[:,]", lambda m: m[0] + r.choice(["", "", "", " ", "\t", "\r"]), t),
    lambda t, r: replaced(t, "{", '{"extra":' + r.choice(['{"a":{"a":1,"a":2}}', "[1,2,[3]]", "1e999", "tru", '"\\x"', "-", "[1,]", "null", "[" * 50 + "]" * 50, '"\\ud800"']) + ","),
)


def time_text(r):
    if r.randrange(4) == 0:
        text = "2026-05-20T01:02:03.5Z"
        i = r.randrange(len(text))
        return text[:i] + r.choice(["", text[i], "0", "-", ":", " ", "t", "z", ",", "+"]) + text[i + 1 :]
    date = f"{r.choice([0, 1, 1600, 1900, 2000, 2024, 2026, 9999]):04}-{r.randrange(0, 14):02}-{r.choice([0, 1, 28, 29, 30, 31, 32]):02}"
    clock = f"{r.choice([0, 1, 12, 23, 24]):02}:{r.choice([0, 59, 60]):02}:{r.choice([0, 59, 60]):02}"
    fraction = r.choice(["", "", ".", ".5", ".50", ".123456789", ".1234567890", ".12345678901", ",5"])
    offset = r.choice(["Z", "Z", "Z", "z", "+00:00", "-00:00", "+02:00", "-07:30", "+23:59", "+24:00", "+2:00", "+0200", "", "+01:60"])
    return date + r.choice("TTTTTt ") + clock + fraction + offset


def changed(written, count):
    source = random.Random(3)
    out = []
    for _ in range(count):
        text = without_go_escapes(source.choice(written)).decode()
        document = source.choice(CHANGES)(text, source).encode("utf-8", "surrogatepass")
        if source.randrange(16) == 0:
            i = source.randrange(len(document) + 1)
            document = document[:i] + bytes([source.randrange(1, 256)]) + document[i + 1 :]
        out.append(document.replace(b"\n", b" "))
    return out


def same(ours, theirs):
    return ours == theirs or None not in (ours, theirs) and without_go_escapes(theirs) == ours


def take_and_refuse_alike(notch, go, count):
    documents = changed(go.write(4, count), count)
    seen = Counter()
    for document, ours, theirs in zip(documents, notch.read(documents), go.read(documents)):
        if same(ours, theirs):
            seen["both refuse" if ours is None else "both take"] += 1
            continue
        why = explanations(document)
        expect(why, f"nothing explains this: {document!r}\n  notch: {ours!r}\n  Go:    {theirs!r}")
        seen.update(why)
    expect(seen["both take"] > count // 20 and seen["both refuse"] > count // 20, f"the documents prove little: {dict(seen)}")
    print("   " + ", ".join(f"{name} {number}" for name, number in seen.most_common()))


def fixtures():
    for line in FIXTURES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        document = row["document"] if isinstance(row["document"], str) else "".join(text * times for text, times in row["document"])
        yield row["disagreement"], document.encode("latin-1" if row.get("bytes") else "utf-8"), row["notch"], row["go"]


def every_disagreement_is_a_fixture(notch, go, _count):
    rows = list(fixtures())
    expect(len(DISAGREEMENTS) <= 10, "there are more than ten kinds")
    expect({name for name, *_ in rows} == set(DISAGREEMENTS), "a kind has no fixture, or a fixture no kind")
    documents = [document for _, document, *_ in rows]
    for (name, document, wanted, theirs), ours, answer in zip(rows, notch.read(documents), go.read(documents)):
        expect(not same(ours, answer), f"{name}: they agree on {document[:200]!r}")
        expect(name in explanations(document), f"{name} is not found in {document[:200]!r}")
        expect((ours is not None, answer is not None) == (wanted == "takes", theirs == "takes"), f"{name}: {document[:200]!r}: notch {ours!r}, Go {answer!r}")


CHECKS = (go_to_notch, notch_to_go, take_and_refuse_alike, every_disagreement_is_a_fixture)


def show_fixtures(notch, go):
    rows = list(fixtures())
    documents = [document for _, document, *_ in rows]
    for (name, document, *_), ours, theirs in zip(rows, notch.read(documents), go.read(documents)):
        print(f"{name}: {DISAGREEMENTS[name]}\n  {document[:150]!r}\n  notch: {ours and ours[:150]!r}\n  Go:    {theirs and theirs[:150]!r}")


def main():
    sides = build()
    if "--fixtures" in sys.argv:
        return show_fixtures(*sides)
    word = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "short")
    count = COUNTS.get(word) or int(word)
    failed = 0
    for check in CHECKS:
        name = "interop metering: " + check.__name__.replace("_", " ")
        try:
            check(*sides, count)
            print(f"ok {name}", flush=True)
        except (Failure, OSError) as failure:
            failed += 1
            print(f"FAIL {name}: {failure}", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
