"""Turns tables of text cells into typed rows of a landing shape, and sets aside every record that breaks a rule.

Belongs here: applying an adapter's columns, keys, duplicates within one file. Never here: file formats (table), spellings
(cells), what a metric means, arithmetic between rows.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from assets.adapter import FIELDS, NEEDED, Adapter, Column, plainly
from assets.cells import READERS, Cell, Spelling, required
from assets.decode import Refusal
from assets.shapes import KEYS, schema
from assets.table import Table

if TYPE_CHECKING:
    from assets.export import Account, Intake

Rejection = tuple[int, str, str | None, str | None]
_REJECTED = {"row": pl.Int64(), "rule": pl.String(), "column": pl.String(), "detail": pl.String()}


@dataclass
class Rows:
    """`good` holds one typed record a row (still wide for counts); `rejected` names the others."""

    good: pl.DataFrame
    rejected: pl.DataFrame
    duplicate: int = 0
    notices: list[str] = field(default_factory=list)
    metrics: dict[str, tuple[str, bool]] = field(default_factory=dict)


def rejections(rows: list[Rejection]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_REJECTED, orient="row")


def matched(adapter: Adapter, header: list[str], title: str | None = None) -> tuple[dict[int, Column], list[str]]:
    """Header position -> declared column, and the names that no map mentions. A declared column given twice refuses the file."""
    found: dict[int, Column] = {}
    strange = []
    for position, name in enumerate(header):
        spelt = plainly(name)
        hits = [c for c in adapter.columns if spelt in c.spellings or (c.or_title and title and spelt == plainly(title))]
        if not hits:
            if spelt not in adapter.ignore:
                strange.append(name)
        elif hits[0] in found.values():
            raise Refusal("duplicate_column", f"column '{name}' is there twice; which one counts cannot be known", None, name)
        else:
            found[position] = hits[0]
    return found, strange


def read_table(table: Table, adapter: Adapter, how: Spelling, account: Account, intake: Intake) -> Rows:
    """One table -> typed records and rejected ones."""
    columns, strange = matched(adapter, table.header, table.title)
    gone = [c.header for c in adapter.columns if c.required and c not in columns.values()]
    if gone:
        raise Refusal("no_adapter", f"the header lacks {', '.join(gone)}")
    notices = [f"columns not loaded: {', '.join(strange)}"[:300]] if strange else []
    rejected = rejections([(r.row, r.rule, r.column, r.detail) for r in table.rejected])
    if table.title is not None:
        why = _why_no_title(adapter, table.title, account.platform, intake)
        if why:
            every: list[Rejection] = [(int(row), why, table.title, None) for row in table.cells["row"].to_list()]
            return Rows(pl.DataFrame(), pl.concat([rejected, rejections(every)]), 0, [*notices, f"'{table.title}': {why}"])
    cells: dict[str, tuple[Cell, str]] = {}
    metrics: dict[str, tuple[str, bool]] = {}
    dimensions = []
    for position, column in columns.items():
        raw, label = pl.col(f"c{position}"), table.header[position]
        if column.metric:
            if column.metric not in intake.metrics:
                notices.append(f"'{label}' not loaded: the catalogue has no metric {column.metric}")
                continue
            negative = intake.metrics[column.metric].may_be_negative
            cells[f"m{position}"] = (READERS["number" if negative else "amount"](raw, how), label)
            metrics[f"m{position}"] = (column.metric, column.lifetime)
        elif column.dimension:
            cells[f"d{position}"] = (required(READERS["text"](raw, how), raw, how.missing), label)
            dimensions.append((f"d{position}", column.dimension))
        elif column.into:
            cell = READERS[FIELDS[adapter.shape][column.into]](raw, how)
            needed = column.into in NEEDED[adapter.shape] or (column.into in ("metric", "value") and table.title is None)
            cells[column.into] = (required(cell, raw, how.missing) if needed else cell, label)
    if adapter.shape == "counts" and not metrics and "value" not in cells:
        raise Refusal("no_metric", "none of the columns has a metric in the catalogue; nothing could be read")
    frame = table.cells.with_columns(cell.value.alias(name) for name, (cell, _) in cells.items())
    frame = frame.with_columns(cell.rule(pl.col(name)).alias(f"!{name}") for name, (cell, _) in cells.items())
    frame = frame.with_columns(
        rule=pl.coalesce(pl.col(f"!{name}") for name in cells),
        column=pl.coalesce(pl.when(pl.col(f"!{name}").is_not_null()).then(pl.lit(label)) for name, (_, label) in cells.items()),
    )
    frame = frame.with_columns(_absent(adapter.shape, set(cells)) if adapter.shape != "counts" else _counts_fields(cells, dimensions))
    if table.title is not None:
        title = adapter.title(table.title)
        frame = frame.with_columns(metric=pl.lit(title.metric if title else None, pl.String))
    frame = _cross_rules(frame, adapter.shape, account, intake, metrics)
    bad = frame.filter(pl.col("rule").is_not_null())
    rejected = pl.concat([rejected, bad.select("row", "rule", "column", _detail(bad, intake))])
    good = frame.filter(pl.col("rule").is_null())
    typed = [name for name in good.columns if not name.startswith("!") and name not in ("rule", "column")]
    return Rows(good.select(typed), rejected, 0, notices, metrics)


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


def _counts_fields(cells: dict[str, tuple[Cell, str]], dimensions: list[tuple[str, str]]) -> list[pl.Expr]:
    text = [(pl.col(n) if n in cells else pl.lit(None, pl.String)).fill_null("").alias(n) for n in ("campaign", "post")]
    currency = (pl.col("currency") if "currency" in cells else pl.lit(None, pl.String)).alias("currency")
    member = pl.concat_str([pl.col(name) for name, _ in dimensions], separator="|") if dimensions else pl.lit("")
    dimension = pl.lit("|".join(name for _, name in dimensions))
    return [*text, currency, dimension.alias("dimension"), member.fill_null("").alias("member")]


def _cross_rules(frame: pl.DataFrame, shape: str, account: Account, intake: Intake, metrics: dict[str, tuple[str, bool]]) -> pl.DataFrame:
    """Rules that need more than one cell, after those of the cells themselves."""
    fallback = pl.lit(account.currency or None, pl.String)
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
    elif shape == "counts" and any(intake.metrics[metric].is_money for metric, _ in metrics.values()):
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
        return Rows(kept, rows.rejected, good.height - kept.height, rows.notices, rows.metrics)
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
    return Rows(kept, rejected, duplicate, rows.notices, rows.metrics)
