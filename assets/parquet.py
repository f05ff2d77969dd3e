"""Reads Parquet bytes into a frame, held against the row count of the file's own footer.

Belongs here: damaged and crafted Parquet, values as exact text. Never here: what a column means.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from assets.refusal import Refusal

# of address space for reading one file
MEMORY = 8 << 30


def parquet_columns(data: bytes) -> list[str]:
    with _refusing_damage():
        return list(pl.read_parquet_schema(io.BytesIO(data)))


@contextlib.contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader on crafted bytes is no Exception, and must not end the night
        text = f"the Parquet file is damaged ({(str(error).splitlines() or [''])[0][:160]}); export it again"
        raise Refusal("not_parquet", text) from error


def read_parquet(data: bytes) -> pl.DataFrame:
    """Parquet bytes -> frame, held against the row count of the file's own footer.

    Read in a process of its own with a limit on memory, as workbooks are: a few crafted bytes may say that they are billions of values.
    """
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", __name__], input=data, capture_output=True, check=False, cwd=Path(__file__).parent.parent
    )
    said, _, frame = done.stdout.partition(b"\n")
    if done.returncode != 0 or not said:
        raise Refusal("archive_bomb", f"the Parquet file asks for more than {MEMORY >> 30} GiB of memory or ends its reader; it was not read")
    answer = json.loads(said)
    if "rule" in answer:
        raise Refusal(answer["rule"], answer["message"])
    return pl.read_ipc(io.BytesIO(frame))


def _read_here(data: bytes) -> pl.DataFrame:
    with _refusing_damage():
        frame = pl.read_parquet(io.BytesIO(data))
        counted = pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item()
    if counted != frame.height:
        raise Refusal("records_disagree", f"the Parquet footer says {counted:,} rows, {frame.height:,} were read")
    if pl.Binary not in frame.schema.values():
        return frame
    with _refusing_damage():
        return frame.with_columns(_uuid_text(name) for name in _uuids(data))


def _uuids(data: bytes) -> list[str]:
    """Columns that the footer calls UUIDs; Polars reads them as mere bytes."""
    from pyarrow import parquet

    schema = parquet.ParquetFile(io.BytesIO(data)).schema
    leaves = [schema.column(at) for at in range(len(schema))]
    return [leaf.path for leaf in leaves if leaf.logical_type.type == "UUID" and leaf.path == leaf.name]


def _uuid_text(name: str) -> pl.Expr:
    return pl.col(name).bin.encode("hex").str.replace(r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", "${1}-${2}-${3}-${4}-${5}")


def as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """One flat column as the text that a CSV of it would hold."""
    kind, column = frame.schema[name], pl.col(name)
    if kind.is_float():
        # A float's own text may be 1e16; what has an exact plain spelling is given it.
        is_plain = column.is_finite() & (column.abs() < 1e18)
        plain = pl.when(is_plain).then(column).cast(pl.Decimal(38, 6)).cast(pl.String)
        # whole numbers beside a gap become floats in other tools: person 17.000000 would not be the 17 of the next file
        plain = plain.str.strip_chars_end("0").str.strip_chars_end(".")
        return pl.when(is_plain).then(plain).otherwise(column.cast(pl.String))
    if isinstance(kind, pl.Datetime):
        if not kind.time_zone and (frame[name].dt.truncate("1d") == frame[name]).all():
            return column.dt.to_string("%Y-%m-%d")  # days, in a tool that knows only instants
        text = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if kind.time_zone else column
        return text.cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%S%.6f") + ("Z" if kind.time_zone else "")
    if kind == pl.Boolean:
        return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false"))
    return column.cast(pl.String)


def main() -> None:
    """Parquet on the standard input; on the standard output a line of JSON and the frame, and a limit that the reader cannot lift."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    target = io.BytesIO()
    try:
        _read_here(sys.stdin.buffer.read()).write_ipc(target)
        said: dict[str, str] = {}
    except Refusal as refusal:
        said = {"rule": refusal.rule, "message": refusal.message}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + target.getvalue())


if __name__ == "__main__":
    main()
