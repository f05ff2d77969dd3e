"""S7, S11 and S12: what one more day costs, what a night costs besides its numbers, and what publishing costs.

Belongs here: the demo company's nights. Never here: a step of the night.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from bench.ratios import command, in_turn, told
from pipelines.paths import DBT_PROJECT, Paths

AS_OF = "2026-07-01"


def _kpi(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("kpi")), *words]


def _night(paths: Paths) -> None:
    """A night that is told of none before it: one with nothing new would end at once."""
    paths.status.unlink()
    command(_kpi("--home", str(paths.home), "run", "--as-of", AS_OF))()


def prepared(place: Path) -> Path:
    """A demo home after one night."""
    home = place / "home"
    command(_kpi("--home", str(home), "demo"))()
    command(_kpi("--home", str(home), "run", "--as-of", AS_OF))()
    return home


def measure(home: Path) -> None:
    python = command([sys.executable, "-c", "pass"])
    helped, bare = in_turn(command(_kpi("--help")), python)
    told("S11", helped, bare, "kpi --help", "starting Python", "0.15 s")
    quiet, bare = in_turn(command(_kpi("--home", str(home), "run", "--as-of", AS_OF)), python)
    told("S11", quiet, bare, "a night with nothing new", "starting Python", "0.6 s")
    from pipelines.building import environment

    paths = Paths.at(home)

    def build() -> None:
        shutil.rmtree(paths.building, ignore_errors=True)
        paths.building.mkdir()
        os.environ.update(environment(paths))
        command([str(Path(sys.executable).with_name("dbt")), "build", "--project-dir", str(DBT_PROJECT), "--exclude-resource-type", "unit_test"])()

    ours, dbt = in_turn(lambda: _night(paths), build)
    told("S11", ours, dbt, "the demo night", "`dbt build` of the same project", "at most 1.5")


def measure_another_day(home: Path) -> None:
    """One more day on the demo's year, against landing and building the year from the archive. Every table is built anew in both."""
    paths = Paths.at(home)
    account = next(folder for folder in sorted(paths.inbox.iterdir()) if folder.is_dir())
    received = account / AS_OF  # what came later is not in a night of this run date

    def another() -> None:
        received.mkdir(exist_ok=True)
        turn = len(list(received.iterdir()))
        (received / f"counts_bench_{turn}.csv").write_text(f"metric,day,value\nsocial_engagements,2026-06-30,{turn + 1}\n", encoding="utf-8")
        _night(paths)

    def whole() -> None:
        shutil.rmtree(paths.landing)
        paths.warehouse.unlink()
        _night(paths)

    ours, full = in_turn(another, whole)
    told("S7", ours, full, "one more day", "the full refresh", "at most 0.015")


def measure_publish(home: Path) -> None:
    from assets.versions import put_in_place

    paths = Paths.at(home)
    newest = max((path for path in paths.versions.iterdir()), key=lambda path: path.stat().st_mtime)

    def copy() -> None:
        for name in range(20):
            shutil.copyfile(paths.database, home / f"copy{name}")

    def publish() -> None:
        for _ in range(20):
            put_in_place(newest, paths.published)

    ours, copied = in_turn(publish, copy)
    told("S12", ours, copied, f"publishing a {paths.database.stat().st_size >> 20} MiB version with its {len(list(newest.iterdir()))} files",
         "copying the database once", "at most 0.2 at 1 GB")  # fmt: skip
