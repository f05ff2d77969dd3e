"""Turns decoded text into tables of text cells, each record with its line, and sets aside records that are no rows.

Belongs here: headers, preambles, blocks, totals, footers, ragged and damaged records, JSON lines, plain Parquet.
Never here: what a cell means. Every table's physical count comes from `records`, not from the parser.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from assets.adapter import Adapter, block_gaps, delimiter_of, plainly
from assets.decode import Decoded, Refusal
from assets.records import Positions, Records, scan

MAX_RECORD = 1 << 20


@dataclass(frozen=True)
class Rejected:
    """One record set aside before its cells were looked at; `row` is its place in the file."""

    row: int
    rule: str
    column: str | None = None
    detail: str | None = None


@dataclass
class Table:
    """`cells` has one String column per header name (by position: c0, c1 …) and `row`, the record's place in the file."""

    header: list[str]
    cells: pl.DataFrame
    physical: int
    line_of: Callable[[Any], Any]
    raw: Callable[[int], str]
    rejected: list[Rejected] = field(default_factory=list)
    title: str | None = None


def read_tables(decoded: Decoded, adapter: Adapter) -> list[Table]:
    """All tables of a file. Raises Refusal when the file as a whole cannot be trusted."""
    if decoded.kind == "parquet":
        return [_parquet(decoded)]
    if decoded.kind == "jsonl":
        return [_json_lines(decoded)]
    delimiter = delimiter_of(decoded, adapter)
    records = scan(decoded.data, delimiter.encode())
    if records.stray_quote_line is not None or records.open_quote_line is not None:
        line = records.stray_quote_line or records.open_quote_line
        text = f"a quote near line {line} is not closed or stands inside a cell and may swallow records; nothing was read"
        raise Refusal("unterminated_quote", text, line)
    filled = np.flatnonzero(~records.is_blank)
    if adapter.layout == "titled_blocks":
        return _blocks(records, filled, adapter, delimiter)
    return [_table(records, int(filled[0]), filled[1:], adapter, delimiter, is_last=True)]


def physical_guess(decoded: Decoded) -> int:
    """Records of a file that no adapter reads: its lines that are not blank, less one for a header."""
    if decoded.kind == "parquet":
        return 0
    filled = sum(1 for line in io.BytesIO(decoded.data) if line.strip())
    return max(0, filled - (decoded.kind == "text"))


def row_of(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def _blocks(records: Records, filled: Positions, adapter: Adapter, delimiter: str) -> list[Table]:
    if plainly(records.text(int(filled[0]))).strip('"').startswith("sep="):
        filled = filled[1:]
    # A blank line ends a block; a one-cell line behind it is the next title.
    after_gap = np.flatnonzero(np.diff(filled) > 1) + 1
    titles = [0] + [int(at) for at in after_gap if int(records.cells[filled[at]]) == 1]
    tables = []
    for start, stop in zip(titles, [*titles[1:], len(filled)], strict=True):
        title = (row_of(records.text(int(filled[start])), delimiter) or [""])[0]
        if stop - start < 2:
            raise Refusal("header_only", f"the table '{title}' has no header below its title", int(records.lines[filled[start]]))
        header = int(filled[start + 1])
        gaps, _ = block_gaps(adapter, title, row_of(records.text(header), delimiter))
        if gaps:
            raise Refusal("no_adapter", f"below the title '{title}': {'; '.join(gaps)}", int(records.lines[header]))
        is_last = stop == len(filled)
        table = _table(records, header, filled[start + 2 : stop], adapter, delimiter, is_last)
        table.title = title
        tables.append(table)
    return tables


def _table(records: Records, header_at: int, body: Positions, adapter: Adapter, delimiter: str, is_last: bool) -> Table:
    header = row_of(records.text(header_at), delimiter)
    width = len(header)
    body = _without_totals(records, body, adapter, delimiter)
    counts = records.cells[body]
    if is_last and len(body) and not records.is_terminated and counts[-1] < width and body[-1] == len(records) - 1:
        line = int(records.lines[body[-1]])
        raise Refusal("cut_file", f"the file ends in the middle of line {line}: the copy was cut; deliver the file again", line)
    if is_last and not len(body) and not records.is_terminated and not _knows(adapter, header):
        raise Refusal("cut_file", "the file ends in its first line: the copy was cut; deliver the file again", 1)
    rules = np.full(len(body), "", dtype=object)
    rules[counts < width] = "too_few_cells"
    rules[counts > width] = "too_many_cells"
    rules[records.ends[body] - records.starts[body] > MAX_RECORD] = "cell_too_long"
    if 0 in records.data:
        at = np.flatnonzero(np.frombuffer(records.data, np.uint8) == 0)
        damaged = np.unique(np.searchsorted(records.starts, at, side="right") - 1)
        rules[np.isin(body, damaged)] = "nul_byte"
    good = body[rules == ""]
    bad = [Rejected(int(body[i]), str(rules[i])) for i in np.flatnonzero(rules != "")]
    cells = _parse(records.join(good), width, delimiter)
    if cells.height != len(good):
        text = f"the parser found {cells.height:,} records where counting bytes finds {len(good):,}; nothing was read"
        raise Refusal("records_disagree", text, int(records.lines[good[0]]) if len(good) else None)
    cells = cells.with_columns(pl.Series("row", good, dtype=pl.Int64))
    return Table(header, cells, len(body), lambda rows: records.lines[rows], records.text, bad)


def _knows(adapter: Adapter, header: list[str]) -> bool:
    return not header or any(plainly(header[-1]) in column.spellings for column in adapter.columns)


def _without_totals(records: Records, body: Positions, adapter: Adapter, delimiter: str) -> Positions:
    """Drops a total row (first or last) and footers (last). Anywhere else such a text is a record that fails as one."""

    def is_footer(place: int) -> bool:
        return any(footer.search(plainly(records.text(place).strip('"'))) for footer in adapter.footers)

    while len(body) and is_footer(int(body[-1])):
        body = body[:-1]
    for place in (0, -1):
        if len(body) and adapter.totals:
            first = row_of(records.text(int(body[place])), delimiter)[:1]
            if first and plainly(first[0]) in adapter.totals:
                body = body[1:] if place == 0 else body[:-1]
    return body


def _parse(data: bytes, width: int, delimiter: str) -> pl.DataFrame:
    names = [f"c{i}" for i in range(width)]
    if not data:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    return pl.read_csv(io.BytesIO(data), has_header=False, new_columns=names, infer_schema=False, separator=delimiter, quote_char='"')


def _json_lines(decoded: Decoded) -> Table:
    lines = decoded.data.split(b"\n")
    header: dict[str, int] = {}
    rows: list[dict[str, str | None]] = []
    places: list[int] = []
    rejected: list[Rejected] = []
    filled = [i for i, line in enumerate(lines) if line.strip()]
    for place in filled:
        rule, content = _json_record(lines[place])
        if rule == "not_json" and place == len(lines) - 1:
            raise Refusal("cut_file", f"the file ends in the middle of line {place + 1}: deliver the file again", place + 1)
        if rule:
            rejected.append(Rejected(place, rule))
            continue
        for key in content:
            header.setdefault(key, len(header))
        rows.append(content)
        places.append(place)
    names = list(header)
    columns = {f"c{i}": pl.Series([row.get(name) for row in rows], dtype=pl.String()) for i, name in enumerate(names)}
    cells = pl.DataFrame(columns | {"row": pl.Series(places, dtype=pl.Int64)})
    return Table(names, cells, len(filled), lambda at: at + 1, lambda at: lines[at].decode("utf-8", "replace"), rejected)


def _json_record(line: bytes) -> tuple[str, dict[str, str | None]]:
    """Numbers stay as they are spelt: a float would turn 0.1 + 0.2 into something that nobody delivered."""
    if b"\0" in line or b"\\u0000" in line:
        return "nul_byte", {}
    if len(line) > MAX_RECORD:
        return "cell_too_long", {}
    try:
        pairs = json.loads(line, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return "not_json", {}
    if not isinstance(pairs, tuple):
        return "not_json", {}
    content: dict[str, str | None] = {}
    for key, value in pairs:
        if key in content:
            return "duplicate_key", {}
        if isinstance(value, (tuple, list)):
            return "not_a_value", {}
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
        try:
            (key + (text or "")).encode("utf-8")
        except UnicodeEncodeError:  # a lone surrogate, written as an escape
            return "not_json", {}
        content[key] = text
    return "", content


def _parquet(decoded: Decoded) -> Table:
    frame = read_parquet(decoded.data)
    names = frame.columns
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object)]
    if nested:
        raise Refusal("not_a_value", f"column '{nested[0]}' holds lists or objects; a plain file has flat columns", None, nested[0])
    cells = frame.select(_as_text(frame, name).alias(f"c{i}") for i, name in enumerate(names)).with_columns(
        row=pl.int_range(frame.height, dtype=pl.Int64)
    )
    return Table(names, cells, frame.height, lambda at: at + 1, lambda at: json.dumps(frame.row(at, named=True), default=str))


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
    """Parquet bytes -> frame, held against the row count of the file's own footer."""
    with _refusing_damage():
        frame = pl.read_parquet(io.BytesIO(data))
        counted = pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item()
    if counted != frame.height:
        raise Refusal("records_disagree", f"the Parquet footer says {counted:,} rows, {frame.height:,} were read")
    return frame


def _as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    kind, column = frame.schema[name], pl.col(name)
    if kind.is_float():
        # A float's own text may be 1e16; what has an exact plain spelling is given it.
        is_plain = column.is_finite() & (column.abs() < 1e18)
        plain = pl.when(is_plain).then(column).cast(pl.Decimal(38, 6)).cast(pl.String)
        return pl.when(is_plain).then(plain).otherwise(column.cast(pl.String))
    if isinstance(kind, pl.Datetime):
        text = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if kind.time_zone else column
        return text.cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%S%.6f") + ("Z" if kind.time_zone else "")
    if kind == pl.Boolean:
        return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false"))
    return column.cast(pl.String)
