"""Reads the cells of a table: every one by itself, or each distinct spelling of a column once.

Belongs here: how often a reader is asked. Never here: what a cell may hold (cells), which column is which (rows).
Both ways ask the same readers and give the same frame: a column `name` and a column `!name` with the rule that it breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from assets.cells import Cell

Judge = Callable[[pl.DataFrame, Mapping[str, Cell]], pl.DataFrame]

# A column with more distinct texts than this share of its records is read cell by cell.
_WORTH_IT = 0.5


def each_cell(frame: pl.DataFrame, cells: Mapping[str, Cell]) -> pl.DataFrame:
    frame = frame.with_columns(cell.value.alias(name) for name, cell in cells.items())
    return frame.with_columns(cell.rule(pl.col(name)).alias(f"!{name}") for name, cell in cells.items())


def each_distinct(frame: pl.DataFrame, cells: Mapping[str, Cell]) -> pl.DataFrame:
    """Columns that repeat themselves are read by their distinct texts; a rule that asks two columns at once is asked of every record."""
    roots = {name: root for name, cell in cells.items() if (root := _root(cell, name)) is not None and frame[root].dtype == pl.String}
    read: dict[str, pl.Series] = {}
    for root in sorted(set(roots.values())):
        codes, texts = _coded(frame[root])
        if len(texts) > max(1, frame.height) * _WORTH_IT:
            continue
        own = {name: cells[name] for name, at in roots.items() if at == root}
        judged = each_cell(texts.to_frame(), own)
        for column in (*own, *(f"!{name}" for name in own)):
            read[column] = _spread(judged[column], codes)
    return each_cell(frame, {name: cell for name, cell in cells.items() if name not in read}).with_columns(read.values())


def _root(cell: Cell, name: str) -> str | None:
    """The one column that the cell is read from, if it is one and its rule asks no other."""
    asked = set(cell.value.meta.root_names()) | set(cell.rule(pl.col(name)).meta.root_names()) - {name}
    return asked.pop() if len(asked) == 1 else None


def _coded(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Every cell's number among the distinct texts, and these; an absent cell is one of them."""
    import pyarrow as pa

    coded = cells.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    texts = pl.Series(cells.name, pl.from_arrow(coded.dictionary), dtype=pl.String)
    assert isinstance(coded.indices, pa.Int32Array)
    codes = pl.Series("code", pl.from_arrow(coded.indices), dtype=pl.Int32)
    if codes.null_count():
        codes = codes.fill_null(len(texts))
        texts = pl.concat([texts, pl.Series(cells.name, [None], dtype=pl.String)])
    return codes, texts


def _spread(found: pl.Series, codes: pl.Series) -> pl.Series:
    if found.null_count() == len(found):
        return pl.repeat(None, len(codes), dtype=found.dtype, eager=True).alias(found.name)
    return found.gather(codes)
