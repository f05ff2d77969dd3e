"""Reads one rule file into typed records that remember where they were written.

Belongs here: bytes, encodings, headers, rows, and the key of one file by itself.
Never here: merging two files, or asking whether a name exists.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from expectations.cells import Unreadable, parse
from expectations.problems import Problem, near
from expectations.statute import Table


@dataclass
class Record:
    """One row of one file: its typed cells, and whether all of them could be read."""

    file: str
    line: int
    values: dict[str, object]
    is_sound: bool = True
    given: frozenset[str] = field(default_factory=frozenset)

    def problem(self, column: str | None, message: str, hint: str = "") -> Problem:
        return Problem(self.file, self.line, column, message, hint)


def read_table(path: Path, label: str, table: Table, problems: list[Problem], *, partial: bool = False) -> list[Record]:
    """The records of one file; a file that is not there has none. `partial`: only the key must be filled."""
    text = _text(path, label, problems)
    rows = _rows(text, label, problems) if text is not None else []
    if not rows:
        return []
    line, header = rows[0][0], [cell.strip() for cell in rows[0][1]]
    if not _header_is_good(label, line, header, table, len(rows) > 1, partial, problems):
        return []
    records = [_record(label, at, header, cells, table, partial, problems) for at, cells in rows[1:]]
    _keys_are_unique(records, table, problems)
    return records


def _text(path: Path, label: str, problems: list[Problem]) -> str | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(Problem(label, None, None, f"cannot be read: {error.strerror}"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.append(Problem(label, line, None, "is not UTF-8 text", "save the table as CSV UTF-8"))
        return None


def _rows(text: str, label: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Rows with the line each begins on. Rows without any content are left out: spreadsheets leave them behind."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(label, begins, None, f"is not a readable CSV row: {error}", "a quote is probably left open"))
        return []
    return rows


def _header_is_good(label: str, line: int, header: list[str], table: Table, has_rows: bool, partial: bool, problems: list[Problem]) -> bool:
    before = len(problems)
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            problems.append(Problem(label, line, name or None, "the column stands in the header twice"))
        elif name not in table.names:
            separated = next((mark for mark in (";", "\t") if mark in name), None)
            hint = "separate the columns with commas" if separated else near(name, table.names)
            problems.append(Problem(label, line, name or None, f"unknown column {name!r}", hint))
    for column in table.columns:
        needed = column.is_required and (column.is_key or not partial)
        if has_rows and needed and column.name not in header:
            problems.append(Problem(label, line, column.name, "the column is missing"))
    return len(problems) == before


def _record(label: str, line: int, header: list[str], cells: list[str], table: Table, partial: bool, problems: list[Problem]) -> Record:
    record = Record(label, line, dict.fromkeys(table.names))
    before = len(problems)
    if len(cells) > len(header):
        message = f"{len(cells)} cells under a header of {len(header)}"
        problems.append(record.problem(None, message, "quote cells that hold a comma"))
    typed = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    for column in table.columns:
        text = typed.get(column.name, "")
        try:
            record.values[column.name] = parse(column, text)
        except Unreadable as error:
            problems.append(record.problem(column.name, str(error), error.hint))
            continue
        if not text and column.is_required and (column.is_key or not partial):
            problems.append(record.problem(column.name, "must not be empty"))
    since, until = record.values.get("valid_from"), record.values.get("valid_to")
    if since is not None and until is not None and until <= since:  # type: ignore[operator]
        message = f"{until} is not after valid_from {since}"
        problems.append(record.problem("valid_to", message, "valid_to is the first day that no longer counts"))
    record.is_sound = len(problems) == before
    record.given = frozenset(name for name, text in typed.items() if text)
    return record


def _keys_are_unique(records: list[Record], table: Table, problems: list[Problem]) -> None:
    if not table.key:
        return
    seen: dict[tuple[object, ...], int] = {}
    for record in records:
        key = tuple(record.values[name] for name in table.key)
        if not record.is_sound:
            continue
        if key in seen:
            said = ", ".join(str(part) for part in key if part is not None)
            problems.append(record.problem(table.key[0], f"{said} is already on line {seen[key]}"))
        seen.setdefault(key, record.line)
