"""Reads days and instants in the formats that a map declares, and says which days a file covers.

Belongs here: formats, names of months, serial days, days without a year. Never here: which column is which, time zones.
Nothing is guessed: a text that no declared format fits is no day, even where it would be one in another format.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from assets.maps import Dates, WindowRule

# Long and short names by language, January first; several spellings of one month are parted by '|'.
LANGUAGES: dict[str, tuple[str, ...]] = {
    "en": ("january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul", "august|aug", "september|sept|sep",
           "october|oct", "november|nov", "december|dec"),
    "de": ("januar|jänner|jan", "februar|feb", "märz|mär|mrz", "april|apr", "mai", "juni|jun", "juli|jul", "august|aug",
           "september|sept|sep", "oktober|okt", "november|nov", "dezember|dez"),
    "es": ("enero|ene", "febrero|feb", "marzo|mar", "abril|abr", "mayo|may", "junio|jun", "julio|jul", "agosto|ago",
           "septiembre|setiembre|sept|sep", "octubre|oct", "noviembre|nov", "diciembre|dic"),
    "fr": ("janvier|janv", "février|févr|fév", "mars", "avril|avr", "mai", "juin", "juillet|juil", "août", "septembre|sept", "octobre|oct",
           "novembre|nov", "décembre|déc"),
    "it": ("gennaio|gen", "febbraio|feb", "marzo|mar", "aprile|apr", "maggio|mag", "giugno|giu", "luglio|lug", "agosto|ago",
           "settembre|set", "ottobre|ott", "novembre|nov", "dicembre|dic"),
    "pt": ("janeiro|jan", "fevereiro|fev", "março|mar", "abril|abr", "maio|mai", "junho|jun", "julho|jul", "agosto|ago", "setembro|set",
           "outubro|out", "novembro|nov", "dezembro|dez"),
    "nl": ("januari|jan", "februari|feb", "maart|mrt", "april|apr", "mei", "juni|jun", "juli|jul", "augustus|aug", "september|sep",
           "oktober|okt", "november|nov", "december|dec"),
    "ru": ("января|янв", "февраля|февр|фев", "марта|мар", "апреля|апр", "мая|май", "июня|июн", "июля|июл", "августа|авг",
           "сентября|сент|сен", "октября|окт", "ноября|нояб|ноя", "декабря|дек"),
    "pl": ("stycznia|sty", "lutego|lut", "marca|mar", "kwietnia|kwi", "maja|maj", "czerwca|cze", "lipca|lip", "sierpnia|sie", "września|wrz",
           "października|paź", "listopada|lis", "grudnia|gru"),
    "tr": ("ocak|oca", "şubat|şub", "mart|mar", "nisan|nis", "mayıs|may", "haziran|haz", "temmuz|tem", "ağustos|ağu", "eylül|eyl", "ekim|eki",
           "kasım|kas", "aralık|ara"),
    "id": ("januari|jan", "februari|feb", "maret|mar", "april|apr", "mei", "juni|jun", "juli|jul", "agustus|agu", "september|sep",
           "oktober|okt", "november|nov", "desember|des"),
    "zh": ("一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"),
}  # fmt: skip
EXCEL, NTH = "excel", "nth"
# Seconds, or thousandths of them, since 1970 in UTC.
EPOCH = {"epoch": (r"[0-9]{9,10}(?:\.[0-9]{1,6})?", 1), "epoch_ms": (r"[0-9]{12,13}", 1000)}
# Digits as a spreadsheet writes a day back: only the whole column says in which order (turned); until it is asked they are no day.
SPREADSHEET = "spreadsheet"
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  a serial day has no zone
_EPOCH_ZERO = datetime(1970, 1, 1)  # noqa: DTZ001  the offset is said beside it
_PIECES = {
    "%Y": r"(?P<Y>[0-9]{4})",
    "%y": r"(?P<y>[0-9]{2})",
    "%m": r"(?P<m>[0-9]{1,2})",
    "%d": r"(?P<d>[0-9]{1,2})",
    "%b": r"(?P<b>[^\W\d_]+)\.?",
    "%a": r"[^\W\d_]+\.?",
    "%H": r"(?P<H>[0-9]{1,2})",
    "%I": r"(?P<I>[0-9]{1,2})",
    "%M": r"(?P<M>[0-9]{2})",
    "%S": r"(?P<S>[0-9]{2})",
    "%f": r"(?P<f>[0-9]{1,6})",
    "%p": r"(?P<p>[AaPp]\.?[Mm]\.?)",
    "%z": r"(?P<z>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})",
    "%*": r".*",
}
# A month, or two days with something between them: a period and no day.
_PERIOD = re.compile(r"^[0-9]{4}[-/.年][0-9]{1,2}月?$|^[0-9]{4}-[0-9]{2}-[0-9]{2} ?(?:,|/|~|–|—|to|bis|-) ?[0-9]{4}-[0-9]{2}-[0-9]{2}$|^[0-9]{4}$")
# What normalised texts begin with that are no day, and why. No spelling of a day begins with it.
NO_YEAR, NO_DAY, UNREAD = "\x00no_year", "\x00no_day", "\x00"


class Unreadable(ValueError):
    """A format that says nothing that could be read."""


@dataclass(frozen=True)
class Window:
    """The days that a file says it covers, both included, and what else its preamble said."""

    start: date | None = None
    end: date | None = None
    day: date | None = None
    currency: str | None = None
    # The property, page or channel that the file says it is of.
    whose: str | None = None


# Of a file that says nothing.
UNKNOWN = Window()


@functools.lru_cache(maxsize=256)
def compiled(text: str, months: tuple[str, ...]) -> re.Pattern[str]:
    """A format as a regular expression over the whole cell. Raises Unreadable."""
    if text in (EXCEL, NTH):
        return re.compile(r"^(?P<serial>[0-9]{1,6}(?:\.[0-9]+)?)$")
    if text in EPOCH:
        return re.compile(f"^(?P<serial>{EPOCH[text][0]})$")
    if text == SPREADSHEET:
        return re.compile(r"(?!)")
    made, at = "", 0
    while at < len(text):
        piece = text[at : at + 2]
        if piece[0] == "%":
            known = _PIECES.get({"%B": "%b", "%A": "%a"}.get(piece, piece))
            if known is None:
                raise Unreadable(f"{piece!r} is not one of {' '.join(_PIECES)} (nor excel, nth, epoch, epoch_ms, spreadsheet)")
            made, at = made + known, at + 2
        else:
            made, at = made + (r"[\s\u00a0\u202f]+" if text[at].isspace() else re.escape(text[at])), at + 1
    try:
        pattern = re.compile(f"^{made}$", re.IGNORECASE)
    except re.error as error:  # the same piece twice
        raise Unreadable(str(error)) from error
    groups = set(pattern.groupindex)
    if "d" not in groups or not groups & {"m", "b"}:
        raise Unreadable("it has no day and month")
    if "b" in groups and not set(months) <= set(LANGUAGES):
        raise Unreadable("its months have no language")
    return pattern


@functools.lru_cache(maxsize=64)
def _names(months: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for language in months:
        for number, spellings in enumerate(LANGUAGES[language], 1):
            for name in spellings.split("|"):
                # A name that means two months in two of the declared languages means none.
                found[name] = number if found.get(name, number) == number else 0
    return found


def _moment(found: re.Match[str], months: tuple[str, ...], window: Window) -> tuple[date | str | None, time, str] | None:
    """The day (or why there is none), the time and the offset that one match says."""
    part = found.groupdict()
    month = int(part["m"]) if part.get("m") else _names(months).get(part["b"].casefold().rstrip("."), 0)
    hour = int(part.get("H") or part.get("I") or 0)
    if part.get("p"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["p"][0] in "pP" else 0)
    try:
        clock = time(hour, int(part.get("M") or 0), int(part.get("S") or 0), int((part.get("f") or "0").ljust(6, "0")))
        if part.get("Y") or part.get("y"):
            year = int(part["Y"]) if part.get("Y") else 2000 + int(part["y"])
            return date(year, month, int(part["d"])), clock, part.get("z") or ""
        date(2000, month, int(part["d"]))
    except ValueError:
        return None
    return _year_of(month, int(part["d"]), window), clock, part.get("z") or ""


def _year_of(month: int, day: int, window: Window) -> date | str:
    """The one year in which this day lies inside the file's window; a day that fits none or several has no year."""
    if window.start is None or window.end is None:
        return NO_YEAR
    fits = []
    for year in range(window.start.year, window.end.year + 1):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if window.start <= candidate <= window.end:
            fits.append(candidate)
    return fits[0] if len(fits) == 1 else NO_YEAR


def _read(text: str, how: Dates, window: Window) -> tuple[date | str | None, time, str] | None:
    for form in how.formats:
        found = compiled(form, how.months).match(text)
        if not found:
            continue
        if form == EXCEL:
            moment = _EXCEL_ZERO + timedelta(seconds=round(float(found["serial"]) * 86_400))
            return moment.date(), moment.time(), ""
        if form == NTH:
            if window.start is None or "." in found["serial"]:
                return NO_YEAR, time(), ""
            return window.start + timedelta(days=int(found["serial"])), time(), ""
        if form in EPOCH:
            moment = _EPOCH_ZERO + timedelta(microseconds=int(Decimal(found["serial"]) * 1_000_000 / EPOCH[form][1]))
            return moment.date(), moment.time(), "Z"
        moment_of = _moment(found, how.months, window)
        if moment_of is not None:
            return moment_of
    return None


def day_text(text: str, how: Dates, window: Window = UNKNOWN) -> str:
    """One cell as YYYY-MM-DD; what is no day fails, and a period or a day without year says so."""
    cell = text.replace("\u200e", "").strip()
    found = _read(cell, how, window)
    if found is None:
        return NO_DAY if _PERIOD.match(cell) else UNREAD + text
    day = found[0]
    return day if isinstance(day, str) else day.isoformat() if day else text


def instant_text(text: str, how: Dates, window: Window = UNKNOWN) -> str:
    """One cell as an ISO instant with its offset, if it has one."""
    found = _read(text.replace("\u200e", "").strip(), how, window)
    if found is None:
        return UNREAD + text
    day, clock, offset = found
    if isinstance(day, str) or day is None:
        return day or text
    return f"{day.isoformat()}T{clock.isoformat()}{'Z' if offset.upper() == 'GMT' else offset}"


def spelt_out(series: pl.Series, read: Callable[[str], str]) -> pl.Series:
    """Each distinct text read once: a year of exports has 365 days, however many rows."""
    import polars as pl

    distinct = series.unique().drop_nulls()
    if not len(distinct):
        return series
    spelt = pl.DataFrame({"said": distinct, "read": pl.Series([read(text) for text in distinct.to_list()], dtype=pl.String)})
    found = series.alias("said").to_frame().join(spelt, on="said", how="left", maintain_order="left")["read"]
    return found.alias(series.name)


def window_of(rule: WindowRule | None, file_name: str, lines: Iterable[str]) -> Window:
    """What the file's name (or else its zip's, or a folder's) and the lines above its table say of the days that it covers."""
    if rule is None:
        return Window()
    said: dict[str, str] = {}
    if rule.file_name and (found := rule.file_name.search(file_name.rsplit("/", 1)[-1]) or rule.file_name.search(file_name)):
        said |= {name: text for name, text in found.groupdict().items() if text}
    for line in lines:
        for pattern in rule.preamble:
            if found := pattern.search(line):
                said |= {name: text for name, text in found.groupdict().items() if text}
    days = {name: _day(said[name], rule.dates) for name in ("start", "end", "day") if name in said}
    end = days.get("end")
    if end and rule.end_exclusive:
        end -= timedelta(days=1)
    return Window(days.get("start"), end, days.get("day"), said.get("currency"), said.get("whose"))


def _day(text: str, how: Dates) -> date | None:
    try:
        return date.fromisoformat(day_text(text, how)[:10])
    except ValueError:
        return None
