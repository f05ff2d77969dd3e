"""Turns workbooks (xlsx, xls), HTML tables and SpreadsheetML into sheets of text cells, each held against an independent count of its rows.

Belongs here: containers of sheets, native dates and numbers as exact text. Never here: headers, what a cell means.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from assets.markup import MAX_CELLS, rows_of_xlsx
from assets.refusal import Refusal

# Beyond it a float has lost digits of an id that was longer: shown as Excel shows it, so that an id column can refuse it.
_EXACT = 2**53
# of address space for reading one workbook; MAX_CELLS filled cells stay well below it
MEMORY = 6 << 30


@dataclass(frozen=True)
class Sheet:
    """`rows` are ragged lists of text, trailing empty cells cut; `first_row` is the number that Excel shows beside the first of them."""

    name: str
    rows: list[list[str]]
    first_row: int = 1


def workbook(raw: bytes, is_xlsx: bool) -> tuple[Sheet, ...]:
    """All sheets of an Excel file, hidden ones included. Macros are bytes that nobody runs.

    Read in a process of its own with a limit on memory: the reader lays a sheet out as one block from its first cell to its last,
    and two cells in the corners of a small damaged file ask for more memory than there is. That process dies alone.
    """
    counted = rows_of_xlsx(raw) if is_xlsx else None
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", __name__], input=raw, capture_output=True, check=False, cwd=Path(__file__).parent.parent
    )
    if done.returncode != 0 or not done.stdout:
        raise Refusal("archive_bomb", f"the workbook asks for more than {MEMORY >> 30} GiB of memory or ends its reader; it was not read")
    answer = json.loads(done.stdout)
    if "rule" in answer:
        raise Refusal(answer["rule"], answer["message"])
    sheets = [Sheet(sheet["name"], sheet["rows"], sheet["first_row"]) for sheet in answer["sheets"]]
    for sheet, again in zip(sheets, answer["sheets"], strict=True):
        _agrees(sheet.name, sheet.rows, counted[sheet.name] if counted is not None else again["second_pass"])
    return tuple(sheets)


def _read_here(raw: bytes) -> dict[str, Any]:
    """What the process of its own answers: sheets of text, or the rule that the file breaks."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheets: list[dict[str, Any]] = []
        for meta in book.sheets_metadata:
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.total_height * sheet.width > MAX_CELLS:
                return {"rule": "archive_bomb", "message": f"the sheet '{meta.name}' spans more than {MAX_CELLS:,} cells; it was not read"}
            rows = [_texts(row) for row in sheet.to_python(skip_empty_area=True)]
            first = sheet.start[0] + 1 if sheet.start else 1
            sheets.append({"name": meta.name, "rows": rows, "first_row": first, "second_pass": _second_pass(sheet)})
    except MemoryError:
        raise
    except BaseException as error:  # a panic of the reader on crafted bytes is no Exception, and must not end the night
        if "assword" in type(error).__name__ or "assword" in str(error):
            return {"rule": "encrypted", "message": "the workbook is protected by a password; deliver it without one"}
        return {"rule": "not_a_workbook", "message": f"the workbook is damaged ({str(error)[:120]}); export it again"}
    return {"sheets": sheets}


def _second_pass(sheet: Any) -> int:
    return sum(1 for row in sheet.iter_rows() if any(not isinstance(cell, str) or cell.strip() for cell in row))


def _agrees(name: str, rows: list[list[str]], counted: int) -> None:
    found = sum(1 for row in rows if any(cell.strip() for cell in row))
    if found != counted:
        text = f"the sheet '{name}' has {counted:,} filled rows by its own markup, {found:,} were read; nothing was taken"
        raise Refusal("records_disagree", text)


def _texts(row: list[Any]) -> list[str]:
    cells = [cell_text(cell) for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def cell_text(cell: Any) -> str:
    """A native cell as exact text: an id has no .0, a date is ISO, a time or duration is H:MM:SS."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return "" if cell is None else str(cell)


def number_text(number: float) -> str:
    if number != number or number in (float("inf"), float("-inf")):
        return str(number)
    if abs(number) >= _EXACT:
        return f"{number:.15E}"
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def main() -> None:
    """Bytes of a workbook on the standard input, JSON on the standard output, and a limit that the reader cannot lift."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer = json.dumps(_read_here(sys.stdin.buffer.read()), ensure_ascii=True)
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
