"""Every guard passes its clean batch, fails every poison and names the offender; each turns red when its own table is sabotaged.

The metrics, departments and functions here are made up: the guards must hold for any company's catalogue.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from expectations import guard as shapes
from expectations import guards as registry
from expectations.guard import EVERYTHING, Between, Expectation, Guard, InSet, PairsIn, RowCountAtLeast, Verdict, Zero
from expectations.verdict import judge, judge_rows
from expectations.views import RULES, open_landing

ROOT = Path(__file__).resolve().parents[1]
ALL = (*registry.guards("landing"), *registry.guards("publish"))
BY_NAME = {guard.name: guard for guard in ALL}


def metric(name: str, class_: str, function: str, unit: str, aggregation: str, feed: str, **more: Any) -> dict[str, Any]:
    blank = {
        "grain": "account/day",
        "direction": "up",
        "null_policy": "absent_is_missing",
        "surface": None,
        "measure": None,
        "numerator": None,
        "denominator": None,
        "multiplier": None,
        "lowest": None,
        "highest": None,
    }
    return {
        "metric": name, "class": class_, "function": function, "unit": unit, "aggregation": aggregation, "feed": feed, **blank,
        **more,
    }  # fmt: skip


def owner(rule: str, profile: str, function: str, department: str, **more: Any) -> dict[str, Any]:
    blank = {"role": "accountable", "share": None, "valid_from": None, "valid_to": None, "reason": None, "approved_by": None}
    return {"ownership_rule": rule, "profile": profile, "function": function, "department": department, **blank, **more}


@dataclass
class Statute:
    """A small statute book: seven metrics, two profiles, one written exception, one dated reorganisation."""

    settings: Any = field(default_factory=lambda: SimpleNamespace(profile="p", currency="EUR"))
    tables: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            "metrics": [
                metric("reads", "awareness", "media", "reads", "additive", "reach", lowest=0.0, highest=1e6),
                metric("reach", "awareness", "media", "people", "unique", "reach"),
                metric("fans", "awareness", "media", "followers", "stock", "followers"),
                metric("spend", "awareness", "ads", "money", "additive", "reach"),
                metric("orders", "conversion", "shop", "orders", "additive", "conversion"),
                metric("takings", "conversion", "shop_money", "money", "additive", "conversion"),
                metric(
                    "yield",
                    "conversion",
                    "shop",
                    "ratio",
                    "ratio",
                    "conversion",
                    numerator="orders",
                    denominator="reads",
                    multiplier=1.0,
                ),
                metric("helped", "awareness", "media", "conversions", "additive", "reach", grain="function/month"),
            ],
            "class_rules": [
                {"class": "awareness", "department_kind": "marketing"},
                {"class": "conversion", "department_kind": "operations"},
            ],
            "departments": [
                {"profile": profile, "department": name, "kind": kind, "reports_to": None, "valid_from": None, "valid_to": None}
                for profile in ("p", "q")
                for name, kind in (("mkt", "marketing"), ("ops", "operations"))
            ],
            "ownership": [
                owner("o:1", "p", "media", "mkt"),
                owner("o:2", "p", "ads", "mkt"),
                owner("o:3", "p", "shop", "ops"),
                owner("o:4", "p", "shop_money", "ops", share=0.75),
                owner("o:5", "p", "shop_money", "mkt", role="contributor", share=0.25),
                owner("o:6", "q", "media", "mkt", valid_to=dt.date(2026, 1, 3)),
                owner("o:7", "q", "media", "ops", valid_from=dt.date(2026, 1, 3), reason="media moved", approved_by="the board"),
                owner("o:8", "q", "shop", "ops"),
                owner("o:9", "q", "shop_money", "ops"),
            ],
            "functions": [{"function": name, "parent": None} for name in ("media", "ads", "shop", "shop_money")],
            "channels": [
                {
                    "priority": 1,
                    "source": "direct",
                    "medium": None,
                    "campaign": None,
                    "channel": "direct",
                    "function": None,
                    "is_direct": True,
                    "is_paid": False,
                },
                {
                    "priority": 2,
                    "source": None,
                    "medium": None,
                    "campaign": None,
                    "channel": "other",
                    "function": "ads",
                    "is_direct": False,
                    "is_paid": True,
                },
            ],
            "event_rules": [{"event": "bought", "measure": None, "conversion_type": "purchase"}],
            "attribution_models": [
                {
                    "model": "ends",
                    "family": "position",
                    "look_back_days": 30,
                    "half_life_days": 7.0,
                    "first_share": 0.4,
                    "last_share": 0.4,
                    "markov_order": 1,
                    "journey_resets": False,
                    "collapse_repeats": False,
                }
            ],
            "missing_reasons": [{"reason": "not_reported"}, {"reason": "not_additive"}, {"reason": "no_denominator"}],
            "fx_rates": [{"day": dt.date(2025, 9, 1), "currency": "USD"}, {"day": dt.date(2025, 12, 1), "currency": "CNY"}],
            "rate_rules": [{"rule": "oldest_days", "value": 100.0}],
        }
    )

    def __post_init__(self) -> None:
        self.tables["owners"] = [{**row, "through": row["function"]} for row in self.tables["ownership"]]

    def metric_ids(self) -> set[str]:
        return {row["metric"] for row in self.tables["metrics"]}

    def lawful_pairs(self) -> set[tuple[str, str]]:
        law = {(row["class"], row["department_kind"]) for row in self.tables["class_rules"]}
        return {(row["metric"], kind) for row in self.tables["metrics"] for class_, kind in law if class_ == row["class"]}


LAW = Statute()
KINDS = {"mkt": "marketing", "ops": "operations", "unassigned": "unassigned"}


# ---------------------------------------------------------------- the batches that each guard carries


@pytest.fixture(scope="module")
def batch_law() -> Statute:
    """The batches in guards.py are written against their own small catalogue."""
    return Statute(
        tables={
            **LAW.tables,
            "metrics": [
                metric("reads", "awareness", "media", "reads", "additive", "reach"),
                metric("orders", "conversion", "shop", "orders", "additive", "conversion"),
            ],
        }
    )


@pytest.mark.parametrize("guard", ALL, ids=lambda guard: guard.name)
def test_the_clean_batch_passes(guard: Guard, batch_law: Statute) -> None:
    verdict = judge_rows(guard, guard.clean, batch_law)
    assert verdict.verdict == "passed", verdict.message
    assert verdict.offenders == 0
    assert verdict.rows_seen > 0
    assert (verdict.check_name, verdict.layer, verdict.blocking) == (guard.name, guard.gate, guard.blocking)


@pytest.mark.parametrize(("guard", "label"), [(guard, label) for guard in ALL for label in guard.poison], ids=lambda one: getattr(one, "name", one))
def test_every_poison_is_caught(guard: Guard, label: str, batch_law: Statute) -> None:
    verdict = judge_rows(guard, guard.poison[label], batch_law)
    assert verdict.verdict == ("failed" if guard.blocking else "warned"), verdict.message
    assert verdict.offenders >= 1
    assert guard.wrong in verdict.message, "the guard broke instead of judging"
    assert guard.then in verdict.message
    named = [row for row in guard.poison[label] if row[0] not in (EVERYTHING, None)]
    if guard.is_census and named:
        assert verdict.sample_offenders[0]["subject"] == named[0][0]
    elif named and not guard.is_census:
        assert str(named[-1][0]) in str(verdict.sample_offenders)


@pytest.mark.parametrize("guard", ALL, ids=lambda guard: guard.name)
def test_no_evidence_at_all_fails(guard: Guard, batch_law: Statute) -> None:
    verdict = judge_rows(guard, [], batch_law)
    assert (verdict.verdict, verdict.blocking) == ("failed", True)


# ---------------------------------------------------------------- guards that guard nothing


ONE_ROW = Guard(
    name="trial", gate="publish", says="a number is nought", reads=("t",), expects=lambda split: [Zero("n")], columns=("name",
    "n"),
    clean=[("a", 0)], poison={"one": [("a", 1)]}, wrong="a number is not nought", then="look", sql="select 'a' as name, 0 as n",
)  # fmt: skip


class Unheard(Expectation):
    """An expectation that nobody translates."""


def raising(split: shapes.Split) -> list[Expectation]:
    raise KeyError("no such rule")


BROKEN: dict[str, Guard] = {
    "unknown expectation": replace(ONE_ROW, expects=lambda split: [Zero("n"), Unheard()]),
    "emptied suite": replace(ONE_ROW, expects=lambda split: []),
    "only a row count": replace(ONE_ROW, expects=lambda split: [RowCountAtLeast(1)]),
    "expectation of a column that is not there": replace(ONE_ROW, expects=lambda split: [Zero("m")]),
    "raising rule": replace(ONE_ROW, expects=raising),
    "rule without a value": replace(ONE_ROW, expects=lambda split: [InSet("name", frozenset())]),
    "rule without a pair": replace(ONE_ROW, expects=lambda split: [PairsIn("name", "n", frozenset())]),
    "text where a number is": replace(ONE_ROW, sql="select 'a' as name, 'b' as n"),
    "raising evidence": replace(ONE_ROW, sql="select nothing from nowhere"),
    "evidence with other columns": replace(ONE_ROW, sql="select 0 as n"),
    "empty evidence": replace(ONE_ROW, sql="select 'a' as name, 0 as n where false"),
    "evidence file gone": replace(ONE_ROW, sql=None, name="there_is_no_such_evidence"),
    "empty although there was input": replace(ONE_ROW, sql="select 'a' as name, 0 as n where false", empty_when="select 1 = 0"),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("blocking", [True, False])
def test_a_guard_that_cannot_judge_is_a_failed_gate(how: str, blocking: bool) -> None:
    """Also where the guard itself would only warn: not to know is worse than to know of something small."""
    with duckdb.connect() as con:
        verdict = judge(replace(BROKEN[how], blocking=blocking), con, LAW)
    assert (verdict.verdict, verdict.blocking, verdict.holds_the_night) == ("failed", True, True)
    assert verdict.offenders >= 1
    assert verdict.message


def test_the_same_guard_unbroken_passes_and_bites() -> None:
    with duckdb.connect() as con:
        assert judge(ONE_ROW, con, LAW).verdict == "passed"
        assert judge(replace(ONE_ROW, sql="select 'a' as name, 1 as n"), con, LAW).sample_offenders == [{"name": "a", "n": 1}]
        assert judge(replace(ONE_ROW, sql="select 'a' as name, 1 as n", blocking=False), con, LAW).verdict == "warned"
        lawful = replace(ONE_ROW, sql="select 'a' as name, 0 as n where false", empty_when="select 1 = 1")
        assert (judge(lawful, con, LAW).verdict, judge(lawful, con, LAW).rows_seen) == ("passed", 0)


def test_a_suite_that_great_expectations_shrank_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    from expectations import verdict as module

    suite_of, batches = module._great_expectations()
    monkeypatch.setattr(module, "_great_expectations", lambda: (lambda name, wanted: suite_of(name, wanted[:1]), batches))
    assert "were taken into the suite" in judge_rows(ONE_ROW, [("a", 0)], LAW).message


def test_a_null_count_in_a_census_is_an_offence() -> None:
    counted = replace(ONE_ROW, columns=shapes.CENSUS, expects=lambda split: [Zero("offences"), Between("checked", 0)])
    with duckdb.connect() as con:
        verdict = judge(replace(counted, sql="select 'x' as subject, 1 as checked, null::int as offences, 'd' as detail"), con, LAW)
    assert (verdict.verdict, verdict.offenders, verdict.sample_offenders[0]["subject"]) == ("failed", 1, "x")


# ---------------------------------------------------------------- the guard of the guards


def verdicts(gate: str | None = None) -> list[Verdict]:
    return [Verdict(guard.name, guard.gate, "passed", 1, 0, guard.blocking) for guard in ALL if gate in (None, guard.gate)]


def test_the_list_of_required_guards_is_the_list_of_guards() -> None:
    assert list(registry.required()) == [guard.name for guard in ALL]
    assert registry.required() == {guard.name: guard.blocking for guard in ALL}
    assert len(BY_NAME) == len(ALL)


@pytest.mark.parametrize("name", registry.required())
def test_a_deleted_guard_is_missed(name: str) -> None:
    left = [verdict for verdict in verdicts() if verdict.check_name != name]
    assert registry.missing_guards(left) == [name]
    assert registry.required_guards_ran(left).verdict == "failed"
    assert name in registry.required_guards_ran(left).message


def test_a_guard_that_no_longer_blocks_or_ran_twice_is_missed() -> None:
    soft = [replace(verdict, blocking=False) for verdict in verdicts()]
    assert len(registry.missing_guards(soft)) == sum(guard.blocking for guard in ALL)
    assert registry.missing_guards([*verdicts(), verdicts()[0]]) == [f"{ALL[0].name} (judged 2 times)"]
    assert registry.missing_guards(verdicts()) == []
    assert registry.missing_guards(verdicts("landing"), "landing") == []
    assert registry.required_guards_ran(verdicts()).verdict == "passed"


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "publish one\n", "nowhere one blocks\n", "publish a blocks\npublish a blocks\n"])
def test_a_list_that_cannot_be_read_requires_nothing_and_is_refused(text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = tmp_path / "required_guards.txt"
    if text is not None:
        listed.write_text(text, encoding="utf-8")
    monkeypatch.setattr(registry, "REQUIRED", listed)
    assert registry.required_guards_ran(verdicts()).verdict == "failed"


def test_every_guard_can_be_told_to_a_person_and_to_dagster() -> None:
    for guard in ALL:
        assert guard.name.isidentifier()
        assert guard.reads
        assert guard.poison
        assert guard.says
        assert guard.then
        assert (shapes.EVIDENCE / f"{guard.name}.sql").exists()
    assert {path.stem for path in shapes.EVIDENCE.glob("*.sql")} == set(BY_NAME), "evidence that no guard reads"


def test_importing_the_guards_imports_no_great_expectations() -> None:
    code = (
        "import sys, expectations.guards, expectations.verdict, expectations.views; "
        "print(sorted({'great_expectations', 'pandas'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# ---------------------------------------------------------------- the publish gate on hand-made tables


DAYS = [dt.date(2026, 1, day) for day in (1, 2, 3, 4)]
NUMBERS = """create table kpi_daily (metric varchar, class varchar, account_id varchar, platform varchar, brand varchar,
campaign varchar, day date, value decimal(38,6), unit varchar, currency varchar, aggregation varchar, missing_reason varchar,
numerator decimal(38,6), denominator decimal(38,6),
is_provisional boolean, received_at timestamp, source_file varchar, definition_version int)"""


def make_candidate(con: duckdb.DuckDBPyConnection) -> None:
    """Four days, two accounts: reach, reads, followers and spend in the media account, orders and takings in the shop."""
    con.execute("""
        create table anomalies as
        select 'reads' as metric, 'media' as account_id, date '2026-01-02' as day, 'spike' as kind, 10.0 as expected, 1000.0 as observed,
            100.0 as factor, 9.0 as score, 'warn' as policy, false as is_recent, false as is_acknowledged, 'media/counts.csv' as source_file""")
    con.execute(NUMBERS)
    value = {"reads": 1000, "reach": 10, "fans": 500, "spend": 25, "orders": 4, "takings": 80.5, "yield": 0.004}
    for row in LAW.tables["metrics"]:
        if row["metric"] not in value:
            continue
        for number, day in enumerate(DAYS):
            absent = row["metric"] == "reach" and number == 3
            parts = (4 * (number + 1), 1000 * (number + 1)) if row["metric"] == "yield" else (None, None)
            amount = value["yield"] if row["metric"] == "yield" else value[row["metric"]] * (number + 1)
            con.execute(
                "insert into kpi_daily values (?, ?, ?, 'x', 'b', '', ?, ?, ?, ?, ?, ?, ?, ?, false, '2026-01-05', "
                "'media/counts.csv', 1)",
                [
                    row["metric"], row["class"], "media" if row["class"] == "awareness" else "shop", day,
                    None if absent else amount,
                    row["unit"], "EUR" if row["unit"] == "money" else None, row["aggregation"],
                    "not_reported" if absent else None, *parts,
                ],
            )  # fmt: skip
    for name in ("metrics", "ownership", "departments"):
        con.register("held", _frame(LAW.tables[name]))
        con.execute(f"create table {'metric_catalogue' if name == 'metrics' else name} as select * from held")
        con.unregister("held")
    con.execute("""
        create table owned_kpi_daily as
        with asked as (
            select p.profile, k.*, m.function from kpi_daily k join metric_catalogue m using (metric)
            cross join (select distinct profile from departments) p),
        ruled as (
            select a.*, o.department, o.role, o.share, o.ownership_rule, o.reason, d.kind as department_kind
            from asked a join ownership o on a.profile = o.profile and a.function = o.function
                and (o.valid_from is null or o.valid_from <= a.day) and (o.valid_to is null or a.day < o.valid_to)
            join departments d on d.profile = o.profile and d.department = o.department)
        select * from ruled
        union all by name
        select a.*, 'unassigned' as department, 'accountable' as role, 'unassigned' as department_kind
        from asked a anti join ruled using (profile, metric, day)""")
    con.execute("""
        create table scorecard as
        with cells as (
            select *, unnest(['day', 'week', 'month', 'quarter']) as period_kind from owned_kpi_daily where role = 'accountable'),
        grouped as (
            select profile, department, metric, class, period_kind, cast(date_trunc(period_kind, day) as date) as period_start,
            unit,
                aggregation, max(currency) as currency, count(*) as n,
                case when aggregation = 'additive' then sum(value) when aggregation = 'stock' then arg_max(value, day)
                    when aggregation = 'ratio' then cast(round(sum(numerator)::double / sum(denominator), 6) as decimal(38, 6))
                    when count(*) = 1 then any_value(value) end as value
            from cells group by profile, department, metric, class, period_kind, date_trunc(period_kind, day), unit, aggregation)
        select profile, department, metric, class, aggregation, period_kind, period_start, value, unit, currency, null::double as target,
            null::double as attainment, case when value is null then 'not_additive' end as missing_reason,
            'up' as direction from grouped""")
    con.execute("create table scorecard_trees as select 'departments' as tree, * from scorecard")
    con.execute("""
        create table files as select * from (values
            ('f1', 'media/counts.csv', 'media', 'counts', 'accepted', 10::bigint, 8::bigint, 1::bigint, 1::bigint),
            ('f2', 'shop/nonsense.bin', 'shop', null, 'refused', 0, 0, 0, 0))
            as t (file_hash, source_file, account_id, shape, status, physical_records, accepted, quarantined, superseded);
        create table credit as
            select model, 'first_order' as conversion_type, 'channel' as dimension, member, date '2026-01-01' as month,
                conversions::double as conversions, conversions * 20.0 as value, spend::double as spend,
                null::varchar as missing_reason
            from (values ('first', 'search', 10, 250), ('first', 'unattributed', 0, 0),
                         ('linear', 'search', 6, 200), ('linear', 'unattributed', 4, 50)) as t (model, member, conversions,
                         spend);
        create table follower_ledger as
            select 'media' as account_id, day, value as opening, value as closing, 0 as residual,
            null::varchar as missing_reason from kpi_daily where metric = 'fans';
        create table accounts as select unnest(['media', 'shop']) as account_id, date '2026-01-01' as valid_from, null::date as valid_to;
        create table feed_freshness as
        select 'media' as account_id, 'reach' as feed, 'counts' as shape, 1 as usual_gap_days, null::date as stale_since, false as is_stale;
        create table channel_freshness as
        select 'site' as account_id, 'ads' as channel, 2 as longest_pause_days, null::date as silent_since, false as is_silent;
        create table follower_overlap as
            select 'one' as platform_a, 'two' as platform_b, date '2026-01-01' as day, 100 as at_least, 210 as at_most limit 0;
        create table kpi_breakdown as
        select 'spend' as metric, 'media' as account_id, '' as campaign, '' as post, date '2026-01-02' as day, 'campaign' as dimension, member,
            value, 'additive' as aggregation
        from (values ('spring', 40), ('tea', 10), ('unattributed', 0)) as t (member, value);""")
    con.execute("""
        create table retention_cohorts as
            select 'app' as account_id, 'month' as period_kind, date '2026-01-01' as cohort_start, n as period_number,
                'classic' as definition, 10 as cohort_size, 10 - n as retained, (10 - n) / 10.0 as retention_rate,
                true as is_mature
            from range(4) as t (n)""")


def _frame(rows: list[dict[str, Any]]) -> Any:
    import pyarrow

    return pyarrow.Table.from_pylist(rows)


@pytest.fixture
def candidate() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    make_candidate(con)
    yield con
    con.close()


def red(con: duckdb.DuckDBPyConnection, gate: str, law: Statute = LAW) -> dict[str, Verdict]:
    found = {guard.name: judge(guard, con, law) for guard in registry.guards(gate)}
    return {name: verdict for name, verdict in found.items() if verdict.verdict != "passed"}


def test_a_clean_candidate_passes_every_publish_guard(candidate: duckdb.DuckDBPyConnection) -> None:
    assert red(candidate, "publish") == {}


def test_a_candidate_opened_read_only_can_be_judged(tmp_path: Path) -> None:
    """The gate must not be able to change what it judges."""
    path = tmp_path / "candidate.duckdb"
    with duckdb.connect(path) as con:
        make_candidate(con)
    with duckdb.connect(path, read_only=True) as con:
        assert red(con, "publish") == {}
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("select count(*) from duckdb_tables() where table_name like 'rule%'").fetchone() == (0,)


SABOTAGE: dict[str, tuple[str, str]] = {
    # what was done -> (the SQL, the guard that must be red)
    "a second accountable owner": (
        "insert into owned_kpi_daily select * replace ('ops' as department, 'operations' as department_kind) from "
        "owned_kpi_daily "
        "where profile = 'p' and metric = 'reads' and day = '2026-01-02'", "one_accountable_owner"),
    "a number that ownership forgot": ("delete from owned_kpi_daily where profile = 'q' and metric = 'reach' and day = "
    "'2026-01-04'",
                                       "one_accountable_owner"),
    "a profile left out": ("delete from owned_kpi_daily where profile = 'q'", "one_accountable_owner"),
    "a whole metric unowned in a profile": ("delete from owned_kpi_daily where profile = 'p' and metric = 'fans'",
    "profiles_change_no_total"),
    "orders given to marketing": ("update owned_kpi_daily set department = 'mkt', department_kind = 'marketing' where metric "
    "= 'orders'",
                                  "only_lawful_owners"),
    "the exception loses its approval": ("update owned_kpi_daily set ownership_rule = 'o:3' where department = 'ops' and "
    "metric = 'reads'",
                                         "only_lawful_owners"),
    "a lawful but wrong department": ("update owned_kpi_daily set department = 'ops', department_kind = 'operations', "
    "ownership_rule = 'o:7' "
                                      "where metric = 'reads' and profile = 'q' and day = '2026-01-01'",
                                      "owners_are_the_ones_the_rules_name"),
    "a reorganisation reaches back": ("update owned_kpi_daily set department = 'ops', department_kind = 'operations', "
    "ownership_rule = 'o:7', "
                                      "reason = 'media moved' where metric = 'fans' and profile = 'q'",
                                      "owners_are_the_ones_the_rules_name"),
    "everything given to nobody": ("update owned_kpi_daily set department = 'unassigned', department_kind = 'unassigned', "
    "ownership_rule = null, "
                                   "share = null where role = 'accountable'", "owners_are_the_ones_the_rules_name"),
    "nobody by a row that names somebody": ("update owned_kpi_daily set department = 'unassigned', department_kind = 'unassigned' "
                                            "where role = 'accountable' and metric = 'reads'", "owners_are_the_ones_the_rules_name"),
    "a weight off by one in a hundred": ("update owned_kpi_daily set share = share * 1.01 where role = 'contributor'",
                                         "owners_are_the_ones_the_rules_name"),
    "a contributor left out": ("delete from owned_kpi_daily where role = 'contributor'", "every_owner_is_booked"),
    "a booking held twice": ("insert into owned_kpi_daily select * from owned_kpi_daily where role = 'contributor' and "
    "day = '2026-01-02'", "every_owner_is_booked"),
    "a total of another unit": ("update scorecard_trees set unit = 'people' where metric = 'reads'", "leaders_read_the_catalogue"),
    "less called better": ("update scorecard set direction = 'down' where metric = 'orders'", "leaders_read_the_catalogue"),
    "awareness called conversion": ("update kpi_daily set class = 'conversion' where metric = 'reads' and day = '2026-01-01'",
                                    "classes_agree_with_the_catalogue"),
    "people made to add up": ("update kpi_daily set aggregation = 'additive' where metric = 'reach'",
    "units_agree_with_the_catalogue"),
    "a metric nobody knows": ("update scorecard set metric = 'raeds' where metric = 'reads' and period_kind = 'month'",
    "no_unknown_metric"),
    "a unit more in one booking": ("update owned_kpi_daily set value = value + 0.000001 where profile = 'p' and metric = "
    "'orders' and "
                                   "day = '2026-01-03'", "departments_sum_to_the_company"),
    "two errors that cancel": ("update owned_kpi_daily set value = case day when '2026-01-01' then 2000 when '2026-01-02' "
    "then 1000 else value "
                               "end where profile = 'p' and metric = 'reads'", "departments_sum_to_the_company"),
    "a booking of a number that is not there": ("delete from kpi_daily where metric = 'orders' and day = '2026-01-04'",
                                                "departments_sum_to_the_company"),
    "a profile with another total": ("update owned_kpi_daily set value = value * 2 where profile = 'q' and metric = 'takings'",
                                     "profiles_change_no_total"),
    "lost credit": ("update owned_kpi_daily set share = 0.2 where role = 'contributor'", "shares_sum_to_one"),
    "a share of people": ("update owned_kpi_daily set share = 1 where metric = 'reach' and profile = 'p'", "shares_sum_to_one"),
    "a share given to one of two": ("update owned_kpi_daily set share = null where role = 'contributor'", "shares_sum_to_one"),
    "a null without a reason": ("update kpi_daily set missing_reason = null where value is null", "nulls_have_a_reason"),
    "zero for missing": ("update kpi_daily set value = 0 where value is null", "nulls_have_a_reason"),
    "a reason without words": ("update kpi_daily set missing_reason = 'because' where value is null",
    "missing_reasons_are_known"),
    "not a number": ("update scorecard set attainment = 'nan'::double where metric = 'orders' and period_kind = 'day'",
    "numbers_are_finite"),
    "a month of reach": ("update scorecard set value = 60, missing_reason = null where metric = 'reach' and period_kind = "
    "'month'",
                         "scorecard_has_no_impossible_number"),
    "followers summed over days": ("update scorecard set value = 5000 where metric = 'fans' and period_kind = 'month' and "
    "profile = 'p'",
                                   "scorecard_has_no_impossible_number"),
    "a ratio summed over days": ("update scorecard set value = 0.016 where metric = 'yield' and period_kind = 'month'",
                                 "scorecard_has_no_impossible_number"),
    "the scorecard of another sum": ("update scorecard set value = value + 1 where metric = 'orders' and period_kind = 'week' "
    "and profile = 'p'",
                                     "scorecard_agrees_with_its_days"),
    "a record lost": ("update files set accepted = accepted - 1 where file_hash = 'f1'", "files_balance"),
    "a count lost": ("update files set quarantined = null where file_hash = 'f1'", "files_balance"),
    "spend without a conversion dropped": ("delete from credit where model = 'linear' and member = 'unattributed'",
    "spend_is_kept"),
    "conversions dropped by one model": ("update credit set conversions = 5 where model = 'linear' and member = 'search'",
    "credit_is_conserved"),
    "more came back than there were": ("update retention_cohorts set retention_rate = 1.2 where period_number = 1",
    "retention_is_a_share"),
    "the numbers gone": ("delete from kpi_daily; delete from owned_kpi_daily; delete from scorecard", "tables_have_what_came_in"),
    "the scorecard gone": ("delete from scorecard", "tables_have_what_came_in"),
    "assists among the numbers": ("update kpi_daily set metric = 'helped' where metric = 'reads'",
    "assists_stay_out_of_the_numbers"),
    "nobody answers": ("update owned_kpi_daily set department = 'unassigned', department_kind = 'unassigned' where metric = "
    "'reads'",
                       "every_metric_has_an_owner"),
    "money without a rate": ("update kpi_daily set value = null, missing_reason = 'no_rate' where unit = 'money'", "money_has_a_rate"),
    "an account closed": ("update accounts set valid_to = date '2026-01-02'", "numbers_lie_in_their_accounts_days"),
    "an account not yet open": ("update accounts set valid_from = date '2026-01-02'", "numbers_lie_in_their_accounts_days"),
    "an account gone silent": ("update feed_freshness set is_stale = true, stale_since = date '2026-01-05'", "feeds_are_current"),
    "a channel gone silent": ("update channel_freshness set is_silent = true, silent_since = date '2026-01-05'", "feeds_are_current"),
    "followers gone without leaving": ("update follower_ledger set residual = opening / 2", "follower_ledgers_balance"),
    "networks that share their people": ("insert into follower_overlap values ('one', 'two', date '2026-01-02', 100, 210)",
    "followers_of_linked_networks_are_not_one_number"),
    "campaigns of another ad account": ("update kpi_breakdown set value = -10 where member = 'unattributed'", "campaigns_fit_into_their_account"),
    "a table gone": ("drop table credit", "spend_is_kept"),
    "cents taken for euros": ("update anomalies set policy = 'hold', is_recent = true", "no_number_lies_by_a_unit"),
    "a spike yesterday": ("update anomalies set is_recent = true", "odd_numbers_are_looked_at"),
}  # fmt: skip


@pytest.mark.parametrize("what", SABOTAGE)
def test_sabotage_of_the_candidate_turns_its_guard_red(what: str, candidate: duckdb.DuckDBPyConnection) -> None:
    sql, name = SABOTAGE[what]
    before = candidate.execute("select count(*) from owned_kpi_daily").fetchone()
    candidate.execute(sql)
    verdict = judge(BY_NAME[name], candidate, LAW)
    assert verdict.verdict == ("failed" if BY_NAME[name].blocking else "warned"), f"{verdict.message} ({before})"
    assert verdict.offenders >= 1
    assert verdict.sample_offenders
    if what != "a table gone":
        assert BY_NAME[name].wrong in verdict.message, "the guard broke instead of judging"


def test_every_publish_guard_is_sabotaged() -> None:
    assert {name for _, name in SABOTAGE.values()} == {guard.name for guard in registry.guards("publish")}


def test_an_empty_credit_ledger_is_lawful(candidate: duckdb.DuckDBPyConnection) -> None:
    candidate.execute("delete from credit; delete from retention_cohorts")
    assert red(candidate, "publish") == {}


def test_a_night_without_numbers_is_lawful_only_without_records(candidate: duckdb.DuckDBPyConnection) -> None:
    candidate.execute("delete from kpi_daily; delete from owned_kpi_daily; delete from scorecard; delete from credit")
    assert set(red(candidate, "publish")) == {"tables_have_what_came_in"}
    candidate.execute("update files set status = 'refused', accepted = 0, quarantined = 9 where file_hash = 'f1'")
    assert red(candidate, "publish") == {}


def test_touches_alone_make_no_numbers_but_somebody_to_credit(candidate: duckdb.DuckDBPyConnection) -> None:
    candidate.execute("delete from kpi_daily; delete from owned_kpi_daily; delete from scorecard")
    candidate.execute("update files set shape = 'touches'; update credit set spend = 0")
    assert red(candidate, "publish") == {}
    candidate.execute("delete from credit")
    assert set(red(candidate, "publish")) == {"tables_have_what_came_in"}


def test_the_law_is_read_from_the_statute_and_not_from_the_candidate(candidate: duckdb.DuckDBPyConnection) -> None:
    """A change of the law alone turns a lawful booking red: nothing about departments is written in the guards."""
    other = Statute()
    other.tables["class_rules"] = [
        {"class": "awareness", "department_kind": "marketing"},
        {"class": "conversion", "department_kind": "sales"},
    ]
    assert "only_lawful_owners" in red(candidate, "publish", other)


def test_the_message_says_what_is_wrong_and_how_to_go_on(candidate: duckdb.DuckDBPyConnection) -> None:
    candidate.execute(SABOTAGE["orders given to marketing"][0])
    verdict = judge(BY_NAME["only_lawful_owners"], candidate, LAW)
    assert verdict.offenders == 8  # four days in each of two profiles
    assert {"metric": "orders", "department": "mkt", "ground": "marketing"}.items() <= verdict.sample_offenders[0].items()
    assert "company/ownership.csv" in verdict.message
    assert "[I1]" in verdict.message


# ---------------------------------------------------------------- the landing gate on hand-made files


def make_landing(folder: Path) -> tuple[Path, Path]:
    import polars as pl

    landing, rules = folder / "landing", folder / "rules"
    counted = {
        "file_hash": pl.String,
        "line": pl.Int64,
        "metric": pl.String,
        "day": pl.Date,
        "value": pl.Decimal(38, 6),
        "currency": pl.String,
        **dict.fromkeys(("campaign", "post", "dimension", "member"), pl.String),
        "is_lifetime": pl.Boolean,
    }
    ordered = {
        "file_hash": pl.String,
        "line": pl.Int64,
        "at_utc": pl.Datetime("us"),
        "value": pl.Decimal(38, 6),
        "currency": pl.String,
    }
    for name, adapter, physical, accepted, quarantined, duplicate, status in (
        ("f1", "plain", 4, 2, 1, 1, "accepted"), ("f2", "plain", 1, 1, 0, 0, "accepted"), ("f3", None, 0, 0, 0, 0, "refused"),
    ):  # fmt: skip
        (landing / name).mkdir(parents=True)
        entry = {
            "file_hash": name, "source_file": f"shop/{name}.csv", "account_id": "shop", "adapter": adapter,
            "received_at": "2026-01-05 00:00:00",
            "physical_records": physical, "accepted": accepted, "quarantined": quarantined, "duplicate": duplicate,
            "status": status,
            "shapes": ["counts"],
        }  # fmt: skip
        (landing / name / "file.json").write_text(json.dumps(entry, indent=1), encoding="utf-8")
    (landing / "empty").mkdir()
    (landing / "empty" / "file.json").write_text("{}", encoding="utf-8")
    pl.DataFrame(schema=counted).write_parquet(landing / "empty" / "reach_counts.parquet")
    rows = [["f1", 2, "reads", DAYS[0], 5, None, "", "", "", "", False], ["f1", 3, "spend", DAYS[0], 5, "EUR", "", "", "", "", False]]
    pl.DataFrame(rows, schema=counted, orient="row").write_parquet(landing / "f1" / "reach_counts.parquet")
    pl.DataFrame([["f2", 2, dt.datetime(2026, 1, 4, 9), 20, "EUR"]], schema=ordered, orient="row").write_parquet(
        landing / "f2" / "conversion_orders.parquet"
    )
    pl.DataFrame({"file_hash": ["f1"], "line": [4], "rule": ["not_a_number"]}).write_parquet(landing / "f1" / "quarantine.parquet")
    rules.mkdir()
    for table in RULES:
        pl.DataFrame(LAW.tables[table], infer_schema_length=None).write_parquet(rules / f"{table}.parquet")
    return landing, rules


def ledger(**changes: Any) -> Callable[[Path, Path], None]:
    def change(landing: Path, rules: Path) -> None:
        entry = landing / "f1" / "file.json"
        entry.write_text(json.dumps({**json.loads(entry.read_text(encoding="utf-8")), **changes}), encoding="utf-8")

    return change


def twice(path: str) -> Callable[[Path, Path], None]:
    def change(landing: Path, rules: Path) -> None:
        target = (landing.parent / path).as_posix()
        with duckdb.connect() as con:
            con.execute(f"create table t as from read_parquet('{target}')")
            con.execute(f"copy (from t union all from t) to '{target}' (format parquet)")

    return change


def column(path: str, name: str, sql: str) -> Callable[[Path, Path], None]:
    def change(landing: Path, rules: Path) -> None:
        target = landing.parent / path
        with duckdb.connect() as con:
            con.execute(f"create table t as select * replace (({sql}) as {name}) from read_parquet('{target.as_posix()}')")
            con.execute(f"copy t to '{target.as_posix()}' (format parquet)")

    return change


def gone(*paths: str) -> Callable[[Path, Path], None]:
    return lambda landing, rules: [(landing.parent / path).unlink() for path in paths] and None


def activity_with_nan(landing: Path, rules: Path) -> None:
    with duckdb.connect() as con:
        target = (landing / "f2" / "retention_activity.parquet").as_posix()
        con.execute(f"copy (select 'f2' as file_hash, timestamp '2026-01-01' as at_utc, 'nan'::double as seconds) to '{target}' (format parquet)")


def next_file(message: str | None, order: str = "b") -> Callable[[Path, Path], None]:
    """A second file of the first one's kind that tells of reads alone."""

    def change(landing: Path, rules: Path) -> None:
        ledger(delivery_order="a", message="columns not loaded: Impr.")(landing, rules)
        entry = json.loads((landing / "f1" / "file.json").read_text(encoding="utf-8"))
        entry |= {"file_hash": "f4", "source_file": "shop/f4.csv", "delivery_order": order, "message": message}
        (landing / "f4").mkdir()
        (landing / "f4" / "file.json").write_text(json.dumps(entry | {"physical_records": 1, "accepted": 1, "quarantined": 0, "duplicate": 0}))
        with duckdb.connect() as con:
            source, target = (f"'{(landing / name / 'reach_counts.parquet').as_posix()}'" for name in ("f1", "f4"))
            con.execute(
                f"copy (select * replace ('f4' as file_hash) from read_parquet({source}) where metric = 'reads') to {target} (format parquet)"
            )

    return change


def another_property(number: str, days: int = 3, whose: str = "p_other") -> Callable[[Path, Path], None]:
    """A file of another property, page or channel that tells reads of the same days, and what it tells."""

    def change(landing: Path, rules: Path) -> None:
        ledger(delivery_order="a", whose=["p_own"])(landing, rules)
        entry = json.loads((landing / "f1" / "file.json").read_text(encoding="utf-8"))
        entry |= {"file_hash": "f4", "source_file": "shop/f4.csv", "delivery_order": "b", "whose": [whose]}
        entry |= {"physical_records": days, "accepted": days, "quarantined": 0, "duplicate": 0}
        (landing / "f4").mkdir()
        (landing / "f4" / "file.json").write_text(json.dumps(entry))
        with duckdb.connect() as con:
            source, target = (f"'{(landing / name / 'reach_counts.parquet').as_posix()}'" for name in ("f1", "f4"))
            con.execute(
                f"create table t as select * replace (day - n::int as day, line + n as line) from read_parquet({source}), range({days}) as r(n)"
                " where metric = 'reads'"
            )
            spend = f"(from read_parquet({source}) where metric = 'spend')"
            con.execute(f"copy (from t union all by name {spend}) to {source[:-1]}.new' (format parquet)")
            con.execute(f"copy (select * replace ('f4' as file_hash, cast({number} as decimal(38, 6)) as value) from t) to {target} (format parquet)")
        (landing / "f1" / "reach_counts.parquet.new").replace(landing / "f1" / "reach_counts.parquet")

    return change


REACH = "landing/f1/reach_counts.parquet"
SPOILT: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "the ledger vanished": (gone("landing/f1/file.json", "landing/f2/file.json", "landing/f3/file.json"), "some_file_is_known"),
    "an unknown metric": (
        column(REACH, "metric", "case metric when 'reads' then 'raeds' else metric end"),
        "landed_metrics_are_in_the_catalogue",
    ),
    "a metric in another feed": (column(REACH, "metric", "'orders'"), "landed_metrics_are_in_the_catalogue"),
    "no metric": (column(REACH, "metric", "null::varchar"), "landed_metrics_are_in_the_catalogue"),
    "a record lost": (ledger(accepted=1), "records_are_conserved"),
    "a record not counted": (ledger(duplicate=None), "records_are_conserved"),
    "a record invented": (ledger(quarantined=-1, accepted=4), "records_are_conserved"),
    "the rows gone": (gone(REACH), "accepted_records_have_landed"),
    "rows of a file nobody knows": (column(REACH, "file_hash", "'f9'"), "accepted_records_have_landed"),
    "rows of a refused file": (ledger(status="refused", accepted=0), "accepted_records_have_landed"),
    "the quarantine gone": (gone("landing/f1/quarantine.parquet"), "quarantined_records_are_kept"),
    "a negative count": (column(REACH, "value", "-value"), "landed_numbers_are_possible"),
    "a file named for somebody": (ledger(reason="personal_name"), "files_are_not_named_for_people"),
    "more than can be": (column(REACH, "value", "cast(2000000 as decimal(38,6))"), "landed_numbers_are_possible"),
    "an absent value": (column(REACH, "value", "null::decimal(38,6)"), "landed_numbers_are_possible"),
    "seconds that are not a number": (activity_with_nan, "landed_numbers_are_possible"),
    "a day from the future": (column(REACH, "day", "date '2026-01-07'"), "no_day_lies_after_its_file"),
    "no day": (column(REACH, "day", "null::date"), "no_day_lies_after_its_file"),
    "an order from the future": (
        column("landing/f2/conversion_orders.parquet", "at_utc", "timestamp '2026-02-01'"),
        "no_day_lies_after_its_file",
    ),
    "spend without a currency": (column(REACH, "currency", "null::varchar"), "money_has_a_currency"),
    "an order in 'eur'": (column("landing/f2/conversion_orders.parquet", "currency", "'eur'"), "money_has_a_currency"),
    "an order at a rate of last summer": (column("landing/f2/conversion_orders.parquet", "currency", "'USD'"), "rates_are_of_their_time"),
    "spend at a rate of last summer": (column(REACH, "currency", "if(metric = 'spend', 'USD', null)"), "rates_are_of_their_time"),
    "another law for the models": (
        column("rules/class_rules.parquet", "department_kind", "'marketing'"),
        "rules_handed_over_are_the_rules_judged",
    ),
    "no rules for the models": (gone("rules/ownership.parquet"), "rules_handed_over_are_the_rules_judged"),
    "another weight for the models": (
        column("rules/attribution_models.parquet", "first_share", "first_share * 1.01"),
        "rules_handed_over_are_the_rules_judged",
    ),
    "direct visits credited by the models": (column("rules/channels.parquet", "is_direct", "false"), "rules_handed_over_are_the_rules_judged"),
    "another event for the models": (column("rules/event_rules.parquet", "event", "'looked'"), "rules_handed_over_are_the_rules_judged"),
    "a rule twice for the models": (twice("rules/class_rules.parquet"), "rules_handed_over_are_the_rules_judged"),
    "other owners for the models": (column("rules/owners.parquet", "department", "'mkt'"), "rules_handed_over_are_the_rules_judged"),
    "a column by another name": (next_file("columns not loaded: Impr., Cost of the day. A part is not summed"), "metrics_come_with_their_columns"),
    "another property": (another_property("value * 1.2"), "no_account_holds_two_properties"),
    "most refused": (ledger(physical_records=9, quarantined=6), "quarantine_is_the_exception"),
}


def judge_landing(landing: Path, rules: Path) -> dict[str, Verdict]:
    with duckdb.connect() as con:
        open_landing(con, landing, rules)
        return red(con, "landing")


def test_a_clean_landing_passes_every_landing_guard(tmp_path: Path) -> None:
    assert judge_landing(*make_landing(tmp_path)) == {}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_landing_turns_its_guard_red(what: str, tmp_path: Path) -> None:
    landing, rules = make_landing(tmp_path)
    spoil, name = SPOILT[what]
    spoil(landing, rules)
    with duckdb.connect() as con:
        open_landing(con, landing, rules)
        verdict = judge(BY_NAME[name], con, LAW)
    assert verdict.verdict == ("failed" if BY_NAME[name].blocking else "warned"), verdict.message
    assert BY_NAME[name].wrong in verdict.message, verdict.message


@pytest.mark.parametrize(("message", "order"), [(None, "b"), ("columns not loaded: Impr.", "b"), ("columns not loaded: Cost of the day", "0")])
def test_a_file_with_the_columns_of_the_one_before_misses_nothing(tmp_path: Path, message: str | None, order: str) -> None:
    """Nor does an older one: what is missing is missing from what came after."""
    landing, rules = make_landing(tmp_path)
    next_file(message, order)(landing, rules)
    assert judge_landing(landing, rules) == {}


@pytest.mark.parametrize(
    ("number", "days", "whose"), [("value * 1.05", 3, "p_other"), ("value * 2", 2, "p_other"), ("value * 2", 3, "p_own"), ("value - 5", 3, "p_own")]
)
def test_a_property_by_a_new_name_and_its_own_newer_numbers_are_no_second_one(tmp_path: Path, number: str, days: int, whose: str) -> None:
    landing, rules = make_landing(tmp_path)
    another_property(number, days, whose)(landing, rules)
    assert judge_landing(landing, rules) == {}


def test_a_count_that_its_platform_takes_back_may_be_negative(tmp_path: Path) -> None:
    landing, rules = make_landing(tmp_path)
    column(REACH, "value", "-value")(landing, rules)
    entry = json.loads((landing / "f1" / "file.json").read_text(encoding="utf-8"))
    (landing / "f1" / "file.json").write_text(json.dumps(entry | {"corrects": ["reads"]}), encoding="utf-8")
    assert judge_landing(landing, rules) == {}
    (landing / "f1" / "file.json").write_text(json.dumps(entry | {"corrects": ["others"]}), encoding="utf-8")
    assert "landed_numbers_are_possible" in judge_landing(landing, rules)


@pytest.mark.parametrize("currency", ["CNY", "GBP"])
def test_a_rate_of_last_month_is_not_old_and_no_rate_has_another_warning(currency: str, tmp_path: Path) -> None:
    landing, rules = make_landing(tmp_path)
    column("landing/f2/conversion_orders.parquet", "currency", f"'{currency}'")(landing, rules)
    assert judge_landing(landing, rules) == {}


def test_every_landing_guard_is_spoilt() -> None:
    assert {name for _, name in SPOILT.values()} == {guard.name for guard in registry.guards("landing")}


def test_a_landing_that_is_not_there_is_held(tmp_path: Path) -> None:
    assert "some_file_is_known" in judge_landing(tmp_path / "landing", tmp_path / "rules")


def test_a_ledger_entry_that_cannot_be_read_holds_the_night(tmp_path: Path) -> None:
    landing, rules = make_landing(tmp_path)
    (landing / "f1" / "file.json").write_text("{not json", encoding="utf-8")
    assert judge_landing(landing, rules)["records_are_conserved"].holds_the_night
