"""Audiences in small worlds: what a ledger shows when a platform tells all, half, or changes its mind.

Belongs here: follower books and what is made of them, end to end. Never here: people in a product (test_people.py).
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.worlds import World

HEADER = "metric,day,value"


def told(metric: str, values: dict[str, int]) -> list[str]:
    return [f"{metric},{day},{value}" for day, value in values.items()]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """full tells everything and loses 50 fans to a purge; totals tells only closings; flows only who came and went; douyin and toutiao are
    two networks of one house; corrected takes a closing back; steady has two whole months."""
    world = World(tmp_path_factory.mktemp("followers") / "home", as_of=date(2026, 3, 20))
    for account, platform in [("full", "wechat"), ("totals", "weibo"), ("flows", "zhihu"), ("dou", "douyin"), ("tou", "toutiao"),
                              ("corrected", "wechat"), ("steady", "x")]:  # fmt: skip
        world.account(account, platform=platform)
    world.drop("full", "counts_full.csv", [
        HEADER,
        *told("followers_total", {"2026-03-01": 1000, "2026-03-02": 1010, "2026-03-03": 960, "2026-03-05": 970, "2026-03-06": 975}),
        *told("followers_gained", {"2026-03-02": 15, "2026-03-03": 5, "2026-03-05": 4, "2026-03-06": 9}),
        *told("followers_lost", {"2026-03-02": 5, "2026-03-03": 5, "2026-03-05": 1, "2026-03-06": 4}),
    ], "2026-03-08")  # fmt: skip
    world.drop("totals", "counts_totals.csv", [HEADER, *told("followers_total", {"2026-03-01": 50, "2026-03-02": 47})], "2026-03-08")
    world.drop("flows", "counts_flows.csv", [
        HEADER, *told("followers_gained", {"2026-03-01": 3, "2026-03-02": 0}), *told("followers_lost", {"2026-03-01": 1, "2026-03-02": 0}),
    ], "2026-03-08")  # fmt: skip
    world.drop("dou", "counts_dou.csv", [HEADER, *told("followers_total", {"2026-03-01": 900})], "2026-03-08")
    world.drop("tou", "counts_tou.csv", [HEADER, *told("followers_total", {"2026-03-01": 300, "2026-03-02": 310})], "2026-03-08")
    moves = [*told("followers_gained", {"2026-03-02": 2}), *told("followers_lost", {"2026-03-02": 1})]
    world.drop("corrected", "counts_c.csv", [HEADER, *told("followers_total", {"2026-03-01": 100, "2026-03-02": 130}), *moves], "2026-03-04")
    world.drop("corrected", "counts_c.csv", [HEADER, *told("followers_total", {"2026-03-01": 100, "2026-03-02": 101}), *moves], "2026-03-08")
    days = [date.fromordinal(n).isoformat() for n in range(date(2025, 12, 31).toordinal(), date(2026, 3, 1).toordinal())]
    world.drop("steady", "counts_steady.csv", [
        HEADER, *told("followers_total", {day: 200 + n for n, day in enumerate(days)}),
        *told("followers_lost", {day: 2 for day in days if day != "2026-02-10"}),
    ], "2026-03-08")  # fmt: skip
    world.night()
    return world


def ledger(world: World, account: str) -> list[tuple[Any, ...]]:
    rows = world.ask(
        "select day(day), opening, gained, lost, closing, net, residual, missing_reason from follower_ledger where account_id = ? order by day",
        account,
    )
    return [tuple(int(cell) if isinstance(cell, Decimal) else cell for cell in row) for row in rows]


class TestTheLedger:
    def test_a_purge_is_a_residual_and_a_day_left_out_is_a_row(self, world: World) -> None:
        assert ledger(world, "full") == [
            (1, None, None, None, 1000, None, None, "first_snapshot"),
            (2, 1000, 15, 5, 1010, 10, 0, None),
            (3, 1010, 5, 5, 960, -50, 50, None),
            (4, 960, None, None, None, None, None, "not_reported"),
            (5, 960, 4, 1, 970, None, None, "not_reported"),
            (6, 970, 9, 4, 975, 5, 0, None),
        ]

    def test_closings_alone_give_the_net_and_never_who_came_or_went(self, world: World) -> None:
        assert ledger(world, "totals")[1] == (2, 50, None, None, 47, -3, None, "not_reported")

    def test_flows_alone_give_no_audience(self, world: World) -> None:
        assert ledger(world, "flows") == [
            (1, None, 3, 1, None, None, None, "no_snapshot"),
            (2, None, 0, 0, None, None, None, "no_snapshot"),
        ]

    def test_a_closing_that_the_platform_corrected_counts_as_corrected(self, world: World) -> None:
        assert ledger(world, "corrected")[1] == (2, 100, 2, 1, 101, 1, 0, None)

    def test_what_does_not_balance_is_told_and_does_not_stop_the_night(self, world: World) -> None:
        rows = world.ask("select verdict, offenders, blocking from data_quality where check_name = 'follower_ledgers_balance'")
        assert rows == [("warned", 1, False)]


class TestRates:
    def test_a_month_is_measured_against_its_opening(self, world: World) -> None:
        """January: 231 of 200 on the evening before; 2 a day left. February's losses miss a day."""
        assert world.value("follower_growth_rate", "2026-01-01", "steady") == (Decimal("0.155"), None)
        assert world.value("follower_churn_rate", "2026-01-01", "steady") == (Decimal("0.31"), None)
        assert world.value("follower_growth_rate", "2026-02-01", "steady") == (Decimal("0.121212"), None)
        assert world.value("follower_churn_rate", "2026-02-01", "steady") == (None, "not_reported")
        assert world.value("follower_growth_rate", "2025-12-01", "steady") == (None, "first_snapshot")

    def test_a_month_that_is_not_over_has_none(self, world: World) -> None:
        assert world.ask("select count(*) from kpi_daily where metric = 'follower_growth_rate' and day >= '2026-03-01'") == [(0,)]

    def test_a_quarter_is_not_the_sum_of_its_months(self, world: World) -> None:
        rows = world.ask(
            "select period_kind, value, missing_reason from scorecard where profile = 'default' and metric = 'follower_growth_rate' "
            "and period_start in ('2026-01-01') order by period_kind"
        )
        assert rows == [("month", Decimal("0.155"), None), ("quarter", None, "not_additive")]


class TestLinkedNetworks:
    def test_their_followers_have_bounds_and_no_sum(self, world: World) -> None:
        rows = world.ask("select day::varchar, platform_a, platform_b, at_least, at_most, missing_reason from follower_overlap order by day")
        assert rows == [("2026-03-01", "douyin", "toutiao", 900, 1200, None)]

    def test_the_check_says_so(self, world: World) -> None:
        rows = world.ask("select verdict, blocking from data_quality where check_name = 'followers_of_linked_networks_are_not_one_number'")
        assert rows == [("warned", False)]
        checks = json.loads((world.paths.published / "manifest.json").read_text())["checks"]
        assert any(check["check_name"] == "followers_of_linked_networks_are_not_one_number" for check in checks)
