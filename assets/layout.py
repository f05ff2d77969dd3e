"""Finds the tables of a file: where each header is, which records are its rows, what stands above it.

Belongs here: sheets, preambles, blocks, titles, comments, tables side by side. Never here: cells, or what a table means.
A record belongs to a table, to what stands around tables, or is set aside; the sums are made from positions, not from the parser.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from assets.adapter import Head, block_gaps, is_comment, part_gaps, plainly, spans
from assets.decode import Decoded, Refusal
from assets.maps import Adapter
from assets.records import Positions, Records
from assets.sheets import Sheet
from assets.survey import open_quote

# A cell of a megabyte is set aside with its record; the standard library would end the reading at 128 KiB.
csv.field_size_limit(1 << 30)

_NUMBER = re.compile(r"^-?[0-9][0-9.,]*$")

Scan = Callable[[bytes, bytes], Records]


@dataclass(frozen=True)
class Source:
    """One sequence of records: the text of a file, a sheet, or some columns of either."""

    name: str
    records: Records
    delimiter: str
    is_ragged: bool = False
    sheet: str | None = None

    def row(self, place: int) -> list[str]:
        return row_of(self.records.text(place), self.delimiter)


@dataclass(frozen=True)
class Found:
    """One table: `part` reads it (null: nobody does), `body` are the places of its records."""

    source: int
    part: Adapter | None
    header: list[str]
    header_at: int
    body: Positions
    above: tuple[str, ...] = ()
    title: str | None = None
    is_last: bool = False


@dataclass
class _Reading:
    """What was met on the way down one source."""

    preamble: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)


def row_of(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def sources_of(decoded: Decoded, adapter: Adapter, delimiter: str, scan: Scan) -> list[Source]:
    """The text, or every sheet that the map does not leave out."""
    if not decoded.sheets:
        found = [Source("", scan(decoded.data, delimiter.encode()), delimiter, adapter.short_records)]
    else:
        sheets = [s for s in decoded.sheets if any(s.rows) and not (adapter.ignore_sheets and adapter.ignore_sheets.search(s.name))]
        if not sheets:
            raise Refusal("empty_file", "the workbook holds no filled sheet")
        found = [_of_sheet(sheet, "" if len(decoded.sheets) == 1 else sheet.name, scan) for sheet in sheets]
    return [part for source in found for part in _side_by_side(source, adapter, scan)] if adapter.side_by_side else found


def _of_sheet(sheet: Sheet, name: str, scan: Scan) -> Source:
    lines = np.arange(len(sheet.rows), dtype=np.int64) + sheet.first_row
    return Source(name, _scanned(sheet.rows, lines, scan), ",", True, sheet.name)


def _scanned(rows: list[list[str]], lines: Positions, scan: Scan) -> Records:
    """Rows as records of a text written here, numbered as the sheet numbers them."""
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\n").writerows(rows)
    records = scan(target.getvalue().encode("utf-8", "replace"), b",")
    if len(records) != len(rows):
        raise Refusal("records_disagree", f"{len(rows):,} rows became {len(records):,} records; nothing was taken")
    return replace(records, lines=lines)


def _side_by_side(source: Source, adapter: Adapter, scan: Scan) -> Iterator[Source]:
    """One source for each run of named columns of the first header that fits."""
    if not len(source.records):
        return
    _refuse_open_quotes(source.records)
    rows = [source.row(place) for place in range(len(source.records))]
    for row in rows[: max(20, adapter.header_within)]:
        parts = spans(row)
        heads = [Head([row[at] for at in span], "", source.sheet) for span in parts]
        if any(not part_gaps(replace(part, title_matches=None), head)[0] for part in adapter.parts for head in heads):
            for span in parts:
                cut = [_trimmed([row[at] if at < len(row) else "" for at in span]) for row in rows]
                yield replace(source, records=_scanned(cut, source.records.lines, scan), delimiter=",", is_ragged=True)
            return
    yield source


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row.pop()
    return row


def _refuse_open_quotes(records: Records) -> None:
    if records.stray_quote_line is not None or records.open_quote_line is not None:
        raise open_quote(records.stray_quote_line or records.open_quote_line or 1)


def tables_of(sources: list[Source], adapter: Adapter) -> list[Found]:
    """Every table of every source. Raises Refusal when none is one that the adapter reads."""
    found: list[Found] = []
    for number, source in enumerate(sources):
        _refuse_open_quotes(source.records)
        filled = np.flatnonzero(~source.records.is_blank)
        if len(filled) and plainly(source.records.text(int(filled[0]))).strip('"').startswith("sep="):
            filled = filled[1:]
        if not len(filled):
            continue
        if adapter.layout == "titled_blocks":
            found += _blocks(number, source, filled, adapter)
        elif adapter.layout == "header" and adapter.header_within == 1 and not adapter.comments and source.sheet is None:
            found.append(_one(number, source, filled, adapter))
        else:
            found += _searched(number, source, filled, adapter)
    read = [table for table in found if table.part is not None]
    if not read:
        gaps, _ = min((part_gaps(part, Head(table.header)) for table in found for part in adapter.parts), default=([], 0), key=lambda g: len(g[0]))
        raise Refusal("no_adapter", f"no table fits: {'; '.join(gaps[:4]) or 'there is none'}")
    return [table for table in found if table.part is None or not table.part.ignore_table]


def _one(number: int, source: Source, filled: Positions, adapter: Adapter) -> Found:
    header = int(filled[0])
    return Found(number, adapter, source.row(header), header, _undescribed(source, filled[1:], adapter), is_last=True)


def _undescribed(source: Source, places: Positions, adapter: Adapter) -> Positions:
    """The records without those that describe the columns: whoever saved the file again may have taken these out, and what holds a number is none."""
    for place in places[: adapter.description_rows]:
        if any(_NUMBER.match(cell.strip()) for cell in source.row(int(place))):
            break
        places = places[1:]
    return places


def _blocks(number: int, source: Source, filled: Positions, adapter: Adapter) -> list[Found]:
    """A blank line ends a block; a one-cell line behind it is the next title."""
    records = source.records
    after_gap = np.flatnonzero(np.diff(filled) > 1) + 1
    titles = [0] + [int(at) for at in after_gap if int(records.cells[filled[at]]) == 1]
    tables = []
    for start, stop in zip(titles, [*titles[1:], len(filled)], strict=True):
        title = (source.row(int(filled[start])) or [""])[0]
        if stop - start < 2:
            raise Refusal("header_only", f"the table '{title}' has no header below its title", int(records.lines[filled[start]]))
        at = int(filled[start + 1])
        header = source.row(at)
        gaps, _ = block_gaps(adapter, title, header)
        if gaps:
            raise Refusal("no_adapter", f"below the title '{title}': {'; '.join(gaps)}", int(records.lines[at]))
        body = _undescribed(source, filled[start + 2 : stop], adapter)
        tables.append(Found(number, adapter, header, at, body, (title,), title, stop == len(filled)))
    return tables


def _searched(number: int, source: Source, filled: Positions, adapter: Adapter) -> Iterator[Found]:
    """Tables by their headers, wherever they begin; what stands above a header is remembered for its title and window."""
    met = _Reading()
    segments = _segments(source, filled, adapter, met)
    for is_last, segment in segments:
        title_lines = 0
        while title_lines < len(segment) and sum(bool(c.strip()) for c in source.row(int(segment[title_lines]))) == 1:
            title_lines += 1
        if adapter.tables and title_lines == len(segment) and title_lines <= 2:
            said = [source.records.text(int(at)) for at in segment]
            met.near += said
            met.preamble += said
            continue
        limit = min(len(segment), adapter.header_within + (title_lines if adapter.tables else 0))
        best = _header_in(source, segment[:limit], adapter, met)
        if best is None:
            at = min(title_lines, len(segment) - 1) if adapter.tables else 0
            header = source.row(int(segment[at]))
            yield Found(number, None, header, int(segment[at]), segment[at + 1 :], tuple(met.preamble))
        else:
            at, part, header, above = best
            body = _undescribed(source, segment[at + 1 :], part)
            yield Found(number, part, header, int(segment[at]), body, (*met.preamble, *above), None, is_last)
        met.near = []


def _header_in(source: Source, places: Positions, adapter: Adapter, met: _Reading) -> tuple[int, Adapter, list[str], list[str]] | None:
    above: list[str] = []
    keys: set[str] = set()
    # A table that is left out is told by its title or sheet and would fit any header: asked last.
    parts = sorted(adapter.parts, key=lambda part: part.ignore_table)
    for at, place in enumerate(places):
        header = source.row(int(place))
        head = Head(header, "\n".join([*met.near, *above]), source.sheet, frozenset(keys))
        for part in parts:
            if not part_gaps(part, head)[0]:
                return at, part, header, above
        above.append(source.records.text(int(place)))
        keys.add(plainly((header or [""])[0]))
    return None


def _segments(source: Source, filled: Positions, adapter: Adapter, met: _Reading) -> Iterator[tuple[bool, Positions]]:
    """Runs of records between comments and, where there are several tables, blank lines. Comments are noted when they are passed."""
    comment = np.zeros(len(filled), dtype=bool)
    if adapter.comments:
        comment = np.array([is_comment(source.records.text(int(at)).lstrip('"'), adapter) for at in filled], dtype=bool)
    if not adapter.tables:
        for at in filled[comment]:
            line = (source.row(int(at)) or [""])[0]
            met.near.append(line)
            met.preamble.append(line)
        rest = filled[~comment]
        if len(rest):
            yield True, rest
        return
    start = 0
    for at in range(len(filled) + 1):
        ends = at == len(filled) or comment[at] or (at > start and filled[at] - filled[at - 1] > 1)
        if ends and at > start:
            yield at == len(filled), filled[start:at]
            start = at
        if at < len(filled) and comment[at]:
            line = source.records.text(int(filled[at])).strip('"')
            met.near.append(line)
            met.preamble.append(line)
            start = at + 1
