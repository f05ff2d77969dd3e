"""Checks what a map says of one column, and of how numbers are written.

Belongs here: the words of columns and numbers, which exclude each other. Never here: what any platform writes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from assets.fields import FIELDS
from assets.map_entry import Entry
from assets.maps import Column, Number
from assets.plain_names import plainly

_PURPOSES = ("into", "metric", "sum_into", "dimension", "filter")
NUMBER_WORDS = {"decimal", "thousands", "whole", "chinese", "signs"}
_COLUMN = {*_PURPOSES, "also", "matches", "required", "lifetime", "unit", "or_title", "personal", "values", "missing"}
_COLUMN |= {"number", "percent", "duration", "times", "first_of", "one_of", "joined_with", "same_as", "zero_with", "corrections", "written"}


def column_of(header: str, value: Any, shape: str, number: Number, where: str, wrong: list[str]) -> Column:
    entry = Entry(value if isinstance(value, dict) else {}, where, wrong, _COLUMN)
    said = entry.content
    purposes = [key for key in _PURPOSES if key in said]
    # One number may be a metric of its own and a part of a sum; one cell may name the day and the hour, a part of it.
    is_both = purposes == ["metric", "sum_into"] or (purposes == ["into", "dimension"] and said["into"] == "day")
    if (len(purposes) > 1 and not is_both) or (not purposes and not said.get("personal")):
        entry.bad(f"needs exactly one of {', '.join(_PURPOSES)} (or metric with sum_into, or into: day with dimension), or personal alone")
    if said.get("metric") and said.get("metric") == said.get("sum_into"):
        entry.bad("a column is a metric or a part of it, not both")
    if "first_of" in said and "one_of" in said:
        entry.bad("either first_of or one_of")
    if said.get("same_as") and FIELDS[shape].get(said.get("into", "")) not in ("day", "instant"):
        entry.bad("only days and instants are the same as another column's")
    for key in ("corrections", "zero_with"):
        if said.get(key) and not {"metric", "sum_into"} & set(purposes):
            entry.bad(f"only a metric column has {key}")
    if said.get("written") and FIELDS[shape].get(said.get("into", "")) != "id":
        entry.bad("only an id is written in one way")
    if "into" in said and said["into"] not in FIELDS[shape]:
        entry.bad(f"{said['into']!r} is no field of {shape}; fields are {sorted(FIELDS[shape])}")
    if shape != "counts" and {"metric", "sum_into", "dimension"} & set(purposes):
        entry.bad("only counts have metric, sum_into and dimension columns")
    if said.get("personal") and {"metric", "sum_into"} & set(purposes):
        entry.bad("a personal column is no number")
    if said.get("personal") and "into" in said and FIELDS[shape].get(said["into"]) not in ("text", "id", "person"):
        entry.bad("a personal column is read into a text field")
    values = said.get("values") or {}
    if not isinstance(values, dict):
        entry.bad("values is a map from cell to meaning")
        values = {}
    return Column(
        header=header,
        also=entry.texts("also"),
        matches=entry.pattern("matches"),
        written=entry.pattern("written"),
        into=said.get("into"),
        metric=said.get("metric"),
        sum_into=said.get("sum_into"),
        dimension=said.get("dimension"),
        unit=said.get("unit"),
        values=tuple((plainly(str(cell)), str(meaning)) for cell, meaning in values.items()),
        missing=entry.texts("missing"),
        number=_column_number(entry, number),
        **{key: entry.texts(key) for key in ("first_of", "one_of", "joined_with", "same_as", "zero_with")},  # type: ignore[arg-type]
        **{key: entry.flag(key) for key in ("required", "lifetime", "or_title", "personal", "filter", "corrections")},  # type: ignore[arg-type]
    )


def number_of(entry: Entry) -> Number:
    decimal, thousands = str(entry.content.get("decimal", ".")), entry.texts("thousands")
    if len(decimal) != 1 or any(len(mark) != 1 for mark in thousands) or decimal in thousands:
        entry.bad("decimal and thousands are single characters, and differ")
    whole, signs = entry.flag("whole"), entry.texts("signs")
    if whole and len(entry.content) > 1:
        entry.bad("whole says all: counts in any grouping")
    if any(re.search(r"^$|[0-9.,\s-]", sign) for sign in signs):
        entry.bad("a sign is a currency's, without digits, marks or blanks")
    return Number(decimal=decimal, thousands=thousands, whole=whole, chinese=entry.flag("chinese"), signs=signs)


def _column_number(entry: Entry, whole: Number) -> Number | None:
    said = entry.content
    if not {"number", "percent", "duration", "times"} & set(said):
        return None
    base = number_of(entry.part("number", NUMBER_WORDS)) if "number" in said else whole
    try:
        times = Decimal(str(said.get("times", 1)))
    except InvalidOperation:
        entry.bad("times is a number")
        times = Decimal(1)
    percent = entry.word("percent", {"sign", "hundred", "fraction"})
    duration = entry.flag("duration")
    if percent and duration:
        entry.bad("a share is no duration")
    return replace(base, percent=percent, duration=duration, times=times)
