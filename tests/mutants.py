"""Mutants of the split, made by rule: every row moved, every class flipped, every share off by one in a hundred, every rule inverted.

A mutant of the numbers is SQL on a copy of what a night computed: the models booked otherwise than the statute says. A mutant of the
statute is one row of a seed changed, left out or written twice.
Belongs here: how mutants are made. Never here: which gate must see them (test_mutants.py), a mutant made by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, str]


@dataclass(frozen=True)
class Mutant:
    """`sort` is the rule that made it; `change` the SQL on the numbers, or one seed and its rows."""

    sort: str
    name: str
    change: Any


def quoted(value: object) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def others(value: str, values: Iterable[str]) -> list[str]:
    return sorted(set(values) - {value})


# --- the numbers: what a night computed, changed in a copy ---------------------------------------------------------------------------

OWNED = "published.main.owned_kpi_daily"


def bookings(tables: Mapping[str, Sequence[Mapping[str, Any]]], rules: Iterable[str]) -> Iterator[Mutant]:
    """Each ownership row that booked a number: its bookings at every other department, a day too early or too late, in the other role,
    gone, given to nobody, twice, and with a share off by one in a hundred."""
    staff: dict[str, dict[str, str]] = {}
    for row in tables["departments"]:
        staff.setdefault(row["profile"], {})[row["department"]] = row["kind"]
    booked = set(rules)
    for row in tables["ownership"]:
        rule = row["ownership_rule"]
        if rule not in booked:
            continue
        where = f"where ownership_rule = {quoted(rule)}"
        label = f"{row['profile']} {row['function']} at {row['department']} ({rule})"
        for department, kind in sorted(staff[row["profile"]].items()):
            if department != row["department"]:
                moved = f"update {OWNED} set department = {quoted(department)}, department_kind = {quoted(kind)} {where}"
                yield Mutant("ownership row moved", f"{label} to {department}", moved)
        elsewhere = next((r for r in tables["ownership"] if r["profile"] == row["profile"] and r["department"] != row["department"]), None)
        if elsewhere:
            other = elsewhere["department"]
            yield Mutant("ownership row moved with a rule of its new owner", label,
                f"update {OWNED} set department = {quoted(other)}, department_kind = {quoted(staff[row['profile']].get(other, 'unassigned'))}, "
                f"ownership_rule = {quoted(elsewhere['ownership_rule'])} {where}")  # fmt: skip
        role = "contributor" if row["role"] == "accountable" else "accountable"
        yield Mutant("role swapped", label, f"update {OWNED} set role = {quoted(role)} {where}")
        yield Mutant("ownership row dropped", label, f"delete from {OWNED} {where}")
        yield Mutant("ownership row doubled", label, f"insert into {OWNED} select * from {OWNED} {where}")
        nobody = "set department = 'unassigned', department_kind = 'unassigned', ownership_rule = null, share = null"
        if row["department"] != "unassigned":
            yield Mutant("given to nobody", label, f"update {OWNED} {nobody} {where}")
            for edge in ("min", "max"):
                end = f"(select {edge}(day) from {OWNED} {where})"
                yield Mutant("dates shifted by a day", f"{label}, {edge} day", f"update {OWNED} {nobody} {where} and day = {end}")
        for by in (-0.01, 0.01):
            if row["share"] is not None:
                # a hundredth of nothing is nothing: then a hundredth of the whole
                off = f"update {OWNED} set share = share + {by} * if(share = 0, 1, share) {where}"
                yield Mutant("share off by one in a hundred", f"{label} by {by}", off)


LABELLED = {
    "class": ("kpi_daily", "owned_kpi_daily", "scorecard", "scorecard_trees", "metric_catalogue"),
    "aggregation": ("kpi_daily", "owned_kpi_daily", "scorecard", "scorecard_trees", "metric_catalogue"),
    "unit": ("kpi_daily", "owned_kpi_daily", "scorecard", "scorecard_trees", "metric_catalogue"),
    "direction": ("scorecard", "scorecard_trees", "metric_catalogue"),
}


def labels(metrics: Sequence[Mapping[str, Any]], published: Iterable[str]) -> Iterator[Mutant]:
    """Each metric under each other class, way of adding up, unit's neighbour and direction, in each table that says it."""
    shown = set(published)
    words = {column: sorted({str(row[column]) for row in metrics}) for column in LABELLED}
    for row in metrics:
        for column, tables in LABELLED.items():
            choices = others(row[column], words[column])
            for other in choices if column != "unit" else choices[:1]:
                for table in tables:
                    if row["metric"] in shown or table == "metric_catalogue":
                        sql = f'update published.main.{table} set "{column}" = {quoted(other)} where metric = {quoted(row["metric"])}'
                        yield Mutant(f"{column} flipped", f"{row['metric']} {row[column]} to {other} in {table}", sql)


def sums(metrics: Sequence[Mapping[str, Any]], published: Iterable[str]) -> Iterator[Mutant]:
    """Each metric that does not add up, added up all the same: over the days of a period, as it would be were its flag another."""
    for row in metrics:
        if row["aggregation"] != "additive" and row["metric"] in set(published):
            total = f"(select sum(o.value) from {OWNED} as o where o.metric = {quoted(row['metric'])} and o.role = 'accountable'"
            yield Mutant("summed over time", f"{row['metric']} ({row['aggregation']}) by quarter",
                "update published.main.scorecard as s set missing_reason = null, value = "
                f"{total} and o.profile = s.profile and o.department = s.department) + 1000 where s.metric = {quoted(row['metric'])} "
                "and s.period_kind = 'quarter'")  # fmt: skip


def credits(rows: Iterable[tuple[str, str, str, date, str, str]]) -> Iterator[Mutant]:
    """In each cell of credit one in a hundred of what a member has is given to another, of the conversions and of the value.

    A row: model, conversion type, dimension, month, and two members of which the first has something.
    """
    for model, kind, dimension, month, one, other in rows:
        cell = f"model = {quoted(model)} and conversion_type = {quoted(kind)} and dimension = {quoted(dimension)} and month = {quoted(month)}"
        for column in ("conversions", "value"):
            part = f"(select {column} * 0.01 from published.main.credit where {cell} and member = {quoted(one)})"
            given = f"{column} = {column} + if(member = {quoted(one)}, -1, 1) * {part}"
            sql = f"update published.main.credit set {given} where {cell} and member in ({quoted(one)}, {quoted(other)})"
            yield Mutant(f"credit's {column} moved by one in a hundred", f"{model} {kind} by {dimension} {month:%Y-%m}: {one} to {other}", sql)


# --- the statute: one row of one seed ------------------------------------------------------------------------------------------------


def replaced(rows: Sequence[Row], at: int, **cells: str) -> list[Row]:
    return [row if place != at else {**row, **cells} for place, row in enumerate(rows)]


def statute(seeds: Mapping[str, Sequence[Row]]) -> Iterator[Mutant]:
    """Each row of the tables that decide: left out, written twice, and each of its words exchanged for another that the table knows."""
    for table, columns in INVERTED.items():
        rows = seeds[table]
        known = {column: sorted({row[column] for row in rows} - {""}) for column in columns}
        for at, row in enumerate(rows):
            label = f"{table} line {at + 2}: {','.join(list(row.values())[:3])}"
            yield Mutant("row of the law left out", label, (table, [*rows[:at], *rows[at + 1 :]]))
            yield Mutant("row of the law doubled", label, (table, [*rows[:at], row, *rows[at:]]))
            for column in columns:
                for other in _neighbours(table, column, row, known[column], seeds):
                    yield Mutant(f"{table}.{column} changed", f"{label}: {row[column]} to {other}", (table, replaced(rows, at, **{column: other})))
    yield from _shifted(seeds["ownership"])
    yield from _unlawful(seeds)


INVERTED = {
    "ownership": ("department", "role", "share"),
    "class_rules": ("class", "department_kind"),
    "metrics": ("class", "function", "unit", "aggregation", "direction", "null_policy", "measure"),
    "departments": ("kind", "reports_to"),
    "functions": ("parent",),
    "channels": ("channel", "function", "is_direct"),
    "event_rules": ("measure", "conversion_type"),
    "attribution_models": ("family", "look_back_days", "half_life_days", "first_share", "last_share", "markov_order", "journey_resets"),
    "missing_reasons": ("reason",),
}


def _neighbours(table: str, column: str, row: Row, known: Sequence[str], seeds: Mapping[str, Sequence[Row]]) -> list[str]:
    value = row[column]
    if (table, column) == ("ownership", "department"):
        return others(value, (r["department"] for r in seeds["departments"] if r["profile"] == row["profile"]))
    if table == "missing_reasons":
        return [f"{value}_"]
    if known and all(re.fullmatch(r"[\d.]+", word) for word in known):
        if not value:
            return []
        if column in ("look_back_days", "markov_order"):
            return [str(int(value) + 1), str(int(value) - 1)]
        return [f"{float(value) * by if float(value) else abs(1 - by):g}" for by in (0.99, 1.01)]
    if known and set(known) <= {"true", "false"}:
        return ["false" if value == "true" else "true"]
    every = others(value, known)
    return every if len(every) <= 6 else every[:1] + every[-1:]


def _shifted(rows: Sequence[Row]) -> Iterator[Mutant]:
    """Dates a day off, and a first or last day where there was none."""
    for at, row in enumerate(rows):
        label = f"ownership line {at + 2}: {row['profile']},{row['function']}"
        for column in ("valid_from", "valid_to"):
            if row[column]:
                for days in (-1, 1):
                    day = str(date.fromisoformat(row[column]) + timedelta(days=days))
                    yield Mutant(f"ownership.{column} shifted by a day", f"{label} to {day}", ("ownership", replaced(rows, at, **{column: day})))
            else:
                yield Mutant(f"ownership.{column} given", label, ("ownership", replaced(rows, at, **{column: "2026-01-01"})))


def _unlawful(seeds: Mapping[str, Sequence[Row]]) -> Iterator[Mutant]:
    """Each pair of class and kind that the law does not have, added to it."""
    rows = seeds["class_rules"]
    lawful = {(row["class"], row["department_kind"]) for row in rows}
    kinds = [row["department_kind"] for row in seeds["department_kinds"] if row["is_declarable"] == "true"]
    for class_ in sorted({row["class"] for row in seeds["metrics"]}):
        for kind in kinds:
            if (class_, kind) not in lawful:
                yield Mutant("unlawful pair added", f"{class_} at {kind}", ("class_rules", [*rows, {"class": class_, "department_kind": kind}]))
