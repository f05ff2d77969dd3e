"""Dagster's own folder of a home: its settings, and what is done when its record of runs is damaged or in use.

Belongs here: leaving Dagster something that it can open. Never here: how events are written (run_history.py), anything that a number depends on.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.durable import write_text

if TYPE_CHECKING:
    import dagster as dg

RECORDS = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def make_ready(folder: Path, settings: str) -> None:
    """A record that SQLite cannot read is set aside, and the next one begins: no truth lives there, and no night may fail by it."""
    if any(_is_damaged(folder / name) for name in RECORDS):
        aside = folder.with_name(f"{folder.name}.damaged")
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    if not _is_readable(folder / "dagster.yaml"):
        write_text(folder / "dagster.yaml", settings)


def _is_readable(settings: Path) -> bool:
    """Whether it is a file of settings, of ours or of somebody who wants another storage."""
    import yaml

    try:
        return isinstance(yaml.safe_load(settings.read_text(encoding="utf-8")), dict)
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return False


def _is_damaged(file: Path) -> bool:
    import sqlite3

    if not file.is_file():
        return False
    record = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0.5)
    try:
        return bool(record.execute("pragma quick_check(1)").fetchone() != ("ok",))
    except sqlite3.OperationalError:  # locked, or a disk that fails: nothing is known of what is in it
        return False
    except sqlite3.DatabaseError:
        return True
    finally:
        record.close()


def said_of(broken: Exception, folder: Path) -> str:
    """A sentence where it was the record that could not be read or written; empty for every other failure."""
    if not type(broken).__module__.startswith("sqlalchemy"):
        return ""
    return (
        f"Dagster's record of runs in {folder} cannot be used ({getattr(broken, 'orig', broken)}): end what else has it open (`make dev`), "
        "or give the machine room (`kpi doctor`). No number depends on it: deleting that folder loses nothing"
    )


def end_what_died(instance: dg.DagsterInstance, jobs: Collection[str]) -> None:
    """Under the lock no other night is at work: one that was killed would be shown as running for ever."""
    import dagster as dg

    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if run.job_name in jobs:
            instance.report_run_failed(run, "this night died before it could say how it ended")
