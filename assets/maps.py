"""The adapter maps of `adapters/*.yml`: what they hold once they are loaded, all mistakes of all maps at once.

Belongs here: the words of a map as types, finding and loading the files. Never here: checking one entry (vocabulary), a header, metric
or platform name (they are in the YAML), a file that was received.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "adapters"

# What a column may be read into, per shape, and how its cells are spelt.
FIELDS: dict[str, dict[str, str]] = {
    "counts": {
        "metric": "metric",
        "day": "day",
        "value": "number",
        "campaign": "text",
        "post": "id",
        "currency": "currency",
    },
    "activity": {"person": "person", "at": "instant", "event": "text", "seconds": "duration", "session": "text"},
    "touches": {
        "person": "person",
        "at": "instant",
        "source": "text",
        "medium": "text",
        "campaign": "text",
        "channel": "text",
    },
    "orders": {
        "order_id": "id",
        "person": "person",
        "at": "instant",
        "value": "amount",
        "currency": "currency",
        "status": "status",
        "refunded": "amount",
    },
    "cases": {
        "case_id": "id",
        "kind": "kind",
        "opened_at": "instant",
        "answered_at": "instant",
        "closed_at": "instant",
        "is_auto_reply": "flag",
        "topic": "text",
        "sentiment": "real",
        "approved_at": "instant",
        "executed_at": "instant",
        "hops": "whole",
        "person_role": "text",
    },
}
NEEDED = {
    "counts": {"day"},
    "activity": {"person", "at"},
    "touches": {"person", "at"},
    "orders": {"order_id", "person", "at", "value"},
    "cases": {"case_id", "kind", "opened_at"},
}
# Of the needed columns those whose cells may be empty: who buys as a guest has still bought.
MAY_BE_EMPTY = {"orders": {"person"}}
# The fields whose cells are people: hashed in every adapter, whatever its map says.
PEOPLE = "person"


class BadAdapters(Exception):
    """The shipped maps contradict themselves; every contradiction is listed."""


@dataclass(frozen=True)
class Number:
    """How numbers are written. Nothing declared: 1234.5, no separators."""

    decimal: str = "."
    thousands: tuple[str, ...] = ()
    # Counts, in whatever grouping: what is no whole number in any of them is no number.
    whole: bool = False
    chinese: bool = False
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
    # The column whose later instant supersedes earlier records of the same key.
    later_wins: str | None = None
    unnest: str | None = None
    # The name of the column that the keys of an object of records are.
    json_keys: str | None = None
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
        """Why a file that this map knows is refused, whatever it holds. Beside `snapshot_day`, only one that names no day is."""
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


def plainly(name: str) -> str:
    """A header as it is compared: soft hyphens, marks, NBSP, trailing colons and case make no difference."""
    # every map asks it of every name; a cell that is no name must not stay in memory
    return _remembered(name) if len(name) <= _LONGEST_NAME else _spelt_plainly(name)


def _spelt_plainly(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    for invisible in ("\u00ad", "\ufeff", "\u200b", "\u200e", "\u200f"):
        text = text.replace(invisible, "")
    return " ".join(text.replace("\u00a0", " ").split()).rstrip(":： ").casefold()


_LONGEST_NAME = 200
_remembered = functools.lru_cache(maxsize=1 << 14)(_spelt_plainly)


def fingerprint(folder: Path = FOLDER) -> str:
    """Changes with any byte of any map: what was read with the old maps is then read again."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@functools.lru_cache(maxsize=4)
def load(folder: Path = FOLDER) -> tuple[Adapter, ...]:
    """All maps, validated; all mistakes at once."""
    import yaml

    from assets.vocabulary import adapter_of

    wrong: list[str] = []
    adapters: list[Adapter] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            wrong.append(f"{path.name}: {error}")
            continue
        if not isinstance(content, dict) or set(content) != {"adapters"} or not isinstance(content["adapters"], list):
            wrong.append(f"{path.name}: must hold one list named adapters")
            continue
        for entry in content["adapters"]:
            adapter = adapter_of(entry, path.name, wrong)
            if adapter:
                adapters.append(adapter)
    names = [adapter.name for adapter in adapters]
    wrong += [f"two adapters are named {name}" for name in sorted({n for n in names if names.count(n) > 1})]
    if wrong:
        raise BadAdapters("\n".join(wrong))
    return tuple(adapters)
