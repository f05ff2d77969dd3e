"""The order in which a received file is read: decoded, recognised, taken apart, typed, settled, counted.

Belongs here: the order, and what a refusal becomes. Never here: any one of these steps. Nothing here raises for bad input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from assets.across import STRIDE, merged, settled
from assets.adapter import Adapter, recognise
from assets.bundle import read_bundle
from assets.cells import Spelling
from assets.dates import window_of
from assets.decode import Decoded, decode
from assets.export import Landed
from assets.facets import facets
from assets.landed import Books, Unread, finished, first_line, frames_of, refused, shaped
from assets.nested import read_events
from assets.people import pseudonym
from assets.quotes import requoted, without_formulas
from assets.refusal import Refusal
from assets.rejection import Rejection, rejections
from assets.repeats import settle_duplicates
from assets.rows import Rows, read_table
from assets.spelt import of_file, of_table
from assets.table import Table, physical_guess, read_tables
from assets.zipped import Member

if TYPE_CHECKING:
    from assets.archive import Receipt
    from assets.export import Account, Intake


def safely(data: bytes, name: str, receipt: Receipt, intake: Intake, is_member: bool) -> Landed:
    """Whatever is wrong with the bytes becomes a refusal."""

    state = _State(name, is_member)
    try:
        return _read(data, receipt, intake, state, is_member)
    except Refusal as refusal:
        return _refused(refusal, state, receipt)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a panic inside the reader is no Exception, and one bad file must not end the night
        text = f"reading stopped with {type(error).__name__}: {str(error)[:200]}; this is a fault of the reader, please report it"
        return _refused(Refusal("reader_error", text), state, receipt)


@dataclass
class _State:
    """How far the reading came, for the record of a refusal."""

    name: str
    is_member: bool = False
    decoded: Decoded | None = None
    adapter: Adapter | None = None
    physical: int | None = None


def _read(data: bytes, receipt: Receipt, intake: Intake, state: _State, is_member: bool) -> Landed:

    if is_member and data[:2] == b"\x1f\x8b":
        raise Refusal("nested_archive", "an archive inside a zip is not opened; unpack it and deliver its files")
    state.decoded = decode(data, state.name)
    account = intake.accounts.get(receipt.account_id)
    if account is None:
        known = ", ".join(sorted(intake.accounts)[:8])
        text = f"the folder '{receipt.account_id}' is no account of accounts.csv (there are: {known}); add it, or move the file"
        raise Refusal("no_account", text)
    if state.decoded.kind == "zip":
        if is_member:
            raise Refusal("nested_archive", "an archive inside a zip is not opened; unpack it and deliver its files")

        def member(found: Member) -> Landed:
            own = replace(receipt, source_file=f"{receipt.source_file}!{found.name}")
            return safely(found.data, found.name.rsplit("/", 1)[-1], own, intake, is_member=True)

        return read_bundle(data if not state.decoded.is_gzip else state.decoded.data, receipt, member)
    state.adapter, state.decoded = recognise(state.decoded, state.name, account.platform)
    adapter = state.adapter
    if adapter.bare_quotes and state.decoded.kind == "text":
        state.decoded = replace(state.decoded, data=requoted(state.decoded.data))
    if adapter.formula_texts and state.decoded.kind == "text":
        state.decoded = replace(state.decoded, data=without_formulas(state.decoded.data))
    if adapter.filters:
        _refuse_filters(state.decoded.data.decode("utf-8", "replace").splitlines(), adapter.filters)
    if adapter.declines:
        raise Refusal(*adapter.declines)
    how = of_file(adapter, account, receipt, intake, has_native_days=state.decoded.kind in ("xlsx", "xls"))
    if adapter.layout == "events":
        return _events(state, adapter, how, receipt)
    return _tables(state, adapter, how, account, receipt, intake)


def _refuse_filters(lines: Iterable[str], harmless: re.Pattern[str]) -> None:
    for line in lines:
        if line.strip() and not harmless.search(line):
            text = f"this export is filtered ({line[:100]}), and its parts would be booked as the whole; export it again without that filter"
            raise Refusal("filtered", text)


def _tables(state: _State, adapter: Adapter, how: Spelling, account: Account, receipt: Receipt, intake: Intake) -> Landed:

    assert state.decoded is not None
    tables = read_tables(state.decoded, adapter)
    state.physical = sum(table.physical for table in tables)
    for table in tables:
        if table.part is not None and table.part.filters:
            _refuse_filters((table.raw(record.row % STRIDE) for record in table.rejected), table.part.filters)
    if not state.physical and any((table.part or adapter).shape == "counts" for table in tables):
        raise Refusal("header_only", "the file has a header and no record; for counts that is not a measured zero")
    read = _each_table(tables, adapter, how, account, intake, receipt.source_file)
    whose = {_own(how, adapter, table, receipt.source_file).window.whose for table, rows in read if rows.good.width}
    accepted, duplicate, parts, rejected = 0, 0, [], []
    together = _together(read, adapter)
    if adapter.and_as and read[0][1].good.width:
        table, rows = read[0]
        together = facets(table, rows, _own(how, adapter, table, receipt.source_file), account, intake)
    for at, (shape, group) in enumerate(together):
        group = group if adapter.and_as else settle_duplicates(group, shape)
        is_further = bool(adapter.and_as) and at > 0
        rejected.append(group.rejected)
        duplicate += group.duplicate
        accepted += 0 if is_further else group.good.height + group.passed
        if group.good.height:
            lined = group.good.with_columns(line=_lines(tables, group.good["row"]))
            parts.append(frames_of(lined, shape, group.metrics, receipt.file_hash, intake))
    frames, repeated, disputed = settled(merged(parts), has_several=len(tables) > 1 and adapter.layout != "titled_blocks")
    if disputed:
        rows_of = {_line(tables, row): row for table in tables for row in table.cells["row"].to_list() if _line(tables, row) in disputed}
        rejected.append(rejections([(rows_of[line], "conflicting_duplicate", None, None) for line in sorted(disputed)]))
    hash_of = partial(pseudonym, key=intake.person_key)

    def place(row: int) -> tuple[str, int, str]:
        table = next((table for table in tables if table.holds(row)), tables[0])
        return table.source_name, table.line(row), table.shown(row, hash_of)

    sources = max(table.source for table in tables) + 1
    accepted -= repeated + len(disputed)
    declined = sum(table.physical for table in tables if table.part is not None and table.part.declines)
    books = Books(state.physical, accepted, duplicate + repeated, pl.concat(rejected), place, sources, declined)
    notices = list(dict.fromkeys(notice for _, rows in read for notice in rows.notices))
    landed = finished(frames, books, adapter, receipt, state.decoded.encoding, notices)
    return replace(landed, whose=sorted(name for name in whose if name))


def _lines(tables: list[Table], rows: pl.Series) -> pl.Series:
    """The landed line of every record of one table, or of the blocks of one text."""
    table = next(table for table in tables if table.holds(rows[0]))
    return pl.Series(table.lines(rows.to_numpy()), dtype=pl.Int64)


def _line(tables: list[Table], row: int) -> int:
    table = next(table for table in tables if table.holds(row))
    return table.line(row) + table.source * STRIDE


def _each_table(tables: list[Table], adapter: Adapter, how: Spelling, account: Account, intake: Intake, name: str) -> list[tuple[Table, Rows]]:
    """Every table read by itself. Where there are several, one that cannot be read is set aside, and the others are taken."""

    read: list[tuple[Table, Rows]] = []
    first: Refusal | None = None
    for table in tables:
        own = _own(how, adapter, table, name)
        try:
            read.append((table, read_table(table, own, account, intake)))
        except Refusal as refusal:
            if len(tables) == 1:
                raise
            first = first or refusal
            before: list[Rejection] = [(r.row, r.rule, r.column, r.detail) for r in table.rejected]
            every: list[Rejection] = [(int(row), refusal.rule, None, refusal.message) for row in table.cells["row"].to_list()]
            read.append((table, Rows(pl.DataFrame(), rejections(before + every), 0, [refusal.message])))
    if not any(rows.good.width for _, rows in read):
        if first:
            raise first
        undated = next((table.part.declines for table in tables if table.part and table.part.declines), None)
        if undated:
            raise Refusal(*undated)
        titles = ", ".join(f"'{table.title}'" for table in tables if table.title)
        aside = read[0][1].rejected["rule"].to_list()
        unknown = "has no metric in the catalogue, or a title in a language that no map knows (then export it in English)"
        hint = "belongs to another network than this account" if "other_platform" in aside else unknown
        raise Refusal(aside[-1] if aside else "no_metric", f"{titles or 'the table'} {hint}; nothing was taken")
    return read


def _own(how: Spelling, adapter: Adapter, table: Table, name: str) -> Spelling:
    """How the cells of one table are written. The zip's name and the folders in it may say which days a member covers."""
    return of_table(how, table.part or adapter, window_of(adapter.window, name, table.above))


def _together(read: list[tuple[Table, Rows]], adapter: Adapter) -> list[tuple[str, Rows]]:
    """The blocks of one text are one table in pieces; other tables stand for themselves."""

    if adapter.layout != "titled_blocks":
        return [((table.part or adapter).shape, rows) for table, rows in read]
    good = [rows.good for _, rows in read if rows.good.width]
    rejected = pl.concat([rows.rejected for _, rows in read])
    books = {name: sum(getattr(rows, name) for _, rows in read) for name in ("duplicate", "passed")}
    return [(adapter.shape, Rows(pl.concat(good, how="diagonal"), rejected, **books))]


def _events(state: _State, adapter: Adapter, how: Spelling, receipt: Receipt) -> Landed:

    assert state.decoded is not None
    events = read_events(state.decoded, adapter, how)
    state.physical = events.physical
    lined = {shape: frame.with_columns(line=frame["row"] + 1) for shape, frame in events.frames.items()}
    accepted = events.frames["activity"].height
    books = Books(events.physical, accepted, events.duplicate, events.rejected, lambda row: ("", row + 1, events.shown(row)))
    return finished(shaped(lined, receipt.file_hash), books, adapter, receipt, state.decoded.encoding, [])


def _refused(refusal: Refusal, state: _State, receipt: Receipt) -> Landed:
    decoded = state.decoded
    # The first line of a delimited text is its header; of anything else it may be somebody's record.
    shown = first_line(decoded.data) if decoded is not None and decoded.kind == "text" else ""
    physical = state.physical if state.physical is not None else physical_guess(decoded) if decoded is not None else 0
    return refused(refusal, Unread(physical, state.adapter, decoded.encoding if decoded else None, shown, state.is_member), receipt)
