"""Reads a long delimited text piece by piece into the landing's files: the same result as in memory, in memory that does not grow.

Belongs here: which files are read so, the order of reading, the books over all pieces. Never here: what is right or wrong in a record;
that say the readers of `rows` and `cells`, asked piece by piece.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assets.adapter import delimiter_of, plainly, recognise
from assets.cells import Spelling
from assets.dates import window_of
from assets.decode import Decoded, decode, expanded
from assets.judging import each_distinct
from assets.landed import Balance, Unread, concluded, counts_frames, first_line, quarantine_frame, refused, set_aside, shaped
from assets.layout import row_of
from assets.maps import Adapter
from assets.people import pseudonym
from assets.pieces import Head, Piece, piece_at, pieces, table_of_piece
from assets.records import scan
from assets.refusal import Refusal
from assets.rows import Rows, read_table, rejections, settle_duplicates
from assets.spool import Spool, spool_name, without
from assets.survey import filled_lines, is_utf8, refuse_open_quotes
from assets.table import Table
from assets.twins import Hashes, Register, among, hashes

if TYPE_CHECKING:
    from assets.archive import Receipt
    from assets.export import Account, Intake, Landed

# From this many bytes a file is read piece by piece; a smaller one is faster in one go. Packed ones grow about eightfold.
PIECEWISE_FROM = 4 << 20
PIECE = 8 << 20
# Pieces read at the same time.
_AT_ONCE = 2
_HEAD = 1 << 20
_BOM = b"\xef\xbb\xbf"
_QUARANTINE = "quarantine.parquet"
_HASHES, _UNPACKED = ".hashes", ".unpacked"
# Records that may be duplicates, settled at once.
_SETTLED_AT_ONCE = 500_000
# What a map may say of a file that is read piece by piece; whatever else it says, or will learn to say, may need the whole file.
_PER_RECORD = {
    "name", "reads", "shape", "platforms", "name_starts_with", "name_matches", "delimiters", "encodings", "short_records", "columns", "ignore",
    "ignore_matches", "missing", "apostrophes", "number", "day", "instant", "window", "snapshot_day", "lifetime", "constants", "zone", "delay_days",
    "without", "json_path", "flatten", "sheet", "ignore_sheets",
}  # fmt: skip


def reads_record_by_record(adapter: Adapter) -> bool:
    """Whether the map asks nothing that only the whole file can answer."""
    unset = dataclasses.MISSING
    said = [part for part in fields(Adapter) if part.default is unset or getattr(adapter, part.name) != part.default]
    return {part.name for part in said} <= _PER_RECORD


@dataclass
class _File:
    """One file on its way: what it is, and what became of its records so far."""

    path: Path
    head: Head
    adapter: Adapter
    how: Spelling
    account: Account
    intake: Intake
    receipt: Receipt
    read: list[tuple[Piece, int]] = field(default_factory=list)
    physical: int = 0
    accepted: int = 0
    duplicate: int = 0
    tally: Counter[str] = field(default_factory=Counter)
    notices: dict[str, None] = field(default_factory=dict)

    def table(self, piece: Piece) -> Table:
        return table_of_piece(piece, self.head, self.adapter)

    def rows(self, table: Table) -> Rows:
        return read_table(table, self.how, self.account, self.intake, each_distinct)

    def again(self, number: int) -> Table:
        return self.table(piece_at(self.path, *self.read[number]))

    def taken(self, piece: Piece) -> _Taken:
        """One piece, read; independent of all others."""
        table = self.table(piece)
        try:
            rows = self.rows(table)
        except Refusal as refusal:
            return _Taken(piece, table, refusal)
        return _Taken(piece, table, None, rows, hashes(rows.good, self.adapter.shape), _frames(self, rows))


@dataclass(frozen=True)
class _Taken:
    piece: Piece
    table: Table
    refusal: Refusal | None
    rows: Rows = field(default_factory=lambda: Rows(pl.DataFrame(), rejections([])))
    hashes: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    frames: dict[tuple[str, str], pl.DataFrame] = field(default_factory=dict)


def read_streamed(path: Path, receipt: Receipt, intake: Intake, into: Path) -> Landed | None:
    """Writes the rows of one archived file into the folder `into`. None: its kind is read in memory (or refused there)."""
    with path.open("rb") as source:
        is_gzip = source.read(2) == b"\x1f\x8b"
    if path.stat().st_size < (PIECEWISE_FROM // 8 if is_gzip else PIECEWISE_FROM):
        return None
    name = Path(receipt.source_file).name
    plain = path
    try:
        if is_gzip:
            plain, name = into / _UNPACKED, name.removesuffix(".gz") if name.lower().endswith(".gz") else name
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
    decoded = _head(path, name)
    if account is None or decoded is None:
        return None
    start = len(_BOM) if decoded.encoding == "utf-8-sig" else 0
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
        head = _header(decoded, delimiter, start)
        if head is None:
            return None
        file = _File(path, head, adapter, _spelling(adapter, account, receipt, intake, name), account, intake, receipt)
        late = _all_pieces(file, into)
        if file.physical == 0:
            return None
        if isinstance(late, Refusal):
            physical = file.physical
            raise late
        balance = Balance(file.physical, file.accepted, file.duplicate, file.tally, bool(late))
        return replace(concluded(balance, adapter, receipt, decoded.encoding, list(file.notices)), written=late)
    except Refusal as refusal:
        _clear(into)
        count = max(0, filled_lines(path, start) - 1) if physical is None else physical
        return refused(refusal, Unread(count, adapter, decoded.encoding, first_line(decoded.data)), receipt)


def _head(path: Path, name: str) -> Decoded | None:
    """The beginning of the file, if it is UTF-8 text in lines and nothing else."""
    with path.open("rb") as source:
        data = source.read(_HEAD)
        is_all = not source.read(1)
    if not is_all:
        data = data[: data.rfind(b"\n") + 1]
    if not data or data.removeprefix(_BOM).lstrip()[:1] in (b"[", b"{", b"<"):
        return None
    try:
        decoded = decode(data, name)
    except Refusal:
        return None
    return decoded if decoded.kind == "text" and decoded.fault is None and decoded.encoding in ("utf-8", "utf-8-sig") else None


def _header(decoded: Decoded, delimiter: str, start: int) -> Head | None:
    records = scan(decoded.data, delimiter.encode())
    filled = np.flatnonzero(~records.is_blank)
    if len(filled) and plainly(records.text(int(filled[0]))).strip('"').startswith("sep="):
        filled = filled[1:]
    if len(filled) < 2 or not delimiter.isascii():
        return None
    at = int(filled[0])
    header = row_of(records.text(at), delimiter)
    return Head(header, delimiter, start + int(records.starts[at + 1]), int(records.lines[at + 1]))


def _spelling(adapter: Adapter, account: Account, receipt: Receipt, intake: Intake, name: str) -> Spelling:
    return Spelling(
        zone=adapter.zone or account.time_zone or intake.company_time_zone,
        company_zone=intake.company_time_zone,
        last_day=receipt.received_at.date() + timedelta(days=1),
        person_key=intake.person_key,
        day=adapter.day,
        instant=adapter.instant,
        missing=adapter.missing,
        apostrophes=adapter.apostrophes,
        window=window_of(adapter.window, name, ()),
    )


def _all_pieces(file: _File, into: Path) -> dict[tuple[str, str], int] | Refusal:
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
            _set_aside(file, spool, taken.rows.rejected, taken.table)
            register.add(taken.hashes)
            for (feed, shape), frame in taken.frames.items():
                feeds[spool_name(feed, shape)] = (feed, shape)
                spool.add(spool_name(feed, shape), shape, frame)
        gone = _settle(file, register, spool) if refusal is None else np.zeros(0, np.int64)
    if refusal is not None:
        return refusal
    written = {}
    for name, (feed, shape) in sorted(feeds.items()):
        left = without(into / name, shape, gone) if len(gone) else spool.rows[name]
        if left:
            written[(feed, shape)] = left
    return written


def _in_turn(file: _File) -> Iterator[_Taken]:
    """The pieces in their order, the next ones being read meanwhile: as many at once as bounds the memory."""
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        ahead: deque[Future[_Taken]] = deque()
        for piece in pieces(file.path, file.head, PIECE):
            ahead.append(readers.submit(file.taken, piece))
            if len(ahead) > _AT_ONCE:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _frames(file: _File, rows: Rows) -> dict[tuple[str, str], pl.DataFrame]:
    if not rows.good.height:
        return {}
    lined = rows.good.with_columns(line=pl.col("row"))
    if file.adapter.shape == "counts":
        return counts_frames(lined, rows.metrics, file.receipt.file_hash, file.intake)
    return shaped({file.adapter.shape: lined}, file.receipt.file_hash)


def _set_aside(file: _File, spool: Spool, rejected: pl.DataFrame, table: Table) -> None:
    if not rejected.height:
        return
    hash_of = partial(pseudonym, key=file.intake.person_key)
    file.tally.update(rejected["rule"].to_list())
    spool.add(_QUARANTINE, "quarantine", quarantine_frame(set_aside(rejected, lambda line: ("", line, table.shown(line, hash_of)), file.receipt)))


def _settle(file: _File, register: Register, spool: Spool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Settles duplicates over all pieces; the lines whose rows have to go, sorted."""
    repeated = register.repeated()
    rounds = -(-register.count(repeated) // _SETTLED_AT_ONCE) if len(repeated) else 0
    gone = [np.zeros(0, np.int64)]
    for wanted in np.array_split(repeated, max(1, rounds)) if rounds else []:
        found = []
        for number in register.pieces_with(wanted):
            good = file.rows(file.again(number)).good
            found.append(good.filter(among(hashes(good, file.adapter.shape), wanted)))
        candidates = pl.concat(found)
        settled = settle_duplicates(Rows(candidates, rejections([])), file.adapter.shape)
        lost = np.setdiff1d(candidates["row"].to_numpy(), settled.good["row"].to_numpy())
        file.duplicate += settled.duplicate
        file.accepted -= len(lost)
        gone.append(lost)
        for number, disputed in _by_piece(file, settled.rejected):
            _set_aside(file, spool, disputed, file.again(number))
    return np.sort(np.concatenate(gone))


def _by_piece(file: _File, rejected: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    starts = np.array([piece.line for piece, _ in file.read])
    numbers = np.searchsorted(starts, rejected["row"].to_numpy(), side="right") - 1
    return [(int(number), rejected.filter(pl.Series(numbers == number))) for number in np.unique(numbers)]
