"""One night over exports that nobody here wrote; the published numbers equal what an independent calculation says of the same files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import World


@pytest.fixture(scope="module")
def real(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A YouTube channel, a Facebook page, a web shop's events and CDNOW's orders, dropped as they came."""
    world = World(tmp_path_factory.mktemp("real") / "home", time_zone="UTC", currency="USD")
    world.account("codingtrain", platform="youtube", zone="America/Los_Angeles", currency="USD")
    world.account("page", platform="facebook", zone="America/Los_Angeles", currency="USD")
    world.account("merch", platform="ga4", surface="product", zone="America/Los_Angeles", currency="USD")
    world.account("cdnow", platform="shop", surface="product", zone="UTC", currency="USD")
    youtube = exports / "youtube_studio_codingtrain"
    for account, file in [
        ("codingtrain", youtube / "Totals.csv"),
        ("codingtrain", youtube / "Chart data.csv"),
        ("codingtrain", youtube / "Table data.csv"),
        ("page", exports / "fivetran_social_media_seeds" / "facebook_pages_daily_page_metrics_total_data.csv"),
        ("merch", exports / "ga4_merch_store_sample" / "ga4_events_sampled.snappy.parquet"),
    ]:
        target = world.drop(account, file.name, b"")
        shutil.copyfile(file, target)
    lines = (exports / "cdnow_sample" / "CDNOW_sample.txt").read_text().split("\n")
    rows = [line.split() for line in lines if line.strip()]
    world.drop("cdnow", "orders_cdnow.csv", [
        "order,person,at,value,currency",
        *(f"{n},{master},{day[:4]}-{day[4:6]}-{day[6:]},{dollars},USD" for n, (master, _, day, _, dollars) in enumerate(rows)),
    ])  # fmt: skip
    world.night(as_of=date(2026, 11, 22), now=datetime(2026, 11, 22, 3, 0))
    return world


def expected(exports: Path, name: str) -> Mapping[str, Any]:
    return json.loads((exports / name / "expected.json").read_text())


class TestYouTubeStudio:
    def test_daily_views_are_the_totals_and_the_breakdown_is_not_added_to_them(self, real: World, exports: Path) -> None:
        known = expected(exports, "youtube_studio_codingtrain")
        rows = real.ask("select sum(value), count(value), min(day), max(day), max(value) from kpi_daily where account_id = 'codingtrain'")
        assert rows == [(known["totals_csv_sum_views"], known["days"], date(2020, 12, 31), date(2021, 12, 30), known["max_day"][1])]

    def test_months_add_up_as_the_platform_says(self, real: World, exports: Path) -> None:
        known = expected(exports, "youtube_studio_codingtrain")["monthly_views_from_totals"]
        rows = real.ask(
            "select strftime(period_start, '%Y-%m'), value from scorecard "
            "where profile = 'default' and metric = 'video_plays' and period_kind = 'month' and value is not null"
        )
        assert dict(rows) == known

    def test_a_table_without_days_is_refused_with_what_to_drop_instead(self, real: World) -> None:
        rows = real.ask("select status, reason, message, physical_records, quarantined from files where source_file like '%Table data.csv'")
        assert rows[0][:2] == ("refused", "no_day")
        assert "Totals.csv" in rows[0][2]
        assert rows[0][3] == rows[0][4] == 202


class TestFacebookPage:
    def test_fans_are_a_stock_and_their_moves_are_flows(self, real: World, exports: Path) -> None:
        known = expected(exports, "fivetran_social_media_seeds")["facebook_page_daily"]
        fans = real.ask("select day::varchar, value from kpi_daily where metric = 'followers_total' and account_id = 'page' and value is not null")
        assert dict(fans) == known["page_fans_values_by_date (cumulative, never sum)"]
        for metric, key in [
            ("followers_gained", "page_fan_adds"),
            ("followers_lost", "page_fan_removes"),
            ("impressions_total", "page_impressions"),
        ]:
            assert real.ask("select sum(value) from kpi_daily where metric = ? and account_id = 'page'", metric) == [(known[key],)]

    def test_the_day_between_the_exports_days_is_missing_not_zero(self, real: World) -> None:
        assert real.value("followers_total", "2020-04-08", "page") == (None, "not_reported")

    def test_the_ledger_opens_with_the_evening_before(self, real: World) -> None:
        rows = real.ask("select opening, gained, lost, closing, residual from follower_ledger where account_id = 'page' and day = date '2020-04-06'")
        assert rows[0][0] == 256
        assert rows[0][3] == 257
        assert rows[0][4] == rows[0][0] + rows[0][1] - rows[0][2] - rows[0][3]


class TestGa4Events:
    def test_people_sessions_orders_and_money(self, real: World, exports: Path) -> None:
        known = expected(exports, "ga4_merch_store_sample")
        sums = dict(real.ask("select metric, sum(value) from kpi_daily where account_id = 'merch' group by metric"))
        assert sums["sessions"] == known["sessions"]
        assert sums["new_users"] == known["users"]
        assert sums["orders"] == known["purchases"]
        assert sums["revenue"] == Decimal(known["purchase_revenue_usd"])

    def test_every_event_is_accounted_for(self, real: World, exports: Path) -> None:
        rows = real.ask("select physical_records, accepted, quarantined, superseded from files where account_id = 'merch'")
        assert rows == [(expected(exports, "ga4_merch_store_sample")["events"],) * 2 + (0, 0)]

    def test_all_ninety_two_days_are_there(self, real: World, exports: Path) -> None:
        assert real.ask("select count(*) from kpi_daily where account_id = 'merch' and metric = 'active_users_day' and value > 0") == [
            (expected(exports, "ga4_merch_store_sample")["dates"],)
        ]


class TestCdnow:
    def test_orders_and_dollars(self, real: World, exports: Path) -> None:
        known = expected(exports, "cdnow_sample")
        sums = dict(real.ask("select metric, sum(value) from kpi_daily where account_id = 'cdnow' group by metric"))
        assert sums["orders"] == known["transactions"]
        assert sums["revenue"] == Decimal(known["total_dollars"])

    def test_revenue_by_month(self, real: World, exports: Path) -> None:
        rows = real.ask(
            "select strftime(day, '%Y-%m'), sum(value) from kpi_daily where account_id = 'cdnow' and metric = 'revenue' group by all order by all"
        )
        assert {month: f"{value:.2f}" for month, value in rows} == expected(exports, "cdnow_sample")["revenue_by_month"]

    def test_monthly_cohorts(self, real: World, exports: Path) -> None:
        rows = real.ask(
            "select strftime(cohort_start, '%Y-%m'), cohort_size, list(retained order by period_number) from retention_cohorts "
            "where account_id = 'cdnow' and period_kind = 'month' and definition = 'classic' group by all order by all"
        )
        known = expected(exports, "cdnow_sample")["monthly_cohorts"]
        assert {month: {"size": size, "active_by_offset": active} for month, size, active in rows} == known


def test_nothing_received_is_unaccounted_for(real: World) -> None:
    assert real.ask("select count(*) from files where physical_records != accepted + quarantined + superseded") == [(0,)]
    assert real.ask("select count(*) from files where physical_records > 0") == [(6,)]
