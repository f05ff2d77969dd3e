"""One cell of a rule table: from what a person typed to a typed value, or a sentence saying why not.

Belongs here: spelling of days, numbers, identifiers, zones and currencies.
Never here: what a value means together with another cell or another table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from expectations.statute import AGGREGATIONS, CURRENCIES, Column

_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_YES_NO = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
_LONGEST_TEXT = 2000


class Unreadable(ValueError):
    """The cell cannot be what its column holds."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@cache
def zone(text: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        if "/" not in text and text not in ("UTC", "GMT"):
            raise ValueError(text)
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):  # unknown, a folder of zones, or a path that tries to leave them
        raise Unreadable(f"{text!r} is not an IANA time zone", "for example Asia/Shanghai or UTC") from None
    return text


def currency(text: str) -> str:
    if text not in CURRENCIES:
        raise Unreadable(f"{text!r} is not an ISO 4217 currency", "three capital letters, for example CNY")
    return text


def day(text: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        found = date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{text!r} is not a day", "write YYYY-MM-DD") from None
    if not 1900 <= found.year <= 2199:
        raise Unreadable(f"{text} lies outside 1900 to 2199")
    return found


def number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise Unreadable(f"{text!r} is not a number", "digits and a point, without separators, signs of money or %")
    return float(text)


def whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
        raise Unreadable(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def share(text: str) -> float:
    found = number(text)
    if not 0 <= found <= 1:
        raise Unreadable(f"a share of {text} is impossible", "shares lie between 0 and 1")
    return found


def rate(text: str) -> Decimal:
    number(text)
    try:
        found = Decimal(text).quantize(Decimal("0.00000001"))
    except InvalidOperation:
        raise Unreadable(f"{text!r} has too many digits for a rate") from None
    if not 0 < found < 10**10:
        raise Unreadable(f"a rate of {text} is impossible", "one unit of the currency in the company's currency, above 0")
    return found


def _named(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise Unreadable(f"{text!r} is not a usable name", what)
    return text


def parse(column: Column, text: str) -> object:
    """The typed value of a stripped cell; blank is None."""
    if _CONTROL.search(text):
        raise Unreadable("the cell holds a line break or another control character")
    if len(text) > _LONGEST_TEXT:
        raise Unreadable(f"the cell is longer than {_LONGEST_TEXT} characters")
    if not text:
        return None
    match column.type:
        case "text":
            return text
        case "pattern":  # platforms spell sources in any case; the rules are compared in one
            return text.lower()
        case "choice":
            if text not in column.choices:
                raise Unreadable(f"{text!r} is not one of {', '.join(column.choices)}")
            return text
        case "aggregation":
            if text.lower() not in AGGREGATIONS:
                raise Unreadable(f"{text!r} is not one of {', '.join(sorted(set(AGGREGATIONS.values())))}")
            return AGGREGATIONS[text.lower()]
        case "bool":
            if text.lower() not in _YES_NO:
                raise Unreadable(f"{text!r} is neither true nor false")
            return _YES_NO[text.lower()]
        case "id":
            return _named(_ID, text, "small letters, digits and _, beginning with a letter, at most 63")
        case "account":
            return _named(_ACCOUNT, text, "small letters, digits, _ and -, at most 63: it is also the folder's name")
        case "profile":
            return _named(_PROFILE, text, "letters, digits, _ and -, at most 63")
    return _TYPED[column.type](text)


_TYPED: dict[str, Callable[[str], object]] = {
    "day": day,
    "number": number,
    "whole": whole,
    "share": share,
    "rate": rate,
    "zone": zone,
    "currency": currency,
}
