"""The demo's calendar: which days there are and how busy each is.

Belongs here: dates, festivals, weekdays, growth, where in the period a story happens.
Never here: accounts, people, numbers that get written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assets.demo.streams import Floats


@dataclass(frozen=True)
class Season:
    """A run of days with its festivals. Day 0 is first_day; burn-in days before it have negative numbers."""

    first_day: date
    days: int
    spec: dict[str, Any]

    def day(self, index: int) -> date:
        return self.first_day + timedelta(days=index)

    def index(self, day: date) -> int:
        return (day - self.first_day).days

    @property
    def last_day(self) -> date:
        return self.day(self.days - 1)

    def at(self, share: float) -> int:
        """The day a story falls on: the same place in a year as in two months, never on the first or last two days."""
        return min(max(round((self.days - 1) * share), 2), self.days - 3)

    def holds(self, window: dict[str, Any], day: date) -> bool:
        """Whether a festival or campaign window of the spec holds this day."""
        if "lunar" in window:
            low, high = window["lunar"]
            return any(low <= (day - new_year).days <= high for new_year in self.spec["lunar_new_year"])
        return bool(window["from"] <= f"{day:%m-%d}" <= window["to"])

    def factors(self, season: str, weekdays: str, before: int = 0) -> Floats:
        """Season times weekday for each day, burn-in days first."""
        import numpy as np

        rhythm = self.spec["weekdays"][weekdays]
        out = np.ones(before + self.days)
        for i in range(before + self.days):
            day = self.day(i - before)
            out[i] = rhythm[day.weekday()]
            for window in self.spec["seasons"][season]:
                if self.holds(window, day):
                    out[i] *= window["factor"]
        return out

    def growth(self, yearly: float, before: int = 0) -> Floats:
        import numpy as np

        return np.power(1.0 + yearly, (np.arange(before + self.days) - before) / 365.0)
