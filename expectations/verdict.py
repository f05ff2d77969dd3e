"""Runs one guard with Great Expectations and says what came of it.

Belongs here: the only use of Great Expectations; the refusal of a verdict on a suite that is empty or shrank, on evidence that is
missing or has other columns, on an expectation that raised. Each of those is a failed gate, whatever the guard itself allows.
Never here: what must be true (*_guards.py), which tables are read (evidence/).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from expectations.guard import (
    EVERYTHING,
    Between,
    Expectation,
    Guard,
    InSet,
    NotNull,
    PairsIn,
    Row,
    RowCountAtLeast,
    Split,
    Unique,
    Verdict,
    Zero,
)
from expectations.views import bind_rules

if TYPE_CHECKING:
    import duckdb

SAMPLE = 5


class NoVerdict(Exception):
    """The guard could not judge. That is a failed gate: an unjudged night is not a good night."""


def judge(guard: Guard, con: duckdb.DuckDBPyConnection, split: Split) -> Verdict:
    """The verdict on what this connection sees. It never raises: a guard that breaks is a guard that failed."""
    try:
        sql = guard.evidence
        bind_rules(con, split, sql)
        result = con.execute(sql)
        found = tuple(column[0] for column in result.description)
        if found != guard.columns:
            raise NoVerdict(f"the evidence has the columns {', '.join(found)}; declared are {', '.join(guard.columns)}")
        rows = result.fetchall()
        if not rows and guard.empty_when is not None:
            lawful = con.execute(guard.empty_when).fetchone()
            if lawful == (True,):
                return Verdict(guard.name, guard.gate, "passed", 0, 0, guard.blocking, [], "there is nothing to judge, lawfully")
    except Exception as broken:  # any failure to gather evidence is the guard's failure, named below
        return _broken(guard, broken)
    return judge_rows(guard, rows, split)


def judge_rows(guard: Guard, rows: Sequence[Row], split: Split) -> Verdict:
    """The verdict on evidence rows that are already there: from a connection, or a guard's own clean and poison batches."""
    try:
        claims = guard.expects(split)
        if not any(isinstance(claim, RowCountAtLeast) for claim in claims):
            claims = [RowCountAtLeast(1), *claims]
        offending, table_failed = _validate(guard, rows, claims)
    except Exception as broken:  # see judge
        return _broken(guard, broken)
    seen, offenders = _count(guard, rows, offending)
    if not rows:
        return Verdict(guard.name, guard.gate, "failed", 0, 1, True, [], f"{guard.name}: there is no evidence at all. {guard.then}")
    if not offending and not table_failed:
        return Verdict(guard.name, guard.gate, "passed", seen, 0, guard.blocking, [], f"{guard.says}: {seen} checked")
    sample = [_named(guard, rows[index]) for index in offending if rows[index][0] != EVERYTHING][:SAMPLE]
    first = "; ".join(f"{key} {value}" for key, value in (sample[0] if sample else {}).items() if value is not None)
    tag = f" [{guard.invariant}]" if guard.invariant else ""
    counted = f"{offenders} of {seen}" if seen else "nothing was there to check"
    message = f"{counted}: {guard.wrong}.{f' First: {first}.' if first else ''} {guard.then}{tag}"
    return Verdict(guard.name, guard.gate, "failed" if guard.blocking else "warned", seen, offenders, guard.blocking, sample, message)


def _broken(guard: Guard, broken: Exception) -> Verdict:
    text = f"{type(broken).__name__}: {str(broken).strip().splitlines()[0] if str(broken).strip() else 'no message'}"
    message = f"the guard {guard.name} did not judge ({text}). Nothing is published until it does; see `kpi doctor`"
    return Verdict(guard.name, guard.gate, "failed", 0, 1, True, [{"error": text}], message)


def _count(guard: Guard, rows: Sequence[Row], offending: list[int]) -> tuple[int, int]:
    if guard.is_census and rows:
        counted = [row for row in rows if row[0] == EVERYTHING and row[1] is not None and row[2] is not None]
        if counted:
            return int(counted[0][1]), max(int(counted[0][2]), 1 if offending else 0)
    if guard.weight is None:
        return len(rows), len(offending)
    at = guard.columns.index(guard.weight)
    return sum(int(row[at] or 0) for row in rows), sum(max(int(rows[index][at] or 0), 1) for index in offending)


def _named(guard: Guard, row: Row) -> dict[str, Any]:
    return {column: _plain(value) for column, value in zip(guard.columns, row, strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _validate(guard: Guard, rows: Sequence[Row], claims: list[Expectation]) -> tuple[list[int], bool]:
    """Indexes of the offending rows, and whether a claim about the whole failed."""
    import pandas

    if len(claims) < 2:  # the row count alone is no rule
        raise NoVerdict("its suite is empty")
    suite_of, batches = _great_expectations()
    wanted = [one for claim in claims for one in _as_great_expectations(claim)]
    kinds = sorted(one.expectation_type for one in wanted)
    suite = suite_of(guard.name, wanted)
    if len(suite.expectations) != len(wanted):
        raise NoVerdict(f"{len(wanted)} expectations were declared and {len(suite.expectations)} were taken into the suite")
    plain = [tuple(_plain(value) for value in row) for row in rows]
    # object columns: pandas would otherwise turn a null count into NaN and a whole number beside it into a fraction
    frame = pandas.DataFrame(plain, columns=list(guard.columns), dtype=object)
    outcome = batches.get_batch({"dataframe": frame}).validate(suite, result_format="COMPLETE")
    judged = sorted(result.expectation_config.type for result in outcome.results if result.expectation_config is not None)
    if judged != kinds:
        raise NoVerdict(f"{len(kinds)} expectations were declared and {len(judged)} were judged")
    offending: set[int] = set()
    table_failed = False
    for result in outcome.results:
        if _raised(result.exception_info):
            raise NoVerdict(f"{result.expectation_config.type} raised on the evidence")
        if not result.success:
            indexes = result.result.get("unexpected_index_list") or []
            offending.update(int(index) for index in indexes)
            table_failed = table_failed or not indexes
    if bool(outcome.success) == (bool(offending) or table_failed):
        raise NoVerdict("the suite and its expectations disagree about success")
    return sorted(offending), table_failed


def _raised(info: Any) -> bool:
    # GX nests the report of an exception under the metric's id in some cases, and lays it flat in others
    if not isinstance(info, dict):
        return False
    return bool(info.get("raised_exception")) or any(_raised(value) for value in info.values())


@cache
def _great_expectations() -> tuple[Any, Any]:
    """One ephemeral context a process; the import costs seconds, so nothing pays for it before a guard is judged."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import: it is read there
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("evidence").add_dataframe_asset("rows")
    batches = asset.add_batch_definition_whole_dataframe("all")
    return (lambda name, wanted: gx.ExpectationSuite(name=name, expectations=wanted)), batches


def _as_great_expectations(claim: Expectation) -> list[Any]:
    """An unknown claim raises: Great Expectations itself would drop it with a log line and pass."""
    _great_expectations()
    import great_expectations.expectations

    gxe: Any = great_expectations.expectations  # its names are re-exported without saying so, which mypy refuses

    match claim:
        case RowCountAtLeast(rows):
            return [gxe.ExpectTableRowCountToBeBetween(min_value=rows)]
        case NotNull(column):
            return [gxe.ExpectColumnValuesToNotBeNull(column=column)]
        case Unique(columns):
            nulls = [gxe.ExpectColumnValuesToNotBeNull(column=column) for column in columns]
            if len(columns) == 1:
                return [*nulls, gxe.ExpectColumnValuesToBeUnique(column=columns[0])]
            return [*nulls, gxe.ExpectCompoundColumnsToBeUnique(column_list=list(columns), ignore_row_if="never")]
        case InSet(column, values):
            if not values:
                raise NoVerdict(f"the rules give no lawful value for {column}")
            return [
                gxe.ExpectColumnValuesToNotBeNull(column=column),
                gxe.ExpectColumnValuesToBeInSet(column=column, value_set=sorted(values, key=str)),
            ]
        case PairsIn(first, second, pairs):
            if not pairs:
                raise NoVerdict(f"the rules give no lawful pair of {first} and {second}")
            # "neither": the default skips rows where both are null, which are the ones nobody answers for
            return [gxe.ExpectColumnPairValuesToBeInSet(column_A=first, column_B=second, value_pairs_set=list(pairs), ignore_row_if="neither")]
        case Between(column, low, high):
            return [
                gxe.ExpectColumnValuesToNotBeNull(column=column),
                gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high),
            ]
        case Zero(column):
            return _as_great_expectations(Between(column, 0, 0))
    raise NoVerdict(f"{type(claim).__name__} is not an expectation that verdict.py knows")
