"""Says numbers, days and sentences in the company's language.

Belongs here: looking up words.yml, separators, units, plural forms, month names.
Never here: HTML, SQL, and the name of any metric, department or function (those come from tables, in the same language).
"""

from __future__ import annotations

import datetime as dt
import functools
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import yaml

FALLBACK = "en"
MINUS = "−"
# letters that run the other way, and marks that make any letter do so
OTHER_WAY = {"R", "AL", "RLE", "RLO", "LRE", "LRO", "RLI", "LRI", "FSI"}
APART, TOGETHER = "\u2068", "\u2069"


def apart(name: str) -> str:
    """A name of the company's own as it may stand in a sentence: one that runs the other way takes no number beside it along."""
    turns = any(unicodedata.bidirectional(letter) in OTHER_WAY for letter in name)
    return f"{APART}{name.replace(TOGETHER, '')}{TOGETHER}" if turns else name


@functools.cache
def book() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8"))
    # a page of its own brings its own labels; none may say another page's label otherwise
    for path in sorted(Path(__file__).parent.glob("words_*.yml")):
        labels: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["words"]
        if twice := loaded["words"].keys() & labels.keys():
            raise ValueError(f"{path.name} repeats the labels {', '.join(sorted(twice))}")
        loaded["words"].update(labels)
    return loaded


def layout() -> dict[str, Any]:
    section: dict[str, Any] = book()["layout"]
    return section


class Wording:
    """All speaking for one language. An unknown language falls back to English, for the page must open."""

    def __init__(
        self,
        language: str,
        currency: str,
        reasons: Mapping[str, str] | None = None,
        accounts: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.language = language if language in book()["numbers"] else FALLBACK
        self.currency = currency
        self._reasons, self._accounts = dict(reasons or {}), dict(accounts or {})
        self._numbers: dict[str, str] = book()["numbers"][self.language]
        self._dates: dict[str, str] = book()["dates"][self.language]

    # words -----------------------------------------------------------------
    def t(self, key: str, **values: object) -> str:
        """One label or sentence; `n` chooses between singular and plural and is grouped like any count."""
        text: str = book()["words"][key][self.language]
        forms = text.split("|")
        n = values.get("n")
        text = forms[0] if len(forms) == 1 or n == 1 else forms[1]
        spoken = {k: self.whole(v) if isinstance(v, int) else v for k, v in values.items()}
        return text.format(**spoken) if values else text

    def term(self, section: str, key: str | None) -> str:
        """A term of a closed list (unit, class, verdict); one that is not listed is shown as the tables spell it."""
        entry = book()[section].get(key or "")
        return str(entry[self.language]) if entry else (key or "").replace("_", " ")

    def rank(self, section: str, key: str | None) -> int:
        """The place of a term in its list, which is the order the page shows; unlisted terms come last."""
        order = list(book()[section])
        return order.index(key) if key in order else len(order)

    def reason(self, code: str | None) -> str:
        known = code in book()["reasons"]
        return self.term("reasons", code) if known else self._reasons.get(code or "", "").rstrip(".。") or self.term("reasons", code)

    def name(self, row: Mapping[str, Any], fallback: str) -> str:
        """The row's name in the page's language, else in English, else its identifier made readable."""
        return apart(row.get(f"name_{self.language}") or row.get(f"name_{FALLBACK}") or fallback.replace("_", " "))

    def account(self, key: str) -> str:
        """What the company calls an account; without a name the name of its folder, as it stands."""
        row = self._accounts.get(key, {})
        return apart(row.get(f"name_{self.language}") or key)

    def join(self, parts: Iterable[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(parts)

    # numbers ---------------------------------------------------------------
    def plain(self, value: Decimal | float | int, decimals: int) -> str:
        """Half up, not half even: a reader who checks by hand rounds that way."""
        exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        text = f"{abs(exact):,.{decimals}f}"
        text = text.translate(str.maketrans(",.", self._numbers["thousands"] + self._numbers["decimal"]))
        return (MINUS if exact < 0 else "") + text

    def whole(self, value: Decimal | float | int) -> str:
        return self.plain(value, 0)

    def percent(self, fraction: Decimal | float, decimals: int = 1) -> str:
        return self.plain(Decimal(str(fraction)) * 100, decimals) + self._numbers["percent"]

    def amount(self, value: Any, unit: str | None, aggregation: str | None) -> str:
        """The bare number of a metric, as it is aligned in a column; its unit is said by `unit`."""
        if unit == "%":
            return self.percent(value) if aggregation == "ratio" else self.plain(value, 1) + self._numbers["percent"]
        size = abs(Decimal(str(value)))
        if unit == "money":
            return self.plain(value, 0 if size >= 1000 or size == 0 else 2)
        if size == size.to_integral_value() or size >= 1000:
            return self.whole(value)
        return self.plain(value, 2 if size < 10 else 1)

    def unit(self, unit: str | None, currency: str | None = None) -> str:
        if unit == "%":
            return ""
        return (currency or self.currency) if unit == "money" else self.term("units", unit)

    def spoken(self, value: Any, unit: str | None, aggregation: str | None, currency: str | None = None) -> str:
        """The number with its currency or percent sign; other units are left to the metric's name."""
        text = self.amount(value, unit, aggregation)
        return f"{text}\u00a0{currency or self.currency}" if unit == "money" else text

    def change(self, value: Any, before: Any, unit: str | None, aggregation: str | None) -> str:
        """Points between two percentages, percent between two amounts: 4 % to 5 % is one point, not 25 %."""
        now, then = Decimal(str(value)), Decimal(str(before))
        if now == then:
            return self.t("unchanged")
        sign = "+" if now > then else MINUS
        if unit == "%":
            points = abs(now - then) * (100 if aggregation == "ratio" else 1)
            return f"{sign}{self.plain(points, 1)}{self._numbers['point']}" if points >= Decimal("0.05") else self.t("unchanged")
        if then == 0:
            return self.t("from_zero")
        share = abs(now - then) / abs(then)
        if share < Decimal("0.0005"):
            return self.t("unchanged")  # "+0.0 %" would call a rounding a change
        return sign + self.percent(share, 1 if share < 1 else 0)

    # days ------------------------------------------------------------------
    def _date(self, key: str, day: dt.date) -> str:
        month: str = book()["months"][self.language][day.month - 1]
        short = month if self.language in ("zh", "ko") else month[:3]
        return self._dates[key].format(d=day.day, m=day.month, y=day.year, month=month, mon=short)

    def day(self, day: dt.date) -> str:
        return self._date("day", day)

    def short(self, day: dt.date) -> str:
        return self._date("short", day)

    def month(self, day: dt.date) -> str:
        return self._date("month", day)

    def month_name(self, day: dt.date) -> str:
        return str(book()["months"][self.language][day.month - 1])

    def month_tick(self, day: dt.date) -> str:
        return self.month_name(day)[:3]

    def between(self, first: dt.date, last: dt.date) -> str:
        return self._dates["range"].format(a=self.day(first), b=self.day(last))

    def period(self, kind: str, start: dt.date) -> str:
        if kind == "quarter":
            return self.t("quarter", q=(start.month + 2) // 3, y=str(start.year))
        if kind == "month":
            return self.month(start)
        return self.t("week_of", day=self.short(start)) if kind == "week" else self.short(start)
