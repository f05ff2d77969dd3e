"""Days of a row: from when, until when, and how such a day is said. Half-open, and a blank end is no end.

Belongs here: what valid_from and valid_to mean. Never here: who stands in the row.
"""

from __future__ import annotations

from datetime import date

from expectations.reading import Record

ALWAYS, FOREVER = date.min, date.max
TOLERANCE = 1e-9  # thirds written with fifteen digits make a whole


def since(record: Record) -> date:
    return record.values["valid_from"] or ALWAYS  # type: ignore[return-value]


def until(record: Record) -> date:
    return record.values["valid_to"] or FOREVER  # type: ignore[return-value]


def covers(record: Record, begins: date, ends: date) -> bool:
    return since(record) <= begins and ends <= until(record)


def said(day: date) -> str:
    return "the beginning" if day == ALWAYS else str(day)
