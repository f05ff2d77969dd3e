"""What the maps of `adapters/*.yml` say, as types.

Belongs here: a map, its columns, how it writes numbers and days, and what can be asked of them. Never here: checking an entry
(vocabulary), finding the files (map_files), a header, metric or platform name (they are in the YAML), a file that was received.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assets.plain_names import plainly


@dataclass(frozen=True)
class Number:
    """How numbers are written. Nothing declared: 1234.5, no separators."""

    decimal: str = "."
    thousands: tuple[str, ...] = ()
    # Counts, in whatever grouping: what is no whole number in any of them is no number.
    whole: bool = False
    chinese: bool = False
    # What may stand before or behind a number: $, €, EUR.
    signs: tuple[str, ...] = ()
    percent: str | None = None
    duration: bool = False
    times: Decimal = Decimal(1)

    @property
    def is_plain(self) -> bool:
        return self == PLAIN


# What a map that says nothing of numbers means.
PLAIN = Number()


@dataclass(frozen=True)
class Dates:
    """How days or instants are written. No formats: ISO."""

    formats: tuple[str, ...] = ()
    months: tuple[str, ...] = ("en",)
    pattern: str = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})$"
    pattern_format: str = "%Y-%m-%d"


ISO = Dates()


@dataclass(frozen=True)
class WindowRule:
    """Where a file says which days it covers."""

    file_name: re.Pattern[str] | None = None
    preamble: tuple[re.Pattern[str], ...] = ()
    dates: Dates = ISO
    end_exclusive: bool = False


@dataclass(frozen=True)
class Column:
    header: str
    also: tuple[str, ...] = ()
    matches: re.Pattern[str] | None = None
    into: str | None = None
    required: bool = False
    metric: str | None = None
    sum_into: str | None = None
    dimension: str | None = None
    lifetime: bool = False
    unit: str | None = None
    or_title: bool = False
    personal: bool = False
    filter: bool = False
    number: Number | None = None
    values: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    # Other columns that may say it instead: the first filled one counts, or at most one of them may say anything.
    first_of: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    joined_with: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    # How the platform writes this id: another form is a spreadsheet's, and would be another post.
    written: re.Pattern[str] | None = None
    # A zero counts only where these columns are zero as well: the platform may have stopped filling this one.
    zero_with: tuple[str, ...] = ()
    corrections: bool = False

    @functools.cached_property
    def spellings(self) -> frozenset[str]:
        return frozenset(plainly(name) for name in (self.header, *self.also))

    @functools.cached_property
    def alternatives(self) -> tuple[str, ...]:
        return tuple(plainly(name) for name in (*self.first_of, *self.one_of))

    @functools.cached_property
    def companions(self) -> tuple[str, ...]:
        """Columns that are read together with this one."""
        return tuple(plainly(name) for name in (*self.joined_with, *self.same_as, *self.zero_with))

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        return self.spellings | frozenset(self.alternatives)

    def is_in(self, header: list[str], seen: frozenset[str]) -> bool:
        """Whether a file with this header, spelt plainly in `seen`, has the column in any of its spellings, with all that it is joined with."""
        if self.joined_with and not seen.issuperset(plainly(name) for name in self.joined_with):
            return False
        return not seen.isdisjoint(self._names) or (self.matches is not None and any(self.fits(name) for name in header))

    def reads(self, name: str) -> bool:
        """Whether cells of this name reach the column in any way."""
        return self.fits(name) or plainly(name) in self.alternatives or plainly(name) in self.companions

    def fits(self, name: str) -> bool:
        return plainly(name) in self.spellings or bool(self.matches and self.matches.search(" ".join(name.split())))

    def currency_of(self, name: str) -> str | None:
        """The currency that the header itself names."""
        found = self.matches.search(" ".join(name.split())) if self.matches else None
        return found.groupdict().get("currency") if found else None

    @functools.cached_property
    def counts(self) -> tuple[str, ...]:
        """The metrics that the column feeds, alone or as a part of their sum."""
        return tuple(name for name in (self.metric, self.sum_into) if name)


@dataclass(frozen=True)
class Title:
    metric: str
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    by: str
    first_non_empty: tuple[str, ...]


@dataclass(frozen=True)
class Adapter:
    """One entry; or one table of an entry, which inherits what the entry says."""

    name: str
    reads: frozenset[str]
    shape: str
    layout: str = "header"
    platforms: tuple[str, ...] = ()
    name_starts_with: str | None = None
    name_matches: re.Pattern[str] | None = None
    delimiters: tuple[str, ...] = (",",)
    encodings: tuple[str, ...] = ()
    json_path: tuple[str, ...] = ()
    flatten: bool = False
    sheet: re.Pattern[str] | None = None
    ignore_sheets: re.Pattern[str] | None = None
    title_matches: re.Pattern[str] | None = None
    header_within: int = 1
    comments: str | None = None
    # Lines `key,value` above the header: the dimension whose member the value is, or nothing for a line that must be there.
    above: tuple[tuple[str, str], ...] = ()
    description_rows: int = 0
    side_by_side: bool = False
    ignore_table: bool = False
    short_records: bool = False
    bare_quotes: bool = False
    formula_texts: bool = False
    columns: tuple[Column, ...] = ()
    ignore: frozenset[str] = frozenset()
    ignore_matches: tuple[re.Pattern[str], ...] = ()
    totals: frozenset[str] = frozenset()
    footers: tuple[re.Pattern[str], ...] = ()
    missing: tuple[str, ...] = ()
    apostrophes: bool = False
    number: Number = PLAIN
    day: Dates = ISO
    instant: Dates = ISO
    window: WindowRule | None = None
    snapshot_day: str | None = None
    lifetime: bool = False
    constants: tuple[tuple[str, str], ...] = ()
    keep_where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drop_where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    group: Group | None = None
    zone: str | None = None
    delay_days: int = 0
    titles: tuple[tuple[str, Title], ...] = ()
    refuse: tuple[str, str] | None = None
    without: frozenset[str] = frozenset()
    # The file lists what its neighbours in a zip were filtered by; these lines mean that they are whole.
    filters: re.Pattern[str] | None = None
    events: tuple[tuple[str, Any], ...] = ()
    tables: tuple[Adapter, ...] = ()
    corrections: bool = False
    # Breakdowns stand left of the numbers: what nobody knows there is no number to be left out.
    dimensions_first: bool = False
    # The platform leaves no day out: days a week or a month apart are sums of weeks or months.
    every_day: bool = False
    # Its numbers are each day's own: a column that only rises, far above its steps, is somebody's count since the beginning.
    no_counters: bool = False
    # The column whose later instant supersedes earlier records of the same key.
    later_wins: str | None = None
    unnest: str | None = None
    # The columns that the keys of an object of records (of objects of records) are.
    json_keys: tuple[str, ...] = ()
    # Further shapes that the same records have; for those, the column of whose members only the first record counts.
    and_as: tuple[Adapter, ...] = ()
    first_per: str | None = None
    count: bool = False

    @functools.cached_property
    def counting(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.counts)

    @property
    def parts(self) -> tuple[Adapter, ...]:
        """The kinds of table that the file may hold."""
        return self.tables or (self,)

    @property
    def declines(self) -> tuple[str, str] | None:
        """Why a file that this map knows is refused, whatever it holds. Beside `snapshot_day`, only one without a day or a kept record is."""
        return None if self.snapshot_day else self.refuse

    def title(self, text: str) -> Title | None:
        return dict(self.titles).get(plainly(text))

    def ignores(self, name: str) -> bool:
        if plainly(name) in self.ignore or any(pattern.search(name) for pattern in self.ignore_matches):
            return True
        return any(column.reads(name) for column in self.columns) or any(column.reads(name) for also in self.and_as for column in also.columns)

    def corrected(self) -> set[str]:
        """The metrics that may land below zero."""
        return {metric for part in self.parts for column in part.columns if column.corrections or part.corrections for metric in column.counts}

    def metrics(self) -> set[str]:
        every = [form for part in self.parts for form in (part, *part.and_as)]
        named = {metric for part in every for column in part.columns for metric in column.counts}
        constant = {text for part in every for name, text in part.constants if name == "metric"}
        return named | constant | {title.metric for _, title in self.titles}
