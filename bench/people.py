"""S6, S9 and S13: what retention, sessions and paths cost beside reading their input once, and how that grows.

Belongs here: made-up activity, touches and conversions as Parquet, the project's own compiled models run over them, the floor.
Never here: SQL that computes a number; what is timed is what dbt would run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from math import log
from pathlib import Path

import duckdb

from bench.ratios import Cost, command, in_turn, told

DAYS = 365
ACTIVITY = ("account_id", "person", "day", "is_current")
VISITS = ("account_id", "person", "at_utc", "session", "is_current")
TOUCHES = ("account_id", "person", "at_utc", "day", "delivery_order", "line", "channel", "campaign", "function", "is_direct", "is_current")
COHORTS = ("int_presence", "int_people_accounts", "int_returns", "int_people_spans", "int_periods", "int_moves", "int_cohorts")
SESSIONS = ("int_people_accounts", "int_visits_begun", "int_sessions")
VIEWS = ("int_presence",)

# In the order of time, as exports are. Fifty records a person, most of them soon after he came; instants in bursts, as visits are.
# Hashes instead of random numbers: the same every time.
_ACTIVITY = """
    with people as (select range as n, hash(range) % {days} as came from range({rows} // 50)),
    records as (
        select n, hash(n, i) as dice, came + (pow((hash(i, n) % 10000) / 10000, 3) * ({days} - came))::bigint as offset_days
        from people cross join range(50) as r (i)
    )
    select 'app' as account_id, 'p_' || md5(n::varchar) as person, date '2025-01-01' + offset_days::integer as day,
        date '2025-01-01' + offset_days::integer + to_seconds(dice % 4 * 20000 + dice // 7 % 1200) as at_utc,
        null::varchar as session, true as is_current, null::varchar as event
    from records order by at_utc
"""
_TOUCHES = """
    select 'site' as account_id, 'p_' || md5((hash(range) % ({rows} // 10))::varchar) as person,
        timestamp '2025-01-01' + to_seconds((hash(range + 1) % ({days} * 86400))::bigint) as at_utc, at_utc::date as day,
        1 as delivery_order, range as line, 'channel' || hash(range + 2) % 12 as channel,
        case when hash(range + 3) % 4 = 0 then 'campaign' || hash(range + 4) % 40 end as campaign,
        'function' || hash(range + 2) % 5 as function, hash(range + 2) % 12 = 0 as is_direct, true as is_current
    from range({rows})
"""
_CONVERSIONS = """
    select range as conversion, 'p_' || md5((hash(range * 7) % ({rows} // 10))::varchar) as person,
        timestamp '2025-01-01' + to_seconds((hash(range + 9) % ({days} * 86400))::bigint) as at_utc,
        case when range % 5 = 0 then at_utc - interval 10 day end as previous_order_at
    from range({rows} // 50)
"""
# What the models look up besides: one row or a few.
_BESIDE = {
    "staging.stg_files": "select unnest(['app', 'site']) as account_id",
    "staging.stg_orders": "select ''::varchar as account_id, ''::varchar as person, null::date as day, false as is_current limit 0",
    "intermediate.int_coverage": "select 'app' as account_id, 'activity' as shape, date '2025-12-31' as last_complete_day",
}
_RULES = {
    "attribution_models": "select 30 as look_back_days",
    "accounts": "select 'app' as account_id, null::date as valid_to",
}


class Bench:
    """One folder of input of a given size, and the compiled models to run over it."""

    def __init__(self, place: Path, rows: int) -> None:
        self.place, self.rows = place, rows
        place.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as con:
            for name, sql in (("activity", _ACTIVITY), ("touches", _TOUCHES), ("conversions", _CONVERSIONS)):
                con.execute(f"copy ({sql.format(rows=rows, days=DAYS)}) to '{self.parquet(name)}' (format parquet)")

    def parquet(self, name: str) -> Path:
        return self.place / f"{name}.parquet"

    def scan(self, name: str, columns: Sequence[str]) -> Callable[[], object]:
        """The floor: the same columns of the same file read once, and a sum of their hashes."""
        return lambda: duckdb.connect().execute(f"select sum(hash({', '.join(columns)})) from '{self.parquet(name)}'").fetchall()

    def models(self, compiled: Path, names: Sequence[str], kept: Sequence[str] = ()) -> Callable[[], object]:
        """Runs the models' SQL as dbt would, into a new file; `kept` are computed beforehand, outside the clock."""
        ready = self.place / "ready.duckdb"
        if kept:
            self._run(ready, compiled, kept)

        def work() -> None:
            target = self.place / "target.duckdb"
            target.unlink(missing_ok=True)
            self._run(target, compiled, names, ready if kept else None)

        return work

    def _run(self, file: Path, compiled: Path, names: Sequence[str], ready: Path | None = None) -> None:
        from tests.compiled import made_in_python, python_model

        with duckdb.connect() as con:
            con.execute(f"attach '{file}' as warehouse; use warehouse; set preserve_insertion_order = false; set TimeZone = 'UTC'")
            for schema in ("staging", "intermediate", "attribution"):
                con.execute(f"create schema {schema}")
            for view, source in (
                ("staging.stg_activity", "activity"),
                ("staging.stg_touches", "touches"),
                ("attribution.int_conversions", "conversions"),
            ):
                con.execute(f"create view {view} as select * from '{self.parquet(source)}'")
            for table, sql in _BESIDE.items():
                con.execute(f"create table {table} as {sql}")
            if ready is not None:
                con.execute(f"attach '{ready}' as ready (read_only)")
                found = con.execute("select table_name from duckdb_tables() where database_name = 'ready' and schema_name = 'intermediate'")
                for (table,) in found.fetchall():
                    con.execute(f"drop table if exists intermediate.{table}")
                    con.execute(f"create view intermediate.{table} as select * from ready.intermediate.{table}")
            for name in names:
                path = next(compiled.rglob(f"{name}.sql"), None)
                if path is None:
                    con.execute("set search_path = 'warehouse.intermediate,warehouse.staging'")
                    made_in_python(con, name, python_model(name))
                else:
                    kind = "view" if name in VIEWS else "table"
                    con.execute(f"create {kind} {path.parent.name}.{name} as ({path.read_text()})")


def compiled_models(place: Path) -> Path:
    """`dbt compile` of the project: its SQL with every name filled in. The rules it reads are a few rows of our own."""
    from pipelines.paths import DBT_PROJECT

    rules = place / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        for name, sql in _RULES.items():
            con.execute(f"copy ({sql}) to '{rules / name}.parquet' (format parquet)")
    (rules / "run.json").write_text('{"as_of": "2026-01-01", "time_zone": "Asia/Shanghai", "currency": "CNY", "profile": "default"}')
    os.environ.update(
        {
            "KPI_WAREHOUSE": str(place / "warehouse.duckdb"), "KPI_CANDIDATE": str(place / "candidate.duckdb"), "KPI_RULES": str(rules),
            "KPI_LANDING": str(place / "landing"), "DBT_PROFILES_DIR": str(DBT_PROJECT), "DBT_TARGET_PATH": str(place / "dbt"),
            "DBT_LOG_PATH": str(place / "dbt"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1",
        }
    )  # fmt: skip
    command([str(Path(sys.executable).with_name("dbt")), "--quiet", "compile", "--project-dir", str(DBT_PROJECT)])()
    return place / "dbt" / "compiled"


def measure(place: Path, rows: int) -> None:
    # a night has them in its process long before its models; imported here, each run's child has them too
    import polars
    import pyarrow.dataset

    assert polars
    assert pyarrow.dataset
    compiled = compiled_models(place / "project")
    small, large = Bench(place / "small", rows // 10), Bench(place / "large", rows)
    works = [
        ("S6", "retention in full", "activity", ACTIVITY, COHORTS, (), "at most 3"),
        ("S6", "the nightly matrix from kept returns", "activity", ACTIVITY, COHORTS[-2:], COHORTS[:-2], "at most 0.5"),
        ("S9", "sessions", "activity", VISITS, SESSIONS, (), "at most 2.5"),
        ("S9", "paths 30 days back", "touches", TOUCHES, ("int_paths",), (), "at most 1.5"),
    ]
    for goal, what, source, columns, models, kept, wanted in works:
        costs: list[Cost] = []
        for bench in (small, large):
            ours, floor = in_turn(bench.models(compiled, models, kept), bench.scan(source, columns))
            costs.append(ours)
        told(goal, ours, floor, f"{what}, {rows:,} rows", "one scan", wanted)
        exponent = log(costs[1].cpu / costs[0].cpu) / log(10)
        print(f"S13  {what}: CPU grows with the power {exponent:.2f} from {rows // 10:,} to {rows:,} rows; goal: at most 1.05", flush=True)
