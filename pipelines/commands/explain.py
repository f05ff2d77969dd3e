"""`kpi explain METRIC DAY`: a published number with its owner, the rule that says so, the law, and the file it came from.

Belongs here: reading the published file and saying it in sentences. Never here: computing anything.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import Any

from pipelines.cli import PUBLISHED, Usage
from pipelines.durable import read_json
from pipelines.paths import Paths
from pipelines.rules import load_rules

NUMBERS = """
    select kpi.*, owned.profile, owned.department, owned.department_kind, owned.function, owned.role, owned.share,
           owned.ownership_rule, owned.reason, owned.approved_by, rule.valid_from, rule.valid_to,
           catalogue.name_en, catalogue.description, files.file_hash
    from kpi_daily as kpi
    inner join owned_kpi_daily as owned
        on owned.metric = kpi.metric and owned.account_id = kpi.account_id and owned.campaign = kpi.campaign and owned.day = kpi.day
    inner join metric_catalogue as catalogue on catalogue.metric = kpi.metric
    left join ownership as rule on rule.ownership_rule = owned.ownership_rule
    left join files on files.source_file = kpi.source_file
    where kpi.metric = $metric and kpi.day = $day and owned.profile = $profile
      and ($account is null or kpi.account_id = $account)
    qualify row_number() over (
        partition by kpi.account_id, kpi.campaign, owned.role, owned.department order by files.received_at desc
    ) = 1
    order by kpi.account_id, kpi.campaign, owned.role, owned.department
"""


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    import duckdb

    if not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `kpi --home {paths.home} run` runs a night")
    split = load_rules(paths)
    try:
        day = date.fromisoformat(asked.day)
    except ValueError:
        raise Usage(f"'{asked.day}' is not a day; type it as YYYY-MM-DD") from None
    known = {str(row["code"]).lower(): str(row["metric"]) for row in split.tables["metrics"] if row["code"]}
    metric = known.get(asked.metric.lower(), asked.metric)
    if metric not in set(split.metric_ids()):
        raise Usage(f"'{asked.metric}' is not in the catalogue; the table metric_catalogue of the published file lists it")
    profiles = {str(row["profile"]).lower(): str(row["profile"]) for row in split.tables["departments"]}
    profile = profiles.get((asked.profile or split.settings.profile).lower())
    if profile is None:
        raise Usage(f"'{asked.profile}' is not a profile; there are {', '.join(sorted(profiles.values()))}")
    with duckdb.connect(str(paths.database), read_only=True) as con:
        result = con.execute(NUMBERS, {"metric": metric, "day": day, "profile": profile, "account": asked.account})
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        span = con.execute("select min(day), max(day) from kpi_daily where metric = ?", [metric]).fetchone()
    law = sorted(str(row["department_kind"]) for row in split.tables["class_rules"] if rows and row["class"] == rows[0]["class"])
    manifest: Any = read_json(paths.manifest)
    checks = [check["check_name"] for check in manifest["checks"] if check["verdict"] == "passed" and check["layer"] != "dbt"]
    if asked.json:
        print(json.dumps({"rows": rows, "lawful_kinds": law, "version": manifest["version"], "checks_passed": checks},
                         ensure_ascii=False, default=str))  # fmt: skip
        return PUBLISHED
    if not rows:
        between = f"the catalogue's {metric} is known from {span[0]} to {span[1]}" if span and span[0] else f"no file has fed {metric} yet"
        print(f"{metric} has no number on {day}{' for ' + asked.account if asked.account else ''}: {between}")
        return PUBLISHED
    print(f"{metric} on {day}, as {profile} owns it (version {manifest['version']})")
    print(f"  {rows[0]['description']}")
    print(f"  class {rows[0]['class']}: the law gives it to {' or '.join(law) or 'nobody'}; it adds up as {rows[0]['aggregation']}")
    seen: set[tuple[str, str]] = set()
    for row in rows:
        place = (row["account_id"], row["campaign"])
        if place not in seen:
            seen.add(place)
            value = _spoken(row) if row["value"] is not None else f"no value ({row['missing_reason']})"
            print(f"- {row['account_id']}{' / ' + row['campaign'] if row['campaign'] else ''}: {value}")
            received = f", received {row['received_at']}" if row["received_at"] else ""
            kept = f", archive/{row['file_hash']}" if row["file_hash"] else ""
            print(f"    from {row['source_file'] or 'no file: the day was left out'}{received}{kept}")
        share = f", share {row['share']:g}" if row["share"] is not None else ""
        print(f"    {row['role']}: {row['department']} ({row['department_kind']}) through {row['function']}{share}")
        if row["ownership_rule"]:
            until = f"{row['valid_from'] or 'always'} until {row['valid_to'] or 'further notice'}"
            print(f"      by {row['ownership_rule']}, {until}{'; reason: ' + row['reason'] if row['reason'] else ''}"
                  f"{'; approved by ' + row['approved_by'] if row['approved_by'] else ''}")  # fmt: skip
        else:
            print("      no row of ownership.csv speaks of it: the number is unassigned")
    print(f"  {len(checks)} checks passed on this version")
    return PUBLISHED


def _spoken(row: dict[str, Any]) -> str:
    """The value with its unit. A ratio in per cent is kept as a fraction; said so, it would be a hundred times too small."""
    if row["aggregation"] == "ratio" and row["unit"] == "%":
        parts = f" ({row['numerator'].normalize():f} of {row['denominator'].normalize():f})" if row["denominator"] is not None else ""
        return f"{row['value'] * 100:.2f} %{parts}"
    return f"{row['value'].normalize():f} {row['currency'] or row['unit']}"
