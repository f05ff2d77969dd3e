"""Puts what was read into the exact columns of the landing shapes, and counts it.

Belongs here: column order and types, the quarantine rows, the balance of records. Never here: reading, writing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from assets.adapter import Adapter
from assets.archive import Receipt
from assets.reasons import sentence
from assets.refusal import Refusal, unnamed
from assets.shapes import FEED_OF_SHAPE, schema

if TYPE_CHECKING:
    from assets.collected import Measure
    from assets.export import Intake, Landed

_STEPS = ("opened", "answered", "closed", "approved", "executed")
_INSTANTS = {"at": "at_utc"} | {f"{step}_at": f"{step}_at_utc" for step in _STEPS}


def _exactly(frame: pl.DataFrame, shape: str, file_hash: str) -> pl.DataFrame:
    """Texts that are numbered stay so until they are written."""
    frame = frame.with_columns(file_hash=pl.lit(file_hash))
    is_text = {name for name, kind in frame.schema.items() if isinstance(kind, pl.Categorical)}
    return frame.select(pl.col(name) if name in is_text else pl.col(name).cast(kind) for name, kind in schema(shape).items())


def shaped(records: dict[str, pl.DataFrame], file_hash: str) -> dict[tuple[str, str], pl.DataFrame]:
    """Event records -> landing frames; a shape without rows has no frame."""
    frames = {}
    for shape, frame in records.items():
        if frame.height:
            renamed = frame.rename({old: new for old, new in _INSTANTS.items() if old in frame.columns})
            frames[(FEED_OF_SHAPE[shape], shape)] = _exactly(renamed, shape, file_hash)
    return frames


def frames_of(kept: pl.DataFrame, shape: str, metrics: dict[str, Measure], file_hash: str, intake: Intake) -> dict[tuple[str, str], pl.DataFrame]:
    """Records of one shape -> landing frames."""
    return _counts_frames(kept, metrics, file_hash, intake) if shape == "counts" else shaped({shape: kept}, file_hash)


def _counts_frames(kept: pl.DataFrame, metrics: dict[str, Measure], file_hash: str, intake: Intake) -> dict[tuple[str, str], pl.DataFrame]:
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
                "is_whole",
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
    found = sorted(long["feed"].unique())
    return {(feed, "counts"): _exactly(long.filter(pl.col("feed") == feed), "counts", file_hash) for feed in found}


def _currency_of(measure: Measure, intake: Intake) -> pl.Expr:
    if not intake.metrics[measure.metric].is_money:
        return pl.lit(None, pl.String)
    # As text, which it may have become a number for: metrics without money, of the same record, have none.
    return pl.lit(measure.currency) if measure.currency else pl.col("currency").cast(pl.String)


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


def set_aside(rejected: pl.DataFrame, place: Callable[[int], tuple[str, int, str]], receipt: Receipt) -> list[tuple[Any, ...]]:
    """The quarantine rows of some records of one file."""
    rows = []
    for row, rule, column, detail in rejected.sort("row").iter_rows():
        name, line, shown = place(row)
        source_file = f"{receipt.source_file}!{name}" if name else receipt.source_file
        rows.append((receipt.file_hash, source_file, line, column, rule, sentence(rule, column, detail), shown))
    return rows


def finished(
    frames: dict[tuple[str, str], pl.DataFrame],
    books: Books,
    adapter: Adapter,
    receipt: Receipt,
    encoding: str,
    notices: list[str],
) -> Landed:
    """Closes the books of one file that was read in memory."""
    rows = set_aside(books.rejected, books.place, receipt)
    tally = Counter(books.rejected["rule"].to_list())
    balance = Balance(books.physical, books.accepted, books.duplicate, tally, bool(frames), books.sources, books.declined)
    return replace(concluded(balance, adapter, receipt, encoding, notices), frames=frames, quarantine=quarantine_frame(rows))


@dataclass(frozen=True)
class Balance:
    """The books of one file in numbers; `tally` counts the refused records by rule."""

    physical: int
    accepted: int
    duplicate: int
    tally: Counter[str]
    has_rows: bool
    sources: int = 1
    declined: int = 0


def concluded(balance: Balance, adapter: Adapter, receipt: Receipt, encoding: str, notices: list[str]) -> Landed:
    """What is said of one file, without its rows. Refuses it when a record is neither accepted, set aside nor a duplicate."""
    from assets.export import Landed

    quarantined = balance.tally.total()
    if balance.physical != balance.accepted + quarantined + balance.duplicate:
        sums = f"{balance.physical} records, {balance.accepted} accepted, {quarantined} set aside, {balance.duplicate} duplicate"
        raise Refusal("records_disagree", f"the records do not add up ({sums}); nothing was taken")
    said = []
    if quarantined:
        named = ", ".join(f"{rule} {count}" for rule, count in sorted(balance.tally.items(), key=lambda one: (-one[1], one[0])))
        of = f"{quarantined} of {balance.physical} records of {receipt.source_file}"
        said.append(f"{of} were set aside ({named}); see: kpi quarantine list")
    status, reason = "accepted", None
    if balance.accepted and not balance.has_rows:
        status, reason = "empty", "nothing_measured"
        said.append(
            f"{receipt.source_file} holds no value to book: every cell that could be one is empty, or stands in a record that the map leaves out"
        )
    return Landed(
        frames={},
        quarantine=quarantine_frame([]),
        physical=balance.physical,
        accepted=balance.accepted,
        quarantined=quarantined,
        duplicate=balance.duplicate,
        status=status,
        reason=reason,
        message=". ".join(said + notices) or None,
        adapter=adapter.name,
        shape=adapter.shape,
        encoding=encoding,
        delay_days=adapter.delay_days,
        sources=balance.sources,
        declined=balance.declined,
        corrects=sorted(adapter.corrected()),
    )


@dataclass(frozen=True)
class Unread:
    """What is known of a file that is refused: how far the reading came."""

    physical: int
    adapter: Adapter | None = None
    encoding: str | None = None
    # As people may see it.
    first_line: str = ""
    is_member: bool = False


def refused(refusal: Refusal, known: Unread, receipt: Receipt) -> Landed:
    """A refused file: all its records count as set aside, under one quarantine row that stands for the whole file."""
    from assets.export import Landed

    message = f"{receipt.source_file} was refused: {refusal.message}. It is kept in the archive."
    if refusal.rule not in ("empty_file", "header_only") and not known.is_member:
        message += f" To see how it reads: kpi inspect inbox/{receipt.source_file}"
    row = (receipt.file_hash, receipt.source_file, refusal.line, refusal.column, refusal.rule, message, known.first_line[:500])
    status = "empty" if refusal.rule == "empty_file" else "refused"
    name, shape = (known.adapter.name, known.adapter.shape) if known.adapter else (None, None)
    count = known.physical
    found = Landed({}, quarantine_frame([row]), count, 0, count, 0, status, refusal.rule, message, name, shape, known.encoding)
    found.declined = count if known.adapter is not None and known.adapter.refuse else 0
    return found


def first_line(data: bytes) -> str:
    """The first line of a text that was refused, as it may be shown."""
    return unnamed(data.lstrip()[:2000].split(b"\n")[0].decode("utf-8", "replace").strip())
