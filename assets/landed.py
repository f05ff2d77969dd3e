"""Puts what was read into the exact columns of the landing shapes, and counts it.

Belongs here: column order and types, the quarantine rows, the balance of records. Never here: reading, writing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from assets.adapter import Adapter
from assets.archive import Receipt
from assets.reasons import sentence
from assets.refusal import Refusal
from assets.shapes import FEED_OF_SHAPE, schema

if TYPE_CHECKING:
    from assets.export import Intake, Landed
    from assets.rows import Measure

_STEPS = ("opened", "answered", "closed", "approved", "executed")
_INSTANTS = {"at": "at_utc"} | {f"{step}_at": f"{step}_at_utc" for step in _STEPS}


def _exactly(frame: pl.DataFrame, shape: str, file_hash: str) -> pl.DataFrame:
    types = schema(shape)
    return frame.with_columns(file_hash=pl.lit(file_hash)).select(pl.col(name).cast(kind) for name, kind in types.items())


def shaped(records: dict[str, pl.DataFrame], file_hash: str) -> dict[tuple[str, str], pl.DataFrame]:
    """Event records -> landing frames; a shape without rows has no frame."""
    frames = {}
    for shape, frame in records.items():
        if frame.height:
            renamed = frame.rename({old: new for old, new in _INSTANTS.items() if old in frame.columns})
            frames[(FEED_OF_SHAPE[shape], shape)] = _exactly(renamed, shape, file_hash)
    return frames


def counts_frames(kept: pl.DataFrame, metrics: dict[str, Measure], file_hash: str, intake: Intake) -> dict[tuple[str, str], pl.DataFrame]:
    """Counts records -> one row a metric and record, in the feed that the metric declares. An empty cell makes no row."""
    if metrics:
        parts = [
            kept.select(
                "line",
                "day",
                "campaign",
                "post",
                "dimension",
                "member",
                currency=_currency_of(measure, intake),
                metric=pl.lit(measure.metric),
                value=pl.col(column),
                is_lifetime=pl.lit(measure.lifetime),
            )
            for column, measure in metrics.items()
        ]
        long = pl.concat(parts)
    else:
        long = kept
    long = long.filter(pl.col("value").is_not_null())
    feeds = {name: spec.feed for name, spec in intake.metrics.items()}
    long = long.with_columns(feed=pl.col("metric").replace_strict(feeds, return_dtype=pl.String))
    long = long.sort("line", "metric", maintain_order=True)
    groups = long.partition_by("feed", as_dict=True, maintain_order=True)
    return {(str(key[0]), "counts"): _exactly(frame, "counts", file_hash) for key, frame in sorted(groups.items())}


def _currency_of(measure: Measure, intake: Intake) -> pl.Expr:
    if not intake.metrics[measure.metric].is_money:
        return pl.lit(None, pl.String)
    return pl.lit(measure.currency) if measure.currency else pl.col("currency")


def quarantine_frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema("quarantine"), orient="row")


@dataclass(frozen=True)
class Books:
    """What became of every physical record of one file."""

    physical: int
    accepted: int
    duplicate: int
    rejected: pl.DataFrame
    # The name of the sheet, if there are several; the line; and the record as people may see it.
    place: Callable[[int], tuple[str, int, str]]
    sources: int = 1
    declined: int = 0


def finished(
    frames: dict[tuple[str, str], pl.DataFrame],
    books: Books,
    adapter: Adapter,
    receipt: Receipt,
    encoding: str,
    notices: list[str],
) -> Landed:
    """Closes the books of one file. Refuses it when a record is neither accepted, set aside nor a duplicate."""
    from assets.export import Landed

    rows = []
    for row, rule, column, detail in books.rejected.sort("row").iter_rows():
        text = sentence(rule, column, detail)
        name, line, shown = books.place(row)
        source_file = f"{receipt.source_file}!{name}" if name else receipt.source_file
        rows.append((receipt.file_hash, source_file, line, column, rule, text, shown))
    quarantined = len(rows)
    if books.physical != books.accepted + quarantined + books.duplicate:
        sums = f"{books.physical} records, {books.accepted} accepted, {quarantined} set aside, {books.duplicate} duplicate"
        raise Refusal("records_disagree", f"the records do not add up ({sums}); nothing was taken")
    said = []
    if quarantined:
        tally = books.rejected["rule"].value_counts().sort(["count", "rule"], descending=[True, False])
        named = ", ".join(f"{rule} {count}" for rule, count in tally.iter_rows())
        of = f"{quarantined} of {books.physical} records of {receipt.source_file}"
        said.append(f"{of} were set aside ({named}); see: kpi quarantine list")
    status, reason = "accepted", None
    if books.accepted and not frames:
        status, reason = "empty", "nothing_measured"
        said.append(f"{receipt.source_file} holds no value: every cell that could be one is empty")
    return Landed(
        frames=frames,
        quarantine=quarantine_frame(rows),
        physical=books.physical,
        accepted=books.accepted,
        quarantined=quarantined,
        duplicate=books.duplicate,
        status=status,
        reason=reason,
        message=". ".join(said + notices) or None,
        adapter=adapter.name,
        shape=adapter.shape,
        encoding=encoding,
        delay_days=adapter.delay_days,
        sources=books.sources,
        declined=books.declined,
        corrects=sorted(adapter.corrected()),
    )
