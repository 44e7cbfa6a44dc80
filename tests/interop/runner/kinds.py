# SPDX-License-Identifier: MIT
"""The kinds of documents of which notch and the reference do not think the same: what, why notch is right, and examples.

A kind's `of(model, text, value)` says whether a document that the reference takes has it; notch then refuses the document.
Two kinds go the other way and say so. There is no other difference: the test fails where one shows up.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Callable, List, Tuple

TEXT, NUMBER, WHOLE, CODE = "text", "number", "whole", "code"
EVENT = {"timestamp": NUMBER, "event": TEXT, "flavor": TEXT}
JOB = {"workflow": TEXT, "repo": TEXT, "github_event": TEXT}
FIELDS = {
    "PreJobMetrics": {"timestamp": NUMBER, "workflow": TEXT, "workflow_run_id": TEXT, "repository": TEXT, "event": TEXT},
    "PostJobMetrics": {"timestamp": NUMBER, "status": TEXT, "status_info": CODE},
    "CodeInformation": {"code": WHOLE},
    "RunnerInstalled": {**EVENT, "duration": NUMBER},
    "RunnerStart": {**EVENT, **JOB, "idle": NUMBER, "queue_duration": NUMBER},
    "RunnerStop": {**EVENT, **JOB, "status": TEXT, "status_info": CODE, "job_duration": NUMBER, "job_conclusion": TEXT},
    "Reconciliation": {**EVENT, "crashed_runners": WHOLE, "idle_runners": WHOLE, "active_runners": WHOLE, "expected_runners": WHOLE, "duration": NUMBER},
}
INT64 = range(-(2**63), 2**63)


class Pairs(list):
    """An object as it is written, with the keys that come twice."""


class Real(float):
    """A number with a fraction or an exponent."""


def parse(text):
    return json.loads(text, object_pairs_hook=Pairs, parse_float=Real)


def fields(model, pairs):
    """(kind, value) of each known field, the last of each key, of nested objects too."""
    known = FIELDS[model]
    for key, value in dict(pairs).items():
        if key in known and value is not None:
            yield known[key], value
            if known[key] == CODE and isinstance(value, Pairs):
                yield from fields("CodeInformation", value)


def is_coerced(kind, value):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == TEXT:
        return not isinstance(value, str)
    if kind == NUMBER:
        return not number
    if kind == WHOLE:
        return not number or isinstance(value, float)
    return not isinstance(value, Pairs)


def coerced(model, text, _):
    return model != "installed" and any(is_coerced(kind, value) for kind, value in fields(model, parse(text)))


def out_of_range(model, text, value):
    if model == "installed":
        return math.isinf(value.value) and "inf" not in text.lower()
    if re.search(r"NaN|Infinity", re.sub(r'"(\\.|[^"\\])*"', "", text)):
        return True
    pairs = parse(text)
    return is_beyond_double(pairs) or any(kind == WHOLE and isinstance(found, int) and found not in INT64 for kind, found in fields(model, pairs))


def is_beyond_double(value):
    """Also where nobody asks for it."""
    if isinstance(value, (list, tuple)):
        return any(is_beyond_double(inner) for inner in value)
    if isinstance(value, int):
        return abs(value) >= 2**1024 - 2**970
    return isinstance(value, float) and math.isinf(value)


def twice(model, text, _):
    def repeats(name, pairs):
        keys = [key for key, _ in pairs if key in FIELDS[name]]
        inner = [value for key, value in pairs if FIELDS[name].get(key) == CODE and isinstance(value, Pairs)]
        return len(keys) != len(set(keys)) or any(repeats("CodeInformation", value) for value in inner)

    return model != "installed" and repeats(model, parse(text))


def surrogates(model, text, _):
    def has(value):
        if isinstance(value, str):
            return any("\ud800" <= c <= "\udfff" for c in value)
        if isinstance(value, (list, tuple)):
            return any(has(inner) for inner in value)
        return False

    return model != "installed" and has(parse(text))


def depth_of(text):
    deepest = depth = 0
    for c in re.sub(r'"(\\.|[^"\\])*"', "", text):
        depth += (c in "[{") - (c in "]}")
        deepest = max(deepest, depth)
    return deepest


def deep(model, text, _):
    return model != "installed" and depth_of(text) > 64


def no_repository(model, text, _):
    return model == "PreJobMetrics" and dict(parse(text)).get("repository") is None


def odd_number(model, text, value):
    plain = text.strip(" \t\n\v\f\r")
    return model == "installed" and not out_of_range(model, text, value) and not re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", plain)


@dataclass
class Kind:
    name: str
    why: str
    of: Callable
    examples: List[Tuple[str, bytes]]  # notch refuses what the reference takes


KINDS = [
    Kind(
        "a type is converted",
        "the reference makes a number of \"12\", true and [[\"code\",3]], a text of 12, an integer of 1.9. Its own writers quote texts and"
        " do not quote numbers; a value of another type is a writer that is wrong, or that tries what happens. For each field: refused.",
        coerced,
        [
            ("PreJobMetrics", b'{"timestamp":"12","workflow":"w","workflow_run_id":"1","repository":"a/b","event":"e"}'),
            ("PreJobMetrics", b'{"timestamp":true,"workflow":"w","workflow_run_id":"1","repository":"a/b","event":"e"}'),
            ("PreJobMetrics", b'{"timestamp":12,"workflow":1,"workflow_run_id":"1","repository":"a/b","event":"e"}'),
            ("PreJobMetrics", b'{"timestamp":12,"workflow":"w","workflow_run_id":7,"repository":"a/b","event":"e"}'),
            ("CodeInformation", b'{"code":1.9}'),
            ("CodeInformation", b'{"code":1.0}'),
            ("CodeInformation", b'{"code":"1"}'),
            ("CodeInformation", b'{"code":false}'),
            ("PostJobMetrics", b'{"timestamp":1,"status":"normal","status_info":[["code",3]]}'),
        ],
    ),
    Kind(
        "a number that its field cannot hold",
        "NaN and Infinity are no JSON, 1e999 becomes infinity, and the reference then writes Infinity into the log, which no other"
        " reader takes; an exit code of more than 64 bits is none.",
        out_of_range,
        [
            ("PreJobMetrics", b'{"timestamp":Infinity,"workflow":"w","workflow_run_id":"1","repository":"a/b","event":"e"}'),
            ("PreJobMetrics", b'{"timestamp":1e999,"workflow":"w","workflow_run_id":"1","repository":"a/b","event":"e"}'),
            ("PostJobMetrics", b'{"timestamp":1,"status":"normal","more":NaN}'),
            ("CodeInformation", b'{"code":9223372036854775808}'),
            ("installed", b"1e999"),
        ],
    ),
    Kind(
        "a field is given twice",
        "the reference takes the last one, other readers the first: a writer can show each its own truth.",
        twice,
        [
            ("CodeInformation", b'{"code":1,"code":1}'),
            ("PostJobMetrics", b'{"timestamp":1,"status":"normal","status":"abnormal"}'),
        ],
    ),
    Kind(
        "half a surrogate pair",
        "it stands for no character and cannot be written as UTF-8.",
        surrogates,
        [("PostJobMetrics", b'{"timestamp":1,"status":"normal","more":"\\ud800"}')],
    ),
    Kind(
        "deeper than 64",
        "the reference reads as deep as Python's stack, and dies beyond; nobody honest nests a file of 1024 bytes.",
        deep,
        [("PostJobMetrics", b'{"timestamp":1,"status":"normal","more":' + b"[" * 64 + b"]" * 64 + b"}")],
    ),
    Kind(
        "no repository",
        "its default makes the reference's repository optional by accident: the event made of it is then refused, and that ends the extraction.",
        no_repository,
        [
            ("PreJobMetrics", b'{"timestamp":1,"workflow":"w","workflow_run_id":"1","event":"e"}'),
            ("PreJobMetrics", b'{"timestamp":1,"workflow":"w","workflow_run_id":"1","repository":null,"event":"e"}'),
        ],
    ),
    Kind(
        "a time that only Python can read",
        "1_000, inf, digits of other scripts, white space beyond ASCII: no shell or program writes a time so.",
        odd_number,
        [("installed", b"1_000"), ("installed", b"inf"), ("installed", "\u0661".encode()), ("installed", "\u00a01".encode())],
    ),
]


# ---- the other way ---------------------------------------------------------------------------------------------------

NEWLINE = "a newline in the repository"
NEWLINE_WHY = (
    "the reference's '.' takes no newline, its '$' one at the end; notch's glob takes any character. It is harmless: in a line a newline"
    " is written as \\n."
)
NEWLINE_EXAMPLE = ("PreJobMetrics", b'{"timestamp":1,"workflow":"w","workflow_run_id":"1","repository":"a\\nb/c","event":"e"}')

# These are of the extraction: what it reads more than one document for.
EMPTY = "an empty object"
EMPTY_WHY = "the reference takes {} for a file that is absent, and so the runner for an orphan or its metrics for unfinished ones; it breaks the rules, so it is corrupt."
DIES = "what the reference dies of"
DIES_WHY = (
    "invalid UTF-8, a time of 400 digits, a key __pydantic_self__: no exception that it expects, so one tenant ends the extraction of all."
    " notch refuses the first two, and passes over the key as over any other."
)


def kinds_of(model, text, value):
    return [kind for kind in KINDS if kind.of(model, text, value)]


def is_newline(model, text):
    """The reference refuses it for its newline alone."""
    if model != "PreJobMetrics":
        return False
    try:
        repository = dict(parse(text)).get("repository")
    except ValueError:
        return False
    return isinstance(repository, str) and "\n" in repository and re.fullmatch(r"(?s).+/.+", repository) is not None
