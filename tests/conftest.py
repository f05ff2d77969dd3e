"""One demo world, one small world and one night of each per test run, whichever process asks first: build once, ask many questions."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

# as every command says (pipelines/cli.py), before anything loads numpy
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import duckdb
import pytest

gc.set_threshold(50_000, 20, 20)  # so, too

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"
AS_OF = date(2026, 7, 1)  # the morning after the demo company's last day
UGLY = """-it's "a" home {{ of }} ours; 100%s $HOME & 中文"""  # a folder may be called so, and a shell may speak no language
SCORE = "score"  # the property of a test report that is said again at the end of the run

# What takes longest begins first: a worker that is left alone with it at the end makes the other wait.
LONGEST = (
    "test_night.py",
    "test_faults.py",
    "test_people.py",
    "test_machine.py",
    "test_real_exports.py",
    "test_anomalies.py",
    "test_experiments.py",
    "test_bridge.py",
    "test_streamed.py",
    "test_ledger.py",
    "test_explain.py",
    "test_reorg.py",
    "test_hostile.py",
    "test_database.py",
    "test_mutants.py",
    "test_reference_values.py",
    "test_split_in_the_numbers.py",
    "test_offline.py",
    "test_followers.py",
    "test_statute.py",
    "test_sums.py",
    "test_dbt_unit.py",
)

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first; `--dist loadfile` keeps the tests of a file together, because its worlds are built once a process."""
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Scores, whatever was asked to be shown and in whichever process they were made."""
    for reports in list(terminalreporter.stats.values()):
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == SCORE and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(str(value), bold=True)


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


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None], folder: str = "home") -> Path:
    """A home that the first process builds and the others wait for. Not copied: a copied inbox is a changed one, and a night would see it.

    Who changes something in it takes a copy of his own.
    """
    own = factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    home, done = common / f"{name}-built" / folder, common / f"{name}-built" / "done"
    home.parent.mkdir(exist_ok=True)
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build(home)
            done.touch()
    return home


def _demo(home: Path) -> None:
    made = kpi(home, "demo")
    assert made.returncode == 0, made.stderr
    ran = kpi(home, "run", "--as-of", AS_OF.isoformat())
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _small(home: Path) -> None:
    from tests.worlds import World

    world = World(home)
    world.account("wechat_main")
    world.account("shop", platform="shop", surface="product")
    days = [f"content_reads,2026-06-{day:02},{100 * day}" for day in range(1, 31)]
    world.drop("wechat_main", "counts.csv", ["metric,day,value", *days], AS_OF.isoformat())
    world.drop("shop", "orders.csv", ["order,person,at,value,currency", "1,ann,2026-06-20 10:00:00,25,CNY"], AS_OF.isoformat())
    ran = kpi(home, "run", "--as-of", AS_OF.isoformat(), LC_ALL="C")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company after one night through the command line and Dagster, as `make run` leaves it."""
    return built_once(tmp_path_factory, "demo", _demo)


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
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two accounts after one night through the command line and Dagster: all that a fault of the machine needs."""
    return built_once(tmp_path_factory, "small", _small, UGLY)


@pytest.fixture
def copy_of_small(small_home: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(small_home, home, symlinks=True)
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
