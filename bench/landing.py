"""S8: one CSV from the archive into landing, with counts and quarantine, against reading the same file and nothing more.

Belongs here: the generated files and the works. Never here: the reader. What a night does once and not for every file (loading modules
and maps) is done before the stopwatch runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from bench.ratios import each_in_turn, once, told


def _activity(n: int) -> str:
    return f"u{n * 7919 % 100003:06},2026-0{n % 6 + 1}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:{n * 13 % 60:02}Z,open,{n % 600}\n"


def _damaged(n: int) -> str:
    return f"u{n},2026-02-30T00:00:00Z,open,{n % 600}\n" if n % 100 == 99 else _activity(n)


def _strangers(n: int) -> str:
    """Nobody comes twice, and no two instants are the same second of a day: as little repeats itself as can."""
    return f"u{n},2026-0{n % 6 + 1}-{n % 28 + 1:02}T{n % 24:02}:{n // 7 % 60:02}:{n // 11 % 60:02}Z,open,{n % 600}\n"


def _counts(n: int) -> str:
    return f"content_reads,2026-0{n % 6 + 1}-{n % 28 + 1:02},{n},campaign {n // 100},post {n}\n"


@dataclass(frozen=True)
class Kind:
    name: str
    file: str
    header: str
    line: Callable[[int], str]
    # One in so many records is damaged.
    refused: int = 0
    # The columns as a database would type them.
    types: tuple[str, ...] = ()


KINDS = (
    Kind("activity", "activity.csv", "person,at,event,seconds\n", _activity, types=("VARCHAR", "TIMESTAMP", "VARCHAR", "DOUBLE")),
    Kind("activity, 1 % refused", "activity.csv", "person,at,event,seconds\n", _damaged, 100),
    Kind("activity, everybody once", "activity.csv", "person,at,event,seconds\n", _strangers),
    Kind("counts", "counts.csv", "metric,day,value,campaign,post\n", _counts),
)


def measure(place: Path, rows: int) -> None:
    """Print the ratio at `rows` and at a tenth of them, so that the growth is seen; and at a tenth for files of other kinds."""
    for count in (rows // 10, rows):
        _measure(place / f"landing{count}", KINDS[0], count)
    for number, kind in enumerate(KINDS[1:], 1):
        _measure(place / f"kind{number}", kind, rows // 10)


def _measure(place: Path, kind: Kind, rows: int) -> None:
    from assets.archive import receive
    from assets.export import Account, Intake, MetricSpec
    from assets.landing import land_all

    inbox, archive = place / "inbox", place / "archive"
    (inbox / "app").mkdir(parents=True)
    file = inbox / "app" / kind.file
    with file.open("w", encoding="utf-8") as out:
        out.write(kind.header)
        for n in range(rows):
            out.write(kind.line(n))
    receive(inbox, archive, datetime(2026, 7, 1))
    metrics = {"content_reads": MetricSpec("reach")}
    intake = Intake({"app": Account("app", "UTC", "CNY", "product")}, metrics, {}, "UTC", "CNY", person_key=b"a key for benchmarks only")

    def work() -> None:
        shutil.rmtree(place / "landing", ignore_errors=True)
        entry = land_all(archive, place / "landing", intake)[0]
        refused = rows // kind.refused if kind.refused else 0
        if (entry.accepted, entry.quarantined, entry.duplicate) != (rows - refused, refused, 0):
            raise RuntimeError(f"{rows} rows went in: {entry}")

    def parse() -> None:
        import polars as pl

        if pl.read_csv(file, infer_schema=False).height != rows:
            raise RuntimeError("the floor read something else")

    def typed() -> None:
        import duckdb

        names = kind.header.strip().split(",")
        types = dict(zip(names, kind.types, strict=True))
        counts = ", ".join(f'count("{name}")' for name in names)
        with duckdb.connect() as connection:
            connection.execute(f"select count(*), {counts} from read_csv(?, header = true, columns = {types}, ignore_errors = true)", [str(file)])

    floors = {"parsing the file": parse} | ({"DuckDB's typed reading of it": typed} if kind.types else {})
    ours, *theirs = each_in_turn(*(partial(once, act, ready) for act in (work, *floors.values())))
    for against, floor in zip(floors, theirs, strict=True):
        told(
            "S8",
            ours,
            floor,
            f"{kind.name}, {rows:,} rows, {file.stat().st_size >> 20} MiB of CSV to landing",
            against,
            "at most 2, memory flat below 1 GiB",
        )
    shutil.rmtree(place)


def ready() -> None:
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from assets import adapter, reading, streamed  # noqa: F401

    adapter.load()
