"""What only a whole column says of its days: whether 3/4/2026 is in March or in April, whether they are days or weeks, or all days until then.

Belongs here: what in a column is evidence. Never here: a guess from one cell, from the account or from the day it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from assets.dates import SPREADSHEET
from assets.refusal import Refusal

if TYPE_CHECKING:
    import polars as pl

    from assets.cells import Spelling

_DIGITS = re.compile(r"^([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})$")
_OWN = re.compile(r"^%([md])([/-])%[md]\2%[Yy]$")
# Nobody writes the month first between points, or last behind the year.
_CERTAIN = ("%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%d")
_MONTH_FIRST, _DAY_FIRST, _YEAR_FIRST = (1, 0, 2), (0, 1, 2), (2, 1, 0)
_WRITTEN = {_MONTH_FIRST: "%m{0}%d{0}{1}", _DAY_FIRST: "%d{0}%m{0}{1}", _YEAR_FIRST: "{1}{0}%m{0}%d"}
# Two days in a row are no series yet.
_SERIES = 3
# So many days in order, and so many times the step from one to the next.
_MANY, _FAR = 5, 50
_ADVICE = "export it again and do not open it in a spreadsheet in between, or write the days as 2026-04-03"


class WholeColumnNeeded(Exception):
    """A piece of a long file holds such days: only the file as a whole says what they are."""


def settled(how: Spelling, column: str, cells: Iterable[str | None]) -> Spelling:
    """The same spelling with the one order of day and month that the column allows; the map's own, where it does. Raises Refusal."""
    declared = [found for form in how.day.formats if (found := _OWN.match(form))]
    if SPREADSHEET not in how.day.formats and not declared:
        return how
    own = None if not declared else _MONTH_FIRST if declared[0][1] == "m" else _DAY_FIRST
    texts = [found for cell in cells if cell and (found := _DIGITS.match(cell.strip(" \t\u00a0")))]
    if texts and how.is_piece:
        raise WholeColumnNeeded(column)
    order = _order(texts, column, own) if texts else None
    written = {_WRITTEN[order].format(text[2], "%Y" if len(text[4]) == 4 else "%y") for text in texts} if order else set()
    formats = (*(form for form in how.day.formats if form != SPREADSHEET and not _OWN.match(form)), *_CERTAIN, *sorted(written))
    return replace(how, day=replace(how.day, formats=tuple(dict.fromkeys(formats))))


def _order(texts: list[re.Match[str]], column: str, own: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
    """The order in which every cell is a day, if there is one; of several, the one that makes the column a run of days, or the platform's own.

    None: no cell is a day.
    """
    orders = (_MONTH_FIRST, _DAY_FIRST, *([_YEAR_FIRST] if any(len(text[4]) == 2 for text in texts) else []))
    readings = {order: [_day(text, order) for text in texts] for order in orders}
    is_day = [any(days) for days in zip(*readings.values(), strict=True)]
    if not any(is_day):
        return None
    readings = {order: [day for day, known in zip(days, is_day, strict=True) if known] for order, days in readings.items()}
    whole = {order: [day for day in days if day] for order, days in readings.items() if all(days)}
    shown = next(text[0] for text, known in zip(texts, is_day, strict=True) if known)
    if not whole:
        text = f"some days of column '{column}' have the day in front and others the month ({shown}); {_ADVICE}"
        raise Refusal("day_order", text, None, column)
    if len(set(map(tuple, whole.values()))) == 1:
        return next(iter(whole))
    runs = [order for order, days in whole.items() if _is_run(days)]
    if own in whole and (own in runs or not runs):
        return own
    # The first of January to the first of March, or the first three days of January: both are what reports are made of.
    if len(runs) != 1 or any(_are_months(days) for days in whole.values()):
        text = f"the days of column '{column}' are written like {shown}, and nothing in it says whether the day or the month stands in front"
        raise Refusal("day_order", f"{text}; {_ADVICE}", None, column)
    return runs[0]


def refuse_longer_steps(days: Iterable[date], column: str) -> None:
    """Of a platform that leaves no day out: days a week apart, or all of them the first of a month, are sums of weeks or months."""
    found = sorted(set(days))
    steps = {later - earlier for earlier, later in pairwise(found)}
    if len(found) >= _SERIES and (steps == {timedelta(weeks=1)} or _are_months(found)):
        text = f"the days of column '{column}' lie a week or a month apart: these are sums of weeks or months, and no day's number; export it by day"
        raise Refusal("no_day", text, None, column)


def refuse_counter(told: pl.DataFrame, column: str) -> None:
    """Of a platform that gives each day's own numbers: days and numbers that only rise, by little of what they are, count from the beginning."""
    days, values = told.sort(told.columns[0]).get_columns()
    steps = values.diff().drop_nulls()
    # In breakdowns a day comes several times. Every second channel has two rising days; five in order, so near each other, hardly one has.
    if len(days) < _MANY or days.n_unique() < len(days) or min(steps) < 0 or not max(steps) > 0 or values[0] < _FAR * sum(steps) / len(steps):
        return
    text = f"the numbers of column '{column}' never fall and stand far above what they grow by: they count since the beginning"
    raise Refusal("no_day", f"{text}, as services beside the platform write them; export the days from the platform itself", None, column)


def _day(text: re.Match[str], order: tuple[int, int, int]) -> date | None:
    parts = (text[1], text[3], text[4])
    day, month, year = (int(parts[at]) for at in order)
    if order == _YEAR_FIRST and len(text[1]) != 2:
        return None
    try:
        return date(year if len(parts[order[2]]) == 4 else 2000 + year, month, day)
    except ValueError:
        return None


def _is_run(days: list[date]) -> bool:
    """Whether no day between the first and the last is left out."""
    return _SERIES <= len(set(days)) == (max(days) - min(days)).days + 1


def _are_months(days: list[date]) -> bool:
    return all(day.day == 1 for day in days)
