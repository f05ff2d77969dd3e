"""Not one record lost, and every belief with its date: deliveries repeated, restated, late, out of order, and refused records read again."""

from __future__ import annotations

import html
import json
import re
from datetime import date, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import duckdb
import pytest

from assets.archive import receipts, receive
from pipelines.cli import main
from tests.worlds import World

AS_OF = date(2026, 3, 20)


def reads(*rows: tuple[str, int]) -> list[str]:
    return ["metric,day,value", *(f"content_reads,{day},{value}" for day, value in rows)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A blog whose March was delivered, delivered again under another name, restated in part, and completed late; a shop with a refund;
    a channel whose countries do not add up to its total; a record that was refused until somebody mended the tables."""
    world = World(tmp_path_factory.mktemp("ledger") / "home", as_of=AS_OF)
    world.account("blog")
    world.account("shop", platform="shop", surface="product")
    world.account("channel", platform="youtube", zone="America/Los_Angeles")
    first = reads(("2026-03-01", 10), ("2026-03-02", 20), ("2026-03-04", 40))
    world.drop("blog", "counts_march.csv", first, "2026-03-05")
    world.drop("blog", "the same under another name.csv", first, "2026-03-06")
    world.drop("blog", "counts_march.csv", reads(("2026-03-02", 22), ("2026-03-04", 40)), "2026-03-08")
    world.drop("blog", "counts_late.csv", reads(("2026-03-03", 30)), "2026-03-18")
    world.drop("blog", "counts_by_hand.csv", ["metric,day,value", "loyalty_points,2026-03-02,7", "content_reads,2026-03-09,90"], "2026-03-10")
    header = "order,person,at,value,currency,status"
    world.drop("shop", "orders_1.csv", [header, "a,ann,2026-03-02T10:00:00+08:00,100,CNY,paid", "b,bob,2026-03-03T10:00:00+08:00,50,CNY,paid"],
               "2026-03-05")  # fmt: skip
    world.drop("shop", "orders_2.csv", [header, "a,ann,2026-03-02T10:00:00+08:00,100,CNY,refunded"], "2026-03-12")
    world.drop("shop", "orders_3.csv", [f"{header},refunded", "b,bob,2026-03-03T10:00:00+08:00,50,CNY,paid,12.50"], "2026-03-13")
    world.drop("channel", "Totals.csv", ["Date,Views", "2026-03-02,100", "2026-03-03,60"], "2026-03-05")
    world.drop("channel", "Chart data.csv", ["Date,Geography,Views", "2026-03-02,DE,50", "2026-03-02,US,30", "2026-03-03,DE,60"], "2026-03-05")
    world.account("monitor", platform="monitor")
    mentions = ["case,kind,opened_at", "1,mention,2026-03-02T09:00:00+08:00", "2,mention,2026-03-02T10:00:00+08:00"]
    world.drop("monitor", "cases_march.csv", mentions, "2026-03-05")
    world.night()
    return world


class TestDeliveries:
    def test_the_same_bytes_under_another_name_are_nothing_new(self, world: World) -> None:
        assert world.ask("select count(*) from files where source_file like '%another name%'") == [(0,)]
        kept = [receipt for receipt in receipts(world.paths.archive) if receipt.also_seen_as]
        assert [receipt.also_seen_as for receipt in kept] == [("blog/2026-03-06/the same under another name.csv",)]

    def test_the_same_export_with_new_bytes_supersedes_what_it_covers_and_nothing_else(self, world: World) -> None:
        values = [world.value("content_reads", f"2026-03-0{day}", "blog") for day in (1, 2, 3, 4)]
        assert values == [(10, None), (22, None), (30, None), (40, None)]
        rows = world.ask("select accepted, superseded, physical_records from files where source_file = 'blog/2026-03-05/counts_march.csv'")
        assert rows == [(1, 2, 3)]

    def test_every_file_balances(self, world: World) -> None:
        assert world.ask("select count(*) from files where physical_records != accepted + quarantined + superseded") == [(0,)]

    def test_a_refund_takes_the_order_out_of_its_own_day(self, world: World) -> None:
        assert world.value("orders", "2026-03-02", "shop") == (0, None)
        assert world.value("revenue", "2026-03-02", "shop") == (0, None)

    def test_what_is_given_back_of_an_order_takes_from_its_revenue_and_its_credit_and_leaves_it_an_order(self, world: World) -> None:
        assert [world.value(metric, "2026-03-03", "shop") for metric in ("orders", "revenue", "gmv_mall")] == [(1, None), (37.5, None), (50, None)]
        assert world.ask("select sum(value)::double from credit where model = 'last' and dimension = 'channel'") == [(37.5,)]

    def test_any_order_of_delivery_leaves_the_same_receipts(self, tmp_path: Path) -> None:
        """What superseded what is decided by stated days and names, never by which file a run happened to see first."""
        files = {"2026-03-05/counts.csv": b"a", "2026-03-06/counts.csv": b"b", "2026-03-06/counts (1).csv": b"c", "2026-03-07/copy.csv": b"a"}
        seen = set()
        for number, order in enumerate(permutations(files)):
            inbox, archive = tmp_path / f"inbox{number}", tmp_path / f"archive{number}"
            for name in order:
                target = inbox / "blog" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(files[name])
                if "copy" not in name or (archive / "x").parent.exists():
                    receive(inbox, archive, datetime(2026, 3, 20))
            seen.add(
                tuple(
                    (receipt.file_hash, receipt.delivery_order) for receipt in receipts(archive) if receipt.source_file != "blog/2026-03-07/copy.csv"
                )
            )
        assert len({orders[-2:] for orders in seen}) == 1


class TestListening:
    def test_an_export_that_never_names_an_answer_says_nothing_about_answering(self, world: World) -> None:
        assert world.value("mentions_inbound", "2026-03-02", "monitor") == (2, None)
        assert world.value("reply_within_15m_rate", "2026-03-02", "monitor") is None


class TestBreakdowns:
    def test_what_countries_do_not_explain_is_a_line_of_its_own(self, world: World) -> None:
        rows = world.ask("select day::varchar, member, value from kpi_breakdown where account_id = 'channel' order by day, member")
        assert rows == [
            ("2026-03-02", "DE", 50), ("2026-03-02", "US", 30), ("2026-03-02", "unattributed", 20),
            ("2026-03-03", "DE", 60), ("2026-03-03", "unattributed", 0),
        ]  # fmt: skip

    def test_and_the_total_is_counted_once(self, world: World) -> None:
        assert world.ask("select sum(value) from kpi_daily where account_id = 'channel'") == [(160,)]


class TestWhatWasBelieved:
    def test_each_changed_number_names_the_file_that_changed_it(self, world: World) -> None:
        rows = world.ask(
            "select metric, day::varchar, value_before, value_after, known_before::date::varchar, known_after::date::varchar, source_file "
            "from restatements order by metric, day"
        )
        assert rows == [
            ("content_reads", "2026-03-02", 20, 22, "2026-03-05", "2026-03-08", "blog/2026-03-08/counts_march.csv"),
            ("orders", "2026-03-02", 1, 0, "2026-03-05", "2026-03-12", "shop/2026-03-12/orders_2.csv"),
            ("revenue", "2026-03-02", 100, 0, "2026-03-05", "2026-03-12", "shop/2026-03-12/orders_2.csv"),
            ("revenue", "2026-03-03", 50, 37.5, "2026-03-05", "2026-03-13", "shop/2026-03-13/orders_3.csv"),
        ]

    def test_why_changed_says_it_in_a_sentence(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--home", str(world.paths.home), "why-changed", "content_reads"]) == 0
        told = capsys.readouterr().out
        assert "content_reads of blog on 2026-03-02 was 20 reads as known on 2026-03-05 and is 22 since 2026-03-08" in told
        assert "because of blog/2026-03-08/counts_march.csv" in told
        assert main(["--home", str(world.paths.home), "why-changed", "revenue"]) == 0
        assert "was 50 CNY as known on 2026-03-05 and is 37.5 since" in capsys.readouterr().out
        assert main(["--home", str(world.paths.home), "why-changed", "--since", "2026-03-10.1", "--json"]) == 0
        assert {row["metric"] for row in json.loads(capsys.readouterr().out)} == {"orders", "revenue"}
        assert main(["--home", str(world.paths.home), "why-changed", "orders", "--since", "yesterday"]) == 2
        assert "'yesterday' is not a version" in capsys.readouterr().err

    def test_the_question_that_the_page_offers_is_of_one_organisation(self, world: World) -> None:
        """All of them stand beside each other: without a choice every department's number is there nine times."""
        [asked] = re.findall(r'duckdb -readonly published/kpi.duckdb "(.*?)"', html.unescape(world.paths.page.read_text(encoding="utf-8")))
        profiles = world.ask(f"with asked as ({asked}) select count(*), count(distinct (department, metric, period_start)) from asked")
        assert profiles[0][0] == profiles[0][1] > 0
        assert world.ask("select profile, currency from published_version") == [("default", "CNY")]

    def test_every_published_table_and_column_says_what_it_is(self, world: World) -> None:
        mute = """select table_name, null from duckdb_tables() where comment is null
            union all select table_name, column_name from duckdb_columns() where comment is null and not internal"""
        assert world.ask(mute) == []

    def test_a_run_as_of_a_past_day_gives_what_was_known_then(self, world: World) -> None:
        newest = world.ask("select metric, account_id, day, value from kpi_daily order by all")
        world.night(as_of=date(2026, 3, 7))
        try:
            assert world.value("content_reads", "2026-03-02", "blog") == (20, None)
            assert world.value("content_reads", "2026-03-03", "blog") == (None, "not_reported")
            assert world.value("orders", "2026-03-02", "shop") == (1, None)
            assert world.ask("select count(*) from restatements") == [(0,)]
        finally:
            world.night()
        assert world.ask("select metric, account_id, day, value from kpi_daily order by all") == newest

    def test_a_late_file_moves_its_own_days_and_no_others(self, world: World) -> None:
        """The days before and after a late delivery are the same, row by row; so is everything that belongs to other accounts."""
        rows = "select metric, account_id, campaign, day, value, missing_reason from kpi_daily where metric = 'content_reads' order by all"
        before = world.ask(rows)
        world.drop("blog", "counts_latest.csv", reads(("2026-03-06", 66)), "2026-03-19")
        world.night()
        changed = set(world.ask(rows)) ^ set(before)
        assert {row[3] for row in changed} == {date(2026, 3, 6)}
        assert world.value("content_reads", "2026-03-06", "blog") == (Decimal(66), None)


class TestQuarantine:
    def test_a_mended_catalogue_makes_of_a_refused_record_what_a_right_one_would_have_been(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        home = str(world.paths.home)
        assert world.ask("select line, rule, raw from quarantine where source_file like '%by_hand%'") == [
            (2, "unknown_metric", "loyalty_points,2026-03-02,7")
        ]
        world.table("metrics.csv", [
            "metric,class,function,unit,grain,aggregation,direction",
            "loyalty_points,retention,user_operation,points,account/day,additive,up",
        ])  # fmt: skip
        capsys.readouterr()
        code = main(["--home", home, "quarantine", "replay", "by_hand"])
        told = capsys.readouterr()
        assert code == 0, told.err
        assert "1 of 1 refused records accepted now, 0 left" in told.out
        assert world.value("loyalty_points", "2026-03-02", "blog") == (7, None)
        with duckdb.connect(str(world.paths.database), read_only=True) as con:
            received = con.execute("select received_at from kpi_daily where metric = 'loyalty_points'").fetchone()
        assert received == (datetime(2026, 3, 10),), "the day of the first delivery, not of the replay"
        assert world.ask("select count(*) from files where physical_records != accepted + quarantined + superseded") == [(0,)]
