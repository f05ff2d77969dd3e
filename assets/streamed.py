"""Reads a long delimited text piece by piece into the landing's files: the same result as in memory, in memory that does not grow.

Belongs here: from what size files are read so, the order of reading, what a refusal becomes. Never here: what is right or wrong in a record;
that say the readers of `rows` and `cells`, asked piece by piece.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assets.adapter import delimiter_of, recognise
from assets.dates import window_of
from assets.decode import expanded
from assets.landed import Balance, Unread, concluded, first_line, refused
from assets.lengthy import beginning, head_of, reads_record_by_record
from assets.passage import Passage, Taken
from assets.pieces import Piece, pieces
from assets.refusal import Refusal
from assets.settling import settle
from assets.shapes import parquet_name
from assets.spelt import of_file, of_table
from assets.spool import QUARANTINE, Spool, without
from assets.survey import filled_lines, is_utf8, refuse_open_quotes
from assets.table import Table
from assets.twins import Register

if TYPE_CHECKING:
    from assets.archive import Receipt
    from assets.export import Intake, Landed

# From this many bytes a file is read piece by piece; a smaller one is faster in one go. Packed ones grow about eightfold.
PIECEWISE_FROM = 4 << 20
PIECE = 8 << 20
# Pieces parsed at the same time.
_AT_ONCE = 2
_HASHES, _UNPACKED = ".hashes", ".unpacked"


def is_long(path: Path) -> tuple[bool, bool]:
    """Whether a file is long enough to be read piece by piece, and whether it is gzip."""
    with path.open("rb") as source:
        is_gzip = source.read(2) == b"\x1f\x8b"
    return path.stat().st_size >= (PIECEWISE_FROM // 8 if is_gzip else PIECEWISE_FROM), is_gzip


def read_streamed(path: Path, receipt: Receipt, intake: Intake, into: Path) -> Landed | None:
    """Writes the rows of one archived file into the folder `into`. None: its kind is read in memory (or refused there)."""
    long_enough, is_gzip = is_long(path)
    if not long_enough:
        return None
    name = Path(receipt.source_file).name
    plain = path
    try:
        if is_gzip:
            plain = into / _UNPACKED
            with path.open("rb") as source, plain.open("wb") as target:
                target.writelines(expanded(source, path.stat().st_size))
        return _read(plain, name, receipt, intake, into)
    except Refusal as refusal:
        return refused(refusal, Unread(0), receipt)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, OSError):
        raise
    except BaseException:  # a panic of a reader is no Exception; what the file is refused for, the other way says
        _clear(into)
        return None
    finally:
        (into / _UNPACKED).unlink(missing_ok=True)
        (into / _HASHES).unlink(missing_ok=True)


def _clear(into: Path) -> None:
    for written in into.glob("*.parquet"):
        written.unlink()


def _read(path: Path, name: str, receipt: Receipt, intake: Intake, into: Path) -> Landed | None:
    account = intake.accounts.get(receipt.account_id)
    decoded = beginning(path, name[:-3] if name.lower().endswith(".gz") else name)
    if account is None or decoded is None:
        return None
    start = len(BOM_UTF8) if decoded.encoding == "utf-8-sig" else 0
    try:
        adapter, decoded = recognise(decoded, name, account.platform)
    except Refusal:
        return None
    if not reads_record_by_record(adapter) or not is_utf8(path, start):
        return None
    physical: int | None = None
    try:
        delimiter = delimiter_of(decoded, adapter)
        refuse_open_quotes(path, start, delimiter)
        head = head_of(decoded, delimiter, start)
        if head is None:
            return None
        whole = of_table(of_file(adapter, account, receipt, intake), adapter, window_of(adapter.window, name, ()))
        how = replace(whole, is_piece=True)
        file = Passage(path, head, adapter, how, account, intake, receipt)
        late = _all_pieces(file, into)
        if file.physical == 0:
            return None
        if isinstance(late, Refusal):
            physical = file.physical
            raise late
        balance = Balance(file.physical, file.accepted, file.duplicate, file.tally, bool(late))
        landed = concluded(balance, adapter, receipt, decoded.encoding, list(file.notices))
        return replace(landed, written=late, whose=[name for name in [how.window.whose] if name])
    except Refusal as refusal:
        _clear(into)
        count = max(0, filled_lines(path, start) - 1) if physical is None else physical
        return refused(refusal, Unread(count, adapter, decoded.encoding, first_line(decoded.data)), receipt)


def _all_pieces(file: Passage, into: Path) -> dict[tuple[str, str], int] | Refusal:
    """Rows by feed and shape, written; or why the file as a whole is refused, once all its records are counted."""
    register = Register(into / _HASHES)
    feeds: dict[str, tuple[str, str]] = {}
    refusal: Refusal | None = None
    with Spool(into) as spool:
        for taken in _in_turn(file):
            piece = taken.piece
            file.read.append((replace(piece, data=b""), len(piece.data)))
            file.physical += taken.table.physical
            refusal = refusal or taken.refusal
            if refusal is not None:
                continue
            file.notices |= dict.fromkeys(taken.rows.notices)
            file.accepted += taken.rows.good.height + taken.rows.passed
            spool.add(QUARANTINE, file.set_aside(taken.rows.rejected, taken.table))
            register.add(taken.hashes)
            for (feed, shape), frame in taken.frames.items():
                feeds[parquet_name(feed, shape)] = (feed, shape)
                spool.add(parquet_name(feed, shape), frame)
        gone = settle(file, register, spool) if refusal is None else np.zeros(0, np.int64)
    if refusal is not None:
        return refusal
    written = {}
    for name, (feed, shape) in sorted(feeds.items()):
        left = without(into / name, gone) if len(gone) else spool.rows[name]
        if left:
            written[(feed, shape)] = left
    return written


def _in_turn(file: Passage) -> Iterator[Taken]:
    """The pieces in their order, the next ones being parsed meanwhile: as many at once as bounds the memory."""
    with ThreadPoolExecutor(_AT_ONCE) as parsers:
        ahead: deque[tuple[Piece, Future[Table]]] = deque()
        for piece in pieces(file.path, file.head, PIECE):
            ahead.append((piece, parsers.submit(file.table, piece)))
            if len(ahead) > _AT_ONCE:
                first, table = ahead.popleft()
                yield file.taken(first, table.result())
        while ahead:
            first, table = ahead.popleft()
            yield file.taken(first, table.result())
