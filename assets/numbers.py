"""Reads numbers in the spelling that a map declares, into the one plain spelling that cells are read in.

Belongs here: separators, percent signs, Chinese units, durations. Never here: what a number means, how large it may be.
A text that does not fit the declared spelling exactly is no number: 1.234 is a thousand or one and a bit, and only the map knows.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal, InvalidOperation, localcontext

from assets.maps import Number

_CHINESE = {"万": Decimal(10_000), "萬": Decimal(10_000), "亿": Decimal(100_000_000), "億": Decimal(100_000_000)}
_DURATION = re.compile(r"^(?:([0-9]{1,6}):)?([0-9]{1,2}):([0-9]{2})(\.[0-9]+)?$")
# A count in any grouping. A group of three is never a fraction: 1.234 views are a thousand; 1.0 and 1,00 are what programs make of 1.
_WHOLE = re.compile(r"^(-?)(?:([0-9]+)|([1-9][0-9]{0,2}(?:([.,' \u00a0\u202f\u2019])[0-9]{3})(?:\4[0-9]{3})*))(?:[.,]0{1,2})?$")
_BLANKS = " \t\u00a0\u202f"
# Begins every text that is no number in the declared spelling, though it might be one in another.
REFUSED = "\x00"


@functools.lru_cache(maxsize=64)
def _pattern(how: Number) -> re.Pattern[str]:
    whole = "[0-9]+"
    for mark in how.thousands:
        whole += rf"|[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+"
    return re.compile(rf"^(-?)({whole})(?:{re.escape(how.decimal)}([0-9]+))?$")


def plain_number(text: str, how: Number) -> str:
    """One cell -> 1234.5; what is not spelt as declared becomes a text that fails."""
    cell = unsigned(text.strip(_BLANKS).replace("\u2212", "-"), how.signs)
    if how.duration and (clock := _DURATION.match(cell)):
        hours, minutes, seconds, fraction = clock.groups()
        if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
            return REFUSED + text
        total = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        return _scaled(Decimal(f"{total}{fraction or ''}"), how)
    if how.percent == "sign":
        bare = cell.rstrip("%％").rstrip(_BLANKS)
        if bare == cell and cell.strip("-0.,"):
            return REFUSED + text
        cell = bare
    if how.whole:
        count = _WHOLE.match(cell)
        return f"{count[1]}{re.sub('[^0-9]', '', count[2] or count[3])}" if count else _unread(text, cell)
    factor = Decimal(1)
    if how.chinese and cell[-1:] in _CHINESE:
        factor, cell = _CHINESE[cell[-1]], cell[:-1].rstrip()
    found = _pattern(how).match(cell)
    if not found:
        return _unread(text, cell)
    sign, whole, rest = found.groups()
    for mark in how.thousands:
        whole = whole.replace(mark, "")
    plain = f"{sign}{whole}" + (f".{rest}" if rest else "")
    if factor == 1 and how.times == 1 and how.percent != "fraction":
        return plain
    try:
        return _scaled(Decimal(plain) * factor, how)
    except InvalidOperation:
        return REFUSED + text


def unsigned(cell: str, signs: tuple[str, ...]) -> str:
    """-$1,204.50 -> -1,204.50: without the one sign that stands at either end of the number."""
    if not signs:
        return cell
    minus, bare = ("-", cell[1:]) if cell.startswith("-") else ("", cell)
    for sign in signs:
        if bare.startswith(sign):
            return minus + bare.removeprefix(sign).lstrip(_BLANKS)
        if bare.endswith(sign):
            return minus + bare.removesuffix(sign).rstrip(_BLANKS)
    return cell


def _unread(text: str, cell: str) -> str:
    # NaN and its kin keep their own rule.
    return text if cell.casefold().lstrip("+-") in ("nan", "inf", "infinity", "∞") else REFUSED + text


def _scaled(number: Decimal, how: Number) -> str:
    with localcontext(prec=60):
        return format(number * how.times * (100 if how.percent == "fraction" else 1), "f")
