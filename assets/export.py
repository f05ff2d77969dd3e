"""Reads one raw export through its adapter: good rows, set-aside records with reasons, and counts that add up.

Belongs here: what reading depends on and what it gives; the order of reading is in `reading`. Never here: what a metric means, who
owns it, arithmetic between rows. Those are SQL and seeds. Nothing here raises for bad input: a refusal is a result.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.archive import Receipt

if TYPE_CHECKING:
    import polars as pl

# Raised whenever the same bytes may be read differently: what older code landed is then read again.
PARSER_VERSION = 8


@dataclass(frozen=True)
class Account:
    platform: str
    time_zone: str = ""
    currency: str = ""
    surface: str = ""


@dataclass(frozen=True)
class MetricSpec:
    feed: str
    unit: str = ""
    is_money: bool = False
    is_ratio: bool = False
    allows_negative: bool = False
    aggregation: str = ""
    # What the catalogue holds possible: a share of a whole lies between none and all of it.
    lowest: float | None = None
    highest: float | None = None

    @property
    def may_be_summed(self) -> bool:
        """Parts of a count add up; parts of a number of people overlap, and shares have no sum."""
        return not self.is_ratio and self.aggregation in ("", "additive")

    @property
    def is_counted(self) -> bool:
        """Exposures, people and acts come whole; money, shares, indices and durations do not."""
        return not self.is_money and not self.is_ratio and self.aggregation in ("additive", "stock", "unique")

    @property
    def may_be_negative(self) -> bool:
        """A net sentiment or a growth rate may lie below zero; a count may not unless the catalogue says so."""
        return self.allows_negative or self.is_ratio


class NoPersonKey(ValueError):
    """Reading without a key would write people's names into the landing."""


@dataclass(frozen=True)
class Intake:
    """What reading depends on, from the company's tables."""

    accounts: dict[str, Account]
    metrics: dict[str, MetricSpec]
    aliases: dict[str, str] = field(default_factory=dict)
    company_time_zone: str = "UTC"
    company_currency: str = ""
    # Keys the pseudonyms of people; it comes from outside the data and is never written into it.
    person_key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if not self.person_key:
            raise NoPersonKey("no key to hash people with is configured: set KPI_PERSON_KEY; without it nothing may be read")

    def hash_for(self, account_id: str) -> str:
        """Changes when this account's files would be read differently: one new account does not re-read all the others."""
        account = self.accounts.get(account_id)
        return hashlib.sha256(json.dumps([asdict(account) if account else None, self._shared], sort_keys=True).encode()).hexdigest()

    @cached_property
    def _shared(self) -> str:
        """The same of what every file is read with: spelt anew for each of thousands of files it would be most of a quiet night's landing."""
        from assets.adapter import fingerprint

        parts: dict[str, Any] = {
            "metrics": {name: asdict(spec) for name, spec in self.metrics.items()},
            "aliases": self.aliases,
            "company": [self.company_time_zone, self.company_currency],
            "adapters": fingerprint(),
            # Another key makes other people of everybody; the key itself must not be told apart from this.
            "person_key": hmac.digest(self.person_key, b"which key", "sha256").hex(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass
class Landed:
    """One file, read. `frames` has an entry per (feed, shape) that has rows; physical = accepted + quarantined + duplicate."""

    frames: dict[tuple[str, str], pl.DataFrame]
    quarantine: pl.DataFrame
    physical: int
    accepted: int
    quarantined: int
    duplicate: int
    status: str
    reason: str | None = None
    message: str | None = None
    adapter: str | None = None
    shape: str | None = None
    encoding: str | None = None
    # Younger than this at receipt, a day is provisional.
    delay_days: int = 0
    # Of the records set aside, those of tables that a map knows and refuses: no sign that a file has changed its form.
    declined: int = 0
    # The metrics that the platform takes back with negative numbers: these may land below zero.
    corrects: list[str] = field(default_factory=list)
    # Texts, sheets and members that lines are numbered in.
    sources: int = 1
    # The properties, pages or channels of the platform that the file names.
    whose: list[str] = field(default_factory=list)
    # Rows by feed and shape, where they were written while the file was read; `frames` and `quarantine` are then empty.
    written: dict[tuple[str, str], int] | None = None

    @property
    def rows(self) -> dict[tuple[str, str], int]:
        return self.written if self.written is not None else {key: frame.height for key, frame in self.frames.items()}

    @property
    def shapes(self) -> list[str]:
        return sorted({shape for _, shape in self.rows})


def read_export(raw: bytes | Path, receipt: Receipt, intake: Intake) -> Landed:
    """Bytes of one received file -> rows. Only a machine fault (an unreadable disk, no memory) raises."""
    data = raw.read_bytes() if isinstance(raw, Path) else raw
    # Outside of the net below: a missing module or broken map is a fault of the installation, not of the file.
    from assets import adapter, cells, decode, nested, reading, records, sheets  # noqa: F401

    adapter.load()
    return reading.safely(data, Path(receipt.source_file).name, receipt, intake, is_member=False)


def read_archived(path: Path, receipt: Receipt, intake: Intake, into: Path) -> Landed:
    """One archived file -> rows, in memory or, if the file is long and its map allows it, written into the folder `into`."""
    from assets import decode
    from assets.landed import Unread, refused
    from assets.streamed import read_streamed

    found = read_streamed(path, receipt, intake, into)
    if found is not None:
        return found
    size = path.stat().st_size
    return refused(decode.too_large(size), Unread(0), receipt) if size > decode.MAX_WHOLE else read_export(path, receipt, intake)


def inspect(path: Path, intake: Intake, account_id: str | None = None) -> dict[str, Any]:
    """What reading this file would give; see assets/inspection.py."""
    from assets.inspection import inspect as look

    return look(path, intake, account_id)
