"""Rules of a record that need more than one of its cells, or the catalogue.

Belongs here: money with its currency, bounds, whole counts, known metrics. Never here: the spelling of a cell (cells), rules between
records.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import polars as pl

from assets.collected import Measure

if TYPE_CHECKING:
    from assets.export import Account, Intake, MetricSpec


def cross_rules(
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


def detail(bad: pl.DataFrame, intake: Intake) -> pl.Series:
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
