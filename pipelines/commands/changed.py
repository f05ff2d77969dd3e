"""`kpi why-changed [METRIC] [--since VERSION]`: which delivery changed a number that had been believed, in a sentence each.

Belongs here: reading the published restatements and saying them. Never here: comparing, computing.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from pipelines.cli import PUBLISHED, Usage
from pipelines.durable import read_json
from pipelines.paths import Paths
from pipelines.rules import load_rules

CHANGES = """
    select r.metric, c.name_en as name, c.unit, r.account_id, r.day, r.version, r.value_before, r.value_after,
           r.known_before, r.known_after, r.source_file
    from restatements as r
    inner join metric_catalogue as c using (metric)
    where ($metric is null or r.metric = $metric) and ($since is null or r.version > $since)
    order by r.known_after desc, r.metric, r.account_id, r.day
"""
SHOWN = 50


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    import duckdb

    if not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `kpi --home {paths.home} run` runs a night")
    catalogue = load_rules(paths).tables["metrics"]
    codes = {str(row["code"]).lower(): str(row["metric"]) for row in catalogue if row["code"]}
    metric = codes.get(asked.metric.lower(), asked.metric) if asked.metric else None
    if metric and metric not in {row["metric"] for row in catalogue}:
        raise Usage(f"'{asked.metric}' is not in the catalogue; the table metric_catalogue of the published file lists it")
    # a version is its run date and a number; what became known on that date was in it
    since = asked.since.rsplit(".", 1)[0] if asked.since else None
    with duckdb.connect(str(paths.database), read_only=True) as con:
        result = con.execute(CHANGES, {"metric": metric, "since": since})
        names = [column[0] for column in result.description]
        rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    if asked.json:
        print(json.dumps(rows, ensure_ascii=False, default=str))
        return PUBLISHED
    about = f"of {metric} " if metric else ""
    if not rows:
        after = f" since version {asked.since}" if asked.since else ""
        print(f"no past number {about}has changed{after}; this is version {read_json(paths.manifest)['version']}")
    for row in rows[:SHOWN]:
        print(
            f"{row['metric']} of {row['account_id']} on {row['day']} was {row['value_before'].normalize():f} {row['unit']} as known on "
            f"{row['known_before']:%Y-%m-%d} and is {row['value_after'].normalize():f} since {row['known_after']:%Y-%m-%d}, "
            f"because of {row['source_file']}"
        )
    if len(rows) > SHOWN:
        print(f"... and {len(rows) - SHOWN} more: name a metric, or look into the table restatements of the published file")
    return PUBLISHED
