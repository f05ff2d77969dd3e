"""Writes landing rows piece by piece into one Parquet file a feed and shape, and takes rows out again.

Belongs here: Parquet files that grow by pieces. Never here: which rows, when they become part of the landing.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from assets.shapes import COLUMNS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl
    import pyarrow as pa

# Names of people are hashes: that one lies between two others says nothing, and finding out costs as much as writing them.
_UNORDERED = ("file_hash", "person")
_ROWS_AT_ONCE = 200_000
QUARANTINE = "quarantine.parquet"


class Spool:
    """One folder's Parquet files while they are written, each row group by a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = {}
        self._writers: dict[str, Any] = {}
        self._thread = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown(wait=True)
        for writer in self._writers.values():
            writer.close()
        if error is None and self._pending:
            self._pending.result()

    def add(self, name: str, shape: str, frame: pl.DataFrame) -> None:
        """Rows of one shape, behind those that were added before."""
        if not frame.height:
            return
        if self._pending:
            # One piece at a time: more would pile up in memory when the disk is slow.
            self._pending.result()
        self.rows[name] = self.rows.get(name, 0) + frame.height
        self._pending = self._thread.submit(self._write, name, shape, frame)

    def _write(self, name: str, shape: str, frame: pl.DataFrame) -> None:
        import polars as pl

        rows = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if name not in self._writers:
            self._writers[name] = _writer(self.folder / name, rows.schema, shape)
        self._writers[name].write_table(rows)


def without(path: Path, shape: str, lines: npt.NDArray[np.int64]) -> int:
    """Takes the rows of these lines (sorted) out of a written file. Returns how many rows are left; a file of none is removed."""
    import numpy as np
    import pyarrow.parquet as pq

    left, temporary = 0, path.with_name(f".{path.name}.new")
    with pq.ParquetFile(path) as source, _writer(temporary, source.schema_arrow, shape) as target:
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


def _writer(path: Path, schema: pa.Schema, shape: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [field.name for field in schema if pa.types.is_large_string(field.type) or pa.types.is_string(field.type)]
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
        write_statistics=[name for name in COLUMNS[shape] if name not in _UNORDERED],
    )


def _is_number(schema: pa.Schema, name: str) -> bool:
    import pyarrow as pa

    kind = schema.field(name).type
    return not (pa.types.is_boolean(kind) or pa.types.is_decimal(kind))
