"""Which landed files speak of some days, and what of them was refused: looking back into the landing.

Belongs here: reading landed Parquet to find files. Never here: reading exports, deciding what is right.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

# the instant that says which day a row speaks of; rows of counts carry the day itself
INSTANT = {"activity": "at_utc", "touches": "at_utc", "orders": "at_utc", "cases": "opened_at_utc"}


def file_days(landing: Path, first: date, last: date) -> list[str]:
    """Hashes of the landed files with a row between two days, both included; a day wider for instants, whose zone is not known here."""
    import polars as pl

    found: set[str] = set()
    for path in landing.glob("*/*.parquet"):
        shape = path.stem.rsplit("_", 1)[-1]
        if shape == "counts":
            inside = pl.col("day").is_between(first, last)
        elif shape in INSTANT:
            inside = pl.col(INSTANT[shape]).dt.date().is_between(first - timedelta(days=1), last + timedelta(days=1))
        else:
            continue
        if path.parent.name not in found and pl.scan_parquet(path).filter(inside).head(1).collect().height:
            found.add(path.parent.name)
    return sorted(found)


def write_quarantine(landing: Path, quarantine: Path) -> int:
    """Write quarantine/<hash>.jsonl for each file with refused records: the record as it stood, where, and why. Returns the records.

    JSON lines and not CSV: a refused record may be a spreadsheet formula, and somebody will open this by double click.
    """
    import polars as pl

    quarantine.mkdir(parents=True, exist_ok=True)
    written, records = set(), 0
    for path in sorted(landing.glob("*/quarantine.parquet")):
        rows = pl.read_parquet(path)
        if not rows.height:
            continue
        records += rows.height
        target = quarantine / f"{path.parent.name}.jsonl"
        temporary = target.with_name(f".{target.name}.new")
        rows.write_ndjson(temporary)
        os.replace(temporary, target)
        written.add(target.name)
    for old in quarantine.glob("*.jsonl"):
        if old.name not in written:  # the file was read again and is whole now
            old.unlink()
    return records
