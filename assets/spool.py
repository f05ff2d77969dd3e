"""Writes landing rows piece by piece into one Parquet file a feed and shape, and takes rows out again.

Belongs here: Parquet files that grow by pieces. Never here: which rows, when they become part of the landing.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl
    import pyarrow as pa

# Names of people are hashes: that one lies between two others says nothing, and finding out costs as much as writing them.
_UNORDERED = ("file_hash", "person")
_ROWS_AT_ONCE = 200_000
# Rows that are written together, unless they are so long that fewer of them fill so many pieces of a file.
_ROW_GROUP = 1 << 19
_PARTS = 12
# Of so many rows it is asked whether a text repeats itself.
_TRIED = 1000
QUARANTINE = "quarantine.parquet"


class Spool:
    """One folder's Parquet files while they are written, each row group by a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self._waiting: dict[str, list[pl.DataFrame]] = {}
        self._writers: dict[str, Any] = {}
        self._thread = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is None:
                for name in self._waiting:
                    self._write_out(name)
                if self._pending:
                    self._pending.result()
        finally:
            self._thread.shutdown(wait=True)
            for writer in self._writers.values():
                writer.close()

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Rows behind those that were added before. They wait for more of them: what repeats itself is then written once for all."""
        import polars as pl

        if not frame.height:
            return
        self.rows[name] = self.rows.get(name, 0) + frame.height
        waiting = self._waiting.setdefault(name, [])
        waiting.append(frame)
        if waiting[0].schema != frame.schema:
            # From this piece on a column repeats itself too little to be numbered.
            waiting[:] = [part.cast({pl.Categorical: pl.String}) for part in waiting]
        if sum(part.height for part in waiting) >= _ROW_GROUP or len(waiting) == _PARTS:
            self._write_out(name)

    def _write_out(self, name: str) -> None:
        if self._pending:
            # One row group at a time: more would pile up in memory when the disk is slow.
            self._pending.result()
        parts, self._waiting[name] = self._waiting.get(name, []), []
        if parts:
            self._pending = self._thread.submit(self._write, name, parts)

    def _write(self, name: str, parts: list[pl.DataFrame]) -> None:
        rows = _as_written(parts)
        if name not in self._writers:
            self._writers[name] = _writer(self.folder / name, rows.schema, _distinct(parts[0]))
        self._writers[name].write_table(rows.cast(self._writers[name].schema))


def _as_written(parts: list[pl.DataFrame]) -> pa.Table:
    """The rows; what is known to repeat itself as a dictionary, for to find that out again is what writing would take longest for."""
    import polars as pl
    import pyarrow as pa

    frame = pl.concat(part.drop("file_hash") for part in parts)
    coded = {column.name: _dictionary(column) for column in frame if isinstance(column.dtype, pl.Categorical)}
    nothing_else = pl.repeat(0, frame.height, dtype=pl.Int32, eager=True)
    coded["file_hash"] = pa.DictionaryArray.from_arrays(nothing_else.to_arrow(), _texts(parts[0]["file_hash"].unique()))
    rest = frame.drop(coded, strict=False).to_arrow(compat_level=pl.CompatLevel.oldest())
    return pa.table({name: coded[name] if name in coded else rest[name] for name in parts[0].columns})


def _distinct(frame: pl.DataFrame) -> list[str]:
    """Texts that seldom repeat themselves: a dictionary of them would hold them all."""
    import polars as pl

    first = frame.select(pl.col(pl.String)).head(_TRIED)
    return [column.name for column in first if column.n_unique() > first.height // 2 > 0]


def _texts(values: pl.Series) -> pa.Array:
    import polars as pl

    return values.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest())


def _dictionary(column: pl.Series) -> pa.DictionaryArray:
    """With only the texts that are there: all that the file said so far may be many more."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    numbers = column.to_physical()
    known = numbers.drop_nulls().to_numpy()
    rows = np.full(int(known.max(initial=0)) + 1, -1, np.int32)
    rows[known] = np.flatnonzero(column.is_not_null())
    is_there = rows >= 0
    place = pl.Series(np.cumsum(is_there, dtype=np.int32) - 1)
    return pa.DictionaryArray.from_arrays(place.gather(numbers).to_arrow(), _texts(column.gather(rows[is_there])))


def without(path: Path, lines: npt.NDArray[np.int64]) -> int:
    """Takes the rows of these lines (sorted) out of a written file. Returns how many rows are left; a file of none is removed."""
    import numpy as np
    import pyarrow.parquet as pq

    left, temporary = 0, path.with_name(f".{path.name}.new")
    with pq.ParquetFile(path) as source, _writer(temporary, source.schema_arrow) as target:
        for batch in source.iter_batches(batch_size=_ROWS_AT_ONCE):
            own = batch.column("line").to_numpy()
            places = np.minimum(np.searchsorted(lines, own), len(lines) - 1)
            kept = batch.filter(lines[places] != own)
            left += kept.num_rows
            if kept.num_rows:
                target.write_batch(kept)
    os.replace(temporary, path)
    if not left:
        path.unlink()
    return left


def _writer(path: Path, schema: pa.Schema, distinct: Collection[str] = ()) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = (pa.types.is_large_string, pa.types.is_string, pa.types.is_dictionary)
    texts = [field.name for field in schema if any(is_text(field.type) for is_text in kinds) and field.name not in distinct]
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        # Read as plain text by every reader, not as this library's own kind of it.
        store_schema=False,
        use_dictionary=texts,
        column_encoding={
            name: "PLAIN" if name != "line" else "DELTA_BINARY_PACKED" for name in schema.names if name not in texts and _is_number(schema, name)
        },
        dictionary_pagesize_limit=8 << 20,
        write_statistics=[name for name in schema.names if name not in _UNORDERED],
    )


def _is_number(schema: pa.Schema, name: str) -> bool:
    import pyarrow as pa

    kind = schema.field(name).type
    return not (pa.types.is_boolean(kind) or pa.types.is_decimal(kind))
