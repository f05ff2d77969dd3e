"""`kpi why-changed [METRIC] [--since VERSION]`: which delivery changed a number that had been believed, in a sentence each.

Belongs here: reading the published restatements and saying them. Never here: comparing, computing.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from decimal import Decimal

from pipelines.cli import PUBLISHED, Usage
from pipelines.durable import read_json
from pipelines.paths import Paths
from pipelines.questions import Row, ask
from pipelines.rules import load_rules

SHOWN = 50


def answer(asked: argparse.Namespace, paths: Paths) -> int:
    import duckdb

    if not paths.database.is_file():
        raise Usage(f"nothing is published in {paths.home}; `{paths.kpi} run` runs a night")
    catalogue = load_rules(paths).tables["metrics"]
    codes = {str(row["code"]).lower(): str(row["metric"]) for row in catalogue if row["code"]}
    metric = codes.get(asked.metric.lower(), asked.metric) if asked.metric else None
    if metric and metric not in {row["metric"] for row in catalogue}:
        raise Usage(f"'{asked.metric}' is not in the catalogue; the table metric_catalogue of the published file lists it")
    # a version is its run date and a number; what became known on that date was in it
    since = _run_date(asked.since) if asked.since else None
    with duckdb.connect(str(paths.database), read_only=True) as con:
        rows = ask(con, "restatements", {"metric": metric, "since": since, "account": None, "day": None})
    if asked.json:
        print(json.dumps(rows, ensure_ascii=False, default=str))
        return PUBLISHED
    about = f"of {metric} " if metric else ""
    if not rows:
        after = f" since version {asked.since}" if asked.since else ""
        print(f"no delivery has changed a past number {about}that is followed{after}; this is version {read_json(paths.manifest)['version']}")
        print("followed are counts, orders, their value and a day's people; a rate, an owner or a definition written later is no delivery")
    for row in rows[:SHOWN]:
        print(sentence(row))
    if len(rows) > SHOWN:
        print(f"... and {len(rows) - SHOWN} more: name a metric, or look into the table restatements of the published file")
    return PUBLISHED


def _run_date(version: str) -> str:
    try:
        return date.fromisoformat(version.partition(".")[0]).isoformat()
    except ValueError:
        raise Usage(f"'{version}' is not a version; type it as `kpi status` shows it, or its day as YYYY-MM-DD") from None


def sentence(row: Row) -> str:
    """One change: what was believed until when, what is since when, and because of which file."""
    return (
        f"{row['metric']} of {row['account_id']} on {row['day']} was {_plain(row['value_before'])} {row['unit']} as known on "
        f"{row['known_before']:%Y-%m-%d} and is {_plain(row['value_after'])} since {row['known_after']:%Y-%m-%d}, "
        f"because of {row['source_file']}"
    )


def _plain(value: Decimal) -> str:
    """To the cent; counts have no more, and money that went through a rate has six digits."""
    return f"{round(value, 2).normalize():f}"
