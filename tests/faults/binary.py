"""Parquet files and workbooks, whole and corrupt (I29, I30).

Belongs here: writing them and breaking them. Never here: text files (files.py).
"""

from __future__ import annotations

import io
import json
import pickle
import random
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import polars as pl

from tests.binaries import Cell, html, sheetml, xls, xlsx, zipped
from tests.faults.case import FOLDER, Case, Facts, File, Row, fact, facts, kind, one, rows, text


def members(pack: bytes) -> dict[str, bytes | str]:
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def jsonl(records: Iterable[Row]) -> bytes:
    return "".join(json.dumps(dict(zip(("metric", "day", "value"), row, strict=True))) + "\n" for row in records).encode()


def parquet(records: Iterable[Row], **columns: pl.Series) -> bytes:
    target = io.BytesIO()
    frame = pl.DataFrame(list(records), schema=["metric", "day", "value"], orient="row").with_columns(**columns)
    frame.write_parquet(target)
    return target.getvalue()


@kind("I29", "corrupt Parquet footer, wrong magic, crafted schema, pickle named .parquet", "F, worker dies alone")
def _parquets() -> Iterator[Case]:
    place = f"{FOLDER}/counts.parquet"
    for seed in range(50):
        dice, good = random.Random(f"I29 {seed}"), rows(f"parquet {seed}")
        whole = parquet(good)
        footer = int.from_bytes(whole[-8:-4], "little")
        changed = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            at = len(whole) - 8 - dice.randint(1, footer)
            changed[at] ^= 1 << dice.randint(0, 7)
        # A bit of the footer that says nothing (who wrote it, a statistic) may change without a harm.
        yield one("I29", f"footer flipped, seed {seed}", File(place, bytes(changed), "FNQ", may=facts(good)))
    good = rows("parquet")
    whole = parquet(good)
    for name, data in {
        "first magic": b"PAR2" + whole[4:], "last magic": whole[:-4] + b"PARX", "encrypted magic": whole[:-4] + b"PARE",
        "footer length 0": whole[:-8] + b"\0\0\0\0PAR1", "footer longer than the file": whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        "footer of -1": whole[:-8] + b"\xff\xff\xff\xffPAR1", "only the magic": b"PAR1PAR1", "pickle": pickle.dumps({"metric": ["content_reads"]}),
        "pickle that would run": b"cos\nsystem\n(S'touch pwned'\ntR.", "csv": text(good), "zeros": bytes(4096),
        "zeros in the magic": b"PAR1" + bytes(4096) + b"PAR1", "html": b"<html><table></table></html>", "two files": whole + whole[4:],
        "cut and closed": whole[:200] + whole[-4:], "random": random.Random("bytes").randbytes(4096),
        "random in the magic": b"PAR1" + random.Random("bytes").randbytes(4096) + b"PAR1",
    }.items():  # fmt: skip
        yield one("I29", name, File(place, data, "FN" if name == "two files" else "F", may=facts(good)))
    n = len(good)
    crafted = {
        "a list for a value": pl.Series([[1]] * n), "a struct for a value": pl.Series([{"a": 1}] * n), "bytes for a value": pl.Series([b"1"] * n),
        "durations for a value": pl.Series([timedelta(days=1)] * n), "all null": pl.Series([None] * n, dtype=pl.String),
        "days for a value": pl.Series([date(2026, 3, 1)] * n), "NaN": pl.Series([float("nan")] * n), "infinity": pl.Series([float("inf")] * n),
        "too large": pl.Series([2**63] * n, dtype=pl.UInt64),
    }  # fmt: skip
    for name, column in crafted.items():
        yield one("I29", name, File(place, parquet(good, value=column), "FQ"))


def book(records: Iterable[Row], dated: bool = False) -> bytes:
    """A followers workbook of LinkedIn: the value of each row is the day's new followers."""
    cells: list[list[Cell]] = [["Date", "Sponsored followers", "Organic followers", "Total followers"]]
    for i, (_, day, value) in enumerate(records, 1):
        number = (date.fromisoformat(day) - date(1899, 12, 30)).days
        cells.append([number if dated else day, 0, int(value), int(value)])
        assert i
    marks = frozenset(("New followers", r, 0) for r in range(1, len(cells))) if dated else frozenset()
    return xlsx({"New followers": cells}, marks)


def _gained(records: Iterable[Row]) -> Facts:
    return frozenset(fact("followers_gained", day, value) for _, day, value in records)


@kind("I30", "corrupt or macro XLSX, merged headers, formulas without cached values, dates as serials", "F or declared handling")
def _workbooks() -> Iterator[Case]:
    place = "linked/2026-03-19/followers.xlsx"
    good = rows("book")
    whole = book(good)
    yield one("I30", "whole", File(place, whole, "N", _gained(good), records=12))
    yield one("I30", "dates as serials", File(place, book(good, dated=True), "N", _gained(good), records=12))
    macro = members(whole) | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(512)}
    yield one("I30", "with a macro", File(place.replace("xlsx", "xlsm"), zipped(macro), "NF", may=_gained(good)))
    for seed in range(24):
        dice = random.Random(f"I30 {seed}")
        changed = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            changed[dice.randrange(len(whole))] ^= 1 << dice.randint(0, 7)
        yield one("I30", f"flipped, seed {seed}", File(place, bytes(changed), "FNQ", may=_gained(good)))
    parts = members(whole)
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, bytes)
    first = good[0][2].encode()
    edits: dict[str, tuple[dict[str, bytes | str], str]] = {
        "no sheet": ({"xl/worksheets/sheet1.xml": b""}, "F"),
        "no strings": ({"xl/sharedStrings.xml": b"<sst/>"}, "F"),
        "broken xml": ({"xl/workbook.xml": b"<workbook"}, "F"),
        "an entity bomb": ({"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet}, "F"),
        "a formula without a value": ({"xl/worksheets/sheet1.xml": sheet.replace(b"<v>" + first + b"</v>", b"<f>SUM(A1:A2)</f>")}, "NQF"),
        "an error for a value": (
            {
                "xl/worksheets/sheet1.xml": sheet.replace(b"<v>" + first + b"</v>", b"<v>#REF!</v>")
                .replace(b'<c r="D2"', b'<c r="D2" t="e"')
                .replace(b'<c r="C2"', b'<c r="C2" t="e"')
            },
            "QNF",
        ),
        "a row at the edge of the world": (
            {"xl/worksheets/sheet1.xml": sheet.replace(b'<row r="13">', b'<row r="1048576">').replace(b'13"', b'1048576"')},
            "NF",
        ),
        "merged header": (
            {"xl/worksheets/sheet1.xml": sheet.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:D1"/></mergeCells>')},
            "NF",
        ),
    }
    for name, (edit, may_be) in edits.items():
        yield one("I30", name, File(place, zipped(parts | edit), may_be, may=_gained(good)))
    hidden: list[list[Cell]] = [["Follower metrics", None, None, None], ["Date", "Sponsored followers", "Organic followers", "Total followers"]]
    hidden += [[day, 0, int(v), int(v)] for _, day, v in good]
    yield one("I30", "merged title above the header", File(place, xlsx({"New followers": hidden}), "N", _gained(good), records=12))
    yield one("I30", "csv in xlsx", File(place, text(good), "F"))
    yield one("I30", "password", File(place, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "F"))
    cells: list[list[Cell]] = [["Date", "Sponsored followers", "Organic followers", "Total followers"]]
    cells += [[d, 0, int(v), int(v)] for _, d, v in good]
    for name, data in {"xls": xls({"New followers": cells}), "html": html(cells), "sheetml": sheetml({"New followers": cells})}.items():
        yield one("I30", f"{name} whole", File("linked/2026-03-19/followers.xls", data, "N", _gained(good), records=12))
        for part in (0.2, 0.5, 0.8):
            yield one(
                "I30", f"{name} cut at {part:.0%}", File("linked/2026-03-19/followers.xls", data[: int(len(data) * part)], "F", may=_gained(good))
            )
