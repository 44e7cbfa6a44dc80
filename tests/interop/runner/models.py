# SPDX-License-Identifier: MIT
"""github-runner-operator's models and its extraction, rebuilt in our own words: the charm is not on PyPI, its pydantic is.

What is written here follows its versions that read runners' directories (2024), with the later versions' clamps at zero
and counts of runners.
"""

import json
import shutil
import tarfile
from enum import Enum
from pathlib import Path
from typing import Optional

from pydantic import BaseModel, Field, NonNegativeFloat, ValidationError

LIMIT = 1024
INSTALLED, PRE_JOB, POST_JOB = "runner-installed.timestamp", "pre-job-metrics.json", "post-job-metrics.json"


class PreJobMetrics(BaseModel):
    timestamp: NonNegativeFloat
    workflow: str
    workflow_run_id: str
    repository: str = Field(None, regex=r"^.+/.+$")  # so it may be absent, and null
    event: str


class PostJobStatus(str, Enum):
    NORMAL = "normal"
    ABNORMAL = "abnormal"
    REPO_POLICY_CHECK_FAILURE = "repo-policy-check-failure"


class CodeInformation(BaseModel):
    code: int


class PostJobMetrics(BaseModel):
    timestamp: NonNegativeFloat
    status: PostJobStatus
    status_info: Optional[CodeInformation]


class RunnerMetrics(BaseModel):
    installed_timestamp: NonNegativeFloat
    pre_job: PreJobMetrics
    post_job: Optional[PostJobMetrics]
    runner_name: str


class Installed(BaseModel):
    """The one field that is read from a text file."""

    value: NonNegativeFloat


class Event(BaseModel):
    timestamp: NonNegativeFloat
    event: str

    def __init__(self, **members):
        members.setdefault("event", snake_case(type(self).__name__))
        super().__init__(**members)


def snake_case(name):
    return name[0].lower() + "".join("_" + c.lower() if c.isupper() else c for c in name[1:])


class RunnerInstalled(Event):
    flavor: str
    duration: NonNegativeFloat


class RunnerStart(Event):
    flavor: str
    workflow: str
    repo: str
    github_event: str
    idle: NonNegativeFloat
    queue_duration: Optional[NonNegativeFloat]


class RunnerStop(Event):
    flavor: str
    workflow: str
    repo: str
    github_event: str
    status: str
    status_info: Optional[CodeInformation]
    job_duration: NonNegativeFloat
    job_conclusion: Optional[str]


class Reconciliation(Event):
    flavor: str
    crashed_runners: int
    idle_runners: int
    active_runners: Optional[int]  # of later versions, where they are required
    expected_runners: Optional[int]
    duration: NonNegativeFloat


FILES = {model.__name__: model for model in (PreJobMetrics, PostJobMetrics, CodeInformation)}
EVENTS = {model.__name__: model for model in (RunnerInstalled, RunnerStart, RunnerStop, Reconciliation)}
MODELS = {**FILES, **EVENTS, "installed": Installed}


class Corrupt(Exception):
    """The reference quarantines."""


def read(name, document):
    """The value that the reference makes of a document. Corrupt: it refuses; any other exception: it dies of it."""
    text = document.decode("utf-8")
    try:
        if name == "installed":
            return Installed(value=text)
        members = json.loads(text)
        if not isinstance(members, dict):
            raise Corrupt
        # Nothing of the reference reads the log. Who does must choose the model by the name, so another name is refused.
        if name in EVENTS and members.get("event") != snake_case(name):
            raise Corrupt
        return MODELS[name](**members)
    except (json.JSONDecodeError, ValidationError) as error:
        raise Corrupt from error


# ---- the extraction --------------------------------------------------------------------------------------------------


def extract_runner(path):
    """The metrics of one directory; None for an orphan."""
    files = [path / name for name in (PRE_JOB, POST_JOB, INSTALLED)]
    if any(file.exists() and file.stat().st_size > LIMIT for file in files):
        raise Corrupt
    try:
        installed = (path / INSTALLED).read_text()
    except FileNotFoundError:
        return None
    pre_job = members_of(path / PRE_JOB)
    if not pre_job:
        return None
    post_job = members_of(path / POST_JOB)
    try:
        return RunnerMetrics(
            installed_timestamp=installed,
            pre_job=PreJobMetrics(**pre_job),
            post_job=PostJobMetrics(**post_job) if post_job else None,
            runner_name=path.name,
        )
    except ValidationError as error:
        raise Corrupt from error


def members_of(path):
    try:
        members = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except json.JSONDecodeError as error:
        raise Corrupt from error
    if not isinstance(members, dict):
        raise Corrupt
    return members


def extract(base, quarantine, ignored, on_death=None):
    """Yields (runner, "yielded" | "cleaned up" | "quarantined" | "dies", metrics). The reference ends where it dies; for a
    comparison of every runner, `on_death` is told, and it goes on."""
    for path in [entry for entry in Path(base).iterdir() if entry.is_dir()]:
        if path.name in ignored:
            continue
        try:
            metrics = extract_runner(path)
        except Corrupt:
            with tarfile.open((Path(quarantine) / path.name).with_suffix(".tar.gz"), "w:gz") as tar:
                tar.add(path, arcname=path.name)
            shutil.rmtree(path)
            yield path.name, "quarantined", None
            continue
        except Exception as error:  # noqa: BLE001  whatever it is, it leaves the loop
            if on_death is None:
                raise
            on_death(path.name, error)
            yield path.name, "dies", None
            continue
        for name in (INSTALLED, PRE_JOB, POST_JOB):
            (path / name).unlink(missing_ok=True)
        shutil.rmtree(path)
        yield path.name, "yielded" if metrics else "cleaned up", metrics
