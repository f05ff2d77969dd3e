"""From the statute book to what the other rooms need of it.

Belongs here: loading the merged rules, handing reading what it must know, writing what dbt reads.
Never here: a rule. Rules are rows of `dbt_project/seeds` and of the company's tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from assets.sources import read_sources
from expectations.problems import Problem, Refused
from expectations.split import Split, load
from pipelines import alert
from pipelines.durable import write_json
from pipelines.paths import REPOSITORY, SEEDS, Paths
from pipelines.person_key import known_key, person_key

if TYPE_CHECKING:
    from assets.export import Intake

# what a version's numbers depend on besides its inputs: a change in any of these is a new version of the code
CODE = ("pipelines/**/*.py", "assets/**/*.py", "assets/**/*.yml", "assets/**/*.j2", "expectations/**/*.py", "expectations/**/*.csv",
        "dbt_project/models/**/*", "dbt_project/macros/**/*", "dbt_project/kernels/*.py", "dbt_project/seeds/*.csv", "dbt_project/*.yml")  # fmt: skip


def load_rules(paths: Paths) -> Split:
    """The merged, validated set of the home. Raises `expectations.problems.Refused` with every problem at once, sources.toml's included."""
    try:
        split, problems = load(SEEDS, paths.company), []
    except Refused as refused:
        split, problems = None, list(refused.problems)
    accounts = {str(row["account_id"]) for row in split.tables["accounts"]} if split else None
    wrong = read_sources(paths.company / "sources.toml", accounts)[1]
    if wrong or split is None:
        raise Refused([*problems, *(Problem(one.file, one.line, one.key, one.message, one.hint) for one in wrong)])
    return split


def settled(paths: Paths) -> Split:
    """The rules of the home, and a key to read people with. Raises Refused with what is wrong with them or an alert, before anything is touched."""
    split, problems = None, list[Problem]()
    try:
        split = load_rules(paths)
    except Refused as refused:
        problems += refused.problems
    for look in (known_key, alert.command):
        try:
            look()
        except Refused as refused:
            problems += refused.problems
    if split is None or problems:
        raise Refused(problems)
    person_key()
    return split


@cache
def code_version() -> str:
    """Twelve hex digits over every file that can change a number; needs no git, so an unpacked release has one too."""
    digest = hashlib.sha256()
    for pattern in CODE:
        for path in sorted(REPOSITORY.glob(pattern)):
            if path.is_file():
                digest.update(path.relative_to(REPOSITORY).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def intake(split: Split) -> Intake:
    """What reading an export depends on: accounts, and for each metric its feed, unit and sign."""
    from assets.export import Account, Intake, MetricSpec

    money = split.money_metrics()
    return Intake(
        accounts={
            str(row["account_id"]): Account(
                platform=str(row["platform"] or ""),
                time_zone=str(row["time_zone"] or split.settings.time_zone),
                currency=str(row["currency"] or split.settings.currency),
                surface=str(row["surface"] or ""),
            )
            for row in split.tables["accounts"]
        },
        metrics={
            str(row["metric"]): MetricSpec(
                feed=str(row["feed"]),
                unit=str(row["unit"] or ""),
                is_money=row["metric"] in money,
                is_ratio=row["aggregation"] in ("ratio", "index"),
                allows_negative=row["null_policy"] == "may_be_negative",
                aggregation=str(row["aggregation"]),
                lowest=_bound(row["lowest"]),
                highest=_bound(row["highest"]),
            )
            for row in split.tables["metrics"]
        },
        aliases={str(row["code"]): str(row["metric"]) for row in split.tables["metrics"] if row["code"]},
        company_time_zone=split.settings.time_zone,
        company_currency=split.settings.currency,
        person_key=person_key(),
    )


def _bound(cell: object) -> float | None:
    return None if cell is None else float(str(cell))


def owners_by_feed(split: Split) -> dict[str, list[str]]:
    """Feed -> departments that answer for its metrics now, in the company's profile: shown beside the landing assets."""
    today = datetime.now(ZoneInfo(split.settings.time_zone)).date()
    owner = {
        row["function"]: str(row["department"])
        for row in split.tables["owners"]
        if row["profile"] == split.settings.profile and row["role"] == "accountable" and _holds(row, today)
    }
    owners: dict[str, set[str]] = {}
    for metric in split.tables["metrics"]:
        if metric["function"] in owner:
            owners.setdefault(str(metric["feed"]), set()).add(owner[metric["function"]])
    return {feed: sorted(departments) for feed, departments in owners.items()}


def _holds(row: Mapping[str, Any], day: date) -> bool:
    begun = row["valid_from"] is None or row["valid_from"] <= day
    return begun and (row["valid_to"] is None or day < row["valid_to"])


def write_rules(split: Split, paths: Paths, as_of: date) -> None:
    """Write what dbt reads: one Parquet a rule table, and the inputs of the run as one row."""
    from expectations.rules_parquet import write_parquet

    write_parquet(split, paths.rules)
    settings = split.settings
    write_json(
        Path(paths.rules / "run.json"),
        {"as_of": as_of.isoformat(), "time_zone": settings.time_zone, "currency": settings.currency, "profile": settings.profile},
    )
