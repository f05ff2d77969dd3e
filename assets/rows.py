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

from assets.adapter import FIELDS, NEEDED, Adapter, Column, plainly
from assets.cells import READERS, Cell, Spelling, hashed, prepared, present, required
from assets.decode import Refusal
from assets.judging import Judge, each_cell
from assets.maps import PEOPLE
from assets.shapes import KEYS, schema
from assets.table import Table

if TYPE_CHECKING:
    from assets.export import Account, Intake

Rejection = tuple[int, str, str | None, str | None]
_REJECTED = {"row": pl.Int64(), "rule": pl.String(), "column": pl.String(), "detail": pl.String()}


@dataclass(frozen=True)
class Measure:
    """What one metric column of a wide table counts. The currency is the one that its header names, if it does."""

    metric: str
    lifetime: bool = False
    currency: str | None = None


@dataclass
class Rows:
    """`good` holds one typed record a row (still wide for counts); `rejected` names the others; `passed` were left unbooked by the map."""

    good: pl.DataFrame
    rejected: pl.DataFrame
    duplicate: int = 0
    notices: list[str] = field(default_factory=list)
    metrics: dict[str, Measure] = field(default_factory=dict)
    passed: int = 0


def rejections(rows: list[Rejection]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_REJECTED, orient="row")


def matched(adapter: Adapter, header: list[str], title: str | None = None) -> tuple[dict[int, Column], list[str]]:
    """Header position -> declared column, and the names that no map mentions. A declared column given twice refuses the file."""
    found: dict[int, Column] = {}
    strange = []
    known = {plainly(key) for key, _ in (*adapter.keep_where, *adapter.drop_where)}
    for position, name in enumerate(header):
        spelt = plainly(name)
        hits = [c for c in adapter.columns if spelt in c.spellings or (c.or_title and title and spelt == plainly(title))]
        hits = hits or [c for c in adapter.columns if c.fits(name)]
        if not hits:
            if spelt and spelt not in known and not adapter.ignores(name):
                strange.append(name)
        elif hits[0] in found.values():
            raise Refusal("duplicate_column", f"column '{name}' is there twice; which one counts cannot be known", None, name)
        else:
            found[position] = hits[0]
    named = [column.metric for column in found.values() if column.metric]
    for metric in named:
        if named.count(metric) > 1:
            names = " and ".join(f"'{header[p]}'" for p, c in found.items() if c.metric == metric)
            raise Refusal("duplicate_column", f"columns {names} both say {metric}; which one counts cannot be known", None, metric)
    return found, strange


@dataclass
class _Cells:
    """The typed cells of one table while they are collected: name -> cell and the header it came from."""

    cells: dict[str, tuple[Cell, str]] = field(default_factory=dict)
    metrics: dict[str, Measure] = field(default_factory=dict)
    dimensions: list[tuple[str, str]] = field(default_factory=list)
    summands: dict[str, list[str]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def read_table(table: Table, how: Spelling, account: Account, intake: Intake, judge: Judge = each_cell) -> Rows:
    """One table -> typed records and rejected ones."""
    rejected = rejections([(r.row, r.rule, r.column, r.detail) for r in table.rejected])
    adapter = table.part
    if adapter is None or adapter.refuse:
        why = f"a table that no map reads was set aside: {', '.join(table.header[:6])}"[:300]
        return Rows(pl.DataFrame(), rejected, 0, [why] if adapter is None else [])
    columns, strange = matched(adapter, table.header, table.title)
    gone = [c.header for c in adapter.columns if c.required and c not in columns.values()]
    if gone:
        raise Refusal("no_adapter", f"the header lacks {', '.join(gone)}")
    notices = [f"columns not loaded: {', '.join(strange)}"[:300]] if strange else []
    if table.title is not None:
        why_not = _why_no_title(adapter, table.title, account.platform, intake)
        if why_not:
            every: list[Rejection] = [(int(row), why_not, table.title, None) for row in table.cells["row"].to_list()]
            return Rows(pl.DataFrame(), pl.concat([rejected, rejections(every)]), 0, [*notices, f"'{table.title}': {why_not}"])
    places = {plainly(name): position for position, name in reversed(list(enumerate(table.header)))}
    source = table.cells
    disputed: list[Rejection] = []
    if adapter.group:
        # Before anything is left out: what its first line says of an order is true of all its lines.
        source, disputed = _grouped(source, adapter, places)
    if adapter.keep_where or adapter.drop_where:
        source, notice = _kept(source, adapter, places)
        notices += notice
    passed = table.cells.height - source.height - len(disputed)
    found = _cells_of(columns, table, adapter, how, intake)
    cells, metrics, notices = found.cells, found.metrics, notices + found.notices
    if adapter.shape == "counts" and not metrics and "value" not in cells:
        why = "; ".join(["none of the columns has a metric in the catalogue; nothing could be read", *notices])
        raise Refusal("no_metric", why[:600])
    constants = dict(adapter.constants)
    fixed = [pl.lit(text).alias(f"s_{name}") for name, text in constants.items() if name in FIELDS[adapter.shape]]
    frame = judge(source.with_columns(fixed), {name: cell for name, (cell, _) in cells.items()})
    broken = [name for name in cells if frame[f"!{name}"].null_count() < frame.height]
    frame = frame.with_columns(
        rule=pl.coalesce(*(pl.col(f"!{name}") for name in broken), pl.lit(None, pl.String)),
        column=pl.coalesce(*(pl.when(pl.col(f"!{name}").is_not_null()).then(pl.lit(cells[name][1])) for name in broken), pl.lit(None, pl.String)),
    )
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
    frame = _cross_rules(frame, adapter.shape, account, intake, metrics, how.window.currency)
    if adapter.shape == "counts" and not metrics:
        frame = frame.with_columns(is_lifetime=pl.lit(adapter.lifetime))
    bad = frame.filter(pl.col("rule").is_not_null())
    rejected = pl.concat([rejected, rejections(disputed), bad.select("row", "rule", "column", _detail(bad, intake))])
    # A frame without a refused record is not copied: a filter that keeps everything costs as much as one that does not.
    good = frame.filter(pl.col("rule").is_null()) if bad.height else frame
    typed = [name for name in good.columns if not name.startswith(("!", "s_")) and name not in ("rule", "column")]
    return Rows(good.select(typed), rejected, 0, notices, metrics, passed)


def _cells_of(columns: dict[int, Column], table: Table, adapter: Adapter, how: Spelling, intake: Intake) -> _Cells:
    """What the declared columns and the constants say, as expressions over the raw cells."""
    found = _Cells()
    sums: dict[str, list[tuple[str, Column]]] = {}
    for position, column in columns.items():
        own = replace(
            how,
            number=column.number or adapter.number,
            missing=(*how.missing, *column.missing),
            values=column.values,
        )
        raw, label = prepared(pl.col(f"c{position}"), own), table.header[position]
        if column.counts:
            metric = column.counts
            if metric not in intake.metrics:
                found.notices.append(f"'{label}' not loaded: the catalogue has no metric {metric}")
                continue
            name = f"m{position}"
            found.cells[name] = (READERS["number" if intake.metrics[metric].may_be_negative else "amount"](raw, own), label)
            if column.sum_into:
                sums.setdefault(metric, []).append((name, column))
            else:
                found.metrics[name] = Measure(metric, column.lifetime or adapter.lifetime, column.currency_of(label))
        elif column.dimension:
            cell = READERS["text"](raw, own)
            cell = hashed(cell, own) if column.personal else cell
            found.cells[f"d{position}"] = (required(cell, raw, own.missing), label)
            found.dimensions.append((f"d{position}", column.dimension))
        elif column.into:
            cell = READERS[FIELDS[adapter.shape][column.into]](raw, own)
            if column.personal and column.into != PEOPLE:
                cell = hashed(cell, own)
            needed = column.into in NEEDED[adapter.shape] or (column.into in ("metric", "value") and table.title is None)
            found.cells[column.into] = (required(cell, raw, own.missing) if needed else cell, label)
    _add_sums(found, sums, adapter, intake)
    for name, _ in adapter.constants:
        if name in FIELDS[adapter.shape] and name not in found.cells:
            found.cells[name] = (READERS[FIELDS[adapter.shape][name]](pl.col(f"s_{name}"), replace(how, missing=())), name)
    return found


def _add_sums(found: _Cells, sums: dict[str, list[tuple[str, Column]]], adapter: Adapter, intake: Intake) -> None:
    for metric, parts in sums.items():
        declared = [column.header for column in adapter.columns if column.sum_into == metric]
        if not intake.metrics[metric].may_be_summed:
            why = f"{metric} does not add up"
        elif len(parts) < len(declared):
            why = f"not all of its parts are there ({', '.join(declared)})"
        else:
            lifetime = adapter.lifetime or any(column.lifetime for _, column in parts)
            found.metrics[f"sum_{metric}"] = Measure(metric, lifetime)
            found.summands[f"sum_{metric}"] = [name for name, _ in parts]
            continue
        found.notices.append(f"{metric} not summed: {why}")


def _kept(source: pl.DataFrame, adapter: Adapter, places: dict[str, int]) -> tuple[pl.DataFrame, list[str]]:
    """The records that the map books."""
    keep = pl.lit(True)
    for rules, is_kept in ((adapter.keep_where, True), (adapter.drop_where, False)):
        for name, allowed in rules:
            if plainly(name) not in places:
                raise Refusal("no_adapter", f"the header lacks {name}, by which its records are told apart")
            says = present(pl.col(f"c{places[plainly(name)]}")).fill_null("").is_in(list(allowed))
            keep = keep & (says if is_kept else ~says)
    kept = source.filter(keep)
    left = source.height - kept.height
    named = ", ".join(name for name, _ in (*adapter.keep_where, *adapter.drop_where))
    return kept, [f"{left} records are not booked by the map (by {named})"] if left else []


def _grouped(source: pl.DataFrame, adapter: Adapter, places: dict[str, int]) -> tuple[pl.DataFrame, list[Rejection]]:
    """One record a group: its first, filled up from the others. A group that contradicts itself is set aside whole."""
    assert adapter.group is not None
    lacking = [name for name in (adapter.group.by, *adapter.group.first_non_empty) if plainly(name) not in places]
    if lacking:
        raise Refusal("no_adapter", f"the header lacks {', '.join(lacking)}, by which its records are put together")
    by = f"c{places[plainly(adapter.group.by)]}"
    shared = list(dict.fromkeys(f"c{places[plainly(name)]}" for name in adapter.group.first_non_empty if f"c{places[plainly(name)]}" != by))
    # A record without a group's name stands alone, and fails for want of it.
    key = pl.coalesce(present(pl.col(by)), pl.concat_str(pl.lit("\x00"), pl.col("row").cast(pl.String)))
    keyed = source.with_columns(key.alias("group"))
    said = [present(pl.col(name)).drop_nulls() for name in shared]
    told = keyed.group_by("group", maintain_order=True).agg(
        pl.col("row").first().alias("first"),
        *(text.first().alias(f"first_{name}") for text, name in zip(said, shared, strict=True)),
        *(text.n_unique().alias(f"unique_{name}") for text, name in zip(said, shared, strict=True)),
    )
    keyed = keyed.join(told, on="group", how="left", maintain_order="left")
    against = pl.any_horizontal(pl.col(f"unique_{name}") > 1 for name in shared) if shared else pl.lit(False)
    disputed: list[Rejection] = [(row, "conflicting_duplicate", None, None) for row in keyed.filter(against)["row"].to_list()]
    kept = keyed.filter(~against & (pl.col("row") == pl.col("first")))
    return kept.with_columns(pl.col(f"first_{name}").alias(name) for name in shared).select(source.columns), disputed


def _snapshot(adapter: Adapter, how: Spelling) -> date:
    """The day of which a file without days speaks."""
    window = how.window
    if adapter.snapshot_day == "from_receipt":
        return how.last_day - timedelta(days=1)
    day = window.day or (window.end if adapter.lifetime or window.start == window.end else None)
    if day is None:
        raise Refusal("no_day", "the file names no one day that its numbers belong to; export it day by day")
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
    elif shape == "counts" and any(intake.metrics[m.metric].is_money and not m.currency for m in metrics.values()):
        # Wide tables carry one currency for all their money columns: the cell's, or the account's.
        frame = frame.with_columns(currency=pl.coalesce(pl.col("currency"), fallback))
        checks.append((pl.col("currency").is_null(), "money_without_currency", "currency"))
    for broken, rule, column in checks:
        hit = fine & pl.col("rule").is_null() & broken.fill_null(False)
        frame = frame.with_columns(
            rule=pl.when(hit).then(pl.lit(rule)).otherwise(pl.col("rule")),
            column=pl.when(hit).then(pl.lit(column)).otherwise(pl.col("column")),
        )
    return frame


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
        kept = good.unique(subset=whole, keep="first", maintain_order=True)
        return replace(rows, good=kept, duplicate=good.height - kept.height)
    spelt = [name for name in good.columns if name.startswith("c") and name[1:].isdigit()]
    content = [name for name in good.columns if name not in ("row", "said", *spelt)]
    kept = good.unique(subset=content, keep="first", maintain_order=True)
    duplicate = good.height - kept.height
    again = kept.select(pl.struct(key).is_duplicated()).to_series()
    rejected = rows.rejected
    if again.any():
        against = kept.filter(again)
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
                    pl.lit(None, pl.String).alias("detail"),
                ),
            ]
        )
        kept = kept.filter(~again)
    return replace(rows, good=kept, rejected=rejected, duplicate=duplicate)
