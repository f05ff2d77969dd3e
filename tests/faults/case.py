"""What a case of bad input is, the kinds that are known, and good files to be spoilt.

Belongs here: the words every kind is written in. Never here: a kind, a verdict.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

NOW = datetime(2026, 3, 20, 9, 0)
FOLDER = "acc/2026-03-19"  # received on the 19th: the 20th is the last day that a file may speak of
HEADER = "metric,day,value"
Fact = tuple[str, ...]
Facts = frozenset[Fact]
Row = tuple[str, str, str]


@dataclass(frozen=True)
class File:
    """One bad file and the truth about it. `may_be`: N read whole, Q some records set aside, F refused; several letters where the matrix allows."""

    path: str
    data: bytes
    may_be: str
    good: Facts = frozenset()
    # What else may land, because the bytes do say it; everything beyond is a false number.
    may: Facts = frozenset()
    # Records by the generator's own count, and how many of them are bad or repeated, when the file is read.
    records: int | None = None
    bad: int | None = None
    duplicate: int | None = None
    rules: frozenset[str] = frozenset()
    says: str = ""


@dataclass(frozen=True)
class Case:
    kind: str
    name: str
    files: tuple[File, ...] = ()
    # Entries that no File can make (links, pipes), and the reason by which each must be refused unopened.
    prepare: Callable[[Path], None] | None = None
    refused: tuple[tuple[str, str], ...] = ()
    # A trial that is not receive and land: returns what is wrong with the outcome.
    trial: Callable[[Path], list[str]] | None = None


@dataclass
class Result:
    kind: str
    name: str
    outcome: str = ""
    wrong: list[str] = field(default_factory=list)
    lost: int = 0


@dataclass(frozen=True)
class Kind:
    id: str
    what: str
    expected: str
    cases: Callable[[], Iterable[Case]]


KINDS: dict[str, Kind] = {}


def kind(id: str, what: str, expected: str) -> Callable[[Callable[[], Iterable[Case]]], Callable[[], Iterable[Case]]]:
    def known(cases: Callable[[], Iterable[Case]]) -> Callable[[], Iterable[Case]]:
        KINDS[id] = Kind(id, what, expected, cases)
        return cases

    return known


def fact(metric: str, day: str, value: str, campaign: str = "") -> Fact:
    return (metric, day, campaign, str(Decimal(value).quantize(Decimal("0.000001")).normalize()))


def rows(seed: object, n: int = 12) -> list[Row]:
    """Days of March with numbers of their own, of two metrics that count."""
    dice = random.Random(f"rows {seed}")
    return [(dice.choice(("content_reads", "video_plays")), f"2026-03-{day:02}", str(dice.randint(100, 99_999))) for day in range(1, n + 1)]


def facts(records: Iterable[Row]) -> Facts:
    return frozenset(fact(*row) for row in records)


def text(records: Iterable[Iterable[str]], header: str = HEADER, end: str = "\n") -> bytes:
    return (end.join([header, *(",".join(record) for record in records)]) + end).encode()


def one(kind: str, name: str, file: File) -> Case:
    return Case(kind, name, (file,))


def spoilt(id: str, name: str, seed: object, cells: Iterable[str], column: int, rule: Iterable[str], n: int = 12, quote: bool = True) -> Case:
    """A good file in which some records say something impossible in one column; the others must land."""
    good, dice = rows(seed, n), random.Random(f"{id} {seed}")
    bad = list(cells)
    lines: list[list[str]] = [list(row) for row in good]
    for cell in bad:
        line = list(dice.choice(good))
        line[column] = f'"{cell}"' if quote and any(mark in cell for mark in ',"\n') else cell
        lines.insert(dice.randint(0, len(lines)), line)
    file = File(f"{FOLDER}/counts.csv", text(lines), "Q", facts(good), records=n + len(bad), bad=len(bad), duplicate=0, rules=frozenset(rule))
    return one(id, name, file)


def each(id: str, spoils: dict[str, str], column: int, rule: Iterable[str]) -> Iterator[Case]:
    """One case a bad cell, and one with all of them in one file."""
    rule = tuple(rule)
    for name, cell in spoils.items():
        yield spoilt(id, name, name, [cell], column, rule)
    yield spoilt(id, "all at once", "all", spoils.values(), column, rule)
