"""Which days a file covers and on which day it arrives.

Belongs here: export windows, date folders, putting bytes in place.
Never here: the bytes themselves.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from assets.demo.season import Season


@dataclass(frozen=True)
class Window:
    """Days first..last (inclusive, by number) and the day their export is received."""

    first: int
    last: int
    received: date
    label: str


@dataclass(frozen=True)
class Parcel:
    account: str
    received: date
    name: str
    raw: bytes

    @property
    def path(self) -> str:
        return f"{self.account}/{self.received.isoformat()}/{self.name}"


def windows(season: Season, months: int, weekly: bool) -> Iterator[Window]:
    """Exports of whole calendar periods, received on the 2nd after; what is left arrives the day after the last day.

    weekly: the month of the last day comes in weeks that end on Sundays, each received on its Monday.
    """
    start, end = 0, season.days - 1
    closing = season.last_day + timedelta(days=1)
    while start <= end:
        day = season.day(start)
        if weekly and (day.year, day.month) == (season.last_day.year, season.last_day.month):
            last = min(end, start + 6 - day.weekday())
            label = f"{day.isoformat()}_{season.day(last).isoformat()}"
            yield Window(start, last, season.day(last + 1), label)
        else:
            final_month = (day.month - 1) // months * months + months
            first_after = date(day.year + final_month // 12, final_month % 12 + 1, 1)
            if weekly:
                first_after = min(first_after, season.last_day.replace(day=1))
            last = min(end, season.index(first_after) - 1)
            received = min(season.day(last + 2), closing)
            label = f"{day:%Y-%m}" if season.day(last).month == day.month else f"{day:%Y-%m}_{season.day(last):%Y-%m}"
            yield Window(start, last, received, label)
        start = last + 1


def put(path: Path, raw: bytes) -> bool:
    """Writes a file in one step, and not at all when it is there already: an unchanged inbox stays unchanged."""
    if path.is_file() and path.stat().st_size == len(raw) and path.read_bytes() == raw:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(raw)
    os.replace(unfinished, path)
    return True
