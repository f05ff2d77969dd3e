"""Anomalies: faults planted into quiet, made-up and real series are found by kind; whatever is only a success holds nobody's night.

Belongs here: precision and recall of the very SQL that the night runs, and what a night does with a slip, a burst and a signature.
Never here: the thresholds (seeds), the arithmetic (models).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from pipelines.night import Held
from tests.conftest import REPOSITORY
from tests.worlds import World

MODELS = REPOSITORY / "dbt_project" / "models"
SEEDS = REPOSITORY / "dbt_project" / "seeds"
COLUMNS = "metric, account_id, campaign, day, value, unit, aggregation, is_provisional, received_at, source_file, numerator"


def judged(con: duckdb.DuckDBPyConnection) -> None:
    """Run the models over the table `int_kpi` of this connection: their own text, with tables in the place of dbt's references."""
    for seed in ("anomaly_rules", "unit_factors", "acknowledged", "metrics"):
        day = ", types = {'day': 'date', 'approved_by': 'varchar'}" if seed == "acknowledged" else ""
        con.execute(f"create or replace table rules_{seed} as from read_csv('{SEEDS / seed}.csv', header = true{day})")
    con.execute("create or replace table run_inputs as select max(day) + 1 as as_of from int_kpi")
    con.execute("create or replace table rules_metrics as select distinct metric, null as numerator, null as measure, 'up' as direction from int_kpi")
    con.execute("create table if not exists int_follower_ledger (account_id varchar, day date, lost decimal(38,0))")
    for place in ("intermediate/int_anomaly_series", "intermediate/int_anomaly_levels", "intermediate/int_anomaly_counters", "marts/anomalies"):
        sql = (MODELS / f"{place}.sql").read_text()
        sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", sql)
        sql = re.sub(r"\{\{ source\('(\w+)', '(\w+)'\) \}\}", r"\1_\2", sql)
        assert "{{" not in sql
        con.execute(f"create or replace table {Path(place).name} as {sql}")


class Series:
    """Daily numbers of one metric of one account, to plant a fault into."""

    def __init__(self, metric: str, account: str, sort: str, days: list[date], values: Any) -> None:
        self.metric, self.account, self.sort, self.days, self.values = metric, account, sort, days, np.asarray(values, dtype=float)

    def rows(self, account: str, values: Any) -> list[tuple[Any, ...]]:
        unit, aggregation = ("money", "additive") if self.sort == "money" else ("x", self.sort)
        return [
            (self.metric, account, "", day, float(value), unit, aggregation, False, self.days[-1], "file", None)
            for day, value in zip(self.days, values, strict=True)
            if np.isfinite(value)
        ]


def slipped(values: Any, at: int, factor: float) -> Any:
    out = values.copy()
    out[at] *= factor
    return out


def lasting(values: Any, at: int, factor: float, days: int = 8) -> Any:
    out = values.copy()
    out[at : at + days] *= factor
    return out


def cumulated(values: Any, at: int, days: int = 14) -> Any:
    out = values.copy()
    out[at : at + days] = np.cumsum(values[at : at + days])
    return out


# fault -> what is done to the numbers, the sorts it can happen to, the kinds that name it, for how many days it shows
FAULTS: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "cents for euros, one day": (lambda v, at: slipped(v, at, 100), ("money",), ("unit_slip",)),
    "percent for ratio, one day": (lambda v, at: slipped(v, at, 100), ("ratio",), ("unit_slip",)),
    "a thousand times, one day": (lambda v, at: slipped(v, at, 1000), ("money", "additive", "stock", "unique"), ("unit_slip",)),
    "a thousandth, lasting": (lambda v, at: lasting(v, at, 0.001), ("money", "stock", "unique"), ("unit_slip", "unit_change")),
    "a hundred times, lasting": (lambda v, at: lasting(v, at, 100), ("money", "additive", "stock", "ratio"), ("unit_change",)),
    "nine in ten lost, one day": (lambda v, at: slipped(v, at, 0.1), ("additive", "unique"), ("drop", "unit_slip")),
    "ten times, one day": (lambda v, at: slipped(v, at, 10), ("additive", "unique"), ("spike", "unit_slip")),
    "three times, lasting": (lambda v, at: lasting(v, at, 3, 12), ("additive",), ("level_shift",)),
    "followers fall by a fifth": (lambda v, at: np.where(np.arange(len(v)) >= at, v * 0.8, v), ("stock",), ("counter_backwards",)),
    "a counter sent as days": (cumulated, ("additive",), ("cumulative_as_daily",)),
}


# What may be missed: a share of these series scatters so much that a fault of this size is an ordinary day there.
LEAST = {
    "cents for euros, one day": 0.9,
    "percent for ratio, one day": 0.9,
    "a thousand times, one day": 0.8,
    "a thousandth, lasting": 0.9,
    "a hundred times, lasting": 0.8,
    "nine in ten lost, one day": 0.65,
    "ten times, one day": 0.65,
    "three times, lasting": 0.6,
    "followers fall by a fifth": 0.95,
    "a counter sent as days": 0.95,
}


def score(con: duckdb.DuckDBPyConnection, found: list[Series], plants: int = 2) -> dict[str, tuple[int, int]]:
    """Plant every fault into a copy of every series it can happen to; (found, planted) by fault, and what clean series gave."""
    rng, rows, planted = np.random.default_rng(20), [], []
    for one in found:
        rows += one.rows(one.account, one.values)
        for fault, (change, sorts, kinds) in FAULTS.items():
            if one.sort not in sorts:
                continue
            for nth in range(plants):
                at = int(rng.integers(len(one.values) * 2 // 3, len(one.values) - 14))
                # a unit slip in a handful of things cannot be told from a good day, and nobody is asked to
                near = one.values[max(at - 28, 0) : at + 14]
                if one.sort in ("additive", "unique") and np.nanmedian(near) < 30:
                    continue
                if not np.isfinite(one.values[at : at + 14]).all() or (near <= 0).any():
                    continue
                account = f"{one.account}|{fault}|{nth}"
                rows += one.rows(account, change(one.values, at))
                planted.append((fault, one.metric, account, one.days[at], one.days[at] + timedelta(days=13), list(kinds)))
    con.execute("create or replace table int_kpi (metric varchar, account_id varchar, campaign varchar, day date, value double, unit varchar, "
                "aggregation varchar, is_provisional boolean, received_at timestamp, source_file varchar, numerator double)")  # fmt: skip
    con.register("given", _table(rows))
    con.execute(f"insert into int_kpi select {COLUMNS} from given")
    judged(con)
    con.register("planted", _table(planted, "fault, metric, account, first, last, kinds"))
    outcome: dict[str, tuple[int, int]] = {}
    for fault, metric, account, first, last, kinds in planted:
        hit = con.execute(
            "select count(*) from anomalies where metric = ? and account_id = ? and day between ? and ? and list_contains(?, kind)",
            [metric, account, first, last, kinds],
        ).fetchone()
        hits, tried = outcome.get(fault, (0, 0))
        outcome[fault] = (hits + bool(hit and hit[0]), tried + 1)
    return outcome


def _table(rows: list[tuple[Any, ...]], columns: str = COLUMNS) -> Any:
    import pyarrow

    names = columns.split(", ")
    return pyarrow.table({name: [row[at] for row in rows] for at, name in enumerate(names)})


def false_alarms(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """On the series as they were: days that would have held the night, and days that a warning names, among all days. And of the days
    named where a fault was planted, and not named without it, the share that lie in the fault."""
    days, held, named = con.execute(
        "select (select count(*) from int_kpi where not contains(account_id, '|')), "
        "(select count(*) from anomalies where policy = 'hold' and not contains(account_id, '|')), "
        "(select count(distinct (metric, account_id, day)) from anomalies where not contains(account_id, '|'))"
    ).fetchall()[0]
    ((precision,),) = con.execute(
        "with named as (select distinct metric, account_id, day from anomalies) "
        "select avg((named.day between planted.first and planted.last)::integer) from planted "
        "inner join named on planted.metric = named.metric and planted.account = named.account_id "
        "anti join named as clean "
        "on named.metric = clean.metric and split_part(named.account_id, '|', 1) = clean.account_id and named.day = clean.day"
    ).fetchall()
    return {"days": days, "held": held, "named": named, "precision": precision}


REPORT: list[str] = []


def tell(name: str, outcome: dict[str, tuple[int, int]], alarms: dict[str, float]) -> None:
    REPORT.append(
        f"{name}: {int(alarms['days'])} clean days, {int(alarms['held'])} would hold, {int(alarms['named'])} named; "
        f"{alarms['precision']:.0%} of what a fault made named lies in it"
    )
    REPORT.extend(f"  {fault:28s} found {hits:3d} of {tried:3d}" for fault, (hits, tried) in sorted(outcome.items()))


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as one:
        yield one


def series_of(con: duckdb.DuckDBPyConnection, sql: str) -> list[Series]:
    """Series out of rows (metric, account, sort, day, value), the days between filled with nothing."""
    grouped: dict[tuple[str, str, str], dict[date, float]] = {}
    for metric, account, sort, day, value in con.execute(sql).fetchall():
        grouped.setdefault((metric, account, sort), {})[day] = float(value)
    out = []
    for (metric, account, sort), known in sorted(grouped.items()):
        if len(known) >= 90:
            step = sorted(known)
            gap = min((b - a).days for a, b in itertools.pairwise(step))
            days = [step[0] + timedelta(days=n) for n in range(0, (step[-1] - step[0]).days + 1, gap)]
            out.append(Series(metric, account, sort, days, [known.get(day, np.nan) for day in days]))
    return out


class TestPlanted:
    def test_in_the_demo_company(self, demo: duckdb.DuckDBPyConnection, con: duckdb.DuckDBPyConnection) -> None:
        found = series_of(
            demo,
            "select metric, account_id, if(unit = 'money', 'money', aggregation), day, sum(value) from kpi_daily "
            "where value is not null and (aggregation = 'additive' or campaign = '') group by all",
        )
        outcome, alarms = score(con, found), false_alarms(con)
        tell("the demo company", outcome, alarms)
        assert alarms["held"] == 0
        assert alarms["named"] <= alarms["days"] / 100
        assert alarms["precision"] >= 0.9
        for fault, least in LEAST.items():
            hits, tried = outcome[fault]
            assert tried >= 4, fault
            assert hits / tried >= least, (fault, hits, tried)

    def test_in_real_series(self, exports: Path, con: duckdb.DuckDBPyConnection) -> None:
        """A YouTube channel's countries by day, a shop's events by day, four years of a weekly media plan."""
        youtube = series_of(con, f"""
            select 'views', Geography, 'additive', Date, Views from read_csv('{exports}/youtube_studio_codingtrain/Chart data.csv')
            qualify median(Views) over (partition by Geography) >= 20""")  # fmt: skip
        shop = series_of(con, f"""
            select 'event ' || event_name, 'shop', 'additive', strptime(event_date, '%Y%m%d')::date, count(*)
            from '{exports}/ga4_merch_store_sample/ga4_events_sampled.snappy.parquet' group by all having count(*) > 0""")  # fmt: skip
        weekly = "unpivot (select DATE::date as day, revenue, tv_S, print_S, search_S, facebook_S from "
        robyn = series_of(con, f"""
            select metric, 'plan', 'money', day, value
            from ({weekly} read_csv('{exports}/robyn_dt_simulated_weekly/dt_simulated_weekly.csv')) on columns(* exclude day)
            into name metric value value)""")  # fmt: skip
        assert youtube
        assert shop
        assert robyn
        outcome, alarms = score(con, [*youtube, *shop, *robyn]), false_alarms(con)
        tell("real series", outcome, alarms)
        assert alarms["held"] == 0
        assert alarms["named"] <= alarms["days"] / 50
        assert alarms["precision"] >= 0.9
        for fault, (hits, tried) in outcome.items():
            assert tried == 0 or hits / tried >= 0.5, (fault, hits, tried)

    def test_the_table_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        with capsys.disabled():
            print("\nanomalies, planted and found\n" + "\n".join(REPORT))


def named(con: duckdb.DuckDBPyConnection, sort: str, values: Any) -> list[tuple[str, date]]:
    """Kind and day of all that is named in one daily series that begins on Monday, 1 January 2024."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(len(values))]
    con.execute("create or replace table int_kpi (metric varchar, account_id varchar, campaign varchar, day date, value double, unit varchar, "
                "aggregation varchar, is_provisional boolean, received_at timestamp, source_file varchar, numerator double)")  # fmt: skip
    con.register("given", _table(Series("number", "one", sort, days, values).rows("one", values)))
    con.execute(f"insert into int_kpi select {COLUMNS} from given")
    judged(con)
    return con.execute("select kind, day from anomalies order by day").fetchall()


class TestOrdinaryCompanies:
    @pytest.mark.parametrize("factor", [2.5, 0.4])
    def test_a_shop_closed_on_sundays_has_new_levels_too(self, con: duckdb.DuckDBPyConnection, factor: float) -> None:
        """Its Sunday is the same nothing before and after: it stands on no side, and must not keep the other six from being a week."""
        days = np.arange(120)
        open_days = np.where(days % 7 == 6, 0, 1)
        values = np.rint(np.random.default_rng(1).poisson(400, 120) * open_days * np.where(days >= 90, factor, 1))
        kinds = named(con, "additive", values)
        assert {kind for kind, _ in kinds} == {"level_shift"}
        assert date(2024, 3, 31) < kinds[0][1] < date(2024, 4, 8)

    def test_a_week_without_money_is_told_and_a_day_is_not(self, con: duckdb.DuckDBPyConnection) -> None:
        values = np.random.default_rng(2).poisson(400, 120).astype(float)
        values[[60, 100, 101, 102, 103, 104, 105, 106]] = 0
        kinds = named(con, "money", values)
        assert {kind for kind, _ in kinds} == {"level_shift"}
        assert {day for _, day in kinds} <= {date(2024, 4, 10) + timedelta(days=n) for n in range(7)}
        assert con.execute("select distinct policy from anomalies").fetchall() == [("warn",)]

    def test_a_second_christmas_is_no_new_level(self, con: duckdb.DuckDBPyConnection) -> None:
        """The first one is told: nobody knows it yet. Two and a half times as much that stays is."""
        rng, days = np.random.default_rng(3), np.arange(800)
        peak = 1 + 1.5 * np.exp(-((((days % 365.25) - 355) / 12) ** 2))
        values = rng.poisson(1000 * peak).astype(float)
        assert {day.year for kind, day in named(con, "additive", values) if kind == "level_shift"} == {2024}
        values[600:] *= 2.5
        assert min(day for kind, day in named(con, "additive", values) if day.year > 2024) > date(2025, 8, 22)


def wave(day: int) -> float:
    """A quiet week, the same every week."""
    return 1 + 0.2 * (day % 7) / 7


@pytest.fixture(scope="module")
def slip(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Ten weeks of spend and reads; on the last day the spend comes in cents, and an article is read a thousand times as often."""
    world = World(tmp_path_factory.mktemp("slip") / "home", as_of=date(2026, 3, 20))
    world.account("ads", platform="ads")
    world.account("press_room")
    days = [date(2026, 1, 8) + timedelta(days=n) for n in range(71)]
    spend = [f"paid_spend,{day},{240 * wave(n) * (100 if n == 70 else 1):.2f},,CNY" for n, day in enumerate(days)]
    reads = [f"content_reads,{day},{int(1000 * wave(n)) * (1000 if n == 70 else 1)}," for n, day in enumerate(days)]
    world.drop("ads", "counts_ads.csv", ["metric,day,value,campaign,currency", *spend], "2026-03-20")
    world.drop("press_room", "counts_reads.csv", ["metric,day,value,campaign", *reads], "2026-03-20")
    return world


class TestANight:
    def test_cents_for_money_hold_it_and_the_message_says_what_to_do(self, slip: World) -> None:
        with pytest.raises(Held) as held:
            slip.night()
        said = str(held.value)
        assert "no_number_lies_by_a_unit" in said
        assert "paid_spend of ads unit_slip" in said
        assert "on 2026-03-19" in said
        assert "multiplied by 100" in said
        assert "ads/2026-03-20/counts_ads.csv" in said
        assert "company/acknowledged.csv" in said
        assert "content_reads" not in said, "a success of awareness holds nobody's night"

    def test_a_signature_lets_it_pass_and_is_published_with_it(self, slip: World) -> None:
        slip.table("acknowledged.csv", [
            "metric,account_id,day,kind,reason,approved_by",
            "paid_spend,ads,2026-03-19,unit_slip,the launch was paid on one day,the head of finance",
        ])  # fmt: skip
        slip.night()
        assert slip.ask("select factor, policy, is_recent, is_acknowledged, approved_by from anomalies where metric = 'paid_spend'") == [
            (100.0, "hold", True, True, "the head of finance")
        ]
        assert slip.ask("select kind, factor, policy, is_recent, is_acknowledged from anomalies where metric = 'content_reads'") == [
            ("unit_slip", 1000.0, "warn", True, False)
        ]
        assert slip.ask("select verdict from data_quality where check_name = 'odd_numbers_are_looked_at'") == [("warned",)]
        # the number stands as delivered: nobody divides by a guess
        assert [float(row[0]) for row in slip.ask("select value from kpi_daily where metric = 'paid_spend' and day = '2026-03-19'")] == [24000.0]


def test_seconds_told_in_milliseconds_hold_the_night(tmp_path: Path) -> None:
    """Ten people a day stay about a minute; one day's activity comes in milliseconds. No number but their average tells of it."""
    world = World(tmp_path / "home", as_of=date(2026, 3, 20))
    world.account("app", platform="app", surface="product")
    days = [date(2026, 1, 8) + timedelta(days=n) for n in range(71)]
    world.drop("app", "activity.csv", ["person,at,event,seconds", *(
        f"p{person},{day} {10 + person}:00:00,open,{(50 + 2 * person + n % 5) * (1000 if n == 70 else 1)}"
        for n, day in enumerate(days) for person in range(10)
    )], "2026-03-20")  # fmt: skip
    with pytest.raises(Held) as held:
        world.night()
    assert "avg_dwell_seconds of app unit_slip" in str(held.value)
    assert "multiplied by 1000" in str(held.value)


class TestTheTables:
    @pytest.mark.parametrize(("table", "line", "said"), [
        ("acknowledged", "paid_spend,nobody,2026-03-19,unit_slip,right,me", "unknown account 'nobody'"),
        ("acknowledged", "paid_spent,ads,2026-03-19,unit_slip,right,me", "unknown metric 'paid_spent'"),
        ("acknowledged", "paid_spend,ads,2026-03-19,unit_slap,right,me", "unknown kind 'unit_slap'"),
        ("acknowledged", "paid_spend,ads,2026-03-19,unit_slip,right,", "must not be empty"),
        ("bridge_metrics", "content_raeds,awareness", "unknown metric 'content_raeds'"),
        ("bridge_metrics", "engagement_rate,awareness", "no series of the bridge"),
        ("experiments", "e,geo,paid_spend,orders,account,ads,,2026-02-01,2026-03-01", "left alone"),
        ("experiments", "e,geo,paid_spend,orders,account,ads,ads,2026-02-01,2026-03-01", "at once"),
        ("experiments", "e,on_off,paid_spend,orders,account,adds,,2026-02-01,2026-03-01", "unknown account 'adds'"),
        ("experiments", "e,on_off,paid_spend,orders,account,ads,,2026-03-01,2026-03-01", "is not after starts_on"),
    ])  # fmt: skip
    def test_a_slip_of_the_pen_is_refused_with_file_and_line(self, table: str, line: str, said: str, tmp_path: Path) -> None:
        from expectations.problems import Refused
        from expectations.split import load

        heads = {
            "acknowledged": "metric,account_id,day,kind,reason,approved_by",
            "bridge_metrics": "metric,role",
            "experiments": "experiment,kind,awareness_metric,outcome_metric,dimension,treated,control,starts_on,ends_on",
        }
        world = World(tmp_path / "home")
        world.account("ads", platform="ads")
        world.table(f"{table}.csv", [heads[table], line])
        with pytest.raises(Refused) as refused:
            load(SEEDS, world.paths.company)
        (problem,) = refused.value.problems
        assert (problem.file, problem.line) == (f"company/{table}.csv", 2)
        assert said in str(problem)
