"""`kpi reorg`: what moves between two organisations, signed or drafted, and that nothing else does.

Belongs here: gains and losses worked out by hand, refusals, the page. Never here: who owns what (test_split_in_the_numbers.py).
"""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.page.reorg import render_reorg
from assets.page.wording import book
from pipelines.rules import load_rules
from tests import page_world
from tests.organisations import OWNERSHIP, Said, copy_of, shared, tree
from tests.test_page import Reader, browse, chromium
from tests.worlds import World

__all__ = ["chromium"]  # a fixture


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return shared(tmp_path_factory)


@pytest.fixture
def say(world: World, capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(world, capsys)


def draft(folder: Path, *rows: str, name: str = "draft.csv") -> str:
    path = folder / name
    path.write_text("\n".join([OWNERSHIP, *rows]) + "\n", encoding="utf-8")
    return str(path)


def moved(found: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (row["department"], row["metric"]): tuple(None if row[k] is None else Decimal(row[k]) for k in ("before", "gained", "lost", "after"))
        for row in found["departments"]
    }


MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")


class TestTwoProfiles:
    def test_each_department_gains_what_the_other_loses(self, say: Said) -> None:
        legs = moved(say.json("reorg", "default", "B", *MARCH))
        assert legs["marketing", "content_reads"] == (1052, 0, 1052, 0)
        assert legs["brand", "content_reads"] == (0, 1052, 0, 1052)
        assert legs["operations", "orders"] == (3, 0, 3, 0)
        assert legs["unassigned", "orders"] == (0, 3, 0, 3)
        assert ("operations", "store_page_views") not in legs  # stays where it is, and is not said to move

    def test_what_does_not_add_up_moves_without_being_summed(self, say: Said) -> None:
        found = say.json("reorg", "default", "B", *MARCH)
        assert moved(found)["brand", "followers_total"] == (None, None, None, None)
        assert moved(found)["brand", "reach_unique"] == (None, None, None, None)
        told = say("reorg", "default", "B", *MARCH)
        assert "followers_total (awareness): gains 1 numbers that do not add up (stock)" in told[1]

    def test_every_total_is_added_up_on_both_sides_and_said(self, say: Said, world: World) -> None:
        found = say.json("reorg", "default", "C", *MARCH)
        assert found["no_total_moves"] is True
        company = dict(world.ask("select metric, sum(value) from kpi_daily where aggregation = 'additive' group by metric"))
        told = {row["metric"]: row for row in found["totals"] if row["aggregation"] == "additive"}
        assert {metric: Decimal(row["company"]) for metric, row in told.items()} == company
        assert all(row["company"] == row["before"] == row["after"] and Decimal(row["difference"]) == 0 for row in told.values())

    def test_a_function_that_moves_comes_with_its_row(self, say: Said) -> None:
        rows = {row["function"]: row for row in say.json("reorg", "default", "B", *MARCH)["functions"]}
        assert (rows["new_media"]["from_department"], rows["new_media"]["to_department"]) == ("marketing", "brand")
        assert rows["new_media"]["to_rule"].startswith("seeds/ownership.csv:")
        assert (rows["shop_operation"]["to_department"], rows["shop_operation"]["to_rule"]) == ("unassigned", None)
        assert "brand" not in rows or rows["brand"]["from_department"] != rows["brand"]["to_department"]

    def test_to_the_same_profile_nothing_moves(self, say: Said) -> None:
        found = say.json("reorg", "b", "B", *MARCH)
        assert (found["departments"], found["functions"]) == ([], [])

    def test_a_total_that_moves_is_shown_and_fails(self, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        broken = copy_of(world, tmp_path / "home")
        database = broken.paths.database
        database.unlink()
        shutil.copyfile(world.paths.database, database)
        with duckdb.connect(str(database)) as con:
            con.execute("delete from owned_kpi_daily where profile = 'B' and metric = 'content_reads' and campaign = 'spring'")
        code, told = Said(broken, capsys)("reorg", "default", "B", *MARCH)
        assert code == 1
        assert "A TOTAL OF THE COMPANY MOVES" in told
        assert "content_reads: the company 1052.000000 (4 numbers), before 1052.000000 (4), after 52.000000 (3)" in told
        page = (broken.paths.reports / "reorg-default-to-B.html").read_text(encoding="utf-8")
        assert "do not use this page" in page

    @pytest.mark.parametrize(
        ("words", "hint"),
        [
            ((), "type two profiles"),
            (("default",), "type two profiles"),
            (("default", "BB"), "did you mean B"),
            (("default", "B", "--from", "March"), "YYYY-MM-DD"),
            (("default", "B", "--from", "2026-03-04", "--to", "2026-03-01"), "lies after"),
            (("--draft", "nowhere.csv"), "there is no file nowhere.csv"),
        ],
    )
    def test_what_cannot_be_compared_is_refused(self, say: Said, words: tuple[str, ...], hint: str) -> None:
        code, told = say("reorg", *words)
        assert code == 2
        assert hint in told


AHEAD = [
    "default,new_media,marketing,accountable,,,2026-09-01,,",
    "default,new_media,operations,accountable,,2026-09-01,,moves to operations,the board",
]
MIDWAY = [row.replace("2026-09-01", "2026-03-03") for row in AHEAD]


class TestADraft:
    def test_nothing_of_the_home_is_touched(self, world: World, say: Said, tmp_path: Path) -> None:
        before = tree(world.paths.home)
        code, told = say("reorg", "--draft", draft(tmp_path, *MIDWAY), *MARCH)
        assert code == 0, told
        assert tree(world.paths.home) == before

    def test_a_draft_that_begins_between_moves_only_what_lies_behind_its_day(self, say: Said, tmp_path: Path) -> None:
        found = say.json("reorg", "--draft", draft(tmp_path, *MIDWAY), *MARCH)
        assert found["changes_on"] == ["2026-03-03"]
        assert moved(found)["operations", "content_reads"] == (0, 30, 0, 30)
        assert moved(found)["marketing", "content_reads"] == (1052, 0, 30, 1022)
        halves = {row["is_before"]: row["moved"] for row in found["halves"]}
        assert halves[True] == 0
        assert halves[False] > 0

    def test_a_draft_without_the_owner_of_before_changes_all_days_and_names_no_day_of_the_year_one(self, say: Said, tmp_path: Path) -> None:
        """Rows of a draft stand in for all of the function's rows, so the days before its first one lose their owner."""
        code, told = say("reorg", "--draft", draft(tmp_path, MIDWAY[1]), *MARCH)
        assert code == 0, told
        assert "of all days: " in told
        assert "it changes again on 2026-03-03" in told
        assert "0001" not in told

    def test_a_draft_ahead_of_every_number_is_shown_on_the_last_month_as_if_it_had_held(self, say: Said, tmp_path: Path) -> None:
        found = say.json("reorg", "--draft", draft(tmp_path, *AHEAD))
        assert found["organisation_of"] == "2026-09-01"
        assert [row["moved"] for row in found["halves"]] == [0]
        assert moved(found)["operations", "content_reads"] == (0, 1052, 0, 1052)
        assert [row["is_kept"] for row in found["totals"]] == [True] * len(found["totals"])

    def test_a_draft_says_of_the_numbers_what_a_night_with_it_says(self, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The answer comes before the signature and the night after it; they may not differ in a single booking."""
        signed = copy_of(world, tmp_path / "home")
        said = Said(signed, capsys).json("reorg", "--draft", draft(tmp_path, *MIDWAY), *MARCH)
        shutil.copyfile(tmp_path / "draft.csv", signed.paths.company / "ownership.csv")
        signed.night(world.as_of)
        booked = (
            "select department, metric, sum(value) from owned_kpi_daily "
            "where profile = 'default' and role = 'accountable' and aggregation = 'additive' group by all"
        )
        night = {(department, metric): value for department, metric, value in signed.ask(booked)}
        drafted: dict[tuple[str, str], Decimal] = {}
        for row in said["moves"]:
            if row["value"] is not None:
                key = row["to_department"], row["metric"]
                drafted[key] = drafted.get(key, Decimal(0)) + Decimal(row["value"])
        assert drafted == night

    def test_an_unlawful_owner_is_named_before_a_night_holds_it(self, say: Said, tmp_path: Path) -> None:
        rows = [MIDWAY[0], "default,new_media,operations,accountable,,2026-03-03,,,"]
        found = say.json("reorg", "--draft", draft(tmp_path, *rows), *MARCH)
        assert {row["metric"] for row in found["unlawful"]} == {"content_reads"}
        assert say.json("reorg", "--draft", draft(tmp_path, *MIDWAY), *MARCH)["unlawful"] == []

    def test_every_error_of_a_draft_is_said_with_its_line(self, say: Said, tmp_path: Path) -> None:
        rows = [
            "default,new_medja,marketing,accountable,,,,,",
            "default,brand,marketing,owner,,,,,",
            "default,pr,marketing,accountable,,2026-13-01,,,",
        ]
        code, told = say("reorg", "--draft", draft(tmp_path, *rows, name="july.csv"))
        assert code == 2
        for line in (2, 3, 4):
            assert f"july.csv line {line}" in told
        assert "nothing was touched" in told

    def test_two_rows_of_a_draft_that_overlap_are_both_cited_in_the_draft(self, say: Said, tmp_path: Path) -> None:
        rows = ["default,pr,marketing,accountable,,,2026-04-01,,", "default,pr,operations,accountable,,2026-03-01,,handed over,the board"]
        code, told = say("reorg", "--draft", draft(tmp_path, *rows, name="july.csv"))
        assert code == 2
        assert "july.csv line 2" in told
        assert "july.csv line 3" in told
        assert "company/ownership.csv" not in told

    def test_a_draft_that_says_what_is_in_force_changes_nothing(self, say: Said, tmp_path: Path) -> None:
        told = say("reorg", "--draft", draft(tmp_path, "default,new_media,marketing,accountable,,,,,"))[1]
        assert "the draft changes nothing in this profile" in told

    def test_a_profile_that_exists_only_in_the_draft(self, say: Said, tmp_path: Path) -> None:
        departments = tmp_path / "departments.csv"
        departments.write_text("profile,department,kind,centre,reports_to,valid_from,valid_to\nstudio,everything,operations,,,,\n", encoding="utf-8")
        file = draft(tmp_path, "studio,shop_operation,everything,accountable,,,,,")
        found = say.json("reorg", "default", "studio", "--draft", file, "--draft-departments", str(departments), *MARCH)
        assert moved(found)["everything", "orders"] == (0, 3, 0, 3)
        assert moved(found)["unassigned", "content_reads"] == (0, 1052, 0, 1052)
        assert found["no_total_moves"] is True
        code, told = say("reorg", "default", "studio", "--draft", file)
        assert code == 2
        assert "draft.csv line 2" in told


class TestThePage:
    @pytest.fixture
    def found(self, say: Said, tmp_path: Path) -> dict[str, Any]:
        out = tmp_path / "page.html"
        found: dict[str, Any] = say.json("reorg", "default", "B", *MARCH, "--out", str(out))
        return {**found, "html": out.read_text(encoding="utf-8")}

    def test_it_runs_nothing_asks_nobody_and_shows_table_and_chart(self, found: dict[str, Any]) -> None:
        reader = Reader.of(found["html"])
        policy = next(a["content"] for t, a in reader.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        assert not {"script", "link", "iframe", "img", "form"} & {t for t, _ in reader.tags}
        assert (reader.crossed, reader.open) == ([], [])
        assert "No total of the company moves" in reader.words
        bars = sum(t == "svg" for t, _ in reader.tags)
        assert bars == sum(row["is_moved"] and row["aggregation"] == "additive" for row in found["totals"])
        assert "Content reads" in reader.words
        assert "1,052" in reader.words

    def test_without_out_it_lies_in_reports_and_not_among_what_is_published(self, world: World, say: Said) -> None:
        say("reorg", "default", "B", *MARCH)
        assert (world.paths.reports / "reorg-default-to-B.html").is_file()
        assert not list(world.paths.published.glob("reorg*"))

    @pytest.mark.parametrize("width", [390, 1440])
    @pytest.mark.parametrize("language", ["en", "zh", "es", "ko"])
    def test_a_browser_shows_it_in_every_language(self, world: World, tmp_path: Path, chromium: str, width: int, language: str) -> None:
        from pipelines.reorganisation import Asked, side_by_side

        split = load_rules(world.paths)
        with side_by_side(world.paths.database, Asked("default", "B")) as comparison:
            answer = comparison.answer() | {"version": "v", "draft": page_world.HOSTILE}
        names = {
            table: [{key: f"{value}{page_world.HOSTILE}" if key.startswith("name_") else value for key, value in row.items()} for row in rows]
            for table, rows in split.tables.items()
        }
        html = render_reorg(answer, page_world.Settings(name=page_world.HOSTILE, language=language), names)
        reader = Reader.of(html)
        assert not {"script", "img"} & {t for t, _ in reader.tags}
        assert reader.crossed == []
        scroll, charts, _, wide, console = browse(chromium, tmp_path, html, width)
        assert (console, wide) == ("", "")
        assert scroll <= width
        assert charts > 0


def test_every_word_of_both_pages_is_said_in_four_languages_with_the_same_places() -> None:
    words = {key: entry for key, entry in book()["words"].items() if key[:2] in ("o_", "r_")}
    assert len(words) > 50
    for key, entry in words.items():
        assert set(entry) == {"en", "zh", "es", "ko"}, key
        places = [set(re.findall(r"\{(\w+)\}", form)) for text in entry.values() for form in text.split("|")]
        assert all(one == places[0] for one in places), key
