"""A report of an ad account beside one of its campaigns: nothing counts twice, and every campaign keeps its own number.

Belongs here: worlds that hold both. Never here: how either report is spelt (test_adapters_web).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds import World

ACCOUNT = ["Day,Currency code,Cost,Impr.", *(f"2026-03-0{day},CNY,{cost}.00,{cost}0" for day, cost in enumerate((100, 50, 80, 70), 1))]
CAMPAIGNS = [
    "Day,Campaign,Currency code,Cost,Impr.,Clicks",
    "2026-03-01,Spring,CNY,60.00,600,1", "2026-03-01,Tea,CNY,30.00,300,1",
    "2026-03-02,Spring,CNY,50.00,500,1",
    "2026-03-03,Spring,CNY,85.00,850,1", "2026-03-03,Tea,CNY,5.00,50,1",
    "2026-03-05,Spring,CNY,4.00,40,1", "2026-03-05,Tea,CNY,6.00,60,1",
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("campaigns") / "home")
    world.account("ads", platform="google_ads")
    world.drop("ads", "Campaign report.csv", CAMPAIGNS, "2026-03-06")
    world.drop("ads", "Account by day.csv", ACCOUNT, "2026-03-08")
    world.account("by_hand")
    world.drop("by_hand", "counts_rest.csv", ["metric,day,value", "content_reads,2026-03-01,100"], "2026-03-08")
    world.drop("by_hand", "counts_tea.csv", ["metric,day,value,campaign", "content_reads,2026-03-01,30,Tea"], "2026-03-08")
    world.night()
    return world


def test_in_our_own_format_no_campaign_is_none_and_every_number_stands(world: World) -> None:
    assert world.ask("select campaign, value::int from kpi_daily where account_id = 'by_hand' order by all") == [("", 100), ("Tea", 30)]


def test_what_campaigns_leave_over_of_their_account_is_a_line_of_its_own(world: World) -> None:
    found = world.ask("select strftime(day, '%d'), campaign, value::int from kpi_daily where metric = 'paid_spend' order by all")
    assert found == [
        ("01", "Spring", 60), ("01", "Tea", 30), ("01", "unattributed", 10),
        ("02", "Spring", 50),
        ("03", "Spring", 85), ("03", "Tea", 5),  # more than the account says: a guard names the day
        ("04", "", 70),
        ("05", "Spring", 4), ("05", "Tea", 6),
    ]  # fmt: skip
    assert world.ask("select sum(value)::int from kpi_daily where metric = 'paid_impressions'") == [(3200,)]


def test_credit_shows_each_campaigns_spend_and_all_of_it(world: World) -> None:
    spent = (
        "select member, max(spend)::int from credit where model = 'last' and dimension = 'campaign' and spend is not null group by all order by all"
    )
    assert world.ask(spent) == [("Spring", 199), ("Tea", 41), ("no_campaign", 80)]


def test_the_breakdown_shows_what_is_left_and_what_is_too_much(world: World) -> None:
    rest = "select strftime(day, '%d'), value::int from kpi_breakdown where metric = 'paid_spend' and member = 'unattributed' order by all"
    assert world.ask(rest) == [("01", 10), ("02", 0), ("03", -10)]


def test_a_guard_names_the_account_and_the_day_whose_campaigns_say_more(world: World) -> None:
    (found,) = world.ask("select verdict, offenders, message from data_quality where check_name = 'campaigns_fit_into_their_account'")
    assert found[:2] == ("warned", 2)  # money and exposures
    assert "of ads" in found[2]
    assert "from 2026-03-03 to 2026-03-03" in found[2]


def test_what_was_believed_follows_the_same_rule(world: World) -> None:
    moved = "select strftime(day, '%d'), value_before::int, value_after::int from restatements where metric = 'paid_spend' order by all"
    assert world.ask(moved) == [("01", 90, 100)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_either_may_come_first(world: World, tmp_path: Path, order: tuple[int, int]) -> None:
    other = World(tmp_path / "home")
    other.account("ads", platform="google_ads")
    reports = [("Campaign report.csv", CAMPAIGNS), ("Account by day.csv", ACCOUNT)]
    for day, number in enumerate(order):
        other.drop("ads", *reports[number], f"2026-03-1{day}")
    other.night()
    numbers = "select metric, campaign, day, value from kpi_daily where account_id = 'ads' order by all"
    assert other.ask(numbers) == world.ask(numbers)
