"""People, counted by the models and counted by hand: random worlds, published examples, and eighteen months of real customers.

Belongs here: what is true of retention, growth and frequency end to end. Never here: one model's arithmetic, which stands beside it.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.brute_people import Crowd
from tests.worlds import World

KINDS = ("day", "week", "month")
AS_OF = date(2026, 3, 20)
COMPLETE = date(2026, 3, 14)  # the exports are of the 15th


def visits_of(account: str, seed: int) -> list[tuple[str, datetime, float | None]]:
    """(person, instant, seconds) of three months: a few regulars, many who come once, instants exactly thirty minutes apart among them."""
    chance = random.Random(f"{account} {seed}")
    rows: list[tuple[str, datetime, float | None]] = []
    for number in range(chance.randint(12, 25)):
        person = f"person{chance.randint(1, 40) if account != 'lonely' else number}"
        day = date(2025, 12, 20) + timedelta(days=chance.randint(0, 80))
        for _ in range(chance.choice([1, 1, 2, 5, 30])):
            at = datetime(day.year, day.month, day.day, chance.randint(0, 23), chance.choice([0, 30, 59]), chance.choice([0, 0, 1]))
            rows.append((person, at, chance.choice([None, None, 5.0, 61.5])))
            day += timedelta(days=chance.choice([0, 0, 1, 1, 2, 7, 31]))
            if day > COMPLETE:
                break
    return list({(person, at): (person, at, seconds) for person, at, seconds in rows}.values())


class Truth:
    """What was dropped, as crowds: each account's own, and the company's, in which everybody is one person."""

    def __init__(self) -> None:
        self.rows = {account: visits_of(account, 7) for account in ("app", "site", "lonely")}
        self.crowds = {account: self.crowd({account: rows}) for account, rows in self.rows.items()}
        self.crowds["company"] = self.crowd(self.rows)

    @staticmethod
    def crowd(accounts: Mapping[str, list[tuple[str, datetime, float | None]]]) -> Crowd:
        days: dict[str, set[date]] = defaultdict(set)
        instants: dict[str, list[datetime]] = defaultdict(list)
        seconds: dict[tuple[str, date], float] = defaultdict(float)
        for account, rows in accounts.items():
            for person, at, spent in rows:
                days[person].add(at.date())
                instants[f"{account} {person}"].append(at)  # a visit is to one account
                if spent is not None:
                    seconds[person, at.date()] += spent
        return Crowd(days, COMPLETE, instants, seconds)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth()


@pytest.fixture(scope="module")
def world(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three accounts with activity (the same persons in two of them), and one with two people whose returns are published examples."""
    world = World(tmp_path_factory.mktemp("people") / "home", as_of=AS_OF)
    for account, rows in truth.rows.items():
        world.account(account, platform="app", surface="product")
        lines = [f"{person},{at.isoformat(sep=' ')},{'' if spent is None else spent}" for person, at, spent in rows]
        world.drop(account, "activity.csv", ["person,at,seconds", *lines], (COMPLETE + timedelta(days=1)).isoformat())
    world.night()
    return world


@pytest.mark.parametrize("account", ["app", "site", "lonely", "company"])
@pytest.mark.parametrize("kind", KINDS)
class TestAgainstCountingByHand:
    def test_cohorts(self, world: World, truth: Truth, account: str, kind: str) -> None:
        rows = world.ask(
            "select cohort_start, period_number, definition, cohort_size, retained, is_mature from retention_cohorts "
            "where account_id = ? and period_kind = ?", account, kind,
        )  # fmt: skip
        wanted = sorted(truth.crowds[account].cohorts(kind))
        assert len(wanted) > 10
        assert sorted(rows) == wanted

    def test_growth(self, world: World, truth: Truth, account: str, kind: str) -> None:
        rows = world.ask(
            "select period_start, new_users, retained, resurrected, churned, active, is_complete from growth_accounting "
            "where account_id = ? and period_kind = ?", account, kind,
        )  # fmt: skip
        assert sorted(rows) == list(truth.crowds[account].growth(kind))

    def test_frequency_and_time(self, world: World, truth: Truth, account: str, kind: str) -> None:
        crowd = truth.crowds[account]
        visits, dwell = crowd.visits(kind), crowd.dwell(kind)
        rows = world.ask(
            "select period_start, active, visits, visits_per_person, seconds, people_timed, seconds_per_person, stickiness "
            "from activity_summary where account_id = ? and period_kind = ?", account, kind,
        )  # fmt: skip
        assert len(rows) == len(list(crowd.growth(kind)))
        for period, active, seen_visits, frequency, seconds, timed, mean, stickiness in rows:
            assert seen_visits == visits[period], period
            assert frequency == (visits[period] / active if active else None)
            assert (float(seconds), timed) == dwell.get(period, (0, 0))
            assert mean == (pytest.approx(float(seconds) / timed) if timed else None)
            wanted = crowd.stickiness(kind, period)
            assert stickiness == (None if wanted is None else pytest.approx(wanted))


class TestTheCompany:
    def test_nobody_is_counted_twice(self, world: World) -> None:
        parts, whole = (
            world.ask(f"select sum(new_users) from growth_accounting where period_kind = 'day' and account_id {which}")[0][0]
            for which in ("!= 'company'", "= 'company'")
        )
        assert whole < parts

    def test_it_has_no_row_among_the_accounts_metrics(self, world: World) -> None:
        assert world.ask("select count(*) from kpi_daily where account_id = 'company'") == [(0,)]

    def test_an_account_may_not_take_its_name(self, tmp_path: Path) -> None:
        world = World(tmp_path / "home")
        world.account("company")
        with pytest.raises(Exception, match="all accounts together"):
            world.night()


class TestTheCatalogueSaysTheSame:
    @pytest.mark.parametrize(
        ("metric", "kind", "column"),
        [
            ("active_users_day", "day", "active"),
            ("active_users_month", "month", "active"),
            ("visit_frequency", "week", "visits_per_person"),
            ("avg_dwell_seconds", "day", "seconds_per_person"),
        ],
    )
    def test_metric_by_metric(self, world: World, metric: str, kind: str, column: str) -> None:
        told = world.ask("select account_id, day, value from kpi_daily where metric = ? and value is not null", metric)
        summed = world.ask(
            f"select account_id, period_start, cast(round({column}, 6) as decimal(38, 6)) from activity_summary "
            f"where period_kind = ? and account_id != 'company' and is_complete and {column} is not null", kind,
        )  # fmt: skip
        assert told
        assert sorted(told) == sorted(summed)

    def test_a_week_is_no_day(self, world: World) -> None:
        kinds = world.ask("select distinct period_kind from scorecard where metric = 'visit_frequency'")
        assert {row[0] for row in kinds} == {"week", "month", "quarter"}


@pytest.fixture(scope="module")
def customers(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """CDNOW three times: as it is; with weeks that begin, as in the published table, on 1 January (moved to a Monday); and its calibration
    period alone. A site's raw events, and two accounts after examples that vendors publish for rolling retention."""
    world = World(tmp_path_factory.mktemp("customers") / "home", time_zone="UTC", currency="USD")
    rows = [line.split() for line in (exports / "cdnow_sample" / "CDNOW_sample.txt").read_text().split("\n") if line.strip()]
    for account, shift, until in [("cdnow", 0, "99999999"), ("cdnow_weeks", 2, "99999999"), ("cdnow_calibration", 0, "19970930")]:
        world.account(account, platform="shop", surface="product", zone="UTC", currency="USD")
        lines = [
            f"{n},{master},{datetime.strptime(day, '%Y%m%d').date() - timedelta(days=shift)},{dollars},USD"
            for n, (master, _, day, _, dollars) in enumerate(rows)
            if day <= until
        ]
        world.drop(account, "orders.csv", ["order,person,at,value,currency", *lines])
    with (exports / "snowplow_web_events_with_expected" / "snowplow_web_events.csv").open(encoding="utf-8") as file:
        events = [row for row in csv.DictReader(file) if row["domain_userid"]]
    for account, wanted in [("visitors", "domain_userid"), ("visits", "domain_sessionid")]:
        world.account(account, platform="website", surface="product", zone="UTC")
        lines = [f"{row['domain_userid']},{row['collector_tstamp']},{row['domain_sessionid']}" for row in events if row[wanted]]
        world.drop(account, "activity.csv", ["person,at,session", *lines])
    world.account("gameofwhales", platform="app", surface="product", zone="UTC")
    world.drop("gameofwhales", "activity.csv", ["person,at", "player,2025-09-01 10:00:00", "player,2025-09-03 10:00:00",
                                                "player,2025-09-09 10:00:00"], "2025-10-01")  # fmt: skip
    world.account("devtodev", platform="app", surface="product", zone="UTC")
    returns = [("one", 0), ("two", 0), ("one", 14), ("one", 45), ("two", 44)]
    world.drop("devtodev", "activity.csv", ["person,at", *(f"{who},{date(2025, 6, 1) + timedelta(days=n)} 12:00:00" for who, n in returns)],
               "2025-10-01")  # fmt: skip
    world.night(as_of=date(2026, 3, 20))
    return world


def known(exports: Path, name: str) -> Mapping[str, Any]:
    return json.loads((exports / name / "expected.json").read_text())


class TestCdnow:
    def cohorts(self, world: World, account: str, kind: str, definition: str) -> list[tuple[Any, ...]]:
        return world.ask(
            "select cohort_start, cohort_size, list(retained order by period_number) from retention_cohorts "
            "where account_id = ? and period_kind = ? and definition = ? group by all order by all", account, kind, definition,
        )  # fmt: skip

    def test_monthly_cohorts(self, customers: World, exports: Path) -> None:
        rows = self.cohorts(customers, "cdnow", "month", "classic")
        told = {f"{month:%Y-%m}": {"size": size, "active_by_offset": active} for month, size, active in rows}
        assert told == known(exports, "cdnow_sample")["monthly_cohorts"]

    def test_weekly_cohorts(self, customers: World, exports: Path) -> None:
        rows = self.cohorts(customers, "cdnow_weeks", "week", "classic")
        told = {f"w{n:02}": {"size": size, "active_by_offset": active} for n, (_, size, active) in enumerate(rows)}
        assert told == known(exports, "cdnow_sample")["weekly_cohorts"]

    def test_customers_and_those_who_came_again(self, customers: World, exports: Path) -> None:
        answers = known(exports, "cdnow_sample")
        for account, wanted in [("cdnow", answers["repeat_customers"]), ("cdnow_calibration", answers["customers_with_repeat_in_calibration"])]:
            rows = self.cohorts(customers, account, "day", "rolling")
            assert sum(size for _, size, _ in rows) == answers["customers"]
            assert sum(retained[1] for _, _, retained in rows) == wanted
        assert max(day for day, _, _ in self.cohorts(customers, "cdnow", "day", "classic")).isoformat() == answers["last_first_purchase"]

    def test_customer_days(self, customers: World, exports: Path) -> None:
        rows = customers.ask("select sum(active) from growth_accounting where account_id = 'cdnow' and period_kind = 'day'")
        assert rows == [(known(exports, "cdnow_sample")["customer_day_pairs"],)]


class TestPublishedExamples:
    def rolling(self, world: World, account: str) -> list[int]:
        rows = world.ask(
            "select list(retained order by period_number) from retention_cohorts "
            "where account_id = ? and period_kind = 'day' and definition = 'rolling'", account,
        )  # fmt: skip
        return list(rows[0][0])

    def test_a_return_counts_for_its_day_and_for_all_before(self, customers: World) -> None:
        """Joined on 1 September, played on the 3rd and the 9th: rolling retention holds on every day up to the eighth, and ends there."""
        assert self.rolling(customers, "gameofwhales")[:12] == [1] * 9 + [0] * 3

    def test_whoever_comes_later_counts_too(self, customers: World) -> None:
        """One came back on day 14 and on day 45, the other on day 44: both count for day 14."""
        rolling = self.rolling(customers, "devtodev")
        assert (rolling[14], rolling[44], rolling[45], rolling[46]) == (2, 2, 1, 0)
        classic = customers.ask(
            "select period_number, retained from retention_cohorts where account_id = 'devtodev' and period_kind = 'day' "
            "and definition = 'classic' and retained > 0 order by 1"
        )
        assert classic == [(0, 2), (14, 1), (44, 1), (45, 1)]

    def test_sessions_and_visitors_of_raw_events(self, customers: World, exports: Path) -> None:
        """The published count of visitors has the blank one in it. A visit is one person's: two sessions of this file have two."""
        answers = known(exports, "snowplow_web_events_with_expected")
        with (exports / "snowplow_web_events_with_expected" / "snowplow_web_events.csv").open(encoding="utf-8") as file:
            pairs = {(row["domain_userid"], row["domain_sessionid"]) for row in csv.DictReader(file)}
        visits = {pair for pair in pairs if all(pair)}
        rows = customers.ask("select sum(visits) from activity_summary where account_id = 'visits' and period_kind = 'day'")
        assert rows == [(len(visits),)]
        rows = customers.ask("select sum(new_users) from growth_accounting where account_id = 'visitors' and period_kind = 'month'")
        assert rows == [(answers["distinct_domain_userids"] - 1,)]
