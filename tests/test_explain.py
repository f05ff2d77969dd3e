"""`kpi explain`: every kind of published cell says where it comes from, whose it is, and what it was before.

Belongs here: what the command says of a world worked out by hand. Never here: the numbers themselves, the pages.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.organisations import Said, copy_of, shared, tree
from tests.worlds import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return shared(tmp_path_factory)


@pytest.fixture
def say(world: World, capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(world, capsys)


@pytest.fixture
def copy(world: World, tmp_path: Path) -> World:
    return copy_of(world, tmp_path / "home")


def test_a_number_that_changed_says_what_it_was_in_which_version_and_by_which_file(say: Said) -> None:
    code, told = say("explain", "content_reads", "2026-03-02", "--campaign", "")
    assert code == 0
    assert "blog: 22 reads" in told
    assert "1 of 2 records in 2 files count; later files superseded the others" in told
    assert "blog/2026-03-08/counts_march.csv, line 2: 1 of 1 counts records count, which said 22" in told
    assert "blog/2026-03-05/counts_march.csv, line 2: 0 of 1 counts records count, which said 20" in told
    assert "first in version 2026-03-06.1 or before: it is the oldest that is kept, as 20" in told
    assert "since version 2026-03-10.1: 22" in told
    assert "all campaigns: content_reads of blog on 2026-03-02 was 1020 reads as known on 2026-03-05 and is 1022 since 2026-03-08" in told
    assert "accountable: marketing (marketing) through new_media" in told
    assert "by seeds/ownership.csv:" in told
    assert "class awareness: the law gives it to marketing" in told
    assert "one_accountable_owner" in told


def test_a_campaign_has_its_own_records(say: Said) -> None:
    found = say.json("explain", "content_reads", "2026-03-02")
    said = {(row["campaign"], row["said"], row["counted"]) for row in found["files"]}
    assert said == {("", "20.000000", 0), ("", "22.000000", 1), ("spring", "1000.000000", 0), ("spring", "1000.000000", 1)}
    spring = [row for row in found["history"] if row["campaign"] == "spring"]
    assert [(row["version"], row["is_oldest_kept"]) for row in spring] == [("2026-03-06.1", True)]


def test_events_are_counted_by_the_file_that_brought_them(say: Said) -> None:
    told = say("explain", "orders", "2026-03-02")[1]
    assert "shop: 2 orders" in told
    assert "shop/2026-03-05/orders_march.csv, lines 2 to 3: 2 of 2 orders records count" in told


def test_a_measured_zero_names_the_file_that_reached_past_the_day(say: Said) -> None:
    told = say("explain", "orders", "2026-03-03")[1]
    assert "shop: 0 orders" in told
    assert "no record on that day: a measured zero" in told


def test_a_day_left_out_is_missing_with_its_reason_in_words(say: Said) -> None:
    told = say("explain", "content_reads", "2026-03-03")[1]
    assert "no value (not_reported: " in told
    assert "no file: the day was left out" in told


def test_a_ratio_shows_the_two_cells_it_divides(say: Said) -> None:
    told = say("explain", "engagement_rate", "2026-03-02")[1]
    assert "15.00 % (60 of 400)" in told
    assert "numerator: social_engagements 60 actions, from blog/2026-03-08/counts_march.csv" in told
    assert "denominator: reach_unique 400 people" in told


@pytest.mark.parametrize(("metric", "value"), [("reach_unique", "400 people"), ("followers_total", "500 followers")])
def test_people_and_levels_are_explained_like_any_number(say: Said, metric: str, value: str) -> None:
    assert f"blog: {value}" in say("explain", metric, "2026-03-02")[1]


def test_an_owner_against_the_law_is_said_to_be_one(say: Said) -> None:
    told = say("explain", "store_page_views", "2026-03-02")[1]
    assert "against the law for its class, by that written reason" in told
    assert "reason: " in told
    assert "approved by " in told
    assert "against the law" not in say("explain", "orders", "2026-03-02")[1]


def test_a_number_that_nobody_owns_says_so(say: Said) -> None:
    told = say("explain", "content_reads", "2026-03-02", "--profile", "a")[1]
    assert "as A owns it" in told
    assert "accountable: unassigned" in told
    assert "no row of ownership.csv speaks of it" in told


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("content_read", "2026-03-02"), "did you mean content_reads"),
        (("AW99", "2026-03-02"), "metric_catalogue"),
        (("content_reads", "2 March"), "YYYY-MM-DD"),
        (("content_reads", "2026-03-02", "--account", "blogg"), "did you mean blog"),
        (("content_reads", "2026-03-02", "--profile", "Z"), "there are A, B, C"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(say: Said, words: tuple[str, ...], hint: str) -> None:
    code, told = say("explain", *words)
    assert code == 2
    assert hint in told


def test_a_day_without_the_number_says_where_there_is_one(say: Said) -> None:
    code, told = say("explain", "content_reads", "2025-01-01")
    assert code == 0
    assert "blog from 2026-03-02 to 2026-03-04" in told
    assert "no file has fed it yet" in say("explain", "installs", "2026-03-02")[1]


def test_explaining_changes_nothing_and_needs_nothing_but_what_is_published(copy: World, capsys: pytest.CaptureFixture[str]) -> None:
    say = Said(copy, capsys)
    for gone in (copy.paths.landing, copy.paths.state, copy.paths.inbox):
        shutil.rmtree(gone)
    copy.paths.warehouse.unlink()
    (copy.paths.company / "ownership.csv").write_text("half a table that somebody is just ed", encoding="utf-8")
    before = tree(copy.paths.home)
    code, told = say("explain", "content_reads", "2026-03-02", "--campaign", "")
    assert code == 0
    assert "blog: 22 reads" in told
    assert "the working file of this version is not here" in told
    assert tree(copy.paths.home) == before


def test_a_working_file_of_an_older_code_is_as_good_as_none(copy: World, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(copy.paths.warehouse)) as con:
        con.execute("create or replace table staging.stg_counts as select account_id, metric, day from staging.stg_counts")
    code, told = Said(copy, capsys)("explain", "content_reads", "2026-03-02", "--campaign", "")
    assert code == 0
    assert "blog: 22 reads" in told
    assert "the working file of this version is not here" in told


def test_after_a_rollback_no_record_is_said_to_be_superseded_by_a_file_that_was_not_known_then(
    copy: World, capsys: pytest.CaptureFixture[str]
) -> None:
    say = Said(copy, capsys)
    assert say("rollback")[0] == 0
    told = say("explain", "content_reads", "2026-03-02", "--campaign", "")[1]
    assert "blog: 20 reads" in told
    assert "0 of 1 records" not in told
    assert "the working file of this version is not here" in told
    status = say("status")[1]
    assert "rolled back at 20" in status
    assert "None" not in status
