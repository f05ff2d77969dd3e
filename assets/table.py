"""Turns the tables of a file into text cells, each record with its place, and sets aside records that are no rows.

Belongs here: totals, footers, ragged and damaged records, JSON, plain Parquet; showing a record without what must not be shown.
Never here: what a cell means. Every table's physical count comes from `records` or another count of its own, not from the parser.
"""

from __future__ import annotations

import codecs
import csv
import functools
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.across import STRIDE
from assets.adapter import delimiter_of, is_document, plainly
from assets.decode import Decoded, Refusal
from assets.fields import PEOPLE
from assets.jsondoc import MAX_RECORD, flattened, json_line, record_of, records_at
from assets.layout import Found, Source, sources_of, tables_of
from assets.maps import Adapter
from assets.parquet import as_text, parquet_columns, read_parquet
from assets.records import Positions, scan

__all__ = ["MAX_RECORD", "Rejected", "Table", "parquet_columns", "physical_guess", "read_parquet", "read_tables", "table_of"]

HIDDEN = "…"


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
    part: Adapter | None = None
    source: int = 0
    source_name: str = ""
    above: tuple[str, ...] = ()
    first: int = 0
    last: int = STRIDE - 1
    take_apart: Callable[[int], list[str] | None] | None = None
    delimiter: str = ","

    def holds(self, row: int) -> bool:
        return row // STRIDE == self.source and self.first <= row % STRIDE <= self.last

    def line(self, row: int) -> int:
        """Where a person finds the record: the line of the text, the row of the sheet."""
        return int(self.line_of(row % STRIDE))

    def lines(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """One number for every record of the file."""
        found: npt.NDArray[np.int64] = np.asarray(self.line_of(rows % STRIDE)) + self.source * STRIDE
        return found

    def shown(self, row: int, hash_of: Callable[[str], str]) -> str:
        """The record as people may see it: people hashed, and what no map declares left out. The bytes are in the archive."""
        ways = self._ways
        if all(way == "plain" for way in ways):
            return self.raw(row % STRIDE)
        try:
            cells = self.take_apart(row % STRIDE) if self.take_apart else None
        except csv.Error:  # a cell of many megabytes
            cells = None
        if cells is None:
            return HIDDEN
        if len(cells) > len(ways) or (len(cells) < len(ways) and not (self.part and self.part.short_records)):
            # Which cell is whose cannot be known.
            return self.delimiter.join([HIDDEN] * len(cells))
        safe = [{"plain": cell, "person": hash_of(cell) if cell.strip() else cell}.get(way, HIDDEN) for cell, way in zip(cells, ways, strict=False)]
        target = io.StringIO(newline="")
        csv.writer(target, delimiter=self.delimiter, lineterminator="").writerow(safe)
        return target.getvalue()

    @functools.cached_property
    def _ways(self) -> list[str]:
        return [self._way(name) for name in self.header]

    def _way(self, name: str) -> str:
        if self.part is None:
            return "hidden"
        if self.title is not None and plainly(name) == plainly(self.title):
            return "plain"
        columns = sorted((column for column in self.part.columns if column.reads(name)), key=lambda column: not column.fits(name))
        if not columns:
            filters = {plainly(key) for key, _ in (*self.part.keep_where, *self.part.drop_where)}
            return "plain" if plainly(name) in filters else "hidden"
        return "person" if columns[0].personal or columns[0].into == PEOPLE else "plain"


def read_tables(decoded: Decoded, adapter: Adapter) -> list[Table]:
    """All tables of a file. Raises Refusal when the file as a whole cannot be trusted."""
    if decoded.kind == "parquet":
        return [_parquet(decoded, adapter)]
    if is_document(decoded, adapter):
        return [_json_document(decoded, adapter)]
    if decoded.kind == "jsonl":
        return [_json_lines(decoded, adapter)]
    sources = sources_of(decoded, adapter, delimiter_of(decoded, adapter), scan)
    return [table_of(sources[found.source], found, adapter) for found in tables_of(sources, adapter)]


def physical_guess(decoded: Decoded) -> int:
    """Records of a file that no adapter reads: its lines or rows that are not blank, less one for a header."""
    if decoded.kind in ("parquet", "zip"):
        return 0
    if decoded.sheets:
        return sum(max(0, sum(1 for row in sheet.rows if row) - 1) for sheet in decoded.sheets)
    filled = sum(1 for line in io.BytesIO(decoded.data) if line.strip())
    return max(0, filled - (decoded.kind == "text"))


def table_of(source: Source, found: Found, adapter: Adapter) -> Table:
    records, header, part = source.records, found.header, found.part or adapter
    while source.sheet is not None and header and not header[-1].strip():
        header = header[:-1]
    width = len(header)
    base = found.source * STRIDE
    body = found.body if found.part is None else _without_totals(source, found.body, part)
    counts = records.cells[body]
    is_text_end = found.is_last and source.sheet is None and not source.is_ragged and not records.is_terminated
    if is_text_end and len(body) and counts[-1] < width and body[-1] == len(records) - 1:
        line = int(records.lines[body[-1]])
        raise Refusal("cut_file", f"the file ends in the middle of line {line}: the copy was cut; deliver the file again", line)
    if is_text_end and not len(body) and not _knows(part, header):
        raise Refusal("cut_file", "the file ends in its first line: the copy was cut; deliver the file again", 1)
    rules = np.full(len(body), "", dtype=object)
    is_ragged = source.is_ragged or part.short_records
    if found.part is None:
        rules[:] = "no_metric"
    elif part.declines is not None:
        rules[:] = part.declines[0]
    if not is_ragged:
        rules[(rules == "") & (counts < width)] = "too_few_cells"
    rules[(rules == "") & (counts > width)] = "too_many_cells"
    rules[(rules == "") & (records.ends[body] - records.starts[body] > MAX_RECORD)] = "cell_too_long"
    if 0 in records.data:
        at = np.flatnonzero(np.frombuffer(records.data, np.uint8) == 0)
        damaged = np.unique(np.searchsorted(records.starts, at, side="right") - 1)
        rules[(rules == "") & np.isin(body, damaged)] = "nul_byte"
    good = body[rules == ""]
    detail = part.declines[1] if found.part is not None and part.declines else None
    bad = [Rejected(base + int(body[i]), str(rules[i]), None, detail) for i in np.flatnonzero(rules != "")]
    cells = _parse(records.join(good), width, source.delimiter, is_ragged)
    if cells.height != len(good):
        text = f"the parser found {cells.height:,} records where counting bytes finds {len(good):,}; nothing was read"
        raise Refusal("records_disagree", text, int(records.lines[good[0]]) if len(good) else None)
    cells = cells.with_columns(pl.Series("row", good, dtype=pl.Int64) + base)
    first, last = (int(body[0]), int(body[-1])) if len(body) else (0, -1)
    return Table(
        header,
        cells,
        len(body),
        lambda rows: records.lines[rows],
        records.text,
        bad,
        found.title,
        found.part,
        found.source,
        source.name,
        found.above,
        first,
        last,
        source.row,
        source.delimiter,
    )


def _knows(adapter: Adapter, header: list[str]) -> bool:
    return not header or any(column.fits(header[-1]) for column in adapter.columns)


def _without_totals(source: Source, body: Positions, part: Adapter) -> Positions:
    """Drops footers (last) and total rows (anywhere): what a platform added up for us is no record."""

    def is_footer(place: int) -> bool:
        return any(footer.search(plainly(source.records.text(place).strip('"'))) for footer in part.footers)

    def is_total(place: int) -> bool:
        return plainly(next((cell for cell in source.row(place) if cell.strip()), "")) in part.totals

    while len(body) and is_footer(int(body[-1])):
        body = body[:-1]
    if part.totals and len(body):
        body = body[~np.fromiter((is_total(int(place)) for place in body), dtype=bool, count=len(body))]
    return body


def _parse(data: bytes, width: int, delimiter: str, is_ragged: bool) -> pl.DataFrame:
    names = [f"c{i}" for i in range(width)]
    if not data:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    has_header = is_ragged or data.startswith(codecs.BOM_UTF8)
    if has_header:
        # A full first line tells the parser how wide the table is; what a record lacks is then empty. And a mark that begins a record
        # stays with it: at the head of the text the parser would take it for the file's and drop it.
        data = delimiter.join(names).encode() + b"\n" + data
    return pl.read_csv(
        io.BytesIO(data),
        has_header=has_header,
        new_columns=None if has_header else names,
        infer_schema=False,
        separator=delimiter,
        quote_char='"',
    )


def _json_lines(decoded: Decoded, adapter: Adapter) -> Table:
    lines = decoded.data.split(b"\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    records: list[tuple[str, Any]] = []
    for place in filled:
        rule, content = json_line(lines[place])
        if rule == "not_json" and place == len(lines) - 1:
            raise Refusal("cut_file", f"the file ends in the middle of line {place + 1}: deliver the file again", place + 1)
        records.append((rule, content))
    return _json_table(records, filled, adapter, lambda at: lines[at].decode("utf-8", "replace"))


def _json_document(decoded: Decoded, adapter: Adapter) -> Table:
    """Elements of an array are numbered from 1: a pretty-printed document has no line for each."""
    items = records_at(decoded.data, adapter.json_path, adapter.unnest, adapter.json_keys)
    if decoded.data.count(b"\0"):
        raise Refusal("not_json", "the JSON contains NUL bytes; export it again")
    records = [("", item) for item in items]
    return _json_table(records, range(len(items)), adapter, lambda at: json.dumps(items[at], ensure_ascii=False)[:4000])


def _json_table(records: list[tuple[str, Any]], places: Sequence[int], adapter: Adapter, raw: Callable[[int], str]) -> Table:
    wanted = {name for column in adapter.columns for name in (*column.spellings, *column.alternatives, *column.companions)}
    header: dict[str, int] = {}
    rows: list[dict[str, str | None]] = []
    kept: list[int] = []
    rejected: list[Rejected] = []
    for place, (fault, content) in zip(places, records, strict=True):
        rule, cells = (fault, {}) if fault else record_of(content, adapter.flatten, wanted)
        if rule:
            rejected.append(Rejected(place, rule))
            continue
        for key in cells:
            header.setdefault(key, len(header))
        rows.append(cells)
        kept.append(place)
    names = list(header)
    columns = {f"c{i}": pl.Series([row.get(name) for row in rows], dtype=pl.String()) for i, name in enumerate(names)}
    frame = pl.DataFrame(columns | {"row": pl.Series(kept, dtype=pl.Int64)})
    content_of = dict(zip(places, records, strict=True))

    def apart(at: int) -> list[str] | None:
        content = content_of[at][1]
        if not isinstance(content, dict):
            return None
        said = flattened(content) if adapter.flatten else content
        if set(said) - set(names):
            return None
        return ["" if said.get(name) is None else str(said[name]) for name in names]

    return Table(names, frame, len(places), lambda at: at + 1, raw, rejected, part=adapter.parts[0], take_apart=apart)


def _parquet(decoded: Decoded, adapter: Adapter) -> Table:
    frame = read_parquet(decoded.data)
    names = frame.columns
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind in (pl.Binary, pl.Object) or isinstance(kind, pl.Duration)]
    if nested:
        held = "bytes, and no text" if frame.schema[nested[0]] == pl.Binary else "lists, objects or stretches of time"
        raise Refusal("not_a_value", f"column '{nested[0]}' holds {held}; write it as text, or leave it out", None, nested[0])
    cells = frame.select(as_text(frame, name).alias(f"c{i}") for i, name in enumerate(names)).with_columns(
        row=pl.int_range(frame.height, dtype=pl.Int64)
    )

    def raw(at: int) -> str:
        return json.dumps(frame.row(at, named=True), default=str)

    def apart(at: int) -> list[str] | None:
        return ["" if cell is None else str(cell) for cell in frame.row(at)]

    return Table(names, cells, frame.height, lambda at: at + 1, raw, part=adapter.parts[0], take_apart=apart)
