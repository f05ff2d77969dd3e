"""Reads the cells of a table: every one by itself, or each distinct spelling of a column once for a whole file.

Belongs here: how often a reader is asked. Never here: what a cell may hold (cells), which column is which (rows).
Both ways ask the same readers and give the same frame: a column `name` and a column `!name` with the rule that it breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from assets.cells import Cell

Judge = Callable[[pl.DataFrame, Mapping[str, Cell]], pl.DataFrame]

# A column of which more than this share of the records say something new is read cell by cell, once so many texts were tried.
_WORTH_IT = 0.5
_TRIED = 1 << 18
# Texts of one column that are remembered. Bounds memory.
_REMEMBERED = 1 << 19


def each_cell(frame: pl.DataFrame, cells: Mapping[str, Cell]) -> pl.DataFrame:
    frame = frame.with_columns(cell.value.alias(name) for name, cell in cells.items())
    return frame.with_columns(cell.rule(pl.col(name)).alias(f"!{name}") for name, cell in cells.items())


class Memory:
    """A judge that remembers what it said of the texts of one file, whose tables come one after another with the same columns.

    A rule that asks two columns at once is asked of every record. For one thread at a time.
    """

    def __init__(self) -> None:
        self._columns: dict[str, _Known] = {}
        self._coded: dict[str, Coded] = {}

    def __call__(self, frame: pl.DataFrame, cells: Mapping[str, Cell]) -> pl.DataFrame:
        roots = {name: root for name, cell in cells.items() if (root := _root(cell, name)) is not None and frame[root].dtype == pl.String}
        read: dict[str, pl.Series] = {}
        self._coded = {}
        for root in sorted(set(roots.values())):
            own = {name: cells[name] for name, at in roots.items() if at == root}
            known = self._columns.setdefault(root, _Known())
            codes = known.codes(frame[root], own)
            if codes is not None:
                read |= {column: _spread(known.judged[column], codes) for column in known.judged.columns}
                self._coded |= {name: Coded(codes, known.judged[name]) for name in own}
        return each_cell(frame, {name: cell for name, cell in cells.items() if name not in read}).with_columns(read.values())

    def coded(self, name: str) -> Coded | None:
        """How a column of the table that was judged last repeats itself, if that is known."""
        return self._coded.get(name)


@dataclass(frozen=True)
class Coded:
    """A column as the place of every cell among the values of its file so far; those of a later table begin with the same ones."""

    codes: pl.Series
    values: pl.Series


def joined(parts: list[Coded]) -> Coded | None:
    """Tables of one file, one after another."""
    return Coded(pl.concat([part.codes for part in parts]), parts[-1].values) if parts else None


class _Known:
    """The distinct texts of one column so far, as the readers judged them: first the absent cell, then by their number."""

    def __init__(self) -> None:
        self.judged = pl.DataFrame()
        self._cells = 0
        # A series, and not its type alone: Polars forgets the numbers when no series has them any more.
        self._numbers: pl.Series | None = pl.Series(dtype=pl.Categorical(pl.Categories.random()))

    def codes(self, cells: pl.Series, own: Mapping[str, Cell]) -> pl.Series | None:
        """Every cell's row in `judged`. None: the column repeats itself too little."""
        if self._numbers is None:
            return None
        self._cells += len(cells)
        numbers = cells.cast(self._numbers.dtype).to_physical()
        top = numbers.max()
        if not self.judged.height or (isinstance(top, int) and top + 1 >= self.judged.height):
            self._learn(pl.DataFrame({cells.name: cells, "number": numbers}), own)
        return None if self._numbers is None else (numbers + 1).fill_null(0)

    def _learn(self, numbered: pl.DataFrame, own: Mapping[str, Cell]) -> None:
        """Has the texts judged that were never seen before, unless there are too many of them."""
        seen = max(1, self.judged.height)
        new = numbered.filter(pl.col("number") >= seen - 1).unique("number").sort("number")
        known = seen + new.height
        is_numbered = new["number"].to_list() == list(range(seen - 1, known - 1))
        if not is_numbered or known > min(_REMEMBERED, max(_TRIED, self._cells * _WORTH_IT)):
            self.judged, self._numbers = pl.DataFrame(), None
            return
        absent = pl.DataFrame({name: [None] * (not self.judged.height) for name in new.columns}, schema=new.schema)
        more = each_cell(pl.concat([absent, new]), own).drop(new.columns)
        self.judged = pl.concat([self.judged, more], how="diagonal").rechunk()


def _root(cell: Cell, name: str) -> str | None:
    """The one column that the cell is read from, if it is one and its rule asks no other."""
    asked = set(cell.value.meta.root_names()) | set(cell.rule(pl.col(name)).meta.root_names()) - {name}
    return asked.pop() if len(asked) == 1 else None


def _spread(found: pl.Series, codes: pl.Series) -> pl.Series:
    if found.null_count() == len(found):
        return pl.repeat(None, len(codes), dtype=found.dtype, eager=True).alias(found.name)
    return found.gather(codes)
