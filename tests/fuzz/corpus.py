# SPDX-License-Identifier: MIT
"""Packs inputs of the fuzzer into the file that a body's test replays, and takes them out again.

    corpus.py pack DIRECTORY corpus/BODY.inc     at most 400 files of DIRECTORY, of every length
    corpus.py unpack corpus/BODY.inc DIRECTORY   each input as a file
"""

import pathlib
import re
import sys

MOST = 400
HEAD = """// SPDX-License-Identifier: MIT
// Made by tests/fuzz/corpus.py of inputs that the fuzzer kept for the code they reach.
static constexpr std::string_view corpus[] = {
"""
NAMED = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x09: "\\t", 0x0D: "\\r"}


def literal(data):
    """A string literal of the bytes; octal escapes of three digits end by themselves."""
    text = "".join(NAMED.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in data)
    return f'    {{"{text.replace("??", "?" + chr(92) + "?")}", {len(data)}}},\n'


def data_of(literal_text):
    codes = {'"': 0x22, "\\": 0x5C, "n": 0x0A, "t": 0x09, "r": 0x0D, "?": 0x3F}
    parts = re.findall(r"\\([0-7]{3})|\\(.)|([^\\])", literal_text)
    return bytes(int(octal, 8) if octal else codes[named] if named else ord(plain) for octal, named, plain in parts)


def pack(directory, file):
    inputs = sorted({path.read_bytes() for path in pathlib.Path(directory).iterdir()}, key=lambda data: (len(data), data))
    step = max(1.0, len(inputs) / MOST)
    chosen = [inputs[int(at * step)] for at in range(min(len(inputs), MOST))]
    pathlib.Path(file).write_text(HEAD + "".join(literal(data) for data in chosen) + "};\n")


def unpack(file, directory):
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(re.findall(r'^    \{"(.*)", \d+\},$', pathlib.Path(file).read_text(), re.MULTILINE)):
        pathlib.Path(directory, f"{number:03}").write_bytes(data_of(line))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    {"pack": pack, "unpack": unpack}[sys.argv[1]](*sys.argv[2:])
