"""What evidence SQL may read: landing files as views, the merged rules as temporary tables.

Belongs here: names and types of what evidence selects from; a missing folder becomes an empty view, never an error or a pass.
Never here: what must be true of it. Rule tables come from the validated set in memory,
so a guard does not trust what dbt was handed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from expectations.guard import Split

if TYPE_CHECKING:
    import duckdb

FEEDS = ("reach", "followers", "retention", "conversion")
LEDGER = {
    "file_hash": "varchar", "source_file": "varchar", "account_id": "varchar", "adapter": "varchar", "received_at": "timestamp",
    "declined": "bigint", "physical_records": "bigint", "accepted": "bigint", "quarantined": "bigint", "duplicate": "bigint", "status": "varchar",
    "reason": "varchar", "message": "varchar", "delivery_order": "varchar", "corrects": "varchar[]",
    "whose": "varchar[]",
}  # fmt: skip
SHAPES = {
    "counts": {
        "file_hash": "varchar",
        "line": "bigint",
        "metric": "varchar",
        "day": "date",
        "value": "decimal(38,6)",
        "currency": "varchar",
        "campaign": "varchar",
        "post": "varchar",
        "dimension": "varchar",
        "member": "varchar",
        "is_lifetime": "boolean",
    },
    "activity": {"file_hash": "varchar", "at_utc": "timestamp", "seconds": "double"},
    "touches": {"file_hash": "varchar", "at_utc": "timestamp"},
    "orders": {"file_hash": "varchar", "at_utc": "timestamp", "value": "decimal(38,6)", "currency": "varchar"},
    "cases": {"file_hash": "varchar", "opened_at_utc": "timestamp", "sentiment": "double"},
    "quarantine": {"file_hash": "varchar", "line": "bigint", "rule": "varchar"},
}
RULES = {
    "metrics": {
        "metric": "varchar", "class": "varchar", "function": "varchar", "unit": "varchar", "grain": "varchar",
        "aggregation": "varchar", "direction": "varchar", "null_policy": "varchar", "surface": "varchar",
        "feed": "varchar", "measure": "varchar", "numerator": "varchar", "denominator": "varchar", "multiplier": "double",
        "lowest": "double", "highest": "double",
    },
    "class_rules": {"class": "varchar", "department_kind": "varchar"},
    "functions": {"function": "varchar", "parent": "varchar"},
    "departments": {
        "profile": "varchar", "department": "varchar", "kind": "varchar", "reports_to": "varchar", "valid_from": "date", "valid_to": "date",
    },
    "ownership": {
        "ownership_rule": "varchar", "profile": "varchar", "function": "varchar", "department": "varchar", "role": "varchar",
        "share": "double", "valid_from": "date", "valid_to": "date", "reason": "varchar", "approved_by": "varchar",
    },
    "owners": {
        "ownership_rule": "varchar", "profile": "varchar", "function": "varchar", "through": "varchar", "department": "varchar",
        "role": "varchar", "share": "double", "valid_from": "date", "valid_to": "date",
    },
    "channels": {
        "priority": "integer", "source": "varchar", "medium": "varchar", "campaign": "varchar", "channel": "varchar",
        "function": "varchar", "is_direct": "boolean", "is_paid": "boolean",
    },
    "event_rules": {"event": "varchar", "measure": "varchar", "conversion_type": "varchar"},
    "attribution_models": {
        "model": "varchar", "family": "varchar", "look_back_days": "integer", "half_life_days": "double", "first_share": "double",
        "last_share": "double", "markov_order": "integer", "journey_resets": "boolean", "collapse_repeats": "boolean",
    },
    "missing_reasons": {"reason": "varchar"},
    "fx_rates": {"day": "date", "currency": "varchar"},
    "rate_rules": {"rule": "varchar", "value": "double"},
}  # fmt: skip


def open_landing(con: duckdb.DuckDBPyConnection, landing: Path, rules: Path) -> None:
    """Makes landing_files, landing_<shape>, landing_rows and handed_<rule table> as temporary views over what lies on disk."""
    # the folder of zero-row files has a blank entry, so that dbt finds one on an empty night; it is no received file
    entries = sorted(path for path in landing.glob("*/file.json") if path.parent.name != "empty")
    ledger = _scan(entries, LEDGER, "json")
    con.execute(f"create or replace temp view landing_files as {ledger}")  # our own column lists and quoted paths
    held: list[str] = []
    for shape, columns in SHAPES.items():
        parts = []
        for feed in FEEDS if shape != "quarantine" else ("quarantine",):
            name = shape if shape == "quarantine" else f"{feed}_{shape}"
            files = sorted(landing.glob(f"*/{name}.parquet"))
            parts.append(f"select '{feed}' as feed, * from ({_scan(files, columns, 'parquet')})")  # noqa: S608
            if files and shape != "quarantine":
                held.append(f"select '{name}' as table_name, file_hash from read_parquet({_paths(files)}, union_by_name = true)")  # noqa: S608
        con.execute(f"create or replace temp view landing_{shape} as {' union all '.join(parts)}")
    every = " union all ".join(held) or "select '' as table_name, '' as file_hash where false"
    counted = f"select table_name, file_hash, count(*) as landed from ({every}) group by all"  # noqa: S608
    con.execute(f"create or replace temp view landing_rows as {counted}")
    for table, columns in RULES.items():
        files = sorted(rules.glob(f"{table}.parquet"))
        con.execute(f"create or replace temp view handed_{table} as {_scan(files, columns, 'parquet')}")


def bind_rules(con: duckdb.DuckDBPyConnection, split: Split, sql: str) -> None:
    """Makes the rule_<table> tables that this SQL names. A column that is not there raises, and the guard has failed."""
    for table, columns in RULES.items():
        if f"rule_{table}" in sql:
            rows = split.tables[table]
            lists = [[_blank(row[column]) for row in rows] for column in columns]
            typed = ", ".join(f'unnest(?::{kind}[]) as "{column}"' for column, kind in columns.items())
            con.execute(f"create or replace temp table rule_{table} as select {typed}", lists)
    if "rule_settings" in sql:
        con.execute(
            "create or replace temp table rule_settings as select ?::varchar as profile, ?::varchar as currency",
            [split.settings.profile, split.settings.currency],
        )


def _blank(value: object) -> object:
    return None if value == "" else value


def _paths(files: list[Path]) -> str:
    return "[" + ", ".join("'" + path.as_posix().replace("'", "''") + "'" for path in files) + "]"


def _scan(files: list[Path], columns: dict[str, str], kind: str) -> str:
    if not files:
        nothing = ", ".join(f'cast(null as {of}) as "{column}"' for column, of in columns.items())
        return f"select {nothing} where false"
    if kind == "json":
        declared = ", ".join(f"{column}: '{of}'" for column, of in columns.items())
        return f"select * from read_json({_paths(files)}, format = 'unstructured', columns = {{{declared}}})"  # noqa: S608
    typed = ", ".join(f'cast("{column}" as {of}) as "{column}"' for column, of in columns.items())
    return f"select {typed} from read_parquet({_paths(files)}, union_by_name = true)"  # noqa: S608
