"""Where one published number comes from: its owner and the row that says so, its records and files, its checks and its past.

Belongs here: asking the published file, the versions that are kept and, where it is there, the working file beside them; all read-only.
Never here: computing a number, words for people (commands/explain.py), a rule.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from expectations.guards import guards
from pipelines.durable import read_json
from pipelines.paths import Paths
from pipelines.questions import Row, ask

if TYPE_CHECKING:
    import duckdb

# the tables that a published cell stands in
CELL = frozenset({"kpi_daily", "owned_kpi_daily"})


def explain(paths: Paths, metric: str, day: date, profile: str, account: str | None, campaign: str | None) -> dict[str, Any]:
    """Everything that is known of the cells of a metric on a day, as plain rows."""
    import duckdb

    with duckdb.connect() as con:
        _attach(con, paths.database, "published")
        con.execute("use published")
        cell = {"metric": metric, "day": day}
        rows = ask(con, "explain_numbers", {**cell, "profile": profile, "account": account, "campaign": campaign})
        manifest: Any = read_json(paths.manifest)
        return {
            "metric": metric,
            "day": day,
            "profile": profile,
            "rows": rows,
            "lawful_kinds": _law(con, metric),
            "parts": ask(con, "explain_parts", cell),
            "files": _files(con, paths, {**cell, "account": account}),
            "restatements": ask(con, "restatements", {**cell, "account": account, "since": None}),
            "history": _history(con, paths, metric, day),
            "checks": _checks(con, metric, {str(row["account_id"]) for row in rows}),
            "checks_passed": [row["check_name"] for row in manifest["checks"] if row["verdict"] == "passed" and row["layer"] != "dbt"],
            "known": ask(con, "explain_known", {"metric": metric}),
            "version": manifest["version"],
        }


def _attach(con: duckdb.DuckDBPyConnection, path: Any, name: str) -> None:
    quoted = str(path).replace("'", "''")
    con.execute(f"attach '{quoted}' as {name} (read_only)")


def _law(con: duckdb.DuckDBPyConnection, metric: str) -> list[str]:
    law = "select department_kind from class_rules inner join metric_catalogue using (class) where metric = $1 order by department_kind"
    return list(dict.fromkeys(str(kind) for (kind,) in con.execute(law, [metric]).fetchall()))


def _files(con: duckdb.DuckDBPyConnection, paths: Paths, cell: dict[str, object]) -> list[Row] | None:
    """None where the working file is not there, or of a code that kept it otherwise: it is the pipeline's own, and the next night makes it again."""
    import duckdb

    if not paths.warehouse.is_file():
        return None
    try:
        _attach(con, paths.warehouse, "working")
        return ask(con, "explain_files", cell)
    except duckdb.Error:
        return None


def _history(con: duckdb.DuckDBPyConnection, paths: Paths, metric: str, day: date) -> list[Row]:
    """What each version that is kept said of these cells, the oldest first; only where it says something else than the one before."""
    kept: list[Any] = [read_json(path) for path in paths.versions.glob("*/manifest.json")]
    kept = sorted((one for one in kept if one), key=lambda one: (one["created_at"], int(one["version"].rsplit(".", 1)[1])))
    said: dict[tuple[str, str], tuple[Any, Any]] = {}
    found: list[Row] = []
    for at, manifest in enumerate(kept):
        database = paths.versions / manifest["version"] / paths.database.name
        if not database.is_file():
            continue
        _attach(con, database, "kept")
        try:
            cells = ask(con, "explain_cell", {"metric": metric, "day": day})
        finally:
            con.execute("detach kept")
        now = {(row["account_id"], row["campaign"]): (row["value"], row["missing_reason"]) for row in cells}
        for key in sorted(said.keys() | now.keys()):
            if (key in said) != (key in now) or said.get(key) != now.get(key):
                value, reason = now.get(key, (None, None))
                found.append({
                    "account_id": key[0], "campaign": key[1], "version": manifest["version"], "created_at": manifest["created_at"],
                    "is_oldest_kept": at == 0, "is_there": key in now, "value": value, "missing_reason": reason,
                })  # fmt: skip
        said = now
    return found


def _checks(con: duckdb.DuckDBPyConnection, metric: str, accounts: set[str]) -> list[Row]:
    """The checks that touch the cell: guards of its files and of its tables, dbt's tests of those tables, and any that did not pass and names it."""
    reads = {guard.name: guard.gate == "landing" or bool(CELL & set(guard.reads)) for gate in ("landing", "publish") for guard in guards(gate)}
    found = []
    for row in ask(con, "explain_checks"):
        tested = row["layer"] == "dbt" and any(table in row["check_name"] for table in CELL)
        named = row["verdict"] != "passed" and any(word in str(row["message"]) for word in {metric, *accounts})
        if reads.get(row["check_name"]) or tested or named:
            found.append(row)
    return found
