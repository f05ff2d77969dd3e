"""Reads one raw export through its adapter: good rows, set-aside records with reasons, and counts that add up.

Belongs here: the order of reading and what a refusal becomes. Never here: what a metric means, who owns it, arithmetic between
rows. Those are SQL and seeds. Nothing here raises for bad input: a refusal is a result.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.archive import Receipt

if TYPE_CHECKING:
    import polars as pl

    from assets.adapter import Adapter
    from assets.cells import Spelling
    from assets.decode import Decoded, Refusal

# Raised whenever the same bytes may be read differently: what older code landed is then read again.
PARSER_VERSION = 1


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

    @property
    def may_be_negative(self) -> bool:
        """A net sentiment or a growth rate may lie below zero; a count may not unless the catalogue says so."""
        return self.allows_negative or self.is_ratio


@dataclass(frozen=True)
class Intake:
    """What reading depends on, from the company's tables."""

    accounts: dict[str, Account]
    metrics: dict[str, MetricSpec]
    aliases: dict[str, str] = field(default_factory=dict)
    company_time_zone: str = "UTC"
    company_currency: str = ""

    def hash_for(self, account_id: str) -> str:
        """Changes when this account's files would be read differently: one new account does not re-read all the others."""
        from assets.adapter import fingerprint

        account = self.accounts.get(account_id)
        parts: dict[str, Any] = {
            "account": asdict(account) if account else None,
            "metrics": {name: asdict(spec) for name, spec in self.metrics.items()},
            "aliases": self.aliases,
            "company": [self.company_time_zone, self.company_currency],
            "adapters": fingerprint(),
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

    @property
    def shapes(self) -> list[str]:
        return sorted({shape for _, shape in self.frames})


def read_export(raw: bytes | Path, receipt: Receipt, intake: Intake) -> Landed:
    """Bytes of one received file -> rows. Only a machine fault (an unreadable disk, no memory) raises."""
    data = raw.read_bytes() if isinstance(raw, Path) else raw
    # Outside of the net below: a missing module or broken map is a fault of the installation, not of the file.
    from assets import adapter, cells, decode, nested, records, rows, table  # noqa: F401

    adapter.load()
    state = _State()
    try:
        return _read(data, receipt, intake, state)
    except decode.Refusal as refusal:
        return _refused(refusal, state, receipt)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a panic inside the reader is no Exception, and one bad file must not end the night
        text = f"reading stopped with {type(error).__name__}: {str(error)[:200]}; this is a fault of the reader, please report it"
        return _refused(decode.Refusal("reader_error", text), state, receipt)


@dataclass
class _State:
    """How far the reading came, for the record of a refusal."""

    decoded: Decoded | None = None
    adapter: Adapter | None = None
    physical: int | None = None


def _read(data: bytes, receipt: Receipt, intake: Intake, state: _State) -> Landed:
    from assets.adapter import recognise
    from assets.cells import Spelling
    from assets.decode import Refusal, decode

    name = Path(receipt.source_file).name
    state.decoded = decode(data, name)
    account = intake.accounts.get(receipt.account_id)
    if account is None:
        known = ", ".join(sorted(intake.accounts)[:8])
        text = f"the folder '{receipt.account_id}' is no account of accounts.csv (there are: {known}); add it, or move the file"
        raise Refusal("no_account", text)
    state.adapter = adapter = recognise(state.decoded, name, account.platform)
    if adapter.refuse:
        raise Refusal(*adapter.refuse)
    how = Spelling(
        day_pattern=adapter.day_pattern,
        day_format=adapter.day_format,
        zone=account.time_zone or intake.company_time_zone,
        company_zone=intake.company_time_zone,
        last_day=receipt.received_at.date() + timedelta(days=1),
        missing=adapter.missing,
    )
    if adapter.layout == "events":
        return _events(state, adapter, how, receipt)
    return _tables(state, adapter, how, account, receipt, intake)


def _tables(state: _State, adapter: Adapter, how: Spelling, account: Account, receipt: Receipt, intake: Intake) -> Landed:
    import polars as pl

    from assets.decode import Refusal
    from assets.landed import Books, counts_frames, finished, shaped
    from assets.rows import Rows, read_table, settle_duplicates
    from assets.table import read_tables

    assert state.decoded is not None
    tables = read_tables(state.decoded, adapter)
    state.physical = sum(table.physical for table in tables)
    if not state.physical and adapter.shape == "counts":
        raise Refusal("header_only", "the file has a header and no record; for counts that is not a measured zero")
    read = [read_table(table, adapter, how, account, intake) for table in tables]
    good = [part.good for part in read if part.good.width]
    if not good:
        titles = ", ".join(f"'{table.title}'" for table in tables)
        rule = read[0].rejected["rule"].to_list()[-1] if read[0].rejected.height else "no_metric"
        hint = "belongs to another network than this account" if rule == "other_platform" else "has no metric in the catalogue"
        raise Refusal(rule, f"{titles} {hint}; nothing was taken")
    merged = Rows(
        pl.concat(good, how="diagonal"),
        pl.concat([part.rejected for part in read]),
        0,
        list(dict.fromkeys(notice for part in read for notice in part.notices)),
        read[0].metrics,
    )
    merged = settle_duplicates(merged, adapter.shape)
    kept = merged.good.with_columns(line=pl.Series(tables[0].line_of(merged.good["row"].to_numpy()), dtype=pl.Int64))
    if adapter.shape == "counts":
        frames = counts_frames(kept, merged.metrics, receipt.file_hash, intake)
    else:
        frames = shaped({adapter.shape: kept}, receipt.file_hash)
    books = Books(state.physical, kept.height, merged.duplicate, merged.rejected, tables[0].line_of, tables[0].raw)
    return finished(frames, books, adapter, receipt, state.decoded.encoding, merged.notices)


def _events(state: _State, adapter: Adapter, how: Spelling, receipt: Receipt) -> Landed:
    from assets.landed import Books, finished, shaped
    from assets.nested import read_events

    assert state.decoded is not None
    events = read_events(state.decoded, adapter, how)
    state.physical = events.physical
    lined = {shape: frame.with_columns(line=frame["row"] + 1) for shape, frame in events.frames.items()}
    accepted = events.frames["activity"].height
    books = Books(events.physical, accepted, events.duplicate, events.rejected, lambda at: at + 1, events.raw)
    return finished(shaped(lined, receipt.file_hash), books, adapter, receipt, state.decoded.encoding, [])


def _refused(refusal: Refusal, state: _State, receipt: Receipt) -> Landed:
    """A refused file: all its records count as set aside, under one quarantine row that stands for the whole file."""
    from assets.landed import quarantine_frame
    from assets.table import physical_guess

    decoded, raw = state.decoded, ""
    if decoded is not None and decoded.kind != "parquet":
        raw = decoded.data.lstrip()[:2000].split(b"\n")[0].decode("utf-8", "replace").strip()
    physical = state.physical if state.physical is not None else physical_guess(decoded) if decoded is not None else 0
    message = f"{receipt.source_file} was refused: {refusal.message}. It is kept in the archive."
    if refusal.rule not in ("empty_file", "header_only"):
        message += f" To see how it reads: kpi inspect inbox/{receipt.source_file}"
    row = (receipt.file_hash, receipt.source_file, refusal.line, refusal.column, refusal.rule, message, raw[:500])
    status = "empty" if refusal.rule == "empty_file" else "refused"
    name = state.adapter.name if state.adapter else None
    encoding = decoded.encoding if decoded else None
    shape = state.adapter.shape if state.adapter else None
    return Landed({}, quarantine_frame([row]), physical, 0, physical, 0, status, refusal.rule, message, name, shape, encoding)


def inspect(path: Path, intake: Intake, account_id: str | None = None) -> dict[str, Any]:
    """What reading this file would give; see assets/inspection.py."""
    from assets.inspection import inspect as look

    return look(path, intake, account_id)
