"""One demo world, one night and one connection per test session: build once, ask many questions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"
AS_OF = date(2026, 7, 1)  # the morning after the demo company's last day

# The fault matrix takes longer than all other questions about reading together and has its own command, `make faults`.
collect_ignore = [] if os.environ.get("KPI_FAULTS") else ["test_faults.py"]

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")


def kpi(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Type a command as a user would. The exit code is the answer; nothing is raised."""
    executable = Path(sys.executable).with_name("kpi")
    return subprocess.run(
        [str(executable), "--home", str(home), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=home.parent,
        env={**os.environ, **environment},
        timeout=900,
    )


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company after one night through the command line and Dagster, as `make run` leaves it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    home.parent.mkdir(exist_ok=True)
    made = kpi(home, "demo")
    assert made.returncode == 0, made.stderr
    ran = kpi(home, "run", "--as-of", AS_OF.isoformat())
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return home


@pytest.fixture(scope="session")
def demo(demo_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What an analyst sees: the published file, read-only."""
    with duckdb.connect(str(demo_home / "published" / "kpi.duckdb"), read_only=True) as con:
        yield con


@pytest.fixture
def copy_of_demo(demo_home: Path, tmp_path: Path) -> Path:
    """A demo home of its own for a test that changes something; its version is the session's."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, symlinks=True)
    return home


@pytest.fixture(scope="session")
def exports() -> Path:
    """Real exports beside the project; tests that need them skip by name where there are none."""
    folder = SHARED / "exports"
    if not folder.is_dir():
        pytest.skip("../shared/exports is not here")
    return folder


def one(con: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> Any:
    """The single value of a question that has one answer."""
    rows = con.execute(sql, list(values)).fetchall()
    assert len(rows) == 1, f"{len(rows)} rows: {sql}"
    return rows[0][0] if len(rows[0]) == 1 else rows[0]
