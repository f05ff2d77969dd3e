"""What the columns, lines and constants of one table say, as expressions over its raw cells.

Belongs here: a map's columns applied to a header: fields, metrics, dimensions, sums. Never here: judging a row, the spelling of a cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from assets.cells import READERS, Cell, Spelling, hashed, prepared, present, required
from assets.columns import Met
from assets.decode import Refusal
from assets.fields import FIELDS, MAY_BE_EMPTY, NEEDED, PEOPLE
from assets.layout import row_of
from assets.maps import Adapter, Column
from assets.marks import turned_round
from assets.plain_names import plainly
from assets.refusal import unnamed
from assets.table import Table

if TYPE_CHECKING:
    from assets.export import Intake


@dataclass(frozen=True)
class Measure:
    """What one metric column of a wide table counts. The currency is the one that its header names, if it does."""

    metric: str
    lifetime: bool = False
    currency: str | None = None


# The instant of a record's state, while one of several states is chosen.
LATER = "state_at"


@dataclass
class Cells:
    """The typed cells of one table while they are collected: name -> cell and the header it came from."""

    cells: dict[str, tuple[Cell, str]] = field(default_factory=dict)
    metrics: dict[str, Measure] = field(default_factory=dict)
    dimensions: list[tuple[str, str]] = field(default_factory=list)
    summands: dict[str, list[str]] = field(default_factory=dict)
    # Rules between cells: broken where true, the rule, the columns as people know them.
    between: list[tuple[pl.Expr, str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def cells_of(columns: list[Met], table: Table, adapter: Adapter, how: Spelling, intake: Intake) -> Cells:
    """What the declared columns and the constants say, as expressions over the raw cells."""
    found = Cells()
    sums: dict[str, list[tuple[str, Column]]] = {}
    for met in columns:
        column, position, label = met.column, met.places[0], met.label
        number = column.number or adapter.number
        own = replace(
            how,
            number=turned_round(number) if how.has_turned_marks else number,
            missing=(*how.missing, *column.missing),
            values=column.values,
        )
        raw = prepared(met.raw(own.missing), own)
        disagreement = met.disagrees(own.missing)
        if disagreement is not None and (column.counts or column.dimension or column.into):
            found.between.append((disagreement, "columns_disagree", met.told_apart))
        if column.counts:
            unknown = [metric for metric in column.counts if metric not in intake.metrics]
            found.notices += [f"'{label}' not loaded: the catalogue has no metric {metric}" for metric in unknown]
            if len(unknown) == len(column.counts):
                continue
            name = f"m{position}"
            found.cells[name] = (READERS["number" if _may_be_negative(column, adapter, intake) else "amount"](raw, own), label)
            if column.sum_into and column.sum_into not in unknown:
                sums.setdefault(column.sum_into, []).append((name, column))
            if column.metric and column.metric not in unknown:
                found.metrics[name] = Measure(column.metric, column.lifetime or adapter.lifetime, column.currency_of(label))
        elif column.dimension:
            cell = READERS["text"](raw, own)
            cell = hashed(cell, own) if column.personal else cell
            found.cells[f"d{position}"] = (required(cell, raw, own.missing), label)
            found.dimensions.append((f"d{position}", column.dimension))
        if column.into:
            cell = READERS[FIELDS[adapter.shape][column.into]](raw, own)
            if column.personal and column.into != PEOPLE:
                cell = hashed(cell, own)
            filled = NEEDED[adapter.shape] - MAY_BE_EMPTY.get(adapter.shape, set())
            needed = column.into in filled or (column.into in ("metric", "value") and table.title is None)
            found.cells[column.into] = (required(cell, raw, own.missing) if needed else cell, label)
            if column.written is not None:
                is_other = ~pl.col(column.into).str.contains(column.written.pattern)
                found.between.append((is_other.fill_null(False), "id_rewritten", label))
                found.cells[column.into] = (_only_the_id(found.cells[column.into][0], column.written), label)
            for place, other in met.same:
                beside = prepared(pl.col(f"c{place}"), own)
                is_another = READERS[FIELDS[adapter.shape][column.into]](beside, own).value.ne_missing(pl.col(column.into))
                is_said = present(beside, own.missing).is_not_null() & pl.col(column.into).is_not_null()
                found.between.append((is_said & is_another, "no_day", f"{label} and {other}"))
    for key, dimension, member in _told_above(table, adapter):
        found.cells[f"above {key}"] = (Cell(pl.lit(member), lambda _: pl.lit(None, pl.String)), key)
        found.dimensions.append((f"above {key}", dimension))
    found.dimensions.sort(key=lambda named: named[1])
    if adapter.later_wins:
        at = next((place for place, name in enumerate(table.header) if plainly(name) == plainly(adapter.later_wins)), None)
        if at is not None:
            raw = pl.col(f"c{at}")
            found.cells[LATER] = (required(READERS["instant"](raw, how), raw, how.missing), table.header[at])
    _add_sums(found, sums, adapter, intake)
    for name, _ in adapter.constants:
        if name in FIELDS[adapter.shape] and name not in found.cells:
            found.cells[name] = (READERS[FIELDS[adapter.shape][name]](pl.col(f"s_{name}"), replace(how, missing=())), name)
    return found


def _told_above(table: Table, adapter: Adapter) -> list[tuple[str, str, str]]:
    """What the lines above the table say of all of it: key, dimension, member. A line that the map does not know may be a filter."""
    told = []
    known = dict(adapter.above)
    for line in table.above if known else ():
        key, *said = row_of(line, table.delimiter)
        if not any(cell.strip() for cell in (key, *said)):
            continue  # a blank line, as a spreadsheet fills it up
        if plainly(key) not in known:
            text = f"the line '{unnamed(key)[:80]}' above the table may say that this is a part of the whole, and its numbers would be booked as all"
            raise Refusal("unknown_breakdown", f"{text}; export it without filters", None, key)
        if known[plainly(key)]:
            told.append((key, known[plainly(key)], next((cell for cell in said if cell.strip()), "")))
    return told


def _only_the_id(cell: Cell, written: re.Pattern[str]) -> Cell:
    """The part of a cell that names the thing, where the map says which; what is written otherwise stays, to be set aside."""
    part = written.groupindex.get("id")
    return replace(cell, value=pl.coalesce(cell.value.str.extract(written.pattern, part), cell.value)) if part else cell


def _may_be_negative(column: Column, adapter: Adapter, intake: Intake) -> bool:
    if column.corrections or adapter.corrections:
        return True
    return all(intake.metrics[metric].may_be_negative for metric in column.counts if metric in intake.metrics)


def _add_sums(found: Cells, sums: dict[str, list[tuple[str, Column]]], adapter: Adapter, intake: Intake) -> None:
    # A total that the platform itself gives is the truth: its parts are not added up beside it.
    totals = {measure.metric for measure in found.metrics.values()}
    for metric, parts in sums.items():
        if metric in totals:
            continue
        declared = [column for column in adapter.columns if column.sum_into == metric]
        absent = [column.header for column in declared if column not in [part for _, part in parts]]
        if not intake.metrics[metric].may_be_summed:
            why = f"{metric} does not add up"
        elif absent:
            why = f"not all of its parts are there (missing: {', '.join(absent)}); a part of it would look like all"
        else:
            lifetime = adapter.lifetime or any(column.lifetime for _, column in parts)
            found.metrics[f"sum_{metric}"] = Measure(metric, lifetime)
            found.summands[f"sum_{metric}"] = [name for name, _ in parts]
            continue
        found.notices.append(f"{metric} not summed: {why}")
