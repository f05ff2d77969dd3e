"""Checks what a map says of days, instants and the days that a file covers.

Belongs here: formats that can be read, and that no cell is read as two days. Never here: reading a day (dates).
"""

from __future__ import annotations

import re

from assets.dates import LANGUAGES, SPREADSHEET, Unreadable, compiled
from assets.map_entry import Entry
from assets.maps import Dates, WindowRule

_WINDOW_GROUPS = {"start", "end", "day", "currency", "whose"}


def dates_of(entry: Entry, key: str) -> Dates:
    part = entry.part(key, {"pattern", "format", "formats", "months"})
    part.pattern("pattern")
    formats, months = part.texts("formats"), part.texts("months") or ("en",)
    if formats and {"pattern", "format"} & set(part.content):
        part.bad("either formats, or pattern and format")
    check_formats(part, formats, months)
    return Dates(formats, months, part.content.get("pattern", Dates.pattern), part.content.get("format", Dates.pattern_format))


def check_formats(part: Entry, formats: tuple[str, ...], months: tuple[str, ...]) -> None:
    if set(months) - set(LANGUAGES):
        part.bad(f"months are languages of {sorted(LANGUAGES)}")
        return
    orders: dict[str, str] = {}
    for text in formats:
        try:
            compiled(text, months)
        except Unreadable as error:
            part.bad(f"format {text!r}: {error}")
        skeleton = re.sub(r"%[md]", "%#", text)
        if orders.setdefault(skeleton, text) != text:
            part.bad(f"{orders[skeleton]!r} and {text!r} read one cell as two days")
        if SPREADSHEET in formats and re.fullmatch(r"%[md]([/-])%[md]\1%[Yy]", text):
            part.bad(f"{text!r} declares what spreadsheet leaves to the column")


def window_of(entry: Entry) -> WindowRule | None:
    if "window" not in entry.content:
        return None
    part = entry.part("window", {"file_name", "preamble", "format", "months", "end_exclusive"})
    file_name, preamble = part.pattern("file_name"), part.patterns("preamble")
    formats, months = part.texts("format") or ("%Y-%m-%d",), part.texts("months") or ("en",)
    check_formats(part, formats, months)
    groups = {name for pattern in (file_name, *preamble) if pattern for name in pattern.groupindex}
    if not groups or groups - _WINDOW_GROUPS:
        part.bad(f"the patterns of a window have groups named {sorted(_WINDOW_GROUPS)}, and no others")
    return WindowRule(file_name, preamble, Dates(formats, months), part.flag("end_exclusive"))
