"""What only the numbers of a table together say: whether it was saved again where 12.5 is written 12,5.

Belongs here: what in the cells is evidence. Never here: how one number is read (numbers), a guess from a cell that may be either.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.fields import FIELDS
from assets.numbers import unsigned
from assets.refusal import Refusal
from assets.turned import WholeColumnNeeded

if TYPE_CHECKING:
    from assets.cells import Spelling
    from assets.columns import Met
    from assets.maps import Adapter, Column, Number
    from assets.table import Table

_MARKS = (".", ",")
_BLANKS = str.maketrans(dict.fromkeys(" \t\u00a0\u202f\u2019'"))
_EITHER = re.compile(r"^-?[1-9][0-9]{0,2}[.,][0-9]{3}$")
_MEASURED = ("number", "amount", "real")
_ADVICE = "export it again in English, and do not open it in a spreadsheet in between"


@functools.cache
def _proof(decimal: str) -> re.Pattern[str]:
    """A cell that is a number with this decimal mark, and none with the other."""
    group = re.escape(_other(decimal))
    mark = re.escape(decimal)
    fraction = rf"[0-9]+{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})|(?:0|[0-9]{{4,}}){mark}[0-9]+"
    grouped = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+{mark}[0-9]+|[0-9]{{1,3}}(?:{group}[0-9]{{3}}){{2,}}"
    return re.compile(rf"^-?(?:{fraction}|{grouped})$")


def _other(mark: str) -> str:
    return _MARKS[_MARKS.index(mark) - 1]


def with_marks(how: Spelling, columns: list[Met], adapter: Adapter, table: Table) -> Spelling:
    """The same spelling, turned round where cells prove the other decimal mark and none the declared one. Raises Refusal."""
    if adapter.name_starts_with:
        return how  # our own format is a contract
    measured = [
        (met.label, met.column.number or adapter.number, table.cells[f"c{place}"])
        for met in columns
        if _is_measured(met.column, adapter)
        for place in met.places
    ]
    measured = [(label, number, cells) for label, number, cells in measured if not number.whole and number.decimal in _MARKS]
    if not any(cells.str.contains(_odd(number)).any() for _, number, cells in measured):
        return how
    proven: set[bool] = set()
    either: list[tuple[str, str, bool]] = []
    for label, number, cells in measured:
        for cell in cells.filter(cells.str.contains("[.,]")).unique(maintain_order=True):
            text = unsigned(cell.translate(_BLANKS), number.signs).rstrip("%％")
            proven |= {mark == number.decimal for mark in _MARKS if _proof(mark).match(text)}
            if _EITHER.match(text):
                either.append((label, cell, bool(number.thousands) and number.decimal in text))
    is_turned = proven == {False}
    doubtful = either if is_turned else [] if proven else [found for found in either if found[2]]
    if (is_turned or doubtful) and how.is_piece:
        raise WholeColumnNeeded(adapter.name)
    if doubtful:
        label, cell, _ = doubtful[0]
        text = f"nothing in this table says whether '{cell}' in column '{label}' is thousands or a fraction; {_ADVICE}"
        raise Refusal("number_marks", text, None, label)
    return replace(how, has_turned_marks=is_turned)


def _odd(number: Number) -> str:
    """What no cell of an ordinary table holds, so that most tables are asked nothing more."""
    other = re.escape(_other(number.decimal))
    return rf"{other}|{re.escape(number.decimal)}[0-9]{{3}}\D*$" if number.thousands else other


def turned_round(number: Number) -> Number:
    """The same with comma and point exchanged; counts are read in any grouping as it is."""
    other = _other(number.decimal)
    return number if number.whole else replace(number, decimal=other, thousands=(number.decimal,))


def _is_measured(column: Column, adapter: Adapter) -> bool:
    return bool(column.counts) or FIELDS[adapter.shape].get(column.into or "") in _MEASURED
