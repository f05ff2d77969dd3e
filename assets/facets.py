"""Reads one table's records as further shapes: an event is activity, may be a touch, and may be an order.

Belongs here: further shapes of accepted records, the first record of a session, records counted by day. Never here: cells, files.
A record that one of its shapes cannot read is set aside whole: half a record would look like all of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from assets.adapter import Adapter, Head, plainly
from assets.cells import Spelling
from assets.repeats import settle_duplicates
from assets.rows import Rows, read_table
from assets.shapes import KEYS
from assets.table import Table

if TYPE_CHECKING:
    from assets.export import Account, Intake

Facet = tuple[str, Rows]


def facets(table: Table, rows: Rows, how: Spelling, account: Account, intake: Intake) -> list[Facet]:
    """The records' own shape, and every further one, each settled; a record set aside by one shape is in none."""
    main = table.part
    assert main is not None
    found: list[tuple[Adapter, Rows]] = []
    alone = settle_duplicates(rows, main.shape)
    seen = Head(table.header).seen
    for also in main.and_as:
        lacking = [column.header for column in also.columns if column.required and not column.is_in(table.header, seen)]
        if lacking:
            alone.notices.append(f"not read as {also.shape}: the header lacks {', '.join(lacking)}")
            continue
        chosen = table.cells.join(alone.good.select("row"), on="row", how="semi", maintain_order="left")
        own = replace(how, day=also.day, instant=also.instant, missing=also.missing)
        read = read_table(replace(table, part=also, cells=chosen, rejected=[]), own, account, intake)
        if also.first_per:
            read.good = _first(read.good, table, also.first_per)
        found.append((also, read if also.count else settle_duplicates(read, also.shape)))
    aside = pl.concat([alone.rejected.head(0), *(read.rejected for _, read in found)]).unique("row", keep="first", maintain_order=True)
    whole = replace(alone, good=_without(alone.good, aside), rejected=pl.concat([alone.rejected, aside]))
    further = [(also, replace(read, good=_without(read.good, aside), rejected=aside.head(0), duplicate=0, passed=0)) for also, read in found]
    return [(main.shape, whole), *((also.shape, _counted(read) if also.count else read) for also, read in further)]


def _without(good: pl.DataFrame, aside: pl.DataFrame) -> pl.DataFrame:
    return good.join(aside.select("row"), on="row", how="anti", maintain_order="left") if aside.height and good.height else good


def _first(good: pl.DataFrame, table: Table, name: str) -> pl.DataFrame:
    """The earliest record of each member of a column; records that name no member are left out."""
    place = next((at for at, cell in enumerate(table.header) if plainly(cell) == plainly(name)), None)
    if place is None or not good.height:
        return good.head(0) if place is None else good
    named = good.filter(pl.col(f"c{place}").fill_null("") != "")
    return named.sort("at", "row").unique(f"c{place}", keep="first", maintain_order=True).sort("row")


def _counted(read: Rows) -> Rows:
    """One row a key: how many records it has."""
    if not read.good.height:
        return read
    key = [name for name in KEYS["counts"] if name in read.good.columns]
    rest = ["currency", "is_lifetime", "is_whole"]
    tally = read.good.group_by(key, maintain_order=True).agg(
        pl.col("row").min(), pl.len().cast(pl.Decimal(38, 6)).alias("value"), *(pl.col(name).first() for name in rest)
    )
    return replace(read, good=tally, metrics={})
