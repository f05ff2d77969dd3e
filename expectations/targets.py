"""What a department is to reach: a period that exists, and a number that it answers for.

Belongs here: the first and last day of a period, and whether a target meets anything that will ever stand in the scorecard.
Never here: attainment or pace (SQL divides).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from expectations.inheritance import Answer
from expectations.problems import Problem
from expectations.reading import Record

_BEGINS: dict[str, tuple[Callable[[date], bool], str]] = {
    "week": (lambda d: d.weekday() == 0, "a Monday"),
    "month": (lambda d: d.day == 1, "the first of a month"),
    "quarter": (lambda d: d.day == 1 and d.month in (1, 4, 7, 10), "the first of January, April, July or October"),
}
_MONTHS = {"month": 1, "quarter": 3}


def after(kind: str, start: date) -> date:
    """The first day after a period."""
    if kind in _MONTHS:
        ahead = start.year * 12 + start.month - 1 + _MONTHS[kind]
        return date(ahead // 12, ahead % 12 + 1, 1)
    return start + timedelta(days=7 if kind == "week" else 1)


def check_targets(merged: dict[str, list[Record]], found: Iterable[Answer], problems: list[Problem]) -> None:
    functions = {r.values["metric"]: r.values["function"] for r in merged["metrics"]}
    unread = {r.values["profile"] for r in merged["ownership"] if not r.is_sound}
    told: dict[tuple[object, object], list[Answer]] = {}
    for answer in found:
        if answer.record.values["role"] == "accountable":
            told.setdefault((answer.record.values["profile"], answer.function), []).append(answer)
    for record in merged["targets"]:
        kind, start = str(record.values["period_kind"]), record.values["period_start"]
        if not record.is_sound or not isinstance(start, date):
            continue
        if kind in _BEGINS and not _BEGINS[kind][0](start):
            problems.append(record.problem("period_start", f"{start} is not the start of a {kind}", f"a {kind} starts on {_BEGINS[kind][1]}"))
        elif record.values["metric"] in functions and record.values["profile"] not in unread:
            place = (record.values["profile"], functions[record.values["metric"]])
            _owned(record, str(place[1]), told.get(place, []), start, after(kind, start), problems)


def _owned(record: Record, function: str, owners: list[Answer], begins: date, ends: date, problems: list[Problem]) -> None:
    """A target on another department's number would wait for ever: it is refused, unless the department owns it on some day of the period."""
    here = [a for a in owners if a.begins < ends and begins < a.ends]
    department, metric = record.values["department"], record.values["metric"]
    if department not in {a.record.values["department"] for a in here}:
        message = f"{department} of profile {record.values['profile']} does not answer for {metric} on any day from {begins} to {ends}"
        said = ", ".join(f"{a.record.values['department']} by {a.record.file} line {a.record.line}" for a in here)
        problems.append(record.problem("department", message, f"{function} is answered for by {said or 'nobody'}"))
