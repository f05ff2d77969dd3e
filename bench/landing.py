"""S8: one CSV from the archive into landing, with counts and quarantine, against reading the same file and nothing more.

Belongs here: the generated file and the two works. Never here: the reader.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from bench.ratios import in_turn, told


def measure(place: Path, rows: int) -> None:
    """Print the ratio at `rows` and at a tenth of them, so that the growth is seen."""
    for count in (rows // 10, rows):
        _measure(place / f"landing{count}", count)


def _measure(place: Path, rows: int) -> None:
    from assets.archive import receive
    from assets.export import Account, Intake
    from assets.landing import land_all

    inbox, archive = place / "inbox", place / "archive"
    (inbox / "app").mkdir(parents=True)
    file = inbox / "app" / "activity.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("person,at,event,seconds\n")
        for n in range(rows):
            out.write(f"u{n * 7919 % 100003:06},2026-0{n % 6 + 1}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}:{n * 13 % 60:02}Z,open,{n % 600}\n")
    receive(inbox, archive, datetime(2026, 7, 1))
    intake = Intake({"app": Account("app", "UTC", "CNY", "product")}, {}, {}, "UTC", "CNY", person_key=b"a key for benchmarks only")

    def work() -> None:
        shutil.rmtree(place / "landing", ignore_errors=True)
        entry = land_all(archive, place / "landing", intake)[0]
        if entry.accepted + entry.quarantined + entry.duplicate != rows:
            raise RuntimeError(f"{rows} rows went in: {entry}")

    def floor() -> None:
        import polars as pl

        if pl.read_csv(file, infer_schema=False).height != rows:
            raise RuntimeError("the floor read something else")

    ours, parse = in_turn(work, floor)
    told(
        "S8",
        ours,
        parse,
        f"{rows:,} rows, {file.stat().st_size >> 20} MiB of CSV to landing",
        "parsing the file",
        "at most 2, memory flat below 1 GiB",
    )
