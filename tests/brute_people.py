"""People counted the slow way: sets of days, one person after the other, no SQL.

Belongs here: what cohorts, growth and frequency are by definition. Never here: how the models get there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

Days = Mapping[str, set[date]]


def start(kind: str, day: date) -> date:
    return {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}[kind]


def after(kind: str, first: date) -> date:
    return start(kind, first + timedelta(days={"day": 1, "week": 7, "month": 31}[kind]))


def periods(kind: str, first: date, last: date) -> list[date]:
    found = [start(kind, first)]
    while after(kind, found[-1]) <= last:
        found.append(after(kind, found[-1]))
    return found


@dataclass
class Crowd:
    """Who was there on which days, when they came in and how long they stayed, and up to which day that is known."""

    days: Days
    complete: date
    instants: Mapping[str, list[datetime]] = field(default_factory=dict)
    seconds: Mapping[tuple[str, date], float] = field(default_factory=dict)

    @property
    def first(self) -> date:
        return min(min(days) for days in self.days.values())

    @property
    def last(self) -> date:
        return max(self.complete, max(max(days) for days in self.days.values()))

    def seen(self, kind: str) -> dict[str, set[date]]:
        return {person: {start(kind, day) for day in days} for person, days in self.days.items()}

    def is_complete(self, kind: str, period: date) -> bool:
        return period >= self.first and after(kind, period) <= self.complete + timedelta(days=1)

    def cohorts(self, kind: str) -> Iterator[tuple[date, int, str, int, int, bool]]:
        """cohort, number, definition, size, retained, mature."""
        seen = self.seen(kind)
        for cohort in periods(kind, self.first, self.last):
            members = [there for there in seen.values() if min(there) == cohort]
            if not members:
                continue
            for number, period in enumerate(periods(kind, cohort, self.last)):
                mature = after(kind, period) <= self.complete + timedelta(days=1)
                yield cohort, number, "classic", len(members), sum(period in there for there in members), mature
                yield cohort, number, "rolling", len(members), sum(max(there) >= period for there in members), mature

    def growth(self, kind: str) -> Iterator[tuple[date, int, int, int, int, int, bool]]:
        """period, new, retained, resurrected, churned, active, complete."""
        seen = self.seen(kind)
        before: set[str] = set()
        ever: set[str] = set()
        for period in periods(kind, self.first, self.last):
            now = {person for person, there in seen.items() if period in there}
            back = now & ever - before
            yield period, len(now - ever), len(now & before), len(back), len(before - now), len(now), self.is_complete(kind, period)
            before, ever = now, ever | now

    def visits(self, kind: str) -> Counter[date]:
        """Visits by the period they began in; a pause of more than thirty minutes ends one."""
        begun: Counter[date] = Counter()
        for instants in self.instants.values():
            previous = None
            for instant in sorted(instants):
                if previous is None or instant - previous > timedelta(minutes=30):
                    begun[start(kind, instant.date())] += 1
                previous = instant
        return begun

    def dwell(self, kind: str) -> dict[date, tuple[float, int]]:
        spent: dict[date, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for (person, day), seconds in self.seconds.items():
            spent[start(kind, day)][person] += seconds
        return {period: (sum(people.values()), len(people)) for period, people in spent.items()}

    def stickiness(self, kind: str, period: date) -> float | None:
        days = [period + timedelta(days=n) for n in range((after(kind, period) - period).days)]
        active = sum(period in there for there in self.seen(kind).values())
        if not active or not self.is_complete(kind, period):
            return None
        return sum(day in there for there in self.days.values() for day in days) / len(days) / active
