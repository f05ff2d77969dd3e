"""Drafts a map for a file that no adapter reads: what its bytes show, and a question mark for everything that only people know.

Belongs here: looking at the rows and writing YAML. Never here: reading a file for the landing, or deciding what a column means.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

from assets import adapter
from assets.acts import drafted
from assets.adapter import first_records, header_of
from assets.dates import SPREADSHEET, day_text
from assets.decode import Decoded, reencoded
from assets.jsondoc import document
from assets.maps import Column, Dates
from assets.plain_names import plainly
from assets.refusal import Refusal
from assets.sheets import Sheet
from assets.sightings import (
    CODE,
    MONEY,
    NAMED,
    PERIOD,
    POST,
    PUBLISHED,
    capitals,
    day_form,
    is_day,
    is_duration,
    is_id,
    is_nothing,
    is_number,
    is_rate,
    number_lines,
    quoted,
)
from assets.turned import refuse_longer_steps

_ROWS = 2000
# A header names all columns but one in so many.
_FULL = 5
# Totals and notes stand so near to either end.
_EDGE = 3
# A header is looked for so far.
_PREAMBLE = 40
# So many labels are totals; more are something else.
_FEW = 4
_SINCE = "Numbers since publication? lifetime: true, snapshot_day: from_receipt, no day"


def proposal(decoded: Decoded, file_name: str, platform: str) -> str:
    """A starting entry for `assets/adapters/<platform>.yml`, to be completed by hand."""
    encoding = ""
    if decoded.fault and (read := reencoded(decoded, _encodings(decoded.data), file_name)):
        decoded, encoding = read, read.encoding
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
    if sum(bool(name.strip()) for name in header) == 1:
        return ""
    if delimiter == "\t" and kind == "csv":
        kind = "tsv"
    name = re.sub(r"[\W_]*\d[\d\W_]*$", "", re.sub(r"[\W_]+", "_", Path(file_name).stem.lower()).strip("_")) or "export"
    has_formulas = any(cell.startswith('="') for row in body for cell in row)
    body = [[cell[2:-1] if cell.startswith('="') else cell for cell in row] for row in body] if has_formulas else body
    acts = drafted(header, body)
    shape = acts[0] if acts else "counts"
    lines = ["adapters:", f"  - name: {platform + '_' if platform else ''}{name}", f"    reads: [{kind}]", f"    shape: {shape}"]
    if platform:
        lines.append(f"    platforms: [{quoted(platform)}]")
    if encoding:
        lines.append(f"    encodings: [{encoding}]            # the bytes are not UTF-8; gb18030, cp1252, utf-16-le")
    if len(decoded.sheets) > 1:
        lines.append(f"    sheet: {json.dumps('^' + re.escape(_sheet(decoded).name) + '$', ensure_ascii=False)}")
    if delimiter not in (",", "\t"):
        lines.append(f"    delimiter: {quoted(delimiter)}")
    if has_formulas:
        lines.append("    formula_texts: true")
    if at:
        lines.append(f"    header_within: {at + 5}               # {at} lines stand above the header")
    return "\n".join(lines + (acts[1] if acts else _columns(header, body))) + "\n"


def _columns(header: list[str], body: list[list[str]]) -> list[str]:
    named = [(position, name) for position, name in enumerate(header) if name.strip()]
    forms = {at: form for at, name in named if (form := day_form(_cells(body, at)))}
    day = next((at for at in forms if not PUBLISHED.search(header[at])), None)
    outside = [] if day is None else [at for at, row in enumerate(body) if not is_day((row[day] if day < len(row) else "").strip(), forms[day])]
    # In the middle a record without a day is one that lacks it.
    edges = [body[at] for at in outside if at < _EDGE or at >= len(body) - _EDGE]
    body = [row for at, row in enumerate(body) if at not in outside]
    columns: list[str] = []
    numbers: list[str] = []
    ignored: list[str] = []
    missing: set[str] = set()
    for position, name in named:
        cells = _cells(body, position)
        key = f"{quoted(name)}:"
        is_counted = bool(cells) and sum(is_number(cell) or is_duration(cell) for cell in cells) * 2 > len(cells)
        metrics = sorted({column.metric for column in _known(name) if column.metric})
        if position == day:
            is_longer = bool(PERIOD.search(name)) or _are_longer(cells, forms[position])
            remark = "    # sums of weeks or months are no day's number: export it by day" if is_longer else ""
            columns.append(f"{'# ' if is_longer else ''}{key} {{into: day, required: true}}{remark}")
        elif position in forms and PUBLISHED.search(name):
            columns.append(f"# {key} {{into: post}}    # no day of these numbers; beside an id, under ignore. {_SINCE}")
        elif POST.search(name):
            columns.append(f"# {key} {{into: post}}    # {_SINCE}")
        elif position in forms or not cells or (is_counted and is_rate(name, cells) and not metrics):
            ignored.append(name)
        elif NAMED.search(name) or any("@" in cell for cell in cells):
            columns.append(f"{key} {{personal: true}}")
        elif is_counted and not is_id(name, cells):
            missing |= {cell for row in body if position < len(row) and is_nothing(cell := row[position].strip())}
            how = ", percent: sign" if all(cell.endswith(("%", "％")) for cell in cells) else ""
            how = ", duration: true" if all(map(is_duration, cells)) else how
            numbers += [] if how else cells
            how += f", matches: {json.dumps('^' + _escaped(CODE.sub('', name)) + MONEY, ensure_ascii=False)}" if CODE.search(name) else ""
            how += ", corrections: true" if any(cell.startswith(("-", "−")) for cell in cells) else ""
            hint = f"    # elsewhere: {', '.join(metrics)}" if metrics else ""
            columns.append(f"# {key} {{metric: ?, required: true{how}}}{hint}")
        elif (fields := {column.into for column in _known(name) if column.into}) in ({"campaign"}, {"currency"}):
            columns.append(f"{key} {{into: {fields.pop()}{capitals(cells)}}}")
        else:
            columns.append(f"# {key} {{dimension: ?}}    # or into: post, into: campaign, or under ignore")
    notes = [f"missing: [{', '.join(json.dumps(cell) for cell in sorted(missing))}]"] if missing else []
    notes += _totals(edges) + number_lines(numbers)
    if day is None:
        notes.append("# no column looks like a day: a number without a day cannot be booked")
    else:
        written, language = forms[day]
        notes.append(f"day: {{formats: [{quoted(written)}]{'' if language == 'en' else f', months: [{language}]'}}}")
    if ignored:
        notes.append(f"ignore: [{', '.join(map(quoted, ignored))}]    # nothing, other days, or shares and means, which add up to nothing")
    notes.append("columns:    # required: true on the columns by which the file is to be known")
    return [*(f"    {note}" for note in notes), *(f"      {column}" for column in columns)]


def _cells(body: list[list[str]], position: int) -> list[str]:
    return [cell for row in body if position < len(row) and (cell := row[position].strip()) and not is_nothing(cell)]


def _are_longer(cells: list[str], form: tuple[str, str]) -> bool:
    """Whether the days lie a week or a month apart."""
    if form[0] == SPREADSHEET:
        return False
    try:
        refuse_longer_steps((date.fromisoformat(day_text(cell, Dates((form[0],), (form[1],)))) for cell in cells if is_day(cell, form)), "")
    except Refusal:
        return True
    return False


def _totals(rows: list[list[str]]) -> list[str]:
    """What the rows without a day are: sums that say so in their first cell, and lines of one cell."""
    said = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    labels = list(dict.fromkeys(row[0] for row in said if len(row) > 1 and not is_number(row[0]) and not re.search("[0-9@]", row[0])))
    lines = list(dict.fromkeys(row[0] for row in said if len(row) == 1))
    found = [f"totals: [{', '.join(json.dumps(label, ensure_ascii=False) for label in labels)}]"] if 0 < len(labels) < _FEW else []
    if 0 < len(lines) < _FEW:
        patterns = ["^" + re.sub(r"[0-9]+", "[0-9]+", _escaped(plainly(line)[:20])) for line in lines]
        found.append(f"footers: [{', '.join(json.dumps(pattern, ensure_ascii=False) for pattern in patterns)}]")
    return found


def _escaped(text: str) -> str:
    return re.escape(text).replace(r"\ ", " ")


def _known(name: str) -> list[Column]:
    """What the maps that there are say of a column of this name."""
    return [column for entry in adapter.load() for part in entry.parts for column in part.columns if column.fits(name)]


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


def _rows(decoded: Decoded, delimiter: str) -> list[list[str]]:
    if decoded.sheets:
        return [row for row in _sheet(decoded).rows if any(row)][:_ROWS]
    if decoded.kind in ("json", "jsonl"):
        return _json_rows(decoded)
    return first_records(decoded, delimiter, _ROWS)


def _sheet(decoded: Decoded) -> Sheet:
    """The sheet of the most rows: the others are summaries and notes."""
    return max(decoded.sheets, key=lambda sheet: len(sheet.rows))


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
    for at, row in enumerate(rows[:_PREAMBLE]):
        said = [cell for cell in row if cell.strip()]
        if len(said) * _FULL >= width * (_FULL - 1) and not any(is_number(cell) or day_form([cell.strip()]) for cell in said):
            return at
    return 0
