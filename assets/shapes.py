"""The landing shapes: their columns, types, natural keys and feeds.

Belongs here: what a landed row looks like. Never here: how an export spells it, or what its numbers mean.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FEEDS = ("reach", "followers", "retention", "conversion")
SHAPES = ("counts", "activity", "touches", "orders", "cases")

# Counts go to the feed that their metric declares; an event shape has one home.
FEED_OF_SHAPE = {"activity": "retention", "cases": "retention", "touches": "conversion", "orders": "conversion"}
FEED_SHAPES = (*((feed, "counts") for feed in FEEDS), *((feed, shape) for shape, feed in FEED_OF_SHAPE.items()))

# Two records of one file with the same key and other content contradict each other. Activity and touches have no key: a person
# may really do the same thing twice in one second, so only a record that repeats in every cell is called a duplicate.
KEYS: dict[str, tuple[str, ...]] = {
    "counts": ("metric", "day", "campaign", "post", "dimension", "member"),
    "activity": (),
    "touches": (),
    "orders": ("order_id",),
    "cases": ("case_id",),
}

_TEXT, _INT, _DAY, _INSTANT, _NUMBER, _REAL, _FLAG = "text", "int", "day", "instant", "number", "real", "flag"
_ORIGIN = {"file_hash": _TEXT, "line": _INT}

COLUMNS: dict[str, dict[str, str]] = {
    "counts": _ORIGIN
    | {
        "metric": _TEXT,
        "day": _DAY,
        "campaign": _TEXT,
        "post": _TEXT,
        "dimension": _TEXT,
        "member": _TEXT,
        "value": _NUMBER,
        "currency": _TEXT,
        "is_lifetime": _FLAG,
        "is_whole": _FLAG,
    },
    "activity": _ORIGIN | {"person": _TEXT, "at_utc": _INSTANT, "event": _TEXT, "seconds": _REAL, "session": _TEXT},
    "touches": _ORIGIN | {"person": _TEXT, "at_utc": _INSTANT, "source": _TEXT, "medium": _TEXT, "campaign": _TEXT, "channel": _TEXT},
    "orders": _ORIGIN
    | {"order_id": _TEXT, "person": _TEXT, "at_utc": _INSTANT, "value": _NUMBER, "currency": _TEXT, "status": _TEXT, "refunded": _NUMBER},
    "cases": _ORIGIN
    | {
        "case_id": _TEXT,
        "kind": _TEXT,
        "opened_at_utc": _INSTANT,
        "answered_at_utc": _INSTANT,
        "closed_at_utc": _INSTANT,
        "is_auto_reply": _FLAG,
        "topic": _TEXT,
        "sentiment": _REAL,
        "approved_at_utc": _INSTANT,
        "executed_at_utc": _INSTANT,
        "hops": _INT,
        "person_role": _TEXT,
    },
    "quarantine": {
        "file_hash": _TEXT,
        "source_file": _TEXT,
        "line": _INT,
        "column_name": _TEXT,
        "rule": _TEXT,
        "reason": _TEXT,
        "raw": _TEXT,
    },
}


def schema(shape: str) -> dict[str, pl.DataType]:
    """Column -> polars type of one shape. Polars is imported here so that `kpi --help` does not pay for it."""
    import polars as pl

    types: dict[str, pl.DataType] = {
        _TEXT: pl.String(),
        _INT: pl.Int64(),
        _DAY: pl.Date(),
        _INSTANT: pl.Datetime("us"),
        _NUMBER: pl.Decimal(38, 6),
        _REAL: pl.Float64(),
        _FLAG: pl.Boolean(),
    }
    return {column: types[kind] for column, kind in COLUMNS[shape].items()}


def empty(shape: str) -> pl.DataFrame:
    """Zero rows of a shape, fully typed."""
    import polars as pl

    return pl.DataFrame(schema=schema(shape))


def parquet_name(feed: str, shape: str) -> str:
    return f"{feed}_{shape}.parquet"


def write_empty(landing: Path) -> None:
    """landing/empty/: zero-row files of every feed and shape, without which dbt's globs fail on the first night.

    Looked at every night: one that was damaged would fail all of them.
    """
    folder = landing / "empty"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"file.json": b""}  # a ledger entry of no file: the ledger's glob finds something on the first night
    for name, shape in {**{parquet_name(feed, shape): shape for feed, shape in FEED_SHAPES}, "quarantine.parquet": "quarantine"}.items():
        rows = io.BytesIO()
        empty(shape).write_parquet(rows)
        wanted[name] = rows.getvalue()
    for name, content in wanted.items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            temporary = folder / f".{name}.tmp"
            temporary.write_bytes(content)
            os.replace(temporary, folder / name)
