"""Writes landing rows piece by piece into one Parquet file a feed and shape, and takes rows out again.

Belongs here: Parquet files that grow by pieces. Never here: which rows, when they become part of the landing.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from assets.judging import Coded, joined

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl
    import pyarrow as pa

# Names of people are hashes: that one lies between two others says nothing, and finding out costs as much as writing them.
_UNORDERED = ("file_hash", "person")
_ROWS_AT_ONCE = 200_000
# Rows of returning people that are written together.
_ROW_GROUP = 1 << 18
QUARANTINE = "quarantine.parquet"


class Spool:
    """One folder's Parquet files while they are written, each row group by a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self._waiting: dict[str, list[tuple[pl.DataFrame, Coded | None]]] = {}
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

    def add(self, name: str, frame: pl.DataFrame, people: Coded | None = None) -> None:
        """Rows behind those that were added before. `people` says again, more shortly, who is in them.

        Such rows wait for more of them: who returns is then written once for all.
        """
        if not frame.height:
            return
        self.rows[name] = self.rows.get(name, 0) + frame.height
        if people is None:
            self._write_out(name)
        waiting = self._waiting.setdefault(name, [])
        waiting.append((frame, people))
        if people is None or sum(frame.height for frame, _ in waiting) >= _ROW_GROUP:
            self._write_out(name)

    def _write_out(self, name: str) -> None:
        if self._pending:
            # One row group at a time: more would pile up in memory when the disk is slow.
            self._pending.result()
        parts, self._waiting[name] = self._waiting.get(name, []), []
        if parts:
            self._pending = self._thread.submit(self._write, name, parts)

    def _write(self, name: str, parts: list[tuple[pl.DataFrame, Coded | None]]) -> None:
        import polars as pl

        rows = _as_written(pl.concat(frame for frame, _ in parts), joined([people for _, people in parts if people]))
        if name not in self._writers:
            self._writers[name] = _writer(self.folder / name, rows.schema)
        self._writers[name].write_table(rows.cast(self._writers[name].schema))


def _as_written(frame: pl.DataFrame, people: Coded | None) -> pa.Table:
    """The rows; what is known to repeat itself as a dictionary, for to find that out again is what writing would take longest for."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    coded = {"file_hash": pa.DictionaryArray.from_arrays(pa.array(np.zeros(frame.height, np.int32)), _texts(frame["file_hash"][:1]))}
    if people is not None:
        coded["person"] = _dictionary(people.codes.to_numpy(), people.values)
    rest = frame.drop(coded).to_arrow(compat_level=pl.CompatLevel.oldest())
    return pa.table({name: coded[name] if name in coded else rest[name] for name in frame.columns})


def _texts(values: pl.Series) -> pa.Array:
    import polars as pl

    return values.to_arrow(compat_level=pl.CompatLevel.oldest())


def _dictionary(codes: npt.NDArray[Any], values: pl.Series) -> pa.DictionaryArray:
    """Only the values that are there, and each once: equal ones of different spelling are one, and the file relies on it."""
    import numpy as np
    import pyarrow as pa

    is_there = np.zeros(len(values), dtype=bool)
    is_there[codes] = True
    own = _texts(values.gather(np.flatnonzero(is_there))).dictionary_encode()
    place = np.cumsum(is_there, dtype=np.int32) - 1
    return pa.DictionaryArray.from_arrays(own.indices.take(pa.array(place[codes])), own.dictionary)


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


def _writer(path: Path, schema: pa.Schema) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = (pa.types.is_large_string, pa.types.is_string, pa.types.is_dictionary)
    texts = [field.name for field in schema if any(is_text(field.type) for is_text in kinds)]
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
