"""Drafts a map for a file that no adapter reads: what its bytes show, and a question mark for everything that only people know.

Belongs here: looking at the rows and writing YAML. Never here: reading a file for the landing, or deciding what a column means.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from assets import adapter
from assets.acts import drafted
from assets.dates import SPREADSHEET, day_text
from assets.decode import Decoded, decode
from assets.glimpse import glimpse
from assets.maps import Column, Dates
from assets.plain_names import plainly
from assets.refusal import Refusal
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
from assets.zipped import Member, files

# Totals and notes stand so near to either end.
_EDGE = 3
# So many labels are totals; more are something else.
_FEW = 4
_SINCE = "Numbers since publication? lifetime: true, snapshot_day: from_receipt, no day"


def proposal(decoded: Decoded, file_name: str, platform: str) -> str:
    """A starting entry for `assets/adapters/<platform>.yml`, to be completed by hand."""
    if decoded.kind == "zip":
        return next((draft for member in files(decoded.data) if (draft := _of_member(member, platform))), "")
    seen = glimpse(decoded, file_name)
    if seen is None:
        return ""
    name = re.sub(r"[\W_]*\d[\d\W_]*$", "", re.sub(r"[\W_]+", "_", Path(file_name).name.lower().split(".")[0]).strip("_")) or "export"
    has_formulas = any(cell.startswith('="') for row in seen.body for cell in row)
    body = [[cell[2:-1] if cell.startswith('="') else cell for cell in row] for row in seen.body] if has_formulas else seen.body
    acts = drafted(seen.header, body)
    shape = acts[0] if acts else "counts"
    lines = ["adapters:", f"  - name: {platform + '_' if platform else ''}{name}", f"    reads: [{seen.kind}]", f"    shape: {shape}"]
    if platform:
        lines.append(f"    platforms: [{quoted(platform)}]")
    if seen.encoding:
        lines.append(f"    encodings: [{seen.encoding}]            # the bytes are not UTF-8; gb18030, cp1252, utf-16-le")
    if seen.sheet:
        patterns = (f"^{re.escape(seen.sheet)}$", f"^(?!{re.escape(seen.sheet)}$)")
        lines += [f"    {key}: {json.dumps(text, ensure_ascii=False)}" for key, text in zip(("sheet", "ignore_sheets"), patterns, strict=True)]
    if seen.path:
        lines.append(f"    json_path: {quoted('.'.join(seen.path))}")
    if seen.delimiter not in (",", "\t"):
        lines.append(f"    delimiter: {quoted(seen.delimiter)}")
    if has_formulas:
        lines.append("    formula_texts: true")
    if seen.at:
        lines.append(f"    header_within: {seen.at + 5}               # {seen.at} lines stand above the header")
    return "\n".join(lines + (acts[1] if acts else _columns(seen.header, body))) + "\n"


def _of_member(member: Member, platform: str) -> str:
    try:
        decoded = decode(member.data, member.name)
    except Refusal:
        return ""
    return "" if decoded.kind == "zip" else proposal(decoded, member.name.rsplit("/", 1)[-1], platform)


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
