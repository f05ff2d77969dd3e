"""Drafts a map for a file that no adapter reads: what its bytes show, and a question mark for everything that only people know.

Belongs here: looking at the first rows and writing YAML. Never here: reading a file for the landing, or deciding what a column means.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from assets import adapter
from assets.acts import NAMED, drafted, format_of, quoted
from assets.adapter import first_records, header_of
from assets.dates import SPREADSHEET
from assets.decode import Decoded
from assets.jsondoc import document
from assets.refusal import Refusal

_ROWS = 40
# A header names all columns but one in so many.
_FULL = 5
_FORMATS = (
    (re.compile(r"^\d{4}-\d{2}-\d{2}$"), "%Y-%m-%d"),
    (re.compile(r"^\d{4}-\d{2}-\d{2} .*$"), "%Y-%m-%d %*"),
    (re.compile(r"^\d{4}-\d{2}-\d{2}T.*$"), "%Y-%m-%dT%*"),
    (re.compile(r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"), "%Y%m%d"),
    (re.compile(r"^\d{4}/\d{1,2}/\d{1,2}$"), "%Y/%m/%d"),
    (re.compile(r"^\d{1,2}\.\d{1,2}\.\d{4}$"), "%d.%m.%Y"),
    (re.compile(r"^\d{4}年\d{1,2}月\d{1,2}日$"), "%Y年%m月%d日"),
    (re.compile(r"^[A-Za-z]{3,9} \d{1,2}, \d{4}$"), "%b %d, %Y"),
    (re.compile(r"^\d{1,2} [A-Za-z]{3,9} \d{4}$"), "%d %b %Y"),
    (re.compile(r"^[A-Za-z]{3}, [A-Za-z]{3} \d{1,2}, \d{4}$"), "%a, %b %d, %Y"),
    # Which of day and month stands in front the reader asks the whole column.
    (re.compile(r"^\d{1,2}([/-])\d{1,2}\1(\d{4}|\d{2})$"), SPREADSHEET),
)
_NUMBER = re.compile(r"^[-−]?[0-9][0-9.,'\u00a0\u202f ]*[%％万亿]?$")
_POST = re.compile(r"(?i)^(post|video|tweet|media|content|update) ?(id|link|url)$")
_PUBLISHED = re.compile(r"(?i)publi|pubblic|veröff|posted|post (date|time)|upload|发布|发表|發布|投稿|公開|게시")
_SINCE = "Numbers since publication? lifetime: true, snapshot_day: from_receipt, no day"


def proposal(decoded: Decoded, file_name: str, platform: str) -> str:
    """A starting entry for `assets/adapters/<platform>.yml`, to be completed by hand."""
    kind = {"text": "csv"}.get(decoded.kind, decoded.kind)
    if kind in ("parquet", "zip"):
        rows = [header_of(decoded)] if kind == "parquet" else []
        delimiter = ","
    else:
        delimiter = _delimiter(decoded)
        rows = _rows(decoded, delimiter)
    if not rows:
        return ""
    at = _header_at(rows)
    header, body = rows[at], rows[at + 1 :]
    if delimiter == "\t" and kind == "csv":
        kind = "tsv"
    name = re.sub(r"[^a-z0-9]+", "_", Path(file_name).stem.lower()).strip("_") or "export"
    acts = drafted(header, body)
    shape = acts[0] if acts else "counts"
    lines = ["adapters:", f"  - name: {platform + '_' if platform else ''}{name}", f"    reads: [{kind}]", f"    shape: {shape}"]
    if platform:
        lines.append(f"    platforms: [{quoted(platform)}]")
    if decoded.fault:
        lines.append("    encodings: [gb18030]            # or cp1252, utf-16-le: the bytes are not UTF-8")
    if delimiter not in (",", "\t"):
        lines.append(f"    delimiter: {quoted(delimiter)}")
    if at:
        lines.append(f"    header_within: {at + 5}               # {at} lines stand above the header")
    return "\n".join(lines + (acts[1] if acts else _columns(header, body))) + "\n"


def _columns(header: list[str], body: list[list[str]]) -> list[str]:
    days: list[str] = []
    columns: list[str] = []
    numbers: list[str] = []
    for position, name in enumerate(header):
        if not name.strip():
            continue
        cells = [row[position].strip() for row in body if position < len(row) and row[position].strip()]
        form = format_of(cells, _FORMATS)
        key = f"      {quoted(name)}:"
        if not form and (NAMED.search(name) or any("@" in cell for cell in cells)):
            columns.append(f"{key} {{personal: true}}")
        elif form and _PUBLISHED.search(name):
            columns.append(f"      # {quoted(name)}: {{into: post}}    # no day of these numbers; beside an id, under ignore. {_SINCE}")
        elif form and not days:
            days.append(form)
            columns.append(f"{key} {{into: day, required: true}}")
        elif cells and not _POST.search(name) and sum(bool(_NUMBER.match(cell)) for cell in cells) * 2 > len(cells):
            is_share = all(cell.endswith(("%", "％")) for cell in cells)
            numbers += [] if is_share else cells
            known = _metrics_elsewhere(name)
            hint = f"    # elsewhere: {', '.join(known)}" if known else ""
            columns.append(f"      # {quoted(name)}: {{metric: ?{', percent: sign' if is_share else ''}}}{hint}")
        elif _POST.search(name):
            columns.append(f"      # {quoted(name)}: {{into: post}}    # {_SINCE}")
        else:
            columns.append(f"      # {quoted(name)}: {{dimension: ?}}    # or into: post, into: campaign, or under ignore")
    note = f"    day: {{formats: [{quoted(days[0])}]}}" if days else "    # no column looks like a day: a number without a day cannot be booked"
    return [*_number_of(numbers), note, "    columns:    # required: true on the columns by which the file is to be known", *columns]


def _metrics_elsewhere(name: str) -> list[str]:
    """What a column of this name counts in the maps that there are."""
    parts = [part for entry in adapter.load() for part in entry.parts]
    return sorted({column.metric for part in parts for column in part.columns if column.metric and column.fits(name)})


def _number_of(cells: list[str]) -> list[str]:
    """How the numbers of the file are written, where the plain way would not do. Nothing where its cells do not tell."""
    for thousands, decimal in ((",", "."), (".", ",")):
        grouped = re.compile(rf"^[-−]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?$")
        other = re.compile(rf"^[-−]?\d+(?:{re.escape(decimal)}\d+)?$")
        plain = [cell for cell in cells if not grouped.match(cell)]
        if all(other.match(cell) for cell in plain) and (len(plain) < len(cells) or any("," in cell for cell in plain)):
            if any(decimal in cell for cell in cells):
                return [f"    number: {{thousands: {quoted(thousands)}, decimal: {quoted(decimal)}}}"]
            return ["    number: {whole: true}"]
    return []


def _delimiter(decoded: Decoded) -> str:
    if decoded.kind != "text" or decoded.fault:
        return ","
    found = {mark: [len(row) for row in first_records(decoded, mark, _ROWS)] for mark in (",", ";", "\t", "|")}
    return max(
        found, key=lambda mark: Counter(width for width in found[mark] if width > 1).most_common(1)[0][1] if max(found[mark], default=0) > 1 else 0
    )


def _rows(decoded: Decoded, delimiter: str) -> list[list[str]]:
    if decoded.sheets:
        return [row for sheet in decoded.sheets for row in sheet.rows if row][:_ROWS]
    if decoded.kind in ("json", "jsonl"):
        return _json_rows(decoded)
    if decoded.fault:
        return [line.split(delimiter) for line in decoded.data[:65536].decode("utf-8", "replace").splitlines() if line.strip()][:_ROWS]
    return first_records(decoded, delimiter, _ROWS)


def _json_rows(decoded: Decoded) -> list[list[str]]:
    records: list[object] = []
    if decoded.kind == "json":
        try:
            records = document(decoded.data, ())[:_ROWS]
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
    for at, row in enumerate(rows):
        said = [cell for cell in row if cell.strip()]
        if len(said) * _FULL >= width * (_FULL - 1) and not any(_NUMBER.match(cell.strip()) or format_of([cell.strip()], _FORMATS) for cell in said):
            return at
    return 0
