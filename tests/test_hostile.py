"""Exports are written by strangers. What they write is data: kept to the last character, shown as text, and never obeyed by anybody.

Belongs here: one night over hostile names, and whoever reads them afterwards: SQL, Parquet, JSON, a browser, a terminal.
Never here: broken files and numbers (test_exports.py).
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.cli import main
from tests.worlds import World

DAY = "2026-03-18"
# The page shows the five campaigns that were seen most: those that a browser or a template would obey come first.
NAMES = {
    "a script": "<script>alert(document.cookie)</script>",
    "an image that fails": "<img src=x onerror=alert(1)>",
    "an attribute left open": "\" onmouseover='alert(1)' x=\"",
    "a drawing": "</td></table><svg/onload=alert(1)><style>*{display:none}</style>",
    "a template": "{{7*7}} ${7*7} {% raise %} {{ settings.__class__.__mro__ }} {# gone #}",
    "a formula": "=cmd|' /C calc'!A0",
    "a formula with a sign": "+SUM(1;1)*@HYPERLINK(A1)",
    "a statement": '"; drop table kpi_daily; --',
    "another statement": "'); delete from owned_kpi_daily; --",
    "a comment": "<!-- <!--status--> -->",
    "a terminal's orders": "\x1b[2J\x1b[31mall is well\x1b[0m\x07\x08\r",
    "right to left": "spring\u202ecod.exe\u2066\u200f",
    "two lines": "first\nsecond\r\nthird\tfourth",
    "ten thousand characters": "x" * 10_000,
    "null": "null",
    "NULL": "NULL",
    "None": "None",
    "NaN": "NaN",
    "N/A": "N/A",
    "backslash N": "\\N",
    "nothing in quotes": '""',
    "a path": "../../../../etc/passwd",
    "dots": "..",
    "a pattern": "%_*?[a-z]",
    "another alphabet": "春の物語 🍵 e\u0301",
}
# File names cannot hold a slash; all of these are lawful on the disk and none is asked to change.
FILES = {
    "a script": "counts <script>alert(1)<script>.csv",
    "an image that fails": "counts <img src=x onerror=alert(1)>.csv",
    "a template": "counts {{7*7}} {% raise %}.csv",
    "a formula": "counts =cmd|' !A0.csv",
    "a statement": "counts '); drop table kpi_daily; --.csv",
    "a pattern": "counts %_[a-z]{x}.csv",
    "right to left": "counts \u202evsc.csv",
    "as long as a name may be": f"counts {'n' * 240}.csv",
}
REFUSED = ("<svg onload=alert(2)>.csv", '"><b onclick=alert(3)>{{8*8}}.csv')
FORGED = "counts \x1b[31m\naccepted: everything.csv"


def spoken(header: str, rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file as a correct writer quotes it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header.split(","), *rows])
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One company whose every platform is run by its enemies, after a night."""
    world = World(tmp_path_factory.mktemp("hostile") / "home")
    world.account("paper")
    world.account("shop", platform="shop", surface="product")
    world.account("ads", platform=NAMES["a formula"])
    names = list(NAMES.values())
    world.drop("paper", "counts.csv", spoken("metric,day,value,campaign", [("content_reads", DAY, 1000 - i, name) for i, name in enumerate(names)]))
    world.drop("shop", "touches.csv", spoken("person,at,channel", [(f"p{i}", f"{DAY} 09:00:00", name) for i, name in enumerate(names)]))
    orders = [(f"o{i}", f"p{i}", f"{DAY} 10:00:00", 10, "CNY") for i in range(len(names))]
    world.drop("shop", "orders.csv", spoken("order,person,at,value,currency", orders))
    for i, file in enumerate(FILES.values()):
        world.drop("paper", file, spoken("metric,day,value,post", [("video_plays", DAY, i + 1, f"post {i}")]))
    bad = [("content_reads", "no day at all", 1, name) for name in names]
    world.drop("paper", "counts bad.csv", spoken("metric,day,value,campaign", bad))
    for file in REFUSED:
        world.drop("paper", file, spoken("who,knows", [(file, "<script>")]))
    world.drop("ads", "counts.csv", spoken("metric,day,value,currency", [("paid_spend", DAY, 30, "CNY"), ("paid_impressions", DAY, 900, "")]))
    world.drop("paper", FORGED, spoken("metric,day,value", [("content_reads", DAY, 1_000_000)]))
    world.night()
    return world


@pytest.fixture(scope="module")
def page(world: World) -> str:
    return world.paths.page.read_text(encoding="utf-8")


class TestWhatWasWrittenIsKept:
    def test_every_campaign_has_its_own_number_under_its_own_name(self, world: World) -> None:
        found = dict(world.ask("select campaign, value from kpi_daily where metric = 'content_reads' and day = ?", DAY))
        assert found == {name: 1000 - i for i, name in enumerate(NAMES.values())}

    def test_every_channel_earns_under_its_own_name(self, world: World) -> None:
        earned = dict(
            world.ask("select member, sum(conversions) from credit where dimension = 'channel' and model = 'last' and conversions > 0 group by all")
        )
        assert earned == dict.fromkeys(NAMES.values(), 1)

    def test_every_file_is_known_by_the_name_it_came_with(self, world: World) -> None:
        found = {name for (name,) in world.ask("select source_file from files where status = 'accepted'")}
        ours = {"paper/counts.csv", "paper/counts bad.csv", "shop/touches.csv", "shop/orders.csv", "ads/counts.csv"}
        assert found - ours == {f"paper/{name}" for name in FILES.values()}
        refused = {name for (name,) in world.ask("select source_file from files where status = 'refused'")}
        assert refused == {f"paper/{name}" for name in REFUSED}

    def test_a_refused_record_lies_in_quarantine_as_it_stood(self, world: World) -> None:
        lines = [json.loads(line) for path in world.paths.quarantine.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
        records = [line for line in lines if line["source_file"] == "paper/counts bad.csv"]
        assert len(records) == len(NAMES)
        raw = {record["line"]: record["raw"] for record in records}
        read_back = [next(csv.reader(io.StringIO(raw[line], newline="")))[3] for line in sorted(raw)]
        assert read_back == list(NAMES.values())

    def test_parquet_says_what_the_database_says(self, world: World) -> None:
        manifest = json.loads(world.paths.manifest.read_text())["tables"]
        for table, about in manifest.items():
            frame = pl.read_parquet(world.paths.published / f"{table}.parquet")
            assert frame.height == about["rows"], table
        campaigns = pl.read_parquet(world.paths.published / "kpi_daily.parquet").filter(pl.col("metric") == "content_reads")["campaign"]
        assert sorted(campaigns) == sorted(NAMES.values())


class TestWhatWasWrittenIsNotObeyed:
    def test_no_table_was_dropped_and_no_row_deleted(self, world: World) -> None:
        tables = {name for (name,) in world.ask("select table_name from information_schema.tables where table_schema = 'main'")}
        assert {"kpi_daily", "owned_kpi_daily", "scorecard", "credit", "files", "quarantine", "data_quality"} <= tables
        assert world.ask("select count(distinct campaign) from owned_kpi_daily where metric = 'content_reads'") == [(len(NAMES),)]

    def test_a_name_that_forges_lines_is_not_let_in(self, world: World) -> None:
        """A name with a newline would write a line of its own into every list of files. It is refused unopened, and named in one line."""
        assert world.ask("select count(*) from kpi_daily where value = 1000000") == [(0,)]
        (refused,) = json.loads((world.paths.archive / "refused.json").read_text(encoding="utf-8"))
        assert refused["reason"] == "hostile_name"
        assert all(unicodedata.category(letter) != "Cc" for letter in refused["source_file"] + refused["message"])

    def test_nothing_was_written_outside_the_home(self, world: World) -> None:
        assert [path.name for path in world.paths.home.parent.iterdir()] == ["home"]


class TestASpreadsheet:
    """C03."""

    def test_no_cell_of_an_export_is_a_formula(self, world: World, tmp_path: Path) -> None:
        assert world.ask("select count(*) from media_mix_daily where part = 'media_spend'") == [(1,)]
        assert main(["--home", str(world.paths.home), "export", "mmm", "--out", str(tmp_path / "mmm.csv")]) == 0
        with (tmp_path / "mmm.csv").open(encoding="utf-8", newline="") as lines:
            header, *rows = csv.reader(lines)
        assert "cmd_c_calc_a0_spend" in header
        assert [name for name in header if not re.fullmatch("[a-z][a-z0-9_]*", name)] == []
        assert rows
        assert [cell for row in rows for cell in row if not re.fullmatch(r"|-?[0-9]+(\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}", cell)] == []

    def test_nothing_else_that_a_double_click_opens_in_one_is_written(self, world: World) -> None:
        """Names and refused records are in Parquet, JSON and HTML, where a formula is a text."""
        theirs = (world.paths.inbox, world.paths.company)
        ours = [path for path in world.paths.home.rglob("*") if not any(folder in path.parents for folder in theirs)]
        assert [path for path in ours if path.suffix.lower() in (".csv", ".tsv", ".xls", ".xlsx", ".slk", ".ods")] == []


class TestAnAnalyst:
    """C04: with the file opened as the README says, and as a server for many would open it."""

    TRIED = (
        "insert into kpi_daily by name select * from kpi_daily",
        "update kpi_daily set value = 0",
        "delete from scorecard",
        "create table mine as select 1",
        "alter table kpi_daily rename to gone",
        "drop table kpi_daily",
        "attach '{file}' as again (read_write)",
    )
    BEYOND = (
        "copy (select 1) to '{folder}/out.csv'",
        "export database '{folder}/out'",
        "attach '{folder}/other.duckdb' as other",
        "install httpfs",
        "load httpfs",
        "select * from read_text('/etc/hostname')",
        "select * from '{folder}/*.parquet'",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "create secret (type s3, key_id 'a', secret 'b')",
    )

    @pytest.mark.parametrize("locked", [False, True])
    def test_changes_nothing(self, world: World, tmp_path: Path, locked: bool) -> None:
        file = world.paths.database
        before = file.read_bytes()
        assert file.stat().st_mode & 0o222 == 0
        settings = {"enable_external_access": "false", "autoload_known_extensions": "false", "lock_configuration": "true"} if locked else {}
        with duckdb.connect(str(file), read_only=True, config=settings) as con:
            tables = [name for (name,) in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
            assert len(tables) > 30
            for table in tables:
                con.execute(f'select * from "{table}"').fetchall()
            # nothing in the file runs in the name of who reads it
            assert con.execute("select view_name from duckdb_views() where not internal").fetchall() == []
            assert con.execute("select function_name from duckdb_functions() where not internal").fetchall() == []
            for words in (*self.TRIED, *(self.BEYOND if locked else ())):
                with pytest.raises(duckdb.Error):
                    con.execute(words.format(file=file, folder=tmp_path))
        assert file.read_bytes() == before
        assert list(tmp_path.iterdir()) == []


class Browser(HTMLParser):
    """What a browser would do with the page: the elements it builds, what they would run, and the text that people read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.text = ""
        self._style = ""
        self.styles: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value or "" for name, value in attrs if name in ("href", "src", "action", "data", "xlink:href")}
        self._style = tag if tag == "style" else ""

    def handle_endtag(self, tag: str) -> None:
        self._style = ""

    def handle_data(self, data: str) -> None:
        if self._style:
            self.styles.append(data)
        else:
            self.text += data


class TestTheLeadershipPage:
    def test_a_browser_finds_nothing_to_run(self, page: str) -> None:
        seen = Browser(page)
        assert seen.elements.isdisjoint({"script", "iframe", "object", "embed", "form", "base", "frame", "link", "b"})
        assert {name for name in seen.attributes if name.startswith("on")} == set()
        assert {address for address in seen.addresses if not address.startswith(("#", "data:image/"))} == set()
        assert not any("display:none}" in style and "*{" in style for style in seen.styles)

    def test_no_payload_stands_in_the_page_as_it_was_written(self, page: str) -> None:
        payloads = [name for name in (*NAMES.values(), *FILES.values(), *REFUSED) if html.escape(name, quote=False) != name]
        assert len(payloads) >= 8
        assert [payload for payload in payloads if payload in page] == []
        assert "<script" not in page.lower()

    def test_what_people_read_is_what_was_written(self, page: str) -> None:
        """The check of the check: the most read campaigns and the refused files are on the page, so their escaping was put to the test."""
        text = Browser(page).text
        most_read = list(NAMES.values())[:5]
        assert [name for name in most_read if name.replace("_", " ") not in text] == []
        assert [name for name in REFUSED if name not in text] == []

    def test_a_template_in_a_name_is_not_filled_in(self, page: str) -> None:
        assert page.count("{{7*7}}") >= 1
        assert "<class" not in page
        assert "&lt;class" not in page

    def test_the_status_line_can_still_be_found_by_the_next_night(self, page: str) -> None:
        """A name that holds the marker of the status line must not move the banner of a held night into the middle of the page."""
        from assets.page.render import Banner, with_status

        banner = Banner("held", "<script>alert(1)</script>", "now", "then", "kpi status")
        assert Browser(with_status(page, banner)).elements.isdisjoint({"script"})


# What moves a cursor, rings, colours, or turns the direction of writing around; a new line is what a printed line ends with.
TURNS = {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}


def orders_to_a_terminal(printed: str) -> set[str]:
    return {letter for letter in printed if (unicodedata.category(letter) == "Cc" and letter != "\n") or letter in TURNS}


class TestTheTerminal:
    @pytest.mark.parametrize(
        "words",
        [
            ("status",),
            ("verify",),
            ("doctor",),
            ("explain", "content_reads", DAY),
            ("explain", "video_plays", DAY),
            ("quarantine", "list"),
            ("quarantine", "show"),
        ],
        ids=" ".join,
    )
    def test_a_command_prints_names_and_does_not_obey_them(self, world: World, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
        main(["--home", str(world.paths.home), *words])
        printed = "".join(capfd.readouterr())
        assert printed
        assert orders_to_a_terminal(printed) == set()

    def test_looking_into_a_file_does_not_obey_it(self, world: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        """`kpi inspect` is what a careful person does first with a file that came from a stranger."""
        strange = tmp_path / FILES["right to left"]
        rows = [("content_reads", DAY, 1, NAMES["a terminal's orders"]), ("content_reads", "no day at all", 1, NAMES["right to left"])]
        strange.write_bytes(spoken("metric,day,value,campaign", rows))
        main(["--home", str(world.paths.home), "inspect", "--account", "paper", str(strange)])
        printed = "".join(capfd.readouterr())
        assert "plain_counts" in printed
        assert orders_to_a_terminal(printed) == set()
