"""The law at work: who answers for what, in worlds small enough to work out by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.night import Held
from tests.worlds import World


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> World:
    """An article that a million people read and nobody bought from; and its mirror, ten readers and ten orders.

    One social account, one shop, one advertising account; a reorganisation in March; a day nobody exported.
    """
    world = World(tmp_path_factory.mktemp("million") / "home", as_of=__import__("datetime").date(2026, 3, 20))
    world.account("press_room")
    world.account("video", platform="youtube")
    world.account("shop", platform="shop", surface="product")
    world.account("ads", platform="ads")
    world.drop("press_room", "counts_march.csv", [
        "metric,day,value,campaign",
        "content_reads,2026-03-02,1000000,spring_story",
        "content_reads,2026-03-03,10,coupon",
        "content_reads,2026-03-03,250,",
        "followers_total,2026-03-02,5000,",
        "followers_total,2026-03-04,5300,",
        "followers_total,2026-03-10,6000,",
        "reach_unique,2026-03-02,900,",
        "reach_unique,2026-03-03,950,",
    ], "2026-03-19")  # fmt: skip
    world.drop("video", "counts_march.csv", [
        "metric,day,value",
        "content_reads,2026-03-03,40",
        "followers_total,2026-03-02,100",
        "followers_total,2026-03-03,110",
        "reach_unique,2026-03-03,50",
    ], "2026-03-19")  # fmt: skip
    orders = ["order,person,at,value,currency,status", "o1,ann,2026-03-01T10:00:00+08:00,100.50,CNY,paid"]
    orders += [f"c{n},buyer{n},2026-03-03T1{n % 10}:00:00+08:00,20.00,CNY,paid" for n in range(10)]
    orders += ["o3,bob,2026-03-05T10:00:00+08:00,80.00,CNY,refunded", "o4,bob,2026-03-06T23:59:59+08:00,10.01,CNY,paid"]
    world.drop("shop", "orders_march.csv", orders, "2026-03-10")
    touches = ["person,at,source,medium,campaign", "zoe,2026-03-02T09:00:00+08:00,wechat,social,spring_story"]
    touches += [f"buyer{n},2026-03-03T09:00:00+08:00,wechat,social,coupon" for n in range(10)]
    world.drop("shop", "touches_march.csv", touches, "2026-03-10")
    world.drop("ads", "counts_ads.csv", [
        "metric,day,value,campaign,currency",
        "paid_spend,2026-03-02,300.00,spring_story,CNY",
        "paid_spend,2026-03-03,50.00,coupon,CNY",
        "paid_impressions,2026-03-02,60000,spring_story,",
        "paid_impressions,2026-03-03,0,coupon,",
    ], "2026-03-19")  # fmt: skip
    world.account("desk", platform="desk", surface="product")
    world.drop("desk", "cases_march.csv", [
        "case,kind,opened_at,answered_at,is_auto_reply",
        "1,mention,2026-03-02T10:00:00+08:00,2026-03-02T10:15:00+08:00,",
        "2,mention,2026-03-02T10:00:00+08:00,2026-03-02T10:15:01+08:00,",
        "3,mention,2026-03-02T10:00:00+08:00,,",
        "4,mention,2026-03-03T10:00:00+08:00,2026-03-03T10:00:01+08:00,true",
        "5,mention,2026-03-04T10:00:00+08:00,2026-03-04T10:01:00+08:00,false",
    ], "2026-03-10")  # fmt: skip
    world.table("ownership.csv", [
        "profile,function,department,role,share,valid_from,valid_to,reason,approved_by",
        "default,new_media,marketing,accountable,,,2026-03-03,,",
        "default,new_media,operations,accountable,,2026-03-03,,new media moves to operations,the chief executive",
    ])  # fmt: skip
    world.table("targets.csv", [
        "profile,department,metric,period_kind,period_start,target",
        "default,operations,orders,month,2026-03-01,24",
        "default,operations,orders,month,2026-04-01,30",
    ])  # fmt: skip
    world.night()
    return world


class TestTheMillionReads:
    def test_marketing_has_its_million(self, million: World) -> None:
        assert million.value("content_reads", "2026-03-02", "press_room", "spring_story") == (1_000_000, None)
        assert million.owner("content_reads", "2026-03-02") == {"marketing"}

    def test_operations_have_a_measured_zero_that_day(self, million: World) -> None:
        assert million.value("orders", "2026-03-02") == (0, None)
        assert million.value("revenue", "2026-03-02") == (0, None)
        assert million.owner("orders", "2026-03-02") == {"operations"}

    def test_return_on_its_spend_is_unknown_and_says_why(self, million: World) -> None:
        rows = million.ask(
            "select distinct conversions, spend, roas, missing_reason from credit "
            "where dimension = 'campaign' and member = 'spring_story' and conversion_type = 'first_order'"
        )
        assert rows == [(0.0, Decimal("300"), None, "no_conversions")]

    def test_it_alarms_nobody(self, million: World) -> None:
        assert million.ask("select check_name from data_quality where blocking and verdict != 'passed'") == []

    def test_the_mirror_is_full_for_operations_and_small_for_marketing(self, million: World) -> None:
        assert million.value("content_reads", "2026-03-03", "press_room", "coupon") == (10, None)
        assert million.value("orders", "2026-03-03") == (10, None)
        assert million.ask(
            "select distinct conversions, value, roas from credit "
            "where dimension = 'campaign' and member = 'coupon' and conversion_type = 'first_order'"
        ) == [(10.0, Decimal("200"), 4.0)]

    def test_what_marketing_touched_is_an_assist_and_in_nobodys_total(self, million: World) -> None:
        assisted = million.ask("select sum(assisted_conversions) from assists where profile = 'A' and department = 'unassigned'")
        assert assisted == [(10,)]
        assert million.ask("select sum(value) from scorecard where profile = 'A' and metric = 'orders' and period_kind = 'month'") == [(12,)]


class TestAbsenceIsNotZero:
    def test_a_day_left_out_is_missing_with_its_reason(self, million: World) -> None:
        assert million.value("followers_total", "2026-03-03", "press_room") == (None, "not_reported")

    def test_nothing_is_filled_before_the_first_record_or_after_the_last_complete_day(self, million: World) -> None:
        assert million.value("orders", "2026-02-28") is None
        assert million.value("orders", "2026-03-09") == (0, None)
        assert million.value("orders", "2026-03-10") is None

    def test_a_cost_per_nothing_has_no_value(self, million: World) -> None:
        assert million.value("cpm", "2026-03-03", "ads", "coupon") == (None, "no_denominator")
        assert million.value("cpm", "2026-03-02", "ads", "spring_story") == (Decimal(5), None)

    def test_refunded_orders_are_neither_orders_nor_revenue(self, million: World) -> None:
        assert million.value("orders", "2026-03-05") == (0, None)
        assert million.value("revenue", "2026-03-06") == (Decimal("10.01"), None)


class TestAddingUp:
    def score(self, world: World, metric: str, kind: str, start: str, department: str) -> tuple[object, ...]:
        rows = world.ask(
            "select value, missing_reason from scorecard where profile = 'default' and metric = ? and period_kind = ? and period_start = ? "
            "and department = ?", metric, kind, start, department)  # fmt: skip
        assert len(rows) == 1
        return rows[0]

    def test_reads_add_up_and_split_at_the_day_of_the_reorganisation(self, million: World) -> None:
        assert self.score(million, "content_reads", "month", "2026-03-01", "marketing") == (1_000_000, None)
        assert self.score(million, "content_reads", "month", "2026-03-01", "operations") == (300, None)

    def test_people_reached_are_never_summed_over_days_or_accounts(self, million: World) -> None:
        assert self.score(million, "reach_unique", "day", "2026-03-02", "marketing") == (900, None)
        assert self.score(million, "reach_unique", "day", "2026-03-03", "operations") == (None, "not_additive")
        assert self.score(million, "reach_unique", "month", "2026-03-01", "marketing") == (None, "not_additive")

    def test_a_month_of_followers_is_the_last_known_stock_of_who_owned_it_last(self, million: World) -> None:
        assert self.score(million, "followers_total", "month", "2026-03-01", "operations") == (6110, None)
        assert self.score(million, "followers_total", "month", "2026-03-01", "marketing") == (None, "owner_changed")

    def test_targets_meet_their_numbers_and_wait_for_those_that_never_came(self, million: World) -> None:
        rows = million.ask(
            "select period_start::varchar, value, target, attainment, missing_reason from scorecard where target is not null order by 1"
        )
        assert rows == [("2026-03-01", 12, 24.0, 0.5, None), ("2026-04-01", None, 30.0, None, "not_fed")]

    def test_every_profile_adds_up_to_the_same_company(self, million: World) -> None:
        totals = million.ask(
            "select metric, currency, sum(value) from owned_kpi_daily where role = 'accountable' and aggregation = 'additive' "
            "group by profile, metric, currency"
        )
        assert len({row[0] for row in totals}) == len(set(totals))


class TestTheQuarterOfAnHour:
    """Fifteen minutes by the wall clock: exactly 15:00 is met, silence and machines are not."""

    def test_by_day(self, million: World) -> None:
        rate = (
            "select day::varchar, numerator, denominator from kpi_daily "
            "where metric = 'reply_within_15m_rate' and denominator is not null order by day"
        )
        assert million.ask(rate) == [("2026-03-02", 1, 3), ("2026-03-03", 0, 1), ("2026-03-04", 1, 1)]

    def test_a_month_is_met_over_all_and_not_the_mean_of_days(self, million: World) -> None:
        rows = million.ask(
            "select value, missing_reason from scorecard where profile = 'default' and metric = 'reply_within_15m_rate' and period_kind = 'month'"
        )
        assert rows == [(Decimal("0.4"), None)]

    def test_a_day_without_a_mention_has_no_rate(self, million: World) -> None:
        assert million.value("reply_within_15m_rate", "2026-03-06") == (None, "no_denominator")


class TestTime:
    def test_the_day_of_an_order_is_the_companys_day(self, million: World) -> None:
        # 23:59:59 in Shanghai is the afternoon in UTC and still the sixth of March
        assert million.value("orders", "2026-03-06") == (1, None)

    def test_a_reorganisation_changes_no_owner_before_its_date(self, million: World) -> None:
        assert million.owner("content_reads", "2026-03-02") == {"marketing"}
        assert million.owner("content_reads", "2026-03-03") == {"operations"}

    def test_the_rule_behind_a_number_is_a_line_somebody_wrote(self, million: World) -> None:
        rows = million.ask(
            "select distinct ownership_rule, reason, approved_by from owned_kpi_daily where profile = 'default' and metric = 'content_reads' "
            "and day = date '2026-03-03' and role = 'accountable'"
        )
        assert rows == [("company/ownership.csv:3", "new media moves to operations", "the chief executive")]


class TestHeldNights:
    def test_an_owner_against_the_law_without_a_reason_holds_the_night_and_changes_nothing(self, million: World, tmp_path: Path) -> None:
        before = {path.name: path.read_bytes() for path in million.paths.published.iterdir() if path.is_file()}
        ownership = (million.paths.company / "ownership.csv").read_text()
        million.table("ownership.csv", [
            "profile,function,department,role,share,valid_from,valid_to,reason,approved_by",
            "default,new_media,operations,accountable,,,,,",
        ])  # fmt: skip
        try:
            with pytest.raises(Held, match="only_lawful_owners"):
                million.night()
        finally:
            (million.paths.company / "ownership.csv").write_text(ownership)
        assert {path.name: path.read_bytes() for path in million.paths.published.iterdir() if path.is_file()} == before
