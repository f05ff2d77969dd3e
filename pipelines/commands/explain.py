"""`kpi explain METRIC DAY`: a published number with its owner, the rule that says so, the law, its files, its checks and its past.

Belongs here: what is asked, and saying what was found in sentences. Never here: finding it (explanation.py), computing anything.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from itertools import groupby
from typing import Any

from expectations.problems import near
from pipelines.cli import PUBLISHED, Usage
from pipelines.commands.changed import sentence
from pipelines.durable import read_json
from pipelines.explanation import explain
from pipelines.paths import Paths
from pipelines.questions import Row

SHOWN_FILES, SHOWN_CHANGES = 6, 5


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    if not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `{paths.kpi} run` runs a night")
    try:
        day = date.fromisoformat(asked.day)
    except ValueError:
        raise Usage(f"'{asked.day}' is not a day; type it as YYYY-MM-DD") from None
    metric, profile = _meant(asked, paths)
    found = explain(paths, metric, day, profile, asked.account, asked.campaign)
    if asked.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return PUBLISHED
    if not found["rows"]:
        _tell_nothing(found, asked.account)
        return PUBLISHED
    _tell(found)
    return PUBLISHED


def _meant(asked: argparse.Namespace, paths: Paths) -> tuple[str, str]:
    """The metric and the profile as the published file spells them; what is not in it is refused with what it has."""
    import duckdb

    with duckdb.connect(str(paths.database), read_only=True) as con:
        metrics = [(str(metric), str(code or "")) for metric, code in con.execute("select metric, code from metric_catalogue").fetchall()]
        profiles = {str(name).lower(): str(name) for (name,) in con.execute("select distinct profile from departments").fetchall()}
        accounts = [str(name) for (name,) in con.execute("select distinct account_id from accounts order by all").fetchall()]
    codes = {code.lower(): metric for metric, code in metrics if code}
    metric = codes.get(asked.metric.lower(), asked.metric)
    if metric not in {name for name, _ in metrics}:
        hint = near(asked.metric, [name for name, _ in metrics]) or "the table metric_catalogue of the published file lists it"
        raise Usage(f"'{asked.metric}' is not in the catalogue (metric_catalogue); {hint}")
    profile = profiles.get(str(asked.profile or read_json(paths.manifest).get("profile")).lower())
    if profile is None:
        raise Usage(f"'{asked.profile}' is not a profile; there are {', '.join(sorted(profiles.values()))}")
    if asked.account and asked.account not in accounts:
        raise Usage(f"'{asked.account}' is not an account; {near(asked.account, accounts) or 'there are ' + ', '.join(accounts)}")
    return metric, profile


def _tell_nothing(found: dict[str, Any], account: str | None) -> None:
    known = [row for row in found["known"] if row["numbers"]]
    where = "; ".join(f"{row['account_id']} from {row['first_day']} to {row['last_day']}" for row in known)
    print(f"{found['metric']} has no number on {found['day']}{' for ' + account if account else ''}: "
          f"{'it is known of ' + where if where else 'no file has fed it yet'}")  # fmt: skip


def _tell(found: dict[str, Any]) -> None:
    rows = found["rows"]
    print(f"{found['metric']} on {found['day']}, as {found['profile']} owns it (version {found['version']})")
    print(f"  {rows[0]['description']}")
    print(f"  class {rows[0]['class']}: the law gives it to {' or '.join(found['lawful_kinds']) or 'nobody'}; it adds up as {rows[0]['aggregation']}")
    for (account, campaign), some in groupby(rows, key=lambda row: (row["account_id"], row["campaign"])):
        owners = list(some)
        mine = _of(account, campaign)
        print(f"- {account}{' / ' + campaign if campaign else ''}: {_value(owners[0])}")
        for row in filter(mine, found["parts"]):
            print(f"    {row['part']}: {row['metric']} {_value(row)}, from {row['source_file'] or 'no file'}")
        _tell_files(owners[0], found["files"])
        for row in owners:
            _tell_owner(row)
        _tell_past(account, campaign, found)
    _tell_checks(found["checks"])


def _of(account: str, campaign: str) -> Any:
    return lambda row: row["account_id"] == account and row["campaign"] == campaign


def _value(row: Row) -> str:
    if row["value"] is None:
        said = row.get("missing_text")
        return f"no value ({row['missing_reason']}{': ' + said if said else ''})"
    provisional = ", provisional: the platform's newest days still grow" if row.get("is_provisional") else ""
    return _spoken(row) + provisional


def _spoken(row: Row) -> str:
    """The value with its unit. A ratio in per cent is kept as a fraction; said so, it would be a hundred times too small."""
    parts = f" ({_plain(row['numerator'])} of {_plain(row['denominator'])})" if row.get("denominator") is not None else ""
    if row.get("aggregation") == "ratio" and row["unit"] == "%":
        return f"{row['value'] * 100:.2f} %{parts}"
    return f"{_plain(row['value'])} {row['currency'] or row['unit']}{parts}"


def _plain(number: Any) -> str:
    return "?" if number is None else f"{number.normalize():f}"


def _tell_files(cell: Row, files: list[Row] | None) -> None:
    received = f", received {cell['received_at']}" if cell["received_at"] else ""
    kept = f", archive/{cell['file_hash']}" if cell["file_hash"] else ""
    print(f"    from {cell['source_file'] or 'no file: the day was left out'}{received}{kept}")
    if files is None:
        print("    (the working file of this version is not here; after the next night it says which records are behind the number)")
        return
    # an event carries no campaign: what is behind a cell of an account is behind all of it
    behind = [row for row in files if row["account_id"] == cell["account_id"] and row["campaign"] in (None, cell["campaign"])]
    if not behind:
        if cell["source_file"] and cell["value"] is not None and not cell["value"]:
            print("    no record on that day: a measured zero; that file is the first that reached past the day")
        return
    total, counted = sum(row["records"] for row in behind), sum(row["counted"] for row in behind)
    rest = "; later files superseded the others" if counted < total else ""
    print(f"    {counted} of {total} records in {len(behind)} file{'s' if len(behind) > 1 else ''} count{rest}:")
    for row in behind[:SHOWN_FILES]:
        lines = f"line {row['first_line']}" if row["first_line"] == row["last_line"] else f"lines {row['first_line']} to {row['last_line']}"
        said = f", which said {_plain(row['said'])}" if row["said"] is not None else ""
        counts = f"{row['counted']} of {row['records']} {row['shape']} records count"
        print(f"      {row['source_file']}, {lines}: {counts}{said}; received {row['received_at']}")
    if len(behind) > SHOWN_FILES:
        print(f"      ... and {len(behind) - SHOWN_FILES} files more (--json lists all)")


def _tell_owner(row: Row) -> None:
    share = f", share {row['share']:g}" if row["share"] is not None else ""
    print(f"    {row['role']}: {row['department']} ({row['department_kind']}) through {row['function']}{share}")
    if not row["ownership_rule"]:
        print("      no row of ownership.csv speaks of it: the number is unassigned")
        return
    until = f"{row['valid_from'] or 'always'} until {row['valid_to'] or 'further notice'}"
    print(f"      by {row['ownership_rule']}, {until}{'; reason: ' + row['reason'] if row['reason'] else ''}"
          f"{'; approved by ' + row['approved_by'] if row['approved_by'] else ''}")  # fmt: skip
    if row["is_override"]:
        print("      against the law for its class, by that written reason")


def _tell_past(account: str, campaign: str, found: dict[str, Any]) -> None:
    past = [row for row in found["history"] if _of(account, campaign)(row)]
    if past:
        first = past[0]
        already = " or before: it is the oldest that is kept" if first["is_oldest_kept"] else ""
        print(f"    first in version {first['version']}{already}, as {_said(first)}")
    for row in past[1:]:
        print(f"      since version {row['version']}: {_said(row)}")
    restated = [row for row in found["restatements"] if row["account_id"] == account]
    whole = "all campaigns: " if any(row["account_id"] == account and row["campaign"] for row in found["history"]) else ""
    for row in restated[:SHOWN_CHANGES]:
        print(f"      {whole}{sentence(row)}")
    if len(restated) > SHOWN_CHANGES:
        print(f"      ... and {len(restated) - SHOWN_CHANGES} more; `kpi why-changed {found['metric']}` lists them")


def _said(row: Row) -> str:
    if not row["is_there"]:
        return "not there any more"
    return _plain(row["value"]) if row["value"] is not None else f"no value ({row['missing_reason']})"


def _tell_checks(checks: list[Row]) -> None:
    guards = [row for row in checks if row["layer"] != "dbt"]
    passed = [row["check_name"] for row in guards if row["verdict"] == "passed"]
    tests = sum(row["layer"] == "dbt" and row["verdict"] == "passed" for row in checks)
    print(f"  {len(passed)} checks passed on this version that touch it: {', '.join(passed)}; and {tests} dbt tests of its tables")
    for row in [row for row in checks if row["verdict"] != "passed"]:
        print(f"  {row['verdict']}: {row['check_name']} ({row['message']})")
