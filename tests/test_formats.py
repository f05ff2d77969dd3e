"""Every kind of file and every word of the maps, on bytes made here; whatever is done to the bytes, the books balance."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets import zipped as unzip
from assets.adapter import BadAdapters, load
from assets.archive import Receipt
from assets.export import Account, Intake, Landed, MetricSpec, NoPersonKey, inspect, read_export
from assets.jsondoc import elements
from assets.people import pseudonym
from assets.shapes import FEED_SHAPES, schema
from tests.binaries import Cell, html, sheetml, xls, xlsx, zipped

KEY = b"test-key"
INTAKE = Intake(
    accounts={"acc": Account("any", "America/New_York", "EUR"), "poor": Account("any")},
    metrics={
        "views": MetricSpec("reach"),
        "likes": MetricSpec("reach"),
        "gained": MetricSpec("followers", aggregation="additive"),
        "people": MetricSpec("reach", aggregation="unique"),
        "rate": MetricSpec("reach", "%", is_ratio=True),
        "seconds": MetricSpec("retention"),
        "spend": MetricSpec("reach", "money", is_money=True),
    },
    company_time_zone="UTC",
    person_key=KEY,
)
Maps = Callable[[str], None]
DAY = "Date: {into: day, required: true}"
VIEWS = "Views: {metric: views, required: true}"


@pytest.fixture
def maps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maps:
    """Replaces the shipped maps by the given entries."""

    def put(text: str) -> None:
        (tmp_path / "maps").mkdir(exist_ok=True)
        (tmp_path / "maps" / "x.yml").write_text("adapters:\n" + text, encoding="utf-8")
        load.cache_clear()
        loaded = load(tmp_path / "maps")
        monkeypatch.setattr("assets.adapter.load", lambda: loaded)

    return put


def entry(body: str = "", columns: str = f"{DAY}, {VIEWS}", reads: str = "csv", shape: str = "counts", name: str = "one") -> str:
    lines = [f"  - name: {name}", f"    reads: [{reads}]", f"    shape: {shape}", f"    columns: {{{columns}}}" if columns else ""]
    return "\n".join([*lines, *("    " + line for line in body.splitlines())]) + "\n"


def read(raw: bytes, name: str = "file", account: str = "acc", received: str = "2026-02-02 00:00:00") -> Landed:
    receipt = Receipt("f" * 64, f"{account}/{name}", account, datetime.fromisoformat(received), True, 0, "")
    landed = read_export(raw, receipt, INTAKE)
    balanced(landed)
    return landed


def balanced(landed: Landed) -> None:
    assert landed.reason != "reader_error", landed.message
    assert landed.physical == landed.accepted + landed.quarantined + landed.duplicate
    assert min(landed.physical, landed.accepted, landed.quarantined, landed.duplicate) >= 0
    assert landed.quarantine.schema == schema("quarantine")
    if landed.status == "accepted":
        assert landed.quarantine.height == landed.quarantined
    else:
        assert landed.message
    for key, frame in landed.frames.items():
        assert key in FEED_SHAPES
        assert frame.height
        assert frame.schema == schema(key[1])


def counts(landed: Landed, *columns: str) -> list[tuple[Any, ...]]:
    assert landed.frames, landed.message
    frames = [frame for (_, shape), frame in landed.frames.items() if shape == "counts"]
    rows = pl.concat(frames).sort("line", "metric", maintain_order=True).select(columns or ("day", "metric", "value")).rows()
    return [tuple(plain(cell) for cell in row) for row in rows]


def plain(cell: Any) -> Any:
    return float(cell) if isinstance(cell, Decimal) else cell.isoformat() if isinstance(cell, date) else cell


def values(landed: Landed) -> list[float]:
    return [value for (value,) in counts(landed, "value")]


def refusals(landed: Landed) -> list[tuple[int | None, str | None, str]]:
    return landed.quarantine.select("line", "column_name", "rule").rows()


# --- kinds of file

ROWS: list[list[Cell]] = [["Date", "Views"], ["2026-01-01", 825.0], ["2026-01-02", 12], [], ["2026-01-03", "7"]]
TEXT = "\n".join(",".join(str(cell) for cell in row) for row in ROWS)
JSON_ROWS = [{"Date": "2026-01-01", "Views": 825.0}, {"Date": "2026-01-02", "Views": 12}, {"Date": "2026-01-03", "Views": "7"}]
KINDS: dict[str, tuple[str, bytes]] = {
    "csv": ("csv", TEXT.encode()),
    "tsv": ("tsv", TEXT.replace(",", "\t").encode()),
    "xlsx": ("xlsx", xlsx({"s": ROWS})),
    "binary xls": ("xls", xls({"s": ROWS})),
    "html in xls": ("xls", html(ROWS)),
    "spreadsheetml": ("xls", sheetml({"s": ROWS})),
    "csv in xls": ("csv", TEXT.encode()),
    "tsv in xls": ("tsv", TEXT.replace(",", "\t").encode("utf-8-sig")),
    "json": ("json", json.dumps(JSON_ROWS, indent=2).encode()),
    "jsonl": ("jsonl", "\n".join(json.dumps(row) for row in JSON_ROWS).encode()),
    "utf-16": ("csv", b"\xff\xfe" + TEXT.encode("utf-16-le")),
}


@pytest.mark.parametrize("packed", ["plain", "gzip", "zip"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_table_in_any_kind_of_file_lands_the_same(maps: Maps, kind: str, packed: str) -> None:
    reads, raw = KINDS[kind]
    maps(entry(reads=reads))
    raw = {"plain": raw, "gzip": gzip.compress(raw, mtime=0), "zip": zipped({"export/data.bin": raw})}[packed]
    landed = read(raw, "export.xls")
    assert counts(landed) == [("2026-01-01", "views", 825), ("2026-01-02", "views", 12), ("2026-01-03", "views", 7)]
    assert (landed.physical, landed.adapter) == (3, "one")


def test_json_by_its_path_with_flattened_objects(maps: Maps) -> None:
    maps(entry("json_path: data.rows\nflatten: true", "date: {into: day}, stats.views: {metric: views, required: true}", "json"))
    raw = json.dumps({"data": {"other": [1, 2], "rows": [{"date": "2026-01-01", "stats": {"views": "5"}, "tags": ["a"]}, 7]}}).encode()
    landed = read(raw, "x.json")
    assert counts(landed) == [("2026-01-01", "views", 5)]
    assert refusals(landed) == [(2, None, "not_json")]
    assert read(raw[:-9], "x.json").reason in ("cut_file", "no_adapter")


def test_elements_are_counted_without_the_parser() -> None:
    for content in ([], [1], [[1, 2], {"a": [3]}, "x,]"], [{"rows": [1]}]):
        assert elements(json.dumps(content).encode(), ()) == len(content)
        assert elements(json.dumps({"b": {"rows": [9]}, "a": {"rows": content}}, indent=1).encode(), ("a", "rows")) == len(content)
    assert elements(b'{"a": 1}', ("a",)) == -1


def test_declared_encodings_are_tried_only_where_declared(maps: Maps) -> None:
    raw = "日期,阅读\n2026-01-01,5\n".encode("gb18030")
    maps(entry("encodings: [gb18030]", "日期: {into: day, required: true}, 阅读: {metric: views}"))
    landed = read(raw, "a.csv")
    assert (counts(landed), landed.encoding) == ([("2026-01-01", "views", 5)], "gb18030")
    maps(entry(columns="日期: {into: day, required: true}, 阅读: {metric: views}"))
    assert read(raw, "a.csv").reason == "bad_encoding"


def test_the_delimiter_that_fits_the_header_is_taken(maps: Maps) -> None:
    maps(entry("delimiter: [',', ';', \"\\t\"]"))
    for mark in (",", ";", "\t"):
        assert values(read(f"Date{mark}Views\n2026-01-01{mark}5\n".encode())) == [5]
    assert values(read(b"sep=|\nDate|Views\n2026-01-01|5\n")) == [5]


def test_ids_stay_text_and_a_rounded_one_is_no_id(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Post ID: {{into: post, required: true}}, {VIEWS}", reads="xlsx, csv"))
    sheet: list[list[Cell]] = [["Date", "Post ID", "Views"], ["2026-01-01", 102030405060708.0, 5], ["2026-01-02", 5.70306e17, 6]]
    landed = read(xlsx({"s": sheet}))
    assert counts(landed, "post", "value") == [("102030405060708", 5)]
    assert refusals(landed) == [(3, "Post ID", "id_lost_digits")]
    assert refusals(read(b"Date,Post ID,Views\n2026-01-01,5.70306E+17,5\n2026-01-02,007,5\n")) == [(2, "Post ID", "id_lost_digits")]


def test_a_moment_that_names_a_post_counts_only_as_the_platform_writes_it(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Sent: {{into: post, required: true, written: '^\\d{{4}}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$'}}, {VIEWS}"))
    landed = read(b"Date,Sent,Views\n2026-01-01,2026-01-01 08:00:07,5\n2026-01-02,2026/1/1 8:00,6\n")
    assert counts(landed, "post", "value") == [("2026-01-01 08:00:07", 5)]
    assert refusals(landed) == [(3, "Sent", "id_rewritten")]
    with pytest.raises(BadAdapters, match="only an id is written in one way"):
        maps(entry(columns=f"{DAY}, Views: {{metric: views, required: true, written: 'x'}}"))


def test_native_dates_need_no_format_and_serials_do(maps: Maps) -> None:
    maps(entry("day: {formats: ['%m/%d/%Y', excel]}", reads="xlsx"))
    sheet: list[list[Cell]] = [["Date", "Views"], [46023, 1], [46024, 2], ["01/03/2026", 3], ["2026-01-04x", 4]]
    landed = read(xlsx({"s": sheet}, frozenset({("s", 1, 0)})))
    assert counts(landed, "day", "value") == [("2026-01-01", 1), ("2026-01-02", 2), ("2026-01-03", 3)]
    assert refusals(landed) == [(5, "Date", "not_a_day")]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (xlsx({"s": ROWS})[:-30], "bad_zip"),
        (zipped({"[Content_Types].xml": "", "xl/workbook.xml": "<workbook/>"}), "not_a_workbook"),
        (zipped({"[Content_Types].xml": "", "xl/workbook.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><workbook/>"}), "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_a_workbook"),
        (html(ROWS)[:-40], "cut_file"),
        (sheetml({"s": ROWS})[:-30], "cut_file"),
        (gzip.compress(gzip.compress(b"Date,Views\n")), "nested_archive"),
        (gzip.compress(zipped({"a.csv": "x"})), "nested_archive"),
        (json.dumps(JSON_ROWS).encode()[:-20], "cut_file"),
        (b'[{"Date": "2026-01-01", "Views" 5}]', "not_json"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "not_a_table"),
        (b"Obj\x01\x04\x14avro.codec\x08null", "not_a_table"),
        (b"<?xml version='1.0'?><results><row><nb_visits>3</nb_visits></row></results>", "not_a_table"),
        (b"<html><body><p>Please log in</p></body></html>", "not_a_table"),
    ],
    # not by their bytes: packed ones hold the second at which they were made, and two processes would collect different tests
    ids=lambda given: given if isinstance(given, str) else "raw",
)
def test_damaged_containers_are_refused_by_name(maps: Maps, raw: bytes, reason: str) -> None:
    maps(entry(reads="xlsx, xls, csv, json"))
    assert read(raw, "x.json" if raw[:1] == b"[" else "x.xls").reason == reason


def test_a_cell_far_out_is_refused_before_the_sheet_is_laid_out(maps: Maps) -> None:
    maps(entry(reads="xlsx"))
    raw = xlsx({"s": ROWS})
    members = {m.name: m.data for m in unzip.files(raw, of_workbook=True)}
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"].replace(b'r="B5"', b'r="XFD1048576"')
    assert read(zipped(dict(members))).reason == "archive_bomb"


def test_a_workbook_that_its_reader_does_not_read_whole_is_refused(maps: Maps, monkeypatch: pytest.MonkeyPatch) -> None:
    maps(entry(reads="xlsx"))
    monkeypatch.setattr("assets.sheets.rows_of_xlsx", lambda raw: {"s": 5})
    assert read(xlsx({"s": ROWS})).reason == "records_disagree"


# --- zips


def test_a_zip_is_one_file_whose_members_are_read_each_by_its_adapter(maps: Maps) -> None:
    maps(
        entry()
        + entry(columns="when: {into: at, required: true}, who: {into: person, required: true}", shape="activity", name="two")
        + entry("without: [Date]\nrefuse: {reason: no_day, message: drop the other one}", "Content: {into: post, required: true}", name="three")
    )
    raw = zipped({
        "a.csv": "Date,Views\n2026-01-01,5\nbad,6\n", "b.csv": "when,who\n2026-01-01,ann\n", "c.csv": "Content,Views\nx,1\ny,2\n",
        "__MACOSX/._a.csv": "junk", "d.txt": "nobody,reads\n1,2\n",
    })  # fmt: skip
    landed = read(raw, "all.zip")
    assert (landed.adapter, landed.physical, landed.accepted, landed.quarantined, landed.declined) == ("one+two", 6, 2, 4, 2)
    assert sorted(landed.quarantine["source_file"].unique()) == ["acc/all.zip!a.csv", "acc/all.zip!c.csv", "acc/all.zip!d.txt"]
    assert landed.frames[("retention", "activity")]["line"].to_list() == [1_000_000_002]
    assert "drop the other one" in str(landed.message)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"../a.csv": "Date,Views\n"}, "hostile_name"),
        ({"/etc/a.csv": "Date,Views\n"}, "hostile_name"),
        ({"a\\..\\..\\b.csv": "Date,Views\n"}, "hostile_name"),
        ({"a.zip": zipped({"b.csv": "x"})}, "nested_archive"),
        ({"a.csv.gz": gzip.compress(b"Date,Views\n2026-01-01,1\n")}, "nested_archive"),
        ({}, "empty_file"),
        ({f"{n}.csv": "" for n in range(1001)}, "archive_bomb"),
        ({"a.csv": "Date,Views\n2026-01-01,5\n", "b.csv": "Date,Views\n2026-01-01,6\n"}, "members_disagree"),
    ],
)
def test_zips_that_are_refused_whole(maps: Maps, members: dict[str, bytes | str], reason: str) -> None:
    maps(entry())
    assert read(zipped(members), "x.zip").reason == reason


def test_a_zip_bomb_is_stopped_and_a_lying_directory_is_no_help(maps: Maps, monkeypatch: pytest.MonkeyPatch) -> None:
    maps(entry())
    raw = zipped({"a.csv": b"0" * (8 << 20)})
    monkeypatch.setattr(unzip, "RATIO_COUNTS_FROM", 1 << 20)
    assert read(raw, "x.zip").reason == "archive_bomb"
    size = (8 << 20).to_bytes(4, "little")
    assert read(raw.replace(size, (10).to_bytes(4, "little")), "x.zip").reason == "archive_bomb"
    secret = bytearray(zipped({"a.csv": "Date,Views\n"}, packed=False))
    secret[secret.index(b"PK\x01\x02") + 8] |= 1
    assert read(bytes(secret), "x.zip").reason == "encrypted"


def test_what_two_members_say_alike_counts_once(maps: Maps) -> None:
    maps(entry() + entry(columns="when: {into: at, required: true}, who: {into: person, required: true}", shape="activity", name="two"))
    both = zipped({
        "a.csv": "Date,Views\n2026-01-01,5\n2026-01-02,6\n", "b.csv": "Date,Views\n2026-01-02,6\n",
        "c.csv": "when,who\n2026-01-01,ann\n", "d.csv": "when,who\n2026-01-01,ann\n",
    })  # fmt: skip
    landed = read(both, "x.zip")
    assert (landed.accepted, landed.duplicate) == (3, 2)
    assert values(landed) == [5, 6]


# --- where the table is


def test_preambles_descriptions_totals_and_footers_are_no_records(maps: Maps) -> None:
    maps(entry("header_within: 20\ndescription_rows: 1\ntotals: [Gesamt]\nfooters: ['^die 500']"))
    raw = 'Bericht\n\nvon,bis,alles\nDate,Views\nLong words,about it\n2026-01-01,1\nGe\u00adSAMT,9\n2026-01-02,2\n"Die 500 besten"\n'
    landed = read(raw.encode())
    assert (values(landed), landed.physical, landed.message) == ([1, 2], 2, None)
    assert read(b"a,b\n" * 25 + b"Date,Views\n2026-01-01,1\n").reason == "no_adapter"


def test_comments_and_a_window_from_the_preamble(maps: Maps) -> None:
    columns = "Nth day: {into: day, required: true}, Views: {metric: views, required: true}"
    maps(entry("comments: '#'\nday: {formats: [nth]}\nwindow: {preamble: ['^# Start date: (?P<start>\\d{8})'], format: '%Y%m%d'}", columns))
    landed = read(b"# ---\n# Start date: 20260115\n\nNth day,Views\n0000,5\n0002,6\n")
    assert counts(landed, "day", "value") == [("2026-01-15", 5), ("2026-01-17", 6)]
    assert {rule for _, _, rule in refusals(read(b"Nth day,Views\n0000,5\n0001,9\n"))} == {"no_year"}


SEVERAL = """    comments: '#'
    tables:
      - columns: {Date: {into: day, required: true}, Views: {metric: views, required: true}}
      - title: '(?i)audience'
        ignore_table: true
      - columns: {Date: {into: day, required: true}, Country: {dimension: country, required: true}, Likes: {metric: likes}}
      - columns: {Month: {into: day, required: true}, Views: {metric: views, required: true}}
        refuse: {reason: no_day, message: a month is no day}
"""


def test_several_tables_each_by_its_header(maps: Maps) -> None:
    maps(entry(columns="") + SEVERAL)
    raw = b"# top\nDate,Views\n2026-01-01,5\n\nAudience\nage,share\n18,40\n20,60\n\n# by country\nDate,Country,Likes\n2026-01-01,DE,3\n"
    raw += b"# other\nCity,People\nRome,4\nParis,\n\nMonth,Views\n2026-01,9\n"
    landed = read(raw)
    assert counts(landed, "metric", "dimension", "member", "value") == [("views", "", "", 5), ("likes", "country", "DE", 3)]
    assert (landed.physical, landed.accepted) == (5, 2)
    assert refusals(landed) == [(15, None, "no_metric"), (16, None, "no_metric"), (19, None, "no_day")]
    assert landed.declined == 1
    assert landed.quarantine["raw"].to_list()[:2] == ["…,…", "…,…"]


def test_tables_of_one_file_that_contradict_each_other_lose_the_disputed_records(maps: Maps) -> None:
    maps(entry(columns="") + SEVERAL)
    landed = read(b"Date,Views\n2026-01-01,5\n2026-01-02,6\n\nDate,Views\n2026-01-01,5\n2026-01-02,7\n")
    assert (values(landed), landed.accepted, landed.duplicate) == ([5], 1, 1)
    assert refusals(landed) == [(3, None, "conflicting_duplicate"), (7, None, "conflicting_duplicate")]
    sheets: dict[str, list[list[Cell]]] = {
        "a": [["Date", "Views"], ["2026-01-01", 5], ["2026-01-02", 6]],
        "b": [["Date", "Views"], ["2026-01-01", 5], ["2026-01-02", 7]],
    }
    maps(entry(reads="xlsx"))
    landed = read(xlsx(sheets))
    assert (values(landed), landed.accepted, landed.duplicate, landed.quarantined) == ([5], 1, 1, 2)
    assert landed.quarantine.select("source_file", "line").rows() == [("acc/file!a", 3), ("acc/file!b", 3)]


def test_sheets_are_chosen_by_name(maps: Maps) -> None:
    maps(entry("sheet: '^New'\nignore_sheets: '^Job'", reads="xls"))
    landed = read(xls({"New followers": ROWS, "Job function": ROWS, "Seniority": [["Level", "Total"], ["CEO", 3]]}))
    assert len(values(landed)) == 3
    assert (landed.physical, refusals(landed)) == (4, [(2, None, "no_metric")])
    assert landed.quarantine["source_file"].to_list() == ["acc/file!Seniority"]


def test_a_merged_notice_above_the_header(maps: Maps) -> None:
    maps(entry("header_within: 5", reads="xlsx, xls"))
    assert len(values(read(xlsx({"s": [["at most 1000 rows"], *ROWS]})))) == 3
    notice = b"<tr><td colspan=2>at most 1000 rows</td></tr>"
    assert len(values(read(html(ROWS).replace(b"<tr>", notice + b"<tr>", 1)))) == 3


def test_two_tables_side_by_side(maps: Maps) -> None:
    maps(
        entry(columns="", reads="xls, csv")
        + """    side_by_side: true
    header_within: 3
    tables:
      - columns: {Date: {into: day, required: true}, Channel: {dimension: channel, required: true}, Views: {metric: views}}
      - columns: {Date: {into: day, required: true}, Likes: {metric: likes, required: true}}
"""
    )
    rows: list[list[Cell]] = [
        ["title"],
        ["Date", "Channel", "Views", None, "Date", "Likes"],
        ["2026-01-01", "all", 5, None, "2026-01-01", 1],
        ["2026-01-02", "all", 6, None, None, None],
    ]
    landed = read(xls({"s": rows}))
    assert sorted(counts(landed, "metric", "day", "value")) == [
        ("likes", "2026-01-01", 1), ("views", "2026-01-01", 5), ("views", "2026-01-02", 6),
    ]  # fmt: skip
    assert (landed.physical, landed.accepted) == (3, 3)
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    assert len(values(read(text.encode()))) == 3


def test_short_records_are_filled_only_where_declared(maps: Maps) -> None:
    raw = b"Date,Views,Likes\n2026-01-01,5\n2026-01-02,6,7\n"
    columns = f"{DAY}, {VIEWS}, Likes: {{metric: likes}}"
    maps(entry(columns=columns))
    assert refusals(read(raw)) == [(2, None, "too_few_cells")]
    maps(entry("short_records: true", columns))
    assert sorted(values(read(raw))) == [5, 6, 7]


# --- which records


def test_records_left_out_by_the_map_are_accepted_without_rows(maps: Maps) -> None:
    maps(entry("keep_where: {Type: ['1', 1F]}", "Day: {into: day, required: true}, Units: {metric: views}"))
    landed = read(b"Day,Type,Units\n2026-01-01,1,5\n2026-01-01,7,nonsense\n2026-01-02,1F,6\n")
    assert (values(landed), landed.accepted, landed.quarantined) == ([5, 6], 3, 0)
    assert landed.message == "1 records are not booked by the map (by Type)"
    maps(entry("drop_where: {Type: ['7']}", "Day: {into: day, required: true}, Units: {metric: views}"))
    assert values(read(b"Day,Type,Units\n2026-01-01,1,5\n2026-01-01,7,nonsense\n")) == [5]


ORDERS = (
    "Name: {into: order_id, required: true}, Email: {into: person, required: true}, Total: {into: value, required: true}, "
    "Created at: {into: at, required: true}, Status: {into: status, values: {partially_refunded: refunded, PENDING: cancelled}}, "
    "Lineitem: {filter: true}"
)


def test_what_an_empty_cell_means_may_be_declared(maps: Maps) -> None:
    raw = b"Date,Country,Views\n2026-01-01,,5\n2026-01-01,DE,6\n"
    maps(entry(columns=f"{DAY}, {VIEWS}, Country: {{dimension: country}}"))
    assert refusals(read(raw)) == [(2, "Country", "required_cell_empty")]
    maps(entry(columns=f"{DAY}, {VIEWS}, Country: {{dimension: country, values: {{'': (unknown)}}}}"))
    assert counts(read(raw), "member", "value") == [("(unknown)", 5), ("DE", 6)]


def test_lines_of_an_order_that_is_left_out_are_left_out_with_it(maps: Maps) -> None:
    maps(entry("group: {by: Name, first_non_empty: [Email, Total, Created at, Status]}\ndrop_where: {Status: [voided]}", ORDERS, shape="orders"))
    landed = read(b"Name,Email,Total,Created at,Status,Lineitem\n#1,a,1,2026-01-01,voided,x\n#1,,,,,y\n#2,a,1,2026-01-01,paid,x\n")
    assert (landed.frames[("conversion", "orders")]["order_id"].to_list(), landed.accepted) == (["#2"], 3)


def test_an_order_of_several_lines_is_one_order(maps: Maps) -> None:
    maps(entry("group: {by: Name, first_non_empty: [Email, Total, Created at, Status]}\ninstant: {formats: ['%Y-%m-%d %H:%M:%S %z']}",
               ORDERS, shape="orders"))  # fmt: skip
    raw = b"Name,Email,Total,Created at,Status,Lineitem\n#1,ann@x.org,10.50,2026-01-01 09:50:26 +0200,partially_refunded,a\n#1,,,,,b\n"
    raw += b"#2,bob@x.org,5,2026-01-02 00:00:00 -0500,pending,c\n#3,,7,2026-01-02 00:00:00 +0000,paid,d\n#3,,8,,,e\n#1,,,,,b\n"
    landed = read(raw, account="acc")
    orders = landed.frames[("conversion", "orders")]
    assert orders.select("order_id", "person", "value", "status", "at_utc").rows() == [
        ("#1", pseudonym("ann@x.org", KEY), Decimal("10.5"), "refunded", datetime(2026, 1, 1, 7, 50, 26)),
        ("#2", pseudonym("bob@x.org", KEY), Decimal(5), "cancelled", datetime(2026, 1, 2, 5)),
    ]
    assert (landed.accepted, refusals(landed)) == (4, [(5, None, "conflicting_duplicate"), (6, None, "conflicting_duplicate")])
    assert "bob@" not in str(landed.quarantine.rows())


# --- cells


@pytest.mark.parametrize(
    ("how", "cell", "value"),
    [
        ("number: {decimal: ',', thousands: '.'}", "1.234,5", 1234.5),
        ("number: {decimal: ',', thousands: '.'}", "1234.5", 1234.5),
        ("number: {decimal: ',', thousands: '.'}", "12.34", 12.34),
        ("number: {decimal: ',', thousands: '.'}", "12.345", 12345),
        ("number: {decimal: ',', thousands: '.'}", "12.34.5", None),
        ("number: {decimal: ',', thousands: '.'}", "0,5", 0.5),
        ("number: {thousands: ','}", "20,816", 20816),
        ("number: {thousands: ','}", "2,08,16", None),
        ('number: {thousands: [\' \', "\\u00a0", "\'"]}', "1\u00a0234", 1234),
        ('number: {thousands: [\' \', "\\u00a0", "\'"]}', "1'234.50", 1234.5),
        ("number: {chinese: true}", "1.2万", 12000),
        ("number: {chinese: true}", "3亿", 300_000_000),
        ("number: {}", "1.2万", None),
        ("percent: sign", "9.34%", 9.34),
        ("percent: sign", "100\u00a0%", 100),
        ("percent: sign", "0", 0),
        ("percent: sign", "9.34", None),
        ("percent: hundred", "5.1", 5.1),
        ("percent: fraction", "0.02912345", 2.912345),
        ("duration: true", "1:02:03", 3723),
        ("duration: true", "4:05", 245),
        ("duration: true", "4:75", None),
        ("duration: true", "12.5", 12.5),
        ("times: '3600'", "0.5", 1800),
        ("times: '0.000001'", "1230000", 1.23),
        ("missing: [undefined]", "undefined", "missing"),
    ],
)
def test_numbers_as_declared_and_not_otherwise(maps: Maps, how: str, cell: str, value: Any) -> None:
    maps(entry("missing: ['-']", f"{DAY}, Views: {{metric: rate, {how}}}, Likes: {{metric: likes}}"))
    landed = read(f'Date,Views,Likes\n2026-01-01,"{cell}",1\n2026-01-02,-,2\n'.encode())
    said = [v for _, metric, v in counts(landed) if metric == "rate"]
    assert said == ([] if value in (None, "missing") else [value])
    assert refusals(landed) == ([(2, "Views", "not_a_number")] if value is None else [])


@pytest.mark.parametrize(
    ("formats", "months", "cell", "day"),
    [
        ("'%a, %b %d, %Y'", "en", "Tue, Aug 26, 2025", "2025-08-26"),
        ("'%b %d, %Y'", "en", "Dec 18, 2022", "2022-12-18"),
        ("'%Y年%m月%d日%H时%M分%S秒'", "en", "2026年01月24日17时33分05秒", "2026-01-24"),
        ("'%m/%d/%Y'", "en", "1/2/2026", "2026-01-02"),
        ("'%d.%m.%Y'", "en", "02.01.2026", "2026-01-02"),
        ("'%Y%m%d'", "en", "20260102", "2026-01-02"),
        ("'%d-%b-%y'", "en", "8-May-20", "2020-05-08"),
        ("'%d de %B de %Y'", "es", "8 de marzo de 2025", "2025-03-08"),
        ("'%d. %B %Y'", "de", "3. März 2025", "2025-03-03"),
        ("'%d de %b. de %Y'", "pt", "3 de fev. de 2025", "2025-02-03"),
        ("'%B%d日, %Y'", "zh", "十二月3日, 2025", "2025-12-03"),
        ("'%d de %B de %Y'", "es", "8 de march de 2025", "not_a_day"),
        ("'%d.%m.%Y'", "en", "31.02.2026", "not_a_day"),
        ("'%m/%d/%Y'", "en", "13/01/2026", "2026-01-13"),
        ("'%m/%d/%Y'", "en", "13/13/2026", "not_a_day"),
        ("'%Y-%m-%d'", "en", "2026-01", "no_day"),
        ("'%Y-%m-%d'", "en", "2009-12-28,2010-01-03", "no_day"),
        ("'%B %d'", "en", "February 28", "no_year"),
    ],
)
def test_days_as_declared_and_not_otherwise(maps: Maps, formats: str, months: str, cell: str, day: str) -> None:
    maps(entry(f"day: {{formats: [{formats}], months: [{months}]}}"))
    landed = read(f'Date,Views\n"{cell}",5\n'.encode())
    assert ([d for (d,) in counts(landed, "day")] if landed.frames else refusals(landed)[0][2]) == ([day] if day[0] == "2" else day)


def test_a_day_without_a_year_takes_it_from_the_window_in_the_name(maps: Maps) -> None:
    window = "window: {file_name: '_(?P<start>\\d{8})_(?P<end>\\d{8})_', format: '%Y%m%d', end_exclusive: true}"
    maps(entry(f"day: {{formats: ['%B %d']}}\n{window}"))
    raw = b"Date,Views\nDecember 31,1\nJanuary 1,2\nJanuary 2,3\n"
    landed = read(raw, "x_20251231_20260102_en.csv")
    assert counts(landed, "day", "value") == [("2025-12-31", 1), ("2026-01-01", 2)]
    assert refusals(landed) == [(4, "Date", "no_year")]
    assert {rule for *_, rule in refusals(read(raw, "x_20241201_20260301_en.csv"))} == {"no_year"}


def test_instants_in_declared_formats(maps: Maps) -> None:
    maps(entry("zone: Asia/Shanghai\ninstant: {formats: ['%a %b %d %H:%M:%S %z %Y', '%m/%d/%Y %I:%M %p']}",
               "at: {into: at, required: true}, who: {into: person, required: true}", shape="activity"))  # fmt: skip
    landed = read(b"at,who\nTue Oct 31 22:10:47 +0000 2017,a\n10/31/2017 12:05 AM,b\n10/31/2017 13:05 PM,c\n2017-10-31,d\n")
    assert landed.frames[("retention", "activity")]["at_utc"].to_list() == [datetime(2017, 10, 31, 22, 10, 47), datetime(2017, 10, 30, 16, 5)]
    assert [rule for *_, rule in refusals(landed)] == ["not_an_instant", "not_an_instant"]


def test_instants_as_databases_and_spreadsheets_write_them(maps: Maps) -> None:
    """PostgreSQL and DuckDB leave the minutes of an offset out, Google Sheets the first digit of an hour."""
    maps(entry("zone: Asia/Shanghai", "at: {into: at, required: true}, who: {into: person, required: true}", shape="activity"))
    landed = read(b"at,who\n2026-01-31 09:25:00.5+00,a\n2026-01-31 9:25:00-03,b\n2026-01-31 9:25,c\n2026-01-31 9:25+8,d\n2026-01-31 09:25+19,e\n")
    assert landed.frames[("retention", "activity")]["at_utc"].to_list() == [
        datetime(2026, 1, 31, 9, 25, 0, 500000), datetime(2026, 1, 31, 12, 25), datetime(2026, 1, 31, 1, 25),
    ]  # fmt: skip
    assert [rule for *_, rule in refusals(landed)] == ["not_an_instant", "not_an_instant"]


def test_what_other_tools_make_of_days_and_whole_numbers(maps: Maps) -> None:
    """pandas knows no days, and no whole numbers beside a gap."""
    maps(entry("zone: Asia/Shanghai", "at: {into: at, required: true}, who: {into: person, required: true}", reads="parquet", shape="activity")
         + entry(reads="parquet", name="two"))  # fmt: skip
    visits = pl.DataFrame({"at": [datetime(2026, 1, 2, 8), datetime(2026, 1, 3)], "who": [17.0, 2.5]})
    days = pl.DataFrame({"Date": [datetime(2026, 1, 2), datetime(2026, 1, 3), None], "Views": [1.0, 1200.0, 3.0]})
    landed = read(_parquet(visits), "visits.parquet")
    assert landed.frames[("retention", "activity")].select("at_utc", "person").rows() == [
        (datetime(2026, 1, 2), pseudonym("17", KEY)), (datetime(2026, 1, 2, 16), pseudonym("2.5", KEY)),
    ]  # fmt: skip
    landed = read(_parquet(days), "days.parquet")
    assert counts(landed, "day", "value") == [("2026-01-02", 1), ("2026-01-03", 1200)]
    assert refusals(landed) == [(3, "Date", "required_cell_empty")]


def test_a_uuid_of_a_warehouse_is_text_and_other_bytes_are_no_value(maps: Maps, tmp_path: Path) -> None:
    import duckdb

    maps(entry(columns=f"{DAY}, Post ID: {{into: post, required: true}}, {VIEWS}", reads="parquet"))
    path, post = tmp_path / "x.parquet", "00112233-4455-6677-8899-aabbccddeeff"
    for kind in ("uuid", "blob"):
        duckdb.sql(f"""copy (select '2026-01-01' as "Date", '{post}'::{kind} as "Post ID", 5 as "Views") to '{path}'""")
        landed = read(path.read_bytes(), "x.parquet")
        if kind == "uuid":
            assert counts(landed, "post", "value") == [(post, 5)]
    assert landed.reason == "not_a_value"
    assert "bytes" in str(landed.message)


def _parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


# --- columns


def test_parts_are_summed_only_when_all_say_something_and_never_people(maps: Maps) -> None:
    columns = f"{DAY}, Sponsored: {{sum_into: gained}}, Organic: {{sum_into: gained}}, A: {{sum_into: people}}, B: {{sum_into: people}}"
    maps(entry(columns=columns))
    landed = read(b"Date,Sponsored,Organic,A,B\n2026-01-01,1,2,3,4\n2026-01-02,,5,6,7\n")
    assert counts(landed) == [("2026-01-01", "gained", 3)]
    assert "people not summed: people does not add up" in str(landed.message)
    assert "not all of its parts are there" in str(read(b"Date,Organic\n2026-01-01,1\n").message)


def test_money_takes_its_currency_from_header_column_or_account(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Revenue: {{metric: spend, matches: '^Revenue \\((?P<currency>[A-Z]{{3}})\\)$'}}"))
    assert counts(read(b"Date,Revenue (USD)\n2026-01-01,1.5\n", account="poor"), "value", "currency") == [(1.5, "USD")]
    assert counts(read(b"Date,Revenue\n2026-01-01,1.5\n"), "value", "currency") == [(1.5, "EUR")]
    assert refusals(read(b"Date,Revenue\n2026-01-01,1.5\n", account="poor"))[0][2] == "money_without_currency"
    maps(entry(columns=f"{DAY}, Cost: {{metric: spend}}, Currency: {{into: currency}}"))
    assert counts(read(b"Date,Cost,Currency\n2026-01-01,1.5,JPY\n"), "value", "currency") == [(1.5, "JPY")]


@pytest.mark.parametrize(
    ("snapshot", "name", "day"),
    [("from_receipt", "posts.csv", "2026-02-02"), ("from_file_name", "Mar-18-2025_Apr-14-2025_1.csv", "2025-04-14")],
)
def test_lifetime_counters_are_a_snapshot_of_a_day(maps: Maps, snapshot: str, name: str, day: str) -> None:
    window = "window: {file_name: '^(?P<start>\\w{3}-\\d+-\\d{4})_(?P<end>\\w{3}-\\d+-\\d{4})_', format: '%b-%d-%Y'}"
    columns = "Post ID: {into: post, required: true}, Views: {metric: views}"
    maps(entry(f"lifetime: true\nsnapshot_day: {snapshot}\nkeep_where: {{Date: [Lifetime]}}\n{window}", columns))
    landed = read(b"Post ID,Date,Views\n17,Lifetime,5\n", name)
    assert counts(landed, "day", "post", "value", "is_lifetime") == [(day, "17", 5, True)]


def test_constants_translations_and_apostrophes(maps: Maps) -> None:
    columns = f"{DAY}, What: {{into: metric, values: {{Impression: views}}}}, N: {{into: value}}, Ad: {{into: campaign}}"
    maps(entry("apostrophes: true\nset: {dimension: source, member: shop}", columns))
    landed = read(b"Date,What,N,Ad\n2026-01-01,impression,'5,'007\n2026-01-02,Tap,6,x\n")
    assert counts(landed, "metric", "campaign", "value", "dimension", "member") == [("views", "007", 5, "source", "shop")]
    assert refusals(landed) == [(3, "What", "unknown_metric")] or refusals(landed) == [(3, "metric", "unknown_metric")]
    maps(entry("set: {metric: spend}", f"{DAY}, Cost: {{into: value}}"))
    assert counts(read(b"Date,Cost\n2026-01-01,5\n"), "metric", "value", "currency") == [("spend", 5, "EUR")]


def test_two_columns_that_both_say_one_metric_refuse_the_file(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, Likes: {{metric: likes}}, Favorites: {{metric: likes}}"))
    assert values(read(b"Date,Favorites\n2026-01-01,5\n")) == [5]
    assert read(b"Date,Favorites,Likes\n2026-01-01,5,5\n").reason == "duplicate_column"


# --- people


def test_people_are_hashed_everywhere_and_shown_nowhere(maps: Maps) -> None:
    maps(entry(columns=f"{DAY}, {VIEWS}, Author: {{personal: true}}, Post: {{into: post, personal: true}}", reads="csv, xlsx, jsonl"))
    raw = b"Date,Views,Author,Post,Note\n2026-01-01,5,ann,ann/1,secret\n2026-01-02,x,bob,bob/2,secret\n2026-01-03,5,carl\n"
    landed = read(raw)
    assert counts(landed, "post") == [(pseudonym("ann/1", KEY),)]
    assert landed.quarantine["raw"].to_list() == [
        f"2026-01-02,x,{pseudonym('bob', KEY)},{pseudonym('bob/2', KEY)},…",
        "…,…,…",
    ]
    line = b'{"Date": "2026-01-01", "Views": "x", "Author": "ann", "Note": "secret"}\n{"Author": "bob'
    shown = read(line + b"\n", "x.jsonl").quarantine["raw"].to_list()
    assert shown == [f"2026-01-01,x,{pseudonym('ann', KEY)},…", "…"]


def test_the_same_person_is_the_same_in_every_file_and_the_key_decides() -> None:
    assert pseudonym("ann", KEY) == pseudonym("ann", KEY) != pseudonym("ann", b"other")
    assert re.fullmatch(r"p_[0-9a-f]{32}", pseudonym("ann", KEY))
    with pytest.raises(NoPersonKey, match="KPI_PERSON_KEY"):
        Intake({}, {})
    one, other = Intake({}, {}, person_key=b"hush-1"), Intake({}, {}, person_key=b"hush-2")
    assert one.hash_for("a") != other.hash_for("a")
    assert "hush" not in repr(one)


GA4 = """  - name: events
    reads: [parquet, jsonl]
    shape: activity
    layout: events
    events:
      {person: user, at_micros: at, event: name, params: params, session: sid, seconds: {param: ms, divide_by: 1000},
       touch: {source: source, medium: medium, campaign: campaign}, touch_start: start, otherwise: {source: d, medium: n},
       order: {event: buy, record: shop, transaction: tid, value: usd, currency: USD, status: paid}}
"""


def test_event_rows_as_json_lines(maps: Maps) -> None:
    maps(GA4)
    at = 1_767_225_600_000_000
    params = [{"key": "sid", "value": {"int_value": "7"}}, {"key": "ms", "value": {"int_value": "1500"}}]
    event = {"user": "ann", "at": str(at), "name": "start", "params": params, "shop": {}}
    rows = [event, event | {"name": "buy", "shop": {"tid": "t", "usd": "12.5"}}, event | {"at": "soon"}, event | {"params": 5}, event]
    landed = read("\n".join(json.dumps(row) for row in rows).encode() + b"\n{oops\n", "events.jsonl")
    assert (landed.physical, landed.accepted, landed.duplicate) == (6, 2, 1)
    ann = pseudonym("ann", KEY)
    assert landed.frames[("retention", "activity")].select("person", "seconds", "session").rows()[0] == (ann, 1.5, f"{ann}|7")
    assert landed.frames[("conversion", "orders")].select("order_id", "value").rows() == [(f"{ann}|{at}|t", Decimal("12.5"))]
    assert [rule for *_, rule in refusals(landed)] == ["required_cell_empty", "not_a_value", "not_json"]
    assert '"ann"' not in str(landed.quarantine.rows())


# --- maps and inspection


def test_a_declared_sign_of_money_is_taken_off_and_another_is_none(maps: Maps) -> None:
    def cost(*cells: str) -> Landed:
        return read("".join(["Date\tCost\n", *(f"2026-01-{day:02}\t{cell}\n" for day, cell in enumerate(cells, 1))]).encode(), "new.tsv")

    maps(entry("delimiter: \"\\t\"\nnumber: {thousands: ',', decimal: '.', signs: ['€', EUR]}", f"{DAY}, Cost: {{metric: spend, corrections: true}}"))
    assert values(cost("€1,204.50", "-€5", "7.25 EUR", "€ 3", "-2 €")) == [1204.5, -5, 7.25, 3, -2]
    assert [rule for *_, rule in refusals(cost("€1,204.50", "$5", "€€5", "-€-5", "€"))] == ["not_a_number"] * 4
    # Saved again where 12.5 is written 12,5.
    assert values(cost("1.204,50 €", "20,00 €", "€1.100.000")) == [1204.5, 20, 1_100_000]
    assert cost("€1.234", "20 €").reason == "number_marks"


@pytest.mark.parametrize("described", [b"", b",how often it was seen\n"])
def test_a_first_record_is_no_description_where_somebody_took_that_out(maps: Maps, described: bytes) -> None:
    maps(entry("description_rows: 1"))
    landed = read(b"Date,Views\n" + described + b"2026-01-01,5\n2026-01-02,\n")
    assert (counts(landed, "day", "value"), landed.physical) == ([("2026-01-01", 5)], 2)


def test_a_formula_around_an_id_is_taken_off(maps: Maps) -> None:
    columns = f"{DAY}, Id: {{into: post, required: true}}, Views: {{metric: views, lifetime: true}}"
    raw = b'="x",Date,Id,Views\n="a","2026-01-01",="007",="5"\n="b",2026-01-02,"=""008""",6\n'
    maps(entry(columns=columns))
    assert read(raw).reason == "unterminated_quote"
    maps(entry("formula_texts: true\nignore: [x]", columns))
    assert counts(read(raw), "post", "value") == [("007", 5), ('="008"', 6)]


def test_every_mistake_of_a_map_is_named_at_once(maps: Maps) -> None:
    bad = [
        (entry("day: {formats: ['%d/%m/%Y', '%m/%d/%Y']}", name="a"), "read one cell as two days"),
        (entry("day: {formats: ['%Y-%m']}", name="b"), "no day and month"),
        (entry("number: {decimal: '.', thousands: '.'}", name="c"), "differ"),
        (entry("snapshot_day: from_file_name", name="d"), "needs a window"),
        (entry("zone: Mars/Base", name="e"), "no time zone"),
        (entry("encodings: [latin-99]", name="f"), "is not known"),
        (entry("window: {file_name: '(?P<begin>x)'}", name="g"), "groups named"),
        (entry("keep: {a: b}", name="h"), "unknown key 'keep'"),
        (entry(columns=f"{DAY}, {VIEWS}, X: {{metric: views, into: post}}", name="i"), "exactly one of"),
        (entry(columns=f"{DAY}, X: {{metric: views, personal: true}}", name="j"), "no number"),
        (entry("set: {day: '2026-01-01'}", name="k"), "no text field"),
        (entry("delimiter: '||'", name="l"), "one ASCII character"),
        (entry("day: {formats: [spreadsheet, '%m/%d/%Y']}", name="m"), "leaves to the column"),
        (entry("number: {signs: ['1']}", name="o"), "a sign is a currency's"),
        (entry("above: [Name]", name="n"), "above is a map"),
    ]
    with pytest.raises(BadAdapters) as refused:
        maps("".join(text for text, _ in bad))
    assert [why for _, why in bad if why not in str(refused.value)] == []


def test_the_delay_of_the_platform_travels_with_the_file(maps: Maps) -> None:
    maps(entry("delay_days: 2"))
    assert read(b"Date,Views\n2026-01-01,1\n").delay_days == 2


@pytest.mark.parametrize("raw", [
    b"Tag;Aufrufe;E-Mail;Kanal\n03.01.2026;1.234;a@b.c;x\n04.01.2026;7;d@e.f;y\n",
    xlsx({"s": [["A notice"], ["Tag", "Aufrufe", "E-Mail", "Kanal"], ["03.01.2026", 5, "a@b.c", "x"], ["04.01.2026", 5, "a@b.c", "x"]]}),
])  # fmt: skip
def test_an_unknown_file_gets_a_draft_of_its_map(maps: Maps, tmp_path: Path, raw: bytes) -> None:
    maps(entry())
    (tmp_path / "neu.xls").write_bytes(raw)
    draft = inspect(tmp_path / "neu.xls", INTAKE, "acc")["proposal"]
    wanted = ("name: any_neu", 'formats: ["%d.%m.%Y"]', "Tag: {into: day", "E-Mail: {personal: true}")
    assert [part for part in wanted if part not in draft] == []
    maps(draft.replace("# Aufrufe: {metric: ?, ", "Aufrufe: {metric: views, ").removeprefix("adapters:\n"))
    assert values(read(raw, "neu.xls")) == ([1234, 7] if raw.startswith(b"Tag") else [5, 5])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # Days and numbers of another country, and a column that a map knows.
        ("Date;Views;Likes\n01/04/2024;1.200;45\n13/04/2024;800;30\n", [("2024-04-01", 1200), ("2024-04-13", 800)]),
        # A title and a period above, padded to the width of the table.
        ('Post performance,,,\n"Mar 1 - Mar 31",,,\nDate (GMT),Post ID,Network,Views\n2024-03-01 14:30,1_2,a,"1,200"\n', [("2024-03-01", 1200)]),
        ('Date,Name,Views,Rate\n"Jan 1, 2026",Spring,7,40.0%\n"Jan 2, 2026",Autumn,8,34.2%\n', [("2026-01-01", 7), ("2026-01-02", 8)]),
        ('Date,Views,Spend\n5 Jan 2026,1200,"1,234.50"\n', [("2026-01-05", 1200)]),
        ("Date,Views\n2026-01-05T00:00:00,12\n", [("2026-01-05", 12)]),
        # Sums above and below the days, a note, money, shares.
        ("Date;Views;Rate\nTotal;19;2,5%\n01.01.2026;7;2,1%\n02.01.2026;12;3%\n", [("2026-01-01", 7), ("2026-01-02", 12)]),
        (
            'Date,Views\n2026.01.01.,"1,007"\n2026.01.02.,12\n2026.01.03.,5\n"©2026 Some Corporation, Ltd."\n',
            [("2026-01-01", 1007), ("2026-01-02", 12), ("2026-01-03", 5)],
        ),
        ("Date,Views\nThu Jan 01 2026,7\nFri Jan 02 2026,-2\n", [("2026-01-01", 7), ("2026-01-02", -2)]),
        ("Date,Views,Order ID\n1. Januar 2026,7,\n2. Januar 2026,N/A,\n", [("2026-01-01", 7)]),
    ],
)
def test_the_draft_reads_the_file_once_its_metrics_are_named(maps: Maps, tmp_path: Path, raw: str, expected: list[tuple[str, int]]) -> None:
    maps(entry(name="another", columns="Day: {into: day, required: true}, Views: {metric: views}"))
    (tmp_path / "new.csv").write_text(raw, encoding="utf-8")
    draft = inspect(tmp_path / "new.csv", INTAKE, "acc")["proposal"]
    assert re.search(r"# Views: \{metric: \?.*\}    # elsewhere: views", draft)
    maps(draft.replace("# Views: {metric: ?", "Views: {metric: views").removeprefix("adapters:\n"))
    landed = read(raw.encode(), "new.csv")
    assert [(day, int(value)) for day, value in counts(landed, "day", "value")] == expected
    assert landed.quarantined == 0


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("new.zip", zipped({"a/readme.txt": b"hello\n", "a/new.csv": b"Date,Views\n2026-01-01,7\n2026-01-02,8\n"})),
        ("new.json", b'{"ok": true, "data": {"rows": [{"Date": "2026-01-01", "Views": 7}, {"Date": "2026-01-02", "Views": 8}]}}'),
        ("new.xlsx", xlsx({"About": [["x", "y"]], "Data (1)": [["Date", "Views"], ["2026-01-01", 7], ["2026-01-02", 8], ["Total", 15]]})),
        ("new.tsv", "Date\tViews\n2026-01-01\t7\n2026-01-02\t8\n".encode("utf-16")),
    ],
)
def test_the_draft_finds_the_table_in_a_zip_a_document_and_a_workbook(maps: Maps, tmp_path: Path, name: str, raw: bytes) -> None:
    maps(entry())
    (tmp_path / name).write_bytes(raw)
    maps(entry(columns=f"{DAY}, Other: {{metric: views, required: true}}"))
    draft = inspect(tmp_path / name, INTAKE, "acc")["proposal"]
    maps(draft.replace("# Views: {metric: ?", "Views: {metric: views").removeprefix("adapters:\n"))
    assert values(read(raw, name)) == [7, 8]


def test_the_draft_of_money_says_whose_it_is_where_a_sign_or_a_name_does(maps: Maps, tmp_path: Path) -> None:
    maps(entry())
    for raw, wanted in (
        ('Date,Cost\n2026-01-01,"€1,204.50"\n', [Decimal("1204.5"), "EUR"]),
        ("Date;Cost\n01.01.2026;1.204,50 €\n", [Decimal("1204.5"), "EUR"]),
        ("Date,Cost\n2026-01-01,GBP 14.00\n", [Decimal(14), "GBP"]),
        ("Date,Cost (EUR)\n2026-01-01,14.00\n", [Decimal(14), "EUR"]),
        ("Date,Cost,Currency\n2026-01-01,14.00,usd\n", [Decimal(14), "USD"]),
        # Whose dollar it is the operator must say.
        ("Date,Cost\n2026-01-01,$14.00\n", [Decimal(14), "EUR"]),
    ):
        maps(entry(name="known", columns="Day: {into: day, required: true}, Currency: {into: currency}, x: {metric: views}"))
        (tmp_path / "new.csv").write_text(raw, encoding="utf-8")
        draft = inspect(tmp_path / "new.csv", INTAKE, "acc")["proposal"]
        assert ("# set: {currency: ?}" in draft) is ("$" in raw)
        maps(re.sub(r"# (Cost.*): \{metric: \?", r"\1: {metric: spend", draft).removeprefix("adapters:\n"))
        assert [list(row) for row in pl.concat(read(raw.encode(), "new.csv").frames.values()).select("value", "currency").rows()] == [wanted]


def test_the_draft_takes_weeks_and_months_for_no_days(tmp_path: Path) -> None:
    for raw in ("Week,Views\n2026-01-05,7\n", "Date,Views\n2026-01-05,7\n2026-01-12,9\n2026-01-19,9\n"):
        (tmp_path / "new.csv").write_text(raw, encoding="utf-8")
        draft = inspect(tmp_path / "new.csv", INTAKE, "acc")["proposal"]
        assert re.search(r"(?m)^      # (Week|Date): \{into: day, required: true\}    # sums of weeks", draft)


def test_the_draft_hides_who_bought_and_counts_no_ids(tmp_path: Path) -> None:
    raw = "日期,Campaign ID,Zip,收货人姓名,Record Number,浏览量\n2026-01-01,44,94110,张三,7,1\n2026-01-02,44,94110,李四,8,1\n"
    (tmp_path / "new.csv").write_bytes(raw.encode("gb18030"))
    draft = inspect(tmp_path / "new.csv", INTAKE, "acc")["proposal"]
    assert re.findall(r"(?m)^ *(.*): \{personal: true\}", draft) == ["Zip", "收货人姓名"]
    assert re.findall(r"(?m)^ *# (.*): \{metric: \?", draft) == ["浏览量"]
    assert "encodings: [gb18030]" in draft


def test_the_draft_takes_no_moment_of_publication_for_a_day_of_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("作品,发布时间,播放\n甲,2026-01-10 10:00,100\n乙,2026-01-11 11:00,200\n", encoding="utf-8")
    draft = inspect(tmp_path / "new.csv", INTAKE, "acc")["proposal"]
    assert "into: day" not in draft
    assert "# 发布时间: {into: post}" in draft
    assert "snapshot_day: from_receipt" in draft


@pytest.mark.parametrize(
    ("raw", "shape", "expected"),
    [
        (
            "event_time,event_type,product_id,price,user_id,user_session\n2026-01-05 00:00:04 UTC,view,44,35.79,541,72d7\n",
            "activity",
            [("2026-01-05 00:00:04", "view", "72d7")],
        ),
        ("timestamp,visitorid,event,itemid\n1767600004117,257597,view,355908\n", "activity", [("2026-01-05 08:00:04.117000", "view", None)]),
        ("cookie,time,interaction,channel\n00Fk,2026-01-05T13:02:11Z,click,Paid Search\n", "touches", [("2026-01-05 13:02:11", "Paid Search")]),
        ("Order ID,Created,Total,Currency,Customer\nA1,31/01/2026 08:26,9.50,EUR,17850\n", "orders", [("A1", "2026-01-31 08:26:00", "9.500000")]),
        # Money with its sign, a day and a time of day, statuses of which one means nothing here, and an id kept from being a number.
        (
            'Order Number,Order Status,Date,Time,Discount Amount,Order Total Amount,Email\n="007",Completed,01/31/2026,10:22:11,1,"$1,009.50",a@b.c\n'
            '="008",Pending,01/31/2026,10:22:11,1,$9.50,d@e.f\n',
            "orders",
            [("007", "2026-01-31 10:22:11", "1009.500000")],
        ),
        # Every line of an order repeats its total.
        (
            "id,Created (UTC),Amount,Currency,Customer Email\nch_1,2026-01-31 10:22,49.00,eur,a@b.c\nch_1,2026-01-31 10:22,49.00,eur,a@b.c\n",
            "orders",
            [("ch_1", "2026-01-31 10:22:00", "49.000000")],
        ),
    ],
)
def test_the_draft_for_a_file_of_acts_is_of_their_shape_and_reads_it(maps: Maps, tmp_path: Path, raw: str, shape: str, expected: Any) -> None:
    maps(entry())
    (tmp_path / "new.csv").write_text(raw, encoding="utf-8")
    draft = inspect(tmp_path / "new.csv", INTAKE, "acc")["proposal"]
    assert f"shape: {shape}" in draft
    said = re.sub(r"(?m)( #.*)$", "", draft).removeprefix("adapters:\n")
    maps(said if "zone: UTC" in said else said.replace(f"shape: {shape}", f"shape: {shape}\n    zone: UTC"))
    wanted = {"activity": ("at_utc", "event", "session"), "touches": ("at_utc", "channel"), "orders": ("order_id", "at_utc", "value")}[shape]
    landed = read(raw.encode(), "new.csv")
    frames = [frame for (_, kind), frame in landed.frames.items() if kind == shape]
    assert [tuple(None if cell is None else str(cell) for cell in row) for row in frames[0].select(wanted).rows()] == expected, landed.message


@pytest.mark.parametrize(
    "raw",
    [
        # Lines of orders, which nothing adds up, and days whose order nothing tells.
        "Invoice,Quantity,InvoiceDate,Price,Customer ID\n4894,12,2026-01-01 07:45:00,6.95,13085\n",
        "order_id,created,total,user_id\n1,2026-01-01 07:45:00,6.95,7\n1,2026-01-01 07:45:00,5.00,7\n",
    ],
)
def test_the_draft_takes_no_line_of_an_order_for_the_order(maps: Maps, tmp_path: Path, raw: str) -> None:
    maps(entry())
    (tmp_path / "new.csv").write_text(raw, encoding="utf-8")
    assert "into: value" not in inspect(tmp_path / "new.csv", INTAKE, "acc")["proposal"]


# --- the books balance, whatever is done to the bytes

SMALL = settings(max_examples=120, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANY_CELL = st.one_of(st.none(), st.sampled_from(["2026-01-01", "2026-01-02", "5", "-1", "x", " ", "Date", "Views", "'", "1e9", "\u00ad", "a\nb"]),
                     st.integers(-5, 2**60), st.floats(allow_nan=False, allow_infinity=False, width=32),
                     st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=5))  # fmt: skip
ANY_ROWS = st.lists(st.lists(ANY_CELL, max_size=4), max_size=8)
MADE: dict[str, Callable[[list[list[Cell]]], bytes]] = {
    "xlsx": lambda rows: xlsx({"s": rows, "t": rows[2:]}),
    "xls": lambda rows: xls({"s": rows, "t": rows[2:]}),
    "html": html,
    "sheetml": lambda rows: sheetml({"s": rows, "t": rows[2:]}),
    "json": lambda rows: json.dumps([dict(zip(["Date", "Views", "Likes", "x"], row, strict=False)) for row in rows]).encode(),
}


@SMALL
@given(ANY_ROWS, st.sampled_from(sorted(MADE)), st.booleans())
def test_any_cells_in_any_container_balance(maps: Maps, rows: list[list[Cell]], kind: str, is_zipped: bool) -> None:
    maps(entry("short_records: true", f"{DAY}, {VIEWS}, Likes: {{metric: likes, number: {{chinese: true}}}}", "xlsx, xls, json"))
    raw = MADE[kind]([["Date", "Views", "Likes"], *rows])
    landed = read(zipped({"a": raw, "b": raw}) if is_zipped else raw)
    filled = [row for row in rows if any(cell is not None and str(cell).strip() for cell in row)]
    if kind in ("xlsx", "xls", "sheetml", "html") and not is_zipped and landed.status == "accepted":
        assert landed.physical >= len(filled)


@SMALL
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 10_000), st.binary(max_size=8), st.integers(0, 40), st.booleans())
def test_any_damage_to_any_container_balances(maps: Maps, kind: str, at: int, junk: bytes, gone: int, is_zipped: bool) -> None:
    maps(entry(reads="csv, tsv, json, jsonl, xlsx, xls"))
    raw = KINDS[kind][1]
    raw = zipped({"a.csv": raw, "b.csv": TEXT}) if is_zipped else raw
    at %= len(raw) + 1
    landed = read(raw[:at] + junk + raw[at + gone :])
    if not junk and not gone and landed.frames:
        assert set(values(landed)) == {825, 12, 7}


BLOCK_LINES = ["Date,Views", "2026-01-01,5", "2026-01-02,x", "", "# note", "Title", "a,b,c", "Date,Country,Likes", "2026-01-01,DE,3"]


@SMALL
@given(st.lists(st.sampled_from(BLOCK_LINES), max_size=14))
def test_any_order_of_blocks_balances(maps: Maps, lines: list[str]) -> None:
    maps(entry(columns="") + SEVERAL)
    read("\n".join(lines).encode())
