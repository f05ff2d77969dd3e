"""Turns tables of text cells into typed rows of a landing shape, and sets aside every record that breaks a rule.

Belongs here: applying an adapter's columns, keys, duplicates within one file. Never here: file formats (table), spellings
(cells), what a metric means, arithmetic between rows.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from assets.adapter import FIELDS, MAY_BE_EMPTY, NEEDED, Adapter, Column, plainly
from assets.cells import READERS, Cell, Spelling, hashed, prepared, present, required
from assets.columns import Met, matched
from assets.decode import Refusal
from assets.judging import Judge, each_cell
from assets.layout import row_of
from assets.maps import PEOPLE
from assets.refusal import unnamed
from assets.rejection import Rejection, rejections
from assets.selection import grouped, kept
from assets.shapes import KEYS, schema
from assets.table import Table
from assets.turned import refuse_longer_steps, settled

__all__ = ["Measure", "Rejection", "Rows", "matched", "read_table", "rejections", "settle_duplicates"]

if TYPE_CHECKING:
    from assets.export import Account, Intake, MetricSpec


@dataclass(frozen=True)
class Measure:
    """What one metric column of a wide table counts. The currency is the one that its header names, if it does."""

    metric: str
    lifetime: bool = False
    currency: str | None = None


# The instant of a record's state, while one of several states is chosen.
LATER = "state_at"


@dataclass
class Rows:
    """`good` holds one typed record a row (still wide for counts); `rejected` names the others; `passed` were left unbooked by the map."""

    good: pl.DataFrame
    rejected: pl.DataFrame
    duplicate: int = 0
    notices: list[str] = field(default_factory=list)
    metrics: dict[str, Measure] = field(default_factory=dict)
    passed: int = 0


@dataclass
class _Cells:
    """The typed cells of one table while they are collected: name -> cell and the header it came from."""

    cells: dict[str, tuple[Cell, str]] = field(default_factory=dict)
    metrics: dict[str, Measure] = field(default_factory=dict)
    dimensions: list[tuple[str, str]] = field(default_factory=list)
    summands: dict[str, list[str]] = field(default_factory=dict)
    # Rules between cells: broken where true, the rule, the columns as people know them.
    between: list[tuple[pl.Expr, str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


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
    how = _with_days(how, columns, table)
    places = {plainly(name): position for position, name in reversed(list(enumerate(table.header)))}
    source = table.cells
    disputed: list[Rejection] = []
    if adapter.group:
        # Before anything is left out: what its first line says of an order is true of all its lines.
        source, disputed = grouped(source, adapter, places)
    if adapter.keep_where or adapter.drop_where:
        source, notice = kept(source, adapter, places)
        notices += notice
    passed = table.cells.height - source.height - len(disputed)
    found = _cells_of(columns, table, adapter, how, intake)
    cells, metrics, notices = found.cells, found.metrics, notices + found.notices
    if adapter.shape == "counts" and not metrics and "value" not in cells and not adapter.count:
        why = "; ".join(["none of the columns has a metric in the catalogue; nothing could be read", *notices])
        raise Refusal("no_metric", why[:600])
    constants = dict(adapter.constants)
    fixed = [pl.lit(text).alias(f"s_{name}") for name, text in constants.items() if name in FIELDS[adapter.shape]]
    frame = judge(source.with_columns(fixed), {name: cell for name, (cell, _) in cells.items()})
    if adapter.every_day and "day" in cells:
        refuse_longer_steps(frame["day"].drop_nulls(), cells["day"][1])
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
        _absent(adapter.shape, set(cells)) if adapter.shape != "counts" else _counts_fields(cells, found.dimensions, constants)
    )
    if table.title is not None:
        title = adapter.title(table.title)
        frame = frame.with_columns(metric=pl.lit(title.metric if title else None, pl.String))
    if adapter.count:
        frame = frame.with_columns(value=pl.lit(1, pl.Decimal(38, 6)))
    frame = _cross_rules(frame, adapter.shape, account, intake, metrics, how.window.currency)
    if adapter.shape == "counts" and not metrics:
        frame = frame.with_columns(is_lifetime=pl.lit(adapter.lifetime))
    bad = frame.filter(pl.col("rule").is_not_null())
    rejected = pl.concat([rejected, rejections(disputed), bad.select("row", "rule", "column", _detail(bad, intake))])
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


def _cells_of(columns: list[Met], table: Table, adapter: Adapter, how: Spelling, intake: Intake) -> _Cells:
    """What the declared columns and the constants say, as expressions over the raw cells."""
    found = _Cells()
    sums: dict[str, list[tuple[str, Column]]] = {}
    for met in columns:
        column, position, label = met.column, met.places[0], met.label
        own = replace(
            how,
            number=column.number or adapter.number,
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
        if plainly(key) not in known:
            text = f"the line '{unnamed(key)[:80]}' above the table may say that this is a part of the whole, and its numbers would be booked as all"
            raise Refusal("unknown_breakdown", f"{text}; export it without filters", None, key)
        if known[plainly(key)]:
            told.append((key, known[plainly(key)], next((cell for cell in said if cell.strip()), "")))
    return told


def _may_be_negative(column: Column, adapter: Adapter, intake: Intake) -> bool:
    if column.corrections or adapter.corrections:
        return True
    return all(intake.metrics[metric].may_be_negative for metric in column.counts if metric in intake.metrics)


def _add_sums(found: _Cells, sums: dict[str, list[tuple[str, Column]]], adapter: Adapter, intake: Intake) -> None:
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


def _counts_fields(cells: dict[str, tuple[Cell, str]], dimensions: list[tuple[str, str]], constants: dict[str, str]) -> list[pl.Expr]:
    text = [(pl.col(n) if n in cells else pl.lit(None, pl.String)).fill_null("").alias(n) for n in ("campaign", "post")]
    currency = (pl.col("currency") if "currency" in cells else pl.lit(None, pl.String)).alias("currency")
    member = pl.concat_str([pl.col(name) for name, _ in dimensions], separator="|") if dimensions else pl.lit("")
    if not dimensions and "member" in constants:
        member = pl.lit(constants["member"])
    dimension = pl.lit("|".join(name for _, name in dimensions) or constants.get("dimension", ""))
    return [*text, currency, dimension.alias("dimension"), member.fill_null("").alias("member")]


def _cross_rules(
    frame: pl.DataFrame,
    shape: str,
    account: Account,
    intake: Intake,
    metrics: dict[str, Measure],
    said_above: str | None,
) -> pl.DataFrame:
    """Rules that need more than one cell, after those of the cells themselves."""
    fallback = pl.lit(said_above or account.currency or None, pl.String)
    fine = pl.col("rule").is_null()
    checks: list[tuple[pl.Expr, str, str]] = []
    if shape == "orders":
        frame = frame.with_columns(currency=pl.coalesce(pl.col("currency"), fallback))
        checks.append((pl.col("currency").is_null(), "money_without_currency", "currency"))
        checks.append((pl.col("refunded") > pl.col("value"), "refund_beyond_value", "refunded"))
    if shape == "counts" and "metric" in frame.columns:
        names = {name: name for name in intake.metrics} | {k: v for k, v in intake.aliases.items() if v in intake.metrics}
        money = {name for name, spec in intake.metrics.items() if spec.is_money}
        signed = {name for name, spec in intake.metrics.items() if spec.may_be_negative}
        known = pl.col("metric").replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String)
        frame = frame.with_columns(known.alias("metric"), said=pl.col("metric")).with_columns(
            currency=pl.when(pl.col("metric").is_in(list(money))).then(pl.coalesce(pl.col("currency"), fallback))
        )
        is_money = pl.col("metric").is_in(list(money))
        checks.append((pl.col("metric").is_null(), "unknown_metric", "metric"))
        checks.append(((pl.col("value") < 0) & ~pl.col("metric").is_in(list(signed)), "negative_count", "value"))
        checks.append((is_money & pl.col("currency").is_null(), "money_without_currency", "currency"))
        beyond = [pl.col("metric").eq(name) & _beyond(pl.col("value"), spec) for name, spec in _bounded(intake)]
        checks.append((pl.any_horizontal(pl.lit(False), *beyond), "beyond_bounds", "value"))
    elif shape == "counts" and any(intake.metrics[m.metric].is_money and not m.currency for m in metrics.values()):
        # Wide tables carry one currency for all their money columns: the cell's, or the account's.
        frame = frame.with_columns(currency=pl.coalesce(pl.col("currency"), fallback))
        checks.append((pl.col("currency").is_null(), "money_without_currency", "currency"))
    bounded = dict(_bounded(intake))
    checks += [(_beyond(pl.col(name), bounded[m.metric]), "beyond_bounds", m.metric) for name, m in metrics.items() if m.metric in bounded]
    # 1.234 views are a thousand that somebody grouped: booked as they stand they would be one and a bit.
    counted = [(name, m.metric) for name, m in metrics.items() if intake.metrics[m.metric].is_counted]
    checks += [(pl.col(name) != pl.col(name).cast(pl.Int64, strict=False), "fraction_of_a_count", metric) for name, metric in counted]
    for broken, rule, column in checks:
        hit = fine & pl.col("rule").is_null() & broken.fill_null(False)
        frame = frame.with_columns(
            rule=pl.when(hit).then(pl.lit(rule)).otherwise(pl.col("rule")),
            column=pl.when(hit).then(pl.lit(column)).otherwise(pl.col("column")),
        )
    return frame


def _bounded(intake: Intake) -> list[tuple[str, MetricSpec]]:
    return [(name, spec) for name, spec in intake.metrics.items() if spec.lowest is not None or spec.highest is not None]


def _beyond(value: pl.Expr, spec: MetricSpec) -> pl.Expr:
    below = value < spec.lowest if spec.lowest is not None else pl.lit(False)
    above = value > spec.highest if spec.highest is not None else pl.lit(False)
    return below | above


def _detail(bad: pl.DataFrame, intake: Intake) -> pl.Series:
    """What comes nearest to a metric that the catalogue does not know."""
    if "said" not in bad.columns:
        return pl.Series("detail", [None] * bad.height, dtype=pl.String)
    names = [*intake.metrics, *intake.aliases]
    near: dict[str, str | None] = {}
    for rule, said in zip(bad["rule"], bad["said"], strict=True):
        if rule == "unknown_metric" and said not in near:
            close = difflib.get_close_matches(said[:80], names, n=2, cutoff=0.6)
            near[said] = f"nearest: {', '.join(close)}" if close else None
    found = [near.get(s) if r == "unknown_metric" else None for r, s in zip(bad["rule"], bad["said"], strict=True)]
    return pl.Series("detail", found, dtype=pl.String)


def settle_duplicates(rows: Rows, shape: str) -> Rows:
    """Keeps one of identical records; sets aside all records of a key that the file contradicts itself about."""
    good = rows.good
    if not good.height:
        return rows
    key = [name for name in KEYS[shape] if name in good.columns]
    if not key:
        whole = [name for name in good.columns if name.startswith("c") and name[1:].isdigit()]
        alone = good.unique(subset=whole, keep="first", maintain_order=True)
        return replace(rows, good=alone, duplicate=rows.duplicate + good.height - alone.height)
    spelt = [name for name in good.columns if name.startswith("c") and name[1:].isdigit()]
    content = [name for name in good.columns if name not in ("row", "said", *spelt)]
    alone = good.unique(subset=content, keep="first", maintain_order=True)
    duplicate = good.height - alone.height
    again = alone.select(pl.struct(key).is_duplicated()).to_series()
    rejected = rows.rejected
    has_unread = any(name.startswith("unread") for name in good.columns)
    why = "columns that are not loaded may tell them apart" if has_unread else None
    if again.any():
        against = alone.filter(again)
        # Every physical record of a disputed key is set aside, its exact repeats included: they are evidence of the dispute.
        disputed = good.join(against.select(key).unique(), on=key, how="semi", nulls_equal=True)
        duplicate -= disputed.height - against.height
        rejected = pl.concat(
            [
                rejected,
                disputed.select(
                    "row",
                    pl.lit("conflicting_duplicate").alias("rule"),
                    pl.lit(None, pl.String).alias("column"),
                    pl.lit(why, pl.String).alias("detail"),
                ),
            ]
        )
        alone = alone.filter(~again)
    return replace(rows, good=alone, rejected=rejected, duplicate=rows.duplicate + duplicate)
