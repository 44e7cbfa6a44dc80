# SPDX-License-Identifier: MIT
"""Random documents: what honest writers write, and what others do to it."""

import json
import random

from kinds import CODE, FIELDS, NUMBER, TEXT, WHOLE
from models import snake_case

ALPHABET = list("abc/_- .\"\\<&\u00e9\u4e16\U0001f642\u2028\x00\x1f\n\t")


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, most=8):
        return "".join(self.random.choice(ALPHABET) for _ in range(self.random.randint(0, most)))

    def number(self):
        r = self.random
        return r.choice([lambda: r.random() * 2e9, lambda: r.randint(0, 2**60), lambda: 0, lambda: r.random() * 10 ** r.randint(-320, 300), lambda: round(r.random() * 2e9, 3)])()

    def whole(self):
        r = self.random
        return r.choice([r.randint(-10, 10), r.randint(-(2**63), 2**63 - 1), 0])

    def anything(self, depth=0):
        """JSON text of any value, and of some that are none."""
        r = self.random
        plain = [
            lambda: json.dumps(self.text(), ensure_ascii=r.random() < 0.5),
            lambda: json.dumps(str(self.number())),
            lambda: json.dumps(r.choice(["12", " 12 ", "1_0", "-1", "1e3", "inf", "nan", "0x1", "true", "", "normal", "a/b"])),
            lambda: r.choice(["true", "false", "null", "1.0", "-1", "-0", "-0.0", "1e2", "1e999", "-1e999", "1e-999", "NaN", "Infinity", "-Infinity", "1.9"]),
            lambda: str(r.choice([2**63, 2**63 - 1, -(2**63), -(2**63) - 1, 10**30, 10**400, 2**53 + 1])),
            lambda: r.choice(['"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude42"', '"\\u0000"', '"\\q"', "'a'", "+1", "01", ".5", "5.", "tru", '"\t"']),
            lambda: json.dumps(self.number()),
        ]
        nested = [
            lambda: "[" + ",".join(self.anything(depth + 1) for _ in range(r.randint(0, 3))) + "]",
            lambda: "{" + ",".join(f"{json.dumps(self.text(3))}:{self.anything(depth + 1)}" for _ in range(r.randint(0, 3))) + "}",
            lambda: '{"code":' + str(self.whole()) + "}",
            lambda: '[["code",' + self.anything(depth + 1) + "]]",
            lambda: self.nest(r.choice([3, 61, 62, 63, 64, 65, 80])),
        ]
        return r.choice(plain if depth > 2 else plain + nested)()

    @staticmethod
    def nest(depth):
        return "[" * depth + "]" * depth

    def value(self, model, key, kind):
        """JSON text of a value that keeps the rules."""
        r = self.random
        if key == "event" and model not in ("PreJobMetrics",):
            return json.dumps(snake_case(model))
        if key == "repository":
            return json.dumps(f"x{self.text(4)}/{self.text(4)}x".replace("\n", ""), ensure_ascii=r.random() < 0.5)
        if key == "status" and model == "PostJobMetrics":
            return json.dumps(r.choice(["normal", "abnormal", "repo-policy-check-failure"]))
        if kind == TEXT:
            return json.dumps(self.text(), ensure_ascii=r.random() < 0.5)
        if kind == NUMBER:
            return json.dumps(self.number())
        if kind == WHOLE:
            return str(self.whole())
        return '{"code":' + str(self.whole()) + "}"

    def members(self, model):
        out = []
        for key, kind in FIELDS[model].items():
            optional = key in ("status_info", "queue_duration", "job_conclusion", "active_runners", "expected_runners")
            if optional and self.random.random() < 0.4:
                continue
            out.append([json.dumps(key), self.value(model, key, kind)])
        self.random.shuffle(out)
        return out

    def honest(self, model):
        if model == "installed":
            return self.random.choice([str(self.number()), f"{self.number()}\n", f" {self.random.randint(0, 2**31)} "]).encode()
        return self.join(self.members(model))

    def join(self, members):
        space = lambda: self.random.choice(["", "", "", " ", "\n\t", "\r"])  # noqa: E731
        return (space() + "{" + ",".join(f"{space()}{key}{space()}:{space()}{value}" for key, value in members) + space() + "}" + space()).encode("utf-8", "surrogatepass")

    def document(self, model):
        """Half of them are honest; to the others one to three things are done."""
        r = self.random
        if r.random() < 0.5:
            return self.honest(model)
        if model == "installed":
            return self.bytes_changed(r.choice(INSTALLED).encode() if r.random() < 0.7 else self.honest(model), 0.3)
        members = self.members(model)
        for _ in range(r.randint(1, 3)):
            self.change(model, members)
        return self.bytes_changed(self.join(members), 0.2)

    def change(self, model, members):
        r = self.random
        if not members:
            return
        member = r.choice(members)
        what = r.randint(0, 8)
        if what == 0:
            members.remove(member)
        elif what <= 3:
            member[1] = self.anything()
        elif what == 4:
            members.append([json.dumps(r.choice(["more", "self", "Timestamp", "", "\u00e9", "__pydantic_self__"])), self.anything()])
        elif what == 5:
            members.insert(r.randint(0, len(members)), [member[0], r.choice([member[1], self.anything()])])
        elif what == 6:
            member[0] = '"' + "".join(f"\\u{ord(c):04x}" for c in json.loads(member[0])) + '"'
        elif what == 7:
            member[1] = json.dumps(r.choice(["a/b\n", "a\nb/c", "a/b\nc", "\n/\n", "/", "a/", "/a", "//a", "a/b", "normal ", "Normal"]))
        elif "status_info" in FIELDS[model]:
            self.replace(members, "status_info", r.choice(['{"code":1,"code":2}', '{"code":"7"}', '{"code":7.5}', '[["code",7]]', "{}", "[]", '{"code":{"code":1}}']))
        else:
            member[1] = "-" + json.dumps(self.number())

    @staticmethod
    def replace(members, key, value):
        members[:] = [m for m in members if m[0] != json.dumps(key)] + [[json.dumps(key), value]]

    def bytes_changed(self, document, likely):
        r = self.random
        if r.random() > likely or not document:
            return document
        at = r.randrange(len(document))
        return r.choice(
            [
                lambda: document[:at],
                lambda: document[:at] + bytes([r.randrange(256)]) + document[at + 1 :],
                lambda: document[:at] + bytes([r.randrange(256)]) + document[at:],
                lambda: b"\xef\xbb\xbf" + document,
                lambda: document + r.choice([b"x", b"{}", b"\0", b"\n\n", b"\xff"]),
                lambda: document.decode("utf-8", "replace").encode("utf-16"),
                lambda: r.choice([b"", b"{}", b"[]", b"null", b"1", b'"a"', b" "]),
            ]
        )()

    def runner(self):
        """The files of a runner, by their names."""
        r = self.random
        out = {}
        for name, model in (("runner-installed.timestamp", "installed"), ("pre-job-metrics.json", "PreJobMetrics"), ("post-job-metrics.json", "PostJobMetrics")):
            if r.random() < (0.3 if model == "PostJobMetrics" else 0.1):
                continue
            document = self.honest(model) if r.random() < 0.7 else self.document(model)
            if r.random() < 0.02:
                document = b"{}"
            size = r.choice([0, 0, 0, 0, 0, 0, 0, 0, 1024, 1025, 5000])
            out[name] = document + b" " * max(size - len(document), 0)
        return out


INSTALLED = [
    "1", "+1", "-1", "-0", "007", ".5", "5.", "1e5", "1E+05", "1.e1", "1_000", "1__0", "inf", "-inf", "Infinity", "nan", "1e999", "1e-999", "", " ", "\n", "0x1",
    "\u0661\u0662", "\u00a01", "1\u2003", "\x1c1\x1f", "\v1\f", "1 2", "1,5", "e5", "1e", ".", "+", "--1", "true", '"1"', "1795190400.123456789", "9" * 400,
]  # fmt: skip
