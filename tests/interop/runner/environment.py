# SPDX-License-Identifier: MIT
"""The Python that has the reference's pydantic: from PyPI, in a directory of its own in the build directory."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("NOTCH_BUILD", ROOT / "build")) / "interop"
PYDANTIC = "pydantic==1.10.26"


def enter():
    """Runs the program again with that Python, made when it is missing."""
    home = BUILD / "python"
    python = home / "bin/python"
    if Path(sys.prefix) == home:
        return
    if not python.exists() or subprocess.run([python, "-c", "import pydantic"], capture_output=True).returncode != 0:
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYDANTIC], check=True)
    os.execv(python, [str(python), "-B", *sys.argv])
