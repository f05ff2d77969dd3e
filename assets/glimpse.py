"""Finds the table of a file that no map knows: its encoding, its delimiter, the sheet or array it stands in, where its header is.

Belongs here: what the bytes show of where the rows are. Never here: what a column holds (sightings), writing a map (proposal).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from assets.adapter import first_records, header_of
from assets.decode import Decoded, reencoded
from assets.jsondoc import document
from assets.refusal import Refusal
from assets.sheets import Sheet
from assets.sightings import day_form, is_number

_ROWS = 2000
# A header names all columns but one in so many.
_FULL = 5
# A header is looked for so far, an array so deep.
_PREAMBLE, _DEEP = 40, 4


@dataclass(frozen=True)
class Glimpse:
    """The first rows of a file that nobody reads; `at` of them stand above the header."""

    kind: str
    header: list[str]
    body: list[list[str]]
    at: int = 0
    delimiter: str = ","
    # What had to be found out to read them; empty: nothing.
    encoding: str = ""
    sheet: str = ""
    path: tuple[str, ...] = ()


def glimpse(decoded: Decoded, file_name: str) -> Glimpse | None:
    """The table of the file, or of its fullest sheet; nothing where there is none of two columns."""
    encoding = ""
    if decoded.fault and (read := reencoded(decoded, _encodings(decoded.data), file_name)):
        decoded, encoding = read, read.encoding
    delimiter = _delimiter(decoded)
    path = _path_of(decoded.data) if decoded.kind == "json" else ()
    rows = [header_of(decoded)] if decoded.kind == "parquet" else _rows(decoded, delimiter, path)
    at = _header_at(rows) if rows else 0
    if not rows or sum(bool(name.strip()) for name in rows[at]) < 2:
        return None
    kind = {"text": "tsv" if delimiter == "\t" else "csv"}.get(decoded.kind, decoded.kind)
    return Glimpse(kind, rows[at], rows[at + 1 :], at, delimiter, encoding, _sheet(decoded).name if len(decoded.sheets) > 1 else "", path)


def _encodings(data: bytes) -> tuple[str, ...]:
    """Chinese where the bytes are, beyond ASCII, mostly Chinese letters; else an office's of the West."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return ("utf-16-le", "cp1252") if data.count(0) * 3 > len(data) else ("cp1252",)
    beyond = [letter for letter in text if letter > "\x7f"]
    return ("gb18030",) if sum("\u4e00" <= letter <= "\u9fff" for letter in beyond) * 2 > len(beyond) else ("cp1252",)


def _delimiter(decoded: Decoded) -> str:
    if decoded.kind != "text" or decoded.fault:
        return ","
    found = {mark: [len(row) for row in first_records(decoded, mark, _ROWS)] for mark in (",", ";", "\t", "|")}
    return max(
        found, key=lambda mark: Counter(width for width in found[mark] if width > 1).most_common(1)[0][1] if max(found[mark], default=0) > 1 else 0
    )


def _rows(decoded: Decoded, delimiter: str, path: tuple[str, ...]) -> list[list[str]]:
    if decoded.sheets:
        return [row for row in _sheet(decoded).rows if any(row)][:_ROWS]
    if decoded.kind in ("json", "jsonl"):
        return _json_rows(decoded, path)
    return first_records(decoded, delimiter, _ROWS)


def _sheet(decoded: Decoded) -> Sheet:
    """The sheet of the most rows: the others are summaries and notes."""
    return max(decoded.sheets, key=lambda sheet: len(sheet.rows))


def _path_of(data: bytes) -> tuple[str, ...]:
    """Where in a JSON object its first array of records stands."""
    try:
        within: list[tuple[tuple[str, ...], object]] = [((), json.loads(data))]
    except (ValueError, RecursionError):
        return ()
    for path, found in within:
        if isinstance(found, list) and found and isinstance(found[0], dict):
            return path
        if isinstance(found, dict) and len(path) < _DEEP:
            within += [((*path, str(key)), below) for key, below in found.items()]
    return ()


def _json_rows(decoded: Decoded, path: tuple[str, ...]) -> list[list[str]]:
    records: list[object] = []
    if decoded.kind == "json":
        try:
            records = document(decoded.data, path)[:_ROWS]
        except Refusal:
            return []
    else:
        for line in decoded.data.split(b"\n")[:_ROWS]:
            try:
                records.append(json.loads(line))
            except (ValueError, RecursionError):
                continue
    rows = [record for record in records if isinstance(record, dict)]
    names = list(dict.fromkeys(str(key) for row in rows for key in row))
    return [names, *[["" if row.get(name) is None else str(row[name]) for name in names] for row in rows]] if rows else []


def _header_at(rows: list[list[str]]) -> int:
    """The first row nearly as full as any, none of whose cells is a number or a day."""
    width = max(sum(bool(cell.strip()) for cell in row) for row in rows)
    for at, row in enumerate(rows[:_PREAMBLE]):
        said = [cell for cell in row if cell.strip()]
        if len(said) * _FULL >= width * (_FULL - 1) and not any(is_number(cell) or day_form([cell.strip()]) for cell in said):
            return at
    return 0
