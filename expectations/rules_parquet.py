"""Writes the merged rules as Parquet, one file a table, for dbt to read as sources.

Belongs here: column types on disk, and writing without ever showing half a file.
Never here: reading CSV, or changing a row.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.statute import OWNERS, TABLES

if TYPE_CHECKING:
    import polars as pl

    from expectations.split import Split


def schema(table: str) -> dict[str, pl.DataType]:
    """The types are written down, so that a table without rows has the same columns as one with."""
    import polars as pl

    known: dict[str, pl.DataType] = {
        "day": pl.Date(),
        "number": pl.Float64(),
        "share": pl.Float64(),
        "whole": pl.Int32(),
        "bool": pl.Boolean(),
        "rate": pl.Decimal(18, 8),
    }
    types = {column.name: known.get(column.type, pl.String()) for column in {**TABLES, OWNERS.name: OWNERS}[table].columns}
    return {"ownership_rule": pl.String(), **types} if table == "ownership" else types


def write_parquet(split: Split, folder: Path) -> dict[str, Path]:
    """Every table of the split as `<folder>/<table>.parquet`, each replaced in one step."""
    import polars as pl

    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for table, rows in split.tables.items():
        types = schema(table)
        columns = {name: [row[name] for row in rows] for name in types}
        target, part = folder / f"{table}.parquet", folder / f".{table}.parquet.part"
        with part.open("wb") as out:
            pl.DataFrame(columns, schema=types).write_parquet(out, compression="zstd")
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
        written[table] = target
    return written
