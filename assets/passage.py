"""One long file on its way into the landing: how one piece of it is read, and the books over all pieces so far.

Belongs here: asking the readers of `rows` for one piece, counting what became of its records. Never here: the order of reading, files.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assets.cells import Spelling
from assets.judging import Memory
from assets.landed import frames_of, quarantine_frame, set_aside
from assets.maps import Adapter
from assets.people import pseudonym
from assets.pieces import Head, Piece, piece_at, table_of_piece
from assets.refusal import Refusal
from assets.rejection import rejections
from assets.rows import Rows, read_table
from assets.table import Table
from assets.twins import Hashes, hashes

if TYPE_CHECKING:
    from assets.archive import Receipt
    from assets.export import Account, Intake


@dataclass(frozen=True)
class Taken:
    """One piece, read: its rows and their hashes, or why the file as a whole is refused."""

    piece: Piece
    table: Table
    refusal: Refusal | None
    rows: Rows = field(default_factory=lambda: Rows(pl.DataFrame(), rejections([])))
    hashes: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    frames: dict[tuple[str, str], pl.DataFrame] = field(default_factory=dict)


@dataclass
class Passage:
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
    memory: Memory = field(default_factory=Memory)

    def table(self, piece: Piece) -> Table:
        return table_of_piece(piece, self.head, self.adapter)

    def rows(self, table: Table) -> Rows:
        return read_table(table, self.how, self.account, self.intake, self.memory)

    def again(self, number: int) -> Table:
        return self.table(piece_at(self.path, *self.read[number]))

    def taken(self, piece: Piece, table: Table) -> Taken:
        """One piece, judged: one after another, for the file's memory is one."""
        try:
            rows = self.rows(table)
        except Refusal as refusal:
            return Taken(piece, table, refusal)
        return Taken(piece, table, None, rows, hashes(rows.good, self.adapter.shape), self._frames(rows))

    def _frames(self, rows: Rows) -> dict[tuple[str, str], pl.DataFrame]:
        if not rows.good.height:
            return {}
        lined = rows.good.with_columns(line=pl.col("row"))
        return frames_of(lined, self.adapter.shape, rows.metrics, self.receipt.file_hash, self.intake)

    def set_aside(self, rejected: pl.DataFrame, table: Table) -> pl.DataFrame:
        """The quarantine rows of some records of one piece, booked."""
        hash_of = partial(pseudonym, key=self.intake.person_key)
        self.tally.update(rejected["rule"].to_list())
        return quarantine_frame(set_aside(rejected, lambda line: ("", line, table.shown(line, hash_of)), self.receipt))
