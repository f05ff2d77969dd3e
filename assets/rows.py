"""Turns tables of text cells into typed rows of a landing shape, and sets aside every record that breaks a rule.

Belongs here: the order in which a table is judged, and what is left of it. Never here: file formats (table), what columns say (collected),
spellings (cells), rules between cells (between), what a metric means, arithmetic between rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from assets.adapter import Adapter, plainly
from assets.between import cross_rules, detail
from assets.cells import Cell, Spelling
from assets.collected import LATER, Measure, cells_of
from assets.columns import Met, matched
from assets.decode import Refusal
from assets.fields import FIELDS
from assets.judging import Judge, each_cell
from assets.marks import with_marks
from assets.rejection import Rejection, rejections
from assets.selection import grouped, kept
from assets.shapes import KEYS, schema
from assets.table import Table
from assets.turned import refuse_counter, refuse_longer_steps, settled

if TYPE_CHECKING:
    from assets.export import Account, Intake


@dataclass
class Rows:
    """`good` holds one typed record a row (still wide for counts); `rejected` names the others; `passed` were left unbooked by the map."""

    good: pl.DataFrame
    rejected: pl.DataFrame
    duplicate: int = 0
    notices: list[str] = field(default_factory=list)
    metrics: dict[str, Measure] = field(default_factory=dict)
    passed: int = 0


def read_table(table: Table, how: Spelling, account: Account, intake: Intake, judge: Judge = each_cell) -> Rows:
    """One table -> typed records and rejected ones."""
    rejected = rejections([(r.row, r.rule, r.column, r.detail) for r in table.rejected])
    adapter = table.part
    if adapter is None or adapter.declines:
        why = f"a table that no map reads was set aside: {', '.join(table.header[:6])}"[:300]
        return Rows(pl.DataFrame(), rejected, 0, [why] if adapter is None else [])
    columns, strange = matched(adapter, table.header, table.title)
    if adapter.dimensions_first:
        _refuse_unknown_breakdown(table.header, columns, strange)
    gone = [c.header for c in adapter.columns if c.required and c not in [one.column for one in columns]]
    if gone:
        raise Refusal("no_adapter", f"the header lacks {', '.join(gone)}")
    notices = [f"columns not loaded: {', '.join(strange)}"[:300]] if strange else []
    if table.title is not None:
        why_not = _why_no_title(adapter, table.title, account.platform, intake)
        if why_not:
            every: list[Rejection] = [(int(row), why_not, table.title, None) for row in table.cells["row"].to_list()]
            return Rows(pl.DataFrame(), pl.concat([rejected, rejections(every)]), 0, [*notices, f"'{table.title}': {why_not}"])
    how = with_marks(_with_days(how, columns, table), columns, adapter, table)
    places = {plainly(name): position for position, name in reversed(list(enumerate(table.header)))}
    source = table.cells
    disputed: list[Rejection] = []
    if adapter.group:
        # Before anything is left out: what its first line says of an order is true of all its lines.
        source, disputed = grouped(source, adapter, places)
    if adapter.keep_where or adapter.drop_where:
        source, notice = kept(source, adapter, places)
        notices += notice
        if adapter.refuse and table.cells.height and not source.height and not how.is_piece:
            raise Refusal(*adapter.refuse)
    passed = table.cells.height - source.height - len(disputed)
    found = cells_of(columns, table, adapter, how, intake)
    cells, metrics, notices = found.cells, found.metrics, notices + found.notices
    if adapter.shape == "counts" and not metrics and "value" not in cells and not adapter.count:
        why = "; ".join(["none of the columns has a metric in the catalogue; nothing could be read", *notices])
        raise Refusal("no_metric", why[:600])
    constants = dict(adapter.constants)
    fixed = [pl.lit(text).alias(f"s_{name}") for name, text in constants.items() if name in FIELDS[adapter.shape]]
    frame = judge(source.with_columns(fixed), {name: cell for name, (cell, _) in cells.items()})
    if adapter.every_day and "day" in cells:
        refuse_longer_steps(frame["day"].drop_nulls(), cells["day"][1])
    if adapter.no_counters and "day" in cells:
        for name in (one for one in metrics if one in cells):
            refuse_counter(frame.select("day", name).drop_nulls(), cells[name][1])
    broken = [name for name in cells if f"!{name}" in frame.columns]
    rules = [
        *(pl.when(is_wrong).then(pl.lit(rule)) for is_wrong, rule, _ in found.between),
        *(pl.col(f"!{name}") for name in broken),
    ]
    blamed = [
        *(pl.when(is_wrong).then(pl.lit(label)) for is_wrong, _, label in found.between),
        *(pl.when(pl.col(f"!{name}").is_not_null()).then(pl.lit(cells[name][1])) for name in broken),
    ]
    nothing = pl.lit(None, pl.String)
    frame = frame.with_columns(rule=pl.coalesce(rules) if rules else nothing, column=pl.coalesce(blamed) if blamed else nothing)
    for name, parts in found.summands.items():
        # One part that says nothing makes no sum: what is there would look like all.
        frame = frame.with_columns(pl.sum_horizontal(parts, ignore_nulls=False).cast(pl.Decimal(38, 6)).alias(name))
    if adapter.snapshot_day:
        frame = frame.with_columns(day=pl.lit(_snapshot(adapter, how), pl.Date))
    frame = frame.with_columns(
        _absent(adapter.shape, set(cells)) if adapter.shape != "counts" else _counts_fields(cells, found.dimensions, constants, adapter)
    )
    if table.title is not None:
        title = adapter.title(table.title)
        frame = frame.with_columns(metric=pl.lit(title.metric if title else None, pl.String))
    if adapter.count:
        frame = frame.with_columns(value=pl.lit(1, pl.Decimal(38, 6)))
    frame = cross_rules(frame, adapter.shape, account, intake, metrics, how.window.currency)
    if adapter.shape == "counts" and not metrics:
        frame = frame.with_columns(is_lifetime=pl.lit(adapter.lifetime))
    bad = frame.filter(pl.col("rule").is_not_null())
    rejected = pl.concat([rejected, rejections(disputed), bad.select("row", "rule", "column", detail(bad, intake))])
    # A frame without a refused record is not copied: a filter that keeps everything costs as much as one that does not.
    good = frame.filter(pl.col("rule").is_null()) if bad.height else frame
    good, overtaken = _latest(good, adapter, cells)
    if adapter.shape == "counts" and not adapter.count:
        # What nobody mentions may be a breakdown: records that differ there are no repeats of each other.
        good = good.with_columns(pl.col(f"c{at}").alias(f"unread{at}") for at, name in enumerate(table.header) if name in strange)
    typed = [name for name in good.columns if not name.startswith(("!", "s_")) and name not in ("rule", "column", LATER)]
    return Rows(good.select(typed), rejected, overtaken, notices, metrics, passed)


def _with_days(how: Spelling, columns: list[Met], table: Table) -> Spelling:
    """Of days written in digits only, the order that the column settles, and the column that it must agree with."""
    for met in columns:
        if met.column.into == "day":
            places = [*met.places, *(place for place, _ in met.same)]
            return settled(how, met.label, (cell for place in places for cell in table.cells[f"c{place}"].unique(maintain_order=True)))
    return how


def _refuse_unknown_breakdown(header: list[str], columns: list[Met], strange: list[str]) -> None:
    first = min((min(met.places) for met in columns if met.column.counts), default=0)
    for name in strange:
        if header.index(name) < first:
            text = f"column '{name}' stands where this platform writes its breakdowns, and no map knows it: its parts would be booked as the whole"
            raise Refusal("unknown_breakdown", f"{text}; export the report without it, or name it in the map as a dimension", None, name)


def _latest(good: pl.DataFrame, adapter: Adapter, cells: dict[str, tuple[Cell, str]]) -> tuple[pl.DataFrame, int]:
    """Of several states of one key the last one, where the map names the column that says when each was taken; how many it overtook."""
    if LATER not in cells:
        return good, 0
    key = [name for name in KEYS[adapter.shape] if name in good.columns]
    last = good.filter(pl.col(LATER) == pl.col(LATER).max().over(key))
    return last, good.height - last.height


def _snapshot(adapter: Adapter, how: Spelling) -> date:
    """The day of which a file without days speaks."""
    window = how.window
    if adapter.snapshot_day == "from_receipt":
        return how.last_day - timedelta(days=1)
    day = window.day or (window.end if adapter.lifetime or window.start == window.end else None)
    if day is None:
        raise Refusal(*(adapter.refuse or ("no_day", "the file names no one day that its numbers belong to; export it day by day")))
    return day


def _why_no_title(adapter: Adapter, title: str, platform: str, intake: Intake) -> str | None:
    known = adapter.title(title)
    if known is None or known.metric not in intake.metrics:
        return "no_metric"
    return "other_platform" if known.platforms and platform.casefold() not in known.platforms else None


def _absent(shape: str, present: set[str]) -> list[pl.Expr]:
    """Optional columns that the file does not have: null, of the right type."""
    types = schema(shape)
    fields = {name: types[name] if name in types else types[f"{name}_utc"] for name in FIELDS[shape]}
    added = [pl.lit(None, kind).alias(name) for name, kind in fields.items() if name not in present]
    if shape == "orders":
        status = pl.col("status") if "status" in present else pl.lit(None, pl.String)
        added = [e for e in added if e.meta.output_name() != "status"] + [status.fill_null("paid").alias("status")]
    return added


def _counts_fields(
    cells: dict[str, tuple[Cell, str]], dimensions: list[tuple[str, str]], constants: dict[str, str], adapter: Adapter
) -> list[pl.Expr]:
    text = [(pl.col(n) if n in cells else pl.lit(None, pl.String)).fill_null("").alias(n) for n in ("campaign", "post")]
    currency = (pl.col("currency") if "currency" in cells else pl.lit(None, pl.String)).alias("currency")
    member = pl.concat_str([pl.col(name) for name, _ in dimensions], separator="|") if dimensions else pl.lit("")
    if not dimensions and "member" in constants:
        member = pl.lit(constants["member"])
    dimension = pl.lit("|".join(name for _, name in dimensions) or constants.get("dimension", ""))
    # A platform's table without a column for campaigns speaks of the whole account; an empty cell in one says that this belongs to none, and
    # so does our own format without the column.
    is_whole = pl.lit(not adapter.name_starts_with and "campaign" not in cells and "post" not in cells).alias("is_whole")
    return [*text, currency, dimension.alias("dimension"), member.fill_null("").alias("member"), is_whole]
