"""Reads the cells of a table: every one by itself, or each distinct spelling of a column once for a whole file.

Belongs here: how often a reader is asked. Never here: what a cell may hold (cells), which column is which (rows).
Both ways ask the same readers and give the same values: a column `name` and, where a cell breaks a rule, a column `!name` that says which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

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
    rules = frame.select(cell.rule(pl.col(name)).alias(f"!{name}") for name, cell in cells.items())
    return frame.with_columns(rule for rule in rules if rule.null_count() < len(rule))


class Memory:
    """A judge that remembers what it said of the texts of one file, whose tables come one after another with the same columns.

    A rule that asks two columns at once is asked of every record. For one thread at a time.
    """

    def __init__(self) -> None:
        self._columns: defaultdict[str, _Known] = defaultdict(_Known)
        self._roots: dict[str, str | None] = {}

    def __call__(self, frame: pl.DataFrame, cells: Mapping[str, Cell]) -> pl.DataFrame:
        self._roots |= {name: _root(cell, name) for name, cell in cells.items() if name not in self._roots}
        roots = {name: root for name in cells if (root := self._roots[name]) is not None and frame.schema[root] == pl.String}
        read: dict[str, pl.Series] = {}
        for root in sorted(set(roots.values())):
            own = {name: cells[name] for name, at in roots.items() if at == root}
            known = self._columns[root]
            codes = known.codes(frame[root], own)
            if codes is not None:
                said = (column for column in known.judged if column.name in own or column.is_not_null().gather(codes).any())
                read |= {column.name: column.gather(codes) for column in said}
        return each_cell(frame, {name: cell for name, cell in cells.items() if name not in read}).with_columns(read.values())


class _Known:
    """The distinct texts of one column so far, as the readers judged them: first the absent cell, then by their number."""

    def __init__(self) -> None:
        self.judged = pl.DataFrame()
        self._cells = 0
        # What texts are read as: to whoever writes them it is plain that they repeat themselves.
        self._said = pl.Categorical(pl.Categories.random())
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
        if self._numbers is None:
            return None
        return (numbers + 1).fill_null(0) if numbers.null_count() else numbers + 1

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
        more = more.with_columns(more[name].cast(self._said) for name in own if more[name].dtype == pl.String)
        self.judged = pl.concat([self.judged, more], how="diagonal").rechunk()


def _root(cell: Cell, name: str) -> str | None:
    """The one column that the cell is read from, if it is one and its rule asks no other."""
    asked = set(cell.value.meta.root_names()) | set(cell.rule(pl.col(name)).meta.root_names()) - {name}
    return asked.pop() if len(asked) == 1 else None
