"""Cuts a long delimited text into pieces that end where a record ends, and takes each piece apart.

Belongs here: where to cut, the plain split of a piece without quotes, its own count of records. Never here: what a cell means, and
anything about odd records: a piece that holds one is taken apart by `table`, like a file that is held in memory.
A record's row in these tables is its line in the file.
"""

from __future__ import annotations

import functools
import os
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.layout import Found, Source
from assets.maps import Adapter
from assets.records import Records, scan
from assets.table import MAX_RECORD, Rejected, Table, table_of

_LF = 10


@dataclass(frozen=True)
class Head:
    """Where the records begin, and what their columns are named."""

    header: list[str]
    delimiter: str
    offset: int
    line: int


@dataclass(frozen=True)
class Piece:
    """Whole records: the bytes, where they stand in the file, the line of the first, how many lines, and whether the file ends here."""

    data: bytes = field(repr=False)
    offset: int
    line: int
    lines: int
    is_last: bool


def pieces(path: Path, head: Head, size: int) -> Iterator[Piece]:
    with path.open("rb") as source:
        end, offset, line, length = source.seek(0, os.SEEK_END), head.offset, head.line, size
        while offset < end:
            # To the end of a line, so that no piece has to be copied to be cut.
            source.seek(offset + length)
            length += len(source.readline(size))
            source.seek(offset)
            data = source.read(length)
            is_last = offset + len(data) >= end
            cut = len(data) if is_last else last_end(data)
            if cut < len(data):
                data = data[:cut]
            if cut:
                piece = Piece(data, offset, line, _count(data, _LF), is_last)
                yield piece
                offset, line, length = offset + cut, line + piece.lines, 0
            length += size


def piece_at(path: Path, piece: Piece, length: int) -> Piece:
    """The same piece, read again."""
    with path.open("rb") as source:
        source.seek(piece.offset)
        return replace(piece, data=source.read(length))


def last_end(data: bytes) -> int:
    """Behind the last newline that is not inside quotes; a piece begins outside of them."""
    at = data.rfind(b"\n")
    if at < 0 or b'"' not in data or not data.count(b'"', 0, at) % 2:
        return at + 1
    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero((letters == _LF) & ~np.logical_xor.accumulate(letters == ord('"')))
    return int(ends[-1]) + 1 if len(ends) else 0


def table_of_piece(piece: Piece, head: Head, adapter: Adapter) -> Table:
    """The records of one piece as text cells, `row` being the line."""
    return _plain(piece, head, adapter) or _careful(piece, head, adapter)


def _plain(piece: Piece, head: Head, adapter: Adapter) -> Table | None:
    """A piece without a quote, a NUL, a blank or ragged line: what counting bytes says must be what the parser found."""
    data, width = piece.data, len(head.header)
    letters = np.frombuffer(data, np.uint8)
    if width < 2 or b'"' in data or b"\0" in data or not data.endswith(b"\n") or _has_long_line(data):
        return None
    if data.startswith(BOM_UTF8):  # the parser would drop it
        return None
    lines = piece.lines
    if _count(data, ord(head.delimiter)) != lines * (width - 1):
        return None
    names = [f"c{i}" for i in range(width)]
    try:
        cells = pl.read_csv(data, has_header=False, schema=dict.fromkeys(names, pl.String()), separator=head.delimiter, quote_char='"')
    except pl.exceptions.PolarsError:
        return None
    if cells.height != lines:
        return None
    first = piece.line
    cells = cells.with_columns(row=pl.int_range(first, first + lines, dtype=pl.Int64))

    @functools.cache
    def starts() -> npt.NDArray[np.int64]:
        return np.concatenate(([0], np.flatnonzero(letters == _LF) + 1))

    def raw(line: int) -> str:
        start, after = starts()[line - first : line - first + 2]
        return data[start : after - 1].removesuffix(b"\r").decode("utf-8", "replace")

    return _table(head, adapter, cells, lines, raw, [])


def _count(data: bytes, letter: int) -> int:
    """In parts that stay in the processor's cache: several times as fast as `bytes.count` of a letter that is everywhere."""
    letters, step = np.frombuffer(data, np.uint8), 1 << 18
    return sum(int(np.count_nonzero(letters[at : at + step] == letter)) for at in range(0, len(letters), step))


def _has_long_line(data: bytes) -> bool:
    """Whether there may be a record beyond the longest allowed: only then does a window of half of it hold no line's end."""
    window = MAX_RECORD // 2
    return any(data.find(b"\n", at, at + window) < 0 for at in range(0, len(data) - window, window))


def _careful(piece: Piece, head: Head, adapter: Adapter) -> Table:
    records = scan(piece.data, head.delimiter.encode())
    records = replace(records, lines=records.lines + piece.line - 1)
    source = Source("", records, head.delimiter, adapter.short_records)
    body = np.flatnonzero(~records.is_blank)
    table = table_of(source, Found(0, adapter, head.header, -1, body, is_last=piece.is_last), adapter)
    cells = table.cells.with_columns(row=pl.Series(records.lines[table.cells["row"].to_numpy()], dtype=pl.Int64))
    rejected = [replace(one, row=int(records.lines[one.row])) for one in table.rejected]
    return _table(head, adapter, cells, table.physical, lambda line: records.text(_place(records, line)), rejected)


def _place(records: Records, line: int) -> int:
    return int(np.searchsorted(records.lines, line))


def _table(head: Head, adapter: Adapter, cells: pl.DataFrame, physical: int, raw: Any, rejected: list[Rejected]) -> Table:
    from assets.layout import row_of

    return Table(
        head.header,
        cells,
        physical,
        lambda rows: rows,
        raw,
        rejected,
        part=adapter,
        take_apart=lambda line: row_of(raw(line), head.delimiter),
        delimiter=head.delimiter,
    )
